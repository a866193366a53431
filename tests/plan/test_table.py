"""The table: measured cells as measured, others marked, joint in the same worlds, and no model overtakes another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.errors import ProjectError
from modelyard.plan import worlds
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.forecast import Forecast, forecast
from modelyard.plan.curves.metric import Scale
from modelyard.plan.table import Cell, Evidence, Place, table

SIZES = np.array([48, 74, 114, 175, 270, 416, 640, 1000.0])
ERRORS = 0.05 + 0.4 * (SIZES / 48) ** -0.4
BASE = Place(1000, "树", "fp32")
DRAWS = 400
ACCURACY = Scale("higher", 0, 1)
WORLDS = worlds.draw(DRAWS)


def base_forecast() -> Forecast:
    return forecast(SIZES, ERRORS, spread=np.full(8, 0.004), kind="trees")


def normal(mean: float, deviation: float = 0.01, stream: int = 1) -> Floats:
    return mean + deviation * worlds.scores(worlds.draw(DRAWS, stream=stream))


def evidence(**more: dict[Place, dict[str, Floats]]) -> Evidence:
    accuracy = float(1 - ERRORS[-1])
    measured = {
        BASE: {"accuracy": normal(accuracy), "ms": np.full(DRAWS, 4.0)},
        Place(1000, "大模型", "fp32"): {"accuracy": normal(accuracy + 0.02), "ms": np.full(DRAWS, 40.0)},
        Place(1000, "树", "int8"): {"accuracy": normal(accuracy - 0.01), "ms": np.full(DRAWS, 1.0)},
        **more.get("measured", {}),
    }
    return Evidence(BASE, measured, {"accuracy": (base_forecast(), ACCURACY)}, frozenset({"ms"}), WORLDS)


def price(place: Place) -> dict[str, float | Floats]:
    return {"cost": 0.3 * (place.rows - 1000)}


def find(cells: tuple[Cell, ...], *place: object) -> Cell:
    return next(cell for cell in cells if cell.place == place)


def test_every_way_has_its_cell_and_its_mark() -> None:
    cells = table(evidence(), [2000, 4000], price)
    assert len(cells) == 3 * 2 * 2
    assert [cell.place for cell in cells] == sorted(cell.place for cell in cells)
    marks = {cell.place: cell.basis for cell in cells}
    assert marks[BASE] == "measured" and marks[Place(2000, "树", "fp32")] == "forecast"
    assert marks[Place(1000, "大模型", "int8")] == marks[Place(4000, "大模型", "fp32")] == "ratio"
    assert find(cells, 4000, "大模型", "int8").changes == 3 and find(cells, *BASE).changes == 0


def test_measured_cells_stay_as_measured() -> None:
    given = evidence()
    cells = table(given, [2000], price)
    for place, draws in given.measured.items():
        assert_array_equal(find(cells, *place).draws["accuracy"], draws["accuracy"])


def test_the_base_at_more_rows_is_its_forecast() -> None:
    size = float(base_forecast().sizes[5])
    given = evidence()
    cell = find(table(given, [int(size)], price), int(size), "树", "fp32")
    assert_allclose(cell.draws["accuracy"], 1 - worlds.errors_at(base_forecast(), int(size), WORLDS), atol=1e-12)
    assert_array_equal(cell.draws["ms"], 4.0)
    assert_allclose(cell.draws["cost"], 0.3 * (int(size) - 1000))


def test_unmeasured_ways_are_ratios_in_the_same_world() -> None:
    given = evidence()
    cells = table(given, [2000], price)
    base, big, small, both = (
        1 - find(cells, 2000, *way).draws["accuracy"]
        for way in (("树", "fp32"), ("大模型", "fp32"), ("树", "int8"), ("大模型", "int8"))
    )
    today = 1 - given.measured[BASE]["accuracy"]
    assert_allclose(big / base, (1 - given.measured[Place(1000, "大模型", "fp32")]["accuracy"]) / today)
    assert_allclose(both, big * small / base)
    assert_allclose(find(cells, 2000, "大模型", "int8").draws["ms"], 10.0)


def test_what_was_measured_together_goes_before_the_ratio_of_two() -> None:
    place = Place(1000, "大模型", "int8")
    measured = {place: {"accuracy": normal(0.7), "ms": np.full(DRAWS, 12.0)}}
    cells = table(evidence(measured=measured), [2000], price)
    assert find(cells, *place).basis == "measured"
    assert_array_equal(find(cells, 2000, "大模型", "int8").draws["ms"], 12.0)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(-0.05, 0.05), st.sampled_from([1500, 2000, 4000, 8000]))
def test_no_model_overtakes_another(ahead: float, rows: int) -> None:
    given = evidence(measured={Place(1000, "其他", "fp32"): {"accuracy": normal(0.82 + ahead), "ms": np.ones(DRAWS)}})
    cells = table(given, [rows], price)
    for size in (1000, rows):
        here = [find(cells, size, model, "fp32") for model in ("树", "大模型", "其他")]
        ranks = np.argsort([np.median(cell.draws["accuracy"]) for cell in here])
        if size == 1000:
            today = ranks
    assert_array_equal(ranks, today)


def test_sizes_beyond_what_may_be_named_are_left_out() -> None:
    rows = {cell.place.rows for cell in table(evidence(), [500, 8000, 8001, 16_000], price)}
    assert rows == {1000, 8000}


def test_a_refused_forecast_leaves_the_criterion_unknown() -> None:
    given = evidence()
    refused = replace(base_forecast(), refused="曲线是平的")
    cells = table(replace(given, forecasts={"accuracy": (refused, ACCURACY)}), [2000], price)
    assert "accuracy" not in find(cells, 2000, "树", "fp32").draws
    assert "accuracy" in find(cells, *BASE).draws


def test_criteria_that_nobody_forecasts_are_not_carried_to_more_rows() -> None:
    given = replace(evidence(), fixed=frozenset())
    assert "ms" not in find(table(given, [2000], price), 2000, "树", "fp32").draws


def test_a_model_that_was_never_measured_at_todays_rows_has_no_ratio() -> None:
    given = evidence(measured={Place(500, "旧", "fp32"): {"accuracy": normal(0.7), "ms": np.ones(DRAWS)}})
    cells = table(given, [2000], price)
    assert {cell.place.rows for cell in cells if cell.place.model == "旧"} == {500}


def test_errors_near_nothing_stay_within_bounds() -> None:
    measured = {
        BASE: {"accuracy": np.ones(DRAWS), "ms": np.ones(DRAWS)},
        Place(1000, "坏", "fp32"): {"accuracy": np.zeros(DRAWS), "ms": np.ones(DRAWS)},
    }
    cells = table(replace(evidence(), measured=measured), [2000], price)
    found = find(cells, 2000, "坏", "fp32").draws["accuracy"]
    assert found.min() >= 0 and found.max() <= 1 and np.isfinite(found).all()


def test_a_base_that_is_not_where_its_curve_ends() -> None:
    for base in (Place(900, "树", "fp32"), Place(1000, "森林", "fp32")):
        with pytest.raises(ProjectError, match="1,000"):
            table(replace(evidence(), base=base), [2000], price)


def test_draws_that_do_not_fit_together() -> None:
    for wrong in (np.zeros(3), np.full(DRAWS, np.nan)):
        given = evidence(measured={Place(1000, "坏", "fp32"): {"accuracy": wrong}})
        with pytest.raises(ProjectError, match="坏"):
            table(given, [2000], price)


def test_the_same_evidence_makes_the_same_table() -> None:
    one, other = table(evidence(), [2000], price), table(evidence(), [2000], price)
    for cell, again in zip(one, other, strict=True):
        assert cell.place == again.place
        assert_array_equal(cell.draws["accuracy"], again.draws["accuracy"])


# -------------------------------------------------------------------- other metrics
def test_a_metric_without_a_bound_is_read_by_its_baseline() -> None:
    scale = Scale("lower", 0, None, baseline=10.0)
    base, other = Place(1000, "树", "fp32"), Place(1000, "线性", "fp32")
    measured = {base: {"rmse": normal(10 * ERRORS[-1])}, other: {"rmse": normal(20 * ERRORS[-1])}}
    given = Evidence(base, measured, {"rmse": (base_forecast(), scale)}, frozenset(), WORLDS)
    cells = table(given, [4000], price)
    found, twice = (find(cells, 4000, model, "fp32").draws["rmse"] for model in ("树", "线性"))
    assert_allclose(found, 10 * worlds.errors_at(base_forecast(), 4000, WORLDS), atol=1e-9)
    assert_allclose(twice / found, measured[other]["rmse"] / measured[base]["rmse"])


def test_two_metrics_come_out_badly_in_the_same_worlds() -> None:
    given = evidence()
    measured = {place: {**draws, "recall": draws["accuracy"]} for place, draws in given.measured.items()}
    forecasts = {"accuracy": (base_forecast(), ACCURACY), "recall": (base_forecast(), ACCURACY)}
    cell = find(table(replace(given, measured=measured, forecasts=forecasts), [4000], price), 4000, "树", "fp32")
    assert_array_equal(cell.draws["accuracy"], cell.draws["recall"])


def test_costs_that_are_drawn_stay_with_their_worlds() -> None:
    drawn = 100 * WORLDS
    cell = find(table(evidence(), [2000], lambda place: {"cost": drawn, "days": place.rows / 500}), *BASE)
    assert_array_equal(cell.draws["cost"], drawn)
    assert_array_equal(cell.draws["days"], np.full(DRAWS, 2.0))


def test_without_forecasts_there_is_today() -> None:
    cells = table(replace(evidence(), forecasts={}), [2000], price)
    assert {cell.basis for cell in cells if cell.place.rows == 1000} == {"measured", "ratio"}
    assert all("accuracy" not in cell.draws for cell in cells if cell.place.rows == 2000)

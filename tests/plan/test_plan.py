"""Everything a plan says, from planted curves: forecasts, needs, money, dates, and what is not computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelyard import pipeline
from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError, StorageError
from modelyard.plan.making import plan_project
from modelyard.plan.measured import FOLDER, MANIFEST
from modelyard.plan.outlook import Plan, read_plan
from modelyard.plan.told import lines

LABELS = {"price": [0.2, 0.3, 0.5], "per_day": [200, 300, 400]}


def told(plan: Plan) -> str:
    return "\n".join(lines(plan))


def test_a_goal_gets_a_band_a_need_and_a_hindsight(plant: Any) -> None:
    plan = plan_project(plant())
    (goal,) = plan.goals
    one = goal.forecast
    assert one is not None
    assert goal.today.outcome == "unknown"
    assert (one.metric, one.better, one.method, one.wanted) == ("accuracy", "higher", "linear", 0.97)
    assert [anchor.rows for anchor in one.anchors][-1] == plan.rows == 1446
    assert len(one.anchors[0].values) == 3
    for ahead in one.ahead:
        assert 0 <= ahead.low <= ahead.median <= ahead.high <= 1
        assert 0 <= (ahead.probability or 0) <= 1
    assert {ahead.zone for ahead in one.ahead} == {"forecast", "beyond", "refused"}
    assert one.hindsight
    assert [need.probability for need in one.needs] == [0.5, 0.75, 0.9]
    assert all(need.cost is None and need.days is None for need in one.needs)


def test_more_certainty_never_needs_fewer_rows(plant: Any) -> None:
    (goal,) = plan_project(plant(goals=["accuracy >= 0.96"])).goals
    assert goal.forecast is not None
    named = [need.rows for need in goal.forecast.needs if need.rows is not None]
    assert named == sorted(named)
    assert named[0] > 1446
    for need in goal.forecast.needs:
        if need.rows is not None and need.label is not None:
            assert need.label == -(-(need.rows - 1446) * 5 // 4)  # of five new rows four are learnt from


def test_a_file_of_test_rows_makes_every_new_row_one_to_learn_from(plant: Any) -> None:
    (goal,) = plan_project(plant(share=1.0, goals=["accuracy >= 0.96"])).goals
    assert goal.forecast is not None
    first = goal.forecast.needs[0]
    assert first.rows is not None
    assert first.label == first.rows - 1446


def test_prices_paces_and_budgets(plant: Any) -> None:
    said = {"labels": {**LABELS, "annotators": 2}, "missing_cost": 1e6, "budget": {"total": 300, "currency": "CNY"}}
    plan = plan_project(plant(goals=["accuracy >= 0.96"], plan=said))
    one = plan.goals[0].forecast
    assert one is not None
    need = one.needs[0]
    assert need.cost is not None
    assert need.days is not None
    assert need.label is not None
    assert need.cost[1] == pytest.approx(need.label * 0.3 * 2, rel=0.01)
    assert need.days[1] == pytest.approx(need.label / 300)
    assert need.cost[0] < need.cost[1] < need.cost[2]
    assert need.days[0] < need.days[1] < need.days[2]
    assert one.purchase is not None
    assert one.purchase.label > 0
    assert len(one.offers) == 3
    assert all(offer.cost[1] <= 300 + 1e-6 for offer in one.offers)
    assert "CNY" in told(plan)


def test_what_is_not_given_is_not_computed(plant: Any) -> None:
    plan = plan_project(plant())
    assert plan.dates is None
    assert plan.goals[0].forecast is not None
    assert plan.goals[0].forecast.purchase is None
    assert plan.goals[0].forecast.offers == ()
    keys = ("level", "labels.price", "labels.per_day", "missing_cost", "budget.total", "work")
    for key in keys:
        assert any(f"give plan.{key}" in sentence for sentence in plan.lacks)


def test_rows_that_cannot_be_had(plant: Any) -> None:
    plan = plan_project(plant(goals=["accuracy >= 0.96"], plan={"labels": {"most": 10}}))
    one = plan.goals[0].forecast
    assert one is not None
    assert one.needs[0].over
    assert "plan.labels.most" in told(plan)


def test_a_goal_that_the_curve_reaches_needs_nothing(plant: Any) -> None:
    one = plan_project(plant(goals=["accuracy >= 0.5"])).goals[0].forecast
    assert one is not None
    assert one.met
    assert {need.rows for need in one.needs} == {1446}
    assert {need.label for need in one.needs} == {0}


def test_an_unbounded_metric_rests_on_the_naive_answer(plant: Any) -> None:
    one = plan_project(plant(goals=["log_loss <= 0.15"])).goals[0].forecast
    assert one is not None
    assert one.better == "lower"
    assert one.anchors[-1].value == pytest.approx(3 * 0.055, abs=0.02)
    assert all(ahead.low <= ahead.median <= ahead.high for ahead in one.ahead)


@pytest.mark.parametrize(
    ("goal", "why"),
    [
        ("bundle_mb <= 5", "weighs"),
        ("latency_p99_ms <= 5", "weighs"),
        ("accuracy[pixel_0_0 = *] >= 0.5", "values of a column"),
        ("recall[3] >= 0.9 at precision[3] >= 0.9", "conditions"),
        ("accuracy <= 0.5", "contrary"),
        ("roc_auc >= 0.9", "modelyard plan curve"),
        ("ece <= 0.1", "modelyard plan curve"),
    ],
)
def test_goals_without_a_forecast_say_why(plant: Any, goal: str, why: str) -> None:
    (one,) = plan_project(plant(goals=[goal])).goals
    assert one.forecast is None
    assert why in one.lacks


def test_without_goals_the_first_metric_is_forecast(plant: Any) -> None:
    plan = plan_project(plant(goals=[]))
    assert plan.goals == ()
    assert plan.first is not None
    assert plan.first.metric == "accuracy"
    assert plan.first.needs == ()
    assert any("no goal stands in the file" in sentence for sentence in plan.lacks)
    assert "no goal stands in the file" in told(plan)


def test_a_flat_curve_is_refused(plant: Any) -> None:
    plan = plan_project(plant(lambda rows, seed: 0.3 + 0.001 * seed))
    one = plan.goals[0].forecast
    assert one is not None
    assert one.refused
    assert "flat" in one.flags
    assert one.needs == ()
    written = told(plan)
    assert "no forecast" in written
    assert "2x, forecast" not in written


def test_few_anchors_are_told(plant: Any) -> None:
    (goal,) = plan_project(plant(anchors=(500, 700, 1000))).goals
    assert goal.forecast is None
    assert "3" in goal.lacks


def test_anchors_that_lack_a_seed_are_left_out(plant: Any) -> None:
    folder = plant()
    (found,) = (folder / ".modelyard" / FOLDER).glob("*/70-2.json")
    found.unlink()
    one = plan_project(folder).goals[0].forecast
    assert one is not None
    assert one.anchors[0].rows == 108


def test_other_data_void_the_curve(plant: Any) -> None:
    folder = plant()
    plan = plan_project(folder, changes=["train.seed=5"])
    assert plan.goals[0].forecast is None
    assert "modelyard plan curve" in plan.goals[0].lacks


def test_points_of_other_test_rows_are_never_mixed(plant: Any) -> None:
    folder = plant()
    (found,) = (folder / ".modelyard" / FOLDER).glob("*/70-2.json")
    found.write_text(json.dumps({**json.loads(found.read_text("utf-8")), "test": "other"}), "utf-8")
    with pytest.raises(DataError) as error:
        plan_project(folder)
    assert "other test rows" in str(error.value)
    assert len(str(error.value).splitlines()) <= 12


def test_a_curve_of_another_version(plant: Any) -> None:
    folder = plant()
    (found,) = (folder / ".modelyard" / FOLDER).glob(f"*/{MANIFEST}")
    found.write_text('{"format": 99}', "utf-8")
    with pytest.raises(DataError, match="another version"):
        plan_project(folder)


def test_nothing_measured_names_the_commands(plant: Any, tmp_path: Path) -> None:
    folder = plant(anchors=())
    with pytest.raises(StorageError) as error:
        plan_project(folder)
    assert "modelyard run" in str(error.value)
    assert "modelyard plan curve" in str(error.value)


def test_dates_follow_from_the_work(plant: Any) -> None:
    pytest.importorskip("ortools")
    said = {
        "team": {"start": "2027-01-04", "roles": {"ml": 1}},
        "work": [
            {"id": "schema", "role": "ml", "days": [2, 3, 6]},
            {"id": "pilot", "role": "ml", "days": 5, "after": ["schema"], "cost": 300},
        ],
    }
    plan = plan_project(plant(plan=said))
    assert plan.dates is not None
    assert plan.dates.start == "2027-01-04"
    assert plan.dates.planned == "2027-01-13"  # eight working days, Monday to Friday
    assert plan.dates.planned <= plan.dates.p80
    assert plan.dates.p50 <= plan.dates.p80
    assert plan.dates.cost == 300
    assert [step.id for step in plan.dates.steps] == ["schema", "pilot"]
    assert "schema" in told(plan)


def test_a_gate_waits_for_the_labelling(plant: Any) -> None:
    pytest.importorskip("ortools")
    said = {
        "labels": LABELS,
        "team": {"start": "2027-01-04", "roles": {"ml": 1}},
        "work": [{"id": "pilot", "role": "ml", "days": 5, "gate": "accuracy"}],
    }
    plan = plan_project(plant(goals=["accuracy >= 0.955"], plan=said))
    assert plan.dates is not None
    assert [step.id for step in plan.dates.steps] == ["labelling", "pilot"]
    labelling, pilot = plan.dates.steps
    assert labelling.end < pilot.start


def test_a_gate_that_rows_do_not_open_leaves_its_work_out(plant: Any) -> None:
    pytest.importorskip("ortools")
    said = {
        "labels": LABELS,
        "team": {"start": "2027-01-04"},
        "work": [{"id": "draft", "days": 2}, {"id": "pilot", "days": 5, "gate": "accuracy"}],
    }
    plan = plan_project(plant(goals=["accuracy >= 0.9999"], plan=said))
    assert plan.dates is not None
    assert [step.id for step in plan.dates.steps] == ["draft"]
    assert any("pilot" in sentence for sentence in plan.lacks)


def test_the_same_inputs_give_the_same_bytes(plant: Any) -> None:
    folder = plant(plan={"labels": LABELS})
    one, other = plan_project(folder).written(), plan_project(folder).written()
    assert one == other
    written = json.loads(one)
    assert written["format"] == 1
    assert written["inputs"].keys() == {"project", "data", "test", "curve", "points"}


def test_both_languages(plant: Any) -> None:
    folder = plant(plan={"labels": LABELS, "level": 0.75})
    english = told(plan_project(folder))
    messages.use("zh")
    chinese = told(plan_project(folder))
    assert "Goals today" in english
    assert "今天的目标" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines())


def test_a_written_plan_is_read_again(plant: Any, tmp_path: Path) -> None:
    plan = plan_project(plant())
    (tmp_path / "plan.json").write_text(plan.written(), "utf-8")
    assert read_plan(tmp_path) == json.loads(plan.written())
    assert read_plan(tmp_path / "plan.json")["name"] == "数字"


@pytest.mark.parametrize("content", ["", "[]", '{"format": 7}', '{"format": 1}'])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content, "utf-8")
    with pytest.raises(DataError, match="plan"):
        read_plan(tmp_path)
    with pytest.raises(DataError):
        read_plan(tmp_path / "nowhere")


def test_notebooks_show_the_chart(plant: Any) -> None:
    shown = plan_project(plant())._repr_html_()
    assert "<svg" in shown
    assert "accuracy &gt;= 0.97" in shown


def test_a_wrong_change_is_refused(plant: Any) -> None:
    with pytest.raises(ProjectError, match=r"plan\.labels\.price"):
        plan_project(plant(), changes=["plan.labels.price=-1"])


def test_what_stands_under_plan_trains_nothing_again(tmp_path: Path) -> None:
    lines = ["age,bought", *(f"{18 + n * 7 % 60},{'yes' if n % 3 else 'no'}" for n in range(120))]
    (tmp_path / "shop.csv").write_text("\n".join(lines) + "\n", "utf-8")
    written = {"data": "shop.csv", "predict": "bought", "train": {"method": "naive"}}
    (tmp_path / "modelyard.yaml").write_text(json.dumps(written), "utf-8")
    pipeline.run(tmp_path)
    said = {"level": 0.8, "labels": {"price": 2}, "team": {"start": "2027-01-04"}}
    (tmp_path / "modelyard.yaml").write_text(json.dumps({**written, "plan": said}), "utf-8")
    again = pipeline.run(tmp_path)
    assert again.record.settings["plan"]["level"] == 0.8
    assert all(stage["hit"] for stage in again.record.stages)

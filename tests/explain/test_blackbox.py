"""Permutation importance: what matters is found, what does not is not, within a budget."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.protocols import Array, Columns
from modelyard.explain.blackbox import CELLS, ENCODED, FEWEST_ROWS, MOST_ROWS, REPEATS, permutation, sample


@dataclass
class Linear:
    """Squared error of a known weighted sum; counts the cells that it was asked to read."""

    weights: dict[str, float]
    truth: Array
    cells: int = 0
    seen: list[int] = field(default_factory=list)

    def __call__(self, table: Columns) -> dict[str, Array]:
        self.cells += sum(len(values) for values in table.values())
        self.seen.append(len(next(iter(table.values()))))
        said = sum(weight * table[name] for name, weight in self.weights.items())
        return {"y": (said - self.truth) ** 2}


def wide_table(columns: int, rows: int, seed: int = 0) -> Columns:
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    return {f"c{number}": values[:, number] for number in range(columns)}


def exact(table: Columns, **weights: float) -> Linear:
    """A model that is right on the table as it is."""
    return Linear(weights, sum(weight * table[name] for name, weight in weights.items()))


def test_columns_come_in_the_order_of_their_weight() -> None:
    table = wide_table(5, 500)
    found = permutation(exact(table, c1=1.0, c3=3.0), table, list(table))["y"]
    assert list(found.rises)[:2] == ["c3", "c1"]
    assert [found.rises[name].value for name in ("c0", "c2", "c4")] == [0, 0, 0]
    assert (found.rows, found.repeats, found.grouped) == (500, REPEATS, 0)


def test_the_rise_is_twice_the_variance_that_is_lost() -> None:
    """Shuffling x in (w x - w x)^2 costs w^2 E(x - x')^2 = 2 w^2 var(x); the interval holds it."""
    table = wide_table(2, 2_000)
    rise = permutation(exact(table, c0=3.0), table, ["c0", "c1"])["y"].rises["c0"]
    expected = 2 * 9 * table["c0"].var()
    assert rise.low < expected < rise.high
    assert rise.value == pytest.approx(expected, rel=0.05)


def test_a_shuffle_keeps_the_values_of_a_column() -> None:
    table = wide_table(2, 50)
    seen: list[Array] = []

    def losses(columns: Columns) -> dict[str, Array]:
        seen.append(columns["c0"])
        return {"y": columns["c0"] ** 2}

    permutation(losses, table, ["c0"])
    assert all(sorted(values) == sorted(table["c0"]) for values in seen)
    assert any((values != table["c0"]).any() for values in seen)


def test_the_same_seed_gives_the_same_numbers() -> None:
    table = wide_table(4, 200)
    model = exact(table, c0=1.0)
    one, two, other = (permutation(model, table, list(table), seed=seed) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_every_target_gets_its_own_importance() -> None:
    table = wide_table(2, 300)

    def losses(columns: Columns) -> dict[str, Array]:
        return {name: (columns[name] - table[name]) ** 2 for name in ("c0", "c1")}

    found = permutation(losses, table, ["c0", "c1"])
    assert next(iter(found["c0"].rises)) == "c0"
    assert next(iter(found["c1"].rises)) == "c1"


def test_rows_without_a_target_are_left_out() -> None:
    table = wide_table(2, 400)
    model = exact(table, c0=1.0)
    model.truth = np.where(np.arange(400) < 200, model.truth, np.nan)
    rise = permutation(model, table, list(table))["y"].rises["c0"]
    assert rise.value == pytest.approx(2 * table["c0"][:200].var(), rel=0.3)


@pytest.mark.parametrize(("rows", "columns"), [(0, 2), (1, 2), (100, 0)])
def test_nothing_to_shuffle_is_nothing_found(rows: int, columns: int) -> None:
    table = wide_table(columns, rows) if columns else wide_table(1, rows)
    assert permutation(lambda _: {"y": np.zeros(rows)}, table, list(table) if columns else []) == {}


def test_two_equal_rows_are_no_evidence() -> None:
    table = {"x": np.zeros(2)}
    assert permutation(lambda _: {"y": np.ones(2)}, table, ["x"])["y"].rises["x"].value == 0


# ---------------------------------------------------------------------- budget
def test_thousands_of_columns_stay_within_the_budget_and_the_one_that_matters_is_found() -> None:
    table = wide_table(3_000, 300)
    table = {name: values[sample(300, 3_000)] for name, values in table.items()}
    model = exact(table, c1234=1.0)
    found = permutation(model, table, list(table))["y"]
    assert next(iter(found.rises)) == "c1234"
    assert found.rises["c1234"].low > 0
    assert found.grouped == 3_000 - len(found.rises) > 2_900
    assert found.repeats == 1
    assert model.cells <= CELLS + 2 * 3_000 * 300


def test_several_columns_are_found_in_a_wide_table() -> None:
    table = wide_table(1_000, 200)
    found = permutation(exact(table, c3=1.0, c500=1.2, c998=0.8), table, list(table))["y"]
    assert {"c3", "c500", "c998"} <= set(list(found.rises)[:3])


def test_a_tiny_budget_still_finds_one_column() -> None:
    table = wide_table(512, 200)
    found = permutation(exact(table, c77=1.0), table, list(table), cells=1)["y"]
    assert next(iter(found.rises)) == "c77"


def test_columns_that_all_matter_alike_are_not_an_error() -> None:
    table = wide_table(300, 200)
    found = permutation(exact(table, **dict.fromkeys(table, 1.0)), table, list(table), cells=3_000_000)["y"]
    assert all(np.isfinite(rise.value) for rise in found.rises.values())


def test_a_model_without_any_loss_is_shuffled_without_warnings() -> None:
    table = wide_table(600, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        permutation(exact(table, c0=0.0), table, list(table), cells=1_000_000)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(rows=st.integers(0, 5_000), columns=st.integers(0, 10_000), seed=st.integers(0, 3))
def test_sampled_rows_are_different_rows_of_the_table(rows: int, columns: int, seed: int) -> None:
    chosen = sample(rows, columns, seed)
    assert len(chosen) <= min(rows, MOST_ROWS)
    assert (np.diff(chosen) > 0).all()
    assert not len(chosen) or 0 <= chosen[0] <= chosen[-1] < rows
    assert len(chosen) >= min(rows, 200)


def test_narrow_tables_use_more_rows_than_wide_ones() -> None:
    assert len(sample(10_000, 14)) == MOST_ROWS
    assert len(sample(10_000, 5_000)) == 200


@pytest.mark.parametrize(("columns", "encoders"), [(2, 1), (4, 1), (4, 3), (12, 2)])
def test_where_encoders_read_each_row_few_passes_are_made(columns: int, encoders: int) -> None:
    cells = CELLS // (ENCODED * encoders)
    assert len(sample(10_000, columns, cells=cells)) == FEWEST_ROWS
    table = wide_table(columns, FEWEST_ROWS)
    model = exact(table, c0=5.0)
    found = permutation(model, table, list(table), cells=cells)["y"]
    assert next(iter(found.rises)) == "c0" and found.repeats <= 3
    assert model.cells <= FEWEST_ROWS * columns * (2 + 2 * math.ceil(math.log2(columns + 1)))

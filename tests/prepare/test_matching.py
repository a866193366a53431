"""Own columns find the recipe's, the surest evidence first; what is ambiguous is left to the user."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.protocols import Columns
from modelyard.prepare.contract import Contract
from modelyard.prepare.matching import match, nearest

MEANS = {"en": "m", "zh": "义"}
COLUMNS: dict[str, Any] = {
    "amount": {"type": "number", "range": [100, 20000], "also": ["loan_amount", "贷款金额"]},
    "age": {"type": "number", "range": [18, 90], "also": ["年龄"]},
    "pay_1": {"type": "number", "range": [0, 9]},
    "pay_2": {"type": "number", "range": [0, 9]},
    "housing": {"type": "category", "levels": {"rent": ["租房"], "own": ["自有"], "free": []}, "also": ["住房"]},
    "phone": {"type": "boolean", "levels": {"no": [], "yes": []}},
    "id": {"role": "key", "also": ["编号"]},
    "risk": {"role": "target", "levels": {"good": ["正常"], "bad": ["违约"]}, "also": ["贷款结果"]},
}


def contract(**columns: Any) -> Contract:
    data = {"files": {"a.csv": {"mirror": "a", "sha256": "0" * 64, "rows": 3}}, "source": "s", "licence": "l"}
    parts = {name: {"means": MEANS, **part} for name, part in {**COLUMNS, **columns}.items()}
    return Contract.model_validate({"title": MEANS, "purpose": MEANS, "data": data, "columns": parts})


def table(**columns: list[Any]) -> Columns:
    return {name: np.asarray(cells, object) for name, cells in columns.items()}


def found(rows: Columns, **told: str) -> dict[str, tuple[str, str]]:
    """Mine -> (theirs, how)."""
    return {one.mine: (one.theirs, one.how) for one in match(rows, contract(), told).matches}


NUMBERS: list[Any] = ["30", "41", "52", "63"]
HOUSES: list[Any] = ["rent", "own", "own", "free"]


def test_names_in_every_spelling() -> None:
    rows = table(**{"AGE (years)": NUMBERS, "Loan-Amount": NUMBERS, "ＨＯＵＳＩＮＧ": HOUSES, "Pay 1": NUMBERS})
    assert found(rows) == {
        "AGE (years)": ("age", "name"),
        "Loan-Amount": ("amount", "synonym"),
        "ＨＯＵＳＩＮＧ": ("housing", "name"),
        "Pay 1": ("pay_1", "name"),
    }


def test_chinese_names_with_units() -> None:
    rows = table(**{"年龄（岁）": NUMBERS, "申请贷款金额": NUMBERS, "编号": ["a", "b", "c", "d"]})
    assert found(rows) == {
        "年龄（岁）": ("age", "synonym"),
        "申请贷款金额": ("amount", "similar"),
        "编号": ("id", "synonym"),
    }


def test_the_exact_name_wins_over_another_spelling_of_it() -> None:
    assert found(table(age=NUMBERS, Age=NUMBERS)) == {"age": ("age", "name")}


def test_two_that_might_be_the_same_are_for_the_user_to_tell_apart() -> None:
    rows = table(Age=NUMBERS, AGE=NUMBERS)
    matching = match(rows, contract(), {})
    assert not matching.matches
    assert set(matching.lacking["age"]) == {"Age", "AGE"}
    assert found(rows, AGE="age") == {"AGE": ("age", "told")}


def test_numbers_in_names_are_never_near() -> None:
    assert found(table(pay_3=NUMBERS, pays_1=NUMBERS)) == {"pays_1": ("pay_1", "similar")}


def test_a_similar_name_needs_cells_that_fit() -> None:
    assert found(table(贷款金额档=NUMBERS)) == {"贷款金额档": ("amount", "similar")}
    assert found(table(贷款金额档=["高", "低", "中", "低"])) == {}
    addresses = [f"{n} Long Street" for n in range(60)]
    assert found(table(housing_note=addresses)) == {}


def test_values_that_say_what_a_column_is() -> None:
    assert found(table(x=["租房", "自有", "自有", "Rent"])) == {"x": ("housing", "values")}
    assert found(table(x=["租房", "租房"])) == {}, "one level is not enough"
    assert found(table(x=["租房", "自有", "别墅", "别墅"])) == {}
    assert found(table(x=["yes", "no", "yes", "no"])) == {}, "yes and no stand in columns of any meaning"
    assert found(table(x=["正常", "违约"], y=["正常", "违约"])) == {}, "two of a kind"


def test_what_the_user_says_comes_first() -> None:
    rows = table(age=NUMBERS, years=NUMBERS)
    assert found(rows, years="age") == {"years": ("age", "told")}
    matching = match(rows, contract(), {"age": ""})
    assert matching.matches == ()
    assert matching.extra == ("age", "years")
    assert "age" in matching.lacking


def test_cells_that_do_not_read_and_numbers_in_another_unit_are_told() -> None:
    rows = table(age=["young", "old", "old", "young"], amount=["1", "2", "3", "1.5"], housing=HOUSES)
    told = {one.theirs: one for one in match(rows, contract(), {}).matches}
    assert not told["age"].reads
    assert told["amount"].reads and told["amount"].outside
    assert told["housing"].reads and not told["housing"].outside


def test_an_empty_column_and_typed_ones() -> None:
    rows: Columns = {
        "age": np.asarray([np.nan, np.nan]),
        "amount": np.asarray([500, 900]),
        "phone": np.asarray([True, False]),
    }
    told = {one.theirs: one for one in match(rows, contract(), {}).matches}
    assert set(told) == {"age", "amount", "phone"}
    assert all(one.reads and not one.outside for one in told.values())


def test_nearest_are_those_that_look_alike() -> None:
    part = contract().columns["amount"]
    assert nearest(["Loan Amnt", "age", "贷款总额", "z"], "amount", part)[0] == "Loan Amnt"
    assert "z" not in nearest(["z"], "amount", part)
    assert nearest([], "amount", part) == ()


def test_thousands_of_columns() -> None:
    rows = table(**{f"c{n}": NUMBERS for n in range(2000)}, 年龄=NUMBERS)
    assert found(rows) == {"年龄": ("age", "synonym")}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.permutations(list(COLUMNS)), st.lists(st.text(max_size=8), max_size=4))
def test_the_order_of_columns_and_strangers_among_them_change_nothing(order: list[str], strangers: list[str]) -> None:
    values: dict[str, list[Any]] = {"housing": HOUSES, "phone": ["yes", "no", "no", "yes"], "risk": ["good", "bad"] * 2}
    rows = table(**{name: values.get(name, NUMBERS) for name in order})
    rows |= {f"#{stranger}": np.asarray(NUMBERS, object) for stranger in strangers}
    matching = match(rows, contract(), {})
    assert {one.mine for one in matching.matches if one.mine == one.theirs} == set(COLUMNS)
    assert [one.theirs for one in matching.matches] == list(COLUMNS)
    assert not matching.lacking


@pytest.mark.parametrize("cells", [[], [None, None], ["", "?"]])
def test_a_column_without_values(cells: list[Any]) -> None:
    assert found({"housing": np.asarray(cells, object)}) == {"housing": ("housing", "name")}

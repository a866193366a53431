"""How cells were read is told with examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modelyard.core import messages, plugins
from modelyard.core.protocols import Sample
from modelyard.prepare.told import Told, cut, said, tell


def told(modality: str, *cells: Any, share: float = 1.0) -> dict[str, Told]:
    column = np.empty(len(cells), object)
    column[:] = cells
    preprocess = plugins.part("modalities", modality, "preprocess")
    defaults = plugins.part("modalities", modality, "options").Options().model_dump()
    counts = {cell: cells.count(cell) for cell in cells if cell not in (None, "")}
    options = preprocess.settle(Sample("x", column, len(counts), len(cells)), defaults)
    return {one.how: one for one in tell(preprocess, options, column, counts, share)}


def test_numbers() -> None:
    found = told("number", "1.2万", "1.2万", "3,000元", "5", "无", None, "", 7)
    assert {how: one.cells for how, one in found.items()} == {"multiplier": 2, "unit": 1, "bare": 1, "missing": 1}
    assert found["multiplier"].pairs == (("1.2万", "12000"),)
    assert str(found["multiplier"]) == "1.2万 -> 12000 (multiplied; 2 cells)"
    assert str(found["missing"]) == "无 -> missing (words that mean missing; 1 cells)"


def test_at_most_three_pairs_the_most_frequent_way_first() -> None:
    found = told("number", *(f"{n}%" for n in range(50)), "1,000%")
    assert [*found] == ["percent"]
    assert found["percent"].pairs == (("0%", "0"), ("1%", "0.01"), ("2%", "0.02"))


def test_other_modalities() -> None:
    assert told("datetime", "5-Mar-24", "2024-03-05")["date"].pairs == (("5-Mar-24", "2024-03-05"),)
    assert told("datetime", "2024-03-05T14:30:00Z")["zone"].pairs == (("2024-03-05T14:30:00Z", "2024-03-05 14:30:00"),)
    assert told("boolean", "有", "无")["yes_no"].pairs == (("有", "yes"), ("无", "no"))
    category = told("category", "007", "无", "Ａ", "不详")
    assert {how: one.pairs for how, one in category.items()} == {
        "code": (("007", "007"),),
        "kept": (("无", "无"),),
        "wide": (("Ａ", "A"),),
        "missing": (("不详", ""),),
    }
    assert str(category["code"]) == "007 (digits that name something: kept as written; 1 cells)"


def test_a_sample_speaks_for_the_column_but_words_are_counted() -> None:
    found = told("number", "1万", "2万", "无", share=0.1)
    assert (found["multiplier"].cells, found["multiplier"].about) == (20, True)
    assert (found["missing"].cells, found["missing"].about) == (1, False)
    assert "about 20 cells" in str(found["multiplier"])


def test_nothing_to_tell() -> None:
    assert told("number", "1", 2.5, None) == {}
    assert told("category", "a", "b") == {}
    assert told("number") == {}


def test_lists_in_cells_are_no_reason_to_fall_over() -> None:
    column = np.empty(2, object)
    column[:] = [[1], [2]]
    preprocess = plugins.part("modalities", "category", "preprocess")
    assert tell(preprocess, {}, column, {"[1]": 1}) == ()


def test_it_speaks_chinese() -> None:
    messages.use("zh")
    assert str(told("number", "85%", "—")["missing"]) == "— -> 缺失 (表示缺失的词; 1 个单元格)"


@pytest.mark.parametrize(
    ("value", "modality", "expected"),
    [
        (12000.0, "number", "12000"),
        (0.1 + 0.2, "number", "0.3"),
        (float("nan"), "number", ""),
        (1.0, "boolean", "yes"),
        (0.5, "datetime", "1970-01-01 00:00:00.500"),
        ("", "category", ""),
    ],
)
def test_values_as_people_write_them(value: Any, modality: str, expected: str) -> None:
    assert said(value, modality) == expected


def test_long_cells_are_cut() -> None:
    assert cut("x" * 100) == "x" * 29 + "…"

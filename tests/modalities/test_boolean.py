"""Yes or no."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from modelyard.core.protocols import Sample
from modelyard.modalities.boolean import preprocess
from modelyard.modalities.boolean.options import Options

DEFAULTS = Options().model_dump()


def objects_of(*items: Any) -> Any:
    column = np.empty(len(items), object)
    column[:] = items
    return column


def claim_of(*items: Any) -> float:
    return preprocess.claim(Sample("x", objects_of(*items), len(set(map(str, items))), len(items)))


def state_of(*values: float) -> dict[str, Any]:
    return preprocess.finish(preprocess.summarise(np.asarray(values, np.float64)), DEFAULTS)


@pytest.mark.parametrize(("no", "yes"), preprocess.PAIRS)
def test_every_pair_is_read_and_claimed(no: str, yes: str) -> None:
    options = preprocess.settle(Sample("x", objects_of(no, yes), 2, 2), DEFAULTS)
    parsed = preprocess.parse(objects_of(no, yes, no.upper(), f" {yes.title()} "), options)
    assert parsed.values.tolist() == [0, 1, 0, 1]
    assert claim_of(no, yes, yes, "?") == 1.0


@pytest.mark.parametrize(
    "cells",
    [
        (True, False),
        (np.True_, np.False_),
        (0, 1),
        (0.0, 1.0),
        ("1.0", "0.0"),
        ("１", "０"),
        ("Yes", "NO", "no"),
        ("Yes", "N", "是", "否", 1),
        ("yes", "0"),
        ("yes", "no", "true"),
        ("是", "否", "无"),
        ("有", "无", "不详"),
        ("有", "没有", "暂无"),
    ],
)
def test_claims_other_spellings_of_pairs(cells: tuple[Any, ...]) -> None:
    assert claim_of(*cells) == 1.0
    assert not len(preprocess.parse(objects_of(*cells), DEFAULTS).bad)


@pytest.mark.parametrize(
    "cells",
    [
        ("yes",),
        (1, 1),
        ("yes", "true"),
        ("yes", "no", "maybe"),
        (0, 1, 2),
        ("有", "-"),
        ("M", "F"),
        ("t", "n"),
        ("y", "f", "no"),
        (0.5, 1),
        ("?", "-"),
        (),
        tuple(range(100)),
    ],
    ids=str,
)
def test_claims_nothing_else(cells: tuple[Any, ...]) -> None:
    assert claim_of(*cells) == 0.0


def test_what_is_neither_is_bad() -> None:
    parsed = preprocess.parse(objects_of("maybe", 2, "0.5", "男", np.datetime64("2024"), None, "无"), DEFAULTS)
    assert parsed.bad.tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(parsed.values).all()


def test_arrays_of_numbers() -> None:
    parsed = preprocess.parse(np.array([0.0, 1.0, 2.0, np.nan, np.inf]), DEFAULTS)
    assert_array_equal(parsed.values, [0, 1, np.nan, np.nan, np.nan])
    assert parsed.bad.tolist() == [2]
    assert parsed.notes == {"infinite": 1}
    assert preprocess.parse(np.array([True, False]), DEFAULTS).values.tolist() == [1, 0]


def test_option_missing() -> None:
    options = Options(missing=[9, "weiß nicht"]).model_dump()
    for values in (objects_of("9", 9, "weiß nicht", "ja"), np.array([9, 9.0, 9, 3])):
        assert preprocess.parse(values, options).bad.tolist() == [3]
        assert preprocess.parse(values, DEFAULTS).bad.tolist() == [0, 1, 2, 3]


def test_nothing_is_a_no_only_beside_something() -> None:
    for cells, expected in ((("有", "无", "没有"), [1, 0, 0]), (("是", "无", "否"), [1, np.nan, 0])):
        values = objects_of(*cells)
        options = preprocess.settle(Sample("x", values, 3, 3), DEFAULTS)
        assert_array_equal(preprocess.parse(values, options).values, expected)
        assert preprocess.settle(Sample("x", objects_of("有"), 1, 1), options) == options


def test_options_yes_and_no() -> None:
    options = Options(yes_words=["合格"], no_words=["不合格", "无"]).model_dump()
    parsed = preprocess.parse(objects_of("合格", "不合格", "无", "是", "?", "缓考"), options)
    assert_array_equal(parsed.values, [1, 0, 0, 1, np.nan, np.nan])
    assert parsed.bad.tolist() == [5]
    assert preprocess.parse(objects_of("合格"), DEFAULTS).bad.tolist() == [0]


def test_what_is_told() -> None:
    options = Options(missing=["keine"], no_words=["无"]).model_dump()
    cells = [True, 1, "是", "Y", "无", "—", "keine"]
    hows = ["", "", "", "yes_no", "yes_no", "missing", "missing"]
    assert [preprocess.how(cell, options) for cell in cells] == hows
    assert preprocess.doubts(Sample("x", objects_of("有"), 1, 1), options) == ()


def test_dense_is_centred_but_not_stretched() -> None:
    rare = state_of(*[0.0] * 999, 1.0)
    assert rare == {"share": 0.001, "missing": False}
    block = preprocess.block([np.array([1.0, 0.0, np.nan])], [rare])
    assert_array_equal(preprocess.view("dense", block, [rare]).ravel(), np.array([0.999, -0.001, 0], np.float32))
    assert_array_equal(preprocess.view("raw", block, [rare]).ravel(), np.array([1, 0, np.nan], np.float32))


def test_indicator_where_training_had_gaps() -> None:
    states = [state_of(0, 1), state_of(0, 1, np.nan)]
    assert [f.name for f in preprocess.features("dense", ["a", "是否"], states)] == ["a", "是否", "是否[missing]"]
    assert [f.name for f in preprocess.features("raw", ["a", "是否"], states)] == ["a", "是否"]
    block = preprocess.block([np.array([1.0, np.nan])] * 2, states)
    assert preprocess.view("dense", block, states).tolist() == [[0.5, 0.5, 0], [0, 0, 1]]


def test_nothing_known_at_all() -> None:
    assert state_of() == {"share": 0.0, "missing": False}
    assert state_of(np.nan) == {"share": 0.0, "missing": True}


def test_profile() -> None:
    profile = preprocess.profile(np.array([1.0, 1.0, 0.0, np.nan]))
    assert profile == {"kind": "boolean", "levels": ["false", "true"], "counts": [1, 2], "missing": 1}

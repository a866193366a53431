"""Categories."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_array_equal
from pydantic import ValidationError

from modelyard.core.protocols import Sample
from modelyard.fragments.graph import Graph
from modelyard.modalities.category import fragment, preprocess
from modelyard.modalities.category.options import Options

DEFAULTS = Options().model_dump()


def objects_of(*items: Any) -> Any:
    column = np.empty(len(items), object)
    for row, item in enumerate(items):
        column[row] = item
    return column


def claim_of(*items: Any) -> float:
    return preprocess.claim(Sample("x", objects_of(*items), len(set(map(str, items))), len(items)))


def state_of(*levels: str, **options: Any) -> dict[str, Any]:
    summary = preprocess.summarise(objects_of(*levels))
    return preprocess.finish(summary, Options(**options).model_dump())


def raw_of(state: dict[str, Any], *levels: str) -> list[float]:
    codes: list[float] = preprocess.view("raw", preprocess.block([objects_of(*levels)], [state]), [state])[
        :, 0
    ].tolist()
    return codes


# --------------------------------------------------------------------- parse
def test_texts_stay_as_they_are_but_for_full_width() -> None:
    cells = objects_of("  car ", "Auto", "AUTO", "北京", "Ａ", "无", "-", "none")
    parsed = preprocess.parse(cells, DEFAULTS)
    assert parsed.values.tolist() == ["car", "Auto", "AUTO", "北京", "A", "无", "-", "none"]


@pytest.mark.parametrize(
    "values",
    [objects_of("3", "3.0", 3, 3.0), np.array([3, 3]), np.array([3.0]), np.array([3], np.float32), np.array(["3.0"])],
    ids=lambda values: str(values.dtype),
)
def test_one_text_whatever_file_the_number_came_from(values: Any) -> None:
    assert set(preprocess.parse(values, DEFAULTS).values) == {"3"}


def test_arrays() -> None:
    assert preprocess.parse(np.array([True, False]), DEFAULTS).values.tolist() == ["true", "false"]
    assert preprocess.parse(np.array([0.1, np.nan, 2], np.float32), DEFAULTS).values.tolist() == ["0.1", "", "2"]
    assert preprocess.parse(np.array(["2024", "NaT"], "datetime64[Y]"), DEFAULTS).values.tolist() == ["2024", ""]
    assert preprocess.parse(np.array([], np.int64), DEFAULTS).values.tolist() == []


def test_true_and_1_are_different_names() -> None:
    assert preprocess.parse(objects_of(True, 1, 1.0, "1"), DEFAULTS).values.tolist() == ["true", "1", "1", "1"]


def test_option_missing() -> None:
    options = Options(missing=["unbekannt", -9]).model_dump()
    cells = objects_of("unbekannt", -9, "-9", -9.0, "-9.0", "a")
    assert preprocess.parse(cells, options).values.tolist() == ["", "", "", "", "", "a"]
    assert preprocess.parse(np.array([-9, 1]), options).values.tolist() == ["", "1"]
    assert "" not in preprocess.parse(cells, DEFAULTS).values


# ------------------------------------------------------------ words for missing
def read_as(*cells: str, **options: Any) -> list[str]:
    """A column's levels under its own settled options."""
    column = objects_of(*cells)
    settled = preprocess.settle(Sample("x", column, len(set(cells)), len(cells)), Options(**options).model_dump())
    levels: list[str] = preprocess.parse(column, settled).values.tolist()
    return levels


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        (("北京", "不详", "—", "上海", "暂无"), ["北京", "", "", "上海", ""]),
        (("房贷", "无", "车贷"), ["房贷", "无", "车贷"]),
        (("none", "bachelor", "-"), ["none", "bachelor", ""]),
        (("+", "-", "±", "无"), ["+", "-", "±", "无"]),
        (("A+", "A-", "-"), ["A+", "A-", ""]),
        (("1.1", "2.0", "1.10"), ["1.1", "2.0", "1.10"]),
        (("1.0", "2.0", "3"), ["1", "2", "3"]),
        (("DE", "CN", "FR", "NA", "JP"), ["DE", "CN", "FR", "NA", "JP"]),
        (("Ａ１", "A1", "（甲）"), ["A1", "A1", "（甲）"]),
        (("无", "—"), ["", ""]),
    ],
)
def test_a_column_decides_what_its_words_mean(cells: tuple[str, ...], levels: list[str]) -> None:
    assert read_as(*cells) == levels


def test_among_many_levels_none_is_a_gap() -> None:
    assert read_as(*(f"name {n}" for n in range(60)), "无")[-1] == ""


def test_option_keep() -> None:
    assert read_as("red", "unknown", "NA", "无", keep=["unknown", "NA"]) == ["red", "unknown", "NA", ""]
    assert read_as("red", "无", keep=[]) == ["red", ""]
    assert read_as("red", "无", missing=["无"]) == ["red", ""]


def test_a_later_row_is_read_like_the_first_ones() -> None:
    options = preprocess.settle(Sample("x", objects_of("房贷", "无"), 2, 2), DEFAULTS)
    assert options["keep"] == ["无"]
    assert preprocess.parse(objects_of("无", "-", "none", "不详"), options).values.tolist() == ["无", "", "", ""]
    assert preprocess.settle(Sample("x", objects_of("-", "+"), 2, 2), options) == options


def test_what_is_told() -> None:
    options = Options(keep=["无", "2.0"], missing=["leer"]).model_dump()
    hows = {
        "房贷": "",
        "无": "kept",
        "-": "missing",
        "leer": "missing",
        "007": "code",
        "2.0": "",
        "Ａ": "wide",
        "": "missing",
    }
    assert {cell: preprocess.how(cell, options) for cell in hows} == hows
    assert preprocess.how("110105199003071234", options) == preprocess.how(2**60 + 1, options) == "exact"
    assert [preprocess.how(cell, options) for cell in (7, 7.5, True, None, [1])] == ["code", "code", "", "", ""]
    assert preprocess.doubts(Sample("x", objects_of("a"), 1, 1), options) == ()


# --------------------------------------------------------------------- claim
@pytest.mark.parametrize(
    "cells",
    [
        ("red", "blue"),
        ("有", "无"),
        ("007", "012"),
        ("a", 1, 2),
        ("the quick brown fox jumps over the lazy dog",) * 10,
        ("北京市海淀区", "上海市浦东新区"),
    ],
)
def test_claims_names(cells: tuple[Any, ...]) -> None:
    assert 0.5 <= claim_of(*cells) < 0.9


@pytest.mark.parametrize(
    "cells",
    [
        ("the first review says it is good", "the second review says it is bad"),
        ("这个产品质量很好，我非常喜欢", "物流太慢了，等了整整一个星期"),
        ("x" * 80, "y" * 90),
        ([1], [2]),
        ("", None),
    ],
)
def test_sets_free_text_and_containers_aside(cells: tuple[Any, ...]) -> None:
    assert claim_of(*cells) < 0.5


# ------------------------------------------------------------------- fitting
def test_levels_are_ordered_by_frequency_then_text() -> None:
    assert state_of("b", "c", "a", "c", "", "b")["levels"] == ["b", "c", "a"]


def test_codes() -> None:
    state = state_of("b", "b", "a", "")
    assert raw_of(state, "", "unseen", "b", "a") == [0, 1, 2, 3]


def test_option_max_levels() -> None:
    state = state_of("a", "a", "a", "b", "b", "c", max_levels=2)
    assert state["levels"] == ["a", "b"]
    assert raw_of(state, "a", "b", "c", "d") == [2, 3, 1, 1]
    assert state_of("a", "b", "c")["levels"] == ["a", "b", "c"]


def test_option_min_count() -> None:
    assert state_of("a", "a", "b")["levels"] == ["a", "b"]
    assert state_of("a", "a", "b", min_count=2)["levels"] == ["a"]
    many = [*map(str, range(60)), "0"]
    assert state_of(*many)["levels"] == ["0"]
    assert len(state_of(*many, min_count=1)["levels"]) == 60
    assert len(state_of(*many[:50])["levels"]) == 50


def test_option_onehot() -> None:
    states = [state_of("a", "a", "b", "c", onehot=1)]
    assert [f.name for f in preprocess.features("dense", ["x"], states)] == ["x[other]", "x=a"]
    assert len(preprocess.features("dense", ["x"], [state_of("a", "a", "b", "c")])) == 3
    assert preprocess.features("raw", ["x"], states) == preprocess.features(
        "raw", ["x"], [state_of("a", "a", "b", "c")]
    )


@pytest.mark.parametrize("wrong", [{"max_levels": 0}, {"min_count": 0}, {"onehot": 0}, {"levels": 3}], ids=str)
def test_senseless_options_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_a_hundred_thousand_categories() -> None:
    state = state_of(*(f"level {number}" for number in range(100_000)), "level 7")
    assert state["levels"] == ["level 7"]
    assert state["rare"] is None and state["other"]
    assert len(json.dumps(state)) < 200
    assert len(preprocess.features("dense", ["x"], [state])) == 2


def test_summaries_stay_bounded_and_keep_the_frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preprocess, "_COUNTED", 10)
    one = preprocess.summarise(objects_of(*["often"] * 3, *map(str, range(20))))
    both = preprocess.merge(one, preprocess.summarise(objects_of("often", "")))
    assert len(both["counts"]) <= 10
    assert both["counts"]["often"] == 4 and both["missing"] == 1 and both["dropped"]
    state = preprocess.finish(both, DEFAULTS)
    assert state["levels"][0] == "often"
    assert not preprocess.odd(objects_of("new"), state).any()


# --------------------------------------------------------------------- dense
def test_dense_has_columns_only_for_what_training_had() -> None:
    plain, gappy = state_of("a", "b", "b"), state_of("a", "a", "b", "", min_count=2)
    states = [plain, gappy]
    names = [feature.name for feature in preprocess.features("dense", ["甲", "z"], states)]
    assert names == ["甲=b", "甲=a", "z[missing]", "z[other]", "z=a"]
    block = preprocess.block([objects_of("a", "new", ""), objects_of("a", "new", "")], states)
    assert preprocess.view("dense", block, states).tolist() == [[0, 1, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0]]


def test_levels_beyond_the_dense_ones_share_a_column() -> None:
    state = state_of(*"aaabbc", onehot=2)
    block = preprocess.block([objects_of("c", "new", "a")], [state])
    assert preprocess.view("dense", block, [state]).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_wide_tables_keep_the_dense_view_small() -> None:
    wide = state_of(*(str(number) for number in range(60)), min_count=1)
    narrow = state_of("a", "b")
    states = [wide] * 400 + [narrow] * 100
    plan = preprocess.onehot(states)
    assert len(plan.owners) <= 8192
    assert min(len(table) for table in plan.tables) == 1 + 2
    assert 10 < max(map(len, plan.tables)) < 60
    assert len(preprocess.onehot([wide] * 10).owners) == 600


def test_a_column_without_anything_takes_no_place() -> None:
    states = [state_of(), state_of("a")]
    block = preprocess.block([objects_of("x"), objects_of("a")], states)
    assert preprocess.view("dense", block, states).tolist() == [[1]]
    assert preprocess.view("raw", block, states).tolist() == [[1, 2]]


# ----------------------------------------------------------- odd and profile
def test_odd_marks_unseen_levels_but_not_rare_ones() -> None:
    state = state_of("a", "a", "rare", "", min_count=2)
    assert state["levels"] == ["a"]
    assert preprocess.odd(objects_of("a", "rare", "", "new", "Rare"), state).tolist() == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_rare_levels_leave_no_text_behind() -> None:
    assert "Jane Doe" not in json.dumps(state_of("a", "a", "Jane Doe", min_count=2))


def test_profile_shows_the_top_and_counts_the_rest() -> None:
    values = objects_of(*["b"] * 3, *["a"] * 2, *[f"level {number}" for number in range(30)] * 2, "")
    profile = preprocess.profile(values)
    assert profile["levels"][:2] == ["b", "a"] and profile["counts"][:2] == [3, 2]
    assert len(profile["levels"]) == 20
    assert profile["other"] == 24 and profile["missing"] == 1


def test_a_profile_shows_no_text_that_only_one_row_has() -> None:
    found = preprocess.profile(objects_of("a", "a", "李雷", "韩梅梅", ""))
    assert found["levels"] == ["a"] and found["counts"] == [2]
    assert found["other"] == 2 and found["missing"] == 1


def test_keys_of_different_columns_never_meet() -> None:
    """Column 1 with level `2:x` and column 12 with level `x` look alike once a mark stands before them."""
    states = [state_of("a")] * 11 + [state_of("2:x"), state_of("x", "y", "y")]
    block = preprocess.block([objects_of("a")] * 11 + [objects_of("2:x"), objects_of("x")], states)
    assert_array_equal(preprocess.view("raw", block, states)[0, 11:], [2, 3])


# -------------------------------------------------------------------- buckets
WIDE = [f"货{number}" for number in range(40) for _ in range(1 + (number < 3))]


def test_levels_that_are_not_told_apart_share_buckets() -> None:
    state = state_of(*WIDE, min_count=2, hash_buckets=4)
    assert state["levels"] == ["货0", "货1", "货2"]
    block = preprocess.block([objects_of("货0", "货7", "", "never seen", "货7")], [state])
    codes = preprocess.view("raw", block, [state])[:, 0]
    assert codes[0] == 2 and codes[2] == 0 and codes[1] == codes[4]
    assert {codes[1], codes[3]} <= {5, 6, 7, 8}
    seen = preprocess.view("raw", preprocess.block([objects_of(*WIDE)], [state]), [state])
    assert set(seen.ravel().tolist()) == {2, 3, 4, 5, 6, 7, 8}


def test_each_bucket_has_its_dense_column() -> None:
    state = state_of(*WIDE, min_count=2, hash_buckets=2, onehot=1)
    names = [feature.name for feature in preprocess.features("dense", ["货"], [state])]
    assert names == ["货=货0", "货[bucket 0]", "货[bucket 1]"]
    view = preprocess.view("dense", preprocess.block([objects_of("货0", "货1", "new", "")], [state]), [state])
    assert view[0].tolist() == [1, 0, 0] and view[3].tolist() == [0, 0, 0]
    assert (view[1:3, 1:].sum(axis=1) == 1).all()  # a known level without a column of its own falls into one as well


def test_a_hash_does_not_change_from_one_day_to_the_next() -> None:
    state = state_of("a", "a", "b", min_count=2, hash_buckets=1000)
    block = preprocess.block([objects_of("b", "上海")], [state])
    assert preprocess.view("raw", block, [state]).ravel().tolist() == [3 + 681, 3 + 437]


@pytest.mark.parametrize("view", ["raw", "dense"])
def test_buckets_in_the_graph(view: str) -> None:
    states = [state_of(*WIDE, min_count=2, hash_buckets=5, onehot=2), state_of("x", "y", "y")]
    cells = [objects_of(*WIDE, "", "new", "😀"), objects_of(*["x", "y", "z", ""] * 11, "x", "")[: len(WIDE) + 3]]
    block = preprocess.block(cells, states)
    graph = Graph()
    expected = preprocess.view(view, block, states)
    tensor = fragment.build(graph, graph.input("category", object, 2), states, view)
    graph.output("view", tensor, np.float32, expected.shape[1])
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    assert_array_equal(session.run(None, {"category": block})[0], expected)


def test_without_buckets_the_block_is_what_it_was() -> None:
    cells = objects_of("a", "new", "")
    assert preprocess.block([cells], [state_of("a")])[:, 0].tolist() == ["a", "new", ""]

"""Rows keep their part whatever is added, equal rows stay together, and time runs forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError
from modelyard.core.project import Project, Split
from modelyard.core.protocols import Array, Columns
from modelyard.data.content import digests
from modelyard.data.dataset import TEST, TRAIN, VALID
from modelyard.prepare import split
from modelyard.prepare.survey import Survey, survey

MakeProject = Callable[..., Project]
SHARES = {TEST: 0.2, VALID: 0.15}
CELLS = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["a", "b", "上海", None])), min_size=1, max_size=40)


def contents_of(rows: list[tuple[Any, ...]]) -> Array:
    return digests(as_columns({f"c{n}": list(cells) for n, cells in enumerate(zip(*rows, strict=True))}))


def surveyed(project: Project, table: Any) -> Survey:
    return survey(project, as_columns(table))


# -------------------------------------------------------------------------- hashing
@given(CELLS, CELLS, st.integers(0, 2**31 - 1))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_added_rows_never_move_old_ones(old: list[tuple[Any, ...]], new: list[tuple[Any, ...]], seed: int) -> None:
    before = split.by_hash(contents_of(old), SHARES, seed)
    assert split.by_hash(contents_of(old + new), SHARES, seed)[: len(old)].tolist() == before.tolist()
    assert split.by_hash(contents_of(new + old), SHARES, seed)[len(new) :].tolist() == before.tolist()


@given(CELLS, st.integers(0, 2**31 - 1))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_equal_rows_stay_together(rows: list[tuple[Any, ...]], seed: int) -> None:
    parts = split.by_hash(contents_of(rows), SHARES, seed)
    for row in set(rows):
        assert len({part for part, other in zip(parts.tolist(), rows, strict=True) if other == row}) == 1


def test_shares_come_out_right_in_expectation() -> None:
    contents = digests({"n": np.arange(20_000)})
    parts = split.by_hash(contents, SHARES, 0)
    found = np.bincount(parts, minlength=3) / len(parts)
    np.testing.assert_allclose(found, [0.65, 0.15, 0.2], atol=0.01)
    u = split.uniform(contents, 0)
    assert u.min() >= 0
    assert u.max() < 1
    np.testing.assert_allclose(np.histogram(u, 10, (0, 1))[0], 2000, rtol=0.1)


def test_more_test_rows_keep_the_old_ones() -> None:
    contents = digests({"n": np.arange(2000)})
    few, many = (split.by_hash(contents, {TEST: share, VALID: 0.1}, 3) == TEST for share in (0.1, 0.3))
    assert (many[few]).all()
    assert many.sum() > few.sum()


def test_another_seed_gives_another_split() -> None:
    contents = digests({"n": np.arange(1000)})
    first, second = split.by_hash(contents, SHARES, 0), split.by_hash(contents, SHARES, 1)
    assert 0.3 < (first != second).mean() < 0.7


def test_the_hash_is_the_same_everywhere() -> None:
    contents = digests({"城市": as_columns({"x": ["上海", "Rome", ""]})["x"]})
    np.testing.assert_allclose(split.uniform(contents, 0), [0.6776641932, 0.4423043232, 0.8185331135], atol=1e-10)


# ----------------------------------------------------------------------------- time
def test_the_latest_rows_are_the_test() -> None:
    moments = np.asarray([3.0, 1, 2, 9, 8, 7, 6, 5, 4, 0])
    parts, begins = split.by_time(moments, SHARES)
    assert parts[np.argsort(moments)].tolist() == [TRAIN] * 6 + [VALID] * 2 + [TEST] * 2
    assert begins == {TEST: 8.0, VALID: 6.0}


def test_rows_of_one_moment_stay_together_and_rows_without_one_train() -> None:
    moments = np.asarray([1.0] * 5 + [2.0] * 5 + [np.nan])
    parts, _ = split.by_time(moments, {TEST: 0.2})
    assert parts.tolist() == [TRAIN] * 5 + [TEST] * 5 + [TRAIN]
    assert split.by_time(np.full(3, np.nan), SHARES)[0].tolist() == [TRAIN] * 3
    assert split.by_time(moments, {})[0].tolist() == [TRAIN] * 11


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_time_never_runs_backward(moments: list[int]) -> None:
    times = np.asarray(moments, float)
    parts, _ = split.by_time(times, SHARES)
    latest = {part: times[parts == part].max(initial=-1) for part in (TRAIN, VALID, TEST)}
    earliest = {part: times[parts == part].min(initial=99) for part in (TRAIN, VALID, TEST)}
    assert latest[TRAIN] < earliest[VALID] or not (parts == VALID).any() or not (parts == TRAIN).any()
    assert max(latest[TRAIN], latest[VALID]) < earliest[TEST] or not (parts == TEST).any()


# ---------------------------------------------------------------- columns and hold-out
def test_words_of_a_split_column() -> None:
    parts = split.by_words(["train", " TEST", "Validation", "val", "训练", "测试", "验证集", "", "later"])
    assert parts.tolist() == [TRAIN, TEST, VALID, VALID, TRAIN, TEST, VALID, split.UNDECIDED, split.UNDECIDED]


def test_shares_of_the_parts_that_are_not_there() -> None:
    how = Split()
    assert split.shares_left(how, np.asarray([split.UNDECIDED] * 3)) == {TEST: 0.2, VALID: 0.15}
    assert split.shares_left(how, np.asarray([TRAIN, TEST])) == {VALID: 0.15}
    assert split.shares_left(how, np.asarray([VALID, TEST])) == {}


@pytest.mark.parametrize(
    ("parts", "y", "enough"),
    [
        ([0] * 8 + [1, 2], [0, 1] * 5, True),
        ([0] * 7 + [1, 2], [0, 1] * 4 + [0], False),
        ([0] * 10, [0, 1] * 5, False),
        ([0] * 9 + [2], [0, 1] * 5, False),
        ([0] * 8 + [1, 2], [0] * 8 + [1, 1], False),
        ([0] * 8 + [1, 2], [-1] * 8 + [0, 1], False),
        ([0] * 8 + [1, 2], [0, 1] * 4 + [-1, 1], False),
    ],
)
def test_what_is_enough_to_hold_rows_out(parts: list[int], y: list[int], enough: bool) -> None:
    codes = np.asarray(y)
    assert split.can_hold_out(np.asarray(parts), {"y": codes}, {"y": codes >= 0}) is enough


def test_numbers_and_labels_have_no_classes() -> None:
    assert len(split.classes(np.asarray([0.0, 1.0]), np.ones(2, bool))) == 0
    assert len(split.classes(np.ones((2, 3), np.int64), np.ones(2, bool))) == 0
    numbers = np.zeros(10)
    assert split.can_hold_out(np.asarray([0] * 8 + [1, 2]), {"y": numbers}, {"y": np.isfinite(numbers)})


# ------------------------------------------------------------------- a project's rows
def table_of(rows: int, **more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {"x": rng.normal(size=rows).tolist(), "y": ["a" if n % 2 else "b" for n in range(rows)], **more}


def test_by_content_a_project_keeps_its_parts_when_rows_are_added(project_of: MakeProject) -> None:
    rows = table_of(300)
    old = surveyed(project_of(), {name: cells[:200] for name, cells in rows.items()})
    assert surveyed(project_of(), rows).parts[:200].tolist() == old.parts.tolist()
    other = surveyed(project_of(train={"seed": 1}), rows)
    assert other.parts[:200].tolist() != old.parts.tolist()


def test_by_key_the_content_may_change(project_of: MakeProject) -> None:
    rows = table_of(200, client=[f"C{n}" for n in range(200)])
    project = project_of(columns={"client": {"role": "key"}})
    before = surveyed(project, rows)
    rows["x"] = [cell + 1 for cell in rows["x"]]
    assert surveyed(project, rows).parts.tolist() == before.parts.tolist()
    assert surveyed(project_of(), rows).parts.tolist() != before.parts.tolist()


@pytest.mark.parametrize(
    "how", [{"columns": {"家庭": {"role": "group"}}}, {"data": {"split": {"by": "group", "column": "家庭"}}}]
)
def test_a_group_is_never_cut(project_of: MakeProject, how: dict[str, Any]) -> None:
    group = [f"g{n % 40}" for n in range(400)]
    found = surveyed(project_of(**how), table_of(400, 家庭=group))
    assert found.held_out
    assert all(len({*found.parts[[one == name for one in group]]}) == 1 for name in set(group))


def test_rows_without_a_group_go_by_their_content(project_of: MakeProject) -> None:
    group = [None] * 200 + ["one"] * 50
    found = surveyed(project_of(columns={"g": {"role": "group"}}), table_of(250, g=group))
    assert len({*found.parts[:200]}) == 3
    assert len({*found.parts[200:]}) == 1


def test_several_group_columns_are_one_group_together(project_of: MakeProject) -> None:
    project = project_of(columns={"a": {"role": "group"}, "b": {"role": "group"}})
    found = surveyed(project, table_of(400, a=[n % 20 for n in range(400)], b=[n % 3 for n in range(400)]))
    pairs = [(n % 20, n % 3) for n in range(400)]
    assert all(len({*found.parts[[one == pair for one in pairs]]}) == 1 for pair in set(pairs))


@pytest.mark.parametrize(
    "how", [{"columns": {"date": {"role": "time"}}}, {"data": {"split": {"by": "time", "column": "date"}}}]
)
def test_time_splits_by_dates(project_of: MakeProject, how: dict[str, Any]) -> None:
    days = np.random.default_rng(0).permutation(200)
    dates = [str(np.datetime64("2024-01-01") + day) for day in days]
    found = surveyed(project_of(**how), table_of(200, date=dates))
    assert found.parts[days >= 160].tolist() == [TEST] * 40
    assert found.parts[(days >= 130) & (days < 160)].tolist() == [VALID] * 30
    assert [one.column.role for one in found.readings if one.column.name == "date"] == ["time"]


def test_the_time_may_be_an_input_as_well(project_of: MakeProject) -> None:
    project = project_of(data={"split": {"by": "time", "column": "week"}}, columns={"week": {"role": "input"}})
    found = surveyed(project, table_of(200, week=[n // 4 for n in range(200)]))
    assert found.parts.tolist() == sorted(found.parts.tolist())
    assert [one.column.role for one in found.readings if one.column.name == "week"] == ["input"]


def test_a_column_says_the_part(project_of: MakeProject) -> None:
    parts = ["训练"] * 150 + ["valid"] * 20 + ["Test"] * 30
    found = surveyed(project_of(columns={"part": {"role": "split"}}), table_of(200, part=parts))
    assert found.parts.tolist() == [TRAIN] * 150 + [VALID] * 20 + [TEST] * 30
    without = surveyed(
        project_of(data={"split": {"by": "column", "column": "part"}}),
        table_of(200, part=["train"] * 170 + ["test"] * 30),
    )
    assert without.parts[170:].tolist() == [TEST] * 30
    assert {*without.parts[:170].tolist()} == {TRAIN, VALID}


def test_files_of_their_own(project_of: MakeProject, tmp_path: Any) -> None:
    rows = table_of(200)
    for name, these in (("train.csv", slice(0, 150)), ("测试.csv", slice(150, 200))):
        lines = [f"{y},{x}" for x, y in zip(rows["x"][these], rows["y"][these], strict=True)]
        (tmp_path / name).write_text("\n".join(["y,x", *lines]) + "\n", "utf-8")
    found = survey(project_of(data={"source": "train.csv", "test": "测试.csv"}))
    assert found.parts[150:].tolist() == [TEST] * 50
    assert {*found.parts[:150].tolist()} == {TRAIN, VALID}
    both = survey(project_of(data={"source": "train.csv", "test": "测试.csv", "valid": "测试.csv"}))
    assert both.parts.tolist() == [TRAIN] * 150 + [VALID] * 50 + [TEST] * 50


@pytest.mark.parametrize(
    ("project", "more", "words"),
    [
        ({"data": {"split": {"by": "time", "column": "d"}}}, {"d": ["a", "b"] * 50}, ("data.split", "d: a, b")),
        ({"columns": {"d": {"role": "time"}}}, {"d": [None] * 100}, ("d:", "dates")),
        ({"data": {"split": {"by": "column", "column": "p"}}}, {"p": ["train", "x"] * 50}, ("p: 'x'", "train, valid")),
        ({"columns": {"p": {"role": "split"}}}, {"p": ["train", ""] * 50}, ("p: ''", "train, valid")),
    ],
)  # fmt: skip
def test_splits_that_cannot_be(project_of: MakeProject, project: Any, more: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(DataError) as caught:
        surveyed(project_of(**project), table_of(100, **{name: list(cells) for name, cells in more.items()}))
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_file_of_its_own_with_other_columns(project_of: MakeProject, tmp_path: Any) -> None:
    (tmp_path / "a.csv").write_text("x,z,y\n1,1,a\n2,2,b\n", "utf-8")
    (tmp_path / "b.csv").write_text("x,y\n1,a\n", "utf-8")
    with pytest.raises(DataError, match=r"b\.csv(.|\n)*: z"):
        survey(project_of(data={"source": "a.csv", "test": "b.csv"}))


def test_a_table_in_memory_with_a_test_file(project_of: MakeProject, tmp_path: Any) -> None:
    (tmp_path / "b.csv").write_text("extra,x,y\n,0.5,a\n,1.5,b\n", "utf-8")
    found: Survey = survey(project_of(data={"test": "b.csv"}), as_columns(table_of(60)))
    assert found.parts[60:].tolist() == [TEST, TEST]


def column_types(table: Columns) -> set[str]:
    return {values.dtype.kind for values in table.values()}


def test_the_users_table_stays_as_it_was(project_of: MakeProject) -> None:
    table = as_columns(table_of(50))
    kinds = column_types(table)
    survey(project_of(), table)
    assert list(table) == ["x", "y"]
    assert column_types(table) == kinds

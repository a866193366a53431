"""Where the numbers of a report will come from, which rows belong together, and how much each row counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.project import Project
from modelyard.data.dataset import TEST, TRAIN, Dataset
from modelyard.prepare import split
from modelyard.prepare.prepare import inspect, prepare
from modelyard.prepare.survey import Survey, survey

MakeProject = Callable[..., Project]
AUTO = {"split": {"test": "auto"}}


def rows_of(count: int, **more: Any) -> dict[str, Any]:
    x = np.random.default_rng(2).normal(size=count).tolist()
    return {"x": x, "y": ["a" if n % 2 else "b" for n in range(count)], **more}


def divided(project: Project, table: Any) -> Survey:
    return survey(project, as_columns(table))


# ------------------------------------------------------------------- test, folds or training
@pytest.mark.parametrize(("rows", "measured_on"), [(9, "training"), (10, "folds"), (999, "folds"), (1000, "test")])
def test_few_rows_are_measured_in_folds(project_of: MakeProject, rows: int, measured_on: str) -> None:
    found = divided(project_of(data=AUTO), rows_of(rows))
    assert (found.measured_on, found.held_out) == (measured_on, measured_on == "test")
    assert {*found.parts.tolist()} == ({0, 1, 2} if measured_on == "test" else {TRAIN})


def test_the_scarcest_target_decides(project_of: MakeProject) -> None:
    scarce = [n if n % 2 else None for n in range(1600)]
    project = project_of(data=AUTO, predict=["y", "z"])
    assert divided(project, rows_of(1600, z=scarce)).measured_on == "folds"
    assert divided(project, rows_of(1600, z=list(range(1600)))).measured_on == "test"


@pytest.mark.parametrize(
    ("how", "measured_on"),
    [
        ({"data": {"split": {"test": 0.3}}}, "test"),
        ({"data": {"split": {"test": "auto", "by": "random"}}}, "folds"),
        ({"data": {"split": {"test": "auto", "by": "group", "column": "g"}}}, "folds"),
        ({"data": AUTO, "columns": {"g": {"role": "group"}}}, "folds"),
        ({"data": AUTO, "columns": {"t": {"role": "time"}}}, "test"),
        ({"data": AUTO, "columns": {"p": {"role": "split"}}}, "test"),
    ],
)
def test_what_the_user_wrote_stays(project_of: MakeProject, how: dict[str, Any], measured_on: str) -> None:
    table = rows_of(300, g=[n // 5 for n in range(300)], t=list(range(300)), p=["train", "valid", "test"] * 100)
    assert divided(project_of(**how), table).measured_on == measured_on


@pytest.mark.parametrize("part", ["valid", "test"])
def test_given_files_stay(project_of: MakeProject, tmp_path: Path, part: str) -> None:
    (tmp_path / "b.csv").write_text("x,y\n0.25,a\n1.25,b\n", "utf-8")
    found = divided(project_of(data={**AUTO, part: "b.csv"}), rows_of(200))
    assert found.measured_on == "test"
    assert len({*found.parts[200:].tolist()}) == 1


def test_a_share_that_cannot_be_kept_apart_goes_into_folds(project_of: MakeProject) -> None:
    found = divided(project_of(data={"split": {"test": 0.001}}), rows_of(60))
    assert found.measured_on == "folds"
    by_time = project_of(data={"split": {"by": "time", "column": "t"}})
    assert divided(by_time, rows_of(60, t=[1] * 60)).measured_on == "training"


@pytest.mark.parametrize(
    ("units", "y", "enough"),
    [
        (range(10), [0, 1] * 5, True),
        ([0, 1, 2, 3] * 3, [0, 1] * 6, False),
        ([0, 1, 2, 3, 4] * 2, [0, 1] * 5, True),
        (range(10), [0] * 9 + [1], False),
        ([0, 0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 1] + [0] * 8, False),
        (range(10), [0] * 10, False),
        (range(10), [-1] * 2 + [0, 1] * 4, False),
        (range(12), [-1] * 2 + [0, 1] * 5, True),
    ],
)
def test_what_is_enough_for_folds(units: Any, y: list[int], enough: bool) -> None:
    codes = np.asarray(y)
    assert split.can_fold(np.asarray(units), {"y": codes}, {"y": codes >= 0}) is enough


def test_numbers_need_no_classes_to_fold() -> None:
    assert split.can_fold(np.arange(10), {"y": np.zeros(10)}, {"y": np.ones(10, bool)})


def test_a_class_of_one_row_is_no_second_class(project_of: MakeProject) -> None:
    found = divided(project_of(data=AUTO), rows_of(300, y=["rare", *["usual"] * 299]))
    assert found.measured_on == "training"


# ------------------------------------------------------------------------------- units
@given(st.lists(st.binary(min_size=1, max_size=2), max_size=40))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_equal_contents_share_a_number(contents: list[bytes]) -> None:
    numbers = split.numbered(np.fromiter(contents, object, len(contents)))
    assert numbers.dtype == np.int64
    for one, number in zip(contents, numbers, strict=True):
        assert number == list(dict.fromkeys(contents)).index(one)


def test_equal_rows_are_one_unit_though_their_ids_differ(project_of: MakeProject) -> None:
    table = rows_of(300, id=[f"C{n:05d}" for n in range(300)])
    table["x"] = [table["x"][n // 2] for n in range(300)]
    table["y"] = [table["y"][n // 2] for n in range(300)]
    units = divided(project_of(), table).units
    assert units.tolist() == [n // 2 for n in range(300)]


@pytest.mark.parametrize("role", ["key", "group"])
def test_copies_under_other_keys_are_one_unit(project_of: MakeProject, role: str) -> None:
    table = rows_of(320, id=[f"C{n:05d}" for n in range(320)])
    table |= {name: [table[name][n // 4] for n in range(320)] for name in "xy"}
    units = divided(project_of(columns={"id": {"role": role}}), table).units
    assert units.tolist() == [n // 4 for n in range(320)]


@pytest.mark.parametrize("role", ["key", "ignore"])
def test_different_things_that_look_alike_are_units_of_their_own(project_of: MakeProject, role: str) -> None:
    table = rows_of(320, id=[f"C{n:05d}" for n in range(320)])
    table["x"] = [n % 8 for n in range(320)]
    table["y"] = ["b" if n % 3 and n % 8 else "a" for n in range(320)]  # an x of 0 says what y is, others do not
    units = divided(project_of(columns={"id": {"role": role}}), table).units
    assert len(set(units.tolist())) == 320 - 40 + 1
    assert len(set(units[::8].tolist())) == 1


@pytest.mark.parametrize(
    ("inputs", "learnt", "units"),
    [
        ("", "", []),
        ("aabb", "wwxx", [0, 0, 1, 1]),
        ("aabb", "wvxx", [0, 1, 2, 2]),
        ("aaab", "wwvx", [0, 1, 2, 3]),
        ("abab", "wxwy", [0, 1, 0, 2]),
    ],
)
def test_copies_have_equal_inputs_of_one_answer(inputs: str, learnt: str, units: list[int]) -> None:
    sides = (np.asarray([one.encode() for one in side], object) for side in (inputs, learnt))
    assert split.numbered(split.same_things(*sides)).tolist() == units


def test_copies_link_the_groups_that_they_are_in(project_of: MakeProject) -> None:
    table = rows_of(60, g=[n // 6 for n in range(60)])
    table["x"][6], table["y"][6] = table["x"][0], table["y"][0]
    units = divided(project_of(columns={"g": {"role": "group"}}), table).units
    assert units.tolist() == [max(0, n // 6 - 1) for n in range(60)]


def passengers(rows: int) -> dict[str, Any]:
    """As on the Titanic: 12 kinds of people, of each some were saved."""
    rng = np.random.default_rng(1)
    kind, sex = rng.integers(0, 6, rows), rng.integers(0, 2, rows)
    saved = rng.random(rows) < 0.2 + 0.1 * kind * sex
    return {"kind": [f"k{n}" for n in kind], "sex": ["mf"[n] for n in sex], "y": ["ny"[int(one)] for one in saved]}


def test_rows_that_look_alike_with_other_answers_are_split_one_by_one(project_of: MakeProject) -> None:
    """Kept together, whatever is tested with one answer would be learnt from with the other answer only."""
    found = divided(project_of(data=AUTO), passengers(2000))
    assert found.alike and found.held_out
    y, kind = found.ys["y"], found.readings[0].values
    for name in {*kind.tolist()}:
        rows = kind == name
        for part in (TRAIN, TEST):
            assert {*y[rows & (found.parts == part)].tolist()} == {0, 1}


def test_later_rows_that_look_alike_move_no_old_ones(project_of: MakeProject) -> None:
    whole = passengers(2000)
    first = divided(project_of(data=AUTO), {name: cells[:1500] for name, cells in whole.items()}).parts
    assert divided(project_of(data=AUTO), whole).parts[:1500].tolist() == first.tolist()


def test_copies_of_rows_are_kept_together(project_of: MakeProject) -> None:
    table = {name: cells * 4 for name, cells in rows_of(500).items()}
    found = divided(project_of(data=AUTO), table)
    assert not found.alike
    assert (found.parts.reshape(4, 500) == found.parts[:500]).all()


def test_where_few_different_rows_are_possible_keys_alone_count(project_of: MakeProject) -> None:
    table = rows_of(300, k=[n // 3 for n in range(300)])
    table["x"] = [n % 2 for n in range(300)]
    units = divided(project_of(columns={"k": {"role": "key"}}), table).units
    assert units.tolist() == table["k"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=40))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_units_are_what_names_and_contents_link(rows: list[tuple[int, int]]) -> None:
    names, contents = (np.asarray([f"{one}".encode() for one in side], object) for side in zip(*rows, strict=True))
    reached = [{n} for n in range(len(rows))]
    for _ in rows:
        for one, row in enumerate(rows):
            for other in range(len(rows)):
                if row[0] == rows[other][0] or row[1] == rows[other][1]:
                    reached[one] |= reached[other]
    linked = split.numbered(np.asarray([bytes(sorted(rows)) for rows in reached], object))
    sizes = np.bincount(linked)
    coarse = len(sizes) < split.FEWEST_UNITS or sizes.max() > split.LARGEST_UNIT * len(rows)
    found = split.joined(names, contents)
    assert found.dtype == np.int64
    assert found.tolist() == linked.tolist() or (coarse and found.tolist() == split.numbered(names).tolist())


@pytest.mark.parametrize(
    ("names", "contents", "units"),
    [
        ("", "", []),
        ("abcdefgh", "zyxwvuts", range(8)),
        ("abcdefgh", "zzxwvuts", [0, 0, 1, 2, 3, 4, 5, 6]),
        ("abcdefgh", "zyxzvuts", [0, 1, 2, 0, 3, 4, 5, 6]),
        ("abcdefgh", "zzzzwvut", [0, 0, 0, 0, 1, 2, 3, 4]),
        ("abcdefgh", "zzzzzwvu", range(8)),  # one unit of five rows, and three others
        ("abcdefghi", "zzzzzwvut", range(9)),  # more than half of the rows
        ("abcdefgh", "zzyyxxww", range(8)),  # four units
        ("aaabbbccc", "zyxwvutsz", [0, 0, 0, 1, 1, 1, 0, 0, 0]),  # names alone are too coarse, too
        ("aaaaaabcdef", "zyxwvutsrst", [0, 0, 0, 0, 0, 0, 1, 2, 3, 2, 1]),  # so are they here
    ],
)
def test_names_and_equal_contents_make_units(names: str, contents: str, units: Any) -> None:
    found = split.joined(*(np.asarray([one.encode() for one in side], object) for side in (names, contents)))
    assert found.tolist() == list(units)


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_is_one_unit(step: int) -> None:
    chain = np.arange(50_000)[::step]
    names, contents = (np.r_[(chain + shift) // 2, np.arange(10**6, 10**6 + 60_000)] for shift in (0, 1))
    units = split.joined(*(np.asarray([b"%d" % number for number in side], object) for side in (names, contents)))
    assert units.tolist() == [0] * 50_000 + list(range(1, 60_001))


@pytest.mark.parametrize(
    ("roles", "unit"),
    [
        ({"g": "group"}, "g"),
        ({"k": "key"}, "k"),
        ({"g": "group", "k": "key"}, "g"),
        ({"g": "group", "t": "time"}, "g"),
    ],
)
def test_groups_else_keys_name_the_unit(project_of: MakeProject, roles: dict[str, str], unit: str) -> None:
    table = rows_of(300, g=[n // 7 for n in range(300)], k=[n // 2 for n in range(300)], t=list(range(300)))
    columns = {name: {"role": role} for name, role in roles.items()}
    units = divided(project_of(columns=columns), table).units
    assert units.tolist() == table[unit]


def test_random_sets_groups_aside(project_of: MakeProject) -> None:
    project = project_of(columns={"g": {"role": "group"}}, data={"split": {"by": "random"}})
    units = divided(project, rows_of(60, g=[n // 7 for n in range(60)])).units
    assert len(set(units.tolist())) == 60


def test_rows_without_a_group_are_units_of_their_own(project_of: MakeProject) -> None:
    found = divided(project_of(columns={"g": {"role": "group"}}), rows_of(60, g=[None] * 30 + ["one"] * 30))
    assert len(set(found.units[:30].tolist())) == 30
    assert len(set(found.units[30:].tolist())) == 1


# ----------------------------------------------------------------------------- weights
def test_weights_are_one_on_average_over_the_training_rows(project_of: MakeProject, tmp_path: Path) -> None:
    table = rows_of(300, w=[str(n % 4) for n in range(300)])
    dataset = prepare(project_of(columns={"w": {"role": "weight"}}), tmp_path, as_columns(table))
    loaded = Dataset.load(tmp_path)
    np.testing.assert_array_equal(loaded.weights, dataset.weights)
    assert loaded.weights[loaded.rows("train")].mean() == pytest.approx(1)
    np.testing.assert_allclose(loaded.weights / loaded.weights[1], [n % 4 for n in range(300)])
    assert [one.name for one in loaded.inputs] == ["x"]
    assert "w" not in loaded.cells(np.arange(2))


def test_without_weights_each_row_counts_as_one(project_of: MakeProject) -> None:
    assert divided(project_of(), rows_of(30)).weights.tolist() == [1.0] * 30


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([1.0] * 29 + [-2.0], ("1 weights", "row 30", "-2")),
        ([1.0, None] + [1.0] * 28, ("1 weights", "row 2")),
        ([1.0, float("inf")] + [1.0] * 28, ("1 weights", "row 2")),
        ([None] * 30, ("30 weights", "row 1")),
        ([0] * 30, ("no training row",)),
        (["much", "little", "some"] * 10, ("much", "number")),
    ],
)
def test_weights_that_cannot_be(project_of: MakeProject, cells: list[Any], words: tuple[str, ...]) -> None:
    with pytest.raises(DataError) as caught:
        divided(project_of(columns={"w": {"role": "weight"}}), rows_of(30, w=cells))
    assert [word for word in ("columns.w", *words) if word not in str(caught.value)] == []


def test_training_rows_must_count(project_of: MakeProject) -> None:
    table = rows_of(30, w=[0] * 20 + [1] * 10, p=["train"] * 20 + ["valid"] * 5 + ["test"] * 5)
    with pytest.raises(DataError, match="no training row"):
        divided(project_of(columns={"w": {"role": "weight"}, "p": {"role": "split"}}), table)


def test_weights_of_words_by_type(project_of: MakeProject) -> None:
    with pytest.raises(DataError, match=r"columns\.w"):
        divided(project_of(columns={"w": {"role": "weight", "type": "category"}}), rows_of(30, w=["a", "b"] * 15))


def test_one_weight_for_all_is_no_constant_column(project_of: MakeProject) -> None:
    found = divided(project_of(columns={"w": {"role": "weight"}}), rows_of(30, w=[3] * 30))
    assert found.weights.tolist() == [1.0] * 30


# ---------------------------------------------------------------------------- monotone
def test_inferred_categories_cannot_be_followed(project_of: MakeProject) -> None:
    for name, cells in (("c", ["red", "blue"] * 15), ("d", [f"2024-01-{1 + n % 28:02d}" for n in range(30)])):
        with pytest.raises(ProjectError, match=rf"columns\.{name}\.monotone"):
            divided(project_of(columns={name: {"monotone": "up"}}), rows_of(30, **{name: cells}))


def test_the_way_is_part_of_the_dataset(project_of: MakeProject, tmp_path: Path) -> None:
    found = {}
    for way in ("up", "down"):
        dataset = prepare(project_of(columns={"x": {"monotone": way}}), tmp_path, as_columns(rows_of(60)))
        assert Dataset.load(tmp_path).columns[0].monotone == way
        found[way] = dataset.fingerprint
    assert found["up"] != found["down"]


# ------------------------------------------------------------------- what check is shown
def test_inspection_says_what_numbers_will_come_from(project_of: MakeProject) -> None:
    seen = inspect(project_of(data=AUTO), as_columns(rows_of(300)))
    assert (seen.measured_on, seen.held_out) == ("folds", False)
    assert seen.parts == {"train": 300, "valid": 300, "test": 300}
    notes = {note.key: note for note in seen.notes}
    assert not notes["prepare.note_folds"].loud
    kept = inspect(project_of(data={"split": {"test": 0.2}}), as_columns(rows_of(300)))
    assert kept.parts["test"] == {note.key: note for note in kept.notes}["prepare.note_small_test"].values["count"]


def test_folds_are_part_of_the_fingerprint(project_of: MakeProject, tmp_path: Path) -> None:
    one = prepare(project_of(data=AUTO), tmp_path, as_columns(rows_of(60)))
    other = prepare(project_of(), tmp_path, as_columns(rows_of(60)))
    assert one.fingerprint != other.fingerprint
    assert one.test_fingerprint != other.test_fingerprint
    assert one.rows("train").tolist() == list(range(60))
    assert TEST in other.parts

"""Every column is taken for what it is, or left out with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.core.schema import Column
from modelyard.data.content import missing
from modelyard.prepare import infer as room
from modelyard.prepare.infer import Reading, infer, kept, sample

MakeProject = Callable[..., Project]


def read_one(project: Project, cells: Any, name: str = "x", role: Any = None) -> Reading:
    return infer(as_columns({name: cells}), project, {} if role is None else {name: role})[0]


def reason_of(column: Column) -> str:
    return column.reason[0].removeprefix("prepare.because_") if column.reason else ""


def test_a_table_with_everything(project_of: MakeProject, people: Columns) -> None:
    readings = infer(people, project_of(), {"y": "target"})
    assert {one.column.name: (one.column.modality, one.column.role, reason_of(one.column)) for one in readings} == {
        "编号": ("", "ignore", "id"),
        "age": ("number", "input", "read"),
        "城市": ("category", "input", "read"),
        "member": ("boolean", "input", "read"),
        "joined": ("datetime", "input", "read"),
        "remark": ("text", "input", "read"),
        "country": ("", "ignore", "constant"),
        "empty": ("", "ignore", "empty"),
        "y": ("", "target", "told"),
    }
    assert people == {}


def test_every_reason_can_be_said(project_of: MakeProject, people: Columns) -> None:
    for one in infer(people, project_of(), {}):
        assert one.column.reason is not None
        assert "{" not in text(one.column.reason[0], **one.column.reason[1])
        assert Column.from_json(one.column.to_json()) == one.column


def test_what_is_known_of_a_column(project_of: MakeProject) -> None:
    one = read_one(project_of(), ["3", "3", "3", "x", "", "7"] * 10 + ["5"] * 190)
    assert one.column.modality == "number"
    assert one.bad == 10
    assert one.missing_share == pytest.approx(10 / 250)
    assert one.distinct == 4
    assert one.top_share == pytest.approx(190 / 240)
    assert one.examples == ("3", "x", "7")


def test_five_per_cent_of_bad_cells_are_borne_and_no_more(project_of: MakeProject) -> None:
    good = [str(n) for n in range(95)]
    assert read_one(project_of(), [*good, *["much"] * 5]).column.modality == "number"
    assert read_one(project_of(), [*good, *["much"] * 6]).column.modality == "category"


def test_a_claim_that_does_not_hold_for_all_cells_goes_to_the_next(
    project_of: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SAMPLE_CELLS", 10)
    monkeypatch.setattr(room, "_FEWEST_CELLS", 10)
    cells = ["a" if n % 10 == 5 else str(n % 7) for n in range(991)]  # the evenly spaced sample sees numbers only
    assert read_one(project_of(), cells).column.modality == "category"


def test_infinities_are_counted(project_of: MakeProject) -> None:
    assert read_one(project_of(), [1.0, 2.5, float("inf"), -float("inf")] * 5).notes == {"infinite": 10}


def test_a_constant_with_gaps_says_something(project_of: MakeProject) -> None:
    assert read_one(project_of(), ["a", None] * 20).column.role == "input"
    assert read_one(project_of(), [1.0, np.nan] * 20).column.role == "input"
    assert reason_of(read_one(project_of(), ["1", "1.0", " 1"] * 20).column) == "constant"


@pytest.mark.parametrize("cells", [[None] * 5, ["", " ", "NA", "?", "null"], [float("nan")] * 5])
def test_all_missing(project_of: MakeProject, cells: list[Any]) -> None:
    one = read_one(project_of(), cells)
    assert (one.column.role, reason_of(one.column), one.values) == ("ignore", "empty", None)


def test_what_the_user_says_comes_first(project_of: MakeProject) -> None:
    project = project_of(
        columns={
            "n": "number", "code": "category", "gone": {"type": "number"}, "same": {"type": "category"},
            "sex": {"role": "protected"}, "note": {"role": "protected"},
            "key": {"role": "key"}, "off": {"role": "ignore"},
        }
    )  # fmt: skip
    table = as_columns(
        {
            "n": [str(n) for n in range(40)],
            "code": [n % 3 for n in range(40)],
            "gone": [None] * 40,
            "same": ["a"] * 40,
            "sex": ["f", "m"] * 20,
            "note": [f"a long remark of customer number {n} on what is wrong" for n in range(40)],
            "key": ["007", " 008"] * 20,
            "off": [1, 2] * 20,
        }
    )
    roles = {name: spec.role for name, spec in project.columns.items() if spec.role}
    found = {one.column.name: one for one in infer(table, project, roles)}
    assert {name: (one.column.modality, one.column.role) for name, one in found.items()} == {
        "n": ("number", "input"),
        "code": ("category", "input"),
        "gone": ("number", "input"),
        "same": ("category", "input"),
        "sex": ("category", "protected"),
        "note": ("text", "protected"),
        "key": ("", "key"),
        "off": ("", "ignore"),
    }
    assert {reason_of(one.column) for one in found.values()} == {"told"}
    assert found["code"].values is not None
    assert found["code"].values[:3].tolist() == ["0", "1", "2"]
    assert found["key"].values is not None
    assert found["key"].values[:2].tolist() == ["007", "008"]
    assert found["off"].values is None


def test_cells_that_are_not_what_the_user_says(project_of: MakeProject) -> None:
    project = project_of(columns={"x": "number"})
    assert read_one(project, ["1", "a", "b", "c"] * 5).bad == 15
    with pytest.raises(DataError) as caught:
        read_one(project, ["a", "b"] * 5)
    assert "modelyard.yaml, columns.x" in str(caught.value)
    assert "category" in str(caught.value)


def test_options_of_the_modality(project_of: MakeProject) -> None:
    one = read_one(project_of(columns={"x": {"missing": [-999]}}), ["1", "2", "-999"] * 10)
    assert one.column.options["missing"] == [-999]
    assert one.values is not None
    assert np.isnan(one.values[2])
    assert read_one(project_of(), ["1,5", "2,25"] * 10).column.options["decimal"] == "comma"
    with pytest.raises(ProjectError) as caught:
        read_one(project_of(columns={"x": {"max_levels": 5}}), ["1", "2", "3.5"] * 10)
    assert "columns.x.max_levels" in str(caught.value)
    assert "category" in str(caught.value)


def test_thousands_of_columns_are_sampled_less(project_of: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ALL_SAMPLES", 1_000)
    seen: list[int] = []
    original = room.sample
    monkeypatch.setattr(room, "sample", lambda *given: seen.append(given[3]) or original(*given))
    infer(as_columns({f"c{n}": ["1", "2.5"] for n in range(3)}), project_of(), {})
    assert seen == [333] * 3
    infer(as_columns({f"c{n}": ["1", "2.5"] for n in range(30)}), project_of(), {})
    assert seen[3:] == [room._FEWEST_CELLS] * 30


def test_a_sample_is_taken_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = np.arange(1000, dtype=float)
    cells[::2] = np.nan
    seen = sample("x", cells, missing(cells), 11)
    assert seen.values[0] == 1
    assert seen.values[-1] == 999
    assert (len(seen.values), seen.distinct, seen.rows) == (11, 11, 1000)
    assert np.diff(seen.values.astype(float)).min() >= 98


def test_what_could_not_be_read_is_shown_with_its_rows(project_of: MakeProject) -> None:
    cells = [*map(str, range(98)), "<5", "停机"]
    rows = np.arange(200)[::2]
    one = infer(as_columns({"x": cells}), project_of(), {}, rows)[0]
    assert (one.bad, one.bad_cells) == (2, ((197, "<5"), (199, "停机")))
    assert read_one(project_of(), cells).bad_cells == ((99, "<5"), (100, "停机"))


def test_how_cells_were_read_is_told(project_of: MakeProject) -> None:
    one = read_one(project_of(), ["1.2万", "3,000元", "无", "500"] * 10)
    assert one.column.modality == "number"
    assert one.column.options["unit"] == "元"
    assert {told.how: told.cells for told in one.told} == {"multiplier": 10, "unit": 10, "missing": 10, "bare": 10}
    assert read_one(project_of(), ["1", "2.5", "3"] * 10).told == ()
    assert read_one(project_of(), ["1.2万"] * 30, role="key").told == ()


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        (["$5", "¥30", "$7"] * 10, ("mixed_units",)),
        (["5%", "30", "7%"] * 10, ("bare_percent",)),
        (["03/05/2024", "04/06/2024"] * 10, ("day_order",)),
        (["13/05/2024", "04/26/2024"] * 10, ("two_orders",)),
        ([f"1.{n}0105E+17" for n in range(1, 9)], ("rounded_ids",)),
        (["a", "b"] * 10, ()),
        (["1", "2.5"] * 10, ()),
    ],
)
def test_doubts_are_told(project_of: MakeProject, cells: list[str], doubts: tuple[str, ...]) -> None:
    assert read_one(project_of(), cells).doubts == doubts


GERMAN = {"Betrag": ["1.635,50", "12,00"] * 9, "Preis": ["4,5", "0,25"] * 9, "Menge": ["94.172", "1.200"] * 9}


def test_a_file_writes_its_decimals_one_way(project_of: MakeProject) -> None:
    found = {one.column.name: one for one in infer(as_columns(GERMAN), project_of(), {})}
    assert found["Menge"].values is not None and found["Menge"].values.tolist()[:2] == [94172, 1200]
    assert "94.172 -> 94172" in str(found["Menge"].told[0]) and found["Menge"].doubts == ()
    said = {"Menge": {"decimal": "point"}}
    found = {one.column.name: one for one in infer(as_columns(GERMAN), project_of(columns=said), {})}
    assert found["Menge"].values is not None and found["Menge"].values.tolist()[:2] == [94.172, 1.2]


def test_a_file_that_writes_decimals_both_ways_leaves_a_doubt(project_of: MakeProject) -> None:
    table = {**GERMAN, "lat": ["48.1", "11.57"] * 9}
    found = {one.column.name: one for one in infer(as_columns(table), project_of(), {})}
    assert {name: one.doubts for name, one in found.items() if one.doubts} == {"Menge": ("decimal_mark",)}
    for mark in ("comma", "point"):
        said = project_of(columns={"Menge": {"decimal": mark}})
        assert not any(one.doubts for one in infer(as_columns(table), said, {}))


def test_a_target_whose_mark_may_be_either_is_told(project_of: MakeProject) -> None:
    found = {one.column.name: one for one in infer(as_columns(GERMAN), project_of(), {"Menge": "target"})}
    assert found["Menge"].doubts == ("target_mark",)
    assert found["Preis"].doubts == ()
    alone = infer(as_columns({"Menge": GERMAN["Menge"], "n": [1, 2] * 9}), project_of(), {"Menge": "target"})
    assert alone[0].doubts == ()


def test_doubts_of_an_identity_that_a_spreadsheet_rounded(project_of: MakeProject) -> None:
    one = read_one(project_of(), [f"1101051990{n:05}000" for n in range(1, 40)], name="身份证号")
    assert (reason_of(one.column), one.doubts) == ("id", ("rounded_ids",))


def test_examples_of_texts_show_nobodys_address(project_of: MakeProject) -> None:
    cells = [f"mail user{n}@example.com about the room, please" for n in range(40)]
    one = read_one(project_of(), cells)
    assert one.column.modality == "text"
    assert [found.kind for found in one.personal] == ["email"]
    assert one.examples[0] == "mail us***@*******.*om about …"
    assert "user0" not in str(one.column.reason)


def test_what_a_column_nearly_was(project_of: MakeProject) -> None:
    one = read_one(project_of(), [*map(str, range(70)), *["n.b."] * 10])
    assert one.column.modality == "category"
    assert one.nearly == room.Nearly("number", 70 / 80, ((71, "n.b."), (72, "n.b."), (73, "n.b.")))
    assert read_one(project_of(columns={"x": "category"}), [*map(str, range(70)), *["n.b."] * 10]).nearly is None
    assert read_one(project_of(), ["007", "008", "010"] * 10).nearly is None
    assert read_one(project_of(), ["+", "-"] * 20).nearly is None


def test_lists_and_mappings_are_no_reason_to_fall_over(project_of: MakeProject) -> None:
    cells = np.empty(30, object)
    for row in range(30):
        cells[row] = [row, {"a": row}]
    one = infer({"x": cells}, project_of(), {})[0]
    assert (one.column.role, reason_of(one.column)) == ("ignore", "codes")


def test_what_is_stored_of_keys_and_targets() -> None:
    typed = np.asarray([1, 2])
    assert kept(typed) is typed
    given = as_columns({"x": ["007", " b ", None, True, 3.0, "NA"]})["x"]
    assert kept(given).tolist() == ["007", "b", "", "true", "3", ""]


def test_long_examples_are_cut(project_of: MakeProject) -> None:
    one = read_one(project_of(), ["x" * 100, "y"] * 5)
    assert one.examples == ("x" * 29 + "…", "y")

"""Workbooks: the right sheet, names in merged cells, merged cells of data, errors, and what stands around a table."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from modelyard.core.errors import DataError
from modelyard.data import layout as layouts_of
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import batches, read

Rows = Sequence[Sequence[Any]]
TABLE: Rows = [["id", "when", "flag", "n"], [1, datetime(2024, 1, 5), True, 0.5], [2, None, False, None]]


def save(folder: Path, sheets: dict[str, Rows], merged: Sequence[str] = (), hidden: Sequence[str] = ()) -> None:
    """Write `a.xlsx`; cells are merged in its last sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
        page.sheet_state = "hidden" if title in hidden else "visible"
    for area in merged:
        page.merge_cells(area)
    book.save(folder / "a.xlsx")


def table_of(folder: Path, **hints: Any) -> tuple[dict[str, list[Any]], list[str]]:
    """Columns, and the keys of what is told."""
    found: list[Layout] = []
    table = read("a.xlsx", Hints(**hints), folder, layouts=found)
    return {name: values.tolist() for name, values in table.items()}, [
        key.removeprefix("data.note_") for key, _, _ in layouts_of.notes(found)
    ]


# ------------------------------------------------------------------- the sheet
def test_a_plain_workbook_has_nothing_to_tell(tmp_path: Path) -> None:
    save(tmp_path, {"S": TABLE})
    table, told = table_of(tmp_path)
    assert table["when"] == [datetime(2024, 1, 5), None]
    assert table["flag"] == [True, False]
    assert table["n"][0] == 0.5
    assert told == []


def test_the_sheet_with_the_largest_table(tmp_path: Path) -> None:
    large = [["a", "b"], *([n, n] for n in range(50))]
    save(tmp_path, {"说明": [["本表说明"], ["由财务部提供"]], "数据": large, "旧": [*large, *large]}, hidden=["旧"])
    table, told = table_of(tmp_path)
    assert (len(table["a"]), told) == (50, ["sheet"])
    found: list[Layout] = []
    read("a.xlsx", folder=tmp_path, layouts=found)
    assert (found[0].sheet, found[0].sheets) == ("数据", ("说明",))


def test_the_sheet_with_the_names_that_are_expected(tmp_path: Path) -> None:
    save(tmp_path, {"big": [["a", "b"], *([n, n] for n in range(50))], "small": TABLE})
    assert list(table_of(tmp_path, names=("flag",))[0]) == ["id", "when", "flag", "n"]
    assert list(table_of(tmp_path, names=("nowhere",))[0]) == ["a", "b"]


def test_the_sheet_that_is_named(tmp_path: Path) -> None:
    save(tmp_path, {"客户": TABLE, "b": [["x"], [1]], "c": [["y"], [1]]}, hidden=["c"])
    assert list(table_of(tmp_path, sheet="b")[0]) == ["x"]
    assert list(table_of(tmp_path, sheet="c")[0]) == ["y"]
    with pytest.raises(DataError, match="客户"):
        table_of(tmp_path, sheet="客戶")


def test_a_workbook_whose_sheets_are_all_hidden_but_one(tmp_path: Path) -> None:
    save(tmp_path, {"shown": [["only a title"]], "kept": TABLE}, hidden=["kept"])
    with pytest.raises(DataError, match="no row of data in its sheet `shown`"):
        table_of(tmp_path)


# ------------------------------------------------------------------- the names
def test_titles_merged_names_and_what_stands_below(tmp_path: Path) -> None:
    rows = [
        ["销售统计表"],
        ["地区", "销售", None, "成本", None],
        [None, 2023, 2024, 2023, 2024],
        ["华东", 1, 2, 3, 4],
        ["华北", 5, 6, "#N/A", 8],
        ["合计", 6, 8, 3, 12],
        [],
        ["制表人：张三"],
    ]
    save(tmp_path, {"S": rows}, ["A1:E1", "A2:A3", "B2:C2", "D2:E2"])
    table, told = table_of(tmp_path)
    assert list(table) == ["地区", "销售 / 2023", "销售 / 2024", "成本 / 2023", "成本 / 2024"]
    assert table["成本 / 2023"] == [3, None] or table["成本 / 2023"][0] == 3
    assert set(told) == {"ending", "sheet", "titles", "errors"}


def test_a_group_name_reaches_as_far_as_it_is_merged(tmp_path: Path) -> None:
    rows = [["id", "spent", None, "note"], [None, "a", "b", None], [1, 2, 3, "x"], [4, 5, 6, "y"]]
    save(tmp_path, {"S": rows}, ["B1:C1", "A1:A2", "D1:D2"])
    assert list(table_of(tmp_path)[0]) == ["id", "spent / a", "spent / b", "note"]


def test_three_lines_of_names_when_they_are_named(tmp_path: Path) -> None:
    rows = [["x", None], ["y", None], ["a", "b"], [1, 2]]
    save(tmp_path, {"S": rows}, ["A1:B1", "A2:B2"])
    assert list(table_of(tmp_path, header=[1, 2, 3])[0]) == ["x / y / a", "x / y / b"]
    assert list(table_of(tmp_path)[0]) == ["a", "b"]


def test_numbers_and_dates_as_names(tmp_path: Path) -> None:
    save(tmp_path, {"S": [["id", 2023.0, date(2024, 1, 5)], ["a", 1, 2], ["b", 3, 4]]})
    assert list(table_of(tmp_path)[0]) == ["id", "2023", "2024-01-05"]


def test_no_names_at_all(tmp_path: Path) -> None:
    save(tmp_path, {"S": [["a", 1], ["b", 2], ["a", 3], ["b", 4]]})
    assert table_of(tmp_path)[0]["column_2"] == [1, 2, 3, 4]
    assert table_of(tmp_path)[1] == ["no_header", "sheet"]


# -------------------------------------------------------------------- the cells
def test_merged_cells_of_data_are_filled_only_downwards(tmp_path: Path) -> None:
    rows = [["region", "shop", "n"], ["N", "a", 1], [None, "b", 2], [None, "c", 3], [None, "d", 4], ["S", None, 5]]
    save(tmp_path, {"S": rows}, ["A2:A4", "A6:B6"])
    table, told = table_of(tmp_path)
    assert table["region"] == ["N", "N", "N", None, "S"]
    assert table["shop"] == ["a", "b", "c", "d", None]
    assert told == ["sheet", "merged"]


def test_formulas_without_a_value(tmp_path: Path) -> None:
    save(tmp_path, {"S": [["a", "b"], [1, "=A2*2"], [2, "=A3*2"]]})
    found: list[Layout] = []
    table = read("a.xlsx", folder=tmp_path, layouts=found)
    assert table["b"].tolist() == [None, None]
    assert ("data.note_unstored", {"count": 2}, True) in found[0].remarks


def test_errors_are_missing(tmp_path: Path) -> None:
    save(tmp_path, {"S": [["a", "b"], ["#REF!", 1], ["x", "#DIV/0!"], ["#hash", 3]]})
    table, told = table_of(tmp_path)
    assert table["a"] == [None, "x", "#hash"]
    assert told == ["sheet", "errors"]


def test_empty_rows_columns_and_cells_beside(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        [None, "id", "x"],
        *([None, n, n / 2] for n in range(60)),
        [],
        [None, 61, 30.5, None, "ok?"],
    ]
    save(tmp_path, {"S": [*rows, *[[None, " "]] * 300]})
    table, told = table_of(tmp_path)
    assert (list(table), len(table["id"]), told) == (["id", "x"], 61, ["beside", "sheet"])


def test_a_column_without_a_name_that_is_filled_is_kept(tmp_path: Path) -> None:
    save(tmp_path, {"S": [[None, "when", "flag"], [1, datetime(2024, 1, 5), True], [2]]})
    assert table_of(tmp_path)[0] == {"unnamed_1": [1, 2], "when": [datetime(2024, 1, 5), None], "flag": [True, None]}


def test_batches_of_a_sheet(tmp_path: Path) -> None:
    save(tmp_path, {"S": [["a", "b"], *([n, str(n)] for n in range(100)), ["合计", None]]})
    pieces = list(batches("a.xlsx", 30, folder=tmp_path))
    assert [len(piece["a"]) for piece in pieces] == [30, 30, 30, 10]
    assert [cell for piece in pieces for cell in piece["a"]] == [*range(100)]


def test_a_sheet_without_its_size(tmp_path: Path) -> None:
    save(tmp_path, {"S": TABLE})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    part = parts["xl/worksheets/sheet1.xml"]
    start = part.index(b"<dimension")
    parts["xl/worksheets/sheet1.xml"] = part[:start] + part[part.index(b"/>", start) + 2 :]
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert table_of(tmp_path)[0]["id"] == [1, 2]

"""Rows for people: what the table holds, that no cell begins a formula, what Excel offers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.columns import take
from modelyard.improve import sheet
from modelyard.improve.asked import Asked
from modelyard.improve.pool import Pool
from modelyard.improve.propose import propose

Make = Callable[..., Pool]


def test_columns_in_their_order(make_pool: Make) -> None:
    pool = make_pool()
    found = sheet.cells_of(propose(pool, 8))
    assert list(found) == ["row", "编号", "review", "nights", "why", "mood", "check"]
    assert {len(cells) for cells in found.values()} == {8}
    assert not any(found["mood"])
    for row, key in zip(found["row"], found["编号"], strict=True):
        assert key == f"r{row - 1}"
    assert len(set(found["check"])) == 8


def test_own_columns_give_way_to_those_of_the_data(table_file: Any, make_pool: Make) -> None:
    make_pool()
    table_file("reviews.csv", [["编号", "why", "row", "mood"], *([f"r{n}", f"word {n}", n, ""] for n in range(9))])
    from modelyard.improve.pool import open_pool
    from modelyard.pipeline import as_project

    folder = table_file("other.csv", []).parent
    found = sheet.cells_of(propose(open_pool(as_project(str(folder), None, {})[0]), 3))
    assert list(found) == ["modelyard.row", "编号", "why", "row", "modelyard.why", "mood", "check"]


def test_csv_opens_in_excel_and_runs_nothing(make_pool: Make) -> None:
    written = sheet.csv_bytes(sheet.cells_of(propose(make_pool(), 48)))
    assert written.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    reviews = [line["review"] for line in lines]
    assert any(review.startswith("'=HYPERLINK") for review in reviews)
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line.values())
    assert any("早餐很好" in review for review in reviews) and any("🎉" in review for review in reviews)


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "=", "-"])
def test_what_a_spreadsheet_would_run_is_guarded(cell: str) -> None:
    assert sheet.guarded(cell) == "'" + cell
    assert sheet.unguarded(sheet.guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["-1", "+86", "-1.5e3", "12%", "'quoted'", "a=b", "", 7, -7, None, 1.5, "'"])
def test_numbers_and_texts_stay(cell: Any) -> None:
    assert sheet.guarded(cell) == cell
    assert sheet.unguarded(cell) == cell


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.text(max_size=12))
def test_a_guarded_cell_never_begins_a_formula(cell: str) -> None:
    shown = sheet.guarded(cell)
    assert not shown.startswith(("=", "@", "\t", "\r"))
    assert sheet.unguarded(shown) == cell or cell[:1] == "'"


def test_excel_offers_the_labels(make_pool: Make, tmp_path: Path) -> None:
    pool = make_pool()
    sheet.write_excel(sheet.cells_of(propose(pool, 48)), pool.asked, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    page, lists = book.active, book[sheet.LABELS]
    assert page.freeze_panes == "A2" and lists.sheet_state == "hidden"
    (offer,) = page.data_validations.dataValidation
    assert offer.type == "list" and str(offer.sqref) == "F2:F49" and offer.formula1 == "labels!$A$1:$A$2"
    assert [cell.value for cell in lists["A"]] == ["neg", "pos"]
    assert all(cell.data_type == "s" for cell in page["C"]), "a text that begins with = is no formula"
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in page["C"])


def test_excel_holds_what_it_can(tmp_path: Path) -> None:
    long, moment = "很" * 40_000, datetime(2024, 3, 5, tzinfo=UTC)
    cells = [long, "a\x00b\x07\ud800", moment, None, 3.5, True, b"x"]
    asked = (Asked("label", "label"), Asked("set", "set", "set", ("a", "b"), state={"separator": ";"}))
    columns: dict[str, list[Any]] = {"cell": cells, "label": [None] * len(cells), "set": [None] * len(cells)}
    sheet.write_excel(columns, asked, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    found = [cell.value for cell in book.active["A"]][1:]
    assert len(found[0]) < 32_767 and found[0].endswith("…")
    assert found[1:] == ["a\ufffdb\ufffd", "2024-03-05T00:00:00+00:00", None, 3.5, True, "b'x'"]
    assert book.sheetnames == [book.active.title], "nothing is known to choose from, or more than one may be chosen"


def test_labels_with_commas_and_very_many_of_them_can_be_chosen(tmp_path: Path) -> None:
    labels = tuple(f"label, number {n} =x" for n in range(60))
    sheet.write_excel({"y": [None]}, [Asked("y", "y", "class", labels, new=("brand new",))], tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert [cell.value for cell in book[sheet.LABELS]["A"]] == [*labels, "brand new"]


def test_what_is_known_of_a_row_stands_there(make_pool: Make, table_file: Any) -> None:
    pool = make_pool(label=lambda n: "pos" if n % 2 else "", known=20)
    assert not pool.labelled[0] and pool.labelled[1]
    assert take(pool.table, pool.labelled)["mood"].tolist() == ["pos"] * 10

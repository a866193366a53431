"""Spreadsheet oddities from a file to parsed values, as a person reads them; more in benchmarks/spreadsheets.py."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Dataset
from modelyard.prepare.prepare import prepare

MakeProject = Callable[..., Project]
NOTHING = None
DAY = 86_400
MARCH_5, JUNE_17 = 19_787 * DAY, 19_891 * DAY  # of 2024


def dataset_of(project: MakeProject, folder: Path, cells: list[Any], header: str, file: str = "table.csv") -> Dataset:
    """A table of that column, another one and a target, repeated to 60 rows, written and prepared."""
    column = (cells * 60)[:60]
    rows = [[header, "other", "y"], *([cell, n * 7 % 11, "ab"[n * 5 % 7 % 2]] for n, cell in enumerate(column))]
    if file.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(folder / file)
    else:
        with (folder / file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return prepare(project(data=file), folder)


NUMBERS: list[tuple[list[Any], list[Any]]] = [
    (["1.2万", "3亿", "8000"], [12_000, 3e8, 8_000]),
    (["3,000元", "¥1,200.50", "5"], [3_000, 1_200.5, 5]),
    (["$5,125.73", "($7.00)", "-$2"], [5_125.73, -7, -2]),
    (["(1,234)", "1,234-", "56"], [-1_234, -1_234, 56]),
    (["85%", "12.5 %", "0.5"], [0.85, 0.125, 0.5]),
    (["12‰", "7‰"], [0.012, 0.007]),
    (["0.1 kg", "500 g", "2公斤"], [0.1, 0.5, 2]),
    (["5 cm", "7cm", "9 厘米"], [5, 7, 9]),
    (["1 234,56", "12,5", "7"], [1_234.56, 12.5, 7]),
    (["0,567", "1,250"], [0.567, 1.25]),
    (["1'234.50", "2.25"], [1_234.5, 2.25]),
    (["12,34,567", "1,00,000"], [1_234_567, 100_000]),
    (["１２．５％", "７％"], [0.125, 0.07]),
    (["三千五百", "十二", "两万"], [3_500, 12, 20_000]),
    (["1/2", "2.5", "1 1/2"], [0.5, 2.5, 1.5]),
    (["上午9:30", "下午2:15"], [9.5, 14.25]),
    (["2小时30分", "1小时"], [2.5, 1]),
    (["1.5", "无", "#DIV/0!", "待定", "2"], [1.5, NOTHING, NOTHING, NOTHING, 2]),
    (["10k", "1.2M", "300"], [10_000, 1.2e6, 300]),
    (["\N{MINUS SIGN}5.3", "\u200b7", "+2"], [-5.3, 7, 2]),
]
NAMES: list[tuple[str, list[Any], list[Any]]] = [
    ("x", ["007", "012", "100"], ["007", "012", "100"]),
    ("x", ["02134", "90210", "10001"], ["02134", "90210", "10001"]),
    ("x", ["110105199003071234", "110105199003075678"], ["110105199003071234", "110105199003075678"]),
    ("x", ["1.10", "1.1", "1.1.2"], ["1.10", "1.1", "1.1.2"]),
    ("邮编", ["100000", "200030"], ["100000", "200030"]),
    ("x", ["10-20", "20-30"], ["10-20", "20-30"]),
    ("x", ["10k+", "<5", "5-10"], ["10k+", "<5", "5-10"]),
    ("x", ["60岁以上", "30岁以下"], ["60岁以上", "30岁以下"]),
    ("x", ["房贷", "无", "车贷"], ["房贷", "无", "车贷"]),
    ("x", ["北京", "不详", "上海", "—"], ["北京", "", "上海", ""]),
    ("x", ["12A", "14B", "3C"], ["12A", "14B", "3C"]),
]
DATES: list[tuple[str, list[Any]]] = [
    ("x", ["2024年3月5日", "2024年6月17日"]),
    ("x", ["5-Mar-24", "17-Jun-24"]),
    ("x", ["05.03.2024", "17.06.2024"]),
    ("x", ["05/03/2024", "17/06/2024"]),
    ("x", ["20240305", "20240617"]),
    ("下单日期", ["45356", "45460"]),
    ("timestamp", [str(MARCH_5), str(JUNE_17)]),
    ("x", ["2024-03-05T08:00:00+08:00", "2024-06-17T00:00:00Z"]),
]
BOOLEANS = [["有", "无"], ["√", "×"], ["对", "错"], ["Y", "N"], ["是", "否"]]


def read(dataset: Dataset, header: str, count: int) -> tuple[str, list[Any]]:
    """Modality and first values, None for NaN."""
    (column,) = (column for column in dataset.columns if column.name == header)
    values = dataset.values[header][:count].tolist()
    return column.modality, [None if value != value else value for value in values]


@pytest.mark.parametrize(("cells", "values"), NUMBERS, ids=lambda cells: str(cells[0]))
def test_numbers(cells: list[Any], values: list[Any], project_of: MakeProject, tmp_path: Path) -> None:
    modality, got = read(dataset_of(project_of, tmp_path, cells, "列"), "列", len(cells))
    assert modality == "number"
    assert got == [None if value is None else pytest.approx(value) for value in values]


@pytest.mark.parametrize(("header", "cells", "values"), NAMES, ids=lambda cells: str(cells[0]))
def test_names(header: str, cells: list[Any], values: list[Any], project_of: MakeProject, tmp_path: Path) -> None:
    assert read(dataset_of(project_of, tmp_path, cells, header), header, len(cells)) == ("category", values)


@pytest.mark.parametrize(("header", "cells"), DATES, ids=lambda cells: str(cells[0]))
def test_dates(header: str, cells: list[Any], project_of: MakeProject, tmp_path: Path) -> None:
    assert read(dataset_of(project_of, tmp_path, cells, header), header, 2) == ("datetime", [MARCH_5, JUNE_17])


@pytest.mark.parametrize("cells", BOOLEANS, ids=str)
def test_yes_and_no(cells: list[str], project_of: MakeProject, tmp_path: Path) -> None:
    assert read(dataset_of(project_of, tmp_path, cells, "列"), "列", 2) == ("boolean", [1, 0])


def test_what_a_person_would_ask_back_is_said(project_of: MakeProject, tmp_path: Path) -> None:
    columns = {
        "货币": ["$5", "¥30", "$8"],
        "日序": ["03/05/2024", "04/06/2024"],
        "号码": ["1.10105E+17", "1.20105E+17", "1.30105E+17"],
        "占比": ["5%", "30", "8%"],
        "混合": ["5", "7.5", "9", "n.b."],
    }
    for header, cells in columns.items():
        notes = dataset_of(project_of, tmp_path, cells, header).notes
        (note,) = (note for note in notes if header in str(note) and note.key.startswith("cells."))
        assert cells[0] in str(note) or "#4 n.b." in str(note)


def test_ids_that_a_workbook_rounded(project_of: MakeProject, tmp_path: Path) -> None:
    cells = [110_105_199_003_071_000 + n * 1_000 for n in range(1, 31)]
    dataset = dataset_of(project_of, tmp_path, cells, "证件", "table.xlsx")
    assert any(note.key == "cells.note_rounded_ids" and note.level == "warn" for note in dataset.notes)
    assert "证件" not in {column.name for column in dataset.inputs if column.modality == "number"}

"""Files whose layout is the oddity: the same table in each of them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import openpyxl
from openpyxl.styles import Font

from oddities.case import ROWS, Case

HEADER = ["城市", "金额", "数量", "备用", "结果"]
KINDS: dict[str, tuple[str, ...]] = {"城市": ("category",), "金额": ("number",), "数量": ("number",)}
TARGET = "结果"
Rows = list[list[Any]]


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _separated()
    yield from _encoded()
    yield from _around_the_table()
    yield from _quoted()
    yield from _workbooks()
    yield from _headers_of_workbooks()
    yield from _other_formats()


def table() -> Rows:
    """City, amount, number, a spare column of texts, and yes or no."""
    seeded = random.Random("layouts")
    cities = ["北京", "上海", "广州", "São Paulo", "Köln"]
    return [
        [
            seeded.choice(cities),
            round(seeded.uniform(10, 9999), 2),
            seeded.randrange(1, 60),
            seeded.choice(["甲", "乙"]),
            seeded.choice(["好", "坏"]),
        ]
        for _ in range(ROWS)
    ]


def _case(name: str, content: bytes, file: str = "table.csv", rows: Rows | None = None) -> Case:
    rows = rows or table()
    values: dict[str, list[Any] | None] = {HEADER[n]: [row[n] for row in rows] for n in range(3)}
    return Case(name, file, {}, KINDS, values, content, target=TARGET)


def _text(rows: Rows, header: Sequence[str] = HEADER, **more: Any) -> str:
    written = io.StringIO()
    csv.writer(written, **{"lineterminator": "\n", **more}).writerows([header, *rows])
    return written.getvalue()


def _plain(rows: Rows | None = None) -> Rows:
    """Texts that every Western encoding has."""
    return [["Köln" if row[0] in ("北京", "上海", "广州") else row[0], *row[1:]] for row in rows or table()]


def _separated() -> Iterator[Case]:
    for name, mark in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
        yield _case(f"{name} between cells", _text(table(), delimiter=mark).encode())
    yield _case("tab in .txt", _text(table(), delimiter="\t").encode(), "table.txt")
    comma = [[row[0], f"{row[1]:.2f}".replace(".", ","), *row[2:]] for row in table()]
    yield _case("semicolon and decimal comma", _text(comma, delimiter=";").encode(), rows=table())
    yield _case("full-width commas", _text(table(), delimiter="，").encode())
    yield _case("sep=; as the first line", ("sep=;\r\n" + _text(table(), delimiter=";")).encode())
    yield _case("a blank behind each comma", _text(table()).replace(",", ", ").encode())
    yield _case("a separator at the end of each line", _text(table()).replace("\n", ",\n").encode())


def _encoded() -> Iterator[Case]:
    text, known = _text(_plain()), _plain()
    chinese = [["上海" if row[0] in ("São Paulo", "Köln") else row[0], *row[1:]] for row in table()]
    for name, encoding in (("GB18030", "gb18030"), ("GBK", "gbk")):
        yield _case(name, _text(chinese).encode(encoding), rows=chinese)
    yield _case("UTF-8 with a mark", _text(table()).encode("utf-8-sig"))
    yield _case("UTF-16 with a mark", _text(table(), delimiter="\t").encode("utf-16"))
    yield _case("UTF-16 big-endian", b"\xfe\xff" + _text(table()).encode("utf-16-be"))
    western = ["city", "amount", "count", "spare", "result"]
    rows = [[*row[:3], "a", "good" if row[4] == "好" else "bad"] for row in known]
    content = _text(rows, western, delimiter=";").encode("cp1252")
    kinds = dict(zip(western[:3], KINDS.values(), strict=True))
    values: dict[str, list[Any] | None] = {western[n]: [row[n] for row in rows] for n in range(3)}
    yield Case("Windows 1252", "table.csv", {}, kinds, values, content, target="result")
    yield _case("UTF-8 with two bytes that are none", text.encode().replace("甲".encode(), b"\xff\xfe", 1), rows=known)


def _around_the_table() -> Iterator[Case]:
    body = _text(table())
    yield _case("a title above", f"2024 年销售明细,,,,\n{body}".encode())
    yield _case("a title and a date above", f"2024 年销售明细\n制表日期：2024-03-05\n\n{body}".encode())
    yield _case("empty lines above", f"\n\n,,,,\n{body}".encode())
    yield _case("comments above", f"# exported 2024-03-05\n# do not edit\n{body}".encode())
    yield _case("empty lines between", body.replace("\n", "\n\n", 7).encode())
    yield _case("lines of separators at the end", (body + ",,,,\n" * 3).encode())
    yield _case("total at the end", f"{body}合计,{sum(row[1] for row in table()):.2f},,,\n".encode())
    yield _case("remark at the end", f"{body}备注：含税,,,,\n".encode())
    yield _case("a line of units below the header", body.replace("\n", "\n,元,件,,\n", 1).encode())
    yield _case("no line end at the end", body.rstrip("\n").encode())
    yield _case(
        "a column of row numbers without a name",
        _text([[n, *row] for n, row in enumerate(table())], ["", *HEADER]).encode(),
    )
    yield _case(
        "a name twice", _text([[*row[:4], "x", row[4]] for row in table()], [*HEADER[:4], "备用", TARGET]).encode()
    )
    yield _case("an empty column", _text([[*row[:3], None, row[4]] for row in table()]).encode())
    yield _case("blanks around names", _text(table(), [f" {name} " for name in HEADER]).encode())
    yield _case("a header again in the middle", _text([*table()[:60], HEADER, *table()[60:]]).encode())


def _quoted() -> Iterator[Case]:
    yield _case("everything quoted", _text(table(), quoting=csv.QUOTE_ALL).encode())
    grouped = [[row[0], f"{row[1]:,.2f}", *row[2:]] for row in table()]
    yield _case("grouped numbers in quotes", _text(grouped).encode(), rows=table())
    lines = [[*row[:3], "first\nsecond", row[4]] for row in table()]
    yield _case("line ends in cells", _text(lines).encode())
    quotes = [[*row[:3], 'the "best", they say', row[4]] for row in table()]
    yield _case("quotes and commas in cells", _text(quotes).encode())
    yield _case("single quotes", _text(table(), quotechar="'", quoting=csv.QUOTE_ALL).encode())
    yield _case("CR LF", _text(table(), lineterminator="\r\n").encode())
    yield _case("CR alone", _text(table(), lineterminator="\r").encode())


def _book(fill: Callable[[Any, Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book, book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _put(page: Any, rows: Rows, top: int = 1, left: int = 1, header: Sequence[Any] | None = None) -> None:
    for down, cells in enumerate([header or HEADER, *rows]):
        for right, cell in enumerate(cells):
            page.cell(top + down, left + right, cell)


def _workbook(name: str, fill: Callable[[Any, Any], None]) -> Case:
    return _case(name, _book(fill), "table.xlsx")


def _workbooks() -> Iterator[Case]:
    yield _workbook("workbook", lambda book, page: _put(page, table()))
    yield _workbook("workbook: starts at C4", lambda book, page: _put(page, table(), 4, 3))
    yield _workbook("workbook: a cover before the table", _cover)
    yield _workbook("workbook: an empty sheet first", lambda book, page: _put(book.create_sheet("数据"), table()))
    yield _workbook("workbook: notes behind the table", _notes_behind)
    yield _workbook(
        "workbook: numbers as texts",
        lambda book, page: _put(page, [[row[0], str(row[1]), str(row[2]), *row[3:]] for row in table()]),
    )
    yield _workbook("workbook: formats", _formats)
    yield _workbook("workbook: errors in cells", _errors)
    yield _workbook("workbook: empty rows", _empty_rows)
    yield _workbook("workbook: total at the end", _total)
    yield _workbook("workbook: merged cells in the body", _merged_body)
    yield _workbook("workbook: a hidden sheet first", _hidden)


def _cover(book: Any, page: Any) -> None:
    page.title = "封面"
    page["B2"], page["B3"] = "2024 年销售报表", date(2024, 3, 5)
    _put(book.create_sheet("明细"), table())


def _notes_behind(book: Any, page: Any) -> None:
    _put(page, table())
    book.create_sheet("说明")["A1"] = "金额含税"


def _formats(book: Any, page: Any) -> None:
    _put(page, table())
    for row in page.iter_rows(min_row=2):
        row[1].number_format, row[2].number_format = '"¥"#,##0.00', "0.0"
        row[0].font = Font(bold=True)


def _errors(book: Any, page: Any) -> None:
    rows = table()
    for number in (3, 50, 90):
        rows[number] = [*rows[number][:3], ("#N/A", "#DIV/0!", "#REF!")[number % 3], rows[number][4]]
    _put(page, rows)


def _empty_rows(book: Any, page: Any) -> None:
    _put(page, table())
    page.insert_rows(40, 2)
    page.insert_rows(80)


def _total(book: Any, page: Any) -> None:
    _put(page, table())
    page.append(["合计", sum(row[1] for row in table()), sum(row[2] for row in table())])


def _merged_body(book: Any, page: Any) -> None:
    _put(page, table())
    start = 2
    rows = table()
    for number in range(1, len(rows) + 1):
        if number == len(rows) or rows[number][0] != rows[start - 2][0]:
            if number + 1 > start:
                page.merge_cells(start_row=start, end_row=number + 1, start_column=1, end_column=1)
            start = number + 2


def _hidden(book: Any, page: Any) -> None:
    page.title, page.sheet_state = "_cache", "hidden"
    page["A1"], page["A2"] = "key", 1
    _put(book.create_sheet("数据"), table())
    book.active = 1


def _headers_of_workbooks() -> Iterator[Case]:
    yield _workbook("workbook: merged title", _titled)
    yield _workbook("workbook: title, date and an empty row", _titled_twice)
    yield _workbook("workbook: two rows of names, merged", _two_rows)
    yield _workbook(
        "workbook: line ends in names",
        lambda book, page: _put(page, table(), header=["城市", "金额", "数量", "备\n用", TARGET]),
    )
    yield _workbook("workbook: a row of units below the names", _units_row)
    yield _workbook("workbook: an empty column", _gap_column)


def _titled(book: Any, page: Any) -> None:
    _put(page, table(), 2)
    page["A1"] = "2024 年销售明细表"
    page.merge_cells("A1:E1")


def _titled_twice(book: Any, page: Any) -> None:
    _put(page, table(), 4)
    page["A1"], page["D2"] = "2024 年销售明细表", "制表日期：2024-03-05"
    page.merge_cells("A1:E1")


def _two_rows(book: Any, page: Any) -> None:
    _put(page, table(), 2)
    page["A1"], page["B1"], page["D1"] = "客户", "销售", "其他"
    page.merge_cells("B1:C1")
    page.merge_cells("D1:E1")


def _units_row(book: Any, page: Any) -> None:
    _put(page, [["", "元", "件", "", ""], *table()])


def _gap_column(book: Any, page: Any) -> None:
    _put(page, [[row[0], None, *row[1:]] for row in table()], header=[HEADER[0], None, *HEADER[1:]])


def _other_formats() -> Iterator[Case]:
    records = [dict(zip(HEADER, row, strict=True)) for row in table()]
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    yield _case("JSON lines", lines.encode(), "table.jsonl")
    yield _case("JSON with a mark", json.dumps(records, ensure_ascii=False).encode("utf-8-sig"), "table.json")
    as_texts = [{key: str(value) for key, value in record.items()} for record in records]
    yield _case("JSON with numbers as texts", json.dumps(as_texts).encode(), "table.json")
    yield _case("gzipped", gzip.compress(_text(table()).encode()), "table.csv.gz")
    yield _case("CSV that is called .xls", _text(table(), delimiter="\t").encode("utf-16"), "table.xls")
    yield _case("workbook that is called .csv", _book(lambda book, page: _put(page, table())), "table.csv")

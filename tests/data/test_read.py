"""Every kind of file becomes the same table; every broken one is refused with its place."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages, plugins
from modelyard.core.errors import MAX_LINES, DataError, InstallError, StorageError, UserError
from modelyard.core.protocols import Columns
from modelyard.data import delimited, sources
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import batches, joined, read

TABLE: dict[str, list[Any]] = {"年龄": [31, 52, None], "city": ["上海", "Rome", None], "spent": [1.5, None, 3.0]}
CSV = "年龄,city,spent\n31,上海,1.5\n52,Rome,\n,,3.0\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(source: Any, folder: Path, kind: type[UserError] = DataError, **options: Any) -> str:
    """What is said when a source is refused, which is short in both languages."""
    said = {}
    for language in ("zh", "en"):
        messages.use(language)
        with pytest.raises(kind) as caught:
            read(source, folder=folder, **options)
        said[language] = str(caught.value)
        assert len(said[language].splitlines()) <= MAX_LINES
    assert said["en"] != said["zh"]
    return said["en"]


def as_lists(table: Columns) -> dict[str, list[Any]]:
    """Cells with every missing one as None."""
    return {
        name: [None if cell is None or cell == "" or cell != cell else cell for cell in values.tolist()]
        for name, values in table.items()
    }


# ------------------------------------------------------------------------- CSV
def test_cells_of_a_csv_stay_texts(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", CSV))
    assert list(table) == ["年龄", "city", "spent"]
    assert table["年龄"].tolist() == ["31", "52", ""]
    assert all(values.dtype == object for values in table.values())


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, mark: str) -> None:
    table = read(write(tmp_path, "a.csv", CSV.replace(",", mark)))
    assert table["city"].tolist() == ["上海", "Rome", ""]


def test_a_comma_inside_another_separators_cells(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", 'name; price, euro;n\n"x;y"; 1,5;2\n'))
    assert {name: values.tolist() for name, values in table.items()} == {
        "name": ["x;y"],
        "price, euro": ["1,5"],
        "n": ["2"],
    }


@pytest.mark.parametrize("name", ["a.tsv", "a.TAB", "a.txt"])
def test_tabs(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path, name, "a\tb c\n1\t2\n"))["b c"].tolist() == ["2"]


def test_byte_order_mark_spaces_quotes_and_blank_lines(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf\r\n a , "b" ,c\r\n\r\n1,"two\r\nlines, ""quoted""", 3\r\n\r\n'.replace(b'"b" ,', b'"b",')
    table = read(write(tmp_path, "a.csv", content))
    assert list(table) == ["a", "b", "c"]
    assert table["b"].tolist() == ['two\r\nlines, "quoted"']
    assert table["c"].tolist() == ["3"]


@pytest.mark.parametrize("blank", ["  ", "\t", " \u3000 "])
def test_a_line_of_white_space_is_blank(tmp_path: Path, blank: str) -> None:
    table = read(write(tmp_path, "a.csv", f"a,b\n1,2\n{blank}\n3,4\n{blank}"))
    assert table["a"].tolist() == ["1", "3"]


def test_one_column_and_names_that_are_missing(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.csv", "a\n1\n2\n"))["a"].tolist() == ["1", "2"]
    assert list(read(write(tmp_path, "b.csv", ",a, \n0,1,2\n"))) == ["unnamed_1", "a", "unnamed_3"]
    assert list(read(write(tmp_path, "c.csv", "a, ,b, \n1,,2,\n3,,4,\n"))) == ["a", "b"]


def test_no_line_end_at_the_end(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.csv", "a,b\n1,2"))["b"].tolist() == ["2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_there_ever_was(tmp_path: Path, end: str) -> None:
    table = read(write(tmp_path, "a.csv", end.join(["a,b", '1,"x', 'y"', "", "2,z"])))
    assert {name: values.tolist() for name, values in table.items()} == {"a": ["1", "2"], "b": [f"x{end}y", "z"]}
    ragged = write(tmp_path, "a.csv", end.join(["a,b", '"x', 'y",2', '1,"2', '3",4']))
    assert "line 4" in refused(ragged.name, tmp_path)


def test_a_ragged_row_is_named_by_its_line(tmp_path: Path) -> None:
    said = refused(write(tmp_path, "a.csv", 'a,b\n1,"x\ny"\n\n1,2,3\n').name, tmp_path)
    assert "a.csv line 5" in said
    assert "3 cells" in said
    assert "2, as many" in said
    assert "line 2" in refused(write(tmp_path, "a.csv", 'a,b\n"x\ny"\n').name, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("a.csv", "empty file")),
        (b"\n \n", ("a.csv", "empty file")),
        (b"a,b\n", ("a.csv", "0 rows")),
        (b"a,b\n1,2\x00\n", ("a.csv", "zero bytes")),
        ("a,имя\n1,Иван\n".encode("cp1251"), ("line 1", "position 2", "0xe8", "имя", "encoding: gb18030")),
        ("a,b\n1,2\n3,Åéö\n".encode("latin-1"), ("line 3", "position 10", "0xc5")),
        (b"text\nhello, world\nfoo, bar\n", ("line 2", "2 cells", "separator:")),
        (b"PK\x03\x04", ("Excel",)),
        (b'a,b\n1,"2\n3,4\n', ("line 3", "quote: none")),
        (b'a,b\n1,"2"x\n', ("line 2", "expected after")),
        (b"a,b\n" + b'1,"' + b"x" * 200_000 + b'"\n', ("line 2", "field larger")),
    ],
)
def test_a_csv_that_is_none(tmp_path: Path, content: bytes, words: tuple[str, ...]) -> None:
    said = refused(write(tmp_path, "a.csv", content).name, tmp_path)
    assert [word for word in words if word not in said] == []


def test_equal_texts_are_one_object(tmp_path: Path) -> None:
    column = read(write(tmp_path, "a.csv", "a\n" + "some text\n" * 1000))["a"]
    assert len({id(cell) for cell in column}) == 1


def test_many_different_texts_are_shared_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelyard.data.delimited._POOL_CELLS", 3)
    file = sources.TableFile("a.csv", "csv", packed=False, address="")
    content = "a\n" + "".join(f"{n % 5}\n" for n in range(20))
    pieces = delimited.batches(file, io.BytesIO(content.encode()), 5)
    assert joined(list(pieces))["a"].tolist() == [str(n % 5) for n in range(20)]


def test_batches_are_small_and_complete(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a,b\n" + "".join(f"{n},{n % 3}\n" for n in range(100)))
    pieces = list(batches("a.csv", rows=30, folder=tmp_path))
    assert [len(piece["a"]) for piece in pieces] == [30, 30, 30, 10]
    assert joined(pieces)["a"].tolist() == [str(n) for n in range(100)]
    assert len(read("a.csv", folder=tmp_path, limit=35)["a"]) == 35
    assert len(read("a.csv", folder=tmp_path, limit=1000)["a"]) == 100


def test_wide_tables_come_in_fewer_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BATCH_CELLS", 2_000)
    header = ",".join(f"c{n}" for n in range(5))
    write(tmp_path, "a.csv", header + "\n" + "1,2,3,4,5\n" * 900)
    assert [len(piece["c0"]) for piece in batches("a.csv", folder=tmp_path)] == [400, 400, 100]


def test_five_thousand_columns(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "\n".join([",".join(f"列{n}" for n in range(5000)), *[",".join("7" * 5000)] * 3]))
    table = read("a.csv", folder=tmp_path)
    assert len(table) == 5000
    assert table["列4999"].tolist() == ["7"] * 3


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=3, max_size=3), min_size=1
    )
)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_what_the_standard_library_writes_is_read_back(rows: list[list[str]]) -> None:
    import csv

    sheet = io.StringIO()
    csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    file = sources.TableFile("a.csv", "csv", packed=False, address="")
    pieces = list(delimited.batches(file, io.BytesIO(sheet.getvalue().encode()), 7, Hints(header=1, totals=True)))
    kept = [row for row in rows if any(row) and row != ["a", "b", "c"]]
    assert [list(row) for row in zip(*joined(pieces or [{}]).values(), strict=True)] == kept


# -------------------------------------------------------------- the other formats
def test_all_formats_hold_the_same_table(tmp_path: Path) -> None:
    arrow = pa.table(TABLE)
    rows = [{name: values[row] for name, values in TABLE.items()} for row in range(3)]
    write(tmp_path, "a.jsonl", "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    write(tmp_path, "a.json", "  " + json.dumps(rows))
    write(tmp_path, "b.json", "\n".join(json.dumps(row) for row in rows))
    pq.write_table(arrow, tmp_path / "a.parquet", row_group_size=2)
    pyarrow.feather.write_feather(arrow, tmp_path / "a.feather")
    with pa.ipc.new_stream(tmp_path / "a.arrow", arrow.schema) as writer:
        writer.write_table(arrow, max_chunksize=1)
    book = openpyxl.Workbook()
    for row in ([*TABLE], *([values[row] for values in TABLE.values()] for row in range(3)), [None]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    for name in ("a.jsonl", "a.json", "b.json", "a.parquet", "a.feather", "a.arrow", "a.xlsx"):
        assert as_lists(read(name, folder=tmp_path)) == TABLE, name


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json"])
def test_gzip(tmp_path: Path, name: str) -> None:
    content = '{"a": "1"}\n' if "json" in name else "a\n1\n"
    write(tmp_path, name + ".gz", gzip.compress(content.encode()))
    assert read(name + ".gz", folder=tmp_path)["a"].tolist() == ["1"]


def test_broken_gzip(tmp_path: Path) -> None:
    whole = gzip.compress(b"a\n" + bytes(range(48, 58)) * 1000 + b"\n")
    for content in (b"a\n1\n", whole[:-10], whole[:20] + b"xxxx" + whole[24:]):
        assert "gzip" in refused(write(tmp_path, "a.csv.gz", content).name, tmp_path)


def test_json_keeps_types_and_fills_what_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '\ufeff{"a": 1, "b": "x"}\n{"a": 2, "c": true}\n{"b": [1, 2]}\n')
    table = read("a.jsonl", folder=tmp_path)
    assert {name: values.tolist() for name, values in table.items()} == {
        "a": [1, 2, None],
        "b": ["x", None, [1, 2]],
        "c": [None, True, None],
    }


def test_a_byte_order_mark_before_a_json_array(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.json", b'\xef\xbb\xbf[{"a": 1}]'))["a"].tolist() == [1]
    assert read(write(tmp_path, "b.json", b'\xef\xbb\xbf{"a": 1}\n'))["a"].tolist() == [1]


def test_json_may_bring_new_columns_later(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"a": 1}\n{"a": 2.5}\n{"b": "x"}\n')
    pieces = list(batches("a.jsonl", rows=1, folder=tmp_path))
    assert [list(piece) for piece in pieces] == [["a"], ["a"], ["a", "b"]]
    assert {name: values.tolist() for name, values in joined(pieces).items()} == {
        "a": [1, 2.5, None],
        "b": [None, None, "x"],
    }


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": \n', ("line 2", "JSON")),
        ("a.jsonl", b'{"a": 1}\n[1]\n', ("line 2", "list")),
        ("a.jsonl", b'{"a": "\xe9"}\n', ("line 1", "UTF-8", "0xe9")),
        ("a.jsonl", b"", ("a.jsonl", "0 rows")),
        ("a.json", b"[1, 2]", ("item 0", "int")),
        ("a.json", b"[1, 2", ("a.json", "JSON")),
        ("a.json", b'["\xe9"]', ("a.json", "UTF-8")),
        ("a.json", b"[]", ("a.json", "0 rows")),
        ("a.parquet", b"PAR1junk", ("a.parquet", "Parquet")),
        ("a.arrow", b"ARROW1junk", ("a.arrow", "Arrow")),
        ("a.feather", b"junk", ("a.feather", "Arrow")),
        ("a.json", b"[" * 100_000, ("a.json", "JSON")),
        ("a.jsonl", b'{"a": ' + b"[" * 100_000, ("line 1", "JSON")),
        ("a.xlsx", b"junk", ("a.xlsx", "Excel")),
        ("a.xls", b"junk", ("a.xls", ".xlsx", "save it")),
        ("a.pkl", b"junk", ("a.pkl", ".csv", ".parquet")),
        ("a", b"junk", ("a", ".csv")),
    ],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    said = refused(write(tmp_path, name, content).name, tmp_path)
    assert [word for word in words if word not in said] == []


def test_types_of_arrow(tmp_path: Path) -> None:
    table = pa.table(
        {
            "int": pa.array([1, 2], pa.int16()),
            "gaps": pa.array([1, None], pa.int64()),
            "flag": [True, None],
            "when": pa.array([datetime(2024, 1, 5, 10), None], pa.timestamp("ns")),
            "day": pa.array([date(2024, 1, 5), None]),
            "kind": pa.array(["a", None]).dictionary_encode(),
            "long": pa.array(["b", None], pa.large_string()),
            "list": [[1, 2], None],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    read_back = read("a.parquet", folder=tmp_path)
    assert {name: values.dtype.kind for name, values in read_back.items()} == {
        "int": "i", "gaps": "O", "flag": "O", "when": "M", "day": "M", "kind": "O", "long": "O", "list": "O",
    }  # fmt: skip
    assert read_back["gaps"].tolist() == [1, None]
    assert read_back["flag"].tolist() == [True, None]
    assert read_back["kind"].tolist() == ["a", None]
    assert read_back["list"].tolist() == [[1, 2], None]
    assert np.isnat(read_back["when"]).tolist() == [False, True]


def test_batches_of_arrow_join_whatever_their_types(tmp_path: Path) -> None:
    pieces = [{"a": np.asarray([1])}, {"a": np.asarray(["2024-01-05"], "datetime64[ns]")}, {"a": np.asarray([1.5])}]
    assert joined(pieces)["a"].tolist() == [1, datetime(2024, 1, 5), 1.5]
    assert joined([{"a": np.asarray([1])}, {"a": np.asarray([1.5])}])["a"].tolist() == [1.0, 1.5]


def test_parquet_with_a_name_twice(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2], [3]], ["a", "a", "a_2"]), tmp_path / "a.parquet")
    layouts: list[Layout] = []
    table = read("a.parquet", folder=tmp_path, layouts=layouts)
    assert {name: values.tolist() for name, values in table.items()} == {"a": [1], "a_3": [2], "a_2": [3]}
    assert [key for key, _, loud in layouts[0].notes() if loud] == ["data.note_twice"]


@pytest.mark.parametrize("broken", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_a_damaged_part_of_a_workbook(tmp_path: Path, broken: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as cut:
        for name in whole.namelist():
            content = whole.read(name)
            cut.writestr(name, content[: len(content) // 2] if name == broken else content)
    assert "Excel" in refused("a.xlsx", tmp_path)


def test_an_empty_sheet_and_a_sheet_of_a_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    said = refused("a.xlsx", tmp_path)
    assert "no row of data in its sheet `Sheet`" in said and "sheet:" not in said
    book.active.append(["a title alone"])
    book.create_sheet("客户").append(["a", "b"])
    book.save(tmp_path / "a.xlsx")
    assert "{source: a.xlsx, sheet: ...}`; the others are: 客户" in refused("a.xlsx", tmp_path)
    assert "sheet: x" in refused(write(tmp_path, "a.csv", CSV).name, tmp_path, hints=Hints(sheet="x"))


# ------------------------------------------------------------------ where files lie
@pytest.mark.parametrize(("name", "content"), [("a.json", b'[{"a": 1}]'), ("a.jsonl", b'{"a": 1}'), ("a.parquet", b"")])
def test_totals_of_what_has_none(name: str, content: bytes, tmp_path: Path) -> None:
    said = refused(write(tmp_path, name, content).name, tmp_path, hints=Hints(totals=True))
    assert "totals: true" in said and "csv, tsv, excel" in said


@pytest.mark.parametrize("hints", [Hints(totals=True), Hints(sheet="x"), Hints(encoding="utf-8"), Hints(header=1)])
def test_a_database_has_no_layout(hints: Hints, tmp_path: Path) -> None:
    assert "query" not in refused("sqlite:///none.db#t", tmp_path, hints=hints)
    assert not (tmp_path / "none.db").exists()


# ------------------------------------------------------------- as it was before
CYRILLIC = "имя;n\nИван;1\nЁж;2\n"


def usual(path: Path, content: str | bytes, names: tuple[str, ...] = (), **said: Any) -> dict[str, list[Any]]:
    return as_lists(read(write(path, "a.csv", content).name, Hints(names=names, usual=said), path))


def test_the_usual_encoding_holds_for_what_is_not_utf_8(tmp_path: Path) -> None:
    table = {"имя": ["Иван", "Ёж"], "n": ["1", "2"]}
    for encoding in ("cp1251", "utf-8", "utf-8-sig"):
        assert usual(tmp_path, CYRILLIC.encode(encoding), encoding="cp1251") == table
    assert usual(tmp_path, "名,n\n张三,1\n".encode("gbk"), encoding="gb2312") == {"名": ["张三"], "n": ["1"]}
    assert usual(tmp_path, "имя\nИ\n".encode("cp1251"), encoding="cp1251") == {"имя": ["И"]}


def test_the_usual_separator_holds_where_it_cuts(tmp_path: Path) -> None:
    assert usual(tmp_path, "a~b\n1~2\n3~4\n", separator="~") == {"a": ["1", "3"], "b": ["2", "4"]}
    assert usual(tmp_path, "a,b\n1;,2\n3,4\n", separator=";") == {"a": ["1;", "3"], "b": ["2", "4"]}
    assert usual(tmp_path, "a,b\n1,2\n", separator=";") == {"a": ["1"], "b": ["2"]}
    assert usual(tmp_path, "a;b,c\n1;2,5\n", separator=";") == {"a": ["1"], "b,c": ["2,5"]}
    assert usual(tmp_path, "sep=,\na,b;c\n1,2;3\n", separator=";") == {"a": ["1"], "b;c": ["2;3"]}


def test_the_usual_header_holds_where_no_expected_name_stands(tmp_path: Path) -> None:
    titled = "x,y\nt,u\na,b\n1,2\n3,4\n"
    assert list(usual(tmp_path, titled, header=3)) == ["a", "b"]
    assert list(usual(tmp_path, "a,b\n1,2\n3,4\n5,6\n", names=("a", "b"), header=3)) == ["a", "b"]
    assert list(usual(tmp_path, "u,v\nw,z\n", header="none")) == ["column_1", "column_2"]


def test_what_was_usual_of_other_formats_is_passed_over(tmp_path: Path) -> None:
    said = Hints(usual={"encoding": "cp1251", "separator": ";", "header": 3, "quote": "none", "totals": True})
    assert as_lists(read(write(tmp_path, "a.jsonl", '{"a": 1}').name, said, tmp_path)) == {"a": [1]}
    assert as_lists(
        read(write(tmp_path, "b.csv", '"a";b\n1;2\nTotal;3\n').name, replace(said, names=("b",)), tmp_path)
    ) == {
        '"a"': ["1", "Total"],
        "b": ["2", "3"],
    }


def test_folder_glob_and_list(tmp_path: Path) -> None:
    for month in ("02", "01", "10"):
        write(tmp_path, f"销售/{month}.csv", f"month,n\n{month},1\n")
    write(tmp_path, "销售/notes.md", "no table")
    write(tmp_path, "销售/.hidden.csv", "x\n1\n")
    for source in ("销售", "销售/*.csv", "**/*.csv", ["销售/01.csv", "销售/02.csv", "销售/10.csv"], tmp_path / "销售"):
        assert read(source, folder=tmp_path)["month"].tolist() == ["01", "02", "10"], source
    assert read("../" + tmp_path.name + "/销售/0?.csv", folder=tmp_path)["month"].tolist() == ["01", "02"]


def test_wildcards_in_the_name_of_the_project_folder_mean_nothing(tmp_path: Path) -> None:
    write(tmp_path, "[a]*/data1.csv", CSV)
    assert len(read("data?.csv", folder=tmp_path / "[a]*")["city"]) == 3
    assert len(read("[a]*/data1.csv", folder=tmp_path)["city"]) == 3


def test_other_columns_in_another_file(tmp_path: Path) -> None:
    write(tmp_path, "d/1.csv", "a,b\n1,2\n")
    write(tmp_path, "d/2.csv", "b,a\n2,1\n")
    assert read("d", folder=tmp_path)["a"].tolist() == ["1", "1"]
    write(tmp_path, "d/3.csv", "a,c\n1,2\n")
    said = refused("d", tmp_path)
    assert "d/3.csv" in said
    assert "lacking b; new c" in said


def test_a_header_alone_among_several_files(tmp_path: Path) -> None:
    write(tmp_path, "d/1.csv", "a\n1\n")
    write(tmp_path, "d/2.csv", "a\n")
    assert "d/2.csv" in refused("d", tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    write(tmp_path, "german.csv", CSV)
    assert "german.csv" in refused("gemran.csv", tmp_path)
    assert "nothing of that name" in refused("*.parquet", tmp_path)
    assert "nothing of that name" in refused("no/such/folder/a.csv", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "without any table" in refused("empty", tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", CSV)
    path.chmod(0)
    assert "a.csv" in refused("a.csv", tmp_path, StorageError)
    path.chmod(stat.S_IRUSR)


def test_a_name_that_tells_no_format(tmp_path: Path) -> None:
    assert ".csv (or .tsv)" in refused(write(tmp_path, "iris.data", CSV).name, tmp_path)
    assert "Excel" in refused(write(tmp_path, "old.xls", CSV).name, tmp_path)


def test_what_the_operating_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "d/a.csv", CSV)

    def refuse(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(sources.TableFile, "_raw", refuse)
        assert "Permission denied" in refused("d/a.csv", tmp_path, StorageError)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", refuse)
        assert "Permission denied" in refused("d", tmp_path, StorageError)
        assert "nothing of that name" in refused("d/b.csv", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(fsspec.filesystem("memory"), "exists", refuse)
        assert "Permission denied" in refused("memory://bucket/a.csv", tmp_path, StorageError)


def test_urls(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for name in ("b.csv", "a.csv", "notes.txt.bak"):
        memory.pipe(f"/bucket/表/{name}", CSV.encode())
    assert len(read("memory://bucket/表/a.csv")["city"]) == 3
    assert len(read("memory://bucket/表/*.csv")["city"]) == 6
    assert len(read("memory://bucket/表")["city"]) == 6
    assert len(read((tmp_path / write(tmp_path, "x.csv", CSV).name).as_uri())["city"]) == 3
    assert "memory://bucket/none.csv" in refused("memory://bucket/none.csv", tmp_path)
    assert "nosuch" in refused("nosuch://bucket/a.csv", tmp_path)


def test_packages_that_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    for name in ("a.parquet", "a.arrow", "a.xlsx"):
        write(tmp_path, name, b"x")
        assert "pip install 'modelyard[tables]'" in refused(name, tmp_path, InstallError)
    assert "fsspec" in refused("s3://bucket/a.csv", tmp_path, InstallError)


def test_a_protocol_whose_package_is_not_installed(tmp_path: Path) -> None:
    if not plugins.missing(("gcsfs",)):
        pytest.skip("gcsfs is installed")
    assert "gcsfs" in refused("gs://bucket/a.csv", tmp_path, InstallError)


def test_a_csv_needs_no_heavy_package(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", CSV)
    program = (
        "import sys; from modelyard.data.read import read; read('a.csv')\n"
        "heavy = ('pyarrow', 'pandas', 'onnxruntime', 'torch', 'fsspec', 'openpyxl')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

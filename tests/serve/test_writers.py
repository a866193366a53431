"""Answers on disk: whole or not at all, in three forms."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from modelyard.core.errors import DataError, ProjectError, StorageError
from modelyard.core.protocols import Columns
from modelyard.runtime.answers import Answers
from modelyard.serve import writers


def answered(keys: Columns, **parts: Any) -> Answers:
    return Answers({"信用": parts}, "b" * 64, keys)


def objects(*cells: Any) -> Any:
    column = np.empty(len(cells), object)
    column[:] = cells
    return column


FIRST = answered(
    {"编号": objects("007", None), "when": np.array(["2024-05-01", "NaT"], "datetime64[s]")},
    value=objects("好", "a,b\n"),
    probability={"好": np.array([0.75, np.nan]), "坏": np.array([0.25, np.nan])},
    certain=np.array([True, False]),
)
SECOND = answered(
    {"编号": objects(8, "9"), "when": np.array(["2024-05-02"] * 2, "datetime64[s]")},
    value=objects("坏", "坏"),
    probability={"好": np.array([0.5, 1.0]), "坏": np.array([0.5, 0.0])},
    certain=np.array([True, True]),
)


def written(form: str, *answers: Answers) -> bytes:
    stream = io.BytesIO()
    with writers.WRITERS[form](stream) as write:
        for one in answers:
            write(one)
    return stream.getvalue()


def test_csv_has_one_header_and_says_missing_with_nothing() -> None:
    rows = list(csv.reader(io.StringIO(written("csv", FIRST, SECOND).decode(), newline="")))
    assert rows == [
        ["编号", "when", "信用", "信用.probability.好", "信用.probability.坏", "信用.certain", "bundle"],
        ["007", "2024-05-01T00:00:00", "好", "0.75", "0.25", "true", "b" * 64],
        ["", "", "a,b\n", "", "", "false", "b" * 64],
        ["8", "2024-05-02T00:00:00", "坏", "0.5", "0.5", "true", "b" * 64],
        ["9", "2024-05-02T00:00:00", "坏", "1.0", "0.0", "true", "b" * 64],
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_key_of_the_bundles_name_stays_and_the_bundle_gets_another(form: str) -> None:
    content = written(form, answered({"bundle": objects("mine")}, value=np.zeros(1)))
    if form == "parquet":
        (row,) = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    else:
        row = json.loads(content) if form == "jsonl" else next(csv.DictReader(content.decode().splitlines()))
    assert (row["bundle"], row["modelyard.bundle"]) == ("mine", "b" * 64)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_files_that_continue_each_other_are_joined_to_one(form: str, tmp_path: Path) -> None:
    parts = [tmp_path / f"{number}.{form}" for number in range(3)]
    for number, part in enumerate(parts):
        with part.open("wb") as stream, writers.WRITERS[form](stream, parts[0] if number else None) as write:
            write(SECOND if number else FIRST)
    whole = io.BytesIO()
    writers.join(form, parts, whole)
    if form == "parquet":
        expected = pyarrow.parquet.read_table(io.BytesIO(written(form, FIRST, SECOND, SECOND)))
        assert pyarrow.parquet.read_table(io.BytesIO(whole.getvalue())).equals(expected)
    else:
        assert whole.getvalue() == written(form, FIRST, SECOND, SECOND)


def test_csv_of_lists_and_whole_numbers() -> None:
    answer = answered({"id": np.array([1, 2])}, value=objects(["a", "b"], []))
    assert written("csv", answer).decode().splitlines()[1:] == [
        f'1,"[""a"",""b""]",{"b" * 64}',
        f"2,[],{'b' * 64}",
    ]


def test_the_stream_stays_open_even_when_writing_fails() -> None:
    stream = io.BytesIO()
    with pytest.raises(ZeroDivisionError), writers.WRITERS["csv"](stream) as write:
        write(FIRST)
        raise ZeroDivisionError
    assert not stream.closed


def test_json_lines_are_the_rows() -> None:
    lines = written("jsonl", FIRST, SECOND).decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {**row, "bundle": "b" * 64} for row in (*FIRST.rows(), *SECOND.rows())
    ]
    assert "信用" in lines[0]
    assert json.loads(lines[1])["信用"]["probability"]["好"] is None


def test_parquet_keeps_types_and_later_batches_follow_the_first() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(written("parquet", FIRST, SECOND)))
    assert table.column_names[0] == "编号"
    assert table["编号"].to_pylist() == ["007", None, "8", "9"]
    assert table["信用.probability.好"].to_pylist() == [0.75, None, 0.5, 1.0]
    assert table["信用.certain"].to_pylist() == [True, False, True, True]
    assert table["when"].to_pylist()[1] is None


def test_parquet_of_a_key_that_is_missing_in_the_first_batch() -> None:
    first, second = answered({"id": objects(None)}, value=np.zeros(1)), answered({"id": objects("x")}, value=np.ones(1))
    assert pyarrow.parquet.read_table(io.BytesIO(written("parquet", first, second)))["id"].to_pylist() == [None, "x"]


def test_parquet_of_whole_numbers_that_get_gaps_later() -> None:
    first = answered({"id": np.array([1, 2])}, value=np.zeros(2))
    second = answered({"id": np.array([3.0, np.nan])}, value=np.zeros(2))
    table = pyarrow.parquet.read_table(io.BytesIO(written("parquet", first, second)))
    assert table["id"].to_pylist() == [1, 2, 3, None]


def test_parquet_refuses_another_kind_of_key() -> None:
    first, second = answered({"id": np.array([1])}, value=np.zeros(1)), answered({"id": objects("x")}, value=np.ones(1))
    with pytest.raises(DataError) as caught:
        written("parquet", first, second)
    assert "column 'id'" in caught.value.mistakes[0].place
    assert "int64" in caught.value.mistakes[0].expected


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_nothing_answered_gives_an_empty_file(form: str) -> None:
    assert written(form) == b""


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        (None, None, "csv"), (None, "jsonl", "jsonl"), ("a.CSV", None, "csv"), ("a.ndjson", None, "jsonl"),
        ("a.pq", None, "parquet"), ("a.txt", "csv", "csv"), ("a.csv", "jsonl", "jsonl"),
    ],
)  # fmt: skip
def test_form_of(name: str | None, form: str | None, expected: str) -> None:
    assert writers.form_of(Path(name) if name else None, form) == expected


@pytest.mark.parametrize(("name", "form"), [("a.txt", None), ("a", None), ("a.csv", "xml"), (None, "parquet")])
def test_forms_that_are_refused(name: str | None, form: str | None) -> None:
    with pytest.raises(ProjectError) as caught:
        writers.form_of(Path(name) if name else None, form)
    assert "csv, jsonl, parquet" in caught.value.mistakes[0].expected


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "新" / "答案.csv"
    with writers.opened(out) as stream:
        stream.write(b"half")
        assert not out.exists()
    assert out.read_bytes() == b"half"
    assert list(out.parent.iterdir()) == [out]


def test_a_broken_off_file_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("old")
    with pytest.raises(ZeroDivisionError), writers.opened(out) as stream:
        stream.write(b"new")
        raise ZeroDivisionError
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught, writers.opened(tmp_path / "a.csv"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "a.csv" in caught.value.mistakes[0].place
    assert not list(tmp_path.iterdir())


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError), writers.opened(tmp_path):
        pass


def test_a_link_is_written_through(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    with writers.opened(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_device_is_written_to_not_replaced() -> None:
    with writers.opened(Path(os.devnull)) as stream:
        stream.write(b"x")
    assert not Path(os.devnull).is_file()


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with writers.opened(None) as stream:
        stream.write(b"x")
    assert capfdbinary.readouterr().out == b"x"

"""Whole files through a bundle."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from modelyard.core.errors import DataError, ProjectError, RequestError
from modelyard.data import read
from modelyard.data.layout import Hints
from modelyard.serve import batch

HEAD = "编号,age,城市,member,since"


def table(ages: list[str]) -> str:
    return "\n".join([HEAD, *(f"k{number},{age},上海,yes,2024-01-01" for number, age in enumerate(ages))]) + "\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_back(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(path).to_pylist())
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [dict(row) for row in rows_of(path)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows at a time."""
    original = read.batches
    monkeypatch.setattr(read, "batches", lambda source, hints, layouts: original(source, 4, hints, layouts=layouts))


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts bytes on standard input."""

    def put(content: bytes) -> None:
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))  # type: ignore[arg-type]
        monkeypatch.setattr("sys.stdin", stream)

    return put


@pytest.mark.usefixtures("small_batches")
def test_every_row_is_answered_in_order_with_its_key(stub: Any, tmp_path: Path) -> None:
    source, out = tmp_path / "客户.csv", tmp_path / "答案.csv"
    source.write_text(table([str(20 + 5 * number) for number in range(10)]), "utf-8")
    seen: list[tuple[int, int | None]] = []
    summary = batch.predict_file(stub, source, out, progress=lambda *where: seen.append(where))
    answers = rows_of(out)
    assert [row["编号"] for row in answers] == [f"k{number}" for number in range(10)]
    assert [row["信用"] for row in answers] == ["坏"] * 4 + ["好"] * 6
    assert seen == [(4, None), (8, None), (10, None)]
    assert {row["bundle"] for row in answers} == {stub.id}
    assert (summary.rows, summary.before) == (10, 0)
    assert summary.warnings == ()
    assert summary.seconds >= 0


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_other_forms_hold_the_same(stub: Any, tmp_path: Path, name: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30", "50"]), "utf-8")
    batch.predict_file(stub, str(source), tmp_path / name)
    if name.endswith("jsonl"):
        found = [json.loads(line) for line in (tmp_path / name).read_text("utf-8").splitlines()]
        assert [(row["编号"], row["信用"]["value"]) for row in found] == [("k0", "坏"), ("k1", "好")]
    else:
        parquet = pyarrow.parquet.read_table(tmp_path / name)
        assert parquet["信用"].to_pylist() == ["坏", "好"]


@pytest.mark.parametrize("name", ["in.parquet", "in.jsonl", "in.csv.gz", "in.tsv"])
def test_other_sources(stub: Any, tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    rows = [
        {"age": 30, "城市": "上海", "member": "yes", "since": None},
        {"age": 50, "城市": None, "member": None, "since": None},
    ]
    if name.endswith("parquet"):
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), source)
    elif name.endswith("jsonl"):
        source.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    elif name.endswith("gz"):
        source.write_bytes(gzip.compress(table(["30", "50"]).encode()))
    else:
        source.write_text(table(["30", "50"]).replace(",", "\t"), "utf-8")
    batch.predict_file(stub, source, tmp_path / "out.csv")
    assert [row["信用"] for row in rows_of(tmp_path / "out.csv")] == ["坏", "好"]


def test_standard_output_is_csv_or_what_is_asked_for(
    stub: Any, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["50"]), "utf-8")
    batch.predict_file(stub, source)
    assert capfdbinary.readouterr().out.decode().splitlines()[0].startswith("编号,信用")
    batch.predict_file(stub, source, form="jsonl")
    assert json.loads(capfdbinary.readouterr().out)["编号"] == "k0"


@pytest.mark.parametrize(
    "content",
    [
        table(["50"]).encode(),
        b"\xef\xbb\xbf" + table(["50"]).encode(),
        b'  {"age": 50, "\xe5\x9f\x8e\xe5\xb8\x82": null, "member": null, "since": null}\n',
        b'[{"age": 50, "\xe5\x9f\x8e\xe5\xb8\x82": null, "member": null, "since": null}]',
    ],
)
def test_standard_input_shows_what_it_is(stub: Any, tmp_path: Path, stdin: Any, content: bytes) -> None:
    stdin(content)
    summary = batch.predict_file(stub, "-", tmp_path / "out.csv")
    assert summary.rows == 1
    assert rows_of(tmp_path / "out.csv")[0]["信用"] == "好"


@pytest.mark.parametrize(("hints", "said"), [(Hints(sheet="Nope"), "sheet: Nope"), (Hints(query="x"), "query: x")])
def test_standard_input_has_no_sheets_and_no_queries(
    stub: Any, tmp_path: Path, stdin: Any, hints: Hints, said: str
) -> None:
    stdin(table(["20"]).encode())
    with pytest.raises(DataError, match=said):
        batch.predict_file(stub, "-", tmp_path / "a.csv", hints=hints)
    assert not list(tmp_path.glob("*.csv"))


def test_files_are_laid_out_as_those_that_the_bundle_was_made_from(stub: Any, tmp_path: Path, stdin: Any) -> None:
    content = table(["20", "50"]).replace(",", "~").encode("gb18030")
    (tmp_path / "a.csv").write_bytes(content)
    for source in (tmp_path / "a.csv", "-"):
        stdin(content)
        with pytest.raises(RequestError):
            batch.predict_file(stub, source, tmp_path / "out.csv")
        stdin(content)
        stub.manifest = {"layout": {"encoding": "gbk", "separator": "~"}}
        assert batch.predict_file(stub, source, tmp_path / f"out-{source == '-'}.csv").rows == 2
        stub.manifest = {}


@pytest.mark.parametrize("content", [b"", b"\n", HEAD.encode() + b"\n", b"[]"])
def test_standard_input_without_rows(stub: Any, tmp_path: Path, stdin: Any, content: bytes) -> None:
    stdin(content)
    with pytest.raises(DataError) as caught:
        batch.predict_file(stub, "-", tmp_path / "out.csv")
    assert "standard input" in caught.value.mistakes[0].place
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("bad", [0, 3, 4, 6, 9])
def test_a_bad_row_is_named_by_its_number_in_the_file_and_nothing_is_torn(stub: Any, tmp_path: Path, bad: int) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    out.write_text("yesterday's answers")
    source.write_text(table(["30" if number != bad else "secret" for number in range(10)]), "utf-8")
    with pytest.raises(RequestError) as caught:
        batch.predict_file(stub, source, out)
    assert caught.value.field == "age"
    (mistake,) = caught.value.mistakes
    assert mistake.place.endswith("in.csv, column 'age'")
    assert f"row {bad + 1}" in mistake.got
    assert "secret" not in str(caught.value)
    assert out.read_text() == "yesterday's answers"
    assert sorted(path.name for path in tmp_path.glob("*")) == ["in.csv", "out.csv", "模型包"]


def test_of_several_bad_rows_the_first_is_named(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30", "secret", "30", "secret", "30"]), "utf-8")
    with pytest.raises(RequestError) as caught:
        batch.predict_file(stub, source, tmp_path / "out.csv")
    assert "row 2" in caught.value.mistakes[0].got


def test_a_ragged_line_is_named_by_the_reader(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30", "40"]) + "k9,50,上海,yes,2024-01-01,more\n" + table(["30"] * 20), "utf-8")
    with pytest.raises(DataError) as caught:
        batch.predict_file(stub, source, tmp_path / "out.csv")
    assert "in.csv" in caught.value.mistakes[0].place
    assert "4" in caught.value.mistakes[0].place
    assert not (tmp_path / "out.csv").exists()


def test_what_the_reader_filled_in_is_told(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30", "40"]) + "k9,50\n" + "".join(f"n{n},30,上海,yes,\n" for n in range(20)), "utf-8")
    (first, *_) = batch.predict_file(stub, source, tmp_path / "out.csv").warnings
    assert "in.csv" in first and "line 4" in first
    assert len(rows_of(tmp_path / "out.csv")) == 23


def test_missing_columns_are_named_once_with_the_file(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("age,城市\n30,上海\n", "utf-8")
    with pytest.raises(RequestError) as caught:
        batch.predict_file(stub, source, tmp_path / "out.csv")
    assert [mistake.place for mistake in caught.value.mistakes] == [
        f"{source}, column 'member'",
        f"{source}, column 'since'",
    ]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_what_was_given_is_kept_beside_the_answer_of_the_same_name(stub: Any, tmp_path: Path, form: str) -> None:
    """Acceptance: labelled rows, their labels beside what the bundle says."""
    source, out = tmp_path / "in.csv", tmp_path / f"out.{form}"
    lines = table(["30", "50"] * 5).splitlines()
    text = [
        f"{lines[0]},信用,信用.probability.好,note",
        *(f"{line},given{n},p{n},n{n}" for n, line in enumerate(lines[1:])),
    ]
    source.write_text("\n".join(text) + "\n", "utf-8")
    batch.predict_file(stub, source, out, keep=("note", "信用", "信用.probability.好"))
    rows = read_back(out)
    assert [row["信用.given"] for row in rows] == [f"given{n}" for n in range(10)]
    assert [row["信用.probability.好.given"] for row in rows] == [f"p{n}" for n in range(10)]
    assert [row["note"] for row in rows] == [f"n{n}" for n in range(10)]
    assert [row["信用"]["value"] if form == "jsonl" else row["信用"] for row in rows] == ["坏", "好"] * 5


@pytest.mark.usefixtures("small_batches")
def test_warnings_count_rows_from_the_start_of_the_file(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30"] * 10).replace("k5,30,上海", "k5,30,Atlantis"), "utf-8")
    summary = batch.predict_file(stub, source, tmp_path / "out.csv")
    assert summary.warnings == ("column '城市': 1 cell(s) unlike anything seen in training, row 6",)


@pytest.mark.usefixtures("small_batches")
def test_what_many_batches_say_is_said_once_with_its_count(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(table(["30"] * 200).replace("上海", "Atlantis"), "utf-8")
    summary = batch.predict_file(stub, source, tmp_path / "out.csv")
    said = "column '城市': 200 cell(s) unlike anything seen in training, row 1, 2, 3, 4, 5 and more"
    assert summary.warnings == (said,)


def test_formats_are_checked_before_anything_is_read(stub: Any, tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        batch.predict_file(stub, tmp_path / "nowhere.csv", tmp_path / "out.xml")
    assert not stub.calls


def test_no_such_file(stub: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        batch.predict_file(stub, tmp_path / "nowhere.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("rows", ['{"age": 1}', '[{"age": 1}]', '{"rows": [{"age": 1}]}'])
def test_rows_as_json(rows: str) -> None:
    assert batch.parse_rows(rows) == [{"age": 1}]


@pytest.mark.parametrize("rows", ["", "age=1", "[]", "3", "\ud800"])
def test_rows_that_are_none(rows: str) -> None:
    with pytest.raises(RequestError, match=r"--rows(.|\n)*--rows '\[") as caught:
        batch.parse_rows(rows)
    assert "GET" not in str(caught.value)

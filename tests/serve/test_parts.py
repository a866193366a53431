"""Answers that appear whole, and once, however often the work is killed."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from modelyard.core import locks, plugins
from modelyard.core.errors import DataError, RequestError, StorageError
from modelyard.data import read
from modelyard.data.layout import PLAIN
from modelyard.serve import batch, parts
from modelyard.serve.rows import Rows

HEAD = "编号,age,城市,member,since"
ROWS = 11


def write_rows(path: Path, rows: int = ROWS, age: int = 30) -> Path:
    lines = [HEAD, *(f"k{number},{age + number},上海,yes,2024-01-01" for number in range(rows))]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows at a time, four rows a part; nothing is waited for, as the system outlives a killed process."""
    original = read.batches
    monkeypatch.setattr(
        read, "batches", lambda source, hints, layouts=None: original(source, 2, hints, layouts=layouts)
    )
    monkeypatch.setattr(parts, "PART_ROWS", 4)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    plugins.names(
        "modalities"
    )  # looks for plug-ins in every installed package: steps that a dying child need not count


def keys_in(out: Path) -> list[str]:
    if out.is_dir() or out.suffix == ".parquet":
        files = sorted(out.glob("*.parquet")) if out.is_dir() else [out]
        return [key for file in files for key in pyarrow.parquet.read_table(file)["编号"].to_pylist()]
    with out.open(encoding="utf-8", newline="") as file:
        return [row["编号"] for row in (map(json.loads, file) if out.suffix == ".jsonl" else csv.DictReader(file))]


@pytest.fixture
def dying(dying_at: Callable[..., bool]) -> Callable[[Callable[[], Any], int], bool]:
    """`dying(work, n)`: the work dies at its nth step on the disk."""
    steps = {
        os: ("replace", "rename", "unlink", "mkdir", "rmdir", "fsync"),
        Path: ("replace", "rename", "unlink", "mkdir", "rmdir", "open", "write_bytes"),
        shutil: ("copyfileobj",),
    }
    return partial(dying_at, steps)


def held_by(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("name", "stride"), [("a.csv", 1), ("a.jsonl", 5), ("a.parquet", 3), ("folder/", 2)])
def test_killed_at_every_step_and_started_again_every_row_is_there_once(
    stub: Any, dying: Any, tmp_path: Path, name: str, stride: int
) -> None:
    source, expected = write_rows(tmp_path / "in.csv"), [f"k{number}" for number in range(ROWS)]
    steps = 0
    while True:
        place = tmp_path / f"at{steps}"
        place.mkdir()
        out = f"{place}/{name}"
        died = dying(lambda out=out: batch.predict_file(stub, source, out), steps)
        assert not Path(out).is_file() or keys_in(Path(out)) == expected  # never half an output
        summary = batch.predict_file(stub, source, out)
        assert keys_in(Path(out)) == expected
        assert summary.rows == ROWS and summary.moved
        if name != "folder/":
            assert [path.name for path in place.iterdir()] == [name]
        if not died:
            break
        steps += stride
    assert steps > 30


def test_killed_again_and_again_it_gets_there(stub: Any, dying: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), tmp_path / "out.csv"
    draws, tries = random.Random(0), 0
    while dying(lambda: batch.predict_file(stub, source, out), draws.randint(5, 60)) and not out.exists():
        tries += 1
        assert tries < 40
    assert tries and keys_in(out) == [f"k{number}" for number in range(ROWS)]


@pytest.fixture
def begun(dying: Any) -> Callable[..., None]:
    """`begun(stub, source, out)`: the work was begun, and died on the way."""

    def begin(stub: Any, source: Path, out: str, steps: int = 30) -> None:
        assert dying(lambda: batch.predict_file(stub, source, out), steps)

    return begin


def test_what_earlier_calls_did_is_counted_and_told(stub: Any, begun: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    source.write_text(source.read_text("utf-8").replace("k1,31,上海", "k1,31,Atlantis"), "utf-8")
    whole = batch.predict_file(stub, source, str(tmp_path / "whole.csv"))
    begun(stub, source, out)
    seen: list[int] = []
    summary = batch.predict_file(stub, source, out, progress=lambda rows, _: seen.append(rows))
    assert summary.before > 0 and summary.before % 4 == 0 and seen[0] > summary.before
    assert (summary.rows, summary.warnings, summary.moved) == (whole.rows, whole.warnings, whole.moved)
    assert "1 cell(s)" in summary.warnings[0]


def test_another_bundle_or_other_rows_are_refused_and_nothing_is_lost(stub: Any, begun: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    begun(stub, source, out)
    stub.id = "c" * 64
    with pytest.raises(StorageError, match=r"(?s)out\.csv.*bundle bbbbbbbbbbbb.*\.out\.csv\.parts"):
        batch.predict_file(stub, source, out)
    stub.id = "b" * 64
    with pytest.raises(StorageError, match="other rows"):
        batch.predict_file(stub, write_rows(tmp_path / "other.csv", age=31), out)
    with pytest.raises(StorageError, match="another form"):
        batch.predict_file(stub, source, out, keep=("城市",))
    assert batch.predict_file(stub, source, out).before > 0
    assert len(keys_in(Path(out))) == ROWS


def test_the_same_rows_under_another_name_are_the_same(stub: Any, begun: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    begun(stub, source, out)
    assert batch.predict_file(stub, source.rename(tmp_path / "moved.csv"), out).before > 0


def test_a_row_that_never_fits_leaves_nothing_behind(stub: Any, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.csv")
    source.write_text(source.read_text("utf-8").replace("k9,39", "k9,secret"), "utf-8")
    with pytest.raises(RequestError, match="row 10"):
        batch.predict_file(stub, source, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "out"))) == []


def test_two_at_once_are_refused(stub: Any, begun: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), tmp_path / "out.csv"
    begun(stub, source, str(out))
    release = locks.lock(tmp_path / ".out.csv.parts")
    with pytest.raises(StorageError, match="another process"):
        batch.predict_file(stub, source, out)
    release()
    batch.predict_file(stub, source, out)


def test_a_folder_holds_parquet_parts_and_says_what_it_is(stub: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), tmp_path / "answers"
    batch.predict_file(stub, source, f"{out}/")
    assert [path.name for path in sorted(out.glob("*.parquet"))] == [f"0000{n}.parquet" for n in range(3)]
    assert set(pyarrow.parquet.read_table(out)["bundle"].to_pylist()) == {stub.id}
    calls = len(stub.calls)
    again = batch.predict_file(stub, source, out)  # it is a folder now, with or without the slash
    assert (again.rows, again.before, len(stub.calls)) == (ROWS, ROWS, calls)
    with pytest.raises(StorageError, match="other rows"):
        batch.predict_file(stub, write_rows(tmp_path / "in.csv", age=31), out)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(StorageError, match="something else"):
        batch.predict_file(stub, source, tmp_path / "full")
    (tmp_path / "empty").mkdir()
    batch.predict_file(stub, source, tmp_path / "empty")
    assert len(keys_in(tmp_path / "empty")) == ROWS


def test_what_a_removal_left_behind_is_not_taken_for_done(stub: Any, begun: Any, tmp_path: Path) -> None:
    source, out = write_rows(tmp_path / "in.csv"), tmp_path / "out.csv"
    begun(stub, source, str(out))
    (tmp_path / ".out.csv.parts" / parts.JOURNAL / parts.JOB).unlink()
    stub.id = "c" * 64
    assert batch.predict_file(stub, source, out).before == 0
    assert len(keys_in(out)) == ROWS


def test_a_link_keeps_pointing_to_what_is_written(stub: Any, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "out.csv").symlink_to(tmp_path / "there" / "real.csv")
    batch.predict_file(stub, write_rows(tmp_path / "in.csv"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").is_symlink() and len(keys_in(tmp_path / "there" / "real.csv")) == ROWS


def test_a_device_takes_what_it_is_given(stub: Any, tmp_path: Path) -> None:
    summary = batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "/dev/null", form="csv")
    assert summary.rows == ROWS and Path("/dev/null").is_char_device()


FOREIGN = ["notes.txt", "mine.parquet", ".hidden", "report/summary.csv", ".job/remark.txt"]


@pytest.fixture
def answered(stub: Any, tmp_path: Path) -> Path:
    """A finished folder of three parts, with files of other people in it."""
    batch.predict_file(stub, write_rows(tmp_path / "in.csv"), f"{tmp_path}/answers/")
    for name in FOREIGN:
        path = tmp_path / "answers" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    return tmp_path / "answers"


def test_a_finished_folder_is_only_read(stub: Any, answered: Path, tmp_path: Path) -> None:
    before = held_by(answered)
    assert set(FOREIGN) < set(before)
    stub.calls.clear()
    assert batch.predict_file(stub, tmp_path / "in.csv", answered).rows == ROWS
    with pytest.raises(StorageError, match=r"(?s)other rows.*another name"):
        batch.predict_file(stub, write_rows(tmp_path / "other.csv", age=31), answered)
    assert held_by(answered) == before and not stub.calls


@pytest.mark.parametrize(
    "gone",
    [
        ["00000.parquet"], [".job/00000.json"], ["00000.parquet", ".job/00000.json"], ["00001.parquet"],
        ["00001.parquet", ".job/00001.json"], [".job/00002.json"], ["00002.parquet"],
        [f"0000{n}.parquet" for n in range(3)] + [f".job/0000{n}.json" for n in range(3)],
    ],
)  # fmt: skip
def test_a_finished_folder_that_lacks_something_is_refused_and_left_alone(
    stub: Any, answered: Path, tmp_path: Path, gone: list[str]
) -> None:
    for name in gone:
        (answered / name).unlink()
    before = held_by(answered)
    with pytest.raises(StorageError, match=r"lack ") as caught:
        batch.predict_file(stub, tmp_path / "in.csv", answered)
    (mistake,) = caught.value.mistakes
    assert mistake.place == str(answered) and gone[0] in mistake.got and mistake.expected and mistake.fix
    assert len(str(caught.value).splitlines()) <= 12
    assert held_by(answered) == before


@pytest.mark.parametrize("name", ["00001.parquet", ".job/00001.json", ".job/job.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_a_finished_folder_that_was_changed_is_refused_and_left_alone(
    stub: Any, answered: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    (answered / name).write_bytes(content)
    before = held_by(answered)
    with pytest.raises(StorageError) as caught:
        batch.predict_file(stub, tmp_path / "in.csv", answered)
    assert caught.value.mistakes[0].place == str(answered) and caught.value.mistakes[0].fix
    assert held_by(answered) == before


def test_a_part_with_other_rows_or_without_an_entry_is_noticed(stub: Any, answered: Path, tmp_path: Path) -> None:
    shutil.copy(answered / "00002.parquet", answered / "00003.parquet")
    with pytest.raises(StorageError, match=r"lack \.job/00003\.json"):
        batch.predict_file(stub, tmp_path / "in.csv", answered)
    (answered / "00003.parquet").rename(answered / "00000.parquet")
    with pytest.raises(StorageError, match=r"changed since: 00000\.parquet"):
        batch.predict_file(stub, tmp_path / "in.csv", answered)


def test_a_finished_folder_knows_rows_without_identity_by_reading_them(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        batch, "rows_of", lambda path, _: Rows("the query", "", None, lambda: read.batches(str(path), hints=PLAIN))
    )
    source, out = write_rows(tmp_path / "in.csv"), f"{tmp_path}/answers/"
    batch.predict_file(stub, source, out)
    before = held_by(tmp_path / "answers")
    assert batch.predict_file(stub, source, out).rows == ROWS
    for rows, age in ((ROWS, 31), (ROWS - 1, 30), (ROWS + 1, 30), (ROWS + 2, 30)):
        with pytest.raises(StorageError, match="other rows"):
            batch.predict_file(stub, write_rows(tmp_path / "other.csv", rows, age), out)
    (tmp_path / "broken.csv").write_text("", "utf-8")
    with pytest.raises(DataError):
        batch.predict_file(stub, tmp_path / "broken.csv", out)
    assert held_by(tmp_path / "answers") == before


@pytest.mark.parametrize("out", ["out.csv", "answers/"])
def test_what_others_put_beside_unfinished_parts_is_not_removed(
    stub: Any, begun: Any, tmp_path: Path, out: str
) -> None:
    source = write_rows(tmp_path / "in.csv")
    begun(stub, source, f"{tmp_path}/{out}")
    work = tmp_path / f".{out.rstrip('/')}.parts"
    (work / "notes.txt").write_text("mine")
    batch.predict_file(stub, source, f"{tmp_path}/{out}")
    kept = work if out.endswith(".csv") else tmp_path / "answers"
    assert (kept / "notes.txt").read_text() == "mine"
    assert len(keys_in(tmp_path / out)) == ROWS

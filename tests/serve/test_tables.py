"""Answers in a database: every row once, however often the work is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.errors import InstallError, ProjectError, RequestError, StorageError
from modelyard.data import read
from modelyard.data.layout import PLAIN
from modelyard.runtime.answers import Answers
from modelyard.serve import batch, tables
from modelyard.serve.job import Job
from modelyard.serve.rows import Rows
from modelyard.serve.tally import Tally

sqlalchemy = pytest.importorskip("sqlalchemy")
HEAD = "编号,age,城市,member,since"
ROWS = 9


def write_rows(path: Path, rows: int = ROWS, age: int = 36) -> Path:
    lines = [HEAD, *(f"k{number},{age + number},上海,yes,2024-01-01" for number in range(rows))]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two rows at a time, in a folder of the test's own."""
    original = read.batches
    monkeypatch.setattr(
        read, "batches", lambda source, hints, layouts=None: original(source, 2, hints, layouts=layouts)
    )
    monkeypatch.chdir(tmp_path)


def asked(path: str, query: str) -> list[Any]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def keys_in(path: str, table: str = "answers") -> list[str]:
    return [key for (key,) in asked(path, f'SELECT "编号" FROM {table}')]  # noqa: S608 - our own name


def tables_in(path: str) -> set[str]:
    return {name for (name,) in asked(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.fixture
def dying(dying_at: Callable[..., bool]) -> Callable[[Callable[[], Any], int], bool]:
    """`dying(work, n)`: the work dies before its nth statement or commit."""
    return partial(dying_at, {sqlalchemy.engine.default.DefaultDialect: ("do_execute", "do_executemany", "do_commit")})


def test_rows_get_types_keys_and_the_bundle(stub: Any, tmp_path: Path) -> None:
    summary = batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "sqlite:///x.db", table="风险")
    assert asked("x.db", 'SELECT * FROM "风险" LIMIT 1') == [("k0", "坏", 0.75, 0.25, stub.id)]
    assert keys_in("x.db", '"风险"') == [f"k{number}" for number in range(ROWS)]
    assert summary.rows == ROWS and summary.moved
    assert tables_in("x.db") == {"风险", tables.JOURNAL}


def test_killed_at_every_step_and_started_again_every_row_is_there_once(stub: Any, dying: Any, tmp_path: Path) -> None:
    source, expected = write_rows(tmp_path / "in.csv"), [f"k{number}" for number in range(ROWS)]
    for steps in range(0, 200, 9):
        name = f"{steps}.db"
        died = dying(lambda name=name: batch.predict_file(stub, source, f"sqlite:///{name}"), steps)
        assert not died or "answers" not in tables_in(name) or keys_in(name) in ([], expected)
        assert batch.predict_file(stub, source, f"sqlite:///{name}").rows == ROWS
        assert keys_in(name) == expected
        assert tables_in(name) == {"answers", tables.JOURNAL}
        if not died:
            break
    assert 20 < steps < 180


def test_the_same_rows_are_not_answered_twice_and_other_rows_are_added(stub: Any, tmp_path: Path) -> None:
    one, other = write_rows(tmp_path / "in.csv"), write_rows(tmp_path / "next.csv", 3, 50)
    for source, rows in ((one, 9), (one, 9), (other, 12), (one, 12), (other, 12)):
        batch.predict_file(stub, source, "sqlite:///x.db")
        assert len(keys_in("x.db")) == rows
    stub.id = "c" * 64
    batch.predict_file(stub, one, "sqlite:///x.db")
    assert len(keys_in("x.db")) == 21


def test_the_same_rows_under_another_name_are_the_same(stub: Any, dying: Any, tmp_path: Path) -> None:
    source, url = write_rows(tmp_path / "in.csv"), "sqlite:///x.db"
    assert dying(lambda: batch.predict_file(stub, "in.csv", url), 45)
    assert batch.predict_file(stub, "./in.csv", url).before > 0
    moved = source.rename(tmp_path / "moved.csv")
    for name in ("moved.csv", moved, Path("./moved.csv")):
        assert batch.predict_file(stub, name, url).before == ROWS
    assert keys_in("x.db") == [f"k{number}" for number in range(ROWS)]


def test_what_was_begun_under_another_key_goes_on(stub: Any, dying: Any, tmp_path: Path) -> None:
    source, url = write_rows(tmp_path / "in.csv"), "sqlite:///x.db"
    assert dying(lambda: batch.predict_file(stub, source, url), 45)
    for _ in range(2):  # while it is open, and when it is done
        asked("x.db", f"UPDATE {tables.JOURNAL} SET key = 'as another version made it'")  # noqa: S608 - our own name
        assert batch.predict_file(stub, source, url).before > 0
    assert len(keys_in("x.db")) == ROWS


LOST = ["DROP TABLE answers", "DELETE FROM answers", "UPDATE answers SET bundle = 'another'"]


@pytest.mark.parametrize("loss", LOST)
def test_rows_that_were_removed_are_answered_anew(stub: Any, tmp_path: Path, loss: str) -> None:
    one, other = write_rows(tmp_path / "in.csv"), write_rows(tmp_path / "next.csv", 3, 50)
    for source in (one, other):
        batch.predict_file(stub, source, "sqlite:///x.db")
    asked("x.db", loss)
    kept = ROWS + 3 if loss.startswith("UPDATE") else 0
    for source, before, rows in ((one, 0, ROWS), (one, ROWS, ROWS), (other, 0, ROWS + 3), (other, 3, ROWS + 3)):
        assert batch.predict_file(stub, source, "sqlite:///x.db").before == before
        assert len(keys_in("x.db")) == kept + rows


def test_rows_of_other_bundles_are_not_taken_for_this_one(stub: Any, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.csv")
    batch.predict_file(stub, source, "sqlite:///x.db")
    stub.id = "c" * 64
    batch.predict_file(stub, source, "sqlite:///x.db")
    asked("x.db", f"DELETE FROM answers WHERE bundle = '{stub.id}'")  # noqa: S608 - our own name
    assert batch.predict_file(stub, source, "sqlite:///x.db").before == 0
    stub.id = "b" * 64
    assert batch.predict_file(stub, source, "sqlite:///x.db").before == ROWS
    assert len(keys_in("x.db")) == 2 * ROWS


def test_when_nobody_can_tell_whose_rows_are_lacking_nothing_is_done(stub: Any, tmp_path: Path) -> None:
    one, other = write_rows(tmp_path / "in.csv"), write_rows(tmp_path / "next.csv", 3, 50)
    for source in (one, other):
        batch.predict_file(stub, source, "sqlite:///x.db")
    asked("x.db", "DELETE FROM answers WHERE \"编号\" = 'k8'")
    for source in (one, other):
        with pytest.raises(StorageError, match=r"(?s)x\.db#answers.*11 row.*12 row.*DELETE FROM") as caught:
            batch.predict_file(stub, source, "sqlite:///x.db")
        assert len(str(caught.value).splitlines()) <= 12
    assert len(keys_in("x.db")) == ROWS + 2
    batch.predict_file(stub, write_rows(tmp_path / "third.csv", 2, 70), "sqlite:///x.db")  # which nothing is amiss with
    assert len(keys_in("x.db")) == ROWS + 4
    asked("x.db", f"DELETE FROM {tables.JOURNAL} WHERE target = 'answers' AND state = 'done'")  # noqa: S608
    batch.predict_file(stub, one, "sqlite:///x.db")
    assert len(keys_in("x.db")) == 2 * ROWS + 4


def test_a_column_of_the_bundles_name_does_not_hide_the_bundle(stub: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"{HEAD},bundle\nk0,30,上海,yes,2024-01-01,7\n", "utf-8")
    for before in (0, 1):
        assert batch.predict_file(stub, source, "sqlite:///x.db", keep=("bundle",)).before == before
    assert asked("x.db", 'SELECT bundle, "modelyard.bundle" FROM answers') == [("7", stub.id)]


def test_a_table_in_a_schema(stub: Any, tmp_path: Path) -> None:
    for _ in range(2):
        batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "sqlite:///x.db", table="main.scored")
    assert tables_in("x.db") == {"scored", tables.JOURNAL} and len(keys_in("x.db", "scored")) == ROWS


def test_another_bundle_or_other_rows_are_refused_while_work_is_open(stub: Any, dying: Any, tmp_path: Path) -> None:
    source, url = write_rows(tmp_path / "in.csv"), "sqlite:///x.db"
    assert dying(lambda: batch.predict_file(stub, source, url), 45)
    stub.id = "c" * 64
    with pytest.raises(StorageError, match=r"(?s)bundle bbbbbbbbbbbb.*DROP TABLE answers__unfinished"):
        batch.predict_file(stub, source, url)
    stub.id = "b" * 64
    with pytest.raises(StorageError, match="other rows"):
        batch.predict_file(stub, write_rows(tmp_path / "other.csv", age=20), url)
    batch.predict_file(stub, source, url, table="elsewhere")
    assert batch.predict_file(stub, source, url).before > 0
    assert len(keys_in("x.db")) == ROWS


def test_a_stream_is_known_again_by_its_rows(
    stub: Any, dying: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def streamed(path: Path) -> Any:
        return Rows("the query", "", None, lambda: read.batches(str(path), hints=PLAIN))

    monkeypatch.setattr(batch, "rows_of", lambda source, _: streamed(source))
    source, url = write_rows(tmp_path / "in.csv"), "sqlite:///x.db"
    assert dying(lambda: batch.predict_file(stub, source, url), 45)
    with pytest.raises(StorageError, match="ORDER BY"):
        batch.predict_file(stub, write_rows(tmp_path / "other.csv", age=20), url)
    with pytest.raises(StorageError, match="ORDER BY"):
        batch.predict_file(stub, write_rows(tmp_path / "short.csv", 1), url)
    assert batch.predict_file(stub, source, url).before > 0
    assert keys_in("x.db") == [f"k{number}" for number in range(ROWS)]
    batch.predict_file(stub, source, url)  # the same rows again: nothing is added
    assert len(keys_in("x.db")) == ROWS
    batch.predict_file(stub, write_rows(tmp_path / "tomorrow.csv", 4, 60), url)
    assert len(keys_in("x.db")) == ROWS + 4


@pytest.mark.parametrize("loss", LOST[:2])
def test_a_stream_whose_rows_were_removed_is_answered_anew(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    monkeypatch.setattr(
        batch, "rows_of", lambda path, _: Rows("the query", "", None, lambda: read.batches(str(path), hints=PLAIN))
    )
    today, tomorrow = write_rows(tmp_path / "in.csv"), write_rows(tmp_path / "tomorrow.csv", 4, 60)
    batch.predict_file(stub, today, "sqlite:///x.db")
    asked("x.db", loss)
    for source, rows in ((today, ROWS), (today, ROWS), (tomorrow, ROWS + 4), (tomorrow, ROWS + 4)):
        batch.predict_file(stub, source, "sqlite:///x.db")
        assert len(keys_in("x.db")) == rows
    asked("x.db", f"DELETE FROM answers WHERE rowid > {ROWS}")  # noqa: S608 - of tomorrow, today's are still there
    for _ in range(2):
        with pytest.raises(StorageError, match=f"{ROWS} row"):
            batch.predict_file(stub, tomorrow, "sqlite:///x.db")
    asked("x.db", "DELETE FROM answers")
    batch.predict_file(stub, tomorrow, "sqlite:///x.db")
    assert keys_in("x.db") == ["k0", "k1", "k2", "k3"]


def test_a_row_that_never_fits_leaves_nothing_behind(stub: Any, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.csv")
    source.write_text(source.read_text("utf-8").replace("k7,43", "k7,secret"), "utf-8")
    with pytest.raises(RequestError, match="row 8"):
        batch.predict_file(stub, source, "sqlite:///x.db")
    assert tables_in("x.db") == {tables.JOURNAL} and asked("x.db", f"SELECT * FROM {tables.JOURNAL}") == []  # noqa: S608


def test_a_table_without_the_columns_is_refused(stub: Any, tmp_path: Path) -> None:
    asked("x.db", 'CREATE TABLE answers ("编号" TEXT, note TEXT)')
    with pytest.raises(StorageError, match=r"(?s)x\.db#answers.*bundle"):
        batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "sqlite:///x.db")
    batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "sqlite:///x.db", table="other")


def test_two_at_once_are_noticed(stub: Any, tmp_path: Path) -> None:
    job = Job(stub.id, "content", "in.csv", ())
    one, other = (tables.Table("sqlite:///x.db", "answers", job) for _ in range(2))
    answers = Answers({"y": {"value": np.ones(1)}}, stub.id, {"id": np.asarray([1])})
    one.write(answers, Tally(1))
    with pytest.raises(StorageError, match="another process"):
        other.write(answers, Tally(1))
    one.finish()
    assert asked("x.db", "SELECT count(*) FROM answers") == [(1,)]


@pytest.mark.parametrize(
    "values",
    [
        np.asarray([1, 2]), np.asarray([1.5, np.nan]), np.asarray([True, False]), np.asarray(["a", None], object),
        np.asarray(["2024-05-01", "NaT"], "datetime64[s]"), np.asarray([7, None], object),
    ],
)  # fmt: skip
def test_every_kind_of_cell(stub: Any, values: Any) -> None:
    table = tables.Table("sqlite:///x.db", "answers", Job(stub.id, "c", "in.csv", ()))
    table.write(Answers({"y": {"value": values}}, stub.id, {}), Tally(2))
    table.finish()
    (first, _), (second, _) = asked("x.db", "SELECT * FROM answers")
    assert first is not None and (second is None) == (values.tolist()[1] in (None, "NaT") or values[1] != values[1])


def test_secrets_come_from_the_environment_and_are_never_shown(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_rows(tmp_path / "in.csv")
    monkeypatch.setenv("PLACE", "x.db")
    batch.predict_file(stub, source, "sqlite:///${PLACE}")
    assert len(keys_in("x.db")) == ROWS
    with pytest.raises(StorageError, match="NOWHERE"):
        batch.predict_file(stub, source, "sqlite:///${NOWHERE}")
    monkeypatch.setenv("PASSWORD", "hunter2")
    for url in ("sqlite:///no/such/folder/x.db", "sqlite+nodriver://u:${PASSWORD}@h/x", "sqlite:///${PASSWORD}/x.db"):
        with pytest.raises((StorageError, ProjectError, InstallError)) as caught:
            batch.predict_file(stub, source, url)
        assert "hunter2" not in str(caught.value)


def test_without_sqlalchemy_the_extra_is_named(stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda names: tuple(names))
    with pytest.raises(InstallError, match=r"modelyard\[sql\]"):
        batch.predict_file(stub, write_rows(tmp_path / "in.csv"), "sqlite:///x.db")


def test_options_that_contradict_each_other(stub: Any, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.csv")
    with pytest.raises(ProjectError, match="--table"):
        batch.predict_file(stub, source, tmp_path / "out.csv", table="x")
    with pytest.raises(ProjectError, match="--format"):
        batch.predict_file(stub, source, "sqlite:///x.db", form="csv")
    with pytest.raises(ProjectError, match="--format"):
        batch.predict_file(stub, source, f"{tmp_path}/folder/", form="csv")

"""Databases: rows in batches, secrets that are said nowhere, tables that grow by whole batches."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy

from modelyard import pipeline
from modelyard.core import messages, plugins
from modelyard.core.addresses import Secrets
from modelyard.core.columns import as_columns
from modelyard.core.errors import MAX_LINES, DataError, InstallError, UserError
from modelyard.data import sql
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import batches, contents, read

SECRET = "s3cr:t@/&x"
URL = "sqlite:///银行.db"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A folder with a database: table 客户 of 100 rows."""
    with sqlite3.connect(tmp_path / "银行.db") as base:
        base.execute("create table 客户 (id integer, 姓名 text, v real, good text)")
        rows = [(n, f"n{n % 7}", n / 2 if n % 3 else None, "yn"[n % 2]) for n in range(100)]
        base.executemany("insert into 客户 values (?, ?, ?, ?)", rows)
    return tmp_path


def refused(source: str, kind: type[UserError] = DataError, folder: Path | None = None, **hints: Any) -> str:
    """What is said, short in both languages and never with the secret."""
    said = {}
    for language in ("zh", "en"):
        messages.use(language)
        with pytest.raises(kind) as caught:
            read(source, Hints(**hints), folder)
        said[language] = str(caught.value)
        assert len(said[language].splitlines()) <= MAX_LINES
        assert SECRET not in said[language] and "s3cr" not in said[language]
    return said["en"]


# ----------------------------------------------------------------------- reading
def test_a_table_and_a_query(bank: Path) -> None:
    table = read(URL + "#客户", folder=bank)
    assert sorted(table["id"].tolist()) == [*range(100)]
    assert table["id"].dtype.kind == "i" and table["v"].dtype.kind == "f"
    query = "select id, v as 值 from 客户 where 姓名 like '%1%' and id < 20 -- a remark: 100 %"
    for found in (read(URL, Hints(query=query), bank), read(f"{URL}#{query}", folder=bank)):
        assert sorted(found["id"].tolist()) == [1, 8, 15]
    assert list(read(URL, Hints(query="main.客户;"), bank)) == ["id", "姓名", "v", "good"]
    assert len(read(URL, Hints(query="with t as (select 1 as a union select 2) select * from t"), bank)["a"]) == 2


def test_batches_and_names_that_come_twice(bank: Path) -> None:
    found: list[Layout] = []
    hints = Hints(query="select a.id, b.id, a.good from 客户 a join 客户 b on a.id = b.id order by a.id")
    pieces = list(batches(URL, 30, hints, bank, found))
    assert [len(piece["id"]) for piece in pieces] == [30, 30, 30, 10]
    assert list(pieces[0]) == ["id", "id_2", "good"]
    assert [key for key, _, _ in found[0].notes()] == ["data.note_twice"]


def test_the_same_rows_are_the_same_table_in_whatever_order(bank: Path) -> None:
    orders = [Hints(query="select * from 客户 order by id"), Hints(query="select * from 客户 order by id desc")]
    one, other = (read(URL, hints, bank) for hints in orders)
    assert {name: values.tolist() for name, values in one.items() if name != "v"} == {
        name: values.tolist() for name, values in other.items() if name != "v"
    }
    assert len({*(tuple(contents(URL, hints, bank)) for hints in orders)}) == 1
    assert contents(URL, Hints(query="select * from 客户 where id > 0"), bank) != contents(URL, orders[0], bank)


def test_an_empty_result(bank: Path) -> None:
    assert "0 rows" in refused(URL, folder=bank, query="select * from 客户 where id < 0")


def test_several_sources(bank: Path) -> None:
    (bank / "more.csv").write_text("id,姓名,v,good\n100,x,1,y\n", "utf-8")
    assert len(read([URL + "#客户", "more.csv"], folder=bank)["id"]) == 101


@pytest.mark.parametrize(
    ("source", "query", "words"),
    [
        ("sqlite:///none.db#t", None, "nothing of that name"),
        (URL, None, "SELECT"),
        (URL, "nowhere", "no such table"),
        (URL, "select * frm x", "syntax error"),
        (URL, "delete from 客户", "does not read: delete"),
        ("nosuch+driver://host/db#t", None, "SQLAlchemy knows"),
        ("postgresql://host:port/db#t", None, "taken apart"),
        ("postgresql://me:geheim@host/db#t", None, "me:***@host"),
        ("postgresql://me:1a#geheim@host/db#t", None, "me:***@host"),
        ("postgresql://host/db?password=geheim#t", None, "password=***#t"),
    ],
)
def test_what_is_refused(source: str, query: str | None, words: str, bank: Path) -> None:
    said = refused(source, folder=bank, query=query)
    assert words in said
    assert "geheim" not in said
    assert len(read(URL + "#客户", folder=bank)["id"]) == 100
    assert not (bank / "none.db").exists()


# ----------------------------------------------------------------------- secrets
def test_variables_are_put_in_part_by_part(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`NOT_SET` is not set" in refused("postgresql://me:${NOT_SET}@host/db#t")
    monkeypatch.setenv("BANK", "银行")
    assert len(read("sqlite:///${BANK}.db#客户", folder=bank)["id"]) == 100
    monkeypatch.setenv("ADDRESS", f"sqlite:///{bank}/银行.db")
    assert len(read("${ADDRESS}#客户")["id"]) == 100
    monkeypatch.setenv("PW", SECRET)
    monkeypatch.setenv("PORT", "5432")
    secrets = Secrets()
    url = sql._url(sqlalchemy, "mysql://u:${PW}@h:${PORT}/${BANK}?x=${PW}", bank, True, secrets)
    assert (url.password, url.port, url.database, url.query["x"]) == (SECRET, 5432, "银行", SECRET)
    assert secrets.hide(f"no entry for {SECRET} and s3cr%3At%40%2F%26x") == "no entry for ${PW} and ${PW}"


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if not plugins.missing(("psycopg",)):
        pytest.skip("psycopg is installed")
    monkeypatch.setenv("PW", SECRET)
    for kind in ("postgresql+psycopg", "postgresql", "postgres"):
        assert "pip install 'psycopg[binary]'" in refused(f"{kind}://u:${{PW}}@h/db#t", InstallError)
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    assert "modelyard[sql]" in refused("sqlite:///a.db#t", InstallError)


def test_what_a_driver_says_never_shows_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path / "s3cr"))
    (tmp_path / "s3cr").write_text("this is no database at all, not at all, not at all, not at all, not at all ...")
    assert "database says" in refused("sqlite:///${PLACE}#t")


def test_a_run_holds_no_secret(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bank / "s3cr").mkdir()
    (bank / "银行.db").rename(bank / "s3cr" / "银行.db")
    monkeypatch.setenv("VAULT", "s3cr")
    (bank / "modelyard.yaml").write_text(
        "data: {source: 'sqlite:///${VAULT}/银行.db', query: select * from 客户}\n"
        "predict: good\ntrain: {method: naive}\n",
        "utf-8",
    )
    done = pipeline.run(bank)
    assert done.record.state == "finished"
    holding = [
        path for path in (bank / ".modelyard").rglob("*") if path.is_file() and b"s3cr" in path.read_bytes().lower()
    ]
    assert holding == []


def test_a_run_is_called_after_the_database(bank: Path) -> None:
    for source in (URL + "#客户", "sqlite:///银行.db#select * from main.客户 where id > 3"):
        assert pipeline.as_project(source, "good", {})[0].name == "银行"


# ----------------------------------------------------------------------- writing
def write(folder: Path, table: dict[str, Any], name: str = "分数") -> None:
    """Append rows in one transaction."""
    columns = as_columns(table)
    with sql.connected("sqlite:///out.db", folder, reads=False) as connection, connection.begin():
        target = sql.target(sqlalchemy, connection, "sqlite:///out.db", name, columns)
        cells = {column: sql.cells(values) for column, values in columns.items()}
        rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
        connection.execute(target.insert(), rows)


def test_a_table_is_made_of_the_first_rows_and_grows(tmp_path: Path) -> None:
    first = {
        "id": [1, 2],
        "p": [0.5, None],
        "ok": [True, False],
        "when": np.asarray(["2024-01-05", "NaT"], "datetime64[D]"),
        "tags": [["a"], None],
    }
    write(tmp_path, first)
    write(tmp_path, {"id": [3], "p": [0.25], "ok": [True], "when": [None], "tags": ["x"]})
    write(tmp_path, {"id": [4], "p": [1]})
    table = read("sqlite:///out.db#分数", folder=tmp_path)
    order = np.argsort(table["id"])
    assert table["id"][order].tolist() == [1, 2, 3, 4]
    assert table["p"][order].tolist()[2:] == [0.25, 1.0]
    assert table["tags"][order].tolist() == ["['a']", None, "x", None]
    assert table["when"][order][0].startswith("2024-01-05")


def test_rows_are_written_all_or_none(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "out.db") as base:
        base.execute("create table t (id integer unique)")
    write(tmp_path, {"id": [1, 2]}, "t")
    with pytest.raises(DataError, match="UNIQUE"):
        write(tmp_path, {"id": [3, 1]}, "t")
    assert sorted(read("sqlite:///out.db#t", folder=tmp_path)["id"]) == [1, 2]
    with pytest.raises(DataError, match="without the columns p"):
        write(tmp_path, {"id": [1], "p": [2]}, "t")

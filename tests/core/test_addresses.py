"""Which addresses are databases, and which show a password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modelyard.core.addresses import Secrets, is_database, name_of, seen_from, shows_password, without_password
from modelyard.core.errors import DataError


@pytest.mark.parametrize(
    ("address", "database"),
    [
        ("sqlite:///a.db", True),
        ("postgresql+psycopg://${USER}:${PW}@host/db", True),
        ("PostgreSQL://host/db", True),
        ("anything+driver://host", True),
        ("${DATABASE_URL}", True),
        ("${DATABASE_URL}#loans", True),
        ("s3://bucket/a.csv", False),
        ("hf://datasets/a/b", False),
        ("https://u:p@host/a.csv", False),
        ("a.csv", False),
        ("${HOME", False),
        (Path("sqlite.csv"), False),
        (["sqlite:///a.db"], False),
        (None, False),
        ("", False),
    ],
)
def test_databases(address: object, database: bool) -> None:
    assert is_database(address) is database


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:geheim@host/db", "postgresql://me:***@host/db"),
        ("https://me:x${PW}@host/a.csv", "https://me:***@host/a.csv"),
        ("mysql://:密码@host", "mysql://:***@host"),
        ("postgresql://me:${PW}@host/db", ""),
        ("postgresql://me@host/db", ""),
        ("postgresql://me:@host/db", ""),
        ("postgresql://host:5432/db", ""),
        ("s3://bucket/a:b@c.csv", ""),
        ("a:b@c.csv", ""),
        # a password may hold any character
        ("postgresql://u:pa/ss@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:p@ss@h/db#t", "postgresql://u:***@h/db#t"),
        ("postgresql://u:pa#ss@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:pa?ss@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:12/34@h/db", "postgresql://u:***@h/db"),
        ("mysql://me@corp:pw@h:3306/db", "mysql://me@corp:***@h:3306/db"),
        ("postgresql://u:${PW}@ss@h/db", "postgresql://u:***@h/db"),
        ("zip://a.csv::https://u:pw@h/f.zip", "zip://a.csv::https://u:***@h/f.zip"),
        # ports, hosts and queries are none
        ("postgresql://${U}:${PW}@h:${PORT}/db#select * from t where e like '%@%' and token=3", ""),
        ("postgresql://host:5432/db?email=a@b", ""),
        ("postgresql://host:5432/db#select * from t where e like '%@%' and password = 'x'", ""),
        ("postgresql://[::1]:5432/db#select '@'", ""),
        ("https://h:8080/a@b.csv", ""),
        ("zip://a.csv::s3://b/f@1.zip", ""),
        ("hf://datasets/a/b@main/x.csv", ""),
        # in the query
        ("postgresql://h/db?user=u&password=pw#loans", "postgresql://h/db?user=u&password=***#loans"),
        ("postgresql://h/db?PassWord=a&b&c=3", "postgresql://h/db?PassWord=***&c=3"),
        ("postgresql://h/db?ssl%70assword=pw", "postgresql://h/db?ssl%70assword=***"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3Dpw", "mssql+pyodbc:///?odbc_connect=***"),
        (
            "mssql+pyodbc:///?odbc_connect=DRIVER={X};UID=u;PWD=pw",
            "mssql+pyodbc:///?odbc_connect=DRIVER={X};UID=u;PWD=***",
        ),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BX%7D%3BTrusted_Connection%3Dyes", ""),
        ("mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3D%24%7BPW%7D", ""),
        ("mssql+pyodbc:///?odbc_connect=${ODBC}", ""),
        ("https://h/a.csv?sp=r&sig=pw%3D", "https://h/a.csv?sp=r&sig=***"),
        ("https://h/a.csv?X-Amz-Signature=pw&x=1", "https://h/a.csv?X-Amz-Signature=***&x=1"),
        ("https://h/a.csv?access_token=${T}&design=2&n=3", ""),
        ("snowflake://h/db?secret_access_key=pw", "snowflake://h/db?secret_access_key=***"),
        ("a?password=3.csv", ""),
    ],
)
def test_passwords(address: str, shown: str) -> None:
    assert shows_password(address) is bool(shown)
    assert without_password(address) == (shown or address)


@given(st.text("abcXYZ123!$%密@/?#:", min_size=1))
@settings(max_examples=200, derandomize=True)
def test_a_password_is_never_shown(password: str) -> None:
    address = f"postgresql://me:{password}@host/db"
    assume(re.match(r"@|[0-9]{1,5}(/[^?#]*)?[?#]", password) is None)  # nobody could tell it from none, or from a port
    assert without_password(address) == "postgresql://me:***@host/db"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("data/loans.csv", "loans"),
        ("*.csv", ""),
        ("sqlite:///deep/bank.db#loans", "bank"),
        ("s3://bucket/data/*.parquet", ""),
        ("https://h/a.csv?x=/y/z.d", "a"),
        ("postgresql://127.0.0.1:9/db?user=u&password=pw#loans", "db"),
        ("postgresql://u:pw/x@h", ""),
        ("postgresql://u:p#w@h/db", "db"),
        ("mssql+pyodbc:///?odbc_connect=pw", ""),
        ("${DATABASE_URL}#loans", ""),
    ],
)
def test_names_say_no_more_than_the_path(address: str, name: str) -> None:
    assert name_of(address) == name


# ------------------------------------------------------------- another folder
@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("a.csv", "../a.csv"),
        ("数据/*.csv", "../数据/*.csv"),
        ("sqlite:///bank.db#loans", "sqlite:///../bank.db#loans"),
        ("sqlite+pysqlite:///bank.db?mode=ro#select 1", "sqlite+pysqlite:///../bank.db?mode=ro#select 1"),
    ],
)
def test_relative_paths_move_and_come_back(address: str, seen: str) -> None:
    assert seen_from(Path("proj"), address) == seen
    assert seen_from(Path("/x"), seen, Path("/x/proj")) == address
    assert seen_from(Path("proj"), address, Path("proj")) == seen_from(Path(), address) == address


@pytest.mark.parametrize(
    "address",
    [
        "/abs/a.csv",
        "~/a.csv",
        "sqlite:////abs/b.db#t",
        "sqlite:///~/b.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:b.db?uri=true",
        "${DATABASE_URL}#t",
        "sqlite:///${DIR}/b.db",
        "postgresql://h/db",
        "s3://b/a.csv",
        "zip://a.csv::s3://b/f.zip",
        "",
    ],
)
def test_what_is_the_same_from_everywhere(address: str) -> None:
    assert seen_from(Path("proj"), address) == seen_from(Path(), address, Path("proj")) == address


def test_what_is_wanted_in_the_current_folder_needs_no_way_back() -> None:
    assert seen_from(Path(), ".", Path("it's")) == "it's"
    assert seen_from(Path(), "../bank.db", Path("/abs/proj")) == "/abs/proj/../bank.db"
    assert seen_from(Path(), "sqlite:///bank.db#t", Path("my demo")) == "sqlite:///my demo/bank.db#t"


# -------------------------------------------------------------------- secrets
def test_variables_are_filled_in_and_hidden_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "s3cr:t@/& x")
    monkeypatch.setenv("EMPTY", "")
    secrets = Secrets()
    assert secrets.fill("http://me:${PW}@h${EMPTY}/$PW/${}", "x") == "http://me:s3cr:t@/& x@h/$PW/${}"
    said = "no s3cr:t@/& x, s3cr%3At%40%2F%26%20x, s3cr%3At%40/%26%20x, s3cr%3At%40%2F%26+x"
    assert secrets.hide(said) == "no ${PW}, ${PW}, ${PW}, ${PW}"
    with pytest.raises(DataError, match="`NOT_SET` is not set") as caught:
        secrets.fill("${NOT_SET}", "track.mlflow.uri")
    assert caught.value.mistakes[0].place == "track.mlflow.uri"

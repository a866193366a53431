"""Which addresses are databases, and which show a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.addresses import is_database, shows_password, without_password


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
    ],
)
def test_passwords(address: str, shown: str) -> None:
    assert shows_password(address) is bool(shown)
    assert without_password(address) == (shown or address)


@given(st.text("abcXYZ123!$%密", min_size=1))
@settings(max_examples=60, derandomize=True)
def test_a_password_is_never_shown(password: str) -> None:
    address = f"postgresql://me:{password}@host/db"
    assert without_password(address) == "postgresql://me:***@host/db"

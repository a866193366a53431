"""Addresses of data that are no paths: which of them are databases, and what in them must not be written down."""

from __future__ import annotations

import re

_DATABASES = frozenset(
    {"sqlite", "postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql", "duckdb", "redshift", "snowflake"}
    | {"clickhouse", "trino", "presto", "hive", "databricks", "kingbase", "opengauss", "dm", "oceanbase"}
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(\+[A-Za-z0-9_]+)?://")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):([^/@\s]*)(?=@)")


def is_database(source: object) -> bool:
    """Whether an address is that of a database: `sqlite:///bank.db`, `postgresql+psycopg://…`, `${DATABASE_URL}`."""
    if not isinstance(source, str):
        return False
    found = _SCHEME.match(source)
    return _VARIABLE.match(source) is not None if found is None else bool(found[2]) or found[1].lower() in _DATABASES


def shows_password(source: str) -> bool:
    """Whether a password stands in an address, instead of the name of a variable of the environment that holds it."""
    found = _PASSWORD.search(source)
    return found is not None and _VARIABLE.sub("", found[2]) != ""


def without_password(source: str) -> str:
    """An address as it may be shown."""
    return _PASSWORD.sub(r"\1:***", source) if shows_password(source) else source

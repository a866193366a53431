"""Addresses of data: which of them are databases, how they read from another folder, and what in them is secret.

    sqlite:///bank.db#loans                  a relative path, as plain paths are
    ${DATABASE_URL}#loans                    a variable of the environment
    postgresql://me:geheim@host/db           a secret that is written out: refused, and shown as ***

What stands in `${…}` is taken from the environment when it is needed, and never said or written anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote_plus

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text

_DATABASES = frozenset(
    {"sqlite", "postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql", "duckdb", "redshift", "snowflake"}
    | {"clickhouse", "trino", "presto", "hive", "databricks", "kingbase", "opengauss", "dm", "oceanbase"}
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(\+[A-Za-z0-9_]+)?://")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?#]+)(.*)", re.IGNORECASE | re.DOTALL)
_PLACED = ("/", "~", "${", ":memory:", "file:")
"""How a path begins that is the same from every folder."""
_CHAINED = re.compile(r"(::(?=[A-Za-z][\w+]*://))")  # zip://a.csv::https://…, as fsspec writes it
_USER = re.compile(r"(?P<before>[^:]*://(?P<user>[^/:?#\[\s]*):)(?P<rest>.*)", re.DOTALL)
_PORT = re.compile(r"([0-9]{1,5}|\$\{[^}]*\})(?=[/?#]|$)")
_PARAMETER = re.compile(r"([?&;])([^?&;=]*)=((?:(?!&[^&=]*=|;[^;=]*=).)*)", re.DOTALL)
_WORDS = r"passw(?:or)?d|pwd|passphrase|secret|credential|(?:api|access|account|private|shared)[_.\-]?key"
_KEY = rf"[\w.\-]*(?:{_WORDS})[\w.\-]*"
_LAST = r"(?:[\w.\-]*[_.\-])?(?:pass|sig|jwt)|[\w.\-]*(?:token|signature)"
_SECRET = re.compile(rf"{_KEY}|{_LAST}", re.IGNORECASE)
_INSIDE = re.compile(rf"(?<![\w.\-])(?:{_KEY}|{_LAST})\s*=\s*([^;&\s]+)", re.IGNORECASE)
_HIDDEN = "***"


def is_database(source: object) -> bool:
    """Whether an address is that of a database: `sqlite:///bank.db`, `postgresql+psycopg://…`, `${DATABASE_URL}`."""
    if not isinstance(source, str):
        return False
    found = _SCHEME.match(source)
    return _VARIABLE.match(source) is not None if found is None else bool(found[2]) or found[1].lower() in _DATABASES


def name_of(address: str) -> str:
    """What a product made from it is called: the name of the file, the folder or the database; often nothing.

    Neither a user, nor a parameter, nor a variable of the environment is a part of it.
    """
    bare = without_password(address).partition("#")[0]
    if "://" in bare:
        _, slash, last = bare.partition("?")[0].partition("://")[2].rpartition("/")
        bare = last if slash else ""
    return Path(_VARIABLE.sub("", bare)).stem.strip("*")


# ------------------------------------------------------------- another folder
def seen_from(there: Path, address: str, here: Path = Path()) -> str:
    """An address as it has to be written elsewhere.

    Absolute paths, URLs, and what begins with `~` or a variable of the environment stay as they are; a relative path
    moves, be it a plain one or that of an SQLite file.

    Args:
        there: The folder where it will stand; `Path()`, the current one, needs no way back to it.
        address: As it is written.
        here: The folder where it is written.
    """
    sqlite = _SQLITE.fullmatch(address)
    scheme, path, rest = sqlite.groups() if sqlite else ("", address, "")
    if not path or path.startswith(_PLACED) or "://" in path or Path(path).is_absolute():
        return address
    found = here / path
    moved = found if there == Path() else Path(os.path.relpath(found, there))
    return f"{scheme}{moved.as_posix()}{rest}"


# -------------------------------------------------------------------- secrets
def shows_password(source: str) -> bool:
    """Whether a secret stands in an address, instead of the name of a variable of the environment that holds it."""
    return without_password(source) != source


def is_variable(written: str) -> bool:
    """Whether it is the name of a variable of the environment, and nothing else: `${NAME}`."""
    return _NAMED.fullmatch(written) is not None


def without_password(source: str) -> str:
    """An address as it may be shown: with *** for each password, key and token that is written out."""
    return "".join(_masked(part) for part in _CHAINED.split(source))


def _masked(address: str) -> str:
    """One address of a chain."""
    if "://" not in address:
        return address
    user = _USER.fullmatch(address)
    if user is not None and _is_password(user["rest"], is_database(address)):
        address = f"{user['before']}{_HIDDEN}{address[address.rindex('@') :]}"
    path, mark, rest = address.partition("?")
    asked, sharp, behind = rest.partition("#") if "#" not in path else (rest, "", "")
    return path + _PARAMETER.sub(_masked_parameter, mark + asked) + sharp + behind


def _is_password(rest: str, database: bool) -> bool:
    """Whether what follows `scheme://name:` begins with a password that is written out, and not with a port.

    A password may hold any character, also those that end the part of an address in which it stands.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return _is_written(authority.rpartition("@")[0])
    if _PORT.match(rest) is None:
        return "@" in rest
    return database and "@" in re.split(r"[?#]", rest, maxsplit=1)[0]  # as SQLAlchemy reads it


def _masked_parameter(found: re.Match[str]) -> str:
    mark, key, value = found.groups()
    secret = _SECRET.fullmatch(unquote_plus(key).strip()) is not None and _is_written(value)
    inside = any(map(_is_written, _INSIDE.findall(unquote_plus(value))))  # odbc_connect=…;PWD=…
    return f"{mark}{key}={_HIDDEN}" if secret or inside else found[0]


def _is_written(secret: str) -> bool:
    """Whether there is more to it than names of variables."""
    return _VARIABLE.sub("", secret).strip("{}'\" ") != ""


@dataclass
class Secrets:
    """What was put in for the names of variables."""

    values: dict[str, str] = field(default_factory=dict)

    def fill(self, written: str, place: str) -> str:
        """What is written, with the values of its variables.

        Args:
            written: `${PGUSER}`, or a part of an address.
            place: How a message calls it.

        Raises:
            DataError: A variable is not set.
        """
        return _NAMED.sub(lambda found: self._value(found[1], place), written)

    def _value(self, name: str, place: str) -> str:
        value = os.environ.get(name)
        if value is None:
            got, fix = text("data.got_no_variable", name=name), text("data.fix_variable", name=name)
            raise DataError(Mistake(place, got, text("data.expected_variable"), fix))
        self.values[name] = value
        return value

    def hide(self, said: str) -> str:
        """A library's words, with the names again."""
        spellings: tuple[Callable[[str], str], ...] = (str, lambda one: quote(one, safe=""), quote, quote_plus)
        for name, value in sorted(self.values.items(), key=lambda pair: -len(pair[1])):
            for spelt in dict.fromkeys(spell(value) for spell in spellings):
                said = said.replace(spelt, f"${{{name}}}") if spelt else said
        return said

"""Databases: the rows of a query or a table, read in batches; connections, tables and cells for who writes to one.

    sqlite:///bank.db#loans                                      a table, after the number sign
    postgresql+psycopg://${PGUSER}:${PGPASSWORD}@host/bank       with `query:`, or with `#select …`

What stands in `${…}` is taken from the environment when the connection is made, and never said or written anywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from modelyard.core.addresses import Secrets, shows_password, without_password
from modelyard.core.cells import is_nothing
from modelyard.core.columns import as_columns, row_count
from modelyard.core.errors import InstallError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data.content import digests
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.shape import distinct
from modelyard.data.sources import refuse, require

BATCH_ROWS = 65_536
_WHOLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_PORT = re.compile(r":\$\{[A-Za-z_][A-Za-z0-9_]*\}(?=[/?]|$)")
_READS = ("select", "with", "values", "table", "from", "(")
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_PACKAGES = {"psycopg": "psycopg[binary]", "MySQLdb": "mysqlclient", "pymysql": "pymysql", "oracledb": "oracledb"}


def batches(
    address: str, rows: int, hints: Hints = PLAIN, folder: Path | None = None, layout: Layout | None = None
) -> Iterator[Columns]:
    """Read the rows of a query, or of a table, through a cursor on the server's side where there is such a thing.

    Args:
        address: Of the database; behind `#` the query or the table.
        rows: The most rows of one batch.
        hints: Its `query` takes the place of what stands behind `#`.
        folder: Where a relative path to an SQLite file starts.
        layout: Is told of names that came twice.

    Raises:
        DataError: No such database, table or variable, or a query that is refused there.
        InstallError: SQLAlchemy, or the driver, is not installed.
    """
    url, asked = parts(address, hints.query)
    if not asked:
        refuse(address, "data.got_no_query", "data.expected_query")
    if not _is_name(asked) and not asked.lstrip().lower().startswith(_READS):
        refuse(address, "data.got_no_select", "data.expected_query", statement=asked.split()[0])
    layout = layout if layout is not None else Layout(address)
    with connected(url, folder or Path(), reads=True) as connection:
        cursor = connection.execution_options(stream_results=True, max_row_buffer=rows, no_parameters=True)
        result = cursor.execute(_all_of(asked, url)) if _is_name(asked) else cursor.exec_driver_sql(asked)
        names = distinct([str(name) for name in result.keys()], layout)  # noqa: SIM118  (no mapping)
        for part in result.partitions(rows):
            yield as_columns({name: list(cells) for name, cells in zip(names, zip(*part, strict=True), strict=True)})


def identity(address: str, hints: Hints = PLAIN, folder: Path | None = None) -> str:
    """What the rows say, whatever their order: a database promises none.

    Raises:
        DataError, InstallError: As `batches`.
    """
    count = total = 0
    names: tuple[str, ...] = ()
    for columns in batches(address, BATCH_ROWS, hints, folder):
        names = tuple(columns)
        count += row_count(columns)
        total += sum(int.from_bytes(row, "little") for row in digests(columns))
    return hashlib.sha256(repr((names, count, total)).encode()).hexdigest()


# --------------------------------------------------------------- the connection
def parts(address: str, asked: str | None) -> tuple[str, str]:
    """The address of a database, and what is asked of it.

    Raises:
        DataError: It shows a password.
    """
    url, _, behind = address.partition("#")
    if shows_password(address):  # the whole of it: a password may hold a number sign
        shown = without_password(address)
        fix = {"address": shown.replace("***", "${PASSWORD}")}
        refuse(shown, "data.got_password", "project.expected_no_password", "project.fix_password", **fix)
    return url, (asked or behind).strip().rstrip(";")


@contextmanager
def connected(url: str, folder: Path, reads: bool) -> Iterator[Any]:
    """A connection that ends without a commit, and every refusal of the database as a DataError without secrets.

    Args:
        url: Of the database.
        folder: Where a relative path to an SQLite file starts.
        reads: Only to read: an SQLite file has to be there.

    Raises:
        DataError, InstallError: As `batches`.
    """
    sql = require("sqlalchemy", url, extra="sql")
    secrets = Secrets()
    try:
        engine = sql.create_engine(_url(sql, url, folder, reads, secrets), pool_pre_ping=False)
    except ImportError as error:
        _refuse_driver(url, error)
    except sql.exc.NoSuchModuleError:
        refuse(url, "data.got_no_dialect", "data.expected_dialect")
    except (sql.exc.ArgumentError, ValueError):
        refuse(url, "data.got_no_address", "data.expected_address")
    try:
        with engine.connect() as connection:
            yield connection
    except sql.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        refuse(url, "data.got_refused", "data.expected_accepted", problem=secrets.hide(said[0]))
    finally:
        engine.dispose()


def _url(sql: Any, url: str, folder: Path, reads: bool, secrets: Secrets) -> Any:
    """The address with its variables filled in: each part by itself, so that a password may hold any character."""

    def fill(part: str | None) -> str | None:
        return None if part is None else secrets.fill(part, url)

    written = fill(url) if _WHOLE.match(url) else _PORT.sub(lambda found: fill(found[0]) or "", url)
    made = sql.engine.make_url(written)
    query = {
        name: fill(value) if isinstance(value, str) else tuple(map(fill, value)) for name, value in made.query.items()
    }
    made = made.set(
        drivername=_DRIVERS.get(made.drivername, made.drivername),
        username=fill(made.username),
        password=fill(made.password),
        host=fill(made.host),
        database=fill(made.database),
        query=query,
    )
    if made.get_backend_name() == "sqlite" and made.database and not made.database.startswith(("file:", ":memory:")):
        path = folder / Path(made.database).expanduser()
        if reads and not path.is_file():
            refuse(url, "data.got_no_file", "data.expected_file", folder=path.parent)
        made = made.set(database=str(path))
    return made


def _refuse_driver(url: str, error: ImportError) -> NoReturn:
    module = (error.name or "").partition(".")[0]
    got, expected = text("data.got_no_package", module=module), text("data.expected_package", module=module)
    raise InstallError(Mistake(url, got, expected, f"pip install '{_PACKAGES.get(module, module)}'")) from None


# ------------------------------------------------------------------- the tables
def _is_name(asked: str) -> bool:
    return bool(asked) and not any(character.isspace() for character in asked) and not asked.startswith("(")


def _all_of(name: str, url: str) -> Any:
    sql = require("sqlalchemy", url, extra="sql")
    schema, _, table = name.rpartition(".")
    return sql.select(sql.text("*")).select_from(sql.table(table, schema=schema or None))


def existing(sql: Any, connection: Any, name: str) -> Any:
    """A table as the database has it; None when there is none."""
    schema, _, table = name.rpartition(".")
    try:
        return sql.Table(table, sql.MetaData(), schema=schema or None, autoload_with=connection)
    except sql.exc.NoSuchTableError:
        return None


def target(sql: Any, connection: Any, url: str, name: str, columns: Mapping[str, Array]) -> Any:
    """The table that rows go to, made where it is not there."""
    found = existing(sql, connection, name)
    if found is None:
        schema, _, table = name.rpartition(".")
        kinds = {column: _kind(sql, values) for column, values in columns.items()}
        made = [sql.Column(column, kind) for column, kind in kinds.items()]
        found = sql.Table(table, sql.MetaData(), *made, schema=schema or None)
        found.create(connection)
    lacking = [column for column in columns if column not in found.c]
    if lacking:
        refuse(f"{url}#{name}", "data.got_table_lacks", "data.expected_table_columns", names=", ".join(lacking[:5]))
    return found


def _kind(sql: Any, values: Array) -> Any:
    """The type of a column that holds these cells."""
    kinds = {type(cell) for cell in cells(values)} - {type(None)}
    if kinds and kinds <= {bool}:
        return sql.Boolean()
    if kinds and kinds <= {int}:
        return sql.BigInteger()
    if kinds and kinds <= {int, float}:
        return sql.Double()
    return sql.DateTime() if values.dtype.kind == "M" else sql.Text()


def cells(values: Array) -> list[Any]:
    """Cells as a database takes them: what is missing is NULL, lists are texts."""
    if values.dtype.kind == "M":
        values = values.astype("datetime64[us]")
    kept = (bool, int, float, str, bytes)
    return [
        None if is_nothing(cell) else cell if isinstance(cell, kept) or values.dtype.kind == "M" else str(cell)
        for cell in values.tolist()
    ]

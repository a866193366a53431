"""Answers in a table of a database, every row once: a batch and the word that it is done are one transaction.

answers                     appears, or grows, in one step when all rows are answered
answers__unfinished         takes the batches until then
modelyard_journal           which bundle answers which rows into which table, and what is kept of them
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import InstallError, Mistake, ProjectError, StorageError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.core.store import digest
from modelyard.runtime.answers import Answers, plain
from modelyard.serve.job import Job
from modelyard.serve.tally import Tally
from modelyard.serve.writers import flat

TABLE = "answers"
JOURNAL = "modelyard_journal"
UNFINISHED = "__unfinished"
EXTRA = "sql"
OPEN, DONE = "open", "done"
_SECRET = re.compile(r"\$\{(\w+)\}")


class Table:
    """A table that is being written.

    Args:
        url: Of the database, as SQLAlchemy writes it; `${NAME}` stands for an environment variable.
        name: Of the table.
        job: What is being done.

    Raises:
        InstallError: SQLAlchemy, or the database's driver, is not installed.
        ProjectError: The URL is none, or a variable in it is not set.
        StorageError: The database refuses, or other work was begun for this table.
    """

    def __init__(self, url: str, name: str, job: Job) -> None:
        self._sql = _sqlalchemy(url)
        self._name, self._job = name, job
        self._key = digest([name, job.to_json()])
        self._staging: Any = None
        engine = _address(self._sql, url)
        self._place = f"{engine.render_as_string(hide_password=True)}, {name}"
        with self._told():
            self._engine = self._sql.create_engine(engine)
            self._journal = self._journal_table()
            self.tally, self.finished = self._begin()

    def write(self, answers: Answers, tally: Tally) -> None:
        """See `Destination`."""
        columns = flat(answers)
        with self._told(), self._engine.begin() as connection:
            if self._staging is None:
                self._staging = self._made(self._name + UNFINISHED, columns, connection)
                self._refuse_other_columns(connection)
            kinds = self._staging.columns
            cells = [_cells(values, kinds[name].type.python_type) for name, values in columns.items()]
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]
            connection.execute(self._staging.insert(), rows)
            self._advance(connection, self.tally + tally)
        self.tally += tally

    def finish(self) -> None:
        """See `Destination`."""
        with self._told():
            staging = self._reflected(self._name + UNFINISHED)
            with self._engine.begin() as connection:
                if not self._is_repeated(connection):
                    target = staging.to_metadata(self._sql.MetaData(), name=self._name)
                    target.create(connection, checkfirst=True)
                    names = [column.name for column in staging.columns]
                    every = self._sql.select(*(staging.columns[name] for name in names))
                    connection.execute(target.insert().from_select(names, every))
                journal = self._journal
                connection.execute(journal.delete().where(journal.c.key == self._key, journal.c.state == DONE))
                connection.execute(journal.update().where(journal.c.key == self._key).values(state=DONE))
            staging.drop(self._engine)

    def discard(self) -> None:
        """See `Destination`."""
        with self._told(), self._engine.begin() as connection:
            self._drop_staging(connection)
            connection.execute(self._journal.delete().where(self._mine(OPEN)))

    def close(self) -> None:
        """See `Destination`."""
        self._engine.dispose()

    # ------------------------------------------------------------------ details
    def _begin(self) -> tuple[Tally, bool]:
        """What is kept of rows that are done, and whether these are all; a new entry where nothing is."""
        journal = self._journal
        journal.create(self._engine, checkfirst=True)
        with self._engine.begin() as connection:
            every = connection.execute(journal.select().where(journal.c.target == self._name)).all()
            begun = next((entry for entry in every if entry.state == OPEN and entry.rows), None)
            if begun is not None:
                staging = self._name + UNFINISHED
                fix = text("serve.fix_begin_anew_sql", table=staging, journal=JOURNAL, target=self._name)
                self._job.refuse_other(json.loads(begun.job), self._place, fix)
                return Tally.from_json(json.loads(begun.tally)), False
            self._drop_staging(connection)
            connection.execute(journal.delete().where(journal.c.target == self._name, journal.c.state == OPEN))
            done = next((entry for entry in every if entry.key == self._key and entry.state == DONE), None)
            if done is not None and self._job.content:
                return Tally.from_json(json.loads(done.tally)), True
            connection.execute(
                journal.insert().values(
                    key=self._key, state=OPEN, target=self._name, rows=0,
                    job=json.dumps(self._job.to_json()), tally=json.dumps(Tally().to_json()),
                )
            )  # fmt: skip
            return Tally(), False

    def _advance(self, connection: Any, reached: Tally) -> None:
        """Note how far the work is.

        Raises:
            StorageError: Somebody else is at it.
        """
        journal = self._journal
        here = self._mine(OPEN) & (journal.c.rows == self.tally.rows)
        kept = json.dumps(reached.to_json(), ensure_ascii=False)
        if connection.execute(journal.update().where(here).values(rows=reached.rows, tally=kept)).rowcount != 1:
            raise StorageError(Mistake(self._place, text("serve.in_the_making"), text("serve.expected_alone")))

    def _is_repeated(self, connection: Any) -> bool:
        """Whether a source that is only known by being read turned out to be the one that was answered last."""
        done = connection.execute(self._journal.select().where(self._mine(DONE))).first()
        return done is not None and json.loads(done.tally)["digest"] == self.tally.digest

    def _mine(self, state: str) -> Any:
        return (self._journal.c.key == self._key) & (self._journal.c.state == state)

    def _journal_table(self) -> Any:
        sql = self._sql
        return sql.Table(
            JOURNAL,
            sql.MetaData(),
            sql.Column("key", sql.String(64), primary_key=True),
            sql.Column("state", sql.String(8), primary_key=True),
            sql.Column("target", sql.String(255)),
            sql.Column("rows", sql.BigInteger),
            sql.Column("job", sql.Text),
            sql.Column("tally", sql.Text),
        )

    def _made(self, name: str, columns: Columns, connection: Any) -> Any:
        """The table that takes batches, made if it is not there."""
        sql = self._sql
        if sql.inspect(connection).has_table(name):
            return self._reflected(name)
        kinds = {"f": sql.Double, "i": sql.BigInteger, "u": sql.BigInteger, "b": sql.Boolean, "M": sql.DateTime}
        made = [sql.Column(column, kinds.get(values.dtype.kind, sql.Text)) for column, values in columns.items()]
        table = sql.Table(name, sql.MetaData(), *made)
        table.create(connection)
        return table

    def _reflected(self, name: str) -> Any:
        return self._sql.Table(name, self._sql.MetaData(), autoload_with=self._engine)

    def _refuse_other_columns(self, connection: Any) -> None:
        """A table of that name that cannot take these columns is refused before rows are answered for it."""
        inspector = self._sql.inspect(connection)
        if not inspector.has_table(self._name):
            return
        there = {column["name"] for column in inspector.get_columns(self._name)}
        lacking = [column.name for column in self._staging.columns if column.name not in there]
        if lacking:
            got, expected = text("serve.no_such_columns", names=", ".join(lacking)), text("serve.expected_columns")
            raise StorageError(Mistake(self._place, got, expected, text("serve.fix_other_table")))

    def _drop_staging(self, connection: Any) -> None:
        name = self._name + UNFINISHED
        if self._sql.inspect(connection).has_table(name):
            self._sql.Table(name, self._sql.MetaData()).drop(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a database refuses, as the user's error; it never repeats a password."""
        try:
            yield
        except self._sql.exc.SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StorageError(Mistake(self._place, said, text("serve.expected_database_ready"))) from None


def _sqlalchemy(url: str) -> Any:
    if plugins.missing(("sqlalchemy",)):
        got, expected = text("data.got_no_package", module="sqlalchemy"), text("serve.expected_sqlalchemy")
        raise InstallError(Mistake("--out", got, expected, text("errors.install", extra=EXTRA)))
    return importlib.import_module("sqlalchemy")


def _address(sql: Any, url: str) -> Any:
    """The database's address, its secrets filled in.

    Raises:
        ProjectError: It is no address, or a variable is not set.
        InstallError: The database's driver is not installed.
    """
    lacking = [name for name in _SECRET.findall(url) if name not in os.environ]
    if lacking:
        got, expected = text("serve.no_variable", name=lacking[0]), text("serve.expected_variable")
        raise ProjectError(Mistake("--out", got, expected))
    try:
        address = sql.make_url(_SECRET.sub(lambda found: os.environ[found[1]], url))
        address.get_dialect().import_dbapi()
    except sql.exc.ArgumentError:
        raise ProjectError(Mistake("--out", _SECRET.sub("***", url), text("serve.expected_url"))) from None
    except (ImportError, sql.exc.NoSuchModuleError) as error:
        raise InstallError(Mistake("--out", str(error), text("serve.expected_driver"))) from None
    return address


def _cells(values: Array, kind: type) -> list[Any]:
    """A column as the database's driver takes it; None is missing."""
    if values.dtype.kind == "M":
        return [None if cell is None else cell for cell in values.astype("datetime64[us]").tolist()]
    cells = plain(values)
    if kind is not str:
        return cells
    return [cell if cell is None or isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in cells]

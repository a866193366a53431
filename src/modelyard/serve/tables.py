"""Answers in a table of a database, every row once: a batch and the word that it is done are one transaction.

answers                     appears, or grows, in one step when all rows are answered
answers__unfinished         takes the batches until then
modelyard_journal           which bundle answers which rows into which table, and what is kept of them
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modelyard.core.errors import DataError, Mistake, StorageError
from modelyard.core.messages import text
from modelyard.core.store import digest
from modelyard.data import sql
from modelyard.data.sources import require
from modelyard.runtime.answers import Answers
from modelyard.serve.job import Job
from modelyard.serve.tally import Tally

TABLE = "answers"
JOURNAL = "modelyard_journal"
UNFINISHED = "__unfinished"
OPEN, DONE = "open", "done"


class Table:
    """A table that is being written.

    Args:
        address: Of the database, as `data.sql` reads it; what stands behind `#` is the table.
        name: Of the table; takes the place of what stands behind `#`.
        job: What is being done.

    Raises:
        InstallError: SQLAlchemy, or the database's driver, is not installed.
        DataError: The address is none, shows a password, or a variable in it is not set.
        StorageError: The database refuses, or other work was begun for this table.
    """

    def __init__(self, address: str, name: str | None, job: Job) -> None:
        self._sql = require("sqlalchemy", "--out", extra="sql")
        self._url, asked = sql.parts(address, name)
        self._name = asked or TABLE
        self._place = f"{self._url}#{self._name}"
        self._job, self._key = job, digest([self._name, job.to_json()])
        self._journal = self._journal_table()
        with self._connected() as connection:
            self.tally, self.finished = self._begin(connection)

    def write(self, answers: Answers, tally: Tally) -> None:
        """See `Destination`."""
        columns = answers.signed_columns()
        cells = {name: sql.cells(values) for name, values in columns.items()}
        rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
        with self._connected() as connection:
            staging = sql.target(self._sql, connection, self._url, self._name + UNFINISHED, columns)
            if sql.existing(self._sql, connection, self._name) is not None:  # it has to take these columns in the end
                sql.target(self._sql, connection, self._url, self._name, columns)
            connection.execute(staging.insert(), rows)
            self._advance(connection, self.tally + tally)
        self.tally += tally

    def finish(self) -> None:
        """See `Destination`."""
        journal, mine = self._journal, self._journal.c.key == self._key
        with self._connected() as connection:
            staging = sql.existing(self._sql, connection, self._name + UNFINISHED)
            if not self._is_repeated(connection):
                target = sql.existing(self._sql, connection, self._name)
                if target is None:
                    target = staging.to_metadata(self._sql.MetaData(), name=self._name)
                    target.create(connection)
                names = [column.name for column in staging.columns]
                every = self._sql.select(*(staging.columns[name] for name in names))
                connection.execute(target.insert().from_select(names, every))
            connection.execute(journal.delete().where(mine, journal.c.state == DONE))
            connection.execute(journal.update().where(mine).values(state=DONE))
        with self._connected() as connection:
            staging.drop(connection)

    def discard(self) -> None:
        """See `Destination`."""
        with self._connected() as connection:
            self._drop_staging(connection)
            connection.execute(self._journal.delete().where(self._mine(OPEN)))

    def close(self) -> None:
        """See `Destination`."""

    # ------------------------------------------------------------------ details
    def _begin(self, connection: Any) -> tuple[Tally, bool]:
        """What is kept of rows that are done, and whether these are all; a new entry where nothing is."""
        journal = self._journal
        journal.create(connection, checkfirst=True)
        every = connection.execute(journal.select().where(journal.c.target == self._name)).all()
        begun = next((entry for entry in every if entry.state == OPEN and entry.rows), None)
        if begun is not None:
            staging = self._name + UNFINISHED
            fix = text("serve.fix_begin_anew_sql", table=staging, journal=JOURNAL, target=self._name)
            self._job.refuse_other(json.loads(begun.job), self._place, fix)
            return Tally.from_json(json.loads(begun.tally)), False
        self._drop_staging(connection)
        done = next((entry for entry in every if entry.key == self._key and entry.state == DONE), None)
        if done is not None and self._job.content:
            return Tally.from_json(json.loads(done.tally)), True
        connection.execute(journal.delete().where(journal.c.target == self._name, journal.c.state == OPEN))
        job, kept = (json.dumps(each.to_json(), ensure_ascii=False) for each in (self._job, Tally()))
        values = {"key": self._key, "state": OPEN, "target": self._name, "rows": 0, "job": job, "tally": kept}
        connection.execute(journal.insert().values(values))
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
        made = self._sql
        return made.Table(
            JOURNAL,
            made.MetaData(),
            made.Column("key", made.String(64), primary_key=True),
            made.Column("state", made.String(8), primary_key=True),
            made.Column("target", made.String(255)),
            made.Column("rows", made.BigInteger),
            made.Column("job", made.Text),
            made.Column("tally", made.Text),
        )

    def _drop_staging(self, connection: Any) -> None:
        staging = sql.existing(self._sql, connection, self._name + UNFINISHED)
        if staging is not None:
            staging.drop(connection)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A transaction; what the database refuses is about the output, not about the rows."""
        try:
            with sql.connected(self._url, Path(), reads=False) as connection, connection.begin():
                yield connection
        except DataError as error:
            raise StorageError(error.mistakes) from None

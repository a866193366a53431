"""Answers in a table of a database, every row once: a batch and the word that it is done are one transaction.

answers                     appears, or grows, in one step when all rows are answered
answers__unfinished         takes the batches until then
modelyard_journal           which bundle answers which rows into which table, and what is kept of them

The word that work is done counts as long as the table has the rows: whoever empties the table begins anew.
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
from modelyard.runtime.answers import BUNDLE_COLUMNS, Answers
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
        self._job, self._key = job, digest([self._name, job.identity])
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
            done = connection.execute(journal.select().where(self._mine(DONE))).first()
            rows = done.rows if done is not None else 0
            if done is None or not self._is_repeated(connection, done):
                rows += self.tally.rows
                target = sql.existing(self._sql, connection, self._name)
                if target is None:
                    target = staging.to_metadata(self._sql.MetaData(), name=self._name.rpartition(".")[2])
                    target.create(connection)
                names = [column.name for column in staging.columns]
                every = self._sql.select(*(staging.columns[name] for name in names))
                connection.execute(target.insert().from_select(names, every))
            connection.execute(journal.delete().where(mine, journal.c.state == DONE))
            connection.execute(journal.update().where(mine).values(state=DONE, rows=rows))
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
        self._forget_lost(connection)
        every = self._entries(connection)
        begun = next((entry for entry in every if entry.state == OPEN and entry.rows), None)
        if begun is not None:
            staging = self._name + UNFINISHED
            fix = text("serve.fix_begin_anew_sql", table=staging, journal=JOURNAL, target=self._name)
            self._job.refuse_other(json.loads(begun.job), self._place, fix)
            self._key = begun.key
            return Tally.from_json(json.loads(begun.tally)), False
        self._drop_staging(connection)
        done = next((entry for entry in every if entry.state == DONE and self._is_same(entry)), None)
        self._key = self._key if done is None else done.key
        if done is not None and self._job.content:
            self._refuse_thinned(connection)
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

    def _is_repeated(self, connection: Any, done: Any) -> bool:
        """Whether a source that is only known by being read turned out to be the one that was answered last.

        Raises:
            StorageError: It is, but some of its rows may have been removed since.
        """
        if json.loads(done.tally)["digest"] != self.tally.digest:
            return False
        self._refuse_thinned(connection)
        return True

    def _is_same(self, entry: Any) -> bool:
        return Job.from_json(json.loads(entry.job)).identity == self._job.identity

    def _entries(self, connection: Any) -> Any:
        """All that the journal says of this table."""
        return connection.execute(self._journal.select().where(self._journal.c.target == self._name)).all()

    def _forget_lost(self, connection: Any) -> None:
        """What this bundle has done no longer counts when the table has no row of it."""
        if self._present(connection):
            return
        for entry in self._entries(connection):
            if entry.state == DONE and json.loads(entry.job)["bundle"] == self._job.bundle:
                done = (self._journal.c.key == entry.key) & (self._journal.c.state == DONE)
                connection.execute(self._journal.delete().where(done))

    def _refuse_thinned(self, connection: Any) -> None:
        """Whose rows the table has lost, nobody can tell: neither is all there, nor may all be added.

        Raises:
            StorageError: The table has fewer rows of this bundle than were written.
        """
        known = [entry for entry in self._entries(connection) if entry.state == DONE]
        written = sum(entry.rows for entry in known if json.loads(entry.job)["bundle"] == self._job.bundle)
        there = self._present(connection)
        if there < written:
            got, expected = text("serve.thinned_table", rows=there), text("serve.expected_table_rows", rows=written)
            fix = text("serve.fix_thinned_table", table=self._name, journal=JOURNAL)
            raise StorageError(Mistake(self._place, got, expected, fix))

    def _present(self, connection: Any) -> int:
        """Rows of this bundle in the table."""
        table = sql.existing(self._sql, connection, self._name)
        if table is None:
            return 0
        named = [table.c[name] for name in BUNDLE_COLUMNS if name in table.c]
        ours = [self._sql.cast(column, self._sql.String(255)) == self._job.bundle for column in named]
        counted = self._sql.select(self._sql.func.count()).select_from(table).where(self._sql.or_(False, *ours))
        return int(connection.execute(counted).scalar_one())

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

"""Whole tables through a bundle: read in batches, answered, written; memory does not grow with the table.

What is written to a file, a folder or a database goes on after an interruption: see `parts` and `tables`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.addresses import is_database
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake, ProjectError, RequestError
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.data.layout import PLAIN, Hints
from modelyard.runtime.answers import Answers
from modelyard.serve import body
from modelyard.serve.job import Destination, Job
from modelyard.serve.parts import Parts
from modelyard.serve.published import open_folder
from modelyard.serve.rows import Rows, refuse_changed, rows_of
from modelyard.serve.shift import Moved, moved
from modelyard.serve.tables import Table
from modelyard.serve.tally import Tally, reference, tally
from modelyard.serve.writers import WRITERS, Write, form_of, opened

_SHOWN = 20  # columns that a message names

Progress = Callable[[int, int | None], None]
"""Called with the rows answered so far, and with how many there are, where that is known."""


@dataclass(frozen=True)
class Summary:
    """What was done.

    Args:
        rows: Rows in the output.
        before: How many of them an earlier, interrupted call had answered already.
        warnings: What was unusual about them: one sentence per kind and column, with how many cells it is about.
        moved: How far inputs and scores are from what the bundle was made from, the farthest first.
        seconds: From the first byte read to the last one written.
    """

    rows: int
    before: int
    warnings: tuple[str, ...]
    moved: tuple[Moved, ...]
    seconds: float


def predict_file(
    bundle: Any,
    source: str | Path,
    out: str | Path | None = None,
    *,
    form: str | None = None,
    table: str | None = None,
    hints: Hints = PLAIN,
    keep: Sequence[str] = (),
    progress: Progress | None = None,
) -> Summary:
    """Answer every row of a table.

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.
        source: What `data.read.batches` reads, or `-`: CSV or JSON from standard input.
        out: A file, which appears whole or not at all; a folder (it ends with a slash, or is one), which gets Parquet
            parts; a database's URL; None is standard output.
        form: `csv`, `jsonl` or `parquet`; by default what the name of `out` says, CSV on standard output.
        table: Of the database.
        hints: What is known of the source's layout.
        keep: Columns of the source that are carried along with the answers, as keys are.
        progress: Told where it is.

    Raises:
        DataError, InstallError, StorageError: The source cannot be read, or the output not written, or it is half
            done by another bundle or for other rows.
        RequestError: A row does not fit the bundle; names the row.
        ProjectError: There is no such format, or no such column to keep.
    """
    began = time.monotonic()
    target = _target(out, form, table)
    names = tuple(column.name for column in bundle.inputs)
    rows = rows_of(source, replace(hints, names=names, usual=bundle.manifest.get("layout", {})))
    job = Job(bundle.id, rows.content, rows.name, (*target.options, *keep))
    with _opened(target, job) as destination:
        found = done = destination.tally
        if destination.finished:
            _refuse_changed(rows, done)
        for part, answers in () if destination.finished else _answered(bundle, rows, done, keep):
            destination.write(answers, part)
            found += part
            if progress is not None:
                progress(found.rows, rows.total)
        if not destination.finished:
            destination.finish()
    shifts = moved(reference(bundle), found)
    warnings = (*rows.remarks(), *map(str, found.remarks))
    return Summary(found.rows, done.rows, warnings, shifts, time.monotonic() - began)


def predict_rows(bundle: Any, rows: str, out: str | Path | None = None, form: str | None = None) -> Summary:
    """Answer rows given as JSON text.

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.
        rows: See `parse_rows`.
        out: A file; None is standard output.
        form: As for `predict_file`, but JSON Lines on standard output.

    Raises:
        InstallError, StorageError: The output cannot be written.
        RequestError: These are no rows, or one does not fit the bundle.
        ProjectError: There is no such format.
    """
    path = None if out is None else Path(out)
    form = form_of(path, form or (None if out else "jsonl"))
    began = time.monotonic()
    answers = bundle.predict(parse_rows(rows))
    with opened(path) as stream, WRITERS[form](stream) as write:
        write(answers)
    return Summary(len(answers), 0, answers.warnings, (), time.monotonic() - began)


def parse_rows(rows: str) -> body.Rows:
    """Rows given as JSON text: one object, a list of them, or what `POST /v1/predict` takes.

    Raises:
        RequestError: Something else.
    """
    try:
        return body.parse(rows.encode("utf-8", "surrogatepass"))
    except RequestError as error:
        fix, whole = text("serve.fix_rows_option"), text("serve.place_body")
        places = ["--rows" if mistake.place == whole else f"--rows: {mistake.place}" for mistake in error.mistakes]
        told = [replace(mistake, place=place, fix=fix) for mistake, place in zip(error.mistakes, places, strict=True)]
        raise RequestError(told, error.field) from None


# ----------------------------------------------------------------- destinations
@dataclass(frozen=True)
class _Target:
    """Where answers are to go: how to open it, and what of it changes the output."""

    open: Callable[[Job], Destination]
    options: tuple[str, ...]


class _Stream:
    """Standard output, or a device: nothing of it is known again."""

    finished = False

    def __init__(self, path: Path | None, form: str) -> None:
        self.tally = Tally()
        self._open = ExitStack()
        stream = self._open.enter_context(opened(path))
        self._write: Write = self._open.enter_context(WRITERS[form](stream))

    def write(self, answers: Answers, _: Tally) -> None:
        self._write(answers)

    def finish(self) -> None:
        self._open.close()

    def discard(self) -> None:
        """What was said is said."""

    def close(self) -> None:
        self._open.close()


def _target(out: str | Path | None, form: str | None, table: str | None) -> _Target:
    """Where the answers go.

    Raises:
        ProjectError: The options contradict each other, or nobody can tell the form.
    """
    written = "" if out is None else str(out)
    if is_database(written):
        _refuse("--format", form, "serve.expected_no_form")
        return _Target(lambda job: Table(written, table, job), ("sql",))
    _refuse("--table", table, "serve.expected_database")
    path = Path(written).expanduser().resolve() if out is not None else None
    if path is not None and (path.is_dir() or written.endswith(("/", "\\"))):
        _refuse("--format", form if form != "parquet" else None, "serve.expected_no_form")
        return _Target(lambda job: open_folder(path, job), ("parts",))
    form = form_of(path, form)
    if path is None or (path.exists() and not path.is_file()):
        return _Target(lambda _: _Stream(path, form), (form,))
    return _Target(lambda job: Parts(path, form, job, whole=True), (form,))


def _refuse(place: str, got: str | None, expected: str) -> None:
    if got is not None:
        raise ProjectError(Mistake(place, got, text(expected)))


@contextmanager
def _opened(target: _Target, job: Job) -> Iterator[Destination]:
    """A destination; what can never be finished leaves nothing behind."""
    destination = target.open(job)
    try:
        yield destination
    except (RequestError, DataError):
        destination.discard()
        raise
    finally:
        destination.close()


# ---------------------------------------------------------------------- answers
def _answered(bundle: Any, rows: Rows, done: Tally, keep: Sequence[str]) -> Iterator[tuple[Tally, Answers]]:
    """What is kept of each batch that is not done yet, and its answers; rows are counted from the start of the source.

    Raises:
        RequestError: With the source in its place.
        ProjectError: A column that is to be kept is not there.
    """
    known, first = reference(bundle), done.rows + 1
    for columns, digest in rows.after(done.rows, done.digest):
        _refuse_unknown(keep, columns, rows.name)
        try:
            reading = bundle.read(columns, first)
        except RequestError as error:
            mistakes = [replace(mistake, place=f"{rows.name}, {mistake.place}") for mistake in error.mistakes]
            raise RequestError(mistakes, error.field) from None
        outputs = bundle.run(reading)
        answers = bundle.answers(reading, outputs)
        kept = {name: columns[name] for name in keep}
        yield tally(known, reading, outputs, digest), replace(answers, keys={**answers.keys, **kept})
        first += row_count(columns)


def _refuse_changed(rows: Rows, done: Tally) -> None:
    """Make sure that rows which are only known by being read are those that were answered.

    Raises:
        StorageError: They are others.
    """
    if not rows.content:
        for _ in rows.after(done.rows, done.digest):
            refuse_changed(rows.name)


def _refuse_unknown(keep: Sequence[str], columns: Columns, place: str) -> None:
    lacking = [name for name in keep if name not in columns]
    if lacking:
        expected = text("serve.expected_kept", names=", ".join(list(columns)[:_SHOWN]))
        raise ProjectError(
            Mistake(f"--keep, {place}", lacking[0], expected, plugins.nearest(lacking[0], list(columns)))
        )

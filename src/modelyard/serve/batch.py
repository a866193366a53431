"""Whole files through a bundle: read in batches, answered, written; memory does not grow with the file."""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from modelyard.core.columns import row_count
from modelyard.core.errors import RequestError
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.data import delimited, formats, read
from modelyard.data.sources import TableFile, refuse
from modelyard.serve import body
from modelyard.serve.writers import WRITERS, form_of, opened

STANDARD_INPUT = "-"
WARNINGS_KEPT = 20


@dataclass(frozen=True)
class Summary:
    """What was done.

    Args:
        rows: Rows answered.
        warnings: What was unusual about them; the first twenty.
        seconds: From the first byte read to the last one written.
    """

    rows: int
    warnings: tuple[str, ...]
    seconds: float


def predict_file(
    bundle: Any,
    source: str | Path,
    out: Path | None = None,
    format: str | None = None,
    progress: Callable[[int], None] | None = None,
    sheet: str | None = None,
) -> Summary:
    """Answer every row of a file, a folder, a glob, a URL or standard input (`-`: CSV, or JSON by its first character).

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.
        source: What `data.read.batches` reads, or `-`.
        out: Written whole or not at all; None is standard output.
        format: `csv`, `jsonl` or `parquet`; by default what the name of `out` says, CSV on standard output.
        progress: Called with the rows answered so far.
        sheet: Sheet of an Excel file.

    Raises:
        DataError, InstallError, StorageError: The source cannot be read, or the output not written.
        RequestError: A row does not fit the bundle; names the row.
        ProjectError: There is no such format.
    """
    form = form_of(out, format)
    began = time.monotonic()
    rows = 0
    warnings: dict[str, None] = {}
    with opened(out) as stream, WRITERS[form](stream) as write:
        for columns in _batches(source, sheet):
            answers = _answer(bundle, source, columns, rows)
            write(answers)
            warnings |= dict.fromkeys(answers.warnings)
            rows += row_count(columns)
            if progress is not None:
                progress(rows)
    return Summary(rows, tuple(warnings)[:WARNINGS_KEPT], time.monotonic() - began)


def predict_rows(bundle: Any, rows: str, out: Path | None = None, format: str | None = None) -> Summary:
    """Answer rows given as JSON text.

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.
        rows: See `parse_rows`.
        out: As for `predict_file`.
        format: As for `predict_file`, but JSON Lines on standard output.

    Raises:
        InstallError, StorageError: The output cannot be written.
        RequestError: These are no rows, or one does not fit the bundle.
        ProjectError: There is no such format.
    """
    form = form_of(out, format or (None if out else "jsonl"))
    began = time.monotonic()
    answers = bundle.predict(parse_rows(rows))
    with opened(out) as stream, WRITERS[form](stream) as write:
        write(answers)
    return Summary(len(answers), answers.warnings[:WARNINGS_KEPT], time.monotonic() - began)


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


def _batches(source: str | Path, sheet: str | None) -> Iterator[Columns]:
    return _standard_input() if str(source) == STANDARD_INPUT else read.batches(source, sheet=sheet)


def _standard_input() -> Iterator[Columns]:
    """Standard input in batches; what it is shows in its first character.

    Raises:
        DataError: It holds no rows, or cannot be read.
    """
    stream = cast(Any, sys.stdin.buffer)
    first = stream.peek().removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    form = {b"{": "jsonl", b"[": "json"}.get(first, "csv")
    readers = {"jsonl": formats.json_lines, "json": formats.json_array, "csv": delimited.batches}
    file = TableFile(text("serve.standard_input"), form, packed=False, address=STANDARD_INPUT)
    empty = True
    for batch in readers[form](file, stream, read.BATCH_ROWS):
        empty = False
        yield batch
    if empty:
        refuse(file.name, "data.got_no_rows", "data.expected_rows")


def _answer(bundle: Any, source: str | Path, columns: Columns, before: int) -> Any:
    """Answers to one batch; rows are counted from the start of the source.

    Args:
        before: Rows that came before it.

    Raises:
        RequestError: With the source in its place.
    """
    try:
        return bundle.predict(columns, first=before + 1)
    except RequestError as error:
        name = text("serve.standard_input") if str(source) == STANDARD_INPUT else str(source)
        mistakes = [replace(mistake, place=f"{name}, {mistake.place}") for mistake in error.mistakes]
        raise RequestError(mistakes, error.field) from None

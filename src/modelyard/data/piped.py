"""Rows that come through standard input."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from typing import Any, cast

from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.read import BATCH_ROWS, READERS, fitting
from modelyard.data.sources import TableFile, refuse

STANDARD_INPUT = "-"
_FORMS = {b"{": "jsonl", b"[": "json"}


def piped(hints: Hints = PLAIN, layouts: list[Layout] | None = None) -> tuple[str, Iterator[Columns]]:
    """Standard input in batches, with its form, which shows in its first character: `jsonl`, `json` or `csv`.

    Args:
        hints: What somebody says of its layout.
        layouts: Takes how it was read.

    Raises:
        DataError: Something is said that it does not have; while reading: it holds no rows, or cannot be read.
    """
    stream = cast(Any, sys.stdin.buffer)
    form = _FORMS.get(stream.peek().removeprefix(codecs.BOM_UTF8).lstrip()[:1], "csv")
    file = TableFile(text("data.standard_input"), form, packed=False, address=STANDARD_INPUT)
    layout = Layout(file.name)
    if layouts is not None:
        layouts.append(layout)
    batches = READERS[form](file, stream, BATCH_ROWS, fitting(file.name, form, hints), layout)
    return form, _refusing_nothing(batches, file.name)


def _refusing_nothing(batches: Iterator[Columns], name: str) -> Iterator[Columns]:
    empty = True
    for batch in batches:
        empty = False
        yield batch
    if empty:
        refuse(name, "data.got_no_rows", "data.expected_rows")

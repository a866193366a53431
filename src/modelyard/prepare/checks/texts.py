"""Texts longer than an encoder sees at once, and texts of the test that were trained on in another spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import TEST, Note
from modelyard.prepare.checks.coded import Coded, CodedColumn
from modelyard.prepare.infer import Reading

CHARACTERS_A_TOKEN = 4.0
"""Of scripts that write spaces; in the others each character is about a token."""
AGAIN = 0.01  # share of the test rows, from where on it is worth a warning
_TELLING = 24  # bytes of letters and digits; shorter texts come again by themselves
_SHOWN = 3
_SIGNS = re.compile(r"[\W_]+")


def findings(seen: Coded) -> Iterator[Note]:
    """Notes on every column of texts."""
    survey = seen.survey
    texts = [one for one in survey.readings if one.column.modality == "text" and one.values is not None]
    yield from (note for one in texts if one.column.options.get("encoder") for note in _long(one))
    if survey.held_out:
        inputs = [column for column in seen.columns if column.reading.column.modality == "text"]
        yield from (note for column in inputs for note in _again(seen, column))


def tokens(values: Array) -> Doubles:
    """About how many tokens texts have [rows]: without their tokenizer it cannot be counted."""
    counted = plugins.part("modalities", "text", "characters")
    wide: Doubles = counted.spaceless(values)
    return wide + (np.fromiter(map(len, values), np.float64, len(values)) - wide) / CHARACTERS_A_TOKEN


def _long(reading: Reading) -> Iterator[Note]:
    if reading.values is None:
        return
    window = int(reading.column.options["window"])
    count = int((tokens(reading.values) > window).sum())
    if count:
        values = {"column": reading.column.name, "count": count, "rows": len(reading.values), "window": window}
        yield Note("checks.long_texts", values)


def _again(seen: Coded, column: CodedColumn) -> Iterator[Note]:
    """Test rows whose text is that of another row, but for case, spaces and signs; equal rows are told elsewhere."""
    tested, learnt = seen.parts == TEST, seen.survey.learnt[seen.rows]
    folded = [_folded(text) for text in column.values]
    trained = {text: row for row, text in enumerate(folded) if not tested[row]}
    copies = set(learnt[~tested].tolist())
    again = [
        row
        for row in np.flatnonzero(tested).tolist()
        if len(folded[row].encode()) >= _TELLING and folded[row] in trained and learnt[row] not in copies
    ]
    if again:
        named = [seen.survey.named(seen.rows[[row, trained[folded[row]]]]) for row in again[:_SHOWN]]
        values = {"column": column.name, "count": len(again), "examples": "; ".join(named)}
        yield Note("checks.texts_across", values, "warn" if len(again) >= AGAIN * tested.sum() else "note")


def _folded(text: str) -> str:
    return _SIGNS.sub("", normalize("NFKC", text).casefold())

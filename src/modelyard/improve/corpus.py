"""Texts to pre-train on: those of a file, or of the rows of a project that no choice and no number is made on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modelyard.core import plugins
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Columns, State
from modelyard.data.dataset import TRAIN
from modelyard.data.layout import Hints
from modelyard.data.read import read
from modelyard.prepare.split import UNDECIDED
from modelyard.prepare.survey import Survey, survey
from modelyard.prepare.tables import read_tables, source_name

TEXT = "text"
FEWEST = 20
_SHOWN = 12


@dataclass(frozen=True)
class Corpus:
    """Texts, each once.

    Args:
        column: Where they stand.
        texts: As a text column holds them.
        remarks: Where they come from, in sentences.
    """

    column: str
    texts: list[str]
    remarks: tuple[str, ...]


def of_file(source: str, column: str | None, more: Sequence[str]) -> Corpus:
    """The texts of a file, a glob or a database, and of more of them.

    Raises:
        DataError: It cannot be read, has no such column, or few texts.
    """
    table = read(source)
    if column is None:
        if len(table) > 1:
            got = text("pretrain.got_columns", columns=_listed(table))
            raise DataError(Mistake(source, got, text("pretrain.expected_column")))
        column = next(iter(table))
    return _gathered(source, column, [(source, _column(source, table, column)), *_more(more, column)], frozenset())


def of_project(project: Project, column: str | None, more: Sequence[str]) -> Corpus:
    """The texts of a project's training rows and of its rows without a label, and of more files.

    Rows on which choices are made and numbers measured are left out, and so are texts that equal one of theirs: an
    encoder that has read them knows them, though not their labels.

    Raises:
        DataError: The data cannot be read, the project has no such text column, or few texts.
    """
    found = survey(project)
    column = _text_column(project, found, column)
    (reading,) = (one for one in found.readings if one.column.name == column)
    values = np.asarray(reading.values, object)
    learns = found.parts == TRAIN if found.held_out else np.zeros(len(values), bool)
    table, given, _ = read_tables(project, None, None, [])
    without = np.setdiff1d(np.flatnonzero(given == UNDECIDED), found.numbers)
    unlabelled = _parsed(table[column][without], reading.column.options)
    train = values[learns]
    counts = {"train": f"{len(train):,}", "unlabelled": f"{len(unlabelled):,}"}
    said = text("pretrain.of_project" if found.held_out else "pretrain.of_folds", **counts)
    apart = frozenset(values[~learns].tolist())
    parts = [("", train), ("", unlabelled), *_more(more, column, reading.column.options)]
    corpus = _gathered(source_name(project), column, parts, apart)
    return Corpus(column, corpus.texts, (said, *corpus.remarks))


def _gathered(place: str, column: str, parts: Sequence[tuple[str, Array]], apart: frozenset[str]) -> Corpus:
    """All different texts but those of rows that are kept apart."""
    every = dict.fromkeys(cell for _, cells in parts for cell in cells.tolist() if cell.strip())
    texts = [cell for cell in every if cell not in apart]
    if len(texts) < FEWEST:
        got, expected = text("pretrain.got_few_texts", count=len(texts)), text("pretrain.expected_texts", least=FEWEST)
        raise DataError(Mistake(place, got, expected, text("pretrain.fix_texts")))
    remarks = [text("pretrain.of_more", count=f"{len(cells):,}", file=name) for name, cells in parts if name]
    if len(texts) < len(every):
        remarks.append(text("pretrain.left_out", count=f"{len(every) - len(texts):,}"))
    return Corpus(column, texts, tuple(remarks))


def _text_column(project: Project, found: Survey, column: str | None) -> str:
    """The text column that is meant: the one that is named, or the only one."""
    names = [one.column.name for one in found.readings if one.column.modality == TEXT and one.column.role == "input"]
    if column in names:
        return column
    if column is None and len(names) == 1:
        return names[0]
    place, listed = source_name(project), ", ".join(names) or "-"
    if column is not None:
        got, expected = (
            text("pretrain.got_no_input", column=column),
            text("pretrain.expected_text_column", columns=listed),
        )
        near = plugins.nearest(column, names) or text("pretrain.fix_text_column", column=column)
        raise DataError(Mistake(place, got, expected, near))
    got = text("pretrain.got_columns", columns=listed) if names else text("pretrain.got_no_text_column")
    raise DataError(Mistake(place, got, text("pretrain.expected_column")))


def _more(files: Sequence[str], column: str, options: State | None = None) -> list[tuple[str, Array]]:
    return [(file, _column(file, read(file, Hints(), Path()), column, options)) for file in files]


def _column(place: str, table: Columns, column: str, options: State | None = None) -> Array:
    if column not in table:
        got = text("pretrain.got_no_column", column=column, columns=_listed(table))
        raise DataError(Mistake(place, got, text("pretrain.expected_column"), plugins.nearest(column, [*table])))
    return _parsed(table[column], options) if row_count(table) else table[column]


def _parsed(cells: Array, options: State | None) -> Array:
    """Cells as a text column reads them."""
    options = plugins.part("modalities", TEXT, "options").Options().model_dump() if options is None else options
    values: Array = plugins.part("modalities", TEXT, "preprocess").parse(cells, options).values
    return values


def _listed(table: Columns) -> str:
    return ", ".join([*table][:_SHOWN]) + (" …" if len(table) > _SHOWN else "")

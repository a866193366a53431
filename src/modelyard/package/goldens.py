"""Requests to record in a bundle, with what the training side's own code answers to them.

No recorded row is anyone's row: the cells of each column are shuffled among the rows, columns apart, names that the
bundle does not know as categories are left out, and invented texts stand for those that people wrote. Then come rows
that are wrong on purpose: everything missing, extreme numbers, categories nobody has seen, a text of 100 kB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.columns import as_columns, row_count, take
from modelyard.core.errors import BundleError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns, Outputs, State
from modelyard.core.schema import Column
from modelyard.models.checkpoint import TrainedTarget
from modelyard.runtime.answers import Answers, plain
from modelyard.runtime.goldens import GOLDEN, Golden

ROWS = 32
TOLERANCE = 1e-5
_LONG = "never seen " * 30
NASTY: tuple[Any, ...] = (
    None, 0, 1e30, -1e30, 1e-30, True, "", " ", "从未见过的类别", "😀\u0301", _LONG,
    "9999-12-31", "0001-01-01",
)  # fmt: skip
_BOOK = "Never seen: 从未见过 😀\u0301 \u05e9\u05dc\u05d5\u05dd. " * 480 + "ha" * 40_000
"""100 kB, in the place of the long cell where texts are read: many windows of an encoder, then one endless word."""


def record(
    inputs: Sequence[Column],
    states: Mapping[str, State],
    sample: Columns,
    reference: Callable[[Columns], dict[str, Outputs]],
    targets: Iterable[TrainedTarget],
    decisions: Mapping[str, State],
) -> Golden:
    """The content of `golden.json`.

    Args:
        inputs: The bundle's input columns.
        states: Of those columns, by name.
        sample: Rows as users send them, at least one.
        reference: The training side's own path from cells to outputs.
        targets: Whose outputs those are.
        decisions: Target -> its decision rule, where it has one.

    Raises:
        BundleError: The training side itself answers something that is not a number.
    """
    rows = [*_mixed(inputs, states, sample), *_nasty(inputs)]
    outputs = reference(as_columns(rows))
    _refuse_non_numbers(outputs)
    answers = {
        target.name: plugins.part("tasks", target.task, "postprocess").answer(
            outputs[target.name], target.state, target.calibration, decisions.get(target.name)
        )
        for target in targets
    }
    usual = slice(0, min(ROWS, row_count(sample)))
    return {
        "rows": rows,
        "outputs": {name: {part: array.tolist() for part, array in parts.items()} for name, parts in outputs.items()},
        "answers": Answers(answers, "").rows(),
        "tolerance": {
            name: {part: tolerance(part, array[usual]) for part, array in parts.items()}
            for name, parts in outputs.items()
        },
    }


def tolerance(output: str, usual: Array) -> dict[str, float]:
    """How far a bundle's output may be from the reference: 1e-5 of what is from 0 to 1, or of the spread of a number.

    Args:
        output: Its name.
        usual: Reference outputs of ordinary rows.
    """
    if output in ("probability", "unlike"):
        return {"absolute": TOLERANCE, "relative": 0.0, "center": 0.0}
    center, spread = float(np.mean(usual)), float(np.std(usual))
    return {"absolute": TOLERANCE * (spread or abs(center) or 1.0), "relative": TOLERANCE, "center": center}


def _refuse_non_numbers(outputs: Mapping[str, Outputs]) -> None:
    for target, parts in outputs.items():
        for output, array in parts.items():
            count = int((~np.isfinite(array).reshape(len(array), -1).all(axis=1)).sum())
            if count:
                got = text("package.not_finite", target=target, output=output, count=count)
                raise BundleError(Mistake(GOLDEN, got, text("package.expected_finite"), text("package.fix")))


def _mixed(inputs: Sequence[Column], states: Mapping[str, State], sample: Columns) -> list[dict[str, Any]]:
    """Rows spread over the sample, the cells of each column shuffled among them."""
    count = row_count(sample)
    chosen = take(sample, np.unique(np.linspace(0, count - 1, min(ROWS, count)).astype(np.int64)))
    shuffle = np.random.default_rng(0)
    columns = {
        column.name: _nobodys(column, states[column.name], shuffle.permutation(chosen[column.name]))
        for column in inputs
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _nobodys(column: Column, state: State, cells: Array) -> list[Any]:
    """Cells as plain data; None for a text that is none of the levels that the bundle knows: it may be a name."""
    invented = _invented(column)
    if invented:
        return [invented[number % len(invented)] for number in range(len(cells))]
    found = _readable(column, cells)
    levels = state.get("levels")
    if levels is None:
        return found
    known, preprocess = {*levels}, plugins.part("modalities", column.modality, "preprocess")
    texts = preprocess.parse(as_columns({"cells": found})["cells"], column.options).values
    return [cell if level in known else None for cell, level in zip(found, texts, strict=True)]


def _nasty(inputs: Sequence[Column]) -> list[dict[str, Any]]:
    """A row per unpleasant cell, in all columns that can read it at once; the others are missing."""
    cells = np.fromiter(NASTY, object, len(NASTY))
    columns = {column.name: _readable(column, cells) for column in inputs}
    book = next((column.name for column in inputs if _invented(column)), None)
    if book is not None:
        columns[book][NASTY.index(_LONG)] = _BOOK
    return [{name: column[number] for name, column in columns.items()} for number in range(len(NASTY))]


def _invented(column: Column) -> tuple[str, ...]:
    """Texts that stand for those of a column whose own say too much of who wrote them."""
    found: tuple[str, ...] = getattr(plugins.part("modalities", column.modality, "preprocess"), "EXAMPLES", ())
    return found


def _readable(column: Column, cells: Array) -> list[Any]:
    """Cells as plain data; None where the column's modality cannot read one."""
    found = plain(cells)
    bad: Mapping[int, None] = dict.fromkeys(
        plugins.part("modalities", column.modality, "preprocess")
        .parse(as_columns({"cells": found})["cells"], column.options)
        .bad.tolist()
    )
    return [None if number in bad else cell for number, cell in enumerate(found)]

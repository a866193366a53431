"""Columns that say nothing, hardly anything, or only which row it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from modelyard.core.protocols import Doubles, State
from modelyard.data.dataset import Note
from modelyard.prepare.checks.cells import cell_notes
from modelyard.prepare.checks.coded import Coded, CodedColumn, known
from modelyard.prepare.checks.strength import folds_of, noise, strength
from modelyard.prepare.checks.wording import listed, pasted
from modelyard.prepare.infer import SAMPLE_CELLS, Reading

MOSTLY = 0.5  # share of missing cells
NEARLY = 0.99  # share of one value
MANY_LEVELS = 1_000
OWN = 0.9  # share of different values
FEWEST = 30  # cells; below, that all differ is no sign of anything
FEWEST_IDS = 100


def findings(readings: Sequence[Reading], states: Mapping[str, State]) -> Iterator[Note]:
    """Notes on each column by itself.

    Args:
        readings: Every column.
        states: Fitted states, as far as there are any: they know how many categories were kept.
    """
    for reason in ("empty", "constant", "id", "codes"):
        key = f"prepare.because_{reason}"
        names = [one.column.name for one in readings if one.column.reason and one.column.reason[0] == key]
        if names:
            yield Note(f"prepare.note_{reason}", {"columns": listed(names)})
    used = [one for one in readings if one.column.modality]
    mostly = [f"{one.column.name} ({one.missing_share:.0%})" for one in used if one.missing_share > MOSTLY]
    if mostly:
        yield Note("prepare.note_mostly_missing", {"columns": listed(mostly)})
    nearly = [f"{one.column.name} ({_share(one.top_share)})" for one in used if _nearly_constant(one)]
    if nearly:
        yield Note("prepare.note_nearly_constant", {"columns": listed(nearly)})
    yield from cell_notes(readings)
    yield from _categories(readings, states)


def numbers_without_meaning(seen: Coded) -> Iterator[Note]:
    """Whole numbers that all differ, have equally many digits and say nothing of a target: another name of the row."""
    for column in seen.columns:
        if column.reading.column.modality == "number" and column.name not in seen.survey.accepted:
            values = column.values[np.isfinite(column.values)]
            if _all_differ(values) and not _says_anything(seen, column):
                line = pasted({"columns": {column.name: {"role": "key"}}})
                example = column.reading.examples[0]
                yield Note("checks.like_an_id", {"column": column.name, "example": example, "line": line}, "warn")


def _all_differ(values: Doubles) -> bool:
    if len(values) < FEWEST_IDS or (values % 1 != 0).any() or (values <= 0).any():
        return False
    digits = np.floor(np.log10(values))
    most = np.bincount(digits.astype(np.int64)).max()
    return len(np.unique(values)) == len(values) and values.min() >= len(values) and bool(most >= OWN * len(values))


def _says_anything(seen: Coded, column: CodedColumn) -> bool:
    for _, y in seen.targets():
        rows = known(y)
        folds = folds_of(seen.survey.units[seen.rows][rows])
        if rows.any() and strength(column.codes[rows], column.size, y[rows], folds) > 2 * noise(y[rows]):
            return True
    return False


def _nearly_constant(reading: Reading) -> bool:
    return reading.top_share >= NEARLY and reading.distinct > 1


def _share(share: float) -> str:
    return f"{share:.4f}".rstrip("0")


# -------------------------------------------------------------------- categories
def _categories(readings: Sequence[Reading], states: Mapping[str, State]) -> Iterator[Note]:
    own = [one.column.name for one in readings if one.column.modality == "category" and _own_values(one)]
    if own:
        yield Note("prepare.note_own_values", {"columns": listed(own)})
    for one in readings:
        levels = states.get(one.column.name, {}).get("levels")
        if one.column.modality == "category" and one.distinct > MANY_LEVELS and one.values is not None:
            different = len(set(one.values) - {""})
            kept = different if levels is None else len(levels)
            key = "prepare.note_many_levels" if levels is None else "prepare.note_levels_kept"
            yield Note(key, {"column": one.column.name, "different": different, "kept": kept})


def _own_values(reading: Reading) -> bool:
    """Whether nearly every row has a value that no other has: amounts with a unit, addresses."""
    if reading.values is None:
        return False
    there = round(len(reading.values) * (1 - reading.missing_share))
    return there >= FEWEST and reading.distinct > OWN * min(there, SAMPLE_CELLS)

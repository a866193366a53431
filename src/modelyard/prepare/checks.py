"""What is odd about a table, as notes: nothing here stops a run, and nothing is hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from modelyard.core.protocols import Array, State
from modelyard.data.content import digests
from modelyard.data.dataset import TEST, TRAIN, VALID, DatasetTarget, Note
from modelyard.prepare.infer import SAMPLE_CELLS, Reading
from modelyard.prepare.split import FEWEST_TESTED, classes
from modelyard.prepare.survey import Survey, inputs_of

MOSTLY = 0.5  # share of missing cells
NEARLY = 0.995  # share of one value
MANY_LEVELS = 1_000
OWN = 0.9  # share of different values
FEWEST_FOR_LEAK = 30  # rows; below, agreement may be chance
FEWEST_OF_CLASS = 5
LEAK = 0.99999  # correlation
_LISTED = 5
_DIVIDING = ("time", "group", "split")
_A_DATE = ("input", "datetime")
_LACKING = {
    TRAIN: "prepare.note_class_not_trained",
    VALID: "prepare.note_class_not_in_valid",
    TEST: "prepare.note_class_not_in_test",
}


def notes(survey: Survey, states: Mapping[str, State] | None = None) -> tuple[Note, ...]:
    """All notes on a table, the loud ones first.

    Args:
        survey: What is known of the table.
        states: Fitted states, when there are any: they know how many categories were kept.
    """
    found = [
        *_on_rows(survey),
        *_on_parts(survey),
        *_on_columns(survey.readings),
        *_on_categories(survey.readings, states or {}),
        *_on_leaks(survey),
    ]
    return tuple(sorted(found, key=lambda note: not note.loud))


def listed(names: Sequence[str]) -> str:
    """`a, b, c … (12)`: thousands of columns in one line, in any language."""
    more = f" … ({len(names):,})" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _on_rows(survey: Survey) -> Iterator[Note]:
    rows, different = len(survey.contents), len(set(survey.contents))
    repeated = rows - len(set(survey.learnt))
    if survey.dropped:
        yield Note("prepare.note_no_target", {"count": survey.dropped})
    if repeated:
        yield Note("prepare.note_duplicates", {"count": repeated, "rows": rows})
    yield from _on_conflicts(survey)
    if survey.held_out and 2 * different < rows and not any(one.column.role == "key" for one in survey.readings):
        yield Note("prepare.note_few_different", {"different": different, "rows": rows})


def _on_parts(survey: Survey) -> Iterator[Note]:
    if not survey.held_out:
        loud = survey.measured_on == "training"
        key = "prepare.note_not_held_out" if loud else "prepare.note_folds"
        yield Note(key, {"rows": len(survey.parts)}, loud=loud)
        return
    tested = int((survey.parts == TEST).sum())
    if tested < FEWEST_TESTED:
        yield Note("prepare.note_small_test", {"count": tested})
    if survey.begins:
        yield Note("prepare.note_time", {"valid": "-", "test": "-", **survey.begins})
    yield from _on_dates(survey)
    trained = set(survey.learnt[survey.parts == TRAIN])
    for part, key in ((VALID, "prepare.note_overlap_valid"), (TEST, "prepare.note_overlap_test")):
        again = sum(row in trained for row in survey.learnt[survey.parts == part])
        if again:
            yield Note(key, {"count": again}, loud=True)
    yield from _on_classes(survey)


def _on_dates(survey: Survey) -> Iterator[Note]:
    """Rows that have a date and are divided at random: the future helps to predict the past."""
    if survey.begins or any(one.column.role in _DIVIDING for one in survey.readings):
        return
    dates = [one.column.name for one in survey.readings if (one.column.role, one.column.modality) == _A_DATE]
    if dates:
        yield Note("prepare.note_dates", {"columns": listed(dates)})


def _on_conflicts(survey: Survey) -> Iterator[Note]:
    """Rows with equal inputs and different classes."""
    inputs = digests(inputs_of(survey.readings))
    for target in survey.targets:
        y, known = survey.ys[target.name], survey.known[target.name]
        if not len(classes(y, known)):
            continue
        pairs = Counter(row for row, _ in {*zip(inputs[known], y[known].tolist(), strict=True)})
        count = sum(pairs[row] > 1 for row in inputs[known])
        if count:
            yield Note("prepare.note_conflicts", {"target": target.name, "count": count})


def _on_classes(survey: Survey) -> Iterator[Note]:
    """Classes that one of the parts has no row of."""
    for target in survey.targets:
        y, known = survey.ys[target.name], survey.known[target.name]
        for part, key in _LACKING.items():
            lacking = len(classes(y, known)) - len(classes(y, known & (survey.parts == part)))
            if lacking:
                yield Note(key, {"target": target.name, "count": lacking}, loud=part == TRAIN)


def _on_columns(readings: Sequence[Reading]) -> Iterator[Note]:
    for reason in ("empty", "constant", "id", "text"):
        key = f"prepare.because_{reason}"
        names = [one.column.name for one in readings if one.column.reason and one.column.reason[0] == key]
        if names:
            yield Note(f"prepare.note_{reason}", {"columns": listed(names)})
    used = [one for one in readings if one.column.modality]
    mostly = [one.column.name for one in used if one.missing_share > MOSTLY]
    if mostly:
        yield Note("prepare.note_mostly_missing", {"columns": listed(mostly)})
    nearly = [one.column.name for one in used if one.top_share >= NEARLY and one.distinct > 1]
    if nearly:
        yield Note("prepare.note_nearly_constant", {"columns": listed(nearly)})
    yield from _on_cells(used)


def _on_cells(readings: Sequence[Reading]) -> Iterator[Note]:
    counts = {name for one in readings for name in one.notes}
    for name in ("bad", *sorted(counts)):
        found = {one.column.name: one.bad if name == "bad" else one.notes.get(name, 0) for one in readings}
        having = [column for column, count in found.items() if count]
        if having:
            yield Note(f"prepare.note_{name}", {"count": sum(found.values()), "columns": listed(having)})


def _on_categories(readings: Sequence[Reading], states: Mapping[str, State]) -> Iterator[Note]:
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
    known = round(len(reading.values) * (1 - reading.missing_share))
    return known >= FEWEST_FOR_LEAK and reading.distinct > OWN * min(known, SAMPLE_CELLS)


# ----------------------------------------------------------------------- leaks
def _on_leaks(survey: Survey) -> Iterator[Note]:
    """Inputs that say the target outright, so that a model learns nothing else."""
    rows = len(survey.contents)
    looked = np.unique(np.linspace(0, rows - 1, min(rows, SAMPLE_CELLS)).astype(np.int64))
    for target in survey.targets:
        for y in _labels(target, survey.ys[target.name][looked]):
            telling = [one.column.name for one in _inputs(survey.readings) if _tells(one, looked, y)]
            if telling:
                yield Note("prepare.note_leak", {"target": target.name, "columns": listed(telling)}, loud=True)


def _inputs(readings: Iterable[Reading]) -> Iterator[Reading]:
    return (one for one in readings if one.column.role == "input" and one.values is not None)


def _labels(target: DatasetTarget, y: Array) -> list[Array]:
    """The y of a target as columns: one, or one per label."""
    return [y] if y.ndim == 1 else list(y.T)


def _tells(reading: Reading, looked: Array, y: Array) -> bool:
    """Whether a column's values settle the target: each goes with one class, or the numbers are proportional."""
    values = reading.values[looked] if reading.values is not None else y
    known = y >= 0 if y.dtype.kind == "i" else np.isfinite(y)
    values, y = values[known], y[known]
    if len(y) < FEWEST_FOR_LEAK:
        return False
    if y.dtype.kind == "f" and len(np.unique(y)) > 2:
        return values.dtype.kind == "f" and _correlation(values, y) > LEAK
    return _settles(values, y)


def _correlation(one: Array, other: Array) -> float:
    known = np.isfinite(one)
    one, other = one[known], other[known]
    if len(one) < FEWEST_FOR_LEAK:
        return 0.0
    with np.errstate(all="ignore"):  # a constant has no correlation, and huge numbers leave the range of float64
        found = abs(float(np.corrcoef(one, other)[0, 1]))
    return found if np.isfinite(found) else 0.0


def _settles(values: Array, y: Array) -> bool:
    """Each value goes with one class only, and there are too few values and too many rows for that to be chance."""
    different, codes = np.unique(values, return_inverse=True)
    levels, labels, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(levels) < 2 or counts.min() < FEWEST_OF_CLASS or 5 * len(different) > len(values):
        return False
    return len(np.unique(codes * len(levels) + labels)) == len(different)

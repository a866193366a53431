"""Rows that are left out, that repeat another one, or that contradict one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from modelyard.data.dataset import TEST, TRAIN, VALID, Note
from modelyard.prepare.split import FEWEST_TESTED, classes
from modelyard.prepare.survey import Survey

AGAIN = 0.01  # share of a part that was trained on, from where on its numbers are flattered
CONFLICTING = 0.01  # share of the rows that contradict another one
FEWEST = 10
_SHOWN = 3


def findings(survey: Survey) -> Iterator[Note]:
    """Notes on the rows and the parts that they are in."""
    rows, different = len(survey.contents), len(set(survey.contents))
    repeated = rows - len(set(survey.learnt))
    if survey.dropped:
        yield Note("prepare.note_no_target", {"count": survey.dropped})
    if repeated:
        yield Note("prepare.note_duplicates", {"count": repeated, "rows": rows})
    yield from _conflicts(survey)
    has_key = any(one.column.role == "key" for one in survey.readings)
    if survey.unordered and not has_key:
        yield Note("prepare.note_unordered")
    if survey.held_out and survey.alike and not has_key:
        yield Note("prepare.note_few_different", {"different": different, "rows": rows})
    yield from _parts(survey)


def _conflicts(survey: Survey) -> Iterator[Note]:
    """Rows with equal inputs and different classes."""
    inputs = survey.inputs
    for target in survey.targets:
        y, known = survey.ys[target.name], survey.known[target.name]
        if not len(classes(y, known)):
            continue
        pairs = Counter(row for row, _ in {*zip(inputs[known], y[known].tolist(), strict=True)})
        rows = [row for row in np.flatnonzero(known).tolist() if pairs[inputs[row]] > 1]
        if rows:
            first = [row for row in rows if inputs[row] == inputs[rows[0]]]
            values = {"target": target.name, "count": len(rows), "examples": survey.named(first[:_SHOWN])}
            many = len(rows) >= max(FEWEST, CONFLICTING * known.sum())
            yield Note("prepare.note_conflicts", values, "warn" if many else "note")


def _parts(survey: Survey) -> Iterator[Note]:
    """Where numbers come from, and rows that are in several parts."""
    if survey.measured_on == "none":
        labelled = int(np.logical_or.reduce(list(survey.known.values())).sum())
        yield Note("prepare.note_unlabelled", {"rows": len(survey.parts), "labelled": labelled}, "warn")
        return
    if not survey.held_out:
        key = "prepare.note_folds" if survey.measured_on == "folds" else "prepare.note_not_held_out"
        yield Note(key, {"rows": len(survey.parts)}, "note" if survey.measured_on == "folds" else "warn")
        return
    tested = int((survey.parts == TEST).sum())
    if not survey.taught:
        yield Note("prepare.note_untaught", {"rows": len(survey.parts) - tested, "tested": tested})
    if tested < FEWEST_TESTED:
        yield Note("prepare.note_small_test", {"count": tested})
    if survey.begins:
        yield Note("prepare.note_time", {"valid": "-", "test": "-", **survey.begins})
    if survey.alike:
        return
    for part, key in ((VALID, "prepare.note_overlap_valid"), (TEST, "prepare.note_overlap_test")):
        yield from _overlap(survey, part, key)


def _overlap(survey: Survey, part: int, key: str) -> Iterator[Note]:
    """Rows of a part that are training rows as well."""
    trained = set(survey.learnt[survey.parts == TRAIN])
    rows = np.flatnonzero(survey.parts == part)
    again = [row for row in rows.tolist() if survey.learnt[row] in trained]
    if again:
        many = len(again) >= max(1, AGAIN * len(rows))
        values = {"count": len(again), "share": len(again) / len(rows), "examples": survey.named(again[:_SHOWN])}
        yield Note(key, values, "warn" if many else "note")

"""Classes that are too rare to be learnt, chosen by, or measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from modelyard.data.dataset import TEST, TRAIN, VALID, DatasetTarget, Note
from modelyard.prepare.checks.wording import listed
from modelyard.prepare.split import classes
from modelyard.prepare.survey import Survey

FEWEST_LEARNT = 10  # training rows of a class
FEWEST_MEASURED = 5  # test rows
RARE = 0.01  # share of the rows
_LACKING = {
    TRAIN: "prepare.note_class_not_trained",
    VALID: "prepare.note_class_not_in_valid",
    TEST: "prepare.note_class_not_in_test",
}


def findings(survey: Survey) -> Iterator[Note]:
    """Notes on every target that has classes."""
    for target in survey.targets:
        y, known = survey.ys[target.name], survey.known[target.name]
        if not len(classes(y, known)):
            continue
        if survey.held_out:
            yield from _lacking(survey, target)
        if survey.taught:
            yield from _rare(survey, target)


def _lacking(survey: Survey, target: DatasetTarget) -> Iterator[Note]:
    """Classes that one of the parts has no row of."""
    y, known = survey.ys[target.name], survey.known[target.name]
    for part, key in _LACKING.items():
        if part != TEST and not survey.taught:
            continue
        lacking = len(classes(y, known)) - len(classes(y, known & (survey.parts == part)))
        if lacking:
            yield Note(key, {"target": target.name, "count": lacking}, "warn" if part == TRAIN else "note")


def _rare(survey: Survey, target: DatasetTarget) -> Iterator[Note]:
    """Classes with few rows, and what that means; loud where there are hardly any."""
    y, labels = survey.ys[target.name], target.state["labels"]
    known = survey.known[target.name] & (y >= 0)
    counts = np.bincount(y[known], minlength=len(labels))
    trained = np.bincount(y[known & (survey.parts == TRAIN)], minlength=len(labels))
    tested = np.bincount(y[known & (survey.parts == TEST)], minlength=len(labels))
    scarce = trained < FEWEST_LEARNT
    if survey.held_out:
        scarce |= tested < FEWEST_MEASURED
    rare = [code for code in range(len(labels)) if counts[code] and (scarce[code] or counts[code] < RARE * known.sum())]
    if rare:
        named = listed([f"{labels[code]} ({counts[code]:,})" for code in rare])
        values = {"target": target.name, "classes": named, "count": len(rare)}
        yield Note("checks.rare_class", values, "warn" if scarce[rare].any() else "note")

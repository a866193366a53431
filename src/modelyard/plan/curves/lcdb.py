"""LCDB 1.1 as evidence: its curves cut off at random sizes, as a user would have measured them.

Source: Yan, Mohr & Viering, "LCDB 1.1", NeurIPS 2025, CC BY 4.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelyard.plan.curves.anchors import FEWEST_TESTED, measured
from modelyard.plan.curves.evidence import Curve, Floats

TEST = 2
SPLITS = 25
"""Each error is the mean over so many splits."""
OCTAVE = 8
"""Anchors from one size to twice that size."""
STEP = 5
"""Anchors apart for a ratio of 1.54."""
DUMMY = "DummyClassifier"


@dataclass(frozen=True)
class Bank:
    """Learning curves of many learners on many data sets.

    Args:
        sizes: [anchors] training rows.
        errors: [data sets, learners, anchors] mean error on test rows, NaN where not run.
        spread: Their standard errors, of the same shape.
        learners: [learners] names.
        datasets: [data sets] numbers on OpenML.
        groups: [data sets] data sets that are variants of one another share a number.
    """

    sizes: Floats
    errors: Floats
    spread: Floats
    learners: NDArray[np.str_]
    datasets: NDArray[np.int64]
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """How curves are cut.

    Args:
        anchors: How many are kept; one is drawn for each cut, so a repeated number is likelier.
        steps: How many of LCDB's anchors they are apart.
        repeats: How many splits each anchor is the mean of; fewer than 25 are simulated by adding noise.
        told: How the spread is told: `repeats` (each one is given), `given` (the standard error is), `nothing`.
        cuts: For each curve.
        extra: Horizons drawn at random besides the whole octaves.
    """

    anchors: tuple[int, ...] = (8,)
    steps: tuple[int, ...] = (STEP,)
    repeats: tuple[int, ...] = (3, 5, 10, 25)
    told: tuple[str, ...] = ("given",)
    cuts: int = 1
    extra: int = 0


VARIED = Plan(
    anchors=(5, 6, 7, 8, 8, 8, 9, 10, 11, 12),
    steps=(4, 5, 5, 5, 6),
    repeats=(1, 3, 3, 5, 10, 25),
    told=("repeats", "given", "nothing"),
    cuts=4,
    extra=2,
)
"""What the model is made from: users measure in many ways."""


@dataclass(frozen=True)
class Cut:
    """The beginning of a curve, and what came of it.

    Args:
        curve: What is known.
        each: [anchors, repeats] of which the curve is made; one column where there are only means.
        sizes: [horizons] sizes at which the error is known to us only.
        errors: [horizons] mean errors over 25 splits.
        dataset: Index in the bank.
        learner: Index in the bank.
        repeats: That each known anchor is the mean of.
    """

    curve: Curve
    each: Floats
    sizes: Floats
    errors: Floats
    dataset: int
    learner: int
    repeats: int


def read(path: Path) -> Bank:
    """The bank in `curves.npz` (arrays as in its catalogue: curves[data set, learner, moment, anchor, subset])."""
    with np.load(path, allow_pickle=False) as arrays:
        curves = arrays["curves"][..., TEST].astype(np.float64)
        sizes = arrays["anchors"].astype(np.float64)
        names = (arrays["learners"], arrays["datasets"], arrays["group"])
    return Bank(sizes, curves[:, :, 0], curves[:, :, 1], *names)


def part(bank: Bank, groups: NDArray[np.int64]) -> Bank:
    """The data sets of some groups."""
    kept = np.isin(bank.groups, groups)
    chosen = bank.errors[kept], bank.spread[kept], bank.learners, bank.datasets[kept], bank.groups[kept]
    return Bank(bank.sizes, *chosen)


def cuts(bank: Bank, plan: Plan, seed: int) -> Iterator[Cut]:
    """Every curve but the constant learner's, cut at random ends at least one octave before its own."""
    for dataset in range(len(bank.datasets)):
        for learner in np.flatnonzero(bank.learners != DUMMY).tolist():
            draws = np.random.default_rng([seed, int(bank.datasets[dataset]), learner])
            for _ in range(plan.cuts):
                found = _cut(bank, dataset, learner, plan, draws)
                if found:
                    yield found


def _cut(bank: Bank, dataset: int, learner: int, plan: Plan, draws: np.random.Generator) -> Cut | None:
    anchors, step, repeats = (int(draws.choice(choices)) for choices in (plan.anchors, plan.steps, plan.repeats))
    told = str(draws.choice(plan.told))
    errors = bank.errors[dataset, learner]
    run = np.flatnonzero(np.isfinite(errors))
    span = (anchors - 1) * step
    if not run.size or run[-1] - OCTAVE < run[0] + span:
        return None
    end = int(draws.integers(run[0] + span, run[-1] - OCTAVE + 1))
    known = np.arange(end - span, end + 1, step)
    later = _later(end, int(run[-1]), plan.extra, draws)
    later = later[np.isfinite(errors[later])]
    if not np.isfinite(errors[known]).all() or not later.size:
        return None
    spread = bank.spread[dataset, learner, known]
    each = _drawn(errors[known], spread, repeats, draws)
    return Cut(
        _told(bank.sizes[known], each, spread, repeats, told),
        each,
        bank.sizes[later],
        errors[later],
        dataset,
        learner,
        repeats,
    )


def _later(end: int, last: int, extra: int, draws: np.random.Generator) -> NDArray[np.int64]:
    octaves = end + OCTAVE * np.arange(1, 5)
    drawn = draws.integers(end + 1, end + 4 * OCTAVE + 1, size=extra)
    both = np.unique(np.concatenate([octaves, drawn]))
    return both[both <= last]


def _drawn(errors: Floats, spread: Floats, repeats: int, draws: np.random.Generator) -> Floats:
    """[anchors, repeats] errors as so many splits would have shown them; all 25 are there as their mean only."""
    if repeats == SPLITS:
        return errors[:, None]
    noise = draws.standard_normal((len(errors), repeats)) * spread[:, None] * np.sqrt(SPLITS)
    return np.asarray(np.clip(errors[:, None] + noise, 0.0, 1.0))


def _told(sizes: Floats, each: Floats, spread: Floats, repeats: int, told: str) -> Curve:
    """The curve as someone sees it who is told the repeats, their standard error, or nothing but their mean."""
    if told == "repeats" and each.shape[1] > 1:
        return measured(sizes, each, fewest=FEWEST_TESTED)
    known = spread * np.sqrt(SPLITS / repeats)
    return measured(sizes, each.mean(axis=1), spread=None if told == "nothing" else known, fewest=FEWEST_TESTED)

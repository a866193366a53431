"""Which candidate is chosen, and whether each rung of the ladder beat the last by more than noise.

Everything here is decided by a proper score (log-loss, squared error) on rows that were held out of the fold that
scores them, with paired bootstrap intervals. The test rows are not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Doubles, Outputs
from modelyard.measure.intervals import paired
from modelyard.models.checkpoint import Candidate


@dataclass(frozen=True)
class Trial:
    """A candidate and how it did on the held-out rows.

    Args:
        candidate: The trained model.
        scores: What it said of each held-out row [rows, width].
        outputs: The same, calibrated without this row.
        losses: Proper score of each row's outputs times the row's weight, 1 on average [rows].
        calibration: Fitted on all held-out rows.
        summary: What the method reported: curves, chosen settings.
        work: Units of work that were granted.
        over: How the project's own options did, when search found others.
        tried: Configurations that search tried.
    """

    candidate: Candidate
    scores: Doubles
    outputs: Outputs
    losses: Doubles
    calibration: dict[str, Any]
    summary: dict[str, Any]
    work: int
    over: Trial | None = None
    tried: int = 0

    @property
    def loss(self) -> float:
        """Mean proper score; NaN where no row was held out."""
        return float(np.mean(self.losses)) if len(self.losses) else np.nan

    @property
    def ships(self) -> bool:
        """Whether a bundle can hold it."""
        return bool(plugins.part("methods", self.candidate.method, "options").INFO.ships)


def in_force(trials: Sequence[Trial], seed: int) -> list[Trial]:
    """One trial per method: the project's own options, or what search found where that is better beyond noise."""
    found: dict[str, Trial] = {}
    for trial in trials:
        if trial.over is None or compare(trial.over, trial, seed)["beats"]:
            found[trial.candidate.method] = trial
    return list(found.values())


def choose(trials: Sequence[Trial]) -> Trial:
    """The trial with the lowest loss on rows that neither it, nor its calibration, nor its weights saw."""
    return min((trial for trial in trials if trial.ships), key=lambda trial: trial.loss)


def compare(before: Trial, after: Trial, seed: int) -> dict[str, Any]:
    """The gain in mean loss from one trial to another, with its paired 95 % interval."""
    gain, low, high = paired(before.losses, after.losses, seed=seed)
    known = bool(np.isfinite(low))  # one row alone has no spread
    return {"gain": gain, "low": low if known else None, "high": high if known else None, "beats": known and low > 0}


def climb(trials: Sequence[Trial], seed: int) -> list[dict[str, Any]]:
    """The ladder as the report shows it: each step compared with the best below it, what search found with its own.

    What cannot ship is compared with the others, and they are not with it.
    """
    steps: list[dict[str, Any]] = []
    best: Trial | None = None
    for trial in trials:
        below = trial.over or best
        comparison = compare(below, trial, seed) if below else {"gain": None, "low": None, "high": None, "beats": None}
        steps.append(
            {
                "method": trial.candidate.method,
                "over": below.candidate.method if below else None,
                "tried": trial.tried,
                "loss": trial.loss if len(trial.losses) else None,
                "work": trial.work,
                **comparison,
                **trial.summary,
            }
        )
        better = best is None or (trial.loss < best.loss and (trial.over is None or comparison["beats"]))
        best = trial if better and trial.ships else best
    return steps

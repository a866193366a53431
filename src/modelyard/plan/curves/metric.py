"""Any metric to an error within 0 and 1, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.plan.curves.evidence import Floats


@dataclass(frozen=True)
class Scale:
    """How a metric is read as an error: its best value is 0, its worst 1.

    Where the worst value has no bound (a squared error, R2), the baseline's value stands for it, and what is worse than
    the baseline counts as 1.

    Args:
        better: `higher` or `lower`.
        low: The lowest value that the metric can take; None where there is none.
        high: The highest one.
        baseline: The metric of a naive method on the same test set; needed where the worst value has no bound.

    Raises:
        DataError: The best value has no bound; or the worst has none, and no baseline worse than the best is given.
    """

    better: Literal["higher", "lower"]
    low: float | None = None
    high: float | None = None
    baseline: float | None = None

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise _wrong("better", repr(self.better), "better")
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if not np.isfinite(bounds).all() or (len(bounds) == 2 and bounds[0] >= bounds[1]):
            raise _wrong("low, high", f"{self.low}, {self.high}", "bounds")
        best, worst = self._ends()
        if best is None:
            raise _wrong("low, high", text("plan_curves.got_endless"), "end")
        if worst is None:
            raise _wrong("baseline", text("plan_curves.got_unbounded"), "baseline", "fix_baseline")
        if not np.isfinite(worst) or not (worst < best if self.better == "higher" else worst > best):
            raise _wrong("baseline", f"{worst:g}", "baseline", "fix_baseline")

    def error(self, values: ArrayLike) -> Floats:
        """Errors of metric values, of the same shape; NaN stays NaN."""
        best, worst = self._range()
        errors = (best - np.asarray(values, dtype=np.float64)) / (best - worst)
        return np.minimum(errors, 1.0) if self._by_baseline() else errors

    def value(self, errors: ArrayLike) -> Floats:
        """Metric values of errors, of the same shape."""
        best, worst = self._range()
        return best - np.asarray(errors, dtype=np.float64) * (best - worst)

    def _ends(self) -> tuple[float | None, float | None]:
        best, worst = (self.high, self.low) if self.better == "higher" else (self.low, self.high)
        return best, self.baseline if worst is None else worst

    def _range(self) -> tuple[float, float]:
        best, worst = self._ends()
        if best is None or worst is None:
            raise _wrong("low, high", text("plan_curves.got_endless"), "end")
        return best, worst

    def _by_baseline(self) -> bool:
        return (self.low if self.better == "higher" else self.high) is None


def _wrong(place: str, got: str, expected: str, fix: str = "") -> DataError:
    sentence = text(f"plan_curves.{fix}") if fix else ""
    return DataError(Mistake(place, got, text(f"plan_curves.expected_{expected}"), sentence))

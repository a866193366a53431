"""What rows and training cost: ranges of prices, labels that are checked and turned down, times from measured runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.curves.evidence import Floats

FEWEST_RUNS = 3
HOUR = 3600.0


@dataclass(frozen=True)
class Range:
    """A number that is not known for sure.

    Args:
        low: What it hardly falls below; not negative.
        likely: What is reckoned with.
        high: What it hardly exceeds.

    Raises:
        ProjectError: They do not rise in this order.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        ends = [self.low, self.likely, self.high]
        if not all(map(_is_number, ends)) or not 0 <= self.low <= self.likely <= self.high:
            fix = str(sorted(ends)) if all(map(_is_number, ends)) and min(ends) >= 0 else ""
            raise ProjectError(Mistake("range", str(ends), text("plan_need.expected_range"), fix))

    def times(self, factor: float) -> Range:
        """The range of a multiple; the factor is not negative."""
        return Range(self.low * factor, self.likely * factor, self.high * factor)

    def plus(self, other: Range) -> Range:
        """The range of a sum whose parts are cheap or dear together."""
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)


@dataclass(frozen=True)
class Labels:
    """What a usable labelled row costs.

    Args:
        price: Of one label by one annotator.
        annotators: Who label each row.
        checked: Share of the labels that are labelled once more to check them.
        accepted: Share of the rows that are usable in the end.

    Raises:
        ProjectError: No annotator, a share outside its bounds.
    """

    price: Range
    annotators: int = 1
    checked: float = 0.0
    accepted: float = 1.0

    def __post_init__(self) -> None:
        at_least("annotators", self.annotators, 1)
        at_least("checked", self.checked, 0)
        if not 0 < self.accepted <= 1:
            raise ProjectError(Mistake("accepted", str(self.accepted), text("plan_need.expected_share")))

    @property
    def of_one(self) -> Range:
        """What one usable row costs."""
        return self.price.times(self.annotators * (1 + self.checked) / self.accepted)

    def of(self, rows: float) -> Range:
        """What a number of usable rows costs."""
        return self.of_one.times(rows)


@dataclass(frozen=True)
class TrainingTime:
    """How long a training takes at a number of rows: ln seconds = level + slope * ln rows, with normal residuals.

    Args:
        level: See above.
        slope: At least 0: more rows never take less time.
        centre: Mean of ln rows of the runs it was fitted on.
        width: Sum of the squared distances of ln rows from the centre.
        spread: Standard deviation of the residuals of ln seconds.
        runs: That it was fitted on.
    """

    level: float
    slope: float
    centre: float
    width: float
    spread: float
    runs: int

    def seconds(self, rows: float) -> Range:
        """P10, P50 and P90 of one training, wider the farther it lies from the runs."""
        distance = math.log(at_least("rows", rows, 1)) - self.centre
        error = self.spread * math.sqrt(1 + 1 / self.runs + distance**2 / self.width)
        middle, tail = self.level + self.slope * math.log(rows), NormalDist().inv_cdf(0.9) * error
        return Range(math.exp(middle - tail), math.exp(middle), math.exp(middle + tail))

    def cost(self, rows: float, price: Range, trainings: int = 1) -> Range:
        """What trainings cost.

        Args:
            rows: Training rows of each.
            price: Of an hour of the machine.
            trainings: Seeds times trials.
        """
        time = self.seconds(rows).times(trainings / HOUR)
        return Range(time.low * price.low, time.likely * price.likely, time.high * price.high)


def training_time(sizes: Sequence[float] | Floats, seconds: Sequence[float] | Floats) -> TrainingTime:
    """Fit how training time grows with the rows, by least squares on logarithms.

    Args:
        sizes: [runs] training rows.
        seconds: [runs] measured times.

    Raises:
        ProjectError: Fewer than three runs, one number of rows only, or numbers that are not above 0.
    """
    n, t = np.asarray(sizes, np.float64), np.asarray(seconds, np.float64)
    if not _are_times(n, t):
        got = text("plan_need.got_times", sizes=n.tolist(), seconds=t.tolist())
        raise ProjectError(Mistake("training times", got, text("plan_need.expected_times")))
    x, y = np.log(n), np.log(t)
    centre = float(x.mean())
    width = float(((x - centre) ** 2).sum())
    slope = max(0.0, float(((x - centre) * y).sum()) / width)
    level = float(y.mean()) - slope * centre
    spread = math.sqrt(float(((y - level - slope * x) ** 2).sum()) / (len(x) - 2))
    return TrainingTime(level, slope, centre, width, spread, len(x))


def at_least(place: str, value: float, low: float) -> float:
    """The value, which is finite and not below a bound.

    Raises:
        ProjectError: It is not.
    """
    if not _is_number(value) or not low <= value < math.inf:
        raise ProjectError(Mistake(place, str(value), text("plan_need.expected_number", low=low)))
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _are_times(n: Floats, t: Floats) -> bool:
    if n.ndim != 1 or n.shape != t.shape or len(n) < FEWEST_RUNS or len(np.unique(n)) < 2:
        return False
    return bool(np.isfinite([n, t]).all() and (n >= 1).all() and (t > 0).all())

"""What a plan says, as plain data: goals today, forecasts, needs, money, days. Numbers and their reasons, no advice."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.number import Number
from modelyard.core.report import plain

FORMAT = 1
PLACES = 10
Ends = tuple[float, float, float]
"""low, likely, high"""


@dataclass(frozen=True)
class Anchor:
    """One size of the curve: rows, the metric's mean over the seeds, its standard error, and each seed's value."""

    rows: float
    value: float
    spread: float
    values: tuple[float, ...]


@dataclass(frozen=True)
class Ahead:
    """The metric at a size that was not measured.

    Args:
        rows: Rows to learn from.
        times: How many times today's.
        zone: `forecast` (up to 4 times), `beyond` (up to 8) or `refused`.
        low: Worse or better end of the 80 % band, the smaller number first.
        median: As likely to be missed as to be passed.
        high: The larger end.
        probability: That the goal holds there; None without a goal.
        worse: That the metric is worse there than today.
        quantiles: At the forecast's levels, from what is better in one case of twenty to what is worse in one.
    """

    rows: float
    times: float
    zone: str
    low: float
    median: float
    high: float
    probability: float | None
    worse: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Law:
    """A law that was fitted to the curve: its name, and the metric that it says at 4 times the rows.

    `distance` is chi square of its residuals, in standard errors of the anchors.
    """

    name: str
    value: float
    distance: float


@dataclass(frozen=True)
class Looked:
    """What would have been forecast had the last anchors not been known, beside what came."""

    times: float
    rows: float
    low: float
    median: float
    high: float
    came: float
    inside: bool


@dataclass(frozen=True)
class Need:
    """Rows that a goal takes, with 50, 75 and 90 %.

    Args:
        probability: 0.5, 0.75 or 0.9.
        rows: To learn from in all; None: no plan within 8 times today's rows gives it.
        label: To be labelled, those included that become test rows; None likewise.
        cost: Of labelling them; None where no price is given, or no plan gives it.
        days: Working days of labelling; None where no pace is given.
        over: More than can be had at most.
    """

    probability: float
    rows: int | None
    label: int | None
    cost: Ends | None = None
    days: Ends | None = None
    over: bool = False


@dataclass(frozen=True)
class Purchase:
    """What to label next: least expected cost of rows and of missing the goal."""

    rows: int
    label: int
    cost: Ends | None
    probability: float | None
    reason: str


@dataclass(frozen=True)
class Offer:
    """What the budget reaches with a probability: the goal, or the nearest that can be had."""

    probability: float
    value: float
    label: int
    cost: Ends
    reached: bool


@dataclass(frozen=True)
class Forecast:
    """One metric ahead.

    Args:
        target: The target it is about.
        metric: Its name.
        better: `higher` or `lower`.
        method: What was measured.
        anchors: The curve.
        ahead: At more rows.
        flags: What makes it less sure.
        refused: Why nothing should be concluded; empty where something may be.
        model: Version of the model of quantiles.
        levels: Of the quantiles.
        laws: Parametric laws that were fitted to the curve, the best first.
        hindsight: The same forecast on this very curve, where the answer is known.
        wanted: The number to reach; None without a goal.
        met: Whether the last anchor, as measured, reaches it.
        beyond: Whether a need lies beyond 4 times today's rows.
        needs: Rows that it takes; () without a goal or where refused.
        purchase: What to label next; None where a price or the cost of missing is not given.
        offers: What the budget reaches; () without one.
        curve: Identity of the curve.
    """

    target: str
    metric: str
    better: str
    method: str
    anchors: tuple[Anchor, ...]
    ahead: tuple[Ahead, ...]
    flags: tuple[str, ...]
    refused: str
    model: str
    levels: tuple[float, ...]
    laws: tuple[Law, ...]
    hindsight: tuple[Looked, ...]
    curve: str
    wanted: float | None = None
    met: bool = False
    beyond: bool = False
    needs: tuple[Need, ...] = ()
    purchase: Purchase | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Today:
    """What became of a goal in the newest run.

    Args:
        goal: As written.
        target: The target it is about; empty for goals on the bundle.
        metric: As the goal names it.
        operator: How the metric has to stand to `wanted`.
        wanted: The number.
        outcome: met, not met, undecided, or unknown where it was not measured.
        number: What was measured.
        words: What stands beside it in a report.
        test_rows: Test rows in all that would decide it with 50, 75 and 90 %; () where it is decided or nobody knows.
    """

    goal: str
    target: str
    metric: str
    operator: str
    wanted: float
    outcome: str
    number: Number
    words: str
    test_rows: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class GoalPlan:
    """A goal: today, and ahead.

    Args:
        today: The verdict.
        forecast: Of its metric; None where there is none.
        lacks: Why there is no forecast, or no need, in a sentence.
    """

    today: Today
    forecast: Forecast | None
    lacks: str = ""


@dataclass(frozen=True)
class Step:
    """A piece of work with its dates: P50 and P80 of its end, and how often it decides when all is over."""

    id: str
    days: Ends
    start: str
    end: str
    p50: str
    p80: str
    criticality: float


@dataclass(frozen=True)
class Dates:
    """When the work is over: the bare plan, and the dates that are met with 50 and 80 %."""

    start: str
    planned: str
    p50: str
    p80: str
    kept: float
    cost: float | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Way:
    """One way to build the product.

    Args:
        method: Its name.
        rows: Rows to learn from.
        label: Of them, to be labelled, those included that become test rows.
        basis: `measured`; `forecast`; or `ratio`, today's measured ratio of two methods times a forecast.
        probability: That all goals that are looked at hold together.
        cost: Likely price of the labels; None where none is given.
    """

    method: str
    rows: int
    label: int
    basis: str
    probability: float
    cost: float | None


@dataclass(frozen=True)
class Experiment:
    """The run that would most probably change the choice for its price, and that probability."""

    way: Way
    change: float


@dataclass(frozen=True)
class Choice:
    """What to build: the cheapest way that reaches the goals with the wanted probability, else the likeliest.

    Args:
        ways: The chosen one first, then those that would be chosen without it.
        reached: Whether the chosen one has the wanted probability.
        level: That probability.
        alike: Ways that nothing separates from the chosen one on the first goal.
        goals: What is looked at.
        left_out: Goals that are not, as methods have no number for them.
        experiment: What to run next; None where no run would change the choice.
    """

    ways: tuple[Way, ...]
    reached: bool
    level: float
    alike: tuple[Way, ...]
    goals: tuple[str, ...]
    left_out: tuple[str, ...]
    experiment: Experiment | None


@dataclass(frozen=True)
class Plan:
    """Everything.

    Args:
        name: The product.
        run: The newest finished run; empty where there is none.
        bundle: Its bundle's id.
        rows: Rows to learn from today.
        share: Of new labelled rows, those that become rows to learn from.
        level: Wanted probability; None where none is given.
        currency: What money is shown in.
        goals: One entry a goal.
        first: The first metric ahead, where no goal stands in the file.
        choice: What to build; None where no level is given, or there is no curve.
        dates: The schedule.
        lacks: What was not computed, and the key that is missing, in sentences.
        assumed: What it all rests on, in sentences.
        inputs: Digests of what was read: data, test rows, curve, report, project.
        language: Of the sentences.
    """

    name: str
    run: str
    bundle: str
    rows: int
    share: float
    level: float | None
    currency: str
    goals: tuple[GoalPlan, ...]
    first: Forecast | None
    choice: Choice | None
    dates: Dates | None
    lacks: tuple[str, ...]
    assumed: tuple[str, ...]
    inputs: dict[str, str]
    language: str

    @property
    def forecasts(self) -> Iterator[Forecast]:
        """All of them."""
        yield from (goal.forecast for goal in self.goals if goal.forecast is not None)
        if self.first is not None:
            yield self.first

    def to_json(self) -> dict[str, Any]:
        """Plain data; the same for the same inputs, byte by byte."""
        return {"format": FORMAT, **_rounded(plain(self))}

    def written(self) -> str:
        """The content of plan.json."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def _repr_html_(self) -> str:
        """For notebooks."""
        room = importlib.import_module("modelyard.plan.page")  # by name: it imports this module
        written: str = room.fragment(self)
        return written


def read_plan(path: str | Path) -> dict[str, Any]:
    """A plan as it was written.

    Args:
        path: plan.json, or the folder that holds it.

    Raises:
        DataError: There is none, or it is of another version.
    """
    file = Path(path)
    file = file / "plan.json" if file.is_dir() else file
    try:
        written = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise _unreadable(file, text("plan.got_no_plan")) from None
    if not isinstance(written, dict) or written.get("format") != FORMAT or "goals" not in written:
        got = written.get("format") if isinstance(written, dict) else type(written).__name__
        raise _unreadable(file, text("plan.got_other_plan", got=got))
    return written


def _unreadable(file: Path, got: str) -> DataError:
    return DataError(Mistake(str(file), got, text("plan.expected_plan"), text("plan.fix_plan")))


def _rounded(value: Any) -> Any:
    """Numbers to ten significant digits: the last ones differ between processors."""
    if isinstance(value, float):
        return float(f"{value:.{PLACES}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value

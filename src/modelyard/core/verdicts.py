"""What became of the goals, and of the decision rule that was chosen for them: parts of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelyard.core.messages import text
from modelyard.core.number import Number, interval_words

Outcome = Literal["met", "not met", "undecided"]
MOST_NAMED = 8


@dataclass(frozen=True)
class Piece:
    """One of several numbers that a goal rests on: a condition, or the value of a column.

    Args:
        metric: As the goal names it.
        where: The value of the goal's column; empty for all rows.
        operator: How the number has to stand to `value`.
        value: The number to keep.
        number: What was measured.
        outcome: met, not met or undecided, as the verdict counts it.
    """

    metric: str
    where: str
    operator: str
    value: float
    number: Number
    outcome: Outcome


@dataclass(frozen=True)
class Verdict:
    """What became of a goal.

    Args:
        goal: The goal as written.
        outcome: met, not met or undecided.
        number: What was measured.
        value: The number to reach.
        operator: How the number has to stand to it.
        metric: As the goal names it.
        target: The target it is about; empty for goals on the bundle.
        more_rows: Test rows that are probably missing for a decision; None when rows do not help or nobody can say.
        reason: Why it is undecided: "interval", "unmeasured", "undefined", "timing", "few", "no_column" or "no_rows";
            empty when it is decided.
        column: The column that the goal is sliced by.
        where: The value of that column that `number` is about: the one that stands worst.
        few: Values of that column that too few rows have.
        pieces: All numbers that it rests on, the worst first, when they are several.
    """

    goal: str
    outcome: Outcome
    number: Number
    value: float
    operator: str
    metric: str
    target: str = ""
    more_rows: int | None = None
    reason: str = ""
    column: str = ""
    where: str = ""
    few: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Curve:
    """What other thresholds would have come to on these rows, and where the rule stands.

    Args:
        kind: "roc" (false positive rate across, recall up) or "coverage" (share that is decided across, error up).
        label: The class it is about; empty when it is about every answer.
        points: (across, up), by rising threshold.
        across: Where the rule stands, with its interval.
        up: The same on the other axis.
        across_bound: What a goal says of it; None when none does.
        up_bound: The same on the other axis.
    """

    kind: str
    label: str
    points: tuple[tuple[float, float], ...]
    across: Number
    up: Number
    across_bound: float | None = None
    up_bound: float | None = None


@dataclass(frozen=True)
class Price:
    """What a way to answer costs per 1,000 rows.

    Args:
        way: "rule", "likeliest", "all" (always `label`), or "review" (a person looks at every row).
        label: The class that is always answered.
        number: The money.
        difference: How much more than the rule it costs, on the same rows; nothing for the rule itself.
    """

    way: str
    label: str
    number: Number
    difference: Number


@dataclass(frozen=True)
class Turned:
    """Which rows are turned away, and how that was chosen.

    Args:
        label: What they are answered with.
        threshold: How unlike all classes a row must be.
        loss: The probability that was allowed for turning away a row of the classes; None where goals chose.
        goals: The goals that it was chosen for.
        standing: How these held on the rows it was chosen on: "held", "measured" or "missed".
        chosen_on: Held-out rows of the classes, and rows outside, that it was chosen on.
        measured_on: The same of the report.
    """

    label: str
    threshold: float
    loss: float | None = None
    goals: tuple[str, ...] = ()
    standing: str = ""
    chosen_on: tuple[int, int] = (0, 0)
    measured_on: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Decision:
    """The decision rule of a target, and what it came to on these rows.

    Args:
        answer: "likeliest", "threshold", "costs" or "labels".
        rows: Held-out rows that it was chosen on.
        crossed: Whether these are the rows of the report; then each is judged under a rule that was chosen without it.
        label: The class that has a threshold.
        threshold: From which probability on it is answered.
        by: What the threshold was chosen for: "goals", or a metric.
        standing: How the goals' bounds held on the rows it was chosen on: "held", "measured" or "missed".
        review: When a person has to confirm: "", "confidence" or "costs".
        confidence: The least probability of an answer that stands by itself.
        review_standing: As `standing`, for what goes to a person.
        review_price: What a person's look costs.
        words: What the decision is called for each class, and last where a person decides; empty where no rule is.
        thresholds: Label -> its threshold, where each has its own.
        goals: The goals that it was chosen for.
        currency: Of all money.
        points: What it came to: metric -> number.
        curves: What other thresholds would have come to.
        prices: What it costs beside other ways to answer.
        turned: What is turned away; None where every row gets a class.
    """

    answer: str
    rows: int
    crossed: bool = False
    label: str = ""
    threshold: float | None = None
    by: str = ""
    standing: str = ""
    review: str = ""
    confidence: float | None = None
    review_standing: str = ""
    review_price: float | None = None
    words: tuple[str, ...] = ()
    thresholds: dict[str, float] | None = None
    goals: tuple[str, ...] = ()
    currency: str = ""
    points: tuple[tuple[str, Number], ...] = ()
    curves: tuple[Curve, ...] = ()
    prices: tuple[Price, ...] = ()
    turned: Turned | None = None


def verdict_words(verdict: Verdict) -> str:
    """What was measured, and what is missing where nothing was decided."""
    measured = measured_words(verdict)
    if verdict.outcome != "undecided":
        return measured
    if verdict.reason == "interval":
        known = verdict.more_rows is not None
        missing = text("report.more_rows", n=f"{verdict.more_rows:,}") if known else text("report.more_rows_unknown")
    elif verdict.reason == "unmeasured":
        missing = text("report.unmeasured", n=f"{verdict.more_rows:,}")
    else:
        more = " …" if len(verdict.few) > MOST_NAMED else ""
        names = text("report.comma").join(map(_shown, verdict.few[:MOST_NAMED])) + more
        missing = text(f"report.undecided_{verdict.reason}", column=verdict.column, names=names)
    return text("report.also", one=measured, other=missing) if verdict.number.value is not None else missing


def measured_words(verdict: Verdict) -> str:
    """The goal's own number, the slice that it is about, and its conditions: `0.95 (0.91 to 0.97) at fpr 0.04`."""
    value = interval_words(verdict.number)
    if verdict.column and verdict.number.value is not None:
        value = text("report.named", name=f"{verdict.column} = {_shown(verdict.where)}", value=value)
    beside = [piece for piece in verdict.pieces if piece.metric != verdict.metric and piece.where == verdict.where]
    conditions = text("report.comma").join(f"{piece.metric} {interval_words(piece.number)}" for piece in beside)
    return text("report.at_conditions", one=value, conditions=conditions) if beside else value


def _shown(value: str) -> str:
    """The value of a column, which may be missing."""
    return value or text("report.missing")

"""The decision rule of a target on rows whose truth is known: what it came to, and what others would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.goals import Goal
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Doubles
from modelyard.core.verdicts import Curve, Decision, Price, Turned
from modelyard.evaluate.target import Scored
from modelyard.measure import decision as rules
from modelyard.measure.intervals import bootstrap
from modelyard.measure.score import ratio

PER = 1_000  # rows that money is told for
MOST_POINTS = 150
MOST_CLASSES = 6
Rule = dict[str, Any]


def decision(data: Scored, goals: Sequence[Goal]) -> Decision | None:
    """What the report says of the rule; None where the plain answer is given or no row shows anything.

    Args:
        data: The bundle's answers and the truth.
        goals: Whose bounds the drawings show.
    """
    rule = data.decision
    if rule is None or not len(data.y):
        return None
    if "thresholds" in rule:
        return _of_labels(data, rule)
    inside = data.within()
    own = [goal for goal in goals if goal.target == data.entry["name"]]
    chosen, review = rule.get("chosen", {}), rule.get("review_chosen", {})
    costs = rule["costs"] or {}
    return Decision(
        answer=rule["answer"],
        rows=rule["rows"],
        crossed="code" in data.outputs,
        label=rule.get("class", ""),
        threshold=_threshold(data, rule),
        by=chosen.get("by", ""),
        standing=chosen.get("standing", ""),
        review=rule["review"] or "",
        confidence=rule.get("confidence"),
        review_standing=review.get("standing", ""),
        review_price=costs.get("review"),
        words=tuple(rule["words"]),
        goals=tuple(dict.fromkeys([*chosen.get("goals", ()), *review.get("goals", ())])),
        currency=costs.get("currency", ""),
        points=tuple(_points(data, rule)),
        curves=tuple(_curves(inside, rule, own)),
        prices=_prices(inside, rule) if costs else (),
        turned=_turned(data, rule["outside"]) if "outside" in rule else None,
    )


def _turned(data: Scored, outside: Rule) -> Turned:
    """What is turned away."""
    chosen, inside = outside.get("chosen", {}), len(data.within().y)
    return Turned(
        label=outside["label"],
        threshold=outside["threshold"],
        loss=outside.get("loss"),
        goals=tuple(chosen.get("goals", ())),
        standing=chosen.get("standing", ""),
        chosen_on=(outside["rows"]["in_scope"], outside["rows"]["outside"]),
        measured_on=(inside, len(data.y) - inside),
    )


def _of_labels(data: Scored, rule: Rule) -> Decision:
    """Label sets: a threshold for each label."""
    moved = rule["chosen"]
    named = dict(zip(data.labels, rule["thresholds"], strict=True))
    standings = [moved[label].get("standing", "") for label in moved]
    return Decision(
        answer="labels",
        rows=rule["rows"],
        crossed="called" in data.outputs,
        by=next(iter(moved.values()))["by"],
        standing=next((each for each in ("missed", "measured", "held") if each in standings), ""),
        thresholds={label: named[label] for label in moved},
        goals=tuple(dict.fromkeys(goal for each in moved.values() for goal in each.get("goals", ()))),
    )


def _threshold(data: Scored, rule: Rule) -> float | None:
    """The threshold of a rule; that of costs follows from the prices, where there are two classes."""
    if rule["answer"] != "costs" or len(data.labels) != 2:
        return rule.get("threshold")
    (spared, false), (missed, found) = rule["costs"]["matrix"]
    return float((false - spared) / ((false - spared) + (missed - found))) if false + missed > spared + found else None


def _points(data: Scored, rule: Rule) -> Iterator[tuple[str, Number]]:
    """What the rule came to."""
    label = rule.get("class", data.labels[1] if len(data.labels) == 2 else "")
    about = [f"{name}[{label}]" for name in ("recall", "precision", "fpr")] if label else ["accuracy"]
    about += ["coverage", "error"] if rule["review"] else []
    about += ["cost"] if rule["costs"] else []
    about += ["in_scope_loss", "in_scope_accuracy"] if "outside" in rule else []
    about += ["outside_recall", "outside_precision"] if "outside" in rule and "outside" in data.entry["state"] else []
    yield from zip(about, data.numbers([data.metric(name) for name in about]), strict=True)


def _curves(data: Scored, rule: Rule, goals: Sequence[Goal]) -> Iterator[Curve]:
    probability = data.outputs["probability"]
    label = rule.get("class", data.labels[1] if len(data.labels) == 2 else "")
    if label and rule["answer"] != "likeliest":
        code = data.labels.index(label)
        at = rules.thresholds(probability[:, code])
        rates = rules.class_rates(probability[:, code], data.y == code, at)
        yield _curve(data, goals, "roc", label, (rates["fpr"], rates["recall"]), (f"fpr[{label}]", f"recall[{label}]"))
    if rule["review"] == "confidence":
        codes = data.called()
        certainty = probability[np.arange(len(codes)), codes]
        rates = rules.certainty_rates(certainty, codes == data.y, rules.thresholds(certainty))
        yield _curve(data, goals, "coverage", "", (rates["coverage"], rates["error"]), ("coverage", "error"))


def _curve(
    data: Scored,
    goals: Sequence[Goal],
    kind: str,
    label: str,
    rates: tuple[rules.Rate, rules.Rate],
    names: tuple[str, str],
) -> Curve:
    across, up = (np.asarray(ratio(*rate), np.float64) for rate in rates)
    known = np.flatnonzero(~np.isnan(across) & ~np.isnan(up))
    known = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_POINTS)).astype(int))]
    numbers = data.numbers([data.metric(name) for name in names])
    bounds = {part.name: part.value for goal in goals for part in goal.parts if goal.conditions and not goal.column}
    bounds |= {f"{name}[{label}]": value for name, value in bounds.items() if label and "[" not in name}
    points = tuple((float(across[place]), float(up[place])) for place in known)
    return Curve(kind, label, points, numbers[0], numbers[1], bounds.get(names[0]), bounds.get(names[1]))


def _prices(data: Scored, rule: Rule) -> tuple[Price, ...]:
    """Money per 1,000 rows: under the rule, at the likeliest class, for one class always, and for a person always."""
    matrix, review = np.asarray(rule["costs"]["matrix"], np.float64), rule["costs"]["review"]
    probability, y = data.outputs["probability"], data.y
    own: Doubles = plugins.part("tasks", data.entry["task"], "metrics").row_costs(data.outputs, y, rule)
    ways: list[tuple[str, str, Array]] = [("likeliest", "", matrix[y, probability.argmax(axis=1)])]
    ways += [("all", label, matrix[y, code]) for code, label in enumerate(data.labels[:MOST_CLASSES])]
    ways += [] if review is None else [("review", "", np.full(len(y), review))]

    def mean(costs: Array) -> Callable[[Doubles], Array]:
        return lambda weight: np.asarray(PER * (weight @ costs) / len(y))

    drawn = bootstrap([mean(costs) for _, _, costs in [("", "", own), *ways]], len(y), seed=data.seed)
    base, others = drawn[0], drawn[1:]
    found = [Price("rule", "", data.spread(PER * float(own.mean()), base), Number(None))]
    for (way, label, costs), draws in zip(ways, others, strict=True):
        gap = data.spread(PER * float((costs - own).mean()), draws - base)
        found.append(Price(way, label, data.spread(PER * float(costs.mean()), draws), gap))
    return tuple(found)

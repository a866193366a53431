"""Everything measured about one target, from the bundle's outputs on rows whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.messages import pick, text
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns, Doubles, Metric, Outputs
from modelyard.core.report import (
    Baseline,
    Bin,
    ClassScore,
    Conformal,
    Confusion,
    Fit,
    Reliability,
    Score,
    Step,
)
from modelyard.measure import calibration, score
from modelyard.measure.intervals import bootstrap, intervals, spread, wilson

CLASS, NAIVE = "[class]", "naive"
MOST_CONFUSED = 12
MOST_CLASSES = 30
MOST_PAIRS = 400
HISTOGRAM = 20
QUANTILES = {"5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95}


@dataclass(frozen=True)
class Scored:
    """One target on the rows whose truth is known.

    Args:
        entry: The target as the bundle's manifest has it.
        rows: Numbers of those rows in the table.
        y: Their truth, as the task reads it.
        outputs: What the bundle said.
        confidence: Of every interval.
        seed: Of every draw.
    """

    entry: Mapping[str, Any]
    rows: Array
    y: Array
    outputs: Outputs
    confidence: float
    seed: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes or labels; empty for numbers."""
        return tuple(self.entry["state"].get("labels", ()))

    @property
    def decision(self) -> dict[str, Any] | None:
        """The decision rule; None where the plain answer is given."""
        rule: dict[str, Any] | None = self.entry["decision"]
        return rule

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the score table, the main one first."""
        room = plugins.part("tasks", self.entry["task"], "metrics")
        listed: tuple[str, ...] = room.shown(self.entry["state"], self.decision)
        return listed

    @property
    def own(self) -> tuple[str, ...]:
        """Metrics that hang on a threshold for this very model: for another one they say nothing."""
        listed: tuple[str, ...] = getattr(plugins.part("tasks", self.entry["task"], "metrics"), "OWN", ())
        return listed

    def has(self, metric: str) -> bool:
        """Whether the task has a metric, `recall[class]` for one about a class."""
        return metric in plugins.part("tasks", self.entry["task"], "options").METRICS

    def metric(self, name: str) -> Metric:
        """A metric of the task, under the decision rule."""
        room = plugins.part("tasks", self.entry["task"], "metrics")
        metric: Metric = room.metric(name, self.entry["state"], self.decision)
        return metric

    def losses(self, outputs: Outputs | None = None) -> Array:
        """Proper score of each row [rows]; of the bundle's outputs by default."""
        metrics = plugins.part("tasks", self.entry["task"], "metrics")
        losses: Array = metrics.row_loss(self.outputs if outputs is None else outputs, self.y, self.entry["state"])
        return losses

    def answer(self) -> dict[str, Any]:
        """What a user reads for these rows."""
        postprocess = plugins.part("tasks", self.entry["task"], "postprocess")
        answer: dict[str, Any] = postprocess.answer(
            self.outputs, self.entry["state"], self.entry["calibration"], self.decision
        )
        return answer

    def called(self) -> Array:
        """Codes of the classes that are answered [rows], or which labels are, boolean [rows, labels]."""
        called: Array = plugins.part("tasks", self.entry["task"], "metrics").called(self.outputs, self.decision)
        return called

    def within(self) -> Scored:
        """Only the rows that belong to one of the classes; all of them where there are no classes to be outside of."""
        inside = getattr(plugins.part("tasks", self.entry["task"], "target"), "within", None)
        return self if inside is None else self.at(inside(self.y))

    def at(self, rows: Array | slice) -> Scored:
        """Only some of the rows, by mask, number or slice."""
        return replace(self, rows=self.rows[rows], y=self.y[rows], outputs=_of(self.outputs, rows))

    def value(self, name: str) -> float:
        """One metric without an interval; NaN where it is not defined."""
        return float(self.metric(name).compute(self.outputs, self.y, None))

    def number(self, name: str) -> Number:
        """One metric with its interval."""
        return self.numbers([self.metric(name)])[0]

    def numbers(self, metrics: list[Metric]) -> list[Number]:
        """Metrics with their intervals, all from the same resamples."""
        if not len(self.y):
            return [Number(None) for _ in metrics]
        found = intervals(metrics, self.outputs, self.y, confidence=self.confidence, seed=self.seed)
        return [Number.of(*each, _support(metric, self)) for metric, each in zip(metrics, found, strict=True)]

    def spread(self, value: float, draws: Doubles) -> Number:
        """A number with the interval of its bootstrap draws."""
        return Number.of(*spread(value, draws, len(self.y), self.confidence), len(self.y))

    def share(self, hits: Array) -> Number:
        """The share of true values, with Wilson's interval."""
        return Number.of(*wilson(float(np.mean(hits)) if len(hits) else np.nan, len(hits), self.confidence), len(hits))


def scored(entry: Mapping[str, Any], table: Columns, outputs: Outputs, confidence: float, seed: int) -> Scored:
    """Put the bundle's outputs beside the truth in the table, where there is one."""
    target = plugins.part("tasks", entry["task"], "target")
    y = target.reread({name: table[name] for name in entry["columns"]}, entry["state"])
    rows = np.flatnonzero(target.known(y))
    return Scored(entry, rows, y[rows], _of(outputs, rows), confidence, seed)


# --------------------------------------------------------------------- quality
def scores(data: Scored) -> tuple[Score, ...]:
    """All metrics of the task, the most telling first."""
    metrics = [data.metric(name) for name in data.metrics]
    return tuple(
        Score(metric.name, metric.better, number, _bounds(metric))
        for metric, number in zip(metrics, data.numbers(metrics), strict=True)
    )


def baselines(data: Scored, others: Mapping[str, Outputs]) -> tuple[Baseline, ...]:
    """Simpler models on the same rows and under the same decision rule.

    The first metric is compared on the same resamples, pair by pair.

    Args:
        data: The bundle's.
        others: Method -> outputs on all rows of the table.
    """
    if not len(data.y) or not others:
        return ()
    mine = {method: replace(data, outputs=_of(outputs, data.rows)) for method, outputs in others.items()}
    main = data.metric(data.metrics[0])

    def on(one: Scored) -> Callable[[Doubles], Array]:
        return lambda weight: np.asarray(main.compute(one.outputs, data.y, weight))

    own, *drawn = bootstrap([on(one) for one in (data, *mine.values())], len(data.y), seed=data.seed)
    found = []
    for (method, other), draws in zip(mine.items(), drawn, strict=True):
        values = {name: np.nan if name in data.own else other.value(name) for name in data.metrics}
        gap = data.value(main.name) - values[main.name]
        plain = {name: Number.of(value, n=len(data.y)) for name, value in values.items()}
        numbers = {**plain, main.name: data.spread(values[main.name], draws)}
        found.append(Baseline(method, title(method), numbers, {main.name: data.spread(gap, own - draws)}))
    return tuple(found)


def tells_more(data: Scored, scores: Sequence[Score], others: Sequence[Baseline]) -> bool:
    """Whether the bundle is better than an answer that looks at no input, by more than noise; if that was measured."""
    naive = next((one.differences[scores[0].metric] for one in others if one.method == NAIVE), None)
    if naive is None:
        return bool(data.entry["method"] != NAIVE)
    low, high = naive.interval or (0.0, 0.0)
    return low > 0 if scores[0].better == "higher" else high < 0


def title(method: str) -> str:
    """A method's name for people; its plug-in name when it is not installed here."""
    if method not in plugins.names("methods") and not plugins.local_digest("methods", method):
        return method
    return pick(plugins.part("methods", method, "options").INFO.title)


def classes(data: Scored) -> tuple[ClassScore, ...]:
    """Precision and recall of each class or label, the most frequent ones first when there are too many."""
    if not len(data.y) or not (data.has("precision" + CLASS) and data.has("recall" + CLASS)):
        return ()
    members = _members(data)
    frequent = sorted(np.argsort(-members, kind="stable")[:MOST_CLASSES].tolist())
    names = [data.labels[code] for code in frequent]
    metrics = [data.metric(f"{kind}[{name}]") for name in names for kind in ("precision", "recall")]
    numbers = iter(data.numbers(metrics))
    return tuple(
        ClassScore(name, int(members[code]), precision=next(numbers), recall=next(numbers))
        for name, code in zip(names, frequent, strict=True)
    )


def confusion(data: Scored) -> Confusion | None:
    """Actual against answered classes; rare classes are poured together."""
    if not data.labels or data.y.ndim != 1 or not len(data.y):
        return None
    called = data.called()
    counts = score.confusion(called, data.y, len(data.labels))
    if len(data.labels) <= MOST_CONFUSED:
        return Confusion(data.labels, tuple(map(tuple, counts.tolist())))
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[: MOST_CONFUSED - 1])
    place = np.full(len(data.labels), len(kept))
    place[kept] = np.arange(len(kept))
    folded = score.confusion(place[called], place[data.y], len(kept) + 1)
    names = tuple(data.labels[code] for code in kept)
    return Confusion(names, tuple(map(tuple, folded.tolist())), len(data.labels) - len(kept))


# ----------------------------------------------------------------- probabilities
def reliability(data: Scored, known: Sequence[Score]) -> Reliability | None:
    """Bins of what was said and what came true; the calibration error is taken from the known scores if it is there."""
    metrics = plugins.part("tasks", data.entry["task"], "metrics")
    if not hasattr(metrics, "said") or not len(data.y):
        return None
    said, hit = metrics.said(data.outputs, data.y)
    about = "labels" if data.y.ndim == 2 else "positive" if len(data.labels) == 2 else "answer"
    found = calibration.reliability(said, hit)
    bins = (
        Bin(float(mean), Number.of(*wilson(float(share), int(rows), data.confidence), int(rows)))
        for mean, share, rows in zip(found.said, found.happened, found.rows, strict=True)
    )
    measured = [score.number for score in known if score.metric == "ece"]
    ece = measured[0] if measured else Number.of(float(calibration.ece(said, hit)), n=len(said))
    histogram = np.histogram(said, HISTOGRAM, (0, 1))[0].tolist()
    return Reliability(about, ece, tuple(bins), tuple(histogram))


def conformal(data: Scored) -> Conformal | None:
    """Whether prediction intervals hold the truth as often as promised, or certain answers are right."""
    threshold, promised = (data.entry["calibration"].get(name) for name in ("conformal", "confidence"))
    if threshold is None or promised is None or not len(data.y):
        return None
    answer = data.answer()
    if "low" in answer:
        low, high = np.asarray(answer["low"], float), np.asarray(answer["high"], float)
        wide = (high - low).mean()
        return Conformal(promised, data.share((low <= data.y) & (data.y <= high)), Number.of(wide, n=len(data.y)))
    if "certain" in answer and data.y.ndim == 1:
        probability, certain = data.outputs["probability"], np.asarray(answer["certain"], bool)
        right = data.called() == data.y
        kept = right | (probability[np.arange(len(data.y)), data.y] >= np.float32(threshold))
        return Conformal(
            promised,
            coverage=data.share(kept),
            certain=data.share(certain),
            accuracy=data.share(right[certain]),
            otherwise=data.share(right[~certain]),
        )
    return None


def fit(data: Scored) -> Fit | None:
    """Predicted and actual numbers, and how far they are apart."""
    if "value" not in data.outputs or not len(data.y):
        return None
    predicted = data.outputs["value"].reshape(-1)
    error = data.y - predicted
    chosen = np.random.default_rng(data.seed).permutation(len(error))[:MOST_PAIRS]
    pairs = tuple((float(data.y[row]), float(predicted[row])) for row in np.sort(chosen))
    answer = data.answer()
    half = float(np.mean(np.asarray(answer["high"]) - np.asarray(answer["low"])) / 2) if "low" in answer else None
    return Fit(pairs, {name: float(np.quantile(error, share)) for name, share in QUANTILES.items()}, half)


# ------------------------------------------------------------------------ ladder
def ladder(steps: Iterable[Mapping[str, Any]], measured: bool = True) -> tuple[Step, ...]:
    """What training tried, as the report shows it; reasons and notes may be messages or sentences.

    Args:
        steps: As training reports them.
        measured: Whether losses were those of rows that were kept from training; else they say nothing.
    """
    return tuple(
        Step(
            method=step["method"],
            title=step.get("title") or title(step["method"]),
            **{name: step.get(name) if measured else None for name in ("loss", "gain", "low", "high", "beats")},
            over=(measured and step.get("over")) or "",
            skipped=_sentence(step.get("skipped") or ""),
            cause=step.get("cause") or "",
            work=int(step.get("work") or 0),
            curves=tuple(dict(point) for point in (measured and step.get("curves")) or ()),
            notes=tuple(_sentence(note) for note in step.get("notes") or ()),
        )
        for step in steps
    )


def _sentence(said: Any) -> str:
    """A message as (key, values), or a sentence already."""
    return said if isinstance(said, str) else text(said[0], **said[1])


def _of(outputs: Outputs, rows: Array | slice) -> Outputs:
    return {name: values[rows] for name, values in outputs.items()}


def _members(data: Scored) -> Array:
    """Rows of each class or label."""
    if data.y.ndim == 2:
        return np.asarray(np.nansum(data.y > 0, axis=0))
    return np.bincount(data.y, minlength=len(data.labels))


def _support(metric: Metric, data: Scored) -> int:
    """Rows that a number rests on."""
    return metric.trials(data.outputs, data.y) if metric.exact and metric.trials else len(data.within().y)


def _bounds(metric: Metric) -> tuple[float | None, float | None]:
    low, high = (float(end) if np.isfinite(end) else None for end in metric.bounds)
    return low, high

"""How the planner did: its kept forecasts beside what was measured since, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from modelyard.core.errors import DataError
from modelyard.core.messages import text
from modelyard.core.number import aligned, interval_words
from modelyard.plan import ledger, measured
from modelyard.plan.ahead import evidence, metric_of
from modelyard.plan.making import subject_of
from modelyard.plan.measured import Measured

MOST = 20


def lines(workspace: Path) -> Iterator[str]:
    """The record.

    Args:
        workspace: The `.modelyard` folder.

    Raises:
        StorageError: It cannot be read.
    """
    record = ledger.score(workspace, [one for curve in measured.every(workspace) for one in arrived(curve)])
    if not record.forecasts:
        yield text("plan.score_none")
        return
    counts = {"forecasts": record.forecasts, "measurements": record.measurements}
    yield text("plan.score_counts", **counts, scored=record.forecasts - sum(record.unscored.values()))
    if record.measurements:
        yield text("plan.score_coverage", value=interval_words(record.coverage), n=record.measurements)
        yield text("plan.score_no_brier") if record.brier is None else _number("brier", record.brier)
        yield _number("pinball", record.pinball or 0.0)
        yield from aligned([_row(one) for one in record.scored[-MOST:]])
    yield from (text(f"plan.unscored_{reason}", count=count) for reason, count in record.unscored.items())
    if record.damaged:
        yield text("plan.score_damaged", names=", ".join(record.damaged))


def arrived(curve: Measured) -> Iterator[ledger.Arrived]:
    """Every point of a curve as a measurement, in errors."""
    for target in curve.shared.targets:
        for metric in {name: None for point in curve.points for name in point.metrics.get(target, {})}:
            try:
                known = evidence(curve, target, metric_of(curve, target, metric))
            except DataError:  # a metric without an end, such as costs: nothing was forecast of it
                continue
            errors = np.clip(known.scale.error(known.values).mean(axis=1), 0, 1)
            subject = subject_of(curve, target, metric)
            pairs = zip(known.sizes.tolist(), errors.tolist(), strict=True)
            yield from (ledger.Arrived(subject, round(size), error) for size, error in pairs)


def _number(name: str, value: float) -> str:
    return text(f"plan.score_{name}", value=f"{value:.3g}")


def _row(one: ledger.Scored) -> tuple[str, ...]:
    said = f"{one.median:.4g} ({one.low:.4g} - {one.high:.4g})"
    verdict = text("plan.score_inside" if one.inside else "plan.score_outside")
    named = text("plan.score_row", made=one.made, metric=one.subject.metric, size=f"{one.size:,}")
    return named, said, f"{one.error:.4g}", verdict

"""How a metric is written, `roc_auc` or `recall[bad]`, and what is said when there is no such metric or class."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.plugins import nearest

CLASS = "[class]"
"""Ends the names of metrics that are about one class, in a task's `METRICS`."""


def split(name: str, valid: Sequence[str], labels: Sequence[str] = ()) -> tuple[str, int | None]:
    """Take a metric's name apart.

    Args:
        name: As a goal writes it.
        valid: The task's `METRICS`.
        labels: Its classes or labels, which stand in brackets.

    Returns:
        The name without brackets, and the code of the class (None without one).

    Raises:
        ProjectError: No such metric, or no such class; the nearest ones are offered.
    """
    stem, opening, rest = name.partition("[")
    if (stem + CLASS if opening else stem) not in valid:
        raise ProjectError(
            _mistake(name, text("tasks.expected_metric", names=", ".join(valid)), nearest(stem, _stems(valid)))
        )
    if not opening:
        return stem, None
    label = rest.removesuffix("]")
    if label not in labels:
        names = ", ".join(labels[:20])
        raise ProjectError(_mistake(name, text("tasks.expected_class", names=names), nearest(label, list(labels))))
    return stem, labels.index(label)


def _stems(valid: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.removesuffix(CLASS) for name in valid))


def _mistake(name: str, expected: str, fix: str) -> Mistake:
    return Mistake(text("tasks.place_metric"), name, expected, fix)

"""How a metric is written, `roc_auc`, `recall[bad]`, `lift@10%`, and what is said when there is none of that name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import CLASS, SHARE
from modelyard.core.messages import text
from modelyard.core.plugins import nearest


class Name(NamedTuple):
    """A metric's name, taken apart.

    Attributes:
        stem: Without share and class.
        code: Of the class; None without one.
        share: Of the rows; 0 without one.
    """

    stem: str
    code: int | None
    share: float


def split(name: str, valid: Sequence[str], labels: Sequence[str] = ()) -> Name:
    """Take a metric's name apart.

    Args:
        name: As `core.goals.Goal.name` writes it.
        valid: The task's `METRICS`.
        labels: Its classes or labels, which stand in brackets.

    Raises:
        ProjectError: No such metric, or no such class; the nearest ones are offered.
    """
    head, opening, rest = name.partition("[")
    stem, at, share = head.partition("@")
    if stem + SHARE * bool(at) + CLASS * bool(opening) not in valid:
        near = nearest(stem, list(dict.fromkeys(each.partition("[")[0].partition("@")[0] for each in valid)))
        raise ProjectError(_mistake(name, text("tasks.expected_metric", names=", ".join(valid)), near))
    part = float(share.removesuffix("%")) / 100 if at else 0.0
    if not opening:
        return Name(stem, None, part)
    label = rest.removesuffix("]")
    if label not in labels:
        names = ", ".join(labels[:20])
        raise ProjectError(_mistake(name, text("tasks.expected_class", names=names), nearest(label, list(labels))))
    return Name(stem, labels.index(label), part)


def _mistake(name: str, expected: str, fix: str) -> Mistake:
    return Mistake(text("tasks.place_metric"), name, expected, fix)

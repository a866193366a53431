"""The decision rule of each target, chosen from the goals and costs of the project on rows that training held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelyard.core import plugins
from modelyard.core.goals import Goal
from modelyard.core.protocols import State, TaskDecide
from modelyard.models.checkpoint import Checkpoint


@dataclass(frozen=True)
class Wishes:
    """What the project asks of decisions.

    Args:
        goals: Validated, each with its target.
        options: Target -> the options of its task that shape the rule alone, as far as they were written.
        confidence: Beyond which a bound is said to hold on the held-out rows.
    """

    goals: tuple[Goal, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    confidence: float = 0.95


def decide(checkpoint: Checkpoint, wishes: Wishes) -> dict[str, State]:
    """Target -> its decision rule, for those targets of which something is asked."""
    found = {}
    for target in checkpoint.targets:
        room: TaskDecide = plugins.part("tasks", target.task, "decide")
        goals = [goal for goal in wishes.goals if goal.target == target.name]
        options = wishes.options.get(target.name, {})
        if not goals and not options:
            continue
        rows, outputs = checkpoint.held(target.name)
        y = checkpoint.dataset.y(target.name, rows)
        rule = room.choose(outputs, y, target.state, goals, options, wishes.confidence)
        if rule is not None:
            found[target.name] = rule
    return found

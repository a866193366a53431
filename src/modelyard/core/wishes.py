"""What a project asks of decisions: goals on quality, and options of tasks that shape the decision rule alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelyard.core import plugins
from modelyard.core.goals import Goal
from modelyard.core.project import Project


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

    def about(self, target: str) -> bool:
        """Whether anything is asked of a target."""
        return bool(self.options.get(target)) or any(goal.target == target for goal in self.goals)

    def goals_on(self, target: str) -> list[Goal]:
        """The goals of a target."""
        return [goal for goal in self.goals if goal.target == target]


def wishes_of(project: Project, tasks: Mapping[str, str]) -> Wishes:
    """What a project asks of its targets.

    Args:
        project: The validated project.
        tasks: Name of each target -> name of its task.

    Raises:
        ProjectError: All goals that do not fit the tasks, at once.
    """
    written = {entry.name: entry.options for entry in project.predict}
    options = {
        target: {name: written[target][name] for name in deciding(task) if name in written[target]}
        for target, task in tasks.items()
    }
    goals = tuple(goal for goal in project.validated_goals(tasks) if not goal.is_of_bundle)
    return Wishes(goals, options, project.evaluate.confidence)


def deciding(task: str) -> tuple[str, ...]:
    """Names of the options of a task that shape its decision rule alone."""
    names: tuple[str, ...] = plugins.part("tasks", task, "options").DECIDING
    return names

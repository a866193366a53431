"""What the project asks of the result, held against the data before anything is trained: goals, rules, slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from modelyard.core import goal_checks, plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import TaskDecide
from modelyard.core.schema import KEPT, Column
from modelyard.core.wishes import Wishes, wishes_of
from modelyard.data.dataset import DatasetTarget


def check(project: Project, targets: Sequence[DatasetTarget], columns: Sequence[Column]) -> None:
    """Refuse goals that the tasks cannot have, rules that contradict themselves, and slices that are not kept.

    Raises:
        ProjectError: All of them at once.
    """
    mistakes: list[Mistake] = []
    wishes = wishes_of(project, {target.name: target.task for target in targets})
    roles = {column.name: column.role for column in columns}
    for target in targets:
        for goal in wishes.goals_on(target.name):
            mistakes += _told(partial(_check_goal, goal, target, roles))
        if not mistakes:  # a rule is made of goals that make sense one by one
            mistakes += _told(partial(_check_rule, project, target, wishes))
    mistakes += [
        _no_slice(name, project.place("evaluate", "slices", number), roles)
        for number, name in enumerate(project.evaluate.slices)
        if roles.get(name) not in KEPT
    ]
    mistakes += _unclear_ways(project, targets, columns)
    if mistakes:
        raise ProjectError(mistakes)


def _unclear_ways(project: Project, targets: Sequence[DatasetTarget], columns: Sequence[Column]) -> list[Mistake]:
    """Columns that answers are to rise or fall with, where an answer is more than one number."""
    wide = [target for target in targets if plugins.part("tasks", target.task, "target").width(target.state) > 1]
    return [
        Mistake(
            project.place("columns", column.name, "monotone"),
            text("prepare.got_monotone", way=column.monotone, target=target.name, task=target.task),
            text("prepare.expected_monotone"),
        )
        for column in columns
        for target in wide
        if column.monotone
    ]


def _check_goal(goal: Goal, target: DatasetTarget, roles: Mapping[str, str]) -> None:
    """A goal's class, numbers, directions and slices."""
    goal_checks.check_class(goal, target.state.get("labels", ()))
    for part in goal.parts:
        metric = plugins.part("tasks", target.task, "metrics").metric(part.name, target.state)
        goal_checks.check_sense(goal, metric, part)
    if goal.column and roles.get(goal.column) not in KEPT:
        raise ProjectError(_no_slice(goal.column, goal.place, roles))


def _check_rule(project: Project, target: DatasetTarget, wishes: Wishes) -> None:
    """What goals and options ask of the target's decision rule."""
    number = [entry.name for entry in project.predict].index(target.name)
    room: TaskDecide = plugins.part("tasks", target.task, "decide")
    place, goals = project.place("predict", number), wishes.goals_on(target.name)
    room.check(wishes.options[target.name], target.state, goals, place)


def _told(check: Callable[[], None]) -> tuple[Mistake, ...]:
    """The mistakes that a check finds."""
    try:
        check()
    except ProjectError as error:
        return tuple(error.mistakes)
    return ()


def _no_slice(name: str, place: str, roles: Mapping[str, str]) -> Mistake:
    """A column that nothing can be sliced by: there is none, or the test rows are kept without it."""
    expected = text("pipeline.expected_slice", roles=", ".join(KEPT))
    if name not in roles:
        return Mistake(place, repr(name), expected, plugins.nearest(name, list(roles)))
    return Mistake(place, f"{name!r} ({roles[name]})", expected, f"columns: {{{name}: {{role: protected}}}}")

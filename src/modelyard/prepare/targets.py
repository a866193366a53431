"""Which columns are predicted, by which task, and what their y is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Predict, Project
from modelyard.core.protocols import Array, Columns, Sample, TaskTarget
from modelyard.data.content import missing
from modelyard.data.dataset import DatasetTarget
from modelyard.prepare.described import described
from modelyard.prepare.infer import SURE, options_of, sample

CLASSES = "read_described"
"""What a task has that takes classes which no row shows."""


def read_targets(project: Project, table: Columns) -> tuple[tuple[DatasetTarget, ...], dict[str, Array]]:
    """Read every target of a project.

    Returns:
        The targets, and target name -> y of all rows.

    Raises:
        DataError: No task can learn a target, or the one that was named cannot.
        ProjectError: An option that the task does not have.
    """
    targets: list[DatasetTarget] = []
    ys: dict[str, Array] = {}
    classes = described(project)
    for number, entry in enumerate(project.predict):
        task = entry.task or _claimed(entry, table, project.place("predict", number))
        options: dict[str, Any] = options_of("tasks", task, entry.options, project, ("predict", number))
        for name in plugins.part("tasks", task, "options").DECIDING:
            del options[name]  # what shapes the decision rule is read when the bundle is made
        module, columns = _target_of(task), {name: table[name] for name in entry.targets}
        own = getattr(module, CLASSES, None) if classes else None
        target = own(columns, options, classes) if own else module.read(columns, options)
        targets.append(DatasetTarget(entry.name, entry.targets, task, options, target.state))
        ys[entry.name] = target.y
    return tuple(targets), ys


def known_rows(targets: Sequence[DatasetTarget], ys: dict[str, Array]) -> dict[str, Array]:
    """Target name -> boolean [rows]: where it has a value."""
    return {target.name: _target_of(target.task).known(ys[target.name]) for target in targets}


def _claimed(entry: Predict, table: Columns, place: str) -> str:
    """The task that claims the columns most surely."""
    samples = [sample(name, table[name], missing(table[name])) for name in entry.targets]
    claims = {task: _target_of(task).claim(samples) for task in plugins.names("tasks")}
    best = max(sorted(claims), key=lambda task: claims[task], default="")
    if not best or claims[best] < SURE:
        raise DataError(_unclaimed(samples, place))
    return best


def _unclaimed(samples: Sequence[Sample], place: str) -> Mistake:
    shown = "; ".join(f"{one.name}: {', '.join(map(str, one.values[:3]))}"[:80] for one in samples[:5])
    tasks = " / ".join(plugins.names("tasks"))
    return Mistake(place, shown, text("prepare.expected_target"), text("prepare.fix_target", tasks=tasks))


def _target_of(task: str) -> TaskTarget:
    module: TaskTarget = plugins.part("tasks", task, "target")
    return module

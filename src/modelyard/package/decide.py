"""The decision rule of each target, chosen from the goals and costs of the project on rows that training held out.

Every row counts once, whatever its weight, as it does in the report that the rule is held against.
"""

from __future__ import annotations

from modelyard.core import plugins
from modelyard.core.protocols import Array, Outputs, State, TaskDecide
from modelyard.core.wishes import Wishes
from modelyard.models.checkpoint import Checkpoint, TrainedTarget
from modelyard.models.folds import Rows, divisions

FOLDS, SEED = 5, 0


def decide(checkpoint: Checkpoint, wishes: Wishes) -> dict[str, State]:
    """Target -> its decision rule, for those targets of which something is asked."""
    found: dict[str, State] = {}
    for target in checkpoint.targets:
        if _is_asked(target, wishes):
            rows, outputs = target.held()
            rule = _choose(target, outputs, checkpoint.dataset.y(target.name, rows), wishes)
            found |= {} if rule is None else {target.name: rule}
    return found


def decided_unseen(checkpoint: Checkpoint, target: TrainedTarget, wishes: Wishes) -> Outputs:
    """What is decided about the held-out rows of a target by rules that were chosen without them, in `FOLDS` folds.

    Where there are no test rows, the report is measured on the rows that the rule was chosen on; it would flatter it.

    Returns:
        What the task's `decided` gives, in the order of `target.held()`; nothing where no rule is asked for.
    """
    if not _is_asked(target, wishes):
        return {}
    room: TaskDecide = plugins.part("tasks", target.task, "decide")
    rows, outputs = target.held()
    y = checkpoint.dataset.y(target.name, rows)
    found = {name: values.copy() for name, values in room.decided(outputs, None).items()}
    for fold in divisions(y, FOLDS, 1, SEED, checkpoint.dataset.units[rows]):
        rule = _choose(target, _of(outputs, fold.train), y[fold.train], wishes)
        for name, values in room.decided(_of(outputs, fold.held), rule).items():
            found[name][fold.held] = values
    return found


def _is_asked(target: TrainedTarget, wishes: Wishes) -> bool:
    """Whether anything is asked of a rule: by the project, or by what reading the target found."""
    return wishes.about(target.name) or "outside" in target.state


def _choose(target: TrainedTarget, outputs: Outputs, y: Array, wishes: Wishes) -> State | None:
    room: TaskDecide = plugins.part("tasks", target.task, "decide")
    goals = wishes.goals_on(target.name) if len(y) else ()  # no threshold is chosen where nothing shows its worth
    options = wishes.options.get(target.name, {})
    return room.choose(outputs, y, target.state, goals, options, wishes.confidence)


def _of(outputs: Outputs, rows: Rows) -> Outputs:
    return {name: values[rows] for name, values in outputs.items()}

"""Who passes on to whom: the order of work that a schedule fixes, as arcs between its tasks.

Whoever is busy with a task comes from tasks that were over before. Kept to in every simulated project, these arcs and
the dependencies make a graph without circles (the resource flow network of Artigues et al., 2003).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.plan.schedule.planned import Planned, Schedule
from modelyard.plan.schedule.work import Mode, Task, Work

_EXACT = 1e-9


@dataclass(frozen=True)
class Network:
    """The tasks of a schedule, each after all that it waits for.

    Args:
        tasks: Their ids.
        modes: How each is done.
        waits: [tasks] numbers of the tasks that have to be over before, each with the days to wait after it.
        hands: [tasks] numbers of the tasks whose people it takes over.
    """

    tasks: tuple[Task, ...]
    modes: tuple[Mode, ...]
    waits: tuple[tuple[tuple[int, int], ...], ...]
    hands: tuple[tuple[int, ...], ...]


def network(work: Work, schedule: Schedule) -> Network:
    """The order of work in a schedule of this work."""
    tasks = {task.id: task for task in work.tasks}
    items = _ordered(schedule, tasks)
    number = {item.task: index for index, item in enumerate(items)}
    modes = tuple(tasks[item.task].modes[item.mode] for item in items)
    waits = []
    for item in items:
        task = tasks[item.task]
        before = [(number[other], lag) for other, lag in task.after.items()]
        if task.gate in schedule.reached:
            before.append((number[schedule.reached[task.gate]], 0))
        waits.append(tuple(before))
    return Network(tuple(tasks[item.task] for item in items), modes, tuple(waits), _hands(work, items, modes, waits))


def _ordered(schedule: Schedule, tasks: Mapping[str, Task]) -> list[Planned]:
    """By start; where several tasks of no days stand on one day, each after those that it waits for."""
    left = sorted(schedule.items, key=lambda item: (item.start, item.end, item.task))
    ordered: list[Planned] = []
    done: set[str] = set()
    while left:
        item = next(item for item in left if _before(tasks[item.task], schedule) <= done)
        left.remove(item)
        ordered.append(item)
        done.add(item.task)
    return ordered


def _before(task: Task, schedule: Schedule) -> set[str]:
    opener = schedule.reached.get(task.gate)
    return {*task.after, *([opener] if opener is not None else [])}


def _hands(
    work: Work, items: list[Planned], modes: tuple[Mode, ...], waits: list[tuple[tuple[int, int], ...]]
) -> tuple[tuple[int, ...], ...]:
    """[tasks] whose people each takes over: of those it waits for if it can, else of those that were over first."""
    free: dict[str, list[tuple[int, float]]] = {role: [(-1, people)] for role, people in work.roles.items()}
    hands = []
    for index, item in enumerate(items):
        near = {other for other, _ in waits[index]}
        for role, people in modes[index].people.items():
            givers = [(who, count) for who, count in free[role] if who < 0 or items[who].end <= item.start]
            givers.sort(key=lambda each: (each[0] not in near, -1 if each[0] < 0 else items[each[0]].end, each[0]))
            left = people
            for who, count in givers:
                taken = min(count, left)
                if taken > _EXACT:
                    free[role].remove((who, count))
                    free[role] += [(who, count - taken)] if count - taken > _EXACT else []
                    near.add(who)
                    left -= taken
            free[role].append((index, people - max(left, 0.0)))
        hands.append(tuple(sorted(near - {other for other, _ in waits[index]} - {-1})))
    return tuple(hands)

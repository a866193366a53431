"""Simulated projects in which people take up whatever is ready, the schedule's earlier tasks first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from modelyard.plan.schedule.flow import Network

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_EXACT = 1e-9


def dispatched(plan: Network, roles: Mapping[str, float], spans: Floats, planned: Floats, ready: Floats) -> Floats:
    """When each task is over, in projects that go from one event to the next, all at once.

    Args:
        plan: What waits for what, in the order of the schedule's starts.
        roles: Role -> people.
        spans: [tasks, draws] days; infinite where the task is never over, and its people leave after `planned`.
        planned: [tasks] days.
        ready: [tasks] no start before.

    Returns:
        [tasks, draws]; infinite where a task is never over, or waits for one.
    """
    tasks, draws = spans.shape
    needs = np.array([[mode.people.get(role, 0.0) for role in roles] for mode in plan.modes]).reshape(tasks, len(roles))
    free = np.repeat(np.array(list(roles.values()), np.float64)[:, None], draws, axis=1)
    busy = np.where(np.isinf(spans), planned[:, None], spans)
    finishes, leaves = np.full((2, tasks, draws), np.inf)
    waiting, working = np.ones((tasks, draws), bool), np.zeros((tasks, draws), bool)
    wanted = [np.flatnonzero(needs[number]) for number in range(tasks)]
    now = np.zeros(draws)
    while np.isfinite(now).any():
        for number in np.flatnonzero(waiting.any(axis=1)).tolist():
            begins = waiting[number] & (_from(plan, number, finishes, ready) <= now + _EXACT) & np.isfinite(now)
            for role in wanted[number]:
                begins &= free[role] >= needs[number, role] - _EXACT
            if begins.any():
                finishes[number][begins] = (now + spans[number])[begins]
                leaves[number][begins] = (now + busy[number])[begins]
                free -= needs[number][:, None] * begins
                waiting[number] &= ~begins
                working[number] |= begins
        now = _next(plan, now, finishes, leaves, waiting, working, ready)
        over = working & (leaves <= now + _EXACT)
        free += needs.T @ over
        working &= ~over
    return finishes


def _from(plan: Network, number: int, finishes: Floats, ready: Floats) -> Floats:
    """[draws] when a task can start, as far as other tasks and dates go; infinite while one of them is not begun."""
    start = np.full(finishes.shape[1], ready[number])
    for other, lag in plan.waits[number]:
        np.maximum(start, finishes[other] + lag, out=start)
    return start


def _next(
    plan: Network, now: Floats, finishes: Floats, leaves: Floats, waiting: Bools, working: Bools, ready: Floats
) -> Floats:
    """[draws] when somebody leaves a task next, or a wait for a date or after a task is over; infinite after all."""
    coming: Floats = np.where(working, leaves, np.inf).min(axis=0, initial=np.inf)
    for number, waits in enumerate(plan.waits):
        if ready[number] > 0 or any(lag for _, lag in waits):
            start = _from(plan, number, finishes, ready)
            is_later = waiting[number] & (start > now + _EXACT)
            coming = np.where(is_later, np.minimum(coming, start), coming)
    return coming

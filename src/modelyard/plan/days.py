"""When the work is over: the user's own work and the labelling that goals need, as dates of 50 and 80 %."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.planning import PlanSpec
from modelyard.plan.ahead import Outcome
from modelyard.plan.outlook import Dates, GoalPlan


def days(
    spec: PlanSpec | None, goals: Sequence[Goal], plans: Sequence[GoalPlan], found: Sequence[Outcome], seed: int
) -> tuple[Dates | None, tuple[str, ...]]:
    """The dates, and what is lacking for them."""
    if spec is None or not spec.work:
        return None, (text("plan.give_work", key="plan.work"),)
    return None, ()

"""Two plans beside each other, and how one came about: what-if, diff, why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.number import aligned
from modelyard.plan.outlook import Forecast, GoalPlan, Plan
from modelyard.plan.told import flags, hindsight, needs, value_words

Written = Mapping[str, Any]
NOTHING = "-"
_SHOWN = (2.0, 4.0)


def differences(before: Written, after: Written) -> list[tuple[str, str, str]]:
    """What is not the same in two plans: what it is, before, after.

    Args:
        before: A plan's JSON.
        after: Another one's.
    """
    one, other = dict(_facts(before)), dict(_facts(after))
    names = list(dict.fromkeys([*one, *other]))
    pairs = ((name, one.get(name, NOTHING), other.get(name, NOTHING)) for name in names)
    return [(name, was, now) for name, was, now in pairs if was != now]


def lines(before: Written, after: Written) -> Iterator[str]:
    """The differences for a terminal."""
    found = differences(before, after)
    if found:
        head = (text("plan.column_what"), text("plan.column_before"), text("plan.column_after"))
        yield from aligned([head, *found])
    lost = [sentence for sentence in after["lacks"] if sentence not in before["lacks"]]
    won = [sentence for sentence in before["lacks"] if sentence not in after["lacks"]]
    yield from (text("plan.lacks_now", what=sentence) for sentence in lost)
    yield from (text("plan.lacks_no_more", what=sentence) for sentence in won)
    if not (found or lost or won):
        yield text("plan.no_difference")


def _facts(plan: Written) -> Iterator[tuple[str, str]]:
    """All that a plan decides, each under a name of its own: goals, verdicts, needs, money, dates, inputs."""
    metrics = [_about(goal["today"]) for goal in plan["goals"]]
    for goal in plan["goals"]:
        today = goal["today"]
        about = _about(today)
        name = about if metrics.count(about) == 1 else today["goal"]  # a goal that was moved is still the same one
        yield text("plan.fact_goal", goal=name), today["goal"]
        yield text("plan.fact_verdict", goal=name), text(f"plan.outcome_{today['outcome'].replace(' ', '_')}")
        yield text("plan.fact_number", goal=name), today["words"] or NOTHING
        if goal["lacks"]:
            yield text("plan.fact_lacks", goal=name), goal["lacks"]
        yield from _ahead(name, goal["forecast"])
    if plan["first"]:
        yield from _ahead(plan["first"]["metric"], plan["first"])
    yield text("plan.fact_level"), NOTHING if plan["level"] is None else f"{plan['level']:.0%}"
    if plan["choice"]:
        first = plan["choice"]["ways"][0]
        yield text("plan.fact_way"), f"{first['method']}, {first['rows']:,}"
        yield text("plan.fact_way_chance"), f"{first['probability']:.0%}"
        yield text("plan.fact_way_cost"), NOTHING if first["cost"] is None else f"{first['cost']:,.4g}"
    dates = plan["dates"] or {}
    for key in ("p50", "p80", "planned", "cost"):
        yield text(f"plan.fact_{key}"), NOTHING if dates.get(key) is None else str(dates[key])
    for key, value in plan["inputs"].items():
        if key != "project":
            yield text("plan.fact_input", name=key), value[:12]


def _about(today: Written) -> str:
    """The metric that a goal is about, with its target where that is named."""
    return f"{today['target']}.{today['metric']}" if today["target"] else str(today["metric"])


def _ahead(name: str, one: Written | None) -> Iterator[tuple[str, str]]:
    """What a forecast says: where it stands, the needs with their money and days, what to buy."""
    if not one:
        return
    last = one["anchors"][-1]
    yield text("plan.fact_last", goal=name), f"{last['value']:.4g} ({last['rows']:,.0f})"
    if one["refused"]:
        yield text("plan.fact_refused", goal=name), one["refused"]
    for ahead in one["ahead"]:
        if ahead["times"] in _SHOWN and ahead["probability"] is not None:
            yield text("plan.fact_chance", goal=name, times=f"{ahead['times']:g}"), f"{ahead['probability']:.0%}"
    for need in one["needs"]:
        share = f"{need['probability']:.0%}"
        for key in ("rows", "cost", "days"):
            yield text(f"plan.fact_need_{key}", goal=name, share=share), _said(need[key])
    if one["purchase"]:
        yield text("plan.fact_purchase", goal=name), _said(one["purchase"]["label"])
    for offer in one["offers"]:
        yield text("plan.fact_offer", goal=name, share=f"{offer['probability']:.0%}"), f"{offer['value']:.4g}"


def _said(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, list):
        low, likely, high = (f"{number:,.4g}" for number in value)
        return likely if low == high else text("plan.ends", low=low, likely=likely, high=high)
    return f"{value:,}"


# ----------------------------------------------------------------------------------- why
def goal_named(plan: Plan, written: str) -> GoalPlan:
    """The goal that is meant: its line, or its metric where one alone is about it.

    Raises:
        ProjectError: There is none, or several; they are named.
    """
    wanted = written.strip()
    found = [goal for goal in plan.goals if goal.today.goal == wanted]
    found = found or [goal for goal in plan.goals if wanted in (goal.today.metric, goal.today.metric.partition("[")[0])]
    if len(found) == 1:
        return found[0]
    names = ", ".join(goal.today.goal for goal in plan.goals) or NOTHING
    raise ProjectError(Mistake("modelyard plan why", written, text("project.expected_one_of", names=names)))


def why(plan: Plan, goal: GoalPlan) -> Iterator[str]:
    """Every step from the points to the verdict."""
    today = goal.today
    yield text("plan.why_today", goal=today.goal, outcome=text(f"plan.outcome_{today.outcome.replace(' ', '_')}"))
    if today.words:
        yield "  " + text("plan.why_number", words=today.words, run=plan.run)
    if goal.forecast is None:
        yield text("plan.no_forecast", why=goal.lacks)
    else:
        yield from _steps(goal.forecast, plan)
    yield text("plan.why_inputs")
    yield from aligned([(name, value[:16]) for name, value in plan.inputs.items()])


def _steps(one: Forecast, plan: Plan) -> Iterator[str]:
    """Anchors, families, quantiles, band, flags, need."""
    yield text("plan.why_anchors", metric=one.metric, method=one.method)
    head = (text("plan.curve_head_rows"), one.metric, text("plan.curve_head_spread"), text("plan.why_seeds"))
    rows = [
        (f"{a.rows:,.0f}", value_words(one, a.value), f"{a.spread:.2g}", " ".join(f"{v:.4g}" for v in a.values))
        for a in one.anchors
    ]
    yield from aligned([head, *rows])
    yield text("plan.why_laws")
    named = [(law.name, value_words(one, law.value), f"{law.distance:.3g}") for law in one.laws]
    yield from aligned([(text("plan.why_law"), text("plan.why_at_4"), text("plan.why_distance")), *named])
    yield text("plan.why_quantiles", model=one.model)
    yield from aligned(_quantiles(one))
    yield from flags(one)
    yield from hindsight(one)
    if one.refused:
        yield text("plan.refused", why=one.refused)
    yield from needs(one, plan)


def _quantiles(one: Forecast) -> Sequence[tuple[str, ...]]:
    head = ("", text("plan.curve_head_rows"), *(f"{level:.0%}" for level in one.levels))
    return [
        head,
        *(
            (f"{ahead.times:.3g}x", f"{ahead.rows:,.0f}", *(value_words(one, value) for value in ahead.quantiles))
            for ahead in one.ahead
            if ahead.zone != "refused"
        ),
    ]

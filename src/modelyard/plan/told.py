"""A plan as lines for a terminal, in the language in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelyard.core.messages import text
from modelyard.core.number import Number, aligned, decimals, figure
from modelyard.plan.outlook import Ahead, Choice, Dates, Ends, Forecast, GoalPlan, Need, Plan, Way

SHOWN = (2.0, 4.0, 8.0)
"""Times today's rows of which the terminal tells."""


def lines(plan: Plan) -> Iterator[str]:
    """The whole plan."""
    yield text("plan.title", name=plan.name)
    if plan.run:
        yield text("plan.of_run", run=plan.run, bundle=plan.bundle[:12])
    for forecast in list(plan.forecasts)[:1]:
        yield of_curve(forecast)
    if plan.goals:
        yield ""
        yield text("plan.today")
        yield from aligned(
            [
                (text(f"plan.outcome_{one.today.outcome.replace(' ', '_')}"), one.today.goal, one.today.words)
                for one in plan.goals
            ]
        )
        yield from (sentence for one in plan.goals for sentence in test_rows(one))
    for one in plan.goals:
        yield ""
        yield from _ahead(one, plan)
    if plan.first is not None:
        yield ""
        yield text("plan.ahead_first", metric=plan.first.metric)
        yield from _forecast(plan.first)
    if plan.choice is not None:
        yield from _listed("plan.ways", tuple(ways(plan.choice, plan.currency)))
    if plan.dates is not None:
        yield ""
        yield from dates(plan.dates, plan.currency)
    yield from _listed("plan.lacking", plan.lacks)
    yield from _listed("plan.assumed", plan.assumed)


def of_curve(forecast: Forecast) -> str:
    """What a curve rests on."""
    seeds = len(forecast.anchors[-1].values)
    first, last = (f"{forecast.anchors[place].rows:,.0f}" for place in (0, -1))
    return text(
        "plan.of_curve", method=forecast.method, anchors=len(forecast.anchors), seeds=seeds, first=first, last=last
    )


def test_rows(one: GoalPlan) -> Iterator[str]:
    """How many test rows would decide an undecided goal."""
    today = one.today
    if today.test_rows:
        named = [text("plan.nobody_knows") if rows is None else f"{rows:,}" for rows in today.test_rows]
        n_50, n_75, n_90 = named
        yield "  " + text("plan.test_rows", goal=today.goal, now=f"{today.number.n:,}", n_50=n_50, n_75=n_75, n_90=n_90)


def _ahead(one: GoalPlan, plan: Plan) -> Iterator[str]:
    """A goal's forecast and need."""
    if one.forecast is None:
        yield text("plan.ahead_goal", goal=one.today.goal)
        yield "  " + text("plan.no_forecast", why=one.lacks)
        return
    yield text("plan.ahead_goal", goal=one.today.goal)
    yield from _forecast(one.forecast)
    yield from ("  " + sentence for sentence in needs(one.forecast, plan))


def _forecast(one: Forecast) -> Iterator[str]:
    if one.refused:
        yield "  " + text("plan.refused", why=one.refused)
    rows: list[tuple[str, ...]] = [
        (text("plan.measured"), f"{one.anchors[-1].rows:,.0f}", value_words(one, one.anchors[-1].value), "", "")
    ]
    shown = [ahead for ahead in one.ahead if any(abs(ahead.times - times) < 1e-6 for times in SHOWN)]
    if not one.refused:
        rows += [_row(one, ahead) for ahead in shown]
    yield from aligned(rows)
    yield from ("  " + sentence for sentence in (*flags(one), *hindsight(one)))


def _row(one: Forecast, ahead: Ahead) -> tuple[str, ...]:
    band = text("report.range", low=value_words(one, ahead.low), high=value_words(one, ahead.high))
    chance = "" if ahead.probability is None else text("plan.chance", share=f"{ahead.probability:.0%}")
    zone = text(f"plan.zone_{ahead.zone}", times=f"{ahead.times:g}")
    return zone, f"{ahead.rows:,.0f}", value_words(one, ahead.median), band, chance


def value_words(one: Forecast, value: float) -> str:
    """A value of the metric, to as many digits as the spread of its anchors supports."""
    last = one.anchors[-1]
    half = max(last.spread, abs(last.value) * 1e-4)
    return figure(value, decimals(Number(last.value, last.value - 2 * half, last.value + 2 * half)))


def flags(one: Forecast) -> list[str]:
    """What makes a forecast less sure."""
    return [text(f"plan.flag_{flag}") for flag in one.flags]


def hindsight(one: Forecast) -> list[str]:
    """The same forecast where the answer is known."""
    if not one.hindsight:
        return [text("plan.no_hindsight")]
    inside = sum(looked.inside for looked in one.hindsight)
    found = [text("plan.hindsight", inside=inside, count=len(one.hindsight))]
    for looked in one.hindsight[-2:]:
        key = "plan.looked_inside" if looked.inside else "plan.looked_outside"
        values = {name: value_words(one, getattr(looked, name)) for name in ("low", "median", "high", "came")}
        found.append(text(key, times=f"{looked.times:g}", rows=f"{looked.rows:,.0f}", **values))
    return found


def needs(one: Forecast, plan: Plan) -> list[str]:
    """What a goal takes."""
    if one.met:
        return [text("plan.need_met")]
    if not one.needs:
        return []
    found = [_need(need, plan) for need in one.needs]
    if one.beyond:
        found.append(text("plan.need_beyond"))
    wanted = [need for need in one.needs if plan.level is not None and need.probability >= plan.level]
    if plan.level is not None:
        found.append(_level(plan.level, wanted))
    if one.purchase is not None:
        bought = one.purchase
        key = f"plan.buy_{bought.reason}" if bought.reason else "plan.buy"
        chance = "" if bought.probability is None else f"{bought.probability:.0%}"
        found.append(text(key, label=f"{bought.label:,}", cost=money(bought.cost, plan.currency), share=chance))
    for offer in one.offers:
        key = "plan.offer" if offer.reached else "plan.offer_less"
        value, cost = value_words(one, offer.value), money(offer.cost, plan.currency)
        found.append(
            text(
                key,
                share=f"{offer.probability:.0%}",
                metric=one.metric,
                value=value,
                label=f"{offer.label:,}",
                cost=cost,
            )
        )
    return found


def _need(need: Need, plan: Plan) -> str:
    share = f"{need.probability:.0%}"
    if need.rows is None or need.label is None:
        return text("plan.need_none", share=share)
    sentence = text("plan.need", share=share, rows=f"{need.rows:,}", label=f"{need.label:,}")
    if need.cost is not None:
        sentence += text("plan.need_cost", cost=money(need.cost, plan.currency))
    if need.days is not None:
        sentence += text("plan.need_days", days=ends(need.days))
    return sentence + (text("plan.need_over") if need.over else "")


def _level(level: float, wanted: Sequence[Need]) -> str:
    named = next((need for need in wanted if need.rows is not None), None)
    if named is None or named.rows is None:
        return text("plan.level_none", share=f"{level:.0%}")
    return text("plan.level", share=f"{level:.0%}", rows=f"{named.rows:,}", sure=f"{named.probability:.0%}")


def money(cost: Ends | None, currency: str) -> str:
    """A cost as a range with its currency."""
    return "" if cost is None else f"{ends(cost)} {currency}".rstrip()


def ends(values: Ends) -> str:
    """low to high, and the likely number; one number where all are equal."""
    low, likely, high = (f"{value:,.0f}" if value >= 100 else f"{value:,.3g}" for value in values)
    return likely if low == high else text("plan.ends", low=low, likely=likely, high=high)


def ways(found: Choice, currency: str) -> Iterator[str]:
    """What to build."""
    first = found.ways[0]
    key = "plan.ways_reached" if found.reached else "plan.ways_not_reached"
    yield text(key, way=_way(first, currency), share=f"{found.level:.0%}")
    if found.alike:
        yield text("plan.ways_alike", ways="; ".join(_way(one, currency) for one in found.alike))
    others = [one for one in found.ways[1:] if one not in found.alike]
    if others:
        yield text("plan.ways_others", ways="; ".join(_way(one, currency) for one in others))
    if found.experiment is not None:
        change, way = f"{found.experiment.change:.0%}", _way(found.experiment.way, currency)
        yield text("plan.ways_experiment", way=way, change=change)
    if found.left_out:
        yield text("plan.ways_left_out", goals="; ".join(found.left_out))


def _way(way: Way, currency: str) -> str:
    told = {"rows": f"{way.rows:,}", "label": f"{way.label:,}", "share": f"{way.probability:.0%}"}
    cost = "" if way.cost is None else text("plan.way_cost", cost=f"{way.cost:,.0f} {currency}".rstrip())
    return text(f"plan.way_{way.basis}", method=way.method, **told) + cost


def dates(one: Dates, currency: str) -> Iterator[str]:
    """The schedule."""
    yield text("plan.dates", p50=_day(one.p50), p80=_day(one.p80))
    yield "  " + text("plan.dates_planned", planned=one.planned, kept=f"{one.kept:.0%}")
    head = tuple(text(f"plan.column_{name}") for name in ("work", "days", "start", "end", "p50", "p80", "criticality"))
    rows = [
        (step.id, ends(step.days), step.start, step.end, _day(step.p50), _day(step.p80), f"{step.criticality:.0%}")
        for step in one.steps
    ]
    yield from aligned([head, *rows])
    if one.cost is not None:
        yield "  " + text("plan.dates_cost", cost=f"{one.cost:,.0f} {currency}".rstrip())


def _day(written: str) -> str:
    """A date, or that there is none: in too many cases no number of rows suffices."""
    return written or text("plan.no_date")


def _listed(key: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield ""
        yield text(key)
        yield from (f"  - {sentence}" for sentence in sentences)

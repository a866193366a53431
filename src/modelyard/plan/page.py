"""A plan as one offline page with one chart: the curve, its 80 % band, and the line that a goal draws."""

from __future__ import annotations

from html import escape

from modelyard.core.messages import text
from modelyard.evaluate.render_html import page
from modelyard.plan.chart import chart
from modelyard.plan.outlook import Forecast, GoalPlan, Plan
from modelyard.plan.told import dates, flags, hindsight, needs, of_curve, test_rows, ways

OWN_STYLE = """
.plot .band { fill: var(--own); opacity: .16; } .plot .hatched { fill: url(#hatch); opacity: .5; }
.plot .hatch { stroke: var(--own); stroke-width: 1.2; } .plot .refused { fill: var(--line); opacity: .6; }
.plot .curve { stroke: var(--own); } .plot .median { stroke: var(--own); stroke-dasharray: 6 4; }
.plot .target { stroke: var(--bad); stroke-width: 1.6; stroke-dasharray: 2 3; } .plot .goal { fill: var(--bad); }
.plot .zone { stroke: var(--faint); stroke-dasharray: 3 3; } .plot .seed { fill: var(--own); opacity: .35; }
.plan pre { white-space: pre-wrap; font-size: 13px; margin: 0; }
"""


def render_html(plan: Plan) -> str:
    """The whole page, in the language in use."""
    title = text("plan.title", name=plan.name)
    return page(title, _header(plan, title), _parts(plan), OWN_STYLE, '<body class="plan">')


def fragment(plan: Plan) -> str:
    """The chart and the goals, for a notebook."""
    shown = charted(plan)
    drawing = "" if shown is None else chart(shown, plan)
    return f'<style>{OWN_STYLE}</style><div class="plan">{_goals(plan)}{drawing}</div>'


def charted(plan: Plan) -> Forecast | None:
    """The forecast that is drawn: of the first goal that is not met today, else of the first that has one."""
    having = [goal for goal in plan.goals if goal.forecast is not None]
    first = next((goal for goal in having if goal.today.outcome != "met"), having[0] if having else None)
    return first.forecast if first else plan.first


def _header(plan: Plan, title: str) -> str:
    sentences = [text("plan.of_run", run=plan.run, bundle=plan.bundle[:12])] if plan.run else []
    sentences += [of_curve(one) for one in list(plan.forecasts)[:1]]
    lead = text("report.space").join(escape(sentence) for sentence in sentences)
    return f'<header><h1>{escape(title)}</h1><p class="lead">{lead}</p></header>'


def _parts(plan: Plan) -> list[str]:
    parts = []
    if plan.goals:
        decided = [sentence.strip() for goal in plan.goals for sentence in test_rows(goal)]
        parts.append(_section(text("plan.today"), _goals(plan) + _list(decided)))
    shown = charted(plan)
    if shown is not None:
        parts.append(_section(_chart_title(plan, shown), f'<figure class="wide">{chart(shown, plan)}</figure>'))
    parts += [_section(text("plan.ahead_goal", goal=goal.today.goal), _ahead(goal, plan)) for goal in plan.goals]
    if plan.first is not None:
        words = _list([*flags(plan.first), *hindsight(plan.first)])
        parts.append(_section(text("plan.ahead_first", metric=plan.first.metric), words))
    if plan.choice is not None:
        parts.append(_section(text("plan.ways"), _list(list(ways(plan.choice, plan.currency)))))
    if plan.dates is not None:
        written = "\n".join(dates(plan.dates, plan.currency))
        parts.append(f'<section><pre class="wide">{escape(written)}</pre></section>')
    parts += [_section(text(f"plan.{key}"), _list(getattr(plan, name))) for key, name in _LISTS if getattr(plan, name)]
    return parts


_LISTS = (("lacking", "lacks"), ("assumed", "assumed"))


def _chart_title(plan: Plan, shown: Forecast) -> str:
    goal = next((one for one in plan.goals if one.forecast is shown), None)
    return goal.today.goal if goal else text("plan.ahead_first", metric=shown.metric)


def _section(title: str, content: str) -> str:
    return f'<section><h2>{escape(title)}</h2><div class="wide">{content}</div></section>'


def _list(sentences: object) -> str:
    items = "".join(f"<li>{escape(str(sentence))}</li>" for sentence in sentences)  # type: ignore[attr-defined]
    return f"<ul>{items}</ul>" if items else ""


def _goals(plan: Plan) -> str:
    rows = "".join(
        f'<tr><td class="verdict {one.today.outcome.replace(" ", "_")}">'
        f"<span>{escape(text('plan.outcome_' + one.today.outcome.replace(' ', '_')))}</span></td>"
        f"<th>{escape(one.today.goal)}</th><td>{escape(one.today.words)}</td></tr>"
        for one in plan.goals
    )
    return f'<div class="table"><table><tbody>{rows}</tbody></table></div>' if rows else ""


def _ahead(goal: GoalPlan, plan: Plan) -> str:
    one = goal.forecast
    if one is None:
        return _list([text("plan.no_forecast", why=goal.lacks)])
    refused = [text("plan.refused", why=one.refused)] if one.refused else []
    return _list([*refused, *needs(one, plan), *flags(one), *hindsight(one)])

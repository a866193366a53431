"""`modelyard plan`: what to build next, from what was measured."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from pathlib import Path

from modelyard.cli import console
from modelyard.core import messages
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.number import figure
from modelyard.core.progress import Silent
from modelyard.core.runs import WORKSPACE
from modelyard.core.store import write_text
from modelyard.pipeline import as_project
from modelyard.plan import changes as changed
from modelyard.plan import subsets
from modelyard.plan.making import plan_project
from modelyard.plan.measured import Measured
from modelyard.plan.outlook import Plan, read_plan
from modelyard.plan.page import render_html
from modelyard.plan.scores import lines as scores
from modelyard.plan.study import Cost, Request, Study, cost, measure, study
from modelyard.plan.told import lines

JSON, PAGE = "plan.json", "plan.html"


def plan(project: Path, out: Path | None, as_json: bool) -> None:
    """Compute the plan, keep its forecasts, and show it.

    Raises:
        UserError: The project is wrong, or nothing was measured yet.
    """
    found = plan_project(project, made=now())
    if out is not None:
        for path in write(found, out):
            console.note(text("cli.wrote", path=path))
    if as_json:
        console.say(found.written().rstrip("\n"))
        return
    for line in lines(found):
        console.say(line)


def write(found: Plan, out: Path) -> list[Path]:
    """plan.json and plan.html."""
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / JSON, found.written())
    write_text(out / PAGE, render_html(found))
    return [out / JSON, out / PAGE]


def now() -> str:
    """The time, in UTC, as the ledger writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def curve(project: str, anchors: int | None, seeds: int, method: str | None, quiet: bool) -> None:
    """Tell what is measured and what it costs, measure what is not there, and show the points.

    Raises:
        UserError: The project is wrong, or its rows do not do for a curve.
    """
    loaded = as_project(project, None, {})[0]
    messages.prefer(loaded.lang)
    one = study(Request(loaded, anchors, seeds, method))
    for line in _before(one, cost(one)):
        console.say(line)
    screen = Silent() if quiet else console.Bars()
    try:
        found = measure(one, screen)
    finally:
        if isinstance(screen, console.Bars):
            screen.close()
    console.say(_table(found, one))
    console.say(text("plan.curve_next", project=shlex.quote(project)))


def _before(one: Study, price: Cost) -> Iterator[str]:
    """What will be measured, and what it costs."""
    yield text(f"plan.curve_method_{one.because}", method=one.shared.method)
    sizes = {"first": f"{one.anchors[0]:,}", "last": f"{one.anchors[-1]:,}", "anchors": len(one.anchors)}
    yield text("plan.curve_rows", **sizes, seeds=len(one.seeds), test=f"{one.shared.test_rows:,}")
    if subsets.shrunk(one.anchors):
        yield text("plan.curve_few", usual=subsets.ANCHORS)
    if price.there == price.points:
        yield text("plan.curve_there", points=price.points)
        return
    how = text("plan.how_measured" if price.measured else "plan.how_told")
    counts = {"points": price.points, "there": price.there, "fits": f"{price.fits:,}"}
    yield text("plan.curve_cost", **counts, seconds=f"{price.seconds:,.0f}", how=how)


def _table(found: Measured, one: Study) -> str:
    """Each size with the first metric of each target: mean and standard error over the seeds."""
    points = [point for point in found.points if (point.size, point.seed) in set(one.asked)]
    firsts = {target: next(iter(metrics)) for target, metrics in points[0].metrics.items()}
    named = [f"{target}: {metric}" if len(firsts) > 1 else metric for target, metric in firsts.items()]
    spreads = [text("plan.curve_head_spread")] * len(firsts)
    head = [text("plan.curve_head_rows"), *(word for pair in zip(named, spreads, strict=True) for word in pair)]
    rows = []
    for size in one.anchors:
        mine = [point for point in points if point.size == size]
        cells = [f"{sum(point.rows for point in mine) / len(mine):,.0f}"]
        for target, metric in firsts.items():
            cells += _mean([point.metrics[target][metric] for point in mine])
        rows.append([*cells, f"{sum(point.seconds for point in mine):.1f}"])
    return console.table([*head, text("plan.curve_head_seconds")], rows)


def _mean(values: list[float | None]) -> list[str]:
    """Mean and standard error; nothing where a value is not defined."""
    known = [value for value in values if value is not None]
    if not known:
        return ["-", ""]
    mean = sum(known) / len(known)
    if len(known) == 1:
        return [figure(mean), ""]
    variance = sum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return [figure(mean), f"{(variance / len(known)) ** 0.5:.2g}"]


def what_if(project: Path, changes: tuple[str, ...]) -> None:
    """The plan with other inputs, beside the plan as it is; nothing is kept.

    Raises:
        UserError: A change is wrong, or nothing was measured yet.
    """
    if not changes:
        got, expected = text("plan.got_no_change"), text("plan.expected_change")
        raise ProjectError(Mistake("modelyard plan what-if", got, expected, "plan.labels.price=0.5"))
    before, after = plan_project(project), plan_project(project, changes=changes)
    for line in changed.lines(before.to_json(), after.to_json()):
        console.say(line)


def why(project: Path, goal: str) -> None:
    """Every step from the points to the verdict on a goal.

    Raises:
        UserError: There is no such goal, or nothing was measured yet.
    """
    found = plan_project(project)
    for line in changed.why(found, changed.goal_named(found, goal)):
        console.say(line)


def diff(one: Path, other: Path) -> None:
    """What differs in two plans that were written.

    Raises:
        DataError: One of them cannot be read.
    """
    for line in changed.lines(read_plan(one), read_plan(other)):
        console.say(line)


def score(project: Path) -> None:
    """How the forecasts did whose data arrived.

    Raises:
        UserError: The project is wrong, or its ledger cannot be read.
    """
    loaded = as_project(str(project), None, {})[0]
    messages.prefer(loaded.lang)
    for line in scores(loaded.folder / WORKSPACE):
        console.say(line)

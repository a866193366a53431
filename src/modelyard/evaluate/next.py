"""The three next actions: what would help most, each as a command that can be pasted. A pure function of the report.

Commands are meant for the project's folder, which a bundle's reference `.` stands for: its newest finished run.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.addresses import is_database, seen_from
from modelyard.core.messages import text
from modelyard.core.number import figure, interval_words
from modelyard.core.report import Action, Report, Score, Step, TargetReport
from modelyard.evaluate.target import NAIVE
from modelyard.evaluate.words import metric_title

MOST = 3
LARGEST_SHARE = 0.5
"""Of the rows, for the test: with more, too few are left to learn from."""
OVERFITTED = 0.5
"""A training loss below this share of the validation loss."""
CALMER = {
    "trees": "train.trees.num_leaves=7",
    "network": "train.network.dropout=0.3",
}
"""Per method, a setting that holds it back."""
ANSWERS = "answers.csv"


def actions(report: Report, place: str = ".") -> tuple[Action, ...]:
    """What to do next, the most helpful first.

    Args:
        report: What was measured.
        place: The project's folder, as seen from where the commands are given.
    """
    start = report.about.get("start", "")
    run = f"modelyard run {_moved(start, place)}" if start else ""
    found = [action for kind in _KINDS for action in kind(report, run, place)]
    first: dict[str, Action] = {}
    for action in found:
        first.setdefault(action.command, action)
    return tuple(first.values())[:MOST]


# -------------------------------------------------------------- what is missing
def _no_test(report: Report, run: str, place: str) -> Iterator[Action]:
    if report.held_out or not run:
        return
    rows, first = str(report.rows_to_label), seen_from(Path(), shlex.split(report.about["start"])[0], Path(place))
    if Path(first).suffix in ("", ".yaml", ".yml"):  # of a project, not of a bare file of data
        yield Action(_command("label", first, "--rows", rows), text("next.label_rows", rows=rows))
    else:
        yield Action(run, text("next.rows_for_test", rows=rows))


def _undecided(report: Report, run: str, _: str) -> Iterator[Action]:
    """More test rows: from the rows that are there, or else new ones."""
    open_goals = [goal for goal in report.goals if goal.outcome == "undecided" and goal.more_rows]
    if not open_goals or not run or not report.held_out:
        return
    goal = max(open_goals, key=lambda goal: goal.more_rows or 0)
    wanted = f"{goal.more_rows:,}"
    counts = report.about.get("rows") or {}
    total, test = sum(counts.values()), counts.get("test", 0)
    share = math.ceil(100 * (test + (goal.more_rows or 0)) / total) / 100 if total else 1.0
    if test and share <= LARGEST_SHARE:
        command = f"{run} --set data.split.test={share:g}"
        yield Action(command, text("next.more_test_share", goal=goal.goal, rows=wanted))
    else:
        yield Action(run, text("next.more_rows", goal=goal.goal, rows=wanted))


def _missed(report: Report, run: str, _: str) -> Iterator[Action]:
    """Where a goal is missed: methods that are not installed, time that ran out, a model that learnt by heart."""
    if not any(goal.outcome == "not met" for goal in report.goals):
        return
    yield from _install(report)
    if run:
        yield from _more_time(report, run)
        yield from _simpler(report, run)


def _install(report: Report) -> Iterator[Action]:
    for target in report.targets:
        for step in target.ladder:
            if step.cause == "lacks":
                extra = plugins.part("methods", step.method, "options").INFO.extra
                yield Action(f"pip install 'modelyard[{extra}]'", text("next.install", method=step.title))


def _more_time(report: Report, run: str) -> Iterator[Action]:
    cut = [step.title for target in report.targets for step in target.ladder if _is_cut_short(step, target, report)]
    budget = report.about.get("time_budget")
    if cut and budget:
        methods = " / ".join(dict.fromkeys(cut))
        yield Action(f"{run} --set train.time_budget={2 * budget:g}", text("next.more_time", methods=methods))


def _is_cut_short(step: Step, target: TargetReport, report: Report) -> bool:
    """Skipped for want of time, or stopped at work that the budget had cut down."""
    if step.cause in ("over_budget", "time_up"):
        return True
    plan = (report.about.get("plan") or {}).get(target.name) or {"steps": ()}
    granted = next((each for each in plan["steps"] if each["method"] == step.method), None)
    return granted is not None and granted["work"] < granted["wanted"] and step.work >= granted["work"] > 0


def _simpler(report: Report, run: str) -> Iterator[Action]:
    for target in report.targets:
        step = next((step for step in target.ladder if step.method == target.method), None)
        last: Any = step.curves[-1] if step and step.curves else {}
        train, valid = last.get("train_loss"), last.get("valid_loss")
        if step and target.method in CALMER and train is not None and valid and train < OVERFITTED * valid:
            why = text("next.simpler", method=step.title, train=figure(train), valid=figure(valid))
            yield Action(f"{run} --set {CALMER[target.method]}", why)


def _weak_slice(report: Report, run: str, _: str) -> Iterator[Action]:
    """The slice that is surely worse, if the project does not look at that column already."""
    for target in report.targets:
        worse = [one for one in (target.slices.shown if target.slices else ()) if one.worse]
        if worse and run and worse[0].column not in report.slices:
            weak, metric = worse[0], metric_title(target.slices.metric if target.slices else "")
            number = interval_words(weak.number)
            why = text(
                "next.weak_slice", column=weak.column, value=weak.value, metric=metric, number=number, rows=weak.rows
            )
            wanted = shlex.quote(f"evaluate.slices={[*report.slices, weak.column]}".replace("'", '"'))
            yield Action(f"{run} --set {wanted}", why)


def _mislabelled(report: Report, _: str, place: str) -> Iterator[Action]:
    count = sum(target.doubts.mislabelled for target in report.targets)
    if count:
        yield Action(_command("evaluate", place, "--errors"), text("next.look_mislabelled", count=f"{count:,}"))


# ------------------------------------------------------------- what can be done
def _use(report: Report, _: str, place: str) -> Iterator[Action]:
    source = report.about.get("data", "")
    if source:
        query = report.about.get("query", "")
        asked = ["--query", query] if query and is_database(source) else []
        data, out = (seen_from(Path(), address, Path(place)) for address in (source, ANSWERS))
        yield Action(_command("predict", place, "--data", data, *asked, "--out", out), text("next.predict"))
    yield Action(_command("serve", place), text("next.serve"))


def _set_goal(report: Report, run: str, _: str) -> Iterator[Action]:
    if report.goals or not run or not report.held_out:
        return
    for target in report.targets[:1]:
        for score in target.scores[:1]:
            wish = _wish(report, target, score)
            if wish:
                yield Action(f"{run} --set {shlex.quote(f'goals=[{wish}]')}", text("next.set_goal"))


def _wish(report: Report, target: TargetReport, score: Score) -> str:
    """What was reached surely, as a goal; empty where nothing is sure, or not known to be beyond the naive answer."""
    if not score.number.interval:
        return ""
    low, high = score.number.interval
    sure = f"{low if score.better == 'higher' else high:.2g}"
    naive = next((item.numbers[score.metric].value for item in target.baselines if item.method == NAIVE), None)
    if naive is None or (naive >= float(sure) if score.better == "higher" else naive <= float(sure)):
        return ""
    name = f"{target.name}.{score.metric}" if len(report.targets) > 1 else score.metric
    return f"{name} {'>=' if score.better == 'higher' else '<='} {sure}"


def _errors(report: Report, _: str, place: str) -> Iterator[Action]:
    wrong = sum(target.doubts.wrong for target in report.targets)
    if wrong:
        yield Action(_command("evaluate", place, "--errors"), text("next.look_errors", count=f"{wrong:,}"))
    elif any(not target.labels and target.rows for target in report.targets):
        yield Action(_command("evaluate", place, "--errors"), text("next.look_far"))


def _verify(_: Report, __: str, place: str) -> Iterator[Action]:
    yield Action(_command("verify", place), text("next.verify"))


_KINDS = (_no_test, _undecided, _missed, _mislabelled, _weak_slice, _set_goal, _use, _errors, _verify)


# --------------------------------------------------------------------- commands
def _command(*words: str) -> str:
    return shlex.join(["modelyard", *words])


def _moved(start: str, place: str) -> str:
    """The project's folder or file, or data, as seen from elsewhere; `--set` and `--predict` behind it stay."""
    first, *rest = shlex.split(start)
    return shlex.join([seen_from(Path(), first, Path(place)), *rest])

"""What the report says, in order: sections of words, tables and drawings, made from report data alone.

Markdown and HTML are two ways to write the same sections, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelyard.core.messages import text
from modelyard.core.number import Number, decimals, figure, interval_words, range_words
from modelyard.core.report import Report, Score, TargetReport
from modelyard.core.verdicts import Verdict, verdict_words
from modelyard.evaluate import plots
from modelyard.evaluate.blocks import Block, Cell, Commands, Drawing, Items, Table, Words
from modelyard.evaluate.content_decision import decision_blocks, piece_blocks
from modelyard.evaluate.words import (
    beside_words,
    conclusions,
    joined,
    kind,
    metric_note,
    metric_title,
    percent,
    standing_words,
    step_words,
)

MOST_NARROW = 4  # classes of a confusion table that leaves room beside it
FACTS = (
    "source", "rows", "folds", "time_budget", "took", "stopped", "threads", "seed", "libraries",
    "encoders", "fingerprint",
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A titled part of the report."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tile:
    """A number that is seen first."""

    title: str
    number: str
    note: str
    kind: str = ""


def tiles(report: Report) -> list[Tile]:
    """The few numbers that stand on top."""
    found = [_score_tile(report, target) for target in report.targets if target.scores]
    if not report.held_out:
        found = [Tile(text("report.quality"), "–", report.unmeasured(), "main")]
    if report.goals:
        found.append(_goal_tile(report.goals))
    if report.cost.latency_p99_ms.value is not None:
        latency, worst = (_with_unit("milliseconds", replace(number, low=None)) for number in report.cost.latencies)
        note = text("report.named", name=text("report.latency_p99"), value=worst)
        found.append(Tile(text("report.latency_p50"), latency, note))
    size = _with_unit("megabytes", report.cost.bundle_mb)
    return [*found, Tile(text("report.bundle_size"), size, report.bundle[:12])]


def sections(report: Report) -> list[Section]:
    """All of the report below the tiles."""
    found = [_goals(report)] if report.goals else []
    for number, target in enumerate(report.targets):
        for name, title, blocks in _of_target(target):
            if len(report.targets) > 1:
                title = text("report.named", name=target.name, value=title)
            if blocks:
                found.append(Section(f"{name}-{number}", title, tuple(blocks)))
    return [*found, _cost(report), _about(report), *_next(report)]


def _of_target(target: TargetReport) -> Iterable[tuple[str, str, list[Block]]]:
    yield "quality", text("report.quality"), _quality(target)
    yield "decision", text("report.decision"), decision_blocks(target)
    yield "confusion", text("report.confusion"), [*_errors(target), *_doubts(target)]
    yield "fit", text("report.fit"), _fit(target)
    yield "reliability", text("report.reliability"), _reliability(target)
    yield "slices", text("report.slices"), _slices(target)
    yield "importance", text("report.importance"), _importance(target)
    yield "ladder", text("report.ladder"), _ladder(target)


# ------------------------------------------------------------------ on top
def _score_tile(report: Report, target: TargetReport) -> Tile:
    main = target.scores[0]
    simpler = [item for item in target.baselines if main.metric in item.numbers]
    words = [range_words(main.number)] if main.number.interval else []
    if simpler:
        title, value = simpler[-1].title, beside_words(simpler[-1].numbers[main.metric], main.number)
        words.append(text("report.named", name=title, value=value))
    where = f"{target.name} · " if len(report.targets) > 1 else ""
    value = figure(main.number.value, decimals(main.number) if main.number.interval else None)
    return Tile(where + metric_title(main.metric), value, " · ".join(words), "main")


def _goal_tile(goals: tuple[Verdict, ...]) -> Tile:
    outcomes = [kind(goal) for goal in goals]
    counts = {outcome: outcomes.count(outcome) for outcome in ("met", "not_met", "undecided")}
    worst = next((outcome for outcome in ("not_met", "undecided") if counts[outcome]), "met")
    return Tile(text("report.goals"), f"{counts['met']} / {len(goals)}", text("report.tally", **counts), worst)


def _goals(report: Report) -> Section:
    rows = []
    for goal in report.goals:
        span = _span([goal.number, Number(goal.value)])
        rows.append(
            (
                Cell(goal.goal),
                Cell(standing_words(goal), kind=f"verdict {kind(goal)}"),
                Cell(
                    verdict_words(goal),
                    drawing=plots.strip(goal.number, [goal.value], span, kind(goal)) if span else "",
                ),
            )
        )
    head = (text("report.goal"), text("report.outcome"), text("report.measured"))
    note = Words(text("report.goals_note"), "note")
    return Section("goals", text("report.goals"), (Table(head, tuple(rows)), *piece_blocks(report.goals), note))


# --------------------------------------------------------------- of a target
def _quality(target: TargetReport) -> list[Block]:
    if not target.scores:
        return []
    main = target.scores[0]
    said = conclusions(target)
    blocks: list[Block] = [Words(joined(said), "strong")] if said else []
    compared = [item for item in target.baselines if main.metric in item.numbers]
    if compared and main.number.value is not None:
        rows = [(item.title, item.numbers[main.metric], "other") for item in compared]
        blocks.append(
            Drawing(plots.forest([*rows, (text("report.this"), main.number, "own")], metric_title(main.metric)))
        )
        blocks.append(_differences(target, main))
    head = (text("report.metric"), text("report.this"), *(item.title for item in target.baselines))
    rows_of_table = [_score_row(target, score) for score in target.scores]
    return [*blocks, Table(head, tuple(rows_of_table))]


def _score_row(target: TargetReport, score: Score) -> tuple[Cell, ...]:
    others = [item.numbers.get(score.metric, Number(None)) for item in target.baselines]
    span = _span([score.number, *others])
    drawing = plots.strip(score.number, [other.value for other in others], span) if span else ""
    return (
        Cell(metric_title(score.metric), metric_note(score)),
        Cell(interval_words(score.number), drawing=drawing, kind="number"),
        *(Cell(beside_words(other, score.number), kind="number") for other in others),
    )


def _differences(target: TargetReport, main: Score) -> Table:
    """How far the bundle is from each simpler model, row by row the same test cases."""
    rows = []
    for item in target.baselines:
        if main.metric in item.differences:
            words = interval_words(item.differences[main.metric], signed=True)
            rows.append((Cell(text("report.difference", title=item.title)), Cell(words, kind="number")))
    return Table((metric_title(main.metric), ""), tuple(rows), "half")


def _doubts(target: TargetReport) -> list[Block]:
    found, blocks = target.doubts, list[Block]()
    if found.wrong:
        said = {"wrong": f"{found.wrong:,}", "sure": f"{found.sure:,}", "rows": f"{target.rows:,}"}
        blocks.append(Words(text("next.words_wrong", **said)))
    if found.mislabelled:
        blocks.append(Words(text("next.words_mislabelled", count=f"{found.mislabelled:,}"), "strong"))
    return blocks


def _errors(target: TargetReport) -> list[Block]:
    blocks: list[Block] = []
    table = target.confusion
    if table:
        names = (*table.labels, text("report.other_classes")) if table.folded else table.labels
        rows = []
        for place, (name, counts) in enumerate(zip(names, table.counts, strict=True)):
            cells = (_count_cell(count, sum(counts), place == other) for other, count in enumerate(counts))
            rows.append((Cell(name), *cells))
        narrow = " narrow" if len(names) <= MOST_NARROW else ""
        blocks.append(Table((text("report.confusion_head"), *names), tuple(rows), f"heat{narrow}"))
        if table.folded:
            folded = text("report.confusion_folded", n=table.folded, name=text("report.other_classes"))
            blocks.append(Words(folded, "note"))
    if target.classes:
        first = text("report.class" if table else "report.label")
        head = (first, text("report.rows"), metric_title("precision"), metric_title("recall"))
        beside = "half" if table and len(table.labels) <= MOST_NARROW else ""
        blocks.append(Table(head, tuple(_class_row(item) for item in target.classes), beside))
    if 0 < len(target.classes) < len(target.labels):
        cut = text("report.classes_cut", n=len(target.classes), total=len(target.labels))
        blocks.append(Words(cut, "note"))
    return blocks


def _class_row(item: Any) -> tuple[Cell, ...]:
    numbers = (Cell(interval_words(number), kind="number") for number in (item.precision, item.recall))
    return (Cell(item.label), Cell(f"{item.rows:,}", kind="number"), *numbers)


def _count_cell(count: int, whole: int, right: bool) -> Cell:
    share = count / whole if whole else 0.0
    note = percent(round(share, 3)) if count else ""
    return Cell(f"{count:,}", note, kind="right" if right else "wrong", shade=share)


def _fit(target: TargetReport) -> list[Block]:
    if not target.fit or not target.fit.pairs:
        return []
    beside = [
        Drawing(plots.residuals(target.fit)),
        Words(text("report.residual_words"), "note"),
        *_promises(target),
    ]
    return [Words(text("report.fit_words")), Drawing(plots.scatter(target.fit), len(beside)), *beside]


def _reliability(target: TargetReport) -> list[Block]:
    data = target.reliability
    if not data:
        return []
    label = target.labels[-1] if target.labels else ""
    rows = (
        (
            Cell(figure(item.said, 3)),
            Cell(interval_words(item.came), kind="number"),
            Cell(f"{item.came.n:,}", kind="number"),
        )
        for item in data.bins
    )
    ece = text("report.named", name=metric_title("ece"), value=interval_words(data.ece))
    beside = [Words(ece, "strong"), *_promises(target)]
    return [
        Words(text(f"report.reliability_{data.about}", label=label)),
        Table((text("report.axis_said"), text("report.axis_came"), text("report.rows")), tuple(rows), "spare"),
        Drawing(plots.reliability(data), len(beside)),
        *beside,
    ]


def _promises(target: TargetReport) -> list[Block]:
    """What prediction intervals and certain answers kept of what they promise."""
    data = target.conformal
    if not data:
        return []
    promised = percent(data.promised)
    named = [
        (text("report.coverage" if data.width else "report.set_coverage", promised=promised), data.coverage),
        (text("report.width"), data.width),
        (text("report.certain_share"), data.certain),
        (text("report.certain_accuracy"), data.accuracy),
        (text("report.certain_otherwise"), data.otherwise),
    ]
    rows = tuple((Cell(name), Cell(interval_words(number), kind="number")) for name, number in named if number)
    words: list[Block] = [Words(text("report.certain_words", promised=promised))] if data.certain else []
    return [*words, Table((text("report.certain" if data.certain else "report.intervals"), ""), rows, "half")]


def _slices(target: TargetReport) -> list[Block]:
    data = target.slices
    if not data or not data.shown:
        return []
    metric = metric_title(data.metric)
    words = text("report.slices_words", metric=metric, shown=len(data.shown), looked_at=data.looked_at)
    any_worse = any(item.worse for item in data.shown)
    verdict = text("report.slices_worse" if any_worse else "report.slices_none_worse", looked_at=data.looked_at)
    whole = target.score(data.metric)
    rows = tuple(
        (
            Cell(f"{item.column} = {item.value or text('report.missing')}"),
            Cell(f"{item.rows:,}", kind="number"),
            Cell(interval_words(item.number), text("report.worse") if item.worse else "", kind="number inline"),
        )
        for item in data.shown
    )
    drawing = Drawing(plots.slices(data, whole.number if whole else Number(None)), 1)
    table = Table((text("report.slice"), text("report.rows"), metric), rows, "half names narrow")
    return [Words(words), drawing, table, Words(verdict, "strong" if any_worse else "note")]


def _importance(target: TargetReport) -> list[Block]:
    data = target.importance
    if not data or not data.columns:
        return []
    words = Words(text("report.importance_words", repeats=data.repeats, rows=f"{data.rows:,}"))
    rows = tuple((Cell(name), Cell(interval_words(number), kind="number")) for name, number in data.columns.items())
    table = Table((text("report.column"), text("report.loss_rise")), rows, "half names")
    blocks: list[Block] = [words, Drawing(plots.importance(data.columns), 1), table]
    if data.together:
        blocks.append(
            Words(text("report.importance_together", n=f"{data.together:,}", total=f"{data.total:,}"), "note")
        )
    return blocks


def _ladder(target: TargetReport) -> list[Block]:
    if not target.ladder:
        return []
    rows = tuple(
        (
            Cell(
                step.title, text("report.chosen") if step.method == target.method else "", kind=_step_kind(step, target)
            ),
            Cell("" if step.loss is None else figure(step.loss), kind="number"),
            Cell(step_words(step), "; ".join(step.notes)),
        )
        for step in target.ladder
    )
    head = (text("report.step"), text("report.loss"), text("report.against"))
    measured = any(step.loss is not None for step in target.ladder)
    blocks: list[Block] = [*([Words(text("report.ladder_words"))] if measured else []), Table(head, rows)]
    return blocks + [Drawing(drawn) for step in target.ladder if (drawn := plots.curves(step))]


def _step_kind(step: Any, target: TargetReport) -> str:
    return "skipped" if step.skipped else "chosen" if step.method == target.method else ""


# --------------------------------------------------------------- of the bundle
def _cost(report: Report) -> Section:
    cost = report.cost
    rows = [
        (text("report.latency_p50"), _with_unit("milliseconds", cost.latency_p50_ms)),
        (text("report.latency_p99"), _with_unit("milliseconds", cost.latency_p99_ms)),
        (text("report.bundle_size"), _with_unit("megabytes", cost.bundle_mb)),
    ]
    note = Words(text("report.cost_words", machine=cost.machine or "?"), "note")
    return Section("cost", text("report.cost"), (_facts(rows), note))


def _with_unit(unit: str, number: Number) -> str:
    if number.value is None:
        return figure(None)
    return text(f"report.{unit}", n=interval_words(number) if number.interval else f"{number.value:,.3g}")


def fact_words(report: Report, keys: Sequence[str] = FACTS) -> list[tuple[str, str]]:
    """Facts of the run as (name, words), those that are there."""
    return [
        (text(f"report.fact_{key}"), _fact(report.about[key]))
        for key in keys
        if report.about.get(key) not in (None, "", [], {})
    ]


def _about(report: Report) -> Section:
    facts = [(text("report.fact_bundle"), report.bundle), (text("report.fact_inputs"), _names(report.inputs))]
    blocks: list[Block] = [_facts([*facts, *fact_words(report)])]
    notes = tuple(str(note) for note in report.about.get("notes") or ())
    if notes:
        blocks += [Words(text("report.notes"), "strong"), Items(notes)]
    return Section("about", text("report.about"), (*blocks, Words(text("report.recompute"), "note")))


def _next(report: Report) -> list[Section]:
    if not report.next:
        return []
    commands = Commands(tuple((action.command, action.why) for action in report.next))
    return [Section("next", text("next.title"), (commands, Words(text("next.in_folder"), "note")))]


def _facts(rows: list[tuple[str, str]]) -> Table:
    return Table(("", ""), tuple((Cell(name), Cell(value)) for name, value in rows), "facts")


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{key} {_fact(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact(item) for item in value)
    return figure(value) if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _names(names: tuple[str, ...], most: int = 60) -> str:
    return ", ".join(names[:most]) + (f" … ({len(names):,})" if len(names) > most else "")


def _span(numbers: Iterable[Number]) -> tuple[float, float] | None:
    """Smallest and largest of all values and ends; None when nothing is defined."""
    ends = [end for number in numbers for end in (number.value, number.low, number.high) if end is not None]
    return (min(ends), max(ends)) if ends else None

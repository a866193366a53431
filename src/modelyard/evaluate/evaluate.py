"""Bundle + rows -> Report: one pass over the rows, and every number from the answers of the bytes that ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modelyard.core.columns import row_count, take
from modelyard.core.goal_checks import check_class
from modelyard.core.goals import EVERY, Goal
from modelyard.core.messages import text
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns, Outputs
from modelyard.core.report import Importance, Report, Score, Slices, TargetReport
from modelyard.data.dataset import TEXT
from modelyard.evaluate import cost, decided, slices, target
from modelyard.evaluate.errors import Held, doubts, merged, rows_to_look_at
from modelyard.evaluate.evidence import named_rows, predictions, write
from modelyard.evaluate.goals import Evidence, Measured, verdicts
from modelyard.evaluate.next import actions
from modelyard.evaluate.target import Scored, scored
from modelyard.evaluate.words import rows_for_margin
from modelyard.explain import blackbox

MOST_COLUMNS_SHOWN = 20
MOST_FEW = 100  # values of a goal's column with too few rows, by name


@dataclass(frozen=True)
class Request:
    """What to measure, and beside what.

    Args:
        goals: Validated goals, each with its target.
        slices: Columns whose values are reported apart beside the protected ones; () chooses inputs of few values.
        seed: Of every draw.
        held_out: False when no labelled row was kept from training: then nothing about quality is measured.
        baselines: Target -> method -> outputs of simpler models on the same rows.
        ladder: Target -> steps, as training reports them.
        about: Facts of the run, for display.
        confidence: Of every interval.
        split: What the rows are called.
        protected: Columns that are never an input and always a slice.
        outputs: Target -> what is to be judged in place of the bundle's outputs; None asks the bundle.
        numbers: Number of each row in the table that it was taken from; None when they are the table.
        held: Target -> rows that training decided with; of them, labels that may be wrong are told.
    """

    goals: tuple[Goal, ...]
    slices: tuple[str, ...]
    seed: int
    held_out: bool
    baselines: dict[str, dict[str, Outputs]]
    ladder: dict[str, list[dict[str, Any]]]
    about: dict[str, Any] = field(default_factory=dict)
    confidence: float = 0.95
    split: str = "test"
    protected: tuple[str, ...] = ()
    outputs: dict[str, Outputs] | None = None
    numbers: Array | None = None
    held: Mapping[str, Held] = field(default_factory=dict)


def evaluate(bundle: Any, table: Columns, request: Request) -> Report:
    """Measure a bundle.

    Args:
        bundle: A loaded bundle.
        table: Rows with input and target columns, and what else is to be sliced by.
        request: What to measure.

    Returns:
        The report; its numbers follow from the arguments alone, but for the latency.

    Raises:
        ProjectError: A goal names a class that the data does not have.
        RequestError: An input column is missing, or has a cell of the wrong type.
    """
    for goal in request.goals:
        _check_goal(goal, bundle)
    rows = row_count(table)
    outputs = request.outputs or (bundle.outputs(table) if rows else {})
    data = {
        entry["name"]: scored(entry, table, outputs.get(entry["name"], {}), request.confidence, request.seed)
        for entry in bundle.targets
    }
    if not request.held_out:
        data = {name: one.at(slice(0)) for name, one in data.items()}
    inside = {name: one.within() for name, one in data.items()}
    importance = _importance(bundle, table, inside, request)
    prices = cost.measure(bundle, table, request.goals)
    named = named_rows(bundle, table, request.numbers)
    targets = [
        _target(one, rows, _parts(bundle, table, inside[name], request), importance.get(name), request)
        for name, one in data.items()
    ]
    doubted = {one.name: request.held.get(one.name) for one in targets if one.doubts.mislabelled}
    report = Report(
        name=bundle.name,
        bundle=bundle.id,
        split=request.split,
        held_out=request.held_out,
        rows=rows,
        confidence=request.confidence,
        seed=request.seed,
        inputs=tuple(column.name for column in bundle.inputs),
        targets=tuple(targets),
        goals=verdicts(
            request.goals,
            lambda goal: _evidence(goal, bundle, table, data[goal.target]),
            prices,
            request.confidence,
            request.held_out,
        ),
        cost=prices.cost,
        protected=request.protected,
        slices=request.slices,
        about=request.about,
        predictions=predictions(bundle, table, outputs, request.numbers),
        errors=merged(rows_to_look_at(one, named, doubted.get(name)) for name, one in inside.items()),
        rows_to_label=0 if request.held_out else rows_for_margin(request.confidence),
    )
    return replace(report, next=actions(report))


def _target(
    data: Scored, rows: int, parts: Sequence[slices.Part], importance: Importance | None, request: Request
) -> TargetReport:
    name, scores, inside = data.entry["name"], target.scores(data) if request.held_out else (), data.within()
    baselines = target.baselines(data, request.baselines.get(name, {}))
    held = request.held.get(name) if target.tells_more(data, scores, baselines) else None
    return TargetReport(
        name=name,
        columns=tuple(data.entry["columns"]),
        task=data.entry["task"],
        method=data.entry["method"],
        labels=data.labels,
        rows=len(inside.y),
        left_out=rows - len(data.y) if request.held_out else 0,
        scores=scores,
        baselines=baselines,
        classes=target.classes(inside),
        confusion=target.confusion(inside),
        decision=decided.decision(data, request.goals),
        reliability=target.reliability(inside, scores),
        slices=_slices(inside, scores[0], parts, request) if parts and scores else None,
        importance=importance,
        conformal=target.conformal(inside),
        fit=target.fit(inside),
        ladder=target.ladder(request.ladder.get(name, []), request.held_out),
        doubts=doubts(inside, held),
    )


def _check_goal(goal: Goal, bundle: Any) -> None:
    for entry in bundle.targets:
        if goal.target == entry["name"]:
            check_class(goal, entry["state"].get("labels", ()))


def _evidence(goal: Goal, bundle: Any, table: Columns, data: Scored) -> Evidence:
    """What a goal's metric and conditions came to, on all rows or on those of each value of its column."""
    if not goal.column:
        return Evidence(_measured(goal, data))
    if goal.column not in table:
        return Evidence((), lacking="no_column")
    few: list[str] = []
    if goal.cell == EVERY:
        values = _in_words(bundle, take(table, data.rows))[goal.column]
        parts = list(slices.of_column(goal.column, values, slices.FEWEST_ROWS))
        few = slices.rare(values)
    else:
        rows = slices.holding(table[goal.column][data.rows], goal.cell)
        parts = [slices.Part(goal.column, goal.cell, rows)] if rows.any() else []
    few += [part.value for part in parts if part.size < slices.FEWEST_ROWS]
    enough = [part for part in parts if part.size >= slices.FEWEST_ROWS]
    measured = (one for part in enough for one in _measured(goal, data.at(part.rows), part.value, len(data.y)))
    return Evidence(tuple(measured), tuple(few[:MOST_FEW]), "" if parts or few else "no_rows")


def _measured(goal: Goal, data: Scored, where: str = "", of_rows: int = 0) -> tuple[Measured, ...]:
    """The numbers of a goal and its conditions, all from the same resamples."""
    metrics = [data.metric(part.name) for part in goal.parts]
    rows = len(data.y)
    found = []
    for part, metric, number in zip(goal.parts, metrics, data.numbers(metrics), strict=True):
        trials = metric.trials(data.outputs, data.y) if metric.trials and rows else rows
        found.append(
            Measured(part, number, rows, trials if metric.exact else None, where, rows / (of_rows or rows or 1))
        )
    return tuple(found)


def _parts(bundle: Any, table: Columns, data: Scored, request: Request) -> list[slices.Part]:
    known = _in_words(bundle, take(table, data.rows))
    columns = (*request.protected, *(request.slices or _few_valued(bundle, known)))
    found = slices.parts(known, list(dict.fromkeys(columns)))
    texts = {column.name for column in bundle.inputs if column.modality == TEXT}
    return [
        replace(part, value=text("report.characters", range=part.value))
        if part.column in texts and part.value
        else part
        for part in found
    ]


def _in_words(bundle: Any, table: Columns) -> Columns:
    """Rows as slices name them: yes and no, which prepared rows hold as 1 and 0; of a text, how long it is."""
    words = np.asarray([text("report.no"), text("report.yes"), ""], object)
    found = dict(table)
    for column in bundle.inputs:
        values = table[column.name]
        if column.modality == "boolean" and values.dtype.kind == "f":
            found[column.name] = words[np.where(np.isnan(values), 2, values).astype(np.int64)]
        elif column.modality == TEXT:
            found[column.name] = slices.lengths(values)
    return found


def _few_valued(bundle: Any, table: Columns) -> list[str]:
    kinds = ("category", "boolean")
    return [
        column.name
        for column in bundle.inputs
        if column.modality == TEXT or (column.modality in kinds and slices.few_values(table[column.name]))
    ]


def _slices(data: Scored, score: Score, parts: Sequence[slices.Part], request: Request) -> Slices:
    return slices.compare(
        parts,
        score,
        lambda rows: data.at(rows).value(score.metric),
        lambda rows: data.at(rows).number(score.metric),
        first=(*request.protected, *request.slices),
        confidence=request.confidence,
    )


def _importance(bundle: Any, table: Columns, data: dict[str, Scored], request: Request) -> dict[str, Importance]:
    """Permutation importance of the inputs, for all targets that have known rows."""
    names = [column.name for column in bundle.inputs]
    asked = {name: one for name, one in data.items() if len(one.y) > 1}
    if not asked:
        return {}
    every = np.unique(np.concatenate([one.rows for one in asked.values()]))
    once, cells = (blackbox.CELLS // max(1, blackbox.ENCODED * n) for n in (bundle.encodes, bundle.encodes_again))
    drawn = every[blackbox.sample(len(every), len(names), request.seed, once)]
    answer = bundle.again()
    known = {name: one.at(np.isin(one.rows, drawn)) for name, one in asked.items()}
    places = {name: np.searchsorted(drawn, one.rows) for name, one in known.items()}

    def losses(columns: Columns) -> dict[str, Array]:
        outputs, found = answer(columns), {}
        for name, one in known.items():
            found[name] = np.full(len(drawn), np.nan)
            answered = {part: values[places[name]] for part, values in outputs[name].items()}
            found[name][places[name]] = one.losses(answered)
        return found

    small = take({name: table[name] for name in names}, drawn)
    shuffles = blackbox.permutation(losses, small, names, confidence=request.confidence, seed=request.seed, cells=cells)
    return {name: _shown(found, len(names)) for name, found in shuffles.items()}


def _shown(found: blackbox.Shuffles, total: int) -> Importance:
    shown = dict(list(found.rises.items())[:MOST_COLUMNS_SHOWN])
    columns = {name: Number.of(*rise, found.rows) for name, rise in shown.items()}
    return Importance(found.rows, found.repeats, total, columns, total - len(shown))


__all__ = ["Request", "evaluate", "write"]

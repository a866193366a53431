"""Two bundles on the same rows: by how much they differ, and which rows the one gets right and the other wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns, Metric, Outputs
from modelyard.core.report import Cost, Report, plain
from modelyard.core.store import write_text
from modelyard.evaluate import cost
from modelyard.evaluate.errors import right
from modelyard.evaluate.evidence import ROW, Predictions, csv_text, named_rows, read_predictions
from modelyard.evaluate.later import CONFIDENCE, EVIDENCE, labelled
from modelyard.evaluate.target import Scored, scored
from modelyard.measure.paired import differences, net_share
from modelyard.runtime.bundle import Bundle

FILE = "comparison.json"
SIDES = ("A", "B")
MOST_CHANGED = 10_000
SEED = 0
Standing = Literal["better", "worse", "no_different"]


@dataclass(frozen=True)
class Gap:
    """One metric of both: `difference` is the other's minus the one's, with its paired interval."""

    metric: str
    better: str
    one: Number
    other: Number
    difference: Number

    @property
    def standing(self) -> Standing:
        """How the other stands to the one, beyond noise."""
        if not self.difference.interval:
            return "no_different"
        low, high = self.difference.interval
        if self.better == "lower":
            low, high = -high, -low
        return "better" if low > 0 else "worse" if high < 0 else "no_different"


@dataclass(frozen=True)
class Compared:
    """One target of both.

    Args:
        name: The target.
        task: Its task.
        rows: Rows whose truth both know.
        gaps: Every metric of the task, the most telling first.
        fixed: Rows that the one gets wrong and the other right; of numbers, those to which the other is closer.
        broken: The reverse.
        net: Their difference as a share of all rows, with its interval.
        changed: Those rows as columns, the broken ones first, those that changed most before the others.
    """

    name: str
    task: str
    rows: int
    gaps: tuple[Gap, ...]
    fixed: int
    broken: int
    net: Number
    changed: dict[str, list[Any]]


@dataclass(frozen=True)
class Comparison:
    """Two bundles, `rows` of which both were asked, and what an answer of each costs."""

    one: str
    other: str
    rows: int
    source: str
    targets: tuple[Compared, ...]
    costs: tuple[Cost, Cost]


@dataclass(frozen=True)
class _Asked:
    """What both bundles say of the same rows: keys and truth as columns, and the outputs of each."""

    keys: dict[str, list[Any]]
    truth: Columns
    outputs: tuple[dict[str, Outputs], dict[str, Outputs]]
    costs: tuple[Cost, Cost]
    source: str


def compare(one: Path, other: Path, data: str | None = None) -> Comparison:
    """Compare two bundles, on a labelled file or on the test rows that both were measured on.

    Args:
        one: Folder of the bundle that is compared with.
        other: Folder of the bundle that is judged.
        data: A labelled file.

    Raises:
        BundleError: One of them is damaged.
        DataError: The file cannot be read or lacks a target; or there is none, and the test rows were not the same.
        ProjectError: They predict nothing in common.
    """
    pair = Bundle.load(one), Bundle.load(other)
    shared = _shared(pair)
    asked = _ask(pair, data) if data is not None else _recall(pair)
    return Comparison(
        pair[0].id,
        pair[1].id,
        len(next(iter(asked.keys.values()))),
        asked.source,
        tuple(_compared(entries, asked) for entries in shared),
        asked.costs,
    )


# ------------------------------------------------------------------- both asked
def _ask(pair: tuple[Bundle, Bundle], data: str) -> _Asked:
    """Both bundles' answers to the rows of a file."""
    table = labelled(data, *pair)
    named = named_rows(pair[0], table)
    prices = tuple(cost.measure(bundle, table).cost for bundle in pair)
    outputs = tuple(bundle.outputs(table) for bundle in pair)
    return _Asked(named, table, (outputs[0], outputs[1]), (prices[0], prices[1]), data)


def _recall(pair: tuple[Bundle, Bundle]) -> _Asked:
    """What both said of the test rows that they were measured on.

    Raises:
        DataError: These are not kept, or not the same.
    """
    reports = tuple(_report(bundle) for bundle in pair)
    prints = [report.about.get("test_fingerprint") for report in reports]
    if not prints[0] or prints[0] != prints[1]:
        got = text("compare.got_other_tests", prints=" / ".join(str(each or "-")[:12] for each in prints))
        raise _needs_data(pair, got)
    said = tuple(read_predictions(bundle.path / EVIDENCE.parent) for bundle in pair)
    there = _aligned(said[0], said[1])
    if there is None:
        raise _needs_data(pair, text("compare.got_other_rows"))
    truth: Columns = {name: np.asarray(cells, object) for name, cells in said[0].truth.items()}
    one = {entry["name"]: said[0].outputs(entry) for entry in pair[0].targets}
    other = {
        entry["name"]: {name: values[there] for name, values in said[1].outputs(entry).items()}
        for entry in pair[1].targets
    }
    prices = reports[0].cost, reports[1].cost
    return _Asked(said[0].keys, truth, (one, other), prices, text("report.split_test"))


def _report(bundle: Bundle) -> Report:
    if not (bundle.path / EVIDENCE).is_file():
        raise _needs_data((bundle, bundle), text("compare.got_no_evidence", bundle=bundle.id[:12]))
    return Report.load(bundle.path / EVIDENCE)


def _aligned(one: Predictions, other: Predictions) -> Array | None:
    """For each row of the one, its place in the other; None where nobody can tell.

    Keys name rows. Without keys, the rows of the same test part stand in the order of the table. That the truth is the
    same row by row shows that keys mean the same, and that the table was not sorted anew.
    """
    names = [list(zip(*each.keys.values(), strict=True)) for each in (one, other)]
    if ROW in one.keys or ROW in other.keys:
        names = [[(place,) for place in range(len(each))] for each in names]
    places = {name: place for place, name in enumerate(names[1])}
    if len(places) < len(names[1]) or {*names[0]} != {*places}:
        return None
    there = np.asarray([places[name] for name in names[0]], np.int64)
    shared = [column for column in one.truth if column in other.truth]
    same = all(one.truth[column] == [other.truth[column][place] for place in there] for column in shared)
    return there if same else None


def _needs_data(pair: Sequence[Bundle], got: str) -> DataError:
    fix = text("compare.fix_data")
    return DataError(
        Mistake(" / ".join(bundle.id[:12] for bundle in pair), got, text("compare.expected_same_tests"), fix)
    )


def _shared(pair: tuple[Bundle, Bundle]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Targets that both predict, as both manifests have them.

    Raises:
        ProjectError: There are none.
    """
    known = {(entry["name"], entry["task"]): entry for entry in pair[1].targets}
    both = [(entry, known.get((entry["name"], entry["task"]))) for entry in pair[0].targets]
    found = [(entry, twin) for entry, twin in both if twin is not None]
    if not found:
        names = [", ".join(f"{entry['name']} ({entry['task']})" for entry in bundle.targets) for bundle in pair]
        place = " / ".join(bundle.id[:12] for bundle in pair)
        raise ProjectError(Mistake(place, " / ".join(names), text("compare.expected_shared")))
    return found


# -------------------------------------------------------------------- one target
def _compared(entries: tuple[dict[str, Any], dict[str, Any]], asked: _Asked) -> Compared:
    name = entries[0]["name"]
    one, other = (
        scored(entry, asked.truth, outputs[name], CONFIDENCE, SEED)
        for entry, outputs in zip(entries, asked.outputs, strict=True)
    )
    known = np.intersect1d(one.rows, other.rows)
    one, other = one.at(np.isin(one.rows, known)), other.at(np.isin(other.rows, known))
    gaps = tuple(_gaps(one, other)) if len(known) else ()
    turned = _turned(one, other)
    net = net_share(int((turned > 0).sum()), int((turned < 0).sum()), len(known), CONFIDENCE)
    keys = {key: [cells[row] for row in known] for key, cells in asked.keys.items()}
    truth = {column: [asked.truth[column][row] for row in known] for column in entries[0]["columns"]}
    return Compared(
        name,
        entries[0]["task"],
        len(known),
        gaps,
        int((turned > 0).sum()),
        int((turned < 0).sum()),
        Number.of(*net, len(known)),
        _changed_rows(one, other, turned, {**keys, **truth}),
    )


def _gaps(one: Scored, other: Scored) -> Iterable[Gap]:
    """Every metric that both have."""
    names = [name for name in one.metrics if name in other.metrics]
    pairs: list[tuple[Metric, Metric]] = [(one.metric(name), other.metric(name)) for name in names]
    sides = (one.outputs, one.y), (other.outputs, other.y)
    found = differences(pairs, *sides, confidence=CONFIDENCE, seed=SEED)
    for (before, after), difference in zip(pairs, found, strict=True):
        was, now = (
            Number.of(float(metric.compute(*side, None))) for metric, side in zip((before, after), sides, strict=True)
        )
        yield Gap(before.name, before.better, was, now, Number.of(*difference, len(one.y)))


def _turned(one: Scored, other: Scored) -> Array:
    """1 where the other is right and the one wrong, -1 the other way round, 0 elsewhere; of numbers: who is closer."""
    if not one.labels:
        return np.asarray(np.sign(np.abs(one.y - _value(one)) - np.abs(other.y - _value(other))), np.int64)
    return right(other).astype(np.int64) - right(one).astype(np.int64)


def _value(data: Scored) -> Array:
    return np.asarray(data.outputs["value"].reshape(-1), np.float64)


def _changed_rows(one: Scored, other: Scored, turned: Array, named: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Rows that turned, the broken ones first, those whose loss changed most before the others."""
    losses = one.losses(), other.losses()
    rise = np.nan_to_num(losses[1] - losses[0])
    rows = np.flatnonzero(turned)
    rows = rows[np.lexsort((-np.abs(rise[rows]), turned[rows]))][:MOST_CHANGED]
    kinds = ("fixed", "broken") if one.labels else ("closer", "farther")
    words = {way: text(f"compare.{kind}") for way, kind in zip((1, -1), kinds, strict=True)}
    found: dict[str, list[Any]] = {"change": [words[int(way)] for way in turned[rows]]}
    found |= {name: [cells[row] for row in rows] for name, cells in named.items()}
    for side, data, loss in zip(SIDES, (one, other), losses, strict=True):
        found[text("compare.answer", side=side)] = np.asarray(data.answer()["value"])[rows].tolist()
        found[text("compare.loss", side=side)] = loss[rows].tolist()
    return found


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write a comparison: `comparison.json`, and per target the rows that changed.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    described = plain({**asdict(comparison), "targets": [_without_rows(target) for target in comparison.targets]})
    write_text(folder / FILE, json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    several = len(comparison.targets) > 1
    written = []
    for number, target in enumerate(comparison.targets):
        path = folder / (f"changed-{number}.csv" if several else "changed.csv")
        write_text(path, csv_text(target.changed))
        written.append(path)
    return written


def _without_rows(target: Compared) -> dict[str, Any]:
    described = {key: value for key, value in asdict(target).items() if key != "changed"}
    standings = [gap.standing for gap in target.gaps]
    gaps = [{**gap, "standing": standing} for gap, standing in zip(described["gaps"], standings, strict=True)]
    return {**described, "gaps": gaps}

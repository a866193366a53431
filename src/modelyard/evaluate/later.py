"""`modelyard evaluate`: the report a bundle carries, or a new one on another labelled file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from modelyard.core import goal_checks, goals
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.core.report import Report, TargetReport
from modelyard.core.store import storage_error
from modelyard.data.layout import Hints
from modelyard.data.read import read
from modelyard.evaluate.evaluate import Request, write
from modelyard.evaluate.evaluate import evaluate as measure
from modelyard.evaluate.evidence import read_errors
from modelyard.runtime.bundle import Bundle

EVIDENCE = Path("evidence", "report.json")
CONFIDENCE = 0.95
_LOOKED_AT, _SHOWN = 1000, 8


def evaluate(path: Path, data: str | None, out: Path | None) -> Report:
    """Measure a bundle on rows that came later, against the goals it was made for.

    Args:
        path: The bundle's folder.
        data: A labelled file; None gives the report that the bundle carries.
        out: Folder for the evidence, a copy when it is that of the bundle; not kept when None.

    Raises:
        DataError: The file cannot be read, lacks a target column, or holds nothing in it that can be compared.
        StorageError: The evidence cannot be written.
    """
    if data is None:
        if out is not None:
            _copy(path / EVIDENCE.parent, out)
        return replace(Report.load(path / EVIDENCE), errors=read_errors(path / EVIDENCE.parent))
    # a bundle may have been shipped without its evidence: then it has no goals to be held against
    carried = Report.load(path / EVIDENCE) if (path / EVIDENCE).is_file() else None
    bundle = Bundle.load(path)
    table = labelled(data, bundle)
    request = Request(
        goals=_goals(carried, bundle, data) if carried else (),
        slices=carried.slices if carried else (),
        protected=carried.protected if carried else (),
        seed=0,
        confidence=carried.confidence if carried else CONFIDENCE,
        held_out=True,
        baselines={},
        ladder={},
        about={**_started(carried), "source": data, "rows": {"test": row_count(table)}},
        split=Path(data).name,
    )
    report = measure(bundle, table, request)
    strange = [_nothing_known(target, table, data) for target in report.targets if not target.rows]
    if strange:
        raise DataError(strange)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write(report, out, bundle)
    return report


def labelled(data: str, *bundles: Bundle) -> Columns:
    """The rows of a file whose truth is known, laid out as the files were that the bundles were made from.

    Raises:
        DataError: It cannot be read, or lacks a target column.
    """
    table = read(data, expected(*bundles))
    needed = dict.fromkeys(name for bundle in bundles for target in bundle.targets for name in target["columns"])
    lacking = [text("report.got_no_target", name=name) for name in needed if name not in table]
    if lacking:
        raise DataError([Mistake(data, got, text("report.expected_labelled")) for got in lacking])
    return table


def expected(*bundles: Bundle) -> Hints:
    """What bundles know of a labelled file: its columns, and how the files were laid out that they were made from."""
    names = {column.name for bundle in bundles for column in bundle.inputs}
    names |= {name for bundle in bundles for target in bundle.targets for name in target["columns"]}
    usual = {key: value for bundle in reversed(bundles) for key, value in bundle.manifest.get("layout", {}).items()}
    return Hints(names=tuple(sorted(names)), usual=usual)


def _started(carried: Report | None) -> dict[str, str]:
    """How the bundle came about, so that what to do next can be said."""
    return {key: carried.about[key] for key in ("start", "data", "query") if key in carried.about} if carried else {}


def _nothing_known(target: TargetReport, table: Columns, data: str) -> Mistake:
    """A target of which no row can be compared: its classes are spelt otherwise, or it is empty."""
    cells = dict.fromkeys(str(cell) for name in target.columns for cell in table[name][:_LOOKED_AT])
    got = text("report.got_strange_target", cells=", ".join(list(cells)[:_SHOWN]))
    known = ", ".join(target.labels[:_SHOWN]) or text("tasks.expected_number")
    place = f"{data}, {', '.join(target.columns)}"
    return Mistake(place, got, text("report.expected_known_target", known=known), text("report.fix_strange_target"))


def _copy(evidence: Path, out: Path) -> None:
    try:
        shutil.copytree(evidence, out, dirs_exist_ok=True)
    except OSError as error:
        raise storage_error(error, out) from error


def _goals(carried: Report, bundle: Bundle, data: str) -> tuple[goals.Goal, ...]:
    """The goals that the bundle was made for."""
    tasks = {target["name"]: target["task"] for target in bundle.targets}
    return tuple(goal_checks.validate(goals.parse(goal.goal, data), tasks) for goal in carried.goals)

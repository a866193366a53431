"""Label Studio: proposed rows as tasks with the bundle's guesses, and its JSON export read back.

tasks.json        [{"data": {"text", "row", "check", keys ...}, "predictions": [{"result": [...], ...}]}, ...]
tasks.config.xml  the labelling interface that they fit: a control for each column to fill in, called as the column
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from modelyard.core.cells import is_nothing, text_of
from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.store import reason
from modelyard.improve.asked import Asked
from modelyard.improve.filled import Filled
from modelyard.improve.pool import Pool
from modelyard.improve.propose import Guess, Proposal
from modelyard.improve.sheet import CHECK, ROW, named

_TEXT = "text"
_VERSION = 12  # digits of a bundle's id
_SHOWN = 5  # disagreements that are told
Annotation = Mapping[str, Any]


# --------------------------------------------------------------------- tasks
def tasks(proposal: Proposal) -> str:
    """The proposed rows as tasks to import, JSON."""
    pool, checks = proposal.pool, proposal.pool.checks()
    found = []
    for place, row in enumerate(proposal.rows.tolist()):
        data = {name: text_of(pool.table[name][row]) for name in pool.keys}
        data |= {named(ROW, pool.table): row + 1, named(CHECK, pool.table): checks[row]}
        task: dict[str, Any] = {"data": data | {_source(pool): _said(pool, row)}}
        results = [_result(one, guess, place) for one in pool.asked if (guess := proposal.guesses.get(one.target))]
        results = [result for result in results if result]
        if pool.bundle is not None and results:
            task["predictions"] = [
                {"model_version": pool.bundle.id[:_VERSION], "result": results, **_score(proposal, place)}
            ]
        found.append(task)
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def config(pool: Pool) -> str:
    """The labelling interface that the tasks fit, XML."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Text", name=_TEXT, value=f"${_source(pool)}")
    for one in pool.asked:
        ElementTree.SubElement(view, "Header", value=one.column)
        if one.choice:
            several = "multiple" if one.several else "single"
            control = ElementTree.SubElement(view, "Choices", name=one.column, toName=_TEXT, choice=several)
            for label in one.choice:
                ElementTree.SubElement(control, "Choice", value=label)
        else:
            kind = "Number" if one.kind == "number" else "TextArea"
            ElementTree.SubElement(view, kind, name=one.column, toName=_TEXT)
    ElementTree.indent(view)
    return ElementTree.tostring(view, "unicode") + "\n"


def _source(pool: Pool) -> str:
    """What the tasks call the text that people read."""
    return named(_TEXT, pool.keys)


def _said(pool: Pool, row: int) -> str:
    """What people read: the one input, or all of them with their names."""
    cells = {name: pool.table[name][row] for name in pool.inputs}
    known = {name: text_of(cell) for name, cell in cells.items() if not is_nothing(cell)}
    return (
        next(iter(known.values()), "")
        if len(cells) == 1
        else "\n".join(f"{name}: {cell}" for name, cell in known.items())
    )


def _result(one: Asked, guess: Guess, place: int) -> dict[str, Any] | None:
    """A guess as a pre-annotation; None where the column is one of several that share a target."""
    value = guess.values[place]
    if one.kind not in ("number", "class", "set"):
        return None
    kind = "number" if one.kind == "number" else "choices"
    content = float(value) if one.kind == "number" else one.items(value)
    return {"from_name": one.column, "to_name": _TEXT, "type": kind, "value": {kind: content}}


def _score(proposal: Proposal, place: int) -> dict[str, float]:
    """The least of the probabilities: Label Studio sorts by it."""
    known = [guess.probability[place] for guess in proposal.guesses.values() if guess.probability is not None]
    return {"score": round(min(known), 4)} if known else {}


# -------------------------------------------------------------------- export
def read_export(path: Path, pool: Pool) -> Filled:
    """Read a JSON export.

    Of several people who labelled a task most decide; where they are equally many, nothing is filled in. What was
    skipped or cancelled does not count, and of one person's annotations only the last.

    Raises:
        DataError: It is none, or its controls are called otherwise than the columns to fill in.
    """
    found = _load(path)
    controls = _controls(path, pool, found)
    remarks = _Remarks()
    labels: dict[str, list[Any]] = {column: [] for column in controls}
    for number, task in enumerate(found, start=1):
        annotations = remarks.counted(task)
        for column, control in controls.items():
            votes = [vote for one in annotations if (vote := _vote(one, control)) is not None]
            labels[column].append(remarks.decided(votes, column, task.get("id", number)))
    columns = as_columns([task["data"] for task in found])
    numbers = [task.get("id", number) for number, task in enumerate(found, start=1)]
    return Filled(path.name, columns, labels, numbers, tuple(remarks.told()))


class _Remarks:
    """What is told of the people who labelled."""

    def __init__(self) -> None:
        self._cancelled = self._ties = 0
        self._disagreed: list[str] = []

    def counted(self, task: Mapping[str, Any]) -> list[Annotation]:
        """The annotations of a task that count: of each person the last that was not cancelled."""
        last: dict[Any, Annotation] = {}
        for place, one in enumerate(task.get("annotations") or task.get("completions") or ()):
            if one.get("was_cancelled") or one.get("skipped"):
                self._cancelled += 1
                continue
            person = one.get("completed_by")
            last[json.dumps(person, sort_keys=True) if person is not None else place] = one
        return [*last.values()]

    def decided(self, votes: Sequence[tuple[str, ...]], column: str, number: Any) -> Any:
        """What most say; None where nobody, or as many say something else."""
        counts = Counter(votes).most_common()
        if not counts:
            return None
        if len(counts) > 1:
            shown = ", ".join(f"{'; '.join(vote) or '-'} ({count})" for vote, count in counts)
            self._disagreed.append(text("improve.disagreed", number=number, column=column, votes=shown))
            if counts[0][1] == counts[1][1]:
                self._ties += 1
                return None
        winner = counts[0][0]
        return winner[0] if len(winner) == 1 else [*winner]

    def told(self) -> Iterator[str]:
        """In sentences."""
        if self._cancelled:
            yield text("improve.cancelled", count=self._cancelled)
        if self._disagreed:
            yield text("improve.disagreements", count=len(self._disagreed), ties=self._ties)
            yield from self._disagreed[:_SHOWN]
            if len(self._disagreed) > _SHOWN:
                yield text("improve.disagreements_more", count=len(self._disagreed) - _SHOWN)


def _load(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise _no_export(path, reason(error)) from None
    except ValueError as error:
        raise _no_export(path, str(error)) from None
    if not isinstance(found, list) or not found or not all(isinstance(task, dict) for task in found):
        raise _no_export(path, text("improve.got_no_tasks"))
    if not all(isinstance(task.get("data"), dict) for task in found):
        raise _no_export(path, text("improve.got_json_min"))
    return found


def _controls(path: Path, pool: Pool, found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Column to fill in -> name of the control; one control fills the one column, whatever it is called."""
    names = dict.fromkeys(
        str(result.get("from_name"))
        for task in found
        for one in task.get("annotations") or task.get("completions") or ()
        for result in one.get("result") or ()
    )
    columns = [one.column for one in pool.asked]
    controls = {column: column for column in columns if column in names}
    if not controls and len(columns) == 1 and len(names) <= 1:
        controls = dict.fromkeys(columns, next(iter(names), columns[0]))
    if not controls:
        got, expected = text("improve.got_controls", names=", ".join(names)), ", ".join(columns)
        raise DataError(Mistake(path.name, got, text("improve.expected_controls", names=expected)))
    return controls


def _vote(annotation: Annotation, control: str) -> tuple[str, ...] | None:
    """What somebody says with a control, in order; None where they say nothing."""
    said: list[str] = []
    for result in annotation.get("result") or ():
        value = result.get("value") or {}
        if str(result.get("from_name")) == control:
            content: Any = next((value[kind] for kind in ("choices", "number", "text", "rating") if kind in value), [])
            said += [text_of(item) for item in (content if isinstance(content, list) else [content])]
    return tuple(sorted(dict.fromkeys(said))) or None


def _no_export(path: Path, got: str) -> DataError:
    return DataError(Mistake(str(path), got, text("improve.expected_export"), text("improve.fix_export")))

"""Rows as they are: oddities of spreadsheets, and whether they are read as a person reads them.

The cases stand in `oddities/`, each with what a person reads, written down before the code was asked: numbers, codes,
dates, words for missing and yes, files and workbooks. Each is written to a real file and goes through
`modelyard.prepare`. An outcome is `right` (modality and every value as a person reads them, and a note where a person
would ask back), `reported` (not so, but refused, or a note names the column), or `wrong`: silently.

Bars: of 200 cases at least 195 right, that is 97.5 %; none silently wrong. `--show` prints what went otherwise.
"""

from __future__ import annotations

import csv
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from common import Measured, options, report
from oddities import dates, layouts, names, numbers
from oddities.case import Case

from modelyard.core.errors import UserError
from modelyard.core.project import from_values
from modelyard.data.dataset import Dataset
from modelyard.prepare.prepare import prepare

GROUPS = {"numbers": numbers, "names": names, "dates": dates, "layouts": layouts}
Outcome = tuple[str, str]
"""right, reported or wrong; and what was got instead."""


def main() -> None:
    """Read all cases and write down what came of them."""
    chosen = options(__doc__, show="any word: print the cases that were not read right", only="a part of a case's name")
    found = {
        f"{group}: {case.name}": judged(case)
        for group, room in GROUPS.items()
        for case in room.cases()
        if (chosen.only or "") in case.name
    }
    others = {name: outcome for name, outcome in found.items() if outcome[0] != "right"}
    if chosen.show or chosen.only:
        for name, (outcome, got) in others.items():
            print(f"{outcome:<9} {name}: {got}")
    report(rows(found), chosen.out, cases=len(found), otherwise={name: list(found[name]) for name in others})


def rows(found: dict[str, Outcome]) -> Iterator[Measured]:
    """Shares and counts, in all and per group."""
    counts = Counter(outcome for outcome, _ in found.values())
    yield Measured("cases", len(found))
    yield Measured("read as a person reads them", counts["right"] / len(found), "", ">= 0.975")
    yield Measured("not so, but reported", counts["reported"])
    yield Measured("silently wrong", counts["wrong"], "", "<= 0")
    for group in GROUPS:
        inside = [outcome for name, (outcome, _) in found.items() if name.startswith(f"{group}: ")]
        if inside:
            yield Measured(f"{group}: right of {len(inside)}", inside.count("right"))


def judged(case: Case) -> Outcome:
    """What came of a case."""
    with tempfile.TemporaryDirectory() as folder:
        write(case, Path(folder))
        project = from_values({"data": case.file, "predict": case.target}, Path(folder))
        try:
            dataset = prepare(project, Path(folder))
        except UserError as error:
            return "reported", str(error).replace("\n", " ")[:300]
    problems = list(differences(case, dataset))
    told = [str(note) for note in dataset.notes]
    named = any(name in note for note in told for name in case.kinds)
    if case.reported and not named:
        return "wrong", "; ".join(problems) or "no note names the column"
    return ("reported" if named else "wrong", "; ".join(problems)) if problems else ("right", "")


def differences(case: Case, dataset: Dataset) -> Iterator[str]:
    """Where a column is not what a person takes it for, or a value not what a person reads."""
    columns = {column.name.partition(" / ")[0]: column for column in dataset.columns}  # a unit may follow the name
    for name, kinds in case.kinds.items():
        if name not in columns:
            yield f"no column {name} among {', '.join(columns)}"
            continue
        column = columns[name]
        if (column.modality if column.role == "input" else "id") not in kinds:
            yield f"{name} is {column.modality or column.role}, not {' or '.join(kinds)}"
        elif column.role == "input" and case.values[name] is not None:
            yield from _other_values(name, case.values[name] or [], dataset.values[column.name].tolist())


def _other_values(name: str, meant: Sequence[Any], got: Sequence[Any]) -> Iterator[str]:
    if len(meant) != len(got):
        yield f"{len(got)} rows, not {len(meant)}"
        return
    other = [(row, one, two) for row, (one, two) in enumerate(zip(meant, got, strict=True)) if not _same(one, two)]
    if other:
        row, one, two = other[0]
        yield f"{name}: {len(other)} values differ, first in row {row + 1}: {two!r}, not {one!r}"


def _same(meant: Any, got: Any) -> bool:
    if meant is None:
        return got == "" or (isinstance(got, float) and math.isnan(got))
    if isinstance(got, float):
        return math.isclose(float(meant), got, rel_tol=1e-6, abs_tol=1e-9)
    return str(meant) == got


def write(case: Case, folder: Path) -> None:
    """The case as a file; where it has no target, one is drawn."""
    path = folder / case.file
    if case.content is not None:
        path.write_bytes(case.content)
        return
    length = len(next(iter(case.columns.values())))
    seeded = random.Random(case.name)
    columns = {**case.columns, "extra": [seeded.choice("abc") for _ in range(length)]}
    columns[case.target] = [seeded.choice(("buys", "leaves")) for _ in range(length)]
    cells = list(zip(*columns.values(), strict=True))
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [tuple(columns), *cells]:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in cells), "utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([tuple(columns), *cells])


if __name__ == "__main__":
    main()

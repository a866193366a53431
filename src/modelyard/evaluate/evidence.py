"""The folder `evidence/`: the report in four forms, every prediction, and a manifest that names the bundle."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns, Outputs
from modelyard.core.report import FILE, Report
from modelyard.core.store import file_digest, write_text
from modelyard.evaluate.card import render_card
from modelyard.evaluate.render_html import render_html
from modelyard.evaluate.render_markdown import render_markdown

PREDICTIONS, ERRORS = "test_predictions.csv", "errors.csv"
MANIFEST = "manifest.json"
ROW, ACTUAL, PREDICTED = "row", ".actual", ".predicted"


def write(report: Report, folder: Path, bundle: Any) -> None:
    """Write the evidence, in the language in use.

    Args:
        report: What was measured.
        folder: Takes report.json, report.md, report.html, card.md, test_predictions.csv, errors.csv, manifest.json.
        bundle: The bundle that was measured; its id stands in the manifest.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        FILE: report.written(),
        "report.md": render_markdown(report),
        "report.html": render_html(report),
        "card.md": render_card(report),
        PREDICTIONS: csv_text(report.predictions),
        ERRORS: csv_text(report.errors),
    }
    for name, content in contents.items():
        write_text(folder / name, content)
    files = [
        {"path": name, "size": (folder / name).stat().st_size, "sha256": file_digest(folder / name)}
        for name in contents
    ]
    write_text(folder / MANIFEST, json.dumps({"bundle": bundle.id, "files": files}, indent=1) + "\n")


@dataclass(frozen=True)
class Predictions:
    """What test_predictions.csv holds, as texts.

    Args:
        keys: The columns that name a row.
        truth: Target column -> what it held.
        answers: Everything that was answered, by the name of its column.
    """

    keys: dict[str, list[str]]
    truth: dict[str, list[str]]
    answers: dict[str, list[str]]

    def outputs(self, entry: Mapping[str, Any]) -> Outputs:
        """What the bundle's graph said, put together from its answers; `entry` is the target in the manifest."""
        name = entry["name"]
        if "probability" not in entry["outputs"]:
            return {"value": np.asarray(self.answers[f"{name}{PREDICTED}"], np.float64).reshape(-1, 1)}
        columns = [self.answers[f"{name}.probability.{label}"] for label in entry["state"]["labels"]]
        unlike = self.answers.get(f"{name}.unlike")
        known = {} if unlike is None else {"unlike": np.asarray(unlike, np.float64)[:, None]}
        return {"probability": np.asarray(columns, np.float32).T, **known}


def read_predictions(folder: Path) -> Predictions:
    """Read the predictions beside a report.

    Raises:
        DataError: They are not there.
    """
    file = folder / PREDICTIONS
    if not file.is_file():
        raise DataError(Mistake(str(file), text("compare.got_no_predictions"), text("compare.expected_predictions")))
    columns = _read_csv(file)
    head = list(columns)
    first = next((number for number, name in enumerate(head) if name.endswith(ACTUAL)), len(head))
    truth = {name.removesuffix(ACTUAL): cells for name, cells in columns.items() if name.endswith(ACTUAL)}
    answers = {name: columns[name] for name in head[first:] if not name.endswith(ACTUAL)}
    return Predictions({name: columns[name] for name in head[:first]}, truth, answers)


def read_errors(folder: Path) -> dict[str, list[Any]]:
    """The rows to look at beside a report, as texts; none where an older version wrote it."""
    return {**_read_csv(folder / ERRORS)} if (folder / ERRORS).is_file() else {}


def named_rows(bundle: Any, table: Columns, numbers: Array | None = None) -> dict[str, list[Any]]:
    """What names each row: its keys, or its number in the table, counted from 1."""
    keys = [name for name in bundle.manifest.get("carried", ()) if name in table]
    if keys:
        return {name: table[name].tolist() for name in keys}
    return {ROW: ((np.arange(row_count(table)) if numbers is None else numbers) + 1).tolist()}


def predictions(
    bundle: Any, table: Columns, outputs: dict[str, Outputs], numbers: Array | None = None
) -> dict[str, list[Any]]:
    """Columns of test_predictions.csv: what names the row, and per target the truth and the answer."""
    columns = named_rows(bundle, table, numbers)
    if not row_count(table):
        return columns
    answers = bundle.answer(outputs)
    for entry in bundle.targets:
        name = entry["name"]
        for column in entry["columns"]:
            columns[f"{column}{ACTUAL}"] = table[column].tolist()
        columns |= dict(_flat(f"{name}{PREDICTED}", answers[name]))
    return columns


def _flat(name: str, answer: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The parts of an answer as columns: `risk.predicted`, `risk.probability.bad`, `risk.certain`."""
    target = name.removesuffix(PREDICTED)
    for part, values in answer.items():
        column = name if part == "value" else f"{target}.{part}"
        if isinstance(values, dict):
            yield from ((f"{column}.{label}", np.asarray(each).tolist()) for label, each in values.items())
        else:
            yield column, np.asarray(values).tolist()


def csv_text(columns: Mapping[str, list[Any]]) -> str:
    """Columns as CSV."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return content.getvalue()


def _read_csv(file: Path) -> dict[str, list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    return {name: [row[number] for row in rows] for number, name in enumerate(head)}

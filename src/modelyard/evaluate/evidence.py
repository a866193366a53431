"""The folder `evidence/`: the report in four forms, every prediction, and a manifest that names the bundle."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.columns import row_count
from modelyard.core.protocols import Columns, Outputs
from modelyard.core.report import FILE, Report
from modelyard.core.store import file_digest, write_text
from modelyard.evaluate.card import render_card
from modelyard.evaluate.render_html import render_html
from modelyard.evaluate.render_markdown import render_markdown

PREDICTIONS = "test_predictions.csv"
MANIFEST = "manifest.json"


def write(report: Report, folder: Path, bundle: Any) -> None:
    """Write the evidence, in the language in use.

    Args:
        report: What was measured.
        folder: Takes report.json, report.md, report.html, card.md, test_predictions.csv and manifest.json.
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
        PREDICTIONS: _csv(report.predictions),
    }
    for name, content in contents.items():
        write_text(folder / name, content)
    files = [
        {"path": name, "size": (folder / name).stat().st_size, "sha256": file_digest(folder / name)}
        for name in contents
    ]
    write_text(folder / MANIFEST, json.dumps({"bundle": bundle.id, "files": files}, indent=1) + "\n")


def predictions(bundle: Any, table: Columns, outputs: dict[str, Outputs]) -> dict[str, list[Any]]:
    """Columns of test_predictions.csv: the keys or the row's number, and per target the truth and the answer."""
    rows = row_count(table)
    keys = [name for name in bundle.manifest.get("carried", ()) if name in table]
    columns = {name: table[name].tolist() for name in keys} or {"row": list(range(rows))}
    if not rows:
        return columns
    answers = bundle.answer(outputs)
    for entry in bundle.targets:
        name = entry["name"]
        for column in entry["columns"]:
            columns[f"{name}.actual" if len(entry["columns"]) == 1 else f"{column}.actual"] = table[column].tolist()
        columns |= dict(_flat(f"{name}.predicted", answers[name]))
    return columns


def _flat(name: str, answer: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The parts of an answer as columns: `risk.predicted`, `risk.probability.bad`, `risk.certain`."""
    target = name.removesuffix(".predicted")
    for part, values in answer.items():
        column = name if part == "value" else f"{target}.{part}"
        if isinstance(values, dict):
            yield from ((f"{column}.{label}", np.asarray(each).tolist()) for label, each in values.items())
        else:
            yield column, np.asarray(values).tolist()


def _csv(columns: dict[str, list[Any]]) -> str:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return content.getvalue()

"""A project with few labels, as people start."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from modelyard.improve.pool import Pool, open_pool
from modelyard.pipeline import as_project

SAID = (
    ("the room was clean and quiet", "pos"),
    ("the staff were rude", "neg"),
    ("房间很干净，早餐很好", "pos"),
    ("服务太差了", "neg"),
    ("=HYPERLINK(1)", "neg"),
    ("great breakfast 🎉", "pos"),
)
Labels = Callable[[int], Any]


def write_reviews(path: Path, rows: int, label: Labels) -> Path:
    """Reviews with a key, a text, a number and a label."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "review", "nights", "mood"])
        for n in range(rows):
            writer.writerow([f"r{n}", f"{SAID[n % 6][0]} {n // 6}", n % 5, label(n)])
    return path


@pytest.fixture
def make_pool(tmp_path: Path) -> Callable[..., Pool]:
    """A pool without any run: the first `known` rows are labelled."""

    def make(rows: int = 60, known: int = 12, label: Labels | None = None, **more: Any) -> Pool:
        label = label or (lambda n: SAID[n % 6][1])
        given = label
        write_reviews(tmp_path / "reviews.csv", rows, lambda n: given(n) if n < known else "")
        values = {"data": "reviews.csv", "predict": "mood", "columns": {"编号": {"role": "key"}}, **more}
        (tmp_path / "modelyard.yaml").write_text(json.dumps(values), "utf-8")
        return open_pool(as_project(str(tmp_path), None, {})[0])

    return make


@pytest.fixture
def table_file(tmp_path: Path) -> Callable[[str, Sequence[Sequence[Any]]], Path]:
    """Writes lines as CSV."""

    def write(name: str, lines: Sequence[Sequence[Any]]) -> Path:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
        return tmp_path / name

    return write

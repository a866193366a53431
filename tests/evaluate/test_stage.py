"""The numbers that rows have in the evidence of a run are those of the file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import modelyard

EMPTY = 300


@pytest.mark.parametrize("test", [0.3, "auto"])
def test_rows_of_the_evidence_are_those_of_the_file(tmp_path: Path, test: float | str) -> None:
    """The first rows have no target: of 500 rows, those behind row 300 train and are measured."""
    draws = np.random.default_rng(0)
    x = draws.normal(size=500)
    y = np.where(x + draws.normal(0, 0.5, 500) > 0, "yes", "no")
    y[400::40] = np.where(y[400::40] == "yes", "no", "yes")
    lines = [f"{value},{word if row >= EMPTY else ''}" for row, (value, word) in enumerate(zip(x, y, strict=True))]
    (tmp_path / "late.csv").write_text("x,y\n" + "\n".join(lines) + "\n", "utf-8")
    project = {
        "data": {"source": "late.csv", "split": {"test": test}},
        "predict": "y",
        "train": {"method": ["linear"], "time_budget": "60 s"},
    }
    (tmp_path / "modelyard.yaml").write_text(json.dumps(project), "utf-8")
    run = modelyard.run(tmp_path)
    for name, actual in (("test_predictions.csv", "y.actual"), ("errors.csv", "actual")):
        with (run.path / "evidence" / name).open(encoding="utf-8", newline="") as file:
            found = [(int(row["row"]), row[actual]) for row in csv.DictReader(file)]
        assert found and all(EMPTY < row <= 500 and y[row - 1] == word for row, word in found)

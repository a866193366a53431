"""The tutorial notebook runs from its first cell to its last, as it stands, and is kept without outputs."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
nbformat = pytest.importorskip("nbformat", reason="the notebook needs the extra `dev`")
nbclient = pytest.importorskip("nbclient", reason="the notebook needs the extra `dev`")


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, 4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) >= 8
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    titles = [cell.source.splitlines()[0] for cell in notebook.cells if cell.source.startswith("## ")]
    assert all("·" in title for title in titles), "both languages find their way"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the notebook's machinery, not of ours
def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "modelyard"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m modelyard "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("MODELYARD_LANG", "en")
    notebook = nbformat.read(NOTEBOOK, 4)
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
    said = ["".join(out.get("text", "") for out in cell.get("outputs", ())) for cell in notebook.cells]
    shown = "\n".join(said)
    assert "guess: the same values" in shown and "known_after_decision" in shown
    assert "Where:" not in shown, "a command of the notebook failed"
    with (tmp_path / "决定.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    assert {row["贷款状态.decision"] for row in rows} == {"accept", "decline"}
    assert rows[0]["合同编号"] == "HT202401200"

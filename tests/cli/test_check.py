"""What `modelyard check` says before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.cli.check import lines
from modelyard.core import messages
from modelyard.core.project import from_values


def told(folder: Path, **project: object) -> str:
    """Everything the command prints for a table of grades, marks and classes."""
    rows = [f"{n % 13},{n % 19},{'好' if n % 3 else '坏'},{n // 10}" for n in range(120)]
    (folder / "成绩.csv").write_text("\n".join(["x,grade,结果,group", *rows]), "utf-8")
    return "\n".join(lines(from_values({"data": "成绩.csv", **project}, folder)))


@pytest.mark.parametrize(
    ("predict", "row"),
    [
        ("结果", "结果    classification  坏, 好 (looked for: 好)"),
        ({"column": "结果", "positive": "坏"}, "结果    classification  好, 坏 (looked for: 坏)"),
        ("grade", "grade   regression"),
        ({"column": "group", "task": "classification"}, "group   classification  0, 1, 2, 3, 4, 5, 6, 7 … (12)"),
    ],
)
def test_a_target_is_shown_with_its_classes(predict: object, row: str, tmp_path: Path) -> None:
    assert row in told(tmp_path, predict=predict).splitlines()


def test_it_speaks_chinese(tmp_path: Path) -> None:
    messages.use("zh")
    said = told(tmp_path, predict="结果", train={"time_budget": "90 s"})
    assert "坏, 好（正例：好）" in said
    assert "训练限时 90 秒" in said
    assert "单元格可读作数值" in said and "读作number" not in said


def test_it_tells_how_cells_were_read(tmp_path: Path) -> None:
    rows = [f"{n + 1}.2万,{n}%,{'有' if n % 2 else '无'},{'a' if n % 3 else 'b'}" for n in range(60)]
    (tmp_path / "x.csv").write_text("\n".join(["收入,占比,房产,y", *rows]), "utf-8")
    said = "\n".join(lines(from_values({"data": "x.csv", "predict": "y"}, tmp_path)))
    assert "- 收入: 1.2万 -> 12000, 2.2万 -> 22000, 3.2万 -> 32000 (multiplied; 60 cells)" in said
    assert "- 占比: 0% -> 0, 1% -> 0.01, 2% -> 0.02 (percent as a share; `percent: points` keeps 85; 60 cells)" in said
    assert "- 房产: 有 -> yes, 无 -> no (yes or no; 60 cells)" in said
    assert "- y:" not in said

"""What `modelyard check` says before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.cli.check import lines
from modelyard.core import messages
from modelyard.core.project import from_values
from modelyard.prepare.prepare import inspect


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
    assert "整个运行限时 90 秒" in said
    assert "单元格可读作数值" in said and "读作number" not in said


def test_it_tells_how_cells_were_read(tmp_path: Path) -> None:
    rows = [f"{n + 1}.2万,{n}%,{'有' if n % 2 else '无'},{'a' if n % 3 else 'b'}" for n in range(60)]
    (tmp_path / "x.csv").write_text("\n".join(["收入,占比,房产,y", *rows]), "utf-8")
    said = "\n".join(lines(from_values({"data": "x.csv", "predict": "y"}, tmp_path)))
    assert "- 收入: 1.2万 -> 12000, 2.2万 -> 22000, 3.2万 -> 32000 (multiplied; 60 cells)" in said
    assert "- 占比: 0% -> 0, 1% -> 0.01, 2% -> 0.02 (percent as a share; `percent: points` keeps 85; 60 cells)" in said
    assert "- 房产: 有 -> yes, 无 -> no (yes or no; 60 cells)" in said
    assert "- y:" not in said


def test_it_says_that_its_numbers_are_those_of_the_first_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts, seconds and bytes of a part of the rows are not told as those of all."""
    heads = ("# columns:", "# rows:", "# the ladder", "# about")
    whole = [line for line in told(tmp_path, predict="结果").splitlines() if line.startswith(heads)]
    assert not any("first" in line for line in whole)
    monkeypatch.setattr("modelyard.cli.check.inspect", lambda project: inspect(project, limit_rows=100))
    told_of = [line for line in told(tmp_path, predict="结果").splitlines() if line.startswith(("# ", "each method"))]
    assert "# columns: only the first 100 rows were looked at; a run reads all" in told_of
    assert sum("(of the first 100 rows; a run takes all)" in line for line in told_of) == len(heads) - 1
    messages.use("zh")
    assert told(tmp_path, predict="结果", lang="zh").count("（仅按前 100 行计；运行时会用全部行）") == len(heads) - 1

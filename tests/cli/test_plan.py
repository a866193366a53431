"""What `modelyard plan` prints of curves, and the files that it writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from modelyard.cli.commands import commands
from modelyard.cli.plan import _mean, now, write
from modelyard.plan.making import plan_project


def test_a_mean_and_its_standard_error() -> None:
    assert _mean([0.5, 0.7]) == ["0.6000", "0.1"]
    assert _mean([0.5]) == ["0.5000", ""]
    assert _mean([0.5, None]) == ["0.5000", ""]
    assert _mean([None, None]) == ["-", ""]


def test_the_time_is_that_of_greenwich() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())


def test_two_files_into_a_folder_that_is_made(plant: Any, tmp_path: Path) -> None:
    plan = plan_project(plant())
    out = tmp_path / "deep" / "规划"
    assert [path.name for path in write(plan, out)] == ["plan.json", "plan.html"]
    assert (out / "plan.json").read_text("utf-8") == plan.written()
    assert write(plan, out)  # again, over what is there


def test_help_in_both_languages() -> None:
    english = CliRunner().invoke(commands, ["plan", "--help"]).output
    for name in ("curve", "what-if", "why", "diff", "score"):
        assert name in english
    assert "learning curve" in english


def test_other_tools_words() -> None:
    result = CliRunner().invoke(commands, ["roadmap"])
    assert result.exit_code
    assert "plan" in str(result.exception)


def test_a_folder_where_a_command_stands(tmp_path: Path) -> None:
    folder = tmp_path / "客 服"
    folder.mkdir()
    for word, fix in ((str(folder), f"plan --project '{folder}'"), ("nothing-here", "")):
        result = CliRunner().invoke(commands, ["plan", word])
        (mistake,) = result.exception.mistakes  # type: ignore[union-attr]
        assert mistake.got == word and mistake.fix.endswith(fix) and bool(mistake.fix) == bool(fix)
    (mistake,) = CliRunner().invoke(commands, [str(folder)]).exception.mistakes  # type: ignore[union-attr]
    assert mistake.fix == ""  # this group takes no project


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    result = CliRunner().invoke(commands, ["plan", "--project", str(tmp_path)])
    assert result.exit_code
    assert len(str(result.exception).splitlines()) <= 12

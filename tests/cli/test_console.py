"""What the command line shows of a report."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from modelyard.cli import console
from modelyard.core import messages
from modelyard.evaluate import words


def test_what_is_left_is_told_while_it_is_known() -> None:
    column: Any = console._remaining_column()

    def left(finished: bool, seconds: float | None) -> str:
        return str(column.render(SimpleNamespace(finished=finished, time_remaining=seconds)))

    assert left(False, 11.2) == "at most 0:00:12"
    assert left(False, None) == left(True, 0.0) == ""
    messages.use("zh")
    assert left(False, 3600) == "至多还需 1:00:00"


def test_bars_show_each_piece_of_work_once(capfd: pytest.CaptureFixture[str]) -> None:
    bars = console.Bars()
    bars.advance(1, 2, {})  # nothing has begun
    for title in ("准备", "network"):
        bars.begin(title)
        bars.advance(1, 4, {"train_loss": 0.25, "valid_loss": 0.5, "epoch": 1})
    bars.end()
    bars.close()
    shown = capfd.readouterr().err
    assert shown.count("准备") == shown.count("network") == 1
    assert "at most" not in shown


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The lines that are shown for a report with these targets."""
    monkeypatch.setattr(words, "warnings", lambda report: ["trained on", "few rows"])
    monkeypatch.setattr(words, "conclusions", lambda target: [f"better on {target.name}", "as good"])

    def show(*names: str, held_out: bool = True) -> list[str]:
        targets = [SimpleNamespace(name=name, decision=None) for name in names]
        report: Any = SimpleNamespace(targets=targets, held_out=held_out, summary=lambda: ["numbers"])
        console.say_report(report)
        return capsys.readouterr().out.splitlines()

    return show


def test_warnings_come_first_and_conclusions_last(said: Any) -> None:
    assert said("risk") == ["trained on", "few rows", "numbers", "better on risk", "as good"]


def test_several_targets_are_named(said: Any) -> None:
    assert said("risk", "花费")[3:] == [
        "risk: better on risk",
        "risk: as good",
        "花费: better on 花费",
        "花费: as good",
    ]


def test_rows_that_were_trained_on_allow_no_conclusion(said: Any) -> None:
    assert said("risk", held_out=False) == ["few rows", "numbers"]


def test_rows_are_counted_for_whoever_looks_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with console.counting("answering", quiet=False) as progress:
        assert progress is None  # nobody looks
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with console.counting("answering", quiet=True) as progress:
        assert progress is None
    with console.counting("answering", quiet=False) as progress:
        assert progress is not None
        progress(65_536, None)
        progress(131_072, 200_000)


def test_rows_to_look_at_are_told_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    console.say_errors({})
    assert "no rows stand out" in capsys.readouterr().out
    why = ["wrong"] * 20 + ["doubtful"] * 10
    many = {"row": [*range(30)], "target": ["y"] * 30, "why": why, "loss": [0.123456] * 30}
    console.say_errors(many)
    said = capsys.readouterr().out
    assert said.count("wrong") == console.MOST_ERRORS and said.count("doubtful") == 10 and "0.1235" in said

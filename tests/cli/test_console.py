"""What the command line shows of a report."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from modelyard.cli import console
from modelyard.evaluate import words


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The lines that are shown for a report with these targets."""
    monkeypatch.setattr(words, "warnings", lambda report: ["trained on", "few rows"])
    monkeypatch.setattr(words, "conclusions", lambda target: [f"better on {target.name}", "as good"])

    def show(*names: str, held_out: bool = True) -> list[str]:
        targets = [SimpleNamespace(name=name) for name in names]
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

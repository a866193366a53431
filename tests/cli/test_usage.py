"""Mistakes on the command line are told like all others, in both languages, and so is help."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from modelyard import cli
from modelyard.cli.commands import commands
from modelyard.core import messages
from modelyard.core.errors import MAX_LINES

Ended = tuple[int, str]


@pytest.fixture
def end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """How a call of the program ends: its exit code, and what it says on standard error."""

    def call(*words: str, language: str = "en") -> Ended:
        messages.use(language)
        monkeypatch.setattr(sys, "argv", ["modelyard", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(str(left.value.code)), capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--quite"], ("modelyard run\n", "--quite", "did you mean --quiet?")),
        (["predict"], ("BUNDLE is missing", "modelyard predict [OPTIONS] BUNDLE [DATA]")),
        (["predict", "a", "b", "c"], ("more than it takes: c\n", "BUNDLE [DATA]")),
        (["predict", "a", "b", "c is d", "e"], ("more than it takes: c is d e\n",)),
        (["predict", "a", "--format"], ("nothing after --format", "BUNDLE [DATA]")),
        (["run", "--why=yes"], ("a value for --why, which takes none", "modelyard run [OPTIONS]")),
        (["predict", "a", "--format", "what is this"], ("'what is this'", "csv, jsonl")),
        (["--lang", "it is", "check"], ("modelyard --lang", "'it is'", "en, zh")),
        (["predict", "a", "--format", "xlsx"], ("modelyard predict --format", "'xlsx'", "csv, jsonl")),
        (["serve", "a", "--port", "99999"], ("modelyard serve --port", "99999", "from 0 to 65535")),
        (["serve", "a", "--port", "http"], ("'http'", "from 0 to 65535")),
        (["runs", "remove"], ("modelyard runs remove", "REFERENCES", "is missing")),
        (["rm", "x"], ("rm", "`modelyard runs remove`")),
        (["runs", "delete", "x"], ("modelyard runs\n", "one of: remove", "`modelyard runs remove`")),
        (["--lang", "fr", "check"], ("modelyard --lang", "'fr'", "en, zh")),
        (["chekc"], ("modelyard\n", "chekc", "did you mean check?")),
    ],
)
def test_a_mistake_has_its_place_and_its_fix(
    words: list[str], said: tuple[str, ...], end: Callable[..., Ended]
) -> None:
    code, told = end(*words)
    assert code == 2
    assert [word for word in said if word not in told] == []
    assert len(told.splitlines()) <= MAX_LINES
    in_chinese = end(*words, language="zh")[1]
    assert not any(said in in_chinese for said in ("unexpected", " is not ", "requires", "take a value"))
    assert end(*words, language="zh")[1].startswith("位置：")


def test_help_is_told_in_both_languages() -> None:
    heads = {
        "en": ("Usage: modelyard runs", "Options:", "Commands:", "leave."),
        "zh": ("用法：", "选项:", "命令:", "退出"),
    }
    for language, words in heads.items():
        messages.use(language)
        told = CliRunner().invoke(commands, ["runs", "--help"], prog_name="modelyard").output
        assert [word for word in words if word not in told] == []
    messages.use("zh")
    assert "Show this message" not in CliRunner().invoke(commands, ["predict", "-h"]).output


def test_no_words_at_all_show_the_help(end: Callable[..., Ended]) -> None:
    code, told = end()
    assert code == 2
    assert "Commands:" in told


def test_an_interruption_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, end: Callable[..., Ended]) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelyard.pipeline.run", interrupted)
    code, told = end("run", "--quiet")
    assert code == 130
    assert "the same command goes on from here" in told
    assert "Abort" not in told


def test_a_reader_that_goes_away_is_no_mistake(monkeypatch: pytest.MonkeyPatch, end: Callable[..., Ended]) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 1

    redirected = []
    monkeypatch.setattr("os.dup2", lambda *pair: redirected.append(pair[1]))
    monkeypatch.setattr(sys, "stdout", Gone())
    assert end("schema") == (1, "")
    assert redirected == [1]

"""Every sentence exists, in both languages, with the same values in it: found by reading the source, not by luck."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from modelyard.core import messages
from modelyard.core.messages import text

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "modelyard"
CATALOGUE = SOURCE / "core" / "messages"
ROOMS = sorted(path.stem for path in CATALOGUE.glob("*.py") if path.stem != "__init__")
KEY = re.compile(rf"({'|'.join(ROOMS)})\.[a-z0-9_]+")
TELLING = re.compile(rf"({'|'.join(ROOMS)})\.(got|expected|fix|place|because|cell|note)_[a-z0-9_]+")
CJK = re.compile("[\u4e00-\u9fff]")
CODE = re.compile(
    r"`[^`]*`|\{[^}]*\}|\"[^\"]*\"|'[^']*'|\b(?:modelyard|pip|python|iconv|ls) .*?(?=[，。；：、（）\n]|$)"
)
WORDS = re.compile(r"(?<![\w./-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w./-])")


@dataclass(frozen=True)
class Use:
    """One place in the source that says something.

    Args:
        where: file:line.
        key: The key, or the beginning of one.
        values: Names of the values that are given; None where they cannot be read off.
        is_prefix: The rest of the key is known only when it runs.
        is_call: It is an argument of `text` itself, not a string that may reach it.
    """

    where: str
    key: str
    values: frozenset[str] | None
    is_prefix: bool = False
    is_call: bool = True


@cache
def sentences() -> dict[str, tuple[str, str]]:
    """All of the catalogue."""
    found = {}
    for room in ROOMS:
        for name, pair in importlib.import_module(f"modelyard.core.messages.{room}").TEXTS.items():
            found[f"{room}.{name}"] = pair
    return found


@cache
def uses() -> tuple[Use, ...]:
    """Everything in the source that names a sentence."""
    files = [path for path in SOURCE.rglob("*.py") if CATALOGUE not in path.parents]
    return tuple(use for path in sorted(files) for use in read(ast.parse(path.read_text("utf-8")), path))


def read(tree: ast.AST, path: Path) -> Iterator[Use]:
    """The uses in one file."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    for node in ast.walk(tree):
        where = f"{name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and is_text(node.func) and node.args:
            explicit = frozenset(word.arg for word in node.keywords if word.arg)
            values = None if any(word.arg is None for word in node.keywords) else explicit
            yield from (Use(where, key, values, is_prefix) for key, is_prefix in keys(node.args[0]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            yield Use(where, node.value, None, is_call=False)
        elif isinstance(node, ast.JoinedStr | ast.BinOp):
            yield from (Use(where, key, None, True, False) for key, is_prefix in keys(node) if is_prefix)


def is_text(function: ast.expr) -> bool:
    """`text(...)` or `messages.text(...)`."""
    if isinstance(function, ast.Attribute):
        return function.attr == "text" and isinstance(function.value, ast.Name) and function.value.id == "messages"
    return isinstance(function, ast.Name) and function.id == "text"


def keys(node: ast.expr) -> Iterator[tuple[str, bool]]:
    """The keys that an expression can be, each with whether it is only the beginning of one."""
    if isinstance(node, ast.IfExp):
        yield from keys(node.body)
        yield from keys(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, False
    elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        yield from ((key, True) for key, _ in keys(node.values[0]) if key.partition(".")[0] in ROOMS and "." in key)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from ((key, True) for key, _ in keys(node.left) if key.partition(".")[0] in ROOMS and "." in key)


def placeholders(sentence: str) -> frozenset[str]:
    """Names of the values in a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


# ---------------------------------------------------------------------- the laws
def test_every_sentence_that_is_said_exists() -> None:
    missing = [
        f"{use.where}: {use.key}"
        for use in uses()
        if not use.is_prefix and use.key not in sentences() and (use.is_call or TELLING.fullmatch(use.key))
    ]
    assert not missing, "\n".join(missing)


def test_every_beginning_of_a_key_leads_to_a_sentence() -> None:
    lost = [
        f"{use.where}: {use.key}…"
        for use in uses()
        if use.is_prefix and use.is_call and not any(key.startswith(use.key) for key in sentences())
    ]
    assert not lost, "\n".join(lost)


def test_every_sentence_gets_exactly_the_values_it_has_places_for() -> None:
    wrong = [
        f"{use.where}: {use.key} takes {sorted(placeholders(sentences()[use.key][0]))}, is given {sorted(use.values)}"
        for use in uses()
        if not use.is_prefix
        and use.values is not None
        and use.key in sentences()
        and placeholders(sentences()[use.key][0]) != use.values
    ]
    assert not wrong, "\n".join(wrong)


def test_no_sentence_is_left_over() -> None:
    whole = {use.key for use in uses() if not use.is_prefix}
    beginnings = tuple(use.key for use in uses() if use.is_prefix)
    unsaid = [key for key in sentences() if key not in whole and not key.startswith(beginnings)]
    assert not unsaid, "\n".join(unsaid)


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_say_the_same(room: str) -> None:
    pairs = {key: pair for key, pair in sentences().items() if key.startswith(f"{room}.")}
    assert pairs
    for key, pair in pairs.items():
        assert isinstance(pair, tuple) and len(pair) == 2, key
        english, chinese = pair
        assert english and (chinese or not english.strip()), key  # a space between words has no Chinese
        assert placeholders(english) == placeholders(chinese), key
        assert all(name.isidentifier() for name in placeholders(english)), key


@pytest.mark.parametrize("room", ROOMS)
def test_chinese_is_chinese(room: str) -> None:
    for key, (_, chinese) in sentences().items():
        if not key.startswith(f"{room}."):
            continue
        left = CODE.sub("", re.sub(r"--[a-z]+", "", chinese))  # code, values, punctuation and names need no Chinese
        assert CJK.search(chinese) or not re.search(r"[a-z]{2,}", left), f"{key}: {chinese}"
        assert not WORDS.search(CODE.sub("", chinese)), f"{key} has English words in its Chinese: {chinese}"


def test_a_bundle_has_one_name_in_chinese() -> None:
    pages = {path: path.read_text("utf-8") for path in [*ROOT.glob("*.md"), *SOURCE.rglob("*.zh-CN.md")]}
    said = {**{key: pair[1] for key, pair in sentences().items()}, **pages}
    assert [where for where, words in said.items() if re.search("模型包|交付包", words)] == []


# ------------------------------------------------------- the reader of the source itself
def test_the_reader_finds_what_it_should() -> None:
    program = """
text("cli.help")
text("cli.wrote", path=p)
text("cli.wrote", **values)
messages.text("cli.next_run" if a else "cli.bundle", folder=f)
text(f"cli.state_{state}")
text("errors." + name)
other("data.got_empty")
self.text("cli.nothing")
name = "data.csv"
"""
    found = {(use.key, use.values, use.is_prefix, use.is_call) for use in read(ast.parse(program), Path("x.py"))}
    assert ("cli.help", frozenset(), False, True) in found
    assert ("cli.wrote", frozenset({"path"}), False, True) in found
    assert ("cli.wrote", None, False, True) in found
    assert ("cli.next_run", frozenset({"folder"}), False, True) in found
    assert ("cli.bundle", frozenset({"folder"}), False, True) in found
    assert ("cli.state_", frozenset(), True, True) in found
    assert ("errors.", frozenset(), True, True) in found
    assert ("data.got_empty", None, False, False) in found
    assert not any(use[0] == "cli.nothing" and use[3] for use in found)


# -------------------------------------------------------------------- the language
def test_use_sets_the_language_and_none_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    messages.use("zh")
    assert messages.language() == "zh"
    assert text("errors.place") == "位置："
    messages.use(None)
    monkeypatch.setenv("MODELYARD_LANG", "en")
    assert text("errors.place").startswith("Where:")


def test_a_project_goes_before_the_locale_and_after_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELYARD_LANG", "en")
    messages.use(None)
    messages.prefer("zh")
    assert messages.language() == "zh"
    messages.use("en")
    assert messages.language() == "en"
    messages.use(None)
    messages.prefer(None)
    assert messages.language() == "en"
    with pytest.raises(ValueError, match="'fr' is none of en, zh"):
        messages.prefer("fr")


def test_use_refuses_a_language_without_a_catalogue() -> None:
    with pytest.raises(ValueError, match="'fr' is none of en, zh"):
        messages.use("fr")
    assert messages.language() == "en"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "MODELYARD_LANG": "zh"}, "zh"),
        ({"MODELYARD_LANG": "ZH"}, "zh"),
    ],
)
def test_the_locale_decides_when_nobody_does(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.use(None)
    for variable in ("MODELYARD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert messages.language() == language


def test_values_may_hold_braces_and_any_script() -> None:
    assert text("errors.did_you_mean", names="{x} 列") == "did you mean {x} 列?"


def test_unknown_sentences_are_refused() -> None:
    with pytest.raises(KeyError):
        text("errors.no_such_sentence")
    with pytest.raises(ModuleNotFoundError):
        text("no_such_room.place")


def test_pick_follows_the_language() -> None:
    assert messages.pick(("yes", "是")) == "yes"
    messages.use("zh")
    assert messages.pick(("yes", "是")) == "是"

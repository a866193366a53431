"""YAML that knows its lines: YAML 1.2's ideas of text, and every way in which a file can be no project."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, ProjectError, StorageError
from modelyard.core.source import LARGEST, Source, dotted, dump, from_plain, parse, read_source, shown

FILE = "modelyard.yaml"
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def value(written: str) -> Any:
    """A YAML value as it is read."""
    return parse(f"key: {written}\n", FILE).data["key"]


def refusal(content: str) -> str:
    """What is said of a file that is no YAML, or no mapping."""
    with pytest.raises(ProjectError) as caught:
        parse(content, FILE)
    return str(caught.value)


# ------------------------------------------------------------------- what is text
@pytest.mark.parametrize(
    "written",
    [
        "on", "off", "yes", "no", "y", "n", "Yes", "NO", "2024-01-01", "2024-01-01 10:00:00", "12:30:00", "0x1F",
        "0o17", "1_000", ".inf", "-.INF", ".nan", "1e", "e5", "1.2.3", "+", ".", "=", "<<", "tRue", "nULL",
        "german.csv", "好", "a b", "roc_auc >= 0.8", "5 min", "1e999", "../a.csv", "C:\\data.csv",
    ],
)  # fmt: skip
def test_text_stays_text(written: str) -> None:
    assert value(written) == written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("NULL", None),
        ("0", 0), ("-7", -7), ("+3", 3), ("007", 7), ("0.5", 0.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0),
        ("-2.5E-3", -0.0025), ("[1, a]", [1, "a"]), ("{a: 1}", {"a": 1}), ("[]", []), ("{}", {}),
        ("'true'", "true"), ('"1"', "1"), ("!!str 5", "5"), ("!!int '5'", 5), ("|\n  a\n  b", "a\nb\n"),
    ],
)  # fmt: skip
def test_everything_else_is_what_it_says(written: str, read: Any) -> None:
    found = value(written)
    assert found == read and type(found) is type(read)


def test_numbers_that_nobody_can_hold_are_text() -> None:
    assert value("9" * 5000) == "9" * 5000
    assert value("1e400") == "1e400"


def test_how_a_number_was_spelt_is_known() -> None:
    source = parse("a: 007\nb: [1e3, True, ~]\nc: 7\n", FILE)
    assert [source.spelling(keys) for keys in (("a",), ("b", 0), ("b", 1), ("b", 2), ("c",))] == [
        "007",
        "1e3",
        "True",
        "~",
        "7",
    ]


def test_keys_are_text_as_they_are_written() -> None:
    assert list(parse("on: 1\n123: 2\n2024-01-01: 3\n~: 4\ntrue: 5\n1e3: 6\n列: 7\n'': 8\n", FILE).data) == [
        "on", "123", "2024-01-01", "~", "true", "1e3", "列", "",
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n\n", "# a comment\n", "---\n", "~\n", "\ufeff"])
def test_a_file_of_nothing_says_nothing(content: str) -> None:
    assert parse(content.removeprefix("\ufeff"), FILE).data == {}


# ----------------------------------------------------------------------- lines
CONTENT = """\
# first comes a comment
data: a.csv
predict:
  - risk
  - column: 收入
    task: regression
columns:

  age: number
  note: {type: text,
    role: ignore}
train: {seed: 1}
goals: [a >= 1,
        b >= 2]
"""


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ((), "modelyard.yaml"),
        (("data",), "modelyard.yaml line 2, data"),
        (("predict", 0), "modelyard.yaml line 4, predict[0]"),
        (("predict", 1, "task"), "modelyard.yaml line 6, predict[1].task"),
        (("predict", 1, "positive"), "modelyard.yaml line 5, predict[1].positive"),
        (("predict", 9), "modelyard.yaml line 3, predict"),
        (("columns", "age"), "modelyard.yaml line 9, columns.age"),
        (("columns", "note", "role"), "modelyard.yaml line 11, columns.note.role"),
        (("train", "seed"), "modelyard.yaml line 12, train.seed"),
        (("train", "network", "epochs"), "modelyard.yaml line 12, train.network.epochs"),
        (("goals", 1), "modelyard.yaml line 14, goals[1]"),
        (("lang",), "modelyard.yaml, lang"),
        (("evaluate", "slices", 0), "modelyard.yaml, evaluate.slices[0]"),
    ],
    ids=str,
)
def test_places_name_the_line(keys: tuple[str | int, ...], place: str) -> None:
    assert parse(CONTENT, FILE).place(*keys) == place


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("data", "source"), "modelyard.yaml line 2, data"),
        (("predict", 0, "column"), "modelyard.yaml line 4, predict[0]"),
        (("columns", "age", "type"), "modelyard.yaml line 9, columns.age"),
    ],
)
def test_places_of_the_long_form_are_those_of_the_short_one(keys: tuple[str | int, ...], place: str) -> None:
    assert parse(CONTENT, FILE).place(*keys) == place


def test_a_single_target_has_no_number() -> None:
    assert parse("predict: y\n", FILE).place("predict", 0, "column") == "modelyard.yaml line 1, predict"
    assert parse("predict: {column: y}\n", FILE).path(("predict", 0, "column")) == ("predict", "column")
    assert parse("data: [a, b]\n", FILE).path(("data", "source", 1)) == ("data", 1)


def test_places_are_chinese_in_chinese() -> None:
    messages.use("zh")
    source = parse(CONTENT, FILE)
    assert source.place("train", "seed") == "modelyard.yaml 第 12 行，train.seed"
    assert source.place("lang") == "modelyard.yaml，lang"


def test_lines_of_a_file_with_windows_line_ends() -> None:
    assert parse("a: 1\r\n\r\nb:\r\n  c: 2\r\n", FILE).line(("b", "c")) == 4


def test_aliases_are_read_where_they_stand() -> None:
    source = parse("a: &x {k: 1}\nb: *x\n", FILE)
    assert source.data == {"a": {"k": 1}, "b": {"k": 1}}
    assert source.line(("a",)) == 1 and source.line(("b",)) == 2


def test_dotted() -> None:
    assert dotted(()) == ""
    assert dotted(("goals", 0)) == "goals[0]"
    assert dotted(("predict", 1, "列", "x")) == "predict[1].列.x"


# ---------------------------------------------------------------------- mistakes
def test_all_double_keys_are_told_with_both_lines() -> None:
    found = parse("a: 1\nb: {c: 1,\n  c: 2}\na: 2\na: 3\n", FILE).mistakes
    assert [(keys, mistake.place, mistake.got) for keys, mistake in found] == [
        (("b", "c"), "modelyard.yaml line 3, b.c", "the key `c`, which already stands in line 2"),
        (("a",), "modelyard.yaml line 4, a", "the key `a`, which already stands in line 1"),
        (("a",), "modelyard.yaml line 5, a", "the key `a`, which already stands in line 1"),
    ]


def test_keys_that_yaml_would_take_for_the_same_are_not() -> None:
    assert parse("on: 1\ntrue: 2\nyes: 3\n1: 4\n1.0: 5\n'01': 6\n", FILE).mistakes == []


def test_keys_that_are_no_text_are_told() -> None:
    found = parse("? [a, b]\n: 1\nc:\n  ? {x: y}\n  : 2\n", FILE).mistakes
    assert [mistake.place for _, mistake in found] == ["modelyard.yaml line 1", "modelyard.yaml line 4, c"]


@pytest.mark.parametrize("written", ["!foo 1", "!!binary aGk=", "!!timestamp 2024-99-99", "!!python/name:os.system ''"])
def test_tags_are_refused_and_run_nothing(written: str) -> None:
    ((keys, mistake),) = parse(f"a: 1\nb: {written}\n", FILE).mistakes
    assert keys == ("b",)
    assert mistake.place == "modelyard.yaml line 2, b"
    assert mistake.expected == "a plain value, without a tag"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: [1\n", 1),
        ("a: 1\nb: [1,\nc: 2\n", 2),
        ("a: 1\nb: {c: 1\n", 2),
        ("a: 'open\nb: 1\n", 1),
        ("a: b: c\n", 1),
        ("x: 1\ndata: *.csv\n", 2),
        ("a: @home\n", 1),
        ("a: `x`\n", 1),
        ("a: %x\n", 1),
        ("a: 1\n b: 2\n", 2),
        ("a:\n- b\n c: d\n", 3),
        ("a: 1\n---\nb: 2\n", 2),
        ("goals: [recall[bad] >= 0.9]\n", 1),
        ("%x\n", 1),
        ("a: *nothing\n", 1),
        ("a: &x 1\nb: &x 2\nc: 3\n", 2),
        ('a: "\\q"\n', 1),
        ("a\nb: 1\n", 2),
        ("9" * 2000 + ": x\n", 1),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_yaml_is_shown_with_its_line(content: str, line: int, language: str) -> None:
    messages.use(language)
    said = refusal(content)
    assert (f"modelyard.yaml line {line}\n" if language == "en" else f"modelyard.yaml 第 {line} 行\n") in said
    assert content.splitlines()[line - 1].strip()[:50] in said
    assert "YAML" in said and "*.csv" in said
    assert len(said.splitlines()) <= 4 <= MAX_LINES
    assert "expected" not in said and "found" not in said  # YAML's own words are English only


def test_tabs_are_called_tabs() -> None:
    said = refusal("a:\n\tb: 1\n")
    assert "line 2" in said and "tabs" in said


@pytest.mark.parametrize("content", ["- a\n- b\n", "[]", "just text\n", "5\n", "true\n", "a.csv"])
def test_what_is_no_mapping_is_refused(content: str) -> None:
    said = refusal(content)
    assert "keys and values" in said and "two lines are enough" in said


def test_depth_and_repetition_have_an_end() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    for content in ("a: &x [*x]\n", "a: &x {b: *x}\n", bomb, "[" * 3000, "a: " + "[" * 60 + "]" * 60):
        assert "nested too deeply" in refusal(content)


# ------------------------------------------------------------------------- files
def test_a_file_is_read_with_and_without_a_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "项目.yaml").write_text("列: 值\n", encoding)
        source = read_source(tmp_path / "项目.yaml")
        assert (source.name, source.data) == ("项目.yaml", {"列": "值"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("数据: a\n".encode("gb18030"), "byte 1 of the file is not UTF-8"),
        (b"data: a.csv\npredict: \xe9\n", "byte 22 of the file is not UTF-8"),
        ("data: a\n".encode("utf-16"), "byte 1 of the file is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "byte 1 of the file is not UTF-8"),
        (b"data: \x00\n", "line 1\nGot:      the control character 0x00"),
        (b"data: a\npredict: \x07\n", "line 2\nGot:      the control character 0x07"),
        (b"a" * (LARGEST + 1), "far too long for a project"),
    ],
    ids=["gb18030", "latin", "utf-16", "png", "zero", "bell", "long"],
)
def test_what_is_no_text_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ProjectError) as caught:
        read_source(tmp_path / FILE)
    assert said in str(caught.value)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_that_cannot_be_read(tmp_path: Path, language: str) -> None:
    messages.use(language)
    for path, reason in (
        (tmp_path / "none.yaml", ("no such file", "没有这个文件")),
        (tmp_path, ("a folder", "却是文件夹")),
    ):
        with pytest.raises(StorageError) as caught:
            read_source(path)
        assert str(path) in str(caught.value) and reason[language == "zh"] in str(caught.value)
        assert "modelyard init" in str(caught.value)


# ---------------------------------------------------------------- values of Python
def test_numpy_and_pandas_become_plain() -> None:
    given_values = {
        "scalar": np.float32(0.5), "whole": np.int64(3), "yes": np.bool_(True), "text": np.str_("列"),
        "array": np.array([[1, 2]]), "series": pd.Series(["a", "b"]), "tuple": (1, (2.5, None)), "zero": np.array(7),
        "path": Path("a") / "b.csv", "day": dt.date(2024, 1, 1), "moment": pd.Timestamp("2024-01-01"), 5: {6: "x"},
        "nan": float("nan"), "inf": np.inf,
    }  # fmt: skip
    source = from_plain(given_values, "run(...)")
    assert source.mistakes == []
    assert source.data == {
        "scalar": 0.5, "whole": 3, "yes": True, "text": "列", "array": [[1, 2]], "series": ["a", "b"],
        "tuple": [1, [2.5, None]], "zero": 7, "path": "a/b.csv", "day": "2024-01-01",
        "moment": "2024-01-01T00:00:00", "5": {"6": "x"}, "nan": "nan", "inf": "inf",
    }  # fmt: skip
    assert {type(item) for item in source.data.values()} <= {float, int, bool, str, list, dict}


@pytest.mark.parametrize(
    "odd", [object(), {1, 2}, b"bytes", len, 1j, (n for n in ())], ids=lambda odd: type(odd).__name__
)
def test_what_has_no_plain_form_is_told(odd: Any) -> None:
    source = from_plain({"train": {"seed": odd}, "list": [1, odd]}, "run(...)")
    assert [mistake.place for _, mistake in source.mistakes] == ["run(...), train.seed", "run(...), list[1]"]
    assert source.mistakes[0][1].got == type(odd).__name__
    assert source.data == {"train": {}, "list": [1]}


def test_values_of_python_have_places_without_lines() -> None:
    source = from_plain({"predict": "y"}, "command line")
    assert source.place("predict") == "command line, predict"
    assert source.place() == "command line"
    assert source.line(("predict",)) is None


def test_values_of_python_take_the_place_of_what_was_written() -> None:
    source = parse("a: {b: 1,\n b: 2}\nc: 007\nd: 3\nd: 4\n", FILE)
    source.replace({"a": {"b": np.int64(5)}, "c": object(), "new": (1,)})
    assert source.data == {"a": {"b": 5}, "c": 7, "d": 4, "new": [1]}
    assert source.place("a", "b") == "modelyard.yaml, a.b"
    assert source.place("d") == "modelyard.yaml line 4, d"
    assert [mistake.place for _, mistake in source.mistakes] == ["modelyard.yaml line 5, d", "modelyard.yaml, c"]


def test_half_characters_do_not_get_in() -> None:
    assert from_plain({"a": "caf\udce9"}, "x").data == {"a": "caf?"}
    assert parse('a: "\\ud800"\n', FILE).data == {"a": "?"}


# ----------------------------------------------------------------------- writing
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_what_is_written_reads_back_as_the_same(values: dict[str, Any]) -> None:
    assert repr(parse(dump(values), FILE).data) == repr(values)


@pytest.mark.parametrize(
    "text", ["on", "no", "1e3", "012", "0o7", "2024-01-01", "", "~", "true", ".5", "+1", "1_0", "5:30"]
)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert parse(dump({text: text}), FILE).data == {text: text}


def test_any_script_is_written_as_it_is() -> None:
    assert dump({"列": ["值", "é"]}) == "列:\n- 值\n- é\n"


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        ("many", "'many' (text)"),
        (True, "true (true/false)"),
        (3, "3 (whole number)"),
        (0.5, "0.5 (number)"),
        (None, "nothing"),
        ([1, "a"], "[1, 'a'] (list)"),
        ({"列": 1}, "{'列': 1} (mapping)"),
        ("", "'' (text)"),
    ],
)
def test_values_are_shown_with_their_kind(thing: Any, said: str) -> None:
    assert shown(thing) == said


def test_long_values_are_shown_shortened() -> None:
    assert len(shown("x" * 9999)) < 200
    assert shown(list(range(9999))).endswith(" … (list)")


def test_a_source_of_nothing() -> None:
    assert Source("x").place("a", 0) == "x, a[0]"

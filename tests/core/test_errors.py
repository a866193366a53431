"""Mistakes: four labelled parts, at most 12 lines, in both languages; several are told at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import (
    MAX_LINES,
    BundleError,
    DataError,
    InstallError,
    Mistake,
    ModelyardError,
    ProjectError,
    RequestError,
    StorageError,
    UserError,
)

WHOLE = Mistake("data.csv line 17", "5 cells", "4 cells", "quote the comma")


def test_the_four_parts_stand_under_each_other() -> None:
    assert str(WHOLE).splitlines() == [
        "Where:    data.csv line 17",
        "Got:      5 cells",
        "Expected: 4 cells",
        "Fix:      quote the comma",
    ]


def test_the_labels_are_chinese_in_chinese() -> None:
    messages.use("zh")
    assert str(WHOLE).splitlines() == [
        "位置：data.csv line 17",
        "得到：5 cells",
        "应为：4 cells",
        "改法：quote the comma",
    ]


def test_a_mistake_without_a_fix_has_no_line_for_it() -> None:
    assert "Fix" not in str(Mistake("here", "this", "that"))
    assert len(str(Mistake("here", "this", "that")).splitlines()) == 3


def test_a_part_of_many_lines_keeps_its_beginning_and_the_other_parts() -> None:
    said = str(Mistake("here\n" * 9, "\n".join("abcdef"), "x\ny\nz", "the fix\nmatters"))
    assert len(said.splitlines()) <= MAX_LINES
    assert "a\nb\nc …" in said
    assert "z …" not in said
    assert said.endswith("Fix:      the fix\nmatters")


def test_a_part_of_thousands_of_names_is_cut() -> None:
    said = str(Mistake("here", "this", ", ".join(f"column{number}" for number in range(5000)), "fix"))
    assert len(said) < 2000
    assert " …\nFix:      fix" in said


def test_nothing_in_a_message_steers_the_terminal() -> None:
    said = str(Mistake("\x1b[31mred\x07", "a\rb\x85c\u2028d", "tab\tis fine", "列"))
    assert "\x1b" not in said and "\x07" not in said and "\r" not in said
    assert r"\x1b[31mred\x07" in said
    assert "tab\tis fine" in said
    assert len(said.splitlines()) == 4


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.builds(Mistake, st.text(), st.text(), st.text(), st.text()))
def test_no_mistake_is_longer_than_it_may_be(mistake: Mistake) -> None:
    assert len(str(mistake).splitlines()) <= MAX_LINES


def test_several_mistakes_are_separated_by_an_empty_line() -> None:
    error = ProjectError([WHOLE, Mistake("there", "no", "yes")])
    assert str(error) == f"{WHOLE}\n\n{Mistake('there', 'no', 'yes')}"
    assert error.mistakes == (WHOLE, Mistake("there", "no", "yes"))


def test_one_mistake_and_a_generator_of_mistakes_are_taken_alike() -> None:
    assert DataError(WHOLE).mistakes == DataError(mistake for mistake in [WHOLE]).mistakes == (WHOLE,)


@pytest.mark.parametrize("kind", [ProjectError, DataError, InstallError, BundleError, RequestError, StorageError])
def test_every_kind_is_the_users(kind: type[UserError]) -> None:
    error = kind(WHOLE)
    assert isinstance(error, UserError) and isinstance(error, ModelyardError)
    assert str(error) == str(WHOLE)


def test_a_request_error_names_its_field() -> None:
    assert RequestError(WHOLE, "age").field == "age"
    assert RequestError(WHOLE).field == ""

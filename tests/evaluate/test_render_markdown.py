"""The report as Markdown: the same content, in tables that every reader understands."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.report import Report
from modelyard.evaluate.blocks import Table
from modelyard.evaluate.content import sections
from modelyard.evaluate.render_markdown import escaped, render_markdown, table

CELLS = re.compile(r"(?<!\\)\|")


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("kind", ["classes", "numbers", "labels", "unmeasured", "empty", "many", "odd"])
def test_tables_are_tables(reports: dict[str, Report], kind: str, language: str) -> None:
    """Every row of a table has as many cells as its head, whatever its names hold."""
    messages.use(language)
    lines = render_markdown(reports[kind]).splitlines()
    for before, line in pairwise(lines):
        if line.startswith("|") and before.startswith("|"):
            assert len(CELLS.findall(line)) == len(CELLS.findall(before)), line


def test_every_section_and_every_table_of_the_report_is_there(reports: dict[str, Report]) -> None:
    written = render_markdown(reports["classes"])
    parts = sections(reports["classes"])
    assert [line[3:] for line in written.splitlines() if line.startswith("## ")] == [
        escaped(part.title) for part in parts
    ]
    count = sum(isinstance(block, Table) for part in parts for block in part.blocks)
    assert len(re.findall(r"^\| ---", written, re.MULTILINE)) == count


def test_there_is_no_drawing_and_no_markup(reports: dict[str, Report]) -> None:
    for report in reports.values():
        written = render_markdown(report)
        assert "<svg" not in written and "<script" not in written


def test_numbers_are_those_of_the_page(reports: dict[str, Report]) -> None:
    assert "| met | " in render_markdown(reports["classes"])
    assert "100 %" not in render_markdown(reports["empty"])


def test_the_warning_comes_first(reports: dict[str, Report]) -> None:
    written = render_markdown(reports["unmeasured"])
    assert written.index("> **not measurable: label 384 rows") < written.index("## ")


def test_markdown_follows_from_json_alone(reports: dict[str, Report]) -> None:
    for report in reports.values():
        assert render_markdown(Report.from_json(report.to_json())) == render_markdown(report)


@pytest.mark.parametrize(
    ("words", "safe"),
    [
        ("a|b", r"a\|b"),
        ("<b>", "&lt;b&gt;"),
        ("two\nlines  here", "two lines here"),
        ("`x` *y* _z_", r"\`x\` \*y\* \_z\_"),
        ("风险", "风险"),
        ("", ""),
    ],
)
def test_names_are_not_taken_for_markup(words: str, safe: str) -> None:
    assert escaped(words) == safe


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_any_names_make_a_row(names: list[str]) -> None:
    head, rule, row = table(tuple(map(escaped, names)), [tuple(map(escaped, names))]).split("\n")
    assert head == row
    assert len(CELLS.findall(re.sub(r"\\\\", "", row))) == len(names) + 1 == len(CELLS.findall(rule))

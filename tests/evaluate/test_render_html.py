"""The page: one file, nothing from outside, nothing that runs, every name as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from modelyard.core import messages
from modelyard.core.report import Report
from modelyard.evaluate.content import sections
from modelyard.evaluate.render_html import render_html

VOID = {"meta", "link"}


class Checked(HTMLParser):
    """Collects tags, ids, links and text, and checks that tags close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("kind", ["classes", "numbers", "labels", "unmeasured", "few", "empty", "many", "odd"])
def test_every_page_is_well_formed(reports: dict[str, Report], kind: str, language: str) -> None:
    messages.use(language)
    page = Checked(render_html(reports[kind]))
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == 1


@pytest.mark.parametrize("kind", ["classes", "numbers", "labels", "odd"])
def test_nothing_is_fetched_and_nothing_runs(reports: dict[str, Report], kind: str) -> None:
    written = render_html(reports[kind])
    page = Checked(written)
    assert all(link.startswith(("#", "data:,")) for link in page.links)
    assert not {"script", "iframe", "img", "object", "embed", "base", "form"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "default-src 'none'" in written
    assert not re.search(r"@import|url\(|@font-face|https?:", written)


def test_names_with_markup_are_shown_as_they_are(reports: dict[str, Report]) -> None:
    written = render_html(reports["odd"])
    assert "<script" not in written.lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written
    assert "坏 | *x*" in "".join(Checked(written).words)


def test_links_of_the_page_lead_to_its_sections(reports: dict[str, Report]) -> None:
    page = Checked(render_html(reports["classes"]))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {part.anchor for part in sections(reports["classes"])} == set(page.ids)


def test_the_language_is_declared(reports: dict[str, Report]) -> None:
    assert '<html lang="en">' in render_html(reports["classes"])
    messages.use("zh")
    page = render_html(reports["classes"])
    assert '<html lang="zh-CN">' in page
    assert "评估报告" in page and "性别" not in page and "sex = 女" in page


def test_chinese_stays_text_in_the_drawings(reports: dict[str, Report]) -> None:
    assert re.search(r"<text[^>]*>sex = 女</text>", render_html(reports["classes"]))


def test_the_page_follows_from_json_alone(reports: dict[str, Report]) -> None:
    for report in reports.values():
        assert render_html(Report.from_json(report.to_json())) == render_html(report)


def test_rows_that_were_trained_on_are_said_on_top(reports: dict[str, Report]) -> None:
    written = render_html(reports["unmeasured"])
    assert written.index('class="banner"') < written.index('class="tiles"')
    assert 'class="banner"' not in render_html(reports["classes"])


def test_the_page_is_small(reports: dict[str, Report]) -> None:
    assert all(len(render_html(report).encode()) < 300_000 for report in reports.values())


def test_long_names_are_whole_when_pointed_at(reports: dict[str, Report]) -> None:
    assert 'title="&lt;script&gt;alert(1)&lt;/script&gt;"' in render_html(reports["odd"])

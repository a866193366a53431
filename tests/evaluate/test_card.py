"""The model card: every sentence follows from the report."""

from __future__ import annotations

import dataclasses

import pytest

from modelyard.core import messages
from modelyard.core.number import interval_words
from modelyard.core.report import Report
from modelyard.evaluate.card import render_card


def test_the_card_has_its_parts_in_order(reports: dict[str, Report]) -> None:
    headings = [line for line in render_card(reports["classes"]).splitlines() if line.startswith("#")]
    assert headings == [
        "# Model card: demo",
        "## What it does",
        "## Intended use",
        "## Data",
        "## Measured quality",
        "## Limits",
    ]


def test_the_numbers_are_those_of_the_report(reports: dict[str, Report]) -> None:
    report = reports["classes"]
    card = render_card(report)
    for score in report.targets[0].scores[:5]:
        assert interval_words(score.number) in card
    assert report.bundle in card


def test_limits_follow_from_what_was_measured(reports: dict[str, Report]) -> None:
    card = render_card(reports["classes"])
    assert "Worse where group = b" in card
    assert "Goal not met: recall" in card
    assert "Measured on 600 rows" in card
    assert "probabilities miss by" in card
    assert "90 % of the truth was promised" in render_card(reports["numbers"])


def test_a_baseline_that_was_not_beaten_is_named(reports: dict[str, Report]) -> None:
    report = reports["classes"]
    (target,) = report.targets
    first, second = target.baselines
    level = dataclasses.replace(
        first, differences={"roc_auc": dataclasses.replace(first.differences["roc_auc"], low=-0.1)}
    )
    changed = dataclasses.replace(report, targets=(dataclasses.replace(target, baselines=(level, second)),))
    assert f"Not better than {first.title} beyond noise" in render_card(changed)
    assert "Not better than" not in render_card(report)


@pytest.mark.parametrize(("language", "said"), [("en", "not measurable: label 384 rows"), ("zh", "请标注 384 行")])
def test_without_rows_to_measure_on_the_card_has_no_number(
    reports: dict[str, Report], language: str, said: str
) -> None:
    messages.use(language)
    card = render_card(reports["unmeasured"])
    assert card.count(said) >= 3  # quality, limits, goals
    assert "0.9" not in card.replace("0.99", "") and "not defined" not in card


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("kind", ["classes", "numbers", "labels", "unmeasured", "few", "empty", "many", "odd"])
def test_every_report_has_a_card(reports: dict[str, Report], kind: str, language: str) -> None:
    messages.use(language)
    card = render_card(reports[kind])
    assert card.endswith("\n") and "\n\n\n" not in card
    assert "<script" not in card and "None" not in card


def test_the_card_in_chinese(reports: dict[str, Report]) -> None:
    messages.use("zh")
    card = render_card(reports["classes"])
    assert card.startswith("# 模型卡：demo") and "## 局限" in card and "在 group = b 时更差" in card


def test_several_targets_have_a_table_each(reports: dict[str, Report]) -> None:
    report = dataclasses.replace(reports["classes"], targets=(*reports["classes"].targets, *reports["numbers"].targets))
    card = render_card(report)
    assert "| risk | This bundle" in card and "| price | This bundle" in card

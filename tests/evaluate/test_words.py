"""The sentences that judge: they must say what the numbers say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from modelyard.core import messages, plugins
from modelyard.core.messages.report import METRICS
from modelyard.core.number import Number
from modelyard.core.report import Baseline, Report, Score, Step, TargetReport
from modelyard.evaluate.words import (
    conclusions,
    joined,
    lead,
    listed,
    metric_note,
    metric_title,
    percent,
    rows_for_margin,
    split_name,
    standing,
    step_words,
    warnings,
)


def baseline(title: str, low: float | None, high: float | None) -> Baseline:
    value = None if low is None or high is None else (low + high) / 2
    return Baseline(title, title, {"f1": Number(0.5)}, {"f1": Number(value, low, high)})


def target_with(better: str, *baselines: Baseline) -> TargetReport:
    score = Score("f1", better, Number(0.6, 0.5, 0.7))
    return TargetReport("y", ("y",), "classification", "trees", (), 100, 0, (score,), baselines)


def test_conclusions_group_the_simpler_models() -> None:
    models = (baseline("A", 0.1, 0.2), baseline("B", -0.1, 0.2), baseline("C", -0.2, -0.1), baseline("D", 0.2, 0.3))
    assert conclusions(target_with("higher", *models)) == [
        "On F1 it is better than A / D, beyond noise.",
        "On F1 it is no different from B beyond noise.",
        "On F1 it is worse than C, beyond noise.",
    ]


def test_where_lower_is_better_the_sign_turns() -> None:
    sentences = conclusions(target_with("lower", baseline("A", 0.1, 0.2), baseline("C", -0.2, -0.1)))
    assert sentences[0] == "On F1 it is better than C, beyond noise."
    assert sentences[1] == "On F1 it is worse than A, beyond noise."


def test_nothing_is_concluded_from_nothing() -> None:
    assert conclusions(target_with("higher")) == []
    assert conclusions(target_with("higher", baseline("A", None, None))) == []
    assert conclusions(dataclasses.replace(target_with("higher"), scores=())) == []


def test_an_interval_that_touches_zero_decides_nothing() -> None:
    score = Score("f1", "higher", Number(0.6))
    assert standing(baseline("A", 0.0, 0.2), score) == "no_different"
    assert standing(baseline("A", -0.2, 0.0), score) == "no_different"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step("a", "A", 0.6), "the starting point"),
        (Step("a", "A", 0.5, 0.1, 0.05, 0.15, True, "B"), "better than B by 0.100 (0.050 to 0.150), beyond noise"),
        (Step("a", "A", 0.5, 0.1, -0.05, 0.25, False, "B"), "no different from B beyond noise: +0.10 (-0.05 to 0.25)"),
        (Step("a", "A", 0.5, -0.1, -0.2, -0.05, False, "B"), "worse than B, beyond noise: -0.100 (-0.200 to -0.050)"),
        (Step("a", "A", skipped="no torch"), "skipped: no torch"),
    ],
)
def test_steps_say_whether_they_beat_the_last(step: Step, words: str) -> None:
    assert step_words(step) == words


def test_rows_for_a_margin_of_five_points() -> None:
    assert rows_for_margin(0.95) == 384
    assert rows_for_margin(0.99) > rows_for_margin(0.95)


def test_what_is_not_measured_comes_with_how_to_and_a_number_of_rows(reports: dict[str, Report]) -> None:
    report = reports["unmeasured"]
    sentences = warnings(report)
    assert sentences[0] == report.unmeasured() == "not measurable: label 384 rows"
    assert "modelyard label" in sentences[1] and "modelyard evaluate" in sentences[1]
    assert "384" in sentences[2] and len(sentences) == 3
    assert "No labelled row" in joined(lead(dataclasses.replace(report, about={"test_scored_by": 1})))
    assert "configuration" not in joined(lead(dataclasses.replace(report, about={"test_scored_by": 1})))


def test_few_rows_and_no_rows_are_said(reports: dict[str, Report]) -> None:
    assert any("Only 40 rows" in sentence for sentence in warnings(reports["few"]))
    assert any("nothing could be measured" in sentence for sentence in warnings(reports["empty"]))
    assert warnings(reports["classes"]) == []


def test_rows_that_were_left_out_are_said(reports: dict[str, Report]) -> None:
    (target,) = reports["classes"].targets
    report = dataclasses.replace(reports["classes"], targets=(dataclasses.replace(target, left_out=7),))
    assert any(sentence.startswith("7 rows were left out") for sentence in warnings(report))


def test_with_several_targets_warnings_name_theirs(reports: dict[str, Report]) -> None:
    report = dataclasses.replace(reports["few"], targets=reports["few"].targets * 2)
    assert all(sentence.startswith("risk: ") for sentence in warnings(report))


def test_the_lead_says_what_is_predicted_and_on_what_it_rests(reports: dict[str, Report]) -> None:
    sentences = lead(reports["classes"])
    assert sentences[0] == "Predicts risk (good, bad) from 3 columns."
    assert "600 rows (test)" in sentences[1]
    assert "95 % interval" in sentences[2]
    assert "a number" in lead(reports["numbers"])[0]
    assert len(lead(reports["empty"])) == 2


def test_chinese_sentences_join_without_spaces(reports: dict[str, Report]) -> None:
    messages.use("zh")
    assert " 用交付" not in joined(lead(reports["classes"]))
    assert split_name("test") == "测试集"
    assert split_name("三月.csv") == "三月.csv"


def test_many_labels_are_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"


def test_metrics_of_every_task_have_a_title_and_a_meaning_in_both_languages() -> None:
    for task in plugins.names("tasks"):
        for metric in plugins.part("tasks", task, "options").METRICS:
            name = metric.partition("[")[0].partition("@")[0]
            for key in (f"metric_{name}", f"means_{name}"):
                assert all(METRICS[key]), key


@pytest.mark.parametrize(("metric", "title"), [("roc_auc", "ROC-AUC"), ("recall[坏]", "Recall[坏]"), ("mine", "mine")])
def test_metric_titles(metric: str, title: str) -> None:
    assert metric_title(metric) == title


def test_a_metric_of_another_package_says_at_least_which_way_is_better() -> None:
    assert metric_note(Score("mine", "lower", Number(1.0))) == "lower is better"
    assert metric_note(Score("rmse", "lower", Number(1.0))).endswith("; lower is better")


@pytest.mark.parametrize(("share", "words"), [(0.9, "90 %"), (0.999, "99.9 %"), (0, "0 %"), (1 / 3, "33.33 %")])
def test_percent(share: Any, words: str) -> None:
    assert percent(share) == words

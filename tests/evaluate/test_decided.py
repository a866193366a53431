"""Goals and rules through a whole evaluation, and what the report says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.columns import take
from modelyard.core.report import Report, TargetReport
from modelyard.core.verdicts import Decision, verdict_words
from modelyard.evaluate.card import render_card
from modelyard.evaluate.content import sections
from modelyard.evaluate.content_decision import decision_blocks
from modelyard.evaluate.evaluate import evaluate
from modelyard.evaluate.render_html import render_html
from modelyard.evaluate.render_markdown import render_markdown
from modelyard.evaluate.words import rule_words

COSTS = {"currency": "CNY", "matrix": [[0.0, 1000.0], [4000.0, 0.0]], "review": 300.0}
THRESHOLD: dict[str, Any] = {
    "answer": "threshold", "code": 1, "class": "bad", "threshold": 0.35, "costs": None, "review": None, "rows": 900,
    "words": ["accept", "reject", "look"],
    "chosen": {"by": "goals", "goals": ["recall[bad] >= 0.7 at fpr <= 0.4"], "standing": "measured", "margin": 0.5},
}  # fmt: skip
REVIEW: dict[str, Any] = {
    **THRESHOLD, "costs": COSTS, "review": "confidence", "confidence": 0.7,
    "review_chosen": {"goals": ["coverage >= 0.5 at error <= 0.2"], "standing": "held", "margin": 3.0},
}  # fmt: skip
BY_COSTS: dict[str, Any] = {
    "answer": "costs", "costs": COSTS, "review": "costs", "rows": 900, "words": ["good", "bad", "review"],
}  # fmt: skip


def ruled(stand: Any, folder: Path, rule: dict[str, Any]) -> Any:
    """The bundle that knows risk, with a decision rule."""
    bundle = stand.risk_bundle(folder)
    return replace(bundle, targets=({**bundle.targets[0], "decision": rule},))


def measured(stand: Any, folder: Path, rule: dict[str, Any], *goals: str, rows: int = 600, **more: Any) -> Report:
    table = stand.risk_table(rows)
    request = stand.request_of(goals=stand.goals_of(*goals), **more)
    report: Report = evaluate(ruled(stand, folder, rule), table, request)
    return report


def decision_of(report: Report) -> Decision:
    (target,) = report.targets
    assert target.decision is not None
    return target.decision


# -------------------------------------------------------------------------- goals
def test_a_goal_with_a_condition_is_judged_under_the_stored_rule(stand: Any, tmp_path: Path) -> None:
    report = measured(stand, tmp_path / "b", THRESHOLD, "recall[bad] >= 0.5 at fpr <= 0.6", rows=3_000)
    (verdict,) = report.goals
    assert verdict.outcome == "met"
    assert {piece.metric for piece in verdict.pieces} == {"recall[bad]", "fpr[bad]"}
    (target,) = report.targets
    recall = target.score("recall")
    assert recall is not None and recall.number.value == verdict.number.value
    assert target.confusion is not None
    (_, false), (missed, found) = target.confusion.counts
    assert found / (found + missed) == pytest.approx(verdict.number.value)
    fpr = next(piece for piece in verdict.pieces if piece.metric == "fpr[bad]")
    assert false / sum(target.confusion.counts[0]) == pytest.approx(fpr.number.value)


def test_a_condition_that_is_broken_breaks_the_goal(stand: Any, tmp_path: Path) -> None:
    report = measured(stand, tmp_path / "b", {**THRESHOLD, "threshold": 0.01}, "recall[bad] >= 0.5 at fpr <= 0.2")
    assert [verdict.outcome for verdict in report.goals] == ["not met"]


def test_money_and_coverage_are_judged(stand: Any, tmp_path: Path) -> None:
    goals = "cost <= 900 CNY", "coverage >= 0.2 at error <= 0.5", "lift@10% >= 1.05", "ks >= 0.1"
    report = measured(stand, tmp_path / "b", REVIEW, *goals, rows=3_000)
    assert [verdict.outcome for verdict in report.goals] == ["met"] * 4
    assert {score.metric for score in report.targets[0].scores} >= {
        "coverage",
        "error",
        "cost",
        "ks",
        "gini",
        "lift@10%",
    }


def test_every_value_of_a_column_is_judged(stand: Any, tmp_path: Path) -> None:
    """In group b nothing can be told; the other groups are fine."""
    goals = "roc_auc[group = *] >= 0.6", "roc_auc[group = a] >= 0.6", "roc_auc[sex = *] >= 0.6"
    report = measured(stand, tmp_path / "b", THRESHOLD, *goals, rows=3_000)
    every, one, protected = report.goals
    assert (every.outcome, every.column, every.where) == ("not met", "group", "b")
    assert [piece.where for piece in every.pieces] == ["b", "a", "c"] or every.pieces[0].where == "b"
    assert (one.outcome, one.pieces) == ("met", ())
    assert protected.outcome == "met" and {piece.where for piece in protected.pieces} == {"女", "男"}


def test_values_with_few_rows_are_named(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(600)
    table["group"][:8] = "rare"
    request = stand.request_of(goals=stand.goals_of("f1[group = *] >= 0.01", "f1[group = rare] >= 0.01"))
    report = evaluate(ruled(stand, tmp_path / "b", THRESHOLD), table, request)
    assert [(one.outcome, one.reason, one.few) for one in report.goals] == [("undecided", "few", ("rare",))] * 2


def test_a_column_that_names_its_rows_is_no_slice(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(2_000)
    table["id"] = np.asarray([f"客户{row}" for row in range(2_000)], object)
    request = stand.request_of(goals=stand.goals_of("f1[id = *] >= 0.01"))
    (verdict,) = evaluate(ruled(stand, tmp_path / "b", THRESHOLD), table, request).goals
    assert (verdict.outcome, verdict.reason, len(verdict.few)) == ("undecided", "few", 100)
    assert verdict_words(verdict).endswith("…")


def test_rows_without_a_value_are_a_slice_of_their_own(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(600)
    table["sex"] = np.where(np.arange(600) % 3 == 0, None, table["sex"])
    request = stand.request_of(goals=stand.goals_of("f1[sex = *] >= 0.99"))
    (verdict,) = evaluate(ruled(stand, tmp_path / "b", THRESHOLD), table, request).goals
    assert "" in {piece.where for piece in verdict.pieces}
    assert "sex = (missing)" in verdict_words(replace(verdict, where=""))


@pytest.mark.parametrize(
    ("goal", "reason"), [("f1[nowhere = *] >= 0.1", "no_column"), ("f1[group = nobody] >= 0.1", "no_rows")]
)
def test_what_is_not_in_these_rows_is_said(stand: Any, tmp_path: Path, goal: str, reason: str) -> None:
    report = measured(stand, tmp_path / "b", THRESHOLD, goal)
    assert [(one.outcome, one.reason) for one in report.goals] == [("undecided", reason)]


def test_yes_and_no_may_stand_as_one_and_zero(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(600)
    table["sex"] = (table["sex"] == "男").astype(float)
    request = stand.request_of(goals=stand.goals_of("f1[sex = yes] >= 0.01", "f1[sex = 否] >= 0.01"))
    report = evaluate(ruled(stand, tmp_path / "b", THRESHOLD), table, request)
    assert [one.outcome for one in report.goals] == ["met", "met"]


def test_numbers_are_sliced_by_quarters(stand: Any, tmp_path: Path) -> None:
    (verdict,) = measured(stand, tmp_path / "b", THRESHOLD, "roc_auc[z = *] >= 0.3", rows=2_000).goals
    assert len(verdict.pieces) == 4 and verdict.outcome == "met"


@pytest.mark.parametrize("rows", [0, 1, 12])
def test_few_rows_decide_nothing_and_break_nothing(stand: Any, tmp_path: Path, rows: int) -> None:
    goals = "recall[bad] >= 0.9 at fpr <= 0.1", "f1[group = *] >= 0.5", "cost <= 1 CNY"
    report = measured(stand, tmp_path / "b", REVIEW, *goals, rows=rows)
    assert rows or {one.outcome for one in report.goals} == {"undecided"}
    for language in messages.LANGUAGES:
        messages.use(language)
        assert render_html(report) and render_markdown(report)


# --------------------------------------------------------------------------- rules
def test_the_plain_answer_has_no_section(stand: Any, tmp_path: Path) -> None:
    report = evaluate(stand.risk_bundle(tmp_path / "b"), stand.risk_table(200), stand.request_of())
    assert report.targets[0].decision is None
    assert not [part for part in sections(report) if part.anchor.startswith("decision")]


def test_the_rule_and_what_it_came_to(stand: Any, tmp_path: Path) -> None:
    rule = decision_of(measured(stand, tmp_path / "b", REVIEW, "recall[bad] >= 0.7 at fpr <= 0.4"))
    assert (rule.answer, rule.label, rule.threshold, rule.standing) == ("threshold", "bad", 0.35, "measured")
    assert (rule.review, rule.confidence, rule.review_standing) == ("confidence", 0.7, "held")
    assert [name for name, _ in rule.points] == [
        "recall[bad]", "precision[bad]", "fpr[bad]", "coverage", "error", "cost",
    ]  # fmt: skip
    assert all(number.interval for _, number in rule.points)
    roc, coverage = rule.curves
    assert (roc.kind, roc.up_bound, roc.across_bound) == ("roc", 0.7, 0.4)
    assert coverage.kind == "coverage" and coverage.up_bound is None


def test_the_rule_stands_on_its_curves(stand: Any, tmp_path: Path) -> None:
    rule = decision_of(measured(stand, tmp_path / "b", REVIEW, rows=120))
    for curve in rule.curves:
        place = np.asarray([curve.across.value, curve.up.value])
        assert np.abs(np.asarray(curve.points) - place).max(axis=1).min() < 0.02


def test_rows_that_the_rule_was_chosen_on_are_judged_by_others(stand: Any, tmp_path: Path) -> None:
    """Outputs that carry what was decided are followed, and the report says so."""
    bundle, table = ruled(stand, tmp_path / "b", THRESHOLD), stand.risk_table(200)
    outputs = bundle.outputs(table)
    decided = {"code": np.ones(200, np.int64), "left": np.zeros(200, bool)}
    request = stand.request_of(outputs={"risk": {**outputs["risk"], **decided}})
    report = evaluate(bundle, table, request)
    rule = decision_of(report)
    assert rule.crossed and dict(rule.points)["recall[bad]"].value == dict(rule.points)["fpr[bad]"].value == 1
    assert "chosen without it" in render_markdown(report)
    assert not decision_of(evaluate(bundle, table, stand.request_of())).crossed


def test_money_is_told_beside_other_ways_to_answer(stand: Any, tmp_path: Path) -> None:
    rule = decision_of(measured(stand, tmp_path / "b", BY_COSTS, rows=900))
    ways = {(price.way, price.label): price for price in rule.prices}
    assert list(ways) == [("rule", ""), ("likeliest", ""), ("all", "good"), ("all", "bad"), ("review", "")]
    cost = dict(rule.points)["cost"].value
    assert ways["rule", ""].number.value == pytest.approx(1000 * (cost or 0))
    assert ways["review", ""].number.value == pytest.approx(300_000)
    table = stand.risk_table(900)
    assert ways["all", "good"].number.value == pytest.approx(4_000_000 * (table["risk"] == "bad").mean())
    own = ways["rule", ""].number.value or 0
    for price in rule.prices[1:]:
        assert (price.number.value or 0) - own == pytest.approx(price.difference.value)
    assert own < min(price.number.value or 0 for price in rule.prices if price.way == "all")
    assert rule.threshold == pytest.approx(0.2)


def test_label_sets_tell_their_thresholds(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.label_bundle(tmp_path / "b")
    rule = {"thresholds": [0.3, 0.5, 0.6], "chosen": {"p": {"by": "f1"}, "四": {"by": "f1"}}, "rows": 70}
    bundle = replace(bundle, targets=({**bundle.targets[0], "decision": rule},))
    found = decision_of(evaluate(bundle, table, stand.request_of()))
    assert (found.answer, found.thresholds) == ("labels", {"p": 0.3, "四": 0.6})
    assert "四 0.6" in rule_words(found, ("p", "q", "四"))


def test_many_classes_under_costs(stand: Any, tmp_path: Path) -> None:
    labels = ["a", "b", "c"]
    matrix = [[0.0, 1.0, 2.0], [5.0, 0.0, 1.0], [9.0, 1.0, 0.0]]
    rule = {
        "answer": "costs", "costs": {"currency": "X", "matrix": matrix, "review": None}, "review": None, "rows": 10,
        "words": [*labels, "review"],
    }  # fmt: skip
    bundle, table = stand.number_bundle(tmp_path / "b")
    entry = stand.entry_of("kind", "classification", {"labels": labels, "positive": None})
    random = np.random.default_rng(0)
    probability = random.dirichlet([1, 1, 1], 300).astype(np.float32)
    table = {name: values[:300] for name, values in table.items()}
    table["kind"] = np.asarray(labels, object)[random.integers(0, 3, 300)]
    outputs = {"kind": lambda columns: {"probability": probability[: len(columns["x"])]}}
    bundle = replace(bundle, targets=({**entry, "decision": rule},), functions=outputs)
    found = decision_of(evaluate(bundle, table, stand.request_of()))
    assert (found.threshold, found.curves) == (None, ())
    assert [name for name, _ in found.points] == ["accuracy", "cost"] and len(found.prices) == 5


# ----------------------------------------------------------------------- in words
def test_the_card_tells_the_rule(stand: Any, tmp_path: Path) -> None:
    goal = "recall[bad] >= 0.99 at fpr <= 0.1"
    card = render_card(measured(stand, tmp_path / "b", REVIEW, goal))
    assert "probability is at least 0.3500" in card and "less probable than 0.7" in card and "look" in card
    assert "at fpr" in card  # what is not met is told with its condition


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("rule", [THRESHOLD, REVIEW, BY_COSTS], ids=["threshold", "review", "costs"])
def test_the_section_reads_in_both_languages(stand: Any, tmp_path: Path, rule: dict[str, Any], language: str) -> None:
    report = measured(stand, tmp_path / "b", rule, "recall[bad] >= 0.7 at fpr <= 0.4", "f1[group = *] >= 0.1")
    messages.use(language)
    page, plain = render_html(report), render_markdown(report)
    title = {"en": "How it decides", "zh": "如何作出决定"}[language]
    assert title in page and title in plain
    assert ("CNY" in plain) == bool(rule["costs"])
    assert "<polyline" in page or "<path" in page
    assert Report.from_json(report.to_json()) == report
    assert render_html(Report.from_json(report.to_json())) == page


def test_what_could_not_be_kept_is_said(stand: Any, tmp_path: Path) -> None:
    missed = {**THRESHOLD, "chosen": {**THRESHOLD["chosen"], "standing": "missed"}}
    (target,) = measured(stand, tmp_path / "b", missed).targets
    assert "No threshold kept every bound" in str(decision_blocks(target))
    assert "reject" in str(decision_blocks(target))


def test_long_lists_of_slices_are_cut(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(2_000)
    table["branch"] = np.asarray([f"支行{row % 25}" for row in range(2_000)], object)
    request = stand.request_of(goals=stand.goals_of("f1[branch = *] >= 0.1"))
    report = evaluate(ruled(stand, tmp_path / "b", THRESHOLD), table, request)
    assert len(report.goals[0].pieces) == 25
    written = render_markdown(report)
    assert written.count("branch = 支行") <= 14 and "13 more" in written


def test_one_class_alone_has_no_curve_to_fall_over(stand: Any, tmp_path: Path) -> None:
    table = take(stand.risk_table(300), stand.risk_table(300)["risk"] == "good")
    report = evaluate(ruled(stand, tmp_path / "b", REVIEW), table, stand.request_of())
    target: TargetReport = report.targets[0]
    assert target.decision is not None and render_html(report)

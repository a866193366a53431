"""The model card: what the bundle does, for what it was measured, how well, and where it falls short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelyard.core.messages import text
from modelyard.core.number import interval_words
from modelyard.core.report import Report, TargetReport
from modelyard.core.verdicts import measured_words, verdict_words
from modelyard.evaluate.content import fact_words
from modelyard.evaluate.render_markdown import escaped, table
from modelyard.evaluate.words import (
    beside_words,
    joined,
    lead,
    metric_title,
    percent,
    rule_words,
    standing,
    standing_words,
    warnings,
)

MOST_SCORES = 5


def render_card(report: Report) -> str:
    """The card as Markdown, in the language in use; every sentence follows from the report."""
    parts = [
        "# " + text("report.card", name=escaped(report.name)),
        "## " + text("report.card_what"),
        escaped(joined(lead(report))),
        *(escaped(rule_words(target.decision, target.labels)) for target in report.targets if target.decision),
        "## " + text("report.card_use"),
        text("report.card_use_words", inputs=len(report.inputs)) if report.held_out else "",
        "## " + text("report.card_data"),
        _items(
            text("report.named", name=name, value=value)
            for name, value in fact_words(report, ("source", "rows", "encoders"))
        ),
        _items(str(note) for note in report.about.get("notes") or ()),
        "## " + text("report.card_quality"),
        "" if report.held_out else escaped(report.unmeasured()),
        *(_scores(target, len(report.targets) > 1) for target in report.targets if target.scores),
        "## " + text("report.card_limits"),
        _items([*warnings(report), *_limits(report)]),
        text("report.named", name=text("report.fact_bundle"), value=f"`{report.bundle}`"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scores(target: TargetReport, several: bool) -> str:
    head = (escaped(target.name) if several else text("report.metric"), text("report.this"))
    names = tuple(escaped(item.title) for item in target.baselines)
    rows = [
        (
            escaped(metric_title(score.metric)),
            interval_words(score.number),
            *(beside_words(item.numbers[score.metric], score.number) for item in target.baselines),
        )
        for score in target.scores[:MOST_SCORES]
    ]
    return table((*head, *names), rows)


def _limits(report: Report) -> Iterator[str]:
    """What a user has to know before relying on it."""
    if report.held_out:
        yield text("report.card_limit_rows", n=f"{report.rows:,}")
    for target in report.targets:
        yield from _of_target(target)
    for goal in report.goals:
        if goal.outcome != "met":
            number = measured_words(goal) if report.held_out else verdict_words(goal)
            yield text("report.card_limit_goal", outcome=standing_words(goal), goal=goal.goal, number=number)
    yield text("report.card_limit_new")


def _of_target(target: TargetReport) -> Iterator[str]:
    if target.scores:
        main = target.scores[0]
        equal = [item.title for item in target.baselines if standing(item, main) in ("no_different", "clearly_worse")]
        if equal:
            yield text("report.card_limit_baseline", names=" / ".join(equal))
    if target.reliability and target.reliability.ece.value is not None:
        yield text("report.card_limit_ece", ece=interval_words(target.reliability.ece))
    if target.conformal and target.conformal.width and target.conformal.coverage:
        promised, coverage = percent(target.conformal.promised), interval_words(target.conformal.coverage)
        yield text("report.card_limit_coverage", promised=promised, coverage=coverage)
    for item in target.slices.shown if target.slices else ():
        if item.worse:
            yield text(
                "report.card_limit_slice",
                column=item.column,
                value=item.value or text("report.missing"),
                metric=metric_title(target.slices.metric) if target.slices else "",
                number=interval_words(item.number),
                n=item.rows,
            )


def _items(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)

"""The sentences of the report that take some thought: what it rests on, what must be known first, what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist

from modelyard.core.messages import pick, text
from modelyard.core.messages.report import METRICS
from modelyard.core.number import Number, decimals, figure, interval_words
from modelyard.core.report import Baseline, Report, Score, Step, TargetReport
from modelyard.core.verdicts import Decision, Verdict

MOST_LABELS = 6
FEW_ROWS = 100
MARGIN = 0.05


def metric_title(metric: str) -> str:
    """A metric's name for people; its share of the rows and its class stay behind it."""
    name = _stem(metric)
    return pick(METRICS.get(f"metric_{name}", (name, name))) + metric.removeprefix(name)


def _stem(metric: str) -> str:
    """A metric's name without its share of the rows and its class."""
    return metric.partition("[")[0].partition("@")[0]


def metric_note(score: Score) -> str:
    """What a metric means, and which way is better."""
    meaning = METRICS.get(f"means_{_stem(score.metric)}")
    way = text(f"report.{score.better}_better")
    return text("report.also", one=pick(meaning), other=way) if meaning else way


def listed(labels: Sequence[str]) -> str:
    """Names in a sentence, a few at most."""
    shown = text("report.comma").join(labels[:MOST_LABELS])
    more = len(labels) - MOST_LABELS
    return text("report.labels_more", labels=shown, n=more) if more > 0 else shown


def joined(sentences: Sequence[str]) -> str:
    """Sentences as one paragraph; Chinese ones need no space between them."""
    return text("report.space").join(sentences)


def split_name(split: str) -> str:
    """What the rows are called."""
    return text(f"report.split_{split}") if split in ("test", "folds") else split


def lead(report: Report) -> list[str]:
    """The first sentences: what is predicted, and what the numbers rest on."""
    sentences = []
    for target in report.targets:
        key = "report.lead_classes" if target.labels else "report.lead_number"
        labels, inputs = listed(target.labels), f"{len(report.inputs):,}"
        sentences.append(text(key, target=target.name, labels=labels, inputs=inputs))
    n = f"{report.rows:,}"
    if report.split == "folds":
        ways = " / ".join(dict.fromkeys(report.about["folds"].values()))
        sentences.append(text("report.lead_folds", n=n, ways=ways))
    elif report.held_out:
        key = (
            "report.lead_rows" if report.split == "test" else "report.lead_later"
        )  # nobody knows what training saw of it
        sentences.append(text(key, n=n, split=split_name(report.split)))
    else:
        sentences.append(text("report.lead_unmeasured"))
    if report.held_out and any(score.number.interval for target in report.targets for score in target.scores):
        sentences.append(text("report.lead_intervals", percent=figure(100 * report.confidence)))
        sentences += [text("report.lead_folds_intervals")] if report.split == "folds" else []
    return [*sentences, *_scored_by(report)]


def _scored_by(report: Report) -> list[str]:
    """How many configurations these rows have scored in their workspace."""
    count = report.about.get("test_scored_by")
    if not count or not report.held_out:
        return []
    return [text("report.scored_by_one") if count == 1 else text("report.scored_by", n=f"{count:,}")]


def warnings(report: Report) -> list[str]:
    """What must be read before any number."""
    sentences = []
    if not report.held_out:
        n, points = f"{report.rows_to_label:,}", figure(100 * MARGIN)
        sentences += [report.unmeasured(), text("report.unmeasured_why")]
        return [*sentences, text("report.rows_for_margin", n=n, points=points)]
    for target in report.targets:
        said = _about_rows(target)
        several = len(report.targets) > 1
        sentences += [text("report.named", name=target.name, value=each) if several else each for each in said]
    return sentences


def _about_rows(target: TargetReport) -> list[str]:
    """What the rows of one target cannot show."""
    sentences = []
    if not target.rows:
        sentences.append(text("report.no_rows"))
    elif target.rows < FEW_ROWS:
        sentences.append(text("report.few_rows", n=target.rows))
    if target.left_out:
        sentences.append(text("report.left_out", n=f"{target.left_out:,}"))
    return sentences


def rows_for_margin(confidence: float) -> int:
    """Rows for a share to be known to `MARGIN`, whatever it is: z^2 / 4 margin^2 (a share of one half is worst)."""
    return round((NormalDist().inv_cdf((1 + confidence) / 2) / (2 * MARGIN)) ** 2)


def conclusions(target: TargetReport) -> list[str]:
    """How the bundle stands to the simpler models, on the first metric, in words."""
    if not target.scores:
        return []
    main = target.scores[0]
    groups: dict[str, list[str]] = {"clearly_better": [], "no_different": [], "clearly_worse": []}
    for baseline in target.baselines:
        where = standing(baseline, main)
        if where:
            groups[where].append(baseline.title)
    metric = metric_title(main.metric)
    return [text(f"report.{key}", metric=metric, names=" / ".join(names)) for key, names in groups.items() if names]


def rule_words(rule: Decision, labels: Sequence[str]) -> str:
    """A decision rule as a paragraph."""
    return joined(list(_rule(rule, labels)))


def _rule(rule: Decision, labels: Sequence[str]) -> Iterator[str]:
    threshold = figure(rule.threshold, 4) if rule.threshold is not None else ""
    if rule.answer == "threshold":
        yield text("report.rule_threshold", label=rule.label, threshold=threshold)
    elif rule.answer == "costs":
        yield text("report.rule_costs")
        if threshold:
            yield text("report.rule_costs_threshold", label=labels[-1], threshold=threshold)
    elif rule.answer == "labels":
        listed = text("report.comma").join(f"{label} {figure(at, 3)}" for label, at in (rule.thresholds or {}).items())
        yield text("report.rule_labels", thresholds=listed)
    else:
        yield text("report.rule_likeliest")
    if rule.review == "confidence":
        yield text("report.rule_confidence", confidence=figure(rule.confidence, 4), word=rule.words[-1])
    elif rule.review == "costs":
        money = f"{figure(rule.review_price)} {rule.currency}"
        yield text("report.rule_review_costs", price=money, word=rule.words[-1])
    named = [f"{label} → {word}" for label, word in zip(labels, rule.words, strict=False) if label != word]
    if named:
        yield text("report.rule_words", names=text("report.comma").join(named))


def standing_words(verdict: Verdict) -> str:
    """The verdict in one word."""
    return text(f"report.outcome_{kind(verdict)}")


def kind(verdict: Verdict) -> str:
    """Style class of a verdict."""
    return verdict.outcome.replace(" ", "_")


def beside_words(other: Number, number: Number) -> str:
    """Another model's number with as many digits as the bundle's."""
    return figure(other.value, decimals(number) if number.interval else None)


def step_words(step: Step) -> str:
    """Whether a step of the ladder beat the best one below it by more than noise."""
    if step.skipped:
        return text("report.step_skipped", reason=step.skipped)
    if step.loss is None:
        return text("report.step_unmeasured")
    if step.gain is None or not step.over:
        return text("report.step_first")
    key = "step_beats" if step.beats else "step_worse" if (step.high or 0.0) < 0 else "step_noise"
    gain = interval_words(Number(step.gain, step.low, step.high), signed=not step.beats)
    return text(f"report.{key}", over=step.over, gain=gain)


def percent(share: float) -> str:
    """0.9 -> `90 %`."""
    return f"{100 * share:.4g} %"


def standing(baseline: Baseline, main: Score) -> str:
    """How the bundle stands to a simpler model: clearly_better, no_different, clearly_worse, or "" if unknown."""
    difference = baseline.differences.get(main.metric)
    if difference is None or not difference.interval:
        return ""
    low, high = difference.interval
    if main.better == "lower":
        low, high = -high, -low
    return "clearly_better" if low > 0 else "clearly_worse" if high < 0 else "no_different"

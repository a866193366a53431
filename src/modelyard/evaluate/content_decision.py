"""The report on decisions: the rule in words, what it came to, what other thresholds would have, and the money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelyard.core.messages import text
from modelyard.core.number import Number, figure, interval_words
from modelyard.core.report import TargetReport
from modelyard.core.verdicts import Decision, Piece, Price, Turned, Verdict
from modelyard.evaluate import plots
from modelyard.evaluate.blocks import Block, Cell, Drawing, Items, Table, Words
from modelyard.evaluate.words import metric_title, percent, rule_words

MOST_PIECES = 12


def decision_blocks(target: TargetReport) -> list[Block]:
    """The section on a target's decision rule; nothing where the plain answer is given."""
    rule = target.decision
    if rule is None:
        return []
    blocks: list[Block] = [Words(rule_words(rule, target.labels), "strong")]
    blocks += [Words(sentence) for sentence in _origin(rule)]
    blocks += [Words(sentence) for sentence in _turned(rule.turned)] if rule.turned else []
    if rule.points:
        rows = tuple(
            (Cell(metric_title(name)), Cell(interval_words(number), kind="number")) for name, number in rule.points
        )
        table = Table((text("report.came_to"), ""), rows, "half")
        drawings = [Drawing(plots.curve(curve)) for curve in rule.curves]
        blocks += [Drawing(drawings[0].svg, 1), table, *drawings[1:]] if drawings else [table]
    if rule.prices:
        blocks += _money(rule)
    return blocks


def piece_blocks(verdicts: Sequence[Verdict]) -> Iterator[Block]:
    """For each goal that rests on several numbers, these numbers, the worst first."""
    for verdict in verdicts:
        if not verdict.pieces:
            continue
        rows = tuple(_piece_row(verdict, piece) for piece in verdict.pieces[:MOST_PIECES])
        head = (text("report.pieces", goal=verdict.goal), text("report.outcome"), text("report.measured"))
        yield Table(head, rows)
        if len(verdict.pieces) > MOST_PIECES:
            left = len(verdict.pieces) - MOST_PIECES
            yield Words(text("report.pieces_cut", n=left), "note")


def _piece_row(verdict: Verdict, piece: Piece) -> tuple[Cell, ...]:
    where = f"{verdict.column} = {piece.where or text('report.missing')}: " if verdict.column else ""
    kind = piece.outcome.replace(" ", "_")
    bound = f"{where}{piece.metric} {piece.operator} {piece.value:g}"
    measured = Cell(text("report.of_rows", value=interval_words(piece.number), n=f"{piece.number.n:,}"), kind="number")
    return Cell(bound), Cell(text(f"report.outcome_{kind}"), kind=f"verdict {kind}"), measured


def _origin(rule: Decision) -> Iterator[str]:
    """What the rule was chosen for, on which rows, and whether it could keep it there."""
    goals = text("report.comma").join(rule.goals)
    if goals:
        yield text("report.chosen_crossed" if rule.crossed else "report.chosen_for", goals=goals, rows=f"{rule.rows:,}")
    standings = [each for each in (rule.standing, rule.review_standing) if each]
    worst = next((each for each in ("missed", "measured", "held") if each in standings), "")
    if worst:
        yield text(f"report.standing_{worst}")


def _turned(turned: Turned) -> Iterator[str]:
    """Which rows are turned away, how that was chosen, and on which rows it is measured here."""
    yield text("report.rule_outside", label=turned.label, threshold=figure(turned.threshold, 4))
    rows, outside = (f"{count:,}" for count in turned.chosen_on)
    if turned.loss is not None:
        yield text("report.outside_by_loss", rows=rows, loss=percent(turned.loss))
    else:
        goals = text("report.comma").join(turned.goals)
        yield text("report.outside_by_goals", goals=goals, rows=rows, outside=outside)
        yield text(f"report.standing_{turned.standing}")
    rows, outside = (f"{count:,}" for count in turned.measured_on)
    yield text("report.outside_measured", rows=rows, outside=outside)


def _money(rule: Decision) -> list[Block]:
    """What ways to answer cost, the cheapest first."""
    ordered = sorted(rule.prices, key=lambda price: price.number.value or 0.0)
    rows = tuple(
        (
            Cell(_way(price), kind="chosen" if price.way == "rule" else ""),
            Cell(interval_words(price.number), kind="number"),
            Cell("" if price.way == "rule" else _difference(price.difference), kind="number"),
        )
        for price in ordered
    )
    head = (text("report.way"), text("report.money", currency=rule.currency), text("report.money_more"))
    return [Table(head, rows), Items((text("report.money_note"),))]


def _way(price: Price) -> str:
    return text(f"report.way_{price.way}", label=price.label)


def _difference(number: Number) -> str:
    return interval_words(number, signed=True)

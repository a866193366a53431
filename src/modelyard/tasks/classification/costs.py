"""What the user says of costs and of decisions' names, read against the classes that the data has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.plugins import nearest
from modelyard.core.protocols import State
from modelyard.tasks.classification.target import code_of

CURRENCY, REVIEW = "currency", "review"

Costs = Mapping[str, Any]


def read_costs(costs: Costs, labels: Sequence[str], place: str) -> State:
    """{"currency", "matrix": [actual][answered], "review": price of a person's look or None}.

    A number beside a class is the price of every wrong answer to its rows. Right answers cost nothing unless they are
    written too; a negative price is a gain.

    Args:
        costs: The option `costs`.
        labels: The classes.
        place: Of the option, for messages.

    Raises:
        ProjectError: All that is wrong with it.
    """
    given = {name: cell for name, cell in costs.items() if name not in (CURRENCY, REVIEW)}
    mistakes = [*_money_mistakes(costs, place), *_unknown(given, labels, place)]
    rows = {code_of(name, labels): cell for name, cell in given.items()}
    matrix = [[0.0] * len(labels) for _ in labels]
    for actual, label in enumerate(labels):
        cells = rows.get(actual)
        named = {code_of(name, labels): price for name, price in cells.items()} if isinstance(cells, Mapping) else {}
        for answered, other in enumerate(labels):
            wrong = answered != actual
            price = named.get(answered, cells if wrong and not isinstance(cells, Mapping) else None)
            if isinstance(price, int | float):
                matrix[actual][answered] = float(price)
            elif wrong:
                example = f"{label}: {{{other}: 100}}"
                got = text("tasks.no_price", actual=label, answered=other)
                mistakes.append(Mistake(place, got, text("tasks.expected_price"), example))
        mistakes += _unknown(cells, labels, f"{place}.{label}") if isinstance(cells, Mapping) else []
        if not mistakes and min(matrix[actual]) < matrix[actual][actual]:
            mistakes.append(Mistake(place, text("tasks.wrong_is_cheaper", actual=label), text("tasks.expected_dearer")))
    if mistakes:
        raise ProjectError(mistakes)
    review = costs.get(REVIEW)
    return {"currency": costs[CURRENCY], "matrix": matrix, "review": None if review is None else float(review)}


def read_words(decisions: Mapping[str, str], labels: Sequence[str], place: str, outside: str = "") -> list[str]:
    """What the decision is called for each class, and last where a person decides.

    Args:
        decisions: The option `decisions`; a class that is not in it keeps its own name.
        labels: The classes.
        place: Of the option, for messages.
        outside: What rows outside are answered with; a name that may stand in it, too.

    Raises:
        ProjectError: No such class, or two decisions of one name.
    """
    review = next(word for word in (REVIEW, f"to {REVIEW}") if word not in labels)
    named = {name: word for name, word in decisions.items() if name != outside or not outside}
    named = {name: word for name, word in named.items() if name != REVIEW or REVIEW in labels}
    mistakes = list(_unknown(named, labels, place))
    by_code = {code_of(name, labels): word for name, word in named.items()}
    words = [by_code.get(code, label) for code, label in enumerate(labels)]
    words.append(review if REVIEW in labels else decisions.get(REVIEW, review))
    twice = next((word for word in words if words.count(word) > 1), None)
    if twice is not None:
        mistakes.append(Mistake(place, text("tasks.word_twice", word=twice), text("tasks.expected_words")))
    if mistakes:
        raise ProjectError(mistakes)
    return words


def _money_mistakes(costs: Costs, place: str) -> Iterator[Mistake]:
    """A currency that is a name, and a price of a person's look that is no gain."""
    currency, review = costs.get(CURRENCY), costs.get(REVIEW)
    if not isinstance(currency, str) or not currency.isalpha():
        got = text("tasks.no_currency") if currency is None else repr(currency)
        yield Mistake(place, got, text("tasks.expected_currency"), "currency: CNY")
    if review is not None and (not isinstance(review, int | float) or review < 0):
        yield Mistake(f"{place}.{REVIEW}", repr(review), text("tasks.expected_review_price"), f"{REVIEW}: 50")


def _unknown(named: Mapping[str, Any], labels: Sequence[str], place: str) -> Iterator[Mistake]:
    for name in named:
        if code_of(name, labels) is None:
            expected = text("tasks.expected_class", names=", ".join(labels[:20]))
            yield Mistake(place, name, expected, nearest(name, list(labels)))

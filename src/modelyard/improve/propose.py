"""Which rows to label first: some that are unlike all others, then those of which the model is least sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core.columns import row_count, take
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Columns, Doubles
from modelyard.data.dataset import Note
from modelyard.data.read import joined
from modelyard.improve import vectors
from modelyard.improve.choose import Spread, spread
from modelyard.improve.pool import Pool, labelled

MOST, MOST_ENCODED = 50_000, 5_000  # rows that are looked at, of more so many at random; fewer where each is encoded
_KNOWN = 2_000  # labelled rows that the others are held against
_DIVERSE = 0.25  # of the rows, where a model can be unsure: of what it has never seen, it may be sure and wrong
_FULL = 1e-3

Answer = Mapping[str, Any]
"""What a bundle answers for one target: "value" [rows], perhaps "probability" {label: [rows]}."""


@dataclass(frozen=True)
class Guess:
    """What a bundle says of a target in the proposed rows.

    Args:
        values: Its answers.
        probability: Of each answer; None where the task has none.
    """

    values: tuple[Any, ...]
    probability: tuple[float, ...] | None


@dataclass(frozen=True, eq=False)
class Proposal:
    """Rows to label, the most telling first.

    Args:
        pool: Where they come from.
        rows: Their numbers in the table, counted from 0, int64 [rows].
        why: Why each was chosen.
        guesses: Target -> what the bundle says of it.
        unlabelled: Rows that lack a label.
        looked_at: Of these, rows that were looked at.
    """

    pool: Pool
    rows: NDArray[np.int64]
    why: tuple[Note, ...]
    guesses: dict[str, Guess]
    unlabelled: int
    looked_at: int


def propose(pool: Pool, count: int) -> Proposal:
    """Choose rows to label; the same pool, the same choice.

    Args:
        pool: All rows.
        count: How many to propose; there are fewer where the rest only repeat them.

    Raises:
        DataError: Every row has its labels, or is a copy of one that has.
    """
    unlabelled = np.flatnonzero(~pool.labelled)
    if not len(unlabelled):
        got = text("improve.got_all_labelled", rows=f"{len(pool.labelled):,}")
        raise DataError(Mistake(pool.name, got, text("improve.expected_unlabelled"), text("improve.fix_all_labelled")))
    generator = np.random.default_rng(pool.project.train.seed)
    rows = _some(generator, unlabelled, _most(pool))
    choice, answers = _look(pool, rows, _known(pool, generator))
    doubts = {name: doubt for name, answer in answers.items() if (doubt := doubt_of(answer)) is not None}
    choice.choose(max(1, round(count * _DIVERSE)) if doubts else count)
    if not choice.chosen:
        got, expected = text("improve.got_copies", rows=f"{len(rows):,}"), text("improve.expected_new_rows")
        raise DataError(Mistake(pool.name, got, expected))
    diverse = len(choice.chosen)
    if doubts:
        choice.choose(count - diverse, np.max([*doubts.values()], axis=0)[: len(rows)] ** 2)
    why = [_stands_for(size) for size in choice.stands_for()[:diverse].tolist()]
    why += [_unsure(answers, doubts, row) for row in choice.chosen[diverse:]]
    guesses = {name: _guess(answer, choice.chosen) for name, answer in answers.items()}
    return Proposal(pool, rows[choice.chosen], tuple(why), guesses, len(unlabelled), len(rows))


def doubt_of(answer: Answer) -> Doubles | None:
    """How unsure an answer is, 0 to 1 [rows]: of classes how near the second one comes, of labels how near the one in
    question is to a half; None where there are no probabilities."""
    if "probability" not in answer:
        return None
    likely = np.stack([np.asarray(each, np.float64) for each in answer["probability"].values()], axis=1)
    if _is_one_of_all(likely):
        ordered = np.sort(likely, axis=1)
        return np.asarray(1.0 - (ordered[:, -1] - ordered[:, -2]))
    return np.asarray(1.0 - np.abs(2.0 * likely - 1.0).min(axis=1))


def _is_one_of_all(likely: Doubles) -> bool:
    """Whether probabilities are of classes, of which one is true, and not of labels."""
    return likely.shape[1] > 1 and bool((np.abs(likely.sum(axis=1) - 1.0) < _FULL).all())


def _look(pool: Pool, rows: NDArray[np.int64], known: Columns) -> tuple[Spread, dict[str, Answer]]:
    """How rows lie beside each other and beside those that are labelled, and what the bundle answers for them all."""
    asked = take({name: pool.table[name] for name in pool.inputs}, rows)
    table = dict(joined([asked, known])) if row_count(known) else asked
    look = vectors.seen(pool.bundle, table) if pool.bundle else None
    found = vectors.of_rows(table, pool.inputs, look)
    choice = spread(found[: len(rows)], found[len(rows) :], pool.project.train.seed)
    return choice, {**look.answers()} if look else {}


def _most(pool: Pool) -> int:
    """Reading a text takes a network thousands of times as long as counting its words does."""
    feeds = [feed for target in (pool.bundle.targets if pool.bundle else ()) for feed in target.get("feeds", ())]
    return MOST_ENCODED if any(feed["step"] != "grams" for feed in feeds) else MOST


def _known(pool: Pool, generator: np.random.Generator) -> Columns:
    """Some of the labelled rows, of the pool and of the project."""
    found = []
    for table in (pool.table, pool.other):
        if all(name in table for name in pool.inputs):
            rows = _some(generator, np.flatnonzero(labelled(table, pool.asked)), _KNOWN)
            found.append(take({name: table[name] for name in pool.inputs}, rows))
    return joined(found)


def _some(generator: np.random.Generator, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return rows if len(rows) <= most else np.sort(generator.choice(rows, most, replace=False))


def _guess(answer: Answer, rows: list[int]) -> Guess:
    values = [answer["value"][row] for row in rows]
    likely = answer.get("probability", {})
    if not set(map(_hashable, values)) <= set(likely):
        return Guess(tuple(values), None)
    return Guess(tuple(values), tuple(float(likely[value][row]) for value, row in zip(values, rows, strict=True)))


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _stands_for(size: int) -> Note:
    return Note("improve.why_spread", {"count": size}) if size > 1 else Note("improve.why_alone")


def _unsure(answers: Mapping[str, Answer], doubts: Mapping[str, Doubles], row: int) -> Note:
    """The target that is most in doubt, and between what."""
    target = max(doubts, key=lambda name: doubts[name][row])
    likely = {label: float(each[row]) for label, each in answers[target]["probability"].items()}
    if abs(sum(likely.values()) - 1.0) < _FULL and len(likely) > 1:
        first, second = sorted(likely, key=lambda label: -likely[label])[:2]
        shown = {"one": first, "p": f"{likely[first]:.2f}", "other": second, "q": f"{likely[second]:.2f}"}
        return Note("improve.why_between", shown)
    label = min(likely, key=lambda name: abs(likely[name] - 0.5))
    return Note("improve.why_label", {"label": label, "p": f"{likely[label]:.2f}"})

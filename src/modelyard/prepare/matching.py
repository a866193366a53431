"""Own columns for a recipe's: by what the user says, by name, by other names, by similar names, by their values.

Each step takes only what the surer ones left over, and only where one of mine and one of theirs find each other and
nobody else: two columns that both might be the age are for the user to tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Literal

import numpy as np

from modelyard.core import plugins
from modelyard.core.cells import text_of
from modelyard.core.protocols import Array, Columns, Preprocess
from modelyard.data.content import missing
from modelyard.prepare.contract import Contract, Part, plain
from modelyard.prepare.infer import BAD_SHARE, sample

How = Literal["told", "name", "synonym", "similar", "values"]
GUESSES: tuple[How, ...] = ("similar", "values")
"""What a person has to look at before believing it."""
SIMILAR = 0.8
"""The least likeness of two names that may mean the same, 0 to 1."""
_INSIDE = 0.86  # likeness of a name that stands whole inside another: 贷款金额 in 申请贷款金额
_NEAR = 0.34  # the least likeness of a name that is offered to the user
_NEAREST = 3  # names offered at most
_SAME_VALUES = 0.9  # least share of rows whose values are the declared levels
_MANY_LEVELS = 40  # different values of a column that is to hold a handful of declared levels
_DIGITS = re.compile(r"\d+")
_IN_BRACKETS = re.compile(r"[(\[{<（【].*?[)\]}>）】]")
_SAYS_LITTLE = frozenset(
    [*"0123456789yntf是否有无", "yes", "no", "true", "false", "none", "other", "unknown", "其他", "未知"]
)
"""Levels that stand in columns of any meaning."""


@dataclass(frozen=True)
class Match:
    """One of the user's columns, taken for one of the recipe's.

    Args:
        mine: Its name in the user's table.
        theirs: Its name in the contract.
        how: What says so.
        reads: Whether its cells are of the type that the contract declares.
        outside: Whether most of its numbers lie outside the declared range, as with another unit.
    """

    mine: str
    theirs: str
    how: How
    reads: bool = True
    outside: bool = False


@dataclass(frozen=True)
class Matching:
    """How a table meets a contract.

    Args:
        matches: In the order of the contract.
        lacking: Columns of the contract that found none, with the nearest of the user's that are still free.
        extra: Columns of the user's that the recipe does not know.
    """

    matches: tuple[Match, ...]
    lacking: dict[str, tuple[str, ...]]
    extra: tuple[str, ...]


def match(table: Columns, contract: Contract, told: Mapping[str, str]) -> Matching:
    """Find the contract's columns in a table.

    Args:
        table: The user's rows, or the first of them.
        contract: What the recipe expects.
        told: Mine -> theirs; mine -> "" keeps a column out of it.
    """
    found: dict[str, tuple[str, How]] = {theirs: (mine, "told") for mine, theirs in told.items() if theirs}
    free = [name for name in table if name not in told]
    for how, likeness in _steps(table):
        wanted = {theirs: part for theirs, part in contract.columns.items() if theirs not in found}
        new = dict(_pairs(free, wanted, likeness))
        found |= {theirs: (mine, how) for theirs, mine in new.items()}
        free = [name for name in free if name not in new.values()]
    matches = [
        _judged(*found[theirs], theirs, table, part) for theirs, part in contract.columns.items() if theirs in found
    ]
    lacking = {theirs: nearest(free, theirs, part) for theirs, part in contract.columns.items() if theirs not in found}
    known = {one.mine for one in matches}
    return Matching(tuple(matches), lacking, tuple(name for name in table if name not in known))


def nearest(names: Iterable[str], theirs: str, part: Part) -> tuple[str, ...]:
    """Those of the names that are most like a column of the contract, the best first."""
    ranked = sorted(((-_alike(name, theirs, part), name) for name in names), key=lambda one: one[0])
    return tuple(name for likeness, name in ranked if -likeness >= _NEAR)[:_NEAREST]


def distinct(cells: Array) -> dict[str, int]:
    """Value as text -> rows that have it, missing ones left out."""
    texts = [text_of(cell) for cell in sample("", cells, missing(cells), len(cells)).values]
    values, counts = np.unique(np.asarray(texts, object).astype(str), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def spelt(part: Part) -> dict[str, str]:
    """Every spelling of a declared level -> the level: as it is, and made plain where that means one level only."""
    exact = {one: level for level, others in part.levels.items() for one in (level, *others)}
    made_plain: dict[str, set[str]] = {}
    for one, level in exact.items():
        made_plain.setdefault(plain(one), set()).add(level)
    return {one: next(iter(levels)) for one, levels in made_plain.items() if len(levels) == 1} | exact


def level_of(value: str, spellings: Mapping[str, str]) -> str:
    """The declared level that a value means, or the empty string."""
    return spellings.get(value) or spellings.get(plain(value), "")


Likeness = Callable[[str, str, Part], float]


def _steps(table: Columns) -> Iterator[tuple[How, Likeness]]:
    """The surest first."""
    counts = cache(lambda mine: distinct(table[mine]))
    yield "name", lambda mine, theirs, part: float(mine == theirs)
    yield "name", lambda mine, theirs, part: float(not _spellings(mine).isdisjoint(_spellings(theirs)))
    yield "synonym", lambda mine, theirs, part: float(mine in part.also)
    yield "synonym", lambda mine, theirs, part: float(any(_spellings(mine) & _spellings(one) for one in part.also))
    yield "similar", lambda mine, theirs, part: _similar(mine, theirs, part) and _fits(table[mine], counts(mine), part)
    yield "values", lambda mine, theirs, part: _same_values(counts(mine), part) if part.levels else 0.0


def _pairs(mine: list[str], theirs: Mapping[str, Part], likeness: Likeness) -> Iterator[tuple[str, str]]:
    """(theirs, mine) that are each other's best, no second one being as good."""
    scores = np.asarray([[likeness(name, other, part) for other, part in theirs.items()] for name in mine])
    if not scores.size:
        return
    best = (scores > 0) & (scores == scores.max(axis=1, keepdims=True)) & (scores == scores.max(axis=0, keepdims=True))
    alone = best & (best.sum(axis=1, keepdims=True) == 1) & (best.sum(axis=0, keepdims=True) == 1)
    names = list(theirs)
    yield from ((names[column], mine[row]) for row, column in np.argwhere(alone))


@cache
def _spellings(name: str) -> frozenset[str]:
    """A name made plain, with and without what stands in brackets: a unit, mostly."""
    return frozenset({plain(name), plain(_IN_BRACKETS.sub("", name))} - {""})


def _similar(mine: str, theirs: str, part: Part) -> float:
    """Likeness of a name that may mean the same, else 0."""
    likeness = _alike(mine, theirs, part, SIMILAR)
    return likeness if likeness >= SIMILAR else 0.0


def _alike(mine: str, theirs: str, part: Part, least: float = _NEAR) -> float:
    """Likeness of a name to the nearest of a column's names, 0 to 1; 0 where it is less than `least`."""
    return max(
        (
            _names_alike(one, other, least)
            for one in _spellings(mine)
            for known in (theirs, *part.also)
            for other in _spellings(known)
        ),
        default=0.0,
    )


def _names_alike(one: str, other: str, least: float) -> float:
    """0 as well where their numbers differ: pay_1 is not pay_2."""
    short, long = sorted((one, other), key=len)
    inside = _INSIDE if short in long and len(short) >= (4 if short.isascii() else 2) else 0.0
    if max(inside, 2 * len(short) / (len(short) + len(long))) < least or _DIGITS.findall(one) != _DIGITS.findall(other):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return max(inside, matcher.ratio() if matcher.quick_ratio() >= least else 0.0)


def _fits(cells: Array, counts: Mapping[str, int], part: Part) -> float:
    """1 where cells may be what the contract declares, else 0."""
    few = not part.levels or len(counts) <= _MANY_LEVELS
    return float(few and _parsed(cells, part)[0])


def _same_values(counts: Mapping[str, int], part: Part) -> float:
    """Share of rows that hold a declared level, where the levels are words that say what the column is."""
    if not 2 <= len(counts) <= _MANY_LEVELS:
        return 0.0
    telling = {word: level for word, level in spelt(part).items() if plain(word) not in _SAYS_LITTLE}
    hits = {value: count for value, count in counts.items() if level_of(value, telling)}
    share = sum(hits.values()) / sum(counts.values())
    return share if share >= _SAME_VALUES and len(hits) >= 2 else 0.0


def _judged(mine: str, how: How, theirs: str, table: Columns, part: Part) -> Match:
    reads, values = _parsed(table[mine], part)
    outside = False
    if reads and part.type == "number" and part.range is not None and np.isfinite(values).any():
        low, high = part.range
        outside = not float(low) <= float(np.nanmedian(values)) <= float(high)
    return Match(mine, theirs, how, reads, outside)


def _parsed(cells: Array, part: Part) -> tuple[bool, Array]:
    """Whether the declared modality can read the cells, and what it reads [rows]."""
    if not part.type:
        return True, cells
    preprocess: Preprocess = plugins.part("modalities", part.type, "preprocess")
    written = {"missing": list(part.missing)} if part.missing else {}
    options = plugins.part("modalities", part.type, "options").Options.model_validate(written)
    absent = missing(cells)
    settled = preprocess.settle(sample("", cells, absent), options.model_dump(mode="json"))
    found = preprocess.parse(cells, settled)
    return len(found.bad) <= BAD_SHARE * float((~absent).sum()), found.values

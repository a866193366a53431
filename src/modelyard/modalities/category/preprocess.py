"""Categories: text -> codes (0 missing, 1 rare or unseen, 2... known, the most frequent first) -> float32.

A level is told apart when it is frequent enough (`min_count`, `max_levels`). Of the rare ones only check sums are kept,
so that a level never seen can be told from a rare one, and no rare text (a name, say) ships.

With `hash_buckets`, levels that are not told apart fall into buckets by their check sum, new ones as well, and each
bucket is a level (Weinberger et al.: Feature Hashing for Large Scale Multitask Learning, ICML 2009). The block names
the bucket in the place of the text: ONNX has no check sums.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells
from modelyard.core.protocols import Array, Feature, Floats, Parsed, Sample, State
from modelyard.modalities.category import words

VERSION = 1
JSON = ("string", "number")
MISSING, OTHER, FIRST = 0, 1, 2
"""Codes: no cell, a rare or unseen level, and the most frequent level."""

_MANY = 50  # in columns of more levels than this, a level seen once is rare
_WIDTH = 8192  # one-hot columns of the whole dense view that the widest columns are cut down to
_FEWEST = 2  # levels that keep a one-hot column however many columns there are
_COUNTED = 1_000_000  # distinct texts that a summary counts at a time
_REMEMBERED = 20_000  # rare levels whose check sums are kept
_SHOWN = 20  # levels in a profile
_BUCKET = "\x1a"  # begins the name of a bucket; no cell of a table begins so
_CONTAINERS = (list, tuple, dict, set, bytes, np.ndarray)


@dataclass(frozen=True)
class OneHot:
    """The dense view: feature f is 1 where the code of column `owners[f]` is `codes[f]`.

    Args:
        owners: Column numbers [features], ascending.
        codes: float32 [features].
        names: What each feature is called beside its column [features].
        tables: Per column the code of each text of a block; all others count as rare.
    """

    owners: NDArray[np.int64]
    codes: Floats
    names: list[str]
    tables: list[dict[str, int]]


def claim(sample: Sample) -> float:
    """Middling for everything that can be named; low for free text.

    Numbers, dates and yes-or-no claim more: whole numbers stay numbers however few they are, because their order tells.
    """
    texts, bad = cells.read(sample.values, cells.MISSING_WORDS, _text, "")
    known = [text for text in texts if text]
    if not known or bad:
        return 0.0
    words = sum(map(_words, known)) / len(known)
    long = words > 5 or sum(map(len, known)) > 60 * len(known)
    return 0.3 if long and sample.distinct > len(known) / 2 else 0.7


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides which words such as 无 and - are levels of this column; all others of their kind mean a missing cell."""
    if options.get("keep") is not None:
        return dict(options)
    return {**options, "keep": words.kept(sample.values)}


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> str objects [rows], "" for missing; lists and other containers are `bad`."""
    gaps, kept = words.missing(options), frozenset(options.get("keep") or ())
    if values.dtype.kind in "fiub":
        levels, which = np.unique(values, return_inverse=True)
        return Parsed(_read(levels, gaps, kept)[0][which], np.empty(0, np.int64))
    found, bad = _read(values, gaps, kept)
    return Parsed(found, np.asarray(bad, np.int64))


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell, as in `Preprocess`."""
    return words.how(cell, options)


def doubts(sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Nothing."""
    return ()


def summarise(values: Array) -> State:
    """How often each level occurs. Memory grows with the number of different levels, about 150 bytes for each."""
    counts: Counter[str] = Counter(values.tolist())
    missing = counts.pop("", 0)
    return _bounded({"counts": dict(counts), "missing": missing, "dropped": False})


def merge(one: State, other: State) -> State:
    """Counts of two chunks; exact up to a million levels, then the rarest half is forgotten."""
    counts: Counter[str] = Counter(one["counts"])
    counts.update(other["counts"])
    missing = one["missing"] + other["missing"]
    return _bounded({"counts": dict(counts), "missing": missing, "dropped": one["dropped"] or other["dropped"]})


def finish(summary: State, options: Mapping[str, Any]) -> State:
    """What is told apart.

    Returns:
        {"levels": the most frequent first, "onehot": how many of them may have a dense column, "missing" and "other":
        whether training had such cells, "rare": ascending check sums of the rare levels, None when there are too many,
        "buckets": how many buckets the others fall into}.
    """
    counts = summary["counts"]
    ordered = sorted(counts, key=lambda level: (-counts[level], level))
    fewest = options["min_count"] or (2 if len(counts) > _MANY else 1)
    levels = [level for level in ordered[: options["max_levels"]] if counts[level] >= fewest]
    rare = ordered[len(levels) :]
    forgotten = summary["dropped"] or len(rare) > _REMEMBERED
    return {
        "levels": levels,
        "onehot": options["onehot"],
        "missing": summary["missing"] > 0,
        "other": bool(rare) or forgotten,
        "rare": None if forgotten else sorted(map(_check_sum, rare)),
        "buckets": options["hash_buckets"],
    }


def block(parsed: Sequence[Array], states: Sequence[State]) -> Array:
    """str objects [rows, columns]; a level that is not told apart is named after its bucket, if it has one."""
    return np.stack([_in_buckets(*column) for column in zip(parsed, states, strict=True)], axis=1)


def view(name: str, block: Array, states: Sequence[State]) -> Floats:
    """raw: codes. dense: one-hot, see `onehot`."""
    if name == "raw":
        return _codes(block, tables(states))
    plan = onehot(states)
    codes = _codes(block, plan.tables).astype(np.int64)
    feature_of = np.full((len(states), max(max(table.values()) for table in plan.tables) + FIRST), -1)
    feature_of[plan.owners, plan.codes.astype(np.int64)] = np.arange(len(plan.owners))
    features = feature_of[np.arange(len(states)), codes]
    rows, columns = np.nonzero(features >= 0)
    dense = np.zeros((len(block), len(plan.owners)), np.float32)
    dense[rows, features[rows, columns]] = 1.0
    return dense


def tables(states: Sequence[State]) -> list[dict[str, int]]:
    """Per column the code of each text that a block may hold; all others are rare or unseen."""
    return [_table(state, state["levels"]) for state in states]


def onehot(states: Sequence[State]) -> OneHot:
    """Which one-hot columns there are: [missing], [other] where training had such cells, the frequent levels, buckets.

    What training never had is all zeros, and cannot wake a weight that was never learnt. The widest columns are cut
    down to the same number of levels until about 8,000 features remain.
    """
    own = np.asarray([min(len(state["levels"]), state["onehot"]) for state in states])
    spare = sum(2 + state["buckets"] for state in states)
    cap = int(own.max(initial=_FEWEST))
    while cap > _FEWEST and np.minimum(own, cap).sum() + spare > _WIDTH:
        cap -= 1
    owners: list[int] = []
    codes: list[int] = []
    names: list[str] = []
    found = []
    for number, state in enumerate(states):
        kept = state["levels"][: min(state["onehot"], cap)]
        features = _features(state, kept)
        owners += [number] * len(features)
        codes += features
        names += features.values()
        found.append(_table(state, kept))
    return OneHot(np.asarray(owners, np.int64), np.asarray(codes, np.float32), names, found)


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """raw: one code per column. dense: `column[missing]`, `column[other]`, `column=level`, `column[bucket 0]`."""
    if name == "raw":
        known = zip(columns, states, strict=True)
        return [Feature(column, column, "code", levels=tuple(state["levels"])) for column, state in known]
    plan = onehot(states)
    owners = [columns[owner] for owner in plan.owners]
    return [Feature(column + ending, column, "number") for column, ending in zip(owners, plan.names, strict=True)]


def profile(values: Array) -> State:
    """The most frequent levels, and the number of all others; a text that only one row has stays private."""
    counts: Counter[str] = Counter(values.tolist())
    missing = counts.pop("", 0)
    repeated = [level for level, count in counts.items() if count > 1]
    top = sorted(repeated, key=lambda level: (-counts[level], level))[:_SHOWN]
    shown = [counts[level] for level in top]
    return {
        "kind": "category",
        "levels": top,
        "counts": shown,
        "other": len(values) - missing - sum(shown),
        "missing": missing,
    }


def odd(values: Array, state: State) -> NDArray[np.bool_]:
    """Levels that training did not have; none in a column of so many levels that new ones are its nature."""
    if state["rare"] is None:
        return np.zeros(len(values), bool)
    known, cells_given = {"", *state["levels"]}, values.tolist()
    if known.issuperset(cells_given):
        return np.zeros(len(values), bool)
    strange, rare = set(cells_given) - known, set(state["rare"])
    unseen = {level for level in strange if _check_sum(level) not in rare}
    return np.fromiter(map(unseen.__contains__, values), bool, len(values))


def _read(values: Array, gaps: frozenset[str], kept: frozenset[str]) -> tuple[Array, list[int]]:
    def name(cell: Any) -> str | None:
        if isinstance(cell, str) and cell in kept:
            return cell
        text = _text(cell)
        return "" if text in gaps else text

    found, bad = cells.read(values, gaps, name, "")
    texts = np.empty(len(found), object)
    texts[:] = found
    return texts, bad


def _text(cell: Any) -> str | None:
    return None if isinstance(cell, _CONTAINERS) else words.narrow(cells.text_of(cell))


def _words(text: str) -> float:
    """Words in a text; where no spaces part them, as in Chinese and Japanese, one for every 1.5 characters."""
    if text.isascii():
        return len(text.split())
    wide = sum("\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" for character in text)
    return max(len(text.split()), wide / 1.5)


def _bounded(summary: State) -> State:
    counts = summary["counts"]
    if len(counts) <= _COUNTED:
        return summary
    kept = sorted(counts, key=lambda level: (-counts[level], level))[: _COUNTED // 2]
    return {**summary, "counts": {level: counts[level] for level in kept}, "dropped": True}


def _codes(block: Array, codes_of: Sequence[Mapping[str, int]]) -> Floats:
    """Codes [rows, columns], float32."""
    codes = np.empty(block.shape, np.float32)
    for number, table in enumerate(codes_of):
        found = map(table.get, block[:, number].tolist(), repeat(OTHER))
        codes[:, number] = np.fromiter(found, np.float32, len(block))
    return codes


def _table(state: State, kept: Sequence[str]) -> dict[str, int]:
    """Code of each text that a block may hold, when only some of the levels are told apart."""
    table = {"": MISSING, **{level: code for code, level in enumerate(kept, FIRST)}}
    buckets = {_name(bucket): len(kept) + FIRST + bucket for bucket in range(state["buckets"])}
    if buckets:
        table |= {level: buckets[_bucket(level, len(buckets))] for level in state["levels"][len(kept) :]}
    return table | buckets


def _features(state: State, kept: Sequence[str]) -> dict[int, str]:
    """Code -> how its one-hot column is called beside the column."""
    other = (state["other"] or len(kept) < len(state["levels"])) and not state["buckets"]
    found = {MISSING: "[missing]"} if state["missing"] else {}
    found |= {OTHER: "[other]"} if other else {}
    found |= {code: f"={level}" for code, level in enumerate(kept, FIRST)}
    return found | {len(kept) + FIRST + bucket: f"[bucket {bucket}]" for bucket in range(state["buckets"])}


def _in_buckets(texts: Array, state: State) -> Array:
    """Texts of a column [rows], those that are not told apart replaced by the name of their bucket."""
    if not state["buckets"]:
        return texts
    known = {"", *state["levels"]}
    names = {text: text if text in known else _bucket(text, state["buckets"]) for text in set(texts.tolist())}
    named = np.empty(len(texts), object)
    named[:] = [names[text] for text in texts.tolist()]
    return named


def _bucket(text: str, buckets: int) -> str:
    return _name(_check_sum(text) % buckets)


def _name(bucket: int) -> str:
    return f"{_BUCKET}{bucket}"


def _check_sum(level: str) -> int:
    return zlib.crc32(level.encode())

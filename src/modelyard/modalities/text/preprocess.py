"""Texts: cells -> normalised texts -> a few plain facts of each (how long, how many digits), for what reads no texts.

What a text says is read by methods (n-grams, tokens) and by encoders; see `core.protocols.Mixed`. No text that anybody
wrote, and no piece of one, is kept in a state.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State
from modelyard.modalities.text import characters

VERSION = 1
JSON = ("string", "number")
FACTS = ("characters", "words", "digits", "capitals", "signs")
"""Logarithms of one more than the number of characters and words; shares of the characters that are digits, capitals
and signs. All are NaN where a text is missing."""
WIDTH = len(FACTS)
EXAMPLES = (
    "The room was clean, but 2 of 3 lamps did not work!",
    "房间很干净，服务也不错；下次还会来住。",
    "お部屋はきれいでした。ありがとう！",
    "방은 깨끗했고 직원도 친절했어요.",
    "الغرفة نظيفة والخدمة ممتازة",
    "החדר היה נקי, אבל קטן מאוד",
    "ห้องสะอาดมาก อาหารอร่อย",
    "Zimmer 12: schön ruhig – Frühstück für 9,50 €",
    "🙂👍🏽 👨‍👩‍👧‍👦 🇨🇳",
    "e\u0301 n\u0303 a\u0308\u0323 Z\u0351\u036b\u0343\u032a",
    "<b>[CLS] not a token [SEP]</b> & [MASK] {{x}} \\n",
    "one\ntwo\r\n\r\nthree\tfour",
    "\ufeffＦｕｌｌ　ｗｉｄｔｈ ﬁ Ⅳ ①",
    "ALL CAPITALS!!! WHY???",
    "007 3.14 -999",
    ".",
    "",
)
"""Invented texts that stand for those of a column where nobody's own may: many scripts, and much that goes wrong."""

_EVERY = 8  # of so many different texts, one is counted
_SOME = 100  # texts, below which nothing is said of repeats
_LOOK = 1_000  # cells that tell what a column holds
_CUT = 2_000  # characters of each
_SENTENCE, _PHRASE = 5.0, 2.5  # words
_DISTINCT, _NEARLY_ALL = 0.6, 0.9
_CHARACTERS_A_WORD = 1.5  # where no spaces part words
_WRITTEN = 0.95
_SURE, _LIKELY = 0.8, 0.75  # categories claim 0.7
_NAMES = re.compile(r"(^|[ _-])(sur)?names?$|姓名|名称|联系人|收件人", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2}")
_ADDRESS = re.compile(r"@|://")
_LINES = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_HALVES = re.compile("[\ud800-\udfff]")
_CONTAINERS = (list, tuple, dict, set, bytes, np.ndarray)
_LONGER = 4  # times the longest text of training, and
_MUCH = 100  # characters more


def claim(sample: Sample) -> float:
    """High for sentences that are mostly different; a little above categories for titles that nearly all are.

    Names of people and things are written in capitals, and mean themselves: they stay with the categories, unless
    there are as many words to them as to a title.
    """
    some = sample.values[:: max(1, len(sample.values) // _LOOK)]
    texts = [
        text[:_CUT] for cell in some if isinstance(cell, str) and (text := _clean(cell)) not in cells.MISSING_WORDS
    ]
    if not texts or len(texts) < _WRITTEN * len(some) or sample.distinct <= len(sample.values) / 2:
        return 0.0
    wide = float(characters.spaceless(_as_array(texts)).sum()) / _CHARACTERS_A_WORD
    spaced = [word for text in texts for word in text.split() if _WORD.search(word) and not _ADDRESS.search(word)]
    if (wide + len(spaced)) / len(texts) > _SENTENCE:
        return _SURE
    small = sum(not word[0].isupper() for word in spaced)
    sentences = small > len(spaced) / 4 and sample.distinct > _DISTINCT * len(sample.values)
    titles = sample.distinct > _NEARLY_ALL * len(sample.values) and not _NAMES.search(sample.name.strip())
    return _LIKELY if len(spaced) > _PHRASE * len(texts) and (sentences or titles) else 0.0


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides how long n-grams are: a Chinese word is two or three characters, an English one has endings."""
    if options.get("words") is not None and options.get("characters") is not None:
        return dict(options)
    some = _as_array([cell[:_CUT] for cell in sample.values[:: max(1, len(sample.values) // _LOOK)] if _is_text(cell)])
    wide, words = characters.spaceless(some).sum(), characters.counts(some)[:, characters.COUNTS.index("words")].sum()
    usual = {"words": 3, "characters": 0} if wide > words / 2 else {"words": 2, "characters": 4}
    return {**options, **{key: value for key, value in usual.items() if options.get(key) is None}}


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> str objects [rows], "" for missing, in the normal form NFC, lines ended by "\\n" alone.

    Control characters are left out, and half characters replaced. Numbers are taken as texts; containers are `bad`.
    """
    gaps = cells.MISSING_WORDS | cells.own_gaps(options, lambda _: None)[0]
    found, bad = cells.read(values, gaps, partial(_text, gaps=gaps), "")
    return Parsed(_as_array(found), np.asarray(bad, np.int64))


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell, as in `Preprocess`."""
    if not isinstance(cell, str):
        return ""
    gaps = cells.MISSING_WORDS | cells.own_gaps(options, lambda _: None)[0]
    if _clean(cell) in gaps:
        return "missing"
    return "cleaned" if _CONTROL.search(_LINES.sub("\n", cell)) or _HALVES.search(cell) else ""


def doubts(sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Nothing."""
    return ()


def summarise(values: Array) -> State:
    """Moments of the facts of a chunk, its longest text, its scripts, and what tells how often texts repeat."""
    known = _facts(values)
    longest = max(map(len, values), default=0)
    moments = [scaling.moments(known[:, number]) for number in range(WIDTH)]
    drawn = sorted({mark for mark in map(_mark, {*values.tolist()} - {""}) if mark % _EVERY == 0})
    scripts = sorted(characters.scripts(values))
    counted = {"texts": int((values != "").sum()), "drawn": drawn}
    return {"moments": moments, "longest": longest, "scripts": scripts, **counted}


def merge(one: State, other: State) -> State:
    """Summary of two chunks."""
    both = zip(one["moments"], other["moments"], strict=True)
    return {
        "moments": [scaling.merge_moments(*pair) for pair in both],
        "longest": max(one["longest"], other["longest"]),
        "scripts": sorted({*one["scripts"], *other["scripts"]}),
        "texts": one["texts"] + other["texts"],
        "drawn": sorted({*one["drawn"], *other["drawn"]}),
    }


def finish(summary: State, options: Mapping[str, Any]) -> State:
    """{"facts": [mean, scale] of each, "missing": whether a text was, "longest": characters, "scripts", "repeated"}.

    Where texts repeat (the title of a film in all its ratings), facts would be as good as its name to a method that
    splits on them: then nothing is told but whether there is a text.
    """
    repeated = _EVERY * len(summary["drawn"]) < summary["texts"] / 2 and summary["texts"] >= _SOME
    return {
        "repeated": repeated,
        "facts": [[0.0, 1.0] if repeated else list(scaling.standard(known)) for known in summary["moments"]],
        "missing": summary["moments"][0]["missing"] > 0,
        "longest": summary["longest"],
        "scripts": summary["scripts"],
    }


def block(parsed: Sequence[Array], states: Sequence[State]) -> Doubles:
    """float64 [rows, columns * WIDTH]: column by column its `FACTS`."""
    return np.hstack([_told(_facts(values), state) for values, state in zip(parsed, states, strict=True)])


def view(name: str, block: Array, states: Sequence[State]) -> Floats:
    """raw: `FACTS`, with NaN. dense: standardised, then an indicator for each column that had missing texts."""
    return scaling.as_float32(block) if name == "raw" else scaling.standardise(block, plan(states))


def plan(states: Sequence[State]) -> scaling.Scaling:
    """How the dense view is made."""
    scales = np.asarray([state["facts"] for state in states], np.float64).reshape(-1, 2)
    return scaling.Scaling(scales[:, 0], scales[:, 1], scaling.flagged(states) * WIDTH)


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """`column[fact]`; in the dense view also `column[missing]`."""
    known = [Feature(f"{column}[{fact}]", column, "number") for column in columns for fact in FACTS]
    if name == "raw":
        return known
    flags = [columns[number] for number in scaling.flagged(states)]
    return known + [Feature(f"{column}[missing]", column, "number") for column in flags]


def profile(values: Array) -> State:
    """Counts between deciles of the number of characters."""
    lengths = np.fromiter(map(len, values), np.float64, len(values))
    lengths[lengths == 0] = np.nan
    return {"kind": "text", **scaling.bins(lengths)}


def odd(values: Array, state: State) -> NDArray[np.bool_]:
    """Texts far longer than any of training, and those in a script that it did not have."""
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    far: NDArray[np.bool_] = lengths > _LONGER * state["longest"] + _MUCH
    return far | characters.strange(values, frozenset(state["scripts"]))


def _told(facts: Doubles, state: State) -> Doubles:
    return np.where(np.isnan(facts), np.nan, 0.0) if state["repeated"] else facts


def _mark(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _facts(values: Array) -> Doubles:
    """float64 [rows, WIDTH]."""
    known = characters.counts(values)
    length = known[:, :1]
    with np.errstate(invalid="ignore"):  # 0 / 0 is what is wanted: nothing is known of a missing text
        return np.hstack([np.where(length > 0, np.log1p(known[:, :2]), np.nan), known[:, 2:] / length])


def _text(cell: Any, gaps: frozenset[str]) -> str | None:
    if isinstance(cell, _CONTAINERS):
        return None
    text = _clean(cell if isinstance(cell, str) else cells.text_of(cell))
    return "" if text in gaps else text


def _clean(cell: str) -> str:
    """A text in its normal form."""
    if cell.isascii() and cell.isprintable():
        return str(cell.strip())
    text = _HALVES.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", _LINES.sub("\n", cell)))
    return unicodedata.normalize("NFC", text.strip())


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str)


def _as_array(texts: Sequence[str]) -> Array:
    found = np.empty(len(texts), object)
    found[:] = texts
    return found

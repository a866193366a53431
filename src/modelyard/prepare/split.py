"""Which rows train, which choose, which test.

A row's part comes from a hash of its key, its group or its content: a number u in [0, 1) that nothing else can
change, so rows that are added later never move old ones, and equal rows stay together. (In a table of few categories,
where most rows look like others that have another answer, equal rows are no copies, and each has its own number.)
u < test is the test part, the next `valid` the validation part. Shares and classes therefore come out right in
expectation, not exactly: exact quotas, or quotas per class, would have to move old rows whenever new ones arrive.

Rows in time cannot be split by a hash: the latest are the test, and the cuts move on as time does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from modelyard.core.project import Split
from modelyard.core.protocols import Array
from modelyard.data.dataset import PARTS, TEST, TRAIN, VALID

UNDECIDED = -1
FEWEST_ROWS = 10
FEWEST_TESTED = 200  # rows; fewer in a test part say too little, and folds take its place
FEWEST_UNITS = 5
LARGEST_UNIT = 0.5  # share of the rows; what is left of them could not stand for it

WORDS = {
    TRAIN: ("train", "training", "训练", "训练集"),
    VALID: ("valid", "validation", "val", "dev", "验证", "验证集"),
    TEST: ("test", "testing", "holdout", "测试", "测试集"),
}  # fmt: skip
_PART_OF = {word: part for part, words in WORDS.items() for word in words}


def uniform(contents: Array, seed: int) -> NDArray[np.float64]:
    """A number in [0, 1) per row, from blake2b of its content (bytes) keyed with the seed; 53 bits of it."""
    key = str(seed).encode()
    hashes = (int.from_bytes(blake2b(content, digest_size=8, key=key).digest()) for content in contents)
    return np.fromiter((number >> 11 for number in hashes), np.float64, len(contents)) * 2.0**-53


def by_hash(contents: Array, shares: Mapping[int, float], seed: int) -> NDArray[np.int8]:
    """Part of each row by the hash of its content.

    Args:
        contents: Bytes that stand for each row [rows].
        shares: Part -> share of rows, for `TEST` and `VALID`; what is left trains.
        seed: Another seed gives another split.
    """
    u = uniform(contents, seed)
    test, valid = shares.get(TEST, 0.0), shares.get(VALID, 0.0)
    return np.select([u < test, u < test + valid], [TEST, VALID], TRAIN).astype(np.int8)


def by_time(moments: Array, shares: Mapping[int, float]) -> tuple[NDArray[np.int8], dict[int, float]]:
    """Part of each row by its time, float64 [rows]: the latest test, those before validate, the others train.

    Rows of one moment stay together; rows without a time train.

    Returns:
        Parts [rows], and part -> its first moment.
    """
    known = np.sort(moments[np.isfinite(moments)])
    parts = np.full(len(moments), TRAIN, np.int8)
    begins: dict[int, float] = {}
    taken = 0.0
    for part in (TEST, VALID):
        taken += shares.get(part, 0.0)
        if part in shares and len(known):
            begins[part] = float(known[min(len(known) - 1, round(len(known) * (1 - taken)))])
    for part in (VALID, TEST):
        if part in begins:
            parts[moments >= begins[part]] = part
    return parts, begins


def by_words(texts: Sequence[str]) -> NDArray[np.int8]:
    """Part of each row as a column says it; `UNDECIDED` where the word is not one of `WORDS`."""
    found = (_PART_OF.get(word.strip().lower(), UNDECIDED) for word in texts)
    return np.fromiter(found, np.int8, len(texts))


def shares_left(split: Split, parts: Array) -> dict[int, float]:
    """The parts that nothing has filled yet -> their share of the rows that are left."""
    return {
        part: share for part, share in ((TEST, split.test_share), (VALID, split.valid)) if not (parts == part).any()
    }


def can_hold_out(parts: Array, ys: Mapping[str, Array], known: Mapping[str, Array]) -> bool:
    """Whether the rows are enough for parts of their own: of every target each part has some, training two classes."""
    if len(parts) < FEWEST_ROWS:
        return False
    for name, rows in known.items():
        if any(not (rows & (parts == part)).any() for part in range(len(PARTS))):
            return False
        if len(classes(ys[name], rows & (parts == TRAIN))) == 1:
            return False
    return True


def too_few_to_test(share: float, known: Mapping[str, Array]) -> bool:
    """Whether a test part of this share would be too small to say much of one of the targets."""
    return bool(min(share * rows.sum() for rows in known.values()) < FEWEST_TESTED)


def can_fold(units: Array, ys: Mapping[str, Array], known: Mapping[str, Array]) -> bool:
    """Whether rows can be divided into folds of whole units: without any unit of them, two classes are left."""
    for name, rows in known.items():
        if rows.sum() < FEWEST_ROWS or len(np.unique(units[rows])) < FEWEST_UNITS:
            return False
        found = classes(ys[name], rows)
        spread = [label for label in found if len(np.unique(units[rows & (ys[name] == label)])) > 1]
        if len(found) and len(spread) < 2:
            return False
    return True


def numbered(contents: Array) -> NDArray[np.int64]:
    """Contents (bytes) as whole numbers from 0 in order of appearance, int64 [rows]; equal ones share a number."""
    numbers: dict[bytes, int] = {}
    return np.fromiter((numbers.setdefault(content, len(numbers)) for content in contents), np.int64, len(contents))


def counted(contents: Array) -> Array:
    """Contents that tell equal rows apart by how many of them came before: bytes [rows]."""
    before: dict[bytes, int] = {}
    found = []
    for content in contents:
        before[content] = before.get(content, -1) + 1
        found.append(content + b"#%d" % before[content])
    return np.fromiter(found, object, len(found))


def same_things(inputs: Array, learnt: Array) -> Array:
    """What stands for each row where copies of it shall be found: bytes [rows], shared by copies alone.

    Rows of equal inputs that do not all have equal targets are no copies but different things that look alike, as in a
    table of few categories, and each stands for itself. As units by their content they would mislead: whatever is held
    out with one answer would be learnt from with the other answers only.

    Args:
        inputs: Digest of each row's inputs, bytes [rows].
        learnt: Digest of each row's inputs and targets, bytes [rows].
    """
    first: dict[bytes, bytes] = {}
    alike = {one for one, whole in zip(inputs, learnt, strict=True) if first.setdefault(one, whole) != whole}
    found = (whole + b"%d" % row if inputs[row] in alike else whole for row, whole in enumerate(learnt))
    return np.fromiter(found, object, len(learnt))


def joined(names: Array, contents: Array) -> NDArray[np.int64]:
    """Units, int64 [rows] from 0 in order of appearance: rows of one name, copies, or rows that are linked by such.

    Where few different rows are possible, links run through the whole table: when they leave fewer than `FEWEST_UNITS`,
    or one of more than `LARGEST_UNIT` of the rows, and names alone do not, names alone count.

    Args:
        names: Bytes that stand for each row's key or group, or for the row where it has none [rows].
        contents: Bytes that copies share [rows], see `same_things`.
    """
    named = numbered(names)
    leaders, first = list(range(len(names))), dict[bytes, int]()
    for name, content in zip(named.tolist(), contents, strict=True):
        other = first.setdefault(content, name)
        if other != name:
            low, high = sorted((_leader(leaders, name), _leader(leaders, other)))
            leaders[high] = low
    for name, leader in enumerate(leaders):  # a leader comes before those it leads
        leaders[name] = leaders[leader]
    units = np.unique(np.asarray(leaders, np.int64)[named], return_inverse=True)[1]
    return named if _too_coarse(units) and not _too_coarse(named) else units


def _leader(leaders: list[int], name: int) -> int:
    """The first of all names that are linked with one, along a path that is made shorter for the next time."""
    while leaders[name] != name:
        leaders[name] = name = leaders[leaders[name]]
    return name


def _too_coarse(units: NDArray[np.int64]) -> bool:
    sizes = np.bincount(units, minlength=1)
    return bool(len(sizes) < FEWEST_UNITS or sizes.max() > LARGEST_UNIT * len(units))


def classes(y: Array, rows: Array) -> NDArray[np.int64]:
    """The different classes among some rows; none where y is no class."""
    return np.unique(y[rows & (y >= 0)]) if y.ndim == 1 and y.dtype.kind == "i" else np.zeros(0, np.int64)

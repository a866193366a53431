"""Columns that name their rows are found, and nothing that measures is taken for one."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest

from modelyard.core.protocols import Array, Sample
from modelyard.data.content import missing
from modelyard.prepare.identity import FEWEST, is_identity, says_identity
from modelyard.prepare.infer import sample

ROWS = 50
RNG = np.random.default_rng(0)
SHUFFLED = RNG.permutation(10_000)[:ROWS]


def names_rows(name: str, cells: Any) -> bool:
    values = cells if isinstance(cells, np.ndarray) else np.fromiter(cells, object)
    return is_identity(sample(name, values, missing(values)), values, missing(values))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("n", range(ROWS)),
        ("day", range(1, ROWS + 1)),
        ("x", [str(n) for n in range(ROWS)]),
        ("unnamed_1", np.arange(ROWS)),
        ("customer_id", SHUFFLED),
        ("手机号", [str(13800000000 + n) for n in SHUFFLED]),
        ("Phone", [13800000000 + int(n) for n in SHUFFLED]),
        ("customerID", [str(n) for n in SHUFFLED]),
        ("PassengerId", SHUFFLED.astype(float)),
        ("ID", [None, *(int(n) for n in SHUFFLED)]),
        ("订单编号", [f"A{n}" for n in SHUFFLED]),
        ("身份证号", SHUFFLED),
        ("session", [str(uuid.UUID(int=int(n) << 90)) for n in SHUFFLED]),
        ("digest", [f"{n:032x}f3a" for n in SHUFFLED]),
        ("Product ID", [f"M{n}" for n in SHUFFLED]),
    ],
)
def test_what_names_rows(name: str, cells: Any) -> None:
    assert names_rows(name, cells)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", range(1970, 1970 + ROWS)),
        ("reading", SHUFFLED),
        ("price index", SHUFFLED),
        ("paid", SHUFFLED),
        ("humid", SHUFFLED),
        ("width", RNG.normal(size=ROWS)),
        ("acid", [f"{n:.3f}" for n in RNG.normal(size=ROWS)]),
        ("ph id", [f"{n:.3f}" for n in RNG.normal(size=ROWS)]),
        ("id", [1, 1, *range(2, ROWS)]),
        ("id", range(FEWEST - 1)),
        ("id", ["a", "b"] * 20),
        ("name", [f"Person {n}" for n in SHUFFLED]),
        ("note", [f"text about {n} and more" for n in SHUFFLED]),
        ("n", [*range(ROWS), None]),
        ("up", range(0, 2 * ROWS, 2)),
        ("when_id", np.arange(ROWS).astype("datetime64[D]")),
        ("mixed id", [1, "b", *range(2, ROWS)]),
        ("flags", [True, False]),
        ("flag id", [*range(2, ROWS), True]),
        ("id", []),
        ("lists id", [[n] for n in range(ROWS)]),
        ("big", [10**30 + n for n in range(ROWS)]),
    ],
)
def test_what_measures_or_describes(name: str, cells: Any) -> None:
    assert not names_rows(name, cells)


def test_a_repetition_that_the_sample_missed() -> None:
    cells: Array = np.arange(1000)
    cells[999] = 0
    seen = Sample("customer_id", cells[:500].astype(object), 500, 1000)
    assert not is_identity(seen, cells, np.zeros(1000, bool))
    mixed = np.fromiter([*range(999), "x"], object)
    assert not is_identity(seen, mixed, np.zeros(1000, bool))


@pytest.mark.parametrize("name", ["id", "Id", "user_id", "userId", "UserID", "uuid", "流水号", " 学号 ", "Index", "#"])
def test_names_that_say_it(name: str) -> None:
    assert says_identity(name)


@pytest.mark.parametrize("name", ["", "idea", "valid", "width", "indexed", "号", "信号强度", "period"])
def test_names_that_do_not(name: str) -> None:
    assert not says_identity(name)

"""Rows that keep a contract: what tests of recipes learn from where there is no mirror."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelyard.prepare import recipe
from modelyard.prepare.contract import Contract, Part

CJK = re.compile("[\u4e00-\u9fff]")
GAPS = 0.04
LEARNT_FROM = 4  # inputs that the target follows
OWN_CLASSES = ("first", "second"), ("第一类", "第二类")
PARTS = ("train", "train", "valid", "test")
TOPICS = 6  # of made-up texts, by their place


def levels_of(part: Part, chinese: bool) -> list[str]:
    """The values a column takes, the first Chinese spelling of each where there is one."""
    levels = part.levels or ({"no": (), "yes": ()} if part.type == "boolean" else {})
    if chinese and part.type == "boolean":
        return ["否", "是"]
    if part.open:  # what users' own classes may be called
        levels = {**dict.fromkeys(OWN_CLASSES[chinese], ()), **levels}
    spelt = [next(filter(CJK.search, others), level) if chinese else level for level, others in levels.items()]
    return spelt if len(set(spelt)) == len(spelt) else list(levels)


def synthetic_rows(known: Contract, rows: int = 200, seed: int = 0, chinese: bool = False) -> dict[str, list[Any]]:
    """Rows of declared columns: the target follows a few inputs, later columns give it away, cells are missing."""
    dice = random.Random(seed)
    places = {name: [dice.random() for _ in range(rows)] for name in known.columns}
    inputs = [name for name, part in known.columns.items() if part.role == "input"]
    followed = sorted(inputs, key=lambda name: _unlikely(known.columns[name]))
    signs = {name: -1 if known.columns[name].monotone == "down" else 1 for name in followed[:LEARNT_FROM]}
    score = [sum(sign * places[name][row] for name, sign in signs.items()) + 0.2 * dice.random() for row in range(rows)]
    ranks = {row: rank / rows for rank, row in enumerate(sorted(range(rows), key=score.__getitem__))}
    places[known.target] = [ranks[row] for row in range(rows)]
    table = {}
    for name, part in known.columns.items():
        later = part.role == "known_after_decision"
        cells = [cell(name, part, ranks[row] if later else places[name][row], row, chinese) for row in range(rows)]
        may_lack = part.role == "input" and part.type != "boolean"
        table[name] = ["" if may_lack and dice.random() < GAPS else one for one in cells]
    return table


def _unlikely(part: Part) -> tuple[bool, bool, bool]:
    """Required columns are followed first, then those with a direction, then numbers."""
    return not part.required, not part.monotone, part.type != "number"


def cell(name: str, part: Part, place: float, row: int, chinese: bool) -> Any:
    """The value that lies at a place from 0 to 1 of what is declared; two thirds of a target of two are its first."""
    levels = levels_of(part, chinese)
    if part.role in ("key", "group"):
        return f"{name}-{row if part.role == 'key' else row % 40}"
    if part.type == "datetime":
        return (date.fromisoformat(str(part.range[0])) + timedelta(days=row)).isoformat()
    if part.role == "split":
        return levels[list(part.levels).index(PARTS[row % len(PARTS)])]
    if part.type == "text" or (not levels and part.range is None):
        return words(place, row, chinese)
    if part.role == "target" and len(levels) == 2:
        return levels[place > 2 / 3]
    if levels:
        return levels[int(place * len(levels))]
    low, high = part.range
    if isinstance(low, int) and isinstance(high, int):
        return low + int(place * (high - low + 1))
    return round(low + place * (high - low), 3)


def words(place: float, row: int, chinese: bool) -> str:
    """A sentence whose words tell its place, among others that tell nothing."""
    about = "酒店新闻客服推荐摘要退换"[2 * int(place * TOPICS) :][:2] if chinese else f"topic{int(place * TOPICS)}"
    filler = [
        ("今", "天", "说", "了")[n % 4] if chinese else ("it", "was", "said", "today")[n % 4] for n in (row, row // 3)
    ]
    return ("" if chinese else " ").join([filler[0], about, filler[1], about])


def write_rows(table: dict[str, list[Any]], file: Path) -> Path:
    """A CSV file."""
    with file.open("w", encoding="utf-8", newline="") as sheet:
        csv.writer(sheet).writerows([list(table), *zip(*table.values(), strict=True)])
    return file


@pytest.fixture(params=recipe.names())
def name(request: pytest.FixtureRequest) -> str:
    """Every recipe."""
    found: str = request.param
    return found


@pytest.fixture
def known(name: str) -> Contract:
    """Its contract."""
    return recipe.contract(name)


@pytest.fixture
def synthetic() -> Callable[..., dict[str, list[Any]]]:
    return synthetic_rows


@pytest.fixture
def write_csv() -> Callable[[dict[str, list[Any]], Path], Path]:
    return write_rows

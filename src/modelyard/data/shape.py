"""Where a table lies among the lines of a file or sheet: titles above it, its names, rows, and what stands below.

A person sees at a glance which line holds the names. Here it is told by contrast: names are texts over columns of
numbers and dates, they fill the columns, and do not come again below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any, Literal
from unicodedata import normalize

from modelyard.core.cells import MISSING_WORDS, is_nothing, text_of
from modelyard.data.layout import Hints, Layout, excerpt
from modelyard.data.sources import refuse

Cells = Sequence[Any]
Line = tuple[int, Cells]
"""Number of a line, counted from 1, and its cells; a blank line is none."""
Spans = Mapping[tuple[int, int], tuple[int, int]]
"""Merged cells of a sheet: (line, column from 0) of their first cell -> the last line and column."""

SAMPLE_LINES = 100
MADE_UP = "column_{}"
_MADE_UP = re.compile(r"column_[0-9]+")
_NUMBER = re.compile(
    r"[¥$€£]?\s*[-+(]?\s*[¥$€£]?\s*(?:[0-9][0-9.,'\s]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*"
    r"(?:%|‰|[千百十]?[万亿]?元?|[¥$€£]|万元|亿元)?\)?"
)
_TIME = re.compile(
    r"(?:[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{4}\s*年\s*[0-9]{1,2}\s*月(?:\s*[0-9]{1,2}\s*日?)?"
    r"|[0-9]{4}[-/][0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2[0-9]{2,4})(?:[T\s].*)?"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?"
)
_GAPS = MISSING_WORDS | {"-", "--", "—", "——", "/", "无", "不详", "暂无", "未知"}
_LABELLED = re.compile(r"[^:：]{1,20}[:：]")
TYPED = ("number", "time")
_TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "总和", "本页合计", "本月合计", "合计金额", "平均值"}
    | {"total", "totals", "grandtotal", "subtotal", "sub-total", "sum", "summe", "gesamt", "average", "mean"}
)
_LONGEST_TOTAL = 40  # characters, white space included
_REMARK = re.compile(
    r"(?:注|备注|说明|附注|数据来源|资料来源|来源|制表|填表|审核|复核|打印|导出|统计|截止|截至|单位)[^,，]{0,6}[:：]"
    r"|(?:source|notes?|footnote|generated|printed|exported|created|prepared|page|confidential|copyright)\b"
    r"|[*※©]|共\s*[0-9,]+\s*[条行笔项页]|第\s*[0-9]+\s*页|\(?[0-9,]+ rows?\b",
    re.I,
)
_BARE = 60  # characters; names are seldom longer
_COVERED = 0.6  # share of the columns that have a name
_NEARLY_ALL = 0.8  # share of cells of one kind that make a column of that kind
_UNNAMED = 0.5  # share of filled cells that make a column without a name worth keeping
_HEADER_WITHIN = 30  # lines
_JOINED = " / "


@dataclass(frozen=True)
class Shape:
    """Where a table lies among its lines.

    Args:
        names: Of the columns, each once.
        places: Of these columns among the cells of a line, from 0.
        width: Cells of a line, columns without a name included.
        header: Indices of the lines of names in the sample.
        start: Index of the first row in the sample.
        kinds: What the cells of each column mostly are: "number", "time", "text", or "" for a column without cells.
        head: Cells of the line of names, as they are.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    width: int
    header: tuple[int, ...]
    start: int
    kinds: tuple[str, ...]
    head: tuple[Any, ...]


# -------------------------------------------------------------------- the cells
def kind(cell: Any) -> str:
    """What a cell is to a person's eye: "number", "time", "text", or "" where nothing is."""
    if isinstance(cell, str):
        bare = cell.strip()
        if bare in _GAPS:
            return ""
        plain = bare if bare.isascii() else normalize("NFKC", bare)
        return "time" if _TIME.fullmatch(plain) else "number" if _NUMBER.fullmatch(plain) else "text"
    if is_nothing(cell):
        return ""
    return "time" if isinstance(cell, date | time | datetime) else "text" if isinstance(cell, bool) else "number"


def is_blank(cells: Cells) -> bool:
    """Whether a line holds nothing but white space."""
    return not any(_filled(cell) for cell in cells)


def filled(cells: Cells) -> list[int]:
    """Places of the cells that hold something."""
    return [place for place, cell in enumerate(cells) if _filled(cell)]


def _filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


# ------------------------------------------------------------------- the header
def find(sample: Sequence[Line], hints: Hints, layout: Layout, spans: Spans | None = None) -> Shape:
    """Find the table among its first lines.

    Args:
        sample: The first lines; blank ones may be among them.
        hints: What somebody says of it.
        layout: Is told which lines hold the names, and what stands above them.
        spans: The merged cells of a sheet; None for text, whose lines are as wide as the table.
    """
    used = [index for index, (_, cells) in enumerate(sample) if not is_blank(cells)]
    header, start = _header(sample, used, hints, spans or {})
    if not header and hints.header not in (None, "none"):
        refuse(layout.file, "data.got_no_line", "data.expected_line", line=hints.header, lines=len(used))
    body = [cells for _, cells in sample[start:] if not is_blank(cells)]
    above = [excerpt(sample[index][1]) for index in used if index < (header[0] if header else start)]
    if above:
        layout.say("data.note_titles", count=len(above), shown=" | ".join(above[:3]) + (" …" if above[3:] else ""))
    layout.header = tuple(sample[index][0] for index in header)
    named = _joined([sample[index] for index in header], spans or {})
    if not header and hints.header != "none":
        layout.say("data.note_no_header", loud=True)
    names, places, reach = _columns(named, body, layout, is_text=spans is None)
    usual = Counter(map(len, body)).most_common(1)
    beyond = usual and spans is None and is_blank([cell for cells in body for cell in cells[reach:]])
    width = max(reach, usual[0][0]) if beyond else reach
    kinds = tuple(_kind_of(body, place) for place in places)
    return Shape(names, places, width, header, start, kinds, tuple(sample[header[-1]][1]) if header else ())


def _header(sample: Sequence[Line], used: list[int], hints: Hints, spans: Spans) -> tuple[tuple[int, ...], int]:
    """Indices of the lines of names, and of the first row."""
    if hints.header is not None:
        return _as_said(sample, used, hints.header)
    usual = _by_contrast(sample, used, hints, spans)
    candidates = [
        (index, *more)
        for index in used[:_HEADER_WITHIN]
        for more in ((), (index + 1,))
        if not more or index + 1 in used
    ]
    known = {each: _expected(sample, each, hints.names, spans) for each in candidates}
    if "header" in hints.usual and not any(known.values()):
        return _as_said(sample, used, hints.usual["header"])
    best = max(candidates, key=lambda each: known[each], default=())
    if not best or known[best] <= _expected(sample, usual[0], hints.names, spans):
        return usual
    several = known[best] == len(set(hints.names)) > 1
    if several or not _is_row(sample[best[-1]][1], _below(sample, best[-1]), hints):
        return best, best[-1] + 1
    return usual


def _as_said(
    sample: Sequence[Line], used: list[int], header: int | Sequence[int] | Literal["none"]
) -> tuple[tuple[int, ...], int]:
    """As `_header`, where somebody says it."""
    if header == "none":
        return (), _first_full(sample, used)
    wished = [header] if isinstance(header, int) else header
    found = tuple(index for index in used if sample[index][0] in wished)
    return found, found[-1] + 1 if found else 0


def _by_contrast(sample: Sequence[Line], used: list[int], hints: Hints, spans: Spans) -> tuple[tuple[int, ...], int]:
    """As `_header`, by what the lines look like."""
    first = _first_full(sample, used)
    for following in used[used.index(first) + 1 : _HEADER_WITHIN] if used else ():
        fuller = len(filled(sample[following][1])) > len(filled(sample[first][1]))
        if not (fuller and _names_numbers(sample[following][1], _below(sample, following))):
            break
        if following == first + 1 and _groups(sample[first], sample[following], spans):
            break
        first = following
    header = _several(sample, first, used, spans)
    if len(header) > 1 or not _is_row(sample[first][1], _below(sample, first), hints):
        return header, header[-1] + 1
    named_by_few = first - 1 in used and any(filled(sample[first - 1][1]))  # not by its first cell alone: a title
    return ((first - 1,) if named_by_few else ()), first


def _names_numbers(cells: Cells, rows: Sequence[Cells]) -> bool:
    """Whether texts stand over columns of numbers: surely a line of names."""
    places = filled(cells)
    texts = all(kind(cells[place]) == "text" for place in places)
    return texts and any(_kind_of(rows, place) in TYPED for place in places)


def _first_full(sample: Sequence[Line], used: Sequence[int]) -> int:
    """The first line that fills the columns: titles above a table fill one or two cells."""
    later = [sample[index][1] for index in used[len(used) // 3 :]]
    if not later:
        return 0
    counts = Counter(place for cells in later for place in filled(cells))
    columns = {place for place, count in counts.items() if 10 * count >= len(later)}
    for index in used:
        places = columns.intersection(filled(sample[index][1]))
        if len(places) >= _COVERED * len(columns):
            return index
    widest = max(used, key=lambda index: len(filled(sample[index][1])))
    return used[0] if len(filled(sample[widest][1])) < _COVERED * len(columns) else widest


def _several(sample: Sequence[Line], first: int, used: list[int], spans: Spans) -> tuple[int, ...]:
    """The line of names, with a second one above or below it where it takes both to name the columns."""
    here, rows = sample[first], _below(sample, first + 1)
    above = sample[first - 1] if first - 1 in used else None
    if above is not None and _groups(above, here, spans):
        return first - 1, first
    if first + 1 < len(sample) and rows:
        below = sample[first + 1]
        if _groups(here, below, spans) or _explains(below[1], rows):
            return first, first + 1
    return (first,)


def _groups(upper: Line, lower: Line, spans: Spans) -> bool:
    """Whether a line names groups of the columns that the next line names."""
    number, cells = upper
    over, under = filled(cells), filled(lower[1])
    if not over or not under or any(kind(cells[place]) != "text" for place in over):
        return False
    merged = [spans[number, place] for place in over if (number, place) in spans]
    width = max(*over, *under) + 1
    if any(right > place and right - place + 1 < width for place, (_, right) in zip(over, merged, strict=False)):
        return True
    if any(bottom > number for bottom, _ in merged):
        return True
    if len(over) < 2 or any(_LABELLED.match(str(cells[place])) for place in over):
        return False
    names = [text_of(lower[1][place]) for place in under]
    gaps = [place for place in range(over[0], width) if place not in over and place in under]
    named = all(kind(lower[1][place]) != "number" or _is_year(lower[1][place]) for place in under)
    return bool(gaps) and named and (len(set(names)) < len(names) or len(under) < len({*over, *under}))


def _explains(cells: Cells, rows: Sequence[Cells]) -> bool:
    """Whether a line under the names holds units or other names: texts over columns of numbers."""
    places = filled(cells)
    if len(rows) < 3 or any(kind(cells[place]) not in ("text", "") for place in places):
        return False
    numeric = [place for place in range(max(map(len, rows))) if _kind_of(rows, place) in TYPED]
    over = [place for place in numeric if place in places]
    return len(over) >= 2 and 2 * len(over) >= len(numeric)


def _below(sample: Sequence[Line], index: int) -> list[Cells]:
    return [cells for _, cells in sample[index + 1 :] if not is_blank(cells)]


def _expected(sample: Sequence[Line], header: tuple[int, ...], names: Sequence[str], spans: Spans) -> int:
    """How many of the expected names a header would give."""
    return len(set(_joined([sample[index] for index in header], spans)).intersection(names)) if names else 0


def _is_row(cells: Cells, rows: Sequence[Cells], hints: Hints) -> bool:
    """Whether what could be the names is a row like those below."""
    if hints.names and all(_MADE_UP.fullmatch(name) for name in hints.names):
        return True
    places = filled(cells)
    if not rows:
        return all(kind(cells[place]) in TYPED for place in places)
    if _counts_on(cells, places):
        return False
    contrast = numbers = again = 0
    for place in places:
        own, below = kind(cells[place]), _kind_of(rows, place)
        if own == below and own in TYPED:
            numbers += 1
        elif own and below in TYPED:
            contrast += 1
        elif own == "text" and any(text_of(row[place]) == text_of(cells[place]) for row in rows if place < len(row)):
            again += 1
    alike = numbers + again
    return alike > 3 * contrast and (numbers > 0 or (len(rows) > 2 and 2 * again >= len(places)))


def _counts_on(cells: Cells, places: Sequence[int]) -> bool:
    """Whether the numbers among the names are years or count the columns."""
    numbers = [text_of(cells[place]) for place in places if kind(cells[place]) == "number"]
    if len(numbers) < 2 or not all(number.isdigit() for number in numbers):
        return False
    values = [int(number) for number in numbers]
    counted_from = (0,) if len(numbers) == len(places) else (0, 1)
    steps = {later - earlier for earlier, later in pairwise(values)}
    return len(steps) == 1 and steps != {0} and (all(map(_is_year, numbers)) or values[0] in counted_from)


def _is_year(cell: Any) -> bool:
    said = text_of(cell)
    return said.isdecimal() and 1900 <= int(said) <= 2100


def _kind_of(rows: Sequence[Cells], place: int) -> str:
    counts = Counter(kind(row[place]) for row in rows if place < len(row))
    del counts[""]
    most = counts.most_common(1)
    return "" if not most else most[0][0] if most[0][1] >= _NEARLY_ALL * counts.total() else "text"


# ------------------------------------------------------------------- the columns
def _columns(
    named: list[str], body: Sequence[Cells], layout: Layout, is_text: bool
) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Names and places of the columns, and how far they reach."""
    counts = Counter(place for cells in body for place in filled(cells))
    if not named:
        width = max(counts, default=-1) + 1
        return tuple(MADE_UP.format(place + 1) for place in range(width)), tuple(range(width)), width
    longer = is_text and min(len(body), len(named)) > 1 and {*map(len, body)} == {len(named) + 1}
    if (
        longer and named[-1] and all(_filled(cells[-1]) for cells in body)
    ):  # as R writes tables: row names are a column without one
        named = ["", *named]
        layout.say("data.note_row_names", loud=True)
    reach = len(named) if is_text else max(len(named), *(place + 1 for place in counts), 0)
    named = named + [""] * (reach - len(named))
    places = tuple(place for place in range(reach) if named[place] or counts[place] > _UNNAMED * len(body))
    return distinct([named[place] or f"unnamed_{place + 1}" for place in places], layout), places, reach


def distinct(names: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The names, each once: a second `a` becomes `a_2`."""
    taken, found, twice = set(names), [], []
    seen: set[str] = set()
    for name in names:
        number, new = 2, name
        while new in seen or (new != name and new in taken):
            new, number = f"{name}_{number}", number + 1
        if new != name:
            twice.append(f"{name} -> {new}")
        seen.add(new)
        found.append(new)
    if twice:
        layout.say("data.note_twice", loud=True, names=", ".join(twice[:5]) + (" …" if twice[5:] else ""))
    return tuple(found)


def _joined(header: Sequence[Line], spans: Spans) -> list[str]:
    """The name of each column; a group's name stands before those of its columns: `sales / 2024`."""
    width = max((len(cells) for _, cells in header), default=0)
    lines = [_spread(line, spans, width, last=number == len(header) - 1) for number, line in enumerate(header)]
    found = []
    for parts in zip(*lines, strict=True):
        said = [part for number, part in enumerate(parts) if part and part not in parts[:number]]
        found.append(_JOINED.join(said))
    own = [_name(cell) for cell in header[-1][1]] + [""] * width if header else []
    if len(header) > 1:  # a group's name alone does not name the columns that nobody named below it
        found = [name if own[place] or _own(header, place) else "" for place, name in enumerate(found)]
    return found


def _own(header: Sequence[Line], place: int) -> bool:
    """Whether one of the lines of names has a cell of its own for a column."""
    return any(place < len(cells) and _filled(cells[place]) for _, cells in header)


def _spread(line: Line, spans: Spans, width: int, last: bool) -> list[str]:
    """The names of one line, a group's name over all its columns: as far as it is merged, else up to the next one."""
    number, cells = line
    names = [_name(cell) for cell in cells] + [""] * (width - len(cells))
    if last:
        return names
    merged = {place: right for (row, place), (_, right) in spans.items() if row == number}
    for place in [place for place, name in enumerate(names) if name]:
        following = next((other for other in range(place + 1, width) if names[other]), width)
        end = merged.get(place, place) + 1 if spans else following
        names[place:end] = [names[place]] * (end - place)
    return names[:width]  # a title may be merged over more columns than the line below it names


def _name(cell: Any) -> str:
    """A cell as a column's name: in one line, without characters that cannot be seen."""
    if cell is None:
        return ""
    said = cell.isoformat().removesuffix("T00:00:00") if isinstance(cell, date) else text_of(cell)
    said = re.sub(r"(?<=[^\x00-\xff])\s*[\r\n]+\s*(?=[^\x00-\xff])", "", said)
    return re.sub(r"\s*[\r\n]+\s*", " ", said).strip("\ufeff\u200b \t")


# ---------------------------------------------------------------------- the rows
def sums_up(cells: Cells) -> bool:
    """Whether a line only sums up others: its first cell says so."""
    return _is_total(next((cell for cell in cells if _filled(cell)), None))


def may_sum_up(first: Any) -> bool:
    """Whether a line that begins with this cell may only sum up others: a closer look is worth its time."""
    return not _filled(first) or _is_total(first)


def _is_total(cell: Any) -> bool:
    if not isinstance(cell, str) or len(cell) > _LONGEST_TOTAL:
        return False
    return "".join(cell.split()).rstrip(":：").casefold() in _TOTALS


def explains(cells: Cells, width: int, gap: bool) -> bool:
    """Whether a line below a table is none of its rows: a total, a source, who drew it up.

    Args:
        cells: Of the line.
        width: Columns of the table.
        gap: Whether a blank line stands before it.
    """
    places = filled(cells)
    texts = [str(cells[place]).strip() for place in places]
    if sums_up(cells):
        return True
    if width < 2 or any(kind(cells[place]) != "text" for place in places):
        return False
    if len(places) == 1:
        return gap or _REMARK.match(texts[0]) is not None
    return 2 * len(places) <= width and all(_LABELLED.match(said) for said in texts)

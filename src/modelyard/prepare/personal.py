"""Personal data in a column's cells, by patterns: counted, shown masked, and only reported.

What has a check digit is checked: China's 18-digit identity number (GB 11643, ISO 7064 MOD 11-2), bank cards (ISO/IEC
7812, Luhn), IBAN (ISO 13616, mod 97). Names and addresses have no pattern; the column's heading and what its cells
look like have to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

CELLS = 5_000
"""Different texts of a column that are looked at."""
WHOLE = 0.5
"""Share of the cells that must be whole numbers of a kind before a column of bare numbers is taken for it."""
_SHORT_NUMBER = re.compile(r"[-+]?\d{0,7}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?")
"""No pattern holds for so few digits before the point: most cells of most tables need no closer look."""
_LONGEST = 2_000  # characters of a cell
_FEW, _MANY = 3, 8  # letters and digits: up to so many, one is shown; from so many on, two at each end
_SEVERAL = 0.3  # share of different cells in a column of names or addresses
_FEWEST = 10


@dataclass(frozen=True)
class Found:
    """Personal data of one kind in one column.

    Args:
        kind: End of the message `checks.personal_<kind>`.
        count: Cells that hold it, among those looked at.
        looked: Cells that were looked at.
        example: One of them, masked.
    """

    kind: str
    count: int
    looked: int
    example: str


def personal_data(name: str, cells: Sequence[Any]) -> tuple[Found, ...]:
    """What a column holds of people.

    Args:
        name: The column's name: headings tell names and addresses.
        cells: Cells as given, missing ones left out.
    """
    texts = [cell[:_LONGEST] for cell in dict.fromkeys(_texts(cells))][:CELLS]
    telling = [text for text in texts if not _SHORT_NUMBER.fullmatch(text)]
    found = [one for kind in _KINDS for one in _of_kind(kind, telling, texts)]
    named = _of_heading(name, texts, len(cells))
    return (*found, *named) if not found else tuple(found)


def masked(text: str) -> str:
    """The first and the last letters and digits, the others as stars; of up to three, only the first.

    Never the whole text: most names in Chinese have two or three characters.
    """
    places = [place for place, char in enumerate(text) if char.isalnum()]
    first, last = (1, 0) if len(places) <= _FEW else (1, 1) if len(places) < _MANY else (2, 2)
    hidden = set(places[first : len(places) - last] if len(places) > 1 else places)
    return "".join("*" if place in hidden else char for place, char in enumerate(text))


def hidden(text: str) -> str:
    """A text, as far as it is looked at, in which all that a pattern finds is masked."""
    text = text[:_LONGEST]
    for kind in _KINDS:
        for hit in {found[0] for found in kind.pattern.finditer(text)} if kind.hint in text else ():
            text = text.replace(hit, masked(hit)) if kind.holds(hit) else text
    return text


def _texts(cells: Sequence[Any]) -> Iterator[str]:
    for cell in cells:
        if isinstance(cell, str):
            yield cell.strip()
        elif isinstance(cell, int) and abs(cell) >= 10**8:
            yield str(cell)
        elif isinstance(cell, float) and cell.is_integer() and 1e8 <= abs(cell) < 2**53:
            yield str(int(cell))


def _of_kind(kind: _Kind, telling: list[str], texts: list[str]) -> Iterator[Found]:
    """What one pattern finds among all texts, of which only some can hold it."""
    hits = [hit for text in telling if (hit := _first(kind, text))]
    if not hits:
        return
    numbers = sum(text.isdigit() for text in texts) > WHOLE * len(texts)
    if not kind.bare_digits or not numbers or len(hits) >= WHOLE * len(texts):
        yield Found(kind.name, len(hits), len(texts), masked(hits[0]))


def _first(kind: _Kind, text: str) -> str:
    if kind.hint not in text:
        return ""
    return next((hit[0] for hit in kind.pattern.finditer(text) if kind.holds(hit[0])), "")


# ------------------------------------------------------------------- check digits
def _digits(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def luhn(text: str) -> bool:
    """Whether a card number's last digit is right, and not all digits are the same."""
    digits = [int(digit) for digit in _digits(text)]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1])]
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0


def chinese_identity(text: str) -> bool:
    """Whether the birthday exists and the check digit of an 18-digit identity number is right."""
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def iban(text: str) -> bool:
    """Whether an IBAN's check digits are right."""
    bare = _digits(text).upper()
    return int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4])) % 97 == 1


def _internet_address(text: str) -> bool:
    parts = [int(part) for part in text.split(".")]
    return max(parts) < 256 and parts[0] > 0


@dataclass(frozen=True)
class _Kind:
    """One kind of personal data.

    Args:
        hint: A character without which the pattern cannot hold; empty when there is none.
        bare_digits: It may be digits only: other numbers look like it now and then.
    """

    name: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool
    hint: str = ""
    bare_digits: bool = False


_MOBILE = r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|-\d{4}-\d{4}| \d{4} \d{4})(?![\d.])"
_PHONE = (
    r"\+\d{1,3}[ -]?\(?\d{1,4}\)?(?:[ -]?\d{2,4}){2,4}(?!\d)"
    r"|\(\d{3}\) ?\d{3}-\d{4}|(?<![\d-])\d{3}-\d{3}-\d{4}(?![\d-])"
)
_KINDS = (
    _Kind("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), hint="@"),
    _Kind("identity", re.compile(r"(?<!\d)[1-8]\d{5}(?:19|20)\d{9}[\dXx](?![\dXx])"), chinese_identity, "", True),
    _Kind("mobile", re.compile(_MOBILE), bare_digits=True),
    _Kind("phone", re.compile(_PHONE)),
    _Kind("card", re.compile(r"(?<![\d.])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d.])"), luhn, bare_digits=True),
    _Kind("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban),
    _Kind("security_number", re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])"), hint="-"),
    _Kind("internet_address", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), _internet_address, hint="."),
)  # fmt: skip

# ----------------------------------------------------------------------- headings
_PASSPORT = re.compile(r"passport|护照", re.IGNORECASE)
_PASSPORT_CELL = re.compile(r"[A-Z]{1,2}\d{6,8}|\d{9}")
_ADDRESS = re.compile(r"address|street|住址|地址", re.IGNORECASE)
_NAME = re.compile(
    r"^(?:(?:first|last|full|family|given|middle|customer|client|patient|employee|user|contact)[ _-]?)?name$|^surname$"
    r"|姓名|联系人|收件人",
    re.IGNORECASE,
)


def _of_heading(name: str, texts: list[str], cells: int) -> Iterator[Found]:
    """Passport numbers, addresses and names: what the heading says, if the cells can be it."""
    if len(texts) < max(_FEWEST, _SEVERAL * min(cells, CELLS)):
        return
    checks: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
        ("passport", _PASSPORT, lambda text: bool(_PASSPORT_CELL.fullmatch(text.upper()))),
        ("address", _ADDRESS, lambda text: len(text) >= 6 and not text.isdigit()),
        ("person", _NAME, lambda text: len(text) >= 2 and not any(char.isdigit() for char in text)),
    )
    for kind, heading, holds in checks:
        hits = [text for text in texts if holds(text)] if heading.search(name) else []
        if len(hits) > WHOLE * len(texts):
            yield Found(kind, len(hits), len(texts), masked(hits[0]))
            return

"""Digits that name things rather than measure them: codes, versions, phones, long ids, days such as 1/2."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from modelyard.core import amounts, cells
from modelyard.core.protocols import Doubles, Sample

_FEW = 0.01  # share of cells with leading zeros that may be slips
_LARGE = 1e15  # from about here on digits get lost
_CODE = re.compile(r"0[0-9]+")  # 007 and 02134
_VERSION = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+){2,}(?<!\.[0-9]{3}\.[0-9]{3})")  # 1.1.2, but not 1.234.567
_PART = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_EXPONENT = re.compile(r"[0-9]+[eE][0-9]+")  # 1E5 and 9E4: who means a number writes 1e+05 or 1.0E5 as well
_MOBILES = ((1.3e10, 2e10), (8.613e12, 8.62e12))  # Chinese ones, without and with the country
_NAMING = {
    "id",
    "code",
    "zip",
    "zipcode",
    "postcode",
    "postal",
    "phone",
    "mobile",
    "tel",
    "telephone",
    "fax",
    "version",
}
_NAMING_ENDS = (
    *("编号", "代码", "编码", "邮编", "邮政编码", "号码", "手机", "手机号", "电话"),
    *("证号", "卡号", "账号", "单号", "版本", "版本号"),
)


def are_names(sample: Sample, texts: Mapping[str, int], numbers: Doubles) -> bool:
    """Whether the cells of a column that all read as numbers name things.

    Args:
        sample: The column.
        texts: Its texts, stripped, and how often each occurs.
        numbers: What its cells read as, NaN for missing [cells].
    """
    known = numbers[~np.isnan(numbers)]
    whole = bool((known == np.floor(known)).all())
    if _says_names(sample.name) and (whole or (texts and all(map(_PART.fullmatch, texts)))):
        return True
    if whole and any(known.min() >= low and known.max() < high for low, high in _MOBILES):
        return True
    if np.abs(known).max() >= _LARGE and (
        any(map(cells.loses_digits, sample.values)) or cells.rounded_ids(sample.values)
    ):
        return True
    return bool(texts) and _are_codes(texts)


def _are_codes(texts: Mapping[str, int]) -> bool:
    if any(text.count(".") > 1 and _VERSION.fullmatch(text) for text in texts):
        return True
    if len(texts) > 1 and all(map(_EXPONENT.fullmatch, texts)):
        return True
    return _keep_zeros(texts) or _are_bare_numerals(texts) or _may_be_dates(texts)


def _says_names(name: str) -> bool:
    """Whether a column is called a code, a phone number, a version ..."""
    *before, last = ["", *cells.words_of(name)]
    if last in ("number", "no", "num"):
        last = before[-1]
    return last in _NAMING or name.strip().endswith(_NAMING_ENDS)


def _keep_zeros(texts: Mapping[str, int]) -> bool:
    """Whether leading zeros belong to the cells: in more than a few of them, or where all are equally long."""
    codes = sum(count for text, count in texts.items() if text[:1] == "0" and _CODE.fullmatch(text))
    if not codes:
        return False
    same = len({len(text) for text in texts}) == 1 and all(map(str.isdigit, texts))
    return same or codes > _FEW * sum(texts.values())


def _are_bare_numerals(texts: Mapping[str, int]) -> bool:
    """一, 二, 三 alone are names of levels; 十二 is a number."""
    return all(len(text) == 1 for text in texts) and any(amounts.numeral(text) is not None for text in texts)


def _may_be_dates(texts: Mapping[str, int]) -> bool:
    """1/2 and 3/4 with nothing beside them that tells fractions from days: neither 1 1/2, ½ nor 0.5."""
    plain = any("/" in text and text.replace("/", "").isdigit() for text in texts)
    return plain and not any("." in text or " " in text or not text.isascii() for text in texts)

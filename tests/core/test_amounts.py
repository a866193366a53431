"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.amounts import cleaned, numeral, read


@pytest.mark.parametrize(
    ("text", "value", "unit", "how"),
    [
        ("12", 12, "", ""),
        ("-1.5", -1.5, "", ""),
        (".5", 0.5, "", ""),
        ("12.", 12, "", ""),
        ("1.2E+05", 120_000, "", ""),
        ("1.2万", 12_000, "", "multiplier"),
        ("3亿", 3e8, "", "multiplier"),
        ("1.5万亿", 1.5e12, "", "multiplier"),
        ("3万5千", 35_000, "", "multiplier"),
        ("5千元", 5_000, "元", "multiplier"),
        ("5千克", 5, "kg", "unit"),
        ("￥1.2万", 12_000, "元", "multiplier"),
        ("10k", 10_000, "", "multiplier"),
        ("$1.2M", 1.2e6, "$", "multiplier"),
        ("$5m", 5e6, "$", "multiplier"),
        ("5m", 5, "m", "unit"),
        ("1.5 million", 1.5e6, "", "multiplier"),
        ("2 lakh", 2e5, "", "multiplier"),
        ("3,000元", 3_000, "元", "unit"),
        ("¥1,200.50", 1200.5, "元", "unit"),
        ("$5,125.73", 5125.73, "$", "unit"),
        ("RMB 1,200", 1200, "元", "unit"),
        ("3000元/月", 3000, "元/月", "unit"),
        ("-$5.00", -5, "$", "unit"),
        ("$-5", -5, "$", "unit"),
        ("($5.00)", -5, "$", "unit"),
        ("(1,234)", -1234, "", "negative"),
        ("（１２３）", -123, "", "negative"),
        ("1,234-", -1234, "", "negative"),
        ("- 5", -5, "", "negative"),
        ("▲5", -5, "", "wide"),
        ("85%", 85, "%", "percent"),
        ("１２．５％", 12.5, "%", "percent"),
        ("12‰", 12, "‰", "percent"),
        ("0.1 kg", 0.1, "kg", "unit"),
        ("5KG", 5, "kg", "unit"),
        ("80 m²", 80, "m²", "unit"),
        ("23.4 kmpl", 23.4, "kmpl", "unit"),
        ("5 MB", 5, "MB", "unit"),
        ("1,234.5", 1234.5, "", "grouped"),
        ("12,34,567", 1_234_567, "", "grouped"),
        ("1'234.50", 1234.5, "", "grouped"),
        ("1\N{NARROW NO-BREAK SPACE}234.5", 1234.5, "", "grouped"),
        ("\ufeff12", 12, "", "wide"),
        ("٣٤", 34, "", "wide"),
        ("三千五百", 3500, "", "numeral"),
        ("三万零五百", 30_500, "", "numeral"),
        ("十二", 12, "", "numeral"),
        ("二〇二四", 2024, "", "numeral"),
        ("壹仟贰佰元整", 1200, "元", "numeral"),
        ("负三十", -30, "", "numeral"),
        ("1/2", 0.5, "", "fraction"),
        ("1 1/2", 1.5, "", "fraction"),
        ("2¾", 2.75, "", "fraction"),
        ("09:30", 9.5, "h", "clock"),
        ("上午9:30", 9.5, "h", "clock"),
        ("下午2:15", 14.25, "h", "clock"),
        ("中午12:30", 12.5, "h", "clock"),
        ("中午1点", 13, "h", "clock"),
        ("12:15 AM", 0.25, "h", "clock"),
        ("9:30 p.m.", 21.5, "h", "clock"),
        ("1:30:36", 1.51, "h", "clock"),
        ("2小时30分", 2.5, "h", "unit"),
        ("1h 30m", 1.5, "h", "unit"),
        ("5m 30cm", 5.3, "m", "unit"),
        ("1年6个月", 1.5, "year", "unit"),
    ],
)
def test_amounts(text: str, value: float, unit: str, how: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.value, found.unit, found.how) == (pytest.approx(value), unit, how)


@pytest.mark.parametrize(
    "text",
    [
        *("", "abc", "万", "kg", "%", "10-20", "18-25岁", "10k+", "<5", ">=3", "≥80", "10~20"),
        *("60岁以上", "10多", "3000左右", "12A", "3号楼", "101室", "5G", "2XL", "1st", "1.1.2", "192.168.1.1"),
        *("10²", "①", "1,2", "12,34", "0,567", "1_000", "6222 0212 3456 7890", "25:61", "13:45 PM"),
        *("30分2小时", "1kg 2km"),
        *("--5", "(-5)", "5 to 6", "1/0", "3千千", "x" * 80),
    ],
)  # fmt: skip
def test_what_is_no_amount(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", 1.5),
        ("1.234,5", 1234.5),
        ("1 234,56 €", 1234.56),
        ("0,567", 0.567),
        ("12,5%", 12.5),
        ("1.234.567", 1234567),
    ],
)
def test_decimal_commas(text: str, value: float) -> None:
    found = read(text, comma=True)
    assert found is not None and found.value == value


@pytest.mark.parametrize("text", ["1.5", "1,234.5", "1,2,3", "1.23.4"])
def test_points_do_not_divide_where_commas_do(text: str) -> None:
    assert read(text, comma=True) is None


@pytest.mark.parametrize(
    ("text", "number"), [("十", 10), ("两百", 200), ("一亿零三万", 100_030_000), ("零", 0), ("九九", 99)]
)
def test_numerals(text: str, number: int) -> None:
    assert numeral(text) == number


@pytest.mark.parametrize("text", ["", "百", "三楼", "三百块", "负三", "3百", "三三百"])
def test_what_is_no_numeral(text: str) -> None:
    assert numeral(text) is None


def test_plain_width() -> None:
    assert cleaned(" Ａ１，２％　") == "A1,2%"
    assert cleaned("10²") == "10²"


law = settings(max_examples=100, deadline=None, derandomize=True)


@law
@given(st.integers(0, 10**7), st.sampled_from(["", "kg", "元", "%", "小时", " USD"]), st.booleans())
def test_whole_amounts_read_back(number: int, unit: str, negative: bool) -> None:
    found = read(f"{'-' * negative}{number:,}{unit}")
    assert found is not None and found.value == (-number if negative else number)


@law
@given(st.text(st.characters(), max_size=12), st.booleans())
def test_nothing_makes_it_fall_over(text: str, comma: bool) -> None:
    found = read(text, comma)
    assert found is None or found.value == found.value

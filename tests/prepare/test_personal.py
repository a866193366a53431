"""Personal data is recognised by its form and its check digit, shown masked, and other numbers are left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.prepare.personal import Found, chinese_identity, hidden, iban, luhn, masked, personal_data


def kinds(name: str, cells: list[Any]) -> dict[str, Found]:
    return {found.kind: found for found in personal_data(name, cells)}


RNG = np.random.default_rng(0)


def identity(number: int) -> str:
    body = f"110101{1950 + number % 50}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def card(number: int) -> str:
    body = f"622202{number:09d}"
    doubled = [sum(divmod(2 * int(one), 10)) if place % 2 == 0 else int(one) for place, one in enumerate(body[::-1])]
    return body + str(-sum(doubled) % 10)


# ---------------------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "write to li.wei+a@mail.example.com please"),
        ("email", "联系wang_3@例子.com。"),
        ("mobile", "call 13812345678 tomorrow"),
        ("mobile", "电话：138-1234-5678"),
        ("mobile", "+86 13812345678"),
        ("phone", "+44 20 7946 0958"),
        ("phone", "(212) 555-0123"),
        ("phone", "212-555-0123"),
        ("identity", "身份证 11010519491231002X，已核对"),
        ("identity", "id 11010519491231002x"),
        ("card", "card 4111 1111 1111 1111 exp"),
        ("card", f"付款卡号{card(123456789)}，请核对"),
        ("iban", "pay to DE89 3704 0044 0532 0130 00"),
        ("iban", "GB29NWBK60161331926819"),
        ("security_number", "ssn 078-05-1120"),
        ("internet_address", "from 192.168.10.7 at night"),
    ],
)
def test_texts_that_hold_something_personal(kind: str, text: str) -> None:
    found = kinds("remark", ["nothing here", text, "nor here"])
    assert (found[kind].count, found[kind].looked) == (1, 3)
    assert "*" in found[kind].example
    assert found[kind].example not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@home",
        "a@b",
        "version 1.2.3.4567",
        "10.20.30.400",
        "0.1.2.3",
        "12813812345678",
        "order 1381234567",
        "13812345678.5",
        "110105194912310021",
        "110105194913310028",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "DE89 3704 0044 0532 0130 01",
        "AB12",
        "000-12-3456",
        "2024-03-05 10:00",
        "3,000元",
        "面积 1.2万",
    ],
)
def test_texts_that_do_not(text: str) -> None:
    assert kinds("remark", [text, "other words", "and more"]) == {}


def test_cells_of_every_kind() -> None:
    assert personal_data("x", []) == ()
    odd = [None, True, 3, 2.5, float("nan"), b"a@b.com", [1, 2], {"a": 1}, np.datetime64("2024-01-01")]
    assert personal_data("x", odd) == ()
    assert kinds("x", [13812345678, 13912345678.0])["mobile"].count == 2
    assert kinds("x", [int(identity(n)[:-1] + "0") for n in range(20)]).keys() <= {"identity"}


# ----------------------------------------------------------------- columns of numbers
def test_columns_of_numbers_are_what_half_of_them_are() -> None:
    assert kinds("c", [card(n * 7919) for n in range(100)])["card"].count == 100
    assert kinds("c", [identity(n) for n in range(100)])["identity"].count == 100
    assert kinds("tel", [13_000_000_000 + int(n) for n in RNG.integers(0, 10**9, 100)])["mobile"].count == 100
    amounts = [str(n) for n in RNG.integers(10**10, 10**11, 500)]
    assert kinds("amount", amounts) == {}
    long = ["".join(map(str, RNG.integers(0, 10, 16))) for _ in range(500)]
    assert kinds("code", long) == {}


def test_a_text_among_numbers_still_counts() -> None:
    assert "card" in kinds("remark", ["paid with 4111111111111111", *(f"row {n}" for n in range(50))])


# ---------------------------------------------------------------------------- headings
NAMES = [
    "王小明",
    "李雷",
    "韩梅梅",
    "Anna Schmidt",
    "Li Wei",
    "Wang Fang",
    "Chen",
    "Zhao Min",
    "Sun Li",
    "Ma Jun",
    "Hu",
    "Xu",
]
STREETS = [f"上海市浦东新区世纪大道{n}号" for n in range(20)]


@pytest.mark.parametrize(
    ("kind", "heading", "cells"),
    [
        ("person", "姓名", NAMES),
        ("person", "customer name", NAMES),
        ("person", "surname", NAMES),
        ("address", "联系地址", STREETS),
        ("address", "Street address", STREETS),
        ("passport", "护照号", [f"E{n:08d}" for n in range(20)]),
        ("passport", "passport_no", [f"G{n:08d}" for n in range(20)]),
    ],
)
def test_headings_tell_what_has_no_form(kind: str, heading: str, cells: list[str]) -> None:
    assert kinds(heading, cells)[kind].count == len(cells)
    assert kinds("x", cells) == {}


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("address", ["U", "R"] * 50),
        ("name", ["a", "b"] * 50),
        ("product name", NAMES),
        ("filename", NAMES),
        ("姓名", [f"客户{n}" for n in range(30)]),
        ("passport", [f"has {n} of them" for n in range(30)]),
        ("address", [str(n) for n in range(30)]),
    ],
)
def test_headings_that_mislead(heading: str, cells: list[str]) -> None:
    assert kinds(heading, cells) == {}


# ------------------------------------------------------------------------ check digits
@given(st.integers(0, 10**9 - 1), st.integers(0, 15), st.integers(1, 9))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_one_wrong_digit_is_noticed(number: int, place: int, change: int) -> None:
    right = card(number)
    wrong = right[:place] + str((int(right[place]) + change) % 10) + right[place + 1 :]
    assert luhn(right)
    assert not luhn(wrong)


@given(st.integers(0, 10**6), st.integers(0, 16), st.integers(1, 9))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_one_wrong_digit_of_an_identity_number_is_noticed(number: int, place: int, change: int) -> None:
    right = identity(number)
    assert chinese_identity(right)
    assert not chinese_identity(right[:place] + str((int(right[place]) + change) % 10) + right[place + 1 :])


def test_iban_check_digits() -> None:
    assert iban("DE89370400440532013000")
    assert iban("gb29 nwbk 6016 1331 9268 19")
    assert not iban("DE88370400440532013000")


# ------------------------------------------------------------------------------ masking
@given(st.text(min_size=1, max_size=40))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_little_is_shown(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert sum(char.isalnum() for char in shown) <= 4
    if any(char.isalnum() for char in text):
        assert shown != text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳娜娜", "欧**娜"),
        ("Li", "L*"),
        ("A.B.", "A.*."),
        ("李", "*"),
        ("X.", "*."),
        ("", ""),
    ],
)
def test_of_short_names_one_character_is_shown_at_most(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_a_column_of_chinese_names_shows_none_of_them() -> None:
    names = [first + last for first in "张王李赵" for last in "三五六伟芳敏"]
    found = kinds("姓名", names)["person"]
    assert found.example == "张*"


def test_masks() -> None:
    assert masked("13812345678") == "13*******78"
    assert masked("li.wei@example.com") == "li.***@*******.*om"
    assert masked("王小明吗") == "王**吗"


def test_what_a_sentence_holds_of_people_is_masked_in_it() -> None:
    said = "ask li.wei@example.com or 13812345678, twice: 13812345678"
    assert hidden(said) == "ask li.***@*******.*om or 13*******78, twice: 13*******78"
    assert hidden("room 305 for 2 nights at 120.50") == "room 305 for 2 nights at 120.50"
    assert hidden("") == ""
    assert len(hidden("x" * 100_000)) == 2_000


def test_long_columns_are_looked_at_in_part() -> None:
    cells = [f"remark {n} user{n}@example.com" for n in range(20_000)]
    found = kinds("remark", cells)["email"]
    assert found.count == found.looked == 5_000
    assert len(kinds("remark", ["x" * 100_000 + "a@example.com", "b"])) == 0

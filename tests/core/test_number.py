"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.number import Number, aligned, columns_wide, decimals, figure, interval_words, range_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (Number(0.79124, 0.73812, 0.84533), "0.791 (0.738 to 0.845)"),
        (Number(0.92741, 0.92312, 0.93141), "0.9274 (0.9231 to 0.9314)"),
        (Number(0.5, 0.1, 0.9), "0.50 (0.10 to 0.90)"),
        (Number(55233.2, 50546.0, 60079.0), "55,233 (50,546 to 60,079)"),
        (Number(0.0), "0.000"),
        (Number(0.0, 0.0, 0.0), "0.000 (0.000 to 0.000)"),
        (Number(None), "not defined"),
        (Number(12.0), "12"),
        (Number(1234.5), "1,234"),
        (Number(1e-9), "1e-09"),
        (Number(1e18), "1e+18"),
        (Number(-0.00001, -0.2, 0.2), "0.00 (-0.20 to 0.20)"),
    ],
)
def test_an_interval_has_as_many_digits_as_it_supports(number: Number, words: str) -> None:
    assert interval_words(number) == words


def test_gains_carry_their_sign() -> None:
    assert interval_words(Number(0.5, 0.4, 0.6), signed=True).startswith("+0.50")
    assert interval_words(Number(-0.5, -0.6, -0.4), signed=True).startswith("-0.50")
    assert interval_words(Number(0.0, -0.1, 0.1), signed=True).startswith("0.00")


def test_chinese_intervals() -> None:
    messages.use("zh")
    assert interval_words(Number(0.5, 0.4, 0.6)) == "0.50（0.40 至 0.60）"
    assert range_words(Number(0.5, 0.4, 0.6)) == "0.40 至 0.60"
    assert figure(None) == "无定义"


def test_a_range_is_empty_without_an_interval() -> None:
    assert range_words(Number(0.5)) == ""
    assert range_words(Number(0.5, 0.4, 0.6)) == "0.40 to 0.60"


def test_nan_and_infinities_become_none() -> None:
    assert Number.of(math.nan, math.inf, -math.inf, 3) == Number(None, None, None, 3)
    assert Number.of(0.5, 0.4, 0.6, 10).interval == (0.4, 0.6)
    assert Number.of(0.5).interval is None


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.floats(-1e12, 1e12), st.floats(1e-5, 10))
def test_written_numbers_are_close_to_the_real_ones(value: float, share: float) -> None:
    half = max(abs(value), 1e-3) * share
    number = Number(value, value - half, value + half)
    written = interval_words(number).partition(" ")[0].replace(",", "")
    tiny = abs(value) < 1e-5
    assert float(written) == pytest.approx(value, abs=half * 0.06 + 1e-9, rel=6e-3 if tiny else 1e-12)
    assert 0 <= decimals(number) <= 10


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.floats(-1e300, 1e300))
def test_every_float_can_be_written(value: float) -> None:
    assert len(figure(value)) < 30
    assert float(figure(value).replace(",", "")) == pytest.approx(value, rel=6e-3, abs=1e-300)


def test_chinese_characters_take_two_columns() -> None:
    assert columns_wide("abc") == 3
    assert columns_wide("风险a") == 5
    assert aligned([("风险", "1"), ("abcdef", "2")]) == ["  风险    1", "  abcdef  2"]
    assert aligned([("a", ""), ("b", "")]) == ["  a", "  b"]

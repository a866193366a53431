"""Units."""

from __future__ import annotations

import pytest

from modelyard.core.units import converted, factor, is_known, is_share, is_time, unit_of


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        *(
            ("kg", "kg"),
            ("KG", "kg"),
            (" 公斤 ", "kg"),
            ("千克", "kg"),
            ("㎡", "m²"),
            ("平方米", "m²"),
            ("months", "month"),
        ),
        *(("元", "元"), ("¥", "元"), ("RMB", "元"), ("USD", "$"), ("元/月", "元/月"), ("$/hr", "$/hr"), ("/月", "/月")),
        *(("%", "%"), ("°C", "℃"), ("GB", "GB"), ("kmpl", "kmpl"), ("次", "次"), ("km/h", "km/h")),
    ],
)
def test_one_name_for_all_spellings(written: str, unit: str) -> None:
    assert unit_of(written) == unit
    assert unit_of(unit) == unit


@pytest.mark.parametrize(
    "written", ["", "A", "G", "+", "以上", "岁以上", "号楼", "室", "st", "XL", "or more", "-5", "k+", "2"]
)
def test_bounds_and_labels_are_no_units(written: str) -> None:
    assert unit_of(written) is None


def test_behind_a_currency_only_per_something_stands() -> None:
    assert unit_of("kg", money=True) is None
    assert unit_of("/月", money=True) == "/月"


@pytest.mark.parametrize(
    ("unit", "other", "size"),
    [
        ("g", "kg", 1e-3),
        ("km", "m", 1000),
        ("min", "h", 1 / 60),
        ("year", "month", 12),
        ("‰", "%", 0.1),
        ("foo", "foo", 1),
    ],
)
def test_what_can_be_converted(unit: str, other: str, size: float) -> None:
    assert factor(unit, other) == pytest.approx(size)


@pytest.mark.parametrize(
    ("unit", "other"), [("$", "元"), ("kg", "m"), ("℃", "℉"), ("GB", "TB"), ("kg", ""), ("d", "month")]
)
def test_what_cannot(unit: str, other: str) -> None:
    assert factor(unit, other) is None


def test_temperatures_have_another_zero() -> None:
    assert converted(98.6, "℉", "℃") == pytest.approx(37) and converted(37, "℃", "℉") == pytest.approx(98.6)
    assert converted(500, "g", "kg") == 0.5 and converted(5, "℃", "kg") is None


def test_kinds() -> None:
    assert is_share("%") and not is_share("kg") and not is_share("")
    assert is_time("min") and not is_time("month")
    assert is_known("kg") and is_known("元/月") and not is_known("kmpl")

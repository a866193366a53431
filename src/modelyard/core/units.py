"""Units that people write behind and before numbers: which mean the same, and which can be converted.

Ships in every bundle: standard library only.
"""

from __future__ import annotations

import re
from functools import lru_cache

SHARE, PERCENT = "share", "%"

_KINDS: dict[str, dict[str, tuple[float, str]]] = {
    # kind -> unit -> (how many of the kind's first unit it is, other spellings)
    SHARE: {"%": (0.01, "percent pct"), "‰": (0.001, "permille"), "‱": (0.0001, "bp bps")},
    "mass": {
        "kg": (1, "千克 公斤 ㎏ kgs kilogram kilograms"),
        "g": (1e-3, "克 gram grams"),
        "mg": (1e-6, "毫克 ㎎"),
        "t": (1e3, "吨 ton tons tonne tonnes"),
        "斤": (0.5, "市斤"),
        "lb": (0.45359237, "lbs pound pounds 磅"),
        "oz": (0.028349523125, "ounce ounces 盎司"),
    },
    "length": {
        "m": (1, "米 metre metres meter meters"),
        "cm": (1e-2, "厘米 公分 ㎝"),
        "mm": (1e-3, "毫米 ㎜"),
        "km": (1e3, "千米 公里 ㎞ kms"),
        "dm": (0.1, "分米"),
        "ft": (0.3048, "feet foot 英尺"),
        "in": (0.0254, "inch inches 英寸"),
        "mi": (1609.344, "mile miles 英里"),
    },
    "area": {
        "m²": (1, "㎡ m2 m^2 sqm 平方米 平米 平"),
        "km²": (1e6, "km2 平方公里"),
        "ha": (1e4, "公顷"),
        "亩": (10_000 / 15, ""),
    },
    "volume": {"l": (1, "L 升 litre liter litres liters"), "ml": (1e-3, "毫升 ㎖ mL"), "m³": (1e3, "m3 立方米 方")},
    "time": {
        "h": (1, "hr hrs hour hours 小时 个小时 时 钟头"),
        "min": (1 / 60, "mins minute minutes 分钟"),
        "s": (1 / 3600, "sec secs second seconds 秒 秒钟"),
        "ms": (1 / 3.6e6, "毫秒"),
        "d": (24, "day days 天 日"),
        "week": (168, "weeks 周 星期"),
    },
    "months": {"month": (1, "months mo mos 个月 月"), "year": (12, "years yr yrs 年 岁 周岁")},
    "speed": {"km/h": (1, "kmh kph 公里/小时"), "m/s": (3.6, "米/秒"), "mph": (1.609344, "")},
    "power": {"W": (1, "瓦"), "kW": (1e3, "千瓦"), "MW": (1e6, "兆瓦")},
    "energy": {"kWh": (1, "千瓦时 度"), "Wh": (1e-3, ""), "MWh": (1e3, "")},
    "frequency": {"Hz": (1, "赫兹"), "kHz": (1e3, ""), "MHz": (1e6, ""), "GHz": (1e9, "")},
}
_MONEY = {
    "元": "¥ ￥ 圆 块 块钱 元整 圆整 元钱 RMB CNY 人民币 rmb yuan",
    "$": "USD US$ 美元 美金 dollar dollars",
    "€": "EUR 欧元 euro euros",
    "£": "GBP 英镑",
    "₹": "INR Rs Rs. 卢比",
    "JPY": "円 日元 yen",
    "HK$": "HKD 港元 港币",
    "NT$": "TWD NTD 新台币",
    "CHF": "Fr. SFr. 瑞士法郎",
    "A$": "AUD AU$ 澳元",
    "C$": "CAD CA$ 加元",
    "R$": "BRL",
    "₩": "KRW 韩元",
    "₽": "RUB 卢布",
    "SEK": "",
    "kr": "",
    "฿": "THB 泰铢",
    "₫": "VND",
    "₺": "TRY",
    "zł": "PLN",
}
_ALONE = (
    "℃ ℉ KB MB GB TB V mV mAh rpm cc bhp hp dB ppm px pcs ° 次 个 人 人次 件 分 点 台 辆 套 张 条 页 本 名 位 户"
    " 家 只 头 瓶 箱 袋 双 份 笔 杯 倍 项 票 股 层 部 把 支 枚 颗 朵 间"
)
_SAME = {"°C": "℃", "° C": "℃", "摄氏度": "℃", "°F": "℉", "华氏度": "℉", "CC": "cc", "BHP": "bhp"}

_NAMES: dict[str, str] = {}
_FACTORS: dict[str, tuple[str, float]] = {}
for _kind, _units in _KINDS.items():
    for _unit, (_factor, _others) in _units.items():
        _FACTORS[_unit] = (_kind, _factor)
        _NAMES |= dict.fromkeys([_unit, *_others.split()], _unit)
for _unit, _spelt in _MONEY.items():
    _NAMES |= dict.fromkeys([_unit, *_spelt.split()], _unit)
_NAMES |= {unit: unit for unit in _ALONE.split()} | _SAME
_FOLDED = {name.casefold(): unit for name, unit in _NAMES.items() if len(name) > 1}

BEFORE = "|".join(
    re.escape(name)
    for name in sorted(
        (name for unit, spelt in _MONEY.items() for name in [unit, *spelt.split()] if name not in ("元", "块", "kr")),
        key=len,
        reverse=True,
    )
)
"""Pattern of what stands before an amount: signs and names of currencies."""

_BOUNDS = re.compile(
    r"以上|以下|以内|以外|以后|以前|左右|不到|超过|至少|至多|[多余起约内外至到+~～<>≤≥=≈]|\b(?:plus|more|less|over|under|or|to|and|up|x)\b"
)
_LABELS = re.compile(
    r".*[号楼室班栋幢座组路线期届型款版代类级等排弄院队区店厂国月日年季]|.*年级|st|nd|rd|th|x*[sl]|am|pm|bc|ad|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][^\d,;|<>~+=()\[\]{}:*#]{0,14}|°[^\W\d_]")


@lru_cache(maxsize=4096)
def unit_of(written: str, money: bool = False) -> str | None:
    """The one name of a unit, whatever its spelling; None when the text is no unit but a bound or a label.

    Args:
        written: What stands behind a number: `KG`, `平方米`, `元/月`.
        money: A currency stands before the number, so that nothing but `per something` can follow.
    """
    written = written.strip()
    if known := _NAMES.get(written) or _FOLDED.get(written.casefold()):
        return None if money else known
    head, slash, per = written.partition("/")
    if slash and _WORD.fullmatch(per.strip()) and (not head or _NAMES.get(head)):
        return f"{_NAMES.get(head, '')}/{per.strip()}"
    if money or _BOUNDS.search(written) or _LABELS.fullmatch(written) or not _WORD.fullmatch(written):
        return None
    return written.casefold() if len(written) > 1 else None


def is_known(unit: str) -> bool:
    """Whether it is a unit of the tables, alone or per something; else it is a word that may well be none."""
    return unit in _NAMES or "/" in unit


def factor(unit: str, other: str) -> float | None:
    """How many `other` one `unit` is; None where they measure different things, or no fixed number connects them."""
    if unit == other:
        return 1.0
    one, two = _FACTORS.get(unit), _FACTORS.get(other)
    return one[1] / two[1] if one and two and one[0] == two[0] else None


def converted(value: float, unit: str, other: str) -> float | None:
    """An amount in another unit; None where there is no way."""
    if (unit, other) == ("℉", "℃"):
        return (value - 32) / 1.8
    if (unit, other) == ("℃", "℉"):
        return value * 1.8 + 32
    size = factor(unit, other)
    return None if size is None else value * size


def is_share(unit: str) -> bool:
    """Whether the unit is a part of a whole: %, ‰."""
    return _FACTORS.get(unit, ("",))[0] == SHARE


def is_time(unit: str) -> bool:
    """Whether the unit measures time in hours, minutes or days."""
    return _FACTORS.get(unit, ("",))[0] == "time"

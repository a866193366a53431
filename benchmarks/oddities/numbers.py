"""Numbers as people write them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from oddities.case import Case, chinese, column, full_width, indian, money, one_of, swapped, whole

NBSP, THIN, NARROW, MINUS = "\N{NO-BREAK SPACE}", "\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{MINUS SIGN}"
CHINESE_GAPS = ("无", "不详", "暂无", "未知", "空", "缺失", "待定")
LATIN_GAPS = ("N/A", "nan", "null", "None", "NA", "n/a", "unknown", "missing")
SIGN_GAPS = ("—", "--", "-", "?", ".", "。", "/", "……")
EXCEL_GAPS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!")


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _multiplied()
    yield from _money()
    yield from _grouped()
    yield from _negative()
    yield from _shares()
    yield from _measured()
    yield from _spelt_out()
    yield from _fractions_and_clocks()
    yield from _with_gaps()
    yield from _with_strangers()


def _multiplied() -> Iterator[Case]:
    tens, mixed = whole(10_000, 900_000, 1000), whole(1_000, 90_000, 500)
    yield column("万", "number", tens, lambda v: f"{v / 1e4:g}万")
    yield column("万 beside plain numbers", "number", mixed, lambda v: f"{v / 1e4:g}万" if v >= 10_000 else str(v))
    yield column("亿", "number", whole(10**8, 10**10, 10**7), lambda v: f"{v / 1e8:g}亿")
    wide = one_of(*(n * 10**p for n in (12, 35, 48, 71, 90) for p in (5, 6, 7, 8, 9)))
    yield column("亿 and 万", "number", wide, lambda v: f"{v / 1e8:g}亿" if v >= 1e8 else f"{v / 1e4:g}万")
    yield column("万元", "number", tens, lambda v: f"{v / 1e4:g}万元")
    yield column("￥ with 万", "number", tens, lambda v: f"￥{v / 1e4:g}万")
    yield column("space before 万", "number", tens, lambda v: f"{v / 1e4:.1f} 万")
    yield column("slang w for 万", "number", tens, lambda v: f"{v / 1e4:g}w")
    yield column("千 and 百万", "number", one_of(3000, 8000, 2_000_000, 5_000_000), _thousands)
    yield column("k and M", "number", one_of(*range(1_000, 20_000, 500), *range(10**6, 10**7, 10**5)), _latin)
    yield column("$ with K and M", "number", one_of(*range(1_000, 20_000, 500), 1_200_000), lambda v: "$" + _latin(v))
    yield column("million", "number", whole(10**6, 10**7, 10**5), lambda v: f"{v / 1e6:g} million")
    yield column("lakh and crore", "number", one_of(2 * 10**5, 3 * 10**5, 15 * 10**5, 10**7, 2 * 10**7), _lakh)
    yield column("B and M of dollars", "number", one_of(*(n * 10**8 for n in range(1, 60))), _billions)


def _thousands(value: int) -> str:
    return f"{value // 10**6}百万" if value >= 10**6 else f"{value // 1000}千"


def _latin(value: int) -> str:
    return f"{value / 1e6:g}M" if value >= 1e6 else f"{value / 1e3:g}k"


def _lakh(value: int) -> str:
    return f"{value / 1e7:g} crore" if value >= 1e7 else f"{value / 1e5:g} lakh"


def _billions(value: int) -> str:
    return f"${value / 1e9:g}B" if value >= 1e9 else f"${value / 1e6:g}M"


def _money() -> Iterator[Case]:
    some, much = money(10, 9_000), whole(1_000, 90_000)
    yield column("元 behind, grouped", "number", much, lambda v: f"{v:,}元")
    yield column("元 behind", "number", much, lambda v: f"{v}元")
    yield column("¥", "number", some, lambda v: f"¥{v:,.2f}")
    yield column("full-width ￥", "number", some, lambda v: f"￥{v:,.2f}")
    yield column("$", "number", some, lambda v: f"${v:,.2f}")
    yield column("$ and a space", "number", some, lambda v: f"$ {v:,.2f}")
    yield column("USD behind", "number", some, lambda v: f"{v:,.2f} USD")
    yield column("USD before", "number", some, lambda v: f"USD {v:,.2f}")
    yield column("RMB", "number", much, lambda v: f"RMB {v:,}")
    yield column("€ before, decimal comma", "number", some, lambda v: f"€ {swapped(f'{v:,.2f}')}")
    yield column("€ behind, decimal comma", "number", some, lambda v: f"{swapped(f'{v:,.2f}')} €")
    yield column(
        "€ behind, NBSP", "number", some, lambda v: f"{v:,.2f}".replace(",", NBSP).replace(".", ",") + NBSP + "€"
    )
    yield column("CHF", "number", some, lambda v: f"CHF {v:,.2f}".replace(",", "'"))
    yield column("£", "number", some, lambda v: f"£{v:.2f}")
    yield column("₹, lakhs grouped", "number", whole(1_000, 9_000_000), lambda v: f"₹{indian(v)}")
    yield column("元 per month", "number", whole(3_000, 30_000, 100), lambda v: f"{v}元/月")
    yield column("元整", "number", much, lambda v: f"{v:,}元整")
    yield column("人民币 before", "number", much, lambda v: f"人民币{v:,}")
    yield column("块", "number", whole(5, 400), lambda v: f"{v}块")
    yield column("元 beside plain numbers", "number", much, lambda v: f"{v}元" if v % 3 else str(v))
    yield column("dollars and yuan", "number", much, lambda v: f"${v}" if v % 2 else f"¥{v * 7}", reported=True)


def _grouped() -> Iterator[Case]:
    much, some = whole(1_000, 5_000_000), money(1_000, 900_000)
    yield column("commas", "number", much, lambda v: f"{v:,}")
    yield column("commas here and there", "number", much, lambda v: f"{v:,}" if v % 2 else str(v))
    yield column("commas and a point", "number", some, lambda v: f"{v:,.2f}")
    yield column("decimal comma", "number", money(0, 100), lambda v: f"{v:.2f}".replace(".", ","))
    tiny = column(
        "decimal comma, three digits",
        "number",
        lambda r: r.randrange(50, 9_000) / 1000,
        lambda v: f"{v:.3f}".replace(".", ","),
    )
    yield tiny
    yield column("points group, comma divides", "number", some, lambda v: swapped(f"{v:,.2f}"))
    yield column("points group whole numbers", "number", whole(10**6, 10**8), lambda v: swapped(f"{v:,}"))
    yield column("Swiss", "number", some, lambda v: f"{v:,.2f}".replace(",", "'"))
    yield column("Swiss, typographic", "number", some, lambda v: f"{v:,.2f}".replace(",", "’"))
    for name, space in (("NBSP", NBSP), ("thin space", THIN), ("narrow NBSP", NARROW), ("space", " ")):
        yield column(f"{name} groups", "number", some, lambda v, s=space: f"{v:,.2f}".replace(",", s).replace(".", ","))
    yield column("space groups whole numbers", "number", much, lambda v: f"{v:,}".replace(",", " "))
    yield column("Indian groups", "number", whole(1_000, 90_000_000), indian)
    yield column("full-width", "number", money(1, 100), full_width)
    yield column("full-width, grouped", "number", some, lambda v: full_width(f"{v:,.2f}"))
    yield column("Chinese comma groups", "number", much, lambda v: f"{v:,}".replace(",", "，"))
    yield column(
        "Arabic-Indic digits",
        "number",
        whole(1, 999),
        lambda v: str(v).translate({48 + n: 0x660 + n for n in range(10)}),
    )
    yield column("scientific", "number", one_of(1.2e5, 3.4e-3, 5e8, 7.25e2, 1.1e1, 9.9e6), lambda v: f"{v:.2E}")
    yield column(
        "no digit before or after the point",
        "number",
        one_of(0.5, 12.0, 0.25, 7.0, 0.75),
        lambda v: f"{v:g}." if v >= 1 else f"{v:g}"[1:],
    )
    yield column("white space around", "number", some, lambda v: f"{NBSP}{v} \t")
    yield column("zero-width characters", "number", some, lambda v: f"\u200b{v}\ufeff")


def _negative() -> Iterator[Case]:
    either, whole_either = money(-9_000, 9_000), whole(-9_000, 9_000)
    yield column(
        "percent in brackets",
        "number",
        money(-9, 9),
        lambda v: f"({-v:.2f}%)" if v < 0 else f"{v:.2f}%",
        lambda v: v / 100,
    )
    yield column("brackets", "number", either, lambda v: f"({-v:,.2f})" if v < 0 else f"{v:,.2f}")
    yield column("full-width brackets", "number", whole_either, lambda v: f"（{-v:,}）" if v < 0 else f"{v:,}")
    yield column("minus behind", "number", whole_either, lambda v: f"{-v:,}-" if v < 0 else f"{v:,}")
    yield column("dollars in brackets", "number", either, lambda v: f"(${-v:,.2f})" if v < 0 else f"${v:,.2f}")
    yield column("minus before the dollar", "number", either, lambda v: f"-${-v:,.2f}" if v < 0 else f"${v:,.2f}")
    yield column("minus behind the dollar", "number", either, lambda v: f"${v:,.2f}")
    yield column("minus sign", "number", either, lambda v: str(v).replace("-", MINUS))
    yield column("full-width minus", "number", whole_either, full_width)
    yield column("minus and a space", "number", either, lambda v: str(v).replace("-", "- "))
    yield column("plus signs", "number", either, lambda v: f"{v:+.2f}")
    yield column("triangle", "number", whole_either, lambda v: str(v).replace("-", "▲"))


def _shares() -> Iterator[Case]:
    share = whole(1, 100)
    yield column("percent", "number", share, lambda v: f"{v}%", lambda v: v / 100)
    yield column("percent and a space", "number", money(0, 100), lambda v: f"{v:.2f} %", lambda v: v / 100)
    yield column("percent, signed", "number", money(-20, 20), lambda v: f"{v:+.2f}%", lambda v: v / 100)
    yield column("percent, full-width", "number", money(0, 100), lambda v: full_width(f"{v}%"), lambda v: v / 100)
    yield column(
        "percent, decimal comma", "number", money(0, 100), lambda v: f"{v:.2f}%".replace(".", ","), lambda v: v / 100
    )
    yield column(
        "percent beside shares", "number", share, lambda v: f"{v}%" if v % 2 else f"{v / 100:g}", lambda v: v / 100
    )
    yield column("percent beyond 100", "number", whole(50, 400), lambda v: f"{v}%", lambda v: v / 100)
    yield column("per mille", "number", whole(1, 90), lambda v: f"{v}‰", lambda v: v / 1000)
    yield column("percent with gaps", "number", share, lambda v: f"{v}%", lambda v: v / 100, missing=("—", "", "暂无"))
    yield column(
        "percent beside bare percents",
        "number",
        whole(3, 100),
        lambda v: f"{v}%" if v % 2 else str(v),
        lambda v: v / 100,
        reported=True,
    )


def _measured() -> Iterator[Case]:
    some, few = money(0.1, 90), whole(1, 90)
    yield column("kg", "number", some, lambda v: f"{v:g} kg")
    yield column("KG in other cases", "number", some, lambda v: f"{v:g}{('kg', 'KG', 'Kg')[int(v) % 3]}")
    yield column("cm", "number", few, lambda v: f"{v}cm")
    yield column("公斤", "number", some, lambda v: f"{v:g}公斤")
    yield column(
        "kg and g",
        "number",
        whole(50, 20_000, 50),
        lambda v: f"{v} g" if v < 1000 else f"{v / 1000:g} kg",
        lambda v: v / 1000,
    )
    yield column(
        "km and m",
        "number",
        whole(100, 90_000, 100),
        lambda v: f"{v} m" if v < 1000 else f"{v / 1000:g} km",
        lambda v: v / 1000,
    )
    yield column("cm and 米", "number", whole(150, 195), lambda v: f"{v}cm" if v % 3 else f"{v / 100:.2f}米")
    yield column("months", "number", one_of(12, 24, 36, 48, 60), lambda v: f" {v} months")
    yield column("岁", "number", whole(18, 90), lambda v: f"{v}岁")
    yield column("次", "number", few, lambda v: f"{v}次")
    yield column("分", "number", whole(0, 100), lambda v: f"{v}分")
    yield column("小时", "number", whole(1, 40), lambda v: f"{v / 2:g}小时", lambda v: v / 2)
    yield column("hours and minutes", "number", whole(10, 400), _hours, lambda v: v)
    yield column("2h 30m", "number", whole(61, 400), lambda v: f"{v // 60}h {v % 60}m", lambda v: v / 60)
    yield column("年 and 个月", "number", whole(13, 90), lambda v: f"{v // 12}年{v % 12}个月", lambda v: v / 12)
    yield column("kmpl", "number", some, lambda v: f"{v:.1f} kmpl", lambda v: float(f"{v:.1f}"))
    yield column("CC", "number", whole(600, 3000), lambda v: f"{v} CC")
    yield column("km/h", "number", whole(20, 240), lambda v: f"{v} km/h")
    yield column("m²", "number", some, lambda v: f"{v:g} m²")
    yield column("㎡ and 平方米", "number", few, lambda v: f"{v}㎡" if v % 2 else f"{v}平方米")
    yield column("℃", "number", lambda r: r.randrange(350, 410) / 10, lambda v: f"{v:.1f}℃")
    yield column("°C and °F", "number", whole(0, 40), lambda v: f"{v} °C" if v % 3 else f"{v * 1.8 + 32:.1f} °F")
    yield column("GB", "number", one_of(64, 128, 256, 512, 1024), lambda v: f"{v}GB")
    yield column("人 beside plain numbers", "number", whole(5, 500), lambda v: f"{v}人" if v % 4 else str(v))
    yield column("岁 and 个月 of children", "number", whole(1, 90), _child)
    yield column("years of building", "number", whole(1980, 2021), lambda v: f"{v}年建")
    yield column("元 per 平米", "number", whole(9_000, 90_000), lambda v: f"{v}元/平米")
    yield column("degrees", "number", whole(-20, 41), lambda v: f"{v}°")
    yield column(
        "days and hours",
        "number",
        whole(25, 90),
        lambda v: f"{v // 24}d {v % 24}h" if v % 24 else f"{v // 24}d",
        lambda v: v / 24,
    )
    yield column("unit in the header", "number", money(100, 900), str, header="重量(kg)")
    yield column("kg and pieces", "category", few, _pieces, _pieces, reported=True)


def _child(months: int) -> str:
    return f"{months // 12}岁" if months % 12 == 0 else f"{months}个月"


def _pieces(value: int) -> str:
    return f"{value} kg" if value % 2 else f"{value}件"


def _hours(minutes: int) -> str:
    return f"{minutes // 60}小时{minutes % 60}分钟" if minutes >= 300 else f"{minutes}分钟"


def _spelt_out() -> Iterator[Case]:
    yield column("三千五百", "number", whole(1000, 9990, 10), chinese)
    yield column("二十五", "number", whole(2, 99), chinese)
    yield column("三万五千", "number", whole(10_000, 990_000, 500), chinese)
    yield column(
        "二〇二四", "number", whole(1990, 2025), lambda v: "".join("〇一二三四五六七八九"[int(d)] for d in str(v))
    )
    formal = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟", "万")
    yield column("壹仟贰佰元整", "number", whole(100, 90_000, 100), lambda v: chinese(v, *formal) + "元整")
    yield column("两千 for 二千", "number", whole(2000, 2990, 10), lambda v: "两" + chinese(v)[1:])


def _fractions_and_clocks() -> Iterator[Case]:
    parts = one_of((0.5, "1/2"), (0.25, "1/4"), (0.75, "3/4"), (1.0, "1"), (2.5, "2.5"), (1.5, "1 1/2"))
    yield column("fractions beside decimals", "number", parts, lambda v: v[1], lambda v: v[0])
    signs = one_of((0.5, "½"), (1.25, "1¼"), (2.75, "2¾"), (3.0, "3"))
    yield column("½", "number", signs, lambda v: v[1], lambda v: v[0])
    yield column(
        "clock", "number", whole(0, 1440, 5), lambda v: f"{v // 60:02}:{v % 60:02}", lambda v: v / 60, header="上班时间"
    )
    yield column("上午 and 下午", "number", whole(60, 1380, 5), _half_days, lambda v: v / 60, header="时间")
    yield column("AM and PM", "number", whole(60, 1380, 5), _noon, lambda v: v / 60, header="opens")
    yield column(
        "hours, minutes, seconds",
        "number",
        whole(3600, 36_000),
        lambda v: f"{v // 3600}:{v // 60 % 60:02}:{v % 60:02}",
        lambda v: v / 3600,
        header="duration",
    )


def _half_days(minutes: int) -> str:
    hour = minutes // 60
    return f"{'下午' if hour >= 12 else '上午'}{hour if hour <= 12 else hour - 12}:{minutes % 60:02}"


def _noon(minutes: int) -> str:
    hour = minutes // 60
    return f"{hour if 0 < hour <= 12 else hour - 12}:{minutes % 60:02} {'PM' if hour >= 12 else 'AM'}"


def _with_gaps() -> Iterator[Case]:
    some = money(1, 1000)
    gaps = (("Chinese", CHINESE_GAPS), ("Latin", LATIN_GAPS), ("sign", SIGN_GAPS), ("Excel", EXCEL_GAPS))
    for name, words in gaps:
        yield column(f"{name} words for missing", "number", some, missing=words)
    yield column("未填写 and friends", "number", some, missing=("未填写", "未提供", "无数据", "没有", "暂缺", "不明"))
    yield column("units with gaps", "number", some, lambda v: f"{v} kg", missing=("无", "- ", "N/A"))


def _with_strangers() -> Iterator[Case]:
    some = money(1, 1000)
    yield column("two cells below the limit", "number", some, others=[("<0.5", None), ("<1", None)], reported=True)
    yield column("two words", "number", some, others=[("停机", None), ("见备注", None)], reported=True)
    yield column(
        "k, a few to be agreed",
        "number",
        whole(3, 30),
        lambda v: f"{v}k",
        lambda v: v * 1000,
        others=[("面议", None)] * 2,
        reported=True,
    )
    yield column("one cell in g", "number", whole(2, 90), lambda v: f"{v} kg", others=[("500 g", 0.5)])
    yield column("one cell in $", "number", whole(2, 90), lambda v: f"{v}元", others=[("$50", None)], reported=True)
    yield column("numbers and codes by halves", "category", _half_codes, reported=True)
    yield column("eight digits that are no dates", "number", whole(10_000_000, 99_999_999))
    yield column("years", "number", whole(1980, 2025), header="year")


def _half_codes(seeded: random.Random) -> str:
    number = seeded.randrange(10, 99)
    return str(number) if seeded.random() < 0.7 else f"A{number}"

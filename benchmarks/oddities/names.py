"""Categories, codes, identities, ranges, yes and no: what must not become a number."""

from __future__ import annotations

import random
from collections.abc import Iterator

from oddities.case import Case, column, full_width, one_of, whole

UNKNOWN = ("不详", "未知", "暂无", "N/A", "—", "待定", "缺失")
NAMES_ROWS = ("id", "category")


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _codes()
    yield from _identities()
    yield from _ranges()
    yield from _levels()
    yield from _yes_and_no()


def _codes() -> Iterator[Case]:
    yield column("007", "category", whole(1, 40), lambda v: f"{v:03}", lambda v: f"{v:03}")
    yield column("zip codes, some with zeros", "category", _zip, header="area")
    yield column("share codes", "category", one_of("000001", "600519", "000858", "601318", "300750"))
    yield column("dialling codes", "category", one_of("010", "021", "0571", "0755", "028"))
    yield column("padded months", "category", whole(1, 13), lambda v: f"{v:02}", lambda v: f"{v:02}")
    yield column("zip codes without zeros", "category", one_of(*range(10001, 10030)), str, str, header="zip_code")
    yield column("邮编", "category", one_of("100000", "200030", "310012", "518000"), header="邮编")
    yield column(
        "zip codes as numbers", "category", one_of(*range(10001, 10030)), int, str, header="zip", file="table.xlsx"
    )
    yield column("行业代码", "category", one_of(11, 21, 31, 42, 53), str, str, header="行业代码")
    yield column("store_id of twenty stores", "category", whole(1, 21), str, str, header="store_id")
    yield column("versions", "category", one_of("1.1", "1.10", "1.1.2", "2.0", "1.9"))
    yield column("versions of two parts", "category", one_of("1.1", "1.10", "1.9", "2.0"), header="版本")
    yield column("IP addresses", "category", lambda r: f"192.168.1.{r.randrange(1, 30)}")
    yield column("seats", "category", lambda r: f"{r.randrange(1, 30)}{r.choice('ABCDEF')}")
    yield column("hexadecimal", "category", one_of("1E5", "2D3", "3F0", "4A1", "9C2"))
    yield column("sizes", "category", one_of("S", "M", "L", "XL", "2XL", "3XL"))
    yield column("4G and 5G", "category", one_of("3G", "4G", "5G"))
    yield column("room numbers", "category", one_of("101室", "102室", "201室", "305室"))
    yield column("house numbers", "category", lambda r: f"{r.randrange(1, 30)}号楼")
    yield column("superscripts", "category", one_of("10²", "10³", "10⁴", "m²"))
    yield column("codes like 5E1", "category", lambda r: f"{r.randrange(1, 10)}E{r.randrange(1, 10)}")
    yield column("days without a year", "category", lambda r: f"{r.randrange(1, 29)} {r.choice(('Jan', 'Feb', 'Mar'))}")
    yield column("rooms and halls", "category", lambda r: f"{r.randrange(1, 5)}室{r.randrange(1, 3)}厅")
    yield column("floors of", "category", lambda r: f"{r.randrange(1, 7)}/6层")
    yield column("number plates", "category", lambda r: f"京A{r.randrange(10000, 10040)}")
    yield column("blood pressure", "category", lambda r: f"{r.randrange(100, 110)}/{r.randrange(60, 70)}")
    yield column("width by height", "category", lambda r: f"{r.randrange(10, 15)}x{r.randrange(10, 15)}")
    yield column("places of a race", "category", lambda r: f"第{r.randrange(1, 40)}名")
    yield column("forms of a school", "category", lambda r: f"{r.choice('一二三四五六')}年级")
    yield column("opening hours", "category", lambda r: f"0{r.randrange(7, 10)}:00-{r.randrange(17, 22)}:00")
    yield column("lists of numbers", "category", lambda r: ",".join(r.sample("12345", 3)))
    yield column("4.5 of 10", "category", lambda r: f"{r.randrange(10, 60) / 10}/10")
    yield column("coordinates", "category", lambda r: f"31.{r.randrange(10, 40)},121.{r.randrange(10, 14)}")
    yield column("dates of play", "category", one_of("1-0", "2-1", "0-0", "3-2"))


def _zip(seeded: random.Random) -> str:
    return f"0{seeded.randrange(1000, 1030)}" if seeded.random() < 0.1 else str(seeded.randrange(10000, 10090))


def _national(seeded: random.Random) -> str:
    digits = f"110105{seeded.randrange(1960, 2005)}{seeded.randrange(1, 13):02}{seeded.randrange(1, 29):02}"
    return digits + f"{seeded.randrange(1000):03}" + seeded.choice("0123456789X")


def _identities() -> Iterator[Case]:
    yield column("national ids", NAMES_ROWS, _national, header="证件")
    yield column("national ids, named", "id", _national, header="身份证号")
    eighteen = one_of(*(110105199003070000 + 7 * n for n in range(30)))
    yield column("18 digits, repeated", "category", eighteen, str, str)
    yield column(
        "19 digits of a card, repeated", "category", one_of(*(6222021234567890123 + n for n in range(30))), str, str
    )
    yield column(
        "16 digits of a card, repeated", "category", one_of(*(9222021234567891 + n for n in range(30))), str, str
    )
    yield column("cards in groups of four", "category", lambda r: f"6222 0212 3456 78{r.randrange(10, 40)}")
    yield column(
        "ids that a spreadsheet rounded, short",
        NAMES_ROWS,
        lambda r: f"{r.randrange(110101, 130000) / 1e5:.5f}E+17",
        reported=True,
    )
    yield column("ids that a spreadsheet rounded, long", NAMES_ROWS, lambda r: f"{_national(r)[:15]}000", reported=True)
    yield column(
        "ids that a spreadsheet rounded, as numbers",
        NAMES_ROWS,
        lambda r: int(f"{_national(r)[:15]}000"),
        lambda v: v,
        str,
        file="table.xlsx",
        exact=False,
        reported=True,
    )
    big = one_of(*(2**60 + n for n in range(30)))
    yield column("64 bits as numbers in JSON", "category", big, int, str, file="table.jsonl")
    yield column("mobile numbers", "id", lambda r: f"138{r.randrange(10**7, 10**8)}", header="手机号")
    yield column("mobile numbers, repeated", "category", lambda r: f"1381234{r.randrange(1000, 1030)}", header="手机")
    yield column(
        "mobile numbers under another name", NAMES_ROWS, lambda r: f"139{r.randrange(10**7, 10**8)}", header="联系方式"
    )
    yield column("telephones", "category", lambda r: f"0571-880012{r.randrange(10, 40)}", header="电话")
    yield column(
        "phones as numbers",
        "category",
        lambda r: 13812340000 + r.randrange(30),
        lambda v: v,
        str,
        header="phone",
        file="table.xlsx",
    )
    yield column("order numbers", "id", lambda r: f"SO-2024-{r.randrange(10**6, 10**7)}", header="订单编号")
    yield column("ids with blanks around", "id", lambda r: f" {r.randrange(10**8, 10**9)} ", header="客户编号")


def _ranges() -> Iterator[Case]:
    yield column("10-20", "category", one_of("0-10", "10-20", "20-30", "30-40"))
    yield column("18-25岁", "category", one_of("18-25岁", "26-35岁", "36-45岁", "46-60岁"))
    yield column("0~100", "category", one_of("0~100", "100~200", "200~500"))
    yield column("1万-3万", "category", one_of("1万-3万", "3万-5万", "5万-10万"))
    yield column("1万以上", "category", one_of("1万以下", "1万以上", "5万以上"))
    yield column("10k+", "category", one_of("1k+", "5k+", "10k+", "50k+"))
    yield column("<5 and >100", "category", one_of("<5", "5-10", "10-100", ">100"))
    yield column("60岁以上", "category", one_of("30岁以下", "30岁以上", "60岁以上"))
    yield column("≥80", "category", one_of("≥80", "60-79", "<60"))
    yield column("10 多", "category", one_of("10多", "20多", "100余", "3000左右"))
    yield column("dd/mm that could be fractions", "category", one_of("1/2", "3/4", "2/3", "1/3"))
    yield column("10 to 20", "category", one_of("1 to 5", "6 to 10", "10 to 20"))
    yield column("pay", "category", one_of("3000-5000元/月", "8千-1万/月", "面议"))
    yield column("experience", "category", one_of("1年以下", "1-3年", "3-5年", "10年以上"))
    yield column("winds", "category", one_of("2-3级", "4-5级", "6级"))
    yield column("about", "category", lambda r: f"~{r.randrange(1, 40)}")
    yield column("with an error", "category", lambda r: f"{r.randrange(1, 9)}±0.{r.randrange(1, 9)}")
    yield column("10+ years", "category", one_of("< 1 year", "1 year", "3 years", "10+ years"))


def _levels() -> Iterator[Case]:
    cities = one_of("北京", "上海", "广州", "杭州")
    yield column("cities with words for missing", "category", cities, missing=UNKNOWN)
    yield column(
        "English levels with words for missing",
        "category",
        one_of("red", "green"),
        missing=("unknown", "n/a", "?", "-"),
    )
    yield column("无 among loans", "category", one_of("房贷", "车贷", "无", "信用贷"))
    yield column("none among degrees", "category", one_of("none", "bachelor", "master"))
    yield column("countries, Namibia among them", "category", one_of("DE", "FR", "NA", "CN", "ZA", "JP"))
    yield column("+ and -", "category", one_of("+", "-", "++", "±"))
    yield column("A+ and A-", "category", one_of("A+", "A-", "B+", "B-"))
    yield column("blanks around levels", "category", cities, lambda v: f" {v}　", lambda v: v)
    yield column(
        "full-width letters",
        "category",
        one_of("A", "B", "C1"),
        lambda v: full_width(v) if v != "B" else v,
        lambda v: v,
    )
    yield column("weekdays", "category", one_of("星期一", "星期二", "星期日"))
    yield column("months by name", "category", one_of("Jan", "Feb", "Mar", "Dec"))
    yield column("male and female", "category", one_of("男", "女"))
    yield column("甲乙丙", "category", one_of("甲", "乙", "丙", "丁"))
    yield column("quarters", "category", one_of("2023Q1", "2023Q2", "2024Q1"))
    yield column("first to third", "category", one_of("1st", "2nd", "3rd"))


def _yes_and_no() -> Iterator[Case]:
    either = one_of(True, False)
    pairs = (
        ("是", "否"),
        ("有", "无"),
        ("Y", "N"),
        ("√", "×"),
        ("对", "错"),
        ("yes", "no"),
        ("TRUE", "FALSE"),
        ("T", "F"),
        ("✓", "✗"),
        ("on", "off"),
        ("真", "假"),
        ("开", "关"),
        ("1", "0"),
    )
    for yes, no in pairs:
        yield column(f"{yes}/{no}", "boolean", either, lambda v, yes=yes, no=no: yes if v else no)
    yield column("有/无 with gaps", "boolean", either, lambda v: "有" if v else "无", missing=("不详", "", "未知"))
    yield column("是/否 where 无 is a gap", "boolean", either, lambda v: "是" if v else "否", missing=("无", "—"))
    words = {True: ("Yes", "Y", "是", "yes "), False: ("No", "N", "否", "no")}
    numbers = iter(range(10**6))
    yield column("several words for yes", "boolean", either, lambda v: words[v][next(numbers) % 4])
    yield column("booleans of a workbook", "boolean", either, lambda v: v, file="table.xlsx")

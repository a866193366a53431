"""Names, rows, titles and totals are where a person sees them; what is left out is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.core.messages import text
from modelyard.data import layout as layouts_of
from modelyard.data import shape
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import batches, read

ROWS = ["华东,A,1,2.5", "华北,B,3,4.5", "华南,C,5,6.5"]
NAMES = ["地区", "产品", "数量", "金额"]


def table_of(folder: Path, content: str | list[str], **hints: Any) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """Columns, and the keys of the notes that are told: the quiet ones, and the loud ones."""
    (folder / "a.csv").write_text(content if isinstance(content, str) else "\n".join(content) + "\n", "utf-8")
    found: list[Layout] = []
    table = read("a.csv", Hints(**hints), folder, layouts=found)
    told = layouts_of.notes(found)
    for language in ("en", "zh"):
        messages.use(language)
        assert all("{" not in text(key, **values) for key, values, _ in told)
    messages.use("en")
    quiet = [key.removeprefix("data.note_") for key, _, loud in told if not loud]
    return (
        {name: values.tolist() for name, values in table.items()},
        quiet,
        [key.removeprefix("data.note_") for key, _, loud in told if loud],
    )


# ------------------------------------------------------------------ the header
def test_a_plain_file_has_nothing_to_tell(tmp_path: Path) -> None:
    table, quiet, loud = table_of(tmp_path, [",".join(NAMES), *ROWS])
    assert list(table) == NAMES
    assert (quiet, loud) == ([], [])


@pytest.mark.parametrize(
    "above",
    [
        ["销售报表"],
        ["销售报表,,,"],
        ["销售报表,,,", "单位：元,,,"],
        ["销售报表", "", "单位：元,,,日期：2024-01-31", ""],
        ["Report for Q1, all regions", ""],
        ["a", "b", "c"],
    ],
)
def test_titles_above_the_names(above: list[str], tmp_path: Path) -> None:
    table, quiet, loud = table_of(tmp_path, [*above, ",".join(NAMES), *ROWS])
    assert list(table) == NAMES
    assert table["数量"] == ["1", "3", "5"]
    assert (quiet, loud) == (["text", "titles"], [])


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (
            ["地区,销售,,成本,", ",2023,2024,2023,2024"],
            ["地区", "销售 / 2023", "销售 / 2024", "成本 / 2023", "成本 / 2024"],
        ),
        (
            ["x,销售,,成本,", "地区,数量,金额,数量,金额"],
            ["x / 地区", "销售 / 数量", "销售 / 金额", "成本 / 数量", "成本 / 金额"],
        ),
        (["地区,a,b,c,d", ",元,%,人,元"], ["地区", "a / 元", "b / %", "c / 人", "d / 元"]),
        (
            ["id,age,income,n,m", "编号,年龄,收入,甲,乙"],
            ["id / 编号", "age / 年龄", "income / 收入", "n / 甲", "m / 乙"],
        ),
    ],
)
def test_names_in_two_lines(header: list[str], names: list[str], tmp_path: Path) -> None:
    rows = [f"{place},{n},{n + 1},{n + 2},{n + 3}" for n, place in enumerate("东南西北")]
    table, _, loud = table_of(tmp_path, [*header, *rows])
    assert list(table) == names
    assert table[names[0]] == [*"东南西北"]
    assert loud == []
    assert list(table_of(tmp_path, ["标题,,,,", *header, *rows])[0]) == names


@pytest.mark.parametrize(
    "rows",
    [
        ["A11,6,A34,1169", "A12,48,A32,5951", "A14,12,A34,2096"],
        ["1,2,3,4", "5,6,7,8"],
        ["39, State-gov, 77516, <=50K", "50, Private, 83311, >50K", "38, Private, 215646, <=50K"],
        ["2024-01-05,1", "2024-01-06,2", "2024-01-07,3"],
        ["vhigh,small,low", "vhigh,big,low", "low,small,low", "vhigh,small,high"],
        ["3.5", "4.5", "5"],
    ],
)
def test_files_without_names(rows: list[str], tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, rows)
    assert list(table) == [f"column_{number + 1}" for number in range(rows[0].count(",") + 1)]
    assert len(table["column_1"]) == len(rows)
    assert loud == ["no_header"]
    titled = table_of(tmp_path, ["some title", *rows])[0]
    assert table == titled or len(rows[0].split(",")) == 1


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("年份,2021,2022,2023", "A,1,2,3"),
        ("id,2024年1月,2024年2月", "A,1,2"),
        ("label,0,1,2,3,4", "cat,0,255,3,0,1"),
        ("0,1,2", "5,6,7"),
        ("2019,2020,2021", "1,2,3"),
        ("yes,no", "1,2"),
        ("name,city", "Ann,Rome"),
        ("a,b,c", "1,,"),
        ("x", "1"),
    ],
)
def test_names_that_could_be_taken_for_rows(header: str, row: str, tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, [header, row, row.replace("1", "9"), row.replace("2", "8")])
    assert (list(table), loud) == (header.split(","), [])


def test_names_that_are_expected_are_found(tmp_path: Path) -> None:
    lines = ["Export, of, things", "x,y,risk", "a,b,good", "c,d,bad", "a,b,good"]
    assert list(table_of(tmp_path, lines, names=("risk",))[0]) == ["x", "y", "risk"]
    headerless = ["1,2", "3,4"]
    assert list(table_of(tmp_path, headerless, names=("column_1", "column_2"))[0]) == ["column_1", "column_2"]
    words = ["p,q", "r,s"]
    assert list(table_of(tmp_path, words)[0]) == ["p", "q"]
    assert table_of(tmp_path, words, names=("column_1", "column_2"))[0]["column_1"] == ["p", "r"]
    answers = ["x,answer", "1,y", "2,n", "3,y"]  # a cell that is called like the target is no header
    assert list(table_of(tmp_path, answers, names=("y",))[0]) == ["x", "answer"]
    groups = ["地区,销售,", ",2023,2024", "东,1,2", "西,3,4"]
    assert list(table_of(tmp_path, groups, names=("地区",))[0]) == ["地区", "销售 / 2023", "销售 / 2024"]
    assert list(table_of(tmp_path, groups, names=("2023", "2024"))[0])[1:] == ["2023", "2024"]


def test_what_is_said_of_the_header_is_done(tmp_path: Path) -> None:
    lines = ["t,u", "x,y", "1,2", "3,4"]
    assert list(table_of(tmp_path, lines, header=2)[0]) == ["x", "y"]
    assert list(table_of(tmp_path, lines, header=[1, 2])[0]) == ["t / x", "u / y"]
    table, _, loud = table_of(tmp_path, lines, header="none")
    assert (table["column_1"], loud) == (["t", "x", "1", "3"], [])
    for wrong in (0, 9, -1, [7]):
        with pytest.raises(DataError, match="header:"):
            table_of(tmp_path, lines, header=wrong)
    quoted = ['"a\nline"', "x,y", "1,2"]
    assert list(table_of(tmp_path, quoted, header=3)[0]) == ["x", "y"]


def test_names_twice_empty_and_in_several_lines(tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, ["a,a,a_2,b,", "1,2,3,4,", "5,6,7,8,"])
    assert (list(table), loud) == (["a", "a_3", "a_2", "b"], ["twice"])
    table, *_ = table_of(tmp_path, '"客户\n编号","first\nname",\ufeffc\n1,x,2\n2,y,3\n')
    assert list(table) == ["客户编号", "first name", "c"]


def test_row_names_as_r_writes_them(tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, ['"x","y"', '"1",2,3', '"2",4,5'])
    assert (table, loud) == ({"unnamed_1": ["1", "2"], "x": ["2", "4"], "y": ["3", "5"]}, ["row_names"])


# -------------------------------------------------------------------- the rows
@pytest.mark.parametrize(
    "below",
    [
        ["合计,,9,13.5"],
        ["总计：,,9,13.5"],
        ["合 计,,9,13.5", "", "制表人：张三,,审核：李四"],
        ["Total,,9,13.5", "Source: ERP"],
        ["", "anything at all that stands below a gap"],
        ["注：不含退货"],
        ["数据来源：国家统计局,,,"],
        ["(3 rows affected)"],
        ["共 3 条记录"],
    ],
)
def test_what_stands_below_a_table(below: list[str], tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, [",".join(NAMES), *ROWS, *below])
    assert table["产品"] == ["A", "B", "C"]
    assert loud == ["ending"]


def test_a_last_row_of_few_cells_is_a_row(tmp_path: Path) -> None:
    for last in ("西北,,,", ",,,7.5", "西北,D,,", "Total recall,D,4,1"):
        table, _, loud = table_of(tmp_path, [",".join(NAMES), *ROWS, last])
        assert (len(table["产品"]), loud) == (4, []), last


def test_sums_and_names_among_the_rows(tmp_path: Path) -> None:
    lines = [",".join(NAMES), *ROWS, "小计,,9,13.5", ",".join(NAMES), *ROWS, ",合计,9,1", *ROWS]
    table, quiet, loud = table_of(tmp_path, lines)
    assert table["产品"] == ["A", "B", "C"] * 3
    assert ("headers" in quiet, loud) == (True, ["sums"])
    kept, _, loud = table_of(tmp_path, lines, totals=True)
    assert (len(kept["产品"]), loud) == (11, [])


@pytest.mark.parametrize(
    "sum_row",
    ["Grand Total,,9,13.5", "小 计,,9,13.5", "合计：,,9,13.5", "  ,Sub-Total,9,1", "　,总 计:,9,1", " sum :,,9,13.5"],
)
def test_sums_are_seen_however_they_are_spelt(sum_row: str, tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, [",".join(NAMES), *ROWS, sum_row, *ROWS * 5])
    assert (table["产品"], loud) == (["A", "B", "C"] * 6, ["sums"])
    assert len(table_of(tmp_path, [",".join(NAMES), *ROWS, sum_row, *ROWS * 5], totals=True)[0]["产品"]) == 19


@pytest.mark.parametrize("first", ["Totals Ltd", "合计大厦", "Total " + " " * 60 + "x", "Summe 3", "meaning"])
def test_names_that_only_begin_like_a_sum_are_rows(first: str, tmp_path: Path) -> None:
    table, _, loud = table_of(tmp_path, [",".join(NAMES), *ROWS, f"{first},D,1,2", *ROWS * 5])
    assert (len(table["产品"]), loud) == (19, [])


def test_another_table_below_is_told(tmp_path: Path) -> None:
    lines = [",".join(NAMES), *ROWS, "", "门店,经理,人数,面积", "一店,王,3,50", "二店,李,4,60"]
    table, _, loud = table_of(tmp_path, lines)
    assert (len(table["产品"]), loud) == (6, ["other_table"])
    multi = ["id,text,n", *(f'{n},"a\nb",{n}' for n in range(9)), "", '9,"c\n\nd",9']
    assert table_of(tmp_path, multi)[2] == []


def test_a_table_of_sums_alone_keeps_a_row(tmp_path: Path) -> None:
    assert table_of(tmp_path, ["a,b", "Total,3"], totals=True)[0]["b"] == ["3"]
    with pytest.raises(DataError, match="0 rows"):
        table_of(tmp_path, ["a,b", "Total,3"])


def test_empty_rows_and_columns(tmp_path: Path) -> None:
    lines = ["a,,b,,,", *["1,,2,,,", ",,,,,"] * 5, *[",,,,,"] * 3000]
    table, _, loud = table_of(tmp_path, lines)
    assert (table, loud) == ({"a": ["1"] * 5, "b": ["2"] * 5}, [])


def test_separators_that_excel_does_not_write(tmp_path: Path) -> None:
    lines = ["id,name,n,note", *[f"{n},x,{n}" for n in range(20)], *[f"{n},x,{n},y" for n in range(20)]]
    table, _, loud = table_of(tmp_path, lines)
    assert table["note"] == [""] * 20 + ["y"] * 20
    assert loud == ["padded"]
    with pytest.raises(DataError, match="line 6"):  # a line that broke in two
        table_of(tmp_path, ["id,name,n", "1,a,1", "2,b,2", "3,c,3", "4,d", "e,4", "5,f,5"])


def test_cells_of_columns_without_a_name(tmp_path: Path) -> None:
    lines = ["a,b,", *["1,2,"] * 150, "3,4,seen by Li", *["1,2,"] * 10]
    table, _, loud = table_of(tmp_path, lines)
    assert (list(table), len(table["a"]), loud) == (["a", "b"], 161, ["stray"])


def test_the_end_is_looked_for_only_at_the_end(tmp_path: Path) -> None:
    rows = [f"{n},x,{n},1" for n in range(100)]
    (tmp_path / "a.csv").write_text("\n".join([",".join(NAMES), *rows, "合计,,1,1", "注：无"]), "utf-8")
    for size in (1, 7, 12, 99, 100, 101, 1000):
        found: list[Layout] = []
        pieces = list(batches("a.csv", size, folder=tmp_path, layouts=found))
        assert [row for piece in pieces for row in piece["地区"]] == [str(n) for n in range(100)], size
        assert [remark[0] for remark in found[0].remarks if remark[2]] == ["data.note_ending"]
    assert len(read("a.csv", folder=tmp_path, limit=5)["地区"]) == 5


def test_notes_of_several_files_are_told_once(tmp_path: Path) -> None:
    for name in ("1.csv", "2.csv", "3.csv"):
        (tmp_path / name).write_bytes("客户,n\n上海,1\n".encode("gb18030"))
    found: list[Layout] = []
    assert len(read("*.csv", folder=tmp_path, layouts=found)["n"]) == 3
    told = layouts_of.notes(found)
    assert [(key, values["file"], values["encoding"]) for key, values, _ in told] == [
        ("data.note_text", "1.csv … (3)", "GB18030")
    ]


# --------------------------------------------------------------------- the cells
@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (
            [
                "1",
                "-2.5",
                "1,234.5",
                "1.234,5",
                "１２",
                "85%",
                "¥3,000",
                "3,000元",
                "1.2万",
                "1e5",
                ".5",
                "(3)",
                7,
                2.5,
            ],
            "number",
        ),
        (["2024-01-05", "2024/1/5", "2024年3月5日", "05.01.2024", "2024-01-05T10:00", "10:30", "2024年1月"], "time"),
        (["", " ", "NA", "-", "无", "?", None, float("nan")], ""),
        (["a", "A11", "上海", "1a", "3 rooms", True, "2024年度"], "text"),
    ],
)
def test_kinds(cells: list[Any], kind: str) -> None:
    assert [shape.kind(cell) for cell in cells] == [kind] * len(cells)


NAME = st.text("abcdefgh客户金额", min_size=2, max_size=6)


@given(
    st.lists(NAME, min_size=2, max_size=5, unique=True).filter(lambda names: not {"total"} & set(names)),
    st.integers(3, 20),
    st.integers(0, 3),
)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_a_header_over_numbers_is_found_below_any_titles(names: list[str], rows: int, titles: int) -> None:
    sample: list[shape.Line] = [(line + 1, ["a title"]) for line in range(titles)]
    sample.append((titles + 1, names))
    sample += [(titles + 2 + row, [str(row * place + 1) for place in range(len(names))]) for row in range(rows)]
    found = shape.find(sample, Hints(), Layout("a"))
    assert (list(found.names), found.start) == (names, titles + 1)

"""Separators and quotes, as files have them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import DataError
from modelyard.data import delimited
from modelyard.data.dialect import SEPARATORS, dialect_of
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import joined
from modelyard.data.sources import TableFile


def rows_of(content: str, form: str = "csv", **hints: Any) -> tuple[list[str], list[list[str]]]:
    """Names and rows of a text."""
    file = TableFile("a." + form, form, packed=False, address="")
    table = joined(list(delimited.batches(file, io.BytesIO(content.encode()), 1000, Hints(**hints), Layout("a"))))
    return list(table), [list(row) for row in zip(*table.values(), strict=True)]


@pytest.mark.parametrize("mark", SEPARATORS)
def test_separators(mark: str) -> None:
    content = "\n".join(mark.join(cells) for cells in (["名称", "n", "t"], ["张三", "3", "a b"], ["李四", "4", "c"]))
    assert rows_of(content) == (["名称", "n", "t"], [["张三", "3", "a b"], ["李四", "4", "c"]])


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "；"])
def test_the_line_that_excel_understands(mark: str) -> None:
    assert rows_of(f"sep={mark}\na{mark}b\n1{mark}2\n") == (["a", "b"], [["1", "2"]])
    assert rows_of(f'"sep={mark}"\r\na{mark}b\r\n1.5{mark}2\r\n')[1] == [["1.5", "2"]]


def test_decimal_commas_do_not_separate() -> None:
    content = "a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n"
    assert rows_of(content)[1][0] == ["1,5", "2,5", "3,5"]
    assert rows_of("Bericht, 2024\n\n" + content)[1][0] == ["1,5", "2,5", "3,5"]


def test_other_separators_inside_cells() -> None:
    assert rows_of("id,tags,n\n1,a;b;c,5\n2,x,6\n3,y;z,7\n")[1][0] == ["1", "a;b;c", "5"]
    assert rows_of('id,说明\n1,"甲，乙；丙"\n2,"a, b"\n')[1] == [["1", "甲，乙；丙"], ["2", "a, b"]]
    assert rows_of("id\tline\n1\ta,b,c\n2\td,e,f\n")[1][0] == ["1", "a,b,c"]


def test_spaces_separate_only_numbers_in_equal_lines() -> None:
    assert rows_of("1 2 3.5\n3  4 5.5 \n4 5   6.5 \n")[1] == [["1", "2", "3.5"], ["3", "4", "5.5"], ["4", "5", "6.5"]]
    assert rows_of("name\nJohn Smith\nAnn Lee\nBob Ray\n")[0] == ["name"]


def test_single_quotes_and_backslashes() -> None:
    assert rows_of("'a','b'\n'1','x, y'\n'2','z'\n") == (["a", "b"], [["1", "x, y"], ["2", "z"]])
    assert rows_of('"a","b"\n"1","say \\"hi\\", ok"\n"2","z"\n')[1][0] == ["1", 'say "hi", ok']
    assert rows_of("a,b\nit's,1\nO'Neil,2\n")[1] == [["it's", "1"], ["O'Neil", "2"]]


def test_quotes_that_are_part_of_the_text() -> None:
    content = '" hello\t1\nfoo bar" x\t0\n"so" it goes\t1\n'
    assert rows_of(content, "tsv", header="none")[1] == [['" hello', "1"], ['foo bar" x', "0"], ['"so" it goes', "1"]]
    assert rows_of('a\tb\n"two\nlines"\t1\n"x"\t2\n', "tsv")[1] == [["two\nlines", "1"], ["x", "2"]]
    with pytest.raises(DataError, match="quote: none"):
        rows_of('a,b\n1,"2"x\n')
    assert rows_of('a,b\n1,"2"x\n', quote="none")[1] == [["1", '"2"x']]


def test_a_quote_that_swallows_rows_is_refused() -> None:
    many = "".join(f"{n},text {n}\n" for n in range(300))
    swallowed = many + '300,"open\n' + "".join(f"{n},y\n" for n in range(4)) + '305,close"\n'
    with pytest.raises(DataError, match=r"line 302(.|\n)*4 whole lines"):
        rows_of("a,b\n" + swallowed)
    poem = '1,"roses are red\nviolets are blue\nsugar is sweet\nand so are you"\n'
    assert len(rows_of("a,b\n" + many + poem)[1]) == 301


def test_what_cannot_be_told_is_decided_by_the_first_line() -> None:
    assert not dialect_of(["text\n", "hello, world\n", "a, b\n"], Hints(), "csv").sure
    assert dialect_of(["a\n", "1\n"], Hints(), "csv").sure
    with pytest.raises(DataError, match="line 2"):
        rows_of("text\nhello, world\nfoo, bar\n")
    with pytest.raises(DataError, match="line 3"):
        rows_of("a,b\n1,2\n1,2,3\n4,5\n")


def test_what_is_said_is_done() -> None:
    assert rows_of("a,b;c\n1,2;3\n", separator=";") == (["a,b", "c"], [["1,2", "3"]])
    assert rows_of("a:b\n1:2\n", separator=":")[1] == [["1", "2"]]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n\t|;,；，^\"'", exclude_categories=["Z", "C"]), min_size=1
)


@given(
    st.sampled_from([",", ";", "\t", "|"]), st.lists(st.tuples(CELLS, CELLS, st.integers()), min_size=3, max_size=30)
)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_plain_tables_are_read_back(mark: str, rows: list[tuple[str, str, int]]) -> None:
    lines = [mark.join(map(str, row)) for row in [("name", "城市", "n"), *rows]]
    names, found = rows_of("\n".join(lines), header=1, totals=True)
    assert names == ["name", "城市", "n"]
    assert found == [[one, two, str(number)] for one, two, number in rows]

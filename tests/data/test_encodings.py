"""Which encoding a text is in: told where the first byte above 0x7f comes, never guessed silently, refused in doubt."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import DataError
from modelyard.data import encodings
from modelyard.data.layout import Layout

CHINESE = "客户编号,性别,城市,贷款金额\nA1,男,上海,1.2万\nA2,女,广州,3,000元\n"
WESTERN = "name;city;price\nJosé;São Paulo;5 €\nZoë;Köln;«7»\nÅsa;Malmö;12 °C\n"
OTHERS = {
    "cp950": "姓名,城市\n陳大文,臺北市\n林美麗,高雄市\n",
    "cp932": "名前,住所\nやまだ,東京都\nすずき,カタカナ\n",
    "cp949": "이름,도시\n김철수,서울시\n이영희,부산시\n",
}


def lines_of(content: bytes, wished: str | None = None) -> tuple[list[str], Layout]:
    layout = Layout("a.csv")
    return list(encodings.lines("a.csv", io.BytesIO(content), layout, wished)), layout


def loud(layout: Layout) -> list[str]:
    return [key for key, _, is_loud in layout.remarks if is_loud]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("gb2312", "GB18030"),
    ],
)
def test_chinese_text(encoding: str, name: str) -> None:
    found, layout = lines_of(CHINESE.encode(encoding))
    assert ("".join(found), layout.encoding, loud(layout)) == (CHINESE, name, [])


@pytest.mark.parametrize("cell", ["男", "年", "北京", "合计", "张伟", "①", "Ａ１", "一-二"])
def test_one_cell_is_enough_for_gb18030(cell: str) -> None:
    found, layout = lines_of(f"sex,n\n{cell},1\n".encode("gb18030"))
    assert found[1] == f"{cell},1\n"
    assert layout.encoding == "GB18030"


def test_a_rare_character_alone_is_not() -> None:
    with pytest.raises(DataError, match="gb18030: 龘"):
        lines_of("sex,n\n龘,1\n".encode("gb18030"))


@pytest.mark.parametrize("encoding", OTHERS)
def test_other_encodings_of_east_asia_are_read_and_told(encoding: str) -> None:
    found, layout = lines_of(OTHERS[encoding].encode(encoding))
    assert "".join(found) == OTHERS[encoding]
    assert loud(layout) == ["data.note_guessed_encoding"]
    assert layout.remarks[0][1]["example"] in OTHERS[encoding]


def test_western_text_is_read_and_told() -> None:
    found, layout = lines_of(WESTERN.encode("cp1252"))
    assert "".join(found) == WESTERN
    assert layout.encoding == "Windows-1252"
    assert loud(layout) == ["data.note_guessed_encoding"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("имя,город\nИван,Москва\n", "cp1251"),
        ("imię,miasto\nŁukasz,Łódź\nMałgorzata,Gdańsk\nŻaneta,Wrocław\n", "cp1250"),
        ("ad,şehir\nİsmail,Iğdır\nAyşe,Muğla\n", "cp1254"),
    ],
)
def test_in_doubt_it_is_refused_with_what_it_would_say(text: str, encoding: str) -> None:
    with pytest.raises(DataError) as caught:
        lines_of(text.encode(encoding))
    said = str(caught.value)
    assert "a.csv line" in said and "cp1252: " in said and "encoding: gb18030" in said
    assert "".join(lines_of(text.encode(encoding), encoding)[0]) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp1252"])
def test_the_first_foreign_byte_may_come_late(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "BLOCK", 1000)
    cell = "é" if encoding == "cp1252" else "男"
    content = "a,b\n" + "1,2\n" * 5000 + f"3,{cell}\n" + "1,2\n" * 5000
    found, layout = lines_of(content.encode(encoding))
    assert "".join(found) == content
    assert layout.encoding == encodings.NAMES[encoding]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_blocks_may_end_anywhere(encoding: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "编号,名称\r\n1,上海\r\n2,é\r3,龘龘\n\n4,终"
    layout = Layout("a.csv")
    monkeypatch.setattr(encodings, "BLOCK", block)
    wished = None if encoding == "utf-16" and block > 2 else encoding
    found = list(encodings.lines("a.csv", io.BytesIO(content.encode(encoding)), layout, wished))
    assert found == ["编号,名称\r\n", "1,上海\r\n", "2,é\r", "3,龘龘\n", "\n", "4,终"]


def test_a_later_block_in_another_encoding_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "BLOCK", 4000)
    good = "1,上海\n" * 2000
    for first, second in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        with pytest.raises(DataError, match="line"):
            lines_of(good.encode(first) + good.encode(second))
    with pytest.raises(DataError, match="line 2001"):
        lines_of(b"1,2\n" * 2000 + "имя\n".encode("cp1251"))


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(order: str) -> None:
    assert "".join(lines_of("id,name\n1,abc\n".encode(order))[0]) == "id,name\n1,abc\n"


def test_zero_bytes() -> None:
    found, layout = lines_of(b"a,b\n1,2\0\0\n" + b"3,4\n" * 200)
    assert found[1] == "1,2\n"
    assert loud(layout) == ["data.note_zero_bytes"]
    with pytest.raises(DataError, match="zero bytes"):
        lines_of(b"a\0b\0\0\0\0,1\n")


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"PAR1", b"%PDF-1.7", b"ARROW1"])
def test_files_of_another_kind(start: bytes) -> None:
    with pytest.raises(DataError, match="another kind"):
        lines_of(start + b"rest")


def test_nothing_at_all() -> None:
    assert lines_of(b"") == ([], Layout("a.csv", encoding="UTF-8"))
    assert lines_of(b"\xef\xbb\xbf")[0] == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    found, _ = lines_of(b"\xef\xbb\xbf" + text.encode())
    assert "".join(found) == text
    if not text.encode().startswith((b"\xef\xbb\xbf", b"PK\x03\x04", b"%PDF", b"PAR1", b"ARROW1")):
        assert "".join(lines_of(text.encode())[0]) == text


COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子"


@given(st.lists(st.text(COMMON, min_size=1, max_size=6), min_size=2, max_size=20))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_gb18030_is_never_taken_for_anything_else(cells: list[str]) -> None:
    text = "id,名称\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    found, layout = lines_of(text.encode("gb18030"))
    assert ("".join(found), layout.encoding) == (text, "GB18030")

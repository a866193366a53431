"""Bytes -> lines of text, in whatever encoding they are; which one it is shows where the first byte above 0x7f comes.

UTF-8 proves itself. GB18030 (and GBK, GB2312, which it holds) is told by its characters: nearly all of a real text
are among the ordinary ones of GB2312. So are Big5, Shift-JIS and EUC-KR; Windows-1252 by single letters among plain
ones. What none of them explains is refused, with what each would make of it.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NoReturn

from modelyard.core.messages import text
from modelyard.data.layout import Layout
from modelyard.data.sources import refuse

BLOCK = 1 << 20
NAMES = {
    "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "gb18030": "GB18030", "cp950": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR", "cp1252": "Windows-1252",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_OTHER_KINDS = (
    (b"PK\x03\x04", "Excel (.xlsx), zip"), (b"\xd0\xcf\x11\xe0", "Excel (.xls)"), (b"\x1f\x8b", "gzip (.gz)"),
    (b"PAR1", "Parquet (.parquet)"), (b"ARROW1", "Arrow (.arrow)"), (b"%PDF", "PDF"), (b"SQLite format 3", "SQLite"),
)  # fmt: skip
_ORDINARY = {  # first bytes of the characters that people use every day, and of signs
    "gb18030": ("gb2312", range(0xA1, 0xD8)),
    "cp950": ("big5", range(0xA1, 0xC7)),
    "cp932": ("shift_jis", range(0x81, 0x98)),
    "cp949": ("euc_kr", range(0xA1, 0xC9)),
}
_FREQUENT = {  # tell Chinese from Korean, whose bytes overlap
    "gb18030": frozenset(
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所"
        "民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那"
        "社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通"
        "号名姓称称额款类型别编客户男女单价格金收入支出贷信用风险等级城市省区县街电话地址职业婚姻是否良差备注合计日期店销售店铺员工好"
    ),
    "cp949": frozenset(
        "이다의는에을를가고지한로기서도사은인하자대시과나어일리수정해아있보원그년라부전주스구상화소제장동성명금액호"
    ),
}
_LETTERS = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽžŸ")
_SIGNS = frozenset("€£¥§©®°±²³µ·¼½¾«»‘’“”–—…•™ºª¿¡×÷´¨\u00a0")
_FOREIGN_LINES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_FOREIGN_CELL = re.compile(r"""[^\s,;|"']*[^\x00-\x7f][^\r\n\t,;|"']*""")
_ENOUGH, _DOUBTFUL, _MOSTLY = 0.95, 0.85, 0.5
_FREQUENTLY = 0.3
_FEWEST = 4  # characters of a rarer encoding
_LOOKED_AT = 20_000  # bytes
_SHOWN = 20  # characters
_ZEROS = 0.01  # share of zero bytes above which a file is no text


def lines(
    name: str, stream: BinaryIO, layout: Layout, wished: str | None = None, usual: str | None = None
) -> Iterator[str]:
    """The lines of a file with their ends, whether these are \\n, \\r or both.

    Args:
        name: How messages call the file.
        stream: Its bytes; one megabyte beyond what is given out is held.
        layout: Is told the encoding.
        wished: The encoding, where somebody says it.
        usual: That of earlier files of the kind: holds for what is not UTF-8.

    Raises:
        DataError: No text, or a byte that does not fit; names line and byte.
    """
    return chain.from_iterable(_blocks(name, _decoded(name, stream, layout, wished, usual), layout))


def _blocks(name: str, texts: Iterator[str], layout: Layout) -> Iterator[list[str]]:
    """Whole lines, many at a time."""
    rest = ""
    zeros = 0
    for piece in texts:
        if "\0" in piece:
            if piece.count("\0") > _ZEROS * len(piece):
                refuse(name, "data.got_binary", "data.expected_text")
            zeros += piece.count("\0")
            piece = piece.replace("\0", "")
        found = io.StringIO(rest + piece, newline="").readlines()
        rest = found.pop() if found and not found[-1].endswith("\n") else ""
        yield found
    if rest:
        yield [rest]
    if zeros:
        layout.say("data.note_zero_bytes", loud=True, count=zeros)


def _decoded(name: str, stream: BinaryIO, layout: Layout, wished: str | None, usual: str | None) -> Iterator[str]:
    """Text, block by block; ASCII as long as nothing else comes."""
    block = stream.read(BLOCK)
    _refuse_other_kind(name, block)
    encoding, position = _marked(block, wished)
    block, line = block[position:], 1
    layout.encoding = NAMES.get(encoding, encoding) if encoding else "UTF-8"
    decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    while block:
        ahead = stream.read(BLOCK)
        if decoder is None and not block.isascii():
            encoding = _decided(name, block + ahead, layout, (position, line), usual)
            decoder = codecs.getincrementaldecoder(encoding)()
        try:
            piece = decoder.decode(block, not ahead) if decoder else block.decode("ascii")
        except UnicodeDecodeError as error:
            start = position + len(block) - len(error.object)
            _refuse_byte(name, layout.encoding, error.object, error.start, (start, line))
        if not (wished or usual) and not _plausible(encoding, block):
            _refuse_all(name, block, (position, line))
        yield piece
        position, line = position + len(block), line + _ends(piece)
        block = ahead


def _ends(piece: str) -> int:
    return piece.count("\n") or piece.count("\r")


def _marked(block: bytes, wished: str | None) -> tuple[str, int]:
    """What somebody, or a file's first bytes, say of its encoding, and how many of them are a mere mark."""
    encoding = next((encoding for mark, encoding in _MARKS if block.startswith(mark)), "")
    skipped = len(codecs.BOM_UTF8) if encoding == "utf-8" else 0
    if wished:
        return _known(wished), skipped
    if not encoding and b"\0" in block:  # UTF-16 without its mark: every other byte of plain characters is zero
        for start, candidate in ((1, "utf-16-le"), (0, "utf-16-be")):
            if block[start::2].count(0) > max(3, len(block) // 10) and not block[1 - start :: 2].count(0):
                return candidate, 0
    return encoding, skipped


def _known(name: str) -> str:
    """An encoding as Python names it; GB18030 for those that it holds."""
    known = codecs.lookup(name).name
    return "gb18030" if known in ("gb2312", "gbk", "cp936") else known


# --------------------------------------------------------------------- deciding
def _decided(name: str, evidence: bytes, layout: Layout, at: tuple[int, int], usual: str | None) -> str:
    """The encoding of text that is not plain ASCII."""
    if _decodes("utf-8", evidence):
        return "utf-8"
    known = _known(usual) if usual else ""
    if known and _decodes(known, evidence):
        layout.encoding = NAMES.get(known, known)
        return known
    sample = _telling(evidence)
    encoding = _legacy(sample)
    if not encoding or not _decodes(encoding, evidence):
        _refuse_all(name, evidence, at)
    layout.encoding = NAMES[encoding]
    if encoding != "gb18030":
        said = {"encoding": layout.encoding, "example": _example(encoding, sample)}
        layout.say("data.note_guessed_encoding", loud=True, **said)
    return encoding


def _legacy(sample: bytes) -> str:
    """The older encoding that explains the bytes; empty when none does well enough."""
    shares = {encoding: _ordinary(encoding, _foreign(encoding, sample)) for encoding in _ORDINARY}
    chinese = shares.pop("gb18030")
    if chinese >= _DOUBTFUL:
        korean = _rate("cp949", sample) if shares["cp949"] >= _ENOUGH else 0.0
        return "cp949" if korean > max(_FREQUENTLY, 2 * _rate("gb18030", sample)) else "gb18030"
    second, best = sorted(shares, key=lambda encoding: shares[encoding])[-2:]
    certain = shares[best] >= _ENOUGH and shares[second] < _DOUBTFUL
    if certain and len(_foreign(best, sample)) >= _FEWEST:
        return best
    return "cp1252" if chinese < _MOSTLY and _western(_text("cp1252", sample)) >= _ENOUGH else ""


def _plausible(encoding: str, block: bytes) -> bool:
    """Whether a block still looks like the encoding that was found by its characters."""
    if encoding not in (*_ORDINARY, "cp1252") or block.isascii():
        return True
    sample = _telling(block)
    if encoding == "cp1252":
        return _western(_text(encoding, sample)) >= _DOUBTFUL
    found = _foreign(encoding, sample)
    return len(found) < _FEWEST or _ordinary(encoding, found) >= _MOSTLY


def _telling(evidence: bytes) -> bytes:
    """The first lines that are not plain ASCII."""
    found: list[bytes] = []
    size = 0
    for line in _FOREIGN_LINES.finditer(evidence):
        found.append(line[0])
        size += len(line[0])
        if size > _LOOKED_AT:
            break
    return b"\n".join(found)[: 2 * _LOOKED_AT]


def _ordinary(encoding: str, characters: str) -> float:
    """Share of characters beyond ASCII that are among the ordinary ones of an encoding."""
    codec, leads = _ORDINARY[encoding]
    known = characters.encode(codec, "replace").replace(b"?", b"??")
    if not known or len(known) != 2 * len(characters):
        return 0.0
    return sum(first in leads for first in known[::2]) / len(characters)


def _western(characters: str) -> float:
    """Share of the characters beyond ASCII that stand where they do in Western European text.

    Letters stand alone or in pairs, and signs do not stand inside words.
    """
    good = total = 0
    for before, one, after in zip(" " + characters, characters, characters[1:] + " ", strict=False):
        if one.isascii():
            continue
        total += 1
        inside = one != "’" and all(other.isascii() and other.isalpha() for other in (before, after))
        alone = before.isascii() or after.isascii()
        good += alone and (one in _LETTERS or (one in _SIGNS and not inside))
    return good / total if total else 0.0


def _rate(encoding: str, sample: bytes) -> float:
    """Share of characters beyond ASCII that are among the most frequent of a language."""
    found = _foreign(encoding, sample)
    return sum(one in _FREQUENT[encoding] for one in found) / len(found) if found else 0.0


def _foreign(encoding: str, sample: bytes) -> str:
    """The characters beyond ASCII; none when the bytes are not of that encoding."""
    return "".join(one for one in _text(encoding, sample) if not one.isascii())


def _text(encoding: str, sample: bytes) -> str:
    """Bytes as text, but for a character that is cut at the end; empty when they are not of that encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return ""


def _decodes(encoding: str, evidence: bytes) -> bool:
    return not evidence or bool(_text(encoding, evidence))


def _example(encoding: str, sample: bytes) -> str:
    """The first cell that is not plain ASCII, as an encoding reads it."""
    found = _FOREIGN_CELL.search(_text(encoding, sample))
    return found[0].strip()[:_SHOWN] if found else ""


# --------------------------------------------------------------------- refusing
def _refuse_other_kind(name: str, block: bytes) -> None:
    """A workbook or an archive that is called .csv."""
    kind = next((kind for mark, kind in _OTHER_KINDS if block.startswith(mark)), "")
    if kind:
        refuse(name, "data.got_other_kind", "data.expected_text", "data.fix_other_kind", kind=kind)


def _refuse_all(name: str, evidence: bytes, at: tuple[int, int]) -> NoReturn:
    """No encoding explains the bytes well enough: tell where, and what each would make of them."""
    sample = _telling(evidence)
    read = {encoding: _example(encoding, sample) for encoding in (*_ORDINARY, "cp1252", "cp1251")}
    candidates = "; ".join(f"{encoding}: {example}" for encoding, example in read.items() if example)
    try:
        evidence.decode("utf-8")
        start = len(evidence)
    except UnicodeDecodeError as error:
        start = error.start
    _refuse_byte(name, "UTF-8", evidence, min(start, len(evidence) - 1), at, candidates)


def _refuse_byte(
    name: str, encoding: str, block: bytes, start: int, at: tuple[int, int], candidates: str = ""
) -> NoReturn:
    """A byte that is not of the encoding; `at` are the position of the block and its first line."""
    before = block[:start]
    place = text("data.place_line", file=name, line=at[1] + (before.count(b"\n") or before.count(b"\r")))
    got = "data.got_doubtful" if candidates else "data.got_not_encoded"
    byte, position = f"0x{block[start]:02x}", at[0] + start
    refuse(
        place, got, "data.expected_encoded", "data.fix_encoding",
        byte=byte, position=position, encoding=encoding, candidates=candidates,
    )  # fmt: skip

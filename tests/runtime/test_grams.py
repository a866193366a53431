"""Hashed n-grams: what is one, and that nothing but the text itself decides about them."""

from __future__ import annotations

import os
import subprocess
import sys
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.protocols import Array
from modelyard.runtime.grams import _CHUNK, grams

BUCKETS = 1 << 20
NASTY = [
    *(
        "",
        " ",
        "\n\t",
        "🙂",
        "👨‍👩‍👧‍👦",
        "e\u0301",
        "a\u0301\u0302\u0303",
        "房间很好,服务不错!",
        "שלום עולם",
        "مرحبا بالعالم",
    ),
    *("\ufeffabc", "\u200b", "\u0301", "ﷺ", "İstanbul", "ǅ", "ß", "\u0e01\u0e48\u0e32a", "١٢٣", "x" * 100_000),
]
WORDY = "Good room, bad food. 房间很好 é🙂\u0301 ก่า ١٢ don't x\u00ady \u200b ＡＢ Ⅳ "


def some(*texts: str) -> Array:
    filled = np.empty(len(texts), object)
    filled[:] = texts
    return filled


def of(text: str, words: int = 1, characters: int = 0, buckets: int = BUCKETS) -> list[int]:
    found = grams(some(text), words, characters, buckets)
    assert found.values.dtype == np.int32
    assert found.starts.tolist() == [0, len(found.values)]
    return found.values.tolist()


def together(*texts: str) -> list[int]:
    return sorted({number for text in texts for number in of(text)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("good room", ["good", "room"]),
        ("Good  ROOM\n", ["good", "room"]),
        ("good, room!", ["good", ",", "room", "!"]),
        ("房间好", ["房", "间", "好"]),
        ("Wi-Fi很好", ["wi", "-", "fi", "很", "好"]),
        ("すごい", ["す", "ご", "い"]),
        ("아주 좋다", ["아주", "좋다"]),
        ("２号", ["2", "号"]),
        ("g\u0306u", ["g\u0306u"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("x\u00ady", ["xy"]),  # a soft hyphen is nothing
        ("❤\ufe0f", ["❤"]),  # nor is the wish for a colourful heart
        ("\ufeffabc", ["abc"]),
        ("ab\u200bcd", ["ab", "cd"]),
        ("ก่า", ["ก่", "า"]),  # the tone stays with its letter
        ("ก่a", ["ก่", "a"]),
        ("\u0301a", ["\u0301", "a"]),  # there is nothing that it stands on
    ],
)
def test_what_a_word_is(text: str, words: list[str]) -> None:
    assert of(text) == together(*words)
    assert len(set(words)) == len(of(text))


def test_runs_of_words_go_on_over_signs_and_scripts_but_know_their_order() -> None:
    assert len(of("a b c", words=2)) == 5
    assert len(of("a b c", words=3)) == 6
    assert of("a b", words=2) != of("b a", words=2)
    assert of("a b") == of("b a")
    assert of("ab", words=2) != of("a b", words=2)
    assert of("房间", words=2) == of("房 间", words=2)


def test_runs_of_characters_run_across_words_with_one_space_between() -> None:
    assert len(of("abc", 0, 1)) == 3
    assert of("a  \n b", 0, 3) == of("\ta b ", 0, 3) == of("a b", 0, 3)
    assert of("a b", 0, 3) != of("ab", 0, 3)
    assert len(of("a b", 0, 2)) == 6  # a, b, " a", "a ", " b", "b "
    assert of("ab", 0, 1) != of("a b", 1, 0)  # a character is not the word of one letter


def test_both_kinds_beside_each_other() -> None:
    both, words, characters = (set(of(WORDY, *kinds)) for kinds in ((2, 3), (2, 0), (0, 3)))
    assert both == words | characters


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000", "\u200b", "\ufeff", "\x00", "\ud800"])
def test_a_text_without_characters_has_none(text: str) -> None:
    assert of(text, 3, 3) == []


def test_no_texts_no_rows_and_no_kinds_no_grams() -> None:
    assert len(grams(some(), 2, 2, BUCKETS)) == 0
    assert of("abc", 0, 0) == []


def test_hashes_are_the_same_for_ever() -> None:
    assert of("Good room 房间", 2, 2, 1000) == [
        25,
        45,
        46,
        54,
        187,
        199,
        226,
        234,
        321,
        445,
        456,
        547,
        553,
        565,
        578,
        607,
        645,
        653,
        660,
        716,
        734,
        742,
        846,
        869,
        985,
        986,
    ]


@given(st.lists(st.text(max_size=20) | st.sampled_from(NASTY[:-1]), max_size=6), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_neighbours_make_no_difference(texts: list[str], words: int, characters: int) -> None:
    found = grams(some(*texts), words, characters, 997)
    assert len(found) == len(texts)
    for row, text in enumerate(texts):
        alone = of(text, words, characters, 997)
        assert found.values[found.starts[row] : found.starts[row + 1]].tolist() == alone
        assert alone == sorted(set(alone))
        assert all(0 <= number < 997 for number in alone)


@given(st.text(max_size=30))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_how_a_character_is_composed_makes_no_difference(text: str) -> None:
    assert len({tuple(of(normalize(form, text), 2, 3)) for form in ("NFC", "NFD", "NFKC", "NFKD")}) == 1


def test_nasty_texts_alone_and_together() -> None:
    found = grams(some(*NASTY), 3, 3, BUCKETS)
    assert [found[row : row + 1].values.tolist() for row in range(len(NASTY))] == [of(text, 3, 3) for text in NASTY]
    assert len(of("x" * 100_000, 3)) == 1


def test_many_long_texts_are_taken_in_turns() -> None:
    texts = some("a b", "c " * _CHUNK, "", "房间", "d", "e " * _CHUNK, "a b")
    found = grams(texts, 2, 0, BUCKETS)
    assert found.lengths.tolist() == [3, 2, 0, 3, 1, 2, 3]
    assert found[0:1].values.tolist() == found[6:7].values.tolist() == of("a b", 2)


def test_few_texts_share_a_bucket() -> None:
    """65,536 numbers in 2**20 buckets: 1 - (1 - 1/n)**k = 6.1 % of the buckets are taken where nothing is alike."""
    found = grams(some(" ".join(str(number) for number in range(65_536))), 1, 0, BUCKETS)
    assert len(found.values) == pytest.approx(BUCKETS * -np.expm1(-65_536 / BUCKETS), rel=0.01)


def test_the_locale_makes_no_difference() -> None:
    code = (
        "import numpy as np; from modelyard.runtime.grams import grams;"
        "print(grams(np.array(['\\u0130I\\u0131i \\u623f\\u95f4 e\\u0301'], object), 2, 2, 1 << 20).values.tolist())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "LC_ALL": locale}, capture_output=True, check=True
        ).stdout
        for locale in ("C", "tr_TR.UTF-8")
    }
    assert answers == {f"{of('İIıi 房间 é', 2, 2)}\n".encode()}

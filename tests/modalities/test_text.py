"""Texts."""

from __future__ import annotations

import json
import math
from typing import Any
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core.protocols import Array, Sample
from modelyard.modalities.category import preprocess as category
from modelyard.modalities.text import characters, preprocess
from modelyard.modalities.text.options import Options

DEFAULTS = Options().model_dump()
REVIEWS = (
    "The room was clean and the staff friendly",
    "We waited for an hour at the desk!",
    "never again, the bed was broken and it smelt",
)
CHINESE = ("房间很干净，服务也不错", "早餐太差了，下次不会再来", "离地铁站很近，出行方便")


def column_of(*items: Any) -> Array:
    column = np.empty(len(items), object)
    for row, item in enumerate(items):
        column[row] = item
    return column


def sample_of(*items: Any, name: str = "x", times: int = 1) -> Sample:
    values = column_of(*(list(items) * times))
    return Sample(name, values, len(set(map(str, items))), len(values))


def claim_of(*items: Any, name: str = "x") -> float:
    return preprocess.claim(sample_of(*items, name=name))


def read(*items: Any, **options: Any) -> list[str]:
    found: list[str] = preprocess.parse(column_of(*items), {**DEFAULTS, **options}).values.tolist()
    return found


def fitted(*texts: str) -> dict[str, Any]:
    return preprocess.finish(preprocess.summarise(column_of(*texts)), DEFAULTS)


# --------------------------------------------------------------------- claim
@pytest.mark.parametrize(
    "cells",
    [
        REVIEWS,
        CHINESE,
        ("Комната была чистой и светлой, очень понравилось", "Завтрак был холодным, а персонал очень грубым"),
        ("הַחדר היה נקי אבל קטן מאוד והמיטה", "לא נחזור לכאן שוב לעולם כי היה רע"),
        ("ห้องสะอาดมาก อาหารอร่อยมาก", "พนักงานไม่สุภาพเลย ไม่กลับมาอีก"),
        ("Some major flaws", "Not for the petite", "very pretty dress", "Runs quite big here"),  # titles
        ("A Beautiful Mind", "The Wings of the Dove", "Three Colours: Blue (1993)", "Toy Story Part Two"),
        ("1. The first of 3 things is that 42 is too much", "2. The second is that 17 is too few of them"),
    ],
)
def test_claims_sentences_and_titles_before_categories_do(cells: tuple[str, ...]) -> None:
    assert claim_of(*cells) >= 0.5
    assert claim_of(*cells) > category.claim(sample_of(*cells))


@pytest.mark.parametrize(
    "cells",
    [
        ("red", "green", "blue"),
        ("John Smith", "Ann Miller", "Juan García López"),
        ("王小明", "李雷", "欧阳娜娜"),
        ("北京", "上海市", "内蒙古自治区"),
        ("ann@example.com", "j.smith@example.org", "x@y.cn"),
        ("http://a.example/some/long/path?query=with words", "http://b.example/another/long/path%20of/words"),
        ("Braund, Mr. Owen Harris", "Cumings, Mrs. John Bradley", "Heikkinen, Miss Laina"),
        ("2024-03-05", "2024-03-06"),
        ("5 March 2024 12:30", "6 March 2024 14:00"),
        ("550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        ("AB 123 CD 4 E", "XY 987 ZW 5 F"),
        ("1 2 3 4 5 6 7", "3 4 5 6 7 8 9"),
        ("x" * 80, "y" * 90),
        ("", None, "?", "NA"),
        (1, 2.5, 3),
        ([1, 2], {"a": "a long sentence that stands in a container"}),
        ("🙂", "🙂👍", "!!!"),
        (),
    ],
)
def test_leaves_names_codes_and_numbers_to_others(cells: tuple[Any, ...]) -> None:
    assert claim_of(*cells, name="Name" if "Mr." in str(cells) else "x") == 0.0


def test_the_heading_tells_names_from_titles() -> None:
    cells = "Aurora Maria Bell", "Juan García López", "Owen Harris Braund"
    assert claim_of(*cells, name="Customer name") == claim_of(*cells, name="姓名") == 0.0
    assert claim_of(*cells, name="film") >= 0.5


def test_sentences_that_come_again_and_again_are_categories() -> None:
    assert preprocess.claim(sample_of(*REVIEWS, times=10)) == 0.0
    assert preprocess.claim(sample_of(*REVIEWS, times=1)) >= 0.5


def test_numbers_among_texts_do_not_disturb_while_they_are_few() -> None:
    many = [f"{text} and again {number}" for number in range(20) for text in REVIEWS]
    assert claim_of(*many, 5, None) >= 0.5
    assert claim_of(*many, *range(20)) == 0.0


def test_a_look_at_huge_columns_of_huge_texts_is_a_short_one() -> None:
    texts = [f"{number} " + "a sentence of some words " * 200 for number in range(5000)]
    assert claim_of(*texts) >= 0.5


# -------------------------------------------------------------------- settle
@pytest.mark.parametrize(
    ("cells", "words"), [(REVIEWS, 2), (CHINESE, 3), ((), 2), ((1, None), 2), (("안녕하세요",), 2)]
)
def test_settles_how_long_runs_of_words_are(cells: tuple[Any, ...], words: int) -> None:
    assert preprocess.settle(sample_of(*cells), DEFAULTS)["words"] == words


def test_settles_runs_of_characters_where_words_have_endings() -> None:
    assert preprocess.settle(sample_of(*REVIEWS), DEFAULTS)["characters"] == 4
    assert preprocess.settle(sample_of(*CHINESE), DEFAULTS)["characters"] == 0
    assert preprocess.settle(sample_of(*CHINESE), {**DEFAULTS, "characters": 2})["characters"] == 2


@pytest.mark.parametrize("words", [0, 1, 5])
def test_what_is_written_is_settled(words: int) -> None:
    assert preprocess.settle(sample_of(*CHINESE), {**DEFAULTS, "words": words})["words"] == words


def test_a_few_foreign_words_change_nothing() -> None:
    assert preprocess.settle(sample_of(*CHINESE, "WiFi OK, check-in very slow"), DEFAULTS)["words"] == 3
    assert preprocess.settle(sample_of(*REVIEWS, "很好"), DEFAULTS)["words"] == 2


# --------------------------------------------------------------------- parse
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  a  b \n", "a  b"),
        ("a\r\nb\rc\u2028d\x0be\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\tb", "a\tb"),
        ("a\0b\x07c\x7fd\x9fe", "abcde"),
        ("e\u0301", "é"),
        ("e\x01\u0301", "é"),
        ("ﬁ Ⅳ ＦＵＬＬ", "ﬁ Ⅳ ＦＵＬＬ"),
        ("a\ud800b", "a\ufffdb"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
        ("אבג", "אבג"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (True, "true"),
        ("7.0", "7.0"),
        ("无", "无"),
        ("-", "-"),
        ("none", "none"),
        ("\0NA\0", ""),
        ("\0", ""),
        (math.nan, ""),
        ("缺失", ""),
    ],
)
def test_what_becomes_of_a_cell(cell: Any, text: str) -> None:
    assert read(cell) == [text]
    assert read(text) == [text]


def test_containers_are_bad_and_own_words_are_missing() -> None:
    parsed = preprocess.parse(column_of("a", [1], b"x", "leer"), {**DEFAULTS, "missing": ["leer"]})
    assert parsed.values.tolist() == ["a", "", "", ""]
    assert parsed.bad.tolist() == [1, 2]


def test_a_hundred_kilobytes_stay_whole() -> None:
    text = "文" * 100_000
    assert read(text) == [text]
    state = fitted(text)
    assert state["longest"] == 100_000
    assert not preprocess.odd(column_of(text), state).any()


@given(st.text(max_size=20))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_how_a_text_is_composed_makes_no_difference(text: str) -> None:
    assert read(normalize("NFD", text)) == read(normalize("NFC", text))
    (found,) = read(text)
    assert normalize("NFC", found) == found
    assert found == found.strip()
    found.encode()  # what is read can be written


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("a", ""),
        (" a\r\n", ""),
        ("a\0", "cleaned"),
        ("\ud800", "cleaned"),
        ("NA", "missing"),
        ("-999", "missing"),
        (3, ""),
    ],
)
def test_what_is_told_of_a_cell(cell: Any, how: str) -> None:
    assert preprocess.how(cell, {**DEFAULTS, "missing": [-999]}) == how


# --------------------------------------------------------------------- facts
def facts_of(*texts: str) -> Array:
    return preprocess.block([column_of(*texts)], [fitted(*texts)])


def test_the_facts_of_a_text() -> None:
    text = "Hi, WE met 42 times 了吗"
    expected = [math.log1p(22), math.log1p(7), 2 / 22, 3 / 22, 1 / 22]
    assert_allclose(facts_of(text)[0], expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0), ("...", 0), ("a", 1), ("a b", 2), ("don't", 2), ("房间", 2), ("e\u0301\u0302a b", 2), ("x房y", 3),
        ("🙂 🙂", 0), ("ก่า", 2), ("42nd", 1),
    ],
)  # fmt: skip
def test_words_are_counted(text: str, words: int) -> None:
    assert characters.counts(column_of(text))[0, 1] == words


def test_a_missing_text_has_no_facts_and_one_of_signs_has() -> None:
    assert np.isnan(facts_of("", "a")[0]).all()
    assert facts_of("!!!", "a")[0].tolist() == [math.log1p(3), 0.0, 0.0, 0.0, 1.0]


@given(st.lists(st.text(max_size=12), max_size=6))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_facts_do_not_depend_on_neighbours(texts: list[str]) -> None:
    whole = characters.counts(column_of(*texts))
    assert whole.shape == (len(texts), len(characters.COUNTS))
    for row, text in enumerate(texts):
        assert_array_equal(characters.counts(column_of(text))[0], whole[row])
        assert whole[row, 0] == len(text)
        assert (whole[row] <= len(text)).all()


def test_many_long_texts_are_counted_in_turns() -> None:
    texts = column_of("a b", "c " * characters._CHUNK, "", "房间")
    assert characters.counts(texts)[:, 1].tolist() == [2, characters._CHUNK, 0, 2]
    assert characters.strange(texts, {"LATIN"}).tolist() == [False, False, False, True]


# ----------------------------------------------------------- state and views
def test_no_text_and_no_piece_of_one_is_kept() -> None:
    kept = json.dumps([fitted(*REVIEWS), preprocess.profile(column_of(*REVIEWS))]).lower()
    assert not [word for text in REVIEWS for word in text.lower().split() if len(word) > 4 and word in kept]


def test_views_and_their_names() -> None:
    states = [fitted("a", ""), fitted("abc", "房 间 5")]
    block = preprocess.block([column_of("", "ab"), column_of("x", "")], states)
    raw, dense = (preprocess.view(name, block, states) for name in ("raw", "dense"))
    assert raw.shape == (2, 10) and dense.shape == (2, 11)
    assert np.isnan(raw[0, :5]).all() and np.isnan(raw[1, 5:]).all()
    assert dense[:, 10].tolist() == [1.0, 0.0]
    names = [feature.name for feature in preprocess.features("dense", ["t", "u"], states)]
    assert names[0] == "t[characters]" and names[-1] == "t[missing]"


def test_standardised_on_the_rows_of_training() -> None:
    texts = column_of(*(f"{'word ' * (number % 17)}{number}" for number in range(200)))
    state = preprocess.finish(preprocess.summarise(texts), DEFAULTS)
    dense = preprocess.view("dense", preprocess.block([texts], [state]), [state])
    assert_allclose(dense[:, :3].mean(axis=0), 0, atol=1e-6)
    assert_allclose(dense[:, :3].std(axis=0), 1, atol=1e-6)


def test_facts_of_texts_that_repeat_are_not_told() -> None:
    films = [f"A film about {number} men and a dog" for number in range(60)]
    often, once = fitted(*(films * 10)), fitted(*films)
    assert often["repeated"] and not once["repeated"]
    block = preprocess.block([column_of(*films, "")], [often])
    assert (block[:-1] == 0).all() and np.isnan(block[-1]).any()


def test_a_column_without_any_text_is_fitted() -> None:
    state = fitted("", "")
    assert state == {"facts": [[0.0, 1.0]] * 5, "missing": True, "longest": 0, "scripts": [], "repeated": False}


# ----------------------------------------------------------- profile and odd
def test_the_profile_counts_lengths() -> None:
    profile = preprocess.profile(column_of("", *("x" * length for length in range(1, 101))))
    assert profile["missing"] == 1 and profile["kind"] == "text"
    assert sum(profile["counts"]) == 100
    assert profile["edges"][0] == 10


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("another clean room", False),
        ("x " * 1000, True),
        ("房间很干净", True),
        ("Комната", True),
        ("the room 房间 was fine", False),
        ("🙂🙂🙂 !!! 123", False),
        ("", False),
    ],
)
def test_far_longer_texts_and_new_scripts_are_odd(text: str, odd: bool) -> None:
    assert preprocess.odd(column_of(text), fitted(*REVIEWS)).tolist() == [odd]


def test_examples_stand_for_many_scripts_and_are_read() -> None:
    texts = preprocess.parse(column_of(*preprocess.EXAMPLES), DEFAULTS)
    assert not len(texts.bad)
    assert {"LATIN", "CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "THAI"} <= characters.scripts(texts.values)
    assert "" in texts.values
    assert sum(map(len, preprocess.EXAMPLES)) < 1000


# ------------------------------------------------------------------- options
@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 2}, {"overlap": -1}, {"words": -1}, {"characters": 99}, {"buckets": 1}, {"rank": 0}, {"alpha": 0},
        {"tune": "half"}, {"pooling": "sum"}, {"adapter": "x"}, {"encoder": ""}, {"words": "two"},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)

"""What graphs are fed with: in which calls, from which files, with which options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from modelyard.core.errors import BundleError
from modelyard.core.feeds import Feed
from modelyard.core.protocols import Array
from modelyard.core.ragged import EMPTY, Ragged
from modelyard.runtime import grams, steps
from modelyard.runtime.steps import IDS, ROWS, Made, Remembered, Steps, calls, encode, run

laws = settings(max_examples=60, derandomize=True, deadline=None)
GRAMS = {"words": 2, "characters": 0, "buckets": 512}


class Summing:
    """A session that answers the sum of the ids of each row, and remembers what it was asked."""

    def __init__(self, feed: str = steps.INPUT) -> None:
        self.feed = feed
        self.asked: list[Mapping[str, Array]] = []

    def run(self, outputs: list[str], feeds: Mapping[str, Array]) -> list[Array]:
        self.asked.append(feeds)
        ids = feeds[self.feed]
        first = np.where(ids == EMPTY, 0, ids).sum(axis=tuple(range(1, ids.ndim))).astype(np.float64)
        first += feeds["number"][:, 0] if "number" in feeds else 0
        return [np.stack([first, -first], axis=1).astype(np.float32), first][: len(outputs)]


def ragged(lengths: list[int]) -> Ragged:
    """Row n has the number n as often as it is long."""
    return Ragged.of([[number] * length for number, length in enumerate(lengths)])


def tokens_of(lengths: list[int], window: int) -> Made:
    return Made(Feed("tokens/a", "tokens", "a", 1, {"window": window}), ragged(lengths))


def places(weights: list[float]) -> list[list[int]]:
    rows = np.arange(len(weights))
    return [rows[some].tolist() for some in calls(np.asarray(weights, float))]


# --------------------------------------------------------------- calls
@laws
@given(st.lists(st.floats(0, 3), max_size=60))
def test_every_row_is_in_one_call(weights: list[float]) -> None:
    found = places(weights)
    assert sorted(row for some in found for row in some) == list(range(len(weights)))
    assert all(some == sorted(some) for some in found)


@laws
@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_call_takes_more_than_its_memory_unless_one_row_does(weights: list[float]) -> None:
    for some in places(weights):
        heaviest = max(weights[row] for row in some)
        assert len(some) == 1 or heaviest * len(some) <= 1 + 1e-9
        assert len(some) <= ROWS


@laws
@given(st.lists(st.floats(0.01, 0.6), min_size=2, max_size=60))
def test_rows_of_one_call_are_alike(weights: list[float]) -> None:
    found = places(weights)
    for lighter, heavier in zip(found[1:], found, strict=False):
        assert max(weights[row] for row in lighter) <= min(weights[row] for row in heavier)


def test_rows_that_weigh_nothing_go_in_order() -> None:
    assert places([]) == [[]]
    assert places([0.0] * 3) == [[0, 1, 2]]
    assert [len(some) for some in places([0.0] * (2 * ROWS + 1))] == [ROWS, ROWS, 1]


def test_one_row_heavier_than_a_call_is_a_call_of_its_own() -> None:
    assert places([0.1, 70.0, 0.1]) == [[1], [0, 2]]


def test_many_light_rows_beside_a_heavy_one() -> None:
    found = places([1e-9] * (ROWS + 5) + [2.0])
    assert [len(some) for some in found] == [1, ROWS, 5]


# --------------------------------------------------------------- what a row takes
@pytest.mark.parametrize("longest", [1, 31, 32, 33, 65, 900])
def test_a_call_holds_no_more_ids_than_it_may(longest: int) -> None:
    session, lengths = Summing("tokens/a"), [longest, *(1 + n % longest for n in range(900))]
    run(session, ["value"], {}, [tokens_of(lengths, window=32)], len(lengths))
    assert max(feeds["tokens/a"].size for feeds in session.asked) <= IDS["tokens"]


def test_an_encoder_holds_to_the_same() -> None:
    session = Summing()
    encode(session, ragged([33] * 800), window=32, dimension=2)
    assert max(feeds[steps.INPUT].size for feeds in session.asked) <= IDS["tokens"]


def test_vectors_weigh_nothing_beside_ids() -> None:
    made = Made(Feed("vectors/a", "vectors", "a", 1), np.ones((3, 4), np.float32))
    assert made.weights.tolist() == [0.0, 0.0, 0.0]
    assert_array_equal(made.array(np.asarray([2, 0])), np.ones((2, 4)))


def test_tokens_go_in_windows_grams_side_by_side() -> None:
    assert tokens_of([5, 1], window=4).array(slice(None)).shape == (2, 2, 4)
    made = Made(Feed("grams/a", "grams", "a", 1, GRAMS), ragged([5, 1]))
    assert made.array(slice(None)).shape == (2, 5)


# --------------------------------------------------------------- encode
def test_vectors_come_in_the_order_of_the_texts() -> None:
    lengths = [3, 900, 0, 40, 9_000, 1, 40]
    session = Summing()
    found = encode(session, ragged(lengths), window=32, dimension=2)
    expected = [number * length for number, length in enumerate(lengths)]
    assert found.dtype == np.float32
    assert_array_equal(found, np.stack([expected, np.negative(expected)], axis=1))
    assert len(session.asked) > 1


def test_one_text_of_more_than_a_call_is_whole() -> None:
    session = Summing()
    encode(session, ragged([IDS["tokens"] * 3]), window=256, dimension=2)
    assert session.asked[0][steps.INPUT].shape == (1, 96, 256)


# --------------------------------------------------------------- run
def test_answers_are_in_the_order_of_the_rows() -> None:
    lengths = [7, 4_000, 2, 4_000, 4_000, 0]
    number = np.arange(6.0)[:, None] / 8
    session = Summing("tokens/a")
    pair, single = run(session, ["both", "value"], {"number": number}, [tokens_of(lengths, 64)], 6)
    expected = np.arange(6) * lengths + number[:, 0]
    assert_array_equal(pair, np.stack([expected, -expected], axis=1).astype(np.float32))
    assert_array_equal(single, expected)
    assert (pair.dtype, single.dtype) == (np.float32, np.float64)
    assert len(session.asked) > 1
    for feeds in session.asked:
        assert len(feeds["number"]) == len(feeds["tokens/a"])


def test_several_feeds_share_a_call() -> None:
    one = tokens_of([4_000, 10, 10], 64)
    other = Made(Feed("grams/b", "grams", "b", 1, GRAMS), ragged([1, 1, 100_000]))
    session = Summing("tokens/a")
    run(session, ["both"], {}, [one, other], 3)
    assert sum(len(feeds["grams/b"]) for feeds in session.asked) == 3
    for feeds in session.asked:
        assert feeds["grams/b"].size <= IDS["grams"] and feeds["tokens/a"].size <= IDS["tokens"]


@pytest.mark.parametrize("rows", [1, ROWS, ROWS + 1])
def test_without_feeds_only_the_rows_count(rows: int) -> None:
    session = Summing("number")
    block = np.arange(float(rows))[:, None]
    (found,) = run(session, ["both"], {"number": block}, [], rows)
    assert_array_equal(found[:, 0], 2 * np.arange(rows))
    assert len(session.asked) == -(-rows // ROWS)


def test_no_rows_are_one_call() -> None:
    session = Summing("tokens/a")
    (found,) = run(session, ["both"], {}, [tokens_of([], 8)], 0)
    assert found.shape == (0, 2) and len(session.asked) == 1


# --------------------------------------------------------------- making feeds
def test_grams_need_no_file() -> None:
    texts = np.asarray(["很 好", "", "good 🙂 good"], object)
    feed = Feed("grams/a", "grams", "a", grams.VERSION, GRAMS)
    made = Steps({}, lambda content, place: None).make(feed, texts)
    assert made.feed == feed
    assert_array_equal(made.values.values, grams.grams(texts, 2, 0, 512).values)


@pytest.fixture(scope="module")
def tokenizer() -> bytes:
    """One id for each of a few words, between [CLS] and [SEP]."""
    tokenizers = pytest.importorskip("tokenizers")
    words = ["[UNK]", "[CLS]", "[SEP]", "a", "b", "房"]
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return str(made.to_str()).encode()


def test_files_are_opened_once(tokenizer: bytes) -> None:
    opened: list[tuple[bytes, str]] = []
    session = Summing()

    def open_graph(content: bytes, place: str) -> Any:
        opened.append((content, place))
        return session

    steps_of = Steps({"files/t.json": tokenizer, "files/g.onnx": b"graph"}, open_graph)
    options = {"tokenizer": "files/t.json", "graph": "files/g.onnx", "window": 8, "overlap": 2, "dimension": 2}
    feed = Feed("vectors/a", "vectors", "a", 1, options)
    steps_of.prepare(feed)
    assert opened == [(b"graph", "files/g.onnx")] and not session.asked
    for _ in range(2):
        made = steps_of.make(feed, np.asarray(["a 房", "", "x " * 100], object))
        assert made.values[:2, 0].tolist() == [1 + 3 + 5 + 2, 1 + 2]
    assert len(opened) == 1
    tokens = steps_of.make(Feed("tokens/a", "tokens", "a", 1, options), np.asarray(["a b", ""], object))
    assert tokens.array(slice(None)).tolist() == [[[1, 3, 4, 2]], [[1, 2, EMPTY, EMPTY]]]


def test_a_file_that_is_not_there() -> None:
    feed = Feed("tokens/a", "tokens", "a", 1, {"tokenizer": "files/gone.json", "window": 8, "overlap": 0})
    with pytest.raises(KeyError, match=r"gone\.json"):
        Steps({}, lambda content, place: None).prepare(feed)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe", b'{"model": 3}'])
def test_a_damaged_tokenizer(content: bytes) -> None:
    pytest.importorskip("tokenizers")
    feed = Feed("tokens/a", "tokens", "a", 1, {"tokenizer": "t", "window": 8, "overlap": 0})
    with pytest.raises(ValueError, match=r"."):
        Steps({"t": content}, lambda content, place: None).prepare(feed)


# --------------------------------------------------------------- in a manifest
def entry(**changes: Any) -> dict[str, Any]:
    feed = Feed("grams/城市", "grams", "城市", grams.VERSION, GRAMS)
    return {**feed.to_json(), **changes}


@pytest.mark.parametrize(("version", "advice"), [(99, "pip install --upgrade modelyard"), (0, "predict.py")])
def test_a_step_of_another_version(written: Any, version: int, advice: str) -> None:
    with pytest.raises(BundleError) as refusal:
        refused(written, entry(version=version))
    assert f"version {version}" in str(refusal.value) and "grams" in str(refusal.value)
    assert advice in str(refusal.value)


@pytest.mark.parametrize("changes", [{"step": "images"}, {"odd": 1}, {"step": None}])
def test_a_step_that_is_not_known(written: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=r"manifest"):
        refused(written, entry(**changes))


def test_a_file_of_a_step_that_the_bundle_lacks(written: Any) -> None:
    tokens = Feed("tokens/城市", "tokens", "城市", 1, {"tokenizer": "files/gone.json", "window": 8, "overlap": 0})
    with pytest.raises(BundleError, match=r"manifest"):
        refused(written, tokens.to_json())


def refused(written: Any, feed: dict[str, Any]) -> None:
    from modelyard.runtime.bundle import Bundle
    from modelyard.runtime.manifest import open_sealed, seal

    folder = written()
    manifest = dict(open_sealed(folder)[1])
    targets = [{**target, "feeds": [feed]} for target in manifest["targets"]]
    seal(folder, {key: manifest[key] for key in manifest if key not in ("files", "format")} | {"targets": targets})
    Bundle.load(folder)


# --------------------------------------------------------------- the same texts again
class CountingSteps(Steps):
    """Remembers which texts were made."""

    def __init__(self) -> None:
        super().__init__({}, lambda content, place: None)
        self.texts: list[list[str]] = []

    def _made(self, feed: Feed, texts: Array) -> Made:
        self.texts.append(list(texts))
        return super()._made(feed, texts)


def gram_feed(column: str = "a") -> Feed:
    return Feed(f"grams/{column}", "grams", column, 1, GRAMS)


def objects(*texts: str) -> Array:
    return np.asarray(texts, object)


def rows_of(made: Made) -> list[list[int]]:
    values = made.values
    assert isinstance(values, Ragged)
    return [values[row : row + 1].values.tolist() for row in range(len(values))]


def test_equal_texts_of_one_call_are_made_once() -> None:
    subject = CountingSteps()
    found = rows_of(subject.make(gram_feed(), objects("b", "房间", "b", "", "b")))
    assert subject.texts == [["b", "房间", ""]]
    alone = Steps({}, lambda *_: None)
    assert found == [rows_of(alone.make(gram_feed(), objects(one)))[0] for one in ("b", "房间", "b", "", "b")]
    subject.make(gram_feed(), np.empty(0, object))
    assert subject.texts[1:] == [[]]


@laws
@given(st.permutations(["a b", "", "c", "a b", "🙂 c", "房间 很 干净"]))
def test_what_is_remembered_is_what_would_be_made(texts: list[str]) -> None:
    subject = CountingSteps()
    remembered = Remembered(subject)
    first = remembered.make(gram_feed(), objects("a b", "", "c", "a b", "🙂 c", "房间 很 干净"))
    assert len(first.values) == 6
    made = remembered.make(gram_feed(), objects(*texts))
    assert len(subject.texts) == 1, "made once"
    assert made.feed == gram_feed()
    assert rows_of(made) == rows_of(Steps({}, lambda *_: None).make(gram_feed(), objects(*texts)))


def test_a_text_that_was_never_there_is_made() -> None:
    subject = CountingSteps()
    remembered = Remembered(subject)
    remembered.make(gram_feed(), objects("a", "b"))
    new = remembered.make(gram_feed(), objects("b", "new"))
    assert subject.texts == [["a", "b"], ["b", "new"]]
    assert rows_of(new) == rows_of(Steps({}, lambda *_: None).make(gram_feed(), objects("b", "new")))
    remembered.make(gram_feed(), objects("b", "b", "a"))
    assert len(subject.texts) == 2
    remembered.make(gram_feed("other"), objects("b"))
    assert len(subject.texts) == 3, "another feed, another memory"

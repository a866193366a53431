"""The n-grams of texts: a sparse matrix in training, a graph in serving, the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from modelyard.core.protocols import Array, Mixed, TextColumn
from modelyard.fragments.graph import Graph
from modelyard.models import affine, grams
from modelyard.models.grams import LEAST, MANY, SCALE, Grams
from modelyard.runtime.steps import Steps

OPTIONS = {"words": 2, "characters": 3, "buckets": 4_096}
LEARNT = np.asarray(
    ["the room was clean", "the room was loud", "房间很干净", "房间太小了", "good 🙂", "", "נקי מאוד", "the cat"] * 2,
    object,
)
NASTY = np.asarray(
    [
        *(
            "",
            " \t\n",
            "the room",
            "房间",
            "unseen words alone zzz",
            "🙂👍🏽 👨\u200d👩\u200d👧",
            "e\u0301 n\u0303 é ñ",
        ),
        *("ﬁ Ⅳ ＦＵＬＬ", "الغرفة نظيفة", "\u202eabc\u202c", "x" * 100_000, "the room was clean " * 6_000),
        *("\u0301", "\ud800 half", "[CLS]"),
    ],
    object,
)


def column(name: str = "评论", **options: int) -> TextColumn:
    return TextColumn(name, {**OPTIONS, **options, "encoder": None})


def fitted(**options: int) -> Grams:
    (one,) = grams.fit([column(**options)], [{"评论": LEARNT}])
    return one


def weights_of(one: Grams, width: int = 2, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(len(one), width)).astype(np.float32)


def session_of(graph: Graph, tensor: str, width: int) -> Any:
    graph.output("value", tensor, np.float32, width)
    return onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])


def fed(graph: Graph, texts: dict[str, Array]) -> dict[str, Array]:
    steps = Steps(graph.files, lambda content, _: None)
    return {name: steps.make(feed, texts[feed.column]).array(slice(None)) for name, feed in graph.feeds.items()}


def from_graph(one: Grams, weight: Array, texts: Array) -> Array:
    graph = Graph()
    session = session_of(graph, one.export(graph, weight), weight.shape[1])
    found: Array = session.run(None, fed(graph, {one.column: texts}))[0]
    return found


# --------------------------------------------------------------- the matrix
def test_all_texts_have_one_length_but_those_without_a_known_gram() -> None:
    one = fitted()
    matrix = one.matrix(NASTY)
    assert matrix.shape == (len(NASTY), len(one)) and matrix.dtype == np.float32
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    known = np.asarray(lengths).ravel() > 0
    assert_allclose(np.asarray(lengths).ravel()[known], SCALE, rtol=1e-4)
    assert not known[0] and not known[1] and known[2] and known[3]


def test_rare_grams_count_more_than_common_ones() -> None:
    (one,) = grams.fit([column(words=1, characters=0)], [{"评论": np.asarray(["a b", "a c", "a d"], object)}])
    row = one.matrix(np.asarray(["a b"], object)).toarray()[0]
    common, rare = 1.0, np.log(4 / 2) + 1
    assert_allclose(np.sort(row[row > 0]), SCALE * np.asarray([common, rare]) / np.hypot(common, rare), rtol=1e-6)


def test_equal_texts_count_once() -> None:
    once, often = (grams.fit([column()], [{"评论": texts}])[0] for texts in (LEARNT, np.repeat(LEARNT, 5)))
    assert_array_equal(once.seen, often.seen)
    assert_array_equal(once.rarity, often.rarity)


def test_with_many_texts_a_gram_must_be_in_two() -> None:
    few = np.asarray([f"common word{number}" for number in range(MANY - 1)], object)
    many = np.asarray([f"common word{number}" for number in range(MANY)], object)
    options = {"words": 1, "characters": 0, "buckets": 1 << 24}
    assert len(grams.fit([column(**options)], [{"评论": few}])[0]) == MANY
    assert len(grams.fit([column(**options)], [{"评论": many}])[0]) == 1
    assert LEAST == 2


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_any_texts_can_be_learnt_from_and_read(texts: list[str]) -> None:
    array = np.asarray(texts, object)
    (one,) = grams.fit([column()], [{"评论": array}])
    matrix = one.matrix(array)
    assert matrix.shape == (len(texts), len(one)) and np.isfinite(matrix.data).all()
    assert_array_equal(np.sort(one.seen), one.seen)
    rows = np.concatenate([one.matrix(array[row : row + 1]).toarray() for row in range(len(texts))])
    assert_allclose(matrix.toarray(), rows, atol=1e-6)


# --------------------------------------------------------------- which columns
def test_columns_without_grams_are_left_out() -> None:
    texts = {"评论": LEARNT, "title": LEARNT, "none": LEARNT}
    columns = [column(), column("title", words=0), column("none", words=0, characters=0), column("absent")]
    found = grams.fit(columns, [texts])
    assert [one.column for one in found] == ["评论", "title"]
    assert len(found[1]) < len(found[0])
    assert grams.fit([], [{}]) == () and grams.fit(columns, [{}]) == ()


def test_folds_share_what_they_have_seen() -> None:
    halves = [{"评论": LEARNT[:3]}, {"评论": LEARNT[3:]}]
    (both,), (whole,) = grams.fit([column()], halves), grams.fit([column()], [{"评论": LEARNT}])
    assert_array_equal(both.seen, whole.seen)
    assert_array_equal(both.rarity, whole.rarity)


def test_beside_a_view() -> None:
    table = np.asarray([[1.0, 0.0]] * len(NASTY), np.float32)
    of = grams.fit([column(), column("title", characters=0)], [{"评论": LEARNT, "title": LEARNT[::-1]}])
    beside = grams.beside(table, of, {"评论": NASTY, "title": NASTY[::-1]})
    assert sparse.issparse(beside) and beside.dtype == np.float32
    assert beside.shape == (len(NASTY), 2 + sum(map(len, of)))
    assert_array_equal(beside[:, :2].toarray(), table)
    assert grams.beside(table, (), {}) is table


# --------------------------------------------------------------- the graph
@pytest.mark.parametrize("options", [{}, {"words": 0}, {"characters": 0}, {"words": 5}, {"buckets": 256}], ids=str)
@pytest.mark.parametrize("width", [1, 3])
def test_the_graph_gives_the_matrix_product(options: dict[str, int], width: int) -> None:
    one = fitted(**options)
    weight = weights_of(one, width)
    assert_allclose(from_graph(one, weight, NASTY), one.matrix(NASTY) @ weight, atol=1e-5)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    one = fitted()
    weight = weights_of(one)
    graph = Graph()
    session = session_of(graph, one.export(graph, weight), 2)
    together = session.run(None, fed(graph, {"评论": NASTY}))[0]
    alone = [session.run(None, fed(graph, {"评论": NASTY[row : row + 1]}))[0] for row in range(len(NASTY))]
    assert_allclose(together, np.concatenate(alone), atol=1e-6, rtol=1e-6)


def test_no_rows() -> None:
    one = fitted()
    assert from_graph(one, weights_of(one), NASTY[:0]).shape == (0, 2)
    assert one.matrix(NASTY[:0]).shape == (0, len(one))


def test_texts_that_say_nothing_teach_nothing() -> None:
    (one,) = grams.fit([column()], [{"评论": np.asarray(["", " "], object)}])
    assert len(one) == 0 and one.matrix(NASTY).shape == (len(NASTY), 0)
    assert not from_graph(one, weights_of(one), NASTY).any()


def test_two_columns_that_are_read_alike_are_two_feeds() -> None:
    graph = Graph()
    for one in grams.fit([column(), column("title")], [{"评论": LEARNT, "title": LEARNT}]):
        one.export(graph, weights_of(one))
        one.export(graph, weights_of(one, seed=1))
    assert list(graph.feeds) == ["grams/评论/2.3.4096", "grams/title/2.3.4096"] and not graph.files


# --------------------------------------------------------------- as an affine model, and the mean of folds
def saved(folder: Path, of: tuple[Grams, ...], seed: int, features: int = 2) -> Path:
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    rows = features + sum(map(len, of))
    affine.save(folder, random.normal(size=(rows, 3)), random.normal(size=3), of=of)
    return folder


@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize("columns", [1, 2])
def test_the_mean_of_folds_is_one_graph(tmp_path: Path, folds: int, columns: int) -> None:
    named = [column(), column("title", words=1, characters=0)][:columns]
    of = grams.fit(named, [{"评论": LEARNT, "title": LEARNT[::-1]}])
    folders = [saved(tmp_path / str(fold), of, fold) for fold in range(folds)]
    table = np.random.default_rng(1).normal(size=(len(NASTY), 2)).astype(np.float32)
    texts = {"评论": NASTY, "title": NASTY[::-1]}
    graph = Graph()
    view = graph.input("view", np.float32, 2)
    score = graph.cast(affine.export(graph, folders, view), np.float32)
    session = session_of(graph, score, 3)
    expected = np.mean([affine.load(folder).scores(Mixed(table, texts)) for folder in folders], axis=0)
    assert_allclose(session.run(None, {"view": table, **fed(graph, texts)})[0], expected, atol=1e-5)


def test_a_checkpoint_keeps_its_grams(tmp_path: Path) -> None:
    of = grams.fit([column(), column("title", buckets=256)], [{"评论": LEARNT, "title": LEARNT}])
    loaded = affine.load(saved(tmp_path / "a", of, 0))
    for kept, one in zip(loaded.grams, of, strict=True):
        assert (kept.column, dict(kept.options)) == (one.column, dict(one.options))
        assert_array_equal(kept.seen, one.seen)
        assert_array_equal(kept.rarity, one.rarity)
    assert len(loaded.weight) == 2 and [len(weight) for weight in loaded.gram_weights] == [len(one) for one in of]


def test_a_checkpoint_without_any(tmp_path: Path) -> None:
    (nothing,) = grams.fit([column()], [{"评论": np.asarray([""], object)}])
    for name, of in (("none", ()), ("empty", (nothing,))):
        loaded = affine.load(saved(tmp_path / name, of, 0))
        table = np.ones((2, 2), np.float32)
        scores = loaded.scores(Mixed(table, {"评论": NASTY[:2]}))
        assert_allclose(scores, loaded.scores(table))


def test_many_rows_go_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = grams.fit([column()], [{"评论": LEARNT}])
    model = affine.load(saved(tmp_path / "a", of, 0))
    x = Mixed(np.ones((len(NASTY), 2), np.float32), {"评论": NASTY})
    whole = model.scores(x)
    monkeypatch.setattr(affine, "CHUNK", 4)
    assert_allclose(model.scores(x), whole, rtol=1e-12)

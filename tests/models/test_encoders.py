"""Frozen encoders: exported once, each text encoded once, the same numbers as torch gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.protocols import Array
from modelyard.core.schema import Column
from modelyard.data.dataset import pretrained
from modelyard.fragments.graph import Graph
from modelyard.models import encoders as subject
from modelyard.models.encoders import Encoder, Encoders, make
from modelyard.runtime import steps
from modelyard.runtime.steps import Steps

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnxscript")
pytestmark = pytest.mark.torch

OPTIONS = {"pooling": "mean", "window": 24, "overlap": 4, "remote_code": None}
TEXTS = np.asarray(
    [
        "the cat sat on the mat", "", " ", "房间很干净，服务也好", "נקי מאוד", "e\u0301 n\u0303", "🙂👍🏽 👨‍👩‍👧",
        "[CLS] [SEP] [MASK]", "a loan was not repaid! " * 30, "the cat sat on the mat", "x" * 100_000,
    ],
    object,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def exporter(exports: Any) -> Iterator[Any]:
    """The exporter itself; what it has exported once is at hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modelyard.backbones.frozen.export", exports)
        yield exports.__wrapped__


@pytest.fixture(scope="module")
def made(tiny_encoder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make` writes."""
    folder = tmp_path_factory.mktemp("made")
    make(folder, tiny_encoder(), OPTIONS)
    return folder


class Counting:
    """A session that counts the rows that pass it."""

    def __init__(self, encoder: Encoder) -> None:
        self.session = encoder._session
        self.rows = 0

    def run(self, outputs: list[str], feeds: dict[str, Array]) -> Any:
        self.rows += len(feeds[steps.INPUT])
        return self.session.run(outputs, feeds)


def counted(encoder: Encoder) -> Counting:
    session = Counting(encoder)
    encoder.__dict__["_session"] = session
    return session


def test_the_vectors_are_those_of_torch(made: Path, tiny_encoder: Callable[..., Path]) -> None:
    from modelyard.backbones.hugging_face import load
    from modelyard.backbones.pooling import Pooled, Scaled
    from modelyard.runtime import tokens

    network = Scaled(Pooled(load.load(tiny_encoder()), "mean")).eval()
    tokenizer = tokens.open_tokenizer((made / subject.TOKENIZER).read_bytes())
    encoder = Encoder(made, threads=1)
    texts = TEXTS[:-1]
    with torch.no_grad():
        expected = [
            network(torch.from_numpy(tokens.tokens(tokenizer, texts[row : row + 1], 24, 4).windows(24)))[0].numpy()
            for row in range(len(texts))
        ]
    found = encoder.vectors(texts)
    assert found.dtype == np.float32 and found.shape == (len(texts), encoder.dimension)
    assert_allclose(found, expected, atol=1e-5)
    assert_allclose(np.linalg.norm(found, axis=1), 4.0, atol=1e-4)
    assert_array_equal(found[0], found[9])


def test_a_vector_does_not_depend_on_its_neighbours(made: Path) -> None:
    encoder = Encoder(made, threads=1)
    together = encoder.vectors(TEXTS)
    alone = np.concatenate([encoder.vectors(TEXTS[row : row + 1]) for row in range(len(TEXTS))])
    assert np.isfinite(together).all()
    assert_allclose(together, alone, atol=1e-6)


def test_a_second_time_nothing_passes_the_encoder(made: Path, tmp_path: Path) -> None:
    first = Encoder(made, tmp_path, threads=1)
    session = counted(first)
    vectors = first.vectors(TEXTS)
    assert session.rows == len(set(TEXTS)), "equal texts pass once"
    assert_array_equal(first.vectors(TEXTS[::-1]), vectors[::-1])
    second = Encoder(made, tmp_path, threads=1)
    again = counted(second)
    assert_array_equal(second.vectors(TEXTS), vectors)
    assert (session.rows, again.rows) == (len(set(TEXTS)), 0)


def test_only_new_rows_pass_the_encoder(made: Path, tmp_path: Path) -> None:
    texts = np.asarray([f"the cat number {number}" for number in range(110)], object)
    Encoder(made, tmp_path, threads=1).vectors(texts[:100])
    grown = Encoder(made, tmp_path, threads=1)
    session = counted(grown)
    grown.vectors(texts)
    assert session.rows == 10


def test_what_measuring_the_time_has_encoded_is_kept(made: Path, tmp_path: Path) -> None:
    texts = np.asarray([f"a loan of {number}" for number in range(200)], object)
    encoder = Encoder(made, tmp_path, threads=1)
    session = counted(encoder)
    told: list[tuple[float, int]] = []

    def hold(seconds: float) -> None:
        told.append((seconds, session.rows))

    encoder.read(texts, hold)
    ((seconds, looked),) = told
    assert seconds > 0 and subject._LOOK <= looked < 2 * subject._LOOK
    assert session.rows == len(texts)
    for known in (texts, texts[:0]):
        encoder.read(known, hold)
    assert [seconds for seconds, _ in told[1:]] == [0, 0] and session.rows == len(texts)


def test_whoever_refuses_the_time_has_lost_nothing(made: Path, tmp_path: Path) -> None:
    texts = np.asarray([f"a loan of {number}" for number in range(200)], object)
    encoder = Encoder(made, tmp_path, threads=1)
    session = counted(encoder)

    def refuse(seconds: float) -> None:
        raise TimeoutError(seconds)

    with pytest.raises(TimeoutError):
        encoder.read(texts, refuse)
    looked = session.rows
    assert 0 < looked < len(texts)
    encoder.vectors(texts)
    assert session.rows == len(texts)


def test_without_a_cache_each_call_encodes(made: Path) -> None:
    encoder = Encoder(made, threads=1)
    session = counted(encoder)
    assert_array_equal(encoder.vectors(TEXTS[:3]), encoder.vectors(TEXTS[:3]))
    assert session.rows == 6 and encoder.refused() is None


def test_a_cache_that_refuses_costs_time_and_is_told(made: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", "utf-8")
    encoder = Encoder(made, tmp_path / "cache", threads=1)
    assert_array_equal(encoder.vectors(TEXTS), Encoder(made, threads=1).vectors(TEXTS))
    assert isinstance(encoder.refused(), OSError)


def test_a_damaged_vector_is_encoded_again(made: Path, tmp_path: Path) -> None:
    encoder = Encoder(made, tmp_path, threads=1)
    expected = encoder.vectors(TEXTS)
    (place,) = tmp_path.rglob("vectors.bin")
    content = bytearray(place.read_bytes())
    content[3] ^= 64
    place.write_bytes(bytes(content))
    again = Encoder(made, tmp_path, threads=1)
    session = counted(again)
    assert_allclose(again.vectors(TEXTS), expected, atol=1e-6)
    assert session.rows == 1


def test_no_texts(made: Path, tmp_path: Path) -> None:
    for kept in (None, tmp_path):
        assert Encoder(made, kept, threads=1).vectors(np.empty(0, object)).shape == (0, 16)


def test_progress_is_told_while_texts_pass(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    class Watching:
        def advance(self, done: int, total: int, values: Any) -> None:
            told.append((done, total))

    monkeypatch.setattr(subject, "_AT_ONCE", 4)
    monkeypatch.setattr(subject, "_LOOK", 1)
    Encoder(made, tmp_path, threads=1).read(TEXTS, lambda seconds: None, Watching())  # type: ignore[arg-type]
    assert told == [(4, 9), (8, 9), (9, 9)], "one was looked at"


# --------------------------------------------------------------- made
def test_the_same_checkpoint_makes_the_same_files(
    made: Path, tiny_encoder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exporter: Any
) -> None:
    monkeypatch.setattr("modelyard.backbones.frozen.export", exporter)
    make(tmp_path, tiny_encoder(), OPTIONS)
    for name in (subject.GRAPH, subject.TOKENIZER, subject.FACTS):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()
    assert str(tiny_encoder()).encode() not in (made / subject.GRAPH).read_bytes()


@pytest.mark.parametrize(("name", "value"), [("pooling", "cls"), ("window", 16), ("overlap", 3)])
def test_other_options_are_another_encoder(
    made: Path, tiny_encoder: Callable[..., Path], tmp_path: Path, name: str, value: Any
) -> None:
    make(tmp_path, tiny_encoder(), {**OPTIONS, name: value})
    one, other = Encoder(made), Encoder(tmp_path)
    assert one.facts["id"] != other.facts["id"] and other.facts[name] == value
    assert not np.allclose(one.vectors(TEXTS[8:9]), other.vectors(TEXTS[8:9]), atol=1e-4)


def test_windows_are_no_longer_than_the_encoder_reads(tiny_encoder: Callable[..., Path], tmp_path: Path) -> None:
    make(tmp_path, tiny_encoder(), {**OPTIONS, "window": 8_192, "overlap": 4_000})
    encoder = Encoder(tmp_path, threads=1)
    assert (encoder.facts["window"], encoder.facts["overlap"]) == (64, 32)
    assert np.isfinite(encoder.vectors(TEXTS[8:9])).all()


# --------------------------------------------------------------- in a view, in a graph
def test_vectors_stand_beside_a_view(made: Path) -> None:
    encoder = Encoder(made, threads=1)
    both = Encoders(lambda: {"评论": encoder, "title": encoder})
    matrix = np.arange(6, dtype=np.float32).reshape(3, 2)
    texts = {"评论": TEXTS[:3], "title": TEXTS[3:6], "plain": TEXTS[:3]}
    beside = both.beside(matrix, texts)
    assert beside.dtype == np.float32 and beside.shape == (3, 2 + 2 * 16)
    assert_array_equal(beside[:, :2], matrix)
    assert_array_equal(beside[:, 18:], encoder.vectors(TEXTS[3:6]))
    features = both.features()
    assert len(features) == 32 and len({feature.name for feature in features}) == 32
    assert {(one.column, one.kind) for one in features} == {("评论", "vector"), ("title", "vector")}
    assert features[0].name == "评论[0]" and features[16].name == "title[0]"
    assert Encoders().beside(matrix, texts) is matrix and Encoders().features() == ()


def test_two_columns_of_one_encoder_share_its_files(made: Path) -> None:
    encoder, graph = Encoder(made, threads=1), Graph()
    tensors = Encoders(lambda: {"评论": encoder, "title": encoder}).declare(graph)
    assert Encoders(lambda: {"评论": encoder}).declare(graph) == tensors[:1], "declaring again changes nothing"
    graph.output("side", graph.concat(tensors), np.float32, 32)
    assert list(graph.feeds) == tensors == ["vectors/评论", "vectors/title"]
    assert sorted(Path(place).suffix for place in graph.files) == [".json", ".onnx"]
    opened = Steps(graph.files, lambda content, _: onnxruntime.InferenceSession(content))
    texts = {"评论": TEXTS[:4], "title": TEXTS[4:8]}
    fed = {name: opened.make(feed, texts[feed.column]).array(slice(None)) for name, feed in graph.feeds.items()}
    session = onnxruntime.InferenceSession(graph.model().SerializeToString())
    expected = np.concatenate([encoder.vectors(texts["评论"]), encoder.vectors(texts["title"])], axis=1)
    assert_allclose(session.run(None, fed)[0], expected, atol=1e-6)


def test_which_columns_name_an_encoder() -> None:
    columns = [
        Column("plain", "text", options={"encoder": None}),
        Column("own", "text", options={"encoder": "cnn"}),
        Column("tuned", "text", options={"encoder": "./tiny", "tune": "lora"}),
        Column("old", "text", options={}),
    ]
    assert [column.name for column in pretrained(columns)] == ["tuned"]
    assert pretrained([]) == []


def test_facts_are_plain(made: Path) -> None:
    facts = json.loads((made / subject.FACTS).read_text("utf-8"))
    assert set(facts) == {"id", "model_type", "pooling", "dimension", "window", "overlap"}
    assert Encoder(made).dimension == facts["dimension"] == 16

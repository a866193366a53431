"""Encoders that learn end to end: checkpoints and small networks, alone and with a table beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.torch import load_file

from modelyard.backbones import tokenizers
from modelyard.backbones.pooling import Pooled, Scaled
from modelyard.core import plugins
from modelyard.core.errors import ProjectError
from modelyard.core.protocols import Array, Feature, Mixed, Problem, State, TextColumn
from modelyard.fragments.graph import Graph
from modelyard.methods.tuned import fit, load
from modelyard.methods.tuned.export import export
from modelyard.methods.tuned.options import EPOCHS, EPOCHS_FROM_NOTHING, Options, cost, suited, work
from modelyard.models import adapters
from modelyard.models import text_encoders as encoders
from modelyard.models.reader import Reader
from modelyard.models.text_batches import Inputs
from modelyard.runtime.steps import Steps
from modelyard.runtime.tokens import open_tokenizer, tokens

pytestmark = pytest.mark.torch
transformers = pytest.importorskip("transformers")
TEXT: dict[str, Any] = {
    name: field.default for name, field in plugins.part("modalities", "text", "options").Options.model_fields.items()
}
GOOD, BAD, PLAIN = (
    ("lovely", "great", "好", "warm"),
    ("awful", "poor", "坏", "cold"),
    ("room", "the", "was", "and", "bed"),
)
NASTY = [
    "",
    " ",
    "[CLS] [SEP] [MASK]",
    "👩‍👩‍👧 🙂" * 9,
    "e\u0301\u0323 ㍿",
    "\u202eאבג שלום",
    "一二三四五六七八九十" * 50,
    "lovely " * 400,
    "\x00\ufffd\u2028",
]


class Keen:
    """A Watch that never stops anything."""

    def step(self, done: int, total: int, **values: float) -> bool:
        return True


def sentences(rows: int, seed: int) -> tuple[Array, Array]:
    """What is said of a room, and whether it is good; one row in twelve says nothing."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, rows)
    said = []
    for good in y:
        words = [*random.choice(PLAIN, random.integers(1, 6)), random.choice(GOOD if good else BAD)]
        said.append(" ".join(random.permutation(words)) if random.random() > 1 / 12 else "")
    return np.array(said, object), y.astype(np.int64)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of two layers that has learnt nothing yet."""
    folder = tmp_path_factory.mktemp("编码器")
    content = tokenizers.train([*sentences(200, 9)[0], *NASTY], vocabulary=120)
    (folder / "tokenizer.json").write_bytes(content)
    size = open_tokenizer(content).get_vocab_size()
    config = transformers.BertConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def column(name: str = "t", folder: Path | None = None, **options: Any) -> TextColumn:
    encoder = "cnn" if folder is None else "./checkpoint"
    return TextColumn(name, {**TEXT, "encoder": encoder, **options}, folder)


def problem(*columns: TextColumn, rows: int = 96, table: int = 0, seed: int = 0, width: int = 1) -> Problem:
    """Rooms that are good or bad; the table knows a little of it, too."""
    texts, y = sentences(rows + 40, seed)
    x = np.random.default_rng(seed).normal(size=(len(y), table)).astype(np.float32)
    x[:, :1] += y[:, None] if table else 0
    weight = np.ones(len(y), np.float32)
    features = tuple(Feature(f"f{number}", f"f{number}", "number") for number in range(table))
    many = {"labels": ["bad", "good", "none"][: max(2, width)]}
    parts = (x[:rows], y[:rows], weight[:rows], x[rows:], y[rows:], weight[rows:])
    return Problem(
        "classification",
        many,
        width,
        features,
        *parts,
        seed=seed,
        threads=1,
        texts={one.name: texts[:rows] for one in columns},
        texts_valid={one.name: texts[rows:] for one in columns},
        columns=columns,
    )


def held(one: Problem) -> Mixed:
    return Mixed(one.x_valid, one.texts_valid)


def nasty(one: Problem) -> Mixed:
    texts = {name: np.array(NASTY, object) for name in one.texts}
    return Mixed(np.resize(one.x_valid, (len(NASTY), one.x.shape[1])), texts)


Teach = Callable[..., State]


@pytest.fixture
def teach(tmp_path: Path) -> Teach:
    """`teach(problem or folds, epochs=2, name="model", **options)` -> report; the checkpoint lies in tmp_path/name."""

    def run(given: Any, epochs: int = 2, name: str = "model", **options: Any) -> State:
        folds = given if isinstance(given, list) else [given]
        places = [tmp_path / name / str(number) for number in range(len(folds))]
        for place in places:
            place.mkdir(parents=True)
        return fit.fit(folds, Options(**options), epochs, places, Keen())

    return run


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., Array]:
    """`said(x, name="model", fold=0)`: the checkpoint's scores."""
    return lambda x, name="model", fold=0: load.load(tmp_path / name / str(fold)).scores(x)


def asked(folders: list[Path], x: Mixed, rows: list[Any]) -> list[Array]:
    """What onnxruntime says of some sets of rows."""
    graph = Graph()
    scores = export(graph, folders, graph.input("view", np.float32, x.table.shape[1]))
    graph.output("score", scores, np.float64, load.load(folders[0]).model.shape.width)
    model = graph.model()
    assert {one.domain for one in model.opset_import} <= {"", "ai.onnx.ml"}
    content = model.SerializeToString()
    assert not any(word in content for word in (b"/tmp", b".py", b"site-packages"))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    steps, found = Steps(graph.files, lambda *_: None), []
    for some in rows:
        given = {"view": x.table[some]}
        for name, feed in graph.feeds.items():
            given[name] = steps.make(feed, x.texts[feed.column][some]).array(slice(None))
        found.append(session.run(["score"], given)[0])
    return found


def right(scores: Array, y: Array) -> float:
    return float(((scores[:, 0] > 0) == y).mean())


# ------------------------------------------------------------------------ learning
@pytest.mark.parametrize("encoder", ["cnn", "gru", "lstm", "transformer"])
def test_small_networks_learn_from_nothing(teach: Teach, said: Any, encoder: str) -> None:
    one = problem(column(encoder=encoder), rows=160)
    report = teach(one, epochs=12)
    assert right(said(held(one)), one.y_valid) > 0.85
    assert report["best"] > 0 and report["done"] <= 12
    assert [point["step"] for point in report["curves"]] == list(range(1, report["done"] + 1))


@pytest.mark.parametrize("tune", ["full", "lora", "auto"])
def test_a_checkpoint_learns(teach: Teach, said: Any, tiny_bert: Path, tune: str) -> None:
    one = problem(column(folder=tiny_bert, tune=tune), rows=160)
    teach(one, epochs=8, learning_rate=0.01)
    assert right(said(held(one)), one.y_valid) > 0.85


def test_what_learns_of_a_checkpoint(teach: Teach, tiny_bert: Path, tmp_path: Path) -> None:
    before = load_file(tiny_bert / "model.safetensors")
    changed = {}
    for tune in ("frozen", "lora", "full"):
        teach(problem(column(folder=tiny_bert, tune=tune), rows=160), epochs=6, name=tune, learning_rate=0.01)
        after = load_file(tmp_path / tune / "0" / "encoder-0" / "model.safetensors")
        assert after.keys() == before.keys()
        changed[tune] = {name for name in after if not after[name].equal(before[name])}
    assert not changed["frozen"]
    assert len(changed["lora"]) == 12 and all("layer" in name and "weight" in name for name in changed["lora"])
    assert changed["full"] > changed["lora"] and any("embeddings" in name for name in changed["full"])
    assert not any("pooler" in name for name in changed["full"])


# ------------------------------------------------------------------------ what stays as it is
class Vectors:
    """What a frozen encoder says, as the cache of a run has it; counts the texts that it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.network = Scaled(Pooled(plugins.part("backbones", "hugging_face", "load").load(folder), "mean")).eval()
        self.tokenizer = open_tokenizer((folder / "tokenizer.json").read_bytes())
        self.asked = 0

    def __call__(self, texts: Array) -> Any:
        self.asked += len(texts)
        with torch.no_grad():
            return self.network(torch.from_numpy(tokens(self.tokenizer, texts, 24, 4).windows(24))).numpy()


@pytest.fixture
def kept(tiny_bert: Path) -> TextColumn:
    one = column(folder=tiny_bert, tune="frozen", window=24, overlap=4, pooling="mean")
    return replace(one, encode=Vectors(tiny_bert))


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows passed an encoder that was trained with, call by call."""
    counts: list[int] = []
    pool = Pooled.forward

    def counting(self: Pooled, ids: Any) -> Any:
        counts.append(len(ids))
        return pool(self, ids)

    monkeypatch.setattr(Pooled, "forward", counting)
    return counts


def test_a_frozen_encoder_reads_nothing_in_training(
    teach: Teach, kept: TextColumn, tiny_bert: Path, tmp_path: Path, passed: list[int]
) -> None:
    one = problem(kept, rows=160, table=3)
    teach(one, epochs=4, learning_rate=0.01)
    assert kept.encode.asked == sum(passed) == 200, "training and held-out rows, before the first epoch"  # type: ignore[union-attr]
    teach(problem(replace(kept, encode=None), rows=160, table=3), epochs=4, learning_rate=0.01, name="read")
    assert sum(passed) > 200 + 4 * 160, "without a cache, in each epoch"
    trained = load.load(tmp_path / "model" / "0")
    vectors = kept.encode(one.texts_valid["t"])  # type: ignore[misc]
    vectors[one.texts_valid["t"] == ""] = 0
    with torch.inference_mode():
        found = trained.model(Inputs(torch.from_numpy(one.x_valid), {}, {"t": torch.from_numpy(vectors)}))
    assert_allclose(found.numpy(), trained.scores(held(one)), atol=1e-5, err_msg="the same, from vectors and from ids")


def test_the_graph_reads_ids_all_the_same(teach: Teach, said: Any, kept: TextColumn, tmp_path: Path) -> None:
    one = problem(kept, rows=160)
    teach(one, epochs=4, learning_rate=0.01)
    for x in (held(one), nasty(one)):
        (found,) = asked([tmp_path / "model" / "0"], x, [slice(None)])
        assert_allclose(found, said(x), atol=1e-5)


def test_a_text_that_is_cut_at_random_passes_the_encoder(teach: Teach, kept: TextColumn, passed: list[int]) -> None:
    teach(problem(kept), epochs=2, token_dropout=0.2)
    assert kept.encode.asked == 0 and sum(passed) > 2 * 96  # type: ignore[union-attr]


def test_a_frozen_column_beside_one_that_learns(
    teach: Teach, said: Any, kept: TextColumn, tiny_bert: Path, passed: list[int]
) -> None:
    one = problem(kept, column("other", folder=tiny_bert, tune="full"), rows=160, table=2)
    teach(one, epochs=8, learning_rate=0.01, fusion="gated")
    assert kept.encode.asked == 200  # type: ignore[union-attr]
    assert right(said(held(one)), one.y_valid) > 0.8


@pytest.mark.parametrize("kind", ["lora", "dora", "rslora"])
def test_merged_adapters_say_the_same(
    teach: Teach, said: Any, tiny_bert: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = problem(column(folder=tiny_bert, tune="lora", adapter=kind))
    before: list[Array] = []
    merge = adapters.merge

    def looked_at(backbone: Any) -> None:
        ids = torch.arange(5, 17).reshape(2, 6)
        before.append(backbone.eval()(ids, ids > 0).detach().numpy())
        merge(backbone)
        assert_allclose(backbone(ids, ids > 0).detach().numpy(), before[0], atol=1e-5)

    monkeypatch.setattr(adapters, "merge", looked_at)
    teach(one, learning_rate=0.01)
    assert before and np.isfinite(said(held(one))).all()


def test_a_merge_that_changes_the_answer_is_refused(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (encoder,) = encoders.of_columns([column(folder=tiny_bert, tune="lora")])
    backbone = encoders.start(encoder, b"")

    def spoil(one: Any) -> None:
        with torch.no_grad():
            next(one.parameters()).normal_()

    monkeypatch.setattr(adapters, "merge", spoil)
    with pytest.raises(encoders.MergeError):
        encoders.finish(backbone)


def test_options_of_adapters_matter(teach: Teach, said: Any, tiny_bert: Path) -> None:
    changes: list[dict[str, Any]] = [{}, {"rank": 2}, {"alpha": 64.0}, {"adapter": "dora"}, {"adapter": "rslora"}]
    found = []
    for number, change in enumerate(changes):
        one = problem(column(folder=tiny_bert, tune="lora", **change), rows=160)
        teach(one, name=str(number), epochs=4, learning_rate=0.01)
        found.append(said(held(one), str(number)))
    assert not any(np.array_equal(found[a], found[b]) for a in range(5) for b in range(a))


def test_large_encoders_get_adapters(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (encoder,) = encoders.of_columns([column(folder=tiny_bert)])
    backbone = encoders.start(encoder, b"")
    assert encoders.mode(encoder, backbone) == "full"
    assert encoders.rate(encoder, backbone) == encoders.RATE_SMALL
    monkeypatch.setattr(encoders, "WIDEST_SMALL", 8)
    assert encoders.rate(encoder, backbone) == encoders.RATE_LARGE
    monkeypatch.setattr(encoders, "LARGEST_FULL", 100)
    adapted = encoders.start(encoder, b"")
    assert encoders.mode(encoder, adapted) == "lora" and adapters.weights(adapted)
    assert encoders.rate(encoder, adapted) == encoders.RATE_FRESH


def test_columns_that_say_the_same_share_an_encoder(tiny_bert: Path) -> None:
    columns = [
        column("a", tiny_bert),
        column("b"),
        column("c", tiny_bert),
        column("d", tiny_bert, tune="frozen"),
        column("e"),
        replace(column("f"), options={**TEXT}),
    ]
    found = encoders.of_columns(columns)
    assert [one.columns for one in found] == [("a", "c"), ("b", "e"), ("d",)]
    assert [one.plugin for one in found] == ["hugging_face", "cnn", "hugging_face"]


def test_windows_are_cut_down_to_what_the_encoder_takes(tiny_bert: Path) -> None:
    (bert,) = encoders.of_columns([column(folder=tiny_bert, window=256)])
    (short,) = encoders.of_columns([column(folder=tiny_bert, window=12)])
    (own,) = encoders.of_columns([column(window=256)])
    assert (bert.limit, short.limit, own.limit) == (24, 12, 256)


# ----------------------------------------------------------------- texts and table
@pytest.mark.parametrize("fusion", ["concat", "gated", "attention"])
def test_a_mix_knows_more(teach: Teach, said: Any, fusion: str) -> None:
    one = problem(column(), table=2, rows=160)
    teach(one, epochs=12, fusion=fusion, learning_rate=3e-3)
    scores = said(held(one))
    assert right(scores, one.y_valid) > 0.85
    empty = one.texts_valid["t"] == ""
    moved = said(Mixed(one.x_valid + 2, one.texts_valid)) - scores
    assert (moved[empty] != 0).all()  # without a text, the table speaks


def test_a_table_of_the_texts_own_facts_is_not_looked_at(teach: Teach, said: Any, tmp_path: Path) -> None:
    one = problem(column(), table=2)
    facts = tuple(replace(feature, column="t") for feature in one.features)
    teach(replace(one, features=facts), epochs=1)
    assert not load.load(tmp_path / "model" / "0").model.shape.table
    assert_array_equal(said(held(one)), said(Mixed(one.x_valid + 5, one.texts_valid)))
    teach(one, epochs=1, name="table")
    assert load.load(tmp_path / "table" / "0").model.shape.table


def test_two_texts_one_of_them_always_missing(teach: Teach, said: Any) -> None:
    one = problem(column("a"), column("b", encoder="gru"))
    nothing = np.full(len(one.y), "", object)
    one = replace(one, texts={**one.texts, "b": nothing}, texts_valid={**one.texts_valid, "b": nothing[:40]})
    teach(one)
    assert np.isfinite(said(held(one))).all()
    assert np.isfinite(said(nasty(one))).all()


def test_texts_that_are_all_empty(teach: Teach, said: Any) -> None:
    one = problem(column())
    one = replace(one, texts={"t": np.full(len(one.y), "", object)}, texts_valid={"t": np.full(40, "", object)})
    teach(one)
    assert np.ptp(said(held(one))) == 0 and np.isfinite(said(nasty(one))).all()


def test_long_texts_are_told_and_not_cut(teach: Teach, said: Any, tiny_bert: Path) -> None:
    one = problem(column(folder=tiny_bert))
    one.texts["t"][:3] = "bed " * 99
    one.texts_valid["t"][0] = "bed " * 99
    report = teach(one, epochs=6, learning_rate=0.01)
    (note,) = [note for note in report["notes"] if note[0] == "methods.tuned_long"]
    assert note[1] == {"column": "t", "count": 4, "total": 136, "window": 24}
    x = Mixed(np.zeros((2, 0), np.float32), {"t": np.array(["bed " * 99, "bed " * 99 + "lovely"], object)})
    assert np.ptp(said(x)) > 0


# ------------------------------------------------------------------------ checkpoint
def test_an_order_of_rows_changes_nothing(teach: Teach, said: Any) -> None:
    one = problem(column(), table=2)
    teach(one)
    scores, order = said(held(one)), np.random.default_rng(0).permutation(40)
    assert_allclose(said(held(one)[order]), scores[order], atol=1e-6)
    assert said(held(one)[:0]).shape == (0, 1)
    assert scores.dtype == np.float32


def test_the_folder_of_an_encoder_is_one_that_transformers_reads(teach: Teach, tiny_bert: Path, tmp_path: Path) -> None:
    teach(problem(column(folder=tiny_bert)))
    folder = tmp_path / "model" / "0" / "encoder-0"
    model = transformers.AutoModel.from_pretrained(folder).eval()
    ids = torch.arange(6, 12)[None]
    own = load.load(tmp_path / "model" / "0").model.backbones[0]
    with torch.no_grad():
        assert_allclose(model(input_ids=ids).last_hidden_state, own(ids, ids > 0), atol=1e-6)
    assert (folder / "tokenizer.json").read_bytes() == (tiny_bert / "tokenizer.json").read_bytes()


def test_no_pickle(teach: Teach, tiny_bert: Path, tmp_path: Path) -> None:
    teach(problem(column("a", tiny_bert), column("b")))
    files = {path.suffix for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert files == {".json", ".safetensors"}


def test_twice_the_same_bytes(teach: Teach, tiny_bert: Path, tmp_path: Path) -> None:
    one = problem(column("a", tiny_bert, tune="lora"), column("b"), table=2)
    contents = []
    for name in ("one", "two"):
        teach(one, name=name, part_dropout=0.3, token_dropout=0.2)
        place = tmp_path / name
        contents.append({path.relative_to(place): path.read_bytes() for path in place.rglob("*.*")})
    assert contents[0] == contents[1]
    teach(replace(one, seed=1), name="other")
    assert (tmp_path / "other/0/reader.safetensors").read_bytes() != contents[0][Path("0/reader.safetensors")]


def test_what_is_not_learnt_is_the_prior(teach: Teach, said: Any) -> None:
    one = problem(column())
    report = teach(replace(one, y_valid=1 - one.y_valid), epochs=3, learning_rate=0.01)
    assert report["best"] == 0 and ("methods.nothing_learnt", {}) in report["notes"]
    ones = one.y.sum()
    assert_allclose(said(held(one)), np.log((ones + 0.5) / (len(one.y) - ones + 0.5)), atol=1e-5)


def test_nothing_is_printed(teach: Teach, tiny_bert: Path, capfd: pytest.CaptureFixture[str]) -> None:
    teach(problem(column(folder=tiny_bert, tune="lora")))
    assert capfd.readouterr() == ("", "")


def test_probe(tiny_bert: Path) -> None:
    few, many = problem(column(folder=tiny_bert)), problem(column(folder=tiny_bert), rows=3000)
    assert 0 < fit.probe(few, Options()) < fit.probe(many, Options())


# ---------------------------------------------------------------------------- export
def test_a_checkpoint_in_the_graph(teach: Teach, said: Any, tiny_bert: Path, tmp_path: Path) -> None:
    one = problem(column("文", tiny_bert), column("b", tiny_bert, pooling="cls", window=16, overlap=4), table=2)
    teach(one, fusion="attention", learning_rate=0.01)
    x, rows = nasty(one), [slice(0, 0), slice(0, 1), slice(0, 2), slice(0, 7), slice(None)]
    rows += [slice(row, row + 1) for row in range(len(NASTY))]
    found = asked([tmp_path / "model" / "0"], x, rows)
    wanted = said(x)
    for some, scores in zip(rows, found, strict=True):
        assert_allclose(1 / (1 + np.exp(-scores)), 1 / (1 + np.exp(-wanted[some])), atol=1e-5)
    assert_allclose(np.concatenate(found[5:]), found[4], atol=1e-6)


@pytest.mark.parametrize("encoder", ["gru", "transformer"])
def test_folds_in_the_graph(teach: Teach, said: Any, tmp_path: Path, encoder: str) -> None:
    """Each has a tokenizer of its own, made from its own training texts."""
    folds = [problem(column(encoder=encoder), seed=seed) for seed in (0, 1)]
    folds[1].texts["t"][0] = "seldom words like zyzzyva"
    teach(folds)
    x = nasty(folds[0])
    folders = [tmp_path / "model" / str(fold) for fold in (0, 1)]
    (found,) = asked(folders, x, [slice(None)])
    assert_allclose(found, np.mean([said(x, fold=fold) for fold in (0, 1)], axis=0), atol=1e-5)


def test_folds_share_what_is_frozen(teach: Teach, tiny_bert: Path, tmp_path: Path) -> None:
    folds = [problem(column(folder=tiny_bert, tune="frozen"), seed=seed) for seed in (0, 1)]
    teach(folds)
    graph = Graph()
    view = graph.input("view", np.float32, 0)
    export(graph, [tmp_path / "model" / str(fold) for fold in (0, 1)], view)
    sizes = [int(np.prod(one.dims)) for one in graph._constants]
    weights = sum(value.numel() for value in load_file(tiny_bert / "model.safetensors").values())
    assert sum(sizes) < 1.5 * weights
    assert len(graph.feeds) == 1 and len(graph.files) == 1


# --------------------------------------------------------------------------- options
BASE: dict[str, Any] = {"clip": 0.5, "batch_size": 16}
CHANGES: list[dict[str, Any]] = [
    {"learning_rate": 0.02},
    {"layer_decay": 0.3},
    {"weight_decay": 0.9},
    {"warmup": 0.5},
    *({"schedule": name} for name in ("constant", "cosine", "step")),
    {"clip": 0.001},
    {"batch_size": 5},
    {"token_budget": 40},
    {"accumulate": 3},
    {"dropout": 0.5},
    {"label_smoothing": 0.3},
    {"balanced_sampling": True},
    {"token_dropout": 0.4},
    {"span_deletion": 0.6},
    *({"fusion": name} for name in ("gated", "attention")),
    {"part_dropout": 0.5},
    {"hidden": 5},
    {"precision": "bf16"},
]


@cache
def plain_scores() -> Array:
    return scores_with({})


def scores_with(change: dict[str, Any]) -> Array:
    import tempfile

    one = problem(column(), table=2)
    with tempfile.TemporaryDirectory() as folder:
        fit.fit([one], Options(**{**BASE, "precision": "full", **change}), 2, [Path(folder)], Keen())
        return np.asarray(load.load(Path(folder)).scores(held(one)))


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_option_matters(change: dict[str, Any]) -> None:
    assert not np.array_equal(scores_with(change), plain_scores())


def test_patience(teach: Teach) -> None:
    one = problem(column())
    one = replace(one, y_valid=1 - one.y_valid)
    done = [teach(one, epochs=6, name=str(limit), patience=limit)["done"] for limit in (1, 3)]
    assert done == [1, 3]


def test_layers_computed_twice_change_nothing_but_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[bool] = []
    real = Reader.checkpoint_activations

    def seen(self: Reader, on: bool) -> None:
        asked_for.append(on)
        real(self, on)

    monkeypatch.setattr(Reader, "checkpoint_activations", seen)
    assert_allclose(scores_with({"checkpointing": True}), plain_scores(), atol=1e-6)
    assert asked_for == [True]


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Exception, match="cuda"):
        scores_with({"device": "cuda"})
    assert_array_equal(scores_with({"device": "cpu"}), plain_scores())


@pytest.mark.parametrize("change", [{"label_smoothing": 0.1}, {"balanced_sampling": True}], ids=str)
def test_options_about_classes_need_classes(teach: Teach, change: dict[str, Any]) -> None:
    one = problem(column())
    numbers = replace(one, task="regression", state={"mean": 0.0, "scale": 1.0})
    numbers = replace(numbers, y=one.y[:, None].astype(np.float32), y_valid=one.y_valid[:, None].astype(np.float32))
    with pytest.raises(ProjectError, match=next(iter(change))):
        teach(numbers, **change)


def test_rare_classes_drawn_often_do_not_shift_the_answer(teach: Teach, said: Any) -> None:
    one = problem(column(), rows=300)
    kept = np.flatnonzero((one.y == 0) | (np.arange(300) % 10 == 0))
    rare = replace(one, x=one.x[kept], y=one.y[kept], weight=one.weight[kept], texts={"t": one.texts["t"][kept]})
    kept = np.flatnonzero((one.y_valid == 0) | (np.arange(40) % 10 == 0))
    rare = replace(rare, x_valid=one.x_valid[kept], y_valid=one.y_valid[kept], weight_valid=one.weight_valid[kept])
    rare = replace(rare, texts_valid={"t": one.texts_valid["t"][kept]})
    teach(rare, epochs=4, balanced_sampling=True)
    probability = 1 / (1 + np.exp(-said(Mixed(rare.x, rare.texts))))
    assert abs(probability.mean() - rare.y.mean()) < 0.08


def test_defaults_that_encoders_decide() -> None:
    assert work(Options()) == work(suited(Options(), ["./bert", "cnn"])) == EPOCHS
    assert work(suited(Options(), ["gru", "cnn"])) == EPOCHS_FROM_NOTHING
    assert work(suited(Options(epochs=7), ["gru"])) == 7
    seconds, memory = cost(10_000, 20, Options())
    assert seconds > 100 and memory > 1_000_000_000


def test_facts_are_plain(teach: Teach, tmp_path: Path) -> None:
    teach(problem(column("列")), epochs=1)
    facts = json.loads((tmp_path / "model/0/reader.json").read_text("utf-8"))
    assert facts["shape"]["columns"][0]["name"] == "列"
    assert facts["encoders"] == [{"plugin": "cnn", "remote_code": None}]

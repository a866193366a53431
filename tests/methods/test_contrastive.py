"""Encoders that learn from pairs of a few rows, and a linear model on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Array, Mixed, Problem, TextColumn
from modelyard.fragments.graph import Graph
from modelyard.methods.contrastive.options import Options, cost, work
from modelyard.runtime.steps import Steps
from modelyard.runtime.tokens import open_tokenizer

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch
WORDS = (("lovely", "great", "好"), ("awful", "poor", "坏"), ("maybe", "perhaps", "或"))
PLAIN = ("room", "the", "was", "and", "bed")
NASTY = ["", " ", "👩‍👩‍👧 🙂", "e\u0301 ㍿", "\u202eאבג שלום", "一二三四五" * 40, "lovely " * 200, "\x00\ufffd"]


def sayings(rows: int, classes: int, seed: int) -> tuple[Array, Array]:
    """One word tells the class; the others tell nothing."""
    random, y = np.random.default_rng(seed), np.arange(rows) % classes
    said = [" ".join(random.permutation([*random.choice(PLAIN, 3), random.choice(WORDS[code])])) for code in y]
    return np.array(said, object), y


@pytest.fixture(scope="module")
def small_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from modelyard.backbones import tokenizers

    folder = tmp_path_factory.mktemp("bert")
    content = tokenizers.train([*sayings(200, 3, 9)[0], *NASTY], vocabulary=120)
    (folder / "tokenizer.json").write_bytes(content)
    config = transformers.BertConfig(
        vocab_size=open_tokenizer(content).get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
        pad_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        transformers.BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def fold(small_bert: Path) -> Callable[..., Problem]:
    """`fold(rows, held, classes, seed, columns, **options of the column)`."""
    fields = plugins.part("modalities", "text", "options").Options.model_fields
    defaults = {name: field.default for name, field in fields.items()}

    def make(
        rows: int = 32, held: int = 24, classes: int = 2, seed: int = 0, columns: tuple[str, ...] = ("t",), **more: Any
    ) -> Problem:
        texts, y = sayings(rows + held, classes, seed)
        x, weight = np.zeros((len(y), 0), np.float32), np.ones(len(y), np.float32)
        told = tuple(TextColumn(name, {**defaults, "encoder": "bert", **more}, small_bert) for name in columns)
        state = {"labels": ["bad", "good", "none"][:classes]}
        parts = (x[:rows], y[:rows], weight[:rows], x[rows:], y[rows:], weight[rows:])
        problem = Problem("classification", state, 1 if classes == 2 else classes, (), *parts, seed=seed, threads=1)
        texts_of = [{name: some for name in columns} for some in (texts[:rows], texts[rows:])]
        return replace(problem, texts=texts_of[0], texts_valid=texts_of[1], columns=told)

    return make


@pytest.fixture
def pair_up(tmp_path: Path) -> Callable[..., Any]:
    """`pair_up(problem or folds, epochs, name, **options)` -> report."""

    def run(given: Any, epochs: int = 2, name: str = "model", watch: Any = None, **options: Any) -> Any:
        folds = given if isinstance(given, list) else [given]
        places = [tmp_path / name / str(number) for number in range(len(folds))]
        for place in places:
            place.mkdir(parents=True)
        chosen = Options(**{"learning_rate": 0.01, **options})
        fit = plugins.part("methods", "contrastive", "fit").fit
        return fit(folds, chosen, epochs, places, watch or unwatched())

    return run


def unwatched() -> Any:
    from modelyard.models.pace import Unwatched

    return Unwatched()


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Array]:
    """`told(x, name, fold)`: the checkpoint's scores."""
    load = plugins.part("methods", "contrastive", "load").load
    return lambda x, name="model", fold=0: np.asarray(load(tmp_path / name / str(fold)).scores(x))


def kept_out(problem: Problem) -> Mixed:
    return Mixed(problem.x_valid, problem.texts_valid)


def answered(found: Array) -> Array:
    return (found[:, 0] > 0).astype(int) if found.shape[1] == 1 else found.argmax(axis=1)


# ------------------------------------------------------------------------- pairs
def pairs(vectors: Any, y: Any) -> Array:
    found = plugins.part("methods", "contrastive", "fit").pairs(torch.tensor(vectors), torch.tensor(y))
    return np.asarray(found)


def test_what_is_together_and_apart_costs_nothing() -> None:
    assert_allclose(pairs([[2.0, 0], [1, 0], [0, 3], [0, 1]], [0, 0, 1, 1]), 0, atol=1e-6)


def test_what_is_mixed_up_costs_most() -> None:
    assert_allclose(pairs([[1.0, 0], [0, 1], [1, 0], [0, 1]], [0, 0, 1, 1]), [0.75] * 4, atol=1e-6)


@pytest.mark.parametrize(("y", "expected"), [([0], [0.0]), ([0, 0], [0.5, 0.5]), ([0, 1], [0.0, 0.0])])
def test_batches_of_one_kind_of_pairs(y: list[int], expected: list[float]) -> None:
    assert_allclose(pairs([[1.0, 0], [0, 1]][: len(y)], y), expected, atol=1e-6)


@given(seed=st.integers(0, 99), rows=st.integers(1, 9), classes=st.integers(1, 4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_pairs_by_hand(seed: int, rows: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    vectors, y = random.normal(size=(rows, 5)), random.integers(0, classes, rows)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = []
    for row in range(rows):
        others = [other for other in range(rows) if other != row]
        kinds = []
        for alike in (True, False):
            wrong = [(units[row] @ units[o] - alike) ** 2 for o in others if (y[o] == y[row]) == alike]
            kinds.append(np.mean(wrong) if wrong else 0.0)
        wanted.append(np.mean(kinds))
    assert_allclose(pairs(vectors, y), wanted, atol=1e-9)


def test_a_vector_of_nothing_has_a_gradient() -> None:
    vectors = torch.zeros(4, 3, requires_grad=True)
    plugins.part("methods", "contrastive", "fit").pairs(vectors, torch.tensor([0, 0, 1, 1])).sum().backward()
    assert torch.isfinite(vectors.grad).all()


# ---------------------------------------------------------------------- learning
@pytest.mark.parametrize("classes", [2, 3])
def test_a_few_rows_teach_the_encoder(fold: Any, pair_up: Any, told: Any, classes: int) -> None:
    problem = fold(rows=16 * classes, held=60, classes=classes)
    report = pair_up(problem, epochs=6)
    assert (answered(told(kept_out(problem))) == problem.y_valid).mean() > 0.9
    assert report["best"] > 0 and report["curves"][-1]["valid_loss"] < report["curves"][0]["valid_loss"]
    assert [point["step"] for point in report["curves"]] == list(range(1, report["done"] + 1))


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_adapters_or_everything(
    fold: Any, pair_up: Any, told: Any, small_bert: Path, tmp_path: Path, tune: str
) -> None:
    from safetensors.torch import load_file

    problem = fold(tune=tune)
    pair_up(problem)
    weights = [load_file(path / "model.safetensors") for path in (small_bert, tmp_path / "model/0/encoder-0")]
    changed = {name for name in weights[1] if not weights[0][name].equal(weights[1][name])}
    assert any("embeddings" in name for name in changed) == (tune == "full") and changed


def test_two_columns_share_an_encoder(fold: Any, pair_up: Any, told: Any) -> None:
    problem = fold(columns=("title", "text"))
    pair_up(problem)
    empty = {"title": problem.texts_valid["title"], "text": np.full(len(problem.y_valid), "", object)}
    both, one = told(kept_out(problem)), told(Mixed(problem.x_valid, empty))
    assert both.shape == one.shape and not np.array_equal(both, one)


def test_twice_the_same_bytes(fold: Any, pair_up: Any, tmp_path: Path) -> None:
    reports = [pair_up(fold(), name=name) for name in ("one", "two")]
    assert reports[0] == reports[1]
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert files and all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


@pytest.mark.parametrize("change", [{"shots": 3}, {"batch_size": 6}, {"learning_rate": 0.001}], ids=str)
def test_options_of_pairs_matter(fold: Any, pair_up: Any, told: Any, change: dict[str, Any]) -> None:
    problem = fold()
    pair_up(problem)
    pair_up(problem, name="other", **change)
    assert not np.array_equal(told(kept_out(problem)), told(kept_out(problem), "other"))


def test_folds_learn_apart_under_one_penalty(fold: Any, pair_up: Any, told: Any) -> None:
    problems = [fold(seed=0), fold(seed=1)]
    pair_up(problems)
    x = kept_out(problems[0])
    assert not np.array_equal(told(x), told(x, fold=1))


def test_no_held_out_rows(fold: Any, pair_up: Any, told: Any) -> None:
    problem = fold(held=0)
    assert pair_up(problem)["done"] == 2
    assert told(Mixed(np.zeros((0, 0), np.float32), {"t": np.empty(0, object)})).shape == (0, 1)


def test_a_class_that_one_fold_never_saw(fold: Any, pair_up: Any, told: Any) -> None:
    whole = fold(classes=3, rows=30)
    seen = whole.y != 2
    kept = {name: getattr(whole, name)[seen] for name in ("x", "y", "weight")}
    alone = replace(whole, texts={"t": whole.texts["t"][seen]}, **kept)
    pair_up([whole, alone])
    found = told(kept_out(whole), fold=1)
    assert np.isfinite(found).all() and not (answered(found) == 2).any()


def test_it_stops_when_time_is_up(fold: Any, pair_up: Any) -> None:
    class Impatient:
        def step(self, done: int, total: int, **values: float) -> bool:
            return False

    report = pair_up(fold(), epochs=9, watch=Impatient())
    assert report["done"] <= 1 and report["notes"][0][0] == "methods.stopped_watch"


def test_probe_of_pairs(fold: Any) -> None:
    assert plugins.part("methods", "contrastive", "fit").probe(fold(), Options()) > 0


# ------------------------------------------------------------------------ bundle
def test_the_graph_agrees(fold: Any, pair_up: Any, told: Any, tmp_path: Path) -> None:
    problem = fold(classes=3)
    pair_up([problem, fold(classes=3, seed=3)])
    folders = [tmp_path / "model" / str(number) for number in range(2)]
    graph = Graph()
    score = plugins.part("methods", "contrastive", "export").export(graph, folders, graph.input("view", np.float32, 0))
    graph.output("score", score, np.float64, problem.width)
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    steps, x = Steps(graph.files, lambda *_: None), np.zeros((len(NASTY), 0), np.float32)
    mixed = Mixed(x, {"t": np.array(NASTY, object)})
    wanted = np.mean([told(mixed, fold=number) for number in range(2)], axis=0)
    for rows in (slice(0, 1), slice(3, 5), slice(None)):
        made = {name: steps.make(feed, mixed.texts["t"][rows]) for name, feed in graph.feeds.items()}
        feeds = {"view": x[rows], **{name: one.array(slice(None)) for name, one in made.items()}}
        used = {one.name: feeds[one.name] for one in session.get_inputs()}
        assert_allclose(session.run(None, used)[0], wanted[rows], atol=1e-4)


# ------------------------------------------------------------------- wrong input
def test_three_labels_are_no_pairs(fold: Any, pair_up: Any) -> None:
    with pytest.raises(DataError, match=r"train\.contrastive(.|\n)*3 labelled rows in all; too few of: good \(1\)"):
        pair_up(fold(rows=3, held=0))


def test_an_encoder_that_may_not_learn(fold: Any, pair_up: Any) -> None:
    with pytest.raises(ProjectError, match=r"tune: frozen(.|\n)*few_shot"):
        pair_up(fold(tune="frozen"))


def test_only_classes_have_pairs(fold: Any, pair_up: Any) -> None:
    problem = replace(fold(), task="regression", y=np.zeros((32, 1), np.float32))
    with pytest.raises(ProjectError, match="a target of regression"):
        pair_up(problem)


@pytest.mark.parametrize("wrong", [{"shots": 1}, {"epochs": 0}, {"batch_size": 1}, {"learning_rate": 0}], ids=str)
def test_wrong_options_of_pairs(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_work_and_cost_of_pairs() -> None:
    few, many = (cost(rows, 5, Options()) for rows in (10, 10**6))
    assert work(Options(epochs=3)) == 3 and few[0] < many[0] and np.isfinite(many).all()
    assert_array_equal(cost(10**6, 5, Options()), cost(10**9, 5, Options()))

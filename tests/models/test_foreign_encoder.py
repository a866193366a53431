"""Classifiers of texts from elsewhere: classes by name, windows, what does not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from modelyard.backbones.hugging_face import classifier, load  # noqa: E402
from modelyard.core import plugins  # noqa: E402
from modelyard.core.errors import ProjectError  # noqa: E402
from modelyard.core.protocols import Mixed, Problem, TextColumn  # noqa: E402
from modelyard.fragments.graph import Graph  # noqa: E402
from modelyard.models import foreign_encoder  # noqa: E402
from modelyard.models.pace import Unwatched  # noqa: E402
from modelyard.runtime import tokens  # noqa: E402
from modelyard.runtime.steps import Steps  # noqa: E402

pytestmark = pytest.mark.torch
TEXTS = ["the cat", "", "nice 🙂 stay", "房间很干净，服务也好", "a loan was not repaid! " * 30, "[SEP] نص\u202e"]
PLAIN: dict[str, Any] = {
    name: field.default for name, field in plugins.part("modalities", "text", "options").Options.model_fields.items()
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, tiny_encoder: Any) -> Write:
    """`write(labels)`: a checkpoint that classifies."""

    def run(*labels: str) -> Path:
        random = torch.Generator().manual_seed(1)
        head = torch.randn(len(labels), 16, generator=random), torch.randn(len(labels), generator=random)
        folder = tmp_path / "模型"
        classifier.write(load.load(tiny_encoder()), *head, labels, folder, tiny_encoder())
        return folder

    return run


def problem(*labels: str, columns: tuple[str, ...] = ("t",), **options: Any) -> Problem:
    y = np.arange(len(TEXTS)) % len(labels)
    rows = (np.zeros((len(TEXTS), 0), np.float32), y, np.ones(len(TEXTS), np.float32))
    texts = {name: np.array(TEXTS, object) for name in columns}
    told = tuple(TextColumn(name, {**PLAIN, **options}) for name in columns)
    width = 1 if len(labels) == 2 else len(labels)
    return Problem(
        "classification",
        {"labels": list(labels), "positive": None},
        width,
        (),
        *rows,
        *rows,
        0,
        1,
        texts=texts,
        texts_valid=texts,
        columns=told,
    )


def logits(folder: Path, texts: list[str]) -> Any:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return torch.cat([model(**tokenizer(text, return_tensors="pt")).logits for text in texts]).numpy()


def brought(tmp_path: Path, one: Problem, model: Path, **options: Any) -> Any:
    """The whole way: settled options, fit, and the checkpoint's folder."""
    module, fit = (plugins.part("methods", "import", name) for name in ("options", "fit"))
    settled = module.settle(module.Options(**options), str(model), "abc")
    assert module.info_of(settled).view == "texts"
    (folder := tmp_path / "checkpoint").mkdir()
    assert fit.probe(one, settled) == 0
    report = fit.fit([one], settled, 1, [folder], Unwatched())
    assert report == {"done": 1, "best": 1, "curves": [], "notes": []}
    return folder


def said(folder: Path, one: Problem) -> Any:
    return plugins.part("methods", "import", "load").load(folder).scores(Mixed(one.x, one.texts))


def test_classes_by_name_in_the_order_of_the_project(tmp_path: Path, write: Write) -> None:
    model, one = write("好", "bad", "so so"), problem("bad", "so so", "好")
    found = said(brought(tmp_path, one, model), one)
    assert_allclose(found[[0, 2, 3]], logits(model, [TEXTS[row] for row in (0, 2, 3)])[:, [1, 2, 0]], atol=1e-5)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("labels", [("good", "bad"), ("GOOD", "Bad"), ("LABEL_good", "label_bad")])
def test_two_classes_are_one_score(tmp_path: Path, write: Write, labels: tuple[str, str]) -> None:
    model, one = write(*labels), problem("bad", "good")
    found = said(brought(tmp_path, one, model), one)
    wanted = logits(model, TEXTS[:1])
    assert_allclose(found[:1], wanted[:, :1] - wanted[:, 1:], atol=1e-5)


def test_classes_that_are_only_numbered(tmp_path: Path, write: Write) -> None:
    one = problem("0", "1")
    model = write("LABEL_0", "LABEL_1")
    wanted = logits(model, TEXTS[:1])
    assert_allclose(said(brought(tmp_path, one, model), one)[:1], wanted[:, 1:] - wanted[:, :1], atol=1e-5)


def test_a_long_text_is_the_mean_of_its_windows(tmp_path: Path, write: Write) -> None:
    model, one = write("a", "b", "c"), problem("a", "b", "c", window=16, overlap=4)
    folder = brought(tmp_path, one, model)
    room = foreign_encoder.load(folder)
    ids = tokens.tokens(tokens.open_tokenizer(room.tokenizer), np.array(TEXTS[4:5], object), 16, 4).windows(16)
    assert ids.shape[1] > 3
    with torch.inference_mode():
        pieces = [room.network(torch.from_numpy(ids[:, place : place + 1])) for place in range(ids.shape[1])]
    assert_allclose(said(folder, one)[4:5], torch.stack(pieces).mean(dim=0), atol=1e-5)


def test_the_graph_says_the_same(tmp_path: Path, write: Write) -> None:
    model, one = write("a", "b", "c"), problem("c", "a", "b", window=16, overlap=4)
    folder = brought(tmp_path, one, model)
    graph = Graph()
    view = graph.input("view", np.float32, 0)
    graph.output("score", plugins.part("methods", "import", "export").export(graph, [folder] * 3, view), np.float64, 3)
    content = graph.model().SerializeToString()
    assert len(content) < 1.5 * (model / "model.safetensors").stat().st_size  # once, however many folds
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    steps, (feed,) = Steps(graph.files, lambda *_: None), graph.feeds.values()
    wanted = said(folder, one)
    for rows in (slice(0, 1), slice(1, 3), slice(None)):
        ids = steps.make(feed, np.array(TEXTS, object)[rows]).array(slice(None))
        assert_allclose(session.run(["score"], {feed.name: ids, "view": one.x[rows]})[0], wanted[rows], atol=1e-5)


def test_no_rows_and_any_order(tmp_path: Path, write: Write) -> None:
    one = problem("a", "b")
    folder = brought(tmp_path, one, write("a", "b"))
    predictor = plugins.part("methods", "import", "load").load(folder)
    x, order = Mixed(one.x, one.texts), np.array([5, 0, 3])
    assert predictor.scores(x[:0]).shape == (0, 1)
    assert_allclose(predictor.scores(x[order]), predictor.scores(x)[order], atol=1e-5)


def test_one_of_several_texts(tmp_path: Path, write: Write) -> None:
    model, one = write("a", "b"), problem("a", "b", columns=("t", "u"))
    one = replace(one, texts={**one.texts, "t": np.full(len(TEXTS), "", object)})
    found = said(brought(tmp_path, one, model, column="u"), one)
    assert np.ptp(found) > 0
    with pytest.raises(ProjectError, match=r"several text columns: t, u(.|\n)*import: {column: t}"):
        foreign_encoder.study(one, str(model), None)
    with pytest.raises(ProjectError, match="one of the text columns: t, u"):
        foreign_encoder.study(one, str(model), "v")


def test_no_text_at_all(write: Write) -> None:
    with pytest.raises(ProjectError, match="no text column"):
        foreign_encoder.study(replace(problem("a", "b"), columns=()), str(write("a", "b")), None)


@pytest.mark.parametrize("labels", [("a", "c"), ("a", "b", "c"), ("LABEL_0", "LABEL_1"), ("A", "a")])
def test_other_classes(write: Write, labels: tuple[str, ...]) -> None:
    with pytest.raises(ProjectError, match=r"the classes of the target: a, b(.|\n)*id2label"):
        foreign_encoder.study(problem("a", "b"), str(write(*labels)), None)


def test_numbers_have_no_classes(write: Write) -> None:
    one = problem("a", "b")
    numbers = replace(one, task="regression", y=one.y[:, None].astype(np.float32))
    with pytest.raises(ProjectError, match="task: classification"):
        foreign_encoder.study(numbers, str(write("a", "b")), None)


def test_an_encoder_without_a_head(tiny_encoder: Any) -> None:
    with pytest.raises(ProjectError):
        foreign_encoder.study(problem("a", "b"), str(tiny_encoder()), None)


def test_pickled_weights_are_not_read(tmp_path: Path, write: Write) -> None:
    model = write("a", "b")
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(ProjectError, match=r"pytorch_model\.bin"):
        foreign_encoder.study(problem("a", "b"), str(model), None)


def test_no_tokenizer(write: Write) -> None:
    model = write("a", "b")
    (model / "tokenizer.json").unlink()
    with pytest.raises(ProjectError, match="tokenizer"):
        foreign_encoder.study(problem("a", "b"), str(model), None)


def test_the_checkpoint_needs_the_folder_no_more(tmp_path: Path, write: Write) -> None:
    model, one = write("a", "b"), problem("a", "b")
    folder = brought(tmp_path, one, model)
    before = said(folder, one)
    shutil.rmtree(model)
    assert_array_equal(said(folder, one), before)
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".json", ".safetensors"}
    assert json.loads((folder / "classifier.json").read_text("utf-8"))["column"] == "t"

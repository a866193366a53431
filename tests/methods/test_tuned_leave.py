"""What tuned encoders leave for other programs, read by `transformers` itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from modelyard.core import plugins  # noqa: E402
from modelyard.core.protocols import Feature, Mixed, Problem, TextColumn  # noqa: E402
from modelyard.methods.tuned import fit, load  # noqa: E402
from modelyard.methods.tuned.leave import leave  # noqa: E402
from modelyard.methods.tuned.options import Options  # noqa: E402
from modelyard.models.pace import Unwatched  # noqa: E402

pytestmark = pytest.mark.torch
TEXTS = [
    "the cat sat on the mat",
    "a loan was not repaid!",
    "房间很干净，服务也好",
    "",
    "nice 🙂 stay [SEP]",
    "stay " * 90,
]
PLAIN: dict[str, Any] = {
    name: field.default for name, field in plugins.part("modalities", "text", "options").Options.model_fields.items()
}
Left = Callable[..., Path]


def problem(columns: dict[str, Path | None], table: int = 0, classes: int = 2, **options: Any) -> Problem:
    rows = len(TEXTS) * 3
    y = np.arange(rows) % classes
    told = tuple(
        TextColumn(name, {**PLAIN, "encoder": "model" if folder else "cnn", **options}, folder)
        for name, folder in columns.items()
    )
    features = tuple(Feature(str(number), str(number), "number") for number in range(table))
    part = (np.ones((rows, table), np.float32), y, np.ones(rows, np.float32))
    texts = {name: np.array(TEXTS * 3, object) for name in columns}
    state = {"labels": ["no", "yes 🙂", "也许"][:classes], "positive": 1}
    width = 1 if classes == 2 else classes
    return Problem(
        "classification", state, width, features, *part, *part, 0, 1, texts=texts, texts_valid=texts, columns=told
    )


@pytest.fixture
def left(tmp_path: Path) -> Left:
    """`left(problem, folds=1)`: the folder after a short training; the checkpoints lie beside it."""

    def run(one: Problem, folds: int = 1) -> Path:
        places = [tmp_path / f"checkpoint-{number}" for number in range(folds)]
        for place in places:
            place.mkdir()
        fit.fit([one] * folds, Options(learning_rate=0.01, part_dropout=0.0), 3, places, Unwatched())
        leave(places, one.features, tmp_path / "left")
        return tmp_path / "left"

    return run


def scores(folder: Path, one: Problem, texts: list[str], fold: int = 0) -> Any:
    x = Mixed(one.x[: len(texts)], {name: np.array(texts, object) for name in one.texts})
    return load.load(folder.parent / f"checkpoint-{fold}").scores(x)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_model_that_classifies(left: Left, tiny_encoder: Any, classes: int) -> None:
    one = problem({"t": tiny_encoder()}, classes=classes, pooling="cls")
    folder = left(one)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert list(model.config.id2label.values()) == one.state["labels"]
    assert "AutoModelForSequenceClassification" in (folder / "README.md").read_text("utf-8")
    texts = TEXTS[:3]  # the others are empty, hold names of special tokens, or are longer than a window
    with torch.inference_mode():
        logits = torch.cat([model(**tokenizer(text, return_tensors="pt")).logits for text in texts]).numpy()
    found = scores(folder, one, texts)
    assert_allclose(logits[:, 1:] - logits[:, :1] if classes == 2 else logits, found, atol=1e-4)


@pytest.mark.parametrize("tune", ["full", "lora"])
def test_an_encoder(left: Left, tiny_encoder: Any, tune: str) -> None:
    one = problem({"t": tiny_encoder()}, tune=tune)
    folder = left(one)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    own = load.load(folder.parent / "checkpoint-0").model
    for text in TEXTS[:3]:
        given = tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**given).last_hidden_state.mean(dim=1)
            score = own.head(hidden)
        assert_allclose(score, scores(folder, one, [text]), atol=1e-4)
    assert "AutoModel.from_pretrained" in (folder / "README.md").read_text("utf-8")
    assert {"reader.json", "reader.safetensors", "config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in folder.iterdir()
    }


def test_folds_stand_side_by_side(left: Left, tiny_encoder: Any) -> None:
    one = problem({"t": tiny_encoder()}, pooling="cls")
    folder = left(one, folds=2)
    assert sorted(path.name for path in folder.iterdir()) == ["fold-1", "fold-2"]
    for fold in (1, 2):
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder / f"fold-{fold}")
        assert model.config.num_labels == 2


def test_encoders_stand_side_by_side(left: Left, tiny_encoder: Any) -> None:
    folder = left(problem({"a": tiny_encoder(), "b": None}, table=2))
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "encoder-0",
        "encoder-1",
        "reader.json",
        "reader.safetensors",
    ]
    assert transformers.AutoModel.from_pretrained(folder / "encoder-0").config.hidden_size == 16
    facts = json.loads((folder / "reader.json").read_text("utf-8"))
    assert [one["plugin"] for one in facts["encoders"]] == ["hugging_face", "cnn"]


def test_a_small_network_leaves_its_weights_and_its_tokenizer(left: Left) -> None:
    folder = left(problem({"t": None}, pooling="cls"))
    assert sorted(path.name for path in folder.iterdir()) == [
        "model.safetensors",
        "reader.json",
        "reader.safetensors",
        "tokenizer.json",
    ]


def test_a_table_beside_the_text_is_no_part_of_a_head(left: Left, tiny_encoder: Any) -> None:
    folder = left(problem({"t": tiny_encoder()}, table=1, pooling="cls"))
    assert "architectures" in json.loads((folder / "config.json").read_text("utf-8"))
    assert transformers.AutoConfig.from_pretrained(folder).architectures == ["BertModel"]

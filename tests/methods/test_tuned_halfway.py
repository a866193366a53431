"""An encoder that is half tuned is gone on with, adapters and dropout on, and ends with the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.protocols import Problem, TextColumn
from modelyard.core.store import list_files

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")
pytestmark = pytest.mark.torch
WORDS = ("good", "fine", "nice", "great", "bad", "poor", "awful", "dull")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from modelyard.backbones import tokenizers
    from modelyard.runtime import tokens

    folder = tmp_path_factory.mktemp("checkpoint")
    content = tokenizers.train([" ".join(WORDS)] * 3, vocabulary=120)
    vocabulary = tokens.open_tokenizer(content).get_vocab_size()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=vocabulary,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
        )
        transformers.BertModel(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(content)
    return folder


class Cutting:
    """A Watch that ends the training at a look."""

    def __init__(self, at: int) -> None:
        self.looks, self.at = 0, at

    def step(self, done: int, total: int, **values: float) -> bool:
        self.looks += 1
        return self.looks != self.at


def problem_of(make_problem: Any, checkpoint: Path, tune: str, halfway: Path | None) -> Problem:
    from modelyard.modalities.text.options import Options

    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 40)
    texts = np.asarray([" ".join(rng.choice(WORDS[4 * one :][:4], rng.integers(1, 40))) for one in y], object)
    x = rng.normal(size=(40, 2))
    options = Options(encoder=str(checkpoint), tune=tune, window=16, overlap=4).model_dump()
    column = TextColumn("text", options, folder=checkpoint)
    made: Problem = make_problem("classification", x[:30], y[:30], x[30:], y[30:])
    learnt, held = {"text": texts[:30]}, {"text": texts[30:]}
    return replace(made, texts=learnt, texts_valid=held, columns=(column,), halfway=halfway)


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_cut_and_gone_on_with(
    tune: str, make_problem: Any, learn: Any, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.models.halfway.EVERY", 0.0)
    monkeypatch.setattr("modelyard.models.halfway.SHARE", 1e12)
    monkeypatch.setattr("modelyard.models.trainer.GLANCE", 0.0)
    noise = {"token_dropout": 0.1, "label_smoothing": 0.1}
    options = {"epochs": 2, "batch_size": 8, "learning_rate": 0.02, "precision": "full", **noise}
    whole = learn("tuned", problem_of(make_problem, checkpoint, tune, None), name="whole", **options)
    assert whole["best"] > 0
    half = problem_of(make_problem, checkpoint, tune, tmp_path / "half")
    for at in (2, 4):
        learn("tuned", half, watch=Cutting(at), name=f"cut{at}", **options)
        assert (tmp_path / "half").exists()
    assert learn("tuned", half, name="resumed", **options) == whole
    assert list_files(tmp_path / "resumed") == list_files(tmp_path / "whole")
    assert list_files(tmp_path / "cut2") != list_files(tmp_path / "whole")
    assert not (tmp_path / "half").exists()

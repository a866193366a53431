"""Fixtures that every room shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Tests read English messages unless they ask for another language."""
    messages.use("en")
    yield
    messages.use(None)
    messages.prefer(None)


@pytest.fixture(scope="session")
def data_mirror() -> Path:
    """The folder of mirrored public data sets; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MODELYARD_DATA", ROOT / "../shared/data"))
    if not folder.is_dir():
        pytest.skip("no data mirror: set MODELYARD_DATA to its folder")
    return folder


TINY = {"vocab_size": 128, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
TINY_KINDS: dict[str, dict[str, Any]] = {
    "albert": {"embedding_size": 8},
    "deberta": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
    "deberta-v2": {
        "relative_attention": True,
        "position_buckets": 8,
        "pos_att_type": ["p2c", "c2p"],
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "position_biased_input": False,
    },
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24},
    "electra": {"embedding_size": 8},
    "modernbert": {"local_attention": 8, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3},
}
TINY_TEXTS = ("the cat sat on the mat", "a loan was not repaid!", "房间很干净，服务也好", "نص عربي", "nice 🙂 stay")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Architecture (`bert` by default) -> the folder of a tiny checkpoint with a tokenizer; not to be changed."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from modelyard.backbones import tokenizers
    from modelyard.backbones.quiet import quiet

    @cache
    def make(kind: str = "bert") -> Path:
        folder = tmp_path_factory.mktemp(kind)
        more = {"intermediate_size": 24, "max_position_embeddings": 64, "pad_token_id": 0, **TINY_KINDS.get(kind, {})}
        with quiet(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            config = transformers.AutoConfig.for_model(kind, **TINY, **more)
            transformers.AutoModel.from_config(config).save_pretrained(folder)
        content = tokenizers.train(TINY_TEXTS * 3, vocabulary=TINY["vocab_size"])
        (folder / "tokenizer.json").write_bytes(content)
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', "utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def exports() -> Callable[..., tuple[bytes, dict[str, Any]]]:
    """`backbones.frozen.export`, which takes its time only once for the same encoder and pooling."""
    frozen = pytest.importorskip("modelyard.backbones.frozen")
    return cache(frozen.export)


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handwritten digits that come with scikit-learn, as a file."""
    datasets = pytest.importorskip("sklearn.datasets")
    file: Path = tmp_path_factory.mktemp("digits") / "digits.csv"
    datasets.load_digits(as_frame=True).frame.to_csv(file, index=False)
    return file


ANCHORS = (70, 108, 167, 257, 396, 610, 939, 1446)


def _law(rows: float, seed: int) -> float:
    """An error that falls with the rows, and a little noise."""
    return 0.01 + 1.2 * rows**-0.45 + 0.002 * ((rows * 7 + seed * 5) % 3 - 1)


@pytest.fixture
def plant(tmp_path: Path, digits: Path) -> Callable[..., Path]:
    """A project of the digits whose learning curve was planted: what a plan says follows from it without a training.

    `error` is the error at (rows, seed), `settings` go into the project file.
    """
    import json

    from modelyard.core.project import load
    from modelyard.plan import measured
    from modelyard.plan.study import data_digest

    def make(
        error: Callable[[float, int], float] = _law,
        anchors: tuple[int, ...] = ANCHORS,
        seeds: int = 3,
        name: str = "数字",
        share: float = 0.8,
        **settings: Any,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        written = {
            "data": str(digits),
            "predict": {"column": "target", "task": "classification"},
            "train": {"method": "linear", "folds": 1},
            "goals": ["accuracy >= 0.97"],
            **settings,
        }
        (folder / "modelyard.yaml").write_text(json.dumps(written), "utf-8")
        labels = [str(digit) for digit in range(10)]
        shared = measured.Shared(
            method="linear",
            trained=("naive", "linear"),
            options={},
            folds=(1, 1),
            data=data_digest(load(folder)),
            test="t" * 64,
            test_rows=351,
            rows=anchors[-1] if anchors else 0,
            share=share,
            own_test=False,
            targets={"target": {"task": "classification", "state": {"labels": labels, "positive": None}}},
            deciding="",
            code="c" * 64,
            libraries={},
        )
        there = measured.begin(folder / ".modelyard", shared)
        for size in anchors:
            for seed in range(seeds):
                wrong = error(size, seed)
                point = measured.Point(
                    size=size,
                    rows=size,
                    seed=seed,
                    metrics={"target": {"accuracy": 1 - wrong, "log_loss": 3 * wrong, "ece": None}},
                    naive={"target": {"accuracy": 0.1, "log_loss": 2.3, "ece": 0.0}},
                    chosen={"target": "linear"},
                    seconds=1.0,
                    test=shared.test,
                    data=shared.data,
                    code=shared.code,
                    method=shared.method,
                )
                measured.keep(there, point)
        return folder

    return make

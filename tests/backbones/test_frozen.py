"""Frozen encoders: the graph against torch, rows alone and in company, a real encoder's sense."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
from onnxruntime import InferenceSession  # noqa: E402

from modelyard.backbones import frozen, graphs, source  # noqa: E402
from modelyard.backbones.hugging_face import load  # noqa: E402
from modelyard.backbones.pooling import Pooled, Scaled  # noqa: E402
from modelyard.backbones.tokenizers import of_folder  # noqa: E402
from modelyard.core.errors import ProjectError  # noqa: E402
from modelyard.core.protocols import Array  # noqa: E402
from modelyard.core.ragged import EMPTY, Ragged  # noqa: E402
from modelyard.runtime.tokens import open_tokenizer, tokens  # noqa: E402

pytestmark = pytest.mark.torch
TEXTS = np.array(["the cat sat on the mat", "", "房间很干净" * 9, "🙂", "نص عربي", "e\u0301" * 40, "x" * 300], object)


@pytest.fixture(scope="module")
def exported(tiny_encoder: Callable[..., Path]) -> tuple[bytes, dict[str, Any]]:
    return frozen.export(tiny_encoder())


def run(content: bytes, ids: Array) -> Array:
    found: Array = InferenceSession(content).run(["vector"], {"ids": ids})[0]
    return found


def test_facts(exported: tuple[bytes, dict[str, Any]]) -> None:
    assert exported[1] == {"model_type": "bert", "width": 16, "limit": 64, "pooling": "mean"}
    assert json.loads(json.dumps(exported[1])) == exported[1]


def test_graph_and_torch_agree(exported: tuple[bytes, dict[str, Any]], tiny_encoder: Callable[..., Path]) -> None:
    folder = tiny_encoder()
    network = Scaled(Pooled(load.load(folder), "mean")).eval()
    ids = tokens(open_tokenizer(of_folder(folder)), TEXTS, 16, 4).windows(16)
    assert ids.shape[1] > 2
    with torch.inference_mode():
        expected = network(torch.from_numpy(ids)).numpy()
    found = run(exported[0], ids)
    assert_allclose(found, expected, atol=1e-5, rtol=0)
    assert_allclose(np.linalg.norm(found, axis=1), 4.0, rtol=1e-5)


def test_company_changes_nothing(exported: tuple[bytes, dict[str, Any]], tiny_encoder: Callable[..., Path]) -> None:
    rows = tokens(open_tokenizer(of_folder(tiny_encoder())), TEXTS, 16, 4)
    together = run(exported[0], rows.windows(16))
    alone = np.concatenate([run(exported[0], rows[[row]].windows(16)) for row in range(len(rows))])
    wide = run(exported[0], np.pad(rows.windows(16), ((0, 3), (0, 2), (0, 5)), constant_values=EMPTY))[: len(rows)]
    assert_allclose(alone, together, atol=2e-6, rtol=0)  # numbers up to 2
    assert_allclose(wide, together, atol=2e-6, rtol=0)


def test_the_longest_window(exported: tuple[bytes, dict[str, Any]]) -> None:
    assert np.isfinite(run(exported[0], np.ones((1, 1, 64), np.int64))).all()


def test_no_tokens_at_all(exported: tuple[bytes, dict[str, Any]]) -> None:
    assert not run(exported[0], np.full((2, 1, 3), EMPTY)).any()


def test_the_same_bytes_again(exported: tuple[bytes, dict[str, Any]], tiny_encoder: Callable[..., Path]) -> None:
    torch.manual_seed(1)
    assert frozen.export(tiny_encoder())[0] == exported[0]


def test_pooling_makes_a_difference(exported: tuple[bytes, dict[str, Any]], tiny_encoder: Callable[..., Path]) -> None:
    ids = Ragged.of([[2, 9, 8, 3], [2, 7, 3]]).windows(8)
    content, facts = frozen.export(tiny_encoder(), "cls")
    assert facts["pooling"] == "cls"
    assert not np.allclose(run(content, ids), run(exported[0], ids), atol=1e-3)


def test_what_cannot_be_exported(monkeypatch: pytest.MonkeyPatch, tiny_encoder: Callable[..., Path]) -> None:
    monkeypatch.setattr(graphs, "TOLERANCE", -1.0)
    with pytest.raises(ProjectError, match="a bert that cannot be written as an ONNX graph"):
        frozen.export(tiny_encoder())


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted({*source.ENCODERS} - {"bert", "camembert", "ernie", "xlm-roberta"}))
def test_every_architecture_is_exported(tiny_encoder: Callable[..., Path], kind: str) -> None:
    """Those left out are the code of BERT or RoBERTa under another name."""
    content, facts = frozen.export(tiny_encoder(kind))
    assert facts["model_type"] == kind
    rows = Ragged.of([[2, *range(5, 40), 3], [2, 3], [2, 9, 9, 3]])
    together = run(content, rows.windows(16))
    alone = np.concatenate([run(content, rows[[row]].windows(16)) for row in range(3)])
    assert_allclose(alone, together, atol=2e-6, rtol=0)


@pytest.mark.slow
def test_a_real_encoder_has_sense(mini_lm: Path) -> None:
    content, facts = frozen.export(mini_lm)
    assert facts == {"model_type": "bert", "width": 384, "limit": 512, "pooling": "mean"}
    near = ["the loan was not repaid", "the borrower defaulted", "a cat on the mat"]
    rows = tokens(open_tokenizer(of_folder(mini_lm)), np.array([*near, *TEXTS, "word " * 700], object), 256, 32)
    found = run(content, rows.windows(256))
    cosines = found[:3] @ found[:3].T / 384
    assert_allclose(np.diag(cosines), 1, atol=1e-5)
    assert cosines[0, 1] > 0.4
    assert cosines[0, 2] < 0.2
    alone = np.concatenate([run(content, rows[[row]].windows(256)) for row in range(len(rows))])
    assert_allclose(alone, found, atol=2e-6, rtol=1e-6)  # numbers up to 8

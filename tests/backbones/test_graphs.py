"""Networks as ONNX graphs: what is wrong does not pass, and nothing of this machine is left in them."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
from modelyard.backbones import graphs  # noqa: E402
from modelyard.core.ragged import EMPTY  # noqa: E402
from modelyard.fragments.graph import OPSET, Graph  # noqa: E402

pytestmark = pytest.mark.torch
nn = torch.nn


class Means(nn.Module):  # type: ignore[misc, name-defined]
    """Ids [rows, windows, length] -> the mean of their vectors [rows, 4]."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Embedding(20, 4)

    def forward(self, ids: Any) -> Any:
        known = (ids != EMPTY).unsqueeze(3)
        vectors = torch.where(known, self.vectors(ids.clamp(min=0)), 0.0)
        return vectors.sum(dim=(1, 2)) / known.sum(dim=(1, 2)).clamp(min=1)


class Traced(Means):
    """Answers otherwise where it is traced: what an exporter that is wrong would do."""

    def forward(self, ids: Any) -> Any:
        return super().forward(ids) + float(torch.compiler.is_exporting())


class Branching(Means):
    def forward(self, ids: Any) -> Any:
        return super().forward(ids) if ids.sum() > 0 else ids.sum()


@pytest.fixture(scope="module")
def means() -> Any:
    torch.manual_seed(0)
    return Means().eval()


@pytest.fixture(scope="module")
def model(means: Any) -> Any:
    return graphs.of_network(means, 20, 64, "vector")


def test_the_opset_is_that_of_all_graphs(model: Any) -> None:
    assert graphs.OPSET == OPSET
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", OPSET)]
    assert not model.functions


def test_nothing_of_this_machine_is_in_it(model: Any) -> None:
    content = model.SerializeToString()
    for word in (b"modelyard.", b"/work", b"/home", b".py", b"torch", b"stack_trace", b"namespace"):
        assert word not in content


def test_a_graph_takes_it_over(means: Any, model: Any) -> None:
    from onnxruntime import InferenceSession

    from modelyard.core.feeds import Feed

    graph = Graph()
    ids = graph.feed(Feed("ids/note", "tokens", "note", 1))
    graph.output("vector", graph.include(model, {"ids": ids}, "vector"), np.float32, 4)
    asked = np.array([[[1, 2, EMPTY]], [[3, EMPTY, EMPTY]]])
    found = InferenceSession(graph.model().SerializeToString()).run(None, {"ids/note": asked})[0]
    np.testing.assert_allclose(found, means(torch.from_numpy(asked)).detach().numpy(), atol=1e-6)


def test_the_same_network_makes_the_same_bytes(means: Any, model: Any) -> None:
    assert graphs.of_network(means, 20, 64, "vector").SerializeToString() == model.SerializeToString()


def test_a_graph_that_answers_otherwise_is_refused() -> None:
    with pytest.raises(graphs.ExportError, match=r"1\.0"):
        graphs.of_network(Traced().eval(), 20, 64, "vector")


def test_a_network_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(graphs.ExportError):
        graphs.of_network(Branching().eval(), 20, 64, "vector")


def test_a_network_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, means: Any) -> None:
    monkeypatch.setattr(graphs, "LARGEST", 100)
    with pytest.raises(graphs.ExportError, match="2 GB"):
        graphs.of_network(means, 20, 64, "vector")


def test_nothing_is_said(means: Any, capfd: pytest.CaptureFixture[str]) -> None:
    levels = [logging.getLogger(name).level for name in ("torch.onnx", "onnxscript")]
    graphs.of_network(means, 20, 64, "vector")
    assert capfd.readouterr() == ("", "")
    assert [logging.getLogger(name).level for name in ("torch.onnx", "onnxscript")] == levels

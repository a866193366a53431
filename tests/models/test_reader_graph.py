"""Readers in ONNX: other shapes than the traced one, batch invariance, other weights in the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor, nn

from modelyard.models import reader_graph
from modelyard.models.reader import Column, Reader, Shape

pytestmark = pytest.mark.torch


class Tiny(nn.Module):
    """A backbone with a position in the window and a matrix that the exporter turns around."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(30, width)
        self.mix = nn.Linear(width, width)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.mix(self.embedding(ids)).tanh() * mask.unsqueeze(2).cumsum(dim=1)
        return hidden

    def layers(self) -> list[nn.Module]:
        return [nn.ModuleList([self.embedding]), self.mix]


def built(seed: int = 0, width: int = 6, **changes: Any) -> Reader:
    torch.manual_seed(seed)
    columns = (Column("文", 0, "mean", 2, 9, 2), Column("b", 0, "cls", 2, 12, 0))
    plain = {"columns": columns, "features": 2, "table": True, "width": 3, "fusion": "gated", "hidden": 4}
    return Reader(Shape(**{**plain, "dropout": 0.1, "part_dropout": 0.1, **changes}), [Tiny(width)]).eval()


def inputs(shapes: Sequence[tuple[int, int, int]], seed: int = 0) -> dict[str, Any]:
    """A table and ids; the last windows are empty in the last rows."""
    random = np.random.default_rng(seed)
    given: dict[str, Any] = {"table": random.normal(size=(shapes[0][0], 2)).astype(np.float32)}
    for number, shape in enumerate(shapes):
        ids = random.integers(0, 30, shape)
        ids[shape[0] // 2 :, -1, shape[2] // 2 :] = -1
        given[f"ids_{number}"] = ids
    return given


def answer(model: onnx.ModelProto, given: dict[str, Any]) -> Any:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    known = {one.name for one in session.get_inputs()}
    return session.run(None, {name: value for name, value in given.items() if name in known})[0]


def expected(reader: Reader, given: dict[str, Any]) -> Any:
    with torch.no_grad():
        return reader.read(*(torch.from_numpy(given["table"]), [torch.from_numpy(given[f"ids_{n}"]) for n in (0, 1)]))


@pytest.fixture(scope="module")
def exported() -> onnx.ModelProto:
    return reader_graph.of_reader(built())


@pytest.mark.parametrize(
    "shapes",
    [
        ((1, 1, 2), (1, 1, 2)),
        ((2, 1, 9), (2, 3, 12)),
        ((7, 3, 9), (7, 1, 1)),
        ((64, 1, 5), (64, 2, 12)),
    ],
    ids=str,
)
def test_shapes_that_were_not_traced(exported: onnx.ModelProto, shapes: Any) -> None:
    given = inputs(shapes)
    assert_allclose(answer(exported, given), expected(built(), given), atol=1e-5)


def test_a_row_alone_or_among_others(exported: onnx.ModelProto) -> None:
    given = inputs(((9, 2, 7), (9, 1, 4)))
    together = answer(exported, given)
    alone = [answer(exported, {name: value[row : row + 1] for name, value in given.items()})[0] for row in range(9)]
    assert_allclose(together, np.stack(alone), atol=1e-6)


def test_padding_changes_nothing(exported: onnx.ModelProto) -> None:
    given = inputs(((4, 1, 5), (4, 1, 5)))
    longer = {name: value if name == "table" else pad(value) for name, value in given.items()}
    assert_allclose(answer(exported, longer), answer(exported, given), atol=1e-6)


def pad(ids: Any) -> Any:
    return np.pad(ids, ((0, 0), (0, 1), (0, 3)), constant_values=-1)


def test_other_weights_go_into_the_same_graph(exported: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_graph, "of_reader", lambda reader: exported)
    readers = [built(0), built(1), built(2)]
    models = reader_graph.of_readers(readers)
    given = inputs(((5, 2, 7), (5, 1, 4)))
    for reader, model in zip(readers, models, strict=True):
        assert_allclose(answer(model, given), expected(reader, given), atol=1e-5)
    assert not np.allclose(answer(models[1], given), answer(models[2], given), atol=1e-3)


@pytest.mark.parametrize("change", [{"width": 4}, {"hidden": 5}, {"fusion": "concat"}], ids=str)
def test_another_network_is_another_graph(exported: onnx.ModelProto, change: dict[str, Any]) -> None:
    assert reader_graph._alike(exported, built(), built(1, **change)) is None


def test_a_weight_that_cannot_be_placed(exported: onnx.ModelProto) -> None:
    """A number in the graph that is no weight of the network: nobody knows what it would be for another one."""
    changed = onnx.ModelProto()
    changed.CopyFrom(exported)
    for constant in changed.graph.initializer:
        if constant.name.startswith("val_") and constant.data_type == onnx.TensorProto.FLOAT and constant.dims:
            constant.raw_data = bytes(len(constant.raw_data))
    assert reader_graph._alike(changed, built(), built(1)) is None


def test_a_graph_that_computes_something_else_is_refused(exported: onnx.ModelProto) -> None:
    assert reader_graph._worst(built(), exported) is None
    assert "(1, 1, 1)" in str(reader_graph._worst(built(3), exported))


def test_what_is_not_exportable_is_said() -> None:
    class Choosy(Tiny):
        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            return super().forward(ids, mask) if ids.sum() > 3 else self.embedding(ids)

    reader = built()
    reader = Reader(reader.shape, [Choosy(6)]).eval()
    with pytest.raises(reader_graph.ExportError):
        reader_graph.of_reader(reader)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    reader_graph.of_reader(built(fusion="attention", table=False))
    assert capfd.readouterr() == ("", "")

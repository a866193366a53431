"""The graph of a target: blocks, views, methods, outputs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from modelyard.core.protocols import Array, Columns
from modelyard.core.schema import Column
from modelyard.models.checkpoint import Checkpoint
from modelyard.package.graph import build, group
from modelyard.runtime.graphs import check_graph

NETWORK = pytest.param("network", marks=[pytest.mark.torch, pytest.mark.slow])
METHODS = ["naive", "linear", "trees", "ensemble", NETWORK]
TASKS = {"risk": "classification", "kind": "classification", "amount": "regression", "tags": "multilabel"}


def tasks_for(method: str) -> dict[str, str]:
    """All tasks; two of them for the network, which takes its time."""
    return {name: task for name, task in TASKS.items() if method != "network" or name in ("risk", "amount")}


def rows_of(checkpoint: Checkpoint) -> Columns:
    return checkpoint.dataset.cells(np.arange(len(checkpoint.dataset.parts)))


def run(content: bytes, blocks: dict[str, Array]) -> dict[str, Array]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    feeds = {item.name: blocks[item.name] for item in session.get_inputs()}
    return dict(zip(names, session.run(names, feeds), strict=True))


def test_modalities_stand_in_the_order_of_their_first_column() -> None:
    inputs = [Column("b", "number"), Column("a", "category"), Column("c", "number")]
    blocks = group(inputs, {"a": {"of": "a"}, "b": {"of": "b"}, "c": {"of": "c"}})
    assert [block.modality for block in blocks] == ["number", "category"]
    assert [column.name for column in blocks[0].columns] == ["b", "c"]
    assert blocks[0].states == ({"of": "b"}, {"of": "c"})


def test_no_inputs_no_blocks() -> None:
    assert group([], {}) == ()


@pytest.mark.parametrize("method", METHODS)
def test_every_task_answers_as_the_reference_does(make_checkpoint, method: str) -> None:
    checkpoint = make_checkpoint(tasks_for(method), method)
    dataset = checkpoint.dataset
    table = rows_of(checkpoint)
    blocks = group(dataset.inputs, dataset.states)
    expected = checkpoint.outputs(table)
    for target in checkpoint.targets:
        content, outputs, *_ = build(blocks, target)
        check_graph(content, Path("x"))
        got = run(content, dataset.blocks_of(dataset.parsed(table)))
        assert set(outputs) == set(got) == set(expected[target.name])
        for name, array in expected[target.name].items():
            assert got[name].dtype == array.dtype and got[name].shape == array.shape
            np.testing.assert_allclose(got[name], array, atol=1e-5 * max(1.0, np.std(array)))


def test_inputs_are_one_tensor_per_modality(checkpoint: Checkpoint) -> None:
    content, *_ = build(group(checkpoint.dataset.inputs, checkpoint.dataset.states), checkpoint.targets[0])
    inputs = {item.name: item.type.tensor_type for item in onnx.load_from_string(content).graph.input}
    assert list(inputs) == ["number", "category", "boolean", "datetime"]
    assert inputs["category"].elem_type == onnx.TensorProto.STRING
    assert inputs["number"].elem_type == onnx.TensorProto.DOUBLE
    assert inputs["number"].shape.dim[1].dim_value == 3
    assert all(kind.shape.dim[0].dim_param for kind in inputs.values())


def test_column_names_stay_out_of_the_graph(checkpoint: Checkpoint) -> None:
    content, *_ = build(group(checkpoint.dataset.inputs, checkpoint.dataset.states), checkpoint.targets[0])
    for name in ("年龄", "income", "smokes", "小项目", "坏"):
        assert name.encode() not in content


def test_a_view_is_built_once_for_all_who_take_it(make_checkpoint) -> None:
    checkpoint = make_checkpoint({"risk": "classification"}, "ensemble")
    (target,) = checkpoint.targets
    assert [member.view for member in target.chosen.members] == ["texts", "raw"]
    blocks = group(checkpoint.dataset.inputs, checkpoint.dataset.states)
    operators = Counter(node.op_type for node in onnx.load_from_string(build(blocks, target)[0]).graph.node)
    assert operators["LabelEncoder"] == 2  # one per view
    assert operators["TreeEnsemble"] == 1


@pytest.mark.parametrize("method", METHODS)
def test_the_same_calls_give_the_same_bytes(make_checkpoint, method: str) -> None:
    checkpoint = make_checkpoint(tasks_for(method), method)
    blocks = group(checkpoint.dataset.inputs, checkpoint.dataset.states)
    assert build(blocks, checkpoint.targets[0]) == build(blocks, checkpoint.targets[0])


@pytest.mark.parametrize("method", METHODS)
def test_nothing_of_this_machine_is_in_the_graph(make_checkpoint, method: str) -> None:
    checkpoint = make_checkpoint(tasks_for(method), method)
    blocks = group(checkpoint.dataset.inputs, checkpoint.dataset.states)
    content, *_ = build(blocks, checkpoint.targets[0])
    for trace in (
        str(Path(__file__).parents[2]),
        str(Path.home()),
        "site-packages",
        ".py",
        str(checkpoint.targets[0].chosen.folders[0]),
    ):
        assert trace.encode() not in content

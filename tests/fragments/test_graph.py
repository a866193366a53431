"""The graph builder."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from modelyard.fragments.graph import IR_VERSION, ML_OPSET, OPSET, Graph


def answers(graph: Graph, **inputs: Any) -> list[Any]:
    model = graph.model().SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found: list[Any] = session.run(None, inputs)
    return found


def centred() -> Graph:
    graph = Graph()
    x = graph.input("number", np.float64, 3)
    graph.output("value", graph.node("Sub", x, graph.constant(np.array([1.0, 2.0, 3.0]))), np.float64, 3)
    return graph


def foreign_model() -> onnx.ModelProto:
    """As an exporter would leave it: with its own names, its path and its notes."""
    nodes = [
        helper.make_node("MatMul", ["in", "weights"], ["hidden"], name="/home/me/model/matmul"),
        helper.make_node("Clip", ["hidden", "", "most"], ["out"], doc_string="File /home/me/model.py, line 3"),
    ]
    constants = [
        helper.make_tensor("weights", TensorProto.FLOAT, [2, 1], [1.0, 2.0]),
        helper.make_tensor("most", TensorProto.FLOAT, [], [10.0]),
    ]
    graph = helper.make_graph(
        nodes,
        "main",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 1])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.metadata_props.add(key="path", value="/home/me")
    return model


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_rows_are_never_fixed(rows: int) -> None:
    assert answers(centred(), number=np.ones((rows, 3)))[0].tolist() == [[0, -1, -2]] * rows


def test_the_same_calls_give_the_same_bytes() -> None:
    assert centred().model().SerializeToString() == centred().model().SerializeToString()


def test_versions_are_pinned() -> None:
    model = centred().model()
    assert model.ir_version == IR_VERSION
    assert {(opset.domain, opset.version) for opset in model.opset_import} == {("", OPSET), ("ai.onnx.ml", ML_OPSET)}


def test_an_input_can_be_declared_twice() -> None:
    graph = Graph()
    first, second = graph.input("number", np.float64, 2), graph.input("number", np.float64, 2)
    graph.output("sum", graph.node("Add", first, second), np.float64, 2)
    assert answers(graph, number=np.ones((1, 2)))[0].tolist() == [[2, 2]]


def test_strings_in_any_script() -> None:
    graph = Graph()
    x = graph.input("category", object, 1)
    graph.output("same", graph.node("StringConcat", x, graph.constant(np.asarray(["！"], object))), object, 1)
    assert answers(graph, category=np.array([["北京"], [""]], object))[0].tolist() == [["北京！"], ["！"]]


def test_a_scalar_has_no_axes() -> None:
    graph = Graph()
    graph.output("x", graph.input("x_in", np.float64, 1), np.float64, 1)
    graph.constant(np.float64(1))
    graph.constant(np.zeros((2, 3)).T)
    assert [list(constant.dims) for constant in graph.model().graph.initializer] == [[], [3, 2]]


def test_columns_cast_and_concat() -> None:
    graph = Graph()
    x = graph.input("number", np.float64, 3)
    swapped = graph.columns(x, [2, 0])
    assert graph.concat([swapped]) == swapped
    graph.output("out", graph.cast(graph.concat([swapped, x]), np.float32), np.float32, 5)
    found = answers(graph, number=np.array([[1.0, 2.0, 3.0]]))[0]
    assert found.dtype == np.float32 and found.tolist() == [[3, 1, 1, 2, 3]]


def test_include_takes_a_model_over_without_its_history() -> None:
    graph = Graph()
    x = graph.input("x", np.float32, 2)
    name, out = foreign_model().graph.input[0].name, foreign_model().graph.output[0].name
    both = [graph.include(foreign_model(), {name: x}, out) for _ in range(2)]
    graph.output("out", graph.concat(both), np.float32, 2)
    assert answers(graph, x=np.array([[1, 2], [100, 100]], np.float32))[0].tolist() == [[5, 5], [10, 10]]
    assert b"/home/me" not in graph.model().SerializeToString()


def test_wrong_graphs_are_refused_when_they_are_finished() -> None:
    graph = Graph()
    graph.output("out", graph.node("NoSuchOperator", graph.input("x", np.float32, 1)), np.float32, 1)
    with pytest.raises(onnx.checker.ValidationError, match="NoSuchOperator"):
        graph.model()

"""Graphs are looked through before onnxruntime sees them, and run on as many threads as there really are."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from modelyard.core.errors import BundleError
from modelyard.fragments import graph as builder
from modelyard.runtime import graphs
from modelyard.runtime.graphs import check_graph, open_graph

PLACE = Path("graphs/0.onnx")


def model_of(
    *nodes: onnx.NodeProto, constants: tuple[onnx.TensorProto, ...] = (), opsets: tuple[str, ...] = ("",)
) -> onnx.ModelProto:
    """x -> nodes -> y, unchecked."""
    inside = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 2])],
        list(constants),
    )
    return helper.make_model(inside, opset_imports=[helper.make_opsetid(name, 20) for name in opsets], ir_version=10)


def outside(tensor: onnx.TensorProto, location: str = "../../etc/passwd") -> onnx.TensorProto:
    """The same tensor with its numbers in another file."""
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def two(name: str = "w") -> onnx.TensorProto:
    return numpy_helper.from_array(np.ones(2, np.float32), name)


def refusal(model: onnx.ModelProto | bytes) -> str:
    content = model if isinstance(model, bytes) else model.SerializeToString()
    with pytest.raises(BundleError) as error:
        check_graph(content, PLACE)
    assert str(PLACE) in str(error.value)
    return str(error.value)


def test_a_plain_graph_passes_and_runs() -> None:
    model = model_of(helper.make_node("Add", ["x", "w"], ["y"]), constants=(two(),))
    session = open_graph(model.SerializeToString(), PLACE, 1)
    assert session.run(None, {"x": np.zeros((3, 2), np.float32)})[0].tolist() == [[1, 1]] * 3


def test_our_own_domains_are_the_allowed_ones() -> None:
    assert set(builder.DOMAINS) <= graphs.DOMAINS


def test_the_fields_are_those_of_onnx() -> None:
    kinds = {
        "model": onnx.ModelProto, "opset": onnx.OperatorSetIdProto, "graph": onnx.GraphProto, "node": onnx.NodeProto,
        "attribute": onnx.AttributeProto, "tensor": onnx.TensorProto, "sparse": onnx.SparseTensorProto,
        "function": onnx.FunctionProto, "training": onnx.TrainingInfoProto,
    }  # fmt: skip
    names = {kind.DESCRIPTOR.full_name: name for name, kind in kinds.items()} | {
        "onnx.TrainingInfoProto": "function",
        "onnx.StringStringEntryProto": "external",
    }
    for name, inside in graphs._INSIDE.items():
        fields = {field.number: field for field in kinds[name].DESCRIPTOR.fields}
        for number, child in inside.items():
            message = fields[number].message_type
            assert {"domain": "domain", "data_location": "location"}.get(fields[number].name) == child or (
                message is not None and names[message.full_name] == child
            )
        followed = {
            number for number, field in fields.items() if field.message_type and field.message_type.full_name in names
        }
        metadata = {number for number in followed if fields[number].name == "metadata_props"}
        assert followed - metadata <= set(inside), "a field that leads on is not looked at"


@pytest.mark.parametrize("domain", ["com.microsoft", "evil", "ai.onnx.training", "恶意"])
def test_foreign_domains(domain: str) -> None:
    node = helper.make_node("Gelu", ["x"], ["y"], domain=domain)
    assert domain in refusal(model_of(node))
    assert domain in refusal(model_of(helper.make_node("Identity", ["x"], ["y"]), opsets=("", domain)))


def test_foreign_operators_inside_a_branch() -> None:
    inner = helper.make_graph(
        [helper.make_node("Evil", [], ["z"], domain="evil")], "inner", [], [helper.make_tensor_value_info("z", 1, None)]
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    assert "evil" in refusal(model_of(node))


def test_functions() -> None:
    model = model_of(helper.make_node("F", ["x"], ["y"]))
    model.functions.append(helper.make_function("", "F", ["a"], ["b"], [], [helper.make_opsetid("", 20)]))
    assert "function" in refusal(model)


@pytest.mark.parametrize("location", ["../../etc/passwd", "/etc/passwd", "weights.bin"])
def test_numbers_in_another_file(location: str) -> None:
    node = helper.make_node("Add", ["x", "w"], ["y"])
    assert "another file" in refusal(model_of(node, constants=(outside(two(), location),)))


def test_numbers_in_another_file_inside_an_attribute() -> None:
    constant = helper.make_node("Constant", [], ["w"], value=outside(two()))
    assert "another file" in refusal(model_of(constant, helper.make_node("Add", ["x", "w"], ["y"])))


def test_external_without_entries() -> None:
    tensor = two()
    tensor.data_location = TensorProto.EXTERNAL
    assert "another file" in refusal(model_of(helper.make_node("Add", ["x", "w"], ["y"]), constants=(tensor,)))
    tensor.data_location = TensorProto.DEFAULT
    check_graph(model_of(helper.make_node("Add", ["x", "w"], ["y"]), constants=(tensor,)).SerializeToString(), PLACE)


def test_sparse_tensors_are_looked_at() -> None:
    model = model_of(helper.make_node("Add", ["x", "w"], ["y"]))
    sparse = helper.make_sparse_tensor(outside(two()), numpy_helper.from_array(np.asarray([0, 1])), [2])
    model.graph.sparse_initializer.append(sparse)
    assert "another file" in refusal(model)


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"hello", b"PK\x03\x04", b"\x80\x04\x95", b"\xff" * 40, b"\x3a\xff\xff\xff\xff\x0f"]
)
def test_bytes_that_are_no_graph(content: bytes) -> None:
    with pytest.raises(BundleError):
        open_graph(content, PLACE, 1)


@given(st.binary(max_size=200))
@settings(max_examples=200, derandomize=True)
def test_any_bytes_end_in_a_word(content: bytes) -> None:
    with contextlib.suppress(BundleError):
        check_graph(content, PLACE)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
@settings(max_examples=150, derandomize=True)
def test_a_damaged_graph_never_hides_a_foreign_domain_in_a_crash(position: int, byte: int) -> None:
    content = bytearray(model_of(helper.make_node("Gelu", ["x"], ["y"], domain="evil")).SerializeToString())
    content[position % len(content)] = byte
    try:
        check_graph(bytes(content), PLACE)
    except BundleError:
        return
    if b"evil" in content:
        try:
            node = onnx.load_from_string(bytes(content)).graph.node[0]
        except DecodeError:  # what protobuf itself cannot read, no runtime opens
            return
        assert node.domain in graphs.DOMAINS


def test_depth_is_bounded() -> None:
    inner = helper.make_graph([], "inner", [], [])
    for _ in range(20):
        inner = helper.make_graph([helper.make_node("If", ["c"], ["z"], then_branch=inner)], "g", [], [])
    assert "no ONNX graph" in refusal(helper.make_model(inner))


def test_an_invalid_but_harmless_graph_is_refused_by_name() -> None:
    model = model_of(helper.make_node("NoSuchOperator", ["x"], ["y"]))
    with pytest.raises(BundleError, match="cannot be executed"):
        open_graph(model.SerializeToString(), PLACE, 1)


def test_the_numbers_of_large_trees_go_by_at_once() -> None:
    floats = helper.make_attribute("values", [0.5] * 100_000).SerializeToString()
    integers = helper.make_attribute("ids", [*range(100_000), -1, 2**62]).SerializeToString()
    for content in (floats, integers):
        assert len(list(graphs._fields(content, 0, len(content)))) <= 3


def test_threads_are_set_and_do_not_spin() -> None:
    model = model_of(helper.make_node("Add", ["x", "w"], ["y"]), constants=(two(),))
    options = open_graph(model.SerializeToString(), PLACE, 3).get_session_options()
    assert options.intra_op_num_threads == 3
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"

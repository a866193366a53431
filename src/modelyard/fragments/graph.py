"""A small builder of one ONNX graph: fragments add nodes by turns and hand tensor names on.

    graph = Graph()
    x = graph.input("number", np.float64, 3)
    y = graph.node("Sub", x, graph.constant(mean))
    graph.output("value", y, np.float64, 1)
    graph.model().SerializeToString()

Names are numbered in the order of the calls, so the same calls give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from modelyard.core.feeds import Feed
from modelyard.core.protocols import Array

OPSET = 20
ML_OPSET = 5
IR_VERSION = 10
DOMAINS = ("", "ai.onnx.ml")
LARGE = 1024
"""Bytes of a constant from which it pays to look whether it is there already."""


class Graph:
    """One ONNX graph under construction. The first axis of every tensor is the rows, never fixed.

    Attributes:
        feeds: Inputs that are made of texts, by name.
        files: Place in the bundle -> content of the files that those need.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: dict[str, onnx.ValueInfoProto] = {}
        self._outputs: dict[str, onnx.ValueInfoProto] = {}
        self.feeds: dict[str, Feed] = {}
        self.files: dict[str, bytes] = {}
        self._included: dict[bytes, str] = {}
        self._count = 0
        self._ml_opset = ML_OPSET

    def input(self, name: str, dtype: Any, width: int) -> str:
        """Declare an input [rows, width]; dtype `object` means strings. Declaring it again changes nothing."""
        self._inputs.setdefault(name, helper.make_tensor_value_info(name, _element(dtype), ["rows", width]))
        return name

    def feed(self, feed: Feed, dimension: int = 0) -> str:
        """Declare an input that a step makes of a text column; declaring it again changes nothing.

        Args:
            feed: What it is.
            dimension: Of vectors.
        """
        shapes: dict[str, list[str | int | None]] = {
            "grams": ["rows", f"{feed.name}/most"],
            "vectors": ["rows", dimension],
        }
        shape = shapes.get(feed.step, ["rows", f"{feed.name}/windows", f"{feed.name}/length"])
        element = TensorProto.FLOAT if feed.step == "vectors" else TensorProto.INT64
        self._inputs.setdefault(feed.name, helper.make_tensor_value_info(feed.name, element, shape))
        self.feeds.setdefault(feed.name, feed)
        return feed.name

    def file(self, content: bytes, ending: str) -> str:
        """A file that a step needs, e.g. a tokenizer; returns its place in the bundle, which its content decides."""
        place = f"files/{hashlib.sha256(content).hexdigest()[:16]}{ending}"
        self.files[place] = content
        return place

    def output(self, name: str, tensor: str, dtype: Any, width: int) -> None:
        """Name a tensor as an output [rows, width]."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name]))
        self._outputs[name] = helper.make_tensor_value_info(name, _element(dtype), ["rows", width])

    def constant(self, value: Array | np.generic) -> str:
        """Store an array, or a numpy scalar as a tensor without axes; returns its name."""
        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; returns the output's name."""
        name = self._name(op.lower())
        self._nodes.append(helper.make_node(op, list(inputs), [name], domain=domain, **attributes))
        return name

    def cast(self, tensor: str, dtype: Any) -> str:
        """Cast a tensor to a numpy type."""
        return self.node("Cast", tensor, to=_element(dtype))

    def columns(self, tensor: str, numbers: list[int]) -> str:
        """Some columns of a tensor [rows, width], in the given order."""
        return self.node("Gather", tensor, self.constant(np.asarray(numbers, np.int64)), axis=1)

    def concat(self, tensors: list[str]) -> str:
        """Tensors [rows, any] side by side."""
        return tensors[0] if len(tensors) == 1 else self.node("Concat", *tensors, axis=1)

    def include(self, model: onnx.ModelProto, inputs: Mapping[str, str], output: str) -> str:
        """Take over a finished model, its inputs fed with tensors of this graph; returns one of its outputs.

        Its operators must be of this graph's opset; those of `ai.onnx.ml` may be of an older one, which then holds for
        the whole graph. Doc strings and metadata, which may hold paths of the machine that exported it, stay behind.
        Large constants that an included model had already are taken once.
        """
        prefix = self._name("part") + "/"
        known = {**inputs, "": ""}
        for constant in model.graph.initializer:
            copied = onnx.TensorProto()
            copied.CopyFrom(constant)
            copied.name = copied.doc_string = ""
            content = _digest(copied)
            known[constant.name] = self._included.get(content, prefix + constant.name)
            if known[constant.name] == prefix + constant.name:
                copied.name = known[constant.name]
                self._constants.append(copied)
            if len(constant.raw_data) >= LARGE:
                self._included[content] = known[constant.name]
        for node in model.graph.node:
            self._nodes.append(_renamed(node, prefix, known))
        for opset in model.opset_import:
            if opset.domain == "ai.onnx.ml":
                self._ml_opset = min(self._ml_opset, opset.version)
        return known[output]

    def uses(self, op: str) -> bool:
        """Whether an operator is among the nodes."""
        return any(node.op_type == op for node in self._nodes)

    def model(self) -> onnx.ModelProto:
        """The finished, checked model."""
        graph = helper.make_graph(
            self._nodes, "modelyard", list(self._inputs.values()), list(self._outputs.values()), self._constants
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", self._ml_opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="modelyard")
        onnx.checker.check_model(model)
        return model

    def _name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"


def _element(dtype: Any) -> int:
    if np.dtype(dtype) == np.dtype(object):
        return int(TensorProto.STRING)
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


def _digest(constant: onnx.TensorProto) -> bytes:
    return hashlib.sha256(constant.SerializeToString(deterministic=True)).digest()


def _renamed(node: onnx.NodeProto, prefix: str, known: dict[str, str]) -> onnx.NodeProto:
    copied = onnx.NodeProto()
    copied.CopyFrom(node)
    del copied.metadata_props[:]
    copied.doc_string, copied.name = "", ""
    for field, names in ((copied.input, list(node.input)), (copied.output, list(node.output))):
        del field[:]
        field.extend(known.setdefault(name, prefix + name) for name in names)
    return copied

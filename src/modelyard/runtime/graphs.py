"""A bundle's ONNX graphs: looked through before onnxruntime sees them, then opened with the right number of threads.

onnxruntime follows the name of an external data file, hard links included, and loads custom operators where they are
registered. So the bytes are read here first, as protobuf's wire format and without the `onnx` package: standard
domains only, no functions, nothing outside the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _binding

from modelyard.core.machine import available_threads
from modelyard.runtime.manifest import refuse

# onnxruntime's exceptions share no base of their own.
GRAPH_ERRORS = tuple(kind for kind in vars(_binding).values() if isinstance(kind, type) and issubclass(kind, Exception))
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})

_Kind = Literal[
    "model", "opset", "graph", "node", "attribute", "tensor", "sparse", "domain", "external", "location", "function"
]
_INSIDE: dict[_Kind, dict[int, _Kind]] = {  # the fields of onnx.proto3 that lead to operators and to tensors
    "model": {7: "graph", 8: "opset", 20: "function", 25: "function"},
    "opset": {1: "domain"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute", 7: "domain"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external", 14: "location"},
}
_DEPTH = 40
# Trees are attributes with a tag for each of their 100,000 numbers: field 7 (floats) and field 8 (ints) go by at once.
_RUN = re.compile(rb"(?:\x3d.{4})++|(?:\x40[\x80-\xff]*+[\x00-\x7f])++", re.DOTALL)


class _Field(NamedTuple):
    number: int
    wire: int
    start: int
    end: int
    value: int


def open_graph(content: bytes, place: Path, threads: int | None) -> onnxruntime.InferenceSession:
    """Check a graph and make it ready to run on the CPU.

    Args:
        content: The bytes of the file.
        place: Where they come from, for the error.
        threads: For one operator; None takes what `available_threads` says.

    Raises:
        BundleError: Not a graph, or one that reaches outside itself.
    """
    check_graph(content, place)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or available_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised as well
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except GRAPH_ERRORS as error:
        refuse(place, "runtime.bad_graph", reason=" ".join(str(error).split())[:200])


def check_graph(content: bytes, place: Path) -> None:
    """Refuse operators of foreign domains, functions, and numbers that lie in another file.

    Raises:
        BundleError: One of these, or bytes that are no ONNX model.
    """
    try:
        facts = set(_facts(content, "model", 0, len(content), 0))
    except (IndexError, ValueError):
        refuse(place, "runtime.not_onnx")
    foreign = sorted(name for kind, name in facts if kind == "domain" and name not in DOMAINS)
    if foreign or ("function", "") in facts:
        refuse(place, "runtime.domain", "runtime.expected_domain", names=", ".join(foreign) or "function")
    if ("external", "") in facts:
        refuse(place, "runtime.external", "runtime.expected_inside")


def _facts(content: bytes, kind: _Kind, start: int, end: int, depth: int) -> Iterator[tuple[str, str]]:
    """("domain", name), ("function", "") and ("external", "") wherever a message holds them."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    inside = _INSIDE[kind]
    for field in _fields(content, start, end):
        child = inside.get(field.number)
        if child is None:
            continue
        if child == "domain":
            yield "domain", content[field.start : field.end].decode("utf-8")
        elif child == "location":
            if field.value or field.wire:
                yield "external", ""
        elif child in ("external", "function"):
            yield child, ""
        else:
            yield from _facts(content, child, field.start, field.end, depth + 1)


def _fields(content: bytes, start: int, end: int) -> Iterator[_Field]:
    position = start
    while position < end:
        run = _RUN.match(content, position, end)
        if run:
            position = run.end()
            continue
        tag, position = _varint(content, position)
        number, wire, value = tag >> 3, tag & 7, 0
        first = position
        if wire == 0:
            value, position = _varint(content, position)
        elif wire == 2:
            length, first = _varint(content, position)
            position = first + length
        elif wire in (1, 5):
            position += 8 if wire == 1 else 4
        else:
            raise ValueError("no such wire type")
        if position > end:
            raise ValueError("a field beyond its message")
        yield _Field(number, wire, first, position, value)


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than ten bytes")

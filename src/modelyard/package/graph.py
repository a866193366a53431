"""One ONNX graph per target: blocks -> views -> the chosen method -> calibrated outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from modelyard.core import plugins
from modelyard.core.feeds import Feed
from modelyard.core.protocols import ModalityFragment, Preprocess, State
from modelyard.core.schema import Column
from modelyard.fragments.graph import Graph
from modelyard.models.checkpoint import Candidate, TrainedTarget
from modelyard.models.encoders import Encoders


@dataclass(frozen=True)
class Block:
    """The input columns of one modality: one tensor of the graph.

    Args:
        modality: Name of the plug-in, and of the graph's input.
        columns: In the order of the table.
        states: What fitting left behind for each of them.
    """

    modality: str
    columns: tuple[Column, ...]
    states: tuple[State, ...]

    @property
    def preprocess(self) -> Preprocess:
        """The numpy side of the plug-in."""
        module: Preprocess = plugins.part("modalities", self.modality, "preprocess")
        return module

    @property
    def fragment(self) -> ModalityFragment:
        """The ONNX side of the plug-in."""
        module: ModalityFragment = plugins.part("modalities", self.modality, "fragment")
        return module

    def declare(self, graph: Graph) -> None:
        """Declare the block as an input; its type and width are those that an empty cell gives."""
        empty = np.full(1, None, object)
        parsed = [self.preprocess.parse(empty, column.options).values for column in self.columns]
        block = self.preprocess.block(parsed, self.states)
        graph.input(self.modality, block.dtype, block.shape[1])


def group(inputs: Sequence[Column], states: Mapping[str, State]) -> tuple[Block, ...]:
    """The blocks of a bundle: modalities in the order in which they first appear."""
    modalities = dict.fromkeys(column.modality for column in inputs)
    members = {name: tuple(column for column in inputs if column.modality == name) for name in modalities}
    return tuple(
        Block(name, columns, tuple(states[column.name] for column in columns)) for name, columns in members.items()
    )


class Built(NamedTuple):
    """The graph of one target.

    Args:
        content: The bytes of the ONNX file.
        outputs: Names of its outputs.
        feeds: What it takes beside the blocks.
        files: Place in the bundle -> content of what the feeds need.
    """

    content: bytes
    outputs: tuple[str, ...]
    feeds: tuple[Feed, ...]
    files: Mapping[str, bytes]


def build(blocks: Sequence[Block], target: TrainedTarget, encoders: Encoders | None = None) -> Built:
    """The graph of one target."""
    graph = Graph()
    for block in blocks:
        block.declare(graph)
    score = _Views(graph, blocks, encoders or Encoders()).scores(target.chosen)
    tensors = plugins.part("tasks", target.task, "fragment").build(graph, score, target.state, target.calibration)
    example = _example_outputs(target)
    for name, tensor in tensors.items():
        array = example[name]
        graph.output(name, tensor, array.dtype, 1 if array.ndim == 1 else array.shape[1])
    content = graph.model().SerializeToString(deterministic=True)
    return Built(content, tuple(tensors), tuple(graph.feeds.values()), graph.files)


class _Views:
    """The views of all blocks side by side, each built when a candidate first takes it."""

    def __init__(self, graph: Graph, blocks: Sequence[Block], encoders: Encoders) -> None:
        self._graph = graph
        self._blocks = blocks
        self._encoders = encoders
        self._tensors: dict[str, str] = {}

    def scores(self, candidate: Candidate) -> str:
        """The tensor of a candidate's scores; an ensemble takes those of its members side by side, as double."""
        if candidate.members:
            members = [self._graph.cast(self.scores(member), np.float64) for member in candidate.members]
            view = self._graph.concat(members)
        else:
            view = self._tensor(candidate.view)
        tensor: str = plugins.part("methods", candidate.method, "export").export(self._graph, candidate.folders, view)
        return tensor

    def _tensor(self, view: str) -> str:
        """The matrix of a view; a method of the view `texts` takes the texts as it needs them."""
        if view not in self._tensors:
            name = "dense" if view == "texts" else view
            parts = [block.fragment.build(self._graph, block.modality, block.states, name) for block in self._blocks]
            vectors = [] if view == "texts" else self._encoders.declare(self._graph)
            self._tensors[view] = self._graph.concat([*parts, *vectors])
        return self._tensors[view]


def _example_outputs(target: TrainedTarget) -> dict[str, Any]:
    """Outputs of one row of zero scores: their types and widths."""
    width = plugins.part("tasks", target.task, "target").width(target.state)
    calibrate = plugins.part("tasks", target.task, "calibrate")
    outputs: dict[str, Any] = calibrate.apply(np.zeros((1, width)), target.calibration, target.state)
    return outputs

"""An ONNX file from elsewhere: what it wants, what it says, and its nodes among ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import version_converter

from modelyard.core.errors import BundleError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Problem
from modelyard.fragments.graph import OPSET
from modelyard.models import foreign
from modelyard.models.foreign import Facts, Input, Says
from modelyard.models.targets import is_number
from modelyard.runtime.graphs import GRAPH_ERRORS, open_graph

SAMPLE = 1000  # rows that show what the outputs are
OLD_TREES = frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor"})
_KINDS = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}
_CODES = ("", "")  # what codes 0 and 1 are as texts: missing, rare or unseen


@dataclass(frozen=True)
class Graph:
    """The Predictor of a foreign ONNX file.

    Args:
        known: What is known of it.
        session: onnxruntime's.
    """

    known: Facts
    session: Any

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        return self.known.scores(_answers(self.session, x, self.known.inputs)[self.known.output])


def load(known: Facts, content: bytes) -> Graph:
    """The file, ready to score."""
    return Graph(known, open_graph(content, Path(foreign.FILES["onnx"]), 1))


def export(graph: Any, view: str, known: Facts, content: bytes) -> str:
    """Add its nodes; returns the name of the scores, double [rows, width].

    Raises:
        ProjectError: It has tree operators of an old form, and the graph has trees of the new one.
    """
    model = version_converter.convert_version(onnx.load_from_string(content), OPSET)
    old = sorted({node.op_type for node in model.graph.node} & OLD_TREES)
    if old and graph.uses("TreeEnsemble"):
        got, expected = text("methods.import_old_trees", names=", ".join(old)), text("methods.import_alone")
        raise foreign.refuse("", got, expected)
    fed = {one.name: _fed_graph(graph, view, one) for one in known.inputs}
    answers = graph.cast(graph.include(model, fed, known.output), np.float64)
    shaped = graph.node("Reshape", answers, graph.constant(np.asarray([-1, known.width], np.int64)))
    return known.build(graph, shaped)


def study(content: bytes, problem: Problem, path: str) -> Facts:
    """What is to be known of a file before it can answer for a project.

    Raises:
        ProjectError: It is no ONNX file of standard operators, wants other columns, or answers another question.
    """
    try:
        session = open_graph(content, Path(path), 1)
        model = onnx.load_from_string(content)
        version_converter.convert_version(model, OPSET)
    except (BundleError, RuntimeError, ValueError, onnx.checker.ValidationError) as error:
        raise foreign.broken(path, error, text("methods.import_files")) from error
    inputs = tuple(_inputs(session, problem.features, path))
    try:
        answers = _answers(session, problem.x[:SAMPLE], inputs)
    except GRAPH_ERRORS as error:
        raise foreign.broken(path, error, text("methods.import_inputs")) from error
    for name, values in answers.items():
        says = _says(values, problem)
        if says is not None:
            return foreign.facts(problem, "onnx", says, values.shape[1], inputs=inputs, output=name)
    shapes = ", ".join(f"{output.name}: {output.type} {output.shape}" for output in session.get_outputs())
    got, expected = text("methods.import_outputs", outputs=shapes), text("methods.import_output", width=problem.width)
    raise foreign.refuse(path, got, expected, text("methods.import_fix_output"))


def _inputs(session: Any, features: Sequence[Feature], path: str) -> Iterator[Input]:
    """How each input is made of the view's features."""
    wanted, places = session.get_inputs(), {feature.name: number for number, feature in enumerate(features)}
    if len(wanted) == 1 and wanted[0].name not in places:
        numbers = tuple(number for number, feature in enumerate(features) if feature.kind == "number")
        width = wanted[0].shape[-1] if wanted[0].shape else None
        if len(numbers) < len(features) or (isinstance(width, int) and width != len(features)):
            got = text("methods.import_count", count=width)
            expected = text("methods.import_columns", names=foreign.columns_of(features))
            raise foreign.refuse(path, got, expected, text("methods.import_inputs"))
        yield Input(wanted[0].name, _kind(wanted[0], path), numbers)
        return
    missing = [one.name for one in wanted if one.name not in places]
    if missing:
        raise foreign.unlike(path, missing, features)
    for one in wanted:
        number, kind = places[one.name], _kind(one, path)
        if (features[number].kind == "code") != (kind == "object"):
            got = text("methods.import_kind", name=one.name, kind=one.type)
            raise foreign.refuse(path, got, text("methods.import_kinds"))
        levels = (*_CODES, *features[number].levels) if kind == "object" else ()
        yield Input(one.name, kind, (number,), levels)


def _kind(one: Any, path: str) -> str:
    if one.type not in _KINDS:
        got = text("methods.import_kind", name=one.name, kind=one.type)
        raise foreign.refuse(path, got, text("methods.import_kinds"))
    return _KINDS[one.type]


def _answers(session: Any, x: Floats, inputs: Sequence[Input]) -> dict[str, Array]:
    """Outputs of floats, each [rows, columns]."""
    names = [output.name for output in session.get_outputs() if output.type in ("tensor(float)", "tensor(double)")]
    if not names:
        return {}
    found = session.run(names, {one.name: _fed(x, one) for one in inputs})
    shaped = {name: np.asarray(values) for name, values in zip(names, found, strict=True)}
    return {
        name: values.reshape(len(x), int(np.prod(values.shape[1:], dtype=np.int64))) for name, values in shaped.items()
    }


def _fed(x: Floats, one: Input) -> Array:
    """An input for a raw view [rows, features]."""
    if not one.levels:
        return x[:, list(one.features)].astype(one.kind)
    texts = np.asarray(one.levels, object)
    return texts[foreign.codes(x[:, list(one.features)], len(one.levels))]


def _fed_graph(graph: Any, view: str, one: Input) -> str:
    """The same in ONNX."""
    columns = graph.columns(view, list(one.features))
    if not one.levels:
        return str(graph.cast(columns, np.dtype(one.kind)))
    texts = graph.constant(np.asarray(one.levels, object))
    return str(graph.node("Gather", texts, foreign.codes_graph(graph, columns, len(one.levels))))


def _says(values: Array, problem: Problem) -> Says | None:
    """What an output says, or None where it has another width."""
    width = values.shape[1]
    if is_number(problem):
        return "value" if width == problem.width else None
    if width != problem.width and not (problem.width == 1 and width == 2):
        return None
    likely = bool(((values >= 0) & (values <= 1)).all())
    sums = width == 1 or problem.y.ndim > 1 or bool(np.allclose(values.sum(axis=1), 1, atol=1e-3))
    return "probability" if likely and sums else "logit"

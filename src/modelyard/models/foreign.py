"""Models that were trained elsewhere: LightGBM's text models and ONNX files, fed from the project's columns.

A LightGBM model finds its features by name; one without names of its own (`Column_0`, ...) takes the project's columns
in the order of the raw view, which is that of `modelyard check`, modality by modality. Codes of categories are those of
the pandas table that it was trained on, else the project's.

An ONNX file has one input [rows, columns] in that same order, numbers only, or one input [rows, 1] per column, named
like it; texts are given as texts, one that is not told apart as "". Of its outputs the first of floats counts that has
a column per class (two classes: also one, of the positive class), or one for numbers: probabilities where all of them
look so, else logits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Problem
from modelyard.models.targets import is_number

Form = Literal["lightgbm", "onnx"]
Says = Literal["probability", "logit", "value"]
FACTS = "import.json"
FILES: Mapping[Form, str] = {"lightgbm": "model.txt", "onnx": "model.txt.onnx"}
EDGE = 1e-7
"""Probabilities end that far from 0 and 1: their log-odds must be numbers."""


@dataclass(frozen=True)
class Input:
    """An input of an ONNX file.

    Args:
        name: Its name.
        kind: `float32`, `float64`, or `object` for texts.
        features: The features of the view that stand in it, side by side.
        levels: Of texts: that of each code.
    """

    name: str
    kind: str
    features: tuple[int, ...]
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What is known of a foreign model, so that its answers become scores.

    Args:
        form: What kind of file it is.
        says: What its output is.
        width: Columns of that output.
        scale: What numbers are divided by, after `centre` was taken off: scores are standardised.
        centre: See `scale`.
        features: Per input of the model: the view's feature, and for codes the value of each, or None.
        inputs: Of an ONNX file: each input with what it is made of.
        output: Of an ONNX file: the name of the output that counts.
    """

    form: Form
    says: Says
    width: int
    scale: float
    centre: float
    features: tuple[tuple[int, tuple[float, ...] | None], ...] = ()
    inputs: tuple[Input, ...] = ()
    output: str = ""

    def scores(self, answers: Array) -> Doubles:
        """Answers [rows, width of the output] -> scores [rows, width]."""
        found = answers.astype(np.float64)
        if self.says == "value":
            return (found - self.centre) / self.scale
        if self.says == "probability":
            found = np.clip(found, EDGE, 1 - EDGE)
            found = np.log(found) - (np.log1p(-found) if self.width == 1 else 0.0)
        return found[:, 1:] - found[:, :1] if self.width == 2 else found

    def build(self, graph: Any, answers: str) -> str:
        """The same in ONNX, from and to double."""
        if self.says == "value":
            centred = graph.node("Sub", answers, graph.constant(np.float64(self.centre)))
            return str(graph.node("Div", centred, graph.constant(np.float64(self.scale))))
        if self.says == "probability":
            ends = (graph.constant(np.float64(EDGE)), graph.constant(np.float64(1 - EDGE)))
            kept = graph.node("Clip", answers, *ends)
            answers = graph.node("Log", kept)
            if self.width == 1:
                rest = graph.node("Log", graph.node("Sub", graph.constant(np.float64(1)), kept))
                answers = graph.node("Sub", answers, rest)
        if self.width != 2:
            return answers
        return str(graph.node("Sub", graph.columns(answers, [1]), graph.columns(answers, [0])))


def facts(problem: Problem, form: Form, says: Says, width: int, **more: Any) -> Facts:
    """Facts of a model for a problem."""
    numbers = is_number(problem)
    scale, centre = (problem.state["scale"], problem.state["mean"]) if numbers else (1.0, 0.0)
    return Facts(form, says, width, float(scale), float(centre), **more)


def save(folder: Path, known: Facts, content: bytes) -> None:
    """Write the checkpoint."""
    (folder / FACTS).write_text(json.dumps(asdict(known), sort_keys=True), "utf-8")
    (folder / FILES[known.form]).write_bytes(content)


def read(folder: Path) -> tuple[Facts, bytes]:
    """What `save` wrote."""
    data = json.loads((folder / FACTS).read_text("utf-8"))
    features = tuple((number, tuple(codes) if codes is not None else None) for number, codes in data["features"])
    inputs = tuple(
        Input(one["name"], one["kind"], tuple(one["features"]), tuple(one["levels"])) for one in data["inputs"]
    )
    known = Facts(**{**data, "features": features, "inputs": inputs})
    return known, (folder / FILES[known.form]).read_bytes()


def refuse(path: str, got: str, expected: str, fix: str = "") -> ProjectError:
    """The error for a model that does not fit the project."""
    return ProjectError(Mistake(f"train.model: {path}", got, expected, fix))


def broken(path: str, error: Exception, expected: str) -> ProjectError:
    """The error for a file that cannot be read or run."""
    return refuse(path, text("methods.import_broken", reason=" ".join(str(error).split())[:300]), expected)


def columns_of(features: Sequence[Feature]) -> str:
    """The columns of the raw view in order, for messages; the first dozen."""
    shown = [feature.name for feature in features[:12]]
    return ", ".join([*shown, *(["…"] if len(features) > len(shown) else [])])


def unlike(path: str, missing: Sequence[str], features: Sequence[Feature]) -> ProjectError:
    """The error for a model that wants columns which the project does not have."""
    got = text("methods.import_unknown", names=", ".join(missing[:8]))
    return refuse(path, got, text("methods.import_columns", names=columns_of(features)), text("methods.import_fix"))


def codes(column: Floats, count: int) -> Array:
    """Codes of a view's feature as whole numbers below a count."""
    return np.clip(np.nan_to_num(column), 0, count - 1).astype(np.int64)


def codes_graph(graph: Any, column: str, count: int) -> str:
    """The same in ONNX."""
    filled = graph.node("Where", graph.node("IsNaN", column), graph.constant(np.float32(0)), column)
    ends = (graph.constant(np.float32(0)), graph.constant(np.float32(count - 1)))
    return str(graph.cast(graph.node("Clip", filled, *ends), np.int64))

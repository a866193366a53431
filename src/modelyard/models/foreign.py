"""Models that were trained elsewhere: LightGBM's text models and ONNX files, fed from the project's columns.

A LightGBM model finds its features by name; one without names of its own (`Column_0`, ...) takes the project's columns
in the order of the raw view, which is that of `modelyard check`, modality by modality. Codes of categories are those of
the pandas table that it was trained on, else the project's.

An ONNX file has one input [rows, columns] in that same order, numbers only, or one input [rows, 1] per column, named
like it; texts are given as texts, one that is not told apart as "". Of its outputs the first of floats counts that has
a column per class (two classes: also one, of the positive class), or one for numbers: probabilities where all of them
look so, else logits.

Neither file says which class is which: the model's 1 is taken for the positive class, its columns for the project's
classes in order. Where it ranks rows the other way round, beyond noise, `reversals` says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Predictor, Problem
from modelyard.measure.score import roc_auc
from modelyard.models.targets import is_number, log_sum_exp

Form = Literal["lightgbm", "onnx"]
Says = Literal["probability", "logit", "value"]
FACTS = "import.json"
FILES: Mapping[Form, str] = {"lightgbm": "model.txt", "onnx": "model.txt.onnx"}
EDGE = 1e-7
"""Probabilities end that far from 0 and 1: their log-odds must be numbers."""
BEYOND = 3.0
"""Standard errors below 0.5 from which a ROC-AUC is no chance."""


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
        labels: Whether each column is a yes or no by itself, rather than one class of several.
    """

    form: Form
    says: Says
    width: int
    scale: float
    centre: float
    features: tuple[tuple[int, tuple[float, ...] | None], ...] = ()
    inputs: tuple[Input, ...] = ()
    output: str = ""
    labels: bool = False

    @property
    def apart(self) -> bool:
        """Each column says yes or no by itself: its log-odds are the score."""
        return self.labels or self.width == 1

    @property
    def paired(self) -> bool:
        """Two columns of two classes: what the second is above the first is the score."""
        return not self.labels and self.width == 2

    def scores(self, answers: Array) -> Doubles:
        """Answers [rows, width of the output] -> scores [rows, width]."""
        found = answers.astype(np.float64)
        if self.says == "value":
            return (found - self.centre) / self.scale
        if self.says == "probability":
            found = np.clip(found, EDGE, 1 - EDGE)
            found = np.log(found) - (np.log1p(-found) if self.apart else 0.0)
        return found[:, 1:] - found[:, :1] if self.paired else found

    def build(self, graph: Any, answers: str) -> str:
        """The same in ONNX, from and to double."""
        if self.says == "value":
            centred = graph.node("Sub", answers, graph.constant(np.float64(self.centre)))
            return str(graph.node("Div", centred, graph.constant(np.float64(self.scale))))
        if self.says == "probability":
            ends = (graph.constant(np.float64(EDGE)), graph.constant(np.float64(1 - EDGE)))
            kept = graph.node("Clip", answers, *ends)
            answers = graph.node("Log", kept)
            if self.apart:
                rest = graph.node("Log", graph.node("Sub", graph.constant(np.float64(1)), kept))
                answers = graph.node("Sub", answers, rest)
        if not self.paired:
            return answers
        return str(graph.node("Sub", graph.columns(answers, [1]), graph.columns(answers, [0])))


def facts(problem: Problem, form: Form, says: Says, width: int, **more: Any) -> Facts:
    """Facts of a model for a problem."""
    numbers = is_number(problem)
    scale, centre = (problem.state["scale"], problem.state["mean"]) if numbers else (1.0, 0.0)
    return Facts(form, says, width, float(scale), float(centre), **more, labels=not numbers and problem.y.ndim > 1)


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


def reversals(problem: Problem, predictor: Predictor) -> list[tuple[str, dict[str, Any]]]:
    """What a report says of classes whose rows the model ranks last: message keys and values.

    All rows of a fold are judged, the training rows too: the model learnt from none of them here, and where it did
    elsewhere, that could only hide a reversal.
    """
    if is_number(problem):
        return []
    scores = np.concatenate([predictor.scores(x) for x in (problem.x, problem.x_valid)])
    y, labels = np.concatenate([problem.y, problem.y_valid]), problem.state["labels"]
    if y.ndim == 1 and problem.width == 1:
        auc = _below_chance(scores[:, 0], y)
        values = {"label": labels[1], "other": labels[0], "auc": auc}
        return [] if auc is None else [("methods.import_reversed", values)]
    if y.ndim == 1:
        scores, y = scores - log_sum_exp(scores)[:, None], y[:, None] == np.arange(problem.width)
    aucs = [_below_chance(scores[:, code], y[:, code]) for code in range(len(labels))]
    found = [f"{label} ({auc})" for label, auc in zip(labels, aucs, strict=True) if auc is not None]
    return [("methods.import_mixed_up", {"found": first_of(found), "labels": first_of(labels)})] if found else []


def _below_chance(score: Array, y: Array) -> float | None:
    """ROC-AUC to three places where it is below 0.5 by more than chance explains (the rank-sum test), else None.

    Args:
        score: Higher means rather the class [rows].
        y: Whether a row is of the class, 0 or 1; NaN is left out [rows].
    """
    score, y = score[y == y], y[y == y]
    ups, downs = int((y == 1).sum()), int((y != 1).sum())
    if not ups or not downs:
        return None
    error = math.sqrt((ups + downs + 1) / (12 * ups * downs))
    auc = float(roc_auc(score, y == 1))
    return round(auc, 3) if auc < 0.5 - BEYOND * error else None


def first_of(names: Sequence[str]) -> str:
    """The first dozen of some names, for messages."""
    return ", ".join([*names[:12], *(["…"] if len(names) > 12 else [])])


def columns_of(features: Sequence[Feature]) -> str:
    """The columns of the raw view in order, for messages."""
    return first_of([feature.name for feature in features])


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

"""Every task, found by name, through the same cases: cells -> target -> scores -> outputs -> answer, numpy and ONNX."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Array, Columns, Outputs, Sample, State
from modelyard.fragments.graph import Graph
from modelyard.measure.intervals import intervals

TASKS = plugins.names("tasks")
PARTS = ("options", "target", "calibrate", "fragment", "postprocess", "metrics", "head")
SHIPPED = {"core.errors", "core.messages", "core.columns", "core.protocols", "core.plugins", "core.schema"}


def _objects(*values: Any) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _tables(rows: int, seed: int = 0) -> dict[str, Columns]:
    """Target columns of every kind; each task takes those it can read."""
    random = default_rng(seed)
    gap = random.random(rows) < 0.1 * (rows > 10)
    words = np.array(["好", "坏", "不好不坏"], object)

    def drawn(choices: int) -> Array:
        return np.r_[np.arange(choices), random.integers(0, choices, rows)][:rows]

    return {
        "two words": {"结果": np.where(gap, None, words[drawn(2)])},
        "three words": {"结果": words[drawn(3)]},
        "words and others": {"结果": np.append(words, "都不是")[drawn(4)]},
        "numbers": {"金额": np.where(gap, np.nan, random.normal(size=rows) * 1e4 + 3e5)},
        "flags": {"a": drawn(2), "b": np.where(gap, np.nan, drawn(2)), "标签 c": 1.0 - drawn(2)},
        "lists": {"主题": _objects(*[[str(word) for word in words[: code + 1]] for code in drawn(3)])},
    }


WRITTEN: dict[str, dict[str, Any]] = {"words and others": {"outside": "都不是"}}
"""Options that are written for a table; tasks that do not have them do not take it."""


@dataclass
class Case:
    """A task with rows it can read, and scores for them."""

    task: str
    y: Array
    state: State
    scores: Array
    columns: Columns

    def part(self, name: str) -> Any:
        return plugins.part("tasks", self.task, name)

    def calibrated(self, confidence: float = 0.9) -> State:
        state: State = self.part("calibrate").fit(self.scores, self.y, self.state, confidence)
        return state

    def outputs(self, calibration: State | None = None) -> Outputs:
        outputs: Outputs = self.part("calibrate").apply(self.scores, calibration or self.calibrated(), self.state)
        return outputs

    def metrics(self) -> list[Any]:
        label = self.state["labels"][0] if "labels" in self.state else ""
        listed = (name.replace("@share", "@10%") for name in self.part("options").METRICS)
        names = (name.replace("[class]", f"[{label}]") for name in listed)
        return [self.part("metrics").metric(name, self.state) for name in names]


def make_case(task: str, table: str, rows: int, seed: int = 0) -> Case | None:
    """None when the task does not read such columns."""
    columns = _tables(rows, seed)[table]
    target = plugins.part("tasks", task, "target")
    try:
        options = plugins.part("tasks", task, "options").Options(**WRITTEN.get(table, {})).model_dump()
        found = target.read(columns, options)
    except (DataError, ProjectError, ValidationError):
        return None
    state = target.fit(found.y, found.state)
    random = default_rng(seed + 1)
    width = target.width(state)
    truth = target.encode(found.y, state).astype(float)
    truth = truth.reshape(rows, -1) if truth.size == rows * width else np.eye(width)[np.maximum(truth, 0).astype(int)]
    scores = 2 * np.nan_to_num(truth) + random.normal(size=(rows, width))
    return Case(task, found.y, state, scores, columns)


def cases(rows: int) -> Iterator[Any]:
    for task in TASKS:
        for table in _tables(3):
            case = make_case(task, table, rows)
            if case is not None:
                yield pytest.param(case, id=f"{task}-{table}-{rows}".replace(" ", "-"))


BIG = list(cases(200))
ALL = [*BIG, *cases(3)]


def run_graph(case: Case, scores: Array, calibration: State) -> Outputs:
    graph = Graph()
    score = graph.input("score", scores.dtype, scores.shape[1])
    wanted = case.part("calibrate").apply(scores[:0], calibration, case.state)
    for name, tensor in case.part("fragment").build(graph, score, case.state, calibration).items():
        graph.output(name, tensor, wanted[name].dtype, wanted[name].shape[1])
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"score": scores}), strict=True))


# --------------------------------------------------------------------- shape
def test_every_task_reads_something() -> None:
    assert {param.values[0].task for param in BIG} == set(TASKS) >= {"classification", "multilabel", "regression"}


@pytest.mark.parametrize("task", TASKS)
def test_options_are_light_and_complete(task: str) -> None:
    options = plugins.part("tasks", task, "options")
    assert len(options.TITLE) == 2 and all(options.TITLE)
    assert len(set(options.METRICS)) == len(options.METRICS) > 0
    assert not any(name.endswith("[class]") for name in options.METRICS[:3])
    assert _imports(options) <= {"pydantic", "typing", "__future__"} | {f"modelyard.{name}" for name in SHIPPED}
    with pytest.raises(ValueError, match="extra"):
        options.Options(nonsense=1)
    assert all(field.description for field in options.Options.model_fields.values())


@pytest.mark.parametrize("task", TASKS)
def test_what_ships_imports_little(task: str) -> None:
    postprocess = plugins.part("tasks", task, "postprocess")
    assert isinstance(postprocess.VERSION, int)
    assert _imports(postprocess) <= {"numpy", "typing", "__future__"} | {f"modelyard.{name}" for name in SHIPPED}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", [name for name in PARTS if name != "head"])
def test_only_the_head_knows_torch(task: str, name: str) -> None:
    imports = _imports(plugins.part("tasks", task, name))
    assert "torch" not in {module.partition(".")[0] for module in imports}
    others = {f"modelyard.tasks.{other}" for other in TASKS if other != task}
    assert not any(module.startswith(tuple(others)) for module in imports)


def test_nothing_heavy_is_loaded() -> None:
    """Serving needs the postprocessing alone; training and evaluating on tables need no torch."""
    program = (
        "import sys\nfrom modelyard.core.plugins import part\n"
        f"for task in {TASKS}: part('tasks', task, 'postprocess')\n"
        "print({'torch', 'onnx', 'pydantic', 'sklearn', 'pandas'} & {*sys.modules})\n"
        f"for task in {TASKS}: [part('tasks', task, name) for name in {PARTS[:-1]}]\n"
        "import modelyard.measure.intervals, modelyard.measure.timing\n"
        "print({'torch', 'sklearn', 'pandas', 'scipy', 'lightgbm'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["set()", "set()"]


def _imports(module: Any) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


# -------------------------------------------------------------------- target
@pytest.mark.parametrize("case", ALL)
def test_target_round_trip(case: Case) -> None:
    target = case.part("target")
    state = json.loads(json.dumps(case.state))
    assert np.array_equal(target.reread(case.columns, state), case.y, equal_nan=True)
    known = target.known(case.y)
    assert known.dtype == bool and known.shape == (len(case.y),) and known.any()
    encoded = target.encode(case.y[known], state)
    assert len(encoded) == known.sum() and encoded.dtype in (np.int64, np.float32)
    assert encoded.shape[1:] in ((), (target.width(state),))


@pytest.mark.parametrize("case", ALL)
def test_reading_leaves_the_columns_alone(case: Case) -> None:
    before = {name: values.copy() for name, values in case.columns.items()}
    case.part("target").reread(case.columns, case.state)
    for name, values in case.columns.items():
        assert all(a is b or a == b or a != a for a, b in zip(before[name], values, strict=True))


@pytest.mark.parametrize("table", _tables(3))
def test_one_task_claims_each_table(table: str) -> None:
    """The task that claims most can read it."""
    columns = _tables(200)[table]
    samples = []
    for name, values in columns.items():
        known = _objects(*[value for value in values if value is not None and value == value])
        samples.append(Sample(name, known, len({str(value) for value in known}), 200))
    claims = {task: plugins.part("tasks", task, "target").claim(samples) for task in TASKS}
    assert all(0 <= claim <= 1 for claim in claims.values())
    best = max(claims, key=lambda task: claims[task])
    assert claims[best] >= 0.5 and sorted(claims.values())[-2] < claims[best]
    assert make_case(best, table, 200) is not None
    assert {"numbers": "regression", "flags": "multilabel", "lists": "multilabel"}.get(table, "classification") == best


@pytest.mark.parametrize("task", TASKS)
def test_a_target_without_a_known_cell_is_refused(task: str) -> None:
    target = plugins.part("tasks", task, "target")
    for values in (np.zeros(0), np.full(5, np.nan), _objects(None, "", "NA")):
        for columns in ({"结果": values}, {"结果": values, "b": values}):
            with pytest.raises(DataError) as caught:
                target.read(columns, {})
            assert "结果" in str(caught.value)


# --------------------------------------------------------------- calibration
@pytest.mark.parametrize("case", ALL)
def test_calibration_never_harms_the_rows_it_saw(case: Case) -> None:
    calibrate, row_loss = case.part("calibrate"), case.part("metrics").row_loss
    for size in (0.1, 1.0, 30.0):
        scores = case.scores * size
        identity = calibrate.identity(case.state)
        fitted = calibrate.fit(scores, case.y, case.state, 0.9)
        assert set(fitted) == set(identity) == {"slope", "offset", "conformal", "confidence"}
        assert len(fitted["slope"]) == len(fitted["offset"]) == case.part("target").width(case.state)
        assert min(fitted["slope"]) > 0
        before, after = (
            np.nanmean(row_loss(calibrate.apply(scores, each, case.state), case.y, case.state))
            for each in (identity, fitted)
        )
        assert after <= before + 1e-6


@pytest.mark.parametrize("case", ALL)
def test_calibration_is_plain_data(case: Case) -> None:
    calibration = case.calibrated()
    again = json.loads(json.dumps(calibration))
    assert again == calibration
    answers = [case.part("postprocess").answer(case.outputs(each), case.state, each) for each in (calibration, again)]
    assert repr(answers[0]) == repr(answers[1])


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_calibration_of_few_rows_is_the_identity(case: Case, rows: int) -> None:
    calibrate = case.part("calibrate")
    fitted = calibrate.fit(case.scores[:rows], case.y[:rows], case.state, 0.9)
    identity = calibrate.identity(case.state)
    assert (fitted["slope"], fitted["offset"], fitted["conformal"]) == (identity["slope"], identity["offset"], None)


@pytest.mark.parametrize("case", BIG)
def test_outputs_have_their_shape(case: Case) -> None:
    for rows in (0, 1, 200):
        outputs = case.part("calibrate").apply(case.scores[:rows], case.calibrated(), case.state)
        for name, values in outputs.items():
            assert name in ("probability", "unlike", "value") and values.ndim == 2 and len(values) == rows
            assert values.dtype == (np.float64 if name == "value" else np.float32)


# ------------------------------------------------------------------ fragment
@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_fragment_equals_numpy(case: Case, kind: Any) -> None:
    for calibration in (case.part("calibrate").identity(case.state), case.calibrated()):
        for rows in (1, len(case.scores)):
            scores = case.scores[:rows].astype(kind)
            _same(run_graph(case, scores, calibration), case.part("calibrate").apply(scores, calibration, case.state))


@pytest.mark.parametrize("case", BIG)
def test_fragment_bears_any_score(case: Case) -> None:
    width = case.scores.shape[1]

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(
        st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=width, max_size=width), min_size=1, max_size=8)
    )
    def check(rows: list[list[float]]) -> None:
        scores = np.array(rows, np.float32)
        ours = run_graph(case, scores, calibration)
        _same(ours, case.part("calibrate").apply(scores, calibration, case.state))
        assert all(np.isfinite(values).all() for values in ours.values())

    calibration = case.calibrated()
    check()


def _same(ours: Outputs, theirs: Outputs) -> None:
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        assert ours[name].dtype == values.dtype and ours[name].shape == values.shape
        np.testing.assert_allclose(ours[name], values, rtol=1e-6, atol=1e-9 if name == "value" else 1e-6)


# ------------------------------------------------------------------- answers
@pytest.mark.parametrize("case", ALL)
def test_answers_are_named_columns(case: Case) -> None:
    calibration = case.calibrated(0.6)
    answer = case.part("postprocess").answer(case.outputs(calibration), case.state, calibration)
    assert next(iter(answer)) == "value"
    for part in answer.values():
        for column in part.values() if isinstance(part, dict) else [part]:
            assert column.shape == (len(case.y),)
    if "probability" in answer:
        assert list(answer["probability"]) == case.state["labels"]
    nothing = case.part("calibrate").apply(case.scores[:0], calibration, case.state)
    assert len(case.part("postprocess").answer(nothing, case.state, calibration)["value"]) == 0


# ------------------------------------------------------------------- metrics
@pytest.mark.parametrize("case", ALL)
def test_metrics_stay_inside_their_bounds(case: Case) -> None:
    outputs = case.outputs()
    for metric in case.metrics():
        value = metric.compute(outputs, case.y, None)
        assert isinstance(value, float)
        assert np.isnan(value) or metric.bounds[0] <= value <= metric.bounds[1], metric.name
        assert metric.exact in ("rate", "") and metric.better in ("higher", "lower")
        assert metric.trials is None or metric.trials(outputs, case.y) >= 0
        if metric.exact == "rate":
            share = value * metric.trials(outputs, case.y)
            assert np.isnan(share) or share == pytest.approx(round(share), abs=1e-9), metric.name


@pytest.mark.parametrize("case", BIG)
def test_a_better_model_has_better_metrics(case: Case) -> None:
    better = Case(case.task, case.y, case.state, case.scores, case.columns)
    worse = Case(case.task, case.y, case.state, default_rng(3).permutation(case.scores), case.columns)
    good, bad = better.outputs(better.calibrated()), worse.outputs(better.calibrated())
    for metric in case.metrics():
        only_ruled = ("ece", "coverage", "cost", "outside", "in_scope_loss")
        if metric.name.startswith(only_ruled):  # calibration, and what a rule alone moves
            continue
        one, other = metric.compute(good, case.y, None), metric.compute(bad, case.y, None)
        assert one > other if metric.better == "higher" else one < other, metric.name


@pytest.mark.parametrize("case", BIG)
def test_weights_are_repeated_rows(case: Case) -> None:
    outputs, weights = case.outputs(), default_rng(0).integers(0, 3, (3, 200)).astype(float)
    for metric in case.metrics():
        at_once = metric.compute(outputs, case.y, weights)
        for weight, value in zip(weights, at_once, strict=True):
            again = np.repeat(np.arange(200), weight.astype(int))
            repeated = metric.compute({name: part[again] for name, part in outputs.items()}, case.y[again], None)
            assert value == pytest.approx(repeated, nan_ok=True, rel=1e-9), metric.name
            assert value == pytest.approx(metric.compute(outputs, case.y, weight), nan_ok=True, rel=1e-9)


@pytest.mark.parametrize("case", ALL)
def test_metrics_leave_out_unknown_rows(case: Case) -> None:
    known, outputs = case.part("target").known(case.y), case.outputs()
    of_known = {name: values[known] for name, values in outputs.items()}
    for metric in case.metrics():
        whole, part = metric.compute(outputs, case.y, None), metric.compute(of_known, case.y[known], None)
        assert whole == pytest.approx(part, nan_ok=True), metric.name
    losses = case.part("metrics").row_loss(outputs, case.y, case.state)
    assert losses.shape == (len(case.y),) and losses.dtype == np.float64
    assert (np.isnan(losses) == ~known).all()


@pytest.mark.parametrize("case", BIG)
def test_metrics_without_rows_are_not_defined(case: Case) -> None:
    outputs = {name: values[:0] for name, values in case.outputs().items()}
    for metric in case.metrics():
        assert np.isnan(metric.compute(outputs, case.y[:0], None)), metric.name
        assert np.isnan(metric.compute(outputs, case.y[:0], np.zeros((4, 0)))).all()
        assert metric.trials is None or metric.trials(outputs, case.y[:0]) == 0
    assert case.part("metrics").row_loss(outputs, case.y[:0], case.state).shape == (0,)


@pytest.mark.parametrize("case", ALL)
def test_every_metric_has_an_interval(case: Case) -> None:
    known = case.part("target").known(case.y)
    outputs = {name: values[known][:60] for name, values in case.outputs().items()}
    for metric, interval in zip(case.metrics(), intervals(case.metrics(), outputs, case.y[known][:60]), strict=True):
        if not np.isnan(interval.low):
            assert metric.bounds[0] <= interval.low <= interval.value <= interval.high <= metric.bounds[1], metric.name


@pytest.mark.parametrize("case", BIG)
@pytest.mark.parametrize("name", ["nonsense", "", "roc_auc[no such class]", "rmse[1]", "log_loss[好]"])
def test_unknown_metrics_are_refused(case: Case, name: str) -> None:
    with pytest.raises(ProjectError) as caught:
        case.part("metrics").metric(name, case.state)
    assert caught.value.mistakes[0].expected


# ---------------------------------------------------------------------- head
@pytest.mark.torch
@pytest.mark.parametrize("case", ALL)
def test_the_head_minimises_the_row_loss(case: Case) -> None:
    torch = pytest.importorskip("torch")
    known = case.part("target").known(case.y)
    scores = case.scores[known].astype(np.float32)
    encoded = case.part("target").encode(case.y[known], case.state)
    tensor = torch.tensor(scores, requires_grad=True)
    losses = case.part("head").loss(tensor, torch.tensor(encoded))
    outputs = case.part("calibrate").apply(scores, case.part("calibrate").identity(case.state), case.state)
    wanted = case.part("metrics").row_loss(outputs, case.y[known], case.state)
    if "unlike" not in outputs:  # rows outside are learnt, but choose no model
        np.testing.assert_allclose(losses.detach().numpy(), wanted, rtol=1e-4, atol=1e-5)
    losses.mean().backward()
    assert torch.isfinite(tensor.grad).all()

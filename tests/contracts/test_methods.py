"""Every method, found by name, with every shape of target: fit, load, scores, export, onnxruntime."""

from __future__ import annotations

import ast
import inspect
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.random import default_rng
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core import plugins
from modelyard.core.feeds import Feed
from modelyard.core.protocols import Array, Feature, Mixed, Outputs, Problem, State, TextColumn, View
from modelyard.fragments.graph import Graph
from modelyard.runtime.steps import Steps

METHODS = tuple(name for name in plugins.names("methods") if plugins.part("methods", name, "options").INFO.automatic)
SHAPES = ("binary", "multiclass", "multilabel", "regression")
TASKS = {
    "binary": "classification",
    "multiclass": "classification",
    "multilabel": "multilabel",
    "regression": "regression",
}
ROWS, VALID_ROWS, MEMBERS, CODES = 160, 60, 2, 6
FEW_UNITS = 8
every_method = pytest.mark.parametrize("method", METHODS)
every_shape = pytest.mark.parametrize("shape", SHAPES)


class Watcher:
    """A Watch that remembers, and says stop after some steps."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.steps: list[tuple[int, int, dict[str, float]]] = []
        self.stop_after = stop_after

    def step(self, done: int, total: int, **values: float) -> bool:
        self.steps.append((done, total, values))
        return self.stop_after is None or len(self.steps) < self.stop_after


@dataclass(frozen=True)
class Fitted:
    """A method after it has learnt."""

    method: str
    problem: Problem
    folders: tuple[Path, ...]
    report: State

    def scores(self, x: View) -> Array:
        """The mean over the folds."""
        return np.asarray(np.mean([self.scores_of(fold, x) for fold in range(len(self.folders))], axis=0))

    def scores_of(self, fold: int, x: View) -> Array:
        scores: Array = plugins.part("methods", self.method, "load").load(self.folders[fold]).scores(x)
        return scores

    def outputs(self, x: View) -> Outputs:
        calibrate = plugins.part("tasks", self.problem.task, "calibrate")
        outputs: Outputs = calibrate.apply(self.scores(x), calibrate.identity(self.problem.state), self.problem.state)
        return outputs

    @property
    def graph(self) -> bytes:
        """Raw scores and outputs as one model."""
        return self.exported[0]

    @cached_property
    def exported(self) -> tuple[bytes, dict[str, Feed], dict[str, bytes]]:
        """The graph, what it is fed with, and the files that this needs."""
        graph, state = Graph(), self.problem.state
        view = graph.input("view", np.float32, self.problem.x.shape[1])
        score = plugins.part("methods", self.method, "export").export(graph, self.folders, view)
        graph.output("score", graph.cast(score, np.float64), np.float64, self.problem.width)
        identity = plugins.part("tasks", self.problem.task, "calibrate").identity(state)
        outputs = self.outputs(valid(self.problem)[:0])
        for name, tensor in (
            plugins.part("tasks", self.problem.task, "fragment").build(graph, score, state, identity).items()
        ):
            graph.output(name, tensor, outputs[name].dtype, outputs[name].shape[1])
        return bytes(graph.model().SerializeToString()), graph.feeds, graph.files

    def run(self, names: Sequence[str], x: View) -> list[Array]:
        """What onnxruntime says."""
        return self.asked(names, [x])[0]

    def asked(self, names: Sequence[str], several: Sequence[View]) -> list[list[Array]]:
        """The same for several sets of rows."""
        session, (_, feeds, files) = self.session(), self.exported
        steps = Steps(files, lambda content, _: onnxruntime.InferenceSession(content))
        found = []
        for x in several:
            given = {"view": x.table if isinstance(x, Mixed) else x}
            texts = x.texts if isinstance(x, Mixed) else {}
            made = {name: steps.make(feed, texts[feed.column]).array(slice(None)) for name, feed in feeds.items()}
            found.append(session.run([*names], {**given, **made}))
        return found

    def session(self) -> Any:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(self.graph, settings, providers=["CPUExecutionProvider"])

    def files(self) -> dict[str, bytes]:
        paths = [path for folder in self.folders for path in sorted(folder.rglob("*")) if path.is_file()]
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


def valid(problem: Problem) -> View:
    """The held-out rows, in the view of the method."""
    return Mixed(problem.x_valid, problem.texts_valid) if problem.columns else problem.x_valid


def learnt(problem: Problem) -> View:
    """The training rows."""
    return Mixed(problem.x, problem.texts) if problem.columns else problem.x


def only(problem: Problem, train: Any = slice(None), held: Any = slice(None)) -> Problem:
    """The problem with some of its training rows, and some of the held-out ones."""
    some = {name: getattr(problem, name)[train] for name in ("x", "y", "weight")}
    some |= {name: getattr(problem, name)[held] for name in ("x_valid", "y_valid", "weight_valid")}
    texts = {column: values[train] for column, values in problem.texts.items()}
    return replace(
        problem, **some, texts=texts, texts_valid={name: values[held] for name, values in problem.texts_valid.items()}
    )


def options_of(method: str) -> Any:
    module = plugins.part("methods", method, "options")
    lacking = plugins.missing(module.INFO.needs)
    if lacking:
        pytest.skip(f"{method} needs {', '.join(lacking)}")
    return module


def raw_view(rows: int, seed: int) -> Array:
    """Two numbers, one of them with gaps, a whole column of gaps, a constant, and codes."""
    random = default_rng(seed)
    x = random.normal(size=(rows, 5)).astype(np.float32)
    x[random.random(rows) < 0.2, 1] = np.nan
    x[:, 2] = np.nan
    x[:, 3] = 7.0
    x[:, 4] = random.integers(0, CODES, rows)
    return x


def dense_view(raw: Array) -> Array:
    """The same without gaps, codes one-hot."""
    return np.concatenate([np.nan_to_num(raw[:, :4]), raw[:, 4:] == np.arange(CODES)], axis=1).astype(np.float32)


def text_of(raw: Array) -> Array:
    """What the first number and the code say, in words; one row in ten says nothing."""
    sizes = np.array(["tiny", "small", "大", "huge"], object)[np.digitize(np.nan_to_num(raw[:, 0]), [-0.7, 0.0, 0.7])]
    texts = [
        f"{size} été n{code:.0f} {'odd' if code % 2 else 'even'} 🙂"
        for size, code in zip(sizes, raw[:, 4], strict=True)
    ]
    return np.where(np.arange(len(raw)) % 10 == 3, "", np.array(texts, object))


TEXT: dict[str, Any] = {
    name: field.default for name, field in plugins.part("modalities", "text", "options").Options.model_fields.items()
}
COLUMNS = (TextColumn("文", {**TEXT, "encoder": "cnn", "words": 1, "characters": 0}),)


def target_columns(shape: str, raw: Array, seed: int) -> dict[str, Array]:
    random = default_rng(seed + 1)
    signal = raw[:, 0] + 1.5 * (raw[:, 4] % 2) + 0.5 * random.normal(size=len(raw))
    if shape == "binary":
        return {"风险": np.where(signal > 0.7, "好", "坏").astype(object)}
    if shape == "multiclass":
        return {"类": np.array(["a", "b", "丙"], object)[np.digitize(signal, [0.2, 1.3])]}
    if shape == "multilabel":
        gaps = np.where(random.random(len(raw)) < 0.1, np.nan, (signal > 0.2).astype(float))
        return {"l1": (signal > 1).astype(float), "l2": gaps, "标签": (raw[:, 4] > 2).astype(float)}
    return {"金额": 5e4 + 1e4 * signal.astype(np.float64)}


@cache
def make_problem(method: str, shape: str, seed: int = 0) -> Problem:
    rows = ROWS + VALID_ROWS
    raw = raw_view(rows, seed)
    target = plugins.part("tasks", TASKS[shape], "target")
    read = target.read(target_columns(shape, raw, seed), {})
    state = target.fit(read.y[:ROWS], read.state)
    y, width = target.encode(read.y, state), target.width(state)
    kinds = ["number"] * 4 + ["code"]
    features = tuple(Feature(f"f{number}", "列", kind) for number, kind in enumerate(kinds))  # type: ignore[arg-type]
    x = raw
    view = options_of(method).INFO.view
    if view == "dense":
        x, features = dense_view(raw), ()
    if view == "texts":
        x = dense_view(raw)
        features = tuple(Feature(f"f{number}", "列", "number") for number in range(x.shape[1]))
    if view == "scores":
        x, features = member_scores(y, width, seed), ()
    train = slice(ROWS, None) if view == "scores" else slice(ROWS)
    held = slice(ROWS, None)
    weight = np.ones(rows, np.float32)
    parts = (x[train], y[train], weight[train], x[held], y[held], weight[held])
    problem = Problem(TASKS[shape], state, width, features, *parts, seed, 1)
    if view != "texts":
        return problem
    texts = text_of(raw)
    return replace(problem, texts={"文": texts[train]}, texts_valid={"文": texts[held]}, columns=COLUMNS)


def make_folds(method: str, shape: str, count: int = 3) -> list[Problem]:
    """The rows of a problem, each held out once."""
    whole = make_problem(method, shape)
    fold = np.arange(len(whole.x)) % count
    return [held_out(whole, fold == number) for number in range(count)]


def held_out(whole: Problem, held: Array) -> Problem:
    names = ("x", "y", "weight")
    apart = {f"{name}_valid": getattr(whole, name)[held] for name in names}
    texts = {name: values[held] for name, values in whole.texts.items()}
    return replace(only(whole, ~held), **apart, texts_valid=texts)


def member_scores(y: Array, width: int, seed: int) -> Array:
    """What members that know something would say, the first more than the second."""
    random = default_rng(seed + 2)
    truth = np.nan_to_num(y.astype(float))
    truth = np.eye(width)[y] if truth.ndim == 1 and width > 1 else truth.reshape(len(y), width)
    members = [truth + noise * random.normal(size=truth.shape) for noise in (0.4, 0.6)]
    return np.concatenate(members, axis=1).astype(np.float32)


def learn(method: str, problem: Problem, work: int = FEW_UNITS, watch: Watcher | None = None, **chosen: Any) -> Fitted:
    return learn_folds(method, [problem], work, watch, **chosen)


def learn_folds(
    method: str, problems: list[Problem], work: int = FEW_UNITS, watch: Watcher | None = None, **chosen: Any
) -> Fitted:
    options = options_of(method).Options(**chosen)
    place = Path(tempfile.mkdtemp(prefix="方法-"))
    folders = tuple(place / str(number) for number in range(len(problems)))
    for folder in folders:
        folder.mkdir()
    work = min(work, options_of(method).work(options))
    report = plugins.part("methods", method, "fit").fit(problems, options, work, folders, watch or Watcher())
    return Fitted(method, problems[0], folders, report)


@cache
def fitted(method: str, shape: str) -> Fitted:
    return learn(method, make_problem(method, shape))


@cache
def fitted_folds(method: str, shape: str) -> Fitted:
    return learn_folds(method, make_folds(method, shape))


def proper_loss(outputs: Outputs, problem: Problem) -> float:
    """Mean proper score on the validation rows, numbers back in their own unit."""
    state, y = problem.state, problem.y_valid
    if "value" in outputs:
        y = y[:, 0].astype(np.float64) * state["scale"] + state["mean"]
    return float(plugins.part("tasks", problem.task, "metrics").row_loss(outputs, y, state).mean())


def nasty_texts(texts: Array) -> Array:
    """Twice as many, some of them unlike those of training."""
    found = np.concatenate([texts, texts])
    found[:6] = ["", " ", "[CLS] \u202eאבג\u0301", "👩‍👩‍👧 " * 40, "一二三" * 900, "é" * 3]
    return found


def nasty(problem: Problem, view: str) -> View:
    """Rows unlike those of training: gaps where there were none, codes never seen, huge and tiny values."""
    x: Array = np.concatenate([problem.x_valid, problem.x_valid])
    random = default_rng(5)
    x[:10] *= np.float32(1e6)
    x[10:20] *= np.float32(1e-30)
    x[20:30] = 0.0
    if view == "raw":
        x[:, 4] = np.abs(np.round(np.nan_to_num(x[:, 4])))
        x[30:40, 4] = CODES + random.integers(0, 1000, 10)
        x[40:60, :2] = np.nan
        x[60:70, :4] = np.float32(3e38)
        x[70:80, :4] = np.float32(-3e38)
        x[80:90, 2] = 1.0
    if view == "texts":
        return Mixed(x, {name: nasty_texts(texts) for name, texts in problem.texts_valid.items()})
    return x


# ------------------------------------------------------------------- options
def test_there_are_the_six_rungs() -> None:
    six = ["naive", "linear", "trees", "deep_trees", "network", "ensemble"]
    rungs = {method: plugins.part("methods", method, "options").INFO.rung for method in METHODS}
    assert sorted(six, key=rungs.__getitem__) == six


@every_method
def test_options_are_light_and_complete(method: str) -> None:
    module = plugins.part("methods", method, "options")
    info = module.INFO
    assert all(info.title) and all(info.unit) and info.view in ("raw", "dense", "texts", "scores")
    assert bool(info.needs) == bool(info.extra)
    assert all(field.description for field in module.Options.model_fields.values())
    with pytest.raises(ValueError, match="extra"):
        module.Options(nonsense=1)
    assert module.Options(**module.Options().model_dump()) == module.Options()
    assert json.dumps(module.Options().model_dump(mode="json"))
    roots = {
        "__future__",
        "collections.abc",
        "typing",
        "math",
        "itertools",
        "pydantic",
        "modelyard.core",
        "modelyard.models.forest_options",
        "modelyard.models.linear_options",
        "modelyard.models.piecewise",
    }
    for imported in _imports(module):
        assert imported in roots or imported.startswith("modelyard.core."), imported


@every_method
def test_work_and_cost(method: str) -> None:
    module = plugins.part("methods", method, "options")
    options = module.Options()
    assert module.work(options) >= 1
    seconds, memory = module.cost(1000, 20, options)
    more_seconds, more_memory = module.cost(1_000_000, 20, options)
    assert 0 <= seconds < more_seconds and 0 < memory < more_memory
    assert all(np.isfinite(module.cost(0, 0, options)))


@every_method
def test_every_part_is_there(method: str) -> None:
    options_of(method)
    for name in ("fit", "load", "export"):
        assert callable(getattr(plugins.part("methods", method, name), name))


# -------------------------------------------------------------- fit and load
@every_shape
@every_method
def test_scores_after_loading(method: str, shape: str) -> None:
    model = fitted(method, shape)
    scores = model.scores(valid(model.problem))
    assert scores.shape == (VALID_ROWS, model.problem.width)
    assert scores.dtype in (np.float32, np.float64)
    assert np.isfinite(scores).all()


@every_shape
@every_method
def test_the_report_is_plain_data(method: str, shape: str) -> None:
    report = fitted(method, shape).report
    assert json.loads(json.dumps(report, allow_nan=False))
    assert 0 <= report["best"] <= report["done"] <= FEW_UNITS
    assert all({"step", "valid_loss"} <= set(point) for point in report["curves"])
    assert [point["step"] for point in report["curves"]] == list(range(1, len(report["curves"]) + 1))
    assert not any("second" in name for point in report["curves"] for name in point)


@every_shape
@every_method
def test_better_than_nothing(method: str, shape: str) -> None:
    """Every method is at least as good as the naive one on the rows that choose its settings, but for noise."""
    problem = make_problem("naive", shape)
    model = fitted(method, shape)
    naive = proper_loss(fitted("naive", shape).outputs(problem.x_valid), problem)
    loss = proper_loss(model.outputs(valid(model.problem)), model.problem)
    assert loss <= naive + 1e-9 if method == "naive" else loss < naive


@every_shape
@every_method
def test_twice_the_same_bytes(method: str, shape: str) -> None:
    again = learn(method, make_problem(method, shape))
    assert again.files() == fitted(method, shape).files()
    assert again.report == fitted(method, shape).report
    if shape == "multiclass" or method not in ("network", "tuned"):  # torch's exporter takes its time
        assert again.graph == fitted(method, shape).graph


@pytest.mark.parametrize("method", ["trees", "network"])
def test_another_seed_another_model(method: str) -> None:
    problem = replace(make_problem(method, "binary"), seed=1)
    assert learn(method, problem).files() != fitted(method, "binary").files()


@every_method
def test_no_pickle_no_code(method: str) -> None:
    files = fitted(method, "binary").files()
    assert files and {Path(name).suffix for name in files} <= {".safetensors", ".json", ".txt"}


@every_method
def test_inputs_are_left_alone(method: str) -> None:
    problem = make_problem(method, "binary")
    before = problem.x.copy(), problem.y.copy(), problem.x_valid.copy()
    fitted(method, "binary").scores(learnt(problem))
    for kept, array in zip(before, (problem.x, problem.y, problem.x_valid), strict=True):
        assert_array_equal(kept, array)


@every_method
def test_nothing_is_printed(method: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert learn(method, make_problem(method, "multiclass"), work=2).graph
    assert capfd.readouterr() == ("", "")


# --------------------------------------------------------------------- export
@every_shape
@every_method
def test_the_graph_agrees(method: str, shape: str) -> None:
    if method == "tuned" and shape in ("binary", "multilabel"):
        pytest.skip("torch's exporter takes its time")
    model = fitted(method, shape)
    x = nasty(model.problem, options_of(method).INFO.view)
    outputs = model.outputs(x)
    some = (slice(0, 0), slice(0, 1), slice(0, 7), slice(0, 64), slice(None))
    for chosen, got in zip(some, model.asked([*outputs], [x[rows] for rows in some]), strict=True):
        for name, values in zip(outputs, got, strict=True):
            wanted = outputs[name][chosen]
            assert values.shape == wanted.shape and values.dtype == wanted.dtype
            scale = np.maximum(1.0, np.abs(wanted)) if name == "value" else 1.0
            assert_allclose(values / scale, wanted / scale, rtol=0, atol=1e-5)


@every_method
def test_a_row_alone_or_among_others(method: str) -> None:
    model = fitted(method, "multiclass")
    x = valid(model.problem)
    (together,), *each = model.asked(["score"], [x, *(x[row : row + 1] for row in range(20))])
    alone = np.concatenate([scores for (scores,) in each])
    assert_allclose(alone, together[:20], atol=1e-5)
    assert_allclose(model.scores(x[:1]), model.scores(x)[:1], atol=1e-5)


@every_shape
@every_method
def test_no_rows(method: str, shape: str) -> None:
    model = fitted(method, shape)
    assert model.scores(valid(model.problem)[:0]).shape == (0, model.problem.width)


@every_method
def test_the_graph_holds_no_paths_and_known_domains(method: str) -> None:
    import onnx

    model = onnx.load_from_string(fitted(method, "binary").graph)
    assert {opset.domain for opset in model.opset_import} <= {"", "ai.onnx.ml"}
    written = model.SerializeToString()
    assert b"/home" not in written and b".py" not in written and b"/tmp" not in written


# -------------------------------------------------------------- odd problems
@every_shape
@every_method
def test_stopped_at_once_a_usable_model_is_there(method: str, shape: str) -> None:
    model = learn(method, make_problem(method, shape), watch=Watcher(stop_after=1))
    assert np.isfinite(model.scores(valid(model.problem))).all()
    assert model.report["done"] <= 1


@every_method
def test_the_watch_hears_of_every_unit(method: str) -> None:
    watch = Watcher()
    report = learn(method, make_problem(method, "binary"), watch=watch).report
    done = [done for done, total, _ in watch.steps]
    assert done == sorted(done) and done[-1] == report["done"]
    assert all(0 <= done <= total <= FEW_UNITS for done, total, _ in watch.steps)


@every_shape
@every_method
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_rows(method: str, shape: str, rows: int) -> None:
    problem = make_problem(method, shape)
    model = learn(method, only(problem, slice(rows), slice(1)), work=3)
    assert np.isfinite(model.scores(learnt(problem))).all()
    assert json.dumps(model.report, allow_nan=False)


@every_shape
@every_method
def test_no_validation_rows(method: str, shape: str) -> None:
    problem = make_problem(method, shape)
    model = learn(method, only(problem, held=slice(0)), work=3)
    assert np.isfinite(model.scores(learnt(problem))).all()
    assert json.dumps(model.report, allow_nan=False)


@every_method
def test_a_class_that_training_never_saw(method: str) -> None:
    problem = make_problem(method, "multiclass")
    for missing in ([1], [0, 2]):
        seen = ~np.isin(problem.y, missing)
        model = learn(method, only(problem, seen), work=3)
        outputs = model.outputs(valid(problem))["probability"]
        assert np.isfinite(outputs).all()
        if method != "ensemble":
            assert (outputs[:, missing] < 0.2).all() and (outputs[:, missing] > 0).all()
        got = model.run(["probability"], valid(problem))[0]
        assert_allclose(got, outputs, atol=1e-5)


@every_method
def test_one_class_or_one_label_throughout(method: str) -> None:
    for shape in ("binary", "multilabel"):
        problem = make_problem(method, shape)
        y = problem.y.copy()
        y.reshape(len(y), -1)[:, 0] = 1
        y_valid = problem.y_valid.copy()
        y_valid.reshape(len(y_valid), -1)[:, 0] = 1
        model = learn(method, replace(problem, y=y, y_valid=y_valid), work=3)
        outputs = model.outputs(valid(problem))["probability"]
        assert np.isfinite(outputs).all()
        if method != "ensemble":
            assert (outputs[:, 1 if shape == "binary" else 0] > 0.8).all()


@every_method
def test_a_label_that_nobody_knows(method: str) -> None:
    problem = make_problem(method, "multilabel")
    y, y_valid = problem.y.copy(), problem.y_valid.copy()
    y[:, 1], y_valid[:, 1] = np.nan, np.nan
    model = learn(method, replace(problem, y=y, y_valid=y_valid), work=3)
    assert np.isfinite(model.scores(valid(problem))).all()


@every_shape
@every_method
def test_constant_features_only(method: str, shape: str) -> None:
    problem = make_problem(method, shape)
    if options_of(method).INFO.view == "scores":
        pytest.skip("members that say the same of every row: see tests/methods/test_ensemble.py")
    constant = replace(problem, x=np.full_like(problem.x, 3), x_valid=np.full_like(problem.x_valid, 3))
    texts, texts_valid = (
        {name: np.full_like(values, "so") for name, values in of.items()} for of in (problem.texts, problem.texts_valid)
    )
    constant = replace(constant, texts=texts, texts_valid=texts_valid)
    model = learn(method, constant, work=3)
    scores = model.scores(valid(constant))
    assert np.isfinite(scores).all() and np.ptp(scores, axis=0).max() < 1e-5


@every_method
def test_five_thousand_features(method: str) -> None:
    problem = make_problem(method, "binary")
    if options_of(method).INFO.view == "scores":
        pytest.skip("its features are scores")
    random = default_rng(3)
    wide = random.normal(size=(ROWS + VALID_ROWS, 5000)).astype(np.float32)
    wide[:, 17] = np.r_[problem.x[:, 0], problem.x_valid[:, 0]]
    features = tuple(Feature(str(number), str(number), "number") for number in range(5000))
    wide_problem = replace(problem, features=features, x=wide[:ROWS], x_valid=wide[ROWS:])
    model = learn(method, wide_problem, work=2)
    x = valid(wide_problem)
    assert np.isfinite(model.scores(x)).all()
    assert_allclose(model.run(["probability"], x)[0], model.outputs(x)["probability"], atol=1e-5)


@every_method
def test_probe_is_positive(method: str) -> None:
    problem = make_problem(method, "binary")
    assert plugins.part("methods", method, "fit").probe(problem, options_of(method).Options()) > 0


def _imports(module: Any) -> set[str]:
    tree = ast.parse(inspect.getsource(module))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return found | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


# --------------------------------------------------------------------- folds
@every_shape
@every_method
def test_the_graph_is_the_mean_of_the_folds(method: str, shape: str) -> None:
    if method in ("network", "tuned") and shape != "multiclass":
        pytest.skip("torch's exporter takes its time")
    model = fitted_folds(method, shape)
    x = nasty(model.problem, options_of(method).INFO.view)
    scores = model.run(["score"], x)[0]
    wanted = model.scores(x)
    scale, exact = np.maximum(1, np.abs(wanted)), 1e-4 if method == "tuned" else 1e-5  # it sums in float32
    assert_allclose(scores / scale, wanted / scale, rtol=0, atol=exact)


@every_shape
@every_method
def test_out_of_fold_scores_do_not_know_their_rows(method: str, shape: str) -> None:
    """Other targets on the held-out rows of a fold leave its model alone, unless they change the choice of units."""
    problems, before = make_folds(method, shape), fitted_folds(method, shape)
    spoilt = replace(problems[1], y_valid=problems[1].y_valid[::-1].copy())
    after = learn_folds(method, [problems[0], spoilt, problems[2]])
    x = valid(problems[1])
    assert before.scores_of(1, x).shape == (len(x), spoilt.width)
    if all(before.report.get(name) == after.report.get(name) for name in ("best", "rounds", "l2")):
        assert_array_equal(before.scores_of(1, x), after.scores_of(1, x))


@every_method
def test_one_choice_of_units_for_all_folds(method: str) -> None:
    report = fitted_folds(method, "binary").report
    assert json.loads(json.dumps(report, allow_nan=False))
    assert 0 <= report["best"] <= report["done"] <= FEW_UNITS
    assert [point["step"] for point in report["curves"]] == list(range(1, len(report["curves"]) + 1))


@every_shape
@every_method
def test_folds_twice_the_same_bytes(method: str, shape: str) -> None:
    assert learn_folds(method, make_folds(method, shape)).files() == fitted_folds(method, shape).files()


@every_method
def test_a_class_that_one_fold_never_saw(method: str) -> None:
    whole = make_problem(method, "multiclass")
    alone = held_out(whole, whole.y == 1)
    model = learn_folds(method, [*make_folds(method, "multiclass"), alone], work=3)
    got = model.run(["score"], valid(whole))[0]
    assert_allclose(got, model.scores(valid(whole)), atol=1e-5)


@every_method
def test_a_fold_of_one_class(method: str) -> None:
    whole = make_problem(method, "binary")
    alone = held_out(whole, whole.y == 1)
    model = learn_folds(method, [*make_folds(method, "binary"), alone], work=3)
    assert np.isfinite(model.scores(valid(whole))).all()


# ------------------------------------------------------------------- weights
@every_shape
@every_method
def test_all_weights_alike_are_no_weights(method: str, shape: str) -> None:
    """Weights are 1 on average; a uniform weight that was not brought to 1 is nobody's."""
    problem = make_problem(method, shape)
    same = replace(problem, weight=np.ones_like(problem.weight), weight_valid=np.ones_like(problem.weight_valid))
    assert learn(method, same).files() == fitted(method, shape).files()


@every_shape
@every_method
def test_weights_move_the_answer_towards_their_rows(method: str, shape: str) -> None:
    problem = make_problem(method, shape)
    y = problem.y if problem.y.ndim == 1 else problem.y[:, 0]
    high = y > np.nanmedian(y) if shape == "regression" else y == 1
    if options_of(method).INFO.view == "scores":
        pytest.skip("see tests/methods/test_ensemble.py")
    column = 1 if shape == "multiclass" else 0
    weight = np.where(high, 10.0, 1.0).astype(np.float32)
    heavy = learn(method, replace(problem, weight=weight / weight.mean()))
    gain = heavy.scores(valid(problem)) - fitted(method, shape).scores(valid(problem))
    assert gain[:, column].mean() > 0.1


@every_shape
@pytest.mark.parametrize("method", ["naive", "linear"])
def test_a_row_of_weight_two_is_a_row_twice(method: str, shape: str) -> None:
    problem = make_problem(method, shape)
    count = np.where(np.arange(ROWS) % 3 == 0, 2, 1)
    twice = only(problem, np.repeat(np.arange(ROWS), count))
    weighted = replace(problem, weight=(count / count.mean()).astype(np.float32))
    firm = {"l2": (0.01,)} if method == "linear" else {}  # labels that a line parts perfectly take the solver for ever
    one, other = (learn(method, each, **firm).scores(valid(problem)) for each in (twice, weighted))
    assert_allclose(one, other, rtol=0.05, atol=0.02)  # the prior's half a row, the solver's tolerance


@every_shape
@every_method
def test_held_out_weights_choose(method: str, shape: str) -> None:
    """Rows that weigh nothing have no say in early stopping or penalties."""
    problem = make_problem(method, shape)
    kept = np.arange(VALID_ROWS) < VALID_ROWS // 2
    fewer = only(problem, held=kept)
    silent = replace(problem, weight_valid=kept.astype(np.float32))
    assert learn(method, silent).report["best"] == learn(method, fewer).report["best"]

"""Models from elsewhere: LightGBM's text models and ONNX files as candidates like any other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from onnx import TensorProto, helper, numpy_helper

from modelyard.core import messages, plugins
from modelyard.core.errors import ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Feature, Problem
from modelyard.models import forest
from modelyard.models.pace import Unwatched

LEVELS = ("b", "a", "丙")
Bring = Callable[..., Any]


def table(rows: int = 500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": random.normal(size=rows), "monthly pay": random.normal(size=rows)})
    frame.loc[random.random(rows) < 0.2, "monthly pay"] = np.nan
    frame["job"] = pd.Categorical(random.choice(["a", "b", "丙", "rare"], rows))
    return frame


def signal(frame: pd.DataFrame) -> np.ndarray:
    found = frame["age"] + 1.5 * (frame["job"] == "b") + frame["monthly pay"].isna()
    return np.asarray(found + 0.3 * np.random.default_rng(5).normal(size=len(frame)))


def view(frame: pd.DataFrame) -> np.ndarray:
    """The raw view of the project, in which `rare` is not told apart."""
    codes = {level: code for code, level in enumerate(LEVELS, 2)}
    job = [codes.get(str(level), 1) for level in frame["job"]]
    return np.column_stack([frame["age"], frame["monthly pay"], job]).astype(np.float32)


FEATURES = (
    Feature("age", "age", "number"),
    Feature("monthly pay", "monthly pay", "number"),
    Feature("job", "job", "code", levels=LEVELS),
)


@pytest.fixture
def problem(make_problem: Any) -> Problem:
    frame = table()
    found = make_problem("classification", view(frame), (signal(frame) > 0.8).astype(np.int64))
    return replace(found, features=FEATURES)


@pytest.fixture
def numbers(make_problem: Any) -> Problem:
    frame = table()
    y = signal(frame)
    found = make_problem("regression", view(frame), (y - 3) / 10, mean=3.0, scale=10.0)
    return replace(found, features=FEATURES)


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """`bring(problem, content, name)`: imports the file; what the fit says of it."""

    def run(problem: Problem, content: bytes, name: str = "m.txt") -> Any:
        file = tmp_path / name
        file.write_bytes(content)
        module = plugins.part("methods", "import", "options")
        options = module.settle(module.Options(), str(file), hashlib.sha256(content).hexdigest())
        (tmp_path / "model").mkdir(exist_ok=True)
        fit = plugins.part("methods", "import", "fit")
        assert fit.probe(problem, options) == 0
        return fit.fit([problem], options, module.work(options), [tmp_path / "model"], Unwatched())

    return run


def grown(frame: pd.DataFrame, y: np.ndarray, **settings: Any) -> lightgbm.Booster:
    settings = {"objective": "binary", "verbosity": -1, "num_leaves": 8, "min_data_in_leaf": 5, **settings}
    return lightgbm.train(settings, lightgbm.Dataset(frame, y), 15)


def agree(scores: Any, graph_scores: Any, x: np.ndarray, wanted: np.ndarray) -> None:
    x = x.astype(np.float32)
    assert_allclose(scores("import", x)[:, 0], wanted, atol=1e-5)
    assert_allclose(graph_scores("import", x, 1)[:, 0], wanted, atol=1e-5)


# -------------------------------------------------------------------- LightGBM
def test_a_model_trained_on_a_pandas_table(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    frame = table()
    model = grown(frame, signal(frame) > 0.8)
    bring(problem, model.model_to_string().encode())
    fresh = table(300, 1)
    fresh = fresh[fresh["job"] != "rare"]  # what the project does not tell apart, no model can
    agree(scores, graph_scores, view(fresh), np.asarray(model.predict(fresh, raw_score=True)))


def test_its_columns_may_stand_in_another_order(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    frame = table()[["job", "monthly pay", "age"]]
    model = grown(frame, signal(frame) > 0.8)
    bring(problem, model.model_to_string().encode())
    fresh = table(300, 1)
    fresh = fresh[fresh["job"] != "rare"]
    agree(scores, graph_scores, view(fresh), np.asarray(model.predict(fresh[frame.columns], raw_score=True)))


def test_a_model_of_fewer_columns(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    frame = table()[["age"]]
    model = grown(frame, signal(table()) > 0.8)
    bring(problem, model.model_to_string().encode())
    fresh = table(50, 1)
    agree(scores, graph_scores, view(fresh), np.asarray(model.predict(fresh[["age"]], raw_score=True)))


def test_numbers_come_back_in_their_unit(numbers: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    frame = table()
    model = grown(frame, signal(frame), objective="regression_l1")
    bring(numbers, model.model_to_string().encode())
    fresh = frame[frame["job"] != "rare"]
    agree(scores, graph_scores, view(fresh), (np.asarray(model.predict(fresh)) - 3) / 10)


def test_a_random_forest_is_a_mean(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    frame = table()
    settings = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5, "feature_fraction": 0.9}
    model = grown(frame, signal(frame) > 0.8, **settings)
    bring(problem, model.model_to_string().encode())
    fresh = frame[frame["job"] != "rare"]
    likely = np.asarray(model.predict(fresh))
    agree(scores, graph_scores, view(fresh), np.log(likely / (1 - likely)))


def test_gaps_that_it_has_not_learnt_are_zero_to_it(problem: Problem, bring: Bring, graph_scores: Any) -> None:
    frame = table().assign(**{"monthly pay": 5.0 + np.arange(500) / 100})
    model = grown(frame, signal(frame) > 0.8)
    bring(problem, model.model_to_string().encode())
    gap = table(40, 1).assign(age=np.nan)
    gap = gap[gap["job"] != "rare"]
    wanted = np.asarray(model.predict(gap, raw_score=True))
    assert_allclose(graph_scores("import", view(gap), 1)[:, 0], wanted, atol=1e-6)


def test_our_own_trees_come_back(
    problem: Problem, learn: Any, bring: Bring, scores: Any, graph_scores: Any, tmp_path: Path
) -> None:
    learn("trees", problem, work=20, name="own")
    forest.leave([tmp_path / "own"], problem.features, tmp_path / "left")
    bring(problem, (tmp_path / "left/trees.txt").read_bytes())
    agree(scores, graph_scores, problem.x, scores("trees", problem.x, "own")[:, 0])


def changed(model: lightgbm.Booster, old: str, new: str) -> bytes:
    text = model.model_to_string()
    assert old in text
    return text.replace(old, new).encode()


def test_models_that_do_not_fit_are_refused(problem: Problem, numbers: Problem, bring: Bring) -> None:
    frame, y = table(), signal(table()) > 0.8
    model = grown(frame, y)
    for wrong, content, reason in (
        (problem, b"not a model", "cannot be read"),
        (problem, b"\xff\xfe", "cannot be read"),
        (
            problem,
            changed(model, "feature_names=age", "feature_names=alter"),
            "it wants alter(.|\n)*age, monthly pay, job",
        ),
        (numbers, model.model_to_string().encode(), "objective binary(.|\n)*regression"),
        (problem, grown(frame, y, objective="poisson").model_to_string().encode(), "objective poisson"),
        (problem, grown(frame, y, sigmoid=2.0).model_to_string().encode(), "sigmoid:2"),
        (problem, changed(model, "is_linear=0", "is_linear=1"), "linear models|cannot be read"),
        (problem, grown(frame.fillna(0), y, zero_as_missing=True).model_to_string().encode(), "zero_as_missing"),
        (problem, grown(frame[["age", "monthly pay"]].to_numpy(), y).model_to_string().encode(), "it takes 2 columns"),
    ):
        with pytest.raises(ProjectError, match=reason):
            bring(wrong, content)


# ------------------------------------------------------------- which class is which
def says(summary: Any) -> list[str]:
    return [text(key, **values) for key, values in summary["notes"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_model_whose_1_is_the_other_class_is_noted_with_the_way_out(
    problem: Problem, bring: Bring, language: str
) -> None:
    messages.use(language)
    model = grown(table(), signal(table()) <= 0.8)
    (note,) = says(bring(problem, model.model_to_string().encode()))
    assert "ROC-AUC 0.0" in note and "predict: {positive: 类0}" in note
    turned = replace(problem, y=1 - problem.y, y_valid=1 - problem.y_valid)  # what `positive:` does
    assert says(bring(turned, model.model_to_string().encode())) == []


def test_a_model_that_is_right_or_only_guesses_is_not_noted(problem: Problem, bring: Bring) -> None:
    chance = np.random.default_rng(1).random(500) < 0.5
    for y in (signal(table()) > 0.8, chance, ~chance):
        fresh = table(500, 7)
        unseen = replace(problem, x=view(fresh), x_valid=view(fresh)[:0], y_valid=problem.y[:0])
        unseen = replace(unseen, y=(signal(fresh) > 0.8).astype(np.int64))
        assert says(bring(unseen, grown(table(), y).model_to_string().encode())) == []


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_too_few_rows_tell_nothing(problem: Problem, bring: Bring, rows: int) -> None:
    few = replace(problem, x=problem.x[:rows], y=problem.y[:rows], x_valid=problem.x[:0], y_valid=problem.y[:0])
    assert says(bring(few, grown(table(), signal(table()) <= 0.8).model_to_string().encode())) == []


@pytest.mark.parametrize("shift", [0, 1])
def test_columns_in_another_order_are_noted(make_problem: Any, bring: Bring, shift: int) -> None:
    x = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    content, weight = matrix(3, "Softmax")
    y = ((x @ weight).argmax(axis=1) + shift) % 3
    notes = says(
        bring(replace(make_problem("classification", x, y, width=3), features=FEATURES[:2]), content, "m.onnx")
    )
    assert len(notes) == shift
    assert not notes or "类0, 类1, 类2, in this order" in notes[0]


def test_labels_that_are_reversed_are_noted_by_name(make_problem: Any, bring: Bring) -> None:
    x = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    content, weight = matrix(2, "Sigmoid")
    y = (x @ weight > 0).astype(np.float32)
    y[:, 1] = 1 - y[:, 1]
    y[:40, 1] = np.nan
    (note,) = says(bring(replace(make_problem("multilabel", x, y), features=FEATURES[:2]), content, "m.onnx"))
    assert "类1 (0.0)" in note and "类0 (" not in note


# ------------------------------------------------------------------------ ONNX
def onnx_of(nodes: list[Any], inputs: list[Any], outputs: list[Any], opset: int = 17, **constants: Any) -> bytes:
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "foreign", inputs, outputs, tensors)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString()


def column(name: str, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, ["n", 1])


def mixed(output: str = "Sigmoid") -> bytes:
    """Two columns with names of their own, one of them of texts."""
    nodes = [
        helper.make_node(
            "LabelEncoder", ["job"], ["level"], domain="ai.onnx.ml",
            keys_strings=["b", "丙"], values_floats=[1.5, -1.0], default_float=0.25,
        ),
        helper.make_node("Add", ["age", "level"], ["score"]),
        helper.make_node(output, ["score"], ["answer"]),
        helper.make_node("Greater", ["score", "zero"], ["label"]),
    ]  # fmt: skip
    outputs = [helper.make_tensor_value_info("label", TensorProto.BOOL, ["n", 1]), column("answer")]
    return onnx_of(nodes, [column("age"), column("job", TensorProto.STRING)], outputs, zero=np.zeros(1, np.float32))


def expected_of(frame: pd.DataFrame) -> np.ndarray:
    level = frame["job"].astype(str).map({"b": 1.5, "丙": -1.0}).fillna(0.25)
    return np.asarray(frame["age"] + level, np.float64)


def test_a_file_with_an_input_per_column(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    bring(problem, mixed(), "m.onnx")
    fresh = table(200, 1)
    agree(scores, graph_scores, view(fresh), expected_of(fresh))


def test_logits_are_taken_as_they_are(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    bring(problem, mixed("Identity"), "m.onnx")
    fresh = table(200, 1)
    agree(scores, graph_scores, view(fresh), expected_of(fresh))


def matrix(width: int, output: str, kind: int = TensorProto.FLOAT) -> tuple[bytes, np.ndarray]:
    """One input of two numbers; `width` columns out of it."""
    weight = np.random.default_rng(0).normal(size=(2, width))
    dtype = np.float32 if kind == TensorProto.FLOAT else np.float64
    nodes = [helper.make_node("MatMul", ["x", "w"], ["s"]), helper.make_node(output, ["s"], ["y"])]
    value = helper.make_tensor_value_info
    content = onnx_of(nodes, [value("x", kind, [None, 2])], [value("y", kind, [None, width])], w=weight.astype(dtype))
    return content, weight


def two_numbers(problem: Problem) -> Problem:
    return replace(
        problem, x=np.nan_to_num(problem.x[:, :2]), x_valid=np.nan_to_num(problem.x_valid[:, :2]), features=FEATURES[:2]
    )


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.DOUBLE])
@pytest.mark.parametrize("output", ["Softmax", "Identity"])
def test_two_columns_for_two_classes(
    problem: Problem, bring: Bring, scores: Any, graph_scores: Any, output: str, kind: int
) -> None:
    content, weight = matrix(2, output, kind)
    bring(two_numbers(problem), content, "m.onnx")
    x = two_numbers(problem).x
    agree(scores, graph_scores, x, (x @ weight)[:, 1] - (x @ weight)[:, 0])


def test_a_column_per_class(make_problem: Any, bring: Bring, scores: Any, graph_scores: Any) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    problem = replace(make_problem("classification", x, np.arange(60) % 3, width=3), features=FEATURES[:2])
    content, weight = matrix(3, "Softmax")
    bring(problem, content, "m.onnx")
    found = graph_scores("import", x, 3)
    assert_allclose(found, scores("import", x), atol=1e-6)
    assert_allclose(found - found[:, :1], x @ weight - (x @ weight)[:, :1], atol=1e-4)


@pytest.mark.parametrize("output", ["Sigmoid", "Identity"])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_column_per_label(
    make_problem: Any, bring: Bring, scores: Any, graph_scores: Any, width: int, output: str
) -> None:
    """Each is a yes or no of its own: two labels are not two classes, and probabilities need not sum to 1."""
    x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    content, weight = matrix(width, output)
    problem = make_problem("multilabel", x, x @ weight > 0.5)
    problem = replace(problem, features=FEATURES[:2], state={"labels": [*"甲乙丙"][:width]})
    bring(problem, content, "m.onnx")
    assert_allclose(scores("import", x), x @ weight, atol=1e-4)
    assert_allclose(graph_scores("import", x, width), x @ weight, atol=1e-4)


def test_numbers_from_a_file(numbers: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    content, weight = matrix(1, "Identity")
    bring(two_numbers(numbers), content, "m.onnx")
    x = two_numbers(numbers).x
    agree(scores, graph_scores, x, ((x @ weight)[:, 0] - 3) / 10)


def test_no_rows(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    for content, name in (
        (mixed(), "m.onnx"),
        (grown(table(), signal(table()) > 0.8).model_to_string().encode(), "m.txt"),
    ):
        bring(problem, content, name)
        assert scores("import", problem.x[:0]).shape == (0, 1)
        assert graph_scores("import", problem.x[:0], 1).shape == (0, 1)


def old_trees() -> bytes:
    """A stump as skl2onnx writes it."""
    nodes: dict[str, Any] = {
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "nodes_missing_value_tracks_true": [0, 0, 0],
    }
    leaves = {"target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0], "target_weights": [-1.0, 2.0]}
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, **nodes, **leaves)
    value = helper.make_tensor_value_info
    return onnx_of([node], [value("x", TensorProto.FLOAT, [None, 2])], [value("y", TensorProto.FLOAT, [None, 1])])


def test_trees_of_the_old_form(problem: Problem, bring: Bring, scores: Any, graph_scores: Any) -> None:
    bring(two_numbers(problem), old_trees(), "m.onnx")
    x = two_numbers(problem).x
    agree(scores, graph_scores, x, np.where(x[:, 0] <= 0.5, -1.0, 2.0))


def test_files_that_do_not_fit_are_refused(problem: Problem, bring: Bring) -> None:
    foreign = onnx.load_from_string(mixed())
    foreign.graph.node[1].domain = "com.example"
    foreign.opset_import.append(helper.make_opsetid("com.example", 1))
    numeric_jobb = [helper.make_node("Add", ["age", "jobb"], ["y"])]
    numeric_job = [helper.make_node("Add", ["age", "job"], ["y"])]
    for content, reason in (
        (b"not a graph", "cannot be read"),
        (foreign.SerializeToString(), "cannot be read(.|\n)*com.example"),
        (onnx_of(numeric_job, [column("age"), column("job")], [column("y")]), "input job of tensor"),
        (onnx_of(numeric_jobb, [column("age"), column("jobb")], [column("y")]), "it wants jobb"),
        (matrix(2, "Softmax")[0], "it takes 2 columns"),
        (onnx_of([helper.make_node("Concat", ["age"] * 3, ["y"], axis=1)], [column("age")],
                 [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])]), "its outputs y"),
    ):  # fmt: skip
        with pytest.raises(ProjectError, match=reason):
            bring(problem, content, "m.onnx")

"""Least squares for a few rows, its penalty chosen by leaving rows out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Problem
from modelyard.methods.few_shot import fit
from modelyard.methods.few_shot.options import Options
from modelyard.models import least_squares


def clouds(rows: int, features: int, classes: int, seed: int = 0, apart: float = 1.0) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    centres = np.random.default_rng(99).normal(size=(classes, features))
    return (apart * centres[y] + random.normal(size=(rows, features))).astype(np.float32), y


def problem_of(make_problem: Any, rows: int = 24, features: int = 40, classes: int = 3, **more: Any) -> Problem:
    x, y = clouds(rows, features, classes)
    made: Problem = make_problem("classification", x, y, width=1 if classes == 2 else classes, **more)
    return made


def answers(found: Any) -> Any:
    return (found[:, 0] > 0).astype(int) if found.shape[1] == 1 else found.argmax(axis=1)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_few_rows_of_each_class_are_enough(make_problem: Any, learn: Any, scores: Any, classes: int) -> None:
    learn("few_shot", problem_of(make_problem, 8 * classes, classes=classes))
    x, y = clouds(300, 40, classes, seed=1)
    assert (answers(scores("few_shot", x)) == y).mean() > 0.9


def test_the_report(make_problem: Any, learn: Any) -> None:
    report = learn("few_shot", problem_of(make_problem))
    (point,) = report["curves"]
    assert point["step"] == report["done"] == report["best"] == 1 and report["notes"] == []
    assert report["l2"] == [point["l2"]] and point["l2"] in least_squares.PENALTIES
    assert 0 < point["valid_loss"] < np.log(3)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_graph_agrees(make_problem: Any, learn: Any, scores: Any, graph_scores: Any, classes: int) -> None:
    problem = problem_of(make_problem, classes=classes)
    learn("few_shot", problem)
    assert_allclose(graph_scores("few_shot", problem.x, problem.width), scores("few_shot", problem.x), atol=1e-9)


def test_leaving_out_tells_signal_from_noise(make_problem: Any, learn: Any) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 200))
    noise = make_problem("classification", x, random.integers(0, 2, 40))
    x, y = clouds(40, 200, 2, apart=3.0)
    signal = make_problem("classification", x, y)
    assert learn("few_shot", noise)["curves"][0]["valid_loss"] > 0.6
    assert learn("few_shot", signal)["curves"][0]["valid_loss"] < 0.1


def test_copies_of_one_row_cannot_vouch_for_each_other(make_problem: Any, learn: Any) -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(20, 100)), np.arange(20) % 2
    problem = make_problem("classification", np.repeat(x, 2, axis=0), np.repeat(y, 2))
    believed = learn("few_shot", problem)["curves"][0]["valid_loss"]
    doubted = learn("few_shot", replace(problem, units=np.repeat(np.arange(20), 2)))["curves"][0]["valid_loss"]
    assert believed < 0.3 and doubted > 0.6


def test_rows_that_say_nothing(make_problem: Any, learn: Any, scores: Any) -> None:
    learn("few_shot", make_problem("classification", np.ones((6, 3)), [0, 0, 0, 0, 1, 1]))
    found = scores("few_shot", np.ones((2, 3)))
    assert np.isfinite(found).all() and (found < 0).all()


def test_weights_move_the_answer(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = problem_of(make_problem, classes=2)
    heavy = np.where(problem.y == 1, 1.9, 0.1).astype(np.float32)
    learn("few_shot", problem)
    learn("few_shot", replace(problem, weight=heavy), name="heavy")
    x, _ = clouds(50, 40, 2, seed=3)
    assert scores("few_shot", x, "heavy").mean() > scores("few_shot", x).mean()


def test_a_large_column_does_not_hurt(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = problem_of(make_problem, classes=2)
    learn("few_shot", replace(problem, x=problem.x * np.float32(1e15)))
    assert np.isfinite(scores("few_shot", problem.x * np.float32(1e15))).all()


# ------------------------------------------------------------------------ shots
def test_shots_matter(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = problem_of(make_problem, rows=60)
    learn("few_shot", problem)
    learn("few_shot", problem, name="fewer", shots=3)
    assert not np.array_equal(scores("few_shot", problem.x), scores("few_shot", problem.x, "fewer"))


def test_twice_the_same_bytes(make_problem: Any, learn: Any, tmp_path: Any) -> None:
    for name in ("one", "two"):
        learn("few_shot", problem_of(make_problem, rows=60), name=name, shots=5)
    one, two = (next((tmp_path / name).iterdir()).read_bytes() for name in ("one", "two"))
    assert one == two


# ------------------------------------------------------------------------ folds
def test_one_penalty_for_all_folds(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = problem_of(make_problem, rows=36)
    fold = np.arange(36) // 3 % 3
    held = [
        replace(problem, **{name: getattr(problem, name)[fold != number] for name in ("x", "y", "weight")})
        for number in range(3)
    ]
    assert len(learn("few_shot", held)["l2"]) == 1
    assert (answers(scores("few_shot", problem.x, "model/0")) == problem.y).mean() > 0.9


def test_a_class_that_one_fold_never_saw(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = problem_of(make_problem, rows=30)
    kept = problem.y != 2
    fold = replace(problem, **{name: getattr(problem, name)[kept] for name in ("x", "y", "weight")})
    learn("few_shot", [problem, fold])
    found = scores("few_shot", problem.x, "model/1")
    assert np.isfinite(found).all() and not (answers(found) == 2).any()


# ------------------------------------------------------------------ wrong input
def test_three_labels_in_all_are_too_few(make_problem: Any, learn: Any) -> None:
    problem = make_problem("classification", np.eye(3), [0, 1, 1])
    problem = replace(problem, y_valid=problem.y_valid[:0], x_valid=problem.x_valid[:0])
    with pytest.raises(DataError) as caught:
        learn("few_shot", problem)
    said = str(caught.value)
    assert "3 labelled rows in all; too few of: 类0 (1)" in said and "modelyard label" in said
    with pytest.raises(DataError):
        fit.probe(problem, Options())


def test_held_out_rows_are_labelled_rows_too(make_problem: Any, learn: Any) -> None:
    x, y = np.eye(4), [0, 1, 0, 1]
    assert learn("few_shot", make_problem("classification", x[:3], y[:3], x[3:], y[3:]))["done"] == 1


def test_a_class_without_a_row_is_named(make_problem: Any, learn: Any) -> None:
    with pytest.raises(DataError, match=r"too few of: 类2 \(0\)"):
        learn("few_shot", make_problem("classification", np.eye(4), [0, 1, 0, 1], width=3))


@pytest.mark.parametrize("task", ["regression", "multilabel"])
def test_only_classes_have_shots(make_problem: Any, learn: Any, task: str) -> None:
    with pytest.raises(ProjectError, match=f"a target of {task}"):
        learn("few_shot", make_problem(task, np.eye(3), [0.0, 1.0, 1.0]))


@pytest.mark.parametrize("wrong", [{"shots": 1}, {"shots": 0}, {"shots": 5000}, {"l2": 1}], ids=str)
def test_wrong_options_of_shots(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_probe_is_quick_and_leaves_nothing(make_problem: Any) -> None:
    assert 0 <= fit.probe(problem_of(make_problem), Options()) < 5

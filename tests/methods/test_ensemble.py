"""Greedy selection of candidates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from modelyard.core import plugins


def logit(rows: int = 400, seed: int = 0) -> tuple[Any, Any]:
    """A true logit and the classes drawn from it."""
    random = np.random.default_rng(seed)
    true = 2 * random.normal(size=rows)
    return true, (random.random(rows) < 1 / (1 + np.exp(-true))).astype(np.int64)


def noisy(true: Any, noise: float, seed: int) -> Any:
    return true + noise * np.random.default_rng(seed).normal(size=len(true))


def log_loss(score: Any, y: Any) -> float:
    return float(np.mean(np.logaddexp(0, score) - y * score))


def test_the_better_member_weighs_more(make_problem: Any, learn: Any) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 3.0, 1), noisy(true, 0.5, 2)], axis=1)
    bad, good = learn("ensemble", make_problem("classification", members, y))["weights"]
    assert bad < 0.2 < 0.8 < good
    assert bad + good == pytest.approx(1.0)


def test_a_member_that_knows_nothing_is_left_out(make_problem: Any, learn: Any) -> None:
    true, y = logit()
    members = np.stack([true, np.random.default_rng(3).normal(size=len(y)), np.zeros(len(y))], axis=1)
    assert learn("ensemble", make_problem("classification", members, y))["weights"][0] > 0.9


def test_members_with_independent_mistakes_are_mixed(make_problem: Any, learn: Any, scores: Any) -> None:
    true, y = logit(1000)
    members = np.stack([noisy(true, 1.5, 1), noisy(true, 1.5, 2)], axis=1)
    report = learn("ensemble", make_problem("classification", members, y))
    assert all(0.3 < weight < 0.7 for weight in report["weights"])
    alone = [learn("ensemble", make_problem("classification", members[:, [m, m]], y), name="alone") for m in (0, 1)]
    assert report["loss"] < min(one["loss"] for one in alone)


def test_members_are_calibrated_first(make_problem: Any, learn: Any, scores: Any) -> None:
    true, y = logit(1000)
    learn("ensemble", make_problem("classification", np.stack([10 * true, true / 10 + 5], axis=1), y))
    assert (
        log_loss(scores("ensemble", np.stack([10 * true, true / 10 + 5], axis=1))[:, 0], y) < log_loss(true, y) + 0.01
    )


def test_losses_are_out_of_fold(make_problem: Any, learn: Any, scores: Any) -> None:
    """With many useless members the weights fit noise: rows that chose them flatter them, held-out rows do not."""
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 60)
    members = random.normal(size=(60, 30))
    report = learn("ensemble", make_problem("classification", members, y))
    seen = log_loss(scores("ensemble", members)[:, 0], y)
    assert report["loss"] > seen + 0.05
    assert report["loss"] == pytest.approx(np.mean(report["losses"]))
    assert len(report["losses"]) == 60


def test_numbers_are_scored_in_their_own_unit_over_the_scale(make_problem: Any, learn: Any, scores: Any) -> None:
    random = np.random.default_rng(0)
    y = random.normal(size=300)
    members = np.stack([y + 0.1 * random.normal(size=300), y + random.normal(size=300)], axis=1)
    report = learn("ensemble", make_problem("regression", members, y, mean=5e6, scale=1e3))
    assert report["weights"][0] > 0.9
    assert report["loss"] == pytest.approx(0.01, rel=0.3)
    assert_allclose(scores("ensemble", members)[:, 0], y, atol=0.5)


def test_many_classes_and_labels(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    random = np.random.default_rng(0)
    codes = random.integers(0, 3, 90)
    truth = np.eye(3)[codes]
    members = np.concatenate([truth + 0.2 * random.normal(size=(90, 3)), random.normal(size=(90, 3))], axis=1)
    for task, y in (("classification", codes), ("multilabel", truth)):
        report = learn("ensemble", make_problem(task, members, y, width=3), name=task)
        assert report["weights"][0] > 0.7
        assert_allclose(graph_scores("ensemble", members, 3, task), scores("ensemble", members, task), atol=1e-9)


def test_the_matrix_is_the_weighted_sum_of_calibrated_scores(make_problem: Any, learn: Any, scores: Any) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 1.0, 1), noisy(true, 1.2, 2)], axis=1).astype(np.float32)
    problem = make_problem("classification", members, y)
    weights = learn("ensemble", problem)["weights"]
    calibrate = plugins.part("tasks", "classification", "calibrate")
    wanted = np.zeros(len(y))
    for number, weight in enumerate(weights):
        fitted = calibrate.fit(members[:, [number]].astype(np.float64), y, problem.state, 0.9)
        wanted += weight * (fitted["slope"][0] * members[:, number] + fitted["offset"][0])
    assert_allclose(scores("ensemble", members)[:, 0], wanted, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 1, 2, 4])
def test_few_rows(make_problem: Any, learn: Any, scores: Any, rows: int) -> None:
    members = np.arange(8.0).reshape(4, 2)[:rows]
    report = learn("ensemble", make_problem("classification", members, [0, 1, 1, 0][:rows] or np.zeros(0, np.int64)))
    assert len(report["losses"]) == rows
    assert sum(report["weights"]) == pytest.approx(1.0)
    if rows < 2:  # of one row nothing is both learnt and held out
        assert report["losses"] == pytest.approx([np.logaddexp(0, 0.5)] * rows)


def test_equal_members_are_no_trouble(make_problem: Any, learn: Any) -> None:
    _, y = logit(50)
    report = learn("ensemble", make_problem("classification", np.ones((50, 3)), y))
    assert report["weights"] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("change", [{"rounds": 1}, {"folds": 2}], ids=str)
def test_every_option_matters(make_problem: Any, learn: Any, change: dict[str, Any]) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 1.5, 1), noisy(true, 1.5, 2)], axis=1)
    problem = make_problem("classification", members, y)
    assert learn("ensemble", problem)["losses"] != learn("ensemble", problem, **change)["losses"]

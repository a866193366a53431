"""Greedy selection of candidates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose


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
    half = (members[::2], y[::2], members[1::2], y[1::2])
    report = learn("ensemble", make_problem("classification", *half))
    assert all(0.3 < weight < 0.7 for weight in report["weights"])
    loss = log_loss(scores("ensemble", half[2])[:, 0], half[3])
    assert loss < min(log_loss(member, half[3]) for member in half[2].T)


def test_members_that_cannot_be_told_apart_weigh_alike_on_few_rows(make_problem: Any, learn: Any) -> None:
    true, y = logit(60)
    members = np.stack([noisy(true, 0.5, seed) for seed in range(4)], axis=1)
    weights = learn("ensemble", make_problem("classification", members, y))["weights"]
    assert min(weights) > 0.08


def test_a_member_that_is_worse_beyond_noise_has_to_earn_its_weight(make_problem: Any, learn: Any) -> None:
    true, y = logit(2000)
    members = np.stack([true, noisy(true, 4.0, 1)], axis=1)
    assert learn("ensemble", make_problem("classification", members, y))["weights"][1] < 0.05


def test_the_held_out_rows_choose_nothing(make_problem: Any, learn: Any, scores: Any) -> None:
    """With many useless members the weights fit noise: rows that chose them flatter them, held-out rows do not."""
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 60)
    members = random.normal(size=(60, 30))
    learn("ensemble", make_problem("classification", members[:40], y[:40], members[40:], y[40:]))
    seen, held = (log_loss(scores("ensemble", members[part])[:, 0], y[part]) for part in (slice(40), slice(40, None)))
    assert held > seen + 0.05


def test_folds_have_weights_of_their_own_and_ship_as_their_mean(make_problem: Any, learn: Any, scores: Any) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 1.0, 1), noisy(true, 1.2, 2)], axis=1)
    problems = [make_problem("classification", members[part], y[part]) for part in (slice(0, 200), slice(200, 400))]
    report = learn("ensemble", problems)
    alone = [learn("ensemble", problem, name="alone")["weights"] for problem in problems]
    assert_allclose(report["weights"], np.mean(alone, axis=0))
    assert alone[0] != alone[1]


def test_rows_that_weigh_more_choose_more(make_problem: Any, learn: Any) -> None:
    true, y = logit()
    first = np.arange(len(y)) < 200
    members = np.stack([np.where(first, true, 0), np.where(first, 0, true)], axis=1)
    weights = [np.where(first, *pair) for pair in ((1.9, 0.1), (0.1, 1.9))]
    found = [learn("ensemble", make_problem("classification", members, y, weight=one))["weights"] for one in weights]
    assert found[0][0] > found[0][1] and found[1][0] < found[1][1]


def test_numbers_are_scored_in_their_own_unit_over_the_scale(make_problem: Any, learn: Any, scores: Any) -> None:
    random = np.random.default_rng(0)
    y = random.normal(size=300)
    members = np.stack([y + 0.1 * random.normal(size=300), y + random.normal(size=300)], axis=1)
    report = learn("ensemble", make_problem("regression", members, y, mean=5e6, scale=1e3))
    assert report["weights"][0] > 0.9
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


def test_the_matrix_is_the_weighted_sum_of_scores(make_problem: Any, learn: Any, scores: Any) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 1.0, 1), noisy(true, 1.2, 2)], axis=1).astype(np.float32)
    weights = learn("ensemble", make_problem("classification", members, y))["weights"]
    assert_allclose(scores("ensemble", members)[:, 0], members @ weights, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 1, 2, 4])
def test_few_rows(make_problem: Any, learn: Any, scores: Any, rows: int) -> None:
    members = np.arange(8.0).reshape(4, 2)[:rows]
    report = learn("ensemble", make_problem("classification", members, [0, 1, 1, 0][:rows] or np.zeros(0, np.int64)))
    assert sum(report["weights"]) == pytest.approx(1.0)


def test_equal_members_are_no_trouble(make_problem: Any, learn: Any) -> None:
    _, y = logit(50)
    report = learn("ensemble", make_problem("classification", np.ones((50, 3)), y))
    assert report["weights"] == pytest.approx([1 / 3] * 3)


def test_every_option_matters(make_problem: Any, learn: Any) -> None:
    true, y = logit()
    members = np.stack([noisy(true, 1.5, 1), noisy(true, 1.5, 2)], axis=1)
    problem = make_problem("classification", members, y)
    assert learn("ensemble", problem)["weights"] != learn("ensemble", problem, rounds=1)["weights"]

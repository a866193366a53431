"""Logistic and ridge regression."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core.messages import text
from modelyard.fragments.graph import Graph
from modelyard.methods.linear.options import Options
from modelyard.models import affine
from modelyard.models import linear as fit
from modelyard.models.pace import Unwatched


def blobs(rows: int = 200, features: int = 4, classes: int = 2, seed: int = 0) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, rows)
    x = random.normal(size=(rows, features)).astype(np.float32)
    x[:, 0] += 1.5 * y
    return x, y


def test_recovers_a_line(make_problem: Any, learn: Any, scores: Any) -> None:
    x = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    y = x @ [1.0, -2.0, 0.0] + 0.5
    report = learn("linear", make_problem("regression", x, y))
    assert report["l2"] == [1e-5]
    assert_allclose(scores("linear", x)[:, 0], y, atol=1e-3)


def test_the_validation_rows_choose_the_penalty(make_problem: Any, learn: Any) -> None:
    x, y = blobs(30, 40)
    x_valid, y_valid = blobs(300, 40, seed=1)
    report = learn("linear", make_problem("classification", x, y, x_valid, y_valid))
    losses = [point["valid_loss"] for point in report["curves"]]
    assert losses == sorted(losses, reverse=True)  # of the best so far
    assert report["l2"][0] > 1e-3
    assert report["curves"][report["best"] - 1]["l2"] == report["l2"][0]
    same_rows = learn("linear", make_problem("classification", x, y))
    assert same_rows["l2"] == [1e-5]


@pytest.mark.parametrize(
    ("work", "tried"),
    [(1, [1e-2]), (2, [1e-2, 1e-3]), (3, [1e-1, 1e-2, 1e-3]), (5, [1.0, 1e-1, 1e-2, 1e-3, 1e-4]), (9, None)],
)
def test_fewer_units_try_the_middle_penalties(
    make_problem: Any, learn: Any, work: int, tried: list[float] | None
) -> None:
    x, y = blobs()
    penalties = (1e-4, 1.0, 1e-2, 1e-1, 1e-3)
    report = learn("linear", make_problem("classification", x, y), work=work, l2=penalties)
    assert [point["l2"] for point in report["curves"]] == (tried or sorted(penalties, reverse=True))
    assert report["done"] == min(work, len(penalties))


@pytest.mark.parametrize("classes", [3, 5])
def test_many_classes(make_problem: Any, learn: Any, scores: Any, classes: int) -> None:
    x, y = blobs(400, classes=classes)
    learn("linear", make_problem("classification", x, y, width=classes))
    found = scores("linear", x)
    assert (found.argmax(axis=1) == y).mean() > 0.5
    assert abs(np.log(np.exp(found).sum(axis=1)).mean()) < 1e-3  # log-shares on average


def test_two_of_three_classes(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = blobs(classes=2)
    learn("linear", make_problem("classification", x, 2 * y, width=3))
    found = scores("linear", x)
    assert (found[:, 1] < -5).all() and np.ptp(found[:, 1]) == 0
    assert ((found[:, 2] > found[:, 0]) == (y == 1)).mean() > 0.7


def test_each_label_has_its_own_penalty(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = blobs(60, 30)
    x_valid, y_valid = blobs(200, 30, seed=1)
    noise = np.random.default_rng(2)
    labels = np.c_[y, noise.integers(0, 2, 60), np.ones(60)]
    labels_valid = np.c_[y_valid, noise.integers(0, 2, 200), np.ones(200)]
    report = learn("linear", make_problem("multilabel", x, labels, x_valid, labels_valid))
    signal, nothing = report["l2"]
    assert nothing is None or nothing > signal
    assert np.ptp(scores("linear", x), axis=0)[2] == 0


def test_what_cannot_be_learnt_stays_at_the_prior(make_problem: Any, learn: Any, scores: Any) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(20, 200)), random.integers(0, 2, 20)
    report = learn("linear", make_problem("classification", x, y, -100 * x, y), l2=(1e-5,))
    assert report["l2"] == [None] and report["best"] == 0
    assert np.ptp(scores("linear", x)) == 0


def test_no_warning_when_it_does_not_converge_but_a_note(make_problem: Any, learn: Any) -> None:
    x, y = blobs()
    report = learn("linear", make_problem("classification", x, y), max_iter=1, l2=(1e-3, 1e-4))
    ((key, values),) = report["notes"]
    assert text(key, **values).startswith("2 of 2 fits")
    assert learn("linear", make_problem("classification", x, y))["notes"] == []


def test_collinear_columns(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = blobs(50)
    x = np.c_[x, x, np.ones(50)]
    learn("linear", make_problem("regression", x, y - y.mean()))
    assert np.isfinite(scores("linear", x)).all()


@pytest.mark.parametrize("change", [{"l2": (0.5,)}, {"max_iter": 2}], ids=str)
def test_every_option_matters(make_problem: Any, learn: Any, scores: Any, change: dict[str, Any]) -> None:
    x, y = blobs()
    problem = make_problem("classification", x, y)
    learn("linear", problem)
    learn("linear", problem, name="changed", **change)
    assert not np.array_equal(scores("linear", x), scores("linear", x, "changed"))


@pytest.mark.parametrize("wrong", [{"l2": ()}, {"l2": (0.0,)}, {"l2": (-1,)}, {"max_iter": 0}, {"C": 1}], ids=str)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_many_threads_for_a_small_problem_do_not_change_it(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = blobs()
    learn("linear", make_problem("classification", x, y))
    learn("linear", make_problem("classification", x, y, threads=2), name="two")
    assert np.array_equal(scores("linear", x), scores("linear", x, "two"))


def test_probe_of_many_rows_looks_at_a_sample(make_problem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelyard.models import linear as fit

    seen: list[int] = []
    solve = fit.LogisticRegression.fit

    def spy(self: Any, x: Any, *rest: Any, **named: Any) -> Any:
        seen.append(len(x))
        return solve(self, x, *rest, **named)

    monkeypatch.setattr(fit.LogisticRegression, "fit", spy)
    x, y = blobs(400_000, 10)
    assert fit.probe(make_problem("classification", x, y), Options()) > 0
    assert seen and max(seen) < 400_000


def test_nothing_to_learn_from(make_problem: Any, learn: Any, scores: Any) -> None:
    report = learn("linear", make_problem("classification", np.zeros((3, 0)), [0, 1, 1]))
    assert report["done"] == report["best"] == 0 and report["curves"] == []
    assert scores("linear", np.zeros((2, 0))).shape == (2, 1)


# -------------------------------------------------------------- bins, monotone
def hill(rows: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """The answer rises with the first feature up to the middle, and falls behind it."""
    x = np.random.default_rng(seed).uniform(-2, 2, size=(rows, 3)).astype(np.float32)
    return x, (np.cos(1.5 * x[:, 0]) + 0.3 * x[:, 1]).astype(np.float32)


def bound(problem: Any, *ways: int) -> Any:
    features = [replace(feature, monotone=way) for feature, way in zip(problem.features, ways, strict=True)]
    return replace(problem, features=tuple(features))


def test_with_bins_a_sum_can_bend(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    x, y = hill()
    problem = make_problem("regression", x, y, *hill(200, 1))
    learn("linear", problem)
    learn("linear", problem, name="straight", bins=0)
    bent, straight = (np.mean((scores("linear", x, name)[:, 0] - y) ** 2) for name in ("model", "straight"))
    assert bent < 0.05 * straight
    assert_allclose(graph_scores("linear", 3 * x, 1), scores("linear", 3 * x), atol=1e-9)


def test_folds_share_their_bins(make_problem: Any, tmp_path: Path) -> None:
    x, y = hill()
    problems = [make_problem("regression", x[part::2], y[part::2]) for part in (0, 1)]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    fit.fit(problems, Options(), 9, folders, Unwatched())
    one, two = map(affine.load, folders)
    assert_array_equal(one.bins.low, two.bins.low)
    graph = Graph()
    graph.output("score", affine.export(graph, folders, graph.input("view", np.float32, 3)), np.float64, 1)
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    assert_allclose(session.run(None, {"view": x})[0], (one.scores(x) + two.scores(x)) / 2, atol=1e-9)


@pytest.mark.parametrize("task", ["regression", "classification", "multilabel"])
@pytest.mark.parametrize("way", [0, 1])
def test_bins_filled_for_every_fit_teach_the_same(
    make_problem: Any, learn: Any, scores: Any, monkeypatch: pytest.MonkeyPatch, task: str, way: int
) -> None:
    x, y = hill()
    y = {"regression": y, "classification": (y > 0).astype(np.int64), "multilabel": np.c_[y > 0, x[:, 1] > 0]}[task]
    problems = [bound(make_problem(task, x[k::2], y[k::2], x[1 - k :: 2], y[1 - k :: 2]), way, 0, 0) for k in (0, 1)]
    reports = [learn("linear", problems, name="once")]
    monkeypatch.setattr(fit, "CELLS_AT_ONCE", 0)
    reports.append(learn("linear", problems, name="anew"))
    assert reports[0] == reports[1]
    for fold in "01":
        assert_array_equal(scores("linear", x, f"once/{fold}"), scores("linear", x, f"anew/{fold}"))


def test_a_thousand_numbers_have_fewer_bins_each(make_problem: Any, learn: Any, tmp_path: Path) -> None:
    x, y = blobs(40, 1000)
    learn("linear", make_problem("classification", x, y), work=1)
    assert len(affine.load(tmp_path / "model").bins) == 5 * 1000


@pytest.mark.parametrize("task", ["regression", "classification"])
@pytest.mark.parametrize("ways", [(1, 0, 0), (-1, 1, 0), (1, -1, 1)], ids=str)
@pytest.mark.parametrize("bins", [0, 8])
def test_the_answer_follows_its_features(
    make_problem: Any, learn: Any, scores: Any, task: str, ways: tuple[int, ...], bins: int
) -> None:
    x, y = hill()
    y = y if task == "regression" else (y > 0).astype(np.int64)
    learn("linear", bound(make_problem(task, x, y), *ways), bins=bins)
    for feature, way in enumerate(ways):
        swept = np.repeat(x[:5], 50, axis=0)
        swept[:, feature] = np.tile(np.linspace(-9, 9, 50), 5)
        steps = np.diff(scores("linear", swept).reshape(5, 50), axis=1)
        assert not way or (way * steps).min() >= -1e-12


def test_what_follows_already_is_left_as_it_is(make_problem: Any, learn: Any, scores: Any) -> None:
    x = hill()[0]
    problem = make_problem("regression", x, x[:, 0] - x[:, 1])
    learn("linear", problem, bins=0)
    learn("linear", bound(problem, 1, -1, 0), name="bound", bins=0)
    assert_allclose(scores("linear", x, "bound"), scores("linear", x), atol=1e-6)

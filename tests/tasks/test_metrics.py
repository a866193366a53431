"""What each name means, against scikit-learn on the same answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn import metrics as sk

from modelyard.core.protocols import Array, Outputs
from modelyard.tasks.classification import metrics as classes
from modelyard.tasks.classification.options import METRICS
from modelyard.tasks.multilabel import metrics as labels
from modelyard.tasks.regression import metrics as numbers

TWO = {"labels": ["坏", "好"], "positive": 1}
THREE = {"labels": ["a", "b", "c"], "positive": None}
SETS = {"labels": ["体育", "财经", "rare"], "listed": True, "separator": ";"}


def class_rows(count: int, rows: int = 200) -> tuple[Outputs, Array]:
    random = default_rng(count)
    y = random.integers(0, count, rows)
    logits = random.normal(size=(rows, count)) + 1.5 * np.eye(count)[y]
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return {"probability": probability.astype(np.float32)}, y


def set_rows(rows: int = 200) -> tuple[Outputs, Array]:
    random = default_rng(9)
    y = (random.random((rows, 3)) < [0.5, 0.3, 0.05]).astype(float)
    return {"probability": np.clip(random.random((rows, 3)) * 0.7 + y * 0.3, 0, 1).astype(np.float32)}, y


def value_of(module: Any, name: str, state: Any, outputs: Outputs, y: Array) -> float:
    return float(module.metric(name, state).compute(outputs, y, None))


# -------------------------------------------------------------- classification
def test_without_a_class_the_positive_one_of_two_is_meant() -> None:
    outputs, y = class_rows(2)
    called, score = outputs["probability"].argmax(axis=1), outputs["probability"][:, 1]
    expected = {
        "roc_auc": sk.roc_auc_score(y, score),
        "average_precision": sk.average_precision_score(y, score),
        "recall": sk.recall_score(y, called),
        "precision": sk.precision_score(y, called),
        "f1": sk.f1_score(y, called),
        "specificity": sk.recall_score(1 - y, 1 - called),
        "accuracy": sk.accuracy_score(y, called),
        "balanced_accuracy": sk.balanced_accuracy_score(y, called),
        "mcc": sk.matthews_corrcoef(y, called),
        "log_loss": sk.log_loss(y, outputs["probability"]),
        "brier": sk.brier_score_loss(y, score),
    }
    for name, value in expected.items():
        assert value_of(classes, name, TWO, outputs, y) == pytest.approx(value, rel=1e-6), name
    for name in ("roc_auc", "average_precision", "recall", "precision", "f1", "specificity"):
        assert value_of(classes, f"{name}[好]", TWO, outputs, y) == value_of(classes, name, TWO, outputs, y)
    assert value_of(classes, "recall[坏]", TWO, outputs, y) == value_of(classes, "specificity", TWO, outputs, y)


def test_without_a_class_the_mean_of_many_is_meant() -> None:
    outputs, y = class_rows(3)
    probability = outputs["probability"].astype(float)
    called = probability.argmax(axis=1)
    macro: dict[str, Any] = {"average": "macro"}
    expected = {
        "roc_auc": np.mean([sk.roc_auc_score(y == c, probability[:, c]) for c in range(3)]),
        "recall": sk.recall_score(y, called, **macro),
        "precision": sk.precision_score(y, called, **macro),
        "f1": sk.f1_score(y, called, **macro),
        "specificity": np.mean([sk.recall_score(y != c, called != c) for c in range(3)]),
        "log_loss": sk.log_loss(y, probability / probability.sum(axis=1, keepdims=True)),
        "recall[b]": sk.recall_score(y == 1, called == 1),
        "roc_auc[c]": sk.roc_auc_score(y == 2, probability[:, 2]),
    }
    for name, value in expected.items():
        assert value_of(classes, name, THREE, outputs, y) == pytest.approx(value, rel=1e-5), name


def test_a_class_that_is_not_in_the_test_rows() -> None:
    outputs, y = class_rows(3)
    some = y < 2
    outputs, y = {"probability": outputs["probability"][some]}, y[some]
    assert np.isnan(value_of(classes, "recall[c]", THREE, outputs, y))
    assert np.isnan(value_of(classes, "roc_auc[c]", THREE, outputs, y))
    assert value_of(classes, "roc_auc", THREE, outputs, y) == pytest.approx(
        (value_of(classes, "roc_auc[a]", THREE, outputs, y) + value_of(classes, "roc_auc[b]", THREE, outputs, y)) / 2
    )


def test_one_class_in_the_test_rows() -> None:
    outputs, y = class_rows(2)
    outputs, y = {"probability": outputs["probability"][y == 0]}, y[y == 0]
    for name in ("roc_auc", "recall", "mcc", "average_precision"):
        assert np.isnan(value_of(classes, name, TWO, outputs, y)), name
    for name in ("accuracy", "log_loss", "brier", "ece", "specificity"):
        assert np.isfinite(value_of(classes, name, TWO, outputs, y)), name


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("accuracy", 6),
        ("recall", 4),
        ("recall[坏]", 2),
        ("precision", 3),
        ("precision[坏]", 3),
        ("specificity", 2),
        ("roc_auc", 2),
        ("log_loss", 6),
        ("mcc", 2),
    ],
)
def test_trials_count_the_rows_a_number_rests_on(name: str, rows: int) -> None:
    y = np.array([0, 0, 1, 1, 1, 1, -1])
    good = np.array([0.1, 0.9, 0.9, 0.9, 0.2, 0.2, 0.9], np.float32)
    metric = classes.metric(name, TWO)
    assert metric.trials is not None
    assert metric.trials({"probability": np.stack([1 - good, good], axis=1)}, y) == rows


def test_rates_are_those_with_a_whole_number_of_hits() -> None:
    def rates(state: Any) -> set[str]:
        plain = (name for name in METRICS if "[" not in name and "@" not in name)
        return {name for name in plain if classes.metric(name, state).exact}

    always = {"accuracy", "coverage", "error"}
    always |= {"outside_recall", "outside_precision", "in_scope_loss", "in_scope_accuracy"}
    assert rates(TWO) == {*always, "recall", "precision", "specificity", "fpr", "fnr"}
    assert rates(THREE) == always
    for name in ("precision@10%", "recall@10%"):  # the rows on top are drawn anew with each resample
        assert classes.metric(name, TWO).exact == ""
    assert classes.metric("recall[a]", THREE).exact == "rate"
    assert classes.metric("brier", THREE).bounds == (0.0, 2.0)


def test_reliability_is_about_the_positive_class_or_the_answer() -> None:
    outputs, y = class_rows(2)
    said, true = classes.said(outputs, np.where(np.arange(200) < 5, -1, y))
    assert (said == outputs["probability"][5:, 1]).all() and (true == (y[5:] == 1)).all()
    outputs, y = class_rows(3)
    said, true = classes.said(outputs, y)
    assert (said == outputs["probability"].max(axis=1)).all()
    assert true.mean() == pytest.approx(value_of(classes, "accuracy", THREE, outputs, y))


def test_the_row_losses_of_a_certain_mistake_are_finite() -> None:
    sure = {"probability": np.array([[1, 0], [0, 1]], np.float32)}
    losses = classes.row_loss(sure, np.array([1, 1]), TWO)
    assert np.isfinite(losses).all() and losses[0] > 15 and losses[1] < 1e-6


# ------------------------------------------------------------------ multilabel
def test_label_metrics_equal_scikit_learn() -> None:
    outputs, y = set_rows()
    probability = outputs["probability"]
    called = probability >= 0.5
    expected = {
        "f1_macro": sk.f1_score(y, called, average="macro"),
        "f1_micro": sk.f1_score(y, called, average="micro"),
        "roc_auc": sk.roc_auc_score(y, probability, average="macro"),
        "average_precision": sk.average_precision_score(y, probability, average="macro"),
        "hamming_loss": sk.hamming_loss(y, called),
        "subset_accuracy": sk.accuracy_score(y, called),
        "log_loss": np.mean([sk.log_loss(y[:, c], probability[:, c].astype(float)) for c in range(3)]),
        "f1[体育]": sk.f1_score(y[:, 0], called[:, 0]),
        "precision[财经]": sk.precision_score(y[:, 1], called[:, 1]),
        "recall[rare]": sk.recall_score(y[:, 2], called[:, 2]),
        "roc_auc[rare]": sk.roc_auc_score(y[:, 2], probability[:, 2]),
    }
    for name, value in expected.items():
        assert value_of(labels, name, SETS, outputs, y) == pytest.approx(value, rel=1e-5), name


def test_unknown_labels_do_not_count() -> None:
    outputs, y = set_rows()
    gaps = y.copy()
    gaps[::2, 0] = np.nan
    known = ~np.isnan(gaps[:, 0])
    only = {"probability": outputs["probability"][known]}
    for name in ("f1[体育]", "recall[体育]", "precision[体育]", "roc_auc[体育]"):
        assert value_of(labels, name, SETS, outputs, gaps) == value_of(labels, name, SETS, only, y[known]), name
    said, true = labels.said(outputs, gaps)
    assert len(said) == len(true) == 600 - 100


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("subset_accuracy", 3),
        ("recall[体育]", 2),
        ("precision[体育]", 1),
        ("roc_auc[体育]", 1),
        ("roc_auc", 0),
        ("f1_macro", 0),
        ("log_loss", 3),
    ],
)
def test_trials_of_label_metrics(name: str, rows: int) -> None:
    y = np.array([[1, 0, 0], [1, 1, 0], [0, np.nan, 0], [np.nan] * 3])
    probability = np.array([[0.9, 0, 0], [0.2, 0, 0], [0.3, 0, 0], [0.9, 0, 0]], np.float32)
    metric = labels.metric(name, SETS)
    assert metric.trials is not None and metric.trials({"probability": probability}, y) == rows


# ------------------------------------------------------------------ regression
def test_number_metrics_equal_scikit_learn() -> None:
    random = default_rng(0)
    y = random.normal(size=100) * 20 + 300
    value = y + random.normal(size=100) * 5
    state = {"mean": 300.0, "scale": 20.0}
    for shape in ((100, 1), (100,)):
        outputs = {"value": value.reshape(shape)}
        assert value_of(numbers, "rmse", state, outputs, y) == pytest.approx(sk.root_mean_squared_error(y, value))
        assert value_of(numbers, "r2", state, outputs, y) == pytest.approx(sk.r2_score(y, value))
        assert value_of(numbers, "mape", state, outputs, y) == pytest.approx(
            sk.mean_absolute_percentage_error(y, value)
        )
        losses = numbers.row_loss(outputs, y, state)
        assert np.sqrt(losses.mean()) * 20 == pytest.approx(sk.root_mean_squared_error(y, value))


def test_which_way_is_better() -> None:
    better = {name: numbers.metric(name, {}).better for name in ("rmse", "mae", "r2", "median_absolute_error", "mape")}
    assert better.pop("r2") == "higher" and set(better.values()) == {"lower"}

"""Modelyard as scikit-learn estimators."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_score

import modelyard
from modelyard import ModelyardClassifier, ModelyardRegressor

FAST: dict[str, Any] = {"method": "linear", "time_budget": 30}


def test_classes_come_back_as_they_were() -> None:
    X, y = load_iris(return_X_y=True)
    model = ModelyardClassifier(**FAST).fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2]
    assert (model.predict(X) == y).mean() > 0.9
    assert model.predict_proba(X).shape == (150, 3)
    words = np.asarray(["setosa", "versicolor", "virginica"])[y]
    assert set(ModelyardClassifier(**FAST).fit(X, words).predict(X)) <= set(words)


def test_booleans_are_classes_too() -> None:
    x = np.linspace(-1, 1, 200)
    model = ModelyardClassifier(**FAST).fit(x[:, None], x > 0)
    assert model.predict([[-1.0], [1.0]]).tolist() == [False, True]


def test_a_label_matrix_makes_it_multilabel() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    Y = (X[:, :2] + 0.2 * rng.normal(size=(300, 2)) > 0).astype(int)
    model = ModelyardClassifier(**FAST).fit(X, Y)
    assert model.predict(X).shape == (300, 2)
    assert (model.predict(X) == Y).mean() > 0.9


def test_regression_from_a_frame() -> None:
    frame: pd.DataFrame = load_diabetes(as_frame=True).frame
    X, y = frame.drop(columns="target"), frame["target"]
    model = ModelyardRegressor(**FAST).fit(X, y)
    assert model.score(X, y) > 0.4
    assert model.run_.report.targets[0].task == "regression"


def test_scikit_learn_can_clone_and_cross_validate_it() -> None:
    X, y = load_iris(return_X_y=True)
    model = ModelyardClassifier(**FAST, options={"linear": {"max_iter": 100}})
    assert clone(model).get_params() == model.get_params()
    assert cross_val_score(model, X, y, cv=2).mean() > 0.8


def test_asking_before_fitting_is_refused() -> None:
    with pytest.raises(NotFittedError):
        ModelyardClassifier().predict([[1.0]])


def test_a_wrong_setting_is_refused_as_everywhere() -> None:
    with pytest.raises(modelyard.core.errors.UserError, match="trees"), warnings.catch_warnings():
        ModelyardClassifier(method="treees").fit([[1.0], [2.0]], [0, 1])


@pytest.mark.parametrize("classes", [[1, 2], ["1.0", "2.0"], [" no", "yes"], [-1, 1]])
def test_classes_are_sorted_and_scored_as_scikit_learn_does(classes: list[Any]) -> None:
    x = np.linspace(-1, 1, 200)
    y = np.asarray(classes)[(x > 0).astype(int)]
    model = ModelyardClassifier(**FAST).fit(x[:, None], y)
    assert model.classes_.tolist() == classes
    assert model.score(x[:, None], y) > 0.95
    assert get_scorer("roc_auc")(model, x[:, None], y) > 0.99


def test_a_feature_called_y_stays_a_feature() -> None:
    x = np.linspace(-1, 1, 200)
    frame = pd.DataFrame({"noise": np.random.default_rng(0).normal(size=200), "y": x})
    model = ModelyardClassifier(**FAST).fit(frame, x > 0)
    assert model.score(frame, x > 0) > 0.95
    assert model.predict(frame.to_numpy()).tolist() == model.predict(frame).tolist()

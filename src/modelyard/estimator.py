"""Modelyard as scikit-learn estimators, for pipelines, searches and people who think in `fit` and `predict`.

model = ModelyardClassifier(method="trees").fit(X, y)
model.predict_proba(X_new)
model.run_.report
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from modelyard import pipeline
from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.protocols import Array, Columns


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators share. `fit` walks the whole pipeline; `predict` asks the bundle.

    Args:
        method: `auto`, one method, or a list of them.
        time_budget: Seconds, or with a unit: `2 min`.
        seed: As `train: {seed:}`.
        options: Options of methods: `{"network": {"widths": [64]}}`.
        folder: Where `.modelyard` is kept; by default a temporary folder that goes with the estimator.
    """

    _task = ""

    def __init__(
        self,
        method: str | list[str] = "auto",
        time_budget: str | float = "2 min",
        seed: int = 0,
        options: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
    ) -> None:
        self.method = method
        self.time_budget = time_budget
        self.seed = seed
        self.options = options
        self.folder = folder

    def fit(self, X: Any, y: Any) -> Self:
        """Train, package and measure.

        Args:
            X: Features [rows, columns]: a frame, columns or an array.
            y: Target [rows]; a 0/1 matrix [rows, labels] makes the classifier a multilabel one.
        """
        columns = as_columns(X)
        self.features_ = list(columns)
        targets = self._targets(y)
        multilabel = np.ndim(y) == 2 and np.shape(y)[1] > 1
        predict = (
            {"columns": list(targets), "task": "multilabel"}
            if multilabel
            else {"column": next(iter(targets)), "task": self._task}
        )
        folder = self.folder or tempfile.mkdtemp(prefix="modelyard-")
        if self.folder is None:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        train = {"method": self.method, "time_budget": self.time_budget, "seed": self.seed, **(self.options or {})}
        self.run_ = pipeline.run({**columns, **targets}, predict, folder=folder, train=train, name="estimator")
        self.target_ = "+".join(targets)
        self.n_features_in_ = len(self.features_)
        self._after_fit(targets)
        return self

    def _after_fit(self, targets: Columns) -> None:
        """What a kind of estimator keeps of the target."""

    def _targets(self, y: Any) -> Columns:
        """The target under names that no feature has."""
        values, stem = np.asarray(y), "y"
        while any(name.startswith(stem) for name in self.features_):
            stem += "_"
        if values.ndim == 2 and values.shape[1] > 1:
            return {f"{stem}{number + 1}": values[:, number] for number in range(values.shape[1])}
        return {stem: values.ravel()}

    def _answer(self, X: Any) -> dict[str, Any]:
        check_is_fitted(self, "run_")
        answer: dict[str, Any] = self.run_.predict(as_columns(X, self.features_)).targets[self.target_]
        return answer


class ModelyardClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Binary, multiclass and multilabel classification."""

    _task = "classification"

    def _after_fit(self, targets: Columns) -> None:
        """`classes_` sorted and as they stood in y, as in scikit-learn; the task knows the label of each."""
        state = self.run_.bundle.targets[0]["state"]
        if len(targets) > 1:
            self.classes_, self._labels = np.asarray(state["labels"]), list(state["labels"])
            return
        ((name, y),) = targets.items()
        self.classes_ = np.unique(y)
        codes = plugins.part("tasks", self._task, "target").reread({name: self.classes_.astype(object)}, state)
        self._labels = [state["labels"][code] for code in codes]

    def predict(self, X: Any) -> Array:
        """The classes [rows] as they stood in y; for labels a 0/1 matrix [rows, labels]."""
        value = self._answer(X)["value"]
        if self.run_.bundle.targets[0]["task"] == "multilabel":
            return np.asarray([[label in labels for label in self._labels] for labels in value], np.int64)
        codes = {label: code for code, label in enumerate(self._labels)}
        return np.asarray(self.classes_[[codes[label] for label in value]])

    def predict_proba(self, X: Any) -> Array:
        """Probabilities [rows, classes], in the order of `classes_`."""
        probability = self._answer(X)["probability"]
        return np.stack([probability[label] for label in self._labels], axis=1)


class ModelyardRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Regression."""

    _task = "regression"

    def predict(self, X: Any) -> Array:
        """The expected numbers [rows]."""
        return np.asarray(self._answer(X)["value"])

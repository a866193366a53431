"""A curve is measured by the product's own stages, point by point, and found again."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from modelyard.core.errors import DataError, ProjectError
from modelyard.core.project import load
from modelyard.core.protocols import Doubles
from modelyard.data.dataset import TEST, TRAIN
from modelyard.plan import measured, point, study
from modelyard.plan.measured import FOLDER
from modelyard.plan.point import subset
from modelyard.plan.study import Request, Study, cost, learnable_rows, measure

METHOD = {"method": "naive", "folds": 1, "threads": 1}


def write(folder: Path, frame: pd.DataFrame, predict: Any, **settings: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "rows.csv", index=False)
    written = {"data": "rows.csv", "predict": predict, "train": METHOD, **settings}
    (folder / "modelyard.yaml").write_text(json.dumps(written), "utf-8")
    return folder


@pytest.fixture(scope="module")
def cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """569 rows: too few for test rows of their own."""
    frame = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 2, -1]]
    return write(tmp_path_factory.mktemp("癌症"), frame, {"column": "target", "task": "classification"})


@pytest.fixture
def one(cancer: Path) -> Study:
    return study.study(Request(load(cancer), anchors=6, seeds=1))


def test_what_is_settled_before_anything_is_measured(one: Study) -> None:
    assert one.shared.own_test
    assert one.shared.share == 1.0
    assert one.shared.method == "naive"
    assert one.because == "only"
    assert one.shared.folds == (1, 1)
    assert len(one.anchors) == 6
    assert one.anchors[-1] == len(one.rows) == one.shared.rows
    assert not np.isin(one.rows, np.flatnonzero(one.dataset.parts == TEST)).any()
    price = cost(one)
    assert (price.points, price.there, price.measured) == (6, 0, False)
    assert price.seconds > 0


def test_points_are_kept_and_found_again(cancer: Path, one: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(one)
    assert [each.size for each in found.points] == list(one.anchors)
    assert {each.test for each in found.points} == {one.dataset.test_fingerprint}
    assert {each.data for each in found.points} == {one.shared.data}
    first = found.points[0]
    assert next(iter(first.metrics["target"])) == "roc_auc"
    assert first.metrics["target"]["roc_auc"] == 0.5
    assert "recall[1]" in first.metrics["target"]
    assert first.naive == first.metrics
    folder = measured.folder_of(cancer / ".modelyard", one.shared)
    (folder / f"{one.anchors[2]}-0.json").unlink()  # as if it had been killed then
    made: list[int] = []
    kept = study.make

    def counted(work: Any, dataset: Any, rows: Any, seed: int) -> Any:
        made.append(len(rows))
        return kept(work, dataset, rows, seed)

    monkeypatch.setattr(study, "make", counted)
    assert cost(one).there == 5
    again = measure(one)
    assert made == [one.anchors[2]]
    assert [(each.size, each.metrics) for each in again.points] == [(each.size, each.metrics) for each in found.points]
    assert cost(one).seconds == 0
    more = replace(one, anchors=(one.anchors[0] - 5, *one.anchors))
    measure(more)
    assert made == [one.anchors[2], one.anchors[0] - 5]
    counts = [len(list(path.iterdir())) for path in (cancer / ".modelyard" / "tests").iterdir()]
    assert counts == [7]


def test_a_metric_that_a_goal_wants_later_is_measured_then(cancer: Path, one: Study) -> None:
    measure(one)
    wider = replace(one, work=replace(one.work, wanted={"target": ("lift@30%",)}))
    assert wider.found() == {}


def test_everything_is_learnt_from_the_subset_alone(cancer: Path, one: Study) -> None:
    rows = one.rows[:60]
    small = subset(one.dataset, rows)
    name = small.inputs[0].name
    assert len(small.parts) == 60 + one.shared.test_rows
    assert (small.parts == TEST).sum() == one.shared.test_rows
    assert small.states[name] != one.dataset.states[name]
    assert small.fingerprint != one.dataset.fingerprint
    assert small.test_fingerprint == one.dataset.test_fingerprint
    far = one.dataset.values[name].copy()
    far[np.setdiff1d(np.arange(len(far)), rows)] = 1e9  # rows outside of the subset say nothing, test rows included
    moved = subset(replace(one.dataset, values={**one.dataset.values, name: far}), rows)
    assert moved.states == small.states
    learnt = small.parts == TRAIN
    weights: Doubles = small.weights
    assert weights[learnt].mean() == pytest.approx(1)


def test_a_whole_subset_is_the_dataset(one: Study) -> None:
    whole = subset(one.dataset, learnable_rows(one.dataset))
    assert whole.states == one.dataset.states
    assert whole.parts.tolist() == one.dataset.parts.tolist()


def test_numbers_are_predicted_too(tmp_path: Path) -> None:
    folder = write(tmp_path / "糖尿病", load_diabetes(as_frame=True).frame.iloc[:, [2, 3, -1]], "target")
    one = study.study(Request(load(folder), anchors=6, seeds=1))
    outcome = point.make(one.work, one.dataset, one.rows[:80], 3)
    assert next(iter(outcome.metrics["target"])) == "rmse"
    assert outcome.chosen == {"target": "naive"}
    assert outcome.naive["target"]["rmse"] == outcome.metrics["target"]["rmse"]


def test_groups_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, -1]].assign(ward=np.arange(569) // 9)
    settings: dict[str, Any] = {"columns": {"ward": {"role": "group"}}}
    one = study.study(Request(load(write(tmp_path / "组", frame, "target", **settings)), anchors=6, seeds=1))
    units = one.dataset.units
    taken: list[Any] = []

    def caught(work: Any, dataset: Any, rows: Any, seed: int) -> point.Outcome:
        taken.append(rows)
        return point.Outcome({"target": {"roc_auc": 0.5}}, {"target": {}}, {"target": "naive"}, 0.1)

    monkeypatch.setattr(study, "make", caught)
    measure(one)
    for rows in taken:
        others = np.setdiff1d(one.rows, rows)
        assert not set(units[rows].tolist()) & set(units[others].tolist())
    assert all(set(small.tolist()) <= set(large.tolist()) for small, large in pairwise(taken))


def test_too_few_rows(tmp_path: Path) -> None:
    frame = load_breast_cancer(as_frame=True).frame.iloc[::6, [0, -1]]
    folder = write(tmp_path, frame, {"column": "target", "task": "classification"})
    with pytest.raises(DataError, match="subsets of different sizes"):
        study.study(Request(load(folder)))


def test_methods_that_there_are_not(cancer: Path) -> None:
    with pytest.raises(ProjectError, match="naive"):
        study.study(Request(load(cancer), method="tree"))


def test_another_method_is_another_curve(cancer: Path, one: Study) -> None:
    other = study.study(Request(load(cancer), anchors=6, seeds=1, method="linear"))
    assert other.because == "asked"
    assert other.shared.identity != one.shared.identity
    assert other.shared.data == one.shared.data
    assert other.shared.test == one.shared.test


def test_damaged_points_are_measured_again(cancer: Path, one: Study) -> None:
    measure(one)
    (file,) = (cancer / ".modelyard" / FOLDER).glob(f"*/{one.anchors[0]}-0.json")
    for content in ("", "[]", '{"size": 1}'):
        file.write_text(content, "utf-8")
        assert (one.anchors[0], 0) not in one.found()


def test_texts_make_the_learner_one_that_tables_do_not_know(one: Study) -> None:
    shared = replace(one.shared, method="linear")
    assert shared.kind == "linear"
    assert replace(shared, texts=True).kind is None
    assert replace(shared, method="auto").kind is None
    assert replace(shared, texts=True).identity != shared.identity

"""Training as a stage: what it keeps, what it finds again, and what the clock may stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.errors import InstallError, ProjectError
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import from_values
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset
from modelyard.models import checkpoint
from modelyard.prepare.prepare import prepare
from modelyard.train.desk import Training
from modelyard.train.ladder import rungs
from modelyard.train.train import make_plan, train
from modelyard.train.trial import LEAST_WEIGHT


def table(rows: int = 300) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=rows)
    return {"x": x, "z": rng.normal(size=rows), "y": np.where(x + rng.normal(size=rows) > 0, "up", "down")}


@pytest.fixture
def training(tmp_path: Path) -> Training:
    return make_training(tmp_path, table())


def make_training(folder: Path, rows: dict[str, Any], predict: Any = "y", **options: Any) -> Training:
    settings = {"method": ["linear", "trees", "ensemble"], **options}
    if "trees" in settings["method"] and "trees" not in settings:
        settings["trees"] = {"rounds": 30}
    project = from_values({"data": {}, "predict": predict, "train": settings}, folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    prepare(project, folder / "data", rows)
    dataset = Dataset.load(folder / "data")
    return Training(project, dataset, dataset.fingerprint, 1, Store(folder / "store"), Silent(), Clock(60), {})


def trained(training: Training, folder: Path) -> checkpoint.Checkpoint:
    folder.mkdir()
    make_plan(training, folder)
    train(training, json.loads((folder / "plan.json").read_text("utf-8")), folder)
    return checkpoint.load("test", training.dataset, folder)


def test_every_rung_is_kept_and_the_choice_can_be_loaded(training: Training, tmp_path: Path) -> None:
    found = trained(training, tmp_path / "out")
    (target,) = found.targets
    assert {candidate.method for candidate in target.candidates} >= {"naive", "linear", "trees"}
    outputs = found.outputs({"x": np.array([3.0, -3.0]), "z": np.zeros(2)})["y"]["probability"]
    assert outputs[0, 1] > 0.8 and outputs[1, 1] < 0.2
    assert np.allclose(outputs.sum(axis=1), 1)


def test_the_same_training_leaves_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        trained(make_training(tmp_path / name, table()), tmp_path / f"out-{name}")
    files = [path.relative_to(tmp_path / "out-a") for path in (tmp_path / "out-a").rglob("*") if path.is_file()]
    same = [
        path for path in files if (tmp_path / "out-a" / path).read_bytes() == (tmp_path / "out-b" / path).read_bytes()
    ]
    assert {path.name for path in files} - {path.name for path in same} <= {"plan.json"}  # which holds measured rates


def test_finished_candidates_are_found_again(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(training, tmp_path / "one")
    made: list[str] = []
    entry = training.store.entry

    def spy(stage: str, parts: Any, make: Any) -> Any:
        found = entry(stage, parts, make)
        made.extend([] if found.hit else [parts["method"]])
        return found

    monkeypatch.setattr(training.store, "entry", spy)
    trained(training, tmp_path / "two")
    assert made == []


def test_the_clock_stops_what_runs_past_the_budget_and_leaves_a_usable_model(tmp_path: Path) -> None:
    endless = {"rounds": 100_000, "patience": 100_000, "total_leaves": 10**9}
    training = make_training(tmp_path, table(1500), method="trees", trees=endless)
    late = Training(**{**training.__dict__, "clock": Clock(1e-9)})
    folder = tmp_path / "out"
    folder.mkdir()
    steps = [
        {"method": name, "work": work, "wanted": work, "rate": None, "skipped": None}
        for name, work in (("naive", 1), ("trees", 100_000))
    ]
    plan = {"y": {"folds": 1, "repeats": 1, "steps": steps}}
    train(late, plan, folder)
    (target,) = checkpoint.load("late", late.dataset, folder).targets
    assert target.chosen.method == "naive"
    assert late.clock.stopped == ["trees"]
    assert [step["method"] for step in target.ladder if "skipped" in step] == ["trees"]


def test_an_ensemble_leaves_out_members_that_it_gives_no_weight(tmp_path: Path) -> None:
    """The network learns nothing in one epoch at this rate: it is mixed in at no weight, and does not ship."""
    settings = {"method": ["linear", "trees", "network", "ensemble"], "folds": 2}
    options = {"trees": {"rounds": 200}, "network": {"epochs": 1, "learning_rate": 1e-9, "layers": 1}}
    found = trained(make_training(tmp_path, table(400), **settings, **options), tmp_path / "out")
    (target,) = found.targets
    (mixed,) = [step for step in target.ladder if step["method"] == "ensemble"]
    assert len(mixed["weights"]) == 2 and min(mixed["weights"]) >= LEAST_WEIGHT


def test_held_outputs_are_those_of_models_that_did_not_see_the_row(tmp_path: Path) -> None:
    """Every row's truth is noise: who has seen it knows it, who has not cannot."""
    rng = np.random.default_rng(0)
    rows = {"x": rng.normal(size=300), "z": rng.normal(size=300), "y": rng.choice(["up", "down"], 300)}
    settings = {"method": "trees", "folds": 3, "repeats": 2, "trees": {"min_data_in_leaf": 1, "patience": 1000}}
    found = trained(make_training(tmp_path, rows, **settings), tmp_path / "out")
    (target,) = found.targets
    assert (target.folds, target.repeats, len(target.candidates[-1].folders)) == (3, 2, 6)
    places, outputs = target.held("trees")
    assert places.tolist() == sorted(places.tolist()) and len(places) == 300
    up = found.dataset.y("y", places) == 1
    honest = np.where(up, outputs["probability"][:, 1], outputs["probability"][:, 0])
    assert np.log(honest).mean() < -0.65
    assert target.held()[1].keys() == outputs.keys()


def test_one_fold_holds_out_the_validation_rows(tmp_path: Path) -> None:
    training = make_training(tmp_path, table(1500), folds=1)
    found = trained(training, tmp_path / "out")
    places, outputs = found.held("y")
    assert places.tolist() == training.dataset.rows("valid").tolist()
    assert len(outputs["probability"]) == len(places)
    assert all(len(candidate.folders) == 1 for candidate in found.targets[0].candidates if not candidate.members)


def test_test_rows_are_never_held_out_for_choices(tmp_path: Path) -> None:
    training = make_training(tmp_path, table(1500))
    found = trained(training, tmp_path / "out")
    places, _ = found.held("y")
    tested = training.dataset.rows("test")
    assert not set(places.tolist()) & set(tested.tolist())
    assert len(places) == 1500 - len(tested)


def test_copies_of_a_row_are_held_out_together(tmp_path: Path) -> None:
    """Each row stands there four times: models that had seen its copies would know its random truth."""
    rng = np.random.default_rng(1)
    once = {"x": rng.normal(size=80), "z": rng.normal(size=80), "y": rng.choice(["up", "down"], 80)}
    rows = {name: np.tile(values, 4) for name, values in once.items()}
    settings = {"method": "trees", "trees": {"min_data_in_leaf": 1, "patience": 1000}}
    found = trained(make_training(tmp_path, rows, **settings), tmp_path / "out")
    places, outputs = found.targets[0].held("trees")
    up = found.dataset.y("y", places) == 1
    assert np.log(np.where(up, outputs["probability"][:, 1], outputs["probability"][:, 0])).mean() < -0.65


def test_a_weight_column_moves_what_is_learnt(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    rows = {"x": x, "y": np.where(x + rng.normal(size=400) > 0, "up", "down"), "w": np.ones(400)}
    rows["w"][rows["y"] == "up"] = 9.0
    project = from_values(
        {"data": {}, "predict": "y", "columns": {"w": {"role": "weight"}}, "train": {"method": "linear"}}, tmp_path
    )
    (tmp_path / "data").mkdir()
    prepare(project, tmp_path / "data", rows)
    dataset = Dataset.load(tmp_path / "data")
    training = Training(project, dataset, "", 1, Store(tmp_path / "store"), Silent(), Clock(60), {})
    found = trained(training, tmp_path / "out")
    outputs = found.outputs({"x": np.zeros(1)})["y"]["probability"]
    assert outputs[0, 1] > 0.8


def test_the_seed_deals_other_folds(tmp_path: Path) -> None:
    held = [
        trained(make_training(tmp_path / str(seed), table(), seed=seed), tmp_path / f"out-{seed}").held("y")[1]
        for seed in (0, 1)
    ]
    assert not np.array_equal(held[0]["probability"], held[1]["probability"])


def test_missing_targets_are_left_out_per_target(tmp_path: Path) -> None:
    rows = table()
    noise = np.random.default_rng(4).normal(size=300)
    rows["n"] = np.where(np.arange(300) % 3 == 0, np.nan, rows["x"] * 2 + noise / 2)
    found = trained(make_training(tmp_path, rows, ["y", "n"]), tmp_path / "out")
    value = found.outputs({"x": np.array([1.0]), "z": np.zeros(1)})["n"]["value"]
    assert abs(value[0, 0] - 2) < 0.7
    assert [target.task for target in found.targets] == ["classification", "regression"]


def test_a_plan_of_a_richer_install_is_refused_with_what_to_install(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_plan(training, tmp_path)
    plan = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    poorer = make_training(tmp_path / "poorer", table(), method="auto")
    granted = {"work": 1, "wanted": 1, "rate": None, "skipped": None}
    plan["y"]["steps"] = [{"method": rung.method, **granted} for rung in rungs(poorer.project)]
    monkeypatch.setattr(plugins, "missing", lambda modules: tuple(name for name in modules if name == "torch"))
    with pytest.raises(InstallError, match=r"modelyard\[train\]"):
        train(poorer, plan, tmp_path)


def test_a_hold_out_is_not_repeated_where_reports_rest_on_folds(tmp_path: Path) -> None:
    """One fold of all rows would be judged on the rows it learnt from."""
    training = make_training(tmp_path, table(), method="linear")
    steps = [{"method": name, "work": 1, "wanted": 1, "rate": None, "skipped": None} for name in ("naive", "linear")]
    with pytest.raises(ProjectError, match=r"folds: 1(.|\n)*2 or more folds"):
        train(training, {"y": {"folds": 1, "repeats": 1, "steps": steps}}, tmp_path / "out")


def test_other_folds_are_other_candidates(tmp_path: Path) -> None:
    """Twice five folds and ten are as many models, but not the same ones."""
    found = []
    for folds, repeats in ((5, 2), (10, 1)):
        training = make_training(tmp_path, table(1500), method="linear", folds=folds, repeats=repeats)
        found.append(trained(training, tmp_path / f"out-{folds}").targets[0].held("linear")[1]["probability"])
    assert not np.array_equal(*found)


def test_a_plan_with_a_search_is_repeated_without_one_where_none_is_asked_for(tmp_path: Path) -> None:
    training = make_training(tmp_path, table(1500), method="trees", trees={"rounds": 10})
    steps = [{"method": name, "work": 5, "wanted": 5, "rate": 0.1, "skipped": None} for name in ("naive", "trees")]
    searches = [{"method": "trees", "trials": 3, "units": 100}]
    folder = tmp_path / "out"
    folder.mkdir()
    train(training, {"y": {"folds": 2, "repeats": 1, "steps": steps, "searches": searches}}, folder)
    (target,) = checkpoint.load("test", training.dataset, folder).targets
    assert [step["tried"] for step in target.ladder] == [0, 0]

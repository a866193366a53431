"""Search: proposals that repeat, judged on held-out rows, found again in the store, kept only where they pay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.errors import InstallError
from modelyard.core.messages import text
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import from_values
from modelyard.core.space import Choice, Range
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset
from modelyard.models import checkpoint
from modelyard.prepare.prepare import prepare
from modelyard.train.budget import Grant, Plan, Step
from modelyard.train.desk import Training
from modelyard.train.ladder import rungs, space_of
from modelyard.train.select import Trial, in_force
from modelyard.train.train import make_plan, train


def make_training(folder: Path, trees: dict[str, Any], trials: int, **more: Any) -> Training:
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 400))
    rows = {"x": x, "z": z, "y": np.where(x * z + 0.5 * rng.normal(size=400) > 0, "up", "down")}
    settings = {"method": "trees", "folds": 2, "trees": trees, "search": {"trials": trials}, **more}
    project = from_values({"data": {}, "predict": "y", "train": settings}, folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    prepare(project, folder / "data", rows)
    dataset = Dataset.load(folder / "data")
    return Training(project, dataset, dataset.fingerprint, 1, Store(folder / "store"), Silent(), Clock(600), {})


def run(training: Training, out: Path) -> checkpoint.TrainedTarget:
    out.mkdir()
    make_plan(training, out)
    train(training, json.loads((out / "plan.json").read_text("utf-8")), out)
    (target,) = checkpoint.load("found", training.dataset, out).targets
    return target


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> checkpoint.TrainedTarget:
    folder = tmp_path_factory.mktemp("search")
    return run(make_training(folder, {"rounds": 25}, 6), folder / "out")


def test_the_ladder_shows_what_search_gained_over_the_projects_own_options(found: checkpoint.TrainedTarget) -> None:
    naive, default, tuned = found.ladder
    assert (naive["method"], default["method"], tuned["method"]) == ("naive", "trees", "trees")
    assert (default["tried"], tuned["tried"], tuned["over"]) == (0, 6, "trees")
    assert tuned["gain"] == pytest.approx(default["loss"] - tuned["loss"])
    key, values = tuned["notes"][-1]
    assert "learning_rate: " in text(key, **values)


def test_what_was_found_takes_the_place_of_the_default_where_it_is_better_beyond_noise(tmp_path: Path) -> None:
    training = make_training(tmp_path, {"rounds": 25}, 8)
    object.__setattr__(training.project.train.trees, "num_leaves", 2)  # a default that cannot learn a product
    target = run(training, tmp_path / "out")
    default, tuned = target.ladder[-2:]
    assert tuned["beats"] and not default["beats"]
    assert [candidate.method for candidate in target.candidates] == ["naive", "trees"]
    assert target.chosen.method == "trees"
    assert target.held()[1]["probability"].max() > 0.8


def test_what_is_no_better_beyond_noise_is_left() -> None:
    trials = [trial("trees", 0.5), trial("trees", 0.4999, over=trial("trees", 0.5)), trial("linear", 0.6)]
    assert in_force(trials, 0) == [trials[0], trials[2]]
    better = trial("trees", 0.1, over=trials[0])
    assert in_force([*trials, better], 0) == [better, trials[2]]


def trial(method: str, loss: float, over: Trial | None = None) -> Trial:
    losses = loss + np.random.default_rng(len(method) + round(1e4 * loss)).normal(size=200) * 0.05
    return Trial(checkpoint.Candidate(method, (), "raw"), losses, {}, losses, {}, {}, 1, over)


def test_the_same_seed_proposes_the_same(found: checkpoint.TrainedTarget, tmp_path: Path) -> None:
    again = run(make_training(tmp_path, {"rounds": 25}, 6), tmp_path / "out")
    assert again.ladder == found.ladder


def test_an_interrupted_search_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = make_training(tmp_path, {"rounds": 10}, 5)
    made: list[str] = []
    entry = training.store.entry

    def breaking(stage: str, parts: Any, make: Any) -> Any:
        if len(made) == 4:
            raise KeyboardInterrupt
        found = entry(stage, parts, make)
        made.extend([] if found.hit else [found.key])
        return found

    monkeypatch.setattr(training.store, "entry", breaking)
    with pytest.raises(KeyboardInterrupt):
        run(training, tmp_path / "one")
    before = list(made)
    made.clear()
    monkeypatch.setattr(training.store, "entry", lambda *args: _counted(entry, made, *args))
    target = run(training, tmp_path / "two")
    assert len(made) == 7 - len(before)  # naive, trees and five configurations in all
    assert target.ladder[-1]["tried"] == 5


def _counted(entry: Any, made: list[str], *args: Any) -> Any:
    found = entry(*args)
    made.extend([] if found.hit else [found.key])
    return found


def test_what_the_project_settles_is_not_searched(tmp_path: Path) -> None:
    project = from_values({"data": {}, "predict": "y", "train": {"trees": {"num_leaves": 7}}}, tmp_path)
    names = {rung.method: {one.name for one in space_of(rung)} for rung in rungs(project)}
    assert "num_leaves" not in names["trees"] and "learning_rate" in names["trees"]
    assert names["naive"] == names["ensemble"] == set()


@pytest.mark.parametrize("method", [name for name in plugins.names("methods")])
def test_spaces_are_inside_what_the_options_take(method: str) -> None:
    module = plugins.part("methods", method, "options")
    for one in getattr(module, "SPACE", ()):
        values = one.values if isinstance(one, Choice) else (one.low, one.high)
        for value in values:
            assert getattr(module.Options(**{one.name: value}), one.name) == value
        assert not isinstance(one, Range) or 0 <= one.low < one.high


def test_units_that_are_spent_end_the_search(tmp_path: Path) -> None:
    training = make_training(tmp_path, {"rounds": 10}, 12)
    target = run(training, tmp_path / "all")
    assert target.ladder[-1]["tried"] == 12
    granted = json.loads((tmp_path / "all" / "plan.json").read_text("utf-8"))
    granted["y"]["searches"] = [{"method": "trees", "trials": 12, "units": 15}]
    (tmp_path / "few").mkdir()
    train(training, granted, tmp_path / "few")
    (few,) = checkpoint.load("few", training.dataset, tmp_path / "few").targets
    assert 1 <= few.ladder[-1]["tried"] <= 5


def test_search_needs_optuna_and_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = make_training(tmp_path, {}, 2)
    monkeypatch.setattr(plugins, "missing", lambda modules: tuple(name for name in modules if name == "optuna"))
    with pytest.raises(InstallError, match=r"modelyard\[search\]"):
        make_plan(training, tmp_path)


def test_searches_survive_json() -> None:
    found = Plan(2, 1, (Step("trees", 8, 8, 0.1),), (Grant("trees", 4, 64),))
    assert Plan.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found.seconds == pytest.approx(2 * (0.8 + 6.4))

"""A candidate that is half trained when the run ends is gone on with by the next run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from modelyard.core.progress import Clock, Silent
from modelyard.core.project import from_values
from modelyard.core.store import Store, list_files
from modelyard.data.dataset import Dataset
from modelyard.prepare.prepare import prepare
from modelyard.train.desk import Training
from modelyard.train.train import make_plan, train

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


class Looked(Silent):
    """A screen that remembers the network's epochs; ends the run at one of them."""

    def __init__(self, at: int = 0) -> None:
        self.epochs: list[int] = []
        self.at = at

    def advance(self, done: int, total: int, values: dict[str, float]) -> None:
        if "learning_rate" in values:
            self.epochs.append(done)
            if done == self.at:
                raise KeyboardInterrupt


class Stopped(Clock):
    """A clock that is up from an epoch of the network on."""

    def __init__(self, screen: Looked, at: int) -> None:
        super().__init__(600)
        self.screen, self.at = screen, at

    @property
    def up(self) -> bool:
        return self.at in self.screen.epochs


@pytest.fixture(autouse=True)
def _always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelyard.models.halfway.EVERY", 0.0)
    monkeypatch.setattr("modelyard.models.halfway.SHARE", 1e12)
    monkeypatch.setattr("modelyard.models.halfway.sync", lambda path: None)


def make_training(folder: Path, screen: Silent, clock: Clock) -> Training:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    rows = {"x": x, "y": np.where(x + rng.normal(size=200) > 0, "up", "down")}
    network = {"epochs": 4, "widths": 8, "members": 1, "bins": 0, "batch_size": 64}
    settings = {"method": "network", "network": network, "folds": 2, "repeats": 1}
    project = from_values({"data": {}, "predict": "y", "train": settings}, folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    prepare(project, folder / "data", rows)
    dataset = Dataset.load(folder / "data")
    return Training(project, dataset, dataset.fingerprint, 1, Store(folder / "store"), screen, clock, {})


def trained(training: Training, out: Path) -> None:
    out.mkdir()
    make_plan(training, out)
    train(training, json.loads((out / "plan.json").read_text("utf-8")), out)


def candidate_of(folder: Path) -> dict[str, str]:
    """The files of the network's entry, with what is in them."""
    entries = [entry for entry in (folder / "store").glob("candidate-*") if list(entry.rglob("network.json"))]
    assert len(entries) == 1
    return list_files(entries[0])


@pytest.mark.parametrize("by", ["interrupt", "clock"])
def test_the_next_run_goes_on_and_ends_with_the_same_bytes(by: str, tmp_path: Path) -> None:
    whole = Looked()
    trained(make_training(tmp_path / "whole", whole, Clock(600)), tmp_path / "whole" / "out")
    cut, folder = Looked(at=3 * (by == "interrupt")), tmp_path / "cut"
    clock = Stopped(cut, 3) if by == "clock" else Clock(600)
    try:
        trained(make_training(folder, cut, clock), folder / "out")
    except KeyboardInterrupt:
        assert by == "interrupt"
    assert list((folder / "store").glob("half-candidate-*"))
    again = Looked()
    trained(make_training(folder, again, Clock(600)), folder / "again")
    assert candidate_of(folder) == candidate_of(tmp_path / "whole")
    assert whole.epochs == [1, 2, 3, 4]
    assert again.epochs == ([3, 4] if by == "interrupt" else [4])
    assert not list((folder / "store").glob("half-*"))

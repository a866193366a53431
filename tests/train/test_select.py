"""The choice: the lowest proper score on rows that nothing of a candidate saw; each step of the ladder beyond noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from modelyard.models.checkpoint import Candidate
from modelyard.train.select import Trial, choose, climb, compare


def trial(method: str, losses: np.ndarray, members: tuple[Candidate, ...] = ()) -> Trial:
    return Trial(Candidate(method, (Path(method),), "raw", members), losses, {}, losses, {}, {"curves": []}, 1)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).gamma(2.0, 0.2, 400)


def test_the_lowest_loss_is_chosen(noise: np.ndarray) -> None:
    trials = [trial("naive", noise + 1), trial("linear", noise), trial("trees", noise + 0.1)]
    assert choose(trials).candidate.method == "linear"


def test_an_ensemble_is_judged_like_the_others(noise: np.ndarray) -> None:
    one, other = trial("linear", noise), trial("trees", noise + 0.01)
    members = (one.candidate, other.candidate)
    assert choose([one, other, trial("ensemble", noise + 0.001, members)]) is one
    assert choose([one, other, trial("ensemble", noise - 0.001, members)]).candidate.method == "ensemble"


def test_a_real_gain_beats_and_a_shuffle_does_not(noise: np.ndarray) -> None:
    assert compare(trial("a", noise), trial("b", noise - 0.05), 0)["beats"]
    compared = compare(trial("a", noise), trial("b", np.random.default_rng(2).permutation(noise)), 0)
    assert not compared["beats"] and compared["low"] < 0 < compared["high"]


def test_one_row_decides_nothing_and_stays_json() -> None:
    compared = compare(trial("a", np.array([1.0])), trial("b", np.array([0.5])), 0)
    assert compared["beats"] is False and compared["low"] is None
    assert "NaN" not in json.dumps(compared)


def test_each_step_is_compared_with_the_best_below_it(noise: np.ndarray) -> None:
    steps = climb(
        [trial("naive", noise + 1), trial("linear", noise), trial("trees", noise + 0.2), trial("network", noise - 0.2)],
        0,
    )
    assert [step["over"] for step in steps] == [None, "naive", "linear", "linear"]
    assert [step["beats"] for step in steps] == [None, True, False, True]
    assert steps[2]["high"] < 0


def test_the_same_seed_gives_the_same_intervals(noise: np.ndarray) -> None:
    one, other = trial("a", noise), trial("b", noise[::-1].copy())
    assert compare(one, other, 3) == compare(one, other, 3)


def test_what_cannot_ship_is_measured_and_never_chosen(noise: np.ndarray) -> None:
    tried = [
        trial("naive", noise + 1),
        trial("linear", noise),
        trial("prompt", noise - 0.3),
        trial("trees", noise - 0.1),
    ]
    assert choose(tried).candidate.method == "trees"
    assert choose(tried[:1] + tried[2:3]).candidate.method == "naive"
    steps = climb(tried, 0)
    assert [step["over"] for step in steps] == [None, "naive", "linear", "linear"]
    assert [step["beats"] for step in steps] == [None, True, True, True]

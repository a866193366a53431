"""Two models on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import plugins
from modelyard.core.protocols import Metric, Outputs
from modelyard.measure.paired import differences, net_share

STATE = {"labels": ["good", "bad"], "positive": 1}


def metric(name: str) -> Metric:
    found: Metric = plugins.part("tasks", "classification", "metrics").metric(name, STATE)
    return found


def outputs(positive: np.ndarray) -> Outputs:
    return {"probability": np.stack([1 - positive, positive], axis=1).astype(np.float32)}


def test_a_model_differs_from_itself_by_nothing() -> None:
    draws = np.random.default_rng(0)
    y, said = draws.integers(0, 2, 60), outputs(draws.random(60))
    names = ("roc_auc", "accuracy", "log_loss", "ece")
    found = differences([(metric(name), metric(name)) for name in names], (said, y), (said, y))
    assert all((one.value, one.low, one.high) == (0, 0, 0) for one in found)


def test_the_difference_is_that_of_the_metrics_and_turns_with_the_sides() -> None:
    draws = np.random.default_rng(1)
    y = draws.integers(0, 2, 300)
    weak, strong = (
        outputs(np.clip(0.5 + share * (y - 0.5) + draws.normal(0, 0.2, 300), 0.01, 0.99)) for share in (0.1, 0.6)
    )
    names = ("roc_auc", "log_loss")
    pairs = [(metric(name), metric(name)) for name in names]
    forth, back = differences(pairs, (weak, y), (strong, y)), differences(pairs, (strong, y), (weak, y))
    for name, one, other in zip(names, forth, back, strict=True):
        assert one.value == pytest.approx(metric(name).compute(strong, y, None) - metric(name).compute(weak, y, None))
        assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-9)
        assert one.low <= one.value <= one.high and not one.low <= 0 <= one.high


def test_the_same_rows_tell_more_than_two_separate_samples_would() -> None:
    draws = np.random.default_rng(2)
    y = draws.integers(0, 2, 400)
    base = 0.5 + 0.3 * (y - 0.5) + draws.normal(0, 0.3, 400)
    near = outputs(np.clip(base + 0.01, 0.01, 0.99)), outputs(np.clip(base, 0.01, 0.99))
    (paired,) = differences([(metric("roc_auc"), metric("roc_auc"))], (near[0], y), (near[1], y))
    assert paired.high - paired.low < 0.01


def test_one_class_alone_is_not_defined() -> None:
    y, said = np.zeros(9, int), outputs(np.full(9, 0.3))
    (found,) = differences([(metric("roc_auc"), metric("roc_auc"))], (said, y), (said, y))
    assert np.isnan([found.low, found.high]).all()


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 1000))
@settings(max_examples=80, derandomize=True)
def test_the_net_share_lies_in_its_interval_and_turns_with_the_sides(fixed: int, broken: int, same: int) -> None:
    rows = fixed + broken + same
    forth, back = net_share(fixed, broken, rows), net_share(broken, fixed, rows)
    if not rows:
        assert np.isnan(forth.value)
        return
    assert -1 <= forth.low <= forth.value <= forth.high <= 1
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))


@pytest.mark.parametrize(("fixed", "broken", "sure"), [(30, 8, True), (12, 10, False), (0, 0, False), (9, 1, True)])
def test_it_agrees_with_mcnemars_test(fixed: int, broken: int, sure: bool) -> None:
    found = net_share(fixed, broken, 500)
    assert (not found.low <= 0 <= found.high) == sure
    wider = net_share(fixed, broken, 500, confidence=0.999)
    assert wider.high - wider.low > found.high - found.low

"""The parts that a target's numbers are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.evaluate import target
from modelyard.evaluate.target import Scored, scored


@pytest.fixture
def data(bundle: Any, table: Any) -> Scored:
    return scored(bundle.targets[0], table, bundle.outputs(table)["risk"], 0.95, 0)


def test_rows_are_put_beside_their_truth(bundle: Any, table: Any) -> None:
    table["risk"][[0, 5]] = None
    one = scored(bundle.targets[0], table, bundle.outputs(table)["risk"], 0.95, 0)
    assert len(one.y) == len(one.rows) == len(one.outputs["probability"]) == 598
    assert one.rows[0] == 1
    assert set(np.unique(one.y)) == {0, 1}


def test_metrics_about_one_class_are_not_headlines(data: Scored) -> None:
    assert "roc_auc" in data.metrics and not any("[" in name for name in data.metrics)
    assert data.has("recall[class]") and not data.has("rmse")


def test_some_rows(data: Scored) -> None:
    half = data.at(np.arange(len(data.y)) < 300)
    assert len(half.y) == 300
    assert half.value("accuracy") == pytest.approx((half.outputs["probability"].argmax(axis=1) == half.y).mean())
    assert half.entry is data.entry


def test_a_rate_rests_on_the_rows_it_is_a_share_of(data: Scored) -> None:
    assert data.number("recall[bad]").n == int((data.y == 1).sum())
    assert data.number("accuracy").n == len(data.y)
    assert data.number("roc_auc").n == len(data.y)


def test_losses_are_of_the_bundle_or_of_given_outputs(data: Scored, stand: Any) -> None:
    level = data.losses(stand.two_class(np.zeros(len(data.y))))
    assert level == pytest.approx(np.log(2))
    assert data.losses().mean() < level.mean()


def test_confusion_counts_agree_with_the_class_scores(data: Scored) -> None:
    table = target.confusion(data)
    classes = target.classes(data)
    assert table is not None
    counts = np.asarray(table.counts)
    assert [item.recall.value for item in classes] == pytest.approx((np.diag(counts) / counts.sum(axis=1)).tolist())
    assert [item.precision.value for item in classes] == pytest.approx((np.diag(counts) / counts.sum(axis=0)).tolist())
    assert [item.rows for item in classes] == counts.sum(axis=1).tolist()


def test_reliability_bins_are_calibrated_for_a_bundle_that_knows(stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(6_000)
    keep = table["group"] != "b"
    table = {name: values[keep] for name, values in table.items()}
    bundle = stand.risk_bundle(tmp_path / "b")
    one = scored(bundle.targets[0], table, bundle.outputs(table)["risk"], 0.95, 0)
    found = target.reliability(one, target.scores(one))
    assert found is not None
    inside = [item.came.low <= item.said <= item.came.high for item in found.bins]
    assert sum(inside) >= len(inside) - 2
    assert found.ece == next(score.number for score in target.scores(one) if score.metric == "ece")


def test_certain_answers(data: Scored) -> None:
    found = target.conformal(data)
    assert found is not None and found.width is None
    probability = data.outputs["probability"]
    certain = probability.min(axis=1) < np.float32(0.3)
    assert found.certain.value == pytest.approx(certain.mean())
    right = probability.argmax(axis=1) == data.y
    assert found.accuracy.value == pytest.approx(right[certain].mean())
    assert found.otherwise.value == pytest.approx(right[~certain].mean())
    assert found.coverage.value >= right.mean()


def test_no_promise_no_section(stand: Any, bundle: Any, table: Any) -> None:
    entry = stand.entry_of("risk", "classification", bundle.targets[0]["state"])
    assert target.conformal(scored(entry, table, bundle.outputs(table)["risk"], 0.95, 0)) is None


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_never_or_always_certain(stand: Any, bundle: Any, table: Any, threshold: float) -> None:
    entry = stand.entry_of("risk", "classification", bundle.targets[0]["state"], conformal=threshold)
    found = target.conformal(scored(entry, table, bundle.outputs(table)["risk"], 0.95, 0))
    assert found is not None and found.certain.value == threshold
    assert (found.accuracy if threshold == 0 else found.otherwise).value is None


def test_baselines_without_any_or_without_rows(data: Scored, stand: Any) -> None:
    assert target.baselines(data, {}) == ()
    assert target.baselines(data.at(np.zeros(len(data.y), bool)), {"naive": stand.two_class(np.zeros(600))}) == ()


def test_a_method_that_is_not_installed_keeps_its_name() -> None:
    assert target.title("somebody_elses") == "somebody_elses"
    assert target.title("naive") != "naive"


def test_ladders_of_several_forms() -> None:
    steps = target.ladder(
        [
            {"method": "naive", "loss": 0.5, "extra": 1},
            {"method": "mine", "title": "Mine", "skipped": None, "notes": [("report.no_rows", {}), "said"]},
            {"method": "naive", "skipped": "no time"},
        ]
    )
    assert [step.skipped for step in steps] == ["", "", "no time"]
    assert steps[1].notes[1] == "said" and "known target" in steps[1].notes[0]
    assert steps[0].curves == () and steps[0].work == 0
    assert target.ladder([]) == ()


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_shares_lie_inside_their_interval(hits: list[bool]) -> None:
    data = Scored({"state": {}}, np.zeros(0), np.zeros(0), {}, 0.95, 0)
    share = data.share(np.asarray(hits, bool))
    assert share.n == len(hits)
    if hits:
        assert share.low <= share.value == sum(hits) / len(hits) <= share.high
    else:
        assert share.value is None

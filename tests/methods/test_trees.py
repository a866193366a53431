"""Gradient-boosted trees: growth, checkpoint and their ONNX twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.fragments import trees as fragment
from modelyard.methods.trees.options import Options, work
from modelyard.models import boosting, forest, targets
from modelyard.models.pace import Unwatched

CODES = 40


def table(rows: int = 600, seed: int = 0) -> tuple[Any, Any]:
    """Two numbers, one with gaps, and codes that matter; classes."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3)).astype(np.float32)
    x[random.random(rows) < 0.3, 1] = np.nan
    x[:, 2] = random.integers(0, CODES, rows)
    signal = x[:, 0] + np.where(np.isnan(x[:, 1]), 1.0, 0.0) + 2.0 * (x[:, 2] % 3 == 0) + random.normal(size=rows)
    return x, (signal > 1.2).astype(np.int64)


@pytest.fixture
def problem(make_problem: Any) -> Any:
    return make_problem("classification", *table(), *table(300, 1), codes=(2,))


# -------------------------------------------------------------------- growth
def test_early_stopping_keeps_the_best_round(problem: Any, learn: Any, tmp_path: Path) -> None:
    report = learn("trees", problem, patience=5, learning_rate=0.3)
    losses = [point["valid_loss"] for point in report["curves"]]
    assert report["best"] == losses.index(min(losses)) + 1
    assert report["done"] == report["best"] + 5 < 2000
    assert report["rounds"] == [report["best"]]
    assert report["notes"] == [("methods.stopped_patience", {"done": report["done"], "best": report["best"]})]
    assert (tmp_path / "model/forest-0.txt").read_text("utf-8").count("Tree=") == report["best"]


def test_work_limits_the_rounds(problem: Any, learn: Any) -> None:
    report = learn("trees", problem, work=4)
    assert report["done"] == report["best"] == 4
    assert report["notes"] == []


def test_patience_that_runs_out_with_the_work_is_no_early_stop(problem: Any, learn: Any) -> None:
    report = learn("trees", problem, patience=5, learning_rate=0.3)
    again = learn("trees", problem, patience=5, learning_rate=0.3, work=report["done"])
    assert again["notes"] == [] and again["best"] == report["best"]


def test_the_watch_stops_it(problem: Any, learn: Any, scores: Any) -> None:
    class Impatient:
        def step(self, done: int, total: int, **values: float) -> bool:
            assert total == 1600 and values["valid_loss"] > 0
            return done < 3

    report = learn("trees", problem, watch=Impatient())
    assert report["done"] == 3
    assert report["notes"][0][0] == "methods.stopped_watch"
    assert np.isfinite(scores("trees", problem.x)).all()


def test_never_worse_than_the_prior(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = table()
    report = learn("trees", make_problem("classification", x, y, x, 1 - y), patience=3)
    assert report["best"] == 0 and report["rounds"] == [0]
    assert ("methods.nothing_learnt", {}) in report["notes"]
    assert np.ptp(scores("trees", x)) == 0


def test_labels_grow_side_by_side_and_stop_by_themselves(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = table()
    x_valid, y_valid = table(300, 1)
    noise = np.random.default_rng(0)
    labels = np.c_[y, noise.integers(0, 2, len(y)), np.ones(len(y))]
    labels_valid = np.c_[y_valid, noise.integers(0, 2, 300), np.ones(300)]
    report = learn("trees", make_problem("multilabel", x, labels, x_valid, labels_valid), patience=10)
    signal, nothing = report["rounds"]
    assert signal > nothing
    assert np.ptp(scores("trees", x), axis=0)[2] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 3},
        {"patience": 1},
        {"learning_rate": 0.2},
        {"num_leaves": 3},
        {"total_leaves": 60},
        {"max_depth": 2},
        {"min_data_in_leaf": 60},
        {"subsample": 0.5},
        {"feature_fraction": 0.4},
        {"extra_trees": True},
        {"lambda_l1": 3.0},
        {"lambda_l2": 30.0},
        {"path_smooth": 5.0},
        {"min_gain_to_split": 5.0},
        {"max_cat_to_onehot": 4},
        {"cat_smooth": 200.0},
        {"target_statistics": 10},
        {"max_bin": 8},
    ],
    ids=str,
)
def test_every_option_matters(problem: Any, learn: Any, scores: Any, change: dict[str, Any]) -> None:
    base = {"rounds": 12, "learning_rate": 0.3}
    if "patience" in change:  # it matters where the loss does not fall every time
        base |= {"rounds": 40, "num_leaves": 3}
    if "cat_smooth" in change:  # it smooths sets of levels
        base |= {"max_cat_to_onehot": 4}
    learn("trees", problem, **base)
    learn("trees", problem, name="changed", **{**base, **change})
    assert not np.array_equal(scores("trees", problem.x), scores("trees", problem.x, "changed"))


def test_every_option_was_changed_above() -> None:
    changed = {name for case in test_every_option_matters.pytestmark[0].args[1] for name in case}  # type: ignore[attr-defined]
    assert changed == set(Options.model_fields)


@pytest.mark.parametrize(
    "wrong", [{"rounds": 0}, {"learning_rate": 0}, {"subsample": 1.5}, {"num_leaves": 1}, {"n_estimators": 5}], ids=str
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_leaves_may_be_smaller_when_rows_are_few(make_problem: Any, learn: Any, scores: Any) -> None:
    x = np.arange(12.0)[:, None]
    y = (np.arange(12) > 5).astype(np.int64)
    learn("trees", make_problem("classification", x, y), work=60)
    assert ((scores("trees", x)[:, 0] > 0) == y).all()


def test_two_threads_write_down_two_threads_only_when_they_pay(make_problem: Any) -> None:
    small = make_problem("classification", np.zeros((10, 2)), np.arange(10) % 2, threads=8)
    large = make_problem("classification", np.zeros((8_000_000, 2), np.float32), np.zeros(8_000_000, int), threads=8)
    assert boosting._threads(small) == 1
    assert boosting._threads(large) == 4


def test_probe_counts_every_label(make_problem: Any) -> None:
    x, y = table()
    assert boosting.probe(make_problem("multilabel", x, np.c_[y, 1 - y]), Options()) > 0


@pytest.mark.parametrize(("labels", "folds", "rounds"), [(1, 1, 12), (1, 2, 12), (2, 2, 12)])
def test_leaves_are_counted_in_each_fold_and_part(
    make_problem: Any, tmp_path: Path, labels: int, folds: int, rounds: int
) -> None:
    x, y = table()
    problem = make_problem("multilabel", x, np.stack([y, 1 - y], axis=1)[:, :labels], codes=(2,))
    folders = [tmp_path / str(number) for number in range(folds)]
    for folder in folders:
        folder.mkdir()
    options = Options(total_leaves=120, num_leaves=10)
    report = boosting.fit([problem] * folds, options, work(options), folders, Unwatched())
    assert report["done"] == rounds
    assert [key for key, _ in report["notes"]] == ["methods.stopped_leaves"]
    for folder in folders:
        for grown in forest.read(folder).forests:
            assert sum(len(tree["leaf_value"].split()) for tree in fragment.trees(grown.text)) <= 120


def test_no_more_rounds_are_asked_for_than_leaves_allow() -> None:
    assert work(Options(rounds=50)) == 50
    assert work(Options(total_leaves=120, num_leaves=10)) == 12
    assert work(Options(total_leaves=5, num_leaves=10)) == 1


# ------------------------------------------------------------------- missing
def test_a_gap_where_training_had_none_counts_as_the_median(problem: Any, learn: Any, scores: Any) -> None:
    learn("trees", problem, work=30)
    row = problem.x[:1].copy()
    row[0, 0] = np.sort(problem.x[:, 0])[(len(problem.x) - 1) // 2]
    gap = row.copy()
    gap[0, 0] = np.nan
    assert_array_equal(scores("trees", gap), scores("trees", row))


def test_medians_of_numbers_at_the_limits_of_float32() -> None:
    x = np.array([[3.4e38, np.nan], [3.4e38, 1], [-3.4e38, 1], [3.4e38, 1]], np.float32)
    assert_array_equal(boosting._fill(x), np.array([3.4e38, np.nan], np.float32))


def test_a_gap_that_training_had_is_learnt(problem: Any, learn: Any, scores: Any) -> None:
    learn("trees", problem, work=60)
    row, gap = np.array([[0, 0, 1]], np.float32), np.array([[0, np.nan, 1]], np.float32)
    assert scores("trees", gap)[0, 0] > scores("trees", row)[0, 0]


# --------------------------------------------------------------------- export
def thresholds_of(folder: Path) -> Any:
    """Every threshold of the numbers, and the float32 values around each."""
    grown = forest.read(folder).forests[0]
    found = [
        (int(feature), float(threshold))
        for tree in fragment.trees(grown.text)
        for feature, threshold, kind in zip(
            tree["split_feature"].split(), tree["threshold"].split(), tree["decision_type"].split(), strict=True
        )
        if not int(kind) & fragment.CATEGORICAL
    ]
    return found


def test_values_exactly_at_thresholds(problem: Any, learn: Any, scores: Any, graph_scores: Any, tmp_path: Path) -> None:
    learn("trees", problem, work=40)
    rows = []
    for feature, threshold in thresholds_of(tmp_path / "model"):
        nearest = np.float32(threshold)
        for value in (nearest, np.nextafter(nearest, np.float32(9e9)), np.nextafter(nearest, np.float32(-9e9))):
            row = np.array([0.1, 0.2, 3.0], np.float32)
            row[feature] = value
            rows.append(row)
    assert len(rows) > 100
    assert_allclose(graph_scores("trees", rows, 1), scores("trees", rows), atol=1e-6)


def test_whole_numbers_fall_on_the_right_side(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    random = np.random.default_rng(0)
    x = random.integers(16_777_200, 16_777_216, (500, 2)).astype(np.float32)
    learn("trees", make_problem("regression", x, (x[:, 0] - 16_777_207) + x[:, 1] % 3), work=30)
    every = np.arange(16_777_190, 16_777_220, dtype=np.float32)
    grid = np.stack(np.meshgrid(every, every), axis=-1).reshape(-1, 2)
    assert_allclose(graph_scores("trees", grid, 1), scores("trees", grid), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, 1e-35, -1e-35, 0.0, -0.0])
def test_odd_values(problem: Any, learn: Any, scores: Any, graph_scores: Any, value: float) -> None:
    learn("trees", problem, work=40)
    x = problem.x_valid.copy()
    x[:100, 0], x[50:150, 1] = value, value
    assert_allclose(graph_scores("trees", x, 1), scores("trees", x), atol=1e-6)


@pytest.mark.parametrize("codes", [2, 5, 31, 32, 33, 64, 65, 200])
def test_every_code_and_codes_never_seen(
    make_problem: Any, learn: Any, scores: Any, graph_scores: Any, codes: int
) -> None:
    random = np.random.default_rng(codes)
    x = random.integers(0, codes, (2000, 1))
    y = (np.arange(codes) * 7 // 5 % 2)[x[:, 0]] + 0.1 * random.normal(size=2000)
    learn("trees", make_problem("regression", x, y, codes=(0,)), work=20, num_leaves=8, max_cat_to_onehot=4)
    every = np.r_[np.arange(codes + 40), 1e6, 2**24][:, None]
    assert_allclose(graph_scores("trees", every, 1), scores("trees", every), atol=1e-6)
    assert np.ptp(scores("trees", np.arange(codes)[:, None])) > 0.5


def test_deep_trees_of_large_sets(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    """Chains of categories in chains of splits: deeper than Python may recurse."""
    random = np.random.default_rng(0)
    x = random.integers(0, 250, (6000, 4))
    y = random.normal(size=(250, 4))[x, np.arange(4)].sum(axis=1)
    learn(
        "trees",
        make_problem("regression", x, y, codes=(0, 1, 2, 3)),
        work=4,
        num_leaves=200,
        min_data_in_leaf=1,
        max_cat_to_onehot=4,
    )
    assert_allclose(graph_scores("trees", x, 1), scores("trees", x), atol=1e-6)


def test_many_trees_stay_exact(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    x, _ = table(2000)
    y = np.nan_to_num(x).sum(axis=1) + 1000
    learn("trees", make_problem("regression", x, y, codes=(2,)), work=400)
    assert_allclose(graph_scores("trees", x, 1), scores("trees", x), rtol=1e-6)


@pytest.mark.parametrize("classes", [3, 7])
def test_trees_of_many_classes_go_to_their_columns(
    make_problem: Any, learn: Any, scores: Any, graph_scores: Any, classes: int
) -> None:
    x, _ = table()
    y = (np.nan_to_num(x[:, 0]) * 2).astype(int) % classes
    learn("trees", make_problem("classification", x, y, width=classes, codes=(2,)), work=10)
    assert (scores("trees", x).argmax(axis=1) == y).mean() > 0.8
    assert_allclose(graph_scores("trees", x, classes), scores("trees", x), atol=1e-6)


def test_nothing_but_the_prior(make_problem: Any, learn: Any, scores: Any, graph_scores: Any) -> None:
    x = np.zeros((5, 0), np.float32)
    learn("trees", make_problem("regression", x, [1.0, 2, 3, 4, 5]), work=3)
    assert scores("trees", x).tolist() == [[3.0]] * 5
    x = np.ones((5, 2), np.float32)
    learn("trees", make_problem("regression", x, [1.0, 2, 3, 4, 5]), work=3, name="constant")
    assert_allclose(graph_scores("trees", x, 1, "constant"), np.full((5, 1), 3.0), atol=1e-6)


@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_table_the_graph_agrees(
    make_problem: Any, learn: Any, scores: Any, graph_scores: Any, data: Any
) -> None:
    rows, features = data.draw(st.integers(2, 60)), data.draw(st.integers(1, 4))
    cell = st.one_of(st.floats(width=32, allow_infinity=False), st.just(float("nan")), st.integers(-3, 3))
    column = st.lists(cell, min_size=rows, max_size=rows)
    x = np.array([data.draw(column) for _ in range(features)], np.float32).T
    y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows)))
    learn("trees", make_problem("classification", x, y), work=5, learning_rate=0.5)
    fresh = np.array([data.draw(column) for _ in range(features)], np.float32).T
    both = np.concatenate([x, fresh])
    assert_allclose(graph_scores("trees", both, 1), scores("trees", both), atol=1e-5)


def test_the_text_model_is_read_as_lightgbm_reads_it(problem: Any, learn: Any, tmp_path: Path) -> None:
    """The numbers of splits and leaves agree with LightGBM's own dump."""
    learn("trees", problem, work=5)
    grown = forest.read(tmp_path / "model").forests[0]
    dumped = lightgbm.Booster(model_str=grown.text).dump_model()["tree_info"]
    found = list(fragment.trees(grown.text))
    assert [int(tree["num_leaves"]) for tree in found] == [tree["num_leaves"] for tree in dumped]
    root = dumped[0]["tree_structure"]
    assert int(found[0]["split_feature"].split()[0]) == root["split_feature"]
    kinds = [int(kind) & fragment.CATEGORICAL for kind in found[0]["decision_type"].split()]
    if kinds[0]:
        wanted = [int(code) for code in root["threshold"].split("||")]
        assert fragment._categories(found[0], int(float(found[0]["threshold"].split()[0]))) == wanted


# ------------------------------------------------------------ monotone
def bound(problem: Any, *ways: int) -> Any:
    features = [replace(feature, monotone=way) for feature, way in zip(problem.features, ways, strict=True)]
    return replace(problem, features=tuple(features))


@pytest.mark.parametrize("method", ["trees", "deep_trees"])
@pytest.mark.parametrize("ways", [(1, 0, 0), (-1, 1, 0)], ids=str)
def test_the_answer_follows_its_features(
    make_problem: Any, learn: Any, graph_scores: Any, method: str, ways: tuple[int, ...]
) -> None:
    random = np.random.default_rng(0)
    x = np.c_[random.normal(size=(800, 2)), random.integers(0, 5, 800)]
    y = np.sin(2 * x[:, 0]) * (x[:, 2] > 1) + np.cos(2 * x[:, 1])
    learn(method, bound(make_problem("regression", x, y, codes=(2,)), *ways), work=60)
    for feature in (0, 1):
        swept = np.repeat(x[:40], 200, axis=0)
        swept[:, feature] = np.tile(np.linspace(-4, 4, 200), 40)
        steps = np.diff(graph_scores(method, swept, 1).reshape(40, 200), axis=1)
        assert not ways[feature] or (ways[feature] * steps).min() > -1e-12
        assert np.abs(steps).max() > 0.01


# ---------------------------------------------------------- target statistics
def many_levels(rows: int = 3000, seed: int = 0) -> tuple[Any, Any]:
    """Levels that few rows have, and of which each moves the answer."""
    random = np.random.default_rng(seed)
    x = np.c_[random.normal(size=rows), random.integers(1, 400, rows)].astype(np.float32)
    effect = np.random.default_rng(9).normal(size=400)
    return x, (x[:, 0] + 2 * effect[x[:, 1].astype(int)] + random.normal(size=rows) > 0).astype(np.int64)


@pytest.mark.parametrize("shape", ["binary", "classes", "labels", "number"])
def test_statistics_in_the_graph(make_problem: Any, learn: Any, scores: Any, graph_scores: Any, shape: str) -> None:
    x, y = many_levels()
    task, target, width = {
        "binary": ("classification", y, 1),
        "classes": ("classification", y + 2 * (x[:, 0] > 1), 4),
        "labels": ("multilabel", np.c_[y, np.where(x[:, 0] > 1, np.nan, 1 - y)], 2),
        "number": ("regression", y + x[:, 0], 1),
    }[shape]
    learn("trees", make_problem(task, x, target, codes=(1,), width=width), work=15, target_statistics=50)
    fresh = np.r_[many_levels(200, 1)[0], np.c_[np.zeros(4), [0, 399, 400, 1e6]], [[np.nan, 3]]].astype(np.float32)
    assert_allclose(graph_scores("trees", fresh, width), scores("trees", fresh), atol=1e-6)


def test_statistics_pay_where_levels_are_many(make_problem: Any, learn: Any) -> None:
    problem = make_problem("classification", *many_levels(), *many_levels(1500, 1), codes=(1,))
    losses = [
        min(point["valid_loss"] for point in learn("trees", problem, target_statistics=chosen)["curves"])
        for chosen in (None, 50)
    ]
    assert losses[1] < 0.9 * losses[0]


def test_a_rows_own_answer_is_not_in_its_statistic(make_problem: Any) -> None:
    x = np.c_[np.zeros(1000), np.arange(1000)].astype(np.float32)  # each level has one row
    problem = make_problem("classification", x, np.arange(1000) % 2, codes=(1,))
    part = targets.parts(problem)[0]
    apart = boosting._held_apart(part, 1, 0, Options())[:, 0]
    assert np.ptp(apart) < 0.02
    table = boosting._statistics(part, 1, 10.0)[0].table
    assert table[-1] == pytest.approx(0.5) and np.corrcoef(table[:-1], part.y)[0, 1] > 0.99


@pytest.mark.parametrize("shape", ["binary", "labels"])
def test_its_units_answers_are_not_in_it_either(make_problem: Any, shape: str) -> None:
    units = np.arange(1000) // 4
    x = np.c_[np.zeros(1000), units].astype(np.float32)  # each level has the copies of one row
    y = units % 2
    task, target = ("classification", y) if shape == "binary" else ("multilabel", np.c_[y, y])
    problem = make_problem(task, x, target, codes=(1,), width=np.ndim(target))
    told, apart = (
        boosting._held_apart(targets.parts(replace(problem, units=known))[0], 1, 0, Options())[:, 0]
        for known in (None, units)
    )
    assert np.ptp(apart) < 0.05 < np.ptp(told)


def test_few_levels_have_no_statistics(problem: Any, learn: Any, tmp_path: Path) -> None:
    learn("trees", problem, work=3, target_statistics=100)
    assert forest.read(tmp_path / "model").forests[0].statistics == ()

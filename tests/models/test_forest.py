"""Trained trees as LightGBM's text models: the mean of several, what they say without a fold, how they leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.protocols import Feature
from modelyard.fragments import trees as fragment
from modelyard.models import boosting, forest
from modelyard.models.forest import Checkpoint, Forest, Statistic


def table(seed: int = 0, rows: int = 400) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3)).astype(np.float32)
    x[random.random(rows) < 0.2, 1] = np.nan
    x[:, 2] = random.integers(0, 60, rows)
    return x


def grown(seed: int = 0, width: int = 1, extra: int = 0, **settings: Any) -> str:
    """A text model of three features, and some more of a statistic each."""
    x = table(seed)
    y = (np.nan_to_num(x).sum(axis=1) * 3).astype(int) % max(2, width) if width > 1 else (x[:, 0] > x[:, 2] % 3 - 1)
    wide = np.column_stack([x, *[x[:, 2] % 7] * extra])
    kind = {"objective": "multiclass", "num_class": width} if width > 1 else {"objective": "binary"}
    settings = {**kind, "verbosity": -1, "num_leaves": 9, "min_data_in_leaf": 3, "seed": seed, **settings}
    return str(lightgbm.train(settings, lightgbm.Dataset(wide, y, categorical_feature=[2]), 12).model_to_string())


def raw(text: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(lightgbm.Booster(model_str=text).predict(x, raw_score=True)).reshape(len(x), -1)


def saved(folder: Path, checkpoint: Checkpoint) -> Path:
    folder.mkdir()
    forest.save(folder, checkpoint)
    return folder


def plain(text: str, columns: tuple[int, ...] = (0,), width: int = 1) -> Checkpoint:
    return Checkpoint((Forest(columns, text),), np.zeros(width), 3, 1)


# ---------------------------------------------------------------- checkpoint
def test_round_trip(tmp_path: Path) -> None:
    statistics = (Statistic(2, np.array([0.5, 1, 2], np.float32)),)
    kept = Checkpoint((Forest((0, 2), "tree\n"), Forest((3,), "树\n", statistics)), np.arange(5.0), 3, 2)
    found = forest.read(saved(tmp_path / "m", kept))
    assert [one.columns for one in found.forests] == [(0, 2), (3,)] and found.forests[1].text == "树\n"
    assert (found.features, found.threads) == (3, 2)
    assert_array_equal(found.base, kept.base)
    assert_array_equal(found.forests[1].statistics[0].table, statistics[0].table)


@pytest.mark.parametrize(("code", "value"), [(0, 5), (1, 6), (2, 7), (3, 7), (1e6, 7), (np.nan, 5)])
def test_a_statistic_of_any_code(code: float, value: float) -> None:
    statistic = Statistic(0, np.array([5, 6, 7], np.float32))
    assert statistic.of(np.array([[code]], np.float32)).tolist() == [value]


# --------------------------------------------------------------------- merged
def test_the_mean_of_folds_is_one_model() -> None:
    texts = [grown(seed) for seed in range(3)]
    x = table(9)
    mean = forest.merged([plain(text) for text in texts])
    assert_allclose(raw(mean.forests[0].text, x), np.mean([raw(text, x) for text in texts], axis=0), atol=1e-12)


def test_classes_go_to_their_columns() -> None:
    texts = [grown(seed, width=3) for seed in range(2)]
    mean = forest.merged([plain(text, (0, 1, 2), 3) for text in texts])
    x = table(9)
    assert_allclose(raw(mean.forests[0].text, x), np.mean([raw(text, x) for text in texts], axis=0), atol=1e-12)


def test_folds_that_saw_other_classes_stay_apart(tmp_path: Path) -> None:
    one = Checkpoint((Forest((0, 1, 2), grown(0, 3)),), np.array([0, 0, 0, -4.0]), 3, 1)
    two = Checkpoint((Forest((0, 1, 3), grown(1, 3)),), np.array([0, 0, -6.0, 0]), 3, 1)
    mean = forest.merged([one, two])
    assert [each.columns for each in mean.forests] == [(0, 1, 2), (0, 1, 3)]
    assert mean.base.tolist() == [0, 0, -3, -2]
    x = table(9)
    folds = [boosting.load(saved(tmp_path / str(n), each)).scores(x) for n, each in enumerate((one, two))]
    assert_allclose(boosting.load(saved(tmp_path / "mean", mean)).scores(x), np.mean(folds, axis=0), atol=1e-12)


def test_each_fold_keeps_its_statistics(tmp_path: Path) -> None:
    tables = [np.random.default_rng(seed).normal(size=61).astype(np.float32) for seed in range(3)]
    folds = [
        Checkpoint((Forest((0,), grown(seed, extra=1), (Statistic(2, values),)),), np.zeros(1), 3, 1)
        for seed, values in enumerate(tables)
    ]
    mean, x = forest.merged(folds), table(9)
    assert len(mean.forests[0].statistics) == 3
    scores = [boosting.load(saved(tmp_path / str(number), fold)).scores(x) for number, fold in enumerate(folds)]
    assert_allclose(boosting.load(saved(tmp_path / "mean", mean)).scores(x), np.mean(scores, axis=0), atol=1e-12)


def test_one_fold_stays_as_it_is() -> None:
    text = grown()
    x = table(9)
    assert_array_equal(raw(forest.merged([plain(text)]).forests[0].text, x), raw(text, x))


# -------------------------------------------------------------------- settled
def test_a_gap_goes_where_what_it_counts_as_goes() -> None:
    text = grown()
    settled = forest.settled(text, np.array([0.7, 9.0, 0.0], np.float32))
    x = table(9)
    assert_array_equal(raw(settled, x), raw(text, x))  # gaps that were learnt stay what they are
    gap, filled = x.copy(), x.copy()
    gap[:, 0], filled[:, 0] = np.nan, 0.7
    assert_array_equal(raw(settled, gap), raw(text, filled))


def test_a_tree_that_is_one_leaf() -> None:
    text = grown(min_data_in_leaf=1000)
    assert all(len(tree["leaf_value"].split()) == 1 for tree in fragment.trees(text))
    settled = forest.settled(text, np.zeros(3, np.float32))
    assert_array_equal(raw(settled, table()), raw(text, table()))


# ---------------------------------------------------------------------- leave
def test_what_leaves_scores_the_same_in_lightgbm(tmp_path: Path) -> None:
    texts = [grown(seed) for seed in range(2)]
    folders = [saved(tmp_path / str(number), plain(text)) for number, text in enumerate(texts)]
    features = [
        Feature("alter", "alter", "number"),
        Feature("x", "x", "number"),
        Feature("城", "城", "code", levels=("上海",)),
    ]
    forest.leave(folders, features, tmp_path / "left")
    assert sorted(path.name for path in (tmp_path / "left").iterdir()) == ["trees.json", "trees.txt"]
    booster, x = lightgbm.Booster(model_file=tmp_path / "left/trees.txt"), table(9)
    wanted = np.mean([boosting.load(folder).scores(x)[:, 0] for folder in folders], axis=0)
    assert_allclose(booster.predict(x, raw_score=True), wanted, atol=1e-12)
    assert booster.predict(x, pred_contrib=True).shape == (400, 4)
    said = json.loads((tmp_path / "left/trees.json").read_text("utf-8"))
    assert said["models"] == [{"file": "trees.txt", "scores": [0], "statistics": []}]
    assert said["features"][2] == {"name": "城", "column": "城", "kind": "code", "levels": ["上海"]}


def test_several_parts_leave_as_several_files(tmp_path: Path) -> None:
    parts = Checkpoint((Forest((0,), grown(0)), Forest((1,), grown(1))), np.array([0, 0, -1.0]), 3, 1)
    forest.leave([saved(tmp_path / "m", parts)], [], tmp_path / "left")
    names = sorted(path.name for path in (tmp_path / "left").iterdir())
    assert names == ["trees-0.txt", "trees-1.txt", "trees.json"]

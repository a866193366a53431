"""Gradient boosting with LightGBM (Ke et al., NeurIPS 2017), stopped early on a proper score.

The target's statistics for the levels of a category (Micci-Barreca, SIGKDD Explorations 2001), smoothed towards the
mean, are made out of fold for the rows that the trees learn from: a row, and others of its unit, would tell its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from modelyard.core.protocols import Array, Doubles, Floats, Problem, State, Watch
from modelyard.models import forest, targets
from modelyard.models.folds import folds as dealt
from modelyard.models.forest import Checkpoint, Forest, Statistic
from modelyard.models.forest_options import work as most_rounds
from modelyard.models.pace import seconds_per_call, useful_threads
from modelyard.models.patience import Patience, notes
from modelyard.models.targets import Part

PROBE_CELLS = 1_000_000
CELLS_PER_THREAD = 4_000_000
STATISTICS_FOLDS = 5
HISTOGRAMS = 256.0
"""Megabytes that all trees growing side by side may keep of sums per leaf, feature and bin, which wide tables fill."""
OBJECTIVES = {  # LightGBM's name of the objective, and of the proper score that stops it
    "binary": ("binary", "binary_logloss"),
    "classes": ("multiclass", "multi_logloss"),
    "number": ("regression", "l2"),
}


@dataclass
class Fold:
    """The trees of one part of the target in one fold.

    Args:
        part: What is learnt.
        booster: LightGBM's model.
        statistics: Features beside those of the view.
        rounds: LightGBM's rounds up to the best step; a step that finds nothing to split adds none.
    """

    part: Part
    booster: lightgbm.Booster
    statistics: tuple[Statistic, ...] = ()
    rounds: int = 0

    def grow(self) -> float:
        """One more round; returns the held-out loss."""
        self.booster.update()
        return float(self.booster.eval_valid()[0][2])


@dataclass
class Growth:
    """The trees of one part of the target while they grow, in all folds at once.

    Args:
        folds: Number of the fold -> its trees.
        patience: Knows the best step and its mean held-out loss; step 0 is the prior.
        loss: Mean held-out loss of the newest step.
        over: Whether it has stopped growing.
    """

    folds: Mapping[int, Fold]
    patience: Patience
    loss: float
    over: bool = False

    def grow(self, step: int) -> None:
        """One more round in every fold."""
        folds = list(self.folds.values())
        self.loss = targets.mean_over_folds([fold.grow() for fold in folds], [fold.part for fold in folds])
        if self.patience.improved(step, self.loss):
            for fold in folds:
                fold.rounds = fold.booster.num_trees() // fold.booster.num_model_per_iteration()
        self.over = self.patience.over(step)


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one round, from a sample of rows."""
    stride = -(-problem.x.size // PROBE_CELLS) or 1
    growths = _plant([targets.every(problem, stride)], options)

    def grow() -> None:
        for growth in growths:
            growth.grow(1)

    return seconds_per_call(grow, warm=1) * stride


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn at most `work` rounds; see `core.protocols.MethodFit`."""
    growths = _plant(problems, options)
    curves: list[dict[str, float]] = []
    stopped = ""
    while growths and len(curves) < work and not stopped:
        step = len(curves) + 1
        growing = [growth for growth in growths if not growth.over]
        for growth in growing:
            growth.grow(step)
        valid_loss = float(np.mean([growth.loss for growth in growths]))
        curves.append({"step": step, "valid_loss": valid_loss})
        stopped = _why_stop(growths, watch.step(step, work, valid_loss=valid_loss))
    for number, (problem, folder) in enumerate(zip(problems, folders, strict=True)):
        forest.save(folder, _harvest(problem, [growth.folds[number] for growth in growths if number in growth.folds]))
    best = max((growth.patience.best for growth in growths), default=0)
    if len(curves) == work:
        stopped = "" if len(curves) == options.rounds or work < most_rounds(options) else "leaves"
    return {
        "done": len(curves),
        "best": best,
        "rounds": [growth.patience.best for growth in growths],
        "curves": curves,
        "notes": notes(stopped, len(curves), best),
    }


def _why_stop(growths: list[Growth], go_on: bool) -> str:
    if not go_on:
        return "watch"
    return "patience" if all(growth.over for growth in growths) else ""


def _plant(problems: Sequence[Problem], options: Any) -> list[Growth]:
    """A seedling per part of the target and fold."""
    priors = [targets.prior(problem) for problem in problems]
    growths = []
    side_by_side = targets.side_by_side(problems)
    memory = HISTOGRAMS / max(1, sum(map(len, side_by_side)))
    for parts in side_by_side:
        loss = targets.loss_of_priors(parts, priors)
        folds = {number: _seedling(part, problems[number], options, memory) for number, part in parts.items()}
        growths.append(Growth(folds, Patience(options.patience, loss=loss), loss))
    return growths


def _seedling(part: Part, problem: Problem, options: Any, memory: float) -> Fold:
    """A fold before its first round; its histograms may take so many megabytes."""
    codes = [number for number, feature in enumerate(problem.features) if feature.kind == "code"]
    many = options.target_statistics
    chosen = [] if many is None else [code for code in codes if np.nanmax(part.x[:, code]) - 1 > many]
    statistics = tuple(found for code in chosen for found in _statistics(part, code, options.cat_smooth))
    x = np.column_stack([part.x, *(_held_apart(part, code, problem.seed, options) for code in chosen)])
    x_valid = np.column_stack([part.x_valid, *(statistic.of(part.x_valid) for statistic in statistics)])
    settings = _settings(part, problem, options, len(statistics)) | {"histogram_pool_size": memory}
    train = lightgbm.Dataset(x, part.y, weight=part.uneven, categorical_feature=codes, params=settings)
    booster = lightgbm.Booster(settings, train)
    booster.add_valid(
        lightgbm.Dataset(x_valid, part.y_valid, weight=part.uneven_valid, reference=train, params=settings), "valid"
    )
    return Fold(part, booster, statistics)


def _statistics(part: Part, code: int, smooth: float) -> list[Statistic]:
    """Mean of the target for each level of one feature; of each class where there are many."""
    count = int(np.nanmax(part.x[:, code])) + 1
    levels = np.nan_to_num(part.x[:, code]).astype(np.int64)
    rows = np.bincount(levels, part.weight, minlength=count + 1)
    return [
        Statistic(code, _smoothed(np.bincount(levels, part.weight * y, minlength=count + 1), rows, smooth))
        for y in _indicators(part)
    ]


def _smoothed(total: Array, rows: Array, smooth: float) -> Floats:
    """Means, as if each level had some rows more of the mean of all; levels without rows have that mean."""
    mean = total.sum() / rows.sum()
    known = rows > 0
    found = np.full(len(rows), mean)
    found[known] = (total[known] + smooth * mean) / (rows[known] + smooth)
    return found.astype(np.float32)


def _indicators(part: Part) -> list[Array]:
    """What statistics are means of: the target, or whether it is of a class, each float64 [rows]."""
    if part.kind != "classes":
        return [part.y.astype(np.float64)]
    return [(part.y == number).astype(np.float64) for number in range(len(part.columns))]


def _held_apart(part: Part, code: int, seed: int, options: Any) -> Floats:
    """The statistics of the rows that trees learn from [rows, statistics], each from the other folds' rows."""
    found = np.empty((len(part.y), len(_indicators(part))), np.float32)
    fold = dealt(part.y, STATISTICS_FOLDS, seed, part.units)
    for number in np.unique(fold):
        held = fold == number
        rest = ~held if not held.all() else held
        others = replace(part, x=part.x[rest], y=part.y[rest], weight=part.weight[rest], units=None)
        tables = _statistics(others, code, options.cat_smooth)
        found[held] = np.column_stack([table.of(part.x[held]) for table in tables])
    return found


def _settings(part: Part, problem: Problem, options: Any, statistics: int) -> dict[str, Any]:
    objective, metric = OBJECTIVES[part.kind]
    rows, ways = len(part.y), [feature.monotone for feature in problem.features]
    leaf = options.min_data_in_leaf or int(np.clip(rows // 50, 1, 20))
    return {
        "objective": objective,
        "metric": metric,
        "num_class": len(part.columns),
        "learning_rate": options.learning_rate,
        "num_leaves": options.num_leaves,
        "max_depth": options.max_depth,
        "min_data_in_leaf": leaf,
        "min_data_in_bin": min(leaf, 3),
        "min_data_per_group": int(np.clip(rows // 20, 1, 100)),
        "bagging_fraction": options.subsample,
        "bagging_freq": int(options.subsample * rows >= 1),
        "feature_fraction": options.fraction(part.x.shape[1]),
        "extra_trees": options.extra_trees,
        "lambda_l1": options.lambda_l1,
        "lambda_l2": options.lambda_l2,
        "path_smooth": options.path_smooth,
        "min_gain_to_split": options.min_gain_to_split,
        "max_cat_to_onehot": options.max_cat_to_onehot,
        "cat_smooth": options.cat_smooth,
        "max_bin": options.max_bin,
        "feature_pre_filter": False,
        "seed": problem.seed,
        "num_threads": _threads(problem),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **(_monotone([*ways, *[0] * statistics]) if any(ways) else {}),
    }


def _monotone(ways: list[int]) -> dict[str, Any]:
    """Leaves of a tree are bounded by those of the neighbours that a feature must not rise above.

    Smoothing is off: it moves leaves after they were bounded, past their bounds.
    """
    return {"monotone_constraints": ways, "monotone_constraints_method": "intermediate", "path_smooth": 0.0}


def _threads(problem: Problem) -> int:
    return useful_threads(problem.threads, problem.x.size, CELLS_PER_THREAD)


def _harvest(problem: Problem, folds: Sequence[Fold]) -> Checkpoint:
    """The trees up to the best round of each part; a part whose best is the prior has none."""
    prior, kept = targets.prior(problem), [fold for fold in folds if fold.rounds]
    answered = [column for fold in kept for column in fold.part.columns]
    prior[answered] = 0.0
    fill = _fill(problem.x)
    forests = []
    for fold in kept:
        own = np.full(len(fold.statistics), np.nan, np.float32)
        text = forest.settled(fold.booster.model_to_string(num_iteration=fold.rounds), np.concatenate([fill, own]))
        forests.append(Forest(fold.part.columns, text, fold.statistics))
    return Checkpoint(tuple(forests), prior, problem.x.shape[1], _threads(problem))


def _fill(x: Floats) -> Floats:
    """Lower medians of the features that are never missing in training, NaN for the others: float32 [features]."""
    missing = np.isnan(x).any(axis=0)
    fill = np.full(x.shape[1], np.nan, np.float32)
    fill[~missing] = np.quantile(x[:, ~missing], 0.5, axis=0, method="inverted_cdf")  # the mean of two may overflow
    return fill


@dataclass(frozen=True)
class Trees:
    """The Predictor of trained trees.

    Args:
        checkpoint: What was learnt.
        boosters: LightGBM's models, one per forest.
    """

    checkpoint: Checkpoint
    boosters: tuple[lightgbm.Booster, ...]

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        scores = np.tile(self.checkpoint.base, (len(x), 1))
        if not len(x):  # LightGBM refuses it
            return scores
        for grown, booster in zip(self.checkpoint.forests, self.boosters, strict=True):
            raw = booster.predict(grown.widened(x), raw_score=True, num_threads=self.checkpoint.threads)
            scores[:, list(grown.columns)] += np.asarray(raw).reshape(len(x), -1)
        return scores


def load(folder: Path) -> Trees:
    """Read a checkpoint."""
    checkpoint = forest.read(folder)
    return Trees(checkpoint, tuple(lightgbm.Booster(model_str=grown.text) for grown in checkpoint.forests))

"""Gradient boosting with LightGBM (Ke et al., NeurIPS 2017), stopped early on a proper score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from modelyard.core.protocols import Floats, Problem, State, Watch
from modelyard.methods.trees.checkpoint import Checkpoint, Forest, save
from modelyard.models import targets
from modelyard.models.pace import seconds_per_call, useful_threads
from modelyard.models.patience import Patience, notes
from modelyard.models.targets import Part

PROBE_CELLS = 1_000_000
CELLS_PER_THREAD = 4_000_000
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
        rounds: LightGBM's rounds up to the best step; a step that finds nothing to split adds none.
    """

    part: Part
    booster: lightgbm.Booster
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
        save(folder, _harvest(problem, [growth.folds[number] for growth in growths if number in growth.folds]))
    best = max((growth.patience.best for growth in growths), default=0)
    stopped = "" if len(curves) == work and stopped == "patience" else stopped
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
    for parts in targets.side_by_side(problems):
        losses = [targets.loss_of_prior(part, priors[number]) for number, part in parts.items()]
        loss = targets.mean_over_folds(losses, list(parts.values()))
        folds = {number: Fold(part, _seedling(part, problems[number], options)) for number, part in parts.items()}
        growths.append(Growth(folds, Patience(options.patience, loss=loss), loss))
    return growths


def _seedling(part: Part, problem: Problem, options: Any) -> lightgbm.Booster:
    """LightGBM's model before its first round."""
    codes = [number for number, feature in enumerate(problem.features) if feature.kind == "code"]
    settings = _settings(part, problem, options)
    train = lightgbm.Dataset(part.x, part.y, weight=part.uneven, categorical_feature=codes, params=settings)
    weight = None if part.uneven is None else part.weight_valid
    valid = lightgbm.Dataset(part.x_valid, part.y_valid, weight=weight, reference=train, params=settings)
    booster = lightgbm.Booster(settings, train)
    booster.add_valid(valid, "valid")
    return booster


def _settings(part: Part, problem: Problem, options: Any) -> dict[str, Any]:
    objective, metric = OBJECTIVES[part.kind]
    rows = len(part.y)
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
        "feature_fraction": options.feature_fraction,
        "lambda_l1": options.lambda_l1,
        "lambda_l2": options.lambda_l2,
        "min_gain_to_split": options.min_gain_to_split,
        "cat_smooth": options.cat_smooth,
        "max_bin": options.max_bin,
        "feature_pre_filter": False,
        "seed": problem.seed,
        "num_threads": _threads(problem),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _threads(problem: Problem) -> int:
    return useful_threads(problem.threads, problem.x.size, CELLS_PER_THREAD)


def _harvest(problem: Problem, folds: Sequence[Fold]) -> Checkpoint:
    """The trees up to the best round of each part; a part whose best is the prior has none."""
    forests = tuple(
        Forest(fold.part.columns, fold.booster.model_to_string(num_iteration=fold.rounds))
        for fold in folds
        if fold.rounds
    )
    return Checkpoint(forests, targets.prior(problem), _fill(problem.x), _threads(problem))


def _fill(x: Floats) -> Floats:
    """Lower medians of the features that are never missing in training, NaN for the others: float32 [features]."""
    missing = np.isnan(x).any(axis=0)
    fill = np.full(x.shape[1], np.nan, np.float32)
    fill[~missing] = np.quantile(x[:, ~missing], 0.5, axis=0, method="inverted_cdf")  # the mean of two may overflow
    return fill

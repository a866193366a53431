"""Gradient boosting with LightGBM (Ke et al., NeurIPS 2017), stopped early on a proper score."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class Growth:
    """The trees of one part of the target while they grow.

    Args:
        part: What is learnt.
        booster: LightGBM's model.
        patience: Knows the best step and its validation loss; step 0 is the prior.
        loss: Validation loss of the newest step.
        rounds: LightGBM's rounds up to the best step; a step that finds nothing to split adds none.
        over: Whether it has stopped growing.
    """

    part: Part
    booster: lightgbm.Booster
    patience: Patience
    loss: float
    rounds: int = 0
    over: bool = False

    def grow(self, step: int) -> None:
        """One more round."""
        self.booster.update()
        self.loss = float(self.booster.eval_valid()[0][2])
        if self.patience.improved(step, self.loss):
            self.rounds = self.booster.num_trees() // self.booster.num_model_per_iteration()
        self.over = self.patience.over(step)


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one round, from a sample of rows."""
    stride = -(-problem.x.size // PROBE_CELLS) or 1
    growths = _plant(replace(problem, x=problem.x[::stride], y=problem.y[::stride]), options)

    def grow() -> None:
        for growth in growths:
            growth.grow(1)

    return seconds_per_call(grow, warm=1) * stride


def fit(problem: Problem, options: Any, work: int, folder: Path, watch: Watch) -> State:
    """Learn at most `work` rounds; see `core.protocols.MethodFit`."""
    growths = _plant(problem, options)
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
    save(folder, _harvest(problem, growths))
    best = max((growth.patience.best for growth in growths), default=0)
    stopped = "" if len(curves) == work and stopped == "patience" else stopped
    return {
        "done": len(curves),
        "best": best,
        "rounds": [growth.rounds for growth in growths],
        "curves": curves,
        "notes": notes(stopped, len(curves), best),
    }


def _why_stop(growths: list[Growth], go_on: bool) -> str:
    if not go_on:
        return "watch"
    return "patience" if all(growth.over for growth in growths) else ""


def _plant(problem: Problem, options: Any) -> list[Growth]:
    """A seedling per part of the target."""
    codes = [number for number, feature in enumerate(problem.features) if feature.kind == "code"]
    prior = targets.prior(problem)
    growths = []
    for part in targets.parts(problem):
        settings = _settings(part, problem, options)
        train = lightgbm.Dataset(part.x, part.y, categorical_feature=codes, params=settings)
        booster = lightgbm.Booster(settings, train)
        booster.add_valid(lightgbm.Dataset(part.x_valid, part.y_valid, reference=train, params=settings), "valid")
        loss = targets.loss_of_prior(part, prior)
        growths.append(Growth(part, booster, Patience(options.patience, loss=loss), loss))
    return growths


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


def _harvest(problem: Problem, growths: list[Growth]) -> Checkpoint:
    """The trees up to the best round of each part; a part whose best is the prior has none."""
    forests = tuple(
        Forest(growth.part.columns, growth.booster.model_to_string(num_iteration=growth.rounds))
        for growth in growths
        if growth.rounds
    )
    return Checkpoint(forests, targets.prior(problem), _fill(problem.x), _threads(problem))


def _fill(x: Floats) -> Floats:
    """Lower medians of the features that are never missing in training, NaN for the others: float32 [features]."""
    missing = np.isnan(x).any(axis=0)
    fill = np.full(x.shape[1], np.nan, np.float32)
    fill[~missing] = np.quantile(x[:, ~missing], 0.5, axis=0, method="inverted_cdf")  # the mean of two may overflow
    return fill

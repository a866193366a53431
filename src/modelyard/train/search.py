"""Looking for better options than the defaults: Optuna proposes, held-out rows judge, the store remembers.

One configuration is tried after the other by a sampler with a fixed seed, so a search that is repeated proposes the
same ones: what an interrupted search had finished is found in the store. How many are tried is part of the work plan.
Source of the sampler: Bergstra, Bardenet, Bengio and Kegl, NeurIPS 2011 (tree-structured Parzen estimator).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.space import Choice, Range
from modelyard.train.budget import Grant, Step
from modelyard.train.desk import Desk
from modelyard.train.ladder import Rung, space_of
from modelyard.train.select import Trial
from modelyard.train.trial import attempt

FIRST = 5
"""Configurations that are drawn at random before the sampler learns from what it has seen."""
SHOWN = 4  # digits of a number that was found


def search(desk: Desk, rung: Rung, step: Step, grant: Grant, default: Trial) -> Trial | None:
    """The best configuration that was found for a method.

    Args:
        desk: The target's rows, and folds.
        rung: The method with the options of the project.
        step: What each configuration is granted.
        grant: How many configurations, and how many units of work in all.
        default: How the project's own options did.

    Returns:
        The trial with the lowest loss on held-out rows, `over` the default; None when none could be tried.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=desk.seed, n_startup_trials=FIRST))
    wanted = {one.name: _distribution(one) for one in space_of(rung)}
    _begin_with(study, rung, wanted, default)
    found = list(_tried(desk, rung, step, grant, study, wanted))
    if not found:
        return None
    best, options = min(found, key=lambda one: one[0].loss)
    told = ", ".join(f"{name}: {_figure(value)}" for name, value in options.items())
    summary = {**best.summary, "notes": [*best.summary["notes"], ("train.options_found", {"options": told})]}
    return replace(best, summary=summary, over=default, tried=len(found))


def _tried(
    desk: Desk, rung: Rung, step: Step, grant: Grant, study: optuna.Study, wanted: Mapping[str, BaseDistribution]
) -> Iterator[tuple[Trial, dict[str, Any]]]:
    """The configurations that can be trained, one after the other, until what is granted is spent."""
    clock, spent = desk.training.clock, 0.0
    for _ in range(grant.trials):
        if clock.up:
            clock.stopped.append("search")
            return
        asked = study.ask(dict(wanted))
        try:
            options = type(rung.options)(**{**rung.options.model_dump(exclude_unset=True), **asked.params})
        except ValidationError:  # options that do not go together
            study.tell(asked, state=optuna.trial.TrialState.FAIL)
            continue
        trial = attempt(desk, replace(rung, options=options), step, ())
        study.tell(asked, trial.loss)
        yield trial, asked.params
        spent += trial.summary["done"] * _dearer(desk, rung, options)
        if spent >= grant.units:
            return


def _dearer(desk: Desk, rung: Rung, options: Any) -> float:
    """How much more a unit of work takes than with the options of the project."""
    cost = plugins.part("methods", rung.method, "options").cost
    size = len(desk.rows), len(desk.training.dataset.inputs)
    return float(cost(*size, options)[0] / cost(*size, rung.options)[0])


def _begin_with(study: optuna.Study, rung: Rung, wanted: Mapping[str, BaseDistribution], default: Trial) -> None:
    """The project's own options are the first that the sampler knows of."""
    values = {name: getattr(rung.options, name) for name in wanted}
    known = {name: value for name, value in values.items() if _holds(wanted[name], value)}
    if known:
        ends = {name: wanted[name] for name in known}
        study.add_trial(optuna.trial.create_trial(params=known, distributions=ends, value=default.loss))


def _distribution(one: Range | Choice) -> BaseDistribution:
    if isinstance(one, Choice):
        return CategoricalDistribution(one.values)
    if isinstance(one.low, int) and isinstance(one.high, int):
        return IntDistribution(one.low, one.high, log=one.log)
    return FloatDistribution(one.low, one.high, log=one.log)


def _holds(distribution: BaseDistribution, value: Any) -> bool:
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    ends: Any = distribution
    return isinstance(value, int | float) and bool(ends.low <= value <= ends.high)


def _figure(value: Any) -> str:
    return f"{value:.{SHOWN}g}" if isinstance(value, float) else str(value)

"""From what a user gives, numbers per training size, to a `Curve`: everything is checked, the spread is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.plan.curves.evidence import Curve, Floats
from modelyard.plan.curves.families import MODEL_ERROR, fit

FEWEST = 6
"""Anchors. With fewer, a law of three parameters fits anything."""
FEWEST_TESTED = 5
"""Anchors before the hidden ones of a back-test: of eight with a ratio of 1.54, the last is one at 4 times the data."""
_POOLED = 4.0  # degrees of freedom that the anchors' common spread counts for beside each anchor's own
_USUAL_DEVIATION = 0.017  # of one repeat's error; the median over LCDB 1.1
_USUAL_WEIGHT = 2.0  # degrees of freedom that it counts for where residuals alone tell the spread


def measured(
    sizes: ArrayLike,
    errors: ArrayLike,
    *,
    spread: ArrayLike | None = None,
    repeats: int | None = None,
    chance: float | None = None,
    fewest: int = FEWEST,
) -> Curve:
    """The curve that the numbers describe.

    The spread is taken from the repeats: each anchor's own variance, drawn towards the mean variance of all, because
    three repeats tell little alone. Without repeats, `spread` is taken as it is. With neither, it is estimated from
    how far the anchors lie from the best law of three parameters, and the curve says so (`source`).

    Args:
        sizes: [anchors] training rows, rising; at least six.
        errors: [anchors], or [anchors, repeats], within 0 and 1.
        spread: [anchors] standard errors of the errors.
        repeats: How many repeats each error is the mean of, where `errors` holds means.
        chance: The error of the best constant answer.
        fewest: Anchors that are enough.

    Raises:
        DataError: All that is wrong with the numbers, each as a mistake of its own.
    """
    mistakes, found = [], {}
    for name, values in (("sizes", sizes), ("errors", errors), ("spread", spread)):
        try:
            found[name] = np.asarray(0.0 if values is None else values, dtype=np.float64)
        except (TypeError, ValueError):
            mistakes.append(_mistake(name, _shown(values), "numbers"))
    if mistakes:
        raise DataError(mistakes)
    mistakes = [*_sizes(found["sizes"], fewest), *_errors(found["errors"], len(np.atleast_1d(found["sizes"])))]
    mistakes += [*_spread(found["spread"], found["errors"], spread is None), *_rest(repeats, chance, found["errors"])]
    if mistakes:
        raise DataError(mistakes)
    return _curve(found["sizes"], found["errors"], None if spread is None else found["spread"], repeats, chance)


def horizons(at: ArrayLike | None, last: float) -> Floats:
    """The sizes to forecast: as asked, or 16 from 2 ** 0.25 to 16 times the last anchor.

    Raises:
        DataError: They do not rise, or do not lie beyond the last anchor.
    """
    if at is None:
        return last * 2.0 ** (np.arange(1, 17) / 4)
    try:
        sizes = np.atleast_1d(np.asarray(at, dtype=np.float64))
    except (TypeError, ValueError):
        raise DataError(_mistake("at", _shown(at), "numbers")) from None
    good = sizes.ndim == 1 and sizes.size > 0 and np.isfinite(sizes).all()
    if not good or sizes[0] <= last or (np.diff(sizes) <= 0).any():
        raise DataError(_mistake("at", _shown(at), "beyond", last=f"{last:,.0f}"))
    return sizes


def _sizes(sizes: Floats, fewest: int) -> Iterator[Mistake]:
    if sizes.ndim != 1:
        yield _mistake("sizes", _shape(sizes), "one_dimension")
    elif len(sizes) < fewest:
        yield _mistake("sizes", text("plan_curves.got_anchors", count=len(sizes)), "anchors", fewest=fewest)
    elif not np.isfinite(sizes).all() or sizes.min() < 2:
        yield _mistake("sizes", _first(sizes, ~(sizes >= 2) | ~np.isfinite(sizes)), "sizes")
    elif (np.diff(sizes) == 0).any():
        yield _mistake("sizes", _first(sizes, np.diff(sizes, prepend=0.0) == 0), "distinct")
    elif (np.diff(sizes) < 0).any():
        yield _mistake("sizes", _first(sizes, np.diff(sizes, prepend=0.0) < 0), "rising")


def _errors(errors: Floats, anchors: int) -> Iterator[Mistake]:
    if errors.ndim not in (1, 2) or len(errors) != anchors or errors.size == 0:
        yield _mistake("errors", _shape(errors), "shape", anchors=anchors)
        return
    wrong = ~((errors >= 0) & (errors <= 1))
    if wrong.any():
        yield _mistake("errors", _first(errors, wrong), "errors")


def _spread(spread: Floats, errors: Floats, absent: bool) -> Iterator[Mistake]:
    if absent:
        return
    if errors.ndim == 2 and errors.shape[1] > 1:
        yield _mistake("spread", text("plan_curves.got_both"), "one_source")
    elif spread.ndim != 1 or len(spread) != len(np.atleast_1d(errors)):
        yield _mistake("spread", _shape(spread), "spread_shape", anchors=len(np.atleast_1d(errors)))
    elif not (spread >= 0).all() or not np.isfinite(spread).all():
        yield _mistake("spread", _first(spread, ~(spread >= 0) | ~np.isfinite(spread)), "spread")


def _rest(repeats: int | None, chance: float | None, errors: Floats) -> Iterator[Mistake]:
    if repeats is not None and (not isinstance(repeats, int | np.integer) or repeats < 1):
        yield _mistake("repeats", _shown(repeats), "repeats")
    elif repeats is not None and errors.ndim == 2 and repeats != errors.shape[1]:
        yield _mistake("repeats", _shown(repeats), "columns", columns=errors.shape[1])
    if chance is not None and not 0 < chance <= 1:
        yield _mistake("chance", _shown(chance), "chance")


def _curve(sizes: Floats, errors: Floats, spread: Floats | None, repeats: int | None, chance: float | None) -> Curve:
    if errors.ndim == 2:
        repeats = errors.shape[1]
        if repeats > 1:
            spread = errors.std(axis=1, ddof=1) / np.sqrt(repeats)
        errors = errors.mean(axis=1)
    if spread is None:
        return Curve(sizes, errors, from_residuals(sizes, errors, repeats), chance, "residuals")
    if repeats is None or repeats < 2:
        return Curve(sizes, errors, spread, chance, "given")
    own, common = spread**2, np.mean(spread**2)
    pooled = np.sqrt((own * (repeats - 1) + common * _POOLED) / (repeats - 1 + _POOLED))
    return Curve(sizes, errors, pooled, chance, "repeats")


def from_residuals(sizes: Floats, errors: Floats, repeats: int | None = None) -> Floats:
    """One standard error for all anchors: the residuals of the best law of three parameters."""
    equal = Curve(sizes, errors, np.zeros_like(errors))
    squares = min(one.chi2 for one in fit(equal) if one.family.parameters == 3) * MODEL_ERROR**2
    freedom = len(sizes) - 3.0
    if repeats is not None:
        squares += _USUAL_WEIGHT * _USUAL_DEVIATION**2 / repeats
        freedom += _USUAL_WEIGHT
    return np.full(len(sizes), np.sqrt(squares / freedom))


def _mistake(name: str, got: str, expected: str, **values: object) -> Mistake:
    fix = f"fix_{expected}"
    sentence = text(f"plan_curves.{fix}") if expected in _FIXED else ""
    return Mistake(name, got, text(f"plan_curves.expected_{expected}", **values), sentence)


_FIXED = ("anchors", "rising", "distinct", "errors", "one_source")


def _first(values: Floats, wrong: NDArray[np.bool_]) -> str:
    place = tuple(int(index) for index in np.argwhere(wrong)[0])
    where = ", ".join(map(str, place))
    return text("plan_curves.got_value", value=f"{values[place]:g}", index=where)


def _shape(values: Floats) -> str:
    return text("plan_curves.got_shape", shape=" x ".join(map(str, values.shape)) or "1")


def _shown(values: object) -> str:
    return repr(values)[:80]

"""Early stopping on a proper score."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.messages import text, use
from modelyard.models.patience import Patience, notes


def test_the_first_number_is_the_best() -> None:
    patience = Patience(3)
    assert patience.improved(1, 0.7)
    assert (patience.best, patience.loss) == (1, 0.7)


def test_equal_is_not_better() -> None:
    patience = Patience(3, loss=0.7)
    assert not patience.improved(1, 0.7)
    assert patience.best == 0


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_what_is_no_number_is_never_better(loss: float) -> None:
    patience = Patience(2)
    assert not patience.improved(1, loss)
    assert (patience.best, patience.loss) == (0, math.inf)


def test_over_after_the_limit_and_not_before() -> None:
    patience = Patience(3)
    patience.improved(2, 0.5)
    assert [patience.over(step) for step in (2, 3, 4, 5, 6)] == [False, False, False, True, True]


def test_a_new_best_starts_the_wait_anew() -> None:
    patience = Patience(2)
    patience.improved(1, 0.5)
    assert patience.over(3)
    patience.improved(3, 0.4)
    assert not patience.over(4)


@settings(max_examples=50, derandomize=True)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), max_size=20))
def test_the_best_is_the_first_minimum(losses: list[float]) -> None:
    patience = Patience(100)
    for step, loss in enumerate(losses, start=1):
        patience.improved(step, loss)
    numbers = [loss for loss in losses if not math.isnan(loss)]
    assert patience.loss == min(numbers, default=math.inf)
    assert patience.best == (losses.index(min(numbers)) + 1 if numbers else 0)


# --------------------------------------------------------------------- notes
def test_nothing_to_say_of_work_that_was_done_to_the_end() -> None:
    assert notes("", 10, 8) == []


@pytest.mark.parametrize("stopped", ["patience", "watch", "diverged"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_has_its_sentence(stopped: str, language: str) -> None:
    use(language)
    ((key, values),) = notes(stopped, 30, 20)
    said = text(key, **values)
    assert "30" in said and "20" in said


def test_nothing_learnt_is_said() -> None:
    assert notes("", 5, 0) == [("methods.nothing_learnt", {})]
    assert [key for key, _ in notes("patience", 5, 0)] == ["methods.stopped_patience", "methods.nothing_learnt"]

"""Kinds of learner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modelyard.core.plugins import names
from modelyard.plan.curves.kinds import KINDS, UNKNOWN, code
from modelyard.plan.curves.lcdb import DUMMY, read


def test_a_learner_is_of_one_kind() -> None:
    learners = [name for names_of in KINDS.values() for name in names_of]
    assert len(learners) == len(set(learners))
    assert {code(name) for name in learners} == set(range(1, len(KINDS) + 1))


@pytest.mark.parametrize("name", [None, "", "probe", DUMMY, "knn", "决策树"])
def test_others_are_unknown(name: str | None) -> None:
    assert code(name) == UNKNOWN


def test_methods_are_told_by_their_own_names() -> None:
    known = {name for name in names("methods") if code(name) != UNKNOWN}
    assert known == {"linear", "trees", "deep_trees", "network"}


def test_every_learner_of_the_bank_has_a_kind(data_mirror: Path) -> None:
    bank = read(data_mirror / "lcdb11" / "curves.npz")
    assert [name for name in np.setdiff1d(bank.learners, [DUMMY]) if code(str(name)) == UNKNOWN] == []

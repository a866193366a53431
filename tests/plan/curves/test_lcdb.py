"""Cutting curves: nothing that comes later is seen, and the noise is that of so many repeats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modelyard.plan.curves.lcdb import DUMMY, VARIED, Bank, Cut, Plan, cuts, part, read

SIZES = np.ceil(16 * 2 ** (np.arange(80) / 8))


def bank_of(datasets: int = 3, spread: float = 0.002, run: int = 80) -> Bank:
    """Power laws that differ in their floors; the last learner is the constant one."""
    floors = 0.05 + 0.02 * np.arange(datasets)[:, None, None] + 0.01 * np.arange(3)[:, None]
    errors = np.broadcast_to(floors + 2 * SIZES**-0.6, (datasets, 3, 80)).copy()
    errors[:, :, run:] = np.nan
    return Bank(
        SIZES,
        errors,
        np.where(np.isfinite(errors), spread, np.nan),
        np.array(["KNN", "CatBoost", DUMMY]),
        np.arange(100, 100 + datasets),
        np.arange(datasets) // 2,
    )


def drawn(bank: Bank, plan: Plan, seed: int = 0) -> list[Cut]:
    return list(cuts(bank, plan, seed))


def test_the_constant_learner_is_left_out() -> None:
    found = drawn(bank_of(), Plan())
    assert {(cut.dataset, cut.learner) for cut in found} == {(d, k) for d in range(3) for k in range(2)}


def test_a_cut_is_the_usual_measurement() -> None:
    for cut in drawn(bank_of(), Plan()):
        sizes = cut.curve.sizes
        assert len(sizes) == 8
        np.testing.assert_allclose(sizes[1:] / sizes[:-1], 1.54, rtol=0.06)
        np.testing.assert_allclose(cut.sizes / sizes[-1], [2.0, 4.0, 8.0, 16.0][: len(cut.sizes)], rtol=0.02)


def test_what_comes_later_is_the_truth() -> None:
    bank = bank_of()
    for cut in drawn(bank, replace(VARIED, cuts=3)):
        assert (cut.sizes > cut.curve.sizes[-1]).all()
        where = np.searchsorted(SIZES, cut.sizes)
        np.testing.assert_array_equal(cut.errors, bank.errors[cut.dataset, cut.learner, where])


def test_varied_cuts_vary() -> None:
    found = drawn(bank_of(), replace(VARIED, cuts=30))
    assert {len(cut.curve.sizes) for cut in found} == set(range(5, 13))
    assert {cut.repeats for cut in found} == {1, 3, 5, 10, 25}
    assert {cut.curve.source for cut in found} == {"repeats", "given", "residuals"}


def test_all_25_splits_are_their_mean() -> None:
    bank = bank_of()
    for cut in drawn(bank, Plan(repeats=(25,))):
        where = np.searchsorted(SIZES, cut.curve.sizes)
        np.testing.assert_allclose(cut.curve.errors, bank.errors[cut.dataset, cut.learner, where])
        np.testing.assert_allclose(cut.curve.spread, 0.002)


@pytest.mark.parametrize("repeats", [1, 3, 10])
def test_fewer_repeats_are_noisier(repeats: int) -> None:
    bank = bank_of(spread=0.002)
    found = drawn(bank, Plan(repeats=(repeats,), cuts=40))
    gaps = [
        cut.curve.errors - bank.errors[cut.dataset, cut.learner, np.searchsorted(SIZES, cut.curve.sizes)]
        for cut in found
    ]
    expected = 0.002 * np.sqrt(25 / repeats)
    assert np.std(gaps) == pytest.approx(expected, rel=0.1)
    np.testing.assert_allclose(found[0].curve.spread, expected)


def test_the_same_seed_gives_the_same_cuts_whatever_other_data_sets_there_are() -> None:
    bank = bank_of()
    alone = drawn(part(bank, np.array([1])), Plan(cuts=2))
    beside = [cut for cut in drawn(bank, Plan(cuts=2)) if bank.groups[cut.dataset] == 1]
    assert len(alone) == len(beside) > 0
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one.curve.errors, other.curve.errors)
    again = drawn(bank, Plan(cuts=2), seed=1)
    assert any((a.curve.errors[0] != b.curve.errors[0]) for a, b in zip(again, drawn(bank, Plan(cuts=2)), strict=True))


@pytest.mark.parametrize("run", [0, 1, 20, 43])
def test_short_curves_give_no_cut(run: int) -> None:
    assert drawn(bank_of(run=run), Plan()) == []


def test_the_shortest_curve_that_can_be_cut() -> None:
    assert len(drawn(bank_of(run=44), Plan())) == 6


def test_holes_are_not_bridged() -> None:
    bank = bank_of()
    bank.errors[:, :, 40:60] = np.nan
    for cut in drawn(bank, replace(VARIED, cuts=10)):
        assert np.isfinite(cut.errors).all()
        assert np.isfinite(cut.curve.errors).all()


def test_a_part_holds_whole_groups() -> None:
    found = part(bank_of(), np.array([0]))
    assert found.datasets.tolist() == [100, 101]
    assert found.errors.shape == (2, 3, 80)


def test_a_file_is_read_as_catalogued(tmp_path: Path) -> None:
    curves = np.full((2, 3, 2, 80, 3), 7.0, dtype=np.float32)
    curves[:, :, 0, :, 2], curves[:, :, 1, :, 2] = 0.25, 0.5
    names = {"learners": np.array(["a", "b", "c"]), "datasets": np.array([1, 2]), "group": np.array([4, 5])}
    np.savez(tmp_path / "curves.npz", curves=curves, anchors=SIZES.astype(int), **names)
    bank = read(tmp_path / "curves.npz")
    assert (bank.errors == 0.25).all(), "the mean on test rows"
    assert (bank.spread == 0.5).all(), "its standard error"
    assert bank.groups.tolist() == [4, 5]


def test_the_mirrored_bank(data_mirror: Path) -> None:
    bank = read(data_mirror / "lcdb11" / "curves.npz")
    assert bank.errors.shape == (len(bank.datasets), 28, len(bank.sizes))
    assert DUMMY in bank.learners
    known = bank.errors[np.isfinite(bank.errors)]
    assert ((known >= 0) & (known <= 1)).all()

"""Needs: quantiles of a known law are found again, larger targets never need more, and refusals name no number."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from modelyard.core.errors import ProjectError
from modelyard.plan import need
from modelyard.plan.costs import Labels, Range
from modelyard.plan.curves.evidence import Curve, Floats
from modelyard.plan.curves.forecast import Forecast
from modelyard.plan.curves.forecast import forecast as curves_forecast
from modelyard.plan.worlds import draw

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
TODAY, ERROR = 1000, 0.2
PRICE = Range(1, 1, 1)


class Drawn(Forecast):
    """A forecast whose probabilities are straight between and beyond the levels."""

    def probability(self, target: float) -> Floats:
        found = []
        for row in self.quantiles:
            steps = np.diff(row)[[0, -1]] / np.diff(self.levels)[[0, -1]] * 0.05
            found.append(np.interp(target, np.r_[row[0] - steps[0], row, row[-1] + steps[1]], (0, *self.levels, 1)))
        return np.asarray(found)


def drawn(quantiles: Floats, sizes: Floats | None = None) -> Forecast:
    """A forecast with given quantiles [sizes, levels], from 1,000 rows and an error of 0.2 on."""
    curve = Curve(np.array([500.0, TODAY]), np.array([0.25, ERROR]), np.array([0.01, 0.01]))
    at = np.asarray(sizes if sizes is not None else TODAY * 2.0 ** np.arange(0.25, 4.01, 0.25))
    found = np.asarray(quantiles, float)
    return Drawn(curve, at, LEVELS, found, found[:, 1], found[:, 5], ("forecast",) * len(at), (), "", "drawn")


def law(slopes: tuple[float, ...] = (0.5, 0.45, 0.4, 0.3, 0.2, 0.12, 0.1), step: float = 0.25) -> Forecast:
    """Error 0.2 - slope * log2(rows / 1000) at each level: straight on ln rows, as the paths between sizes are."""
    doublings = np.arange(step, 4.01, step)
    return drawn(ERROR - 0.1 * np.outer(doublings, slopes), TODAY * 2.0**doublings)


def certain() -> Forecast:
    """The target of 0.1 is reached by 8 times the rows with a probability that is uniform on ln rows."""
    doublings = np.arange(0.25, 4.01, 0.25)
    quantiles = 0.1 + 0.1 * (np.asarray(LEVELS)[None, :] - doublings[:, None] / 3)
    return drawn(quantiles, TODAY * 2.0**doublings)


def refused(forecast: Forecast, reason: str = "曲线是平的") -> Forecast:
    return replace(forecast, refused=reason)


# -------------------------------------------------------------------- samples
def test_quantiles_of_a_known_law_are_found_again() -> None:
    found = need.samples(law(), 0.16)
    assert found.n_50 == math.ceil(TODAY * 2 ** (0.4 / 0.3))
    assert found.n_75 == TODAY * 4
    assert found.n_90 is None
    assert not found.beyond and not found.met and found.today == TODAY


def test_a_number_beyond_four_times_is_marked_and_none_beyond_eight_is_named() -> None:
    assert need.samples(law(), 0.159).beyond
    last = need.samples(law(), 0.14)
    assert last.n_75 == TODAY * 8 and last.beyond
    assert need.samples(law(), 0.1399).n_75 is None


def test_no_plan_gives_it() -> None:
    found = need.samples(law(), 0.01)
    assert (found.n_50, found.n_75, found.n_90) == (None, None, None)
    assert not found.refused and not found.beyond


@pytest.mark.parametrize("target", [0.2, 0.3, 1.0])
def test_already_met_today(target: float) -> None:
    for forecast in (law(), refused(law())):
        found = need.samples(forecast, target)
        assert found.met and (found.n_50, found.n_75, found.n_90) == (TODAY,) * 3 and not found.beyond


def test_a_refused_forecast_names_no_number_but_its_reason() -> None:
    found = need.samples(refused(law()), 0.16)
    assert (found.n_50, found.n_75, found.n_90, found.refused) == (None, None, None, "曲线是平的")


@pytest.mark.parametrize("target", [-0.1, 1.1, math.nan, math.inf])
def test_a_target_that_is_no_error(target: float) -> None:
    for ask in (need.samples, lambda forecast, wrong: need.probability(forecast, wrong, 2000)):
        with pytest.raises(ProjectError, match="target"):
            ask(law(), target)


def test_an_error_that_rises_again_was_reached() -> None:
    dip = np.full((4, 7), 0.25)
    dip[0] = 0.1
    found = need.samples(drawn(dip, TODAY * np.array([2.0, 3, 4, 8])), 0.15)
    assert found.n_50 == found.n_90 == math.ceil(TODAY * 2**0.5)


def test_sizes_that_end_early_name_no_more() -> None:
    short = drawn(np.full((1, 7), 0.19), np.array([1500.0]))
    assert need.samples(short, 0.18).n_50 is None
    assert need.samples(short, 0.19).n_90 == 1500


def monotone_quantiles(steps: list[float], widths: list[float]) -> Floats:
    rows = 0.05 + np.asarray(steps)[:, None] + np.cumsum(np.asarray(widths))[None, :] * np.asarray(steps)[:, None]
    return np.asarray(np.clip(rows, 0, 1))


quantile_tables = st.builds(
    monotone_quantiles,
    st.lists(st.floats(0, 0.3), min_size=16, max_size=16),
    st.lists(st.floats(0, 0.5), min_size=7, max_size=7),
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(quantile_tables, st.floats(0, 0.4), st.floats(0, 0.2))
def test_larger_targets_need_no_more_and_surer_plans_no_less(quantiles: Floats, target: float, more: float) -> None:
    forecast = drawn(quantiles)
    strict, loose = need.samples(forecast, target), need.samples(forecast, target + more)
    numbers = [math.inf if n is None else n for n in (strict.n_50, strict.n_75, strict.n_90)]
    easier = [math.inf if n is None else n for n in (loose.n_50, loose.n_75, loose.n_90)]
    assert numbers == sorted(numbers)
    assert all(one >= other for one, other in zip(numbers, easier, strict=True))
    assert all(TODAY <= n <= 8 * TODAY for n in numbers + easier if n != math.inf)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(quantile_tables, st.floats(0, 0.3))
def test_the_need_of_a_world_is_the_plan_of_its_quantile(quantiles: Floats, target: float) -> None:
    forecast = drawn(quantiles)
    worlds = np.linspace(0, 1, 41)
    drawn_needs = need.requirements(forecast, target, worlds)
    assert (np.diff(drawn_needs[np.isfinite(drawn_needs)]) >= -1e-6).all()
    assert (np.diff(np.isfinite(drawn_needs).astype(int)) <= 0).all()
    plan = need.samples(forecast, target)
    at_half = drawn_needs[20]
    assert (plan.n_50 is None) == math.isinf(at_half)
    if plan.n_50 is not None:
        assert plan.n_50 == pytest.approx(at_half, abs=1)


def test_requirements_of_a_refused_forecast_are_infinite() -> None:
    assert np.isinf(need.requirements(refused(law()), 0.16, np.array([0.1, 0.9]))).all()
    assert_allclose(need.requirements(refused(law()), 0.2, np.array([0.1, 0.9])), TODAY)


# -------------------------------------------------------------------- chances
def test_probability_of_a_goal_at_a_size() -> None:
    forecast = law()
    assert need.probability(forecast, 0.16, 4000) == pytest.approx(0.75)
    assert need.probability(forecast, 0.25, TODAY) == 1
    assert need.probability(forecast, 0.16, TODAY) == 0
    assert need.probability(forecast, 0.16, 8001) is None
    assert need.probability(refused(forecast), 0.16, 4000) is None
    assert need.probability(refused(forecast), 0.25, TODAY) == 1


@pytest.mark.parametrize("size", [999, 0, -1, math.nan])
def test_fewer_rows_than_there_are_is_no_question(size: float) -> None:
    with pytest.raises(ProjectError, match="size"):
        need.probability(law(), 0.16, size)


# -------------------------------------------------------------------- buying
@pytest.mark.parametrize("penalty", [1500.0, 3000.0, 6000.0, 12_000.0])
def test_the_newsvendor_in_closed_form(penalty: float) -> None:
    """With a need that is uniform on ln rows up to 8 times today's, the price is its density: q = penalty / ln 8."""
    found = need.buy(certain(), 0.1, PRICE, penalty)
    best = penalty / math.log(8)
    if best <= TODAY:
        assert found.reason == "too_dear" and found.size == TODAY
    else:
        assert found.size == pytest.approx(min(best, 8 * TODAY), abs=1)
        assert found.probability == pytest.approx(math.log(found.size / TODAY) / math.log(8))
        assert found.loss == pytest.approx(found.size - TODAY + penalty * (1 - (found.probability or 0)))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(quantile_tables, st.floats(0.01, 0.19), st.floats(0.01, 5), st.floats(0, 20_000))
def test_no_other_size_costs_less(quantiles: Floats, target: float, price: float, penalty: float) -> None:
    forecast = drawn(quantiles)
    found = need.buy(forecast, target, Range(price, price, price), penalty)
    if found.reason == "met":
        return
    others = np.unique(np.geomspace(TODAY, 8 * TODAY, 30).astype(int))
    reached = np.maximum.accumulate([need.probability(forecast, target, size) or 0.0 for size in others])
    losses = price * (others - TODAY) + penalty * (1 - reached)
    assert found.loss is not None and found.idle_loss == pytest.approx(penalty)
    assert found.loss <= losses.min() + 0.02 * penalty


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.05, 4), st.floats(100, 50_000))
def test_rounds_add_up_and_are_few(price: float, penalty: float) -> None:
    found = need.buy(certain(), 0.1, Range(price, price, price), penalty)
    assert len(found.rounds) <= need.MOST_ROUNDS
    assert sum(one.rows for one in found.rounds) == found.size - TODAY
    assert [one.size for one in found.rounds] == sorted({one.size for one in found.rounds})
    assert sum(one.spend.likely for one in found.rounds) == pytest.approx(price * (found.size - TODAY))
    chances = [one.probability for one in found.rounds]
    assert chances == sorted(chances) and (not chances or chances[-1] == pytest.approx(found.probability))


def test_dearer_rows_are_bought_less_and_dearer_misses_more() -> None:
    sizes = [need.buy(certain(), 0.1, Range(price, price, price), 6000).size for price in (0.5, 1, 2, 4)]
    assert sizes == sorted(sizes, reverse=True)
    sizes = [need.buy(certain(), 0.1, PRICE, penalty).size for penalty in (0, 2500, 5000, 50_000)]
    assert sizes == sorted(sizes)


def test_a_whole_purchase_has_five_rounds_of_one_factor() -> None:
    found = need.buy(certain(), 0.1, PRICE, 1e6)
    ends = [TODAY, *(one.size for one in found.rounds)]
    assert found.size == 8 * TODAY and len(found.rounds) == 5
    assert_allclose(np.diff(np.log(ends)), math.log(8) / 5, rtol=2e-3)


def test_a_small_purchase_is_one_round() -> None:
    found = need.buy(certain(), 0.1, PRICE, 1e6, most=1300)
    assert [one.size for one in found.rounds] == [1300]
    assert found.rounds[0].spend == Range(300, 300, 300)


def test_no_more_rows_are_to_be_had() -> None:
    for most in (0, 500, TODAY):
        assert need.buy(certain(), 0.1, PRICE, 1e6, most=most).rounds == ()


def test_nothing_to_buy() -> None:
    assert need.buy(law(), 0.2, PRICE, 100).reason == "met"
    assert need.buy(law(), 0.01, PRICE, 100).reason == "too_dear"
    stopped = need.buy(refused(law()), 0.1, PRICE, 100)
    assert (stopped.reason, stopped.refused, stopped.loss) == ("refused", "曲线是平的", None)


@pytest.mark.parametrize(
    ("price", "penalty", "most"), [(0.0, 1.0, None), (1.0, -1.0, None), (1.0, math.nan, None), (1.0, 1.0, -1)]
)
def test_prices_that_cannot_be(price: float, penalty: float, most: int | None) -> None:
    with pytest.raises(ProjectError):
        need.buy(certain(), 0.1, Range(price, price, price), penalty, most)


# -------------------------------------------------------------------- worth
def test_a_batch_that_gains_more_than_it_costs() -> None:
    found = need.worth(law(), 1000, min_gain=0.02, value=1e6, price=PRICE)
    assert found.go_on and found.reason == "" and found.cost.likely == 1000
    mean = np.trapezoid([0.05, 0.05, 0.045, 0.04, 0.03, 0.02, 0.012, 0.01, 0.01], [0, *LEVELS, 1])
    assert found.gain == pytest.approx(mean)
    assert found.probability == pytest.approx(0.75)
    assert found.worse == 0


def test_reasons_to_stop() -> None:
    assert need.worth(law(), 1000, min_gain=0.045, value=1e9, price=PRICE).reason == "unlikely"
    assert need.worth(law(), 1000, min_gain=0.3, value=1e9, price=PRICE).reason == "unlikely"
    assert need.worth(law(), 1000, min_gain=0.02, value=1000, price=PRICE).reason == "too_dear"
    assert need.worth(law(), 7001, min_gain=0.02, value=1e9, price=PRICE).reason == "too_far"
    stopped = need.worth(refused(law()), 1000, min_gain=0.02, value=1e9, price=PRICE)
    assert (stopped.go_on, stopped.gain, stopped.refused) == (False, None, "曲线是平的")


def test_an_error_that_may_rise_says_how_probable_that_is() -> None:
    rows = ERROR + 0.01 * np.arange(-3, 4)
    found = need.worth(drawn(np.tile(rows, (16, 1))), 1000, min_gain=0.0, value=1e6, price=PRICE)
    assert found.worse == pytest.approx(0.5) and found.probability == pytest.approx(0.5)
    assert found.gain == pytest.approx(0, abs=1e-12) and found.reason == "too_dear"


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"min_gain": -0.1}, {"value": -1.0}, {"value": math.nan}])
def test_batches_that_cannot_be(wrong: dict[str, float]) -> None:
    asked = {"rows": 100, "min_gain": 0.01, "value": 1.0} | wrong
    with pytest.raises(ProjectError, match=next(iter(wrong))):
        need.worth(law(), int(asked["rows"]), min_gain=asked["min_gain"], value=asked["value"], price=PRICE)


# -------------------------------------------------------------------- budgets
def test_a_budget_that_fits_buys_the_target_and_no_more() -> None:
    half, sure, surest = need.within(law(), 0.16, Labels(PRICE), budget=5000)
    assert half.wanted and half.error == 0.16 and half.cost.likely == math.ceil(TODAY * 2 ** (0.4 / 0.3)) - TODAY
    assert sure.wanted and sure.size == 4 * TODAY and sure.cost == sure.target_cost
    assert not surest.wanted and surest.target_cost is None


def test_a_budget_that_nothing_fits_names_the_nearest_target_and_its_price() -> None:
    offers = need.within(law(), 0.1, Labels(Range(0.5, 1, 2)), budget=1000)
    assert [offer.probability for offer in offers] == [0.5, 0.75, 0.9]
    assert [offer.error for offer in offers] == pytest.approx([0.17, 0.18, 0.188])
    assert all(not offer.wanted and offer.size == 2 * TODAY for offer in offers)
    assert offers[0].cost == Range(500, 1000, 2000)


@pytest.mark.parametrize("budget", [0.0, 0.5])
def test_a_budget_of_nothing_stays_where_it_is(budget: float) -> None:
    for offer in need.within(law(), 0.1, Labels(PRICE), budget):
        assert offer.error == ERROR and offer.size == TODAY and offer.cost.likely == 0


def test_rows_that_cost_nothing_reach_as_far_as_is_named() -> None:
    offers = need.within(law(), 0.0, Labels(Range(0, 0, 0)), 0)
    assert [offer.size for offer in offers] == [8 * TODAY] * 3


def test_budgets_of_refused_and_met_targets() -> None:
    assert need.within(refused(law()), 0.1, Labels(PRICE), 1000) == ()
    assert all(offer.wanted and offer.cost.likely == 0 for offer in need.within(law(), 0.3, Labels(PRICE), 1000))
    with pytest.raises(ProjectError, match="budget"):
        need.within(law(), 0.1, Labels(PRICE), -1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(quantile_tables, st.floats(0, 0.2), st.floats(0, 9000), st.floats(0, 5000))
def test_offers_keep_to_the_budget_and_more_money_is_never_worse(
    quantiles: Floats, target: float, budget: float, more: float
) -> None:
    forecast = drawn(quantiles)
    for one, other in zip(
        need.within(forecast, target, Labels(PRICE), budget),
        need.within(forecast, target, Labels(PRICE), budget + more),
        strict=True,
    ):
        assert one.cost.likely <= budget + 1e-6
        assert other.error <= one.error + 1e-12


def test_the_same_question_has_the_same_answer() -> None:
    assert need.buy(law(), 0.15, PRICE, 9000) == need.buy(law(), 0.15, PRICE, 9000)
    assert need.samples(law(), 0.15) == need.samples(law(), 0.15)


# -------------------------------------------------------------------- a real forecast
SIZES = np.array([48, 74, 114, 175, 270, 416, 640, 1000.0])


def real(exponent: float = 0.4, floor: float = 0.05) -> Forecast:
    return curves_forecast(SIZES, floor + 0.4 * (SIZES / 48) ** -exponent, spread=np.full(8, 0.004), kind="trees")


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.2, 0.9), st.floats(0.5, 0.99))
def test_needs_are_drawn_as_the_forecast_says(exponent: float, share: float) -> None:
    """The share of the worlds whose need is met by a size is the largest probability up to that size."""
    forecast = real(exponent)
    target = share * float(forecast.curve.errors[-1])
    drawn_needs = need.requirements(forecast, target, draw(2000))
    shown = forecast.sizes <= 8000
    expected = np.maximum.accumulate(forecast.probability(target)[shown])
    found = [(drawn_needs <= size * (1 + 1e-9)).mean() for size in forecast.sizes[shown]]
    assert_allclose(found, expected, atol=3e-3)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.2, 0.9), st.floats(0.5, 0.99))
def test_a_plan_and_the_probability_at_its_size_agree(exponent: float, share: float) -> None:
    forecast = real(exponent)
    target = share * float(forecast.curve.errors[-1])
    plan = need.samples(forecast, target)
    for size, wanted in ((plan.n_50, 0.5), (plan.n_75, 0.75), (plan.n_90, 0.9)):
        if size is not None and size > forecast.sizes[0]:
            reached = need.probability(forecast, target, size)
            assert reached is not None and reached == pytest.approx(wanted, abs=0.005)


def test_a_flat_curve_names_no_number_and_says_why() -> None:
    flat = curves_forecast(SIZES, np.full(8, 0.3) - 0.0001 * np.arange(8), spread=np.full(8, 0.004), kind="trees")
    found = need.samples(flat, 0.2)
    assert found.refused and (found.n_50, found.n_75, found.n_90) == (None, None, None)
    assert need.buy(flat, 0.2, PRICE, 1000).reason == "refused"
    assert need.worth(flat, 500, min_gain=0.01, value=1e6, price=PRICE).reason == "refused"
    assert need.within(flat, 0.2, Labels(PRICE), 1000) == ()


def test_a_curve_that_ends_at_nothing() -> None:
    perfect = curves_forecast(SIZES, np.r_[np.linspace(0.3, 0.01, 7), 0.0], spread=np.full(8, 0.004), kind="trees")
    assert need.samples(perfect, 0.0).met
    assert need.worth(perfect, 500, min_gain=0.01, value=1e6, price=PRICE).go_on is False


def test_a_plan_in_the_numbers_of_a_user() -> None:
    """0.3 yuan a label, two annotators: what the first round costs, and that the others wait for a new fit."""
    labels = Labels(Range(0.2, 0.3, 0.6), annotators=2, checked=0.1, accepted=0.9)
    found = need.buy(real(), 0.12, labels.of_one, penalty=20_000)
    assert found.rounds and found.rounds[0].spend == labels.of_one.times(found.rounds[0].rows)
    first, last = found.rounds[0], found.rounds[-1]
    assert first.size - TODAY == first.rows and last.size == found.size
    assert found.loss is not None and found.idle_loss is not None and found.loss < found.idle_loss

"""The choice: the rule, Pareto's laws, ways that nothing separates, and the run that would tell most."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError
from modelyard.core.goals import Goal, parse
from modelyard.plan import choice, worlds
from modelyard.plan.choice import Experiment, choose, front, next_experiment, separate
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.table import Basis, Cell, Place

DRAWS = 2000
WORLDS = worlds.draw(DRAWS)
QUALITY = ("accuracy", parse("accuracy >= 0.8", "goals"))
SPEED = ("ms", parse("latency_p99_ms <= 10", "goals"))


def cell(
    model: str, accuracy: Floats | float, cost: float, *, basis: Basis = "measured", rows: int = 1000, changes: int = 0,
    ms: Floats | float = 5.0,
) -> Cell:  # fmt: skip
    draws = {"accuracy": accuracy, "cost": cost, "ms": ms}
    return Cell(Place(rows, model, "fp32"), basis, {k: np.broadcast_to(v, (DRAWS,)) for k, v in draws.items()}, changes)


def lucky(share: float, good: float = 0.9, bad: float = 0.7) -> Floats:
    """Good in the luckiest share of the worlds."""
    return np.where(share > WORLDS, good, bad)


def names(choice_made: choice.Choice) -> list[str]:
    return [one.cell.place.model for one in choice_made.standings]


# -------------------------------------------------------------------- the rule
def test_the_cheapest_that_reaches_the_goals_often_enough() -> None:
    made = choose([cell("dear", 0.95, 9), cell("cheap", lucky(0.85), 3), cell("bad", 0.5, 1)], [QUALITY], 0.8)
    assert names(made) == ["cheap", "dear", "bad"]
    assert made.reached and made.chosen.probability == pytest.approx(0.85)
    assert names(choose([cell("dear", 0.95, 9), cell("cheap", lucky(0.85), 3)], [QUALITY], 0.9))[0] == "dear"


def test_else_the_likeliest() -> None:
    made = choose([cell("dear", lucky(0.6), 9), cell("cheap", lucky(0.4), 3)], [QUALITY], 0.8)
    assert names(made) == ["dear", "cheap"] and not made.reached


def test_of_equals_the_simpler() -> None:
    same = [cell("b", 0.9, 3, changes=2), cell("c", 0.9, 3, changes=1, basis="ratio"), cell("a", 0.9, 3, changes=1)]
    assert names(choose(same, [QUALITY], 0.8)) == ["a", "c", "b"]
    unlikely = [cell("b", lucky(0.505), 3, changes=2), cell("a", lucky(0.5), 9, changes=0)]
    assert names(choose(unlikely, [QUALITY], 0.8))[0] == "a"
    assert names(choose([cell("多", 0.9, 3, rows=2000), cell("少", 0.9, 3, rows=1000)], [QUALITY], 0.8))[0] == "少"


def test_goals_are_joined_in_the_same_world_and_not_multiplied() -> None:
    together = choose([cell("x", lucky(0.5), 1, ms=np.where(WORLDS < 0.5, 5.0, 50.0))], [QUALITY, SPEED], 0.4)
    assert together.chosen.probability == pytest.approx(0.5)
    apart = choose([cell("x", lucky(0.5), 1, ms=np.where(WORLDS < 0.5, 50.0, 5.0))], [QUALITY, SPEED], 0.4)
    assert apart.chosen.probability == 0 and apart.chosen.each == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(("operator", "share"), [(">=", 1.0), (">", 0.0), ("<=", 1.0), ("<", 0.0)])
def test_operators_hold_as_goals_do(operator: str, share: float) -> None:
    goal: Goal = parse(f"accuracy {operator} 0.8", "goals")
    assert choose([cell("x", 0.8, 1)], [("accuracy", goal)], 0.5).chosen.probability == share
    assert goal.holds(0.8) == (share == 1)


def test_what_is_not_known_is_left_out_and_told() -> None:
    unknown = Cell(Place(2000, "新", "fp32"), "ratio", {"cost": np.zeros(DRAWS)}, 1)
    made = choose([cell("x", 0.9, 1), unknown], [QUALITY], 0.8)
    assert made.left_out == ((unknown.place, "accuracy"),) and names(made) == ["x"]
    with pytest.raises(ProjectError, match="accuracy"):
        choose([unknown], [QUALITY], 0.8)


def test_ways_that_nothing_separates_are_named() -> None:
    noise = 0.02 * worlds.scores(worlds.draw(DRAWS, stream=1))
    other = 0.02 * worlds.scores(worlds.draw(DRAWS, stream=2))
    cells = [cell("a", 0.9 + noise, 1), cell("b", 0.91 + other, 2), cell("c", 0.905 + noise, 3)]
    assert [place.model for place in choose(cells, [QUALITY], 0.8).alike] == ["b"]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.permutations(range(6)), st.floats(0.05, 0.95), st.integers(0, 5))
def test_the_order_of_the_cells_does_not_matter(order: list[int], level: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    shares, costs = random.choice([0.2, 0.5, 0.505, 0.9, 1.0], 6), random.choice([1.0, 2.0, 3.0], 6)
    cells = [cell(f"m{i}", lucky(shares[i]), costs[i], changes=i % 3) for i in range(6)]
    one, other = choose(cells, [QUALITY], level), choose([cells[i] for i in order], [QUALITY], level)
    assert names(one) == names(other) and one.alike == other.alike
    prices = {cell.place: 1.0 for cell in cells}
    assert next_experiment(cells, [QUALITY], level, prices) is None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 200), st.floats(0.05, 0.95))
def test_the_rule_in_words(seed: int, level: float) -> None:
    random = np.random.default_rng(seed)
    cells = [cell(f"m{i}", lucky(random.random()), random.random()) for i in range(5)]
    made = choose(cells, [QUALITY], level)
    reaching = [one for one in made.standings if one.probability >= level]
    if reaching:
        assert made.reached and made.chosen.cost == min(one.cost for one in reaching)
    else:
        assert made.chosen.probability >= max(one.probability for one in made.standings) - choice.TIE


def test_more_is_asked_and_less_is_reached() -> None:
    """A stricter goal, or one more, is never likelier."""
    quality = 0.8 + 0.05 * worlds.scores(worlds.draw(DRAWS, stream=4))
    strict = ("accuracy", parse("accuracy >= 0.85", "goals"))
    chances = [
        choose([cell("x", quality, 1, ms=10 + 5 * worlds.scores(WORLDS))], goals, 0.5).chosen.probability
        for goals in ([QUALITY], [strict], [strict, SPEED])
    ]
    assert chances == sorted(chances, reverse=True) and chances[0] == pytest.approx(0.5, abs=0.01)


def test_one_way_alone_is_chosen_and_says_how_likely_it_is() -> None:
    made = choose([cell("only", lucky(0.1), 1)], [QUALITY], 0.9)
    assert names(made) == ["only"] and not made.reached and made.alike == () and made.left_out == ()
    assert made.chosen.probability == pytest.approx(0.1) and made.level == 0.9


def test_costs_that_are_drawn_count_by_their_median() -> None:
    steady, wild = cell("steady", 0.9, 10), cell("wild", 0.9, 0)
    wild.draws["cost"] = np.where(WORLDS < 0.4, 1000.0, 9.0)  # type: ignore[index]
    assert names(choose([steady, wild], [QUALITY], 0.8))[0] == "wild"


# -------------------------------------------------------------------- Pareto
CRITERIA: dict[str, Literal["higher", "lower"]] = {"accuracy": "higher", "cost": "lower", "ms": "lower"}


def test_a_front() -> None:
    cells = [cell("best", 0.9, 9), cell("cheap", 0.8, 1), cell("beaten", 0.79, 2), cell("twin", 0.8, 1)]
    assert [one.place.model for one in front(cells, CRITERIA)] == ["best", "cheap", "twin"]
    assert front([], CRITERIA) == ()


def test_cells_that_lack_a_criterion_are_not_compared() -> None:
    cells = [cell("x", 0.9, 1), Cell(Place(1, "y", "fp32"), "ratio", {"cost": np.zeros(DRAWS)}, 0)]
    assert [one.place.model for one in front(cells, CRITERIA)] == ["x"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_pareto_laws(values: list[tuple[int, int, int]], random: object) -> None:
    cells = [cell(f"m{i}", float(a), float(c), ms=float(t)) for i, (a, c, t) in enumerate(values)]
    found = front(cells, CRITERIA)
    assert found and front(found, CRITERIA) == found
    random.shuffle(cells)  # type: ignore[attr-defined]
    assert front(cells, CRITERIA) == found

    def beats(one: Cell, other: Cell) -> bool:
        mine, its = ([-o.draws["accuracy"][0], o.draws["cost"][0], o.draws["ms"][0]] for o in (one, other))
        return all(a <= b for a, b in zip(mine, its, strict=True)) and mine != its

    for one in cells:
        assert (one in found) == (not any(beats(other, one) for other in cells))
        assert one in found or any(beats(other, one) for other in found)


# -------------------------------------------------------------------- differences
def test_two_ways_on_the_same_rows() -> None:
    random = np.random.default_rng(0)
    hard = random.exponential(size=300)
    better = separate(hard, hard - 0.05 - 0.01 * random.random(300))
    assert better.outcome == "better" and better.rows is None and better.gain.value == pytest.approx(0.055, abs=0.01)
    assert separate(hard - 0.05, hard).outcome == "worse"
    open_one = separate(hard, hard + random.normal(0.005, 0.3, 300))
    assert open_one.outcome == "cannot separate" and (open_one.rows is None or open_one.rows > 300)


def test_right_and_wrong_answers_are_counted() -> None:
    wrong, right = np.ones(100), np.zeros(100)
    assert separate(wrong, right).outcome == "better"
    few = separate(np.r_[np.ones(3), np.zeros(97)], np.zeros(100))
    assert few.outcome == "cannot separate" and few.gain.value == pytest.approx(0.03)
    same = separate(wrong, wrong)
    assert same.outcome == "cannot separate" and same.rows is None


@pytest.mark.parametrize(
    ("one", "other"), [([], []), ([1.0], [1.0, 2.0]), ([math.nan], [1.0]), ([[1.0]], [[1.0]]), ([1.0], [math.inf])]
)
def test_losses_of_other_rows(one: list[float], other: list[float]) -> None:
    with pytest.raises(ProjectError, match="losses"):
        separate(np.asarray(one), np.asarray(other))


# -------------------------------------------------------------------- experiments
def test_the_run_that_would_most_change_the_choice_for_its_price() -> None:
    cells = [
        cell("today", 0.9, 10),
        cell("half", lucky(0.5), 1, basis="forecast"),
        cell("rare", np.where(worlds.draw(DRAWS, stream=3) < 0.2, 0.9, 0.7), 2, basis="ratio"),
        cell("never", 0.1, 0.5, basis="ratio"),
    ]
    prices = {one.place: 10.0 for one in cells}
    found = next_experiment(cells, [QUALITY], 0.8, prices)
    assert found == Experiment(Place(1000, "half", "fp32"), pytest.approx(0.5), 10.0)
    prices[cells[1].place] = 100.0
    cheaper = next_experiment(cells, [QUALITY], 0.8, prices)
    assert cheaper is not None and cheaper.place.model == "rare" and cheaper.change == pytest.approx(0.2)


def test_no_run_would_change_anything() -> None:
    cells = [cell("today", 0.9, 1), cell("dear", lucky(0.5), 5, basis="forecast")]
    assert next_experiment(cells, [QUALITY], 0.8, {one.place: 1.0 for one in cells}) is None
    assert next_experiment(cells, [QUALITY], 0.8, {}) is None


def test_one_run_tells_of_all_that_rests_on_the_same_draw() -> None:
    """Running the small step shows whether the large one works, at a tenth of its price."""
    cells = [
        cell("today", 0.9, 10),
        cell("small", np.where(WORLDS < 0.5, 0.79, 0.6), 1, basis="forecast"),
        cell("large", lucky(0.5), 2, basis="forecast"),
    ]
    prices = {cells[1].place: 1.0, cells[2].place: 10.0}
    found = next_experiment(cells, [QUALITY], 0.8, prices)
    assert found is not None and found.place.model == "small" and found.change == pytest.approx(0.5)


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_prices_of_runs_that_cannot_be(price: float) -> None:
    one = cell("x", 0.9, 1)
    with pytest.raises(ProjectError, match="x"):
        next_experiment([one], [QUALITY], 0.8, {one.place: price})


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 100), st.floats(0.3, 0.9), st.floats(0.01, 100))
def test_the_best_run_is_the_best_in_any_currency(seed: int, level: float, factor: float) -> None:
    random = np.random.default_rng(seed)
    cells = [cell("today", lucky(random.random()), 5.0)]
    for number in range(4):
        drawn = np.where(worlds.draw(DRAWS, stream=number) < random.random(), 0.9, 0.7)
        cells.append(cell(f"m{number}", drawn, float(random.random() * 10), basis="ratio"))
    prices = {one.place: float(random.uniform(1, 9)) for one in cells}
    one = next_experiment(cells, [QUALITY], level, prices)
    other = next_experiment(cells, [QUALITY], level, {place: price * factor for place, price in prices.items()})
    assert one == next_experiment(cells[::-1], [QUALITY], level, prices)
    assert (one is None) == (other is None)
    if one and other:
        assert one.place == other.place and 0 < one.change <= 1 and one.place.model != "today"


def test_what_does_not_bear_on_the_goals_is_not_run() -> None:
    """A cell whose accuracy is open, but surely too slow."""
    cells = [cell("today", 0.9, 10), cell("slow", lucky(0.5), 1, basis="ratio", ms=50.0)]
    prices = {one.place: 1.0 for one in cells}
    assert next_experiment(cells, [QUALITY, SPEED], 0.8, prices) is None
    assert next_experiment(cells, [QUALITY], 0.8, prices) is not None


# -------------------------------------------------------------------- wrong input
@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 80.0, math.nan])
def test_a_level_that_is_none(level: float) -> None:
    with pytest.raises(ProjectError, match="level"):
        choose([cell("x", 0.9, 1)], [QUALITY], level)


def test_nothing_to_choose_from() -> None:
    with pytest.raises(ProjectError, match="cells"):
        choose([], [QUALITY], 0.8)
    with pytest.raises(ProjectError, match="goals"):
        choose([cell("x", 0.9, 1)], [], 0.8)
    with pytest.raises(ProjectError, match="once"):
        choose([cell("x", 0.9, 1), cell("x", 0.8, 1)], [QUALITY], 0.8)


@pytest.mark.parametrize("wrong", [np.zeros(3), np.full(DRAWS, np.nan), np.zeros(0)])
def test_draws_of_other_worlds(wrong: Floats) -> None:
    bad = Cell(Place(1, "坏", "fp32"), "measured", {"accuracy": wrong, "cost": np.zeros(DRAWS)}, 0)
    with pytest.raises(ProjectError, match="accuracy"):
        choose([cell("x", 0.9, 1), bad], [QUALITY], 0.8)

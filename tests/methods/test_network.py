"""The network as a method: options, checkpoint, export; the loop itself is tested with the models."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.fragments.graph import Graph
from modelyard.methods.network import fit, load
from modelyard.methods.network.export import export
from modelyard.methods.network.options import Options, cost, work

pytestmark = pytest.mark.torch
ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "mish", "tanh")
NORMS = ("none", "batch", "layer")


def circle(rows: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Inside or outside of a ring: no linear model can say."""
    x = np.random.default_rng(seed).normal(size=(rows, 2)).astype(np.float32)
    return x, ((x**2).sum(axis=1) > 1.4).astype(np.int64)


# -------------------------------------------------------------------- learning
def test_learns_what_no_line_can_divide(make_problem: Any, learn: Any, scores: Any) -> None:
    report = learn("network", make_problem("classification", *circle(), *circle(200, 1)), epochs=30)
    assert ((scores("network", circle(500, 2)[0])[:, 0] > 0) == circle(500, 2)[1]).mean() > 0.9
    assert [point["step"] for point in report["curves"]] == list(range(1, report["done"] + 1))


def test_the_classic_toy_of_three_label_sets(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = [[1, 2], [2, 3], [3, 4]], [[1, 0], [0, 1], [1, 1]]
    x = (np.array(x) - 2.5) / np.array([0.8, 0.8])
    learn("network", make_problem("multilabel", x, y), epochs=200)
    assert ((scores("network", x) > 0) == np.array(y)).all()


def test_the_toy_of_three_rows_and_two_classes(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = [[1, 0, 1], [0, 1, 0], [1, 1, 0]], [0, 1, 1]
    learn("network", make_problem("classification", x, y))
    assert ((scores("network", x)[:, 0] > 0) == np.array(y)).all()


def test_numbers(make_problem: Any, learn: Any, scores: Any) -> None:
    x, _ = circle()
    y = np.sin(2 * x[:, 0]) + x[:, 1]
    y = (y - y.mean()) / y.std()
    learn("network", make_problem("regression", x, y), epochs=60)
    assert np.mean((scores("network", x)[:, 0] - y) ** 2) < 0.1


def test_unknown_labels_do_not_spoil_the_others(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = circle()
    labels = np.c_[y, np.where(np.arange(len(y)) % 2, np.nan, y)]
    learn("network", make_problem("multilabel", x, labels), epochs=30)
    found = scores("network", x)
    assert np.isfinite(found).all()
    assert ((found[:, 1] > 0) == y).mean() > 0.9


def test_one_row_with_batch_normalisation(make_problem: Any, learn: Any, scores: Any) -> None:
    learn("network", make_problem("classification", [[1.0, 2.0]], [1]), norm="batch", epochs=2)
    assert np.isfinite(scores("network", [[1.0, 2.0]])).all()


def test_what_is_not_learnt_is_the_prior(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = circle(60)
    report = learn("network", make_problem("classification", x, y, x, 1 - y), epochs=3, learning_rate=0.1)
    assert report["best"] == 0
    assert ("methods.nothing_learnt", {}) in report["notes"]
    assert_allclose(scores("network", x), np.log((y.sum() + 0.5) / ((1 - y).sum() + 0.5)), atol=1e-6)


# --------------------------------------------------------------------- options
@pytest.mark.parametrize(
    "change",
    [
        {"members": 1},
        {"bins": 0},
        {"bins": 2},
        {"layers": 1},
        {"layers": 0},
        {"widths": 16},
        {"widths": (32, 8)},
        *({"activation": name} for name in ACTIVATIONS[1:]),
        *({"norm": name} for name in NORMS[1:]),
        {"dropout": 0.5},
        *({"optimizer": name} for name in ("sgd", "adam", "rmsprop")),
        {"learning_rate": 0.02},
        {"weight_decay": 0.5},
        {"momentum": 0.5},
        *({"schedule": name} for name in ("constant", "linear", "step")),
        {"warmup": 0.5},
        {"clip": 0.01},
        {"average": 0.0},
        {"label_smoothing": 0.2},
        {"batch_size": 64},
        {"epochs": 2},
        {"patience": 1},
    ],
    ids=str,
)
def test_every_option_matters(make_problem: Any, learn: Any, scores: Any, change: dict[str, Any]) -> None:
    x, y = circle(120)
    x_valid, y_valid = circle(60, 1)
    problem = make_problem("classification", x, y, x_valid, y_valid)
    base: dict[str, Any] = {"widths": 32, "epochs": 6, "clip": 0.5}
    if "patience" in change:  # it matters where the loss does not fall every time
        base |= {"learning_rate": 0.01, "epochs": 40, "schedule": "constant"}
    learn("network", problem, **base)
    learn("network", problem, name="changed", **{**base, **change})
    assert not np.array_equal(scores("network", x), scores("network", x, "changed"))


def test_label_smoothing_is_for_classes_and_for_training_only(make_problem: Any, learn: Any, scores: Any) -> None:
    x, y = circle(120)
    problem = make_problem("regression", x, y.astype(np.float32)[:, None])
    reports = [learn("network", problem, name=str(share), epochs=3, label_smoothing=share) for share in (0.0, 0.3)]
    assert reports[0] == reports[1]
    classes = make_problem("classification", x, y)
    plain, smooth = (learn("network", classes, epochs=3, label_smoothing=share) for share in (0.0, 0.9))
    first, other = (report["curves"][0] for report in (plain, smooth))
    assert other["train_loss"] != pytest.approx(first["train_loss"], abs=1e-4)


def test_every_option_was_changed_above() -> None:
    changed = {name for case in test_every_option_matters.pytestmark[0].args[1] for name in case}  # type: ignore[attr-defined]
    assert changed == set(Options.model_fields)


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ({}, (64, 64)),
        ({"layers": 3}, (64, 64, 64)),
        ({"layers": 0}, ()),
        ({"widths": 32}, (32, 32)),
        ({"widths": [256, 64, 8]}, (256, 64, 8)),
        ({"widths": []}, ()),
        ({"widths": [9, 8], "layers": 2}, (9, 8)),
    ],
    ids=str,
)
def test_hidden_layers(options: dict[str, Any], hidden: tuple[int, ...]) -> None:
    assert Options(**options).hidden == hidden


def test_layers_and_widths_that_contradict() -> None:
    with pytest.raises(ValidationError, match=r"one number for each of the 3 layers.*\[9, 8\]"):
        Options(layers=3, widths=(9, 8))


@pytest.mark.parametrize(
    ("optimizer", "rate", "inertia"),
    [("adamw", 2e-3, 0.9), ("adam", 2e-3, 0.9), ("sgd", 0.05, 0.9), ("rmsprop", 2e-3, 0)],
)
def test_defaults_follow_the_optimizer(optimizer: Any, rate: float, inertia: float) -> None:
    options = Options(optimizer=optimizer)
    assert (options.rate, options.inertia) == (rate, inertia)
    chosen = Options(optimizer=optimizer, learning_rate=0.3, momentum=0.0)
    assert (chosen.rate, chosen.inertia) == (0.3, 0.0)


@pytest.mark.parametrize(
    ("rows", "size"), [(0, 8), (1, 8), (100, 8), (350, 16), (1000, 32), (4095, 128), (4096, 256), (10**7, 256)]
)
def test_batches_are_smaller_when_rows_are_few(rows: int, size: int) -> None:
    assert Options().batch_rows(rows) == size
    assert Options(batch_size=5).batch_rows(rows) == 5


@pytest.mark.parametrize(
    "wrong",
    [{"dropout": 1}, {"activation": "ReLU6"}, {"widths": 0}, {"widths": [8, -1]}, {"batch_size": 1}, {"epochs": 0}],
    ids=str,
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_work_and_cost_grow_with_the_network() -> None:
    assert work(Options(epochs=7)) == 7
    small, large = (cost(10_000, 100, Options(widths=width)) for width in (16, 1024))
    assert small[0] < large[0] and small[1] < large[1]


def test_probe_looks_at_a_few_steps(make_problem: Any) -> None:
    x, y = circle(20_000)
    assert 0 < fit.probe(make_problem("classification", x, y), Options(widths=8)) < 60


# ------------------------------------------------------- checkpoint and export
@pytest.mark.parametrize("norm", NORMS)
def test_load_gives_what_was_saved(make_problem: Any, learn: Any, tmp_path: Path, norm: str) -> None:
    learn("network", make_problem("classification", *circle(60)), epochs=2, norm=norm, widths=[8, 4])
    one, other = load.load(tmp_path / "model"), load.load(tmp_path / "model")
    assert one.shape.widths == (8, 4) and one.shape.norm == norm
    assert not one.model.training
    x = circle(9)[0]
    assert_array_equal(one.scores(x), other.scores(x))


def test_loading_leaves_the_generator_alone(make_problem: Any, learn: Any, tmp_path: Path) -> None:
    learn("network", make_problem("classification", *circle(60)), epochs=1)
    before = torch.get_rng_state()
    load.load(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("widths", [[], [8], [8, 4]], ids=str)
@pytest.mark.parametrize(
    ("activation", "norm"),
    [*((name, "none") for name in ACTIVATIONS), ("mish", "batch"), ("gelu", "layer")],
)
def test_the_graph_agrees(
    make_problem: Any,
    learn: Any,
    scores: Any,
    graph_scores: Any,
    activation: str,
    norm: str,
    widths: list[int],
    members: int,
) -> None:
    x, y = circle(80)
    shape = {"activation": activation, "norm": norm, "widths": widths, "members": members}
    learn("network", make_problem("classification", x, y), epochs=2, learning_rate=0.02, **shape)
    for rows in (x[:0], x[:1], x[:7], x, 1000 * x, 0 * x):
        found = graph_scores("network", rows, 1)
        assert found.shape == (len(rows), 1)
        assert_allclose(found, scores("network", rows), rtol=1e-5, atol=1e-5)


def test_the_graph_is_small_whatever_the_members(make_problem: Any, learn: Any, tmp_path: Path) -> None:
    x, y = circle(80)
    counts = set()
    for members in (2, 16):
        learn("network", make_problem("classification", x, y), epochs=1, members=members, name=str(members))
        graph = Graph()
        view = graph.input("view", np.float32, 2)
        graph.output("score", export(graph, [tmp_path / str(members)] * 5, view), np.float64, 1)
        counts.add(len(graph.model().graph.node))
    assert len(counts) == 1 and max(counts) <= 25


# ----------------------------------------------------------------- monotone
def hill(rows: int = 400, seed: int = 0) -> tuple[Any, Any]:
    """The answer rises with the first feature up to the middle, and falls behind it."""
    x = np.random.default_rng(seed).normal(size=(rows, 3)).astype(np.float32)
    return x, (1.5 * np.sin(2 * x[:, 0]) + x[:, 1] * (x[:, 2] > 0)).astype(np.float32)


def bound(problem: Any, *ways: int) -> Any:
    features = [replace(feature, monotone=way) for feature, way in zip(problem.features, ways, strict=True)]
    return replace(problem, features=tuple(features))


@pytest.mark.parametrize("ways", [(1, 0, 0), (-1, 1, 0), (1, 1, -1)], ids=str)
@pytest.mark.parametrize("options", [{}, {"members": 1, "bins": 0}, {"layers": 0}], ids=str)
def test_the_answer_follows_its_features(
    make_problem: Any, learn: Any, scores: Any, graph_scores: Any, ways: tuple[int, ...], options: dict[str, Any]
) -> None:
    x, y = hill()
    learn("network", bound(make_problem("regression", x, y), *ways), epochs=10, learning_rate=0.02, **options)
    assert_allclose(graph_scores("network", x, 1), scores("network", x), rtol=1e-5, atol=1e-5)
    assert scores("network", x).std() > 0.1
    for feature, way in enumerate(ways):
        swept = np.repeat(x[:20], 50, axis=0)
        swept[:, feature] = np.tile(np.linspace(-12, 12, 50), 20)
        steps = np.diff(graph_scores("network", swept, 1).reshape(20, 50), axis=1)
        assert not way or (way * steps).min() > -1e-6
        assert steps.std() > 0


def test_what_rises_may_rise_more_in_some_rows_than_in_others(make_problem: Any, learn: Any, scores: Any) -> None:
    x, _ = hill(600)
    y = np.maximum(x[:, 0], 0) * (x[:, 1] > 0) - 0.4
    learn("network", bound(make_problem("regression", x, y), 1, 0, 0), epochs=20, learning_rate=0.02)
    assert np.mean((scores("network", x)[:, 0] - y) ** 2) < 0.2 * y.var()


def test_export_is_silent_and_leaves_logging_alone(
    make_problem: Any, learn: Any, graph_scores: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    x, y = circle(40)
    learn("network", make_problem("classification", x, y), epochs=1)
    level = logging.root.manager.disable
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        graph_scores("network", x, 1)
    assert caught == []
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == level


def test_the_global_state_of_torch_is_left_alone(make_problem: Any, learn: Any) -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state()
    learn("network", make_problem("classification", *circle(40)), epochs=1)
    assert torch.get_num_threads() == before[0]
    assert torch.are_deterministic_algorithms_enabled() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


def test_the_loss_is_the_tasks_own() -> None:
    for task in plugins.names("tasks"):
        assert callable(plugins.part("tasks", task, "head").loss)


def test_memory_mapped_views(make_problem: Any, learn: Any, scores: Any, tmp_path: Path) -> None:
    x, y = circle(60)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    learn("network", make_problem("classification", mapped, y), epochs=1)
    assert np.isfinite(load.load(tmp_path / "model").scores(mapped)).all()

"""Descriptions of classes against vectors of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core.errors import ProjectError
from modelyard.core.protocols import Feature, Problem, TextColumn
from modelyard.methods.zero_shot import fit
from modelyard.methods.zero_shot.options import Options

DIMENSION = 16
NICE = {"类0": "bad", "类1": "good"}


def toy_vectors(texts: Any) -> Any:
    """A sum of fixed random directions of the words, of length sqrt(dimension), as the real encoder's."""
    found = np.zeros((len(texts), DIMENSION), np.float32)
    for row, text in enumerate(texts):
        for word in str(text).split():
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            found[row] += np.random.default_rng(seed).normal(size=DIMENSION)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / np.where(lengths > 0, lengths, 1) * np.sqrt(DIMENSION)).astype(np.float32)


def texts_problem(make_problem: Any, columns: dict[str, Sequence[str]], y: Sequence[int], width: int = 1) -> Problem:
    """A number, then the vectors of each text column."""
    vectors = [toy_vectors(np.asarray(texts, object)) for texts in columns.values()]
    x = np.hstack([np.ones((len(y), 1), np.float32), *vectors])
    problem: Problem = make_problem("classification", x, np.asarray(y), width=width)
    named = [Feature(f"{name}[{place}]", name, "vector") for name in columns for place in range(DIMENSION)]
    told = tuple(TextColumn(name, {"encoder": "toy"}, None, toy_vectors) for name in columns)
    return replace(problem, features=(problem.features[0], *named), columns=told)


@pytest.fixture
def reviews(make_problem: Any) -> Problem:
    return texts_problem(make_problem, {"text": ["good film", "bad film", "bad", "a good one"]}, [1, 0, 0, 1])


def test_texts_go_where_their_words_point(reviews: Problem, learn: Any, scores: Any) -> None:
    report = learn("zero_shot", reviews, labels=NICE)
    assert report == {"done": 1, "best": 1, "curves": [], "notes": []}
    assert_array_equal(scores("zero_shot", reviews.x)[:, 0] > 0, reviews.y == 1)


def test_a_score_is_the_difference_of_two_cosines(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE)
    vectors, classes = (toy_vectors(one) / np.sqrt(DIMENSION) for one in (["good film"], ["bad", "good"]))
    cosines = (vectors @ classes.T)[0].astype(np.float64)
    assert_allclose(scores("zero_shot", reviews.x)[0, 0], fit.SHARPNESS * (cosines[1] - cosines[0]), atol=1e-4)


def test_other_columns_have_no_say(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE)
    other = reviews.x.copy()
    other[:, 0] = 1e6
    assert_array_equal(scores("zero_shot", other), scores("zero_shot", reviews.x))


@pytest.mark.parametrize("width", [1, 3])
def test_the_graph_agrees(make_problem: Any, learn: Any, scores: Any, graph_scores: Any, width: int) -> None:
    labels = {f"类{code}": word for code, word in enumerate(["good", "bad", "so so"][: max(2, width)])}
    problem = texts_problem(make_problem, {"text": ["good", "bad", "", "so 👍 العربية"]}, [0, 1, 0, 1], width)
    learn("zero_shot", problem, labels=labels)
    found = scores("zero_shot", problem.x)
    assert found.shape == (4, width)
    assert_allclose(graph_scores("zero_shot", problem.x, width), found, atol=1e-9)


def test_a_text_without_a_vector_is_of_no_class(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = texts_problem(make_problem, {"text": ["", "good"]}, [0, 1])
    learn("zero_shot", problem, labels=NICE)
    assert scores("zero_shot", problem.x)[0, 0] == 0


def test_the_mean_of_several_descriptions(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE)
    learn("zero_shot", reviews, labels={"类0": ["bad", "awful"], "类1": ["good", "good"]}, name="several")
    assert not np.array_equal(scores("zero_shot", reviews.x), scores("zero_shot", reviews.x, "several"))
    learn("zero_shot", reviews, labels={"类0": ["bad", "bad"], "类1": ["good"]}, name="same")
    assert_allclose(scores("zero_shot", reviews.x), scores("zero_shot", reviews.x, "same"), atol=1e-6)


def test_the_order_of_labels_does_not_matter(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE)
    learn("zero_shot", reviews, labels=dict(reversed(NICE.items())), name="turned")
    assert_array_equal(scores("zero_shot", reviews.x), scores("zero_shot", reviews.x, "turned"))


def test_the_template_stands_around_each_description(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE, template="this film is {} indeed")
    written = {name: f"this film is {word} indeed" for name, word in NICE.items()}
    learn("zero_shot", reviews, labels=written, name="written")
    assert_array_equal(scores("zero_shot", reviews.x), scores("zero_shot", reviews.x, "written"))


def test_several_columns_count_alike_and_one_can_be_chosen(make_problem: Any, learn: Any, scores: Any) -> None:
    columns = {"title": ["good", "bad"], "body": ["bad", "bad"]}
    problem = texts_problem(make_problem, columns, [1, 0])
    for name, chosen in (("both", {}), ("title", {"column": "title"}), ("body", {"column": "body"})):
        learn("zero_shot", problem, labels=NICE, name=name, **chosen)
    both, title, body = (scores("zero_shot", problem.x, name) for name in ("both", "title", "body"))
    assert_allclose(both, (title + body) / 2, atol=1e-9)
    assert title[0, 0] > 0 > body[0, 0]


def test_folds_are_alike(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", [reviews, replace(reviews, seed=5)], labels=NICE)
    assert_array_equal(scores("zero_shot", reviews.x, "model/0"), scores("zero_shot", reviews.x, "model/1"))


def test_labels_are_not_looked_at(reviews: Problem, learn: Any, scores: Any) -> None:
    learn("zero_shot", reviews, labels=NICE)
    learn("zero_shot", replace(reviews, y=1 - reviews.y, y_valid=1 - reviews.y_valid), labels=NICE, name="wrong")
    assert_array_equal(scores("zero_shot", reviews.x), scores("zero_shot", reviews.x, "wrong"))


@given(words=st.lists(st.text(max_size=30), min_size=2, max_size=2))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_text_describes(words: list[str]) -> None:
    problem = Problem(
        "classification",
        {"labels": ["no", "yes"], "positive": 1},
        1,
        tuple(Feature(f"t[{place}]", "t", "vector") for place in range(DIMENSION)),
        *(np.zeros((1, DIMENSION), np.float32), np.zeros(1, np.int64), np.ones(1, np.float32)) * 2,
        seed=0,
        threads=1,
        columns=(TextColumn("t", {}, None, toy_vectors),),
    )
    weight = fit._weight(problem, Options(labels={"no": words[0] or "-", "yes": words[1] or "-"}))
    assert np.isfinite(weight).all() and np.linalg.norm(weight) <= 2 * fit.SHARPNESS


# ---------------------------------------------------------------- wrong input
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({}, r"train\.zero_shot\.labels(.|\n)*no description of: 类0, 类1(.|\n)*labels: \{类0: …, 类1: …\}"),
        ({"类1": "good"}, r"no description of: 类0\n"),
        ({**NICE, "类9": "odd"}, r"train\.zero_shot\.labels\.类9(.|\n)*one of the classes: 类0, 类1"),
    ],
    ids=["none", "one lacks", "one too many"],
)
def test_every_class_needs_a_description(reviews: Problem, learn: Any, labels: Any, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        learn("zero_shot", reviews, labels=labels)
    with pytest.raises(ProjectError, match=said):
        fit.probe(reviews, Options(labels=labels))


def test_before_anything_else_is_trained_it_costs_nothing(reviews: Problem) -> None:
    assert fit.probe(reviews, Options(labels=NICE)) == 0.0


def test_hundreds_of_bare_classes_make_a_short_message(make_problem: Any, learn: Any) -> None:
    problem = texts_problem(make_problem, {"text": ["good", "bad"]}, [0, 1], width=300)
    with pytest.raises(ProjectError) as caught:
        learn("zero_shot", problem)
    assert len(str(caught.value).splitlines()) <= 12 and len(str(caught.value)) < 600


def test_classes_may_be_spelt_otherwise(reviews: Problem, learn: Any, scores: Any) -> None:
    spelt = replace(reviews, state={"labels": ["False", "1"], "positive": 1})
    learn("zero_shot", spelt, labels={"FALSE": "bad", "1.0": "good"})
    assert_array_equal(scores("zero_shot", reviews.x)[:, 0] > 0, reviews.y == 1)


def test_without_an_encoder_there_is_nothing_to_compare(reviews: Problem, learn: Any) -> None:
    for columns in ((), (TextColumn("text", {}),)):
        with pytest.raises(ProjectError, match="a text column that names an encoder"):
            learn("zero_shot", replace(reviews, columns=columns), labels=NICE)


def test_a_column_that_is_not_there(reviews: Problem, learn: Any) -> None:
    with pytest.raises(ProjectError, match=r"train\.zero_shot\.column(.|\n)*tetx(.|\n)*text columns: text"):
        learn("zero_shot", reviews, labels=NICE, column="tetx")


@pytest.mark.parametrize("task", ["regression", "multilabel"])
def test_only_classes_can_be_described(make_problem: Any, learn: Any, task: str) -> None:
    problem = make_problem(task, np.zeros((3, 2)), [0.0, 1.0, 0.0])
    with pytest.raises(ProjectError, match=f"a target of {task}"):
        learn("zero_shot", problem, labels=NICE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"template": "no place"},
        {"template": ""},
        {"labels": {"a": []}},
        {"labels": {"a": ""}},
        {"labels": {"a": ["b", ""]}},
        {"labels": ["a"]},
        {"sharpness": 3},
    ],
    ids=str,
)
def test_wrong_options_of_descriptions(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


@pytest.mark.parametrize("more", [{}, {"none": "small talk"}], ids=["not described", "described"])
def test_what_is_outside_of_all_classes(reviews: Problem, learn: Any, scores: Any, more: dict[str, str]) -> None:
    outside = {"label": "none", "learnt": True}
    problem = replace(reviews, width=3, state={**reviews.state, "outside": outside})
    learn("zero_shot", problem, labels={**NICE, **more})
    found = scores("zero_shot", problem.x)
    assert found.shape == (4, 3) and found[:, 2].any() == bool(more)
    assert_array_equal(found[:, 1] > found[:, 0], problem.y == 1)

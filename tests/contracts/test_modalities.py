"""Every modality, whatever its name, keeps the promises of `core.protocols`."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.messages import text
from modelyard.core.project import from_values
from modelyard.core.protocols import Feature, Sample
from modelyard.fragments.graph import Graph

MODALITIES = plugins.names("modalities")
VIEWS = ("raw", "dense")
every_modality = pytest.mark.parametrize("name", MODALITIES)
few = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

ODD_CELLS: list[Any] = [
    *(None, "", "  ", "?", "NA", "N/A", "NaN", "null", "None", "-", "—", "无", "缺失", math.nan, np.datetime64("NaT")),
    *("yes", "No", "是", "否", "true", "False", True, False, np.True_, 0, 1, "1", "0", "1.0", 0.0, 1.0),
    *("3", 3, 3.0, "3.0", "-0.0", " 42 ", "1,234.5", "1e3", "１２", "inf", -math.inf, 1e308, -1e39, 1e-320, 10**400),
    *(Decimal("1.5"), Decimal("NaN"), np.float32(0.1), np.int8(7), 1 + 2j, "1_000", "12,5", "0x10", "+", "007"),
    *("2024-03-05", "2024-3-5", "2024年3月5日", "20240305", "03/05/2024", "2024-02-30", "2024-03-05T10:00:00+08:00"),
    *(date(2024, 3, 5), datetime(2024, 3, 5, 6, 7), np.datetime64("2024-01-01"), np.timedelta64(5, "s")),
    *("car", "Auto", "München", "北京", "a\0b", "\ud800", "x" * 300, "🙂", [1, 2], {"a": 1}, b"raw", (), object),
]
cells_lists = st.lists(
    st.one_of(st.sampled_from(ODD_CELLS), st.text(max_size=8), st.floats(), st.integers()), max_size=12
)


def preprocess_of(name: str) -> Any:
    return plugins.part("modalities", name, "preprocess")


def defaults_of(name: str) -> dict[str, Any]:
    options: dict[str, Any] = plugins.part("modalities", name, "options").Options().model_dump()
    return options


def objects(cells: list[Any]) -> Any:
    column = np.empty(len(cells), object)
    for row, cell in enumerate(cells):
        column[row] = cell
    return column


def parsed_of(name: str, cells: list[Any]) -> Any:
    return preprocess_of(name).parse(objects(cells), defaults_of(name)).values


def state_of(name: str, values: Any) -> dict[str, Any]:
    preprocess = preprocess_of(name)
    state: dict[str, Any] = preprocess.finish(preprocess.summarise(values), defaults_of(name))
    return state


def is_missing(values: Any) -> Any:
    return values == "" if values.dtype == object else np.isnan(values)


def graph_of(name: str, view: str, block: Any, states: list[dict[str, Any]]) -> tuple[Any, int]:
    """An onnxruntime session for a view, and its number of nodes."""
    graph = Graph()
    tensor = graph.input(name, block.dtype, block.shape[1])
    built = plugins.part("modalities", name, "fragment").build(graph, tensor, states, view)
    width = len(preprocess_of(name).features(view, [str(i) for i in range(len(states))], states))
    graph.output("view", built, np.float32, width)
    model = graph.model()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session, len(model.graph.node)


def assert_same_views(name: str, block: Any, states: list[dict[str, Any]]) -> None:
    """numpy and ONNX agree, and the views are what `features` says."""
    for view in VIEWS:
        expected = preprocess_of(name).view(view, block, states)
        features = preprocess_of(name).features(view, [f"列{i}" for i in range(len(states))], states)
        assert expected.dtype == np.float32
        assert expected.shape == (len(block), len(features))
        assert not np.isinf(expected).any()
        if view == "dense":
            assert not np.isnan(expected).any()
        if features:
            session, _ = graph_of(name, view, block, states)
            answer = session.run(None, {name: block})[0]
            assert answer.dtype == np.float32
            assert_allclose(answer, expected, rtol=1e-6, atol=1e-6)


def test_the_first_five_are_there() -> None:
    assert {"boolean", "category", "datetime", "number", "text"} <= set(MODALITIES)


# ------------------------------------------------------------------- options
@every_modality
def test_options_describe_themselves_and_refuse_unknown_keys(name: str) -> None:
    part = plugins.part("modalities", name, "options")
    english, chinese = part.TITLE
    assert english.isascii() and not chinese.isascii()
    assert all(field.description for field in part.Options.model_fields.values())
    assert json.loads(json.dumps(defaults_of(name))) == defaults_of(name)
    with pytest.raises(ValidationError):
        part.Options(no_such_key=1)


@every_modality
def test_every_option_can_be_written_in_the_project_file(name: str, tmp_path: Path) -> None:
    written = {key: value for key, value in defaults_of(name).items() if value is not None}
    values = {"data": "x.csv", "predict": "y", "columns": {"年龄": {"type": name, **written}}}
    spec = from_values(values, tmp_path).columns["年龄"]
    assert spec.type == name
    assert spec.options == written


@every_modality
def test_constants_say_what_ships(name: str) -> None:
    preprocess = preprocess_of(name)
    assert preprocess.VERSION >= 1
    assert preprocess.JSON and set(preprocess.JSON) <= {"number", "string", "boolean"}


@every_modality
def test_what_ships_is_light(name: str) -> None:
    package = plugins.location("modalities", name)
    heavy = "torch", "pandas", "sklearn", "lightgbm", "onnx", "pydantic", "yaml", "pyarrow"
    code = f"import sys, {package}.preprocess; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# --------------------------------------------------------------------- claim
@every_modality
@few
@given(cells=cells_lists)
def test_claim_is_a_share_whatever_the_cells(name: str, cells: list[Any]) -> None:
    sample = Sample("列", objects(cells), len(set(map(repr, cells))), 1000)
    assert 0.0 <= preprocess_of(name).claim(sample) <= 1.0


@every_modality
def test_nothing_claims_a_column_without_values(name: str) -> None:
    for cells in ([], ["?", "NA"], ["", None]):
        assert preprocess_of(name).claim(Sample("x", objects(cells), len(cells), 10)) < 0.5


@every_modality
def test_settle_fills_in_and_changes_nothing_that_was_said(name: str) -> None:
    sample = Sample("x", objects(ODD_CELLS), len(ODD_CELLS), len(ODD_CELLS))
    once = preprocess_of(name).settle(sample, defaults_of(name))
    assert once.keys() == defaults_of(name).keys()
    assert preprocess_of(name).settle(Sample("x", objects(["12,5", "31/01/2024"]), 2, 2), once) == once
    assert plugins.part("modalities", name, "options").Options(**once).model_dump() == once


@every_modality
def test_what_is_told_of_any_cell_has_a_message(name: str) -> None:
    preprocess, column = preprocess_of(name), objects(ODD_CELLS)
    sample = Sample("x", column, len(ODD_CELLS), len(ODD_CELLS))
    for options in (defaults_of(name), preprocess.settle(sample, defaults_of(name))):
        for how in {preprocess.how(cell, options) for cell in ODD_CELLS} - {""}:
            assert text(f"cells.how_{how}")
        for doubt in preprocess.doubts(sample, options):
            assert text(f"cells.note_{doubt}", columns="x", example="1")
        assert preprocess.doubts(Sample("x", objects([]), 0, 0), options) == ()


# --------------------------------------------------------------------- parse
@every_modality
@few
@given(cells=cells_lists)
def test_parse_gives_the_canonical_type_and_is_idempotent(name: str, cells: list[Any]) -> None:
    preprocess, options = preprocess_of(name), defaults_of(name)
    given_cells = objects(cells)
    kept = given_cells.copy()
    parsed = preprocess.parse(given_cells, options)
    assert all(one is other for one, other in zip(given_cells, kept, strict=True))
    assert parsed.values.shape == (len(cells),)
    assert parsed.values.dtype in (np.float64, object)
    if parsed.values.dtype == object:
        assert all(type(value) is str for value in parsed.values)
    else:
        assert not np.isinf(parsed.values).any()
    assert parsed.bad.dtype == np.int64
    assert_array_equal(parsed.bad, np.unique(parsed.bad))
    assert is_missing(parsed.values[parsed.bad]).all()
    again = preprocess.parse(parsed.values, options)
    assert_array_equal(again.values, parsed.values)
    assert not len(again.bad) and not again.notes


@every_modality
@few
@given(cells=cells_lists, cut=st.integers(0, 12))
def test_settled_columns_are_read_alike_in_parts(name: str, cells: list[Any], cut: int) -> None:
    preprocess, values = preprocess_of(name), objects(cells)
    options = preprocess.settle(Sample("x", values, len(cells), len(cells)), defaults_of(name))
    whole = preprocess.parse(values, options).values
    parts = [preprocess.parse(part, options).values for part in (values[:cut], values[cut:])]
    assert_array_equal(np.concatenate(parts), whole)


@every_modality
@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 0, 3]),
        np.array([1.5, np.nan, -np.inf]),
        np.array([0.1, 2], np.float32),
        np.array([True, False]),
        np.array(["2024-03-05", "NaT"], "datetime64[ns]"),
        np.array([300000, 50], "datetime64[Y]"),
        np.array([5], "timedelta64[s]"),
        np.array(["a", "1"]),
        np.array([b"a"]),
        np.array([1j]),
        np.array([], np.float64),
        np.array([255], np.uint8),
    ],
    ids=lambda values: str(values.dtype),
)
def test_parse_takes_arrays_of_every_type(name: str, values: Any) -> None:
    parsed = preprocess_of(name).parse(values, defaults_of(name))
    assert parsed.values.shape == values.shape
    assert_array_equal(preprocess_of(name).parse(parsed.values, defaults_of(name)).values, parsed.values)


@every_modality
def test_missing_cells_are_missing_and_not_bad(name: str) -> None:
    cells = [None, "", "  ", "?", "NA", " N/A ", "NaN", "null", "None", "缺失", math.nan, np.float32("nan")]
    parsed = preprocess_of(name).parse(objects([*cells, np.datetime64("NaT"), Decimal("NaN")]), defaults_of(name))
    assert is_missing(parsed.values).all()
    assert not len(parsed.bad)


@every_modality
def test_lists_in_cells_are_bad(name: str) -> None:
    parsed = preprocess_of(name).parse(objects([[1], {"a": 1}, (), b"x"]), defaults_of(name))
    assert parsed.bad.tolist() == [0, 1, 2, 3]


@every_modality
def test_own_words_for_missing_count_as_text_and_as_number(name: str) -> None:
    options = {**defaults_of(name), "missing": [" leer ", -999]}
    parsed = preprocess_of(name).parse(objects(["leer", " leer", "-999", -999, -999.0]), options)
    assert is_missing(parsed.values).all()
    assert not len(parsed.bad)
    assert is_missing(preprocess_of(name).parse(np.array([-999.0]), options).values).all()


# ------------------------------------------------------------------- fitting
@every_modality
@few
@given(cells=cells_lists, cut=st.integers(0, 12))
def test_chunks_merge_to_the_same_state(name: str, cells: list[Any], cut: int) -> None:
    preprocess, options = preprocess_of(name), defaults_of(name)
    values = parsed_of(name, cells)
    first, second = preprocess.summarise(values[:cut]), preprocess.summarise(values[cut:])
    kept = json.dumps([first, second])
    whole = preprocess.finish(preprocess.summarise(values), options)
    for merged in (preprocess.merge(first, second), preprocess.merge(second, first)):
        assert_same_state(preprocess.finish(merged, options), whole)
    assert json.dumps([first, second]) == kept


def assert_same_state(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same_state(one[key], other[key])
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same_state(left, right)
    else:
        assert one == other


@every_modality
@few
@given(cells=cells_lists)
def test_states_survive_json(name: str, cells: list[Any]) -> None:
    preprocess, values = preprocess_of(name), parsed_of(name, cells)
    summary = json.loads(json.dumps(preprocess.summarise(values), allow_nan=False))
    state = state_of(name, values)
    assert preprocess.finish(summary, defaults_of(name)) == state
    loaded = json.loads(json.dumps(state, allow_nan=False))
    assert loaded == state
    block = preprocess.block([values, values], [loaded, state])
    for view in VIEWS:
        assert_array_equal(preprocess.view(view, block, [loaded] * 2), preprocess.view(view, block, [state] * 2))
    assert_array_equal(preprocess.odd(values, loaded), preprocess.odd(values, state))


# --------------------------------------------------------------------- views
@every_modality
@few
@given(train=cells_lists, later=cells_lists)
def test_numpy_and_onnx_agree(name: str, train: list[Any], later: list[Any]) -> None:
    preprocess = preprocess_of(name)
    states = [state_of(name, parsed_of(name, train)), state_of(name, parsed_of(name, train[::2]))]
    values = parsed_of(name, [*later, *ODD_CELLS])
    assert_same_views(name, preprocess.block([values, values[::-1]], states), states)


@every_modality
@pytest.mark.parametrize("train", [[], [None], ["1"], ["1", "1"], [None, None]], ids=str)
def test_columns_with_little_in_them_have_views(name: str, train: list[Any]) -> None:
    states = [state_of(name, parsed_of(name, train))]
    for later in ([], ["1"], [None], ODD_CELLS):
        assert_same_views(name, preprocess_of(name).block([parsed_of(name, later)], states), states)


@every_modality
def test_thousands_of_columns_take_a_handful_of_nodes(name: str) -> None:
    cells = ["1", "0", "2024-01-01", None, "a"]
    values, count = parsed_of(name, cells), 5000
    states = [state_of(name, values)] * count
    block = preprocess_of(name).block([values[:2]] * count, states)
    for view in VIEWS:
        session, nodes = graph_of(name, view, block, states)
        assert nodes <= 16
        assert_allclose(session.run(None, {name: block})[0], preprocess_of(name).view(view, block, states), atol=1e-6)


@every_modality
def test_a_row_does_not_depend_on_its_neighbours(name: str) -> None:
    preprocess, values = preprocess_of(name), parsed_of(name, ODD_CELLS)
    states = [state_of(name, values)] * 3
    block = preprocess.block([values, values[::-1], np.roll(values, 5)], states)
    for view in VIEWS:
        whole = preprocess.view(view, block, states)
        session, _ = graph_of(name, view, block, states)
        for rows in (slice(0, 0), slice(3, 4), slice(7, 14), slice(0, 64)):
            assert_array_equal(preprocess.view(view, block[rows], states), whole[rows])
            assert_allclose(session.run(None, {name: block[rows]})[0], whole[rows], rtol=1e-6, atol=1e-6)


@every_modality
def test_the_same_calls_give_the_same_bytes(name: str) -> None:
    values = parsed_of(name, ODD_CELLS)
    states = [state_of(name, values)] * 2
    block = preprocess_of(name).block([values, values], states)

    def build() -> bytes:
        graph = Graph()
        tensor = graph.input(name, block.dtype, block.shape[1])
        plugins.part("modalities", name, "fragment").build(graph, tensor, states, "dense")
        model: bytes = graph.model().SerializeToString(deterministic=True)
        return model

    assert build() == build()


@every_modality
def test_features_name_their_columns_in_any_script(name: str) -> None:
    states = [state_of(name, parsed_of(name, ODD_CELLS))] * 2
    for view in VIEWS:
        features = preprocess_of(name).features(view, ["年龄", "Größe"], states)
        assert all(isinstance(feature, Feature) for feature in features)
        assert {feature.column for feature in features} == {"年龄", "Größe"}
        assert all(feature.name.startswith(feature.column) for feature in features)
        assert len({feature.name for feature in features}) == len(features)
        assert {feature.kind for feature in features} <= ({"number"} if view == "dense" else {"number", "code"})


@every_modality
def test_codes_are_what_the_protocol_says(name: str) -> None:
    values = parsed_of(name, ODD_CELLS)
    states = [state_of(name, values)]
    raw = preprocess_of(name).view("raw", preprocess_of(name).block([values], states), states)
    for number, feature in enumerate(preprocess_of(name).features("raw", ["x"], states)):
        if feature.kind == "code":
            assert_array_equal(raw[:, number] == 0, is_missing(values))
            assert_array_equal(raw, np.floor(raw))


# ----------------------------------------------------------- profile and odd
@every_modality
@few
@given(cells=cells_lists)
def test_profiles_count_every_row_once(name: str, cells: list[Any]) -> None:
    values = parsed_of(name, cells)
    profile = preprocess_of(name).profile(values)
    assert profile["kind"] == name
    assert json.loads(json.dumps(profile, allow_nan=False)) == profile
    assert sum(profile["counts"]) + profile["missing"] + profile.get("other", 0) == len(cells)
    if "edges" in profile:
        assert len(profile["counts"]) == len(profile["edges"]) + 1
        assert profile["edges"] == sorted(set(profile["edges"]))
    else:
        assert len(profile["counts"]) == len(profile["levels"])


@every_modality
@few
@given(cells=cells_lists)
def test_nothing_in_training_is_odd(name: str, cells: list[Any]) -> None:
    values = parsed_of(name, cells)
    odd = preprocess_of(name).odd(values, state_of(name, values))
    assert odd.dtype == bool and odd.shape == values.shape
    assert not odd.any()


@every_modality
def test_missing_cells_are_never_odd(name: str) -> None:
    assert not preprocess_of(name).odd(parsed_of(name, [None, "?"]), state_of(name, parsed_of(name, ["1"]))).any()

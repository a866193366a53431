"""Reference profiles."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import plugins
from modelyard.core.schema import Column
from modelyard.measure.shift import counted
from modelyard.package.profile import output_profile, profile


def test_inputs_in_their_modalitys_own_form_and_outputs_column_by_column() -> None:
    inputs = [Column("年龄", "number"), Column("city", "category")]
    parsed = {"年龄": np.asarray([1.0, 2.0, np.nan]), "city": np.asarray(["北京", "", "北京"], object)}
    outputs = {
        "risk": {"probability": np.asarray([[0.15, 0.92], [0.95, 0.05]], np.float32)},
        "amount": {"value": np.asarray([[1.0], [2.0]])},
    }
    found = profile(inputs, parsed, outputs)
    assert found["inputs"]["年龄"] == plugins.part("modalities", "number", "preprocess").profile(parsed["年龄"])
    assert found["inputs"]["city"]["levels"] == ["北京"] and found["inputs"]["city"]["missing"] == 1
    first, second = found["targets"]["risk"]["probability"]
    assert first["counts"] == [1, 1] and first["edges"] == pytest.approx([0.55])
    assert second["counts"] == [1, 1] and second["edges"] == pytest.approx([0.485])
    assert len(found["targets"]["amount"]["value"]) == 1
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("values", [[], [0.5], [0.0, 1.0], [0.3] * 50, [np.nan], [np.nan, 1.0, 2.0]])
def test_few_and_constant_values(values: list[float]) -> None:
    found = output_profile(np.asarray(values))
    assert sum(found["counts"]) + found["missing"] == len(values)
    assert len(found["counts"]) == len(found["edges"]) + 1


@given(st.lists(st.floats(0, 1, width=32), max_size=60))
@settings(max_examples=60, derandomize=True)
def test_every_value_has_one_bin(values: list[float]) -> None:
    found = output_profile(np.asarray(values))
    edges = [-np.inf, *found["edges"], np.inf]
    for number, count in enumerate(found["counts"]):
        assert count == sum(edges[number] <= value < edges[number + 1] for value in values)


def test_a_last_bit_moves_nothing() -> None:
    values = np.repeat(np.asarray([0.1, 0.4, 0.7], np.float32), 20)
    found = output_profile(values)
    assert found["counts"] == [20, 20, 20]
    for shaken in (np.nextafter(values, np.float32(0)), np.nextafter(values, np.float32(1))):
        assert counted({**found, "kind": "number"}, shaken) == [20, 20, 20, 0]


def test_rare_answers_have_bins_of_their_own() -> None:
    probabilities = np.linspace(0, 0.05, 1000)  # of a rare class: all below one tenth
    assert len(output_profile(probabilities)["counts"]) == 10

"""Recorded requests: what is compared, and how closely."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.goldens import BATCHES, GOLDEN, Finding, compare, replay

LIMITS = {"absolute": 1e-5, "relative": 0.0, "center": 0.0}


@pytest.fixture
def golden(sealed: Path) -> dict[str, Any]:
    """What was recorded, to be changed."""
    return dict(json.loads((sealed / GOLDEN).read_bytes()))


def failed(findings: list[Finding]) -> set[tuple[str, str, int]]:
    return {(finding.check, finding.target, finding.batch) for finding in findings if not finding.passed}


def measured(got: Any, expected: Any, **limits: float) -> Finding:
    return compare("golden", ("y", "value", 1), np.asarray(got), np.asarray(expected), {**LIMITS, **limits})


def test_a_sound_bundle_passes_everything(bundle: Bundle, golden: dict[str, Any]) -> None:
    findings = replay(bundle, golden)
    assert not failed(findings)
    assert {finding.check for finding in findings} == {"golden", "batch", "answers"}
    assert {finding.batch for finding in findings if finding.check == "golden"} == set(BATCHES)
    assert {(finding.target, finding.output) for finding in findings} >= {("risk", "probability"), ("amount", "value")}


def test_another_probability_is_found_in_every_batch(bundle: Bundle, golden: dict[str, Any]) -> None:
    golden["outputs"]["risk"]["probability"][2][0] += 1e-4
    found = failed(replay(bundle, golden))
    assert {("golden", "risk", batch) for batch in BATCHES} <= found
    assert not {target for _, target, _ in found} - {"risk"}


def test_a_difference_within_the_tolerance_is_not_found(bundle: Bundle, golden: dict[str, Any]) -> None:
    golden["outputs"]["amount"]["value"][2][0] += 5e-6
    assert ("golden", "amount", 1) not in failed(replay(bundle, golden))


def test_answers_are_compared_exactly(bundle: Bundle, golden: dict[str, Any]) -> None:
    golden["answers"][1]["risk"]["value"] = "bad"
    golden["answers"][2]["risk"]["probability"]["bad"] += 1e-12
    (finding,) = [finding for finding in replay(bundle, golden) if not finding.passed]
    assert (finding.check, finding.target, finding.difference, finding.allowed) == ("answers", "risk", 2.0, 0.0)


def test_a_row_too_few_is_an_error_not_a_pass(bundle: Bundle, golden: dict[str, Any]) -> None:
    golden["outputs"]["risk"]["probability"].pop()
    golden["outputs"]["amount"]["value"].pop()
    golden["answers"].pop()
    assert ("golden", "risk", 1) in failed(replay(bundle, golden))


def test_other_batches_can_be_asked_for(bundle: Bundle, golden: dict[str, Any]) -> None:
    findings = replay(bundle, golden, (3, 1000))
    assert {finding.batch for finding in findings if finding.check == "batch"} == {3, 1000}
    assert not failed(findings)


@pytest.mark.parametrize(
    ("got", "expected", "passes"),
    [
        ([1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.0], [1.0, 2.00002], False),
        ([1.0, 2.0], [1.0, 2.000009], True),
        ([np.nan], [1.0], False),
        ([1.0], [np.nan], False),
        ([np.nan], [np.nan], False),
        ([np.inf], [np.inf], False),
        ([1.0], [np.inf], False),
        ([np.inf], [1.0], False),
        ([1.0], [1.0, 2.0], False),
        ([[1.0]], [1.0], False),
        ([], [], True),
    ],
)
def test_what_counts_as_equal(got: list[float], expected: list[float], passes: bool) -> None:
    assert measured(got, expected).passed is passes


def test_the_worst_place_is_reported() -> None:
    finding = measured([0.0, 0.5, 0.9], [0.0, 0.4, 0.7])
    assert finding.difference == pytest.approx(0.2) and finding.allowed == pytest.approx(1e-5)


def test_tolerance_grows_with_the_distance_from_the_centre() -> None:
    assert measured([1_000_000.5], [1_000_000.0], absolute=1e-3, relative=1e-3, center=1_000_000.0).passed is False
    assert measured([2_000_000.5], [2_000_000.0], absolute=1e-3, relative=1e-3, center=1_000_000.0).passed is True
    assert measured([1e30 * (1 + 1e-6)], [1e30], absolute=1e-3, relative=1e-5).passed is True


def test_float32_is_compared_as_double() -> None:
    finding = measured(np.asarray([16777217.0], np.float64), np.asarray([16777216.0], np.float32))
    assert finding.difference == 1.0


def test_a_finding_can_be_read_in_both_languages(tmp_path: Path) -> None:
    finding = Finding("golden", "风险", "probability", 2, 0.25, 1e-5)
    said = str(finding.mistake(tmp_path / GOLDEN))
    assert "风险.probability" in said and "0.25" in said and "1e-05" in said
    messages.use("zh")
    assert "与记录的结果不同" in str(finding.mistake(tmp_path))

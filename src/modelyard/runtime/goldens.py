"""Recorded requests with the answers that the training side gave: replayed to show that a bundle still gives them.

`golden.json` holds {"rows": [request rows], "outputs": {target: {output: [rows, ...]}}, "answers": [answer rows],
"tolerance": {target: {output: {"absolute", "relative", "center"}}}}. Outputs are compared within
`absolute + relative * |expected - center|`, alone and in batches; the answers that the recorded outputs lead to are
compared exactly, so that labels cannot trade places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelyard.core.columns import as_columns
from modelyard.core.errors import Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Outputs
from modelyard.runtime.answers import Answers

if TYPE_CHECKING:
    from modelyard.runtime.bundle import Bundle

GOLDEN = "golden.json"
BATCHES = (1, 2, 32)

Golden = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Args:
        check: `golden`, `batch`, `answers` or `parity`.
        target: The target it is about.
        output: The output it is about.
        batch: Rows per call.
        difference: The largest difference found.
        allowed: The largest that is allowed at that place.
    """

    check: str
    target: str
    output: str
    batch: int
    difference: float
    allowed: float

    @property
    def passed(self) -> bool:
        """Whether the difference is allowed."""
        return self.difference <= self.allowed

    def mistake(self, place: Path) -> Mistake:
        """The finding as something a user can read."""
        numbers = {"difference": f"{self.difference:.3g}", "allowed": f"{self.allowed:.3g}"}
        got = text("runtime.golden_differs", target=self.target, output=self.output, **numbers)
        return Mistake(str(place), got, text("runtime.expected_golden"), text("runtime.fix_golden"))


def replay(bundle: Bundle, golden: Golden, batches: Sequence[int] = BATCHES) -> list[Finding]:
    """Answer the recorded requests alone and in batches, and compare with the record and with each other."""
    answered = {size: _in_batches(bundle, golden["rows"], size) for size in batches}
    findings = []
    for target, outputs in golden["outputs"].items():
        for output, recorded in outputs.items():
            limits = golden["tolerance"][target][output]
            got = {size: answer[target][output] for size, answer in answered.items()}
            for size, array in got.items():
                findings.append(compare("golden", (target, output, size), array, np.asarray(recorded), limits))
                findings.append(compare("batch", (target, output, size), array, got[batches[-1]], limits))
    return [*findings, *_answer_findings(bundle, golden, answered[batches[-1]])]


def compare(check: str, place: tuple[str, str, int], got: Array, expected: Array, limits: dict[str, float]) -> Finding:
    """The place where two arrays differ most, measured in what is allowed there; NaN and infinities equal nothing."""
    if got.shape != expected.shape:
        return Finding(check, *place, float("inf"), limits["absolute"])
    got, expected = got.astype(np.float64).ravel(), expected.astype(np.float64).ravel()
    finite = np.isfinite(got) & np.isfinite(expected)
    with np.errstate(invalid="ignore"):  # what is not finite is replaced at once
        difference = np.where(finite, np.abs(got - expected), np.inf)
        slack = limits["relative"] * np.abs(expected - limits["center"])
    allowed = limits["absolute"] + np.where(finite, slack, 0.0)
    if not len(got):
        return Finding(check, *place, 0.0, limits["absolute"])
    worst = int(np.argmax(difference / allowed))
    return Finding(check, *place, float(difference[worst]), float(allowed[worst]))


def _in_batches(bundle: Bundle, rows: list[dict[str, Any]], size: int) -> dict[str, Outputs]:
    parts = [bundle.outputs(as_columns(rows[start : start + size])) for start in range(0, len(rows), size)]
    return {
        target: {output: np.concatenate([part[target][output] for part in parts]) for output in outputs}
        for target, outputs in parts[0].items()
    }


def _answer_findings(bundle: Bundle, golden: Golden, like: dict[str, Outputs]) -> Iterator[Finding]:
    """Whether the recorded outputs lead to the recorded answers; a wrong row counts 1."""
    recorded = {
        target: {output: np.asarray(values, like[target][output].dtype) for output, values in outputs.items()}
        for target, outputs in golden["outputs"].items()
    }
    rows = Answers(bundle.answer(recorded), bundle.id).rows()
    for target in recorded:
        wrong = sum(row[target] != expected[target] for row, expected in zip(rows, golden["answers"], strict=True))
        yield Finding("answers", target, "value", len(rows), float(wrong), 0.0)

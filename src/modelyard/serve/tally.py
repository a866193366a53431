"""What is kept of rows that were answered: how many, what was unusual, and counts to compare with the profile.

Tallies of batches add up, and JSON can hold them: whoever goes on after an interruption adds to what is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from modelyard.core.columns import row_count
from modelyard.core.protocols import Outputs
from modelyard.measure import shift
from modelyard.runtime.bundle import Reading
from modelyard.runtime.requests import Remark, gathered

Counts = dict[str, list[int]]
PROFILE = "profile.json"
DATETIME = "datetime"


@dataclass(frozen=True)
class Tally:
    """Of some rows.

    Args:
        rows: How many.
        remarks: What was unusual.
        inputs: Input column -> counts in the bins of its profile.
        scores: Name of a score -> counts in the bins of its profile.
        digest: Identity of the rows read so far, where the source itself has none.
    """

    rows: int = 0
    remarks: tuple[Remark, ...] = ()
    inputs: Counts = field(default_factory=dict)
    scores: Counts = field(default_factory=dict)
    digest: str = ""

    def __add__(self, later: Tally) -> Tally:
        """These rows, and those after them."""
        return Tally(
            self.rows + later.rows,
            gathered((*self.remarks, *later.remarks)),
            _added(self.inputs, later.inputs),
            _added(self.scores, later.scores),
            later.digest,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """The inverse of `to_json`."""
        remarks = (
            Remark(**{**remark, "columns": tuple(remark["columns"]), "rows": tuple(remark["rows"])})
            for remark in data["remarks"]
        )
        return cls(**{**data, "remarks": tuple(remarks)})


def tally(reference: Reference, reading: Reading, outputs: Mapping[str, Outputs], digest: str) -> Tally:
    """Of one batch.

    Args:
        reference: What the bundle was made from.
        reading: The rows as they were read.
        outputs: Target -> what its graph answered.
        digest: See `Tally`.
    """
    inputs = {name: shift.counted(known, reading.parsed[name]) for name, known in reference.inputs.items()}
    scores = {
        name: shift.counted(score.profile, outputs[score.target][score.output][:, score.column])
        for name, score in reference.scores.items()
    }
    return Tally(row_count(reading.columns), reading.remarks, inputs, scores, digest)


@dataclass(frozen=True)
class ScoreProfile:
    """Where a score stands among the outputs, and how it was distributed."""

    target: str
    output: str
    column: int
    profile: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """The profiles in a bundle.

    Args:
        inputs: Input column -> its profile; without dates, which move on by nature.
        scores: `risk`, or `risk[bad]` of several classes -> its profile.
    """

    inputs: Mapping[str, Mapping[str, Any]]
    scores: Mapping[str, ScoreProfile]


def reference(bundle: Any) -> Reference:
    """Read a bundle's profiles."""
    profile = json.loads((bundle.path / PROFILE).read_bytes())
    entries = {entry["name"]: entry for entry in bundle.targets}
    scores = {
        name: score
        for target, outputs in profile["targets"].items()
        for output, columns in outputs.items()
        for name, score in _scores(entries[target], output, columns)
    }
    return Reference(
        {name: known for name, known in profile["inputs"].items() if known["kind"] != DATETIME},
        scores,
    )


def _scores(
    entry: Mapping[str, Any], output: str, columns: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, ScoreProfile]]:
    """A name and a profile for each column of an output; of two classes, the positive one says it all."""
    target, state = entry["name"], entry["state"]
    for number, known in enumerate(columns):
        if len(columns) == 1:
            yield target, ScoreProfile(target, output, number, known)
        elif state.get("positive") in (None, number):
            yield f"{target}[{state['labels'][number]}]", ScoreProfile(target, output, number, known)


def _added(one: Counts, other: Counts) -> Counts:
    if not one or not other:
        return one or other
    return {name: [a + b for a, b in zip(counts, other[name], strict=True)] for name, counts in one.items()}

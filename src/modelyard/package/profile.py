"""Reference profiles of a bundle: what its inputs and outputs looked like when it was made, for later drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core import plugins, scaling
from modelyard.core.protocols import Array, Outputs, State
from modelyard.core.schema import Column

TENTHS = np.arange(1, 10) / 10


def profile(inputs: Sequence[Column], parsed: Mapping[str, Array], outputs: Mapping[str, Outputs]) -> dict[str, Any]:
    """The content of `profile.json`.

    Args:
        inputs: The bundle's input columns.
        parsed: Their parsed values in the training rows.
        outputs: Target name -> outputs for rows that training did not see.

    Returns:
        {"inputs": {column: profile}, "targets": {target: {output: [a profile per column of the output]}}}.
    """
    return {
        "inputs": {column.name: _input_profile(column, parsed[column.name]) for column in inputs},
        "targets": {
            target: {name: [output_profile(name, column) for column in array.T] for name, array in parts.items()}
            for target, parts in outputs.items()
        },
    }


def output_profile(output: str, values: Array) -> State:
    """Counts of an output's values [rows] between nine inner edges; the outer bins are open.

    Probabilities are cut at 0.1, 0.2, ..., so that bins mean the same in every bundle; numbers at their deciles.
    """
    if output != "probability":
        return scaling.bins(values)
    counts = np.bincount(np.searchsorted(TENTHS, values, side="right"), minlength=len(TENTHS) + 1)
    return {"edges": TENTHS.tolist(), "counts": counts.tolist(), "missing": 0}


def _input_profile(column: Column, values: Array) -> State:
    found: State = plugins.part("modalities", column.modality, "preprocess").profile(values)
    return found

"""Reference profiles of a bundle: what its inputs and outputs looked like when it was made, for later drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core import plugins, scaling
from modelyard.core.protocols import Array, Outputs, State
from modelyard.core.schema import Column


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
            target: {name: [output_profile(column) for column in array.T] for name, array in parts.items()}
            for target, parts in outputs.items()
        },
    }


def output_profile(values: Array) -> State:
    """Counts of a column of an output [rows] between its deciles; the outer bins are open.

    Edges lie halfway between values that occur: the bundle's answers may differ from these in their last bit, and a
    model of few answers would seem to have moved.
    """
    known = np.unique(values[~np.isnan(values)]).astype(np.float64)
    above = np.searchsorted(known, scaling.bins(values)["edges"])
    edges = np.unique([(known[place - 1] + known[place]) / 2 for place in above if place])
    counts = np.bincount(np.searchsorted(edges, values[~np.isnan(values)], side="right"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "missing": int(np.isnan(values).sum())}


def _input_profile(column: Column, values: Array) -> State:
    found: State = plugins.part("modalities", column.modality, "preprocess").profile(values)
    return found

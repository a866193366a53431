"""Categories in ONNX: one look-up for all columns, each cell marked with the number of its column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.graph import Graph
from modelyard.modalities.category import preprocess


def build(graph: Graph, block: str, states: Sequence[State], view: str) -> str:
    """string [rows, columns] -> float32 [rows, features]."""
    if view == "raw":
        return _codes(graph, block, [state["levels"] for state in states])
    plan = preprocess.onehot(states)
    codes = graph.columns(_codes(graph, block, plan.levels), plan.owners.tolist())
    return graph.cast(graph.node("Equal", codes, graph.constant(plan.codes)), np.float32)


def _codes(graph: Graph, block: str, levels: Sequence[Sequence[str]]) -> str:
    """Codes [rows, columns], float32. Cell `car` of column 3 is looked up as `3:car`: no two columns share a key."""
    marks = [f"{number}:" for number in range(len(levels))]
    table: dict[str, float] = {}
    for mark, known in zip(marks, levels, strict=True):
        table[mark] = float(preprocess.MISSING)
        table.update((mark + level, float(code)) for code, level in enumerate(known, preprocess.FIRST))
    marked = graph.node("StringConcat", graph.constant(np.asarray(marks, object)), block)
    return graph.node(
        "LabelEncoder",
        marked,
        domain="ai.onnx.ml",
        keys_strings=list(table),
        values_floats=list(table.values()),
        default_float=float(preprocess.OTHER),
    )

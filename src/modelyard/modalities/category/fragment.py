"""Categories in ONNX: one look-up for all columns, each cell marked with the number of its column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.graph import Graph
from modelyard.modalities.category import preprocess


def build(graph: Graph, block: str, states: Sequence[State], view: str) -> str:
    """string [rows, columns] -> float32 [rows, features]."""
    if view == "raw":
        return _codes(graph, block, preprocess.tables(states))
    plan = preprocess.onehot(states)
    codes = graph.columns(_codes(graph, block, plan.tables), plan.owners.tolist())
    return graph.cast(graph.node("Equal", codes, graph.constant(plan.codes)), np.float32)


def _codes(graph: Graph, block: str, tables: Sequence[Mapping[str, int]]) -> str:
    """Codes [rows, columns], float32. Cell `car` of column 3 is looked up as `3:car`: no two columns share a key."""
    marks = [f"{number}:" for number in range(len(tables))]
    keys = {mark + text: float(code) for mark, table in zip(marks, tables, strict=True) for text, code in table.items()}
    marked = graph.node("StringConcat", graph.constant(np.asarray(marks, object)), block)
    return graph.node(
        "LabelEncoder",
        marked,
        domain="ai.onnx.ml",
        keys_strings=list(keys),
        values_floats=list(keys.values()),
        default_float=float(preprocess.OTHER),
    )

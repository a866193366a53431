"""Projects and tables for the tests of `prepare`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import as_columns
from modelyard.core.project import Project, from_values
from modelyard.core.protocols import Columns

MakeProject = Callable[..., Project]


@pytest.fixture
def project_of(tmp_path: Path) -> MakeProject:
    """A project in an empty folder: `predict` is `y`, and few rows keep a test part, unless it says otherwise."""

    def make(**values: Any) -> Project:
        data = values.pop("data", {})
        data = data if isinstance(data, dict) else {"source": data}
        if "test" not in data:
            data = {**data, "split": {"test": 0.2, **data.get("split", {})}}
        return from_values({"data": data, "predict": "y", **values}, tmp_path, "modelyard.yaml")

    return make


@pytest.fixture
def people() -> Columns:
    """200 rows of every modality, a free text, an id, a constant, an empty column, gaps and a target of two classes."""
    rng = np.random.default_rng(0)
    rows = 200
    age = rng.integers(18, 80, rows)
    return as_columns(
        {
            "编号": [f"C{n:05d}" for n in rng.permutation(rows)],
            "age": [None if n % 17 == 0 else int(value) for n, value in enumerate(age)],
            "城市": rng.choice(["上海", "Rome", "Bonn"], rows).tolist(),
            "member": rng.choice(["yes", "no"], rows).tolist(),
            "joined": [f"20{20 + n % 5}-0{1 + n % 9}-1{n % 10}" for n in range(rows)],
            "remark": [
                f"called on day {n} and asked about the price of item number {n * 7} again" for n in range(rows)
            ],
            "country": ["CN"] * rows,
            "empty": [None] * rows,
            "y": ["buys" if value > 45 else "leaves" for value in age + rng.normal(0, 10, rows)],
        }
    )

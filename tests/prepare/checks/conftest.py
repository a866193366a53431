"""Tables for the tests of the data checks: a number, a weak signal, and whatever else a test adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import as_columns
from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks import notes
from modelyard.prepare.survey import Survey, survey

ROWS = 1200

Told = Callable[..., dict[str, Note]]


@pytest.fixture(scope="session")
def base() -> dict[str, list[Any]]:
    """1,200 rows that no check has anything to say about; the class hangs on `x` and, less, on `kind`."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, ROWS)).round(5)
    kind = rng.choice(["red", "green", "blue"], ROWS)
    y = x + (kind == "red") + rng.normal(size=ROWS) > 0.3
    return {"x": x.tolist(), "z": z.tolist(), "kind": kind.tolist(), "y": np.where(y, "yes", "no").tolist()}


@pytest.fixture
def surveyed(base: dict[str, list[Any]]) -> Callable[..., Survey]:
    """The table with more columns, or others, as it is seen; `whole=...` takes its place."""

    def look(project: Project, whole: dict[str, Any] | None = None, **columns: Any) -> Survey:
        return survey(project, as_columns(whole if whole is not None else {**base, **columns}))

    return look


@pytest.fixture
def told(surveyed: Callable[..., Survey]) -> Told:
    """What is said of it: the end of each note's key -> the note."""

    def look(project: Project, whole: dict[str, Any] | None = None, **columns: Any) -> dict[str, Note]:
        found = notes(surveyed(project, whole, **columns))
        return {note.key.partition(".")[2].removeprefix("note_"): note for note in found}

    return look

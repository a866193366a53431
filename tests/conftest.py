"""Fixtures that every room shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelyard.core import messages

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Tests read English messages unless they ask for another language."""
    messages.use("en")
    yield
    messages.use(None)
    messages.prefer(None)


@pytest.fixture(scope="session")
def data_mirror() -> Path:
    """The folder of mirrored public data sets; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MODELYARD_DATA", ROOT / "../shared/data"))
    if not folder.is_dir():
        pytest.skip("no data mirror: set MODELYARD_DATA to its folder")
    return folder

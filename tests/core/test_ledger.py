"""The ledger of test sets: different bundles count, the same one again does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modelyard.core.errors import StorageError
from modelyard.core.ledger import FOLDER, scored


def test_different_bundles_count_and_the_same_one_again_does_not(tmp_path: Path) -> None:
    assert [scored(tmp_path, "rows", bundle) for bundle in ("a", "b", "a", "c")] == [1, 2, 2, 3]


def test_each_test_set_has_its_own_count(tmp_path: Path) -> None:
    scored(tmp_path, "rows", "a")
    assert scored(tmp_path, "other rows", "b") == 1


def test_runs_at_the_same_time_count_right(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: scored(tmp_path, "rows", str(number % 20)), range(200)))
    assert scored(tmp_path, "rows", "0") == 20


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file stands in the way")
    with pytest.raises(StorageError):
        scored(tmp_path, "rows", "a")

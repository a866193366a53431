"""The data with their labels: a new file that says what the old one said."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from modelyard.core.columns import as_columns
from modelyard.core.errors import StorageError
from modelyard.data.content import digests
from modelyard.data.read import read
from modelyard.improve.rewritten import refuse_existing, write_data

COLUMNS = {
    "text": ["plain", "two\nlines", 'a "quote", a comma', "=1+1", "emoji 👩‍👩‍👧", "", None, " spaces "],
    "number": [1.5, -2.0, float("nan"), 1e-9, 3, 0, 1e20, 7],
    "whole": [1, 2, 3, 4, 5, 6, 7, 8],
    "flag": [True, False] * 4,
    "when": [datetime(2024, 3, 5, 12, 30)] * 8,
    "列": ["好", "坏"] * 4,
}


@pytest.mark.parametrize("name", ["data.csv", "data.parquet"])
def test_it_reads_back_as_it_was(tmp_path: Path, name: str) -> None:
    table = as_columns(COLUMNS)
    write_data(table, tmp_path / name)
    found = read(tmp_path / name)
    assert list(found) == list(table)
    assert digests(found).tolist() == digests(table).tolist()


def test_lists_and_cells_of_several_kinds(tmp_path: Path) -> None:
    cells = np.empty(3, object)
    cells[:] = [["a", "b"], [], None]
    mixed = np.array([1, "one", None], object)
    write_data({"set": cells, "mixed": mixed}, tmp_path / "data.parquet")
    found = read(tmp_path / "data.parquet")
    assert [None if one is None else list(one) for one in found["set"]] == [["a", "b"], [], None]
    assert found["mixed"].tolist() == ["1", "one", None]
    write_data({"set": cells, "mixed": mixed}, tmp_path / "data.csv")
    assert (tmp_path / "data.csv").read_text("utf-8").splitlines()[1] == '"[""a"", ""b""]",1'


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("mine", "utf-8")
    with pytest.raises(StorageError, match=r"already[\s\S]*--out data-2\.csv"):
        write_data(as_columns(COLUMNS), path)
    with pytest.raises(StorageError, match="already"):
        refuse_existing(path)
    assert path.read_text("utf-8") == "mine"
    refuse_existing(tmp_path / "free.csv")


def test_a_folder_that_is_not_there_is_made_and_one_that_is_a_file_refused(tmp_path: Path) -> None:
    write_data(as_columns(COLUMNS), tmp_path / "new" / "data.csv")
    assert (tmp_path / "new" / "data.csv").is_file()
    with pytest.raises(StorageError):
        write_data(as_columns(COLUMNS), tmp_path / "new" / "data.csv" / "x.csv")

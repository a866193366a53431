"""What is kept of answered rows, and what it says of how they moved."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import DataError, StorageError
from modelyard.core.protocols import Columns
from modelyard.data.layout import PLAIN
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.requests import Remark
from modelyard.serve.job import Job
from modelyard.serve.rows import Rows, rows_of
from modelyard.serve.shift import FEWEST_ROWS, Moved, can_tell, moved, write
from modelyard.serve.tally import Tally, reference, tally

COUNTS = st.lists(st.integers(0, 9), min_size=3, max_size=3)
TALLIES = st.builds(
    lambda rows, city, score, odd: Tally(
        rows, (Remark("odd", ("c",), odd, tuple(range(min(odd, 5)))),) if odd else (), {"c": city}, {"y": score}, "d"
    ),
    st.integers(0, 99), COUNTS, COUNTS, st.integers(0, 9),
)  # fmt: skip


@given(TALLIES, TALLIES, TALLIES)
@settings(max_examples=40, derandomize=True)
def test_tallies_add_up_in_any_grouping_and_survive_json(one: Tally, other: Tally, third: Tally) -> None:
    assert (one + other) + third == one + (other + third)
    assert (one + other).rows == one.rows + other.rows
    assert Tally.from_json(json.loads(json.dumps((one + other).to_json()))) == one + other
    assert Tally() + one == one


def of(bundle: Bundle, columns: Columns) -> Tally:
    reading = bundle.read(columns)
    return tally(reference(bundle), reading, bundle.run(reading), "")


def test_parts_of_a_table_come_to_the_same_as_the_whole(real_bundle: Path) -> None:
    bundle = Bundle.load(real_bundle)
    columns: Columns = {
        "年龄": np.asarray([20.0, np.nan, 35.0, 90.0]),
        "城市": np.asarray(["上海", "Atlantis", "", "Atlantis"], object),
    }
    halves = [{name: values[part] for name, values in columns.items()} for part in (slice(2), slice(2, 4))]
    whole = of(bundle, columns)
    parts = of(bundle, halves[0]) + of(bundle, halves[1])
    assert (parts.rows, parts.inputs, parts.scores) == (whole.rows, whole.inputs, whole.scores)
    assert [(remark.about, remark.count) for remark in parts.remarks] == [("odd", 2)]


def test_the_rows_it_was_made_from_have_not_moved_and_others_have(real_bundle: Path, tmp_path: Path) -> None:
    bundle = Bundle.load(real_bundle)
    columns: Columns = {
        "年龄": np.tile([18.0, 25.0, 33.0, 41.0, 52.0, 70.0], 50),
        "城市": np.tile(["上海"], 300).astype(object),
    }
    found = moved(reference(bundle), of(bundle, columns))
    assert {one.name: one.band for one in found}["年龄"] == "stable"
    old: Columns = {**columns, "年龄": np.full(300, 95.0)}
    far = moved(reference(bundle), of(bundle, old))
    assert far[0].psi >= far[-1].psi and far[0].chance is not None
    write(tmp_path / "漂移.json", bundle.id, 300, far)
    written = json.loads((tmp_path / "漂移.json").read_text("utf-8"))
    assert written["rows"] == 300 and [one["name"] for one in written["shift"]] == [one.name for one in far]


# ------------------------------------------------------------------------- rows
def test_files_are_known_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x\n1\n")
    one, other = (rows_of(str(tmp_path / name), PLAIN) for name in ("a.csv", "b.csv"))
    assert one.content == other.content and one.total is None
    (tmp_path / "b.csv").write_text("x\n2\n")
    assert rows_of(tmp_path / "b.csv", PLAIN).content != one.content
    assert rows_of(tmp_path, PLAIN).content not in (one.content, other.content)
    with pytest.raises(DataError):
        rows_of(tmp_path / "nowhere.csv", PLAIN)


def test_parquet_says_how_many_rows_it_has(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    for number in (1, 2):
        pyarrow.write_table(arrow.table({"x": list(range(number))}), tmp_path / f"{number}.parquet")
    assert rows_of(tmp_path, PLAIN).total == 3
    (tmp_path / "2.parquet").write_bytes(b"no parquet")
    assert rows_of(tmp_path, PLAIN).total is None


@pytest.mark.parametrize(
    ("rows", "psi", "enough"),
    [(0, 0.0, False), (2, 0.64, False), (FEWEST_ROWS - 1, 0.01, False), (FEWEST_ROWS, 0.01, True), (150, 0.3, False)],
)
def test_few_rows_do_not_say_that_nothing_has_moved(rows: int, psi: float, enough: bool) -> None:
    found = [Moved("a", "input", 0.0, 0.1, "stable"), Moved("x", "input", psi, 1.0, "stable")]
    assert can_tell(rows, found) == enough


def batches(*sizes: int, first: int = 0) -> Any:
    starts = np.cumsum([first, *sizes])
    return lambda: iter([{"x": np.arange(a, b)} for a, b in pairwise(starts)])


@pytest.mark.parametrize("content", ["", "known"])
@pytest.mark.parametrize("done", [0, 3, 5])
def test_rows_behind_those_that_are_done(content: str, done: int) -> None:
    rows = Rows("rows", content, None, batches(3, 2, 4))
    read = list(rows.after(0, ""))
    begun = {0: "", 3: read[0][1], 5: read[1][1]}[done]
    found = [columns["x"].tolist() for columns, _ in rows.after(done, begun)]
    assert [row for part in found for row in part] == list(range(done, 9))


def test_a_batch_is_cut_where_the_source_is_known_by_its_bytes() -> None:
    rows = Rows("rows", "known", None, batches(9))
    assert [columns["x"].tolist() for columns, _ in rows.after(7, "")] == [[7, 8]]


def test_other_rows_are_noticed() -> None:
    rows = Rows("rows", "", None, batches(3, 2))
    begun = next(iter(rows.after(0, "")))[1]
    with pytest.raises(StorageError, match="ORDER BY"):
        list(Rows("rows", "", None, batches(3, 2, first=1)).after(3, begun))
    with pytest.raises(StorageError):
        list(Rows("rows", "", None, batches(2)).after(3, begun))
    assert list(rows.after(5, list(rows.after(0, ""))[-1][1])) == []


# -------------------------------------------------------------------------- job
@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Job("b", "content", "name", ("csv",)), ""),
        (Job("b", "content", "moved", ("csv",)), ""),
        (Job("c", "content", "name", ("csv",)), "bundle"),
        (Job("b", "other", "name", ("csv",)), "other rows"),
        (Job("b", "content", "name", ("parquet",)), "another form"),
    ],
)
def test_only_what_was_begun_goes_on(other: Job, said: str) -> None:
    begun = Job("b", "content", "name", ("csv",)).to_json()
    if not said:
        other.refuse_other(begun, "out.csv", "remove it")
        return
    with pytest.raises(StorageError, match=said) as caught:
        other.refuse_other(begun, "out.csv", "remove it")
    assert "remove it" in str(caught.value) and "out.csv" in str(caught.value)


def test_a_stream_goes_on_under_its_own_name_only() -> None:
    begun = Job("b", "", "the query", ()).to_json()
    Job("b", "", "the query", ()).refuse_other(begun, "x", "")
    with pytest.raises(StorageError):
        Job("b", "", "another query", ()).refuse_other(begun, "x", "")

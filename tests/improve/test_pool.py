"""What is in a pool: rows, what is asked, what is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.errors import DataError, StorageError
from modelyard.improve.pool import Pool, open_pool
from modelyard.pipeline import as_project

Make = Callable[..., Pool]


def test_a_project_with_some_labels(make_pool: Make) -> None:
    pool = make_pool()
    (asked,) = pool.asked
    assert (asked.kind, asked.labels, asked.task) == ("class", ("neg", "pos"), "classification")
    assert pool.keys == ("编号",) and pool.inputs == ("review", "nights") and pool.bundle is None
    assert pool.labelled.tolist() == [True] * 12 + [False] * 48


def test_columns_that_are_set_aside_are_not_shown(make_pool: Make) -> None:
    columns = {"编号": {"role": "key"}, "nights": {"role": "ignore"}}
    assert make_pool(columns=columns).inputs == ("review",)
    columns["review"] = {"role": "known_after_decision"}
    with pytest.raises(DataError, match="no column that tells what a row is"):
        make_pool(columns=columns)


def test_one_label_only_and_none_at_all(make_pool: Make) -> None:
    (one,) = make_pool(label=lambda n: "pos").asked
    assert (one.kind, one.labels) == ("any", ("pos",))
    (none,) = make_pool(known=0).asked
    assert (none.kind, none.labels) == ("any", ())


def test_another_file_may_lack_the_target(make_pool: Make, table_file: Any) -> None:
    pool = make_pool()
    file = table_file("new.csv", [["编号", "review", "nights"], *([f"n{n}", f"text {n}", n] for n in range(20))])
    other = open_pool(pool.project, str(file))
    assert not other.labelled.any() and other.name == str(file)
    assert other.asked[0].labels == ("neg", "pos"), "known from the project's own rows"
    assert set(other.other) == {"review", "nights", "mood"}


def test_a_project_without_its_data_can_label_another_file(make_pool: Make, table_file: Any, tmp_path: Path) -> None:
    pool = make_pool()
    file = table_file("new.csv", [["text"], *([f"text {n}"] for n in range(5))])
    (tmp_path / "reviews.csv").unlink()
    assert open_pool(pool.project, str(file)).inputs == ("text",)
    with pytest.raises(DataError, match="nothing of that name"):
        open_pool(pool.project)


def test_check_sums_know_the_content_and_no_labels(make_pool: Make, tmp_path: Path) -> None:
    pool = make_pool()
    before = pool.checks()
    assert len(set(before)) == 60 and all(len(one) == 12 for one in before)
    more = make_pool(known=30)
    assert more.checks() == before
    file = tmp_path / "reviews.csv"
    file.write_text(file.read_text("utf-8").replace("服务太差了 0", "服务太差了 0!"), "utf-8")
    assert [
        n for n, (one, other) in enumerate(zip(open_pool(pool.project).checks(), before, strict=True)) if one != other
    ] == [3]


def test_a_run_that_is_not_there(make_pool: Make) -> None:
    pool = make_pool()
    with pytest.raises(StorageError, match="20990101"):
        open_pool(pool.project, run="20990101")


def test_several_targets(table_file: Any, tmp_path: Path) -> None:
    table_file(
        "data.csv", [["text", "a", "b"], *([f"t {n}", ("x", "y")[n % 2], ("1", "")[n // 20]] for n in range(40))]
    )
    (tmp_path / "modelyard.yaml").write_text("data: data.csv\npredict: [a, b]\n", "utf-8")
    pool = open_pool(as_project(str(tmp_path), None, {})[0])
    assert [one.column for one in pool.asked] == ["a", "b"]
    assert np.flatnonzero(pool.labelled).tolist() == list(range(20))

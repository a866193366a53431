"""Durations in both languages, and projects whose values come from Python instead of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.errors import ProjectError
from modelyard.core.project import FILE, Project, from_values, load, seconds

TWO = "data: german.csv\npredict: risk\n"


def read(content: str, folder: Path) -> Project:
    """The project of a file with this content."""
    (folder / FILE).write_text(content, "utf-8")
    return load(folder)


def refused(content: str, folder: Path) -> ProjectError:
    """What is wrong with a file with this content."""
    with pytest.raises(ProjectError) as caught:
        read(content, folder)
    return caught.value


# ---------------------------------------------------------------------------- durations
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("300", 300.0), ("300.5", 300.5), ("'90'", 90.0), ("90 s", 90.0), ("90s", 90.0), ("90 sec", 90.0),
        ("90 seconds", 90.0), ("5 min", 300.0), ("5min", 300.0), ("5 mins", 300.0), ("5 minutes", 300.0),
        ("5 m", 300.0), ("1.5 h", 5400.0), ("2 hours", 7200.0), ("2 hr", 7200.0), ("1 day", 86400.0), ("5 MIN", 300.0),
        ("5 分钟", 300.0), ("5分", 300.0), ("90 秒", 90.0), ("30秒钟", 30.0), ("2 小时", 7200.0), ("2个小时", 7200.0),
        ("1 天", 86400.0), ("５ 分钟", 300.0), ("' 5 min '", 300.0),
    ],
)  # fmt: skip
def test_durations_in_both_languages(written: str, found: float, tmp_path: Path) -> None:
    assert read(TWO + f"train: {{time_budget: {written}}}\n", tmp_path).train.time_budget == found


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "500 ms",
        "5 parsecs",
        "min",
        "-5 min",
        "5 min 3 s",
        "1h30m",
        "''",
        "5 ss",
        "1e3 s",
        "..5 s",
        "五分钟",
        "5 年",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_no_duration(written: str, language: str, tmp_path: Path) -> None:
    messages.use(language)
    (mistake,) = refused(TWO + f"train: {{time_budget: {written}}}\n", tmp_path).mistakes
    assert "90 s" in mistake.expected and "5 min" in mistake.expected
    assert ("5 分钟" in mistake.expected) == (language == "zh")


@pytest.mark.parametrize("written", ["0", "-5", "0 s", "0.0"])
def test_a_duration_is_more_than_nothing(written: str, tmp_path: Path) -> None:
    assert refused(TWO + f"train: {{time_budget: {written}}}\n", tmp_path).mistakes[0].expected == "a number > 0"


@pytest.mark.parametrize("written", ["true", "[5]", "{min: 5}", "~"])
def test_a_duration_is_a_number_or_text(written: str, tmp_path: Path) -> None:
    assert refused(TWO + f"train: {{time_budget: {written}}}\n", tmp_path).mistakes[0].expected == "a number"


def test_endless_durations_are_refused(tmp_path: Path) -> None:
    assert len(refused(TWO + f"train: {{time_budget: {'9' * 400} s}}\n", tmp_path).mistakes) == 1
    with pytest.raises(ProjectError, match=r"command line, train\.time_budget"):
        from_values({"data": "a", "predict": "y", "train": {"time_budget": float("inf")}}, tmp_path)


def test_seconds_leaves_other_things_to_be_refused_later() -> None:
    assert seconds([5]) == [5] and seconds(None) is None and seconds(5) == 5


# --------------------------------------------------------------------- values of Python
def test_values_that_stand_in_no_file(tmp_path: Path) -> None:
    found = from_values({"data": "a.csv", "predict": "y"}, tmp_path)
    assert found.folder == tmp_path.resolve()
    assert found.place("predict") == "command line, predict"
    assert found.place() == "command line"


def test_mistakes_in_values_have_a_place_without_a_line(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        from_values({"data": "a.csv", "predict": "y", "colour": 1}, tmp_path, name="run(...)")
    assert caught.value.mistakes[0].place == "run(...), colour"
    messages.use("zh")
    with pytest.raises(ProjectError, match="位置：命令行，colour"):
        from_values({"data": "a.csv", "predict": "y", "colour": 1}, tmp_path)


def test_rows_in_memory_need_no_source_and_files_do(tmp_path: Path) -> None:
    assert from_values({"data": {}, "predict": "y"}, tmp_path).data.source is None
    assert refused("data: {}\npredict: y\n", tmp_path).mistakes[0].expected == "a path, a glob, a folder or a URL"


def test_numbers_of_numpy_and_tuples_are_taken(tmp_path: Path) -> None:
    found = from_values(
        {
            "data": {"source": (Path("a.csv"), "b.csv"), "split": {"test": np.float32(0.25)}},
            "predict": ("a", {"column": np.str_("b")}),
            "columns": {np.int64(3): "number"},
            "train": {"seed": np.int64(4), "network": {"widths": np.array([64, 32])}, "method": ("network", "linear")},
        },
        tmp_path,
    )
    assert found.data.source == ["a.csv", "b.csv"]
    assert (found.train.seed, found.train.of("network").widths, found.data.split.test) == (4, (64, 32), 0.25)
    assert list(found.columns) == ["3"]
    assert "seed: 4" in found.filled()


def test_text_of_python_is_never_bent(tmp_path: Path) -> None:
    for name in ("on", "1e3", "007", "~", "true", " a ", "a: b", "# x", "- x", "'", "\n", "{}", "[", "*x", "&x", "!x"):
        assert from_values({"data": "a.csv", "predict": name}, tmp_path).predict[0].column == name


def test_what_python_cannot_say_plainly_is_told_with_the_rest(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        from_values({"data": "a.csv", "predict": "y", "train": {"seed": object(), "method": "treees"}}, tmp_path)
    assert [mistake.place for mistake in caught.value.mistakes] == [
        "command line, train.seed",
        "command line, train.method",
    ]


def test_the_values_that_were_given_are_not_changed(tmp_path: Path) -> None:
    values: dict[str, Any] = {"data": "a.csv", "predict": ["y"], "columns": {"a": "number"}, "goals": "mae <= 1"}
    from_values(values, tmp_path)
    assert values == {"data": "a.csv", "predict": ["y"], "columns": {"a": "number"}, "goals": "mae <= 1"}


def test_values_of_python_take_the_place_of_what_the_file_says(tmp_path: Path) -> None:
    content = TWO + "train:\n  seed: x\n  threads: 2\ngoals: [roc_auc >= 0.8]\n"
    (tmp_path / FILE).write_text(content, "utf-8")
    found = load(tmp_path, {"train": {"seed": np.int64(5)}})
    assert (found.train.seed, found.train.threads) == (5, 0)
    assert len(found.goals) == 1
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, {"train": {"seed": -1}, "colour": "red"})
    assert [mistake.place for mistake in caught.value.mistakes] == [
        "modelyard.yaml, train.seed",
        "modelyard.yaml, colour",
    ]


def test_goals_are_held_against_the_tasks_that_the_data_has(tmp_path: Path) -> None:
    found = read("data: a\npredict: [a, b]\ngoals: [a.mae <= 1, b.roc_auc >= 0.8, bundle_mb <= 9]\n", tmp_path)
    fitting = found.validated_goals({"a": "regression", "b": "classification"})
    assert [(goal.target, goal.metric) for goal in fitting] == [("a", "mae"), ("b", "roc_auc"), ("", "bundle_mb")]
    with pytest.raises(ProjectError) as caught:
        found.validated_goals({"a": "classification", "b": "regression"})
    assert [mistake.place for mistake in caught.value.mistakes] == [
        "modelyard.yaml line 3, goals[0]",
        "modelyard.yaml line 3, goals[1]",
    ]

"""Texts to pre-train on: none that a choice or a number is made on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.improve import corpus
from modelyard.improve.corpus import Corpus
from modelyard.pipeline import as_project
from modelyard.prepare.survey import survey

OPINIONS = ("the room was clean and the staff were friendly", "the bathroom was dirty and nobody came to help us")


def review(n: int) -> str:
    return f"{OPINIONS[n % 2]} on day {n} of our stay, {'thanks' if n % 3 else 'no thanks'}"


@pytest.fixture
def write(tmp_path: Path, table_file: Any) -> Callable[..., Any]:
    """A project of so many rows, some of them labelled."""

    def make(rows: int, known: int, **more: Any) -> Any:
        lines = [[review(n), n % 7, ("good", "bad")[n % 2] if n < known else ""] for n in range(rows)]
        table_file("data.csv", [["review", "nights", "mood"], *lines])
        settings = {"data": "data.csv", "predict": "mood", **more}
        (tmp_path / "modelyard.yaml").write_text(json.dumps(settings), "utf-8")
        return as_project(str(tmp_path), None, {})[0]

    return make


def split(rows: Any) -> Any:
    return {"source": "data.csv", "split": {"by": "random", "test": 0.3}, **rows}


def test_rows_that_are_chosen_and_measured_on_are_left_out(write: Callable[..., Any]) -> None:
    project = write(400, 300, data=split({}))
    found = corpus.of_project(project, None, [])
    parts = survey(project)
    held = {review(int(number)) for number, part in zip(parts.numbers, parts.parts, strict=True) if part != 0}
    assert held and found.column == "review"
    assert held.isdisjoint(found.texts)
    assert {review(n) for n in range(300, 400)} <= {*found.texts}
    assert len(found.texts) == 400 - len(held)
    assert found.remarks[0].startswith(f"{300 - len(held)} texts of rows to train on, 100 of rows without a label")


def test_copies_of_what_is_measured_on_are_left_out(write: Callable[..., Any], table_file: Any) -> None:
    project = write(300, 300, data=split({}))
    plain = corpus.of_project(project, "review", [])
    more = table_file(
        "more.csv", [["review"], *([review(n)] for n in range(300)), ["one that is new, and long enough to say a lot"]]
    )
    found = corpus.of_project(project, "review", [str(more)])
    assert len(found.texts) == len(plain.texts) + 1
    assert any(f"the same: {300 - len(plain.texts)}" in line for line in found.remarks)


def test_in_cross_validation_only_rows_without_a_label_are_read(write: Callable[..., Any]) -> None:
    found = corpus.of_project(write(90, 60), None, [])
    assert sorted(found.texts) == sorted(review(n) for n in range(60, 90))
    assert "every labelled row is measured" in found.remarks[0]
    with pytest.raises(DataError, match="0 different texts"):
        corpus.of_project(write(90, 90), None, [])


def test_test_files_of_their_own_are_left_out(write: Callable[..., Any], table_file: Any) -> None:
    table_file(
        "test.csv",
        [["review", "nights", "mood"], *([review(n), 1, ("good", "bad", "")[n % 3]] for n in range(1000, 1060))],
    )
    found = corpus.of_project(write(300, 200, data={"source": "data.csv", "test": "test.csv"}), None, [])
    assert not any(" on day 10" in text and len(text.split(" on day ")[1].split()[0]) == 4 for text in found.texts)


def test_columns(write: Callable[..., Any]) -> None:
    project = write(100, 80)
    for column, says in (
        ("reviews", "did you mean review"),
        ("nights", "--column|makes it one"),
        ("none", "one of: review"),
    ):
        with pytest.raises(DataError, match=says):
            corpus.of_project(project, column, [])
    project = write(100, 80, columns={"review": {"role": "ignore"}})
    with pytest.raises(DataError, match="without a column of texts"):
        corpus.of_project(project, None, [])


def test_a_file(table_file: Any) -> None:
    lines = [[review(n)] for n in range(30)]
    one = table_file("one.csv", [["text"], *lines, *lines[:10], [""], ["NA"]])
    found = corpus.of_file(str(one), None, [])
    assert found == Corpus("text", [review(n) for n in range(30)], found.remarks)
    two = table_file("two.csv", [["text", "more"], *([*line, 1] for line in lines)])
    with pytest.raises(DataError, match="several columns: text, more"):
        corpus.of_file(str(two), None, [])
    assert len(corpus.of_file(str(two), "text", [str(one)]).texts) == 30
    with pytest.raises(DataError, match=r"one\.csv[\s\S]*no column more"):
        corpus.of_file(str(two), "more", [str(one)])


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_few_texts(table_file: Any, language: str) -> None:
    messages.use(language)
    few = table_file("few.csv", [["text"], *([review(n % 3)] for n in range(50))])
    with pytest.raises(DataError, match=r"3 (different texts|条不同的文本)"):
        corpus.of_file(str(few), None, [])


def test_texts_are_read_as_a_text_column_reads_them(table_file: Any) -> None:
    lines = [[f"e\u0301te\u0301 number {n} and more words"] for n in range(25)]
    found = corpus.of_file(str(table_file("a.csv", [["text"], *lines])), "text", [])
    assert found.texts[0] == "été number 0 and more words"


def test_cells_of_other_kinds(tmp_path: Path) -> None:
    rows = [{"text": text} for text in ([f"text {n}" for n in range(20)] + [3, None, 4.5, True, "\ud83d\ude42"])]
    (tmp_path / "a.json").write_text(json.dumps(rows), "utf-8")
    assert len(corpus.of_file(str(tmp_path / "a.json"), "text", []).texts) >= 21

"""Texts longer than a window, and texts of the test that were trained on in another spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks import texts
from modelyard.prepare.survey import Survey

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Surveyed = Callable[..., Survey]
ROWS = 1200


def sentences(rows: int = ROWS, seed: int = 0) -> list[str]:
    """Different sentences that say nothing of anything."""
    draw = np.random.default_rng(seed)
    words = ["room", "bed", "desk", "staff", "view", "price", "night", "street", "door", "wall", "lamp", "food"]
    return [f"The {' '.join(draw.choice(words, 8))} of number {number} was so." for number in range(rows)]


def column_of(*items: str) -> Any:
    column = np.empty(len(items), object)
    column[:] = items
    return column


# ----------------------------------------------------------------- long texts
def test_tokens_are_guessed_from_characters() -> None:
    found = texts.tokens(column_of("", "four" * 10, "房间很好", "ok 房间"))
    assert found.tolist() == [0.0, 10.0, 4.0, 2.75]


@pytest.mark.parametrize(("window", "long"), [(8, ROWS), (512, 0)])
def test_long_texts_are_counted_where_an_encoder_reads_them(
    project_of: MakeProject, told: Told, window: int, long: int
) -> None:
    project = project_of(columns={"remark": {"type": "text", "encoder": "gru", "window": window}})
    found = told(project, remark=sentences())
    assert (found["long_texts"].values["count"] if long else "long_texts" not in found) == (long or True)
    assert "long_texts" not in told(project_of(), remark=sentences())  # nobody cuts them into windows


def test_it_is_said_what_becomes_of_long_texts(project_of: MakeProject, told: Told) -> None:
    project = project_of(columns={"remark": {"type": "text", "encoder": "gru", "window": 8}})
    note = told(project, remark=[*sentences(ROWS - 1), "房" * 300])["long_texts"]
    assert str(note).startswith("remark: about 1,200 of 1,200 texts are longer than one window of 8 tokens")
    assert note.level == "note"
    messages.use("zh")
    assert "不会截断" in str(note)


# ------------------------------------------------------- in another spelling
def spelt(text: str, number: int) -> str:
    return (text.upper(), f" {text}!!", text.replace(" ", "  "), f"“{text}”")[number % 4]


def test_texts_that_were_trained_on_in_another_spelling_flatter(project_of: MakeProject, told: Told) -> None:
    different = sentences(ROWS // 2)
    again = [*different, *(spelt(text, number) for number, text in enumerate(different))]
    note = told(project_of(), remark=again)["texts_across"]
    assert note.level == "warn"
    assert 100 < note.values["count"] < 250
    assert note.values["column"] == "remark"
    one, other = map(int, str(note.values["examples"]).partition(";")[0].split(", "))
    assert abs(one - other) == ROWS // 2


def test_different_texts_and_short_ones_do_not(project_of: MakeProject, told: Told) -> None:
    assert "texts_across" not in told(project_of(), remark=sentences())
    short = [f"so {'good' if number % 2 else 'GOOD'} a {number % 500}" for number in range(ROWS)]
    assert "texts_across" not in told(project_of(columns={"remark": "text"}), remark=short)


def test_equal_rows_are_told_elsewhere(project_of: MakeProject, told: Told) -> None:
    half = sentences(ROWS // 2)
    table = {"remark": [*half, *half], "y": ["yes" if "bed" in text else "no" for text in half] * 2}
    assert "texts_across" not in told(project_of(), whole=table)


def test_without_test_rows_nothing_is_flattered(project_of: MakeProject, told: Told) -> None:
    half = sentences(ROWS // 2)
    half = half[:40]
    table = {"remark": [*half, *map(str.upper, half)], "y": ["yes", "no"] * 40}
    assert "texts_across" not in told(project_of(data={"split": {"test": "auto"}}), whole=table)


# ------------------------------------------------------------- other checks
def test_texts_name_no_things_and_sort_nothing(project_of: MakeProject, told: Told) -> None:
    """Rows of one remark are no group, and different remarks in the order of the file are not sorted by it."""
    again = [sentences(400)[number % 400] for number in range(ROWS)]
    assert "group" not in told(project_of(columns={"remark": "text"}), remark=again)


def test_new_texts_are_no_shift_and_longer_ones_are(project_of: MakeProject, told: Told) -> None:
    project = project_of(data={"split": {"by": "time", "column": "day"}})
    days = [f"2024-{1 + number // 100:02d}-{1 + number % 28:02d}" for number in range(ROWS)]
    assert "remark" not in str(told(project, day=days, remark=sentences()).get("shift"))
    longer = [text * (1 + 3 * (number > 900)) for number, text in enumerate(sentences())]
    assert "remark" in str(told(project, day=days, remark=longer)["shift"])


def test_a_text_that_is_missing_in_one_class_gives_it_away(project_of: MakeProject, told: Told, base: Any) -> None:
    remark = [text if y == "yes" else None for text, y in zip(sentences(), base["y"], strict=True)]
    found = told(project_of(), remark=remark)
    assert [name for name, note in found.items() if note.level == "block"] == ["copy_auc"]


def test_a_column_that_is_nearly_empty_is_a_note(project_of: MakeProject, told: Told) -> None:
    remark = [text if number % 100 == 0 else "" for number, text in enumerate(sentences())]
    found = told(project_of(), remark=remark)
    assert found["mostly_missing"].values == {"columns": "remark (99%)"}
    assert {note.level for note in found.values()} == {"note"}


def test_texts_may_be_all_there_is(project_of: MakeProject, surveyed: Surveyed, base: Any) -> None:
    seen = surveyed(project_of(), {"remark": sentences(), "y": base["y"]})
    assert [one.column.modality for one in seen.readings] == ["text", ""]
    assert seen.held_out


def test_rows_of_equal_texts_and_different_answers_are_told(project_of: MakeProject, told: Told) -> None:
    half = sentences(ROWS // 2)
    found = told(project_of(), whole={"remark": [*half, *half], "y": ["yes", "no"] * 300 + ["no", "yes"] * 300})
    assert found["conflicts"].values["count"] > ROWS / 4

"""All checks together: nothing is said of a clean table, the worst stands first, and every note has its sentences."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelyard.prepare
from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import MAX_LINES, DataError
from modelyard.core.messages import checks as check_messages
from modelyard.core.messages import prepare as prepare_messages
from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks import coded, notes, refuse_worthless
from modelyard.prepare.prepare import inspect, prepare
from modelyard.prepare.survey import survey

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]


def test_a_clean_table_has_no_notes(project_of: MakeProject, told: Told) -> None:
    assert told(project_of()) == {}
    assert set(told(project_of(data={"split": {"test": "auto"}}))) == set()


def test_the_worst_stands_first(project_of: MakeProject, told: Told, base: dict[str, Any]) -> None:
    amount = [-999 if n % 20 == 0 else 100 + n % 300 for n in range(1200)]
    found = told(project_of(), copy=base["y"], same=["c"] * 1200, amount=amount)
    assert [note.level for note in found.values()] == ["block", "warn", "note"]
    assert [note.loud for note in found.values()] == [True, True, False]


@pytest.mark.parametrize("rows", [2, 3, 12])
def test_tiny_tables_go_through_all_checks(project_of: MakeProject, told: Told, rows: int) -> None:
    table = {"x": [0.5 * n for n in range(rows)], "c": ["a", "b"] * rows, "y": ["p", "q"] * rows}
    found = told(project_of(), {name: cells[:rows] for name, cells in table.items()})
    assert set(found) <= {
        "not_held_out",
        "folds",
        "small_test",
        "rare_class",
        "class_not_in_test",
        "class_not_in_valid",
    }


@pytest.mark.parametrize(
    "cells",
    [
        [None] * 1200,
        [float("nan")] * 1199 + [1.0],
        [float("inf"), float("-inf")] * 600,
        [1e308, -1e308] * 600,
        [1e308 * (-1) ** n / (n + 1) for n in range(1200)],
        [5e-324 * n for n in range(1200)],
        ["", "是"] * 600,
        [True, False] * 600,
        [np.datetime64("NaT")] * 1199 + [np.datetime64("2024-01-01")],
        [f"文本{n}，很长的备注" * 5 for n in range(1200)],
        [[1, 2], [3]] * 600,
    ],
    ids=lambda cells: str(cells[0])[:12],
)
def test_odd_columns_go_through_all_checks(project_of: MakeProject, told: Told, cells: list[Any]) -> None:
    found = told(project_of(), odd=cells)
    assert not [note for note in found.values() if note.level == "block"]
    assert all(str(note) for note in found.values())


@pytest.mark.parametrize(
    ("predict", "y"),
    [
        ("y", [n * 0.5 % 7 for n in range(1200)]),
        ("y", [f"c{n % 30}" for n in range(1200)]),
        ("y", ["a", None, "b"] * 400),
        ("y", [1e307 * (n % 19 - 9) for n in range(1200)]),
        ({"column": "y", "task": "multilabel"}, ["a;b", "b", "c"] * 400),
        (["y", "z"], ["a", "b"] * 600),
    ],
)
def test_every_task_goes_through_all_checks(project_of: MakeProject, told: Told, predict: Any, y: list[Any]) -> None:
    assert not [note for note in told(project_of(predict=predict), y=y).values() if note.level == "block"]


def test_a_thousand_columns(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(1)
    wide = {f"列{number}": values.tolist() for number, values in enumerate(rng.normal(size=(1000, 120)))}
    found = told(project_of(), {**wide, "y": ["a", "b"] * 60})
    assert set(found) <= {"small_test"}


def test_nothing_heavy_is_looked_at_row_by_row(project_of: MakeProject, told: Told, monkeypatch: Any) -> None:
    """Of more rows than are looked at, a sample does."""
    monkeypatch.setattr(coded, "LOOKED", 400)
    rng = np.random.default_rng(2)
    copy = ["o1" if label else "o2" for label in rng.random(1200) < 0.5]
    found = told(project_of(), y=[{"o1": "p", "o2": "q"}[cell] for cell in copy], copy=copy)
    assert found["copy_auc"].level == "block"


# ------------------------------------------------------------------------- refusing
def test_what_blocks_is_refused_before_anything_is_written(
    project_of: MakeProject, base: dict[str, Any], tmp_path: Path
) -> None:
    table = as_columns({**base, "copy": base["y"], "第二": [1 if cell == "yes" else 0 for cell in base["y"]]})
    with pytest.raises(DataError) as caught:
        prepare(project_of(), tmp_path, dict(table))
    assert not list(tmp_path.iterdir())
    assert [mistake.place for mistake in caught.value.mistakes] == [
        "modelyard.yaml, columns.copy", "modelyard.yaml, columns.第二",
    ]  # fmt: skip
    said = str(caught.value)
    for words in (
        "AUC 1.0000 alone",
        "next best x: 0.",
        "role: known_after_decision",
        "columns: {第二: {role: input}}",
    ):
        assert words in said
    assert all(len(str(mistake).splitlines()) <= MAX_LINES for mistake in caught.value.mistakes)


@pytest.mark.parametrize("role", ["known_after_decision", "ignore", "input", "protected"])
def test_a_written_role_settles_it(project_of: MakeProject, base: dict[str, Any], tmp_path: Path, role: str) -> None:
    project = project_of(columns={"copy": {"role": role}})
    dataset = prepare(project, tmp_path, as_columns({**base, "copy": base["y"]}))
    assert ("copy" in [column.name for column in dataset.inputs]) == (role == "input")
    assert ("checks.copy_auc" in {note.key for note in dataset.notes}) == (role == "input")
    assert not [note for note in dataset.notes if note.level == "block"]


def test_looking_alone_refuses_nothing(project_of: MakeProject, base: dict[str, Any]) -> None:
    seen = inspect(project_of(), as_columns({**base, "copy": base["y"]}))
    assert [note.level for note in seen.notes] == ["block"]
    with pytest.raises(DataError, match=r"columns\.copy"):
        refuse_worthless(project_of(), seen.notes)
    refuse_worthless(project_of(), ())


# ------------------------------------------------------------------------- sentences
VALUES = {
    "columns": "a, b", "count": 3, "rows": 10, "different": 4, "kept": 2, "column": "c", "target": "y", "part": "test",
    "valid": "1", "test": "2", "examples": "1, 2", "share": 0.5, "alone": 0.9, "other": "d", "next": 0.5,
    "refuse": "r", "accept": "s", "label": "yes", "base": 0.2, "groups": 5, "alike": 0.3, "shared": 1, "others": 9,
    "line": "l", "drift": 0.2, "before": 1.5, "after": 2.5, "one": 1, "across": 2, "told": 0.7, "mark": -999,
    "example": "e", "classes": "k (3)", "looked": 100, "window": 256, "labelled": 4, "tested": 5,
}  # fmt: skip


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_note_can_be_said(language: str) -> None:
    messages.use(language)
    rooms = {"checks": check_messages.TEXTS, "prepare": prepare_messages.TEXTS}
    for room, texts in rooms.items():
        for name in texts:
            if room == "checks" or name.startswith("note_"):
                said = messages.text(f"{room}.{name}", **VALUES)
                braces = said.replace("{{NAME", "").replace("{列名", "").replace("{NAME", "")
                assert "{" not in braces.replace("{split", "").replace("{test", ""), said


def test_every_note_is_used() -> None:
    """No sentence of the checks lies about unused: each is named in the source, whole or as a pattern."""
    folder = Path(modelyard.prepare.__file__).parent
    words: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    patterns = ("copy_", "strong_", "personal_")
    unused = [name for name in check_messages.TEXTS if f"checks.{name}" not in words and not name.startswith(patterns)]
    assert unused == []


def test_every_kind_of_cell_note_of_a_modality_has_its_sentences() -> None:
    for modality in plugins.names("modalities"):
        part = plugins.part("modalities", modality, "preprocess")
        options = plugins.part("modalities", modality, "options").Options().model_dump()
        parsed = part.parse(np.fromiter([float("inf"), 1.0, "x", None, 1e308 * 10], object), options)
        for name in parsed.notes:
            assert {f"cell_{name}", f"note_{name}"} <= set(prepare_messages.TEXTS)


def test_a_table_is_looked_at_the_same_way_twice(project_of: MakeProject, base: dict[str, Any]) -> None:
    table = {**base, "day": [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(1200)]}
    one, other = (notes(survey(project_of(), as_columns(table))) for _ in range(2))
    assert one == other

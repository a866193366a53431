"""What is odd about a table is said, once, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns
from modelyard.core.messages import text
from modelyard.core.messages.prepare import TEXTS
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.data.dataset import Note
from modelyard.prepare.checks import listed, notes
from modelyard.prepare.survey import survey

MakeProject = Callable[..., Project]
ROWS = 300
RNG = np.random.default_rng(0)
X = RNG.normal(size=ROWS).tolist()
Y = ["a" if value > 0 else "b" for value in np.asarray(X) + RNG.normal(size=ROWS)]


def noted(project: Project, **columns: Any) -> dict[str, Note]:
    found = notes(survey(project, as_columns({"x": X, "y": Y, **columns})))
    return {key: note for note in found if (key := note.key.removeprefix("prepare.note_")) != "small_test"}


def test_a_clean_table_has_no_notes(project_of: MakeProject) -> None:
    assert noted(project_of()) == {}


def test_columns_that_are_left_out(project_of: MakeProject, people: Columns) -> None:
    found = notes(survey(project_of(), people))
    assert [(note.key, note.values["columns"]) for note in found[1:]] == [
        ("prepare.note_dates", "joined"),
        ("prepare.note_empty", "empty"),
        ("prepare.note_constant", "country"),
        ("prepare.note_id", "编号"),
        ("prepare.note_text", "remark"),
    ]


DATES = [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(ROWS)]


def test_dates_that_are_divided_at_random(project_of: MakeProject) -> None:
    assert noted(project_of(), day=DATES)["dates"].values == {"columns": "day"}
    for role in ("time", "group", "ignore"):
        assert "dates" not in noted(project_of(columns={"day": {"role": role}}), day=DATES)
    by_time = project_of(data={"split": {"by": "time", "column": "day"}})
    assert "dates" not in noted(by_time, day=DATES, born=DATES[::-1])


def test_categories_of_which_each_row_has_its_own(project_of: MakeProject) -> None:
    money = [f"${value:,.2f}" for value in np.linspace(100, 9000, ROWS)]
    some = [cell if n % 3 else None for n, cell in enumerate(money)]
    found = noted(project_of(), price=money, some=some, city=[f"c{n % 200}" for n in range(ROWS)])
    assert found["own_values"].values == {"columns": "price, some"}
    assert "own_values" not in noted(project_of(), price=[*money[:20], *["$1"] * (ROWS - 20)])


def test_rows_without_a_target(project_of: MakeProject) -> None:
    found = noted(project_of(), y=[None if n % 10 == 0 else word for n, word in enumerate(Y)])
    assert found["no_target"].values == {"count": 30}


def test_duplicates_and_few_different_rows(project_of: MakeProject) -> None:
    found = noted(project_of(), x=[value if n else X[1] for n, value in enumerate(X)], y=[Y[1], *Y[1:]])
    assert found["duplicates"].values == {"count": 1, "rows": ROWS}
    assert "few_different" not in found
    coarse = noted(project_of(), x=[n % 30 for n in range(ROWS)])
    assert coarse["few_different"].values["rows"] == ROWS
    keyed = {"columns": {"k": {"role": "key"}}}
    assert "few_different" not in noted(
        project_of(**keyed), x=[n % 30 for n in range(ROWS)], k=[n // 3 for n in range(ROWS)]
    )


def test_too_few_rows_are_said_loudly(project_of: MakeProject) -> None:
    found = notes(survey(project_of(), as_columns({"x": [1.5, 2.5, 0.5], "y": ["a", "b", "a"]})))
    assert found == (Note("prepare.note_not_held_out", {"rows": 3}, loud=True),)


def test_time_says_where_it_was_cut(project_of: MakeProject) -> None:
    days = [str(np.datetime64("2024-01-01") + n) for n in range(ROWS)]
    found = noted(project_of(columns={"d": {"role": "time"}}), d=days)
    assert found["time"].values == {"valid": "2024-07-14", "test": "2024-08-28"}
    seconds = [f"{day} 10:00:00.5" for day in days]
    found = noted(project_of(columns={"d": {"role": "time"}}), d=seconds)
    assert found["time"].values["test"] == "2024-08-28T10:00:00.500"
    how = {"data": {"split": {"by": "time", "column": "d"}}, "columns": {"d": {"role": "input"}}}
    assert noted(project_of(**how), d=days)["time"].values["test"] == "2024-08-28"
    found = noted(project_of(columns={"d": {"role": "time"}}), d=[n / 2 for n in range(ROWS)])
    assert found["time"].values == {"valid": "97.5", "test": "120"}


def test_test_rows_that_were_trained_on(project_of: MakeProject) -> None:
    parts = ["train"] * 200 + ["valid"] * 50 + ["test"] * 50
    x, y = X[:250] + X[:50], Y[:250] + Y[:50]
    found = noted(project_of(data={"split": {"by": "column", "column": "p"}}), x=x, y=y, p=parts)
    assert found["overlap_test"] == Note("prepare.note_overlap_test", {"count": 50}, loud=True)


def test_files_that_overlap(project_of: MakeProject, tmp_path: Any) -> None:
    lines = [f"{x},{y}" for x, y in zip(X, Y, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *lines[:250]]), "utf-8")
    (tmp_path / "b.csv").write_text("\n".join(["x,y", *lines[200:]]), "utf-8")
    found = {note.key: note for note in notes(survey(project_of(data={"source": "a.csv", "test": "b.csv"})))}
    note = found["prepare.note_overlap_test"]
    assert note.loud
    assert 20 < note.values["count"] <= 50


@pytest.mark.parametrize("role", [None, "key"])
def test_copies_are_seen_through_ids_and_keys(project_of: MakeProject, role: str | None) -> None:
    columns = {"columns": {"id": {"role": role}}} if role else {}
    parts = ["train"] * 200 + ["valid"] * 50 + ["test"] * 50
    x, y = X[:250] + X[:50], Y[:250] + Y[:50]
    project = project_of(data={"split": {"by": "column", "column": "p"}}, **columns)
    found = noted(project, x=x, y=y, p=parts, id=[f"C{n:05d}" for n in range(ROWS)])
    assert found["overlap_test"].values == {"count": 50}
    assert found["duplicates"].values == {"count": 50, "rows": ROWS}


def test_equal_inputs_with_different_classes(project_of: MakeProject) -> None:
    x, y = [*X[:-4], *[X[0]] * 4], [*["a"] * 150, *["b"] * 146, "b", "a", "b", None]
    found = noted(project_of(), x=x, y=y, id=[f"C{n:05d}" for n in range(ROWS)])
    assert found["conflicts"] == Note("prepare.note_conflicts", {"target": "y", "count": 4})
    numbers = [value * 7 + n % 2 for n, value in enumerate(X)]
    assert "conflicts" not in noted(project_of(), x=[*X[:-4], *[X[0]] * 4], y=numbers)


def test_classes_that_are_not_measured(project_of: MakeProject) -> None:
    parts = ["train"] * 200 + ["valid"] * 50 + ["test"] * 50
    y = [*["a", "b", "c", "d"] * 50, *["a", "b", "c", "c", "b"] * 10, *["a", "b"] * 25]
    found = noted(project_of(data={"split": {"by": "column", "column": "p"}}), y=y, p=parts)
    assert found["class_not_in_valid"].values == {"target": "y", "count": 1}
    assert found["class_not_in_test"].values == {"target": "y", "count": 2}
    assert "class_not_trained" not in found


def test_classes_that_are_not_trained(project_of: MakeProject) -> None:
    y = [*Y[:-30], *["late"] * 30]
    found = noted(project_of(data={"split": {"by": "time", "column": "t"}}), y=y, t=list(range(ROWS)))
    assert found["class_not_trained"] == Note("prepare.note_class_not_trained", {"target": "y", "count": 1}, loud=True)


def test_odd_cells_and_odd_columns(project_of: MakeProject) -> None:
    found = noted(
        project_of(),
        infinite=[float("inf") if n < 3 else value for n, value in enumerate(X)],
        bad=["much" if n % 50 == 7 else str(value) for n, value in enumerate(X)],
        gaps=[None if n % 3 else value for n, value in enumerate(X)],
        nearly=["odd" if n == 5 else "usual" for n in range(ROWS)],
    )
    assert found["infinite"].values == {"count": 3, "columns": "infinite"}
    assert found["bad"].values == {"count": 6, "columns": "bad"}
    assert found["mostly_missing"].values == {"columns": "gaps"}
    assert found["nearly_constant"].values == {"columns": "nearly"}
    assert len(found) == 4


def test_thousands_of_categories(project_of: MakeProject) -> None:
    rows = 3000
    table = as_columns({"c": [f"城市{n % 1500}" for n in range(rows)], "x": range(rows), "y": ["a", "b"] * (rows // 2)})
    table["x"] = np.sin(np.arange(rows))
    found = survey(project_of(), table)
    assert notes(found)[0] == Note("prepare.note_many_levels", {"column": "c", "different": 1500, "kept": 1500})
    fitted = notes(found, {"c": {"levels": ["城市1", "城市2"]}})
    assert str(fitted[0]) == "c: 1,500 different categories; the 2 most frequent are told apart"


@pytest.mark.parametrize(
    "telling",
    [
        ["say " + word for word in Y],
        [1 if word == "a" else 0 for word in Y],
        [f"{word}{n % 20}" for n, word in enumerate(Y)],
    ],
)
def test_a_column_that_says_the_class(project_of: MakeProject, telling: list[Any]) -> None:
    found = noted(project_of(), telling=telling)
    assert found["leak"] == Note("prepare.note_leak", {"target": "y", "columns": "telling"}, loud=True)


def test_loud_notes_stand_first(project_of: MakeProject) -> None:
    found = list(noted(project_of(), telling=Y, same=["c"] * ROWS).values())
    assert [note.loud for note in found] == [True, False]


@pytest.mark.parametrize("factor", [1.0, -0.0001, 1e6])
def test_a_column_that_says_the_number(project_of: MakeProject, factor: float) -> None:
    y = [value * 7 for value in X]
    other = RNG.normal(size=ROWS).tolist()
    found = noted(project_of(), x=other, y=y, twin=[None if n == 5 else value * factor for n, value in enumerate(y)])
    assert found["leak"].values == {"target": "y", "columns": "twin"}


def test_numbers_that_have_no_correlation(project_of: MakeProject) -> None:
    huge = [value * 1e307 for value in X]
    half = [1.0 if n % 2 else None for n in range(ROWS)]
    few = [value if n < 20 else None for n, value in enumerate(X)]
    assert "leak" not in noted(project_of(), y=[value * 7 for value in X[::-1]], huge=huge, half=half, few=few)


def test_what_is_no_leak(project_of: MakeProject) -> None:
    nearly = ["a" if n == 9 else word for n, word in enumerate(Y)]
    nearly[9] = "b" if Y[9] == "a" else "a"
    assert "leak" not in noted(project_of(), nearly=nearly)
    assert "leak" not in noted(project_of(), fine=[f"v{n // 2}" for n in range(ROWS)])
    assert "leak" not in noted(project_of(), rare=["r" if n == 1 else "s" for n in range(ROWS)], y=["b", *["a"] * 299])
    few = as_columns({"x": [0.5, 1.5, 2.5, 3.5] * 5, "t": ["a", "b"] * 10, "y": ["a", "b"] * 10})
    assert "prepare.note_leak" not in {note.key for note in notes(survey(project_of(), few))}


def test_a_leak_into_one_of_several_labels(project_of: MakeProject) -> None:
    labels = {"l1": [n % 2 for n in range(ROWS)], "l2": [n % 3 == 0 for n in range(ROWS)]}
    project = project_of(predict={"columns": ["l1", "l2"], "task": "multilabel"})
    table = as_columns({"x": X, "copy": ["no" if n % 3 else "yes" for n in range(ROWS)], **labels})
    assert {note.key: note.values for note in notes(survey(project, table))}["prepare.note_leak"]["columns"] == "copy"


def test_long_lists_of_columns_stay_short(project_of: MakeProject) -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"c{n}" for n in range(5000)]) == "c0, c1, c2, c3, c4 … (5,000)"
    found = noted(project_of(), **{f"k{n}": ["same"] * ROWS for n in range(40)})
    assert len(str(found["constant"])) < 120


def test_every_note_can_be_said_in_both_languages(project_of: MakeProject) -> None:
    values = {
        "columns": "a, b", "count": 3, "rows": 10, "different": 4, "kept": 2,
        "column": "c", "target": "y", "part": "test", "valid": "1", "test": "2",
    }  # fmt: skip
    for language in messages.LANGUAGES:
        messages.use(language)
        for name in TEXTS:
            if name.startswith("note_"):
                assert "{" not in text(f"prepare.{name}", **values).replace("{NAME", "").replace("{列名", "").replace(
                    "{split", ""
                ).replace("{test", "")


def test_every_kind_of_cell_note_of_a_modality_has_its_sentences() -> None:
    """Modalities count what they did to cells under names of their own; `infinite` is the one so far."""
    for modality in plugins.names("modalities"):
        part = plugins.part("modalities", modality, "preprocess")
        options = plugins.part("modalities", modality, "options").Options().model_dump()
        parsed = part.parse(np.fromiter([float("inf"), 1.0, "x", None, 1e308 * 10], object), options)
        for name in parsed.notes:
            assert {f"cell_{name}", f"note_{name}"} <= set(TEXTS)

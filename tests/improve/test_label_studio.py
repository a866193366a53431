"""Label Studio's tasks and its export: majorities, ties, what was skipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from modelyard.core.errors import DataError
from modelyard.improve import label_studio
from modelyard.improve.filled import Filled, put_in
from modelyard.improve.pool import Pool, open_pool
from modelyard.improve.propose import propose

Make = Callable[..., Pool]


def choice(value: str | list[str], control: str = "mood") -> dict[str, Any]:
    choices = [value] if isinstance(value, str) else value
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": choices}}


def annotation(*results: dict[str, Any], by: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": 1, "completed_by": by, "result": list(results), "was_cancelled": False, **more}


def tasks(pool: Pool, count: int) -> list[dict[str, Any]]:
    """What is imported, with the numbers that Label Studio gives."""
    found: list[dict[str, Any]] = json.loads(label_studio.tasks(propose(pool, count)))
    return [{"id": 100 + place, **task, "annotations": []} for place, task in enumerate(found)]


def export(pool: Pool, content: Any) -> Filled:
    path = pool.project.folder / "export.json"
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return label_studio.read_export(path, pool)


def test_tasks_tell_what_a_row_is(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 6)
    assert len(found) == 6 and "predictions" not in found[0]
    for task in found:
        row = task["data"]["row"] - 1
        assert task["data"]["编号"] == f"r{row}" and len(task["data"]["check"]) == 12
        assert task["data"]["text"] == f"review: {pool.table['review'][row]}\nnights: {row % 5}"


def test_the_interface_fits_the_tasks(make_pool: Make) -> None:
    pool = open_pool(make_pool().project, new=('a "new" <label> & more',))
    view = ElementTree.fromstring(label_studio.config(pool))  # noqa: S314 - written here
    text, control = view.find("Text"), view.find("Choices")
    assert text is not None and text.attrib == {"name": "text", "value": "$text"}
    assert control is not None and control.attrib == {"name": "mood", "toName": "text", "choice": "single"}
    assert [one.get("value") for one in control] == ["neg", "pos", 'a "new" <label> & more']


def test_controls_by_what_is_asked(make_pool: Make) -> None:
    for settings, label, tag, attribute in (
        ({"task": "regression"}, lambda n: n * 1.5, "Number", None),
        ({"task": "multilabel"}, lambda n: "a;b" if n % 2 else "a", "Choices", "multiple"),
        ({}, lambda n: "", "TextArea", None),
    ):
        pool = make_pool(label=label, known=30, predict={"column": "mood", **settings})
        control = ElementTree.fromstring(label_studio.config(pool)).find(tag)  # noqa: S314 - written here
        assert control is not None and control.get("choice") == attribute


def test_labels_come_back(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 4)
    for task in found[:3]:
        task["annotations"] = [annotation(choice("pos"), by=1)]
    filled = export(pool, found)
    done = put_in(filled, pool)
    assert done.rows == 3 and done.empty == 1 and filled.remarks == ()
    assert {int(row) for row in range(60) if done.table["mood"][row] != pool.table["mood"][row]} == {
        task["data"]["row"] - 1 for task in found[:3]
    }


def test_most_people_decide_and_who_disagrees_is_told(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 3)
    found[0]["annotations"] = [annotation(choice(word), by=n) for n, word in enumerate(("pos", "neg", "pos"))]
    found[1]["annotations"] = [annotation(choice(word), by={"id": n}) for n, word in enumerate(("pos", "neg"))]
    found[2]["annotations"] = [annotation(choice("neg"))]
    filled = export(pool, found)
    assert filled.labels == {"mood": ["pos", None, "neg"]}
    assert filled.remarks == (
        "people disagree on 2 tasks: most decide; 1 without a majority stay empty",
        "  task 100, mood: pos (2), neg (1)",
        "  task 101, mood: pos (1), neg (1)",
    )


def test_many_disagreements_are_counted(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 9)
    for task in found:
        task["annotations"] = [annotation(choice(word), by=word) for word in ("pos", "neg")]
    with pytest.raises(DataError, match="not one label"):
        put_in(export(pool, found), pool)
    assert export(pool, found).remarks[-1] == "  and 4 more"


def test_what_was_skipped_does_not_count_and_of_one_person_only_the_last(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 3)
    found[0]["annotations"] = [annotation(choice("neg"), by=1, was_cancelled=True), annotation(choice("pos"), by=2)]
    found[1]["annotations"] = [annotation(choice("neg"), by=1), annotation(choice("pos"), by=1)]
    found[2]["annotations"] = [annotation(by=1), annotation(choice("neg"), by=1, skipped=True)]
    filled = export(pool, found)
    assert filled.labels == {"mood": ["pos", "pos", None]}
    assert filled.remarks == ("annotations that were skipped or cancelled: 2",)


def test_one_control_of_another_name_fills_the_one_column(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 2)
    found[0]["annotations"] = [annotation(choice("pos", "sentiment"), by=1)]
    assert export(pool, found).labels == {"mood": ["pos", None]}
    found[1]["annotations"] = [annotation(choice("neg", "other"), by=1)]
    with pytest.raises(DataError, match=r"controls called sentiment, other[\s\S]*called mood"):
        export(pool, found)


def test_several_choices_are_a_set(make_pool: Make) -> None:
    pool = make_pool(
        label=lambda n: "a;b" if n % 2 else "a", known=30, predict={"column": "mood", "task": "multilabel"}
    )
    found = tasks(pool, 2)
    found[0]["annotations"] = [annotation(choice(["b", "a"]), by=1), annotation(choice(["a", "b"]), by=2)]
    done = put_in(export(pool, found), pool)
    assert done.counts == {"mood": {"a;b": 1}}


def test_several_choices_where_one_is_due_are_no_label(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 2)
    found[0]["annotations"] = [annotation(choice(["pos", "neg"]), by=1)]
    with pytest.raises(DataError, match=r"export\.json, entry 100"):
        put_in(export(pool, found), pool)


def test_numbers_and_texts_are_read(make_pool: Make) -> None:
    pool = make_pool(label=lambda n: n * 1.5, known=30, predict={"column": "mood", "task": "regression"})
    found = tasks(pool, 2)
    for task, value in zip(found, ({"number": 3.5}, {"text": ["4"]}), strict=True):
        task["annotations"] = [annotation({"from_name": "mood", "to_name": "text", "value": value}, by=1)]
    assert put_in(export(pool, found), pool).counts == {"mood": {"3.5": 1, "4": 1}}


def test_tasks_that_somebody_imported_themselves_are_found_by_their_columns(make_pool: Make) -> None:
    pool = make_pool()
    content = [
        {"id": n, "data": {"编号": f"r{n}", "review": "whatever"}, "annotations": [annotation(choice("pos"), by=1)]}
        for n in (20, 33)
    ]
    assert put_in(export(pool, content), pool).rows == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "JSON"),
        ("", "JSON"),
        ("{}", "no list of tasks"),
        ("[]", "no list of tasks"),
        ("[1]", "no list of tasks"),
        ('[{"text": "a", "mood": "pos"}]', "JSON-MIN"),
        ("\x00\x00", "JSON"),
    ],
)
def test_files_that_are_no_export(make_pool: Make, content: str, says: str) -> None:
    pool = make_pool()
    path = pool.project.folder / "export.json"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=says):
        label_studio.read_export(path, pool)


def test_an_export_that_is_not_there(make_pool: Make, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        label_studio.read_export(tmp_path / "none.json", make_pool())


def test_old_exports_call_annotations_completions(make_pool: Make) -> None:
    pool = make_pool()
    found = tasks(pool, 1)
    found[0]["completions"] = [annotation(choice("pos"))]
    del found[0]["annotations"]
    assert export(pool, found).labels == {"mood": ["pos"]}

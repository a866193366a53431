"""What types cannot see: names of plug-ins, options that belong to others, and words that contradict each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.meaning import automatic, owners, trained
from modelyard.core.project import FILE, Project, load

TWO = "data: a.csv\npredict: y\n"


def read(content: str, folder: Path) -> Project:
    """The project of a file with this content."""
    (folder / FILE).write_text(content, "utf-8")
    return load(folder)


def told(content: str, folder: Path) -> list[tuple[str, str]]:
    """Place (without the file's name) and finding of all mistakes in a file with this content."""
    return [(mistake.place.removeprefix("modelyard.yaml line "), mistake.got) for mistake in mistakes(content, folder)]


def mistakes(content: str, folder: Path) -> list[Mistake]:
    """All mistakes in a file with this content."""
    with pytest.raises(ProjectError) as caught:
        read(content, folder)
    return list(caught.value.mistakes)


# ------------------------------------------------------------------------- plug-ins
@pytest.mark.parametrize(
    ("content", "place", "got", "offered"),
    [
        (TWO + "train: {method: treees}\n", "3, train.method", "'treees'", "trees / deep_trees"),
        (TWO + "train: {method: Linear}\n", "3, train.method", "'Linear'", "linear"),
        (TWO + "train: {method: autp}\n", "3, train.method", "'autp'", "auto"),
        (TWO + "train: {method: 5}\n", "3, train.method", "'5'", ""),
        (TWO + "train: {method: [trees, netwrok]}\n", "3, train.method[1]", "'netwrok'", "network"),
        (TWO + "train:\n  method:\n    - trees\n    - svm\n", "6, train.method[1]", "'svm'", ""),
        (TWO + "columns: {a: nummber}\n", "3, columns.a", "'nummber'", "number"),
        (TWO + "columns:\n  b: number\n  a: {type: txt}\n", "5, columns.a.type", "'txt'", "text"),
        (
            "data: a\npredict: {column: y, task: clasification}\n",
            "2, predict.task",
            "'clasification'",
            "classification",
        ),
        ("data: a\npredict:\n  - x\n  - {column: y, task: 回归}\n", "4, predict[1].task", "'回归'", ""),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(
    content: str, place: str, got: str, offered: str, tmp_path: Path
) -> None:
    (mistake,) = mistakes(content, tmp_path)
    assert mistake.place == f"modelyard.yaml line {place}"
    assert mistake.got == got
    assert mistake.expected.startswith("one of: ")
    assert mistake.fix == (f"did you mean {offered}?" if offered else "")


def test_a_role_is_no_type(tmp_path: Path) -> None:
    (mistake,) = mistakes(TWO + "columns: {id: key}\n", tmp_path)
    assert (mistake.got, mistake.expected) == ("'key'", "a type; a role is written so: `{role: key}`")


@pytest.mark.parametrize(
    ("content", "place", "owner"),
    [
        (TWO + "columns: {a: {type: number, max_levels: 9}}\n", "3, columns.a.max_levels", "category"),
        (TWO + "columns:\n  a:\n    type: category\n    day_first: true\n", "6, columns.a.day_first", "datetime"),
        ("data: a\npredict: {column: y, task: regression, positive: 1}\n", "2, predict.positive", "classification"),
        ("data: a\npredict: {column: y, task: classification, separator: '|'}\n", "2, predict.separator", "multilabel"),
    ],
)
def test_an_option_of_another_plug_in(content: str, place: str, owner: str, tmp_path: Path) -> None:
    (mistake,) = mistakes(content, tmp_path)
    assert mistake.place == f"modelyard.yaml line {place}"
    assert f"belongs to `{owner}`" in mistake.expected


def test_options_may_be_written_where_the_type_is_still_to_be_inferred(tmp_path: Path) -> None:
    found = read(TWO + "columns: {a: {max_levels: 9}, b: {missing: [-999]}, c: {role: protected}}\n", tmp_path)
    assert found.columns["a"].options == {"max_levels": 9}


def test_options_that_no_plug_in_has_together(tmp_path: Path) -> None:
    assert told(TWO + "columns: {a: {max_levels: 9, day_first: true}}\n", tmp_path) == [
        ("3, columns.a", "max_levels (category), day_first (datetime)")
    ]
    assert told("data: a\npredict: {column: y, positive: 1, separator: ','}\n", tmp_path) == [
        ("2, predict", "positive (classification), separator (multilabel)")
    ]


def test_values_of_options_are_held_against_their_own_plug_in(tmp_path: Path) -> None:
    assert told(TWO + "columns: {a: {type: category, max_levels: 0}}\n", tmp_path) == [
        ("3, columns.a.max_levels", "0 (whole number)")
    ]
    assert told(TWO + "columns: {a: {type: number, decimal: dot}}\n", tmp_path) == [
        ("3, columns.a.decimal", "'dot' (text)")
    ]


def test_owners_names_all_who_have_an_option() -> None:
    assert owners("modalities", "max_levels") == ("category",)
    assert set(owners("modalities", "missing")) == set(plugins.names("modalities"))
    assert owners("modalities", "no_such_option") == ()


# ------------------------------------------------------------------------- methods
def test_the_methods_of_a_run(tmp_path: Path) -> None:
    assert trained(read(TWO, tmp_path).file) == automatic()
    assert {"import", "prompt", "zero_shot"}.isdisjoint(automatic())
    named = read(TWO + "train: {zero_shot: {labels: {a: an a}}}\n", tmp_path)
    assert trained(named.file) == (*automatic(), "zero_shot")
    assert trained(read(TWO + "train: {method: trees}\n", tmp_path).file) == ("trees",)
    assert trained(read(TWO + "train: {method: [trees, linear]}\n", tmp_path).file) == ("trees", "linear")


@pytest.mark.parametrize(
    ("train", "place", "got"),
    [
        ("{method: []}", "3, train.method", "[]"),
        ("{method: [trees, trees]}", "3, train.method[1]", "more than once"),
        ("{method: [auto, trees]}", "3, train.method[0]", "auto"),
        ("{method: trees, network: {epochs: 5}}", "3, train.network", "network"),
        ("{method: [trees, linear], ensemble: {rounds: 5}}", "3, train.ensemble", "ensemble"),
    ],
)  # fmt: skip
def test_methods_that_contradict_each_other(train: str, place: str, got: str, tmp_path: Path) -> None:
    ((found, said),) = told(TWO + f"train: {train}\n", tmp_path)
    assert found == place
    assert got in said


def test_options_of_a_method_that_are_its_defaults_contradict_nothing(tmp_path: Path) -> None:
    epochs = plugins.part("methods", "network", "options").Options().epochs
    assert read(TWO + f"train: {{method: trees, network: {{epochs: {epochs}}}}}\n", tmp_path)


def test_an_unknown_method_is_told_without_its_options(tmp_path: Path) -> None:
    assert told(TWO + "train: {method: treees, trees: {rounds: 5}}\n", tmp_path) == [("3, train.method", "'treees'")]


# ------------------------------------------------------------------------- targets
@pytest.mark.parametrize(
    ("predict", "place", "got"),
    [
        ("[]", "2, predict", "[]"),
        ("", "2, predict", "[]"),
        ("''", "2, predict", "both or neither of `column` and `columns`"),
        ("{}", "2, predict", "both or neither of `column` and `columns`"),
        ("{task: regression}", "2, predict", "both or neither of `column` and `columns`"),
        ("{columns: []}", "2, predict", "both or neither of `column` and `columns`"),
        ("{columns: [a, '']}", "2, predict", "both or neither of `column` and `columns`"),
        ("{column: a, columns: [b]}", "2, predict", "both or neither of `column` and `columns`"),
        ("[a, b, a]", "2, predict[2]", "`a` more than once"),
        ("[a, a, a]", "2, predict[1]", "`a` more than once"),
        ("[a, {columns: [b, a]}]", "2, predict[1]", "`a` more than once"),
        ("{columns: [b, b]}", "2, predict", "`b` more than once"),
    ],
)
def test_targets_that_are_none_or_twice(predict: str, place: str, got: str, tmp_path: Path) -> None:
    assert told(f"data: a.csv\npredict: {predict}\n", tmp_path) == [(place, got)]


@pytest.mark.parametrize("source", ["", "[]", "''", "{}", "{source: }", "{test: b.csv}"])
def test_data_without_a_source(source: str, tmp_path: Path) -> None:
    assert told(f"data: {source}\npredict: y\n", tmp_path) == [("1, data", "nothing")]


# ------------------------------------------------------------------------- columns
def test_a_target_has_neither_role_nor_type(tmp_path: Path) -> None:
    assert told(TWO + "columns: {y: {role: ignore, type: number}}\n", tmp_path) == [
        ("3, columns.y.role", "the role `ignore` for a column that is predicted"),
        ("3, columns.y.type", "the type `number` for a column that is predicted"),
    ]


def test_only_ordered_inputs_can_be_monotone(tmp_path: Path) -> None:
    lines = (
        "columns:\n  y: {monotone: up}\n  a: {monotone: down, role: protected}\n  b: {monotone: up, type: category}\n"
    )
    assert told(TWO + lines + "  c: {monotone: up, type: boolean}\n  d: {monotone: up, role: input}\n", tmp_path) == [
        ("4, columns.y.monotone", "monotone: up for a column whose role is target"),
        ("5, columns.a.monotone", "monotone: down for a column whose role is protected"),
        ("6, columns.b.monotone", "monotone: up for the type category"),
    ]


@pytest.mark.parametrize("role", ["time", "split", "weight"])
def test_a_role_that_only_one_column_can_have(role: str, tmp_path: Path) -> None:
    assert told(TWO + f"columns: {{a: {{role: {role}}}, b: {{role: {role}}}}}\n", tmp_path) == [
        ("3, columns.b.role", f"the role `{role}` for a, b")
    ]


@pytest.mark.parametrize("role", ["key", "group", "protected", "ignore", "input"])
def test_roles_that_several_columns_can_have(role: str, tmp_path: Path) -> None:
    assert read(TWO + f"columns: {{a: {{role: {role}}}, b: {{role: {role}}}}}\n", tmp_path)


# --------------------------------------------------------------------------- splits
@pytest.mark.parametrize(
    ("data", "place", "got"),
    [
        ("split: {valid: 0.5, test: 0.5}", "data.split", "valid 0.5 + test 0.5"),
        ("split: {test: 0.9}", "data.split", "valid 0.15 + test 0.9"),
        ("split: {column: when}", "data.split.column", "when"),
        ("split: {by: random, column: when}", "data.split.column", "when"),
        ("split: {by: time}", "data.split.by", "by: time"),
        ("split: {by: group}", "data.split.by", "by: group"),
        ("split: {by: column}", "data.split.by", "by: column"),
        ("split: {by: group, column: y}", "data.split.column", "`y`, which is predicted"),
        ("test: b, split: {test: 0.3}", "data.split.test", "test: 0.3, but `b` already says which rows these are"),
        ("valid: b, split: {valid: 0.3}", "data.split.valid", "valid: 0.3, but `b` already says which rows these are"),
        ("valid: b, test: c, split: {by: random}", "data.split.by", "`by: random`, but the files already say it"),
    ],
)
def test_splits_that_contradict_themselves(data: str, place: str, got: str, tmp_path: Path) -> None:
    assert told(f"data: {{source: a, {data}}}\npredict: y\n", tmp_path) == [(f"1, {place}", got)]


def test_a_split_column_beside_a_role(tmp_path: Path) -> None:
    content = "data: {source: a, split: {by: time, column: when}}\npredict: y\ncolumns: {then: {role: time}}\n"
    assert told(content, tmp_path) == [("1, data.split.column", "the role `time` for when, then")]
    assert read(content.replace("then", "when"), tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "data: {source: a, split: {by: time, column: when}}\npredict: y\n",
        "data: {source: a, split: {by: time}}\npredict: y\ncolumns: {when: {role: time}}\n",
        "data: {source: a, split: {by: group}}\npredict: y\ncolumns: {who: {role: group}, house: {role: group}}\n",
        "data: {source: a, split: {by: column}}\npredict: y\ncolumns: {part: {role: split}}\n",
        "data: {source: a, split: {by: auto, valid: 0.1, test: 0.1}}\npredict: y\n",
        "data: {source: a, valid: b, test: c}\npredict: y\n",
        "data: {source: a, test: c, split: {by: random, valid: 0.8}}\npredict: y\n",
    ],
)
def test_splits_that_make_sense(content: str, tmp_path: Path) -> None:
    assert read(content, tmp_path)


# ----------------------------------------------------------------------------- goals
@pytest.mark.parametrize(
    ("predict", "goal", "got"),
    [
        ("y", "roc_auc", "`roc_auc`, which compares with nothing"),
        ("y", "''", "``, which compares with nothing"),
        ("y", "5", "`5`, which compares with nothing"),
        ("y", "roc_auc >= high", "roc_auc >= high"),
        ("y", "roc_auc => 0.8", "roc_auc => 0.8"),
        ("y", "roc_acu >= 0.8", "roc_acu"),
        ("y", "z.roc_auc >= 0.8", "z"),
        ("y", "y.bundle_mb <= 5", "y.bundle_mb <= 5"),
        ("[y, z]", "x.mae <= 1", "x"),
        ("{column: y, task: regression}", "roc_auc >= 0.8", "roc_auc"),
        ("{column: y, task: regression}", '"mae[a] <= 1"', "mae[a]"),
        ("{column: y, task: classification}", "rmse <= 3", "rmse"),
        ("[{column: y, task: regression}, {column: z, task: regression}]", "mae <= 3", "mae <= 3"),
    ],
)
def test_goals_that_no_run_could_reach(predict: str, goal: str, got: str, tmp_path: Path) -> None:
    content = f"data: a.csv\npredict: {predict}\ngoals:\n  - bundle_mb <= 5\n  - {goal}\n"
    assert told(content, tmp_path) == [("5, goals[1]", got)]


@pytest.mark.parametrize(
    ("predict", "goal"),
    [
        ("y", "roc_auc >= 0.8"),
        ("y", "rmse <= 3"),  # its task is still to be inferred
        ("y", '"recall[bad] >= 90%"'),
        ("[y, z]", "mae <= 1"),
        ("[y, z]", "z.mae <= 1"),
        ("收入", "收入.mae <= 1"),
        ("{columns: [a, b]}", "a+b.f1_macro >= 0.5"),
        ("{column: y, task: classification}", '"recall[坏] >= 0.9"'),
        ("{column: y, task: regression}", "latency_p99_ms <= 5"),
        ("[{column: y, task: regression}, {column: z, task: regression}]", "z.mae <= 3"),
    ],
)
def test_goals_that_some_run_could_reach(predict: str, goal: str, tmp_path: Path) -> None:
    assert len(read(f"data: a.csv\npredict: {predict}\ngoals: [{goal}]\n", tmp_path).goals) == 1


def test_goals_without_a_target_wait_for_one(tmp_path: Path) -> None:
    assert told("data: a.csv\npredict: []\ngoals: [roc_auc >= 0.8]\n", tmp_path) == [("2, predict", "[]")]

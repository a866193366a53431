"""What pydantic says becomes sentences: every mistake at once, each with its line and the word to use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from modelyard.core import messages
from modelyard.core.complaints import SYNONYMS, amend, complaints, key_places
from modelyard.core.errors import MAX_LINES, Mistake, ProjectError
from modelyard.core.project import FILE, file_model, load
from modelyard.core.source import parse

TWO = "data: a.csv\npredict: y\n"
EPOCHS = "`train.contrastive.epochs / train.network.epochs / train.tuned.epochs`"


def told(content: str, folder: Path) -> list[Mistake]:
    """All mistakes in a file with this content."""
    (folder / FILE).write_text(content, "utf-8")
    with pytest.raises(ProjectError) as caught:
        load(folder)
    return list(caught.value.mistakes)


EVERYTHING_WRONG = """\
version: 2
data:
  source: {a: b}
  tset: b.csv
  split: {by: tiem, test: 2}
predict:
  - column: y
    taks: regression
  - [a, b]
gaols: []
goals:
  - recall[bad]: 0.9
columns:
  age: {type: [a], rol: key}
  sex: {role: portected}
train:
  method: {}
  time_budget: soon
  seed: -1
  network: {epochs: many, widths: [64, x]}
evaluate: [1]
lang: fr
colour: red
"""
EVERYTHING_SAID = {
    1: ("version", "2 (whole number)"),
    3: ("data.source", "{'a': 'b'} (mapping)"),
    4: ("data.tset", "unknown key `tset`"),
    8: ("predict[0].taks", "unknown key `taks`"),
    9: ("predict[1]", "['a', 'b'] (list)"),
    10: ("gaols", "unknown key `gaols`"),
    12: ("goals[0]", "{'recall[bad]': 0.9} (mapping)"),
    15: ("columns.sex.role", "'portected' (text)"),
    17: ("train.method", "{} (mapping)"),
    18: ("train.time_budget", "'soon' (text)"),
    19: ("train.seed", "-1 (whole number)"),
    21: ("evaluate", "[1] (list)"),
    22: ("lang", "'fr' (text)"),
    23: ("colour", "unknown key `colour`"),
}
TWICE_IN_A_LINE = {
    5: {("data.split.by", "'tiem' (text)"), ("data.split.test", "2 (whole number)")},
    14: {("columns.age.type", "['a'] (list)"), ("columns.age.rol", "unknown key `rol`")},
    20: {("train.network.epochs", "'many' (text)"), ("train.network.widths[1]", "'x' (text)")},
}


def test_all_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    found = {(mistake.place, mistake.got) for mistake in told(EVERYTHING_WRONG, tmp_path)}
    expected = {(f"modelyard.yaml line {line}, {keys}", got) for line, (keys, got) in EVERYTHING_SAID.items()}
    expected |= {
        (f"modelyard.yaml line {line}, {keys}", got) for line, pairs in TWICE_IN_A_LINE.items() for keys, got in pairs
    }
    assert found == expected


def test_they_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    found = [int(re.findall(r"line (\d+)", mistake.place)[0]) for mistake in told(EVERYTHING_WRONG, tmp_path)]
    assert found == sorted(found)


def test_mistakes_of_meaning_are_told_beside_mistakes_of_type(tmp_path: Path) -> None:
    content = (
        TWO
        + "train: {seed: x, method: treees}\ngoals: [roc_acu >= 1]\ncolumns: {a: nummber, y: {role: key}}\nb: 1\nb: 2\n"
    )
    assert [mistake.place.partition(", ")[2] for mistake in told(content, tmp_path)] == [
        "train.seed",
        "train.method",
        "goals[0]",
        "columns.a",
        "columns.y.role",
        "b",
        "b",
    ]


def test_a_fault_brings_no_second_mistake_about_the_same_place(tmp_path: Path) -> None:
    for content in (
        "data: {source: a, split: {test: 2}}\npredict: y\n",
        "data: a\npredict: {columns: 5}\n",
        "data: a\npredict: [[y]]\n",
        "data: a\ntarget: y\n",
        "data: {path: a}\npredict: y\n",
        TWO + "goals: {a: 1}\n",
        TWO + "columns: [a, b]\n",
        TWO + "columns: {a: [number]}\n",
    ):
        assert len(told(content, tmp_path)) == 1, content


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_mistake_is_long_and_all_are_in_the_users_language(language: str, tmp_path: Path) -> None:
    messages.use(language)
    for content in (EVERYTHING_WRONG, TWO + f"train: {{seed: {['x' * 50] * 5000}}}\n" + "x" * 5000 + ": 1\n"):
        for mistake in told(content, tmp_path):
            assert len(str(mistake).splitlines()) <= MAX_LINES
            assert len(str(mistake)) < 6000
            if language == "zh":
                said = f"{mistake.got} {mistake.expected} {mistake.fix}"
                plain = re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", "", said)
                assert not re.search(r"\b(the|of|not|is|number|list|value|unknown|expected)\b", plain), said


# --------------------------------------------------------------------------- keys
@pytest.mark.parametrize(
    ("content", "key", "fix"),
    [
        (TWO + "gaols: []\n", "gaols", "did you mean goals?"),
        (TWO + "verson: 1\n", "verson", "did you mean version?"),
        (TWO + "Train: {}\n", "Train", "did you mean train / track?"),
        (TWO + "train: {metod: trees}\n", "train.metod", "did you mean method / model?"),
        (TWO + "train: {trees: {roundz: 5}}\n", "train.trees.roundz", "did you mean rounds?"),
        (TWO + "train: {tree: {rounds: 5}}\n", "train.tree", "did you mean trees?"),
        ("data: {source: a, splt: {}}\npredict: y\n", "data.splt", "did you mean split?"),
        ("data: a\npredict: {colunm: y, column: y}\n", "predict.colunm", "did you mean column / columns?"),
        (TWO + "columns: {a: {tpye: number}}\n", "columns.a.tpye", "did you mean type?"),
        (TWO + "columns: {type: {roel: key}}\n", "columns.type.roel", "did you mean role?"),
        (TWO + "evaluate: {confidance: 0.9}\n", "evaluate.confidance", "did you mean confidence?"),
        (TWO + "qqqq: 1\n", "qqqq", ""),
        (TWO + "<<: {a: 1}\n", "<<", ""),
    ],
)
def test_misspelt_keys_are_answered_with_the_nearest(content: str, key: str, fix: str, tmp_path: Path) -> None:
    (mistake,) = told(content, tmp_path)
    assert mistake.place.endswith(f", {key}")
    assert mistake.got == f"unknown key `{key.rpartition('.')[2]}`"
    assert mistake.expected.startswith("one of: ")
    assert mistake.fix == fix


@pytest.mark.parametrize(
    ("content", "fix"),
    [
        ("data: a\ntarget: y\n", "the word here is `predict`"),
        ("data: a\nlabel: y\n", "the word here is `predict`"),
        ("data: a\ny: y\n", "the word here is `predict`"),
        ("data: a\nY: y\n", "the word here is `predict`"),
        ("dataset: a\npredict: y\n", "the word here is `data`"),
        (TWO + "features: {}\n", "the word here is `columns`"),
        (TWO + "metrics: []\n", "the word here is `goals`"),
        (TWO + "fit: {}\n", "the word here is `train`"),
        (TWO + "language: zh\n", "the word here is `lang`"),
        (TWO + "model: trees\n", "`train.method`"),
        (TWO + "seed: 3\n", "`train.seed`"),
        (TWO + "random_state: 3\n", "`train.seed`"),
        (TWO + "epochs: 3\n", EPOCHS),
        (TWO + "train: {epochs: 3}\n", EPOCHS),
        (TWO + "train: {max_epochs: 3}\n", EPOCHS),
        (
            TWO + "lr: 0.1\n",
            "`train.contrastive.learning_rate / train.deep_trees.learning_rate / train.network.learning_rate`",
        ),
        (
            TWO + "train: {lr: 0.1}\n",
            "`train.contrastive.learning_rate / train.deep_trees.learning_rate / train.network.learning_rate`",
        ),
        (TWO + "train: {network: {lr: 0.1}}\n", "the word here is `learning_rate`"),
        (TWO + "train: {network: {num_epochs: 3}}\n", "the word here is `epochs`"),
        (TWO + "train: {trees: {n_estimators: 3}}\n", "the word here is `rounds`"),
        (TWO + "train: {random_state: 3}\n", "the word here is `seed`"),
        (TWO + "train: {n_jobs: 3}\n", "the word here is `threads`"),
        (TWO + "train: {time_limit: 3}\n", "the word here is `time_budget`"),
        (TWO + "test_size: 0.3\n", "`data.split.test`"),
        (TWO + "test: b.csv\n", "`data.test / data.split.test`"),
        (TWO + "batch_size: 3\n", "`train.contrastive.batch_size / train.network.batch_size / train.tuned.batch_size`"),
        ("data: {source: a, test_size: 0.3}\npredict: y\n", "`data.split.test`"),
        ("data: {source: a, split: {test_size: 0.3}}\npredict: y\n", "the word here is `test`"),
        ("data: {path: a}\npredict: y\n", "the word here is `source`"),
        ("data: {source: a, validation: b}\npredict: y\n", "the word here is `valid`"),
        ("data: a\npredict: {target: y}\n", "the word here is `column`"),
        ("data: a\npredict: {name: y}\n", "the word here is `column`"),
        ("data: a\npredict: {column: y, problem_type: regression}\n", "the word here is `task`"),
        ("data: a\npredict: {column: y, pos_label: 1}\n", "the word here is `positive`"),
        (TWO + "columns: {a: {dtype: number}}\n", "the word here is `type`"),
        (TWO + "role: {}\n", "`columns.<name>.role / plan.labels.role / plan.work.role`"),
    ],
)
def test_words_of_other_tools_are_answered_with_the_word_here(content: str, fix: str, tmp_path: Path) -> None:
    mistakes = [mistake for mistake in told(content, tmp_path) if mistake.got.startswith("unknown key")]
    assert [mistake.fix for mistake in mistakes] == [fix if fix.startswith("the") else f"it belongs elsewhere: {fix}"]


def test_every_synonym_leads_to_a_key() -> None:
    known = key_places(file_model())
    places = [f"{where}.{key}" if where else key for where, keys in known.items() for key in keys]
    lost = [
        word
        for meant in SYNONYMS.values()
        for word in meant
        if not any(f".{place}".endswith(f".{word}") for place in places)
    ]
    assert lost == []


def test_no_synonym_is_a_key_where_it_would_be_answered() -> None:
    tops = key_places(file_model())[""]
    assert [word for word in SYNONYMS if word in tops and word != "name"] == []


def test_key_places_lists_every_place_that_holds_keys() -> None:
    known = key_places(file_model())
    assert {"", "data", "data.split", "predict", "columns.<name>", "train", "train.network", "evaluate"} <= set(known)
    assert "column" in known["predict"] and "role" in known["columns.<name>"] and "epochs" in known["train.network"]


def test_nothing_at_all_is_told_with_two_lines(tmp_path: Path) -> None:
    mistakes = told("", tmp_path)
    assert [(mistake.place, mistake.got) for mistake in mistakes] == [
        ("modelyard.yaml, data", "nothing: `data` is not there"),
        ("modelyard.yaml, predict", "nothing: `predict` is not there"),
    ]
    assert all("two lines are enough" in mistake.fix for mistake in mistakes)


def test_a_newer_version_is_told_what_to_do(tmp_path: Path) -> None:
    (mistake,) = told(TWO + "version: 2\n", tmp_path)
    assert "pip install --upgrade modelyard" in mistake.fix


def test_a_role_is_no_way_to_name_the_target(tmp_path: Path) -> None:
    (mistake,) = told(TWO + "columns: {z: {role: target}}\n", tmp_path)
    assert "predict: NAME" in mistake.fix


# -------------------------------------------------------------------- other models
class _Inner(BaseModel, extra="forbid"):
    needed: int
    few: list[int] = Field([], max_length=2)
    some: list[int] = Field([1], min_length=1)
    word: str = Field("a", pattern="^a")


class _Outer(BaseModel, extra="forbid"):
    inner: _Inner | None = None
    either: int | _Inner = 3
    by_name: dict[str, _Inner] = {}


def complain(content: str) -> dict[tuple[str | int, ...], Mistake | None]:
    """What is said when a text is held against `_Outer`."""
    source = parse(content, "x.yaml")
    with pytest.raises(ValidationError) as caught:
        _Outer.model_validate(source.data, strict=True)
    return complaints(caught.value, source, source.data, _Outer)


def test_keys_that_are_needed_inside() -> None:
    (mistake,) = complain("inner: {}\n").values()
    assert mistake is not None
    assert (mistake.place, mistake.expected) == ("x.yaml line 1, inner.needed", "`needed: ...`")


def test_lists_that_are_too_short_or_too_long() -> None:
    found = complain("inner: {needed: 1, few: [1, 2, 3], some: []}\n")
    assert [mistake.expected for mistake in found.values() if mistake] == ["<= 2 values", ">= 1 values"]


def test_what_nobody_foresaw_is_told_plainly() -> None:
    (mistake,) = complain("inner: {needed: 1, word: b}\n").values()
    assert mistake is not None
    assert mistake.expected == "a value of the kind that `modelyard schema` names"


def test_a_mapping_in_a_choice_of_kinds_is_told_inside() -> None:
    assert set(complain("either: {needed: x}\n")) == {("either", "needed")}
    assert set(complain("by_name: {a: {needed: 1, neded: 2}}\n")) == {("by_name", "a", "neded")}


def test_amend_tells_whether_it_mended_anything() -> None:
    source = parse("inner:\nby_name: {a: {needed: 2.0, word: 5}}\n", "x.yaml")
    with pytest.raises(ValidationError) as caught:
        _Outer.model_validate(source.data, strict=True)
    assert amend(caught.value, source, source.data)
    assert source.data["by_name"]["a"] == {"needed": 2, "word": "5"}
    with pytest.raises(ValidationError) as caught:
        _Outer.model_validate(source.data, strict=True)
    assert not amend(caught.value, source, source.data)


class _Words(BaseModel):
    plain: Literal["a, b", "this or that"] = "a, b"
    either: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"
    listed: list[Literal["x", 'it\'s "y"']] | None = None
    named: dict[str, tuple[Literal["p", 1], ...]] = {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plain: this\n", "a, b, this or that"),
        ("either: manual\n", "auto"),
        ("listed: [x, z]\n", 'x, it\'s "y"'),
        ("named: {n: [p, q]}\n", "p, 1"),
    ],
)
def test_the_words_that_may_stand_there_are_told_as_the_model_has_them(content: str, words: str) -> None:
    source = parse(content, "x.yaml")
    with pytest.raises(ValidationError) as caught:
        _Words.model_validate(source.data)
    (mistake,) = complaints(caught.value, source, source.data, _Words).values()
    assert mistake is not None
    assert f"one of: {words}" in mistake.expected


def test_the_nearest_word_may_hold_other_words() -> None:
    source = parse("plain: this or thta\n", "x.yaml")
    with pytest.raises(ValidationError) as caught:
        _Words.model_validate(source.data)
    (mistake,) = complaints(caught.value, source, source.data, _Words).values()
    assert mistake is not None
    assert mistake.fix == "did you mean this or that?"

"""Files that extend each other, and single values that the command line changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, ProjectError
from modelyard.core.layers import change, dotted_name, extended
from modelyard.core.project import Project, load
from modelyard.core.source import Source, from_plain, parse

OWN = "extends: base.yaml\npredict: y\n"
NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.dictionaries(NAMES, st.recursive(st.integers(), lambda inner: st.dictionaries(NAMES, inner, max_size=3)))


def write(folder: Path, own: str, **others: str) -> Path:
    for name, content in {"modelyard": own, **others}.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def refused(folder: Path, *changes: str) -> str:
    with pytest.raises(ProjectError) as caught:
        load(folder, changes=changes)
    said = str(caught.value)
    assert all(len(str(mistake).splitlines()) <= MAX_LINES for mistake in caught.value.mistakes)
    return said


def base_of(folder: Path, content: str, own: str = OWN) -> Project:
    return load(write(folder, own, base=content))


# --------------------------------------------------------------------- extends
def test_sections_are_merged_key_by_key_and_the_rest_takes_the_place(tmp_path: Path) -> None:
    own = "extends: base.yaml\npredict: y\ntrain: {seed: 2}\ngoals: [accuracy >= 0.5]\ncolumns: {age: {role: key}}\n"
    base = (
        "data: a.csv\ntrain: {method: naive, seed: 1}\ngoals: [roc_auc >= 0.8, f1 >= 0.1]\n"
        "columns: {age: number, b: category}\n"
    )
    project = base_of(tmp_path, base, own)
    assert (project.train.method, project.train.seed) == ("naive", 2)
    assert [goal.text for goal in project.goals] == ["accuracy >= 0.5"]
    assert (project.columns["age"].type, project.columns["age"].role) == ("number", "key")
    assert project.columns["b"].type == "category"
    assert "extends" not in project.filled()
    assert project.origins == ("base.yaml",)


def test_a_file_that_says_nothing_of_its_own_is_its_base(tmp_path: Path) -> None:
    base = "data: a.csv\npredict: y\nname: shop\n"
    assert base_of(tmp_path, base, "extends: base.yaml\n").file == base_of(tmp_path, base, base).file


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("data: rows.csv", "common/rows.csv"),
        ("data: [rows.csv, /abs/b.csv]", ["common/rows.csv", "/abs/b.csv"]),
        ("data: {source: ../rows.csv}", "rows.csv"),
        ("data: s3://bucket/rows.csv", "s3://bucket/rows.csv"),
        ("data: SELECT * FROM t", "SELECT * FROM t"),
        ("data: ~/rows.csv", "~/rows.csv"),
        ("data: 数据/*.csv", "common/数据/*.csv"),
        ("data: sqlite:///bank.db#loans", "sqlite:///common/bank.db#loans"),
        ("data: sqlite:////abs/bank.db#loans", "sqlite:////abs/bank.db#loans"),
        ("data: '${DATABASE_URL}#loans'", "${DATABASE_URL}#loans"),
    ],
)
def test_relative_paths_start_where_they_were_written(tmp_path: Path, written: str, seen: Any) -> None:
    folder = write(tmp_path, "extends: common/base.yaml\npredict: y\n", common__base=written + "\n")
    assert load(folder).data.source == seen


def test_paths_beside_the_source_and_through_two_files(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "extends: one/base.yaml\npredict: y\n",
        one__base="extends: deep/base.yaml\ndata: {test: test.csv}\n",
        one__deep__base="data: {source: a.csv, valid: valid.csv, test: other.csv}\ntrain: {method: naive}\n",
    )
    data = load(folder).data
    assert (data.source, data.valid, data.test) == ("one/deep/a.csv", "one/deep/valid.csv", "one/test.csv")
    assert load(folder).train.method == "naive"  # the name of a method is no path


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        ("sqlite:///runs.db", "sqlite:///common/runs.db"),
        ("http://mlflow:5000", "http://mlflow:5000"),
        ("${URI}", "${URI}"),
        ("databricks", "databricks"),
    ],
)
def test_where_runs_are_tracked_starts_where_it_was_written(tmp_path: Path, uri: str, seen: str) -> None:
    base = f"data: a.csv\ntrack: {{mlflow: {{uri: '{uri}'}}}}\n"
    mlflow = load(write(tmp_path, "extends: common/base.yaml\npredict: y\n", common__base=base)).track.mlflow
    assert mlflow is not None and mlflow.uri == seen


def test_a_method_of_ones_own_is_a_path(tmp_path: Path) -> None:
    source = parse("extends: one/base.yaml\n", "modelyard.yaml")
    write(tmp_path, "", one__base="train: {method: ./mine.py}\n")
    assert extended(source, tmp_path).data["train"]["method"] == "./one/mine.py"


def test_mistakes_are_placed_in_the_file_where_they_stand(tmp_path: Path) -> None:
    base = "data: a.csv\ntrain:\n  seed: 1\n  sede: 2\n"
    said = refused(write(tmp_path, OWN + "train:\n  threads: many\n", base=base))
    assert "base.yaml line 4, train.sede" in said
    assert "modelyard.yaml line 4, train.threads" in said


def test_what_is_overridden_in_the_base_is_no_mistake_any_more(tmp_path: Path) -> None:
    project = base_of(tmp_path, "data: a.csv\ntrain: {seed: many}\n", OWN + "train: {seed: 3}\n")
    assert project.train.seed == 3


@pytest.mark.parametrize("own", ["extends: modelyard.yaml\n", "extends: base.yaml\n"])
def test_circles_are_refused(tmp_path: Path, own: str) -> None:
    said = refused(write(tmp_path, own, base="extends: modelyard.yaml\n"))
    assert "extends" in said and "circle" in said


def test_a_base_that_is_not_there_or_is_no_project_is_refused(tmp_path: Path) -> None:
    assert "nowhere.yaml" in refused(write(tmp_path, "extends: nowhere.yaml\n"))
    assert "base.yaml" in refused(write(tmp_path, OWN, base="- a\n- b\n"))
    assert "base.yaml line 1" in refused(write(tmp_path, OWN, base="a: [\n"))
    assert "extends" in refused(write(tmp_path, "extends: [a, b]\ndata: a.csv\npredict: y\n"))


@given(TREES, TREES)
@settings(max_examples=60, derandomize=True)
def test_merging_keeps_every_value_of_the_own_file(base: dict[str, Any], own: dict[str, Any]) -> None:
    def leaves(tree: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
        if not isinstance(tree, dict):
            return {path: tree}
        return {key: value for name, inner in tree.items() for key, value in leaves(inner, (*path, name)).items()}

    from modelyard.core.layers import _merged

    found = leaves(_merged(from_plain(base, "b"), from_plain({**own, "extends": "b"}, "o")).data)
    kept = {path: value for path, value in leaves(base).items() if path in found}
    assert leaves(own).items() <= found.items()
    assert found.keys() <= leaves(own).keys() | leaves(base).keys()
    assert all(found[path] == value for path, value in kept.items() if path not in leaves(own))


# ------------------------------------------------------------------------ --set
def changed(data: dict[str, Any], *changes: str) -> dict[str, Any]:
    source = from_plain(data, "modelyard.yaml")
    for written in changes:
        change(source, written)
    return source.data


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ("train.seed=3", {"train": {"seed": 3}}),
        ("goals=[roc_auc >= 0.8, f1 > 0]", {"goals": ["roc_auc >= 0.8", "f1 > 0"]}),
        ("goals=roc_auc >= 0.8", {"goals": "roc_auc >= 0.8"}),
        ("train.time_budget=5 min", {"train": {"time_budget": "5 min"}}),
        ('columns."a.b".type=text', {"columns": {"a.b": {"type": "text"}}}),
        ("columns.年龄.role=key", {"columns": {"年龄": {"role": "key"}}}),
        ("name=on", {"name": "on"}),
        ("name=", {"name": None}),
        ("name=a=b", {"name": "a=b"}),
        ("evaluate={slices: [a]}", {"evaluate": {"slices": ["a"]}}),
    ],
)
def test_values_are_yaml_under_dotted_keys(written: str, data: dict[str, Any]) -> None:
    assert changed({}, written) == data


def test_short_forms_become_sections_and_items_of_lists_are_counted() -> None:
    assert changed({"data": "a.csv"}, "data.split.by=time") == {"data": {"source": "a.csv", "split": {"by": "time"}}}
    assert changed({"data": ["a", "b"]}, "data.test=c") == {"data": {"source": ["a", "b"], "test": "c"}}
    assert changed({"predict": "y"}, "predict.task=t") == {"predict": {"column": "y", "task": "t"}}
    assert changed({"predict": ["y", "z"]}, "predict[1].task=t") == {"predict": ["y", {"column": "z", "task": "t"}]}
    assert changed({"columns": {"a": "number"}}, "columns.a.role=key")["columns"]["a"] == {
        "type": "number",
        "role": "key",
    }
    assert changed({"goals": ["a", "b"]}, "goals[0]=c") == {"goals": ["c", "b"]}
    assert changed({"train": {"seed": 1}}, "train=null", "train.seed=2") == {"train": {"seed": 2}}


def test_the_last_one_counts_and_what_stood_there_is_forgotten(tmp_path: Path) -> None:
    folder = write(tmp_path, "data: a.csv\npredict: y\ntrain: {seed: many, seed: 2}\n")
    assert load(folder, changes=["train=null"]).train.seed == 0
    assert load(folder, changes=["train={}", "train.seed=4", "train.seed=5"]).train.seed == 5


def test_a_number_where_text_is_wanted_is_the_text_that_was_spelt(tmp_path: Path) -> None:
    folder = write(tmp_path, "data: a.csv\npredict: y\n")
    assert load(folder, changes=["name=007"]).name == "007"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("train.sede=3", ["--set train.sede", "did you mean seed?"]),
        ("trian.seed=3", ["--set trian", "train"]),
        ("train.seed=x", ["--set train.seed", "'x'"]),
        ("train={seed: x}", ["--set train, train.seed", "'x'"]),
        ("predict.task=regresion", ["--set predict.task", "did you mean regression?"]),
        ("lang.x=1", ["--set lang.x"]),
        ("goals[0]=x", ["--set goals[0]", "goals"]),
        ("predict[3].task=x", ["--set predict[3].task"]),
        ("train.seed", ["--set", "'train.seed'", "--set train.seed=3"]),
        ("=3", ["--set", "'=3'"]),
        ("train.seed=[", ["--set train.seed"]),
        ("train.seed=!!python/name:os 3", ["--set train.seed"]),
    ],
)
def test_mistakes_name_the_option_and_the_key(tmp_path: Path, written: str, said: list[str]) -> None:
    message = refused(write(tmp_path, "data: a.csv\npredict: y\n"), written)
    assert all(words in message for words in said), message
    messages.use("zh")
    assert refused(tmp_path, written) != message


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_examples_in_its_help_are_taken(tmp_path: Path, language: str) -> None:
    messages.use(language)
    examples = re.findall(r"--set ('[^']+'|[^\s、,]+)", messages.text("project.fix_change"))
    assert len(examples) == 3
    project = load(write(tmp_path, "data: a.csv\npredict: y\n"), changes=[example.strip("'") for example in examples])
    assert project.columns["a.b"].role == "ignore"


def test_every_wrong_change_is_told_at_once(tmp_path: Path) -> None:
    said = refused(write(tmp_path, "data: a.csv\npredict: y\n"), "train", "goals[0]=1")
    assert "'train'" in said and "goals[0]" in said


def test_a_base_can_be_set_and_changes_stand_above_it(tmp_path: Path) -> None:
    folder = write(tmp_path, "data: a.csv\npredict: y\n", base="train: {seed: 7, method: naive}\n")
    project = load(folder, changes=["train.seed=8", "extends=base.yaml"])
    assert (project.train.seed, project.train.method) == (8, "naive")
    assert project.origins == ("base.yaml", "--set train.seed")


@given(
    st.lists(
        st.text("ab年.[]= ", min_size=1, max_size=4).filter(lambda name: name == name.strip()), min_size=1, max_size=3
    )
)
@settings(max_examples=60, derandomize=True)
def test_every_name_can_be_written(names: list[str]) -> None:
    source = Source("modelyard.yaml")
    change(source, f"{dotted_name(tuple(names))}=1")
    expected: Any = 1
    for name in reversed(names):
        expected = {name: expected}
    assert source.data == expected

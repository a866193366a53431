"""Which rungs are climbed, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelyard.core import plugins
from modelyard.core.errors import InstallError, ProjectError
from modelyard.core.project import Project, from_values
from modelyard.core.schema import Column
from modelyard.train.estimate import estimates, totals
from modelyard.train.ladder import rungs

FIVE = ("naive", "linear", "trees", "network", "ensemble")


def project(tmp_path: Path, **train: Any) -> Project:
    return from_values({"data": "a.csv", "predict": "y", "train": train}, tmp_path)


def test_auto_climbs_everything_simplest_first(tmp_path: Path) -> None:
    methods = [rung.method for rung in rungs(project(tmp_path))]
    assert [name for name in methods if name in FIVE] == list(FIVE)
    assert methods[0] == "naive" and methods[-1] == "ensemble"


@pytest.mark.parametrize(
    ("asked", "climbed"), [("trees", ["naive", "trees"]), (["trees", "linear"], ["naive", "linear", "trees"])]
)
def test_the_baseline_is_always_there(asked: Any, climbed: list[str], tmp_path: Path) -> None:
    assert [rung.method for rung in rungs(project(tmp_path, method=asked))] == climbed
    assert [rung.method for rung in rungs(project(tmp_path, method="naive"))] == ["naive"]


def test_a_missing_library_skips_a_rung_of_auto_and_refuses_one_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: tuple(name for name in modules if name == "torch"))
    skipped = {rung.method: rung.skipped for rung in rungs(project(tmp_path)) if rung.skipped}
    assert list(skipped) == ["network"]
    assert "modelyard[train]" in skipped["network"]
    with pytest.raises(InstallError, match=r"torch"):
        rungs(project(tmp_path, method="network"))


def test_estimates_grow_with_the_data_and_stay_inside_the_budget(tmp_path: Path) -> None:
    file = project(tmp_path, time_budget=60)
    small, large = (totals(file, estimates(file, rows, 20, 1), rows, 20) for rows in (1_000, 1_000_000))
    assert all(little < much for little, much in zip(small, large, strict=True))
    assert large[0] <= 60 * 0.5 + 3 + 1_000_000 * 2e-4


def test_options_reach_their_rung(tmp_path: Path) -> None:
    options = {rung.method: rung.options for rung in rungs(project(tmp_path, trees={"rounds": 7}))}
    assert options["trees"].rounds == 7


def test_answers_of_endpoints_are_kept_in_the_workspace(tmp_path: Path) -> None:
    text = Column("note", "text", "input", {"encoder": None})
    asked = project(tmp_path, method="prompt", prompt={"endpoint": "https://host/v1", "model": "m"})
    (_, rung) = rungs(asked, [text])
    assert rung.options.cache == tmp_path / ".modelyard" / "prompts.sqlite" and rung.options.model == "m"


def test_options_that_are_written_put_a_method_on_the_ladder(tmp_path: Path) -> None:
    text = Column("note", "text", "input", {"encoder": "./bert"})
    written = {"zero_shot": {"labels": {"a": "one"}}, "few_shot": {"shots": 8}}
    climbed = [rung.method for rung in rungs(project(tmp_path, **written), [text])]
    assert climbed.index("linear") < climbed.index("zero_shot") < climbed.index("few_shot") < climbed.index("probe")
    assert "prompt" not in climbed


# --------------------------------------------------------------- what a method wants of the columns
def column(encoder: str | None) -> Column:
    options = plugins.part("modalities", "text", "options").Options(encoder=encoder).model_dump()
    return Column("评论", "text", options=options)


NUMBER, PLAIN, OWN, NAMED = Column("age", "number"), column(None), column("cnn"), column("./my-bert")
WANTING = {"prompt": "texts", "tuned": "encoder", "probe": "vectors"}


@pytest.mark.parametrize(
    ("columns", "climbed"),
    [
        ((NUMBER,), ()),
        ((NUMBER, PLAIN), ()),
        ((OWN,), ("tuned",)),
        ((NAMED, NUMBER), ("probe", "tuned")),
        ((PLAIN, OWN, NAMED), ("probe", "tuned")),
    ],
)
def test_auto_climbs_what_the_columns_allow(
    tmp_path: Path, columns: tuple[Column, ...], climbed: tuple[str, ...]
) -> None:
    methods = [rung.method for rung in rungs(project(tmp_path), columns)]
    assert tuple(sorted(set(methods) & {"probe", "tuned"})) == climbed
    assert {"naive", "linear", "trees", "ensemble"} <= set(methods)


@pytest.mark.parametrize(("method", "columns"), [("probe", (PLAIN, OWN)), ("tuned", (NUMBER, PLAIN))])
def test_a_method_asked_for_by_name_says_what_it_wants(
    tmp_path: Path, method: str, columns: tuple[Column, ...]
) -> None:
    with pytest.raises(ProjectError) as refusal:
        rungs(project(tmp_path, method=["linear", method]), columns)
    said = str(refusal.value)
    assert method in said and "encoder" in said and "train.method" in said and len(said.splitlines()) <= 12


@pytest.mark.parametrize("method", ["zero_shot", "prompt"])
def test_options_put_a_method_on_the_ladder(tmp_path: Path, method: str) -> None:
    options = {"zero_shot": {"labels": {"up": "it rises"}}, "prompt": {"endpoint": "http://127.0.0.1:1/v1"}}[method]
    if method == "prompt":
        options |= {"model": "any"}
    asked = project(tmp_path, **{method: options})
    assert method in [rung.method for rung in rungs(asked, (NAMED,))]
    assert method not in [rung.method for rung in rungs(project(tmp_path), (NAMED,))]
    with pytest.raises(ProjectError) as refusal:
        rungs(asked, (NUMBER,))
    assert method in str(refusal.value) and f"train.{method}" in str(refusal.value)


def test_without_labels_only_what_learns_from_none_is_climbed(tmp_path: Path) -> None:
    zero = {"method": ["linear", "zero_shot"], "zero_shot": {"labels": {"a": "b", "c": "d"}}}
    hindered = {rung.method: rung.hindered for rung in rungs(project(tmp_path, **zero), (NAMED,), labelled=False)}
    assert hindered == {"naive": ("train.untaught", {}), "linear": ("train.untaught", {}), "zero_shot": None}
    assert not any(rung.skipped for rung in rungs(project(tmp_path, **zero), (NAMED,)))
    every = estimates(project(tmp_path, **zero), 0, 1, 1, inputs=(NAMED,))
    found = {one.rung.method: one.rung.untaught for one in every}
    assert found == {"naive": True, "linear": True, "zero_shot": False}


def test_an_entailment_checkpoint_wants_texts_and_no_vectors(tmp_path: Path) -> None:
    zero = {"method": ["zero_shot"], "zero_shot": {"labels": {"a": "b"}, "entailment": "nli"}}
    (tmp_path / "nli").mkdir()
    (tmp_path / "nli" / "config.json").write_text("{}", "utf-8")
    (rung,) = (rung for rung in rungs(project(tmp_path, **zero), (PLAIN,)) if rung.method == "zero_shot")
    assert (rung.info.view, rung.info.wants, rung.options.folder) == ("texts", "texts", tmp_path.resolve())
    before = rung.options.model_dump(mode="json")
    (tmp_path / "nli" / "config.json").write_text("{ }", "utf-8")
    (rung,) = (rung for rung in rungs(project(tmp_path, **zero), (PLAIN,)) if rung.method == "zero_shot")
    assert rung.options.model_dump(mode="json") != before  # other content, another candidate


def test_before_the_columns_are_known_nobody_is_refused(tmp_path: Path) -> None:
    assert "probe" not in [rung.method for rung in rungs(project(tmp_path))]
    assert [rung.method for rung in rungs(project(tmp_path, method="probe"))] == ["naive"]


def test_every_wish_is_known() -> None:
    wishes = {plugins.part("methods", name, "options").INFO.wants for name in plugins.names("methods")} - {""}
    assert {*WANTING.values()} <= wishes <= {"texts", "encoder", "vectors"}
    for method, wish in WANTING.items():
        assert plugins.part("methods", method, "options").INFO.wants == wish

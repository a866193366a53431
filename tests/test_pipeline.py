"""The whole path, as a user walks it: rows in, a measured bundle out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelyard
from modelyard import pipeline
from modelyard.core.errors import InstallError, UserError
from modelyard.core.runs import Runs

FAST = {"method": ["linear", "trees"], "trees": {"rounds": 40}, "time_budget": "60 s"}


def people(rows: int = 400, seed: int = 0) -> dict[str, Any]:
    """A learnable table with every modality, missing cells and Chinese names."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows).astype(float)
    city = rng.choice(["上海", "Rome", "Bonn", "São Paulo"], rows).astype(object)
    member = rng.random(rows) < 0.4
    joined = np.datetime64("2020-01-01") + rng.integers(0, 1500, rows)
    logit = (age - 45) / 8 + 2.0 * (city == "上海") - 1.5 * member
    bought = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "买", "不买").astype(object)
    age[rng.random(rows) < 0.1] = np.nan
    city[rng.random(rows) < 0.1] = None
    spent = 3 * np.nan_to_num(age, nan=40) + 20 * member + rng.normal(0, 3, rows)
    return {"年龄": age, "city": city, "会员": member, "joined": joined, "结果": bought, "spent": spent}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> modelyard.Run:
    folder = tmp_path_factory.mktemp("run")
    table = people()
    del table["spent"]
    return modelyard.run(
        table, "结果", folder=folder, train=FAST, goals=["roc_auc >= 0.7", "accuracy >= 0.999"], name="买家"
    )


def test_a_run_ends_in_a_bundle_that_answers_what_was_measured(finished: modelyard.Run) -> None:
    answers = finished.predict([{"年龄": 70, "city": "上海", "会员": False, "joined": "2021-05-01"}])
    assert answers.rows()[0]["结果"]["value"] == "买"
    assert finished.report.headline()["结果"]["roc_auc"] > 0.7
    assert modelyard.load(finished.path).id == finished.record.bundle == finished.bundle.id


def test_goals_get_their_verdicts(finished: modelyard.Run) -> None:
    verdicts = {verdict.goal: verdict.outcome for verdict in finished.report.goals}
    assert verdicts["accuracy >= 0.999"] == "not met"
    assert verdicts["roc_auc >= 0.7"] in ("met", "undecided")


def test_frames_of_any_kind_get_the_same_answers(finished: modelyard.Run) -> None:
    import polars

    table = people(20, seed=5)
    del table["spent"], table["结果"]
    expected = finished.predict(table).to_columns()
    for frame in (pd.DataFrame(table), polars.DataFrame({**table, "city": table["city"].tolist()})):
        got = finished.predict(frame).to_columns()
        for name, values in expected.items():
            np.testing.assert_array_equal(got[name], values)


def test_the_second_run_takes_everything_from_the_store(tmp_path: Path) -> None:
    table = people(200)
    first = modelyard.run(table, "结果", folder=tmp_path, train=FAST)
    second = modelyard.run(table, "结果", folder=tmp_path, train=FAST)
    assert [stage["hit"] for stage in second.record.stages] == [True] * 5
    assert second.record.bundle == first.record.bundle
    other = modelyard.run(table, "结果", folder=tmp_path, train={**FAST, "seed": 1})
    assert other.record.bundle != first.record.bundle


def test_a_plan_is_repeated_to_the_same_bundle_in_another_workspace(tmp_path: Path) -> None:
    table = people(200)
    first = modelyard.run(table, "结果", folder=tmp_path / "a", train=FAST)
    shutil.copytree(first.folder, tmp_path / "b" / ".modelyard" / "runs" / first.record.id)
    second = modelyard.run(table, "结果", folder=tmp_path / "b", train=FAST, plan=first.record.id)
    assert not any(stage["hit"] for stage in second.record.stages)
    assert second.record.bundle == first.record.bundle


def test_few_rows_are_measured_by_cross_validation(tmp_path: Path) -> None:
    run = modelyard.run(people(150), "结果", folder=tmp_path, train=FAST, goals=["roc_auc >= 0.55"])
    report = run.report
    assert (report.split, report.held_out, report.rows) == ("folds", True, 150)
    assert report.about["folds"] == {"结果": "5 × 5"}
    assert [goal.outcome for goal in report.goals] == ["met"]
    predictions = pd.read_csv(run.path / "evidence" / "test_predictions.csv")
    own = run.bundle.predict({name: values for name, values in people(150).items() if name != "结果"}).to_columns()
    assert len(predictions) == 150
    right = predictions["结果.actual"] == "买"
    flattered, honest = (
        np.log(np.where(right, p, 1 - p)).mean()
        for p in (own["结果.probability.买"], predictions["结果.probability.买"])
    )
    assert honest < flattered  # the bundle has seen these rows
    words = (run.path / "evidence" / "report.md").read_text("utf-8")
    assert "by cross-validation (5 × 5 folds)" in words and "mean of these models" in words


def test_the_report_counts_the_configurations_that_its_rows_have_scored(tmp_path: Path) -> None:
    table = people(200)
    trees = {"method": "trees", "trees": {"rounds": 20}}
    counts = [
        modelyard.run(table, "结果", folder=tmp_path, train=train).report.about["test_scored_by"]
        for train in (FAST, {"method": "naive"}, FAST, trees)
    ]
    assert counts == [1, 2, 1, 3]  # a report from the store says what was true when it was made


def test_several_targets_ship_in_one_bundle(tmp_path: Path) -> None:
    run = modelyard.run(people(300), ["结果", "spent"], folder=tmp_path, train=FAST, goals=["spent.rmse <= 1000"])
    row = run.predict({name: values[:1] for name, values in people(5).items() if name not in ("结果", "spent")}).rows()[
        0
    ]
    assert row["结果"]["value"] in ("买", "不买")
    assert row["spent"]["low"] < row["spent"]["value"] < row["spent"]["high"]
    assert run.report.goals[0].outcome == "met"


@pytest.mark.torch
def test_the_toy_multilabel_table_trains_and_admits_how_little_it_shows(tmp_path: Path) -> None:
    table = {"a": [1, 2, 3], "b": [2, 3, 4], "p": [1, 0, 1], "q": [0, 1, 1]}
    run = modelyard.run(
        table,
        {"columns": ["p", "q"], "task": "multilabel"},
        folder=tmp_path,
        train={"method": "network", "network": {"average": 0, "epochs": 200, "patience": 200}},
    )
    assert [row["p+q"]["value"] for row in run.predict({"a": [1, 2, 3], "b": [2, 3, 4]}).rows()] == [
        ["p"],
        ["q"],
        ["p", "q"],
    ]
    assert not run.report.held_out


@pytest.mark.torch
def test_the_toy_binary_table_trains(tmp_path: Path) -> None:
    rows = [[1, 0, 1], [0, 1, 0], [1, 1, 0]]
    model = modelyard.ModelyardClassifier(method="network", folder=tmp_path).fit(rows, [0, 1, 1])
    assert model.predict(rows).tolist() == [0, 1, 1]


def test_bundle_answers_without_modelyard_and_torch(finished: modelyard.Run, tmp_path: Path) -> None:
    """predict.py in a Python that sees numpy and onnxruntime only."""
    site = tmp_path / "site"
    site.mkdir()
    import onnxruntime

    for package in (np, onnxruntime):
        folder = Path(package.__file__).parent
        for source in (folder, *folder.parent.glob(f"{folder.name}.libs")):
            (site / source.name).symlink_to(source)
    (tmp_path / "rows.csv").write_text("年龄,city,会员,joined\n70,上海,否,2021-05-01\n20,新城,是,2021-05-01\n", "utf-8")
    shutil.copytree(finished.path, tmp_path / "shipped")
    arguments = [sys.executable, "-S", str(tmp_path / "shipped" / "predict.py"), str(tmp_path / "rows.csv")]
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(site), "LANG": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("结果") and lines[1].startswith("买") and len(lines) == 3


CODES = [f"{'0123456789abcdef' * 5}-{n}" for n in range(100)]


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("x", [*(n % 37 for n in range(98)), float("inf"), -float("inf")], "infinit"),
        ("empty", [None] * 100, "no value"),
        ("code", CODES, "set aside"),
    ],
)
def test_odd_tables_are_served_and_the_report_says_what_was_done(
    column: str, cells: list[Any], said: str, tmp_path: Path
) -> None:
    table = {"x": [n % 37 for n in range(100)], "y": ["a", "b"] * 50, column: cells}
    run = modelyard.run(table, "y", folder=tmp_path, train=FAST)
    assert any(column in note and said in note for note in run.report.about["notes"]), run.report.about["notes"]
    assert len(run.predict({"x": [3, 4], "empty": [None, None], "code": ["?", None]})) == 2


@pytest.mark.slow
def test_five_thousand_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = {f"列{number}": rng.normal(size=120) for number in range(5000)}
    table["y"] = np.where(table["列7"] > 0, "up", "down")
    run = modelyard.run(table, "y", folder=tmp_path, train={**FAST, "method": "trees"})
    assert len(run.bundle.inputs) == 5000


@pytest.mark.slow
def test_a_hundred_thousand_categories(tmp_path: Path) -> None:
    levels = [f"k{number % 100_000}" for number in range(200_000)]
    table = {
        "level": levels,
        "x": [number % 7 for number in range(200_000)],
        "y": ["ab"[number % 7 > 3] for number in range(200_000)],
    }
    run = modelyard.run(table, "y", folder=tmp_path, train={**FAST, "trees": {"rounds": 5}})
    assert any("level" in note and "100,000" in note for note in run.report.about["notes"]), run.report.about["notes"]
    assert run.predict([{"level": "never seen", "x": 6}]).rows()[0]["y"]["value"] == "b"


def test_a_budget_too_small_for_anything_but_the_baseline(tmp_path: Path) -> None:
    run = modelyard.run(people(200), "结果", folder=tmp_path, train={"method": "auto", "time_budget": 0.01})
    assert run.bundle.targets[0]["method"] == "naive"
    assert run.predict(people(2)).rows()[0]["结果"]["value"]


def test_a_failed_run_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        modelyard.run({"x": [1, 2], "y": ["a", "a"]}, "y", folder=tmp_path)
    assert [record.state for record in Runs(tmp_path / ".modelyard").list()] == ["failed"]


def test_an_install_that_only_serves_says_so_before_it_reads_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.pipeline.NEEDS", ("pyarrow", "no_such_package"))
    with pytest.raises(InstallError, match=r"lacks no_such_package(.|\n)*pip install 'modelyard\[tables\]'"):
        modelyard.run(people(50), "结果", folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "predict", "said"),
    [
        ("tleco", None, r"tleco\n.*no such file or folder"),
        ("data.csv", None, r"data\.csv\n.*no such file or folder"),
        ("data.csv", "y", r"data\.csv\n.*nothing of that name"),
        ("*.csv", None, "`predict` is not there"),
        ("s3://bucket/data.csv", None, "`predict` is not there"),
    ],
)
def test_a_name_that_is_not_there(
    name: str, predict: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=said):
        modelyard.run(name, predict)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://127.0.0.1:9/db?user=u&password=s3cr-t#loans",
        "postgresql://u:a/s3cr-t@127.0.0.1:9/db#loans",
        "mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3Ds3cr-t",
    ],
)
def test_a_secret_in_an_address_is_refused_before_anything_is_written(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"PASSWORD") as caught:
        modelyard.run(address, "y")
    assert "s3cr-t" not in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_a_run_is_named_after_the_path_alone() -> None:
    for address, name in (("postgresql://h/bank?user=u#loans", "bank"), ("${DATABASE_URL}#loans", "project")):
        assert pipeline.as_project(address, "y", {})[0].name == name


def test_an_interrupted_run_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelyard.prepare.prepare.prepare", interrupted)
    with pytest.raises(KeyboardInterrupt):
        modelyard.run(people(50), "结果", folder=tmp_path)
    assert [record.state for record in Runs(tmp_path / ".modelyard").list()] == ["interrupted"]


def test_nothing_is_written_beside_the_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    frame = pd.DataFrame(people(150)).drop(columns="spent")
    frame.to_csv(data / "数据.csv", index=False)
    modelyard.run(data / "数据.csv", "结果", folder=tmp_path / "work", train=FAST)
    assert [path.name for path in data.iterdir()] == ["数据.csv"]


def test_the_report_is_there_in_three_forms(finished: modelyard.Run) -> None:
    evidence = finished.path / "evidence"
    assert json.loads((evidence / "report.json").read_text("utf-8"))
    assert "结果" in (evidence / "report.md").read_text("utf-8")
    page = (evidence / "report.html").read_text("utf-8")
    assert "结果" in page and not re.search(r"https?://(?!www\.w3\.org/)", page)

"""A finished run, told to MLflow."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import plugins
from modelyard.core.errors import ProjectError
from modelyard.core.project import Project, from_values
from modelyard.core.report import Report
from modelyard.core.runs import Record
from modelyard.evaluate import track as tracking
from modelyard.evaluate.evaluate import evaluate
from modelyard.evaluate.evidence import write
from modelyard.evaluate.track import told_of, track

READ_BACK = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
experiment = client.get_experiment_by_name(sys.argv[2])
(run,) = client.search_runs([experiment.experiment_id])
artifacts = [item.path for item in client.list_artifacts(run.info.run_id)]
print(json.dumps([run.data.params, run.data.metrics, run.data.tags, artifacts, run.info.status, run.info.run_name]))
"""


@pytest.fixture
def run(stand: Any, bundle: Any, table: Any) -> tuple[Record, Path, Report]:
    """What there is when a run is over."""
    goals = stand.goals_of("roc_auc >= 0.6")
    report = evaluate(bundle, table, stand.request_of(goals=goals, about={"fingerprint": "f", "test_fingerprint": "t"}))
    write(report, bundle.path / "evidence", bundle)
    settings = {"train": {"method": "trees", "seed": 3}, "columns": {"年龄": {"type": "number"}}, "goals": ["a", "b"]}
    return Record("20260101-1", "小店", began=1_700_000_000.0, settings=settings, bundle=bundle.id), bundle.path, report


def project(folder: Path, said: Any = "mlflow") -> Project:
    return from_values({"data": "a.csv", "predict": "risk", "name": "小店", "track": said}, folder)


def test_everything_that_is_told_is_plain(run: Any, tmp_path: Path) -> None:
    told = told_of(project(tmp_path), *run)
    assert json.loads(json.dumps(told)) == told
    assert told["uri"] == f"sqlite:///{tmp_path}/mlruns.db" and told["experiment"] == "小店"
    assert told["params"] == {
        "train.method": "trees", "train.seed": "3", "columns.年龄.type": "number", "goals": '["a", "b"]',
    }  # fmt: skip
    (target,) = run[2].targets
    for score in target.scores:
        assert told["metrics"][tracking._name(f"risk.{score.metric}")] == score.number.value
        assert told["metrics"][tracking._name(f"risk.{score.metric}.low")] == score.number.low
    assert told["tags"]["modelyard.bundle"] == run[2].bundle and told["tags"]["modelyard.test_fingerprint"] == "t"
    assert told["tags"]["modelyard.goal.0"] == "met: roc_auc >= 0.6"
    assert {Path(file).name for file in told["files"]} == {*tracking.ARTIFACTS}


def test_names_that_mlflow_does_not_take_are_mended(run: Any, tmp_path: Path) -> None:
    record, bundle, report = run
    odd = replace(report, targets=(replace(report.targets[0], name="p(x)=?[%]"),))
    settings = {"x" * 300: "y" * 9000, "a[b]": 1}
    told = told_of(project(tmp_path), replace(record, settings=settings), bundle, odd)
    assert "p_x__.roc_auc" not in told["metrics"] and "p_x_=" not in "".join(told["metrics"])
    assert [*told["params"]] == ["x" * 250, "a_b_"] and len(told["params"]["x" * 250]) == 5000
    assert all(not tracking._ODD.search(name) for name in (*told["metrics"], *told["params"]))


@pytest.mark.parametrize(
    ("uri", "placed"),
    [
        ("sqlite:////abs/x.db", "sqlite:////abs/x.db"),
        ("http://server:5000", "http://server:5000"),
        ("sqlite:///deep/x.db", "sqlite:///{folder}/deep/x.db"),
        ("http://${WHO}@server", "http://me@server"),
    ],
)
def test_where_it_is_told(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, placed: str) -> None:
    monkeypatch.setenv("WHO", "me")
    told = told_of(project(tmp_path, {"mlflow": {"uri": uri}}), *run)
    assert told["uri"] == placed.format(folder=tmp_path)
    assert (told["artifacts"] is None) == uri.startswith("http")


def test_a_password_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"track\.mlflow\.uri") as caught:
        project(tmp_path, {"mlflow": {"uri": "postgresql://me:hunter2@server/db"}})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ProjectError, match="track"):
        project(tmp_path, "wandb")


def test_what_goes_wrong_is_told_and_costs_nothing(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda names: tuple(names))
    assert track(project(tmp_path), *run) == "pip install 'modelyard[track]'"
    monkeypatch.setattr(plugins, "missing", lambda _: ())

    def ended(*_: Any, **__: Any) -> Any:
        return subprocess.CompletedProcess([], 1, "", "Traceback\nMlflowException: no such server\n")

    monkeypatch.setattr(tracking.subprocess, "run", ended)
    assert track(project(tmp_path), *run) == "MlflowException: no such server"

    def late(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired([], 1)

    monkeypatch.setattr(tracking.subprocess, "run", late)
    assert "300 seconds" in track(project(tmp_path), *run)


def test_what_mlflow_says_never_shows_the_secret(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda _: ())
    monkeypatch.setenv("PW", "s3cr/t")
    sent: list[str] = []

    def ended(*_: Any, **said: Any) -> Any:
        sent.append(json.loads(said["input"])["uri"])
        return subprocess.CompletedProcess([], 1, "", "no s3cr/t, no s3cr%2Ft at postgresql://me:s3cr/t@h\n")

    monkeypatch.setattr(tracking.subprocess, "run", ended)
    told = track(project(tmp_path, {"mlflow": {"uri": "postgresql://me:${PW}@h"}}), *run)
    assert told == "no ${PW}, no ${PW} at postgresql://me:${PW}@h"
    assert sent == ["postgresql://me:s3cr/t@h"]


def test_a_variable_that_is_not_set_is_named(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda _: ())
    monkeypatch.setattr(tracking.subprocess, "run", lambda *_, **__: pytest.fail("told to nobody"))
    told = track(project(tmp_path, {"mlflow": {"uri": "http://me:${NOT_SET}@server"}}), *run)
    assert "`NOT_SET` is not set" in told and "export NOT_SET" in told


@pytest.mark.slow
def test_a_real_store_holds_it(run: Any, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    pytest.importorskip("alembic")
    assert track(project(tmp_path), *run) == ""
    told = told_of(project(tmp_path), *run)
    read = subprocess.run(
        [sys.executable, "-c", READ_BACK, told["uri"], "小店"], capture_output=True, text=True, check=True
    )
    params, metrics, tags, artifacts, status, name = json.loads(read.stdout.splitlines()[-1])
    assert params == told["params"] and metrics == pytest.approx(told["metrics"])
    assert told["tags"].items() <= tags.items()
    assert {*artifacts} == {*tracking.ARTIFACTS} and (status, name) == ("FINISHED", "20260101-1")
    assert any((tmp_path / tracking.FILES).rglob("report.html"))

"""The command line: what each command prints and how it ends."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FAST = "train: {method: [linear, trees], time_budget: 60 s, trees: {rounds: 30}}\n"


def modelyard(*arguments: str, cwd: Path, language: str = "en", stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    environment = {**os.environ, "MODELYARD_LANG": language, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "modelyard", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, input=stdin, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the recipe."""
    folder = tmp_path_factory.mktemp("cli")
    made = modelyard("init", "demo", "--recipe", "medicine/breast-cancer", cwd=folder)
    assert made.returncode == 0, made.stderr
    file = folder / "demo" / "modelyard.yaml"
    file.write_text(re.sub(r"^train:.*\n", FAST, file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    done = modelyard("run", "demo", "--quiet", "--why", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout, "utf-8")
    return folder


def test_a_run_ends_with_commands_that_can_be_pasted(project: Path) -> None:
    said = (project / "said.txt").read_text("utf-8")
    commands = [line.strip() for line in said.splitlines() if line.startswith("   modelyard ")]
    assert len(commands) == 3 and all(" demo" in command for command in commands)
    bundle = next(line.split()[1] for line in said.splitlines() if line.startswith("bundle "))
    assert (project / bundle / "manifest.json").is_file()
    assert "it has not run here before" in said


def test_predict_from_rows_files_and_standard_input(project: Path) -> None:
    data = project / "demo" / "breast-cancer.csv"
    row = next(csv.DictReader(data.read_text("utf-8").splitlines()))
    by_rows = modelyard("predict", "demo", "--rows", json.dumps([row]), cwd=project)
    assert json.loads(by_rows.stdout)["diagnosis"]["value"] in ("malignant", "benign")
    out = project / "answers.csv"
    by_file = modelyard("predict", "demo", str(data), "--out", str(out), cwd=project)
    assert by_file.returncode == 0, by_file.stderr
    answers = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert len(answers) == 569
    by_stdin = modelyard("predict", "demo", "-", cwd=project, stdin=data.read_text("utf-8"))
    assert list(csv.DictReader(by_stdin.stdout.splitlines())) == answers


def test_predict_refuses_a_missing_column(project: Path) -> None:
    done = modelyard("predict", "demo", "--rows", '[{"mean radius": 3}]', cwd=project)
    assert done.returncode == 2
    assert "mean texture" in done.stderr
    assert "Traceback" not in done.stderr


def test_evaluate_shows_the_report_and_measures_other_files(project: Path) -> None:
    stored = modelyard("evaluate", "demo", cwd=project)
    assert stored.returncode == 0, stored.stderr
    later = modelyard("evaluate", "demo", "demo/breast-cancer.csv", "--out", "later", cwd=project)
    assert later.returncode == 0, later.stderr
    assert "roc_auc" in stored.stdout.replace("ROC AUC", "roc_auc")
    assert (project / "later" / "report.html").is_file()


def test_verify_and_a_flipped_byte(project: Path) -> None:
    assert modelyard("verify", "demo", cwd=project).returncode == 0
    bundle = next((project / "demo" / ".modelyard" / "runs").glob("*/bundle"))
    graph = bundle / "graphs" / "0.onnx"
    whole = graph.read_bytes()
    graph.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    done = modelyard("verify", str(bundle), cwd=project)
    graph.write_bytes(whole)
    assert done.returncode == 2
    assert "0.onnx" in done.stderr


def test_check_says_what_a_run_would_do(project: Path) -> None:
    for language, words in (("en", ("mean radius", "number", "trees")), ("zh", ("mean radius", "树"))):
        done = modelyard("check", "demo", cwd=project, language=language)
        assert done.returncode == 0, done.stderr
        assert all(word in done.stdout for word in words)


def test_check_loads_neither_torch_nor_pandas(project: Path) -> None:
    program = """import sys
from modelyard.cli.commands import commands
commands(['check', 'demo'], standalone_mode=False)
loaded = {'torch', 'pandas', 'sklearn', 'lightgbm', 'onnxruntime'} & set(sys.modules)
sys.exit(str(loaded) if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=project, check=False)
    assert done.returncode == 0, done.stderr


def test_init_from_data_writes_a_file_that_passes_check(project: Path) -> None:
    for language in ("en", "zh"):
        data = "demo/breast-cancer.csv"
        made = modelyard(
            "init", f"mine-{language}", "--data", data, "--predict", "diagnosis", cwd=project, language=language
        )
        assert made.returncode == 0, made.stderr
        checked = modelyard("check", f"mine-{language}", cwd=project)
        assert checked.returncode == 0, checked.stderr


def test_runs_are_listed_compared_and_removed(project: Path) -> None:
    again = modelyard("run", "demo", "--quiet", cwd=project)
    assert again.returncode == 0, again.stderr
    listed = modelyard("runs", "--folder", "demo", cwd=project)
    ids = [line.split()[0] for line in listed.stdout.splitlines()[2:]]
    assert len(ids) == 2
    compared = modelyard("compare", *ids, cwd=project / "demo")
    assert "ROC-AUC" in compared.stdout, compared.stderr
    assert modelyard("runs", "--folder", "demo", "remove", ids[1], cwd=project).returncode == 0
    assert ids[1] not in modelyard("runs", "--folder", "demo", cwd=project).stdout


def test_schema_is_json(project: Path) -> None:
    schema = json.loads(modelyard("schema", cwd=project).stdout)
    assert {"data", "predict", "train", "goals"} <= set(schema["properties"])


def test_chinese_is_spoken(project: Path) -> None:
    done = modelyard("predict", "没有@latest", cwd=project, language="zh")
    assert done.returncode == 2
    assert "位置：" in done.stderr and "Where" not in done.stderr


def test_help_names_every_command(project: Path) -> None:
    done = modelyard("--help", cwd=project)
    for command in ("init", "check", "run", "evaluate", "predict", "serve", "verify", "runs", "schema"):
        assert f"\n  {command} " in done.stdout


def test_help_is_in_the_language_asked_for(project: Path) -> None:
    for option in (["--lang", "zh"], ["--lang=zh"]):
        said = modelyard(*option, "--help", cwd=project).stdout
        assert "根据数据文件或配方创建项目" in said and "Write a project" not in said
    assert "Write a project" in modelyard("--lang", "en", "--help", cwd=project, language="zh").stdout

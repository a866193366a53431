"""What the README and the documentation tell people to type is typed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from modelyard.core import plugins, project
from modelyard.core.complaints import key_places

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]
SETUP = ("make ", "pip ", "git ", "cd ", "python -m venv", "#")


def _place(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "bin").mkdir()
    command = folder / "bin" / "modelyard"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m modelyard "$@"\n')
    command.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=_place)
def test_commands_and_programs_run(page: Path, workplace: Path) -> None:
    folder = workplace / page.relative_to(ROOT).as_posix().replace("/", "-")
    folder.mkdir()
    environment = {**os.environ, "PATH": f"{workplace / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
    lines = [
        line for block in blocks(page, "bash") for line in block.splitlines() if line and not line.startswith(SETUP)
    ]
    programs = blocks(page, "python")
    for command in (*lines, *([sys.executable, "-c", program] for program in programs)):
        done = subprocess.run(
            command,
            shell=isinstance(command, str),
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=_place)
def test_every_yaml_block_is_a_valid_part_of_a_project(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "yaml"):
        values = {"data": "a.csv", "predict": "y", **yaml.safe_load(block)}
        if any("risk." in goal for goal in values.get("goals", [])):
            values["predict"] = ["risk", "y"]
        project.from_values(values, tmp_path)


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_reference_lists_every_key_and_every_metric() -> None:
    page = (ROOT / "docs/reference/project-file.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page, re.MULTILINE))
    for where, keys in key_places(project.file_model()).items():
        inside = "".join(rows for title, rows in sections.items() if f"{title} ".startswith(f"{where or 'the file'} "))
        also = plugins.names("methods") if where == "train" else ()  # those with options have sections of their own
        assert [key for key in keys if key not in also and f"\n| `{key}` |" not in inside] == [], where
    for task in plugins.names("tasks"):
        metrics = plugins.part("tasks", task, "options").METRICS
        assert [metric for metric in metrics if f"`{metric}`" not in sections[f"goals of task {task}"]] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=_place)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link

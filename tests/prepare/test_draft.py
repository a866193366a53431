"""A drafted project file is valid as it stands, and with every comment that is a key taken in."""

from __future__ import annotations

import csv
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
import yaml

from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError, StorageError
from modelyard.core.project import FILE, load
from modelyard.core.protocols import Columns
from modelyard.core.schema import ROLE_MEANINGS
from modelyard.prepare.draft import draft, write
from modelyard.prepare.prepare import inspect


@pytest.fixture
def data(people: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """people.csv in the current folder, named as a user would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "数据").mkdir()
    rows = zip(*(values.tolist() for values in people.values()), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    (tmp_path / "数据" / "people.csv").write_text("\n".join([",".join(people), *lines]), "utf-8")
    return "数据/people.csv"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_draft_runs_as_it_is_and_with_every_option(data: str, tmp_path: Path, language: str) -> None:
    messages.use(language)
    (file,) = write(tmp_path / "项目", data, "y")
    content = file.read_text("utf-8")
    lines = content.splitlines()
    assert lines[1:3] == ["data: ../数据/people.csv", "predict: y"]
    project = load(tmp_path / "项目")
    assert project.name == "项目"
    assert inspect(project).rows == 200
    file.write_text("\n".join(line[1:] if re.match(r"#(\S|  )", line) else line for line in lines), "utf-8")
    full = load(tmp_path / "项目")
    assert full.lang == language
    assert full.columns["age"].type == "number"
    assert full.columns["remark"].type == "text"
    assert inspect(full).rows == 200


def test_a_draft_says_what_was_seen(data: str) -> None:
    content = draft(data, "y", "people")
    assert "#  城市: category" in content
    assert "only says which row it is" in content
    assert re.search(r"#  remark: text +# called on day 0 and asked", content)
    assert "{type: text, encoder: " in content
    assert "# y: classification. buys, leaves" in content
    assert "200 rows" in content
    assert max(map(len, content.splitlines())) <= 130
    messages.use("zh")
    assert "共 200 行" in draft(data, "y", "people")


def test_paths_are_named_from_where_the_file_will_stand(data: str, tmp_path: Path) -> None:
    assert f"data: {data}" in draft(data, "y", "x", tmp_path)
    assert "data: ../../数据/people.csv" in draft(data, "y", "x", tmp_path / "a" / "b")
    assert f"data: {tmp_path / data}" in draft(str(tmp_path / data), "y", "x", tmp_path / "a")
    url = f"file://{tmp_path / data}"
    assert url in draft(url, "y", "x", tmp_path / "a")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("sqlite:///bank.db#loans", "sqlite:///../bank.db#loans"),
        ("${DATABASE_URL}#loans", "${DATABASE_URL}#loans"),
    ],
)
def test_databases_are_named_from_where_the_file_will_stand(
    data: str, address: str, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/bank.db")
    with sqlite3.connect(tmp_path / "bank.db") as base:
        pd.read_csv(tmp_path / data).to_sql("loans", base, index=False)
    write(tmp_path / "项目", address, "y")
    project = load(tmp_path / "项目")
    assert project.data.source == written
    assert inspect(project).rows == 200


def test_several_files_and_targets(data: str) -> None:
    head = yaml.safe_load(draft([data, data], ["y", "member"], "x"))
    assert head["data"] == [data, data]
    assert head["predict"] == ["y", "member"]


def test_names_that_yaml_would_misread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a: b", "yes", "007", "#x", "[list]", "null", "- dash", "it's", "two\nlines", "a\n\ngap", "a,b", "年\n龄"]
    rows = [[(row * 7 + n) % 11 + 0.5 for n in range(len(names))] for row in range(40)]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    (written,) = write(tmp_path / "p", "a.csv", "yes")
    lines = written.read_text("utf-8").splitlines()
    taken = [line[1:] for line in lines if line.startswith("#columns") or line.startswith("#  ")]
    written_names = {
        "two\nlines": "two lines",
        "a\n\ngap": "a gap",
        "年\n龄": "年龄",
    }  # a line end in a name is white space
    assert set(yaml.safe_load("\n".join(taken))["columns"]) == {written_names.get(one, one) for one in names} - {"yes"}
    assert load(tmp_path / "p").predict[0].column == "yes"


def test_thousands_of_columns_are_not_all_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [",".join(f"{(row * 7 + n) % 11 + 0.5}" for n in range(100)) for row in range(30)]
    (tmp_path / "a.csv").write_text("\n".join([",".join(f"c{n}" for n in range(100)), *rows]), "utf-8")
    content = draft("a.csv", "c0", "x")
    assert "and 39 more columns" in content
    assert len(content.splitlines()) < 100


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_role_that_a_column_can_be_given_is_listed(language: str, data: str) -> None:
    messages.use(language)
    content = draft(data, "y", "x")
    assert [role for role in ROLE_MEANINGS if role != "target" and role not in content] == []


def test_nothing_is_overwritten(data: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("mine", "utf-8")
    with pytest.raises(StorageError, match="nothing is overwritten"):
        write(tmp_path, data, "y")
    assert (tmp_path / FILE).read_text("utf-8") == "mine"


def test_a_mistake_leaves_no_file_behind(data: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nope"):
        write(tmp_path / "new", data, "nope")
    with pytest.raises(DataError, match=r"people\.csv"):
        write(tmp_path / "new", "数据/pepole.csv", "y")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("given", "lacking"), [((None, "y"), "--data"), (("a.csv", None), "--predict"), ((None, None), "--data --predict")]
)
def test_words_that_are_missing(tmp_path: Path, given: tuple[str | None, str | None], lacking: str) -> None:
    with pytest.raises(ProjectError) as caught:
        write(tmp_path, *given)
    assert lacking in str(caught.value)
    assert "--recipe medicine/breast-cancer" in str(caught.value)

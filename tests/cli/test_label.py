"""`modelyard label` from end to end: rows out, labels in, what is told, what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from modelyard.cli.commands import commands
from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, StorageError, UserError
from modelyard.data.read import read


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty messages, ten of them labelled; commands are given in its folder."""
    lines = [["nr", "message", "kind"]]
    lines += [
        [str(n), f"{('where is my parcel', '退款什么时候到')[n % 2]} {n}", ("ship", "pay")[n % 2] if n < 10 else ""]
        for n in range(40)
    ]
    with (tmp_path / "inbox.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    (tmp_path / "modelyard.yaml").write_text("data: inbox.csv\npredict: kind\ncolumns: {nr: {role: key}}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say(*words: str | Path) -> str:
    done = CliRunner().invoke(commands, ["label", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def fill(path: Path, label: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *([*line[:-2], label, line[-1]] for line in lines)])


def test_out_and_back(project: Path) -> None:
    said = say(".", "--rows", "6")
    assert "wrote labels.csv: 6 of 30 unlabelled rows" in said
    assert "modelyard label . --read labels.csv" in said and "no random sample" in said
    fill(project / "labels.csv", "pay")
    said = say(".", "--read", "labels.csv")
    assert "wrote inbox.labelled.csv: 6 new labels in 6 rows; 24 rows still lack one" in said
    assert "kind: pay 6" in said and "--set data.source=inbox.labelled.csv" in said
    table = read(project / "inbox.labelled.csv")
    assert (table["kind"] == "pay").sum() == 11 and list(table) == ["nr", "message", "kind"]
    assert "24 unlabelled rows" in say(".", "--data", "inbox.labelled.csv", "--out", "more.csv")


def test_the_data_are_named_as_the_project_sees_them(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    assert "modelyard label .. --read labels.csv" in say("..", "--rows", "2")
    fill(Path("labels.csv"), "ship")
    said = say("..", "--read", "labels.csv", "--out", "new data.csv")
    assert "modelyard run .. --set data.source='elsewhere/new data.csv'" in said


def test_nothing_is_overwritten(project: Path) -> None:
    say(".")
    before = (project / "labels.csv").read_bytes()
    for words in ((".",), (".", "--out", "inbox.csv"), (".", "--read", "labels.csv", "--out", "inbox.csv")):
        with pytest.raises(StorageError, match="already"):
            say(*words)
    assert (project / "labels.csv").read_bytes() == before


def test_excel_and_parquet(project: Path) -> None:
    say(".", "--out", "labels.xlsx", "--rows", "4")
    book = openpyxl.load_workbook("labels.xlsx")
    for line in range(2, 6):
        book.active.cell(line, 5).value = "ship"
    book.save("labels.xlsx")
    assert "4 new labels" in say(".", "--read", "labels.xlsx", "--out", "inbox.parquet")
    assert (read(project / "inbox.parquet")["kind"] == "ship").sum() == 9


def test_label_studio(project: Path) -> None:
    said = say(".", "--out", "tasks.json", "--rows", "4")
    assert "tasks.config.xml" in said and (project / "tasks.config.xml").is_file()
    tasks = json.loads((project / "tasks.json").read_text("utf-8"))
    for number, task in enumerate(tasks):
        result = [{"from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": ["ship"]}}]
        other = [{**result[0], "value": {"choices": ["pay"]}}]
        task["annotations"] = [
            {"completed_by": 1, "result": result},
            {"completed_by": 2, "result": other if not number else result},
        ]
    (project / "export.json").write_text(json.dumps(tasks), "utf-8")
    said = say(".", "--read", "export.json")
    assert "3 new labels" in said and "people disagree on 1 tasks" in said and "left empty: 1" in said


def test_a_new_label_is_repeated_in_the_next_command(project: Path) -> None:
    said = say(".", "--rows", "3", "--new-label", "give back")
    assert "--new-label 'give back' --read labels.csv" in said
    fill(project / "labels.csv", "give back")
    with pytest.raises(UserError, match="--new-label"):
        say(".", "--read", "labels.csv")
    assert not (project / "inbox.labelled.csv").exists(), "nothing is written while anything is in doubt"
    assert "3 new labels" in say(".", "--read", "labels.csv", "--new-label", "give back")


def test_copies_are_told(project: Path) -> None:
    (project / "inbox.csv").write_text("nr,message,kind\n" + "".join(f"{n},same,\n" for n in range(9)), "utf-8")
    said = say(".", "--rows", "5")
    assert "1 of 9" in said and "copies of these" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "labels.docx"), ".csv .xlsx .json"),
        (("--out", "labels"), ".csv .xlsx .json"),
        (("--read", "labels.csv", "--out", "data.xlsx"), ".csv .parquet"),
        (("--read", "labels.csv", "--rows", "5"), "--read, --rows"),
        (("--read", "labels.csv", "--run", "shop@latest"), "--read, --run"),
        (("--read", "nothing.csv"), "nothing of that name"),
        (("--read", "nothing.json"), "no such file"),
        (("--run", "2099"), "nothing of that name"),
        (("--data", "nothing.csv"), "nothing of that name"),
    ],
)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_wrong_input(words: tuple[str, ...], says: str, language: str) -> None:
    messages.use(language)
    with pytest.raises(UserError) as caught:
        say(".", *words)
    for mistake in caught.value.mistakes:
        assert len(str(mistake).splitlines()) <= MAX_LINES
    if language == "en":
        assert says in str(caught.value)


def test_a_project_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file"):
        say(tmp_path / "none")

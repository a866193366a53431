"""`modelyard pretrain`: what is told, what is refused, what is not done twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("transformers")

from modelyard.cli import pretrain as command
from modelyard.cli.commands import commands
from modelyard.core import messages, plugins
from modelyard.core.errors import MAX_LINES, InstallError, UserError
from modelyard.models import pretrain

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hundred texts, and an encoder that learns in no time."""
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    monkeypatch.setattr(pretrain, "SIZES", {"tiny": shape, "small": {**shape, "hidden_size": 32}})
    monkeypatch.chdir(tmp_path)
    lines = ["note,kind", *(f"the {('red', 'green')[n % 2]} apple number {n} 苹果,{'ab'[n % 2]}" for n in range(100))]
    (tmp_path / "notes.csv").write_text("\n".join(lines), "utf-8")
    return tmp_path


def say(*words: str) -> str:
    done = CliRunner().invoke(commands, ["pretrain", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


QUICK = ("--column", "note", "--out", "reader", "--size", "tiny", "--epochs", "1", "--vocabulary", "100", "--quiet")


def test_what_is_told(texts: Path) -> None:
    said = say("notes.csv", *QUICK)
    assert "100 texts of notes.csv" in said and "learnt from 95 different texts" in said
    assert "hidden tokens of 5 held-out texts: loss" in said and "perplexity" in said
    assert "columns: {note: {type: text, encoder: ./reader}}" in said
    said = say("notes.csv", *QUICK)
    assert "reader is there already" in said and "encoder: ./reader" in said and "loss" not in said


def test_other_texts_are_learnt_anew(texts: Path) -> None:
    say("notes.csv", *QUICK)
    before = json.loads((texts / "reader" / "pretrain.json").read_text("utf-8"))
    file = texts / "notes.csv"
    file.write_text(file.read_text("utf-8").replace("number 7 ", "number seven "), "utf-8")
    say("notes.csv", *QUICK)
    assert json.loads((texts / "reader" / "pretrain.json").read_text("utf-8"))["work"] != before["work"]


def test_in_chinese(texts: Path) -> None:
    messages.use("zh")
    said = say("notes.csv", *QUICK)
    assert "留出文本" in said and "下一步" in said


def test_a_project_names_the_folder_as_it_sees_it(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = texts / "project"
    project.mkdir()
    lines = (texts / "notes.csv").read_text("utf-8").splitlines()
    lines[60:] = [line.rpartition(",")[0] + "," for line in lines[60:]]
    (project / "notes.csv").write_text("\n".join(lines), "utf-8")
    (project / "modelyard.yaml").write_text(
        "data: notes.csv\npredict: kind\ncolumns: {note: text}\nlang: en\n", "utf-8"
    )
    said = say("project", "--out", "reader", *QUICK[4:])
    assert "encoder: ../reader" in said and "every labelled row is measured" in said


def test_nothing_of_others_is_replaced(texts: Path) -> None:
    (texts / "reader").mkdir()
    (texts / "reader" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="not made by this command"):
        say("notes.csv", *QUICK)
    assert (texts / "reader" / "mine.txt").read_text("utf-8") == "mine"


def test_on_from_a_checkpoint(texts: Path) -> None:
    say("notes.csv", *QUICK)
    said = say("notes.csv", "--column", "note", "--out", "on", "--encoder", "reader", "--epochs", "1", "--quiet")
    assert "encoder: ./on" in said and "came without that head" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("none.csv", *QUICK), "nothing of that name"),
        (("notes.csv", *QUICK, "--column", "notes"), "did you mean note"),
        (("notes.csv", *QUICK, "--encoder", "./nowhere"), "nowhere"),
        (("notes.csv", *QUICK, "--encoder", "."), "config.json"),
        (("notes.csv", *QUICK, "--time-budget", "soon"), "5 min"),
        (("notes.csv", *QUICK, "--time-budget", "0"), "5 min"),
        (("notes.csv", *QUICK, "--more", "none.csv"), "nothing of that name"),
    ],
)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_wrong_input(words: tuple[str, ...], says: str, language: str, texts: Path) -> None:
    messages.use(language)
    with pytest.raises(UserError) as caught:
        say(*words)
    for mistake in caught.value.mistakes:
        assert len(str(mistake).splitlines()) <= MAX_LINES
    if language == "en":
        assert says in str(caught.value)
    assert not (texts / "reader").exists()


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules[:1])
    with pytest.raises(InstallError, match=r"modelyard\[text\]"):
        command.pretrain(command.Wishes("notes.csv", Path("reader")))

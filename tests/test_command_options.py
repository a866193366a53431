"""No hollow options on the command line either: each one of each command changes what the command does.

The commands are called in this process; how they end as programs is for `test_cli.py`.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shlex
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

import modelyard
from modelyard.cli import console
from modelyard.cli.commands import commands
from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError, RequestError, StorageError
from modelyard.core.project import load
from modelyard.core.runs import Runs
from modelyard.serve import server

PROVEN: set[str] = set()
ROW = '{"age": 61, "member": "gold"}'


def proves(*names: str) -> Callable[[Any], Any]:
    """Marks a test as the proof of these options."""
    PROVEN.update(names)
    return lambda test: test


def options(command: click.Command, path: str) -> Iterator[str]:
    """`modelyard run --why`, for every option of a command and of those below it."""
    yield from (f"{path} {param.opts[0]}" for param in command.params if isinstance(param, click.Option))
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from options(below, f"{path} {name}")


def test_every_option_has_a_proof_and_every_proof_an_option() -> None:
    assert set(options(commands, "modelyard")) == PROVEN


def say(*arguments: str | Path, stdin: str = "") -> Result:
    """What a command prints; its mistakes are raised."""
    result = CliRunner().invoke(commands, [str(word) for word in arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def write_shop(folder: Path, method: str = "linear", **more: Any) -> Path:
    """A project of 240 rows; answers with the newest run's bundle are asked by its folder."""
    lines = ["age,member,bought"]
    for n in range(240):
        lines.append(f"{18 + n * 7 % 60},{('gold', 'none')[n % 2]},{'yes' if n * 7 % 60 + n % 11 > 33 else 'no'}")
    folder.mkdir(exist_ok=True)
    (folder / "shop.csv").write_text("\n".join(lines) + "\n", "utf-8")
    settings = {"data": "shop.csv", "predict": "bought", "name": "shop", "train": {"method": method}, **more}
    (folder / "modelyard.yaml").write_text(json.dumps(settings), "utf-8")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a finished run; no test changes it."""
    folder = write_shop(tmp_path_factory.mktemp("place") / "小店")
    modelyard.run(folder)
    return folder


@pytest.fixture(autouse=True)
def inside(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are given where the project lies."""
    monkeypatch.chdir(shop)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the test's own, trained in no time."""
    folder = write_shop(tmp_path / "own", "naive")
    monkeypatch.chdir(folder)
    return folder


def newest(folder: Path) -> Any:
    return Runs(folder / ".modelyard").list()[-1]


# ------------------------------------------------------------------ all commands
@proves("modelyard --version")
def test_version() -> None:
    assert modelyard.__version__ in say("--version").stdout


@proves("modelyard --lang")
def test_the_language_is_the_one_asked_for_whatever_the_project_says(own: Path) -> None:
    write_shop(own, "naive", lang="en")
    said = {}
    for language, words in (("zh", "评估报告"), ("en", "Evaluation report")):
        said[language] = say("--lang", language, "run", ".", "--quiet").stdout
        assert words in next(
            (own / ".modelyard" / "runs").glob(f"{newest(own).id}/bundle/evidence/report.md")
        ).read_text("utf-8")
    assert "预测" in said["zh"] and "预测" not in said["en"]
    messages.use(None)
    assert "预测" not in say("run", ".", "--quiet").stdout


# -------------------------------------------------------------------------- init
@proves("modelyard init --data", "modelyard init --predict")
def test_init_writes_the_data_and_the_target(tmp_path: Path) -> None:
    for target in ("bought", "member"):
        say("init", tmp_path / target, "--data", "shop.csv", "--predict", target)
        project = load(tmp_path / target)
        assert project.predict[0].column == target
        assert (project.folder / str(project.data.source)).resolve() == Path("shop.csv").resolve()


@proves("modelyard init --recipe")
def test_init_writes_a_recipe(tmp_path: Path) -> None:
    say("init", tmp_path / "new", "--recipe", "medicine/breast-cancer")
    assert load(tmp_path / "new").predict[0].column == "diagnosis"


@proves("modelyard init --map")
def test_init_maps_own_columns_to_a_recipe(tmp_path: Path) -> None:
    lines = ["kundennummer,dauer,vertrag,preis,weg"]
    lines += [f"k{n},{n % 40},{('monthly', 'one year')[n % 2]},{20 + n % 50},{n % 3 // 2}" for n in range(120)]
    (tmp_path / "own.csv").write_text("\n".join(lines) + "\n", "utf-8")
    told = ["dauer=tenure_months", "preis=monthly_charges", "weg=churn", "kundennummer=customer"]
    words = ["init", tmp_path / "new", "--recipe", "telecom/churn", "--data", tmp_path / "own.csv"]
    with pytest.raises(DataError, match=r'--map "[a-z]+=churn"'):
        say(*words)
    assert not (tmp_path / "new").exists()
    shown = say(*words, *(word for one in told for word in ("--map", one))).stdout
    assert "told" in shown and "guess: the same values" in shown and "left out" in shown
    project = load(tmp_path / "new")
    assert (project.predict[0].column, project.columns["kundennummer"].role) == ("weg", "key")
    assert project.columns["vertrag"].type == "category"


@pytest.mark.parametrize(
    "more",
    [
        ("--recipe", "medicine/breast-cancer", "--predict", "bought"),
        ("--recipe", "medicine/breast-cancer", "--data", "shop.csv", "--predict", "bought"),
        ("--recipe", "medicine/breast-cancer", "--map", "age=mean radius"),
        ("--data", "shop.csv", "--predict", "bought", "--map", "age=mean radius"),
    ],
)
def test_init_never_ignores_a_word(more: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="--recipe with --data, and --map"):
        say("init", tmp_path / "new", *more)
    assert not (tmp_path / "new").exists()


# ----------------------------------------------------------------- check and run
@proves("modelyard check --predict")
def test_check_looks_at_the_target_asked_for() -> None:
    for target in ("bought", "member"):
        lines = [line.split()[:3] for line in say("check", "shop.csv", "--predict", target).stdout.splitlines()]
        assert [target, "-", "target"] in lines
        assert any(line[:2] == [target, "classification"] for line in lines)


@proves("modelyard run --predict")
def test_run_predicts_what_is_asked_for(own: Path) -> None:
    for source in (".", "shop.csv"):
        say("run", source, "--predict", "member", "--quiet")
        assert list(newest(own).metrics) == ["member"]
    say("run", ".", "--quiet")
    assert list(newest(own).metrics) == ["bought"]


@proves("modelyard check --set", "modelyard run --set")
def test_values_are_set_for_one_call(own: Path) -> None:
    said = say("check", ".", "--set", "train.seed=7", "--set", "name=a=b").stdout
    assert "seed: 7" in said and "name: a=b" in said and "--set train.seed, --set name" in said
    assert "--set" not in say("check", ".").stdout and "seed: 0" in say("check", ".").stdout
    for source in (".", "shop.csv"):
        say("run", source, "--predict", "member", "--set", "train={method: naive, seed: 7}", "--quiet")
        assert newest(own).settings["train"]["seed"] == 7
    with pytest.raises(ProjectError, match=r"--set train\.sede(.|\n)*did you mean seed"):
        say("run", ".", "--set", "train.sede=7")


@proves("modelyard run --why", "modelyard run --quiet")
def test_run_says_why_and_shows_bars(own: Path) -> None:
    loud, quiet = say("run", "."), say("run", ".", "--quiet", "--why")
    assert "prepare: read, infer, split" in loud.stderr and not quiet.stderr
    assert "taken from the store" in quiet.stdout and "taken from the store" not in loud.stdout


@proves("modelyard run --plan")
def test_run_repeats_a_plan(own: Path) -> None:
    say("run", ".", "--quiet")
    first = newest(own)
    say("run", ".", "--quiet", "--plan", first.id)
    second = newest(own)
    assert [stage["stage"] for stage in second.stages] == ["prepare", "train", "package", "evaluate"]
    assert "plan" in [stage["stage"] for stage in first.stages] and second.bundle == first.bundle
    write_shop(own, "linear")
    with pytest.raises(ProjectError, match=r"bought: naive(.|\n)*naive, linear(.|\n)*--plan"):
        say("run", ".", "--quiet", "--plan", first.id)
    with pytest.raises(StorageError, match="no-such-run"):
        say("run", ".", "--quiet", "--plan", "no-such-run")


def test_a_plan_grants_no_more_than_the_options_ask_for_now(own: Path) -> None:
    write_shop(own, "trees")
    say("run", ".", "--quiet")
    write_shop(own, train={"method": "trees", "trees": {"rounds": 3}})
    say("run", ".", "--quiet", "--plan", newest(own).id)
    report = modelyard.Report.load(own / ".modelyard" / "runs" / newest(own).id / "bundle" / "evidence")
    assert [step.work for step in report.targets[0].ladder if step.method == "trees"] == [3]


# ----------------------------------------------------------- evaluate and predict
@proves("modelyard evaluate --out")
def test_evaluate_writes_where_it_is_told(shop: Path, tmp_path: Path) -> None:
    stored = say("evaluate", shop, "--out", tmp_path / "copy").stdout
    evidence = shop / ".modelyard" / "runs" / newest(shop).id / "bundle" / "evidence"
    assert {path.name for path in evidence.iterdir()} == {path.name for path in (tmp_path / "copy").iterdir()}
    assert all(path.read_bytes() == (tmp_path / "copy" / path.name).read_bytes() for path in evidence.iterdir())
    assert str(tmp_path / "copy") in stored
    say("evaluate", shop, "shop.csv", "--out", tmp_path / "later")
    assert modelyard.Report.load(tmp_path / "later").rows == 240
    assert str(tmp_path) not in say("evaluate", shop, "shop.csv").stdout
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        say("evaluate", shop, "--out", tmp_path / "file" / "copy")


@proves("modelyard predict --out", "modelyard predict --format")
def test_predict_writes_where_and_how_it_is_told(shop: Path, tmp_path: Path) -> None:
    printed = list(csv.DictReader(say("predict", shop, "shop.csv").stdout.splitlines()))
    lines = [json.loads(line) for line in say("predict", shop, "shop.csv", "--format", "jsonl").stdout.splitlines()]
    assert [row["bought"] for row in printed] == [row["bought"]["value"] for row in lines]
    for name, form in (("a.csv", "csv"), ("b.jsonl", "jsonl"), ("c.txt", "jsonl")):
        more = ("--format", form) if name == "c.txt" else ()
        assert say("predict", shop, "shop.csv", "--out", tmp_path / name, *more).stdout == ""
        found = (tmp_path / name).read_text("utf-8").splitlines()
        assert len(found) == (241 if form == "csv" else 240)
        assert found[0].startswith("{") == (form == "jsonl")
    with pytest.raises(ProjectError, match=r"d\.txt"):
        say("predict", shop, "shop.csv", "--out", tmp_path / "d.txt")


@proves("modelyard predict --data", "modelyard predict --keep", "modelyard predict --sheet")
def test_predict_reads_what_it_is_told_and_carries_what_it_is_told(shop: Path, tmp_path: Path) -> None:
    plain = say("predict", shop, "shop.csv").stdout.splitlines()
    assert say("predict", shop, "--data", "shop.csv").stdout.splitlines() == plain
    kept = list(
        csv.DictReader(say("predict", shop, "shop.csv", "--keep", "age", "--keep", "member").stdout.splitlines())
    )
    assert [(row["age"], row["member"]) for row in kept[:2]] == [("18", "gold"), ("25", "none")]
    with pytest.raises(ProjectError, match=r"--keep(.|\n)*did you mean age"):
        say("predict", shop, "shop.csv", "--keep", "agee")
    with pytest.raises(ProjectError, match="DATA, --data"):
        say("predict", shop, "shop.csv", "--data", "shop.csv")
    book = openpyxl.Workbook()
    book.create_sheet("二月").append(["age", "member"])
    book["二月"].append([61, "gold"])
    book.active.append(["age", "member"])
    book.active.append([20, "none"])
    book.save(tmp_path / "book.xlsx")
    answers = [
        say("predict", shop, tmp_path / "book.xlsx", "--sheet", name).stdout.splitlines() for name in ("Sheet", "二月")
    ]
    assert answers[0] != answers[1] and len(answers[1]) == 2


@proves("modelyard predict --table", "modelyard predict --query")
def test_predict_reads_from_and_writes_to_databases(shop: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE customers (age INTEGER, member TEXT)")
        connection.executemany("INSERT INTO customers VALUES (?, ?)", [(61, "gold"), (20, "none"), (44, "gold")])
    say("predict", shop, "--data", url, "--query", "customers", "--out", url, "--table", "scored")
    say("predict", shop, "--data", url, "--query", "SELECT * FROM customers WHERE age > 40", "--out", url)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("scored", "answers")]  # noqa: S608
    assert counts == [3, 2]


@proves("modelyard predict --shift", "modelyard predict --quiet")
def test_predict_tells_how_rows_have_moved(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same = say("predict", shop, "shop.csv", "--out", tmp_path / "a.csv").stderr
    assert "distributed as in training" in same
    few = tmp_path / "few.csv"
    few.write_text("age,member\n61,gold\n20,none\n", "utf-8")
    said = say("predict", shop, few, "--out", tmp_path / "few_answers.csv").stderr
    assert "too few rows to tell" in said and "(2)" in said and "distributed as" not in said
    old = tmp_path / "old.csv"
    old.write_text("age,member\n" + "77,gold\n" * 300, "utf-8")
    said = say("predict", shop, old, "--out", tmp_path / "b.csv", "--shift", tmp_path / "shift.json").stderr
    assert "much (above 0.25)" in said and "age" in said
    assert json.loads((tmp_path / "shift.json").read_text("utf-8"))["shift"][0]["band"] == "large"
    shown: list[str] = []
    monkeypatch.setattr(console, "counting", lambda title, quiet: contextlib.nullcontext(shown.append(str(quiet))))
    say("predict", shop, "shop.csv", "--quiet"), say("predict", shop, "shop.csv")
    assert shown == ["True", "False"]


@proves("modelyard evaluate --errors")
def test_evaluate_shows_the_rows_to_look_at(shop: Path) -> None:
    assert "right but doubtful" in say("evaluate", shop, "--errors").stdout
    assert "right but doubtful" in say("evaluate", shop, "shop.csv", "--errors").stdout
    assert "right but doubtful" not in say("evaluate", shop).stdout


@proves("modelyard compare --out")
def test_compare_tells_what_differs_and_writes_what_changed(own: Path, tmp_path: Path) -> None:
    write_shop(own, "linear", data={"source": "shop.csv", "split": {"test": 0.3}})
    say("run", ".", "--quiet")
    say("run", ".", "--quiet", "--set", "train.method=naive")
    one, other = (record.id for record in Runs(own / ".modelyard").list())
    said = say("compare", one, other).stdout
    assert "ROC-AUC" in said and "worse" in said and "train.method" in said and "changed.csv" not in said
    assert "changed.csv" in say("compare", one, other, "shop.csv", "--out", tmp_path / "c").stdout
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"comparison.json", "changed.csv"}


def test_what_is_to_be_done_next_can_be_pasted(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr(server, "serve", lambda path, **_: served.append(path))
    more = {"data": {"source": "shop.csv", "split": {"test": 0.3}}}
    done: set[str] = set()
    for goals in ([], ["roc_auc >= 0.5"], ["accuracy >= 0.99"], ["accuracy >= 0.9", "recall[yes] >= 0.9"]):
        write_shop(own, "linear", goals=goals, **more)
        monkeypatch.chdir(own.parent)
        said = say("run", own.name, "--quiet", "--set", "train.seed=3").stdout.splitlines()
        commands_said = [line.strip() for line in said if line.startswith("   modelyard ")]
        assert len(commands_said) == 3
        for command in commands_said:
            say(*shlex.split(command)[1:])
            done.add(shlex.split(command)[1])
    assert {"run", "predict", "serve", "evaluate"} <= done and served
    assert (own / "answers.csv").is_file()


@proves("modelyard predict --rows")
def test_predict_takes_rows_and_writes_them_as_any_others(shop: Path, tmp_path: Path) -> None:
    answer = json.loads(say("predict", shop, "--rows", ROW).stdout)["bought"]["value"]
    assert answer == "yes"
    many = say("predict", shop, "--rows", f"[{ROW}, {ROW}]", "--format", "csv").stdout.splitlines()
    assert many[0].startswith("bought,") and [line.split(",")[0] for line in many[1:]] == [answer] * 2
    assert say("predict", shop, "--rows", ROW, "--out", tmp_path / "a.csv").stdout == ""
    assert (tmp_path / "a.csv").read_text("utf-8").splitlines() == many[:2]
    assert "Atlantis" not in say("predict", shop, "--rows", ROW.replace("gold", "Atlantis")).stderr
    assert "member" in say("predict", shop, "--rows", ROW.replace("gold", "Atlantis")).stderr
    with pytest.raises(ProjectError, match="DATA, --data or --rows"):
        say("predict", shop, "shop.csv", "--rows", ROW)
    with pytest.raises(RequestError, match="age"):
        say("predict", shop, "--rows", '{"member": "gold"}')


# -------------------------------------------------------------------- goals
GOALS = {"met": "roc_auc >= 0.5", "undecided": "roc_auc[member = platinum] >= 0.5", "not met": "brier <= 1e-6"}


@proves("modelyard run --require-goals", "modelyard evaluate --require-goals")
@pytest.mark.parametrize(
    ("goals", "code"),
    [(["met"], 0), (["met", "undecided"], 4), (["undecided", "not met", "met"], 3), (["not met"], 3)],
)
def test_goals_that_are_required_end_the_command(
    goals: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [GOALS[goal] for goal in goals]
    folder = write_shop(tmp_path / "own", "linear", goals=written)
    monkeypatch.chdir(folder)
    for words in (["run", "."], ["evaluate", "shop@latest"], ["evaluate", "shop@latest", "shop.csv"]):
        assert say(*words).exit_code == 0  # without the option nothing is required
        result = CliRunner().invoke(commands, [*words, "--require-goals"], catch_exceptions=False)
        assert result.exit_code == code, result.output
        assert all(goal in result.stdout for goal in written)  # everything is written and said first


@pytest.mark.parametrize("words", [("run", "."), ("evaluate", "shop@latest"), ("evaluate", "shop@latest", "shop.csv")])
def test_goals_can_be_required_only_where_there_are_some(words: tuple[str, ...]) -> None:
    with pytest.raises(ProjectError, match="goals in the project"):
        say(*words, "--require-goals")


# ------------------------------------------------------------------------- label
@pytest.fixture
def unlabelled(shop: Path, tmp_path: Path) -> Path:
    """Rows like those of the shop, of which 20 are labelled."""
    lines = (shop / "shop.csv").read_text("utf-8").splitlines()
    lines[21:] = [f"{18 + n / 3:.2f},{('gold', 'none')[n % 2]}," for n in range(200)]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path / "new.csv"


@proves("modelyard label --data", "modelyard label --rows", "modelyard label --out")
def test_label_proposes_so_many_rows_of_the_data_that_are_named(unlabelled: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="240 rows, all of them labelled"):
        say("label", ".", "--out", tmp_path / "none.csv")
    for rows in (3, 7):
        say("label", ".", "--data", unlabelled, "--rows", rows, "--out", tmp_path / f"{rows}.csv")
        assert len((tmp_path / f"{rows}.csv").read_text("utf-8-sig").splitlines()) == rows + 1


@proves("modelyard label --run")
def test_label_takes_the_bundle_of_the_run_that_is_named(own: Path, unlabelled: Path, tmp_path: Path) -> None:
    modelyard.run(own)
    write_shop(own, "linear")
    modelyard.run(own)
    first, last = (record.id for record in Runs(own / ".modelyard").list())
    written = {}
    for place, words in enumerate(((), ("--run", last), ("--run", first))):
        out = tmp_path / f"{place}.csv"
        say("label", ".", "--data", unlabelled, "--rows", "6", "--out", out, *words)
        with out.open(encoding="utf-8-sig", newline="") as file:
            written[place] = [row["bought.probability"] for row in csv.DictReader(file)]
    assert written[0] == written[1] and len(set(written[1])) > 1
    assert len(set(written[2])) == 1, "the naive one says the same of every row"


@proves("modelyard label --read", "modelyard label --new-label")
def test_label_reads_labels_back_also_new_ones(unlabelled: Path, tmp_path: Path) -> None:
    out, filled = tmp_path / "labels.csv", tmp_path / "filled.csv"
    say("label", ".", "--data", unlabelled, "--rows", "2", "--out", out)
    head, *rows = csv.reader(out.read_text("utf-8-sig").splitlines())
    place = head.index("bought")
    for row, word in zip(rows, ("yes", "later"), strict=True):
        row[place] = word
    with filled.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    words = ["label", ".", "--data", unlabelled, "--read", filled, "--out", tmp_path / "data.csv"]
    with pytest.raises(DataError, match="later"):
        say(*words)
    assert "2 new labels" in say(*words, "--new-label", "later").stdout


# ---------------------------------------------------------------------- pretrain
@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Pre-trains a very small encoder on sixty notes, and says what its folder says of it."""
    pytest.importorskip("transformers")
    from modelyard.models import pretrain

    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    monkeypatch.setattr(pretrain, "SIZES", {"tiny": shape, "small": {**shape, "hidden_size": 32}})
    for name, words in (("notes", "the red apple"), ("more", "a green leaf")):
        lines = ["note,other", *(f"{words} number {n},{n} times" for n in range(60))]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), "utf-8")

    def learn(*words: str, out: str = "reader") -> dict[str, Any]:
        usual = {"--column": "note", "--size": "tiny", "--epochs": "1"}
        given = dict(zip(words[::2], words[1::2], strict=True))
        named = [word for pair in {**usual, **given, "--out": str(tmp_path / out)}.items() for word in pair]
        say("pretrain", tmp_path / "notes.csv", *named, "--quiet")
        said: dict[str, Any] = json.loads((tmp_path / out / "pretrain.json").read_text("utf-8"))
        config = json.loads((tmp_path / out / "config.json").read_text("utf-8"))
        return said | {name: config[name] for name in ("hidden_size", "vocab_size")}

    return learn


@proves("modelyard pretrain --column", "modelyard pretrain --out", "modelyard pretrain --more")
def test_pretrain_reads_the_texts_that_are_named(notes: Callable[..., Any], tmp_path: Path) -> None:
    plain, other = notes(), notes("--column", "other", out="another")
    assert (plain["texts"], other["texts"]) == (57, 57) and plain["work"] != other["work"]
    assert notes("--more", str(tmp_path / "more.csv"))["texts"] == 114


@proves("modelyard pretrain --size", "modelyard pretrain --vocabulary", "modelyard pretrain --epochs")
def test_pretrain_makes_what_is_wished(notes: Callable[..., Any]) -> None:
    assert [notes("--size", size, out=size)["hidden_size"] for size in ("tiny", "small")] == [16, 32]
    many, few = notes()["vocab_size"], notes("--vocabulary", "100", out="few")["vocab_size"]
    assert few <= 100 and few <= many
    assert notes("--epochs", "2")["epochs"] == 2


@proves("modelyard pretrain --encoder", "modelyard pretrain --seed")
def test_pretrain_goes_on_from_an_encoder(notes: Callable[..., Any], tmp_path: Path) -> None:
    first, other = notes("--epochs", "5"), notes("--seed", "1", out="another")
    assert first["before"] != other["before"]
    assert notes("--encoder", str(tmp_path / "reader"), out="on")["before"] < first["before"]


@proves("modelyard pretrain --time-budget")
def test_pretrain_keeps_to_its_time(notes: Callable[..., Any]) -> None:
    assert notes("--epochs", "10000", "--time-budget", "2 s")["epochs"] < 10_000


@proves("modelyard pretrain --quiet")
def test_pretrain_shows_bars_unless_it_is_to_be_quiet(notes: Callable[..., Any], tmp_path: Path) -> None:
    notes()
    words = ["pretrain", tmp_path / "notes.csv", "--column", "note", "--size", "tiny", "--epochs", "1", "--out"]
    assert "learning to read" in say(*words, tmp_path / "loud").stderr
    assert not say(*words, tmp_path / "still", "--quiet").stderr


# ----------------------------------------------------------------- serve and runs
@proves("modelyard serve --host", "modelyard serve --port", "modelyard serve --threads")
def test_serve_listens_where_it_is_told_with_so_many_threads(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def run(self: Any, sockets: list[Any]) -> None:
        (model,) = self._service.bundle._models
        seen.append((*sockets[0].getsockname()[:2], model.session.get_session_options().intra_op_num_threads))

    monkeypatch.setattr(server._Server, "run", run)
    say("serve", shop, "--port", "0")
    host, free, threads = seen[0]
    assert host == "127.0.0.1" and free > 0
    every = "0.0.0.0"  # noqa: S104 - bound, but nothing is taken from it
    say("serve", shop, "--host", every, "--port", str(free), "--threads", str(threads + 2))
    assert seen[1] == (every, free, threads + 2)


@proves("modelyard runs --folder")
def test_runs_are_those_of_the_folder(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = say("runs").stdout
    assert newest(shop).id in here
    assert newest(shop).id not in say("runs", "--folder", tmp_path).stdout
    monkeypatch.chdir(tmp_path)
    assert say("runs", "--folder", os.path.relpath(shop, tmp_path)).stdout == here


def test_runs_clean_frees_what_no_run_uses(own: Path) -> None:
    say("run", ".", "--quiet")
    assert say("runs", "clean").stdout == "0.0 MB freed\n"
    say("run", ".", "--quiet", "--set", "train.seed=9")
    say("runs", "remove", newest(own).id)
    assert float(say("runs", "clean").stdout.split()[0]) > 0
    say("run", ".", "--quiet", "--why")


# ------------------------------------------------------------------------ plan
@proves("modelyard plan --project", "modelyard plan --json", "modelyard plan --out")
def test_a_plan_of_a_project_elsewhere_as_text_json_and_files(
    plant: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plant()
    monkeypatch.chdir(folder)
    told = say("plan").stdout
    assert "Goals today" in told
    monkeypatch.chdir(tmp_path)
    assert say("plan", "--project", folder).stdout == told
    printed = json.loads(say("plan", "--project", folder, "--json").stdout)
    assert printed["name"] == folder.name
    result = say("plan", "--project", folder, "--out", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "plan.json").read_text("utf-8")) == printed
    assert "<svg" in (tmp_path / "out" / "plan.html").read_text("utf-8")
    assert "plan.html" in result.stderr
    with pytest.raises(ProjectError, match="--json"):
        say("plan", "--project", folder, "--json", "score")
    kept = list((folder / ".modelyard" / "forecasts").iterdir())
    assert len(kept) == 1  # the same forecast, made again and again


def test_plans_with_other_inputs_and_why(plant: Callable[..., Path], tmp_path: Path) -> None:
    folder = plant()
    assert "what rows cost" in say("plan", "--project", folder, "what-if", "plan.labels.price=2").stdout
    with pytest.raises(ProjectError, match="KEY=VALUE"):
        say("plan", "--project", folder, "what-if")
    assert "1. points" in say("plan", "--project", folder, "why", "accuracy").stdout
    assert not (folder / ".modelyard" / "forecasts").exists()  # looking keeps nothing
    say("plan", "--project", folder, "--out", tmp_path / "one")
    assert "nothing differs" in say("plan", "diff", tmp_path / "one", tmp_path / "one" / "plan.json").stdout
    with pytest.raises(DataError, match=r"plan\.json"):
        say("plan", "diff", tmp_path / "one", tmp_path / "two")
    assert "not scored" in say("plan", "--project", folder, "score").stdout


@proves(
    "modelyard plan curve --anchors",
    "modelyard plan curve --seeds",
    "modelyard plan curve --method",
    "modelyard plan curve --quiet",
)
def test_a_curve_of_other_sizes_seeds_and_methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelyard.plan import study
    from modelyard.plan.point import Outcome

    made: list[tuple[str, int, int]] = []

    def counted(work: Any, dataset: Any, rows: Any, seed: int) -> Outcome:
        made.append((work.method, len(rows), seed))
        return Outcome({"bought": {"roc_auc": 0.5 + seed / 10}}, {"bought": {"roc_auc": 0.5}}, {}, 0.1)

    monkeypatch.setattr(study, "make", counted)
    folder = write_shop(tmp_path / "小店")
    assert "6 sizes" in say("plan", "curve", folder, "--quiet").stdout
    assert {(method, seed) for method, _, seed in made} == {("linear", 0), ("linear", 1), ("linear", 2)}
    assert len(made) == 18
    told = say("plan", "curve", folder, "--seeds", "1", "--quiet").stdout
    assert "6 points, all of them measured before" in told
    with pytest.raises(DataError, match="7"):
        say("plan", "curve", folder, "--anchors", "7", "--quiet")
    say("plan", "curve", folder, "--seeds", "1", "--method", "trees", "--quiet")
    assert made[-1][0] == "trees"
    shown: list[str] = []
    monkeypatch.setattr(console.Bars, "begin", lambda self, title: shown.append(title))
    say("plan", "curve", folder, "--quiet")
    assert shown == []
    say("plan", "--project", folder, "curve")
    assert shown == ["learning curve"]

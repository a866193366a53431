"""Wrong input, as people make it: refused with code 2, in at most 12 lines that name the place and the fix, in both languages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, UserError
from modelyard.pipeline import run

ROWS = 60


def csv(head: str = "age,city,spent,bought", rows: int = ROWS) -> str:
    """A table that trains without complaint."""
    lines = [
        f"{20 + n % 37},{('Rome', '上海', 'Bonn')[n % 3]},{n * 1.5 % 41:.1f},{'yes' if n % 4 else 'no'}"
        for n in range(rows)
    ]
    return "\n".join([head, *lines]) + "\n"


def copied() -> str:
    """The table with its target in other words."""
    first, *lines = csv().splitlines()
    return "\n".join([f"copy,{first}", *(f"c-{line.rpartition(',')[2]},{line}" for line in lines)]) + "\n"


@dataclass(frozen=True)
class Case:
    """One mistake.

    Args:
        name: What it is.
        project: modelyard.yaml.
        data: data.csv, as text or bytes; None writes none.
        says: Words that the message must hold, the offender first.
        arrange: Last preparations in the project's folder.
    """

    name: str
    project: str = "data: data.csv\npredict: bought\n"
    data: str | bytes | None = csv()
    says: tuple[str, ...] = ()
    arrange: Callable[[Path], None] | None = None


def _no_permission(folder: Path) -> None:
    (folder / "data.csv").chmod(0)


def _is_folder(folder: Path) -> None:
    (folder / "data.csv").mkdir()


TWO = "data: data.csv\npredict: bought\n"
CASES = [
    Case("unknown key", TWO + "colour: red\n", says=("modelyard.yaml line 3, colour", "unknown key")),
    Case("misspelt key", TWO + "gaols: []\n", says=("line 3, gaols", "goals")),
    Case("another tool's word", "data: data.csv\ntarget: bought\n", says=("target", "predict")),
    Case("epochs in the wrong place", TWO + "train: {epochs: 3}\n", says=("train.epochs", "train.network.epochs")),
    Case("nothing to predict", "data: data.csv\n", says=("predict", "two lines")),
    Case("a key twice", TWO + "predict: age\n", says=("line 3, predict", "line 2")),
    Case("not yaml", "data: [data.csv\npredict: bought\n", says=("modelyard.yaml", "YAML")),
    Case("a list instead of keys", "- data.csv\n- bought\n", says=("modelyard.yaml", "list", "keys and values")),
    Case("wrong type", TWO + "train: {seed: many}\n", says=("line 3, train.seed", "'many'", "whole number")),
    Case("time that is none", TWO + "train: {time_budget: soon}\n", says=("train.time_budget", "'soon'", "5 min")),
    Case("negative time", TWO + "train: {time_budget: -5}\n", says=("train.time_budget", "-5", "> 0")),
    Case("unknown method", TWO + "train: {method: treees}\n", says=("train.method", "'treees'", "trees")),
    Case("unknown option of a method", TWO + "train: {trees: {learning_rat: 1}}\n", says=("learning_rat", "learning_rate")),
    Case("option out of range", TWO + "train: {network: {dropout: 2}}\n", says=("train.network.dropout", "2")),
    Case("unknown modality", TWO + "columns: {age: nummber}\n", says=("columns.age", "'nummber'", "number")),
    Case("option of another modality", TWO + "columns: {age: {type: number, max_levels: 9}}\n", says=("max_levels", "category")),
    Case("unknown role", TWO + "columns: {age: {role: wight}}\n", says=("columns.age.role", "'wight'", "protected")),
    Case("unknown task", "data: data.csv\npredict: {column: bought, task: clasification}\n", says=("task", "'clasification'", "classification")),
    Case("a role for the target", TWO + "columns: {bought: {role: ignore}}\n", says=("columns.bought", "ignore")),
    Case("shares over one", "data: {source: data.csv, split: {test: 0.6, valid: 0.5}}\npredict: bought\n", says=("data.split", "less than 1")),
    Case("split column that changes nothing", "data: {source: data.csv, split: {by: random, column: age}}\npredict: bought\n", says=("split.column", "age")),
    Case("goal without a number", TWO + "goals: [roc_auc high]\n", says=("line 3, goals[0]", "roc_auc high")),
    Case("goal on a metric the task lacks", TWO + "goals: [rmse <= 3]\n", says=("goals[0]", "rmse", "classification")),
    Case("goal with a forgotten percent sign", TWO + 'goals: ["recall[yes] >= 90"]\n', says=("goals[0]", "recall[yes] >= 90", "90%")),
    Case("goal for the worse", TWO + "goals: [log_loss >= 0.3]\n", says=("goals[0]", "log_loss >= 0.3", "<=")),
    Case("goal for slowness", TWO + "goals: [latency_p99_ms >= 5]\n", says=("goals[0]", "latency_p99_ms", "<=")),
    Case("goal on a misspelt metric", TWO + "goals: [roc_acu >= 0.5]\n", says=("goals[0]", "roc_acu", "roc_auc")),
    Case("condition without a bound", TWO + 'goals: ["recall[yes] >= 0.9 at fpr"]\n', says=("goals[0]", "at fpr", "at fpr <= 5%")),
    Case("condition that is set, not bounded", TWO + 'goals: ["recall[yes] >= 0.9 at fpr = 5%"]\n', says=("goals[0]", "fpr <= 5%")),
    Case("condition that no rule decides", TWO + 'goals: ["recall[yes] >= 0.9 at roc_auc >= 0.7"]\n', says=("goals[0]", "recall / precision")),
    Case("condition on rows as they never are timed", TWO + 'goals: ["latency_p99_ms <= 5 at batch = 0"]\n', says=("goals[0]", "batch = 32")),
    Case("lift of no row", TWO + 'goals: ["lift@0% >= 2"]\n', says=("goals[0]", "lift@0%", "lift@10%")),
    Case("lift without a share", TWO + "goals: [lift >= 2]\n", says=("goals[0]", "lift@10%")),
    Case("lift beyond what is possible", TWO + 'goals: ["lift@10% >= 11"]\n', says=("goals[0]", "lift@10%", "0 to 10")),
    Case("goal on the values of no column", TWO + 'goals: ["roc_auc[ctiy = *] >= 0.5"]\n', says=("goals[0]", "'ctiy'", "city")),
    Case("goal on two slices", TWO + 'goals: ["roc_auc[city = *][age = *] >= 0.5"]\n', says=("goals[0]", "one slice")),
    Case("money without costs", TWO + 'goals: ["cost <= 5 CNY"]\n', says=("goals[0]", "cost <= 5 CNY", "costs:")),
    Case("money in another currency", "data: data.csv\npredict: {column: bought, costs: {currency: CNY, \"yes\": 5, \"no\": 1}}\ngoals: [cost <= 5 EUR]\n", says=("goals[0]", "cost <= 5 EUR", "cost <= 5 CNY")),
    Case("costs without a currency", "data: data.csv\npredict: {column: bought, costs: {\"yes\": 5, \"no\": 1}}\n", says=("costs", "currency", "CNY")),
    Case("costs of a class that is not there", "data: data.csv\npredict: {column: bought, costs: {currency: CNY, \"yes\": 5, \"nix\": 1}}\n", says=("costs", "nix", "no")),
    Case("a wrong answer without a price", "data: data.csv\npredict: {column: bought, costs: {currency: CNY, \"yes\": {\"no\": 5}}}\n", says=("costs", "price", "yes")),
    Case("rows outside under a label that no row has", "data: data.csv\npredict: {column: bought, outside: yess}\n", says=("outside", "yess", "yes")),
    Case("goal on rows outside that nothing stands for", TWO + 'goals: ["outside_recall >= 0.5"]\n', says=("goals[0]", "outside_recall >= 0.5", "outside: ")),
    Case("two decisions of one name", "data: data.csv\npredict: {column: bought, decisions: {\"yes\": \"no\"}}\n", says=("decisions", "`no`")),
    Case("goal on a class that is not there", TWO + 'goals: ["recall[maybe] >= 0.5"]\n', says=("goals[0]", "maybe", "yes")),
    Case("slice by a column that is not there", TWO + "evaluate: {slices: [citty]}\n", says=("line 3, evaluate.slices", "citty", "city")),
    Case("an option for a column that is not read", TWO + "columns: {city: {role: key, max_levels: 5}}\n", says=("line 3, columns.city.max_levels", "max_levels")),
    Case("a separator beside several columns", "data: data.csv\npredict: {columns: [p, q], task: multilabel, separator: '|'}\n", "x,p,q\n" + "1,1,0\n2,0,1\n3,1,1\n" * 20, says=("p, q", "separator")),
    Case("target not there", "data: data.csv\npredict: bougth\n", says=("predict", "bougth", "bought")),
    Case("column not there", TWO + "columns: {agee: number}\n", says=("columns.agee", "agee", "age")),
    Case("no such file", "data: dta.csv\npredict: bought\n", says=("dta.csv", "data.csv")),
    Case("a folder without data", data=None, arrange=_is_folder, says=("data.csv",)),
    Case("empty file", data="", says=("data.csv",)),
    Case("header only", data="age,bought\n", says=("data.csv", "0")),
    Case("one row", data="age,bought\n31,yes\n", says=("data.csv", "1")),
    Case("one class", data="age,bought\n" + "31,yes\n32,yes\n" * 40, says=("bought", "yes")),
    Case("target all missing", data="age,bought\n" + "31,\n32,?\n" * 40, says=("bought",)),
    Case("constant number", "data: data.csv\npredict: {column: spent, task: regression}\n", "age,spent\n" + "31,5\n32,5.0\n" * 40, says=("spent", "5")),
    Case("not a number", "data: data.csv\npredict: {column: city, task: regression}\n", says=("city", "number")),
    Case("ragged row", data=csv() + "31,Rome,2.0,yes,extra\n", says=(f"line {ROWS + 2}", "5", "4")),
    Case("binary junk", data=b"\x00\x01\x02PNG\xff\xfe" * 99, says=("data.csv",)),
    Case("doubtful encoding", data="возраст,город,bought\n31,Рим,yes\n".encode("cp1251"), says=("data.csv line 1", "UTF-8", "возраст", "encoding:")),
    Case("encoding that is none", "data: {source: data.csv, encoding: gb1803}\npredict: bought\n", says=("data.encoding", "gb1803", "gb18030")),
    Case("separator of two characters", "data: {source: data.csv, separator: '::'}\npredict: bought\n", says=("data.separator", "::", "tab")),
    Case("header that is not there", "data: {source: data.csv, header: 900}\npredict: bought\n", says=("data.csv", "header: 900")),
    Case("sheet of a text file", "data: {source: data.csv, sheet: S}\npredict: bought\n", says=("data.csv", "sheet: S", "excel")),
    Case("query of a file", "data: {source: data.csv, query: t}\npredict: bought\n", says=("data.csv", "query: t", "database")),
    Case("password in the file", "data: 'postgresql://me:geheim@host/db#t'\npredict: bought\n", says=("data", "me:***@host", "${PASSWORD}", "export PASSWORD")),
    Case("variable that is not set", "data: 'postgresql://me:${NO_SUCH_VARIABLE}@host/db#t'\npredict: bought\n", says=("NO_SUCH_VARIABLE", "export")),
    Case("database that is not there", "data: 'sqlite:///none.db#t'\npredict: bought\n", says=("sqlite:///none.db", "nothing of that name")),
    Case("database without a query", "data: 'sqlite:///none.db'\npredict: bought\n", says=("sqlite:///none.db", "SELECT")),
    Case("input that is the target", data=copied(), says=("columns.copy", "AUC 1.0000", "role: known_after_decision", "role: input")),
    Case("weight below zero", TWO + "columns: {spent: {role: weight}}\n", csv().replace("1.5", "-1"), says=("line 3, columns.spent.role", "row 2", "-1")),
    Case("monotone category", TWO + "columns: {city: {monotone: up}}\n", says=("line 3, columns.city.monotone", "category", "number")),
    Case("monotone key", TWO + "columns: {city: {monotone: up, role: key}}\n", says=("columns.city.monotone", "key")),
    Case("two words for one target", "data: data.csv\npredict: {column: bought, columns: [age]}\n", says=("predict", "columns")),
    Case("one target twice", "data: data.csv\npredict: [bought, bought]\n", says=("predict", "bought")),
    Case("option of another task", "data: data.csv\npredict: {column: bought, task: classification, separator: '|'}\n", says=("separator", "multilabel")),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_mistake(case: Case, language: str, tmp_path: Path) -> None:
    (tmp_path / "modelyard.yaml").write_text(case.project + f"lang: {language}\n" * ("- " not in case.project), "utf-8")
    if case.data is not None:
        (tmp_path / "data.csv").write_bytes(case.data.encode() if isinstance(case.data, str) else case.data)
    if case.arrange:
        case.arrange(tmp_path)
    messages.use(language)
    with pytest.raises(UserError) as caught:
        run(tmp_path)
    said = str(caught.value)
    for mistake in caught.value.mistakes:
        assert len(str(mistake).splitlines()) <= MAX_LINES
    labels = ("Where:", "Got:", "Expected:") if language == "en" else ("位置：", "得到：", "应为：")
    assert all(label in said for label in labels), said
    if language == "en":
        assert [word for word in case.says if word not in said] == [], said
    else:
        assert case.says[0].split(" line ")[0] in said or case.says[0].startswith("line"), said


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "modelyard.yaml").write_text(
        TWO + "gaols: []\ntrain: {method: 3, seed: x}\ncolumns: {a: {rol: key}}\n", "utf-8"
    )
    with pytest.raises(UserError) as caught:
        run(tmp_path)
    assert len(caught.value.mistakes) == 4


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(csv(), "utf-8")
    _no_permission(tmp_path)
    with pytest.raises(UserError, match=r"data\.csv"):
        run(tmp_path / "data.csv", "bought", folder=tmp_path)


def test_the_command_line_ends_with_2_and_has_not_loaded_torch(tmp_path: Path) -> None:
    (tmp_path / "modelyard.yaml").write_text(TWO + "train: {method: netwrok}\n", "utf-8")
    program = (
        "import sys\nfrom modelyard.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print('torch' in sys.modules, 'pandas' in sys.modules, end.code)"
    )
    arguments = [sys.executable, "-c", program, "run", str(tmp_path)]
    done = subprocess.run(
        arguments, capture_output=True, text=True, env={**os.environ, "MODELYARD_LANG": "en"}, check=False
    )
    assert done.stdout.strip() == "False False 2"
    assert "network" in done.stderr
    assert len(done.stderr.splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("word", "right"),
    [("fit", "run"), ("test", "evaluate"), ("export", "bundle"), ("train", "run"), ("pedict", "predict")],
)
def test_words_of_other_tools(word: str, right: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelyard", word],
        capture_output=True,
        text=True,
        env={**os.environ, "MODELYARD_LANG": "en"},
        check=False,
    )
    assert done.returncode == 2
    assert right in done.stderr
    assert len(done.stderr.splitlines()) <= MAX_LINES

"""A recipe's project for one's own table: names, classes, goals and splits are the user's; mistakes leave nothing."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError, StorageError
from modelyard.core.project import FILE, load
from modelyard.prepare import own, recipe

DESCRIPTION = """
title: {en: Loans, zh: 贷款}
purpose: {en: Decide., zh: 决定。}
data: {files: {l.csv: {mirror: l/l.csv, sha256: HASH, rows: 9}}, source: s, licence: l}
columns:
  amount: {means: {en: amount, zh: 金额}, unit: {en: DM, zh: 马克}, type: number, range: [0, 9000], required: true,
    also: [贷款金额]}
  age: {means: {en: age, zh: 年龄}, type: number, range: [18, 90], role: protected, also: [年龄]}
  housing: {means: {en: housing, zh: 住房}, type: category, levels: {rent: [租房], own: [自有]}}
  day: {means: {en: day, zh: 日}, type: datetime, range: ["2020-01-01", "2024-01-01"], role: time, also: [日期]}
  late: {means: {en: late, zh: 晚}, role: known_after_decision, range: [0, 9]}
  risk: {means: {en: risk, zh: 风险}, role: target, levels: {good: ["0", 正常], bad: ["1", 违约]}, also: [结果]}
""".replace("HASH", "a" * 64)
TEMPLATE = """# Loans
data: {source: l.csv, split: {by: time, column: day}}   # newest last
predict: {column: risk, positive: bad}   # good or bad
name: loans

goals:
  - roc_auc >= 0.7           # ranks
  - "recall[bad] >= 0.5"     # finds
  - bundle_mb <= 10

evaluate: {slices: [age, housing]}
train: {time_budget: 1 min}
"""


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room with one recipe; the current folder is the user's."""
    home = tmp_path / "recipes" / "finance" / "loans"
    home.mkdir(parents=True)
    (home / "recipe.yaml").write_text(DESCRIPTION, "utf-8")
    (home / FILE).write_text(TEMPLATE, "utf-8")
    (home / "modelyard.zh-CN.yaml").write_text(TEMPLATE.replace("# Loans", "# 贷款") + "lang: zh\n", "utf-8")
    (home / "README.md").write_text("read me", "utf-8")
    monkeypatch.setattr(recipe, "ROOM", tmp_path / "recipes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(**names: str) -> list[dict[str, Any]]:
    """60 loans; names say how the user calls a column, "" leaves it out."""
    found = []
    for n in range(60):
        bad = n % 3 == 0
        row = {
            "amount": 100 + 37 * n % 900 + 500 * bad,
            "age": 20 + n * 7 % 50,
            "housing": "租房" if n % 2 else "自有",
            "day": f"2023-{1 + n // 5:02d}-{1 + n % 28:02d}",
            "late": int(bad),
            "risk": "违约" if bad else "正常",
        }
        found.append({names.get(name, name): cell for name, cell in row.items() if names.get(name, name)})
    return found


def file_of(found: list[dict[str, Any]], name: str = "mine.csv") -> str:
    with Path(name).open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.DictWriter(sheet, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return name


def test_the_project_speaks_of_the_users_columns(room: Path) -> None:
    data = file_of(rows(amount="贷款金额（元）", age="客户: 年龄", day="日期", risk="结果"))
    adopted = own.write("finance/loans", room / "新" / "p", data, ["客户: 年龄=age"])
    assert [path.name for path in adopted.written] == ["README.md", FILE]
    project = load(room / "新" / "p")
    assert project.data.source == "../../mine.csv"
    assert (project.data.split.by, project.data.split.column) == ("time", "日期")
    assert project.predict[0].column == "结果"
    assert project.predict[0].options == {"positive": "违约"}
    assert [goal.text for goal in project.goals] == ["roc_auc >= 0.7", "recall[违约] >= 0.5", "bundle_mb <= 10"]
    assert project.evaluate.slices == ["客户: 年龄", "housing"]
    roles = {name: (spec.type, spec.role) for name, spec in project.columns.items()}
    assert roles == {
        "贷款金额（元）": ("number", None),
        "客户: 年龄": ("number", "protected"),
        "housing": ("category", None),
        "日期": ("datetime", "time"),
        "late": (None, "known_after_decision"),
    }
    content = (room / "新" / "p" / FILE).read_text("utf-8")
    assert "# ranks" in content and "# newest last" in content, "comments are kept"
    assert "DM" not in content, "the unit is the recipe's, not the user's"


def test_in_chinese(room: Path) -> None:
    messages.use("zh")
    own.write("finance/loans", room / "p", file_of(rows()))
    content = (room / "p" / FILE).read_text("utf-8")
    assert content.startswith("# 贷款\n")
    assert "  amount: number" in content and "# 金额\n" in content
    assert load(room / "p").lang == "zh"


def test_what_the_table_does_not_have_is_left_out(room: Path) -> None:
    adopted = own.write("finance/loans", room / "p", file_of(rows(age="", housing="", day="", late="")))
    project = load(room / "p")
    assert list(project.columns) == ["amount"]
    assert project.data.source == "../mine.csv"
    assert project.data.split.by == "auto"
    assert project.evaluate.slices == []
    assert list(adopted.matching.lacking) == ["age", "housing", "day", "late"]


def test_a_goal_about_a_column_that_is_not_there_goes(room: Path) -> None:
    template = recipe.ROOM / "finance" / "loans" / FILE
    template.write_text(TEMPLATE.replace("  - bundle", '  - "roc_auc[age=*] >= 0.6"   # by age\n  - bundle'), "utf-8")
    own.write("finance/loans", room / "p", file_of(rows(age="")))
    assert "by age" not in (room / "p" / FILE).read_text("utf-8")
    own.write("finance/loans", room / "q", file_of(rows(age="年龄")))
    assert "[年龄=*] >= 0.6" in (room / "q" / FILE).read_text("utf-8")


def test_columns_that_the_recipe_does_not_know_can_be_taken_out(room: Path) -> None:
    data = file_of([{**row, "a: b": n % 4, "branch": "东西"[n % 2]} for n, row in enumerate(rows())])
    adopted = own.write("finance/loans", room / "p", data)
    assert adopted.matching.extra == ("a: b", "branch")
    file = room / "p" / FILE
    content = file.read_text("utf-8")
    assert "branch" not in load(room / "p").columns
    file.write_text(content.replace("#  branch", "  branch").replace("#  'a: b'", "  'a: b'"), "utf-8")
    assert load(room / "p").columns["branch"].role == load(room / "p").columns["a: b"].role == "ignore"


def test_cells_that_do_not_read_are_left_to_inference(room: Path) -> None:
    data = file_of([{**row, "amount": "低中高"[n % 3]} for n, row in enumerate(rows())])
    adopted = own.write("finance/loans", room / "p", data)
    assert not adopted.matching.matches[0].reads
    assert "amount" not in load(room / "p").columns


def test_required_columns_are_asked_for_all_at_once(room: Path) -> None:
    data = file_of(rows(amount="amnt eur", risk="Z"))
    with pytest.raises(DataError) as caught:
        own.write("finance/loans", room / "p", data, ["Z="])
    assert len(caught.value.mistakes) == 2
    first, second = map(str, caught.value.mistakes)
    assert "`amount`" in first and '--map "amnt eur=amount"' in first
    assert "`risk`" in second and "Z" in second
    assert all(len(str(one).splitlines()) <= 12 for one in caught.value.mistakes)
    assert not (room / "p").exists()
    own.write("finance/loans", room / "p", data, ["amnt eur=amount", "Z=risk"])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (["nope=age"], "nope"),
        (["age=aeg"], "did you mean age"),
        (["age"], "MINE=THEIRS"),
        (["=age"], "MINE=THEIRS"),
        (["age=amount", "day=amount"], "one column for `amount`"),
        (["违约=risk[bda]"], "risk[bad]"),
        (["9=risk[bad]"], "a value of the target"),
    ],
)
def test_what_is_told_has_to_hold(room: Path, told: list[str], words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        own.write("finance/loans", room / "p", file_of(rows()), told)
    assert words in str(caught.value)
    assert not (room / "p").exists()


def recoded(**values: str) -> str:
    return file_of([{**row, "risk": values[row["risk"]]} for row in rows()])


@pytest.mark.parametrize(
    ("values", "told", "positive"),
    [
        ({"违约": "1", "正常": "0"}, [], "1"),
        ({"违约": "BAD", "正常": "Good"}, [], "BAD"),
        ({"违约": "bad", "正常": "fine"}, [], "bad"),  # what is left over is the other class
        ({"违约": "坏", "正常": "好"}, ["坏=risk[bad]"], "坏"),
        ({"违约": "2", "正常": "1"}, ["2=risk[bad]", "1=risk[good]"], "2"),  # what is told beats what is known
    ],
)
def test_classes_are_the_users(room: Path, values: dict[str, str], told: list[str], positive: str) -> None:
    own.write("finance/loans", room / "p", recoded(**values), told)
    project = load(room / "p")
    assert str(project.predict[0].options["positive"]) == positive
    assert project.goals[1].label == positive


@pytest.mark.parametrize("values", [{"违约": "A", "正常": "B"}, {"违约": "1", "正常": "bad"}])
def test_classes_that_cannot_be_made_out(room: Path, values: dict[str, str]) -> None:
    with pytest.raises(DataError) as caught:
        own.write("finance/loans", room / "p", recoded(**values))
    assert "--map" in str(caught.value) and "risk[" in str(caught.value)
    assert not (room / "p").exists()


def test_costs_and_decisions_are_about_the_users_classes(room: Path) -> None:
    costs = "costs: {currency: CNY, good: {bad: 1}, bad: {good: 5}}, decisions: {good: accept, bad: decline}"
    template = TEMPLATE.replace("positive: bad}", f"positive: bad, {costs}}}")
    (recipe.ROOM / "finance" / "loans" / FILE).write_text(template, "utf-8")
    own.write("finance/loans", room / "p", file_of(rows()))
    assert load(room / "p").predict[0].options == {
        "positive": "违约",
        "costs": {"currency": "CNY", "正常": {"违约": 1.0}, "违约": {"正常": 5.0}},
        "decisions": {"正常": "accept", "违约": "decline"},
    }


def test_a_third_class_is_refused_and_a_row_without_a_class_is_not(room: Path) -> None:
    for cell in ("待定", ""):
        data = file_of([{**row, "risk": cell if n == 7 else row["risk"]} for n, row in enumerate(rows())])
        if cell:
            with pytest.raises(DataError, match="待定"):
                own.write("finance/loans", room / "p", data)
        else:
            own.write("finance/loans", room / "p", data)


def test_a_file_sorted_by_its_target_is_read_to_its_end(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "LOOKED_AT_ROWS", 10)
    data = file_of(sorted(rows(), key=lambda row: str(row["risk"])))
    own.write("finance/loans", room / "p", data, ["违约=risk[bad]"])
    assert load(room / "p").predict[0].options == {"positive": "违约"}
    with pytest.raises(ProjectError, match="a value of the target"):
        own.write("finance/loans", room / "q", data, ["9=risk[bad]"])


def test_mistakes_in_the_data_leave_nothing_behind(room: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv"):
        own.write("finance/loans", room / "p", "none.csv")
    with pytest.raises(ProjectError, match="did you mean finance/loans"):
        own.write("finance/loan", room / "p", file_of(rows()))
    assert not (room / "p").exists()


def test_nothing_is_overwritten(room: Path) -> None:
    (room / "p").mkdir()
    (room / "p" / FILE).write_text("mine", "utf-8")
    with pytest.raises(StorageError, match="nothing is overwritten"):
        own.write("finance/loans", room / "p", file_of(rows()))
    assert (room / "p" / FILE).read_text("utf-8") == "mine"

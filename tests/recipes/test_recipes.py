"""Every recipe, found by its folder: a contract that is whole, a project in two languages that keeps to it, no code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from modelyard.core import goal_checks, messages, plugins
from modelyard.core.project import FILE, from_values
from modelyard.core.source import parse
from modelyard.prepare import recipe
from modelyard.prepare.contract import Contract

ROOT = Path(__file__).parents[2]
CJK = re.compile("[\u4e00-\u9fff]")
FILES = {FILE, "modelyard.zh-CN.yaml", "README.md", "README.zh-CN.md", "recipe.yaml"}
DEEP = ("finance/credit-risk", "finance/card-default", "telecom/churn", "manufacturing/machine-failure",
        "medicine/heart-disease")  # fmt: skip


def templates(name: str) -> list[str]:
    found = []
    for language in messages.LANGUAGES:
        messages.use(language)
        found.append(recipe.template(name))
    messages.use("en")
    return found


def test_the_five_deep_ones_and_the_light_ones_are_there() -> None:
    assert len(recipe.names()) >= 12
    assert set(DEEP) < set(recipe.names())


def test_a_recipe_is_data_only(name: str) -> None:
    assert {path.name for path in (recipe.ROOM / name).iterdir()} == FILES


def test_both_languages_say_the_same(name: str) -> None:
    english, chinese = (parse(template, FILE).data for template in templates(name))
    for values in (english, chinese):
        values["predict"].pop("decisions", None)  # what decisions are called is said in each language
    assert {**english, "lang": "zh"} == chinese
    assert not CJK.search(templates(name)[0])
    assert CJK.search(templates(name)[1])


def test_the_project_keeps_to_the_contract(name: str, known: Contract, tmp_path: Path) -> None:
    for template in templates(name):
        values = parse(template, FILE).data
        assert "columns" not in values, "they are written from the contract"
        project = from_values(parse(template + recipe.columns_section(known.columns), FILE).data, tmp_path)
        (target,) = project.predict
        assert target.column == known.target
        levels = known.columns[known.target].levels
        assert target.options.get("positive") in (*levels, None)
        assert (len(levels) == 2) == ("positive" in values["predict"]), "of two classes, one is looked for"
        assert set(project.columns) == set(known.columns) - {known.target}
        task = target.task or "classification"
        for goal in project.validated_goals({known.target: task}):
            if goal.label and "=" not in goal.label:
                goal_checks.check_class(goal, list(levels))
        assert set(project.evaluate.slices) <= set(known.columns)
        sources = [project.data.source, *filter(None, [project.data.test])]
        assert sources == list(known.data.files)


def test_what_init_has_to_rename_stands_in_lines_of_its_own(name: str) -> None:
    for template in templates(name):
        root = {key.value: value for key, value in yaml.compose(template).value}
        assert all(item.start_mark.line == item.end_mark.line for item in root["goals"].value)
        lines = [item.start_mark.line for item in root["goals"].value]
        assert len(set(lines)) == len(lines)
        for key in {"data", "predict", "evaluate"} & set(root):
            assert isinstance(root[key], yaml.ScalarNode) or root[key].flow_style


def test_the_contract_says_what_a_person_needs(name: str, known: Contract) -> None:
    for pair in (known.title, known.purpose, *(part.means for part in known.columns.values())):
        assert pair[0] and not CJK.search(pair[0])
        assert CJK.search(pair[1])
    inputs = [part for part in known.columns.values() if part.role == "input"]
    assert len(inputs) >= 6 or any(part.type == "text" for part in inputs), "a text says much by itself"
    assert sum(bool(CJK.search(" ".join(part.also))) for part in known.columns.values()) >= 0.9 * len(known.columns)
    if name in DEEP:
        assert any(part.required for part in inputs)
        assert sum(len(part.also) for part in known.columns.values()) >= 4 * len(known.columns)
    for part in known.columns.values():
        if part.monotone:
            assert part.type in ("number", "boolean")
        if part.range is not None:
            assert part.range[0] < part.range[1]


def test_the_recipes_show_every_role_that_a_table_may_need() -> None:
    parts = [part for name in recipe.names() for part in recipe.contract(name).columns.values()]
    assert {part.role for part in parts} >= {
        "input", "target", "key", "time", "group", "weight", "protected", "known_after_decision", "ignore",
    }  # fmt: skip
    assert {part.type for part in parts} >= {"number", "category", "boolean"} <= set(plugins.names("modalities"))
    assert {part.monotone for part in parts} == {"", "up", "down"}


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_tells_the_whole_story(name: str, known: Contract, readme: str) -> None:
    content = (recipe.ROOM / name / readme).read_text("utf-8")
    assert f"--recipe {name} --data" in content
    assert known.title[readme != "README.md"] in content.splitlines()[0]
    rows = sum(origin.rows for file in known.data.files for origin in known.data.origins(file))
    assert f"{rows:,}" in content.replace("，", ",")
    for column, part in known.columns.items():
        if part.role in ("protected", "known_after_decision", "weight", "time") and not part.own:
            assert f"`{column}`" in content, f"{part.role} is worth a word"
    assert all(line.startswith(("|", "modelyard", "    ")) or len(line) <= 180 for line in content.splitlines())


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_what_was_measured_is_about_these_goals(name: str, readme: str) -> None:
    """Whoever changes a goal runs `benchmarks/recipes.py --readme yes` again."""
    measured = json.loads((ROOT / "benchmarks" / "results" / "recipes.json").read_text("utf-8"))["recipes"][name][
        "goals"
    ]
    assert [goal["goal"] for goal in measured] == parse(templates(name)[0], FILE).data["goals"]
    content = (recipe.ROOM / name / readme).read_text("utf-8")
    assert all(f"| `{goal['goal']}` |" in content for goal in measured if goal["target"])
    assert not any(goal["outcome"] == "not met" for goal in measured if goal["target"])

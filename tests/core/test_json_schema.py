"""The JSON Schema: sound by itself, and of one mind with what validates the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import plugins
from modelyard.core.errors import ProjectError
from modelyard.core.json_schema import json_schema
from modelyard.core.project import file_model, from_values
from modelyard.core.source import parse

NOTES = {"title", "description", "default", "format", "$schema", "$defs", "examples"}
RULES = {
    "type", "enum", "const", "properties", "additionalProperties", "required", "items", "anyOf", "allOf", "$ref",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "minLength",
    "pattern",
}  # fmt: skip
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip
SCHEMA = json_schema()
DESIGN = """
version: 1
name: german-credit
data: german.csv
predict: risk
goals: [roc_auc >= 0.80, "recall[bad] >= 0.9", latency_p99_ms <= 5, bundle_mb <= 10]
columns:
  purpose: category
  note: {type: category, max_levels: 9}
  sex: {role: protected}
train: {method: auto, time_budget: 5 min, seed: 0}
lang: zh
"""


def part(schema: Any) -> dict[str, Any]:
    """What a schema says after its references are followed."""
    if "$ref" in schema:
        return part(
            {
                **SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")],
                **{k: v for k, v in schema.items() if k != "$ref"},
            }
        )
    return schema  # type: ignore[no-any-return]


def fits(value: Any, schema: Any) -> bool:
    """Whether a value is what a schema describes; written out by hand, for the rules that our schema uses."""
    rules = part(schema)
    if "anyOf" in rules and not any(fits(value, each) for each in rules["anyOf"]):
        return False
    if "type" in rules and (
        not isinstance(value, TYPES[rules["type"]]) or (isinstance(value, bool) and rules["type"] != "boolean")
    ):
        return False
    if "pattern" in rules and not re.search(rules["pattern"], value):
        return False
    if value not in rules.get("enum", [value]) or value != rules.get("const", value):
        return False
    if isinstance(value, dict):
        return fits_mapping(value, rules)
    if isinstance(value, list):
        enough = rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value))
        return enough and all(fits(item, rules.get("items", {})) for item in value)
    return not isinstance(value, int | float) or in_bounds(value, rules)


def fits_mapping(value: dict[str, Any], rules: dict[str, Any]) -> bool:
    known, others = rules.get("properties", {}), rules.get("additionalProperties", True)
    if not set(rules.get("required", [])) <= set(value):
        return False
    return all(
        fits(item, known[key]) if key in known else others is not False and (others is True or fits(item, others))
        for key, item in value.items()
    )


def in_bounds(value: float, rules: dict[str, Any]) -> bool:
    return (
        rules.get("minimum", value) <= value <= rules.get("maximum", value)
        and not value <= rules.get("exclusiveMinimum", value - 1)
        and not value >= rules.get("exclusiveMaximum", value + 1)
    )


def parts(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with its place."""
    yield place, schema
    for name in ("properties", "$defs"):
        for key, inner in schema.get(name, {}).items():
            yield from parts(inner, f"{place}/{name}/{key}")
    for number, inner in enumerate([*schema.get("anyOf", []), *schema.get("allOf", [])]):
        yield from parts(inner, f"{place}/{number}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name], f"{place}/{name}")


def accepted(values: dict[str, Any], folder: Path) -> bool:
    """Whether the program itself takes these values."""
    try:
        from_values(values, folder)
    except ProjectError:
        return False
    return True


# ------------------------------------------------------------------------------ by itself
def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"].startswith("https://json-schema.org/")
    assert SCHEMA["title"] == "modelyard.yaml"


def test_it_uses_known_words_only_and_each_in_its_form() -> None:
    for place, schema in parts(SCHEMA):
        assert set(schema) <= NOTES | RULES, place
        assert schema.get("type", "object") in TYPES, place
        assert isinstance(schema.get("required", []), list), place
        assert all(isinstance(schema.get(word, []), list) for word in ("enum", "anyOf")), place
        assert set(schema.get("required", [])) <= set(schema.get("properties", {})), place


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    led = {schema["$ref"].removeprefix("#/$defs/") for _, schema in parts(SCHEMA) if "$ref" in schema}
    assert led == set(SCHEMA["$defs"])


def test_no_mapping_takes_unknown_keys() -> None:
    open_ones = [
        place
        for place, schema in parts(SCHEMA)
        if "properties" in schema and schema.get("additionalProperties") is not False
    ]
    assert open_ones == []


def test_every_default_fits_its_own_schema() -> None:
    unfit = [place for place, schema in parts(SCHEMA) if "default" in schema and not fits(schema["default"], schema)]
    assert unfit == []


def test_every_key_is_explained() -> None:
    silent = [
        place
        for place, schema in parts(SCHEMA)
        if "/properties/" in place and place.rpartition("/properties/")[2].count("/") == 0
        and not schema.get("description") and "$ref" not in schema and "anyOf" not in schema
    ]  # fmt: skip
    assert silent == []


# --------------------------------------------------------------------- with the program
VALID = {
    "the design's example": DESIGN,
    "two lines": "data: a.csv\npredict: y\n",
    "lists": "data: [a.csv, b.csv]\npredict: [y, {column: z, task: regression}]\n",
    "long": "data: {source: [a], split: {by: time, column: t}}\npredict: {columns: [a, b], task: multilabel}\n",
    "methods": "data: a\npredict: y\ntrain: {method: [linear, trees], time_budget: 60.5, trees: {rounds: 10}}\n",
    "one goal": "data: a\npredict: y\ngoals: roc_auc >= 0.8\n",
    "an empty column": "data: a\npredict: y\ncolumns: {a: , b: number}\n",
    "options": "data: a\npredict: y\ncolumns: {a: {type: number, missing: [-999, x], decimal: comma}}\n",
    "any name": "data: a\npredict: 列\ncolumns: {类型: {type: category}, type: {role: key}}\n",
}
INVALID = {
    "nothing": "{}",
    "no target": "data: a\n",
    "empty list of targets": "data: a\npredict: []\n",
    "unknown key": "data: a\npredict: y\ncolour: red\n",
    "unknown key inside": "data: a\npredict: y\ntrain: {trees: {roundz: 5}}\n",
    "wrong type": "data: a\npredict: y\ntrain: {seed: x}\n",
    "out of bounds": "data: a\npredict: y\nevaluate: {confidence: 2}\n",
    "unknown method": "data: a\npredict: y\ntrain: {method: treees}\n",
    "auto among methods": "data: a\npredict: y\ntrain: {method: [auto, trees]}\n",
    "unknown type": "data: a\npredict: y\ncolumns: {a: nummber}\n",
    "unknown type, long": "data: a\npredict: y\ncolumns: {a: {type: nummber}}\n",
    "unknown role": "data: a\npredict: y\ncolumns: {a: {role: wight}}\n",
    "unknown task": "data: a\npredict: {column: y, task: clasification}\n",
    "no time": "data: a\npredict: y\ntrain: {time_budget: -5}\n",
    "other version": "data: a\npredict: y\nversion: 2\n",
    "other language": "data: a\npredict: y\nlang: fr\n",
    "option out of bounds": "data: a\npredict: y\ncolumns: {a: {type: category, max_levels: 0}}\n",
}


@pytest.mark.parametrize("name", VALID)
def test_what_the_schema_accepts_the_program_takes(name: str, tmp_path: Path) -> None:
    values = parse(VALID[name], "x").data
    assert fits(values, SCHEMA)
    assert accepted(values, tmp_path)


@pytest.mark.parametrize("name", INVALID)
def test_what_the_schema_refuses_the_program_refuses(name: str, tmp_path: Path) -> None:
    values = parse(INVALID[name], "x").data
    assert not fits(values, SCHEMA)
    assert not accepted(values, tmp_path)


def test_what_is_filled_in_fits(tmp_path: Path) -> None:
    for content in VALID.values():
        found = from_values(parse(content, "x").data, tmp_path)
        assert fits(parse(found.filled(), "x").data, SCHEMA), content


# ------------------------------------------------------------- every option can be reached
def examples(schema: Any) -> Iterator[Any]:
    """Values that a schema accepts, its default last."""
    rules = part(schema)
    for each in rules.get("anyOf", []):
        yield from examples(each)
    yield from rules.get("enum", [])
    low = rules.get("minimum", rules.get("exclusiveMinimum", 0))
    kinds = {"integer": low + 1, "number": low + 0.25, "string": "1 min", "boolean": True}
    if rules.get("type") in kinds:
        yield kinds[rules["type"]]
    if rules.get("type") == "array":
        yield [next(examples(rules.get("items", {})), "a")]
    if isinstance(rules.get("additionalProperties"), dict):
        yield {"a": next(examples(rules["additionalProperties"]))}
    if "default" in rules:
        yield rules["default"]


def options_of(room: str) -> list[tuple[str, str, Any]]:
    """Plug-in, option and the option's schema, for every plug-in of a room."""
    return [
        (name, option, schema)
        for name in plugins.names(room)
        for option, schema in plugins.part(room, name, "options")
        .Options.model_json_schema()
        .get("properties", {})
        .items()
    ]


def reached(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values as the program understood them."""
    return parse(from_values(values, folder).filled(), "x").data


WRITTEN = {
    "endpoint": "https://llm.example/v1",
    "key": "${KEY}",
    "price_per_1000_tokens": {"input": 1.0, "output": 2.0, "currency": "CNY"},
    "template": "About {}",
}
"""Values of options that a schema's pattern gives no example of."""
WITH_A_FILE = "import"  # its options need a model on the disk; tests/test_options.py has them


@pytest.mark.parametrize(
    ("name", "option", "schema"),
    [one for one in options_of("methods") if one[0] != WITH_A_FILE],
    ids=lambda value: str(value)[:20],
)
def test_every_option_of_a_method_is_reached(name: str, option: str, schema: Any, tmp_path: Path) -> None:
    default = plugins.part("methods", name, "options").Options().model_dump(mode="json")[option]
    taken = [
        value
        for value in ([WRITTEN[option]] if option in WRITTEN else examples(schema))
        if value != default
        and accepted(values := {"data": "a", "predict": "y", "train": {name: {option: value}}}, tmp_path)
        and reached(values, tmp_path)["train"][name][option] == value
    ]
    assert taken, f"no other value of {option} than its default {default} gets through"


@pytest.mark.parametrize(("name", "option", "schema"), options_of("modalities"), ids=lambda value: str(value)[:20])
def test_every_option_of_a_modality_is_reached(name: str, option: str, schema: Any, tmp_path: Path) -> None:
    value = next(value for value in examples(schema) if value is not None)
    found = from_values({"data": "a", "predict": "y", "columns": {"a": {"type": name, option: value}}}, tmp_path)
    assert found.columns["a"].options == {option: value}


@pytest.mark.parametrize(("name", "option", "schema"), options_of("tasks"), ids=lambda value: str(value)[:20])
def test_every_option_of_a_task_is_reached(name: str, option: str, schema: Any, tmp_path: Path) -> None:
    value = next(value for value in examples(schema) if value is not None)
    found = from_values({"data": "a", "predict": {"column": "y", "task": name, option: value}}, tmp_path)
    assert found.predict[0].options == {option: value}


def test_the_schema_knows_every_key_of_the_program() -> None:
    assert set(SCHEMA["properties"]) == set(file_model().model_fields)
    assert set(plugins.names("methods")) <= set(SCHEMA["$defs"]["Train"]["properties"])
    for room, definition in (("modalities", "ColumnSpec"), ("tasks", "Predict")):
        assert {option for _, option, _ in options_of(room)} <= set(SCHEMA["$defs"][definition]["properties"])

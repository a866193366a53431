"""What a request has to hold, read off a bundle."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from modelyard.core import plugins
from modelyard.core.errors import RequestError
from modelyard.core.schema import Column
from modelyard.serve import body, fields


def test_every_modality_says_which_json_it_takes() -> None:
    for name in plugins.names("modalities"):
        types = plugins.part("modalities", name, "preprocess").JSON
        assert types
        assert set(types) <= set(fields.PYTHON_TYPES)


def test_a_modality_that_does_not_say_takes_any_scalar(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "part", lambda *_: SimpleNamespace())
    assert fields.fields(stub)[0].types == ("number", "string", "boolean", "null")


def test_types_of_each_column(stub: Any) -> None:
    types = {field.name: field.types for field in fields.fields(stub)}
    assert types["age"] == ("number", "null")
    assert types["城市"][0] == "string"
    assert types["member"][0] == "boolean"
    assert types["since"][0] == "string"


def test_a_number_that_the_data_spell_may_be_sent_as_text(stub: Any) -> None:
    column = next(column for column in stub.inputs if column.name == "age")
    column.options["text"] = True
    row = fields.fields(stub)
    assert row[0].types == ("number", "string", "null")
    body.check([{**fields.example(row), "age": "35岁"}], row)
    column.options["text"] = False
    with pytest.raises(RequestError):
        body.check([{**fields.example(row), "age": "35"}], fields.fields(stub))


def test_description(stub: Any) -> None:
    row = fields.fields(stub)
    described = fields.describe(stub, row)
    inputs = {column["name"]: column for column in described["inputs"]}
    assert inputs["age"]["usual"] == [20.0, 60.0]
    assert inputs["城市"]["levels"] == ["上海", "München"]
    assert inputs["since"]["usual"] == ["1970-01-01T00:00:00", "2001-09-09T01:46:40"]
    assert described["targets"] == [{"name": "信用", "task": "classification"}]
    assert described["bundle"] == stub.id


def test_the_example_can_be_sent_as_it_stands(stub: Any) -> None:
    row = fields.fields(stub)
    rows = body.parse(msgspec.json.encode(fields.describe(stub, row)["example"]))
    body.check(rows, row)
    assert rows == [{"age": 35.0, "城市": "上海", "member": "false", "since": "1970-01-02T00:00:00"}]


def test_a_bundle_without_profile_has_an_example_of_nulls(stub: Any) -> None:
    (stub.path / "profile.json").unlink()
    row = fields.fields(stub)
    assert set(fields.example(row).values()) == {None}
    body.check([fields.example(row)], row)
    assert "levels" not in row[1].describe()


def test_a_text_is_described_by_its_length_and_shown_by_an_invented_one(stub: Any) -> None:
    path = stub.path / "profile.json"
    profile = json.loads(path.read_text("utf-8"))
    profile["inputs"]["城市"] = {"kind": "text", "edges": [12.0, 80.0, 300.0], "counts": [1, 2, 2, 1], "missing": 0}
    path.write_text(json.dumps(profile), "utf-8")
    stub.inputs = tuple(Column(one.name, "text") if one.name == "城市" else one for one in stub.inputs)
    row = {field.name: field for field in fields.fields(stub)}
    assert row["城市"].describe()["usual"] == [12.0, 300.0]
    assert row["城市"].types == ("string", "number", "null")
    assert row["城市"].example() == plugins.part("modalities", "text", "preprocess").EXAMPLES[0]
    body.check([fields.example(tuple(row.values()))], tuple(row.values()))


def test_a_column_without_any_value_in_training(stub: Any) -> None:
    empty = fields.Field(
        "leer", "number", ("number", "null"), frozenset(), {"kind": "number", "edges": [], "counts": [0]}
    )
    assert empty.example() is None
    assert "usual" not in empty.describe()

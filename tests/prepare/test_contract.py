"""What a `recipe.yaml` may say, and what it says of a column in a project file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from modelyard.core import messages
from modelyard.prepare.contract import Contract, Part, described, plain, read

MEANS = {"en": "age", "zh": "年龄"}
NUMBER = {"means": MEANS, "type": "number", "range": [0, 9]}
TARGET = {"means": MEANS, "role": "target", "levels": {"no": [], "yes": ["1"]}}


def contract(**columns: Any) -> Contract:
    data = {"files": {"a.csv": {"mirror": "a/a.csv", "sha256": "0" * 64, "rows": 3}}, "source": "s", "licence": "l"}
    values = {"title": MEANS, "purpose": MEANS, "data": data, "columns": {"y": TARGET, **columns}}
    return Contract.model_validate(values)


def test_a_column_says_only_what_a_project_file_needs() -> None:
    assert Part.model_validate(NUMBER).spec == {"type": "number"}
    more = {**NUMBER, "role": "protected", "missing": [0, "?"]}
    assert Part.model_validate(more).spec == {"type": "number", "role": "protected", "missing": [0, "?"]}
    assert Part.model_validate({**NUMBER, "monotone": "up"}).spec == {"type": "number", "monotone": "up"}
    assert Part.model_validate({"means": MEANS, "role": "key"}).spec == {"role": "key"}
    assert Part.model_validate(TARGET).spec == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "key", "type": "number"},  # nobody reads a key
        {"range": [0, 1]},  # an input has a type
        {"type": "numbr", "range": [0, 1]},
        {"type": "number"},  # no range
        {"type": "category", "codes": {"1": "a"}, "levels": {"b": []}},
        {"type": "number", "range": [0, 1], "unknown": 1},
        {"type": "number", "range": [0, 1], "means": {"en": "age"}},
        {"type": "number", "range": [0, 1], "monotone": "sideways"},
    ],
)
def test_what_a_column_may_not_say(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Part.model_validate({"means": MEANS, **wrong})


def test_there_is_one_target() -> None:
    assert contract(x=NUMBER).target == "y"
    with pytest.raises(ValidationError, match="one column has to be the target"):
        contract(x=NUMBER, z=TARGET)


def test_a_name_stands_for_one_column() -> None:
    known = contract(x={**NUMBER, "also": ["Age (years)", "年龄", "X"]})
    assert known.names == {"y": "y", "x": "x", "ageyears": "x", "年龄": "x"}
    with pytest.raises(ValidationError, match="stands for two columns"):
        contract(x={**NUMBER, "also": ["Z_1"]}, z1=NUMBER)


def test_names_are_compared_without_what_people_write_differently() -> None:
    assert plain("Monthly_Charges") == plain("monthlyCharges") == plain("ＭＯＮＴＨＬＹ charges") == "monthlycharges"
    assert plain("年龄（岁）") == plain("年龄 岁")
    assert plain(" ? ") == "?"


def test_what_a_column_means_with_its_unit() -> None:
    part = Part.model_validate({**NUMBER, "unit": {"en": "years", "zh": "岁"}})
    assert described(part) == "age (years)"
    messages.use("zh")
    assert described(part) == "年龄（岁）"
    assert described(Part.model_validate(NUMBER)) == "年龄"


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "title: {en: t, zh: 题}\npurpose: {en: p, zh: 用}\n"
        "data: {files: {a.csv: {package: scikit-learn, dataset: iris, rows: 150}}, source: s, licence: l}\n"
        "columns: {y: {means: {en: y, zh: 是}, role: target, levels: {no: [n], yes: [y]}}}\n",
        "utf-8",
    )
    assert list(read(tmp_path).columns["y"].levels) == ["no", "yes"]

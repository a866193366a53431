"""Columns as plain data, and roles that are explained in both languages."""

from __future__ import annotations

import json

import pytest

from modelyard.core.schema import ROLE_MEANINGS, ROLES, Column

COLUMNS = [
    Column("年龄", "number"),
    Column("风险", "category", "target", {"max_levels": 4, "missing": [-999.0, "无"]}),
    Column("id", "", "ignore", reason=("prepare.because_id", {"distinct": 3})),
    Column("age", "number", monotone="up"),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_survives_json(column: Column) -> None:
    assert Column.from_json(json.loads(json.dumps(column.to_json()))) == column


def test_from_json_takes_what_an_older_version_left_out() -> None:
    assert Column.from_json({"name": "a", "modality": "number"}) == Column("a", "number")


def test_options_are_not_shared_between_columns() -> None:
    assert Column("a", "number").options is not Column("b", "number").options


def test_every_role_is_explained_in_both_languages() -> None:
    assert tuple(ROLE_MEANINGS) == ROLES
    assert all(english and chinese and english != chinese for english, chinese in ROLE_MEANINGS.values())

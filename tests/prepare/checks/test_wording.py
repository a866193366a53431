"""Lists stay short, and what can be pasted is the YAML that it looks like."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelyard.prepare.checks.wording import listed, pasted


def test_long_lists_of_columns_stay_short() -> None:
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"c{n}" for n in range(5000)]) == "c0, c1, c2, c3, c4 … (5,000)"


@pytest.mark.parametrize(
    "name",
    [
        "age",
        "城市",
        "a b",
        "a: b",
        "{x}",
        "yes",
        "12",
        "-",
        "it's",
        'say "hi"',
        "a, b",
        "#1",
        "null",
        "line\nbreak",
        "x" * 300,
    ],
)
def test_a_pasted_line_says_the_same_when_it_is_read(name: str) -> None:
    values: dict[str, Any] = {"columns": {name: {"role": "input", "missing": [-999]}}}
    line = pasted(values)
    assert "\n" not in line
    assert line.startswith(("columns: {", '"columns": {'))
    assert yaml.safe_load(line) == values

"""Words of notes: lists that stay short, and lines that can be pasted into the project file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

_LISTED = 5


def listed(names: Sequence[str]) -> str:
    """`a, b, c … (12)`: thousands of columns in one line, in any language."""
    more = f" … ({len(names):,})" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def pasted(values: dict[str, Any]) -> str:
    """One line of YAML: `columns: {age: {role: ignore}}`."""
    line = yaml.safe_dump(values, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False).strip()
    return (json.dumps(values, ensure_ascii=False) if "\n" in line or "{? " in line else line)[1:-1]

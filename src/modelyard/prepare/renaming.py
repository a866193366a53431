"""A recipe's project file with the user's names in the place of the recipe's, every comment kept.

What is renamed stands in one line each (a test reads every recipe for that), so that nothing else has to move.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from modelyard.core.project import FILE
from modelyard.core.source import parse
from modelyard.prepare.draft import inline

OUTSIDE = "outside_"
"""What goals begin with that only rows outside can decide."""
_BRACKETS = re.compile(r"\[([^\[\]]+)\]")  # of recall[bad], roc_auc[sex=*]


def renamed(template: str, data: str, mine: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The project file of a recipe for a table of the user's.

    Args:
        template: The recipe's own, without `columns:`.
        data: What holds the user's rows, as the file has to name it.
        mine: Column of the contract -> the user's, of those that were found.
        labels: Class of the contract -> the user's.
    """
    composed: Any = yaml.compose(template)
    root = {key.value: value for key, value in composed.value}
    values = parse(template, FILE).data
    edits = [(root["data"], _data(values["data"], data, mine)), (root["predict"], _predict(values, mine, labels))]
    if "evaluate" in values:
        slices = [mine[name] for name in values["evaluate"]["slices"] if name in mine]
        edits.append((root["evaluate"], {**values["evaluate"], "slices": slices}))
    goals = root["goals"].value if "goals" in root else ()
    lost = values["predict"].get("outside") not in (None, *labels)
    edits += [(node, None if lost and OUTSIDE in node.value else _goal(node.value, mine, labels)) for node in goals]
    return _edited(template, edits)


def _data(value: Any, source: str, mine: Mapping[str, str]) -> Any:
    """`data:` with the user's file; a split goes on where its column is known."""
    split = dict(value.get("split", {})) if isinstance(value, dict) else {}
    if "column" in split:
        split = {**split, "column": mine[split["column"]]} if split["column"] in mine else {}
    return {"source": source, "split": split} if split else source


def _predict(values: Mapping[str, Any], mine: Mapping[str, str], labels: Mapping[str, str]) -> Any:
    """`predict:` about the user's column and classes, which also name costs and decisions."""
    told = {key: _relabelled(value, labels) for key, value in values["predict"].items()}
    told["column"] = mine[values["predict"]["column"]]
    if "positive" in told:
        told["positive"] = labels[told["positive"]]
    if "outside" in told:  # without such rows, what is unlike the others is still turned away
        outside = told.pop("outside")
        told |= {"outside": labels[outside]} if outside in labels else {"outside_loss": told.get("outside_loss", 0.05)}
    return told


def _relabelled(value: Any, labels: Mapping[str, str]) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {labels.get(key, key): _relabelled(inner, labels) for key, inner in value.items()}


def _goal(goal: str, mine: Mapping[str, str], labels: Mapping[str, str]) -> str | None:
    """A goal about the user's columns and classes; None when it is about a column that they do not have.

    `[sex=*]` names a column, `[bad]` a class, even where a column has the same name.
    """
    whole = True

    def replaced(found: re.Match[str]) -> str:
        nonlocal whole
        name, equals, rest = found[1].partition("=")
        renames = mine if equals else labels
        whole = whole and name in renames
        return f"[{renames.get(name, name)}{equals}{rest}]"

    written = _BRACKETS.sub(replaced, goal)
    return written if whole else None


def _edited(template: str, edits: Sequence[tuple[yaml.Node, Any]]) -> str:
    """The text with values in the place of YAML nodes that stand in one line; a line whose value is None goes."""
    for node, value in sorted(edits, key=lambda edit: -edit[0].start_mark.index):
        start, end = node.start_mark.index, node.end_mark.index
        if value is None:
            start = template.rindex("\n", 0, start) + 1
            end = template.index("\n", end) + 1
        template = template[:start] + ("" if value is None else inline(value)) + template[end:]
    return template

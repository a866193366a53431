"""Classes: cells -> codes. A class is a text; `state` is {"labels": [...], "positive": code or None}.

A label that `outside:` names is no class: its rows have the code `OUTSIDE`, and `state` has "outside": {"label",
"learnt"} besides. Where training rows have it, scores have one column more, the last, for "none of the classes".

Of two classes the positive one has code 1. It is the one that `positive:` names, else the greater of two numbers, else
the one of `YES`, else the last in order. More classes are in order: by value when all are numbers, else by text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells
from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.plugins import nearest
from modelyard.core.protocols import Array, Sample, State, Target

YES = frozenset({"1", "true", "t", "yes", "y", "positive", "pos", "+", "是", "有", "真", "对", "阳性"})
"""Classes that mean yes, in small letters."""
MANY = 20
"""More classes than this, and than half of the rows: the column names its rows rather than classes."""
FEW = 200
"""Labelled rows below which classes count that are described and that no row shows."""
OUTSIDE = -2
"""Code of rows that belong to none of the classes."""
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0*")


def claim(samples: Sequence[Sample]) -> float:
    """Any one column can be classes; tasks that know better claim more."""
    return 0.6 if len(samples) == 1 else 0.0


def read(columns: Mapping[str, Array], options: Mapping[str, Any]) -> Target:
    """Cells -> int64 codes [rows], -1 where missing.

    Raises:
        DataError: Several columns, all missing, one class, or nearly as many classes as rows.
        ProjectError: `positive` is no class, or there are more than two; or no row has the label `outside`.
    """
    name, labels = _labels(columns)
    found = {*labels} - {""}
    outside = _outside(found, options.get("outside"))
    _check(name, found - {outside}, sum(label not in ("", outside) for label in labels))
    return _target(labels, found - {outside}, outside, options)


def read_described(columns: Mapping[str, Array], options: Mapping[str, Any], described: Sequence[str]) -> Target:
    """The same where a project describes its classes: while labels are few, one that no row shows counts as well.

    It does only where every class that rows do show is described: else a description is probably spelt wrong.

    Raises:
        DataError, ProjectError: As `read`.
    """
    _, labels = _labels(columns)
    found = {*labels} - {""}
    codes = {name: code_of(name, _ordered(found)) for name in described}
    classes = found | {_label(name) for name, code in codes.items() if code is None}
    outside = _outside(classes, options.get("outside"))
    undescribed = len({*codes.values()} - {None}) < len(found)
    if undescribed or len(classes - {outside}) < 2 or sum(label != "" for label in labels) >= FEW:
        return read(columns, options)
    return _target(labels, classes - {outside}, outside, options)


def _labels(columns: Mapping[str, Array]) -> tuple[str, list[str]]:
    """The name of the one column, and the class that each cell names, "" where it is missing."""
    if len(columns) != 1:
        got = text("tasks.several_columns", count=len(columns))
        raise _error(", ".join(columns), got, text("tasks.expected_one_column"))
    ((name, values),) = columns.items()
    return name, list(cells.read(values, cells.MISSING_WORDS, _label, "")[0])


def _target(labels: Sequence[str], classes: Collection[str], outside: str, options: Mapping[str, Any]) -> Target:
    state = _state(_ordered(classes), options.get("positive"))
    codes = {label: code for code, label in enumerate(state["labels"])}
    if outside:
        state["outside"] = {"label": outside, "learnt": True}
        codes[outside] = OUTSIDE
    return Target(_codes(labels, codes.get), state)


def reread(columns: Mapping[str, Array], state: State) -> Array:
    """Codes of a later file; it may spell a class in another way: 1.0 for 1, True for true."""
    (values,) = columns.values()
    labels, _ = cells.read(values, cells.MISSING_WORDS, _label, "")
    code_of_label = _finder([*state["labels"], *([state["outside"]["label"]] if "outside" in state else [])])
    codes = _codes(labels, code_of_label)
    return np.where(codes == len(state["labels"]), OUTSIDE, codes)


def fit(y: Array, state: State) -> State:
    """Whether the training rows show what is outside."""
    if "outside" not in state:
        return dict(state)
    return {**state, "outside": {**state["outside"], "learnt": bool((y == OUTSIDE).any())}}


def encode(y: Array, state: State) -> Array:
    """int64 codes [rows]; rows outside have the one after the last class."""
    return np.asarray(np.where(y == OUTSIDE, len(state["labels"]), y), np.int64)


def known(y: Array, state: State | None = None) -> NDArray[np.bool_]:
    """Rows with a class, and rows outside, unless nothing was learnt of them."""
    outside = (y == OUTSIDE) if state is None or learns_outside(state) else False
    return np.asarray((y >= 0) | outside)


def within(y: Array) -> NDArray[np.bool_]:
    """Rows with a class."""
    return np.asarray(y >= 0)


def width(state: State) -> int:
    """One logit for two classes, else one per class; and one for what is outside, where that was learnt."""
    classes = len(state["labels"])
    if learns_outside(state):
        return classes + 1
    return 1 if classes == 2 else classes


def learns_outside(state: State) -> bool:
    """Whether scores have a last column for rows outside."""
    return bool(state.get("outside", {}).get("learnt"))


def _label(cell: Any) -> str:
    """The class that a cell names: whole numbers without a point, so that 1, 1.0 and "1.0" are one class."""
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating) and cell.is_integer():
        return str(int(cell))
    written = cells.writable(str(cell))
    whole = _WHOLE.fullmatch(written)
    return whole[1] if whole else written


def _codes(labels: Sequence[str], code_of: Callable[[str], int | None]) -> NDArray[np.int64]:
    codes = {label: code_of(label) for label in {*labels}}
    known_codes = {label: -1 if code is None else code for label, code in codes.items()}
    return np.fromiter((known_codes[label] for label in labels), np.int64, len(labels))


def _finder(labels: Sequence[str]) -> Callable[[str], int | None]:
    """Finds the code of a class by its text, else by its number, else by its text in any case."""
    exact = {label: code for code, label in enumerate(labels)}
    numbers = {_number(label): code for label, code in exact.items() if _number(label) is not None}
    folded = {label.casefold(): code for label, code in exact.items()}
    if len(folded) < len(labels):
        folded = {}

    def find(label: str) -> int | None:
        return exact.get(label, numbers.get(_number(label), folded.get(label.casefold())))

    return find


def code_of(name: Any, labels: Sequence[str]) -> int | None:
    """The code of the class that a name in the project file means; None when there is none.

    YAML reads an unquoted yes as true: it stands for the class that means it.
    """
    code = _finder(labels)(_label(name))
    truth = {"true": True, "false": False}.get(name, name) if isinstance(name, str) else name
    if code is None and isinstance(truth, bool) and len(labels) == 2:
        yes = _meaning_yes(labels)
        code = yes if yes is None or truth else 1 - yes
    return code


def _meaning_yes(labels: Sequence[str]) -> int | None:
    """The code of the one class of two that means yes: of two numbers, 1 does so only where it is the greater."""
    found = [code for code, label in enumerate(labels) if label.casefold() in YES]
    if len(found) != 1:
        return None
    own, other = _number(labels[found[0]]), _number(labels[1 - found[0]])
    return None if own is not None and other is not None and own < other else found[0]


def _number(label: str) -> float | None:
    number = cells.number(label)
    return number if number is not None and math.isfinite(number) else None


def _ordered(labels: Collection[str]) -> list[str]:
    numbers = {label: _number(label) for label in labels}
    return (
        sorted(labels, key=lambda label: (numbers[label] or 0.0, label))
        if None not in numbers.values()
        else sorted(labels)
    )


def _state(labels: list[str], wanted: Any) -> State:
    """The classes with the positive one last, if there are two."""
    if len(labels) != 2:
        if wanted is not None:
            raise _no_positive(wanted, text("tasks.expected_two_classes", count=len(labels)))
        return {"labels": labels, "positive": None}
    positive = _default_positive(labels) if wanted is None else _positive(labels, wanted)
    return {"labels": [labels[1 - positive], labels[positive]], "positive": 1}


def _default_positive(labels: list[str]) -> int:
    yes = _meaning_yes(labels)
    return 1 if yes is None else yes


def _positive(labels: list[str], wanted: Any) -> int:
    """The class that `positive:` names."""
    code = code_of(wanted, labels)
    if code is None:
        expected = text("tasks.expected_class", names=", ".join(labels))
        raise _no_positive(wanted, expected, nearest(str(wanted), labels))
    return code


def _outside(found: Collection[str], wanted: Any) -> str:
    """The label that `outside:` names, "" where it names none."""
    if wanted is None:
        return ""
    labels = _ordered(found)
    code = code_of(wanted, labels)
    if code is None:
        got = text("tasks.no_outside", label=_label(wanted))
        near = nearest(_label(wanted), labels)
        fix = near or text("tasks.fix_outside")
        raise ProjectError(Mistake(text("tasks.place_outside"), got, text("tasks.expected_outside"), fix))
    return labels[code]


def _check(name: str, labels: Collection[str], rows: int) -> None:
    """Refuse what cannot be learnt."""
    if not labels:
        raise _error(name, text("tasks.all_missing"), text("tasks.expected_known_cells"), text("tasks.fix_all_missing"))
    if len(labels) == 1:
        got = text("tasks.one_class", label=next(iter(labels)))
        raise _error(name, got, text("tasks.expected_classes"), text("tasks.fix_one_class"))
    if len(labels) > max(MANY, rows / 2):
        got = text("tasks.many_classes", count=len(labels), rows=rows)
        raise _error(name, got, text("tasks.expected_few_classes"), text("tasks.fix_many_classes"))


def _error(column: str, got: str, expected: str, fix: str = "") -> DataError:
    return DataError(Mistake(text("tasks.place_column", column=column), got, expected, fix))


def _no_positive(wanted: Any, expected: str, fix: str = "") -> ProjectError:
    return ProjectError(Mistake(text("tasks.place_positive"), str(wanted), expected, fix))

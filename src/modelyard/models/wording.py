"""What a project says of its classes in words: `labels: {refund: wants money back, other: [a joke, small talk]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Problem, TextColumn
from modelyard.models.foreign import first_of


def descriptions(problem: Problem, labels: Mapping[str, Any], place: str) -> list[tuple[str, ...]]:
    """What is said of each class, in the order of their codes; () where nothing is.

    Args:
        problem: Knows the classes.
        labels: Class -> its description, or several.
        place: Where the labels are written, for messages.

    Raises:
        ProjectError: The target has no classes, or lacks one of those that are described.
    """
    classes = classes_of(problem, place)
    code_of = plugins.part("tasks", problem.task, "target").code_of
    said: list[tuple[str, ...]] = [()] * len(classes)
    for name, written in labels.items():
        code = code_of(name, classes)
        if code is None:
            expected = text("methods.expected_class", names=first_of(classes))
            raise ProjectError(Mistake(f"{place}.{name}", name, expected, plugins.nearest(name, classes)))
        said[code] += (written,) if isinstance(written, str) else tuple(written)
    return said


def classes_of(problem: Problem, place: str) -> list[str]:
    """The classes of a target, in the order of their codes; the last may be "none of the others".

    Raises:
        ProjectError: It has none.
    """
    if problem.y.ndim > 1:
        got, expected = text("methods.got_task", task=problem.task), text("methods.expected_classes")
        raise ProjectError(Mistake(place, got, expected, text("methods.fix_classes")))
    labels = list(problem.state["labels"])
    return [*labels, problem.state["outside"]["label"]] if problem.width > len(labels) else labels


def every_class(said: Sequence[tuple[str, ...]], classes: Sequence[str], place: str) -> None:
    """Hold descriptions against the classes.

    Raises:
        ProjectError: All classes of which nothing is said.
    """
    bare = [label for label, described in zip(classes, said, strict=True) if not described]
    if bare:
        got = text("methods.got_undescribed", names=first_of(bare))
        fix = f"labels: {{{', '.join(f'{label}: …' for label in bare[:3])}}}"
        raise ProjectError(Mistake(f"{place}.labels", got, text("methods.expected_described"), fix))


def chosen(columns: Sequence[TextColumn], name: str | None, place: str) -> tuple[TextColumn, ...]:
    """The text columns that a method reads: the one that its options name, or all.

    Raises:
        ProjectError: There is none, or none of that name.
    """
    found = tuple(column for column in columns if name in (None, column.name))
    if not found:
        names = [column.name for column in columns]
        got = text("methods.got_no_text") if name is None else name
        expected = text("methods.expected_text", names=first_of(names)) if names else text("methods.expected_a_text")
        raise ProjectError(Mistake(place if name is None else f"{place}.column", got, expected))
    return found

"""`modelyard init DIR --data FILE --predict COLUMN`: a commented project file, written from what is in the data.

The two lines that a project needs stand first. What stands behind `#` without a space is a key: it can be uncommented
as it is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from modelyard.core import plugins
from modelyard.core.addresses import seen_from
from modelyard.core.errors import Mistake, ProjectError, StorageError
from modelyard.core.messages import language, pick, text
from modelyard.core.number import columns_wide
from modelyard.core.project import FILE, from_values
from modelyard.core.schema import Column
from modelyard.core.store import write_text
from modelyard.prepare.prepare import Inspection, inspect

_LISTED = 60
_WIDTH = 110


def write(folder: Path, data: str | None, predict: str | None) -> list[Path]:
    """Write a project folder for a data file.

    Args:
        folder: The new project; made if it is not there.
        data: What holds the rows, as named from the current folder.
        predict: The column to predict.

    Returns:
        The files that were written.

    Raises:
        ProjectError: One of the two is missing.
        StorageError: There is a project already, or it cannot be written.
        DataError: The data cannot be read, or there is no such column.
    """
    if data is None or predict is None:
        lacking = " ".join(name for name, value in (("--data", data), ("--predict", predict)) if value is None)
        got, fix = text("prepare.got_no_word", words=lacking), text("prepare.fix_init", folder=folder)
        raise ProjectError(Mistake("modelyard init", got, text("prepare.expected_words"), fix))
    file = refuse_existing(folder)
    write_text(file, draft(data, predict, folder.resolve().name, folder))
    return [file]


def refuse_existing(folder: Path) -> Path:
    """Where the project file will be.

    Raises:
        StorageError: There is one already; nothing is ever overwritten.
    """
    file = folder / FILE
    if file.exists():
        expected, fix = text("prepare.expected_no_project"), text("prepare.fix_existing", folder=folder)
        raise StorageError(Mistake(str(file), text("prepare.got_project"), expected, fix))
    return file


def draft(source: str | Sequence[str], predict: str | Sequence[str], name: str, folder: Path | None = None) -> str:
    """The text of a project file, commented in the language in use.

    Args:
        source: What holds the rows, as named from the current folder.
        predict: The column to predict, or several.
        name: Name of the product.
        folder: Where the file will stand, so that it names the data from there; the current folder by default.

    Raises:
        DataError: The data cannot be read or learnt from.
    """
    sources = [source] if isinstance(source, str) else list(source)
    targets = [predict] if isinstance(predict, str) else list(predict)
    seen = inspect(from_values({"data": sources, "predict": targets, "name": name}, Path.cwd(), "modelyard init"))
    written = [seen_from(folder or Path(), one) for one in sources]
    needed = {
        "data": written[0] if len(written) == 1 else written,
        "predict": targets[0] if len(targets) == 1 else targets,
    }
    lines = [
        *prose(text("prepare.draft_needed")),
        *(f"{key}: {inline(value)}" for key, value in needed.items()),
        f"name: {inline(name)}",
        "",
        *_about_targets(seen),
        *(line for note in seen.notes for line in prose(f"- {note}")),
        "",
        *prose(text("prepare.draft_optional")),
        "",
        *_options(seen, needed["data"]),
    ]
    return "\n".join(lines) + "\n"


def _about_targets(seen: Inspection) -> Iterator[str]:
    yield from prose(text("prepare.draft_rows", rows=seen.rows, **seen.parts))
    for target in seen.targets:
        title = pick(plugins.part("tasks", target.task, "options").TITLE)
        labels = ", ".join(target.state.get("labels", ())[:8])
        yield from prose(f"{text('prepare.draft_target', target=target.name, task=title)} {labels}")


def _options(seen: Inspection, data: Any) -> Iterator[str]:
    """The optional keys, each as it may be uncommented."""
    metrics = {metric: None for target in seen.targets for metric in _metrics(target.task)}
    yield from prose(text("prepare.draft_goals", metrics=", ".join(metrics)))
    yield "#goals: [latency_p99_ms <= 5, bundle_mb <= 10]"
    yield ""
    yield from prose(text("prepare.draft_columns"))
    yield from _columns([column for column in seen.columns if column.role != "target"], seen)
    if any(column.role == "input" and column.modality == "text" for column in seen.columns):
        yield from prose(text("prepare.draft_texts"))
    yield ""
    yield from prose(text("prepare.draft_split"))
    yield f"# data: {inline({'source': data, 'split': {'by': 'random', 'valid': 0.15, 'test': 0.2}})}"
    yield ""
    yield from prose(text("prepare.draft_train", methods=", ".join(plugins.names("methods"))))
    yield "#train: {method: auto, time_budget: 5 min, seed: 0}"
    yield ""
    yield from prose(text("prepare.draft_lang"))
    yield f"#lang: {language()}"


def _metrics(task: str) -> tuple[str, ...]:
    metrics: tuple[str, ...] = plugins.part("tasks", task, "options").METRICS
    return metrics


def _columns(columns: Sequence[Column], seen: Inspection) -> Iterator[str]:
    """One line per column: what it was taken for, and why or for instance."""
    lines = [(f"#  {inline(column.name)}: {_taken_for(column)}", _why(column, seen)) for column in columns[:_LISTED]]
    width = max((columns_wide(line) for line, _ in lines), default=0)
    yield "#columns:"
    yield from (f"{line}{' ' * (width - columns_wide(line))}  # {why}" for line, why in lines)
    if len(columns) > _LISTED:
        yield from prose(text("prepare.draft_more", count=len(columns) - _LISTED))


def _taken_for(column: Column) -> str:
    return column.modality if column.role == "input" else f"{{role: {column.role}}}"


def _why(column: Column, seen: Inspection) -> str:
    if column.role == "input" or column.reason is None:
        return _one_line(", ".join(seen.examples[column.name]))
    return _one_line(text(column.reason[0], **column.reason[1]))


def inline(value: Any) -> str:
    """A value as YAML in one line; a name with a line end in it is quoted, and the end escaped."""
    written = _yaml(value, None)
    return _yaml(value, '"') if "\n" in written else written


def _yaml(value: Any, quotes: str | None) -> str:
    written: str = yaml.safe_dump(
        value, default_style=quotes, allow_unicode=True, default_flow_style=True, width=2**20, sort_keys=False
    )
    return written.removesuffix("...\n").strip()


def prose(words: str) -> Iterator[str]:
    """A sentence as comment lines; white space from the data, line ends too, becomes single spaces."""
    return (f"# {line}" for line in textwrap.wrap(words, _WIDTH))


def _one_line(words: str) -> str:
    return " ".join(words.split())

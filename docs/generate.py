"""Write docs/reference: the project file from its schema, the command line from its help, Python from its docstrings.

usage: python docs/generate.py [--check]      --check: write nothing, fail if a page is out of date
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

import modelyard
from modelyard.cli.commands import commands
from modelyard.core import messages, plugins
from modelyard.core.complaints import inner_model
from modelyard.core.goals import BUNDLE_METRICS, CLASS, SHARE
from modelyard.core.messages.report import METRICS
from modelyard.core.project import ProjectFile
from modelyard.core.schema import ROLE_MEANINGS

REFERENCE = Path(__file__).parent / "reference"
HEAD = "<!-- written by docs/generate.py; do not edit -->\n"
WHERE = {"methods": "train.{}", "modalities": "columns.<name> of type {}", "tasks": "predict of task {}"}
PUBLIC = ("run", "load", "Run", "Bundle", "Report", "Project", "ModelyardClassifier", "ModelyardRegressor")


def project_file() -> Iterator[str]:
    """Every key of modelyard.yaml, and every metric of its goals."""
    yield "# modelyard.yaml\n\nEvery key with its default. `modelyard check` prints them filled in for a project.\n"
    yield from _sections("", ProjectFile)
    for room, where in WHERE.items():
        for name in plugins.names(room):
            yield from _sections(where.format(name), plugins.part(room, name, "options").Options)
    for task in plugins.names("tasks"):
        yield from _metrics(task)
    listed = ", ".join(f"`{metric}`" for metric in BUNDLE_METRICS)
    yield f"\n## goals of every task\n\n{listed}: measured of the bundle itself.\n"
    yield "\n## roles\n\n| role | meaning |\n|---|---|\n"
    yield from (f"| `{role}` | {meaning[0]} |\n" for role, meaning in ROLE_MEANINGS.items())


def _sections(where: str, model: type[BaseModel]) -> Iterator[str]:
    """A table of a section's keys, and of those in every section inside it."""
    yield from _keys(where or "the file", model)
    for name, field in model.model_fields.items():
        inner, is_named = inner_model(field.annotation)
        if inner is not None:
            yield from _sections(f"{where}.{name}".lstrip(".") + (".<name>" if is_named else ""), inner)


def _keys(title: str, model: type[BaseModel]) -> Iterator[str]:
    if model.model_fields:
        yield f"\n## {title}\n\n| key | default | meaning |\n|---|---|---|\n"
    for name, field in model.model_fields.items():
        inner, _ = inner_model(field.annotation)
        is_section = isinstance(field.default, BaseModel)
        default = "*needed*" if field.is_required() else "*a section*" if is_section else f"`{field.default!r}`"
        meaning = field.description or ("see below" if inner is not None else "")
        yield f"| `{name}` | {default} | {meaning.replace('|', '&#124;')} |\n"


def _metrics(task: str) -> Iterator[str]:
    """A task's metrics, each in all its forms, with what it means."""
    forms: dict[str, list[str]] = {}
    for form in plugins.part("tasks", task, "options").METRICS:
        forms.setdefault(form.removesuffix(CLASS).removesuffix(SHARE), []).append(form)
    yield f"\n## goals of task {task}\n\n| metric | meaning |\n|---|---|\n"
    for name, written in forms.items():
        yield f"| {', '.join(f'`{form}`' for form in written)} | {METRICS[f'means_{name}'][0]} |\n"
    share = next((form for written in forms.values() for form in written if form.endswith(SHARE)), None)
    if share is not None:
        yield f"\nA share is written as a percentage: `{share.replace(SHARE, '@10%')}`.\n"


def command_line() -> Iterator[str]:
    """Every command with its help."""
    yield "# The command line\n"
    for path, command in _commands(commands, ("modelyard",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100)
        yield f"\n## {' '.join(path)}\n\n```\n{command.get_help(context)}\n```\n"


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


def python() -> Iterator[str]:
    """The public names, with their docstrings."""
    yield "# Python\n"
    for name in PUBLIC:
        thing = getattr(modelyard, name)
        yield f"\n## modelyard.{name}{_signature(thing)}\n\n```text\n{inspect.getdoc(thing)}\n```\n"
        if inspect.isclass(thing):
            for method, function in _methods(thing):
                yield f"\n### {name}.{method}{_signature(function)}\n\n```text\n{inspect.getdoc(function)}\n```\n"


def _methods(thing: type) -> Iterator[tuple[str, Any]]:
    for name, member in inspect.getmembers(thing):
        ours = not name.startswith("_") and "modelyard" in getattr(member, "__module__", "")
        if ours and callable(member) and inspect.getdoc(member):
            yield name, member


def _signature(thing: Any) -> str:
    try:
        return str(inspect.signature(thing)).replace("'", "")
    except (TypeError, ValueError):
        return ""


def main() -> None:
    """Write the pages, or compare them."""
    messages.use("en")
    pages = {"project-file.md": project_file, "command-line.md": command_line, "python.md": python}
    REFERENCE.mkdir(exist_ok=True)
    stale = []
    for name, write in pages.items():
        content, path = HEAD + "".join(write()), REFERENCE / name
        if "--check" in sys.argv:
            stale += [name] if not path.exists() or path.read_text("utf-8") != content else []
        else:
            path.write_text(content, "utf-8")
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run `make docs`")


if __name__ == "__main__":
    main()

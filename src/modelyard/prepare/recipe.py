"""`modelyard init DIR --recipe INDUSTRY/SCENARIO`: a ready project with the recipe's public data.

A recipe is a folder of data, without any Python: `recipe.yaml`, the contract (see `contract`); `modelyard.yaml`, the
project without its columns, which are written from the contract; and READMEs. `name.zh-CN.ext` is the Chinese version
of `name.ext`. Public data are never carried: they come out of a package, or out of the mirror.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import language, text
from modelyard.core.number import columns_wide
from modelyard.core.project import FILE
from modelyard.core.store import storage_error, write_text
from modelyard.prepare.contract import DESCRIPTION, Contract, Part, described, read
from modelyard.prepare.draft import inline, prose, refuse_existing
from modelyard.prepare.public import tables

ROOM = Path(__file__).parents[1] / "recipes"
_CHINESE = ".zh-CN"
_WIDEST = 60  # columns of an entry beside which others are aligned


def names() -> tuple[str, ...]:
    """All recipes, as `industry/scenario`, sorted."""
    return tuple(sorted(path.parent.relative_to(ROOM).as_posix() for path in ROOM.glob(f"*/*/{DESCRIPTION}")))


def contract(recipe: str) -> Contract:
    """The contract of a recipe.

    Raises:
        ProjectError: There is no such recipe.
    """
    if recipe not in names():
        expected = text("recipes.expected_recipe", recipes=", ".join(names()))
        raise ProjectError(Mistake("--recipe", recipe, expected, plugins.nearest(recipe, names())))
    return read(ROOM / recipe)


def write(recipe: str, folder: Path) -> list[Path]:
    """Make a project of a recipe and its public data.

    Args:
        recipe: One of `names()`.
        folder: The new project; made if it is not there.

    Returns:
        The files that were written.

    Raises:
        ProjectError: There is no such recipe.
        DataError: Its data are not in the mirror, or are not what they have to be.
        InstallError: Its data come with a package that is not installed.
        StorageError: There is a project already, or it cannot be written.
    """
    known = contract(recipe)
    refuse_existing(folder)
    content = dict(tables(recipe, known))
    project = template(recipe) + columns_section(known.public)
    written = [*copy_readme(recipe, folder)]
    for name, rows in {**content, FILE: project}.items():
        write_text(folder / name, rows)
        written.append(folder / name)
    return sorted(written)


def template(recipe: str) -> str:
    """The project file of a recipe without its columns, in the language in use."""
    return _in_language(ROOM / recipe / FILE).read_text("utf-8")


def copy_readme(recipe: str, folder: Path) -> Iterator[Path]:
    """Put the recipe's README into a new project, in the language in use.

    Raises:
        StorageError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield Path(shutil.copyfile(_in_language(ROOM / recipe / "README.md"), folder / "README.md"))
    except OSError as error:
        raise storage_error(error, folder) from error


def columns_section(parts: Mapping[str, Part]) -> str:
    """`columns:` of a project file, a line for each column with what it means; targets stand under `predict:`.

    Args:
        parts: Name in the table -> what the contract says of it.
    """
    rows = [(_entry(name, part.spec), described(part)) for name, part in parts.items() if part.spec]
    width = max((columns_wide(line) for line, _ in rows if columns_wide(line) <= _WIDEST), default=0)
    lines = [f"{line}{' ' * max(0, width - columns_wide(line))}   # {means}" for line, means in rows]
    return "\n".join(["", *prose(text("recipes.columns_heading")), "columns:", *lines]) + "\n"


def _entry(name: str, spec: Mapping[str, Any]) -> str:
    short = spec["type"] if [*spec] == ["type"] else dict(spec)
    return f"  {inline(name)}: {inline(short)}"


def _in_language(file: Path) -> Path:
    chinese = file.with_name(f"{file.stem}{_CHINESE}{file.suffix}")
    return chinese if language() == "zh" and chinese.is_file() else file

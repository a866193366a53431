"""`modelyard init DIR --recipe R --data my.csv`: a recipe's project for a table of one's own.

The recipe's project file is copied with the user's names in it: the data, the target and its classes, the columns that
goals and splits speak of. What the table does not have is left out; what it must have is asked for, all at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.core import plugins
from modelyard.core.addresses import seen_from
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake, ProjectError, UserError
from modelyard.core.messages import text
from modelyard.core.project import FILE, from_values
from modelyard.core.protocols import Array, Columns
from modelyard.core.source import parse
from modelyard.core.store import write_text
from modelyard.data.read import read
from modelyard.prepare import recipe as recipes
from modelyard.prepare.contract import Contract, Part, described
from modelyard.prepare.draft import inline, prose, refuse_existing
from modelyard.prepare.matching import Matching, distinct, level_of, match, spelt
from modelyard.prepare.prepare import inspect
from modelyard.prepare.renaming import renamed

LOOKED_AT_ROWS = 20_000
_LISTED = 60


@dataclass(frozen=True)
class Adopted:
    """What came of it.

    Args:
        contract: The recipe's.
        matching: Which of the user's columns were taken for what.
        written: The files of the new project.
    """

    contract: Contract
    matching: Matching
    written: list[Path]


def write(recipe: str, folder: Path, data: str, told: Sequence[str] = ()) -> Adopted:
    """Make a project of a recipe for a table of one's own.

    Args:
        recipe: One of `recipe.names()`.
        folder: The new project; made if it is not there.
        data: What holds the rows, as named from the current folder.
        told: What the user says of columns, `mine=theirs`; of the target's classes, `mine=target[theirs]`; `mine=`
            keeps a column from being matched.

    Raises:
        ProjectError: There is no such recipe, or what is told does not hold.
        DataError: The table cannot be read, lacks what the recipe must have, or has other classes.
        StorageError: There is a project already, or it cannot be written.
    """
    known = recipes.contract(recipe)
    file = refuse_existing(folder)
    table = read(data, limit=LOOKED_AT_ROWS)
    columns, classes = _told(told, table, known)
    matching = match(table, known, columns)
    _check_lacking(matching, known, data)
    mine = {one.theirs: one.mine for one in matching.matches}
    labels = _labels(data, table, known, classes, mine[known.target])
    content = renamed(recipes.template(recipe), seen_from(folder, data), mine, labels) + _columns(matching, known)
    _check_project(content, data)
    written = [*recipes.copy_readme(recipe, folder), file]
    write_text(file, content)
    return Adopted(known, matching, sorted(written))


def _told(told: Sequence[str], table: Columns, known: Contract) -> tuple[dict[str, str], dict[str, str]]:
    """(my column -> theirs or "", my class -> theirs) of what stands behind each `--map`.

    Raises:
        ProjectError: All that does not hold, at once.
    """
    columns: dict[str, str] = {}
    classes: dict[str, str] = {}
    mistakes = []
    levels = {f"{known.target}[{level}]": level for level in known.columns[known.target].levels}
    for words in told:
        mine, equals, theirs = (part.strip() for part in words.rpartition("="))
        if equals and theirs and theirs not in (*known.columns, *levels):
            expected = text("recipes.expected_theirs", columns=", ".join([*known.columns, *levels][:40]))
            mistakes.append(Mistake("--map", words, expected, plugins.nearest(theirs, [*known.columns, *levels])))
        elif equals and theirs in levels:
            classes[mine] = levels[theirs]
        elif mine not in table:
            expected = text("recipes.expected_mine", columns=_some([*table]))
            mistakes.append(Mistake("--map", words, expected, plugins.nearest(mine or theirs, list(table))))
        elif theirs and theirs in columns.values():
            mistakes.append(Mistake("--map", words, text("recipes.expected_once", column=theirs)))
        else:
            columns[mine] = theirs
    if mistakes:
        raise ProjectError(mistakes)
    return columns, classes


def _check_lacking(matching: Matching, known: Contract, data: str) -> None:
    """Refuse a table that lacks what the recipe must have.

    Raises:
        DataError: Every such column with the nearest of the user's, and how to say which it is.
    """
    mistakes = []
    for theirs, near in matching.lacking.items():
        part = known.columns[theirs]
        if part.required or part.role == "target":
            free = near or matching.extra
            names = " ".join(f'--map "{mine}={theirs}"' for mine in near) or f'--map "...={theirs}"'
            got = text("recipes.got_lacking", column=theirs, means=described(part))
            expected = text("recipes.expected_one_of", columns=", ".join(free[:20]) or "-")
            mistakes.append(Mistake(data, got, expected, text("recipes.fix_lacking", words=names)))
    if mistakes:
        raise DataError(mistakes)


def _labels(data: str, table: Columns, known: Contract, told: Mapping[str, str], mine: str) -> dict[str, str]:
    """As `_classes`; all rows are read where the first ones do not do: a file sorted by its target shows one class."""
    try:
        return _classes(table[mine], known, told, mine)
    except UserError:
        if row_count(table) < LOOKED_AT_ROWS:
            raise
    return _classes(read(data)[mine], known, told, mine)


def _classes(cells: Array, known: Contract, told: Mapping[str, str], mine: str) -> dict[str, str]:
    """Class of the contract -> the user's; nothing for a number.

    Raises:
        ProjectError: What is told is no value of the target.
        DataError: A class that cannot be made out, or stands for several of the user's.
    """
    part = known.columns[known.target]
    if not part.levels:
        return {}
    values = [*distinct(cells)]
    absent = [one for one in told if one not in values]
    if absent:
        expected = text("recipes.expected_value", values=_some(values))
        raise ProjectError(Mistake("--map", one, expected, plugins.nearest(one, values)) for one in absent)
    spellings = spelt(part)
    meant = {value: told.get(value) or level_of(value, spellings) for value in values}
    labels = {level: [value for value in values if meant[value] == level] for level in part.levels}
    unclear = [value for value in values if not meant[value]]
    open_levels = [level for level in labels if not labels[level]]
    if len(unclear) == len(open_levels) == 1 and not part.open:  # what is left over on both sides
        labels[open_levels[0]], unclear = unclear, []
    if part.open:
        unclear, labels = [], {level: found for level, found in labels.items() if found}
    faulty = [level for level, found in labels.items() if len(found) != 1]
    if faulty or unclear:
        pairs = zip(unclear or values, faulty or part.levels, strict=False)
        example = " ".join(f'--map "{value}={known.target}[{level}]"' for value, level in pairs)
        expected = text("recipes.expected_classes", classes=", ".join(part.levels))
        raise DataError(Mistake(mine, _some(values), expected, text("recipes.fix_classes", words=example)))
    return {level: found[0] for level, found in labels.items()}


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:12]) + (" …" if len(values) > 12 else "")


def _columns(matching: Matching, known: Contract) -> str:
    """`columns:` under the user's names, and below it the columns that the recipe does not know."""
    parts = {one.mine: _part(known.columns[one.theirs], one.reads) for one in matching.matches}
    rest = [*prose(text("recipes.extra_heading"))] if matching.extra else []
    rest += [f"#  {inline(name)}: {{role: ignore}}" for name in matching.extra[:_LISTED]]
    return recipes.columns_section(parts) + "\n".join(["", *rest, ""] if rest else [])


def _part(part: Part, reads: bool) -> Part:
    """What the contract says, without what does not hold in this table: the unit, and a type that does not read."""
    return part.model_copy(update={"unit": ("", ""), "type": part.type if reads else ""})


def _check_project(content: str, data: str) -> None:
    """Meet every mistake before anything is written.

    Raises:
        ProjectError, DataError: What a run would end with.
    """
    values = parse(content, FILE).data
    values["data"] = {**values["data"], "source": data} if isinstance(values["data"], dict) else data
    project = from_values(values, Path.cwd(), FILE)  # the new folder is not there yet, so paths cannot start in it
    seen = inspect(project, limit_rows=LOOKED_AT_ROWS)
    project.validated_goals({target.name: target.task for target in seen.targets})

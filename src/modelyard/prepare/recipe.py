"""`modelyard init DIR --recipe INDUSTRY/SCENARIO`: a ready project with its data.

A recipe is a folder of data, without any Python: `modelyard.yaml` and READMEs, which are copied, and `recipe.yaml`,
which says where its data come from and what columns they have. `name.zh-CN.ext` is the Chinese version of `name.ext`.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import language, text
from modelyard.core.store import storage_error, write_text
from modelyard.data.sources import require
from modelyard.prepare.draft import refuse_existing

ROOM = Path(__file__).parents[1] / "recipes"
DESCRIPTION = "recipe.yaml"
_CHINESE = ".zh-CN"

Row = list[Any]


def names() -> tuple[str, ...]:
    """All recipes, as `industry/scenario`, sorted."""
    return tuple(sorted(path.parent.relative_to(ROOM).as_posix() for path in ROOM.glob(f"*/*/{DESCRIPTION}")))


def write(recipe: str, folder: Path) -> list[Path]:
    """Make a project of a recipe.

    Args:
        recipe: One of `names()`.
        folder: The new project; made if it is not there.

    Returns:
        The files that were written.

    Raises:
        ProjectError: There is no such recipe.
        InstallError: Its data come with a package that is not installed.
        StorageError: There is a project already, or it cannot be written.
    """
    if recipe not in names():
        expected = text("prepare.expected_recipe", recipes=", ".join(names()))
        raise ProjectError(Mistake("--recipe", recipe, expected, plugins.nearest(recipe, names())))
    refuse_existing(folder)
    home = ROOM / recipe
    content = table(yaml.safe_load((home / DESCRIPTION).read_text("utf-8")))
    written = [folder / name for name in content]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for original, name in _files(home):
            shutil.copyfile(original, folder / name)
            written.append(folder / name)
    except OSError as error:
        raise storage_error(error, folder) from error
    for name, rows in content.items():
        write_text(folder / name, rows)
    return sorted(written)


def table(description: dict[str, Any]) -> dict[str, str]:
    """File name -> CSV text of the data that a recipe gets from a package; nothing when its data lie beside it."""
    data = description["data"]
    if "from" not in data:
        return {}
    rows = FROM[data["from"]["package"]](data["from"]["dataset"])
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(description["columns"])
    writer.writerows(rows)
    return {data["file"]: sheet.getvalue()}


def _files(home: Path) -> Iterator[tuple[Path, str]]:
    """(file, name in the project) of what is copied, in the language in use."""
    files = {path.name: path for path in sorted(home.iterdir()) if path.is_file() and path.name != DESCRIPTION}
    for name, path in files.items():
        if _CHINESE not in name:
            chinese = files.get(f"{path.stem}{_CHINESE}{path.suffix}")
            yield (chinese if chinese is not None and language() == "zh" else path), name


def _scikit_learn(dataset: str) -> Iterator[Row]:
    """Rows of a data set that scikit-learn carries: features in its order, then the target, classes by name."""
    library = require("sklearn.datasets", "--recipe")
    bunch = getattr(library, f"load_{dataset}")()
    classes = [str(name) for name in getattr(bunch, "target_names", ())]
    for features, target in zip(bunch.data.tolist(), bunch.target.tolist(), strict=True):
        yield [*features, classes[target] if classes else target]


FROM: dict[str, Callable[[str], Iterator[Row]]] = {"scikit-learn": _scikit_learn}
"""Package -> what reads its data sets."""

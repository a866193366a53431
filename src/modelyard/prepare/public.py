"""The public data of a recipe, as CSV text with the contract's names and levels.

They are published elsewhere, under terms of their own, and a mirror of them lies where `MODELYARD_DATA` says. A file
that is not byte for byte the known one is refused: copies of well-known sets are often altered.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from modelyard.core.cells import text_of
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.data.sources import require, unreadable
from modelyard.prepare.contract import Contract, File, Package, plain

MIRROR = "MODELYARD_DATA"

Row = Sequence[Any]


def tables(recipe: str, contract: Contract) -> Iterator[tuple[str, str]]:
    """(name, CSV text) of each file of a recipe's public data.

    Raises:
        DataError: A file is not in the mirror, or is another one.
        InstallError: The data come with a package that is not installed.
        StorageError: The mirror cannot be read.
    """
    for name in contract.data.files:
        names, rows = list[str](), list[Row]()
        for origin in contract.data.origins(name):
            if isinstance(origin, Package):
                names, more = list(contract.public), FROM[origin.package](origin.dataset)
            else:
                names, more = READ[contract.data.form.layout](_mirrored(recipe, contract, name, origin), contract)
            part = [origin.part] if isinstance(origin, File) and origin.part else []
            rows += ([*row, *part] for row in more)
        yield name, _sheet(contract, names, rows)


def _mirrored(recipe: str, contract: Contract, name: str, origin: File) -> bytes:
    """The bytes of a file of the mirror, verified."""
    root = os.environ.get(MIRROR)
    path = Path(root or "") / origin.mirror
    if not root or not path.is_file():
        got = text("recipes.got_no_mirror", mirror=MIRROR, file=origin.mirror)
        _refuse(recipe, contract, name, origin, got)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(str(path), error) from None
    found = hashlib.sha256(content).hexdigest()
    if found != origin.sha256:
        _refuse(recipe, contract, name, origin, text("recipes.got_other_bytes", file=path, sha256=found))
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _refuse(recipe: str, contract: Contract, name: str, origin: File, got: str) -> NoReturn:
    public = contract.data
    copied = text("recipes.copied", copied=public.copied) if public.copied else ""
    expected = text("recipes.expected_file", source=public.source, sha256=origin.sha256, copied=copied)
    fix = text("recipes.fix_mirror", mirror=MIRROR, file=origin.mirror, recipe=recipe)
    raise DataError(Mistake(f"{recipe}: {name}", got, expected, fix))


def _csv(content: bytes, contract: Contract) -> tuple[list[str], Iterator[Row]]:
    """Names of the contract in the order of a CSV file, and its rows."""
    form = contract.data.form
    lines = io.StringIO(content.decode("utf-8-sig"), newline="")
    quoting = {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
    rows = filter(None, csv.reader(lines, delimiter=form.separator, skipinitialspace=True, **quoting))
    if not form.header:
        return list(contract.public), rows
    return [contract.names[plain(name)] for name in next(rows)], rows


def _sections(content: bytes, contract: Contract) -> tuple[list[str], Iterator[Row]]:
    """Names of the contract, and the rows of all sections of a JSON file, each with its section."""
    sections = json.loads(content)
    return list(contract.public), ([*row, section] for section, rows in sections.items() for row in rows)


def _records(content: bytes, contract: Contract) -> tuple[list[str], Iterator[Row]]:
    """Names of the contract, and the rows of a JSON file by their key; what it has besides is left out."""
    key, *names = contract.public

    def rows() -> Iterator[Row]:
        for number, cells in json.loads(content).items():
            known = {contract.names.get(plain(name)): cell for name, cell in cells.items()}
            yield [number, *(_cell(known.get(name)) for name in names)]

    return [key, *names], rows()


def _cell(value: Any) -> Any:
    """A list of paragraphs as one text; nothing where there is nothing."""
    return "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else value


def _sheet(contract: Contract, names: list[str], rows: Iterable[Row]) -> str:
    """CSV text; values that the file writes as codes become the contract's levels."""
    codes = [contract.columns[name].codes for name in names]
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([known.get(text_of(cell), cell) for known, cell in zip(codes, row, strict=True)])
    return sheet.getvalue()


def _scikit_learn(dataset: str) -> Iterator[Row]:
    """Rows of a data set that scikit-learn carries: features in its order, then the target, classes by name."""
    library = require("sklearn.datasets", "--recipe")
    bunch = getattr(library, f"load_{dataset}")()
    classes = [str(name) for name in getattr(bunch, "target_names", ())]
    for features, target in zip(bunch.data.tolist(), bunch.target.tolist(), strict=True):
        yield [*features, classes[target] if classes else target]


READ = {"csv": _csv, "sections": _sections, "records": _records}
"""Layout of a public file -> what reads it."""
FROM: dict[str, Callable[[str], Iterator[Row]]] = {"scikit-learn": _scikit_learn}
"""Package -> what reads its data sets."""

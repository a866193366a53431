"""A folder of Parquet parts that is finished: it is only read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NoReturn

from modelyard.core.errors import Mistake, StorageError
from modelyard.core.messages import text
from modelyard.core.store import storage_error
from modelyard.data.sources import require
from modelyard.runtime.answers import Answers
from modelyard.serve.job import Destination, Job
from modelyard.serve.parts import JOB, JOURNAL, Parts
from modelyard.serve.tally import Tally

_SHOWN = 3  # faults that a message names


class Published:
    """A destination where all answers are already."""

    finished = True

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def write(self, answers: Answers, tally: Tally) -> None:
        """There are no more rows."""

    def finish(self) -> None:
        """It is."""

    def discard(self) -> None:
        """What is published stays."""

    def close(self) -> None:
        """Nothing is held."""


def open_folder(out: Path, job: Job) -> Destination:
    """The folder as it is, where this very work has finished it; otherwise the work on it.

    Args:
        out: Where the parts are, or are to appear.
        job: What is being done.

    Raises:
        StorageError: The folder holds something else, or not what was written into it; or as `Parts`.
    """
    try:
        if not out.exists() or not any(out.iterdir()):
            return Parts(out, "parquet", job, whole=False)
        if not (out / JOURNAL / JOB).is_file():
            expected, fix = text("serve.expected_empty_folder"), text("serve.fix_other_folder")
            raise StorageError(Mistake(str(out), text("serve.full_folder"), expected, fix))
        job.refuse_other(_read(out, JOB), str(out), text("serve.fix_other_folder"))
        return Published(_tally(out))
    except OSError as error:
        raise storage_error(error, out) from error


def _tally(out: Path) -> Tally:
    """What is kept of all rows.

    Raises:
        StorageError: Parts and journal do not tell the same.
    """
    parts = {path.stem for path in out.glob("[0-9][0-9][0-9][0-9][0-9].parquet")}
    kept = {path.stem for path in (out / JOURNAL).glob("[0-9][0-9][0-9][0-9][0-9].json")}
    names = [f"{number:05}" for number in range(max(map(int, parts | kept), default=0) + 1)]
    lacking = [f"{name}.parquet" for name in names if name not in parts]
    lacking += [f"{JOURNAL}/{name}.json" for name in names if name not in kept]
    if lacking:
        _refuse_damaged(out, "serve.lacking_parts", lacking)
    tallies = [_kept(out, f"{name}.json") for name in names]
    changed = [f"{name}.parquet" for name, tally in zip(names, tallies, strict=True) if _rows(out, name) != tally.rows]
    if changed:
        _refuse_damaged(out, "serve.changed_parts", changed)
    return reduce(add, tallies)


def _rows(out: Path, name: str) -> int:
    """Rows of a part; -1 where it cannot be read."""
    parquet = require("pyarrow.parquet", text("serve.place_format"))
    try:
        return int(parquet.read_metadata(out / f"{name}.parquet").num_rows)
    except (OSError, ValueError):
        return -1


def _kept(out: Path, name: str) -> Tally:
    try:
        return Tally.from_json(_read(out, name))
    except (KeyError, TypeError):
        _refuse_damaged(out, "serve.changed_parts", [f"{JOURNAL}/{name}"])


def _read(out: Path, name: str) -> dict[str, Any]:
    """An object of the journal."""
    try:
        found = json.loads((out / JOURNAL / name).read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        _refuse_damaged(out, "serve.changed_parts", [f"{JOURNAL}/{name}"])
    return found


def _refuse_damaged(out: Path, got: str, names: Sequence[str]) -> NoReturn:
    shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])
    expected, fix = text("serve.expected_whole_folder"), text("serve.fix_damaged_folder")
    raise StorageError(Mistake(str(out), text(got, names=shown), expected, fix))

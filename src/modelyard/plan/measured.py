"""The points of learning curves as they lie on the disk: measured once, found again.

.modelyard/curves/<identity>/curve.json            what the points have in common
.modelyard/curves/<identity>/640-2.json            640 rows, drawn with seed 2
.modelyard/curves/latest                           the identity of the newest curve

A curve's identity is a digest of all that makes points comparable: data, test rows, methods, options, code. Points of
different test rows or data therefore never lie side by side. Each is written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.store import digest, write_text

FOLDER, MANIFEST, LATEST, FORMAT = "curves", "curve.json", "latest", 1
KEY = 16
AUTO = "auto"
_MIXED = {"test": "plan.got_other_test", "data": "plan.got_other_data"}
Values = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Shared:
    """What all points of a curve have in common.

    Args:
        method: Method that is measured; `auto` where training chooses one at every size.
        trained: Methods that are trained for it.
        options: Of each of these.
        folds: Models per fit: folds and repeats.
        data: Digest of the data files.
        test: Fingerprint of the test rows.
        test_rows: How many these are.
        rows: Rows that there are to learn from.
        share: Of new rows that are labelled, those that would become rows to learn from.
        own_test: Whether the test rows are set aside for the curve alone, and the report is measured in folds.
        targets: Target -> its task, and the state that its metrics are read with.
        deciding: What decision rules were chosen by.
        code: Digest of the code.
        libraries: Versions of the libraries that results depend on.
        texts: Whether texts are among the inputs.
    """

    method: str
    trained: tuple[str, ...]
    options: dict[str, Any]
    folds: tuple[int, int]
    data: str
    test: str
    test_rows: int
    rows: int
    share: float
    own_test: bool
    targets: dict[str, dict[str, Any]]
    deciding: str
    code: str
    libraries: dict[str, str]
    texts: bool = False

    @property
    def kind(self) -> str | None:
        """The learner, as forecasts know it from tables; None where training chooses one, or texts are read."""
        return None if self.texts or self.method == AUTO else self.method

    @property
    def identity(self) -> str:
        """Digest of it all."""
        return digest(asdict(self))


@dataclass(frozen=True)
class Point:
    """What was measured with one subset of the rows.

    Args:
        size: Rows that were asked for.
        rows: Rows that were learnt from and chosen with; they differ where whole groups are taken.
        seed: Of the subset and of all that training draws.
        metrics: Target -> metric -> its value on the test rows.
        naive: The same of the best answer that looks at no input.
        chosen: Target -> the method that was measured.
        seconds: Wall-clock seconds that it took.
        test: Fingerprint of the test rows.
        data: Digest of the data files.
        code: Digest of the code.
        method: As in `Shared`.
    """

    size: int
    rows: int
    seed: int
    metrics: Values
    naive: Values
    chosen: dict[str, str]
    seconds: float
    test: str
    data: str
    code: str
    method: str


@dataclass(frozen=True)
class Measured:
    """A curve as it was measured.

    Args:
        shared: What its points have in common.
        points: By rows and seed.
    """

    shared: Shared
    points: tuple[Point, ...]

    @property
    def identity(self) -> str:
        """Digest of what its points have in common."""
        return self.shared.identity


def folder_of(workspace: Path, shared: Shared) -> Path:
    """Where the points of a curve lie."""
    return workspace / FOLDER / shared.identity[:KEY]


def begin(workspace: Path, shared: Shared) -> Path:
    """Make a curve the newest one, its points as they are.

    Returns:
        Where its points lie.

    Raises:
        StorageError: The workspace cannot be written.
    """
    folder = folder_of(workspace, shared)
    written = {"format": FORMAT, "shared": asdict(shared)}
    write_text(folder / MANIFEST, json.dumps(written, ensure_ascii=False, indent=1))
    write_text(workspace / FOLDER / LATEST, folder.name)
    return folder


def keep(folder: Path, point: Point) -> None:
    """Write a point down.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    content = json.dumps(asdict(point), ensure_ascii=False, indent=1)
    write_text(folder / f"{point.size}-{point.seed}.json", content)


def find(folder: Path, shared: Shared, size: int, seed: int, wanted: Mapping[str, Iterable[str]]) -> Point | None:
    """A point that was measured before, with every metric that is wanted; else None.

    Args:
        folder: Of its curve.
        shared: What it has to have in common with the others.
        size: Rows that are asked for.
        seed: Of the subset.
        wanted: Target -> metrics.
    """
    point = _point(folder / f"{size}-{seed}.json")
    if point is None or (point.test, point.data, point.code) != (shared.test, shared.data, shared.code):
        return None
    there = all(metric in point.metrics.get(target, {}) for target, metrics in wanted.items() for metric in metrics)
    return point if there else None


def latest(workspace: Path) -> Measured | None:
    """The newest curve; None where there is none, or no point of it.

    Raises:
        DataError: Its folder holds points of other test rows or data, or a curve of another version.
    """
    try:
        name = (workspace / FOLDER / LATEST).read_text("utf-8").strip()
    except OSError:
        return None
    return _curve(workspace / FOLDER / name)


def every(workspace: Path) -> Iterator[Measured]:
    """All curves that were measured.

    Raises:
        DataError: A folder holds points of other test rows or data, or a curve of another version.
    """
    for manifest in sorted((workspace / FOLDER).glob(f"*/{MANIFEST}")):
        found = _curve(manifest.parent)
        if found is not None:
            yield found


def _curve(folder: Path) -> Measured | None:
    """The curve of a folder."""
    try:
        written = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(written, dict) or written.get("format") != FORMAT:
        raise DataError(Mistake(str(folder), text("plan.got_other_curve"), text("plan.expected_own_curve")))
    shared = Shared(**{**written["shared"], **_tuples(written["shared"], ("trained", "folds"))})
    found = [point for path in sorted(folder.glob("*-*.json")) if (point := _point(path)) is not None]
    _refuse_mixed(folder, shared, found)
    points = tuple(sorted(found, key=lambda point: (point.size, point.seed)))
    return Measured(shared, points) if points else None


def _refuse_mixed(folder: Path, shared: Shared, found: Iterable[Point]) -> None:
    """Hold every point against the curve: of other test rows, or other data, they cannot be compared.

    Raises:
        DataError: Which is the first that differs, and how.
    """
    for point in found:
        for name, key in _MIXED.items():
            own, other = getattr(shared, name), getattr(point, name)
            if own != other:
                got = text(key, rows=point.size, seed=point.seed, own=own[:12], other=other[:12])
                fix = text("plan.fix_mixed", folder=folder)
                raise DataError(Mistake(str(folder), got, text("plan.expected_one_curve"), fix))


def _point(path: Path) -> Point | None:
    """A point, or None where there is none that can be read."""
    try:
        written = json.loads(path.read_text("utf-8"))
        return Point(**{key.name: written[key.name] for key in fields(Point)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _tuples(written: Mapping[str, Any], names: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(written[name]) for name in names}

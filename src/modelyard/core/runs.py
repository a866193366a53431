"""Runs: folders under `.modelyard/runs`, each with a record, and the bundle when it got that far.

.modelyard/runs/20261122-103500-a1b2/run.json  bundle/  plan.json
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from modelyard.core.errors import Mistake, StorageError
from modelyard.core.locks import is_abandoned, lock_if_possible
from modelyard.core.messages import text
from modelyard.core.store import KEY, Store, storage_error, write_text

WORKSPACE = ".modelyard"
RECORD = "run.json"
_held: dict[Path, Callable[[], None]] = {}  # locks on the folders of this process's runs: they say it is at work


@dataclass
class Record:
    """What is known of one run.

    Args:
        id: Name of its folder; starts with the time it began.
        name: The project's name.
        state: running, finished or failed; `interrupted` when it was killed without a word.
        process: Process number while it runs.
        began: When it began, seconds since 1970-01-01 UTC.
        settings: The project file with every default filled in.
        stages: Per stage: stage, key, hit, why, seconds.
        bundle: The bundle's id.
        metrics: Headline numbers per target, for lists and comparisons.
        seconds: Wall-clock seconds in all.
        notes: What went wrong beside the run itself, in sentences.
    """

    id: str
    name: str
    state: str = "running"
    process: int = 0
    began: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)
    bundle: str = ""
    metrics: dict[str, dict[str, float | None]] = field(default_factory=dict)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


class Runs:
    """All runs of a workspace.

    Args:
        workspace: The `.modelyard` folder.
    """

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.root = workspace / "runs"

    def start(self, name: str, settings: dict[str, Any]) -> Record:
        """Open a run: its folder and record are on the disk when this returns.

        Raises:
            StorageError: The workspace cannot be written.
        """
        began = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(began))
        try:
            while True:
                record = Record(f"{stamp}-{os.urandom(2).hex()}", name, "running", os.getpid(), began, settings)
                if not self.folder(record).exists():
                    break
            self.folder(record).mkdir(parents=True)
            _held[self.folder(record).absolute()] = lock_if_possible(self.folder(record))
        except OSError as error:
            raise storage_error(error, self.root) from error
        self.save(record)
        return record

    def save(self, record: Record) -> None:
        """Write the record as it is now; a run that is over is let go.

        Raises:
            StorageError: The disk is full or cannot be written.
        """
        write_text(self.folder(record) / RECORD, json.dumps(asdict(record), ensure_ascii=False, indent=1))
        if record.state != "running":
            _held.pop(self.folder(record).absolute(), _nothing)()

    def folder(self, record: Record) -> Path:
        """The folder of a run."""
        return self.root / record.id

    def bundle(self, record: Record) -> Path:
        """The bundle's folder of a run."""
        return self.folder(record) / "bundle"

    def list(self) -> list[Record]:
        """All runs, oldest first; one that was killed without a word is `interrupted`."""
        found = [_read(path) for path in self.root.glob(f"*/{RECORD}")]
        records = sorted((record for record in found if record), key=lambda record: (record.began, record.id))
        for record in records:
            if record.state == "running" and is_abandoned(self.folder(record)):
                record.state = "interrupted"
        return records

    def find(self, reference: str) -> Record:
        """A run by its id (or the beginning of it), or the newest finished one by `name@latest`.

        Raises:
            StorageError: There is none, or more than one; the message lists what is there.
        """
        records = self.list()
        name, _, which = reference.rpartition("@")
        latest = [
            record for record in records if which == "latest" and record.name == name and record.state == "finished"
        ]
        if latest:
            return latest[-1]
        found = [record for record in records if reference and record.id.startswith(reference)]
        if len(found) == 1:
            return found[0]
        got = text("store.several_runs", count=len(found)) if found else text("store.no_such_run")
        expected = text("store.expected_one_run" if found else "store.expected_reference")
        raise StorageError(Mistake(reference, got, expected, _what_is_there(self.workspace, found or records)))

    def clean(self) -> int:
        """Delete entries of the store that no run uses; a run that needs one again makes it again.

        Returns:
            Bytes that were freed.

        Raises:
            StorageError: A run is at work, or the store cannot be changed.
        """
        records = self.list()
        for record in records:
            if record.state == "running":
                fix = text("store.fix_stop", process=record.process)
                raise StorageError(Mistake(record.id, text("store.running"), text("store.expected_over"), fix))
        used = {f"{stage['stage']}-{stage.get('key', '')[:KEY]}" for record in records for stage in record.stages}
        return Store(self.workspace / "store").clean(used)

    def remove(self, record: Record) -> None:
        """Delete a run, its bundle and its report; the store's entries stay for other runs.

        Raises:
            StorageError: It is still at work, or cannot be deleted.
        """
        folder = self.folder(record)
        if record.state == "running" and not is_abandoned(folder):
            fix = text("store.fix_stop", process=record.process)
            raise StorageError(Mistake(record.id, text("store.running"), text("store.expected_over"), fix))
        try:
            (folder / RECORD).unlink(missing_ok=True)  # first: whoever is interrupted here leaves no half run
            shutil.rmtree(folder)
        except OSError as error:
            raise storage_error(error, folder) from error


def bundle_path(reference: str, workspace: Path) -> Path:
    """A bundle's folder, named by its path, a run's or a project's folder, a run's id, or `name@latest`.

    Raises:
        StorageError: There is no such bundle.
    """
    path = Path(reference)
    for folder in (path, path / "bundle"):
        if (folder / "manifest.json").is_file():
            return folder
    if (path / WORKSPACE).is_dir():
        return _newest(Runs(path / WORKSPACE), reference)
    if path.exists():
        got = text("store.unfinished" if (path / RECORD).is_file() else "store.not_a_bundle")
        fix = text("store.fix_rerun") if (path / RECORD).is_file() else ""
        raise StorageError(Mistake(reference, got, text("store.expected_reference"), fix))
    runs = Runs(workspace)
    record = runs.find(reference)
    if record.state != "finished":
        expected, fix = text("store.expected_reference"), text("store.fix_rerun")
        raise StorageError(Mistake(record.id, text("store.unfinished"), expected, fix))
    return runs.bundle(record)


def _newest(runs: Runs, reference: str) -> Path:
    """A project's folder stands for its newest finished run."""
    finished = [record for record in runs.list() if record.state == "finished"]
    if not finished:
        fix = text("store.fix_no_runs", folder=runs.workspace)
        raise StorageError(Mistake(reference, text("store.no_such_run"), text("store.expected_reference"), fix))
    return runs.bundle(finished[-1])


def _read(path: Path) -> Record | None:
    """A record, or None where it cannot be read; keys that a newer version wrote are passed over."""
    try:
        written = json.loads(path.read_text("utf-8"))
        known = {key.name: written[key.name] for key in fields(Record) if key.name in written}
        return Record(**{**known, "id": path.parent.name})
    except (OSError, ValueError, TypeError):
        return None


def _what_is_there(workspace: Path, records: list[Record]) -> str:
    """Names that would have been understood, newest first."""
    finished = [f"{record.name}@latest" for record in records if record.state == "finished"]
    known = list(dict.fromkeys([*reversed(finished), *(record.id for record in records[:-6:-1])]))
    if not known:
        return text("store.fix_no_runs", folder=workspace)
    return text("store.fix_runs", names=", ".join(known[:12]))


def _nothing() -> None:
    """Let go what is not held."""

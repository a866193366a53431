"""The pipeline, as a table of contents: raw rows in, a measured bundle out.

    prepare -> plan -> train -> package -> evaluate

Each stage is a folder in, a folder out, kept in the store under what went into it. Stages and plug-ins are
reached by name, so that importing this module loads none of them.
"""

from __future__ import annotations

import glob
import importlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core import messages, plugins
from modelyard.core.addresses import name_of
from modelyard.core.closure import digest as code_digest
from modelyard.core.closure import libraries
from modelyard.core.columns import as_columns
from modelyard.core.errors import InstallError, Mistake, StorageError
from modelyard.core.machine import available_threads
from modelyard.core.progress import Clock, Screen, Silent
from modelyard.core.project import FILE, Project, from_values, load
from modelyard.core.protocols import Columns
from modelyard.core.runs import WORKSPACE, Record, Runs
from modelyard.core.store import Entry, Store, publish, storage_error, write_text
from modelyard.core.wishes import deciding, wishes_of

if TYPE_CHECKING:
    from modelyard.core.report import Report
    from modelyard.data.dataset import Dataset
    from modelyard.models.checkpoint import Checkpoint
    from modelyard.runtime.answers import Answers
    from modelyard.runtime.bundle import Bundle

NEEDS = ("pyarrow", "onnx")
"""Packages without which no run can end; methods name theirs."""
# Which modules of the plug-ins each stage asks for: they are part of its key. A test compares this with what it asks.
_TRAINED = ("target", "calibrate", "metrics", "head")
PREPARE_PARTS = {"modalities": ("options", "preprocess"), "tasks": ("options", "target")}
PLAN_PARTS = {"modalities": ("preprocess",), "tasks": _TRAINED, "methods": ("options", "fit")}
TRAIN_PARTS = {"modalities": ("preprocess",), "tasks": _TRAINED, "methods": ("options", "fit", "load")}
PACKAGE_PARTS = {
    "modalities": ("preprocess", "fragment"),
    "tasks": ("target", "calibrate", "fragment", "decide", "postprocess"),
    "methods": ("load", "export"),
}
EVALUATE_PARTS = {
    "modalities": ("preprocess",),
    "tasks": ("options", "target", "calibrate", "decide", "metrics", "postprocess"),
    "methods": ("options", "load"),
}
PLAN = "plan.json"


class Run:
    """A finished run.

    Attributes:
        record: What ran, and what came out.
        folder: The run's folder.
    """

    def __init__(self, record: Record, folder: Path) -> None:
        self.record = record
        self.folder = folder

    @property
    def path(self) -> Path:
        """The folder of the bundle: what ships."""
        return self.folder / "bundle"

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle, loaded and verified."""
        from modelyard.runtime.bundle import Bundle

        return Bundle.load(self.path)

    @cached_property
    def report(self) -> Report:
        """What was measured on the bundle."""
        from modelyard.core.report import Report

        return Report.load(self.path / "evidence" / "report.json")

    def predict(self, data: Any) -> Answers:
        """Answers of the bundle for rows: a frame, columns, row dictionaries."""
        return self.bundle.predict(data)

    def __repr__(self) -> str:
        return f"Run({self.record.id}, bundle {self.record.bundle[:12]})"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


@dataclass
class Walk:
    """One walk through the stages: what they share, and the record that grows.

    Args:
        project: The validated project.
        table: The rows, when they were given in memory instead of as files.
        record: The run's record.
        runs: All runs of the workspace.
        screen: Where progress is shown.
        plan: A work plan of an earlier run to repeat.
    """

    project: Project
    table: Columns | None
    record: Record
    runs: Runs
    screen: Screen
    plan: dict[str, Any] | None
    clock: Clock = field(init=False)
    store: Store = field(init=False)
    threads: int = field(init=False)
    training: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.project.train.time_budget)
        self.store = Store(self.runs.workspace / "store")
        self.threads = self.project.train.threads or available_threads()

    def stage(self, name: str, parts: Mapping[str, Any], make: Callable[[Path], bool]) -> Entry:
        """One stage: found in the store, or made; either way it stands in the record."""
        began = time.monotonic()
        entry = self.store.entry(name, parts, make)
        seconds = round(time.monotonic() - began, 3)
        self.record.stages.append(
            {"stage": name, "key": entry.key, "hit": entry.hit, "why": entry.why, "seconds": seconds}
        )
        self.runs.save(self.record)
        return entry


def run(
    data: Any = None,
    predict: Any = None,
    *,
    folder: str | Path | None = None,
    screen: Screen | None = None,
    plan: str | None = None,
    changes: Sequence[str] = (),
    **settings: Any,
) -> Run:
    """Walk the whole pipeline.

    Args:
        data: A project folder or file; a data file, glob or URL; or a table in memory (a frame, columns, rows).
        predict: What to predict, when `data` is not a project: a column, or what `predict:` takes in the file.
        folder: Where `.modelyard` lies; by default the project's folder, else the current one.
        screen: Where progress is shown; nowhere by default.
        plan: A run whose work plan is repeated, by id or `name@latest`.
        changes: Single values that take the place of what the project says, as `--set` takes them: `train.seed=3`.
        **settings: Whatever else the project file takes: `train={"method": "trees"}`, `goals=[...]`, `name="x"`;
            for a project they take the place of what its file says.

    Returns:
        The finished run, with `.report`, `.bundle` and `.predict(rows)`.

    Raises:
        UserError: Something the user can mend; see `core.errors`.
    """
    project, table = as_project(data, predict, settings, changes)
    messages.prefer(project.lang)
    _refuse_lean_install()
    runs = Runs((Path(folder) if folder else project.folder) / WORKSPACE)
    earlier = _plan_of(runs, plan) if plan else None
    record = runs.start(project.name, project.file.model_dump(mode="json"))
    walk = Walk(project, table, record, runs, screen or Silent(), earlier)
    with _recorded(walk):
        return _walk(walk)


def _refuse_lean_install() -> None:
    """Say at once, not after all data were read, that this installation only serves."""
    lacking = plugins.missing(NEEDS)
    if lacking:
        got = messages.text("pipeline.got_lean_install", modules=", ".join(lacking))
        expected = messages.text("pipeline.expected_full_install")
        raise InstallError(Mistake("modelyard run", got, expected, messages.text("errors.install", extra="tables")))


def _plan_of(runs: Runs, reference: str) -> dict[str, Any]:
    """The work plan of an earlier run."""
    record = runs.find(reference)
    file = runs.folder(record) / PLAN
    if not file.is_file():
        expected = messages.text("pipeline.expected_planned")
        raise StorageError(Mistake(record.id, messages.text("store.unfinished"), expected))
    plan: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return plan


def as_project(
    data: Any, predict: Any, settings: Mapping[str, Any], changes: Sequence[str] = ()
) -> tuple[Project, Columns | None]:
    """What `run` is given, in any of its forms, as a validated project and perhaps a table."""
    values = {**settings, **({} if predict is None else {"predict": predict})}
    if isinstance(data, str | os.PathLike) and _is_project(str(data), predict):
        return load(Path(data), values, changes), None
    place = Path.cwd()
    if isinstance(data, str | os.PathLike) or (isinstance(data, list) and all(isinstance(item, str) for item in data)):
        sources = [str(item) for item in data] if isinstance(data, list) else [str(data)]
        values.setdefault("name", name_of(sources[0]) or "project")
        data = sources if len(sources) > 1 else sources[0]
        return from_values({"data": data, **values}, place, changes=changes), None
    project = from_values({"data": {}, "name": "table", **values}, place, "run(...)", changes)
    return project, as_columns(data)


def _is_project(written: str, predict: Any) -> bool:
    """A project's folder or file; with something to predict, any other path names data.

    Without, a name that is no file, URL or glob can only have been meant as a project.
    """
    path = Path(written)
    if path.suffix in (".yaml", ".yml") or (path / FILE).exists():
        return True
    return predict is None and not (path.is_file() or glob.has_magic(written) or "://" in written)


@contextmanager
def _recorded(walk: Walk) -> Iterator[None]:
    """Whatever happens, the record says it."""
    began = time.monotonic()
    try:
        yield
        walk.record.state = "finished"
    except OSError as error:  # what the store did not meet itself: the disk filled up while a bundle was copied
        walk.record.state = "failed"
        raise storage_error(error, walk.runs.workspace) from error
    except KeyboardInterrupt:
        walk.record.state = "interrupted"
        raise
    except BaseException:
        walk.record.state = "failed"
        raise
    finally:
        walk.screen.end()
        walk.record.seconds = round(time.monotonic() - began, 3)
        walk.runs.save(walk.record)


# ---------------------------------------------------------------- the stages
def _walk(walk: Walk) -> Run:
    prepared = _prepare(walk)
    plan = _plan(walk, prepared)
    trained = _train(walk, prepared, plan)
    packaged = _package(walk, prepared, trained)
    evaluated = _evaluate(walk, prepared, trained, packaged)
    finished = _ship(walk, packaged, evaluated)
    _track(walk, finished)
    return finished


def _prepare(walk: Walk) -> Entry:
    walk.screen.begin(messages.text("pipeline.prepare"))
    prepared = prepared_rows(walk.project, walk.table, walk.stage)
    dataset = _dataset(prepared)
    importlib.import_module("modelyard.prepare.wishes").check(walk.project, dataset.targets, dataset.columns)
    return prepared


def prepared_rows(project: Project, table: Columns | None, stage: Callable[..., Entry]) -> Entry:
    """The stage `prepare` by itself.

    Args:
        project: The validated project.
        table: The rows, when they were given in memory instead of as files.
        stage: Finds an entry or makes it, as `Store.entry` does.
    """
    room = importlib.import_module("modelyard.prepare.prepare")
    parts = {
        "data": room.fingerprint(project, table),
        "options": project.file.model_dump(
            mode="json", include={"data", "predict", "columns"}, exclude={"predict": {"__all__": _deciding()}}
        ),
        "seed": project.train.seed,
        "code": code_of("prepare.prepare", **PREPARE_PARTS),
        "libraries": libraries(),
    }
    return stage("prepare", parts, lambda out: room.prepare(project, out, table))


def _plan(walk: Walk, prepared: Entry) -> dict[str, Any]:
    """The work plan: repeated from an earlier run, found in the store, or measured now."""
    if walk.plan is None:
        room = importlib.import_module("modelyard.train.train")
        parts = {
            "dataset": prepared.content,
            "options": walk.project.file.model_dump(mode="json", include={"train"}),
            "files": walk.project.digests,
            "encoders": _training(walk, prepared).digests,
            "machine": platform.processor() or platform.machine(),
            "threads": walk.threads,
            "code": code_of("train.train", **PLAN_PARTS),
            "libraries": libraries(),
        }
        walk.screen.begin(messages.text("pipeline.plan"))
        entry = walk.stage("plan", parts, lambda out: room.make_plan(_training(walk, prepared), out))
        walk.plan = json.loads((entry.folder / PLAN).read_text("utf-8"))
    plan: dict[str, Any] = walk.plan or {}
    kept = json.dumps(plan, ensure_ascii=False, indent=1)
    write_text(walk.runs.folder(walk.record) / PLAN, kept)
    return plan


def _train(walk: Walk, prepared: Entry, plan: dict[str, Any]) -> Entry:
    room = importlib.import_module("modelyard.train.train")
    granted = {
        target: {**one, "steps": [{**step, "rate": None} for step in one["steps"]]} for target, one in plan.items()
    }
    parts = {
        "dataset": prepared.content,
        "plan": granted,
        "options": walk.project.file.model_dump(mode="json", include={"train"}),
        "files": walk.project.digests,
        "encoders": _training(walk, prepared).digests,
        "coverage": walk.project.evaluate.coverage,
        "threads": walk.threads,
        "code": code_of("train.train", "train.search", **TRAIN_PARTS),
        "libraries": libraries(),
    }

    def make(out: Path) -> bool:
        room.train(_training(walk, prepared), plan, out)
        return not walk.clock.stopped

    trained = walk.stage("train", parts, make)
    leave = importlib.import_module("modelyard.train.leave").leave
    leave(_checkpoint(walk, prepared, trained), walk.runs.folder(walk.record))
    return trained


def _package(walk: Walk, prepared: Entry, trained: Entry) -> Entry:
    room = importlib.import_module("modelyard.package.package")
    wishes = wishes_of(walk.project, {target.name: target.task for target in _dataset(prepared).targets})
    parts = {
        "checkpoint": trained.content,
        "dataset": prepared.content,
        "name": walk.project.name,
        "wishes": [[goal.text for goal in wishes.goals], wishes.options, wishes.confidence],
        "layout": walk.project.data.layout,
        "code": code_of("package.package", **PACKAGE_PARTS),
        "libraries": libraries(),
    }
    walk.screen.begin(messages.text("pipeline.package"))

    def make(out: Path) -> Any:
        return room.package(_checkpoint(walk, prepared, trained), out, wishes, walk.project.data.layout)

    return walk.stage("package", parts, make)


def _deciding() -> set[str]:
    """Options that shape decision rules alone, whatever the task."""
    return {name for task in plugins.names("tasks") for name in deciding(task)}


def _evaluate(walk: Walk, prepared: Entry, trained: Entry, packaged: Entry) -> Entry:
    room = importlib.import_module("modelyard.evaluate.stage")
    parts = {
        "bundle": packaged.content,
        "checkpoint": trained.content,
        "dataset": prepared.content,
        "options": walk.project.file.model_dump(mode="json", include={"evaluate", "goals", "name", "predict"}),
        "about": _about(walk),
        "language": messages.language(),
        "code": code_of("evaluate.stage", **EVALUATE_PARTS),
    }
    walk.screen.begin(messages.text("pipeline.evaluate"))

    def make(out: Path) -> bool:
        checkpoint = _checkpoint(walk, prepared, trained)
        took = {stage["stage"]: stage["seconds"] for stage in walk.record.stages}
        about = {**_about(walk), "took": took}
        room.evaluate(checkpoint, packaged.folder, walk.project, about, out, walk.runs.workspace)
        return True

    return walk.stage("evaluate", parts, make)


def _ship(walk: Walk, packaged: Entry, evaluated: Entry) -> Run:
    """The bundle's program and its evidence, side by side in the run's folder."""
    folder = walk.runs.folder(walk.record)
    draft = folder / "tmp-bundle"
    hidden = shutil.ignore_patterns(".*")
    shutil.copytree(packaged.folder, draft, ignore=hidden)
    shutil.copytree(evaluated.folder, draft / "evidence", ignore=hidden)
    publish(draft, folder / "bundle")
    finished = Run(walk.record, folder)
    walk.record.bundle = finished.bundle.id
    walk.record.metrics = finished.report.headline()
    return finished


def _track(walk: Walk, finished: Run) -> None:
    """Tell MLflow, if the project wants it; a run that cannot be told is finished all the same."""
    if walk.project.track.mlflow is None:
        return
    walk.screen.begin(messages.text("pipeline.track"))
    room = importlib.import_module("modelyard.evaluate.track")
    refused = room.track(walk.project, walk.record, finished.path, finished.report)
    if refused:
        walk.record.notes.append(messages.text("pipeline.not_tracked", problem=refused))


# ------------------------------------------------------------------- details
def _training(walk: Walk, prepared: Entry) -> Any:
    """What planning and training share: encoders are looked for, and read, once in a run."""
    if walk.training is None:
        walk.training = importlib.import_module("modelyard.train.desk").Training(
            project=walk.project,
            dataset=_dataset(prepared),
            content=prepared.content,
            threads=walk.threads,
            store=walk.store,
            screen=walk.screen,
            clock=walk.clock,
            libraries=libraries(),
            remarks=walk.record.notes,
        )
    return walk.training


def _checkpoint(walk: Walk, prepared: Entry, trained: Entry) -> Checkpoint:
    room = importlib.import_module("modelyard.models.checkpoint")
    vectors = walk.runs.workspace / importlib.import_module("modelyard.train.encoders").VECTORS
    checkpoint: Checkpoint = room.load(walk.project.name, _dataset(prepared), trained.folder, vectors)
    return checkpoint


def _dataset(prepared: Entry) -> Dataset:
    dataset: Dataset = importlib.import_module("modelyard.data.dataset").Dataset.load(prepared.folder)
    return dataset


def _about(walk: Walk) -> dict[str, Any]:
    """Facts that the report shows, the same for every run that would find it in the store; none enters the bundle."""
    return {
        "time_budget": walk.clock.budget,
        "stopped": walk.clock.stopped,
        "threads": walk.threads,
        "libraries": libraries(),
        "plan": walk.plan,
        "seed": walk.project.train.seed,
        "start": walk.project.start,
        "data": walk.project.data.source if isinstance(walk.project.data.source, str) else "",
        "query": walk.project.data.query or "",
    }


def code_of(*stages: str, **rooms: tuple[str, ...]) -> str:
    """Digest of the code a stage depends on: its own, and the named modules of every plug-in of the rooms it uses."""
    modules = [f"modelyard.{stage}" for stage in stages]
    for room, parts in rooms.items():
        modules += [
            f"{plugins.location(room, name)}.{part}"
            for name in plugins.names(room)
            for part in parts
            if plugins.has_part(room, name, part)
        ]
    return code_digest(*modules)


__all__ = ["Run", "as_project", "code_of", "prepared_rows", "run"]

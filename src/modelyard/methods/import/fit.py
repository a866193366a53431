"""Nothing is learnt: the file is held against the project, and kept."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from modelyard.core.protocols import Problem, State, Watch
from modelyard.models import foreign, foreign_graph, foreign_trees
from modelyard.models.foreign import Facts

GRAPHS = (".onnx",)


def probe(problem: Problem, options: Any) -> float:
    """Holds the file against the project, before anything else is trained; it costs next to nothing."""
    if Path(options.model).is_dir():
        _checkpoints().study(problem, options.model, options.column)
    else:
        _study(problem, options)
    return 0.0


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Keep the file; see `core.protocols.MethodFit`.

    Raises:
        ProjectError: It does not fit the project.
    """
    if Path(options.model).is_dir():
        return _keep(problems, options, folders, watch)
    found = [_study(problem, options) for problem in problems]
    for (known, content), folder in zip(found, folders, strict=True):
        foreign.save(folder, known, content)
    watch.step(1, 1)
    notes = foreign.reversals(problems[0], _room(options).load(*found[0]))
    return {"done": 1, "best": 1, "curves": [], "notes": notes}


def _keep(problems: Sequence[Problem], options: Any, folders: Sequence[Path], watch: Watch) -> State:
    """A checkpoint's folder, kept for each fold."""
    room = _checkpoints()
    for problem, folder in zip(problems, folders, strict=True):
        room.save(folder, room.study(problem, options.model, options.column), options.model)
    watch.step(1, 1)
    return {"done": 1, "best": 1, "curves": [], "notes": []}


def _checkpoints() -> ModuleType:
    return importlib.import_module("modelyard.models.foreign_encoder")  # by name: files of models need no torch


def _study(problem: Problem, options: Any) -> tuple[Facts, bytes]:
    content = Path(options.model).read_bytes()
    return _room(options).study(content, problem, options.model), content


def _room(options: Any) -> ModuleType:
    return foreign_graph if options.model.lower().endswith(GRAPHS) else foreign_trees

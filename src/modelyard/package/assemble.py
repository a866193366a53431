"""Checkpoint -> the bundle's program: graphs, profile, recorded requests, code; sealed under its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

from modelyard import __version__
from modelyard.core import plugins
from modelyard.core.protocols import Outputs, State
from modelyard.models.checkpoint import Checkpoint, TrainedTarget
from modelyard.package import goldens
from modelyard.package.graph import Block, Built, build, group
from modelyard.package.profile import profile
from modelyard.package.program import write_program
from modelyard.runtime.goldens import GOLDEN
from modelyard.runtime.manifest import canonical, seal

PROFILE = "profile.json"
PRODUCERS, READER = ("numpy", "onnx", "onnxruntime"), "tokenizers"


def assemble(
    checkpoint: Checkpoint,
    folder: Path,
    decisions: Mapping[str, State] | None = None,
    layout: Mapping[str, Any] | None = None,
) -> str:
    """Write a bundle without evidence.

    Args:
        checkpoint: What training left.
        folder: Empty, or not there yet.
        decisions: Target -> its decision rule; the others get the plain answer.
        layout: What was said of how the files are laid out: holds for later ones.

    Returns:
        The bundle's id: the same for the same checkpoint, code and libraries, whatever the machine and the hour.
    """
    dataset = checkpoint.dataset
    inputs = dataset.inputs
    blocks = group(inputs, dataset.states)
    folder.mkdir(parents=True, exist_ok=True)
    decisions = decisions or {}
    targets = [
        _write_target(folder, number, build(blocks, target, checkpoint.encoders), target)
        | {"decision": decisions.get(target.name)}
        for number, target in enumerate(checkpoint.targets)
    ]

    held_out = dataset.cells(dataset.rows("valid"))
    recorded = goldens.record(inputs, dataset.states, held_out, checkpoint.outputs, checkpoint.targets, decisions)
    (folder / GOLDEN).write_bytes(canonical(recorded))

    training = dataset.rows("train")
    parsed = {column.name: dataset.values[column.name][training] for column in inputs}
    (folder / PROFILE).write_bytes(canonical(profile(inputs, parsed, _unseen(checkpoint))))

    write_program(folder, [block.modality for block in blocks], [target.task for target in checkpoint.targets])
    manifest = {
        "name": checkpoint.name,
        "inputs": [column.name for column in inputs],
        "blocks": [_block(block) for block in blocks],
        "targets": targets,
        "carried": list(dataset.keys),
        "layout": dict(layout or {}),
        "producer": _producer(targets),
    }
    return seal(folder, manifest | _encoders(checkpoint, targets))


def _write_target(folder: Path, number: int, built: Built, target: TrainedTarget) -> dict[str, Any]:
    """Write a target's graph, and the files that its feeds need; returns what the manifest says of it."""
    path = f"graphs/{number}.onnx"
    for place, content in {path: built.content, **built.files}.items():
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_bytes(content)
    return {
        "name": target.name,
        "columns": list(target.columns),
        "task": target.task,
        "version": plugins.part("tasks", target.task, "postprocess").VERSION,
        "graph": path,
        "outputs": list(built.outputs),
        "feeds": [feed.to_json() for feed in built.feeds],
        "state": target.state,
        "calibration": target.calibration,
        "method": target.chosen.method,
    }


def _unseen(checkpoint: Checkpoint) -> dict[str, Outputs]:
    """Target -> outputs of rows that nothing was learnt from: those held out, or all of them."""
    dataset = checkpoint.dataset
    if not dataset.taught:
        return checkpoint.outputs(dataset.cells(dataset.rows("train")))
    return {target.name: target.held()[1] for target in checkpoint.targets}


def _encoders(checkpoint: Checkpoint, targets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """{"encoders": text column -> what encoder the bundle has for it}, where it has any; a folder by its own name."""
    read = {feed["column"] for target in targets for feed in target["feeds"] if "tokenizer" in feed["options"]}
    found = {
        name: {**one, "encoder": one["encoder"] if "commit" in one else PurePath(one["encoder"]).name}
        for name, one in checkpoint.origins.items()
        if name in read
    }
    return {"encoders": found} if found else {}


def _producer(targets: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Versions of what the bundle was made with, and of what it needs to answer."""
    reads = any("tokenizer" in feed["options"] for target in targets for feed in target["feeds"])
    packages = (*PRODUCERS, READER) if reads else PRODUCERS
    return {"modelyard": __version__, **{package: version(package) for package in packages}}


def _block(block: Block) -> dict[str, Any]:
    """What the manifest says of a block; why inference took a column for what it is stays behind."""
    return {
        "modality": block.modality,
        "version": block.preprocess.VERSION,
        "columns": [{**column.to_json(), "reason": None} for column in block.columns],
        "states": list(block.states),
    }

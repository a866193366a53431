"""A bundle, opened: `Bundle.load(path).predict(rows)`.

    cells --parse--> parsed --block--> graph --> outputs --answer--> answers
                     texts  --steps----^

Everything that can be looked up is looked up while loading, and nothing in the bundle is executed but its graphs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.columns import row_count
from modelyard.core.errors import BundleError
from modelyard.core.feeds import Feed
from modelyard.core.protocols import Array, Columns, Outputs, Preprocess, State, TaskPostprocess
from modelyard.core.schema import Column
from modelyard.runtime import requests, steps
from modelyard.runtime.answers import Answers
from modelyard.runtime.goldens import GOLDEN, replay
from modelyard.runtime.graphs import open_graph
from modelyard.runtime.manifest import MANIFEST, Manifest, open_sealed, refuse
from modelyard.runtime.steps import Made, Remembered, Steps


@dataclass(frozen=True)
class _Block:
    """The input columns of one modality."""

    modality: str
    preprocess: Preprocess
    columns: tuple[Column, ...]
    states: tuple[State, ...]


@dataclass(frozen=True)
class _Model:
    """One target and its graph."""

    name: str
    postprocess: TaskPostprocess
    state: State
    calibration: State
    decision: State | None
    session: Any
    blocks: tuple[str, ...]
    feeds: tuple[Feed, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Rows as a bundle reads them.

    Args:
        columns: As they were given.
        parsed: Input column -> canonical values [rows].
        remarks: What was unusual.
    """

    columns: Columns
    parsed: dict[str, Array]
    remarks: tuple[requests.Remark, ...]


class Bundle:
    """A loaded bundle; made by `load`.

    Attributes:
        path: Its folder.
        id: sha256 of its manifest: the same id, the same answers.
        name: The project's name.
        manifest: The manifest as it was sealed.
        inputs: The columns a request must have, in the order of the table it was trained on.
        targets: What the manifest says of each target: "name", "task", "state", ...
    """

    def __init__(
        self,
        path: Path,
        bundle_id: str,
        manifest: Manifest,
        blocks: tuple[_Block, ...],
        models: tuple[_Model, ...],
        steps: Steps,
    ) -> None:
        columns = {column.name: column for block in blocks for column in block.columns}
        self.path = path
        self.id = bundle_id
        self.name: str = manifest["name"]
        self.manifest = manifest
        self.inputs: tuple[Column, ...] = tuple(columns[name] for name in manifest["inputs"])
        self.targets: tuple[dict[str, Any], ...] = tuple(manifest["targets"])
        self._carried: tuple[str, ...] = tuple(manifest["carried"])
        self._known = {*columns, *self._carried, *(name for target in self.targets for name in target["columns"])}
        self._blocks = blocks
        self._models = models
        self._feeds = {feed.name: feed for model in models for feed in model.feeds}
        self._steps = steps

    @classmethod
    def load(cls, path: str | Path, threads: int | None = None) -> Bundle:
        """Open a bundle after checking every byte of it.

        Args:
            path: Its folder.
            threads: Threads for one graph; by default what the affinity and the control group's quota allow.

        Raises:
            BundleError: Damaged, changed, linked, foreign or too new, or it needs tokenizers, which is not there;
                the text says what to do.
        """
        folder = Path(path)
        bundle_id, manifest, contents = open_sealed(folder)
        try:
            blocks = tuple(_block(folder, entry) for entry in manifest["blocks"])
            models = tuple(_model(folder, entry, contents, threads) for entry in manifest["targets"])
            made = Steps(contents, lambda content, place: open_graph(content, folder / place, threads))
            for model in models:
                for feed in model.feeds:
                    made.prepare(feed)
            return cls(folder, bundle_id, manifest, blocks, models, made)
        except (KeyError, TypeError, ValueError):
            refuse(folder / MANIFEST, "runtime.bad_manifest")
        except ModuleNotFoundError as error:
            refuse(folder, "runtime.lacks_library", fix="runtime.fix_library", name=error.name)

    @property
    def encodes(self) -> int:
        """How many encoders read each row, which takes longer than all else by far."""
        return len([feed for feed in self._feeds.values() if feed.step != "grams"])

    @property
    def encodes_again(self) -> int:
        """How many of them are part of the graphs that answer: what they make of a text cannot be remembered."""
        return len([feed for feed in self._feeds.values() if feed.step == "tokens"])

    def __repr__(self) -> str:
        return f"Bundle({self.name!r}, id={self.id[:12]}, targets={[target['name'] for target in self.targets]})"

    def predict(self, data: Any, first: int = 1) -> Answers:
        """Answer rows.

        Args:
            data: One row as a dictionary, a list of such rows, a mapping of columns, a frame or a matrix.
            first: Number of the first row in messages, where the rows are a part of many.

        Raises:
            RequestError: No rows, a missing column, a cell of the wrong type; it names the column, never the value.
            DataError: Not a table.
        """
        columns = requests.table(data, [column.name for column in self.inputs])
        if not row_count(columns):
            raise requests.refuse_empty()
        reading = self.read(columns, first)
        return self.answers(reading, self.run(reading))

    def answers(self, reading: Reading, outputs: dict[str, Outputs]) -> Answers:
        """What the user reads for these rows, with the keys that they carry."""
        keys = {name: reading.columns[name] for name in self._carried if name in reading.columns}
        return Answers(self.answer(outputs), self.id, keys, tuple(map(str, reading.remarks)))

    def outputs(self, columns: Columns) -> dict[str, Outputs]:
        """Target name -> what its graph answers, before labels are put to it.

        Raises:
            RequestError: A missing column or a cell of the wrong type.
        """
        return self.run(self.read(columns))

    def again(self) -> Callable[[Columns], dict[str, Outputs]]:
        """`outputs`, for the same texts again and again in other orders: what is made of each is made once."""
        remembered = Remembered(self._steps)

        def outputs(columns: Columns) -> dict[str, Outputs]:
            reading = self.read(columns)
            made = {name: remembered.make(feed, reading.parsed[feed.column]) for name, feed in self._feeds.items()}
            return self.run(reading, made)

        return outputs

    def answer(self, outputs: dict[str, Outputs]) -> dict[str, dict[str, Any]]:
        """Outputs -> what the user reads, per target."""
        return {
            model.name: model.postprocess.answer(outputs[model.name], model.state, model.calibration, model.decision)
            for model in self._models
        }

    def read(self, columns: Columns, first: int = 1) -> Reading:
        """Parse the input columns.

        Args:
            columns: At least the bundle's inputs.
            first: Number of the first row in messages.

        Raises:
            RequestError: A missing column or a cell of the wrong type.
        """
        requests.refuse_missing(self.inputs, columns)
        parsed: dict[str, Array] = {}
        bad: list[tuple[Column, Array]] = []
        unknown = [name for name in columns if name not in self._known]
        remarks = [requests.unknown_columns(unknown)] if unknown else []
        for block in self._blocks:
            for column, state in zip(block.columns, block.states, strict=True):
                cells = block.preprocess.parse(columns[column.name], column.options)
                parsed[column.name] = cells.values
                if len(cells.bad):
                    bad.append((column, cells.bad + first))
                remarks += [requests.noted_cells(column, note, count) for note, count in cells.notes.items() if count]
                odd = block.preprocess.odd(cells.values, state)
                if odd.any():
                    remarks.append(requests.odd_cells(column, np.flatnonzero(odd) + first))
        requests.refuse_unreadable(bad)
        return Reading(columns, parsed, tuple(remarks))

    def run(self, reading: Reading, made: dict[str, Made] | None = None) -> dict[str, Outputs]:
        """Target name -> what its graph answers; `made`, where it is at hand, need not be made again."""
        parsed = reading.parsed
        blocks = {
            block.modality: block.preprocess.block([parsed[column.name] for column in block.columns], block.states)
            for block in self._blocks
        }
        made = self.made(reading) if made is None else made
        return {model.name: _outputs(model, blocks, made, row_count(parsed)) for model in self._models}

    def made(self, reading: Reading) -> dict[str, Made]:
        """Feed -> what it gives the graphs of these rows' texts."""
        return {name: self._steps.make(feed, reading.parsed[feed.column]) for name, feed in self._feeds.items()}


def load(path: str | Path, threads: int | None = None) -> Bundle:
    """Open a bundle; see `Bundle.load`."""
    return Bundle.load(path, threads)


def verify(path: str | Path) -> str:
    """Check every byte of a bundle, replay its recorded requests, and return its id.

    Raises:
        BundleError: Damaged, or it answers differently from when it was made.
    """
    bundle = Bundle.load(path)
    place = bundle.path / GOLDEN
    failed = [finding for finding in replay(bundle, json.loads(place.read_bytes())) if not finding.passed]
    if failed:
        raise BundleError([finding.mistake(place) for finding in failed])
    return bundle.id


def _outputs(model: _Model, blocks: dict[str, Array], made: dict[str, Made], rows: int) -> Outputs:
    """Outputs of one graph."""
    taken = {name: blocks[name] for name in model.blocks}
    arrays = steps.run(model.session, model.outputs, taken, [made[feed.name] for feed in model.feeds], rows)
    return dict(zip(model.outputs, arrays, strict=True))


def _block(folder: Path, entry: dict[str, Any]) -> _Block:
    preprocess = _plugin(folder, "modalities", entry["modality"], "preprocess", entry["version"])
    columns = tuple(Column.from_json(column) for column in entry["columns"])
    return _Block(entry["modality"], preprocess, columns, tuple(entry["states"]))


def _model(folder: Path, entry: dict[str, Any], contents: dict[str, bytes], threads: int | None) -> _Model:
    postprocess = _plugin(folder, "tasks", entry["task"], "postprocess", entry["version"])
    session = open_graph(contents[entry["graph"]], folder / entry["graph"], threads)
    feeds = tuple(_feed(folder, feed) for feed in entry.get("feeds", ()))
    return _Model(
        name=entry["name"],
        postprocess=postprocess,
        state=entry["state"],
        calibration=entry["calibration"],
        decision=entry["decision"],
        session=session,
        blocks=tuple(item.name for item in session.get_inputs() if item.name not in {feed.name for feed in feeds}),
        feeds=feeds,
        outputs=tuple(entry["outputs"]),
    )


def _feed(folder: Path, entry: dict[str, Any]) -> Feed:
    """What a graph is fed with, by a step that this version has."""
    feed = Feed(**entry)
    if feed.version != steps.VERSIONS[feed.step]:
        fix = "runtime.fix_upgrade" if feed.version > steps.VERSIONS[feed.step] else "runtime.fix_older"
        refuse(
            folder / MANIFEST, "runtime.plugin_version", "runtime.expected_version", fix,
            room="steps", name=feed.step, got=feed.version, known=steps.VERSIONS[feed.step],
        )  # fmt: skip
    return feed


def _plugin(folder: Path, room: str, name: str, module: str, version: int) -> Any:
    """A plug-in that reads what this bundle's version of it wrote."""
    place, installed = folder / MANIFEST, plugins.names(room)
    if name not in installed:
        refuse(
            place, "runtime.unknown_plugin", "runtime.expected_plugin", "runtime.fix_plugin",
            room=room, name=name, names=", ".join(installed),
        )  # fmt: skip
    plugin = plugins.part(room, name, module)
    if version != plugin.VERSION:
        fix = "runtime.fix_upgrade" if version > plugin.VERSION else "runtime.fix_older"
        refuse(
            place, "runtime.plugin_version", "runtime.expected_version", fix,
            room=room, name=name, got=version, known=plugin.VERSION,
        )  # fmt: skip
    return plugin

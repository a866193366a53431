"""Pre-trained encoders that stay as they are: exported once, run by onnxruntime, each text encoded once.

A folder holds what ships: the graph, the tokenizer, and `encoder.json` with what the step `vectors` needs to know.
Vectors stand in the views `raw` and `dense` beside all other features.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.feeds import Feed
from modelyard.core.progress import Screen, Silent
from modelyard.core.protocols import Array, Feature, Floats, Texts
from modelyard.core.store import KEY, digest
from modelyard.fragments.graph import Graph
from modelyard.models.vector_cache import VectorCache
from modelyard.runtime import tokens
from modelyard.runtime.graphs import open_graph
from modelyard.runtime.steps import VERSIONS, encode

GRAPH, TOKENIZER, FACTS = "encoder.onnx", "tokenizer.json", "encoder.json"
_AT_ONCE = 512  # texts between two looks at the progress
_LOOK = 48  # texts that tell how long all will take


@dataclass(frozen=True)
class Encoder:
    """A frozen encoder on this machine.

    Args:
        folder: What `make` wrote.
        cache: Where the vectors of all encoders are kept; None computes them every time.
        threads: Of the processor.
    """

    folder: Path
    cache: Path | None = None
    threads: int | None = None

    @cached_property
    def facts(self) -> dict[str, Any]:
        """{"id", "dimension", "window", "overlap", ...}; another id, other vectors."""
        facts: dict[str, Any] = json.loads((self.folder / FACTS).read_text("utf-8"))
        return facts

    @property
    def dimension(self) -> int:
        """Of a vector."""
        return int(self.facts["dimension"])

    def vectors(self, texts: Array) -> Floats:
        """Vectors of texts [texts, dimension]; equal texts, and those encoded before, are not encoded again."""
        places: dict[str, int] = {}
        rows = [places.setdefault(one, len(places)) for one in texts]
        return np.asarray(self._of(np.asarray(list(places), object))[rows], np.float32)

    def read(self, texts: Array, hold: Callable[[float], None], screen: Screen | None = None) -> None:
        """Encode and keep those texts that are not known yet.

        Args:
            texts: Any.
            hold: Is told the seconds that it will take, as a few of them have shown, and may refuse.
            screen: Where progress is shown.
        """
        distinct = np.asarray(list(dict.fromkeys(texts)), object)
        missing = distinct[~self._known(distinct)]
        some = np.zeros(len(missing), bool)
        some[:: max(1, len(missing) // _LOOK)] = True
        began = time.perf_counter()
        self._of(missing[some])
        hold((time.perf_counter() - began) * len(missing) / max(1, some.sum()))
        self._of(missing[~some], screen)

    def refused(self) -> OSError | None:
        """Why new vectors could not be kept, or None."""
        return self._cache.failed if self._cache else None

    def declare(self, graph: Graph, column: str) -> str:
        """Feed a graph with the vectors of a column; returns the tensor [rows, dimension]."""
        options = {
            **{name: self.facts[name] for name in ("dimension", "window", "overlap")},
            "graph": graph.file((self.folder / GRAPH).read_bytes(), ".onnx"),
            "tokenizer": graph.file((self.folder / TOKENIZER).read_bytes(), ".json"),
        }
        feed = Feed(f"vectors/{column}", "vectors", column, VERSIONS["vectors"], options)
        return graph.feed(feed, self.dimension)

    def _of(self, distinct: Array, screen: Screen | None = None) -> Floats:
        """Vectors of texts that are all different."""
        found, known = self._cache.find(distinct) if self._cache else (None, np.zeros(len(distinct), bool))
        vectors = np.empty((len(distinct), self.dimension), np.float32) if found is None else found
        missing = np.flatnonzero(~known)
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            vectors[some] = self._encoded(distinct[some])
            if self._cache:
                self._cache.keep(distinct[some], vectors[some])
            (screen or Silent()).advance(start + len(some), len(missing), {})
        return vectors

    def _known(self, texts: Array) -> Array:
        return self._cache.find(texts)[1] if self._cache else np.zeros(len(texts), bool)

    def _encoded(self, texts: Array) -> Floats:
        ids = tokens.tokens(self._tokenizer, texts, self.facts["window"], self.facts["overlap"])
        return encode(self._session, ids, self.facts["window"], self.dimension)

    @cached_property
    def _cache(self) -> VectorCache | None:
        return None if self.cache is None else VectorCache(self.cache / self.facts["id"], self.dimension)

    @cached_property
    def _tokenizer(self) -> Any:
        return tokens.open_tokenizer((self.folder / TOKENIZER).read_bytes())

    @cached_property
    def _session(self) -> Any:
        place = self.folder / GRAPH
        return open_graph(place.read_bytes(), place, self.threads)


class Encoders:
    """The frozen encoders of a dataset, made ready when the first of them is asked for.

    Args:
        ready: Answers text column -> its encoder.
    """

    def __init__(self, ready: Callable[[], Mapping[str, Encoder]] = dict) -> None:
        self._ready = ready

    @cached_property
    def of(self) -> Mapping[str, Encoder]:
        """Text column -> its encoder."""
        return self._ready()

    def beside(self, matrix: Floats, texts: Texts) -> Floats:
        """A view [rows, features] with the vectors of its texts."""
        if not self.of:
            return matrix
        return np.concatenate([matrix, *(one.vectors(texts[name]) for name, one in self.of.items())], axis=1)

    def features(self) -> tuple[Feature, ...]:
        """What the numbers of the vectors are, in the order of `beside`."""
        return tuple(
            Feature(f"{column}[{number}]", column, "vector")
            for column, one in self.of.items()
            for number in range(one.dimension)
        )

    def declare(self, graph: Graph) -> list[str]:
        """The tensors that `beside` puts beside a view."""
        return [one.declare(graph, column) for column, one in self.of.items()]


def make(folder: Path, source: Path, options: Mapping[str, Any]) -> None:
    """Export a checkpoint into a folder.

    Args:
        folder: Empty.
        source: The checkpoint's folder.
        options: Of the text column.
    """
    frozen = importlib.import_module("modelyard.backbones.frozen")  # by name: whoever reads vectors loads no torch
    content, facts = frozen.export(source, options["pooling"], options["remote_code"])
    window = min(options["window"], facts["limit"])
    shape = {"dimension": facts["width"], "window": window, "overlap": min(options["overlap"], window // 2)}
    told = {"model_type": facts["model_type"], "pooling": facts["pooling"], **shape}
    tokenizer: bytes = importlib.import_module("modelyard.backbones.tokenizers").of_folder(source)
    digests = [hashlib.sha256(part).hexdigest() for part in (content, tokenizer)]
    told["id"] = digest([told, *digests])[:KEY]
    (folder / GRAPH).write_bytes(content)
    (folder / TOKENIZER).write_bytes(tokenizer)
    (folder / FACTS).write_text(json.dumps(told, sort_keys=True), "utf-8")

"""What graphs are fed with, made of texts: n-grams, token ids, vectors of a frozen encoder.

    texts --grams---> hashed n-grams
    texts --tokens--> ids of a tokenizer, in windows
    texts --tokens--> ids --encoder's graph--> vectors

Training makes them with the same code, and vectors with the same graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core.feeds import Feed, Step
from modelyard.core.protocols import Array, Floats
from modelyard.core.ragged import Ragged
from modelyard.runtime import grams, tokens

VERSIONS: Mapping[Step, int] = {"grams": grams.VERSION, "tokens": tokens.VERSION, "vectors": 1}
INPUT, OUTPUT = "ids", "vector"
"""What an encoder's graph calls its own."""
ROWS, IDS = 4_096, {"grams": 131_072, "tokens": 8_192}
"""The most rows, and ids with those that only fill up, of one call: memory does not grow with the table."""


@dataclass(frozen=True, eq=False)
class Made:
    """One feed of some rows.

    Args:
        feed: What it is.
        values: Vectors, or ids of each row.
    """

    feed: Feed
    values: Floats | Ragged

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each row takes of a call's memory, 1 being all of it; 0 where rows are all alike."""
        if not isinstance(self.values, Ragged):
            return np.zeros(len(self.values))
        if self.feed.step == "tokens":
            times: int = self.feed.options.get("times", 1)
            return times * _weights(self.values, self.feed.options["window"])
        return self.values.lengths / IDS[self.feed.step]

    def array(self, rows: Array | slice) -> Array:
        """What the graph takes for some rows."""
        some = self.values[rows]
        if not isinstance(some, Ragged):
            return some
        return some.windows(self.feed.options["window"]) if self.feed.step == "tokens" else some.padded()


class Steps:
    """Makes feeds; tokenizers and graphs are opened once.

    Args:
        contents: Place of a file -> its content.
        open_graph: Content of a graph and its place -> a session.
    """

    def __init__(self, contents: Mapping[str, bytes], open_graph: Callable[[bytes, str], Any]) -> None:
        self._contents = contents
        self._open_graph = open_graph
        self._opened: dict[str, Any] = {}

    def prepare(self, feed: Feed) -> None:
        """Open what a feed needs, so that the first row waits no longer than the next.

        Raises:
            KeyError: A file that is not there.
        """
        if "tokenizer" in feed.options:
            self._open(feed.options["tokenizer"], lambda content, _: tokens.open_tokenizer(content))
        if "graph" in feed.options:
            self._open(feed.options["graph"], self._open_graph)

    def make(self, feed: Feed, texts: Array) -> Made:
        """A feed for texts [rows]; equal ones are made once."""
        self.prepare(feed)
        places: dict[str, int] = {}
        rows = [places.setdefault(one, len(places)) for one in texts]
        if len(places) == len(rows):
            return self._made(feed, texts)
        return Made(feed, self._made(feed, np.asarray(list(places), object)).values[np.asarray(rows)])

    def _made(self, feed: Feed, texts: Array) -> Made:
        options = feed.options
        if feed.step == "grams":
            found = grams.grams(texts, options["words"], options["characters"], options["buckets"])
            return Made(feed, found)
        ids = tokens.tokens(self._opened[options["tokenizer"]], texts, options["window"], options["overlap"])
        if feed.step == "tokens":
            return Made(feed, ids)
        return Made(feed, encode(self._opened[options["graph"]], ids, options["window"], options["dimension"]))

    def _open(self, place: str, opener: Callable[[bytes, str], Any]) -> None:
        if place not in self._opened:
            self._opened[place] = opener(self._contents[place], place)


class Remembered:
    """Feeds of rows whose texts come again and again in other orders: they are made in the first call, and remembered.

    Args:
        steps: Makes them.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._known: dict[str, tuple[dict[str, int], Made]] = {}

    def make(self, feed: Feed, texts: Array) -> Made:
        """As `Steps.make`."""
        if feed.name not in self._known:
            made = self._steps.make(feed, texts)
            self._known[feed.name] = {one: row for row, one in enumerate(texts)}, made
            return made
        places, made = self._known[feed.name]
        rows = [places.get(one, -1) for one in texts]
        if -1 in rows:
            return self._steps.make(feed, texts)
        return Made(feed, made.values[np.asarray(rows, np.int64)])


def encode(session: Any, ids: Ragged, window: int, dimension: int) -> Floats:
    """Vectors of texts [rows, dimension], by an encoder's graph."""
    vectors = np.empty((len(ids), dimension), np.float32)
    for rows in calls(_weights(ids, window)):
        vectors[rows] = session.run([OUTPUT], {INPUT: ids[rows].windows(window)})[0]
    return vectors


def _weights(ids: Ragged, window: int) -> NDArray[np.float64]:
    """What each text takes of a call's memory [rows]: beside others as long, its last window is filled up."""
    lengths = ids.lengths
    return np.where(lengths <= window, lengths, -(-lengths // window) * window) / IDS["tokens"]


def run(session: Any, outputs: Sequence[str], blocks: Mapping[str, Array], made: Sequence[Made], rows: int) -> Any:
    """What a graph answers, call by call: arrays [rows, ...] in the order of `outputs`.

    Args:
        session: The graph.
        outputs: Names of its outputs.
        blocks: Input -> what all rows have for it.
        made: What was made of texts for it.
        rows: How many there are.
    """
    weights = np.max([one.weights for one in made], axis=0) if made else np.zeros(rows)
    found: list[tuple[Any, list[Array]]] = []
    for some in calls(weights):
        feeds = {name: block[some] for name, block in blocks.items()} if rows > ROWS or made else dict(blocks)
        feeds |= {one.feed.name: one.array(some) for one in made}
        found.append((some, session.run(list(outputs), feeds)))
    if len(found) == 1 and not made:
        return found[0][1]
    arrays = [np.empty((rows, *array.shape[1:]), array.dtype) for array in found[0][1]]
    for some, parts in found:
        for array, part in zip(arrays, parts, strict=True):
            array[some] = part
    return arrays


def calls(weights: NDArray[np.float64]) -> Iterator[Any]:
    """Rows in calls: places of rows that are alike in length, as many as a call's memory holds; one call at least.

    Args:
        weights: What each row takes of a call's memory; a call takes as much as its heaviest row, for all of its rows.
    """
    rows = len(weights)
    if not weights.any():
        yield from (slice(start, start + ROWS) for start in range(0, max(rows, 1), ROWS))
        return
    order = np.argsort(weights, kind="stable")
    last = rows
    while last > 0:
        most = max(1, int(1 / max(weights[order[last - 1]], 1 / ROWS)))
        yield np.sort(order[max(0, last - most) : last])
        last -= most

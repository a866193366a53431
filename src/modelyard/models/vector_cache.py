"""Vectors that were computed once, by the content of their texts: two files that only grow.

keys.bin      48 bytes per vector: sha256 of the text, and the first 16 bytes of the sha256 of the vector
vectors.bin   float32 [vectors, dimension]

Vectors are written before their keys, so that whoever is killed leaves vectors without keys, which the next one writes
over. A vector whose bytes changed is not found. Vectors that cannot be written are kept in memory, for this run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from modelyard.core.locks import lock_if_possible
from modelyard.core.protocols import Array, Floats

KEYS, VECTORS = "keys.bin", "vectors.bin"
_KEY, _SUM = 32, 16


class VectorCache:
    """The vectors of one encoder.

    Args:
        folder: Made when the first vectors are kept.
        dimension: Of a vector.

    Attributes:
        failed: Why new vectors could not be kept, or None.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.failed: OSError | None = None
        self._folder = folder
        self._dimension = dimension
        self._unwritten: dict[bytes, Floats] = {}
        self._places, self._sums = self._read()

    def find(self, texts: Iterable[str]) -> tuple[Floats, Array]:
        """The vectors of texts [texts, dimension], and which of them are known [texts]; the others are anything."""
        keys = [key_of(text) for text in texts]
        wanted = [self._places.get(key, -1) for key in keys]
        found = np.empty((len(wanted), self._dimension), np.float32)
        known = np.zeros(len(wanted), bool)
        stored = self._stored() if max(wanted, default=-1) >= 0 else found[:0]
        for number, place in enumerate(wanted):
            if 0 <= place < len(stored) and _sum(stored[place]) == self._sums[place]:
                found[number], known[number] = stored[place], True
            elif keys[number] in self._unwritten:
                found[number], known[number] = self._unwritten[keys[number]], True
        return found, known

    def keep(self, texts: Iterable[str], vectors: Floats) -> None:
        """Keep new vectors; in memory alone while somebody else is at it, and once the disk has refused."""
        keys, vectors = [key_of(text) for text in texts], np.ascontiguousarray(vectors, np.float32)
        if self.failed is None:
            try:
                if self._written(keys, vectors):
                    return
            except OSError as error:
                self.failed = error
        self._unwritten.update(zip(keys, vectors, strict=True))

    def _written(self, keys: Sequence[bytes], vectors: Floats) -> bool:
        """Whether nobody else is at it, so that vectors could be written.

        Raises:
            OSError: The disk refuses.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            release = lock_if_possible(self._folder)
        except BlockingIOError:
            return False
        try:
            self._append(keys, vectors)
        finally:
            release()
        return True

    def _stored(self) -> Floats:
        """What lies on the disk [vectors, dimension]; the last one may be cut short, or all of them gone."""
        place = self._folder / VECTORS
        with suppress(OSError):
            count = place.stat().st_size // (4 * self._dimension)
            if count:
                return np.memmap(place, np.float32, "r", shape=(count, self._dimension))
        return np.empty((0, self._dimension), np.float32)

    def _append(self, keys: Sequence[bytes], vectors: Floats) -> None:
        self._places, self._sums = self._read()
        count, sums = len(self._sums), [_sum(vector) for vector in vectors]
        _write(self._folder / VECTORS, count * self._dimension * 4, vectors.tobytes())
        _write(self._folder / KEYS, count * (_KEY + _SUM), b"".join(map(b"".join, zip(keys, sums, strict=True))))
        self._places |= {key: count + number for number, key in enumerate(keys)}
        self._sums += sums

    def _read(self) -> tuple[dict[bytes, int], list[bytes]]:
        """Key -> place, and the check sum of each place."""
        content, size = b"", 0
        with suppress(OSError):
            content, size = (self._folder / KEYS).read_bytes(), (self._folder / VECTORS).stat().st_size
        count = min(len(content) // (_KEY + _SUM), size // (4 * self._dimension))
        records = [content[at : at + _KEY + _SUM] for at in range(0, count * (_KEY + _SUM), _KEY + _SUM)]
        return {record[:_KEY]: place for place, record in enumerate(records)}, [record[_KEY:] for record in records]


def key_of(text: str) -> bytes:
    """What a text is found by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _sum(vector: Floats) -> bytes:
    return hashlib.sha256(vector.tobytes()).digest()[:_SUM]


def _write(path: Path, start: int, content: bytes) -> None:
    """Write from a place on; what stood there was never finished."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(handle, "r+b") as file:
        file.truncate(start)
        file.seek(start)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

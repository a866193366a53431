"""Curves -> TensorBoard events, written without TensorBoard: its libraries load all of PyTorch to write a few numbers.

A file of events is a row of records: the length of the data, its checksum, the data, its checksum (TensorFlow,
`record_writer.cc`). The data is an `Event` message of protocol buffers (TensorBoard, `event.proto`, `summary.proto`).

Events hold the time, so they are never part of a checkpoint: whoever wants them writes them from the curves into a
folder of their own.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from modelyard.core.scaling import LARGEST

CASTAGNOLI = 0x82F63B78  # CRC-32C, bits reversed
MASK = 0xA282EAD8
FILE_VERSION = b"brain.Event:2"


def write(curves: Iterable[Mapping[str, float]], folder: Path) -> None:
    """Write one event file.

    Args:
        curves: Per step {"step", name: value, ...}; a step may lack some of the names.
        folder: Made if it is not there; its name is how TensorBoard calls the run.
    """
    now = time.time()
    events = [_event(now, 0, _field(3, FILE_VERSION))]
    for point in curves:
        step = int(point["step"])
        events += [_event(now, step, _scalar(name, value)) for name, value in point.items() if name != "step"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"events.out.tfevents.{int(now)}.modelyard").write_bytes(b"".join(map(_record, events)))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _event(seconds: float, step: int, what: bytes) -> bytes:
    """Event {wall_time = 1, step = 2, file_version = 3 or summary = 5}."""
    return b"\x09" + struct.pack("<d", seconds) + b"\x10" + _varint(step) + what


def _scalar(name: str, value: float) -> bytes:
    """Summary {value = 1 {tag = 1, simple_value = 2}}; the number is a float32."""
    number = max(min(value, LARGEST), -LARGEST)
    return _field(5, _field(1, _field(1, name.encode()) + b"\x15" + struct.pack("<f", number)))


def _field(number: int, content: bytes) -> bytes:
    """Text or a message inside a message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a high bit says that more follow."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _checksum(data: bytes) -> bytes:
    """Masked CRC-32C, uint32."""
    crc, table = 0xFFFFFFFF, _table()
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF)


@cache
def _table() -> tuple[int, ...]:
    """What each byte does to a CRC-32C."""
    found = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (CASTAGNOLI if crc & 1 else 0)
        found.append(crc)
    return tuple(found)

"""Curves as TensorBoard events, read back field by field."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.models import events


def records(folder: Path) -> list[bytes]:
    """The data of each record, its checksums compared."""
    (path,) = folder.iterdir()
    assert "tfevents" in path.name
    content, found, start = path.read_bytes(), [], 0
    while start < len(content):
        (length,) = struct.unpack_from("<Q", content, start)
        data = content[start + 12 : start + 12 + length]
        assert content[start + 8 : start + 12] == events._checksum(content[start : start + 8])
        assert content[start + 12 + length : start + 16 + length] == events._checksum(data)
        found.append(data)
        start += 16 + length
    return found


def fields(message: bytes) -> dict[int, bytes | int]:
    """The fields of a protocol-buffers message; each occurs once here."""
    found: dict[int, bytes | int] = {}
    while message:
        key, message = varint(message)
        number, kind = key >> 3, key & 7
        if kind == 0:
            found[number], message = varint(message)
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            size, message = varint(message)
        found[number], message = message[:size], message[size:]
    return found


def varint(message: bytes) -> tuple[int, bytes]:
    length = next(number for number, byte in enumerate(message) if byte < 128) + 1
    return sum((byte & 127) << 7 * number for number, byte in enumerate(message[:length])), message[length:]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    first, *rest = map(fields, records(folder))
    assert first[3] == b"brain.Event:2"
    found: dict[str, list[tuple[int, float]]] = {}
    for event in rest:
        value = fields(fields(event[5])[1])  # type: ignore[arg-type]
        number = struct.unpack("<f", value[2])[0]  # type: ignore[arg-type]
        found.setdefault(value[1].decode(), []).append((event[2], number))  # type: ignore[arg-type, union-attr]
    return found


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "运行 1" / "network"
    events.write([{"step": 1, "train_loss": 0.5, "valid_loss": 0.75}, {"step": 300, "train_loss": 0.25}], folder)
    assert scalars(folder) == {"train_loss": [(1, 0.5), (300, 0.25)], "valid_loss": [(1, 0.75)]}


def test_no_curves(tmp_path: Path) -> None:
    events.write([], tmp_path / "events")
    assert scalars(tmp_path / "events") == {}


def test_a_record_is_what_tensorboard_writes() -> None:
    event = events._event(1.0, 7, events._scalar("loss", 0.5))
    assert event.hex() == "09000000000000f03f10072a0d0a0b0a046c6f7373150000003f"
    record = events._record(event)
    assert (record[:12].hex(), record[-4:].hex()) == ("1a00000000000000129bd82d", "862c9a2f")


@pytest.mark.parametrize(("loss", "kept"), [(1e300, 3.4e38), (-1e300, -3.4e38), (float("inf"), 3.4e38)])
def test_losses_beyond_float32(loss: float, kept: float, tmp_path: Path) -> None:
    events.write([{"step": 1, "loss": loss, "nan": float("nan")}], tmp_path / "events")
    found = scalars(tmp_path / "events")
    assert found["loss"][0][1] == pytest.approx(kept)
    assert math.isnan(found["nan"][0][1])


@pytest.mark.parametrize(("data", "crc"), [(b"123456789", 0xE3069283), (b"", 0), (bytes(32), 0x8A9136AA)])
def test_checksums_of_rfc_3720(data: bytes, crc: int) -> None:
    masked = struct.unpack("<I", events._checksum(data))[0]
    turned = (masked - events.MASK) & 0xFFFFFFFF
    assert (turned >> 17 | turned << 15) & 0xFFFFFFFF == crc


@given(st.integers(0, 2**63 - 1))
def test_whole_numbers_come_back(number: int) -> None:
    assert varint(events._varint(number) + b"rest") == (number, b"rest")


def test_torch_stays_out(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from modelyard.models import events\n"
        "events.write([{'step': 1, 'loss': 1.0}], Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

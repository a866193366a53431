"""Curves as TensorBoard events."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.models import events


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read them back with TensorBoard's own record format."""
    from tensorboardX.proto.event_pb2 import Event

    (path,) = folder.iterdir()
    data, found, start = path.read_bytes(), dict[str, list[tuple[int, float]]](), 0
    while start < len(data):
        length = int.from_bytes(data[start : start + 8], "little")
        event = Event.FromString(data[start + 12 : start + 12 + length])
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
        start += 12 + length + 4
    return found


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "运行 1" / "network"
    events.write([{"step": 1, "train_loss": 0.5, "valid_loss": 0.75}, {"step": 2, "train_loss": 0.25}], folder)
    assert scalars(folder) == {"train_loss": [(1, 0.5), (2, 0.25)], "valid_loss": [(1, 0.75)]}


def test_no_curves(tmp_path: Path) -> None:
    events.write([], tmp_path / "events")
    assert scalars(tmp_path / "events") == {}


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events.write([{"step": 1, "loss": 1.0}], tmp_path / "events")
    assert capfd.readouterr() == ("", "")

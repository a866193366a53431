"""The state of training on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from modelyard.core import store
from modelyard.models import halfway
from modelyard.models.halfway import RECORD, Halfway

pytestmark = pytest.mark.torch
Parts = dict[str, Callable[[], dict[str, Tensor]]]


def parts_of(**values: float) -> Parts:
    return {name: lambda value=value: {"x": torch.full((3,), value)} for name, value in values.items()}  # type: ignore[misc]


def values_in(state: Halfway) -> dict[str, float]:
    found = state.read()
    assert found is not None
    return {name: float(tensors["x"][0]) for name, tensors in found[0].items()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state = Halfway(tmp_path / "deep" / "folder")
    facts = {"loss": 0.1 + 0.2, "curves": [{"step": 1}], "名": "é"}
    state.write({"a": lambda: {"x": torch.arange(3), "scalar": torch.tensor(2.5)}}, facts)
    parts, found = Halfway(state.folder).read() or ({}, {})
    assert found == facts
    assert parts["a"]["x"].tolist() == [0, 1, 2] and parts["a"]["scalar"].shape == ()


def test_a_part_that_is_there_is_not_asked_for_again(tmp_path: Path) -> None:
    state = Halfway(tmp_path)
    state.write(parts_of(best=1, step1=1), {})
    state.write(parts_of(best=7, step2=2), {})
    assert values_in(state) == {"best": 1, "step2": 2}
    assert {path.name for path in tmp_path.iterdir()} == {RECORD, "best", "step2"}


def test_nothing_there(tmp_path: Path) -> None:
    assert Halfway(tmp_path).read() is None
    assert Halfway(tmp_path / "nowhere").read() is None


def test_tied_and_strided_tensors(tmp_path: Path) -> None:
    x = torch.arange(6.0).reshape(2, 3)
    state = Halfway(tmp_path)
    state.write({"a": lambda: {"one": x, "same": x, "turned": x.T, "part": x[:, 1]}}, {})
    parts, _ = state.read() or ({}, {})
    assert torch.equal(parts["a"]["turned"], x.T) and parts["a"]["part"].tolist() == [1, 4]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"parts": ["gone"], "facts": {}}', b'{"facts": {}}', b"\xff"])
def test_a_damaged_record_is_nothing_and_goes(damage: bytes, tmp_path: Path) -> None:
    state = Halfway(tmp_path / "state")
    state.write(parts_of(a=1), {})
    (state.folder / RECORD).write_bytes(damage)
    assert state.read() is None
    assert not state.folder.exists()


def test_a_damaged_part_is_nothing(tmp_path: Path) -> None:
    state = Halfway(tmp_path)
    state.write(parts_of(a=1), {})
    (tmp_path / "a").write_bytes(b"\x00" * 9)
    assert state.read() is None


def test_killed_before_the_record(tmp_path: Path) -> None:
    """The parts of the next state are there, its record is not: the last whole state counts."""
    state = Halfway(tmp_path)
    state.write(parts_of(step1=1), {"done": 1})
    (tmp_path / "step2").write_bytes(b"whatever")
    (tmp_path / f".{RECORD}").write_bytes(b"half")
    (tmp_path / ".step3").write_bytes(b"half")
    assert values_in(state) == {"step1": 1}
    assert {path.name for path in tmp_path.iterdir()} == {RECORD, "step1"}


@pytest.mark.parametrize("step", range(6))
def test_stopped_at_any_moment_of_writing(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = Halfway(tmp_path)
    state.write(parts_of(step1=1), {})
    calls: list[Path] = []
    sync = store.sync

    def stopping(path: Path) -> None:
        calls.append(path)
        if len(calls) > step:
            raise KeyboardInterrupt
        sync(path)

    monkeypatch.setattr(halfway, "sync", stopping)
    try:
        state.write(parts_of(step2=2, best=2), {})
    except KeyboardInterrupt:
        monkeypatch.undo()
    assert values_in(Halfway(tmp_path)) in ({"step1": 1}, {"step2": 2, "best": 2})


def test_a_full_disk_leaves_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = Halfway(tmp_path)
    state.write(parts_of(step1=1), {})

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(halfway, "sync", full)
    state.write(parts_of(step2=2), {})
    monkeypatch.undo()
    assert values_in(state) == {"step1": 1}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    state = Halfway(tmp_path / "file" / "state")
    state.write(parts_of(a=1), {})
    assert state.read() is None


def test_remove(tmp_path: Path) -> None:
    state = Halfway(tmp_path / "state")
    state.remove()
    state.write(parts_of(a=1), {})
    state.remove()
    assert not state.folder.exists()


def test_it_is_due_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    state = Halfway(tmp_path)
    assert not state.due
    now[0] += halfway.EVERY
    assert state.due
    state.write(parts_of(a=1), {})
    assert not state.due


def test_slow_disks_are_written_to_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slow() -> dict[str, Tensor]:
        now[0] += 60.0
        return {"x": torch.ones(1)}

    state = Halfway(tmp_path)
    state.write({"a": slow}, {})
    now[0] += 60 / halfway.SHARE - 1
    assert not state.due
    now[0] += 2
    assert state.due

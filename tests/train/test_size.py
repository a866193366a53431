"""Encoders that learn, held against what a graph holds."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from modelyard.backbones import source
from modelyard.core.errors import ProjectError
from modelyard.core.project import from_values
from modelyard.core.protocols import MethodInfo
from modelyard.core.schema import Column
from modelyard.train import size as subject
from modelyard.train.ladder import Rung

NAMES = ("", "")
TUNED = MethodInfo(NAMES, 7, "texts", ("torch",), "text", NAMES, wants="encoder")
LINEAR = MethodInfo(NAMES, 2, "texts", (), "tables", NAMES)
PROBE = MethodInfo(NAMES, 4, "dense", (), "tables", NAMES, wants="vectors")
IMPORTED = MethodInfo(NAMES, 4, "texts", (), "text", NAMES, wants="texts")
WAYS = [(5, 2), (5, 1), (2, 1)]
ONE = 4 * (24 * 16 + 6)
"""Bytes of the encoder of these tests."""


def rung(info: MethodInfo = TUNED, lacks: tuple[str, ...] = ()) -> Rung:
    return Rung("method", info, SimpleNamespace(), lacks)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Weights of two files; half of them in half precision, which graphs know nothing of."""
    save_file({"a": np.zeros((24, 16), np.float16)}, tmp_path / "model-1.safetensors")
    save_file({"b": np.zeros(6, np.float32)}, tmp_path / "model-2.safetensors")
    index = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    (tmp_path / source.INDEX).write_text(index, "utf-8")
    return tmp_path


def training(folder: Path, tune: str = "auto", columns: tuple[str, ...] = ("评论",)) -> Any:
    project = from_values({"data": {}, "predict": "y"}, folder)
    made = [Column(name, "text", options={"encoder": "./model", "tune": tune}) for name in columns]
    dataset = SimpleNamespace(text_columns=[*made, Column("plain", "text", options={"encoder": None})])
    return SimpleNamespace(project=project, dataset=dataset, sources=dict.fromkeys(columns, folder))


def test_weights_are_counted_without_being_read(folder: Path) -> None:
    assert source.parameters(folder) * subject.WEIGHT == ONE
    (folder / source.INDEX).unlink()
    assert source.parameters(folder) == 0


@pytest.mark.parametrize(("room", "left"), [(10, 3), (9, 2), (5, 2), (4, 1), (2, 1)])
def test_ways_that_fit_are_left(folder: Path, monkeypatch: pytest.MonkeyPatch, room: int, left: int) -> None:
    monkeypatch.setattr(source, "LARGEST", room * ONE)
    assert subject.fitting(training(folder), [rung(LINEAR), rung()], WAYS) == WAYS[-left:]
    two = training(folder, columns=("评论", "title"))
    assert subject.fitting(two, [rung()], WAYS) == WAYS[-left:], "columns share an encoder"


def test_what_does_not_learn_is_not_in_every_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST", 1)
    for one, ladder in (
        (training(folder, "frozen"), [rung()]),
        (training(folder), [rung(LINEAR), rung(PROBE), rung(IMPORTED), rung(TUNED, ("torch",))]),
        (training(folder, columns=()), [rung()]),
        (training(folder), []),
    ):
        assert subject.fitting(one, ladder, WAYS) == WAYS


@pytest.mark.parametrize(
    ("room", "ways", "fix"), [(1, WAYS, "folds: 1"), (1, [(5, 1)], "folds: 1"), (0.5, [(1, 1)], "smaller")]
)
def test_none_fits(
    folder: Path, monkeypatch: pytest.MonkeyPatch, room: float, ways: list[tuple[int, int]], fix: str
) -> None:
    monkeypatch.setattr(source, "LARGEST", int(room * ONE))
    with pytest.raises(ProjectError) as refusal:
        subject.fitting(training(folder), [rung()], ways)
    said = str(refusal.value)
    assert "评论" in said and "one graph" in said and fix in said and len(said.splitlines()) <= 12
    assert ("folds: 1" in said) == (fix == "folds: 1")

"""What training leaves, read back: the same views, the same encoders in the same order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from modelyard.core.protocols import Array, Feature, Mixed
from modelyard.models import checkpoint
from modelyard.models.checkpoint import Candidate, Views
from modelyard.models.encoders import FACTS, GRAPH, TOKENIZER, Encoder, Encoders

NAMES = ("评论", "title", "a", "Ω")
TEXTS = {name: np.asarray(["x", ""], object) for name in NAMES}


class Stand:
    """A dataset of two rows whose views are known."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def view_of(self, name: str, blocks: dict[str, Array]) -> Array:
        self.asked.append(name)
        return np.full((2, 3), len(name), np.float32)

    def features(self, view: str) -> tuple[Feature, ...]:
        return tuple(Feature(f"{view}{number}", "n", "number") for number in range(3))


class Constant(Encoder):
    """An encoder whose vectors tell which it is."""

    def vectors(self, texts: Array, screen: Any = None) -> Any:
        return np.full((len(texts), self.dimension), self.facts["number"], np.float32)


def encoders_in(folder: Path) -> Encoders:
    """Those of `NAMES`, in that order."""
    of = {}
    for number, name in enumerate(NAMES):
        place = folder / str(number)
        place.mkdir(parents=True)
        (place / FACTS).write_text(json.dumps({"number": number, "dimension": 2, "id": str(number)}), "utf-8")
        for file in (GRAPH, TOKENIZER, ".record"):
            (place / file).write_text(f"{file} {number}", "utf-8")
        of[name] = Constant(place)
    return Encoders(lambda: of)


def target_with(*views: str) -> dict[str, Any]:
    """A target as training tells it, whose candidates take these views."""
    candidates = [
        {"method": f"m{number}", "folders": [], "view": view, "members": [], "calibration": {}}
        for number, view in enumerate(views)
    ]
    facts = {"name": "y", "columns": ["y"], "task": "classification", "state": {}, "calibration": {}, "chosen": "m0"}
    return {**facts, "ladder": [], "candidates": candidates, "held": "held/0", "folds": 1, "repeats": 1}


def test_encoders_that_nobody_reads_are_not_made_ready(tmp_path: Path) -> None:
    def never() -> Any:
        raise AssertionError("asked for")

    encoders, dataset = Encoders(never), Stand()
    checkpoint.save(tmp_path, [target_with("texts")], encoders)
    assert checkpoint.load("小", Stand(), tmp_path).encoders.of == {}  # type: ignore[arg-type]
    views = Views(dataset, {}, TEXTS, encoders)  # type: ignore[arg-type]
    assert len(views["texts"]) == 2
    assert checkpoint.features(dataset, encoders, "texts")  # type: ignore[arg-type]
    for view in checkpoint.WITH_VECTORS:
        with pytest.raises(AssertionError, match="asked for"):
            _ = views[view]


def test_encoders_keep_their_order_and_files(tmp_path: Path) -> None:
    encoders = encoders_in(tmp_path / "store")
    (tmp_path / "out").mkdir()
    checkpoint.save(tmp_path / "out", [target_with("texts", "dense")], encoders)
    loaded = checkpoint.load("小", Stand(), tmp_path / "out", tmp_path / "cache")  # type: ignore[arg-type]
    assert list(loaded.encoders.of) == list(NAMES), "vectors stand in a view in this order"
    assert loaded.encoders.features() == encoders.features()
    for number, (name, one) in enumerate(loaded.encoders.of.items()):
        assert one.facts["number"] == number and one.cache == tmp_path / "cache"
        assert sorted(path.name for path in one.folder.iterdir()) == sorted((FACTS, GRAPH, TOKENIZER)), name
        assert (one.folder / GRAPH).read_bytes() == (encoders.of[name].folder / GRAPH).read_bytes()


def test_a_project_without_encoders(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, [])
    assert checkpoint.load("小", Stand(), tmp_path).encoders.of == {}  # type: ignore[arg-type]


@pytest.mark.parametrize("view", ["raw", "dense"])
def test_vectors_stand_beside_a_view_and_are_made_once(tmp_path: Path, view: str) -> None:
    dataset, encoders = Stand(), encoders_in(tmp_path)
    views = Views(dataset, {}, TEXTS, encoders)  # type: ignore[arg-type]
    found = views[view]
    assert_array_equal(found, [[len(view)] * 3 + [0, 0, 1, 1, 2, 2, 3, 3]] * 2)
    assert views[view] is found and dataset.asked == [view]
    features = checkpoint.features(dataset, encoders, view)  # type: ignore[arg-type]
    assert len(features) == found.shape[1]
    assert [one.column for one in features[3::2]] == list(NAMES)


def test_whoever_reads_texts_has_no_vectors(tmp_path: Path) -> None:
    dataset, encoders = Stand(), encoders_in(tmp_path)
    views = Views(dataset, {}, TEXTS, encoders)  # type: ignore[arg-type]
    mixed = views["texts"]
    assert isinstance(mixed, Mixed) and mixed.texts is TEXTS
    assert_array_equal(mixed.table, np.full((2, 3), 5))
    assert [one.kind for one in checkpoint.features(dataset, encoders, "texts")] == ["number"] * 3  # type: ignore[arg-type]
    _ = views["dense"]
    assert dataset.asked == ["dense"], "one matrix for both"


def test_without_encoders_a_view_is_the_matrix() -> None:
    dataset = Stand()
    views = Views(dataset, {}, TEXTS, Encoders())  # type: ignore[arg-type]
    assert views["raw"] is views["raw"] and dataset.asked == ["raw"]


def test_the_views_of_a_mixture_are_those_of_its_members() -> None:
    members = (Candidate("linear", (), "texts"), Candidate("trees", (), "raw"))
    assert Candidate("ensemble", (), "scores", members).views() == {"texts", "raw"}
    assert members[0].views() == {"texts"}

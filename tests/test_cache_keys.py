"""Every stage's key covers the code that the stage runs: what it asks of plug-ins is what it declares."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard import pipeline
from modelyard.core import plugins

DECLARED = {
    "prepare": pipeline.PREPARE_PARTS,
    "plan": pipeline.PLAN_PARTS,
    "train": pipeline.TRAIN_PARTS,
    "package": pipeline.PACKAGE_PARTS,
    "evaluate": pipeline.EVALUATE_PARTS,
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, str]]]:
    """Stage -> the (room, module) pairs that it asked for while it made its result."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    at_work = [""]
    part, stage = plugins.part, pipeline.Walk.stage

    def spy(room: str, name: str, module: str) -> Any:
        found[at_work[0]].add((room, module))
        return part(room, name, module)

    def watched(walk: Any, name: str, parts: Any, make: Any) -> Any:
        at_work[0] = name
        try:
            return stage(walk, name, parts, make)
        finally:
            at_work[0] = ""

    rng = np.random.default_rng(0)
    x = rng.normal(size=240)
    table = {
        "x": x,
        "city": rng.choice(["上海", "Rome"], 240).astype(object),
        "member": rng.random(240) < 0.5,
        "day": np.datetime64("2024-01-01") + rng.integers(0, 300, 240),
        "label": np.where(x + rng.normal(size=240) > 0, "up", "down").astype(object),
        "amount": x * 3 + rng.normal(size=240),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "part", spy)
        patch.setattr(pipeline.Walk, "stage", watched)
        train = {"method": ["linear", "trees", "ensemble"], "trees": {"rounds": 5}}
        pipeline.run(table, ["label", "amount"], folder=tmp_path_factory.mktemp("keys"), train=train)
    return found


@pytest.mark.parametrize("stage", DECLARED)
def test_a_stage_asks_only_for_what_its_key_covers(stage: str, asked: dict[str, set[tuple[str, str]]]) -> None:
    declared = {(room, module) for room, modules in DECLARED[stage].items() for module in modules}
    assert asked[stage] - declared == set()


def test_an_edited_plug_in_changes_the_keys_of_its_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / "elsewhere" / "trees"
    shutil.copytree(Path(plugins.__file__).parents[1] / "methods" / "trees", copied)
    (copied.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    original = plugins.location

    def location(room: str, name: str) -> str:
        return "elsewhere.trees" if (room, name) == ("methods", "trees") else original(room, name)

    monkeypatch.setattr(plugins, "location", location)
    before = {stage: pipeline.code_of("train.train", **parts) for stage, parts in DECLARED.items()}
    with (copied / "load.py").open("a", encoding="utf-8") as file:
        file.write("\nEDITED = True\n")
    after = {stage: pipeline.code_of("train.train", **parts) for stage, parts in DECLARED.items()}
    changed = {stage for stage in DECLARED if before[stage] != after[stage]}
    assert changed == {"train", "package", "evaluate"}

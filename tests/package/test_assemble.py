"""The whole bundle: what the manifest says, and that the id is a function of the checkpoint alone."""

from __future__ import annotations

import getpass
import json
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.models.checkpoint import Checkpoint
from modelyard.package.assemble import assemble
from modelyard.runtime.bundle import Bundle, verify
from modelyard.runtime.manifest import canonical


@pytest.fixture(scope="module")
def manifest(assembled: Path) -> dict[str, Any]:
    return dict(json.loads((assembled / "manifest.json").read_bytes()))


def test_the_layout(assembled: Path) -> None:
    top = {path.name for path in assembled.iterdir()}
    assert top == {
        "manifest.json", "manifest.sha256", "graphs", "golden.json", "profile.json", "predict.py", "lib",
    }  # fmt: skip
    assert sorted(path.name for path in (assembled / "graphs").iterdir()) == ["0.onnx", "1.onnx"]


def test_the_manifest_says_what_a_reader_needs(manifest: dict[str, Any], checkpoint: Checkpoint) -> None:
    assert manifest["format"] == 1 and manifest["name"] == "小项目"
    assert manifest["inputs"] == ["年龄", "city", "income", "smokes", "joined", "empty"]
    assert [block["modality"] for block in manifest["blocks"]] == ["number", "category", "boolean", "datetime"]
    assert manifest["carried"] == ["id"]
    assert set(manifest["producer"]) == {"modelyard", "numpy", "onnx", "onnxruntime"}
    target = manifest["targets"][0]
    assert (target["name"], target["task"], target["graph"]) == ("risk", "classification", "graphs/0.onnx")
    assert target["outputs"] == ["probability"] and target["method"] == "linear"
    assert canonical(target["calibration"]) == canonical(checkpoint.targets[0].calibration)


def test_why_a_column_is_what_it_is_stays_behind(manifest: dict[str, Any]) -> None:
    assert all(column["reason"] is None for block in manifest["blocks"] for column in block["columns"])


def test_the_bundle_loads_and_answers(assembled: Path, sample: dict[str, Any], checkpoint: Checkpoint) -> None:
    bundle = Bundle.load(assembled)
    answers = bundle.predict(sample)
    assert verify(assembled) == bundle.id == answers.bundle_id
    expected = checkpoint.outputs(sample)
    np.testing.assert_allclose(answers.targets["amount"]["value"], expected["amount"]["value"][:, 0], rtol=1e-9)
    assert answers.keys["id"].tolist() == sample["id"].tolist() and answers.warnings == ()


def test_the_same_checkpoint_gives_the_same_id(assembled: Path, checkpoint: Checkpoint, tmp_path: Path) -> None:
    again = assemble(checkpoint, tmp_path / "somewhere else" / "again")
    assert again == Bundle.load(assembled).id


def test_another_seal_for_another_name(checkpoint: Checkpoint, assembled: Path, tmp_path: Path) -> None:
    renamed = Checkpoint("other", checkpoint.dataset, checkpoint.targets)
    assert assemble(renamed, tmp_path / "other") != Bundle.load(assembled).id


def test_how_files_are_laid_out_is_kept(checkpoint: Checkpoint, assembled: Path, tmp_path: Path) -> None:
    assert Bundle.load(assembled).manifest["layout"] == {}
    assemble(checkpoint, tmp_path / "said", layout={"encoding": "cp1251", "header": [3, 4]})
    assert Bundle.load(tmp_path / "said").manifest["layout"] == {"encoding": "cp1251", "header": [3, 4]}


def test_nothing_of_this_machine_or_hour_is_inside(assembled: Path, checkpoint: Checkpoint) -> None:
    content = b"".join(path.read_bytes() for path in assembled.rglob("*") if path.is_file() and path.suffix != ".py")
    traces = [
        platform.node(),
        str(Path.home()),
        str(checkpoint.targets[0].chosen.folders[0]),
        str(assembled.parent),
    ]
    traces += [getpass.getuser() + "@", "site-packages"]
    assert not [trace for trace in traces if len(trace) > 4 and trace.encode() in content]
    assert not re.search(rb'"(created|timestamp|host)', content)


def test_no_pickle_anywhere(assembled: Path) -> None:
    for path in assembled.rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith((b"\x80\x04", b"\x80\x05", b"PK\x03\x04"))
            assert path.suffix in {".json", ".onnx", ".py", ".sha256"}


def test_profiles_cover_every_input_and_output(assembled: Path) -> None:
    profile = json.loads((assembled / "profile.json").read_bytes())
    assert set(profile["inputs"]) == {"年龄", "city", "income", "smokes", "joined", "empty"}
    assert sum(profile["inputs"]["city"]["counts"]) + profile["inputs"]["city"]["missing"] == 60
    assert len(profile["targets"]["risk"]["probability"]) == 2
    assert sum(profile["targets"]["risk"]["probability"][0]["counts"]) == 15
    assert len(profile["targets"]["amount"]["value"]) == 1


@pytest.mark.parametrize(
    "targets", [{"tags": "multilabel"}, {"kind": "classification"}, {"amount": "regression", "risk": "classification"}]
)
@pytest.mark.parametrize("method", ["naive", "trees", "ensemble"])
def test_every_task_and_method_makes_a_bundle(
    make_checkpoint, tmp_path: Path, targets: dict[str, str], method: str
) -> None:
    checkpoint = make_checkpoint(targets, method)
    assert assemble(checkpoint, tmp_path / "bundle") == verify(tmp_path / "bundle")
    assert [target["name"] for target in Bundle.load(tmp_path / "bundle").targets] == list(targets)

"""The release check: what it lets through, and each fault that it must catch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from modelyard.core import messages
from modelyard.core.errors import BundleError
from modelyard.core.protocols import Columns
from modelyard.models.checkpoint import Checkpoint
from modelyard.package import alone
from modelyard.package.package import package
from modelyard.package.release_check import parity, release_check
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.manifest import seal


def reseal(folder: Path) -> None:
    """Make a spoilt bundle whole again, as a faulty exporter would have written it."""
    seal(folder, json.loads((folder / "manifest.json").read_bytes()))


def change_graph(folder: Path, number: int, change: Callable[[onnx.GraphProto], None]) -> None:
    place = folder / "graphs" / f"{number}.onnx"
    model = onnx.load(place)
    change(model.graph)
    place.write_bytes(model.SerializeToString())
    reseal(folder)


def weights_of(graph: onnx.GraphProto) -> onnx.TensorProto:
    """The weights of the linear model: the input of its matrix product."""
    (product,) = [node for node in graph.node if node.op_type == "MatMul"]
    (tensor,) = [tensor for tensor in graph.initializer if tensor.name in product.input]
    return tensor


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as refusal:
        release_check(folder)
    return str(refusal.value)


def test_a_sound_bundle_passes_and_says_what_was_measured(assembled: Path) -> None:
    findings = release_check(assembled)
    assert all(finding.passed for finding in findings)
    assert {finding.check for finding in findings} == {"golden", "batch", "answers"}
    assert {finding.batch for finding in findings if finding.check == "golden"} == {1, 2, 32}
    assert max(finding.difference for finding in findings if finding.target == "risk") <= 1e-5


def test_one_changed_weight(copied: Path) -> None:
    def change(graph: onnx.GraphProto) -> None:
        tensor = weights_of(graph)
        values = numpy_helper.to_array(tensor).copy()
        values.flat[0] += 0.01
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    change_graph(copied, 0, change)
    assert Bundle.load(copied)
    assert "risk.probability" in refused(copied)


def test_one_swapped_class_in_the_graph(copied: Path) -> None:
    def change(graph: onnx.GraphProto) -> None:
        (last,) = [node for node in graph.node if node.output == ["probability"]]
        graph.initializer.append(numpy_helper.from_array(np.asarray([1, 0]), "swap"))
        graph.node.append(onnx.helper.make_node("Gather", [last.input[0], "swap"], ["probability"], axis=1))
        graph.node.remove(last)

    change_graph(copied, 0, change)
    assert "risk.probability" in refused(copied)


def test_one_swapped_class_in_the_manifest(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_bytes())
    manifest["targets"][0]["state"]["labels"].reverse()
    seal(copied, manifest)
    assert "risk.value" in refused(copied)


def test_a_shifted_number(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_bytes())
    manifest["targets"][1]["calibration"]["conformal"] = 3.0
    seal(copied, manifest)
    assert "amount.value" in refused(copied)


def test_an_answer_that_depends_on_who_shares_the_batch(copied: Path) -> None:
    def change(graph: onnx.GraphProto) -> None:
        (last,) = [node for node in graph.node if node.output == ["value"]]
        axis = numpy_helper.from_array(np.asarray([0]), "rows")
        graph.initializer.append(axis)
        graph.node.extend(
            [
                onnx.helper.make_node("ReduceMax", [last.input[0], "rows"], ["largest"], keepdims=1),
                onnx.helper.make_node("Sub", ["largest", "largest"], ["nothing"]),
                onnx.helper.make_node("ReduceMean", [last.input[0], "rows"], ["average"], keepdims=1),
                onnx.helper.make_node("Max", [last.input[0], "average"], ["mixed"]),
                onnx.helper.make_node("Add", ["mixed", "nothing"], ["value"]),
            ]
        )
        graph.node.remove(last)

    change_graph(copied, 1, change)
    assert "amount.value" in refused(copied)


def test_a_fixed_batch(copied: Path) -> None:
    def change(graph: onnx.GraphProto) -> None:
        for item in graph.input:
            item.type.tensor_type.shape.dim[0].dim_value = 1

    change_graph(copied, 0, change)
    assert "by itself" in refused(copied)


def test_a_foreign_operator(copied: Path) -> None:
    change_graph(copied, 0, lambda graph: setattr(graph.node[0], "domain", "com.microsoft"))
    assert "com.microsoft" in refused(copied)


def test_a_damaged_file(copied: Path) -> None:
    (copied / "profile.json").write_bytes(b"{}")
    messages.use("zh")
    assert "profile.json" in refused(copied) and "被改动" in refused(copied)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import torch", "imports torch"),
        ("import onnx", "imports onnx"),
        ("def __getattr__(name): raise AttributeError\nimport sklearn", "imports sklearn"),
        ("import socket; socket.socket().connect(('127.0.0.1', 9))", "socket"),
        ("import subprocess; subprocess.run(['true'])", "subprocess"),
        ("import os; os.system('true')", "os.system"),
        ("import pickle; pickle.loads(pickle.dumps(print))", "pickle.find_class"),
        ("raise ValueError('broken')", "broken"),
        ("import modelyard.methods", "modelyard.methods"),
    ],
)
def test_code_that_needs_or_does_more_than_it_may(copied: Path, line: str, said: str) -> None:
    module = copied / "lib" / "modelyard" / "runtime" / "answers.py"
    module.write_text(module.read_text("utf-8") + f"\n{line}\n", "utf-8")
    reseal(copied)
    assert said in refused(copied)


def test_a_program_without_its_library(copied: Path) -> None:
    for path in (copied / "lib" / "modelyard" / "core").glob("*.py"):
        path.unlink()
    reseal(copied)
    assert "by itself" in refused(copied)


def test_the_check_leaves_no_trace(copied: Path) -> None:
    release_check(copied)
    assert Bundle.load(copied)


def test_torch_and_modelyard_cannot_be_reached(assembled: Path) -> None:
    code = (
        "import importlib.util, sys, pathlib; "
        f"spec = importlib.util.spec_from_file_location('alone', {alone.__file__!r}); "
        "alone = importlib.util.module_from_spec(spec); spec.loader.exec_module(alone); "
        "alone.enter(pathlib.Path(sys.argv[1])); "
        "import numpy, onnxruntime, json, modelyard; print(modelyard.__file__); "
        "import modelyard.package.alone"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(assembled / "lib")], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith(str(assembled)) and "No module named 'modelyard.package.alone'" in done.stderr


# ------------------------------------------------------------------ parity
def test_parity_with_the_reference(assembled: Path, checkpoint: Checkpoint, sample: Columns) -> None:
    findings = parity(assembled, checkpoint.outputs, sample)
    assert {(finding.target, finding.output) for finding in findings} == {("risk", "probability"), ("amount", "value")}
    assert all(finding.passed for finding in findings)


def test_a_reference_that_differs(assembled: Path, checkpoint: Checkpoint, sample: Columns) -> None:
    def other(table: Columns) -> dict[str, Any]:
        outputs = checkpoint.outputs(table)
        outputs["risk"]["probability"][0] += 1e-4
        return outputs

    with pytest.raises(BundleError, match=r"risk\.probability differs"):
        parity(assembled, other, sample)


# ------------------------------------------------------------------ stage
@pytest.mark.parametrize(
    "method", ["linear", "trees", pytest.param("network", marks=[pytest.mark.torch, pytest.mark.slow])]
)
def test_the_stage_ends_in_a_released_bundle(make_checkpoint, tmp_path: Path, method: str) -> None:
    checkpoint = make_checkpoint({"risk": "classification", "amount": "regression"}, method)
    assert package(checkpoint, tmp_path / "bundle") == Bundle.load(tmp_path / "bundle").id


def test_parity_on_ten_thousand_rows_alone_and_in_batches(make_checkpoint, tmp_path: Path) -> None:
    """Missing, unseen and extreme values in all columns: 1e-5 on every probability."""
    checkpoint = make_checkpoint({"risk": "classification"}, "trees")
    package(checkpoint, tmp_path / "bundle")
    random = np.random.default_rng(1)
    cells = {
        "年龄": [None, 1e30, -1e30, 20, 45.5, 79], "city": [None, "北京", "Zürich", "never", "", "😀"],
        "income": [None, 0.0, 3e9, 1e12, -5.0, 2.9e9], "smokes": [None, "yes", "no", True, 0, 1],
        "joined": [None, "2020-02-02", "1900-01-01", "2999-12-31T23:59:59", "2005-05-05", "2011-01-01"],
        "empty": [None, 1, 2, 3, 4, 5],
    }  # fmt: skip
    table: Columns = {}
    for name, choices in cells.items():
        table[name] = np.empty(10_000, object)
        table[name][:] = [choices[code] for code in random.integers(0, 6, 10_000)]
    assert all(finding.passed for finding in parity(tmp_path / "bundle", checkpoint.outputs, table))

"""Texts beside table columns, from rows to a served bundle: n-grams, vectors of a frozen encoder, trees, a mixture."""

from __future__ import annotations

import csv
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import modelyard
from modelyard.backbones.source import digest
from modelyard.core.columns import as_columns
from modelyard.core.project import FILE
from modelyard.evaluate import later
from modelyard.models.encoders import Encoder, make
from modelyard.package.release_check import release_check
from modelyard.runtime import steps
from modelyard.runtime.bundle import verify

pytestmark = [pytest.mark.torch, pytest.mark.slow]
WORDS = ("cat", "mat", "loan", "repaid", "stay", "nice", "房间", "干净", "服务", "نص", "🙂", "thanks")
TRAIN = {
    "method": ["linear", "probe", "trees", "ensemble"],
    "folds": 2,
    "repeats": 1,
    "time_budget": "120 s",
    "trees": {"rounds": 20},
    "linear": {"l2": [0.1, 1e-3]},
    "probe": {"l2": [1e-2, 1e-5, 1e-7]},
}
DATA = {"source": "评论.csv", "split": {"test": 0.25}}
READ = {"type": "text", "window": 48, "overlap": 8}
TARGETS = ["心情", "stars"]
NASTY: list[dict[str, Any]] = [
    {"评论": "", "年龄": 30, "title": None, "city": "上海"},
    {"评论": None, "年龄": None, "title": "", "city": None},
    {"评论": "房间很干净，服务也好！" * 10, "年龄": 44, "title": "很好", "city": "上海"},
    {"评论": "cat 🙂👍🏽 👨\u200d👩\u200d👧 🇨🇳", "年龄": 1e9, "title": "e\u0301 n\u0303", "city": "São Paulo"},
    {"评论": "nice stay " * 10_000, "年龄": -1, "title": "x" * 100_000, "city": "?"},
    {"评论": "[CLS] نص عربي [SEP]\u202e", "年龄": 52, "title": "a,b\n\"c\"", "city": "Rome"},
]  # fmt: skip


def hotel(rows: int, encoder: Encoder, seed: int = 0) -> dict[str, Any]:
    """Reviews; their mood is what the encoder sees in them, moved a little by the guest's age."""
    random = np.random.default_rng(seed)
    said = [" ".join(random.choice(WORDS, random.integers(3, 12))) for _ in range(rows)]
    age = random.integers(18, 80, rows).astype(float)
    seen = encoder.vectors(np.asarray(said, object)) @ np.random.default_rng(1).normal(size=encoder.dimension)
    signal = 2.0 * (seen - np.median(seen)) / seen.std() + (age - 49) / 20
    titles = random.choice(["very good", "so so", "不好", ""], rows).astype(object)
    return {
        "评论": said,
        "年龄": age,
        "title": [f"{title} {number}" if title else None for number, title in enumerate(titles)],
        "city": random.choice(["上海", "Rome", "Bonn"], rows).tolist(),
        "心情": np.where(signal + random.normal(0, 0.3, rows) > 0, "好", "bad").tolist(),
        "stars": (3 + signal + random.normal(0, 0.2, rows)).round(2),
    }


def write_csv(path: Path, table: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


@pytest.fixture(scope="module")
def source(tiny_encoder: Callable[..., Path], exports: Any) -> Iterator[Path]:
    """A tiny checkpoint, exported once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modelyard.backbones.frozen.export", exports)
        yield tiny_encoder()


@pytest.fixture(scope="module")
def encoder(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The same as the project will have it."""
    folder = tmp_path_factory.mktemp("encoder")
    make(folder, source, {"pooling": "auto", "remote_code": None, "window": 48, "overlap": 8})
    return Encoder(folder, threads=1)


Walk = Callable[[], modelyard.Run]


@pytest.fixture(scope="module")
def walk(source: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Runs the project; each time in the same workspace."""
    folder = tmp_path_factory.mktemp("酒店")
    (folder / "编码器").symlink_to(source)
    write_csv(folder / "评论.csv", hotel(260, encoder))
    columns = {"评论": {**READ, "encoder": "编码器"}, "title": {**READ, "encoder": "编码器", "words": 1}}
    project = {"name": "酒店", "data": DATA, "predict": TARGETS, "columns": columns, "train": TRAIN}
    (folder / FILE).write_text(json.dumps(project, ensure_ascii=False), "utf-8")
    return lambda: modelyard.run(folder)


@pytest.fixture(scope="module")
def finished(walk: Walk) -> modelyard.Run:
    return walk()


def outputs_close(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one["心情"]["value"] == other["心情"]["value"]
        assert one["心情"]["probability"] == pytest.approx(other["心情"]["probability"], abs=1e-5)
        assert one["stars"]["value"] == pytest.approx(other["stars"]["value"], abs=1e-4)


# --------------------------------------------------------------- what was made
def test_every_rung_was_climbed(finished: modelyard.Run) -> None:
    report = finished.report
    for target in report.targets:
        climbed = {step.method for step in target.ladder if not step.skipped}
        assert climbed >= {"naive", "linear", "probe", "trees"}, target.ladder
    assert report.headline()["心情"]["roc_auc"] > 0.9


def test_two_targets_and_two_columns_share_one_encoder(finished: modelyard.Run) -> None:
    bundle = finished.bundle
    feeds = [{feed["name"]: feed for feed in target["feeds"]} for target in bundle.manifest["targets"]]
    assert all({"vectors/评论", "vectors/title"} <= set(named) for named in feeds), "the chosen models need vectors"
    assert feeds[0]["vectors/评论"]["options"] == feeds[1]["vectors/title"]["options"]
    files = [entry["path"] for entry in bundle.manifest["files"] if entry["path"].startswith("files/")]
    assert sorted(Path(path).suffix for path in files) == [".json", ".onnx"]
    assert (bundle.encodes, bundle.encodes_again) == (2, 0)


def test_answers_to_the_same_texts_in_another_order(
    finished: modelyard.Run, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []

    def counting(session: Any, ids: Any, window: int, dimension: int) -> Any:
        encoded.append(len(ids))
        return encode(session, ids, window, dimension)

    encode = steps.encode
    monkeypatch.setattr(steps, "encode", counting)
    bundle = finished.bundle
    table = as_columns({name: cells[:24] for name, cells in hotel(40, encoder).items()})
    answer = bundle.again()
    answer(table)
    once = sum(encoded)
    order = np.random.default_rng(0).permutation(24)
    shuffled = {**table, "评论": table["评论"][order]}
    found = answer(shuffled)
    assert sum(encoded) == once > 0, "nothing passes the encoder again"
    for name, outputs in bundle.outputs(shuffled).items():
        for part, values in outputs.items():
            assert_allclose(found[name][part], values, atol=1e-5)


def test_nothing_of_the_machine_is_in_the_bundle(finished: modelyard.Run, source: Path) -> None:
    for path in finished.path.rglob("*"):
        if path.is_file() and "evidence" not in path.parts:
            assert str(source).encode() not in path.read_bytes(), path


def test_recorded_requests_are_answered_alike_anywhere(finished: modelyard.Run) -> None:
    assert verify(finished.path) == finished.record.bundle
    assert all(finding.passed for finding in release_check(finished.path))


def test_a_second_identical_run_computes_nothing(
    finished: modelyard.Run, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encoded(self: Encoder, texts: Any) -> Any:
        raise AssertionError(f"{len(texts)} texts encoded again")

    monkeypatch.setattr(Encoder, "_encoded", encoded)
    again = walk()
    assert [stage["hit"] for stage in again.record.stages] == [True] * 5
    assert again.record.bundle == finished.record.bundle


def test_what_matters_is_told_by_column(finished: modelyard.Run) -> None:
    for target in finished.report.targets:
        assert target.importance is not None
        assert set(target.importance.columns) <= {"评论", "title", "年龄", "city"}
        assert next(iter(target.importance.columns)) == "评论"


# --------------------------------------------------------------- what it answers
def test_training_and_the_bundle_agree(finished: modelyard.Run) -> None:
    from modelyard.data.dataset import Dataset
    from modelyard.models import checkpoint

    store = finished.folder.parents[1] / "store"
    (trained,) = (path.parent for path in store.rglob(checkpoint.CHOICE))
    (prepared,) = (path.parent for path in store.rglob("rows.arrow"))
    reference = checkpoint.load("酒店", Dataset.load(prepared), trained)
    table = as_columns(NASTY)
    expected, found = reference.outputs(table), finished.bundle.outputs(table)
    for target, parts in expected.items():
        for name, array in parts.items():
            assert_allclose(found[target][name], array, atol=1e-5 if target == "心情" else 1e-4, rtol=1e-5)


def test_a_row_is_answered_alike_alone_and_among_others(finished: modelyard.Run) -> None:
    together = finished.predict(NASTY).rows()
    outputs_close([finished.predict([row]).rows()[0] for row in NASTY], together)
    outputs_close(finished.predict(NASTY[::-1]).rows()[::-1], together)
    assert all(np.isfinite(answer["stars"]["value"]) for answer in together)


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_its_own_program_answers_the_same(finished: modelyard.Run, tmp_path: Path, locale: str) -> None:
    rows = tmp_path / "行.jsonl"
    rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in NASTY), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-B", str(finished.path / "predict.py"), str(rows)],
        capture_output=True,
        check=False,
        env={**os.environ, "LANG": locale, "LC_ALL": locale, "MODELYARD_LANG": "en"},
    )
    assert done.returncode == 0, done.stderr.decode()
    found = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert found == json.loads(json.dumps(finished.predict(NASTY).signed_rows()))


def test_which_encoder_was_used_is_told(finished: modelyard.Run, source: Path) -> None:
    read = {"encoder": "编码器", "sha256": digest(source)}
    assert finished.bundle.manifest["encoders"] == finished.report.about["encoders"] == {"评论": read, "title": read}
    assert f"sha256 {digest(source)}" in (finished.path / "evidence" / "card.md").read_text("utf-8")


def test_without_tokenizers_it_says_what_to_install(finished: modelyard.Run) -> None:
    code = (
        "import sys; from importlib import import_module; sys.modules['tokenizers'] = None\n"
        "sys.path.insert(0, sys.argv[1] + '/lib'); sys.dont_write_bytecode = True\n"
        "from pathlib import Path\n"
        "sys.exit(import_module('modelyard.package.predict_main').main(Path(sys.argv[1]), ['-']))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(finished.path)],
        input=b"{}",
        capture_output=True,
        check=False,
        env={**os.environ, "MODELYARD_LANG": "en"},
    )
    said = done.stderr.decode()
    assert done.returncode == 2 and "pip install tokenizers" in said and "Traceback" not in said, said
    assert set(finished.bundle.manifest["producer"]) == {"modelyard", "numpy", "onnx", "onnxruntime", "tokenizers"}


def test_a_later_file_is_measured(finished: modelyard.Run, encoder: Encoder, tmp_path: Path) -> None:
    write_csv(tmp_path / "三月.csv", hotel(80, encoder, seed=9))
    report = later.evaluate(finished.path, str(tmp_path / "三月.csv"), tmp_path / "out")
    assert (report.rows, report.split) == (80, "三月.csv")
    assert report.headline()["心情"]["roc_auc"] > 0.9
    assert "三月.csv" in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_it_is_served(finished: modelyard.Run) -> None:
    code = "from pathlib import Path; from modelyard.serve.server import serve; serve(Path({!r}), port=0)"
    with subprocess.Popen(
        [sys.executable, "-c", code.format(str(finished.path))],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "MODELYARD_LANG": "en", "PYTHONIOENCODING": "utf-8"},
    ) as server:
        try:
            assert server.stdout is not None
            port = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
            assert port is not None
            connection = http.client.HTTPConnection("127.0.0.1", int(port[1]), timeout=60)
            connection.request("POST", "/v1/predict", json.dumps({"rows": NASTY}).encode())
            reply = connection.getresponse()
            answered = json.loads(reply.read())
            connection.close()
        finally:
            server.terminate()
            server.communicate(timeout=60)
    assert reply.status == 200, answered
    outputs_close(answered["answers"], finished.predict(NASTY).rows())

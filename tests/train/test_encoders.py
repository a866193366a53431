"""The encoders that text columns name: found, exported once, held against what is installed and the time left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import InstallError, ProjectError
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import Project, from_values
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset
from modelyard.models.encoders import Encoder
from modelyard.prepare.prepare import prepare
from modelyard.train import encoders as subject
from modelyard.train.desk import Desk, Training
from modelyard.train.train import make_plan, train

pytestmark = pytest.mark.torch
WORDS = ("clean", "loud", "small", "干净", "太吵", "nice 🙂", "cold", "warm")


def rows(count: int = 120) -> dict[str, Any]:
    random = np.random.default_rng(0)
    said = [" ".join(random.choice(WORDS, 6)) + f" room {number}" for number in range(count)]
    said[0] = ""
    return {"评论": said, "stars": random.integers(1, 6, count), "y": random.choice(["up", "down"], count)}


def training_of(folder: Path, source: Path | str, table: dict[str, Any] | None = None, **options: Any) -> Training:
    columns = {"评论": {"type": "text", "encoder": str(source), "window": 32, "overlap": 4, **options}}
    values = {"data": {}, "predict": "y", "columns": columns, "train": {"method": "linear"}}
    project = from_values(values, folder)
    place = folder / "data"
    place.mkdir(parents=True, exist_ok=True)
    prepare(project, place, as_columns(rows() if table is None else table))
    dataset = Dataset.load(place)
    store = Store(folder / ".modelyard" / "store")
    return Training(project, dataset, dataset.fingerprint, 1, store, Silent(), Clock(600), {})


def again(training: Training, **changes: Any) -> Training:
    """The same training in another process."""
    return replace(training, remarks=[], **changes)


@pytest.fixture(scope="module")
def source(tiny_encoder: Callable[..., Path], exports: Any) -> Iterator[Path]:
    """A tiny checkpoint, exported once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modelyard.backbones.frozen.export", exports)
        yield tiny_encoder()


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts passed an encoder, call by call."""
    counts: list[int] = []
    encoded = Encoder._encoded

    def counting(self: Encoder, texts: Any) -> Any:
        counts.append(len(texts))
        return encoded(self, texts)

    monkeypatch.setattr(Encoder, "_encoded", counting)
    return counts


# --------------------------------------------------------------- found
def project_of(folder: Path, encoder: str | None) -> tuple[Project, Dataset]:
    made = training_of(folder, "./tiny")
    columns = tuple(
        replace(column, options={**column.options, "encoder": encoder}) if column.modality == "text" else column
        for column in made.dataset.columns
    )
    return made.project, replace(made.dataset, columns=columns)


def test_an_install_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, dataset = project_of(tmp_path, "./tiny")
    lacking = ("transformers", "onnxscript")
    monkeypatch.setattr(plugins, "missing", lambda modules: tuple(name for name in modules if name in lacking))
    with pytest.raises(InstallError) as refusal:
        subject.sources(project, dataset)
    said = str(refusal.value)
    assert "transformers, onnxscript" in said and "modelyard[text]" in said and "./tiny" in said
    assert len(said.splitlines()) <= 12


@pytest.mark.parametrize("encoder", [None, "cnn", "gru", "lstm", "transformer"])
def test_small_networks_of_our_own_are_no_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: str | None
) -> None:
    project, dataset = project_of(tmp_path, encoder)
    monkeypatch.setattr(plugins, "missing", lambda modules: tuple(modules))
    assert subject.sources(project, dataset) == subject.digests({}) == {}


def test_no_such_folder(tmp_path: Path, source: Path) -> None:
    training = training_of(tmp_path, "./nowhere")
    with pytest.raises(ProjectError, match="nowhere"):
        _ = training.sources


def test_a_folder_is_looked_for_beside_the_project(tmp_path: Path, source: Path) -> None:
    (tmp_path / "编码器").symlink_to(source)
    training = training_of(tmp_path, "编码器")
    assert training.sources == {"评论": source.resolve()}
    assert training.digests == subject.digests(training.sources)
    assert len(training.digests["评论"]) == 64
    told = {"encoder": "编码器", "sha256": training.digests["评论"]}
    assert subject.origins(training) == {"评论": told}, "no commit: it did not come from the hub"


def test_the_commit_that_was_used_is_told(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "models--owner--name" / "snapshots" / ("c" * 40)
    snapshot.parent.mkdir(parents=True)
    shutil.copytree(source, snapshot)
    monkeypatch.setattr("modelyard.backbones.hub.fetch", lambda name, revision, code: snapshot)
    training = training_of(tmp_path, "owner/name", revision="main")
    (told,) = subject.origins(training).values()
    assert told == {"encoder": "owner/name", "sha256": training.digests["评论"], "commit": "c" * 40}


def test_tables_alone_have_no_origins(tmp_path: Path) -> None:
    project, dataset = project_of(tmp_path, "cnn")
    made = training_of(tmp_path, "./tiny")
    assert subject.origins(replace(made, project=project, dataset=dataset)) == {}


# --------------------------------------------------------------- exported, encoded, kept
def test_all_texts_are_encoded_once(tmp_path: Path, source: Path, passed: list[int]) -> None:
    training = training_of(tmp_path, source)
    learnt = np.union1d(training.dataset.rows("train"), training.dataset.rows("valid"))
    first = training.encoders
    assert not passed, "nobody has asked for a vector"
    assert list(first.of) == ["评论"] and sum(passed) == len(learnt)
    assert (tmp_path / ".modelyard" / subject.VECTORS).is_dir()
    second = again(training)
    assert second.encoders.of["评论"].folder == first.of["评论"].folder
    assert sum(passed) == len(learnt), "a second run encodes nothing"
    assert training.remarks == second.remarks == []
    grown = {name: [*values, *values[:12]] for name, values in rows().items()}
    grown["评论"] = [*rows()["评论"], *(f"another one {number}" for number in range(12))]
    old, before = set(training.dataset.values["评论"][learnt]), sum(passed)
    more = training_of(tmp_path, source, grown)  # rows may have changed sides: the test's were never encoded
    assert more.encoders.of["评论"].folder == first.of["评论"].folder
    new = more.dataset.values["评论"]
    new = new[np.union1d(more.dataset.rows("train"), more.dataset.rows("valid"))]
    assert sum(passed) - before == len(set(new) - old) < 60, "only those that were never encoded"


def test_views_and_methods_have_the_vectors(tmp_path: Path, source: Path) -> None:
    training = training_of(tmp_path, source)
    desk = Desk(training, training.dataset.targets[0], 1, 1)
    for view in ("raw", "dense"):
        bench = desk.bench(view)
        assert [feature.kind for feature in bench.features].count("vector") == 16
        assert bench.x.shape[1] == len(bench.features)
    texts = desk.bench("texts")
    assert not any(feature.kind == "vector" for feature in texts.features)
    problem = desk.problem(texts, desk.divided[0])
    assert list(problem.texts) == list(problem.texts_valid) == ["评论"] and len(problem.texts["评论"]) == len(problem.y)
    (column,) = problem.columns
    assert column.folder == source and column.encode is not None
    assert column.encode(np.asarray(["", "干净"], object)).shape == (2, 16)


def test_who_reads_no_vectors_exports_and_encodes_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("exported")

    monkeypatch.setattr(subject, "frozen", never)
    training = training_of(tmp_path, source)  # method: linear, and naive as ever
    make_plan(training, tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    train(training, json.loads((tmp_path / "plan.json").read_text("utf-8")), out)
    assert not (out / "encoders").exists() and not (tmp_path / ".modelyard" / subject.VECTORS).exists()
    assert [one["method"] for one in json.loads((out / "choice.json").read_text("utf-8"))["targets"][0]["candidates"]]


def test_another_pooling_is_another_entry(tmp_path: Path, source: Path) -> None:
    one, other = (training_of(tmp_path, source, pooling=pooling).encoders.of["评论"] for pooling in ("auto", "mean"))
    assert one.folder != other.folder
    assert one.facts["pooling"] == other.facts["pooling"] == "mean"


def test_vectors_that_could_not_be_kept_are_told(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, passed: list[int]
) -> None:
    training = training_of(tmp_path, source)
    training.store.root.mkdir(parents=True, exist_ok=True)
    (training.store.root.parent / subject.VECTORS).write_text("no folder", "utf-8")
    encoder = training.encoders.of["评论"]
    (remark,) = training.remarks
    assert "评论" in remark and isinstance(encoder.refused(), OSError)


# --------------------------------------------------------------- time
def test_an_encoder_that_takes_all_the_time_is_refused(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = again(training_of(tmp_path, source), clock=Clock(100))
    monkeypatch.setattr(Encoder, "read", lambda self, texts, hold, screen: hold(900.0))
    with pytest.raises(ProjectError) as refusal:
        _ = training.encoders.of
    said = str(refusal.value)
    assert "time_budget" in said and "评论" in said and "900 s" in said and "22 min" in said
    assert len(said.splitlines()) <= 12
    assert again(training, clock=Clock(22 * 60)).encoders.of


def test_what_measuring_has_encoded_is_not_encoded_again(tmp_path: Path, source: Path, passed: list[int]) -> None:
    training = again(training_of(tmp_path, source), clock=Clock(1e-9))
    with pytest.raises(ProjectError, match="time_budget"):
        _ = training.encoders.of
    measured = sum(passed)
    assert 0 < measured < len(rows()["y"])
    _ = again(training, clock=Clock(600)).encoders.of
    learnt = np.union1d(training.dataset.rows("train"), training.dataset.rows("valid"))
    assert sum(passed) == len(learnt)

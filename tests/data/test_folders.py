"""Folders that hold parts: as Hugging Face saves and keeps them, and as people name their files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from modelyard.core.errors import DataError
from modelyard.core.project import from_values
from modelyard.data.dataset import TEST, TRAIN, VALID, Dataset
from modelyard.data.folders import parts_of
from modelyard.data.read import read
from modelyard.data.sources import parts
from modelyard.prepare.prepare import prepare

LABELS = ["neg", "正面"]


def table(rows: int, first: int = 0, labels: list[int] | None = None) -> pa.Table:
    """Rows as the `datasets` library stores them: codes, and the names of the classes in the schema's metadata."""
    features = {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": LABELS, "_type": "ClassLabel"}}
    schema = pa.schema(
        [("text", pa.string()), ("label", pa.int64()), ("n", pa.int64())],
        {b"huggingface": json.dumps({"info": {"features": features}}).encode()},
    )
    codes = labels or [n % 2 for n in range(rows)]
    texts = [f"text {first + n}" for n in range(rows)]
    return pa.table([texts, codes, [*range(first, first + rows)]], schema=schema)


def save_to_disk(folder: Path, rows: int, shards: int = 1, first: int = 0, labels: list[int] | None = None) -> None:
    """What `datasets.Dataset.save_to_disk` writes."""
    folder.mkdir(parents=True)
    names = [f"data-{number:05d}-of-{shards:05d}.arrow" for number in range(shards)]
    for number, name in enumerate(names):
        part = table(rows, first, labels).slice(number * rows // shards, rows // shards)
        with pa.ipc.new_stream(folder / name, part.schema) as writer:
            writer.write_table(part)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (folder / "dataset_info.json").write_text("{}")


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., Dataset]:
    """`prepared(source, ...)`: the Dataset of a folder below `tmp_path`."""

    def make(source: str, predict: Any = "label", **data: Any) -> Dataset:
        (tmp_path / "out").mkdir(exist_ok=True)
        project = from_values({"data": {"source": source, **data}, "predict": predict}, tmp_path)
        return prepare(project, tmp_path / "out")

    return make


def counts(dataset: Dataset) -> list[int]:
    return [int((dataset.parts == part).sum()) for part in (TRAIN, VALID, TEST)]


def test_a_saved_data_set(tmp_path: Path) -> None:
    save_to_disk(tmp_path / "set", 12, shards=3)
    found = read("set", folder=tmp_path)
    assert found["n"].tolist() == [*range(12)]
    assert found["label"].tolist() == ["neg", "正面"] * 6
    assert parts("set", tmp_path) == ({}, [])


def test_a_saved_dictionary_of_data_sets(tmp_path: Path, prepared: Callable[..., Dataset]) -> None:
    for split, rows, first in (("train", 300, 0), ("validation", 60, 300), ("test", 250, 400)):
        save_to_disk(tmp_path / "set" / split, rows, first=first)
    (tmp_path / "set" / "dataset_dict.json").write_text('{"splits": ["train", "validation", "test"]}')
    assert len(read("set", folder=tmp_path)["n"]) == 610
    dataset = prepared("set", predict={"column": "label"})
    assert counts(dataset) == [300, 60, 250]
    assert "data.note_parts" in [note.key for note in dataset.notes]


def test_a_test_part_whose_labels_are_held_back(tmp_path: Path, prepared: Callable[..., Dataset]) -> None:
    save_to_disk(tmp_path / "set" / "train", 300)
    save_to_disk(tmp_path / "set" / "test", 50, first=400, labels=[-1] * 50)
    (tmp_path / "set" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    dataset = prepared("set")
    assert len(dataset.parts) == 300
    assert "data.note_part_unlabelled" in [note.key for note in dataset.notes if note.loud]


@pytest.mark.parametrize(
    "names",
    [
        ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"],
        ["train/a.parquet", "train/b.parquet", "test/0000.parquet"],
        ["train-00000-of-00002-a09b74.parquet", "train-00001-of-00002-a09b74.parquet", "test.parquet"],
        ["train.parquet", "training/x.parquet", "eval/x.parquet", "README.md", ".cache/test/x.parquet"],
    ],
)
def test_folders_as_they_are_downloaded(names: list[str], tmp_path: Path, prepared: Callable[..., Dataset]) -> None:
    tables = [name for name in names if name.endswith(".parquet") and not name.startswith(".")]
    for number, name in enumerate(names):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table(200, 200 * number), tmp_path / "set" / name)
    deep = [name for name in tables if "/" in name]
    if deep and len(deep) < len(tables):  # tables lie in the folder itself: those in folders inside are not its own
        assert parts("set", tmp_path) == ({}, [])
        return
    found, others = parts("set", tmp_path)
    assert (sorted(found), [len(found[part]) for part in ("train", "test")], others) == (["test", "train"], [2, 1], [])
    assert counts(prepared("set"))[2] == 200


def test_files_that_people_name_so(tmp_path: Path, prepared: Callable[..., Dataset]) -> None:
    for name, rows in (("train", 300), ("test", 220), ("stores", 3)):
        lines = ["x,label", *(f"{n},{'ab'[n % 2]}" for n in range(rows))]
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / f"{name}.csv").write_text("\n".join(lines))
    assert parts("set", tmp_path)[1] == ["stores.csv"]
    dataset = prepared("set")
    assert counts(dataset)[2] == 220 and len(dataset.parts) == 520
    own = prepared("set", test="set/stores.csv")
    assert counts(own)[2] == 3


def test_names_that_are_no_parts() -> None:
    assert parts_of(["2023.csv", "2024.csv"]) == ({}, [])
    assert parts_of(["train.csv"]) == ({}, [])
    assert parts_of(["trains.csv", "tests.csv"]) == ({}, [])
    assert parts_of(["train/1.csv", "dev/1.csv"])[0] == {"train": ["train/1.csv"], "valid": ["dev/1.csv"]}
    assert parts(["a.csv", "b.csv"], Path()) == ({}, [])
    assert parts("*.csv", Path()) == ({}, [])
    assert parts(None, Path()) == ({}, [])
    assert parts("sqlite:///a.db#train", Path()) == ({}, [])


def test_a_folder_whose_state_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "state.json").write_text("[]")
    with pytest.raises(DataError, match="save_to_disk"):
        read("set", folder=tmp_path)


class Hub(MemoryFileSystem):
    """A hub that lies in memory."""

    protocol = "hf"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("hf://")))


def test_the_hub(tmp_path: Path, prepared: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules["fsspec.registry"]._registry, "hf", Hub)
    hub = Hub()
    for number, name in enumerate(("train-00000-of-00001", "validation-00000-of-00001", "test-00000-of-00001")):
        pq.write_table(table(250, 250 * number), tmp_path / "x.parquet")
        hub.pipe(f"/datasets/李/评论/data/{name}.parquet", (tmp_path / "x.parquet").read_bytes())
    hub.pipe("/datasets/李/评论/README.md", b"a page")
    url = "hf://datasets/李/评论"
    assert len(read(url)["n"]) == 750
    assert set(read(url + "/data/test-00000-of-00001.parquet")["label"]) == {*LABELS}
    assert {part: len(files) for part, files in parts(url, tmp_path)[0].items()} == {"train": 1, "valid": 1, "test": 1}
    dataset = prepared(url)
    assert counts(dataset) == [250, 250, 250]

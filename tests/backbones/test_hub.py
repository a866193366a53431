"""Fetching from a hub, against a server of this machine that speaks as much of its interface as that needs."""

from __future__ import annotations

import errno
import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modelyard.backbones import hub, source
from modelyard.core.errors import InstallError, ProjectError, StorageError

library = pytest.importorskip("huggingface_hub")
pytestmark = pytest.mark.torch
NAME = "someone/mini-encoder"
FIRST, SECOND = "a" * 40, "b" * 40
Answer = tuple[int, dict[str, str], bytes]


class Hub:
    """What is served, and what was asked for."""

    def __init__(self, folder: Path) -> None:
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        self.files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
        self.commits = {"main": FIRST, "v1": FIRST, FIRST: FIRST}
        self.asked: list[str] = []
        self.down = 0

    def answer(self, path: str) -> Answer:
        """Status, headers and content."""
        if self.down:
            return self.down, {}, b"down"
        api, resolve = f"/api/models/{NAME}", f"/{NAME}/resolve/"
        if path.startswith(f"{api}/revision/"):
            return self._info(path.removeprefix(f"{api}/revision/"))
        if path.startswith(f"{api}/tree/"):
            return 200, {}, json.dumps([self._entry(name) for name in self.files]).encode()
        if path.startswith(resolve):
            return self._file(*path.removeprefix(resolve).split("/", 1))
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"

    def _info(self, revision: str) -> Answer:
        if revision not in self.commits:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        return 200, {}, json.dumps({"id": NAME, "sha": self.commits[revision], "siblings": []}).encode()

    def _entry(self, name: str) -> dict[str, Any]:
        return {"type": "file", "path": name, "size": len(self.files[name]), "oid": self._tag(name)}

    def _file(self, commit: str, name: str) -> Answer:
        return 200, {"ETag": f'"{self._tag(name)}"', "X-Repo-Commit": commit}, self.files[name]

    def _tag(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()[:40]


@pytest.fixture
def served(tiny_encoder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, where HF_ENDPOINT points to, and an empty cache."""
    served = Hub(tiny_encoder())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            served.asked.append(path)
            status, headers, content = served.answer(path)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815  the name that the server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def fetched(served: Hub) -> set[str]:
    """The files that were asked for."""
    return {path.split("/resolve/")[1].split("/", 1)[1] for path in served.asked if "/resolve/" in path}


def test_a_model_is_fetched_at_a_known_commit(served: Hub, tiny_encoder: Callable[..., Path], tmp_path: Path) -> None:
    found = source.resolve(NAME, tmp_path)
    assert source.commit(found) == FIRST
    assert source.digest(found) == source.digest(tiny_encoder())
    assert found.is_relative_to(tmp_path / "cache")


def test_nothing_but_what_an_encoder_is_made_of_is_fetched(served: Hub, tmp_path: Path) -> None:
    unwanted = ("pytorch_model.bin", "onnx/model.onnx", "run.py", "README.md", "model.fp16.safetensors", "data.json")
    served.files |= dict.fromkeys(unwanted, b"unwanted")
    served.files |= {"1_Pooling/config.json": b'{"pooling_mode_cls_token": true}', "vocab.txt": b"a"}
    found = source.resolve(NAME, tmp_path)
    tokenizer = {"tokenizer.json", "tokenizer_config.json", "vocab.txt"}
    assert fetched(served) == {"config.json", "model.safetensors", "1_Pooling/config.json"} | tokenizer
    assert source.facts(found).pooling == "cls"


def test_code_comes_with_consent_alone(served: Hub, tmp_path: Path) -> None:
    served.files["modeling_new.py"] = b"raise SystemExit"
    source.resolve(NAME, tmp_path, None, "another/model")
    assert "modeling_new.py" not in fetched(served)
    source.resolve(NAME, tmp_path, None, NAME)
    assert "modeling_new.py" in fetched(served)


def test_what_is_there_is_not_fetched_again(served: Hub, tmp_path: Path) -> None:
    first = source.resolve(NAME, tmp_path)
    served.asked.clear()
    assert source.resolve(NAME, tmp_path) == first
    assert not fetched(served)


def test_a_branch_is_followed_and_a_commit_is_not(served: Hub, tmp_path: Path) -> None:
    before = source.resolve(NAME, tmp_path)
    served.commits["main"] = SECOND
    assert source.commit(source.resolve(NAME, tmp_path)) == SECOND
    assert source.resolve(NAME, tmp_path, "v1") == before
    served.asked.clear()
    assert source.resolve(NAME, tmp_path, FIRST) == before
    assert not served.asked


@pytest.mark.parametrize("status", [500, 503])
def test_a_hub_that_is_down(served: Hub, tmp_path: Path, status: int) -> None:
    served.down = status
    with pytest.raises(ProjectError, match=f"gave no answer: .*{status}"):
        source.resolve(NAME, tmp_path)
    served.down = 0
    found = source.resolve(NAME, tmp_path)
    served.down = status
    assert source.resolve(NAME, tmp_path) == found


def test_a_hub_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ProjectError) as caught:
        source.resolve(NAME, tmp_path)
    message = str(caught.value)
    assert "http://127.0.0.1:9 gave no answer" in message
    assert "HF_ENDPOINT" in message
    assert NAME in message


def test_a_model_or_a_revision_that_is_not_there(served: Hub, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no model of that name at http"):
        source.resolve("someone/else", tmp_path)
    with pytest.raises(ProjectError, match="no revision v9"):
        source.resolve(NAME, tmp_path, "v9")


def test_names_that_the_hub_does_not_allow(served: Hub, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no model of that name"):
        source.resolve("a" * 200, tmp_path)
    assert not served.asked


def test_what_was_fetched_is_looked_at(served: Hub, tmp_path: Path) -> None:
    served.files["pytorch_model.bin"] = served.files.pop("model.safetensors")
    with pytest.raises(ProjectError, match="has no weights"):
        source.resolve(NAME, tmp_path)


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, served: Hub, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/cache")

    monkeypatch.setattr(library, "snapshot_download", full)
    with pytest.raises(StorageError, match="disk is full"):
        source.resolve(NAME, tmp_path)


def test_the_library_is_silent_and_as_it_was(served: Hub, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    before = logging.getLogger("huggingface_hub").level
    source.resolve(NAME, tmp_path)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("huggingface_hub").level == before
    assert not library.utils.are_progress_bars_disabled()


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hub, "missing", lambda modules: modules)
    with pytest.raises(InstallError, match=r"modelyard\[text\]"):
        source.resolve(NAME, tmp_path)


@pytest.mark.parametrize("name", ["bert-base-uncased", "BAAI/bge-small-zh-v1.5", "a/b.c_d"])
def test_ids(name: str) -> None:
    assert hub.is_id(name)


@pytest.mark.parametrize(
    "name", ["", "./a", "a/", "/a", "a/b/c", "a b", "~a", "模型", "https://a/b", "C:\\a", "-a", "a/.."]
)
def test_what_is_no_id(name: str) -> None:
    assert not hub.is_id(name)


def test_a_local_encoder_asks_nobody(served: Hub, tiny_encoder: Callable[..., Path]) -> None:
    source.resolve(str(tiny_encoder()), Path())
    assert not served.asked
    assert sys.modules["huggingface_hub"] is library

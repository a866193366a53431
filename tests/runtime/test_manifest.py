"""The seal: no byte, file or link of a bundle can change unnoticed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, BundleError
from modelyard.runtime.manifest import FORMAT, MANIFEST, SEAL, canonical, open_sealed, seal

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The smallest thing that has a seal."""
    folder = tmp_path / "箱子"
    (folder / "graphs").mkdir(parents=True)
    (folder / "graphs" / "0.onnx").write_bytes(b"graph")
    (folder / "名字.txt").write_text("内容", "utf-8")
    seal(folder, {"name": "x"})
    return folder


def refused(folder: Path) -> str:
    """What the refusal says."""
    with pytest.raises(BundleError) as error:
        open_sealed(folder)
    said = str(error.value)
    assert len(said.splitlines()) <= MAX_LINES
    return said


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest and seal it again as an attacker would: by hand."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    change(manifest)
    write_manifest(folder, canonical(manifest))


def write_manifest(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    (folder / SEAL).write_bytes(f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode())


def test_what_was_sealed_is_read(box: Path) -> None:
    bundle_id, manifest, contents = open_sealed(box)
    assert contents == {"graphs/0.onnx": b"graph", "名字.txt": "内容".encode()}
    assert manifest["format"] == FORMAT and manifest["name"] == "x"
    assert [entry["path"] for entry in manifest["files"]] == ["graphs/0.onnx", "名字.txt"]
    assert bundle_id == hashlib.sha256((box / MANIFEST).read_bytes()).hexdigest()


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
def test_the_seal_can_be_checked_without_us(box: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", SEAL], cwd=box, check=True, capture_output=True)


def test_the_id_depends_on_contents_and_not_on_place_or_time(box: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(box, tmp_path / "elsewhere"))
    os.utime(other / "graphs" / "0.onnx", (0, 0))
    assert seal(other, {"name": "x"}) == open_sealed(box)[0]
    (other / "graphs" / "0.onnx").write_bytes(b"Graph")
    assert seal(other, {"name": "x"}) != open_sealed(box)[0]


@given(PLAIN)
@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_canonical_text_stands_for_one_value(value: Any) -> None:
    written = canonical(value) if not _has_half_characters(value) else b"null"
    assert canonical(json.loads(written)) == written


def _has_half_characters(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def test_canonical_text_sorts_keys_and_refuses_what_json_lacks() -> None:
    assert canonical({"b": 1, "a": "甲"}) == '{"a":"甲","b":1}'.encode()
    for odd in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            canonical([odd])


@pytest.mark.parametrize("path", ["graphs/0.onnx", "名字.txt", MANIFEST, SEAL])
def test_a_flipped_byte_is_noticed_wherever_it_is(box: Path, path: str) -> None:
    content = (box / path).read_bytes()
    for position in range(len(content)):
        spoilt = bytearray(content)
        spoilt[position] ^= 1
        (box / path).write_bytes(bytes(spoilt))
        refused(box)


@pytest.mark.parametrize("change", [b"", b"grap", b"graph "])
def test_a_file_of_another_size(box: Path, change: bytes) -> None:
    (box / "graphs" / "0.onnx").write_bytes(change)
    assert "changed" in refused(box)


@pytest.mark.parametrize("path", ["graphs/0.onnx", "名字.txt"])
def test_a_file_that_is_gone(box: Path, path: str) -> None:
    (box / path).unlink()
    said = refused(box)
    assert "not there" in said and path.rpartition("/")[2] in said


@pytest.mark.parametrize("path", ["extra.txt", "graphs/1.onnx", "lib/modelyard/evil.py", "graphs/.hidden"])
def test_a_file_too_many(box: Path, path: str) -> None:
    (box / path).parent.mkdir(parents=True, exist_ok=True)
    (box / path).write_text("")
    said = refused(box)
    assert "does not list" in said and path in said


@pytest.mark.parametrize("path", ["evidence/report.json", "evidence/deep/er.txt", ".entry.json", ".git/config"])
def test_what_may_lie_beside(box: Path, path: str) -> None:
    before = open_sealed(box)[0]
    (box / path).parent.mkdir(parents=True, exist_ok=True)
    (box / path).write_text("")
    assert open_sealed(box)[0] == before == seal(box, {"name": "x"})


def test_symbolic_links(box: Path, tmp_path: Path) -> None:
    (box / "graphs" / "0.onnx").rename(tmp_path / "outside")
    (box / "graphs" / "0.onnx").symlink_to(tmp_path / "outside")
    assert "link" in refused(box)


@pytest.mark.parametrize("name", ["graphs", "evidence", "extra"])
def test_linked_folders(box: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    if (box / name).exists():
        (box / name).rename(outside)
    else:
        outside.mkdir()
    (box / name).symlink_to(outside, target_is_directory=True)
    assert "link" in refused(box)


def test_a_linked_manifest(box: Path, tmp_path: Path) -> None:
    (box / MANIFEST).rename(tmp_path / "outside")
    (box / MANIFEST).symlink_to(tmp_path / "outside")
    assert "link" in refused(box)


def test_hard_links(box: Path, tmp_path: Path) -> None:
    os.link(box / "名字.txt", tmp_path / "second-name")
    assert "hard link" in refused(box)


def test_a_pipe_is_refused_and_not_waited_for(box: Path) -> None:
    os.mkfifo(box / "pipe")
    assert "special" in refused(box)


def test_the_bundle_itself_may_be_reached_through_a_link(box: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(box)
    assert open_sealed(tmp_path / "latest")[0] == open_sealed(box)[0]


@pytest.mark.parametrize(
    "path",
    ["../secret", "graphs/../../secret", "/etc/hostname", "graphs//0.onnx", "./名字.txt", "a\\b", "C:secret", "",
     "x\0y", "evidence/report.json", ".hidden", ".."],
)  # fmt: skip
def test_listed_paths_stay_inside(box: Path, path: str) -> None:
    (box.parent / "secret").write_text("secret")
    rewrite(box, lambda manifest: manifest["files"].append({"path": path, "size": 6, "sha256": "0" * 64}))
    said = refused(box)
    assert "outside the bundle" in said or "damaged" in said


def test_a_newer_format_says_what_to_do(box: Path) -> None:
    write_manifest(box, json.dumps({"format": FORMAT + 1, "everything": "else is different"}).encode())
    said = refused(box)
    assert f"format {FORMAT + 1}" in said and "pip install --upgrade modelyard" in said
    messages.use("zh")
    assert "升级" not in said and "本版本" in refused(box)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"3", b'"x"', b"\xff\xfe", b"{}", b'{"format":1}', b'{"format":"1","files":[]}',
     b'{"format":1,"files":3}', b'{"format":1,"files":[3]}', b'{"files":[{"path":"a"}],"format":1}',
     b'{"files":[],"format":0}', b'{"files":[],"format":NaN}', b'{"format":1, "files":[]}',
     b'{"files":[],"format":true}', b'{"files":[{"path":"a","sha256":"","size":0}],"format":1}',
     b'{"files":[{"path":"a","sha256":"b","size":-1}],"format":1}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_manifest_that_is_none(box: Path, content: bytes) -> None:
    write_manifest(box, content)
    refused(box)


def test_a_file_listed_twice(box: Path) -> None:
    rewrite(box, lambda manifest: manifest["files"].append(manifest["files"][0]))
    assert "damaged" in refused(box)


def test_a_manifest_written_another_way(box: Path) -> None:
    write_manifest(box, json.dumps(json.loads((box / MANIFEST).read_bytes()), indent=1).encode())
    assert "damaged" in refused(box)


def test_no_seal(box: Path) -> None:
    (box / SEAL).unlink()
    assert SEAL in refused(box)


def test_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file", tmp_path / "nowhere"):
        said = refused(place)
        assert "manifest.json" in said and str(place) in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(box: Path) -> None:
    (box / "名字.txt").chmod(0)
    assert "cannot be read" in refused(box)

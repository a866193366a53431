"""The seal of a bundle: `manifest.json` names every file with size and sha256; its own sha256 is the bundle's id.

`manifest.sha256` holds that id in the form that `sha256sum --check` reads, so that no byte of the bundle can change
unnoticed. Only `evidence/` is free: it talks about the bundle and is not part of it. Nothing reads hidden files.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from modelyard.core.errors import BundleError, Mistake
from modelyard.core.messages import text

FORMAT = 1
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
EVIDENCE = "evidence"

Manifest = dict[str, Any]


def canonical(value: Any) -> bytes:
    """Plain data as the one JSON text that stands for it: sorted keys, no spaces, UTF-8.

    Raises:
        ValueError: NaN or an infinity, which JSON does not have.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def seal(folder: Path, manifest: Manifest) -> str:
    """List all files of a new bundle in its manifest, write manifest and seal, and return the id.

    Args:
        folder: Holds the bundle's other files.
        manifest: Everything but `format` and `files`.
    """
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = [_entry(folder, path) for path in paths if path not in (MANIFEST, SEAL) and not _is_beside(path)]
    content = canonical({**manifest, "format": FORMAT, "files": files})
    bundle_id = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_bytes(content)
    (folder / SEAL).write_bytes(_seal_line(bundle_id))
    return bundle_id


def open_sealed(folder: Path) -> tuple[str, Manifest, dict[str, bytes]]:
    """Check the seal of a bundle and read it: what is returned is what was checked.

    Returns:
        The id, the manifest, and the content of every listed file by its path.

    Raises:
        BundleError: Not a bundle, too new, or any byte, file or link that should not be.
    """
    if not (folder / MANIFEST).is_file():
        refuse(folder, "runtime.not_a_bundle", fix="runtime.fix_not_a_bundle")
    try:
        present = set(_walk(folder, folder))
        content = (folder / MANIFEST).read_bytes()
        manifest = _parse(folder / MANIFEST, content)
        bundle_id = hashlib.sha256(content).hexdigest()
        if SEAL not in present or (folder / SEAL).read_bytes() != _seal_line(bundle_id):
            refuse(folder / MANIFEST, "runtime.changed_manifest")
        contents = {entry["path"]: _read(folder, entry, present) for entry in manifest["files"]}
    except OSError as error:
        refuse(error.filename or folder, "runtime.unreadable")
    extra = sorted(present - contents.keys() - {MANIFEST, SEAL})
    if extra:
        refuse(folder / extra[0], "runtime.extra_file", fix="runtime.fix_extra")
    return bundle_id, manifest, contents


def refuse(
    place: Path | str,
    what: str,
    expected: str = "runtime.expected_bundle",
    fix: str = "runtime.fix_copy",
    **values: Any,
) -> NoReturn:
    """Say what is wrong with a bundle, in the sentences of those names."""
    raise BundleError(Mistake(str(place), text(what, **values), text(expected, **values), text(fix, **values)))


def _is_beside(path: str) -> bool:
    """Not part of the bundle: evidence/, and what version control or the store keep under hidden names at the top."""
    return path.split("/")[0] == EVIDENCE or path.startswith(".")


def _entry(folder: Path, path: str) -> dict[str, Any]:
    content = (folder / path).read_bytes()
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _seal_line(bundle_id: str) -> bytes:
    return f"{bundle_id}  {MANIFEST}\n".encode()


def _parse(place: Path, content: bytes) -> Manifest:
    """The manifest, once its format is known and its list of files has the right shape."""
    manifest: Manifest
    try:
        manifest = json.loads(content)
        version = manifest["format"]
        if version > FORMAT:
            refuse(place, "runtime.newer", "runtime.expected_format", "runtime.fix_upgrade", got=version, known=FORMAT)
        paths = [str(entry["path"]) for entry in manifest["files"] if entry["size"] >= 0 and entry["sha256"]]
        sound = version == FORMAT and canonical(manifest) == content and len({*paths}) == len(manifest["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        refuse(place, "runtime.bad_manifest")
    for path in paths:
        if not _is_inside(path):
            refuse(place, "runtime.bad_path", path=path)
    return manifest


def _is_inside(path: str) -> bool:
    """A plain relative path with forward slashes, of a file that is part of the bundle."""
    parts = path.split("/")
    odd = any(part in ("", ".", "..") for part in parts) or any(sign in path for sign in "\\:\0")
    return not odd and not _is_beside(path)


def _read(folder: Path, entry: dict[str, Any], present: set[str]) -> bytes:
    path = entry["path"]
    if path not in present:
        refuse(folder / path, "runtime.missing_file")
    with (folder / path).open("rb") as file:
        content: bytes = file.read(entry["size"] + 1)
    if len(content) != entry["size"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
        refuse(folder / path, "runtime.changed_file")
    return content


def _walk(folder: Path, below: Path) -> Iterator[str]:
    """Paths of the bundle's files; a link anywhere is refused, and none is followed."""
    for item in sorted(os.scandir(below), key=lambda item: item.name):
        status = item.stat(follow_symlinks=False)
        path = Path(item.path).relative_to(folder).as_posix()
        if stat.S_ISDIR(status.st_mode):
            if not _is_beside(path):
                yield from _walk(folder, Path(item.path))
        elif not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            refuse(item.path, "runtime.linked", "runtime.expected_regular", "runtime.fix_linked")
        elif not _is_beside(path):
            yield path

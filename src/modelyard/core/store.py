"""The content store under `.modelyard/store`: what each stage made, found again by what went into it.

A key is the sha256 of a length-prefixed encoding of the stage's name and its parts, so ("ab", "c") and
("a", "bc") differ. An entry is a folder that appears in one rename after every byte is on the disk: whoever is
killed leaves a draft, which the next one sweeps away, never half an entry. A hit requires the bytes to exist and
to match.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.core.errors import Mistake, StorageError
from modelyard.core.locks import is_held, lock, lock_if_possible
from modelyard.core.messages import text

RECORD = ".entry.json"
_DRAFT = "tmp"
_HALF = "half"
KEY = 20
"""Digits of a key in the name of its entry's folder."""
_REASONS = {
    errno.ENOENT: "store.no_such_file",
    errno.EACCES: "store.no_permission",
    errno.EPERM: "store.no_permission",
    errno.EROFS: "store.read_only",
    errno.EISDIR: "store.is_folder",
    errno.ENOTDIR: "store.is_file",
    errno.EEXIST: "store.is_file",
    errno.ENAMETOOLONG: "store.long_name",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_cut_short: list[Callable[[], None]] = []  # locks on drafts that this process goes on using


def encode(value: Any) -> bytes:
    """Plain data -> bytes, each piece with its kind and length in front; mappings in the order of their keys.

    Different data have different bytes; lists and tuples count as the same, 1 and 1.0 and True do not.

    Raises:
        TypeError: Something that is not plain data.
    """
    if value is None or isinstance(value, bool):
        kind, body = b"c", str(value).encode()
    elif isinstance(value, int):
        kind, body = b"i", format(int(value), "x").encode()
    elif isinstance(value, float):
        kind, body = b"f", float(value).hex().encode()
    elif isinstance(value, str):
        kind, body = b"s", value.encode("utf-8", "surrogatepass")
    elif isinstance(value, Mapping):
        kind, body = b"m", b"".join(sorted(encode(key) + encode(item) for key, item in value.items()))
    elif isinstance(value, list | tuple):
        kind, body = b"l", b"".join(encode(item) for item in value)
    else:
        raise TypeError(f"{type(value).__name__} is not plain data")
    return kind + str(len(body)).encode() + b":" + body


def digest(value: Any) -> str:
    """sha256 of `encode(value)` as 64 hexadecimal digits."""
    return hashlib.sha256(encode(value)).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Entry:
    """What a stage made.

    Args:
        folder: Its files; not to be changed.
        key: What it is found by.
        content: sha256 over its files: later stages depend on this, not on the key, so that a changed stage
            with an unchanged result stops there.
        hit: It was there already.
        why: Why it had to be made: a sentence, empty for a hit.
    """

    folder: Path
    key: str
    content: str
    hit: bool
    why: str


class Store:
    """Entries by key.

    Args:
        root: `.modelyard/store`; made when the first entry is.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def entry(self, stage: str, parts: Mapping[str, Any], make: Callable[[Path], object]) -> Entry:
        """The entry for these parts, made by `make(folder)` if it is not there.

        Args:
            stage: Name of the stage, a plain word; part of the key.
            parts: Plain data: options, content ids of inputs, code, seed.
            make: Fills an empty folder. False: usable by this process, but cut short (the clock stopped it), so
                that the next run makes it anew.

        Raises:
            StorageError: The disk is full or cannot be written; no trace of a half entry stays.
        """
        key = digest({"stage": stage, "parts": dict(parts)})
        folder = self.root / f"{stage}-{key[:KEY]}"
        try:
            content = _content(folder)
            if content is not None:
                with suppress(OSError):  # a store that may only be read is as good
                    os.utime(folder)
                return Entry(folder, key, content, True, "")
            why = self._why(stage, parts, folder)
            return self._made(Entry(folder, key, "", False, why), stage, parts, make)
        except OSError as error:
            raise storage_error(error, folder) from error

    def halfway(self, stage: str, parts: Mapping[str, Any]) -> Path:
        """Where a stage may keep what is half done, so that it goes on from there when it was killed or cut short.

        The folder is not made here. It goes when the entry of these parts is whole, and with `clean`.
        """
        return self.root / f"{_HALF}-{stage}-{digest({'stage': stage, 'parts': dict(parts)})[:KEY]}"

    def clean(self, used: Set[str]) -> int:
        """Delete every entry but these, and what killed processes left behind.

        Args:
            used: Names of the folders that stay.

        Returns:
            Bytes that were freed.

        Raises:
            StorageError: The store cannot be changed.
        """
        freed = 0
        try:
            self._sweep()
            for folder in sorted(self.root.glob("*-*")):
                if folder.name not in used and not folder.name.startswith(_DRAFT):
                    freed += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
                    self._discard(folder)
        except OSError as error:
            raise storage_error(error, self.root) from error
        return freed

    def _made(self, wanted: Entry, stage: str, parts: Mapping[str, Any], make: Callable[[Path], object]) -> Entry:
        """Make an entry as a draft; publish it when it is whole."""
        self._sweep()
        draft, release = self._draft(wanted.folder.name)
        try:
            whole = make(draft) is not False
            files = list_files(draft)
            content = digest(files)
            known = {name: digest(part) for name, part in parts.items()}
            (draft / RECORD).write_text(json.dumps({"stage": stage, "parts": known, "files": files}), "utf-8")
            if not whole:
                _cut_short.append(release)
                return Entry(draft, wanted.key, content, False, wanted.why)
            if wanted.folder.exists() and _content(wanted.folder) is None:
                self._discard(wanted.folder)
            if not publish(draft, wanted.folder):
                content = _content(wanted.folder) or content
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            release()
            raise
        for over in (draft, self.root / f"{_HALF}-{wanted.folder.name}"):
            shutil.rmtree(over, ignore_errors=True)
        release()
        return Entry(wanted.folder, wanted.key, content, False, wanted.why)

    def _draft(self, name: str) -> tuple[Path, Callable[[], None]]:
        """An empty folder that only this process uses, and how to let it go."""
        while True:
            draft = self.root / f"{_DRAFT}-{os.urandom(4).hex()}-{name}"
            draft.mkdir(parents=True)
            with suppress(BlockingIOError, FileNotFoundError):  # swept before it was locked: take another one
                release = lock_if_possible(draft)
                if draft.exists():
                    return draft, release
                release()

    def _why(self, stage: str, parts: Mapping[str, Any], folder: Path) -> str:
        if folder.exists():
            return text("store.damaged")
        drafts = list(self.root.glob(f"{_DRAFT}-*-{folder.name}"))
        if drafts:
            return text(f"store.{_state(drafts)}")
        others = [path for path in self.root.glob(f"{stage}-*") if _record(path).get("stage") == stage]
        if not others:
            return text("store.first")
        known = _record(max(others, key=_last_used))["parts"]
        changed = [name for name in {**known, **parts} if name not in parts or known.get(name) != digest(parts[name])]
        return text("store.changed", parts=", ".join(sorted(changed)))

    def _sweep(self) -> None:
        """Remove what killed processes left behind."""
        for draft in self.root.glob(f"{_DRAFT}-*"):
            with suppress(OSError):  # somebody is at work on it, or swept it already
                release = lock(draft)
                shutil.rmtree(draft, ignore_errors=True)
                release()

    def _discard(self, folder: Path) -> None:
        """Take an entry out of the way in one step, then delete it."""
        with suppress(FileNotFoundError):
            aside = folder.rename(self.root / f"{_DRAFT}-{os.urandom(4).hex()}-{folder.name}")
            shutil.rmtree(aside, ignore_errors=True)


def _state(drafts: Sequence[Path]) -> str:
    """What became of the entry that these drafts were to be."""
    if any(_record(draft) for draft in drafts):
        return "cut_short"
    return "in_the_making" if any(is_held(draft) for draft in drafts) else "interrupted"


def list_files(folder: Path) -> dict[str, str]:
    """Path inside the folder -> sha256 of each file, the store's own record left out."""
    files = (path for path in folder.rglob("*") if path.is_file() and path != folder / RECORD)
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(files)}


def publish(draft: Path, folder: Path) -> bool:
    """Make a finished folder appear under its name in one step, after its bytes are on the disk.

    Returns:
        False when another process made the same folder first; the draft is still there then.
    """
    for path in [*draft.rglob("*"), draft]:
        sync(path)
    try:
        draft.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    sync(folder.parent)
    return True


def write_text(path: Path, content: str) -> None:
    """Write a file so that it is there whole, or as it was.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    # Half a character (a file name in a foreign encoding) becomes the escape that JSON reads back.
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_text`, of bytes."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        sync(draft)
        draft.replace(path)
        sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise storage_error(error, path) from error


def storage_error(error: OSError, place: Path) -> StorageError:
    """An operating system's error as the user's: disk full, no permission, ..."""
    if error.errno in _FULL or "No space left" in str(error):  # Arrow tells the number in its text only
        fix = text("store.fix_space")
        return StorageError(Mistake(str(place), text("store.disk_full"), text("store.expected_space"), fix))
    return StorageError(Mistake(str(error.filename or place), reason(error), text("store.expected_writable")))


def reason(error: OSError) -> str:
    """Why the operating system refused, in the user's language; rare reasons by the system's own name."""
    if error.errno in _REASONS:
        return text(_REASONS[error.errno])
    return errno.errorcode.get(error.errno or 0, "") or error.strerror or str(error)


def _content(folder: Path) -> str | None:
    """The content id of a whole and undamaged entry, else None."""
    files = _record(folder).get("files")
    return digest(files) if files is not None and list_files(folder) == files else None


def _record(folder: Path) -> dict[str, Any]:
    """What the store wrote about an entry; empty where that is missing or damaged."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.keys() == {"stage", "parts", "files"} else {}


def _last_used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    """Bring a file, or a folder's list of names, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders, and keeps their lists in order by itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

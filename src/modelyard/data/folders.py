"""Folders of tables: which of their files hold the table, and which parts of it they say that they are.

Besides plain files: a folder that Hugging Face's `save_to_disk` wrote, and a data set as its hub keeps it, with
`train-00000-of-00001.parquet` and the like, in folders or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

Listing = Callable[[bool], list[str]]
"""Whether to look into the folders inside as well -> paths of files below a folder, with forward slashes, sorted."""
Load = Callable[[str], bytes]
"""Path of a file below a folder -> its bytes."""

STATE, SPLITS = "state.json", "dataset_dict.json"
_ABOUT = (STATE, SPLITS, "dataset_info.json", "dataset_infos.json")
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "validation", "val", "dev"), "valid"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
_SHARD = re.compile(r"-[0-9]{5}-of-[0-9]{5}(?:-[0-9a-f]+)?$")


def tables_of(listing: Listing, load: Load, is_table: Callable[[str], bool]) -> list[str]:
    """The files that hold a folder's table; those in folders inside only when there are none directly."""
    here = listing(False)
    if STATE in here:
        return _shards("", load)
    if SPLITS in here:
        return [shard for split in _read(load, SPLITS)["splits"] for shard in _shards(f"{split}/", load)]
    direct = [name for name in here if _counts(name, is_table)]
    return direct or [name for name in listing(True) if _counts(name, is_table)]


def parts_of(names: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Files of a table by the part that their names, or their folders, say; and those that say none.

    Returns:
        `train`, and `valid`, `test` or both, each with its files; nothing where the names tell of no such parts.
    """
    said = {name: _part(name) for name in names}
    parts = {part: [name for name in names if said[name] == part] for part in ("train", "valid", "test")}
    found = {part: inside for part, inside in parts.items() if inside}
    if "train" not in found or len(found) < 2:
        return {}, []
    return found, [name for name in names if not said[name]]


def _part(name: str) -> str:
    path = PurePosixPath(name)
    stem = path.name.partition(".")[0]
    for word in (_SHARD.sub("", stem), *reversed(path.parent.parts)):
        if word.lower() in _PARTS:
            return _PARTS[word.lower()]
    return ""


def _shards(prefix: str, load: Load) -> list[str]:
    return [prefix + file["filename"] for file in _read(load, prefix + STATE)["_data_files"]]


def _read(load: Load, name: str) -> Any:
    return json.loads(load(name))


def _counts(name: str, is_table: Callable[[str], bool]) -> bool:
    path = PurePosixPath(name)
    return is_table(path.name) and path.name not in _ABOUT and not any(part.startswith(".") for part in path.parts)

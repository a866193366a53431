"""The store: different parts have different keys, a hit needs its bytes, and nobody ever sees half an entry."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages, store
from modelyard.core.errors import StorageError
from modelyard.core.store import (
    RECORD,
    Entry,
    Store,
    digest,
    encode,
    file_digest,
    list_files,
    publish,
    reason,
    storage_error,
    write_text,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def writing(content: str = "result", whole: bool = True) -> Callable[[Path], bool]:
    """A stage that writes one file."""

    def make(folder: Path) -> bool:
        (folder / "inside").mkdir()
        (folder / "inside" / "结果.txt").write_text(content, "utf-8")
        return whole

    return make


def forbidden(folder: Path) -> bool:
    """A stage that must not run."""
    raise AssertionError("made again")


def names(root: Path) -> list[str]:
    """What lies in the store, drafts marked."""
    return sorted("draft" if path.name.startswith("tmp-") else "entry" for path in root.iterdir())


def exact(value: Any) -> Any:
    """Plain data with the kind of each value, so that 1, 1.0 and True differ and lists equal tuples."""
    if isinstance(value, dict):
        return frozenset((exact(key), exact(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return ("list", *map(exact, value))
    return (type(value).__name__, repr(value))


# ------------------------------------------------------------------------- keys
@settings(max_examples=300, deadline=None, derandomize=True)
@given(PLAIN, PLAIN)
def test_different_data_have_different_bytes(one: Any, other: Any) -> None:
    assert (encode(one) == encode(other)) == (exact(one) == exact(other))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(PLAIN, max_size=4), st.lists(PLAIN, max_size=4))
def test_pieces_do_not_run_into_each_other(one: list[Any], other: list[Any]) -> None:
    joined, others = b"".join(map(encode, one)), b"".join(map(encode, other))
    assert (joined == others) == (exact(one) == exact(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (["a", ["b"]], [["a"], "b"]),
        ([], {}),
        ([""], []),
        ({"a": {"b": 1}}, {"a": {}, "b": 1}),
        (1, 1.0),
        (1, True),
        (0, False),
        (0, None),
        ("1", 1),
        ("None", None),
        (0.0, -0.0),
        ({"1": "a"}, {1: "a"}),
        ("é", "e\u0301"),
        ("\ud800", "?"),
    ],
)
def test_what_looks_alike_is_told_apart(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_mappings_are_the_same_in_any_order_and_lists_are_not() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest((1, 2)) == digest([1, 2])


def test_numbers_of_numpy_that_are_pythons_count_as_pythons() -> None:
    assert digest(np.float64(0.5)) == digest(0.5)
    assert digest(np.str_("列")) == digest("列")
    assert digest(10**5000) != digest(10**5000 + 1)
    assert digest(float("nan")) == digest(float("nan"))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", np.int64(1), np.zeros(2), [object()], {"a": Path("x")}])
def test_what_is_not_plain_data_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="is not plain data"):
        encode(value)


def test_a_digest_does_not_change_with_the_release() -> None:
    expected = "045fdc0b3300b7742066da53491f7fb97bc80379542dd0319c3f4ef32795c2be"
    assert digest({"a": [1, 2.5, None, "列"]}) == expected


# --------------------------------------------------------------------- found again
def test_made_once_and_found_again(tmp_path: Path) -> None:
    kept = Store(tmp_path / "store")
    first = kept.entry("prepare", {"seed": 0}, writing())
    again = kept.entry("prepare", {"seed": 0}, forbidden)
    assert (first.hit, again.hit) == (False, True)
    assert (again.folder, again.key, again.content, again.why) == (first.folder, first.key, first.content, "")
    assert (again.folder / "inside" / "结果.txt").read_text("utf-8") == "result"
    assert again.folder.name == f"prepare-{first.key[:20]}"
    assert names(kept.root) == ["entry"]


@pytest.mark.parametrize("change", [{"seed": 1}, {"seed": 0, "more": None}, {}, {"seeds": 0}])
def test_other_parts_are_another_entry(change: dict[str, Any], tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.entry("prepare", {"seed": 0}, writing())
    assert not kept.entry("prepare", change, writing()).hit
    assert len(names(tmp_path)) == 2


def test_another_stage_with_the_same_parts_is_another_entry(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    one, other = kept.entry("train", {}, writing()), kept.entry("train2", {}, writing())
    assert one.key != other.key and one.content == other.content


def test_the_content_depends_on_names_and_bytes_only(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    early = kept.entry("prepare", {"seed": 0}, writing())
    same = kept.entry("prepare", {"seed": 1}, writing())
    other = kept.entry("prepare", {"seed": 2}, writing("other"))
    assert early.content == same.content != other.content


def test_a_changed_stage_with_an_unchanged_result_stops_there(tmp_path: Path) -> None:
    kept = Store(tmp_path)

    def walk(comment: str) -> tuple[Entry, Entry]:
        prepared = kept.entry("prepare", {"code": comment}, writing())
        return prepared, kept.entry("train", {"dataset": prepared.content}, writing("model"))

    walk("one")
    prepared, trained = walk("two")
    assert not prepared.hit and trained.hit


def test_an_empty_entry_is_an_entry(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.entry("plan", {}, lambda folder: True)
    assert kept.entry("plan", {}, forbidden).hit


def test_a_hit_counts_as_use(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    folder = kept.entry("plan", {}, writing()).folder
    os.utime(folder, (0, 0))
    kept.entry("plan", {}, forbidden)
    assert folder.stat().st_mtime > 1e9


def test_a_stage_inside_a_stage(tmp_path: Path) -> None:
    kept = Store(tmp_path)

    def outer(folder: Path) -> bool:
        inner = kept.entry("candidate", {}, writing())
        shutil.copytree(inner.folder, folder / "copy")
        return True

    kept.entry("train", {}, outer)
    assert names(tmp_path) == ["entry", "entry"]
    assert kept.entry("candidate", {}, forbidden).hit and kept.entry("train", {}, forbidden).hit


# -------------------------------------------------------------- what is half done
def kept_half(kept: Store, parts: dict[str, Any], whole: bool = True) -> Callable[[Path], bool]:
    def make(folder: Path) -> bool:
        half = kept.halfway("candidate", parts)
        half.mkdir(parents=True, exist_ok=True)
        (half / "state").write_text("half", "utf-8")
        writing()(folder)
        return whole

    return make


def test_what_is_half_done_survives_the_work_and_goes_with_the_entry(tmp_path: Path) -> None:
    kept, parts = Store(tmp_path / "store"), {"a": 1}
    half = kept.halfway("candidate", parts)
    assert not half.exists()

    def interrupted(folder: Path) -> bool:
        kept_half(kept, parts)(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.entry("candidate", parts, interrupted)
    assert (half / "state").exists() and Store(kept.root).halfway("candidate", parts) == half
    kept.entry("candidate", {"a": 2}, writing())  # sweeps what killed processes left
    assert (half / "state").exists()
    kept.entry("candidate", parts, writing())
    assert not half.exists()


def test_what_was_cut_short_is_half_done(tmp_path: Path) -> None:
    kept, parts = Store(tmp_path), {"a": 1}
    kept.entry("candidate", parts, kept_half(kept, parts, whole=False))
    assert kept.halfway("candidate", parts).exists()


def test_other_work_has_another_folder(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    assert len({kept.halfway(stage, {"a": a}) for stage in ("one", "other") for a in (1, 2)}) == 4


def test_cleaning_takes_what_is_half_done(tmp_path: Path) -> None:
    kept, parts = Store(tmp_path), {"a": 1}
    kept.entry("candidate", parts, kept_half(kept, parts, whole=False))
    assert kept.clean(set()) >= len("half")
    assert not kept.halfway("candidate", parts).exists()


# ------------------------------------------------------------------------ damage
def delete(folder: Path) -> None:
    (folder / "inside" / "结果.txt").unlink()


def alter(folder: Path) -> None:
    (folder / "inside" / "结果.txt").write_text("resulT", "utf-8")


def add(folder: Path) -> None:
    (folder / "more").write_text("", "utf-8")


def forget(folder: Path) -> None:
    (folder / RECORD).unlink()


def scramble(folder: Path) -> None:
    (folder / RECORD).write_text("{", "utf-8")


def rewrite(folder: Path) -> None:
    (folder / RECORD).write_text("[1]", "utf-8")


def unmake(folder: Path) -> None:
    (folder / RECORD).write_bytes(b"\xff")


@pytest.mark.parametrize("damage", [delete, alter, add, forget, scramble, rewrite, unmake])
def test_a_damaged_entry_is_made_anew_and_says_so(damage: Callable[[Path], None], tmp_path: Path) -> None:
    kept = Store(tmp_path)
    first = kept.entry("prepare", {}, writing())
    damage(first.folder)
    again = kept.entry("prepare", {}, writing())
    assert not again.hit
    assert again.why == "its stored result is damaged or incomplete"
    assert again.content == first.content
    assert names(tmp_path) == ["entry"]
    assert kept.entry("prepare", {}, forbidden).hit


def test_a_file_named_like_the_record_counts_further_inside(tmp_path: Path) -> None:
    kept = Store(tmp_path)

    def make(folder: Path) -> bool:
        (folder / "deep").mkdir()
        (folder / "deep" / RECORD).write_text("mine", "utf-8")
        return True

    entry = kept.entry("prepare", {}, make)
    assert list(list_files(entry.folder)) == [f"deep/{RECORD}"]
    (entry.folder / "deep" / RECORD).write_text("changed", "utf-8")
    assert not kept.entry("prepare", {}, make).hit


def test_who_comes_second_takes_what_the_first_one_made(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    firsts: list[Entry] = []

    def slow(folder: Path) -> bool:
        firsts.append(kept.entry("train", {}, writing("first")))
        return writing("second")(folder)

    second = kept.entry("train", {}, slow)
    assert second.content == firsts[0].content
    assert (second.folder / "inside" / "结果.txt").read_text("utf-8") == "first"
    assert names(tmp_path) == ["entry"]


# --------------------------------------------------------------------------- why
def test_why_the_first_time(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    assert kept.entry("prepare", {}, writing()).why == "it has not run here before"
    assert kept.entry("train", {}, writing()).why == "it has not run here before"


def test_why_names_the_parts_that_changed(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.entry("train", {"seed": 0, "options": {"a": 1}, "code": "x"}, writing())
    assert kept.entry("train", {"seed": 1, "options": {"a": 2}, "code": "x"}, writing()).why == "changed: options, seed"


def test_why_names_parts_that_came_and_went(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.entry("train", {"gone": None, "code": "x"}, writing())
    assert kept.entry("train", {"come": None, "code": "x"}, writing()).why == "changed: come, gone"


def test_why_compares_with_what_was_used_last(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    old = kept.entry("train", {"seed": 0, "data": 0}, writing())
    new = kept.entry("train", {"seed": 0, "data": 1}, writing())
    os.utime(old.folder, (2e9, 2e9))
    os.utime(new.folder, (1e9, 1e9))
    assert kept.entry("train", {"seed": 1, "data": 0}, writing()).why == "changed: seed"


def test_why_does_not_compare_with_a_stage_whose_name_begins_alike(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.entry("train-more", {"seed": 0}, writing())
    assert kept.entry("train", {"seed": 1}, writing()).why == "it has not run here before"


def test_why_passes_over_damaged_records(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    scramble(kept.entry("train", {"seed": 0}, writing()).folder)
    assert kept.entry("train", {"seed": 1}, writing()).why == "it has not run here before"


def test_why_while_another_run_makes_the_same(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    whys: list[str] = []

    def slow(folder: Path) -> bool:
        whys.append(kept.entry("train", {}, writing()).why)
        return writing()(folder)

    kept.entry("train", {}, slow)
    assert whys == ["another run is making it at this moment"]


def test_why_is_chinese_in_chinese(tmp_path: Path) -> None:
    messages.use("zh")
    kept = Store(tmp_path)
    assert kept.entry("train", {"seed": 0}, writing()).why == "此前没有运行过"
    assert kept.entry("train", {"seed": 1}, writing()).why == "有变化：seed"


def test_why_survives_an_entry_that_goes_away_meanwhile(tmp_path: Path) -> None:
    assert store._last_used(tmp_path / "gone") == 0


# ------------------------------------------------------------------------- pieces
def test_publish_tells_whether_it_was_first(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, "utf-8")
    assert publish(tmp_path / "one", tmp_path / "place")
    assert not publish(tmp_path / "other", tmp_path / "place")
    assert (tmp_path / "place" / "file").read_text("utf-8") == "one"
    assert (tmp_path / "other").is_dir()


def test_publish_tells_other_troubles(tmp_path: Path) -> None:
    (tmp_path / "draft").mkdir()
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "draft", tmp_path / "no" / "place")


def test_list_files_is_sorted_and_uses_forward_slashes(tmp_path: Path) -> None:
    writing()(tmp_path)
    (tmp_path / "a").write_bytes(b"")
    assert list_files(tmp_path) == {
        "a": hashlib.sha256(b"").hexdigest(),
        "inside/结果.txt": hashlib.sha256(b"result").hexdigest(),
    }
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"").hexdigest()


def test_write_text_replaces_a_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "记录.json"
    write_text(path, "一")
    write_text(path, "二")
    assert path.read_text("utf-8") == "二"
    assert [each.name for each in path.parent.iterdir()] == ["记录.json"]


def test_write_text_keeps_the_old_file_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    write_text(path, "old")

    def full(handle: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        write_text(path, "new")
    assert path.read_text("utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_half_characters_survive_in_json(tmp_path: Path) -> None:
    strange = {"文件": "caf\udce9.csv"}
    write_text(tmp_path / "a.json", json.dumps(strange, ensure_ascii=False))
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == strange


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "number", [errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG]
)
def test_reasons_are_in_the_users_language(number: int, language: str) -> None:
    messages.use(language)
    said = reason(OSError(number, os.strerror(number)))
    assert any("\u4e00" <= character <= "\u9fff" for character in said) == (language == "zh")
    assert os.strerror(number) not in said


def test_rare_reasons_have_the_systems_name() -> None:
    assert reason(OSError(errno.ELOOP, "Too many links")) == "ELOOP"
    assert reason(OSError("Arrow says no")) == "Arrow says no"


def test_storage_errors_name_the_file_where_one_is_known() -> None:
    said = str(storage_error(PermissionError(errno.EACCES, "Permission denied", "/data/a.csv"), Path("elsewhere")))
    assert "/data/a.csv" in said and "no permission" in said
    assert "elsewhere" in str(storage_error(PermissionError(errno.EACCES, "Permission denied"), Path("elsewhere")))
    assert "the disk is full" in str(storage_error(OSError("IOError: No space left on device"), Path("x")))

"""Vectors that are kept: found again byte for byte, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from modelyard.core import locks
from modelyard.models import vector_cache
from modelyard.models.vector_cache import KEYS, VECTORS, VectorCache

TEXTS = ["", "好", "two words", "é", "e\u0301", "🙂" * 3, "x" * 100_000, "\ud800"]
WIDTH = 3


def vectors_of(texts: list[str], shift: float = 0.0) -> Any:
    return np.asarray([[len(text) + shift, number, 0.5] for number, text in enumerate(texts)], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the vectors of `TEXTS` are kept."""
    place = tmp_path / "向量" / "abc"
    VectorCache(place, WIDTH).keep(TEXTS, vectors_of(TEXTS))
    return place


def known(folder: Path, texts: list[str]) -> list[bool]:
    """Which texts are found; what is found must be right."""
    found, hits = VectorCache(folder, WIDTH).find(texts)
    assert found.shape == (len(texts), WIDTH) and found.dtype == np.float32
    for text, vector, hit in zip(texts, found, hits, strict=True):
        if hit:
            assert_array_equal(vector, vectors_of(TEXTS)[TEXTS.index(text)])
    return [bool(hit) for hit in hits]


def test_what_was_kept_is_found(folder: Path) -> None:
    assert known(folder, TEXTS) == [True] * len(TEXTS)
    assert known(folder, ["two  words", "好", " ", "好"]) == [False, True, False, True]
    assert (folder / VECTORS).stat().st_size == 4 * WIDTH * len(TEXTS)


def test_one_cache_finds_what_it_kept_itself_and_grows(folder: Path) -> None:
    cache = VectorCache(folder, WIDTH)
    cache.keep(["new"], np.full((1, WIDTH), 7.0, np.float32))
    found, hits = cache.find(["new", *TEXTS])
    assert hits.all() and found[0].tolist() == [7.0] * WIDTH
    assert_array_equal(found[1:], vectors_of(TEXTS))


def test_the_cache_of_nothing(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "none", WIDTH)
    found, hits = cache.find([])
    assert found.shape == (0, WIDTH) and not hits.any()
    assert cache.find(["a"])[1].tolist() == [False]
    assert not (tmp_path / "none").exists(), "looking makes nothing"
    cache.keep([], np.empty((0, WIDTH), np.float32))
    assert cache.find(["a"])[1].tolist() == [False] and cache.failed is None


def test_other_layouts_of_memory_are_kept_alike(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "a", WIDTH)
    cache.keep(TEXTS, np.asfortranarray(vectors_of(TEXTS).astype(np.float64)))
    assert known(tmp_path / "a", TEXTS) == [True] * len(TEXTS)


# --------------------------------------------------------------- damage
@pytest.mark.parametrize("place", range(0, 4 * WIDTH * len(TEXTS), 5))
def test_a_vector_with_a_flipped_bit_is_not_found_and_kept_anew(folder: Path, place: int) -> None:
    content = bytearray((folder / VECTORS).read_bytes())
    content[place] ^= 1
    (folder / VECTORS).write_bytes(bytes(content))
    lost = place // (4 * WIDTH)
    assert known(folder, TEXTS) == [number != lost for number in range(len(TEXTS))]
    VectorCache(folder, WIDTH).keep([TEXTS[lost]], vectors_of(TEXTS)[lost : lost + 1])
    assert known(folder, TEXTS) == [True] * len(TEXTS)


@pytest.mark.parametrize("place", range(0, 48 * len(TEXTS), 13))
def test_a_flipped_bit_among_the_keys(folder: Path, place: int) -> None:
    content = bytearray((folder / KEYS).read_bytes())
    content[place] ^= 1
    (folder / KEYS).write_bytes(bytes(content))
    assert known(folder, TEXTS).count(False) == 1


@settings(max_examples=60, derandomize=True, deadline=None)
@given(keys=st.integers(0, 48 * len(TEXTS)), vectors=st.integers(0, 4 * WIDTH * len(TEXTS)))
def test_files_cut_anywhere_give_right_vectors_and_are_mended(
    tmp_path_factory: pytest.TempPathFactory, keys: int, vectors: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    VectorCache(folder, WIDTH).keep(TEXTS, vectors_of(TEXTS))
    os.truncate(folder / KEYS, keys)
    os.truncate(folder / VECTORS, vectors)
    whole = min(keys // 48, vectors // (4 * WIDTH))
    assert known(folder, TEXTS) == [number < whole for number in range(len(TEXTS))]
    VectorCache(folder, WIDTH).keep(TEXTS[whole:], vectors_of(TEXTS)[whole:])
    assert known(folder, TEXTS) == [True] * len(TEXTS)


@pytest.mark.parametrize("file", [KEYS, VECTORS])
def test_a_file_that_is_gone_while_the_cache_is_open(folder: Path, file: str) -> None:
    cache = VectorCache(folder, WIDTH)
    (folder / file).unlink()
    if file == VECTORS:
        assert not cache.find(TEXTS)[1].any()
    assert known(folder, TEXTS) == [False] * len(TEXTS)
    cache.keep(TEXTS, vectors_of(TEXTS))
    assert cache.failed is None and cache.find(TEXTS)[1].all()


@pytest.mark.parametrize("other", [1, 2, 5, 64])
def test_vectors_of_another_dimension_are_not_taken_for_ours(folder: Path, other: int) -> None:
    found, hits = VectorCache(folder, other).find(TEXTS)
    assert found.shape == (len(TEXTS), other) and not hits.any()


# --------------------------------------------------------------- killed, and several at once
def killed_at(step: Callable[[Path], bool], work: Callable[[], Any]) -> None:
    """Do the work in a child that dies without a word before it writes a file."""
    child = os.fork()
    if not child:
        write = vector_cache._write

        def writing(path: Path, *arguments: Any) -> None:
            if step(path):
                os._exit(9)
            write(path, *arguments)

        vector_cache._write = writing
        try:
            work()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("file", [VECTORS, KEYS])
def test_killed_between_two_writes(folder: Path, file: str) -> None:
    new = ["new one", "new two"]
    killed_at(
        lambda path: path.name == file,
        lambda: VectorCache(folder, WIDTH).keep(new, np.full((2, WIDTH), np.nan, np.float32)),
    )
    assert known(folder, TEXTS) == [True] * len(TEXTS)
    assert not VectorCache(folder, WIDTH).find(new)[1].any()
    cache = VectorCache(folder, WIDTH)
    cache.keep(new, np.ones((2, WIDTH), np.float32))
    assert cache.failed is None
    found, hits = VectorCache(folder, WIDTH).find([*new, *TEXTS])
    assert hits.all() and (found[:2] == 1).all()
    assert (folder / VECTORS).stat().st_size == 4 * WIDTH * (len(TEXTS) + 2), "written over, not after"


def test_whoever_comes_second_writes_nothing_and_does_not_wait(folder: Path) -> None:
    cache = VectorCache(folder, WIDTH)
    release = locks.lock(folder)
    cache.keep(["new"], np.ones((1, WIDTH), np.float32))
    assert cache.failed is None and cache.find(["new"])[1].all(), "in memory"
    assert known(folder, ["new"]) == [False]
    assert cache.find(TEXTS)[1].all(), "reading needs no lock"
    release()
    cache.keep(["new"], np.ones((1, WIDTH), np.float32))
    assert VectorCache(folder, WIDTH).find(["new"])[1].all()


def test_two_caches_by_turns(folder: Path) -> None:
    one, other = VectorCache(folder, WIDTH), VectorCache(folder, WIDTH)
    for number in range(6):
        (one, other)[number % 2].keep([f"text {number}"], np.full((1, WIDTH), number, np.float32))
    found, hits = VectorCache(folder, WIDTH).find([f"text {number}" for number in range(6)])
    assert hits.all() and found[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert known(folder, TEXTS) == [True] * len(TEXTS)


# --------------------------------------------------------------- a disk that refuses
def test_a_full_disk_is_told_and_nothing_is_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, start: int, content: bytes) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(content[: len(content) // 2 + 1])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    cache = VectorCache(folder, WIDTH)
    monkeypatch.setattr(vector_cache, "_write", full)
    cache.keep(["new", "newer"], np.ones((2, WIDTH), np.float32))
    assert cache.failed is not None and cache.failed.errno == errno.ENOSPC
    found, hits = cache.find([*TEXTS, "new", "newer", "newest"])
    assert hits.tolist() == [True] * (len(TEXTS) + 2) + [False], "this run has them all the same"
    assert (found[len(TEXTS) : -1] == 1).all()
    assert known(folder, [*TEXTS, "new"]) == [True] * len(TEXTS) + [False]
    monkeypatch.undo()
    cache.keep(["newest"], np.ones((1, WIDTH), np.float32))
    assert known(folder, ["newest"]) == [False], "asked once, it is not asked again"
    assert cache.find(["newest"])[1].all()
    VectorCache(folder, WIDTH).keep(["new"], np.ones((1, WIDTH), np.float32))
    assert VectorCache(folder, WIDTH).find(["new"])[1].all()


@pytest.mark.parametrize("refusing", ["open", "fsync"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_system_call_that_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, refusing: str, number: int) -> None:
    cache, call = VectorCache(folder, WIDTH), getattr(os, refusing)

    def failing(path: Any, *arguments: Any, **named: Any) -> Any:
        if refusing == "open" and Path(path).name not in (KEYS, VECTORS):
            return call(path, *arguments, **named)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, refusing, failing)
    cache.keep(["new"], np.ones((1, WIDTH), np.float32))
    monkeypatch.undo()
    assert cache.failed is not None and cache.failed.errno == number
    assert cache.find(TEXTS)[1].all()
    locks.lock(folder)()  # let go


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("occupied", "utf-8")
    cache = VectorCache(tmp_path / "a", WIDTH)
    assert not cache.find(["x"])[1].any()
    cache.keep(["x"], np.ones((1, WIDTH), np.float32))
    assert isinstance(cache.failed, OSError)
    assert (tmp_path / "a").read_text("utf-8") == "occupied"

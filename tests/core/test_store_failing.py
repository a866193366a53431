"""The store when things go wrong half-way, and when several work at once: nobody ever sees half an entry."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelyard.core import store
from modelyard.core.errors import StorageError
from modelyard.core.store import Store, write_text


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


# --------------------------------------------------------------- failing half-way
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_a_stage_that_fails_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    kept = Store(tmp_path)

    def make(folder: Path) -> bool:
        (folder / "half").write_text("half", "utf-8")
        raise error("stop")

    with pytest.raises(error):
        kept.entry("prepare", {}, make)
    assert names(tmp_path) == []
    assert kept.entry("prepare", {}, writing()).why == "it has not run here before"


def test_what_was_cut_short_is_usable_now_and_made_anew_later(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    cut = kept.entry("train", {}, writing(whole=False))
    assert (cut.folder / "inside" / "结果.txt").read_text("utf-8") == "result"
    assert cut.content == Store(tmp_path / "other").entry("train", {}, writing()).content
    again = kept.entry("train", {}, writing())
    assert not again.hit
    assert again.why == "the clock stopped it last time"
    assert (cut.folder / "inside" / "结果.txt").is_file()  # whoever got it may still read it
    assert kept.entry("train", {}, forbidden).hit


def test_what_another_process_cut_short_is_swept_away(tmp_path: Path) -> None:
    program = f"""
        from pathlib import Path
        from modelyard.core.store import Store
        Store(Path({str(tmp_path)!r})).entry("train", {{}}, lambda folder: bool((folder / "x").write_text("x") and 0))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
    assert names(tmp_path) == ["draft"]
    again = Store(tmp_path).entry("train", {}, writing())
    assert again.why == "the clock stopped it last time"
    assert names(tmp_path) == ["entry"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(tmp_path)
    whole = kept.entry("prepare", {}, writing())

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(store.os, "fsync", full)
        with pytest.raises(StorageError, match="the disk is full") as caught:
            kept.entry("train", {}, writing())
    assert "runs remove" in str(caught.value)
    assert names(tmp_path) == ["entry"]
    assert kept.entry("prepare", {}, forbidden).content == whole.content
    assert not kept.entry("train", {}, writing()).hit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_really_fills_up(small_disk: Path) -> None:
    kept = Store(small_disk / "store")
    kept.entry("prepare", {}, writing())

    def large(folder: Path) -> bool:
        for number in range(40):
            (folder / f"{number}.bin").write_bytes(bytes(65536))
        return True

    with pytest.raises(StorageError, match="the disk is full"):
        kept.entry("train", {}, large)
    assert names(kept.root) == ["entry"]
    assert kept.entry("prepare", {}, forbidden).hit
    assert not kept.entry("train", {}, writing()).hit
    note = small_disk / "note.txt"
    write_text(note, "as it was")
    with pytest.raises(StorageError, match="the disk is full"):
        write_text(note, "x" * 2_000_000)
    assert note.read_text("utf-8") == "as it was"
    assert sorted(path.name for path in small_disk.iterdir()) == ["note.txt", "store"]


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StorageError, match="a file where a folder belongs"):
        Store(tmp_path / "file").entry("prepare", {}, writing())


def test_what_a_stage_cannot_read_is_named(tmp_path: Path) -> None:
    def make(folder: Path) -> bool:
        return bool(Path(tmp_path / "no such.csv").read_text("utf-8"))

    with pytest.raises(StorageError, match=r"no such\.csv\n.*no such file or folder"):
        Store(tmp_path / "store").entry("prepare", {}, make)


# ------------------------------------------------------------------- several at once
MAKER = """
    import sys, time
    from pathlib import Path
    from modelyard.core.store import Store

    root, gate, mine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

    def make(folder):
        (folder / "who.txt").write_text(mine if "nondeterministic" in sys.argv else "both")
        print("making", flush=True)
        while not gate.exists():
            time.sleep(0.01)
        return True

    entry = Store(root).entry("train", {"seed": 0}, make)
    print(entry.content, (entry.folder / "who.txt").read_text(), flush=True)
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    """A process that makes an entry, and waits at the gate in the middle of it."""
    command = [sys.executable, "-c", textwrap.dedent(MAKER), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    """The next line that a process says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("kind", ["deterministic", "nondeterministic"])
def test_two_who_make_the_same_entry_agree(kind: str, tmp_path: Path) -> None:
    root, gate = tmp_path / "store", tmp_path / "gate"
    makers = [start(root, gate, name, kind) for name in ("a", "b")]
    try:
        assert [line(maker) for maker in makers] == ["making", "making"]
        assert names(root) == ["draft", "draft"]
        gate.touch()
        answers = [line(maker) for maker in makers]
        assert [maker.wait(20) for maker in makers] == [0, 0]
    finally:
        for maker in makers:
            maker.kill()
            maker.communicate()
    assert answers[0] == answers[1]
    assert names(root) == ["entry"]
    assert Store(root).entry("train", {"seed": 0}, forbidden).content == answers[0].split()[0]


def test_who_is_killed_in_the_middle_leaves_no_half_entry(tmp_path: Path) -> None:
    root, gate = tmp_path / "store", tmp_path / "gate"
    maker = start(root, gate, "a")
    try:
        assert line(maker) == "making"
    finally:
        maker.kill()
        maker.communicate()
    assert names(root) == ["draft"]
    again = Store(root).entry("train", {"seed": 0}, writing())
    assert not again.hit
    assert again.why == "it was interrupted last time"
    assert names(root) == ["entry"]


def test_who_is_at_work_is_not_swept_away(tmp_path: Path) -> None:
    root, gate = tmp_path / "store", tmp_path / "gate"
    maker = start(root, gate, "a")
    try:
        assert line(maker) == "making"
        Store(root).entry("prepare", {}, writing())
        assert names(root) == ["draft", "entry"]
        gate.touch()
        assert line(maker).endswith("both")
        assert maker.wait(20) == 0
    finally:
        maker.kill()
        maker.communicate()
    assert names(root) == ["entry", "entry"]


def test_where_folders_cannot_be_locked_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, shared: bool = False) -> Callable[[], None]:
        raise OSError(errno.ENOTSUP, "no locks")

    monkeypatch.setattr("modelyard.core.locks.lock", refuse)
    monkeypatch.setattr(store, "lock", refuse)
    (tmp_path / "tmp-left-train-behind").mkdir()
    kept = Store(tmp_path)
    assert not kept.entry("prepare", {}, writing()).hit
    assert kept.entry("prepare", {}, forbidden).hit
    assert names(tmp_path) == ["draft", "entry"]


def test_a_draft_that_is_swept_before_it_is_locked_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = store.lock_if_possible
    swept = itertools.count()

    def race(folder: Path) -> Callable[[], None]:
        turn = next(swept)
        if turn == 0:
            shutil.rmtree(folder)  # swept before it was opened
        if turn == 1:
            raise BlockingIOError  # a sweeper has it just now
        release = held(folder)
        if turn == 2:
            shutil.rmtree(folder)  # swept after it was opened
        return release

    monkeypatch.setattr(store, "lock_if_possible", race)
    assert not Store(tmp_path / "store").entry("prepare", {}, writing()).hit
    assert next(swept) == 4

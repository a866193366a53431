"""A folder is held until it is let go or its holder dies, and nobody guesses where locks do not exist."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from modelyard.core import locks
from modelyard.core.locks import is_abandoned, is_held, lock, lock_if_possible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows opens no folders")


def test_one_holds_and_others_are_refused_until_it_lets_go(tmp_path: Path) -> None:
    release = lock(tmp_path)
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    assert is_held(tmp_path) and not is_abandoned(tmp_path)
    release()
    assert is_abandoned(tmp_path) and not is_held(tmp_path)
    lock(tmp_path)()


def test_the_shared_share_and_keep_others_out(tmp_path: Path) -> None:
    one, other = lock(tmp_path, shared=True), lock(tmp_path, shared=True)
    assert is_abandoned(tmp_path)  # asking is sharing: two who ask do not take each other for a holder
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    one()
    other()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom modelyard.core.locks import lock\n"
        "lock(Path(sys.argv[1]))\nprint('held', flush=True)\ntime.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not is_abandoned(tmp_path)
    finally:
        holder.kill()
        holder.communicate()
    assert is_abandoned(tmp_path)


def test_a_child_that_inherits_the_handle_does_not_keep_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def open_for_children(path: Path, flags: int) -> int:
        opened.append(os.open(path, flags))
        return opened[-1]

    with monkeypatch.context() as patched:
        patched.setattr(locks, "os", SimpleNamespace(open=open_for_children, O_RDONLY=os.O_RDONLY, close=os.close))
        release = lock(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=opened)
    try:
        assert not is_abandoned(tmp_path)
        release()
        assert is_abandoned(tmp_path)
    finally:
        child.kill()
        child.wait()


def test_a_folder_that_is_not_there_cannot_be_held(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lock(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        lock_if_possible(tmp_path / "nothing")
    assert not is_abandoned(tmp_path / "nothing")


def test_where_locks_do_not_exist_nothing_is_held_and_nothing_is_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    lock_if_possible(tmp_path)()
    assert not is_abandoned(tmp_path) and not is_held(tmp_path)


def test_failing_leaves_no_handle_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")
    release = lock(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        assert not is_abandoned(tmp_path)
    release()
    for _ in range(5):
        assert is_abandoned(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1

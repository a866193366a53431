"""Who is still at work on a folder: a lock that the operating system drops when its holder ends, however it ends.

A process number would not do: containers number their processes from one again and again, and share folders.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def lock(folder: Path, shared: bool = False) -> Callable[[], None]:
    """Hold a folder until the answer is called, or this process ends.

    Args:
        folder: What to hold.
        shared: Others may hold it too, if they share it as well.

    Raises:
        BlockingIOError: Somebody holds it.
        OSError: It is not there, or this system cannot lock folders.
    """
    if sys.platform == "win32":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(folder))
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise

    def release() -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)  # a forked child may have the handle too: closing it alone would not do
        os.close(handle)

    return release


def lock_if_possible(folder: Path) -> Callable[[], None]:
    """As `lock`; where folders cannot be locked, nothing is held.

    Raises:
        BlockingIOError: Somebody holds it.
        FileNotFoundError: It is not there.
    """
    try:
        return lock(folder)
    except (BlockingIOError, FileNotFoundError):
        raise
    except OSError:
        return _nothing


def is_abandoned(folder: Path) -> bool:
    """Whether nobody holds a folder; False where that cannot be told."""
    try:
        lock(folder, shared=True)()
    except OSError:
        return False
    return True


def is_held(folder: Path) -> bool:
    """Whether somebody surely holds a folder alone; False where that cannot be told."""
    try:
        lock(folder, shared=True)()
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _nothing() -> None:
    """Release what is not held."""

"""How many configurations have been scored on the same test rows: the more there are, the more luck the best one has.

.modelyard/tests/<fingerprint of the rows>/<bundle id>      an empty file per bundle

A file is there or not: runs that go on at the same time, or are killed, leave a ledger that counts right.
"""

from __future__ import annotations

from pathlib import Path

from modelyard.core.store import storage_error

FOLDER = "tests"


def scored(workspace: Path, rows: str, bundle: str) -> int:
    """Write down that a bundle is scored on some rows.

    Args:
        workspace: The `.modelyard` folder.
        rows: Their fingerprint.
        bundle: The bundle's id; the same bundle once more does not count.

    Returns:
        How many different bundles have been, this one included.

    Raises:
        StorageError: The workspace cannot be written.
    """
    folder = workspace / FOLDER / rows
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / bundle).touch()
        return sum(1 for _ in folder.iterdir())
    except OSError as error:
        raise storage_error(error, folder) from error

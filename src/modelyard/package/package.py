"""The stage `package`: a checkpoint becomes a bundle that was checked on its own before anyone sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.wishes import Wishes
from modelyard.models.checkpoint import Checkpoint
from modelyard.package.assemble import assemble
from modelyard.package.decide import decide
from modelyard.package.monotone import refuse_violations
from modelyard.package.release_check import parity, release_check
from modelyard.runtime.bundle import Bundle

PARITY_ROWS = 2_000


def package(
    checkpoint: Checkpoint, folder: Path, wishes: Wishes | None = None, layout: Mapping[str, Any] | None = None
) -> str:
    """Write a bundle and release it.

    Args:
        checkpoint: What training left.
        folder: Empty, or not there yet; takes the bundle without evidence.
        wishes: What the project asks of decisions; nothing by default.
        layout: What it says of how its files are laid out.

    Returns:
        The bundle's id.

    Raises:
        BundleError: The bundle does not answer what the checkpoint answers, or not by itself, or moves the wrong way
            with a monotone column.
    """
    bundle_id = assemble(checkpoint, folder, decide(checkpoint, wishes or Wishes()), layout)
    release_check(folder)
    refuse_violations(Bundle.load(folder), checkpoint.dataset)
    rows = checkpoint.dataset.rows("valid")
    spread = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), PARITY_ROWS)).astype(np.int64))]
    parity(folder, checkpoint.outputs, checkpoint.dataset.cells(spread))
    return bundle_id

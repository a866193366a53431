"""Proof that a bundle stands by itself and answers what training answers; a bundle that fails is not released."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from modelyard.core import messages
from modelyard.core.columns import row_count
from modelyard.core.errors import BundleError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Columns, Outputs
from modelyard.package import alone
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.goldens import GOLDEN, Finding, compare

TIMEOUT_SECONDS = 600


def release_check(folder: Path) -> list[Finding]:
    """Check hashes and graphs, and replay the recorded requests alone and in batches, in a process without Modelyard.

    Returns:
        What was measured.

    Raises:
        BundleError: Something differs, or the bundle needs more than it carries.
    """
    command = [sys.executable, "-I", "-B", str(Path(alone.__file__)), str(folder)]
    environment = {**os.environ, "MODELYARD_LANG": messages.language()}
    process = subprocess.run(command, capture_output=True, env=environment, timeout=TIMEOUT_SECONDS, check=False)
    if process.returncode:
        reason = (process.stderr.decode("utf-8", "replace").strip().splitlines() or [str(process.returncode)])[-1]
        raise _error(folder, text("package.not_alone", reason=reason), "package.expected_alone")
    said = json.loads(process.stdout)
    if "refused" in said:
        raise BundleError([Mistake(**mistake) for mistake in said["refused"]])
    return _passed(folder, [Finding(**finding) for finding in said["findings"]])


def parity(folder: Path, reference: Callable[[Columns], dict[str, Outputs]], rows: Columns) -> list[Finding]:
    """Compare a bundle with the training side's own code on many rows.

    Args:
        folder: The bundle.
        reference: Cells -> outputs.
        rows: As users send them.

    Raises:
        BundleError: They differ by more than the recorded tolerance.
    """
    bundle = Bundle.load(folder)
    tolerance = json.loads((folder / GOLDEN).read_bytes())["tolerance"]
    got, expected = bundle.outputs(rows), reference(rows)
    findings = [
        compare("parity", (target, name, row_count(rows)), got[target][name], array, tolerance[target][name])
        for target, outputs in expected.items()
        for name, array in outputs.items()
    ]
    return _passed(folder, findings)


def _passed(folder: Path, findings: Iterable[Finding]) -> list[Finding]:
    findings = list(findings)
    failed = [_mistake(folder, finding) for finding in findings if not finding.passed]
    if failed:
        raise BundleError(failed)
    return findings


def _mistake(folder: Path, finding: Finding) -> Mistake:
    numbers = {"difference": f"{finding.difference:.3g}", "allowed": f"{finding.allowed:.3g}", "batch": finding.batch}
    got = text("package.differs", target=finding.target, output=finding.output, **numbers)
    return Mistake(text("package.place", folder=folder), got, text("package.expected_same"), text("package.fix"))


def _error(folder: Path, got: str, expected: str) -> BundleError:
    return BundleError(Mistake(text("package.place", folder=folder), got, text(expected), text("package.fix")))

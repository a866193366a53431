"""The quickstart after the install: `modelyard init` and `modelyard run` on the recipe, every rung of this install.

Bar: <= 40 CPU-seconds and <= 700 MB at the peak.

usage: python benchmarks/quickstart.py [--out results/quickstart.json]
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import Measured, modelyard, options, report, spend


def main() -> None:
    """Run both commands in an empty folder."""
    chosen = options(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        steps = [
            spend(modelyard("init", folder, "--recipe", "medicine/breast-cancer")),
            spend(modelyard("run", folder, "--quiet")),
        ]
    failed = [step.output for step in steps if step.code]
    if failed:
        raise SystemExit(failed[0])
    rows = [
        Measured("CPU of init and run", sum(step.cpu_seconds for step in steps), "CPU-s", "<= 40"),
        Measured("wall time of init and run", sum(step.wall_seconds for step in steps), "s"),
        Measured("peak memory", max(step.peak_mb for step in steps), "MB", "<= 700"),
    ]
    report(rows, chosen.out)


if __name__ == "__main__":
    main()

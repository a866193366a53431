"""What an installation costs: fresh virtual environments with the core, `tables` and `train`, all with constraints.txt.

Bars: core <= 45 packages and <= 280 MB beside pip; `tables` brings no torch; `train` brings no CUDA package. Sizes are
the bytes of all installed files, compiled ones included. The packages come from wherever pip is set up to get them.

`--only core` (or tables, train) measures one of them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import ROOT, Measured, options, report, spend

EXTRAS = {"core": "", "tables": "[tables]", "train": "[train]"}
CUDA = ("nvidia-", "cuda", "cupy", "triton", "pytorch-triton")


def main() -> None:
    """Measure and write down."""
    chosen = options(__doc__, only="core, tables or train")
    names = [chosen.only] if chosen.only else list(EXTRAS)
    packages: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for name in names for row in _measure(name, Path(folder) / name, packages)]
    report(rows, chosen.out, packages=packages)


def _measure(name: str, folder: Path, packages: dict[str, list[str]]) -> Iterator[Measured]:
    _run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", folder)
    python = folder / "bin" / "python"
    site = next(folder.glob("lib/python*/site-packages"))
    there, size = _installed(python), _megabytes(site)
    cost = _run(
        python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", f"{ROOT}{EXTRAS[name]}"
    )
    new = sorted(_installed(python) - there - {"modelyard"})
    packages[name] = new
    yield Measured(f"{name}: packages", len(new), "", "<= 45" if name == "core" else "")
    yield Measured(f"{name}: size", _megabytes(site) - size, "MB", "<= 280" if name == "core" else "")
    yield Measured(f"{name}: CPU of the installation", cost, "CPU-s")
    if name != "train":
        yield Measured(f"{name}: torch", "torch" in new, "", "<= 0")
    yield Measured(f"{name}: CUDA packages", sum(package.startswith(CUDA) for package in new), "", "<= 0")
    yield Measured(
        f"{name}: modelyard --help ends with", spend([folder / "bin" / "modelyard", "--help"]).code, "", "<= 0"
    )


def _installed(python: Path) -> set[str]:
    """Names of the distributions in an environment."""
    listed = spend([python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"])
    return {entry["name"].lower() for entry in json.loads(listed.output)}


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def _run(*command: str | Path) -> float:
    """CPU-seconds of a command that has to succeed."""
    done = spend(command)
    if done.code:
        raise SystemExit(done.output)
    return done.cpu_seconds


if __name__ == "__main__":
    main()

"""How much the command line costs before it does anything.

Bars: `modelyard --help` <= 0.3 CPU-s; `modelyard check` on a small file <= 1 CPU-s; neither loads torch or pandas.
CPU-seconds are the least of five runs.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import Measured, Spent, least, modelyard, options, report, spend

HEAVY = ("torch", "pandas", "sklearn", "lightgbm", "onnx", "scipy", "transformers")


def main() -> None:
    """Measure and write down."""
    chosen = options(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "small.csv"
        _write(data)
        report(_measure(data), chosen.out, table="500 rows, 6 columns")


def _measure(data: Path) -> Iterator[Measured]:
    check = ("check", data, "--predict", "bought")
    bare = least([sys.executable, "-c", "pass"])
    yield Measured("bare Python", bare.cpu_seconds, "CPU-s")
    yield from _spent("modelyard --help", least(modelyard("--help")), "<= 0.3")
    yield from _spent("modelyard check", least(modelyard(*check)), "<= 1")
    for name, arguments in (("--help", ("--help",)), ("check", check)):
        loaded = _loaded(arguments)
        heavy = [module for module in HEAVY if module in loaded]
        yield Measured(f"heavy modules loaded by {name}: {', '.join(heavy) or 'none'}", len(heavy), "", "<= 0")


def _spent(what: str, spent: Spent, bar: str) -> Iterator[Measured]:
    yield Measured(what, spent.cpu_seconds, "CPU-s", bar)
    yield Measured(f"{what}, peak memory", spent.peak_mb, "MB")


def _loaded(arguments: tuple[str | Path, ...]) -> set[str]:
    """Top-level modules that a command has imported when it ends."""
    code = f"""
import atexit, sys
atexit.register(lambda: print("\\nMODULES", *sorted({{name.partition(".")[0] for name in sys.modules}})))
sys.argv = {["modelyard", *map(str, arguments)]!r}
from modelyard.cli import main
main()
"""
    done = spend([sys.executable, "-c", code])
    if done.code:
        raise RuntimeError(done.output)
    return set(done.output.rpartition("\nMODULES ")[2].split())


def _write(path: Path) -> None:
    """A small file with columns of every kind."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "age", "city", "member", "since", "bought"])
        for number in range(500):
            city = rng.choice(["上海", "München", "Lagos", ""])
            day = f"2024-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
            age, member = rng.randint(18, 90), rng.choice(["yes", "no"])
            writer.writerow([f"C{number:05d}", age, city, member, day, "yes" if age + rng.gauss(0, 20) > 50 else "no"])


if __name__ == "__main__":
    main()

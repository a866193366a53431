"""The part of a bundle that runs: `predict.py`, and the source files it needs, verbatim, under `lib/`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modelyard.core import plugins
from modelyard.core.closure import closure
from modelyard.package import predict_main

LIBRARY = "lib"
PREDICT = '''\
"""Answers for a table of rows, with numpy and onnxruntime (Python >= 3.11); tokenizers, where it reads tokens.

    python predict.py rows.csv > answers.csv
    python predict.py rows.jsonl > answers.jsonl
    cat rows.csv | python predict.py -
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the bundle is sealed: another file in it would make it unreadable
sys.path.insert(0, str(HERE / "lib"))

from modelyard.package.predict_main import main  # noqa: E402

sys.exit(main(HERE, sys.argv[1:]))
'''


def write_program(folder: Path, modalities: Iterable[str], tasks: Iterable[str]) -> None:
    """Write `predict.py` and `lib/` into a bundle.

    Args:
        folder: The bundle.
        modalities: Plug-ins that read its inputs.
        tasks: Plug-ins that give its answers.
    """
    chosen = [("modalities", name, "preprocess") for name in modalities] + [
        ("tasks", name, "postprocess") for name in tasks
    ]
    modules = [f"{plugins.location(room, name)}.{module}" for room, name, module in chosen]
    for path, source in closure(predict_main.__name__, *modules).items():
        _write(folder / LIBRARY / path, source.read_bytes())
    foreign = {room: [name for at, name, _ in chosen if at == room and _is_foreign(at, name)] for room, _, _ in chosen}
    if any(foreign.values()):
        _write(folder / LIBRARY / "plugins-0.dist-info" / "entry_points.txt", _entry_points(foreign).encode())
    _write(folder / "predict.py", PREDICT.encode())


def _is_foreign(room: str, name: str) -> bool:
    """Whether a plug-in comes from another package, where no folder tells of it."""
    return plugins.location(room, name) != f"modelyard.{room}.{name}"


def _entry_points(foreign: dict[str, list[str]]) -> str:
    """What an installed package would say about its plug-ins."""
    return "".join(
        f"[modelyard.{room}]\n" + "".join(f"{name} = {plugins.location(room, name)}\n" for name in sorted(set(names)))
        for room, names in sorted(foreign.items())
        if names
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)

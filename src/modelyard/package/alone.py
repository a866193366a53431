"""Replays a bundle where nothing of training can be reached: run by its path in an interpreter of its own.

    python -I -B alone.py BUNDLE

Only the standard library, numpy, onnxruntime, tokenizers and the bundle's own `lib/` can be imported, no socket can be
opened, no process started and nothing unpickled. Prints the findings as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = frozenset({"numpy", "onnxruntime", "tokenizers"})
FORBIDDEN = ("socket.", "pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")


class Gate(MetaPathFinder):
    """Refuses every import but those of the named packages and the standard library."""

    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages | sys.stdlib_module_names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None, which hands the question on, or the error that a package that is not there gives."""
        if name.partition(".")[0] in self.packages:
            return None
        raise ModuleNotFoundError(f"the bundle imports {name}", name=name)


def forbid(event: str, _: tuple[Any, ...]) -> None:
    """Audit hook: no network, no process, no pickle."""
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"the bundle does {event}")


def enter(library: Path) -> None:
    """From here on this process knows the bundle's code and none of ours."""
    own = frozenset(path.stem for path in library.iterdir())
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.meta_path.insert(0, Gate(LIBRARIES | own))
    sys.path.insert(0, str(library))
    sys.addaudithook(forbid)


def main(folder: Path) -> None:
    """Load the bundle with its own code and replay its recorded requests."""
    library = folder.resolve() / "lib"
    enter(library)
    from modelyard.core.errors import BundleError
    from modelyard.runtime import bundle, goldens

    if not Path(bundle.__file__).is_relative_to(library):
        raise ModuleNotFoundError(f"the bundle's code came from {bundle.__file__}")
    try:
        loaded = bundle.Bundle.load(folder)
        golden = json.loads((folder / goldens.GOLDEN).read_bytes())
        findings = [vars(finding) for finding in goldens.replay(loaded, golden)]
    except BundleError as error:
        print(json.dumps({"refused": [vars(mistake) for mistake in error.mistakes]}))  # noqa: T201
    else:
        print(json.dumps({"id": loaded.id, "findings": findings}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))

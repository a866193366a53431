"""Modelyard: from raw business data to a shipped, measured, improving AI product.

run = modelyard.run("patients.csv", predict="diagnosis")
run.report                                  # what was measured, on the bundle that ships
run.predict([{"radius": 14.2, ...}])        # its answers
modelyard.load(run.path).predict(rows)      # the same, in a process that knows nothing of training
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.core.project import Project
    from modelyard.core.report import Report
    from modelyard.estimator import ModelyardClassifier, ModelyardRegressor
    from modelyard.pipeline import Run, run
    from modelyard.runtime.bundle import Bundle, load

__version__ = "0.1.0"

# Name -> where it lives; loaded when first used, so that `import modelyard` costs nothing.
_HOMES = {
    "Bundle": "runtime.bundle",
    "ModelyardClassifier": "estimator",
    "ModelyardRegressor": "estimator",
    "Project": "core.project",
    "Report": "core.report",
    "Run": "pipeline",
    "load": "runtime.bundle",
    "run": "pipeline",
}

__all__ = [
    "Bundle",
    "ModelyardClassifier",
    "ModelyardRegressor",
    "Project",
    "Report",
    "Run",
    "__version__",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'modelyard' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"modelyard.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("modelyard"):
            raise
        raise _lean(name, error.name) from None


def _lean(name: str, module: str) -> Exception:
    """What to install, where this installation only serves."""
    from modelyard.core.errors import InstallError, Mistake
    from modelyard.core.messages import text

    expected = text("pipeline.expected_full_install")
    got = text("pipeline.got_lean_install", modules=module.partition(".")[0])
    return InstallError(Mistake(f"modelyard.{name}", got, expected, text("errors.install", extra="tables")))


def __dir__() -> list[str]:
    return __all__

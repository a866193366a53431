"""What importing costs, and what the package offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import modelyard

HEAVY = "{'torch', 'pandas', 'sklearn', 'lightgbm', 'onnx', 'pyarrow', 'transformers'}"


PLUGINS = """
from modelyard.core import plugins
for room, part in {parts}:
    for name in plugins.names(room):
        plugins.part(room, name, part)
"""
OPTIONS = [("modalities", "options"), ("tasks", "options"), ("methods", "options")]
SHIPPED = [("modalities", "preprocess"), ("tasks", "postprocess")]


@pytest.mark.parametrize(
    "program",
    [
        "import modelyard",
        "import modelyard.cli.commands, modelyard.pipeline",
        "import modelyard.serve.server, modelyard.serve.app, modelyard.runtime.bundle",
        PLUGINS.format(parts=OPTIONS),
        PLUGINS.format(parts=SHIPPED),
    ],
    ids=["package", "command line", "server", "options", "what ships"],
)
def test_nothing_heavy_is_loaded(program: str) -> None:
    check = f"\nimport sys\nheavy = {HEAVY} & set(sys.modules)\nsys.exit(str(heavy) if heavy else 0)"
    done = subprocess.run([sys.executable, "-c", program + check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there() -> None:
    assert modelyard.__all__ == sorted(modelyard.__all__)
    assert dir(modelyard) == modelyard.__all__
    for name in modelyard.__all__:
        assert getattr(modelyard, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = modelyard.nothing


@pytest.mark.parametrize("name", ["ModelyardClassifier", "ModelyardRegressor"])
def test_an_install_that_only_serves_says_what_is_lacking(name: str) -> None:
    program = f"""
import sys
sys.modules["sklearn"] = None
import modelyard
try:
    modelyard.{name}
except modelyard.core.errors.InstallError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'modelyard[tables]'" in done.stdout and f"modelyard.{name}" in done.stdout, done.stderr
    assert "sklearn" in done.stdout and len(done.stdout.splitlines()) <= 12

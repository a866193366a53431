"""Which source files a module needs, found by reading its imports and running nothing.

    closure("modelyard.runtime.bundle")  -> {"modelyard/runtime/bundle.py": Path(...), "modelyard/core/errors.py": ...}

A bundle carries the closure of its runtime, so that it answers without Modelyard; the cache hashes the closure of a
stage, so that an edited function makes the stages run again that call it, and no others. Beside its own code, a result
depends on the versions of a few libraries.

Plug-ins are imported by name, which no reader can see: whoever needs one gives its module as well.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

LIBRARIES = (
    *("numpy", "scikit-learn", "lightgbm", "optuna", "torch", "transformers", "peft", "tokenizers"),
    *("onnx", "onnxruntime", "pyarrow"),
)
_MESSAGES = "modelyard.core.messages"
_MESSAGE_KEY = re.compile(r"([a-z]+)\.[a-z0-9_]*")


def closure(*modules: str) -> dict[str, Path]:
    """The modules, their packages, and all that they import out of the packages they live in.

    Sentences are imported too: `text("errors.place")` needs `core/messages/errors.py`. What only a type checker
    reads is left out, and so is what a package's `__getattr__` would import one day.

    Args:
        modules: Dotted names, e.g. `modelyard.runtime.bundle`; imports are followed in their packages and Modelyard.

    Returns:
        Path below the folder that holds the package, with forward slashes -> the file, in the order of the paths.

    Raises:
        ModuleNotFoundError: One of the modules is not there.
    """
    packages = {"modelyard", *(module.partition(".")[0] for module in modules)}
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found[module] = _source(module) or _refuse(module)
        needed = {*_parents(module), *_imports(module, found[module])}
        waiting += sorted(name for name in needed if name.partition(".")[0] in packages and _source(name))
    return dict(sorted((_inside(module, path), path) for module, path in found.items()))


def digest(*modules: str) -> str:
    """sha256 over the code that the modules need; the sentences they speak do not count."""
    parts = hashlib.sha256()
    for name, path in closure(*modules).items():
        if "/core/messages/" not in name:
            parts.update(f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return parts.hexdigest()


@cache
def _home(package: str) -> Path | None:
    """The folder that holds a package."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parents[1] if spec and spec.origin and spec.submodule_search_locations else None


def _source(module: str) -> Path | None:
    """The file of a module, or None where the name means nothing, or something inside a module."""
    home = _home(module.partition(".")[0])
    if home is None:
        return None
    path = home.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _refuse(module: str) -> NoReturn:
    raise ModuleNotFoundError(f"no source file for {module}", name=module)


def _inside(module: str, path: Path) -> str:
    """`modelyard.core` -> `modelyard/core/__init__.py`."""
    return module.replace(".", "/") + ("/__init__.py" if path.name == "__init__.py" else ".py")


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _imports(module: str, source: Path) -> frozenset[str]:
    """Dotted names that a file may import; some of them are functions or classes."""
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    return _read(source, package, source.stat().st_mtime_ns)


@cache
def _read(source: Path, package: str, changed: int) -> frozenset[str]:
    return frozenset(name for node in _walk(ast.parse(source.read_bytes())) for name in _named(node, package))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes that may run when the module is used."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name == "__getattr__" and isinstance(node, ast.Module):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _walk(other)
            continue
        yield from _walk(child)


def _named(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        key = _MESSAGE_KEY.fullmatch(node.value)
        if key:
            yield f"{_MESSAGES}.{key[1]}"


def libraries() -> dict[str, str]:
    """Versions of the libraries that results depend on, of those that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

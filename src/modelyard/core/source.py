"""What a project was written as: plain data that knows where each of its values stands, and how it was spelt.

YAML is read by the rules of YAML 1.2, so that a column may be called `on`, `no` or `2024-01-01`: only `true`,
`false`, `null` and decimal numbers are anything but text, and these too are text again where text is wanted.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from modelyard.core.errors import Mistake, ProjectError, StorageError
from modelyard.core.messages import text
from modelyard.core.store import reason

Key = str | int
Keys = tuple[Key, ...]
Found = tuple[Keys, Mistake]

LARGEST = 1_000_000  # bytes; no project file is that long, but a data file given by mistake may be
MOST_VALUES = 50_000  # aliases can make a short file stand for more than any memory holds
DEEPEST = 40
_ODD = object()
_SHOWN = 120  # characters of a value in a message
_KINDS = {bool: "bool", int: "int", float: "float", str: "string", list: "list", dict: "mapping"}
_TAG = "tag:yaml.org,2002:"
_PLAIN_SCALARS = {
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")),
    "null": (re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    "int": (re.compile(r"[-+]?[0-9]+"), list("-+0123456789")),
    "float": (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), list("-+.0123456789")),
}


class _Loader(yaml.SafeLoader):
    """YAML 1.2's ideas of what is no text."""


class _Dumper(yaml.SafeDumper):
    """Puts quotes round text that either version of YAML would take for something else."""


def _text(dumper: _Dumper, written: str) -> yaml.ScalarNode:
    """Text; PyYAML would lose the rarer line ends between plain quotes."""
    style = '"' if re.search("[\x85\u2028\u2029]", written) else None
    return dumper.represent_scalar(f"{_TAG}str", written, style=style)


_Loader.yaml_implicit_resolvers = {}
_Dumper.add_representer(str, _text)
for _name, (_form, _first) in _PLAIN_SCALARS.items():
    _whole = re.compile(f"(?:{_form.pattern})$")
    _Loader.add_implicit_resolver(_TAG + _name, _whole, _first)
    _Dumper.add_implicit_resolver(_TAG + _name, _whole, _first)


@dataclass
class Source:
    """Values as somebody wrote them, in a file or in Python.

    Args:
        name: How messages call it: the file's name, or "command line".
        data: The values: dictionaries with string keys, lists, text, numbers, true, false and None.
        lines: Path of each value -> line it stands in, counted from 1; empty for values that stand in no file.
        spelt: Path of each value that is no text -> how it was spelt.
        mistakes: What is wrong with the writing itself, with the path at fault.
        origins: Path of each value that was not written in `name` -> how messages call the place it comes from.
    """

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Keys, int] = field(default_factory=dict)
    spelt: dict[Keys, str] = field(default_factory=dict)
    mistakes: list[Found] = field(default_factory=list)
    origins: dict[Keys, str] = field(default_factory=dict)

    def place(self, *keys: Key) -> str:
        """`modelyard.yaml line 4, train.method`: the nearest known place of a key path."""
        path = self.path(keys)
        known = self._known(path)
        file, line = self.origins.get(known, self.name), self.lines.get(known)
        if line is not None:
            return text("project.place", file=file, line=line, keys=dotted(path))
        return text("project.place_values", file=file, keys=dotted(path)) if path != known else file

    def replace(self, changes: Mapping[str, Any]) -> None:
        """Python's values in the place of what was written under these keys."""
        given = from_plain(changes, self.name)
        for key in given.data:
            self.forget((key,))
        self.data |= given.data
        self.mistakes += given.mistakes

    def forget(self, path: Keys) -> None:
        """Nothing is known any more of where the values under a path stood; another value takes their place."""
        tables: tuple[dict[Keys, Any], ...] = (self.lines, self.spelt, self.origins)
        for table in tables:
            for inner in [inner for inner in table if inner[: len(path)] == path]:
                del table[inner]
        self.mistakes = [found for found in self.mistakes if found[0][: len(path)] != path]

    def line(self, keys: Keys) -> int | None:
        """The line in which a value stands, or the nearest one around it."""
        return self.lines.get(self._known(self.path(keys)))

    def spelling(self, keys: Keys) -> str:
        """How a value was spelt that is no text."""
        path = self.path(keys)
        return self.spelt.get(path, str(_inside(self.data, path)))

    def _known(self, path: Keys) -> Keys:
        """The nearest path, this one or one around it, of which it is known where it stands."""
        above = (path[:length] for length in range(len(path), 0, -1))
        return next((outer for outer in above if outer in self.lines or outer in self.origins), ())

    def path(self, keys: Keys) -> Keys:
        """Where the value of a long form was written: ("predict", 0, "column") is ("predict",) in `predict: y`."""
        written: Any = self.data
        path: Keys = ()
        for number, key in enumerate(keys):
            if isinstance(written, dict) and isinstance(key, str):
                path = (*path, key)
                if key not in written:
                    return path + keys[number + 1 :]
                written = written[key]
            elif isinstance(written, list) and isinstance(key, int) and key < len(written):
                path = (*path, key)
                written = written[key]
            elif not isinstance(written, dict | list):
                break
        return path


def read_source(path: Path) -> Source:
    """Read a project file.

    Raises:
        StorageError: It cannot be read.
        ProjectError: It is not UTF-8, not YAML, or no mapping.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        expected, fix = text("project.expected_readable"), text("project.fix_init")
        raise StorageError(Mistake(str(path), reason(error), expected, fix)) from None
    if len(content) > LARGEST:
        raise _refused(str(path), text("project.too_large"), "project.expected_readable", "project.fix_init")
    try:
        return parse(content.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        got = text("project.not_utf8", byte=error.start + 1)
        raise _refused(str(path), got, "project.expected_utf8", "project.fix_utf8") from None


def parse(content: str, name: str) -> Source:
    """Read YAML.

    Raises:
        ProjectError: Not YAML, or no mapping.
    """
    try:
        node = yaml.compose(content, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ProjectError(_syntax_mistake(name, content, error)) from None
    except RecursionError:
        raise _refused(name, text("project.too_deep"), "project.expected_mapping", "project.fix_two_lines") from None
    source = Source(name)
    found = None if node is None else _Reader(source).value(node, ())
    if found is not None and not isinstance(found, dict):
        raise _refused(name, shown(found), "project.expected_mapping", "project.fix_two_lines")
    source.data = found or {}
    return source


def from_plain(values: Mapping[str, Any], name: str) -> Source:
    """Values that stand in no file: numpy's scalars and arrays, tuples, paths and dates become plain data."""
    source = Source(name)
    source.data = _plain(dict(values), (), source)
    return source


def dump(values: Mapping[str, Any]) -> str:
    """Plain data as YAML that reads back as the same."""
    return yaml.dump(dict(values), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def dotted(keys: Keys) -> str:
    """("goals", 0) -> "goals[0]", ("train", "seed") -> "train.seed"."""
    written = ""
    for key in keys:
        written += f"[{key}]" if isinstance(key, int) else f".{key}" if written else key
    return written


def shown(value: Any) -> str:
    """A value as a message shows it, with its kind: `'many' (text)`."""
    if value is None:
        return text("project.kind_nothing")
    written = str(value).lower() if isinstance(value, bool) else repr(value)
    short = written if len(written) <= _SHOWN else written[:_SHOWN] + " …"
    return text("project.got", value=short, kind=text(f"project.kind_{_KINDS[type(value)]}"))


@dataclass
class _Reader:
    """Composed YAML -> plain data, noting lines and spellings in the source on the way."""

    source: Source
    values: int = 0

    def value(self, node: yaml.Node, path: Keys) -> Any:
        self.values += 1
        if self.values > MOST_VALUES or len(path) > DEEPEST:
            raise _refused(
                self.source.name, text("project.too_deep"), "project.expected_mapping", "project.fix_two_lines"
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self.source.lines[(*path, number)] = item.start_mark.line + 1
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Keys) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            inner = (*path, str(key.value)) if isinstance(key, yaml.ScalarNode) else path
            line = key.start_mark.line + 1
            if inner == path:
                self._refuse(path, line, text("project.kind_list"), text("project.expected_mapping"))
                continue
            if inner[-1] in values:
                got = text("project.key_twice", key=inner[-1], line=self.source.lines[inner])
                self._refuse(inner, line, got, text("project.expected_once"))
            else:
                self.source.lines[inner] = line
            values[str(key.value)] = self.value(value, inner)
        return values

    def _scalar(self, node: Any, path: Keys) -> Any:
        spelt: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind not in ("str", *_PLAIN_SCALARS):
            self._refuse(path, node.start_mark.line + 1, node.tag, text("project.expected_no_tag"))
            return spelt
        if kind == "str" or not _PLAIN_SCALARS[kind][0].fullmatch(spelt):
            return _checked(spelt)
        self.source.spelt[path] = spelt
        return _number(spelt, kind) if kind in ("int", "float") else None if kind == "null" else spelt.lower() == "true"

    def _refuse(self, path: Keys, line: int, got: str, expected: str) -> None:
        key = "project.place" if path else "project.place_line"
        place = text(key, file=self.source.name, line=line, **({"keys": dotted(path)} if path else {}))
        self.source.mistakes.append((path, Mistake(place, got, expected)))


def _number(spelt: str, kind: str) -> int | float | str:
    """A number; text again where no number can hold it."""
    try:
        number = int(spelt) if kind == "int" else float(spelt)
    except ValueError:  # Python reads no whole number of thousands of digits
        return spelt
    return number if math.isfinite(number) else spelt


def _checked(value: str) -> str:
    """Text without half characters, which no file and no answer could hold."""
    return value.encode("utf-8", "replace").decode()


def _plain(value: Any, path: Keys, source: Source) -> Any:
    """Python's value -> plain data; what has no plain form is a mistake, and left out."""
    if hasattr(value, "tolist"):  # numpy, pandas
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return _checked(str(value)) if isinstance(value, str) else int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        inside = {str(key): _plain(item, (*path, str(key)), source) for key, item in value.items()}
        return {key: item for key, item in inside.items() if item is not _ODD}
    if isinstance(value, list | tuple):
        items = [_plain(item, (*path, number), source) for number, item in enumerate(value)]
        return [item for item in items if item is not _ODD]
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, date):
        return value.isoformat()
    place = text("project.place_values", file=source.name, keys=dotted(path))
    source.mistakes.append((path, Mistake(place, type(value).__name__, text("project.expected_plain"))))
    return _ODD


def _inside(values: Any, path: Keys) -> Any:
    for key in path:
        values = values[key]
    return values


def _syntax_mistake(name: str, content: str, error: yaml.YAMLError) -> Mistake:
    """Where YAML stopped understanding, and the line as it stands there."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a control character: YAML knows its position only
        start = getattr(error, "position", 0)
        place = text("project.place_line", file=name, line=content.count("\n", 0, start) + 1)
        got = text("project.not_text", code=f"{ord(content[start : start + 1] or ' '):02x}")
        return Mistake(place, got, text("project.expected_utf8"), text("project.fix_utf8"))
    lines = content.splitlines()
    opened = getattr(error, "context_mark", None)  # where the bracket or quote stands that is never closed
    line = min(opened.line if opened is not None and mark.line >= len(lines) else mark.line, len(lines) - 1)
    has_tab = "\t" in lines[line][: mark.column + 1]
    expected = text("project.expected_spaces") if has_tab else text("project.expected_yaml")
    got = lines[line].strip()[:_SHOWN] or text("project.kind_nothing")
    return Mistake(text("project.place_line", file=name, line=line + 1), got, expected, text("project.fix_yaml"))


def _refused(place: str, got: str, expected: str, fix: str) -> ProjectError:
    return ProjectError(Mistake(place, got, text(expected), text(fix)))

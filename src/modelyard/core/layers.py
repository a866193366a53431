"""A project in layers: the file it extends, what it says itself, and what the command line changes.

    extends: ../base.yaml                      # sections are merged key by key; anything else takes the other's place
    modelyard run . --set train.seed=3         # keys as messages write them: goals[0], columns."a.b".type

Every value keeps the place it comes from, so that a mistake is found where it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelyard.core.addresses import seen_from
from modelyard.core.errors import Mistake, ProjectError, StorageError
from modelyard.core.messages import text
from modelyard.core.source import Key, Keys, Source, dotted, parse, read_source, shown

EXTENDS = "extends"
OPTION = "--set"
_KEY = re.compile(r'(?:"(?P<quoted>[^"]*)"|(?P<plain>[^."\[\]=]+))(?P<items>(?:\[[0-9]+\])*)(?P<end>[.=])')
# Short forms: where text may stand for a section, and the key that it stands for. `None` is any name.
_SHORT: dict[tuple[Key | None, ...], str] = {
    ("data",): "source",
    ("predict",): "column",
    ("predict", None): "column",
    ("columns", None): "type",
}
_PATHS: tuple[Keys, ...] = (
    ("data",),
    ("data", "source"),
    ("data", "valid"),
    ("data", "test"),
    ("train", "model"),
    ("train", "method"),
    ("track", "mlflow", "uri"),
)
"""Where paths stand that are relative to the folder of the file they are written in."""


# --------------------------------------------------------------------- extends
def extended(source: Source, folder: Path, above: tuple[Path, ...] = ()) -> Source:
    """A source with all that it says nothing of taken from the file that it extends, if it names one.

    Args:
        source: As it was read.
        folder: Where its relative paths start.
        above: Files that are being extended already.

    Raises:
        ProjectError: There is no such file, it is no project file, or files extend each other in a circle.
    """
    written = source.data.get(EXTENDS)
    if not isinstance(written, str):
        return source
    path = (folder / Path(written).expanduser()).resolve()
    if path in above:
        raise _refused(source, written, "project.extends_circle", "project.expected_no_circle")
    try:
        base = replace(read_source(path), name=written)
    except StorageError as error:
        got = f"{written}: {error.mistakes[0].got}"
        raise ProjectError(Mistake(source.place(EXTENDS), got, text("project.expected_base", folder=folder))) from None
    base = extended(base, path.parent, (*above, path))
    _rebase(base, path.parent, folder)
    return _merged(base, source)


def _refused(source: Source, got: str, told: str, expected: str) -> ProjectError:
    return ProjectError(Mistake(source.place(EXTENDS), text(told, file=got), text(expected)))


def _merged(base: Source, own: Source) -> Source:
    """What a source says, and where it says nothing, what its base says."""
    for path in _sections(base.data, own.data):
        for source in (base, own):
            _lengthen(source, path)
    found = replace(
        own,
        data=_over(base.data, own.data),
        lines=dict(own.lines),
        spelt=dict(own.spelt),
        origins=dict(own.origins),
        mistakes=[*base.mistakes, *own.mistakes],
    )
    del found.data[EXTENDS]
    found.forget((EXTENDS,))
    for path, line in base.lines.items():
        if not _is_written(own.data, path):
            found.lines[path], found.origins[path] = line, base.origins.get(path, base.name)
    found.spelt |= {path: spelt for path, spelt in base.spelt.items() if not _is_written(own.data, path)}
    return found


def _over(base: Any, own: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    return {**base, **{key: _over(base[key], value) if key in base else value for key, value in own.items()}}


def _is_written(data: Any, path: Keys) -> bool:
    """Whether a source has a value of its own at a path, or something that is no section around it."""
    for key in path:
        if not isinstance(data, dict):
            return True
        if key not in data:
            return False
        data = data[key]
    return True


def _sections(one: Any, other: Any) -> Iterable[Keys]:
    """Where one of two sources has a section and the other the short form of one."""
    columns = {name for data in (one, other) if isinstance(data.get("columns"), dict) for name in data["columns"]}
    for path in [("data",), *(("columns", name) for name in sorted(columns))]:
        kinds = {type(_at(data, path)) for data in (one, other)}
        if dict in kinds and kinds & {str, list}:
            yield path


def _rebase(base: Source, here: Path, there: Path) -> None:
    """Relative paths of a source are to start in another folder."""
    for path in _PATHS:
        value = _at(base.data, path)
        if isinstance(value, str | list):
            moved = [_moved(item, path, here, there) for item in (value if isinstance(value, list) else [value])]
            _put(base.data, path, moved if isinstance(value, list) else moved[0])


def _moved(written: Any, path: Keys, here: Path, there: Path) -> Any:
    """A relative path as seen from another folder; queries, names of methods and of trackers stay."""
    if not isinstance(written, str) or (*written.lower().split(None, 1), "")[0] in ("select", "with"):
        return written
    is_method, is_tracker = path == ("train", "method"), path[0] == "track"
    if (is_method and not written.startswith(".")) or (is_tracker and "://" not in written):
        return written
    moved = seen_from(there, written, here)
    return f"./{moved}" if is_method and not moved.startswith(".") else moved


# ------------------------------------------------------------------------ --set
def change(source: Source, written: str) -> None:
    """Carry out `train.seed=3`: the value is read as YAML and takes the place of what stands under that key.

    Raises:
        ProjectError: It is not a key and a value, or the key goes on below something that is no section.
    """
    keys, value = _parsed(written)
    origin = f"{OPTION} {dotted_name(keys)}"
    given = parse(f"value: {value}" if "\n" not in value else value, origin)
    for length in range(1, len(keys)):
        _lengthen(source, keys[:length])
        _open(source, keys[:length], keys[length], origin)
    source.forget(keys)
    _put(source.data, keys, given.data["value"])
    source.origins[keys] = origin
    source.spelt |= {(*keys, *path[1:]): spelt for path, spelt in given.spelt.items()}
    source.mistakes += [((*keys, *path[1:]), mistake) for path, mistake in given.mistakes]


def dotted_name(keys: Keys) -> str:
    """`train.seed`, with quotes round names that hold a dot or a bracket."""
    quoted = (f'"{key}"' if isinstance(key, str) and re.search(r"[.\[\]=]", key) else key for key in keys)
    return dotted(tuple(quoted))


def _parsed(written: str) -> tuple[Keys, str]:
    """`columns."a.b".role=key` -> ("columns", "a.b", "role"), "key"."""
    keys: list[Key] = []
    start = 0
    while found := _KEY.match(written, start):
        keys.append(found["plain"].strip() if found["plain"] else found["quoted"])
        keys += [int(number) for number in re.findall("[0-9]+", found["items"])]
        start = found.end()
        if found["end"] == "=":
            return tuple(keys), written[start:].strip()
    raise ProjectError(Mistake(OPTION, repr(written), text("project.expected_change"), text("project.fix_change")))


def _open(source: Source, path: Keys, inner: Key, origin: str) -> None:
    """Make sure that a key can be put below a path.

    Raises:
        ProjectError: There is something else than a section, or a list without such an item.
    """
    value = _at(source.data, path)
    if value is None and isinstance(inner, str):
        _put(source.data, path, {})
        source.origins.setdefault(path, origin)
    elif isinstance(value, list) and isinstance(inner, int):
        if inner >= len(value):
            expected = text("project.expected_item", keys=dotted(path), count=len(value))
            raise ProjectError(Mistake(origin, f"[{inner}]", expected))
    elif not (isinstance(value, dict) and isinstance(inner, str)):
        expected = text("project.expected_section", keys=dotted(path))
        raise ProjectError(Mistake(origin, f"{dotted(path)}: {shown(value)}", expected))


# ------------------------------------------------------------------- both of them
def _lengthen(source: Source, path: Keys) -> None:
    """A short form as the section that it stands for, so that more can be said in it."""
    key = next((key for pattern, key in _SHORT.items() if _matches(pattern, path)), None)
    value = _at(source.data, path)
    short = isinstance(value, str) or (path == ("data",) and isinstance(value, list))
    if key is None or not short:
        return
    _put(source.data, path, {key: value})
    if path in source.spelt:
        source.spelt[(*path, key)] = source.spelt.pop(path)
    if path in source.lines:
        source.lines[(*path, key)] = source.lines[path]
    if path in source.origins:
        source.origins[(*path, key)] = source.origins[path]


def _matches(pattern: tuple[Key | None, ...], path: Keys) -> bool:
    return len(pattern) == len(path) and all(part in (None, key) for part, key in zip(pattern, path, strict=True))


def _at(data: Any, path: Keys) -> Any:
    """The value under a path; None where there is none."""
    for key in path:
        inside = key < len(data) if isinstance(data, list) and isinstance(key, int) else False
        if not (inside or (isinstance(data, dict) and key in data)):
            return None
        data = data[key]
    return data


def _put(data: Any, path: Keys, value: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value

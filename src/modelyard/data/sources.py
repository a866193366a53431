"""Where tables lie: paths, folders, globs, lists of them and fsspec URLs -> files that can be opened."""

from __future__ import annotations

import glob
import gzip
import importlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NoReturn, cast

from modelyard.core import plugins
from modelyard.core.addresses import is_database
from modelyard.core.errors import DataError, InstallError, Mistake, StorageError
from modelyard.core.messages import text
from modelyard.data.folders import parts_of, tables_of

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".xlsx": "excel", ".xlsm": "excel",
}  # fmt: skip
_PACKED = ("csv", "tsv", "jsonl", "json")  # the formats that may be gzipped

AnySource = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class TableFile:
    """One file that holds rows.

    Args:
        name: How messages call it: as the user wrote it.
        format: One of the values of `FORMATS`.
        packed: Whether it is gzipped.
        address: A local path, or a path inside `system`.
        system: The fsspec file system it lies on; None for a local file.
    """

    name: str
    format: str
    packed: bool
    address: str
    system: Any = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked.

        Raises:
            StorageError: It cannot be read.
            DataError: It is not what its name says (a broken gzip file).
        """
        try:
            with self._raw() as raw, gzip.open(raw) if self.packed else raw as stream:
                yield cast(BinaryIO, stream)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            refuse(self.name, "data.got_no_gzip", "data.expected_gzip")
        except OSError as error:
            raise unreadable(self.name, error) from None

    def _raw(self) -> BinaryIO:
        if self.system is None:
            return Path(self.address).open("rb")
        return cast(BinaryIO, self.system.open(self.address, "rb"))


def find(source: AnySource, folder: Path) -> list[TableFile]:
    """The files that a source names, in a fixed order.

    Args:
        source: A path, a folder, a glob, an fsspec URL, or a list of them.
        folder: Where relative paths start.

    Raises:
        DataError: There is no such file, or its format is not known.
        InstallError: The URL needs a package that is not installed.
    """
    if not isinstance(source, str | Path):
        return [file for item in source for file in find(item, folder)]
    written = str(source)
    found = _remote(written) if "://" in written else _local(written, folder)
    return [_described(name, address, system) for name, address, system in found]


def require(module: str, place: str, extra: str = "tables") -> Any:
    """Import a package that the core install does not have.

    Raises:
        InstallError: It is not installed; names the command that does it.
    """
    if plugins.missing((module,)):
        got = text("data.got_no_package", module=module)
        expected = text("data.expected_package", module=module)
        raise InstallError(Mistake(place, got, expected, text("errors.install", extra=extra)))
    return importlib.import_module(module)


def refuse(place: str, got: str, expected: str = "", fix: str = "", **values: Any) -> NoReturn:
    """Raise a DataError made of the sentences of those names."""
    said = (text(key, **values) if key else "" for key in (got, expected, fix))
    raise DataError(Mistake(place, *said))


def unreadable(name: str, error: OSError) -> StorageError:
    """An operating system's refusal as the user's error."""
    got = error.strerror or str(error)
    return StorageError(Mistake(name, got, text("data.expected_readable"), text("data.fix_readable")))


def parts(source: AnySource | None, folder: Path) -> tuple[dict[str, list[str]], list[str]]:
    """The parts that the files of a folder, or of a URL, say that they are.

    Args:
        source: As for `find`; only one folder can hold parts.
        folder: Where relative paths start.

    Returns:
        `train`, `valid`, `test` -> the addresses of their files, and the files of none of these; nothing for a source
        that holds no parts.

    Raises:
        DataError, InstallError, StorageError: As `find`.
    """
    if not isinstance(source, str | Path) or is_database(str(source)) or glob.has_magic(str(source)):
        return {}, []
    written = str(source)
    path = None if "://" in written else folder / Path(written).expanduser()
    if path is not None and not path.is_dir():
        return {}, []
    files = _remote(written) if path is None else _local(written, folder)
    below = {name.removeprefix(written.rstrip("/") + "/"): name for name, _, _ in files}
    found, others = parts_of(list(below))
    return {part: [below[name] for name in inside] for part, inside in found.items()}, others


Found = list[tuple[str, str, Any]]


def _local(written: str, folder: Path) -> Found:
    path = folder / Path(written).expanduser()
    try:
        if path.is_dir():
            inside = tables_of(lambda deep: _inside(path, deep), lambda name: (path / name).read_bytes(), _is_known)
            if not inside:
                refuse(written, "data.got_empty_folder", "data.expected_format", formats=_known_formats())
            return [(str(PurePosixPath(written) / name), str(path / name), None) for name in inside]
        if path.exists():
            return [(written, str(path), None)]
    except OSError as error:
        raise unreadable(written, error) from None
    except (ValueError, KeyError, TypeError):  # state.json is not what Hugging Face writes
        refuse(written, "data.got_strange_folder", "data.expected_saved")
    matches = _matches(written, folder) if glob.has_magic(written) else []
    return matches or _refuse_absent(written, path)


def _inside(path: Path, deep: bool) -> list[str]:
    """Files below a folder, sorted."""
    found = path.rglob("*") if deep else path.iterdir()
    return sorted(item.relative_to(path).as_posix() for item in found if _is_table(item))


def _is_known(name: str) -> bool:
    return bool(_format(name)[0])


def _matches(pattern: str, folder: Path) -> Found:
    """Files that a glob finds; what stands before its first wildcard is taken literally."""
    parts = Path(pattern).expanduser().parts
    literal = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    base = folder.joinpath(*parts[:literal])
    found = sorted(item for item in base.glob(str(Path(*parts[literal:]))) if _is_table(item))
    return [(str(PurePosixPath(*parts[:literal]) / item.relative_to(base)), str(item), None) for item in found]


def _is_table(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _refuse_absent(written: str, path: Path) -> NoReturn:
    """Nothing is there: offer the nearest name."""
    above = path.parent
    try:
        names = [item.name for item in above.iterdir()] if above.is_dir() else []
    except OSError:
        names = []
    near = plugins.nearest(path.name, names) if names else ""
    raise DataError(Mistake(written, text("data.got_no_file"), text("data.expected_file", folder=above), near))


def _remote(url: str) -> Found:
    fsspec = require("fsspec", url)
    try:
        system, address = fsspec.core.url_to_fs(url)
        if glob.has_magic(address):
            addresses = sorted(system.glob(address))
        elif system.isdir(address):
            addresses = _below(system, address)
        else:
            addresses = [address] if system.exists(address) else []
    except ImportError as error:
        got, expected = str(error), text("data.expected_protocol")
        raise InstallError(Mistake(url, got, expected, text("data.fix_protocol"))) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(Mistake(url, str(error), text("data.expected_protocol"))) from None
    except OSError as error:
        raise unreadable(url, error) from None
    if not addresses:
        refuse(url, "data.got_no_file", "data.expected_url")
    return [(system.unstrip_protocol(item), item, system) for item in addresses]


def _below(system: Any, address: str) -> list[str]:
    """Files below a remote folder that hold its table."""
    base = address.rstrip("/") + "/"

    def listing(deep: bool) -> list[str]:
        found = (
            system.find(address) if deep else [item["name"] for item in system.ls(address) if item["type"] == "file"]
        )
        return sorted(name.removeprefix(base) for name in found)

    return [base + name for name in tables_of(listing, lambda name: bytes(system.cat_file(base + name)), _is_known)]


def _described(name: str, address: str, system: Any) -> TableFile:
    kind, packed = _format(address)
    if not kind:
        fix = "data.fix_xls" if address.lower().endswith(".xls") else "data.fix_format"
        refuse(name, "data.got_unknown_format", "data.expected_format", fix, name=name, formats=_known_formats())
    return TableFile(name, kind, packed, address, system)


def _format(name: str) -> tuple[str, bool]:
    """(format, gzipped) by the ending of a file's name; ("", False) when it is not known."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name.replace("\\", "/")).suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = FORMATS.get(suffixes[-2 if packed else -1], "") if len(suffixes) > packed else ""
    return ("", False) if packed and kind not in _PACKED else (kind, packed)


def _known_formats() -> str:
    return " ".join(FORMATS) + " .csv.gz"

"""Where rows to be answered come from: what they are called, how many they are, and how to know them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from modelyard.core.addresses import is_database, without_password
from modelyard.core.columns import row_count, take
from modelyard.core.errors import InstallError, Mistake, StorageError
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.core.store import digest, file_digest
from modelyard.data import read
from modelyard.data.layout import Hints, Layout, notes
from modelyard.data.piped import STANDARD_INPUT, piped
from modelyard.data.sources import TableFile, find, require, unreadable


@dataclass(frozen=True)
class Rows:
    """A source of rows.

    Args:
        name: How messages call it.
        content: Identity of its bytes; empty where only reading it again can tell whether it is the same.
        total: How many rows it has, where that is known before they are read.
        batches: Reads it from the beginning.
        layouts: How its files were read, once they have been.
    """

    name: str
    content: str
    total: int | None
    batches: Callable[[], Iterator[Columns]]
    layouts: list[Layout] = field(default_factory=list)

    def remarks(self) -> tuple[str, ...]:
        """What was found out about its files, or left out of them."""
        return tuple(text(key, **values) for key, values, _ in notes(self.layouts))

    def after(self, done: int, begun: str) -> Iterator[tuple[Columns, str]]:
        """Batches of the rows behind those that are done, each with the identity of all rows up to its end.

        Args:
            done: Rows to pass over.
            begun: Identity of those rows, as it was when they were answered.

        Raises:
            StorageError: They are other rows now.
        """
        read, known = 0, ""
        for columns in self.batches():
            count = row_count(columns)
            if read < done < read + count:
                columns = take(columns, slice(done - read, None))
            known = known if self.content else _mixed(known, columns)
            if read + count > done:
                yield columns, known
            elif read + count == done and known != begun:
                refuse_changed(self.name)
            read += count
        if read < done:
            refuse_changed(self.name)


def rows_of(source: str | Path, hints: Hints) -> Rows:
    """Describe a source.

    Args:
        source: What `data.read.batches` reads, or `-` for standard input.
        hints: What is known of its layout.

    Raises:
        DataError, InstallError, StorageError: There is no such source, or it cannot be read.
    """
    written = str(source)
    layouts: list[Layout] = []
    if written == STANDARD_INPUT:
        return Rows(text("data.standard_input"), "", None, lambda: piped(hints, layouts)[1], layouts)
    if is_database(written):  # which promises no order: what was answered is known again by being read again
        name = f"{without_password(written)} {hints.query or ''}".strip()
        return Rows(name, "", None, lambda: _batches(written, hints, layouts), layouts)
    files = find(source, Path())
    content = digest([hints.sheet, *([file.format, file.packed, _content(file)] for file in files)])
    return Rows(written, content, _total(files), lambda: _batches(source, hints, layouts), layouts)


def _batches(source: str | Path, hints: Hints, layouts: list[Layout]) -> Iterator[Columns]:
    return read.batches(source, hints=hints, layouts=layouts)


def refuse_changed(name: str) -> None:
    """Say that a source is not what it was when answering it was begun.

    Raises:
        StorageError: Always.
    """
    got, expected = text("serve.changed_source"), text("serve.expected_source")
    raise StorageError(Mistake(name, got, expected, text("serve.fix_changed_source")))


def _content(file: TableFile) -> str:
    """Identity of a file's bytes; of a remote one, what its storage says of it."""
    try:
        return file_digest(Path(file.address)) if file.system is None else str(file.system.checksum(file.address))
    except OSError as error:
        raise unreadable(file.name, error) from None


def _total(files: list[TableFile]) -> int | None:
    """Rows of files that say it: Parquet."""
    if any(file.format != "parquet" or file.system for file in files):
        return None
    try:
        parquet = require("pyarrow.parquet", "")
        return int(sum(parquet.read_metadata(file.address).num_rows for file in files))
    except (OSError, ValueError, InstallError):  # reading it will tell what is wrong with it
        return None


def _mixed(known: str, columns: Columns) -> str:
    """Identity of the rows up to the end of a batch."""
    mixed = hashlib.sha256(known.encode())
    for name, values in columns.items():
        cells = values.astype("U") if values.dtype.kind != "O" else values
        mixed.update(repr((name, values.dtype.kind, len(values))).encode())
        mixed.update("\x1f".join(map(str, cells.tolist())).encode("utf-8", "surrogatepass"))
    return mixed.hexdigest()

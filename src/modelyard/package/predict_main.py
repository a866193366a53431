"""What a bundle's `predict.py` does: a file of rows in, answers out, with numpy and onnxruntime only.

A bundle that reads token ids needs tokenizers as well.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO, cast

from modelyard.core.errors import UserError
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.data.layout import Hints
from modelyard.data.piped import STANDARD_INPUT, piped
from modelyard.data.read import batches
from modelyard.runtime.answers import Answers, plain
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.requests import Remark, gathered


def main(folder: Path, arguments: Sequence[str]) -> int:
    """Answer the rows of the file that is named, `-` for standard input, in the form they come in.

    Args:
        folder: The bundle.
        arguments: The command line without the program's name.

    Returns:
        Exit code: 0, 2 for what the user can mend, 1 when whoever reads the answers goes away.
    """
    for stream in (sys.stdout, sys.stderr):
        cast(TextIOWrapper, stream).reconfigure(encoding="utf-8", newline="\n")
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        sys.stderr.write(text("package.usage") + "\n")
        return 2
    try:
        _answer(Bundle.load(folder), arguments[0], sys.stdout)
        sys.stdout.flush()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more when it ends
        return 1
    return 0


def _answer(bundle: Bundle, source: str, out: TextIO) -> None:
    names = tuple(column.name for column in bundle.inputs)
    form, tables = _tables(source, Hints(names=names, usual=bundle.manifest.get("layout", {})))
    write = _write_json_lines if form.startswith("json") else _write_csv
    remarks: tuple[Remark, ...] = ()
    rows = 0
    for table in tables:
        reading = bundle.read(table, first=rows + 1)
        answers = bundle.answers(reading, bundle.run(reading))
        write(answers, out, not rows)
        rows += len(answers)
        remarks = gathered((*remarks, *reading.remarks))
    for remark in remarks:
        sys.stderr.write(text("runtime.warning", what=remark) + "\n")


def _tables(source: str, hints: Hints) -> tuple[str, Iterator[Columns]]:
    """The form of the rows, and the rows in batches."""
    if source == STANDARD_INPUT:
        return piped(hints)
    return Path(source.removesuffix(".gz")).suffix[1:].lower(), batches(source, hints=hints)


def _write_json_lines(answers: Answers, out: TextIO, _: bool) -> None:
    out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in answers.signed_rows())


def _write_csv(answers: Answers, out: TextIO, head: bool) -> None:
    columns = answers.signed_columns()
    writer = csv.writer(out, lineterminator="\n")
    if head:
        writer.writerow(columns)
    writer.writerows(zip(*([_csv_cell(cell) for cell in plain(values)] for values in columns.values()), strict=True))


def _csv_cell(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, bool | list) else cell

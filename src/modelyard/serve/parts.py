"""Answers in a file, or in a folder of Parquet parts, that appear whole; after an interruption the work goes on.

    .answers.csv.parts/  00000.csv 00001.csv ...     each part appears under its name when it is on the disk
                         .job/job.json               which bundle answers which rows
                         .job/00000.json ...         what is kept of a part's rows; it makes the part count

A part counts when its JSON is there, and that is written last: whoever is killed leaves at most one part that does not
count, and its rows are answered again.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack, suppress
from functools import reduce
from operator import add
from pathlib import Path

from modelyard.core.errors import Mistake, StorageError
from modelyard.core.locks import lock_if_possible
from modelyard.core.messages import text
from modelyard.core.store import storage_error, sync, write_text
from modelyard.runtime.answers import Answers
from modelyard.serve.job import Job
from modelyard.serve.tally import Tally
from modelyard.serve.writers import WRITERS, Write, join

PART_ROWS = 1 << 18
JOURNAL, JOB = ".job", "job.json"
SUFFIXES = {"csv": ".csv", "jsonl": ".jsonl", "parquet": ".parquet"}
_OURS = re.compile(r"([0-9]{5}|whole)\.(csv|jsonl|parquet)")


class Parts:
    """A file or a folder that is being written; what is not of this work is left alone there. See also `published`.

    Args:
        out: Where the output is to appear.
        form: A key of `WRITERS`.
        job: What is being done.
        whole: Whether the parts become one file; otherwise their folder is the output.

    Raises:
        StorageError: Another process writes it, other work was begun there, or the disk refuses.
    """

    finished = False

    def __init__(self, out: Path, form: str, job: Job, whole: bool) -> None:
        self.out = out
        self._form, self._job, self._whole = form, job, whole
        self._folder = out.with_name(f".{out.name}.parts")
        self._held = ExitStack()
        try:
            self._hold()
            self._check_job()
            self._done = self._count_parts()
        except OSError as error:
            self._held.close()
            raise storage_error(error, out) from error
        except StorageError:
            self._held.close()
            raise
        self.tally: Tally = reduce(add, self._done, Tally())
        self._part = Tally()
        self._open = ExitStack()
        self._write: Write | None = None

    def write(self, answers: Answers, tally: Tally) -> None:
        """See `Destination`."""
        try:
            if self._write is None:
                self._write = self._next_part()
            self._write(answers)
            self._part += tally
            if self._part.rows >= PART_ROWS:
                self._end_part()
        except OSError as error:
            raise storage_error(error, self.out) from error

    def finish(self) -> None:
        """See `Destination`."""
        try:
            if self._write is not None:
                self._end_part()
            if self._whole:
                self._join()
                self._clear()
            else:
                self._folder.rename(self.out)  # over an empty folder, or where nothing is
                sync(self.out.parent)
        except OSError as error:
            raise storage_error(error, self.out) from error

    def discard(self) -> None:
        """See `Destination`."""
        self._open.close()
        self._clear()

    def close(self) -> None:
        """See `Destination`."""
        self._open.close()
        if not self._done and self._folder.is_dir():
            self._clear()
        self._held.close()

    # ------------------------------------------------------------------ details
    def _hold(self) -> None:
        """Keep other processes away.

        Raises:
            StorageError: One is at work here.
        """
        self._journal.mkdir(parents=True, exist_ok=True)
        try:
            self._held.callback(lock_if_possible(self._folder))
        except BlockingIOError:
            got, expected = text("serve.in_the_making"), text("serve.expected_alone")
            raise StorageError(Mistake(str(self.out), got, expected)) from None

    def _check_job(self) -> None:
        file = self._journal / JOB
        if file.is_file() and self._kept(0).is_file():
            fix = text("serve.fix_begin_anew", path=self._folder)
            self._job.refuse_other(json.loads(file.read_text("utf-8")), str(self.out), fix)
        else:
            self._sweep(set())  # work whose removal was interrupted
            write_text(file, json.dumps(self._job.to_json(), ensure_ascii=False, indent=1))

    def _count_parts(self) -> list[Tally]:
        """Tallies of the parts that count; what was written of others is taken away."""
        found: list[Tally] = []
        while (file := self._kept(len(found))).is_file() and self._path(len(found)).is_file():
            found.append(Tally.from_json(json.loads(file.read_text("utf-8"))))
        known = {self._journal / JOB}
        known |= {path for number in range(len(found)) for path in (self._path(number), self._kept(number))}
        self._sweep(known)
        return found

    def _sweep(self, known: set[Path]) -> None:
        """Take away what this work has written but these."""
        written = [path for path in self._folder.iterdir() if _OURS.fullmatch(path.name)]
        for path in [*self._journal.iterdir(), *written]:
            if path not in known:
                path.unlink()

    def _clear(self) -> None:
        """Take away all that this work has written, and its folder where nothing else stands in it."""
        with suppress(OSError):
            (self._journal / JOB).unlink(missing_ok=True)  # first: without it, what is left does not count
            self._sweep(set())
            self._journal.rmdir()
            self._folder.rmdir()

    @property
    def _journal(self) -> Path:
        return self._folder / JOURNAL

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:05}{SUFFIXES[self._form]}"

    def _kept(self, number: int) -> Path:
        return self._journal / f"{number:05}.json"

    def _next_part(self) -> Write:
        number = len(self._done)
        stream = self._open.enter_context((self._path(number)).open("wb"))
        return self._open.enter_context(WRITERS[self._form](stream, self._path(0) if number else None))

    def _end_part(self) -> None:
        """Bring the part to the disk, then make it count."""
        self._open.close()
        self._write = None
        number = len(self._done)
        sync(self._path(number))
        sync(self._folder)
        write_text(self._kept(number), json.dumps(self._part.to_json(), ensure_ascii=False))
        self._done.append(self._part)
        self.tally += self._part
        self._part = Tally()

    def _join(self) -> None:
        """The parts as one file, which appears in one step."""
        parts = [self._path(number) for number in range(len(self._done))]
        draft = parts[0]
        if len(parts) > 1:
            draft = self._folder / f"whole{SUFFIXES[self._form]}"
            with draft.open("wb") as stream:
                join(self._form, parts, stream)
                stream.flush()
                os.fsync(stream.fileno())
        draft.replace(self.out)
        sync(self.out.parent)

"""What the command line prints: progress bars, tables, the end of a run. rich is loaded when it is needed."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.messages import text

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from modelyard.core.report import Report, Step
    from modelyard.pipeline import Run

MOST_ERRORS = 10  # rows of a kind


def say(line: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """A line on standard error, beside answers on standard output."""
    sys.stderr.write(line + "\n")


@contextmanager
def counting(title: str, quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar of rows on standard error, for whoever looks at a terminal; the total may be unknown."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bars = Bars()
    bars.begin(title)
    try:
        yield bars.count
        bars.end()
    finally:
        bars.close()


class Bars:
    """Progress bars on standard error; the remaining time is measured, and an upper limit where work may stop early."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress: Progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[values]}"),
            TimeElapsedColumn(),
            _remaining_column(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._progress.start()

    def begin(self, title: str) -> None:
        """A piece of work starts; the one before it is over."""
        self.end()
        if not self._progress.live.is_started:
            self._progress.start()
        self._task = self._progress.add_task(title, total=None, values="")

    def advance(self, done: int, total: int, values: dict[str, float]) -> None:
        """It is at `done` of at most `total`."""
        if self._task is not None:
            losses = [f"{name} {value:.4f}" for name, value in values.items() if name.endswith("loss")]
            shown = losses[-1] if losses else ""  # one number: a line that wraps shows no time
            self._progress.update(self._task, completed=done, total=total, values=shown)

    def count(self, done: int, total: int | None) -> None:
        """So many rows are done."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, values=f"{done:,}")

    def end(self) -> None:
        """It is over."""
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1, values="")
            self._progress.stop_task(self._task)
            self._task = None

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._progress.stop()


def _remaining_column() -> ProgressColumn:
    """`at most 0:00:12` while that is known; nothing before, and nothing after."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Remaining(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            left = None if task.finished else task.time_remaining
            words = "" if left is None else f"{text('cli.at_most')} {timedelta(seconds=math.ceil(left))}"
            return Text(words, style="progress.remaining")

    return Remaining()


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns aligned for a terminal; wide characters count double."""
    widths = [max(_width(row[number]) for row in [head, *rows]) for number in range(len(head))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in [lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _width(cell: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(character) in "WF" else 1 for character in cell)


def say_report(report: Report) -> None:
    """What must be read before any number, the numbers, and what they come to beside simpler models."""
    from modelyard.evaluate.words import conclusions, rule_words, warnings

    said = warnings(report) if report.held_out else warnings(report)[1:]  # the first of these, the summary says itself
    for line in [*said, *report.summary()]:
        say(line)
    for target in report.targets:
        rule = [rule_words(target.decision, target.labels)] if target.decision else []
        for line in [*rule, *(conclusions(target) if report.held_out else ())]:
            say(text("report.named", name=target.name, value=line) if len(report.targets) > 1 else line)


def end_of_run(run: Run, why: bool) -> None:
    """What came out, and the exact commands for what comes next."""
    say_report(run.report)
    stopped = run.report.about.get("stopped")
    if stopped:
        say(text("cli.stopped", methods=", ".join(stopped)))
    for line in run.record.notes:
        say(line)
    for target in run.report.targets:
        say()
        say(text("cli.ladder" if run.report.held_out else "cli.ladder_unmeasured", target=target.name))
        say(table([text("cli.method"), text("cli.loss"), ""], [_ladder_row(step) for step in target.ladder]))
    if why:
        say()
        say(
            table(
                [text("cli.stage"), text("cli.ran"), text("cli.seconds")],
                [_stage_row(stage) for stage in run.record.stages],
            )
        )
    bundle = shlex.quote(_shown(run.path))
    say()
    say(text("cli.bundle", path=bundle, id=run.record.bundle[:12]))
    say(text("cli.report", path=_shown(run.path / "evidence" / "report.html")))
    say_next(run.report, _shown(run.folder.parents[2]))


def say_next(report: Report, place: str) -> None:
    """What to do next, as commands that can be pasted here.

    Args:
        report: What was measured.
        place: The project's folder.
    """
    from modelyard.evaluate.next import actions

    for number, action in enumerate(actions(report, place), 1):
        say()
        say(f"{number}. {action.why}")
        say(f"   {action.command}")


def say_errors(errors: dict[str, list[Any]]) -> None:
    """The rows that are most worth a look, of each kind a few."""
    kinds = list(dict.fromkeys(zip(errors.get("target", ()), errors.get("why", ()), strict=True)))
    if not kinds:
        say(text("next.no_errors"))
        return
    rows = list(zip(*errors.values(), strict=True))
    kept = [zip(errors["target"], errors["why"], rows, strict=True) for _ in kinds]
    shown = [
        row
        for kind, each in zip(kinds, kept, strict=True)
        for row in list(islice((row for target, why, row in each if (target, why) == kind), MOST_ERRORS))
    ]
    say(table(list(errors), [[_cell(cell) for cell in row] for row in shown]))


def _cell(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return "" if cell is None else str(cell)


def _ladder_row(step: Step) -> list[str]:
    from modelyard.evaluate.words import step_words

    return [step.title, "" if step.loss is None else f"{step.loss:.4f}", step_words(step)]


def _stage_row(stage: dict[str, Any]) -> list[str]:
    return [stage["stage"], text("cli.from_store") if stage["hit"] else stage["why"], f"{stage['seconds']:.1f}"]


def _shown(path: Path) -> str:
    """A path as short as it can be pasted."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

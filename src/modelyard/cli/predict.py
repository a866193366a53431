"""`modelyard predict`: rows from anywhere, answers to anywhere; what is told about them goes to standard error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.cli import console
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.runs import WORKSPACE, bundle_path
from modelyard.data.layout import Hints
from modelyard.data.piped import STANDARD_INPUT
from modelyard.runtime.bundle import Bundle
from modelyard.serve import batch, shift

MOST_MOVED = 5


@dataclass(frozen=True)
class Wishes:
    """What the command was given; see `modelyard predict --help`."""

    argument: str | None = None
    data: str | None = None
    rows: str | None = None
    out: str | None = None
    table: str | None = None
    form: str | None = None
    sheet: str | None = None
    query: str | None = None
    keep: tuple[str, ...] = ()
    shift: Path | None = None
    quiet: bool = False


def answer(reference: str, wishes: Wishes) -> None:
    """Answer rows with a bundle.

    Raises:
        UserError: What is given contradicts itself, or cannot be read, answered or written.
    """
    sources = {"DATA": wishes.argument, "--data": wishes.data, "--rows": wishes.rows}
    given = [name for name, source in sources.items() if source is not None]
    if len(given) > 1:
        raise ProjectError(Mistake("modelyard predict", ", ".join(given), text("cli.expected_one_source")))
    bundle = Bundle.load(bundle_path(reference, Path(WORKSPACE)))
    if wishes.rows is not None:
        _refuse_idle(wishes)
        summary = batch.predict_rows(bundle, wishes.rows, wishes.out, wishes.form)
    else:
        with console.counting(text("cli.predicting"), wishes.quiet) as progress:
            summary = batch.predict_file(
                bundle,
                wishes.argument or wishes.data or STANDARD_INPUT,
                wishes.out,
                form=wishes.form,
                table=wishes.table,
                hints=Hints(sheet=wishes.sheet, query=wishes.query),
                keep=wishes.keep,
                progress=progress,
            )
    _tell(bundle, summary)
    if wishes.shift is not None:
        shift.write(wishes.shift, bundle.id, summary.rows, summary.moved)


def _refuse_idle(wishes: Wishes) -> None:
    """Options that say nothing to rows that are given as JSON."""
    named = [f"--{name}" for name in ("table", "sheet", "query", "keep", "shift") if getattr(wishes, name)]
    if named:
        raise ProjectError(Mistake("modelyard predict", f"--rows, {named[0]}", text("cli.expected_table_of_rows")))


def _tell(bundle: Any, summary: batch.Summary) -> None:
    """How many rows, what was unusual about them, and how they differ from those the bundle was made from."""
    rate = (summary.rows - summary.before) / max(summary.seconds, 1e-9)
    values = {"rows": f"{summary.rows:,}", "bundle": bundle.id[:12], "seconds": f"{summary.seconds:.1f}"}
    console.note(text("cli.predicted", **values, rate=f"{rate:,.0f}"))
    if summary.before:
        console.note(text("cli.predicted_before", rows=f"{summary.before:,}"))
    for warning in summary.warnings:
        console.note(warning)
    if summary.moved:
        console.note(_moved(summary.moved, summary.rows))


def _moved(moved: tuple[shift.Moved, ...], rows: int) -> str:
    """The farthest of those that moved, or that none did, if the rows are enough to say so."""
    far = [one for one in moved if one.band != "stable"]
    if not far:
        most = moved[0]
        if not shift.can_tell(rows, moved):
            return text("cli.too_few_to_tell", rows=f"{rows:,}")
        return text("cli.nothing_moved", name=most.name, psi=f"{most.psi:.2f}")
    lines = [
        [one.name, text(f"cli.moved_{one.kind}"), f"{one.psi:.2f}", text(f"cli.band_{one.band}")]
        for one in far[:MOST_MOVED]
    ]
    head = [text("cli.moved"), "", "PSI", ""]
    more = [text("cli.moved_more", count=len(far) - MOST_MOVED)] if len(far) > MOST_MOVED else []
    return "\n".join([console.table(head, lines), *more])

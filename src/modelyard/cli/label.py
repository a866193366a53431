"""`modelyard label`: rows out to people, labels back in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelyard.cli import console
from modelyard.core import messages
from modelyard.core.addresses import name_of, seen_from
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.store import write_bytes, write_text
from modelyard.improve import filled, label_studio, rewritten, sheet
from modelyard.improve.pool import Pool, open_pool
from modelyard.improve.propose import Proposal, propose
from modelyard.pipeline import as_project

FORMS = (".csv", ".xlsx", ".json")
ROWS = 50
PROPOSED = Path("labels.csv")
SPREAD = ("improve.why_spread", "improve.why_alone")
SHOWN = 8


@dataclass(frozen=True)
class Wishes:
    """What the command was given; see `modelyard label --help`."""

    project: str
    data: str | None = None
    rows: int | None = None
    out: Path | None = None
    run: str | None = None
    read: Path | None = None
    new_label: tuple[str, ...] = ()


def label(wishes: Wishes) -> None:
    """Propose rows to label, or read the labels back.

    Raises:
        UserError: What is given contradicts itself, or cannot be read, matched or written.
    """
    project = as_project(wishes.project, None, {})[0]
    messages.prefer(project.lang)
    if wishes.read is not None:
        _refuse_idle(wishes)
        found = _read_back(wishes, project, wishes.read)
    else:
        found = _propose(wishes, project)
    for line in found:
        console.say(line)


def _propose(wishes: Wishes, project: Project) -> Iterator[str]:
    out = _checked(wishes.out or PROPOSED, FORMS)
    pool = open_pool(project, wishes.data, wishes.run, wishes.new_label)
    proposal = propose(pool, wishes.rows or ROWS)
    config = out.with_suffix(".config.xml")
    if out.suffix.lower() == ".json":
        write_text(config, label_studio.config(pool))
        write_text(out, label_studio.tasks(proposal))
    elif out.suffix.lower() == ".xlsx":
        sheet.write_excel(sheet.cells_of(proposal), pool.asked, out)
    else:
        write_bytes(out, sheet.csv_bytes(sheet.cells_of(proposal)))
    yield from _about(proposal, out, wishes.rows or ROWS)
    words = {"words": _words(wishes), "path": shlex.quote(str(out)), "config": config}
    key = "improve.next_import" if out.suffix.lower() == ".json" else "improve.next_fill"
    yield text(key, columns=", ".join(one.column for one in pool.asked), **words)


def _about(proposal: Proposal, out: Path, wanted: int) -> Iterator[str]:
    """What was proposed."""
    unsure = sum(note.key not in SPREAD for note in proposal.why)
    count = len(proposal.rows)
    key = "improve.proposed_unsure" if unsure else "improve.proposed"
    yield text(key, path=out, count=count, unlabelled=f"{proposal.unlabelled:,}", unsure=unsure)
    if proposal.looked_at < proposal.unlabelled:
        yield text("improve.looked_at", count=f"{proposal.looked_at:,}")
    if count < min(wanted, proposal.unlabelled):
        yield text("improve.repeated")
    yield text("improve.no_sample")


def _read_back(wishes: Wishes, project: Project, path: Path) -> Iterator[str]:
    pool = open_pool(project, wishes.data, None, wishes.new_label)
    out = _checked(wishes.out or Path(f"{_stem(pool)}.labelled.csv"), rewritten.FORMS)
    is_export = path.suffix.lower() == ".json"
    found = label_studio.read_export(path, pool) if is_export else filled.read_sheet(path, pool)
    done = filled.put_in(found, pool)
    rewritten.write_data(done.table, out)
    new = {column: counts for column, counts in done.counts.items() if counts}
    total = sum(sum(counts.values()) for counts in new.values())
    yield text("improve.filled", path=out, count=total, rows=done.rows, left=f"{done.left:,}")
    for column, counts in new.items():
        shown = ", ".join(f"{word} {count}" for word, count in [*counts.items()][:SHOWN])
        yield text("improve.counts", column=column, counts=shown)
    for name in ("empty", "moved", "known"):
        if getattr(done, name):
            yield text(f"improve.{name}", count=getattr(done, name))
    yield from found.remarks
    there = seen_from(project.folder, str(out))
    yield text("improve.next_run", project=shlex.quote(wishes.project), path=shlex.quote(there))


def _checked(out: Path, forms: tuple[str, ...]) -> Path:
    """Where to write: a form that is known, a name that is free."""
    if out.suffix.lower() not in forms:
        got, expected = str(out), text("improve.expected_form", forms=" ".join(forms))
        raise ProjectError(Mistake("modelyard label --out", got, expected))
    rewritten.refuse_existing(out)
    return out


def _refuse_idle(wishes: Wishes) -> None:
    """Options that say nothing to labels that are read back."""
    given = {"--rows": wishes.rows, "--run": wishes.run}
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise ProjectError(Mistake("modelyard label", f"--read, {named[0]}", text("improve.expected_reading")))


def _stem(pool: Pool) -> str:
    return name_of(pool.name) or pool.project.name


def _words(wishes: Wishes) -> str:
    """What the next command has to repeat."""
    new = [word for label in wishes.new_label for word in ("--new-label", label)]
    data = ["--data", wishes.data] if wishes.data else []
    return shlex.join([wishes.project, *data, *new])

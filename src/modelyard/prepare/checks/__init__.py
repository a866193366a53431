"""What is odd about a table. Every check is a plain function from what is known of it to notes; nothing is hidden.

A note says what was found, with numbers and examples, and where something can be done about it, a line to paste. Only
what would make every number of a report worthless blocks a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import State
from modelyard.data.dataset import Note
from modelyard.data.layout import notes as remarks
from modelyard.prepare.checks import classes, columns, leaks, personal, rows, sentinels, shift, structure, texts, twins
from modelyard.prepare.checks.coded import look
from modelyard.prepare.checks.wording import listed
from modelyard.prepare.survey import Survey

__all__ = ["listed", "notes", "refuse_worthless"]

_ORDER = {"block": 0, "warn": 1, "note": 2}


def notes(survey: Survey, states: Mapping[str, State] | None = None) -> tuple[Note, ...]:
    """All notes on a table, the worst first.

    Args:
        survey: What is known of the table.
        states: Fitted states, when there are any: they know how many categories were kept.
    """
    with np.errstate(all="ignore"):  # numbers at the edge of float64 leave its range, and are then simply not found
        seen = look(survey)
        found = [
            *(Note(key, values, "warn" if loud else "note") for key, values, loud in remarks(survey.layouts)),
            *leaks.findings(seen),
            *structure.findings(seen),
            *rows.findings(survey),
            *twins.findings(seen),
            *texts.findings(seen),
            *shift.findings(seen),
            *classes.findings(survey),
            *columns.findings(survey.readings, states or {}),
            *columns.numbers_without_meaning(seen),
            *sentinels.findings(seen),
            *personal.findings(survey.readings),
        ]
    return tuple(sorted(found, key=lambda note: _ORDER[note.level]))


def refuse_worthless(project: Project, found: Iterable[Note]) -> None:
    """Refuse data of which every number would be worthless.

    Raises:
        DataError: All columns that give the target away, each with the evidence and two lines of which one is right.
    """
    mistakes = [
        Mistake(
            project.place("columns", str(note.values["column"])),
            str(note),
            text("checks.expected_before", target=note.values["target"]),
            text("checks.fix_before", **note.values),
        )
        for note in found
        if note.level == "block"
    ]
    if mistakes:
        raise DataError(mistakes)

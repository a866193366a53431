"""Personal data in any column is reported and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.project import Project
from modelyard.data.dataset import Note

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
ROWS = 1200
REMARKS = [
    f"asked about item {n * 7} again" + (f", mail to user{n}@example.com" if n % 30 == 0 else "") for n in range(ROWS)
]


@pytest.mark.parametrize("role", [None, "ignore", "key", "protected"])
def test_it_is_reported_whatever_the_column_is_for(project_of: MakeProject, told: Told, role: str | None) -> None:
    project = project_of(columns={"remark": {"role": role}}) if role else project_of()
    note = told(project, remark=REMARKS)["personal_email"]
    assert note.level == "note"
    assert (note.values["column"], note.values["count"]) == ("remark", 40)
    assert "user" not in note.values["example"]


def test_both_languages(project_of: MakeProject, told: Told) -> None:
    note = told(project_of(), remark=REMARKS)["personal_email"]
    assert "e-mail addresses in 40 of" in str(note)
    messages.use("zh")
    assert "含电子邮箱" in str(note)


def test_the_column_stays_what_it_was(project_of: MakeProject, surveyed: Any) -> None:
    phones = [str(13_000_000_000 + 1_234_567 * n % 10**9) for n in range(ROWS)]
    plain, found = (surveyed(project_of(), tel=cells) for cells in ([f"t{n}" for n in range(ROWS)], phones))
    assert [one.personal for one in plain.readings] == [()] * len(plain.readings)
    assert next(one for one in found.readings if one.column.name == "tel").personal[0].kind == "mobile"

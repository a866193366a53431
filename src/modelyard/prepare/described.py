"""Classes that a project describes in words, for methods that learn from no label: they need not stand in the data."""

from __future__ import annotations

import numpy as np

from modelyard.core import meaning, plugins
from modelyard.core.columns import row_count
from modelyard.core.project import Project
from modelyard.core.protocols import Columns


def described(project: Project) -> tuple[str, ...]:
    """The classes as they are written; () where every method learns from labels, or the targets are several."""
    if len(project.predict) != 1 or len(project.predict[0].targets) != 1:
        return ()
    free = (name for name in meaning.trained(project.file) if not plugins.part("methods", name, "options").INFO.learns)
    return tuple(dict.fromkeys(label for name in free for label in project.train.of(name).labels))


def with_target(project: Project, table: Columns) -> Columns:
    """The table, with an empty column for a target that it lacks and that needs no labels.

    A column whose name is nearly that of the target is probably meant by it: then nothing is added.
    """
    if not described(project):
        return table
    (name,) = project.predict[0].targets
    if name in table or plugins.nearest(name, list(table)):
        return table
    return {**table, name: np.full(row_count(table), None, object)}

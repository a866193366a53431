"""What a graph is fed with beside the blocks: numbers made of a text column by a named and versioned step.

Texts never enter a graph: operators on strings differ from machine to machine. The steps are in `runtime.steps`; they
are the same code in training and in serving.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Step = Literal["grams", "tokens", "vectors"]


@dataclass(frozen=True)
class Feed:
    """An input of a graph.

    Args:
        name: Of the input; the same text column, step and options make the same name.
        step: `grams`: int64 [rows, most grams], hashed n-grams of each text, each once. `tokens`: int64 [rows, most
            windows, longest window], ids of a tokenizer. `vectors`: float32 [rows, dimension], a frozen encoder's.
            Where there is nothing, grams and tokens are -1.
        column: The text column.
        version: Of the step.
        options: What the step needs to know, plain data; files are named by their place in the bundle. `times` is how
            often the graph reads each token, 1 by default: it takes fewer rows at a time.
    """

    name: str
    step: Step
    column: str
    version: int
    options: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

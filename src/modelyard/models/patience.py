"""Early stopping on a proper score."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Patience:
    """Remembers the best step and says when waiting for a better one has lasted too long.

    Args:
        limit: Steps without improvement to wait for.
        best: The best step so far; 0 is the state before the first one.
        loss: Its loss, lower is better.
    """

    limit: int
    best: int = 0
    loss: float = math.inf

    def improved(self, step: int, loss: float) -> bool:
        """Whether this step is better than all before; a loss that is not a number never is."""
        if not loss < self.loss:
            return False
        self.best, self.loss = step, loss
        return True

    def over(self, step: int) -> bool:
        """Whether the best step lies `limit` steps back."""
        return step - self.best >= self.limit


def notes(stopped: str, done: int, best: int) -> list[tuple[str, dict[str, int]]]:
    """What a report says of the end of the work: message keys and values.

    Args:
        stopped: Why it ended before all granted work was done: `patience`, `watch`, `diverged`, or empty.
        done: Steps done.
        best: The step whose model is kept; 0 is the state before the first one.
    """
    found = [(f"methods.stopped_{stopped}", {"done": done, "best": best})] if stopped else []
    return found if best else [*found, ("methods.nothing_learnt", {})]

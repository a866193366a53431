"""Learning-rate schedules: the share of the learning rate that is in force at a step."""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["constant", "linear", "cosine", "step"]


def share(schedule: Schedule, step: int, steps: int, warmup: float) -> float:
    """The factor on the learning rate.

    Args:
        schedule: `constant`; `linear` and `cosine` (Loshchilov and Hutter, 2017, without restarts) fall to 0;
            `step` is divided by ten after one half and again after three quarters.
        step: Steps already done, 0 ... steps - 1, or a few more where epochs differ in their number of batches.
        steps: Steps in all.
        warmup: Share of the steps in which the rate rises from near 0, before the schedule begins.
    """
    rising = int(warmup * steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    done = min(1.0, (step - rising) / max(1, steps - rising))
    if schedule == "linear":
        return 1.0 - done
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    if schedule == "step":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    return 1.0

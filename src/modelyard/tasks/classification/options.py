"""What can be set for a classification, and its metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("classification", "分类")
METRICS = (
    "roc_auc", "accuracy", "log_loss", "balanced_accuracy", "f1", "average_precision", "precision", "recall",
    "specificity", "mcc", "brier", "ece", "recall[class]", "precision[class]", "f1[class]", "specificity[class]",
    "roc_auc[class]", "average_precision[class]",
)  # fmt: skip
"""Without a class, those that can have one are about the positive class of two, or the mean over more classes."""


class Options(BaseModel):
    """Keys of a `predict:` entry of this task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive: str | int | float | bool | None = Field(
        None, description="of two classes, the one to look for; by default yes, true, 1 and the like, else the last one"
    )

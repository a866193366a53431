"""What can be set for a multilabel target, and its metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("several labels at once", "多标签")
METRICS = (
    "f1_macro", "f1_micro", "roc_auc", "log_loss", "hamming_loss", "subset_accuracy", "average_precision", "f1[class]",
    "precision[class]", "recall[class]", "specificity[class]", "fpr[class]", "fnr[class]", "roc_auc[class]",
    "average_precision[class]",
)  # fmt: skip
"""roc_auc and average_precision without a label are means over the labels."""
TOGETHER = (("recall", "precision", "specificity", "fpr", "fnr"),)
"""Metrics that a label's threshold decides, so that one may be the other's condition."""
DECIDING = ()
"""No option shapes the decision rule."""


class Options(BaseModel):
    """Keys of a `predict:` entry of this task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: str = Field(
        ";",
        description="what stands between the labels in a cell, where one column lists them; empty: one label a cell",
    )

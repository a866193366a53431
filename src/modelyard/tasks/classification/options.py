"""What can be set for a classification, and its metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("classification", "分类")
METRICS = (
    "roc_auc", "accuracy", "log_loss", "outside_recall", "in_scope_loss", "outside_precision", "in_scope_accuracy",
    "balanced_accuracy", "f1", "average_precision", "ks", "gini", "lift@share",
    "precision", "recall", "specificity", "fpr", "fnr", "precision@share", "recall@share", "mcc", "brier", "ece",
    "coverage", "error", "cost", "recall[class]", "precision[class]", "f1[class]", "specificity[class]", "fpr[class]",
    "fnr[class]", "roc_auc[class]", "average_precision[class]", "ks[class]", "gini[class]", "lift@share[class]",
    "precision@share[class]", "recall@share[class]",
)  # fmt: skip
"""Without a class, those that can have one are about the positive class of two, or the mean over more classes."""
TOGETHER = (
    ("recall", "precision", "specificity", "fpr", "fnr"),
    ("coverage", "error"),
    ("outside_recall", "outside_precision", "in_scope_loss"),
)
"""Metrics that one rule decides, so that one may be the other's condition: a threshold; what goes to a person; what is
turned away."""
DECIDING = ("costs", "decisions", "outside_loss")
"""Options that shape the decision rule alone: nothing has to be learnt again when they change."""


class Options(BaseModel):
    """Keys of a `predict:` entry of this task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive: str | int | float | bool | None = Field(
        None,
        description="of two classes, the one to look for; by default the greater of two numbers, else the one that is "
        "yes, true, 1 or the like, else the last in order",
    )
    costs: dict[str, float | str | dict[str, float]] | None = Field(
        None,
        description="what a wrong answer costs, by the actual and the answered class, with the currency, and perhaps "
        "what it costs to let a person decide: {currency: CNY, good: {bad: 5000}, bad: {good: 20000}, review: 50}",
    )
    decisions: dict[str, str] | None = Field(
        None,
        description="what the decision is called for each class, and where a person decides: "
        "{good: accept, bad: reject, review: review}",
    )
    outside: str | int | float | bool | None = Field(
        None,
        description="the label of rows that belong to none of the classes; it is never a class, and new rows that look "
        "like none of the classes are answered with it",
    )
    outside_loss: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="the share of the rows of the classes that may be turned away as unlike all of them; 0.05 where "
        "`outside` is given, else nothing is turned away",
    )

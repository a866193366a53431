"""What commands show of a run."""

from __future__ import annotations

from modelyard.cli.commands import _headline
from modelyard.core.runs import Record


def test_the_list_shows_the_most_telling_metric_of_each_target() -> None:
    metrics = {"流失": {"roc_auc": 0.91234, "accuracy": 0.8}, "spent": {"rmse": None, "r2": 0.5}, "none": {}}
    assert _headline(Record("1", "shop", metrics=metrics)) == "流失: roc_auc 0.9123  spent: rmse -  none: - -"
    assert _headline(Record("1", "shop")) == ""

"""What to build next, computed from measured evidence: forecasts, needs, choices, dates."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.plan.curves.backtest import backtest
    from modelyard.plan.curves.forecast import Forecast, forecast
    from modelyard.plan.curves.metric import Scale
    from modelyard.plan.making import plan_project
    from modelyard.plan.outlook import Plan

# Name -> where it lives; loaded when first used.
_HOMES = {
    "Forecast": "curves.forecast",
    "Plan": "outlook",
    "Scale": "curves.metric",
    "backtest": "curves.backtest",
    "forecast": "curves.forecast",
    "plan_project": "making",
}

__all__ = ["Forecast", "Plan", "Scale", "backtest", "forecast", "plan_project"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

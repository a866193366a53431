"""Growth of the trees."""

from modelyard.models.boosting import fit, probe

__all__ = ["fit", "probe"]

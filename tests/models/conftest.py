"""What runs without the extra `train`."""

from modelyard.core import plugins

NEED_TORCH = ("batches", "network", "optimizers", "reproducible", "trainer")
collect_ignore = [f"test_{name}.py" for name in NEED_TORCH] if plugins.missing(("torch",)) else []

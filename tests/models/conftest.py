"""What runs without the extra `train`."""

from modelyard.core import plugins

NEED_TORCH = ("augment", "batches", "network", "optimizers", "reproducible", "text_batches", "trainer")
collect_ignore = [f"test_{name}.py" for name in NEED_TORCH] if plugins.missing(("torch",)) else []

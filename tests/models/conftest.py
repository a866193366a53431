"""What runs without the extra `train`."""

from modelyard.core import plugins

NEED_TORCH = (
    "adapters", "augment", "batches", "fusion", "halfway", "hardware", "losses", "network", "optimizers", "reader",
    "reader_graph", "reproducible", "resuming", "text_batches", "trainer", "training",
)  # fmt: skip
collect_ignore = [f"test_{name}.py" for name in NEED_TORCH] if plugins.missing(("torch",)) else []

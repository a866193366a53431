"""A pre-trained encoder as one ONNX graph: token ids in, a vector out.

Vectors have length sqrt(width), so that their numbers are about as large as standardised ones.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from modelyard.backbones import graphs, source
from modelyard.backbones.hugging_face import load
from modelyard.backbones.pooling import Pooled, Scaled
from modelyard.backbones.refused import refuse
from modelyard.backbones.source import Pooling
from modelyard.core.messages import text


def export(
    folder: Path, pooling: Literal["auto"] | Pooling = "auto", remote_code: str | None = None
) -> tuple[bytes, dict[str, Any]]:
    """An encoder's graph, proven against torch on other shapes than it was traced with.

    Args:
        folder: See `backbones.source.resolve`.
        pooling: How hidden states become a vector; `auto`: as the encoder's makers did it, else the mean.
        remote_code: The encoder's name, where code that comes with it may run.

    Returns:
        ONNX with the input `ids` int64 [rows, windows, length], -1 where there is none, and the output `vector`
        float32 [rows, width]; and plain facts: `model_type`, `width`, `limit` (tokens of a window), `pooling`.

    Raises:
        ProjectError: Its weights cannot be read, or the exporter cannot handle it.
    """
    facts = source.facts(folder)
    if pooling != "auto":
        facts = replace(facts, pooling=pooling)
    backbone = load.load(folder, remote_code)
    network = Scaled(Pooled(backbone, facts.pooling)).eval()
    try:
        model = graphs.of_network(network, backbone.vocabulary, facts.limit, "vector")
    except graphs.ExportError as error:
        got = text("backbones.got_not_exported", kind=facts.model_type, reason=error)
        raise refuse(str(folder), got, "expected_exported", "fix_source") from error
    return model.SerializeToString(), {**asdict(facts), "width": backbone.width}

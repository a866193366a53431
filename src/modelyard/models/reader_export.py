"""Trained readers in ONNX: each fold's network as torch exports it, and the mean of what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from modelyard.core.feeds import Feed
from modelyard.models import reader_graph
from modelyard.models.reader import Column
from modelyard.models.reader_files import Trained, load
from modelyard.runtime.tokens import VERSION


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the networks of all folds and their mean; returns the name of the scores, double [rows, width]."""
    folds = [load(folder) for folder in folders]
    models = reader_graph.of_readers([fold.model for fold in folds])
    scores = [_scores(graph, *each, view) for each in zip(folds, models, strict=True)]
    total = scores[0] if len(scores) == 1 else graph.node("Sum", *scores)
    return str(graph.node("Div", total, graph.constant(np.float64(len(scores)))))


def _scores(graph: Any, trained: Trained, model: onnx.ModelProto, view: str) -> str:
    columns = trained.model.shape.columns
    feeds = [_feed(graph, one, trained.tokenizers[one.backbone]) for one in columns]
    inputs = {reader_graph.TABLE: view, **{reader_graph.ids(number): name for number, name in enumerate(feeds)}}
    return str(graph.cast(graph.include(model, inputs, reader_graph.SCORES), np.float64))


def _feed(graph: Any, column: Column, tokenizer: bytes) -> str:
    options = {"tokenizer": graph.file(tokenizer, ".json"), "window": column.window, "overlap": column.overlap}
    made = hashlib.sha256(json.dumps([VERSION, options], sort_keys=True).encode()).hexdigest()[:8]
    return str(graph.feed(Feed(f"tokens/{column.name}/{made}", "tokens", column.name, VERSION, options)))

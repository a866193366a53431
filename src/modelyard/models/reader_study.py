"""The texts of a fold, made ready for the encoders that learn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelyard.core.protocols import Array, Floats, Problem, Texts
from modelyard.core.ragged import Ragged
from modelyard.models import text_encoders
from modelyard.models.reader import Column
from modelyard.models.text_encoders import Encoder
from modelyard.runtime import tokens


@dataclass(frozen=True)
class Study:
    """A fold's texts, made ready for its encoders.

    Args:
        problem: The fold.
        used: Its encoders.
        tokenizers: Of each: content of tokenizer.json.
        columns: Those texts that are read.
        ids: Column -> tokens of the training rows.
        ids_valid: Of the held-out rows.
    """

    problem: Problem
    used: tuple[Encoder, ...]
    tokenizers: tuple[bytes, ...]
    columns: tuple[Column, ...]
    ids: Mapping[str, Ragged]
    ids_valid: Mapping[str, Ragged]


class Tokens:
    """Ids of texts; those of all folds that share a tokenizer are made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, int, int], dict[str, Array]] = {}

    def of(self, tokenizer: bytes, column: Column, texts: Array) -> Ragged:
        """Ids of texts [rows]."""
        known = self._known.setdefault((tokenizer, column.window, column.overlap), {})
        fresh = [one for one in dict.fromkeys(texts) if one not in known]
        opened = tokens.open_tokenizer(tokenizer)
        made = tokens.tokens(opened, np.asarray(fresh, object), column.window, column.overlap)
        bounds = made.starts
        known.update((one, made.values[bounds[n] : bounds[n + 1]]) for n, one in enumerate(fresh))
        rows = [known[one] for one in texts]
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return Ragged(np.concatenate([np.empty(0, np.int32), *rows]), starts)


def of(problem: Problem, known: Tokens) -> Study:
    """Its encoders, their tokenizers, and the ids of all of its texts.

    Args:
        problem: The fold.
        known: Ids that were made for other folds; takes those of this one.
    """
    used = tuple(text_encoders.of_columns(problem.columns))
    contents = tuple(encoder.tokenizer(problem.texts) for encoder in used)
    columns = tuple(
        Column(
            name=name,
            backbone=number,
            pooling=encoder.pooling,
            specials=len(tokens.open_tokenizer(contents[number]).encode("").ids),
            window=encoder.limit,
            overlap=encoder.options["overlap"],
            frozen=encoder.frozen,
        )
        for number, encoder in enumerate(used)
        for name in encoder.columns
    )
    ids, ids_valid = (
        {one.name: known.of(contents[one.backbone], one, texts[one.name]) for one in columns}
        for texts in (problem.texts, problem.texts_valid)
    )
    return Study(problem, used, contents, columns, ids, ids_valid)


def vectors(study: Study, texts: Texts, ids: Mapping[str, Ragged]) -> dict[str, Floats]:
    """Columns whose encoders stay as they are -> what these say, from the cache, zeros where there is no text.

    Args:
        study: The fold.
        texts: Of some rows.
        ids: Of the same rows.
    """
    frozen = {one.name: one for one in study.columns if one.frozen}
    encoded = {one.name: one.encode for one in study.problem.columns if one.name in frozen and one.encode is not None}
    return {
        name: np.where((ids[name].lengths > frozen[name].specials)[:, None], encode(texts[name]), np.float32(0))
        for name, encode in encoded.items()
    }

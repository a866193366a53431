"""What is asked, and how an answer is read."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from modelyard.core.protocols import Array, Problem
from modelyard.methods.prompt.chat import Messages
from modelyard.models import shots

INSTRUCTION = "Classify the text. The label is one of these, exactly as it is written here:"
SHAPE = 'Answer with JSON and nothing else: {"label": "..."}'
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", re.DOTALL)
_ROUND = " \t\r\n\"'`*.。「」“”‘’"

Example = tuple[str, str]
"""A text and its class."""


def rows_of(texts: Mapping[str, Array], columns: Sequence[str]) -> list[str]:
    """What is shown of each row: its text, or several with the names of their columns."""
    if len(columns) == 1:
        return [str(cell) for cell in texts[columns[0]]]
    return [
        "\n".join(f"{name}: {cell}" for name, cell in zip(columns, cells, strict=True))
        for cells in zip(*(texts[name] for name in columns), strict=True)
    ]


def examples_of(problem: Problem, rows: Sequence[str], classes: Sequence[str], count: int) -> tuple[Example, ...]:
    """Training rows to show: as many of each class, drawn by the seed, in random order.

    Args:
        problem: One fold.
        rows: Its training rows, as they are shown.
        classes: In the order of their codes.
        count: The most in all.
    """
    if not count:
        return ()
    drawn = shots.draw(problem, -(-count // len(classes)))
    order = np.random.default_rng(problem.seed).permutation(drawn)
    rank = {int(row): sum(problem.y[row] == problem.y[order[:place]]) for place, row in enumerate(order)}
    chosen = sorted(order.tolist(), key=lambda row: rank[row])[:count]
    return tuple((rows[row], classes[int(problem.y[row])]) for row in order.tolist() if row in set(chosen))


def instruction_of(written: str | None, classes: Sequence[str], described: Sequence[tuple[str, ...]]) -> str:
    """What comes before all texts."""
    listed = [
        f"- {label}: {'; '.join(said)}" if said else f"- {label}"
        for label, said in zip(classes, described, strict=True)
    ]
    return "\n".join([written or INSTRUCTION, *listed, SHAPE])


def messages_of(instruction: str, examples: Sequence[Example], row: str) -> Messages:
    """A whole question; an example that reads like the row itself would give the answer away."""
    told = [{"role": "system", "content": instruction}]
    for shown, label in (one for one in examples if one[0] != row):
        told += [{"role": "user", "content": shown}, {"role": "assistant", "content": _labelled(label)}]
    return [*told, {"role": "user", "content": row}]


def code_of(answer: str, classes: Sequence[str]) -> int | None:
    """The class that an answer names, and nothing but names; None where it names none, or is not clear.

    Width and case of letters do not count, nor quotes and full stops around it.
    """
    words = _THOUGHT.sub("", answer, count=1)
    fenced = _FENCED.fullmatch(words)
    named = _in_json(fenced[1] if fenced else words)
    known = [_plain(label) for label in classes]
    exact = [code for code, label in enumerate(classes) if label == named.strip()]
    found = exact or [code for code, label in enumerate(known) if label == _plain(named)]
    return found[0] if len(found) == 1 else None


def _in_json(words: str) -> str:
    """The label in `{"label": ...}`, or the words themselves."""
    try:
        said = json.loads(words)
    except (ValueError, RecursionError):
        return words
    label = said.get("label") if isinstance(said, dict) else said
    return json.dumps(label) if isinstance(label, bool | int | float) else label if isinstance(label, str) else ""


def _plain(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold().strip(_ROUND)


def _labelled(label: str) -> str:
    return json.dumps({"label": label}, ensure_ascii=False)

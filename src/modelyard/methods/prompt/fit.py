"""Nothing is learnt: the held-out rows are asked about, and the answers kept.

Brown et al.: Language Models are Few-Shot Learners, NeurIPS 2020. A row's question never shows rows that are held out
with it. Rows that no fold held out, the test rows, are asked about with the examples of the first fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.core.protocols import Problem, State, Watch
from modelyard.methods.prompt import wording
from modelyard.methods.prompt.asking import PLACE, Asked, ask_all, keyed, notes_of
from modelyard.methods.prompt.chat import Messages
from modelyard.methods.prompt.load import Asker, digest, save
from modelyard.methods.prompt.wording import Example
from modelyard.models import targets
from modelyard.models import wording as described


@dataclass(frozen=True)
class Brief:
    """What is asked in one fold.

    Args:
        columns: Text columns to show.
        classes: In the order of their codes.
        instruction: Before all texts.
        examples: Training rows to show.
        rows: Held-out rows, as they are shown.
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]
    instruction: str
    examples: tuple[Example, ...]
    rows: tuple[str, ...]

    def question(self, row: str) -> Messages:
        """A row's."""
        return wording.messages_of(self.instruction, self.examples, row)


def probe(problem: Problem, options: Any) -> float:
    """Seconds that the answers of a fold take, by one of them; so a wrong endpoint is told of before all training.

    Raises:
        ProjectError: No endpoint is named, or nobody answers there.
        DataError: The variable of its key is not set.
    """
    brief = _brief(problem, options)
    questions = [brief.question(row) for row in brief.rows[:1]]
    asked = ask_all(options, dict(zip(keyed(options, questions), questions, strict=True)))
    seconds = max((reply.seconds for reply in asked.replies.values()), default=0.0)
    return seconds * float(min(len(brief.rows), options.most_rows) / options.parallel)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Ask about each held-out row once; see `core.protocols.MethodFit`.

    Raises:
        ProjectError: No endpoint is named, or nobody answers there. Answers so far are kept.
        DataError: The variable of its key is not set.
    """
    briefs = [_brief(problem, options) for problem in problems]
    questions = {row: brief.question(row) for brief in reversed(briefs) for row in brief.rows}
    keys = dict(zip(questions, keyed(options, list(questions.values())), strict=True))
    asked = ask_all(options, {keys[row]: question for row, question in questions.items()}, watch.step)
    known = {digest(row): _code(asked, key, briefs[0].classes) for row, key in keys.items()}
    for problem, folder in zip(problems, folders, strict=True):
        save(folder, _asker(problem, options, briefs[0], known))
    unclear = sum(known[digest(row)] is None and _content(asked, key) is not None for row, key in keys.items())
    notes = notes_of(asked, unclear, options.price_per_1000_tokens)
    return {"done": 1, "best": 1, "curves": [], "notes": notes}


def _brief(problem: Problem, options: Any) -> Brief:
    classes = described.classes_of(problem, PLACE)
    said = described.descriptions(problem, options.labels, f"{PLACE}.labels")
    columns = [column.name for column in described.chosen(problem.columns, None, PLACE)]
    rows, held = (wording.rows_of(texts, columns) for texts in (problem.texts, problem.texts_valid))
    examples = wording.examples_of(problem, rows, classes, options.examples)
    instruction = wording.instruction_of(options.instruction, classes, said)
    return Brief(tuple(columns), tuple(classes), instruction, examples, tuple(held))


def _asker(problem: Problem, options: Any, brief: Brief, known: dict[str, int | None]) -> Asker:
    return Asker(
        options=options.model_dump(mode="json"),
        cache=str(options.cache),
        columns=brief.columns,
        classes=brief.classes,
        instruction=brief.instruction,
        examples=brief.examples,
        prior=tuple(targets.prior(problem).tolist()),
        known=known,
    )


def _content(asked: Asked, key: str) -> str | None:
    return asked.replies[key].content if key in asked.replies else None


def _code(asked: Asked, key: str, classes: Sequence[str]) -> int | None:
    content = _content(asked, key)
    return None if content is None else wording.code_of(content, classes)

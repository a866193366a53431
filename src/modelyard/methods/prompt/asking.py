"""Many questions: each once, several at a time, none that was answered before; and what came of it in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import numpy as np

from modelyard.core.addresses import Secrets, without_password
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.methods.prompt.answers import Answers, key_of
from modelyard.methods.prompt.chat import Endpoint, Messages, Reply, ask

GIVE_UP = 5
"""So many questions one after the other without an answer, and nobody is there."""
PLACE = "train.prompt"


@dataclass
class Asked:
    """What came of some questions.

    Args:
        replies: Key of each question -> its answer; those without one have a reason instead.
        cached: How many answers were known.
        left: How many questions were not asked, as there were more than may be, or the time was up.
        failed: Why answers could not be kept, or "".
    """

    replies: dict[str, Reply] = field(default_factory=dict)
    cached: int = 0
    left: int = 0
    failed: str = ""

    @property
    def answered(self) -> list[Reply]:
        """The answers."""
        return [reply for reply in self.replies.values() if reply.content is not None]


def endpoint_of(options: Any) -> tuple[Endpoint, Secrets]:
    """Where to ask, with the key from the environment.

    Raises:
        ProjectError: No endpoint or no model is named.
        DataError: The variable of the key is not set.
    """
    for name in ("endpoint", "model"):
        if getattr(options, name) is None:
            expected, fix = text(f"methods.expected_{name}_to_ask"), text(f"methods.fix_{name}_to_ask")
            raise ProjectError(Mistake(f"{PLACE}.{name}", text("methods.got_nothing"), expected, fix))
    secrets = Secrets()
    address = secrets.fill(options.endpoint, f"{PLACE}.endpoint")
    key = secrets.fill(options.key or "", f"{PLACE}.key")
    return Endpoint(address, options.model, key, options.timeout, options.retries), secrets


def ask_all(
    options: Any, questions: Mapping[str, Messages], watch: Callable[[int, int], bool] = lambda done, total: True
) -> Asked:
    """Ask, and keep every answer at once.

    Args:
        options: Whom, how many at a time, and how many at most: the first ones in the order of their keys.
        questions: Key -> question, see `keyed`.
        watch: Is told how many of how many are done; False: time is up.

    Raises:
        ProjectError: Nobody answers, or what answers is no chat endpoint. Answers so far are kept.
        DataError: The variable of the key is not set.
    """
    endpoint, secrets = endpoint_of(options)
    keys, answers = sorted(questions)[: options.most_rows], Answers(options.cache)
    asked = Asked(answers.find(keys), left=max(0, len(questions) - options.most_rows))
    asked.cached = len(asked.replies)
    open_keys = [key for key in keys if key not in asked.replies]
    in_a_row = 0
    with _pool(options.parallel) as (pool, given_up):
        coming = {pool.submit(_kept, answers, key, endpoint, questions[key], given_up): key for key in open_keys}
        for done, future in enumerate(as_completed(coming), start=1):
            asked.replies[coming[future]] = reply = future.result()
            in_a_row = 0 if reply.content is not None else in_a_row + 1
            if reply.fatal or in_a_row >= GIVE_UP:
                raise _nobody(endpoint, secrets.hide(reply.reason))
            if not watch(done, len(open_keys)):
                asked.left += len(open_keys) - done
                break
    if asked.replies and not asked.answered:
        raise _nobody(endpoint, secrets.hide(reply.reason))
    asked.failed = answers.failed
    return asked


def keyed(options: Any, questions: Sequence[Messages]) -> list[str]:
    """The key of each question."""
    endpoint, _ = endpoint_of(options)
    return [key_of(endpoint, question) for question in questions]


def _kept(answers: Answers, key: str, endpoint: Endpoint, question: Messages, given_up: Event) -> Reply:
    """An answer, kept before anything can stop those who wait for it."""
    reply = ask(endpoint, question, given_up)
    if reply.content is not None:
        answers.keep(key, reply)
    return reply


@contextmanager
def _pool(parallel: int) -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    """Threads that ask; whoever leaves early takes back what was not asked yet."""
    given_up = Event()
    pool = ThreadPoolExecutor(parallel, thread_name_prefix="prompt")
    try:
        yield pool, given_up
    finally:
        given_up.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _nobody(endpoint: Endpoint, reason: str) -> ProjectError:
    got = text("methods.got_no_answer", reason=reason)
    place = f"{PLACE}.endpoint: {without_password(endpoint.url)}"
    return ProjectError(Mistake(place, got, text("methods.expected_answer"), text("methods.fix_answer")))


def notes_of(asked: Asked, unclear: int, price: Any) -> list[tuple[str, dict[str, Any]]]:
    """What a report says: how many were asked and how they fared, how long it took, and what it cost.

    Args:
        asked: What came of the questions.
        unclear: Answers that name no class.
        price: Of 1,000 tokens.
    """
    answered = asked.answered
    counts = {
        "asked": len(asked.replies) - asked.cached,
        "cached": asked.cached,
        "unclear": unclear,
        "unanswered": len(asked.replies) - len(answered),
    }
    notes: list[tuple[str, dict[str, Any]]] = [("methods.prompt_measured", {}), ("methods.prompt_asked", counts)]
    if asked.left:
        notes.append(("methods.prompt_left", {"left": asked.left}))
    if answered:
        notes += _figures(answered, price)
    if asked.failed:
        notes.append(("methods.prompt_not_kept", {"reason": asked.failed}))
    return notes


def _figures(answered: Sequence[Reply], price: Any) -> list[tuple[str, dict[str, Any]]]:
    """Latency, tokens and cost per 1,000 rows."""
    median, late = np.quantile([reply.seconds for reply in answered], [0.5, 0.95])
    notes = [("methods.prompt_latency", {"median": f"{1000 * median:.0f}", "late": f"{1000 * late:.0f}"})]
    read, written = (1000 * float(np.mean([getattr(one, name) for one in answered])) for name in ("read", "written"))
    if read or written:
        notes.append(("methods.prompt_tokens", {"read": f"{read:,.0f}", "written": f"{written:,.0f}"}))
    cost = (read * price.input + written * price.output) / 1000
    if cost:
        notes.append(("methods.prompt_cost", {"cost": f"{cost:.4g}", "currency": price.currency}))
    return notes

"""`modelyard pretrain`: an encoder that has read the user's own texts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.backbones import source
from modelyard.cli import console
from modelyard.core import messages, plugins
from modelyard.core.addresses import seen_from
from modelyard.core.errors import InstallError, Mistake, StorageError
from modelyard.core.machine import available_threads
from modelyard.core.messages import text
from modelyard.core.progress import Clock, Silent, Watched
from modelyard.core.project import FILE, load
from modelyard.core.store import digest
from modelyard.improve import corpus

if TYPE_CHECKING:
    from modelyard.models.pretrain import Learnt

NEEDS = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True)
class Wishes:
    """What the command was given; see `modelyard pretrain --help`."""

    source: str
    out: Path
    column: str | None = None
    more: tuple[str, ...] = ()
    encoder: str | None = None
    size: Any = "small"
    epochs: int = 10
    vocabulary: int = 8000
    time_budget: float | None = None
    seed: int = 0
    quiet: bool = False


def pretrain(wishes: Wishes) -> None:
    """Learn an encoder and write its folder.

    Raises:
        UserError: What is given cannot be read or learnt from, or the folder is somebody else's.
    """
    _refuse_lean_install()
    from modelyard.models import pretrain as learning

    if wishes.out.exists() and not learning.recorded(wishes.out):
        got, expected = text("pretrain.got_foreign"), text("pretrain.expected_own")
        raise StorageError(Mistake(str(wishes.out), got, expected))
    texts, place = _texts(wishes)
    for line in texts.remarks:
        console.say(line)
    encoder = source.resolve(wishes.encoder, Path()) if wishes.encoder else None
    how = learning.Wishes(
        encoder=encoder,
        size=wishes.size,
        vocabulary=wishes.vocabulary,
        epochs=wishes.epochs,
        budget=wishes.time_budget,
        seed=wishes.seed,
        threads=available_threads(),
    )
    work = digest(
        [
            texts.texts,
            source.digest(encoder) if encoder else {"size": how.size, "vocabulary": how.vocabulary},
            how.epochs,
            how.budget,
            how.seed,
            how.threads,
        ]
    )
    if learning.recorded(wishes.out).get("work") == work:
        console.say(text("pretrain.already", folder=wishes.out))
    else:
        for line in _told(_learn(learning, texts.texts, how, work, wishes)):
            console.say(line)
    there = seen_from(place, str(wishes.out))
    console.say(
        text("pretrain.next", column=texts.column, folder=there if there.startswith((".", "/", "~")) else f"./{there}")
    )


def _texts(wishes: Wishes) -> tuple[corpus.Corpus, Path]:
    """The texts, and the folder of the project that they are for."""
    path = Path(wishes.source)
    if path.suffix in (".yaml", ".yml") or (path / FILE).exists():
        project = load(path)
        messages.prefer(project.lang)
        return corpus.of_project(project, wishes.column, wishes.more), project.folder
    return corpus.of_file(wishes.source, wishes.column, wishes.more), Path()


def _learn(learning: Any, texts: list[str], how: Any, work: str, wishes: Wishes) -> Learnt:
    screen = Silent() if wishes.quiet else console.Bars()
    try:
        screen.begin(text("pretrain.reading"))
        clock = Clock(math.inf if wishes.time_budget is None else wishes.time_budget)
        learnt: Learnt = learning.pretrain(texts, how, wishes.out, work, Watched(screen, clock, str(wishes.out)))
        return learnt
    finally:
        screen.end()
        if isinstance(screen, console.Bars):
            screen.close()


def _told(learnt: Learnt) -> Iterator[str]:
    """What came out."""
    if learnt.best:
        counts = {"texts": f"{learnt.texts:,}", "tokens": f"{learnt.tokens:,}"}
        yield text("pretrain.learnt", **counts, epochs=learnt.epochs, best=learnt.best)
    else:
        yield text("pretrain.nothing_learnt")
    values = {"before": f"{learnt.before:.3f}", "after": f"{learnt.after:.3f}"}
    values |= {f"p_{name}": f"{math.exp(min(float(value), 50)):,.1f}" for name, value in values.items()}
    yield text("pretrain.measured", texts=f"{learnt.held_out:,}", **values)
    if learnt.lost_head:
        yield text("pretrain.new_head")
    if learnt.stopped:
        yield text(f"pretrain.stopped_{learnt.stopped}")


def _refuse_lean_install() -> None:
    lacking = plugins.missing(NEEDS)
    if lacking:
        got = text("data.got_no_package", module=", ".join(lacking))
        expected = text("data.expected_package", module=", ".join(NEEDS))
        raise InstallError(Mistake("modelyard pretrain", got, expected, text("errors.install", extra="text")))

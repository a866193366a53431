"""Pre-training: an encoder reads the user's own texts before it is told what to predict.

    texts -> tokenizer (made here, or the checkpoint's) -> windows -> hidden tokens are guessed -> checkpoint folder

The folder is one that `from_pretrained` reads, and `encoder:` of a text column. Texts that are held out tell how well
hidden tokens are guessed, before and after; the epoch that guessed best is kept.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from modelyard.backbones import source, tokenizers
from modelyard.backbones.quiet import quiet
from modelyard.backbones.refused import refuse
from modelyard.core import plugins
from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Watch
from modelyard.core.store import publish, storage_error, write_text
from modelyard.models import hardware, trainer
from modelyard.models.masking import Alphabet, Guesser, Masked, windows_of
from modelyard.models.pace import seconds_per_call
from modelyard.models.reproducible import reproducible
from modelyard.models.training import Recipe
from modelyard.runtime.tokens import open_tokenizer

Size = Literal["tiny", "small"]
SIZES: dict[Size, dict[str, int]] = {
    "tiny": {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512},
    "small": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024},
}
"""BERT-tiny and BERT-mini (Turc et al.: Well-Read Students Learn Better, 2019)."""
POSITIONS = 512
RECORD = "pretrain.json"
"""Beside the weights: what was learnt from, and how well hidden tokens are guessed."""
_WINDOW = 128  # tokens; longer texts are several windows
_WINDOWS, _BUDGET = 32, 4096  # windows and tokens of a batch
_RATES: dict[Size, float] = {"tiny": 2e-3, "small": 5e-4}  # learning rates from nothing
_RATE_ON = 1e-4  # and from a checkpoint
_SPREAD, _SPREAD_AT = (
    0.02,
    768,
)  # of BERT's first weights, at its width; as it is, narrow encoders hardly begin to learn
_HELD_OUT, _MOST_HELD_OUT = 0.05, 2_000
_TIMED = 4  # batches whose pace is taken
_BESIDE = 1.2  # times that, with the optimizer's work and that of judging
PLAN = "plan.json"
_BESIDE_WEIGHTS = ("tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "1_Pooling/config.json")


@dataclass(frozen=True)
class Wishes:
    """How to pre-train.

    Args:
        encoder: Folder of the checkpoint to go on from; None starts from nothing.
        size: Of a new encoder.
        vocabulary: The most tokens of a new tokenizer.
        epochs: The most passes over the texts.
        budget: Seconds that learning may take; None: as long as it takes.
        seed: Another seed, another encoder.
        threads: Processor threads.
    """

    encoder: Path | None
    size: Size
    vocabulary: int
    epochs: int
    budget: float | None
    seed: int
    threads: int


@dataclass(frozen=True)
class Learnt:
    """What came out; also what `pretrain.json` says.

    Args:
        texts: How many were learnt from.
        held_out: How many were not.
        tokens: Of the texts that were learnt from.
        before: Mean loss of a hidden token of the held-out texts before learning, nats.
        after: The same of what is kept.
        epochs: Passes over the texts that were laid out.
        best: The one that is kept; 0: nothing was learnt.
        lost_head: Whether a checkpoint came without what guesses tokens, so that it had to be made anew.
        work: What the work is known by: texts, wishes, the encoder it began with.
        stopped: Why it ended early, see `training.History`.
    """

    texts: int
    held_out: int
    tokens: int
    before: float
    after: float
    epochs: int
    best: int
    lost_head: bool
    work: str
    stopped: str = ""


def pretrain(texts: Sequence[str], wishes: Wishes, out: Path, work: str, watch: Watch) -> Learnt:
    """Learn an encoder from texts and write its folder.

    Beside the folder lies, as long as it is not finished, what the same work goes on from after an interruption.

    Args:
        texts: Different ones, at least two of which say something.
        wishes: How.
        out: The folder; one that is there is replaced.
        work: What this work is known by.
        watch: Is told of every epoch, and may end the work.

    Raises:
        ProjectError: The checkpoint has no token to hide others behind, or cannot be read; no time for one epoch.
        DataError: The texts hold no word.
        StorageError: The folder cannot be written.
    """
    halfway = out.with_name(f".{out.name}.pretrain")
    learnt, held_out = _divided(texts, wishes.seed)
    with reproducible(wishes.seed, wishes.threads):
        content = (
            tokenizers.of_folder(wishes.encoder) if wishes.encoder else tokenizers.train(learnt, wishes.vocabulary)
        )
        train, valid = _puzzles(content, [learnt, held_out], wishes)
        model, lost_head = _loaded(wishes.encoder) if wishes.encoder else (_fresh(wishes.size, train.alphabet), False)
        guesser = Guesser(model)
        plan = _plan(halfway, work, guesser, train, valid, wishes)
        train = replace(train, windows=train.windows[: plan["windows"]])
        fold = trainer.start(guesser, _loss, train, valid, _recipe(wishes, plan["epochs"]))
        history = trainer.fit([fold], watch, halfway / "state")
    if history.stopped == "watch" and not history.patience.best:
        got, expected = text("pretrain.got_no_epoch"), text("pretrain.expected_epoch")
        raise ProjectError(Mistake("--time-budget", got, expected, text("pretrain.fix_epoch")))
    found = Learnt(
        texts=len(learnt),
        held_out=len(held_out),
        tokens=len(train.windows.values),
        before=plan["before"],
        after=history.patience.loss,
        epochs=plan["epochs"],
        best=history.patience.best,
        lost_head=lost_head,
        work=work,
        stopped=history.stopped,
    )
    _publish(model, content, wishes.encoder, found, halfway, out)
    return found


def recorded(folder: Path) -> dict[str, Any]:
    """What `pretrain.json` of a folder says; nothing where the folder was not made here."""
    return _json(folder / RECORD)


def _divided(texts: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Texts to learn from, and those that are held out."""
    order = np.random.default_rng(seed).permutation(len(texts)).tolist()
    count = min(_MOST_HELD_OUT, max(1, round(_HELD_OUT * len(texts))))
    return [texts[place] for place in order[count:]], [texts[place] for place in order[:count]]


def _puzzles(content: bytes, parts: Sequence[Sequence[str]], wishes: Wishes) -> list[Masked]:
    """Each part of the texts as windows with tokens to guess."""
    tokenizer = open_tokenizer(content)
    try:
        alphabet = Alphabet.of(tokenizer)
    except LookupError:
        got = text("pretrain.got_no_mask")
        raise refuse(str(wishes.encoder), got, "expected_tokenizer", "fix_tokenizer") from None
    length = min(_WINDOW, source.facts(wishes.encoder).limit) if wishes.encoder else _WINDOW
    found = []
    for part in parts:
        windows = windows_of(tokenizer, np.fromiter(part, object, len(part)), length, alphabet.special)
        if not len(windows):
            got = text("pretrain.got_no_words", texts=len(part))
            raise DataError(Mistake(text("pretrain.place_texts"), got, text("pretrain.expected_words")))
        found.append(Masked(windows, length, alphabet, _WINDOWS, _BUDGET))
    return found


def _fresh(size: Size, alphabet: Alphabet) -> Any:
    """A new encoder."""
    shape: dict[str, Any] = {**SIZES[size], "max_position_embeddings": POSITIONS}
    shape["initializer_range"] = _SPREAD * math.sqrt(_SPREAD_AT / shape["hidden_size"])
    config = BertConfig(vocab_size=alphabet.size, pad_token_id=tokenizers.SPECIAL.index("[PAD]"), **shape)
    return BertForMaskedLM(config)


def _loaded(folder: Path) -> tuple[Any, bool]:
    """A checkpoint with its head for hidden tokens, and whether that had to be made anew."""
    model, missing = plugins.part("backbones", "hugging_face", "load").read(AutoModelForMaskedLM, folder)
    return model, bool(missing)


def _loss(scores: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(scores, y, reduction="none")


def _recipe(wishes: Wishes, epochs: int) -> Recipe:
    return Recipe(
        epochs=epochs,
        learning_rate=_RATE_ON if wishes.encoder else _RATES[wishes.size],
        patience=epochs,
        seed=wishes.seed,
        device="auto",
        precision="auto",
    )


# ----------------------------------------------------------------------- plan
def _plan(halfway: Path, work: str, guesser: nn.Module, train: Masked, valid: Masked, wishes: Wishes) -> dict[str, Any]:
    """How many epochs over how many windows, and how well is guessed before; that of an interrupted work holds."""
    kept = _json(halfway / PLAN)
    if kept.get("work") == work:
        return kept
    shutil.rmtree(halfway, ignore_errors=True)
    there = hardware.find("auto", "auto")
    before = trainer.evaluate(guesser.to(there.device), _loss, valid, there)
    plan = {"work": work, "before": before, "epochs": wishes.epochs, "windows": train.rows}
    if wishes.budget is not None:
        epochs = wishes.budget / _epoch_seconds(guesser, train, there)
        plan["epochs"] = max(1, min(wishes.epochs, int(epochs)))
        plan["windows"] = max(1, min(train.rows, int(train.rows * epochs)))
    write_text(halfway / PLAN, json.dumps(plan))
    return plan


def _epoch_seconds(guesser: nn.Module, train: Masked, there: hardware.Hardware) -> float:
    """What one pass takes on this machine, from a few of its batches; nothing is learnt and nothing drawn."""
    generator = torch.Generator().manual_seed(0)
    batches = list(islice(train.shuffled(generator), _TIMED))
    guesser.train()

    def learn() -> None:
        for inputs, y, _ in batches:
            _loss(there.scores(guesser, inputs), y.to(there.device)).mean().backward()  # type: ignore[no-untyped-call]

    with torch.random.fork_rng():
        seconds = seconds_per_call(learn, calls=2, warm=1)
    guesser.zero_grad(set_to_none=True)
    return _BESIDE * seconds * len(train) / len(batches)


# --------------------------------------------------------------------- folder
def _publish(model: Any, content: bytes, origin: Path | None, found: Learnt, halfway: Path, out: Path) -> None:
    """The checkpoint folder, there in one step."""
    draft = halfway / "draft"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        with quiet():
            model.save_pretrained(draft)
            _save_tokenizer(content, origin, draft)
        (draft / RECORD).write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")
        if recorded(out):
            out.rename(halfway / "replaced")
        publish(draft, out)
        shutil.rmtree(halfway, ignore_errors=True)
    except OSError as error:
        raise storage_error(error, out) from error


def _save_tokenizer(content: bytes, origin: Path | None, folder: Path) -> None:
    """The tokenizer, and what else of a checkpoint says how it is used."""
    if origin is None:
        names = dict(zip(("pad", "unk", "cls", "sep", "mask"), tokenizers.SPECIAL, strict=True))
        words = {f"{name}_token": word for name, word in names.items()}
        opened = Tokenizer.from_buffer(content)
        make: Any = PreTrainedTokenizerFast
        make(tokenizer_object=opened, model_max_length=POSITIONS, **words).save_pretrained(folder)
        return
    (folder / source.TOKENIZER).write_bytes(content)
    for name in _BESIDE_WEIGHTS:
        if (origin / name).is_file():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(origin / name, folder / name)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

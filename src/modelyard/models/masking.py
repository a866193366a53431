"""Tokens that are hidden and have to be guessed: masked-language modelling (Devlin et al.: BERT, NAACL 2019).

Of each window 15 % of the tokens are chosen, one at least. Of these 80 % are hidden behind the mask, 10 % become some
other token and 10 % stay. Training chooses anew in every epoch (Liu et al.: RoBERTa, 2019); held-out texts are always
asked the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modelyard.backbones.tokenizers import SPECIAL
from modelyard.core.protocols import Array
from modelyard.core.ragged import EMPTY, Ragged
from modelyard.models.batches import Batch
from modelyard.models.text_batches import TextBatches
from modelyard.runtime.tokens import tokens

CHOSEN, HIDDEN, REPLACED = 0.15, 0.8, 0.1
_COLUMN = "text"
_ASKED = 0  # seed of what held-out texts are asked


@dataclass(frozen=True, eq=False)
class Puzzle:
    """Windows with hidden tokens.

    Args:
        ids: int64 [windows, length], -1 where there is no token.
        places: Which tokens have to be guessed, boolean [windows, length].
    """

    ids: Tensor
    places: Tensor

    def to(self, device: torch.device) -> Puzzle:
        """The same on another device."""
        return Puzzle(self.ids.to(device), self.places.to(device))


@dataclass(frozen=True)
class Alphabet:
    """What a tokenizer's ids are.

    Args:
        mask: The id that hides a token.
        special: Ids that are neither hidden nor put in the place of others.
        size: Ids are below this.
    """

    mask: int
    special: tuple[int, ...]
    size: int

    @classmethod
    def of(cls, tokenizer: Any) -> Alphabet:
        """That of a `tokenizers.Tokenizer`.

        Raises:
            LookupError: It has no token to hide others behind.
        """
        special = {
            number: token.content for number, token in tokenizer.get_added_tokens_decoder().items() if token.special
        }
        masks = [number for number, word in special.items() if word.strip("[]<>|").lower() == "mask"]
        if not masks:
            raise LookupError(SPECIAL[-1])
        return cls(masks[0], tuple(sorted(special)), tokenizer.get_vocab_size(with_added_tokens=True))


@dataclass(frozen=True, eq=False)
class Masked:
    """A `models.batches.Source` of windows to guess tokens in; one guess is one row of the loss.

    Args:
        windows: Ids of each, at least one of them not special.
        length: The most tokens of a window.
        alphabet: What the ids are.
        size: The most windows in one batch.
        budget: The most tokens in one batch.
    """

    windows: Ragged
    length: int
    alphabet: Alphabet
    size: int
    budget: int

    def __len__(self) -> int:
        """Batches in one epoch."""
        return len(self._batches)

    @property
    def rows(self) -> int:
        """Windows in all."""
        return len(self.windows)

    @cached_property
    def weight(self) -> Tensor:
        """One for each guess of an epoch."""
        guesses = sum(int(self._guesses(batch.ids[_COLUMN][:, 0]).sum()) for batch, _, _ in self._batches.in_order())
        return torch.ones(guesses)

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        """One epoch in random order, other tokens hidden each time."""
        for inputs, _, _ in self._batches.shuffled(generator):
            yield self._asked(inputs.ids[_COLUMN][:, 0], generator)

    def in_order(self) -> Iterator[Batch]:
        """Every window once, always with the same tokens hidden."""
        generator = torch.Generator().manual_seed(_ASKED)
        for inputs, _, _ in self._batches.in_order():
            yield self._asked(inputs.ids[_COLUMN][:, 0], generator)

    @cached_property
    def _batches(self) -> TextBatches:
        rows = len(self.windows)
        ids, lengths, nothing = {_COLUMN: self.windows}, {_COLUMN: self.length}, torch.zeros(rows)
        return TextBatches(torch.zeros(rows, 0), ids, lengths, nothing, nothing, self.size, self.budget)

    def _words(self, ids: Tensor) -> Tensor:
        """Which ids may be hidden [windows, length]."""
        return (ids != EMPTY) & ~torch.isin(ids, torch.tensor(self.alphabet.special))

    def _guesses(self, ids: Tensor) -> Tensor:
        """How many tokens of each window are chosen [windows, 1]."""
        return (CHOSEN * self._words(ids).sum(1, keepdim=True)).round().long().clamp(min=1)

    def _asked(self, ids: Tensor, generator: torch.Generator) -> Batch:
        """Windows with hidden tokens, what these were, and that each counts the same."""
        order = torch.rand(ids.shape, generator=generator).masked_fill(~self._words(ids), 2.0).argsort(1).argsort(1)
        places = order < self._guesses(ids)
        fate = torch.rand(ids.shape, generator=generator)
        other = self._ordinary[torch.randint(len(self._ordinary), ids.shape, generator=generator)]
        asked = ids.masked_fill(places & (fate < HIDDEN), self.alphabet.mask)
        asked = torch.where(places & (fate >= HIDDEN) & (fate < HIDDEN + REPLACED), other, asked)
        wanted = ids[places]
        return Puzzle(asked, places), wanted, torch.ones(len(wanted))

    @cached_property
    def _ordinary(self) -> Tensor:
        """Ids that may stand for others."""
        return torch.tensor(sorted({*range(self.alphabet.size)} - {*self.alphabet.special}))


class Guesser(nn.Module):
    """A masked-language model that computes its head where tokens were hidden, and nowhere else.

    Args:
        model: Of `transformers`, `AutoModelForMaskedLM`.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self._padding = int(model.config.pad_token_id or 0)
        self._places: Tensor | None = None
        model.base_model.register_forward_hook(self._pick)

    def forward(self, puzzle: Puzzle) -> Tensor:
        """Scores of every token of the vocabulary for each hidden one [guesses, vocabulary]."""
        there = puzzle.ids != EMPTY
        self._places = puzzle.places
        filled = torch.where(there, puzzle.ids, self._padding)
        scores: Tensor = self.model(input_ids=filled, attention_mask=there.long()).logits[0]
        return scores

    def _pick(self, _: Any, __: Any, output: Any) -> Any:
        """The encoder's states of the hidden tokens alone, as one window."""
        output["last_hidden_state"] = output["last_hidden_state"][self._places][None]
        return output


def windows_of(tokenizer: Any, texts: Array, length: int, special: tuple[int, ...]) -> Ragged:
    """Texts in windows, each a row; windows of special tokens alone are left out.

    Args:
        tokenizer: From `runtime.tokens.open_tokenizer`.
        texts: str objects [rows].
        length: The most tokens of a window.
        special: Ids that say nothing.
    """
    found = tokens(tokenizer, texts, length, 0)
    counts = -(-found.lengths // length)
    inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(found.starts[:-1], counts) + inside * length
    cut = Ragged(found.values, np.append(starts, found.starts[-1]).astype(np.int64))
    says = np.add.reduceat(~np.isin(cut.values, special), cut.starts[:-1]) > 0 if len(cut) else np.zeros(0, bool)
    return cut[says]

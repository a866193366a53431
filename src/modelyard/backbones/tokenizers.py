"""The tokenizer of an encoder, as the one file that `tokenizers` reads: its own, or one made from texts."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from modelyard.backbones import source
from modelyard.backbones.refused import refuse
from modelyard.core.errors import ProjectError
from modelyard.core.messages import text

Kind = Literal["bpe", "unigram"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Of a tokenizer that is made here, by their ids."""
START = "▁"
"""Begins a word, unless it is a sign or a Chinese character."""
_ALPHABET = 0.75  # of the vocabulary, at most: single characters
_LONGEST = 16  # characters of a token
_ENDLESS = re.compile(r"\S{256}")  # the time to learn from a word grows with the square of its length
_RARE = 2  # a pair that is seen less often makes no token
_SPARE = 2  # times the vocabulary: what a unigram model chooses from
_ROUNDS = 3


def of_folder(folder: Path) -> bytes:
    """tokenizer.json of a checkpoint; an older form of tokenizer is converted.

    Raises:
        ProjectError: It cannot be read.
    """
    try:
        content = (folder / source.TOKENIZER).read_bytes()
    except FileNotFoundError:
        content = _converted(folder)
    try:
        ids, rows = _largest_id(json.loads(content)) + 1, source.vocabulary(folder)
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(folder, error) from None
    if ids > rows:
        got = text("backbones.got_large_tokenizer", ids=ids, rows=rows)
        raise refuse(str(folder), got, "expected_own_tokenizer", "fix_tokenizer")
    return content


def _unreadable(folder: Path, error: Exception) -> ProjectError:
    got = text("backbones.got_bad_tokenizer", reason=" ".join(str(error).split())[:200])
    return refuse(str(folder), got, "expected_tokenizer", "fix_tokenizer")


def _largest_id(data: dict[str, Any]) -> int:
    """Of all tokens of a tokenizer.json."""
    vocabulary, added = data["model"]["vocab"], [token["id"] for token in data["added_tokens"]]
    ids = vocabulary.values() if isinstance(vocabulary, dict) else [len(vocabulary) - 1]
    return int(max(*ids, *added, 0, 0))


def train(texts: Sequence[str], vocabulary: int = 8000, kind: Kind = "bpe") -> bytes:
    """A tokenizer made from texts, the same for the same texts on every machine.

    Texts are brought to NFC and to lower case, and cut into words at white space and around signs. Each Chinese
    character is a word of its own. Words become tokens by byte-pair encoding over characters (Sennrich, Haddow, Birch:
    ACL 2016), or by a unigram language model (Kudo: ACL 2018), which chooses from twice as many pieces of the former
    and counts the likeliest cut alone: the library's own way of making one differs from run to run.

    Args:
        texts: Of the training rows.
        vocabulary: The most tokens, `SPECIAL` included.
        kind: How words become tokens.

    Returns:
        Content of tokenizer.json; a text becomes `[CLS] ... [SEP]`.
    """
    tokenizer = _bpe(texts, vocabulary if kind == "bpe" else _SPARE * vocabulary, int(_ALPHABET * vocabulary))
    if kind == "unigram":
        _to_unigram(tokenizer, texts, vocabulary)
    return str(tokenizer.to_str()).encode()


def _bpe(texts: Sequence[str], vocabulary: int, most: int) -> Any:
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[1]))
    _cut(tokenizer)
    alphabet = _alphabet(tokenizer, texts, most)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        show_progress=False,
        min_frequency=_RARE,
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        max_token_length=_LONGEST,
    )
    tokenizer.train_from_iterator((_ENDLESS.sub(r"\g<0> ", one) for one in texts), trainer)
    return tokenizer


def _cut(tokenizer: Any) -> None:
    """How texts become words, and which tokens stand around them."""
    from tokenizers import Regex, decoders, normalizers, pre_tokenizers, processors

    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    sign = rf"(?!{START})[\p{{Han}}\p{{P}}\p{{S}}]"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(START),
            pre_tokenizers.Split(Regex(f"{START}(?={sign})"), "removed"),
            pre_tokenizers.Split(Regex(sign), "isolated"),
        ]
    )
    around = [(name, SPECIAL.index(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=around
    )
    tokenizer.decoder = decoders.Metaspace(START)


def _alphabet(tokenizer: Any, texts: Sequence[str], most: int) -> list[str]:
    """The most frequent characters; the library would draw lots among equally rare ones."""
    counts = Counter(sign for one in texts for sign in tokenizer.normalizer.normalize_str(one) if not sign.isspace())
    frequent = sorted(counts, key=lambda sign: (-counts[sign], sign))[: max(most - 1, 0)]
    return sorted([START, *frequent])


def _to_unigram(tokenizer: Any, texts: Sequence[str], vocabulary: int) -> None:
    """Put a unigram model into the place of a tokenizer's own, whose tokens it chooses from."""
    from tokenizers import models

    pieces = set(tokenizer.get_vocab()) - set(SPECIAL)
    for left in range(_ROUNDS, 0, -1):
        counts = Counter(token for some in _batches(texts) for one in _encoded(tokenizer, some) for token in one.tokens)
        ranked = sorted(pieces, key=lambda piece: (len(piece) > 1, -counts[piece], piece))
        pieces = set(ranked[: max(vocabulary - len(SPECIAL), 0) * left])
        total = sum(counts[piece] + 1 for piece in pieces)
        scored = [(piece, math.log((counts[piece] + 1) / total)) for piece in ranked if piece in pieces]
        tokenizer.model = models.Unigram([*((name, 0.0) for name in SPECIAL), *scored], SPECIAL.index("[UNK]"), False)


def _encoded(tokenizer: Any, texts: Sequence[str]) -> Any:
    return tokenizer.encode_batch_fast(texts, add_special_tokens=False)


def _batches(texts: Sequence[str], size: int = 1024) -> Iterator[list[str]]:
    yield from (list(texts[start : start + size]) for start in range(0, len(texts), size))


def _converted(folder: Path) -> bytes:
    """Through the library's own conversion."""
    from transformers import AutoTokenizer

    from modelyard.backbones.quiet import quiet

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _unreadable(folder, error) from error
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise _unreadable(folder, ValueError(text("backbones.got_empty_vocabulary")))
    return str(tokenizer.backend_tokenizer.to_str()).encode()

"""The step `tokens`: the ids of a tokenizer, in windows, with nothing cut off.

tokenizer = open_tokenizer(content_of_tokenizer_json)
tokens(tokenizer, np.array(["a long text", ""], object), window=256, overlap=32)
-> two rows: the ids of the first text, window after window; and the special tokens alone
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelyard.core.protocols import Array
from modelyard.core.ragged import Ragged

VERSION = 1

_CHUNK = 1024  # texts whose encodings are held at once


def open_tokenizer(content: bytes) -> Any:
    """The tokenizer of a `tokenizer.json`.

    It neither cuts nor fills up. What a text says is text: one that writes `[SEP]` does not make a special token.

    Raises:
        ValueError: The content is no such file.
    """
    from tokenizers import Tokenizer  # only bundles with texts need it

    tokenizer = Tokenizer.from_buffer(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def tokens(tokenizer: Any, texts: Array, window: int, overlap: int) -> Ragged:
    """Ids of each text, window after window.

    A text that fits is one window. Of a longer one, each window is `window` ids long but the last, begins and ends
    with the special tokens, and repeats the last `overlap` ids of the one before it.

    Args:
        tokenizer: From `open_tokenizer`.
        texts: str objects [rows]; an empty one has the special tokens alone.
        window: Most ids of one window, special tokens included.
        overlap: Ids of the text that two windows share; at most half of what a window holds of it.

    Raises:
        ValueError: The window has no room beside the special tokens.
    """
    room = window - tokenizer.num_special_tokens_to_add(False)
    if room < 1:
        raise ValueError(f"a window of {window} tokens has no room beside the special tokens")
    shared = min(overlap, room // 2)
    rows: list[list[int]] = []
    for at in range(0, len(texts), _CHUNK):
        encoded = tokenizer.encode_batch_fast(list(texts[at : at + _CHUNK]), add_special_tokens=False)
        before, after = _specials(tokenizer, encoded)
        rows += [
            [token for piece in _pieces(encoding.ids, room, shared) for token in (*before, *piece, *after)]
            for encoding in encoded
        ]
    return Ragged.of(rows)


def _specials(tokenizer: Any, encoded: list[Any]) -> tuple[list[int], list[int]]:
    """The special tokens before and after a text; where no text has a token, all of them are before it."""
    filled = next((encoding for encoding in encoded if encoding.ids), None)
    if filled is None:
        return tokenizer.encode("").ids, []
    whole = tokenizer.post_process(filled, None, True)
    before = whole.special_tokens_mask.index(0)
    return whole.ids[:before], whole.ids[before + len(filled.ids) :]


def _pieces(ids: list[int], room: int, shared: int) -> Iterator[list[int]]:
    at = 0
    while at + room < len(ids):
        yield ids[at : at + room]
        at += room - shared
    yield ids[at:]

"""Ids of tokenizers: windows that hold every token, and the same ids on every machine."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from modelyard.core.protocols import Array
from modelyard.runtime.tokens import open_tokenizer, tokens

SENTENCES = ["a good room and a bad breakfast", "the room was clean", "房间很好 服务也不错", "שלום עולם", "🙂 e\u0301"]


def trained(kind: str = "bert") -> bytes:
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    if kind == "bert":
        pairs = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=pairs)
    if kind == "last":
        name = ("[SEP]", tokenizer.token_to_id("[SEP]"))
        tokenizer.post_processor = processors.TemplateProcessing(single="$A [SEP] [SEP]", special_tokens=[name])
    if kind == "cuts":
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=50)
    return bytes(tokenizer.to_str(), "utf-8")


def texts_of(*texts: str) -> Array:
    filled = np.empty(len(texts), object)
    filled[:] = texts
    return filled


def listed(content: bytes, *texts: str, window: int = 16, overlap: int = 4) -> list[list[int]]:
    found = tokens(open_tokenizer(content), texts_of(*texts), window, overlap)
    return [found[row : row + 1].values.tolist() for row in range(len(found))]


@pytest.mark.parametrize(("kind", "empty"), [("bert", [1, 2]), ("last", [2, 2]), ("plain", [])])
def test_an_empty_text_is_its_special_tokens(kind: str, empty: list[int]) -> None:
    content = trained(kind)
    assert listed(content, "") == listed(content, " \n") == [empty]
    assert listed(content, "", "room")[0] == listed(content, "room", "")[1] == empty
    assert len(tokens(open_tokenizer(content), texts_of(), 16, 4)) == 0


@pytest.mark.parametrize("kind", ["bert", "last", "plain"])
def test_a_text_that_fits_is_what_the_tokenizer_says(kind: str) -> None:
    content = trained(kind)
    assert listed(content, *SENTENCES, window=200) == [Tokenizer.from_buffer(content).encode(s).ids for s in SENTENCES]


def test_a_tokenizer_that_cuts_and_fills_up_does_neither() -> None:
    ids = listed(trained("cuts"), "room " * 30, window=100)[0]
    assert ids == listed(trained("plain"), "room " * 30, window=100)[0]
    assert len(ids) >= 30


def test_the_windows_of_a_long_text() -> None:
    content = trained()
    inner = listed(content, "a b c d e f g", window=50)[0][1:-1]
    assert len(inner) == 7
    windows = listed(content, "a b c d e f g", window=5, overlap=1)[0]
    assert windows == [1, *inner[0:3], 2, 1, *inner[2:5], 2, 1, *inner[4:7], 2]
    assert listed(content, "a b c d e f g", window=5, overlap=0)[0][10:] == [1, inner[6], 2]


@pytest.mark.parametrize("length", [1, 13, 14, 15, 24, 25, 100])
def test_a_text_of_any_length_has_as_many_windows_as_it_needs(length: int) -> None:
    ids = tokens(open_tokenizer(trained()), texts_of("a " * length), 16, 4)
    expected = 1 if length <= 14 else 1 + -(-(length - 14) // 10)
    assert -(-len(ids.values) // 16) == expected
    assert ids.windows(16).shape[:2] == (1, expected)


def test_overlap_gives_way_where_windows_are_small() -> None:
    content = trained()
    assert listed(content, "a b c d e", window=6, overlap=500) == listed(content, "a b c d e", window=6, overlap=2)
    assert len(listed(content, "a b c d e", window=3, overlap=32)[0]) == 15


@pytest.mark.parametrize("window", [0, 1, 2])
def test_a_window_without_room_is_refused(window: int) -> None:
    with pytest.raises(ValueError, match=f"window of {window} tokens"):
        listed(trained(), "room", window=window)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b"[1]"])
def test_what_is_no_tokenizer_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="Tokenizer"):
        open_tokenizer(content)


def test_a_text_cannot_make_special_tokens() -> None:
    assert listed(trained(), "[SEP] room [CLS]", window=50)[0].count(2) == 1


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5), st.integers(3, 20), st.integers(0, 12))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_windows_hold_every_token_and_neighbours_make_no_difference(
    texts: list[str], window: int, overlap: int
) -> None:
    content = trained()
    room, shared = window - 2, min(overlap, (window - 2) // 2)
    for text, ids in zip(texts, listed(content, *texts, window=window, overlap=overlap), strict=True):
        assert listed(content, text, window=window, overlap=overlap) == [ids]
        windows = [ids[at : at + window] for at in range(0, len(ids), window)]
        assert all(len(piece) == window for piece in windows[:-1])
        assert all((piece[0], piece[-1]) == (1, 2) for piece in windows)
        whole = windows[0][1:-1] + [token for piece in windows[1:] for token in piece[1 + shared : -1]]
        assert whole == listed(content, text, window=10_000)[0][1:-1]
        assert max(map(len, windows)) <= window
        assert len(whole) > room or len(windows) == 1


def random_texts(seed: int, count: int) -> list[str]:
    """Of any characters, and of those that are near each other in one script."""
    draw = random.Random(seed)
    codes = [code for code in range(1, 0x30000) if not 0xD800 <= code <= 0xDFFF]
    wild = ["".join(chr(draw.choice(codes)) for _ in range(draw.randrange(40))) for _ in range(count // 2)]
    places = [draw.randrange(len(codes) - 96) for _ in range(count - len(wild))]
    return wild + ["".join(chr(codes[at + draw.randrange(96)]) for _ in range(draw.randrange(40))) for at in places]


SCRIPT = """
import hashlib, json, sys
import numpy as np
from pathlib import Path
from modelyard.runtime.tokens import open_tokenizer, tokens
texts = np.array(json.loads(Path(sys.argv[2]).read_bytes()), object)
found = tokens(open_tokenizer(Path(sys.argv[1]).read_bytes()), texts, 12, 3)
print(hashlib.sha256(found.values.tobytes() + found.starts.tobytes()).hexdigest(), len(texts))
"""


def test_a_thousand_random_texts_have_the_same_ids_under_another_locale(tmp_path: Path) -> None:
    texts = random_texts(5, 1000)
    (tmp_path / "tokenizer.json").write_bytes(trained())
    (tmp_path / "texts.json").write_text(json.dumps(texts), "ascii")
    found = tokens(open_tokenizer(trained()), texts_of(*texts), 12, 3)
    here = f"{hashlib.sha256(found.values.tobytes() + found.starts.tobytes()).hexdigest()} 1000\n"
    for locale in ("C", "C.UTF-8"):
        environment = {**os.environ, "LANG": locale, "LC_ALL": locale, "PYTHONUTF8": "0"}
        there = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "tokenizer.json"), str(tmp_path / "texts.json")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout == here

"""Tokenizers: those of checkpoints, and those made from texts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.backbones.tokenizers import SPECIAL, of_folder, train
from modelyard.core.errors import ProjectError

library = pytest.importorskip("tokenizers")
TEXTS = (
    *("the cat sat on the mat", "the cats sat, the dogs ran!", "unbelievable: the unbelievers believed"),
    *(
        "房间很干净，服务也很好。",
        "房间不干净",
        "نص عربي قصير",
        "שלום עולם",
        "とてもよい",
        "nice 🙂 stay 👩‍👩‍👧",
        "cafe\u0301 CAFÉ",
    ),
)
every_kind = pytest.mark.parametrize("kind", ["bpe", "unigram"])


def opened(content: bytes) -> Any:
    return library.Tokenizer.from_buffer(content)


# ---------------------------------------------------------------- made from texts
@every_kind
def test_special_tokens_come_first(kind: Any) -> None:
    tokenizer = opened(train(TEXTS, 200, kind))
    assert [tokenizer.token_to_id(name) for name in SPECIAL] == [0, 1, 2, 3, 4]
    assert tokenizer.encode("the cat").tokens[0] == "[CLS]"
    assert tokenizer.encode("the cat").tokens[-1] == "[SEP]"
    assert tokenizer.encode("", "").tokens == ["[CLS]", "[SEP]", "[SEP]"]
    assert tokenizer.encode("a", "the").type_ids[-1] == 1


@every_kind
@pytest.mark.parametrize("vocabulary", [40, 60, 120])
def test_the_vocabulary_is_as_large_as_wanted_at_most(kind: Any, vocabulary: int) -> None:
    assert len(SPECIAL) < opened(train(TEXTS, vocabulary, kind)).get_vocab_size() <= vocabulary


@every_kind
def test_frequent_words_are_tokens(kind: Any) -> None:
    tokens = opened(train(TEXTS * 5, 300, kind)).encode("the cat").tokens
    assert tokens == ["[CLS]", "▁the", "▁cat", "[SEP]"]


@every_kind
def test_each_chinese_character_is_a_word(kind: Any) -> None:
    tokens = opened(train(TEXTS * 5, 300, kind)).encode("服务 房间很好the").tokens[1:-1]
    assert tokens[:6] == ["服", "务", "房", "间", "很", "好"]


@every_kind
def test_signs_are_words(kind: Any) -> None:
    tokens = opened(train(TEXTS * 5, 300, kind)).encode("cat,!🙂").tokens[1:-1]
    assert tokens == ["▁cat", ",", "!", "🙂"]


@every_kind
def test_writing_that_means_the_same_is_the_same(kind: Any) -> None:
    tokenizer = opened(train(TEXTS * 5, 300, kind))
    one, other = (tokenizer.encode(unicodedata.normalize(form, "The Café")).ids for form in ("NFC", "NFD"))
    assert one == other == tokenizer.encode("  the\n\tCAFÉ ").ids


@every_kind
def test_it_is_the_same_in_every_process(kind: Any) -> None:
    code = (
        "import sys, hashlib; from modelyard.backbones.tokenizers import train; "
        "print(hashlib.sha256(train(sys.argv[2:] * 3, 150, sys.argv[1])).hexdigest())"
    )
    command = [sys.executable, "-c", code, kind, *TEXTS, *(f"x{number} y{number % 7}" for number in range(200))]
    found = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)}
    assert len(found) == 1


def test_texts_and_kind_and_size_make_a_difference() -> None:
    base = train(TEXTS, 60)
    assert train(TEXTS, 60) == base
    assert len({base, train(TEXTS, 50), train(TEXTS[:-3], 60), train(TEXTS, 60, "unigram")}) == 4


@every_kind
@pytest.mark.parametrize("texts", [[], [""], ["  \n"], ["a"], ["好"], ["🙂"], ["\u0301"], ["\u200b"], ["\x00"]])
def test_hardly_any_texts(kind: Any, texts: list[str]) -> None:
    tokenizer = opened(train(texts, 50, kind))
    assert len(SPECIAL) < tokenizer.get_vocab_size() <= len(SPECIAL) + 2
    assert tokenizer.encode("").tokens == ["[CLS]", "[SEP]"]
    assert max(tokenizer.encode("never seen 从未").ids) < tokenizer.get_vocab_size()


@every_kind
def test_unknown_characters_are_unknown(kind: Any) -> None:
    tokenizer = opened(train(TEXTS * 5, 300, kind))
    assert set(tokenizer.encode("龘ჯ").tokens[1:-1]) - {"▁"} <= {"[UNK]", "龘", "ჯ"}
    assert 1 in tokenizer.encode("龘").ids


@every_kind
def test_rare_characters_give_way_where_there_are_too_many(kind: Any) -> None:
    many = ["".join(chr(0x4E00 + number) for number in range(400)), "房间 好" * 50]
    tokenizer = opened(train(many, 100, kind))
    assert tokenizer.get_vocab_size() <= 100
    assert 1 not in tokenizer.encode("房间好").ids


@every_kind
def test_one_long_text(kind: Any) -> None:
    tokenizer = opened(train(["ab" * 50_000, "word " * 20_000], 60, kind))
    assert len(tokenizer.encode("ab" * 50_000).ids) < 50_000
    assert max(len(token) for token in tokenizer.get_vocab()) <= 16


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=60), st.sampled_from(["bpe", "unigram"]))
def test_any_text_has_ids_of_the_vocabulary(texts: list[str], asked: str, kind: Any) -> None:
    texts, asked = [one.encode("utf-8", "replace").decode() for one in texts], asked.encode("utf-8", "replace").decode()
    tokenizer = opened(train(texts, 80, kind))
    ids = tokenizer.encode(asked).ids
    assert ids[0] == 2
    assert ids[-1] == 3
    assert all(0 <= one < tokenizer.get_vocab_size() <= 80 for one in ids)


# ---------------------------------------------------------------- of checkpoints
@pytest.mark.torch
class TestOfFolder:
    """tokenizer.json of a checkpoint."""

    @pytest.fixture
    def checkpoint(self, tiny_encoder: Callable[..., Path], tmp_path: Path) -> Path:
        return Path(shutil.copytree(tiny_encoder(), tmp_path / "mini"))

    def test_it_is_taken_as_it_is(self, checkpoint: Path) -> None:
        assert of_folder(checkpoint) == (checkpoint / "tokenizer.json").read_bytes()

    def test_a_real_one(self, mini_lm: Path) -> None:
        tokens = opened(of_folder(mini_lm)).encode("Loan not repaid").tokens[:5]
        assert tokens == ["[CLS]", "loan", "not", "rep", "##aid"]

    def test_an_old_one_is_converted(self, checkpoint: Path) -> None:
        (checkpoint / "tokenizer.json").unlink()
        (checkpoint / "tokenizer_config.json").unlink()
        words = [*SPECIAL, "the", "cat", "##s", "好"]
        (checkpoint / "vocab.txt").write_text("\n".join(words), "utf-8")
        tokenizer = opened(of_folder(checkpoint))
        assert tokenizer.encode("The cats 好 x").tokens == ["[CLS]", "the", "cat", "##s", "好", "[UNK]", "[SEP]"]

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", "null", "{}", '{"model": 1}', '{"model": {}, "added_tokens": []}']
    )
    def test_a_damaged_one(self, checkpoint: Path, content: str) -> None:
        (checkpoint / "tokenizer.json").write_text(content, "utf-8")
        with pytest.raises(ProjectError, match="tokenizer that cannot be read"):
            of_folder(checkpoint)

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_that_of_another_model(self, checkpoint: Path, kind: Any) -> None:
        texts = ["".join(chr(0x4E00 + number) for number in range(300))]
        (checkpoint / "tokenizer.json").write_bytes(train(texts, 500, kind))
        with pytest.raises(ProjectError, match="a tokenizer of 306 ids for a model of 128"):
            of_folder(checkpoint)

    def test_added_tokens_count(self, checkpoint: Path) -> None:
        path = checkpoint / "tokenizer.json"
        data = json.loads(path.read_text("utf-8"))
        data["added_tokens"].append({**data["added_tokens"][0], "id": 999, "content": "[NEW]"})
        path.write_text(json.dumps(data), "utf-8")
        with pytest.raises(ProjectError, match="a tokenizer of 1000 ids"):
            of_folder(checkpoint)

    def test_without_any(self, checkpoint: Path) -> None:
        (checkpoint / "tokenizer.json").unlink()
        (checkpoint / "vocab.json").write_text("not json", "utf-8")
        with pytest.raises(ProjectError, match="tokenizer"):
            of_folder(checkpoint)

"""Tokens are hidden as BERT hides them, and guessed where they are hidden."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

from modelyard.backbones import tokenizers  # noqa: E402
from modelyard.core.ragged import EMPTY, Ragged  # noqa: E402
from modelyard.models.masking import Alphabet, Guesser, Masked, Puzzle, windows_of  # noqa: E402
from modelyard.runtime.tokens import open_tokenizer  # noqa: E402

pytestmark = pytest.mark.torch
ALPHABET = Alphabet(mask=4, special=(0, 1, 2, 3, 4), size=50)


def masked(rows: list[list[int]], size: int = 32, budget: int = 4096) -> Masked:
    return Masked(Ragged.of(rows), 64, ALPHABET, size, budget)


def windows(count: int, length: int = 40) -> list[list[int]]:
    generator = np.random.default_rng(0)
    return [[2, *generator.integers(5, 50, length).tolist(), 3] for _ in range(count)]


def test_shares_are_those_of_bert() -> None:
    source = masked(windows(400))
    hidden = same = other = guesses = 0
    for puzzle, wanted, weight in source.shuffled(torch.Generator().manual_seed(0)):
        found = puzzle.ids[puzzle.places]
        assert (puzzle.places.sum(1) == 6).all(), "15 % of 40"
        assert not torch.isin(wanted, torch.tensor(ALPHABET.special)).any()
        assert not torch.isin(found[found != ALPHABET.mask], torch.tensor(ALPHABET.special)).any()
        assert len(wanted) == len(weight) == len(found)
        guesses += len(wanted)
        hidden += int((found == ALPHABET.mask).sum())
        same += int((found == wanted).sum())
        other += int(((found != wanted) & (found != ALPHABET.mask)).sum())
    assert guesses == 2400
    assert 0.77 < hidden / guesses < 0.83
    assert 0.08 < same / guesses < 0.13
    assert 0.07 < other / guesses < 0.13


def test_what_is_not_chosen_stays() -> None:
    rows = windows(20)
    for puzzle, wanted, _ in masked(rows).in_order():
        restored = puzzle.ids.clone()
        restored[puzzle.places] = wanted
        assert sorted(restored.tolist()) == sorted(rows)


def test_training_asks_anew_and_held_out_texts_are_asked_the_same() -> None:
    source = masked(windows(20))
    generator = torch.Generator().manual_seed(0)
    first, second = ([puzzle.places.sum(0) for puzzle, _, _ in source.shuffled(generator)] for _ in range(2))
    assert not all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    first, second = ([puzzle.ids for puzzle, _, _ in source.in_order()] for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_the_same_generator_asks_the_same() -> None:
    source = masked(windows(50), size=8)
    found = [
        [
            (puzzle.ids.tolist(), wanted.tolist())
            for puzzle, wanted, _ in source.shuffled(torch.Generator().manual_seed(5))
        ]
        for _ in range(2)
    ]
    assert found[0] == found[1] and len(found[0]) == len(source)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(st.lists(st.lists(st.integers(5, 49), min_size=1, max_size=30), min_size=1, max_size=12), st.integers(1, 5))
def test_every_window_is_asked_once_and_one_token_of_it_at_least(rows: list[list[int]], size: int) -> None:
    source = masked([[2, *row, 3] for row in rows], size)
    assert source.rows == len(rows)
    for batches in (source.in_order(), source.shuffled(torch.Generator().manual_seed(1))):
        seen = [(puzzle, wanted) for puzzle, wanted, _ in batches]
        assert sum(len(puzzle.ids) for puzzle, _ in seen) == len(rows)
        assert sum(len(wanted) for _, wanted in seen) == len(source.weight)
        for puzzle, _ in seen:
            assert (puzzle.places.sum(1) >= 1).all()
            assert (puzzle.ids[puzzle.places] != EMPTY).all()


def test_texts_become_windows_and_those_that_say_nothing_are_left_out() -> None:
    texts = np.array(["a b c d e f g", "", "a", "  ", "好" * 30, "🙂\u0301"], object)
    tokenizer = open_tokenizer(tokenizers.train(["a b c d e f g", "好好"] * 3, 60))
    found = windows_of(tokenizer, texts, 8, (0, 1, 2, 3, 4))
    assert found.lengths.max() == 8
    words = [
        [number for number in found.values[found.starts[row] : found.starts[row + 1]] if number > 4]
        for row in range(len(found))
    ]
    assert all(words), "windows of unknown and special tokens alone teach nothing"
    assert sum(map(len, words)) == 7 + 1 + 30, "a word of one letter is one token"
    assert len(windows_of(tokenizer, np.array(["", " "], object), 8, (0, 1, 2, 3, 4))) == 0
    assert len(windows_of(tokenizer, texts[:0], 8, (0, 1, 2, 3, 4))) == 0


def test_the_alphabet_of_a_tokenizer() -> None:
    found = Alphabet.of(open_tokenizer(tokenizers.train(["some words"] * 3, 60)))
    assert (found.mask, found.special) == (4, (0, 1, 2, 3, 4)) and found.size > 5
    from tokenizers import Tokenizer, models

    with pytest.raises(LookupError):
        Alphabet.of(Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, "[UNK]")))


KINDS: dict[str, dict[str, int]] = {
    **{name: {} for name in ("BertConfig", "DistilBertConfig", "DebertaV2Config", "ErnieConfig")},
    **{name: {"pad_token_id": 1} for name in ("RobertaConfig", "MPNetConfig")},
    **{name: {"embedding_size": 32} for name in ("ElectraConfig", "AlbertConfig")},
    "ModernBertConfig": {"pad_token_id": 0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_hidden_tokens_are_computed_and_the_scores_are_those_of_the_whole(kind: str) -> None:
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = getattr(transformers, kind)(vocab_size=60, max_position_embeddings=40, **shape, **KINDS[kind])
    model = transformers.AutoModelForMaskedLM.from_config(config).eval()
    ids = torch.randint(5, 60, (3, 9))
    ids[1, 6:] = EMPTY
    places = (torch.rand(ids.shape) < 0.3) & (ids != EMPTY)
    places[0, 1] = True
    with torch.inference_mode():
        whole = model(
            input_ids=ids.masked_fill(ids == EMPTY, config.pad_token_id), attention_mask=(ids != EMPTY).long()
        ).logits
        found = Guesser(model)(Puzzle(ids, places))
    assert found.shape == (int(places.sum()), 60)
    torch.testing.assert_close(found, whole[places], rtol=1e-4, atol=1e-5)

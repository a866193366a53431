"""Pre-training: what is learnt, what is written, how it goes on after an interruption."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

from modelyard.backbones import source  # noqa: E402
from modelyard.backbones.hugging_face import load  # noqa: E402
from modelyard.core.errors import DataError, ProjectError, StorageError  # noqa: E402
from modelyard.core.store import list_files  # noqa: E402
from modelyard.models import halfway, pretrain, trainer  # noqa: E402
from modelyard.models.pretrain import Learnt, Wishes  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
WISHES = Wishes(encoder=None, size="tiny", vocabulary=200, epochs=3, budget=None, seed=0, threads=1)
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
RULES = ("red apple", "green leaf", "blue sky", "天 空", "草 地", "苹 果 🍎")


class Watcher:
    """Remembers, and may end the work: by saying so, or as a key that is pressed."""

    def __init__(self, stop_at: int = 0, pressed_at: int = 0) -> None:
        self.calls, self.stop_at, self.pressed_at = 0, stop_at, pressed_at

    def step(self, done: int, total: int, **values: float) -> bool:
        self.calls += 1
        if self.calls == self.pressed_at:
            raise KeyboardInterrupt
        return self.calls != self.stop_at


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new encoder that learns in no time."""
    monkeypatch.setitem(pretrain.SIZES, "tiny", SHAPE)


def texts(count: int = 120) -> list[str]:
    """Texts in which one word tells the next."""
    generator = np.random.default_rng(0)
    return [" ".join(RULES[place] for place in generator.integers(0, 6, 6)) + f" {n % 9}" for n in range(count)]


def learn(out: Path, wishes: Wishes = WISHES, watch: Any = None, said: list[str] | None = None) -> Learnt:
    return pretrain.pretrain(texts() if said is None else said, wishes, out, "work", watch or Watcher())


def test_hidden_tokens_are_guessed_better_than_before(tmp_path: Path) -> None:
    found = learn(tmp_path / "encoder", replace(WISHES, epochs=12))
    assert found.after < found.before - 0.5
    assert abs(found.before - math.log(60)) < 1.5, "at first every token is as likely as any"
    assert (found.texts, found.held_out, found.lost_head, found.stopped) == (114, 6, False, "")
    assert 1 <= found.best <= found.epochs == 12
    assert json.loads((tmp_path / "encoder" / "pretrain.json").read_text("utf-8")) == found.__dict__
    assert not list(tmp_path.glob(".*")), "nothing is left beside it"


def test_transformers_loads_the_folder_and_so_does_a_text_column(tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    learn(out)
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    model = transformers.AutoModelForMaskedLM.from_pretrained(out).eval()
    assert tokenizer.mask_token == "[MASK]" and tokenizer.model_max_length == 512
    asked = tokenizer("red [MASK] 天空", return_tensors="pt")
    with torch.inference_mode():
        scores = model(**asked).logits
    assert scores.shape == (1, asked["input_ids"].shape[1], len(tokenizer))
    folder = source.resolve(str(out), tmp_path)
    facts = source.facts(folder)
    assert (facts.model_type, facts.width, facts.limit, facts.pooling) == ("bert", 32, 512, "mean")
    with torch.inference_mode():
        states = load.load(folder)(asked["input_ids"], asked["attention_mask"].bool())
        expected = model.base_model(**asked).last_hidden_state
    torch.testing.assert_close(states, expected, rtol=1e-5, atol=1e-5)


def test_the_same_work_makes_the_same_bytes(tmp_path: Path) -> None:
    found = {}
    for name, wishes in (("one", WISHES), ("same", WISHES), ("other", replace(WISHES, seed=1))):
        learn(tmp_path / name, wishes)
        found[name] = list_files(tmp_path / name)
    assert found["one"] == found["same"] != found["other"]


@pytest.mark.parametrize("pressed_at", [2, 5])
def test_interrupted_and_gone_on_is_as_if_never_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pressed_at: int
) -> None:
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    monkeypatch.setattr(halfway, "SHARE", 1e9)
    monkeypatch.setattr(trainer, "GLANCE", 0.0)
    learn(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "parts", watch=Watcher(pressed_at=pressed_at))
    assert not (tmp_path / "parts").exists() and (tmp_path / ".parts.pretrain").is_dir()
    began = Watcher()
    learn(tmp_path / "parts", watch=began)
    whole = Watcher()
    learn(tmp_path / "again", watch=whole)
    assert began.calls < whole.calls, "what was done is not done again"
    assert list_files(tmp_path / "parts") == list_files(tmp_path / "whole")


def test_what_other_work_left_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    with pytest.raises(KeyboardInterrupt):
        pretrain.pretrain(texts(), WISHES, tmp_path / "out", "other work", Watcher(pressed_at=2))
    learn(tmp_path / "out")
    learn(tmp_path / "fresh")
    assert list_files(tmp_path / "out") == list_files(tmp_path / "fresh")


def test_going_on_from_a_checkpoint(tmp_path: Path) -> None:
    learn(tmp_path / "first")
    (tmp_path / "first" / "1_Pooling").mkdir()
    (tmp_path / "first" / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', "utf-8")
    on = replace(WISHES, encoder=tmp_path / "first")
    found = learn(tmp_path / "second", on)
    assert not found.lost_head and found.before < math.log(60) - 0.1, "it knows what the first one learnt"
    assert found.after <= found.before
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
    assert source.facts(tmp_path / "second").pooling == "cls"
    assert transformers.AutoTokenizer.from_pretrained(tmp_path / "second").mask_token == "[MASK]"


def test_a_checkpoint_without_its_head_gets_a_new_one(tmp_path: Path) -> None:
    learn(tmp_path / "first")
    bare = transformers.AutoModel.from_pretrained(tmp_path / "first")
    bare.save_pretrained(tmp_path / "first")
    assert learn(tmp_path / "second", replace(WISHES, encoder=tmp_path / "first")).lost_head


def test_a_checkpoint_without_a_mask_is_refused(tmp_path: Path) -> None:
    learn(tmp_path / "first")
    file = tmp_path / "first" / "tokenizer.json"
    file.write_text(file.read_text("utf-8").replace("[MASK]", "[NONE]"), "utf-8")
    with pytest.raises(ProjectError, match="no token to hide others behind"):
        learn(tmp_path / "second", replace(WISHES, encoder=tmp_path / "first"))


def test_a_checkpoint_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    learn(tmp_path / "first")
    file = tmp_path / "first" / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(file).items() if "layer.1." not in name}
    save_file(kept, file, {"format": "pt"})
    with pytest.raises(ProjectError, match="layer"):
        learn(tmp_path / "second", replace(WISHES, encoder=tmp_path / "first"))


def test_a_folder_made_here_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    learn(out)
    before = list_files(out)
    learn(out, replace(WISHES, seed=3))
    assert list_files(out) != before and not list(tmp_path.glob(".*"))
    assert pretrain.recorded(out)["epochs"] == 3 and pretrain.recorded(tmp_path) == {}


def test_a_time_budget_becomes_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrain, "_epoch_seconds", lambda *_: 10.0)
    found = learn(tmp_path / "two", replace(WISHES, budget=25.0))
    assert found.epochs == 2
    less = learn(tmp_path / "less", replace(WISHES, budget=5.0))
    assert less.epochs == 1 and less.tokens < 0.6 * found.tokens
    monkeypatch.undo()
    monkeypatch.setitem(pretrain.SIZES, "tiny", SHAPE)
    assert learn(tmp_path / "much", replace(WISHES, budget=1e9)).epochs == 3
    assert list_files(tmp_path / "much")["model.safetensors"] == _model(tmp_path, "none"), "measuring changes nothing"


def _model(folder: Path, name: str) -> str:
    learn(folder / name)
    return list_files(folder / name)["model.safetensors"]


def test_the_clock_ends_it_and_the_best_epoch_is_kept(tmp_path: Path) -> None:
    found = learn(tmp_path / "out", watch=Watcher(stop_at=2))
    assert (found.best, found.stopped) == (2, "watch") and (tmp_path / "out").is_dir()


def test_no_time_to_learn_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "GLANCE", 0.0)
    monkeypatch.setitem(pretrain._RATES, "tiny", 0.0)
    with pytest.raises(ProjectError, match="--time-budget"):
        learn(tmp_path / "out", watch=Watcher(stop_at=1))
    assert not (tmp_path / "out").exists() and (tmp_path / ".out.pretrain").is_dir(), "the same command goes on"


def test_texts_that_an_encoder_cannot_read_are_refused(tmp_path: Path) -> None:
    learn(tmp_path / "first")
    with pytest.raises(DataError, match="without a single word"):
        learn(tmp_path / "out", replace(WISHES, encoder=tmp_path / "first"), said=["龘龘", "爨爨爨"] * 20)


@pytest.mark.parametrize(
    "strange", ["🙂" * 50, "e\u0301 a\u0308", "מזל טוב", "a" * 20_000, "[MASK] [SEP] [PAD]", "\x00"]
)
def test_strange_texts_are_learnt_from(tmp_path: Path, strange: str) -> None:
    found = learn(tmp_path / "out", replace(WISHES, epochs=1), said=[*texts(40), strange, strange + "b"])
    assert math.isfinite(found.after)


def test_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StorageError):
        learn(tmp_path / "file" / "encoder")

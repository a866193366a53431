"""Training that was cut short ends with the same bits."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from modelyard.core.ragged import Ragged
from modelyard.models import halfway, trainer
from modelyard.models.augment import Augment
from modelyard.models.batches import Batches, Source
from modelyard.models.halfway import RECORD, Halfway
from modelyard.models.reproducible import reproducible
from modelyard.models.text_batches import Inputs, TextBatches
from modelyard.models.training import History, Recipe

pytestmark = pytest.mark.torch
RECIPE = Recipe(epochs=3, learning_rate=0.02, patience=3, schedule="cosine")


@pytest.fixture(autouse=True)
def _always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is written after every step, and the watch is looked at; nobody waits for the disk."""
    monkeypatch.setattr(halfway, "sync", lambda path: None)
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    monkeypatch.setattr(halfway, "SHARE", 1e12)
    monkeypatch.setattr(trainer, "GLANCE", 0.0)


class Cutting:
    """A Watch that ends the training, or breaks it, at a look."""

    def __init__(self, at: int | None = None, broken: bool = False) -> None:
        self.looks, self.at, self.broken = 0, at, broken

    def step(self, done: int, total: int, **values: float) -> bool:
        self.looks += 1
        if self.broken and self.looks == self.at:
            raise KeyboardInterrupt
        return self.looks != self.at


class Reading(nn.Module):
    """The mean of embeddings, and a table beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 6)
        self.hidden = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(8, 1)

    def forward(self, inputs: Inputs) -> Tensor:
        ids = inputs.ids["text"].flatten(1)
        there = (ids >= 0)[:, :, None]
        mean = (self.embedding(ids.clamp(min=0)) * there).sum(1) / there.sum(1).clamp(min=1)
        scores: Tensor = self.head(self.hidden(torch.cat([mean, inputs.table], dim=1)))
        return scores


def squared(scores: Tensor, y: Tensor) -> Tensor:
    return (scores[:, 0] - y).square()


def table(seed: int = 0, rows: int = 24) -> Source:
    x = torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed))
    return Batches(x, x[:, 0] * 2 - x[:, 1], torch.ones(rows), 4)


def texts(seed: int = 0, rows: int = 24) -> Source:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 30, (rows,), generator=generator).tolist()
    ids = Ragged.of([torch.randint(0, 50, (length,), generator=generator).tolist() for length in lengths])
    x, y = torch.randn(rows, 2, generator=generator), torch.randn(rows, generator=generator)
    augment = {"text": Augment(0.2, 0.2, mask=4)} if seed == 0 else {}
    draw = torch.rand(rows, generator=generator) if seed == 0 else None
    return TextBatches(x, {"text": ids}, {"text": 8}, y, torch.ones(rows), 4, 128, draw, augment)


def dense() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))


def normalised() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))


def adapted() -> nn.Module:
    """LoRA with dropout on a frozen network."""
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=2, lora_dropout=0.2, target_modules=["0", "3"])
    model: nn.Module = peft.inject_adapter_in_model(config, dense())
    return model


def run(
    folder: Path | None,
    watch: Any = None,
    recipe: Recipe = RECIPE,
    build: Callable[[], nn.Module] = dense,
    rows: Callable[..., Source] = table,
    folds: int = 1,
) -> History:
    with reproducible(0, 1):
        begun = [trainer.start(build(), squared, rows(), rows(seed=number + 1), recipe) for number in range(folds)]
        return trainer.fit(begun, watch or Cutting(), folder)


def ending(history: History) -> tuple[list[bytes], list[dict[str, float]], str, int, float]:
    weights = [tensor.numpy().tobytes() for fold in history.folds for tensor in fold.model.state_dict().values()]
    return weights, history.curves, history.stopped, history.patience.best, history.patience.loss


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "mean": {"recipe": replace(RECIPE, average=0.9)},
    "sgd": {"recipe": replace(RECIPE, optimizer="sgd", momentum=0.0)},
    "momentum": {"recipe": replace(RECIPE, optimizer="sgd", learning_rate=0.01)},
    "rmsprop": {"recipe": replace(RECIPE, optimizer="rmsprop", learning_rate=1e-3)},
    "adam": {"recipe": replace(RECIPE, optimizer="adam")},
    "accumulate": {"recipe": replace(RECIPE, accumulate=4)},
    "bf16": {"recipe": replace(RECIPE, precision="bf16")},
    "folds": {"folds": 3, "recipe": replace(RECIPE, epochs=2, average=0.5)},
    "texts": {"build": Reading, "rows": texts, "recipe": replace(RECIPE, average=0.9)},
    "normalised": {"build": normalised, "recipe": replace(RECIPE, average=0.9)},
    "lora": {"build": adapted},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("broken", [False, True], ids=["watch", "interrupt"])
def test_cut_anywhere_it_ends_with_the_same_bits(case: str, broken: bool, tmp_path: Path) -> None:
    options = CASES[case]
    counter = Cutting()
    wanted = ending(run(None, counter, **options))
    for at in range(1 + 2 * broken, counter.looks + 1, 5):
        folder = tmp_path / str(at)
        try:
            cut = run(folder, Cutting(at, broken), **options)
            assert cut.stopped == "watch" and (folder / RECORD).exists()
        except KeyboardInterrupt:
            assert broken
        assert ending(run(folder, **options)) == wanted
        assert not folder.exists()


def test_cut_again_and_again(tmp_path: Path) -> None:
    wanted, cuts = ending(run(None, build=Reading, rows=texts)), 0
    while True:
        history = run(tmp_path / "state", Cutting(2), build=Reading, rows=texts)
        if history.stopped != "watch":
            break
        cuts += 1
    assert ending(history) == wanted
    assert cuts > 5


def test_a_state_that_is_kept_changes_nothing(tmp_path: Path) -> None:
    assert ending(run(tmp_path / "state", build=Reading, rows=texts)) == ending(run(None, build=Reading, rows=texts))
    assert not (tmp_path / "state").exists()


def test_cut_at_the_last_look_has_nothing_left_to_learn(tmp_path: Path) -> None:
    counter = Cutting()
    wanted = ending(run(None, counter))
    run(tmp_path, Cutting(counter.looks))
    again = Cutting()
    assert ending(run(tmp_path, again)) == wanted
    assert again.looks == 0


def test_patience_counts_across_cuts(tmp_path: Path) -> None:
    hopeless = replace(RECIPE, epochs=12, learning_rate=3.0, schedule="constant", patience=2)
    counter = Cutting()
    wanted = ending(run(None, counter, hopeless))
    assert wanted[2] == "patience"
    for at in range(1, counter.looks + 1, 2):
        run(tmp_path / str(at), Cutting(at), hopeless)
        assert ending(run(tmp_path / str(at), None, hopeless)) == wanted


def test_the_state_of_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    other = replace(RECIPE, learning_rate=0.5)
    run(tmp_path / "state", Cutting(9))
    assert ending(run(tmp_path / "state", None, other)) == ending(run(None, None, other))
    run(tmp_path / "state", Cutting(9))
    assert ending(run(tmp_path / "state", folds=2)) == ending(run(None, folds=2))


def test_a_damaged_state_begins_anew(tmp_path: Path) -> None:
    run(tmp_path, Cutting(9))
    for part in tmp_path.glob("*.safetensors"):
        part.write_bytes(part.read_bytes()[:-9])
    assert ending(run(tmp_path)) == ending(run(None))


def test_what_is_frozen_is_not_kept(tmp_path: Path) -> None:
    run(tmp_path, Cutting(9), build=adapted)
    found = Halfway(tmp_path).read()
    assert found is not None
    names = [name for tensors in found[0].values() for name in tensors]
    assert names and all("lora_" in name or name.startswith("optimizer.") for name in names)


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(None, Cutting(4))
    assert list(tmp_path.iterdir()) == []


# -------------------------------------------------------------- another process
PROGRAM = """
import hashlib, os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import test_resuming as shared
from modelyard.models import halfway, trainer

halfway.EVERY, halfway.SHARE = 0.0, 1e12
folder, killed_at, counted = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
calls = 0

def counting(call):
    def wrapped(*values):
        global calls
        calls += 1
        if calls == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*values)
    return wrapped

module, name = (trainer, "_step") if counted == "step" else (halfway, "sync")
setattr(module, name, counting(getattr(module, name)))
history = shared.run(folder, **shared.CASES["texts"])
print(hashlib.sha256(b"".join(shared.ending(history)[0])).hexdigest(), calls)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_between_and_in_the_middle_of_writes(tmp_path: Path) -> None:
    program = PROGRAM.format(here=str(Path(__file__).parent))

    def child(killed_at: int, counted: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, str(tmp_path), str(killed_at), counted]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert [child(at, counted).returncode for at, counted in ((5, "step"), (11, "sync"))] == [-9, -9]
    last, whole = child(0, "step"), run(None, **CASES["texts"])
    assert last.returncode == 0, last.stderr
    assert last.stdout.split()[0] == hashlib.sha256(b"".join(ending(whole)[0])).hexdigest()
    assert 0 < int(last.stdout.split()[1]) < whole.folds[0].done

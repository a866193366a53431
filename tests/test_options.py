"""No hollow options: everything that the project file's schema accepts changes something that can be seen.

`leaves` walks the JSON Schema. Each test below names with `proves` the leaves it proves, at the lowest layer that shows
them: one method fitted alone, one table prepared, or one run. A leaf that nobody proves fails the first test, so that
an option cannot enter the schema without a proof.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pytest
from numpy.testing import assert_array_equal

import modelyard
from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import ProjectError, UserError
from modelyard.core.json_schema import json_schema
from modelyard.core.meaning import owners
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import from_values
from modelyard.core.protocols import Feature, Mixed, Problem, TextColumn
from modelyard.core.schema import Column
from modelyard.core.store import Store
from modelyard.data.dataset import TEST, TRAIN, VALID, Dataset
from modelyard.evaluate import track as mlflow
from modelyard.models import checkpoint
from modelyard.models.encoders import Encoders
from modelyard.models.pace import Unwatched
from modelyard.prepare.prepare import prepare
from modelyard.serve.fields import fields
from modelyard.train.budget import Step
from modelyard.train.ladder import rungs
from modelyard.train.train import Training, make_plan, train

Prepared = Callable[..., Dataset]
Go = Callable[..., modelyard.Run]
PROVEN: set[str] = set()


def proves(*names: str) -> Callable[[Any], Any]:
    """Marks a test as the proof of these leaves."""
    PROVEN.update(names)
    return lambda test: test


# --------------------------------------------------------------------- the walk
@cache
def leaves() -> tuple[str, ...]:
    """Everything that can be written, in the order of the schema.

    `train.network.dropout` takes any value of its kind; `lang=zh` is one of the values that are listed;
    `data:string` is one of several kinds of value; `columns.*.missing(number)` is an option that several plug-ins have.
    """
    schema = json_schema()
    forms: dict[str, list[str]] = {}
    for path, form in walk(schema, "", schema["$defs"]):
        forms.setdefault(path, []).append(form)
    return tuple(
        f"{path}{owner}{'' if len(set(found)) == 1 and found[0][0] == ':' else form}"
        for path, found in forms.items()
        for form in dict.fromkeys(found)
        for owner in owned(path)
    )


def walk(part: dict[str, Any], path: str, parts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, form) of every value that is not a section; null says nothing and is left out."""
    part = parts[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part
    for option in part.get("anyOf", ()):
        yield from walk(option, path, parts)
    listed = part.get("enum", [part["const"]] if "const" in part else [])
    listed = [True, False] if part.get("type") == "boolean" else listed
    yield from ((path, f"={value if isinstance(value, str) else json.dumps(value)}") for value in listed)
    if part.get("type") == "array":
        yield path, ":list"
        if "enum" in part["items"] or any("$ref" in option for option in part["items"].get("anyOf", ())):
            yield from walk(part["items"], path, parts)
    elif part.get("type") == "object":
        inside = {**part.get("properties", {}), "*": part.get("additionalProperties")}
        for name, inner in inside.items():
            if isinstance(inner, dict):
                yield from walk(inner, f"{path}.{name}".lstrip("."), parts)
    elif part.get("type") not in (None, "null") and not listed:
        yield path, f":{part['type']}"


def owned(path: str) -> list[str]:
    """The plug-ins that share an option of this name; one alone need not be named."""
    room = {"columns.*": "modalities", "predict": "tasks"}.get(path.rpartition(".")[0], "")
    having = owners(room, path.rpartition(".")[2]) if room else ()
    return [f"({owner})" for owner in having] if len(having) > 1 else [""]


def test_every_leaf_has_a_proof_and_every_proof_a_leaf() -> None:
    assert [leaf for leaf in leaves() if leaf not in PROVEN] == []
    assert set(leaves()) >= PROVEN


def test_the_walk_finds_what_the_schema_is_made_of() -> None:
    found = set(leaves())
    assert {"data:string", "data.split.by=time", "columns.*=number", "columns.*.role=key", "lang=zh"} <= found
    assert {"train.method=auto", "train.network.widths:list", "train.trees.rounds", "predict.positive=false"} <= found
    assert {f"columns.*.missing({name})" for name in plugins.names("modalities")} <= found


# ------------------------------------------------------------- options of methods
FREE = {
    "train.ensemble.rounds": 1,
    "train.linear.bins": 0,
    "train.linear.l2": [0.5],
    "train.linear.max_iter": 2,
    "train.network.average": 0.5,
    "train.network.batch_size": 64,
    "train.network.bins": 3,
    "train.network.clip": 0.01,
    "train.network.dropout": 0.5,
    "train.network.epochs": 2,
    "train.network.label_smoothing": 0.1,
    "train.network.layers": 1,
    "train.network.learning_rate": 0.02,
    "train.network.members": 2,
    "train.network.momentum": 0.5,
    "train.network.patience": 1,
    "train.network.warmup": 0.5,
    "train.network.weight_decay": 0.5,
    "train.network.widths:integer": 16,
    "train.network.widths:list": [32, 8],
    "train.trees.cat_smooth": 200.0,
    "train.trees.feature_fraction": 0.4,
    "train.trees.lambda_l1": 3.0,
    "train.trees.lambda_l2": 30.0,
    "train.trees.learning_rate": 0.2,
    "train.trees.max_bin": 8,
    "train.trees.max_cat_to_onehot": 4,
    "train.trees.max_depth": 2,
    "train.trees.min_data_in_leaf": 60,
    "train.trees.min_gain_to_split": 5.0,
    "train.trees.num_leaves": 3,
    "train.trees.path_smooth": 5.0,
    "train.trees.patience": 1,
    "train.trees.rounds": 3,
    "train.trees.subsample": 0.5,
    "train.trees.target_statistics": 2,
    "train.trees.total_leaves": 60,
}
FREE |= {leaf.replace(".trees.", ".deep_trees."): value for leaf, value in FREE.items() if ".trees." in leaf}
"""Leaf -> a value other than the default."""
LISTED = sorted({leaf.partition("=")[0] for leaf in leaves() if re.match(r"train\.(?!tuned)\w+\.\w+=", leaf)})
"""Options of methods whose values are listed: all of them are told apart without a word here."""
QUICK: dict[str, Any] = {
    "trees": {"rounds": 12, "learning_rate": 0.3},
    "deep_trees": {"rounds": 12, "learning_rate": 0.3},
    "network": {"widths": 32, "epochs": 6, "clip": 0.5},
}
UNSTEADY: dict[str, Any] = {  # patience matters where the loss does not fall every time, smoothing in sets of levels
    **{
        f"train.{method}.patience": {"rounds": 60, "learning_rate": 0.1, "subsample": 0.2, "num_leaves": 3}
        for method in ("trees", "deep_trees")
    },
    **{f"train.{method}.cat_smooth": {"max_cat_to_onehot": 4} for method in ("trees", "deep_trees")},
    "train.network.patience": {"learning_rate": 0.05, "epochs": 30, "average": 0.0, "dropout": 0.5},
}


def sample(rows: int, seed: int) -> dict[str, Any]:
    """Numbers with gaps, forty levels that matter, and noise enough that no setting is right by itself."""
    random = np.random.default_rng(seed)
    x, gaps = random.normal(size=(2, rows))
    level = random.integers(0, 40, rows)
    signal = x + 2.0 * (level % 3 == 0) + random.normal(size=rows) + (gaps > 0.8)
    gaps[gaps > 0.8] = np.nan
    return {"x": x, "gaps": gaps, "level": [f"L{n}" for n in level], "y": np.where(signal > 1.2, "yes", "no").tolist()}


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`learn(method, options, seed)`: what came of it, from the project's values to a checkpoint.

    All go through one store and have a plan that grants more than any of them asks for.
    """
    folder, held = tmp_path_factory.mktemp("learn"), {"split": {"test": 0.2}}  # so that one fold can be asked for
    prepare(from_values({"data": held, "predict": "y"}, folder), folder, as_columns(sample(900, 0)))
    dataset, store = Dataset.load(folder), Store(folder / "store")
    every = np.arange(len(dataset.parts))
    views = checkpoint.Views(dataset, dataset.blocks(every), dataset.texts(every), Encoders())

    def run(method: str, options: dict[str, Any], seed: int = 0) -> Any:
        mixed = {"method": ["linear", "trees", "ensemble"], "trees": QUICK["trees"]} if method == "ensemble" else {}
        settings = {"method": method, "seed": seed, **mixed, method: {**QUICK.get(method, {}), **options}}
        project = from_values({"data": held, "predict": "y", "train": settings}, folder)
        training = Training(project, dataset, dataset.fingerprint, 1, store, Silent(), Clock(3600), {})
        climbed = rungs(project, dataset.inputs)
        steps = [Step(rung.method, most, most).to_json() for rung in climbed for most in [10_000]]
        out = Path(tmp_path_factory.mktemp("out"))
        train(training, {"y": {"folds": 1, "repeats": 1, "steps": steps}}, out)
        (target,) = checkpoint.load("options", dataset, out).targets
        if method == "ensemble":
            step = next(step for step in target.ladder if step["method"] == method)
            return [*step["weights"], step["loss"]]
        return next(one for one in target.candidates if one.method == method).scores(views)

    return run


def marked(names: Iterable[str]) -> list[Any]:
    """Parameters for pytest; those of the network need torch."""
    return [pytest.param(name, marks=pytest.mark.torch) if "network" in name else name for name in names]


@proves(*FREE)
@pytest.mark.parametrize("leaf", marked(FREE))
def test_options_of_methods(leaf: str, learn: Callable[..., Any]) -> None:
    _, method, option = leaf.partition(":")[0].split(".")
    base = UNSTEADY.get(leaf, {})
    assert not np.array_equal(learn(method, base), learn(method, {**base, option: FREE[leaf]}))


@proves(*(leaf for leaf in leaves() if leaf.partition("=")[0] in LISTED))
@pytest.mark.parametrize("path", marked(LISTED))
def test_listed_options_of_methods(path: str, learn: Callable[..., Any]) -> None:
    _, method, option = path.split(".")
    values = [leaf.partition("=")[2] for leaf in leaves() if leaf.startswith(f"{path}=")]
    found = {value: learn(method, {option: {"true": True, "false": False}.get(value, value)}) for value in values}
    for one, other in itertools.combinations(values, 2):
        assert not np.array_equal(found[one], found[other]), (one, other)


# ------------------------------------------------- options of methods that read texts
def spelt(texts: Any) -> Any:
    """An encoder of toys: how often a text has each letter."""
    found = np.array([[1 + str(text).count(letter) for letter in "abdegost"] for text in texts], np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True) * np.sqrt(8, dtype=np.float32)


def reading(columns: Sequence[str] = ("note",)) -> Problem:
    """Texts that say whether they are good or bad, and an encoder for each column of them."""
    texts = {
        name: np.array([f"{('bad', 'good')[row % 2]} {name[: row % 5]}" for row in range(24)], object)
        for name in columns
    }
    x, y = np.hstack([spelt(values) for values in texts.values()]), np.arange(24) % 2
    features = tuple(Feature(f"{name}[{place}]", name, "vector") for name in columns for place in range(8))
    told = tuple(TextColumn(name, {}, None, spelt) for name in columns)
    rows = (x, y, np.ones(24, np.float32))
    state = {"labels": ["bad", "good"], "positive": 1}
    problem = Problem("classification", state, 1, features, *rows, *rows, seed=0, threads=1, columns=told)
    return dataclasses.replace(problem, texts=texts, texts_valid=texts)


def taught(folder: Path, method: str, problem: Problem, options: dict[str, Any]) -> Any:
    """What a method says of the rows that it learnt from."""
    module = plugins.part("methods", method, "options")
    folder.mkdir(exist_ok=True)
    plugins.part("methods", method, "fit").fit([problem], module.Options(**options), 1, [folder], Unwatched())
    return plugins.part("methods", method, "load").load(folder).scores(problem.x)


@proves("train.few_shot.shots", "train.zero_shot.template", "train.zero_shot.column", "train.zero_shot.labels.*:string")
@pytest.mark.parametrize(
    ("method", "option", "value"),
    [
        ("few_shot", "shots", 3),
        ("zero_shot", "labels", {"bad": "bad", "good": "a toast"}),
        ("zero_shot", "template", "{} dogs"),
        ("zero_shot", "column", "title"),
    ],
)
def test_options_beside_an_encoder(method: str, option: str, value: Any, tmp_path: Path) -> None:
    problem = reading(("note", "title"))
    base = {"labels": {"bad": "bad", "good": "good"}} if method == "zero_shot" else {}
    said = [taught(tmp_path, method, problem, options) for options in (base, {**base, option: value})]
    assert not np.array_equal(*said)


@proves("train.zero_shot.entailment", "train.zero_shot.revision")
@pytest.mark.parametrize(("option", "complaint"), [({}, "no config.json"), ({"revision": "v1"}, "revision v1")])
def test_a_checkpoint_in_the_place_of_vectors(option: dict[str, str], complaint: str, tmp_path: Path) -> None:
    module, fit = (plugins.part("methods", "zero_shot", name) for name in ("options", "fit"))
    options = module.Options(labels={"bad": "bad", "good": "good"}, entailment="nli", **option)
    settled = module.settled_at(options, tmp_path, {"nli": "digest"})
    assert (module.info_of(settled).view, module.info_of(module.Options()).view) == ("texts", "dense")
    (tmp_path / "nli").mkdir()
    with pytest.raises(ProjectError, match=complaint):
        fit.probe(reading(), settled)


PROBED: dict[str, Any] = {"train.probe.bins": 0, "train.probe.l2": [0.5], "train.probe.max_iter": 2}


@proves(*PROBED)
@pytest.mark.parametrize("leaf", PROBED)
def test_options_of_the_probe(leaf: str, tmp_path: Path) -> None:
    problem = reading()
    x = np.hstack([problem.x, np.arange(24, dtype=np.float32)[:, None] % 7])
    features = (*problem.features, Feature("stars", "stars", "number"))
    problem = dataclasses.replace(problem, x=x, x_valid=x, features=features, texts={}, texts_valid={})
    base = {"l2": [1e-3]}
    said = [
        taught(tmp_path, "probe", problem, {**base, **chosen}) for chosen in ({}, {leaf.split(".")[2]: PROBED[leaf]})
    ]
    assert not np.array_equal(*said)


@proves("train.zero_shot.labels.*:list")
def test_a_class_may_have_several_descriptions(tmp_path: Path) -> None:
    found = [
        taught(tmp_path, "zero_shot", reading(), {"labels": {"bad": bad, "good": "good"}})
        for bad in ("bad", ["bad", "sad"])
    ]
    assert not np.array_equal(*found)


PAIRED = {
    "train.contrastive.batch_size": 8,
    "train.contrastive.epochs": 1,
    "train.contrastive.learning_rate": 0.03,
    "train.contrastive.shots": 4,
}


@pytest.mark.torch
@proves(*PAIRED)
@pytest.mark.parametrize("leaf", PAIRED)
def test_options_of_pairs(leaf: str, tmp_path: Path) -> None:
    fields = plugins.part("modalities", "text", "options").Options.model_fields
    options = {name: field.default for name, field in fields.items()} | {"encoder": "cnn"}
    rows, column = np.zeros((24, 0), np.float32), TextColumn("note", options)
    problem = dataclasses.replace(reading(), columns=(column,), features=(), x=rows, x_valid=rows)
    module, fit, load = (plugins.part("methods", "contrastive", name) for name in ("options", "fit", "load"))
    found = []
    for number, chosen in enumerate(({}, {leaf.split(".")[2]: PAIRED[leaf]})):
        (folder := tmp_path / str(number)).mkdir()
        settled = module.Options(**{"epochs": 3, **chosen})
        fit.fit([problem], settled, module.work(settled), [folder], Unwatched())
        found.append(load.load(folder).scores(Mixed(rows, problem.texts)))
    assert not np.array_equal(*found)


TUNED: dict[str, Any] = {
    "train.tuned.accumulate": 2,
    "train.tuned.balanced_sampling": True,
    "train.tuned.batch_size": 5,
    "train.tuned.clip": 0.001,
    "train.tuned.dropout": 0.5,
    "train.tuned.epochs": 1,
    "train.tuned.hidden": 5,
    "train.tuned.label_smoothing": 0.4,
    "train.tuned.layer_decay": 0.2,
    "train.tuned.learning_rate": 0.003,
    "train.tuned.part_dropout": 0.6,
    "train.tuned.span_deletion": 0.8,
    "train.tuned.token_budget": 20,
    "train.tuned.token_dropout": 0.6,
    "train.tuned.warmup": 0.6,
    "train.tuned.weight_decay": 0.9,
}
STEERED = ("device", "precision", "compile", "checkpointing", "patience")
"""Options of `tuned` that show in what the training loop is told, whatever this machine makes of it."""
ENCODED: dict[str, list[Any]] = {
    "tune": ["frozen", "lora", "full"],
    "pooling": ["mean", "cls", "max"],
    "window": [256, 10],
    "overlap": [0, 4],
    "rank": [8, 2],
    "alpha": [16.0, 90.0],
    "adapter": ["lora", "dora", "rslora"],
    "encoder": ["cnn", "gru", "checkpoint"],
}


def tuning(folder: Path | None = None, **options: Any) -> Problem:
    """Texts beside a number, and a column that names an encoder."""
    fields = plugins.part("modalities", "text", "options").Options.model_fields
    settled = {name: field.default for name, field in fields.items()} | {"encoder": "cnn", **options}
    told, random = TextColumn("note", settled, folder), np.random.default_rng(0)
    problem, table = reading(), random.normal(size=(24, 2)).astype(np.float32)
    texts = {"note": np.array([f"{text} {'and so on ' * (row % 4)}" for row, text in enumerate(problem.texts["note"])])}
    texts["note"] = texts["note"].astype(object)
    features = tuple(Feature(name, name, "number") for name in ("a", "b"))
    told_of = {"columns": (told,), "features": features, "texts": texts, "texts_valid": texts}
    return dataclasses.replace(problem, x=table, x_valid=table, **told_of)


def tuned(folder: Path, problem: Problem, **chosen: Any) -> Any:
    """What the method `tuned` says after a short training."""
    module, fit, load = (plugins.part("methods", "tuned", name) for name in ("options", "fit", "load"))
    base = {"epochs": 3, "clip": 0.5, "batch_size": 8, "learning_rate": 0.02, "device": "cpu", "precision": "full"}
    settled = module.Options(**{**base, **chosen})
    folder.mkdir()
    fit.fit([problem], settled, module.work(settled), [folder], Unwatched())
    return load.load(folder).scores(Mixed(problem.x, problem.texts))


@pytest.mark.torch
@proves(*(leaf for leaf in leaves() if leaf.partition("=")[0] in TUNED))
@pytest.mark.parametrize("leaf", TUNED)
def test_options_of_tuned_encoders(leaf: str, tmp_path: Path) -> None:
    problem = tuning()
    found = [
        tuned(tmp_path / str(number), problem, **chosen)
        for number, chosen in enumerate(({}, {leaf.split(".")[2]: TUNED[leaf]}))
    ]
    assert not np.array_equal(*found)


@pytest.mark.torch
@proves(*(leaf for leaf in leaves() if re.match("train.tuned.(schedule|fusion)=", leaf)))
@pytest.mark.parametrize("path", ["train.tuned.schedule", "train.tuned.fusion"])
def test_listed_options_of_tuned_encoders(path: str, tmp_path: Path) -> None:
    problem, values = tuning(), [leaf.partition("=")[2] for leaf in leaves() if leaf.startswith(f"{path}=")]
    found = [tuned(tmp_path / value, problem, **{path.split(".")[2]: value}) for value in values]
    assert not any(np.array_equal(one, other) for one, other in itertools.combinations(found, 2))


@pytest.mark.torch
@proves(*(leaf for leaf in leaves() if re.match(f"train.tuned.({'|'.join(STEERED)})", leaf)))
@pytest.mark.parametrize("option", STEERED)
def test_what_the_training_loop_is_told(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelyard.models import trainer

    start, recipes = trainer.start, []

    def told(*given: Any, **more: Any) -> Any:
        recipes.append(given[4])
        plain = {"device": "cpu", "precision": "full", "compiled": False, "recompute": False}
        return start(*given[:4], dataclasses.replace(given[4], **plain), *given[5:], **more)

    monkeypatch.setattr(trainer, "start", told)
    leaf = f"train.tuned.{option}"
    listed = [one.partition("=")[2] for one in leaves() if one.startswith(f"{leaf}=")]
    for number, value in enumerate(listed or [3, 7]):
        tuned(tmp_path / str(number), tuning(), epochs=1, **{option: {"true": True, "false": False}.get(value, value)})
    assert len(set(recipes)) == len(listed or [3, 7])


@pytest.mark.torch
@proves(*(leaf for leaf in leaves() if re.match(f"columns\\.\\*\\.({'|'.join(ENCODED)})", leaf)))
@pytest.mark.parametrize("option", ENCODED)
def test_options_of_encoders(option: str, tmp_path: Path, tiny_encoder: Callable[..., Path]) -> None:
    pytest.importorskip("peft")
    found = []
    for value in ENCODED[option]:
        options = {"tune": "lora" if option in ("rank", "alpha", "adapter") else "full", option: value}
        options |= {"window": 12} if option == "overlap" else {}
        folder = None if option == "encoder" and value != "checkpoint" else tiny_encoder()
        found.append(tuned(tmp_path / str(value), tuning(folder, **options)))
    assert not any(np.array_equal(one, other) for one, other in itertools.combinations(found, 2))


@pytest.mark.torch
@proves("train.import.column")
def test_which_text_a_checkpoint_reads(tmp_path: Path, tiny_encoder: Callable[..., Path]) -> None:
    classifier, load = (plugins.part("backbones", "hugging_face", name) for name in ("classifier", "load"))
    torch = pytest.importorskip("torch")
    head = torch.ones(2, 16), torch.zeros(2)
    classifier.write(load.load(tiny_encoder()), *head, ("bad", "good"), tmp_path / "model", tiny_encoder())
    module, fit = (plugins.part("methods", "import", name) for name in ("options", "fit"))
    told = tuple(dataclasses.replace(tuning().columns[0], name=name) for name in ("note", "title"))
    problem = dataclasses.replace(reading(("note", "title")), columns=told)
    found = []
    for name in ("note", "title"):
        (folder := tmp_path / name).mkdir()
        settled = module.settle(module.Options(column=name), str(tmp_path / "model"), "")
        fit.fit([problem], settled, 1, [folder], Unwatched())
        found.append((folder / "classifier.json").read_text("utf-8"))
    assert found[0] != found[1]
    with pytest.raises(ProjectError, match="several text columns"):
        fit.probe(problem, module.settle(module.Options(), str(tmp_path / "model"), ""))


@proves("columns.*.revision", "columns.*.remote_code")
def test_which_checkpoint_is_meant_and_whether_its_code_may_run(tmp_path: Path) -> None:
    from modelyard.backbones import source

    (tmp_path / "model").mkdir()
    config = {"model_type": "odd", "auto_map": {"AutoModel": "odd.Model"}}
    (tmp_path / "model" / "config.json").write_text(json.dumps(config), "utf-8")
    said = []
    for revision, code in ((None, None), ("v2", None), (None, "model")):
        with pytest.raises(ProjectError) as refused:
            source.resolve("model", tmp_path, revision, code)
        said.append(str(refused.value))
    assert len(set(said)) == 3


ASKED = {
    "train.prompt.endpoint": "https://other/v1",
    "train.prompt.examples": 4,
    "train.prompt.instruction": "Well?",
    "train.prompt.key": "${OPTIONS_TEST_KEY}",
    "train.prompt.labels.*": {"good": "they liked it"},
    "train.prompt.model": "other",
    "train.prompt.most_rows": 2,
    "train.prompt.parallel": 1,
    "train.prompt.price_per_1000_tokens.currency": {"input": 1.0, "currency": "CNY"},
    "train.prompt.price_per_1000_tokens.input": {"input": 2.0},
    "train.prompt.price_per_1000_tokens.output": {"input": 1.0, "output": 1.0},
    "train.prompt.retries": 7,
    "train.prompt.timeout": 9.0,
}


@proves(*ASKED)
@pytest.mark.parametrize("leaf", ASKED)
def test_what_is_asked_of_whom(leaf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, options = (
        importlib.import_module("modelyard.methods.prompt.asking"),
        plugins.part("methods", "prompt", "options"),
    )
    monkeypatch.setenv("OPTIONS_TEST_KEY", "secret")

    def asked(number: int, chosen: dict[str, Any]) -> Any:
        seen: list[Any] = []
        busy: set[str] = set()

        def ask(endpoint: Any, messages: Any, given_up: Any) -> Any:
            busy.add(threading.current_thread().name)
            seen.append((endpoint, messages))
            time.sleep(0.02)
            return asking.Reply("good", 0.5, 10, 5)

        monkeypatch.setattr(asking, "ask", ask)
        (folder := tmp_path / str(number)).mkdir()
        settled = options.settled_in(options.Options(**chosen), folder)
        report = plugins.part("methods", "prompt", "fit").fit([reading()], settled, 1, [folder], Unwatched())
        return sorted(map(str, seen)), report["notes"], len(busy) > 1

    base = {"endpoint": "https://host/v1", "model": "m", "price_per_1000_tokens": {"input": 1.0}}
    assert asked(0, base) != asked(1, {**base, leaf.split(".")[2]: ASKED[leaf]})


# ------------------------------------------------------------------------- train
def climbed(folder: Path, method: Any, inputs: Sequence[Column] = ()) -> list[str]:
    project = from_values({"data": {}, "predict": "y", "train": {"method": method}}, folder)
    return [rung.method for rung in rungs(project, inputs)]


@pytest.mark.torch
@proves("train.method:list", *(leaf for leaf in leaves() if leaf.startswith("train.method=")))
def test_methods_are_climbed_as_asked(tmp_path: Path) -> None:
    names = [leaf.partition("=")[2] for leaf in leaves() if leaf.startswith("train.method=")]
    infos = {name: plugins.part("methods", name, "options").INFO for name in names if name != "auto"}
    plain = [name for name, info in infos.items() if not info.wants]
    assert sorted(climbed(tmp_path, "auto")) == sorted(name for name in plain if infos[name].automatic)
    alone = [name for name in plain if name not in ("ensemble", "import")]
    assert [climbed(tmp_path, name) for name in alone] == [[*dict.fromkeys(("naive", name))] for name in alone]
    assert climbed(tmp_path, ["trees", "ensemble", "linear"]) == ["naive", "linear", "trees", "ensemble"]
    reading = [name for name in names if name not in ("auto", *plain)]
    note = [Column("note", "text", "input", {"encoder": "./bert"})]
    assert [climbed(tmp_path, name, note) for name in reading] == [["naive", name] for name in reading]


OWN = """
from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(title=("Mine", "我的"), rung=5, view="dense", needs=(), extra="", unit=("fit", "次拟合"))
fit = load = export = None
"""


@proves("train.method:string", "train.model")
def test_files_that_are_methods_or_models(tmp_path: Path) -> None:
    (tmp_path / "own_way.py").write_text(OWN, "utf-8")
    assert climbed(tmp_path, ["linear", "./own_way.py"]) == ["naive", "linear", "own_way"]
    (tmp_path / "one.txt").write_text("tree", "utf-8")
    (tmp_path / "two.txt").write_text("another", "utf-8")
    trains = [{"method": "import", "model": f"{name}.txt"} for name in ("one", "two")]
    projects = [from_values({"data": {}, "predict": "y", "train": train}, tmp_path) for train in trains]
    one, two = (rungs(project)[1].options for project in projects)
    assert Path(one.model).name == "one.txt" and one.digest != two.digest


@pytest.mark.parametrize("method", ["ensemble", ["linear", "ensemble"], ["naive", "trees", "ensemble"]])
def test_an_ensemble_of_fewer_than_two_would_be_hollow(tmp_path: Path, method: Any) -> None:
    with pytest.raises(ProjectError, match=r"train\.method(.|\n)*two methods for ensemble to mix"):
        climbed(tmp_path, method)


@proves("train.time_budget:number", "train.time_budget:string")
def test_the_time_budget_sizes_the_plan(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    work = []
    for budget in (3600, 1e-3, "0.001 s"):
        settings = {"method": "linear", "time_budget": budget}
        project = from_values({"data": {}, "predict": "y", "train": settings}, tmp_path)
        dataset = prepare(project, folder, as_columns(sample(200, 0)))
        clock = Clock(project.train.time_budget)
        make_plan(Training(project, dataset, "", 1, Store(tmp_path / "store"), Silent(), clock, {}), tmp_path)
        work.append(json.loads((tmp_path / "plan.json").read_text("utf-8"))["y"]["steps"][1]["work"])
    assert work[0] > 3 and work[1:] == [0, 0]


def trained(folder: Path, **settings: Any) -> tuple[dict[str, Any], checkpoint.TrainedTarget]:
    """The plan for a table and what it comes to."""
    folder.mkdir()
    project = from_values({"data": {}, "predict": "y", "train": settings}, folder)
    dataset = prepare(project, folder, as_columns(sample(1200, 0)))
    training = Training(project, dataset, "", 1, Store(folder / "store"), Silent(), Clock(3600), {})
    make_plan(training, folder)
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    train(training, plan, folder)
    return plan["y"], checkpoint.load("options", dataset, folder).targets[0]


@proves("train.folds=auto", "train.folds:integer", "train.repeats=auto", "train.repeats:integer")
@pytest.mark.parametrize(
    ("settings", "fits"), [({}, 5), ({"folds": 3}, 3), ({"folds": 1}, 1), ({"repeats": 2}, 10)], ids=str
)
def test_models_per_method(tmp_path: Path, settings: dict[str, int], fits: int) -> None:
    plan, target = trained(tmp_path / "run", method="linear", **settings)
    assert plan["folds"] * plan["repeats"] == fits
    assert all(len(candidate.folders) == fits for candidate in target.candidates)


@proves("train.class_weight=none", "train.class_weight=balanced")
def test_balanced_classes_change_what_is_learnt_and_are_calibrated_back(tmp_path: Path) -> None:
    targets = [
        trained(tmp_path / weight, method="linear", class_weight=weight, folds=1)[1] for weight in ("none", "balanced")
    ]
    plain, balanced = (target.candidates[-1].predictors[0].bias for target in targets)  # type: ignore[attr-defined]
    assert abs(float((plain - balanced)[0])) > 0.05
    said = [target.held("linear")[1]["probability"][:, 1].mean() for target in targets]
    assert abs(said[0] - said[1]) < 0.02


@proves("train.search.trials")
def test_search_tries_configurations(tmp_path: Path) -> None:
    settings = {"method": "trees", "trees": {"rounds": 10}, "folds": 2}
    found = [
        [
            step.get("tried", 0)
            for step in trained(tmp_path / str(trials), search={"trials": trials}, **settings)[1].ladder
        ]
        for trials in (0, 3)
    ]
    assert found == [[0, 0], [0, 0, 3]]


@proves("train.seed")
def test_the_seed_changes_the_split(prepared: Prepared) -> None:
    one, other = (prepared(sample(1200, 0), train={"seed": seed}).parts for seed in (0, 1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("method", marked(["trees", "network", "ensemble"]))
def test_the_seed_changes_the_model(method: str, learn: Callable[..., Any]) -> None:
    assert not np.array_equal(learn(method, {}), learn(method, {}, seed=1))


@proves("train.threads")
def test_threads_reach_the_method_and_the_report(go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = plugins.part("methods", "naive", "fit")
    learnt, seen = fit.fit, []

    def spy(problems: Any, *more: Any) -> Any:
        seen.extend({problem.threads for problem in problems})
        return learnt(problems, *more)

    monkeypatch.setattr(fit, "fit", spy)
    told = [go(train={"method": "naive", "threads": threads}).report.about["threads"] for threads in (3, 5)]
    assert seen == told == [3, 5]


# ------------------------------------------------------------------- data and split
@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """`prepared(table, data=..., columns=...)`: the Dataset; without a table its rows come from files in `tmp_path`."""
    numbers = itertools.count()

    def make(table: dict[str, Any] | None = None, **values: Any) -> Dataset:
        folder = tmp_path / f"dataset-{next(numbers)}"
        folder.mkdir()
        project = from_values({"data": {}, "predict": "y", **values}, tmp_path)
        return prepare(project, folder, as_columns(table) if table is not None else None)

    return make


def rows(count: int = 200, **more: list[Any]) -> dict[str, list[Any]]:
    return {"x": [n * 0.37 % 7 for n in range(count)], "y": ["a" if n % 3 else "b" for n in range(count)], **more}


def write(path: Path, table: dict[str, list[Any]]) -> None:
    lines = [",".join(map(str, cells)) for cells in [list(table), *zip(*table.values(), strict=True)]]
    path.write_text("\n".join(lines) + "\n", "utf-8")


@proves("data:string", "data:list", "data.source:string", "data.source:list")
def test_sources_are_the_rows(prepared: Prepared, tmp_path: Path) -> None:
    write(tmp_path / "一.csv", rows(30))
    write(tmp_path / "二.csv", rows(50))
    found = [prepared(data=data) for data in ("一.csv", "二.csv", ["一.csv", "二.csv"])]
    assert [len(dataset.parts) for dataset in found] == [30, 50, 80]
    for source, same in zip(("一.csv", ["一.csv", "二.csv"]), found[::2], strict=True):
        assert prepared(data={"source": source}).fingerprint == same.fingerprint


@proves("data.valid", "data.test")
@pytest.mark.parametrize(("key", "part"), [("valid", VALID), ("test", TEST)])
def test_files_of_their_own_are_that_part(key: str, part: int, prepared: Prepared, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", rows(100))
    write(tmp_path / "b.csv", rows(40))
    found = prepared(data={"source": "a.csv", key: "b.csv"}).parts
    assert_array_equal(np.flatnonzero(found == part), np.arange(100, 140))


@proves("data.sheet")
def test_the_sheet_is_the_one_named(prepared: Prepared, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet, count in ((book.active, 30), (book.create_sheet("第二页"), 50)):
        table = rows(count)
        for cells in [list(table), *zip(*table.values(), strict=True)]:
            sheet.append(list(cells))
    book.save(tmp_path / "book.xlsx")
    assert len(prepared(data="book.xlsx").parts) == 50
    assert len(prepared(data={"source": "book.xlsx", "sheet": "Sheet"}).parts) == 30


@proves("data.encoding", "data.separator", "data.quote=none", "data.quote='", 'data.quote="')
@pytest.mark.parametrize(
    ("key", "value", "other", "cell"),
    [
        ("encoding", "big5", "cp949", "女"),
        ("separator", ";", ",", "x,'1'"),
        ("quote", "'", "none", "a,b"),
        ("quote", '"', "'", "'"),
        ("quote", "none", '"', '"a"'),
    ],
)
def test_how_text_is_read(key: str, value: str, other: str, cell: str, prepared: Prepared, tmp_path: Path) -> None:
    """The cell is read as it is meant with the one value, and otherwise with the other, or not at all."""
    around = {"'": "'", '"': '"'}.get(value, "") if key == "quote" else ""
    mark = ";" if key == "separator" else ","
    lines = [f"{around}{cell}{around}{mark}{n}{mark}{'yn'[n % 2]}" for n in range(40)]
    encoding = value if key == "encoding" else "utf-8"
    (tmp_path / "a.csv").write_bytes("\n".join([f"t{mark}x{mark}y", *lines]).encode(encoding))
    columns = {"t": {"type": "category", "role": "input"}}

    def read_as(said: str) -> list[str] | None:
        try:
            return prepared(data={"source": "a.csv", key: said}, columns=columns).values["t"].tolist()
        except UserError:
            return None

    assert read_as(value) == [cell] * 40
    assert read_as(other) != [cell] * 40


@proves("data.header:integer", "data.header:list", "data.header=none")
def test_the_lines_of_the_names(prepared: Prepared, tmp_path: Path) -> None:
    lines = [f"{n % 7},{'yn'[n % 2]}" for n in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", "u,v", *lines]), "utf-8")
    read = {
        str(header): prepared(data={"source": "a.csv", "header": header}, predict=target)
        for header, target in ((1, "y"), (2, "v"), ([1, 2], "y / v"), ("none", "column_2"))
    }
    assert {header: (found.columns[0].name, len(found.parts)) for header, found in read.items()} == {
        "1": ("x", 41), "2": ("u", 40), "[1, 2]": ("x / u", 40), "none": ("column_1", 42),
    }  # fmt: skip


@proves("data.query")
def test_the_rows_of_a_query(prepared: Prepared, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("create table t (x real, y text)")
        base.executemany("insert into t values (?, ?)", zip(*rows(80).values(), strict=True))
    found = [
        len(prepared(data={"source": "sqlite:///a.db", "query": query}).parts)
        for query in ("t", "select * from t limit 50")
    ]
    assert found == [80, 50]


@proves("data.totals=true", "data.totals=false")
def test_lines_that_sum_up(prepared: Prepared, tmp_path: Path) -> None:
    lines = [f"{n % 7},{'yn'[n % 2]}" for n in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *lines, "合计,y"]), "utf-8")
    assert [len(prepared(data={"source": "a.csv", "totals": keep}).parts) for keep in (False, True)] == [40, 41]


@proves("data.split.test:number", "data.split.valid")
@pytest.mark.parametrize(("key", "part"), [("valid", VALID), ("test", TEST)])
def test_shares_of_rows(key: str, part: int, prepared: Prepared) -> None:
    shares = [(prepared(rows(1200), data={"split": {key: share}}).parts == part).mean() for share in (0.1, 0.4)]
    assert abs(shares[0] - 0.1) < 0.04 and abs(shares[1] - 0.4) < 0.08


@proves("data.split.test=auto")
def test_few_rows_go_into_folds_unless_a_test_part_is_wanted(prepared: Prepared) -> None:
    found = [prepared(rows(600), data={"split": {"test": share}}).measured_on for share in ("auto", 0.2)]
    assert found == ["folds", "test"]
    assert prepared(rows(1200), data={"split": {"test": "auto"}}).held_out


@proves(*(f"data.split.by={way}" for way in ("auto", "random", "time", "group", "column")), "data.split.column")
def test_ways_of_splitting_are_told_apart(prepared: Prepared) -> None:
    words: list[Any] = ["test" if n % 5 == 0 else "valid" if n % 5 == 1 else "train" for n in range(200)]
    table = rows(
        when=list(range(200)), back=list(range(200, 0, -1)), who=[f"g{n // 10}" for n in range(200)], part=words
    )
    columns = {"when": "time", "who": "group", "part": "split"}
    ways = {"time": "when", "group": "who", "column": "part"}

    def parts(by: str, column: str | None = None, named: tuple[str, ...] = ()) -> list[int]:
        roles = {name: {"role": columns[name] if name in named else "ignore"} for name in columns if name != column}
        split = {"by": by, "column": column, "test": 0.2}
        return list(prepared(table, data={"split": split}, columns=roles).parts)

    found = {way: parts(way, column) for way, column in ways.items()}
    found["random"] = parts("random", named=("when", "who"))
    assert all(one != other for one, other in itertools.combinations(found.values(), 2))
    assert parts("auto") == parts("random")
    for way, column in ways.items():
        assert parts("auto", named=(column,)) == parts(way, named=(column,)) == found[way]
    assert found["column"] == [(TEST, VALID, TRAIN, TRAIN, TRAIN)[n % 5] for n in range(200)]
    assert found["time"] == sorted(found["time"])
    assert all(len({*found["group"][start : start + 10]}) == 1 for start in range(0, 200, 10))
    assert parts("time", "back") == found["time"][::-1]


# ----------------------------------------------------------------------- predict
@proves("predict:string", "predict:list", "predict.column", "predict.columns")
def test_what_is_predicted(prepared: Prepared) -> None:
    flags: dict[str, list[Any]] = {"p": [n % 2 for n in range(60)], "q": [n % 5 < 2 for n in range(60)]}
    shapes = ("y", ["y", "p"], {"column": "p"}, {"columns": ["p", "q"]})
    found = [prepared(rows(60, **flags), predict=shape).targets for shape in shapes]
    assert [[target.name for target in targets] for targets in found] == [["y"], ["y", "p"], ["p"], ["p+q"]]


@proves(*(f"predict.task={task}" for task in plugins.names("tasks")))
def test_tasks_read_a_column_in_their_own_way(prepared: Prepared) -> None:
    stars = rows(60, stars=[n % 4 + 1 for n in range(60)])
    tasks = plugins.names("tasks")
    found = {task: prepared(stars, predict={"column": "stars", "task": task}).ys["stars"] for task in tasks}
    assert {task: (y.dtype.kind, y.ndim) for task, y in found.items()} == {
        "classification": ("i", 1),
        "multilabel": ("f", 2),
        "regression": ("f", 1),
    }


@proves(*(f"predict.positive{form}" for form in (":string", ":integer", ":number", "=true", "=false")))
@pytest.mark.parametrize(
    ("classes", "positive"),
    [(("a", "b"), "a"), ((3, 4), 3), ((1.5, 2.5), 1.5), (("no", "yes"), False), (("true", "yes"), True)],
    ids=str,
)
def test_the_positive_class(classes: tuple[Any, Any], positive: Any, prepared: Prepared) -> None:
    table = rows(60, y=[classes[n % 3 == 0] for n in range(60)])
    predicted = ({"column": "y"}, {"column": "y", "positive": positive})
    default, chosen = (prepared(table, predict=predict).targets[0].state["labels"] for predict in predicted)
    assert chosen == default[::-1]


@proves("predict.separator")
def test_the_separator_divides_labels(prepared: Prepared) -> None:
    cells = [("a;b|c", "a", "b|c")[n % 3] for n in range(60)]
    labels = [
        prepared(rows(60, y=cells), predict={"column": "y", "task": "multilabel", **more}).targets[0].state["labels"]
        for more in ({}, {"separator": "|"}, {"separator": ""})
    ]
    assert labels == [["a", "b|c"], ["a", "a;b", "b", "c"], ["a", "a;b|c", "b|c"]]


# ----------------------------------------------------------------------- columns
OTHERWISE: dict[str, list[Any]] = {  # modality -> cells that are taken for another one unless the project says so
    "boolean": ["perhaps" if n % 16 == 0 else ("no", "yes")[n % 2] for n in range(200)],
    "category": [n % 5 + 1 for n in range(200)],
    "datetime": [1_700_000_000 + 90_001 * (n * 7 % 200) for n in range(200)],
    "number": [n % 2 for n in range(200)],
    "text": [f"Owen Braund {n % 9}" for n in range(200)],
}


@proves(*(f"columns.*{key}={name}" for name in plugins.names("modalities") for key in ("", ".type")))
@pytest.mark.parametrize("modality", plugins.names("modalities"))
def test_the_type_is_the_one_named(modality: str, prepared: Prepared) -> None:
    table = rows(c=OTHERWISE[modality])
    specs: tuple[Any, ...] = ({}, {"c": {"type": modality}}, {"c": modality})
    inferred, named, short = (prepared(table, columns=spec) for spec in specs)
    assert inferred.columns[-1].modality not in ("", modality)
    assert named.columns[-1].modality == short.columns[-1].modality == modality
    assert named.fingerprint == short.fingerprint
    assert inferred.states["c"] != named.states["c"] or modality == "number"


ROLES = ("input", "key", "time", "group", "split", "weight", "protected", "known_after_decision", "ignore")


@proves(*(f"columns.*.role={role}" for role in ROLES))
def test_roles_are_told_apart(prepared: Prepared) -> None:
    table = rows(300, id=[f"K{n}" for n in range(300)], z=[n // 3 for n in range(300)])
    table["part"] = [("train", "valid", "test")[n // 10 % 3] for n in range(300)]
    plain = prepared(table, data={"split": {"test": 0.2}})
    assert [column.name for column in plain.inputs] == ["x", "z", "part"]

    def given(column: str, role: str) -> Dataset:
        return prepared(table, columns={column: {"role": role}}, data={"split": {"test": 0.2}})

    assert [column.name for column in given("id", "input").inputs] == ["x", "id", "z", "part"]
    time, group, protected, ignored = (given("z", role) for role in ("time", "group", "protected", "ignore"))
    key, split = given("id", "key"), given("part", "split")
    late, weight = given("z", "known_after_decision"), given("z", "weight")
    for dataset, lost in ((time, "z"), (group, "z"), (split, "part"), (protected, "z"), (ignored, "z"), (late, "z")):
        assert lost not in [column.name for column in dataset.inputs]
    assert key.keys == ("id",) and not np.array_equal(key.parts, plain.parts)
    assert time.parts.tolist() == sorted(time.parts.tolist())
    assert all(len({*group.parts[start : start + 3]}) == 1 for start in range(0, 300, 3))
    assert split.parts.tolist() == [n // 10 % 3 for n in range(300)]
    assert protected.protected == ("z",) and "z" in protected.values
    assert late.columns[3].role == "known_after_decision" and "z" not in late.values
    assert weight.weights[weight.parts == TRAIN].mean() == pytest.approx(1)
    assert_array_equal(weight.weights > 0, np.arange(300) >= 3)
    assert ignored.protected == () and "z" not in ignored.values


@proves(*(f"columns.*.missing({name})" for name in plugins.names("modalities")))
@pytest.mark.parametrize(
    ("modality", "cells", "marks"),
    [
        ("boolean", ["yes", "1", "0", "no"] * 50, [0, "no"]),
        ("category", ["Rome", "上海", "-9", "nowhere"] * 50, [-9, "nowhere"]),
        ("datetime", ["2024-01-02", "2024-03-04", "1900-01-01", "-9"] * 50, ["1900-01-01", -9]),
        ("number", ["1.5", "2.5", "-9", "gone"] * 50, [-9, "gone"]),
        ("text", ["a clean room", "房间很好", "-9", "no comment"] * 50, [-9, "no comment"]),
    ],
)
def test_cells_that_mean_missing(modality: str, cells: list[Any], marks: list[Any], prepared: Prepared) -> None:
    gaps = [
        [value == "" or value != value for value in prepared(rows(c=cells), columns={"c": spec}).values["c"]]
        for spec in ({"type": modality}, {"type": modality, "missing": marks})
    ]
    assert gaps[1] == [False, False, True, True] * 50 != gaps[0]


@proves("columns.*.words", "columns.*.characters", "columns.*.buckets")
@pytest.mark.parametrize("option", [{"words": 0}, {"words": 3}, {"characters": 2}, {"buckets": 256}], ids=str)
def test_n_grams_of_texts(option: dict[str, int], prepared: Prepared) -> None:
    grams = importlib.import_module("modelyard.models.grams")
    cells = [f"a clean room for {n} nights" for n in range(200)]
    found = []
    for spec in ({"type": "text"}, {"type": "text", **option}):
        dataset = prepared(rows(c=cells), columns={"c": spec})
        columns = [TextColumn(column.name, column.options) for column in dataset.text_columns]
        found.append([one.feed().options for one in grams.fit(columns, [dataset.texts(np.arange(200))])])
    assert found[0] != found[1]


@proves("columns.*.monotone=up", "columns.*.monotone=down")
def test_the_answer_follows_a_column(prepared: Prepared) -> None:
    signs = {"up": 1, "down": -1}
    for way, sign in signs.items():
        (feature,) = prepared(rows(), columns={"x": {"monotone": way}}).features("raw")
        assert feature.monotone == sign


@proves("columns.*.max_levels", "columns.*.min_count")
@pytest.mark.parametrize("option", [{"max_levels": 2}, {"min_count": 40}], ids=str)
def test_rare_levels(option: dict[str, int], prepared: Prepared) -> None:
    level = [("a", "b", "c")[int(n % 10 > 4) + int(n % 10 > 8)] for n in range(200)]
    levels = [prepared(rows(c=level), columns={"c": spec}).states["c"]["levels"] for spec in ({}, option)]
    assert levels == [["a", "b", "c"], ["a", "b"]]


@proves("columns.*.hash_buckets")
def test_levels_in_buckets(prepared: Prepared) -> None:
    table = rows(210, c=[f"item {n % 70}" for n in range(210)])
    widths = {
        buckets: len(prepared(table, columns={"c": {"onehot": 10, "hash_buckets": buckets}}).features("dense"))
        for buckets in (0, 8)
    }
    assert widths[8] == widths[0] + 8 - 1


@proves("columns.*.onehot")
def test_levels_with_a_dense_column_of_their_own(prepared: Prepared) -> None:
    table = rows(c=[("a", "b", "c", "d")[n % 4] for n in range(200)])
    width = [len(prepared(table, columns={"c": spec}).features("dense")) for spec in ({}, {"onehot": 2})]
    assert width == [5, 4]  # x, and a b c d, or a b and the others


@proves(*(f"columns.*.scaling={way}" for way in ("auto", "standard", "robust", "quantile")))
def test_how_numbers_are_scaled(prepared: Prepared) -> None:
    cells = [float(round(np.exp(n % 23), 3)) for n in range(230)]
    table = rows(230, c=cells)
    views = {
        way: prepared(table, columns={"c": {"type": "number", "scaling": way}}).view("dense", np.arange(230))[0]
        for way in ("auto", "standard", "robust", "quantile")
    }
    assert_array_equal(views["auto"], views["quantile"])  # tails as long as these are
    assert len({view.tobytes() for view in views.values()}) == 3


@proves("columns.*.decimal=auto", "columns.*.decimal=point", "columns.*.decimal=comma")
def test_the_decimal_mark(prepared: Prepared) -> None:
    cells = {"auto means comma": ["1,5", "2,25", "2,125"], "auto means point": ["1,234", "2.5", "3.25"]}
    read = {
        (name, mark): prepared(
            rows(210, c=some * 70), columns={"c": {"type": "number", "decimal": mark, "role": "input"}}
        ).values["c"]
        for name, some in cells.items()
        for mark in ("auto", "point", "comma")
    }
    for name in cells:
        same, different = ("comma", "point") if name.endswith("comma") else ("point", "comma")
        assert_array_equal(read[name, "auto"], read[name, same])
        assert not np.array_equal(read[name, "auto"], read[name, different], equal_nan=True)


@proves("columns.*.day_first=true", "columns.*.day_first=false")
def test_what_stands_first_in_a_date(prepared: Prepared) -> None:
    table = rows(c=[f"0{1 + n % 9}/0{1 + n % 7}/2024" for n in range(200)])
    days = {first: prepared(table, columns={"c": {"day_first": first}}).values["c"] for first in (True, False)}
    assert days[True][1] == np.datetime64("2024-02-02").astype("datetime64[s]").astype(float) == days[False][1]
    assert days[True][7] == np.datetime64("2024-01-08").astype("datetime64[s]").astype(float)
    assert days[False][7] == np.datetime64("2024-08-01").astype("datetime64[s]").astype(float)


@proves("columns.*.unit")
def test_the_unit_of_a_column(prepared: Prepared) -> None:
    table = rows(c=[f"{n} g" if n % 4 else f"{n / 1000} kg" for n in range(200)])
    read = {unit: prepared(table, columns={"c": {"unit": unit}}).values["c"] for unit in ("kg", "g")}
    assert np.allclose(read["g"], np.arange(200)) and np.allclose(read["kg"], np.arange(200) / 1000)
    assert np.array_equal(prepared(table).values["c"], read["g"])


@proves("columns.*.percent=share", "columns.*.percent=points")
def test_percents_are_shares_or_points(prepared: Prepared) -> None:
    table = rows(c=[f"{n % 90}%" for n in range(200)])
    read = {way: prepared(table, columns={"c": {"percent": way}}).values["c"] for way in ("share", "points")}
    assert np.allclose(read["share"] * 100, read["points"]) and read["points"][7] == 7


@proves("columns.*.text=true", "columns.*.text=false")
def test_numbers_as_texts_in_requests(prepared: Prepared, tmp_path: Path) -> None:
    for cells, default in (([f"{n} kg" for n in range(200)], True), ([float(n) for n in range(200)], False)):
        for text in (None, True, False):
            inputs = prepared(rows(c=cells), columns={"c": {"type": "number", "text": text}}).inputs
            (field,) = (field for field in fields(SimpleNamespace(path=tmp_path, inputs=inputs)) if field.name == "c")
            assert ("string" in field.types) == (default if text is None else text)


@proves("columns.*.keep")
def test_words_that_stay_levels(prepared: Prepared) -> None:
    table = rows(c=["red", "blue", "unknown", "无", "NA"] * 40)
    assert prepared(table).values["c"][:5].tolist() == ["red", "blue", "", "无", ""]
    kept = prepared(table, columns={"c": {"keep": ["unknown", "NA"]}}).values["c"]
    assert kept[:5].tolist() == ["red", "blue", "unknown", "", "NA"]


@proves("columns.*.yes_words", "columns.*.no_words")
def test_words_for_yes_and_no(prepared: Prepared) -> None:
    table = rows(c=["合格", "不合格", "缓考", "合格"] * 50)
    spec = {"type": "boolean", "yes_words": ["合格"], "no_words": ["不合格"]}
    assert_array_equal(prepared(table, columns={"c": spec}).values["c"][:3], [1, 0, np.nan])
    no = {**spec, "no_words": ["不合格", "缓考"]}
    assert_array_equal(prepared(table, columns={"c": no}).values["c"][:3], [1, 0, 0])


@proves(*(f"columns.*.numbers={way}" for way in ("seconds", "milliseconds", "days", "digits")))
def test_what_plain_numbers_of_a_date_count(prepared: Prepared) -> None:
    table = rows(c=[20_240_101 + n % 28 for n in range(200)])
    read = {
        way: prepared(table, columns={"c": {"type": "datetime", "numbers": way}}).values["c"]
        for way in ("seconds", "milliseconds", "digits")
    }
    days = prepared(
        rows(c=[45_292 + n % 28 for n in range(200)]), columns={"c": {"type": "datetime", "numbers": "days"}}
    )
    assert_array_equal(days.values["c"], read["digits"])
    assert read["seconds"][0] == 20_240_101 == read["milliseconds"][0] * 1000


# ------------------------------------------------------------------- whole runs
LINEAR = {"method": "linear", "linear": {"l2": [0.01]}}


def shop() -> dict[str, Any]:
    """600 rows with a class and an amount to predict."""
    random = np.random.default_rng(0)
    age, city = random.integers(18, 80, 600), random.choice(["上海", "Rome", "Bonn"], 600)
    noise = random.normal(size=600)
    bought = np.where(age / 12 - 4 + 2 * (city == "上海") + 2 * noise > 0, "yes", "no")
    member = random.choice(["gold", "none"], 600)
    return {"age": age, "city": city, "member": member, "bought": bought, "spent": age + 9 * noise}


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """`go(**settings)` runs the shop in one workspace, so that a stage whose key forgot an option would be found."""
    folder = tmp_path_factory.mktemp("小店")
    write(folder / "shop.csv", shop())

    def run(**settings: Any) -> modelyard.Run:
        file = {"data": "shop.csv", "predict": "bought", "train": LINEAR, **settings}
        (folder / "modelyard.yaml").write_text(json.dumps(file), "utf-8")
        return modelyard.run(folder)

    return run


@proves("version=1")
def test_the_version_of_the_form(tmp_path: Path) -> None:
    values = {"data": {}, "predict": "y"}
    assert from_values({**values, "version": 1}, tmp_path).file == from_values(values, tmp_path).file
    with pytest.raises(ProjectError, match="version"):
        from_values({**values, "version": 2}, tmp_path)


@proves("extends")
def test_a_file_is_extended(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("goals: [roc_auc >= 0.8]\n", "utf-8")
    values = {"data": {}, "predict": "y"}
    assert from_values({**values, "extends": "base.yaml"}, tmp_path).file.goals == ["roc_auc >= 0.8"]
    assert from_values(values, tmp_path).file.goals == []


@proves("track=mlflow", "track.mlflow.uri", "track.mlflow.experiment")
def test_mlflow_is_told_where_the_project_says(go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(mlflow, "track", lambda *given: told.append(mlflow.told_of(*given)) or "")
    go()
    assert not told
    for said in ("mlflow", {"mlflow": {"uri": "sqlite:///own.db", "experiment": "risk"}}):
        go(track=said, name="shop")
    assert [Path(one["uri"]).name for one in told] == ["mlruns.db", "own.db"]
    assert [one["experiment"] for one in told] == ["shop", "risk"]


@proves("name")
def test_the_name_is_the_bundles(go: Go) -> None:
    one, other = go(name="小店"), go(name="shop")
    assert (one.bundle.name, one.report.name, one.record.name) == ("小店",) * 3
    assert other.bundle.name == "shop" and other.record.bundle != one.record.bundle


@proves("goals:string", "goals:list")
def test_goals_get_verdicts(go: Go) -> None:
    written: tuple[Any, ...] = ([], "roc_auc >= 0.5", ["roc_auc >= 0.5", "accuracy >= 0.99", "bundle_mb <= 5"])
    outcomes = [[verdict.outcome for verdict in go(goals=goals).report.goals] for goals in written]
    assert outcomes == [[], ["met"], ["met", "not met", "met"]]


@proves("predict.costs.*:number", "predict.costs.*:string", "predict.costs.*.*", "predict.decisions.*")
def test_costs_and_names_shape_the_decision_and_train_nothing_anew(go: Go) -> None:
    def answers(**options: Any) -> tuple[list[str], list[str], str, bool]:
        run = go(predict={"column": "bought", "positive": "yes", **options})
        answer = run.predict(shop()).targets["bought"]
        rule = run.bundle.targets[0]["decision"]
        trained = next(stage["hit"] for stage in run.record.stages if stage["stage"] == "train")
        currency = rule["costs"]["currency"] if rule and rule["costs"] else ""
        return answer["value"].tolist(), list(answer.get("decision", ())), currency, trained

    plain, no_decision, _, _ = answers()
    dear, decided, currency, trained = answers(costs={"currency": "CNY", "yes": 500, "no": 1})
    assert plain.count("yes") < dear.count("yes") and no_decision == [] and decided == dear
    assert (currency, trained) == ("CNY", True)
    cheap, _, currency, _ = answers(costs={"currency": "EUR", "yes": {"no": 1}, "no": {"yes": 500}})
    assert cheap.count("yes") < plain.count("yes") and currency == "EUR"
    costs = {"currency": "CNY", "yes": 500, "no": 1, "review": 0.5}
    _, reviewed, _, trained = answers(costs=costs, decisions={"yes": "call", "review": "转人工"})
    assert set(reviewed) == {"call", "no", "转人工"} and trained


@proves(*(f"predict.outside{form}" for form in (":string", ":integer", ":number", "=true", "=false")))
@pytest.mark.parametrize(
    ("other", "outside"), [("neither", "neither"), (9, 9), (0.5, 0.5), ("true", True), ("false", False)]
)
def test_a_label_that_is_no_class(other: Any, outside: Any, prepared: Prepared) -> None:
    table = rows(60, y=["a", "b", other] * 20)
    found, without = prepared(table, predict={"column": "y", "outside": outside}), prepared(table)
    assert found.targets[0].state["labels"] == ["a", "b"] and found.targets[0].state["outside"]["learnt"]
    assert len(without.targets[0].state["labels"]) == 3


@proves("predict.outside_loss")
def test_what_may_be_lost_is_turned_away_and_trains_nothing_anew(go: Go) -> None:
    def turned(**options: Any) -> tuple[int, bool]:
        run = go(predict={"column": "bought", "positive": "yes", **options})
        trained = next(stage["hit"] for stage in run.record.stages if stage["stage"] == "train")
        return run.predict(shop()).targets["bought"]["value"].tolist().count("outside"), trained

    none, _ = turned()
    few, trained = turned(outside_loss=0.02)
    many, again = turned(outside_loss=0.4)
    assert none == 0 < few < many and trained and again


@proves("lang=en", "lang=zh")
def test_the_language_is_the_projects_unless_somebody_insists(go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(**settings: Any) -> str:
        return (go(**settings).path / "evidence" / "report.md").read_text("utf-8")

    messages.use(None)
    monkeypatch.setenv("MODELYARD_LANG", "en")
    english, chinese = page(lang="en"), page(lang="zh")
    assert "评估报告" in chinese and "评估报告" not in english
    assert page() == english, "the language of one run must not stick to the next"
    monkeypatch.setenv("MODELYARD_LANG", "zh")
    assert page() == chinese and page(lang="en") == english
    messages.use("zh")
    assert page(lang="en") == chinese


@proves("evaluate.slices")
def test_slices_are_by_the_columns_named(go: Go) -> None:
    def sliced(**settings: Any) -> set[str]:
        slices = go(**settings).report.targets[0].slices
        return {part.column for part in slices.shown} if slices else set()

    assert sliced() == {"city", "member"}
    assert sliced(evaluate={"slices": ["age"]}) == {"age"}
    assert sliced(evaluate={"slices": ["member", "bought"]}) == {"member", "bought"}
    roles = {"columns": {"member": {"role": "protected"}}}
    assert sliced(**roles) == {"city", "member"}
    assert "member" not in {column.name for column in go(**roles).bundle.inputs}
    for role in ("ignore", "group"):
        with pytest.raises(ProjectError, match=rf"'member' \({role}\)(.|\n)*role: protected"):
            go(columns={"member": {"role": role}}, evaluate={"slices": ["member"]})


@proves("evaluate.confidence")
def test_confidence_widens_every_interval(go: Go) -> None:
    reports = [go(evaluate={"confidence": share}).report for share in (0.6, 0.99)]
    narrow, wide = (report.targets[0].scores[0].number for report in reports)
    assert narrow.interval and wide.interval and narrow.value == wide.value
    assert wide.interval[0] < narrow.interval[0] < narrow.interval[1] < wide.interval[1]


@proves("evaluate.coverage")
def test_coverage_is_what_intervals_and_certain_answers_promise(go: Go) -> None:
    runs = [go(predict=["bought", "spent"], evaluate={"coverage": share}) for share in (0.6, 0.95)]
    answers = [run.predict(shop()).targets for run in runs]
    narrow, wide = ((answer["spent"]["high"] - answer["spent"]["low"]).mean() for answer in answers)
    assert narrow < wide
    often, seldom = (answer["bought"]["certain"].mean() for answer in answers)
    assert often > seldom


def test_options_of_columns_reach_the_bundle(go: Go) -> None:
    spec = {"age": {"missing": [-9], "decimal": "comma"}, "city": {"missing": ["?x"]}}
    row = {"age": 60, "city": "Rome", "member": "gold", "spent": 70}

    def answer(run: modelyard.Run, **cells: Any) -> Any:
        return run.predict([{**row, **cells}]).rows()[0]["bought"]["probability"]

    plain, told = go(), go(columns=spec)
    assert answer(told, age=-9) == answer(told, age=None) != answer(plain, age=-9)
    assert answer(told, age="60,125") == answer(told, age=60.125) != answer(plain, age="60,125")
    assert answer(told, city="?x") == answer(told, city=None)


def test_no_stage_forgets_an_option_in_its_key(go: Go) -> None:
    """A run that differs by one option runs the stages that it concerns, and no others before them."""
    go()
    changes: list[tuple[str, dict[str, Any]]] = [
        ("prepare plan train package evaluate", {"data": {"source": "shop.csv", "split": {"test": 0.3}}}),
        ("plan train package evaluate", {"train": {"method": "linear", "linear": {"l2": [0.2]}}}),
        ("plan train evaluate", {"train": {**LINEAR, "time_budget": 200}}),
        ("train package evaluate", {"evaluate": {"coverage": 0.8}}),
        ("package evaluate", {"name": "another"}),
        ("package evaluate", {"evaluate": {"confidence": 0.7}}),  # rules are chosen with it
        ("evaluate", {"evaluate": {"slices": ["city"]}}),
        ("", {}),
    ]
    for ran, settings in changes:
        stages = go(**settings).record.stages
        assert " ".join(stage["stage"] for stage in stages if not stage["hit"]) == ran


# ------------------------------------------------------------------------ plans
def planned(plant: Callable[..., Path], **said: Any) -> Any:
    """The plan of a planted curve with something said under `plan:`."""
    from modelyard.plan.making import plan_project

    return plan_project(plant(goals=["accuracy >= 0.955"], plan=said))


def first_need(plan: Any) -> Any:
    return plan.goals[0].forecast.needs[0]


@proves("plan.level", "plan.budget.currency")
def test_wanted_probability_and_currency_are_told(plant: Callable[..., Path]) -> None:
    from modelyard.plan.told import lines

    plain = "\n".join(lines(planned(plant)))
    told = "\n".join(lines(planned(plant, level=0.6, labels={"price": 1}, budget={"currency": "CNY"})))
    assert "wanted 60%" in told
    assert "CNY" in told
    assert "wanted" not in plain.partition("Not computed")[0]


@proves(
    "plan.labels.price:number", "plan.labels.price:list", "plan.labels.annotators", "plan.labels.quality_share",
    "plan.labels.acceptance",
)  # fmt: skip
def test_prices_of_labels(plant: Callable[..., Path]) -> None:
    one = first_need(planned(plant, labels={"price": 2})).cost
    assert one[0] == one[1] == one[2]
    low, likely, high = first_need(planned(plant, labels={"price": [1, 2, 4]})).cost
    assert (low, likely, high) == pytest.approx((one[1] / 2, one[1], 2 * one[1]))
    for more, factor in ({"annotators": 3}, 3), ({"quality_share": 0.5}, 1.5), ({"acceptance": 0.5}, 2):
        assert first_need(planned(plant, labels={"price": 2, **more})).cost[1] == pytest.approx(factor * one[1])


@proves("plan.labels.per_day:number", "plan.labels.per_day:list", "plan.labels.most")
def test_paces_and_limits_of_labels(plant: Callable[..., Path]) -> None:
    slow = first_need(planned(plant, labels={"per_day": 10}))
    assert slow.days[1] == pytest.approx(slow.label / 10)
    low, likely, high = first_need(planned(plant, labels={"per_day": [5, 10, 20]})).days
    assert (low, likely, high) == pytest.approx((slow.days[1] / 2, slow.days[1], slow.days[1] * 2))
    assert first_need(planned(plant, labels={"most": 1})).over
    assert not slow.over


@proves("plan.missing_cost", "plan.budget.total")
def test_what_to_buy_and_what_a_budget_reaches(plant: Callable[..., Path]) -> None:
    plain = planned(plant, labels={"price": 1}).goals[0].forecast
    assert plain.purchase is None
    assert plain.offers == ()
    dear, cheap = (
        planned(plant, labels={"price": 1}, missing_cost=cost, budget={"total": total}).goals[0].forecast
        for cost, total in ((1e7, 1e7), (0.01, 10))
    )
    assert dear.purchase.label > cheap.purchase.label == 0
    assert dear.offers[0].reached
    assert not cheap.offers[0].reached


WORK = [{"id": "a", "role": "ml", "days": 10, "cost": 90}, {"id": "b", "role": "ml", "days": 5}]


@proves("plan.team.start", "plan.team.calendar", "plan.team.roles.*", "plan.budget.per_month", "plan.work")
def test_people_days_and_months(plant: Callable[..., Path]) -> None:
    pytest.importorskip("ortools")
    pytest.importorskip("holidays")
    team = {"start": "2027-02-01", "roles": {"ml": 1}}

    def end(work: Any = WORK, **more: Any) -> str:
        said = {"team": {**team, **more.pop("team", {})}, "work": work, **more}
        return str(planned(plant, **said).dates.planned)

    usual = end()
    assert usual == "2027-02-19"  # fifteen working days, one after the other
    assert end(team={"start": "2027-02-02"}) > usual
    assert end(team={"calendar": "CN"}) > usual  # the spring festival
    assert end(team={"roles": {"ml": 2}}) < usual
    assert end([*WORK, {"id": "c", "days": 3, "after": ["b", "a"]}]) > usual
    assert end(budget={"per_month": 45}, work=[{"id": "a", "days": 20, "cost": 90}]) > "2027-02-26"


@proves("plan.labels.role")
def test_who_labels_does_nothing_else_meanwhile(plant: Callable[..., Path]) -> None:
    pytest.importorskip("ortools")
    team = {"start": "2027-02-01", "roles": {"ml": 1}}
    work = [{"id": "a", "role": "ml", "days": 10}, {"id": "b", "days": 1, "gate": "accuracy"}]
    beside, after = (
        planned(plant, team=team, work=work, labels={"per_day": 100, **more}).dates.planned
        for more in ({}, {"role": "ml"})
    )
    assert after > beside

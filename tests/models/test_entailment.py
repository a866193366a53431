"""Zero-shot by entailment: pairs of a text and a sentence about each class."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from modelyard.backbones import tokenizers  # noqa: E402
from modelyard.backbones.quiet import quiet  # noqa: E402
from modelyard.core import plugins  # noqa: E402
from modelyard.core.errors import ProjectError  # noqa: E402
from modelyard.core.protocols import Mixed, Problem, TextColumn  # noqa: E402
from modelyard.fragments.graph import Graph  # noqa: E402
from modelyard.models import entailment  # noqa: E402
from modelyard.models.pace import Unwatched  # noqa: E402
from modelyard.runtime import steps, tokens  # noqa: E402

pytestmark = pytest.mark.torch
CORPUS = ["the parcel is late", "money back please", "This is about films.", "房间很干净，服务也好", "送货太慢了"]
TEXTS = [
    "the parcel",
    "",
    "money 🙂 back",
    "房间很干净，服务也好",
    "please, the parcel is late! " * 40,
    "[SEP] نص\u202e",
]
LABELS = {"好": "money back", "坏": ["the parcel is late", "送货太慢了"], "c": "films"}
PLAIN: dict[str, Any] = {
    name: field.default for name, field in plugins.part("modalities", "text", "options").Options.model_fields.items()
}
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def write_pairs(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """`write_pairs(kind, labels)`: a tiny checkpoint of natural language inference."""

    def write(kind: str = "bert", labels: tuple[str, ...] = ("contradiction", "neutral", "entailment")) -> Path:
        folder = tmp_path_factory.mktemp("推理")
        sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
        if kind == "distilbert":
            sizes = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
        places = {"vocab_size": 150, "max_position_embeddings": 96, "pad_token_id": 0}
        with quiet(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(2)
            config = transformers.AutoConfig.for_model(kind, **sizes, **places)
            config.id2label, config.label2id = dict(enumerate(labels)), {one: at for at, one in enumerate(labels)}
            model = transformers.AutoModelForSequenceClassification.from_config(config)
            for weights in model.parameters():  # of this size answers differ
                weights.data.mul_(3.0 if weights.ndim > 1 else 1.0)
            model.save_pretrained(folder)
        (folder / "tokenizer.json").write_bytes(tokenizers.train(CORPUS * 3, vocabulary=150))
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', "utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def pairs(write_pairs: Write) -> Path:
    return write_pairs()


def problem(labels: tuple[str, ...] = ("好", "坏", "c"), columns: tuple[str, ...] = ("t",), **options: Any) -> Problem:
    y = np.arange(len(TEXTS)) % len(labels)
    rows = (np.zeros((len(TEXTS), 0), np.float32), y, np.ones(len(TEXTS), np.float32))
    texts = {name: np.array(TEXTS, object) for name in columns}
    told = tuple(TextColumn(name, {**PLAIN, **options}) for name in columns)
    state, width = {"labels": list(labels), "positive": None}, 1 if len(labels) == 2 else len(labels)
    held = {"texts": texts, "texts_valid": texts, "columns": told}
    return Problem("classification", state, width, (), *rows, *rows, 0, 1, **held)


def learnt(folder: Path, checkpoint: Path, one: Problem, **options: Any) -> Path:
    """The whole way: settled options, probe, fit, and the folder that they leave."""
    module, fit = (plugins.part("methods", "zero_shot", name) for name in ("options", "fit"))
    asked = module.Options(**{"labels": LABELS, "entailment": checkpoint.name, **options})
    settled = module.settled_at(asked, checkpoint.parent, {checkpoint.name: "abc"})
    info = module.info_of(settled)
    assert (settled.digest, info.view, info.wants, info.learns) == ("abc", "texts", "texts", False)
    assert fit.probe(one, settled) >= 0
    folder.mkdir()
    assert fit.fit([one], settled, 1, [folder], Unwatched()) == {"done": 1, "best": 1, "curves": [], "notes": []}
    return folder


def said(folder: Path, texts: list[str]) -> Any:
    x = Mixed(np.zeros((len(texts), 0), np.float32), {"t": np.array(texts, object)})
    return plugins.part("methods", "zero_shot", "load").load(folder).scores(x)


def by_library(checkpoint: Path, text: str, sentence: str, label: int = 2) -> float:
    """The logit that `transformers` gives to a pair."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    given = dict(tokenizer(text, sentence, return_tensors="pt"))
    if model.config.model_type not in ("bert", "electra"):
        given.pop("token_type_ids", None)
    elif "token_type_ids" not in given:
        ids = given["input_ids"][0].tolist()
        first = ids.index(tokenizer.convert_tokens_to_ids("[SEP]"))
        given["token_type_ids"] = torch.tensor([[int(at > first) for at in range(len(ids))]])
    with torch.inference_mode():
        return float(model(**given).logits[0, label])


def graph_of(folder: Path) -> Callable[[list[str]], Any]:
    """The graph, fed as in a bundle; it is exported once."""
    graph = Graph()
    scores = plugins.part("methods", "zero_shot", "export").export(graph, [folder], "")
    graph.output("scores", scores, np.float64, entailment.load(folder).known.width)
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    (feed,) = graph.feeds.values()
    maker = steps.Steps(graph.files, lambda *_: None)

    def answer(texts: list[str]) -> Any:
        return steps.run(session, ["scores"], {}, [maker.make(feed, np.array(texts, object))], len(texts))[0]

    return answer


# ------------------------------------------------------------------------- scores
@pytest.mark.parametrize("kind", ["bert", "distilbert", "electra"])
def test_a_score_is_the_logit_of_entailment_of_the_pair(tmp_path: Path, write_pairs: Write, kind: str) -> None:
    checkpoint = write_pairs(kind)
    one = problem(window=96)
    folder = learnt(tmp_path / "folder", checkpoint, one, template="This is about {}.")
    short = [text for text in TEXTS if 0 < len(text) < 30 and "[SEP]" not in text]
    wanted = [
        [
            np.mean([by_library(checkpoint, text, f"This is about {sentence}.") for sentence in sentences])
            for sentences in (["money back"], LABELS["坏"], ["films"])
        ]
        for text in short
    ]
    assert_allclose(said(folder, short), wanted, atol=1e-5)
    assert_allclose(graph_of(folder)(short), wanted, atol=1e-5)
    assert np.ptp(wanted, axis=0).min() > 1e-3  # not the same for every text


def test_two_classes_are_one_score(tmp_path: Path, pairs: Path) -> None:
    two = problem(("bad", "good"))
    short = TEXTS[:4]  # longer sentences leave less room in a window
    three = said(learnt(tmp_path / "three", pairs, problem()), short)
    folder = learnt(tmp_path / "two", pairs, two, labels={"good": "films", "bad": "money back"})
    assert_allclose(said(folder, short), three[:, 2:] - three[:, :1], atol=1e-5)


def test_the_graph_agrees_a_book_is_read_whole_and_neighbours_change_nothing(tmp_path: Path, pairs: Path) -> None:
    folder = learnt(tmp_path / "folder", pairs, problem(window=64, overlap=8))
    answer, book = graph_of(folder), "the parcel is late 送货太慢了 " * 2_500
    found = said(folder, [*TEXTS, book])
    assert np.isfinite(found).all()
    assert_allclose(answer([*TEXTS, book]), found, atol=1e-5)
    assert_allclose(np.concatenate([answer([text]) for text in [*TEXTS, book]]), found, atol=1e-5)
    assert not np.allclose(answer([book[:200]]), found[-1:], atol=1e-5)


def test_a_long_text_is_the_mean_of_its_windows(tmp_path: Path, pairs: Path) -> None:
    folder = learnt(tmp_path / "folder", pairs, problem(window=20, overlap=0))
    reader = entailment.load(folder)
    ids = tokens.tokens(tokens.open_tokenizer(reader.tokenizer), np.array(TEXTS[4:5], object), 20, 0).windows(20)
    with torch.inference_mode():
        each = [reader.network(torch.from_numpy(ids[:, at : at + 1])).numpy() for at in range(ids.shape[1])]
    assert len(each) > 5
    assert_allclose(said(folder, TEXTS[4:5]), np.mean(each, axis=0), atol=1e-5)


def test_no_rows_and_folds_that_are_alike(tmp_path: Path, pairs: Path) -> None:
    folder = learnt(tmp_path / "folder", pairs, problem())
    assert said(folder, []).shape == (0, 3)
    none = problem()
    none = replace(none, x_valid=none.x_valid[:0], y_valid=none.y_valid[:0], texts_valid={"t": np.empty(0, object)})
    assert_allclose(said(learnt(tmp_path / "none", pairs, none), TEXTS), said(folder, TEXTS), atol=0)


def test_many_sentences_take_fewer_rows_at_a_time(tmp_path: Path, pairs: Path) -> None:
    reader = entailment.load(learnt(tmp_path / "folder", pairs, problem()))
    assert reader.known.times == 2 * len(reader.known.tails) == 8


def test_the_name_of_the_class_may_be_written_in_other_ways(tmp_path: Path, write_pairs: Write) -> None:
    for number, labels in enumerate([("ENTAILMENT", "not_entailment"), ("矛盾", "蕴含")]):
        reader = entailment.load(learnt(tmp_path / str(number), write_pairs("bert", labels), problem()))
        assert reader.known.entailment == number


# ----------------------------------------------------------------------- mistakes
@pytest.mark.parametrize(
    ("labels", "got"), [(("good", "bad"), "good, bad"), (("entailment", "entails_too"), "entailment, entails_too")]
)
def test_a_checkpoint_that_says_nothing_of_entailment(
    tmp_path: Path, write_pairs: Write, labels: tuple[str, ...], got: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        learnt(tmp_path / "folder", write_pairs("bert", labels), problem())
    (mistake,) = caught.value.mistakes
    assert mistake.place == "train.zero_shot.entailment" and got in mistake.got and "id2label" in mistake.fix


@pytest.mark.parametrize(
    ("options", "columns", "place"),
    [
        ({"labels": {"好": "money back"}}, ("t",), "train.zero_shot.labels"),
        ({"labels": {**LABELS, "无": "nothing"}}, ("t",), "train.zero_shot.labels.无"),
        ({"labels": {**LABELS, "c": "money back " * 40}}, ("t",), "train.zero_shot.labels"),
        ({}, ("t", "u"), "train.zero_shot.column"),
        ({"column": "v"}, ("t", "u"), "train.zero_shot.column"),
        ({}, (), "train.zero_shot"),
    ],
)
def test_what_does_not_fit(
    tmp_path: Path, pairs: Path, options: dict[str, Any], columns: tuple[str, ...], place: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        learnt(tmp_path / "folder", pairs, problem(columns=columns), **options)
    assert caught.value.mistakes[0].place == place


def test_a_folder_that_is_no_checkpoint_and_one_without_a_head(tmp_path: Path, tiny_encoder: Any) -> None:
    (tmp_path / "leer").mkdir()
    for checkpoint in (tmp_path / "leer", tiny_encoder(), tmp_path / "kein Ordner"):
        with pytest.raises(ProjectError):
            learnt(tmp_path / "folder", checkpoint, problem())


def test_a_revision_is_for_the_hub_alone(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(ProjectError, match="revision"):
        learnt(tmp_path / "folder", pairs, problem(), revision="main")


def test_what_is_kept_says_all(tmp_path: Path, pairs: Path) -> None:
    folder = learnt(tmp_path / "folder", pairs, problem())
    told = json.loads((folder / entailment.FACTS).read_text("utf-8"))
    assert told["classes"] == [0, 1, 1, 2] and told["column"] == "t" and told["width"] == 3
    assert [types[-1] for types in told["types"]] == [1] * 4

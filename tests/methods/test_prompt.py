"""A language model behind an endpoint: asked over real HTTP, at a server of the tests' own."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import from_values
from modelyard.core.protocols import Mixed, Problem, TextColumn
from modelyard.methods.prompt import answers, asking, chat, fit, load, wording
from modelyard.methods.prompt.options import Options, Settled, settled_in

CLASSES = ("bad", "good")
TEXTS = [
    "good film",
    "bad film",
    "a good one",
    "how bad",
    "good",
    "bad",
    "so good 👍",
    "坏 bad",
    "العربية good",
    "bad é",
]


@dataclass
class Model:
    """What the server says, and what it was asked.

    Args:
        answer: Body of a request -> (status, headers, body); a body that is a string is what the model wrote.
    """

    answer: Callable[[dict[str, Any]], Any]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    address: str = ""

    def rows(self) -> list[str]:
        return [body["messages"][-1]["content"] for body in self.asked]


def sensible(body: dict[str, Any]) -> str:
    return json.dumps({"label": "good" if "good" in body["messages"][-1]["content"] else "bad"})


def spoken(content: Any, tokens: tuple[int, int] = (100, 10)) -> bytes:
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
    return json.dumps({"choices": [{"message": {"content": content}}], "usage": usage}).encode()


@pytest.fixture
def serve() -> Iterator[Callable[..., Model]]:
    """`serve(answer)`: a chat endpoint on a port of its own."""
    servers = []

    def start(answer: Callable[[dict[str, Any]], Any] = sensible) -> Model:
        model = Model(answer)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.asked.append(body)
                model.headers.append(dict(self.headers))
                model.paths.append(self.path)
                said = model.answer(body)
                status, headers, content = said if isinstance(said, tuple) else (200, {}, said)
                if status is None:  # the connection ends without a word
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                content = spoken(content) if isinstance(content, str) else content
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *args: Any) -> None:
                """Whoever hangs up on us may."""

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        model.address = f"http://127.0.0.1:{server.server_port}/v1"
        return model

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long between two attempts; no proxy of this machine, and one that must not be used."""
    monkeypatch.setattr(chat, "_FIRST_WAIT", 0.001)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def texts_problem(held: Sequence[str] = TEXTS[:4], train: Sequence[str] = TEXTS[4:], **more: Any) -> Problem:
    """The class is whether the text has the word good."""
    x, x_valid = (np.zeros((len(texts), 0), np.float32) for texts in (train, held))
    y, y_valid = (np.asarray(["good" in one for one in texts], np.int64) for texts in (train, held))
    parts = (x, y, np.ones(len(y), np.float32), x_valid, y_valid, np.ones(len(y_valid), np.float32))
    problem = Problem("classification", {"labels": list(CLASSES), "positive": 1}, 1, (), *parts, seed=0, threads=1)
    texts, texts_valid = {"text": np.asarray(train, object)}, {"text": np.asarray(held, object)}
    return replace(problem, texts=texts, texts_valid=texts_valid, columns=(TextColumn("text", {}),), **more)


def mixed(rows: Sequence[str]) -> Mixed:
    return Mixed(np.zeros((len(rows), 0), np.float32), {"text": np.asarray(rows, object)})


class Willing:
    def __init__(self, most: int = 10**9) -> None:
        self.steps: list[tuple[int, int]] = []
        self.most = most

    def step(self, done: int, total: int, **values: float) -> bool:
        self.steps.append((done, total))
        return len(self.steps) < self.most


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """`run(model, problem or folds, **options)` -> the report; checkpoints are in tmp_path / name / number."""

    def go(asked: Model | str, problem: Any = None, name: str = "one", watch: Any = None, **chosen: Any) -> Any:
        address = asked if isinstance(asked, str) else asked.address
        problem = texts_problem() if problem is None else problem
        folds = problem if isinstance(problem, list) else [problem]
        folders = [tmp_path / name / str(number) for number in range(len(folds))]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        options = {"endpoint": address, "model": "m", "timeout": 5.0, "retries": 1, "parallel": 2, **chosen}
        settled = settled_in(Options(**options), tmp_path / "workspace")
        return fit.fit(folds, settled, 1, folders, watch or Willing())

    return go


def said(report: Any) -> str:
    return "\n".join(text(key, **values) for key, values in report["notes"])


def loaded(tmp_path: Path, fold: int = 0, name: str = "one") -> load.Asker:
    return load.load(tmp_path / name / str(fold))


# ------------------------------------------------------------------------ asking
def test_every_row_is_asked_once_and_answered(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    report = run(model)
    assert sorted(model.rows()) == sorted(TEXTS[:4])
    assert {key: report[key] for key in ("done", "best", "curves")} == {"done": 1, "best": 1, "curves": []}
    found = loaded(tmp_path).scores(mixed(TEXTS[:4]))
    assert_array_equal(found[:, 0] > 0, ["good" in one for one in TEXTS[:4]])
    assert len(model.asked) == 4  # what was asked while fitting is known


def test_what_is_sent(serve: Any, run: Any) -> None:
    model = serve()
    run(model, labels={"good": "they liked it"}, instruction="What did they think?")
    body = model.asked[0]
    assert (body["model"], body["temperature"]) == ("m", 0)
    assert body["messages"][0] == {
        "role": "system",
        "content": f"What did they think?\n- bad\n- good: they liked it\n{wording.SHAPE}",
    }
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert model.paths[0] == "/v1/chat/completions" and "Authorization" not in model.headers[0]


@pytest.mark.parametrize("tail", ["", "/", "/chat/completions", "/chat/completions/"])
def test_the_address_may_be_whole(serve: Any, run: Any, tail: str) -> None:
    model = serve()
    run(model.address + tail)
    assert set(model.paths) == {"/v1/chat/completions"}


def test_the_key_comes_from_the_environment_and_is_written_nowhere(
    serve: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_KEY", "sk-geheim")
    model = serve()
    report = run(model, key="${CHAT_KEY}")
    assert model.headers[0]["Authorization"] == "Bearer sk-geheim"
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written and not any(b"geheim" in one for one in [*written, json.dumps(report).encode()])
    model.answer = lambda body: (401, {}, b"wrong key sk-geheim")
    with pytest.raises(ProjectError) as caught:
        run(model, texts_problem(held=["another"]), key="${CHAT_KEY}")
    assert "geheim" not in str(caught.value) and "${CHAT_KEY}" in str(caught.value)


def test_rows_are_asked_several_at_a_time(serve: Any, run: Any) -> None:
    meeting = threading.Barrier(4, timeout=10)

    def together(body: Any) -> str:
        meeting.wait()
        return sensible(body)

    run(serve(together), parallel=4)


def test_equal_rows_are_asked_once(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    run(model, texts_problem(held=["good"] * 5 + ["bad"]))
    assert sorted(model.rows()) == ["bad", "good"]
    assert loaded(tmp_path).scores(mixed(["good", "good"])).shape == (2, 1)


def test_rows_of_several_columns(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    problem = texts_problem(held=["good"])
    both = {"title": np.asarray(["A film"], object), "text": np.asarray(["good"], object)}
    named = (TextColumn("title", {}), TextColumn("text", {}))
    train = {name: np.repeat(values, len(problem.y)) for name, values in both.items()}
    run(model, replace(problem, texts=train, texts_valid=both, columns=named))
    assert model.rows() == ["title: A film\ntext: good"]
    assert loaded(tmp_path).scores(Mixed(np.zeros((1, 0), np.float32), both))[0, 0] > 0 and len(model.asked) == 1


def test_nasty_texts_arrive_as_they_are(serve: Any, run: Any) -> None:
    nasty = ["", "👩‍👩‍👧", "e\u0301", "你好", "שלום", '"}]}\n', "\x00\x07", "x" * 100_000, "half \ud83d"]
    model = serve()
    run(model, texts_problem(held=nasty))
    assert sorted(model.rows()) == sorted(nasty)


def test_many_classes_and_rows_outside(serve: Any, run: Any, tmp_path: Path) -> None:
    state = {"labels": list(CLASSES), "positive": 1, "outside": {"label": "none", "learnt": True}}
    model = serve(lambda body: '{"label": "none"}')
    run(model, texts_problem(state=state, width=3), labels={"none": "anything else"})
    found = loaded(tmp_path).scores(mixed(TEXTS[:4]))
    assert found.shape == (4, 3) and (found.argmax(axis=1) == 2).all()
    assert_allclose(np.exp(found).sum(axis=1), 1)
    assert "- none: anything else" in model.asked[0]["messages"][0]["content"]


def test_no_rows(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    report = run(model, texts_problem(held=[]))
    assert model.asked == [] and "0 rows asked" in said(report)
    assert loaded(tmp_path).scores(mixed([])).shape == (0, 1)


# ---------------------------------------------------------------------- examples
def test_examples_are_balanced_and_of_the_training_rows(serve: Any, run: Any) -> None:
    model = serve()
    run(model, examples=4)
    shown = model.asked[0]["messages"][1:-1]
    assert [one["role"] for one in shown] == ["user", "assistant"] * 4
    labels = [json.loads(one["content"])["label"] for one in shown[1::2]]
    assert sorted(labels) == ["bad", "bad", "good", "good"]
    assert {one["content"] for one in shown[::2]} <= set(TEXTS[4:])
    assert all(("good" in one["content"]) == (label == "good") for one, label in zip(shown[::2], labels, strict=True))


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_as_many_examples_as_there_are(count: int) -> None:
    problem = texts_problem()
    shown = wording.examples_of(problem, TEXTS[4:], CLASSES, count)
    assert len(shown) == min(count, 6) and len({*shown}) == len(shown)
    counts = [sum(label == each for _, label in shown) for each in CLASSES]
    assert max(counts) - min(counts) <= 1
    assert shown == wording.examples_of(problem, TEXTS[4:], CLASSES, count)


def test_another_seed_shows_others() -> None:
    rows = [f"{'good' if number % 2 else 'bad'} {number}" for number in range(40)]
    problem = texts_problem(train=rows)
    one, other = (wording.examples_of(replace(problem, seed=seed), rows, CLASSES, 6) for seed in (0, 1))
    assert one != other


def test_no_question_gives_its_own_answer_away(serve: Any, run: Any) -> None:
    model = serve()
    run(model, texts_problem(held=["good", "bad"], train=["good", "bad", "good one", "bad one"]), examples=4)
    for body in model.asked:
        row, shown = body["messages"][-1]["content"], [one["content"] for one in body["messages"][1:-1:2]]
        assert row not in shown and len(shown) == 3


def test_folds_show_their_own_examples_and_new_rows_those_of_the_first(serve: Any, run: Any, tmp_path: Path) -> None:
    one, other = texts_problem(TEXTS[:5], TEXTS[5:]), texts_problem(TEXTS[5:], TEXTS[:5])
    model = serve()
    run(model, [one, other], examples=4)
    for body in model.asked:
        held = TEXTS[:5] if body["messages"][-1]["content"] in TEXTS[:5] else TEXTS[5:]
        assert not {message["content"] for message in body["messages"][1:-1:2]} & set(held)
    assert len(model.asked) == len(TEXTS)
    new = mixed(["a new good one", *TEXTS])
    first, second = (loaded(tmp_path, fold).scores(new) for fold in (0, 1))
    assert_array_equal(first, second)
    assert len(model.asked) == len(TEXTS) + 1
    assert {message["content"] for message in model.asked[-1]["messages"][1:-1:2]} <= set(TEXTS[5:])


# ------------------------------------------------------------------- the answers
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('{"label": "good"}', 1),
        ('{"label": "GOOD"}', 1),
        (' {"label":"ｇｏｏｄ"} \n', 1),
        ("good", 1),
        ("Good.", 1),
        ('"bad"', 0),
        ("**bad**", 0),
        ("`bad`", 0),
        ('```json\n{"label": "bad"}\n```', 0),
        ('<think>it is good\n\nor not</think>\n{"label": "bad"}', 0),
        ('{"label": "bad", "why": "so"}', 0),
        ("", None),
        ("good or bad", None),
        ("It is good", None),
        ("goodness", None),
        ('{"label": "fine"}', None),
        ('{"label": null}', None),
        ('{"label": ["good"]}', None),
        ('{"answer": "good"}', None),
        ('["good"]', None),
        ("[" * 100_000, None),
        ("good\nbad", None),
    ],
)
def test_reading_answers(answer: str, code: int | None) -> None:
    assert wording.code_of(answer, CLASSES) == code


def test_classes_that_differ_in_case_alone_must_be_named_exactly() -> None:
    assert [wording.code_of(one, ("US", "us")) for one in ("US", "us", "Us")] == [0, 1, None]


@pytest.mark.parametrize(("answer", "code"), [("1", 1), ('{"label": 1}', 1), ('{"label": "0"}', 0), ("1.0", None)])
def test_classes_that_are_numbers(answer: str, code: int | None) -> None:
    assert wording.code_of(answer, ("0", "1")) == code


def test_classes_that_are_true_and_false() -> None:
    assert wording.code_of('{"label": true}', ("false", "true")) == 1


@given(label=st.text(min_size=1, max_size=20), other=st.text(max_size=200))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_class_in_json_is_always_read_and_nothing_fails(label: str, other: str) -> None:
    if label.strip():
        assert wording.code_of(json.dumps({"label": label}), (label, f"{label}{label}")) == 0
    assert wording.code_of(other, (label, "?")) in (0, 1, None)


def test_answers_that_name_no_class_count_as_the_prior(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve(lambda body: "who knows" if "how" in body["messages"][-1]["content"] else sensible(body))
    report = run(model, texts_problem(train=["good", "good", "good", "bad"]))
    assert "4 rows asked" in said(report) and "1 answers named no class and 0 did not come" in said(report)
    (unclear,) = loaded(tmp_path).scores(mixed(["how bad"]))
    assert_allclose(unclear, np.log(3.5 / 1.5))


# --------------------------------------------------------------- the kept answers
def test_a_second_run_asks_nobody(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    first, second = run(model), run(model, name="two")
    assert len(model.asked) == 4
    assert "4 rows asked, 0 more" in said(first) and "0 rows asked, 4 more answered from the cache" in said(second)
    one, two = ((tmp_path / name / "0" / load.FILE).read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("change", [{"model": "n"}, {"instruction": "Else?"}, {"labels": {"bad": "awful"}}], ids=str)
def test_another_question_is_another_answer(serve: Any, run: Any, change: dict[str, Any]) -> None:
    model = serve()
    run(model)
    run(model, name="two", **change)
    assert len(model.asked) == 8


def test_more_rows_ask_for_those_alone(serve: Any, run: Any) -> None:
    model = serve()
    run(model)
    run(model, texts_problem(held=[*TEXTS[:4], "one more"]))
    assert len(model.asked) == 5 and model.rows()[-1] == "one more"


def test_only_digests_of_questions_are_kept(serve: Any, run: Any, tmp_path: Path) -> None:
    run(serve(), texts_problem(held=["secret words good"]))
    files = [path for path in (tmp_path / "workspace").rglob("*") if path.is_file()]
    assert files and not any(b"secret words" in path.read_bytes() for path in files)


def test_a_cache_that_cannot_be_kept_is_told(serve: Any, run: Any, tmp_path: Path) -> None:
    (tmp_path / "workspace").write_text("a file where the folder should be")
    model = serve()
    assert "answers could not be kept" in said(run(model))
    loaded(tmp_path).scores(mixed(TEXTS[:4]))
    assert len(model.asked) == 4


def test_a_broken_cache_is_done_without(serve: Any, run: Any, tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "prompts.sqlite").write_bytes(b"no database" * 500)
    model = serve()
    assert "answers could not be kept" in said(run(model)) and len(model.asked) == 4


def test_two_processes_may_keep_answers(tmp_path: Path) -> None:
    stores = [answers.Answers(tmp_path / "a.sqlite") for _ in range(2)]
    for number in range(20):
        stores[number % 2].keep(str(number), chat.Reply(str(number), 0.5, 3, 4))
    found = answers.Answers(tmp_path / "a.sqlite").find([str(number) for number in range(25)])
    assert {key: reply.content for key, reply in found.items()} == {str(number): str(number) for number in range(20)}
    assert found["7"] == chat.Reply("7", 0.5, 3, 4)
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


# -------------------------------------------------------------------- what it takes
def test_latency_tokens_and_cost(serve: Any, run: Any) -> None:
    price = {"input": 0.5, "output": 2.0, "currency": "CNY"}
    told = said(run(serve(), price_per_1000_tokens=price))
    assert "1,000 rows are 100,000 tokens of questions and 10,000 of answers" in told
    assert "1,000 rows cost 70 CNY" in told
    assert "ms in the median" in told and "a bundle calls nobody" in told


def test_without_a_price_or_a_count_no_cost(serve: Any, run: Any) -> None:
    assert "cost" not in said(run(serve()))
    bare = json.dumps({"choices": [{"message": {"content": "good"}}]}).encode()
    told = said(run(serve(lambda body: (200, {}, bare)), name="bare", price_per_1000_tokens={"input": 1.0}))
    assert "tokens" not in told and "cost" not in told


def test_a_ceiling_of_rows(serve: Any, run: Any, tmp_path: Path) -> None:
    model = serve()
    told = said(run(model, most_rows=3))
    assert len(model.asked) == 3 and "1 rows were not asked" in told
    assert said(run(model, most_rows=3, name="two")).count("1 rows were not asked") == 1 and len(model.asked) == 3
    assert (loaded(tmp_path).scores(mixed(TEXTS[:4]))[:, 0] == 0).sum() == 1  # the prior of 3 : 3


def test_time_that_is_up_leaves_the_rest(serve: Any, run: Any) -> None:
    model = serve()
    told = said(run(model, parallel=1, watch=Willing(most=2)))
    assert "2 rows were not asked" in told and len(model.asked) <= 4


def test_progress_is_told(serve: Any, run: Any) -> None:
    watch = Willing()
    run(serve(), watch=watch)
    assert watch.steps == [(done, 4) for done in (1, 2, 3, 4)]


def test_probe_asks_one_row_and_keeps_its_answer(serve: Any, tmp_path: Path) -> None:
    model = serve()
    options = settled_in(Options(endpoint=model.address, model="m", parallel=2), tmp_path)
    seconds = [fit.probe(texts_problem(), options) for _ in range(2)]
    assert len(model.asked) == 1 and seconds[0] == seconds[1] > 0
    assert fit.probe(texts_problem(held=[]), options) == 0


# ------------------------------------------------------------- endpoints that fail
def first_then(failure: Any, count: int = 1) -> Callable[[dict[str, Any]], Any]:
    """Each row fails so often, then is answered."""
    times: dict[str, int] = {}

    def answer(body: dict[str, Any]) -> Any:
        row = body["messages"][-1]["content"]
        times[row] = times.get(row, 0) + 1
        return failure if times[row] <= count else sensible(body)

    return answer


@pytest.mark.parametrize(
    "failure",
    [
        (500, {}, b"oops"),
        (503, {}, b""),
        (429, {"Retry-After": "0"}, b"slow down"),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""),
        (None, {}, b""),
    ],
    ids=["500", "503", "429", "429 with a date", "hangs up"],
)
def test_what_passes_is_asked_again(serve: Any, run: Any, failure: Any) -> None:
    model = serve(first_then(failure))
    told = said(run(model, retries=2))
    assert len(model.asked) == 8 and "0 answers named no class and 0 did not come" in told


def test_retry_after_is_waited_for(serve: Any) -> None:
    waited: list[float] = []

    class Waiting(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return False

    endpoint = chat.Endpoint(serve(first_then((429, {"Retry-After": "7"}, b""))).address, "m", "", 5.0, 3)
    assert chat.ask(endpoint, [{"role": "user", "content": "good"}], Waiting()).content
    assert waited == [7.0]
    waited.clear()
    endpoint = replace(endpoint, address=serve(first_then((429, {"Retry-After": "99999"}, b""))).address)
    assert chat.ask(endpoint, [{"role": "user", "content": "good"}], Waiting()).content
    assert waited == [chat.LONGEST_WAIT]


def test_one_row_that_is_never_answered_counts_as_the_prior(serve: Any, run: Any, tmp_path: Path) -> None:
    too_long = (400, {}, b"too long")
    model = serve(lambda body: too_long if "how" in body["messages"][-1]["content"] else sensible(body))
    told = said(run(model))
    assert len(model.asked) == 4 and "1 did not come" in told
    assert loaded(tmp_path).scores(mixed(["how bad"]))[0, 0] == 0
    model.answer = sensible
    assert "0 did not come" in said(run(model, name="again")) and len(model.asked) == 5  # no failure is kept


def test_answers_until_the_endpoint_went_down_are_kept(serve: Any, run: Any) -> None:
    rows = [f"good {number}" for number in range(20)]
    model = serve()
    model.answer = lambda body: sensible(body) if len(model.asked) <= 10 else (500, {}, b"down")
    with pytest.raises(ProjectError, match=r"no answer: HTTP 500(.|\n)*answers so far are kept"):
        run(model, texts_problem(held=rows), retries=0, parallel=1)
    model.answer = sensible
    told = said(run(model, texts_problem(held=rows), retries=0))
    assert "10 rows asked, 10 more answered from the cache" in told


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_what_will_not_pass_is_told_at_once(serve: Any, run: Any, status: int) -> None:
    model = serve(lambda body: (status, {}, b'{"error": "no such model"}'))
    with pytest.raises(ProjectError, match=rf"train\.prompt\.endpoint(.|\n)*HTTP {status}(.|\n)*no such model"):
        run(model, parallel=1, retries=5)
    assert len(model.asked) <= 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_sent_elsewhere(serve: Any, run: Any, status: int) -> None:
    elsewhere = serve()
    model = serve(lambda body: (status, {"Location": f"{elsewhere.address}/chat/completions"}, b""))
    with pytest.raises(ProjectError, match=rf"HTTP {status} -> {elsewhere.address}"):
        run(model)
    assert elsewhere.asked == []


def test_an_endpoint_that_is_down(run: Any, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ProjectError) as caught:
        run(address, retries=0)
    told = str(caught.value)
    assert "ConnectionRefusedError" in told and address in told and len(told.splitlines()) <= 12
    options = settled_in(Options(endpoint=address, model="m", retries=0), tmp_path)
    with pytest.raises(ProjectError):
        fit.probe(texts_problem(), options)


def test_an_endpoint_that_is_slow(serve: Any, run: Any) -> None:
    free = threading.Event()

    def slow(body: Any) -> str:
        free.wait(10)
        return sensible(body)

    try:
        with pytest.raises(ProjectError, match="timed out"):
            run(serve(slow), timeout=0.05, retries=0)
    finally:
        free.set()


def test_an_answer_that_drips_is_slow_too(run: Any) -> None:
    """Each piece comes in time, but the whole does not."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            while not over.wait(0.02):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ProjectError, match="timed out"):
            run(address, texts_problem(held=["good"]), timeout=0.2, retries=0)
    finally:
        over.set()
        thread.join(5)
        listener.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"text": "good"}]}',
        b'{"choices": "good"}',
        b'{"choices": [{"message": {"content": "good"}}], "usage": {"prompt_tokens": "many"}}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_nonsense_is_no_chat_endpoint(serve: Any, run: Any, body: bytes) -> None:
    with pytest.raises(ProjectError, match=r"choices\[0\]\.message\.content\?"):
        run(serve(lambda _: (200, {}, body)), retries=0)


@pytest.mark.parametrize("content", [None, ["good"], 3, ""])
def test_a_model_that_writes_nothing_is_unclear(serve: Any, run: Any, content: Any) -> None:
    told = said(run(serve(lambda _: (200, {}, spoken(content)))))
    assert "4 answers named no class and 0 did not come" in told


def test_a_body_without_end_is_cut(serve: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "LARGEST", 1000)
    with pytest.raises(ProjectError, match="> 1000 bytes"):
        run(serve(lambda _: (200, {}, b" " * 5000)), retries=0)


def test_whoever_gives_up_waits_for_nobody(serve: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "_FIRST_WAIT", 60.0)
    down = (500, {}, b"")
    began = time.perf_counter()
    model = serve(lambda body: (401, {}, b"") if body["messages"][-1]["content"] == TEXTS[3] else down)
    with pytest.raises(ProjectError, match="HTTP 401"):
        run(model, parallel=4, retries=9)
    assert time.perf_counter() - began < 30


# ------------------------------------------------------------------- wrong input
def test_whom_to_ask_must_be_said(run: Any, tmp_path: Path) -> None:
    for lacking, chosen in (("endpoint", {"model": "m"}), ("model", {"endpoint": "http://127.0.0.1:9/v1"})):
        options = settled_in(Options(**chosen), tmp_path)
        with pytest.raises(ProjectError, match=rf"train\.prompt\.{lacking}(.|\n)*{lacking}: "):
            fit.probe(texts_problem(), options)


def test_a_key_that_is_not_set(serve: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    model = serve()
    with pytest.raises(DataError, match=r"train\.prompt\.key(.|\n)*NO_SUCH_KEY"):
        run(model, key="${NO_SUCH_KEY}")
    assert model.asked == []


@pytest.mark.parametrize(
    ("written", "place"),
    [({"key": "sk-geheim"}, "train.prompt.key"), ({"endpoint": "https://me:geheim@host/v1"}, "train.prompt.endpoint")],
    ids=str,
)
def test_secrets_that_are_written_out_are_refused_and_not_repeated(
    tmp_path: Path, written: dict[str, str], place: str
) -> None:
    train = {"method": "prompt", "prompt": {"endpoint": "https://host/v1", "model": "m", **written}}
    with pytest.raises(ProjectError) as caught:
        from_values({"data": {}, "predict": "y", "train": train}, tmp_path)
    assert place in str(caught.value) and "geheim" not in str(caught.value)


def test_a_description_of_no_class(serve: Any, run: Any) -> None:
    with pytest.raises(ProjectError, match=r"train\.prompt\.labels\.godo(.|\n)*good"):
        run(serve(), labels={"godo": "liked"})


@pytest.mark.parametrize("task", ["regression", "multilabel"])
def test_only_classes_can_be_asked_for(run: Any, task: str) -> None:
    problem = replace(texts_problem(), task=task, y=np.zeros((6, 1), np.float32))
    with pytest.raises(ProjectError, match=f"a target of {task}"):
        run("http://127.0.0.1:9/v1", problem)


def test_no_text_to_show(run: Any) -> None:
    with pytest.raises(ProjectError, match="no text column"):
        run("http://127.0.0.1:9/v1", replace(texts_problem(), columns=()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "host/v1"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": "ftp://host"},
        {"endpoint": "http://"},
        {"examples": -1},
        {"timeout": 0},
        {"retries": -1},
        {"parallel": 0},
        {"most_rows": 0},
        {"labels": {"a": ""}},
        {"price_per_1000_tokens": {"input": -1}},
        {"temperature": 1},
        {"cache": "here"},
    ],
    ids=str,
)
def test_wrong_options_of_prompts(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


# ------------------------------------------------------------------------- rules
def test_it_never_ships() -> None:
    info = plugins.part("methods", "prompt", "options").INFO
    assert not info.ships and not info.automatic and not plugins.has_part("methods", "prompt", "export")


def test_where_answers_lie_changes_nothing_else(tmp_path: Path) -> None:
    one, two = (settled_in(Options(model="m"), tmp_path / name) for name in ("a", "b"))
    assert isinstance(one, Settled) and one.cache != two.cache
    assert one.model_dump(mode="json") == two.model_dump(mode="json") and "cache" not in one.model_dump()


def test_the_guess_before_anything_is_measured() -> None:
    module = plugins.part("methods", "prompt", "options")
    few, many = (module.cost(rows, 0, Options(parallel=2)) for rows in (10, 100_000))
    assert few[0] == 5.0 and many[0] == 500.0 and few[1] < many[1] and module.work(Options()) == 1


def test_keys_of_questions_need_no_answer() -> None:
    options = Settled(endpoint="http://127.0.0.1:9", model="m", cache=Path("nowhere"))
    one, two = asking.keyed(options, [[{"role": "user", "content": content}] for content in ("a", "b")])
    assert one != two and len(one) == 64

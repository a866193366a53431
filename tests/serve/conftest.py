"""A bundle that answers without graphs, an HTTP client that needs no socket, and a small real bundle on disk."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import row_count
from modelyard.core.errors import Mistake, RequestError
from modelyard.core.protocols import Array, Columns
from modelyard.core.schema import Column
from modelyard.fragments.graph import Graph
from modelyard.runtime import requests
from modelyard.runtime.answers import Answers
from modelyard.runtime.bundle import Reading
from modelyard.runtime.manifest import canonical, seal
from modelyard.serve.app import create_app

KILLED = 9
PROFILE = {
    "age": {"kind": "number", "edges": [20.0, 35.0, 60.0], "counts": [1, 2, 2, 1], "missing": 0},
    "城市": {"kind": "category", "levels": ["上海", "München"], "counts": [4, 2], "other": 0, "missing": 0},
    "member": {"kind": "boolean", "levels": ["false", "true"], "counts": [1, 5], "missing": 0},
    "since": {"kind": "datetime", "edges": [0.0, 86400.0, 1e9], "counts": [1, 1, 2, 2], "missing": 0},
}
MODALITIES = {"age": "number", "城市": "category", "member": "boolean", "since": "datetime"}
ROW = {"age": 31, "城市": "上海", "member": True, "since": "2024-05-01"}


class StubBundle:
    """Answers `好` to whoever is 40 or older; refuses ages that are text, warns of strange cities."""

    id = "b" * 64
    name = "客户"
    targets = ({"name": "信用", "task": "classification", "columns": ["信用"]},)
    manifest: Mapping[str, Any] = {"layout": {}}

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inputs = tuple(Column(name, modality) for name, modality in MODALITIES.items())
        self.calls: list[tuple[int, str]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.fail: Exception | None = None  # raised for requests of three rows, which the warm-up does not send
        self.fails_always = False

    def predict(self, data: Any, first: int = 1) -> Answers:
        reading = self.read(requests.table(data, list(MODALITIES)), first)
        return self.answers(reading, self.run(reading))

    def read(self, columns: Columns, first: int = 1) -> Reading:
        self.calls.append((row_count(columns), threading.current_thread().name))
        self.hold.wait(10)
        if self.fail and (self.fails_always or row_count(columns) == 3):
            raise self.fail
        requests.refuse_missing(self.inputs, columns)
        bad = [row for row, cell in enumerate(columns["age"].tolist()) if cell == "secret"]
        if bad:
            raise RequestError(
                Mistake("column 'age'", f"1 unreadable cell(s), row {bad[0] + first}", "a number"), "age"
            )
        odd = np.flatnonzero(columns["城市"] == "Atlantis") + first
        remarks = (requests.odd_cells(self.inputs[1], odd),) if len(odd) else ()
        parsed = {
            column.name: plugins.part("modalities", column.modality, "preprocess")
            .parse(columns[column.name], {})
            .values
            for column in self.inputs
        }
        return Reading(columns, parsed, remarks)

    def run(self, reading: Reading) -> dict[str, Any]:
        return {"信用": {"age": reading.parsed["age"]}}

    def answers(self, reading: Reading, outputs: dict[str, Any]) -> Answers:
        columns, ages = reading.columns, outputs["信用"]["age"]
        label = np.where(ages >= 40, "好", "坏").astype(object)
        share = np.where(ages >= 40, 0.75, 0.25)
        answer = {"value": label, "probability": {"坏": 1 - share, "好": share}}
        keys: Columns = {"编号": columns["编号"]} if "编号" in columns else {}
        return Answers({"信用": answer}, self.id, keys, tuple(map(str, reading.remarks)))


@pytest.fixture
def stub(tmp_path: Path) -> StubBundle:
    folder = tmp_path / "模型包"
    folder.mkdir()
    (folder / "profile.json").write_text(json.dumps({"inputs": PROFILE, "targets": {}}), "utf-8")
    return StubBundle(folder)


Talk = Callable[[httpx.AsyncClient], Awaitable[Any]]


@pytest.fixture
def talk(stub: StubBundle) -> Callable[..., Any]:
    """Runs a conversation with the application of the stub, warmed up like under a server."""

    def run(conversation: Talk, **options: Any) -> Any:
        async def main() -> Any:
            app = create_app(stub, **options)
            async with app.router.lifespan_context(app):
                await app.state.warming
                stub.calls.clear()
                transport = httpx.ASGITransport(app, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://serve") as client:
                    client.app = app  # type: ignore[attr-defined]
                    return await conversation(client)

        return asyncio.run(main())

    return run


@pytest.fixture
def post(talk: Callable[..., Any]) -> Callable[..., httpx.Response]:
    """Posts a body, bytes or plain data, to /v1/predict."""

    def send(body: Any, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def conversation(client: httpx.AsyncClient) -> httpx.Response:
            return await client.post("/v1/predict", content=content, headers=headers)

        answer: httpx.Response = talk(conversation, **options)
        return answer

    return send


TRAINING: Columns = {
    "年龄": np.asarray([18.0, 25.0, 33.0, 41.0, 52.0, 70.0]),
    "城市": np.asarray(["上海", "München", "上海", "北京", "上海", "北京"], object),
}


@pytest.fixture(scope="session")
def real_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed bundle: `好` with probability sigmoid((年龄 - 40) / 10), 0.5 without one; 城市 is read, not used."""
    folder = tmp_path_factory.mktemp("bundles") / "产品包"
    (folder / "graphs").mkdir(parents=True)
    columns = (Column("年龄", "number"), Column("城市", "category"))
    graph = Graph()
    age = graph.input("number", np.float64, 1)
    known = graph.node("Where", graph.node("IsNaN", age), graph.constant(np.float64(40)), age)
    score = graph.node("Div", graph.node("Sub", known, graph.constant(np.float64(40))), graph.constant(np.float64(10)))
    both = graph.concat([graph.node("Sigmoid", graph.node("Neg", score)), graph.node("Sigmoid", score)])
    graph.output("probability", graph.cast(both, np.float32), np.float32, 2)
    (folder / "graphs/0.onnx").write_bytes(graph.model().SerializeToString())
    profiles = {column.name: _preprocess(column).profile(_parsed(column)) for column in columns}
    (folder / "profile.json").write_bytes(canonical({"inputs": profiles, "targets": {}}))
    target = {
        "name": "信用", "columns": ["信用"], "task": "classification", "graph": "graphs/0.onnx",
        "version": plugins.part("tasks", "classification", "postprocess").VERSION, "outputs": ["probability"],
        "state": {"labels": ["坏", "好"]}, "calibration": {"conformal": None}, "decision": None,
        "method": "linear",
    }  # fmt: skip
    manifest = {
        "name": "信用评分", "inputs": [column.name for column in columns],
        "blocks": [_block(column) for column in columns],
        "targets": [target], "carried": ["编号"], "producer": {},
    }  # fmt: skip
    seal(folder, manifest)
    return folder


def _preprocess(column: Column) -> Any:
    return plugins.part("modalities", column.modality, "preprocess")


def _parsed(column: Column) -> Array:
    values: Array = _preprocess(column).parse(TRAINING[column.name], _options(column)).values
    return values


def _options(column: Column) -> dict[str, Any]:
    options: dict[str, Any] = plugins.part("modalities", column.modality, "options").Options().model_dump()
    return options


def _block(column: Column) -> dict[str, Any]:
    preprocess, options = _preprocess(column), _options(column)
    return {
        "modality": column.modality,
        "version": preprocess.VERSION,
        "columns": [{**column.to_json(), "options": options}],
        "states": [preprocess.finish(preprocess.summarise(_parsed(column)), options)],
    }


@pytest.fixture
def dying_at() -> Callable[..., bool]:
    """`dying_at(steps, work, n)`: work in a child that dies without a word at its nth step; whether it died.

    Steps are functions by name: of a module or class -> their names.
    """
    return _dying_at


def _dying_at(steps: Mapping[Any, Iterable[str]], work: Callable[[], Any], events: int) -> bool:
    child = os.fork()
    if not child:
        left = events

        def counting(function: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    os._exit(KILLED)
                return function(*arguments, **named)

            return called

        for place, names in steps.items():
            for name in names:
                setattr(place, name, counting(getattr(place, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED

"""The HTTP interface, spoken to without a socket."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from modelyard.core import messages
from modelyard.core.errors import Mistake, RequestError
from modelyard.serve import body

ROW = {"age": 31, "城市": "上海", "member": True, "since": "2024-05-01"}
Post = Callable[..., httpx.Response]
Talk = Callable[..., Any]


def get(talk: Talk, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, path, **options)

    answer: httpx.Response = talk(conversation)
    return answer


def test_answers_in_order_with_bundle_and_warnings(post: Post) -> None:
    reply = post({"rows": [ROW, {**ROW, "age": 55, "城市": "Atlantis"}]})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == {
        "bundle": "b" * 64,
        "answers": [
            {"信用": {"value": "坏", "probability": {"坏": 0.75, "好": 0.25}}},
            {"信用": {"value": "好", "probability": {"坏": 0.25, "好": 0.75}}},
        ],
        "warnings": ["column '城市': 1 cell(s) unlike anything seen in training, row 2"],
    }
    assert "信用".encode() in reply.content


def test_one_bare_row_gives_a_list_of_one(post: Post) -> None:
    assert len(post(ROW).json()["answers"]) == 1


def test_null_is_missing(post: Post) -> None:
    assert post(dict.fromkeys(ROW)).status_code == 200


def test_keys_are_carried(post: Post) -> None:
    assert post({**ROW, "编号": "K-7"}).json()["answers"][0]["编号"] == "K-7"


@pytest.mark.parametrize(("field", "cell"), [("age", "thirty"), ("age", True), ("城市", ["上海"]), ("member", {})])
def test_wrong_type_is_422_and_names_the_field(post: Post, field: str, cell: Any) -> None:
    reply = post({**ROW, field: cell})
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert error["field"] == field
    assert error["place"] == f"rows[0].{field}"
    assert error["expected"].startswith("one of: ")
    assert "thirty" not in reply.text


def test_all_mistakes_are_told(post: Post) -> None:
    told = post({"rows": [{"age": "x"}]}).json()
    assert told["error"]["place"] == "rows[0].age"
    assert [mistake["place"] for mistake in told["more"]] == ["rows[0].城市", "rows[0].member", "rows[0].since"]


def test_what_the_bundle_refuses_is_422(post: Post, stub: Any) -> None:
    stub.fail = RequestError(Mistake("column 'since'", "1 unreadable cell(s), row 1", "a datetime"), "since")
    reply = post({"rows": [ROW] * 3})
    assert reply.status_code == 422
    assert reply.json()["error"]["field"] == "since"
    assert reply.json()["error"]["got"] == "1 unreadable cell(s), row 1"


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"not json", 400), (b"[]", 422), (b"[1]", 422), (b"7", 422), (b'{"rows": []}', 422), (b"{}", 422)],
)
def test_bodies_without_rows(post: Post, content: bytes, status: int) -> None:
    reply = post(content)
    assert reply.status_code == status
    assert set(reply.json()["error"]) == {"field", "place", "got", "expected", "fix"}


def test_errors_are_told_in_the_language_of_the_server(post: Post) -> None:
    messages.use("zh")
    assert post(b"[]").json()["error"]["got"] == "没有任何行"


def test_any_content_type_is_read_as_json(post: Post) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}  # what curl -d says unless told otherwise
    assert post(ROW, headers=headers).status_code == 200


def test_a_compressed_body_is_415(post: Post) -> None:
    assert post(b"\x1f\x8b", headers={"content-encoding": "gzip"}).status_code == 415


def test_a_body_over_the_limit_is_413_whether_announced_or_not(post: Post, talk: Talk) -> None:
    big = {"rows": [ROW] * 50}
    reply = post(big, max_body_bytes=1000)
    assert reply.status_code == 413
    assert "1000 bytes" in reply.json()["error"]["got"]

    async def pieces() -> AsyncIterator[bytes]:
        content = json.dumps(big).encode()
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/predict", content=pieces())

    assert talk(conversation, max_body_bytes=1000).status_code == 413
    assert talk(conversation).status_code == 200


def test_a_body_at_the_limit_is_read(post: Post) -> None:
    content = json.dumps(ROW).encode()
    assert post(content, max_body_bytes=len(content)).status_code == 200
    assert post(content, max_body_bytes=len(content) - 1).status_code == 413


def test_a_body_that_does_not_come_is_408(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.05)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/predict", content=pieces())

    reply = talk(conversation)
    assert reply.status_code == 408
    assert reply.headers["connection"] == "close"


def test_unknown_paths_and_methods_are_json(talk: Talk) -> None:
    absent = get(talk, "/v2/predict")
    assert absent.status_code == 404
    assert "POST /v1/predict" in absent.json()["error"]["expected"]
    assert get(talk, "/v1/predict/", "POST").status_code == 404
    wrong = get(talk, "/v1/predict")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert "method" in wrong.json()["error"]["got"]
    assert "x-bundle-id" in wrong.headers


def test_index_and_schema(talk: Talk) -> None:
    index = get(talk, "/").json()
    assert index["name"] == "客户"
    assert index["paths"][0] == "GET /"
    schema = get(talk, "/v1/schema").json()
    assert [column["name"] for column in schema["inputs"]] == list(ROW)

    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/predict", json=schema["example"])

    assert talk(conversation).status_code == 200


def test_head_is_answered(talk: Talk) -> None:
    assert get(talk, "/health/live", "HEAD").status_code == 200


def test_every_reply_carries_both_ids(post: Post, talk: Talk) -> None:
    mine = post(ROW, headers={"x-request-id": "order-17"})
    assert mine.headers["x-request-id"] == "order-17"
    assert mine.headers["x-bundle-id"] == "b" * 64
    assert get(talk, "/nowhere", headers={"x-request-id": "a"}).headers["x-request-id"] == "a"
    assert len(post(b"x").headers["x-request-id"]) == 16


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "Ω".encode()])
def test_a_request_id_that_cannot_be_a_header_is_replaced(post: Post, given: Any) -> None:
    carried = post(ROW, headers={"x-request-id": given}).headers["x-request-id"]
    assert len(carried) == 16


def test_an_error_of_ours_shows_no_trace_but_logs_the_request(
    post: Post, stub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    stub.fail = ZeroDivisionError("division by secret")
    with caplog.at_level(logging.ERROR, "modelyard.serve"):
        reply = post({"rows": [ROW] * 3}, headers={"x-request-id": "r-9"})
    assert reply.status_code == 500
    assert "r-9" in reply.json()["error"]["fix"]
    assert reply.headers["x-request-id"] == "r-9"
    assert "Traceback" not in reply.text and "secret" not in reply.text
    assert "r-9" in caplog.text and "b" * 64 in caplog.text


def test_health_follows_warm_up_and_drain(stub: Any, talk: Talk) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        service = client.app.state.service  # type: ignore[attr-defined]
        assert (await client.get("/health/ready")).status_code == 200
        service.ready = False
        waiting = await client.get("/health/ready")
        assert (waiting.status_code, waiting.json()) == (503, {"ready": False, "draining": False})
        assert (await client.get("/health/live")).status_code == 200
        service.ready = service.draining = True
        drained = await client.get("/health/ready")
        assert (drained.status_code, drained.json()) == (503, {"ready": False, "draining": True})
        answered = await client.post("/v1/predict", json=ROW)
        assert answered.status_code == 200
        assert answered.headers["connection"] == "close"

    talk(conversation)


def test_a_client_that_hangs_up_is_no_error(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    scope = {"type": "http", "method": "POST", "path": "/v1/predict", "headers": [], "query_string": b"", "state": {}}
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def conversation(client: httpx.AsyncClient) -> None:
        await client.app({**scope}, receive, send)  # type: ignore[attr-defined]

    talk(conversation)
    assert sent[0]["status"] == 400
    assert not caplog.records

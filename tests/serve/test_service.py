"""Who answers where: small requests at once, large ones one by one and only so many."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from modelyard.core.errors import RequestError
from modelyard.serve import service as room
from modelyard.serve.refused import RefusedError
from modelyard.serve.service import Service

ROW = {"age": 31, "城市": "上海", "member": True, "since": "2024-05-01"}
SMALL = msgspec.json.encode([ROW])
LARGE = msgspec.json.encode([ROW] * 2000)


def test_small_requests_stay_in_the_event_loop(stub: Any) -> None:
    service = Service(stub)
    asyncio.run(service.answer(SMALL))
    asyncio.run(service.answer(LARGE))
    assert stub.calls == [(1, threading.current_thread().name), (2000, "predict_0")]
    service.close()


def test_warming_touches_several_batch_sizes_and_makes_ready(stub: Any) -> None:
    service = Service(stub)
    assert not service.ready
    asyncio.run(service.warm())
    assert service.ready
    assert [rows for rows, _ in stub.calls] == [*room.WARM_ROWS, 1]
    service.close()


def test_a_bundle_that_cannot_answer_its_example_never_gets_ready(stub: Any) -> None:
    stub.fail, stub.fails_always = ValueError("broken graph"), True
    service = Service(stub)
    with pytest.raises(ValueError, match="broken graph"):
        asyncio.run(service.warm())
    assert not service.ready
    service.close()


def test_a_slow_model_leaves_the_event_loop_alone(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "INLINE_SECONDS", 0.0)
    service = Service(stub)
    asyncio.run(service.warm())
    asyncio.run(service.answer(SMALL))
    assert stub.calls[-1] == (1, "predict_0")
    service.close()


def test_only_so_many_large_requests_wait_and_the_small_ones_go_on(stub: Any) -> None:
    async def crowd() -> list[Any]:
        service = Service(stub)
        stub.hold.clear()
        large = [asyncio.create_task(service.answer(LARGE)) for _ in range(room.QUEUE + 1)]
        await asyncio.sleep(0)
        with pytest.raises(RefusedError) as caught:
            await service.answer(LARGE)
        assert caught.value.status == 429
        assert caught.value.headers == {"retry-after": "1"}
        stub.hold.set()
        assert msgspec.json.decode(await service.answer(SMALL))["bundle"] == stub.id
        answers = await asyncio.gather(*large)
        await service.answer(LARGE)  # there is room again
        service.close()
        return answers

    answers = asyncio.run(crowd())
    assert len(answers) == room.QUEUE + 1
    assert len(set(answers)) == 1


def test_a_refused_large_request_gives_its_place_back(stub: Any) -> None:
    async def main() -> None:
        service = Service(stub)
        for _ in range(2 * room.QUEUE):
            with pytest.raises(RequestError):
                await service.answer(b'{"rows": [' + b'{"age": "x"},' * 5000 + b"{}]}")
        service.close()

    asyncio.run(main())


def test_overload_over_http(talk: Callable[..., Any], stub: Any) -> None:
    async def conversation(client: httpx.AsyncClient) -> list[httpx.Response]:
        stub.hold.clear()
        posts = [asyncio.create_task(client.post("/v1/predict", content=LARGE)) for _ in range(room.QUEUE + 4)]
        for first in itertools.islice(asyncio.as_completed(posts), 3):  # the queue is full: three are turned away
            assert (await first).status_code == 429
        assert (await client.get("/health/ready")).status_code == 200
        stub.hold.set()
        return await asyncio.gather(*posts)

    replies = talk(conversation)
    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200] * (room.QUEUE + 1) + [429] * 3
    assert all(reply.headers["retry-after"] == "1" for reply in replies if reply.status_code == 429)

"""A small load generator: a fixed number of requests over a fixed number of connections, each sending after its answer.

Every reply has to be a 200 with a content-length; anything else ends the measurement with an error.
"""

from __future__ import annotations

import asyncio
import time


def drive(port: int, body: bytes, connections: int, requests: int) -> list[float]:
    """Send `requests` requests in all to 127.0.0.1, evenly over the connections; returns the seconds of each.

    Raises:
        RuntimeError: A reply that is not a 200, or a connection that the server closed.
    """
    return asyncio.run(_drive(port, _request(body), connections, requests // connections))


async def _drive(port: int, request: bytes, connections: int, each: int) -> list[float]:
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(request, each), "127.0.0.1", port)
        clients.append(client)
    for client in clients:
        client.send()
    await asyncio.gather(*(client.done for client in clients))
    return [latency for client in clients for latency in client.latencies]


class _Client(asyncio.Protocol):
    """One connection that keeps asking."""

    def __init__(self, request: bytes, count: int) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self._request = request
        self._count = count
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self.latencies.append(time.perf_counter() - self._began)
        self._received = b""
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.decode() + body.decode()[:500]))
        elif len(self.latencies) < self._count:
            self.send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError("the server closed the connection"))


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


def _request(body: bytes) -> bytes:
    lines = (
        "POST /v1/predict HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        f"content-length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body

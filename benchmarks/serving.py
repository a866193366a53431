"""`modelyard serve` under real load: start, memory, CPU per request, latency.

Bars: ready in <= 1 CPU-s and <= 100 MB; CPU per request of the server with a bundle that answers at once <= 2 times
that of a bare application of Starlette, uvicorn and msgspec that reads and answers the same bytes. What is called
"server" is the process that users start; the client runs on the same machine, so CPU per request is the number to
trust, not the latency.

The bundle is `--bundle`, by default one of trees on adult_census.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common import Measured, adult_project, cpu_seconds_of, memory_mb_of, modelyard, options, quantile, report
from load import drive

STARTS = 5
ROUNDS = 3
REQUESTS = 3_000
CONNECTIONS = (1, 8, 32)
BATCH = 64
Server = tuple[subprocess.Popen[str], int]
LISTEN = """
import socket, sys, uvicorn
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, ws="none", log_config=None, access_log=False)).run([listener])
"""
BARE = """
import msgspec, sys
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
answer = msgspec.json.decode(sys.argv[1])
async def predict(request):
    msgspec.json.decode(await request.body())
    return Response(msgspec.json.encode(answer), media_type="application/json")
app = Starlette(routes=[Route("/v1/predict", predict, methods=["POST"])])
"""
AT_ONCE = """
import msgspec, sys, types
from modelyard.runtime.bundle import Bundle
from modelyard.serve.app import create_app
answer = msgspec.json.decode(sys.argv[1])
bundle = Bundle.load(sys.argv[2])
bundle.predict = lambda rows: types.SimpleNamespace(rows=lambda: answer["answers"], warnings=answer["warnings"])
app = create_app(bundle)
"""


def main() -> None:
    """Measure and write down."""
    chosen = options(__doc__, bundle="a bundle or a project that has one")
    bundle = Path(chosen.bundle or adult_project())
    command = modelyard("serve", bundle, "--port", "0")
    report([*_starting(command), *_answering(command, bundle)], chosen.out, requests=REQUESTS, bundle=_facts(bundle))


def _starting(command: list[str | Path]) -> Iterator[Measured]:
    cpu, memory, wall = [], [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        with _running(command) as (process, _):
            wall.append(time.perf_counter() - began)
            cpu.append(cpu_seconds_of(process.pid))
            memory.append(memory_mb_of(process.pid))
    yield Measured("ready", min(cpu), "CPU-s", "<= 1")
    yield Measured("ready, wall clock", min(wall), "s")
    yield Measured("memory when ready", min(memory), "MB", "<= 100")


def _answering(command: list[str | Path], bundle: Path) -> Iterator[Measured]:
    """The servers take turns, so that whatever else the machine does hits all of them."""
    with _running(command) as server:
        row = _example(server[1])
        body = json.dumps(row, ensure_ascii=False).encode()
        answer = _ask(server[1], body).decode()
        at_once = [sys.executable, "-c", AT_ONCE + LISTEN, answer, str(_load(bundle).path)]
        with _running(at_once) as empty, _running([sys.executable, "-c", BARE + LISTEN, answer]) as bare:
            for connections in CONNECTIONS:
                yield from _compared((server, empty, bare), body, connections)
        batch = json.dumps({"rows": [row] * BATCH}, ensure_ascii=False).encode()
        _, seen = _cost(server, batch, 1, REQUESTS // 8)
        yield from _seen(f"{BATCH} rows, c=1", seen)
        yield Measured("memory after the load", memory_mb_of(server[0].pid), "MB")


def _compared(servers: tuple[Server, ...], body: bytes, connections: int) -> Iterator[Measured]:
    """One row per request, over so many connections."""
    rounds = [[_cost(server, body, connections) for server in servers] for _ in range(ROUNDS)]
    cost, empty, bare = (min(cost for cost, _ in turns) for turns in zip(*rounds, strict=True))
    label = f"one row, c={connections}"
    yield Measured(f"{label}: server", 1e6 * cost, "CPU-us")
    yield Measured(f"{label}: with a bundle that answers at once", 1e6 * empty, "CPU-us")
    yield Measured(f"{label}: bare application", 1e6 * bare, "CPU-us")
    yield Measured(f"{label}: answering at once / bare", empty / bare, "", "<= 2")
    yield from _seen(label, [latency for turns in rounds for latency in turns[0][1]])


def _cost(server: Server, body: bytes, connections: int, requests: int = REQUESTS) -> tuple[float, list[float]]:
    """The server's CPU-seconds per request, and the latencies that the client saw, in seconds."""
    process, port = server
    drive(port, body, connections, 10 * connections)
    before = cpu_seconds_of(process.pid)
    latencies = drive(port, body, connections, requests)
    return (cpu_seconds_of(process.pid) - before) / len(latencies), latencies


def _seen(label: str, latencies: list[float]) -> Iterator[Measured]:
    for share in (0.5, 0.99):
        yield Measured(f"{label}: p{100 * share:.0f}", 1e3 * quantile(latencies, share), "ms")


@contextmanager
def _running(command: list[Any]) -> Iterator[Server]:
    """A server that has said where it listens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise RuntimeError(f"{command} did not start: {line}")
        yield process, int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _example(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/schema") as reply:
        row: dict[str, Any] = json.load(reply)["example"]["rows"][0]
    return row


def _ask(port: int, body: bytes) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/predict", body) as reply:
        answer: bytes = reply.read()
    return answer


def _facts(bundle: Path) -> dict[str, Any]:
    loaded = _load(bundle)
    return {
        "id": loaded.id,
        "inputs": len(loaded.inputs),
        "methods": [target["method"] for target in loaded.targets],
        "mb": round(sum(entry["size"] for entry in loaded.manifest["files"]) / 1e6, 2),
    }


def _load(bundle: Path) -> Any:
    from modelyard.core.runs import WORKSPACE, bundle_path
    from modelyard.runtime.bundle import Bundle

    return Bundle.load(bundle_path(str(bundle), Path(WORKSPACE)))


if __name__ == "__main__":
    main()

"""The real server in its own process, spoken to over real sockets of this machine."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from modelyard.core.errors import BundleError, ProjectError
from modelyard.runtime.bundle import Bundle
from modelyard.serve import server

START = "from pathlib import Path; from modelyard.serve.server import serve; serve(Path({path!r}), port=0, {options})"
ROW = {"年龄": 55, "城市": "上海", "编号": "K-1"}


class Running:
    """A server that was started and said that it is ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.line = self.next_line()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.line)
        self.port = int(found[1]) if found else 0

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, http.client.HTTPMessage]:
        content = body if isinstance(body, bytes | None) else json.dumps(body, ensure_ascii=False).encode()
        with closing(self.connect()) as connection:
            connection.request(method, path, content, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read()), reply.headers

    def next_line(self) -> str:
        """What it prints next; waits for it."""
        return self.process.stdout.readline() if self.process.stdout else ""

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it wrote to standard error."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=20)
        return self.process.returncode, err


@contextmanager
def running(path: Path, options: str = "", **environment: str) -> Iterator[Running]:
    code = START.format(path=str(path), options=options)
    env = {**os.environ, "MODELYARD_LANG": "en", "PYTHONWARNINGS": "error", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=env,
    )
    try:
        one = Running(process)
        assert one.port, process.communicate(timeout=20)[1]
        yield one
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def live(real_bundle: Path) -> Iterator[Running]:
    """One server for all tests that do not stop it; its largest body is 200,000 bytes."""
    with running(real_bundle, "max_body_bytes=200_000") as one:
        yield one


def test_it_says_where_it_listens_when_it_is_ready(live: Running, real_bundle: Path) -> None:
    assert "信用评分" in live.line
    assert Bundle.load(real_bundle).id[:12] in live.line
    assert live.ask("GET", "/health/ready")[:2] == (200, {"ready": True, "draining": False})


def test_it_answers_what_the_bundle_answers(live: Running, real_bundle: Path) -> None:
    rows = [ROW, {**ROW, "年龄": None, "城市": "Atlantis"}, {**ROW, "年龄": 12.5}]
    status, reply, headers = live.ask("POST", "/v1/predict", {"rows": rows})
    expected = Bundle.load(real_bundle).predict(rows)
    assert status == 200
    assert reply["answers"] == expected.rows()
    assert reply["bundle"] == expected.bundle_id == headers["x-bundle-id"]
    assert [answer["信用"]["value"] for answer in reply["answers"]] == ["好", "坏", "坏"]
    assert reply["answers"][0]["编号"] == "K-1"
    assert len(reply["warnings"]) == 1


def test_the_example_of_the_schema_is_answered(live: Running) -> None:
    schema = live.ask("GET", "/v1/schema")[1]
    assert [column["name"] for column in schema["inputs"]] == ["年龄", "城市"]
    assert live.ask("POST", "/v1/predict", schema["example"])[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/predict", b"", 400),
        ("POST", "/v1/predict", b"not json", 400),
        ("POST", "/v1/predict", {"rows": []}, 422),
        ("POST", "/v1/predict", {"年龄": "old", "城市": "上海"}, 422),
        ("POST", "/v1/predict", {"年龄": 3}, 422),
        ("POST", "/v1/predict", b" " * 300_000, 413),
        ("GET", "/v1/predict", None, 405),
        ("GET", "/v2/models", None, 404),
        ("POST", "/health/live", b"{}", 405),
    ],
)
def test_wrong_requests_are_answered_in_json(live: Running, method: str, path: str, body: Any, status: int) -> None:
    got, reply, headers = live.ask(method, path, body)
    assert got == status
    assert reply["error"]["got"]
    assert headers["x-request-id"]


def test_a_huge_body_does_not_harm_the_connection(live: Running) -> None:
    with closing(live.connect()) as connection:
        connection.request("POST", "/v1/predict", b"[" + b" " * 5_000_000)
        assert connection.getresponse().read()
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200


def test_bytes_that_are_no_http(live: Running) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=5) as raw:
        raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_many_connections_each_get_their_own_answer(live: Running) -> None:
    def client(number: int) -> list[bool]:
        right = []
        with closing(live.connect()) as connection:
            for step in range(20):
                key, age = f"{number}-{step}", 20 + (number + step) % 50
                content = json.dumps([{"年龄": age, "城市": "上海", "编号": key}] * (1 + step % 3))
                connection.request("POST", "/v1/predict", content, {"x-request-id": key})
                reply = connection.getresponse()
                answers = json.loads(reply.read())["answers"]
                wanted = "好" if age > 40 else "坏"
                right.append(reply.headers["x-request-id"] == key and {row["编号"] for row in answers} == {key})
                right.append(len(answers) == 1 + step % 3 and all(row["信用"]["value"] == wanted for row in answers))
        return right

    with ThreadPoolExecutor(16) as pool:
        assert all(all(right) for right in pool.map(client, range(16)))


def test_large_and_small_requests_side_by_side(live: Running) -> None:
    large = [{"年龄": age % 90, "城市": "上海"} for age in range(4000)]
    with ThreadPoolExecutor(4) as pool:
        big = [pool.submit(live.ask, "POST", "/v1/predict", large) for _ in range(3)]
        assert live.ask("POST", "/v1/predict", ROW)[0] == 200
        assert {future.result()[0] for future in big} == {200}
        assert len(big[0].result()[1]["answers"]) == 4000


@pytest.fixture
def slow_client(live: Running) -> Iterator[Callable[[], int]]:
    """Sends a request in two pieces; called, it sends the rest and returns the status."""
    content = json.dumps(ROW).encode()
    raw = socket.create_connection(("127.0.0.1", live.port), timeout=20)
    raw.sendall(b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(content) + content[:5])

    def finish() -> int:
        raw.sendall(content[5:])
        return int(raw.recv(1000).split()[1])

    yield finish
    raw.close()


def test_a_slow_client_holds_up_nobody(live: Running, slow_client: Callable[[], int]) -> None:
    assert live.ask("POST", "/v1/predict", ROW)[0] == 200
    assert slow_client() == 200


def test_clients_that_hang_up_leave_no_trace(real_bundle: Path) -> None:
    with running(real_bundle) as one:
        for piece in (b"", b"POST /v1/pre", b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{"):
            with socket.create_connection(("127.0.0.1", one.port), timeout=5) as raw:
                raw.sendall(piece)
        assert one.ask("POST", "/v1/predict", ROW)[0] == 200
        assert one.stop() == (0, "")


def test_sigterm_answers_what_has_arrived_and_ends_well(real_bundle: Path) -> None:
    content = json.dumps(ROW).encode()
    with running(real_bundle) as one, closing(one.connect()) as idle, closing(one.connect()) as busy:
        idle.request("GET", "/health/live")
        idle.getresponse().read()
        busy.putrequest("POST", "/v1/predict")
        busy.putheader("content-length", str(len(content)))
        busy.endheaders(content[:7])
        assert one.ask("GET", "/health/live")[0] == 200
        one.process.send_signal(signal.SIGTERM)
        assert "stopping" in one.next_line()
        busy.send(content[7:])
        reply = busy.getresponse()
        assert reply.status == 200
        assert json.loads(reply.read())["answers"][0]["信用"]["value"] == "好"
        _, err = one.process.communicate(timeout=20)
        assert (one.process.returncode, err) == (0, "")
        with closing(one.connect()) as late, pytest.raises(ConnectionRefusedError):
            late.request("GET", "/health/live")


def test_while_it_drains_it_answers_but_is_not_ready(real_bundle: Path) -> None:
    with running(real_bundle, "drain_seconds=20") as one:
        one.process.send_signal(signal.SIGTERM)
        assert "stopping" in one.next_line()
        status, reply, headers = one.ask("GET", "/health/ready")
        assert (status, reply["draining"]) == (503, True)
        assert headers["connection"] == "close"
        assert one.ask("GET", "/health/live")[0] == 200
        assert one.ask("POST", "/v1/predict", ROW)[0] == 200
        assert one.stop() == (0, "")  # a second time: at once


def test_ctrl_c_ends_well(real_bundle: Path) -> None:
    with running(real_bundle) as one:
        assert one.stop(signal.SIGINT) == (0, "")


def test_it_works_in_chinese_in_a_container_without_locales(real_bundle: Path) -> None:
    with running(real_bundle, LC_ALL="C", MODELYARD_LANG="zh") as one:
        assert "提供服务" in one.line
        assert one.ask("POST", "/v1/predict", b"[]")[1]["error"]["got"] == "没有任何行"


def test_a_terminal_that_cannot_show_the_name_does_not_stop_it(real_bundle: Path) -> None:
    with running(real_bundle, PYTHONIOENCODING="ascii") as one:
        assert one.line.startswith("???? answers at http://")


def test_the_light_libraries_are_enough(real_bundle: Path) -> None:
    heavy = ["torch", "pandas", "sklearn", "lightgbm", "onnx", "pyarrow", "pydantic", "rich", "fsspec", "scipy"]
    code = f"import sys; import modelyard.serve.server; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_port_that_is_taken(live: Running, real_bundle: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        server.serve(real_bundle, port=live.port)
    assert str(live.port) in caught.value.mistakes[0].place


@pytest.mark.parametrize(("host", "port"), [("192.0.2.7", 0), ("no such host.invalid", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_cannot_be(real_bundle: Path, host: str, port: int) -> None:
    with pytest.raises(ProjectError):
        server.serve(real_bundle, host, port)


def test_a_damaged_bundle_is_refused_and_the_port_freed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(BundleError):
        server.serve(tmp_path, port=port)
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_ipv6_addresses_stand_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        listener = server._listen("::1", 0)
    except ProjectError:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert server._url(listener).startswith("http://[::1]:")

"""A bundle behind HTTP, as users meet it: `modelyard serve` in a process of its own, on this machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any

from modelyard.core.errors import BundleError, Mistake
from modelyard.core.messages import text

TIMEOUT_SECONDS = 60
_ADDRESS = re.compile(r"http://([\d.]+):(\d+)")


class Served:
    """A running server; it ends with the `with` block.

    Args:
        path: The bundle's folder.
        threads: Of the model; 0 takes what the machine gives.

    Raises:
        BundleError: The server did not start.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        options = ["--threads", str(threads)] if threads else []
        command = [sys.executable, "-m", "modelyard", "serve", str(path), "--port", "0", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        found = next(filter(None, map(_ADDRESS.search, self._process.stdout or ())), None)
        if found is None:
            self._end()
            got = text("report.got_no_server", code=self._process.returncode)
            raise BundleError(Mistake(str(path), got, text("report.expected_server"), f"modelyard serve {path}"))
        self._connection = HTTPConnection(found[1], int(found[2]), timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait(TIMEOUT_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()

    def ask(self, rows: list[dict[str, Any]]) -> bytes:
        """The body of the answer to rows, over one connection that stays open."""
        body = json.dumps({"rows": rows}).encode()
        self._connection.request("POST", "/v1/predict", body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            got = f"HTTP {response.status}: {answer[:200].decode('utf-8', 'replace')}"
            raise BundleError(Mistake("POST /v1/predict", got, "HTTP 200"))
        return answer

    def peak_bytes(self) -> int | None:
        """The most memory that the server has had resident; None where the system does not tell."""
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
        return int(found[1]) * 1024 if found else None

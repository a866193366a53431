"""`modelyard serve`: one process, one bundle, one port."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.runtime.bundle import Bundle
from modelyard.serve.app import MAX_BODY_BYTES, create_app
from modelyard.serve.service import Service

CONNECTIONS = 1024  # from here on uvicorn answers 503
BACKLOG = 2048
STOP_SECONDS = 30  # for requests that are being answered when the server stops


def _say(line: str) -> None:
    """Print, even where the terminal lacks the characters of a name."""
    encoding = sys.stdout.encoding
    sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    sys.stdout.flush()


def serve(
    path: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    threads: int | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    drain_seconds: float = 0.0,
    say: Callable[[str], None] = _say,
) -> None:
    """Serve a bundle until SIGTERM or Ctrl-C; then answer what has arrived, and return.

    Args:
        path: The bundle's folder.
        host: Address to listen on; only this machine reaches the default.
        port: 0 takes any free one.
        threads: Of the model; None takes what the machine and the control group's quota give.
        max_body_bytes: Larger requests are refused.
        drain_seconds: After SIGTERM, how long to go on while `/health/ready` says 503, so that a load balancer notices.
        say: Shows one line when the server is ready, with its address, and one when it drains.

    Raises:
        BundleError: The bundle is not whole.
        ProjectError: The address cannot be listened on.
    """
    with _listen(host, port) as listener:
        bundle = Bundle.load(path, threads)
        app = create_app(bundle, max_body_bytes)
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        _Server(config, app, drain_seconds, say).run([listener])


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and drains before it stops."""

    def __init__(
        self, config: uvicorn.Config, app: Starlette, drain_seconds: float, say: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._state = app.state
        self._service: Service = app.state.service
        self._drain_seconds = drain_seconds
        self._say = say
        self._stop_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, so that `/health/live` answers; wait until the bundle is warm; say so."""
        await super().startup(sockets)
        await self._state.warming
        bundle, url = self._service.bundle, _url(self.servers[0].sockets[0])
        self._say(text("serve.listening", name=bundle.name, url=url, bundle=bundle.id[:12]))

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop."""
        if self._stop_at is not None:
            if not self._service.draining:
                self._service.draining = True
                self._say(text("serve.draining"))
            self.should_exit = time.monotonic() >= self._stop_at
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first SIGTERM drains, Ctrl-C stops without that, and once more breaks off what is being answered."""
        self.force_exit = self.should_exit
        patient = sig == signal.SIGTERM and self._stop_at is None
        self._stop_at = time.monotonic() + (self._drain_seconds if patient else 0.0)


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything slow is done.

    Raises:
        ProjectError: The address is taken, not of this machine, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if not 0 <= port < 2**16:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        place = text("serve.place_port", host=host, port=port)
        got = error.strerror or str(error)
        raise ProjectError(Mistake(place, got, text("serve.expected_port"), text("serve.fix_port"))) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

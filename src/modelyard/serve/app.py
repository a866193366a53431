"""The HTTP interface of one bundle.

    POST /v1/predict    {"rows": [{...}, ...]} or one bare row -> {"bundle", "answers", "warnings"}
    GET  /v1/schema     columns, their types, levels or usual range, and a request that can be sent as it stands
    GET  /health/live   200 while the process answers
    GET  /health/ready  200 once the bundle is warm and until the server drains, else 503
    GET  /              what is served, and these paths

Every reply names the bundle (`x-bundle-id`) and the request (`x-request-id`, taken over from the request). What goes
wrong is told as `{"error": {"field", "place", "got", "expected", "fix"}}`, without any value that was sent.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from modelyard import __version__
from modelyard.core.errors import Mistake, RequestError
from modelyard.core.messages import text
from modelyard.serve import body, fields
from modelyard.serve.refused import RefusedError
from modelyard.serve.service import Service, encode

MAX_BODY_BYTES = 16 * 2**20

logger = logging.getLogger("modelyard.serve")
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


def create_app(bundle: Any, max_body_bytes: int = MAX_BODY_BYTES) -> Starlette:
    """The application of one bundle; `state.service` is its `Service`, `state.warming` the task that warms it.

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.
        max_body_bytes: Larger requests are refused with 413.
    """
    handlers: dict[Any, Any] = {
        RequestError: _refused,
        HTTPException: _not_served,
        ClientDisconnect: _gone,
        Exception: _failed,
    }
    app = Starlette(
        routes=[
            Route("/", _index, methods=["GET"]),
            Route("/v1/predict", _predict, methods=["POST"]),
            Route("/v1/schema", _schema, methods=["GET"]),
            Route("/health/live", _live, methods=["GET"]),
            Route("/health/ready", _ready, methods=["GET"]),
        ],
        exception_handlers=handlers,
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would carry neither id
    app.state.service = Service(bundle)
    app.state.max_body_bytes = max_body_bytes
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Warm up beside the event loop, so that `live` and `ready` can be asked meanwhile."""
    app.state.warming = asyncio.create_task(app.state.service.warm())
    yield
    app.state.service.close()


async def _predict(request: Request) -> Response:
    content = await body.read(request, request.app.state.max_body_bytes)
    return _reply(request, await _service(request).answer(content))


async def _schema(request: Request) -> Response:
    service = _service(request)
    return _reply(request, encode(fields.describe(service.bundle, service.fields)))


async def _live(request: Request) -> Response:
    return _reply(request, encode({"live": True}))


async def _ready(request: Request) -> Response:
    service = _service(request)
    ready = service.ready and not service.draining
    return _reply(request, encode({"ready": ready, "draining": service.draining}), 200 if ready else 503)


async def _index(request: Request) -> Response:
    bundle = _service(request).bundle
    facts = {"name": bundle.name, "bundle": bundle.id, "modelyard": __version__, "paths": _paths(request)}
    return _reply(request, encode(facts))


async def _refused(request: Request, error: RequestError) -> Response:
    """Rows that do not fit, or a body that never became rows."""
    status, headers = (error.status, error.headers) if isinstance(error, RefusedError) else (422, {})
    return _reply(request, _told(error.mistakes, error.field), status, headers)


async def _not_served(request: Request, error: HTTPException) -> Response:
    """Unknown path, wrong method."""
    expected = text("serve.expected_path", paths=", ".join(_paths(request)))
    got = text("serve.wrong_method" if error.status_code == 405 else "serve.unknown_path")
    mistake = Mistake(text("serve.place_path"), got, expected)
    return _reply(request, _told((mistake,)), error.status_code, dict(error.headers or {}))


async def _gone(request: Request, _: ClientDisconnect) -> Response:
    """Nobody is left to read a reply."""
    return Response(status_code=400)


async def _failed(request: Request, _: Exception) -> Response:
    """An error of ours: the traceback goes to the log, under the request's id, and never to the client."""
    logger.error("request %s to bundle %s failed", _request_id(request), _service(request).bundle.id)
    fix = text("serve.fix_failed", request=_request_id(request))
    mistake = Mistake(text("serve.place_server"), text("serve.failed"), text("serve.expected_answer"), fix)
    return _reply(request, _told((mistake,)), 500)


def _told(mistakes: Sequence[Mistake], field: str = "") -> bytes:
    """The first mistake as `error`, all further ones as `more`."""
    first, *others = (asdict(mistake) for mistake in mistakes)
    return encode({"error": {"field": field, **first}, "more": others})


def _reply(request: Request, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    service = _service(request)
    stamped = {"x-request-id": _request_id(request), "x-bundle-id": service.bundle.id, **(headers or {})}
    if service.draining:
        stamped["connection"] = "close"  # the client's next request goes to another server
    return Response(content, status, stamped, "application/json")


def _paths(request: Request) -> list[str]:
    """`POST /v1/predict` and the others."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return [f"{method} {route.path}" for route in routes for method in sorted((route.methods or set()) - {"HEAD"})]


def _request_id(request: Request) -> str:
    """The client's own, if it is printable ASCII of at most 128 characters; else a new one."""
    if not hasattr(request.state, "id"):
        given = request.headers.get("x-request-id", "")
        request.state.id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    return str(request.state.id)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service

"""One question to an OpenAI-shaped chat endpoint, and its answer.

Only the host that the project names is spoken to: neither proxies of the environment nor redirects are followed.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, NoReturn
from urllib.parse import urlsplit

Messages = Sequence[Mapping[str, str]]
"""[{"role": "system", "content": ...}, ...]"""

PATH = "/chat/completions"
LONGEST_WAIT = 60.0
"""Seconds between two attempts, whatever the endpoint asks for."""
LARGEST = 4_000_000
"""Bytes of an answer; whoever sends more is no chat endpoint."""
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_OF_THE_ROW = frozenset({400, 413, 422})  # a text that is too long, or that a filter refuses
_PIECE = 65_536
_FIRST_WAIT = 0.25  # seconds; twice as long after every further attempt


@dataclass(frozen=True)
class Reply:
    """What came back.

    Args:
        content: What the model wrote; None where it could not be asked.
        seconds: From asking to the end of the answer, of the attempt that succeeded.
        read: Tokens of the question, as the endpoint counts them; 0 where it does not.
        written: Tokens of the answer.
        reason: Why there is no answer.
        fatal: No other question will fare better.
    """

    content: str | None
    seconds: float = 0.0
    read: int = 0
    written: int = 0
    reason: str = ""
    fatal: bool = False


@dataclass(frozen=True)
class Endpoint:
    """Where to ask.

    Args:
        address: `https://host/v1`, or the whole address of its chat completions.
        model: The model's name there.
        key: Sent as a bearer token; "" sends none.
        timeout: Seconds for one attempt.
        retries: Attempts after the first.
    """

    address: str
    model: str
    key: str
    timeout: float
    retries: int

    @property
    def url(self) -> str:
        """The address of its chat completions."""
        parts = urlsplit(self.address)
        path = parts.path.rstrip("/")
        return parts._replace(path=path if path.endswith(PATH) else path + PATH, fragment="").geturl()


class _AttemptError(Exception):
    """An attempt that failed.

    Args:
        reason: In the words of the library or the endpoint.
        wait: Seconds until another attempt may fare better; None: it will not.
        fatal: See `Reply`.
    """

    def __init__(self, reason: str, wait: float | None, fatal: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.fatal = reason, wait, fatal


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a redirect is an answer like any other, and no good one."""

    def redirect_request(self, *args: Any, **named: Any) -> None:
        """No other request."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere())


def ask(endpoint: Endpoint, messages: Messages, given_up: Event) -> Reply:
    """Ask until there is an answer, no attempt is left, or everything is given up; never raises."""
    for attempt in range(endpoint.retries + 1):
        try:
            return _attempt(endpoint, messages)
        except _AttemptError as failure:
            last = failure
        if last.wait is None or attempt == endpoint.retries:
            break
        if given_up.wait(min(LONGEST_WAIT, max(last.wait, _FIRST_WAIT * 2**attempt))):
            break
    return Reply(None, reason=last.reason, fatal=last.fatal)


def _attempt(endpoint: Endpoint, messages: Messages) -> Reply:
    body = {"model": endpoint.model, "messages": list(messages), "temperature": 0}
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "modelyard"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    request = urllib.request.Request(endpoint.url, json.dumps(body).encode(), headers)  # noqa: S310  http(s) only
    began = time.perf_counter()
    try:
        with _OPENER.open(request, timeout=endpoint.timeout) as response:
            content = _read(response, began + endpoint.timeout)
    except urllib.error.HTTPError as error:
        with error:
            _refused(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        told = getattr(error, "reason", None) or error
        raise _AttemptError(f"{type(told).__name__}: {told}", 0.0) from error
    return _reply(content, time.perf_counter() - began)


def _read(response: Any, deadline: float) -> bytes:
    """The body, unless it takes too long or has no end."""
    content = b""
    while piece := response.read1(_PIECE):
        content += piece
        if time.perf_counter() > deadline:
            raise TimeoutError("timed out")
        if len(content) > LARGEST:
            raise ValueError(f"> {LARGEST} bytes")
    return content


def _refused(error: urllib.error.HTTPError) -> NoReturn:
    """What a status other than 200 means.

    Raises:
        _AttemptError: Always.
    """
    if 300 <= error.code < 400:
        raise _AttemptError(f"HTTP {error.code} -> {error.headers.get('Location', '?')}", None, fatal=True)
    said = " ".join(_start_of(error).split())
    reason = f"HTTP {error.code} {error.reason} {said}".strip()
    if error.code in _AGAIN:
        raise _AttemptError(reason, _seconds(error.headers.get("Retry-After")))
    raise _AttemptError(reason, None, fatal=error.code not in _OF_THE_ROW)


def _start_of(error: urllib.error.HTTPError) -> str:
    """The beginning of what is said about an error, if that can be read."""
    try:
        return error.read(300).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return ""


def _seconds(written: str | None) -> float:
    """`Retry-After` in seconds; 0 where it is absent, or a date."""
    return float(written) if written and written.strip().isdecimal() else 0.0


def _reply(content: bytes, seconds: float) -> Reply:
    """The model's words in the body of an answer.

    Raises:
        _AttemptError: They are not where a chat endpoint has them.
    """
    try:
        body = json.loads(content)
        said = body["choices"][0]["message"]["content"]
        usage = body.get("usage") or {}
        read, written = (int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        begins = content[:120].decode("utf-8", "replace")
        raise _AttemptError(f"choices[0].message.content? {begins}", None) from error
    return Reply(said if isinstance(said, str) else "", seconds, read, written)

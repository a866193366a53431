"""A bundle that answers requests, never more at once than it can: bytes in, bytes out."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from modelyard.core.errors import Mistake
from modelyard.core.messages import text
from modelyard.serve import body, fields
from modelyard.serve.refused import RefusedError

INLINE_BYTES = 32 * 2**10  # up to here, parsing and predicting cost less than the way to a thread and back
INLINE_SECONDS = 0.005  # one row of a slower model would hold up all other connections
QUEUE = 8  # large requests that may wait
RETRY_SECONDS = 1
WARM_ROWS = (1, 2, 32)

encode = msgspec.json.Encoder().encode


class Service:
    """A bundle and how it is doing.

    Args:
        bundle: A loaded `runtime.bundle.Bundle`.

    Attributes:
        ready: It is warm; set by `warm`.
        draining: The server is about to stop; set by the server.
        inline_bytes: Larger requests go through the queue; 0 when the model is slow.
    """

    def __init__(self, bundle: Any) -> None:
        self.bundle = bundle
        self.fields = fields.fields(bundle)
        self.ready = False
        self.draining = False
        self.inline_bytes = INLINE_BYTES
        self._taken = 0
        self._pool = ThreadPoolExecutor(1, "predict")  # one: the model takes the threads it was loaded with

    async def answer(self, content: bytes) -> bytes:
        """Body of a request -> body of the reply.

        Raises:
            RequestError: The rows do not fit the bundle.
            RefusedError: 400, the body is not JSON; 429, as many large requests as may wait do so already.
        """
        if len(content) <= self.inline_bytes:
            return self._answer(content)
        if self._taken > QUEUE:
            raise _busy()
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._answer, content)
        finally:
            self._taken -= 1

    async def warm(self) -> None:
        """Answer an example in several batch sizes; be ready."""
        seconds = await asyncio.get_running_loop().run_in_executor(self._pool, self._warm)
        self.inline_bytes = INLINE_BYTES if seconds < INLINE_SECONDS else 0
        self.ready = True

    def close(self) -> None:
        """Wait for the request being answered."""
        self._pool.shutdown()

    def _answer(self, content: bytes) -> bytes:
        rows = body.parse(content)
        body.check(rows, self.fields)
        answers = self.bundle.predict(rows)
        return encode({"bundle": self.bundle.id, "answers": answers.rows(), "warnings": answers.warnings})

    def _warm(self) -> float:
        """Seconds for one row, once everything has been touched."""
        example = fields.example(self.fields)
        for count in WARM_ROWS:
            self.bundle.predict([example] * count)
        began = time.perf_counter()
        self.bundle.predict([example])
        return time.perf_counter() - began


def _busy() -> RefusedError:
    got, fix = text("serve.busy", count=QUEUE), text("serve.fix_later", seconds=RETRY_SECONDS)
    mistake = Mistake(text("serve.place_server"), got, text("serve.expected_calm"), fix)
    return RefusedError(429, mistake, {"retry-after": str(RETRY_SECONDS)})

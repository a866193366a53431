"""A request that is refused with a status of its own; what is wrong with its rows is a plain `RequestError`, 422."""

from __future__ import annotations

from modelyard.core.errors import Mistake, RequestError


class RefusedError(RequestError):
    """A request that never came to its rows.

    Args:
        status: HTTP status, 400 to 599.
        mistake: What is wrong, without a value that was sent.
        headers: Further headers of the reply.
    """

    def __init__(self, status: int, mistake: Mistake, headers: dict[str, str] | None = None) -> None:
        super().__init__(mistake)
        self.status = status
        self.headers = headers or {}

"""The body of a request -> rows whose cells have the right JSON types, or what is wrong, told without a value of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from modelyard.core.errors import Mistake, RequestError
from modelyard.core.messages import text
from modelyard.serve.fields import Field
from modelyard.serve.refused import RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request

Rows = list[dict[str, Any]]

BODY_SECONDS = 30.0  # for the body to arrive, once the headers have
MISTAKES_SHOWN = 10
JSON_NAMES = {
    dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean", type(None): "null",
}  # fmt: skip


async def read(request: Request, limit: int) -> bytes:
    """The whole body.

    Args:
        request: Its body has not been read.
        limit: Bytes.

    Raises:
        RefusedError: 408 too slow, 413 too large, 415 compressed.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        place = text("serve.place_header", name="content-encoding")
        raise RefusedError(415, Mistake(place, text("serve.encoded"), text("serve.expected_plain")))
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(request.stream(), limit)
    except TimeoutError:
        got, expected = text("serve.too_slow", seconds=BODY_SECONDS), text("serve.expected_fast")
        raise RefusedError(408, Mistake(text("serve.place_body"), got, expected), {"connection": "close"}) from None


def parse(content: bytes) -> Rows:
    """Bytes -> rows.

    Args:
        content: `{"rows": [{...}, ...]}`, the list alone, or one row as an object.

    Raises:
        RefusedError: 400, it is not JSON.
        RequestError: It is JSON of another shape, or has no rows.
    """
    found = _decode(content)
    if isinstance(found, dict) and not isinstance(found.get("rows"), list):
        return [found]  # one bare row; it may well have a column called "rows"
    if isinstance(found, dict) and len(found) > 1:
        raise _misshapen(text("serve.place_body"), text("serve.other_keys"), "serve.expected_request")
    rows: Any = found["rows"] if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise _misshapen(text("serve.place_body"), _kind(rows), "serve.expected_request")
    if not rows:
        raise _misshapen("rows", text("serve.no_rows"), "serve.expected_rows")
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise _misshapen(f"rows[{number}]", _kind(row), "serve.expected_row")
    return rows


def check(rows: Rows, fields: Sequence[Field]) -> None:
    """Refuse rows that lack a column or hold a cell of the wrong JSON type.

    Every row is judged as if it came alone: a column that another row of the batch has is missing all the same.

    Raises:
        RequestError: The first mistake of each column, up to ten; `field` is the first column.
    """
    faulty = [field for field in fields if not _fits(rows, field)]
    if not faulty:
        return
    shown = [_mistake(rows, field) for field in faulty[:MISTAKES_SHOWN]]
    if len(faulty) > MISTAKES_SHOWN:
        got = text("serve.more_columns", count=len(faulty) - MISTAKES_SHOWN)
        shown.append(Mistake(text("serve.place_body"), got, text("serve.expected_row"), text("serve.fix_type")))
    raise RequestError(shown, faulty[0].name)


async def _collect(pieces: AsyncIterator[bytes], limit: int) -> bytes:
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > limit:
            raise _too_large(limit)
    return bytes(content)


def _fits(rows: Rows, field: Field) -> bool:
    try:
        return {type(row[field.name]) for row in rows} <= field.kinds
    except KeyError:
        return False


def _mistake(rows: Rows, field: Field) -> Mistake:
    """The first mistake of a column that has one."""
    name = field.name
    number = next(number for number, row in enumerate(rows) if name not in row or type(row[name]) not in field.kinds)
    missing = name not in rows[number]
    got = text("serve.missing_column") if missing else _kind(rows[number][name])
    expected = text("serve.expected_type", types=", ".join(field.types))
    return Mistake(f"rows[{number}].{name}", got, expected, text("serve.fix_null" if missing else "serve.fix_type"))


def _decode(content: bytes) -> Any:
    if not content.strip():
        raise _not_json(text("serve.empty_body"))
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise _not_json(text("serve.not_json", what=error)) from None  # names the place of a byte, no value
    except UnicodeDecodeError:
        raise _not_json(text("serve.not_utf8")) from None
    except RecursionError:
        raise _not_json(text("serve.too_deep")) from None


def _not_json(got: str) -> RefusedError:
    mistake = Mistake(text("serve.place_body"), got, text("serve.expected_json"), text("serve.fix_json"))
    return RefusedError(400, mistake)


def _too_large(limit: int) -> RefusedError:
    got, expected = text("serve.too_large", limit=limit), text("serve.expected_size", limit=limit)
    return RefusedError(413, Mistake(text("serve.place_body"), got, expected, text("serve.fix_size")))


def _misshapen(place: str, got: str, expected: str) -> RequestError:
    return RequestError(Mistake(place, got, text(expected), text("serve.fix_json")))


def _kind(value: Any) -> str:
    return text("serve.json_kind", kind=JSON_NAMES[type(value)])

"""Answers that were given once, by the content of their questions: an SQLite file of the workspace.

Questions are kept as their sha256 only. A file that cannot be read or written is done without: it only saves time and
money.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from modelyard.methods.prompt.chat import Endpoint, Messages, Reply

_PATIENCE = 10.0  # seconds to wait while another process writes
_TABLE = (
    "CREATE TABLE IF NOT EXISTS answers "
    "(question TEXT PRIMARY KEY, content TEXT, seconds REAL, read INTEGER, written INTEGER) WITHOUT ROWID"
)

_FIND = "SELECT content, seconds, read, written FROM answers WHERE question = ?"
_KEEP = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)"


def key_of(endpoint: Endpoint, messages: Messages) -> str:
    """What an answer is found by: sha256 of whom is asked and all that is said."""
    asked = [endpoint.url, endpoint.model, [dict(message) for message in messages]]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Answers:
    """The file.

    Args:
        path: Where it lies; made when the first answer is kept.

    Attributes:
        failed: Why answers could not be kept, or "".
    """

    def __init__(self, path: Path) -> None:
        self.failed = ""
        self._path = path
        self._here: dict[str, Reply] = {}

    def find(self, keys: list[str]) -> dict[str, Reply]:
        """Those that are known."""
        found = {key: self._here[key] for key in keys if key in self._here}
        if not self._path.exists():
            return found
        with suppress(sqlite3.Error), closing(self._opened()) as connection:
            for key in keys:
                row = connection.execute(_FIND, (key,)).fetchone()
                found |= {key: Reply(*row)} if row else {}
        return found

    def keep(self, key: str, reply: Reply) -> None:
        """Keep an answer; it is on the disk when this returns. Threads may do so at the same time."""
        self._here[key] = reply
        if self.failed:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._opened()) as connection, connection:
                row = (key, reply.content, reply.seconds, reply.read, reply.written)
                connection.execute(_KEEP, row)
        except (OSError, sqlite3.Error) as error:
            self.failed = str(error)

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_TABLE)
        return connection

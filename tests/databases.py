"""SQLite databases for tests: each is closed when nobody holds it any more."""

import sqlite3
from pathlib import Path

__all__ = ["connect"]


class _Database(sqlite3.Connection):
    """From Python 3.13 on a database that is left open is a ResourceWarning."""

    def __del__(self) -> None:
        self.close()


def connect(path: str | Path = ":memory:") -> sqlite3.Connection:
    """Open a database in a file or, without a path, in memory."""
    return sqlite3.connect(path, factory=_Database)

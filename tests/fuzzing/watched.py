"""Runs a law on one input after the other, and goes on when one breaks it."""

from __future__ import annotations

import hashlib
import sys
import traceback
from pathlib import Path
from typing import Final

from tests.fuzzing.targets import Law

__all__ = ["FOUND", "Watched", "kind_of"]

FOUND: Final = "== FOUND"
"""Begins the line that names the file of an input, and what it breaks."""

_ROOT: Final = Path(__file__).resolve().parent.parent.parent


class Watched:
    """A law that notes what breaks it, and goes on.

    Arguments:
        law: the law.
        folder: where inputs that break it are written.
    """

    def __init__(self, law: Law, folder: Path) -> None:
        self._law = law
        self._folder = folder
        self._kinds: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Try an input."""
        try:
            self._law(data)
        except Exception as error:  # noqa: BLE001  # to find these is what this is for
            kind = kind_of(error)
            if kind not in self._kinds:
                self._kinds.add(kind)
                self._write(data, error, kind)

    def _write(self, data: bytes, error: Exception, kind: str) -> None:
        path = self._folder / f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
        path.write_bytes(data)
        traceback.print_exception(error, limit=-12)
        sys.stderr.write(f"{FOUND} {path} {kind}\n")
        sys.stderr.flush()


def kind_of(error: BaseException) -> str:
    """Return the type of an error, and the last lines of ours that it went through."""
    frames = [
        (Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)
    ]
    ours = [(path, line) for path, line in frames if path.parent.is_relative_to(_ROOT)]
    ours = [(path, line) for path, line in ours if ".venv" not in path.parts] or frames
    places = " < ".join(f"{path.name}:{line}" for path, line in reversed(ours[-2:]))
    return f"{type(error).__name__} at {places}"

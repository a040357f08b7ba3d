"""A progress bar on standard error, where that is a terminal and the work takes a while."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as RemainingColumn

__all__ = ["ReadingBar"]

#: Seconds without a bar: shorter work is done before a bar could be read.
_PATIENCE: Final = 0.5


class ReadingBar:
    """Takes reports of how much is done, of how much, and shows them; gone when it ends.

    Attributes:
        word: what is being done.
    """

    def __init__(self, word: str = "reading") -> None:
        self.word = word
        self._begun = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, read: int, total: int) -> None:
        if self._progress is None:
            if not self._terminal or time.monotonic() - self._begun < _PATIENCE:
                return
            self._progress = _bar()
            self._task = self._progress.add_task(self.word, total=None)
            self._progress.start()
        # Without a total (standard input) the bar only shows that something goes on.
        self._progress.update(self._task, completed=read, total=total or None)


def _bar() -> Progress:
    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        RemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )

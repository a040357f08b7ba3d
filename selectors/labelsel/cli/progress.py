"""A progress bar on standard error, if that is a terminal and the work takes a while."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar"]

#: Seconds without a bar: shorter work ends before a person could read the bar.
_DELAY: Final = 0.5


class ProgressBar:
    """A bar that shows how much of the work is done; it disappears at the end.

    Call it with the part that is done and the whole, in any unit. rich is imported only when a
    bar is shown.

    Attributes:
        word: what is being done: ``reading``.
    """

    def __init__(self, word: str) -> None:
        self.word = word
        self._started = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

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

    def __call__(self, done: int, total: int) -> None:
        if self._progress is None:
            if not self._terminal or time.monotonic() - self._started < _DELAY:
                return
            self._progress = _bar()
            self._task = self._progress.add_task(self.word, total=None)
            self._progress.start()
        assert self._task is not None
        # Without a total (standard input) the bar shows only that the work goes on.
        self._progress.update(self._task, completed=done, total=total or None)


def _bar() -> Progress:
    # Imported here: most runs show no bar, and the import takes 0.08 s of processor time
    # (python -X importtime -c "import rich.progress", on one slow core).
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import (  # noqa: PLC0415 - see above
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )

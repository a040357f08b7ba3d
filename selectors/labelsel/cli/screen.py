"""Standard output and standard error: consoles, messages, failures, and streams that break."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from labelsel.cli.help_layout import wrap_message
from labelsel.errors import escape

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Failure",
    "console",
    "note_line_end",
    "note_written",
    "open_streams",
    "printing",
    "say",
    "show_error",
]

#: Lines are never broken, as in kubectl: a terminal breaks long lines itself, a pipe must not.
_WIDTH: Final = 2**20
#: The exit status that a shell gives a program whose reader is gone: 128 + SIGPIPE.
_BROKEN_PIPE: Final = 141
#: Where a command notes in its context that it has written files.
_WRITTEN: Final = f"{__name__}.written"


#: Whether the last line on the terminal has no end, as that of a template may have none.
_line_is_open: ContextVar[bool] = ContextVar("line_is_open", default=False)


def note_line_end(text: str) -> None:
    """Remember whether the terminal's last line has an end: else a message begins a new one."""
    _line_is_open.set(not f"\n{text}".endswith("\n"))


def _end_line(stream: IO[str]) -> None:
    if _line_is_open.get() and stream.isatty():
        stream.write("\n")
        _line_is_open.set(False)


class Failure(click.ClickException):
    """The run ends with status 1, after one message on standard error.

    Arguments:
        lines: the lines of the message, as `say` takes them.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(escape, lines)))
        self.lines = lines

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Return the failure for an error of this library, whose text breaks its own lines."""
        return cls(*str(error).split("\n"))

    def show(self, file: IO[str] | None = None) -> None:
        say(*self.lines, error=True, file=file)


def console(file: IO[str]) -> Console:
    """Return a console with colour on a terminal only, unless NO_COLOR forbids it.

    Nothing is read as markup: brackets in a manifest are brackets.
    """
    # Imported here: the help needs no rich. With rich `labelsel --help` takes 0.54 s of processor
    # time instead of 0.35 s (perf stat -r 9 labelsel --help, on one slow core).
    from rich.console import Console  # noqa: PLC0415 - see above

    class QuietConsole(Console):
        """A console that leaves a broken pipe to the caller, who ends the run quietly."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return QuietConsole(
        file=file,
        width=_WIDTH,
        force_terminal=file.isatty(),
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )


def say(*lines: str, error: bool = False, file: IO[str] | None = None) -> None:
    """Write a message to standard error, in exactly these lines.

    Each line is `escape`: a name with a line break in it does not begin a line.
    """
    from rich.text import Text  # noqa: PLC0415 - as in `console`

    stream = sys.stderr if file is None else file
    _end_line(stream)
    prefix = "error: " if error else ""
    message = wrap_message(prefix + "\n".join(map(escape, lines)), stream)
    text = Text(prefix, style="bold red")
    text.append(
        message.removeprefix(prefix), style="not bold default" if error else "not bold default dim"
    )
    console(stream).print(text)


def show_error(error: click.ClickException) -> None:
    """Write the message of an error to standard error, in lines that fit a terminal."""
    if isinstance(error, Failure):
        error.show()
        return
    message = io.StringIO()
    error.show(message)
    sys.stderr.write(wrap_message(message.getvalue(), sys.stderr))


def open_streams() -> None:
    """Open the null device in place of each stream that the shell closed (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - open until the end
            setattr(sys, name, null)


@contextmanager
def printing() -> Iterator[None]:
    """End the run where the output cannot be written: quietly if its reader is gone."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:  # of a file that was read meanwhile
            raise
        raise _output_failure(error) from error


def _output_failure(error: OSError) -> Failure | click.exceptions.Exit:
    # At exit Python would write the rest of the buffer, and fail again.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
    if isinstance(error, BrokenPipeError):
        return click.exceptions.Exit(_BROKEN_PIPE)
    context = click.get_current_context(silent=True)
    done = "; the files are written" if context is not None and context.meta.get(_WRITTEN) else ""
    return Failure(f"the output cannot be written: {error.strerror}{done}")


def note_written() -> None:
    """Note that the command has written its files: what fails after this takes nothing back."""
    click.get_current_context().meta[_WRITTEN] = True

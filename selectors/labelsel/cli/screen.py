"""What goes to standard output and standard error, on a terminal and elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click
from rich.console import Console
from rich.text import Text

from labelsel.errors import escaped

__all__ = ["Failure", "console", "open_streams", "printing", "say"]

#: Lines are as long as they are, as kubectl's are: a terminal breaks them, a pipe must not.
_WIDTH: Final = 2**20
#: What a shell reports of a program whose reader is gone: 128 and the signal's number.
_BROKEN_PIPE: Final = 141


class Failure(click.ClickException):
    """The run ends with status 1, after one message on standard error.

    Arguments:
        lines: its lines, as `say` takes them.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(escaped, lines)))
        self.lines = lines

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """A failure that tells of an error of this library, in whose text only it breaks lines."""
        return cls(*str(error).split("\n"))

    def show(self, file: IO[str] | None = None) -> None:
        say(*self.lines, error=True, file=file)


class _Console(Console):
    """A console that leaves a broken pipe to the caller, who ends the run quietly."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(file: IO[str]) -> Console:
    """A console with colour on a terminal only, where NO_COLOR does not forbid it.

    Nothing is read as markup: brackets in a manifest are brackets.
    """
    return _Console(
        file=file,
        width=_WIDTH,
        force_terminal=file.isatty(),
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )


def say(*lines: str, error: bool = False, file: IO[str] | None = None) -> None:
    """Write a message to standard error, in the lines that are given and in no others.

    Each of them is `escaped`: a name with a line break in it begins no line of its own.
    """
    text = Text()
    if error:
        text.append("error: ", style="bold red")
    text.append("\n".join(map(escaped, lines)), style="" if error else "dim")
    console(sys.stderr if file is None else file).print(text)


def open_streams() -> None:
    """Put a stream that leads nowhere where a shell closed one (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # It is never closed: it lives as long as the process.
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nowhere)


@contextmanager
def printing() -> Iterator[None]:
    """End the run where the output cannot be written: quietly where nobody reads it."""
    try:
        yield
    except OSError as error:
        raise _lost_output(error) from error


def _lost_output(error: OSError) -> Failure | click.exceptions.Exit:
    # At its end Python would try once more to write what is left, and complain.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return click.exceptions.Exit(_BROKEN_PIPE)
    return Failure(f"the output cannot be written: {error.strerror}")

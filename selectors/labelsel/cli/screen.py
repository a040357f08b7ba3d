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

__all__ = ["Failure", "console", "open_streams", "printing", "say", "visible"]

#: Lines are as long as they are, as kubectl's are: a terminal breaks them, a pipe must not.
_WIDTH: Final = 2**20
#: What a shell reports of a program whose reader is gone: 128 and the signal's number.
_BROKEN_PIPE: Final = 141


class Failure(click.ClickException):
    """The run ends with status 1, after one message on standard error."""

    def show(self, file: IO[str] | None = None) -> None:
        say(self.message, error=True, file=file)


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


def say(message: str, *, error: bool = False, file: IO[str] | None = None) -> None:
    """Write a message of one or more lines to standard error."""
    text = Text()
    if error:
        text.append("error: ", style="bold red")
    text.append("\n".join(map(visible, message.split("\n"))), style="" if error else "dim")
    console(sys.stderr if file is None else file).print(text)


def visible(text: str) -> str:
    r"""Text with an escape for each character that a terminal would obey, or not show.

    >>> visible("web\x1b[31m")
    'web\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


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

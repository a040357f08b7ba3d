"""Writes text to standard output: lines and tables for people, UTF-8 for programs."""

from __future__ import annotations

import codecs
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO, cast

from labelsel.cli.help_layout import wrap_message
from labelsel.errors import escape
from labelsel.kubernetes import Resource

__all__ = [
    "can_encode",
    "identity",
    "open_text_output",
    "open_utf_8_output",
    "print_line",
    "print_lines",
    "terminal_width",
]


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people, in the encoding of the terminal, broken at words where they must."""
    stream = open_text_output()
    for line in lines:
        stream.write(f"{wrap_message(escape(line), stream)}\n")
    stream.flush()


def print_line(text: str) -> None:
    """Print one line in UTF-8, exactly: it must be printable."""
    stream = open_utf_8_output()
    stream.write(f"{text}\n")
    stream.flush()


def open_utf_8_output() -> TextIO:
    """Return standard output as a stream of UTF-8, whatever the terminal's encoding.

    The name of a file need not be UTF-8: its bytes are written as they are.
    """
    return cast("TextIO", codecs.getwriter("utf-8")(sys.stdout.buffer, "surrogateescape"))


def open_text_output() -> TextIO:
    """Return standard output; it writes characters that it cannot encode as escapes."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return sys.stdout


def terminal_width() -> int | None:
    """Return the columns of the terminal; None where standard output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def can_encode(text: str) -> bool:
    """Return whether standard output has these characters, and need not print escapes."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def identity(resource: Resource) -> dict[str, object]:
    """Return which object it is, for JSON and YAML that describe objects without printing them.

    >>> from labelsel.kubernetes import Source
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> identity(pod)["kind"], identity(pod)["name"], identity(pod)["source"]
    ('Pod', 'web', 'a.yaml:1')
    """
    return {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "namespace": resource.namespace,
        "name": resource.name,
        "source": str(resource.source),
    }

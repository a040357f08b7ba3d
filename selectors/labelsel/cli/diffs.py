"""Prints the changes of files as a unified diff."""

from __future__ import annotations

import difflib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from labelsel.cli.output import open_text_output
from labelsel.escapes import diff_file, escape
from labelsel.kubernetes import Rewrite

__all__ = ["diff_lines", "print_diffs"]

#: What GitHub Actions sets to "true" for each of its steps.
_IN_ACTIONS: Final = "GITHUB_ACTIONS"
_TAB_OR_TEXT: Final = re.compile(r"\t|[^\t]+")


def print_diffs(rewrites: Sequence[Rewrite]) -> None:
    """Print the changes of files as one unified diff."""
    stream = open_text_output()
    # A line of a manifest must not be a command of GitHub Actions. A diff must have it as it is,
    # and git apply and patch pass over lines around the diff.
    token = secrets.token_hex() if rewrites and os.environ.get(_IN_ACTIONS) == "true" else None
    stream.write(f"::stop-commands::{token}\n" if token else "")
    for rewrite in rewrites:
        stream.writelines(diff_lines(rewrite))
    stream.write(f"::{token}::\n" if token else "")
    stream.flush()


def diff_lines(rewrite: Rewrite) -> Iterator[str]:
    """Yield the lines of a unified diff, which ``git apply`` and ``patch`` can read.

    Control characters are shown as escapes, apart from tabs and line breaks.
    """
    old, new = (
        # Only \n ends a line: for difflib and for patch the \r before it is a part of the line.
        data.decode().split("\n")
        for data in (rewrite.before or b"", rewrite.after)
    )
    file = os.path.relpath(rewrite.file)
    names = diff_file(f"a/{file}"), diff_file(f"b/{file}")
    for line in difflib.unified_diff(_with_breaks(old), _with_breaks(new), *names):
        text, end = (line[:-1], "\n") if line.endswith("\n") else (line, "")
        carriage_return = "\r" if text.endswith("\r") else ""
        parts = _TAB_OR_TEXT.findall(text.removesuffix("\r"))
        shown = "".join(part if part == "\t" else escape(part) for part in parts)
        yield f"{shown}{carriage_return}{end}"
        if not end:
            yield "\n\\ No newline at end of file\n"


def _with_breaks(lines: Sequence[str]) -> list[str]:
    """Return lines with the line breaks that were between them."""
    whole = [f"{line}\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole

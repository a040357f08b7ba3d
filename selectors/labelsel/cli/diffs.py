"""Prints the changes of files as a unified diff."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

import click

from labelsel.cli.output import open_text_output, open_utf_8_output
from labelsel.cli.screen import console, say
from labelsel.escapes import diff_file, escape
from labelsel.kubernetes import Rewrite

__all__ = ["diff_folder", "diff_lines", "print_diffs"]

#: What GitHub Actions sets to "true" for each of its steps.
_IN_ACTIONS: Final = "GITHUB_ACTIONS"
#: The lines with the names of the file are bold on a terminal, and the others coloured as by git.
_HEADING: Final = 2
_COLOURS: Final = {"@": "cyan", "-": "red", "+": "green"}
_TAB_OR_TEXT: Final = re.compile(r"\t|[^\t]+")


def print_diffs(rewrites: Sequence[Rewrite]) -> None:
    """Print the changes of files as one unified diff; say where it applies, if that is not here.

    A pipe and a file get the bytes of the files, so that the diff applies. A terminal shows control
    characters as escapes, apart from tabs and line breaks.
    """
    on_terminal = sys.stdout.isatty()
    stream = open_text_output() if on_terminal else open_utf_8_output()
    folder = diff_folder(rewrites)
    if folder != Path.cwd():
        say(f"the paths of the diff begin in {escape(str(folder))}: apply it there")
    # A line of a manifest must not be a command of GitHub Actions. A diff must have it as it is,
    # and git apply and patch pass over lines around the diff.
    token = secrets.token_hex() if rewrites and os.environ.get(_IN_ACTIONS) == "true" else None
    stream.write(f"::stop-commands::{token}\n" if token else "")
    has_colour = on_terminal and _has_colour(stream)
    for rewrite in rewrites:
        for number, line in enumerate(diff_lines(rewrite, folder)):
            shown = _without_controls(line) if on_terminal else line
            stream.write(_coloured(shown, is_heading=number < _HEADING) if has_colour else shown)
    stream.write(f"::{token}::\n" if token else "")
    stream.flush()


def diff_folder(rewrites: Sequence[Rewrite]) -> Path:
    """Return the folder in which ``git apply`` and ``patch -p1`` apply the diff of some files.

    1. The current folder, if all files are below it. Neither program takes a path with ``..``.
    2. Otherwise the root of the git repository of the files, if they are all in one.
    3. Otherwise the nearest folder that has all of them below it.

    ``git apply`` takes off the folder where it runs if a path begins with its name. So a file
    ``shop/shop/web.yaml`` has the path from the root of the repository, too.
    """
    here, files = Path.cwd(), [Path(os.path.realpath(each.path)) for each in rewrites]
    if all(file.is_relative_to(here) for file in files):
        root = _repository_of(here)
        within = Path() if root is None else here.relative_to(root)
        inside = (file.relative_to(here) for file in files)
        is_taken_off = within != Path() and any(each.is_relative_to(within) for each in inside)
        return root if root is not None and is_taken_off else here
    common = Path(os.path.commonpath([file.parent for file in files]))
    return _repository_of(common) or common


def _repository_of(folder: Path) -> Path | None:
    """Return the root of the git repository that a folder is in; None outside of one."""
    # Unlike Path.exists, os.path.exists is no error in a folder that must not be searched.
    roots = (each for each in (folder, *folder.parents) if os.path.exists(each / ".git"))  # noqa: PTH110
    return next(roots, None)


def diff_lines(rewrite: Rewrite, folder: Path) -> Iterator[str]:
    """Yield the lines of a unified diff, which ``git apply`` and ``patch -p1`` apply in a folder.

    The lines of the files are there as they are.
    """
    old, new = (
        # Only \n ends a line: for difflib and for patch the \r before it is a part of the line.
        data.decode().split("\n")
        for data in (rewrite.before or b"", rewrite.after)
    )
    # A diff of a link would be one of the path in it: git apply refuses it.
    file = os.path.relpath(os.path.realpath(rewrite.path), folder)
    names = diff_file(f"a/{file}"), diff_file(f"b/{file}")
    for line in difflib.unified_diff(_with_breaks(old), _with_breaks(new), *names):
        if line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n"
            yield "\\ No newline at end of file\n"


def _without_controls(line: str) -> str:
    """Return a line as a terminal shows it."""
    text = line.removesuffix("\n")
    carriage_return = "\r" if text.endswith("\r") else ""
    parts = _TAB_OR_TEXT.findall(text.removesuffix("\r"))
    shown = "".join(part if part == "\t" else escape(part) for part in parts)
    return f"{shown}{carriage_return}\n"


def _has_colour(stream: TextIO) -> bool:
    screen = console(stream)
    return screen.color_system is not None and not screen.no_color


def _coloured(line: str, *, is_heading: bool) -> str:
    """Return a line of a diff with the colour of what it begins with."""
    text = line.removesuffix("\n")
    colour = None if is_heading else _COLOURS.get(line[0])
    styled = click.style(text, fg=colour, bold=is_heading or None)
    return f"{styled}{line[len(text) :]}" if is_heading or colour else line


def _with_breaks(lines: Sequence[str]) -> list[str]:
    """Return lines with the line breaks that were between them."""
    whole = [f"{line}\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole

"""Changed manifests written, or only proven where nothing is to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from labelsel.cli.progress import ReadingBar
from labelsel.cli.screen import Failure
from labelsel.kubernetes import Edit, EditError, ManifestError, apply_edits
from labelsel.kubernetes.edit.atomic_write import Rewrite, write_files

__all__ = ["first_lines", "make_edits", "write_made"]

#: Lines of one sort that are shown; more would push what matters off the screen.
_SHOWN: Final = 20


def first_lines(lines: Iterable[str]) -> list[str]:
    """The first of some lines, and how many more there are."""
    listed = list(lines)
    more = len(listed) - _SHOWN
    return [*listed[:_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]


def make_edits(edits: Iterable[Edit], *, dry_run: bool) -> None:
    """Make changes in the files; a dry run does all but write them.

    Raises:
        Failure: a change cannot be made, or a file cannot be written; no file has changed.
    """
    if dry_run:
        # Standard input has nothing to write, and so nothing that could go wrong.
        edits = [edit for edit in edits if edit.before.source.location is not None]
    write_made(lambda bar: apply_edits(edits, on_progress=bar), dry_run=dry_run)


def write_made(make: Callable[[ReadingBar], list[Rewrite]], *, dry_run: bool = False) -> None:
    """Make new texts of files and write them, all of them or none.

    Raises:
        Failure: one cannot be made, or cannot be written.
    """
    try:
        with ReadingBar("changing") as bar:
            rewrites = make(bar)
        if not dry_run:
            with ReadingBar("writing") as bar:
                write_files(rewrites, on_progress=bar)
    except EditError as error:
        raise Failure(*first_lines(map(str, error.faults))) from error
    except ManifestError as error:
        raise Failure.of(error) from error

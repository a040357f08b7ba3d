"""Writes changed manifests; in a dry run it only verifies that they could be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from labelsel.cli.interrupts import stopping_in_order
from labelsel.cli.progress import ProgressBar
from labelsel.cli.screen import Failure, note_written, say
from labelsel.kubernetes import (
    Edit,
    EditError,
    ManifestError,
    Resource,
    Rewrite,
    apply_edits,
    write_files,
)

__all__ = [
    "SHOWN_LINES",
    "first_lines",
    "hard_links",
    "locations_of_namesakes",
    "make_edits",
    "say_warning",
    "write",
    "write_changes",
]

SHOWN_LINES: Final = 20
"""A list in a message has so many lines: most of a terminal of 24 lines, and no more."""


def first_lines(lines: Iterable[str]) -> list[str]:
    """Return the first 20 lines, and a line that says how many more there are.

    >>> first_lines(map(str, range(22)))[-2:]
    ['19', 'and 2 more']
    """
    listed = list(lines)
    more = len(listed) - SHOWN_LINES
    return [*listed[:SHOWN_LINES], *([f"and {more:,} more"] if more > 0 else [])]


def locations_of_namesakes(resources: Sequence[Resource]) -> list[str]:
    """Return for each object where it is, if another one of its namespace has the same name.

    Otherwise the text is empty, as in kubectl. A folder may have the same object several times:
    in a base, in a release, in a test.

    >>> from labelsel.kubernetes import Source
    >>> names = [("a", 1), ("b", 2), ("a", 3)]
    >>> locations_of_namesakes([
    ...     Resource("Pod", "v1", None, name, {}, {}, {}, Source("x.yaml", 1, line))
    ...     for name, line in names
    ... ])
    [' (x.yaml:1)', '', ' (x.yaml:3)']
    """
    names = [(item.reference, item.namespace) for item in resources]
    counts = Counter(names)
    each = zip(names, resources, strict=True)
    return [f" ({item.source})" if counts[name] > 1 else "" for name, item in each]


def make_edits(edits: Iterable[Edit], *, dry_run: bool) -> None:
    """Make edits in the files; a dry run does everything but write the files.

    Raises:
        Failure: an edit cannot be made, or a file cannot be written. No file has changed.
    """
    if dry_run:
        # Standard input is never written, so no edit of it can fail.
        edits = [edit for edit in edits if edit.before.source.location is not None]
    write_changes(lambda bar: apply_edits(edits, on_progress=bar), dry_run=dry_run)


def write_changes(make: Callable[[ProgressBar], list[Rewrite]], *, dry_run: bool = False) -> None:
    """Make new texts of files and write all of them, or none.

    Raises:
        Failure: a text cannot be made, or a file cannot be written.
    """
    try:
        with ProgressBar("changing") as bar:
            rewrites = make(bar)
        lines = hard_links(rewrites)
        if not dry_run:
            with ProgressBar("writing") as bar:
                write(rewrites, on_progress=bar)
        for line in lines:
            say(line)
    except EditError as error:
        raise Failure(*first_lines(map(str, error.faults))) from error
    except ManifestError as error:
        raise Failure.of(error) from error


def write(rewrites: Sequence[Rewrite], *, on_progress: ProgressBar | None = None) -> None:
    """Write files, and note that they are written.

    Raises:
        ManifestError: a file cannot be written. Every file is as it was, or the error says so.
        SystemExit: the process got SIGTERM or SIGHUP. Every file is as it was.
    """
    with stopping_in_order():
        write_files(rewrites, on_progress=on_progress, on_warning=say_warning)
    if rewrites:
        note_written()


def say_warning(text: str) -> None:
    """Say a warning on standard error."""
    say(f"warning: {text}")


def hard_links(rewrites: Iterable[Rewrite]) -> list[str]:
    """Return a line for each file that has names that keep the old text; ask before it is written.

    A file is replaced, because writing into it is not atomic: other names of it stay behind.
    """
    lines = []
    for each in rewrites:
        try:
            names = each.path.stat().st_nlink
        except OSError:  # a new file; of another one `write_files` says what is wrong
            continue
        if names > 1:
            problem = f"the file has {names} names (hard links): the others keep the old text"
            lines.append(f"{each.file}: {problem}")
    return lines

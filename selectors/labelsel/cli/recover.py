"""``labelsel recover``: finish or take back what a killed run left half-written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from labelsel.atomic_write.journal import read_journal
from labelsel.atomic_write.recovery import (
    FileState,
    InterruptedWrite,
    folders_above,
    folders_below,
    journals_of,
    recover,
    remove_leftovers,
)
from labelsel.cli.command import KubectlCommand
from labelsel.cli.edits import say_warning
from labelsel.cli.options import expand_paths, option_group
from labelsel.cli.printers import (
    DataResult,
    LinesResult,
    Output,
    dry_run_option,
    format_option,
)
from labelsel.cli.screen import Failure, note_written, say
from labelsel.errors import ManifestError, error_reason

__all__ = ["recover_command"]

_HELP: Final = """\
Finish or take back what a killed run left half-written.

A run that changes several files and is killed in the middle leaves some of them new and some old,
and a journal, .labelsel-journal, that says which. --finish makes all of them new, --undo all of
them old. A file that somebody has changed since stays as it is, and is named. Where all files are
old, or all are new, neither flag is needed: the journal and the temporary files are removed.

PATH is a file or a folder; without a path it is the current folder. Journals are looked for in a
folder and below it, and in all folders above PATH if they name a file of PATH: then all files of
the journal are recovered. Temporary files are looked for in a folder and below it. Folders whose
name begins with a dot, and links, are not entered.

The exit status is 0; 1 if something could not be recovered, or a file was changed by somebody; 2
if the command line is wrong.

\b
Examples:
  labelsel recover --dry-run
  labelsel recover shop/ --finish
  labelsel recover shop/ --undo
  labelsel recover -o json --dry-run
"""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the files are to become."""

    finish: bool
    undo: bool

    def __post_init__(self) -> None:
        if self.finish and self.undo:
            raise click.UsageError("--finish makes all files new and --undo all old: give one")

    @property
    def state(self) -> FileState | None:
        """The state that all files get; None if there is no choice."""
        if self.finish:
            return FileState.NEW
        return FileState.OLD if self.undo else None


@dataclass(frozen=True, slots=True)
class _Recovered(DataResult, LinesResult):
    """What was found, and what was done about it.

    Attributes:
        writes: each journal with its files as they were, and whether it is done with.
        state: what the files became; None if nobody chose.
        removed: the temporary files without a journal that were removed.
        suffix: the end of a line about what was done.
    """

    writes: Sequence[tuple[InterruptedWrite, bool]]
    state: FileState | None
    removed: Sequence[Path]
    suffix: str

    def data(self) -> object:
        return {
            "journals": [
                {
                    "journal": str(write.journal.path),
                    "running": write.is_running,
                    "recovered": done,
                    "files": [
                        {"file": str(each.entry.path), "was": each.state.value}
                        for each in write.files
                    ],
                }
                for write, done in self.writes
            ],
            "temporaryFiles": list(map(str, self.removed)),
        }

    def lines(self) -> Iterator[str]:
        for write, done in self.writes:
            yield f"{write.journal.path}: {write.problem}"
            for each in write.files:
                yield f"{each.entry.path} {self._word(each.state, done=done)}"
            if done:
                yield f"{write.journal.path} removed{self.suffix}"
        for path in self.removed:
            yield f"{path} removed{self.suffix}"

    def _word(self, state: FileState, *, done: bool) -> str:
        """Return what a file is, or what was done to it."""
        if state is FileState.CHANGED:
            return "was changed by somebody, and stays as it is"
        if not done or self.state in {None, state}:
            return f"is {state.value}"
        return f"{'finished' if self.state is FileState.NEW else 'taken back'}{self.suffix}"


_OUTPUT: Final = option_group(
    "output",
    Output,
    format_option(_Recovered, "How to print, if not as lines.", default=None),
    dry_run_option,
)


@click.command("recover", cls=KubectlCommand, help=_HELP)
@click.argument("paths", nargs=-1, metavar="[PATH]...", callback=expand_paths)
@option_group(
    "choice",
    _Choice,
    click.option("--finish", is_flag=True, help="Make all files new: shop/ --finish."),
    click.option("--undo", is_flag=True, help="Make all files old: shop/ --undo."),
)
@_OUTPUT
def recover_command(*, paths: tuple[str, ...], choice: _Choice, output: Output) -> None:
    """Recover each journal that is found.

    Raises:
        Failure: something could not be recovered.
    """
    named = [Path(path) for path in paths or (os.curdir,)]
    for path in named:
        if not os.path.lexists(path):
            raise Failure(f"{path}: no such file or directory")
    folders = [path for path in named if path.is_dir()]
    problems: list[str] = []

    def report(error: OSError) -> None:
        problems.append(f"{error.filename}: cannot be read: {error_reason(error)}")

    below = list(
        dict.fromkeys(each for folder in folders for each in folders_below(folder, report))
    )
    writes: list[tuple[InterruptedWrite, bool]] = []
    for path in _journals(named, below):
        try:
            found = recover(path, choice.state, dry_run=output.dry_run)
        except ManifestError as error:
            problems.append(str(error))
            continue
        if found is not None:
            writes.append(found)
            problems += _left(*found)
    removed = [
        path for folder in below for path in remove_leftovers(folder, dry_run=output.dry_run)
    ]
    if not (writes or removed or problems):
        say("nothing to recover")
    if any(done for _, done in writes) and not output.dry_run:
        note_written()
    output.print(_Recovered(writes, choice.state, removed, output.suffix))
    if problems:
        raise Failure(*problems)


def _journals(named: Sequence[Path], below: Sequence[Path]) -> list[Path]:
    """Return the journals in some folders, and those above them that name what the user named."""
    above = [path for path in journals_of(folders_above(named)) if _is_about(path, named)]
    by_path = {os.path.realpath(path): path for path in [*above, *journals_of(below)]}
    return list(by_path.values())


def _is_about(journal: Path, named: Sequence[Path]) -> bool:
    """Return whether a journal has a file that is in one of some folders, or is one of them."""
    try:
        found = read_journal(journal)
    except ManifestError as error:
        # Of what is no journal a command that writes these files says so.
        if isinstance(error.__cause__, OSError):
            say_warning(str(error))
        return False
    real = [Path(os.path.realpath(path)) for path in named]
    return found is not None and any(
        Path(os.path.realpath(entry.path)).is_relative_to(path)
        for entry in found.entries
        for path in real
    )


def _left(write: InterruptedWrite, done: bool) -> Iterator[str]:  # noqa: FBT001  # a pair
    """Yield what is left to do about a journal."""
    path = write.journal.path
    if write.is_running:
        yield f"{path}: {write.problem}; nothing was done: run this again when it has ended"
    elif not done:
        yield f"{path}: nothing was done: --finish makes all files new, --undo all old"
    for each in write.files:
        if done and each.state is FileState.CHANGED:
            yield f"{each.entry.path}: changed by somebody since: look at it"

"""Reads the input of a command, and reports on standard error what is wrong with it."""

from __future__ import annotations

import os.path
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from labelsel.atomic_write.recovery import InterruptedWrite, interrupted_writes
from labelsel.cli.options import Reading, Target
from labelsel.cli.paths import advise_missing
from labelsel.cli.progress import ProgressBar
from labelsel.cli.screen import Failure, say
from labelsel.errors import SelectorError
from labelsel.kubernetes import (
    ExcludedWarning,
    FieldError,
    HiddenWarning,
    ManifestError,
    ManifestWarning,
    NamingError,
    NoManifestError,
    PlaceholderWarning,
    Resource,
    SkippedWarning,
    TemplateWarning,
    UnknownKindError,
    UnreadWarning,
)
from labelsel.kubernetes.inventory.names import parse_names
from labelsel.kubernetes.read.exclusion import Exclusion
from labelsel.kubernetes.read.input_files import STANDARD_INPUT
from labelsel.kubernetes.read.manifests import read_by_path
from labelsel.kubernetes.read.rendering import Rendering

__all__ = [
    "InputReader",
    "bad_input",
    "check_names",
    "describe_left_out",
    "parse_kind",
]

#: The warnings that one line counts, and that -v lists.
_COUNTED: Final = (SkippedWarning, TemplateWarning, ExcludedWarning, HiddenWarning)
#: A message names so many paths, so that the rest of the message stays on the screen.
_LISTED: Final = 5
#: The input errors that are shown without --keep-going: most of a terminal of 24 lines.
_SHOWN_ERRORS: Final = 20


# The words of a command line


def parse_kind(target: Target, advice: str) -> str | None:
    """Return the kinds that the words name, or None; a usage error where they name objects.

    ``advice`` is the text of the error; ``{name}`` in it is replaced with the first name.
    """
    if len(target.words) > 1:
        raise click.UsageError(advice.format(name=target.words[1]))
    return target.words[0] if target.words else None


def check_names(words: tuple[str, ...], *, one: bool = False) -> tuple[str, ...]:
    """Return words that name objects (KIND/NAME), with ``one`` a single object.

    Other words are a usage error.
    """
    try:
        names = parse_names(words)
    except NamingError as error:
        raise click.UsageError(str(error)) from error
    if one and len(names) > 1:
        raise click.UsageError(f"expected one object, got {', '.join(map(str, names))}")
    return words


@contextmanager
def bad_input() -> Iterator[None]:
    """End the run with one message where a selector, a name or a manifest is bad."""
    try:
        yield
    except (SelectorError, ManifestError, NamingError, UnknownKindError, FieldError) as error:
        raise Failure.of(error) from error


# The objects


class InputReader:
    """Reads the objects of the input, and remembers what was reported.

    Attributes:
        reading: the options that say what is read, and how.
        errors: the input errors. One in a path that was named ends the run when all is read,
            unless --keep-going is given; one in a file of a folder does not.
        unread: warnings about what was left out and may contain objects.
        skipped: warnings about what was left out and is known to hold no object.
        excluded: warnings about named paths that were left out.
        interrupted: sets of files of which some were read, and which a run that was killed left
            half-written, or another run is writing.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.errors: list[ManifestError] = []
        self._reported = 0
        self.unread: list[UnreadWarning] = []
        self.skipped: list[SkippedWarning] = []
        self.excluded: list[ExcludedWarning] = []
        self.interrupted: list[InterruptedWrite] = []

    @property
    def complete(self) -> bool:
        """Whether the whole input was read."""
        return not (self.errors or self.unread)

    def unread_files(self) -> list[str]:
        """Return the files that were not read, or not whole: errors, templates, hidden files."""
        files = [*(each.file for each in self.errors), *(each.file for each in self.unread)]
        return list(dict.fromkeys(files))

    def read(self, *, any_labels: bool = False) -> list[Resource]:
        """Return all objects. ``any_labels`` is the argument of `read_manifests`.

        What was left out is reported in one line each for what holds no objects, and for
        templates; -v lists them.

        Raises:
            Failure: a path that was named cannot be read as a whole, and --keep-going is not
                given; or it has no object, and --allow-empty is not given: the program that
                writes the path may have failed.
        """
        found: list[Resource] = []
        empty: list[str] = []
        without_objects: list[str] = []
        reading = self.reading
        exclusion = Exclusion(reading.exclude)
        with ProgressBar("reading") as bar:
            by_path = read_by_path(
                self.reading.inputs,
                recursive=self.reading.recursive,
                exclude=exclusion,
                any_labels=any_labels,
                on_error=self.on_error,
                on_warning=self.on_warning,
                on_progress=bar,
            )
            for path, (was_read, resources) in zip(self.reading.inputs, by_path, strict=True):
                before = len(found), len(self.errors), len(self.excluded)
                left_out = len(self.skipped) + len(self.unread)
                found += resources
                # A path whose files were read before, for another path, is not empty; nor is one
                # that is excluded: pre-commit names each file, also those to leave out.
                after = len(found), len(self.errors), len(self.excluded)
                if before == after and not was_read:
                    is_empty = left_out == len(self.skipped) + len(self.unread)
                    (empty if is_empty else without_objects).append(_name_of(path))
        self._report_left_out(found)
        for pattern in exclusion.unmatched():
            if pattern not in reading.configured_exclude:
                say(f"warning: --exclude {pattern} matches no file and no folder that was found")
        self.end_at_errors()
        # A path of which everything was left out is no mistake beside others, as in a script
        # that names all files of a folder.
        refused = empty if found else [*empty, *without_objects]
        if refused and not self.reading.allow_empty:
            reason = "" if empty else self._reason()
            self._refuse_empty(refused, reason, go_on=self.reading.keep_going and bool(found))
        self._report_interrupted(found)
        return found

    def refuse_interrupted(self, *, dry_run: bool = False) -> None:
        """End a run that writes files where the input is half-written; a dry run goes on.

        Raises:
            Failure: some of the files that were read are new and some old, or are being written.
        """
        for write in () if dry_run else self.interrupted:
            folder = _from_here(write.journal.folder)
            advice = "run this again when it has ended"
            if not write.is_running:
                advice = f"first run: labelsel recover {folder}"
            raise Failure(f"no file was written: the input is half-written; {advice}")

    def _report_interrupted(self, found: Iterable[Resource]) -> None:
        """Say on standard error which of the files that were read are half-written."""
        names = {item.source.file for item in found if item.source.location is not None}
        self.interrupted = interrupted_writes(map(Path, names))
        for write in self.interrupted:
            say(f"warning: {_from_here(write.journal.path)}: {write.problem}")

    def on_error(self, error: ManifestError) -> None:
        """Remember an input error, and with --keep-going report it at once."""
        if self.reading.allow_empty and isinstance(error, NoManifestError):
            return
        self.errors.append(error)
        if self.reading.keep_going:
            say(*str(error).split("\n"), error=True)

    def end_at_errors(self) -> None:
        """Report the input errors, and end the run at one in a path that was named.

        A user means each path that they name. A repository has files of which nobody knows, and
        one of them with an error must not stop every command: the result covers the others, and
        the exit status is 1 (`finish`).

        Raises:
            Failure: a named path has an error, and --keep-going is not given.
        """
        if self.reading.keep_going or not self.errors:
            return
        # A named file may have been read as a part of a named folder.
        named = {os.path.realpath(_name_of(each)) for each in self.reading.inputs}
        files = (error.file for error in self.errors)
        fatal = next((file for file in files if os.path.realpath(file) in named), None)
        if fatal is not None and len(self.errors) == 1:
            [error] = self.errors
            missing = error.document is None and not os.path.lexists(error.file)
            advice = (
                advise_missing(error.file) if missing and error.file in self.reading.inputs else ""
            )
            raise Failure(*f"{error}{advice}".split("\n"))
        # A command that reads parts of objects after the input ends at their errors, too.
        for error in self.errors[self._reported : _SHOWN_ERRORS]:
            say(*str(error).split("\n"), error=True)
        self._reported = len(self.errors)
        if fatal is not None:
            more = len(self.errors) > _SHOWN_ERRORS
            where = f", {_SHOWN_ERRORS} of them above" if more else " (above)"
            reason = f"{fatal} was named, so nothing is done without --keep-going"
            raise Failure(f"{_count(len(self.errors), 'input error')}{where}: {reason}")

    def finish(self, *, changes: bool = False, left_out: Sequence[ManifestError] = ()) -> None:
        """End the run: with a failure where input errors were reported.

        Arguments:
            changes: whether the command changes files: then it matters how many it left out.
            left_out: errors in parts of objects that the command itself reported and left out.
        """
        if not self.errors and not left_out:
            return
        effect = "the result covers only the files that were read"
        if left_out:
            effect = "the result covers only the parts that were read"
        if changes:
            documents = {(e.file, e.document) for e in self.errors if e.document is not None}
            files = {each.file for each in self.errors} - {file for file, _ in documents}
            counts = [_count(len(files), "file")] * bool(files)
            counts += [_count(len(documents), "document")] * bool(documents)
            were = "was" if len(files) + len(documents) == 1 else "were"
            effect = f"{' and '.join(counts)} {were} not read, and so not changed"
        raise Failure(f"{self._count_errors(len(left_out))}; {effect}")

    def _count_errors(self, left_out: int) -> str:
        """Return how many input errors there are, and where they are shown."""
        count = _count(len(self.errors) + left_out, "input error")
        more = 0 if self.reading.keep_going else len(self.errors) - _SHOWN_ERRORS
        if more <= 0:
            return f"{count} (above)"
        return f"{count}, {_SHOWN_ERRORS} of them above; --keep-going shows the other {more:,}"

    def on_warning(self, warning: ManifestWarning) -> None:
        """Remember a warning about what was left out, and report it: some are only counted."""
        if isinstance(warning, UnreadWarning):
            self.unread.append(warning)
        if isinstance(warning, SkippedWarning):
            self.skipped.append(warning)
        if isinstance(warning, ExcludedWarning):
            self.excluded.append(warning)
        if not isinstance(warning, _COUNTED):
            say(f"warning: {warning}")
        elif self.reading.verbose:
            say(str(warning))

    def _report_left_out(self, found: Iterable[Resource]) -> None:
        """Say on standard error how much was left out: one line for each of two reasons."""
        lines = describe_left_out(self.skipped, self.unread, {item.source.file for item in found})
        count = _count(len(self.excluded), "named path")
        listed = "it" if len(self.excluded) == 1 else "them"
        excluded = [(f"skipped {count}: excluded", listed)] if self.excluded else []
        for line, listed in [*lines, *excluded]:
            say(line if self.reading.verbose else f"{line}; -v lists {listed}")

    def _reason(self) -> str:
        """Return why no object was found, if everything in the input was left out."""
        left_out = [*self.skipped, *self.unread]
        if len(left_out) == 1:
            return f"{left_out[0].problem.removeprefix('skipped: ')}; "
        return "everything in it was skipped; "

    def _refuse_empty(self, paths: Sequence[str], reason: str, *, go_on: bool) -> None:
        """Report paths without objects: an input error with --keep-going, otherwise a failure."""
        where = ", ".join([*paths[:_LISTED], *["…"] * (len(paths) > _LISTED)])
        advice = "add --allow-empty if that is correct"
        problem = f"no objects in the input ({where}): {reason}{advice}"
        self.errors.append(NoManifestError(where, problem))
        if not go_on:
            raise Failure(problem)
        say(problem, error=True)


def _name_of(path: str | Rendering) -> str:
    """Return what a message calls a path."""
    if isinstance(path, Rendering):
        return path.name
    return STANDARD_INPUT if path == "-" else path


def _from_here(path: Path) -> Path:
    """Return a path as it is from the current folder, if it is below that."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def describe_left_out(
    skipped: Iterable[SkippedWarning], unread: Iterable[UnreadWarning], files_read: Container[str]
) -> Iterator[tuple[str, str]]:
    """Yield a line for what holds no object, templates, placeholders, and hidden files, if any.

    Beside each line: the word for what a list of them shows, "it" or "them".

    Arguments:
        skipped: what holds no object.
        unread: what was not read; other things than templates and hidden files do not count.
        files_read: the files of which an object was read.

    >>> values = SkippedWarning("values.yaml", "skipped: it has no apiVersion and no kind")
    >>> list(describe_left_out([values], [], ()))
    [('skipped 1 file that holds no objects', 'it')]
    """
    files = {each.file for each in skipped if each.file not in files_read}
    documents = sum(each.file in files_read for each in skipped)
    counts = [_count(len(files), "file")] * bool(files)
    counts += [_count(documents, "document")] * bool(documents)
    if counts:
        hold, listed = ("holds", "it") if len(files) + documents == 1 else ("hold", "them")
        yield f"skipped {' and '.join(counts)} that {hold} no objects", listed
    replaced = {each.file for each in unread if isinstance(each, PlaceholderWarning)}
    templates = {each.file for each in unread if isinstance(each, TemplateWarning)} - replaced
    if templates:
        count = _count(len(templates), "template")
        listed = "it" if len(templates) == 1 else "them"
        yield f"not read: {count} ({{{{ … }}}}); --helm CHART renders a chart", listed
    if replaced:
        count = _count(len(replaced), "file")
        whole = " or a part of one" if any(file in files_read for file in replaced) else ""
        listed = "it" if len(replaced) == 1 else "them"
        yield f"not read: {count}{whole} with a placeholder that another program replaces", listed
    hidden = len({each.file for each in unread if isinstance(each, HiddenWarning)})
    if hidden:
        count = _count(hidden, "hidden file")
        yield f"skipped {count} that may hold objects", "it" if hidden == 1 else "them"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"

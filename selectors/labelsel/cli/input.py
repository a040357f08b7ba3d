"""Reads the input of a command, and reports on standard error what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

from labelsel.cli.options import Reading, Scope, Target
from labelsel.cli.progress import ProgressBar
from labelsel.cli.screen import Failure, say
from labelsel.errors import SelectorError
from labelsel.kubernetes import (
    FieldError,
    FindResult,
    ManifestError,
    ManifestWarning,
    NamingError,
    NoManifestError,
    Resource,
    SkippedWarning,
    UnknownKindError,
    UnreadWarning,
)
from labelsel.kubernetes.inventory.names import parse_names
from labelsel.kubernetes.read.input_files import STANDARD_INPUT
from labelsel.kubernetes.read.manifests import read_by_path
from labelsel.languages import parse, parse_fields
from labelsel.selector import Selector, all_of

__all__ = [
    "InputReader",
    "bad_input",
    "check_names",
    "parse_field_selectors",
    "parse_kind",
    "parse_label_selectors",
    "report_no_objects",
    "report_other_namespaces",
    "trim_selector",
]

#: White space that kubectl removes at both ends of a selector: that of Go's strings.TrimSpace.
_WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
#: A message names so many paths, so that the rest of the message stays on the screen.
_LISTED: Final = 5


# The words and selectors of a command line


def trim_selector(text: str) -> str:
    r"""Return a selector of the command line without white space at both ends, as kubectl does.

    >>> trim_selector("  app=web\u2003")
    'app=web'
    """
    return text.strip(_WHITE_SPACE)


def parse_label_selectors(texts: Iterable[str]) -> Selector:
    """Return the selector that requires all label selectors of -l; Everything without one.

    Raises SelectorSyntaxError where a text is not a label selector.

    >>> str(parse_label_selectors([" a=b", "c"]))
    'a=b,c'
    """
    return all_of([parse(trim_selector(text)) for text in texts])


def parse_field_selectors(texts: Iterable[str]) -> Selector:
    """Return the selector that requires all field selectors, as `parse_label_selectors`."""
    return all_of([parse_fields(trim_selector(text)) for text in texts])


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
    """Reads the objects of the input, and remembers which errors were reported.

    Attributes:
        reading: the options that say what is read, and how.
        errors: the input errors that were reported. Without --keep-going the first is raised.
        unread: warnings about what was left out and may contain objects.
        skipped: warnings about what was left out and is known to hold no object.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.errors: list[ManifestError] = []
        self.unread: list[UnreadWarning] = []
        self.skipped: list[SkippedWarning] = []

    @property
    def complete(self) -> bool:
        """Whether the whole input was read."""
        return not (self.errors or self.unread)

    @property
    def on_error(self) -> Callable[[ManifestError], None] | None:
        """The handler of errors; None to raise the first."""
        return self.report if self.reading.keep_going else None

    def read(self, *, any_labels: bool = False) -> list[Resource]:
        """Return all objects. ``any_labels`` is the argument of `read_manifests`.

        Raises:
            ManifestError: a part of the input cannot be read.
            Failure: a path has no object, and --allow-empty is not given: the program that
                writes the path may have failed.
        """
        found: list[Resource] = []
        empty: list[str] = []
        with ProgressBar("reading") as bar:
            by_path = read_by_path(
                self.reading.paths,
                recursive=self.reading.recursive,
                exclude=self.reading.exclude,
                any_labels=any_labels,
                on_error=self._handle_error,
                on_warning=self._handle_warning,
                on_progress=bar,
            )
            for path, (was_read, resources) in zip(self.reading.paths, by_path, strict=True):
                before = len(found), len(self.errors)
                found += resources
                # A path whose files were read before, for another path, is not empty.
                empty += [path] * (before == (len(found), len(self.errors)) and not was_read)
        if empty and not self.reading.allow_empty:
            self._refuse_empty(empty, go_on=self.reading.keep_going and bool(found))
        return found

    def report(self, error: ManifestError) -> None:
        """Report an input error on standard error, and remember it for `finish`."""
        self.errors.append(error)
        say(str(error), error=True)

    def finish(self) -> None:
        """End the run: with a failure where input errors were reported."""
        if self.errors:
            count = f"{len(self.errors)} input error{'s' if len(self.errors) > 1 else ''}"
            raise Failure(f"{count} (above); the result covers only the files that were read")

    def _handle_error(self, error: ManifestError) -> None:
        if self.reading.allow_empty and isinstance(error, NoManifestError):
            return
        if not self.reading.keep_going:
            raise error
        self.report(error)

    def _handle_warning(self, warning: ManifestWarning) -> None:
        say(f"warning: {warning}")
        if isinstance(warning, UnreadWarning):
            self.unread.append(warning)
        elif isinstance(warning, SkippedWarning):
            self.skipped.append(warning)

    def _refuse_empty(self, paths: Sequence[str], *, go_on: bool) -> None:
        """Report paths without objects: an input error with --keep-going, otherwise a failure."""
        names = [STANDARD_INPUT if path == "-" else path for path in paths[:_LISTED]]
        where = ", ".join([*names, *["…"] * (len(paths) > _LISTED)])
        problem = f"no objects in the input ({where}): add --allow-empty if that is correct"
        if not go_on:
            raise Failure(problem)
        self.errors.append(NoManifestError(where, problem))
        say(problem, error=True)


# Reports about the answer


def report_no_objects(scope: Scope, paths: Iterable[str]) -> None:
    """Say on standard error that no object was found, in kubectl's words."""
    where = scope.describe(paths)
    say(f"No resources found in {where}." if where else "No resources found")


def report_other_namespaces(found: FindResult, scope: Scope) -> None:
    """Say on standard error how many objects the default namespace hides, without -n and -A."""
    if found.other_namespaces and scope.namespace is None:
        count = sum(found.other_namespaces.values())
        namespaces = ", ".join(
            f"{name} ({number})" for name, number in found.other_namespaces.items()
        )
        more = " more" if found.resources else ""
        say(f"{count}{more} in other namespaces: {namespaces}; use -A to see all of them")

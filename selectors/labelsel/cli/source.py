"""The manifests that a command is about: the flags that name them, and reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePath
from typing import Any, Final, TypeVar, cast

import click

from labelsel.cli.progress import ReadingBar
from labelsel.cli.screen import Failure, say
from labelsel.errors import SelectorError
from labelsel.resources import (
    DEFAULT_NAMESPACE,
    FieldError,
    Found,
    ManifestError,
    NamingError,
    Resource,
    UnknownKindError,
    names_of,
    read_manifests,
)

__all__ = [
    "Reading",
    "bad_input",
    "checked_kind",
    "checked_names",
    "checked_paths",
    "end",
    "field_option",
    "file_option",
    "noting",
    "read_objects",
    "reading_options",
    "say_elsewhere",
    "say_nothing",
    "scope_options",
    "selecting_options",
    "source_options",
    "wanted_namespace",
]

Command = TypeVar("Command", bound=Callable[..., Any])


#: What tells where objects are read from; `checked_paths` takes what it gives.
file_option: Final = click.option(
    "-f",
    "--filename",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Read a file, a folder, or - for standard input. May be given more than once.",
)


field_option: Final = click.option(
    "--field-selector",
    "fields",
    default="",
    metavar="SELECTOR",
    help="Field selector: =, == and != on any single value, such as spec.nodeName=node-1.",
)


def selecting_options(command: Command) -> Command:
    """Add what tells where objects are read from, and which label selector is asked."""
    option = click.option(
        "-l", "--selector", "labels", default="", metavar="SELECTOR", help="Label selector."
    )
    return file_option(option(command))


def source_options(command: Command) -> Command:
    """Add the same, and the word for kinds."""
    return click.argument("kind", nargs=-1, metavar="[KIND]")(selecting_options(command))


def scope_options(command: Command) -> Command:
    """Add what tells which namespace is looked at."""
    for option in (
        click.option("-A", "--all-namespaces", is_flag=True, help="Look in all namespaces."),
        click.option(
            "-n", "--namespace", metavar="NAME", help="Look in this namespace.  [default: default]"
        ),
    ):
        command = option(command)
    return command


def wanted_namespace(namespace: str | None, *, all_namespaces: bool) -> str | None:
    """Return the namespace to look in, by what -n and -A gave; None for all of them."""
    return None if all_namespaces else namespace or DEFAULT_NAMESPACE


@dataclass(frozen=True, slots=True)
class Reading:
    """How manifests are read.

    Attributes:
        recursive: whether folders are read with all below them.
        exclude: patterns of files and folders in them that are left out.
        keep_going: whether bad input is reported and passed over.
    """

    recursive: bool = True
    exclude: Sequence[str] = ()
    keep_going: bool = False


def reading_options(command: Command) -> Command:
    """Add what tells how folders and bad input are read: a command gets it as ``reading``."""

    @wraps(command)
    def with_reading(
        *, recursive: bool, exclude: tuple[str, ...], keep_going: bool, **rest: Any
    ) -> Any:
        return command(reading=Reading(recursive, exclude, keep_going), **rest)

    wrapped = cast("Command", with_reading)
    for option in (
        click.option(
            "--keep-going",
            is_flag=True,
            help="Report bad input and go on with the rest. The exit status is 1 all the same.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            metavar="PATTERN",
            callback=_patterns,
            help="Leave out what matches in folders: a name, or the end of a path, with * and ?. "
            "May be repeated.",
        ),
        click.option(
            "-R",
            "--recursive/--no-recursive",
            "recursive",
            default=True,
            help="Read folders with all that is below them: the default here, not in kubectl.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def _patterns(_context: click.Context, _option: object, given: tuple[str, ...]) -> tuple[str, ...]:
    """What --exclude named; a usage error for a pattern that names nothing."""
    for pattern in given:
        if not PurePath(pattern).parts:
            raise click.BadParameter(f"{pattern!r} is no pattern of a name or a path")
    return given


def checked_paths(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return what -f named; a usage error where that is nothing."""
    if not paths:
        msg = "nothing to read: name a file or a folder with -f PATH, or standard input with -f -"
        raise click.UsageError(msg)
    return paths


def checked_kind(kind: tuple[str, ...], instead: str) -> str | None:
    """Return the word for kinds, None without one; a usage error where there are more words."""
    if len(kind) > 1:
        raise click.UsageError(f"names are not taken here: {instead.format(name=kind[1])}")
    return kind[0] if kind else None


def checked_names(words: tuple[str, ...], *, one: bool = False) -> tuple[str, ...]:
    """Return words that name objects, KIND/NAME; a usage error where they do not.

    With ``one`` the words must name one object.
    """
    try:
        names = names_of(words)
    except NamingError as error:
        raise click.UsageError(str(error)) from error
    if one and len(names) > 1:
        raise click.UsageError(f"one object is wanted, not {', '.join(map(str, names))}")
    return words


def read_objects(
    paths: Sequence[str],
    reading: Reading,
    faults: list[ManifestError],
    *,
    any_labels: bool = False,
) -> list[Resource]:
    """Read all objects; to keep going faults are told and noted, else the first is raised.

    ``any_labels`` is what `read_manifests` says.
    """
    with ReadingBar() as bar:
        return list(
            read_manifests(
                paths,
                recursive=reading.recursive,
                exclude=reading.exclude,
                any_labels=any_labels,
                on_error=noting(faults) if reading.keep_going else None,
                on_warning=lambda warning: say(f"warning: {warning}"),
                on_progress=bar,
            )
        )


@contextmanager
def bad_input() -> Iterator[None]:
    """End the run with one message where a selector, a name or a manifest is bad."""
    try:
        yield
    except (SelectorError, ManifestError, NamingError, UnknownKindError, FieldError) as error:
        raise Failure(str(error)) from error


def noting(faults: list[ManifestError]) -> Callable[[ManifestError], None]:
    """Return what tells of a fault on standard error and notes it, for `end`."""

    def note(fault: ManifestError) -> None:
        faults.append(fault)
        say(str(fault), error=True)

    return note


def say_nothing(namespace: str | None, *, all_namespaces: bool) -> None:
    """Say on standard error that nothing was found, in kubectl's words."""
    if all_namespaces:
        say("No resources found")
    else:
        say(f"No resources found in {namespace or DEFAULT_NAMESPACE} namespace.")


def say_elsewhere(found: Found, namespace: str | None) -> None:
    """Say on standard error what the default namespace hides, unless one was asked for."""
    if found.elsewhere and namespace is None:
        count = sum(found.elsewhere.values())
        named = ", ".join(f"{name} ({number})" for name, number in found.elsewhere.items())
        more = " more" if found.resources else ""
        say(f"{count}{more} in other namespaces: {named}; use -A to see all of them")


def end(faults: Sequence[ManifestError]) -> None:
    """End the run: with a failure where faults were noted."""
    if faults:
        count = f"{len(faults)} problem{'s' if len(faults) > 1 else ''}"
        message = f"{count} in the input, shown above; what could be read was searched"
        raise Failure(message)

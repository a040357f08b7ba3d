"""The manifests that a command is about: the flags that name them, and reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar, cast

import click

from labelsel.cli.command import BlankOption
from labelsel.cli.progress import ReadingBar
from labelsel.cli.screen import Failure, say
from labelsel.errors import SelectorError
from labelsel.kubernetes import (
    DEFAULT_NAMESPACE,
    FieldError,
    FindResult,
    ManifestError,
    ManifestWarning,
    NamingError,
    NoManifestError,
    Resource,
    UnknownKindError,
    UnreadWarning,
)
from labelsel.kubernetes.inventory.find import UNNAMED, NamespaceScope
from labelsel.kubernetes.inventory.names import parse_names
from labelsel.kubernetes.read.input_files import STANDARD_INPUT
from labelsel.kubernetes.read.manifests import read_by_path
from labelsel.labels import validate_key
from labelsel.languages import parse, parse_fields
from labelsel.selector import Selector, all_of

__all__ = [
    "Reading",
    "Scope",
    "bad_input",
    "checked_kind",
    "checked_names",
    "checked_paths",
    "end",
    "field_option",
    "file_option",
    "is_stream",
    "label_keys_option",
    "noting",
    "parsed_fields",
    "parsed_labels",
    "read_objects",
    "reading_options",
    "say_elsewhere",
    "say_nothing",
    "scope_options",
    "selecting_options",
    "selector_option",
    "source_options",
    "trimmed",
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
    multiple=True,
    cls=BlankOption,
    metavar="SELECTOR",
    help="Field selector: =, == and != on any single value, such as spec.nodeName=node-1 or "
    "metadata.annotations.example.com/owner=shop. Of several all must hold.",
)

#: What kubectl takes off both ends of a selector: the white space of Go's strings.TrimSpace.
_WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
#: Paths that a message names; more would hide what it says.
_LISTED: Final = 5


def trimmed(selector: str) -> str:
    """Return a selector of the command line without the white space at both ends, as kubectl."""
    return selector.strip(_WHITE_SPACE)


def parsed_labels(texts: Iterable[str]) -> Selector:
    """Return the label selector that is all of those given with -l; everything without one.

    Raises:
        SelectorSyntaxError: a text is none.
    """
    return all_of([parse(trimmed(text)) for text in texts])


def parsed_fields(texts: Iterable[str]) -> Selector:
    """Return the field selector that is all of those given, as `parsed_labels`."""
    return all_of([parse_fields(trimmed(text)) for text in texts])


def selector_option(
    about: str = "Label selector.", *, required: bool = False
) -> Callable[[Command], Command]:
    """Return what adds -l, whose texts `parsed_labels` takes."""
    return click.option(
        "-l",
        "--selector",
        "labels",
        multiple=True,
        required=required,
        cls=BlankOption,
        metavar="SELECTOR",
        help=f"{about} Of several all must hold.",
    )


def selecting_options(command: Command) -> Command:
    """Add what tells where objects are read from, and which label selector is asked."""
    return file_option(selector_option()(command))


def source_options(command: Command) -> Command:
    """Add the same, and the word for kinds."""
    return click.argument("kind", nargs=-1, metavar="[KIND]")(selecting_options(command))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which namespaces are looked in.

    Attributes:
        namespace: the one that was named; None where none was.
        everywhere: whether all were asked for; goes before ``namespace``, as in kubectl.
    """

    namespace: str | None = None
    everywhere: bool = False

    @property
    def wanted(self) -> NamespaceScope:
        """The same, as `labelsel.kubernetes.select` takes it."""
        if self.everywhere:
            return None
        return UNNAMED if self.namespace is None else self.namespace

    def described(self, paths: Iterable[str]) -> str:
        """Return where objects from some paths are looked for; empty where that is everywhere."""
        if self.everywhere or (self.namespace is None and all(map(is_stream, paths))):
            return ""
        return f"{self.namespace or DEFAULT_NAMESPACE} namespace"


def scope_options(command: Command) -> Command:
    """Add what tells which namespaces are looked in: a command gets it as ``scope``."""

    @wraps(command)
    def with_scope(*, namespace: str | None, all_namespaces: bool, **rest: Any) -> Any:
        return command(scope=Scope(namespace, all_namespaces), **rest)

    wrapped = cast("Command", with_scope)
    for option in (
        click.option("-A", "--all-namespaces", is_flag=True, help="Look in all namespaces."),
        click.option(
            "-n",
            "--namespace",
            metavar="NAME",
            help="Look in this namespace.  [default: default for what is read from files, all "
            "for standard input]",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def is_stream(path: str) -> bool:
    """Whether a path is there to be read once: standard input, a pipe, a device."""
    if path == "-":
        return True
    place = Path(path)
    return place.exists() and not place.is_dir() and not place.is_file()


def label_keys_option(
    *names: str, about: str, required: bool = False
) -> Callable[[Command], Command]:
    """Return what adds an option that takes the keys of labels."""
    return click.option(
        *names,
        "label_keys",
        multiple=True,
        required=required,
        callback=_keys,
        metavar="KEY",
        help=f"{about} May be repeated, or a comma list.",
    )


def _keys(_context: click.Context, _option: object, given: tuple[str, ...]) -> list[str]:
    """The keys in comma lists; a usage error for a list that has none, and for what is no key."""
    for text in given:
        if not text.strip(", "):
            raise click.BadParameter(f"{text!r} names no label")
    keys = [key.strip() for text in given for key in text.split(",") if key.strip()]
    for key in keys:
        if problems := validate_key(key):
            raise click.BadParameter(f"{key!r} is no label key: {problems[0]}")
    return keys


@dataclass(frozen=True, slots=True)
class Reading:
    """How manifests are read.

    Attributes:
        recursive: whether folders are read with all below them.
        exclude: patterns of files and folders in them that are left out.
        keep_going: whether bad input is reported and passed over.
        allow_empty: whether no object at all is no error.
    """

    recursive: bool = True
    exclude: Sequence[str] = ()
    keep_going: bool = False
    allow_empty: bool = False


def reading_options(command: Command) -> Command:
    """Add what tells how folders and bad input are read: a command gets it as ``reading``."""

    @wraps(command)
    def with_reading(
        *,
        recursive: bool,
        exclude: tuple[str, ...],
        keep_going: bool,
        allow_empty: bool,
        **rest: Any,
    ) -> Any:
        return command(reading=Reading(recursive, exclude, keep_going, allow_empty), **rest)

    wrapped = cast("Command", with_reading)
    for option in (
        click.option(
            "--allow-empty",
            is_flag=True,
            help="Go on where a -f has no objects in it: that is an error otherwise.",
        ),
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
        names = parse_names(words)
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
    unread: list[UnreadWarning] | None = None,
    any_labels: bool = False,
) -> list[Resource]:
    """Read all objects; to keep going faults are told and noted, else the first is raised.

    What was left out, and may have objects, is told, and added to ``unread``. ``any_labels`` is
    what `read_manifests` says.

    Raises:
        ManifestError: something cannot be read.
        Failure: one of the paths has no object, and nothing says that this may be: perhaps
            what was to write them has failed.
    """
    found: list[Resource] = []
    empty: list[str] = []
    with ReadingBar() as bar:
        by_path = read_by_path(
            paths,
            recursive=reading.recursive,
            exclude=reading.exclude,
            any_labels=any_labels,
            on_error=_fault_handler(reading, faults),
            on_warning=_warning_handler([] if unread is None else unread),
            on_progress=bar,
        )
        for path, (was_read, resources) in zip(paths, by_path, strict=True):
            before = len(found), len(faults)
            found += resources
            empty += [path] * (before == (len(found), len(faults)) and not was_read)
    if empty and not reading.allow_empty:
        _refuse_empty(empty, faults, go_on=reading.keep_going and bool(found))
    return found


def _refuse_empty(paths: Sequence[str], faults: list[ManifestError], *, go_on: bool) -> None:
    """Tell of paths without objects: to go on as a fault that is noted, else as a failure."""
    names = [STANDARD_INPUT if path == "-" else path for path in paths[:_LISTED]]
    where = ", ".join([*names, *["…"] * (len(paths) > _LISTED)])
    problem = f"no objects in the input ({where}): --allow-empty takes that for an answer"
    if not go_on:
        raise Failure(problem)
    faults.append(NoManifestError(where, problem))
    say(problem, error=True)


def _warning_handler(unread: list[UnreadWarning]) -> Callable[[ManifestWarning], None]:
    """Return what tells of a warning, and notes what was not read."""

    def handle(warning: ManifestWarning) -> None:
        say(f"warning: {warning}")
        if isinstance(warning, UnreadWarning):
            unread.append(warning)

    return handle


def _fault_handler(
    reading: Reading, faults: list[ManifestError]
) -> Callable[[ManifestError], None]:
    """Return what is done with a fault, by the options that tell."""
    note = noting(faults)

    def handle(fault: ManifestError) -> None:
        if reading.allow_empty and isinstance(fault, NoManifestError):
            return
        if not reading.keep_going:
            raise fault
        note(fault)

    return handle


@contextmanager
def bad_input() -> Iterator[None]:
    """End the run with one message where a selector, a name or a manifest is bad."""
    try:
        yield
    except (SelectorError, ManifestError, NamingError, UnknownKindError, FieldError) as error:
        raise Failure.of(error) from error


def noting(faults: list[ManifestError]) -> Callable[[ManifestError], None]:
    """Return what tells of a fault on standard error and notes it, for `end`."""

    def note(fault: ManifestError) -> None:
        faults.append(fault)
        say(str(fault), error=True)

    return note


def say_nothing(scope: Scope, paths: Iterable[str]) -> None:
    """Say on standard error that nothing was found, in kubectl's words."""
    where = scope.described(paths)
    say(f"No resources found in {where}." if where else "No resources found")


def say_elsewhere(found: FindResult, scope: Scope) -> None:
    """Say on standard error what the default namespace hides, unless one was asked for."""
    if found.other_namespaces and scope.namespace is None:
        count = sum(found.other_namespaces.values())
        named = ", ".join(f"{name} ({number})" for name, number in found.other_namespaces.items())
        more = " more" if found.resources else ""
        say(f"{count}{more} in other namespaces: {named}; use -A to see all of them")


def end(faults: Sequence[ManifestError]) -> None:
    """End the run: with a failure where faults were noted."""
    if faults:
        count = f"{len(faults)} problem{'s' if len(faults) > 1 else ''}"
        message = f"{count} in the input, shown above; what could be read was searched"
        raise Failure(message)

"""The objects that a command is about: the words and flags that name them, and finding them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from labelsel.cli.output import Format
from labelsel.cli.screen import Failure
from labelsel.cli.source import (
    Reading,
    Scope,
    bad_input,
    checked_names,
    field_option,
    is_stream,
    parsed_fields,
    parsed_labels,
    read_objects,
    reading_options,
    scope_options,
    selector_option,
    trimmed,
)
from labelsel.kubernetes import (
    FindResult,
    ManifestError,
    Resource,
    UnreadWarning,
    namespace_of,
    parse_kinds,
    select,
)
from labelsel.kubernetes.inventory.names import (
    ObjectName,
    check_one_namespace,
    find_named,
    parse_names,
)
from labelsel.kubernetes.inventory.namespaces import NAMESPACE
from labelsel.selector import Everything

__all__ = [
    "Question",
    "Target",
    "Words",
    "ask",
    "check_writable",
    "missing_option",
    "namespaces_named",
    "outcome_options",
    "parsed_words",
    "target_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])

_DRY_RUN: Final = "client"


#: What passes over names that no object has.
missing_option: Final = click.option(
    "--ignore-not-found", "missing_ok", is_flag=True, help="Names that no object has are no error."
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a command line name.

    Attributes:
        kinds: names of kinds, or None for all.
        named: kinds and names of single objects; empty where all of the kinds are meant.
    """

    kinds: str | None
    named: tuple[ObjectName, ...]

    @property
    def are_one(self) -> bool:
        """Whether they name one object."""
        return len(self.named) == 1


@dataclass(frozen=True, slots=True)
class Question:
    """Which objects are meant, and where they are read.

    Attributes:
        words: what the words name.
        paths: what to read.
        reading: how they are read.
        labels: the texts of label selectors, all of which must hold.
        fields: the texts of field selectors, all of which must hold.
        scope: the namespaces to look in.
        undefined: whether a namespace may be named that is no object, and only known by what
            is inside: manifests seldom bring theirs along.
        missing_ok: whether names that no object has are passed over.
    """

    words: Words
    paths: Sequence[str]
    reading: Reading
    labels: Sequence[str]
    fields: Sequence[str]
    scope: Scope
    undefined: bool = False
    missing_ok: bool = False

    def __post_init__(self) -> None:
        if self.words.named:
            given = (("-l", self.labels), ("--field-selector", self.fields))
            self.refuse(*((flag, any(map(trimmed, texts))) for flag, texts in given))

    def refuse(self, *flags: tuple[str, object]) -> None:
        """A usage error where one of some flags is given beside names."""
        given = [flag for flag, value in flags if value]
        if given:
            msg = f"names and {given[0]} together make no sense: leave one of them out"
            raise click.UsageError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Question):
    """Which objects are to change: those that are named, selected, or all of a kind.

    Without a word about it, as in ``kubectl label -f pod.yaml a=b``, it is the only object that
    there is; where there are several, that is an error. A selector that selects everything, as a
    blank one does, is a usage error: an empty variable in a script must not change all objects.

    Attributes:
        everything: whether all objects of the kinds are meant.
    """

    everything: bool

    def __post_init__(self) -> None:
        Question.__post_init__(self)
        self._refuse_unlimited()
        if self.words.named:
            self.refuse(("--all", self.everything), ("-A", self.scope.everywhere))
        elif not (self.labels or self.fields or self.everything or self.is_bare):
            msg = "no object is named: add names, a selector with -l SELECTOR, or --all"
            raise click.UsageError(msg)
        elif self.everything and (self.labels or self.fields):
            flag = "-l" if self.labels else "--field-selector"
            raise click.UsageError(
                f"--all and {flag} together make no sense: leave one of them out"
            )

    def _refuse_unlimited(self) -> None:
        """A usage error where a selector selects everything, and so says nothing.

        Raises:
            Failure: a text is no selector.
        """
        for flag, texts, parsed in (
            ("-l", self.labels, parsed_labels),
            ("--field-selector", self.fields, parsed_fields),
        ):
            for text in texts:
                with bad_input():
                    says_nothing = isinstance(parsed([text]), Everything)
                if says_nothing:
                    problem = f"{flag} {text!r} selects everything"
                    raise click.UsageError(f"{problem}: for all objects of a kind there is --all")

    @property
    def is_bare(self) -> bool:
        """Whether nothing says which object is meant."""
        saying = (self.words.kinds, self.scope.namespace)
        some = self.words.named or self.labels or self.fields or self.everything
        return not some and saying == (None, None)

    @property
    def is_one(self) -> bool:
        """Whether one object is meant, be it by its name or as the only one."""
        return self.words.are_one or self.is_bare


def target_options(command: Command) -> Command:
    """Add what tells which objects are meant and where they are."""
    command = scope_options(reading_options(command))
    for option in (
        click.option("--all", "everything", is_flag=True, help="All objects of the kinds."),
        field_option,
        selector_option(),
        click.option(
            "-f",
            "--filename",
            "paths",
            multiple=True,
            metavar="PATH",
            help="Read and write a file, or those in a folder. May be given more than once.",
        ),
    ):
        command = option(command)
    return command


def outcome_options(*forms: Format) -> Callable[[Command], Command]:
    """Add what tells whether files are written, and what is printed: a line for each, or a form."""
    shown = [form.value for form in forms if form is not Format.NAME]
    instead = f" {' and '.join(shown)} show the result and write nothing." if shown else ""

    def add(command: Command) -> Command:
        for option in (
            click.option(
                "-o",
                "--output",
                "form",
                type=click.Choice([form.value for form in forms]),
                help=f"How to print: name prints the objects' names.{instead}",
            ),
            click.option(
                "--dry-run",
                type=click.Choice(["none", _DRY_RUN]),
                default="none",
                metavar="[=client]",
                callback=lambda _context, _option, value: value == _DRY_RUN,
                help="Say what would be done, and write nothing.",
            ),
        ):
            command = option(command)
        return command

    return add


def check_writable(paths: tuple[str, ...], *, shown: bool) -> tuple[str, ...]:
    """Return the paths; a usage error where the result can only be shown, and is not."""
    stream = next(filter(is_stream, paths), None)
    if stream is not None and not shown:
        name = "standard input" if stream == "-" else stream
        msg = f"{name} cannot be written: add -o yaml or --dry-run to see the result"
        raise click.UsageError(msg)
    return paths


def parsed_words(words: Sequence[str]) -> Words:
    """Read ``KIND``, ``KIND NAME…`` or ``KIND/NAME…``, as kubectl does."""
    if not words or (len(words) == 1 and "/" not in words[0]):
        return Words(words[0] if words else None, ())
    return Words(None, tuple(parse_names(checked_names(tuple(words)))))


def ask(question: Question, faults: list[ManifestError]) -> tuple[list[Resource], FindResult]:
    """Read all objects, and find those that are meant.

    Raises:
        Failure: a selector, a kind or some input is bad, or there is no object of a name.
    """
    with bad_input():
        # Parsed before the input is read: a slip should not cost a minute.
        labels, fields = parsed_labels(question.labels), parsed_fields(question.fields)
        unread: list[UnreadWarning] = []
        resources = read_objects(question.paths, question.reading, faults, unread=unread)
        namespace = question.scope.wanted
        if isinstance(question, Target) and question.is_bare:
            return resources, FindResult(_only(resources, [*faults, *unread]), {})
        if question.words.named:
            names = _there(resources, question) if question.undefined else question.words.named
            found = find_named(resources, names, namespace, missing_ok=question.missing_ok)
            if isinstance(question, Target):
                check_one_namespace(found)
            return resources, FindResult(found, {})
        kinds = question.words.kinds
        return resources, select(resources, labels, kinds=kinds, fields=fields, namespace=namespace)


def _only(resources: list[Resource], faults: Sequence[object]) -> list[Resource]:
    """The objects, if they are not several, and nothing was passed over that may be another."""
    several = f"{len(resources)} objects are there" if len(resources) > 1 else ""
    problem = "not all could be read" if faults else several
    if problem:
        msg = f"{problem}: name some objects, or add -l SELECTOR or --all"
        raise Failure(msg)
    return resources


def namespaces_named(resources: Iterable[Resource], names: Iterable[ObjectName]) -> set[ObjectName]:
    """Those of some names of objects that name namespaces."""
    names = set(names)
    present = {item.group_kind for item in resources}
    spaces = {kind for kind, _ in names if NAMESPACE in parse_kinds(kind, present)}
    return {name for name in names if name.kind in spaces}


def _there(resources: list[Resource], question: Question) -> list[ObjectName]:
    """The names that objects must have: not those of namespaces only known by what is inside."""
    defined = {item.name for item in resources if item.group_kind == NAMESPACE}
    known = {namespace_of(item) for item in resources} - defined
    spaces = namespaces_named(resources, question.words.named)
    return [name for name in question.words.named if name not in spaces or name.name not in known]

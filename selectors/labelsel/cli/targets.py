"""The objects that a command changes: the words and flags that name them, and finding them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from labelsel.cli.output import Format
from labelsel.cli.screen import Failure
from labelsel.cli.source import read_objects, reading_options, scope_options
from labelsel.errors import SelectorError
from labelsel.parse import parse, parse_fields
from labelsel.resources import (
    DEFAULT_NAMESPACE,
    NAMESPACE,
    FieldError,
    Found,
    Kind,
    ManifestError,
    Resource,
    UnknownKindError,
    kinds_named,
    plural_of,
    select,
)

__all__ = [
    "Question",
    "Words",
    "ask",
    "check_writable",
    "namespaces_named",
    "outcome_options",
    "parsed_words",
    "target_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])

_DRY_RUN: Final = "client"


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a command line name.

    Attributes:
        kinds: names of kinds, or None for all.
        named: kinds and names of single objects; empty where all of the kinds are meant.
    """

    kinds: str | None
    named: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Which objects are meant, and where they are read.

    Attributes:
        words: what the words name.
        paths: what to read.
        recursive: whether folders are read with all below them.
        keep_going: whether bad input is reported and passed over.
        labels: the text of a label selector.
        fields: the text of a field selector.
        everything: whether all objects of the kinds are meant.
        namespace: the namespace that was asked for; None where none was.
        all_namespaces: whether all were asked for.
        undefined: whether a namespace may be named that is no object, and only known by what
            is inside: manifests seldom bring theirs along.
    """

    words: Words
    paths: Sequence[str]
    recursive: bool
    keep_going: bool
    labels: str
    fields: str
    everything: bool
    namespace: str | None
    all_namespaces: bool
    undefined: bool = False

    def __post_init__(self) -> None:
        wide = [
            flag
            for flag, given in (
                ("-l", self.labels),
                ("--field-selector", self.fields),
                ("--all", self.everything),
            )
            if given
        ]
        if self.words.named:
            wide += ["-A"] if self.all_namespaces else []
            if wide:
                msg = f"names and {wide[0]} together make no sense: leave one of them out"
                raise click.UsageError(msg)
        elif not wide:
            msg = "no object is named: add names, a selector with -l SELECTOR, or --all"
            raise click.UsageError(msg)


def target_options(command: Command) -> Command:
    """Add what tells which objects are meant and where they are."""
    command = scope_options(reading_options(command))
    for option in (
        click.option("--all", "everything", is_flag=True, help="All objects of the kinds."),
        click.option(
            "--field-selector",
            "fields",
            default="",
            metavar="SELECTOR",
            help="Field selector: =, == and != on any single value.",
        ),
        click.option(
            "-l", "--selector", "labels", default="", metavar="SELECTOR", help="Label selector."
        ),
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
    if "-" in paths and not shown:
        msg = "standard input cannot be written: add -o yaml or --dry-run to see the result"
        raise click.UsageError(msg)
    return paths


def parsed_words(words: Sequence[str]) -> Words:
    """Read ``KIND``, ``KIND NAME…`` or ``KIND/NAME…``, as kubectl does."""
    if not any("/" in word for word in words):
        kinds, *names = words or (None,)
        return Words(kinds, tuple((kinds or "", name) for name in names if name))
    named = []
    for word in words:
        kind, _, name = word.partition("/")
        if not kind or not name or "/" in name:
            msg = f'"{word}" is no KIND/NAME: name all objects so, or write KIND NAME…'
            raise click.UsageError(msg)
        named.append((kind, name))
    return Words(None, tuple(named))


def ask(question: Question, faults: list[ManifestError]) -> tuple[list[Resource], Found]:
    """Read all objects, and find those that are meant.

    Raises:
        Failure: a selector, a kind or some input is bad, or there is no object of a name.
    """
    try:
        # Parsed before the input is read: a slip should not cost a minute.
        labels, fields = parse(question.labels), parse_fields(question.fields)
        resources = read_objects(
            question.paths,
            recursive=question.recursive,
            keep_going=question.keep_going,
            faults=faults,
        )
        namespace = None if question.all_namespaces else question.namespace or DEFAULT_NAMESPACE
        if question.words.named:
            objects = _named(
                resources,
                question.words.named,
                namespace or DEFAULT_NAMESPACE,
                undefined=question.undefined,
            )
            return resources, Found(objects, {})
        kinds = question.words.kinds
        return resources, select(resources, labels, kinds=kinds, fields=fields, namespace=namespace)
    except (SelectorError, ManifestError, UnknownKindError, FieldError) as error:
        raise Failure(str(error)) from error


def namespaces_named(
    resources: Iterable[Resource], named: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those of some kinds and names of objects that name namespaces."""
    present = [Kind(item.kind, item.group) for item in resources]
    kinds = {kind for kind, _ in named}
    spaces = {kind for kind in kinds if NAMESPACE in kinds_named(kind, present)}
    return {(kind, name) for kind, name in named if kind in spaces}


def _named(
    resources: list[Resource],
    named: Sequence[tuple[str, str]],
    namespace: str,
    *,
    undefined: bool,
) -> list[Resource]:
    """The objects of some names, each once, in the order of the names."""
    found: dict[int, Resource] = {}
    known: set[tuple[str, str]] = set()
    if undefined:
        inside = {item.namespace or DEFAULT_NAMESPACE for item in resources}
        known = {each for each in namespaces_named(resources, named) if each[1] in inside}
    missing: list[str] = []
    by_kind: dict[str, dict[str, list[Resource]]] = {}
    for kind, name in named:
        if kind not in by_kind:
            by_kind[kind] = _by_name(select(resources, kinds=kind, namespace=namespace).resources)
        matches = by_kind[kind].get(name)
        if matches is None and (kind, name) not in known:
            missing.append(_not_found(resources, kind, name, namespace))
        else:
            found |= {id(item): item for item in matches or ()}
    if missing:
        raise Failure("\n".join(missing))
    return list(found.values())


def _by_name(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    by_name: dict[str, list[Resource]] = {}
    for item in resources:
        by_name.setdefault(item.name, []).append(item)
    return by_name


def _not_found(resources: list[Resource], kind: str, name: str, namespace: str) -> str:
    kinds = kinds_named(kind, (Kind(item.kind, item.group) for item in resources))
    problem = f'{", ".join(sorted(map(plural_of, kinds)))} "{name}" not found'
    others = sorted(
        item.namespace or DEFAULT_NAMESPACE
        for item in select(resources, kinds=kind, namespace=None).resources
        if item.name == name
    )
    if not others:
        return problem
    return f"{problem} in namespace {namespace}; it is in {', '.join(others)}: use -n {others[0]}"

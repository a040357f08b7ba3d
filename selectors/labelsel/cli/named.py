"""The one object that a command line names: ``deploy/web``, or ``deploy web``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

import click

from labelsel.cli.screen import Failure
from labelsel.requirements import FieldEquals
from labelsel.resources import DEFAULT_NAMESPACE, Resource, select

__all__ = ["checked_name", "named"]

#: How many objects a message names.
_NAMED: Final = 3


def checked_name(words: Sequence[str]) -> tuple[str, str]:
    """Return the word for the kind and the name; a usage error where the words are not these.

    >>> checked_name(["deploy/web"]), checked_name(["deploy", "web"])
    (('deploy', 'web'), ('deploy', 'web'))
    """
    parts = words[0].split("/") if len(words) == 1 else words
    match parts:
        case [kind, name] if kind and name and "/" not in kind + name:
            return kind, name
        case _:
            given = f", not {' '.join(words)}" if words else ""
            msg = f"name one object as KIND/NAME, such as deploy/web{given}"
            raise click.UsageError(msg)


def named(
    resources: Sequence[Resource],
    kind: str,
    name: str,
    *,
    namespace: str | None,
    all_namespaces: bool,
) -> Resource:
    """Return the object of a name.

    Arguments:
        resources: the objects to look among.
        kind: the word for its kind, as `select` takes it.
        name: all of its name.
        namespace: the namespace that was asked for; None where none was.
        all_namespaces: whether all were asked for.

    Raises:
        UnknownKindError: the word names no kind.
        Failure: there is no such object, or more than one.
    """
    scope = None if all_namespaces else namespace or DEFAULT_NAMESPACE
    field = FieldEquals("metadata.name", name)
    found = select(resources, kinds=kind, fields=field, namespace=scope)
    if len(found.resources) == 1:
        return found.resources[0]
    if found.resources:
        raise Failure(_several(f"{kind}/{name}", found.resources))
    problem = f"no {kind}/{name} in {'any namespace' if scope is None else f'namespace {scope}'}"
    if found.elsewhere:
        raise Failure(f"{problem}; it is in {_listed(found.elsewhere, 'and')}: name one with -n")
    of_kind = select(resources, kinds=kind, namespace=scope).resources
    near = _near(name, of_kind) or select(resources, fields=field, namespace=scope).resources
    meant = list(dict.fromkeys(item.reference for item in near))[:_NAMED]
    raise Failure(f"{problem}; did you mean {_listed(meant, 'or')}?" if meant else problem)


def _several(reference: str, resources: Sequence[Resource]) -> str:
    places = [f"{item.reference} ({item.source})" for item in resources[:_NAMED]]
    more = ["others"] if len(resources) > _NAMED else []
    problem = f"{reference} names {len(resources)} objects: {_listed(places + more, 'and')}"
    spaces = sorted({item.namespace or DEFAULT_NAMESPACE for item in resources})
    return f"{problem}; choose one of {_listed(spaces, 'and')} with -n" if spaces[1:] else problem


def _near(name: str, resources: Sequence[Resource]) -> list[Resource]:
    """The objects whose names begin with a name, else those with names much like it."""
    begin = [item for item in resources if item.name.startswith(name)]
    close = difflib.get_close_matches(name, [item.name for item in resources], n=_NAMED)
    return begin or [item for item in resources if item.name in close]


def _listed(words: Iterable[str], conjunction: str) -> str:
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last

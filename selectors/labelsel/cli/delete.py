"""``labelsel delete``: objects taken out of their files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, print_lines, print_names
from labelsel.cli.screen import Failure, printing, say
from labelsel.cli.source import (
    Reading,
    Scope,
    checked_paths,
    end,
    say_elsewhere,
    say_nothing,
)
from labelsel.cli.targets import (
    Target,
    ask,
    check_writable,
    missing_option,
    namespaces_named,
    outcome_options,
    parsed_words,
    target_options,
)
from labelsel.cli.writing import first_lines, make_edits
from labelsel.kubernetes import Edit, ManifestError, Resource
from labelsel.kubernetes.inventory.namespaces import NAMESPACE, check_deletable
from labelsel.kubernetes.model.object_key import KindScopes

__all__ = ["delete"]

_HELP: Final = """\
Take objects out of the files they stand in.

A document goes with its separator and with the comments that touch it, an object in a List
alone. All other documents stay as they are. A file stays, even with nothing left in it.

A namespace takes along all objects that name it, and need not be an object itself. Without
KIND only objects in namespaces are meant. The only object of the input need not be named.
Before more than one object goes, a terminal asks; elsewhere -y is needed.

The exit status is 0; 1 when there is no object of a name or some input is bad; 2 when the
command line is.

\b
Examples:
  labelsel delete pod web-1 -f shop/
  labelsel delete deploy/web svc/web -n shop -f shop/ -y
  labelsel delete pods -A -f . -l 'tier in (web,cache),!debug' --dry-run
  labelsel delete namespace shop -f shop/
"""

#: From so many objects on, a question is asked.
_ASKED: Final = 2


@click.command("delete", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="[KIND [NAME]... | KIND/NAME...]")
@target_options
@outcome_options(Format.NAME)
@missing_option
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
def delete(  # noqa: PLR0913 - one argument for each flag
    *,
    words: tuple[str, ...],
    paths: tuple[str, ...],
    labels: tuple[str, ...],
    fields: tuple[str, ...],
    everything: bool,
    scope: Scope,
    form: str | None,
    dry_run: bool,
    missing_ok: bool,
    yes: bool,
    reading: Reading,
) -> None:
    """Delete objects, all that are meant or none."""
    question = Target(
        words=parsed_words(words),
        paths=check_writable(checked_paths(paths), shown=dry_run),
        reading=reading,
        labels=labels,
        fields=fields,
        everything=everything,
        scope=scope,
        undefined=True,
        missing_ok=missing_ok,
    )
    faults: list[ManifestError] = []
    resources, found = ask(question, faults)
    scoped = not (question.words.kinds or question.words.named or question.is_bare)
    named = {name for _, name in namespaces_named(resources, question.words.named)}
    going = _going(resources, found.resources, named, namespaced=scoped)
    if going:
        _confirm(going, sure=yes or dry_run)
        make_edits([Edit(item, None) for item in going], dry_run=dry_run)
        _tell(going, names=form is not None, dry_run=dry_run)
        _say_empty(resources, going, "would have" if dry_run else "has")
    elif not missing_ok:
        say_nothing(scope, paths)
    say_elsewhere(found, scope)
    end(faults)


def _going(
    resources: Sequence[Resource],
    chosen: Iterable[Resource],
    named: set[str],
    *,
    namespaced: bool,
) -> list[Resource]:
    """The objects that are meant, and what is inside the namespaces that are named or meant.

    With ``namespaced`` those that stand in no namespace are left out.
    """
    scopes = KindScopes()
    for item in resources:
        scopes.learn(item)
    keys = [(item, scopes.key(item)) for item in chosen]
    going = {id(item): item for item, key in keys if key.namespace is not None or not namespaced}
    namespaces = named | {item.name for item in going.values() if _is_namespace(item)}
    for name in sorted(namespaces):
        try:
            check_deletable(name)
        except ValueError as error:
            raise Failure.of(error) from error
    if namespaces:
        inside = (item for item in resources if scopes.key(item).namespace in namespaces)
        going |= {id(item): item for item in inside}
    return list(going.values())


def _is_namespace(item: Resource) -> bool:
    return item.group_kind == NAMESPACE


def _confirm(going: Sequence[Resource], *, sure: bool) -> None:
    """Ask before more than one object goes; where nobody can answer, that is an error."""
    if sure or len(going) < _ASKED:
        return
    objects = f"{len(going)} objects"
    if not sys.stdin.isatty():
        msg = f"{objects} would be deleted: -y deletes them, --dry-run shows them"
        raise Failure(msg)
    say(*first_lines(_described(item) for item in going))
    if not click.confirm(f"Delete these {objects}?", err=True):
        msg = "nothing is deleted"
        raise Failure(msg)


def _tell(going: Sequence[Resource], *, names: bool, dry_run: bool) -> None:
    suffix = " (dry run)" if dry_run else ""
    with printing():
        if names:
            print_names(going)
        else:
            print_lines(f"{_described(item, ' deleted')}{suffix}" for item in going)


def _described(item: Resource, done: str = "") -> str:
    """An object as kubectl tells of it: ``pod "web" deleted from shop namespace``."""
    kind, _, name = item.reference.partition("/")
    where = f" from {item.namespace} namespace" if done and item.namespace else ""
    inside = f" in {item.namespace} namespace" if not done and item.namespace else ""
    return f'{kind} "{name}"{done}{where}{inside}'


def _say_empty(resources: Iterable[Resource], going: Iterable[Resource], have: str) -> None:
    """Say on standard error which files have no object left."""
    gone = Counter(item.source.file for item in going)
    there = Counter(item.source.file for item in resources if item.source.file in gone)
    empty = [file for file, count in there.items() if count == gone[file]]
    if empty:
        say(*first_lines(f"{file} {have} no object left" for file in empty))

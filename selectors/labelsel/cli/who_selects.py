"""``labelsel who-selects``: the objects whose selectors select a given one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from labelsel.cli.columns import TableColumn
from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, print_data, print_names, print_table
from labelsel.cli.screen import Failure, printing, say
from labelsel.cli.source import (
    Reading,
    Scope,
    bad_input,
    checked_names,
    checked_paths,
    end,
    file_option,
    noting,
    read_objects,
    reading_options,
    scope_options,
)
from labelsel.errors import path_text
from labelsel.kubernetes import (
    ManifestError,
    ObjectSelector,
    ObjectSelectorIndex,
    Resource,
    SelectorTarget,
    find_object,
    namespace_of,
    read_object_selectors,
    selector_target,
)

__all__ = ["who_selects"]

_HELP: Final = """\
Show which objects select a pod or a Service.

KIND/NAME is one object of the input, as kubectl takes it: pod/web-1, deploy/web,
deployments.apps/web, or deploy web. A workload stands for the pods that its template makes,
also where the input has some of its pods.

Looked at are the selectors of Services, ReplicationControllers, Deployments, ReplicaSets,
StatefulSets, DaemonSets, Jobs, NetworkPolicies (the pods a policy is about, not the peers in
its rules), PodDisruptionBudgets, ServiceMonitors and PodMonitors, each in the namespaces that
it looks in.

The exit status is 0, also when nothing selects the object; 1 when it is not there or some
input is bad; 2 when the command line is.

\b
Examples:
  labelsel who-selects -f shop/ deploy/web
  labelsel who-selects -n shop -f shop/ -f monitoring/ pod/web-1 -o wide
  kubectl get pods,svc,netpol,pdb -A -o yaml | labelsel who-selects -n shop -f - svc/web
"""

#: What stands for a selector that has no text: it selects everything.
_EVERYTHING: Final = "<everything>"


@click.command("who-selects", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="KIND/NAME")
@file_option
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: json and yaml print a List of the objects as they were read.",
)
@reading_options
def who_selects(
    *,
    words: tuple[str, ...],
    paths: tuple[str, ...],
    scope: Scope,
    form: str,
    reading: Reading,
) -> None:
    """Print what selects the object that is named."""
    paths, words = checked_paths(paths), checked_names(words, one=True)
    faults: list[ManifestError] = []
    with bad_input():
        resources = read_objects(paths, reading, faults)
        item = _selectable(find_object(resources, words, scope.wanted))
        carried = read_object_selectors(
            resources, on_error=noting(faults) if reading.keep_going else None
        )
    found = ObjectSelectorIndex(carried).matching(item)
    with printing():
        _print(found, Format(form), item, namespaces=scope.everywhere)
    if not found:
        say(f"Nothing selects {item} in {item.namespace} namespace.")
    end(faults)


def _selectable(resource: Resource) -> SelectorTarget:
    item = selector_target(resource)
    if item is None:
        problem = f"{resource.reference} is neither, and makes no pods"
        raise Failure(f"who-selects is about pods and Services; {problem}")
    return item


def _print(
    found: Sequence[ObjectSelector], form: Format, item: SelectorTarget, *, namespaces: bool
) -> None:
    owners = [selecting.owner for selecting in found]
    if form is Format.NAME:
        print_names(owners)
    elif form in {Format.JSON, Format.YAML}:
        print_data(owners, form)
    elif found:
        elsewhere = any(namespace_of(owner) != item.namespace for owner in owners)
        print_table(found, _columns(namespaces=namespaces or elsewhere, wide=form is Format.WIDE))


def _columns(*, namespaces: bool, wide: bool) -> list[TableColumn[ObjectSelector]]:
    columns: list[TableColumn[ObjectSelector]] = [
        TableColumn("KIND", lambda found: found.owner.kind, "green"),
        TableColumn("NAME", lambda found: found.owner.name, "bold"),
        TableColumn("SELECTOR", lambda found: str(found.selector) or _EVERYTHING, "yellow"),
    ]
    if namespaces:
        columns.insert(0, TableColumn("NAMESPACE", lambda found: namespace_of(found.owner), "cyan"))
    if wide:
        columns.append(TableColumn("PATH", lambda found: path_text(found.path)))
        columns.append(TableColumn("SOURCE", lambda found: str(found.owner.source)))
    return columns

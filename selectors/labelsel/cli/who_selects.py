"""``labelsel who-selects``: the objects whose selectors select a given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    reading_options,
    scope_options,
    target_options,
    words_argument,
)
from labelsel.cli.printers import (
    ObjectDataResult,
    ObjectList,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.screen import Failure, say
from labelsel.cli.tables import TableColumn, print_table
from labelsel.errors import path_text
from labelsel.kubernetes import (
    ObjectSelector,
    ObjectSelectorIndex,
    Resource,
    SelectorTarget,
    find_object,
    namespace_of,
    read_object_selectors,
    selector_target,
)

__all__ = ["who_selects_command"]

_HELP: Final = """\
Show which objects select a pod, a Service or a monitor.

KIND/NAME is one object of the input, as kubectl takes it: pod/web-1, deploy/web,
deployments.apps/web, or deploy web. A workload stands for the pods that its template makes,
even if the input has some of its pods.

The command reads the selectors of Services, ReplicationControllers, Deployments, ReplicaSets,
StatefulSets, DaemonSets, Jobs, NetworkPolicies (the pods that a policy is about, not the peers
in its rules), PodDisruptionBudgets, ServiceMonitors and PodMonitors; and those with which a
Prometheus, PrometheusAgent, ThanosRuler or Alertmanager finds monitors, rules and
configurations. Each of them selects only in its own namespaces. A selector of namespaces sees
the namespaces that the input has or names. Files that a Kustomization of the input names
as patches are left out, which one line says.

The exit status is 0, also if nothing selects the object; 1 if the object does not exist or a
part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel who-selects -n shop -f shop/ deploy/web
  labelsel who-selects -n shop -f shop/ -f monitoring/ pod/web-1 -o wide
  labelsel who-selects -n shop -f shop/ -f monitoring/ servicemonitor/web
  kubectl get pods,svc,netpol,pdb -A -o yaml | labelsel who-selects -n shop -f - svc/web
"""

#: The text of a selector that selects everything, and has no text of its own.
_EVERYTHING: Final = "<everything>"


@dataclass(frozen=True, slots=True)
class _SelectorsFound(ObjectDataResult, WideTableResult):
    """The object selectors that select an object.

    Attributes:
        found: the object selectors.
        target: the object.
        all_namespaces: whether -A was given, so that the table has a column of namespaces.
        headers: whether the table has headings.
    """

    found: Sequence[ObjectSelector]
    target: SelectorTarget
    all_namespaces: bool
    headers: bool

    def objects(self) -> list[Resource]:
        return [each.owner for each in self.found]

    def data(self) -> object:
        return ObjectList(self.objects())

    def print_table(self, *, wide: bool) -> None:
        if self.found:
            namespace = self.target.namespace
            other = any(namespace_of(owner) != namespace for owner in self.objects())
            columns = _columns(namespaces=self.all_namespaces or other, wide=wide)
            print_table(self.found, columns, headers=self.headers)


@click.command("who-selects", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("KIND/NAME"))
@scope_options
@output_options(
    _SelectorsFound, "How to print: json and yaml print a List of the objects as they were read."
)
def who_selects_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print which objects select the named one."""
    words = check_names(target.words, one=True)
    reader = InputReader(reading)
    with bad_input():
        resources = _leave_out_patches(reader.read(), reader)
        item = _selector_target(find_object(resources, words, scope.namespaces))
        object_selectors = read_object_selectors(resources, on_error=reader.on_error)
        reader.end_at_errors()
    found = ObjectSelectorIndex(object_selectors).matching(item)
    output.print(_SelectorsFound(found, item, scope.all_namespaces, not output.no_headers))
    if not found:
        say(f"Nothing selects {item} in {item.namespace} namespace.")
    reader.finish()


def _selector_target(resource: Resource) -> SelectorTarget:
    target = selector_target(resource)
    if target is None:
        problem = f"{resource.reference} is not a pod, a Service or a monitor, and makes no pods"
        raise Failure(f"who-selects is about pods, Services and monitors; {problem}")
    if target.from_template and not target.labels:
        problem = f"{resource.reference} has no labels in its template, so its pods are not known"
        raise Failure(f"{problem}; if it is a patch, read what kustomize builds: -k DIR")
    return target


def _leave_out_patches(resources: Sequence[Resource], reader: InputReader) -> list[Resource]:
    """Return objects without the patches that a Kustomization of the input names.

    A patch is not an object: it has the name of one, and a part of it. A NetworkPolicy without
    the selector that its patch leaves as it is would select everything.
    """
    # Only a Kustomization names patches, and reading skips it: without one the rules of lint,
    # which come with its package, are not imported.
    if not reader.skipped:
        return list(resources)
    from labelsel.lint.kustomizations import Kustomizations  # noqa: PLC0415  # see above

    files = {each.source.file for each in resources}
    patches = set(filter(Kustomizations(reader.skipped, files).is_patch, files))
    if patches:
        share = f"{len(patches):,} of {len(files):,} files"
        say(f"left out as patches of kustomize: {share}; -k DIR reads what it builds")
    return [each for each in resources if each.source.file not in patches]


def _columns(*, namespaces: bool, wide: bool) -> list[TableColumn[ObjectSelector]]:
    columns: list[TableColumn[ObjectSelector]] = [
        TableColumn("KIND", lambda each: each.owner.kind, "green"),
        TableColumn("NAME", lambda each: each.owner.name, "bold"),
        TableColumn("SELECTOR", lambda each: str(each.selector) or _EVERYTHING, "yellow"),
    ]
    if namespaces:
        columns.insert(0, TableColumn("NAMESPACE", lambda each: namespace_of(each.owner), "cyan"))
    if wide:
        columns.append(TableColumn("PATH", lambda each: path_text(each.path)))
        columns.append(TableColumn("SOURCE", lambda each: str(each.owner.source)))
    return columns

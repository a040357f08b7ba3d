"""``labelsel who-selects``: the objects whose selectors select a given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import click

from labelsel.cli.added_selectors import AddedSelectors
from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.namesakes import (
    known_targets,
    labels_problem,
    leave_out_patches,
    limit_pairs,
    object_heading,
    print_each,
    report_kustomized,
)
from labelsel.cli.no_objects import report_unmet
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    annotation_options,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.output import identity
from labelsel.cli.printers import (
    ObjectDataResult,
    ObjectList,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.screen import say
from labelsel.cli.selector_columns import is_inner, shown_path, shown_text
from labelsel.cli.selector_flags import target_annotations, target_labels
from labelsel.cli.tables import TableColumn, print_table
from labelsel.kubernetes import (
    ObjectSelector,
    ObjectSelectorIndex,
    Resource,
    SelectorTarget,
    find_objects,
    namespace_of,
    read_object_selectors,
    select,
)

__all__ = ["who_selects_command"]

_HELP: Final = """\
Show which objects select a pod, a Service, a node and the like.

KIND/NAME is a pod, a Service, a monitor, a node or a namespace of the input, or an object that
makes pods, named as for kubectl: pod/web-1, deploy/web, deployments.apps/web, or deploy web. A
workload stands for the pods that its template makes, even if the input has some of its pods. If
several files or namespaces have an object of this name, each has an answer, with its file and
line.

The command reads the selectors of Services, ReplicationControllers, Deployments, ReplicaSets,
StatefulSets, DaemonSets, Jobs, NetworkPolicies (of the pods that a policy is about, and of the
peers in its rules), PodDisruptionBudgets, ServiceMonitors and PodMonitors; those with which a
Prometheus, PrometheusAgent, ThanosRuler or Alertmanager finds monitors, rules and
configurations; and those in pods and pod templates: nodeSelector, node affinity, affinity and
anti-affinity to pods, topology spread. Each of them selects only in its own namespaces. A
selector of namespaces sees the namespaces that the input has or names. The column PATH says
which selector of an object it is, where that is not the object's main one. Files that a
Kustomization of the input names as patches are left out, which one line says. The other
direction is labelsel selects.

With -l and the other selectors the command shows only those objects that have such labels or
annotations themselves.

The exit status is 0, also if nothing selects the object; 1 if the object does not exist or a
part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel who-selects -n shop -f shop/ deploy/web
  labelsel who-selects -n shop -f shop/ -f monitoring/ pod/web-1 -o wide
  labelsel who-selects -n shop -f shop/ -f monitoring/ servicemonitor/web
  labelsel who-selects -n shop -f shop/ pod/web-1 --annotation-selector example.com/owner=shop
  kubectl get pods,svc,netpol,pdb -A -o yaml | labelsel who-selects -n shop -f - svc/web
"""

_FILTERED: Final = "No object with such labels and annotations"


@dataclass(frozen=True, slots=True)
class _Answer:
    """The object selectors that select an object.

    Attributes:
        target: the object.
        found: the object selectors.
    """

    target: SelectorTarget
    found: Sequence[ObjectSelector]

    def owners(self) -> list[Resource]:
        return [each.owner for each in self.found]

    def data(self) -> dict[str, object]:
        bodies = [owner.body for owner in self.owners()]
        return {"object": identity(self.target.origin), "selected_by": bodies}


@dataclass(frozen=True, slots=True)
class _SelectorsFound(ObjectDataResult, WideTableResult):
    """The object selectors that select each object of a name.

    Attributes:
        answers: one for each object.
        several: whether several objects have the name, also if only one has an answer.
        all_namespaces: whether -A was given, so that the table has a column of namespaces.
        headers: whether the table has headings.
    """

    answers: Sequence[_Answer]
    several: bool
    all_namespaces: bool
    headers: bool

    def objects(self) -> list[Resource]:
        owners = [owner for answer in self.answers for owner in answer.owners()]
        return list({id(owner): owner for owner in owners}.values())

    def data(self) -> object:
        if self.several:
            return [answer.data() for answer in self.answers]
        return ObjectList(self.objects())

    def print_table(self, *, wide: bool) -> None:
        answers = [answer for answer in self.answers if answer.found]
        if self.several:
            print_each(
                (
                    object_heading(answer.target.origin),
                    partial(self._print_answer, answer, wide=wide),
                )
                for answer in answers
            )
        elif answers:
            self._print_answer(answers[0], wide=wide)

    def _print_answer(self, answer: _Answer, *, wide: bool) -> None:
        namespace = answer.target.namespace
        other = any(namespace_of(owner) != namespace for owner in answer.owners())
        paths = wide or any(map(is_inner, answer.found))
        columns = _columns(namespaces=self.all_namespaces or other, paths=paths, wide=wide)
        print_table(answer.found, columns, headers=self.headers)


@click.command("who-selects", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(
    words_argument("KIND/NAME"),
    selector_option("Label selector: show only objects with these labels."),
    annotation_options(),
)
@scope_options
@output_options(
    _SelectorsFound,
    "How to print: json and yaml print a List of the objects as they were read; where several "
    "objects have the name, a list with an entry for each.",
)
def who_selects_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print which objects select the named one."""
    words = check_names(target.words, one=True)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        labels, annotations = target_labels(target), target_annotations(target)
        everything = reader.read()
        resources = leave_out_patches(everything, reader)
        named = find_objects(resources, words, scope.namespaces)
        targets = known_targets(named, _problem)
        added = AddedSelectors(resources, resources, reader)
        object_selectors = read_object_selectors(resources, on_error=added.on_error)
        reader.end_at_errors()
    owners = select(resources, labels, annotations=annotations, namespace=None).resources
    shown = set(map(id, owners))
    index = ObjectSelectorIndex(each for each in object_selectors if id(each.owner) in shown)
    every = (_Answer(item, index.matching(item)) for item in targets)
    answers = limit_pairs(every, lambda answer: len(answer.found))
    several = len(named) > 1
    output.print(_SelectorsFound(answers, several, scope.all_namespaces, not output.no_headers))
    for item in (answer.target for answer in answers if not answer.found):
        source = f" ({item.origin.source})" if several else ""
        inside = f" in {item.namespace} namespace" if item.namespace else ""
        subject = _FILTERED if target.selectors else "Nothing"
        say(f"{subject} selects {item}{source}{inside}.")
    if target.selectors and not any(answer.found for answer in answers):
        carriers = {id(each.owner): each.owner for each in object_selectors}
        report_unmet(target, list(carriers.values()))
    report_kustomized(resources, everything, reader)
    reader.finish()


def _problem(resource: Resource, target: SelectorTarget | None) -> str:
    """Return why nobody can say what selects an object; empty if its labels are known."""
    if target is None:
        problem = f"{resource.reference} is none of them, and makes no pods"
        return f"who-selects is about pods, Services, monitors, nodes and namespaces; {problem}"
    return labels_problem(target)


def _columns(*, namespaces: bool, paths: bool, wide: bool) -> list[TableColumn[ObjectSelector]]:
    columns: list[TableColumn[ObjectSelector]] = [
        TableColumn("KIND", lambda each: each.owner.kind, "green"),
        TableColumn("NAME", lambda each: each.owner.name, "bold"),
        TableColumn("SELECTOR", shown_text, "yellow"),
    ]
    if namespaces:
        columns.insert(0, TableColumn("NAMESPACE", lambda each: namespace_of(each.owner), "cyan"))
    if paths:
        columns.append(TableColumn("PATH", shown_path))
    if wide:
        columns.append(TableColumn("SOURCE", lambda each: str(each.owner.source)))
    return columns

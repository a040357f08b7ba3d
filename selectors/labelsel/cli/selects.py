"""``labelsel selects``: what an object selects, and with which of its selectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.namesakes import (
    leave_out_patches,
    leave_out_problems,
    limit_pairs,
    object_heading,
    print_each,
    report_kustomized,
)
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    reading_options,
    scope_options,
    target_options,
    words_argument,
)
from labelsel.cli.output import identity
from labelsel.cli.printers import (
    DataResult,
    ObjectsResult,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.screen import say
from labelsel.cli.selected_objects import (
    SelectorAnswer,
    SelectorsOf,
    find_owner_problem,
    read_selected,
)
from labelsel.cli.selector_columns import is_inner, shown_path, shown_text
from labelsel.cli.tables import NONE, TableColumn, print_table
from labelsel.kubernetes import (
    ObjectSelector,
    Resource,
    SelectorTarget,
    find_objects,
    namespace_of,
)

__all__ = ["selects_command"]

_HELP: Final = """\
Show what an object selects, and with which of its selectors.

KIND/NAME is one object of the input, as kubectl takes it: svc/web, deploy/web, netpol/deny. If
several files or namespaces have an object of this name, each has an answer, with its file and
line.

The command reads the selectors that who-selects reads: those of Services, workloads, policies
and monitors, the peers of NetworkPolicies, and in pods and pod templates nodeSelector, node
affinity, affinity and anti-affinity to pods, and topology spread. It is the other direction of
who-selects. A workload among the selected objects stands for the pods that its template makes,
even if the input has some of its pods. The column PATH says which selector of the object it is,
where there are several. Files that a Kustomization of the input names as patches are left out,
which one line says.

Each term of node affinity is a selector of its own: which nodes a pod may run on is what
labelsel nodes-for answers. All selectors, rule by rule:
https://labelsel.readthedocs.io/en/latest/relations.html

The exit status is 0, also if the object selects nothing; 1 if the object does not exist, is of
a kind without selectors, or a part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel selects -n shop -f shop/ svc/web
  labelsel selects -n shop -f shop/ netpol/deny -o wide
  labelsel selects -f monitoring/ -f shop/ -A servicemonitor/web -o name
  kubectl get pods,svc,netpol -A -o yaml | labelsel selects -n shop -f - svc/web -o json
"""


class _Row(NamedTuple):
    object_selector: ObjectSelector
    target: SelectorTarget


@dataclass(frozen=True, slots=True)
class _Selected(ObjectsResult, DataResult, WideTableResult):
    """What each object of a name selects.

    Attributes:
        found: the answers, one for each object.
        all_namespaces: whether -A was given, so that the table has a column of namespaces.
        headers: whether the table has headings.
    """

    found: Sequence[SelectorsOf]
    all_namespaces: bool
    headers: bool

    def objects(self) -> list[Resource]:
        origins = [target.origin for each in self.found for target in each.targets]
        return list({id(origin): origin for origin in origins}.values())

    def data(self) -> object:
        answers = [_data(each) for each in self.found]
        return answers[0] if len(answers) == 1 else answers

    def print_table(self, *, wide: bool) -> None:
        if len(self.found) == 1:
            self._print_answer(self.found[0], wide=wide)
        else:
            print_each(
                (object_heading(each.owner), partial(self._print_answer, each, wide=wide))
                for each in self.found
                if each.targets
            )

    def _print_answer(self, found: SelectorsOf, *, wide: bool) -> None:
        rows = [
            _Row(answer.object_selector, target)
            for answer in found.answers
            for target in answer.targets
        ]
        if rows:
            own = namespace_of(found.owner)
            namespaces = self.all_namespaces or any(row.target.namespace != own for row in rows)
            paths = wide or len(found.answers) > 1 or is_inner(rows[0].object_selector)
            print_table(
                rows,
                _columns(namespaces=namespaces, paths=paths, wide=wide),
                headers=self.headers,
            )


@click.command("selects", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("KIND/NAME"))
@scope_options
@output_options(
    _Selected,
    "How to print: name prints the objects that are selected, json and yaml print all of it as "
    "data: for each selector its path, its text, where it looks, and what it selects. Where "
    "several objects have the name, the data is a list with an entry for each.",
)
def selects_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print what the named object selects."""
    words = check_names(target.words, one=True)
    reader = InputReader(reading)
    with bad_input():
        everything = reader.read()
        resources = leave_out_patches(everything, reader)
        named = find_objects(resources, words, scope.namespaces)
        owners = leave_out_problems(named, find_owner_problem)
        found = read_selected(
            owners,
            resources,
            reader,
            partial(limit_pairs, size=lambda answer: len(answer.targets)),
        )
    output.print(_Selected(found, scope.all_namespaces, not output.no_headers))
    for each in found:
        source = f"{each.owner.source}: " if len(named) > 1 else ""
        for line in each.describe_nothing():
            say(f"{source}{line}")
    report_kustomized(resources, everything, reader)
    reader.finish()


def _data(found: SelectorsOf) -> dict[str, object]:
    return {
        "object": identity(found.owner),
        "selectors": [_selector_data(answer) for answer in found.answers],
    }


def _selector_data(answer: SelectorAnswer) -> dict[str, object]:
    found = answer.object_selector
    return {
        "path": shown_path(found),
        "selector": found.text,
        "kind": found.target.kind,
        "namespaces": None if found.namespaces is None else sorted(found.namespaces),
        "selects": [
            identity(target.origin) | {"template": target.from_template}
            for target in answer.targets
        ],
    }


def _columns(*, namespaces: bool, paths: bool, wide: bool) -> list[TableColumn[_Row]]:
    columns: list[TableColumn[_Row]] = [
        TableColumn("KIND", lambda row: row.target.origin.kind, "green"),
        TableColumn("NAME", lambda row: row.target.origin.name, "bold"),
        TableColumn("SELECTOR", lambda row: shown_text(row.object_selector), "yellow"),
    ]
    if namespaces:
        columns.insert(
            0, TableColumn("NAMESPACE", lambda row: row.target.namespace or NONE, "cyan")
        )
    if paths:
        columns.append(TableColumn("PATH", lambda row: shown_path(row.object_selector)))
    if wide:
        columns.append(TableColumn("SOURCE", lambda row: str(row.target.origin.source)))
    return columns

"""``labelsel get``: the objects in manifests that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader
from labelsel.cli.no_objects import (
    report_no_objects,
    report_other_namespaces,
    report_unknown_keys,
)
from labelsel.cli.object_columns import columns_for
from labelsel.cli.object_query import CommandQuery, Words, find
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    annotation_options,
    field_option,
    missing_option,
    reading_options,
    scope_options,
    selected_by_option,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.printers import (
    ObjectDataResult,
    ObjectList,
    Output,
    WideTableResult,
    column_output_options,
)
from labelsel.cli.tables import print_table
from labelsel.cli.template_errors import naming
from labelsel.kubernetes import Resource

__all__ = ["get_command"]

#: click does not rewrap a paragraph that begins with a backspace (\b).
_HELP: Final = """\
Show the objects in manifests that match.

KIND is a kind as kubectl takes it: Pod, pods, po, deployments.apps, a comma list such as
deploy,svc, or any kind in the input, custom kinds too. Without KIND objects of all kinds are
shown. Names select single objects: pod web-1 web-2, or pod/web-1 svc/web.

The input is YAML with any number of documents, JSON, or Lists, as "kubectl get -o yaml"
prints them. In a folder the files *.yaml, *.yml and *.json are read, except hidden files. Files
that hold no objects, such as the values of a chart, are skipped, and -v lists them.

Without -n or -A, the command shows the objects of the namespace "default" and the objects
without a namespace, such as Nodes. Of standard input it shows the objects of all namespaces,
because another query has chosen them already.

The exit status is 0, also if nothing matches; 1 if a named object does not exist, or a selector
or a part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel get deploy -n shop -f shop/ -l app.kubernetes.io/part-of=shop
  labelsel get pod/web-1 svc/web -n shop -f shop/ -o yaml
  labelsel get pods -A -f . -l 'tier in (web,cache),!debug' -L tier,version
  labelsel get svc,ing -n shop -f a.yaml -f b.yaml -o name
  labelsel get pods -A -f shop/ -e "tier == 'web' || !has(track)"
  labelsel get pods -A -f shop/ --matchers '{app=~"web-.*",track!="next"}'
  labelsel get -A -f shop/ --annotation-expression 'example.com/owner == "shop team"'
  labelsel get svc -n shop -f 'shop/*.yaml' -v
  labelsel get pods -n shop -f shop/ --selected-by svc/web
  labelsel get deploy -k overlays/prod
  labelsel get all --helm charts/shop
  kubectl get pods -A -o json | labelsel get -f - -l 'app!=web' -o yaml
  labelsel get pods -A -f . --field-selector spec.nodeName=node-1 --show-labels
  labelsel get deploy -A -f . --sort-by .spec.replicas -o wide --no-headers
  labelsel get deploy web -n shop -f . -o jsonpath={.spec.replicas}
  labelsel get pods -A -f . -o custom-columns=ON:.spec.nodeName
"""


@dataclass(frozen=True, slots=True)
class _Found(ObjectDataResult, WideTableResult):
    """The objects that were found.

    Attributes:
        resources: the objects.
        output: which columns a table of them has.
        namespaces: whether the table has a column of namespaces, even if all are in one.
        alone: whether one object was named, which is printed without a List.
    """

    resources: list[Resource]
    output: Output
    namespaces: bool
    alone: bool

    def objects(self) -> list[Resource]:
        return self.resources

    def data(self) -> object:
        if self.alone and len(self.resources) == 1:
            return self.resources[0].body
        return ObjectList(self.resources)

    def print_table(self, *, wide: bool) -> None:
        if not self.resources:
            return
        columns = columns_for(
            self.resources,
            self.output,
            namespaces=self.namespaces or len({item.namespace for item in self.resources}) > 1,
            wide=wide,
        )
        print_table(self.resources, columns, headers=not self.output.no_headers)


@click.command("get", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(
    words_argument("[KIND [NAME]... | KIND/NAME...]"),
    selector_option(),
    field_option,
    selected_by_option,
    annotation_options(),
    missing_option,
)
@scope_options
@column_output_options(
    _Found,
    "How to print: json and yaml print a List of the objects as they were read, or the single "
    "object that is named.",
)
def get_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print the objects that match."""
    query = CommandQuery(Words.parse(target.words), target, scope, reading)
    reader = InputReader(reading)
    everything, found = find(query, reader)
    if found.resources or not target.missing_ok:
        alone = query.words.are_one
        resources = _sort(found.resources, output.sort_by)
        output.print(_Found(resources, output, scope.all_namespaces, alone))
        if not found.resources:
            report_no_objects(query, everything, found)
        report_unknown_keys(found.resources, output.label_keys)
    report_other_namespaces(found, scope)
    reader.finish()


def _sort(resources: list[Resource], sort_by: tuple[str, Any] | None) -> list[Resource]:
    """Return objects in the order of --sort-by, and without it in the order of the input."""
    if sort_by is None:
        return resources
    # Imported here: with the library jsonpath it takes 0.15 s of a start.
    from labelsel.cli.custom_columns import sort_resources  # noqa: PLC0415 - see above

    text, path = sort_by
    with naming("--sort-by"):
        return sort_resources(resources, path, text)

"""``labelsel get``: the objects in manifests that match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from labelsel.cli.columns import columns_for
from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, print_data, print_names, print_table
from labelsel.cli.screen import printing
from labelsel.cli.source import (
    Reading,
    Scope,
    checked_paths,
    end,
    field_option,
    label_keys_option,
    reading_options,
    say_elsewhere,
    say_nothing,
    scope_options,
    selecting_options,
)
from labelsel.cli.targets import Question, ask, missing_option, parsed_words
from labelsel.kubernetes import ManifestError, Resource

__all__ = ["get"]

#: In help texts click keeps the lines of a paragraph that a backspace (\b) heads.
_HELP: Final = """\
Show the objects in manifests that match.

KIND is a kind as kubectl takes it: Pod, pods, po, deployments.apps, a comma list such as
deploy,svc, or any kind in the input, custom ones too. Without it all kinds are shown. Names
pick single objects: pod web-1 web-2, or pod/web-1 svc/web.

The input is YAML of any number of documents, JSON, or Lists, as "kubectl get -o yaml"
prints them. In folders the files *.yaml, *.yml and *.json are read, hidden ones left out.

Without -n or -A, the objects of the namespace "default" are shown and those that name no
namespace, as Nodes and other cluster-wide objects do; but of standard input those of all
namespaces, since a query has chosen them already.

The exit status is 0, also when nothing matches; 1 when there is no object of a name, or a
selector or some input is bad; 2 when the command line is.

\b
Examples:
  labelsel get deploy -f shop/ -l app.kubernetes.io/part-of=shop
  labelsel get pod/web-1 svc/web -n shop -f shop/ -o yaml
  labelsel get pods -A -f . -l 'tier in (web,cache),!debug' -L tier,version
  labelsel get svc,ing -n shop -f a.yaml -f b.yaml -o name
  kubectl get pods -A -o json | labelsel get -f - -l 'app!=web' -o yaml
  labelsel get pods -f . --field-selector spec.nodeName=node-1 --show-labels
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """How objects are printed.

    Attributes:
        form: as what.
        namespaces: whether their namespaces get a column, even if all are in one.
        label_keys: labels that get a column.
        show_labels: whether all labels get one column.
        alone: whether one object is named, which stands in no List.
        headers: whether a table has a line of headings.
    """

    form: Format
    namespaces: bool
    label_keys: Sequence[str]
    show_labels: bool
    alone: bool
    headers: bool


@click.command("get", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="[KIND [NAME]... | KIND/NAME...]")
@selecting_options
@field_option
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: json and yaml print a List of the objects as they were read, or the one "
    "that is named.",
)
@click.option("--no-headers", is_flag=True, help="Print tables without the line of headings.")
@missing_option
@click.option("--show-labels", is_flag=True, help="Add a column with all labels.")
@label_keys_option("-L", "--label-columns", about="Add a column with the value of this label.")
@reading_options
def get(  # noqa: PLR0913 - one argument for each flag
    *,
    words: tuple[str, ...],
    paths: tuple[str, ...],
    labels: tuple[str, ...],
    fields: tuple[str, ...],
    scope: Scope,
    form: str,
    no_headers: bool,
    missing_ok: bool,
    show_labels: bool,
    label_keys: list[str],
    reading: Reading,
) -> None:
    """Print the objects that are asked for."""
    question = Question(
        words=parsed_words(words),
        paths=checked_paths(paths),
        reading=reading,
        labels=labels,
        fields=fields,
        scope=scope,
        missing_ok=missing_ok,
    )
    look = _Look(
        form=Format(form),
        namespaces=scope.everywhere,
        label_keys=label_keys,
        show_labels=show_labels,
        alone=question.words.are_one,
        headers=not no_headers,
    )
    faults: list[ManifestError] = []
    _, found = ask(question, faults)
    if found.resources or not missing_ok:
        with printing():
            _print(found.resources, look)
        if not found.resources:
            say_nothing(scope, paths)
    say_elsewhere(found, scope)
    end(faults)


def _print(resources: list[Resource], look: _Look) -> None:
    if look.form is Format.NAME:
        print_names(resources)
    elif look.form in {Format.JSON, Format.YAML}:
        print_data(resources, look.form, alone=look.alone)
    elif resources:
        columns = columns_for(
            resources,
            namespaces=look.namespaces or len({item.namespace for item in resources}) > 1,
            wide=look.form is Format.WIDE,
            label_keys=look.label_keys,
            show_labels=look.show_labels,
        )
        print_table(resources, columns, headers=look.headers)

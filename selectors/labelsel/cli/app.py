"""The command line: its words, its flags, and its exit status."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from labelsel.cli.annotate import annotate
from labelsel.cli.command import KubectlCommand
from labelsel.cli.create import create
from labelsel.cli.delete import delete
from labelsel.cli.explain import explain
from labelsel.cli.get import Request, get
from labelsel.cli.groups import groups_command
from labelsel.cli.label import label
from labelsel.cli.lint import lint_command
from labelsel.cli.nodes_for import nodes_for_command
from labelsel.cli.output import Format
from labelsel.cli.screen import open_streams
from labelsel.cli.source import (
    checked_kind,
    checked_paths,
    reading_options,
    scope_options,
    source_options,
)
from labelsel.cli.translate import translate
from labelsel.cli.who_selects import who_selects
from labelsel.cli.why import why

__all__ = ["app", "run"]

#: In help texts click keeps the lines of a paragraph that a backspace (\b) heads.
_APP_HELP: Final = """\
Select Kubernetes objects by label, in manifests instead of a cluster; explain and translate
selectors.

\b
Examples:
  labelsel get -f shop/ -l app=web
  kubectl get all -A -o json | labelsel get -A -f - -l 'tier in (web,cache),!debug'
  labelsel explain -f shop/ -l 'tier in (web,cache),!debug'
  labelsel translate --to calico 'app=web,!debug'
"""
_GET_HELP: Final = """\
Show the objects in manifests that match.

KIND is a kind as kubectl takes it: Pod, pods, po, deployments.apps, a comma list such as
deploy,svc, or any kind in the input, custom ones too. Without it all kinds are shown.

The input is YAML of any number of documents, JSON, or Lists, as "kubectl get -o yaml"
prints them. In folders the files *.yaml, *.yml and *.json are read, hidden ones left out.

Without -n or -A, the objects of the namespace "default" are shown and those that name no
namespace, as Nodes and other cluster-wide objects do.

The exit status is 0, also when nothing matches; 1 when a selector or some input is bad; 2
when the command line is.

\b
Examples:
  labelsel get deploy -f shop/ -l app.kubernetes.io/part-of=shop
  labelsel get pods -A -f . -l 'tier in (web,cache),!debug' -L tier,version
  labelsel get svc,ing -n shop -f a.yaml -f b.yaml -o name
  kubectl get pods -A -o json | labelsel get -A -f - -l 'app!=web' -o yaml
  labelsel get pods -f . --field-selector spec.nodeName=node-1 --show-labels
"""


@click.group(
    "labelsel",
    help=_APP_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="labelsel", message="labelsel %(version)s")
def app() -> None:
    """Hold the commands; alone it does nothing."""


app.add_command(annotate)
app.add_command(create)
app.add_command(delete)
app.add_command(explain)
app.add_command(groups_command)
app.add_command(label)
app.add_command(lint_command)
app.add_command(nodes_for_command)
app.add_command(translate)
app.add_command(who_selects)
app.add_command(why)


@app.command("get", cls=KubectlCommand, help=_GET_HELP)
@source_options
@click.option(
    "--field-selector",
    "fields",
    default="",
    metavar="SELECTOR",
    help="Field selector: =, == and != on any single value, such as spec.nodeName=node-1.",
)
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
@click.option("--show-labels", is_flag=True, help="Add a column with all labels.")
@click.option(
    "-L",
    "--label-columns",
    "label_keys",
    multiple=True,
    metavar="KEY",
    help="Add a column with the value of this label. May be repeated, or a comma list.",
)
@reading_options
def get_command(  # noqa: PLR0913 - one argument for each flag
    *,
    kind: tuple[str, ...],
    paths: tuple[str, ...],
    labels: str,
    fields: str,
    namespace: str | None,
    all_namespaces: bool,
    form: str,
    show_labels: bool,
    label_keys: tuple[str, ...],
    recursive: bool,
    keep_going: bool,
) -> None:
    """Turn the words of the command line into a Request."""
    get(
        Request(
            paths=checked_paths(paths),
            recursive=recursive,
            keep_going=keep_going,
            kinds=checked_kind(kind, "add --field-selector metadata.name={name}"),
            labels=labels,
            fields=fields,
            namespace=namespace,
            all_namespaces=all_namespaces,
            form=Format(form),
            label_keys=[key for keys in label_keys for key in keys.split(",") if key],
            show_labels=show_labels,
        )
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the garbage collector rest: a short run makes no garbage that only it could find.

    With 100,000 objects in memory its rounds took 3 of 11 s of reading, 17 of 37 s of a table.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def run() -> int:
    """Run the command line of this process, and return its exit status."""
    open_streams()
    try:
        with _uncollected():
            status = app.main(prog_name="labelsel", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as interrupted:
        raise KeyboardInterrupt from interrupted
    # A command that runs to its end has no status; one that exits has that as its result.
    return status if isinstance(status, int) else 0

"""``labelsel get``: read, select, print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelsel.cli.columns import columns_for
from labelsel.cli.output import Format, print_data, print_names, print_table
from labelsel.cli.screen import Failure, lost_output
from labelsel.cli.source import end, read_objects, say_elsewhere, say_nothing, wanted_namespace
from labelsel.errors import SelectorError
from labelsel.parse import parse, parse_fields
from labelsel.resources import (
    FieldError,
    Found,
    ManifestError,
    Resource,
    UnknownKindError,
    select,
)

__all__ = ["Request", "get"]


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for.

    Attributes:
        paths: what to read.
        recursive: whether folders are read with all below them.
        keep_going: whether bad input is reported and passed over.
        kinds: names of kinds, or None for all.
        labels: the text of a label selector.
        fields: the text of a field selector.
        namespace: the namespace that was asked for; None where none was.
        all_namespaces: whether all were asked for; goes before ``namespace``, as in kubectl.
        form: how to print.
        label_keys: labels that get a column.
        show_labels: whether all labels get one column.
    """

    paths: Sequence[str]
    recursive: bool
    keep_going: bool
    kinds: str | None
    labels: str
    fields: str
    namespace: str | None
    all_namespaces: bool
    form: Format
    label_keys: Sequence[str]
    show_labels: bool


def get(request: Request) -> None:
    """Print the objects that are asked for.

    Raises:
        Failure: a selector or a kind is wrong, or some input is bad; with ``keep_going`` the
            latter only after all else is printed.
    """
    faults: list[ManifestError] = []
    found = _found(request, faults)
    try:
        _print(request, found.resources)
    except OSError as error:
        raise lost_output(error) from error
    if not found.resources:
        say_nothing(request.namespace, all_namespaces=request.all_namespaces)
    say_elsewhere(found, request.namespace)
    end(faults)


def _found(request: Request, faults: list[ManifestError]) -> Found:
    try:
        # Parsed before the input is read: a slip should not cost a minute.
        labels, fields = parse(request.labels), parse_fields(request.fields)
        resources = read_objects(
            request.paths,
            recursive=request.recursive,
            keep_going=request.keep_going,
            faults=faults,
        )
        return select(
            resources,
            labels,
            kinds=request.kinds,
            fields=fields,
            namespace=wanted_namespace(request.namespace, all_namespaces=request.all_namespaces),
        )
    except (SelectorError, ManifestError, UnknownKindError, FieldError) as error:
        raise Failure(str(error)) from error


def _print(request: Request, resources: list[Resource]) -> None:
    if request.form is Format.NAME:
        print_names(resources)
    elif request.form in {Format.JSON, Format.YAML}:
        print_data(resources, request.form)
    elif resources:
        columns = columns_for(
            resources,
            namespaces=request.all_namespaces,
            wide=request.form is Format.WIDE,
            label_keys=request.label_keys,
            show_labels=request.show_labels,
        )
        print_table(resources, columns)

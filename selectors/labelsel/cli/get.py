"""``labelsel get``: read, select, print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labelsel.cli.columns import columns_for
from labelsel.cli.output import Format, print_data, print_names, print_table
from labelsel.cli.progress import ReadingBar
from labelsel.cli.screen import Failure, lost_output, say
from labelsel.errors import SelectorError
from labelsel.parse import parse, parse_fields
from labelsel.resources import (
    FieldError,
    Found,
    ManifestError,
    Resource,
    UnknownKindError,
    read_manifests,
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
        say(_nothing(request))
    if found.elsewhere and request.namespace is None:
        say(_elsewhere(found))
    if faults:
        count = f"{len(faults)} problem{'s' if len(faults) > 1 else ''}"
        message = f"{count} in the input, shown above; what could be read was searched"
        raise Failure(message)


def _found(request: Request, faults: list[ManifestError]) -> Found:
    try:
        # Parsed before the input is read: a slip should not cost a minute.
        labels, fields = parse(request.labels), parse_fields(request.fields)
        resources = _read(request, _reporter(faults) if request.keep_going else None)
        return select(
            resources,
            labels,
            kinds=request.kinds,
            fields=fields,
            namespace=None if request.all_namespaces else request.namespace or "default",
        )
    except (SelectorError, ManifestError, UnknownKindError, FieldError) as error:
        raise Failure(str(error)) from error


def _reporter(faults: list[ManifestError]) -> Callable[[ManifestError], None]:
    def report(fault: ManifestError) -> None:
        faults.append(fault)
        say(str(fault), error=True)

    return report


def _read(request: Request, on_error: Callable[[ManifestError], None] | None) -> list[Resource]:
    with ReadingBar() as bar:
        return list(
            read_manifests(
                request.paths, recursive=request.recursive, on_error=on_error, on_progress=bar
            )
        )


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


def _nothing(request: Request) -> str:
    if request.all_namespaces:
        return "No resources found"
    return f"No resources found in {request.namespace or 'default'} namespace."


def _elsewhere(found: Found) -> str:
    count = sum(found.elsewhere.values())
    named = ", ".join(f"{name} ({number})" for name, number in found.elsewhere.items())
    more = " more" if found.resources else ""
    return f"{count}{more} in other namespaces: {named}; use -A to see all of them"

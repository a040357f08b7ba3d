"""The output formats: each is one printer in a registry, for results that offer what it needs.

A command returns a result: an object of a class that says what it offers (`ObjectsResult`,
`DataResult`, `TableResult`, ...). A printer says which class it needs. So ``-o`` of a command
takes the formats whose printers can print its result, and a new format is one function with
the decorator `printer`. The printers of findings are in lint.py, which alone needs them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from labelsel.cli.options import Decorator, label_keys_option, option_group
from labelsel.cli.output import open_utf_8_output, print_lines
from labelsel.cli.screen import printing
from labelsel.kubernetes import Resource, json_text, write_json, write_yaml, yaml_text

__all__ = [
    "PRINTERS",
    "DataResult",
    "LinesResult",
    "ObjectList",
    "ObjectsResult",
    "Output",
    "Printer",
    "TableResult",
    "WideTableResult",
    "change_output_options",
    "column_output_options",
    "dry_run_option",
    "format_option",
    "formats_of",
    "output_options",
    "printer",
]

Print = TypeVar("Print", bound=Callable[[Any], None])


# What a result can offer


class ObjectsResult(ABC):
    """A result that is about objects: format ``name`` prints their names."""

    __slots__ = ()

    @abstractmethod
    def objects(self) -> Sequence[Resource]:
        """Return the objects."""


class DataResult(ABC):
    """A result that can be data: formats ``json`` and ``yaml`` print it."""

    __slots__ = ()

    @abstractmethod
    def data(self) -> object:
        """Return an `ObjectList`, or a value that JSON can express."""


class TableResult(ABC):
    """A result with a table: format ``table`` prints it."""

    __slots__ = ()

    @abstractmethod
    def print_table(self, *, wide: bool) -> None:
        """Print the table; with ``wide`` all its columns."""


class WideTableResult(TableResult):
    """A result whose table has more columns: format ``wide`` prints them."""

    __slots__ = ()


class LinesResult(ABC):
    """A result that is printed as lines if no format is named: what was done to each object."""

    __slots__ = ()

    @abstractmethod
    def lines(self) -> Iterable[str]:
        """Return the lines."""


@dataclass(frozen=True, slots=True)
class ObjectList:
    """Objects that are printed as a ``v1 List``, one after the other."""

    resources: Sequence[Resource]


# The registry


@dataclass(frozen=True, slots=True)
class Printer:
    """One output format.

    Attributes:
        name: the word that ``-o`` takes.
        needs: the class that a result must have.
        print: prints a result of this class.
    """

    name: str
    needs: type[object]
    print: Callable[[Any], None]


PRINTERS: Final[dict[str, Printer]] = {}
"""The printers by the names of their formats, in the order of the help."""


def printer(name: str, needs: type[object]) -> Callable[[Print], Print]:
    """Return a decorator that registers a function as the printer of a format.

    Raises ValueError where the format has a printer already.
    """
    if name in PRINTERS:
        message = f"there is already a printer for the format {name!r}"
        raise ValueError(message)

    def register(function: Print) -> Print:
        PRINTERS[name] = Printer(name, needs, function)
        return function

    return register


def formats_of(result: type[object], default: str | None = None) -> list[str]:
    """Return the names of the formats that can print results of a class, the default first.

    >>> formats_of(DataResult)
    ['json', 'yaml']
    """
    names = [name for name, each in PRINTERS.items() if issubclass(result, each.needs)]
    return sorted(names, key=lambda name: name != default)


@printer("table", TableResult)
def _print_table(result: TableResult) -> None:
    result.print_table(wide=False)


@printer("wide", WideTableResult)
def _print_wide_table(result: WideTableResult) -> None:
    result.print_table(wide=True)


@printer("name", ObjectsResult)
def _print_names(result: ObjectsResult) -> None:
    print_lines(resource.reference for resource in result.objects())


@printer("json", DataResult)
def _print_json(result: DataResult) -> None:
    data, stream = result.data(), open_utf_8_output()
    if isinstance(data, ObjectList):
        write_json(data.resources, stream)
    else:
        stream.write(json_text(data))
    stream.flush()


@printer("yaml", DataResult)
def _print_yaml(result: DataResult) -> None:
    data, stream = result.data(), open_utf_8_output()
    if isinstance(data, ObjectList):
        write_yaml(data.resources, stream)
    else:
        stream.write(yaml_text(data))
    stream.flush()


# The option group of -o


@dataclass(frozen=True, slots=True)
class Output:
    """How a result is printed.

    Attributes:
        format: the name of the format; None prints a `LinesResult` as lines.
        no_headers: whether a table has no line of headings.
        show_labels: whether a table has a column with all labels.
        label_keys: the labels that have a column.
        dry_run: whether nothing is written to files.
    """

    format: str | None
    no_headers: bool = False
    show_labels: bool = False
    label_keys: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def shows_objects(self) -> bool:
        """Whether the changed objects are printed, and so nothing is written to files."""
        return self.format is not None and PRINTERS[self.format].needs is DataResult

    @property
    def suffix(self) -> str:
        """The end of a line that says what was done."""
        return " (dry run)" if self.dry_run else ""

    def print(self, result: object) -> None:
        """Print a result in the format; a failure where the output cannot be written."""
        with printing():
            if self.format is None:
                assert isinstance(result, LinesResult)  # others have a default format
                print_lines(result.lines())
            else:
                PRINTERS[self.format].print(result)


def format_option(
    result: type[object],
    about: str,
    *,
    default: str | None = "table",
    name: str = "--output",
) -> Decorator[Any]:
    """Return the option -o of an `Output`, with the formats that can print a result.

    ``about`` is the help of the option.
    """
    return click.option(
        "-o",
        name,
        "format",
        type=click.Choice(formats_of(result, default)),
        default=default,
        show_default=default is not None,
        help=about,
    )


def output_options(
    result: type[object], about: str, *, default: str | None = "table", name: str = "--output"
) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o alone, as the argument ``output``."""
    return option_group("output", Output, format_option(result, about, default=default, name=name))


def column_output_options(result: type[object], about: str) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o and the columns of a table, as the argument ``output``."""
    return option_group(
        "output",
        Output,
        format_option(result, about),
        click.option("--no-headers", is_flag=True, help="Print tables without headings."),
        click.option("--show-labels", is_flag=True, help="Add a column with all labels."),
        label_keys_option("-L", "--label-columns", about="Add a column with this label's value."),
    )


_DRY_RUN: Final = "client"

dry_run_option: Final = click.option(
    "--dry-run",
    type=click.Choice(["none", _DRY_RUN]),
    default="none",
    metavar="[=client]",
    callback=lambda _context, _option, value: value == _DRY_RUN,
    help="Print what would be done, and write no file.",
)


def change_output_options(result: type[object]) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o and --dry-run, as the argument ``output``."""
    about = "How to print: name prints the names of the objects."
    shown = [name for name in formats_of(result) if PRINTERS[name].needs is DataResult]
    if shown:
        about += f" {' and '.join(shown)} print the changed objects and write no file."
    return option_group(
        "output",
        Output,
        format_option(result, about, default=None),
        dry_run_option,
    )

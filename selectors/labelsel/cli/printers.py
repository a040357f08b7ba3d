"""The output formats: each is one printer in a registry, for results that offer what it needs.

A command returns a result: an object of a class that says what it offers (`ObjectsResult`,
`DataResult`, `TableResult`, ...). A printer says which class it needs. So ``-o`` of a command
takes the formats whose printers can print its result, and a new format is one function with
the decorator `printer`. The printers of findings are in lint.py, which alone needs them.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from labelsel.cli.command import SuggestingChoice
from labelsel.cli.options import Decorator, label_keys_option, option_group
from labelsel.cli.output import open_utf_8_output, print_lines
from labelsel.cli.screen import note_line_end, printing, say
from labelsel.cli.template_errors import naming
from labelsel.escapes import escape_lines
from labelsel.kubernetes import Resource, json_text, write_json, write_yaml, yaml_text
from labelsel.kubernetes.read.input_files import DEVICE, read_bytes, special_file

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = [
    "PRINTERS",
    "DataResult",
    "FormatType",
    "HtmlResult",
    "LinesResult",
    "MarkdownResult",
    "NamesResult",
    "ObjectDataResult",
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
    "print_document",
    "printer",
]

Print = TypeVar("Print", bound=Callable[..., None])


# What a result can offer


class NamesResult(ABC):
    """A result with names: format ``name`` prints them."""

    __slots__ = ()

    @abstractmethod
    def names(self) -> Iterable[str]:
        """Return the names."""


class ObjectsResult(NamesResult):
    """A result that is about objects, of which the names are kind and name."""

    __slots__ = ()

    @abstractmethod
    def objects(self) -> Sequence[Resource]:
        """Return the objects."""

    def names(self) -> Iterable[str]:
        return (resource.reference for resource in self.objects())


class DataResult(ABC):
    """A result that can be data: formats ``json`` and ``yaml`` print it."""

    __slots__ = ()

    @abstractmethod
    def data(self) -> object:
        """Return an `ObjectList`, or a value that JSON can express."""


class ObjectDataResult(ObjectsResult, DataResult):
    """Objects that can be printed as data: format ``custom-columns`` prints them, too."""

    __slots__ = ()


class HtmlResult(ABC):
    """A result with a page: format ``html`` prints it."""

    __slots__ = ()

    @abstractmethod
    def html(self) -> str:
        """Return the whole document."""


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


class MarkdownResult(ABC):
    """A result for a comment of a pull request: format ``markdown`` prints it."""

    __slots__ = ()

    @abstractmethod
    def markdown(self) -> str:
        """Return the text, in which nothing of the input is markup."""


@dataclass(frozen=True, slots=True)
class ObjectList:
    """Objects that are printed as a ``v1 List``, one after the other."""

    resources: Sequence[Resource]

    def body(self) -> dict[str, Any]:
        """Return the List as data, with the fields that kubectl gives it."""
        return {
            "apiVersion": "v1",
            "items": [resource.body for resource in self.resources],
            "kind": "List",
            "metadata": {"resourceVersion": ""},
        }


# The registry


@dataclass(frozen=True, slots=True)
class Printer:
    """One output format.

    Attributes:
        name: the word that ``-o`` takes.
        needs: the class that a result must have.
        print: prints a result of this class; of a format with a value also the `Output`.
        value: the name of the value of ``-o NAME=VALUE``; None for a format without one.
        parse: makes of the value what the printer needs; a usage error for a bad one.
    """

    name: str
    needs: type[object]
    print: Callable[..., None]
    value: str | None = None
    parse: Callable[[str], object] = str

    @property
    def usage(self) -> str:
        """How the format is written after ``-o``."""
        return self.name if self.value is None else f"{self.name}={self.value}"

    @property
    def shows_objects(self) -> bool:
        """Whether it prints the data of objects."""
        return issubclass(self.needs, DataResult)


PRINTERS: Final[dict[str, Printer]] = {}
"""The printers by the names of their formats, in the order of the help."""


def printer(
    name: str,
    needs: type[object],
    *,
    value: str | None = None,
    parse: Callable[[str], object] = str,
) -> Callable[[Print], Print]:
    """Return a decorator that registers a function as the printer of a format.

    The arguments are those of `Printer`. Raises ValueError where the format has a printer already.
    """
    if name in PRINTERS:
        message = f"there is already a printer for the format {name!r}"
        raise ValueError(message)

    def register(function: Print) -> Print:
        PRINTERS[name] = Printer(name, needs, function, value, parse)
        return function

    return register


def formats_of(result: type[object], default: str | None = None) -> list[str]:
    """Return the names of the formats that can print results of a class, the default first.

    >>> formats_of(DataResult)
    ['json', 'yaml', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file']
    """
    names = [name for name, each in PRINTERS.items() if issubclass(result, each.needs)]
    return sorted(names, key=lambda name: name != default)


@printer("table", TableResult)
def _print_table(result: TableResult) -> None:
    result.print_table(wide=False)


@printer("wide", WideTableResult)
def _print_wide_table(result: WideTableResult) -> None:
    result.print_table(wide=True)


@printer("name", NamesResult)
def _print_names(result: NamesResult) -> None:
    print_lines(result.names())


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


@printer("html", HtmlResult)
def _print_html(result: HtmlResult) -> None:
    print_document(result.html())


def print_document(text: str) -> None:
    """Print a document in UTF-8, exactly: it must be printable."""
    stream = open_utf_8_output()
    stream.write(text)
    stream.flush()


@printer("markdown", MarkdownResult)
def _print_markdown(result: MarkdownResult) -> None:
    _write_text(result.markdown())


# Formats with a value. Their modules are imported here, when one is used: with the library
# jsonpath they take 0.15 s of each start (python -X importtime).


def _parse_template(text: str) -> object:
    from labelsel.cli.templates import parse_template  # noqa: PLC0415 - see above

    if "{" not in text:
        say("The template has no { } and is printed as it is; a path is written {.metadata.name}")
    return parse_template(text)


def _parse_template_file(path: str) -> object:
    return _parse_template(_read_file("jsonpath-file", path))


def _parse_columns(text: str) -> object:
    from labelsel.cli.custom_columns import parse_columns  # noqa: PLC0415 - see above

    return parse_columns(text)


def _parse_column_file(path: str) -> object:
    from labelsel.cli.custom_columns import read_columns  # noqa: PLC0415 - see above

    return read_columns(_read_file("custom-columns-file", path))


def _read_file(name: str, path: str) -> str:
    if special_file(path) == DEVICE:  # a pipe, as of <(…), ends
        raise click.UsageError(f"-o {name}: {path} cannot be read: it is {DEVICE}")
    try:
        return read_bytes(Path(path)).decode()
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise click.UsageError(f"-o {name}: {path} cannot be read: {problem}") from error


@printer("jsonpath", DataResult, value="TEMPLATE", parse=_parse_template)
def _print_template(result: DataResult, output: Output) -> None:
    from labelsel.cli.template_values import template_text  # noqa: PLC0415 - see above

    _write_text(template_text(output.value, _plain_data(result)))


@printer("jsonpath-as-json", DataResult, value="TEMPLATE", parse=_parse_template)
def _print_template_json(result: DataResult, output: Output) -> None:
    from labelsel.cli.template_values import template_json  # noqa: PLC0415 - see above

    _write_text(template_json(output.value, _plain_data(result)))


@printer("jsonpath-file", DataResult, value="FILE", parse=_parse_template_file)
def _print_template_of_file(result: DataResult, output: Output) -> None:
    _print_template(result, output)


@printer("custom-columns", ObjectDataResult, value="COLUMNS", parse=_parse_columns)
def _print_columns(result: ObjectDataResult, output: Output) -> None:
    from labelsel.cli.custom_columns import print_columns  # noqa: PLC0415 - see above

    print_columns(result.objects(), output.value, headers=not output.no_headers)


@printer("custom-columns-file", ObjectDataResult, value="FILE", parse=_parse_column_file)
def _print_columns_of_file(result: ObjectDataResult, output: Output) -> None:
    _print_columns(result, output)


def _plain_data(result: DataResult) -> object:
    data = result.data()
    return data.body() if isinstance(data, ObjectList) else data


def _write_text(text: str) -> None:
    """Write text exactly; on a terminal without characters that could command the terminal."""
    stream = open_utf_8_output()
    if sys.stdout.isatty():
        text = escape_lines(text.expandtabs())
        note_line_end(text)
    stream.write(text)
    stream.flush()


# The option group of -o


class FormatType(click.ParamType[tuple[str, object]]):
    """The value of ``-o``: the name of a format, and behind ``=`` the value that it takes.

    Arguments:
        names: the formats that the command has.
    """

    name = "format"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, object]:
        if isinstance(value, tuple):
            return value
        name, equals, rest = str(value).partition("=")
        if name not in self.names:
            self.fail(self._problem(name, str(value)), param, ctx)
        chosen = PRINTERS[name]
        if chosen.value is None:
            if equals:
                self.fail(f"{name} takes no value: write -o {name}", param, ctx)
            return name, None
        if not rest:
            self.fail(f"{name} needs a value: write -o {chosen.usage}", param, ctx)
        with naming(f"-o {name}"):
            return name, chosen.parse(rest)

    def _problem(self, name: str, value: str) -> str:
        usages = ", ".join(PRINTERS[each].usage for each in self.names)
        if value.startswith(("{", ".")) and "jsonpath" in self.names:
            template = value if value.startswith("{") else f"{{{value}}}"
            return f"a template stands behind jsonpath=: write -o 'jsonpath={template}'"
        if name.startswith(("go-template", "template")) and "jsonpath" in self.names:
            return f"labelsel has no Go templates: use -o jsonpath=TEMPLATE, or one of {usages}"
        from labelsel.typos import did_you_mean, nearest  # noqa: PLC0415 - for an error only

        # One with a value only helps with the value: "json" is near to many names.
        meant = did_you_mean(nearest(name, self.names))
        return f"{name!r} is not one of {usages}{meant}"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        # Imported here: only a shell that asks needs it.
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - see above

        del ctx, param
        ends = {name: "" if PRINTERS[name].value is None else "=" for name in self.names}
        return [
            CompletionItem(f"{name}{end}")
            for name, end in ends.items()
            if name.startswith(incomplete)
        ]


@dataclass(frozen=True, slots=True)
class Output:
    """How a result is printed.

    Attributes:
        chosen: the name of the format, and what its printer needs of the value behind ``=``; None
            prints a `LinesResult` as lines.
        sort_by: the text and the path whose values sort the objects, or None.
        no_headers: whether a table has no line of headings.
        show_labels: whether a table has a column with all labels.
        show_kind: whether a table has the kind before each name.
        label_keys: the labels that have a column.
        dry_run: whether nothing is written to files.
    """

    chosen: tuple[str, Any] | None
    no_headers: bool = False
    show_labels: bool = False
    show_kind: bool = False
    label_keys: tuple[str, ...] = ()
    dry_run: bool = False
    sort_by: tuple[str, Any] | None = None

    @property
    def format(self) -> str | None:
        """The name of the format."""
        return None if self.chosen is None else self.chosen[0]

    @property
    def value(self) -> Any:
        """What the printer needs of the value behind ``-o FORMAT=``."""
        return None if self.chosen is None else self.chosen[1]

    @property
    def shows_objects(self) -> bool:
        """Whether the changed objects are printed, and so nothing is written to files."""
        return self.format is not None and PRINTERS[self.format].shows_objects

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
                chosen = PRINTERS[self.format]
                with naming(f"-o {chosen.name}"):
                    chosen.print(*((result,) if chosen.value is None else (result, self)))


def format_option(
    result: type[object],
    about: str,
    *,
    default: str | None = "table",
    name: str = "--output",
) -> Decorator[Any]:
    """Return the option -o of an `Output`, with the formats that can print a result.

    ``about`` is the help of the option; the list of the formats is added to it.
    """
    names = formats_of(result, default)
    usages = ", ".join(PRINTERS[each].usage for each in names)
    example = "json" if "json" in names else names[0]
    return click.option(
        "-o",
        name,
        "chosen",
        type=FormatType(names),
        default=default,
        show_default=default is not None,
        metavar="FORMAT",
        help=f"{about} FORMAT is one of {usages}: -o {example}.",
    )


_NO_HEADERS: Final = click.option(
    "--no-headers", is_flag=True, help="Print tables without headings: pods --no-headers."
)


def output_options(
    result: type[object], about: str, *, default: str | None = "table", name: str = "--output"
) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o, as the argument ``output``; for tables --no-headers, too."""
    headers = [_NO_HEADERS] if issubclass(result, TableResult) else []
    option = format_option(result, about, default=default, name=name)
    return option_group("output", Output, option, *headers)


def _parse_sort_path(
    _context: click.Context, _option: object, text: str | None
) -> tuple[str, object] | None:
    if text is None:
        return None
    from labelsel.cli.templates import parse_path  # noqa: PLC0415 - as the formats with a value

    with naming("--sort-by"):
        return text, parse_path(text)


def column_output_options(result: type[object], about: str) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o and the columns of a table, as the argument ``output``."""
    return option_group(
        "output",
        Output,
        format_option(result, about),
        _NO_HEADERS,
        click.option(
            "--sort-by",
            metavar="PATH",
            callback=_parse_sort_path,
            help="Sort the objects by a field, such as .metadata.name or .spec.replicas. Objects "
            "without it come first.",
        ),
        click.option(
            "--show-labels", is_flag=True, help="Add a column with all labels: pods --show-labels."
        ),
        click.option(
            "--show-kind",
            is_flag=True,
            help="Print names with their kinds, pod/web-1: pods --show-kind.",
        ),
        label_keys_option("-L", "--label-columns", about="Add a column with this label's value."),
    )


_DRY_RUN: Final = "client"

dry_run_option: Final = click.option(
    "--dry-run",
    type=SuggestingChoice(["none", _DRY_RUN]),
    default="none",
    metavar="[=client]",
    callback=lambda _context, _option, value: value == _DRY_RUN,
    help="Print what would be done, and write no file: --dry-run=client.",
)


def change_output_options(
    result: type[object], objects: str = "the changed objects"
) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds -o and --dry-run, as the argument ``output``.

    Arguments:
        result: the class of what the command returns.
        objects: which objects the formats print.
    """
    about = (
        "How to print: name prints the names of the objects. "
        f"All others print {objects} and write no file."
    )
    return option_group(
        "output",
        Output,
        format_option(result, about, default=None),
        dry_run_option,
    )

"""Columns of ``-o custom-columns``, and the order of ``--sort-by``: by paths into the objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from labelsel.cli.go_text import go_sprint
from labelsel.cli.output import print_lines, terminal_width
from labelsel.cli.template_errors import PathTemplateError, PathValueError
from labelsel.cli.template_values import walk
from labelsel.cli.templates import Path, parse_path
from labelsel.errors import escape, quote
from labelsel.kubernetes import Resource
from labelsel.kubernetes.inventory.fields import nearest_field
from labelsel.typos import did_you_mean

__all__ = ["PathColumn", "parse_columns", "print_columns", "read_columns", "sort_resources"]

#: A column is so wide at least, and so many spaces stand between two, as in kubectl.
_LEAST_WIDTH, _GAP = 6, 3
_NONE: Final = "<none>"
_EXAMPLE: Final = "NAME:.metadata.name,IMAGE:.spec.containers[*].image"

_NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_QUANTITY: Final = re.compile(rf"({_NUMBER})(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{{1,2}}))?")
_DECIMAL_UNITS: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}
_BINARY_UNITS: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


@dataclass(frozen=True, slots=True)
class PathColumn:
    """A column: its heading, and the path of its values."""

    header: str
    path: Path


def parse_columns(text: str) -> tuple[PathColumn, ...]:
    """Return the columns of a list of ``HEADING:PATH``; raises PathTemplateError for a bad one.

    >>> [column.header for column in parse_columns("NAME:.metadata.name,KIND:kind")]
    ['NAME', 'KIND']
    """
    columns = []
    for part in text.split(","):
        header, colon, path = part.partition(":")
        if not (colon and path):
            problem = f"{quote(part)} is not a column: write HEADING:PATH, as in {_EXAMPLE}"
            raise PathTemplateError(problem)
        columns.append(PathColumn(header, parse_path(path)))
    return tuple(columns)


def read_columns(text: str) -> tuple[PathColumn, ...]:
    r"""Return the columns of a file: a line of headings, and a line with their paths.

    Raises PathTemplateError for a bad one.

    >>> [column.header for column in read_columns("NAME  KIND\nmetadata.name  {.kind}\n")]
    ['NAME', 'KIND']
    """
    lines = text.splitlines()
    if len(lines) < 2:
        problem = "the file needs two lines: headings, and below them the paths"
        raise PathTemplateError(problem)
    headers, paths = lines[0].split(), lines[1].split()
    if len(headers) != len(paths) or not headers:
        problem = f"the file has {len(headers)} headings and {len(paths)} paths: write one of each"
        raise PathTemplateError(problem)
    return tuple(map(PathColumn, headers, map(parse_path, paths)))


def print_columns(
    resources: Sequence[Resource], columns: Sequence[PathColumn], *, headers: bool
) -> None:
    """Print a table in the layout of kubectl; if a terminal is too narrow, as other tables.

    Raises PathValueError where a path does not suit an object.
    """
    lines = list(_column_lines(resources, columns, headers=headers))
    width = terminal_width()
    if width is None or max(map(len, lines), default=0) <= width:
        print_lines(lines)
        return
    # Imported here: other outputs need no rich.
    from labelsel.cli.tables import TableColumn, print_table  # noqa: PLC0415 - see above

    cells = [TableColumn(each.header, partial(_cell, each.path)) for each in columns]
    print_table(resources, cells, headers=headers)


def _column_lines(
    resources: Iterable[Resource], columns: Sequence[PathColumn], *, headers: bool
) -> Iterator[str]:
    """Yield the lines of a table, in the layout of kubectl.

    Raises PathValueError where a path does not suit an object.
    """
    rows = [[column.header for column in columns]] if headers else []
    rows += [[_cell(column.path, item) for column in columns] for item in resources]
    cells = [[escape(cell) for cell in row] for row in rows]
    widths = [
        max(*map(len, column), _LEAST_WIDTH - _GAP) + _GAP for column in zip(*cells, strict=True)
    ]
    for row in cells:
        yield (
            "".join(f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False))
            + row[-1]
        )


def _cell(path: Path, resource: Resource) -> str:
    values = walk(path, [resource.body])
    return ",".join(map(go_sprint, values)) if values else _NONE


def sort_resources(resources: Sequence[Resource], path: Path, written: str) -> list[Resource]:
    """Return objects in the order of what a path finds in them; equal ones keep their order.

    Objects without a value come first. Texts are in the order of their characters, as in kubectl;
    if all are quantities (``500m``, ``1Gi``) they are in the order of their amounts.

    Raises PathValueError where no object has a value, or the values have no order.
    """
    found = [next(iter(walk(path, [item.body])), None) for item in resources]
    values = [value for value in found if value is not None]
    if resources and not values:
        meant = nearest_field(written.strip("{}."), resources)
        offer = did_you_mean(None if meant is None else f".{meant}")
        raise PathValueError(f"no object has the field {written}{offer}")
    types = {_type(value) for value in values}
    if len(types) > 1 or "" in types:
        names = " and ".join(sorted(name or "objects or lists" for name in types))
        raise PathValueError(f"{written} cannot be sorted: it has {names}")
    amounts = types == {"texts"} and all(map(_QUANTITY.fullmatch, values))
    keys = [() if value is None else (_key(value, amounts=amounts),) for value in found]
    order = sorted(range(len(resources)), key=keys.__getitem__)
    return [resources[position] for position in order]


def _type(value: Any) -> str:
    match value:
        case bool():
            return ""
        case int() | float():
            return "numbers"
        case str():
            return "texts"
        case _:
            return ""


def _key(value: Any, *, amounts: bool) -> Any:
    if not isinstance(value, str):
        return value
    return _amount(value) if amounts else value


def _amount(text: str) -> Decimal:
    """Return the amount of a quantity.

    >>> [int(_amount(text)) for text in ("1k", "1Ki", "2e3", "3000m")]
    [1000, 1024, 2000, 3]
    """
    match = _QUANTITY.fullmatch(text)
    assert match is not None  # the caller has matched it
    number, unit, exponent = match.groups()
    if unit in _BINARY_UNITS:
        return Decimal(number) * Decimal(2) ** _BINARY_UNITS[unit]
    power = 18 if unit == "E" else _DECIMAL_UNITS.get(unit, int(exponent or 0))
    return Decimal(number).scaleb(power)

"""``labelsel translate --to sql``: a selector as the condition of a WHERE."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from labelsel.cli.command import SuggestingChoice
from labelsel.cli.options import Decorator, option_group
from labelsel.cli.screen import Failure
from labelsel.engines import (
    DIALECTS,
    MAX_VALUES,
    Columns,
    Dialect,
    LongTable,
    TableLayout,
    parse_layout,
    resolve,
    to_bound_sql,
    to_sql,
    values_sql,
)
from labelsel.engines.layout_text import LAYOUT_KINDS, LAYOUT_SHAPES, layout_text
from labelsel.engines.resolve import VALUES
from labelsel.errors import TranslationError, describe, list_words, quote
from labelsel.kubernetes.read.input_files import read_bytes
from labelsel.selector import Selector
from labelsel.typos import did_you_mean, nearest

__all__ = [
    "LAYOUTS_HELP",
    "SqlOptions",
    "check_keys",
    "layout_option",
    "max_values_option",
    "naming_limit",
    "sql_options",
    "write_sql",
]

_TABLE: Final = "TABLE"
"""What stands for the table that nobody named, in the query for the values of a key."""

_YOUR_TABLE: Final = f', with your table in place of "{_TABLE}" (or name it with --table)'


@dataclass(frozen=True, slots=True)
class SqlOptions:
    """How SQL is written.

    Attributes:
        dialect: the name of the engine, or None.
        layout: the text of the layout, or None.
        table: the table, for the queries for values.
        values: the file with the values of keys.
        native: whether the engine's own operators are used.
        max_values: most values that one requirement may become.
    """

    dialect: str | None
    layout: str | None
    table: str | None
    values: str | None
    native: bool
    max_values: int

    def require(self) -> None:
        """Raise a usage error where the engine or the layout is not named."""
        if self.dialect is None:
            names = list_words(list(DIALECTS))
            raise click.UsageError(f"--to sql needs the engine: --dialect with {names}")
        if self.layout is None:
            shapes = list_words(list(LAYOUT_SHAPES.values()))
            raise click.UsageError(f"--to sql needs to know where labels are: --layout {shapes}")

    def refuse(self, target: str) -> None:
        """Raise a usage error where one of the options is given and another language is written."""
        given = {
            "--dialect": self.dialect,
            "--layout": self.layout,
            "--table": self.table,
            "--values": self.values,
            "--native": self.native,
            "--max-values": self.max_values != MAX_VALUES,
        }
        for flag, value in given.items():
            if value:
                raise click.UsageError(f"{flag} is for --to sql, and not for --to {target}")


class LayoutType(click.ParamType[str]):
    """The text of a layout; a shell completes its first word."""

    name = "layout"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parse_layout(value, keys=())
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(f"{w}:") for w in LAYOUT_SHAPES if w.startswith(incomplete)]


LAYOUTS_HELP: Final = """\
\b
Layouts:
  columns                each key has a column of its name
  columns:app,tier=t     these keys have one, tier the column t
  map:labels             the column labels has maps of texts
  json:labels            the column labels has JSON objects of texts
  long:labels(pod,key,value)@pods(id)
                         another table, labels, has a row a label
  map:"my labels"        double quotes around a name with a blank or one of ",=()@"""
"""The layouts, for the help of a command."""


def layout_option(about: str) -> Decorator[Any]:
    """Return the option ``--layout``, whose help begins with what it is for."""
    return click.option(
        "--layout", type=LayoutType(), metavar="LAYOUT", help=f"{about}: --layout map:labels."
    )


max_values_option: Final = click.option(
    "--max-values",
    type=click.IntRange(min=1),
    default=MAX_VALUES,
    show_default=True,
    metavar="N",
    help="Most values of a key that one requirement, such as cores>3, may accept: "
    "--max-values 50000.",
)


#: Other names of engines, and engines that speak the SQL of another one.
_OTHER_DIALECTS: Final = {
    **dict.fromkeys(("pg", "postgres", "psql"), "postgresql"),
    **dict.fromkeys(("sparksql", "databricks", "pyspark"), "spark"),
    "sqlite3": "sqlite",
}
sql_options: Final = option_group(
    "sql",
    SqlOptions,
    click.option(
        "--dialect",
        type=SuggestingChoice(list(DIALECTS), _OTHER_DIALECTS),
        metavar="DIALECT",
        help=f"The engine of --to sql: {list_words(list(DIALECTS))}.",
    ),
    layout_option("Where the tables of --to sql hold labels, as above"),
    click.option(
        "--table",
        metavar="TABLE",
        help="The table, for the queries for values that messages show: --table nodes, "
        "--table sales.nodes. A name with a dot stands in double quotes.",
    ),
    click.option(
        "--values",
        metavar="FILE",
        help="A JSON file with all distinct values of keys, as they are in the table: "
        '{"cores": ["2", "4"]}. Engines differ in what a number or a part of a text is, so that '
        "cores>3 becomes a list of values: --values values.json.",
    ),
    click.option(
        "--native",
        is_flag=True,
        help="Use the engine's own operators where they mean the same, such as starts_with: "
        "--to sql --native.",
    ),
    max_values_option,
)


@contextmanager
def naming_limit() -> Iterator[None]:
    """Name ``--max-values`` in the error about too many values."""
    try:
        yield
    except TranslationError as error:
        if error.target != VALUES:
            raise
        reason = f"{error.reason}: --max-values N sets it"
        raise TranslationError(error.part, VALUES, reason) from error


def write_sql(selector: Selector, options: SqlOptions, *, bound: bool) -> object:
    """Return a condition; with ``bound`` as an object with the text and the parameters.

    Raises:
        click.UsageError: the engine does not have the layout.
        Failure: the values of a key are missing, or the file with values is bad.
        TranslationError: the engine cannot hold a text, or there are too many values.
    """
    dialect, layout = _target(selector, options)
    check_keys(selector, layout)
    values = {} if options.values is None else _read_values(options.values)
    _require_values(selector, dialect, layout, values, options)
    write = to_bound_sql if bound else to_sql
    with naming_limit():
        written = write(
            selector,
            layout,
            dialect=dialect,
            values=values.__getitem__,
            limit=options.max_values,
            native=options.native,
        )
    return written if isinstance(written, str) else written._asdict()


def _table_parts(text: str) -> list[str]:
    """Return the parts of the name of a table: the names of its schemas, and its own.

    >>> _table_parts('sales.pods'), _table_parts('"sales.pods"'), _table_parts("the pods")
    (['sales', 'pods'], ['sales.pods'], ['the pods'])
    """
    parts = _PART.findall(text)
    if _PARTS.fullmatch(text) is None:
        problem = "write TABLE or SCHEMA.TABLE, and double quotes around a name with a dot"
        raise click.BadParameter(f"{quote(text)} is not the name of a table: {problem}")
    return [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts]


_PART: Final = re.compile(r'"(?:[^"]|"")+"|[^".]+')
_PARTS: Final = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")


def _target(selector: Selector, options: SqlOptions) -> tuple[Dialect, TableLayout]:
    assert options.dialect is not None  # `SqlOptions.require` was called
    assert options.layout is not None
    dialect = DIALECTS[options.dialect]
    layout = parse_layout(options.layout, keys=sorted(selector.keys()), strict=True)
    kinds = {**dialect.forms, LongTable: None}
    if type(layout) not in kinds:
        known = [word for word, kind in LAYOUT_KINDS.items() if kind in kinds]
        raise click.UsageError(
            f"--layout {options.layout}: {dialect.name} has only {list_words(known, 'and')}"
        )
    return dialect, layout


def check_keys(selector: Selector, layout: TableLayout) -> None:
    """Raise a failure for a key without a column: ``!tier`` would select every row."""
    if not isinstance(layout, Columns):
        return
    for key in sorted(selector.keys()):
        if key not in layout.columns:
            meant = did_you_mean(nearest(key, layout.columns))
            problem = (
                f"--layout {layout_text(layout)} has no column for the key {quote(key)}{meant}"
            )
            raise Failure(f"{problem}{'' if meant else '; add it, or remove the key'}")


def _require_values(
    selector: Selector,
    dialect: Dialect,
    layout: TableLayout,
    values: Mapping[str, list[str | None]],
    options: SqlOptions,
) -> None:
    """Raise a failure that shows the query for the values of each key that are missing."""
    missing: list[str] = []

    def note(key: str) -> list[str]:
        if key not in values:
            missing.append(key)
        return []

    resolve(selector, note, native=dialect.native if options.native else ())
    if not missing:
        return
    keys = list_words([quote(key) for key in missing], "and")
    table = _table_parts(options.table or _TABLE)
    queries = (values_sql(key, layout, table, dialect=dialect) for key in missing)
    example = json.dumps({key: ["...", "..."] for key in missing}, ensure_ascii=False)
    raise Failure(
        f"engines differ in what this selector means, so it needs all distinct values of {keys}",
        f"  run{'' if options.table or isinstance(layout, LongTable) else _YOUR_TABLE}:",
        *(f"    {query};" for query in queries),
        f"  write what they return into a file: {example}",
        "  and name the file with --values FILE",
        *_native_advice(selector, dialect, missing, options),
    )


def _native_advice(
    selector: Selector, dialect: Dialect, missing: Iterable[str], options: SqlOptions
) -> list[str]:
    """Return the line that offers --native, if it makes values unnecessary."""
    needed: list[str] = []

    def note(key: str) -> list[str]:
        needed.append(key)
        return []

    resolve(selector, note, native=dialect.native)
    helps = not options.native and set(needed) < set(missing)
    return [f"  or use the operators of {dialect.name} with --native"] if helps else []


def _read_values(path: str) -> dict[str, list[str | None]]:
    """Return the values of keys that a file has; a failure for a bad one."""
    try:
        data = json.loads(read_bytes(Path(path)).decode("utf-8-sig"))
    except OSError as error:
        raise Failure(f"--values {path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"--values {path}: not UTF-8") from error
    except json.JSONDecodeError as error:
        raise Failure(f"--values {path}: not JSON: {error}") from error
    except RecursionError:
        raise Failure(f"--values {path}: not JSON: it is nested too deep") from None
    except ValueError:
        raise Failure(f"--values {path}: a number has thousands of digits") from None
    if not isinstance(data, dict):
        raise Failure(
            f'--values {path}: expected an object such as {{"cores": ["2", "4"]}}, '
            f"not {describe(data)}"
        )
    for key, values in data.items():
        _check_values(path, key, values)
    return data


def _check_values(path: str, key: str, values: object) -> None:
    if not isinstance(values, list):
        raise Failure(
            f"--values {path}: the values of {quote(key)} must be a list, not {describe(values)}"
        )
    for value in values:
        if not isinstance(value, str | None):
            raise Failure(
                f"--values {path}: the values of {quote(key)} must be strings, "
                f'not {describe(value)}: write "{value}" in quotes'
            )

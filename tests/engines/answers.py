"""The answers of an engine to many selectors in few queries; engines that may be missing."""

import importlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from labelsel import Matches, Not, Requirement, Selector
from labelsel.engines import DIALECTS, BoundSql, TableLayout, to_bound_sql, to_sql, values_sql
from tests.engines.relation import KEYS, VALUES, Difference, Rows, differences, selectors
from tests.engines.sql_tables import TABLE

OPERANDS = (
    *VALUES,
    *("w", "eb", "\\", "\\\\", "'", "''", "${", "%%", "\u0301", "\r\n", "a" * 50, "]", "a\0", "\0"),
)
"""Parts of values: with every character that an engine or RE2 gives a meaning, and none."""
PATTERNS = (
    *("", ".", ".*", ".+", "(?:)", "|", "a|", "^", "$", "^$", "a*", "(web)?", "(?i)WEB", "(?i)É"),
    *("web", "web.*", ".*web", ".*e.*", "web|7", "w.b", "[^a]*", "(?s).", "(?-s).*", "(?m)^web$"),
    *("\\d+", "\\w+", "\\s.*", "\\S*", "\\pL+", "\\x{1F600}", "é", "..", "\\n", "(?-s:.)", "[\\n]"),
    *("\\Q.\\E*", "\\Qback\\slash\\E", "\\\\n", "back\\\\slash", ".*\\\\.*"),
    *("\\Qa\\Eb", "\\Aweb\\z", "web\\b.*", "[']OR.*|'.*", "it's", "%", "_", "\\$\\{x\\}", "a{300}"),
    *("(?P<name>we)b", "((w)(e)(b))", "\\x00", "a\\x00b", "a\0b", "\u0663", "\\Q\\\\E"),
    *("[0-9]+", "[+-]?7", "7\\.0", "(?U)w.*", "(?i)null", "\\[\\]", "[[:alpha:]]+", "\\D*"),
)
"""Regular expressions that RE2 takes."""
UNENDED_PATTERNS = ("\\Qweb", "\\Q.*", "\\Qback\\slash", "\\Q\\")
"""Regular expressions whose last part is literal and not ended."""


def native_requirements(
    classes: Iterable[type[Requirement]], patterns: Iterable[str]
) -> list[Selector]:
    """Return requirements of some classes with every operand, each with its negation."""
    made = [
        cast(Any, kind)(key, operand)
        for kind in classes
        for operand in (patterns if kind is Matches else OPERANDS)
        for key in (KEYS[0], KEYS[5])
    ]
    return [*made, *map(Not, made)]


def engine(package: str) -> ModuleType:
    """Import the package of an engine that `make engines` installs, or skip."""
    if os.environ.get("LABELSEL_ENGINES") == "all":
        return importlib.import_module(package)
    reason = f"{package} is not installed: make engines"
    module: ModuleType = pytest.importorskip(package, reason=reason)
    return module


@dataclass(frozen=True, slots=True)
class Asked:
    """An engine with the tables of one layout.

    Attributes:
        dialect: its dialect.
        layout: the layout.
        run: runs a query with parameters, and returns the rows.
        size: how many conditions one query has, in its SELECT; 0 for one in its WHERE.
    """

    dialect: str
    layout: TableLayout
    run: Callable[[str, dict[str, str]], pa.Table]
    size: int = 50
    table: str = TABLE

    def differences(
        self, count: int, chosen: Sequence[Selector] = (), *, bound: bool = False, **options: bool
    ) -> list[Difference]:
        """Return where the engine does not answer as `matches`; see `relation.differences`."""
        chosen = chosen or selectors()
        return differences(self.answers(chosen, bound=bound, **options), count, chosen=chosen)

    def answers(
        self, chosen: Sequence[Selector], *, bound: bool = False, **options: bool
    ) -> Callable[[Selector], Rows]:
        """Return what the engine answers to each of the selectors."""
        form: Any = to_bound_sql if bound else _to_bound_text
        write = partial(form, values=cache(self.values), **options)
        written = [write(each, self.layout, dialect=DIALECTS[self.dialect]) for each in chosen]
        step = self.size or 1
        batches = (written[at : at + step] for at in range(0, len(chosen), step))
        ask = self._in_select if self.size else self._in_where
        found = (rows for batch in batches for rows in ask(batch))
        return dict(zip(chosen, found, strict=True)).__getitem__

    def values(self, key: str) -> list[str]:
        """Return the distinct values of a key."""
        text = values_sql(key, self.layout, self.table, dialect=self.dialect)
        read: list[str] = self.run(text, {}).column(0).to_pylist()
        return read

    def _in_where(self, written: Sequence[BoundSql]) -> list[Rows]:
        """Return the rows of one condition."""
        ((text, parameters),) = written
        table = DIALECTS[self.dialect].identifier(self.table)
        rows = self.run(f"SELECT id FROM {table} WHERE {text}", parameters)
        return [rows.column(0).to_numpy()]

    def _in_select(self, written: Sequence[BoundSql]) -> list[Rows]:
        """Return the rows of several conditions, whose parameters get different names."""
        shown: list[str] = []
        parameters: dict[str, str] = {}
        for number, (text, own) in enumerate(written):
            renamed = _PARAMETER.sub(f"s{number}p", text) if own else text
            parameters |= {f"s{number}{name}": value for name, value in own.items()}
            shown.append(f"{renamed} AS c{number}")
        table = DIALECTS[self.dialect].identifier(self.table)
        query = f"SELECT {', '.join(shown)} FROM {table} ORDER BY id"
        return [rows_of(column) for column in self.run(query, parameters).columns]


_PARAMETER = re.compile(r"(?<=[{:$])p(?=\d)")


def _to_bound_text(selector: Selector, layout: TableLayout, **options: Any) -> BoundSql:
    return BoundSql(to_sql(selector, layout, **options), {})


def rows_of(column: pa.ChunkedArray) -> Rows:
    """Return the numbers of the rows whose condition holds; no condition may be NULL."""
    assert column.null_count == 0
    return np.flatnonzero(column.to_numpy().astype(bool))


def fetched(cursor: Any) -> pa.Table:
    """Return the rest of the rows of a cursor of the DB-API."""
    names = [column[0] for column in cursor.description]
    columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
    return pa.Table.from_arrays([pa.array(each) for each in columns], names)


def run_recipe(section: str) -> dict[str, Any]:
    """Run the code of a section of docs/engines.md, and return its names."""
    text = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    for code in re.findall(r"^```py\n(.*?)^```", body, re.MULTILINE | re.DOTALL):
        exec(compile(code, section, "exec"), names)  # noqa: S102  # our own text
    return names

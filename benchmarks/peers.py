"""What a program would ask instead of an index of labels, each with the layout that suits it best.

A peer holds a table with one row for each label set and one column for each label key; where a
key is asked with ``>`` or ``<``, one more column with those of its values that are int64 numbers.
It answers a selector with the numbers of the rows, ascending, or with how many there are. What
is asked is prepared beforehand as far as the peer allows; what is timed ends with an answer that
Python can use.

Most peers have several ways to answer, and which is the fastest depends on the query: Polars' lazy
filter is the fastest for few rows, a mask and numpy's flatnonzero for many. All ways are timed,
and for each query the fastest counts.

Layouts that were tried and were slower: Polars with Categorical or String columns; DuckDB with
VARCHAR columns; pandas with nullable integers; SQLite with one table of (key, value, row).
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from importlib import import_module
from operator import and_
from typing import Any, ClassVar, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import CASES, Case
from benchmarks.data import LabelSet
from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    Selector,
)
from labelsel.labels import parse_int64
from labelsel.selector import Requirement

__all__ = ["PEERS", "Columns", "DuckDB", "Pandas", "Peer", "Polars", "SQLite", "Scan", "Ways"]

Query: TypeAlias = Callable[[], Any]
Ways: TypeAlias = Mapping[str, Query]
"""What answers one query, by the name of the way."""


def requirements(selector: Selector) -> Sequence[Requirement]:
    """Return the requirements of a selector that is a conjunction of them, or one of them."""
    return cast(
        "Sequence[Requirement]", selector.terms if isinstance(selector, And) else [selector]
    )


NUMERIC: Final = sorted(
    {
        term.key
        for case in CASES
        for term in requirements(case.selector)
        if isinstance(term, GreaterThan | LessThan)
    }
)
"""The keys that some query compares as numbers."""


class Columns:
    """Label sets turned into columns, from which each peer makes its own table.

    Attributes:
        sets: the label sets.
        values: of each key, the value of each label set, None where it is absent.
        numbers: of each of `NUMERIC`, the same as int64 numbers, None for what is none.
    """

    def __init__(self, sets: Sequence[LabelSet]) -> None:
        self.sets = sets
        keys = dict.fromkeys(key for labels in sets for key in labels)
        self.values = {key: [labels.get(key) for labels in sets] for key in keys}
        self.numbers = {
            key: [None if value is None else parse_int64(value) for value in self.values[key]]
            for key in NUMERIC
        }

    def distinct(self, key: str) -> list[str]:
        """Return the values that a key has."""
        return [value for value in dict.fromkeys(self.values[key]) if value is not None]


class Peer(ABC):
    """Something that answers selectors over label sets.

    Attributes:
        name: what it is called.
        setup: what its table is like and what is timed, in one line.
        needs: the packages it needs beyond what the tests need.
    """

    name: ClassVar[str]
    setup: ClassVar[str]
    needs: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def __init__(self, columns: Columns) -> None: ...

    @abstractmethod
    def rows(self, case: Case) -> Ways:
        """Return what answers a query with its rows: ascending, as an array or a list."""

    @abstractmethod
    def count(self, case: Case) -> Ways:
        """Return what answers a query with the number of its rows."""

    def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Let go of what the peer holds."""


class Polars(Peer):
    """One Enum column for each key."""

    name = "Polars"
    needs = ("polars",)
    setup = (
        "an Enum column a key, an Int64 column where numbers are compared, a row number; for rows"
        " a lazy filter, an eager one, a mask with numpy's flatnonzero, or arg_where; for counts"
        " the sum of a mask, or the height of a filter"
    )

    def __init__(self, columns: Columns) -> None:
        self._pl = pl = import_module("polars")
        self._enums = {key: pl.Enum(columns.distinct(key)) for key in columns.values}
        series = [pl.Series(k, v, dtype=self._enums[k]) for k, v in columns.values.items()]
        series += [pl.Series(f">{k}", v, dtype=pl.Int64) for k, v in columns.numbers.items()]
        self._table = pl.DataFrame(series).with_row_index("row").rechunk()

    def rows(self, case: Case) -> Ways:
        table, pl = self._table, self._pl
        condition, mask = self._condition(case, pl.lit), self._mask(case)
        found: Any = table.lazy().filter(condition).select("row")
        # A null in a mask would make an array of objects.
        no_null, where = mask.fill_null(value=False), pl.arg_where(mask)
        return {
            "lazy filter": lambda: found.collect()["row"].to_numpy(),  # noqa: PLW0108  # collect is timed
            "filter": lambda: table.filter(condition)["row"].to_numpy(),  # noqa: PLW0108  # as above
            "mask": lambda: np.flatnonzero(table.select(no_null).to_series().to_numpy()),
            "arg_where": lambda: table.select(where).to_series().to_numpy(),
        }

    def count(self, case: Case) -> Ways:
        table, pl = self._table, self._pl
        condition, number = self._condition(case, pl.lit), self._mask(case).sum()
        found: Any = table.lazy().filter(condition).select(pl.len())
        return {
            "sum": lambda: table.select(number).item(),
            "lazy filter": lambda: found.collect().item(),
        }

    def _mask(self, case: Case) -> Any:
        # A literal would have one row.
        pl = self._pl
        return self._condition(case, lambda always: pl.repeat(always, pl.len()))

    def _condition(self, case: Case, constant: Callable[[bool], Any]) -> Any:
        return reduce(and_, (self._term(term, constant) for term in requirements(case.selector)))

    def _term(self, term: Requirement, constant: Callable[[bool], Any]) -> Any:
        pl, enum = self._pl, self._enums.get(term.key)
        known = set() if enum is None else set(enum.categories)
        if enum is None or (isinstance(term, Equals | NotEquals) and term.value not in known):
            return constant(term.allows(None))
        column = pl.col(term.key)
        match term:
            case Equals(_, value):
                return column == value
            case NotEquals(_, value):
                return column.ne_missing(value)
            case In(_, values):
                return column.is_in(sorted(known & set(values)))
            case NotIn(_, values):
                return ~column.is_in(sorted(known & set(values))).fill_null(value=False)
            case Exists():
                return column.is_not_null()
            case DoesNotExist():
                return column.is_null()
            case GreaterThan(key, value):
                return pl.col(f">{key}") > int(value)
            case LessThan(key, value):
                return pl.col(f">{key}") < int(value)
            case _:
                raise NotImplementedError(term)


class Pandas(Peer):
    """One categorical column for each key."""

    name = "pandas"
    needs = ("pandas",)
    setup = (
        "a categorical column a key, a float64 column where numbers are compared; boolean masks"
        " of the columns, or of the arrays of their codes (`cat.codes`), then numpy's flatnonzero"
        " or count_nonzero"
    )

    def __init__(self, columns: Columns) -> None:
        pd = import_module("pandas")
        self._table: dict[str, Any] = {
            key: pd.Series(pd.Categorical(values, categories=columns.distinct(key)))
            for key, values in columns.values.items()
        }
        # The numbers of these label sets are exact as float64; nullable integers are slower.
        self._numbers: dict[str, NDArray[np.float64]] = {
            key: np.array(values, dtype=np.float64) for key, values in columns.numbers.items()
        }
        self._codes: dict[str, NDArray[Any]] = {
            key: column.cat.codes.to_numpy() for key, column in self._table.items()
        }
        self._code_of: dict[str, dict[str, int]] = {
            key: {value: code for code, value in enumerate(column.cat.categories)}
            for key, column in self._table.items()
        }
        self._size = len(columns.sets)

    def rows(self, case: Case) -> Ways:
        masks = self._masks(case)
        return {way: partial(_apply, np.flatnonzero, mask) for way, mask in masks.items()}

    def count(self, case: Case) -> Ways:
        masks = self._masks(case)
        return {way: partial(_apply, np.count_nonzero, mask) for way, mask in masks.items()}

    def _masks(self, case: Case) -> Mapping[str, Callable[[], NDArray[np.bool_]]]:
        terms = requirements(case.selector)
        of_codes = list(map(self._code_term, terms))
        return {
            "columns": lambda: reduce(and_, map(self._term, terms)),
            "codes": lambda: reduce(and_, (term() for term in of_codes)),
        }

    def _code_term(self, term: Requirement) -> Callable[[], NDArray[np.bool_]]:
        """Return what makes the mask of a requirement from codes; -1 is the code of an absence."""
        codes, code_of = self._codes.get(term.key), self._code_of.get(term.key, {})
        if codes is None or isinstance(term, GreaterThan | LessThan):
            return partial(self._term, term)
        number = codes.dtype.type
        match term:
            case Equals(_, value) | NotEquals(_, value) if value not in code_of:
                return lambda: np.full(self._size, term.allows(None))
            case Equals(_, value):
                return partial(np.equal, codes, number(code_of[value]))
            case NotEquals(_, value):
                return partial(np.not_equal, codes, number(code_of[value]))
            case In(_, values) | NotIn(_, values):
                some = [number(code_of[value]) for value in values if value in code_of]
                return partial(_among, codes, some, isinstance(term, In))
            case Exists():
                return partial(np.greater_equal, codes, number(0))
            case DoesNotExist():
                return partial(np.less, codes, number(0))
            case _:
                raise NotImplementedError(term)

    def _term(self, term: Requirement) -> NDArray[np.bool_]:
        column = self._table.get(term.key)
        if column is None:
            return np.full(self._size, term.allows(None))
        mask: Any
        match term:
            case Equals(_, value):
                mask = (column == value).to_numpy()
            case NotEquals(_, value):
                mask = (column != value).to_numpy()
            case In(_, values):
                mask = column.isin(values).to_numpy()
            case NotIn(_, values):
                mask = ~column.isin(values).to_numpy()
            case Exists():
                mask = column.notna().to_numpy()
            case DoesNotExist():
                mask = column.isna().to_numpy()
            case GreaterThan(key, value):
                mask = self._numbers[key] > int(value)
            case LessThan(key, value):
                mask = self._numbers[key] < int(value)
            case _:
                raise NotImplementedError(term)
        return cast("NDArray[np.bool_]", mask)


class DuckDB(Peer):
    """One ENUM column for each key."""

    name = "DuckDB"
    needs = ("duckdb", "pyarrow")
    setup = (
        "in memory: an ENUM column a key, a BIGINT column where numbers are compared, a row"
        " number; rows fetched as numpy, as Arrow, or as tuples"
    )

    def __init__(self, columns: Columns) -> None:
        duckdb, pa = import_module("duckdb"), import_module("pyarrow")
        self._connection = execute = duckdb.connect()
        texts = {key: pa.array(values, pa.string()) for key, values in columns.values.items()}
        numbers = {f">{key}": pa.array(v, pa.int64()) for key, v in columns.numbers.items()}
        rows = {"row": pa.array(np.arange(len(columns.sets), dtype=np.uint32))}
        execute.register("given", pa.table(rows | texts | numbers))
        made = ["row", *map(_name, numbers)]
        for place, key in enumerate(columns.values):
            execute.execute(
                f"CREATE TYPE enum_{place} AS ENUM (SELECT DISTINCT {_name(key)} FROM given"  # noqa: S608
                f" WHERE {_name(key)} IS NOT NULL)"
            )
            made.append(f"{_name(key)}::enum_{place} AS {_name(key)}")
        execute.execute(f"CREATE TABLE label_sets AS SELECT {', '.join(made)} FROM given")  # noqa: S608
        execute.unregister("given")
        self._keys = columns.values.keys()

    def close(self) -> None:
        self._connection.close()

    def rows(self, case: Case) -> Ways:
        text = f"SELECT row FROM label_sets WHERE {_sql(case, self._keys, 'IS DISTINCT FROM')}"  # noqa: S608
        execute = self._connection.execute
        other = self._connection.cursor()  # `sql` refuses a connection whose result is not read
        return {
            "numpy": lambda: execute(text).fetchnumpy()["row"],
            "Arrow": lambda: other.sql(text).to_arrow_table()["row"].to_numpy(),  # noqa: PLW0108  # timed
            "tuples": lambda: [row for (row,) in execute(text).fetchall()],
        }

    def count(self, case: Case) -> Ways:
        text = f"SELECT count(*) FROM label_sets WHERE {_sql(case, self._keys, 'IS DISTINCT FROM')}"  # noqa: S608
        return {"tuple": lambda: self._connection.execute(text).fetchone()[0]}


class SQLite(Peer):
    """One TEXT column for each key, each with its index."""

    name = "SQLite"
    setup = (
        "in memory: a TEXT column a key, an INTEGER column where numbers are compared, an index"
        " on each, analysed; rows fetched as a list of int, by a new cursor or by one that is kept"
    )

    def __init__(self, columns: Columns) -> None:
        self._connection = connection = sqlite3.connect(":memory:")
        table = columns.values | {f">{key}": values for key, values in columns.numbers.items()}
        types = [f"{_name(key)} {'INTEGER' if key[0] == '>' else 'TEXT'}" for key in table]
        connection.execute(f"CREATE TABLE label_sets (row INTEGER PRIMARY KEY, {', '.join(types)})")
        connection.executemany(
            f"INSERT INTO label_sets VALUES (?{', ?' * len(table)})",  # noqa: S608
            zip(range(len(columns.sets)), *table.values(), strict=True),
        )
        for place, key in enumerate(table):
            connection.execute(f"CREATE INDEX index_{place} ON label_sets ({_name(key)})")
        connection.execute("ANALYZE")
        self._keys = columns.values.keys()

    def close(self) -> None:
        self._connection.close()

    def rows(self, case: Case) -> Ways:
        text = f"SELECT row FROM label_sets WHERE {_sql(case, self._keys, 'IS NOT')} ORDER BY row"  # noqa: S608
        return {
            way: partial(_first_column, execute, text) for way, execute in self._executes().items()
        }

    def count(self, case: Case) -> Ways:
        text = f"SELECT count(*) FROM label_sets WHERE {_sql(case, self._keys, 'IS NOT')}"  # noqa: S608
        return {
            way: partial(_first_cell, execute, text) for way, execute in self._executes().items()
        }

    def _executes(self) -> Mapping[str, Callable[[str], sqlite3.Cursor]]:
        return {
            "new cursor": self._connection.execute,
            "kept cursor": self._connection.cursor().execute,
        }


class Scan(Peer):
    """The label sets as they are."""

    name = "plain scan"
    setup = "a list comprehension over a dict of dicts, with the condition written into it"

    def __init__(self, columns: Columns) -> None:
        self._items = dict(enumerate(columns.sets))

    def rows(self, case: Case) -> Ways:
        scan = case.scan()
        return {"list": lambda: scan(self._items)}

    def count(self, case: Case) -> Ways:
        scan = case.scan()
        return {"list": lambda: len(scan(self._items))}


PEERS: Final[Mapping[str, type[Peer]]] = {
    peer.name: peer for peer in (Polars, DuckDB, Pandas, SQLite, Scan)
}
"""All peers by name. What one needs is imported when it is made."""


def _first_column(execute: Callable[[str], sqlite3.Cursor], text: str) -> list[int]:
    return [row for (row,) in execute(text)]


def _first_cell(execute: Callable[[str], sqlite3.Cursor], text: str) -> int:
    return cast("int", execute(text).fetchone()[0])


def _apply(function: Callable[[Any], Any], mask: Callable[[], NDArray[np.bool_]]) -> Any:
    return function(mask())


def _among(codes: NDArray[Any], some: Sequence[Any], is_in: bool) -> NDArray[np.bool_]:  # noqa: FBT001  # of partial
    """Return whether each code is one of a few, or is none of them: faster than `numpy.isin`."""
    mask = np.zeros(len(codes), np.bool_)
    for code in some:
        mask |= codes == code
    return mask if is_in else ~mask


def _name(text: str) -> str:
    return f'"{text}"'


def _sql(case: Case, keys: Iterable[str], differs: str) -> str:
    """Return a query as the condition of a WHERE clause; ``differs`` is ``!=`` that knows NULL."""
    return " AND ".join(_sql_term(term, keys, differs) for term in requirements(case.selector))


def _sql_term(term: Requirement, keys: Iterable[str], differs: str) -> str:
    if term.key not in keys:
        return str(term.allows(None)).upper()
    column = _name(term.key)
    match term:
        case Equals(_, value):
            return f"{column} = '{value}'"
        case NotEquals(_, value):
            return f"{column} {differs} '{value}'"
        case In(_, values):
            return f"{column} IN {_listed(values)}"
        case NotIn(_, values):
            return f"({column} NOT IN {_listed(values)} OR {column} IS NULL)"
        case Exists():
            return f"{column} IS NOT NULL"
        case DoesNotExist():
            return f"{column} IS NULL"
        case GreaterThan(key, value):
            return f"{_name('>' + key)} > {int(value)}"
        case LessThan(key, value):
            return f"{_name('>' + key)} < {int(value)}"
        case _:
            raise NotImplementedError(term)


def _listed(values: Iterable[str]) -> str:
    return "('" + "', '".join(values) + "')"

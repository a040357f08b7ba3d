"""Label sets from Arrow: whole columns to codes; only distinct values become Python strings.

pyarrow is the extra ``arrow``, imported when a function here is called and not before. A source
is cut into tables of at most `ROWS` rows, and each is taken whole or not at all. Its columns
are dictionary-encoded, by C++; the distinct values are looked up in the store; the rest is
arithmetic on arrays of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np

from labelsel.errors import shown

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelsel.index.query import Contents
    from labelsel.index.store import LabelStore

__all__ = ["Progress", "append", "frame_tables", "parquet", "tables"]

K = TypeVar("K", bound=Hashable)

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the rows that are done, and with how many there are in all, where that is known."""

ROWS: Final = 2**20
"""Most rows that are coded at a time, and half of what small tables are put together to."""

_CELLS: Final = 2**24
"""Most labels that a table of many columns may have: then it is cut into fewer rows."""

_SORTED_BY_RADIX: Final = 2**16
"""So many keys have numbers of 16 bits, which numpy sorts five times as fast."""

_NONE: Final = 2**32 - 1
"""Stands for the code of a label that is absent."""


def append(
    contents: Contents[K],
    source: Iterable[pa.Table],
    *,
    keys: str | Iterable[K] | None,
    rows: int | None,
    progress: Progress | None,
) -> None:
    """Append the label sets of tables, one batch after the other: each whole or not at all.

    ``rows`` is how many there are, where that is known: for ``progress`` alone. Time is that
    of hashing each label once in C++, and of sorting their codes; memory that of a batch.
    """
    table = contents.table
    names = keys if isinstance(keys, str) or keys is None else _Given(keys)
    done = 0
    for batch in _batches(source):
        labels, writable_keys = _with_keys(batch, names)
        with table.lock:
            # Both raise what is to be raised before anything is changed.
            label_sets = _read(labels, done)
            if writable_keys is None:
                table.extend_rows(batch.num_rows)
            else:
                _check_keys(writable_keys, contents, done)
                table.extend(writable_keys)
            label_sets.into(contents.store)
        done += batch.num_rows
        if progress is not None:
            progress(done, rows)
    if isinstance(names, _Given):
        names.check_end(done)


# Sources: all of them come as tables.


def tables(source: object) -> tuple[Iterable[pa.Table], int | None]:
    """Return what holds label sets as tables, and how many rows they have, where that is known.

    TypeError where it holds none.
    """
    pa = _pyarrow()
    table = _as_table(source)
    if table is not None:
        return [table], table.num_rows
    if hasattr(source, "__arrow_c_stream__"):
        return _each_table(pa.RecordBatchReader.from_stream(source)), None
    if isinstance(source, Iterable):
        return _each_table(source), None
    raise _no_source(source)


def frame_tables(frame: object) -> tuple[Iterable[pa.Table], int | None]:
    """Return a Polars DataFrame as tables, and how many rows it has. TypeError for another."""
    _pyarrow()
    height = getattr(frame, "height", None)
    if not hasattr(frame, "__arrow_c_stream__") or height is None:
        message = f"not a DataFrame, which a LazyFrame becomes with collect(): {shown(frame)}"
        raise TypeError(message)
    return tables(frame)[0], height


def parquet(path: Any, columns: Iterable[str] | None, keys: object) -> tuple[Any, int]:
    """Return the tables of a Parquet file, read as they are asked for, and how many rows it has.

    Of all columns, or of some and of the one that has the keys. ValueError where it has no
    such column.
    """
    _pyarrow()
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # an extra, for those who need it

    file = ParquetFile(path)
    there = file.schema_arrow.names
    wanted = there if columns is None else list(dict.fromkeys(columns))
    if columns is not None and isinstance(keys, str) and keys not in wanted:
        wanted.append(keys)
    for name in wanted:
        if name not in there:
            message = f"there is no column {name!r} in the file: it has {', '.join(there)}"
            raise ValueError(message)
    if not wanted:
        message = "there are no columns to read: without one nobody knows the rows"
        raise ValueError(message)
    batches = file.iter_batches(_rows_of(len(wanted)), columns=wanted)
    return _each_table(batches), file.metadata.num_rows


def _pyarrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, for those who need it
    except ImportError:
        message = "label sets from Arrow need pyarrow: pip install 'labelsel[arrow]'"
        raise ImportError(message) from None
    return pa


def _as_table(source: object) -> pa.Table | None:
    pa = _pyarrow()
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if isinstance(source, pa.Array | pa.ChunkedArray):
        if not pa.types.is_map(source.type):
            message = f"an array of label sets must be of maps, not of {source.type}"
            raise TypeError(message)
        return pa.table({"labels": source})
    return None


def _each_table(source: Iterable[object]) -> Iterator[pa.Table]:
    for each in source:
        table = _as_table(each)
        if table is None:
            raise _no_source(each)
        yield table


def _no_source(source: object) -> TypeError:
    return TypeError(
        "label sets come from a table or a record batch of Arrow, an array of maps, or an"
        f" iterable of these, not from {shown(source)}"
    )


def _rows_of(columns: int) -> int:
    return max(1, min(ROWS, _CELLS // max(1, columns)))


def _batches(source: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same rows in tables of a good size: cut, or put together. Nothing is copied."""
    pa = _pyarrow()
    waiting: list[Any] = []
    for table in source:
        if waiting and not waiting[0].schema.equals(table.schema):
            yield from _cut(pa.concat_tables(waiting))
            waiting = []
        if not table.num_columns:  # put together they would lose their rows
            yield from _cut(table)
            continue
        waiting.append(table)
        if 2 * sum(each.num_rows for each in waiting) >= _rows_of(table.num_columns):
            yield from _cut(pa.concat_tables(waiting))
            waiting = []
    if waiting:
        yield from _cut(pa.concat_tables(waiting))


def _cut(table: pa.Table) -> Iterator[pa.Table]:
    rows = _rows_of(table.num_columns)
    # Once, also where there are no rows: whether the columns are right is to be said.
    for start in range(0, max(1, table.num_rows), rows):
        yield table.slice(start, min(rows, table.num_rows - start))


# Keys of items.


class _Given:
    """Keys that come one after the other, as many as there are rows."""

    def __init__(self, keys: Iterable[Any]) -> None:
        # The entries of an Arrow array are objects of its own, and not what they hold.
        as_list = getattr(keys, "to_pylist", None)
        self._keys = iter(keys if as_list is None else as_list())

    def take(self, rows: int) -> list[Any]:
        found = list(islice(self._keys, rows))
        if len(found) < rows:
            message = (
                f"there are fewer keys than label sets: the {rows - len(found)} last have none"
            )
            raise ValueError(message)
        return found

    def check_end(self, rows: int) -> None:
        for key in self._keys:
            message = f"there are more keys than label sets, which are {rows}: {shown(key)}"
            raise ValueError(message)


def _with_keys(table: pa.Table, keys: str | _Given | None) -> tuple[pa.Table, list[Any] | None]:
    """Return the columns that are labels, and the keys of the rows."""
    if keys is None:
        return table, None
    if isinstance(keys, _Given):
        return table, keys.take(table.num_rows)
    place = table.schema.get_field_index(keys)
    if place < 0:
        found = table.schema.get_all_field_indices(keys)
        message = f"there are {len(found)} columns {keys!r} for the keys, not one"
        raise ValueError(message)
    column = table.column(place)
    if not _is_text(column.type) and not _pyarrow().types.is_integer(column.type):
        message = f"keys must be strings or integers: column {keys!r} is {column.type}"
        raise TypeError(message)
    return table.remove_column(place), column.to_pylist()


def _check_keys(keys: list[Any], contents: Contents[K], first: int) -> None:
    """Raise ValueError where a key is null, twice among these, or there before them."""
    distinct = set(keys)
    find = contents.table.find
    clean = len(distinct) == len(keys) and None not in distinct
    if clean and (not contents.store.rows or all(find(key) < 0 for key in distinct)):
        return
    seen: set[Any] = set()
    for row, key in enumerate(keys, first):  # pragma: no branch  # one of them is at fault
        if key is None:
            message = f"row {row} has no key"
            raise ValueError(message)
        if key in seen or find(key) >= 0:
            message = f"row {row} has a key that another row has: {shown(key)}"
            raise ValueError(message)
        seen.add(key)


# Labels.


def _read(table: pa.Table, first: int) -> _Columns | _Maps:
    """Return the label sets of a table. ``first`` is the number of its first row, for errors."""
    names = table.schema.names
    types = _pyarrow().types
    for place, (name, column) in enumerate(zip(names, table.columns, strict=True)):
        kind = column.type
        if names.index(name) < place:
            message = f"two columns are called {name!r}"
            raise ValueError(message)
        is_map = types.is_map(kind) and _is_text(kind.key_type) and _is_text(kind.item_type)
        if is_map and len(names) == 1:
            return _Maps(column, first)
        if not _is_text(kind):
            message = (
                f"column {name!r} is {kind}: labels are columns of strings, or the only column is"
                " a map of strings to strings"
            )
            raise TypeError(message)
    return _Columns(table)


def _is_text(kind: pa.DataType) -> bool:
    types = _pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_null(kind)
        # Newer than the oldest release that serves.
        or (hasattr(types, "is_string_view") and types.is_string_view(kind))
    )


class _Texts:
    """An array of texts: which distinct ones it has, and which of them each entry is.

    Attributes:
        distinct: all of them stand somewhere in the array, and none twice.
        numbers: the place in ``distinct`` of each entry, -1 where it is null.
    """

    def __init__(self, array: pa.LargeStringArray) -> None:
        encoded = array.dictionary_encode()
        self.distinct: list[str] = encoded.dictionary.to_pylist()
        self.numbers: NDArray[np.int32] = encoded.indices.fill_null(-1).to_numpy()

    def codes(self, key: str, store: LabelStore) -> NDArray[np.uint32]:
        """Return the code that each entry has as a value of a key: `_NONE` where it is null.

        The store gets those that it has not; each is to be put on a row next.
        """
        column = store.columns.get(key)
        if column is None:
            codes = store.new_codes(key, self.distinct)
        else:
            codes = list(map(column.codes.find, self.distinct))
            new = [place for place, code in enumerate(codes) if code < 0]
            given = store.new_codes(key, [self.distinct[place] for place in new])
            for place, code in zip(new, given, strict=True):
                codes[place] = code
        return np.array([*codes, _NONE], dtype=np.uint32)[self.numbers]


class _Columns:
    """Label sets from a table whose columns are label keys."""

    def __init__(self, table: pa.Table) -> None:
        self._rows = table.num_rows
        self._columns = [
            (name, _Texts(_joined(column.chunks)))
            for name, column in zip(table.schema.names, table.columns, strict=True)
        ]

    def into(self, store: LabelStore) -> None:
        """Append them to a store."""
        codes = np.empty((self._rows, len(self._columns)), dtype=np.uint32)
        groups = []
        for place, (key, texts) in enumerate(self._columns):
            found = codes[:, place] = texts.codes(key, store)
            rows = np.flatnonzero(found != _NONE)
            groups.append((found[rows], rows))
        present = codes != _NONE
        store.add_rows(codes[present], present.sum(axis=1), groups)


class _Maps:
    """Label sets from maps: taken apart into columns, and put together again."""

    def __init__(self, column: pa.ChunkedArray, first: int) -> None:
        entries = list(map(_entries, column.chunks))
        self._sizes = np.concatenate([np.empty(0, np.intp), *(sizes for sizes, _, _ in entries)])
        keys = _joined([each for _, each, _ in entries])
        values = _joined([each for _, _, each in entries])
        rows = np.repeat(np.arange(len(self._sizes)), self._sizes)
        for what, array in (("key", keys), ("value", values)):
            if array.null_count:
                row = rows[array.is_null().to_numpy(zero_copy_only=False).argmax()]
                message = f"row {first + row} has a label whose {what} is null"
                raise ValueError(message)
        texts = _Texts(keys)
        numbers = texts.numbers
        if len(texts.distinct) <= _SORTED_BY_RADIX:
            numbers = numbers.astype(np.uint16)
        # Where the labels of the first key stand, then those of the second, and so on.
        self._order = np.argsort(numbers, kind="stable")
        rows = rows[self._order]
        values = values.take(_pyarrow().array(self._order))
        self._columns: list[tuple[str, _Texts, NDArray[np.intp]]] = []
        end = 0
        for key, size in zip(texts.distinct, np.bincount(numbers).tolist(), strict=True):
            start, end = end, end + size
            having = rows[start:end]
            twice = having[1:][having[1:] == having[:-1]]
            if len(twice):
                message = f"row {first + twice[0]} has the label key {shown(key)} twice"
                raise ValueError(message)
            self._columns.append((key, _Texts(values.slice(start, size)), having))

    def into(self, store: LabelStore) -> None:
        """Append them to a store."""
        groups = [(texts.codes(key, store), rows) for key, texts, rows in self._columns]
        codes = np.empty(len(self._order), dtype=np.uint32)
        codes[self._order] = np.concatenate([np.empty(0, np.uint32), *(each for each, _ in groups)])
        store.add_rows(codes, self._sizes, groups)


def _entries(maps: pa.MapArray) -> tuple[NDArray[np.intp], pa.Array, pa.Array]:
    """Return how many entries each map has, and the keys and the values of all of them."""
    ends = maps.offsets.to_numpy()
    sizes = np.diff(ends).astype(np.intp)
    keys, values = (
        _plain(child.slice(ends[0], ends[-1] - ends[0])) for child in (maps.keys, maps.items)
    )
    if maps.null_count:
        # What is null may have entries all the same, which do not count.
        valid = maps.is_valid().to_numpy(zero_copy_only=False)
        if sizes[~valid].any():
            kept = _pyarrow().array(np.repeat(valid, sizes))
            keys, values = keys.filter(kept), values.filter(kept)
            sizes[~valid] = 0
    return sizes, keys, values


def _joined(chunks: Iterable[pa.Array]) -> pa.LargeStringArray:
    """Return the texts of many arrays as one array."""
    pa = _pyarrow()
    plain = list(map(_plain, chunks))
    # To put one together would copy it, and memory that is new takes longer than what is in it.
    return (
        plain[0] if len(plain) == 1 else pa.chunked_array(plain, pa.large_string()).combine_chunks()
    )


def _plain(array: pa.Array) -> pa.LargeStringArray:
    """Return texts as large strings, whose offsets know no limit, and without a dictionary.

    A dictionary may have nulls, values twice, and values that stand nowhere.
    """
    pa = _pyarrow()
    if pa.types.is_dictionary(array.type):
        return array.dictionary.cast(pa.large_string()).take(array.indices)
    return array.cast(pa.large_string())

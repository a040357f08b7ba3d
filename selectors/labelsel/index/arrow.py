"""From Arrow data to label sets: columns become codes, only distinct values become strings.

A source is cut into tables of at most `ROWS` rows, and each table is added completely or not at
all. C++ encodes its columns with dictionaries, the distinct values are looked up in the store,
and the rest is arithmetic on arrays of codes. pyarrow is the extra ``arrow``; it is imported only
when a function of this module is called.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np

from labelsel.errors import show

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelsel.index.contents import Contents
    from labelsel.index.store import LabelStore

__all__ = ["Progress", "append", "frame_tables", "import_pyarrow", "parquet", "tables"]

K = TypeVar("K", bound=Hashable)

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the number of rows that are done, and that of all rows, None if it is not known."""

ROWS: Final = 2**20
"""Most rows that are encoded together. Smaller tables are joined until they have half as many.

More rows take more memory beside the index; with fewer rows, values that repeat from table to
table are looked up more often: 100,000 rows take 0.3 s, in tables of 16,384 rows 1.1 s
(``python -m benchmarks.constants arrow-rows``)."""

_CELLS: Final = 2**24
"""Most cells, rows times columns, of a table that is encoded: 64 MB of codes."""

_SORTED_BY_RADIX: Final = 2**16
"""Most keys whose numbers fit into 16 bits, which numpy sorts five times as fast as others."""

_NONE: Final = 2**32 - 1
"""Stands for the code of an absent label."""


def append(
    contents: Contents[K],
    source: Iterable[pa.Table],
    *,
    keys: str | Iterable[K] | None,
    rows: int | None,
    progress: Progress | None,
) -> None:
    """Append the label sets of tables, batch by batch; a batch completely or not at all.

    ``rows`` is the number of all rows, which only ``progress`` needs; None if it is not known.
    The errors are those of `LabelIndex.from_arrow`. C++ hashes each label once, and the codes are
    sorted; one batch is in memory.
    """
    table = contents.table
    key_source = keys if isinstance(keys, str) or keys is None else _KeySource(keys)
    done = 0
    for batch in _batches(source):
        labels, batch_keys = _split_keys(batch, key_source)
        with table.lock:
            # Both raise their errors before anything is changed.
            label_sets = _read(labels, done)
            if batch_keys is None:
                table.extend_rows(batch.num_rows)
            else:
                _check_keys(batch_keys, contents, done)
                table.extend(batch_keys)
            label_sets.append_to(contents.store)
        done += batch.num_rows
        if progress is not None:
            progress(done, rows)
    if isinstance(key_source, _KeySource):
        key_source.check_end(done)


# Sources


def tables(source: object) -> tuple[Iterable[pa.Table], int | None]:
    """Return a source as tables, and the number of their rows, None if it is not known.

    TypeError if the source is not of a type that `LabelIndex.from_arrow` accepts.
    """
    pa = import_pyarrow()
    table = _as_table(source)
    if table is not None:
        return [table], table.num_rows
    if hasattr(source, "__arrow_c_stream__"):
        return _each_table(pa.RecordBatchReader.from_stream(source)), None
    if isinstance(source, Iterable):
        return _each_table(source), None
    raise _unknown_source(source)


def frame_tables(frame: object) -> tuple[Iterable[pa.Table], int | None]:
    """Return a Polars DataFrame as tables, and the number of its rows. TypeError for others."""
    import_pyarrow()
    height = getattr(frame, "height", None)
    if not hasattr(frame, "__arrow_c_stream__") or height is None:
        message = f"not a DataFrame (call collect() of a LazyFrame first): {show(frame)}"
        raise TypeError(message)
    return tables(frame)[0], height


def parquet(path: Any, columns: Iterable[str] | None, keys: object) -> tuple[Any, int]:
    """Return the tables of a Parquet file, which are read one by one, and the number of rows.

    The tables have all columns, or some columns and the column of the keys. ValueError if the
    file does not have such a column, or if no column is left to read.
    """
    import_pyarrow()
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # an extra, for those who need it

    file = ParquetFile(path)
    there = file.schema_arrow.names
    key_columns = [keys] if isinstance(keys, str) else []
    selected = there if columns is None else list(dict.fromkeys([*columns, *key_columns]))
    for name in selected:
        if name not in there:
            message = f"no column {name!r} in the file: it has {', '.join(there)}"
            raise ValueError(message)
    if not selected:
        message = "no columns to read: the rows of a file without columns cannot be counted"
        raise ValueError(message)
    batches = file.iter_batches(_rows_of(len(selected)), columns=selected)
    return _each_table(batches), file.metadata.num_rows


def import_pyarrow() -> Any:
    """Return pyarrow; ImportError that names the extra if it is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, for those who need it
    except ImportError:
        message = "label sets from and to Arrow need pyarrow: pip install 'labelsel[arrow]'"
        raise ImportError(message) from None
    return pa


def _as_table(source: object) -> pa.Table | None:
    pa = import_pyarrow()
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
            raise _unknown_source(each)
        yield table


def _unknown_source(source: object) -> TypeError:
    return TypeError(
        "label sets come from a table or a record batch of Arrow, an array of maps, or an"
        f" iterable of these, not from {show(source)}"
    )


def _rows_of(columns: int) -> int:
    return max(1, min(ROWS, _CELLS // max(1, columns)))


def _batches(source: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same rows in tables of about `ROWS` rows. Nothing is copied."""
    pa = import_pyarrow()
    waiting: list[Any] = []
    for table in source:
        if waiting and not waiting[0].schema.equals(table.schema):
            yield from _cut(pa.concat_tables(waiting))
            waiting = []
        if not table.num_columns:  # joined tables without columns have no rows
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
    # At least one table, also without rows, so that the types of the columns are checked.
    for start in range(0, max(1, table.num_rows), rows):
        yield table.slice(start, min(rows, table.num_rows - start))


# Keys of items


class _KeySource:
    """An iterator over keys. It must have exactly one key for each row."""

    def __init__(self, keys: Iterable[Any]) -> None:
        # The elements of an Arrow array are Arrow scalars, not Python objects.
        as_list = getattr(keys, "to_pylist", None)
        self._keys = iter(keys if as_list is None else as_list())
        self._taken = 0

    def take(self, rows: int) -> list[Any]:
        """Return the next keys. ValueError if there are fewer than rows."""
        keys = list(islice(self._keys, rows))
        self._taken += len(keys)
        if len(keys) < rows:
            message = f"fewer keys than label sets: there are {self._taken:,}"
            raise ValueError(message)
        return keys

    def check_end(self, rows: int) -> None:
        """Raise ValueError if there are more keys than rows."""
        for key in self._keys:
            message = f"more keys than label sets, which are {rows}: {show(key)}"
            raise ValueError(message)


def _split_keys(
    table: pa.Table, keys: str | _KeySource | None
) -> tuple[pa.Table, list[Any] | None]:
    """Return the columns of labels, and the keys of the rows, None if each row is its own key."""
    if keys is None:
        return table, None
    if isinstance(keys, _KeySource):
        return table, keys.take(table.num_rows)
    position = table.schema.get_field_index(keys)
    if position < 0:
        found = table.schema.get_all_field_indices(keys)
        message = f"there are {len(found)} columns {keys!r} for the keys, not one"
        raise ValueError(message)
    column = table.column(position)
    if not _is_text(column.type) and not import_pyarrow().types.is_integer(column.type):
        message = f"keys must be strings or integers: column {keys!r} is {column.type}"
        raise TypeError(message)
    return table.remove_column(position), column.to_pylist()


def _check_keys(keys: list[Any], contents: Contents[K], first: int) -> None:
    """Raise ValueError if a key is null, repeated, or in the index already."""
    distinct = set(keys)
    find = contents.table.find
    is_valid = len(distinct) == len(keys) and None not in distinct
    if is_valid and (not contents.store.rows or all(find(key) < 0 for key in distinct)):
        return
    seen: set[Any] = set()
    for row, key in enumerate(keys, first):  # pragma: no branch  # one of the keys raises
        if key is None:
            message = f"row {row} has no key"
            raise ValueError(message)
        if key in seen or find(key) >= 0:
            message = f"row {row} has a key that another row has: {show(key)}"
            raise ValueError(message)
        seen.add(key)


# Labels


def _read(table: pa.Table, first: int) -> _Columns | _Maps:
    """Return the label sets of a table. ``first`` is the number of its first row, for messages."""
    names = table.schema.names
    types = import_pyarrow().types
    for position, (name, column) in enumerate(zip(names, table.columns, strict=True)):
        kind = column.type
        if names.index(name) < position:
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
    types = import_pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    is_text: bool = (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_null(kind)
    )
    return is_text


class _DistinctTexts:
    """An array of texts, as its distinct texts and a number for each entry.

    Attributes:
        distinct: the distinct texts; each is in the array.
        numbers: for each entry the position of its text in ``distinct``, -1 for a null.
    """

    def __init__(self, array: pa.LargeStringArray) -> None:
        encoded = array.dictionary_encode()
        self.distinct: list[str] = encoded.dictionary.to_pylist()
        self.numbers: NDArray[np.int32] = encoded.indices.fill_null(-1).to_numpy()

    def codes(self, key: str, store: LabelStore) -> NDArray[np.uint32]:
        """Return the code of each entry as a value of a key; `_NONE` for a null.

        New values are added to the store. The caller must add each to a row next.
        """
        column = store.columns.get(key)
        if column is None:
            codes = store.new_codes(key, self.distinct)
        else:
            codes = list(map(column.codes.find, self.distinct))
            missing = [number for number, code in enumerate(codes) if code < 0]
            new_codes = store.new_codes(key, [self.distinct[number] for number in missing])
            for number, code in zip(missing, new_codes, strict=True):
                codes[number] = code
        return np.array([*codes, _NONE], dtype=np.uint32)[self.numbers]


class _Columns:
    """Label sets from a table whose columns are label keys."""

    def __init__(self, table: pa.Table) -> None:
        self._rows = table.num_rows
        self._columns = [
            (name, _DistinctTexts(_concatenate(column.chunks)))
            for name, column in zip(table.schema.names, table.columns, strict=True)
        ]

    def append_to(self, store: LabelStore) -> None:
        """Append the label sets to a store."""
        codes = np.empty((self._rows, len(self._columns)), dtype=np.uint32)
        for number, (key, texts) in enumerate(self._columns):
            codes[:, number] = texts.codes(key, store)
        present = codes != _NONE
        store.add_rows(codes[present], present.sum(axis=1, dtype=np.uint32))


class _Maps:
    """Label sets from a column of maps. Their labels are grouped by key, as in columns."""

    def __init__(self, column: pa.ChunkedArray, first: int) -> None:
        entries = list(map(_flatten, column.chunks))
        self._sizes = np.concatenate([np.empty(0, np.intp), *(sizes for sizes, _, _ in entries)])
        keys = _concatenate([each for _, each, _ in entries])
        values = _concatenate([each for _, _, each in entries])
        rows = np.repeat(np.arange(len(self._sizes)), self._sizes)
        for what, array in (("key", keys), ("value", values)):
            if array.null_count:
                row = rows[array.is_null().to_numpy(zero_copy_only=False).argmax()]
                message = f"row {first + row} has a label whose {what} is null"
                raise ValueError(message)
        texts = _DistinctTexts(keys)
        # The positions of the labels of the first key, then those of the second, and so on.
        self._order = _order_of(texts.numbers, len(texts.distinct))
        rows = rows[self._order]
        values = values.take(import_pyarrow().array(self._order))
        self._columns: list[tuple[str, _DistinctTexts]] = []
        end = 0
        for key, size in zip(texts.distinct, np.bincount(texts.numbers).tolist(), strict=True):
            start, end = end, end + size
            having = rows[start:end]
            repeated = having[1:][having[1:] == having[:-1]]
            if len(repeated):
                message = f"row {first + repeated[0]} has the label key {show(key)} twice"
                raise ValueError(message)
            self._columns.append((key, _DistinctTexts(values.slice(start, size))))

    def append_to(self, store: LabelStore) -> None:
        """Append the label sets to a store."""
        found = [texts.codes(key, store) for key, texts in self._columns]
        codes = np.empty(len(self._order), dtype=np.uint32)
        codes[self._order] = np.concatenate([np.empty(0, np.uint32), *found])
        store.add_rows(codes, self._sizes.astype(np.uint32))


def _order_of(numbers: NDArray[np.int32], keys: int) -> NDArray[np.intp]:
    """Return the positions of numbers below ``keys`` in ascending order, equal ones as they are."""
    if keys <= _SORTED_BY_RADIX:
        return np.argsort(numbers.astype(np.uint16), kind="stable")
    return np.argsort(numbers, kind="stable")


def _flatten(maps: pa.MapArray) -> tuple[NDArray[np.intp], pa.Array, pa.Array]:
    """Return the number of entries of each map, and the keys and values of all entries."""
    ends = maps.offsets.to_numpy()
    sizes = np.diff(ends).astype(np.intp)
    # Not `maps.keys` and `maps.items`: where the entries are a part of a longer array, these are
    # the whole array's, and every map would have the entries of others.
    keys, values = (
        _as_large_strings(child.slice(ends[0], ends[-1] - ends[0]))
        for child in maps.values.flatten()
    )
    if maps.null_count:
        # A null map may have entries in the arrays. They do not count.
        valid = maps.is_valid().to_numpy(zero_copy_only=False)
        if sizes[~valid].any():
            kept = import_pyarrow().array(np.repeat(valid, sizes))
            keys, values = keys.filter(kept), values.filter(kept)
            sizes[~valid] = 0
    return sizes, keys, values


def _concatenate(chunks: Iterable[pa.Array]) -> pa.LargeStringArray:
    """Return the texts of some arrays as one array."""
    pa = import_pyarrow()
    arrays = list(map(_as_large_strings, chunks))
    if len(arrays) == 1:  # without the copy that `combine_chunks` would make
        return arrays[0]
    return pa.chunked_array(arrays, pa.large_string()).combine_chunks()


def _as_large_strings(array: pa.Array) -> pa.LargeStringArray:
    """Return texts as large strings, which may have more than 2 GB, and without a dictionary.

    The dictionary of a source may have nulls, repeated values, and values that no entry uses.
    """
    pa = import_pyarrow()
    if pa.types.is_dictionary(array.type):
        return array.dictionary.cast(pa.large_string()).take(array.indices)
    return array.cast(pa.large_string())

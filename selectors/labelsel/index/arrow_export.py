"""From label sets to Arrow data: a table, or a Parquet file that is written batch by batch.

An index holds codes, so each distinct value becomes an Arrow string once, and the rest is
arithmetic on arrays of codes. `labelsel.index.arrow` reads what this module writes. pyarrow is the
extra ``arrow``; it is imported only when a function of this module is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast, get_args

import numpy as np

from labelsel.atomic_write.replacement import open_replacement
from labelsel.errors import quote, require_type, show
from labelsel.index.arrow import import_pyarrow
from labelsel.index.postings import Rows, rows_array
from labelsel.limits import MAX_INT64, MIN_INT64

if TYPE_CHECKING:
    from os import PathLike

    import pyarrow as pa
    from numpy.typing import NDArray

    from labelsel.index.store import Snapshot

__all__ = ["ArrowExport", "ArrowLayout", "write_parquet"]

ArrowLayout: TypeAlias = Literal["columns", "map"]
"""One column for each label key; or one column of maps from label keys to values."""

_MAP_COLUMN: Final = "labels"

_ROWS: Final = 2**17
"""Most rows of a batch, and so of a row group of a Parquet file. Readers skip whole row groups and
give each to one thread; DuckDB and Spark's readers expect some 100,000 rows."""

_CELLS: Final = 2**24
"""Most cells, rows times columns, of a batch: 64 MB of codes."""

_NONE: Final = 2**32 - 1
"""Stands for the code of an absent label."""


@dataclass(slots=True)
class _Part:
    """The labels of some rows, row by row.

    Attributes:
        codes: the codes of all labels.
        sizes: the number of labels of each row.
    """

    codes: NDArray[np.uint32]
    sizes: NDArray[np.uint32]


class ArrowExport:
    """The label sets of a snapshot as Arrow data, in the order of insertion.

    ``keys`` and ``insertion_numbers`` are as in `index_file.write`. ValueError and TypeError are
    those of `LabelIndex.to_arrow`. O(distinct labels + rows).

    Attributes:
        schema: the schema of each batch.
    """

    def __init__(
        self,
        labels: Snapshot,
        keys: Sequence[Any] | None,
        insertion_numbers: NDArray[np.uint64] | None,
        *,
        layout: ArrowLayout,
        key_column: str | None,
    ) -> None:
        pa = import_pyarrow()
        self._labels = labels
        self._rows = rows_array(labels.rows)
        order = None if insertion_numbers is None else np.argsort(insertion_numbers)
        if order is not None:
            self._rows = self._rows[order]
        self._starts = np.cumsum(labels.sizes, dtype=np.int64) - labels.sizes
        self._columns = _columns(labels, layout)
        _check_names([name for name, _ in self._columns.fields], key_column, len(self._rows))
        self._key_fields: list[Any] = []
        self._keys: Sequence[Any] | Rows = ()
        if key_column is not None:
            self._keys = _in_order(keys, order) if keys is not None else self._rows
            self._key_fields = [pa.field(key_column, _key_type(keys))]
        fields = [*self._key_fields, *(pa.field(*each) for each in self._columns.fields)]
        self.schema = pa.schema(fields)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the record batches. One batch is in memory. O(labels), and O(cells) in columns."""
        pa = import_pyarrow()
        size = max(1, min(_ROWS, _CELLS // max(1, len(self.schema))))
        for start in range(0, len(self._rows), size):
            part = slice(start, start + size)
            arrays = [_array(self._keys[part], field.type) for field in self._key_fields]
            arrays += self._columns.arrays(self._part(self._rows[part]))
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def table(self) -> pa.Table:
        """Return all batches as one table."""
        return import_pyarrow().Table.from_batches(self.batches(), self.schema)

    def _part(self, rows: Rows) -> _Part:
        sizes = self._labels.sizes[rows]
        ends = np.cumsum(sizes, dtype=np.int64)
        # The position of each label: that of the first label of its row, and one more each.
        positions = np.repeat(self._starts[rows] - (ends - sizes), sizes)
        positions += np.arange(len(positions))
        return _Part(self._labels.codes[positions], sizes)


def write_parquet(
    path: str | PathLike[str],
    export: ArrowExport,
    on_warning: Callable[[str], None] | None = None,
) -> None:
    """Write a Parquet file batch by batch. If it raises, an old file is unchanged."""
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415  # an extra, for those who need it

    with open_replacement(path, on_warning) as file, ParquetWriter(file, export.schema) as writer:
        for batch in export.batches():
            writer.write_batch(batch)


# Labels


class _Columns:
    """Labels as one column for each key."""

    def __init__(self, labels: Snapshot) -> None:
        self._values, self._column_of = _values_by_code(labels)
        self.fields = [(key, import_pyarrow().string()) for key in _label_keys(labels)]

    def arrays(self, part: _Part) -> list[pa.Array]:
        codes = np.full((len(self.fields), len(part.sizes)), _NONE, dtype=np.uint32)
        rows = np.repeat(np.arange(len(part.sizes)), part.sizes)
        codes[self._column_of[part.codes], rows] = part.codes
        return [_take(self._values, column, column == _NONE) for column in codes]


class _Map:
    """Labels as one column of maps."""

    def __init__(self, labels: Snapshot) -> None:
        pa = import_pyarrow()
        self._values, self._column_of = _values_by_code(labels)
        self._keys = _texts(_label_keys(labels))
        self.fields = [(_MAP_COLUMN, pa.map_(pa.string(), pa.string()))]

    def arrays(self, part: _Part) -> list[pa.Array]:
        pa = import_pyarrow()
        offsets = np.zeros(len(part.sizes) + 1, dtype=np.int32)
        np.cumsum(part.sizes, out=offsets[1:])
        keys = _take(self._keys, self._column_of[part.codes])
        values = _take(self._values, part.codes)
        return [pa.MapArray.from_arrays(pa.array(offsets), keys, values)]


def _columns(labels: Snapshot, layout: str) -> _Columns | _Map:
    if layout == "map":
        return _Map(labels)
    if layout == "columns":
        return _Columns(labels)
    message = f"layout must be {' or '.join(map(repr, get_args(ArrowLayout)))}, not {show(layout)}"
    raise ValueError(message)


def _label_keys(labels: Snapshot) -> list[str]:
    return [key for key, _, _ in labels.columns]


def _values_by_code(labels: Snapshot) -> tuple[pa.Array, NDArray[np.uint32]]:
    """Return the value of each code, empty for a free code; and the position of its column."""
    column_of = np.zeros(len(labels.values), dtype=np.uint32)
    for number, (_, codes, _) in enumerate(labels.columns):
        column_of[codes] = number
    return _texts(labels.values), column_of


def _take(
    texts: pa.LargeStringArray,
    positions: NDArray[np.uint32],
    absent: NDArray[np.bool_] | None = None,
) -> pa.StringArray:
    pa = import_pyarrow()
    return texts.take(pa.array(positions, mask=absent)).cast(pa.string())


def _texts(texts: Sequence[str | None]) -> pa.LargeStringArray:
    return _array(texts, import_pyarrow().large_string())


def _array(objects: Sequence[Any] | Rows, kind: pa.DataType) -> pa.Array:
    """Return objects as an array. ValueError for a text that is no Unicode."""
    try:
        return import_pyarrow().array(objects, kind)
    except UnicodeEncodeError as error:
        message = f"{quote(error.object)} has half of a pair of surrogates, which Arrow cannot hold"
        raise ValueError(message) from None


# Keys of items


def _in_order(keys: Sequence[Any], order: NDArray[np.intp] | None) -> Sequence[Any]:
    return keys if order is None else [keys[position] for position in order.tolist()]


def _key_type(keys: Sequence[Any] | None) -> pa.DataType:
    """Return the type of the column of the keys. None means that they are row numbers.

    TypeError if they are neither all strings nor all integers of 64 bits.
    """
    pa = import_pyarrow()
    if keys is None:
        return pa.int64()
    is_text = not keys or isinstance(keys[0], str)
    for key in keys:
        if not (isinstance(key, str) if is_text else _is_int64(key)):
            message = (
                "keys must be all strings or all integers of 64 bits to be a column, not"
                f" {show(key)}; keys=None leaves them out"
            )
            raise TypeError(message)
    return pa.string() if is_text else pa.int64()


def _is_int64(key: object) -> bool:
    is_integer = isinstance(key, int | np.integer) and not isinstance(key, bool)
    return is_integer and MIN_INT64 <= int(cast("int", key)) <= MAX_INT64


def _check_names(names: list[str], key_column: str | None, rows: int) -> None:
    """Raise ValueError for names of columns that Arrow cannot hold or tell apart."""
    if key_column is not None:
        require_type(str, key_column)
    _texts([*names, key_column])  # raises an error that says more than that of a schema
    if key_column in names:
        message = (
            f"the column of the keys cannot be called {show(key_column)}, as a column of labels is:"
            " give another name as keys=..."
        )
        raise ValueError(message)
    if not names and key_column is None and rows:
        message = "label sets without labels and without keys: a table needs a column"
        raise ValueError(message)

"""`LabelIndex`: a mapping of keys to labels that answers selectors."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    ValuesView,
)
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from labelsel.collector import collector_paused
from labelsel.errors import expected, show
from labelsel.index import arrow
from labelsel.index.arrow import Progress
from labelsel.index.arrow_export import ArrowExport, ArrowLayout, write_parquet
from labelsel.index.bulk_load import encode
from labelsel.index.clustering import cluster as clustered
from labelsel.index.contents import Contents, RowChange, RowsChange
from labelsel.index.index_file import read, write
from labelsel.index.plan_cache import PlanCache
from labelsel.index.plan_report import Plan
from labelsel.index.postings import rows_array, size_of
from labelsel.index.query import Query, kept_query, select_kept
from labelsel.index.row_keys import KeyTable
from labelsel.index.selection import Selection
from labelsel.index.store import LabelStore, Snapshot
from labelsel.index.views import LazyItemsView, LazyValuesView
from labelsel.labels import are_strings, plain_string, require_labels
from labelsel.selector import Selector, as_selector

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["LabelIndex", "Stats"]

K = TypeVar("K", bound=Hashable)

_MANY: Final = 1000
"""From this number of items on the garbage collector is paused while they are set. It would look
at the caller's label sets again: a million take 1.05 s instead of 1.35
(``python -m benchmarks.constants collector --size 1000000``)."""

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[K, Labels | None] | Iterable[tuple[K, Labels | None]]


@dataclass(frozen=True, slots=True)
class Stats:
    """The result of `LabelIndex.stats`.

    Attributes:
        rows: the number of label sets.
        pairs: the number of labels of all label sets together.
        labels: the number of distinct labels.
        keys: the number of distinct label keys.
        bytes: the memory of each part, in bytes. The caller's own keys are not counted.

    >>> LabelIndex({"a": {"app": "web"}, "b": {"app": "web"}}).stats().labels
    1
    """

    rows: int
    pairs: int
    labels: int
    keys: int
    bytes: Mapping[str, int]

    @property
    def bytes_per_pair(self) -> float:
        """The sum of ``bytes`` divided by ``pairs``; 0 for an index without labels."""
        return sum(self.bytes.values()) / self.pairs if self.pairs else 0.0


class Exchange(NamedTuple):
    """The result of `LabelIndex.exchange`.

    Attributes:
        before: the labels that the item had; None for a new item.
        changes: the difference between both, in the form that `LabelIndex.patch` accepts.
        after: the labels that the item has now.
    """

    before: Mapping[str, str] | None
    changes: Mapping[str, str | None]
    after: Mapping[str, str]


_row_change: Final[Callable[[tuple[Any, ...]], RowChange]] = partial(tuple.__new__, RowChange)

_exchange: Final[Callable[[tuple[Any, ...]], Exchange]] = partial(tuple.__new__, Exchange)
"""`Exchange._make` in C: half of the time of the class itself, 0.12 µs instead of 0.24."""


class LabelIndex(MutableMapping[K, Labels]):
    """A mapping of any hashable key to labels, indexed for selectors.

    1. Update it like a dict (set, replace, delete, update), or patch single labels (`patch`).
       None means no labels. The index copies labels; ``index[key]`` returns a new dict.
    2. `select`, `count` and `explain` accept a selector or its text. `prepare` plans a query
       once and refreshes the plan when the index changes.
    3. A key whose labels are replaced keeps its position in the order, as in a dict.
    4. Several threads may read while another changes the index. Each answer is that before a
       change or that after it: every call holds one lock. A `Selection` never changes.

    Labels must be strings, but need not be legal labels (rule 11 of docs/semantics.md). Other
    types raise TypeError, and a call that raises does not change the index.

    With n label sets of m labels: setting or deleting one is O(m), building all is
    O(n m log(n m)), some 3 µs a label set (``python -m benchmarks build``). A selector costs set
    operations on the postings of the labels that it names, and never looks at single label sets.

    >>> pods = LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
    >>> pods["web-2"] = {"app": "web", "debug": ""}
    >>> pods.select("app=web,!debug")
    Selection({'web-1'})
    """

    def __init__(self, items: Items[K] = (), /, *, cluster: bool = False) -> None:
        """Make an index of items, as `update` does. With ``cluster`` it is compact (`compact`)."""
        table: KeyTable[K] = KeyTable()
        self._contents: Contents[K] = Contents(LabelStore(), table)
        self._lock = table.lock
        self._plans: PlanCache[Query[K]] = PlanCache()
        self._uses = count()
        self.update(items)
        if cluster:
            self.compact()

    @classmethod
    def from_arrow(
        cls,
        source: object,
        *,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
        cluster: bool = False,
    ) -> LabelIndex[Any]:
        """Return an index of label sets from Arrow data. Needs the extra ``arrow``.

        A source is a Table, a RecordBatch, an Array or ChunkedArray of maps, an object of another
        library that exports an Arrow stream (``__arrow_c_stream__``), or an iterable of any of
        these. An iterable, such as a generator, is read piece by piece. Labels are either

        * columns of strings or of dictionary-encoded strings: each column is a label key, and a
          row with a null has no such label; or
        * one single column of maps from strings to strings; a null map means no labels.

        Without ``keys`` the keys are the row numbers 0, 1, … and take no memory. Otherwise
        ``keys`` is the name of a column of strings or integers, which is then not a label, or an
        iterable with one key for each row.

        With ``cluster`` the index is made compact at the end (`compact`), which needs ``keys``.

        ``progress(done, rows)`` is called after each batch with the number of rows that are done
        and the number of all rows, None if that is not known yet.

        TypeError for a column of another type. ValueError for two columns of one name; a map with
        a null key, a null value or a repeated key; a null or repeated key; more or fewer keys
        than rows; ``cluster`` without ``keys``. ImportError if pyarrow is not installed.

        C++ hashes each label once; the rest is sorting of numbers. Beside the index one batch is
        in memory, a million rows at most. There is no Python object for a row unless there are
        keys.

        >>> import pyarrow
        >>> table = pyarrow.table({"app": ["web", None], "tier": ["front", "back"]})
        >>> LabelIndex.from_arrow(table).select("!app")
        Selection({1})
        """
        return cls._of_tables(*arrow.tables(source), keys, progress, cluster=cluster)

    @classmethod
    def from_polars(
        cls,
        frame: object,
        *,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
        cluster: bool = False,
    ) -> LabelIndex[Any]:
        """Return an index of the rows of a Polars DataFrame, as `from_arrow` does.

        Columns must be strings, categoricals or enums. Call ``collect()`` of a LazyFrame first.
        The errors are those of `from_arrow`.

        >>> frame = polars.DataFrame({"app": ["web", None]})  # doctest: +SKIP
        >>> LabelIndex.from_polars(frame).select("app=web")  # doctest: +SKIP
        Selection({0})
        """
        return cls._of_tables(*arrow.frame_tables(frame), keys, progress, cluster=cluster)

    @classmethod
    def from_parquet(
        cls,
        path: str | PathLike[str],
        *,
        columns: Iterable[str] | None = None,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
        cluster: bool = False,
    ) -> LabelIndex[Any]:
        """Return an index of the rows of a Parquet file, as `from_arrow` does.

        Only ``columns`` and the column of the keys are read; all columns if it is None. The file
        is read in batches, and beside the index one batch is in memory. The errors are those of
        `from_arrow`; OSError if the file cannot be read.

        >>> from tempfile import TemporaryDirectory
        >>> import pyarrow
        >>> from pyarrow.parquet import write_table
        >>> with TemporaryDirectory() as folder:
        ...     write_table(pyarrow.table({"app": ["web", "db"]}), f"{folder}/pods.parquet")
        ...     LabelIndex.from_parquet(f"{folder}/pods.parquet").count("app=web")
        1
        """
        return cls._of_tables(*arrow.parquet(path, columns, keys), keys, progress, cluster=cluster)

    def to_arrow(self, *, layout: ArrowLayout = "columns", keys: str | None = "key") -> pa.Table:
        """Return the label sets as a table of Arrow, in insertion order. Needs the extra ``arrow``.

        With the layout ``"columns"`` each label key is a column of strings, null where a label is
        absent. With ``"map"`` the column ``labels`` has a map from strings to strings. ``keys`` is
        the name of the column of the keys, strings or integers; None leaves the keys out.
        `from_arrow` with the same ``keys`` returns an equal index.

        TypeError if the keys are neither all strings nor all integers of 64 bits. ValueError if a
        label key is called as the column of the keys, or for text with half of a pair of
        surrogates. ImportError if pyarrow is not installed.

        O(labels), in columns O(label sets x label keys); the lock is held as in `save`, and the
        time is about the same (``python -m benchmarks storage``).

        >>> LabelIndex({"a": {"app": "web"}, "b": {"tier": "db"}}).to_arrow().to_pylist()
        [{'key': 'a', 'app': 'web', 'tier': None}, {'key': 'b', 'app': None, 'tier': 'db'}]
        """
        return self._export(layout, keys).table()

    def to_parquet(
        self,
        path: str | PathLike[str],
        *,
        layout: ArrowLayout = "columns",
        keys: str | None = "key",
    ) -> None:
        """Write the label sets to a Parquet file, as `to_arrow` does, batch by batch.

        Beside the index a copy of its numbers and distinct strings is in memory, and one batch.
        Writing takes three times as long as `save`; the new file replaces an old one in one step,
        too. `from_parquet` with the same ``keys`` returns an equal index. The errors are those of
        `to_arrow`; OSError if the file cannot be written.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     LabelIndex({"a": {"app": "web"}}).to_parquet(f"{folder}/pods.parquet", layout="map")
        ...     dict(LabelIndex.from_parquet(f"{folder}/pods.parquet", keys="key"))
        {'a': {'app': 'web'}}
        """
        write_parquet(path, self._export(layout, keys))

    @property
    def _store(self) -> LabelStore:
        return self._whole().store

    @property
    def _table(self) -> KeyTable[K]:
        return self._whole().table

    def _whole(self) -> Contents[K]:
        """Return the parts of the index, which agree. The caller holds the lock."""
        contents = self._contents
        if contents.note is not None:
            contents.repair()
        return contents

    def __getitem__(self, key: K) -> dict[str, str]:
        with self._lock:
            return self._store.labels_of(self._row(key))

    def __setitem__(self, key: K, labels: Labels | None) -> None:
        checked = require_labels(labels)
        with self._lock:
            contents = self._whole()
            row = contents.table.find(key)
            contents.note = _row_change((row, key, checked, None))
            contents.store.set_row(contents.table.add(key) if row < 0 else row, checked)
            contents.note = None

    def __delitem__(self, key: K) -> None:
        with self._lock:
            row = self._row(key)
            contents = self._contents
            contents.note = _row_change((row, key, None, None))
            contents.store.remove_row(contents.table.remove(key))
            contents.note = None

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            return iter(Selection(self._table, self._store.rows))

    def __len__(self) -> int:
        with self._lock:
            return len(self._store.rows)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return self._table.find(key) >= 0

    def __repr__(self) -> str:
        return f"<LabelIndex of {len(self)} label sets>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.items()),)

    def items(self) -> ItemsView[K, Labels]:
        """Return the items, each with the labels that it has when the iteration reaches it.

        An item that is removed during the iteration is left out; an item that is added is not
        included.

        >>> list(LabelIndex({"a": {"app": "web"}}).items())
        [('a', {'app': 'web'})]
        """
        return LazyItemsView(self)

    def values(self) -> ValuesView[Labels]:
        """Return the labels of each item, in the manner of `items`."""
        return LazyValuesView(self)

    def update(self, items: Items[K] = (), /, **more: Labels | None) -> None:  # type: ignore[override]  # None is accepted, too
        """Set many items at once: all of them, or none if the labels of one are not valid.

        The arguments are those of ``dict.update``. Many new keys are indexed together, ten times
        as fast as one by one (``python -m benchmarks build``). TypeError as for one item.

        >>> pods = LabelIndex()
        >>> pods.update({"web-1": {"app": "web"}, "db-1": None})
        >>> len(pods)
        2
        """
        try:
            given = cast("dict[K, Labels | None]", dict(cast("Items[str]", items), **more))
        except (TypeError, ValueError):
            what = "a mapping from keys to label sets, or pairs of both"
            advice = "a list of label sets gets keys with dict(enumerate(label_sets))"
            raise expected(what, items, advice) from None
        with self._lock, collector_paused(len(given) >= _MANY):
            contents = self._whole()
            store, table = contents.store, contents.table
            known = given if len(self) else ()  # an empty index has none of the keys
            rows = {key: row for key in known if (row := table.find(key)) >= 0}
            note = RowsChange({key: store.labels_of(row) for key, row in rows.items()}, table.size)
            if rows or table.free:
                # All labels are checked before any item is set.
                given = {key: require_labels(labels) for key, labels in given.items()}
                new = [key for key in given if key not in rows]
                reusing, rest = new[: table.free], new[table.free :]
                note.before.update(dict.fromkeys(reusing))
                contents.note = note
                for key in chain(rows, reusing):
                    note.row = rows[key] if key in rows else table.add(key)
                    store.set_row(note.row, cast("Labels", given[key]))
                given = {key: given[key] for key in rest}
            encoded = encode(given, store)
            note.row = -1
            contents.note = note
            table.extend(list(given))
            encoded.append_to(store)
            contents.note = None

    def patch(self, key: K, changes: Mapping[str, str | None]) -> None:
        """Change some labels of an item, as a JSON merge patch does: None removes a label.

        The other labels of the item stay as they are and are not read: a changed label takes
        some 5 µs, with the compiled core 1 to 4 (``python -m benchmarks changes``). KeyError for a
        key that is not in the index; TypeError for a label that is not a string, or a value that
        is neither a string nor None.

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.patch("web-1", {"env": "prod", "debug": "", "tier": None})
        >>> pods["web-1"]
        {'app': 'web', 'env': 'prod', 'debug': ''}
        """
        changes = dict(changes)  # a copy: nobody else can change it meanwhile
        if not are_strings(changes, True):  # noqa: FBT003  # with None
            changes = _check_changes(changes)
        with self._lock:
            contents = self._whole()
            row = contents.table.find(key)
            if row < 0:
                raise KeyError(key)
            contents.note = _row_change((row, key, None, changes))
            contents.store.patch_row(row, changes)
            contents.note = None

    def exchange(self, key: K, labels: Labels | None) -> Exchange:
        """Set the labels of an item; return the labels before and after, and their difference.

        If few labels change this takes half the time of ``index[key] = labels``. Labels that
        stay keep their positions; new labels are appended. TypeError for labels that are not
        strings.

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.exchange("web-1", {"app": "web", "tier": "db"}).changes
        {'tier': 'db', 'env': None}
        """
        after = require_labels(labels)
        with self._lock:
            contents = self._whole()
            row = contents.table.find(key)
            contents.note = _row_change((row, key, after, None))
            if row >= 0:
                exchange = _exchange((*contents.store.exchange_row(row, after), after))
            else:
                contents.store.set_row(contents.table.add(key), after)
                exchange = Exchange(None, dict(after), after)
            contents.note = None
            return exchange

    def clear(self) -> None:
        """Remove all items. O(1). Selections that were made before do not change."""
        with self._lock:
            store = LabelStore(self._store.version + 1, self._store.changes + 1)
            self._contents.replace(store, KeyTable(lock=self._lock))

    def compact(self) -> None:
        """Give the rows new numbers, so that equal label sets are side by side.

        Use it after many items were added in an order without meaning. Then the bitmaps of labels
        become runs: of a million label sets in random order a query takes 0.6 of the time on
        average, and large postings half the memory (``python -m benchmarks queries``). Later
        changes are made as before; call `compact` again after very many. A million label sets take
        some 2 s, during which other threads wait.

        Items, their order, selections that were made before, and all answers stay as they are.
        Only the numbers that `Selection.rows` returns change: after it they are internal numbers,
        in no order that means anything. To remember the order of insertion the index needs
        8 bytes more for each item.

        ValueError if the keys of the index are its row numbers (`from_arrow` without ``keys``).
        O(n log n) for n labels.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
        >>> pods.compact()
        >>> pods.select("app=web"), list(pods)
        (Selection({'a', 'c'}), ['a', 'b', 'c'])
        """
        with self._lock:
            if not self._table.has_keys:
                raise _no_keys_to_compact()
            store, order = clustered(self._store)
            self._contents.replace(store, self._table.reordered(order))

    def select(self, selector: Selector | str) -> Selection[K]:
        """Return the keys whose labels the selector selects, in insertion order.

        The plan of the selector is kept for the next call, unless the selector is very large
        (`PlanCache`). `SelectorSyntaxError` if a text is not a selector, TypeError for other
        objects.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).select("!app")
        Selection({'b'})
        """
        found = select_kept(self._plans, selector, self._uses, Selection)
        return self._new_query(selector).select() if found is None else found

    def count(self, selector: Selector | str) -> int:
        """Return ``len(self.select(selector))``, without making the selection.

        The errors are those of `select`.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).count("app")
        1
        """
        return self._query(selector).count()

    def prepare(self, selector: Selector | str) -> Query[K]:
        """Return a query whose plan is kept; it is refreshed when the index changes.

        `select` keeps plans, too, and finds them by the selector: that takes 0.2 µs, which a
        query saves (``python -m benchmarks repeated``). The errors are those of `select`.

        >>> pods = LabelIndex({"a": {"app": "web"}})
        >>> web = pods.prepare("app=web")
        >>> pods["b"] = {"app": "web"}
        >>> web.count()
        2
        """
        return Query(as_selector(selector), self._contents)

    def explain(self, selector: Selector | str) -> Plan:
        """Return the plan of a selector with the rows and the time of each step.

        Executes every step. The errors are those of `select`.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "web", "debug": ""}})
        >>> print(pods.explain("app=web,!debug").text(times=False))
        subtract: 1 rows (at most 2 expected)
          label app=web: 2 rows (at most 2 expected)
          not key debug: 1 rows (at most 1 expected)
        """
        return self.prepare(selector).explain()

    def label_values(self, key: str) -> dict[str, int]:
        """Return the values of a label key, each with the number of items that have it.

        Ordered by value; empty for a key that no item has. O(v log v) for v values.

        >>> LabelIndex({1: {"app": "web"}, 2: {"app": "db"}, 3: {"app": "web"}}).label_values("app")
        {'db': 1, 'web': 2}
        """
        with self._lock:
            store = self._store
            column = store.columns.get(key)
            codes = store.codes_in(column) if column is not None else []
            counts = {store.values[code]: size_of(store.postings[code]) for code in codes}
            return dict(sorted(counts.items()))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the index to a file. `load` reads it; docs/file-format.md describes the format.

        The new file replaces an old one in one step: if the call raises, or the machine stops,
        the old file is unchanged. Changes of the index during the call are not written. The lock
        is held only while numbers are copied, 0.1 s for a million label sets. O(label sets), some
        0.5 s for a million (``python -m benchmarks storage``).

        TypeError, before anything is written, if a key is not a str, int, bool, None, finite
        float or a tuple of those. OSError if the file cannot be written.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     LabelIndex({"a": {"app": "web"}}).save(f"{folder}/pods.index")
        ...     LabelIndex.load(f"{folder}/pods.index").select("app")
        Selection({'a'})
        """
        write(path, *self._snapshot())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return the index that `save` wrote: the same items, order and row numbers.

        O(label sets), some 0.2 s for a million (``python -m benchmarks storage``). The keys of the
        items are made of the file's bytes when the first one is needed, as long again: a count, or
        the rows of an answer, need none.

        `IndexFileError` if the file is not a labelsel index file, is damaged, or has a later
        version of the format. If the keys are what a faulty writer got wrong, the first call
        that needs a key raises it. OSError if the file cannot be read.
        """
        index = cls()
        labels, keys, order = read(path)
        index._contents.store = LabelStore.of(labels)
        index._contents.table = KeyTable.of(
            len(labels.sizes),
            labels.rows,
            cast("Callable[[], list[K]] | None", keys),
            order,
            index._lock,
        )
        return index

    def stats(self) -> Stats:
        """Return the numbers of label sets and labels, and the memory. O(distinct labels).

        The bytes of each part are counted; memory that the allocator loses is not included.
        """
        with self._lock:
            store = self._store
            return Stats(
                rows=len(store.rows),
                pairs=store.pairs,
                labels=sum(len(column.codes) for column in store.columns.values()),
                keys=len(store.columns),
                bytes={**store.nbytes(), "keys of items": self._table.nbytes},
            )

    def check_invariants(self) -> None:
        """Raise AssertionError if the parts of the index disagree. For tests; O(labels)."""
        with self._lock:
            self._store.check_invariants()
            self._table.check_invariants(self._store.rows)
            keys = self._table.keys_of(self._store.rows)
            rows = rows_array(self._store.rows).tolist()
            assert [self._table.find(key) for key in keys] == rows

    @classmethod
    def _of_tables(
        cls,
        tables: Iterable[Any],
        rows: int | None,
        keys: str | Iterable[Any] | None,
        progress: Progress | None,
        *,
        cluster: bool,
    ) -> LabelIndex[Any]:
        if cluster and keys is None:
            raise _no_keys_to_compact()
        index: LabelIndex[Any] = cls()
        contents = index._contents
        if keys is None:
            contents.table = KeyTable(None, contents.table.lock)
        arrow.append(contents, tables, keys=keys, rows=rows, progress=progress)
        if cluster:
            index.compact()
        return index

    def _snapshot(self) -> tuple[Snapshot, list[K] | None, NDArray[np.uint64] | None]:
        """Return the labels, the keys, and the insertion numbers, as `write` takes them."""
        with self._lock:
            labels = self._store.snapshot()
            keys = self._table.keys_of(labels.rows) if self._table.has_keys else None
            return labels, keys, self._table.insertion_numbers(rows_array(labels.rows))

    def _export(self, layout: ArrowLayout, key_column: str | None) -> ArrowExport:
        return ArrowExport(*self._snapshot(), layout=layout, key_column=key_column)

    def _row(self, key: K) -> int:
        row = self._table.find(key)
        if row < 0:
            raise KeyError(key)
        return row

    def _query(self, selector: Selector | str) -> Query[K]:
        query = kept_query(self._plans, selector, self._uses)
        return self._new_query(selector) if query is None else query

    def _new_query(self, selector: Selector | str) -> Query[K]:
        name = plain_string(selector) if isinstance(selector, str) else id(selector)
        query = self._plans.get(name)
        if query is None:
            query = self.prepare(selector)
            with self._lock:
                self._plans.keep(name, query)
        query.last_use = next(self._uses)
        return query


def _no_keys_to_compact() -> ValueError:
    return ValueError(
        "cannot compact an index whose keys are its row numbers, because that gives each row"
        " another number: make the index with keys=..."
    )


def _check_changes(changes: Mapping[Any, Any]) -> dict[str, str | None]:
    """Return changes as plain strings (`require_labels`, rule 2). TypeError for other types."""
    plain: dict[str, str | None] = {}
    for label, value in changes.items():
        if not isinstance(label, str):
            message = f"label key must be a string, not {show(label)}"
            raise TypeError(message)
        if not isinstance(value, str | None):
            message = (
                f"label {show(label)}: value must be a string, or None to remove the label, not"
                f" {show(value)}"
            )
            raise TypeError(message)
        plain[plain_string(label)] = value if value is None else plain_string(value)
    if len(plain) < len(changes):
        message = f"two of the labels to change have the same characters, in {show(changes)}"
        raise TypeError(message)
    return plain

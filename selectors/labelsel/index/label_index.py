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
from labelsel.errors import require_mapping, require_type, show
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
from labelsel.running import require_outermost
from labelsel.selector import Selector, as_selector

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Exchange", "Items", "LabelIndex", "Stats", "items_by_key"]

K = TypeVar("K", bound=Hashable)

_LOAD: Final = 4096
_LOAD_SHARE: Final = 128
"""From so many items on, and from such a share of the items of the index on, they are set in a copy
of the index, while other threads read it. Fewer are set in place: readers of a million label sets
wait 85 ms for them at most (``python -m benchmarks.waiting``)."""

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[K, Labels | None] | Iterable[tuple[K, Labels | None]]


@dataclass(frozen=True, slots=True)
class Stats:
    """The sizes of an index: the result of `LabelIndex.stats`.

    Attributes:
        rows: the number of label sets.
        pairs: the number of labels of all label sets together.
        labels: the number of distinct labels.
        keys: the number of distinct label keys.
        bytes: the memory of each part, in bytes. The caller's own keys are not counted.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import LabelIndex
    >>> stats = LabelIndex({"a": {"app": "web"}, "b": {"app": "web"}}).stats()
    >>> stats.rows, stats.pairs, stats.labels, stats.keys
    (2, 2, 1, 1)
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
    """The labels of an item before and after a change: the result of `LabelIndex.exchange`.

    Attributes:
        before: the labels that the item had; None for a new item.
        changes: the difference between both, in the form that `LabelIndex.patch` accepts.
        after: the labels that the item has now.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import LabelIndex
    >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
    >>> pods.exchange("web-1", {"app": "web"})
    Exchange(before={'app': 'web', 'env': 'dev'}, changes={'env': None}, after={'app': 'web'})
    """

    before: Mapping[str, str] | None
    changes: Mapping[str, str | None]
    after: Mapping[str, str]


_row_change: Final[Callable[[tuple[Any, ...]], RowChange]] = partial(tuple.__new__, RowChange)

_exchange: Final[Callable[[tuple[Any, ...]], Exchange]] = partial(tuple.__new__, Exchange)
"""`Exchange._make` in C: half of the time of the class itself, 0.12 µs instead of 0.24."""


class LabelIndex(MutableMapping[K, Labels]):
    """A mapping of any hashable key to labels, indexed for selectors.

    1. Update it like a dict (set, replace, delete, update), or patch single labels (`patch`). None
       means no labels. The index copies labels; ``index[key]`` returns a new dict.
    2. `select`, `count` and `explain` accept a selector or its text. `prepare` plans a query once
       and refreshes the plan when the index changes.
    3. A key whose labels are replaced keeps its position in the order, as in a dict.
    4. Several threads may read while another changes the index. Each answer is that before a change
       or that after it: every call holds one lock. `update` of very many items holds it at the
       end only, so a reader of a million label sets waits 0.1 s at most
       (``python -m benchmarks.waiting``). A `Selection` never changes.
    5. Labels must be strings, but need not be legal labels (rule 11 of docs/semantics.md). A call
       that raises does not change the index.

    Arguments:
        items: a mapping from keys to label sets, or pairs of both, as of a dict.
        cluster: whether the index is made compact at the end: see `compact`.

    Raises:
        TypeError: a key cannot be hashed, a label set is not a mapping of strings to strings, or
            ``items`` is no mapping and has no pairs.
        KeyError: ``index[key]`` or ``del index[key]`` of a key that is not in the index.

    Complexity:
        Setting or deleting a label set is O(its labels). Building an index is O(p log p) for p
        labels in total, some 3 µs a label set (``python -m benchmarks build``). A selector costs
        set operations on the postings of the labels that it names, and never looks at single label
        sets.

    >>> from labelsel import LabelIndex
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
        """Return an index of label sets from Arrow data.

        It needs the extra ``arrow``. A source is a Table, a RecordBatch, an Array or ChunkedArray
        of maps, an object of another library that exports an Arrow stream (``__arrow_c_stream__``),
        or an iterable of any of these. An iterable, such as a generator, is read piece by piece.
        Labels are either

        * columns of strings or of dictionary-encoded strings: each column is a label key, and a row
          with a null has no such label; or
        * one single column of maps from strings to strings; a null map means no labels.

        Arguments:
            source: the data.
            keys: None for the row numbers 0, 1, … as keys, which take no memory; the name of a
                column of strings or integers, which is then not a label; or an iterable with one
                key for each row.
            progress: called after each batch with the number of rows that are done and the number
                of all rows, None if that is not known yet.
            cluster: whether the index is made compact at the end (`compact`), which needs ``keys``.

        Returns:
            The index.

        Raises:
            TypeError: the source or a column is of another type.
            ValueError: two columns have one name, or none has that of the keys; a map has a null
                key, a null value or a repeated key; a key is null or repeated; there are more or
                fewer keys than rows; or ``cluster`` is set without ``keys``.
            ImportError: pyarrow is not installed.

        Complexity:
            O(p log p) for p labels. C++ hashes each label once; the rest is sorting of numbers.
            Beside the index one batch is in memory, a million rows at most. There is no Python
            object for a row unless there are keys.

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
        """Return an index of the rows of a Polars DataFrame.

        It needs the extra ``arrow``. Columns must be strings, categoricals or enums.

        Arguments:
            frame: the DataFrame. Call ``collect()`` of a LazyFrame first.
            keys: as of `from_arrow`.
            progress: as of `from_arrow`.
            cluster: as of `from_arrow`.

        Returns:
            The index.

        Raises:
            TypeError: it is not a DataFrame, or a column is of another type.
            ValueError: as by `from_arrow`.
            ImportError: pyarrow is not installed.

        Complexity:
            That of `from_arrow`.

        >>> import polars
        >>> frame = polars.DataFrame({"app": ["web", None]})
        >>> LabelIndex.from_polars(frame).select("app=web")
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
        """Return an index of the rows of a Parquet file.

        It needs the extra ``arrow``. The file is read in batches, and beside the index one batch is
        in memory.

        Arguments:
            path: the file.
            columns: the columns to read, beside that of the keys; None for all.
            keys: as of `from_arrow`.
            progress: as of `from_arrow`.
            cluster: as of `from_arrow`.

        Returns:
            The index.

        Raises:
            OSError: the file cannot be read.
            TypeError: a column is of another type.
            ValueError: the file has no such column, there is no column to read, or as by
                `from_arrow`.
            ImportError: pyarrow is not installed.

        Complexity:
            That of `from_arrow`.

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
        """Return the label sets as a table of Arrow, in insertion order.

        It needs the extra ``arrow``.

        Arguments:
            layout: ``"columns"`` for a column of strings for each label key, null where a label is
                absent; ``"map"`` for one column ``labels`` with a map from strings to strings.
            keys: the name of the column of the keys, which are strings or integers; None leaves the
                keys out. `from_arrow` with the same ``keys`` returns an equal index.

        Returns:
            A pyarrow Table.

        Raises:
            TypeError: the keys are neither all strings nor all integers of 64 bits.
            ValueError: there is no such layout; a label key has the name of the column of the keys;
                a text has half of a pair of surrogates; or there is neither a column of keys nor
                one of labels.
            ImportError: pyarrow is not installed.

        Complexity:
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
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        """Write the label sets to a Parquet file, batch by batch.

        It needs the extra ``arrow``. The new file replaces an old one in one step, as in `save`.
        `from_parquet` with the same ``keys`` returns an equal index.

        Arguments:
            path: the file.
            layout: as of `to_arrow`.
            keys: as of `to_arrow`.
            on_warning: as of `save`.

        Raises:
            OSError: the file cannot be written.
            TypeError: as by `to_arrow`.
            ValueError: as by `to_arrow`.
            ImportError: pyarrow is not installed.

        Complexity:
            That of `to_arrow`; writing takes three times as long as `save`
            (``python -m benchmarks storage``). Beside the index a copy of its numbers and distinct
            strings is in memory, and one batch.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     LabelIndex({"a": {"app": "web"}}).to_parquet(f"{folder}/pods.parquet", layout="map")
        ...     dict(LabelIndex.from_parquet(f"{folder}/pods.parquet", keys="key"))
        {'a': {'app': 'web'}}
        """
        write_parquet(path, self._export(layout, keys), on_warning)

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

    def _writable(self) -> Contents[K]:
        """Return the parts of the index, to be changed. The caller holds the lock."""
        contents = self._contents
        if contents.note is not None or contents.preparation.load is not None:
            contents.settle()
        return contents

    def __getitem__(self, key: K) -> dict[str, str]:
        with self._lock:
            return self._store.labels_of(self._row(key))

    def __setitem__(self, key: K, labels: Labels | None) -> None:
        checked = require_labels(labels)
        require_outermost(self._lock)
        with self._lock:
            changed = self._writable()
            row = changed.table.find(key)
            changed.note = _row_change((row, key, checked, None))
            changed.store.set_row(changed.table.add(key) if row < 0 else row, checked)
            changed.note = None

    def __delitem__(self, key: K) -> None:
        require_outermost(self._lock)
        with self._lock:
            changed = self._writable()
            row = changed.table.find(key)
            if row < 0:
                raise KeyError(key)
            changed.note = _row_change((row, key, None, None))
            changed.store.remove_row(changed.table.remove(key))
            changed.note = None

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

    def __copy__(self) -> Self:
        """Return another index with the same contents, while other threads read. O(labels)."""
        copied = type(self)()
        lock = copied._lock  # noqa: SLF001  # of the same class
        copied._contents = self._contents.copy_beside_readers(lock)  # noqa: SLF001  # likewise
        return copied

    def items(self) -> ItemsView[K, Labels]:
        """Return the items, each with the labels that it has when the iteration reaches it.

        An item that is removed during the iteration is left out; an item that is added is not
        included.

        Returns:
            A view of pairs of a key and a new dict.

        Raises:
            Nothing.

        Complexity:
            O(1). An iteration takes O(n) for n items when it starts, and O(labels) for each item.

        >>> list(LabelIndex({"a": {"app": "web"}}).items())
        [('a', {'app': 'web'})]
        """
        return LazyItemsView(self)

    def values(self) -> ValuesView[Labels]:
        """Return the labels of each item, read in the manner of `items`.

        Returns:
            A view of new dicts.

        Raises:
            Nothing.

        Complexity:
            That of `items`.

        >>> list(LabelIndex({"a": {"app": "web"}}).values())
        [{'app': 'web'}]
        """
        return LazyValuesView(self)

    def update(self, items: Items[K] = (), /, **more: Labels | None) -> None:  # type: ignore[override]  # None is accepted, too
        """Set many items at once: all of them, or none if the labels of one are not valid.

        Arguments:
            items: a mapping from keys to label sets, or pairs of both, as of ``dict.update``.
            more: items whose keys are names, as of ``dict.update``.

        Raises:
            TypeError: a key cannot be hashed, a label set is not a mapping of strings to strings,
                or ``items`` is no mapping and has no pairs.

        Complexity:
            O(p log p) for the p labels of new keys, which are indexed together, ten times as fast
            as one by one (``python -m benchmarks build``); O(labels) for each key that is in the
            index.

        >>> pods = LabelIndex()
        >>> pods.update({"web-1": {"app": "web"}, "db-1": None})
        >>> len(pods)
        2
        """
        given = items_by_key(items)
        given |= cast("dict[K, Labels | None]", more)
        contents = self._contents
        with collector_paused(len(given)):
            if len(given) >= max(_LOAD, len(contents.store.rows) // _LOAD_SHARE):
                contents.replace_by(partial(_changed_copy, given))
            else:
                require_outermost(self._lock)
                with self._lock:
                    _set_many(self._writable(), given)

    def patch(self, key: K, changes: Mapping[str, str | None]) -> None:
        """Change some labels of an item, as a JSON merge patch does.

        The other labels of the item stay as they are.

        Arguments:
            key: the key of the item.
            changes: a mapping of label keys to the new values; None removes a label.

        Raises:
            KeyError: the key is not in the index.
            TypeError: a label is not a string, a value is neither a string nor None, or ``changes``
                is neither a mapping nor pairs.

        Complexity:
            O(labels of the item + changes): some 5 µs for one change, with the compiled core 1 to 4
            (``python -m benchmarks changes``).

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.patch("web-1", {"env": "prod", "debug": "", "tier": None})
        >>> pods["web-1"]
        {'app': 'web', 'env': 'prod', 'debug': ''}
        """
        # A copy: nobody else can change it meanwhile.
        changes = require_mapping("a mapping of changes", changes, "as {'app': 'web', 'old': None}")
        if not are_strings(changes, True):  # noqa: FBT003  # with None
            changes = _check_changes(changes)
        require_outermost(self._lock)
        with self._lock:
            changed = self._writable()
            row = changed.table.find(key)
            if row < 0:
                raise KeyError(key)
            changed.note = _row_change((row, key, None, changes))
            changed.store.patch_row(row, changes)
            changed.note = None

    def exchange(self, key: K, labels: Labels | None) -> Exchange:
        """Set the labels of an item; return the labels before and after, and their difference.

        Labels that stay keep their positions; new labels are appended.

        Arguments:
            key: the key of the item, which may be new.
            labels: the new labels, a mapping of strings to strings; None means no labels.

        Returns:
            A named tuple of ``before``, the labels that the item had, None for a new item;
            ``changes``, the difference, in the form that `patch` accepts; and ``after``, the labels
            that it has now.

        Raises:
            TypeError: the key cannot be hashed, or ``labels`` is not a mapping of strings to
                strings.

        Complexity:
            O(labels before and after). If few labels change this takes half the time of
            ``index[key] = labels``.

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.exchange("web-1", {"app": "web", "tier": "db"}).changes
        {'tier': 'db', 'env': None}
        """
        after = require_labels(labels)
        require_outermost(self._lock)
        with self._lock:
            changed = self._writable()
            row = changed.table.find(key)
            changed.note = _row_change((row, key, after, None))
            if row >= 0:
                exchange = _exchange((*changed.store.exchange_row(row, after), after))
            else:
                changed.store.set_row(changed.table.add(key), after)
                exchange = Exchange(None, dict(after), after)
            changed.note = None
            return exchange

    def clear(self) -> None:
        """Remove all items; selections that were made before do not change.

        Raises:
            Nothing.

        Complexity:
            O(1).

        >>> pods = LabelIndex({"a": {"app": "web"}})
        >>> web = pods.select("app=web")
        >>> pods.clear()
        >>> len(pods), web
        (0, Selection({'a'}))
        """
        require_outermost(self._lock)
        with self._lock:
            before = self._writable().store
            store = LabelStore(before.version + 1, before.changes + 1)
            self._contents.replace(store, KeyTable(lock=self._lock))

    def compact(self) -> None:
        """Give the rows new numbers, so that equal label sets are side by side.

        Use it after many items were added in an order without meaning. Then the bitmaps of labels
        become runs: of a million label sets in random order a query takes 0.6 of the time on
        average, and large postings half the memory (``python -m benchmarks queries``). Later
        changes are made as before; call `compact` again after very many.

        Items, their order, selections that were made before, and all answers stay as they are. Only
        the numbers that `Selection.rows` returns change: after it they are internal numbers, in no
        order that means anything.

        Raises:
            ValueError: the keys of the index are its row numbers (`from_arrow` without ``keys``).

        Complexity:
            O(n log n) for n labels. A million label sets take some 2 s, during which other threads
            can read. To remember the order of insertion the index needs 8 bytes more for each item.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
        >>> pods.compact()
        >>> pods.select("app=web"), list(pods)
        (Selection({'a', 'c'}), ['a', 'b', 'c'])
        """
        with self._lock:
            if not self._table.has_keys:
                raise _no_keys_to_compact()
        self._contents.replace_by(_clustered_copy)

    def select(self, selector: Selector | str) -> Selection[K]:
        """Return the keys whose labels the selector selects, in insertion order.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            A snapshot: see `Selection`.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            Set operations on bitmaps: the postings of the labels that the selector names, and for
            what it excludes the bitmap of all rows. A requirement that only `Requirement.allows`
            can answer, such as `Contains`, costs one call for each distinct value of its key when
            the plan is made. The plan is kept for the next call, unless the selector is very large.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).select("!app")
        Selection({'b'})
        """
        found = select_kept(self._plans, selector, self._uses, Selection)
        return self._new_query(selector).select() if found is None else found

    def count(self, selector: Selector | str) -> int:
        """Return ``len(self.select(selector))``, without making the selection.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            The number of items that the selector selects.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            That of `select`.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).count("app")
        1
        """
        return self._query(selector).count()

    def prepare(self, selector: Selector | str) -> Query[K]:
        """Return a query whose plan is kept; it is refreshed when the index changes.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            The query: see `Query`.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            O(r log r) for r requirements; the first answer makes the plan. `select` keeps plans,
            too, and finds them by the selector: that takes 0.2 µs, which a query saves
            (``python -m benchmarks repeated``).

        >>> pods = LabelIndex({"a": {"app": "web"}})
        >>> web = pods.prepare("app=web")
        >>> pods["b"] = {"app": "web"}
        >>> web.count()
        2
        """
        return Query(as_selector(selector), self._contents)

    def explain(self, selector: Selector | str) -> Plan:
        """Return the plan of a selector with the rows and the time of each step.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            The plan: see `Plan`.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            Makes a plan, and executes every step on its own.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "web", "debug": ""}})
        >>> print(pods.explain("app=web,!debug").text(times=False))
        subtract: 1 rows (at most 2 expected)
          label app=web: 2 rows (at most 2 expected)
          not key debug: 1 rows (at most 1 expected)
        """
        return self.prepare(selector).explain()

    def label_values(self, key: str) -> dict[str, int]:
        """Return the values of a label key, each with the number of items that have it.

        Arguments:
            key: the label key.

        Returns:
            A new dict, ordered by value; empty for a key that no item has.

        Raises:
            TypeError: the key is not a string.

        Complexity:
            O(v log v) for v values.

        >>> LabelIndex({1: {"app": "web"}, 2: {"app": "db"}, 3: {"app": "web"}}).label_values("app")
        {'db': 1, 'web': 2}
        """
        with self._lock:
            store = self._store
            column = store.columns.get(require_type(str, key))
            codes = store.codes_in(column) if column is not None else []
            counts = {store.values[code]: size_of(store.postings[code]) for code in codes}
            return dict(sorted(counts.items()))

    def save(
        self, path: str | PathLike[str], *, on_warning: Callable[[str], None] | None = None
    ) -> None:
        """Write the index to a file; `load` reads it, and docs/file-format.md describes the format.

        The new file replaces an old one in one step, with its owner, mode and extended attributes,
        as far as the system lets this user set them. If the call raises, or the machine stops, the
        old file is unchanged. Changes of the index during the call are not written.

        Arguments:
            path: the file.
            on_warning: called with a line if the new file cannot keep all of these, as
                ``pods.index: could not be kept: owner 0``. What it raises stops the call.

        Raises:
            OSError: the file cannot be written, is read-only, or is no regular file. If only the
                folder could not be flushed to the disk, the file is new.
            TypeError: a key is not a str, int, bool, None, finite float or a tuple of those. Raised
                before anything is written.

        Complexity:
            O(labels), some 0.5 s for a million label sets (``python -m benchmarks storage``). Other
            threads can read meanwhile; those that write wait while numbers are copied, 0.1 s for a
            million label sets.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     LabelIndex({"a": {"app": "web"}}).save(f"{folder}/pods.index")
        ...     LabelIndex.load(f"{folder}/pods.index").select("app")
        Selection({'a'})
        """
        write(path, *self._snapshot(), on_warning)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return the index that `save` wrote: the same items, order and row numbers.

        Arguments:
            path: the file.

        Returns:
            The index.

        Raises:
            IndexFileError: the file is not a labelsel index file, is damaged, contradicts itself,
                or has a later version of the format. If the keys are what a faulty writer got
                wrong, the first call that needs a key raises it.
            OSError: the file cannot be read.

        Complexity:
            O(labels), some 0.3 s for a million label sets (``python -m benchmarks storage``). The
            keys of the items are made of the file's bytes when the first one is needed, as long
            again: a count, or the rows of an answer, need none.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     LabelIndex({"a": {"app": "web"}}).save(f"{folder}/pods.index")
        ...     pods = LabelIndex.load(f"{folder}/pods.index")
        >>> pods == {"a": {"app": "web"}}
        True
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
        """Return the numbers of label sets and labels, and the memory.

        The bytes of each part are counted; memory that the allocator loses is not included.

        Returns:
            The numbers: see `Stats`.

        Raises:
            Nothing.

        Complexity:
            O(distinct labels).

        >>> LabelIndex({"a": {"app": "web", "tier": "front"}, "b": None}).stats().pairs
        2
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
        """Raise an error if the parts of the index disagree; for tests.

        Raises:
            AssertionError: two parts disagree: a fault of labelsel.

        Complexity:
            O(labels).

        >>> LabelIndex({"a": {"app": "web"}}).check_invariants()
        """
        with self._lock:
            self._store.check_invariants()
            self._table.check_invariants(self._store.rows)
            assert self._table.lock is self._lock  # a Selection takes that of the table
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
        return self._contents.aside(_snapshot, lambda taken: taken)

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


def _changed_copy(given: dict[K, Labels | None], contents: Contents[K]) -> Contents[K]:
    """Return a copy of the contents of an index in which many items were set."""
    copied = contents.copy()
    _set_many(copied, given)
    return copied


def _set_many(changed: Contents[K], given: dict[K, Labels | None]) -> None:
    """Set many items: all of them, or none if this raises. The caller holds the lock."""
    store, table = changed.store, changed.table
    known = given if store.rows else ()  # an empty index has none of the keys
    rows = {key: row for key in known if (row := table.find(key)) >= 0}
    note = RowsChange({key: store.labels_of(row) for key, row in rows.items()}, table.size)
    if rows or table.free:
        # All labels are checked before any item is set.
        given = {key: require_labels(labels) for key, labels in given.items()}
        new = [key for key in given if key not in rows]
        reusing, rest = new[: table.free], new[table.free :]
        note.before.update(dict.fromkeys(reusing))
        changed.note = note
        for key in chain(rows, reusing):
            note.row = rows[key] if key in rows else table.add(key)
            store.set_row(note.row, cast("Labels", given[key]))
        given = {key: given[key] for key in rest}
    encoded = encode(given, store)
    note.row = -1
    changed.note = note
    table.extend(list(given))
    encoded.append_to(store)
    changed.note = None


def _snapshot(
    contents: Contents[K],
) -> tuple[Snapshot, list[K] | None, NDArray[np.uint64] | None]:
    table, labels = contents.table, contents.store.snapshot()
    keys = table.keys_of(labels.rows) if table.has_keys else None
    return labels, keys, table.insertion_numbers(rows_array(labels.rows))


def _clustered_copy(contents: Contents[K]) -> Contents[K]:
    """Return the contents of an index with the rows in an order that makes them compact."""
    store, order = clustered(contents.store)
    return Contents(store, contents.table.reordered(order))


def _no_keys_to_compact() -> ValueError:
    return ValueError(
        "cannot compact an index whose keys are its row numbers, because that gives each row"
        " another number: make the index with keys=..."
    )


def items_by_key(items: Items[K]) -> dict[K, Labels | None]:
    """Return label sets by their keys, from what `LabelIndex.update` takes.

    >>> items_by_key([("web-1", {"app": "web"})])
    {'web-1': {'app': 'web'}}
    """
    what = "a mapping from keys to label sets, or pairs of both"
    advice = "a list of label sets gets keys with dict(enumerate(label_sets))"
    return require_mapping(what, items, advice)


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

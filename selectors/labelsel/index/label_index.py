"""`LabelIndex`: a mapping of keys to labels that answers selectors."""

from __future__ import annotations

from collections.abc import (
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    ValuesView,
)
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from labelsel.errors import shown
from labelsel.index import arrow
from labelsel.index.arrow import Progress
from labelsel.index.bulk_load import coded
from labelsel.index.index_file import read, write
from labelsel.index.plan_report import Plan
from labelsel.index.postings import rows_array, size_of
from labelsel.index.query import Contents, Query
from labelsel.index.row_keys import KeyTable
from labelsel.index.selection import Selection
from labelsel.index.store import LabelStore
from labelsel.index.views import ItemsInTurn, ValuesInTurn
from labelsel.labels import checked_labels, plain_string
from labelsel.languages import parse
from labelsel.selector import Selector

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

__all__ = ["LabelIndex", "Stats"]

K = TypeVar("K", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[K, Labels | None] | Iterable[tuple[K, Labels | None]]

_QUERIES: Final = 256
"""So many queries are kept planned; of the others the one that came first goes."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What `LabelIndex.stats` gives.

    Attributes:
        rows: how many label sets.
        pairs: how many labels they have in all.
        labels: how many distinct labels.
        keys: how many distinct label keys.
        bytes: what each part takes, in bytes: all of it but the caller's own keys.
    """

    rows: int
    pairs: int
    labels: int
    keys: int
    bytes: Mapping[str, int]

    @property
    def bytes_per_pair(self) -> float:
        """Bytes in all, for each label of each label set; 0 where there is none."""
        return sum(self.bytes.values()) / self.pairs if self.pairs else 0.0


class Exchange(NamedTuple):
    """What `LabelIndex.exchange` gives.

    Attributes:
        before: the labels that the item had; None where it is new.
        changes: what made ``after`` of them, as `LabelIndex.patch` takes it.
        after: the labels that it has.
    """

    before: Mapping[str, str] | None
    changes: Mapping[str, str | None]
    after: Mapping[str, str]


class LabelIndex(MutableMapping[K, Labels]):
    """A mapping of any hashable key to labels, indexed for selectors.

    1. Use it as a dict: set, replace, delete, update. None counts as no labels. Labels are
       copied in; what ``index[key]`` returns is a new dict.
    2. Ask with a selector or its text: `select`, `count`, `explain`; often with the same one:
       `prepare`.
    3. A key that is replaced keeps its place in the order, as in a dict.
    4. Threads may read while another changes it: each answer is from before a change or from
       after it. Both hold one lock for as long as they take, and a `Selection` never changes.

    Labels need not be legal, only strings (rule 11); anything else is a TypeError, and
    nothing is changed by a call that raises.

    With n label sets of m labels: setting or deleting one O(m), building from n O(n m log),
    some 3 µs a label set. A selector costs set operations on the postings of the labels it
    names, and never looks at label sets one by one.

    >>> pods = LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
    >>> pods["web-2"] = {"app": "web", "debug": ""}
    >>> pods.select("app=web,!debug")
    Selection({'web-1'})
    """

    def __init__(self, items: Items[K] = (), /) -> None:
        self._contents: Contents[K] = Contents(LabelStore(), KeyTable())
        self._lock = self._table.lock
        self._queries: dict[str | int, Query[K]] = {}
        self.update(items)

    @classmethod
    def from_arrow(
        cls,
        source: object,
        *,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
    ) -> LabelIndex[Any]:
        """Return an index of label sets that stand in Arrow; needs the extra ``arrow``.

        A source is a Table or RecordBatch, an Array or ChunkedArray of maps, what another
        library hands over as a stream of Arrow (``__arrow_c_stream__``), or an iterable of any
        of these, such as a generator, which is then read piece by piece. Labels are either

        * columns of strings, dictionaries of strings too: each column is a label key, and where
          it is null the row has no such label;
        * or one column alone, of maps of strings to strings; a map that is null has no labels.

        Without ``keys`` the rows are their own keys, 0, 1, … in order, and take no memory.
        Otherwise ``keys`` is the name of a column of strings or integers, which then is no
        label, or an iterable of as many keys as there are rows.

        ``progress(done, rows)`` is called after each batch with the rows that are done, and
        with how many there are, None where nobody knows yet.

        TypeError where a column is of another type. ValueError where a column is there twice; a
        map has a null key or value, or a key twice; a key of an item is null or there twice, or
        there are more or fewer keys than rows. ImportError where pyarrow is missing.

        Takes time for hashing each label once, in C++, and sorting numbers; on top of the index
        memory for a batch, of a million rows at most; and no Python object for a row, unless
        there are keys.
        """
        return cls._of_tables(*arrow.tables(source), keys, progress)

    @classmethod
    def from_polars(
        cls,
        frame: object,
        *,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
    ) -> LabelIndex[Any]:
        """Return an index of the rows of a Polars DataFrame, as `from_arrow` does.

        Columns are strings, categoricals or enums. A LazyFrame is to be collected first.
        """
        return cls._of_tables(*arrow.frame_tables(frame), keys, progress)

    @classmethod
    def from_parquet(
        cls,
        path: str | PathLike[str],
        *,
        columns: Iterable[str] | None = None,
        keys: str | Iterable[Any] | None = None,
        progress: Progress | None = None,
    ) -> LabelIndex[Any]:
        """Return an index of the rows of a Parquet file, as `from_arrow` does.

        Only ``columns`` are read, and the one of the keys; all of them where it is None. The
        file is read in batches: memory for one of them is all that it takes beside the index.
        """
        return cls._of_tables(*arrow.parquet(path, columns, keys), keys, progress)

    @property
    def _store(self) -> LabelStore:
        return self._contents.store

    @property
    def _table(self) -> KeyTable[K]:
        return self._contents.table

    def __getitem__(self, key: K) -> dict[str, str]:
        with self._lock:
            return self._store.labels_of(self._row(key))

    def __setitem__(self, key: K, labels: Labels | None) -> None:
        checked = checked_labels(labels)
        with self._lock:
            row = self._table.find(key)
            self._store.set_row(self._table.add(key) if row < 0 else row, checked)

    def __delitem__(self, key: K) -> None:
        with self._lock:
            self._store.remove_row(self._table.remove(key))

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            return iter(Selection(self._table, self._store.rows))

    def __len__(self) -> int:
        return len(self._store.rows)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return self._table.find(key) >= 0

    def __repr__(self) -> str:
        return f"<LabelIndex of {len(self)} label sets>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.items()),)

    def items(self) -> ItemsView[K, Labels]:
        """Return the items: each with the labels that it has when its turn comes.

        What is removed in the meantime is left out, and what is added is not there.
        """
        return ItemsInTurn(self)

    def values(self) -> ValuesView[Labels]:
        """Return the labels of each item, as `items` does."""
        return ValuesInTurn(self)

    def update(self, items: Items[K] = (), /, **more: Labels | None) -> None:  # type: ignore[override]  # None is welcome
        """Set many items at once: all of them, or none where one is refused.

        Takes what ``dict.update`` takes. Many new keys are indexed together, ten times as fast
        as one by one.
        """
        given = cast("dict[K, Labels | None]", dict(cast("Items[str]", items), **more))
        with self._lock:
            known = given if len(self) else ()  # none is known to an index without items
            old = {key for key in known if self._table.find(key) >= 0}
            free = self._table.free
            if old or free:
                # All are looked at before any is set.
                given = {key: checked_labels(labels) for key, labels in given.items()}
                new = [key for key in given if key not in old]
                for key in chain(given.keys() & old, new[:free]):
                    self[key] = given[key]
                given = {key: given[key] for key in new[free:]}
            coded_sets = coded(given.values(), self._store)
            self._table.extend(list(given))
            coded_sets.into(self._store)

    def patch(self, key: K, changes: Mapping[str, str | None]) -> None:
        """Change some labels of an item: each to its new value, or off where that is None.

        As a JSON merge patch does. What the item has besides stays, and is not looked at: a
        changed label costs some 5 µs, however many there are. KeyError where there is no such
        key.

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.patch("web-1", {"env": "prod", "debug": "", "tier": None})
        >>> pods["web-1"]
        {'app': 'web', 'env': 'prod', 'debug': ''}
        """
        changes = dict(changes)
        for label, value in changes.items():
            if type(label) is not str or (type(value) is not str and value is not None):
                changes = _plain_changes(changes)
                break
        with self._lock:
            self._store.patch_row(self._row(key), changes)

    def exchange(self, key: K, labels: Labels | None) -> Exchange:
        """Set the labels of an item, and return those it had, those it has, and what changed.

        Where few labels change this costs half of ``index[key] = labels``. Those that stay keep
        their places, new ones come behind them.

        >>> pods = LabelIndex({"web-1": {"app": "web", "env": "dev"}})
        >>> pods.exchange("web-1", {"app": "web", "tier": "db"}).changes
        {'tier': 'db', 'env': None}
        """
        after = checked_labels(labels)
        with self._lock:
            row = self._table.find(key)
            if row >= 0:
                return Exchange(*self._store.exchange_row(row, after), after)
            self._store.set_row(self._table.add(key), after)
        return Exchange(None, dict(after), after)

    def clear(self) -> None:
        """Remove all items. O(1); selections made before stay as they are."""
        with self._lock:
            self._contents.store = LabelStore(version=self._store.version + 1)
            self._contents.table = KeyTable(lock=self._lock)

    def select(self, selector: Selector | str) -> Selection[K]:
        """Return the keys whose labels the selector selects, in insertion order.

        Raises `SelectorSyntaxError` where a text is no selector.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).select("!app")
        Selection({'b'})
        """
        return self._query(selector).select()

    def count(self, selector: Selector | str) -> int:
        """Return ``len(self.select(selector))``, without making the selection.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).count("app")
        1
        """
        return self._query(selector).count()

    def prepare(self, selector: Selector | str) -> Query[K]:
        """Return a query that can be asked again and again, and stays right as the index changes.

        It saves finding the plan by its selector: some 0.2 µs of `select`, which keeps the last
        256 plans.
        """
        if isinstance(selector, str):
            selector = parse(selector)
        return Query(selector, self._contents)

    def explain(self, selector: Selector | str) -> Plan:
        """Return how the selector is answered, with rows and time of each step. Runs every step.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "web", "debug": ""}})
        >>> print(pods.explain("app=web,!debug").text(times=False))
        subtract: 1 rows (at most 2 expected)
          label app=web: 2 rows (at most 2 expected)
          not key debug: 1 rows (at most 1 expected)
        """
        return self.prepare(selector).explain()

    def label_values(self, key: str) -> dict[str, int]:
        """Return each value that the label key has, with how many items have it.

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
        """Write all of the index to a file, which takes the place of what was there before.

        `load` reads it again; docs/file-format.md says what is in it. The file appears at once
        and whole: where the call raises, or the machine stops in the middle, the old one is
        left as it was. What changes in the index meanwhile is not in it; the lock is held only
        while numbers are copied, 0.1 s for a million label sets. O(label sets), some 0.5 s for
        a million.

        TypeError, before anything is written, where a key is other than a str, int, bool,
        None, finite float or a tuple of those. OSError where the file cannot be written.
        """
        with self._lock:
            labels = self._store.snapshot()
            keys = self._table.keys_of(labels.rows) if self._table.has_keys else None
            places = self._table.places_of(rows_array(labels.rows))
        write(path, labels, keys, places)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return the index that was saved to a file: items, order and row numbers as they were.

        O(label sets), under half a second for a million.

        `IndexFileError` where it is not such a file, is damaged in any place, or is of a later
        version of the format. OSError where it cannot be read.
        """
        index = cls()
        labels, keys, order = read(path)
        index._contents.store = LabelStore.of(labels)
        index._contents.table = KeyTable.of(
            len(labels.sizes), labels.rows, cast("list[K] | None", keys), order, index._lock
        )
        return index

    def stats(self) -> Stats:
        """Return how much there is, and what it takes in memory. O(distinct labels).

        Bytes are counted part by part; what the allocator loses between them is not in it.
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
        """Raise AssertionError where the parts of the index disagree. For tests; O(everything)."""
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
    ) -> LabelIndex[Any]:
        index: LabelIndex[Any] = cls()
        contents = index._contents
        if keys is None:
            contents.table = KeyTable(None, contents.table.lock)
        arrow.append(contents, tables, keys=keys, rows=rows, progress=progress)
        return index

    def _row(self, key: K) -> int:
        row = self._table.find(key)
        if row < 0:
            raise KeyError(key)
        return row

    def _query(self, selector: Selector | str) -> Query[K]:
        # By identity: hashing a tree takes longer than answering many a query. The query holds
        # its selector, so no other can be at its address.
        name = selector if isinstance(selector, str) else id(selector)
        query = self._queries.get(name)
        if query is None:
            query = self.prepare(selector)
            with self._lock:
                while len(self._queries) >= _QUERIES:
                    del self._queries[next(iter(self._queries))]
                self._queries[name] = query
        return query


def _plain_changes(changes: Mapping[Any, Any]) -> dict[str, str | None]:
    """Return changes as plain strings (`checked_labels`, rule 2); TypeError where one is none."""
    plain: dict[str, str | None] = {}
    for label, value in changes.items():
        if not isinstance(label, str) or not isinstance(value, str | None):
            change = f"{shown(label)}: {shown(value)}"
            message = f"labels must be strings, or None to take one off: {change}"
            raise TypeError(message)
        plain[plain_string(label)] = value if value is None else plain_string(value)
    if len(plain) < len(changes):
        message = f"two of the labels to change have the same characters, in {shown(changes)}"
        raise TypeError(message)
    return plain

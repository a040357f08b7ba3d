"""The answer to a selector: a set of keys that stays rows until somebody asks for keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final, TypeGuard, TypeVar, cast

import numpy as np
from pyroaring import BitMap

from labelsel.index.postings import Rows, rows_array
from labelsel.index.row_keys import KeyTable

__all__ = ["Selection"]

K = TypeVar("K", bound=Hashable)

_SHOWN: Final = 10


class Selection(AbstractSet[K]):
    """The keys that a selector selected, in the order in which they came into the index.

    A snapshot: what becomes of the index later does not change it. It is computed when
    `LabelIndex.select` returns, as row numbers; keys are looked up only where asked for.

    ====================  ==================================================
    ``len(s)``            O(1)
    ``key in s``          O(1)
    ``list(s)``           O(len(s)); 30 ns a key
    ``s & t``, ``|, -``   set algebra on rows where both come from one index
    ``s.rows()``          O(len(s)); 5 µs for 40,000
    ====================  ==================================================

    The first look at keys after a removal from the index also costs O(removals since).

    Pickles and deep copies have the keys, in their order, and nothing of the index: rows are
    counted from 0 in them. ``copy.copy`` returns the selection itself, which never changes.

    >>> from labelsel import LabelIndex
    >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
    >>> web = pods.select("app=web")
    >>> len(web), "b" in web, list(web), web == {"c", "a"}
    (2, False, ['a', 'c'], True)
    """

    __slots__ = ("_gone", "_gone_rows", "_rows", "_seen", "_table", "_version")

    def __init__(self, table: KeyTable[K], rows: BitMap) -> None:
        """Make the selection of rows that never change, while the table's lock is held."""
        self._table = table
        self._rows = rows
        self._version = table.removals
        self._seen = table.last_removal
        # Of rows whose keys were removed since: the key, and its place in the order.
        self._gone: dict[int, tuple[K, int]] | None = None
        self._gone_rows: dict[K, int] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, (self._keys(),)

    def __copy__(self) -> Selection[K]:
        return self

    def rows(self) -> Rows:
        """Return the row numbers: ascending numpy array of uint32, shape ``(len(self),)``."""
        return rows_array(self._rows)

    def intersection(self, keys: Iterable[object]) -> Selection[K]:
        """Return those of some keys that are in it, in its order. O(keys).

        >>> from labelsel import LabelIndex
        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
        >>> list(pods.select("app=web").intersection(["c", "b", "a"]))
        ['a', 'c']
        """
        with self._table.lock:
            rows = BitMap(row for key in keys if (row := self._row(key)) is not None)
            return self._combined(self, rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        with self._table.lock:
            return self._row(key) is not None

    def __iter__(self) -> Iterator[K]:
        # All keys at once: whoever deletes from the index in the loop gets each of them.
        return iter(self._keys())

    def __and__(self, other: AbstractSet[Any]) -> AbstractSet[K]:
        return (
            self._combined(other, self._rows & other._rows)
            if self._is_beside(other)
            else (super().__and__(other))
        )

    def __or__(self, other: AbstractSet[Any]) -> AbstractSet[Any]:
        return (
            self._combined(other, self._rows | other._rows)
            if self._is_beside(other)
            else (super().__or__(other))
        )

    def __sub__(self, other: AbstractSet[Any]) -> AbstractSet[K]:
        return (
            self._combined(other, self._rows - other._rows)
            if self._is_beside(other)
            else (super().__sub__(other))
        )

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, islice(self, _SHOWN)))
        more = len(self) - _SHOWN
        return f"Selection({{{shown}{f', … {more} more' if more > 0 else ''}}})"

    @classmethod
    def _from_iterable(cls, keys: Iterable[Any]) -> AbstractSet[Any]:
        # What the operators of Set make with other sets: keys of a dict stay in order.
        return dict.fromkeys(keys).keys()

    def _is_beside(self, other: object) -> TypeGuard[Selection[K]]:
        """Whether rows mean the same keys in both: one table, and no removal in between."""
        return (
            isinstance(other, Selection)
            and other._table is self._table  # noqa: SLF001  # of another Selection
            and other._version == self._version  # noqa: SLF001
        )

    def _combined(self, other: Selection[K], rows: BitMap) -> Selection[K]:
        with self._table.lock:
            gone = {**self._catch_up(), **other._catch_up()}
            combined = Selection(self._table, rows)
            combined._version = self._version
            for row, (key, place) in gone.items():
                if row in rows:
                    combined._note(row, key, place)
        return combined

    def _row(self, key: object) -> int | None:
        """Return the row of a key that is in it, also where it was removed since, else None."""
        gone = self._catch_up()
        if self._gone_rows and key in self._gone_rows:
            return self._gone_rows[key]
        row = self._table.find(key)
        return row if row >= 0 and row in self._rows and row not in gone else None

    def _keys(self) -> list[K]:
        with self._table.lock:
            gone = self._catch_up()
            keys = self._table.keys_of(self._rows)
            places = self._table.places_of(self.rows())
        if gone:
            for row, (key, place) in gone.items():
                number = self._rows.rank(row) - 1
                keys[number] = key
                if places is not None:
                    places[number] = place
        if places is None:
            return keys
        return [keys[number] for number in np.argsort(places).tolist()]

    def _catch_up(self) -> dict[int, tuple[K, int]]:
        """Note the keys of the rows that were removed from the index since the last look."""
        link = self._seen
        while link.next is not None:
            # Of two that had a row one after the other the first was in it when this was made.
            if link.row in self._rows and link.row not in (self._gone or ()):
                self._note(link.row, cast("K", link.key), link.place)
            link = link.next
        self._seen = link
        return self._gone or {}

    def _note(self, row: int, key: K, place: int) -> None:
        if self._gone is None or self._gone_rows is None:
            self._gone, self._gone_rows = {}, {}
        self._gone[row] = key, place
        self._gone_rows[key] = row


def _detached(keys: list[K]) -> Selection[K]:
    """Return a selection of keys that belongs to no index."""
    return Selection(KeyTable(keys), BitMap(range(len(keys))))

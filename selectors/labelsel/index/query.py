"""A selector that was planned, and is asked again and again as the index changes.

A plan names labels by their codes, so it is good until a value of a key that it is about comes
or goes: each key counts those changes. Rows may come and go; the order of the steps then is
no longer the best, and when many have, the plan is made anew, too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Generic, NoReturn, TypeVar

from labelsel.index.plan_report import Plan, explained
from labelsel.index.planner import plan
from labelsel.index.row_keys import KeyTable
from labelsel.index.selection import Selection
from labelsel.index.steps import Step
from labelsel.index.store import Column, LabelStore
from labelsel.selector import And, Not, Or, Requirement, Selector

__all__ = ["Contents", "Query"]

K = TypeVar("K", bound=Hashable)

_SETTLED: Final = 1024
"""After so many changes of labels, and a quarter as many as there are rows, it is planned anew."""


@dataclass(slots=True)
class Contents(Generic[K]):
    """What an index and its queries share: labels by row, and keys by row."""

    store: LabelStore
    table: KeyTable[K]


class Query(Generic[K]):
    """What `LabelIndex.prepare` gives: ask it as often as you like, it keeps up with the index.

    >>> from labelsel import LabelIndex
    >>> pods = LabelIndex({"web-1": {"app": "web"}})
    >>> web = pods.prepare("app=web")
    >>> pods["web-2"] = {"app": "web"}
    >>> web.select(), web.count()
    (Selection({'web-1', 'web-2'}), 2)
    """

    __slots__ = ("_bound", "_contents", "_keys", "_replan_at", "_step", "_version", "selector")

    def __init__(self, selector: Selector, contents: Contents[K]) -> None:
        self.selector = selector
        self._contents = contents
        self._keys = tuple(sorted(set(_keys(selector))))
        self._bound: list[tuple[Column, int]] = []
        self._version = -1
        self._replan_at = 0
        self._step: Step | None = None

    def __copy__(self) -> Query[K]:
        return type(self)(self.selector, self._contents)

    def __reduce__(self) -> NoReturn:
        message = (
            "a Query belongs to its index and cannot be pickled or copied without it: pickle the"
            " LabelIndex and query.selector, and call prepare(selector) of the index again"
        )
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<Query {self.selector}>"

    def select(self) -> Selection[K]:
        """Return the keys whose labels the selector selects, as `LabelIndex.select` does."""
        contents = self._contents
        with contents.table.lock:
            return Selection(contents.table, (self._current() or self._planned()).share())

    def count(self) -> int:
        """Return how many keys `select` would give, without making the selection."""
        with self._contents.table.lock:
            return (self._current() or self._planned()).count()

    def explain(self) -> Plan:
        """Return how the query is answered, with the rows and the time of each step."""
        with self._contents.table.lock:
            start = perf_counter()
            step = self._planned()
            return explained(step, planning=perf_counter() - start)

    def _current(self) -> Step | None:
        """Return the plan that was made, None where it is out of date."""
        store = self._contents.store
        if self._version != store.version or store.changes > self._replan_at:
            return None
        for column, version in self._bound:
            if column.version != version:
                return None
        return self._step

    def _planned(self) -> Step:
        store = self._contents.store
        step = self._step = plan(self.selector, store)
        columns = (store.columns.get(key) for key in self._keys)
        self._bound = [(column, column.version) for column in columns if column is not None]
        self._version = store.version
        self._replan_at = store.changes + max(_SETTLED, len(store.rows) // 4)
        return step


def _keys(selector: Selector) -> Iterator[str]:
    match selector:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _keys(term)
        case Not(term):
            yield from _keys(term)
        case Requirement():
            yield selector.key
        case _:
            return

"""`LabelIndex`: a mapping of keys to labels that answers selectors."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, MutableMapping
from typing import TypeAlias, TypeVar, cast

from labelsel.index.plan import Plan, Step, plan
from labelsel.index.selection import KeyTable, Selection
from labelsel.index.store import LabelStore, checked_labels
from labelsel.parse import parse
from labelsel.selector import Selector

__all__ = ["LabelIndex"]

K = TypeVar("K", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[K, Labels | None] | Iterable[tuple[K, Labels | None]]


class LabelIndex(MutableMapping[K, Labels]):
    """A mapping of any hashable key to labels, indexed for selectors.

    1. Use it as a dict: set, replace, delete, update. None counts as no labels. Labels are
       copied in; what ``index[key]`` returns is a new dict.
    2. Ask with a selector or its text: `select`, `count`, `explain`.
    3. A key that is replaced keeps its place in the order, as in a dict.

    Labels need not be legal, only strings (SEMANTICS 11); anything else is a TypeError, and
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
        self._table: KeyTable[K] = KeyTable()
        self._store = LabelStore()
        self.update(items)

    def __getitem__(self, key: K) -> dict[str, str]:
        return self._store.labels_of(self._table.row_of[key])

    def __setitem__(self, key: K, labels: Labels | None) -> None:
        checked = checked_labels(labels)
        row = self._table.row_of.get(key)
        self._store.set_row(self._table.add([key]) if row is None else row, checked)

    def __delitem__(self, key: K) -> None:
        self._store.remove_row(self._table.remove(key))

    def __iter__(self) -> Iterator[K]:
        return iter(self._table.row_of)

    def __len__(self) -> int:
        return len(self._table.row_of)

    def __contains__(self, key: object) -> bool:
        return key in self._table.row_of

    def __repr__(self) -> str:
        return f"<LabelIndex of {len(self)} label sets>"

    def update(self, items: Items[K] = (), /, **more: Labels | None) -> None:  # type: ignore[override]  # None is welcome
        """Set many items at once: all of them, or none where one is refused.

        Takes what ``dict.update`` takes. Many new keys are indexed together, several times
        as fast as one by one.
        """
        given = cast("dict[K, Labels | None]", dict(cast("Items[str]", items), **more))
        checked = {key: checked_labels(labels) for key, labels in given.items()}
        row_of = self._table.row_of
        new = [key for key in checked if key not in row_of]
        for key in checked.keys() - new if len(new) < len(checked) else ():
            self._store.set_row(row_of[key], checked[key])
        self._store.add_rows(self._table.add(new), [checked[key] for key in new])

    def clear(self) -> None:
        """Remove all items. O(1); selections made before stay as they are."""
        self._table = KeyTable()
        self._store = LabelStore()

    def select(self, selector: Selector | str) -> Selection[K]:
        """Return the keys whose labels the selector selects, in insertion order.

        Raises `SelectorSyntaxError` where a text is no selector.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).select("!app")
        Selection({'b'})
        """
        return Selection(self._table, self._plan(selector).snapshot())

    def count(self, selector: Selector | str) -> int:
        """Return ``len(self.select(selector))``, without making the selection.

        >>> LabelIndex({"a": {"app": "web"}, "b": {}}).count("app")
        1
        """
        return self._plan(selector).count()

    def explain(self, selector: Selector | str) -> Plan:
        """Return how the selector is answered, with the rows of each step. Runs every step.

        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "web", "debug": ""}})
        >>> print(pods.explain("app=web,!debug"))
        subtract: 1 rows (at most 2 expected)
          labels app=web: 2 rows (at most 2 expected)
          key debug: 1 rows (at most 1 expected)
        """
        return self._plan(selector).explain()

    def label_values(self, key: str) -> dict[str, int]:
        """Return each value that the label key has, with how many items have it.

        Ordered by value; empty for a key that no item has. O(v log v) for v values.

        >>> LabelIndex({1: {"app": "web"}, 2: {"app": "db"}, 3: {"app": "web"}}).label_values("app")
        {'db': 1, 'web': 2}
        """
        column = self._store.columns.get(key)
        codes = sorted(column.codes.items()) if column else ()
        return {value: len(self._store.postings(code)) for value, code in codes}

    def check_invariants(self) -> None:
        """Raise AssertionError where the parts of the index disagree. For tests; O(everything)."""
        self._store.check_invariants()
        table = self._table
        assert set(table.row_of.values()) == set(self._store.rows)
        assert all(table.keys[row] is key for key, row in table.row_of.items())
        assert list(table.row_of.values()) == sorted(table.row_of.values())

    def _plan(self, selector: Selector | str) -> Step:
        if isinstance(selector, str):
            selector = parse(selector)
        return plan(selector, self._store)

"""`LiveIndex`: items and selectors together, and what each change starts and stops matching.

What matches is not kept. It follows from the labels and the selectors, so a change is the
difference between before and after: of an item, the selectors that speak of a label that
changed (`SelectorIndex.difference`); of a selector, two selections subtracted (`LabelIndex`).
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cache, partial
from threading import RLock
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from labelsel.errors import shown
from labelsel.index import LabelIndex, Selection
from labelsel.labels import checked_labels
from labelsel.live.change import NO_PAIRS, Change, Pairs, Rectangle
from labelsel.live.selector_index import SelectorIndex, Selectors, checked_selector
from labelsel.selector import Nothing, Selector

__all__ = ["LiveIndex"]

I = TypeVar("I", bound=Hashable)  # noqa: E741  # of items
S = TypeVar("S", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[I, Labels | None] | Iterable[tuple[I, Labels | None]]
Callback: TypeAlias = Callable[[Change[I, S]], object]


class LiveIndex(Generic[I, S]):
    """Items with labels and selectors, both under keys, both changing; and what matches what.

    Every change answers with a `Change`: the pairs of an item and a selector that started and
    stopped matching. Whoever applies them one after the other, beginning with none, has at any
    time exactly the pairs that match.

    ===================  ======================================================================
    ``set_item``         some 15 µs where a label changes; asks selectors that speak of it only
    ``set_selector``     one or two ``select``, some 20 µs each
    ``update_items``,    set algebra for all together, where they are many
    ``update_selectors``
    ``selected_by``      some 10 µs
    ``selection``        one ``select``
    memory               that of a `LabelIndex` and a `SelectorIndex`; none for what matches
    ===================  ======================================================================

    Threads may read while another changes it; changes and what is told of them have one order.

    >>> live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web", "prod": "env=prod"})
    >>> change = live.set_item("web-1", {"app": "api", "env": "prod"})
    >>> set(change.started), set(change.stopped)
    ({('web-1', 'prod')}, {('web-1', 'web')})
    >>> live.set_selector("web", "app in (api,web)").started == {("web-1", "web")}
    True
    >>> sorted(live.selected_by("web-1")), live.selection("web")
    (['prod', 'web'], Selection({'web-1'}))
    """

    def __init__(self, items: Items[I] = (), selectors: Selectors[S] = ()) -> None:
        self._items: LabelIndex[I] = LabelIndex(items)
        self._selectors: SelectorIndex[S] = SelectorIndex(selectors)
        self._lock = RLock()
        self._callbacks: dict[object, Callback[I, S]] = {}
        self._waiting: deque[tuple[object, Change[I, S]]] = deque()
        self._is_telling = False

    @property
    def items(self) -> Mapping[I, Labels]:
        """The items and their labels, to be read."""
        return MappingProxyType(self._items)

    @property
    def selectors(self) -> Mapping[S, Selector]:
        """The selectors by their keys, to be read."""
        return MappingProxyType(self._selectors)

    def __repr__(self) -> str:
        return f"<LiveIndex of {len(self._items)} items and {len(self._selectors)} selectors>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have the items and the selectors, but no subscribers."""
        with self._lock:
            return type(self), (list(self._items.items()), list(self._selectors.items()))

    def set_item(self, key: I, labels: Labels | None) -> Change[I, S]:
        """Give an item labels, whatever it had before; a new one is added.

        TypeError where labels are no strings; then nothing is changed.
        """
        with self._lock:
            before, changes, after = self._items.exchange(key, labels)
            return self._told(self._of_item(key, before, after, changes))

    def remove_item(self, key: I) -> Change[I, S]:
        """Remove an item. KeyError where it is not there."""
        with self._lock:
            before = self._items.pop(key)
            return self._told(self._of_item(key, before, None))

    def set_selector(self, key: S, selector: Selector | str) -> Change[I, S]:
        """Put a selector, or its text, under a key, whatever was there before.

        Raises `SelectorSyntaxError` where a text is no selector; then nothing is changed.
        """
        return self.update_selectors([(key, selector)])

    def remove_selector(self, key: S) -> Change[I, S]:
        """Remove a selector. KeyError where it is not there."""
        with self._lock:
            before = self._selectors.pop(key)
            return self._told(self._of_selectors({(before, None): [key]}))

    def update_items(self, items: Items[I]) -> Change[I, S]:
        """Set many items: all of them, or none where one is refused. One change for all.

        Where they are many, each distinct selector is asked for all of them before and after:
        100,000 under 10,000 selectors take a second.
        """
        given = {key: checked_labels(labels) for key, labels in dict(items).items()}
        with self._lock:
            if len(given) < self._selectors.distinct * _ITEMS_A_SELECTOR:
                before = {key: self._items.get(key) for key in given}
                self._items.update(given)
                change = _joined([self._of_item(key, before[key], given[key]) for key in given])
            else:
                groups = self._selectors.groups()
                were = [self._items.prepare(selector).select() for selector, _ in groups]
                self._items.update(given)
                change = self._of_many(groups, were)
            return self._told(change)

    def update_selectors(self, selectors: Selectors[S]) -> Change[I, S]:
        """Set many selectors, or their texts: all of them, or none where one is refused.

        One change for all, and one ``select`` for each distinct selector.
        """
        given = {key: checked_selector(each) for key, each in dict(selectors).items()}
        with self._lock:
            turned: dict[tuple[Selector | None, Selector | None], list[S]] = {}
            for key, selector in given.items():
                turned.setdefault((self._selectors.get(key), selector), []).append(key)
            self._selectors.update(given)
            return self._told(self._of_selectors(turned))

    def selected_by(self, key: I) -> set[S]:
        """Return the keys of the selectors that select an item. KeyError where it is not there."""
        with self._lock:
            return self._selectors.matching(self._items[key])

    def selection(self, key: S) -> Selection[I]:
        """Return the items that a selector selects, a snapshot. KeyError where it is not there."""
        with self._lock:
            return self._items.select(self._selectors[key])

    def subscribe(self, callback: Callback[I, S]) -> Callable[[], None]:
        """Have a function called with every `Change` from now on; return what ends that.

        1. It is called after the change, with those that started or stopped something, in the
           order of the changes, while the index is locked for other threads.
        2. It may change the index. All subscribers are told of that afterwards.
        3. One that raises keeps no other from being called, and undoes nothing. When all have
           been called, whoever made the change gets an ExceptionGroup of what was raised.
        4. Nobody would await a coroutine or run a generator: a function that makes one is a
           TypeError, as is what cannot be called. One that returns a coroutine all the same
           counts as one that raises TypeError.

        >>> live = LiveIndex({"web-1": {"app": "web"}})
        >>> unsubscribe = live.subscribe(lambda change: print(*change.started))
        >>> _ = live.set_selector("web", "app=web")
        ('web-1', 'web')
        >>> unsubscribe()
        """
        _require_plain_function(callback)
        token = object()
        with self._lock:
            self._callbacks[token] = callback
        return lambda: self._unsubscribe(token)

    def check_invariants(self) -> None:
        """Raise AssertionError where the parts of the index disagree. For tests; O(everything)."""
        with self._lock:
            self._items.check_invariants()
            self._selectors.check_invariants()

    def _of_item(
        self,
        key: I,
        before: Labels | None,
        after: Labels | None,
        changed: Collection[str] | None = None,
    ) -> Change[I, S]:
        stopped, started = self._selectors.difference(before, after, changed)
        item = (key,)
        return Change(
            Pairs([(item, keys) for keys in started]) if started else NO_PAIRS,
            Pairs([(item, keys) for keys in stopped]) if stopped else NO_PAIRS,
        )

    def _of_many(
        self, groups: Sequence[tuple[Selector, Collection[S]]], were: Sequence[Selection[I]]
    ) -> Change[I, S]:
        """Return what many items did that changed, given what selectors selected before."""
        started: list[Rectangle[I, S]] = []
        stopped: list[Rectangle[I, S]] = []
        for (selector, keys), was in zip(groups, were, strict=True):
            now = self._items.prepare(selector).select()
            started.append((now - was if was else now, keys))
            stopped.append((was - now if now else was, keys))
        return Change(Pairs(_filled(started)), Pairs(_filled(stopped)))

    def _of_selectors(
        self, turned: Mapping[tuple[Selector | None, Selector | None], Collection[S]]
    ) -> Change[I, S]:
        """Return what keys did that went from one selector, or none, to another."""
        nothing = Nothing()
        select = cache(
            lambda selector: self._items.prepare(nothing if selector is None else selector).select()
        )
        started: list[Rectangle[I, S]] = []
        stopped: list[Rectangle[I, S]] = []
        for (before, after), keys in turned.items():
            if before != after:
                for some, one, other in ((started, after, before), (stopped, before, after)):
                    items = select(one)
                    is_alone = one is None or other is None
                    some.append((items if is_alone else items - select(other), keys))
        return Change(Pairs(_filled(started)), Pairs(_filled(stopped)))

    def _told(self, change: Change[I, S]) -> Change[I, S]:
        """Tell all subscribers of a change, and return it."""
        if self._callbacks and change:
            self._waiting.extend((token, change) for token in self._callbacks)
            if not self._is_telling:
                self._tell()
        return change

    def _tell(self) -> None:
        errors: list[Exception] = []
        self._is_telling = True
        try:
            while self._waiting:
                token, change = self._waiting.popleft()
                callback = self._callbacks.get(token)
                if callback is None:
                    continue
                try:
                    _refuse_coroutine(callback(change))
                except Exception as error:  # noqa: BLE001  # whatever it is, the others are told
                    errors.append(error)
        finally:
            self._is_telling = False
        if errors:
            message = "the index was changed, but subscribers raised"
            raise ExceptionGroup(message, errors)

    def _unsubscribe(self, token: object) -> None:
        with self._lock:
            self._callbacks.pop(token, None)


def _require_plain_function(callback: object) -> None:
    """Raise TypeError where calling it does not do what it says: nothing, or nothing yet."""
    if not callable(callback):
        message = f"a callback must be a function that takes a Change, not {shown(callback)}"
        raise TypeError(message)
    function: Callable[..., object] = callback
    while isinstance(function, partial):
        function = function.func
    for code in (function, type(function).__call__):
        if any(is_lazy(code) for is_lazy in _LAZY):
            raise TypeError(_NOT_AWAITED)


def _refuse_coroutine(returned: object) -> None:
    if inspect.iscoroutine(returned):
        returned.close()
        raise TypeError(_NOT_AWAITED)


_LAZY: Final = (
    inspect.iscoroutinefunction,
    inspect.isasyncgenfunction,
    inspect.isgeneratorfunction,
)

_NOT_AWAITED: Final = (
    "a callback must be a plain function: nobody awaits a coroutine or runs a generator here."
    " Let a plain function hand the change over to your event loop, as in"
    " live.subscribe(lambda change: loop.call_soon_threadsafe(queue.put_nowait, change))"
)


def _joined(changes: Sequence[Change[I, S]]) -> Change[I, S]:
    """Return changes that have no pair in common as one."""
    return Change(
        Pairs([rectangle for change in changes for rectangle in change.started.rectangles]),
        Pairs([rectangle for change in changes for rectangle in change.stopped.rectangles]),
    )


def _filled(rectangles: Iterable[Rectangle[I, S]]) -> list[Rectangle[I, S]]:
    return [rectangle for rectangle in rectangles if rectangle[0]]


_ITEMS_A_SELECTOR: Final = 3
"""So many items, changed one by one, take the time of a selector that is asked twice for all."""

"""`LiveIndex`: items and selectors together, and which pairs each change starts and stops.

The matching pairs are not stored. The effect of a change is the difference between before and
after: for an item the selectors that name a changed label (`SelectorIndex.difference`), for a
selector the difference of two selections (`LabelIndex`).
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from labelsel.collector import collector_paused
from labelsel.errors import show
from labelsel.index import LabelIndex, Selection
from labelsel.index.label_index import items_by_key
from labelsel.index.store import label_changes
from labelsel.labels import require_labels
from labelsel.live.change import NO_CHANGE, Change, Pairs, Rectangle
from labelsel.live.selector_index import SelectorIndex, Selectors, selectors_by_key
from labelsel.locks import new_inner_lock, new_lock
from labelsel.running import require_outermost
from labelsel.selector import Nothing, Selector

__all__ = ["LiveIndex"]

I = TypeVar("I", bound=Hashable)  # noqa: E741  # of items
S = TypeVar("S", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Items: TypeAlias = Mapping[I, Labels | None] | Iterable[tuple[I, Labels | None]]
Callback: TypeAlias = Callable[[Change[I, S]], object]


_ITEMS_PER_SELECTOR: Final = 3
"""From this number of items for each distinct selector on, all selectors are evaluated for all
items together; with fewer, each item is changed on its own. With 1 item for each selector, one by
one takes 22 ms instead of 36; with 2 both take about the same; with 5, one by one takes 66 ms
instead of 41 (``python -m benchmarks.constants items``)."""


class _Notice(Generic[I, S]):
    """A change that subscribers are told of, noted before it is made.

    Attributes:
        tokens: the tokens of the subscribers that are told.
        told: how many of these have been told.
        change: what has started and stopped; None until the change is made.
        since: returns that from what is there now, if the change was interrupted.
    """

    __slots__ = ("change", "since", "tokens", "told")

    def __init__(self, tokens: tuple[object, ...], since: Callable[[], Change[I, S]]) -> None:
        self.tokens = tokens
        self.told = 0
        self.since = since
        self.change: Change[I, S] | None = None

    def settle(self) -> None:
        """Find out what has started and stopped, if the change was interrupted."""
        if self.change is None:
            self.change = self.since()


class LiveIndex(Generic[I, S]):
    """Items with labels, and selectors, both under keys of the caller; both may change.

    1. Every change returns a `Change`: the pairs of an item and a selector that started and stopped
       matching. A program that starts without pairs and applies all changes in order always has
       exactly the pairs that match. So has a subscriber, also after a change that an exception such
       as KeyboardInterrupt has interrupted: see `subscribe`.
    2. Several threads may read while another changes the index. Subscribers receive the changes in
       the order in which they were made.

    Arguments:
        items: a mapping from keys to label sets, or pairs of both, as of `LabelIndex`.
        selectors: a mapping from keys to selectors or their texts, or pairs of both, as of
            `SelectorIndex`.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: a label set is not a mapping of strings to strings, something is neither a
            selector nor a text, or an argument is no mapping and has no pairs.

    Complexity:
        ====================  ======================================================================
        ``set_item``          some 10 µs if a label changes; tests selectors that name the label
        ``set_selector``      one or two ``select``, some 20 µs each
        ``update_items``      set algebra for all items together, if there are many
        ``update_selectors``  set algebra for all items together
        ``selected_by``       some 10 µs
        ``selection``         one ``select``
        memory                that of a `LabelIndex` and a `SelectorIndex`; none for matching pairs
        ====================  ======================================================================

        The times are from ``python -m benchmarks live``; ``select`` is `LabelIndex.select`.

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
        # Held while a change is made. Who reads both indexes holds that of the items: meanwhile no
        # item changes, so both are as they were at the moment when the other one was read.
        self._lock = new_lock()
        self._items_lock = self._items._lock  # noqa: SLF001  # as one index
        self._selectors_lock = self._selectors._lock  # noqa: SLF001  # likewise
        self._callbacks: dict[object, Callback[I, S]] = {}
        # All but the last one have their change: `_note`.
        self._notices: deque[_Notice[I, S]] = deque()
        # Held while a change is made, and while a subscriber is called, which may make one, too.
        # Unlike a flag a lock is free again after any exception.
        self._changing = new_inner_lock(self._lock)
        self._calling = new_inner_lock(self._lock)

    @property
    def items(self) -> Mapping[I, Labels]:
        """The items and their labels, read only.

        Raises:
            Nothing.

        Complexity:
            O(1): a view of the `LabelIndex`, not a copy.

        >>> live = LiveIndex({"web-1": {"app": "web"}})
        >>> _ = live.set_item("web-1", {"app": "api"})
        >>> live.items["web-1"]
        {'app': 'api'}
        """
        return MappingProxyType(self._items)

    @property
    def selectors(self) -> Mapping[S, Selector]:
        """The selectors by their keys, read only.

        Raises:
            Nothing.

        Complexity:
            O(1): a view of the `SelectorIndex`, not a copy.

        >>> str(LiveIndex(selectors={"web": "app=web"}).selectors["web"])
        'app=web'
        """
        return MappingProxyType(self._selectors)

    def __repr__(self) -> str:
        return f"<LiveIndex of {len(self._items)} items and {len(self._selectors)} selectors>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy or pickle the items and the selectors, without subscribers."""
        with self._lock:
            return type(self), (list(self._items.items()), list(self._selectors.items()))

    def set_item(self, key: I, labels: Labels | None) -> Change[I, S]:
        """Set the labels of an item; a new item is added.

        Arguments:
            key: the key of the item.
            labels: the labels, a mapping of strings to strings; None means no labels.

        Returns:
            The pairs that started and stopped matching: see `Change`.

        Raises:
            TypeError: the key cannot be hashed, or ``labels`` is not a mapping of strings to
                strings; then nothing is changed.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            O(labels + keys that the candidates name + changed pairs). Candidates are the selectors
            that are indexed under a label and name a changed key.

        >>> live = LiveIndex(selectors={"web": "app=web"})
        >>> list(live.set_item("web-1", {"app": "web"}).started)
        [('web-1', 'web')]
        """
        self._require_outermost()
        with self._lock:
            with self._changing:
                notice = self._note_item(key) if self._callbacks else None
                before, changes, after = self._items.exchange(key, labels)
                change: Change[I, S] = NO_CHANGE
                if before is None or changes:
                    change = self._selectors.change_of(key, before, after, changes)
            return self._tell(change, notice)

    def remove_item(self, key: I) -> Change[I, S]:
        """Remove an item.

        Arguments:
            key: the key of the item.

        Returns:
            The pairs that stopped matching: see `Change`.

        Raises:
            KeyError: there is no such item.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            That of `SelectorIndex.matching`.

        >>> live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
        >>> list(live.remove_item("web-1").stopped)
        [('web-1', 'web')]
        """
        self._require_outermost()
        with self._lock:
            with self._changing:
                notice = self._note_item(key) if self._callbacks else None
                before = self._items.pop(key)
                change = self._selectors.change_of(key, before, None, ())
            return self._tell(change, notice)

    def set_selector(self, key: S, selector: Selector | str) -> Change[I, S]:
        """Set the selector of a key; a text is parsed.

        Arguments:
            key: the key of the selector.
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            The pairs that started and stopped matching: see `Change`.

        Raises:
            SelectorSyntaxError: a text is not a selector; then nothing is changed.
            TypeError: the selector is neither a selector nor a text; then nothing is changed.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            One `LabelIndex.select` for a new key, two for a key that had another selector.

        >>> live = LiveIndex({"web-1": {"app": "web"}})
        >>> list(live.set_selector("web", "app=web").started)
        [('web-1', 'web')]
        """
        return self.update_selectors([(key, selector)])

    def remove_selector(self, key: S) -> Change[I, S]:
        """Remove a selector.

        Arguments:
            key: the key of the selector.

        Returns:
            The pairs that stopped matching: see `Change`.

        Raises:
            KeyError: there is no such selector.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            One `LabelIndex.select`.

        >>> live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
        >>> list(live.remove_selector("web").stopped)
        [('web-1', 'web')]
        """
        self._require_outermost()
        with self._lock:
            with self._changing:
                since = partial(self._selectors_since, {key: self._selectors[key]})
                notice = self._note(since)
                del self._selectors[key]
                change = since()
            return self._tell(change, notice)

    def update_items(self, items: Items[I]) -> Change[I, S]:
        """Set many items, as one change: all of them, or none if the labels of one are not valid.

        Arguments:
            items: a mapping from keys to label sets, or pairs of both, as of ``dict.update``.

        Returns:
            The pairs that started and stopped matching: see `Change`.

        Raises:
            TypeError: a label set is not a mapping of strings to strings, or ``items`` is neither a
                mapping nor pairs; then nothing is changed.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            If there are at least three items for each distinct selector, each distinct selector is
            evaluated for all of them, before and after: 100,000 items and 10,000 selectors take a
            second (``python -m benchmarks live``). If there are fewer, that of `set_item` for each.

        >>> live = LiveIndex(selectors={"web": "app=web"})
        >>> len(live.update_items({"web-1": {"app": "web"}, "db-1": {"app": "db"}}).started)
        1
        """
        by_key = items_by_key(items)
        with collector_paused(len(by_key)):
            given = {key: require_labels(labels) for key, labels in by_key.items()}
        self._require_outermost()
        with self._lock:
            with self._changing, collector_paused(len(given)):
                since = self._before_items(given)
                notice = self._note(since)
                self._items.update(given)
                change = since()
            return self._tell(change, notice)

    def update_selectors(self, selectors: Selectors[S]) -> Change[I, S]:
        """Set many selectors, as one change: all of them, or none if one is not valid.

        Arguments:
            selectors: a mapping from keys to selectors or their texts, or pairs of both, as of
                ``dict.update``.

        Returns:
            The pairs that started and stopped matching: see `Change`.

        Raises:
            SelectorSyntaxError: a text is not a selector; then nothing is changed.
            TypeError: something is neither a selector nor a text, or ``selectors`` is neither a
                mapping nor pairs; then nothing is changed.
            ExceptionGroup: subscribers raised errors; the change is made: see `subscribe`.

        Complexity:
            One `LabelIndex.select` for each distinct selector, new or replaced.

        >>> live = LiveIndex({"web-1": {"app": "web"}})
        >>> len(live.update_selectors({"web": "app=web", "any": ""}).started)
        2
        """
        given = selectors_by_key(selectors)
        self._require_outermost()
        with self._lock:
            with self._changing, collector_paused(len(given)):
                old = {key: self._selectors.get(key) for key in given}
                since = partial(self._selectors_since, old)
                notice = self._note(since)
                self._selectors.update(given)
                change = since()
            return self._tell(change, notice)

    def compact(self) -> None:
        """Give back the memory of items and selectors that were removed, and make queries faster.

        Use it after very many were removed, or added in an order without meaning: see
        `LabelIndex.compact`, which this does for the items. All pairs stay as they are, so
        subscribers receive nothing. Other threads read meanwhile.

        Raises:
            Nothing.

        Complexity:
            O(n log n) for n labels, and O(requirements of all selectors).

        >>> live = LiveIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}}, {"web": "app=web"})
        >>> _ = live.remove_item("db-1")
        >>> live.compact()
        >>> live.selection("web")
        Selection({'web-1'})
        """
        self._require_outermost()
        with self._lock, self._changing:
            self._items.compact()
            self._selectors.compact()

    def selected_by(self, key: I) -> set[S]:
        """Return the keys of the selectors that select an item.

        Arguments:
            key: the key of the item.

        Returns:
            A new set.

        Raises:
            KeyError: there is no such item.

        Complexity:
            That of `SelectorIndex.matching`; some 10 µs (``python -m benchmarks live``).

        >>> LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"}).selected_by("web-1")
        {'web'}
        """
        with self._items_lock:
            return self._selectors.matching(self._items[key])

    def selection(self, key: S) -> Selection[I]:
        """Return the items that a selector selects, a snapshot.

        Arguments:
            key: the key of the selector.

        Returns:
            The keys of the items: see `Selection`.

        Raises:
            KeyError: there is no such selector.

        Complexity:
            One `LabelIndex.select`.

        >>> LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"}).selection("web")
        Selection({'web-1'})
        """
        with self._items_lock:
            return self._items.select(self._selectors[key])

    def subscribe(self, callback: Callback[I, S]) -> Callable[[], None]:
        """Call a function with every `Change` from now on; return a function that ends this.

        1. The callback is called after each change that started or stopped a pair, in the order of
           the changes. Meanwhile other threads can read the index, and cannot change it.
        2. A callback may change the index. All subscribers receive that change afterwards.
        3. If a callback raises, the others are still called, and the change is not undone. Then the
           call that made the change raises an ExceptionGroup of all these errors.
        4. A callback that returns a coroutine or a generator counts as one that raises TypeError.
        5. If an exception such as KeyboardInterrupt comes out of the middle of a change, or of a
           callback, whoever was not told of the change is told before the next change of the index.
           One that was being told is told again: apply a change twice as once, as sets do.
        6. An Exception that comes out of a callback counts as the callback's own (rule 3), and the
           callback is not told again. Nobody can tell apart what a signal handler raises there:
           let handlers raise a BaseException, not a TimeoutError.

        Arguments:
            callback: a function that takes a `Change`; what it returns is ignored.

        Returns:
            A function without arguments that ends the subscription.

        Raises:
            TypeError: the callback is not callable, or is a coroutine function or a generator
                function: nobody would await or run its result.

        Complexity:
            O(1). Each change that starts or stops a pair costs a call of each callback.

        >>> live = LiveIndex({"web-1": {"app": "web"}})
        >>> unsubscribe = live.subscribe(lambda change: print(*change.started))
        >>> _ = live.set_selector("web", "app=web")
        ('web-1', 'web')
        >>> unsubscribe()
        """
        _require_plain_function(callback)
        if self._changing.locked():  # of that change the callback would not be told
            require_outermost(self._lock)
        token = object()
        with self._lock:
            self._callbacks[token] = callback
        return lambda: self._unsubscribe(token)

    def check_invariants(self) -> None:
        """Raise an error if the parts of the index disagree; for tests.

        Raises:
            AssertionError: two parts disagree: a fault of labelsel.

        Complexity:
            O(labels + requirements).

        >>> LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"}).check_invariants()
        """
        with self._lock:
            self._items.check_invariants()
            self._selectors.check_invariants()

    def _before_items(self, keys: Collection[I]) -> Callable[[], Change[I, S]]:
        """Return a function that returns what a change of items has started and stopped."""
        if len(keys) < self._selectors.distinct * _ITEMS_PER_SELECTOR:
            return partial(self._items_since, {key: self._items.get(key) for key in keys})
        groups = self._selectors.groups()
        was = [self._items.prepare(selector).select() for selector, _ in groups]
        return partial(self._of_many, groups, was)

    def _of_many(
        self, groups: Sequence[tuple[Selector, Collection[S]]], old: Sequence[Selection[I]]
    ) -> Change[I, S]:
        """Return the change of many items, given the selections of all selectors before it."""
        started: list[Rectangle[I, S]] = []
        stopped: list[Rectangle[I, S]] = []
        for (selector, keys), was in zip(groups, old, strict=True):
            now = self._items.prepare(selector).select()
            started.append((now - was if was else now, keys))
            stopped.append((was - now if now else was, keys))
        return Change(Pairs(_without_empty(started)), Pairs(_without_empty(stopped)))

    def _of_selectors(
        self, replaced: Mapping[tuple[Selector | None, Selector | None], Collection[S]]
    ) -> Change[I, S]:
        """Return the change of keys, by their selectors before and after; None is no selector."""
        nothing = Nothing()
        select = cache(
            lambda selector: self._items.prepare(nothing if selector is None else selector).select()
        )
        started: list[Rectangle[I, S]] = []
        stopped: list[Rectangle[I, S]] = []
        for (before, after), keys in replaced.items():
            if before != after:
                for some, one, other in ((started, after, before), (stopped, before, after)):
                    items = select(one)
                    is_alone = one is None or other is None
                    some.append((items if is_alone else items - select(other), keys))
        return Change(Pairs(_without_empty(started)), Pairs(_without_empty(stopped)))

    def _items_since(self, old: Mapping[I, Labels | None]) -> Change[I, S]:
        """Return what has started and stopped since some items had other labels, or were not."""
        changes = []
        for key, before in old.items():
            after = self._items.get(key)
            if before != after:
                is_alone = before is None or after is None
                changed = () if is_alone else label_changes(before or {}, after or {})
                changes.append(self._selectors.change_of(key, before, after, changed))
        return _merge(changes)

    def _selectors_since(self, old: Mapping[S, Selector | None]) -> Change[I, S]:
        """Return what has started and stopped since keys had other selectors, or none."""
        replaced: dict[tuple[Selector | None, Selector | None], list[S]] = {}
        for key, before in old.items():
            replaced.setdefault((before, self._selectors.get(key)), []).append(key)
        return self._of_selectors(replaced)

    # Subscribers

    def _require_outermost(self) -> None:
        """Raise RuntimeError in the middle of another call of this thread.

        A subscriber may change the index, but not in the middle of a change of its own. A change
        may need both parts, so a call that reads one of them is enough.
        """
        if self._changing.locked() or not self._calling.locked():
            require_outermost(self._lock)
        require_outermost(self._items_lock)
        require_outermost(self._selectors_lock)

    def _note_item(self, key: I) -> _Notice[I, S] | None:
        """Note a change of an item, as `_note` does."""
        return self._note(partial(self._items_since, {key: self._items.get(key)}))

    def _note(self, since: Callable[[], Change[I, S]]) -> _Notice[I, S] | None:
        """Note a change that is about to be made; None if nobody is told. The lock is held."""
        if not self._callbacks:
            return None
        if self._notices:
            # If it was interrupted: before anything else changes.
            last = self._notices[-1]
            last.settle()
            if not last.change:
                self._notices.pop()
        notice = _Notice(tuple(self._callbacks), since)
        self._notices.append(notice)
        return notice

    def _tell(self, change: Change[I, S], notice: _Notice[I, S] | None) -> Change[I, S]:
        """Deliver a change that was noted to all subscribers, and return it.

        A change that a subscriber makes is delivered after those before it.
        """
        if notice is not None:
            notice.change = change
            if not self._calling.locked():
                self._deliver()
        return change

    def _deliver(self) -> None:
        errors: list[Exception] = []
        while self._notices:
            notice = self._notices[0]
            notice.settle()
            while notice.change and notice.told < len(notice.tokens):
                callback = self._callbacks.get(notice.tokens[notice.told])
                if callback is not None:
                    with self._calling:
                        errors += _call(callback, notice.change)
                notice.told += 1
            self._notices.popleft()
        if errors:
            message = "the index was changed, but subscribers raised errors"
            try:
                raise ExceptionGroup(message, errors)
            finally:
                # The traceback of each error has this frame. A frame that still had the errors
                # would keep the subscribers until the next run of the garbage collector.
                del errors

    def _unsubscribe(self, token: object) -> None:
        with self._lock:
            self._callbacks.pop(token, None)


def _require_plain_function(callback: object) -> None:
    """Raise TypeError unless an object can be called and is no coroutine or generator function."""
    if not callable(callback):
        message = f"a callback must be a function that takes a Change, not {show(callback)}"
        raise TypeError(message)
    function: Callable[..., object] = callback
    while isinstance(function, partial):
        function = function.func
    for code in (function, type(function).__call__):
        if any(is_lazy(code) for is_lazy in _LAZY):
            raise TypeError(_NOT_AWAITED)


def _call(callback: Callable[[Change[I, S]], object], change: Change[I, S]) -> list[Exception]:
    """Call a subscriber, and return the error that it raised, if any.

    What a signal handler raises before the call or behind it is no error of the subscriber: it
    comes out, and the subscriber is told again.
    """
    try:
        returned = callback(change)
    except Exception as error:  # noqa: BLE001  # the other subscribers must be called
        return [error]
    if not (inspect.iscoroutine(returned) or inspect.isgenerator(returned)):
        return []
    try:
        returned.close()
    except Exception as error:  # noqa: BLE001  # as above
        return [error]
    return [TypeError(f"the callback returned a {type(returned).__name__}; {_NOT_AWAITED}")]


_LAZY: Final = (
    inspect.iscoroutinefunction,
    inspect.isasyncgenfunction,
    inspect.isgeneratorfunction,
)

_NOT_AWAITED: Final = (
    "a callback must be a plain function: a coroutine would not be awaited, and a generator"
    " would not run."
    " Use a plain function that passes the change to your event loop, such as"
    " live.subscribe(lambda change: loop.call_soon_threadsafe(queue.put_nowait, change))"
)


def _merge(changes: Sequence[Change[I, S]]) -> Change[I, S]:
    """Return one change for several changes that have no pair in common."""
    return Change(
        Pairs([rectangle for change in changes for rectangle in change.started.rectangles]),
        Pairs([rectangle for change in changes for rectangle in change.stopped.rectangles]),
    )


def _without_empty(rectangles: Iterable[Rectangle[I, S]]) -> list[Rectangle[I, S]]:
    return [rectangle for rectangle in rectangles if rectangle[0]]

"""The `LiveIndex` of a soak, with subscribers that come and go, and some that fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias
from weakref import ref

from benchmarks.soak_models import Items, Rules, Source
from benchmarks.soak_record import Record
from benchmarks.soak_subjects import Subject
from labelsel import Change, LiveIndex

__all__ = ["Live"]

Pair: TypeAlias = tuple[str, str]

_HELD: Final = 40
"""Changes that are held at a time."""
_SUBSCRIBERS: Final = 8
"""Subscribers that are there at a time."""
_WATCHED: Final = 10
"""Selectors whose pairs are kept by the changes alone, from one minute to the next."""


class Live(Subject):
    """Items and selectors that change; all pairs of some selectors follow from the changes."""

    def __init__(self, source: Source, record: Record, items: int, rules: int) -> None:
        super().__init__(source, record)
        self.items = Items(source, items)
        self.rules = Rules(source, rules)
        self.index: LiveIndex[str, str] = LiveIndex(self.items.named(), self.rules)
        self.index.subscribe(self._follow)
        self._new: list[Change[str, str]] = []
        self._changes = 0
        self._held: deque[tuple[Change[str, str], tuple[int, int]]] = deque()
        self._subscribers: deque[_Subscriber] = deque()
        self._gone: list[ref[_Subscriber]] = []
        self._watch()

    def round(self) -> None:
        for _ in range(40):
            self._change_item()
        for _ in range(3):
            self._change_selector()
        if self.chance.random() < 0.05:
            self._change_many()
        if self.chance.random() < 0.3:
            self._subscribe()

    def compare(self) -> None:
        place, name = self.items.pick(), self.rules.pick()
        item, labels = self.items[place].name, self.items.labels(place)
        expected = self.rules.matching(labels)
        self.record.check(self.index.selected_by(item), expected, "selected_by", labels)
        selected = self.items.selected(self.rules[name])
        self.record.check(set(self.index.selection(name)), selected, "select", self.rules[name])
        self._compare_change(place)

    def check(self) -> None:
        for name, items in self._watched.items():
            now = set(self.index.selection(name)) if name in self.rules else set()
            self.record.check(items, now, "all changes of", name)
        self._watch()
        self.record.check(len(self.index.items), len(self.items), "number of items")
        self.record.check(len(self.index.selectors), len(self.rules), "number of selectors")
        self.record.check_whole(self.index.check_invariants, "invariants of LiveIndex")
        kept = sum(each() is not None for each in self._gone)
        self.record.check(kept, 0, "subscribers that are kept after their end")
        self._gone.clear()

    def compare_all(self) -> None:
        for place, item in enumerate(self.items):
            self.record.check(self.index.items[item.name], self.items.labels(place), item.name)
        self.record.check_true(dict(self.index.selectors) == self.rules, "live selectors")

    def sizes(self) -> dict[str, int]:
        items = self.index._items.stats()  # noqa: SLF001  # see `Subject.sizes`
        return {
            "live items": len(self.index.items),
            "live selectors": len(self.index.selectors),
            "bytes of live items": sum(items.bytes.values()),
        }

    # Changes

    def _change_item(self) -> None:
        place, draw = self.items.pick(), self.chance.random()
        before = self.items[place]
        if draw < 0.1:
            self.items[place] = self.source.item()
            self._timed("live change", lambda: self.index.remove_item(before.name))
            before = self.items[place]
        else:
            revise = self.source.revised if draw < 0.8 else self.source.replaced
            self.items[place] = revise(before)
        labels = self.items.labels(place)
        self._timed("live change", lambda: self.index.set_item(before.name, labels))
        self.record.check(self.index.items[before.name], labels, "labels after a live change")

    def _change_selector(self) -> None:
        if self.chance.random() < 0.5:
            old, name = self.rules.rename()
            self._timed("live selector", lambda: self.index.remove_selector(old))
        else:
            name = self.rules.pick()
            self.rules[name] = self.source.selector()
        self._timed("live selector", lambda: self.index.set_selector(name, self.rules[name]))

    def _change_many(self) -> None:
        places = {self.items.pick() for _ in range(100)}
        for place in places:
            self.items[place] = self.source.revised(self.items[place])
        items = {self.items[place].name: self.items.labels(place) for place in places}
        self._made(lambda: self.index.update_items(items))
        names = {self.rules.pick() for _ in range(10)}
        self.rules.update({name: self.source.selector() for name in names})
        self._made(lambda: self.index.update_selectors({name: self.rules[name] for name in names}))

    def _compare_change(self, place: int) -> None:
        """Change an item, and compare the pairs with those of the definition."""
        item = self.items[place] = self.source.replaced(self.items[place])
        was = self.index.selected_by(item.name)
        labels = self.items.labels(place)
        self._made(lambda: self.index.set_item(item.name, labels))
        now = self.rules.matching(labels)
        if self._held and was != now:
            change, _ = self._held[-1]
            pairs = set(change.started), set(change.stopped)
            expected = _pairs(item.name, now - was), _pairs(item.name, was - now)
            self.record.check(pairs, expected, "change to", labels)

    def _timed(self, kind: str, call: Callable[[], object]) -> None:
        self._made(lambda: self.record.timed(kind, lambda: _in_spite(call)))

    def _made(self, call: Callable[[], object]) -> None:
        """Make a change, and follow it once it is made."""
        _in_spite(call)
        for change in self._new:
            self._changes += 1
            for note, pairs in ((set.discard, change.stopped), (set.add, change.started)):
                for item, name in pairs:
                    if name in self._watched:
                        note(self._watched[name], item)
            self._hold(change)
        self._new.clear()

    # Subscribers, and what they hold

    def _follow(self, change: Change[str, str]) -> None:
        self._new.append(change)

    def _watch(self) -> None:
        names = {self.rules.pick() for _ in range(_WATCHED)}
        self._watched = {name: set(self.index.selection(name)) for name in names}

    def _hold(self, change: Change[str, str]) -> None:
        """Hold a change for a while, then see that it is still the same."""
        self._held.append((change, (len(change.started), len(change.stopped))))
        if len(self._held) > _HELD:
            held, sizes = self._held.popleft()
            self.record.check((len(held.started), len(held.stopped)), sizes, "a change held")

    def _subscribe(self) -> None:
        fails = self.chance.random() < 0.2
        self._subscribers.append(_Subscriber(self.index, self._changes, fails=fails))
        if len(self._subscribers) > _SUBSCRIBERS:
            gone = self._subscribers.popleft()
            gone.end()
            self.record.check(gone.received, self._changes - gone.since, "changes received")
            self._gone.append(ref(gone))


class _Subscriber:
    """Counts what it receives. It may fail each time, which must harm nobody else."""

    def __init__(self, index: LiveIndex[str, str], since: int, *, fails: bool) -> None:
        self.since = since
        self.received = 0
        self._fails = fails
        self.end = index.subscribe(self._receive)

    def _receive(self, _: Change[str, str]) -> None:
        self.received += 1
        if self._fails:
            raise _FailedError


class _FailedError(Exception):
    pass


def _in_spite(call: Callable[[], object]) -> None:
    """Make a change in spite of subscribers that fail."""
    try:
        call()
    except* _FailedError:
        pass


def _pairs(item: str, names: set[str]) -> set[Pair]:
    return {(item, name) for name in names}

"""What a soak runs: an index, its model, the changes, the questions and the comparisons."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from benchmarks.data import LabelSet
from benchmarks.soak_models import Item, Items, Queries, Rules, Source, difference
from benchmarks.soak_record import Record
from labelsel import (
    IndexFileError,
    LabelIndex,
    Selection,
    SelectorIndex,
    SelectorSyntaxError,
    parse,
    parse_expression,
    parse_matchers,
)
from labelsel.languages.grammar import _read_once
from labelsel.regex import compile_regex
from labelsel.selector import holds

__all__ = ["Labels", "Selectors", "Subject"]

_SAMPLE: Final = 10
"""Items that are looked up in each answer."""
_WHOLE: Final = 0.2
"""Of so many loaded indexes all labels are compared; of the others those of some items."""
_HELD: Final = 40
"""Snapshots that are held at a time."""


class Subject(ABC):
    """An index, its model, and what is done with both.

    Attributes:
        source: makes what is new.
        record: takes times and comparisons.
    """

    def __init__(self, source: Source, record: Record) -> None:
        self.source = source
        self.record = record
        self.chance = source.chance

    @abstractmethod
    def round(self) -> None:
        """Make some changes and ask some questions: some 10 ms."""

    @abstractmethod
    def compare(self) -> None:
        """Compare one whole answer with the model."""

    @abstractmethod
    def check(self) -> None:
        """Check the invariants."""

    @abstractmethod
    def compare_all(self) -> None:
        """Compare all that is there with the model."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Return the numbers of what the library keeps, also where it offers no name for them."""


class Labels(Subject):
    """A `LabelIndex`: label sets come, change and go; it is saved, and goes on as loaded."""

    def __init__(self, source: Source, record: Record, size: int, folder: Path) -> None:
        super().__init__(source, record)
        self.items = Items(source, size)
        self.index: LabelIndex[str] = LabelIndex(self.items.named())
        self.file = folder / "soak.index"
        self.queries = Queries(source, self.items)
        self.prepared = [self.index.prepare(self.queries.next()) for _ in range(10)]
        self.held: deque[_Held] = deque()
        self.saved = 0
        self._mistakes = 0

    def round(self) -> None:
        for _ in range(100):
            self._change()
        for _ in range(5):
            self._ask()
        self._hold()
        self._mistake()

    def compare(self) -> None:
        query = self.queries.next()
        selector = parse(query) if isinstance(query, str) else query
        expected = self.items.selected(selector)
        self.record.check(set(self.index.select(query)), expected, "select", query)
        self.record.check(self.index.count(query), len(expected), "count", query)

    def compare_all(self) -> None:
        self._compare_contents(self.index, range(len(self.items)), "contents")

    def check(self) -> None:
        self.record.check_whole(self.index.check_invariants, "invariants of LabelIndex")

    def save_and_load(self) -> None:
        """Save the index, and go on with what is loaded from the file."""
        self.record.timed("save", lambda: self.index.save(self.file))
        self.saved = self.file.stat().st_size
        loaded = self.record.timed("load", lambda: LabelIndex[str].load(self.file))
        self.record.check_true(list(loaded) == list(self.index), "order after load")
        some = [self.items.pick() for _ in range(2_000)]
        whole = self.chance.random() < _WHOLE
        self._compare_contents(loaded, range(len(self.items)) if whole else some, "loaded")
        self._damage()
        self.index = loaded
        self.prepared = [self.index.prepare(self.queries.next()) for _ in range(10)]

    def compact(self) -> None:
        """Number the rows anew."""
        self.record.timed("compact", self.index.compact)

    def tide(self) -> None:
        """Let half as many items again come and go at once."""
        flood = {item.name: self.source.label_set(item) for item in self._new(len(self.items) // 2)}
        self.index.update(flood)
        for name in flood:
            del self.index[name]

    def sizes(self) -> dict[str, int]:
        stats = self.index.stats()
        return {
            "labels": stats.labels,
            "keys": stats.keys,
            "bytes of LabelIndex": sum(stats.bytes.values()),
            "bytes of file": self.saved,
            "plans kept": len(self.index._plans),  # noqa: SLF001  # see `Subject.sizes`
            "texts kept": _read_once.cache_info().currsize,
            "expressions kept": compile_regex.cache_info().currsize,
        }

    def _new(self, count: int) -> list[Item]:
        return [self.source.item() for _ in range(count)]

    def _change(self) -> None:
        items, place, draw = self.items, self.items.pick(), self.chance.random()
        before = items[place]
        if draw < 0.2:
            items[place] = self.source.item()
            labels = items.labels(place)
            self.record.timed("change", lambda: self.index.pop(before.name))
            self.record.timed("change", lambda: self.index.update({items[place].name: labels}))
        elif draw < 0.65:
            items[place] = self.source.revised(before)
            changes = difference(self.source.label_set(before), items.labels(place))
            self.record.timed("change", lambda: self.index.patch(before.name, changes))
        elif draw < 0.8:
            items[place] = self.source.replaced(before)
            labels = items.labels(place)
            self.record.timed("change", lambda: self.index.__setitem__(before.name, labels))
        else:
            items[place] = self.source.replaced(before)
            labels = items.labels(place)
            exchange = self.record.timed("change", lambda: self.index.exchange(before.name, labels))
            was = self.source.label_set(before)
            self.record.check(exchange.before, was, "exchange, before")
            self.record.check(exchange.changes, difference(was, labels), "exchange, changes")

    def _ask(self) -> None:
        query = self.queries.next()
        found = self.record.timed("select", lambda: self.index.select(query))
        count = self.record.timed("count", lambda: self.index.count(query))
        self.record.check(len(found), count, "length of", query)
        selector = parse(query) if isinstance(query, str) else query
        for _ in range(_SAMPLE):
            place = self.items.pick()
            expected = holds(selector, self.items.labels(place))
            self.record.check(self.items[place].name in found, expected, "item of", query)
        kept = self.chance.choice(self.prepared)
        self.record.check(kept.count(), self.index.count(kept.selector), "prepared", kept.selector)

    def _hold(self) -> None:
        """Hold a snapshot while items go, then see that it is still the same."""
        names = [self.items[self.items.pick()].name for _ in range(_SAMPLE)]
        whole = self.chance.random() < _WHOLE / 10
        self.held.append(_Held(self.index.select(self.queries.next()), names, whole=whole))
        if whole:
            next(iter(self.index.items()))  # an iteration that does not come to its end
        while len(self.held) > _HELD:
            place = self.chance.randrange(len(self.held))
            held = self.held[place]
            del self.held[place]
            self.record.check(held.now(), held.then, "a snapshot that was held")

    def _compare_contents(self, index: LabelIndex[str], places: Iterable[int], what: str) -> None:
        self.record.check(len(index), len(self.items), what, "number of items")
        for place in places:
            item = self.items[place]
            self.record.check(index[item.name], self.items.labels(place), what, item.name)

    def _damage(self) -> None:
        """A file with one wrong byte is refused."""
        data = bytearray(self.file.read_bytes())
        data[self.chance.randrange(len(data))] ^= 0xFF
        damaged = self.file.with_suffix(".damaged")
        damaged.write_bytes(data)
        self.record.check_raises(IndexFileError, lambda: LabelIndex.load(damaged), "damaged file")

    def _mistake(self) -> None:
        """What is refused changes nothing; whole answers are compared later."""
        place, serial = self.items.pick(), self.source.serial()
        name: Any = self.items[place].name
        bad: Any = {"app": serial}
        index, check = self.index, self.record.check_raises
        mistakes: list[Callable[[], None]] = [
            lambda: check(KeyError, lambda: index.patch(f"gone-{serial}", {"a": "b"}), "patch"),
            lambda: check(KeyError, lambda: index.pop(f"gone-{serial}"), "pop"),
            lambda: check(TypeError, lambda: index.patch(name, bad), "patch"),
            lambda: check(TypeError, lambda: index.exchange(name, bad), "exchange"),
            lambda: check(
                TypeError, lambda: index.update({f"new-{serial}": {"a": "b"}, name: bad}), "update"
            ),
            lambda: check(SelectorSyntaxError, lambda: index.select(f"a in (b,{serial}"), "select"),
            lambda: check(SelectorSyntaxError, lambda: parse_expression(f"a == '{serial}"), "read"),
            lambda: check(
                SelectorSyntaxError, lambda: parse_matchers(f'{{a=~"({serial}"}}'), "read"
            ),
            lambda: self.record.check_true(
                parse_matchers(f'{{a=~"x{serial}|y"}}').matches({"a": f"x{serial}"}), "regex"
            ),
        ]
        self._mistakes += 1
        mistakes[self._mistakes % len(mistakes)]()
        self.record.check(index[name], self.items.labels(place), "labels after a mistake")


class _Held:
    """A selection, and what was in it when it was made."""

    def __init__(self, selection: Selection[str], names: list[str], *, whole: bool) -> None:
        self._selection = selection
        self._names = names
        self._whole = whole
        self.then = self.now()

    def now(self) -> tuple[int, list[bool], int]:
        """Return the number of keys, which of some names are in it, and a hash of all keys."""
        found = self._selection
        whole = hash(frozenset(found)) if self._whole else 0
        return len(found), [name in found for name in self._names], whole


class Selectors(Subject):
    """A `SelectorIndex`: selectors come, change and go; it is pickled, and goes on as unpickled."""

    def __init__(self, source: Source, record: Record, size: int) -> None:
        super().__init__(source, record)
        self.rules = Rules(source, size)
        self.index: SelectorIndex[str] = SelectorIndex(self.rules)
        self._rounds = 0

    def round(self) -> None:
        for _ in range(20):
            self._change()
        for _ in range(20):
            self._ask(self._labels())
        self._mistake()

    def compare(self) -> None:
        for _ in range(5):
            labels = self._labels()
            expected = self.rules.matching(labels)
            self.record.check(self.index.matching(labels), expected, "matching", labels)

    def compare_all(self) -> None:
        self.record.check_true(dict(self.index) == self.rules, "selectors")

    def check(self) -> None:
        self.record.check_whole(self.index.check_invariants, "invariants of SelectorIndex")

    def unpickle(self) -> None:
        """Go on with a copy that was pickled."""
        copied = pickle.loads(pickle.dumps(self.index))  # noqa: S301  # our own bytes
        self.record.check_true(copied == self.index, "pickled selectors")
        self.index = copied

    def sizes(self) -> dict[str, int]:
        return {"distinct selectors": self.index.distinct}

    def _ask(self, labels: LabelSet) -> None:
        found = self.record.timed("matching", lambda: self.index.matching(labels))
        for _ in range(_SAMPLE):
            name = self.rules.pick()
            expected = holds(self.rules[name], labels)
            self.record.check(name in found, expected, "matching", self.rules[name])
        self.record.check(self.index.any_matching(labels), bool(found), "any_matching")

    def _labels(self) -> LabelSet:
        labels = self.source.label_set(self.source.item())
        if self.chance.random() < 0.2:
            # What one of them asks for.
            labels["release"] = f"v{self.source.serial() - self.chance.randrange(1000)}"
        return labels

    def _change(self) -> None:
        if self.chance.random() < 0.5:
            old, new = self.rules.rename()
            self.record.timed("change of a selector", lambda: self.index.pop(old))
            self._set(new)
        else:
            name = self.rules.pick()
            self.rules[name] = self.source.selector()
            self._set(name)

    def _set(self, name: str) -> None:
        selector = self.rules[name]
        self.record.timed("change of a selector", lambda: self.index.__setitem__(name, selector))

    def _mistake(self) -> None:
        bad: Any = {f"new-{self.source.serial()}": "a=b", self.rules.pick(): "a in (b"}
        self.record.check_raises(SelectorSyntaxError, lambda: self.index.update(bad), "update")
        self.record.check(len(self.index), len(self.rules), "number of selectors")

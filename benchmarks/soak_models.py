"""What a soak puts into the indexes, and the models that say what is in them.

A model must not hide what the library keeps, so it is small: for each item a name and two
numbers, of which `label_set` makes the labels again. One number is a label set of
`benchmarks.data`. The other is a revision that no item had before: it gives each item a value, and
every twentieth a key, that comes once and never again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Final, NamedTuple

from benchmarks.data import LabelSet, label_sets
from benchmarks.live import NAME, selectors
from labelsel import (
    Equals,
    Exists,
    In,
    Matches,
    NotEquals,
    Selector,
    StartsWith,
    all_of,
    any_of,
    parse,
)
from labelsel.selector import holds

__all__ = ["ENVS", "Item", "Items", "Queries", "Rules", "Source", "difference"]

ENVS: Final = ("prod", "prod", "prod", "staging", "dev")
_KEYED: Final = 20
"""Of so many items one has a key of its own."""
_BASE: Final = 2_000
"""Selectors in the manner of a cluster's, of which all others are made."""


class Item(NamedTuple):
    """A named label set.

    Attributes:
        name: its key in an index.
        base: the number of a label set of `benchmarks.data`.
        revision: a number of its own.
    """

    name: str
    base: int
    revision: int


class Source:
    """Makes items and selectors that were not there before.

    Attributes:
        chance: what decides; the same in each run.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.chance = Random(seed)
        self._sets = label_sets(max(1_000, min(size, 20_000)))
        self._serial = count()
        apps = sorted({labels[NAME] for labels in self._sets})
        self._selectors = selectors(_BASE, apps)

    def serial(self) -> int:
        """Return a number that was not there before."""
        return next(self._serial)

    def item(self) -> Item:
        """Return an item with a new name."""
        return self.revised(Item(f"pod-{self.serial()}", self._base(), 0))

    def revised(self, item: Item) -> Item:
        """Return an item with another revision: one or two labels differ, or a few more."""
        return item._replace(revision=self.serial())

    def replaced(self, item: Item) -> Item:
        """Return an item of the same name with other labels."""
        return self.revised(item._replace(base=self._base()))

    def label_set(self, item: Item) -> LabelSet:
        """Return the labels of an item, a new dict."""
        revision = item.revision
        labels = self._sets[item.base].copy()
        labels["env"] = ENVS[revision % len(ENVS)]
        labels["revision"] = f"r{revision}"
        if revision // 2 % _KEYED == 0:
            labels[f"once-{revision}"] = ""
        return labels

    def selector(self) -> Selector:
        """Return a selector; two in three name a value or a key that comes once."""
        base = self.chance.choice(self._selectors)
        serial, draw = self.serial(), self.chance.random()
        if draw < 0.35:
            return base
        if draw < 0.6:
            return all_of((base, NotEquals("revision", f"r{serial}")))
        if draw < 0.75:
            return all_of((base, Equals("release", f"v{serial}")))
        if draw < 0.85:
            return all_of((base, In("port", {"80", "443", f"{serial}"})))
        if draw < 0.9:
            return any_of((Exists(f"once-{serial}"), all_of((base, Exists("revision")))))
        if draw < 0.95:
            return all_of((base, StartsWith("revision", f"r{serial % 1000}")))
        return all_of((base, Matches(NAME, f"[a-m].*|x{serial}")))

    def _base(self) -> int:
        return self.chance.randrange(len(self._sets))


def difference(before: LabelSet, after: LabelSet) -> dict[str, str | None]:
    """Return the patch that makes a label set another one."""
    changes: dict[str, str | None] = dict.fromkeys(before.keys() - after.keys())
    return changes | {key: value for key, value in after.items() if before.get(key) != value}


class Items(list[Item]):
    """A fixed number of items, of which one comes when one goes."""

    def __init__(self, source: Source, size: int) -> None:
        super().__init__(source.item() for _ in range(size))
        self.source = source

    def pick(self) -> int:
        """Return the place of an item."""
        return self.source.chance.randrange(len(self))

    def labels(self, place: int) -> LabelSet:
        """Return the labels of the item at a place."""
        return self.source.label_set(self[place])

    def named(self) -> dict[str, LabelSet]:
        """Return all items as an index takes them."""
        return {item.name: self.source.label_set(item) for item in self}

    def selected(self, selector: Selector) -> set[str]:
        """Return the names of those that a selector selects, by the definition."""
        label_set = self.source.label_set
        return {item.name for item in self if holds(selector, label_set(item))}


class Rules(dict[str, Selector]):
    """Selectors by name: the model of a `SelectorIndex`."""

    def __init__(self, source: Source, size: int) -> None:
        super().__init__((f"rule-{number}", source.selector()) for number in range(size))
        self.source = source
        self._names = list(self)

    def pick(self) -> str:
        """Return the name of one."""
        return self.source.chance.choice(self._names)

    def rename(self) -> tuple[str, str]:
        """Give one a new name and a new selector; return the old name and the new one."""
        place = self.source.chance.randrange(len(self._names))
        old, new = self._names[place], f"rule-{self.source.serial()}"
        del self[old]
        self[new], self._names[place] = self.source.selector(), new
        return old, new

    def matching(self, labels: LabelSet) -> set[str]:
        """Return the names of those that select a label set, by the definition."""
        return {name for name, selector in self.items() if holds(selector, labels)}


class Queries:
    """What is asked: a few selectors again and again, and texts that come once."""

    def __init__(self, source: Source, items: Sequence[Item]) -> None:
        self._source = source
        self._items = items
        self._again = [parse(text) for text in _AGAIN]

    def next(self) -> Selector | str:
        """Return a selector or a text."""
        source = self._source
        draw = source.chance.random()
        if draw < 0.5:
            return source.chance.choice(self._again)
        if draw < 0.7:
            return source.selector()
        item = source.chance.choice(self._items)
        if draw < 0.8:
            return f"revision=r{item.revision}"
        if draw < 0.9:
            app = source.label_set(item)[NAME]
            return f"{NAME}={app},env!=dev,revision notin (r{item.revision},r{source.serial()})"
        return f"once-{item.revision},!gone-{source.serial()}"


_AGAIN: Final = (
    "env=prod",
    "tier=cache",
    "env=staging,tier in (frontend,cache)",
    "tier=backend,env notin (prod,dev)",
    "app.kubernetes.io/managed-by=argocd,env!=prod",
    "app.kubernetes.io/component=database,!generation",
    "generation>100",
    "port>8100,port<8200",
    "!app.kubernetes.io/version,tier",
)

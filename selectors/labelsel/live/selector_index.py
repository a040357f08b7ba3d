"""`SelectorIndex`: a mapping of keys to selectors that tells which of them select an object."""

from __future__ import annotations

from collections.abc import (
    Collection,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    ValuesView,
)
from threading import RLock
from typing import Any, TypeAlias, TypeVar, cast

from labelsel.index.store import differing
from labelsel.index.views import ItemsInTurn, ValuesInTurn
from labelsel.labels import checked_labels
from labelsel.languages import parse
from labelsel.live.candidate_index import CandidateIndex
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.live.restrictions import restrictions_of
from labelsel.selector import Selector, sealed

__all__ = ["SelectorIndex", "Selectors", "checked_selector"]

K = TypeVar("K", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Selectors: TypeAlias = Mapping[K, Selector | str] | Iterable[tuple[K, Selector | str]]


def checked_selector(selector: object) -> Selector:
    """Return a selector, parsed where it is a text; TypeError where it is neither."""
    return parse(selector) if isinstance(selector, str) else sealed(selector)


class SelectorIndex(MutableMapping[K, Selector]):
    """A mapping of any hashable key to a selector, indexed for label sets.

    1. Use it as a dict: set, replace, delete, update; a text is parsed. Any selector will do,
       whatever nodes it has.
    2. Ask with labels: `matching`, `any_matching`.
    3. Equal selectors are kept once, and asked once, under however many keys they stand.
    4. Threads may read while another changes it, as with `LabelIndex`.

    Each selector is filed under what is rarest of the labels and keys that it requires, and
    those filed together are asked together. So a label set costs what its own labels cost, and
    the selectors that are found: not the selectors there are.

    >>> services = SelectorIndex({"web": "app=web", "all of it": "app,!debug"})
    >>> services["canary"] = "app=web,track in (canary,next)"
    >>> sorted(services.matching({"app": "web", "track": "next"}))
    ['all of it', 'canary', 'web']
    >>> services.any_matching({"debug": ""})
    False
    """

    def __init__(self, selectors: Selectors[K] = (), /) -> None:
        self._members: dict[Selector, IndexedSelector[K]] = {}
        self._keys: dict[K, IndexedSelector[K]] = {}
        self._files: CandidateIndex[K] = CandidateIndex()
        self._lock = RLock()
        self.update(selectors)

    def __getitem__(self, key: K) -> Selector:
        with self._lock:
            return self._keys[key].selector

    def __setitem__(self, key: K, selector: Selector | str) -> None:
        self.update([(key, selector)])

    def __delitem__(self, key: K) -> None:
        with self._lock:
            self._let_go(self._keys.pop(key), key)

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            return iter(list(self._keys))

    def __len__(self) -> int:
        with self._lock:
            return len(self._keys)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return key in self._keys

    def __repr__(self) -> str:
        return f"<SelectorIndex of {len(self)} selectors>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.items()),)

    def items(self) -> ItemsView[K, Selector]:
        """Return the items: each with the selector that it has when its turn comes.

        What is removed in the meantime is left out, and what is added is not there.
        """
        return ItemsInTurn(self)

    def values(self) -> ValuesView[Selector]:
        """Return the selectors, as `items` does."""
        return ValuesInTurn(self)

    def update(self, selectors: Selectors[K] = (), /, **more: Selector | str) -> None:  # type: ignore[override]  # texts are welcome
        """Set many selectors at once: all of them, or none where one is refused.

        Raises `SelectorSyntaxError` where a text is no selector, TypeError for what is neither.
        """
        given = dict(cast("Selectors[str]", selectors), **more)
        checked = {cast("K", key): checked_selector(each) for key, each in given.items()}
        with self._lock:
            new = {
                selector: IndexedSelector[K](selector, restrictions_of(selector))
                for selector in checked.values()
                if selector not in self._members
            }
            self._members |= new
            for key, selector in checked.items():
                self._members[selector].writable_keys()[key] = None
            self._files.add(list(new.values()))
            for key, selector in checked.items():
                before, after = self._keys.get(key), self._members[selector]
                self._keys[key] = after
                if before is not None and before is not after:
                    self._let_go(before, key)

    def clear(self) -> None:
        """Remove all selectors. O(1)."""
        with self._lock:
            self._members, self._keys, self._files = {}, {}, CandidateIndex()

    @property
    def distinct(self) -> int:
        """How many different selectors there are."""
        with self._lock:
            return len(self._members)

    def groups(self) -> list[tuple[Selector, Collection[K]]]:
        """Return the different selectors, each with its keys as they are now."""
        with self._lock:
            return [(member.selector, member.share_keys()) for member in self._members.values()]

    def matching(self, labels: Labels | None) -> set[K]:
        """Return the keys of the selectors that select the labels. None counts as no labels.

        TypeError where labels are no strings. O(labels + keys that the candidates speak of +
        selectors found): some 5 µs, and 0.2 µs for each found.
        """
        checked = checked_labels(labels)
        with self._lock:
            found: set[K] = set()
            for block in self._files.blocks(checked):
                for member in block.members(block.holding(checked)):
                    found.update(member.keys)
            for member in self._files.loose(checked):
                if member.selector.matches(checked):
                    found.update(member.keys)
            self._files.review()
            return found

    def any_matching(self, labels: Labels | None) -> bool:
        """Return whether any selector selects the labels; stops at the first that does.

        None counts as no labels. TypeError where labels are no strings.
        """
        checked = checked_labels(labels)
        with self._lock:
            found = any(block.holding(checked) for block in self._files.blocks(checked)) or any(
                member.selector.matches(checked) for member in self._files.loose(checked)
            )
            self._files.review()
            return found

    def difference(
        self,
        before: Labels | None,
        after: Labels | None,
        changed: Collection[str] | None = None,
    ) -> tuple[list[Collection[K]], list[Collection[K]]]:
        """Return which selectors stop and which start selecting an object whose labels change.

        None is an object that is not there. ``changed`` are the keys that differ, for who knows
        them. Both lists have the keys of equal selectors together, as they are now; no key is
        there twice. Only selectors are looked at that speak of a key that changed. TypeError
        where labels are no strings.

        >>> services = SelectorIndex({"web": "app=web", "prod": "env=prod", "any": ""})
        >>> stopped, started = services.difference({"app": "web"}, {"app": "web", "env": "prod"})
        >>> [list(keys) for keys in stopped], [list(keys) for keys in started]
        ([], [['prod']])
        """
        before = None if before is None else checked_labels(before)
        after = None if after is None else checked_labels(after)
        with self._lock:
            if before is None or after is None:
                was, now = self._members_for(before), self._members_for(after)
            else:
                changed = differing(before, after) if changed is None else changed
                was, now = self._turned(before, after, changed)
            self._files.review()
            same = was & now
            return (
                [member.share_keys() for member in was if member not in same],
                [member.share_keys() for member in now if member not in same],
            )

    def check_invariants(self) -> None:
        """Raise AssertionError where the parts of the index disagree. For tests; O(everything)."""
        with self._lock:
            for selector, member in self._members.items():
                assert member.selector == selector
                assert member.keys
                assert all(self._keys[key] is member for key in member.keys)
            assert sum(len(member.keys) for member in self._members.values()) == len(self._keys)
            self._files.check_invariants(self._members.values())

    def _let_go(self, member: IndexedSelector[K], key: K) -> None:
        """Take a key from a selector, and forget one that has no key left."""
        del member.writable_keys()[key]
        if not member.keys:
            del self._members[member.selector]
            self._files.remove(member)

    def _turned(
        self, before: Labels, after: Labels, changed: Collection[str]
    ) -> tuple[set[IndexedSelector[K]], set[IndexedSelector[K]]]:
        """Return selectors that select the labels before and after; of those for both, not all."""
        was: set[IndexedSelector[K]] = set()
        now: set[IndexedSelector[K]] = set()
        if changed:
            both, gone, come = self._files.between(before, after, changed)
            for block in both:
                stopping, starting = block.exchanged(before, after, changed)
                if stopping:
                    was.update(block.members(stopping))
                if starting:
                    now.update(block.members(starting))
            for block in gone:
                was.update(block.members(block.holding(before)))
            for block in come:
                now.update(block.members(block.holding(after)))
            for member in self._files.loose_between(before, after, changed):
                if member.selector.matches(before):
                    was.add(member)
                if member.selector.matches(after):
                    now.add(member)
        return was, now

    def _members_for(self, labels: Labels | None) -> set[IndexedSelector[K]]:
        if labels is None:
            return set()
        blocks = self._files.blocks(labels)
        found = {member for block in blocks for member in block.members(block.holding(labels))}
        loose = self._files.loose(labels)
        return found.union(member for member in loose if member.selector.matches(labels))

"""`SelectorIndex`: a mapping of keys to selectors that finds those that select an object."""

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
from typing import Any, Final, TypeAlias, TypeVar, cast

from labelsel.collector import collector_paused
from labelsel.errors import require_mapping, require_several
from labelsel.index.store import label_changes
from labelsel.index.views import LazyItemsView, LazyValuesView
from labelsel.labels import require_labels
from labelsel.live.candidate_index import (
    CandidateIndex,
    find_change,
    find_difference,
    find_keys,
)
from labelsel.live.change import NO_CHANGE, Change
from labelsel.live.indexed_selector import IndexedSelector, groups_of
from labelsel.live.restrictions import Memo, restrictions_of
from labelsel.locks import Preparation, new_lock
from labelsel.running import require_interrupted, require_outermost
from labelsel.selector import Selector, as_selector

__all__ = ["SelectorIndex", "Selectors", "selectors_by_key"]

I = TypeVar("I")  # noqa: E741  # of items
K = TypeVar("K", bound=Hashable)

Labels: TypeAlias = Mapping[str, str]
Selectors: TypeAlias = Mapping[K, Selector | str] | Iterable[tuple[K, Selector | str]]


_LOAD: Final = 1000
_LOAD_SHARE: Final = 4
"""From so many selectors on, and from such a share of the index on, a new index is made of all of
them, while other threads look up in this one. It takes up to five times as long as adding
them, so a smaller share is added."""


class SelectorIndex(MutableMapping[K, Selector]):
    """A mapping of any hashable key to a selector, indexed for label sets.

    1. Update it like a dict: set, replace, delete, update. A text is parsed. Selectors of all nodes
       are accepted.
    2. `matching` and `any_matching` find the selectors that select a label set.
    3. Equal selectors are stored once and tested once, under any number of keys.
    4. Several threads may read while another changes the index, as with `LabelIndex`.

    Arguments:
        selectors: a mapping from keys to selectors or their texts, or pairs of both, as of a dict.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: a key cannot be hashed, something is neither a selector nor a text, or
            ``selectors`` is no mapping and has no pairs.
        KeyError: ``index[key]`` or ``del index[key]`` of a key that is not in the index.

    Complexity:
        Each selector is indexed under its most selective required label, and the selectors of one
        label are tested together. So a lookup costs time in proportion to the labels and to the
        matches, not to the number of selectors. Setting or deleting a selector is O(requirements).

    >>> services = SelectorIndex({"web": "app=web", "no debug": "app,!debug"})
    >>> services["canary"] = "app=web,track in (canary,next)"
    >>> sorted(services.matching({"app": "web", "track": "next"}))
    ['canary', 'no debug', 'web']
    >>> services.any_matching({"debug": ""})
    False
    """

    def __init__(self, selectors: Selectors[K] = (), /) -> None:
        self._by_selector: dict[Selector, IndexedSelector[K]] = {}
        self._by_key: dict[K, IndexedSelector[K]] = {}
        self._candidates: CandidateIndex[K] = CandidateIndex()
        # While a change is made: its keys, each with the selector that it gets if the change is
        # interrupted, None for no selector. Who holds the lock calls `_settle` before all else.
        self._note: dict[K, Selector | None] | None = None
        self._changes = 0
        self._lock = new_lock()
        self._preparation = Preparation(self._lock)
        self.update(selectors)

    def __getitem__(self, key: K) -> Selector:
        with self._lock:
            self._settle()
            return self._by_key[key].selector

    def __setitem__(self, key: K, selector: Selector | str) -> None:
        self.update([(key, selector)])

    def __delitem__(self, key: K) -> None:
        require_outermost(self._lock)
        with self._lock:
            self._settle_to_write()
            changed = self
            indexed = changed._by_key[key]
            changed._note = {key: None}
            changed._changes += 1
            del changed._by_key[key]
            changed._remove_key(indexed, key)
            changed._note = None

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            self._settle()
            return iter(list(self._by_key))

    def __len__(self) -> int:
        with self._lock:
            self._settle()
            return len(self._by_key)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            self._settle()
            return key in self._by_key

    def __repr__(self) -> str:
        return f"<SelectorIndex of {len(self)} selectors>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.items()),)

    def items(self) -> ItemsView[K, Selector]:
        """Return the items, each with the selector that it has when the iteration reaches it.

        An item that is removed during the iteration is left out; an item that is added is not
        included.

        Returns:
            A view of pairs of a key and a selector.

        Raises:
            Nothing.

        Complexity:
            O(1). An iteration takes O(n) for n keys.

        >>> [(key, str(selector)) for key, selector in SelectorIndex({"web": "app=web"}).items()]
        [('web', 'app=web')]
        """
        return LazyItemsView(self)

    def values(self) -> ValuesView[Selector]:
        """Return the selectors, read in the manner of `items`.

        Returns:
            A view of selectors.

        Raises:
            Nothing.

        Complexity:
            That of `items`.

        >>> [str(selector) for selector in SelectorIndex({"web": "app=web"}).values()]
        ['app=web']
        """
        return LazyValuesView(self)

    def update(self, selectors: Selectors[K] = (), /, **more: Selector | str) -> None:  # type: ignore[override]  # texts are accepted, too
        """Set many selectors at once: all of them, or none if one is not valid.

        Arguments:
            selectors: a mapping from keys to selectors or their texts, or pairs of both, as of
                ``dict.update``.
            more: selectors whose keys are names, as of ``dict.update``.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: a key cannot be hashed, something is neither a selector nor a text, or
                ``selectors`` is no mapping and has no pairs.

        Complexity:
            O(requirements of the selectors). The garbage collector is paused while many are added.

        >>> index = SelectorIndex()
        >>> index.update({"web": "app=web", "db": "app=db"})
        >>> len(index)
        2
        """
        new_selectors = selectors_by_key(selectors)
        new_selectors |= selectors_by_key(cast("dict[K, Selector | str]", more))
        require_outermost(self._lock)
        with collector_paused(len(new_selectors)):
            if len(new_selectors) >= max(_LOAD, len(self._by_key) // _LOAD_SHARE):
                self._preparation.run(self._state, lambda: self._with(new_selectors), self._take)
            else:
                with self._lock:
                    self._settle_to_write()
                    self._set_many(new_selectors)

    def clear(self) -> None:
        """Remove all selectors.

        Raises:
            Nothing.

        Complexity:
            O(1).

        >>> index = SelectorIndex({"web": "app=web"})
        >>> index.clear()
        >>> index.matching({"app": "web"})
        set()
        """
        require_outermost(self._lock)
        with self._lock:
            self._settle_to_write()
            changed = self
            changed._note = {}
            changed._changes += 1
            changed._by_key, changed._by_selector = {}, {}
            changed._candidates = CandidateIndex()
            changed._note = None

    def compact(self) -> None:
        """Give back the memory of selectors that were removed.

        Python's dicts keep the size that they once had. Here all is made anew, while other threads
        read. Answers stay as they are.

        Raises:
            Nothing.

        Complexity:
            O(requirements of all selectors), as `update` of all of them.

        >>> index = SelectorIndex({"web": "app=web", "db": "app=db"})
        >>> del index["db"]
        >>> index.compact()
        >>> index.matching({"app": "web"})
        {'web'}
        """
        require_outermost(self._lock)
        with collector_paused(len(self._by_key)):
            self._preparation.run(self._state, lambda: self._with({}), self._take)

    @property
    def distinct(self) -> int:
        """The number of distinct selectors.

        Raises:
            Nothing.

        Complexity:
            O(1).

        >>> SelectorIndex({"web": "app=web", "front": "app=web", "db": "app=db"}).distinct
        2
        """
        with self._lock:
            self._settle()
            return len(self._by_selector)

    def groups(self) -> list[tuple[Selector, Collection[K]]]:
        """Return the distinct selectors, each with its keys as they are now.

        Returns:
            A list of pairs of a selector and a collection of keys, which never changes.

        Raises:
            Nothing.

        Complexity:
            O(distinct selectors).

        >>> groups = SelectorIndex({"web": "app=web", "front": "app=web"}).groups()
        >>> [(str(selector), list(keys)) for selector, keys in groups]
        [('app=web', ['web', 'front'])]
        """
        with self._lock:
            self._settle()
            return [(each.selector, each.share_keys()) for each in self._by_selector.values()]

    def matching(self, labels: Labels | None) -> set[K]:
        """Return the keys of the selectors that select a label set.

        Arguments:
            labels: a mapping of strings to strings; None means no labels.

        Returns:
            A new set.

        Raises:
            TypeError: ``labels`` is not a mapping of strings to strings.

        Complexity:
            O(labels + keys that the candidates name + matches): some 5 µs, and 0.2 µs for each
            match (``python -m benchmarks selectors``). Candidates are the selectors that are
            indexed under one of the labels.

        >>> SelectorIndex({"web": "app=web"}).matching({"app": "web"})
        {'web'}
        """
        checked = require_labels(labels)
        with self._lock:
            self._settle()
            found: set[K] = find_keys(self._candidates, checked)
            if self._candidates.due:
                self._review()
            return found

    def any_matching(self, labels: Labels | None) -> bool:
        """Return whether some selector selects a label set; stops at the first one that does.

        Arguments:
            labels: a mapping of strings to strings; None means no labels.

        Returns:
            Whether there is one; a bool.

        Raises:
            TypeError: ``labels`` is not a mapping of strings to strings.

        Complexity:
            That of `matching`, without the matches.

        >>> SelectorIndex({"web": "app=web"}).any_matching({"app": "db"})
        False
        """
        checked = require_labels(labels)
        with self._lock:
            self._settle()
            candidates = self._candidates
            found = any(each.matching(checked) for each in candidates.matrices(checked)) or any(
                each.selector.matches(checked) for each in candidates.branched(checked)
            )
            if self._candidates.due:
                self._review()
            return found

    def difference(
        self,
        before: Labels | None,
        after: Labels | None,
        changed: Collection[str] | None = None,
    ) -> tuple[list[Collection[K]], list[Collection[K]]]:
        """Return the selectors that stop and those that start selecting an object that changes.

        Arguments:
            before: the labels before the change, a mapping of strings to strings; None if the
                object did not exist.
            after: the labels after it; None if the object does not exist any more.
            changed: the label keys that differ, if the caller knows them.

        Returns:
            Two lists: what stops, and what starts. Each has the keys of equal selectors together,
            as they are now, and no key twice.

        Raises:
            TypeError: the labels are not a mapping of strings to strings, or ``changed`` is no
                collection, or one string.

        Complexity:
            O(labels + keys that the candidates name + differences). Only selectors that name a
            changed key are tested, unless the object is new or gone.

        >>> services = SelectorIndex({"web": "app=web", "prod": "env=prod", "any": ""})
        >>> stopped, started = services.difference({"app": "web"}, {"app": "web", "env": "prod"})
        >>> [list(keys) for keys in stopped], [list(keys) for keys in started]
        ([], [['prod']])
        """
        before = None if before is None else require_labels(before)
        after = None if after is None else require_labels(after)
        if before is None or after is None:
            changed = ()
        elif changed is None:
            changed = label_changes(before, after)
        else:
            keys = require_several("label keys", changed)
            changed = {key for key in keys if before.get(key) != after.get(key)}
        with self._lock:  # until the keys are shared: a writer could change them before
            self._settle()
            candidates = self._candidates
            stopped, started = find_difference(candidates, before, after, changed)
            if candidates.due:
                self._review()
            return groups_of(stopped), groups_of(started)

    def change_of(
        self, item: I, before: Labels | None, after: Labels | None, changed: Collection[str]
    ) -> Change[I, K]:
        """Return `difference` as the change of an item, for labels that are known to be valid.

        Arguments:
            item: the key of the item.
            before: the labels before the change, a dict of strings; None if the item did not exist.
            after: the labels after it, a dict of strings; None if the item does not exist any more.
            changed: the label keys that differ; it is not read if one of both is None.

        Returns:
            The pairs of the item and a selector that start and stop: see `Change`.

        Raises:
            Nothing. Labels are not checked.

        Complexity:
            That of `difference`.

        >>> services = SelectorIndex({"web": "app=web"})
        >>> list(services.change_of("web-1", {"app": "db"}, {"app": "web"}, ["app"]).started)
        [('web-1', 'web')]
        """
        with self._lock:
            self._settle()
            candidates = self._candidates
            change: Change[I, K] | None = find_change(candidates, item, before, after, changed)
            if candidates.due:
                self._review()
            return NO_CHANGE if change is None else change

    def check_invariants(self) -> None:
        """Raise an error if the parts of the index disagree; for tests.

        Raises:
            AssertionError: two parts disagree: a fault of labelsel.

        Complexity:
            O(requirements).

        >>> SelectorIndex({"web": "app=web"}).check_invariants()
        """
        with self._lock:
            self._settle()
            for selector, indexed in self._by_selector.items():
                assert indexed.selector == selector
                assert indexed.keys
                assert all(self._by_key[key] is indexed for key in indexed.keys)
            assert sum(len(each.keys) for each in self._by_selector.values()) == len(self._by_key)
            self._candidates.check_invariants(self._by_selector.values())

    def _indexed(
        self, selectors: Collection[Selector]
    ) -> tuple[list[IndexedSelector[K]], dict[Selector, IndexedSelector[K]]]:
        """Return each selector as it is in the index, and those that are not yet in it."""
        known = self._by_selector
        new: dict[Selector, IndexedSelector[K]] = {}
        memo: Memo = {}
        found = []
        for selector in selectors:
            indexed = known.get(selector) if known else None
            if indexed is None:
                # Not looked up first: the hash of a selector takes as long as its restrictions.
                made: IndexedSelector[K] = IndexedSelector(selector, None)
                indexed = new.setdefault(selector, made)
                if indexed is made:
                    made.restrictions = restrictions_of(selector, memo)
            found.append(indexed)
        return found, new

    def _set_many(self, new_selectors: Mapping[K, Selector]) -> None:
        changed = self
        indexed_selectors, new = changed._indexed(new_selectors.values())
        known = changed._by_key
        note: dict[K, Selector | None] = dict.fromkeys(new_selectors)
        if known:
            note |= {key: known[key].selector for key in note if key in known}
        changed._note = note
        changed._changes += 1
        changed._by_selector |= new
        for key, indexed in zip(new_selectors, indexed_selectors, strict=True):
            indexed.writable_keys()[key] = None
            if len(indexed.keys) > 1:  # a new selector is in no matrix yet
                changed._candidates.refresh(indexed)
        changed._candidates.add(list(new.values()))
        for key, after in zip(new_selectors, indexed_selectors, strict=True):
            before = changed._by_key.get(key)
            changed._by_key[key] = after
            if before is not None and before is not after:
                changed._remove_key(before, key)
        changed._note = None

    def _with(self, new_selectors: Mapping[K, Selector | None]) -> SelectorIndex[K]:
        """Return another index, of the selectors of this one and others. None removes one."""
        # A list: the code of a key that is compared may change this index, and all is made again.
        selectors: dict[K, Selector | None] = {
            key: indexed.selector for key, indexed in list(self._by_key.items())
        }
        selectors |= new_selectors
        whole: SelectorIndex[K] = SelectorIndex()
        whole._set_many({key: each for key, each in selectors.items() if each is not None})
        return whole

    def _take(self, other: SelectorIndex[K]) -> None:
        """Take over the selectors of another index, which is then thrown away."""
        changed = self
        if changed._note is None:  # else a repair, which goes on if it is interrupted
            changed._note = {}
        changed._changes += 1
        changed._by_key, changed._by_selector = other._by_key, other._by_selector
        changed._candidates = other._candidates
        changed._note = None

    def _state(self) -> int:
        self._settle()
        return self._changes

    def _review(self) -> None:
        changed = self
        changed._note = {}
        changed._candidates.review()
        changed._note = None

    def _settle(self) -> None:
        """Repair the index after a change that was interrupted. The caller holds the lock."""
        if self._note is not None:
            self._repair()

    def _settle_to_write(self) -> None:
        """Make the index ready for a change, as `_settle` for a look-up. The caller holds the lock.

        Waits while another thread prepares a change.
        """
        if self._preparation.load is not None:
            self._preparation.wait()
        self._settle()

    def _repair(self) -> None:
        """Take back a change that was interrupted; end the removal of a key. The lock is held.

        May be interrupted, too: then the note stays, and the next call starts again. O(requirements
        of all selectors): all is made again of the selector of each key.

        Raises:
            RuntimeError: the change was not interrupted; this call came out of the middle of it.
        """
        require_interrupted(self)
        changed = self
        changed._take(changed._with(changed._note or {}))

    def _remove_key(self, indexed: IndexedSelector[K], key: K) -> None:
        """Remove a key from a selector, and the selector if it has no other key."""
        del indexed.writable_keys()[key]
        if not indexed.keys:
            del self._by_selector[indexed.selector]
            self._candidates.remove(indexed)
        else:
            self._candidates.refresh(indexed)


def selectors_by_key(selectors: Selectors[K]) -> dict[K, Selector]:
    """Return selectors by their keys, from what `SelectorIndex.update` takes.

    >>> selectors_by_key({"web": "app=web"})["web"].matches({"app": "web"})
    True
    """
    what = "a mapping from keys to selectors, or pairs of both"
    advice = "a list of selectors gets keys with dict(enumerate(selectors))"
    given = require_mapping(what, selectors, advice)
    with collector_paused(len(given)):
        return {
            key: each if isinstance(each, Selector) else as_selector(each)
            for key, each in given.items()
        }

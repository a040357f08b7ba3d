"""Items and selectors that change at random: what matches is what `holds` says pair by pair.

The changes, applied to a relation that is empty at first, give it at any time, whatever their
order; a subscriber is told the same. Some changes are told to subscribers that raise.
"""

from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from labelsel import Change, LiveIndex, Selector, SelectorIndex
from labelsel.live import candidate_index
from labelsel.selector import holds
from tests.expression_strategies import ALL_SELECTORS, WORLD_SELECTORS
from tests.strategies import SELECTORS, labels

Labels: TypeAlias = dict[str, str]
Relation: TypeAlias = set[tuple[Any, Any]]

# Keys that equal each other across types.
KEYS: Final = st.one_of(st.integers(0, 5), st.sampled_from([True, 1.0, "a", None, ("ns", "a")]))
LABELS: Final = labels()
PATCHES: Final = st.dictionaries(
    st.sampled_from(["a", "b", "c", "n"]), st.sampled_from(["", "a", "x", "5", "07"]) | st.none()
)
ASKED: Final = SELECTORS | ALL_SELECTORS | WORLD_SELECTORS
MANY: Final = 40


def related(items: dict[Any, Labels], selectors: dict[Any, Selector]) -> Relation:
    """Return the pairs that match, by the definition."""
    return {
        (item, key)
        for item, labels in items.items()
        for key, selector in selectors.items()
        if holds(selector, labels)
    }


class LiveMachine(RuleBasedStateMachine):
    """Does the same to an index and to two dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.live: LiveIndex[Any, Any] = LiveIndex()
        self.items: dict[Any, Labels] = {}
        self.selectors: dict[Any, Selector] = {}
        self.answered: Relation = set()
        self.told: Relation = set()
        self.live.subscribe(self.fail)
        self.live.subscribe(lambda change: apply(change, self.told))

    def fail(self, change: Change[Any, Any]) -> None:
        """Raise for some changes; the other subscriber is told all the same."""
        if len(change.started) % 5 == 3:
            raise LookupError

    def changed(self, how: Any, *arguments: Any) -> None:
        """Make a change and apply what it answers; of one whose answer is lost, what was told."""
        try:
            apply(how(*arguments), self.answered)
        except* LookupError:
            self.answered = self.told.copy()

    @rule(key=KEYS, some=LABELS | st.none())
    def set_item(self, key: Any, some: Labels | None) -> None:
        """Add or replace an item."""
        self.items[key] = dict(some or {})
        self.changed(self.live.set_item, key, some)

    @precondition(lambda self: self.items)
    @rule(data=st.data(), patch=PATCHES)
    def change_labels(self, data: st.DataObject, patch: dict[str, str | None]) -> None:
        """Change a few labels of an item that is there."""
        key = data.draw(st.sampled_from(list(self.items)))
        after = {**self.items[key], **patch}
        self.items[key] = {label: value for label, value in after.items() if value is not None}
        self.changed(self.live.set_item, key, self.items[key])

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def remove_item(self, data: st.DataObject) -> None:
        """Remove an item that is there."""
        key = data.draw(st.sampled_from(list(self.items)))
        del self.items[key]
        self.changed(self.live.remove_item, key)

    @rule(key=KEYS, selector=ASKED)
    def set_selector(self, key: Any, selector: Selector) -> None:
        """Add or replace a selector."""
        self.selectors[key] = selector
        self.changed(self.live.set_selector, key, selector)

    @precondition(lambda self: self.selectors)
    @rule(data=st.data(), key=KEYS)
    def set_equal_selector(self, data: st.DataObject, key: Any) -> None:
        """Put a selector that is there under one key more."""
        selector = data.draw(st.sampled_from(list(self.selectors.values())))
        self.selectors[key] = selector
        self.changed(self.live.set_selector, key, selector)

    @precondition(lambda self: self.selectors)
    @rule(data=st.data())
    def remove_selector(self, data: st.DataObject) -> None:
        """Remove a selector that is there."""
        key = data.draw(st.sampled_from(list(self.selectors)))
        del self.selectors[key]
        self.changed(self.live.remove_selector, key)

    @rule(some=st.dictionaries(KEYS, LABELS, max_size=4))
    def update_items(self, some: dict[Any, Labels]) -> None:
        """Set several items at once, old and new ones."""
        self.items.update(some)
        self.changed(self.live.update_items, some)

    @rule(first=st.integers(0, 5), some=st.lists(LABELS, min_size=1, max_size=3))
    def update_many_items(self, first: int, some: list[Labels]) -> None:
        """Set many items at once, so that each selector is asked once for all of them."""
        many = {first + n: some[n % len(some)] for n in range(MANY)}
        self.items.update(many)
        self.changed(self.live.update_items, many)

    @rule(some=st.dictionaries(KEYS, ASKED, max_size=4))
    def update_selectors(self, some: dict[Any, Selector]) -> None:
        """Set several selectors at once, old and new ones."""
        self.selectors.update(some)
        self.changed(self.live.update_selectors, some)

    @rule(some=st.lists(LABELS, min_size=1, max_size=4))
    def ask_often(self, some: list[Labels]) -> None:
        """Ask so often that selectors are filed anew, which changes no answer."""
        index = self.live._selectors
        for number in range(2 * candidate_index._REVIEW_AFTER):
            index.matching(some[number % len(some)])

    @invariant()
    def is_the_relation(self) -> None:
        """What was answered, what was told and what can be asked are what matches."""
        self.live.check_invariants()
        relation = related(self.items, self.selectors)
        assert self.answered == relation
        assert self.told == relation
        assert dict(self.live.items) == self.items
        assert dict(self.live.selectors) == self.selectors
        for item in self.items:
            assert self.live.selected_by(item) == {key for one, key in relation if one == item}
        for key in self.selectors:
            assert set(self.live.selection(key)) == {item for item, one in relation if one == key}


def apply(change: Change[Any, Any], relation: Relation) -> None:
    """Apply a change, whose pairs are exactly the difference."""
    started, stopped = list(change.started), list(change.stopped)
    assert len(started) == len(change.started) == len(set(started))
    assert len(stopped) == len(change.stopped) == len(set(stopped))
    assert relation.isdisjoint(started)
    assert relation.issuperset(stopped)
    relation.difference_update(stopped)
    relation.update(started)


TestLive = LiveMachine.TestCase


@given(st.dictionaries(KEYS, ASKED, max_size=12), st.lists(LABELS, max_size=8))
@pytest.mark.parametrize("counted", [1, 7])
def test_matching_is_holds(
    counted: int, selectors: dict[Any, Selector], some: list[Labels]
) -> None:
    """However often label sets are counted, the selectors found are those that hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidate_index, "_SAMPLING", counted)
        patch.setattr(candidate_index, "_REVIEW_AFTER", 2)
        index = SelectorIndex(selectors)
        for labels in some * 3:
            holding = {key for key, selector in selectors.items() if holds(selector, labels)}
            assert index.matching(labels) == holding
            assert index.any_matching(labels) == bool(holding)
            index.check_invariants()

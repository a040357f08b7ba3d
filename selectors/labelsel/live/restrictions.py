"""What a selector requires of each key, and the anchors under which it can be indexed.

A label set that a selector selects has for each key one of the values that the selector allows
(`Values`), and meets at least one branch of each `Or`. From both follow the possible anchors:
labels or keys of which every selected label set has one. Not every selector has an anchor:
``!(a == 'b')`` requires neither that ``a`` is present nor that it is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, assert_never

from labelsel.budget import Budget, UndecidedError
from labelsel.reasoning.decide import is_possible
from labelsel.reasoning.witness import is_empty
from labelsel.requirements import DoesNotExist, Equals, Exists, In, NotEquals, NotIn
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    require_selector,
)
from labelsel.value_sets import Values, intersection_of, values_of

__all__ = [
    "Anchor",
    "AnchorChoice",
    "Restrictions",
    "anchor_set",
    "branch_anchors",
    "cheapest_anchors",
    "cheapest_set",
    "possible_anchors",
    "restrictions_of",
]

T = TypeVar("T")

Anchor: TypeAlias = tuple[str, str | None]
"""A label that a label set must have: key and value. If the value is None, a key that it must
have with any value."""

_MAX_ANCHORS: Final = 16
"""Most values of a key under each of which a selector is indexed; with more it is indexed under
the key. Of 500 selectors that list 16 values, those of a label set are found in 5.6 µs instead of
13, and adding one takes 80 µs instead of 51; with 128 values adding takes twice as long, and
finding is no faster (``python -m benchmarks.constants max-anchors``)."""

_MAX_COPIED: Final = 256
"""Most conditions that are copied for one selector: in each bucket of its anchors a bit matrix has
the selector's conditions on the other keys. Counted are keys and listed values; with more the
selector is indexed under the key. A copy takes some 0.2 KB and 1 µs
(``python -m benchmarks.constants max-anchors``), so one selector takes 50 KB at most."""

_STEPS: Final = 10_000
"""Steps, and four more for each key and value, in which a selector with an Or is proved to select
nothing; otherwise it is indexed. They take some 20 ms at most. Without a limit of their own a
selector of 500 characters can take all of `MAX_STEPS`, a second
(``python -m benchmarks growth``)."""


class Restrictions(NamedTuple):
    """What a selector requires: all conditions, and one branch of each choice.

    Attributes:
        conditions: the values that are allowed, by key.
        choices: for each `Or` the restrictions of its terms.
        size: the number of keys and listed values, including those of the choices.
        is_complete: whether the conditions and choices express the whole selector. If a key has
            so many values and tests that testing all of them takes too long, the tests are left
            out, and the selector must be evaluated itself.
    """

    conditions: Mapping[str, Values]
    choices: Sequence[Sequence[Restrictions]]
    size: int
    is_complete: bool = True

    def without(self, key: str) -> Restrictions:
        """Return the restrictions without the condition of a key."""
        left = {each: values for each, values in self.conditions.items() if each != key}
        return Restrictions(left, self.choices, self.size, self.is_complete)

    def keys(self) -> Iterator[str]:
        """Yield the keys of all conditions; a key may come more than once."""
        yield from self.conditions
        for branches in self.choices:
            for branch in branches:
                yield from branch.keys()


Memo: TypeAlias = dict[type[Selector], tuple[Callable[[Any], object], dict[object, Values]]]
"""By class of a requirement what returns what it lists, and by that the values that it allows, of
requirements that were read before."""


def restrictions_of(selector: Selector, memo: Memo | None = None) -> Restrictions | None:
    """Return the restrictions of a selector, None if it is proved to select nothing.

    The proof may take some 10,000 steps; a selector for which that is not enough has
    restrictions. O(requirements). Calls for many selectors share a ``memo``, at first empty:
    equal sets of values are then made once.

    >>> from labelsel import parse
    >>> found = restrictions_of(parse("app=web,!debug"))
    >>> sorted(found.conditions["app"].listed), found.is_complete
    (['web'], True)
    >>> restrictions_of(parse("app=web,app=db"))
    """
    terms = selector.terms if type(selector) is And else (selector,)
    restrictions = _of_lists(terms, {} if memo is None else memo)
    if restrictions is not None:
        return restrictions
    restrictions = _restrictions(selector, Budget(_STEPS))
    if restrictions is not None and restrictions.choices:
        budget = Budget(_STEPS + 4 * restrictions.size)
        if is_possible([(selector, True)], budget).truth is False:
            return None
    return restrictions


class AnchorChoice(NamedTuple):
    """Anchors under which a selector can be indexed.

    Attributes:
        cost: the sum of the costs of the anchors.
        anchors: the anchors; every label set that the selector selects has one of them.
        is_branched: whether the anchors are from the branches of an `Or`, with different keys,
            and not from the values of one key.
    """

    cost: float
    anchors: tuple[Anchor, ...]
    is_branched: bool


def cheapest_anchors(
    restrictions: Restrictions, cost: Callable[[Anchor], float]
) -> AnchorChoice | None:
    """Return the anchors of a selector that cost least, None if it has no anchor.

    O(conditions), and as many calls of ``cost``.

    >>> from labelsel import parse
    >>> cheapest_anchors(restrictions_of(parse("app=web,env")), lambda anchor: 0.1).anchors
    (('app', 'web'),)
    """
    least, best = cheapest_set(anchor_sets(restrictions), cost)
    choice = None if best is None else AnchorChoice(least, best, is_branched=False)
    for branches in restrictions.choices:
        branched = _branched_anchors(branches, cost)
        if branched is not None and branched.cost < least:
            choice, least = branched, branched.cost
    return choice


def cheapest_set(
    sets: Iterable[tuple[T, ...]], cost: Callable[[T], float]
) -> tuple[float, tuple[T, ...] | None]:
    """Return the least sum of costs of a set, and the set; infinity and None without any set.

    Of sets that cost the same the first is returned.

    >>> cheapest_set([(3,), (1, 1)], float)
    (2.0, (1, 1))
    """
    least, best = inf, None
    for each in sets:
        total = cost(each[0]) if len(each) == 1 else sum(map(cost, each))
        if total < least:
            least, best = total, each
    return least, best


def possible_anchors(restrictions: Restrictions) -> Iterator[Anchor]:
    """Yield all anchors under which a selector can be indexed. O(conditions)."""
    for anchors in anchor_sets(restrictions):
        yield from anchors
    yield from branch_anchors(restrictions)


def branch_anchors(restrictions: Restrictions) -> Iterator[Anchor]:
    """Yield the possible anchors of all branches of the choices. O(conditions)."""
    for branches in restrictions.choices:
        for branch in branches:
            yield from possible_anchors(branch)


def anchor_sets(restrictions: Restrictions) -> list[tuple[Anchor, ...]]:
    """Return for each key that must be present its labels, or the key itself. O(conditions)."""
    return [
        anchor_set(key, values, restrictions.size)
        for key, values in restrictions.conditions.items()
        if not values.absent
    ]


def anchor_set(key: str, values: Values, size: int) -> tuple[Anchor, ...]:
    """Return the labels of a key that must be present, or the key itself.

    ``size`` is the size of the restrictions; for one label it makes no difference.
    """
    labels = len(values.listed)
    if labels == 1 and not values.others:
        (value,) = values.listed
        return ((key, value),)
    is_many = labels > _MAX_ANCHORS or labels * (size - 1 - labels) > _MAX_COPIED
    if values.others or is_many:
        return ((key, None),)
    return tuple((key, value) for value in values.listed)


def _branched_anchors(
    branches: Sequence[Restrictions], cost: Callable[[Anchor], float]
) -> AnchorChoice | None:
    """Return the cheapest anchors of all branches together, None if a branch has no anchor."""
    total = 0.0
    anchors: dict[Anchor, None] = {}
    for branch in branches:
        choice = cheapest_anchors(branch, cost)
        if choice is None:
            return None
        total += choice.cost
        anchors.update(dict.fromkeys(choice.anchors))
    return AnchorChoice(total, tuple(anchors), is_branched=True)


_LISTS: Final[Mapping[type[Selector], Callable[[Any], object]]] = {
    **dict.fromkeys((Equals, NotEquals), attrgetter("value")),
    **dict.fromkeys((In, NotIn), attrgetter("values")),
    **dict.fromkeys((Exists, DoesNotExist), lambda _: None),
}
"""The requirements that only compare with the values that they list, and what they list."""


def _of_lists(terms: Sequence[Selector], memo: Memo) -> Restrictions | None:
    """Return the restrictions of a conjunction of `_LISTS`, each of another key.

    None for all others. These are nearly all selectors there are, and what `_restrictions` does
    for every kind takes four times as long.
    """
    conditions = {}
    size = len(terms)
    for term in terms:
        kind = memo.get(type(term)) or _note_kind(type(term), memo)
        if kind is None:
            return None
        listed, known = kind
        requirement: Requirement = term  # type: ignore[assignment]  # so are all in the table
        what = listed(term)
        values = known.get(what)
        if values is None:
            values = values_of(requirement)
            if not (values.listed or values.others or values.absent):
                return None
            known[what] = values
        conditions[requirement.key] = values
        size += len(values.listed)
    return Restrictions(conditions, (), size) if len(conditions) == len(terms) else None


def _note_kind(
    kind: type[Selector], memo: Memo
) -> tuple[Callable[[Any], object], dict[object, Values]] | None:
    """Return the entry of a class in a memo, a new one; None if it is not one of `_LISTS`."""
    listed = _LISTS.get(kind)
    if listed is None:
        return None
    entry = memo[kind] = listed, {}
    return entry


def _restrictions(
    selector: Selector, budget: Budget, *, expected: bool = True
) -> Restrictions | None:
    """Return the restrictions under which a selector holds or, unless expected, does not hold."""
    sets: dict[str, list[Values]] = {}
    choices: list[list[Restrictions]] = []
    waiting = [(selector, expected)]
    while waiting:
        part, expected = waiting.pop()
        match require_selector(part):
            case Everything() | Nothing():
                if isinstance(part, Everything) != expected:
                    return None
            case Not(term):
                waiting.append((term, not expected))
            case And(terms) | Or(terms):
                if isinstance(part, And) == expected:
                    waiting += [(term, expected) for term in reversed(terms)]
                    continue
                found = [_restrictions(term, budget, expected=expected) for term in terms]
                branches = [branch for branch in found if branch is not None]
                if not branches:
                    return None
                choices.append(branches)
            case Requirement() as requirement:
                values = values_of(requirement, expected=expected)
                sets.setdefault(requirement.key, []).append(values)
            case _ as unreachable:
                assert_never(unreachable)
    return _combine(sets, choices, budget)


def _combine(
    sets_by_key: Mapping[str, Sequence[Values]],
    choices: Sequence[Sequence[Restrictions]],
    budget: Budget,
) -> Restrictions | None:
    """Return restrictions with the intersection of the sets of each key.

    None if the intersection for some key is empty.
    """
    conditions = {}
    is_complete = all(branch.is_complete for branches in choices for branch in branches)
    for key, sets in sets_by_key.items():
        try:
            values = sets[0] if len(sets) == 1 else intersection_of(sets, budget)
        except UndecidedError:
            values, is_complete = _superset_of(sets), False
        if _is_empty(values, budget):
            return None
        conditions[key] = values
    size = sum(1 + len(values.listed) for values in conditions.values())
    size += sum(branch.size for branches in choices for branch in branches)
    return Restrictions(conditions, choices or (), size, is_complete)


def _superset_of(sets: Sequence[Values]) -> Values:
    """Return the intersection of the sets without their tests: the intersection, or more."""
    untested = [Values(values.absent, values.listed, values.others) for values in sets]
    return intersection_of(untested, Budget())


def _is_empty(values: Values, budget: Budget) -> bool:
    """Return whether a set is proved to be empty within the budget."""
    if not values.tests:  # a set of all values except some is never empty
        return not (values.absent or values.listed or values.others)
    try:
        return is_empty(values, budget)
    except UndecidedError:
        return False

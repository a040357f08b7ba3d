"""A selector taken apart: what it asks of each key, and where it can be filed.

A label set that is selected has, for each key, one of the values that the selector leaves open
(`Values`), and of each `Or` at least one branch holds. From both follows where a selector can be
filed so that it is found again: under labels or keys of which every label set that it selects
must have one. That is a lower bound and no more: ``!(a == 'b')`` does not ask for ``a`` to be
there, nor to be absent, and so gives nothing to file it under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias, assert_never

from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.reasoning.decide import possible
from labelsel.reasoning.values import Values, common, values_of
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector, sealed

__all__ = ["Place", "Restrictions", "Way", "cheapest", "places_of", "restrictions_of"]

Place: TypeAlias = tuple[str, str | None]
"""A label, key and value; or, where the value is None, a key with whatever value."""

_MOST_LABELS: Final = 16
"""Of a key with more values than these a selector is not filed under each, but under the key."""

_MOST_COPIES: Final = 256
"""A selector that is filed under several labels has, under each, a copy of what it asks of other
keys: at most so many keys and values in all. With more it is filed under the key."""

_STEPS: Final = 10_000
"""Steps, besides four for each key and value, after which a selector counts as one that selects
something: some 20 ms. A selector of 500 characters can take `labelsel.reasoning.MAX_STEPS`."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What has to hold for a selector to hold: all conditions, and a branch of each choice.

    Attributes:
        conditions: by key, the values that are left open.
        choices: for each `Or`, the forms of its terms.
        size: how many keys and listed values there are, those of the choices among them.
        is_whole: whether nothing was left out. Where a key has too many values and tests to try
            all of them, the tests are left out, and the selector itself is to be asked.
    """

    conditions: Mapping[str, Values]
    choices: Sequence[Sequence[Restrictions]]
    size: int
    is_whole: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether the selector holds wherever the conditions do."""
        return self.is_whole and not self.choices

    def without(self, key: str) -> Restrictions:
        """Return what is left where the condition of a key is met."""
        left = {other: values for other, values in self.conditions.items() if other != key}
        return Restrictions(left, self.choices, self.size, self.is_whole)

    def keys(self) -> Iterator[str]:
        """Yield the keys that it is about, some of them more than once."""
        yield from self.conditions
        for branches in self.choices:
            for branch in branches:
                yield from branch.keys()


def restrictions_of(selector: Selector) -> Restrictions | None:
    """Return the form of a selector; None where it selects nothing, whatever the labels.

    A selector of which that is not known, within some 10,000 steps, has a form. O(requirements).
    """
    form = _form(selector, Budget(_STEPS))
    if form is not None and form.choices:
        effort = Budget(_STEPS + 4 * form.size)
        return None if possible([(selector, True)], effort).truth is False else form
    return form


class Way(NamedTuple):
    """A way to file a selector.

    Attributes:
        cost: what its places cost in all.
        places: the places: every label set that the selector selects has one of them.
        is_branched: whether they come from the branches of an `Or`, each with keys of its own,
            and not from the values of one key.
    """

    cost: float
    places: tuple[Place, ...]
    is_branched: bool


def cheapest(form: Restrictions, cost: Callable[[Place], float]) -> Way | None:
    """Return the way to file a selector that costs least. None where it requires nothing."""
    ways = [Way(sum(map(cost, places)), places, is_branched=False) for places in _listed_ways(form)]
    ways += filter(None, (_cheapest_of_all(branches, cost) for branches in form.choices))
    return min(ways, default=None, key=lambda way: way.cost)


def places_of(form: Restrictions) -> Iterator[Place]:
    """Yield all places under which the selector may come to be filed."""
    for places in _listed_ways(form):
        yield from places
    for branches in form.choices:
        for branch in branches:
            yield from places_of(branch)


def _listed_ways(form: Restrictions) -> Iterator[tuple[Place, ...]]:
    """Yield for each key that has to be there: its labels, or the key."""
    for key, values in form.conditions.items():
        if values.absent:
            continue
        labels = len(values.listed)
        copied = labels * (form.size - 1 - labels) if labels > 1 else 0
        if values.others or labels > _MOST_LABELS or copied > _MOST_COPIES:
            yield ((key, None),)
        else:
            yield tuple((key, value) for value in values.listed)


def _cheapest_of_all(
    branches: Sequence[Restrictions], cost: Callable[[Place], float]
) -> Way | None:
    """Return the way for all branches together, None where one of them requires nothing."""
    total = 0.0
    found: dict[Place, None] = {}
    for branch in branches:
        way = cheapest(branch, cost)
        if way is None:
            return None
        total += way.cost
        found.update(dict.fromkeys(way.places))
    return Way(total, tuple(found), is_branched=True)


def _form(selector: Selector, effort: Budget, *, wanted: bool = True) -> Restrictions | None:
    """Return the form of a selector that is to hold, or is not to; negations are carried down."""
    sets: dict[str, list[Values]] = {}
    choices: list[list[Restrictions]] = []
    waiting = [(selector, wanted)]
    while waiting:
        part, wanted = waiting.pop()
        match sealed(part):
            case Everything() | Nothing():
                if isinstance(part, Everything) != wanted:
                    return None
            case Not(term):
                waiting.append((term, not wanted))
            case And(terms) | Or(terms):
                if isinstance(part, And) == wanted:
                    waiting += [(term, wanted) for term in reversed(terms)]
                    continue
                found = [_form(term, effort, wanted=wanted) for term in terms]
                branches = [form for form in found if form is not None]
                if not branches:
                    return None
                choices.append(branches)
            case Requirement() as requirement:
                values = values_of(requirement, wanted=wanted)
                sets.setdefault(requirement.key, []).append(values)
            case _ as unreachable:
                assert_never(unreachable)
    return _joined(sets, choices, effort)


def _joined(
    sets: Mapping[str, Sequence[Values]], choices: Sequence[Sequence[Restrictions]], effort: Budget
) -> Restrictions | None:
    """Return the form with all that is asked of each key; None where a key can have no value."""
    conditions = {}
    is_whole = all(branch.is_whole for branches in choices for branch in branches)
    for key, asked in sets.items():
        try:
            values = asked[0] if len(asked) == 1 else common(asked, effort)
        except UndecidedError:
            values, is_whole = _listed_at_least(asked), False
        if _is_none(values, effort):
            return None
        conditions[key] = values
    size = sum(1 + len(values.listed) for values in conditions.values())
    size += sum(branch.size for branches in choices for branch in branches)
    return Restrictions(conditions, choices, size, is_whole)


def _listed_at_least(sets: Sequence[Values]) -> Values:
    """Return what is in all of the sets, and perhaps more: what is listed is not tested."""
    untested = [Values(values.absent, values.listed, values.others) for values in sets]
    return common(untested, Budget())


def _is_none(values: Values, effort: Budget) -> bool:
    try:
        return values.is_none(effort)
    except UndecidedError:
        return False

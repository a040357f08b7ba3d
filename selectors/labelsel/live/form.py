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
from typing import Final, TypeAlias, assert_never

from labelsel.reasoning import is_satisfiable
from labelsel.reasoning.effort import Effort, UndecidedError
from labelsel.reasoning.values import Values, common, values_of
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector, sealed

__all__ = ["Form", "Place", "cheapest", "form_of", "places_of"]

Place: TypeAlias = tuple[str, str | None]
"""A label, key and value; or, where the value is None, a key with whatever value."""

_MOST_LABELS: Final = 16
"""Of a key with more values than these a selector is not filed under each, but under the key."""


@dataclass(frozen=True, slots=True)
class Form:
    """What has to hold for a selector to hold: all conditions, and a branch of each choice.

    Attributes:
        conditions: by key, the values that are left open.
        choices: for each `Or`, the forms of its terms.
    """

    conditions: Mapping[str, Values]
    choices: Sequence[Sequence[Form]]

    def keys(self) -> Iterator[str]:
        """Yield the keys that it is about, some of them more than once."""
        yield from self.conditions
        for branches in self.choices:
            for branch in branches:
                yield from branch.keys()


def form_of(selector: Selector) -> Form | None:
    """Return the form of a selector; None where it selects nothing, whatever the labels.

    A selector of which that is not known, beyond the limits of reasoning, has a form.
    O(requirements); with an `Or` in it what `is_satisfiable` takes.
    """
    form = _form(selector)
    if form is not None and form.choices and is_satisfiable(selector).truth is False:
        return None
    return form


def cheapest(form: Form, cost: Callable[[Place], float]) -> tuple[float, tuple[Place, ...]] | None:
    """Return the places under which to file a selector, with what they cost in all.

    Every label set that it selects has one of them. None where it requires none.
    """
    ways = [(sum(map(cost, places)), places) for places in _listed_ways(form)]
    for branches in form.choices:
        way = _cheapest_of_all(branches, cost)
        if way is not None:
            ways.append(way)
    return min(ways, default=None, key=lambda way: way[0])


def places_of(form: Form) -> Iterator[Place]:
    """Yield all places under which the selector may come to be filed."""
    for places in _listed_ways(form):
        yield from places
    for branches in form.choices:
        for branch in branches:
            yield from places_of(branch)


def _listed_ways(form: Form) -> Iterator[tuple[Place, ...]]:
    """Yield for each key that has to be there: its labels, or the key."""
    for key, values in form.conditions.items():
        if values.absent:
            continue
        if values.others or len(values.listed) > _MOST_LABELS:
            yield ((key, None),)
        else:
            yield tuple((key, value) for value in values.listed)


def _cheapest_of_all(
    branches: Sequence[Form], cost: Callable[[Place], float]
) -> tuple[float, tuple[Place, ...]] | None:
    """Return places for all branches together, None where one of them requires nothing."""
    total = 0.0
    found: dict[Place, None] = {}
    for branch in branches:
        way = cheapest(branch, cost)
        if way is None:
            return None
        total += way[0]
        found.update(dict.fromkeys(way[1]))
    return total, tuple(found)


def _form(selector: Selector, *, wanted: bool = True) -> Form | None:
    """Return the form of a selector that is to hold, or is not to; negations are carried down."""
    sets: dict[str, list[Values]] = {}
    choices: list[list[Form]] = []
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
                found = [_form(term, wanted=wanted) for term in terms]
                branches = [form for form in found if form is not None]
                if not branches:
                    return None
                choices.append(branches)
            case Requirement() as requirement:
                values = values_of(requirement, wanted=wanted)
                sets.setdefault(requirement.key, []).append(values)
            case _ as unreachable:
                assert_never(unreachable)
    conditions = {
        key: values[0] if len(values) == 1 else common(values) for key, values in sets.items()
    }
    return None if any(map(_is_none, conditions.values())) else Form(conditions, choices)


def _is_none(values: Values) -> bool:
    try:
        return values.is_none(Effort())
    except UndecidedError:
        return False

"""The target that a selector nearly selects, and the requirements that the target fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labelsel.explain import Reason
from labelsel.lint.selector_parts import requirements
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals
from labelsel.selector import Requirement, Selector, all_of

if TYPE_CHECKING:  # only a type here
    from labelsel.kubernetes import SelectorTarget

__all__ = ["APP_KEYS", "NearestMatch", "find_nearest_match"]

APP_KEYS: Final = ("app.kubernetes.io/name", "app", "k8s-app")
"""The keys that hold the name of an app, the one that Kubernetes recommends first."""


@dataclass(frozen=True, slots=True)
class NearestMatch:
    """The target that a selector nearly selects.

    Attributes:
        item: the pod or Service.
        faults: the requirements that the item does not meet, and what it has instead.
        is_typo: whether a typo in one key or one value of the selector is the only difference.
    """

    item: SelectorTarget
    faults: tuple[Reason, ...]
    is_typo: bool

    @property
    def fix(self) -> str:
        """What to write, in the selector or in the labels, so that the item is selected."""
        owner = self.item.origin.reference
        labelled = f"the template of {owner}" if self.item.from_template else owner
        match self.faults:
            case [Reason(selector=Equals(key=key, value=value), nearest=None)]:
                return f"add {key}: {value} to {labelled}, or take it out of the selector"
            case [Reason(selector=Equals(key=key, value=value), nearest=(other, has))]:
                return f"write {other}: {has} in the selector, or {key}: {value} in {labelled}"
            case _:
                return f"correct the selector, or the labels of {labelled}"


def find_nearest_match(
    selector: Selector, name: str, groups: Iterable[TargetGroup]
) -> NearestMatch | None:
    """Return the target that a selector nearly selects, or None; the first of these counts.

    1. A target that the selector would select without a typo in one key or one value.
    2. A target that it would select with the app's name under another of `APP_KEYS`.
    3. A target that meets all requirements but one: preferably with the name of the selector's
       object, then one with the app's name, then one of the fewest.
    4. A target with the name of the selector's object.

    Arguments:
        selector: a selector that selects nothing in the groups.
        name: the name of the selector's object.
        groups: where the selector looks.

    Complexity: a few index queries for each requirement; the items are not searched.
    """
    known = list(groups)
    for search in (_without_typo, _under_another_key, _all_but_one, _namesake):
        for group in known:
            item = search(selector, name, group)
            if item is not None:
                faults = selector.why(item.labels).faults
                # All faults are requirements: the selector is a conjunction of requirements.
                reasons = tuple(fault for fault in faults if isinstance(fault, Reason))
                return NearestMatch(item, reasons, is_typo=search is _without_typo)
    return None


def _without_typo(selector: Selector, _name: str, group: TargetGroup) -> SelectorTarget | None:
    def replacements(required: Equals) -> Iterator[Equals]:
        key, value = required.key, required.value
        yield from (Equals(key, meant) for meant in group.values(key).typos_of(value))
        yield from (Equals(meant, value) for meant in group.keys.typos_of(key))

    return _select_with_replacement(selector, group, replacements)


def _under_another_key(selector: Selector, _name: str, group: TargetGroup) -> SelectorTarget | None:
    def replacements(required: Equals) -> Iterator[Equals]:
        if required.key in APP_KEYS:
            yield from (Equals(key, required.value) for key in APP_KEYS)

    return _select_with_replacement(selector, group, replacements)


def _select_with_replacement(
    selector: Selector, group: TargetGroup, replacements: Callable[[Equals], Iterable[Equals]]
) -> SelectorTarget | None:
    """Return the first target selected with one requirement replaced, trying all replacements."""
    for required, others in _each_with_others(selector):
        if isinstance(required, Equals):
            for replacement in replacements(required):
                item = next(group.select(all_of([*others, replacement])), None)
                if item is not None:
                    return item
    return None


def _all_but_one(selector: Selector, name: str, group: TargetGroup) -> SelectorTarget | None:
    pairs = _each_with_others(selector)
    rests = [(required.key, all_of(others)) for required, others in pairs if others]
    # A target with the app's name is nearer than one with all other labels.
    ranked = [
        (key in APP_KEYS, group.index.count(rest), number)
        for number, (key, rest) in enumerate(rests)
    ]
    selecting_rests = [rests[number][1] for _, count, number in sorted(ranked) if count]
    namesakes = group.items_named(name)
    for rest in selecting_rests:
        for item in namesakes:
            if rest.matches(item.labels):
                return item
    return next(group.select(selecting_rests[0])) if selecting_rests else None


def _namesake(_selector: Selector, name: str, group: TargetGroup) -> SelectorTarget | None:
    return next(iter(group.items_named(name)), None)


def _each_with_others(selector: Selector) -> Iterator[tuple[Requirement, list[Requirement]]]:
    """Yield each requirement, with the list of the others."""
    terms = requirements(selector)
    for number, term in enumerate(terms):
        yield term, [*terms[:number], *terms[number + 1 :]]

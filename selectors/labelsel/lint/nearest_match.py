"""What a selector that selects nothing nearly selects, and in which requirement they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.explain import Reason
from labelsel.kubernetes.selection.selector_targets import SelectorTarget
from labelsel.lint.context import TargetGroup, requirements
from labelsel.requirements import Equals
from labelsel.selector import Requirement, Selector, all_of

__all__ = ["APP_KEYS", "Nearest", "nearest"]

APP_KEYS: Final = ("app.kubernetes.io/name", "app", "k8s-app")
"""The keys that hold the name of an app, the one that Kubernetes recommends first."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What a selector nearly selects.

    Attributes:
        item: the pod or Service.
        faults: the requirements that it does not meet, and what it has instead.
        slip: whether a typing slip in a key or a value explains it.
    """

    item: SelectorTarget
    faults: tuple[Reason, ...]
    slip: bool

    @property
    def fix(self) -> str:
        """What to write, in the selector or in the labels, so that one selects the other."""
        owner = self.item.origin.reference
        place = f"the template of {owner}" if self.item.from_template else owner
        match self.faults:
            case [Reason(selector=Equals(key=key, value=value), nearest=None)]:
                return f"add {key}: {value} to {place}, or take it out of the selector"
            case [Reason(selector=Equals(key=key, value=value), nearest=(other, has))]:
                return f"write {other}: {has} in the selector, or {key}: {value} in {place}"
            case _:
                return f"correct the selector, or the labels of {place}"


def nearest(selector: Selector, name: str, groups: Iterable[TargetGroup]) -> Nearest | None:
    """What a selector that selects nothing nearly selects; None where nothing is near.

    1. What it would select if a key or a value had no typing slip.
    2. What it would select if it had the app's name under another of the usual keys.
    3. What meets all requirements but one: the one with the name of the selector's object, or
       else one that has the app's name, or else one of the fewest.
    4. What has the name of the selector's object, which is given.

    Complexity: a few questions to an index for each requirement; no item is looked at.
    """
    known = list(groups)
    for way in (_without_slip, _under_another_key, _all_but_one, _namesake):
        for group in known:
            item = way(selector, name, group)
            if item is not None:
                faults = selector.why(item.labels).faults
                # All of them are requirements: the selector is nothing but some of these.
                reasons = tuple(fault for fault in faults if isinstance(fault, Reason))
                return Nearest(item, reasons, slip=way is _without_slip)
    return None


def _without_slip(selector: Selector, _name: str, group: TargetGroup) -> SelectorTarget | None:
    def replacements(wanted: Equals) -> Iterator[Equals]:
        yield from (Equals(wanted.key, v) for v in group.values(wanted.key).near(wanted.value))
        yield from (Equals(key, wanted.value) for key in group.keys.near(wanted.key))

    return _replaced(selector, group, replacements)


def _under_another_key(selector: Selector, _name: str, group: TargetGroup) -> SelectorTarget | None:
    def replacements(wanted: Equals) -> Iterator[Equals]:
        if wanted.key in APP_KEYS:
            yield from (Equals(key, wanted.value) for key in APP_KEYS)

    return _replaced(selector, group, replacements)


def _replaced(
    selector: Selector, group: TargetGroup, replacements: Callable[[Equals], Iterable[Equals]]
) -> SelectorTarget | None:
    """What is selected with one requirement replaced, for each of them and each replacement."""
    for wanted, others in _each(selector):
        if isinstance(wanted, Equals):
            for replacement in replacements(wanted):
                item = next(group.selected(all_of([*others, replacement])), None)
                if item is not None:
                    return item
    return None


def _all_but_one(selector: Selector, name: str, group: TargetGroup) -> SelectorTarget | None:
    rests = [(wanted.key, all_of(others)) for wanted, others in _each(selector) if others]
    # What has the app's name is nearer than what has all the rest.
    ranked = [
        (key in APP_KEYS, group.index.count(rest), number)
        for number, (key, rest) in enumerate(rests)
    ]
    left = [rests[number][1] for _, count, number in sorted(ranked) if count]
    namesakes = group.named(name)
    for rest in left:
        for item in namesakes:
            if rest.matches(item.labels):
                return item
    return next(group.selected(left[0])) if left else None


def _namesake(_selector: Selector, name: str, group: TargetGroup) -> SelectorTarget | None:
    return next(iter(group.named(name)), None)


def _each(selector: Selector) -> Iterator[tuple[Requirement, list[Requirement]]]:
    """Each requirement, with the others."""
    terms = requirements(selector)
    for number, term in enumerate(terms):
        yield term, [*terms[:number], *terms[number + 1 :]]

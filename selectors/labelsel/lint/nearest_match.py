"""The target that a selector nearly selects, and the requirements that the target fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labelsel.errors import list_words
from labelsel.explain import Reason
from labelsel.lint.selector_parts import requirements
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals
from labelsel.selector import Requirement, Selector, all_of

if TYPE_CHECKING:  # only types here
    from labelsel.kubernetes import Resource, SelectorTarget

__all__ = ["APP_KEYS", "NearestMatch", "find_nearest_match", "what_it_has"]

APP_KEYS: Final = ("app.kubernetes.io/name", "app", "k8s-app")
"""The keys that hold the name of an app, the one that Kubernetes recommends first."""


@dataclass(frozen=True, slots=True)
class NearestMatch:
    """The target that a selector nearly selects.

    Attributes:
        item: the pod or Service.
        faults: the requirements that the item does not meet, and what it has instead.
        is_typo: whether a typo in one key or one value of the selector is the only difference.
        is_partner: whether the selector is most likely for the item: also where the app's name
            is under another key, and where the item has the name of the selector's object.
    """

    item: SelectorTarget
    faults: tuple[Reason, ...]
    is_typo: bool
    is_partner: bool = True

    @property
    def description(self) -> str:
        """The item, and what it has instead of what it should have."""
        return f"nearest: {self.item.origin.reference}, which has {what_it_has(self.faults)}"

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


def what_it_has(faults: Iterable[Reason]) -> str:
    """Return what an object has instead of the labels that a selector requires.

    >>> from labelsel import parse
    >>> what_it_has(parse("app=web,tier=front").why({"app": "wbe"}).faults)
    'app=wbe and no tier'
    """
    return list_words([fault.has for fault in faults], "and")


@dataclass(frozen=True, slots=True)
class _Question:
    """What is looked for, and where.

    Attributes:
        selector: the selector that selects nothing.
        owner: the object that has it.
        group: the targets.
        level: a selector of the targets that are near enough to the owner.
    """

    selector: Selector
    owner: Resource
    group: TargetGroup
    level: Selector

    def first(self, selector: Selector) -> SelectorTarget | None:
        """Return the first target near the owner that another selector selects."""
        return next(self.group.select(selector & self.level), None)


def find_nearest_match(
    selector: Selector, owner: Resource, groups: Iterable[TargetGroup]
) -> NearestMatch | None:
    """Return the target that a selector nearly selects, or None; the first of these counts.

    1. A target that the selector would select without a typo in one key or one value; that it
       would select with the app's name under another of `APP_KEYS`; that has the name of the
       selector's object, and meets all requirements but one.
    2. A target that meets all requirements but one: preferably all but the app's name, then all
       but the one that leaves the fewest.
    3. A target with the name of the selector's object.

    A target in the file of the selector's object goes before one in its folder, and that before
    all others: first for all of 1, then for 2, then for 3.

    Arguments:
        selector: a selector that selects nothing in the groups.
        owner: the selector's object.
        groups: where the selector looks.

    Complexity: a few index queries for each requirement; the items are not searched.
    """
    known = list(groups)
    for searches in ((_without_typo, _under_another_key, _namesake_but_one), (_all_but_one,),
                     (_namesake,)):  # fmt: skip
        for level in range(3):
            for search in searches:
                for group in known:
                    near = group.levels(owner)[level]
                    item = search(_Question(selector, owner, group, near))
                    if item is not None:
                        return _match(selector, item, search)
    return None


_Search = Callable[[_Question], "SelectorTarget | None"]


def _match(selector: Selector, item: SelectorTarget, search: _Search) -> NearestMatch:
    # All faults are requirements: the selector is a conjunction of requirements.
    faults = selector.why(item.labels).faults
    reasons = tuple(fault for fault in faults if isinstance(fault, Reason))
    # A target with the owner's name that meets all but one was found by `_namesake_but_one`.
    return NearestMatch(item, reasons, search is _without_typo, search is not _all_but_one)


def _without_typo(question: _Question) -> SelectorTarget | None:
    group = question.group

    def replacements(required: Equals) -> Iterator[Equals]:
        key, value = required.key, required.value
        yield from (Equals(key, meant) for meant in group.values(key).typos_of(value))
        yield from (Equals(meant, value) for meant in group.keys.typos_of(key))

    return _select_with_replacement(question, replacements)


def _under_another_key(question: _Question) -> SelectorTarget | None:
    def replacements(required: Equals) -> Iterator[Equals]:
        if required.key in APP_KEYS:
            yield from (Equals(key, required.value) for key in APP_KEYS)

    return _select_with_replacement(question, replacements)


def _select_with_replacement(
    question: _Question, replacements: Callable[[Equals], Iterable[Equals]]
) -> SelectorTarget | None:
    """Return the first target selected with one requirement replaced, trying all replacements."""
    for required, others in _each_with_others(question.selector):
        if isinstance(required, Equals):
            for replacement in replacements(required):
                item = question.first(all_of([*others, replacement]))
                if item is not None:
                    return item
    return None


def _namesake_but_one(question: _Question) -> SelectorTarget | None:
    for _, others in _each_with_others(question.selector):
        item = question.group.first_named(question.owner.name, all_of(others) & question.level)
        if item is not None and others:
            return item
    return None


def _all_but_one(question: _Question) -> SelectorTarget | None:
    pairs = _each_with_others(question.selector)
    rests = [(required.key, all_of(others)) for required, others in pairs if others]
    index = question.group.index
    # A target with the app's name is nearer than one with all other labels.
    ranked = [
        (key in APP_KEYS, index.count(rest & question.level), number)
        for number, (key, rest) in enumerate(rests)
    ]
    selecting = [rests[number][1] for _, count, number in sorted(ranked) if count]
    return question.first(selecting[0]) if selecting else None


def _namesake(question: _Question) -> SelectorTarget | None:
    return question.group.first_named(question.owner.name, question.level)


def _each_with_others(selector: Selector) -> Iterator[tuple[Requirement, list[Requirement]]]:
    """Yield each requirement, with the list of the others."""
    terms = requirements(selector)
    for number, term in enumerate(terms):
        yield term, [*terms[:number], *terms[number + 1 :]]

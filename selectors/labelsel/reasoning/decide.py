"""Questions about selectors themselves, each answered with a label set that shows it.

Every question is one: is there a label set with which some selectors hold and others do not?
`implies` asks it of "a and not b", `overlaps` of "a and b". A conjunction is answered key by
key (values.py); an `Or` is tried term by term, and what a term leaves open is carried along,
so that most branches end early.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias, assert_never

from labelsel.reasoning.answer import Answer
from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.reasoning.values import Values, common, values_of
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorOrText,
    as_selector,
    sealed,
)

__all__ = [
    "Wanted",
    "implies",
    "is_disjoint",
    "is_equivalent",
    "is_satisfiable",
    "overlaps",
    "possible",
]

Wanted: TypeAlias = tuple[Selector, bool]
"""A selector, and whether it is to hold or not to hold."""


def is_satisfiable(selector: SelectorOrText) -> Answer:
    """Return whether there is a label set that the selector selects.

    The witness of a yes is one. Exact within `labelsel.reasoning.MAX_STEPS`: a conjunction
    takes O(requirements) steps, an Or up to as many as it has ways.

    >>> from labelsel import parse
    >>> is_satisfiable(parse("cores>3,cores<5,cores!=4"))
    Answer(truth=True, witness={'cores': '04'})
    >>> is_satisfiable(parse("app,!app"))
    Answer(truth=False, witness=None)
    """
    return possible([(as_selector(selector), True)], Budget())


def overlaps(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether some label set is selected by both; the witness of a yes is one.

    >>> from labelsel import parse
    >>> overlaps(parse("app=web"), parse("tier notin (db)"))
    Answer(truth=True, witness={'app': 'web'})
    """
    return possible([(as_selector(one), True), (as_selector(other), True)], Budget())


def is_disjoint(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether no label set is selected by both; the witness of a no is one that is.

    >>> from labelsel import parse
    >>> bool(is_disjoint(parse("app=web"), parse("app=db")))
    True
    """
    return _no(overlaps(one, other))


def implies(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether whatever ``one`` selects ``other`` selects, too.

    The witness of a no are labels that only ``one`` selects.

    >>> from labelsel import parse
    >>> implies(parse("tier in (web,db)"), parse("tier!=web"))
    Answer(truth=False, witness={'tier': 'web'})
    """
    return _no(possible([(as_selector(one), True), (as_selector(other), False)], Budget()))


def is_equivalent(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether both select the same; the witness of a no is selected by one of them.

    >>> from labelsel import parse
    >>> bool(is_equivalent(parse("a in (x)"), parse("a=x")))
    True
    """
    one, other = as_selector(one), as_selector(other)
    there = implies(one, other)
    if there.truth is False:
        return there
    back = implies(other, one)
    return back if back.truth is not True else there


def possible(wanted: Sequence[Wanted], budget: Budget) -> Answer:
    """Return whether all that is wanted can be at once, with a witness; unknown beyond the budget.

    No node is made for it: a selector may already be as deep as one can be.
    """
    try:
        witness = _Search(budget).labels(wanted)
    except UndecidedError:
        return Answer(None)
    return Answer(witness is not None, witness)


def _no(answer: Answer) -> Answer:
    return Answer(None if answer.truth is None else not answer.truth, answer.witness)


_PER_BRANCH: Final = 5
"""How many steps a branch costs, beside the terms in it."""

_Ways: TypeAlias = list[Wanted]
_Pending: TypeAlias = "tuple[_Ways, _Pending] | None"  # the Ors to try, as a linked list


class _Search:
    """A search for labels: what is open for each key, and how to take that back."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._open: dict[str, Values] = {}
        self._before: list[tuple[str, Values | None]] = []

    def labels(self, wanted: Sequence[Wanted]) -> dict[str, str] | None:
        """Return labels with which all is as wanted, None where there are none.

        Depth first: requirements narrow what each key may be at once; the Ors wait, and are
        then tried term by term. Raises `UndecidedError` where no branch gave labels and one
        of them is unknown.
        """
        undecided = False
        branches: list[tuple[int, Sequence[Wanted], _Pending]] = [(0, wanted, None)]
        while branches:
            mark, parts, pending = branches.pop()
            self._back_to(mark)
            try:
                self._budget.spend(_PER_BRANCH)
                ors = self._narrow(parts)
                if ors is None:
                    continue
                for ways in reversed(ors):
                    pending = ways, pending
                if pending is None:
                    labels = self._witness()
                    if labels is not None:
                        return labels
                    continue
            except UndecidedError:
                undecided = True
                continue
            ways, pending = pending
            mark = len(self._before)
            branches += [(mark, (way,), pending) for way in reversed(ways)]
        if undecided:
            raise UndecidedError
        return None

    def _narrow(self, parts: Sequence[Wanted]) -> list[_Ways] | None:
        """Take in all that must hold, and return the Ors that were met, as the ways they go.

        None where nothing is left for a key. Ors are not taken in, but for those of one way.
        """
        ors: list[_Ways] = []
        taken: dict[str, list[Values]] = {}
        waiting = list(reversed(parts))
        while waiting:
            self._budget.spend(1)
            selector, wanted = waiting.pop()
            match sealed(selector):
                case Everything() | Nothing():
                    if isinstance(selector, Everything) != wanted:
                        return None
                case Not(term):
                    waiting.append((term, not wanted))
                case And(terms) | Or(terms):
                    ways = [(term, wanted) for term in terms]
                    if len(ways) == 1 or isinstance(selector, And) == wanted:
                        waiting += reversed(ways)
                    elif ways:
                        ors.append(ways)
                    else:
                        return None
                case Requirement() as requirement:
                    values = values_of(requirement, wanted=wanted)
                    taken.setdefault(requirement.key, []).append(values)
                case _ as unreachable:
                    assert_never(unreachable)
        return ors if self._take(taken) else None

    def _take(self, taken: dict[str, list[Values]]) -> bool:
        """Narrow what keys may be; False where nothing is seen to be left for one."""
        for key, sets in taken.items():
            before = self._open.get(key)
            if before is not None:
                sets.append(before)
            left = sets[0] if len(sets) == 1 else self._common(sets)
            self._before.append((key, before))
            self._open[key] = left
            if not (left.others or left.absent or left.listed):
                return False
        return True

    def _common(self, sets: Sequence[Values]) -> Values:
        self._budget.spend(sum(len(values.listed) + len(values.tests) for values in sets))
        return common(sets, self._budget)

    def _back_to(self, mark: int) -> None:
        """Take back what was taken in since then."""
        while len(self._before) > mark:
            key, before = self._before.pop()
            if before is None:
                del self._open[key]
            else:
                self._open[key] = before

    def _witness(self) -> dict[str, str] | None:
        """Return the labels that are left open, absent wherever they can be; None for none."""
        labels = {}
        self._budget.spend(len(self._open))
        for key, values in self._open.items():
            if values.absent:
                continue
            value = values.value(self._budget)
            if value is None:
                return None
            labels[key] = value
        return labels

"""Questions about selectors. Each answer comes with a label set that proves it, its witness.

All questions are one question: is there a label set that some selectors select and others do
not? `implies` asks it for "a and not b", `overlaps` for "a and b". A conjunction is answered key
by key (labelsel/value_sets.py). Of an `Or` each term is tried, together with the sets of values
that the rest of the selector leaves, so that most branches end early.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias, assert_never

from labelsel.budget import Budget, UndecidedError
from labelsel.reasoning.answer import Answer
from labelsel.reasoning.witness import find_value
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
    require_selector,
)
from labelsel.value_sets import Values, intersection_of, values_of

__all__ = [
    "Goal",
    "implies",
    "is_disjoint",
    "is_equivalent",
    "is_possible",
    "is_satisfiable",
    "overlaps",
]

Goal: TypeAlias = tuple[Selector, bool]
"""A selector, and whether it is expected to hold."""


def is_satisfiable(selector: SelectorOrText) -> Answer:
    """Return whether there is a label set that the selector selects.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        The answer. The witness of a yes is such a label set. It is exact within 1,000,000 steps,
        and unknown beyond.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        A conjunction of requirements that list values or compare numbers takes O(n) steps for n
        requirements and values. Nested Ors take up to the product of their numbers of terms.
        Several `Contains`, `StartsWith` and `EndsWith` on one key can take steps exponential in
        their number: some fifteen reach the limit of 1,000,000. A step takes some 1.3 µs
        (``python -m benchmarks.constants per-branch``), so a question takes a second or two at
        most.

    >>> from labelsel import parse
    >>> is_satisfiable(parse("cores>3,cores<5,cores!=4"))
    Answer(truth=True, witness={'cores': '04'})
    >>> is_satisfiable(parse("app,!app"))
    Answer(truth=False, witness=None)
    """
    return is_possible([(as_selector(selector), True)], Budget())


def overlaps(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether there is a label set that both selectors select.

    Arguments:
        one: a selector, or the text of a Kubernetes selector.
        other: the other one.

    Returns:
        The answer. The witness of a yes is such a label set. It is unknown beyond 1,000,000 steps.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is neither a selector nor a text.

    Complexity:
        That of `is_satisfiable` for both selectors together.

    >>> from labelsel import parse
    >>> overlaps(parse("app=web"), parse("tier notin (db)"))
    Answer(truth=True, witness={'app': 'web'})
    """
    return is_possible([(as_selector(one), True), (as_selector(other), True)], Budget())


def is_disjoint(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether there is no label set that both selectors select.

    Arguments:
        one: a selector, or the text of a Kubernetes selector.
        other: the other one.

    Returns:
        The answer. The witness of a no is a label set that both select. It is unknown beyond
        1,000,000 steps.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is neither a selector nor a text.

    Complexity:
        That of `is_satisfiable` for both selectors together.

    >>> from labelsel import parse
    >>> bool(is_disjoint(parse("app=web"), parse("app=db")))
    True
    """
    return _invert(overlaps(one, other))


def implies(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether ``other`` selects every label set that ``one`` selects.

    Arguments:
        one: a selector, or the text of a Kubernetes selector.
        other: the other one.

    Returns:
        The answer. The witness of a no is a label set that only ``one`` selects. It is unknown
        beyond 1,000,000 steps.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is neither a selector nor a text.

    Complexity:
        That of `is_satisfiable` for ``one`` and the negation of ``other`` together.

    >>> from labelsel import parse
    >>> implies(parse("tier in (web,db)"), parse("tier!=web"))
    Answer(truth=False, witness={'tier': 'web'})
    """
    return _invert(is_possible([(as_selector(one), True), (as_selector(other), False)], Budget()))


def is_equivalent(one: SelectorOrText, other: SelectorOrText) -> Answer:
    """Return whether both selectors select the same label sets.

    Arguments:
        one: a selector, or the text of a Kubernetes selector.
        other: the other one.

    Returns:
        The answer. The witness of a no is a label set that only one of both selects. It is unknown
        beyond 1,000,000 steps in either direction.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is neither a selector nor a text.

    Complexity:
        That of `implies` in both directions.

    >>> from labelsel import parse
    >>> bool(is_equivalent(parse("a in (x)"), parse("a=x")))
    True
    """
    one, other = as_selector(one), as_selector(other)
    forward = implies(one, other)
    if forward.truth is False:
        return forward
    backward = implies(other, one)
    return backward if backward.truth is not True else forward


def is_possible(goals: Sequence[Goal], budget: Budget) -> Answer:
    """Return whether one label set meets all goals; the witness of a yes is one that does.

    Unknown beyond the budget. No And node is built of the goals: each selector may already be
    as deep as the library allows.

    >>> from labelsel import parse
    >>> is_possible([(parse("app"), True), (parse("app=a"), False)], Budget()).witness
    {'app': 'b'}
    """
    try:
        witness = _Search(budget).find_labels(goals)
    except UndecidedError:
        return Answer(None)
    return Answer(witness is not None, witness)


def _invert(answer: Answer) -> Answer:
    return Answer(None if answer.truth is None else not answer.truth, answer.witness)


_PER_BRANCH: Final = 5
"""Steps that a branch costs beside the terms in it: undoing the last branch and starting the
next take as long as some five terms. So a step takes 1.3 µs in a search of many branches
(``python -m benchmarks.constants per-branch``), and about 1 µs for a selector of many terms."""

_Alternatives: TypeAlias = list[Goal]
_Pending: TypeAlias = "tuple[_Alternatives, _Pending] | None"
"""The Ors that are still to be tried, as a linked list: all branches share its end."""


class _Search:
    """A depth-first search for labels: the values that each key may have, and how to undo that."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._values: dict[str, Values] = {}
        self._undo: list[tuple[str, Values | None]] = []

    def find_labels(self, goals: Sequence[Goal]) -> dict[str, str] | None:
        """Return labels that meet all goals, None if there are none.

        Requirements narrow the values of their keys first; then each Or is tried term by term.
        `UndecidedError` if no branch gave labels and the answer of some branch is unknown.
        """
        undecided = False
        branches: list[tuple[int, Sequence[Goal], _Pending]] = [(0, goals, None)]
        while branches:
            mark, parts, pending = branches.pop()
            self._undo_to(mark)
            try:
                self._budget.spend(_PER_BRANCH)
                ors = self._narrow(parts)
                if ors is None:
                    continue
                for alternatives in reversed(ors):
                    pending = alternatives, pending
                if pending is None:
                    labels = self._find_witness()
                    if labels is not None:
                        return labels
                    continue
            except UndecidedError:
                undecided = True
                continue
            alternatives, pending = pending
            mark = len(self._undo)
            branches += [(mark, (goal,), pending) for goal in reversed(alternatives)]
        if undecided:
            raise UndecidedError
        return None

    def _narrow(self, parts: Sequence[Goal]) -> list[_Alternatives] | None:
        """Narrow the values of all keys by goals; return the Ors, each as its alternatives.

        None if no value is left for a key. An Or with one term counts as that term.
        """
        ors: list[_Alternatives] = []
        sets: dict[str, list[Values]] = {}
        waiting = list(reversed(parts))
        while waiting:
            self._budget.spend(1)
            selector, expected = waiting.pop()
            match require_selector(selector):
                case Everything() | Nothing():
                    if isinstance(selector, Everything) != expected:
                        return None
                case Not(term):
                    waiting.append((term, not expected))
                case And(terms) | Or(terms):
                    goals = [(term, expected) for term in terms]
                    if len(goals) == 1 or isinstance(selector, And) == expected:
                        waiting += reversed(goals)
                    elif goals:
                        ors.append(goals)
                    else:
                        return None
                case Requirement() as requirement:
                    values = values_of(requirement, expected=expected)
                    sets.setdefault(requirement.key, []).append(values)
                case _ as unreachable:
                    assert_never(unreachable)
        return ors if self._narrow_keys(sets) else None

    def _narrow_keys(self, sets_by_key: dict[str, list[Values]]) -> bool:
        """Intersect the values of keys with sets; False if a key is left with an empty list."""
        for key, sets in sets_by_key.items():
            before = self._values.get(key)
            if before is not None:
                sets.append(before)
            left = sets[0] if len(sets) == 1 else self._intersect(sets)
            self._undo.append((key, before))
            self._values[key] = left
            if not (left.others or left.absent or left.listed):
                return False
        return True

    def _intersect(self, sets: Sequence[Values]) -> Values:
        self._budget.spend(sum(len(values.listed) + len(values.tests) for values in sets))
        return intersection_of(sets, self._budget)

    def _undo_to(self, mark: int) -> None:
        """Undo the changes of `_values` from the one with this number on."""
        while len(self._undo) > mark:
            key, before = self._undo.pop()
            if before is None:
                del self._values[key]
            else:
                self._values[key] = before

    def _find_witness(self) -> dict[str, str] | None:
        """Return a value for each key that may not be absent, None if a key has no value."""
        labels = {}
        self._budget.spend(len(self._values))
        for key, values in self._values.items():
            if values.absent:
                continue
            value = find_value(values, self._budget)
            if value is None:
                return None
            labels[key] = value
        return labels

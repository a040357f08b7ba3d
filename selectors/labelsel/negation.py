"""Negation pushed down to the leaves: a selector in which `Not` has only requirements below it."""

from __future__ import annotations

from typing import assert_never

from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    sealed,
)

__all__ = ["without_not"]


def without_not(selector: Selector) -> Selector:
    """Return an equal selector without `Not`, but for requirements that have no inverse.

    De Morgan's laws and `Requirement.inverse`; exact, since every requirement either holds
    or does not. Terms keep their order. O(nodes).

    >>> from labelsel import parse
    >>> str(without_not(~parse("app=web,!debug")))
    'app!=web || debug'
    """
    return _pushed(selector, negated=False)


def _pushed(selector: Selector, *, negated: bool) -> Selector:
    match sealed(selector):
        case Everything():
            return Nothing() if negated else selector
        case Nothing():
            return Everything() if negated else selector
        case And(terms) | Or(terms):
            pushed = tuple(_pushed(term, negated=negated) for term in terms)
            return And(pushed) if isinstance(selector, And) != negated else Or(pushed)
        case Not(term):
            return _pushed(term, negated=not negated)
        case Requirement() as requirement:
            return _negated(requirement) if negated else requirement
        case _ as unreachable:
            assert_never(unreachable)


def _negated(requirement: Requirement) -> Selector:
    inverse = requirement.inverse()
    return Not(requirement) if inverse is None else inverse

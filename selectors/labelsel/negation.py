"""`without_not`: an equivalent selector in which only requirements are negated, if anything."""

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
    require_selector,
)

__all__ = ["without_not"]


def without_not(selector: Selector) -> Selector:
    """Return an equivalent selector without `Not`, except of requirements without an inverse.

    By De Morgan's laws and `Requirement.inverse`. The result is exactly equivalent, because every
    requirement either holds or does not hold. Terms keep their order. O(nodes).

    >>> from labelsel import parse
    >>> str(without_not(~parse("app=web,!debug")))
    'app!=web || debug'
    """
    return _push_down(selector, negated=False)


def _push_down(selector: Selector, *, negated: bool) -> Selector:
    match require_selector(selector):
        case Everything():
            return Nothing() if negated else selector
        case Nothing():
            return Everything() if negated else selector
        case And(terms) | Or(terms):
            terms = tuple(_push_down(term, negated=negated) for term in terms)
            return And(terms) if isinstance(selector, And) != negated else Or(terms)
        case Not(term):
            return _push_down(term, negated=not negated)
        case Requirement() as requirement:
            return _negate(requirement) if negated else requirement
        case _ as unreachable:
            assert_never(unreachable)


def _negate(requirement: Requirement) -> Selector:
    """Return the inverse of a requirement, a Not if it has none."""
    inverse = requirement.inverse()
    return Not(requirement) if inverse is None else inverse

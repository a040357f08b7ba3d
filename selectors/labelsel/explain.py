"""Why a selector holds for a label set or does not: requirement by requirement.

The parts of the answer are in questions.py, so that `Selector.why` can promise them; here they
are found, and this module puts itself in place there when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from labelsel.labels import checked_labels
from labelsel.questions import Reason, Why, use_explainer
from labelsel.requirements import Equals, FieldEquals, In
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
from labelsel.typos import is_one_typo_apart

__all__ = ["MAX_COMPARED", "Reason", "Why", "named_values", "why"]

MAX_COMPARED: Final = 100_000
"""So many labels are compared with requirements, for one answer, to find the nearest: 0.1 s."""

#: Values that so many keys have that one under another key tells nothing.
_COMMON: Final = frozenset({"", "true", "false"})


def why(selector: Selector, labels: Mapping[str, str] | None) -> Why:
    """Return why a selector holds for a label set or does not: a tree of the selector's shape.

    1. What is true is what `labelsel.selector.holds` says, by `allows` of each requirement.
    2. Of a requirement that does not hold, ``nearest`` is the label with its key; where there
       is none, one whose key is a typing slip away or has another prefix; else one that has a
       value that the requirement names under another key. After `MAX_COMPARED` comparisons of
       a label and a requirement only labels with the key itself are found.

    None counts as no labels; TypeError where it is no label set (`labels.checked_labels`).

    Complexity: O(r * l) for r requirements and l labels, up to `MAX_COMPARED`, then O(r); a
    check is for `Selector.matches`.

    >>> from labelsel import parse
    >>> print(parse("app=web,tier=front,!debug").why({"app": "wbe", "teir": "front"}))
    no   app=web: has app=wbe
    yes  !debug: has no debug
    no   tier=front: has no tier, but teir=front
    """
    return _why(selector, _Labels(checked_labels(labels)))


class _Labels:
    """A label set, and how often its labels may still be compared."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.given = labels
        self._left = MAX_COMPARED

    def compared(self) -> Mapping[str, str]:
        """Return the labels to compare with a requirement; none where that would be too many."""
        self._left -= len(self.given)
        return self.given if self._left >= 0 else {}


def _why(selector: Selector, labels: _Labels) -> Why:
    match sealed(selector):
        case Everything():
            return Why(selector, truth=True, operation="everything")
        case Nothing():
            return Why(selector, truth=False, operation="nothing")
        case And(terms):
            parts = tuple([_why(term, labels) for term in terms])
            return Why(selector, truth=all(parts), operation="all", parts=parts)
        case Or(terms):
            parts = tuple([_why(term, labels) for term in terms])
            return Why(selector, truth=any(parts), operation="any", parts=parts)
        case Not(term):
            part = _why(term, labels)
            return Why(selector, truth=not part, operation="not", parts=(part,))
        case Requirement() as requirement:
            return _reason(requirement, labels)
        case _ as unreachable:
            assert_never(unreachable)


def _reason(requirement: Requirement, labels: _Labels) -> Reason:
    value = labels.given.get(requirement.key)
    truth = requirement.allows(value)
    return Reason(
        requirement,
        truth=truth,
        key=requirement.key,
        value=value,
        nearest=None if truth else _nearest(requirement, labels),
    )


def _nearest(requirement: Requirement, given: _Labels) -> tuple[str, str] | None:
    """The label that an object has in place of the one that is required."""
    key = requirement.key
    if key in given.given:
        return key, given.given[key]
    labels = given.compared()
    alike = [label for label in labels.items() if _alike(key, label[0])]
    # Of keys that are alike one with a value that would do was more likely meant.
    alike.sort(key=lambda label: not requirement.allows(label[1]))
    wanted = named_values(requirement) - _COMMON
    return next(iter(alike + [label for label in labels.items() if label[1] in wanted]), None)


def _alike(key: str, other: str) -> bool:
    return is_one_typo_apart(key, other) or key.rpartition("/")[2] == other.rpartition("/")[2]


def named_values(requirement: Requirement) -> frozenset[str]:
    """The values of which a requirement wants one; empty where it names none.

    >>> sorted(named_values(In("env", ["dev", "prod"])))
    ['dev', 'prod']
    """
    match requirement:
        case Equals(value=value) | FieldEquals(value=value):
            return frozenset({value})
        case In(values=values):
            return values
        case _:
            return frozenset()


use_explainer(why)

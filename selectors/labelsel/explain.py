"""Why a selector holds for a label set or does not: requirement by requirement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, assert_never

from labelsel.errors import escape
from labelsel.labels import require_labels
from labelsel.requirements import Equals, FieldEquals, In
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
from labelsel.typos import Comparisons, is_one_typo_apart

__all__ = ["Reason", "Why", "required_values", "why"]

#: Values that so many keys have that one under another key tells nothing.
_COMMON: Final = frozenset({"", "true", "false"})


Operation: TypeAlias = Literal["all", "any", "not", "everything", "nothing", "requirement"]
"""What a node of a `Why` makes of its parts."""

_HEADINGS: Final[dict[Operation, str]] = {
    "all": "all of:",
    "any": "any of:",
    "not": "not:",
    "everything": "everything",
    "nothing": "nothing",
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a selector holds for a label set or does not, part by part: the result of `Selector.why`.

    As a condition it is whether the selector holds; ``str()`` has a line for each part, yes or no,
    what is required, and what the label set has.

    Attributes:
        selector: the selector, or the part of it that this node is about.
        truth: whether it holds.
        operation: what it makes of its parts: "all" or "any" of them must hold, "not" one;
            "everything" and "nothing" have none, nor has a "requirement", which is a `Reason`.
        parts: why each part of the selector holds or does not, in its order.

    Raises:
        Nothing.

    Complexity:
        O(nodes below it) for each method and property.

    >>> from labelsel import parse
    >>> why = parse("app=web,!debug").why({"app": "web", "debug": ""})
    >>> bool(why), why.operation
    (False, 'all')
    >>> print(why)
    yes  app=web: has app=web
    no   !debug: has debug=""
    >>> [str(fault.selector) for fault in why.faults]
    ['!debug']
    """

    selector: Selector
    truth: bool
    operation: Operation
    parts: tuple[Why, ...] = ()

    def __bool__(self) -> bool:
        return self.truth

    def __str__(self) -> str:
        lines = (
            escape(f"{'yes' if w.truth else 'no':<5}{'  ' * depth}{w.text}")
            for depth, w in self.walk()
        )
        return "\n".join(lines)

    @property
    def text(self) -> str:
        """The node as one line: the heading of its parts, or a requirement's reason."""
        return _HEADINGS[self.operation]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The requirements, in the order of the selector."""
        return tuple(part for _, part in self.walk() if isinstance(part, Reason))

    @property
    def faults(self) -> tuple[Why, ...]:
        """The fewest parts that would have to change for the selector to hold; () where it does.

        Of alternatives the one with the fewest faults counts, of equals the last. A fault is a
        requirement, a negation of what holds, or a selector of nothing.
        """
        if self.truth:
            return ()
        if self.operation == "all":
            return tuple(fault for part in self.parts for fault in part.faults)
        ways = [part.faults for part in self.parts if not part]
        return min(reversed(ways), key=len, default=(self,))

    def walk(self) -> Iterator[tuple[int, Why]]:
        """Yield the depth and the node of each line of the text.

        The parts of a conjunction at the top come without a heading.

        Yields:
            Pairs of a depth, from 0, and a `Why`.

        >>> from labelsel import parse
        >>> [(depth, node.text) for depth, node in parse("app,!debug").why({}).walk()]
        [(0, 'app: has no app'), (0, '!debug: has no debug')]
        """
        if self.operation == "all" and self.parts:
            for part in self.parts:
                yield from part.walk_nodes(0)
        else:
            yield from self.walk_nodes(0)

    def walk_nodes(self, depth: int) -> Iterator[tuple[int, Why]]:
        """Yield this node and all nodes below it, each with its depth.

        Arguments:
            depth: the depth of this node.

        Yields:
            Pairs of a depth and a `Why`.

        >>> from labelsel import parse
        >>> [(depth, node.operation) for depth, node in parse("app,!debug").why({}).walk_nodes(0)]
        [(0, 'all'), (1, 'requirement'), (1, 'requirement')]
        """
        yield depth, self
        for part in self.parts:
            yield from part.walk_nodes(depth + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain data, ready for JSON.

        Returns:
            A dict with the attributes: the selector as text, the parts as a list of such dicts.
            That of a requirement has ``key``, ``value`` and ``nearest`` instead of ``parts``.

        >>> from labelsel import parse
        >>> parse("!debug").why({"debug": ""}).to_dict()["nearest"]
        {'key': 'debug', 'value': ''}
        """
        return {
            "selector": str(self.selector),
            "truth": self.truth,
            "operation": self.operation,
            "parts": [part.to_dict() for part in self.parts],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason(Why):
    """Why a requirement holds for a label set or does not: a leaf of a `Why`.

    Attributes:
        selector: the requirement.
        truth: whether it holds.
        operation: always "requirement".
        parts: always ().
        key: the key that it is about.
        value: what the label set has there; None where the key is absent.
        nearest: where it does not hold, the label that the object has instead, as a pair of key and
            value: the one with this key, or else one with a key or a value like it; None where
            there is none.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import parse
    >>> reason = parse("app=web,tier=front").why({"app": "web", "teir": "front"}).reasons[1]
    >>> reason.key, reason.truth, reason.value, reason.nearest
    ('tier', False, None, ('teir', 'front'))
    >>> reason.has
    'no tier, but teir=front'
    """

    operation: Operation = "requirement"
    key: str
    value: str | None
    nearest: tuple[str, str] | None

    @property
    def has(self) -> str:
        """What the label set has: ``app=wbe``, ``no app``, ``no app, but ap=web``."""
        if self.value is not None:
            return _label(self.key, self.value)
        beside = "" if self.nearest is None else f", but {_label(*self.nearest)}"
        return f"no {self.key}{beside}"

    @property
    def text(self) -> str:
        """The reason as one line: the requirement, and what the label set has."""
        return f"{self.selector}: has {self.has}"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain data, ready for JSON.

        Returns:
            A dict with the attributes: the requirement as text, ``nearest`` as a dict of ``key``
            and ``value``, or None.

        >>> from labelsel import parse
        >>> data = parse("app=web").why({"ap": "web"}).to_dict()
        >>> data["selector"], data["value"], data["nearest"]
        ('app=web', None, {'key': 'ap', 'value': 'web'})
        """
        nearest = None
        if self.nearest is not None:
            nearest = {"key": self.nearest[0], "value": self.nearest[1]}
        return {
            "selector": str(self.selector),
            "truth": self.truth,
            "operation": self.operation,
            "key": self.key,
            "value": self.value,
            "nearest": nearest,
        }


def _label(key: str, value: str) -> str:
    return f"{key}={value}" if value else f'{key}=""'


def why(selector: SelectorOrText, labels: Mapping[str, str] | None) -> Why:
    """Return why a selector holds for a label set or does not: what `Selector.why` returns.

    The truth is that of ``labelsel.selector.holds``, by `Requirement.allows` of each requirement.
    After `MAX_COMPARED_NAMES` comparisons of a label and a requirement only labels with the key
    itself are found.

    >>> from labelsel import parse
    >>> print(why("app=web,!debug", {"app": "wbe"}))
    no   app=web: has app=wbe
    yes  !debug: has no debug
    """
    return _why(as_selector(selector), _Labels(require_labels(labels)))


class _Labels:
    """A label set, and how often its labels may still be compared."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.given = labels
        self._comparisons = Comparisons()

    def labels_to_compare(self) -> Mapping[str, str]:
        """Return the labels to compare with a requirement; none where that would be too many."""
        return self.given if self._comparisons.take(len(self.given)) else {}


def _why(selector: Selector, labels: _Labels) -> Why:
    match require_selector(selector):
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
    """Return the label that the object has instead of the required one."""
    key = requirement.key
    if key in given.given:
        return key, given.given[key]
    labels = given.labels_to_compare()
    alike = [label for label in labels.items() if _alike(key, label[0])]
    # Of similar keys, prefer one whose value the requirement allows.
    alike.sort(key=lambda label: not requirement.allows(label[1]))
    named = required_values(requirement) - _COMMON
    return next(iter(alike + [label for label in labels.items() if label[1] in named]), None)


def _alike(key: str, other: str) -> bool:
    return is_one_typo_apart(key, other) or not _names(key).isdisjoint(_names(other))


def _names(key: str) -> set[str]:
    """Return what a key names. ``app.kubernetes.io/name`` is the name of an app, as ``app`` is."""
    prefix, _, name = key.rpartition("/")
    return {name, prefix.partition(".")[0]} if name == "name" else {name}


def required_values(requirement: Requirement) -> frozenset[str]:
    """Return the values that a requirement accepts; empty if it lists none.

    >>> sorted(required_values(In("env", ["dev", "prod"])))
    ['dev', 'prod']
    """
    match requirement:
        case Equals(value=value) | FieldEquals(value=value):
            return frozenset({value})
        case In(values=values):
            return values
        case _:
            return frozenset()

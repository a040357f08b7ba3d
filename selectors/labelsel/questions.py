"""Questions that a selector answers about itself: `a.implies(b)`, `a.why(labels)`, ….

The answers are found in reasoning/ and why.py, which stand above the nodes and put themselves
in place here when they are loaded; so nodes can be asked without importing upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from labelsel.errors import SelectorLimitError, escaped

__all__ = ["Answer", "Questions", "Reason", "Why", "use_explainer", "use_reasoner"]

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
class Answer:
    """Yes, no or unknown, with a label set that shows it.

    Attributes:
        truth: True, False, or None for unknown: beyond a limit of reasoning, or where a
            regular expression stands in the way. Never wrong.
        witness: the labels that show why; None where there is nothing to show.

    As a condition (``if a.implies(b):``) an unknown answer raises `SelectorLimitError`.
    """

    truth: bool | None
    witness: dict[str, str] | None = None

    def __bool__(self) -> bool:
        if self.truth is None:
            message = "unknown within the limits of reasoning; ask for .truth to go on"
            raise SelectorLimitError(message)
        return self.truth


@dataclass(frozen=True, slots=True)
class Why:
    """Why a selector holds for a label set or does not, part by part.

    As a condition it is whether the selector holds; ``str()`` has a line for each part, yes or
    no, what is required, and what the label set has.

    Attributes:
        selector: the selector, or the part of it that this node is about.
        truth: whether it holds.
        operation: what it makes of its parts: "all" or "any" of them must hold, "not" one;
            "everything" and "nothing" have none, nor has a "requirement", which is a `Reason`.
        parts: why each part of the selector holds or does not, in its order.
    """

    selector: Questions
    truth: bool
    operation: Operation
    parts: tuple[Why, ...] = ()

    def __bool__(self) -> bool:
        return self.truth

    def __str__(self) -> str:
        lines = (
            escaped(f"{'yes' if w.truth else 'no':<5}{'  ' * depth}{w.text}")
            for depth, w in self.walk()
        )
        return "\n".join(lines)

    @property
    def text(self) -> str:
        """What stands here, in one line: the heading of its parts, or a requirement's reason."""
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
        """Yield each line of the text: how deep it stands, and what stands there.

        The parts of a conjunction at the top stand side by side, without a heading.
        """
        if self.operation == "all" and self.parts:
            for part in self.parts:
                yield from part.nested(0)
        else:
            yield from self.nested(0)

    def nested(self, depth: int) -> Iterator[tuple[int, Why]]:
        """Yield this node with all below it, and how deep each stands."""
        yield depth, self
        for part in self.parts:
            yield from part.nested(depth + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain data, ready for JSON.

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
    """Why a requirement holds for a label set or does not.

    Attributes:
        key: the key that it is about.
        value: what the label set has there; None where the key is absent.
        nearest: where it does not hold, the label that stands in its place: the one with this
            key, or else one with a key or a value like it; None where there is none.
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
        return f"{self.selector}: has {self.has}"

    def to_dict(self) -> dict[str, Any]:
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


class _Reasoner(Protocol):
    """The functions of labelsel.reasoning, each taking selectors and giving an answer."""

    def __call__(self, question: str, *selectors: Any) -> Answer: ...


_Explainer: TypeAlias = Callable[[Any, Mapping[str, str] | None], Why]
"""The function labelsel.explain.why."""


class Questions:
    """The questions; each is documented at the function of its name, in reasoning/ and why.py."""

    __slots__ = ()

    def is_satisfiable(self) -> Answer:
        """Return whether there is a label set that this selects."""
        return _ask("is_satisfiable", self)

    def implies(self, other: Questions) -> Answer:
        """Return whether ``other`` selects all that this selects."""
        return _ask("implies", self, other)

    def is_equivalent(self, other: Questions) -> Answer:
        """Return whether both select the same."""
        return _ask("is_equivalent", self, other)

    def overlaps(self, other: Questions) -> Answer:
        """Return whether some label set is selected by both."""
        return _ask("overlaps", self, other)

    def is_disjoint(self, other: Questions) -> Answer:
        """Return whether no label set is selected by both."""
        return _ask("is_disjoint", self, other)

    def why(self, labels: Mapping[str, str] | None) -> Why:
        """Return why this holds for a label set or does not, requirement by requirement."""
        return _explain(self, labels)


def use_reasoner(reasoner: _Reasoner) -> None:
    """Set who answers: labelsel.reasoning does it when it is loaded."""
    global _ask  # noqa: PLW0603  # set once
    _ask = reasoner


def use_explainer(explainer: _Explainer) -> None:
    """Set who says why: labelsel.explain does it when it is loaded."""
    global _explain  # noqa: PLW0603  # set once
    _explain = explainer


def _nobody(question: str, *selectors: Any) -> Answer:
    message = f"{question} needs labelsel.reasoning to be imported"
    raise NotImplementedError(message)


def _no_explainer(_selector: Any, _labels: Mapping[str, str] | None) -> Why:
    message = "why needs labelsel.explain to be imported"
    raise NotImplementedError(message)


_ask: _Reasoner = _nobody
_explain: _Explainer = _no_explainer

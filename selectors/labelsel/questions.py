"""Questions that a selector answers about itself: `a.implies(b)`, `a.overlaps(b)`, ….

The answers are found in reasoning/, which stands above the nodes and puts itself in place
here when it is loaded; so nodes can be asked without importing upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from labelsel.errors import SelectorLimitError

__all__ = ["Answer", "Questions", "use_reasoner"]


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


class _Reasoner(Protocol):
    """The functions of labelsel.reasoning, each taking selectors and giving an answer."""

    def __call__(self, question: str, *selectors: Any) -> Answer: ...


class Questions:
    """The questions; each is documented at the function of its name in labelsel.reasoning."""

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


def use_reasoner(reasoner: _Reasoner) -> None:
    """Set who answers: labelsel.reasoning does it when it is loaded."""
    global _ask  # noqa: PLW0603  # set once
    _ask = reasoner


def _nobody(question: str, *selectors: Any) -> Answer:
    message = f"{question} needs labelsel.reasoning to be imported"
    raise NotImplementedError(message)


_ask: _Reasoner = _nobody

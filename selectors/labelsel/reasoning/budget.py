"""How much one question may cost. Beyond it the answer is "unknown": late is not better.

Questions about Ors, and searches for a value that passes tests, can take time exponential in
the selector, and a selector may come from anybody. So every question counts its steps.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_STEPS", "Budget", "UndecidedError"]

MAX_STEPS: Final = 1_000_000
"""How many steps one question, or one pass of `simplify`, may take: some 1 µs each.

A step is a term that is taken in, a key that is looked at for a witness, or a test that is
shown one more character.
"""


class UndecidedError(Exception):
    """No answer within the limit, or for a requirement of an unknown kind."""


class Budget:
    """What a question may still spend; whoever works for it spends from the same."""

    __slots__ = ("_left",)

    def __init__(self, steps: int | None = None) -> None:
        """Allow so many steps: `MAX_STEPS` unless fewer are enough."""
        self._left = MAX_STEPS if steps is None else min(steps, MAX_STEPS)

    def spend(self, steps: int) -> None:
        """Take so many steps; raises `UndecidedError` where that is more than is left."""
        self._left -= steps
        if self._left < 0:
            raise UndecidedError

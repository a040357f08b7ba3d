"""How many steps one question about selectors may take. Beyond that the answer is "unknown".

A question about an `Or`, and a search for a value that passes tests, can take time exponential
in the length of the selector, and a selector may come from an untrusted user. So every question
counts its steps.
"""

from __future__ import annotations

from labelsel.limits import MAX_STEPS

__all__ = ["Budget", "UndecidedError"]


class UndecidedError(Exception):
    """The answer is unknown: the budget is spent, or a requirement is of an unknown kind."""


class Budget:
    """The steps that a question may still take. All functions that answer it share one budget.

    >>> budget = Budget(10)
    >>> budget.spend(4)
    >>> budget.left
    6
    """

    __slots__ = ("left",)

    def __init__(self, steps: int | None = None) -> None:
        """Allow so many steps, `MAX_STEPS` at most; without an argument `MAX_STEPS`."""
        self.left = MAX_STEPS if steps is None else min(steps, MAX_STEPS)

    def spend(self, steps: int) -> None:
        """Take so many steps. `UndecidedError` if that is more than the budget has left."""
        self.left -= steps
        if self.left < 0:
            raise UndecidedError

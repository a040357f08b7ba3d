"""The answer to a question about selectors: yes, no or unknown, with a label set that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from labelsel.errors import SelectorLimitError

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or unknown, with a label set that shows it.

    Attributes:
        truth: True, False, or None for unknown: beyond a limit of reasoning, or where a
            regular expression cannot be decided. True and False are always right.
        witness: the labels that show why; None where there is nothing to show.

    As a condition (``if a.implies(b):``) an unknown answer raises `SelectorLimitError`.
    """

    truth: bool | None
    witness: dict[str, str] | None = None

    def __bool__(self) -> bool:
        if self.truth is None:
            message = (
                "the answer is unknown: the limit of steps was reached, or a regular expression"
                " cannot be decided; read .truth, which is None then"
            )
            raise SelectorLimitError(message)
        return self.truth

"""The answer to a question about selectors: yes, no or unknown, with a label set that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from labelsel.errors import SelectorLimitError

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question about selectors: yes, no or unknown, with a label set that shows it.

    Attributes:
        truth: True, False, or None for unknown: beyond the limit of 1,000,000 steps, or where a
            regular expression cannot be decided. True and False are always right.
        witness: the labels that show why; None where there is nothing to show.

    Raises:
        SelectorLimitError: an unknown answer is used as a condition (``if one.implies(other):``).

    Complexity:
        O(1).

    >>> from labelsel import Answer, parse
    >>> answer = parse("tier in (web,db)").implies("tier!=web")
    >>> answer.truth, answer.witness
    (False, {'tier': 'web'})
    >>> "no" if not answer else "yes"
    'no'
    >>> try:
    ...     bool(Answer(None))
    ... except SelectorLimitError as error:
    ...     print("unknown")
    unknown
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

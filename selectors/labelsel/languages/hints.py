"""How to correct common mistakes in a Kubernetes selector: the last line of a syntax error.

A hint depends on the text around the fault, never on the parser. Where no pattern fits there
is no hint: people follow hints, so a wrong one is worse than none.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["hint_for"]


class _Mistake(NamedTuple):
    """A common mistake: patterns for the text just before the fault and from the fault on."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    hint: str


def _mistake(hint: str, *, before: str = "", after: str = "") -> _Mistake:
    return _Mistake(
        re.compile(rf"(?:{before})\Z", re.IGNORECASE), re.compile(after, re.IGNORECASE), hint
    )


_COMPARE: Final = (
    "'>=' and '<=' do not exist; whole numbers are compared by '>' and '<': for x>=5 write x>4"
)

# The first that fits gives the hint. The patterns for the text before a fault are run against
# _CONTEXT characters only, so none of them can be slow.
_MISTAKES: Final = (
    _mistake("a selector cannot say 'or'; for values of one key write: key in (a,b)", after=r"\|"),
    _mistake("requirements are joined by one comma, and all of them must hold", after="&"),
    _mistake(
        "a selector cannot say 'or'; for values of one key write: key in (a,b)",
        before=r"\s",
        after=r"or\s",
    ),
    _mistake(
        "requirements are joined by one comma, and all of them must hold",
        before=r"\s",
        after=r"and\s",
    ),
    _mistake("values stand in round brackets: key in (a,b)", after=r"(?:(?:not)?in\s*)?[\[{]"),
    _mistake("keys and values are written without quotes", after="[\"'`\u2018-\u201f]"),
    _mistake("there are no wildcards: every value is written out", after=r"[*?]"),
    # Not in a value, nor among values that stand in parentheses: there ':' is just illegal.
    _mistake(
        "a value is given with '=': key=value",
        before=r"(?:\A|\))(?:[^(]*,)?[^=!<>(,]*",
        after=":",
    ),
    _mistake(
        "operators are written in lower case: in, notin",
        before=r"\s",
        after=r"(?-i:(?!(?:not)?in\b))(?:not)?in\b",
    ),
    _mistake("'notin' is one word: key notin (a,b)", before=r"\s", after=r"not\s+in\b"),
    _mistake(
        "to ask for a key that is there, write the key alone: key",
        before=r"\s",
        after=r"exists?\b",
    ),
    _mistake(
        "to ask for a key that is absent, write: !key",
        before=r"\s",
        after=r"(?:doesnotexist|not)\b",
    ),
    _mistake("'greater than' is written '>': key>5", before=r"\s", after="gte?\\b"),
    _mistake("'less than' is written '<': key<5", before=r"\s", after="lte?\\b"),
    _mistake(_COMPARE, before="[<>]", after="="),
    _mistake(_COMPARE, before="=", after="[<>]"),
    _mistake("'==' and '!=' are written without a gap", before=r"[=!]\s+", after="="),
    _mistake("'==' is the longest there is", before="==", after="="),
    _mistake("one '!' is enough", before=r"!\s*", after="!"),
    _mistake(
        "to ask for another value than this, write: key!=value",
        before=r"!\s*[^\s=!(),<>]+\s*",
        after="=",
    ),
    _mistake(
        "to ask for none of these values, write: key notin (a,b)",
        before=r"!\s*[^\s=!(),<>]+\s*",
        after=r"(?:not)?in\b",
    ),
    _mistake("the parenthesis is never closed", before=r"in\s*\([^)]*", after=r"\Z"),
    _mistake("remove the comma at the end", before=r",\s*", after=r"\Z"),
    _mistake("remove one of the two commas", before=r",\s*", after=","),
    _mistake("remove the comma at the beginning", before=r"\A\s*", after=","),
    _mistake("put the values in parentheses: key in (a,b)", before=r"\s(?:not)?in\s+"),
    _mistake("parentheses stand only around the values of 'in' and 'notin'", after=r"\("),
    _mistake("requirements are joined by a comma", before=r"[^\s,(=!<>]\s+", after=r"[^\s,()=!<>]"),
)

_CONTEXT: Final = 400  # more than the longest key with its operator


def hint_for(text: str, position: int) -> str | None:
    """Return how to correct the mistake at ``position`` of a Kubernetes selector, or None.

    >>> hint_for("x not in (a)", 2)
    "'notin' is one word: key notin (a,b)"
    """
    before = text[max(0, position - _CONTEXT) : position]
    after = text[position : position + _CONTEXT]
    for mistake in _MISTAKES:
        if mistake.after.match(after) and mistake.before.search(before):
            return mistake.hint
    return None

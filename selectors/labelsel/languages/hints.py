"""How to mend the usual slips in a Kubernetes selector: the last line of a syntax error.

A hint looks at the fault and at what stands around it, never at the parser. It may stay
silent; it may not guess wildly, since people follow it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["hint_for"]


class _Slip(NamedTuple):
    """A usual slip: patterns for the text just before the fault and from the fault on."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    hint: str


def _slip(hint: str, *, before: str = "", after: str = "") -> _Slip:
    return _Slip(
        re.compile(rf"(?:{before})\Z", re.IGNORECASE), re.compile(after, re.IGNORECASE), hint
    )


_COMPARE: Final = (
    "'>=' and '<=' do not exist; whole numbers are compared by '>' and '<': for x>=5 write x>4"
)

# The first that fits is told. The patterns of what stands before a fault are run against
# a short piece of the text only, so none of them can be slow.
_SLIPS: Final = (
    _slip("a selector cannot say 'or'; for values of one key write: key in (a,b)", after=r"\|"),
    _slip("requirements are joined by one comma, and all of them must hold", after="&"),
    _slip(
        "a selector cannot say 'or'; for values of one key write: key in (a,b)",
        before=r"\s",
        after=r"or\s",
    ),
    _slip(
        "requirements are joined by one comma, and all of them must hold",
        before=r"\s",
        after=r"and\s",
    ),
    _slip("values stand in round brackets: key in (a,b)", after=r"(?:(?:not)?in\s*)?[\[{]"),
    _slip("keys and values are written without quotes", after="[\"'`\u2018-\u201f]"),
    _slip("there are no wildcards: every value is written out", after=r"[*?]"),
    # Not in a value, nor among values that stand in parentheses: there ':' is just illegal.
    _slip(
        "a value is given with '=': key=value",
        before=r"(?:\A|\))(?:[^(]*,)?[^=!<>(,]*",
        after=":",
    ),
    _slip(
        "operators are written in lower case: in, notin",
        before=r"\s",
        after=r"(?-i:(?!(?:not)?in\b))(?:not)?in\b",
    ),
    _slip("'notin' is one word: key notin (a,b)", before=r"\s", after=r"not\s+in\b"),
    _slip(
        "to ask for a key that is there, write the key alone: key",
        before=r"\s",
        after=r"exists?\b",
    ),
    _slip(
        "to ask for a key that is absent, write: !key",
        before=r"\s",
        after=r"(?:doesnotexist|not)\b",
    ),
    _slip("'greater than' is written '>': key>5", before=r"\s", after="gte?\\b"),
    _slip("'less than' is written '<': key<5", before=r"\s", after="lte?\\b"),
    _slip(_COMPARE, before="[<>]", after="="),
    _slip(_COMPARE, before="=", after="[<>]"),
    _slip("'==' and '!=' are written without a gap", before=r"[=!]\s+", after="="),
    _slip("'==' is the longest there is", before="==", after="="),
    _slip("one '!' is enough", before=r"!\s*", after="!"),
    _slip(
        "to ask for another value than this, write: key!=value",
        before=r"!\s*[^\s=!(),<>]+\s*",
        after="=",
    ),
    _slip(
        "to ask for none of these values, write: key notin (a,b)",
        before=r"!\s*[^\s=!(),<>]+\s*",
        after=r"(?:not)?in\b",
    ),
    _slip("the parenthesis is never closed", before=r"in\s*\([^)]*", after=r"\Z"),
    _slip("remove the comma at the end", before=r",\s*", after=r"\Z"),
    _slip("remove one of the two commas", before=r",\s*", after=","),
    _slip("remove the comma at the beginning", before=r"\A\s*", after=","),
    _slip("put the values in parentheses: key in (a,b)", before=r"\s(?:not)?in\s+"),
    _slip("parentheses stand only around the values of 'in' and 'notin'", after=r"\("),
    _slip("requirements are joined by a comma", before=r"[^\s,(=!<>]\s+", after=r"[^\s,()=!<>]"),
)

_CONTEXT: Final = 400  # more than the longest key with its operator


def hint_for(text: str, position: int) -> str | None:
    """Return how to mend the slip at ``position`` of a Kubernetes selector, or None.

    >>> hint_for("x not in (a)", 2)
    "'notin' is one word: key notin (a,b)"
    """
    before = text[max(0, position - _CONTEXT) : position]
    after = text[position : position + _CONTEXT]
    for slip in _SLIPS:
        if slip.after.match(after) and slip.before.search(before):
            return slip.hint
    return None

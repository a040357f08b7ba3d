"""Placeholders: text that another program replaces by a value before anybody reads it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CERTAIN_PLACEHOLDER", "PLACEHOLDER", "has_placeholder_at"]

#: Spellings that mean nothing else, not even in a selector: a word behind a sigil, or between
#: doubled brackets or pairs of sigils. The longer of two that begin alike comes first. A run of
#: sigils is read from its beginning only: from each of them, a long one would take quadratic time.
_CERTAIN: Final = r"""
      (?<![$\#%@]) [$\#%@]*+ \{\{ .*? (?:\}\}|$)    # {{ x }}, ${{ x }}
    | \{% .*? (?:%\}|$)              # {% x %}
    | <% .*? (?:%>|$)                # <%= x %>
    | \[\[ .*? (?:\]\]|$)
    | (?<![$\#%@]) [$\#%@]++ \{ [^}]* \}? \#?      # ${x}, %{x}, #{x}#
    | (?<![$\#%@\\]) [$\#%@\\]++ \( [^)]* \)?    # $(x), \(x)
    | (?<!\$) \$++ \[ [^]]* \]?      # $[x]
    | << [^<>]* (?:>>|$)             # <<x>>
    | < [A-Za-z_] [^<>=,]* >         # <x>
    | %[\w.-]+% | @@[\w.-]+@@ | @[\w.-]+@ | __[A-Z]\w*?__
    | (?<![\w$]) \$++ [A-Za-z_]\w*
"""
#: Spellings that a selector may have by another mistake: `app in {a,b}`, `__name__=up`.
_POSSIBLE: Final = r"""
    | \(\( .*? (?:\)\)|$)
    | (?:ENC|enc) \[ [^]]* \]?
    | vault: \S+
    | \{ [^}]* \}? \#?
    | ~[\w.-]+~                      # ~x~; in a selector also a mistaken =~
    | < [^>]* >? | (?<![\w\#]) \[ [^]]* \]? | ^\( [^)]* \)$
    | __\w+?__
"""
_FLAGS: Final = re.VERBOSE | re.DOTALL
CERTAIN_PLACEHOLDER: Final = re.compile(_CERTAIN, _FLAGS)
"""A placeholder in a spelling that means nothing else."""

PLACEHOLDER: Final = re.compile(_CERTAIN + _POSSIBLE, _FLAGS)
"""A placeholder of any template language, in a text that should be one label or one value."""

_WORD: Final = re.compile(r"[^\s=!(),<>]*")


def has_placeholder_at(before: str, after: str) -> bool:
    """Return whether the word of a selector that has a fault in it has a certain placeholder.

    Arguments:
        before: the text just before the fault.
        after: the text from the fault on.

    >>> has_placeholder_at("app=", "${APP}"), has_placeholder_at("app in ", "{a,b}")
    (True, False)
    """
    # Backwards the word's beginning is found in one pass, whatever the text.
    begun = _WORD.match(before[::-1])
    word = before[len(before) - (begun.end() if begun else 0) :] + after
    found = CERTAIN_PLACEHOLDER.search(word)
    return found is not None and _WORD.fullmatch(word, 0, found.start()) is not None

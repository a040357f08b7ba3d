"""Placeholders: text that another program replaces by a value before anybody reads it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CERTAIN_PLACEHOLDER", "PLACEHOLDER", "has_placeholder_at", "may_become_anything"]

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

#: Spellings that are a placeholder if nothing else is in the document: in a longer text they may be
#: another mistake, or data, such as a list of one word.
_WORDS: Final = r"""
      \(\( [^()]* \)\) | \( [^()]* \) | \{ \s* [A-Za-z_][\w.-]* \s* \}
    | \[ \s* [A-Za-z_][\w.-]* \s* \] | ~[\w.-]+~ | <[^<>]*> | __\w+__
    | (?:ENC|enc)\[ [^]]* \] | vault:\S+
"""
#: The parts of a document that may become anything. Comments, anchors, tags and directives of YAML
#: say nothing of what is there; the placeholder #{x}# at the beginning of a line is a comment to
#: YAML alone.
_PARTS: Final = re.compile(
    rf"""(?P<aside>
          (?<!\S) \# (?!\{{[\w.-]+\}}\#) [^\n]*+
        | (?<!\S) [&!] [^\s,\[\]{{}}$%\#@]*+
        | (?<![^\n]) %(?:YAML|TAG) [ \t] [^\n]*+
    ) | {_CERTAIN} | (?<!\S) (?:{_WORDS}) (?!\S)""",
    _FLAGS,
)
#: Code of ytt in the line that begins a document: its result is the document.
_CODE_OF_DOCUMENT: Final = re.compile(r"[ \t]+\#@[ \t]*\S")
#: What prints nothing where it stands: a condition, a loop, a comment, a variable.
_SILENT: Final = re.compile(
    r"""
      \{\{ -? \s* (?: /\* | \$\w+\s*(?:,|:?=) | (?:if|else|end|with|range|define|break|continue)\b )
    | \{% [-+]? \s* (?: if | el\w+ | end\w+ | for | set | macro | with | comment ) \b
    """,
    re.VERBOSE,
)
#: What YAML 1.1 takes as the end of a line. Windows' two characters make an empty line more.
_LINE_ENDS: Final = re.compile("[\r\x85\u2028\u2029]")
#: A placeholder that is an entry of a list, or a whole line.
_ENTRY: Final = re.compile(
    rf"""(?:[\[,] [ \t]*+ | (?:\A|\n) [ \t]*+ (?:-[ \t]++)?+)
        (?P<placeholder> (?>{_CERTAIN})) [ \t]*+ (?=[,\]\n]|\Z)""",
    _FLAGS,
)
_DOCUMENT_END: Final = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)


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


def may_become_anything(text: str) -> bool:
    r"""Return whether a document of a text has nothing in it but placeholders that print something.

    Whoever replaces them may write any object there. Comments, anchors, tags and directives do not
    count, nor do other signs than letters and digits. Conditions and loops print nothing
    themselves.

    Complexity: O(n) for n characters.

    >>> may_become_anything("kind: Pod\n---\n${REST}\n"), may_become_anything("name: ${NAME}")
    (True, False)
    >>> may_become_anything('{{ include "all" . }}'), may_become_anything("{{- if .x }}\n---\na: b")
    (True, False)
    >>> may_become_anything("a: b\n---\n((rest))"), may_become_anything("a: b\n--- #@ rest()")
    (True, True)
    """
    documents = _DOCUMENT_END.split(_LINE_ENDS.sub("\n", text))
    return any(map(_is_all_placeholders, documents))


def has_open_entry(text: str) -> bool:
    r"""Return whether a placeholder that prints something is an entry of a list, or a whole line.

    Complexity: O(n) for n characters.

    >>> has_open_entry("items: [{a: b}, ${A}]"), has_open_entry("items:\n{{ include 'all' . }}\n")
    (True, True)
    >>> has_open_entry("a: ${A}"), has_open_entry("items:\n{{- if .x }}\n")
    (False, False)
    """
    entries = _ENTRY.finditer(_LINE_ENDS.sub("\n", text))
    return any(_SILENT.match(found["placeholder"]) is None for found in entries)


def _is_all_placeholders(document: str) -> bool:
    if _CODE_OF_DOCUMENT.match(document):
        return True
    prints, end = False, 0
    for found in _PARTS.finditer(document):
        if any(map(str.isalnum, document[end : found.start()])):
            return False
        end = found.end()
        is_silent = found["aside"] is not None or _SILENT.match(found[0]) is not None
        prints = prints or not is_silent
    return prints and not any(map(str.isalnum, document[end:]))

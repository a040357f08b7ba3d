"""How to correct common mistakes in a Kubernetes selector: the last line of a syntax error.

A hint depends on the text around the fault, never on the parser. Where no pattern fits there
is no hint: people follow hints, so a wrong one is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from labelsel.labels import validate_key, validate_labels
from labelsel.placeholders import has_placeholder_at

__all__ = ["hint_for"]


class _Mistake(NamedTuple):
    """A common mistake: patterns for the text just before the fault and from the fault on.

    The groups ``key`` and ``value`` of the patterns replace ``{key}`` and ``{value}`` in the hint.
    """

    before: re.Pattern[str]
    after: re.Pattern[str]
    hint: str

    def hint_at(self, before: str, after: str) -> str | None:
        """Return the hint if this is the mistake, and if the selector that it offers is legal."""
        found = self.after.match(after)
        above = self.before.search(before) if found else None
        if found is None or above is None:
            return None
        words = {"key": "key", "value": ""} | above.groupdict() | found.groupdict()
        if validate_key(words["key"]) or validate_labels({"key": words["value"]}):
            return None
        return self.hint.format_map(words)


def _mistake(hint: str, *, before: str = "", after: str = "") -> _Mistake:
    return _Mistake(
        re.compile(rf"(?:{before})\Z", re.IGNORECASE), re.compile(after, re.IGNORECASE), hint
    )


_COMPARE: Final = (
    "'>=' and '<=' do not exist; whole numbers are compared by '>' and '<': for x>=5 write x>4"
)
_OPERATORS: Final = (
    "the operators are =, ==, !=, in, notin, > and <, and none compares parts of values or "
    "patterns: write out each value, as in key in (a,b)"
)
_WORD: Final = r"[^\s=!(),<>]+"
#: Where a requirement begins, and no value among others in parentheses.
_BEGUN: Final = r"(?:\A|\))(?:[^(]*,)?\s*"
_KEY: Final = rf"{_BEGUN}(?P<key>{_WORD})\s+"
_NOT: Final = rf"{_BEGUN}not\s+"
_END: Final = r"\s*(?:\Z|,)"
#: What may come behind "is" and is no value: "is null" asks for a key.
_NO_VALUE: Final = (
    r"(?!(?:not|in|notin|null|nil|none|empty|unset|set|absent|missing|present|there|defined"
    r"|undefined|like|equal|equals|to)\b)"
)
_VALUE: Final = rf"{_NO_VALUE}(?P<value>{_WORD}){_END}"

# The first that fits gives the hint. The patterns for the text before a fault are run against at
# most `_CONTEXT` characters, so none of them can be slow.
_MISTAKES: Final = (
    _mistake(
        "to ask for a key that is absent, write: !{key}",
        before=_NOT,
        after=rf"(?P<key>{_WORD}){_END}",
    ),
    _mistake(
        "to ask for another value than this, write: {key}!={value}",
        before=_NOT,
        after=rf"(?P<key>{_WORD})\s*==?\s*(?P<value>{_WORD}){_END}",
    ),
    _mistake(
        "to ask for none of these values, write: {key} notin (a,b)",
        before=_NOT,
        after=rf"(?P<key>{_WORD})\s+in\s*\(",
    ),
    _mistake("to ask for a key that is absent, write: !key", before=_NOT, after=_WORD),
    _mistake(
        "to ask for one value, write: {key}={value}",
        before=_KEY,
        after=rf"(?:is|eq|equals?)\s+{_VALUE}",
    ),
    _mistake(
        "to ask for another value than this, which objects without the key meet, too, "
        "write: {key}!={value}",
        before=_KEY,
        after=rf"(?:is\s+not|isnt|isn't|neq?)\s+{_VALUE}",
    ),
    _mistake(
        _OPERATORS,
        before=_KEY,
        after=(
            r"(?:is|isnt|isn't|eq|equals?|neq?|i?like|contains?|has|includes?|match(?:es)?|regexp?"
            r"|(?:starts?|begins?|ends?)_?(?:with)?|between)(?:\s|\Z)"
        ),
    ),
    _mistake(_OPERATORS, before=r"=\s*", after="~"),
    _mistake(_OPERATORS, after="!~"),
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
    _mistake(
        "values are written in round brackets: key in (a,b)", after=r"(?:(?:not)?in\s*)?[\[{]"
    ),
    _mistake("keys and values are written without quotes", after="[\"'`\u2018-\u201f]"),
    _mistake("there are no wildcards: every value is written out", after=r"[*?]"),
    # Not in a value, nor among values in parentheses: there ':' is just illegal.
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
    _mistake("use '=' or '=='", before="==", after="="),
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
    _mistake("parentheses are only for the values of 'in' and 'notin'", after=r"\("),
    _mistake("requirements are joined by a comma", before=r"[^\s,(=!<>]\s+", after=r"[^\s,()=!<>]"),
)

_CONTEXT: Final = 400  # more than the longest key with its operator

_RENDER: Final = (
    "this is a placeholder that another program replaces: substitute it, or render the template, "
    "before the selector is used"
)
_PROMETHEUS: Final = re.compile(r'\s*[\w:]*\s*\{\s*(?:\w+|"[^"]*")\s*(?:=~|!~|!=|=)\s*["\'`]')
_OF_PROMETHEUS: Final = (
    "this is a selector of Prometheus: read it with labelsel.parse_matchers, or with "
    "labelsel translate --from prometheus --to kubernetes"
)
_MAP: Final = re.compile(r"\s*\{[^{]")
_OF_MAP: Final = (
    "labels are written without brackets, with commas between them: key=value,key=value"
)
_OBJECT: Final = re.compile(
    r"""[\s{"':\w]*?\b(?:match_?labels|match_?expressions)["']?\s*:""", re.IGNORECASE
)
_LABELS: Final = re.compile(r"\s*matchLabels:\s*(?:\{([^{}]*)\}|([^{}]*))\s*\Z")
#: Words that YAML does not take for strings are left to those who read the object.
_ENTRY: Final = re.compile(
    r"\s*([^\s:,]+):[ ]+(?!(?i:null|true|false|yes|no|on|off)\b)([A-Za-z][^\s:,]*)\s*"
)
_OF_OBJECT: Final = (
    "this is a LabelSelector object: read it with labelsel.from_label_selector, or with labelsel "
    "translate --from label-selector --to kubernetes; as a selector it is written "
)


def hint_for(text: str, position: int) -> str | None:
    """Return how to correct the mistake at ``position`` of a Kubernetes selector, or None.

    >>> hint_for("x not in (a)", 2)
    "'notin' is one word: key notin (a,b)"
    """
    before, after = _before(text, position), _after(text, position)
    if has_placeholder_at(before, after):
        return _RENDER
    return _other_language(text) or next(_hints(before, after), None)


def _before(text: str, position: int) -> str:
    """Return the text before a fault from the beginning of a requirement on.

    The text that is cut off may end in the middle of a key or of values. Then "(" replaces that
    text, and no hint looks for a key after "(".
    """
    cut = position - _CONTEXT
    if cut <= 0:
        return text[:position]
    is_open = text.rfind("(", 0, cut) > text.rfind(")", 0, cut)
    requirement, comma, rest = text[cut:position].partition(",")
    if is_open or not comma or "(" in requirement:
        return f"({text[cut:position]}"
    return comma + rest


def _after(text: str, position: int) -> str:
    """Return the text from a fault on; "(" replaces what is cut off, so that no word ends there."""
    end = position + _CONTEXT
    return text[position:end] + ("(" if end < len(text) else "")


def _hints(before: str, after: str) -> Iterator[str]:
    return filter(None, (mistake.hint_at(before, after) for mistake in _MISTAKES))


def _other_language(text: str) -> str | None:
    """Return what to do with a text that is a selector, but not one of kubectl's."""
    beginning = text[:_CONTEXT]
    if _OBJECT.match(beginning):
        return f"{_OF_OBJECT}{_as_requirements(text)}"
    if _PROMETHEUS.match(beginning):
        return _OF_PROMETHEUS
    return _OF_MAP if _MAP.match(beginning) else None


def _as_requirements(text: str) -> str:
    """Return the text for a pasted ``matchLabels`` that is wholly understood, else an example."""
    found = _LABELS.match(text) if len(text) <= _CONTEXT else None
    lines = re.split(r"[,\n]", (found[1] or found[2]).strip()) if found else []
    entries = [_ENTRY.fullmatch(line) for line in lines]
    labels = {entry[1]: entry[2] for entry in entries if entry}
    if not labels or len(labels) != len(lines) or validate_labels(labels):
        return "key=value, with commas between several"
    return ",".join(f"{key}={value}" for key, value in labels.items())

"""What people write by mistake in a field selector, and the hint for each."""

from __future__ import annotations

import re
from typing import Final

from labelsel.labels import Fault
from labelsel.languages.hints import (
    CONTEXT,
    Hint,
    Mistake,
    Mistakes,
    Words,
    labels_in_map,
    offer,
    placeholder,
)

__all__ = ["hint_for", "locate"]

_FIELD: Final = r"(?!\.)[^\s,=!<>:(){}\[\]]+"
_BEGUN: Final = r"(?:\A|,)\s*"
_END: Final = r"(?=\s*(?:\Z|,))"

_OPERATORS: Final = "field selectors know =, == and !=, each with one value"
_EMPTY: Final = "to ask for a field that is empty or absent"
_NOT_EMPTY: Final = "to ask for a field that is not empty"
_ONE_VALUE: Final = "to ask for one value"
_OTHER_VALUE: Final = "to ask for another value than this"
_JOINED: Final = "terms are joined by one comma, and all of them must hold"


def _one_by_one(words: Words) -> str | None:
    """Write one term for each value that must not be there, or for the only value."""
    values = [value.strip().strip("\"'") for value in words["values"].split(",")]
    if not all(re.fullmatch(r"[\w./:-]+", value) for value in values):
        return None
    if not words["op"] and len(values) > 1:
        return None
    sign = "!=" if words["op"] else "="
    return ",".join(f"{words['field']}{sign}{value}" for value in values)


def _fields_of_has(words: Words) -> str:
    fields = re.split(r"\s*,\s*", words["fields"])
    return ",".join(f"{field}{'=' if words['op'] else '!='}" for field in fields)


#: What "is" says of a field that has no value.
_NO_VALUE: Final = r"(?:null|nil|none|empty|blank|unset|absent|missing|undefined)"
_A_VALUE: Final = r"(?:set|there|present|defined)"
_WORD: Final = r"(?P<value>[\w./-]+)"
_PATTERN_WORDS: Final = (
    r"(?:i?like|contains?|includes?|match(?:es)?|regexp?|(?:starts?|begins?|ends?)_?(?:with)?"
    r"|between)\b"
)

# The first that fits gives the hint.
_TABLE: Final = Mistakes(
    "fields",
    (
        Mistake(
            reason=_OPERATORS,
            before=rf"{_BEGUN}(?P<cut>(?P<field>{_FIELD})\s+)",
            after=rf"(?P<op>not\s*)?in\s*[(\[{{](?P<values>[^()\[\]{{}}]*)[)\]}}]{_END}",
            write=_one_by_one,
            example="status.phase=Running",
        ),
        *(
            Mistake(
                reason=reason,
                before=rf"{_BEGUN}(?P<cut>{sign}\s*)",
                after=rf"has\s*\(\s*(?P<fields>{_FIELD}(?:\s*,\s*{_FIELD})*)\s*\)\s*{_END}",
                write=_fields_of_has,
                example="a=b,c!=d",
            )
            for sign, reason in (
                ("(?P<op>!)", "to ask for objects with none of these fields"),
                ("", "to ask for objects with all of these fields"),
            )
        ),
        Mistake(
            reason=_EMPTY,
            before=_BEGUN,
            after=rf"not\s+(?P<field>{_FIELD})\s*{_END}",
            write="{field}=",
        ),
        *(
            Mistake(
                reason=reason,
                before=rf"{_BEGUN}(?P<cut>(?P<field>{_FIELD})\s+)",
                after=rf"{words}\s*{_END}",
                write=f"{{field}}{term}",
            )
            for words, reason, term in (
                (rf"is\s+(?:{_NO_VALUE}|not\s+{_A_VALUE})", _EMPTY, "="),
                (rf"(?:exists?|is\s+(?:not\s+{_NO_VALUE}|{_A_VALUE}))", _NOT_EMPTY, "!="),
                (rf"(?:is\s+not|isnt|isn't|neq?)\s+{_WORD}", _OTHER_VALUE, "!={value}"),
                (rf"(?:is|eq|equals?)\s+{_WORD}", _ONE_VALUE, "={value}"),
            )
        ),
        Mistake(
            reason="field selectors have no patterns: they know =, == and !=, each with one value",
            before=rf"{_BEGUN}{_FIELD}\s+",
            after=_PATTERN_WORDS,
            example="a=b,c!=d",
        ),
        Mistake(
            reason="a value that the field must not have needs the field again",
            before=rf"{_BEGUN}(?P<field>{_FIELD})!=[^,=!]*,(?P<cut>(?P<value>[\w.-]+))",
            after=_END,
            write="{field}!={value}",
        ),
        Mistake(
            reason=f"{_OPERATORS}: ask once for each value",
            before=rf"{_BEGUN}{_FIELD}==?[^,=!]*,[\w.-]+",
            after=_END,
        ),
        Mistake(
            reason=_EMPTY,
            before=rf"{_BEGUN}(?P<cut>!\s*\.?(?P<field>{_FIELD})\s*)",
            after=_END,
            write="{field}=",
        ),
        Mistake(
            reason="a value is given with '='",
            before=rf"{_BEGUN}(?P<cut>(?P<field>{_FIELD}):\s*(?P<value>[\w./-]+)\s*)",
            after=_END,
            write="{field}={value}",
        ),
        Mistake(
            reason=_NOT_EMPTY,
            before=rf"{_BEGUN}(?P<cut>\.?(?P<field>{_FIELD})\s*)",
            after=_END,
            write="{field}!=",
        ),
        Mistake(
            reason=_JOINED,
            before=r"(?P<cut>\s*)",
            after=rf"(?:&&?|;|and\s)\s*(?={_FIELD}\s*!?=)",
            write=",",
            example="a=b,c!=d",
        ),
        Mistake(
            reason="a field selector cannot say 'or': ask once for each value",
            after=rf"(?:\|\|?|or\s)\s*{_FIELD}\s*!?=",
        ),
        Mistake(
            reason=_OTHER_VALUE,
            before=rf"{_BEGUN}{_FIELD}(?P<cut>\s*)",
            after=rf"<>\s*{_WORD}{_END}",
            write="!={value}",
        ),
        Mistake(
            reason=_OPERATORS, before=rf"{_BEGUN}{_FIELD}\s*", after="!?[<>~]", example="a=b,c!=d"
        ),
    ),
)

#: An operator of other languages in a term that has none of its own, or between two terms.
_OTHER_OPERATOR: Final = re.compile(
    rf"{_BEGUN}{_FIELD}\s+(?P<here>(?:not\s*)?in)\s*[(\[{{][^=]*\Z"
    rf"|{_BEGUN}(?:(?P<first>not)\s+{_FIELD}\s*|!?\s*(?P<call>has)\s*\([^=]*)\Z"
    rf"|{_BEGUN}{_FIELD}\s+(?P<word>exists?|isn'?t|is|eq|equals?|neq?|{_PATTERN_WORDS})"
    r"(?:\s[^=]*)?\Z"
    rf"|{_BEGUN}{_FIELD}\s*(?P<compare>!?[<>~])[^=]*\Z"
    rf"|(?<![\s&|])\s*(?P<join>&&?|;|\|\|?|(?<=\s)(?:and|or)\s)\s*{_FIELD}\s*!?\Z",
    re.IGNORECASE,
)


def locate(text: str, position: int) -> Fault | None:
    """Return where a field selector has an operator of another language; None if it has none.

    The parser stops behind the term: at the comma in ``a in (b,c)``, and at the second sign in
    ``a=b && c=d``.

    >>> print(*locate("a in (b,c)", 7), *locate("a=b && c=d", 8))
    2 found 'in' 4 found '&&'
    """
    found = _OTHER_OPERATOR.search(text, max(0, position - CONTEXT), position)
    if found is None:
        return None
    group = next(name for name, text in found.groupdict().items() if text)
    return Fault(found.start(group), f"found {found[group].strip()!r}")


def hint_for(text: str, position: int) -> Hint | None:
    """Return how to correct the mistake at ``position`` of a field selector, or None.

    >>> print(hint_for("status.phase in (Running)", 13))
    field selectors know =, == and !=, each with one value; write: status.phase=Running
    """
    labels = labels_in_map(text) if "{" in text else None
    if labels is not None:
        written = ",".join(f"{key}={value}" for key, value in labels.items())
        return offer("fields are written without brackets, with commas between them", written)
    # The parser stops behind a term; a placeholder is looked for where the term begins.
    begin = position - len(text[:position].rpartition(",")[2].lstrip())
    return placeholder(text, begin, "--field-selector") or _TABLE.hint(text, position)

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
            reason="to ask for a field that is empty or absent",
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
            reason="to ask for a field that is not empty",
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
        Mistake(reason=_OPERATORS, before=rf"{_BEGUN}.*[<>~].*", after="", example="a=b,c!=d"),
    ),
)

#: An operator of other languages in a term that has none of its own, or between two terms.
_OTHER_OPERATOR: Final = re.compile(
    rf"{_BEGUN}{_FIELD}\s+(?P<here>(?:not\s*)?in)\s*[(\[{{][^=]*\Z"
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
    group = "here" if found["here"] else "join"
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
    begin = text.rfind(",", 0, position) + 1
    return placeholder(text, begin) or _TABLE.hint(text, position)

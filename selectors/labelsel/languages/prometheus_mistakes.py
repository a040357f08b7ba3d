"""What people write by mistake in a Prometheus selector, and the hint for each."""

from __future__ import annotations

import re
from typing import Final

from labelsel.languages.grammar import GRAMMARS
from labelsel.languages.hints import (
    CONTEXT,
    Hint,
    Mistake,
    Mistakes,
    Words,
    in_shell_quotes,
    lookalike,
    offer,
    placeholder,
)

__all__ = ["hint_for"]

_LABEL: Final = r"[A-Za-z_]\w*"
_STRING: Final = r"(?:\"[^\"\\]*\"|'[^'\\]*'|`[^`]*`)"
_SIGN: Final = r"(?:=~|!~|!=|=)\s*"
_BLANK: Final = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)*+")
_SERIES: Final = re.compile(r"(?:[A-Za-z_:][\w:]*)?\{[^{}]*\}")
_STRINGS: Final = re.compile(_STRING)
#: What makes one selector of a query a part of what the query selects; text in quotes aside.
_JOINS_SETS: Final = re.compile(
    r"(?P<either>\bor\b|\|)|\b(?:and|unless|absent\w*)\b|[{&+*/%^-]|!(?!=)|[<>=]\s*[A-Za-z_]",
    re.IGNORECASE,
)
_AROUND: Final = "a selector has no functions, ranges, comparisons and operators around it"

_QUOTED: Final = "values are written in quotes"
_JOINED: Final = "matchers are joined by a comma, and all of them must hold"
_NO_NOT: Final = "there is no 'not': another value is asked for with '!='"
_ONE_LABEL: Final = "matchers cannot say 'or'; for values of one label, as in {label=~\"a|b\"}"
_NO_OR: Final = Hint(
    f"{_ONE_LABEL}; for several labels join selectors with labelsel.any_of",
    f"{_ONE_LABEL}; objects are selected by 'or' with -e \"app == 'web' || tier == 'db'\"",
    manifest=_ONE_LABEL,
)


def _literals(words: Words) -> str | None:
    """Write a list of values as a regular expression; None where one is more than plain text."""
    values = [value.strip().strip("\"'") for value in words["values"].split(",")]
    if not all(re.fullmatch(r"[\w-]+", value) for value in values):
        return None
    return f'{words["label"]}{"!~" if words["op"] else "=~"}"{"|".join(values)}"'


# The first that fits gives the hint.
_TABLE: Final = Mistakes(
    "prometheus",
    (
        Mistake(reason="equality is written with one sign", before="=", after=r"=+", write=""),
        Mistake(
            reason="the operators are =, !=, =~ and !~",
            before=rf"(?:{_LABEL}|{_STRING})\s*",
            after=r"<>|=!",
            write="!=",
        ),
        Mistake(
            reason="the operators are =, !=, =~ and !~",
            before=rf"(?:{_LABEL}|{_STRING})\s*",
            after=r"~=?",
            write="=~",
        ),
        Mistake(
            reason="several values are asked for with a regular expression",
            before=rf"(?P<cut>(?P<label>{_LABEL})\s+)",
            after=r"(?P<op>not\s*)?in\s*[(\[{](?P<values>[^()\[\]{}]*)[)\]}]",
            write=_literals,
            example='{label=~"a|b"}',
        ),
        Mistake(
            reason=_QUOTED,
            before=_SIGN,
            after=r"(?P<value>[^\s\"'`\\,{}()=!~]+)",
            write='"{value}"',
            example='{label="value"}',
        ),
        Mistake(
            reason="the quote is never closed",
            before=_SIGN,
            after=r"(?P<q>[\"'`])(?:(?!(?P=q)).)*\Z",
        ),
        Mistake(
            reason="a label name that is more than letters, digits and '_' is written in quotes",
            before=rf"[{{,]\s*(?P<cut>(?P<label>{_LABEL}))",
            after=r"(?P<rest>[./-][\w./-]*)(?=\s*[=!~])",
            write='"{label}{rest}"',
            example='{"app.example.com/name"="value"}',
        ),
        Mistake(
            reason="a value is given with '='",
            before=rf"[{{,]\s*(?:{_LABEL}|{_STRING})\s*",
            after=r":\s*",
            write="=",
            example='{label="value"}',
        ),
        Mistake(
            reason=_JOINED,
            before=r"(?P<cut>\s*)",
            after=r"(?:&+|;|and\b)\s*",
            write=",",
            example='{a="b",c="d"}',
        ),
        Mistake(reason=_NO_OR, after=r"\|+|or\b"),
        Mistake(
            reason=_JOINED,
            before=rf"{_STRING}(?P<cut>\s+)",
            after=rf"(?=(?:{_LABEL}|{_STRING})\s*[=!])",
            write=",",
            example='{a="b",c="d"}',
        ),
        Mistake(
            reason="the curly bracket is never closed",
            before=rf"{{[^}}]*(?:{_STRING}|{{)\s*,?\s*",
            after=r"\Z",
            write="}}",
        ),
        Mistake(reason=_NO_NOT, before=r"[{,]\s*not\s+", after=r"\S", example='{label!="value"}'),
        Mistake(
            reason="an operator stands between a label and its value",
            before=rf"[{{,]\s*{_LABEL}(?P<cut>\s+)",
            after=r"(?=[\w\"'])",
            write="=",
            example='{label="value"}',
        ),
        Mistake(
            reason=_NO_NOT,
            before=r"[{,]\s*",
            after=r"!",
            example='{label!="value"}',
        ),
    ),
)


def hint_for(text: str, position: int) -> Hint | None:
    """Return how to correct the mistake at ``position`` of a Prometheus selector, or None.

    >>> print(hint_for("{app=web}", 5))
    values are written in quotes; write: {app="web"}
    """
    if _BLANK.fullmatch(text):
        return offer("to select everything", "{}")
    alike = lookalike(text, position)
    if alike is not None:
        repaired = _TABLE.repair(text, position)
        return Hint(alike[0]) if repaired is None else offer(alike[0], repaired)
    return (
        placeholder(text, position)
        or _in_query(text)
        or _without_brackets(text)
        or _other_language(text)
        or _TABLE.hint(text, position)
    )


def _in_query(text: str) -> Hint | None:
    """Return the hint for a query that has one or more selectors in it."""
    series = _SERIES.search(text[:CONTEXT])
    if series is None or series[0].strip() == text.strip():
        return None
    if GRAMMARS["prometheus"].accept(series[0]) is None:
        return None
    around = f"{text[: series.start()]} {text[series.end() :]}"
    joined = _JOINS_SETS.search(_STRINGS.sub("", around[:CONTEXT]))
    if joined is None and len(text) <= CONTEXT:
        return offer(_AROUND, series[0])
    # One of several selectors, or a selector that is negated, selects something else.
    return _NO_OR if joined is not None and joined["either"] else Hint(_AROUND)


def _without_brackets(text: str) -> Hint | None:
    """Return the hint for matchers alone, or for a selector of Kubernetes that has such a form."""
    if len(text) > CONTEXT or not re.search(r"[=!]", text):
        return None
    within = f"{{{text.strip()}}}"
    is_legal = GRAMMARS["prometheus"].accept(within) is not None
    whole = within if is_legal else _TABLE.repair(within)
    return None if whole is None else offer("matchers are written in curly brackets", whole)


_OTHERS: Final = {
    "kubernetes": ("a selector of Kubernetes", "labelsel.parse", "kubernetes", "-l"),
    "expression": (
        "an expression of Calico's language",
        "labelsel.parse_expression",
        "calico",
        "-e",
    ),
}


def _other_language(text: str) -> Hint | None:
    # A word alone is a key to Kubernetes, and a metric's name here.
    is_skipped = len(text) > CONTEXT or re.fullmatch(r"\s*[\w:]+\s*", text)
    for grammar, (name, function, language, flag) in _OTHERS.items():
        if not is_skipped and GRAMMARS[grammar].accept(text) is not None:
            reason = f"this is {name}"
            read = f"{reason}: read it with"
            use = f"{reason}: use {flag} {in_shell_quotes(text.strip())}"
            return Hint(f"{read} {function}", use, f"{read} --from {language}", reason)
    return None

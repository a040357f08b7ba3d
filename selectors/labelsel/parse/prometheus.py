"""Prometheus series selectors: ``up{app="web",env=~"prod|staging"}``."""

from __future__ import annotations

import re
from typing import Final

from lark import Token, Transformer, v_args

from labelsel.errors import quoted
from labelsel.labels import Fault
from labelsel.negation import without_not
from labelsel.parse.language import BadWordError, Language, checked, span_of, start_of
from labelsel.requirements import DoesNotExist, Equals, In, Matches
from labelsel.selector import Everything, Selector, Span, all_of, any_of

__all__ = ["METRIC_KEY", "parse_matchers"]

METRIC_KEY: Final = "__name__"
"""The label that holds a series' metric name."""


def parse_matchers(text: str) -> Selector:
    r"""Read the matchers of a Prometheus series selector, with the metric's name, or both.

    1. ``label="v"``, ``label!="v"``, ``label=~"regex"``, ``label!~"regex"``, joined by
       commas in braces; all must hold. A name before the braces is about `METRIC_KEY`.
    2. An absent label reads as "": ``a=""`` selects where ``a`` is absent, and ``a!=""``
       where it is there and not empty.
    3. A regular expression must match the whole value. One that only lists literals becomes
       `In`; any other runs on RE2, in linear time.
    4. Strings know Go's escapes, of which ``\x41`` and ``\101`` are bytes of UTF-8; in back
       quotes none.

    Selectors that accept everything, which Prometheus refuses, are accepted. Cached by text
    as `parse` does it.

    Raises `SelectorSyntaxError` with the place and the reason; ImportError where a regular
    expression needs RE2 and the extra ``regex`` is not installed. Source: SEMANTICS 33.

    >>> str(parse_matchers('{env=~"prod|staging",app!=""}'))
    'app,app!=,env in (prod,staging)'
    """
    return _LANGUAGE.parse(text)


_ESCAPE: Final = re.compile(
    r"((?:\\x[0-9A-Fa-f]{2}|\\[0-7]{3})+)|\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
)
_SIMPLE: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip


def _string_faults(token: str) -> list[Fault]:
    if token.startswith("`"):
        return []
    other_quote = "'" if token.startswith('"') else '"'
    return [
        Fault(escape.start(), f"{quoted(escape[0])} is no escape that this string knows")
        for escape in _ESCAPE.finditer(token)
        if escape[4] == other_quote or _unescaped(escape) is None
    ]


def _unescaped(escape: re.Match[str]) -> str | None:
    """Return what an escape stands for, None where it stands for nothing."""
    if escape[1]:
        return _decoded(escape[1].split("\\")[1:])
    hexadecimal = escape[2] or escape[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else None
    return _SIMPLE.get(escape[4])


def _decoded(run: list[str]) -> str | None:
    """Return the text whose bytes in UTF-8 these are: ``x41`` or ``101``, one each."""
    try:
        return bytes(int(b[1:], 16) if b[0] == "x" else int(b, 8) for b in run).decode()
    except ValueError:  # a number over 255, or bytes that are no UTF-8
        return None


def _value(token: Token) -> str:
    text = token[1:-1]
    if token.startswith("`") or "\\" not in text:
        return text
    return _ESCAPE.sub(lambda escape: _unescaped(escape) or "", text)


def _name(token: Token) -> str:
    return _value(token) if token.type == "STRING" else str(token)


# Letters after a backslash are classes or anchors; punctuation stands for itself.
_LITERAL: Final = r"(?:[^\\.+*?()|\[\]{}^$]|\\[!-/:-@\[-`{-~])*"
_LITERALS: Final = re.compile(rf"{_LITERAL}(?:\|{_LITERAL})*")


def _literals(pattern: str) -> frozenset[str] | None:
    """Return the values that a regular expression lists, None where it is more than a list."""
    if _LITERALS.fullmatch(pattern) is None:
        return None
    parts = re.findall(rf"(?:\A|\|)({_LITERAL})", pattern)
    return frozenset(re.sub(r"\\(.)", r"\1", part) for part in parts)


@v_args(inline=True)
class _Nodes(Transformer[Token, Selector]):
    """Builds the nodes of a series selector as the parser reduces."""

    STRING = checked(_string_faults)

    def start(self, *selectors: Selector) -> Selector:
        return all_of(selectors)

    def metric(self, name: Token) -> Selector:
        return Equals(METRIC_KEY, _name(name), span=span_of(name, name))

    def matcher(self, name: Token, operator: Token, string: Token) -> Selector:
        key = _name(name)
        span = span_of(name, string)
        if operator.type in ("EQUALS", "NOT_EQUALS"):
            selector = _reads_as(key, frozenset([_value(string)]), span)
        else:
            selector = _matches(key, string, span)
        return without_not(~selector) if operator.type.startswith("NOT_") else selector


def _matches(key: str, string: Token, span: Span) -> Selector:
    pattern = _value(string)
    values = _literals(pattern)
    if values is not None:
        return _reads_as(key, values, span)
    if pattern == ".*":
        return Everything()
    try:
        return Matches(key, pattern, span=span)
    except ValueError as refused:
        raise BadWordError(start_of(string), str(refused)) from None


def _reads_as(key: str, values: frozenset[str], span: Span) -> Selector:
    """Select where the key has one of the values, an absent one reading as ""."""
    if len(values) == 1:
        (value,) = values
        present: Selector = Equals(key, value, span=span)
    else:
        present = In(key, values, span=span)
    return any_of([DoesNotExist(key, span=span), present]) if "" in values else present


_OPERATOR: Final = "an operator (=, !=, =~, !~)"
_OPERATORS: Final = ("EQUALS", "NOT_EQUALS", "MATCHES", "NOT_MATCHES")

_LANGUAGE: Final = Language(
    "prometheus.lark",
    _Nodes(),
    {
        "METRIC": "a metric name",
        "NAME": "a label name",
        **dict.fromkeys(_OPERATORS, _OPERATOR),
        "STRING": "a value in quotes",
        "_OPEN_SET": "'{'",
        "_COMMA": "','",
        "_CLOSE_SET": "'}'",
        "$END": "the end",
    },
)

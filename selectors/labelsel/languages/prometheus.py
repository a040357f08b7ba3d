"""Prometheus series selectors: ``up{app="web",env=~"prod|staging"}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from labelsel.errors import quote
from labelsel.labels import Fault
from labelsel.languages.grammar import BadTextError, Grammar, Rules, span_of, start_of
from labelsel.languages.registry import Language
from labelsel.negation import without_not
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    Equals,
    In,
    Matches,
    name_operators,
)
from labelsel.selector import Everything, Selector, Span, all_of, any_of

if TYPE_CHECKING:
    from lark import Token

__all__ = ["METRIC_KEY", "PROMETHEUS", "parse_matchers"]

METRIC_KEY: Final = "__name__"
"""The label that holds a series' metric name."""


def parse_matchers(text: str) -> Selector:
    r"""Read the matchers of a Prometheus series selector, with the metric's name, or both.

    1. ``label="v"``, ``label!="v"``, ``label=~"regex"``, ``label!~"regex"``, joined by commas in
       braces; all must hold. A name before the braces, or in quotes within them, is about the label
       ``__name__``. Blank text is an error; ``{}`` selects everything.
    2. An absent label reads as "": ``a=""`` selects where ``a`` is absent, and ``a!=""`` where it
       is there and not empty.
    3. A regular expression must match the whole value. One that only lists literals, as ``x|y`` or
       ``^(x|y)$``, becomes `In`; any other runs on RE2, in linear time.
    4. Strings know Go's escapes, of which ``\x41`` and ``\101`` are bytes of UTF-8; in back quotes
       none.
    5. Selectors that accept everything, which the query language refuses, are accepted.

    Arguments:
        text: the series selector, at most 1 MiB of UTF-8.

    Returns:
        The selector. It is cached by text (`clear_cache`).

    Raises:
        SelectorSyntaxError: the text is not a series selector, with the position and the reason;
            RE2 refuses a regular expression; or the text has more than 1 MiB.
        ImportError: a regular expression needs RE2, and the extra ``regex`` is not installed.
        TypeError: the text is not a string.

    Complexity:
        O(n log n) for n characters, and compiling the regular expressions.

    Source: rules 33, 34, D6.

    >>> str(parse_matchers('{env=~"prod|staging",app!=""}'))
    'app,app!=,env in (prod,staging)'
    """
    return _GRAMMAR.parse(text)


_RESERVED: Final = frozenset(
    {"on", "ignoring", "group_left", "group_right", "bool", "atan2", "inf", "nan"}
)
"""Words that are no metric's name without quotes, in any case: the query language has them."""


def _metric_faults(name: str) -> list[Fault]:
    if name.lower() not in _RESERVED:
        return []
    problem = f'{name!r} is a word of the query language: as a metric\'s name write {{"{name}"}}'
    return [Fault(0, problem)]


_ESCAPE: Final = re.compile(
    r"((?:\\x[0-9A-Fa-f]{2}|\\[0-7]{3})++)|\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
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
        Fault(
            escape.start(), f"{quote(escape[0])} is not an escape sequence of this kind of string"
        )
        for escape in _ESCAPE.finditer(token)
        if escape[4] == other_quote or _unescape(escape) is None
    ]


def _unescape(escape: re.Match[str]) -> str | None:
    """Return the character that an escape means, None where it means none."""
    if run := escape[1]:
        return _decode(run.split("\\")[1:])
    hexadecimal = escape[2] or escape[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else None
    return _SIMPLE.get(escape[4])


def _decode(run: list[str]) -> str | None:
    """Return the text whose bytes in UTF-8 these are: ``x41`` or ``101``, one each."""
    try:
        return bytes(int(b[1:], 16) if b[0] == "x" else int(b, 8) for b in run).decode()
    except ValueError:  # a number over 255, or bytes that are no UTF-8
        return None


def _value(token: Token) -> str:
    text = token[1:-1]
    if token.startswith("`"):
        return text
    return _ESCAPE.sub(lambda escape: _unescape(escape) or "", text)


def _name(token: Token) -> str:
    return _value(token) if token.type == "STRING" else str(token)


# Letters after a backslash are classes or anchors; punctuation means itself.
_LITERAL: Final = r"(?:[^\\.+*?()|\[\]{}^$]|\\[!-/:-@\[-`{-~])*"
# A value is matched whole, so anchors at the ends change nothing, and neither does a group around
# all. Each part can match in one way only: a search that fails takes linear time.
_WRAPPED: Final = re.compile(
    r"((?:\^?\((?:\?:)?){0,10}\^?)"  # opened: Grafana writes (x|y), people ^(?:x|y)$
    rf"(\.\*|{_LITERAL}(?:\|{_LITERAL})*)"
    r"(\$?(?:\)\$?){0,10})"
)


def _literal_values(pattern: str) -> str | None:
    """Return what a regular expression matches, ``.*`` or ``x|y``; None where it is more."""
    wrapped = _WRAPPED.fullmatch(pattern)
    if wrapped is None or wrapped[1].count("(") != wrapped[3].count(")"):
        return None
    return wrapped[2]


def _literals(literals: str) -> frozenset[str]:
    parts = re.findall(rf"(?:\A|\|)({_LITERAL})", literals)
    return frozenset(re.sub(r"\\(.)", r"\1", part) for part in parts)


class _Matcher(NamedTuple):
    """A part of a series selector: its first word, the label it is about, what it selects."""

    word: Token
    key: str
    selector: Selector


class _Nodes:
    """Builds the nodes of a series selector as the parser reduces."""

    def start(self, *matchers: _Matcher) -> Selector:
        if matchers and matchers[0].word.type == "METRIC":
            _check_named_once(*matchers)
        return all_of(matcher.selector for matcher in matchers)

    def metric(self, name: Token) -> _Matcher:
        selector = _reads_as(METRIC_KEY, frozenset([_name(name)]), span_of(name, name))
        return _Matcher(name, METRIC_KEY, selector)

    def matcher(self, name: Token, operator: Token, string: Token) -> _Matcher:
        key = _name(name)
        span = span_of(name, string)
        if operator.type in ("EQUALS", "NOT_EQUALS"):
            selector = _reads_as(key, frozenset([_value(string)]), span)
        else:
            selector = _matches(key, string, span)
        if operator.type.startswith("NOT_"):
            selector = without_not(~selector)
        return _Matcher(name, key, selector)


def _check_named_once(metric: _Matcher, *others: _Matcher) -> None:
    """Refuse a second word on the metric's name after one before the braces.

    Within braces the name may occur twice, as every other label.
    """
    for other in others:
        if other.key == METRIC_KEY:
            problem = f"the metric's name is set twice: it is {quote(str(metric.word))} already"
            raise BadTextError(start_of(other.word), problem)


def _matches(key: str, string: Token, span: Span) -> Selector:
    pattern = _value(string)
    unwrapped = _literal_values(pattern)
    if unwrapped == ".*":
        return Everything()
    if unwrapped is not None:
        return _reads_as(key, _literals(unwrapped), span)
    try:
        return Matches(key, pattern, span=span)
    except ValueError as refused:
        raise BadTextError(start_of(string), str(refused)) from None


def _reads_as(key: str, values: frozenset[str], span: Span) -> Selector:
    """Select where the key has one of the values, an absent one reading as ""."""
    if len(values) == 1:
        (value,) = values
        present: Selector = Equals(key, value, span=span)
    else:
        present = In(key, values, span=span)
    return any_of([DoesNotExist(key, span=span), present]) if "" in values else present


def _hint(text: str, position: int) -> str | None:
    # Only errors need hints; the module takes 3 ms to load.
    from labelsel.languages.prometheus_mistakes import hint_for  # noqa: PLC0415  # see above

    return hint_for(text, position)


_OPERATOR: Final = name_operators(row.prometheus for row in OPERATORS)
_OPERATORS: Final = ("EQUALS", "NOT_EQUALS", "MATCHES", "NOT_MATCHES")

_GRAMMAR: Final = Grammar(
    Rules("prometheus.lark", _Nodes(), {"METRIC": _metric_faults, "STRING": _string_faults}),
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
    hint=_hint,
)

PROMETHEUS: Final = Language(
    name="prometheus",
    parse=parse_matchers,
    format=None,
    example='{app="web",env=~"prod|staging"}',
)
"""The matchers of a Prometheus series: `labelsel.parse_matchers`. They are only read."""

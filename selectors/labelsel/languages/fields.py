"""Kubernetes field selectors: the text of ``kubectl --field-selector``."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from labelsel.labels import Fault
from labelsel.languages.grammar import Grammar, Rules, span_of
from labelsel.languages.registry import Language
from labelsel.requirements import OPERATORS, FieldEquals, FieldNotEquals, name_operators
from labelsel.selector import Everything, Selector, all_of

if TYPE_CHECKING:
    from lark import Token

__all__ = ["FIELDS", "parse_fields"]


def parse_fields(text: str) -> Selector:
    """Read a Kubernetes field selector, the text of ``kubectl --field-selector``.

    1. Terms ``field=v``, ``field==v``, ``field!=v``, joined by commas; empty ones are passed over,
       as is a term with neither field nor value.
    2. Nothing is trimmed, and names are not checked: ``a = b`` is about a field whose name ends
       in a blank.
    3. In a value a backslash comes before a backslash, a comma and an equals sign, and only there.

    Arguments:
        text: the field selector, at most 1 MiB of UTF-8.

    Returns:
        A selector that matches mappings of field to value; an absent field reads as "". It is
        cached by text (`clear_cache`).

    Raises:
        SelectorSyntaxError: the text is not a field selector, with the position and the reason; or
            it has more than 1 MiB.
        TypeError: the text is not a string.

    Complexity:
        O(n log n) for n characters.

    Source: rules 21 to 23.

    >>> parse_fields("status.phase!=Running").matches({"status.phase": "Failed"})
    True
    """
    return _GRAMMAR.parse(text)


def _escape_faults(text: str) -> list[Fault]:
    return [
        Fault(match.start(), problem)
        for match in _ESCAPE.finditer(text)
        if (problem := _escape_problem(match[0])) is not None
    ]


def _escape_problem(found: str) -> str | None:
    match found:
        case "=":
            return "a '=' in a value is written '\\='"
        case "\\":
            return "the value ends in a lone backslash; a backslash is written '\\\\'"
        case "\\\\" | "\\," | "\\=":
            return None
        case _:
            return f"a backslash may only come before '\\', ',' and '=', not before {found[1]!r}"


_ESCAPE: Final = re.compile(r"\\[\s\S]?|=")


class _Nodes:
    """Builds the nodes of a field selector as the parser reduces."""

    def start(self, *requirements: tuple[str, Selector]) -> Selector:
        # By the text of each term, and so in the order that Kubernetes prints.
        return all_of(term for _, term in sorted(requirements, key=itemgetter(0)))

    def requirement(self, *tokens: Token) -> tuple[str, Selector]:
        words = {"FIELD": "", "VALUE": ""} | {token.type: str(token) for token in tokens}
        node = FieldNotEquals if "NOT_EQUALS" in words else FieldEquals
        field, value = words["FIELD"], _unescape(words["VALUE"])
        if not field and not value:
            return "", Everything()  # a lone operator requires nothing: rule 21
        return "".join(tokens), node(field, value, span=span_of(tokens[0], tokens[-1]))


def _unescape(value: str) -> str:
    return _ESCAPE.sub(lambda match: match[0][1:], value) if "\\" in value else value


def _hint(text: str, position: int) -> str | None:
    # Only errors need hints; the module takes 3 ms to load.
    from labelsel.languages.field_mistakes import hint_for  # noqa: PLC0415  # see above

    return hint_for(text, position)


class _FieldGrammar(Grammar):
    """The grammar, whose errors point to the operator that field selectors do not have."""

    def locate(self, text: str, position: int, problem: str) -> Fault:
        from labelsel.languages.field_mistakes import locate  # noqa: PLC0415  # as in `_hint`

        return locate(text, position) or Fault(position, problem)


_OPERATOR: Final = name_operators(row.fields for row in OPERATORS)

_GRAMMAR: Final = _FieldGrammar(
    Rules("fields.lark", _Nodes(), {"VALUE": _escape_faults}),
    dict.fromkeys(("EQUALS", "DOUBLE_EQUALS", "NOT_EQUALS"), _OPERATOR),
    hint=_hint,
)

FIELDS: Final = Language(
    name="fields", parse=parse_fields, format=None, example="status.phase!=Running"
)
"""The text of ``kubectl --field-selector``: `labelsel.parse_fields`.

There is no writer: the text of such a selector is that of ``str``."""

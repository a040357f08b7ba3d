"""What an unquoted word of YAML is to Kubernetes: null, a boolean, a number or a string.

kubectl and the API server read YAML with sigs.k8s.io/yaml, which decodes with go-yaml v2 into
``interface{}`` (goyaml.v2/resolve.go). Its rules are neither those of YAML 1.1, which PyYAML
follows, nor those of YAML 1.2:

=====================  ==============  ==========================================
word                   here            PyYAML
=====================  ==============  ==========================================
``y``, ``N``           a boolean       a string
``on``, ``No``, ``off``  a boolean     a boolean
``2020-01-01``         a string        a date, which JSON cannot say
``1:30``               a string        the number 90
``0o17``, ``1e3``      a number        a string
``08``                 the number 8.0  a string
``1_000``              a number        a number
=====================  ==============  ==========================================
"""

from __future__ import annotations

import math
import re
from typing import Any, Final, TypeAlias

__all__ = ["Scalar", "nulls_as_empty", "resolve", "text_of"]

Scalar: TypeAlias = bool | int | float | str | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE"), True),
    **dict.fromkeys(("on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE"), False),
    **dict.fromkeys(("off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}

#: A word that starts otherwise is a string: true of nearly all words, and one look-up.
_NOT_PLAIN_STRINGS: Final = frozenset("+-.0123456789yYnNtTfFoO~")

# Never \d: like int(), it takes the digits of every script.
_INTEGER: Final = re.compile(
    r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
#: Go's ParseFloat, asked for words that start with a dot, takes `_` only between two digits.
_DOT_FLOAT: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")

#: A uint64 in binary, with its sign and prefix. int() itself refuses to read 4,300 digits.
_LONGEST_INTEGER: Final = 67
_MIN_INT64: Final = -(2**63)
_MAX_INT64: Final = 2**63 - 1
_MAX_UINT64: Final = 2**64 - 1


def resolve(word: str) -> Scalar:
    """The value that Kubernetes' tools read for an unquoted, untagged word.

    >>> [resolve(word) for word in ("web", "on", "1_000", "0x1F", "1.0", "1:30", "null")]
    ['web', True, 1000, 31, 1.0, '1:30', None]
    """
    if word and word[0] not in _NOT_PLAIN_STRINGS:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if word[0] == ".":
        return _finite(word.replace("_", ""), word) if _DOT_FLOAT.fullmatch(word) else word
    if word[0] in "+-0123456789":
        return _number(word)
    return word


def text_of(value: Scalar) -> str:
    """A scalar as Kubernetes writes it where a text is wanted: a map's key, a field's value.

    >>> [text_of(value) for value in (True, 80, 0.5, None, "x")]
    ['true', '80', '0.5', '', 'x']
    """
    match value:
        case None:
            return ""
        case True:
            return "true"
        case False:
            return "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def nulls_as_empty(entries: Any) -> Any:
    """A map of labels, annotations or labels to select: a null in it is "" to Kubernetes.

    What is no map stays what it is. Source: Go decodes null into a string as the empty one;
    kubernetes/kubernetes issue 129176.

    >>> nulls_as_empty({"app": None, "tier": "web", "on": True})
    {'app': '', 'tier': 'web', 'on': True}
    """
    if not isinstance(entries, dict) or None not in entries.values():
        return entries
    return {key: "" if value is None else value for key, value in entries.items()}


def _number(word: str) -> Scalar:
    """The number that a word which starts with a digit or a sign stands for, or the word."""
    plain = word.replace("_", "")
    integer = _INTEGER.fullmatch(plain)
    if integer is not None and len(plain) <= _LONGEST_INTEGER:
        value = _integer_value(integer)
        # Go holds an int64, or where no sign is written a uint64.
        if _MIN_INT64 <= value <= (_MAX_INT64 if integer[1] else _MAX_UINT64):
            return value
    return _finite(plain, word) if _FLOAT.fullmatch(plain) else word


def _integer_value(match: re.Match[str]) -> int:
    sign, hexadecimal, binary, octal, decimal = match.groups()
    if hexadecimal is not None:
        return int(sign + hexadecimal, 16)
    if binary is not None:
        return int(sign + binary, 2)
    if octal is not None:
        return int(sign + octal, 8)
    return int(sign + decimal)


def _finite(digits: str, word: str) -> Scalar:
    """The float; a number too large for one stays a string, as in Go."""
    value = float(digits)
    return word if math.isinf(value) else value

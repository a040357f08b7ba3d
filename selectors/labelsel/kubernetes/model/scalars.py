"""Reads unquoted words of YAML as Kubernetes does: as null, a boolean, a number or a string.

kubectl and the API server read YAML with sigs.k8s.io/yaml, which decodes with go-yaml v2 into
``interface{}`` (goyaml.v2/resolve.go). Its rules differ from YAML 1.1, which PyYAML follows, and
from YAML 1.2:

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

from labelsel.limits import MAX_INT64, MAX_INTEGER_LENGTH, MAX_UINT64, MIN_INT64

__all__ = ["Scalar", "nulls_as_empty", "resolve", "text_of", "unescape_text"]

_ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|U000[0-9A-Fa-f]{5})")

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

#: The first characters of words that may be no strings. Nearly all words begin with another
#: character, so one look-up decides: 0.17 µs instead of 0.28 µs for "web" (python -m timeit).
_NOT_PLAIN_STRINGS: Final = frozenset("+-.0123456789yYnNtTfFoO~")

# Not \d: it matches the digits of every script, and int() reads them.
_INTEGER: Final = re.compile(
    r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
#: A word that starts with a dot goes to Go's ParseFloat, which allows `_` only between two digits.
_DOT_FLOAT: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")


def resolve(word: str) -> Scalar:
    """Return the value that Kubernetes' tools read for an unquoted word without a tag.

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
    """Return the text of a scalar where Kubernetes needs text: as a key of a map, as a field.

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
    """Return a map of labels or annotations with "" for each null, as Kubernetes reads it.

    A value that is not a map is returned as it is. Source: Go decodes null into an empty string;
    kubernetes/kubernetes issue 129176.

    >>> nulls_as_empty({"app": None, "tier": "web", "on": True})
    {'app': '', 'tier': 'web', 'on': True}
    """
    if not isinstance(entries, dict) or None not in entries.values():
        return entries
    return {key: "" if value is None else value for key, value in entries.items()}


def _number(word: str) -> Scalar:
    """Return the number of a word that starts with a digit or a sign; the word if it has none."""
    plain = word.replace("_", "")
    integer = _INTEGER.fullmatch(plain)
    if integer is not None and len(plain) <= MAX_INTEGER_LENGTH:
        value = _integer_value(integer)
        # Go reads an int64, or a uint64 if the word has no sign.
        if MIN_INT64 <= value <= (MAX_INT64 if integer[1] else MAX_UINT64):
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
    """Return the float of digits; a number too large for a float stays a string, as in Go."""
    value = float(digits)
    return word if math.isinf(value) else value


def unescape_text(text: str) -> str:
    r"""Return a text in which the escapes of YAML and JSON for a character are that character.

    To search a text for a word that nobody has parsed.

    >>> unescape_text(r'"\u0061pp": "we\x62"')
    '"app": "web"'
    """
    return _ESCAPE.sub(lambda found: chr(int(found[0][2:], 16)), text)  # noqa: FURB166  # no 0x

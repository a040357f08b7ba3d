"""Writes values as Go's ``encoding/json`` and ``fmt`` do, which kubectl prints with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from labelsel.limits import MAX_INT64, MIN_INT64

__all__ = ["as_go_number", "go_json", "go_sprint"]

#: encoding/json writes numbers from here on, and below the other, with an exponent.
_LARGE, _SMALL = 1e21, 1e-6
#: fmt writes floats of so many digits before the point with an exponent.
_DIGITS: Final = 6
#: encoding/json escapes these, so that JSON can stand in HTML and in JavaScript.
_UNSAFE: Final = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


def as_go_number(value: float) -> int | float:
    """Return a number with the type that it has in kubectl: an int64 where it can be one.

    kubectl makes JSON of YAML before it reads it, so that 1.0 is 1.

    >>> as_go_number(1.0), as_go_number(0.5), as_go_number(2**63)
    (1, 0.5, 9.223372036854776e+18)
    """
    whole = value if isinstance(value, int) else int(value) if value.is_integer() else None
    return whole if whole is not None and MIN_INT64 <= whole <= MAX_INT64 else float(value)


def go_json(value: Any) -> str:
    r"""Return the JSON text of a value on one line, as ``json.Marshal`` writes it.

    Keys are sorted, and ``<``, ``>`` and ``&`` are escaped.

    >>> go_json({"b": [1.0, None], "a": "<x>"})
    '{"a":"\\u003cx\\u003e","b":[1,null]}'
    """
    match value:
        case dict():
            pairs = (f"{go_json(str(key))}:{go_json(value[key])}" for key in sorted(value))
            return f"{{{','.join(pairs)}}}"
        case list():
            return f"[{','.join(map(go_json, value))}]"
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return _json_number(as_go_number(value))
        case _:
            return json.dumps(value, ensure_ascii=False).translate(_UNSAFE)


def _json_number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if _SMALL <= abs(value) < _LARGE:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    mantissa, exponent = f"{Decimal(repr(value)).normalize():e}".split("e")
    return f"{mantissa}e{exponent}"


def _sprint_number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    number = Decimal(repr(value)).normalize()
    if -4 <= number.adjusted() < _DIGITS:
        return format(number, "f")
    mantissa, exponent = f"{number:e}".split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:]:0>2}"


def go_sprint(value: Any) -> str:
    """Return the text of a value as ``fmt.Sprint`` writes it; columns have it.

    >>> go_sprint({"b": [1.5, None], "a": True})
    'map[a:true b:[1.5 <nil>]]'
    """
    match value:
        case None:
            return "<nil>"
        case bool():
            return json.dumps(value)
        case dict():
            return f"map[{' '.join(f'{key}:{go_sprint(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(map(go_sprint, value))}]"
        case int() | float():
            return _sprint_number(as_go_number(value))
        case _:
            return str(value)

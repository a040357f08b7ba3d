"""Numbers on the command line of a benchmark or a long test: none may try nothing."""

from __future__ import annotations

from argparse import ArgumentTypeError

__all__ = ["positive_float", "positive_int", "positive_ints"]


def positive_int(text: str) -> int:
    """Return a whole number, 1 or more, for ``type`` of argparse.

    >>> positive_int("1000")
    1000
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        message = f"must be a whole number, 1 or more, not {text!r}"
        raise ArgumentTypeError(message)
    return number


def positive_ints(text: str) -> list[int]:
    """Return whole numbers, 1 or more each, from a text that lists them by commas.

    >>> positive_ints("300,3000")
    [300, 3000]
    """
    return [positive_int(each) for each in text.split(",")]


def positive_float(text: str) -> float:
    """Return a number that is more than 0.

    >>> positive_float("0.5")
    0.5
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        message = f"must be a number, more than 0, not {text!r}"
        raise ArgumentTypeError(message)
    return number

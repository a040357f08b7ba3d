"""Numbers on the command line of a benchmark or a long test: with 0 they would try nothing."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

__all__ = ["positive_float", "positive_int", "positive_ints"]

N = TypeVar("N", int, float)


def positive_int(text: str) -> int:
    """Return a whole number, 1 or more, for ``type`` of argparse.

    >>> positive_int("1000")
    1000
    """
    return _positive(int, text, "a whole number, 1 or more")


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
    return _positive(float, text, "a number, more than 0")


def _positive(read: Callable[[str], N], text: str, what: str) -> N:
    try:
        number = read(text)
    except ValueError:
        number = read("0")
    if not number > 0:
        message = f"must be {what}, not {text!r}"
        raise ArgumentTypeError(message)
    return number

"""The command line of a benchmark or a long test: its help, and its numbers.

With 0 a test would try nothing, so a number is 1 or more.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from typing import TypeVar

__all__ = ["documented_parser", "positive_float", "positive_int", "positive_ints"]

N = TypeVar("N", int, float)


def documented_parser(name: str, text: str | None) -> ArgumentParser:
    r"""Return the parser of a program whose help is its docstring, in the lines that this has.

    Arguments:
        name: the module, as ``python -m`` takes it.
        text: its docstring. Its backticks are left out, because a terminal shows them as they are.

    >>> print(documented_parser("demo", "What ``x`` is.\n\n1. One.\n2. Two.").description)
    What x is.
    <BLANKLINE>
    1. One.
    2. Two.
    """
    return ArgumentParser(
        prog=f"python -m {name}",
        description=(text or "").replace("`", "").strip(),
        formatter_class=RawDescriptionHelpFormatter,
    )


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

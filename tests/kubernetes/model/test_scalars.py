"""Unquoted words of YAML: the type that Kubernetes' tools give each."""

import math

import pytest

from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of

NUMBERS: dict[str, Scalar] = {
    "0": 0,
    "-0": 0,
    "80": 80,
    "+685_230": 685230,
    "1_": 1,
    "02472256": 685230,
    "0o17": 15,
    "-0o17": -15,
    "0x_0A_74_AE": 685230,
    "0XaF": 175,
    "0b1010_0111_0100_1010_1110": 685230,
    "-0b101010": -42,
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
    "18446744073709551615": 2**64 - 1,
    "0xFFFFFFFFFFFFFFFF": 2**64 - 1,
    "0b" + "1" * 64: 2**64 - 1,
    # What no integer of Go holds is a float, where it can be written as one.
    "18446744073709551616": 2.0**64,
    "+18446744073709551615": 2.0**64,
    "-9223372036854775809": -(2.0**63),
    "08": 8.0,
    "1.0": 1.0,
    "1.": 1.0,
    "685.230_15e+03": 685230.15,
    "123456E1": 1234560.0,
    ".5": 0.5,
    ".5_0": 0.5,
    "-.5": -0.5,
    ".1e1": 1.0,
}
STRINGS = (
    *("web", "50cent", "-b_c", "+b_c", "-", "+", "+_", ".", "...", "._5", ".5_", "_1", "a1"),
    *("1:30", "190:20:30", "2020-01-01", "2001-12-14 21:59:43", "1.2.3", "0.10.6", "1e", "e1"),
    *("0x", "0o", "0o8", "0b2", "0xFFFFFFFFFFFFFFFFFF", "+0xFFFFFFFFFFFFFFFF", "1e400", "-1e400"),
    *("nope", "none", "tRue", "yEs", "oN", "nUll", "inf", "nan", "-.nan", "true ", "=", "<<"),
    # Digits of other scripts, which int() and float() would take.
    *("\uff11", "\u0663", "+\uff11", ".\uff11", "1\uff11"),
    "9" * 5000,
    "0x" + "f" * 5000,
)


@pytest.mark.parametrize("word", NUMBERS)
def test_numbers(word: str) -> None:
    """Every way Go writes a number is one, of the same type and value."""
    value = resolve(word)
    assert value == NUMBERS[word]
    assert type(value) is type(NUMBERS[word])


@pytest.mark.parametrize("word", STRINGS, ids=lambda word: word[:20])
def test_strings(word: str) -> None:
    """What only looks like a number, a date or a boolean stays the string that it is."""
    assert resolve(word) == word


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("y Y yes Yes YES true True TRUE on On ON", True),
        ("n N no No NO false False FALSE off Off OFF", False),
        ("~ null Null NULL", None),
        (".inf .Inf .INF +.inf +.Inf +.INF", math.inf),
        ("-.inf -.Inf -.INF", -math.inf),
    ],
)
def test_words_with_a_meaning(words: str, value: Scalar) -> None:
    """The words of YAML 1.1 count, as in kubectl: ``debug: on`` is a boolean."""
    assert {resolve(word) for word in words.split()} == {value}


def test_nothing_is_null() -> None:
    """A key with nothing behind it has the value null."""
    assert resolve("") is None


@pytest.mark.parametrize("word", [".nan", ".NaN", ".NAN"])
def test_not_a_number(word: str) -> None:
    """NaN is a float that equals nothing."""
    value = resolve(word)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((None, ""), (True, "true"), (False, "false"), (80, "80"), (1.0, "1"), (-2.0, "-2")),
        *((0.5, "0.5"), (1e300, "1e+300"), ("on", "on")),
    ],
)
def test_text_of(value: Scalar, text: str) -> None:
    """Scalars read in selectors as JSON says them, and null as nothing."""
    assert text_of(value) == text

"""The fuzzer finds nothing in the languages as they are, and what is planted in a broken one."""

import dataclasses
import math
from collections.abc import Callable
from itertools import islice

import pytest

from benchmarks import fuzz as fuzzer
from benchmarks.fuzz import LANGUAGES, MAX_LENGTH, Language, Outcome, fuzz, mutated_texts
from labelsel import (
    And,
    Exists,
    Selector,
    SelectorSyntaxError,
    parse,
    parse_expression,
    to_expression,
)


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let texts take their time: how fast a machine is, is no question for a test."""
    monkeypatch.setattr(fuzzer, "MAX_SECONDS", math.inf)


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_faults(name: str) -> None:
    """Some thousand mutated texts of each language are read or refused, and mean what they say."""
    outcome = fuzz(name, 2_500, seed=7)
    assert outcome.faults == []
    assert outcome.texts == 2_500
    assert 200 < outcome.parsed < 2_400  # neither side is left out


@pytest.mark.parametrize("name", LANGUAGES)
def test_texts(name: str) -> None:
    """The same seed gives the same texts, another other ones; none is over 1 KiB."""
    language = LANGUAGES[name]

    def some(seed: int) -> list[str]:
        return list(islice(mutated_texts(language, seed, list(language.seeds)), 300))

    assert some(1) == some(1)
    assert some(1) != some(2)
    assert len(set(some(1))) > 200
    assert max(len(text.encode("utf-8", "surrogatepass")) for text in some(1)) <= MAX_LENGTH


def key_error(text: str) -> Selector:
    """A parser that trips over a parenthesis."""
    if "(" in text:
        raise KeyError(text)
    return parse_expression(text)


def recursion(text: str) -> Selector:
    """A parser that recurses once for each sign of negation."""
    if text.startswith("!"):
        return recursion(text[1:])
    return parse_expression(text)


def silent(text: str) -> Selector:
    """A parser that refuses without a word."""

    class SilentError(SelectorSyntaxError):
        def __str__(self) -> str:
            return ""

    raise SilentError(text, 0)


def repeating(text: str) -> Selector:
    """A parser whose message repeats the text as it is."""

    class RawError(SelectorSyntaxError):
        def __str__(self) -> str:
            return f"found {self.text}"

    try:
        return parse_expression(text)
    except SelectorSyntaxError as error:
        raise RawError(text, error.position) from None


def forgetful(text: str) -> Selector:
    """A parser that forgets all but the first term of what stands in parentheses."""
    selector = parse_expression(text)
    return selector.terms[0] if isinstance(selector, And) and text.startswith("(") else selector


def wrong(_selector: Selector) -> str:
    """A canonical text that means something else."""
    return to_expression(Exists("elsewhere"))


def speechless(selector: Selector) -> str:
    """A canonical text that cannot be made."""
    raise NotImplementedError(selector)


def planted(
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[str], Selector] = parse_expression,
    say: Callable[[Selector], str] = to_expression,
) -> Outcome:
    """Fuzz the language of expressions with another parser or another canonical text."""
    broken: Language = dataclasses.replace(LANGUAGES["expression"], parse=read, say=say)
    monkeypatch.setitem(LANGUAGES, "expression", broken)
    return fuzz("expression", 1_500, seed=3)


@pytest.mark.parametrize(
    ("read", "fault"),
    [(key_error, "KeyError: "), (recursion, ""), (silent, "an empty message: "),
     (repeating, "raw text: "), (forgetful, "reads back as ")],
)  # fmt: skip
def test_a_broken_parser_is_found(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Selector], fault: str
) -> None:
    """A foreign error, an empty message, and a text that loses its meaning are told."""
    if read is recursion:
        monkeypatch.setattr(fuzzer, "MAX_LENGTH", 100_000)
        language = LANGUAGES["expression"]
        longer = dataclasses.replace(language, parse=read, pieces=("!" * 5_000,))
        monkeypatch.setitem(LANGUAGES, "expression", longer)
        outcome = fuzz("expression", 60, seed=3)
        fault = "RecursionError: "
    else:
        outcome = planted(monkeypatch, read)
    assert any(found.startswith(fault) for found in outcome.faults)


def test_a_wrong_canonical_text_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed and reads back as something else is told with both."""
    faults = planted(monkeypatch, say=wrong).faults
    assert faults
    assert all(found.startswith("reads back as elsewhere: ") for found in faults)


def test_a_text_that_cannot_be_said_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A foreign error while printing is told, too."""
    faults = planted(monkeypatch, say=speechless).faults
    assert faults
    assert all(found.startswith("NotImplementedError when it is said: ") for found in faults)


def test_a_slow_text_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text over the time allowed is told, with how long it took."""
    monkeypatch.setattr(fuzzer, "MAX_SECONDS", -1.0)
    outcome = fuzz("kubernetes", 5, seed=1)
    assert len(outcome.faults) == 5
    assert all(" ms: " in found for found in outcome.faults)
    assert repr(outcome.slowest_text) in "".join(outcome.faults) or outcome.slowest == 0


def test_outcomes_are_added() -> None:
    """What several processes found is put together, and the slowest text is the slowest of all."""
    one = Outcome(texts=2, parsed=1, slowest=0.1, slowest_text="a", faults=["x"])
    one.add(Outcome(texts=3, parsed=2, slowest=0.2, slowest_text="b", faults=["y"]))
    one.add(Outcome(texts=1, slowest=0.1, slowest_text="c"))
    assert one == Outcome(texts=6, parsed=3, slowest=0.2, slowest_text="b", faults=["x", "y"])


def test_what_is_refused_is_not_said_again() -> None:
    """What has no text, or none that is read, is no fault: str() of it is for people."""
    language = LANGUAGES["kubernetes"]
    outcome = Outcome()
    fuzzer._check_again(language, "", Exists("a b"), outcome)
    both_quotes = parse("a=x") & Exists("\"'")
    fuzzer._check_again(LANGUAGES["expression"], "", both_quotes, outcome)
    assert outcome.faults == []

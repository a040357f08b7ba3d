"""Whatever text comes in, an expression or matchers go out, or one of our own errors, whole."""

import pickle
import re
from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.fuzz import LANGUAGES, mutated_texts
from labelsel import (
    LabelIndex,
    Selector,
    SelectorError,
    SelectorLimitError,
    SelectorSyntaxError,
    TranslationError,
    clear_cache,
    compile_predicate,
    is_satisfiable,
    parse_expression,
    parse_matchers,
    simplify,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from tests.expression_strategies import EXPRESSION_TEXTS, MATCHER_TEXTS
from tests.strategies import WILD, near_misses

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.text("ab'\"=!&|(){}, \t\\`~#.*", max_size=30),
    st.lists(WILD, max_size=4).map(" && ".join),
    EXPRESSION_TEXTS,
    MATCHER_TEXTS,
    near_misses(EXPRESSION_TEXTS),
    near_misses(MATCHER_TEXTS),
)
SAYINGS: tuple[Callable[[Selector], object], ...] = (
    to_expression, to_kubernetes, to_label_selector, to_node_selector,
)  # fmt: skip
PARSERS = pytest.mark.parametrize("read", [parse_expression, parse_matchers])


def check_error(error: SelectorSyntaxError, text: str) -> None:
    """Fail where an error is not whole: its place, its lines, its words, its pickle."""
    assert error.text == text
    assert 0 <= error.position <= len(text)
    message = str(error)
    message.encode("utf-8")
    first, shown, caret, *more = message.split("\n")
    assert first == f"not a valid selector: {error.problem}"
    assert len(shown) <= 2 + 1 + 60 + 30 + 1
    assert re.fullmatch(r" {2,}\^", caret)
    assert len(more) == bool(error.expected) + bool(error.hint)
    assert not any(re.search(r"[A-Z]{2}|_|\$", word) for word in error.expected)
    assert str(pickle.loads(pickle.dumps(error))) == message  # noqa: S301  # our own bytes


def check(read: Callable[[str], Selector], text: str) -> bool:
    """Fail where a text gives anything but a whole error, or a selector that can be used."""
    try:
        selector = read(text)
    except SelectorSyntaxError as error:
        check_error(error, text)
        return False
    except SelectorLimitError as error:
        assert "deep" in str(error)  # noqa: PT017  # any other outcome is one, too
        return False
    assert isinstance(f"{selector}{selector!r}", str)
    assert compile_predicate(selector)({}) is selector.matches(None)
    assert LabelIndex({1: {"a": "5"}}).explain(selector).actual in {0, 1}
    for say in SAYINGS:
        try:
            say(selector)
        except TranslationError as error:
            str(error).encode("utf-8", "surrogatepass")
    assert is_satisfiable(simplify(selector)).truth in {True, False, None}
    return True


@PARSERS
@given(TEXTS)
@example("\ud800")
@example("a == '\udfff\U0010ffff'")
@example("{a=~`\ud800`}")
@example("{a=~'\\ud800+'}")
@example('{"\0"=~"[\0]"}')
@example("(" * 201 + "\ud800")
@example("\r\n,\r\n")
@example("{a=~`(?P<n>x)`}")
@example("{a=~`(?i:x){1000}`}")
@example("!" * 99 + "\0")
@example("has(\u0660) || x == '\u0660'")
def test_texts(read: Callable[[str], Selector], text: str) -> None:
    """Any text is a selector, or an error of ours with a place."""
    check(read, text)


@pytest.mark.parametrize("name", ["expression", "prometheus"])
@given(st.integers(0, 2**32))
def test_mutated_texts(name: str, seed: int) -> None:
    """Texts that begin legal and are cut, doubled and swapped, as the fuzzer makes them."""
    language = LANGUAGES[name]
    clear_cache()
    for text in islice(mutated_texts(language, seed, list(language.seeds)), 20):
        check(language.parse, text)


@PARSERS
def test_the_check_sees_both_outcomes(read: Callable[[str], Selector]) -> None:
    """Legal texts pass the check and broken ones do; neither is taken for the other."""
    legal = "a == 'x'" if read is parse_expression else "{a='x'}"
    assert check(read, legal)
    assert not check(read, legal[:-1])


@PARSERS
def test_a_foreign_error_is_found(read: Callable[[str], Selector]) -> None:
    """The check can fail: an error that is none of ours, or one that is not whole."""

    def broken(text: str) -> Selector:
        raise KeyError(text)

    def misplaced(text: str) -> Selector:
        raise SelectorSyntaxError(text, len(text) + 1)

    for parser in (broken, misplaced):
        with pytest.raises((KeyError, AssertionError)):
            check(parser, "a")
    with pytest.raises(SelectorError):
        read("\0")

"""Fuzz targets: a text of each language is read as the rules say, or refused in our own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from benchmarks.fuzz import fault_of
from labelsel import (
    Selector,
    clear_cache,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    to_expression,
)
from labelsel.errors import SelectorError, SelectorLimitError, SelectorSyntaxError
from tests.fuzzing.second_languages import Meaning, calico_meaning, prometheus_meaning
from tests.languages.test_plain_text import read_both
from tests.properties.test_no_foreign_exception import check_error
from tests.properties.test_nothing_is_skipped import (
    fields_expected,
    fields_read,
    labels_expected,
    read,
)

__all__ = ["calico", "field", "kubernetes", "prometheus", "text_of"]

#: More label sets than so many show no more of a text.
_MOST_SETS: Final = 40
#: What our parsers refuse and the second readers do not know: limits, and what RE2 says.
_OURS_ALONE: Final = re.compile(r"may nest|not a regular expression")


def text_of(data: bytes) -> str:
    """Return a text of any bytes; a byte that is no UTF-8 becomes a lone surrogate."""
    return data.decode("utf-8", "surrogateescape")


def kubernetes(data: bytes) -> None:
    """Three readers agree about a text of ``kubectl -l``: ours without Lark, Lark, the second."""
    text = text_of(data)
    selector = _selector(parse, text)
    said = None if selector is None else read(lambda _: selector, text)
    assert said == labels_expected(text)
    plain, lark = read_both(text)
    assert plain == lark
    if selector is not None:
        assert parse(str(selector)) == selector
        assert str(parse(str(selector))) == str(selector)


def field(data: bytes) -> None:
    """A field selector says what the second reader finds in it, and its canonical text, too."""
    text = text_of(data)
    selector = _selector(parse_fields, text)
    expected = fields_expected(text)
    assert (selector is None) == (expected is None)
    if selector is not None:
        assert fields_read(text) == fields_read(str(selector)) == expected


def calico(data: bytes) -> None:
    """An expression selects what the second reader says, and its canonical text the same."""
    text = text_of(data)
    selector, meaning = _both(parse_expression, calico_meaning, text)
    if selector is None or meaning is None:
        return
    _compare(selector, meaning, text)
    try:
        canonical = to_expression(selector)
    except SelectorError as error:
        assert fault_of(str(error)) is None
        return
    again = parse_expression(canonical)
    assert to_expression(again) == canonical
    _compare(again, meaning, text)


def prometheus(data: bytes) -> None:
    """Matchers select what the second reader says, which runs each regular expression on RE2."""
    # RE2 has no lone surrogates, and a list of words that has one needs no RE2.
    text = data.decode("utf-8", "replace")
    selector, meaning = _both(parse_matchers, prometheus_meaning, text)
    if selector is not None and meaning is not None:
        _compare(selector, meaning, text)


def _selector(reader: Callable[[str], Selector], text: str) -> Selector | None:
    """Return what a text is read as; None if it is refused, with a message that is checked."""
    clear_cache()
    try:
        selector = reader(text)
    except SelectorSyntaxError as error:
        check_error(error, text)
        assert fault_of(str(error)) is None, fault_of(str(error))
        return None
    except SelectorLimitError as error:
        assert fault_of(str(error)) is None, fault_of(str(error))
        raise
    assert isinstance(str(selector), str)
    return selector


def _both(
    reader: Callable[[str], Selector], second: Callable[[str], Meaning | None], text: str
) -> tuple[Selector | None, Meaning | None]:
    """Return what both readers make of a text: both refuse it, or none."""
    try:
        selector = _selector(reader, text)
    except SelectorLimitError:
        return None, None
    try:
        meaning = second(text)
    except RecursionError:  # the second reader recurses as deep as a text nests
        assert selector is None, f"too deep for the second reader only: {selector!r}"
        return None, None
    if (selector is None) != (meaning is None):
        assert selector is None, f"read as {selector!r}, which the second reader refuses"
        try:
            reader(text)
        except SelectorSyntaxError as error:
            assert _OURS_ALONE.search(error.problem), f"only refused by us: {error}"
    return selector, meaning


def _compare(selector: Selector, meaning: Meaning, text: str) -> None:
    for labels in _label_sets(selector, text):
        assert selector.matches(labels) is meaning(labels), f"{labels}: {selector!r}"


def _label_sets(selector: Selector, text: str) -> Iterator[Mapping[str, str]]:
    """Yield label sets whose keys and values are parts of a text, and what it was read as."""
    words = re.findall(r"[^\s\"'`{}(),|&=!~]+", text)[:8]
    # The keys of the selector alone would never show that a part of the text was forgotten.
    keys = sorted({*selector.keys(), *words})
    values = [*dict.fromkeys(["", "a", *words, *(word[1:] for word in words)])]
    yield {}
    yield dict.fromkeys(keys, "")
    yield dict(pairwise(words))  # in most texts the word behind a key is its value
    for number in range(min(_MOST_SETS, 3 * len(values))):
        # Different strides for different keys: each value meets several others.
        places = (number * (1 + place) + place for place, _ in enumerate(keys))
        labels = {key: values[place % len(values)] for key, place in zip(keys, places, strict=True)}
        if number % 3 == 2:  # some sets lack every other key
            labels = {key: labels[key] for key in keys[(number // 3) % 2 :: 2]}
        yield labels

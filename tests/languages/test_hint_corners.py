"""Corners of hints that the tables of texts do not reach."""

import pytest

from labelsel import SelectorSyntaxError, parse
from labelsel.errors import require_each
from labelsel.languages import kubernetes_mistakes
from labelsel.languages.grammar import GRAMMARS
from labelsel.languages.hints import labels_in_map


def test_corners() -> None:
    assert require_each(int, [True]) == [True]
    assert labels_in_map("{matchLabels: {a: b") is None
    assert kubernetes_mistakes._TABLE.repair("app=${X}", 4) is None
    with pytest.raises(SelectorSyntaxError, match=r"a in \(b,c,d\)"):
        parse("a in (b,c) || a=d")


def test_an_expression_that_nests_too_deep_is_at_fault() -> None:
    text = "has(a)"
    for number in range(101):
        text = f"(has(x{number}) {'||' if number % 2 else '&&'} {text})"
    assert GRAMMARS["expression"].find_fault(text) == 0

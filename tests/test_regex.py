"""What RE2 has against an expression, in one line."""

from typing import Any, NoReturn

import pytest

from labelsel.regex import compile_regex

re2 = pytest.importorskip("re2")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "missing ): '(a'"),
        ("a**", "bad repetition operator: '**'"),
        ("[é", "missing ]: '[é'"),
        ("a\\", "trailing \\"),  # names no part
        (r"\pL{1000}" * 4, "pattern too large - compile failed"),
    ],
)
def test_reasons(pattern: str, reason: str) -> None:
    """The part that RE2 names stands in quotes; where it names none, there are no quotes."""
    with pytest.raises(ValueError, match="not a regular expression") as caught:
        compile_regex(pattern)
    assert str(caught.value) == f"not a regular expression: {reason}"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "refused"),
        (("missing ): (a",), "missing ): '(a'"),
        ((b"missing ]: [\xc3",), "missing ]: '[\ufffd'"),
    ],
)
def test_other_forms_of_a_reason(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[Any, ...], reason: str
) -> None:
    """RE2 promises no form: no reason, a text, or bytes that end within a character."""

    def refuse(*_: object) -> NoReturn:
        raise re2.error(*arguments)

    monkeypatch.setattr(re2, "compile", refuse)
    with pytest.raises(ValueError, match="not a regular expression") as caught:
        compile_regex(f"a{len(arguments)}{reason}")
    assert str(caught.value) == f"not a regular expression: {reason}"


def test_a_dot_is_a_line_break_too() -> None:
    """As in Prometheus; and the whole text must match."""
    matches = compile_regex("a.b")
    assert [matches(text) is not None for text in ("a\nb", "a\nbb", "ab")] == [True, False, False]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """RE2 would write what it refuses to the standard error, from C++."""
    with pytest.raises(ValueError, match="missing"):
        compile_regex("(nothing is printed")
    assert capfd.readouterr() == ("", "")

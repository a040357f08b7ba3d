"""The last line of a syntax error: how to correct a common mistake."""

import pytest

from labelsel import SelectorSyntaxError, parse, parse_fields
from labelsel.languages.hints import _MISTAKES, hint_for

# A text for each common mistake, and a word of its hint.
HINTS = [
    ("a=b||c=d", "cannot say 'or'"), ("a || b", "cannot say 'or'"),
    ("a=b or c=d", "cannot say 'or'"), ("a OR b", "cannot say 'or'"),
    ("a=b&&c=d", "joined by one comma"), ("a=b AND c", "joined by one comma"),
    ("a and b", "joined by one comma"),
    ("x in [a]", "round brackets"), ("x in {a,b}", "round brackets"),
    ("x notin[a]", "round brackets"),
    ("x='a'", "without quotes"), ('"x"=a', "without quotes"), ("x=\u201ca\u201d", "without quotes"),
    ("x=web*", "no wildcards"), ("x?", "no wildcards"),
    ("a:b", "given with '='"), ("x=1,a:b", "given with '='"), ("x in (a),b:c", "given with '='"),
    ("x In (a)", "lower case: in, notin"), ("x NOTIN (a)", "lower case: in, notin"),
    ("x not in (a)", "'notin' is one word"), ("x Not  In (a)", "'notin' is one word"),
    ("x exists", "write the key alone"), ("x Exists", "write the key alone"),
    ("x DoesNotExist", "write: !key"), ("x not", "write: !key"),
    ("x gt 5", "is written '>'"), ("x Gte 5", "is written '>'"), ("x lt 5", "is written '<'"),
    ("x>=1", "'>=' and '<=' do not exist"), ("x<=1", "'>=' and '<=' do not exist"),
    ("x=>1", "'>=' and '<=' do not exist"), ("x=<1", "'>=' and '<=' do not exist"),
    ("x= =a", "without a gap"), ("! =a", "without a gap"), ("x===a", "'==' is the longest"),
    ("!!x", "one '!' is enough"), ("! !x", "one '!' is enough"),
    ("!x=a", "write: key!=value"), ("! x = a", "write: key!=value"), ("!x!=a", None),
    ("!x in (a)", "write: key notin (a,b)"), ("!x notin (a)", "write: key notin (a,b)"),
    ("x,", "remove the comma at the end"), ("x, ", "remove the comma at the end"),
    ("x,,y", "remove one of the two commas"), ("x, ,y", "remove one of the two commas"),
    (",x", "remove the comma at the beginning"), (" ,", "remove the comma at the beginning"),
    ("x in a", "put the values in parentheses"), ("x notin ", "put the values in parentheses"),
    ("x in (a", "never closed"), ("x in (a,", "never closed"), ("x notin (", "never closed"),
    ("(x=a)", "parentheses stand only around"), ("x=(a)", "parentheses stand only around"),
    ("x y", "joined by a comma"), ("x=a y=b", "joined by a comma"),
    ("x in (a) y", "joined by a comma"),
    # A wrong hint is worse than none: these are not the mistakes they look like.
    ("x=a in (b)", "joined by a comma"), ("x in (a) in (b)", "joined by a comma"),
    ("image=nginx:1.2", None), ("x in (a,b:c)", None), ("x=a;b", None), ("x>", None),
    ("x=\0", None), ("x nothing", "joined by a comma"),
]  # fmt: skip


def fault(text: str) -> SelectorSyntaxError:
    """Return the error that a text gives."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_hints(text: str, hint: str | None) -> None:
    """A common mistake has a hint, and what is no such mistake has none."""
    found = fault(text).hint
    assert found is None if hint is None else hint in str(found)


def test_every_hint_is_reached() -> None:
    """No hint is hidden behind another: each is the first to fit one of the texts above."""
    reached = set()
    for text, _ in HINTS:
        position = fault(text).position
        for number, mistake in enumerate(_MISTAKES):
            if mistake.after.match(text[position:]) and mistake.before.search(text[:position]):
                reached.add(number)
                assert hint_for(text, position) == mistake.hint
                break
    assert reached == set(range(len(_MISTAKES)))


def test_field_selectors_get_no_hints_of_label_selectors() -> None:
    """What mends a label selector would not mend these."""
    for text in ("a in (b)", "!a", "a,", "a:b"):
        with pytest.raises(SelectorSyntaxError) as caught:
            parse_fields(text)
        assert caught.value.hint is None

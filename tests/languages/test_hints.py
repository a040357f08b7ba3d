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
    ("x= =a", "without a gap"), ("! =a", "without a gap"), ("x===a", "use '=' or '=='"),
    ("!!x", "one '!' is enough"), ("! !x", "one '!' is enough"),
    ("!x=a", "write: key!=value"), ("! x = a", "write: key!=value"), ("!x!=a", None),
    ("!x in (a)", "write: key notin (a,b)"), ("!x notin (a)", "write: key notin (a,b)"),
    ("x,", "remove the comma at the end"), ("x, ", "remove the comma at the end"),
    ("x,,y", "remove one of the two commas"), ("x, ,y", "remove one of the two commas"),
    (",x", "remove the comma at the beginning"), (" ,", "remove the comma at the beginning"),
    ("x in a", "put the values in parentheses"), ("x notin ", "put the values in parentheses"),
    ("x in (a", "never closed"), ("x in (a,", "never closed"), ("x notin (", "never closed"),
    ("(x=a)", "parentheses are only for"), ("x=(a)", "parentheses are only for"),
    ("x y", "joined by a comma"), ("x=a y=b", "joined by a comma"),
    ("x in (a) y", "joined by a comma"),
    ("not app", "write: !app"), ("x,NOT app,y", "write: !app"), ("x in (a), not b", "write: !b"),
    ("not app=web", "write: app!=web"), ("not app == web, x", "write: app!=web"),
    ("not app in (a)", "write: app notin (a,b)"),
    ("app is web", "write: app=web"), ("x, app IS web", "write: app=web"),
    ("x in (a,b),app equals web", "write: app=web"), ("app eq web,x", "write: app=web"),
    ("app is not web", "objects without the key meet, too, write: app!=web"),
    ("app ne web", "write: app!=web"),
    ("app like web", "the operators are =, ==, !=, in"), ("app contains w", "the operators are"),
    ("app starts with web", "the operators are"), ("app matches w.*", "the operators are"),
    ("app is null", "the operators are"), ("app is not", "the operators are"),
    ("app is", "the operators are"), ("app is in (a)", "the operators are"),
    ("app is web or db", "the operators are"), ("app is w*", "the operators are"),
    ("app=~w.*", "the operators are"), ("app!~w.*", "the operators are"),
    ("app={{ .app }}", "placeholder"), ("app=${APP}", "placeholder"), ("app=<app>", "placeholder"),
    ("app=$APP", "placeholder"), ("app=$(APP)", "placeholder"), ("app=%APP%", "placeholder"),
    ("app=web-<region>", "placeholder"), ("app=web-{{ x }}", "placeholder"),
    ("app in (a,${B})", "placeholder"), ("{{ .key }}=web", "placeholder"),
    ("app=[[ app ]]", "placeholder"), ("app=@app@", "placeholder"), ("app=__APP__", "placeholder"),
    ('{app="web"}', "labelsel.parse_matchers"), ('up{job=~"a|b"}', "labelsel.parse_matchers"),
    ("{app=web}", "without brackets"), ('{"app": "web"}', "without brackets"), ("{}", "brackets"),
    ("matchLabels: {app: web}", "from_label_selector, or with labelsel translate"),
    ("matchLabels: {app: web}", "it is written app=web"),
    ("matchLabels:\n  app: web\n  tier: db\n", "it is written app=web,tier=db"),
    ("selector:\n  matchLabels:\n    app: web", "it is written key=value, with commas"),
    ('{"matchLabels":{"app":"web"}}', "it is written key=value, with commas"),
    ("matchLabels: {app: web, app: db}", "it is written key=value, with commas"),
    ("matchLabels: {app: null}", "it is written key=value, with commas"),
    ("matchLabels: {app: web}\nmatchExpressions: []", "it is written key=value, with commas"),
    ("matchExpressions: []", "from_label_selector"),
    # A wrong hint is worse than none: these are not the mistakes they look like.
    ("x=a in (b)", "joined by a comma"), ("x in (a) in (b)", "joined by a comma"),
    ("image=nginx:1.2", None), ("x in (a,b:c)", None), ("x=a;b", None), ("x>", None),
    ("not ap*", "write: !key"), ("not a or b", "write: !key"),
    ("x in (a,not b)", "joined by a comma"),
    ("x in (a,b is c)", "joined by a comma"), ("app=a is web", "joined by a comma"),
    ("__name__=web", None), ("x=a~b", None), ("x=a matchLabels:", "joined by a comma"),
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
            hint = mistake.hint_at(text[:position], text[position:])
            if hint is not None and hint == hint_for(text, position):
                reached.add(number)
                break
    assert reached == set(range(len(_MISTAKES)))


@pytest.mark.parametrize(
    "text",
    [
        f"{'k' * 317}{' ' * 390}is web",  # the key is cut off in the middle
        f"x in ({'a,' * 300}k is c)",
        f"x in ({'a,' * 190}b,k is d)",
        f"not {'k' * 60}={' ' * 337}web",
    ],
)
def test_no_hint_offers_half_a_word(text: str) -> None:
    """Hints look at a piece of a text: what is cut off in it is not taken for the whole."""
    hint = fault(text).hint
    assert hint is None or "write: k" not in hint


def test_hints_deep_in_a_text() -> None:
    """In a long text a requirement is found by the comma before it."""
    assert fault(f"{'a=b,' * 300}app is web").hint == "to ask for one value, write: app=web"


#: Texts whose hints say what to write instead.
OFFERED = [text for text, hint in HINTS if hint and "write: " in hint and "(a,b)" not in hint]


@pytest.mark.parametrize("text", OFFERED)
def test_what_a_hint_offers_is_a_selector(text: str) -> None:
    """It can be read, and it is not what was typed."""
    offered = str(fault(text).hint).rpartition("write: ")[2]
    assert offered != text
    assert str(parse(offered)) == offered


def test_field_selectors_get_no_hints_of_label_selectors() -> None:
    """What mends a label selector would not mend these."""
    for text in ("a in (b)", "!a", "a,", "a:b"):
        with pytest.raises(SelectorSyntaxError) as caught:
            parse_fields(text)
        assert caught.value.hint is None

"""The last line of a syntax error: how to correct a common mistake."""

import json
import pickle
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import (
    Selector,
    SelectorSyntaxError,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
)
from labelsel.languages import calico_mistakes, field_mistakes, kubernetes_mistakes
from labelsel.languages import prometheus_mistakes as matcher_mistakes
from labelsel.languages.grammar import GRAMMARS
from labelsel.languages.hints import Hint, Mistakes, labels_in_map, lookalike
from labelsel.selector import Everything
from tests.expression_strategies import expression_texts
from tests.strategies import FIELD_TEXTS, LEGAL_TEXTS

Parse = Callable[[str], Selector]


class Case(NamedTuple):
    """A text, the offset of its fault, its hint, and the hints for other places if they differ."""

    text: str
    position: int
    hint: str | None
    command: str | None = None
    for_translate: str | None = None
    manifest: str | None = None


def read_cases(language: str) -> list[Case]:
    """Return what people type in a language; ``report`` in the file names a public bug report."""
    lines = Path(__file__).with_name("hints.jsonl").read_text(encoding="utf-8").splitlines()
    cases = (json.loads(line) for line in lines)
    return [Case(*map(case.get, Case._fields)) for case in cases if case["language"] == language]


KUBERNETES, CALICO, PROMETHEUS, FIELDS = map(
    read_cases, ("kubernetes", "calico", "prometheus", "fields")
)
LANGUAGES: list[tuple[Parse, str, list[Case], Mistakes]] = [
    (parse, "kubernetes", KUBERNETES, kubernetes_mistakes._TABLE),
    (parse_expression, "expression", CALICO, calico_mistakes._TABLE),
    (parse_matchers, "prometheus", PROMETHEUS, matcher_mistakes._TABLE),
    (parse_fields, "fields", FIELDS, field_mistakes._TABLE),
]
CASES = [(read, case) for read, _, cases, _ in LANGUAGES for case in cases]


def fault(read: Parse, text: str) -> SelectorSyntaxError:
    """Return the error that a text gives."""
    with pytest.raises(SelectorSyntaxError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(("read", "case"), CASES)
def test_hints(read: Parse, case: Case) -> None:
    """What people type is refused, the caret is under the fault, and the hint is the right one."""
    error = fault(read, case.text)
    assert (error.position, error.hint) == (case.position, case.hint)
    command = case.command or case.hint
    expected = (command, case.for_translate or command, case.manifest or case.hint)
    assert other_places(error.hint) == (expected if case.hint else (None, None, None))


def other_places(hint: str | None) -> tuple[str | None, ...]:
    """Return a hint as it is said beside flags, by translate, and of a manifest."""
    return tuple(getattr(hint, place, None) for place in ("command", "for_translate", "manifest"))


@pytest.mark.parametrize(("read", "case"), CASES)
def test_only_who_calls_a_function_reads_of_functions(read: Parse, case: Case) -> None:
    """A command knows flags alone, and a manifest neither: its language is fixed."""
    command, translate, manifest = map(str, other_places(fault(read, case.text).hint))
    for text in (command, translate, manifest):
        assert not re.search(r"labelsel\.|parse_", text)
    assert not re.search(r"--from|--to|(?:^|\W)-[le]\b(?! is an option)", manifest)
    assert not re.search(r"with labelsel translate|use -l", translate)
    if "'or'" in command and read is not parse_fields:
        assert re.search(r"\W-e\b", command)


@pytest.mark.parametrize(("read", "case"), CASES)
def test_what_a_hint_offers_is_a_selector(read: Parse, case: Case) -> None:
    """It can be read, it is not what was typed, and it does not select everything."""
    check_offers(read, case.text, fault(read, case.text).hint)


#: A blank text selects everything, too; these say so.
ALL = {"{}", "all()", "global()"}


def check_offers(read: Parse, text: str, hint: str | None) -> None:
    """Fail where a hint offers to write what is not a selector."""
    for each in (hint, *other_places(hint)) if hint else ():
        offered = re.search(r" write: (?!-l '|')(.*)\Z", str(each), re.DOTALL)
        if offered:
            assert offered[1] != text
            assert not isinstance(read(offered[1]), Everything) or offered[1] in ALL
        for expression in re.findall(r"""(?:-e|--from calico) (['"].+)\Z""", str(each)):
            parse_expression(*shlex.split(expression))
        for labels in re.findall(r"""use -l (['"].+)\Z""", str(each), re.DOTALL):
            parse(*shlex.split(labels))
        for both in re.finditer(r"write: (?:-l )?'(.+)'; or: (?:-e|--from calico) '", str(each)):
            assert parse(both[1]).is_equivalent(parse_expression(str(each)[both.end() : -1]))
        for python in re.findall(r"labelsel\.parse_expression\((['\"])(.+)\1\)", str(each)):
            parse_expression(python[1].replace("\\'", "'"))


@pytest.mark.parametrize(("read", "grammar", "cases", "table"), LANGUAGES)
def test_every_mistake_is_reached(
    read: Parse, grammar: str, cases: list[Case], table: Mistakes
) -> None:
    """No mistake is hidden behind another: each is the first to fit one of the texts."""
    reached = set()
    for case in cases:
        text, position = case.text, fault(read, case.text).position
        for _ in range(9):
            found = table.find(text, position)
            if found is None:
                break
            reached.add(found.mistake)
            corrected = found.corrected(text)
            at = None if corrected is None else GRAMMARS[grammar].find_fault(corrected)
            if corrected is None or at is None:
                break
            text, position = corrected, at
    missing = [(each.before, each.after) for each in table.mistakes if each not in reached]
    assert not missing


#: What people put into a selector of another language, or by mistake.
SCRAPS = [
    " and ", " or ", "||", "&&", "|", "&", ";", "'", '"', "(", ")", "[", "]", "{", "}", "!", "=",
    "=~", "<>", ">=", "not ", " in ", " is ", "*", ":", ",", " ", "has(", "all()", "$X",
    "\u00a0", "\u201c", "\uff1d", '{a!~".*"}',
]  # fmt: skip
#: What people write between two selectors.
JOINS = [" || ", " or ", "|", " && ", " and ", "; ", " ", "\n"]
TEXTS: dict[Parse, SearchStrategy[str]] = {
    parse: LEGAL_TEXTS,
    parse_fields: FIELD_TEXTS,
    parse_expression: expression_texts().map(lambda drawn: drawn[0]),
    parse_matchers: st.sampled_from([case.text for case in PROMETHEUS]),
}


@pytest.mark.parametrize("read", [parse, parse_fields, parse_expression, parse_matchers])
@given(data=st.data())
def test_hints_offer_only_what_can_be_read(read: Parse, data: st.DataObject) -> None:
    """Whatever is typed: it is read, or its hint offers nothing that is not a selector."""
    text = data.draw(TEXTS[read])
    if data.draw(st.booleans()):
        text += data.draw(st.sampled_from(JOINS)) + data.draw(st.one_of(*TEXTS.values()))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(SCRAPS)) + text[at:]
    try:
        read(text)
    except SelectorSyntaxError as error:
        check_offers(read, text, error.hint)


@given(text=LEGAL_TEXTS)
def test_a_legal_text_is_not_corrected(text: str) -> None:
    """There is no fault in it, and so no mistake and no hint."""
    assert GRAMMARS["kubernetes"].find_fault(text) is None
    assert kubernetes_mistakes._TABLE.repair(text) is None


CONTEXT = 400
OPERATORS = (
    "the operators are =, ==, !=, in, notin, > and <, and none compares parts of values or "
    "patterns: write out each value, as in key in (a,b)"
)
AT_LEAST = (
    "'>=' and '<=' do not exist; whole numbers are compared by '>' and '<', as in x>4 for x>=5"
)
PLACEHOLDER = (
    "this is a placeholder that another program replaces: substitute it, or render the template, "
    "before the selector is used"
)
ONE_VALUE = "to ask for one value, as in key=value"
JOINED = "requirements are joined by a comma, as in a=b,c=d"
NO_OR = (
    "a selector cannot say 'or'; for values of one key, as in key in (a,b); "
    "for several keys: labelsel.parse_expression(\"app == 'web' || tier == 'db'\")"
)
OR_OF_KEYS = (
    "a selector cannot say 'or'; in Calico's language: "
    "labelsel.parse_expression('has(a) || has(b)')"
)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"{'k' * 317}{' ' * 390}is web", None),  # the key is cut off in the middle
        (f"x in ({'a,' * 300}k is c)", JOINED),  # "k is c" stands among values
        (f"x in ({'a,' * 190}b,k is d)", JOINED),
        (f"x in{' ' * 395}(b,k is c)", JOINED),
        (f"not {'k' * 60}={' ' * 337}web", "to ask for a key that is absent, as in !key"),
        (f"a=b{' ' * 500}=c", None),  # a key stands before the operator
        (f"a=b,{' ' * 500}app is web", JOINED),  # the comma is too far to see
        (f"{' ' * CONTEXT}matchLabels: {{a: b}}", None),
        (f"(a|{' ' * CONTEXT}b)", "parentheses are only for the values of 'in' and 'notin'"),
        (f"{'a=b,' * 300}app is web", ONE_VALUE),  # the comma begins the requirement
        (f"x in (b),{'y,' * 300}k is c", ONE_VALUE),
        (f"{'y,' * 300}k is c,x in (b", ONE_VALUE),
        (f"{'y,' * 300}k is c" + ",x in (b)" * 60, ONE_VALUE),
        ("app is web".ljust(404), ONE_VALUE),  # the last character that is seen from the fault on
        ("app is web".ljust(405), OPERATORS),  # the value may be longer
        (f"app=<{'a' * 398}>", PLACEHOLDER),
        (f"app=<{'a' * 399}>", AT_LEAST),
    ],
)
def test_no_hint_takes_half_a_text_for_the_whole(text: str, hint: str | None) -> None:
    """Hints look at a piece of a long text, and correct nothing in it."""
    assert fault(parse, text).hint == hint


@pytest.mark.parametrize(
    ("read", "text", "hint", "beyond"),
    [
        (parse, "app is web", "to ask for one value, write: app=web", ONE_VALUE),
        (
            parse,
            "a=b or c=d",
            (
                "a selector cannot say 'or'; in Calico's language: "
                'labelsel.parse_expression(\'a == "b" || c == "d"\')'
            ),
            NO_OR,
        ),
        (
            parse,
            "a == 'b c'",
            "this is an expression of Calico's language: labelsel.parse_expression(\"a == 'b c'\")",
            "keys and values are written without quotes, as in key=value",
        ),
        (
            parse,
            '{a="b"}',
            "this is a selector of Prometheus; write: a=b",
            (
                "labels are written without brackets, with commas between them, "
                "as in key=value,key=value"
            ),
        ),
        (
            parse,
            "{a: b}",
            "labels are written without brackets, with commas between them; write: a=b",
            (
                "labels are written without brackets, with commas between them, "
                "as in key=value,key=value"
            ),
        ),
        (
            parse_expression,
            "a=b",
            'this is a selector of Kubernetes; write: a == "b"',
            "equality is written with two signs, as in key == 'value'",
        ),
        (
            parse,
            "app%3Dweb",
            "this is encoded for an address (%3D stands for =); write: app=web",
            None,
        ),
        (parse, "(a|b)", OR_OF_KEYS, NO_OR),
        (
            parse,
            '{a="b"} or {c!="b"}',
            (
                "a selector cannot say 'or'; in Calico's language: "
                'labelsel.parse_expression(\'a == "b" || c != "b"\')'
            ),
            NO_OR,
        ),
        (
            parse_expression,
            '{a!="b"}',
            'this is a selector of Prometheus; write: a != "b"',
            None,
        ),
        (
            parse_matchers,
            'sum({a="b"})',
            (
                "a selector has no functions, ranges, comparisons and operators around it; "
                'write: {a="b"}'
            ),
            "a selector has no functions, ranges, comparisons and operators around it",
        ),
        (parse_matchers, 'a="b"', 'matchers are written in curly brackets; write: {a="b"}', None),
        (
            parse_matchers,
            "!a",
            "this is a selector of Kubernetes: read it with labelsel.parse",
            None,
        ),
        (parse_fields, "a", "to ask for a field that is not empty, write: a!=", None),
    ],
)
def test_only_a_text_that_is_seen_whole_is_corrected(
    read: Parse, text: str, hint: str, beyond: str | None
) -> None:
    """One character more than hints look at, and none offers another text in place of it."""
    assert fault(read, text.ljust(CONTEXT)).hint == hint
    assert fault(read, text.ljust(CONTEXT + 1)).hint == beyond


def test_only_what_is_seen_whole_is_corrected_for_the_shell() -> None:
    """The command's hint for a variable, which repeats the text."""
    texts = ["app=$APP".ljust(length) for length in (CONTEXT, CONTEXT + 1)]
    hints = [other_places(fault(parse, text).hint) for text in texts]
    reason = "the shell replaces $APP only in double quotes"
    assert hints[0][:2] == (f'{reason}: -l "{texts[0]}"', f'{reason}: "{texts[0]}"')
    assert set(hints[1]) == {hints[0][2]}


def test_so_many_faults_are_corrected_for_one_hint() -> None:
    """Twenty, and of more no part."""
    reason = "requirements and values are separated by ',' and not by ';'"
    texts = [";".join(["a=b"] * count) for count in (21, 22)]
    assert fault(parse, texts[0]).hint == f"{reason}; write: {texts[0].replace(';', ',')}"
    assert fault(parse, texts[1]).hint == f"{reason}, as in a=b,c=d"


@pytest.mark.parametrize("text", ["app=<x>", "a=$X,b=c", "a;b=[[x]]", "a in $X && b"])
def test_no_placeholder_is_corrected(text: str) -> None:
    """What it will be is not known, whether it stands at the fault or around it."""
    assert calico_mistakes._TABLE.repair(text) is None
    assert calico_mistakes._TABLE.repair(re.sub(r"<x>|\$X|\[\[x]]", "x", text)) is not None


def test_selectors_far_into_a_query() -> None:
    """Neither a selector of Prometheus nor what joins two is looked for beyond the piece."""
    far = " " * CONTEXT
    around = "a selector has no functions, ranges, comparisons and operators around it"
    assert fault(parse_matchers, f'sum({far}{{a="b"}})').hint is None
    assert fault(parse_matchers, f'sum({{a="b"}}){far} or x').hint == around


def test_an_operator_far_before_the_fault_of_a_field_selector() -> None:
    """The error points to an operator of another language, unless it is too far to see."""
    for count, position in ((CONTEXT - 6, 2), (CONTEXT - 5, CONTEXT + 1)):
        text = f"a in ({'b' * count},c)"
        assert fault(parse_fields, text).position == position


def test_a_hint_is_a_string_that_can_be_pickled() -> None:
    """It is so in an error of another process, too."""
    error = fault(parse, "a=b or c=d")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own pickle
    assert isinstance(copy.hint, Hint)
    assert isinstance(error.hint, Hint)
    assert (copy.hint, *other_places(copy.hint)) == (error.hint, *other_places(error.hint))


@pytest.mark.parametrize(
    ("char", "meant"),
    [("\u2260", "!="), ("\u2264", "<="), ("\u3000", " "), ("\u200b", ""), ("\uff5e", "~"),
     ("\u2013", "-"), ("\u1680", " "), ("é", None), ("日", None), ("a", None), ("", None)],
)  # fmt: skip
def test_characters_that_look_like_others(char: str, meant: str | None) -> None:
    """Typography, full-width signs and invisible characters; letters of other scripts are not."""
    found = lookalike(f"a{char}b", 1) if char else lookalike("a", 1)
    assert (found and found[1]) == (meant and f"a{meant}b" if meant != "" else "ab")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"app": "web", "tier": "5"}', {"app": "web", "tier": "5"}),
        ("{'a': ''}", {"a": ""}),
        ("a: b\nc: d\n", {"a": "b", "c": "d"}),
        ("selector: {matchLabels: {app: web}}", {"app": "web"}),
        ("{app: null}", None), ("{app: 5}", None), ("{app: true}", None), ("{a: b, a: c}", None),
        ("{'a': {'b': 'c'}}", None), ("{matchLabels: {a: b}", None),
        ("{matchLabels: {a: b}x", None),
        ("{a: bx", None), ("xa: b}", None), ("{}", None), ("{a: 'x y'}", None),
        ("{" + "a: b, " * 99 + "c: d}", None),
    ],
)  # fmt: skip
def test_labels_in_a_map(text: str, labels: dict[str, str] | None) -> None:
    """Only a map that is wholly understood: YAML does not take null and 5 for strings."""
    assert labels_in_map(text) == labels

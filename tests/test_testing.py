"""labelsel.testing: what is drawn is what the name says, and shrinks to something simple."""

import importlib
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from labelsel import (
    Contains,
    DoesNotExist,
    Exists,
    FieldEquals,
    GreaterThan,
    In,
    Matches,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorError,
    SelectorLimitError,
    SelectorSyntaxError,
    parse,
    parse_expression,
    parse_matchers,
    testing,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.hypothesis_types import _TYPES, register
from labelsel.requirements import OPERATORS
from tests.expression_strategies import ALL_SELECTORS

#: Looks for an example and does not shrink it, which takes most of the time.
LOOK = settings(max_examples=5000, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def is_kind(kind: type[Selector], selector: Selector) -> bool:
    return type(selector) is kind


@given(testing.keys(), testing.values(), testing.label_sets())
def test_labels_are_legal(key: str, value: str, labels: dict[str, str]) -> None:
    """Keys, values and label sets are what the API server accepts."""
    assert validate_key(key) == validate_value(value) == validate_labels(labels) == []


@given(testing.requirements(), testing.conjunctions())
def test_kubernetes_reads_what_is_drawn(leaf: Requirement, selector: Selector) -> None:
    """By default a requirement, and a conjunction, has a text that means it."""
    assert parse(str(leaf)) == leaf
    assert parse(str(selector)) == selector


@given(testing.written_selectors(), testing.selector_texts())
def test_texts_mean_their_selector(written: tuple[str, Selector], text: str) -> None:
    """White space and repeated values do not change what a text means."""
    assert parse(written[0]) == written[1]
    parse(text)


@given(testing.near_misses())
def test_near_misses_are_refused(text: str) -> None:
    """Every near miss is a syntax error, and can be sent to another program."""
    assert "\0" not in text
    text.encode()
    with pytest.raises(SelectorSyntaxError):
        parse(text)


def test_near_misses_have_the_usual_mistakes() -> None:
    """The mistakes that hand-written matchers accept are among them."""
    drawn: list[str] = []

    @given(testing.near_misses())
    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    def draw(text: str) -> None:
        drawn.append(text)

    draw()
    mistakes = ("^,|,,|,$", r"^[^)]*\(|^[^(]*\)", r"[^\w\s.,=!<>()/-]")
    assert [part for part in mistakes if not any(re.search(part, text) for text in drawn)] == []


@given(st.data(), ALL_SELECTORS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_matching_and_not_matching(data: DataObject, selector: Selector) -> None:
    """Each drawn label set is on the side that it was drawn for; where there is none, an error."""
    for strategy, expected in ((testing.matching, True), (testing.not_matching, False)):
        try:
            drawn = strategy(selector)
        except SelectorError as error:
            possible = (selector if expected else ~selector).is_satisfiable().truth
            assert possible is False, error  # noqa: PT017  # there may be no error
        else:
            assert selector.matches(data.draw(drawn)) is expected


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        (parse("cores>3,cores<6"), {"cores": "5"}),
        (parse("app!=web"), {"app": "b"}),
        (parse("app!=web"), {}),
        (parse_matchers('{zone=~"eu-.+"}'), {"zone": "eu-b"}),
        (parse_matchers(r"{app=~`\pL`}"), {"app": "b"}),
        (parse_expression("zone starts with 'eu-'"), {"zone": "eu-1"}),
        (parse_expression("a == 'x' || b == 'y'"), {"b": "y"}),
        (parse_expression("a == 'x' || b == 'y'"), {"a": "x", "b": "y"}),
        (parse_expression("!(a == 'x') && b contains '5'"), {"b": "5"}),
        (parse("app=web"), {"app": "web", "a": ""}),
    ],
    ids=str,
)
def test_matches_of_many_shapes(selector: Selector, labels: dict[str, str]) -> None:
    """Not only the simplest witness is drawn: other values, other terms, other labels."""
    keys = selector.keys() | labels.keys()

    def is_wanted(drawn: dict[str, str]) -> bool:
        same = {key: value for key, value in drawn.items() if key in keys}
        if "zone" in labels:
            return len(drawn["zone"]) > 4 and drawn["zone"].startswith("eu-")
        return same == labels

    assert is_wanted(find(testing.matching(selector), is_wanted, settings=LOOK))


def test_a_miss_is_near() -> None:
    """Of five labels that all must be there, a miss may lack a single one."""
    selector = parse("a=1,b=2,c=3,d=4,e=5")
    wanted = {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}

    def agreeing(labels: dict[str, str]) -> int:
        return sum(labels.get(key) == value for key, value in wanted.items())

    assert (
        agreeing(
            find(testing.not_matching(selector), lambda labels: agreeing(labels) > 2, settings=LOOK)
        )
        > 2
    )
    assert (
        agreeing(
            find(
                testing.not_matching(selector), lambda labels: agreeing(labels) == 4, settings=LOOK
            )
        )
        == 4
    )


@pytest.mark.usefixtures("without_explanations")
def test_shrinking() -> None:
    """What is left is what is needed."""
    assert find(testing.matching("app=web,!debug"), lambda _: True) == {"app": "web"}
    assert find(testing.matching("app=web"), lambda labels: len(labels) > 1) == {
        "app": "web",
        "a": "",
    }
    assert find(testing.not_matching("app=web"), lambda _: True) == {}


@pytest.mark.parametrize(
    ("strategy", "selector", "message"),
    [
        (testing.matching, "app,!app", "no label set matches the selector 'app,!app'"),
        (testing.matching, Nothing(), "no label set matches the selector '(nothing)'"),
        (testing.not_matching, "", "every label set matches the selector ''"),
        (testing.not_matching, Or((Exists("a"), DoesNotExist("a"))), "every label set matches"),
    ],
)
def test_no_such_label_set(strategy: object, selector: Selector | str, message: str) -> None:
    """A selector without a match, or without a miss, is an error when the strategy is made."""
    assert callable(strategy)
    with pytest.raises(SelectorError) as caught:
        strategy(selector)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("strategy", [testing.matching, testing.not_matching])
def test_what_is_no_selector(strategy: Callable[[str], object]) -> None:
    """A wrong text is told with a caret, a wrong type with what was expected."""
    with pytest.raises(SelectorSyntaxError, match=r"\^"):
        strategy("app web")
    with pytest.raises(TypeError, match=r"int 3"):
        strategy(3)  # type: ignore[arg-type]  # the wrong type is the test


def test_only_misses() -> None:
    """A selector that nothing matches has misses all the same."""
    assert find(testing.not_matching(Nothing()), lambda labels: labels != {}) == {"a": ""}


class Even(Requirement):
    """An operator from outside, of which reasoning knows nothing."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is not None and len(value) % 2 == 0 and len(value) > 20

    def __str__(self) -> str:
        return f"even({self.key})"


def test_what_cannot_be_decided() -> None:
    """No guess where reasoning has no answer."""
    with pytest.raises(SelectorLimitError, match="cannot be decided whether no label set matches"):
        testing.matching(Even("a"))


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"\Qa.b\E", "a.b"),
        (r"\Qa+b", "a+b"),
        (r"\\Qa\Q\\E", "\\Qa\\"),
        ("(?<x>a)b", "ab"),
        ("(?P<x>a)b", "ab"),
        ("[[:upper:]]{2}[[:digit:]]", "AA0"),
        ("[^[:upper:]]{2}x", "00x"),
        ("[a&&b]{3}", "aaa"),
        ("[a||b]{3}x", "aaax"),
        ("[a~~b]{3}", "aaa"),
        ("[+--]{3}x", "+++x"),
        ("[]a]{3}", "aaa"),
        (r"[\]a]{3}", "aaa"),
        ("[[a]{3}x", "[[[x"),
        (r"\[\[a&&\.", "[[a&&."),
        ("x.y", "x\ny"),
    ],
)
def test_the_syntax_of_re2(pattern: str, value: str) -> None:
    """What Python writes in another way is drawn all the same; warnings are errors here."""
    leaf = Matches("k", pattern)
    assert leaf.matches({"k": value})
    assert find(testing._values_of_pattern(pattern), lambda drawn: drawn == value, settings=LOOK)
    assert leaf.matches(find(testing.matching(leaf), lambda _: True, settings=LOOK))


@pytest.mark.parametrize("wrong", [[], [Requirement], [Even], [dict]], ids=repr)
def test_wrong_kinds(wrong: list[type[Requirement]]) -> None:
    """Kinds are classes of labelsel, and at least one."""
    with pytest.raises(ValueError, match="kinds must be classes of requirements of labelsel"):
        testing.requirements(kinds=wrong)


@pytest.mark.parametrize("kind", _TYPES)
@given(st.data())
@settings(max_examples=10)
def test_every_type_has_a_strategy(kind: type[Selector], data: DataObject) -> None:
    """``from_type`` of each class draws objects of the class, through the entry point."""
    assert isinstance(data.draw(st.from_type(kind)), kind)


def test_from_type_draws_what_is_registered() -> None:
    """`In` of a type alone may have no values; ours has one at least."""
    register()
    assert find(st.from_type(In), lambda _: True) == In("a", [""])
    leaves = {
        type(find(st.from_type(Requirement), partial(is_kind, k), settings=LOOK))
        for k in (Contains, FieldEquals, GreaterThan, Matches)
    }
    assert leaves == {Contains, FieldEquals, GreaterThan, Matches}


def test_the_types_are_all() -> None:
    """A class that is added is registered, too."""
    assert {row.requirement for row in OPERATORS} < set(_TYPES)
    assert set(testing.ALL_KINDS) == {row.requirement for row in OPERATORS}


def test_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, as that of each engine does."""
    monkeypatch.delitem(sys.modules, "labelsel.testing")
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[testing\]'$"):
        importlib.import_module("labelsel.testing")


def test_hypothesis_finds_the_types_by_itself() -> None:
    """A program that imports nothing but the types draws ours, and loads the strategies late."""
    code = """if True:
        import sys, hypothesis
        loaded = "labelsel.testing" in sys.modules
        from hypothesis import find, strategies as st
        from labelsel import In
        print(loaded, repr(find(st.from_type(In), lambda leaf: True)))
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False In(key='a', values=[''])\n"

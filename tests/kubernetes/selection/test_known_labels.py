"""Labels of which some are not known: what selectors say is true of all that they may be."""

from itertools import product

import pytest
from hypothesis import given

from labelsel import And, Everything, Not, Nothing, Or, Selector, parse
from labelsel.kubernetes.read.clients import read_object
from labelsel.kubernetes.selection.known_labels import KnownLabels, NamespaceLabels, Truth
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from tests.kubernetes.selection.reach_inputs import namespace
from tests.strategies import SELECTORS, label_sets

KNOWN = KnownLabels({"a": "x"}, may_have=lambda key: key in {"b", "c"})


@pytest.mark.parametrize(
    ("selector", "truth"),
    [
        (parse("a=x"), True),
        (parse("a=y"), False),
        (parse("b"), None),
        (parse("!b"), None),
        (parse("d"), False),
        (parse("!d"), True),
        (parse("a=x,b"), None),
        (parse("a=y,b"), False),
        (Everything(), True),
        (Nothing(), False),
        (Or((parse("a=x"), parse("b"))), True),
        (Or((parse("a=y"), parse("b"))), None),
        (Or((parse("a=y"), parse("d"))), False),
        (Not(Or((parse("b"), parse("d")))), None),
        (Not(parse("a=x")), False),
        (And(()), True),
    ],
)
def test_truth(selector: Selector, truth: Truth) -> None:
    """Yes and no only where what is not known makes no difference."""
    assert KNOWN.truth(selector) is truth


@given(SELECTORS, label_sets())
def test_truth_holds_of_all_that_the_labels_may_be(
    selector: Selector, sets: list[dict[str, str]]
) -> None:
    """A known truth does not depend on the labels that are not known."""
    keys = sorted(selector.keys())
    for labels in sets[:5]:
        hidden = set(keys[::2])
        known = {key: value for key, value in labels.items() if key not in hidden}
        truth = KnownLabels(known, may_have=hidden.__contains__).truth(selector)
        choices = [None, "1", "x", *labels.values()]
        for values in list(product(choices[:5], repeat=len(hidden)))[:200]:
            more = {key: value for key, value in zip(sorted(hidden), values, strict=True) if value}
            assert truth in {None, selector.matches(known | more)}
        assert KnownLabels(labels).truth(selector) is selector.matches(labels)


def test_what_is_not_known_and_what_is_missing() -> None:
    """The keys that nobody knows are named; they are not among what is missing."""
    assert KNOWN.unknown_keys(parse("b,a=x,c=1,d")) == ["b", "c"]
    assert KNOWN.describe_lack(parse("b,a=y,d")) == "a=x, no d"


def test_namespaces() -> None:
    """An object has all labels of its namespace; of others the name is known."""
    known = NamespaceLabels(
        map(read_object, [namespace("a", x="1"), namespace("b"), namespace("b", x="1")])
    )
    by_name = parse("kubernetes.io/metadata.name in (a,b)")
    answers = [[known.truth(parse(text), name) for text in ("x", "y")] for name in "abc"]
    assert answers == [[True, False], [None, False], [None, None]]
    assert [known.truth(by_name, name) for name in "abc"] == [True, True, False]


def test_a_namespace_of_another_version() -> None:
    """The API server refuses it, so its labels are not known."""
    body = namespace("shop", team="a")
    for version, truth in (("v1", True), ("v2", None), ("v1beta1", None)):
        item = read_object(body | {"apiVersion": version})
        assert NamespaceLabels([item]).truth(parse("team=a"), "shop") is truth
        assert bool(KnownNamespaces([item]).select(parse("team=a"))) is bool(truth)


@pytest.mark.parametrize(("count", "truth"), [(3, True), (40, None)])
def test_many_namespaces_of_any_name(count: int, truth: Truth) -> None:
    """A few are looked at for each namespace. Of more nothing is known, so that time is linear."""
    named = [read_object(namespace(f"n{number}", team="a")) for number in range(count)]
    shop = read_object(namespace("shop", team="a"))
    known = NamespaceLabels(
        [shop, *named], read_names=lambda item: ["shop"] if item.name == "shop" else None
    )
    assert known.truth(parse("team=a"), "shop") is truth
    assert len(known.of("shop")) < 12
    assert len(known.others("shop")) < 12

"""Why a selector holds or does not: the words, the data, and the nearest label."""

import json
import pickle

import pytest

from labelsel import And, Not, Nothing, Or, Selector, parse, parse_expression
from labelsel.explain import Reason, why

LABELS = {"app": "wbe", "debug": "", "teir": "front", "k8s.io/name": "x", "zone": "a"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The same key with another value.
        ("app=web", "no   app=web: has app=wbe"),
        ("app in (web,api)", "no   app in (api,web): has app=wbe"),
        ("app!=wbe", "no   app!=wbe: has app=wbe"),
        ("!debug", 'no   !debug: has debug=""'),
        ("app>4", "no   app>4: has app=wbe"),
        # A key that is nearly the one,
        ("tier=front", "no   tier=front: has no tier, but teir=front"),
        ("tier", "no   tier: has no tier, but teir=front"),
        ("tier=back", "no   tier=back: has no tier, but teir=front"),
        ("App=web", "no   App=web: has no App, but app=wbe"),
        ("name=x", "no   name=x: has no name, but k8s.io/name=x"),
        ("beta.k8s.io/zone=a", "no   beta.k8s.io/zone=a: has no beta.k8s.io/zone, but zone=a"),
        # or the value under another key.
        ("region=a", "no   region=a: has no region, but zone=a"),
        ("region in (a,b)", "no   region in (a,b): has no region, but zone=a"),
        # Nothing like it.
        ("region=c", "no   region=c: has no region"),
        ("region", "no   region: has no region"),
        ("empty=", "no   empty=: has no empty"),
        ("cores>4", "no   cores>4: has no cores"),
        # What holds.
        ("app=wbe", "yes  app=wbe: has app=wbe"),
        ("app!=web", "yes  app!=web: has app=wbe"),
        ("tier!=front", "yes  tier!=front: has no tier"),
        ("", "yes  everything"),
    ],
)
def test_one_requirement(text: str, expected: str) -> None:
    """A requirement has one line: whether it holds, what it is, what is there instead."""
    assert str(parse(text).why(LABELS)) == expected


def test_common_values_are_no_hint() -> None:
    """That another key is "true" as well says nothing."""
    assert str(parse("gpu=true").why({"spot": "true"})) == "no   gpu=true: has no gpu"


def test_of_near_keys_the_one_that_would_do_is_told() -> None:
    """Of two keys that are alike the one whose value is allowed was more likely meant."""
    labels = {"name2": "db", "x/name": "web", "other": "web"}
    assert parse("name=web").why(labels).reasons[0].nearest == ("x/name", "web")
    assert parse("name=api").why(labels).reasons[0].nearest == ("name2", "db")
    # A label with the key itself is what the object has instead.
    instead = {"x/name": "web", "name": "db"}
    assert parse("name=web").why(instead).reasons[0].nearest == ("name", "db")


@pytest.mark.parametrize(
    ("key", "other", "is_near"),
    [
        ("app", "app.kubernetes.io/name", True),
        ("app.kubernetes.io/name", "app", True),
        ("app", "app.kubernetes.io/component", False),
        ("component", "app.kubernetes.io/component", True),
        ("x.io/version", "y.io/version", True),
        ("x.io/version", "x.io/zone", False),
        ("name", "other.io/name", True),
    ],
)
def test_keys_that_name_the_same(key: str, other: str, is_near: bool) -> None:  # noqa: FBT001
    """A prefix counts for nothing, but app.kubernetes.io/name is the name of an app."""
    found = parse(f"{key}=x").why({other: "y"}).reasons[0].nearest
    assert found == ((other, "y") if is_near else None)


def test_a_conjunction() -> None:
    """The requirements of a conjunction stand side by side, in its order."""
    found = parse("app=web,!debug,zone in (a,b)").why(LABELS)
    assert str(found).splitlines() == [
        "no   app=web: has app=wbe",
        'no   !debug: has debug=""',
        "yes  zone in (a,b): has zone=a",
    ]
    assert [bool(reason) for reason in found.reasons] == [False, False, True]
    assert not found
    assert found.faults == found.reasons[:2]


def test_a_tree() -> None:
    """Other nodes have a heading, with their parts below it."""
    selector = parse_expression("app == 'web' || (zone == 'a' && !(has(debug) || has(x)))")
    assert str(selector.why(LABELS)).splitlines() == [
        "no   any of:",
        "no     app=web: has app=wbe",
        "no     all of:",
        "yes      zone=a: has zone=a",
        "no       not:",
        "yes        any of:",
        'yes          debug: has debug=""',
        "no           x: has no x",
    ]
    (fault,) = selector.why(LABELS).faults
    assert fault.operation == "not"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (Or((parse("a=1,b=1"), parse("app=web"))), ["app=web"]),
        (Or((parse("app=web"), parse("a=1,b=1"))), ["app=web"]),
        (Or((parse("a=1"), parse("b=1"))), ["b=1"]),
        (And((parse("a=1"), Or((parse("b=1,c=1"), parse("app=web"))))), ["a=1", "app=web"]),
        (Not(parse("app=wbe,zone=a")), ["!(app=wbe,zone=a)"]),
        (Nothing(), ["(nothing)"]),
        (Or(()), ["(nothing)"]),
        (And(()), []),
        (Or((parse("a=1"), parse("app"))), []),
    ],
)
def test_faults(selector: Selector, expected: list[str]) -> None:
    """What would have to change: all that fails of a conjunction, of an Or the nearest way."""
    assert [str(fault.selector) for fault in selector.why(LABELS).faults] == expected


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (Nothing(), "no   nothing"),
        (Or(()), "no   any of:"),
        (And(()), "yes  all of:"),
        (Not(Nothing()), "yes  not:\nno     nothing"),
    ],
)
def test_nodes_without_requirements(selector: Selector, text: str) -> None:
    """Nodes that require nothing have a line all the same."""
    assert str(selector.why(None)) == text
    assert selector.why(None).reasons == ()


def test_data() -> None:
    """The same as plain data: a tree of the selector's shape."""
    data = And((parse("tier=front"), Not(parse("app")))).why(LABELS).to_dict()
    assert json.loads(json.dumps(data)) == {
        "selector": "tier=front,!(app)",
        "truth": False,
        "operation": "all",
        "parts": [
            {
                "selector": "tier=front",
                "truth": False,
                "operation": "requirement",
                "key": "tier",
                "value": None,
                "nearest": {"key": "teir", "value": "front"},
            },
            {
                "selector": "!(app)",
                "truth": False,
                "operation": "not",
                "parts": [
                    {
                        "selector": "app",
                        "truth": True,
                        "operation": "requirement",
                        "key": "app",
                        "value": "wbe",
                        "nearest": None,
                    }
                ],
            },
        ],
    }


def test_values() -> None:
    """Reasons are values: they compare, hash and pickle."""
    found = parse("app=web,!debug").why(LABELS)
    assert found == why(parse("!debug,app=web"), LABELS)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
    assert len({found, parse("app=web,!debug").why(LABELS)}) == 1
    assert isinstance(found.reasons[0], Reason)


def test_no_selector() -> None:
    """What is no selector is named."""
    with pytest.raises(TypeError, match="expected a Selector, got int 5"):
        why(5, {})  # type: ignore[arg-type]

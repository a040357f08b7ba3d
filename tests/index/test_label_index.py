"""`LabelIndex`: a mapping that answers selectors."""

import copy
import json
from collections import UserDict, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any, Final, cast

import numpy as np
import pytest

from labelsel import (
    And,
    Contains,
    Equals,
    Exists,
    GreaterThan,
    In,
    LabelIndex,
    Not,
    NotEquals,
    Nothing,
    Or,
    Plan,
    Selector,
    SelectorSyntaxError,
    StartsWith,
    all_of,
    compile_predicate,
    parse,
)
from labelsel.index import label_index
from labelsel.index.postings import SMALL

PODS: dict[str, dict[str, str]] = {
    "web-1": {"app": "web", "tier": "front"},
    "db-1": {"app": "db", "tier": "back"},
    "web-2": {"app": "web", "tier": "front", "debug": ""},
    "bare": {},
}


@pytest.fixture
def pods() -> LabelIndex[str]:
    """An index of four pods."""
    return LabelIndex(PODS)


def test_it_is_a_mapping(pods: LabelIndex[str]) -> None:
    """Everything that a dict does for reading, in the order of a dict."""
    assert isinstance(pods, MutableMapping)
    assert (len(pods), list(pods)) == (4, list(PODS))
    assert (list(pods.items()), list(pods.values())) == (list(PODS.items()), list(PODS.values()))
    assert pods == PODS == dict(pods)
    assert pods == LabelIndex(PODS)
    assert pods != {**PODS, "bare": {"app": ""}}
    assert ("web-1" in pods, "web-9" in pods, None in pods) == (True, False, False)
    assert (pods.get("bare"), pods.get("web-9"), pods.get("web-9", {"a": "b"})) == (
        {}, None, {"a": "b"},
    )  # fmt: skip
    assert repr(pods) == "<LabelIndex of 4 label sets>"


def test_it_is_a_mutable_mapping(pods: LabelIndex[str]) -> None:
    """Everything that a dict does for writing."""
    model = dict(PODS)
    for mapping in (pods, model):
        mapping["web-1"] = {"app": "api"}
        del mapping["db-1"]
        mapping["db-1"] = {"app": "db"}
        assert mapping.pop("bare") == {}
        assert mapping.pop("bare", None) is None
        assert mapping.setdefault("web-1", {}) == {"app": "api"}
        assert mapping.setdefault("new", {"x": "y"}) == {"x": "y"}
        mapping.update({"web-2": {"app": "old"}, "z": {}}, extra={"x": "y"})
        mapping.update([("w", {"x": "1"}), ("w", {"x": "2"})])
        mapping.update(self={"s": ""}, items={"i": ""})
        mapping.update()
    assert list(pods.items()) == list(model.items())
    pods.check_invariants()
    popped = {}
    while pods:
        key, labels = pods.popitem()
        popped[key] = labels
    assert popped == model
    pods.check_invariants()


@pytest.mark.parametrize("key", ["web-9", None, 1.5])
def test_missing_keys(pods: LabelIndex[str], key: Any) -> None:
    """A key that is not there is a KeyError, and changes nothing."""
    with pytest.raises(KeyError):
        pods[key]
    with pytest.raises(KeyError):
        del pods[key]
    with pytest.raises(KeyError):
        pods.pop(key)
    assert pods == PODS


def test_an_empty_index() -> None:
    """An index without items answers all the same."""
    index: LabelIndex[str] = LabelIndex()
    for text in ("", "a", "!a", "a=1", "a!=1", "a in (1,2)", "a notin (1)", "a>1,b"):
        assert (list(index.select(text)), index.count(text)) == ([], 0)
    assert index.label_values("a") == {}
    assert index.explain("a").text(times=False) == "none: 0 rows (at most 0 expected)"
    assert (bool(index), dict(index), index.select("").rows().tolist()) == (False, {}, [])
    index.check_invariants()
    with pytest.raises(KeyError):
        index.popitem()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("app=web", ["web-1", "web-2"]),
        ("app=web,!debug", ["web-1"]),
        ("app!=web", ["db-1", "bare"]),
        ("app in (db,web)", ["web-1", "db-1", "web-2"]),
        ("app in (db,none)", ["db-1"]),
        ("app notin (db,none)", ["web-1", "web-2", "bare"]),
        ("!app", ["bare"]),
        ("", list(PODS)),
        ("app=none", []),
        ("app!=none", list(PODS)),
        ("none", []),
        ("!none", list(PODS)),
        ("none=web", []),
        ("none!=web", list(PODS)),
        ("app=web,none=x", []),
        ("app=web,tier=back", []),
        ("!app,!debug,!none", ["bare"]),
    ],
)
def test_select_and_count(pods: LabelIndex[str], text: str, keys: list[str]) -> None:
    """Keys in insertion order, from a text or a selector, also for unknown keys and values."""
    for selector in (text, parse(text)):
        assert list(pods.select(selector)) == keys
        assert pods.count(selector) == len(keys)


def test_order(pods: LabelIndex[str]) -> None:
    """A key that is replaced keeps its place; one that was removed comes back last."""
    pods["web-1"] = {"app": "web", "new": ""}
    assert list(pods.select("app=web")) == ["web-1", "web-2"]
    pods["web-1"] = pods.pop("web-1")
    assert list(pods.select("app=web")) == ["web-2", "web-1"]
    pods.update({"web-0": {"app": "web"}, "web-2": {"app": "web"}})
    assert list(pods.select("app=web")) == ["web-2", "web-1", "web-0"]
    assert list(pods) == ["db-1", "web-2", "bare", "web-1", "web-0"]


def test_labels_are_copied_in_and_out(pods: LabelIndex[str]) -> None:
    """What becomes of a label set outside does not change the index, nor the other way."""
    labels = {"app": "web"}
    pods["new"] = labels
    labels["app"] = "db"
    pods["new"]["app"] = "db"
    pods.update(more=labels)
    labels.clear()
    assert (pods["new"], pods["more"]) == ({"app": "web"}, {"app": "db"})
    assert pods.count("app=db") == 2


def test_none_is_no_labels() -> None:
    """Objects without labels have null there."""
    index: LabelIndex[int] = LabelIndex({1: None, 2: {"a": ""}})
    index[3] = None
    index.update({4: None})
    assert (list(index.select("!a")), index[1], index[3]) == ([1, 3, 4], {}, {})


@pytest.mark.parametrize(
    "labels",
    [UserDict({"a": "1"}), MappingProxyType({"a": "1"}), defaultdict(str, {"a": "1"})],
)
def test_any_mapping_of_labels(labels: Mapping[str, str]) -> None:
    """Labels come from any mapping, one by one and together."""
    index = LabelIndex({1: labels})
    index[2] = labels
    index.update({1: labels, 3: labels})
    assert list(index.select("a=1")) == [1, 2, 3]


@pytest.mark.parametrize(
    "bad",
    [{"a": 1}, {"a": None}, {1: "a"}, {None: "a"}, {"a": b"b"}, {"a": ["b"]}, "a=b", ["a"], 5,
     [("a", "b")], {"ok": "ok", "a": {}}],
)  # fmt: skip
def test_bad_labels_change_nothing(pods: LabelIndex[str], bad: Any) -> None:
    """Labels that are not strings are a TypeError, and then nothing is changed at all."""
    with pytest.raises(TypeError, match="labels must be "):
        pods["web-1"] = bad
    with pytest.raises(TypeError, match="labels must be "):
        pods.update({"new": {"a": "b"}, "web-1": {"x": "y"}, "web-2": bad, "last": {}})
    with pytest.raises(TypeError, match="labels must be "):
        LabelIndex({"a": bad})
    assert list(pods.items()) == list(PODS.items())
    assert pods.count("x=y") == 0
    pods.check_invariants()


@pytest.mark.parametrize("items", [5, None, [("a",)], [("a", {}, {})], ["a"], {1}, [([], {})]])
def test_bad_items_change_nothing(pods: LabelIndex[str], items: Any) -> None:
    """What `dict.update` would not take is not taken."""
    with pytest.raises((TypeError, ValueError)):
        pods.update(items)
    assert pods == PODS


def test_items_that_fail_halfway_change_nothing(pods: LabelIndex[str]) -> None:
    """All of an update happens or none of it, also where the items themselves break off."""

    def items() -> Iterator[tuple[str, dict[str, str]]]:
        yield "web-1", {"app": "x"}
        yield "new", {}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        pods.update(items())
    assert list(pods.items()) == list(PODS.items())
    pods.check_invariants()


def test_unhashable_keys(pods: LabelIndex[str]) -> None:
    """A key must be hashable, as in a dict; nothing is left behind where it is not."""
    unhashable: list[Any] = [[], {}, ["web-1"]]
    for key in unhashable:
        with pytest.raises(TypeError, match="unhashable"):
            pods[key] = {"a": "b"}
        with pytest.raises(TypeError, match="unhashable"):
            key in pods.select("")  # noqa: B015  # the look-up is the point
    assert pods == PODS
    pods.check_invariants()


def test_from_other_indexes(pods: LabelIndex[str]) -> None:
    """An index can be made from another, and updated with itself."""
    other = LabelIndex(pods)
    pods.update(pods)
    assert other == pods
    del other["bare"]
    assert "bare" in pods


def test_bad_selectors(pods: LabelIndex[str]) -> None:
    """A text that is no selector is an error, never an empty answer."""
    for ask in (pods.select, pods.count, pods.explain):
        with pytest.raises(SelectorSyntaxError):
            ask("app=web,")


def test_clear(pods: LabelIndex[str]) -> None:
    """A cleared index is as good as new; selections made before stay."""
    before = pods.select("app=web")
    pods.clear()
    assert (len(pods), pods.count(""), pods.label_values("app")) == (0, 0, {})
    assert list(before) == ["web-1", "web-2"]
    pods["web-2"] = {"app": "db"}
    assert list(pods.select("app")) == ["web-2"]
    assert list(before) == ["web-1", "web-2"]
    pods.check_invariants()


def test_label_values(pods: LabelIndex[str]) -> None:
    """Each value of a key with the number of its items, by value; nothing that is gone."""
    assert pods.label_values("app") == {"db": 1, "web": 2}
    assert pods.label_values("debug") == {"": 1}
    pods.update({f"b-{n}": {"app": "bulk"} for n in range(3 * SMALL)})
    del pods["db-1"], pods["b-0"]
    pods["web-2"] = {}
    assert list(pods.label_values("app").items()) == [("bulk", 3 * SMALL - 1), ("web", 1)]
    assert pods.label_values("debug") == pods.label_values("") == {}


@pytest.mark.parametrize(
    "size",
    [1, SMALL // 2, SMALL, SMALL + 1, pytest.param(5 * SMALL, marks=pytest.mark.slow)],
)
def test_growing_and_shrinking(size: int) -> None:
    """Sets of rows change from small to large and back without losing one."""
    index: LabelIndex[int] = LabelIndex()
    for number in range(size):
        index[number] = {"a": "1"}
    index.update({number: {"a": "1"} for number in range(size, 2 * size)})
    index.update({number: {"a": "1"} for number in range(2 * size, 4 * size)})
    index.check_invariants()
    for number in range(0, 4 * size, 2):
        index[number] = {"a": "2"}
    index.check_invariants()
    assert list(index.select("a=1")) == list(range(1, 4 * size, 2))
    for number in range(1, 4 * size, 2):
        del index[number]
        index.check_invariants()
    assert index.label_values("a") == {"2": 2 * size}


EXPLAINED = [
    ("app=web", "label app=web: 2 rows (at most 2 expected)"),
    ("app in (web,db)", "key app: 3 rows (at most 3 expected)"),
    ("", "all: 4 rows (at most 4 expected)"),
    ("none", "none: 0 rows (at most 0 expected)"),
    ("none>5,none<9", "none: 0 rows (at most 0 expected)"),
    ("app=web,none", "none: 0 rows (at most 0 expected)"),
    ("app=web,app=db", "none: 0 rows (at most 0 expected)"),
    ("app in (web,db),app notin (db,x)", "label app=web: 2 rows (at most 2 expected)"),
    ("!none", "all: 4 rows (at most 4 expected)"),
    ("app!=none", "all: 4 rows (at most 4 expected)"),
    ("app!=web,!none", """\
subtract: 2 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  not label app=web: 2 rows (at most 2 expected)"""),
    ("!debug", """\
subtract: 3 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  not key debug: 1 rows (at most 1 expected), 3 left"""),
    ("app,tier=front,!debug", """\
narrow: 1 rows (at most 2 expected)
  label tier=front: 2 rows (at most 2 expected)
  key app: 3 rows (at most 3 expected), 2 left
  not key debug: 1 rows (at most 1 expected)"""),
    ("app!=web,!debug", """\
subtract: 2 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  not union: 2 rows (at most 3 expected)
    label app=web: 2 rows (at most 2 expected)
    key debug: 1 rows (at most 1 expected)"""),
    ("app,app!=web", "label app=db: 1 rows (at most 1 expected)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plan"), EXPLAINED)
def test_explain(pods: LabelIndex[str], text: str, plan: str) -> None:
    """The plan tells each step and its rows: the cheapest first, negations subtracted."""
    explained = pods.explain(text)
    assert explained.text(times=False) == plan
    assert explained.actual == pods.count(text)
    assert explained.actual <= explained.estimated


#: Items n = 0..99 have id=n, third=n%3, size=n where that is even, and every=x.
PLANNED = [
    # More than half of the values: the key without the others, however they are said.
    ("third in (0,1)", "subtract", ["key third", "label third=2"]),
    ("third in (0,1,2,3)", "key third", []),
    ("third,third notin (0)", "subtract", ["key third", "label third=0"]),
    ("third,third notin (0,1)", "label third=2", []),
    ("third,third notin (0,1,2)", "none", []),
    ("third,third!=7", "key third", []),
    ("third,third!=0,id", "intersect", ["subtract", "key third", "label third=0", "key id"]),
    ("id in (1,2,3)", "labels id in (1,2,3)", []),
    ("id,id notin (1,2)", "subtract", ["key id", "labels id in (1,2)"]),
    ("id notin (1,2)", "subtract", ["all", "labels id in (1,2)"]),
    # Whole numbers are one range, whatever is said of them.
    ("id>5,id<9", "numbers id>5,id<9", []),
    ("id>5,id!=7", "subtract", ["numbers id>5,id!=7", "label id=7"]),
    ("id>5,id!=none", "numbers id>5,id!=none", []),
    ("id>5,id!=3", "numbers id>5,id!=3", []),
    ("every>5", "numbers every>5", []),
    # Nothing is said of other steps if one has no rows.
    ("id,every>5", "none", []),
    # The least first.
    ("every,third=1,id=4", "intersect", ["label id=4", "label third=1", "key every"]),
]


@pytest.fixture(scope="module")
def hundred() -> LabelIndex[int]:
    """An index of a hundred items, not to be changed."""
    return LabelIndex(
        {
            n: {"id": str(n), "third": str(n % 3), "every": "x"}
            | ({} if n % 2 else {"size": str(n), f"only-{n}": ""})
            for n in range(100)
        }
    )


def said(plan: Plan) -> list[str]:
    """Return what each step does and to what, as they stand in the text."""
    return [f"{step.operation} {step.detail}".strip() for _, step in plan.walk()]


@pytest.mark.parametrize(("text", "first", "others"), PLANNED)
def test_planned(hundred: LabelIndex[int], text: str, first: str, others: list[str]) -> None:
    """Of two ways to say a set the plan takes the one with fewer postings."""
    plan = hundred.explain(text)
    matches = parse(text).matches
    expected = [n for n in range(100) if matches(hundred[n])]
    assert (said(plan), list(hundred.select(text))) == ([first, *others], expected)
    assert plan.actual == hundred.count(text) == len(expected)


def nested() -> list[tuple[str, Selector, list[str]]]:
    """Return selectors with or, not, prefixes and regular expressions, and what is done."""
    size, third, every = Exists("size"), Equals("third", "1"), Exists("every")
    return [
        ("or", size | third, ["union", "key size", "label third=1"]),
        ("or three", Or((size, third, Equals("id", "1"))),
         ["union", "key size", "label third=1", "label id=1"]),
        ("or not", size | ~third, ["subtract", "all", "subtract", "label third=1", "key size"]),
        ("or only nots", Or((~size, ~third)),
         ["subtract", "all", "intersect", "label third=1", "key size"]),
        ("or one that is not there", Or((size, Exists("none"))), ["key size"]),
        ("or none that is there", Or((Exists("nil"), Exists("none"))), ["none"]),
        ("not", Not(And((size, third))),
         ["subtract", "all", "intersect", "label third=1", "key size"]),
        ("and or", And((every, Or((size, third)))),
         ["intersect", "union", "key size", "label third=1", "key every"]),
        ("prefix", StartsWith("id", "9"),
         ["labels id in (9,90,91,92,93,94,95,96,97,98,99)"]),
        ("one prefix", StartsWith("third", "1"), ["label third=1"]),
        ("no prefix", StartsWith("id", "x"), ["none"]),
        ("prefix with others", And((StartsWith("id", "9"), NotEquals("id", "9"))),
         ["labels id in (90,91,92,93,94,95,96,97,98,99)"]),
        ("contains", Contains("third", "1"), ["label third=1"]),
        ("nothing", Nothing(), ["none"]),
        ("nothing of all", And((size, Nothing())), ["none"]),
        ("labels among", And((In("id", ["1", "2", "3"]), every)),
         ["intersect", "labels id in (1,2,3)", "key every"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "steps"), [case[1:] for case in nested()], ids=[case[0] for case in nested()]
)
def test_planned_trees(hundred: LabelIndex[int], selector: Selector, steps: list[str]) -> None:
    """Or and not become unions and differences; values are asked only where they must be."""
    plan = hundred.explain(selector)
    expected = [n for n in range(100) if selector.matches(hundred[n])]
    assert (said(plan), list(hundred.select(selector))) == (steps, expected)
    assert plan.actual == hundred.count(selector) == len(expected)


def labels_of(count: int) -> Selector:
    """Return a selector of so many labels of one key, far from all."""
    return In("id", map(str, range(5, 5 + count)))


@pytest.mark.parametrize("count", [2, 8, 9, 30])
def test_labels_among_few_and_many(hundred: LabelIndex[int], count: int) -> None:
    """A few postings are gone through one by one, many are united; the answer is the same."""
    some = labels_of(count)
    for selector in (
        And((Exists("size"), some)),
        And((Exists("size"), Not(some))),
        And((In("id", ["5", "6"]), some, Exists("every"))),
        And((Equals("third", "1"), some)),
        And((Equals("third", "1"), Exists("size"), some)),
        And((Exists("every"), Equals("third", "1"), Not(some))),
        And((Exists("every"), Not(some), Not(Equals("third", "1")), Not(Exists("size")))),
    ):
        expected = [n for n in range(100) if selector.matches(hundred[n])]
        assert list(hundred.select(selector)) == expected
        assert hundred.count(selector) == hundred.explain(selector).actual == len(expected)


@pytest.mark.parametrize("count", [2, 8, 9])
def test_a_smaller_set_among_labels(count: int) -> None:
    """What is left is fewer than the labels have rows: it is held against each of a few."""
    index = LabelIndex({n: {"tenth": str(n % 20), "half": str(n % 2)} for n in range(100)})
    some = In("tenth", map(str, range(count)))
    index.update({n + 100: {"tenth": str(n % count), "half": "2"} for n in range(100)})
    for selector in (And((Equals("half", "0"), some)), And((Equals("half", "1"), some, ~some))):
        expected = [key for key in index if selector.matches(index[key])]
        assert list(index.select(selector)) == expected
        assert index.count(selector) == len(expected)
    three = And((Equals("half", "0"), some, Exists("tenth")))
    assert index.count(three) == len(index.select(three)) == 5 * -(-count // 2)


THOUSANDS: Final = [
    {"quarter": str(n % 4), "rare": str(n % 400)}
    | ({"few": ""} if n % 27 == 0 else {})
    | ({"fewer": ""} if n % 81 == 0 else {})
    | ({"most": ""} if n % 5 else {})
    for n in range(40_000)
]
"""Rows enough for each way to combine few or many, sparse or dense rows with some labels."""


@pytest.mark.parametrize("count", [2, 3, 9])
def test_labels_among_sparse_and_dense_rows(count: int) -> None:
    """The union of the labels comes first or not, in place or not; the answer is the same."""
    index = LabelIndex(enumerate(THOUSANDS))
    dense, sparse = In("quarter", map(str, range(count))), In("rare", map(str, range(count)))
    for rows in (Exists("few"), Exists("fewer"), Exists("most")):
        for labels in (dense, sparse):
            for terms in (
                (rows, labels),
                (rows, ~labels),
                (rows, ~Exists("fewer"), ~labels),
                (rows, ~labels, ~Equals("rare", "7"), ~Exists("fewer")),
            ):
                selected = compile_predicate(And(terms), checked=False)
                expected = [n for n, labels in enumerate(THOUSANDS) if selected(labels)]
                assert list(index.select(And(terms))) == expected
                assert index.count(And(terms)) == len(expected)


@pytest.mark.slow
def test_more_keys_than_sixteen_bits() -> None:
    """So many label keys that their numbers take more than 16 bits are indexed together, too."""
    count = 2**16 + 1
    index = LabelIndex({0: {f"key-{n}": "" for n in range(count)}, 1: {"key-7": ""}})
    assert (index.stats().keys, index.count("key-7"), index.count(f"key-{count - 1}")) == (
        count, 2, 1,
    )  # fmt: skip


def test_copies(pods: LabelIndex[str]) -> None:
    """A copy has the same items in the same order, and a life of its own."""
    pods["web-1"] = pods.pop("web-1")
    for again in (copy.copy(pods), copy.deepcopy(pods)):
        assert list(again.items()) == list(pods.items())
        again.clear()
        again.check_invariants()
    assert len(pods) == 4


def test_nothing_is_left_half_way() -> None:
    """Steps that have rows each, but none together, end as soon as nothing is left."""
    index = LabelIndex({1: {"a": "", "c": ""}, 2: {"b": "", "c": ""}, 3: {"a": "", "c": ""}})
    for text in ("a,b", "a,b,c", "a,b,!c", "a,!c", "a,!c,!b"):
        assert (index.count(text), list(index.select(text))) == (0, [])
        assert index.explain(text).actual == 0


def test_a_plan_is_data(pods: LabelIndex[str]) -> None:
    """A plan can be looked at, compared and kept: it stays as the index was."""
    plan = pods.explain("app=web,!debug")
    match plan:
        case Plan("subtract", "", estimated=2, actual=1, left=1, steps=(base, taken)):
            assert base == Plan("label", "app=web", 2, 2, 2, base.seconds, ())
            assert taken == Plan("key", "debug", 1, 1, 1, taken.seconds, (), negated=True)
        case _:
            pytest.fail(str(plan))
    assert plan.planning is not None
    assert all(step.seconds >= 0 for _, step in plan.walk())
    pods.clear()
    assert plan.actual == 1


def test_a_plan_as_json(pods: LabelIndex[str]) -> None:
    """As dicts and lists a plan is what JSON can say; only the whole of it has been planned."""
    plan = pods.explain("app,!debug")
    base, taken = plan.steps
    leaf = {"estimated": 3, "actual": 3, "left": 3, "seconds": base.seconds, "steps": []}
    leaf["negated"] = False
    data = plan.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["steps"][0] == {"operation": "key", "detail": "app", **leaf}
    assert (data["planning"], data["steps"][1]["left"]) == (plan.planning, 2)
    assert [depth for depth, _ in plan.walk()] == [0, 1, 1]
    assert [step for _, step in plan.walk()] == [plan, base, taken]


def test_a_plan_as_text() -> None:
    """With times each line says how long the step took, and the last how long planning did."""
    leaf = Plan("key", "app", 2, 2, 1, 0.0000015, ())
    plan = Plan("intersect", "", 2, 1, 1, 0.002, (leaf,), planning=0.25)
    assert str(plan) == plan.text() == (
        "intersect: 1 rows (at most 2 expected), 2,000.0 µs\n"
        "  key app: 2 rows (at most 2 expected), 1 left, 1.5 µs\n"
        "planned in 250,000.0 µs"
    )  # fmt: skip
    assert str(leaf) == "key app: 2 rows (at most 2 expected), 1 left, 1.5 µs"


def test_patch(pods: LabelIndex[str]) -> None:
    """A patch sets labels and takes labels off, as a JSON merge patch does; new ones come last."""
    pods.patch("web-2", {"tier": None, "app": "api", "new": "1", "debug": "", "none": None})
    assert list(pods["web-2"].items()) == [("app", "api"), ("debug", ""), ("new", "1")]
    pods.patch("web-2", {"debug": None, "x": "y"})
    pods.patch("bare", {"a": "b"})
    pods.patch("bare", {"a": None})
    pods.patch("bare", {"tier": None})
    pods.patch("db-1", {})
    pods.check_invariants()
    assert (pods["web-2"], pods["bare"]) == ({"app": "api", "new": "1", "x": "y"}, {})
    assert (pods.label_values("debug"), pods.label_values("app")) == (
        {}, {"api": 1, "db": 1, "web": 1},
    )  # fmt: skip
    assert list(pods) == list(PODS)


EXCHANGED: list[tuple[str, dict[str, str] | None, dict[str, str | None], list[str]]] = [
    ("web-2", {"app": "web", "tier": "front", "debug": ""}, {}, ["app", "tier", "debug"]),
    ("web-2", {"debug": "", "tier": "front", "app": "web"}, {}, ["app", "tier", "debug"]),
    ("web-2", {"new": "1", "debug": "", "app": "api"}, {"new": "1", "app": "api", "tier": None},
     ["app", "debug", "new"]),
    ("web-2", {"tier": "back"}, {"tier": "back", "app": None, "debug": None}, ["tier"]),
    ("web-2", {}, {"app": None, "tier": None, "debug": None}, []),
    ("web-2", None, {"app": None, "tier": None, "debug": None}, []),
    ("bare", {"x": "y", "app": "db"}, {"x": "y", "app": "db"}, ["x", "app"]),
    ("bare", None, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("key", "labels", "changes", "order"), EXCHANGED)
def test_exchange(
    pods: LabelIndex[str],
    key: str,
    labels: dict[str, str] | None,
    changes: dict[str, str | None],
    order: list[str],
) -> None:
    """It says what was there, what is, and what changed: that, as a patch, does the same."""
    patched = LabelIndex(PODS)
    patched.patch(key, changes)
    assert pods.exchange(key, labels) == (PODS[key], changes, labels or {})
    pods.check_invariants()
    assert (pods[key], list(pods[key])) == (labels or {}, order)
    assert pods == {**PODS, key: labels or {}} == patched
    assert list(pods) == list(PODS)
    for text in ("app=web", "app=db", "tier", "debug", "x=y", "new", "app=api", "tier=back"):
        selected = [key for key in pods if parse(text).matches(pods[key])]
        assert list(pods.select(text)) == selected


def test_exchange_of_a_new_item(pods: LabelIndex[str]) -> None:
    """It had nothing before, and all that it has is a change; it comes last."""
    labels = {"app": "web", "z": "1"}
    exchanged = pods.exchange("new", labels)
    labels["app"] = "db"
    assert (exchanged.before, exchanged.changes) == (None, {"app": "web", "z": "1"})
    assert pods.exchange("none", None) == (None, {}, {})
    assert list(pods) == [*PODS, "new", "none"]
    assert list(pods.select("app=web")) == ["web-1", "web-2", "new"]
    before = pods.exchange("new", {}).before
    assert before == {"app": "web", "z": "1"}
    assert pods.label_values("z") == {}
    pods.check_invariants()


def test_exchange_leaves_selections_as_they_are(pods: LabelIndex[str]) -> None:
    pods.update({n: {"app": "web"} for n in map(str, range(3 * SMALL))})
    before = pods.select("app=web")
    for key in list(before):
        pods.exchange(key, {"app": "db"})
    assert (len(before), pods.count("app=web"), pods.count("app=db")) == (
        3 * SMALL + 2, 0, 3 * SMALL + 3,
    )  # fmt: skip
    pods.check_invariants()


@pytest.mark.parametrize("bad", [{"a": 1}, {1: "a"}, {"ok": "ok", "a": b"b"}, 5, [("a", "b")]])
def test_bad_exchanges_change_nothing(pods: LabelIndex[str], bad: Any) -> None:
    for key in ("web-1", "new"):
        with pytest.raises(TypeError, match="labels must be "):
            pods.exchange(key, bad)
    assert list(pods.items()) == list(PODS.items())
    pods.check_invariants()


def test_the_label_that_is_no_string_is_named(pods: LabelIndex[str]) -> None:
    """The first of them, by key or by value, among others that are well; text of any class is."""
    with pytest.raises(TypeError, match=r"strings: the value of 'c' is 5 \(int\)$"):
        pods["new"] = cast("Any", {"a": "b", Text("b"): Text("c"), "c": 5, "d": None})
    with pytest.raises(TypeError, match=r"strings: the key is 7 \(int\)$"):
        pods["new"] = cast("Any", {"a": "b", 7: "x", "c": 5})
    pods["new"] = {Text("b"): Text("c"), "\ud800": "\udfff"}
    assert list(pods.select("b=c")) == ["new"]


class Text(str):
    """Text with a class of its own."""

    __slots__ = ()


@pytest.mark.parametrize("bad", [{"a": 1}, {1: "a"}, {None: None}, {"ok": "ok", "a": b"b"}, 5])
def test_bad_patches_change_nothing(pods: LabelIndex[str], bad: Any) -> None:
    """A patch is strings, and None to take one off; else nothing is changed at all."""
    with pytest.raises(TypeError):
        pods.patch("web-1", bad)
    with pytest.raises(TypeError):
        pods.patch("web-9", bad)
    assert pods == PODS
    pods.patch("web-1", {Text("app"): Text("api"), Text("tier"): None})
    assert pods["web-1"] == {"app": "api"}
    pods.check_invariants()


def test_a_patch_with_a_class_of_its_own(pods: LabelIndex[str]) -> None:
    """The index keeps plain strings; None still removes a label."""
    pods.patch("web-1", {"app": Text("api"), Text("new"): "1", "tier": None})
    assert pods["web-1"] == {"app": "api", "new": "1"}
    assert {type(text) for item in pods["web-1"].items() for text in item} == {str}


def test_a_patch_of_nothing(pods: LabelIndex[str]) -> None:
    """A key that is not there is a KeyError, as everywhere."""
    with pytest.raises(KeyError):
        pods.patch("web-9", {"a": "b"})
    pods.check_invariants()


def test_stats(pods: LabelIndex[str]) -> None:
    """How much there is, and what it takes; nothing that is gone is counted."""
    stats = pods.stats()
    assert (stats.rows, stats.pairs, stats.labels, stats.keys) == (4, 7, 5, 3)
    assert set(stats.bytes) == {
        "postings", "keys", "rows", "values", "codes", "numbers", "prefixes", "keys of items",
    }  # fmt: skip
    assert stats.bytes_per_pair == sum(stats.bytes.values()) / 7
    assert (stats.bytes["numbers"], stats.bytes["prefixes"]) == (0, 0)
    pods.update({f"more-{n}": {"n": str(n)} for n in range(300)})
    pods.count("n>5")
    pods.count(StartsWith("n", "1"))
    more = pods.stats()
    assert (more.rows, more.pairs, more.labels, more.keys) == (304, 307, 305, 4)
    assert more.bytes["numbers"] > 300 * 12
    assert more.bytes["prefixes"] > 300 * 8
    assert sum(more.bytes.values()) > sum(stats.bytes.values())
    pods.clear()
    assert (pods.stats().rows, pods.stats().bytes_per_pair) == (0, 0.0)


def test_prepared(pods: LabelIndex[str]) -> None:
    """A prepared query follows the index: labels, keys and rows that come and go, and clear."""
    query = pods.prepare("app in (web,api),!debug")
    assert (repr(query), query.selector, query.last_use) == (
        "<Query app in (api,web),!debug>", parse("app in (web,api),!debug"), 0,
    )  # fmt: skip
    assert (list(query.select()), query.count()) == (["web-1"], 1)
    pods["api-1"] = {"app": "api"}
    assert list(query.select()) == ["web-1", "api-1"]
    del pods["web-2"]
    pods["web-3"] = {"app": "web", "x": "y"}
    assert list(query.select()) == ["web-1", "api-1", "web-3"]
    pods.patch("web-3", {"debug": "1"})
    assert query.explain().actual == query.count() == 2
    pods.clear()
    assert (list(query.select()), query.count()) == ([], 0)
    pods["web-1"] = {"app": "web"}
    assert list(query.select()) == ["web-1"]


def test_a_plan_is_made_anew_after_many_changes() -> None:
    """What was the smallest set may be the largest later: the order is looked at again."""
    index = LabelIndex({n: {"a": "x", "b": "x" if n % 2 else "y"} for n in range(100)})
    query = index.prepare("a=x,b=x")
    assert said(query.explain()) == ["intersect", "label b=x", "label a=x"]
    first = query._step
    for number in range(600):
        index[number] = {"a": "x" if number == 1 else "y", "b": "x"}
        index[-1] = {"a": str(number % 2)}
    assert query.count() == 1
    assert query._step is not first
    assert said(query.explain()) == ["intersect", "label a=x", "label b=x"]


@pytest.mark.parametrize(("rows", "changes"), [(8, 1024), (4096, 1024), (4100, 1025)])
def test_a_plan_is_kept_for_so_many_changes(rows: int, changes: int) -> None:
    """1,024 labels, or a quarter of the rows that there were if that is more."""
    index = LabelIndex({n: {"a": "x", "b": "x"} for n in range(rows)})
    query = index.prepare("a=x")
    assert query.count() == rows
    plan = query._step
    index.update({-n: {"b": "x"} for n in range(1, changes + 1)})
    assert query.count() == rows
    assert query._step is plan
    index[rows] = {"b": "x"}
    assert query.count() == rows
    assert query._step is not plan


def test_only_so_many_queries_are_kept(pods: LabelIndex[str]) -> None:
    """Of many different questions the last are kept planned, and all are answered."""
    selectors = [Equals("app", f"web{number or ''}") for number in range(300)]
    for number, selector in enumerate(selectors):
        assert pods.count(selector) == pods.count(f"app=web{number or ''}") == 2 * (number == 0)
    assert len(pods._plans) == 256
    assert pods.count("app=web") == pods.count(selectors[0]) == 2


def test_freed_rows_are_used_again() -> None:
    """Items that come and go one after the other take the same rows, and no more memory."""
    index = LabelIndex({n: {"id": f"first-{n}"} for n in range(100)})
    before = index.select("")
    for number in range(1000):
        del index[number]
        index[number + 100] = {"id": f"item-{number}"}
    index.check_invariants()
    assert index.select("").rows().max() < 100
    assert list(index) == list(range(1000, 1100))
    assert list(before) == list(range(100))
    assert len(index._store.values) <= 101


def test_freed_rows_are_used_by_an_update() -> None:
    """Also by one that sets new items only."""
    index = LabelIndex({n: {"n": str(n)} for n in range(4)})
    del index[1], index[2]
    index.update({n: {"n": str(n)} for n in (7, 8, 9)})
    assert index.select("").rows().tolist() == [0, 1, 2, 3, 4]
    assert list(index) == [0, 3, 7, 8, 9]


def test_many_items_are_set_in_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the limit on; fewer are set in the index itself."""
    monkeypatch.setattr(label_index, "_LOAD", 4)
    index = LabelIndex({n: {"n": str(n)} for n in range(3)})
    for count in (3, 4):
        store = index._store
        index.update({n: {"m": str(n)} for n in range(2, 2 + count)})
        assert (index._store is store) == (count < 4)
    assert index.count("m") == 4


def test_rows(pods: LabelIndex[str]) -> None:
    """`rows` gives ascending numbers, which nobody can write to."""
    selection = pods.select("app=web")
    rows = selection.rows()
    assert rows.dtype == np.uint32
    assert (rows.shape, rows.tolist()) == ((2,), [0, 2])
    with pytest.raises(ValueError, match="read-only"):
        rows[:] = 7
    assert selection.rows().tolist() == [0, 2]
    del pods["web-1"]
    assert pods.select("app=web").rows().tolist() == [2]
    assert pods.select("none").rows().shape == (0,)


def test_the_array_of_all_rows_is_kept() -> None:
    """It is right after each change, and for selections that were made before the change."""
    index = LabelIndex({n: {"a": "b"} for n in range(100)})
    before = index.stats().bytes["keys of items"]
    first = index.select("")
    array = first.rows()
    assert array.tolist() == list(range(100))
    assert index.select("a=b").rows().base is array.base is not None
    assert index.stats().bytes["keys of items"] == before + 4 * 112
    with pytest.raises(ValueError, match="read-only"):
        array[:] = 7
    index[100] = {}
    assert first.rows().tolist() == index.select("a").rows().tolist() == list(range(100))
    assert index.select("").rows().tolist() == list(range(101))
    del index[50]
    others = [n for n in range(101) if n != 50]
    assert index.select("").rows().tolist() == others
    index[200] = {}
    assert index.select("").rows().tolist() == list(range(101))
    assert first.rows().tolist() == array.tolist() == list(range(100))
    index.update({n: {} for n in range(300, 400)})
    assert index.select("").rows().tolist() == list(range(201))
    with pytest.raises(ValueError, match="read-only"):
        index.select("!a").rows()[:] = 7


def test_few_rows_of_several_values() -> None:
    """Rows of a few values of a key come together in ascending order, however many they are."""
    rows = {n: {"a": str(n % 40), "b": "x" if n % 2 else "y"} for n in range(400)}
    index = LabelIndex(rows)
    for values in (["3", "1"], list(map(str, range(12))), ["1", "none"]):
        selected = index.select(In("a", values))
        expected = [n for n, labels in rows.items() if labels["a"] in values]
        assert selected.rows().tolist() == list(selected) == expected
    many = LabelIndex({n: {"a": str(n % 200)} for n in range(400)})
    assert many.select(In("a", map(str, range(90)))).rows().tolist() == [
        n for n in range(400) if n % 200 < 90
    ]
    for text in ("a=3,b=x", "a=3,b=y", "a=3,b!=y", "a=4,b!=y"):
        one = index.select(text)
        assert index.count(text) == len(one) == len(one.rows())
        assert list(one) == [n for n, labels in rows.items() if parse(text).matches(labels)]


def test_more_tests_of_one_key_than_are_tried() -> None:
    """Where listed values and tests of a key are too many, each requirement is a step."""
    index = LabelIndex({n: {"a": str(n)} for n in range(300)})
    above = [GreaterThan("a", str(n)) for n in range(100)]
    listed = In("a", map(str, range(250)))
    assert set(index.select(all_of([listed, *above]))) == set(range(100, 250))

"""`LabelIndex`: a mapping that answers selectors."""

from collections import UserDict, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from labelsel import LabelIndex, Plan, SelectorSyntaxError, parse
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
    assert str(index.explain("a")) == "none: 0 rows (at most 0 expected)"
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


@pytest.mark.parametrize("size", [1, SMALL // 2, SMALL, SMALL + 1, 5 * SMALL])
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
    ("app=web", "labels app=web: 2 rows (at most 2 expected)"),
    ("app in (web,db)", "labels app in (db,web): 3 rows (at most 3 expected)"),
    ("", "all: 4 rows (at most 4 expected)"),
    ("none", "none: 0 rows (at most 0 expected)"),
    ("app=web,none", "none: 0 rows (at most 0 expected)"),
    ("!none", "all: 4 rows (at most 4 expected)"),
    ("app!=web,!none", """\
subtract: 2 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  labels app=web: 2 rows (at most 2 expected)"""),
    ("!debug", """\
subtract: 3 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  key debug: 1 rows (at most 1 expected)"""),
    ("app,tier=front,!debug", """\
subtract: 1 rows (at most 2 expected)
  intersect: 2 rows (at most 2 expected)
    labels tier=front: 2 rows (at most 2 expected)
    key app: 3 rows (at most 3 expected)
  key debug: 1 rows (at most 1 expected)"""),
    ("app!=web,!debug", """\
subtract: 2 rows (at most 4 expected)
  all: 4 rows (at most 4 expected)
  union: 2 rows (at most 3 expected)
    labels app=web: 2 rows (at most 2 expected)
    key debug: 1 rows (at most 1 expected)"""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plan"), EXPLAINED)
def test_explain(pods: LabelIndex[str], text: str, plan: str) -> None:
    """The plan tells each step and its rows: the cheapest first, negations subtracted."""
    explained = pods.explain(text)
    assert str(explained) == plan
    assert explained.actual == pods.count(text)
    assert explained.actual <= explained.estimated


def test_a_plan_is_data(pods: LabelIndex[str]) -> None:
    """A plan can be looked at, compared and kept: it stays as the index was."""
    plan = pods.explain("app=web,!debug")
    match plan:
        case Plan(operation="subtract", detail="", estimated=2, actual=1, steps=(base, taken)):
            assert base == Plan("labels", "app=web", 2, 2, ())
            assert taken == Plan("key", "debug", 1, 1, ())
        case _:
            pytest.fail(str(plan))
    assert pods.explain("app=web,!debug") == plan
    pods.clear()
    assert plan.actual == 1


def test_rows(pods: LabelIndex[str]) -> None:
    """`rows` gives ascending numbers that are the caller's own to change."""
    selection = pods.select("app=web")
    rows = selection.rows()
    assert rows.dtype == np.uint32
    assert (rows.shape, rows.tolist()) == ((2,), [0, 2])
    rows[:] = 7
    assert selection.rows().tolist() == [0, 2]
    del pods["web-1"]
    assert pods.select("app=web").rows().tolist() == [2]
    assert pods.select("none").rows().shape == (0,)

"""`SelectorIndex`: a mapping of selectors that is asked which of them select a label set."""

import copy
import pickle
from collections import UserDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from threading import Thread
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from labelsel import (
    And,
    Contains,
    Equals,
    Everything,
    Exists,
    FieldNotEquals,
    GreaterThan,
    LabelIndex,
    Not,
    Nothing,
    Or,
    Selector,
    SelectorIndex,
    SelectorSyntaxError,
    StartsWith,
    parse,
)
from labelsel.live import selector_index
from labelsel.live.candidate_index import CandidateIndex
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.selector import holds
from tests.interrupts import Interrupt, at_each, interrupt_at

TEXTS: Mapping[str, str] = {
    "web": "app=web",
    "web in prod": "app=web,env=prod",
    "not debug": "!debug",
    "any": "",
}

A1, B1 = parse("a=1"), parse("b=1")


@pytest.fixture
def services() -> SelectorIndex[str]:
    """An index of four selectors."""
    return SelectorIndex(TEXTS)


def test_it_is_a_mapping(services: SelectorIndex[str]) -> None:
    """Everything that a dict does for reading, in the order of a dict; texts are parsed."""
    parsed = {key: parse(text) for key, text in TEXTS.items()}
    assert isinstance(services, MutableMapping)
    assert (len(services), list(services)) == (4, list(TEXTS))
    assert list(services.items()) == list(parsed.items())
    assert list(services.values()) == list(parsed.values())
    assert services == parsed == dict(services)
    assert services == SelectorIndex(parsed)
    assert services != {**parsed, "web": parse("app=api")}
    assert ("web" in services, "none" in services, None in services) == (True, False, False)
    assert (services.get("any"), services.get("none")) == (Everything(), None)
    assert repr(services) == "<SelectorIndex of 4 selectors>"


def test_it_is_a_mutable_mapping(services: SelectorIndex[str]) -> None:
    """Everything that a dict does for writing."""
    model: dict[str, Any] = dict(services)
    api = parse("app=api")
    mapping: Any
    for mapping in (services, model):
        mapping["web"] = api
        del mapping["any"]
        mapping["any"] = Exists("x")
        assert mapping.pop("any") == Exists("x")
        assert mapping.pop("any", None) is None
        assert mapping.setdefault("web", Everything()) == api
        mapping.update({"web": Exists("y"), "z": api}, extra=api)
        mapping.update([("w", Exists("1")), ("w", Exists("2"))])
        mapping.update(self=api, selectors=Nothing())
        mapping.update()
    assert list(services.items()) == list(model.items())
    services.check_invariants()
    popped = {}
    while services:
        key, selector = services.popitem()
        popped[key] = selector
        services.check_invariants()
    assert popped == model
    with pytest.raises(KeyError):
        services.popitem()


@pytest.mark.parametrize("key", ["none", None, 1.5])
def test_missing_keys(services: SelectorIndex[str], key: Any) -> None:
    """A key that is not there is a KeyError, and changes nothing."""
    with pytest.raises(KeyError):
        services[key]
    with pytest.raises(KeyError):
        del services[key]
    with pytest.raises(KeyError):
        services.pop(key)
    assert services == SelectorIndex(TEXTS)
    services.check_invariants()


def test_an_empty_index() -> None:
    index: SelectorIndex[str] = SelectorIndex()
    assert (len(index), index.distinct, index.groups()) == (0, 0, [])
    assert (index.matching({"a": "1"}), index.any_matching({"a": "1"})) == (set(), False)
    assert index.difference(None, {"a": "1"}) == ([], [])
    index.check_invariants()


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ({"app": "web"}, {"web", "not debug", "any"}),
        ({"app": "web", "env": "prod"}, {"web", "web in prod", "not debug", "any"}),
        ({"app": "web", "env": "dev", "debug": ""}, {"web", "any"}),
        ({"app": "db"}, {"not debug", "any"}),
        ({"debug": "1"}, {"any"}),
        ({}, {"not debug", "any"}),
        (None, {"not debug", "any"}),
    ],
)
def test_matching(
    services: SelectorIndex[str], labels: Mapping[str, str] | None, keys: set[str]
) -> None:
    """The keys of those that select the labels; none are no labels."""
    assert services.matching(labels) == keys
    assert services.any_matching(labels)
    del services["any"], services["not debug"]
    assert services.any_matching(labels) == bool(keys & {"web", "web in prod"})


@pytest.mark.parametrize(
    "labels",
    [UserDict({"a": "1"}), MappingProxyType({"a": "1"}), defaultdict(str, {"a": "1"})],
)
def test_any_mapping_of_labels(labels: Mapping[str, str]) -> None:
    """Labels come from any mapping, and are only read."""
    index = SelectorIndex({1: "a=1,!b,c!=x", 2: "b", 3: "a!=1,c=x"})
    assert index.matching(labels) == {1}
    assert index.any_matching(labels)
    assert [list(keys) for keys in index.difference({}, labels)[1]] == [[1]]
    assert dict(labels) == {"a": "1"}


@pytest.mark.parametrize(
    "bad", [{"a": 1}, {"a": None}, {1: "a"}, "a=b", ["a"], 5, [("a", "b")], {"ok": "", "a": b""}]
)
def test_labels_that_are_no_strings(services: SelectorIndex[str], bad: Any) -> None:
    """A TypeError, never an empty answer."""
    for ask in (services.matching, services.any_matching):
        with pytest.raises(TypeError, match="labels must be "):
            ask(bad)


@pytest.mark.parametrize("bad", [None, 5, b"a=b", ["a=b"], {"matchLabels": {"a": "b"}}, Selector])
def test_what_is_no_selector_changes_nothing(services: SelectorIndex[str], bad: Any) -> None:
    with pytest.raises(TypeError, match="expected a Selector, got "):
        services["web"] = bad
    with pytest.raises(TypeError, match="expected a Selector, got "):
        services.update({"new": "a=b", "web": "x=y", "any": bad, "last": ""})
    with pytest.raises(TypeError, match="expected a Selector, got "):
        SelectorIndex({"a": bad})
    assert services == SelectorIndex(TEXTS)
    services.check_invariants()


def test_a_bad_text_changes_nothing(services: SelectorIndex[str]) -> None:
    """All of an update happens or none of it."""
    with pytest.raises(SelectorSyntaxError):
        services["web"] = "app=web,"
    with pytest.raises(SelectorSyntaxError):
        services.update({"new": "a=b", "web": "x=y", "any": "a in ("})
    assert services == SelectorIndex(TEXTS)
    assert services.distinct == 4
    services.check_invariants()


@pytest.mark.parametrize("given", [5, None, [("a",)], [("a", "", "")], {1}, [([], "")]])
def test_bad_updates_change_nothing(services: SelectorIndex[str], given: Any) -> None:
    """What `dict.update` would not take is not taken."""
    with pytest.raises((TypeError, ValueError)):
        services.update(given)
    assert services == SelectorIndex(TEXTS)


def test_an_update_that_breaks_off_changes_nothing(services: SelectorIndex[str]) -> None:
    def given() -> Iterator[tuple[str, str]]:
        yield "web", "app=x"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        services.update(given())
    assert services == SelectorIndex(TEXTS)


SELECTORS: dict[str, Selector] = {
    "nothing": Nothing(),
    "everything": Everything(),
    "everything, said otherwise": parse(""),
    "equals": Equals("a", "1"),
    "not equals": parse("a!=1"),
    "in": parse("a in (1,2)"),
    "not in": parse("a notin (1,2)"),
    "has": parse("a"),
    "has not": parse("!a"),
    "greater": parse("a>1"),
    "less": parse("a<2"),
    "range": parse("a>0,a<3,a!=1"),
    "contains": Contains("a", "1"),
    "contains not": Not(Contains("a", "1")),
    "starts": StartsWith("a", "x") & Exists("b"),
    "field": FieldNotEquals("a", "1"),
    "or": Or((Equals("a", "1"), Equals("b", "1"))),
    "or nothing": Or((Equals("a", "1"), parse("!b"))),
    "or within": And((Exists("a"), Or((parse("b=1"), And((GreaterThan("a", "1"), ~Exists("b"))))))),
    "not all": Not(parse("a=1,b=1")),
    "never": parse("a=1,a=2"),
    "never, either": And((Or((Equals("a", "1"), Equals("a", "2"))), ~Exists("a"))),
}

SETS: list[dict[str, str]] = [
    {key: value for key, value in (("b", b), ("a", a)) if value is not None}
    for a in (None, "", "1", "2", "10", "x1")
    for b in (None, "1", "2")
]


def groups_of(groups: list[Any]) -> list[Any]:
    """Return the keys of groups, of which none is there twice."""
    keys = [key for group in groups for key in group]
    assert len(set(keys)) == len(keys)
    return keys


@pytest.mark.parametrize("turn", ["together", "one by one", "backwards", "replaced"])
def test_every_kind_of_selector(turn: str) -> None:
    """In whatever way they came; the answers are what each selector says, one by one."""
    if turn == "together":
        index = SelectorIndex(SELECTORS)
    else:
        index = SelectorIndex(dict.fromkeys(SELECTORS, "x") if turn == "replaced" else {})
        for key in reversed(SELECTORS) if turn == "backwards" else SELECTORS:
            index[key] = SELECTORS[key]
    index.check_invariants()
    expected = [{k for k, s in SELECTORS.items() if holds(s, labels)} for labels in SETS]
    for labels, keys in zip(SETS, expected, strict=True):
        assert index.matching(labels) == keys
        assert index.any_matching(labels)
    for before, was in zip([None, *SETS], [set(), *expected], strict=True):
        for after, now in zip([None, *SETS], [set(), *expected], strict=True):
            stopped, started = index.difference(before, after)
            assert set(groups_of(stopped)) == was - now
            assert set(groups_of(started)) == now - was


def test_one_that_nobody_selects() -> None:
    index = SelectorIndex(dict(enumerate([Nothing(), parse("a,b=1")])))
    assert not index.any_matching({"a": "", "b": "2"})
    assert not index.any_matching({})
    assert index.any_matching({"a": "", "b": "1"})
    assert list(index) == [0, 1]
    branched: SelectorIndex[int] = SelectorIndex({1: A1 | B1})
    assert branched.any_matching({"b": "1"})
    assert not branched.any_matching({"b": "2"})


def test_a_difference_looks_only_at_keys_that_changed() -> None:
    """Who knows them says which; a key that is not named counts as one that did not change."""
    index: SelectorIndex[str] = SelectorIndex({"a": A1, "b": B1, "or": A1 | B1})
    before, after = {"a": "1"}, {"b": "1"}
    assert index.difference(before, after, ["b", "a"]) == index.difference(before, after)
    assert index.difference(before, before, []) == ([], [])
    stopped, started = index.difference(before, after)
    assert (groups_of(stopped), groups_of(started)) == (["a"], ["b"])
    assert index.difference({"a": "1"}, {"a": "1", "b": "1"}, ["a"]) == ([], [])


def test_a_difference_of_keys_that_did_not_change() -> None:
    """Who names a key that is the same, or is in neither, or names one twice, gets the same."""
    index: SelectorIndex[str] = SelectorIndex(
        {"a": parse("a"), "a1": A1, "b": parse("b"), "not b": parse("!b")}
    )
    assert index.difference({}, {}, ["a", "b"]) == ([], [])
    assert index.difference({"a": "1"}, {"a": "1"}, ["a", "b", "z"]) == ([], [])
    stopped, started = index.difference({"a": "1"}, {"b": ""}, ["a", "b", "a", "b", "z"])
    assert sorted(groups_of(stopped)) == ["a", "a1", "not b"]
    assert groups_of(started) == ["b"]
    for changed in ([], ["a", "z"]):  # it is not read
        assert groups_of(index.difference(None, {"b": ""}, changed)[1]) == ["b"]
        assert sorted(groups_of(index.difference({"a": "1"}, None, changed)[0])) == [
            "a", "a1", "not b",
        ]  # fmt: skip


def test_differences_count_as_lookups() -> None:
    """After many of them, selectors that many label sets look up are reviewed."""
    index = SelectorIndex({1: A1})
    for n in range(500):
        index.difference({"a": "1"}, {"a": "1", "b": str(n)})
    (bucket,) = index._candidates._buckets["a"].values()
    assert bucket.lookups > 400
    assert not index._candidates.due


def noted_choice() -> tuple[Selector, list[object]]:
    """Return a selector with an Or, and the list of label sets that it will be asked for."""
    asked: list[object] = []
    choice = A1 | B1

    def selects(labels: Mapping[str, str]) -> bool:
        asked.append(labels)
        return holds(choice, labels)

    object.__setattr__(choice, "_predicate", selects)
    return choice, asked


def test_selectors_that_do_not_speak_of_it_are_not_asked() -> None:
    """Not even one with an Or, which is asked itself, whatever else changes."""
    choice, asked = noted_choice()
    index: SelectorIndex[int] = SelectorIndex({1: choice})
    assert index.difference({"a": "1"}, {"a": "1", "c": "x"}) == ([], [])
    assert asked == []
    assert index.difference({"a": "1"}, {"a": "1", "b": "1"}) == ([], [])
    assert asked
    asked.clear()
    index[2] = parse("a=1") | parse("c")
    assert [list(keys) for keys in index.difference({}, {"c": ""})[1]] == [[2]]
    assert index.difference({"a": "1"}, {"a": "1", "c": ""}) == ([], [])
    assert asked == []
    del index[2]
    index.check_invariants()
    assert [list(keys) for keys in index.difference({}, {"a": "1"})[1]] == [[1]]


def test_equal_selectors_are_kept_and_asked_once() -> None:
    """However many keys they stand under; it goes with the last of them."""
    choice, asked = noted_choice()
    index: SelectorIndex[int] = SelectorIndex({0: choice, 100: parse("x")})
    index.update((n, copy.copy(choice)) for n in range(1, 50))
    assert (len(index), index.distinct) == (51, 2)
    assert index[49] is choice
    assert index.matching({"a": "1"}) == set(range(50))
    assert len(asked) == 1
    [(selector, keys), other] = index.groups()
    assert (selector, list(keys), list(other[1])) == (choice, list(range(50)), [100])
    for n in range(49):
        del index[n]
    index.check_invariants()
    assert (index.distinct, index.matching({"a": "1"})) == (2, {49})
    index[49] = "x"
    index.check_invariants()
    assert (index.distinct, index.matching({"a": "1"}), index.matching({"x": ""})) == (
        1, set(), {49, 100},
    )  # fmt: skip


def test_groups_and_differences_stay_as_they_were() -> None:
    """What is handed out is of its time, also where more keys come to the same selector."""
    index = SelectorIndex({1: "a", 2: "a", 3: "b"})
    [(_, keys), _] = index.groups()
    _, [started] = index.difference(None, {"a": ""})
    index[4] = "a"
    del index[1]
    [_, (_, later)] = index.groups()[::-1]
    index.clear()
    assert (list(keys), list(started), list(later)) == ([1, 2], [1, 2], [2, 4])


def test_keys_swap_selectors() -> None:
    """Each takes what the other had, in one update; nothing is forgotten in between."""
    index = SelectorIndex({1: "a", 2: "b"})
    index.update({1: "b", 2: "a"})
    index.check_invariants()
    assert (index.matching({"a": ""}), index.matching({"b": ""})) == ({2}, {1})
    index.update({1: "b", 2: "b"})
    assert (index.distinct, index.matching({"a": ""}), index.matching({"b": ""})) == (
        1,
        set(),
        {1, 2},
    )
    index.check_invariants()


def test_setting_what_is_there_changes_nothing() -> None:
    index = SelectorIndex({1: "a", 2: "b"})
    first = index[1]
    index[1] = parse("a")
    assert index[1] is first
    assert list(index) == [1, 2]
    index.check_invariants()


def test_clear(services: SelectorIndex[str]) -> None:
    """A cleared index is as good as new."""
    services.clear()
    assert (len(services), services.distinct, services.matching({})) == (0, 0, set())
    services["web"] = "app=web"
    assert services.matching({"app": "web"}) == {"web"}
    services.check_invariants()


def test_copies(services: SelectorIndex[str]) -> None:
    """A copy has the same selectors in the same order, and a life of its own."""
    services["web"] = services.pop("web")
    copies = (copy.copy(services), copy.deepcopy(services), pickle.loads(pickle.dumps(services)))  # noqa: S301  # our own
    for again in copies:
        assert list(again.items()) == list(services.items())
        assert again.matching({"app": "web"}) == services.matching({"app": "web"})
        again.check_invariants()
        again.clear()
    assert len(services) == 4


def test_from_other_mappings(services: SelectorIndex[str]) -> None:
    """An index can be made from another, and updated with itself or what it gave."""
    other = SelectorIndex(services)
    services.update(services)
    assert other == services
    del other["any"]
    assert "any" in services
    both = SelectorIndex(services.items())
    assert both == services


def test_items_while_they_go(services: SelectorIndex[str]) -> None:
    """What is removed while the items are gone through is left out, as with `LabelIndex`."""
    pods = LabelIndex({key: {} for key in TEXTS})
    for some in (services, pods):
        items, values, keys = iter(some.items()), iter(some.values()), iter(some)
        firsts = [next(items)[0], next(keys)]
        next(values)
        del some["web in prod"]
        some.update({"new": {} if some is pods else "new"})  # type: ignore[arg-type]
        assert firsts == ["web", "web"]
        assert [key for key, _ in items] == ["not debug", "any"]
        assert len(list(values)) == 2
        assert list(keys) == ["web in prod", "not debug", "any"]


LOOKS: Mapping[str, Callable[[SelectorIndex[str]], bool]] = {
    "len": lambda index: len(index) in {2, 5},
    "iter": lambda index: len(list(index)) in {2, 5},
    "in": lambda index: ("new" in index) <= ("last" in index),
    "get": lambda index: (index["first"] == Everything()) <= (index["second"] == Everything()),
    "distinct": lambda index: index.distinct in {1, 4},
    "groups": lambda index: len(index.groups()) in {1, 4},
    "matching": lambda index: len(index.matching({"old": ""})) == 2,
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_thread_looks_into_the_middle_of_a_change(look: str) -> None:
    """Another thread looks whenever a key of the update is looked up, or waits for its end."""
    index: SelectorIndex[str] = SelectorIndex({"first": "old", "second": "old"})
    right: list[bool] = []
    threads: list[Thread] = []

    class Key(str):
        __slots__ = ()

        def __hash__(self) -> int:
            thread = Thread(target=lambda: right.append(LOOKS[look](index)), daemon=True)
            threads.append(thread)
            thread.start()
            thread.join(0.02)
            return hash(str(self))

    news = {"new": "x", Key("between"): "y", "last": "z"}
    index.update({"first": "", **news, "second": ""})
    for thread in threads:
        thread.join()
    assert right == [True] * len(threads)
    assert threads


LOADS = pytest.mark.parametrize("load", [1, 1000], ids=["in a copy", "in place"])
"""From how many selectors on an update makes a copy of the index."""


def interrupted(monkeypatch: pytest.MonkeyPatch) -> SelectorIndex[str]:
    """Return an index of a=1 and b=1 in which an update ended after its first keys."""
    index: SelectorIndex[str] = SelectorIndex({"a": A1, "b": B1})

    def end(*_: object) -> None:
        raise Interrupt

    with monkeypatch.context() as patch:
        patch.setattr(CandidateIndex, "remove", end)
        with pytest.raises(Interrupt):
            index.update({"new": "c", "a": "!x", "b": "d"})
    assert index._by_key.keys() == {"a", "b", "new"}
    return index


FIRST_LOOKS: Mapping[str, tuple[Callable[[SelectorIndex[str]], object], object]] = {
    "get": (lambda index: index["a"], A1),
    "in": (lambda index: "new" in index, False),
    "len": (len, 2),
    "iter": (list, ["a", "b"]),
    "distinct": (lambda index: index.distinct, 2),
    "groups": (lambda index: {s: [*keys] for s, keys in index.groups()}, {A1: ["a"], B1: ["b"]}),
    "matching": (lambda index: index.matching({"c": ""}), set()),
    "any_matching": (lambda index: index.any_matching({"c": ""}), False),
    "difference": (lambda index: index.difference(None, {"c": ""}), ([], [])),
    "change_of": (lambda index: bool(index.change_of(1, None, {"c": ""}, ())), False),
    "check_invariants": (lambda index: index.check_invariants(), None),
    "pop": (lambda index: index.pop("new", None), None),
    "delete": (lambda index: index.__delitem__("b"), None),
    "clear": (lambda index: index.clear(), None),
    "update": (lambda index: index.update({"b": "b=1"}), None),
}


@LOADS
@pytest.mark.parametrize("look", FIRST_LOOKS)
def test_a_look_after_an_interrupted_change(
    monkeypatch: pytest.MonkeyPatch, load: int, look: str
) -> None:
    """Whatever is done first takes the change back first."""
    index = interrupted(monkeypatch)
    monkeypatch.setattr(selector_index, "_LOAD", load)
    do, expected = FIRST_LOOKS[look]
    assert do(index) == expected
    left = {"clear": {}, "delete": {"a": A1}}.get(look, {"a": A1, "b": B1})
    assert dict(index) == left
    index.check_invariants()


CHANGES: Mapping[str, Callable[[SelectorIndex[str]], object]] = {
    "set": lambda index: index.__setitem__("b", "c"),
    "set a new key": lambda index: index.__setitem__("new", "c"),
    "update": lambda index: index.update({"a": "b=1", "b": "a=1", "new": "a=1"}),
    "delete": lambda index: index.pop("a", None),
    "delete one of two": lambda index: index.pop("twin", None),
    "clear": lambda index: index.clear(),
}


def pair() -> SelectorIndex[str]:
    """Return an index of two selectors, one of which has two keys."""
    return SelectorIndex({"a": A1, "b": B1, "twin": B1})


@LOADS
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_ended_is_not_repaired(
    monkeypatch: pytest.MonkeyPatch, load: int, name: str
) -> None:
    """A look makes nothing anew after it, nor after a review."""
    index = pair()
    monkeypatch.setattr(selector_index, "_LOAD", load)
    CHANGES[name](index)
    candidates = index._candidates
    for n in range(300):
        index.matching({"a": "1", "b": "1", "c": str(n)})
    assert index._candidates is candidates


def check_whole(index: SelectorIndex[str], *expected: Mapping[str, Selector]) -> None:
    """Check that an index has one of the contents that are expected, and finds what it has."""
    now = dict(index)
    assert now in expected
    for labels in ({"a": "1"}, {"b": "1"}, {"c": ""}):
        assert index.matching(labels) == {key for key in now if now[key].matches(labels)}
    index.check_invariants()


HERE = selector_index.__name__


@LOADS
@pytest.mark.parametrize("name", CHANGES)
def test_each_step_of_a_change_can_be_the_last(
    monkeypatch: pytest.MonkeyPatch, load: int, name: str
) -> None:
    """The change is done or not done. The steps are those of `SelectorIndex` itself."""
    monkeypatch.setattr(selector_index, "_LOAD", load)
    changed = pair()
    CHANGES[name](changed)

    def check(step: int) -> bool:
        index = pair()
        was = dict(index)
        is_interrupted = interrupt_at(step, lambda: CHANGES[name](index), of=HERE)
        check_whole(index, was, changed)
        return is_interrupted

    # Of a load there are many steps; each one of the few others is tried.
    assert at_each(1 if name == "clear" else 7, check) > 5


def test_each_step_of_a_repair_can_be_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the next look starts again."""

    def check(step: int) -> bool:
        index = interrupted(monkeypatch)
        is_interrupted = interrupt_at(step, lambda: len(index), of=HERE)
        check_whole(index, {"a": A1, "b": B1})
        return is_interrupted

    assert at_each(2, check) > 10


class Busy(str):
    """A key that does something when it is looked up."""

    __slots__ = ()
    work: ClassVar[list[Callable[[], object]]] = []

    def __hash__(self) -> int:
        if self.work:
            self.work.pop()()
        return hash(str(self))

    __eq__ = str.__eq__


def replace(index: SelectorIndex[str]) -> None:
    """Set a key after another one was deleted: two changes, which must not count as none."""
    del index["a"]
    index["b"] = "c"


def clear_and_set(index: SelectorIndex[str]) -> None:
    index.clear()
    index["b"] = "c"


def set_and_delete(index: SelectorIndex[str]) -> None:
    """The other way round, and all at once."""
    index.update({"new": "x=1"})
    del index["a"]


def load_and_delete(index: SelectorIndex[str]) -> None:
    """A load within a load, and then a change."""
    index.update({f"n{n}": "c" for n in range(4)})
    del index["a"]


MEANWHILE: Mapping[str, Callable[[SelectorIndex[str]], object]] = {
    **CHANGES,
    "replace": replace,
    "set and delete": set_and_delete,
    "clear and set": clear_and_set,
    "load": lambda index: index.update({f"n{n}": "c" for n in range(4)}),
    "load and delete": load_and_delete,
}


@pytest.mark.parametrize("name", MEANWHILE)
def test_a_load_that_changes_the_index_itself(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A key's own code changes the index while a copy of it is made: the load comes last."""
    index = pair()
    index[Busy("busy")] = "x"
    model = {**index}
    monkeypatch.setattr(selector_index, "_LOAD", 4)
    made = SelectorIndex[str](model)
    MEANWHILE[name](made)
    Busy.work[:] = [lambda: MEANWHILE[name](index)]
    news = {f"m{n}": parse(f"m={n}") for n in range(5)}
    index.update(news)
    assert Busy.work == []
    assert dict(index) == {**dict(made), **news}
    index.check_invariants()


def test_keys_are_copied_once_after_they_were_shared() -> None:
    """Not again for each key that comes."""
    indexed = IndexedSelector[int](A1, None)
    first = indexed.keys
    assert indexed.writable_keys() is first
    first[1] = None
    shared = indexed.share_keys()
    keys = indexed.writable_keys()
    assert keys == shared
    assert keys is not shared
    assert indexed.writable_keys() is keys


BREAKS: Mapping[str, Callable[[Any], object]] = {
    "a key less": lambda index: index._by_key.pop("web"),
    "a key more": lambda index: index._by_key.update(more=index._by_key["web"]),
    "a selector less": lambda index: index._by_selector.popitem(),
    "another selector": lambda index: setattr(index._by_key["web"], "selector", parse("x=y")),
    "no keys": lambda index: index._by_selector[parse("app=web")].keys.clear(),
    "one without keys": lambda index: (
        index._by_key.pop("web"), index._by_key["any"].keys.update(web=None),
        index._by_key.update(web=index._by_key["any"]),
        index._by_selector[parse("app=web")].keys.clear(),
    ),
    "another's key": lambda index: index._by_selector[parse("app=web")].keys.update(any=None),
    "candidates": lambda index: index._candidates.remove(index._by_selector[parse("app=web")]),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_index_is_found_out(services: SelectorIndex[str], name: str) -> None:
    services.check_invariants()
    BREAKS[name](services)
    with pytest.raises((AssertionError, KeyError)):
        services.check_invariants()


def test_regular_expressions() -> None:
    """They are asked for each value once, whoever has it."""
    pytest.importorskip("re2")
    from labelsel import Matches  # noqa: PLC0415  # what is tested needs the extra

    index = SelectorIndex({1: Matches("a", "x.*"), 2: ~Matches("a", "x.*"), 3: Matches("a", "")})
    assert index.matching({"a": "xy"}) == {1}
    assert index.matching({"a": "y"}) == {2}
    assert index.matching({"a": ""}) == {2, 3} == index.matching({})

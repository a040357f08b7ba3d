"""A change that is interrupted anywhere is done or not done, and the structure is whole.

Interrupted: an exception comes out of the middle of it, as from Ctrl-C, a time-out by a signal, or
memory that is not there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pytest

from labelsel import LabelIndex, LiveIndex, SelectorIndex, parse
from labelsel.index.bulk_load import EncodedSets
from labelsel.kubernetes import Inventory
from labelsel.kubernetes.inventory import inventory as inventory_module
from labelsel.live import change as live_changes
from tests.interrupts import Interrupt, at_each, call_at, interrupt_at
from tests.kubernetes.inventory.objects import CRD, CUSTOM

Change = Callable[[Any], object]


def some_slow(changes: Iterable[str]) -> list[Any]:
    """Return changes as the parameters of a test; `compact` takes several seconds."""
    return [
        pytest.param(name, marks=[pytest.mark.slow] if name == "compact" else [])
        for name in changes
    ]


def label_index() -> LabelIndex[Any]:
    """Return an index with free rows, a shared posting, and numbers that were asked for."""
    index = LabelIndex({f"k{n}": {"app": f"a{n % 3}", "n": str(n)} for n in range(7)})
    index.patch("k2", {"u": "x"})
    index.select("n>2")
    del index["k4"], index["k3"]
    index["k9"] = {"app": "a1"}
    return index


def row_index() -> LabelIndex[Any]:
    """Return an index whose keys are its row numbers, with a free row."""
    index = LabelIndex.from_arrow(
        pa.table({"app": ["a", "b", None, "a"], "n": ["1", "2", "3", None]})
    )
    del index[1]
    return index


MANY = {"k2": {"app": "new"}, "k1": None, **{f"m{n}": {"app": "m", "n": str(n)} for n in range(40)}}

INDEX_CHANGES: dict[str, tuple[Callable[[], LabelIndex[Any]], Change]] = {
    "set a new key": (label_index, lambda index: index.__setitem__("x", {"app": "z", "q": "1"})),
    "set": (label_index, lambda index: index.__setitem__("k2", {"app": "z", "n": "77"})),
    "delete": (label_index, lambda index: index.pop("k2", None)),
    "patch": (
        label_index,
        lambda index: index.patch("k2", {"app": "new", "u": None, "v": "x", "n": "5"}),
    ),
    "patch many": (
        label_index,
        lambda index: index.patch("k2", {**{f"l{n}": "1" for n in range(20)}, "u": None}),
    ),
    "exchange": (label_index, lambda index: index.exchange("k2", {"app": "new", "v": "x"})),
    "exchange a new key": (label_index, lambda index: index.exchange("x", {"app": "new"})),
    "update": (label_index, lambda index: index.update(MANY)),
    "update an empty index": (LabelIndex, lambda index: index.update(MANY)),
    "clear": (label_index, lambda index: index.clear()),
    "compact": (label_index, lambda index: index.compact()),
    "set a row": (row_index, lambda index: index.__setitem__(1, {"app": "q"})),
    "append a row": (row_index, lambda index: index.__setitem__(4, {"app": "q"})),
    "set a key beside rows": (row_index, lambda index: index.__setitem__("x", {"app": "q"})),
    "delete a row": (row_index, lambda index: index.pop(2, None)),
    "update rows": (row_index, lambda index: index.update({0: {"app": "h"}, "y": {}, 7: {}})),
}

QUERY = "app!=a1,n>0"


def check_index(make: Callable[[], LabelIndex[Any]], change: Change, step: int) -> bool:
    """Interrupt a change of an index; return whether there was such a step."""
    index = make()
    was, changed = dict(index), make()
    change(changed)
    selection, query = index.select("app"), index.prepare(QUERY)
    selected = list(selection)
    query.count()
    if not interrupt_at(step, lambda: change(index)):
        return False
    # What was made before looks at the index before anything else does.
    assert list(selection) == selected
    assert all(key in selection for key in selected)
    labels = dict(index)
    assert query.count() == sum(map(parse(QUERY).matches, labels.values()))
    index.check_invariants()
    assert labels in (was, dict(changed))
    assert list(index) == (list(was) if labels == was else list(changed))
    assert list(selection) == selected
    if labels == was:
        change(index)
    index.check_invariants()
    assert dict(index) == dict(changed)
    return True


@pytest.mark.parametrize("name", INDEX_CHANGES)
def test_label_index(name: str) -> None:
    """Some steps of each change of a LabelIndex."""
    make, change = INDEX_CHANGES[name]
    assert at_each(101, lambda step: check_index(make, change, step))


@pytest.mark.slow
@pytest.mark.parametrize("name", INDEX_CHANGES)
def test_label_index_at_many_steps(name: str) -> None:
    """Many steps of each change of a LabelIndex."""
    make, change = INDEX_CHANGES[name]
    assert at_each(5, lambda step: check_index(make, change, step))


@pytest.mark.parametrize("make", [LabelIndex, label_index])
def test_new_keys_whose_labels_are_not_there_yet(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], LabelIndex[Any]]
) -> None:
    """Many new keys have their rows before their labels: an interrupt between the two."""
    index = make()
    was = dict(index)

    def interrupt(_sets: EncodedSets, _store: object) -> None:
        raise Interrupt

    with monkeypatch.context() as patched:
        patched.setattr(EncodedSets, "append_to", interrupt)
        with pytest.raises(Interrupt):
            index.update(MANY)
    assert len(index) == len(was)
    index.check_invariants()
    assert dict(index) == was
    index.update(MANY)
    index.check_invariants()
    assert dict(index) != was


def asked_index() -> LabelIndex[Any]:
    """Return an index whose plans are out of date."""
    index = label_index()
    for text in (QUERY, "app=a1", "app in (a0,a2),!u"):
        index.count(text)
    index.update({f"m{n}": {"app": f"a{n}", "n": str(n), "u": "x"} for n in range(9)})
    return index


INDEX_QUESTIONS: dict[str, Change] = {
    "select": lambda index: index.select("app=a1"),
    "select with a range": lambda index: index.select("n>2,n<7"),
    "select by a new text": lambda index: list(index.select("app=a2,u")),
    "select by a tree": lambda index: index.select(parse("app=a1") | ~parse("n,u=x")),
    "count": lambda index: index.count(QUERY),
    "prepare": lambda index: index.prepare("app in (a0,a2),!u").count(),
    "explain": lambda index: index.explain(QUERY),
    "label_values": lambda index: index.label_values("app"),
    "get": lambda index: index["k2"],
    "items": lambda index: list(index.items()),
    "a selection": lambda index: set(index.select("u")) & index.select("app") | index.select("!n"),
    "stats": lambda index: index.stats(),
    "copy": copy.copy,
}


def check_question(make: Callable[[], LabelIndex[Any]], question: Change, step: int) -> bool:
    """Interrupt a question to an index; return whether there was such a step."""
    index = make()
    if not interrupt_at(step, lambda: question(index)):
        return False
    for is_changed in (False, True):
        if is_changed:
            index.update({"k1": {"app": "a1", "n": "5"}, "m0": None})
        for text in ("app=a1", "n>2,n<7", "app=a2,u", QUERY, "app in (a0,a2),!u", "u", "!n"):
            selector = parse(text)
            expected = [key for key, labels in index.items() if selector.matches(labels)]
            assert list(index.select(text)) == expected
            assert index.count(selector) == len(expected)
        index.check_invariants()
        question(index)
    return True


@pytest.mark.parametrize("name", INDEX_QUESTIONS)
@pytest.mark.parametrize("make", [label_index, asked_index])
def test_questions(name: str, make: Callable[[], LabelIndex[Any]]) -> None:
    """Some steps of each question to a LabelIndex: later ones are answered right."""
    every = 7 if name == "select" else 211
    assert at_each(every, lambda step: check_question(make, INDEX_QUESTIONS[name], step))


@pytest.mark.slow
@pytest.mark.parametrize("name", INDEX_QUESTIONS)
def test_questions_at_many_steps(name: str) -> None:
    """Many steps of each question to an index whose plans are out of date."""
    assert at_each(5, lambda step: check_question(asked_index, INDEX_QUESTIONS[name], step))


def check_kept(step: int) -> bool:
    """Interrupt an export and keep the exception; return whether there was such a step."""
    index = label_index()
    kept: list[Interrupt] = []

    def interrupt() -> None:
        raise Interrupt

    try:
        call_at(step, index.to_arrow, interrupt)
    except Interrupt as error:
        kept.append(error)
    for number in range(20):
        index[f"new{number}"] = {"app": "a1"}
    index.check_invariants()
    return bool(kept)


def test_an_exception_that_is_kept() -> None:
    """It keeps the variables of the functions that it left, and the index grows all the same."""
    assert at_each(9, check_kept)


def selector_index() -> SelectorIndex[str]:
    """Return an index with equal selectors, a shared answer and a branched selector."""
    index = SelectorIndex({f"s{n}": f"app=a{n % 3},n>{n % 2}" for n in range(9)})
    index["or"] = parse("app=a1") | parse("n")
    index.groups()
    return index


SELECTOR_CHANGES: dict[str, Change] = {
    "set": lambda index: index.__setitem__("s1", "app=new"),
    "set an equal one": lambda index: index.__setitem__("s1", "app=a2,n>0"),
    "set a new key": lambda index: index.__setitem__("x", "!app"),
    "delete": lambda index: index.pop("s2", None),
    "delete a branched one": lambda index: index.pop("or", None),
    "update": lambda index: index.update(
        {"s1": "q", "s2": "!q", **{f"t{n}": f"z={n}" for n in range(9)}}
    ),
    "clear": lambda index: index.clear(),
    "compact": lambda index: index.compact(),
}
LABEL_SETS = [
    {},
    {"app": "a1", "n": "4"},
    {"app": "a2", "n": "1"},
    {"app": "new", "q": ""},
    {"z": "3"},
]


def check_selectors(change: Change, step: int) -> bool:
    """Interrupt a change of an index of selectors; return whether there was such a step."""
    index, changed = selector_index(), selector_index()
    was = dict(index)
    change(changed)
    if not interrupt_at(step, lambda: change(index)):
        return False
    selectors = dict(index)
    assert selectors in (was, dict(changed))
    for labels in LABEL_SETS:
        found = {key for key, each in selectors.items() if each.matches(labels)}
        assert index.matching(labels) == found
    index.check_invariants()
    if selectors == was:
        change(index)
    index.check_invariants()
    assert dict(index) == dict(changed)
    return True


@pytest.mark.parametrize("name", some_slow(SELECTOR_CHANGES))
def test_selector_index(name: str) -> None:
    """Some steps of each change of a SelectorIndex."""
    change = SELECTOR_CHANGES[name]
    assert at_each(101, lambda step: check_selectors(change, step))


def test_a_look_up_that_moves_selectors() -> None:
    """A look-up reviews where selectors are indexed; it can be interrupted, too."""

    def make() -> SelectorIndex[int]:
        index = SelectorIndex({n: f"app=web,n={n}" for n in range(30)})
        for n in range(300):
            index.matching({"app": "web", "n": str(n)})
        return index

    labels = {"app": "web", "n": "7"}

    def check(step: int) -> bool:
        index = make()
        is_interrupted = interrupt_at(step, lambda: [index.matching(labels) for _ in range(40)])
        assert index.matching(labels) == {7}
        index.check_invariants()
        return is_interrupted

    assert at_each(101, check)


def live_index() -> LiveIndex[str, str]:
    """Return items and selectors together."""
    return LiveIndex(
        {f"k{n}": {"app": f"a{n % 3}"} for n in range(6)}, {f"s{n}": f"app=a{n}" for n in range(3)}
    )


Mirror = set[tuple[str, str]]


def pairs_of(live: LiveIndex[str, str]) -> Mirror:
    """Return the pairs that match."""
    return {(item, key) for item in live.items for key in live.selected_by(item)}


def mirror_of(live: LiveIndex[str, str]) -> Mirror:
    """Return the pairs that match, as a subscriber keeps them."""
    pairs = pairs_of(live)

    def apply(change: live_changes.Change[str, str]) -> None:
        pairs.difference_update(change.stopped)
        pairs.update(change.started)

    live.subscribe(apply)
    return pairs


LIVE_CHANGES: dict[str, Change] = {
    "set_item": lambda live: live.set_item("k1", {"app": "a2"}),
    "remove_item": lambda live: "k1" not in live.items or live.remove_item("k1"),
    "update_items": lambda live: live.update_items({"k1": {"app": "a2"}, "k9": {"app": "a0"}}),
    "set_selector": lambda live: live.set_selector("s1", "app in (a1,a2)"),
    "remove_selector": lambda live: "s1" not in live.selectors or live.remove_selector("s1"),
    "update_selectors": lambda live: live.update_selectors({"s1": "app", "s7": "!app"}),
    "compact": lambda live: live.compact(),
}


def check_live(change: Change, step: int) -> bool:
    """Interrupt a change of a live index; return whether there was such a step."""
    live, changed = live_index(), live_index()
    pairs = mirror_of(live)
    was = dict(live.items), dict(live.selectors)
    change(changed)
    if not interrupt_at(step, lambda: change(live)):
        return False
    now = dict(live.items), dict(live.selectors)
    assert now in (was, (dict(changed.items), dict(changed.selectors)))
    live.check_invariants()
    for key, labels in now[0].items():
        assert live.selected_by(key) == {
            name for name, each in now[1].items() if each.matches(labels)
        }
    live.set_item("last", {"app": "a0"})
    # Subscribers were told of what was interrupted, and go on receiving what changes later.
    assert pairs == pairs_of(live)
    live.set_selector("last", "app=a0")
    assert pairs == pairs_of(live)
    return True


@pytest.mark.parametrize("name", some_slow(LIVE_CHANGES))
def test_live_index(name: str) -> None:
    """Some steps of each change of a LiveIndex."""
    change = LIVE_CHANGES[name]
    assert at_each(101, lambda step: check_live(change, step))


def check_subscriber(change: Change, step: int) -> bool:
    """Interrupt a change while a subscriber changes the index, too; or the subscriber itself."""
    live, changed = live_index(), live_index()
    for each in (live, changed):
        each.subscribe(lambda _, each=each: each.set_item("told", {"app": "a1"}))  # type: ignore[misc]
    pairs = mirror_of(live)
    was = dict(live.items), dict(live.selectors)
    change(changed)
    if not interrupt_at(step, lambda: change(live)):
        return False
    items = dict(live.items)
    told = items.pop("told", None)
    after = dict(changed.items)
    assert told in (None, after.pop("told", None))
    assert (items, dict(live.selectors)) in (was, (after, dict(changed.selectors)))
    live.check_invariants()
    live.set_item("last", {"app": "a0"})
    live.set_selector("last", "app=a0")
    assert pairs == pairs_of(live)
    assert live.selected_by("last") >= {"last"}
    return True


@pytest.mark.parametrize("name", some_slow(LIVE_CHANGES))
def test_subscriber_that_changes_the_index(name: str) -> None:
    """Some steps of a change, and of the change that a subscriber makes of it."""
    change = LIVE_CHANGES[name]
    assert at_each(211, lambda step: check_subscriber(change, step))


def pod(name: str, namespace: str = "default", **labels: str) -> dict[str, Any]:
    """Return a pod."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}


def inventory() -> Inventory:
    """Return pods and an object of a kind that a definition may come for."""
    pods = Inventory.of(
        [*(pod(f"p{n}", app=f"a{n % 2}") for n in range(5)), pod("s", "store"), CUSTOM]
    )
    pods.select("pods", fields="metadata.name=p1")
    return pods


INVENTORY_CHANGES: dict[str, Change] = {
    "add": lambda here: here.apply({"type": "ADDED", "object": pod("new", app="x")}),
    "update": lambda here: here.update(pod("p1", app="x")),
    "label": lambda here: here.label(here.select("pods"), {"tier": "front"}, overwrite=True),
    "annotate": lambda here: here.annotate(here.select("pods"), {"note": "a b"}),
    "delete all": lambda here: here.delete_all("pods", "app=a1"),
    "delete": lambda here: not here.get("pods", "p1") or here.delete("pods", "p1"),
    "delete a namespace": lambda here: (
        "store" not in here.namespaces() or here.delete("namespaces", "store")
    ),
    "create a namespace": lambda here: (
        here.get("namespaces", "shop") or here.create_namespace("shop")
    ),
    "replace": lambda here: here.replace(
        "pods", [pod("p1", app="x"), pod("p8"), pod("p2", app="a0")]
    ),
    "learn a scope": lambda here: here.apply({"type": "ADDED", "object": CRD}),
    "compact": lambda here: here.compact(),
}


def contents(here: Inventory) -> dict[Any, Any]:
    """Return the objects by key."""
    return {here.key(each): each.body for each in here}


def check_inventory(change: Change, step: int) -> bool:
    """Interrupt a change of an inventory; return whether there was such a step."""
    here, changed = inventory(), inventory()
    was = contents(here)
    change(changed)
    if not interrupt_at(step, lambda: change(here)):
        return False
    now = contents(here)
    assert now in (was, contents(changed))
    assert list(now) == list(was if now == was else contents(changed))
    for selector in ("app=a1", "!app", "tier"):
        expected = [each.name for each in here if parse(selector).matches(each.labels)]
        assert [each.name for each in here.select(None, selector)] == expected
    by_field = here.select("pods", fields="metadata.name=p1")
    assert [each.name for each in by_field] == [key.name for key in now if key.name == "p1"]
    # A later change reaches all parts of the inventory.
    here.apply({"type": "ADDED", "object": pod("later")})
    assert [each.name for each in here.select("pods", fields="metadata.name=later")] == ["later"]
    here.delete("pods", "later")
    if now == was:
        change(here)
    assert contents(here) == contents(changed)
    return True


@pytest.mark.parametrize("name", some_slow(INVENTORY_CHANGES))
def test_inventory(name: str) -> None:
    """Some steps of each change of an Inventory."""
    change = INVENTORY_CHANGES[name]
    assert at_each(211, lambda step: check_inventory(change, step))


def test_a_replace_in_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps of a change that is prepared while others read."""
    monkeypatch.setattr(inventory_module, "_LOAD", 0)
    change = INVENTORY_CHANGES["replace"]
    assert at_each(1499, lambda step: check_inventory(change, step))


@pytest.mark.slow
@pytest.mark.parametrize("name", INVENTORY_CHANGES)
def test_inventory_in_a_copy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some steps of each change that is prepared while others read."""
    monkeypatch.setattr(inventory_module, "_LOAD", 0)
    change = INVENTORY_CHANGES[name]
    assert at_each(499, lambda step: check_inventory(change, step))


class BadKey:
    """A key that raises when it is hashed or compared for the n-th time."""

    left = 0

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        self.use()
        return hash(self.name) % 8  # so that keys are compared, too

    def __eq__(self, other: object) -> bool:
        self.use()
        return isinstance(other, BadKey) and other.name == self.name

    @classmethod
    def use(cls) -> None:
        """Raise if this is the n-th use."""
        cls.left -= 1
        if cls.left == 0:
            raise Interrupt


def keys(*numbers: int) -> list[BadKey]:
    """Return keys."""
    return [BadKey(str(number)) for number in numbers]


def label_index_of_bad_keys() -> LabelIndex[BadKey]:
    """Return an index with such keys, and a free row."""
    index = LabelIndex((key, {"app": key.name}) for key in keys(*range(9)))
    del index[BadKey("8")]
    return index


def selector_index_of_bad_keys() -> SelectorIndex[BadKey]:
    """Return selectors under such keys, some of them equal, one branched."""
    index = SelectorIndex((key, f"app=a{int(key.name) % 3}") for key in keys(*range(7)))
    index[BadKey("7")] = parse("app=a1") | parse("n")
    index.groups()
    return index


def live_index_of_bad_keys() -> LiveIndex[BadKey, BadKey]:
    """Return items and selectors under such keys."""
    return LiveIndex(
        [(key, {"app": f"a{int(key.name) % 3}"}) for key in keys(*range(6))],
        [(key, f"app=a{key.name}") for key in keys(*range(3))],
    )


def contents_by_name(structure: Any) -> Any:
    """Return what a structure has, by the names of its keys: nothing is hashed."""
    if isinstance(structure, LiveIndex):
        return [contents_by_name(each) for each in (structure.items, structure.selectors)]
    return {key.name: value for key, value in structure.items()}


BAD_KEY_CHANGES: dict[str, tuple[Callable[[], Any], Change]] = {
    f"{kind}: {name}": (make, change)
    for kind, make, changes in (
        ("LabelIndex", label_index_of_bad_keys, {
            "set": lambda index: index.__setitem__(BadKey("9"), {"app": "x"}),
            "replace": lambda index: index.__setitem__(BadKey("3"), {"app": "x"}),
            "delete": lambda index: index.pop(BadKey("3"), None),
            "patch": lambda index: index.patch(BadKey("3"), {"app": "x", "u": "1"}),
            "exchange": lambda index: index.exchange(BadKey("3"), {"app": "x"}),
            "exchange a new key": lambda index: index.exchange(BadKey("9"), {"app": "x"}),
            "update": lambda index: index.update(
                [(key, {"app": "x"}) for key in keys(*range(4, 60))]
            ),
            "compact": lambda index: index.compact(),
        }),
        ("SelectorIndex", selector_index_of_bad_keys, {
            "set": lambda index: index.__setitem__(BadKey("9"), "!app"),
            "replace": lambda index: index.__setitem__(BadKey("3"), "app=a2"),
            "delete": lambda index: index.pop(BadKey("3"), None),
            "delete a branched one": lambda index: index.pop(BadKey("7"), None),
            "update": lambda index: index.update(
                [(key, f"z={key.name}") for key in keys(*range(4, 20))]
            ),
            "compact": lambda index: index.compact(),
        }),
        ("LiveIndex", live_index_of_bad_keys, {
            "set_item": lambda live: live.set_item(BadKey("9"), {"app": "a2"}),
            "replace an item": lambda live: live.set_item(BadKey("1"), {"app": "a2"}),
            "remove_item": lambda live: _has(live.items, "1") and live.remove_item(BadKey("1")),
            "update_items": lambda live: live.update_items(
                [(key, {"app": "a1"}) for key in keys(*range(4, 20))]
            ),
            "set_selector": lambda live: live.set_selector(BadKey("9"), "app"),
            "replace a selector": lambda live: live.set_selector(BadKey("1"), "app=a2"),
            "remove_selector": lambda live: (
                _has(live.selectors, "1") and live.remove_selector(BadKey("1"))
            ),
            "update_selectors": lambda live: live.update_selectors(
                [(key, f"app=a{int(key.name) % 3}") for key in keys(*range(1, 9))]
            ),
            "compact": lambda live: live.compact(),
        }),
    )
    for name, change in changes.items()
}  # fmt: skip


def _has(keyed: Iterable[BadKey], name: str) -> bool:
    return any(key.name == name for key in keyed)


def check_bad_key(make: Callable[[], Any], change: Change, use: int) -> bool:
    """Let the n-th use of a key raise; return whether the change has so many."""
    structure, changed = make(), make()
    was = contents_by_name(structure)
    pairs = _pairs_by_name(structure) if isinstance(structure, LiveIndex) else None
    BadKey.left = use
    try:
        change(structure)
    except Interrupt:
        pass
    else:
        return False
    finally:
        BadKey.left = 0
    structure.check_invariants()
    change(changed)
    assert contents_by_name(structure) in (was, contents_by_name(changed))
    if pairs is not None:
        structure.set_item(BadKey("last"), {"app": "a0"})
        structure.set_selector(BadKey("last"), "app=a0")
        # A subscriber was told of what was done, and is told of what comes later.
        assert pairs == {
            (a.name, b.name) for a in structure.items for b in structure.selected_by(a)
        }
    return True


def _pairs_by_name(live: LiveIndex[BadKey, BadKey]) -> Mirror:
    """Return the pairs that match, by name, as a subscriber keeps them."""
    pairs = {(item.name, key.name) for item in live.items for key in live.selected_by(item)}

    def apply(change: live_changes.Change[BadKey, BadKey]) -> None:
        pairs.difference_update((item.name, key.name) for item, key in change.stopped)
        pairs.update((item.name, key.name) for item, key in change.started)

    live.subscribe(apply)
    return pairs


@pytest.mark.parametrize("name", BAD_KEY_CHANGES)
def test_keys_that_raise(name: str) -> None:
    """An exception out of the hash or the comparison of a key, at their uses."""
    make, change = BAD_KEY_CHANGES[name]
    every = 5 if "update" in name else 1
    assert at_each(every, lambda use: check_bad_key(make, change, use))


BY_NUMPY = {"compact", "update", "update an empty index", "update rows"}


@pytest.mark.parametrize("name", [name for name in INDEX_CHANGES if name not in BY_NUMPY])
def test_no_memory(name: str) -> None:
    """One allocation that fails, the first, the second, and so on; in the compiled core, too.

    Not where numpy gets none: it ends the process, or raises something that is no exception. A lock
    may stay locked: Python makes a tuple to leave a ``with`` block, and needs memory for that.
    """
    testing = pytest.importorskip("_testcapi", reason="this Python cannot make allocations fail")
    make, change = INDEX_CHANGES[name]
    changed = make()
    change(changed)
    after, failed = dict(changed), 0
    for number in range(1, 200):
        index = make()
        was = dict(index)
        try:
            testing.set_nomemory(number, number + 1)
            change(index)
        except (MemoryError, SystemError):  # numpy may not say which error it is
            failed += 1
        finally:
            testing.remove_mem_hooks()
        index.check_invariants()
        assert dict(index) in (was, after)
    assert failed

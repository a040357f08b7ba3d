"""Changes of many objects are prepared in a copy while others read, and are else as any change."""

from __future__ import annotations

import gc
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest

from labelsel.kubernetes import Inventory, LabellingError, ManifestError, Resource
from labelsel.kubernetes.inventory import inventory as module
from labelsel.kubernetes.inventory.object_table import ObjectTable
from tests.kubernetes.inventory.objects import CRD, CUSTOM, pod


def pods() -> Inventory:
    """Return pods of which a query has read a field, and an object of a custom kind."""
    found = Inventory.of([*(pod(f"p{n}", app=f"a{n % 2}") for n in range(6)), CUSTOM])
    found.create_namespace("shop")
    found.add(pod("inside", "shop"))
    found.select("pods", fields="metadata.name=p1")
    found.delete("pods", "p5")
    return found


def listed(*objects: Any) -> dict[str, Any]:
    """Return a list of the API."""
    version = {"resourceVersion": "9"}
    return {"kind": "PodList", "apiVersion": "v1", "metadata": version, "items": list(objects)}


CHANGES: dict[str, Callable[[Inventory], Any]] = {
    "replace": lambda here: here.replace("pods", listed(pod("p1", app="x"), pod("p9"), pod("p2"))),
    "replace by none": lambda here: here.replace("pods", []),
    "label": lambda here: here.label(here.select("pods"), {"app": "z"}, overwrite=True),
    "annotate": lambda here: here.annotate(here, {"a": "b"}),
    "delete": lambda here: here.delete("pods", "p1", "p2"),
    "delete a namespace": lambda here: here.delete("ns", "shop"),
    "delete all": lambda here: here.delete_all("pods", fields="metadata.name!=p1"),
    "add": lambda here: here.add(pod("new")),
    "update": lambda here: here.update(pod("p1", app="x")),
    "delete by an event": lambda here: here.apply({"type": "DELETED", "object": pod("p1")}),
    "learn a scope": lambda here: here.apply({"type": "ADDED", "object": CRD}),
    "learn a scope of a list": lambda here: here.replace("crd", [CRD]),
    "compact": lambda here: here.compact(),
}


def state(here: Inventory) -> tuple[object, ...]:
    """Return all that can be seen."""
    objects = [(here.key(each), each.body) for each in here]
    by_field = [here.key(each) for each in here.select("pods", fields="metadata.name!=p2")]
    by_label = [here.key(each) for each in here.select(None, "app=a1")]
    return objects, by_field, by_label, here.kinds(), here.resource_version("pods")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_a_copy_gives_what_one_in_place_gives(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same result, objects, order and versions; another change after it, too."""
    in_place, in_copy = pods(), pods()
    expected = CHANGES[name](in_place)
    table = in_copy._objects
    monkeypatch.setattr(module, "_LOAD", 0)
    assert repr(CHANGES[name](in_copy)) == repr(expected)
    assert in_copy._objects is not table
    assert state(in_copy) == state(in_place)
    for here in (in_place, in_copy):
        here.apply({"type": "MODIFIED", "object": pod("p3", app="a1")})
        here.compact()
        here._table._index.check_invariants()
    assert state(in_copy) == state(in_place)


@pytest.mark.parametrize("name", ["replace", "label", "delete all", "learn a scope of a list"])
def test_many_objects_are_many(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is how many objects a change is about."""
    few, many = pods(), pods()
    tables = few._objects, many._objects
    CHANGES[name](few)
    monkeypatch.setattr(module, "_LOAD", 3)
    CHANGES[name](many)
    assert (few._objects is tables[0], many._objects is tables[1]) == (True, False)
    single = many._objects
    CHANGES["add"](many)
    many.delete("pods", "new")
    many.delete_all("pods", "app=gone")
    many.delete_all("ns,pods", "app=gone", dry_run=True)
    assert many._objects is single
    many.delete_all("ns,pods", "app=gone")  # it may have contents
    assert many._objects is not single


def test_readers_go_on_during_a_change() -> None:
    """A reader, of fields too, is answered in the middle; a writer comes after it."""
    here = pods()
    before = state(here)
    found: list[tuple[object, list[Resource]]] = []
    written = Event()

    def write() -> None:
        here.add(pod("later"))
        written.set()

    writer = Thread(target=write)

    def change(table: ObjectTable) -> None:
        table.remove(list(table.resources))
        writer.start()
        reader = Thread(
            target=lambda: found.append((state(here), here.select("pods", fields="spec.nodeName=")))
        )
        reader.start()
        reader.join(60)
        assert not written.is_set()

    here._change(change, lambda _: module._LOAD)
    writer.join()
    [(seen, by_new_field)] = found
    assert seen == before
    assert len(by_new_field) == 6
    assert [each.name for each in here] == ["later"]


def test_a_change_in_the_middle_of_a_change() -> None:
    """A finalizer or signal handler of the same thread changes the inventory: all is made again."""
    here = pods()
    calls: list[int] = []

    def change(table: ObjectTable) -> None:
        calls.append(len(table.resources))
        if len(calls) == 1:
            here.add(pod("new"))
        table.remove(list(table.resources)[:2])

    here._change(change, lambda _: module._LOAD)
    assert calls == [8, 9]
    assert len(here) == 7
    assert here.get("pods", "new") is not None


def test_a_change_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the copy nor in place, and later changes do not wait for it."""
    here = pods()
    before = state(here)
    monkeypatch.setattr(module, "_LOAD", 0)
    with pytest.raises(LabellingError):
        here.label(here, {"app": "other"})
    with pytest.raises(ManifestError):
        here.replace("pods", [pod("p1"), pod("p1")])
    with pytest.raises(ManifestError):
        here.add(pod("p1"))
    assert state(here) == before
    CHANGES["add"](here)
    assert len(here) == 9


def test_a_field_that_became_a_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query read it before; then it is forgotten, as without a copy."""
    here = Inventory.of([pod("a") | {"spec": {"x": "1"}}, pod("b")])
    assert [each.name for each in here.select("pods", fields="spec.x=1")] == ["a"]
    monkeypatch.setattr(module, "_LOAD", 0)
    here.replace("pods", [pod("a") | {"spec": {"x": {"y": "1"}}}, pod("c")])
    assert [each.name for each in here.select("pods", fields="metadata.name=c")] == ["c"]


def test_fields_are_read_before_the_next_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that changes the objects; those that did not change are not read again."""
    here = pods()
    monkeypatch.setattr(module, "_LOAD", 0)
    here.replace("pods", [*(each for each in here.select("pods")), pod("new")])
    [index] = here._objects._fields.values()
    assert index._changed == set()
    assert [each.name for each in here.select("pods", fields="metadata.name=new")] == ["new"]


@pytest.mark.usefixtures("nothing_frozen")
def test_a_large_list_makes_no_work_for_the_collector() -> None:
    """Objects that are read are no garbage."""
    runs: list[object] = []
    here, many = Inventory(), [pod(f"p{n}") for n in range(module._LOAD)]

    def note(phase: str, _: object) -> None:
        runs.append(phase)

    gc.callbacks.append(note)
    try:
        here.replace("pods", listed(*many))
    finally:
        gc.callbacks.remove(note)
    assert runs == []
    assert len(here) == len(many)


def test_compact_gives_back_what_is_gone() -> None:
    """The tables of an inventory that was large are as small as those of a new one."""
    here = Inventory.of(pod(f"p{n}", app=f"a{n % 3}") for n in range(1000))
    here.select("pods", fields="metadata.name=p1")
    for number in range(1, 1000):
        here.delete("pods", f"p{number}")
    sizes = here._table.resources.__sizeof__(), here._table._index.stats().bytes
    [index] = here._table._fields.values()
    fields = index._index.stats().bytes
    here.compact()
    assert here._table.resources.__sizeof__() < sizes[0] / 10
    assert sum(here._table._index.stats().bytes.values()) < sum(sizes[1].values()) / 2
    [index] = here._table._fields.values()
    assert sum(index._index.stats().bytes.values()) < sum(fields.values()) / 2
    assert [each.name for each in here.select("pods", fields="metadata.name=p0")] == ["p0"]

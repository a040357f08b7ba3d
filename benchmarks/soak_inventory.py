"""The `Inventory` of a soak: objects come, change and go, and so do namespaces and kinds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from benchmarks.soak_models import Item, Items, Queries, Source, difference
from benchmarks.soak_record import Record
from benchmarks.soak_subjects import Subject
from labelsel import Selector, parse
from labelsel.kubernetes import (
    FieldError,
    Inventory,
    Kind,
    LabellingError,
    ManifestError,
    NotFoundError,
    Resource,
    UnknownKindError,
)
from labelsel.selector import holds

__all__ = ["Objects"]

Object: TypeAlias = dict[str, Any]

_SAMPLE: Final = 10
"""Objects that are looked up in each answer."""
_KINDS: Final = 5
"""Custom kinds that are there at a time."""
_NODES: Final = 300
_PHASES: Final = ("Running", "Running", "Running", "Pending", "Failed")
_NAMESPACES: Final = 200
"""Namespaces into which pods come at a time."""
_AGE: Final = 1_000_000
"""After so many new items and revisions pods come into other namespaces; the old ones end when
the last of their pods goes."""


class Objects(Subject):
    """Pods in namespaces that come and go, and custom kinds of which each comes once."""

    def __init__(self, source: Source, record: Record, size: int) -> None:
        super().__init__(source, record)
        self.items = Items(source, size)
        self.inventory = Inventory.of(map(self._pod, self.items))
        self.queries = Queries(source, self.items)
        self._kinds: deque[Kind] = deque()
        self._mistakes = 0

    def round(self) -> None:
        for _ in range(20):
            self._change()
        for _ in range(2):
            self._ask()
        if self.chance.random() < 0.1:
            self._change_kinds()
        if self.chance.random() < 0.05:
            self._list_again()
        if self.chance.random() < 0.1:
            self._mistake()

    def compare(self) -> None:
        query, phase = self.queries.next(), self.chance.choice(_PHASES)
        selector = parse(query) if isinstance(query, str) else query
        expected = self.items.selected(selector)
        found = {each.name for each in self.inventory.select("pods", query)}
        self.record.check(found, expected, "pods", query)
        found = {each.name for each in self._in_phase(query, phase)}
        expected &= {item.name for item in self.items if _phase(item) == phase}
        self.record.check(found, expected, "pods", query, phase)

    def compare_all(self) -> None:
        self.record.check(len(self.inventory.select("pods")), len(self.items), "number of pods")
        for place, item in enumerate(self.items):
            pod = self._get(item)
            self.record.check(pod.labels, self.items.labels(place), "labels of", item.name)
            self.record.check(pod.body["spec"]["nodeName"], _node(item), "node of", item.name)
        namespaces = {_namespace(item) for item in self.items}
        self.record.check(set(self.inventory.namespaces()) - {"default"}, namespaces, "namespaces")

    def check(self) -> None:
        count = len(self.items) + 2 * len(self._kinds)
        self.record.check(len(self.inventory), count, "number of objects")
        self.record.check_whole(self.inventory._table._index.check_invariants, "Inventory")  # noqa: SLF001  # it offers no check of its own

    def sizes(self) -> dict[str, int]:
        table = self.inventory._table  # noqa: SLF001  # see `Subject.sizes`
        return {
            "fields indexed": sum(len(each._names) for each in table._fields.values()),  # noqa: SLF001  # likewise
            "custom kinds known": len(table.scopes._custom),  # noqa: SLF001  # likewise
            "objects": len(self.inventory),
            "kinds": len(self.inventory.kinds()),
            "namespaces": len(self.inventory.namespaces()),
        }

    # Questions

    def _ask(self) -> None:
        query, draw = self.queries.next(), self.chance.random()
        namespace = _namespace(self.items[self.items.pick()]) if 0.4 <= draw < 0.8 else None
        phase = self.chance.choice(_PHASES) if draw >= 0.8 else None
        found = self.record.timed(
            "inventory select", lambda: self._in_phase(query, phase, namespace)
        )
        names = {each.name for each in found}
        selector = parse(query) if isinstance(query, str) else query
        for _ in range(_SAMPLE):
            place = self.items.pick()
            item = self.items[place]
            expected = (
                namespace in (None, _namespace(item))
                and phase in (None, _phase(item))
                and holds(selector, self.items.labels(place))
            )
            self.record.check(item.name in names, expected, "pod of", query)

    def _in_phase(
        self, query: Selector | str, phase: str | None, namespace: str | None = None
    ) -> list[Resource]:
        fields = "" if phase is None else f"status.phase={phase}"
        return self.inventory.select("pods", query, fields=fields, namespace=namespace)

    def _get(self, item: Item) -> Resource:
        found = self.inventory.get("pods", item.name, _namespace(item))
        assert found is not None
        return found

    # Changes

    def _change(self) -> None:
        place, draw = self.items.pick(), self.chance.random()
        before = self.items[place]
        if draw < 0.25:
            after = self.items[place] = self.source.item()
            gone, new = self._pod(before), self._pod(after)
            if draw < 0.1:
                self._timed_change(lambda: self.inventory.apply(_event("DELETED", gone)))
                self._timed_change(lambda: self.inventory.apply(_event("ADDED", new)))
            else:
                namespace = _namespace(before)
                self._timed_change(
                    lambda: self.inventory.delete("pods", before.name, namespace=namespace)
                )
                self._timed_change(lambda: self.inventory.add(new))
        elif draw < 0.6:
            after = self.items[place] = self.source.replaced(before)
            new = self._pod(after)
            if draw < 0.4:
                self._timed_change(lambda: self.inventory.apply(_event("MODIFIED", new)))
            else:
                self._timed_change(lambda: self.inventory.update(new))
        else:
            after = self.items[place] = self.source.revised(before)
            was, now = self.source.label_set(before), self.items.labels(place)
            pods, changes = [self._get(before)], difference(was, now)
            self._timed_change(lambda: self.inventory.label(pods, changes, overwrite=True))
            self.inventory.annotate(pods, {"trace": f"t{after.revision}"})

    def _timed_change(self, call: Callable[[], object]) -> None:
        self.record.timed("inventory change", call)

    def _change_kinds(self) -> None:
        """Define a kind with an object of it; end the oldest one."""
        serial = self.source.serial()
        kind = Kind(f"Kind{serial}", f"g{serial % 10}.example")
        self.inventory.add(_definition(kind))
        self.inventory.add(_custom(kind))
        found = self.inventory.select(kind, fields="spec.size=1")
        self.record.check([each.name for each in found], ["one"], "an object of a custom kind")
        self.inventory.apply(_event("BOOKMARK", _custom(kind, {"resourceVersion": str(serial)})))
        self._kinds.append(kind)
        if len(self._kinds) > _KINDS:
            gone = self._kinds.popleft()
            self.inventory.apply(_event("DELETED", _custom(gone)))
            self.inventory.apply(_event("DELETED", _definition(gone)))
            self.record.check_true(gone not in self.inventory.kinds(), "a kind is gone")

    def _list_again(self) -> None:
        """Replace the pods of a namespace by a fresh list of it, in which each one differs."""
        namespace = _namespace(self.items[self.items.pick()])
        places = [n for n, item in enumerate(self.items) if _namespace(item) == namespace]
        for place in places:
            self.items[place] = self.source.revised(self.items[place])
        pods = [self._pod(self.items[place]) for place in places]
        version = {"resourceVersion": str(self.source.serial())}
        listed = {"kind": "PodList", "apiVersion": "v1", "metadata": version, "items": pods}
        changes = self.inventory.replace("pods", listed, namespace=namespace)
        self.record.check(len(changes), len(places), "changes in", namespace)

    def _mistake(self) -> None:
        """What is refused changes nothing; all is compared later."""
        serial, inventory, check = self.source.serial(), self.inventory, self.record.check_raises
        pod = self._pod(self.items[self.items.pick()])
        new = self._pod(self.source.item())
        mistakes: list[Callable[[], None]] = [
            lambda: check(
                FieldError, lambda: inventory.select("pods", fields=f"spec.gone{serial}=a"), "field"
            ),
            lambda: check(UnknownKindError, lambda: inventory.select(f"kinds{serial}"), "kind"),
            lambda: check(ManifestError, lambda: inventory.add(pod), "add again"),
            lambda: check(ManifestError, lambda: inventory.add({"kind": f"X{serial}"}), "add"),
            lambda: check(NotFoundError, lambda: inventory.update(new), "update"),
            lambda: check(
                LabellingError,
                lambda: inventory.label(inventory.select("pods")[:9], {"env": f"e{serial}"}),
                "label",
            ),
        ]
        self._mistakes += 1
        mistakes[self._mistakes % len(mistakes)]()

    def _pod(self, item: Item) -> Object:
        labels = self.source.label_set(item)
        notes = {"owner": f"team-{item.base % 50}", "note": f"n{item.revision}"}
        metadata = {"name": item.name, "namespace": _namespace(item), "labels": labels}
        return {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": metadata | {"annotations": notes},
            "spec": {"nodeName": _node(item)},
            "status": {"phase": _phase(item)},
        }


def _event(name: str, obj: Object) -> Object:
    return {"type": name, "object": obj}


def _namespace(item: Item) -> str:
    number = int(item.name.removeprefix("pod-"))
    return f"ns-{number // _AGE}-{number % _NAMESPACES}"


def _node(item: Item) -> str:
    return f"node-{item.base % _NODES}"


def _phase(item: Item) -> str:
    return _PHASES[item.base % len(_PHASES)]


def _definition(kind: Kind) -> Object:
    plural = kind.kind.lower() + "s"
    spec = {"group": kind.group, "names": {"kind": kind.kind, "plural": plural}}
    return {
        "kind": "CustomResourceDefinition",
        "apiVersion": "apiextensions.k8s.io/v1",
        "metadata": {"name": f"{plural}.{kind.group}"},
        "spec": spec | {"scope": "Namespaced"},
    }


def _custom(kind: Kind, version: dict[str, str] | None = None) -> Object:
    metadata = {"name": "one", "namespace": "default"} | (version or {})
    api_version = f"{kind.group}/v1"
    return {"kind": kind.kind, "apiVersion": api_version, "metadata": metadata, "spec": {"size": 1}}

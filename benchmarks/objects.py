"""``python -m benchmarks.objects``: the measurements behind constants of labelsel.kubernetes.

Each line names a choice of `labelsel.kubernetes.inventory` or `labelsel.kubernetes.selection`,
and the CPU time of both ways. Answers are compared before they are timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import process_time
from typing import Any, Final, TypeVar

from benchmarks.data import label_sets
from labelsel import LabelIndex
from labelsel.kubernetes import (
    Inventory,
    Kind,
    Resource,
    SelectorRelation,
    Source,
    diff_relations,
    groups,
    nodes_for,
    read_object_selectors,
    select,
    selector_graph,
    selector_targets,
)
from labelsel.kubernetes.inventory.fields import field_values
from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.inventory.object_table import ObjectTable
from labelsel.kubernetes.read.clients import read_objects

__all__ = ["main"]

OBJECTS: Final = 100_000
SELECTOR: Final = "app.kubernetes.io/component=worker"
T = TypeVar("T")


def timed(work: Callable[[], T], rounds: int = 3) -> tuple[float, T]:
    """Return the least CPU time of some rounds, in milliseconds, and the answer."""
    answer = work()
    best = float("inf")
    for _ in range(rounds):
        start = process_time()
        work()
        best = min(best, process_time() - start)
    return best * 1000, answer


def make_objects(kind: str, count: int) -> list[Resource]:
    """Return objects with the documented label sets, in 100 namespaces."""
    source = Source("a.yaml", 1, 1)
    return [
        Resource(kind, "v1", f"ns-{n % 100}", f"{kind}-{n}", labels, {}, {"spec": {}}, source)
        for n, labels in enumerate(label_sets(count))
    ]


def compare_scan_and_index(objects: list[Resource]) -> Iterator[str]:
    """`find.select` scans: for one question an index costs more than it saves."""
    scan, found = timed(lambda: select(objects, SELECTOR, namespace=None).resources)

    def ask_new_index() -> list[Resource]:
        index = LabelIndex({number: item.labels for number, item in enumerate(objects)})
        return [objects[number] for number in index.select(SELECTOR)]

    index, answer = timed(ask_new_index)
    assert answer == found != []
    yield f"one question, {len(objects):,} objects: scan {scan:.0f} ms, new index {index:.0f} ms"


def compare_groups_and_index(objects: list[Resource]) -> Iterator[str]:
    """`groups` passes over the labels: it needs no index for one question."""
    key = "app.kubernetes.io/component"
    one_pass, found = timed(lambda: groups(objects, [key]))

    def ask_new_index() -> int:
        index = LabelIndex({number: item.labels for number, item in enumerate(objects)})
        return len(index.label_values(key))

    index, values = timed(ask_new_index)
    assert values == sum(group.values != (None,) for group in found)
    yield f"groups, {len(objects):,} objects: one pass {one_pass:.0f} ms, index {index:.0f} ms"


def compare_puts(objects: list[Resource]) -> Iterator[str]:
    """`_FEW` of object_table.py: where LabelIndex.update takes less than one by one.

    The index only grows: rows of removed items would be filled one by one in both ways.
    """
    index = LabelIndex({number: item.labels for number, item in enumerate(objects)})

    def put_each(few: dict[int, Mapping[str, str]]) -> None:
        for key, value in few.items():
            index[key] = value

    for count in (1, 4, 16, 64, 256):
        times = []
        for put in (put_each, index.update):
            best = float("inf")
            for _ in range(5):
                few = {len(index) + n: objects[n].labels for n in range(count)}
                start = process_time()
                put(few)
                best = min(best, process_time() - start)
            times.append(best * 1e6)
        yield f"{count} new objects: one by one {times[0]:.0f} µs, update {times[1]:.0f} µs"


def time_fields(objects: list[Resource]) -> Iterator[str]:
    """A field is indexed when it is first asked for, and not before."""
    table = ObjectTable()
    table.insert(objects)
    kind = frozenset((Kind("Pod", ""),))
    read, _ = timed(lambda: [field_values(item, ["metadata.name"]) for item in objects])
    yield f"reading one field of {len(objects):,} objects: {read:.0f} ms"
    key = table.find(ObjectQuery(kinds=kind))[77]
    named = ObjectQuery(kinds=kind, names=frozenset((key.name,)), namespace=key.namespace)
    by_name, found = timed(lambda: table.find(named), rounds=1000)
    assert found == [key]
    yield f"one object by its name, of {len(objects):,}: {by_name * 1000:.0f} µs"


def time_loading(objects: list[Resource]) -> Iterator[str]:
    """`Inventory.of` copies the objects of other libraries, then indexes them."""
    bodies: list[dict[str, object]] = [
        {
            "kind": item.kind,
            "apiVersion": item.api_version,
            "metadata": {"name": item.name, "namespace": item.namespace, "labels": item.labels},
            "spec": {"nodeName": f"node-{number % 100}"},
        }
        for number, item in enumerate(objects[: OBJECTS // 5])
    ]
    copy, copies = timed(lambda: [*read_objects(bodies)])
    both, inventory = timed(lambda: Inventory.of(bodies))
    assert len(copies) == len(inventory)
    yield f"loading {len(bodies):,} objects: copying {copy:.0f} ms, with the index {both:.0f} ms"


def time_nodes(nodes: list[Resource]) -> Iterator[str]:
    """`nodes_for` indexes the nodes; only refused nodes are explained."""
    for name, selector in ("all fit", {}), ("none fits", {"no": "such"}):
        body = {"spec": {"nodeSelector": selector}}
        pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))
        took, _ = timed(lambda pod=pod: nodes_for(pod, nodes))  # type: ignore[misc]
        yield f"nodes_for, {len(nodes):,} nodes, {name}: {took:.0f} ms"


def make_apps(count: int) -> list[Resource]:
    """Return as many objects in 500 namespaces: a Deployment, Service, ConfigMap, Pod an app."""
    source = Source("a.yaml", 1, 1)
    made = []
    for n in range(count // 4):
        labels = {"app.kubernetes.io/name": f"app-{n}", "suite": f"suite-{n % 40}"}
        own = {"app.kubernetes.io/name": f"app-{n}"}
        template = {"metadata": {"labels": own | {"tier": "back"}}, "spec": {"containers": []}}
        for kind, version, spec in (
            ("Deployment", "apps/v1", {"selector": {"matchLabels": own}, "template": template}),
            ("Service", "v1", {"selector": own}),
            ("ConfigMap", "v1", {}),
            ("Pod", "v1", {"containers": []}),
        ):
            body: dict[str, Any] = {"spec": spec}
            made.append(
                Resource(kind, version, f"ns-{n % 500}", f"app-{n}", labels, {}, body, source)
            )
    return made


def time_relation(objects: list[Resource]) -> Iterator[str]:
    """`SelectorRelation` answers each distinct selector once, on an index for each namespace."""
    read, found = timed(lambda: read_object_selectors(objects), rounds=1)
    targets = selector_targets(objects)

    def relate() -> SelectorRelation:
        return SelectorRelation(found, targets)

    forth, pairs = timed(lambda: list(relate().pairs()), rounds=1)

    def ask_back() -> int:
        relation = relate()
        return sum(len(relation.selecting(target)) for target in targets)

    back, count = timed(ask_back, rounds=1)
    assert count == len(pairs) == 2 * len(found)
    size = f"{len(found):,} selectors and {len(targets):,} targets in {len(objects):,} objects"
    yield f"{size}: reading the selectors {read:.0f} ms"
    yield f"{len(pairs):,} pairs: by selector {forth:.0f} ms, by target {back:.0f} ms"
    took, graph = timed(lambda: selector_graph(objects), rounds=1)
    yield f"graph of {len(graph.nodes):,} nodes, selectors read again: {took:.0f} ms"
    took, same = timed(lambda: diff_relations(relate(), relate()), rounds=1)
    assert not same
    yield f"diff of two such relations: {took:.0f} ms"


def main() -> None:
    """Print all lines."""
    objects = make_objects("Pod", OBJECTS)
    parts = (
        compare_scan_and_index,
        compare_groups_and_index,
        compare_puts,
        time_fields,
        time_loading,
    )
    for part in parts:
        for line in part(objects):
            print(line, flush=True)
    for line in time_nodes(make_objects("Node", OBJECTS // 10)):
        print(line, flush=True)
    for line in time_relation(make_apps(OBJECTS)):
        print(line, flush=True)


if __name__ == "__main__":
    main()

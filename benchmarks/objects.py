"""``python -m benchmarks.objects``: the measurements behind constants of labelsel.kubernetes.

Each line names a choice of `labelsel.kubernetes.inventory` or `labelsel.kubernetes.selection`,
and the CPU time of both ways. Answers are compared before they are timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Final, TypeVar

from benchmarks.data import label_sets
from labelsel import LabelIndex
from labelsel.kubernetes import Kind, Resource, Source, groups, nodes_for, select
from labelsel.kubernetes.inventory.fields import field_values
from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.inventory.object_table import ObjectTable

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
    """`_FEW` of object_table.py: where LabelIndex.update takes less than one by one."""
    labels = {number: item.labels for number, item in enumerate(objects)}
    index = LabelIndex(labels)
    added = {-1 - n: item.labels for n, item in enumerate(objects[:256])}

    def put_each(few: dict[int, dict[str, str]]) -> None:
        for key, value in few.items():
            index[key] = value

    for count in (1, 4, 16, 64, 256):
        few = {key: dict(added[key]) for key in list(added)[:count]}
        times = []
        for put in (put_each, index.update):
            best = float("inf")
            for _ in range(5):
                start = process_time()
                put(few)
                best = min(best, process_time() - start)
                for key in few:
                    del index[key]
            times.append(best * 1e6)
        yield f"{count} new objects: one by one {times[0]:.0f} µs, update {times[1]:.0f} µs"


def time_nodes(nodes: list[Resource]) -> Iterator[str]:
    """`nodes_for` indexes the nodes; only refused nodes are explained."""
    for name, selector in ("all fit", {}), ("none fits", {"no": "such"}):
        body = {"spec": {"nodeSelector": selector}}
        pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))
        took, _ = timed(lambda pod=pod: nodes_for(pod, nodes))  # type: ignore[misc]
        yield f"nodes_for, {len(nodes):,} nodes, {name}: {took:.0f} ms"


def time_fields(objects: list[Resource]) -> Iterator[str]:
    """A field is indexed when it is first asked for, and not before."""
    table = ObjectTable()
    table.take(objects, None)
    kind = frozenset((Kind("Pod", ""),))
    read, _ = timed(lambda: [field_values(item, ["metadata.name"]) for item in objects])
    yield f"reading one field of {len(objects):,} objects: {read:.0f} ms"
    key = table.find(ObjectQuery(kinds=kind))[77]
    named = ObjectQuery(kinds=kind, names=frozenset((key.name,)), namespace=key.namespace)
    by_name, found = timed(lambda: table.find(named), rounds=1000)
    assert found == [key]
    yield f"one object by its name, of {len(objects):,}: {by_name * 1000:.0f} µs"


def main() -> None:
    """Print all lines."""
    objects = make_objects("Pod", OBJECTS)
    for part in (compare_scan_and_index, compare_groups_and_index, compare_puts, time_fields):
        for line in part(objects):
            print(line, flush=True)
    for line in time_nodes(make_objects("Node", OBJECTS // 10)):
        print(line, flush=True)


if __name__ == "__main__":
    main()

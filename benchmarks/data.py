"""Label sets as a large cluster has them, made up and always the same.

`label_sets(n)` is what a program holds that has listed the n pods of a cluster:

1. There are n / 100 apps, whose sizes follow Zipf's law: of a million pods the largest app has
   100,000, the smallest ten. Some labels all pods of an app share (part-of, managed-by), some
   go with a pod's role in its app (component, tier), the others each pod has for itself.
2. By what runs a pod it has one more: a pod-template-hash that it shares with a few others, its
   own name, or the UID of its job. Nearly all of the distinct labels are of these.
3. There are numbers for ``>`` and ``<``, with a few values among them that are none; there are
   empty values; and most keys are missing somewhere.
4. Pods come in no order, which is the harder case. `listed` puts them in the order of a list from
   an API server, by namespace and name: the pods of an app are side by side, where compressed
   bitmaps are small and quick.
5. Strings are shared as in a client that decodes a list page by page, `PAGE` objects at a time:
   within a page equal keys are one object, and each value is an object of its own. So reading
   a label costs the cache misses that it costs in a real program.

The names, the first pod-template-hash and the first pods' names of the ten largest apps do not
depend on n: a query that names them finds something at every size.

What it comes to stands in `DOCUMENTED`; ``python -m benchmarks.data`` counts it anew.
"""

from __future__ import annotations

import json
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from random import Random
from time import perf_counter
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = [
    "DOCUMENTED",
    "Figures",
    "LabelSet",
    "figures",
    "label_sets",
    "listed",
    "pages",
    "template_hash",
]

LabelSet: TypeAlias = dict[str, str]

SEED: Final = 20_240_517
PAGE: Final = 500
"""Label sets that are decoded together; clients list objects in pages of this size."""


class Figures(NamedTuple):
    """What a list of label sets comes to.

    Attributes:
        labels: how many labels the sets have in all.
        distinct: how many different ones.
        rare: how many of the different ones stand on 16 sets or fewer.
    """

    labels: int
    distinct: int
    rare: int


DOCUMENTED: Final = {
    1_000: Figures(8_802, 542, 486),
    10_000: Figures(87_493, 4_582, 4_331),
    100_000: Figures(875_661, 39_386, 37_190),
    1_000_000: Figures(8_758_647, 376_403, 365_952),
}
"""What `label_sets` comes to; of a million 8.8 labels a set, and 97 % of the distinct ones rare."""


def label_sets(n: int) -> list[LabelSet]:
    """Return n label sets, for one n the same in every process. Some 5 µs a set."""
    return list(chain.from_iterable(pages(n)))


def pages(n: int) -> Iterator[list[LabelSet]]:
    """Yield the same n label sets page by page, `PAGE` of them each."""
    pods = _pods(n)
    while page := list(islice(pods, PAGE)):
        yield json.loads(json.dumps(page))


def listed(sets: Iterable[LabelSet]) -> list[LabelSet]:
    """Return label sets in the order in which an API server lists such pods.

    The namespace is that of the suite that a pod is part of. Its name starts with those of its app
    and its role, and goes on with what the name of its workload has; the rest is random.
    """
    return sorted(sets, key=_namespace_and_name)


def _namespace_and_name(labels: LabelSet) -> tuple[str, str]:
    owner = f"{labels['app.kubernetes.io/name']}-{labels['app.kubernetes.io/component']}"
    suffix = labels.get("pod-template-hash") or labels.get("controller-uid", "")
    name = labels.get("statefulset.kubernetes.io/pod-name") or f"{owner}-{suffix}"
    return labels.get("app.kubernetes.io/part-of", ""), name


def figures(sets: Iterable[LabelSet]) -> Figures:
    """Count what stands in label sets. O(labels)."""
    counts = Counter(chain.from_iterable(map(dict.items, sets)))
    return Figures(counts.total(), len(counts), sum(count <= 16 for count in counts.values()))


def template_hash(rank: int, replica_set: int) -> str:
    """Return the pod-template-hash of a replica set of the app with this rank, both from 0."""
    # An odd factor: of numbers below 2**44 no two become the same.
    return f"{(replica_set << 20 | rank + 1) * 0x9E3779B97F4A7C1 % 2**44:011x}"


class _Role(NamedTuple):
    """What a pod does in its app, and what kind of workload runs it."""

    component: str
    tier: str | None
    kind: Literal["Deployment", "StatefulSet", "Job", "DaemonSet"]


@dataclass(frozen=True, slots=True)
class _App:
    """What the pods of one app have in common.

    Attributes:
        rank: its place by size, from 0 for the largest.
        shared: the labels that all its pods have.
        versions: what versions of it run, the most usual first.
        replica_sets: over how many its pods of kind Deployment are spread.
    """

    rank: int
    shared: LabelSet
    versions: tuple[str, str, str]
    replica_sets: int


# In these tables a choice stands as often as its share asks for, so that one draw decides.
# None is no label at all.
_ROLES: Final = (
    (_Role("server", "backend", "Deployment"),) * 36
    + (_Role("web", "frontend", "Deployment"),) * 20
    + (_Role("worker", "backend", "Deployment"),) * 18
    + (_Role("database", "database", "StatefulSet"),) * 6
    + (_Role("cache", "cache", "StatefulSet"),) * 4
    + (_Role("migration", "batch", "Job"),) * 5
    + (_Role("backup", None, "Job"),) * 3
    + (_Role("agent", None, "DaemonSet"),) * 8
)
_MANAGERS: Final = ("Helm",) * 10 + ("argocd",) * 4 + ("kustomize",) * 3 + ("",) + (None,) * 2
_BY_POD: Final[tuple[tuple[str, tuple[str | None, ...]], ...]] = (
    ("env", ("prod",) * 46 + ("staging",) * 24 + ("dev",) * 18 + ("",) * 2 + (None,) * 10),
    (
        "topology.kubernetes.io/zone",
        ("eu-1a", "eu-1b", "eu-1c", "us-1a", "us-1b", "us-1c") * 3 + ("ap-1a", None),
    ),
    (
        "port",
        ("8080",) * 550
        + ("80", "443") * 250
        + ("3000", "9090") * 100
        + ("http", "") * 25
        + tuple(map(str, range(8000, 8500)))
        + (None,) * 2700,
    ),
)
_WORDS: Final = (
    "web", "checkout", "catalog", "search", "payments", "accounts", "orders", "inventory",
    "gateway", "mail", "profile", "reviews", "shipping", "billing", "ledger", "reports", "audit",
    "metrics", "alerts", "uploads", "images", "video", "chat", "notify", "session", "login",
    "tokens", "policy", "quotas", "export", "import", "sync", "webhook", "scheduler", "planner",
    "pricing", "coupons", "returns", "loyalty", "support",
)  # fmt: skip
_HAS_VERSION: Final = 0.7
_HAS_GENERATION: Final = 0.3
_IN_DEPLOYMENTS: Final = 0.74
_PODS_OF_A_REPLICA_SET: Final = 4


def _pods(n: int) -> Iterator[LabelSet]:
    weights = [1 / rank for rank in range(1, 1 + max(10, n // 100))]
    bounds = list(accumulate(weights))
    apps = _apps(weights, n / bounds[-1])
    rng = Random(SEED + 1)
    ordinals: Counter[str] = Counter()
    for _ in range(n):
        app = apps[bisect(bounds, rng.random() * bounds[-1])]
        role = _ROLES[int(rng.random() * len(_ROLES))]
        labels = _labels(app, role, rng.random)
        match role.kind:
            case "Deployment":
                replica_set = int(rng.random() * app.replica_sets)
                labels["pod-template-hash"] = template_hash(app.rank, replica_set)
            case "StatefulSet":
                owner = f"{app.shared['app.kubernetes.io/name']}-{role.component}"
                labels["statefulset.kubernetes.io/pod-name"] = f"{owner}-{ordinals[owner]}"
                ordinals[owner] += 1
            case "Job":
                labels["controller-uid"] = f"{rng.getrandbits(128):032x}"
            case "DaemonSet":
                pass  # told apart by its component alone
        yield labels


def _labels(app: _App, role: _Role, draw: Callable[[], float]) -> LabelSet:
    """Return the labels of a pod, but for the one that tells what runs it."""
    labels = app.shared | {"app.kubernetes.io/component": role.component}
    if role.tier is not None:
        labels["tier"] = role.tier
    for key, choices in _BY_POD:
        value = choices[int(draw() * len(choices))]
        if value is not None:
            labels[key] = value
    if (skew := draw()) < _HAS_VERSION:
        labels["app.kubernetes.io/version"] = app.versions[int(skew * skew * 6)]
    if draw() < _HAS_GENERATION:
        labels["generation"] = str(int(1 / (1 - draw())))  # above x is one in x
    return labels


def _apps(weights: Sequence[float], pods: float) -> list[_App]:
    """Return the apps, of as many pods as their weight times ``pods``."""
    rng = Random(SEED)
    apps = []
    for rank, weight in enumerate(weights):
        shared = {"app.kubernetes.io/name": _name(rank)}
        suite, place = divmod(rank, 5)
        if place < 4:  # each fifth app is part of nothing
            shared["app.kubernetes.io/part-of"] = f"suite-{suite}"
        manager = _MANAGERS[int(rng.random() * len(_MANAGERS))]
        if manager is not None:
            shared["app.kubernetes.io/managed-by"] = manager
        replica_sets = round(weight * pods * _IN_DEPLOYMENTS / _PODS_OF_A_REPLICA_SET)
        versions = _version(rng), _version(rng), _version(rng)
        apps.append(_App(rank, shared, versions, max(1, replica_sets)))
    return apps


def _name(rank: int) -> str:
    number, place = divmod(rank, len(_WORDS))
    return f"{_WORDS[place]}-{number}" if number else _WORDS[place]


def _version(rng: Random) -> str:
    return f"{1 + int(rng.random() * 4)}.{int(rng.random() * 30)}.{int(rng.random() * 12)}"


def main() -> int:
    """Print the figures of each documented size; 1 where they are not what is documented."""
    wrong = 0
    print("label sets    labels  a set  distinct  a set   rare  made in  as documented")
    for n, documented in DOCUMENTED.items():
        start = perf_counter()
        sets = label_sets(n)
        seconds = perf_counter() - start
        labels, distinct, rare = found = figures(sets)
        wrong += found != documented
        print(
            f"{n:10,} {labels:9,} {labels / n:6.2f} {distinct:9,} {distinct / n:6.3f}"
            f" {rare / distinct:6.1%} {seconds:6.2f} s  {found == documented or found}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

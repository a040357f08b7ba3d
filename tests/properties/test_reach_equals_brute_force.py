"""`reach` says of every small cluster what the naive reading of the documentation says.

An input tells less than a cluster has. If it tells everything, the answers are equal. Otherwise
"allowed" means allowed in every cluster that the input may describe, and "denied" denied in all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    PortSet,
    Reachability,
    ReachAnswer,
    selector_target,
)
from labelsel.kubernetes.read.clients import read_object
from tests.kubernetes.selection.policy_worlds import Body, Port, World, WorldPod, is_allowed

NAMESPACES = ("default", "shop")
PODS = ("a", "b", "c")
NAME_KEY = "kubernetes.io/metadata.name"
HASH = "pod-template-hash"
CIDRS = ("10.0.0.0/8", "192.168.0.0/16")
#: So many worlds are drawn of each input: drawing the input takes longer than all of them.
WORLDS = 20
#: Ports at the ends of the ranges below, and between them.
ASKED = [(protocol, port) for protocol in ("TCP", "UDP") for port in (1, 79, 80, 85, 90, 65535)]


@dataclass(frozen=True)
class Cluster:
    """What an input has.

    Attributes:
        namespaces: the labels of the namespaces that are objects of it.
        pods: the pods, and the pods of templates.
        templates: the names of those that are templates.
        policies: the policies.
    """

    namespaces: dict[str, dict[str, str]]
    pods: list[WorldPod]
    templates: frozenset[str]
    policies: list[Body]


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def maps(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Body]:
    """Maps with some of the fields, or all; None stands for null."""
    return st.fixed_dictionaries({}, optional=fields)


VALUES = st.sampled_from(["web", "db"])
LABELS = st.fixed_dictionaries({}, optional={"app": VALUES, "tier": VALUES})


def selectors(*keys: str) -> st.SearchStrategy[Body]:
    """LabelSelectors over some keys."""
    key = st.sampled_from(keys)
    value = st.sampled_from(["web", "db", *NAMESPACES])
    with_values = st.fixed_dictionaries(
        {
            "key": key,
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(value, min_size=1, max_size=2),
        }
    )
    without = st.fixed_dictionaries(
        {"key": key, "operator": st.sampled_from(["Exists", "DoesNotExist"])}
    )
    return maps(
        matchLabels=st.dictionaries(key, value, max_size=1),
        matchExpressions=st.lists(with_values | without, max_size=1),
    )


NUMBERS = st.sampled_from([1, 80, 90, 65535])
PROTOCOLS = optional(st.sampled_from(["TCP", "UDP", "SCTP"]))
NAMES = st.sampled_from(["http", "dns"])
POLICY_PORTS = st.one_of(
    maps(protocol=PROTOCOLS),
    st.builds(
        lambda port, protocol: {"port": port, "protocol": protocol}, NUMBERS | NAMES, PROTOCOLS
    ),
    st.builds(
        lambda ends, protocol: {"port": min(ends), "endPort": max(ends), "protocol": protocol},
        st.tuples(NUMBERS, NUMBERS),
        PROTOCOLS,
    ),
)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.just("c"),
            "ports": st.lists(
                st.fixed_dictionaries(
                    {"containerPort": NUMBERS},
                    optional={"name": NAMES, "protocol": st.sampled_from(["TCP", "UDP"])},
                ),
                max_size=2,
            ),
        }
    ),
    max_size=2,
)


@st.composite
def peers(draw: st.DrawFn, *, full: bool) -> Body:
    """A peer; ``full``: only what the input tells everything about."""
    kinds = ["pods", "namespaces", "both"]
    kind = draw(st.sampled_from(kinds if full else [*kinds, "block"]))
    if kind == "block":
        return {"ipBlock": {"cidr": draw(st.sampled_from(CIDRS))}}
    peer: Body = {}
    if kind in {"pods", "both"}:
        keys = ("app", "tier") if full else ("app", "tier", HASH)
        peer["podSelector"] = draw(selectors(*keys))
    if kind in {"namespaces", "both"}:
        peer["namespaceSelector"] = draw(selectors("team", NAME_KEY))
    return peer


@st.composite
def policies(draw: st.DrawFn, number: int, *, full: bool) -> Body:
    """A policy with any of the fields."""

    def rules(field: str) -> st.SearchStrategy[Any]:
        each = maps(
            **{field: optional(st.lists(peers(full=full), max_size=2))},
            ports=optional(st.lists(POLICY_PORTS, max_size=2)),
        )
        return optional(st.lists(each, max_size=2))

    keys = ("app", "tier") if full else ("app", "tier", HASH)
    types = st.lists(st.sampled_from(["Ingress", "Egress"]), max_size=2)
    spec = draw(
        maps(
            podSelector=optional(selectors(*keys)),
            policyTypes=optional(types),
            ingress=rules("from"),
            egress=rules("to"),
        )
    )
    metadata = {"name": f"policy-{number}"}
    namespace = draw(st.sampled_from([None, *NAMESPACES]))
    if namespace is not None:
        metadata["namespace"] = namespace
    return {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "metadata": metadata,
            "spec": spec}  # fmt: skip


@st.composite
def clusters(draw: st.DrawFn, *, full: bool) -> Cluster:
    """An input with three pods; ``full``: one that tells everything about its cluster."""
    team = st.fixed_dictionaries({}, optional={"team": VALUES})
    present = NAMESPACES if full else draw(st.sets(st.sampled_from(NAMESPACES)))
    namespaces = {name: draw(team) for name in present}
    pods = [
        WorldPod(
            name,
            draw(st.sampled_from(NAMESPACES)),
            draw(LABELS),
            draw(CONTAINERS),
            False if full else draw(st.integers(0, 4)) == 0,
        )
        for name in PODS
    ]
    templates = frozenset[str]() if full else draw(st.frozensets(st.sampled_from(PODS)))
    count = draw(st.integers(0, 4))
    found = [draw(policies(number, full=full)) for number in range(count)]
    # Two objects of one name: nobody knows which one the cluster has.
    if not full and count and draw(st.booleans()):
        found.append({**draw(policies(9, full=full)), "metadata": found[0]["metadata"]})
    return Cluster(namespaces, pods, templates, found)


def bodies(cluster: Cluster) -> list[Body]:
    """The objects of an input."""
    found: list[Body] = [
        {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}
        for name, labels in cluster.namespaces.items()
    ]
    for pod in cluster.pods:
        spec: Body = {"containers": pod.containers, "hostNetwork": pod.host_network}
        metadata: Body = {"name": pod.name, "namespace": pod.namespace}
        if pod.name in cluster.templates:
            template = {"metadata": {"labels": pod.labels}, "spec": spec}
            kind, version, spec = "Deployment", "apps/v1", {"template": template}
        else:
            kind, version, metadata["labels"] = "Pod", "v1", pod.labels
        found.append({"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec})
    return [*found, *cluster.policies]


def some(random: Random, items: Iterable[str]) -> frozenset[str]:
    """Any of some items."""
    return frozenset(item for item in items if random.random() < 0.5)


def draw_world(random: Random, cluster: Cluster) -> tuple[World, list[WorldPod], list[WorldPod]]:
    """Return one of the clusters that an input may describe, with its pods.

    There are two lists of pods, in the order of the input: sources and destinations. A pod is in
    both; of a template there are two pods, each with labels of its own.
    """

    def labels_of(key: str) -> dict[str, str]:
        value = random.choice([None, "web", "db"])
        return {} if value is None else {key: value}

    def running(pod: WorldPod, end: str) -> WorldPod:
        if pod.name not in cluster.templates:
            return pod
        return replace(pod, name=f"{pod.name}-{end}", labels=pod.labels | labels_of(HASH))

    namespaces = {
        name: {**cluster.namespaces.get(name, labels_of("team")), NAME_KEY: name}
        for name in NAMESPACES
    }
    by_name: defaultdict[tuple[str, str], list[Body]] = defaultdict(list)
    for policy in cluster.policies:
        metadata = policy["metadata"]
        by_name[metadata.get("namespace", "default"), metadata["name"]].append(policy)
    sources = [running(pod, "1") for pod in cluster.pods]
    destinations = [running(pod, "2") for pod in cluster.pods]
    names = {pod.name for pod in (*sources, *destinations)}
    world = World(
        namespaces,
        [random.choice(copies) for copies in by_name.values()],
        frozenset((cidr, name) for cidr in CIDRS for name in some(random, sorted(names))),
        random.random() < 0.5,
        some(random, sorted(names)),
    )
    return world, sources, destinations


def answers(cluster: Cluster) -> Iterator[tuple[int, int, Port, ReachAnswer]]:
    """What `reach` says about each pair of pods, by their positions, and each port."""
    here = list(map(read_object, bodies(cluster)))
    named = {each.name: each for each in here}
    targets = [selector_target(named[pod.name]) for pod in cluster.pods]
    known = Reachability(here)
    for (number, source), (position, to) in product(enumerate(targets), repeat=2):
        assert source is not None
        assert to is not None
        found = known.reach(source, to)
        assert found.allowed <= found.possible
        for protocol, port in ASKED:
            one = PortSet.of(protocol, port, port)
            answer = found.answer(one)
            sides = {side.answer(one) for side in found.sides}
            assert (answer is ReachAnswer.DENIED) >= (ReachAnswer.DENIED in sides)
            assert (answer is ReachAnswer.ALLOWED) == (sides == {ReachAnswer.ALLOWED})
            yield number, position, (protocol, port), answer


@given(clusters(full=True))
def test_reach_equals_brute_force(cluster: Cluster) -> None:
    """Where the input tells everything, each answer is that of the naive reading."""
    namespaces = {name: {**labels, NAME_KEY: name} for name, labels in cluster.namespaces.items()}
    world, pods = World(namespaces, cluster.policies), cluster.pods
    for source, to, port, answer in answers(cluster):
        expected = is_allowed(world, pods[source], pods[to], port)
        assert answer is (ReachAnswer.ALLOWED if expected else ReachAnswer.DENIED)


@given(clusters(full=False), st.randoms(use_true_random=False))
def test_reach_is_true_in_every_world(cluster: Cluster, random: Random) -> None:
    """What is said to be known holds in every cluster that the input may describe."""
    found = list(answers(cluster))
    # Hypothesis' own generator takes longer, and shrinks what is a coin.
    coins = Random(random.randrange(2**32))  # noqa: S311  # no secret depends on it
    for _ in range(WORLDS):
        world, sources, destinations = draw_world(coins, cluster)
        for source, to, port, answer in found:
            if answer is not ReachAnswer.UNKNOWN:
                expected = is_allowed(world, sources[source], destinations[to], port)
                assert answer is (ReachAnswer.ALLOWED if expected else ReachAnswer.DENIED)

"""What an object selects is the inverse of what selects it, over made-up clusters."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    ObjectSelectorIndex,
    Resource,
    SelectorRelation,
    Source,
    read_object_selectors,
    selector_target,
    selector_targets,
)

NAMESPACES = st.sampled_from(["shop", "blog"])
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)
SELECTORS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.builds(lambda labels: {"matchLabels": labels}, LABELS),
    st.builds(
        lambda key, operator: {"matchExpressions": [{"key": key, "operator": operator}]},
        st.sampled_from("ab"),
        st.sampled_from(["Exists", "DoesNotExist"]),
    ),
)
TERMS = st.fixed_dictionaries(
    {"labelSelector": SELECTORS},
    optional={"namespaceSelector": SELECTORS, "namespaces": st.lists(NAMESPACES, max_size=2)},
)
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
POD_SPECS = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": LABELS,
        "affinity": st.builds(lambda terms: {"podAffinity": {REQUIRED: terms}}, st.lists(TERMS)),
        "topologySpreadConstraints": st.lists(
            st.builds(lambda selector: {"labelSelector": selector}, SELECTORS), max_size=2
        ),
    },
)
PEERS = st.fixed_dictionaries(
    {}, optional={"podSelector": SELECTORS, "namespaceSelector": SELECTORS}
)
SPECS = st.one_of(
    st.tuples(st.just(("Pod", "v1")), POD_SPECS),
    st.tuples(st.just(("Service", "v1")), st.builds(lambda labels: {"selector": labels}, LABELS)),
    st.tuples(
        st.just(("Deployment", "apps/v1")),
        st.builds(
            lambda labels, spec: {
                "selector": {"matchLabels": labels | {"c": "d"}},
                "template": {"metadata": {"labels": labels | {"c": "d"}}, "spec": spec},
            },
            LABELS,
            POD_SPECS,
        ),
    ),
    st.tuples(
        st.just(("NetworkPolicy", "networking.k8s.io/v1")),
        st.builds(
            lambda selector, peers: {"podSelector": selector, "egress": [{"to": peers}]},
            SELECTORS,
            st.lists(PEERS, max_size=2),
        ),
    ),
    st.tuples(st.just(("Node", "v1")), st.just({})),
    st.tuples(st.just(("Namespace", "v1")), st.just({})),
)


def make(number: int, kind: tuple[str, str], spec: Any, namespace: str, labels: Any) -> Resource:
    name = f"n{number}"
    word, version = kind
    body = {"kind": word, "apiVersion": version, "spec": spec}
    inside = None if word in {"Node", "Namespace"} else namespace
    return Resource(word, version, inside, name, labels, {}, body, Source("a.yaml", 1, 1))


CLUSTERS = st.lists(st.tuples(SPECS, NAMESPACES, LABELS), max_size=8).map(
    lambda rows: [
        make(number, kind, spec, namespace, labels)
        for number, ((kind, spec), namespace, labels) in enumerate(rows)
    ]
)


@given(CLUSTERS)
def test_selects_is_the_inverse_of_who_selects(cluster: list[Resource]) -> None:
    """Asked for each object alone, as the commands ask, both directions have the same pairs."""
    targets = selector_targets(cluster)
    selects = {
        (id(owner), found.path, id(target.origin))
        for owner in cluster
        for found in read_object_selectors([owner], everything=cluster)
        for target in SelectorRelation([found], targets).selected_by(found)
    }
    index = ObjectSelectorIndex(read_object_selectors(cluster))
    who_selects = {
        (id(found.owner), found.path, id(item))
        for item in cluster
        if (target := selector_target(item)) is not None
        for found in index.matching(target)
    }
    assert selects == who_selects
    brute_force = {
        (id(found.owner), found.path, id(target.origin))
        for found in read_object_selectors(cluster)
        for target in targets
        if found.selects(target)
    }
    assert selects == brute_force

"""The well-known recipes for NetworkPolicies do what their readers want them to do.

Each recipe is a policy, or several, for a small shop, and the traffic that must be allowed, must
be denied, or is not known.
"""

from dataclasses import dataclass, field

import pytest

from labelsel.kubernetes import ReachAnswer
from tests.kubernetes.selection.reach_inputs import (
    Body,
    namespace,
    pod,
    policy,
    port,
    reach_in,
)

WORDS = {
    "yes": ReachAnswer.ALLOWED,
    "no": ReachAnswer.DENIED,
    "?": ReachAnswer.UNKNOWN,
}

#: A web shop, a second team, and what the cluster has itself.
SHOP: list[Body] = [
    namespace("shop", team="shop"),
    namespace("lab", team="lab"),
    namespace("kube-system"),
    pod("web", spec="{containers: [{ports: [{name: http, containerPort: 8080}]}]}", app="web"),
    pod("api", app="api", tier="back"),
    pod("db", app="db", tier="back"),
    pod("probe", "lab", app="probe"),
    pod("web", "lab", app="web"),
    pod("dns", "kube-system", **{"k8s-app": "kube-dns"}),
]


@dataclass(frozen=True)
class Recipe:
    """Policies and what they must do.

    Attributes:
        what: what the recipe is for.
        policies: the policies.
        answers: for ``source destination port/protocol`` the answer.
    """

    what: str
    policies: list[Body]
    answers: dict[str, str] = field(default_factory=dict)


DENY_INGRESS = policy("{podSelector: {}, policyTypes: [Ingress]}", "deny")
DENY_EGRESS = policy("{podSelector: {}, policyTypes: [Egress]}", "deny")
OPEN_DNS = """
podSelector: {}
policyTypes: [Egress]
egress:
- to:
  - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    podSelector: {matchLabels: {k8s-app: kube-dns}}
  ports: [{port: 53, protocol: UDP}, {port: 53}]
"""

RECIPES = [
    Recipe(
        "no policy: everything is open",
        [],
        {"shop/web db 5432": "yes", "probe db 5432": "yes", "db dns 53/UDP": "yes"},
    ),
    Recipe(
        "nobody talks to the database",
        [policy("{podSelector: {matchLabels: {app: db}}, ingress: []}")],
        {"api db 5432": "no", "probe db 5432": "no", "db api 80": "yes", "api shop/web 80": "yes"},
    ),
    Recipe(
        "only the api talks to the database",
        [
            policy(
                "{podSelector: {matchLabels: {app: db}}, "
                "ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]}"
            )
        ],
        {"api db 5432": "yes", "shop/web db 5432": "no", "probe db 5432": "no"},
    ),
    Recipe(
        "one app is open although its namespace is closed",
        [DENY_INGRESS, policy("{podSelector: {matchLabels: {app: web}}, ingress: [{}]}")],
        {"probe shop/web 8080": "yes", "probe db 5432": "no", "api db 5432": "no"},
    ),
    Recipe(
        "nobody talks to anybody in the namespace",
        [DENY_INGRESS],
        {"api db 5432": "no", "probe shop/web 80": "no", "shop/web probe 80": "yes"},
    ),
    Recipe(
        "the namespace is closed to other namespaces",
        [policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")],
        {"api db 5432": "yes", "probe db 5432": "no", "lab/web shop/web 80": "no"},
    ),
    Recipe(
        "one app is open to all namespaces",
        [
            DENY_INGRESS,
            policy(
                "{podSelector: {matchLabels: {app: web}}, "
                "ingress: [{from: [{namespaceSelector: {}}]}]}"
            ),
        ],
        {"probe shop/web 80": "yes", "api shop/web 80": "yes", "probe db 80": "no"},
    ),
    Recipe(
        "one namespace may talk to the app",
        [
            policy(
                "{podSelector: {matchLabels: {app: web}}, "
                "ingress: [{from: [{namespaceSelector: {matchLabels: {team: lab}}}]}]}"
            )
        ],
        {"probe shop/web 80": "yes", "lab/web shop/web 80": "yes", "api shop/web 80": "no"},
    ),
    Recipe(
        "some pods of another namespace may: both selectors in one peer",
        [
            policy(
                "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{"
                "namespaceSelector: {matchLabels: {team: lab}}, "
                "podSelector: {matchLabels: {app: probe}}}]}]}"
            )
        ],
        {"probe db 5432": "yes", "lab/web db 5432": "no", "api db 5432": "no"},
    ),
    Recipe(
        "two peers: a namespace, or pods of the own one",
        [
            policy(
                "{podSelector: {matchLabels: {app: db}}, ingress: [{from: ["
                "{namespaceSelector: {matchLabels: {team: lab}}}, "
                "{podSelector: {matchLabels: {app: api}}}]}]}"
            )
        ],
        {"probe db 1": "yes", "lab/web db 1": "yes", "api db 1": "yes", "shop/web db 1": "no"},
    ),
    Recipe(
        "several apps by one peer with an expression",
        [
            policy(
                "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: "
                "{matchExpressions: [{key: app, operator: In, values: [api, web]}]}}]}]}"
            )
        ],
        {"api db 1": "yes", "shop/web db 1": "yes", "lab/web db 1": "no"},
    ),
    Recipe(
        "one port is open to everybody, another one to the api",
        [
            policy(
                "{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 9090}]}, "
                "{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]}"
            )
        ],
        {
            "probe db 9090": "yes",
            "probe db 5432": "no",
            "api db 5432": "yes",
            "api db 5433": "no",
            "api db 5432/UDP": "no",
        },
    ),
    Recipe(
        "a port by its name",
        [policy("{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: http}]}]}")],
        {"api shop/web 8080": "yes", "api shop/web 80": "no"},
    ),
    Recipe(
        "the database begins nothing",
        [policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}")],
        {"db api 80": "no", "db dns 53/UDP": "no", "api db 5432": "yes"},
    ),
    Recipe(
        "nobody of the namespace begins anything",
        [DENY_EGRESS],
        {"shop/web api 80": "no", "api probe 80": "no", "probe api 80": "yes"},
    ),
    Recipe(
        "names are found although egress is closed",
        [DENY_EGRESS, policy(OPEN_DNS)],
        {
            "shop/web dns 53/UDP": "yes",
            "shop/web dns 53": "yes",
            "shop/web dns 80": "no",
            "shop/web db 53/UDP": "no",
        },
    ),
    Recipe(
        "egress inside the cluster only",
        [
            policy(
                "{podSelector: {}, policyTypes: [Egress], "
                "egress: [{to: [{namespaceSelector: {}}]}]}"
            )
        ],
        {"api db 80": "yes", "api probe 80": "yes"},
    ),
    Recipe(
        "the outside may talk to the app: addresses of pods are not known",
        [
            policy(
                "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: "
                "{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 8080}]}]}"
            )
        ],
        {"api shop/web 8080": "?", "api shop/web 80": "no"},
    ),
    Recipe(
        "both sides count: one that allows is not enough",
        [
            policy("{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress]}", "out"),
            policy("{podSelector: {matchLabels: {app: db}}, ingress: [{}]}", "in"),
        ],
        {"api db 5432": "no", "shop/web db 5432": "yes"},
    ),
]
CASES = [
    pytest.param(recipe, words, answer, id=f"{recipe.what}: {words}")
    for recipe in RECIPES
    for words, answer in recipe.answers.items()
]


@pytest.mark.parametrize(("recipe", "words", "answer"), CASES)
def test_recipe(recipe: Recipe, words: str, answer: str) -> None:
    """The traffic is allowed, denied, or not known, as the recipe wants it."""
    source, destination, asked = words.split()
    number, _, protocol = asked.partition("/")
    found = reach_in([*SHOP, *recipe.policies], source, destination)
    assert found.answer(port(int(number), protocol or "TCP")) is WORDS[answer]


def test_every_recipe_denies_or_allows_something() -> None:
    """Each recipe but the first has traffic that it does not allow."""
    first, *others = RECIPES
    assert set(first.answers.values()) == {"yes"}
    inside = "egress inside the cluster only"
    assert [each.what for each in others if set(each.answers.values()) == {"yes"}] == [inside]

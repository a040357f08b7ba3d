"""The names of kinds, as kubectl people type them."""

import pytest

from labelsel.kubernetes import Kind, UnknownKindError
from labelsel.kubernetes.model.kinds import is_namespaced, parse_kinds

POD = Kind("Pod", "")
DEPLOYMENT = Kind("Deployment", "apps")
OLD_DEPLOYMENT = Kind("Deployment", "extensions")
CUSTOM = [
    Kind("Prometheus", "monitoring.coreos.com"),
    Kind("Policy", "example.com"),
    Kind("Probe", "example.com"),
    Kind("Service", "serving.knative.dev"),
]


@pytest.mark.parametrize("word", ["Pod", "pod", "PODS", "po", " pods ", "pods.v1.", "pods."])
def test_names_of_a_kind(word: str) -> None:
    """Kind, plural and short name, in any case, name the same."""
    assert parse_kinds(word, []) == {POD}


@pytest.mark.parametrize(
    "word",
    ["deploy", "deployments.apps", "Deployment.apps", "deploy.v1.apps", "deployments.v1beta1.apps"],
)
def test_groups(word: str) -> None:
    """A group may follow a name, with a version before it."""
    assert parse_kinds(word, []) == {DEPLOYMENT}


def test_a_group_may_be_cut_short() -> None:
    """``ingresses.networking`` is enough, as in kubectl; a whole group goes before."""
    assert parse_kinds("ing.networking", []) == {Kind("Ingress", "networking.k8s.io")}
    assert parse_kinds("svc.serving", CUSTOM) == {Kind("Service", "serving.knative.dev")}
    assert parse_kinds("services.serving.knative.dev", CUSTOM) == {CUSTOM[3]}


def test_without_a_group_all_groups_count() -> None:
    """Objects of an old group, or of another system's, are found by the plain name."""
    assert parse_kinds("deploy", [OLD_DEPLOYMENT]) == {DEPLOYMENT, OLD_DEPLOYMENT}
    assert parse_kinds("services", CUSTOM) == {Kind("Service", ""), CUSTOM[3]}
    assert parse_kinds("ev", []) == {Kind("Event", ""), Kind("Event", "events.k8s.io")}


@pytest.mark.parametrize("word", ["prometheus", "Prometheuses", "prometheuses.monitoring"])
def test_custom_kinds(word: str) -> None:
    """Kinds that only the input has go by the plural that Kubernetes guesses."""
    assert parse_kinds(word, CUSTOM) == {CUSTOM[0]}


def test_guessed_plurals() -> None:
    """The three ways to make a plural."""
    assert parse_kinds("policies,probes", CUSTOM) == {CUSTOM[1], CUSTOM[2]}


def test_a_comma_list() -> None:
    """Kinds may be listed, each in its own way."""
    assert parse_kinds("po,Deployment.apps", []) == {POD, DEPLOYMENT}


def test_all() -> None:
    """``all`` is what kubectl lists, and no more."""
    kinds = {kind.kind for kind in parse_kinds("all", CUSTOM)}
    assert {"Pod", "Service", "Deployment", "CronJob", "HorizontalPodAutoscaler"} <= kinds
    assert len(kinds) == 10


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("depoyments", "did you mean deployments?"),
        ("prometeus", "did you mean prometheus?"),
        ("pods.apps", '"pods.apps" is not a kind'),
        ("xyzzy", "nor the input has a kind of that name\n  kinds in the input: Pod"),
        ("pods,", '"" is not a kind'),
        ("", '"" is not a kind'),
        (
            "deploy/web",
            "expected kinds. To select the object, write deploy --field-selector metadata.name=web",
        ),
    ],
)
def test_unknown_kinds(word: str, message: str) -> None:
    """A word that names nothing says so, with the kinds there are and what is most like it."""
    with pytest.raises(UnknownKindError) as caught:
        parse_kinds(word, [POD, CUSTOM[0]] if word == "prometeus" else [POD])
    assert message in str(caught.value)
    assert caught.value.word in word


def test_unknown_kind_of_an_empty_input() -> None:
    """Where the input has no kinds, the message says that too."""
    with pytest.raises(UnknownKindError, match="kinds in the input: none"):
        parse_kinds("xyzzy", [])


def test_scopes() -> None:
    """Known kinds stand in namespaces or not; of others nothing is known."""
    assert is_namespaced(POD) is True
    assert is_namespaced(Kind("Node", "")) is False
    assert is_namespaced(Kind("Node", "example.com")) is None

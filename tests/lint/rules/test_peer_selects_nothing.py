"""Rule peer-selects-nothing: peers of NetworkPolicies with a typo."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled, repository, workload

WEB, DB = workload("web", "app: web"), workload("db", "app: db")
NAMESPACE = labelled("Namespace", "v1", "shop").replace(", namespace: shop", "")


def peers(*texts: str, rule: str = "ingress", side: str = "from", name: str = "wall") -> str:
    spec = f"{{podSelector: {{}}, {rule}: [{{{side}: [{', '.join(texts)}]}}]}}"
    return labelled("NetworkPolicy", "networking.k8s.io/v1", name, spec)


def pods(labels: str, namespaces: str = "") -> str:
    more = f", namespaceSelector: {namespaces}" if namespaces else ""
    return f"{{podSelector: {{matchLabels: {{{labels}}}}}{more}}}"


POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {}
  egress:
    - to:
        - ipBlock: {cidr: 10.0.0.0/8}
        - podSelector:
            matchLabels:
              app: wbe
"""


def test_a_typo(tmp_path: Path) -> None:
    """The peer is reported on the line of its label, with the pod that is meant."""
    (found,) = findings(tmp_path, POLICY, WEB, DB)
    assert (found.line, found.rule.id, found.severity.value) == (
        11, "peer-selects-nothing", "error",
    )  # fmt: skip
    assert found.message == (
        "spec.egress[0].to[1].podSelector app=wbe selects no Pod in namespace shop; "
        "nearest: deployment.apps/web, which has app=web"
    )
    assert found.fix.startswith("write app: web in the selector, or app: wbe in the template of")


@pytest.mark.parametrize(
    ("peer", "where"),
    [
        (pods("app: wbe"), "in namespace shop"),
        (pods("app: wbe", "{}"), "in any namespace"),
        (pods("app: wbe", "{matchLabels: {kubernetes.io/metadata.name: shop}}"), "namespace shop"),
    ],
)
def test_where_a_peer_looks(tmp_path: Path, peer: str, where: str) -> None:
    """A peer looks in the namespaces that it selects, or in that of the policy."""
    (found,) = findings(tmp_path, peers(peer), WEB)
    assert where in found.message


@pytest.mark.parametrize(
    "texts",
    [
        # What is there, and what another input may have.
        [WEB, DB, peers(pods("app: web"), pods("app: db"))],
        [WEB, peers(pods("app: other"), pods("role: client"))],
        [WEB, peers(pods("app: web, access: granted"))],
        # Namespaces that the input does not have, and those without pods.
        [WEB, peers(pods("app: wbe", "{matchLabels: {kubernetes.io/metadata.name: other}}"))],
        [WEB, peers(pods("k8s-app: kube-dns",
                         "{matchLabels: {kubernetes.io/metadata.name: kube-system}}"))],
        [peers(pods("app: wbe"))],
        # What only a cluster has.
        [WEB, peers(pods("app: web, statefulset.kubernetes.io/pod-name: web-0"))],
        [WEB, peers(pods("strimzi.io/cluster: a")),
         labelled("Kafka", "kafka.strimzi.io/v1beta2", "a")],
        # All pods, no pods, and what is not read.
        [WEB, peers("{podSelector: {}}", "{namespaceSelector: {}}", "{}", "null")],
        [WEB, labelled("NetworkPolicy", "networking.k8s.io/v1", "a",
                       "{podSelector: {}, ingress: [{}, null], egress: null}")],
        [WEB, labelled("NetworkPolicy", "crd.projectcalico.org/v1", "a",
                       "{ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}]}]}")],
        # The whole namespace, where nothing is like it, or only the policy's name.
        [WEB, NAMESPACE, peers(pods("role: client"))],
        [WEB, NAMESPACE, peers(pods("role: client, x: z"), name="web")],
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, texts: list[str]) -> None:
    assert findings(tmp_path, *texts) == []


def test_the_whole_namespace(tmp_path: Path) -> None:
    """Where the Namespace is beside the policy, a label under another key is a note."""
    files = {"a.yaml": NAMESPACE + WEB, "p.yaml": peers(pods("app.kubernetes.io/name: web"))}
    (found,) = repository(tmp_path / "one", files)
    assert (found.rule.id, found.severity.value) == ("peer-selects-nothing", "note")
    files["a.yaml"] = WEB
    assert repository(tmp_path / "two", files) == []


def test_a_peer_that_cannot_be_read(tmp_path: Path) -> None:
    """That is for illegal-selector alone."""
    found = findings(tmp_path, WEB, peers("{podSelector: {matchLabel: {app: wbe}}}"))
    assert [one.rule.id for one in found] == ["illegal-selector"]


NAMED = "app.kubernetes.io/name: web"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        # All labels but one are those of a pod: another input may have the pod that has all.
        ([WEB, NAMESPACE, peers(pods("app: web, access: granted"))], []),
        # A typo is one, whatever the name of the policy is.
        ([WEB, peers(pods("app: wbe"), name="web")], ["error"]),
        # The Namespaces of all namespaces are never in an input.
        ([WEB, NAMESPACE, peers(pods(NAMED, "{}"))], []),
        ([WEB, NAMESPACE, peers(pods(NAMED, "{matchLabels: {x: z}}"))], []),
        # It selects pods, be there pods of the policy's name or not.
        ([WEB, DB, peers(pods("app: web"), name="db")], []),
    ],
)
def test_how_sure_it_is(tmp_path: Path, texts: list[str], expected: list[str]) -> None:
    assert [one.severity.value for one in findings(tmp_path, *texts)] == expected


@pytest.mark.parametrize(("folder", "expected"), [("a", ["note"]), ("b", [])])
def test_two_namespaces(tmp_path: Path, folder: str, expected: list[str]) -> None:
    """All of the Namespaces must be beside the policy."""
    one, other = (
        NAMESPACE.replace("labels: {}", "labels: {team: x}").replace("shop", name)
        for name in ("shop", "blog")
    )
    files = {
        "a/p.yaml": one + WEB + peers(pods(NAMED, "{matchLabels: {team: x}}")),
        f"{folder}/n.yaml": other,
    }
    assert [one.severity.value for one in repository(tmp_path, files)] == expected

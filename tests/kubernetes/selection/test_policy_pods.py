"""Pods as NetworkPolicies see them."""

from typing import Any

import pytest

from labelsel import parse
from labelsel.errors import ManifestError
from labelsel.kubernetes.read.clients import read_object
from labelsel.kubernetes.selection.policy_pods import PolicyPod, read_policy_pod
from tests.kubernetes.selection.reach_inputs import Body, deployment, other, pod, target

PORTS = """
hostNetwork: true
containers:
- ports: [{name: http, containerPort: 80}, {name: http, containerPort: 81, protocol: UDP}]
- ports: [{containerPort: 82}, {name: http, containerPort: 83}]
- {}
- ports: null
initContainers:
- {restartPolicy: Always, ports: [{name: side, containerPort: 84}]}
- {ports: [{name: once, containerPort: 85}]}
"""


def read(body: Body) -> PolicyPod:
    return read_policy_pod(target(read_object(body)))


@pytest.mark.parametrize("body", [pod("a", spec=PORTS), deployment("a", spec=PORTS, app="a")])
def test_ports_and_network(body: Body) -> None:
    """Of a pod, and of a template."""
    found = read(body)
    assert found.host_network
    names = ("http", "TCP"), ("http", "UDP"), ("side", "TCP"), ("once", "TCP"), ("x", "TCP")
    ports = ["TCP 80, TCP 83", "UDP 81", "TCP 84", "no ports", "no ports"]
    assert [str(found.find_ports(*name)) for name in names] == ports


NAMED = "{containers: [{ports: [{name: sql, containerPort: 5432}]}]}"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            deployment("a", spec=NAMED, app="a"),
            "deployment.apps/a's pods have no port TCP web; their containers name sql (TCP 5432)",
        ),
        (
            pod("a", spec=NAMED),
            "pod/a has no port TCP web; its containers name sql (TCP 5432)",
        ),
        (pod("a", spec="{containers: []}"), "pod/a has no port TCP web"),
        (
            other("Prometheus", "monitoring.coreos.com/v1", "{}"),
            "the ports of prometheus.monitoring.coreos.com/{}'s pods are not known",
        ),
    ],
)
def test_a_port_that_no_container_names(body: Body, sentence: str) -> None:
    """The sentence names the ports that there are; the pods of a template are several."""
    name = body["metadata"]["name"]
    assert read(body).describe_missing_port("TCP web") == sentence.format(name)


def test_labels() -> None:
    """All labels of a pod are known; the pods of a template get more."""
    hashed = parse("pod-template-hash")
    assert read(pod("a")).labels.truth(hashed) is False
    assert read(deployment("a", app="a")).labels.truth(hashed) is None
    assert read(deployment("a", app="a")).labels.truth(parse("tier")) is False
    stated = deployment("a", **{"sidecar.istio.io/inject": "false"})
    assert read(stated).labels.truth(parse("sidecar.istio.io/inject=true")) is False


def test_a_cron_job() -> None:
    spec: dict[str, Any] = {"template": {"spec": {"hostNetwork": True}}}
    body = {"kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": "night"},
            "spec": {"jobTemplate": {"spec": spec}}}  # fmt: skip
    assert read(body).host_network


@pytest.mark.parametrize(
    ("value", "host"),
    [("true", True), ("false", False), ("null", False), ("'${HN}'", None), ("'true'", None)],
)
def test_what_the_prometheus_operator_makes(*, value: str, host: bool | None) -> None:
    """Nobody knows its containers."""
    found = read(other("Prometheus", "monitoring.coreos.com/v1", f"{{hostNetwork: {value}}}"))
    assert (found.named_ports, found.host_network) == (None, host)
    assert not found.find_ports("web", "TCP")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("{containers: {}}", "spec.containers: must be a list, not a map"),
        ("{containers: [a]}", "spec.containers[0]: must be a map, not a string"),
        ("{containers: [{ports: 1}]}", "containers[0].ports: must be a list, not the number 1"),
        ("{containers: [{ports: [1]}]}", "ports[0]: must be a map, not the number 1"),
        (
            "{containers: [{ports: [{name: a}]}]}",
            "ports[0].containerPort: must be a whole number from 1 to 65535, not null",
        ),
        (
            "{containers: [{ports: [{name: a, containerPort: 1, protocol: x}]}]}",
            "ports[0].protocol: must be TCP, UDP or SCTP, not 'x'",
        ),
    ],
)
def test_faults(spec: str, problem: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read(pod("a", spec=spec))
    assert problem in str(caught.value)

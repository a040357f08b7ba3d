"""Kinds and versions that Kubernetes does not have, and that are near to one of its own."""

from pathlib import Path

import pytest

from labelsel.errors import ManifestWarning
from labelsel.kubernetes import read_manifests
from labelsel.kubernetes.model.kinds import type_problem


@pytest.mark.parametrize(
    ("kind", "api_version", "meant"),
    [
        ("deployment", "apps/v1", "Deployment of apps/v1"),
        ("Deploymnt", "apps/v1", "Deployment of apps/v1"),
        ("Deployment", "v1", "Deployment of apps/v1"),
        ("Deployment", "app/v1", "Deployment of apps/v1"),
        ("Deployment", "Apps/v1", "Deployment of apps/v1"),
        ("Deployment", "apps/v2", "Deployment of apps/v1"),
        ("Deployment", "apps/1", "Deployment of apps/v1"),
        ("Deployment", "apps", "Deployment of apps/v1"),
        ("Deployment", "batch/v1", "Deployment of apps/v1"),
        ("pod", "v1", "Pod of v1"),
        ("Pod", "core/v1", "Pod of v1"),
        ("Ingress", "networking/v1", "Ingress of networking.k8s.io/v1"),
        ("horizontalPodAutoscaler", "autoscaling/v2", "HorizontalPodAutoscaler of autoscaling/v2"),
        ("HorizontalPodAutoscaler", "autoscaling/v3", "HorizontalPodAutoscaler of autoscaling/v2"),
        (
            "clusterTrustBundle",
            "certificates.k8s.io/v1beta1",
            "ClusterTrustBundle of certificates.k8s.io/v1beta1",
        ),
    ],
)
def test_near_types(kind: str, api_version: str, meant: str) -> None:
    """The problem names the kind and the version to write."""
    problem = f"no such kind in Kubernetes: {kind} of {api_version}; did you mean {meant}?"
    assert type_problem(kind, api_version) == problem


@pytest.mark.parametrize(
    ("kind", "api_version"),
    [
        ("Deployment", "apps/v1beta2"),
        ("Deployment", "extensions/v1beta1"),
        ("HorizontalPodAutoscaler", "autoscaling/v2beta2"),
        ("HorizontalPodAutoscaler", "autoscaling/v1"),
        ("Service", "serving.knative.dev/v1"),
        ("service", "example.com/v1"),
        ("NetworkPolicy", "projectcalico.org/v3"),
        ("Job", "batch.volcano.sh/v1alpha1"),
        ("PodSecurityPolicy", "policy/v1beta1"),
        ("Config", "v1"),
        ("Event", "v1"),
        ("Event", "events.k8s.io/v1"),
        ("Widget", "apps/v1"),
    ],
)
def test_other_types(kind: str, api_version: str) -> None:
    """Custom kinds, and what Kubernetes has or had, have no problem."""
    assert type_problem(kind, api_version) is None


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_one_warning(tmp_path: Path, name: str) -> None:
    """Several objects of one wrong type have one warning, with the first of them."""
    pods = "".join(
        f'{{"kind": "pod", "apiVersion": "v1", "metadata": {{"name": "{name}"}}}}\n---\n'
        for name in "ab"
    )
    (tmp_path / name).write_text(pods if name == "a.yaml" else pods.replace("---\n", ""))
    warnings: list[ManifestWarning] = []
    assert len(list(read_manifests([tmp_path / name], on_warning=warnings.append))) == 2
    (only,) = warnings
    assert only.problem.startswith("pod/a: no such kind in Kubernetes: pod of v1; did you mean Pod")
    assert (only.document, only.line) == (1, 1)

"""Rule monitor-not-selected: monitors that no Prometheus of the input selects."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, kustomization, labelled, repository

GROUP = "monitoring.coreos.com/v1"
TEAM_A = "{matchLabels: {team: a}}"


def prometheus(spec: str, *, kind: str = "Prometheus", namespace: str = "shop") -> str:
    return labelled(kind, GROUP, "main", f"{{{spec}}}", namespace=namespace)


def watched(kind: str = "ServiceMonitor", labels: str = "", namespace: str = "shop") -> str:
    return labelled(kind, GROUP, "web", "{selector: {}}", labels=labels, namespace=namespace)


def test_a_label_that_is_missing(tmp_path: Path) -> None:
    """The Prometheus beside it is named, and what its selector requires."""
    (found,) = findings(
        tmp_path, prometheus(f"serviceMonitorSelector: {TEAM_A}"), watched(labels="taem: a")
    )
    assert (found.rule.id, found.severity.value) == ("monitor-not-selected", "warning")
    assert found.message == (
        "prometheus.monitoring.coreos.com/main selects only team=a "
        "(spec.serviceMonitorSelector), and this ServiceMonitor has no team, but taem=a"
    )
    assert found.fix == "correct its labels, or spec.serviceMonitorSelector team=a"


def test_another_namespace(tmp_path: Path) -> None:
    """Without a namespace selector a Prometheus looks in its own namespace."""
    (found,) = findings(
        tmp_path, prometheus("ruleSelector: {}", namespace="watch"), watched("PrometheusRule")
    )
    assert found.message == (
        "prometheus.monitoring.coreos.com/main looks for it only in namespace watch"
    )
    assert found.fix == (
        "write spec.ruleNamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}} in "
        "prometheus.monitoring.coreos.com/main, or {} for all namespaces"
    )
    none = "ruleSelector: {}, ruleNamespaceSelector: {matchLabels: {x: z}}"
    (found,) = findings(tmp_path, prometheus(none), watched("PrometheusRule"))
    assert "looks for it in no namespace" in found.message


def test_no_selector(tmp_path: Path) -> None:
    """A selector that is missing selects nothing; one that is there is named before it."""
    missing = prometheus("serviceMonitorSelector: {}")
    (found,) = findings(tmp_path, missing, watched("PodMonitor"))
    assert found.message.endswith("has no spec.podMonitorSelector, and so selects no PodMonitor")
    assert found.fix == (
        "write spec.podMonitorSelector: {} in prometheus.monitoring.coreos.com/main, to select all"
    )
    other = prometheus(f"podMonitorSelector: {TEAM_A}", kind="PrometheusAgent")
    (found,) = findings(tmp_path, missing, other, watched("PodMonitor"))
    assert (
        "main selects only team=a (spec.podMonitorSelector), and this PodMonitor has no team"
        in found.message
    )


@pytest.mark.parametrize(
    "texts",
    [
        [watched()],
        [watched(), prometheus("serviceMonitorSelector: {}")],
        [watched(labels="team: a"), prometheus(f"serviceMonitorSelector: {TEAM_A}")],
        [watched(), prometheus("serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}",
                               namespace="watch")],
        # One of two is enough, and one without any selector is configured by hand.
        [watched(), prometheus("serviceMonitorSelector: {}"),
         prometheus(f"serviceMonitorSelector: {TEAM_A}", kind="PrometheusAgent")],
        [watched(), prometheus("replicas: 2")],
        [watched("PrometheusRule"), prometheus("ruleSelector: {}", kind="ThanosRuler"),
         prometheus("serviceMonitorSelector: {}")],
        [watched("AlertmanagerConfig"), prometheus("serviceMonitorSelector: {}")],
        [watched("AlertmanagerConfig"),
         prometheus(f"alertmanagerConfigSelector: {TEAM_A}", kind="Alertmanager")],
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, texts: list[str]) -> None:
    assert findings(tmp_path, *texts) == []


def test_how_near_the_prometheus_is(tmp_path: Path) -> None:
    """In the folder it is a warning, in the namespace a note, elsewhere nothing."""
    main = prometheus(f"serviceMonitorSelector: {TEAM_A}")
    for files, severities in (
        ({"a/p.yaml": main, "a/m.yaml": watched()}, ["warning"]),
        ({"a/p.yaml": main, "b/m.yaml": watched()}, ["note"]),
        ({"a/p.yaml": main, "b/m.yaml": watched(namespace="other")}, []),
        ({"a/p.yaml": main, "b/m.yaml": watched(namespace="")}, []),
        ({"p.yaml": main, "m.yaml": watched(), "kustomization.yaml": kustomization(
            "resources: [m.yaml]\nlabels: [{pairs: {team: a}}]")}, []),
        ({"p.yaml": main, "m.yaml": watched(), "kustomization.yaml": kustomization(
            "resources: [m.yaml]\npatches: [{path: x.yaml}]")}, ["note"]),
    ):  # fmt: skip
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        found = repository(folder, files)
        assert [one.severity.value for one in found] == severities

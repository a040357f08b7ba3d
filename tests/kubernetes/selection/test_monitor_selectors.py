"""How the Prometheus operator finds monitors and rules: selectors of labels and of namespaces."""

from typing import Any

import pytest

from labelsel import parse
from labelsel.errors import ManifestError
from labelsel.kubernetes import (
    Inventory,
    ObjectSelectorIndex,
    read_object_selectors,
    selector_target,
)
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces

GROUP = "monitoring.coreos.com/v1"
TEAM_A = {"matchLabels": {"team": "a"}}


def made(kind: str, name: str, namespace: str | None = None, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": fields.pop("labels", {})}
    if namespace is not None:
        metadata["namespace"] = namespace
    version = "v1" if kind == "Namespace" else GROUP
    return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": fields}


def selecting(*objects: dict[str, Any], target: str) -> list[str]:
    """The names of the objects that select an object, given as ``Kind/name``."""
    here = Inventory.of(list(objects))
    kind, name = target.split("/")
    [found] = [each for each in here if (each.kind, each.name) == (kind, name)]
    item = selector_target(found)
    assert item is not None
    index = ObjectSelectorIndex(read_object_selectors(here))
    assert all(each.selects(item) for each in index.matching(item))
    return [each.owner.name for each in index.matching(item)]


@pytest.mark.parametrize(
    ("owner", "field", "kind"),
    [
        ("Prometheus", "serviceMonitor", "ServiceMonitor"),
        ("Prometheus", "podMonitor", "PodMonitor"),
        ("Prometheus", "probe", "Probe"),
        ("Prometheus", "scrapeConfig", "ScrapeConfig"),
        ("Prometheus", "rule", "PrometheusRule"),
        ("PrometheusAgent", "podMonitor", "PodMonitor"),
        ("ThanosRuler", "rule", "PrometheusRule"),
        ("Alertmanager", "alertmanagerConfig", "AlertmanagerConfig"),
    ],
)
def test_each_kind(owner: str, field: str, kind: str) -> None:
    """Each kind is selected by its own field, in the namespace of the owner."""
    monitor = made(kind, "web", "shop", labels={"team": "a"}, selector=TEAM_A)
    for selector, names in ((TEAM_A, ["main"]), ({}, ["main"]), (None, []),
                            ({"matchLabels": {"team": "b"}}, [])):  # fmt: skip
        main = made(owner, "main", "shop", **{f"{field}Selector": selector})
        assert selecting(monitor, main, target=f"{kind}/web") == names
    elsewhere = made(owner, "main", "watch", **{f"{field}Selector": {}})
    assert selecting(monitor, elsewhere, target=f"{kind}/web") == []


def test_an_agent_has_no_rules() -> None:
    """A field that the kind does not have selects nothing."""
    rule = made("PrometheusRule", "web", "shop")
    agent = made("PrometheusAgent", "main", "shop", ruleSelector={})
    assert selecting(rule, agent, target="PrometheusRule/web") == []


@pytest.mark.parametrize(
    ("scope", "is_found"),
    [
        ({}, True),
        (None, False),
        ({"matchLabels": {"watched": "yes"}}, True),
        ({"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, True),
        ({"matchLabels": {"kubernetes.io/metadata.name": "blog"}}, False),
        ({"matchLabels": {"name": "shop"}}, False),
        ({"matchExpressions": [{"key": "watched", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_the_namespaces(scope: object, is_found: bool) -> None:  # noqa: FBT001  # a case
    """A namespace selector sees the labels of the Namespace objects, with their names."""
    monitor = made("ServiceMonitor", "web", "shop", selector={})
    shop = made("Namespace", "shop", labels={"watched": "yes"})
    main = made("Prometheus", "main", "watch", serviceMonitorSelector={},
                serviceMonitorNamespaceSelector=scope)  # fmt: skip
    names = ["main"] if is_found else []
    assert selecting(monitor, shop, main, target="ServiceMonitor/web") == names


def test_namespaces_that_are_only_named() -> None:
    """Of a namespace without an object the name is known."""
    here = Inventory.of([made("Probe", "a", "shop"), made("ServiceMonitor", "b")])
    known = KnownNamespaces(here)
    assert known.objects == {}
    shop = frozenset({"shop"})
    assert known.select(parse("kubernetes.io/metadata.name in (shop,blog)")) == shop
    assert known.select(parse("!team")) == shop
    assert known.select(parse("")) is None


def test_a_selector_that_cannot_be_read() -> None:
    """The error names its path; with a handler the rest is still read."""
    bad = made("Prometheus", "main", "shop", ruleSelector={"matchLabel": {}})
    here = Inventory.of([bad, made("Prometheus", "b", "shop", ruleSelector={})])
    with pytest.raises(ManifestError, match=r"spec\.ruleSelector\.matchLabel: unknown field"):
        read_object_selectors(here)
    faults: list[ManifestError] = []
    found = read_object_selectors(here, on_error=faults.append)
    assert {each.owner.name for each in found} == {"b"}
    assert len(faults) == 1

"""Rule selects-too-much: a selector of one app that selects others, too."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    budget,
    findings,
    lines_and_rules,
    marked,
    monitor,
    policy,
    repository,
    service,
    workload,
)

TOO_MUCH = """\
apiVersion: v1
kind: Service
metadata: {name: back, namespace: shop}
spec:
  selector: #! selects-too-much
    tier: back
"""


BACK = "".join(workload(name, f"app: {name}, tier: back") for name in ("db", "cache"))


def test_a_service_of_several_apps(tmp_path: Path) -> None:
    """A Service is for one app: it is told which ones it selects."""
    (found,) = findings(tmp_path, TOO_MUCH, BACK)
    assert lines_and_rules([found]) == marked(TOO_MUCH)
    assert found.message == (
        "spec.selector tier=back selects Pods of several apps: "
        "db (deployment.apps/db), cache (deployment.apps/cache)"
    )
    assert found.fix == "add app: db to the selector"
    more = "".join(workload(name, f"app: {name}, tier: back") for name in "abc")
    (found,) = findings(tmp_path, TOO_MUCH, BACK, more)
    assert found.message.endswith("a (deployment.apps/a), …")


@pytest.mark.parametrize(
    "texts",
    [
        [budget("{matchLabels: {tier: back}}"), BACK],
        # Of other kinds those that bear the name of one of the apps.
        [policy("{matchLabels: {tier: back}}", labels="app: cache"), BACK],
        [monitor("{matchLabels: {tier: back}}", kind="PodMonitor", labels="app: cache"), BACK],
        [service("cache", "tier: back", labels="app: cache"), BACK],
        [monitor("{matchLabels: {tier: back}}", labels="app: cache"),
         service("db", "", labels="app: db, tier: back"),
         service("cache", "", labels="app: cache, tier: back")],
    ],
)  # fmt: skip
def test_too_much(tmp_path: Path, texts: list[str]) -> None:
    """Other kinds that select more than their own app."""
    (found,) = findings(tmp_path, *texts)
    assert found.rule.id == "selects-too-much"
    assert found.fix == f"add app: {'cache' if 'app: cache' in texts[0] else 'db'} to the selector"


@pytest.mark.parametrize(
    "texts",
    [
        # Everything is meant, or several apps are.
        [policy("{}"), BACK],
        [policy("{matchLabels: {tier: back}}"), BACK],
        [policy("{matchLabels: {tier: back}}", labels="app: shop"), BACK],
        [monitor("{matchLabels: {tier: back}}", kind="PodMonitor"), BACK],
        # It says which apps.
        [budget("{matchExpressions: [{key: app, operator: In, values: [db, cache]}]}"), BACK],
        # One app by the key that goes first, or no app at all.
        [TOO_MUCH, workload("a", "app.kubernetes.io/name: x, app: a, tier: back"),
         workload("b", "app.kubernetes.io/name: x, app: b, tier: back")],
        [TOO_MUCH, workload("a", "tier: back, n: a"), workload("b", "tier: back, n: b")],
        [TOO_MUCH, workload("a", "k8s-app: a, tier: back"), workload("b", "tier: back, n: b")],
        # One pod of several, by a label that no manifest has.
        [service("db-0", "statefulset.kubernetes.io/pod-name: db-0"), BACK],
        # Another namespace's apps are others'.
        [TOO_MUCH, workload("a", "app: a, tier: back"),
         workload("b", "app: b, tier: back", namespace="other")],
    ],
)  # fmt: skip
def test_not_too_much(tmp_path: Path, texts: list[str]) -> None:
    """Selectors that select several workloads, and are meant to."""
    found = [one for one in findings(tmp_path, *texts) if one.rule.id == "selects-too-much"]
    assert found == []


def test_how_many_apps_are_named(tmp_path: Path) -> None:
    more = [workload(name, f"app: {name}, tier: back") for name in "abc"]
    ends = ["cache (deployment.apps/cache)", "a (deployment.apps/a)", "a (deployment.apps/a), …",
            "a (deployment.apps/a), …"]  # fmt: skip
    for count, end in enumerate(ends):
        (found,) = findings(tmp_path, TOO_MUCH, BACK, *more[:count])
        assert found.message.endswith(f", {end}")


def test_apps_that_are_named_beside_another_label(tmp_path: Path) -> None:
    """A selector that names its apps is meant for them, whatever else it requires."""
    apps = "matchExpressions: [{key: app, operator: In, values: [db, cache]}]"
    for selector in (f"matchLabels: {{tier: back}}, {apps}", apps):
        assert findings(tmp_path, BACK, budget(f"{{{selector}}}")) == []


@pytest.mark.parametrize(("namespace", "count"), [("shop", 1), ("", 0)])
def test_apps_of_another_folder(tmp_path: Path, namespace: str, count: int) -> None:
    """In the namespace that both name they are selected; samples without one are not."""
    files = {"a/s.yaml": TOO_MUCH, "b/w.yaml": BACK}
    files = {name: text.replace(", namespace: shop", f", namespace: '{namespace}'"
             if namespace else "") for name, text in files.items()}  # fmt: skip
    found = [one.rule.id for one in repository(tmp_path, files)]
    assert found == ["selects-too-much"] * count

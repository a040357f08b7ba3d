"""Rule selects-other-app: a Service whose selector was copied from another app."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled, lines_and_rules, repository, service, workload

CART, FRONT = workload("cart", "app: cart"), workload("front", "app: front")


def test_another_app(tmp_path: Path) -> None:
    """The workload of the Service's name is named, with what to write."""
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec:\n"
    text += "  selector:\n    app: front\n"
    (found,) = findings(tmp_path, text, CART, FRONT)
    assert lines_and_rules([found]) == [(6, "selects-other-app")]
    assert found.message == (
        "spec.selector app=front selects only pods of other apps, such as "
        "deployment.apps/front's pods, and none of deployment.apps/cart, which has the Service's "
        "name and app=cart"
    )
    assert (found.severity.value, found.fix) == ("warning", "write app: cart in the selector")


@pytest.mark.parametrize(
    ("texts", "fix"),
    [
        # The label of the Service says what it is for, if the workload has a longer name.
        ([service("cart", "app: front", labels="app: basket"),
          workload("cart", "app: basket"), FRONT], "write app: basket in the selector"),
        # Any key, beside others that are met.
        ([service("cart", "app: shop, part: front"), workload("cart", "app: shop, part: cart"),
          workload("front", "app: shop, part: front")], "write part: cart in the selector"),
        # Several keys.
        ([service("cart", "app: front, name: front"), workload("cart", "app: cart, name: cart"),
          workload("front", "app: front, name: front")],
         "write app: cart, name: cart in the selector"),
        # Pods that are no template's.
        ([service("cart", "app: front"), FRONT,
          labelled("Pod", "v1", "cart", labels="app: cart")], "write app: cart in the selector"),
    ],
)  # fmt: skip
def test_what_to_write(tmp_path: Path, texts: list[str], fix: str) -> None:
    (found,) = findings(tmp_path, *texts)
    assert (found.rule.id, found.fix) == ("selects-other-app", fix)


@pytest.mark.parametrize(
    "texts",
    [
        # Its own pods, or those of a workload with another name.
        [service("cart", "app: cart"), CART],
        [service("shop", "app: cart"), CART],
        [service("cart-metrics", "app: cart"), CART],
        # Blue and green, stable and canary, with a proxy before it.
        [service("cart", "app: cart-green"), CART, workload("cart-green", "app: cart-green")],
        [service("cart-v2", "app: cart"), CART, workload("cart-v2", "app: cart-v2")],
        [service("cart", "app: cart, color: green"), workload("cart", "app: cart, color: blue"),
         workload("cart-green", "app: cart, color: green")],
        # Another Service has the pods: a pooler, headless and client Services of a StatefulSet.
        [service("db", "app: pooler"), service("db-primary", "app: db"),
         workload("db", "app: db", kind="StatefulSet"), workload("pooler", "app: pooler")],
        [service("db", "app: db"), service("db-headless", "app: db"),
         workload("db", "app: db", kind="StatefulSet")],
        # The workload of its name says nothing about the Service.
        [service("cart", "app: front"), workload("cart", "app: basket"), FRONT],
        [service("cart", "app: front"), workload("cart", "role: cart"), FRONT],
        [service("cart", "app: front, x: z"), workload("cart", "app: cart"),
         workload("front", "app: front, x: z")],
        [service("cart", "app: front"), FRONT, labelled("Job", "batch/v1", "cart",
         "{template: {metadata: {labels: {app: cart}}}}")],
        # No Service.
        [CART, FRONT, labelled("PodDisruptionBudget", "policy/v1", "cart",
         "{selector: {matchLabels: {app: front}}}")],
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, texts: list[str]) -> None:
    assert findings(tmp_path, *texts) == []


def test_samples_in_other_folders(tmp_path: Path) -> None:
    """Without a namespace only a workload nearby is the Service's own."""
    files = {"a/s.yaml": service("cart", "app: front") + FRONT, "b/w.yaml": CART}
    (found,) = repository(tmp_path / "one", files)
    assert found.rule.id == "selects-other-app"
    files = {name: text.replace(", namespace: shop", "") for name, text in files.items()}
    assert repository(tmp_path / "two", files) == []

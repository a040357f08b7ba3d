"""The label that the API server gives each Namespace: selectors see it, files never have it."""

from pathlib import Path

import pytest

from labelsel import parse
from labelsel.kubernetes import Inventory, Resource, Source, read_manifests, select, served_labels
from labelsel.kubernetes.inventory.find import scan
from labelsel.kubernetes.inventory.object_query import ObjectQuery

KEY = "kubernetes.io/metadata.name"
SOURCE = Source("a.yaml", 1, 1)


def namespace(name: str = "shop", **metadata: object) -> dict[str, object]:
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name, **metadata}}


def test_a_namespace_is_selected_by_its_name() -> None:
    """Both evaluators of an object query see the label, and print the object as it was read."""
    here = Inventory.of([namespace(), namespace("blog", labels={"team": "a"})])
    for text, names in (
        (f"{KEY}=shop", ["shop"]),
        (f"{KEY}=blog,team=a", ["blog"]),
        (f"!{KEY}", []),
        (f"{KEY} notin (shop)", ["blog"]),
    ):
        assert [each.name for each in here.select("ns", text)] == names
        found = select(here, text, kinds="ns").resources
        assert [each.name for each in found] == names
        assert [each.name for each in scan(ObjectQuery(labels=parse(text)), here)] == names
        assert all(KEY not in each.labels and KEY not in str(each.body) for each in here)


def test_another_value_is_replaced() -> None:
    """The API server replaces a value that a manifest sets."""
    here = Inventory.of([namespace(labels={KEY: "blog"})])
    assert here.select("ns", f"{KEY}=blog") == []
    [found] = here.select("ns", f"{KEY}=shop")
    assert found.labels == {KEY: "blog"}


@pytest.mark.parametrize(
    "resource",
    [
        Resource("Pod", "v1", None, "a", {"x": "y"}, {}, {}, SOURCE),
        Resource("Namespace", "example.com/v1", None, "a", {"x": "y"}, {}, {}, SOURCE),
        Resource("Namespace", "v1", None, "a-", {"x": "y"}, {},
                 {"metadata": {"generateName": "a-"}}, SOURCE),
    ],
)  # fmt: skip
def test_objects_with_no_other_labels(resource: Resource) -> None:
    """Other objects, and a Namespace without a name, have the labels that were read."""
    assert served_labels(resource) == {"x": "y"}


def test_a_namespace_that_has_a_name_and_a_prefix() -> None:
    """The API server ignores generateName where there is a name."""
    body = {"metadata": {"generateName": "a-", "name": "a"}}
    found = served_labels(Resource("Namespace", "v1", None, "a", {}, {}, body, SOURCE))
    assert found == {KEY: "a"}


def test_a_change_of_labels_does_not_write_the_label(tmp_path: Path) -> None:
    """What is selected by the label is edited without it."""
    path = tmp_path / "ns.yaml"
    path.write_text("{kind: Namespace, apiVersion: v1, metadata: {name: shop}}")
    here = Inventory.of(list(read_manifests([path])))
    [done] = here.label(here.select("ns", f"{KEY}=shop"), {"team": "a"})
    assert done.after.labels == {"team": "a"}
    assert KEY not in str(done.after.body)
    assert here.select("ns", f"{KEY}=shop,team=a") == [done.after]

"""The selectable fields of custom kinds: a CustomResourceDefinition, or its JSON paths."""

import copy
from typing import Any

import pytest

from labelsel.kubernetes import BadRequestError, Kind, ManifestError, field_values, list_filter

CRD: dict[str, Any] = {
    "kind": "CustomResourceDefinition",
    "apiVersion": "apiextensions.k8s.io/v1",
    "metadata": {"name": "shirts.e.com"},
    "spec": {
        "group": "e.com",
        "scope": "Namespaced",
        "names": {"kind": "Shirt", "plural": "shirts", "singular": "shirt", "shortNames": ["sh"]},
        "versions": [
            {"name": "v1", "served": True, "selectableFields": [{"jsonPath": ".spec.color"}]},
            {"name": "v2", "served": True, "selectableFields": [{"jsonPath": ".spec.size"}]},
            {"name": "v3", "served": True},
            {"name": "v0", "served": False},
        ],
    },
}
SHIRT = {"metadata": {"name": "s"}, "spec": {"color": "blue", "size": 3, "new": True, "fit": 0.5}}


def changed(value: Any, *path: str | int) -> dict[str, Any]:
    """Return the definition with another value at a path; None removes a key."""
    crd = part = copy.deepcopy(CRD)
    for step in path[:-1]:
        part = part[step]  # type: ignore[index]  # a number in a list
    part[path[-1]] = value  # type: ignore[index]  # as above
    return crd


@pytest.mark.parametrize(
    ("version", "names"),
    [("v1", ["spec.color"]), ("v2", ["spec.size"]), ("v3", [])],
)
@pytest.mark.parametrize("kind", [None, "Shirt", "shirts", "shirt", "sh", Kind("Shirt", "e.com")])
def test_a_definition(version: str, names: list[str], kind: Any) -> None:
    """Each version has its own fields."""
    values = field_values(SHIRT, kind=kind, api_version=f"e.com/{version}", selectable_fields=CRD)
    assert list(values) == ["metadata.name", "metadata.namespace", *names]


def test_versions_that_agree_need_no_name() -> None:
    """With one set of fields the version does not matter."""
    crd = changed(CRD["spec"]["versions"][:1], "spec", "versions")
    keep = list_filter(field_selector="spec.color=blue", selectable_fields=crd)
    assert keep.kind == Kind("Shirt", "e.com")
    assert keep(SHIRT)
    assert keep({"kind": "Shirt", "apiVersion": "e.com/v9", **SHIRT})
    with pytest.raises(ManifestError, match="it is in a list of Shirt objects"):
        keep({"kind": "Sock", "apiVersion": "e.com/v1", **SHIRT})


def test_a_cluster_scoped_kind() -> None:
    """Its objects are in no namespace, and the server refuses to select by it."""
    crd = changed("Cluster", "spec", "scope")
    with pytest.raises(BadRequestError, match=r"not supported: metadata\.namespace"):
        list_filter(
            api_version="e.com/v1", selectable_fields=crd, field_selector="metadata.namespace="
        )


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("spec.color=blue", True),
        ("spec.size=3", True),
        ("spec.new=true", True),
        ("spec.fit=0.5", True),
        ("spec.none=", True),
        ("spec.none!=", False),
        ("spec.size!=3", False),
        ("spec.deep.er=", True),
    ],
)
def test_paths(selector: str, selected: bool) -> None:  # noqa: FBT001  # a parameter of a test
    """A value is compared as text; what is not there reads as the empty text."""
    paths = [".spec.color", {"jsonPath": ".spec.size"}, ".spec.new", ".spec.fit", ".spec.none"]
    keep = list_filter(
        kind="Shirt",
        api_version="e.com/v1",
        selectable_fields=[*paths, ".spec.deep.er"],
        field_selector=selector,
    )
    assert keep(SHIRT) is selected


@pytest.mark.parametrize("spec", [{"color": {}}, {"color": ["blue"]}, "blue", ["blue"]])
def test_values_of_the_wrong_type(spec: Any) -> None:
    """A map or a list is not compared, and nothing is in a string."""
    keep = list_filter(
        kind="Shirt",
        api_version="e.com/v1",
        selectable_fields=[".spec.color"],
        field_selector="spec.color!=red",
    )
    with pytest.raises(ManifestError, match="must be"):
        keep({"metadata": {"name": "s"}, "spec": spec})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "expected a CustomResourceDefinition or a list of JSON paths, got 5"),
        (".spec.color", "expected a CustomResourceDefinition or a list of JSON paths, got '.sp"),
        ([5], "[0]: must be a JSON path such as .spec.color, not the number 5"),
        ([{}], "[0]: must be a JSON path such as .spec.color, not null"),
        ([".a", "spec.color"], "[1]: must be a simple JSON path such as .spec.color, not 'spec.c"),
        ([".spec.colors[0]"], "must be a simple JSON path"),
        ([".spec['x']"], "must be a simple JSON path"),
        (["."], "must be a simple JSON path"),
        ([".spec..x"], "must be a simple JSON path"),
        ([".metadata.labels"], "must not lead into metadata: '.metadata.labels'"),
        ({}, "expected a CustomResourceDefinition or a list of JSON paths, got {}"),
        (changed("shs", "spec", "names", "shortNames"), "shortNames: must be a list, not a string"),
        (changed(["sh", 5], "spec", "names", "shortNames"), "shortNames[1]: must be a string, not"),
        (changed([None], "spec", "names", "shortNames"), "shortNames[0]: must be a string, not n"),
        (changed(5, "spec", "names", "plural"), "spec.names.plural: must be a string, not the nu"),
        (changed([], "spec", "names", "singular"), "spec.names.singular: must be a string, not a"),
        (
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}},
            "Pod/a: expected a CustomResourceDefinition or a list of JSON paths",
        ),
        (changed(None, "spec", "group"), "spec.group: must be a string, not null"),
        (changed([], "spec", "names", "kind"), "spec.names.kind: must be a string, not a list"),
        (changed("x", "spec", "names"), "spec.names: must be a map, not a string"),
        (changed("Everywhere", "spec", "scope"), "must be Namespaced or Cluster, not 'Everywhere'"),
        (changed("x", "spec", "versions"), "spec.versions: must be a list, not a string"),
        (changed([], "spec", "versions"), "no version v1 is served"),
        (changed(5, "spec", "versions", 0, "name"), "spec.versions[0].name: must be a string, not"),
        (changed("true", "spec", "versions", 0, "served"), "versions[0].served: must be a bool"),
        (changed(None, "spec", "versions", 1, "served"), "versions[1].served: must be a boolean"),
        (
            changed({"name": "v1", "served": False}, "spec", "versions", 0),
            "no version v1 is served",
        ),
        (
            changed([{"jsonPath": "x"}], "spec", "versions", 0, "selectableFields"),
            "spec.versions[0].selectableFields[0].jsonPath: must be a simple JSON path",
        ),
    ],
)
def test_what_is_no_definition(given: Any, message: str) -> None:
    """A definition that is not understood is an error: it might have other fields."""
    with pytest.raises(ManifestError) as caught:
        list_filter(kind="Shirt", api_version="e.com/v1", selectable_fields=given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ManifestError, "v1, v2 and v3 have different selectableFields: pass api_version"),
        ({"api_version": "x.com/v1"}, ManifestError, "its group is 'e.com', not 'x.com'"),
        ({"api_version": "e.com/v0"}, ManifestError, "no version v0 is served"),
        ({"api_version": "e.com/v1", "kind": "Sock"}, ValueError, "defines Shirt, not 'Sock'"),
        (
            {"api_version": "e.com/v1", "kind": Kind("Shirt", "x.com")},
            ValueError,
            "defines Shirt, not Kind(kind='Shirt', group='x.com')",
        ),
    ],
)
def test_another_kind(arguments: Any, error: type[Exception], message: str) -> None:
    """A definition of another kind, group or version is an error."""
    with pytest.raises(error) as caught:
        list_filter(selectable_fields=CRD, **arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("crd", "message"),
    [
        (changed("e", "spec", "group"), "the group of a custom kind has a dot"),
        (changed("a b", "spec", "names", "kind"), "'a b' is not the name of a kind"),
        (
            {**CRD, "spec": {**CRD["spec"], "group": "apps", "names": {"kind": "Deployment"}}},
            "Deployment is a kind of Kubernetes",
        ),
    ],
)
def test_a_definition_of_no_custom_kind(crd: dict[str, Any], message: str) -> None:
    """The API server refuses it."""
    crd["spec"]["versions"] = crd["spec"]["versions"][:1]
    with pytest.raises(ValueError, match=message):
        list_filter(selectable_fields=crd)


def test_paths_without_a_kind() -> None:
    """They are the fields of whatever is listed."""
    keep = list_filter(selectable_fields=[".spec.color"], field_selector="spec.color!=red")
    assert keep(SHIRT)
    with pytest.raises(ManifestError, match="'colour' in spec: write color"):
        keep({"metadata": {"name": "s"}, "spec": {"colour": "red"}})


def test_names_are_not_needed() -> None:
    """The kind is enough."""
    crd = changed({"kind": "Shirt"}, "spec", "names")
    assert list_filter(kind="Shirt", api_version="e.com/v1", selectable_fields=crd)(SHIRT)


def test_no_version_is_served() -> None:
    """Then there is nothing to list."""
    with pytest.raises(ManifestError, match="no version is served"):
        list_filter(selectable_fields=changed(None, "spec", "versions"))

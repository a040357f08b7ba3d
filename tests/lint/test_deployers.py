"""What objects of Flux and Argo CD add to the folders that they build."""

from dataclasses import replace
from typing import Any

import pytest

from labelsel.errors import SkippedWarning
from labelsel.kubernetes import KustomizeChanges, Resource, Source
from labelsel.kubernetes.read.clients import read_object
from labelsel.lint.kustomizations import Kustomizations

KIND = {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1"}
FLUX = "Kustomization", "kustomize.toolkit.fluxcd.io/v1"
APP = "Application", "argoproj.io/v1alpha1"
APPS = "ApplicationSet", "argoproj.io/v1alpha1"
MERGE = "{kind: Pod, metadata: {name: web}, spec: {a: 1}}"
ANY = KustomizeChanges(("flux/a.yaml",), patches=frozenset({()}))
LABEL = frozenset({("a", "b")})


def item(kind: str, version: str, file: str, spec: Any = None) -> Resource:
    """An object of a file."""
    body = {"kind": kind, "apiVersion": version, "metadata": {"name": "web"}, "spec": spec}
    found = read_object(body)
    return Resource(kind, found.api_version, None, "web", {}, {}, body, Source(file, 1, 1))


def find(deployer: tuple[str, str], spec: Any, file: str) -> KustomizeChanges | None:
    """What becomes of a pod of a file, in an input with a base and an overlay."""
    overlay = SkippedWarning("x/apps/prod/kustomization.yaml", "", data=KIND | {
        "resources": ["../../base"],
    })  # fmt: skip
    base = SkippedWarning("x/base/kustomization.yaml", "", data=KIND | {"resources": ["p.yaml"]})
    files = ["x/base/p.yaml", "x/apps/prod/p.yaml", "x/apps/prod/deep/p.yaml", "x/apps/dev/p.yaml"]
    objects = [item(*deployer, "flux/a.yaml", spec), item("Pod", "v1", file)]
    known = Kustomizations([overlay, base], [*files, "flux/a.yaml"], objects)
    return known.changes(objects[-1])


@pytest.mark.parametrize(
    ("path", "concerned"),
    [
        ("./apps/prod", "base prod deep"),
        ("/apps/prod/", "base prod deep"),
        ("apps/prod/deep", "deep"),
        ("apps/dev", "dev"),
        ("app", "base prod deep dev"),
        ("", "base prod deep dev"),
        ("./", "base prod deep dev"),
        (None, "base prod deep dev"),
        ("apps/${ENV}", "base prod deep dev"),
    ],
)
def test_the_folders(path: str | None, concerned: str) -> None:
    """Those at the path and below, and what they list; all if nothing in the input is there."""
    files = {"base": "x/base/p.yaml", "prod": "x/apps/prod/p.yaml", "dev": "x/apps/dev/p.yaml",
             "deep": "x/apps/prod/deep/p.yaml"}  # fmt: skip
    for name, file in files.items():
        found = find(FLUX, {"path": path, "targetNamespace": "shop"}, file)
        expected = KustomizeChanges(("flux/a.yaml",), frozenset({"shop"}))
        assert found == (expected if name in concerned.split() else None)


@pytest.mark.parametrize(
    ("deployer", "spec", "expected"),
    [
        (FLUX, {"prune": True, "images": [{"name": "a"}], "commonMetadata": {}}, None),
        (FLUX, None, None),
        (
            FLUX, {"commonMetadata": {"labels": {"a": "b"}}},
            KustomizeChanges(("flux/a.yaml",), labels=LABEL),
        ),
        (
            FLUX, {"patches": [{"patch": MERGE}]},
            KustomizeChanges(("flux/a.yaml",), patches=frozenset({("spec", "a")})),
        ),
        (FLUX, {"components": ["../c"]}, ANY),
        (FLUX, {"commonMetadata": "${META}"}, ANY),
        (
            APP, {"source": {"path": "x", "kustomize": {"namePrefix": "a-"}}},
            KustomizeChanges(("flux/a.yaml",), affixes=frozenset({("a-", "")})),
        ),
        (
            FLUX, {"nameSuffix": "-b"},
            KustomizeChanges(("flux/a.yaml",), affixes=frozenset({("", "-b")})),
        ),
        (APP, {"source": {"path": "x", "helm": {}}, "sources": []}, None),
        (APP, {"source": {"kustomize": "${X}"}}, KustomizeChanges(
            ("flux/a.yaml",), frozenset({"${X}"}), patches=frozenset({()}),
        )),
        (
            APP, {"sources": [{"path": "x"}, {"kustomize": {"namespace": "shop"}}]},
            KustomizeChanges(("flux/a.yaml",), frozenset({"shop"})),
        ),
        (
            APPS, {"template": {"spec": {"source": {"kustomize": {"commonLabels": {"a": "b"}}}}}},
            KustomizeChanges(
                ("flux/a.yaml",), labels=LABEL, pod_labels=LABEL, selector_labels=LABEL
            ),
        ),
        (("Kustomization", "example.com/v1"), {"targetNamespace": "shop"}, None),
    ],
)  # fmt: skip
def test_what_they_add(
    deployer: tuple[str, str], spec: Any, expected: KustomizeChanges | None
) -> None:
    """The fields of both that are those of a Kustomization, under other names."""
    assert find(deployer, spec, "x/base/p.yaml") == expected


def test_an_object_that_is_left_out() -> None:
    """Flux builds its folder with kustomize, also where that has no Kustomization."""
    local = {"metadata": {"annotations": {"config.kubernetes.io/local-config": "true"}}}
    for deployer, left_out in ((FLUX, True), (APP, False)):
        objects = [item(*deployer, "flux/a.yaml", {"path": "apps"}), item("Pod", "v1", "x/p.yaml")]
        pod = replace(objects[1], body=objects[1].body | local)
        known = Kustomizations([], ["x/p.yaml", "flux/a.yaml"], objects)
        assert known.changes(objects[1]) is None
        expected = KustomizeChanges(("flux/a.yaml",), patches=frozenset({("$patch",)}))
        assert known.changes(pod) == (expected if left_out else None)


def test_annotations_of_all_objects() -> None:
    """Both can set annotations."""
    local = {"config.kubernetes.io/local-config": "true"}
    for deployer, spec in (
        (FLUX, {"commonMetadata": {"annotations": local}}),
        (APP, {"source": {"kustomize": {"commonAnnotations": local}}}),
    ):
        found = find(deployer, spec, "x/base/p.yaml")
        assert found is not None
        assert found.may_patch(("$patch",))

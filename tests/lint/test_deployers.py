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
        (FLUX, {"TargetNamespace": "shop"}, ANY),
        (FLUX, {"commonMetadata": {"Labels": {"a": "b"}}}, ANY),
        (("Kustomization", "${FLUX}"), {"targetNamespace": "shop"}, ANY),
        (("${KIND}", FLUX[1]), {}, ANY),
        (("${KIND}", "${V}/v1"), {}, ANY),
        (("Kustomization", "kustomize.example.com/${V}"), {"targetNamespace": "shop"}, None),
        (APP, {"Source": {"kustomize": {}}}, ANY),
        (APP, {"source": {"path": "x", "plugin": {"name": "a"}}}, ANY),
        (APP, {"sources": [{"path": "x", "${REST}": 1}]}, ANY),
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
                affixes=frozenset({("${X}", "${X}")}),
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
    for deployer, spec, left_out in (
        (FLUX, {"path": "apps"}, True),
        (APP, {"source": {"path": "apps"}}, False),
    ):
        objects = [item(*deployer, "flux/a.yaml", spec), item("Pod", "v1", "x/p.yaml")]
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


def shown(spec: Any, deployer: tuple[str, str] = APP) -> KustomizeChanges:
    found = find(deployer, spec, "x/base/p.yaml")
    assert found is not None
    return found


ALL = frozenset({()})
LABELS = {"commonLabels": {"a": "b"}}


@pytest.mark.parametrize(
    ("more", "pod", "selector", "is_known"),
    [
        ({}, LABEL, LABEL, True),
        ({"images": ["a=b"], "replicas": []}, LABEL, LABEL, True),
        ({"labelWithoutSelector": False}, LABEL, LABEL, True),
        ({"labelWithoutSelector": True}, frozenset(), frozenset(), True),
        ({"labelWithoutSelector": True, "labelIncludeTemplates": True}, LABEL, frozenset(), True),
        ({"labelWithoutSelector": "${X}"}, frozenset(), frozenset(), False),
        ({"labelIncludeTemplates": "${X}"}, LABEL, LABEL, False),
        ({"labelwithoutselector": True}, LABEL, LABEL, False),
        ({"${X}": 1}, LABEL, LABEL, False),
    ],
)
def test_labels_of_an_application(
    more: Any, pod: frozenset[tuple[str, str]], selector: Any, *, is_known: bool
) -> None:
    """Argo CD can leave selectors out. With a field that nobody knows it may do anything."""
    found = shown({"source": {"kustomize": LABELS | more}})
    assert (found.labels, found.pod_labels, found.selector_labels) == (LABEL, pod, selector)
    assert found.patches == (frozenset() if is_known else ALL)


SOURCE = {"path": "base"}
PREFIXED = {"spec": {"source": {"kustomize": {"namePrefix": "a-"}}}}


@pytest.mark.parametrize(
    ("deployer", "spec", "affixes", "patches"),
    [
        (APPS, {"generators": [{"list": {"template": PREFIXED}}]}, {("a-", "")}, frozenset()),
        (
            APPS,
            {"generators": [{"matrix": {"generators": [{"git": {"template": PREFIXED}}, None]}}]},
            {("a-", "")}, frozenset(),
        ),
        (APPS, {"generators": [{"list": "${X}"}]}, {("${X}", "${X}")}, ALL),
        (APPS, {"generators": ["${X}"]}, {("${X}", "${X}")}, ALL),
        (APPS, {"generators": "${X}"}, {("${X}", "${X}")}, ALL),
        (APPS, {"templatePatch": "spec: {}"}, set(), ALL),
        (APPS, {"TemplatePatch": "spec: {}"}, set(), ALL),
        (APP, {"sourceHydrator": {"drySource": PREFIXED["spec"]["source"]}}, {("a-", "")},
         frozenset()),
        (APP, {"sources": "${X}"}, {("${X}", "${X}")}, ALL),
    ],
)  # fmt: skip
def test_where_argo_reads_more(
    deployer: tuple[str, str], spec: Any, affixes: Any, patches: frozenset[tuple[str, ...]]
) -> None:
    """Generators have templates of their own; a patch of the template may set anything."""
    found = shown(spec, deployer)
    assert (found.affixes, found.patches) == (affixes, patches)


def test_a_template_of_a_generator() -> None:
    """It has what the template of the ApplicationSet has, where it sets nothing else."""
    spec = {"template": {"spec": {"source": {"path": "apps/dev", "targetRevision": "a"}}},
            "generators": [{"list": {"template": PREFIXED}}, {"git": {"files": []}}]}  # fmt: skip
    assert find(APPS, spec, "x/base/p.yaml") is None
    found = find(APPS, spec, "x/apps/dev/p.yaml")
    assert found == KustomizeChanges(("flux/a.yaml",), affixes=frozenset({("a-", "")}))


@pytest.mark.parametrize(
    ("source", "namespace", "expected"),
    [
        (SOURCE, "shop", {"shop"}),
        (SOURCE, "default", set()),
        (SOURCE, "${NS}", {"${NS}"}),
        ({"path": "else"}, "shop", {"shop"}),
        ({"path": "apps/dev"}, "shop", set()),
        ({"chart": "web"}, "shop", set()),
        ({"ref": "values"}, "shop", set()),
        (None, "shop", set()),
        (SOURCE, None, set()),
    ],
)
def test_the_namespace_of_an_application(source: Any, namespace: Any, expected: set[str]) -> None:
    """Objects that name none go there, but no objects of a cluster."""
    spec = {"source": source, "destination": {"namespace": namespace}}
    found = find(APP, spec, "x/base/p.yaml")
    assert (found.namespaces if found else set()) == expected
    app = item(*APP, "flux/a.yaml", spec)
    known = Kustomizations([], ["x/base/p.yaml", "x/apps/dev/p.yaml", "flux/a.yaml"], [app])
    pod = item("Pod", "v1", "x/base/p.yaml")
    assert known.changes(replace(pod, namespace="shop")) is None
    assert known.changes(item("Namespace", "v1", "x/base/p.yaml")) is None


@pytest.mark.parametrize(
    ("deployer", "field", "patches"),
    [
        (FLUX, "commonMetadata", ALL),
        (FLUX, "interval", None),
        (FLUX, "path", frozenset()),
        (APP, "destination", ALL),
        (APP, "project", None),
        (APPS, "generators", ALL),
    ],
)
def test_an_object_that_a_kustomization_patches(
    deployer: tuple[str, str], field: str, patches: frozenset[tuple[str, ...]] | None
) -> None:
    """It may change everything then, or at least do elsewhere what it does."""
    spec = {"path": "apps", "targetNamespace": "shop"} if deployer == FLUX else {}
    objects = [item(*deployer, "flux/a.yaml", spec), item("Pod", "v1", "x/p.yaml")]
    patch = f"[{{op: add, path: /spec/{field}, value: a}}]"
    owner = SkippedWarning("flux/kustomization.yaml", "", data=KIND | {
        "resources": ["a.yaml"], "patches": [{"patch": patch, "target": {"kind": deployer[0]}}],
    })  # fmt: skip
    known = Kustomizations([owner], ["x/p.yaml", "x/apps/p.yaml", "flux/a.yaml"], objects)
    found = known.changes(objects[1])
    assert (found.patches if found else None) == patches

"""Which objects the patches of Kustomizations are for, and which fields they change."""

import sys
from itertools import product
from typing import Any

import pytest

from labelsel.errors import SkippedWarning
from labelsel.kubernetes import KustomizeChanges, Resource, Source
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.read.clients import read_object
from labelsel.lint.kustomizations import Kustomizations
from labelsel.lint.kustomize_patches import KustomizePatch, PatchIndex, read_patches

WEB = {"kind": "Deployment", "name": "web"}
FILES: dict[str, list[Data]] = {
    "merge.yaml": [
        {"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
         "spec": {"template": {"metadata": {"labels": {"tier": None}}}}},
        {"kind": "Pod", "metadata": {"name": "db", "labels": {}}, "$patch": "delete"},
    ],
    "json.yaml": [[{"op": "add", "path": "/spec/template/metadata/labels/a.b~1c", "value": "d"}]],
    "replace.yaml": [[{"targets": [{"select": WEB, "fieldPaths": ["spec.replicas"]}]}]],
    "labels.yaml": [{"kind": "LabelTransformer", "apiVersion": "builtin", "fieldSpecs": [
        {"path": "metadata/labels"}, {"kind": "Deployment", "path": "/spec/selector"},
    ]}],
    "other.yaml": [{"kind": "NamespaceTransformer", "apiVersion": "builtin"}],
    "fields.yaml": [{
        "commonLabels": [{"path": "spec/tags", "kind": "Pod"}],
        "nameReference": [{"kind": "Secret", "fieldSpecs": [{"path": "spec/a[]/name"}]}],
    }],
}  # fmt: skip
MERGE = "kind: Deployment\nmetadata: {name: web}\n"
ANY = "* *: "


def shown(body: dict[str, Any]) -> list[str]:
    """Each patch in short: kind, name, and the paths with slashes."""
    return [
        f"{each.kind or '*'} {each.name or '*'}: {' '.join(sorted(map('/'.join, each.paths)))}"
        for each in read_patches(body, FILES.get)
    ]


@pytest.mark.parametrize(
    ("body", "patches"),
    [
        ({}, []),
        ({"patches": None, "patchesStrategicMerge": [], "transformers": []}, []),
        # Strategic merge patches.
        (
            {"patches": [{"path": "merge.yaml"}]},
            ["Deployment web: spec/template/metadata/labels/tier", "Pod db: $patch"],
        ),
        (
            {"patchesStrategicMerge": ["merge.yaml", MERGE + "spec: {replicas: 2}"]},
            ["Deployment web: spec/template/metadata/labels/tier", "Pod db: $patch",
             "Deployment web: spec/replicas"],
        ),
        (
            {"patches": [{"patch": MERGE + "spec: {a: [], b: {}, c: [1], d: [{e: 1}, {f: {}}]}"}]},
            ["Deployment web: spec/a spec/b spec/c spec/d/*/e spec/d/*/f"],
        ),
        (
            {"patches": [{"patch": MERGE + "spec: {template: {$retainKeys: [a], a: 1}}"}]},
            ["Deployment web: spec/template spec/template/$retainKeys spec/template/a"],
        ),
        (
            {"patches": [{"patch": "metadata: {name: a, namespace: b}", "target": WEB}]},
            ["Deployment web: metadata/namespace"],
        ),
        ({"patches": [{"patch": "spec: {a: 1}", "target": {"kind": "Pod|Job"}}]}, ["* *: spec/a"]),
        ({"patches": [{"patch": "metadata: 3"}]}, ["* *: metadata"]),
        # JSON patches.
        (
            {"patchesJson6902": [{"path": "json.yaml", "target": WEB}]},
            ["Deployment web: spec/template/metadata/labels/a.b/c"],
        ),
        (
            {"patches": [{"target": {"name": "web"}, "patch":
             '[{"op": "move", "from": "/a/0/b", "path": "/c/-"}, {"op": "test", "path": "/d"}]'}]},
            ["* web: a/*/b c/*"],
        ),
        ({"patches": [{"target": WEB, "patch": "- {op: add, path: 3}"}]}, ["Deployment web: "]),
        ({"patches": [{"target": WEB, "patch": "- 3"}]}, ["Deployment web: "]),
        ({"patches": [{"target": WEB, "patch": "3"}]}, ["Deployment web: "]),
        # Replacements.
        (
            {"replacements": [{"path": "replace.yaml"}, {"targets": [
                {"select": {"kind": "Pod"}, "fieldPaths": ["a.0.b", "c.[name=x].d", "e.*.f"]},
                {"select": {"kind": "Pod"}},
            ]}]},
            ["Deployment web: spec/replicas", "Pod *: a/*/b c e/*/f", "Pod *: metadata/name"],
        ),
        ({"replacements": [{"path": "missing.yaml"}, 3, {}]}, ["* *: "] * 3),
        ({"replacements": [{"targets": [{"fieldPaths": [3]}]}]}, ["* *: "]),
        # Transformers.
        (
            {"transformers": ["labels.yaml"]},
            ["* *: metadata/labels", "Deployment *: spec/selector"],
        ),
        ({"transformers": ["other.yaml", "missing.yaml"]}, ["* *: "] * 2),
        ({"transformers": ["kind: A\nspec: {}\n"]}, ["* *: "]),
        (
            {"transformers": ["kind: LabelTransformer\napiVersion: builtin\nfieldSpecs: [3]\n"]},
            [ANY],
        ),
        # Labels that kustomize puts into other fields, or into whatever they become.
        (
            {"labels": [{"pairs": {"a": "b", "c": "d"}, "fields": [
                {"path": "spec/template/metadata/labels", "kind": "Deployment", "create": True},
                {"path": "/spec/x.y\\/z/claims[]/labels"},
            ]}]},
            ["Deployment *: spec/template/metadata/labels/a spec/template/metadata/labels/c",
             "* *: spec/x.y/z/claims/*/labels/a spec/x.y/z/claims/*/labels/c"],
        ),
        ({"labels": [{"fields": [{"path": "a/b"}]}]}, ["* *: a/b"]),
        ({"labels": [{"fields": [3]}, {"fields": [{"path": ""}]}, {"fields": "${F}"}]}, [ANY] * 3),
        ({"labels": "${LABELS}"}, [ANY]),
        ({"labels": [{"pairs": "${X}"}, {"pairs": {"${KEY}": "a"}}, {"${X}": 1}, 3]}, [ANY] * 4),
        ({"labels": [{"includeSelectors": "${X}"}, {"includeTemplates": "true"}]}, [ANY] * 2),
        ({"labels": [{"pairs": {"a": "${X}"}, "includeSelectors": False}], "commonLabels": {}}, []),
        ({"commonLabels": "${LABELS}"}, [ANY]),
        ({"commonLabels": {"a": 3}}, [ANY]),
        ({"commonLabels": {"a__KEY__": "b"}}, [ANY]),
        ({"namespace": ["a"]}, [ANY]),
        ({"namespace": "${NS}"}, []),
        ({"configurations": ["fields.yaml"]}, ["Pod *: spec/tags", "* *: spec/a/*/name"]),
        ({"configurations": ["json.yaml", "missing.yaml", 3]}, [ANY] * 3),
        ({"configurations": "${FILES}"}, [ANY]),
        ({"buildMetadata": ["originAnnotations", "transformerAnnotations"]}, []),
        (
            {"buildMetadata": ["managedByLabel"]},
            ["* *: metadata/labels/app.kubernetes.io/managed-by"],
        ),
        # Patches in a List.
        (
            {"patches": [{"patch": "kind: List\nitems: [{kind: Pod, metadata: {name: a}, spec: 1}, "
                                   "{kind: List, items: [{spec: 2}, 3]}]"}]},
            ["Pod a: spec", "* *: spec", "* *: "],
        ),
        (
            {"patches": [{"patch": "kind: PodList\nitems: [{spec: 1}, {kind: Job, spec: 1}]"}]},
            ["Pod *: spec", "Job *: spec"],
        ),
        ({"patches": [{"patch": "kind: List\nitems: 3"}]}, [ANY]),
        # Names with a dot, and what is no pointer.
        (
            {"replacements": [{"targets": [{"select": {"kind": "Pod"}, "fieldPaths":
             [r"metadata.labels.a\.b/c"]}]}]},
            ["Pod *: metadata/labels/a.b/c"],
        ),
        (
            {"patches": [{"target": WEB, "patch": "- {op: add, path: spec/a}"}]},
            ["Deployment web: "],
        ),
        # What cannot be read may change anything.
        ({"patches": [{"path": "missing.yaml", "target": WEB}]}, ["Deployment web: "]),
        ({"patches": [{"patch": "a: {"}, 3, {"patch": 3}, {}]}, ["* *: "] * 4),
        ({"patches": {"path": "missing.yaml"}}, ["* *: "]),
        ({"patchesStrategicMerge": [3]}, ["* *: "]),
    ],
)  # fmt: skip
def test_patches(body: dict[str, Any], patches: list[str]) -> None:
    """Each patch has the objects that it is for and the fields that it changes."""
    assert shown(body) == patches


REPLACED = {"select": {"kind": "Pod"}, "fieldPaths": ["a"]}
SPEC = {"path": "a", "kind": "Pod"}
LABELLER = "{kind: LabelTransformer, apiVersion: builtin, \nfieldSpecs: [{path: a}], x: 1}"
JSON = "- {op: add, path: /a, value: 1}"


@pytest.mark.parametrize(
    ("body", "patch"),
    [
        ({"replacements": [{"source": {}, "targets": [REPLACED]}]}, "Pod *: a"),
        ({"replacements": [{"Targets": [REPLACED]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED], "Source": {}}]}, ANY),
        ({"replacements": [{"targets": [{"select": WEB, "fieldpaths": ["a"]}]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED | {"Select": WEB}]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED | {"select": {"Kind": "Pod"}}]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED | {"select": "${X}"}]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED | {"reject": [{"kind": "Pod"}]}]}]}, "Pod *: a"),
        ({"replacements": [{"targets": [REPLACED | {"reject": [{"Kind": "Pod"}]}]}]}, ANY),
        ({"replacements": [{"targets": [REPLACED | {"options": {"create": True}}]}]}, "Pod *: a"),
        ({"replacements": [{"targets": [REPLACED | {"options": {"Create": True}}]}]}, ANY),
        ({"patches": [{"patch": JSON, "target": {"kind": "Pod", "version": "v1"}}]}, "Pod *: a"),
        ({"patches": [{"patch": JSON, "target": {"kind": "Pod", "Kind": "Job"}}]}, ANY),
        ({"patches": [{"patch": JSON, "target": WEB, "Target": {}}]}, ANY),
        ({"patches": [{"Patch": JSON, "target": WEB}]}, ANY),
        ({"patches": [{"patch": JSON, "target": "${X}"}]}, ANY),
        ({"patchesJson6902": [{"Path": "json.yaml", "target": WEB}]}, ANY),
        ({"patches": [{"patch": "- {op: test, path: /a, OP: add}", "target": WEB}]},
         "Deployment web: "),
        ({"labels": [{"fields": [SPEC]}]}, "Pod *: a"),
        ({"labels": [{"fields": [SPEC | {"Kind": "Job"}]}]}, ANY),
        ({"transformers": [LABELLER]}, ANY),
    ],
)  # fmt: skip
def test_fields_that_nobody_knows(body: dict[str, Any], patch: str) -> None:
    """Such a part may change anything: kustomize reads some without regard to case."""
    assert shown(body) == [patch]


RENAME = "metadata: {name: b}"


@pytest.mark.parametrize(
    ("options", "patch"),
    [
        (None, "Pod *: "),
        ({}, "Pod *: "),
        ({"allowNameChange": False}, "Pod *: "),
        ({"allowNameChange": True}, "Pod *: metadata/name"),
        ({"allowNameChange": True, "allowKindChange": True}, "Pod *: kind metadata/name"),
        ({"allowKindChange": "${X}"}, ANY),
        ({"allownamechange": True}, ANY),
        ("${X}", ANY),
    ],
)
def test_options_of_a_patch(options: Any, patch: str) -> None:
    """With them a patch changes the name, or the kind, which else say what it is for."""
    entry = {"patch": RENAME, "target": {"kind": "Pod"}, "options": options}
    assert shown({"patches": [entry]}) == [patch]


def test_a_reference_with_a_field_that_nobody_knows() -> None:
    """The fields that are known count, too."""
    reference = {"kind": "Secret", "fieldSpecs": [SPEC], "FieldSpecs": [{"path": "b"}]}
    body = {"configurations": ["names.yaml"]}
    found = read_patches(body, lambda _file: [{"nameReference": [reference]}])
    assert any(each.paths == {()} for each in found)


# What becomes of an object


def item(kind: str, name: str, file: str, **parts: Any) -> Resource:
    """An object of a file."""
    body = {"kind": kind, "apiVersion": "v1", "metadata": {"name": name}, **parts}
    found = read_object(body)
    return Resource(kind, found.api_version, None, name, {}, {}, body, Source(file, 1, 1))


KIND = {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1"}
LABELS = [
    {"pairs": {"a": "b"}},
    {"pairs": {"c": "d"}, "includeTemplates": True},
    {"pairs": {"e": "f"}, "includeSelectors": True},
]


def kustomizations(*unread: str) -> Kustomizations:
    """A base and an overlay with a patch that is an object."""
    folders: dict[str, Any] = {
        "base": KIND | {"resources": ["web.yaml"], "commonLabels": {"g": "h"}},
        "prod": KIND | {"resources": ["../base"], "namespace": "prod", "labels": LABELS,
                        "patchesStrategicMerge": ["p.yaml"]},
        "bare": KIND | {"resources": ["db.yaml"]},
    }  # fmt: skip
    skipped = [SkippedWarning(f"{name}/kustomization.yaml", "", data=each)
               for name, each in folders.items()]  # fmt: skip
    patch = item("Deployment", "web", "./prod/p.yaml", spec={"replicas": 2})
    files = ["base/web.yaml", "prod/p.yaml", "bare/db.yaml"]
    return Kustomizations(skipped, files, [patch], unread)


def test_changes_of_an_object() -> None:
    """An object gets what its Kustomization and those above do, and the patches for it."""
    known = kustomizations()
    every = {("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")}
    found = KustomizeChanges(
        ("base/kustomization.yaml", "prod/kustomization.yaml"),
        frozenset({"prod"}),
        frozenset(every),
        frozenset(every - {("a", "b")}),
        frozenset({("e", "f"), ("g", "h")}),
        frozenset({("spec", "replicas")}),
    )
    assert known.changes(item("Deployment", "web", "base/web.yaml")) == found
    other = known.changes(item("Deployment", "db", "base/web.yaml"))
    assert other is not None
    assert not other.patches
    assert known.changes(item("Deployment", "db", "bare/db.yaml")) is None
    assert known.changes(item("Deployment", "db", "else.yaml")) is None


NAMES = "a", "web", "dev-web", "dev-web-2", "eb", "${N}", "x.y"
KINDS = "Pod", "Deployment", "${KIND}"
INDEXED = [
    KustomizePatch(kind, name, frozenset({(f"{kind}/{name}",)}))
    for kind in ("Pod", "Deployment", None)
    for name in ("web", "dev-web", "web-2", None)
]


@pytest.mark.parametrize("patches", [INDEXED, INDEXED[:2], INDEXED[4:5], []])
def test_the_patches_for_an_object(patches: list[KustomizePatch]) -> None:
    """They are those that a look at each of them finds; names and kinds may be placeholders."""
    index = PatchIndex(patches)
    for kind, name in product(KINDS, NAMES):
        found = {
            path
            for each in patches
            for path in each.paths
            if each.kind in (kind, None) or kind == "${KIND}"
            if each.name is None or name in each.name or name in ("${N}", "x.y")
        }
        assert index.paths(item(kind, name, "a.yaml")) == found


@pytest.mark.parametrize(
    ("field", "names"),
    [(("metadata", "name"), "ab"), (("metadata",), "ab"), (("kind",), "abc"), (("spec",), "a")],
)
def test_an_object_that_a_patch_renames(field: tuple[str, ...], names: str) -> None:
    """It may have the name, or be of the kind, that other patches are for."""
    patches = [
        KustomizePatch("Pod", "web", frozenset({field, ("a",)})),
        KustomizePatch("Pod", "new", frozenset({("b",)})),
        KustomizePatch("Job", "new", frozenset({("c",)})),
    ]
    found = PatchIndex(patches).paths(item("Pod", "web", "a.yaml"))
    assert found == {field, *((each,) for each in names)}


def test_many_objects_and_patches() -> None:
    """Twice the objects and the patches take about twice the calls, where squares take four."""

    def count_calls(n: int) -> int:
        patches = [{"target": {"kind": kind, "name": f"n{number}"},
                    "patch": f"- {{op: add, path: /a/{number}x}}"}
                   for number in range(n) for kind in ("Node", "ConfigMap")]  # fmt: skip
        patches += [{"target": {"kind": "Node"}, "patch": "- {op: add, path: /b}"}]
        body = KIND | {"resources": ["n.yaml"], "patches": patches}
        skipped = SkippedWarning("a/kustomization.yaml", "", data=body)
        known = Kustomizations([skipped], ["a/n.yaml"])
        objects = [item("Node", f"n{number}x", "a/n.yaml") for number in range(n)]
        assert all(known.changes(each) is known.changes(each) for each in objects[:2])
        calls = 0

        def count(_frame: object, _event: str, _argument: object) -> None:
            nonlocal calls
            calls += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            for each in objects * 3:
                found = known.changes(each)
                assert found is not None
                assert found.may_patch(("b",))
        finally:
            sys.setprofile(before)
        return calls

    count_calls(1)
    assert count_calls(80) < 3 * count_calls(40)


def test_a_patch_that_was_not_read_whole() -> None:
    """Of a file with an error, or a template, nobody knows all patches."""
    found = kustomizations("prod/p.yaml").changes(item("Pod", "db", "base/web.yaml"))
    assert found is not None
    assert found.patches == {()}

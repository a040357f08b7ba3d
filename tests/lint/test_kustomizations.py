"""What the Kustomizations of an input do to its files."""

import json
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import pytest

from labelsel.errors import SkippedWarning
from labelsel.kubernetes import KustomizeChanges, Resource, Source
from labelsel.lint.kustomizations import Kustomizations

KIND = {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1"}
COMPONENT = {"kind": "Component", "apiVersion": "kustomize.config.k8s.io/v1alpha1"}


def read(folders: dict[str, Any], *files: str) -> Kustomizations:
    """Kustomizations in some folders, and files that hold objects."""
    return Kustomizations(
        [
            SkippedWarning(f"{folder}/kustomization.yaml", "not an object", data=data)
            for folder, data in folders.items()
        ],
        files,
    )


def test_what_an_overlay_does_to_its_base() -> None:
    """All that an overlay and its Components add holds for the files of the base."""
    known = read(
        {
            "base": KIND | {"resources": ["web.yaml"], "commonLabels": {"app": "web"}},
            "prod": KIND | {
                "resources": ["../base", "db.yaml"],
                "components": ["../new"],
                "namespace": "prod",
                "labels": [
                    {"pairs": {"env": "prod"}}, {"pairs": {"t": "a"}, "includeTemplates": True},
                ],
            },
            "new": COMPONENT | {"labels": [{"pairs": {"track": "new"}, "includeSelectors": True}]},
        },
        "base/web.yaml", "prod/db.yaml", "other/web.yaml",
    )  # fmt: skip
    both = {("t", "a"), ("track", "new")}
    assert known.pod_labels("base/web.yaml") == both | {("app", "web")}
    assert known.pod_labels("prod/db.yaml") == both
    assert known.object_labels("prod/db.yaml") == both | {("env", "prod")}
    assert known.namespaces("./base/web.yaml") == {"prod"}
    assert (
        known.roots("base/web.yaml") == known.roots("prod/db.yaml") == {known.paths.folder("prod")}
    )
    assert not known.is_open("base/web.yaml")
    assert known.pod_labels("other/web.yaml") == set()
    assert known.roots("other/web.yaml") == frozenset()
    assert not known.sets_namespace("other/web.yaml")


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({"namePrefix": "a-", "configMapGenerator": [{"name": "a"}]}, False),
        ({"resources": ["web.yaml", "./web.yaml"]}, False),
        ({"resources": ["web.yaml", "missing.yaml"]}, True),
        ({"resources": ["web.yaml", "https://github.example/a//b?ref=v1"]}, True),
        ({"resources": ["web.yaml", "github.example/a/b"]}, True),
        ({"resources": ["web.yaml", "git@a:b"]}, True),
        ({"bases": ["../missing"]}, True),
        ({"helmCharts": [{"name": "web"}]}, True),
        ({"patches": [{"path": "p.yaml"}]}, True),
        ({"patchesJson6902": [{"path": "p.yaml"}]}, True),
        ({"generators": ["g.yaml"]}, True),
        ({"transformers": ["t.yaml"]}, True),
        ({"patches": []}, False),
    ],
)  # fmt: skip
def test_what_is_not_known(fields: dict[str, Any], is_open: bool) -> None:  # noqa: FBT001  # a case
    """Where objects come from elsewhere, or are changed by patches, the rest is not known."""
    known = read({"a": KIND | fields | {"resources": ["web.yaml", *fields.get("resources", ())]}},
                 "a/web.yaml")  # fmt: skip
    assert known.is_open("a/web.yaml") is is_open


def test_what_a_neighbor_adds() -> None:
    """Objects from elsewhere may be for each file that is built with them; patches are not."""
    folders: dict[str, Any] = {
        "a": KIND | {"resources": ["web.yaml"]},
        "b": KIND | {"resources": ["https://x.example/a"]},
        "all": KIND | {"resources": ["../a", "../b"]},
    }
    assert read(folders, "a/web.yaml").is_open("a/web.yaml")
    folders["b"] = KIND | {"patches": [{"path": "p.yaml"}]}
    assert not read(folders, "a/web.yaml").is_open("a/web.yaml")


def test_patches() -> None:
    """A file that is only named as a patch holds no whole object."""
    fields = {
        "resources": ["web.yaml", "both.yaml"],
        "patches": [{"path": "p.yaml"}, {"patch": "a: b"}, {"path": "both.yaml"}, 3],
        "patchesStrategicMerge": ["../q.yaml", "kind: Pod\nmetadata: {}"],
        "replacements": {"path": "no-list.yaml"},
    }
    known = read({"a": KIND | fields}, "a/web.yaml", "a/p.yaml", "a/both.yaml", "q.yaml")
    files = ("a/web.yaml", "a/p.yaml", "a/both.yaml", "q.yaml", "a/no-list.yaml")
    assert [file for file in files if known.is_patch(file)] == ["a/p.yaml", "q.yaml"]


@pytest.mark.parametrize(
    "fields",
    [
        {"resources": "web.yaml", "labels": {"a": "b"}, "commonLabels": ["a"], "namespace": 3},
        {"resources": [3, None], "labels": [3, {"pairs": [1]}, {"pairs": {1: 2}}], "namespace": ""},
    ],
)
def test_fields_that_are_wrong(fields: dict[str, Any]) -> None:
    """What kustomize refuses adds nothing here."""
    known = read(
        {"a": KIND | fields, "b": KIND | {"resources": ["../a", "../web.yaml"]}}, "web.yaml"
    )
    assert known.pod_labels("web.yaml") == known.object_labels("web.yaml") == set()
    assert known.namespaces("web.yaml") == frozenset()


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": {"pairs": {"a": "b"}, "includeSelectors": True}},
        {"labels": {}},
        {"patches": {"path": "p.yaml"}},
        {"commonAnnotations": {"a": 1}},
        {"commonAnnotations": "${ANNOTATIONS}"},
        {"commonLabels": {"a": 1}},
    ],
)
def test_fields_of_the_wrong_type(fields: dict[str, Any]) -> None:
    """They are refused, or read as nobody knows: they may change everything."""
    known = read({"a": KIND | {"resources": ["web.yaml"]} | fields}, "a/web.yaml")
    found = known.changes(annotated(None))
    assert found is not None
    assert () in found.patches


ANY = frozenset({()})
LABELS = [{"pairs": {"tier": "a"}}]


@pytest.mark.parametrize(
    ("data", "is_known"),
    [
        ({"resources": ["b.yaml"], "namePrefix": "a-", "sortOptions": {}}, True),
        ({"resources": "${FILES}"}, False),
        ({"components": [{"a": "b"}]}, False),
        ({"bases": {"${X}": None}}, False),
        ({"resources": [], "${FIELDS}": ""}, False),
        ({"Resources": ["web.yaml"]}, False),
        (["web.yaml"], False),
        ("${CONTENT}", False),
        (None, True),
    ],
)
def test_what_a_kustomization_lists_is_not_known(data: Any, *, is_known: bool) -> None:
    """If nobody can say which objects it is for, it may change all of them."""
    known = Kustomizations([SkippedWarning("a/kustomization.yaml", "", data=data)], ["web.yaml"])
    found = known.changes(web("web.yaml"))
    assert (found is None) is is_known
    if found is not None:
        assert (found.files, found.patches) == (("a/kustomization.yaml",), ANY)


def web(file: str) -> Resource:
    return Resource("Pod", "v1", None, "web", {}, {}, {}, Source(file, 1, 1))


@pytest.mark.parametrize(
    ("others", "is_sure"),
    [
        ({"a/kustomization.yaml": {"namespace": "shop"}}, False),
        ({"a/kustomization.yml": {}}, False),
        ({"a/Kustomization": {"resources": ["x.yaml"]}}, False),
        ({"a/old.yaml": KIND | {"resources": ["web.yaml"]}}, False),
        ({"a/old.yaml": KIND | {"resources": ["web.yaml"], "labels": LABELS}}, True),
        ({"a/old.yaml": {"resources": ["web.yaml"]}}, True),
        ({}, True),
    ],
)
def test_several_in_a_folder(others: dict[str, Any], *, is_sure: bool) -> None:
    """All that they do may happen, whatever their order, and nothing of it for sure."""
    first = SkippedWarning("a/kustomization.yaml", "", data=KIND | {
        "resources": ["web.yaml"], "labels": LABELS,
    })  # fmt: skip
    rest = [SkippedWarning(file, "", data=data) for file, data in others.items()]
    for documents in ([first, *rest], [*rest, first]):
        known = Kustomizations(documents, ["a/web.yaml"])
        assert known.object_labels("a/web.yaml") == {("tier", "a")}
        found = known.changes(web("a/web.yaml"))
        assert found is not None
        assert found.labels == {("tier", "a")}
        assert found.patches == (frozenset() if is_sure else ANY)


@pytest.mark.parametrize(
    ("listed", "changed"),
    [
        ("../base", "base/p.yaml base/deep/p.yaml"),
        ("../base/deep", "base/deep/p.yaml"),
        ("..", "base/p.yaml base/deep/p.yaml other/p.yaml"),
        ("../gone", ""),
        ("https://example.com/base", ""),
        ("../\0/base", ""),
        ("\ud800", ""),
    ],
)
def test_a_folder_whose_kustomization_was_not_read(listed: str, changed: str) -> None:
    """It most likely lists the files of the folder. Lint counts those that a list names."""
    files = ["base/p.yaml", "base/deep/p.yaml", "other/p.yaml"]
    known = read({"over": KIND | {"resources": [listed], "labels": LABELS}}, *files)
    assert " ".join(file for file in files if known.changes(web(file)) is not None) == changed
    assert not any(map(known.object_labels, files))


def test_several_that_do_nothing() -> None:
    """If no document changes anything, nothing is changed."""
    data = {"resources": ["web.yaml"]}, {"resources": ["x.yaml"], "sortOptions": {}}
    documents = [SkippedWarning("a/kustomization.yaml", "", data=each) for each in data]
    known = Kustomizations(documents, ["a/web.yaml", "a/x.yaml"])
    assert known.changes(web("a/web.yaml")) is None


def test_what_is_a_kustomization() -> None:
    """The name of the file is enough, as for kustomize; other documents are none."""
    data = {"resources": ["web.yaml"], "namespace": "a"}
    for name, body, is_one in (
        ("a/kustomization.yml", data, True),
        ("a/Kustomization", data, True),
        ("a/other.yaml", KIND | data, True),
        ("a/other.yaml", data, False),
        (
            "a/other.yaml",
            data | {"kind": "Kustomization", "apiVersion": "kustomize.toolkit/v1"},
            False,
        ),
        ("a/kustomization.yaml", None, False),
        ("a/kustomization.yaml", ["web.yaml"], False),
    ):
        known = Kustomizations([SkippedWarning(name, "", data=body)], ["a/web.yaml"])
        assert known.sets_namespace("a/web.yaml") is is_one


def test_a_long_chain() -> None:
    """Depth costs no recursion."""
    names = [f"f{number}" for number in range(2000)]
    folders = {name: KIND | {"resources": [f"../{after}"]} for name, after in pairwise(names)}
    folders[names[-1]] = KIND | {"resources": ["web.yaml"]}
    folders[names[0]] |= {"namespace": "shop"}
    file = str(PurePosixPath(names[-1], "web.yaml"))
    known = read(folders, file)
    assert known.namespaces(file) == {"shop"}
    assert known.roots(file) == {known.paths.folder("f0")}


@pytest.mark.parametrize(
    ("patches", "data", "expected"),
    [
        ([{"patch": "{spec: {podSelector: {}}}"}], None, {"podselector"}),
        ([{"patch": "a: b\nspec: {selector: {}}"}], None, {"selector"}),
        ([{"path": "p.yaml"}], [{"path": "/spec/endpointSelector/x"}], {"endpointselector"}),
        ([{"path": "p.yaml"}], [{"path": "/spec/type"}], set()),
        ([{"path": "p.yaml"}], None, {"*"}),
        ([], None, set()),
    ],
)
def test_the_selectors_that_patches_name(patches: Any, data: Any, expected: set[str]) -> None:
    """In the Kustomization itself and in the files that it names; one that is missing may."""
    documents = [
        SkippedWarning("a/kustomization.yaml", "", data=KIND | {
            "resources": ["web.yaml"], "patches": patches,
        }),
        *([] if data is None else [SkippedWarning("a/p.yaml", "", data=data)]),
    ]  # fmt: skip
    known = Kustomizations(documents, ["a/web.yaml"])
    assert known.patched_selectors("a/web.yaml") == expected


LOCAL = {"config.kubernetes.io/local-config": "true"}
LEFT_OUT = KustomizeChanges(("a/kustomization.yaml",), patches=frozenset({("$patch",)}))


def annotated(annotations: Any, file: str = "a/web.yaml") -> Resource:
    body = {"metadata": {"annotations": annotations}}
    return Resource("Pod", "v1", None, "web", {}, {}, body, Source(file, 1, 1))


@pytest.mark.parametrize(
    ("annotations", "left_out"),
    [
        (LOCAL, True),
        (dict.fromkeys(LOCAL, "false"), True),
        ({"${KEY}": "true"}, True),
        ("${ANNOTATIONS}", True),
        ({"a": "b"}, False),
        (None, False),
    ],
)
def test_an_object_that_kustomize_leaves_out(annotations: Any, *, left_out: bool) -> None:
    """It has the annotation, and a Kustomization lists its file. Versions differ about "false"."""
    data = {"a": KIND | {"resources": ["web.yaml"]}}
    known = read(data, "a/web.yaml", "b/web.yaml")
    assert known.changes(annotated(annotations)) == (LEFT_OUT if left_out else None)
    assert known.changes(annotated(None)) is None
    assert known.changes(annotated(annotations, "b/web.yaml")) is None
    data["over"] = KIND | {"resources": ["../a"]}
    found = read(data, "a/web.yaml").changes(annotated(annotations))
    assert (found is not None) is left_out


ANNOTATE = """\
kind: AnnotationsTransformer
apiVersion: builtin
annotations: {KEY: b}
fieldSpecs: [{path: metadata/annotations}]
"""
PATCH = "kind: Pod\nmetadata: {name: web, annotations: {KEY: b}}"


@pytest.mark.parametrize(
    "fields",
    [
        {"commonAnnotations": {"KEY": "b"}},
        {"transformers": [ANNOTATE]},
        {"patches": [{"patch": PATCH}]},
        {"patches": [{"target": {"kind": "Pod"}, "patch":
                      "[{op: add, path: /metadata/annotations/KEY, value: b}]"}]},
    ],
)  # fmt: skip
def test_an_object_that_gets_the_annotation(fields: dict[str, Any]) -> None:
    """A patch, a transformer and commonAnnotations can set it."""
    for key, left_out in (("config.kubernetes.io/local-config", True), ("other.io/a", False)):
        text = json.dumps(fields)
        pointer = key.replace("/", "~1")
        text = text.replace("annotations/KEY", f"annotations/{pointer}").replace("KEY", key)
        known = read({"a": KIND | {"resources": ["web.yaml"]} | json.loads(text)}, "a/web.yaml")
        found = known.changes(annotated(None))
        assert (found is not None and found.may_patch(("$patch",))) is left_out


def affixes(known: Kustomizations, file: str = "base/web.yaml") -> set[str]:
    """The names that an object of a file may get."""
    found = known.changes(web(file))
    return {f"{before}web{behind}" for before, behind in found.affixes} if found else set()


def test_names() -> None:
    """Each Kustomization above puts its prefix before those below, and any may be built."""
    data: dict[str, Any] = {
        "base": KIND | {"resources": ["web.yaml"], "namePrefix": "b-"},
        "dev": KIND | {"resources": ["../base"], "namePrefix": "dev-", "nameSuffix": "-1"},
        "prod": KIND | {"resources": ["../base"], "nameSuffix": "-2"},
        "all": KIND | {"bases": ["../dev", "../prod"], "namePrefix": "all-", "nameSuffix": "-x"},
    }
    known = read(data, "base/web.yaml")
    assert affixes(known) == {
        "b-web", "dev-b-web-1", "b-web-2", "all-dev-b-web-1-x", "all-b-web-2-x",
    }  # fmt: skip
    found = known.changes(web("base/web.yaml"))
    assert found is not None
    assert found.files == tuple(f"{name}/kustomization.yaml" for name in sorted(data))


def test_names_in_a_circle() -> None:
    """What kustomize refuses, and too many names to count, may be any name."""
    data = {name: KIND | {"resources": ["web.yaml", f"../{other}"], "namePrefix": "a-"}
            for name, other in ("ab", "ba")}  # fmt: skip
    assert affixes(read(data, "a/web.yaml"), "a/web.yaml") == {"*web"}
    data = {f"f{number}": KIND | {"resources": ["../base"], "namePrefix": f"a{number}-"}
            for number in range(1001)}  # fmt: skip
    data["base"] = KIND | {"resources": ["web.yaml"]}
    assert affixes(read(data, "base/web.yaml")) == {"*web"}


def test_names_of_a_component() -> None:
    """The order of Components is not counted: it may give any name."""
    known = read({
        "base": KIND | {"resources": ["web.yaml"], "components": ["../c"]},
        "c": COMPONENT | {"namePrefix": "c-"},
    }, "base/web.yaml")  # fmt: skip
    found = known.changes(web("base/web.yaml"))
    assert found is not None
    assert found.patches == {("metadata", "name")}


def test_the_kustomizations_with_the_patches() -> None:
    """A message names those that patch an object, and not those that only list it."""
    base = KIND | {"resources": ["web.yaml"], "namespace": "shop"}
    patch = "{kind: Pod, apiVersion: v1, metadata: {name: web}, spec: {nodeName: a}}"
    top = KIND | {"resources": ["../a"], "patches": [{"patch": patch}]}
    skipped = [
        SkippedWarning("a/kustomization.yaml", "", data=base),
        SkippedWarning("top/kustomization.yaml", "", data=top),
    ]
    pod, other = (
        Resource("Pod", "v1", None, name, {}, {}, {}, Source("a/web.yaml", 1, 1))
        for name in ("web", "db")
    )

    def files_of(item: Resource, unread: list[str]) -> tuple[list[str], list[str]]:
        changes = Kustomizations(skipped, ["a/web.yaml"], [pod, other], unread).changes(item)
        assert changes is not None
        return list(changes.files), list(changes.patch_files)

    both, more = ["a/kustomization.yaml", "top/kustomization.yaml"], "more/kustomization.yaml"
    assert files_of(pod, []) == (both, ["top/kustomization.yaml"])
    assert files_of(other, []) == (both, [])
    assert files_of(other, [more]) == ([both[0], more, both[1]], [more])

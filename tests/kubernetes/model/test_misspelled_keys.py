"""Keys that are labels or selectors but for their letters get a warning with their line."""

from pathlib import Path

import pytest

from labelsel.errors import ManifestWarning
from labelsel.kubernetes import read_manifests
from labelsel.kubernetes.model.misspelled_keys import find_misspelled_keys

START = "apiVersion: apps/v1\nkind: Deployment\n"
NAMED = f"{START}metadata:\n  name: web\n"

#: A text, and for each misspelled key the line, the key with its parent, and the key to write.
MISSPELLED = {
    "Labels": (f"{NAMED}  Labels: {{a: b}}\n", [(5, "'Labels' in metadata", "labels")]),
    "typo": (
        f"{NAMED}  lables: {{a: b}}\n  annotation: {{}}\n  nmespace: x\n",
        [
            (5, "'lables' in metadata", "labels"),
            (6, "'annotation' in metadata", "annotations"),
            (7, "'nmespace' in metadata", "namespace"),
        ],
    ),
    "Spec": (f"{NAMED}Spec: {{}}\n", [(5, "'Spec'", "spec")]),
    "Metadata": (
        f"{NAMED}spec:\n  template:\n    Metadata:\n      labels: {{a: b}}\n",
        [(7, "'Metadata' in spec.template", "metadata")],
    ),
    "matchlabels": (
        f"{NAMED}spec:\n  selector:\n    matchlabels: {{a: b}}\n",
        [(7, "'matchlabels' in spec.selector", "matchLabels")],
    ),
    "beside the right key": (
        f"{NAMED}  labels: {{}}\n  Labels: {{}}\nMetadata:\nspec: {{Selector: 1, selector: 2}}\n",
        [
            (7, "'Metadata'", "metadata"),
            (6, "'Labels' in metadata", "labels"),
            (8, "'Selector' in spec", "selector"),
        ],
    ),
    "keys of a kind of Kubernetes": (
        f"{NAMED}spec: {{selectors: {{a: b}}, tempalte: {{}}}}\nselector: {{a: b}}\nlabels: {{}}\n",
        [
            (6, "'selector'", "spec.selector"),
            (7, "'labels'", "metadata.labels"),
            (5, "'selectors' in spec", "selector"),
            (5, "'tempalte' in spec", "template"),
        ],
    ),
    "PodSelector": (
        f"{NAMED}spec:\n  PodSelector: {{}}\n",
        [(6, "'PodSelector' in spec", "podSelector")],
    ),
    "template": (
        (
            f"{NAMED}spec:\n  jobTemplate:\n    spec:\n      template:\n        metadata:\n"
            "          Annotations: {}\n        spec: {nodeselector: {a: b}}\n"
        ),
        [
            (10, "'Annotations' in spec.jobTemplate.spec.template.metadata", "annotations"),
            (11, "'nodeselector' in spec.jobTemplate.spec.template.spec", "nodeSelector"),
        ],
    ),
}
#: Texts without a misspelled key.
FINE = {
    "all known": f"{NAMED}  labels: {{Labels: x}}\n  uid: x\n  finalizers: []\nspec: {{}}\n",
    "own keys of the kind": (
        "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: web, team: x}\n"
        "spec: {selectors: [], Templates: {}}\nselector: {a: b}\nlabels: {}\n"
    ),
    "a label of that name": f"{NAMED}spec: {{selector: {{matchlabels: a}}}}\n",
    "data": f"{NAMED}data: {{Labels: x, matchlabels: y}}\n",
    "no type": (
        "items:\n- {metadata: {name: web}, selector: {a: b}, spec: {selectors: 1}}\n"
        "kind: WidgetList\napiVersion: v1\n"
    ),
    "no maps": f"{NAMED}spec: {{selector: a, template: b, jobTemplate: {{spec: 6}}}}\n",
}


def read(path: Path, text: str) -> list[ManifestWarning]:
    """The warnings about an object, which is read all the same."""
    path.write_text(text)
    warnings: list[ManifestWarning] = []
    (item,) = read_manifests([path], on_warning=warnings.append)
    assert item.name == "web"
    return warnings


@pytest.mark.parametrize("case", MISSPELLED)
def test_misspelled(tmp_path: Path, case: str) -> None:
    """The warning has the object, the line, the key and what to write."""
    text, expected = MISSPELLED[case]
    warnings = read(tmp_path / "a.yaml", text)
    assert [(each.line, each.problem) for each in warnings] == [
        (line, f"Deployment/web: Kubernetes ignores the key {key}: write {meant}")
        for line, key, meant in expected
    ]
    assert {each.document for each in warnings} == {1}


@pytest.mark.parametrize("case", FINE)
def test_fine(tmp_path: Path, case: str) -> None:
    """There is no warning."""
    assert read(tmp_path / "a.yaml", FINE[case]) == []


def test_no_type() -> None:
    """What has no kind, or a kind that is no text, is of no kind of Kubernetes."""
    assert find_misspelled_keys({"kind": 1, "apiVersion": "v1", "selector": {}}) == []

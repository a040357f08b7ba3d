"""All rules together: on real manifests, in order, of any input, and only those asked for."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from labelsel.kubernetes import read_manifests
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint import Finding, Severity, lint_objects
from labelsel.lint.runner import Checks
from tests.lint.manifests import findings, labelled, monitor, service, workload

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT.parent / "shared" / "manifests"


@pytest.mark.parametrize(
    "paths",
    [
        [MANIFESTS],
        [MANIFESTS / "kube-prometheus"],
        [MANIFESTS / "online-boutique.yaml"],
        [MANIFESTS, ROOT / "examples"],
    ],
    ids=["all", "kube-prometheus", "online-boutique", "with-examples"],
)
def test_no_false_alarm_on_real_manifests(paths: list[Path]) -> None:
    """Manifests that thousands of clusters run have nothing wrong with them."""
    if not MANIFESTS.is_dir():
        pytest.skip("public manifests, not part of the repository")
    resources = list(read_manifests(paths))
    assert len(resources) >= 35
    assert lint_objects(resources) == []


def test_the_examples_are_clean() -> None:
    """What we show has nothing wrong with it."""
    assert lint_objects(read_manifests([ROOT / "examples"])) == []


def test_real_manifests_with_a_typo(tmp_path: Path) -> None:
    """The rules look at real manifests, too: a typo in them is found."""
    if not MANIFESTS.is_dir():
        pytest.skip("public manifests, not part of the repository")
    text = (MANIFESTS / "online-boutique.yaml").read_text()
    lines = text.splitlines(keepends=True)
    at = next(
        n for n, line in enumerate(lines)
        if line == "    app: cartservice\n" and lines[n - 1] == "  selector:\n"
    )  # fmt: skip
    lines[at] = lines[at].replace("cartservice", "cartsevrice")
    (found,) = findings(tmp_path, *lines)
    assert (found.line, found.rule.id) == (at + 1, "selects-nothing")
    assert "nearest: deployment.apps/cartservice, which has app=cartservice" in found.message


BAD_LABEL = labelled("Pod", "v1", "bad", labels="app: a b")


def test_order(tmp_path: Path) -> None:
    """Findings come as a reader reads: files as they were given, then lines, then the text."""
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text(
            service("x", "app: wib") + BAD_LABEL + workload("web", "app: web")
        )
    found = lint_objects(read_manifests([tmp_path / "b.yaml", tmp_path / "a.yaml"]))
    assert [(Path(one.file).name, one.line, one.rule.id) for one in found] == [
        (name, line, rule)
        for name in ("b.yaml", "a.yaml")
        for line, rule in ((6, "selects-nothing"), (11, "illegal-label"))
        if (name, rule) != ("a.yaml", "")
    ]


#: The faults of the second object are on one line.
MANY = """\
apiVersion: x.example.com/v1
kind: Web
metadata: {name: a}
spec: {one: {podSelector: {matchLabels: {a: 1 1}}}, two: [
  {podSelector: {matchLabels: {a: 2 2}}}, {podSelector: {matchLabels: {a: 3 3}}}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: b, labels: {z: 4 4, x: 5 5}}
webhooks: [{objectSelector: {matchLabels: {name: 6 6}}},
  {namespaceSelector: {matchLabels: {name: 7 7}}}, {objectSelector: {matchLabels: {name: 8 8}}}]
"""


@pytest.mark.parametrize("pipe", [False, True], ids=["file", "pipe"])
@pytest.mark.parametrize("separator", ["\n", " "], ids=["lines", "one line"])
def test_order_in_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, separator: str, *, pipe: bool
) -> None:
    """Parts of an object come in the order of the text, whichever rule looks at them."""
    text = MANY
    if separator == " ":
        items = [yaml.safe_load(part) for part in MANY.split("---\n")]
        text = json.dumps({"kind": "List", "apiVersion": "v1", "items": items})
    if pipe:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        found = lint_objects(read_manifests(["-"], any_labels=True))
    else:
        found = findings(tmp_path, text)
    values = [value_at(one.resource.body, one.path) for one in found]
    assert values == [f"{n} {n}" for n in range(1, 9)]


def test_a_finding_at_a_part_that_is_missing(tmp_path: Path) -> None:
    """It comes before what is there: on the line of the last part on the way to it."""
    text = labelled("Deployment", "apps/v1", "a", "{template: {metadata: {labels: {app: a b}}}}")
    found = findings(tmp_path, text)
    assert [one.rule.id for one in found] == ["illegal-selector", "illegal-label"]


def test_each_fault_once(tmp_path: Path) -> None:
    """The selector of a monitor is not found by its name a second time."""
    assert len(findings(tmp_path, monitor("{matchLabels: {app: a b}}"))) == 1
    assert len(findings(tmp_path, monitor("{matchLabel: {app: a b}}", kind="PodMonitor"))) == 1


def test_only_some_rules(tmp_path: Path) -> None:
    """Rules that are not asked for find nothing."""
    path = tmp_path / "a.yaml"
    path.write_text(service("x", "app: wib") + BAD_LABEL + workload("web", "app: web"))
    resources = list(read_manifests([path]))
    assert [one.rule.id for one in lint_objects(resources, {"illegal-label"})] == ["illegal-label"]
    assert lint_objects(resources, {"key-typo"}) == []


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read from a pipe cannot be read again: a finding has the line of its object."""
    stream = io.TextIOWrapper(io.BytesIO(BAD_LABEL.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    (found,) = lint_objects(read_manifests(["-"]))
    assert (found.file, found.line) == ("standard input", 3)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Where the file cannot be read again, a finding has the line of its object."""
    path = tmp_path / "a.yaml"
    path.write_text(BAD_LABEL)
    resources = list(read_manifests([path]))
    path.unlink()
    (found,) = lint_objects(resources)
    assert found.line == 3


def test_data(tmp_path: Path) -> None:
    """A finding as data has all that there is to know of it."""
    (found,) = findings(tmp_path, BAD_LABEL)
    data = json.loads(json.dumps(found.to_dict()))
    assert data == {
        "rule": "illegal-label",
        "severity": "error",
        "file": f"{tmp_path}/shop.yaml",
        "line": 5,
        "document": 1,
        "kind": "Pod",
        "apiVersion": "v1",
        "namespace": "shop",
        "name": "bad",
        "path": "metadata.labels.app",
        "message": found.message,
        "fix": "write app: a-b",
        "edit": None,
        "fingerprint": found.key().fingerprint,
        "suppression": None,
    }
    assert found.subject == "pod/bad in shop"
    assert isinstance(found, Finding)


def test_a_part_of_the_input(tmp_path: Path) -> None:
    """What is concluded from what is missing is a note where a part of the input was not read."""
    texts = service("x", "app: wib"), BAD_LABEL, workload("web", "app: web")
    found = findings(tmp_path, *texts, complete=False)
    assert [(one.rule.id, one.severity.value, one.unsure) for one in found] == [
        ("selects-nothing", "note", True),
        ("illegal-label", "error", False),
    ]
    assert found[0].message.endswith("but a part of the input was not read, and may contain it")


def test_a_level_that_a_finding_has(tmp_path: Path) -> None:
    """It stays, unless a configuration gives the rule another one."""
    (found,) = findings(tmp_path, BAD_LABEL)
    note = replace(found, level=Severity.NOTE)
    assert Checks().with_level(note).level is Severity.NOTE
    given = Checks(levels={"illegal-label": Severity.WARNING})
    assert given.with_level(note).level is Severity.WARNING


def test_an_object_that_was_not_read_from_a_file(tmp_path: Path) -> None:
    """Its source may have the name of a file: that is not read, and no comment in it counts."""
    path = tmp_path / "a.yaml"
    path.write_text(BAD_LABEL.replace("\nspec", " # labelsel: ignore[illegal-label]\nspec"))
    assert lint_objects(read_manifests([path])) == []
    (one,) = read_manifests([path])
    made = replace(one, source=replace(one.source, location=None))
    (found,) = lint_objects([made])
    assert (found.line, found.rule.id) == (3, "illegal-label")

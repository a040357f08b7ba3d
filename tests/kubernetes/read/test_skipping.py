"""What is known to hold no object is left out; what may be an object with a mistake never is."""

from pathlib import Path
from typing import Any

import pytest

from labelsel.errors import (
    ManifestError,
    ManifestWarning,
    PlaceholderWarning,
    SkippedWarning,
    TemplateWarning,
)
from labelsel.kubernetes import Inventory, read_manifests
from labelsel.placeholders import may_become_anything

POD = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {app: web}}}\n"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

#: The name of a file, its text, and why nothing in it is an object of a cluster.
LEFT_OUT = {
    "values": ("values.yaml", "replicas: 2\nlabels: {app: web}\nkind_of: x\n", "no apiVersion"),
    "list in values": (
        "values.yaml",
        "extraObjects: [{kind: Pod, apiVersion: v1, metadata: {name: x}}]\n",
        "no apiVersion and no kind",
    ),
    "values with a kind below": ("values.yaml", "controller: {kind: Deployment}\n", "no kind"),
    "empty map": ("a.yaml", "{}\n", "no apiVersion and no kind"),
    "empty list": ("a.yaml", "# nothing\n[]\n", "no apiVersion and no kind"),
    "patch": ("patch.yaml", "- op: add\n  path: /spec\n  value: {kind: x}\n", "no kind"),
    "compose": (
        "compose.yaml",
        "services: {web: {image: a, labels: {app: web}}}\n",
        "no apiVersion and no kind",
    ),
    "workflow": (
        "ci.yml",
        "name: ci\non: [push]\njobs: {a: {steps: [{run: 'echo ${{ x }}'}]}}\n",
        "no apiVersion and no kind",
    ),
    "mkdocs": (
        "mkdocs.yml",
        "markdown_extensions:\n- emoji: !!python/name:material.emoji\n- x: !ENV [A, b]\n",
        "no apiVersion and no kind",
    ),
    "CloudFormation": ("a.yaml", "Resources: {A: {Type: b, Ref: !Sub 'x'}}\n", "no apiVersion"),
    "package": ("package.json", '{"name": "x", "version": "1", "labels": {"a": "b"}}', "no kind"),
    "JSON with comments": (
        "tsconfig.json",
        '{\n  // what to compile\n  "compilerOptions": {"strict": true,},\n}\n',
        "no line of it names a kind, and it cannot be parsed: not valid JSON",
    ),
    "NaN": ("a.json", '{"a": NaN, "b": [', "no line of it names a kind, and it cannot be parsed"),
    "items that are no objects": ("a.yaml", "items: [{name: a}, {kind: b}]\n", "no apiVersion"),
    "list of a program": (
        "a.yaml",
        "apiVersion: x/v1\nkind: Things\nitems: [{name: a}]\n",
        "Things (x/v1) without metadata",
    ),
    "another word than kind": ("a.yaml", "find: x\nspec: {}\n", "no apiVersion and no kind"),
    "text": ("link.yaml", "../other.yaml", "no apiVersion and no kind"),
    "quoted text": ("a.json", '""', "no apiVersion and no kind"),
    "number": ("a.yaml", "12\n", "no apiVersion and no kind"),
    "Kustomization": ("kustomization.yaml", KUSTOMIZATION, "a Kustomization, which kustomize"),
    "named Kustomization": ("a.yaml", f"{KUSTOMIZATION}metadata: {{name: x}}\n", "which kustomize"),
    "Component": (
        "kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
        "a Component, which kustomize reads",
    ),
    "third name of a Kustomization": (
        "Kustomization",
        "kind: Kustomization\nresources: [a.yaml]\n",
        "a Kustomization, which kustomize reads",
    ),
    "bare Kustomization": (
        "kustomization.yml",
        "kind: Kustomization\nresources: [a.yaml]\n",
        "a Kustomization, which kustomize reads",
    ),
    "kustomization without both": ("kustomization.yaml", "resources: [a.yaml]\n", "a Kustom"),
    "chart": ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0\n", "a Helm chart"),
    "kubeconfig": ("a.yaml", "apiVersion: v1\nkind: Config\nclusters: []\n", "Config (v1) without"),
    "kind": (
        "kind.yaml",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: [{role: worker}]\n",
        "Cluster (kind.x-k8s.io/v1alpha4) without metadata",
    ),
    "skaffold": ("skaffold.yaml", "apiVersion: skaffold/v4beta6\nkind: Config\n", "without meta"),
    "kubeadm": (
        "kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n",
        "ClusterConfiguration (kubeadm.k8s.io/v1beta3) without metadata",
    ),
    "Grafana": ("a.yaml", "apiVersion: 1\ndatasources: []\n", "its apiVersion is the number 1"),
    "devfile": (
        "devfile.yaml",
        "schemaVersion: 2.2.0\nmetadata: {name: x}\ncomponents: []\n",
        "no apiVersion and no kind",
    ),
}

#: The same for what may be an object with a mistake: the problem that is reported.
FAULTS = {
    "no apiVersion": ("a.yaml", "kind: Pod\nmetadata: {name: a}\n", "Pod: no apiVersion"),
    "no kind": ("a.yaml", "apiVersion: v1\nmetadata: {name: a}\n", "no kind"),
    "apiVersion alone": ("a.yaml", "apiVersion: v1\n", "no kind"),
    "another version": ("a.yaml", "apiVersion: v3\nname: a\nversion: 1\n", "no kind"),
    "a number and metadata": ("a.yaml", "apiVersion: 1\nmetadata: {name: a}\n", "no kind"),
    "a number and Kind": ("a.yaml", "apiVersion: 1\nKind: Pod\n", 'write "kind" for "Kind"'),
    "Kind": ("a.yaml", "Kind: Pod\nspec: {}\n", 'no kind: write "kind" for "Kind"'),
    "apiversion": ("a.yaml", "apiversion: v1\nspec: {}\n", "no kind"),
    "Kind and apiversion": (
        "a.yaml",
        "apiversion: v1\nKind: Service\nmetadata: {name: a}\n",
        'no kind: write "kind" for "Kind"',
    ),
    "kinds": ("a.yaml", "kinds: Pod\nspec: {}\n", 'no kind: write "kind" for "kinds"'),
    "kidn": ("a.yaml", "kidn: Pod\nmetadata: {name: a}\n", 'no kind: write "kind" for "kidn"'),
    "api_version": ("a.yaml", "api_version: v1\nmetadata: {name: a}\n", "no kind"),
    "apiVersiom": ("a.yaml", "apiVersiom: v1\nspec: {}\n", "no kind"),
    "ApiVersion": (
        "a.yaml",
        "ApiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
        'Pod: no apiVersion: write "apiVersion" for "ApiVersion"',
    ),
    "neither": ("a.yaml", "metadata: {name: a}\nspec: {selector: {app: web}}\n", "no kind"),
    "generateName": ("a.yaml", "metadata: {generateName: a-}\ndata: {}\n", "no kind"),
    "metadata without a name": ("a.yaml", "metadata: {labels: {}}\nKind: x\n", "no kind"),
    "metadata alone": ("a.yaml", "metadata: {name: a, labels: {app: web}}\n", "no kind"),
    "known kind": ("a.yaml", "apiVersion: v1\nkind: Service\nspec: {}\n", "Service: no metadata"),
    "known kind of another group": ("a.yaml", "apiVersion: x/v1\nkind: Pod\n", "Pod: no metadata"),
    "typo of a kind": ("a.yaml", "apiVersion: v1\nkind: Deploymnt\n", "Deploymnt: no metadata"),
    "typo of metadata": ("a.yaml", "apiVersion: x/v1\nkind: X\nmetadta: {name: a}\n", "X: no meta"),
    "Metadata": ("a.yaml", "apiVersion: x/v1\nkind: X\nMetadata: {name: a}\n", 'for "Metadata"'),
    "empty metadata": ("a.yaml", "apiVersion: x/v1\nkind: X\nmetadata:\n", "X: no metadata.name"),
    "kind is a list": ("a.yaml", "apiVersion: x/v1\nkind: [a]\nmetadata: {}\n", "kind must be a"),
    "kind is a list elsewhere": ("kustomization.yaml", "kind: [a]\n", "kind must be a string"),
    "apiVersion is a list": ("a.yaml", "apiVersion: [v2]\nname: a\nversion: b\n", "no kind"),
    "kind is no string": ("a.yaml", "apiVersion: x/v1\nkind: 5\n", "kind must be a string"),
    "no items": ("a.yaml", "apiVersion: x/v1\nkind: XList\n", "XList: no items"),
    "list": ("a.yaml", f"apiVersion: v1\nkind: list\nitems:\n- {POD}", "list: no metadata"),
    "items of another kind": (
        "a.yaml",
        f"apiVersion: x/v1\nkind: Things\nitems:\n- {POD}",
        "Things: no metadata",
    ),
    "items alone": ("a.yaml", f"items:\n- {POD}", "no kind"),
    "Status": ("a.json", '{"kind": "Status", "apiVersion": "v1"}', "a Status, the answer of a"),
    "another kind of kustomize": (
        "a.yaml",
        "apiVersion: kustomize.config.k8s.io/v1\nkind: Pod\n",
        "Pod: no metadata.name",
    ),
    "bare Kustomization elsewhere": ("a.yaml", "kind: Kustomization\n", "no apiVersion"),
    "bare kind in its file": ("kustomization.yaml", "kind: Pod\n", "Pod: no apiVersion"),
    "list of objects": ("a.yaml", f"- {POD}", "expected a map, got a list"),
    "no blank": ("a.yaml", "kind:Pod\napiVersion:v1\n", "expected a map, got a string"),
    "broken": ("a.yaml", "kind: Pod\na: [\n", "not valid YAML"),
    "broken kind": ("a.yaml", "kind Pod\nmetadata:\n  name: a\n", "not valid YAML"),
    "broken version": ("a.yaml", "- apiVersion\na: b\n", "not valid YAML"),
    "broken without a kind": ("a.yaml", "a: [\n", "not valid YAML"),
    "broken YAML in braces": ("a.yaml", "{a: [1,\n", "not valid"),
    "control characters": ("a.yml", "a: \x1b\n", "not valid YAML"),
    "broken JSON": ("a.json", '{"a": 1,\n"kind" : "Pod"', "not valid JSON"),
    "JSON without its end": ("a.json", "{", "not valid JSON"),
    "JSON without the end of a list": ("a.json", '{"items": [\n', "not valid JSON"),
    "JSON without the end of a key": ("a.json", '{"metadata": {}, "ki', "not valid JSON"),
    "JSON without the end of a word": ("a.json", '{"a": {"b": nul', "not valid JSON"),
    "list without its end": ("a.json", '[{"metadata": {}},\n', "not valid"),
    "JSON without its end in YAML": ("a.yaml", '{"metadata": {\n', "not valid"),
    "not UTF-8": ("a.yaml", b"a: \xff\n", "not UTF-8"),
    "{{ after the error": ("a.yaml", "kind: Pod\na: b: c\nd: {{ x }}\n", "not valid YAML"),
    "{{ in a string": ("a.yaml", 'kind: X\na: "{{ x }}"\nb: [\n', "not valid YAML"),
    "{{ and labels twice": ("a.yaml", "kind: X\na: '{{ x }}'\nlabels: {b: 1, b: 2}\n", "twice"),
}

#: Files that are templates, each with the line that says so.
TEMPLATES = {
    "value": ("kind: Pod\nspec:\n  replicas: {{ .n }}\n", 3),
    "line": ("kind: Pod\n{{- if .x }}\nspec: {}\n{{- end }}\n", 2),
    "first line": ("{{- if .x }}\nkind: Pod\n{{- end }}\n", 1),
    "quotes in quotes": ('kind: Pod\na: "{{ .x | default "b" }}"\n', 2),
    "Jinja": ("kind: Pod\n{% if x %}\nspec: {}\n{% endif %}\n", 2),
    "no kind": ("a: {{ .n }}\n", 1),
    "name in quotes": ('kind: Pod\napiVersion: v1\nmetadata: {name: "a-{{ .n }}"}\n', 1),
    "behind an object": (f"{POD}---\na: {{{{ .n }}}}\n---\n{POD}", 3),
}


def read(path: Path) -> tuple[list[str], list[ManifestError], list[ManifestWarning]]:
    """The names of the objects, the errors and the warnings."""
    errors: list[ManifestError] = []
    warnings: list[ManifestWarning] = []
    found = read_manifests([path], on_error=errors.append, on_warning=warnings.append)
    return [item.name for item in found], errors, warnings


@pytest.fixture(params=["file", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Write a file, and return the path of the file, or of its folder."""

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path if request.param == "file" else tmp_path

    return write


@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", LEFT_OUT)
def test_left_out(place: Any, name: str, line_break: str) -> None:
    """It is neither an object nor an error, and a warning says why."""
    file, text, reason = LEFT_OUT[name]
    names, errors, [warning] = read(place(file, text.replace("\n", line_break)))
    assert (names, errors) == ([], [])
    assert isinstance(warning, SkippedWarning)
    assert Path(warning.file).name == file
    assert warning.problem.startswith("skipped: ")
    assert reason in warning.problem
    assert warning.line is not None
    assert (warning.data is None) == ("cannot be parsed" in warning.problem)


@pytest.mark.parametrize("name", FAULTS)
def test_faults(place: Any, name: str) -> None:
    """What may be an object is an error, as it always was."""
    file, text, problem = FAULTS[name]
    names, [error], warnings = read(place(file, text))
    assert (names, warnings) == ([], [])
    assert problem in error.problem


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates(place: Any, name: str) -> None:
    """A template is one warning with its line, and no document of its file is read."""
    text, line = TEMPLATES[name]
    for file in ("a.yaml", "a.json"):
        path = place(file, text)
        names, errors, warnings = read(path)
        assert (names, errors) == ([], [])
        assert isinstance(warnings[0], TemplateWarning)
        assert warnings[0].line == line
        assert "a template, which has to be rendered first" in warnings[0].problem


def test_placeholders(place: Any) -> None:
    """A placeholder without brackets makes a template of its document alone."""
    text = f"{POD}---\nkind: Pod\nspec: {{replicas: @N@}}\n---\n{POD.replace('name: a', 'name: b')}"
    names, errors, [warning] = read(place("a.yaml", text))
    assert (names, errors) == (["a", "b"], [])
    assert isinstance(warning, TemplateWarning)
    assert (warning.document, warning.line) == (2, 4)
    assert "the line has the placeholder '@N@'" in warning.problem


WHOLE = {
    "word": "${POLICIES}",
    "comments": "# all of them\n${POLICIES} # ${OTHERS}\n",
    "several": "$A\n$(B)\n",
    "entries": "- ${A}\n- ${B}\n",
    "key": "${A}:\n",
    "quotes": "'${A}'\n",
    "directive": "%YAML 1.2\n---\n${A}\n",
    "comment to YAML": "#{POLICIES}#\n",
    "at": "@POLICIES@\n",
    "brackets": "[[ policies ]]\n",
    "round brackets": "((policies))  # all\n",
    "braces": "{POLICIES}\n",
    "one bracket": "- [POLICIES]\n",
    "tildes": "~policies~\n",
    "angles": "<POLICIES>\n",
    "anchor": "&all ${POLICIES}\n",
    "tag": "!!str ${POLICIES}\n",
    "later directive": "# first\nnull\n...\n%YAML 1.2\n---\n${POLICIES}\n",
    "ytt": "#@ load('a')\n--- #@ policies()\n",
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_placeholders(place: Any, name: str) -> None:
    """A document that is only a placeholder is not said to hold no object."""
    names, errors, [warning] = read(place("a.yaml", WHOLE[name]))
    assert (names, errors) == ([], [])
    assert isinstance(warning, PlaceholderWarning)
    assert "holds no" not in warning.problem
    assert "placeholder" in warning.problem


def test_a_placeholder_beside_objects(place: Any) -> None:
    """The documents around it are read, and its line is known."""
    text = f"{POD}---\n${{REST}}\n---\n{POD.replace('name: a', 'name: b')}"
    names, errors, [warning] = read(place("a.yaml", text))
    assert (names, errors) == (["a", "b"], [])
    assert isinstance(warning, PlaceholderWarning)
    assert warning.document == 2
    assert warning.problem == "skipped: only a placeholder ('${REST}'), which may be any object"


@pytest.mark.parametrize("line_break", ["\r", "\r\n", "\x85", "\u2028"])
def test_a_placeholder_between_other_line_ends(tmp_path: Path, line_break: str) -> None:
    """A document ends at each line end of YAML."""
    text = "a: b\n---\n${REST}\n---\nb: c\n".replace("\n", line_break)
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode())
    _, errors, warnings = read(path)
    assert not errors
    assert any(isinstance(each, PlaceholderWarning) for each in warnings)
    assert may_become_anything(text)


@pytest.mark.parametrize(
    ("file", "text"), [("a.json", "[[1, 2], [3]]"), ("a.yaml", '[["a"]]'), ("b.json", "[1]")]
)
def test_json_that_begins_as_a_placeholder(place: Any, file: str, text: str) -> None:
    """What any program can read as JSON is no template."""
    names, errors, [warning] = read(place(file, text))
    assert (names, errors) == ([], [])
    assert warning.problem == "skipped: it has no apiVersion and no kind"


@pytest.mark.parametrize("brackets", ["[" * 100_000, "[" * 100_000 + "]" * 100_000])
def test_json_that_is_too_deep(place: Any, brackets: str) -> None:
    """Nobody has seen its end, so that it is neither a template nor without objects."""
    names, [error], warnings = read(place("a.json", brackets))
    assert (names, warnings) == ([], [])
    assert "nested more than 200 levels deep" in str(error)


def test_a_placeholder_in_json(place: Any) -> None:
    """JSON that is one cannot be parsed, and yet may become objects."""
    names, errors, [warning] = read(place("a.json", "[${PODS},\n${NODES}]"))
    assert (names, errors) == ([], [])
    assert isinstance(warning, PlaceholderWarning)


@pytest.mark.parametrize(
    "text", ["a text with ${X}\n", "a: ${X}\n", "# ${X}\n", "- name: ${X}\n", "a (b)\n"]
)
def test_placeholders_of_words(place: Any, text: str) -> None:
    """A placeholder in other data stands for a word of them."""
    names, errors, warnings = read(place("a.yaml", text))
    assert (names, errors) == ([], [])
    assert not any(isinstance(each, PlaceholderWarning) for each in warnings)


def test_json_templates(place: Any) -> None:
    """A template of JSON is one, too."""
    names, errors, [warning] = read(place("a.json", '{"kind": "Pod",\n "a": {{ .x }}}'))
    assert (names, errors) == ([], [])
    assert isinstance(warning, TemplateWarning)
    assert warning.line == 2


@pytest.mark.parametrize("text", ["", "\n", "---\n", "---\r\n---\r\n", "# x\n", "null\n"])
def test_empty_files(place: Any, text: str) -> None:
    """A file without any data is neither skipped nor an error."""
    assert read(place("a.yaml", text)) == ([], [], [])


def test_other_documents(tmp_path: Path) -> None:
    """Of a file only the documents that hold no object are left out; each has its location."""
    path = tmp_path / "a.yaml"
    path.write_text(f"a: 1\na: 2\n---\n{POD}---\n{KUSTOMIZATION}---\nkind: Pod\n")
    names, errors, warnings = read(path)
    assert names == ["a"]
    assert [error.document for error in errors] == [4]
    # The duplicate key of the first document is nobody's business here.
    assert [(each.document, each.line) for each in warnings] == [(1, 1), (3, 6)]
    assert isinstance(warnings[1], SkippedWarning)
    assert warnings[1].data["kind"] == "Kustomization"


def test_objects_that_hold_braces(tmp_path: Path) -> None:
    """{{ in a string is data: the document is an object as any other."""
    path = tmp_path / "a.yaml"
    text = '{kind: Rule, apiVersion: x/v1, metadata: {name: b}, a: "{{ $labels.x }}"}\n---\n'
    path.write_text(text + POD)
    assert read(path) == (["b", "a"], [], [])


@pytest.mark.parametrize("kind", ["Kustomization", "Component", "Config"])
def test_kinds_of_other_groups(tmp_path: Path, kind: str) -> None:
    """An object of a cluster may have the kind of a file: Flux has a Kustomization."""
    path = tmp_path / "kustomization.yaml"
    path.write_text(f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: {kind}\n")
    with path.open("a") as file:
        file.write("metadata: {name: a}\n")
    assert read(path) == (["a"], [], [])


@pytest.mark.parametrize("text", ["a: 1\n", KUSTOMIZATION, "a: {{ .x }}\n", "a: [\n", "[]\n"])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """Nothing of standard input is left out: a program has written it for labelsel."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with path.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with pytest.raises(ManifestError):
            list(read_manifests(["-"]))


def test_inventories(tmp_path: Path) -> None:
    """An inventory passes on the same warnings."""
    (tmp_path / "values.yaml").write_text("a: 1\n")
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "template.yaml").write_text("a: {{ .x }}\n")
    warnings: list[ManifestWarning] = []
    inventory = Inventory.read([tmp_path], on_warning=warnings.append)
    assert len(inventory) == 1
    assert [type(each) for each in warnings] == [TemplateWarning, SkippedWarning]
    with pytest.warns(SkippedWarning, match=r"values.yaml, document 1 \(line 1\): skipped: it has"):
        list(read_manifests([tmp_path / "values.yaml"]))


@pytest.mark.parametrize(
    "name",
    ["values.yaml", "values-prod.yml", "my.values.yaml", "values/prod.yaml", "ci/x-values.yaml"],
)
def test_values_of_a_chart(tmp_path: Path, name: str) -> None:
    """A value may be called kind and hold a kind of Kubernetes: the file says what it is."""
    values = "kind: DaemonSet\nreplicaCount: 1\n"
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(values)
    with pytest.raises(ManifestError, match="no apiVersion"):
        list(read_manifests([tmp_path]))
    chart = "apiVersion: v2\nname: a\nversion: 1.0.0\n"
    (tmp_path / "Chart.yaml").write_text(chart)
    warnings: list[ManifestWarning] = []
    assert list(read_manifests([path, tmp_path], on_warning=warnings.append)) == []
    assert "skipped: the values of a chart, which Helm reads" in str(warnings[0])
    path.write_text(POD)
    assert len(list(read_manifests([path]))) == 1


@pytest.mark.parametrize("name", ["web.yaml", "ci/web.yaml", "x/values.yaml", "values/x/a.yaml"])
def test_other_files_of_a_chart(tmp_path: Path, name: str) -> None:
    """What does not have the name of a values file may be an object with a mistake."""
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("kind: DaemonSet\nreplicaCount: 1\n")
    with pytest.raises(ManifestError, match="no apiVersion"):
        list(read_manifests([path]))

"""Words in the text of an input, and fixes that leave them alone."""

import os
from pathlib import Path

import pytest

from labelsel.kubernetes import Resource, read_manifests
from labelsel.lint import raw_text
from labelsel.lint.fixer import FixResult, fix_findings
from labelsel.lint.raw_text import find_words, has_word, read_files
from labelsel.lint.runner import Checks, run_checks
from tests.lint.manifests import labelled, service, workload

KEY = "app.kubernets.io/name"
#: A typo of a key in a Service and in the labels of a template: both are corrected, or none.
TYPO_IN_KEY = service("front", f"{KEY}: web") + labelled(
    "Deployment",
    "apps/v1",
    "web",
    "{selector: {matchLabels: {app: web}}, "
    f"template: {{metadata: {{labels: {{app: web, {KEY}: web}}}}}}}}",
)
TYPO_IN_VALUE = service("front", "app: wbeshop") + workload("web", "app: webshop")

#: Other text of an input that has the word, by the name of its file.
OTHERS_WITH_KEY = {
    "calico.yaml": labelled(
        "NetworkPolicy", "projectcalico.org/v3", "a", f"{{selector: \"{KEY} == 'web'\"}}"
    ),
    "cilium.yaml": labelled(
        "CiliumNetworkPolicy",
        "cilium.io/v2",
        "a",
        f'{{endpointSelector: {{matchLabels: {{"k8s:{KEY}": web}}}}}}',
    ),
    "custom.yaml": labelled("Foo", "example.com/v1", "a", f"{{pods: {{{KEY}: web}}}}"),
    "text.yaml": labelled("Foo", "example.com/v1", "a", f"{{labelSelector: {KEY}=web}}"),
    "template.yaml": labelled(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        "{{ .Values.name }}",
        f"{{podSelector: {{matchLabels: {{{KEY}: web}}}}}}",
    ),
    "kustomization.yaml": "patches:\n- patch: '[{op: remove, path: /spec/selector/"
    "app.kubernets.io~1name}]'\n",
    "broken.yaml": f"a: [{KEY}\n",
    "values.yaml": f"labels: {{{KEY}: web}}\n",
    "_helpers.tpl": f'{{{{ define "labels" }}}}{KEY}: web{{{{ end }}}}',
    "scrape.yaml": "rule: __meta_kubernetes_pod_label_app_kubernets_io_name\n",
    "utf16.txt": KEY,
    "comment.yaml": f"# {KEY} is what the operator wants\n" + labelled("ConfigMap", "v1", "other"),
}


def fix(folder: Path, paths: list[str | Path] | None = None) -> FixResult:
    resources: list[Resource] = list(
        read_manifests([folder], on_error=lambda _: None, on_warning=lambda _: None)
    )
    checks = Checks()
    findings = run_checks(resources, checks).findings
    return fix_findings(resources, findings, checks.find, paths=paths or [folder])


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-16" if path.name.startswith("utf16") else "utf-8")


@pytest.mark.parametrize("name", OTHERS_WITH_KEY)
def test_a_key_in_other_text(tmp_path: Path, name: str) -> None:
    """A key is corrected in all of its input, or nowhere."""
    write(tmp_path / "m.yaml", TYPO_IN_KEY)
    assert len(fix(tmp_path).fixed) == 2
    write(tmp_path / name, OTHERS_WITH_KEY[name])
    result = fix(tmp_path)
    assert (result.fixed, result.rewrites) == ([], ())
    assert result.kept_words == {KEY: [tmp_path / name]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "calico.yaml",
            labelled("NetworkPolicy", "projectcalico.org/v3", "a", "{selector: app == 'wbeshop'}"),
        ),
        (
            "kustomization.yaml",
            (
                "patches:\n- patch: '[{op: replace, value: wbeshop, "
                "path: /spec/template/metadata/labels/app}]'\n"
            ),
        ),
    ],
)
def test_a_value_in_other_text(tmp_path: Path, name: str, text: str) -> None:
    """The same for a value."""
    write(tmp_path / "m.yaml", TYPO_IN_VALUE)
    assert len(fix(tmp_path).fixed) == 1
    write(tmp_path / name, text)
    assert fix(tmp_path).rewrites == ()


def test_a_key_that_one_object_keeps(tmp_path: Path) -> None:
    """The same word in an annotation, or a comment of the corrected file itself, counts, too."""
    write(tmp_path / "m.yaml", f"{TYPO_IN_KEY}# {KEY}\n")
    result = fix(tmp_path)
    assert (result.fixed, result.kept_words) == ([], {KEY: [tmp_path / "m.yaml"]})


def test_a_key_in_labels_and_expressions(tmp_path: Path) -> None:
    """A key is corrected in maps and in expressions together."""
    spec = f"{{podSelector: {{matchExpressions: [{{key: {KEY}, operator: Exists}}]}}}}"
    policy = labelled("NetworkPolicy", "networking.k8s.io/v1", "a", spec)
    write(tmp_path / "m.yaml", TYPO_IN_KEY + policy)
    result = fix(tmp_path)
    assert len(result.fixed) == 3
    assert not has_word(result.rewrites[0].after, KEY)


@pytest.mark.parametrize("unread", ["-", "missing", "link"])
def test_text_that_cannot_be_searched(tmp_path: Path, unread: str) -> None:
    """If a part of the input cannot be searched, no word of labels is corrected."""
    folder = tmp_path / "shop"
    folder.mkdir()
    write(folder / "m.yaml", TYPO_IN_KEY)
    if unread == "link":
        (tmp_path / "other").mkdir()
        (folder / "other").symlink_to(tmp_path / "other")
        result = fix(folder)
    else:
        result = fix(folder, [folder, unread])
    assert (result.fixed, result.searched) == ([], False)


def test_files_of_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All visible files are read once: in a folder those below it, of a file those beside it."""
    for name in ("a.yaml", "b.sh", ".hidden", "sub/c.yaml", ".git/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path / "sub")
    Path("-").write_text("-")
    assert {path.name for path, _ in read_files(["./-"])} == {"-", "c.yaml"}
    Path("-").unlink()
    (tmp_path / "again").symlink_to(tmp_path / "sub")
    (tmp_path / "broken").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe")
    names = [path.name for path, _ in read_files([tmp_path, tmp_path / "sub"])]
    assert sorted(names) == ["a.yaml", "b.sh", "c.yaml"]
    assert sorted(data for _, data in read_files([tmp_path / "a.yaml"])) == [b"a.yaml", b"b.sh"]


def test_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is searched if it is a manifest."""
    monkeypatch.setattr(raw_text, "MAX_SEARCHED_BYTES", 3)
    (tmp_path / "a.yaml").write_text("wbe wbe")
    (tmp_path / "image.png").write_text("wbe wbe")
    (tmp_path / "b.txt").write_text("wbe")
    found = find_words({"wbe", "x"}, [tmp_path])
    assert found == {"wbe": {tmp_path / "a.yaml", tmp_path / "b.txt"}, "x": set()}


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words may be there: a path of more than 4,096 bytes is one that no system reads."""
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        Path("x" * 200).mkdir()
        os.chdir("x" * 200)
    assert find_words({"x"}, [tmp_path]) is None


@pytest.mark.parametrize(
    ("text", "word", "there"),
    [
        ("app: wbe", "wbe", True),
        ("app: wbe-2", "wbe", True),
        ("app: wbes", "wbe", False),
        ("app: WBE", "wbe", False),
        (r'"a\twbe"', "wbe", True),
        (r'"\u0077be" ', "wbe", True),
        (r'"\U00000077be"', "wbe", True),
        (r'"\x77be"', "wbe", True),
        (r'"\u00fcwbe"', "wbe", True),
        ('"wb\\\n   e"', "wbe", True),
        ("/labels/a.b~1c", "a.b/c", True),
        ("?l=a.b%2Fc", "a.b/c", True),
        (r'{"a.b\/c": 1}', "a.b/c", True),
        # A word of other letters may be anywhere.
        ("app: web", "é", True),
    ],
)
def test_spellings(text: str, word: str, there: bool) -> None:  # noqa: FBT001 - data
    """A word is found in each spelling, and only as a whole."""
    assert has_word(text.encode(), word) == there


def test_names_that_are_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is none, also beside a file of this name; nor is a link to itself."""
    monkeypatch.chdir(tmp_path)
    Path("-").write_text("a")
    Path("loop").symlink_to("loop")
    for name in ("-", "loop", "missing"):
        with pytest.raises(ValueError, match=f"^{name} cannot be read twice$"):
            list(read_files([name]))


@pytest.mark.parametrize("escape", [r"\U00110000", r"\ud800", r"\x80", r"\x00", r"\n", "~0"])
def test_characters_that_divide_words(escape: str) -> None:
    """No character beyond ASCII is one of a word, nor is an escape that stands for none."""
    text = f'"a{escape}wbe{escape}b"'.encode()
    assert has_word(text, "wbe")
    assert not has_word(text, "awbeb")

"""``labelsel lint --fix``, ``--diff`` and ``--dry-run``: what is written, shown, and left."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from labelsel.cli import edits
from labelsel.kubernetes import Rewrite, write_files
from tests.cli.conftest import Run
from tests.cli.hostile_world import call
from tests.hostile_texts import without_colours

BAD = """\
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels:
    app.kubernets.io/name: web  # the app
    owner: a b
"""
GOOD_KEY = BAD.replace("kubernets", "kubernetes")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A file with a certain fix, and with a finding that needs a person."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return path


def test_fix(run: Run, bad: Path) -> None:
    """What is certain is written; the report has the rest, and decides the status."""
    result = run("lint", "--fix")
    assert bad.read_text() == GOOD_KEY
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "./bad.yaml",
        "   7  error    illegal-label  pod/a",
        "      label 'owner': a value may hold only letters, digits, '-', '_' and '.', this one has ' '",  # noqa: E501 - as it is printed
        "      fix: write owner: a-b",
        "",
        "fixed 1 of 2 findings in 1 file",
        "1 finding in 1 object: 1 error, 0 warnings",
    ]
    again = run("lint", "--fix")
    assert again.stdout.splitlines()[-2] == "fixed 0 of 1 finding"
    assert bad.read_text() == GOOD_KEY


def test_all_fixed(run: Run, bad: Path) -> None:
    """If nothing is left the status is 0."""
    bad.write_text(BAD.replace("a b", "a-b"))
    result = run("lint", "--fix", "bad.yaml")
    assert result.exit_code == 0
    assert result.stdout == "fixed 1 of 1 finding in 1 file\nno findings in 1 object\n"


def test_a_word_in_other_text(run: Run, bad: Path, tmp_path: Path) -> None:
    """A key that is also in text without objects is not corrected, and the file is named."""
    data = json.loads(run("lint", "-o", "json").stdout)
    assert [found["edit"] is None for found in data["findings"]] == [False, True]
    (tmp_path / "kustomization.yaml").write_text("labels: app.kubernets.io~1name\n")
    result = run("lint", "--fix")
    assert bad.read_text() == BAD
    assert "fixed 0 of 2 findings\n" in result.stdout
    data = json.loads(run("lint", "-o", "json").stdout)
    assert [found["edit"] for found in data["findings"]] == [None, None]
    assert "fixes" not in run("lint", "-o", "sarif").stdout
    assert result.stderr.splitlines()[-2:] == [
        "not corrected, because other text of the input has the same word, too:",
        "  app.kubernets.io/name: kustomization.yaml",
    ]


def test_dry_run(run: Run, bad: Path) -> None:
    """Nothing is written; the words and the status are those of the fix."""
    result = run("lint", "--fix", "--dry-run")
    assert (result.exit_code, bad.read_text()) == (1, BAD)
    assert "would fix 1 of 2 findings in 1 file" in result.stdout
    assert "key-typo" not in result.stdout
    assert "illegal-label" in result.stdout


def test_diff(run: Run, bad: Path, tmp_path: Path) -> None:
    """The diff is what ``patch`` and ``git apply`` read; nothing is written."""
    (tmp_path / "sub").mkdir()
    crlf = BAD.replace("\n", "\r\n").rstrip().encode()
    (tmp_path / "sub" / "b.yaml").write_bytes(crlf)
    result = run("lint", "--diff")
    assert result.exit_code == 1
    assert result.stderr == (
        "would fix 2 of 4 findings in 2 files\n"
        "not fixed: 2 findings (bad.yaml, sub/b.yaml): no single fix is certain, so a person has "
        "to choose\n"
    )
    assert result.stdout.startswith("--- a/bad.yaml\n+++ b/bad.yaml\n@@ -3,5 +3,5 @@\n")
    assert bad.read_text() == BAD
    assert run("lint", "--fix", "--diff").stdout == result.stdout
    if shutil.which("patch") is not None:
        words = ["patch", "-p1", "--binary", "-s"]
        subprocess.run(words, input=result.stdout_bytes, cwd=tmp_path, check=True)
        assert bad.read_text() == GOOD_KEY
        fixed = crlf.replace(b"kubernets", b"kubernetes")
        assert (tmp_path / "sub" / "b.yaml").read_bytes() == fixed


def test_a_diff_in_github_actions(
    run: Run, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line of a manifest is a command there, and the diff can be applied all the same."""
    bad.write_text(BAD.replace("    owner: a b\n", "    owner: ab\n    # x\n"))
    plain = run("lint", "--diff").stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = run("lint", "--diff")
    first, *diff, last = result.stdout.splitlines(keepends=True)
    token = first.strip().removeprefix("::stop-commands::")
    assert len(token) >= 32
    assert (last, "".join(diff)) == (f"::{token}::\n", plain)
    assert token not in run("lint", "--diff").stdout
    if shutil.which("git") is not None:
        words = ["git", "apply", "-"]
        subprocess.run(words, input=result.stdout_bytes, cwd=tmp_path, check=True)
        assert "kubernetes" in bad.read_text()
        # A diff that is empty is no sign that something was checked.
        assert "no findings in " in run("lint", "--diff").stderr
    assert run("lint", "--diff").stdout == ""


#: Files, and the lines that say why their findings are not corrected.
LEFT = {
    "a note": (
        {"a.yaml": BAD.replace("a b", "${x}").replace("kubernets", "kubernetes")},
        ["not fixed: 1 finding (a.yaml): a note may be wrong"],
    ),
    "no single fix": (
        {name: BAD.replace("kubernets", "kubernetes") for name in ("a.yaml", "b.yaml")},
        [
            (
                "not fixed: 2 findings (a.yaml, b.yaml): no single fix is certain, so a person has "
                "to choose"
            )
        ],
    ),
    "many files": (
        {f"{name}.yaml": BAD.replace("kubernets", "kubernetes") for name in "abcde"},
        [
            (
                "not fixed: 5 findings (a.yaml, b.yaml, c.yaml and 2 more): no single fix is "
                "certain, so a person has to choose"
            )
        ],
    ),
    "an alias": (
        {
            "a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: "
            "{x: &x abc}}\nspec:\n  selector:\n    matchLabels: &l {app: web}\n  x: *l\n"
        },
        [
            (
                "not fixed: 1 finding (a.yaml): the text cannot be edited safely: the file has "
                "changed or is a link, or the part is shared by an alias or has a comment inside"
            )
        ],
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_why_findings_are_left(run: Run, tmp_path: Path, name: str) -> None:
    """Each reason is one line, with the files."""
    files, lines = LEFT[name]
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    assert run("lint", "--fix").stderr.splitlines() == lines


def test_standard_input_is_left(run: Run, tmp_path: Path) -> None:
    """An object that was not read from a file cannot be corrected."""
    wrapped = "{apiVersion: v1, kind: Service, metadata: {name: a}, "
    wrapped += "spec: {selector: {matchLabels: {app: web}}}}"
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: a}}")
    line = run("lint", "--fix", "-", "a.yaml", stdin=wrapped).stderr.splitlines()[-1]
    assert line.endswith("): the object was not read from a file")


#: A Service with a typo beside its Deployment, and a template.
SHOP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: wbe}}
"""
TEMPLATE = "kind: Deployment\nspec:\n  replicas: {{ .n }}\n"


def write(folder: Path, **files: str) -> None:
    """Write files; ``_`` in a name stands for the end of a folder."""
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_template_elsewhere(run: Run, tmp_path: Path) -> None:
    """One chart of a repository does not make a note of each typo, nor hinder its fix."""
    write(tmp_path, base_a=SHOP, chart_templates_deploy=TEMPLATE)
    result = run("lint")
    assert (result.exit_code, "error    selects-nothing" in result.stdout) == (1, True)
    assert "--exclude" not in result.stderr
    assert run("lint", "--fix").exit_code == 0
    assert (tmp_path / "base" / "a.yaml").read_text() == SHOP.replace("wbe", "web")


@pytest.mark.parametrize(
    ("files", "flags"),
    [
        ({"base_b": TEMPLATE}, "--exclude base/b.yaml checks"),
        ({"base_b": "kind: [\n"}, "--exclude base/b.yaml checks"),
        ({"base_b": TEMPLATE, "chart_templates_x": TEMPLATE, "chart_templates_y": TEMPLATE},
         "--exclude base/b.yaml --exclude chart check"),
        ({f"base_{name}": TEMPLATE for name in "bcde"},
         ("--exclude base/b.yaml --exclude base/c.yaml --exclude base/d.yaml and so on "
         "(-v lists what was not read) check")),
        ({"base_templates_x": TEMPLATE, "base_b": TEMPLATE},
         "--exclude base/b.yaml --exclude base/templates/x.yaml check"),
    ],
)  # fmt: skip
def test_a_template_in_the_folder(
    run: Run, tmp_path: Path, files: dict[str, str], flags: str
) -> None:
    """What was not read beside the selector may have its pods: a note, and how to judge it."""
    write(tmp_path, base_a=SHOP, **files)
    result = run("lint")
    assert "note     selects-nothing" in result.stdout
    assert f"not all of the input was read: {flags} the rest as complete\n" in result.stderr
    words = [word for word in flags.split() if word.endswith(".yaml") or word == "chart"]
    again = run("lint", *(f"--exclude={word}" for word in words))
    assert ("error    selects-nothing" in again.stdout) is ("so on" not in flags)


def test_a_folder_elsewhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another folder the pattern is a whole path."""
    write(tmp_path, base_a=SHOP, base_b=TEMPLATE)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = run("lint", "../base")
    found = result.stderr.partition("--exclude ")[2].split()[0]
    assert Path(found).samefile(tmp_path / "base" / "b.yaml")
    assert "error    selects-nothing" in run("lint", "../base", "--exclude", found).stdout


def test_a_diff_is_obeyed_by_no_terminal(run: Run, bad: Path) -> None:
    """Control characters beside a fix are shown there; tabs stay. In a pipe all is as it is."""
    bad.write_text(BAD + "    # \u202e\t##[error]x\n")
    shown = without_colours(call(["lint", "--diff"], "", terminal=True).output)
    assert "+    app.kubernetes.io/name" in shown
    assert "     # \\u202e\t#\\x23[error]x\n" in shown
    line = "     # \u202e\t##[error]x\n"
    assert line in run("lint", "--diff").stdout
    [diff] = json.loads(run("lint", "--diff", "-o", "json").stdout)["diffs"].values()
    assert line in diff


def test_json(run: Run, bad: Path) -> None:
    """Data has the fixed findings with their edits, what is left, and the diff."""
    data = json.loads(run("lint", "--diff", "-o", "json").stdout)
    assert data["written"] is False
    assert [one["rule"] for one in data["fixed"]] == ["key-typo"]
    labels = "/metadata/labels/app.kubern"
    assert data["fixed"][0]["edit"] == [
        {"op": "move", "from": f"{labels}ets.io~1name", "path": f"{labels}etes.io~1name"}
    ]
    assert [one["rule"] for one in data["findings"]] == ["illegal-label"]
    assert data["diffs"]["./bad.yaml"].startswith("--- a/bad.yaml\n")
    assert bad.read_text() == BAD
    result = run("lint", "--fix", "-o", "json")
    data = json.loads(result.stdout)
    assert (data["written"], data["diffs"]) == (True, {})
    assert result.stderr == (
        "fixed 1 of 2 findings in 1 file\n"
        "not fixed: 1 finding (bad.yaml): no single fix is certain, so a person has to choose\n"
    )
    assert data["findings"][0]["edit"] is None
    assert len(data["findings"][0]["fingerprint"]) == 32


@pytest.mark.usefixtures("bad")
def test_sarif(run: Run) -> None:
    """A scanner gets the certain fixes, with or without --fix."""
    log = json.loads(run("lint", "-o", "sarif").stdout)
    results = {one["ruleId"]: one for one in log["runs"][0]["results"]}
    (fix,) = results["key-typo"]["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "app.kubernetes.io/name"}
    assert change["replacements"][0]["deletedRegion"] == {
        "startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 26,
    }  # fmt: skip
    assert "fixes" not in results["illegal-label"]


def test_several_files_and_standard_input(run: Run, bad: Path, tmp_path: Path) -> None:
    """Other files and standard input stay as they are; the lines are those of the new text."""
    wrapped = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec:\n"
    wrapped += "  selector:\n    app: web\n  template: {metadata: {labels: {app: web}}}\n---\n"
    bad.write_text(wrapped + BAD)
    other = tmp_path / "other.yaml"
    other.write_text(BAD.replace("name: a", "name: b").replace("kubernets", "kubernetes"))
    result = run("lint", "--fix", "-", ".", stdin=BAD.replace("name: a", "name: c"))
    lines = [line for line in result.stdout.splitlines() if "  error  " in line]
    assert lines == [
        "   1  error    illegal-label  pod/c",
        "  17  error    illegal-label  pod/a",
        "   7  error    illegal-label  pod/b",
    ]
    assert "key-typo  pod/c" in result.stdout
    # Standard input has the key, too: it is corrected in all of the input, or nowhere.
    assert "fixed 1 of 6 findings in 1 file" in result.stdout
    assert "a part of the input cannot be searched for the same words" in result.stderr
    assert "    matchLabels:\n      app: web\n" in bad.read_text()


def test_a_file_with_a_fault(run: Run, bad: Path) -> None:
    """With --keep-going the rest of a file is fixed, and the fault is reported once."""
    bad.write_text(f"{BAD}---\nkind: Pod\n")
    result = run("lint", "--fix", "--keep-going")
    assert result.exit_code == 1
    assert bad.read_text() == f"{GOOD_KEY}---\nkind: Pod\n"
    assert result.stderr.count("no apiVersion") == 1


def test_what_is_known_is_not_fixed(run: Run, bad: Path) -> None:
    """Neither findings of the baseline nor ignored ones are corrected."""
    assert run("lint", "--baseline", ".b.json", "--write-baseline").exit_code == 0
    result = run("lint", "--baseline", ".b.json", "--fix")
    assert (result.exit_code, bad.read_text()) == (0, BAD)
    assert result.stdout == "no findings in 1 object; 2 in the baseline\n"
    assert result.stderr == ""


def test_a_file_that_cannot_be_written(
    run: Run, bad: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that changes while the command runs is not overwritten."""

    def change_and_write(rewrites: Sequence[Rewrite], **options: Any) -> None:
        bad.write_text("# changed\n")
        write_files(rewrites, **options)

    monkeypatch.setattr("labelsel.cli.edits.write_files", change_and_write)
    result = run("lint", "--fix")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "changed" in result.stderr
    assert bad.read_text() == "# changed\n"


@pytest.mark.usefixtures("bad")
def test_a_baseline_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    """A baseline in a folder where nobody may write is an error."""
    path = tmp_path / ".b.json"
    words = ("--baseline", ".b.json", "--write-baseline")
    assert run("lint", *words).exit_code == 0

    def change_and_write(rewrites: Sequence[Rewrite], **options: Any) -> None:
        path.write_text("{}")
        write_files(rewrites, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labelsel.cli.edits.write_files", change_and_write)
        result = run("lint", *words)
    assert result.exit_code == 1
    assert path.read_text() == "{}"


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--dry-run", "--dry-run is for fixes: add --fix"),
        ("--diff -o sarif", "--diff cannot be printed as sarif: leave -o sarif out"),
        (
            "--fix -",
            "only files can be fixed, not standard input nor what kustomize and helm print",
        ),
        ("--diff -f -", "name files, or leave --fix out"),
        ("--fix -k .", "only files can be fixed"),
    ],
)
def test_flags_that_do_not_fit(run: Run, words: str, message: str) -> None:
    """Each error says what to write instead."""
    result = run("lint", *words.split())
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_that_cannot_be_read_any_more(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the fixes are written the files are read again: an error then is no clean report."""
    service = "{kind: Service, apiVersion: v1, metadata: {name: s}, spec: {selector: {ap: web}}}\n"
    pod = "{kind: Pod, apiVersion: v1, metadata: {name: p, labels: {app: web}}}\n"
    path = tmp_path / "a.yaml"
    path.write_text(f"{service}---\n{pod}")
    real = write_files

    def write(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        path.unlink()

    monkeypatch.setattr(edits, "write_files", write)
    result = run("lint", "a.yaml", "--fix")
    assert result.stderr == "error: a.yaml: no such file or directory\n"
    assert (result.stdout, result.exit_code) == ("", 1)

"""What is wrong with the words or the input: messages and exit status."""

import json
import os
from pathlib import Path

import pytest

from labelsel.cli import app as command_line
from labelsel.cli.app import app
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("get -l", "Option '-l' requires an argument."),
        ("get -f", "Option '-f' requires an argument."),
        ("get -v=4", "-v takes no number"),
        ("translate a", "Missing option '--to'. Choose from:"),
        ("translate --to", "Option '--to' requires an argument."),
        ("query", "Missing argument 'PATH...'."),
        ("create ns", "Missing argument 'NAME'."),
        ("completion", "Missing argument 'bash|zsh|fish'. Choose from:"),
        ("completion foo", "Invalid value for 'bash|zsh|fish'"),
        ("get --nope", "labelsel get has no option --nope"),
        ("get pods -f x.yaml -o jsonpath={", ""),
    ],
)
def test_the_usage_stands_above_each_usage_error(run: Run, words: str, problem: str) -> None:
    """Also above the errors of click's own parser, and above those of several lines."""
    result = run(*words.split())
    first, second, blank, third, *_ = result.stderr.splitlines()
    command = words.partition(" -")[0].split()[0]
    assert result.exit_code == 2
    assert first.startswith(f"Usage: labelsel {command} ")
    assert second.startswith(f"Try 'labelsel {command}")
    assert second.endswith(" --help' for help.")
    assert (blank, third.startswith(f"Error: {problem}")) == ("", True)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (
            ["-l", "a=b||c=d"],
            ["error: -l 'a=b||c=d': not a valid selector:", "  a=b||c=d", "     ^", "  hint: "],
        ),
        (["-l", "app in (web"], ["  app in (web\n             ^\n"]),
        (["--field-selector", "a"], ["error: --field-selector 'a': not a valid selector:"]),
        (
            ["depoy"],
            ['error: "depoy" is not a kind', "did you mean deploy?", "Deployment, Node, Pod"],
        ),
        (
            ["deploy/wbe"],
            ["deploy/wbe not found; did you mean deployment.apps/web in namespace"],
        ),
        (["pods", "web-1", "sts"], ["error: pods/sts not found"]),
        (["--field-selector", "metadata.nme!=x"], ["did you mean metadata.name?"]),
        (["--field-selector", "metadata.labels!=x"], ["a map in Pod/web-1 (shop.yaml:1)"]),
        (["-f", "none.yaml"], ["error: none.yaml: no such file or directory"]),
    ],
)
def test_failures(run: Run, words: list[str], messages: list[str]) -> None:
    """A failure has status 1, one message on standard error, and nothing on standard output."""
    result = run("get", "-A", "-f", "shop.yaml", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("error:") == 1
    for message in messages:
        assert message in result.stderr


def test_a_bad_selector_does_not_wait_for_the_input(run: Run) -> None:
    """Selectors are read before the input is, so that a typo costs no time."""
    result = run("get", "-f", "none.yaml", "-l", "a,,b")
    assert "not a valid selector" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["get"], "nothing to read: name a file or a folder with -f PATH, or standard input with"),
        (["get", "pods", "web", "-f", "x", "-l", "a"], "names and -l cannot be combined"),
        (["get", "pods", "a/b", "-f", "x"], '"pods" has no kind, as other names here have'),
        (["get", "a/b/c", "-f", "x"], '"a/b/c" is not the name of an object'),
        (["explain", "pods", "web", "-f", "x"], "explain covers all objects of a kind"),
        (["get", "-f", "x", "-o", "xml"], "'xml' is not one of"),
        (["get", "--nonsense"], "labelsel get has no option --nonsense"),
        (["got"], "labelsel has no command got; did you mean get?"),
    ],
)
def test_usage_errors(run: Run, words: list[str], message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


BAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    version: 1.0
---
apiVersion: v1
kind: Pod
metadata: {name: good}
---
a: [
"""


def test_bad_input_ends_the_run(run: Run, tmp_path: Path) -> None:
    """Each error is reported with file, document and line, and no result is printed."""
    (tmp_path / "bad.yaml").write_text(BAD)
    result = run("get", "-f", "bad.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    label, syntax, count = result.stderr.splitlines()
    assert label == (
        "error: bad.yaml, document 1 (line 6): Deployment/web: label 'version' must be a string, "
        'not the number 1.0: write "1.0" in quotes'
    )
    assert syntax.startswith("error: bad.yaml, document 3 (line 12): not valid YAML: ")
    assert count == (
        "error: 2 input errors (above): bad.yaml was named, so nothing is done without --keep-going"
    )


def test_many_errors(run: Run) -> None:
    """Twenty errors are shown, and how many more there are; with --keep-going all of them."""
    Path("bad.yaml").write_text("kind: Pod\n---\n" * 25)
    *shown, count = run("get", "-f", "bad.yaml").stderr.splitlines()
    assert len(shown) == 20
    assert shown[-1] == "error: bad.yaml, document 20 (line 39): Pod: no apiVersion"
    assert count.startswith("error: 25 input errors, 20 of them above: bad.yaml was named, ")
    assert run("get", "-f", "bad.yaml", "--keep-going").stderr.count("Pod: no apiVersion") == 25


def test_keep_going(run: Run, tmp_path: Path) -> None:
    """With --keep-going every fault is told, the rest is shown, and the status says so."""
    (tmp_path / "bad.yaml").write_text(BAD)
    result = run("get", "-f", "bad.yaml", "-f", "none.yaml", "--keep-going", "-o", "name")
    assert (result.exit_code, result.stdout) == (1, "pod/good\n")
    assert [line.split(":")[1] for line in result.stderr.splitlines()[:3]] == [
        " bad.yaml, document 1 (line 6)",
        " bad.yaml, document 3 (line 12)",
        " none.yaml",
    ]
    assert "error: 3 input errors (above)" in result.stderr


def test_keep_going_counts_one(run: Run) -> None:
    """One fault is a problem, two are problems; the hint about namespaces stands before it."""
    items = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}},
        {"kind": "Pod"},
    ]
    Path("a.json").write_text(json.dumps({"kind": "List", "items": items}))
    result = run("get", "-f", "a.json", "--keep-going")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[1:] == [
        "No resources found in default namespace.",
        "1 in other namespaces: shop (1); use -A to see all of them",
        "error: 1 input error (above); the result covers only the files that were read",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: [", "standard input, document 1 (line 1): not valid YAML"),
        (b'{"a": 1\n', "standard input, document 1 (line 2): not valid JSON"),
        (b"\xff", "standard input (line 1): not UTF-8"),
        (b"kind: Pod\n", "document 1 (line 1): Pod: no apiVersion"),
        (b"- a\n", "document 1 (line 1): not a Kubernetes object: expected a map, got a list"),
        (b"labels: {a: 1,\n a: 2}", 'document 1 (line 2): the key "a" is in this map twice'),
    ],
)
def test_kinds_of_bad_input(run: Run, data: bytes, message: str) -> None:
    """Whatever the input is, its fault is one line."""
    result = run("get", "-f", "-", stdin=data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_warning(run: Run, tmp_path: Path, kind: str) -> None:
    """What is read and perhaps not meant is said on standard error, and is no failure."""
    path = tmp_path / f"a.{kind}"
    path.write_text(
        '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"},\n"spec": {}, "spec": {}}'
    )
    os.mkfifo(tmp_path / "b.yaml")
    result = run("get", "pods", "-f", str(tmp_path), "-o", "name")
    assert (result.exit_code, result.stdout) == (0, "pod/a\n")
    skipped = "it is a pipe (FIFO); in a folder, only regular files are read"
    doubled = 'the key "spec" is in this map twice, first on line 2: the last entry counts'
    assert result.stderr.splitlines() == [
        f"warning: {tmp_path / 'b.yaml'}: skipped: {skipped}; to read it, give its own path",
        f"warning: {path}, document 1 (line 2): {doubled}",
    ]


def test_help_and_version(run: Run) -> None:
    """Help has examples; the version is a number."""
    for words in (["--help"], ["-h"], ["get", "--help"]):
        result = run(*words)
        assert result.exit_code == 0
        assert "\n  Examples:\n    labelsel get " in result.stdout
    assert run("--version").stdout.startswith("labelsel 0.")


@pytest.mark.parametrize("words", ["label pods --all x=y", "annotate pods --all x=y",
                                   "delete pods --all -y"])  # fmt: skip
def test_edits_say_what_was_not_changed(run: Run, words: str) -> None:
    """Of a folder the rest is changed, as kubectl does; the last line counts what was not read."""
    pod = "{kind: Pod, apiVersion: v1, metadata: {name: NAME}}\n"
    Path("a.yaml").write_text(f"{pod.replace('NAME', 'a')}---\nkind: Pod\n---\nkind: Pod\n")
    Path("b.yaml").write_bytes(b"\xff")
    Path("c.yaml").write_text(pod.replace("NAME", "c"))
    result = run(*words.split(), "-f", ".")
    assert (len(result.stdout.splitlines()), result.exit_code) == (2, 1)
    last = "1 file and 2 documents were not read, and so not changed"
    assert result.stderr.splitlines()[-1] == f"error: 3 input errors (above); {last}"
    Path("b.yaml").unlink()
    Path("a.yaml").write_text("kind: Pod\n")
    result = run(*words.split(), "-f", ".")
    last = "1 document was not read, and so not changed"
    assert result.stderr.splitlines()[-1] == f"error: 1 input error (above); {last}"


@pytest.mark.parametrize("words", ["get pods", "label pods --all x=y", "lint --fix"])
def test_a_path_that_cannot_be_looked_at(run: Run, words: str) -> None:
    """A name that is too long, or a folder that nobody may enter, is an error in plain words."""
    name = "a" * 300
    result = run(*words.split(), "-f", name)
    assert result.stderr == f"error: {name}: file name too long\n"
    assert result.exit_code == 1


def test_an_error_of_the_system_that_nobody_expects(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one line if it has a path, and stays what it is without one."""

    def fail(**_: object) -> None:
        raise OSError(5, "Input/output error", *names)

    monkeypatch.setattr(app, "main", fail)
    names = [b"a.yaml"]
    assert command_line.run() == 1
    assert capsys.readouterr().err == "error: a.yaml: input/output error\n"
    names = []
    with pytest.raises(OSError, match="Input/output error"):
        command_line.run()

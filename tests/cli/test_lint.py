"""``labelsel lint``: what is printed, in which form, and how it ends."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from labelsel.lint import RULES
from tests.cli.conftest import Run
from tests.cli.test_process import Terminal, in_process, on_a_terminal, piped

BROKEN = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector:
    app: web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app.kubernets.io/name: web
spec:
  selector: {matchLabels: {app: wbe}}
  template: {metadata: {labels: {app: wbe}}}
"""
TEXT = """\
broken.yaml
   6  error    selects-nothing  service/web in shop
      spec.selector app=web selects no Pod in namespace shop; nearest: deployment.apps/web, which has app=wbe
      fix: write app: wbe in the selector, or app: web in the template of deployment.apps/web
  14  warning  key-typo  deployment.apps/web in shop
      the key app.kubernets.io/name is one typo away from app.kubernetes.io/name
      fix: write app.kubernetes.io/name

2 findings in 2 objects: 1 error, 1 warning
"""  # noqa: E501 -- as it is printed


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file with an error and a warning in it: ``broken.yaml`` where the command runs."""
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    return path


@pytest.mark.usefixtures("broken")
def test_text(run: Run) -> None:
    """A heading for each file, three lines for each finding, and a count of all."""
    result = run("lint", "-f", "broken.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (1, TEXT, "")


def test_clean(run: Run, shop: Path) -> None:
    """Where nothing is found one line says so."""
    shop.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    result = run("lint", "-f", "shop.yaml")
    assert (result.exit_code, result.stdout) == (0, "no findings in 1 object\n")
    result = run("lint", "-f", "-", "--format", "github", "--allow-empty", stdin="")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("words", "status", "rules"),
    [
        ("", 1, "selects-nothing key-typo"),
        ("--fail-on warning", 1, "selects-nothing key-typo"),
        ("--fail-on error", 1, "selects-nothing key-typo"),
        ("--select key-typo", 1, "key-typo"),
        ("--select key-typo --fail-on error", 0, "key-typo"),
        ("--ignore selects-nothing --fail-on error", 0, "key-typo"),
        ("--ignore selects-nothing,key-typo", 0, ""),
        ("--ignore selects-nothing --ignore=key-typo", 0, ""),
        ("--select illegal-label,key-typo --ignore key-typo", 0, ""),
    ],
)
def test_rules_and_status(run: Run, words: str, status: int, rules: str) -> None:
    """Rules are chosen, and the status tells of what is as bad as asked for."""
    result = run("lint", "-f", "broken.yaml", "-o=json", *words.split())
    data = json.loads(result.stdout)
    assert result.exit_code == status
    assert [one["rule"] for one in data["findings"]] == rules.split()


@pytest.mark.usefixtures("broken")
def test_json(run: Run) -> None:
    """All there is to know, as data."""
    data = json.loads(run("lint", "-f", "broken.yaml", "--format", "json").stdout)
    assert (data["objects"], data["errors"], data["warnings"]) == (2, 1, 1)
    assert data["findings"][0]["line"] == 6
    assert data["findings"][0]["path"] == "spec.selector.app"


@pytest.mark.usefixtures("broken")
def test_github(run: Run) -> None:
    """One line a finding, for GitHub and nobody else."""
    lines = run("lint", "-f", "broken.yaml", "--format=github").stdout.splitlines()
    assert [line.partition("::pod")[0][:36] for line in lines] == [
        "::error file=broken.yaml,line=6,titl",
        "::warning file=broken.yaml,line=14,t",
    ]


@pytest.mark.usefixtures("broken")
def test_sarif(run: Run) -> None:
    """A log that a scanner's reader takes."""
    log = json.loads(run("lint", "-f", "broken.yaml", "--format", "sarif").stdout)
    (tool_run,) = log["runs"]
    assert tool_run["tool"]["driver"]["version"]
    places = [result["locations"][0]["physicalLocation"] for result in tool_run["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == ["broken.yaml"] * 2
    assert [place["region"]["startLine"] for place in places] == [6, 14]


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-f broken.yaml --select key-tpo", '"key-tpo" is not a rule; did you mean key-typo?'),
        ("-f broken.yaml --ignore nothing-such", '"nothing-such" is not a rule\n  rules: selects-'),
        ("-f broken.yaml --select key-typo --ignore key-typo", "no rule is left to check"),
        ("-f broken.yaml --fail-on never", "'never' is not one of 'error', 'warning'"),
        ("-f broken.yaml --ignore a\x1b", '"a\\x1b" is not a rule\n  rules: '),
    ],
)
def test_usage(run: Run, words: str, message: str) -> None:
    """A wrong command line ends with status 2, and says what is wrong."""
    result = run("lint", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.usefixtures("broken")
def test_bad_input(run: Run, tmp_path: Path) -> None:
    """Bad input ends the run; with --keep-going the rest is checked all the same."""
    (tmp_path / "bad.yaml").write_text("kind: Pod\n")
    words = ("lint", "-f", "bad.yaml", "-f", "broken.yaml")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: bad.yaml, document 1 (line 1): Pod: no apiVersion\n"
    result = run(*words, "--keep-going", "--ignore", "selects-nothing")
    assert result.exit_code == 1
    assert "key-typo" in result.stdout
    assert result.stderr.splitlines()[-1].startswith("error: 1 input error (above)")


UNREAD = {
    "dep.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .n }}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
""",
    "svc.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
""",
}


def test_what_may_be_in_the_rest(run: Run, tmp_path: Path) -> None:
    """What a selector is for may stand in the file that could not be read: that is no finding."""
    folder = tmp_path / "unread"
    folder.mkdir()
    for name, text in UNREAD.items():
        (folder / name).write_text(text)
    result = run("lint", "-f", "unread")
    assert result.exit_code == 0
    assert result.stderr.startswith("not read: 1 template ({{ … }}); ")
    assert result.stdout == "no findings in 2 objects\n"
    (folder / "dep.yaml").unlink()
    result = run("lint", "-f", "unread")
    assert "   4  error    selects-nothing  service/web\n" in result.stdout


@pytest.mark.usefixtures("broken")
def test_excluded_files(run: Run, tmp_path: Path) -> None:
    """What is no manifest in a folder of manifests is left out by its name."""
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization\napiVersion: x/v1\n")
    result = run("lint", "-f", ".", "--exclude", "kustomization.yaml", "--exclude", "brok*")
    assert result.stderr.endswith("in this folder or the folders below it that is not excluded\n")
    result = run("lint", "-f", ".", "--exclude", "kustomization.yaml")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "key-typo" in result.stdout
    result = run("lint", "-f", ".", "--exclude", ".")
    assert result.exit_code == 2
    assert "'.' is not a pattern of a name or a path" in result.stderr


def test_a_label_that_is_no_string(run: Run, tmp_path: Path) -> None:
    """A number among an object's labels is a finding; to what would select by it, bad input."""
    pod = "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {version: 1.0}}\n"
    (tmp_path / "pod.yaml").write_text(pod)
    result = run("lint", "-f", "pod.yaml")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "label 'version': a value must be a string, this is the number 1.0" in result.stdout
    result = run("get", "pods", "-f", "pod.yaml", "-l", "!version")
    assert (result.exit_code, result.stdout) == (1, "")


def test_help_names_all_rules(run: Run) -> None:
    """The rules stand in the help text, in lines that a terminal of 80 columns has room for."""
    text = run("lint", "--help").stdout
    assert all(f"  {rule} " in text for rule in RULES)
    assert max(map(len, text.splitlines())) <= 80


def test_on_a_terminal(broken: Path) -> None:
    """A person sees colours, a program sees none."""
    words = ("lint", "-f", str(broken))
    seen = on_a_terminal(*words, COLUMNS="60")
    assert "\x1b[1;31merror" in seen
    assert "\x1b[1;33mwarning" in seen
    assert "\n      spec.selector app=web selects no Pod in namespace\n      shop; nearest:" in seen
    plain = piped(*words)
    assert (plain.returncode, plain.stdout) == (1, TEXT.replace("broken.yaml", str(broken), 1))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_that_fit(monkeypatch: pytest.MonkeyPatch, broken: Path, columns: int) -> None:
    """On a terminal lines end where it does, between words, and below their heading."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    assert in_process(monkeypatch, "lint", "-f", str(broken)) == 1
    # Bold text is no colour.
    text = re.sub("\x1b\\[[0-9;]*m", "", screen.getvalue())
    lines = text.splitlines()
    expected = TEXT.replace("broken.yaml", str(broken), 1)
    assert text.split() == expected.split()
    assert all(len(line) <= columns or " " not in line.strip() for line in lines)
    assert (lines == expected.splitlines()) == (columns == 200)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output that cannot be written is a failure, in one sentence."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, "lint", "-f", str(broken)) == 1
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected


def test_nothing_is_obeyed_by_the_terminal(run: Run, tmp_path: Path) -> None:
    """What a manifest has in it is shown, never done."""
    text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: "\\e[31mred"}}\n'
    (tmp_path / "a.yaml").write_text(text)
    result = run("lint", "-f", "a.yaml")
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("form", ["text", "github", "sarif", "json"])
def test_no_format_has_a_control_character(run: Run, tmp_path: Path, form: str) -> None:
    """Neither a terminal nor a CI service is told to do anything by a manifest or a file's name."""
    name = "\x1b]0;x\x07\n::error::.yaml"
    label = r'"a\e[31m\a\n::error::x": "b\e[31m\a\r\n::error::x"'
    metadata = f'{{name: "p\\e\\a\\n::error::", labels: {{{label}}}}}'
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n"
    (tmp_path / name).write_text(text)
    result = run("lint", "-f", str(tmp_path / name), "--format", form)
    assert result.exit_code == 1
    assert not set(result.stdout) & {"\x1b", "\x07", "\r"}
    starts = [line[:7] for line in result.stdout.splitlines()]
    assert starts.count("::error") == (2 if form == "github" else 0)


SCALED = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web, namespace: shop}
spec:
  triggers:
  - type: kubernetes-workload
    metadata: {podSelector: SELECTOR}
"""


@pytest.mark.parametrize(
    ("selector", "fix"),
    [
        (
            "app=web or tier=db",
            "a selector cannot say 'or'; for values of one key, as in key in (a,b)",
        ),
        ("app=web or app=db", "a selector cannot say 'or'; write: app in (db,web)"),
        ("app=~web.*", "there are no regular expressions, only values, as in key in (a,b)"),
    ],
)
def test_hints_about_a_selector_in_a_manifest(run: Run, selector: str, fix: str) -> None:
    """They name neither functions nor flags, of which a manifest knows nothing."""
    result = run("lint", "-", "-o", "json", stdin=SCALED.replace("SELECTOR", repr(selector)))
    (found,) = json.loads(result.stdout)["findings"]
    assert (found["rule"], found["fix"]) == ("illegal-selector", fix)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("form", ["json", "yaml", "github", "sarif", "html"])
def test_input_errors_reach_each_format(
    run: Run, tmp_path: Path, form: str, *, named: bool
) -> None:
    """Those who read the format alone learn that not all was checked, or that nothing was."""
    (tmp_path / "bad.yaml").write_text("kind: Pod\n")
    result = run("lint", *(["bad.yaml", "broken.yaml"] if named else []), "-o", form)
    assert result.exit_code == 1
    assert "bad.yaml, document 1 (line 1): Pod: no apiVersion" in result.stderr
    count = 0 if named else 2
    match form:
        case "json" | "yaml":
            data = yaml.safe_load(result.stdout)
            assert len(data["findings"]) == count
            error = {"document": 1, "file": "bad.yaml", "line": 1, "message": "Pod: no apiVersion"}
            (found,) = data["inputErrors"]
            assert found["file"].removeprefix("./") == "bad.yaml"
            assert found | {"file": "bad.yaml"} == error
        case "github":
            first, *others = result.stdout.splitlines()
            assert first.startswith("::error file=bad.yaml,line=1,title=input-error::")
            assert len(others) == count
        case "sarif":
            (tool_run,) = json.loads(result.stdout)["runs"]
            assert len(tool_run["results"]) == count
            assert tool_run["invocations"][0]["executionSuccessful"] is False
            (note,) = tool_run["invocations"][0]["toolExecutionNotifications"]
            assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "bad.yaml"
        case _:
            assert "Input errors" in result.stdout
            assert result.stdout.count("<article") == 1 + count


def test_input_without_objects_reaches_the_formats(run: Run, tmp_path: Path) -> None:
    """It is an input error, too."""
    (tmp_path / "empty.yaml").write_text("")
    data = json.loads(run("lint", "empty.yaml", "-o", "json").stdout)
    (error,) = data["inputErrors"]
    assert "no objects in the input" in error["message"]
    assert run("lint", "empty.yaml").stdout == ""


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("form", ["json", "sarif", "html"])
def test_what_was_not_read_reaches_the_formats(run: Run, tmp_path: Path, form: str) -> None:
    """Who gets the page alone must not take it for a report on the templates, too."""
    (tmp_path / "chart.yaml").write_text("kind: Pod\nmetadata: {name: {{ .Release.Name }}}\n")
    result = run("lint", "-o", form)
    assert "not read: 1 template" in result.stderr
    match form:
        case "json":
            (left,) = json.loads(result.stdout)["unread"]
            assert left["file"].removeprefix("./") == "chart.yaml"
            assert left["line"] == 2
            assert "template" in left["message"]
        case "sarif":
            (tool_run,) = json.loads(result.stdout)["runs"]
            assert tool_run["invocations"][0]["executionSuccessful"] is True
            (note,) = tool_run["invocations"][0]["toolExecutionNotifications"]
            assert note["level"] == "note"
            place = note["locations"][0]["physicalLocation"]
            assert place["artifactLocation"]["uri"] == "chart.yaml"
        case _:
            assert "<h2>Not read</h2>" in result.stdout
            assert "chart.yaml" in result.stdout


@pytest.mark.usefixtures("broken")
def test_no_input_errors(run: Run) -> None:
    """The lists are empty where all was read."""
    data = json.loads(run("lint", "-o", "json").stdout)
    assert data["inputErrors"] == data["unread"] == []


@pytest.mark.parametrize("form", ["json", "yaml", "github", "sarif", "html", "text"])
def test_no_output_is_obeyed_by_a_ci_service(run: Run, tmp_path: Path, form: str) -> None:
    """Names in the data are as they are, and no line of it is a command of GitHub Actions."""
    name = "##[add-mask]x\n::error::y"
    (tmp_path / f"{name}.yaml").write_text(BROKEN.replace("web", "'##[add-mask]x'"))
    (tmp_path / f"{name}-bad.yaml").write_text("kind: Pod\n")
    result = run("lint", "-o", form)
    for text in (result.stdout, result.stderr):
        assert "##[" not in text
        if form != "github":
            assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    if form in {"json", "yaml"}:
        data = yaml.safe_load(result.stdout)
        assert {each["file"].removeprefix("./") for each in data["findings"]} == {f"{name}.yaml"}

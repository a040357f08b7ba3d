"""Names, paths and values from outside begin no line, and tell a terminal nothing, anywhere."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

#: What is obeyed or hidden by a terminal, ends a line for some program, or turns text around; in
#: a string that a CI service would take for a command if it began a line.
ODD = "a\n::error file=x::\r\x07\x1b[31m\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200b"
#: The words of a command line may have halves of surrogates, for bytes that are no UTF-8.
BAD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def check(*texts: str) -> None:
    """Fail where a text has what it must not, or a line that begins as a command does."""
    for text in texts:
        assert not BAD.search(text)
        assert not any(line.startswith("::") for line in text.split("\n"))


def test_the_check_has_something_to_find() -> None:
    """It sees each of the characters, and the line; what is printed for people has neither."""
    for text in (
        "\a",
        "\x1b[1m",
        "\r",
        "\x7f",
        "\x9b",
        "\u2028",
        "\u202e",
        "\u2069",
        "\ud8ff",
        "\n::a",
    ):
        with pytest.raises(AssertionError):
            check(f"a{text}")
    check("a::b\nc: é漢")


METADATA = {
    "name": f"pod-{ODD}",
    "namespace": f"space-{ODD}",
    "labels": {f"app{ODD}": f"web{ODD}", "x": ODD},
    "annotations": {f"note{ODD}": ODD, "n": ODD},
}


def odd(kind: str, api_version: str = "v1", **body: object) -> dict[str, object]:
    return {"kind": kind, "apiVersion": api_version, "metadata": METADATA, **body}


POD = odd("Pod", spec={"nodeName": ODD, "containers": [{"image": ODD}]}, status={"phase": ODD})
OBJECTS = [
    POD,
    odd("Node"),
    odd(f"Odd{ODD}", f"group{ODD}/v1"),
    odd("Service", spec={"selector": {"x": ODD}, "type": ODD, "ports": [{"port": ODD}]}),
    odd("ConfigMap", data={"one": {"two": "1"}, "one.two": "2"}),
    odd("Ingress", "networking.k8s.io/v1", spec={"rules": [{"host": ODD}]}),
    odd("Namespace"),
]
NAME = f"pod/pod-{ODD}"


@pytest.fixture
def odd_file(tmp_path: Path) -> str:
    """A file with an odd name that has odd objects."""
    path = tmp_path / f"odd{ODD}.json"
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": OBJECTS}))
    return path.name


READING = [
    ["get"],
    ["get", "-A"],
    ["get", "-A", "-o", "wide", "--show-labels", "-L", f"app{ODD}"],
    ["get", "-A", "-o", "name"],
    *(["get", kind, "-A", "-o", "wide"] for kind in ("svc", "cm", "ing", "no", "po")),
    ["get", "-n", ODD],
    ["get", ODD],
    ["get", f"po,{ODD}"],
    ["get", f"pod/{ODD}"],
    ["get", f"pod/pod-{ODD}x", "-A"],
    ["get", f"svc/pod-{ODD}", "po/pod-x", "-n", "shop"],
    ["get", f"deploy/pod-{ODD}", "-A"],
    ["get", "-l", ODD],
    ["get", "-A", "-l", f"x in ({ODD})"],
    ["get", "-A", "--field-selector", f"{ODD}=x"],
    ["get", "-A", "--field-selector", f"metadata.name=x\\{ODD}"],
    ["get", "-A", "--field-selector", "metadata=x"],
    ["get", "-A", "--field-selector", "data.one.two=1"],
    ["get", "-A", "--field-selector", "metadata.labels.apq=x"],
    ["get", "-o", ODD],
    [f"get{ODD}"],
    ["get", f"--{ODD}"],
    ["get", "-L", ","],
    ["explain", "-A", "-l", "x"],
    ["explain", "-A", ODD],
    ["explain", "po", ODD],
    ["groups", "pods", "-A", "-L", f"app{ODD}", "-L", "x"],
    ["groups", "pods", "-A", "-L", f"app{ODD}z"],
    ["why", "-A", "-l", "x=y,z", NAME],
    ["why", "-A", "-l", "x=y,z", "-o", "table", f"svc/pod-{ODD}"],
    ["why", "-l", "x", NAME],
    ["who-selects", "-A", NAME],
    ["who-selects", "-A", "-o", "wide", NAME],
    ["who-selects", "-A", "-o", "name", NAME],
    ["who-selects", "-A", f"cm/pod-{ODD}"],
    ["who-selects", "-n", "shop", NAME],
    ["selects", "-A", NAME],
    ["selects", "-A", "-o", "wide", f"svc/pod-{ODD}"],
    ["selects", "-A", f"cm/pod-{ODD}"],
    ["graph", "-A"],
    ["graph", "-A", "-o", "dot"],
    ["graph", "-A", "-o", "svg"],
    ["graph", "-A", "--detail", "namespaces"],
    ["graph", "-n", f"x{ODD}"],
    ["get", "-A", "--selected-by", NAME],
    ["get", "-A", "--selected-by", f"svc/pod-{ODD}:{ODD}"],
    ["get", "-A", "--selected-by", f"cm/pod-{ODD}"],
    ["get", "-A", "--selected-by", ODD],
    ["nodes-for", "-A", NAME],
    ["nodes-for", "-A", "-o", "wide", NAME],
    ["nodes-for", "-A", f"cm/pod-{ODD}"],
    ["reach", "-A", NAME, NAME],
    ["reach", "-A", "-o", "wide", NAME, NAME],
    ["reach", "-A", NAME, NAME, "--port", f"x{ODD}"],
    ["reach", "-A", NAME, f"cm/pod-{ODD}"],
    ["reach", NAME, NAME, "--to-namespace", ODD],
    ["lint"],
    ["lint", "--ignore", ODD],
    ["label", "pods", "-A", "--all", "a=b", "--dry-run"],
    ["label", "pods", "-A", "--all", "a=b"],
    ["label", "pods", "-A", "--all", "--list"],
    ["label", "pods,svc", "-A", "--all", "--list"],
    ["label", "pods", "-A", "--all", f"x={ODD}"],
    ["label", "pods", "-A", "--all", f"{ODD}-"],
    ["label", f"pods{ODD}", "a=b", ODD],
    ["annotate", "pods,svc", "-A", "--all", "n=b"],
    ["annotate", "pods", "-A", "--all", "n=b", "--overwrite=false"],
    ["annotate", "pods", "-A", "--all", "--list"],
    ["annotate", "pods", "-A", "--all", f"n{ODD}-"],
    ["annotate", "pods", "-A", "--all", f"{ODD}=b"],
    ["delete", "pods", "-A", "--all", "-y"],
    ["delete", "pods,svc", "-A", "--all"],
    ["delete", "-A", "--all", "--dry-run", "-o", "name"],
    ["delete", NAME],
    ["create", "ns", ODD],
]


@pytest.mark.parametrize("words", READING, ids=lambda words: ascii(" ".join(words)))
def test_odd_names(run: Run, odd_file: str, words: list[str]) -> None:
    """Whatever a command prints for people, each character from outside is visible in it."""
    result = run(*words, "-f", odd_file)
    check(result.stdout, result.stderr)
    assert result.stdout or result.stderr


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data_stays_exact(run: Run, odd_file: str, form: str) -> None:
    """JSON and YAML have escapes of their own, and what is read from them is what was there."""
    result = run("get", NAME, "-A", "-f", odd_file, "-o", form)
    assert not re.search("[\x00-\x09\x0b-\x1f]|^::", result.stdout, re.MULTILINE)
    read = json.loads(run("get", NAME, "-A", "-f", "-", "-o", "json", stdin=result.stdout).stdout)
    assert read == POD


#: Texts that cannot be read, or are no objects.
FAULTS = [
    "a: [",
    "{kind: 5}",
    f"{json.dumps(ODD)}: x",
    f"{{kind: {json.dumps(ODD)}}}",
    "\x07",
    "- a",
    f'{{"a": 1, {json.dumps(ODD)}: 2, {json.dumps(ODD)}: 3}}',
]


@pytest.mark.parametrize("command", ["get", "lint", "explain"])
def test_odd_input(run: Run, tmp_path: Path, command: str) -> None:
    """Nor do faults in the input: their file's name, and what stands there."""
    folder = tmp_path / f"folder{ODD}"
    folder.mkdir()
    for number, text in enumerate(FAULTS):
        (folder / f"{number}{ODD}.yaml").write_text(text)
    result = run(command, "-f", folder.name, "-f", f"none{ODD}", "--keep-going")
    assert result.exit_code == 1
    check(result.stdout, result.stderr)
    result = run(command, "-f", f"none{ODD}")
    check(result.stdout, result.stderr)
    (tmp_path / "empty").mkdir()
    (tmp_path / f"empty{ODD}.yaml").write_text("")
    check(run(command, "-f", f"empty{ODD}.yaml").stderr)


@pytest.mark.parametrize("words", [("\ud8ff",), ("-n", "\ud8ff"), ("po/\ud8ff",)])
def test_halves_of_surrogates(run: Run, odd_file: str, words: tuple[str, ...]) -> None:
    """Python's stand-ins for bytes that are no UTF-8 are escaped, too."""
    result = run("get", *words, "-f", odd_file)
    check(result.stdout, result.stderr)
    assert "\\ud8ff" in result.stderr


@pytest.mark.parametrize("source", ["kubernetes", "calico", "prometheus", "label-selector"])
def test_odd_selectors(run: Run, source: str) -> None:
    """What is no selector is shown without what would be obeyed."""
    for text in (ODD, f"a in ({ODD}", f"a == {ODD}", f'{{a="{ODD}"x', f"matchLabels{ODD}: x"):
        result = run("translate", "--from", source, "--to", "kubernetes", text)
        check(result.stderr)
        assert result.exit_code == 1


def test_commands_at_the_beginning_of_a_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CI service obeys a line that begins with two colons and a word, also behind blanks."""
    folder = tmp_path / "::error::x"
    folder.mkdir()
    (folder / "values.yaml").write_text("a: 1\n")
    pod = '{kind: Pod, apiVersion: v1, metadata: {name: "::error::y", labels: {a: b}}}\n'
    (folder / "p.yaml").write_text(pod)
    program = tmp_path / "kustomize"
    program.write_text("#!/bin/sh\necho '  ::error::z' >&2\nexit 1\n")
    program.chmod(0o755)
    for words in (
        ("get", "po", "-f", "::error::x", "-v"),
        ("get", "po", "-f", "::error::x", "-o", "custom-columns=NAME:.metadata.name"),
        ("get", "po", "-f", "::error::x", "-o", "custom-columns=::error::h:.kind"),
        ("get", "po", "-f", "::error::x/none"),
        ("lint", "::error::x", "-v"),
        ("label", "po", "--all", "-f", "::error::x", "c=d", "-v"),
        ("delete", "po", "--all", "-f", "::error::x", "-v"),
    ):
        result = run(*words)
        lines = [*result.stdout.splitlines(), *result.stderr.splitlines()]
        assert lines
        assert not [line for line in lines if line.lstrip().startswith("::")]
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("get", "po", "-k", "x")
    assert r"    \x3a:error::z" in result.stderr.splitlines()

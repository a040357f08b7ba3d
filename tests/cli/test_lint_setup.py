"""``labelsel lint`` in a repository: its paths, comments, baseline, configuration and page."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run

BAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    owner: a b\n"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder with a file that has one finding."""
    path = tmp_path / "deploy" / "bad.yaml"
    path.parent.mkdir()
    path.write_text(BAD)
    return path


def rules(run: Run, *words: str) -> list[str]:
    """The rules of the findings that are reported."""
    data = json.loads(run("lint", "-o", "json", *words).stdout)
    return [one["rule"] for one in data["findings"]]


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize(
    "words",
    ["", "deploy", "deploy/bad.yaml", "-f deploy", "deploy -f deploy/bad.yaml", "-- deploy"],
)
def test_paths(run: Run, words: str) -> None:
    """A path is a word or a -f; without one the current folder is read, and no file twice."""
    assert rules(run, *words.split()) == ["illegal-label"]


@pytest.mark.usefixtures("bad")
def test_a_path_that_is_not_there(run: Run) -> None:
    """A word that is no path is an error that names it: nothing is read silently."""
    result = run("lint", "deploy", "pods")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: pods: no such file or directory\n"


def test_kustomize_and_helm_are_an_input_of_their_own() -> None:
    """With an overlay or a chart the current folder is not read, too."""
    from labelsel.cli.lint import _read_paths  # noqa: PLC0415 - only this test needs it

    assert _read_paths(paths=(), words=()).paths == (".",)
    assert _read_paths(paths=("a",), words=("b",)).paths == ("a", "b")
    for name in ("kustomizations", "charts"):
        assert _read_paths(paths=(), words=(), **{name: ("a",)}).paths == ()


def test_a_comment(run: Run, bad: Path) -> None:
    """An ignored finding is counted, is in the data, and does not fail the run."""
    bad.write_text(BAD.replace("a b", "a b  # labelsel: ignore[illegal-label]"))
    result = run("lint")
    assert (result.exit_code, result.stdout) == (
        0,
        "no findings in 1 object; 1 ignored by comments\n",
    )
    data = json.loads(run("lint", "-o", "json").stdout)
    assert data["findings"] == []
    assert [one["suppression"] for one in data["suppressed"]] == ["ignored"]
    assert run("lint", "-o", "github").stdout == ""
    log = json.loads(run("lint", "-o", "sarif").stdout)
    assert log["runs"][0]["results"] == []


def test_a_baseline(run: Run, bad: Path) -> None:
    """What is known is not reported, what is new is, and what is gone is said."""
    words = ("--baseline", ".baseline.json")
    written = run("lint", *words, "--write-baseline")
    assert (written.exit_code, written.stdout) == (0, "")
    assert written.stderr == "wrote 1 finding to .baseline.json\n"
    result = run("lint", *words)
    assert (result.exit_code, result.stdout) == (0, "no findings in 1 object; 1 in the baseline\n")
    bad.write_text(f"{BAD}    tier: a b\n")
    assert rules(run, *words) == ["illegal-label"]
    bad.write_text(BAD.replace("a b", "ab"))
    result = run("lint", *words)
    assert result.exit_code == 0
    head, entry = result.stderr.splitlines()
    assert head.startswith(
        "the baseline has 1 entry without a finding: --write-baseline removes it"
    )
    assert entry == "  deploy/bad.yaml: illegal-label  pod/a"
    data = json.loads(run("lint", *words, "-o", "json").stdout)
    assert [one["file"] for one in data["stale"]] == ["deploy/bad.yaml"]
    assert run("lint", *words, "--write-baseline").exit_code == 0
    assert run("lint", *words).stderr == ""
    bad.write_text(f"{BAD}    tier: a b\n")
    assert run("lint", *words, "--write-baseline").exit_code == 0
    bad.write_text(BAD.replace("a b", "ab"))
    assert run("lint", *words).stderr.startswith(
        "the baseline has 2 entries without a finding: --write-baseline removes them\n"
    )


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--baseline missing.json", "error: baseline missing.json: there is no such file"),
        ("--baseline deploy/bad.yaml", "error: baseline deploy/bad.yaml: not a baseline"),
        ("--baseline deploy/bad.yaml --write-baseline", "not a baseline of labelsel"),
        ("--baseline no/b.json --write-baseline", "there is no such folder"),
        ("--write-baseline", "--write-baseline needs the file: add --baseline FILE"),
        ("--baseline b.json --write-baseline --diff", "--write-baseline cannot be used with --fix"),
        ("--config missing.toml", "error: missing.toml: no such file or directory"),
        ("--config x --isolated", "--config and --isolated contradict each other"),
    ],
)
def test_settings_that_are_wrong(run: Run, bad: Path, words: str, message: str) -> None:
    """Nothing is checked, nothing is ignored and nothing is written: status 2."""
    result = run("lint", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert bad.read_text() == BAD


@pytest.mark.usefixtures("bad")
def test_a_new_baseline_as_data(run: Run) -> None:
    """With -o json the findings are printed that the new baseline has."""
    result = run("lint", "--baseline", ".b.json", "--write-baseline", "-o", "json")
    data = json.loads(result.stdout)
    assert (result.exit_code, data["findings"]) == (0, [])
    assert [one["suppression"] for one in data["suppressed"]] == ["baseline"]


@pytest.mark.usefixtures("bad")
def test_no_baseline_of_a_part_of_the_input(run: Run, tmp_path: Path) -> None:
    """Findings in what was not read would be missing: no baseline is written."""
    (tmp_path / "fault.yaml").write_text("kind: Pod\n")
    words = ("--baseline", ".b.json", "--write-baseline", "--keep-going")
    result = run("lint", *words)
    assert result.exit_code == 1
    reason = ".b.json was not written: the findings in what was not read would be missing\n"
    assert reason in result.stderr
    assert not (tmp_path / ".b.json").exists()
    assert reason in run("lint", "fault.yaml", *words[:-1]).stderr


def test_a_baseline_of_a_part(run: Run, bad: Path, tmp_path: Path) -> None:
    """Entries of files and rules that are not checked stay; those of a file without objects go."""
    (tmp_path / "b.yaml").write_text(BAD)
    words = ("--baseline", ".b.json", "--write-baseline")
    assert run("lint", *words).stderr == "wrote 2 findings to .b.json\n"
    kept = "wrote 1 finding to .b.json, and kept 1 entry of rules and files not checked\n"
    assert run("lint", "b.yaml", *words).stderr == kept
    kept = "wrote 0 findings to .b.json, and kept 2 entries of rules and files not checked\n"
    assert run("lint", "--select", "key-typo", *words).stderr == kept
    assert rules(run, *words[:-1]) == []
    bad.write_text("# all gone\n")
    assert "1 entry without a finding" in run("lint", *words[:-1]).stderr
    bad.write_text(BAD)
    stdin = run("lint", "-", "b.yaml", *words, stdin=BAD).stderr
    assert stdin == kept.replace("wrote 0", "wrote 2").replace("2 entries", "1 entry")
    assert "entry" not in run("lint", *words[:-1]).stderr


def test_a_configuration(run: Run, bad: Path, tmp_path: Path) -> None:
    """The file of the folder counts; a flag wins over it."""
    (tmp_path / ".git").mkdir()
    config = tmp_path / "labelsel.toml"
    config.write_text('[lint]\nignore = ["illegal-label"]\n')
    assert rules(run) == []
    assert rules(run, "--isolated") == ["illegal-label"]
    assert rules(run, "--select", "illegal-label") == ["illegal-label"]
    assert rules(run, "--ignore", "key-typo") == []
    config.write_text('[lint]\nselect = ["key-typo"]\n')
    assert rules(run) == []
    assert rules(run, "--select", "illegal-label,key-typo", "--ignore", "key-typo") != []
    config.write_text("[lint]\nselect = []\n")
    result = run("lint")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {config}: its select and ignore leave no rule to check\n"
    config.write_text('[lint]\nselect = ["null-value"]\n')
    assert "no rule is left to check" in run("lint", "--ignore", "null-value").stderr
    config.write_text('[lint]\nexclude = ["deploy"]\n')
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    assert rules(run) == []
    assert bad.exists()


@pytest.mark.usefixtures("bad")
def test_severities_of_a_configuration(run: Run, tmp_path: Path) -> None:
    """A rule may be worse or less bad than it is; --fail-on wins over the file."""
    config = tmp_path / "labelsel.toml"
    config.write_text('[lint]\nfail-on = "error"\n[lint.severity]\nillegal-label = "warning"\n')
    result = run("lint")
    assert result.exit_code == 0
    assert "6  warning  illegal-label" in result.stdout
    assert run("lint", "--fail-on", "warning").exit_code == 1
    config.write_text('[lint.severity]\nillegal-label = "note"\n')
    assert run("lint").exit_code == 0
    assert run("lint", "-o", "github").stdout.startswith("::notice ")


@pytest.mark.usefixtures("bad")
def test_files_of_configurations(run: Run, tmp_path: Path) -> None:
    """--config names the file; a file that is not understood ends the run."""
    other = tmp_path / "other.toml"
    other.write_text('[lint]\nbaseline = ".b.json"\n')
    result = run("lint", "--config", "other.toml", "--write-baseline")
    assert result.stderr == "wrote 1 finding to .b.json\n"
    assert rules(run, "--config", "other.toml") == []
    (tmp_path / ".b.json").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.labelsel.lint]\nignroe = ["key-typo"]\n')
    result = run("lint")
    assert (result.exit_code, result.stdout) == (2, "")
    path = tmp_path / "pyproject.toml"
    assert result.stderr == (
        f"error: {path}: unknown key tool.labelsel.lint.ignroe; did you mean ignore?\n"
    )
    assert rules(run, "--isolated") == ["illegal-label"]


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize("kind", ["a path", "an absolute path", "a link"])
def test_a_baseline_outside_of_a_repository(run: Run, tmp_path: Path, kind: str) -> None:
    """A configuration, which may be a stranger's, has no file written that nobody named."""
    repository = tmp_path / "repository"
    repository.mkdir()
    config = repository / "labelsel.toml"
    outside = tmp_path / "b.json"
    names = {"a path": "../b.json", "an absolute path": str(outside), "a link": "link.json"}
    (repository / "link.json").symlink_to(outside)
    config.write_text(f'[lint]\nbaseline = "{names[kind]}"\n')
    words = ("lint", "deploy", "--config", str(config), "--write-baseline")
    refused = run(*words)
    assert (refused.exit_code, refused.stdout, outside.exists()) == (2, "", False)
    assert "the configuration names a baseline outside of its folder" in refused.stderr
    assert run(*words, "--baseline", "b.json").exit_code == 0
    assert outside.exists()
    assert run("lint", "deploy", "--config", str(config)).exit_code in {0, 1}


@pytest.mark.usefixtures("bad")
def test_html(run: Run) -> None:
    """The page has the findings, and how many objects were checked."""
    result = run("lint", "-o", "html")
    assert result.exit_code == 1
    assert result.stdout.startswith("<!DOCTYPE html>\n")
    assert "1 finding in 1 object: 1 error." in result.stdout


def test_a_file_with_the_name_of_a_command(run: Run, tmp_path: Path) -> None:
    """As text, too, a file's name begins no line that a CI service takes for a command."""
    for name in ("::add-mask::x.yaml", "##[add-mask]x.yaml"):
        (tmp_path / name).write_text(BAD)
        lines = run("lint", name).stdout.splitlines()
        assert not lines[0].startswith("::")
        assert "##[" not in lines[0]
        assert lines[0].endswith("[add-mask]x.yaml") or lines[0] == f"./{name}"


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_configuration_is_a_regular_file(run: Run, tmp_path: Path, kind: str) -> None:
    """Reading a device or a pipe may never end."""
    os.mkfifo(tmp_path / "pipe")
    path = "/dev/zero" if kind == "device" else "pipe"
    result = run("lint", "--config", path)
    assert (result.exit_code, result.stdout) == (2, "")
    what = "a device" if kind == "device" else "a pipe (FIFO)"
    assert f"{path}: it is {what}, and a configuration is a regular file" in result.stderr


@pytest.mark.parametrize("name", ["jsonpath-file", "custom-columns-file"])
def test_a_template_is_no_device(run: Run, bad: Path, name: str) -> None:
    """A device may never end; a pipe, as of a shell's <(…), ends."""
    result = run("get", "po", "-f", str(bad), "-o", f"{name}=/dev/zero")
    assert result.exit_code == 2
    assert f"-o {name}: /dev/zero cannot be read: it is a device" in result.stderr

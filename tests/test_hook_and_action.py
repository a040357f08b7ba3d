"""The hook of pre-commit and the action of GitHub: valid, and what they run does what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelsel.kubernetes.read.input_files import MANIFEST_SUFFIXES
from tests.cli.test_lint import BROKEN

ROOT = Path(__file__).resolve().parent.parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ACTION = ROOT / "action.yml"
BIN = Path(sys.executable).parent


def run(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment in a folder."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def the_hook() -> dict[str, Any]:
    (hook,) = yaml.safe_load(HOOKS.read_text())
    assert isinstance(hook, dict)
    return hook


def the_steps() -> list[dict[str, Any]]:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    assert isinstance(steps, list)
    return steps


def test_the_hook_is_valid() -> None:
    """pre-commit accepts the definition, and would not accept just anything."""
    checked = run(str(BIN / "pre-commit"), "validate-manifest", str(HOOKS), folder=ROOT)
    assert checked.returncode == 0, checked.stdout
    wrong = run(str(BIN / "pre-commit"), "validate-manifest", str(ACTION), folder=ROOT)
    assert wrong.returncode == 1


def test_the_hook_installs_what_the_command_needs() -> None:
    """pre-commit installs no extra: the hook lists the one of the command."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert the_hook()["additional_dependencies"] == project["optional-dependencies"]["cli"]


@pytest.mark.parametrize(
    "name", [*(f"web{suffix}" for suffix in sorted(MANIFEST_SUFFIXES)), "Kustomization"]
)
def test_the_hook_is_asked_for_each_file_that_is_read(name: str) -> None:
    """A change of any manifest runs the hook; a change of something else does not."""
    pattern = the_hook()["files"]
    assert re.search(pattern, name)
    assert re.search(pattern, f"deploy/{name}")
    assert not re.search(pattern, f"{name}.md")
    assert not re.search(pattern, "web.py")
    assert not re.search(pattern, "MyKustomization")


@pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit needs git")
def test_the_hook_runs(tmp_path: Path) -> None:
    """With one changed file the whole folder is checked: nothing is missed for being unchanged."""
    repository = tmp_path / "repository"
    repository.mkdir()
    service, deployment = (
        BROKEN.replace("wbe", "web").replace("kubernets", "kubernetes").split("---\n")
    )
    (repository / "service.yaml").write_text(service)
    (repository / "deployment.yaml").write_text(deployment)
    # Installed already: without the network pre-commit cannot install it.
    hook = {**the_hook(), "language": "system"}
    del hook["additional_dependencies"]
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (repository / ".pre-commit-config.yaml").write_text(json.dumps(config))
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    assert run("git", "init", "-q", folder=repository).returncode == 0
    assert run("git", "add", "-A", folder=repository).returncode == 0
    words = (str(BIN / "pre-commit"), "run", "--color", "never")
    passed = run(*words, "--files", "service.yaml", folder=repository, **home)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    (repository / "service.yaml").write_text(service.replace("app: web", "app: wbe"))
    failed = run(*words, "--files", "deployment.yaml", folder=repository, **home)
    assert failed.returncode == 1
    assert "selects-nothing" in failed.stdout


def test_the_action_is_valid(tmp_path: Path) -> None:
    """The schema of GitHub accepts the action, and would not accept just anything."""
    words = (str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-actions")
    checked = run(*words, str(ACTION), folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    wrong = tmp_path / "action.yml"
    wrong.write_text(ACTION.read_text().replace("using: composite", "using: something"))
    assert run(*words, str(wrong), folder=tmp_path).returncode == 1


def test_no_input_is_in_a_script(tmp_path: Path) -> None:
    """An expression in a script would be replaced before bash reads it, as code."""
    for step in the_steps():
        assert run("bash", "-n", "-c", step["run"], folder=tmp_path).returncode == 0
        assert "${{" not in step["run"]
        assert all(
            value.startswith("${{ ") and value.endswith(" }}") for value in step["env"].values()
        )


def test_the_action_installs_what_is_pinned(tmp_path: Path) -> None:
    """Files with the hashes of the list, then labelsel itself; pip may fetch nothing else."""
    environment = tmp_path / "labelsel" / "bin"
    program = tmp_path / "python"
    said = tmp_path / "said"
    # In place of Python: makes what `-m venv` would, and writes down each call.
    program.write_text(
        f"""#!/bin/sh
printf '%s|' "$@" >>'{said}'
echo >>'{said}'
mkdir -p '{environment}'
test -e '{environment}/python' || ln -s '{program}' '{environment}/python'
"""
    )
    program.chmod(0o755)
    place = "/the action"
    settings = {"INPUT_PYTHON": str(program), "RUNNER_TEMP": str(tmp_path), "ACTION_PATH": place}
    done = run("bash", "-eo", "pipefail", "-c", the_steps()[0]["run"], folder=tmp_path, **settings)
    assert done.returncode == 0, done.stderr
    venv, pins, own = said.read_text().splitlines()
    assert venv == f"-I|-m|venv|{tmp_path}/labelsel|"
    assert pins == (
        "-I|-m|pip|install|--quiet|--no-deps|--only-binary|:all:|--require-hashes|-r|"
        f"{place}/constraints-action.txt|"
    )
    assert own == f"-I|-m|pip|install|--quiet|--no-deps|--no-build-isolation|{place}|"


@pytest.mark.parametrize("name", ["venv.py", "venv/__init__.py", "pip.py", "pip/__main__.py"])
def test_the_action_runs_no_module_of_the_checkout(tmp_path: Path, name: str) -> None:
    """``python -m`` looks in the current folder first, which is that of somebody else."""
    checkout, temporary = tmp_path / "checkout", tmp_path / "temporary"
    temporary.mkdir()
    module = checkout / name
    module.parent.mkdir(parents=True)
    module.write_text("import pathlib; pathlib.Path('pwned').touch()")
    # The real Python. It makes an environment without pip, so that nothing is installed here.
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\" --without-pip\n")
    program.chmod(0o755)
    settings = {"INPUT_PYTHON": str(program), "RUNNER_TEMP": str(temporary), "ACTION_PATH": "/none"}
    script = the_steps()[0]["run"]
    done = run("bash", "-eo", "pipefail", "-c", script, folder=checkout, **settings)
    assert (temporary / "labelsel" / "pyvenv.cfg").exists()
    assert (done.returncode, "No module named pip" in done.stderr) == (1, True)
    assert not (checkout / "pwned").exists()


@pytest.fixture
def action(tmp_path: Path) -> dict[str, str]:
    """The variables of the second step; labelsel is where the first step would install it."""
    runner = tmp_path / "runner temp"
    (runner / "labelsel" / "bin").mkdir(parents=True)
    (runner / "labelsel" / "bin" / "labelsel").symlink_to(BIN / "labelsel")
    inputs = yaml.safe_load(ACTION.read_text())["inputs"]
    given = {f"INPUT_{name.upper().replace('-', '_')}": each["default"]
             for name, each in inputs.items()}  # fmt: skip
    assert the_steps()[1]["env"].keys() == given.keys() - {"INPUT_PYTHON"}
    return {**given, "RUNNER_TEMP": str(runner)}


def run_step(folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the second step as GitHub runs ``shell: bash``."""
    script = folder.parent / "step.sh"
    script.write_text(the_steps()[1]["run"])
    words = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script))
    return run(*words, folder=folder, **variables)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "deploy it").mkdir(parents=True)
    (folder / "deploy it" / "broken.yaml").write_text(BROKEN)
    return folder


def test_the_action_reports(checkout: Path, action: dict[str, str]) -> None:
    """Findings are annotations, and fail the step; the reports are written all the same."""
    files = {"INPUT_SARIF": "labels.sarif", "INPUT_HTML": "labels.html"}
    result = run_step(checkout, {**action, **files})
    assert result.returncode == 1, result.stderr
    starts = [line.partition(",")[0] for line in result.stdout.splitlines()]
    assert starts == [
        "::error file=deploy it/broken.yaml",
        "::warning file=deploy it/broken.yaml",
    ]
    log = json.loads((checkout / "labels.sarif").read_text())
    assert len(log["runs"][0]["results"]) == 2
    assert (checkout / "labels.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.slow  # each step is a process of a third of a second
@pytest.mark.parametrize(
    ("inputs", "status", "found"),
    [
        ({"INPUT_IGNORE": "selects-nothing,key-typo"}, 0, 0),
        ({"INPUT_SELECT": "key-typo", "INPUT_FAIL_ON": "error"}, 0, 1),
        ({"INPUT_PATHS": "deploy it/broken.yaml\n\ndeploy it\n"}, 1, 2),
        ({"INPUT_PATHS": "  deploy it/broken.yaml \r\n\tdeploy it\t\r\n \r\n"}, 1, 2),
        ({"INPUT_PATHS": "*/*.yaml"}, 1, 2),
        # An input error is an annotation, too.
        ({"INPUT_PATHS": "deploy"}, 1, 1),
        ({"INPUT_CONFIG": "missing.toml"}, 2, 0),
        ({"INPUT_BASELINE": "missing.json"}, 2, 0),
        # Nothing that an input says is run.
        ({"INPUT_PATHS": "$(touch pwned)`touch pwned`;touch pwned"}, 1, 1),
        ({"INPUT_IGNORE": 'x";touch pwned;"'}, 2, 0),
        ({"INPUT_PATHS": "--help"}, 1, 1),
    ],
)
def test_the_inputs_of_the_action(
    checkout: Path, action: dict[str, str], inputs: dict[str, str], status: int, found: int
) -> None:
    """Each input is an option; what it says is never code, nor an option of its own."""
    result = run_step(checkout, {**action, **inputs})
    assert result.returncode == status, result.stdout + result.stderr
    assert len(result.stdout.splitlines()) == found
    assert not (checkout / "pwned").exists()


@pytest.mark.slow  # each step is a process of a third of a second
def test_the_folder_of_a_report(checkout: Path, action: dict[str, str]) -> None:
    """It is made, also behind a dash; a report that cannot be written ends the step."""
    files = {"INPUT_SARIF": "out/deep/x.sarif", "INPUT_HTML": "-out/x.html"}
    assert run_step(checkout, {**action, **files}).returncode == 1
    assert json.loads((checkout / "out/deep/x.sarif").read_text())["version"] == "2.1.0"
    assert (checkout / "-out/x.html").exists()
    for wrong, reason in (("deploy it", "Is a directory"), ("deploy it/broken.yaml/x", "exists")):
        result = run_step(checkout, {**action, "INPUT_SARIF": wrong, "INPUT_FAIL_ON": "error"})
        assert (result.returncode, result.stdout) == (1, "")
        assert reason in result.stderr


@pytest.mark.slow  # each step is a process of a third of a second
@pytest.mark.parametrize(
    ("link", "target", "report"),
    [
        ("x.sarif", "precious", "x.sarif"),
        ("x.sarif", "precious", "./x.sarif"),
        ("x.sarif", "gone", "x.sarif"),
        ("x\\y", "precious", "x\\y"),
        ("out", "", "out/precious"),
        ("out", "", "out/new/x.sarif"),
        ("out", "", "out/../outside/precious"),
        ("out", "", "{checkout}/out//precious"),
        ("out", "", "../checkout/out/precious"),
        ("-", "", "-/precious"),
    ],
)
def test_a_report_follows_no_link_of_the_checkout(
    checkout: Path, action: dict[str, str], link: str, target: str, report: str
) -> None:
    """A link that somebody committed would lead it to a file of the runner, which is lost then."""
    outside = checkout.parent / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")
    (checkout / link).symlink_to(outside / target)
    for variable in ("INPUT_SARIF", "INPUT_HTML"):
        given = {**action, variable: report.format(checkout=checkout), "INPUT_FAIL_ON": "error"}
        result = run_step(checkout, given)
        assert (result.returncode, result.stdout) == (1, "")
        assert "is a symbolic link: the report" in result.stderr
        assert [each.name for each in outside.iterdir()] == ["precious"]
        assert (outside / "precious").read_text() == "kept"


@pytest.mark.slow  # each step is a process of a third of a second
def test_a_link_of_the_runner_is_followed(checkout: Path, action: dict[str, str]) -> None:
    """The temporary folder of a Mac is one, and so can be the folder of all checkouts."""
    (checkout.parent / "real").mkdir()
    (checkout.parent / "link").symlink_to("real")
    (checkout.parent / "same").symlink_to("checkout")
    files = {"INPUT_SARIF": str(checkout.parent / "link" / "x.sarif")}
    assert run_step(checkout.parent / "same", {**action, **files}).returncode == 1
    assert json.loads((checkout.parent / "real" / "x.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.slow  # each step is a process of a third of a second
@pytest.mark.parametrize("name", ["INPUT_BASELINE", "INPUT_CONFIG"])
def test_no_empty_report(checkout: Path, action: dict[str, str], name: str) -> None:
    """Where nothing was checked there is no file, which an upload would fail at."""
    files = {"INPUT_SARIF": "x.sarif", "INPUT_HTML": "x.html", name: "missing"}
    result = run_step(checkout, {**action, **files})
    assert result.returncode == 2
    assert "missing: " in result.stderr
    assert [path.name for path in checkout.iterdir()] == ["deploy it"]

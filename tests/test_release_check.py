"""`make release-check` finds what is wrong with a release, and tries every extra."""

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
RELEASED = "# Changelog\n\n## 1.2.0 (2030-01-31)\n\n- New.\n"
UNRELEASED = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.1.0 (2029-01-31)\n"
CITATION = "cff-version: 1.2.0\nversion: 1.2.0\n"


@pytest.fixture(scope="module")
def release_check() -> ModuleType:
    """The script as a module."""
    path = ROOT / ".ci" / "release_check.py"
    spec = importlib.util.spec_from_file_location("release_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["release_check"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("changelog", "citation", "tags", "here", "faults"),
    [
        (UNRELEASED, CITATION, [], [], []),
        (UNRELEASED, CITATION, ["v1.1.0"], [], []),
        (RELEASED, CITATION, ["v1.1.0", "v1.2.0"], ["v1.2.0"], []),
        (RELEASED, CITATION, ["v1.2.0", "nightly"], ["v1.2.0", "nightly"], []),
        (
            RELEASED,
            "cff-version: 1.2.0\nversion: 1.1.0\n",
            [],
            [],
            ["CITATION.cff does not have the version 1.2.0 of pyproject.toml"],
        ),
        (
            UNRELEASED,
            CITATION,
            ["v1.2.0"],
            ["v1.2.0"],
            [
                "the tag v1.2.0 is here, but CHANGELOG.md has no section ## 1.2.0",
                "the tag v1.2.0 is here, but CHANGELOG.md has a section ## Unreleased",
            ],
        ),
        (
            UNRELEASED,
            CITATION,
            ["v1.2.0"],
            [],
            ["the tag v1.2.0 is on another commit: pyproject.toml needs the next version"],
        ),
        (
            RELEASED,
            CITATION,
            ["v1.3.0"],
            ["v1.3.0"],
            ["the tag v1.3.0 is on a commit with the version 1.2.0"],
        ),
        (
            "# Changelog\n\n## 1.1.0\n",
            CITATION,
            [],
            [],
            ["CHANGELOG.md does not begin with ## Unreleased or ## 1.2.0"],
        ),
    ],
)
def test_versions(  # noqa: PLR0917  # the cases are a table
    release_check: ModuleType,
    changelog: str,
    citation: str,
    tags: Sequence[str],
    here: Sequence[str],
    faults: list[str],
) -> None:
    """Version, changelog, citation and tag agree, or it says which does not."""
    found = release_check.version_faults("1.2.0", changelog, citation, tags=tags, tags_here=here)
    assert found == faults


def test_the_versions_of_this_checkout(release_check: ModuleType) -> None:
    """Here they agree."""
    release_check.check_versions()


@pytest.mark.parametrize(("cut", "status"), [("", 0), ("title: labelsel\n", 1)])
def test_the_citation(cut: str, status: int, tmp_path: Path) -> None:
    """CITATION.cff is valid by the schema of its format; without its title it is not."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    (tmp_path / "CITATION.cff").write_text(text.replace(cut, "") if cut else text)
    program = Path(sys.executable).with_name("check-jsonschema")
    words = (program, "--builtin-schema", "vendor.citation-file-format", tmp_path / "CITATION.cff")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout


def test_every_extra_is_tried(release_check: ModuleType) -> None:
    """Each extra of pyproject.toml has a test, and each test an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(release_check.USES) == set(project["optional-dependencies"])


def test_a_check_that_fails(
    release_check: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The table names it, what it said follows, and the status is 1."""

    def fail() -> None:
        release_check.run([sys.executable, "-c", "import no_such_module"], tmp_path)

    rows = [release_check.timed("good", lambda: None), release_check.timed("bad", fail)]
    monkeypatch.setattr(release_check, "run_checks", lambda _folder: iter(rows))
    assert release_check.main(tmp_path) == 1
    printed = capsys.readouterr()
    first, second, last = printed.out.splitlines()
    assert first.split()[:2] == ["good", "ok"]
    assert second.split()[:2] == ["bad", "failed"]
    assert last.startswith("== 1 of 2 checks passed; ")
    assert last.endswith(" s of processor time")
    assert "No module named 'no_such_module'" in printed.err


@pytest.mark.parametrize("error", [OSError("no space"), KeyError("x"), ValueError()])
def test_an_error_of_a_check(
    release_check: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    error: Exception,
) -> None:
    """An error that no check expects is a fault of the check or of the run, in the table."""

    def fail() -> None:
        raise error

    def rows(_folder: Path) -> Iterator[object]:
        yield release_check.timed("bad", fail)
        yield release_check.timed("good", lambda: None)
        raise error

    monkeypatch.setattr(release_check, "run_checks", rows)
    assert release_check.main(tmp_path) == 1
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line.split("  ")[0] for line in lines[:-1]] == ["bad", "good", "every check was run"]
    assert lines[-1].startswith("== 1 of 3 checks passed; ")
    assert printed.err.count(repr(error).split("(")[0]) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("entry_points.txt", "labelsel.selector.Selector object at"),
        ("cases.jsonl", "cases.jsonl"),
        ("objects.jsonl", "all [0-9]+ answers are those of Kubernetes(.|\n)*objects.jsonl"),
    ],
)
def test_a_wheel_without_a_file(
    release_check: ModuleType, tmp_path: Path, missing: str, message: str
) -> None:
    """Without its entry points or a data file, the use of [testing] fails."""
    left_out = shutil.ignore_patterns("*.egg-info")
    shutil.copytree(ROOT / "selectors", tmp_path, dirs_exist_ok=True, ignore=left_out)
    described = tmp_path / "labelsel-0.1.0.dist-info"
    described.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        text = metadata.distribution("labelsel").read_text(name)
        assert text is not None
        (described / name).write_text(text)
    (path,) = tmp_path.rglob(missing)
    path.unlink()
    command = [sys.executable, "-c", release_check.BARE + release_check.TESTING]
    settings = {"PYTHONPATH": str(tmp_path)}
    with pytest.raises(release_check.CheckError, match=message):
        release_check.run(command, tmp_path, settings)


def test_the_tests_of_another_folder(release_check: ModuleType, tmp_path: Path) -> None:
    """Tests that would try the code of another folder are refused."""
    with pytest.raises(release_check.CheckError, match="would not try the source distribution"):
        release_check.run_tests(tmp_path)


@pytest.mark.slow
def test_the_uses_of_the_extras_work(release_check: ModuleType, tmp_path: Path) -> None:
    """Here, where every extra is installed, each use of an extra succeeds."""
    for code in release_check.USES.values():
        release_check.use(Path(sys.executable), release_check.BARE + code, ROOT)
    with pytest.raises(release_check.CheckError, match="AssertionError"):
        release_check.use(Path(sys.executable), "assert False", tmp_path)

"""labelsel works where users have it: from a wheel, from an editable install, far from here.

Each environment is new and holds labelsel and the distributions that its pyproject.toml names,
no others. They are linked in from the environment that runs the tests, so no network is used,
and pip resolves the requirements of labelsel against them: a missing one fails the install.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.test_core import has_compiler

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow
#: What setuptools reads to build; a copy of it is built, so that the checkout stays clean.
SOURCES = (
    "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "sbom.cdx.json",
    "selectors", "grammar",
)  # fmt: skip
#: What is in a checkout and in no source distribution: what tools, builds and tests leave.
LEFT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "*.egg-info", "_core.c", "*.so", "dist", "build", ".coverage*",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".benchmarks", "_build",
)  # fmt: skip

USE = """
import labelsel, sys
sel = labelsel.parse("app=web,tier in (frontend,cache),!debug")
assert str(sel) == "app=web,!debug,tier in (cache,frontend)", str(sel)
assert sel.matches({"app": "web", "tier": "cache"})
pods = labelsel.LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
assert set(pods.select("app=web,!debug")) == {"web-1"}
assert not {"click", "rich", "yaml"} & set(sys.modules), "the library needs its command line"
print(labelsel.__file__)
"""


def run(
    *command: str | Path, cwd: Path, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of this process for Python, pip and make."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "MAKE", "MFLAGS", "COV_", "COVERAGE_"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=kept | env, capture_output=True, text=True, check=False
    )
    if check:
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def distributions(requirements: Iterable[str]) -> Iterator[importlib.metadata.Distribution]:
    """Yield the installed distributions of some requirements and of all that those require."""
    todo, seen = [Requirement(text) for text in requirements], set()
    while todo:
        requirement = todo.pop()
        if requirement.name in seen:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        seen.add(requirement.name)
        distribution = importlib.metadata.distribution(requirement.name)
        yield distribution
        todo += map(Requirement, distribution.requires or ())


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that holds nothing but what is put into it."""

    home: Path

    @classmethod
    def create(cls, home: Path, requirements: Iterable[str]) -> "Environment":
        """Make an environment in which the distributions of some requirements are installed."""
        venv.create(home, with_pip=False, symlinks=True)
        environment = cls(home)
        for distribution in distributions(requirements):
            for name in {file.parts[0] for file in distribution.files or ()} - {".."}:
                source = Path(str(distribution.locate_file(name)))
                link = environment.packages / name
                if source.exists() and not link.exists() and name != "__pycache__":
                    link.symlink_to(source)
        return environment

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.home / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder its distributions are installed in."""
        (folder,) = self.home.glob("lib/python*/site-packages")
        return folder

    def install(self, *arguments: str | Path) -> None:
        """Install something with the pip that runs the tests, from this machine's files alone."""
        pip = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check")
        run(*pip, "--python", self.python, "install", "--no-index", *arguments, cwd=self.home)


def requirements_of(extra: str | None = None) -> list[str]:
    """Return what pyproject.toml says that labelsel needs, for itself or for an extra as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed: list[str] = list(project["dependencies"])
    return needed + (project["optional-dependencies"][extra] if extra else [])


def copy_of_sources(target: Path) -> Path:
    """Copy what a build reads, without anything that earlier builds left."""
    target.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info", "_core.c", "*.so")
            shutil.copytree(ROOT / name, target / name, ignore=leftovers)
        else:
            shutil.copy(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution: both carry all that is needed."""
    sources = tmp_path_factory.mktemp("build") / "sources"
    shutil.copytree(ROOT, sources, ignore=LEFT)
    run(sys.executable, "-m", "build", "--no-isolation", sources, cwd=sources.parent)
    (built,) = (sources / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed_pure(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with a wheel that was built without a C compiler."""
    sources = copy_of_sources(tmp_path_factory.mktemp("pure") / "sources")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", sources)
    run(*build, cwd=sources.parent, CC="false")
    environment = Environment.create(sources.parent / "env", requirements_of())
    environment.install(*(sources / "dist").glob("*.whl"))
    return environment


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and what it requires, without the command line's part."""
    environment = Environment.create(tmp_path_factory.mktemp("plain") / "env", requirements_of())
    environment.install(wheel)
    return environment


@pytest.mark.parametrize("module", ["asyncio", "subprocess", "selectors"])
def test_the_standard_library_is_not_shadowed(module: str) -> None:
    """The folder selectors/ does not hide the module `selectors` from Python started beside it."""
    assert not (ROOT / "selectors" / "__init__.py").exists()
    statement = f"import {module}, selectors; selectors.DefaultSelector"
    run(sys.executable, "-c", statement, cwd=ROOT)


def test_a_package_named_selectors_would_shadow_it(tmp_path: Path) -> None:
    """The test above can fail: with an __init__.py the standard library's module is gone."""
    (tmp_path / "selectors").mkdir()
    statement = "import asyncio, selectors; selectors.DefaultSelector"
    assert run(sys.executable, "-c", statement, cwd=tmp_path).returncode == 0
    (tmp_path / "selectors" / "__init__.py").touch()
    assert run(sys.executable, "-c", statement, cwd=tmp_path, check=False).returncode != 0


def test_the_wheel_holds_the_library_and_nothing_else(wheel: Path) -> None:
    """Every module, grammar, part of a page and file of cases, and py.typed; no benchmark."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = ROOT / "selectors"
    expected = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    expected |= {f"labelsel/grammar/{path.name}" for path in (ROOT / "grammar").glob("*.lark")}
    expected |= {"labelsel/grammar/__init__.py", "labelsel/py.typed"}
    pages = (path for kind in ("css", "js", "jsonl") for path in source.rglob(f"*.{kind}"))
    expected |= {path.relative_to(source).as_posix() for path in pages}
    extension = {name for name in files if re.fullmatch(r"labelsel/_core\.[\w.-]+\.(so|pyd)", name)}
    assert files - extension == expected
    assert len(extension) == has_compiler()
    assert any(name.endswith(".lark") for name in files)


def test_the_wheel_without_a_compiler(installed_pure: Environment, tmp_path: Path) -> None:
    """Where no C compiler runs, the package is built all the same, and says what it runs."""
    done = run(installed_pure.python, "-c", USE, cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed_pure.packages)
    show = "import labelsel; print(labelsel.core_info())"
    which = run(installed_pure.python, "-c", show, cwd=tmp_path)
    assert which.stdout == (
        "pure Python code: there is no compiled core for this Python in this installation\n"
    )


def files_in_git() -> set[str]:
    """Return the files that are in git, or will be."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    options = ("--cached", "--others", "--exclude-standard")
    listed = run(git, "ls-files", *options, cwd=ROOT).stdout.splitlines()
    return {name for name in listed if (ROOT / name).exists()}


def test_the_source_distribution_holds_a_checkout(wheel: Path) -> None:
    """Documents, examples, tests, benchmarks and pins: all that is in git."""
    (archive,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(archive) as unpacked:
        names = [Path(file.name) for file in unpacked.getmembers() if file.isfile()]
    files = {"/".join(name.parts[1:]) for name in names}
    added = {name for name in files if name.startswith("selectors/labelsel.egg-info/")}
    assert files - added - {"PKG-INFO", "setup.cfg"} == files_in_git()


def test_the_tests_run_from_the_source_distribution(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, it has the tests and what they read; they try the wheel that was built from it."""
    (archive,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as packed_wheel:
        packed_wheel.extractall(tmp_path / "wheel")  # noqa: S202  # our own archive
    test_files = (
        "tests/test_labels.py",
        "tests/test_kubernetes_vectors.py",
        "tests/test_design.py",
    )
    options = ("-q", "-p", "no:cacheprovider", "-m", "not slow", *test_files)
    done = run(
        sys.executable, "-m", "pytest", *options, cwd=folder, PYTHONPATH=str(tmp_path / "wheel")
    )
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1])
    where = run(
        sys.executable, "-c", USE, cwd=folder, PYTHONPATH=str(tmp_path / "wheel")
    ).stdout.strip()
    assert Path(where).is_relative_to(tmp_path / "wheel")


def test_the_metadata(wheel: Path) -> None:
    """An index accepts it: the page of README.md renders, and the addresses are there."""
    (archive,) = wheel.parent.glob("*.tar.gz")
    done = run(sys.executable, "-m", "twine", "check", "--strict", wheel, archive, cwd=wheel.parent)
    assert done.stdout.count("PASSED") == 2
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = files.read(name).decode()
    addresses = dict(re.findall(r"^Project-URL: (\w+), (\S+)$", metadata, re.MULTILINE))
    assert set(addresses) == {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
    assert all(address.startswith("https://") for address in addresses.values())


def test_the_citation() -> None:
    """CITATION.cff has what its format requires, and the version of the package."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["repository-code"] == project["urls"]["Source"]


def test_an_inventory_needs_no_extra(installed: Environment, tmp_path: Path) -> None:
    """Without PyYAML, objects and JSON are read; YAML is an error that says what to install."""
    (tmp_path / "a.json").write_text(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}'
    )
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: a}, x: y}")
    code = """if True:
        import importlib.util
        assert importlib.util.find_spec("yaml") is None, "the environment is not empty"
        from labelsel.kubernetes import Inventory, read_manifests
        shop = Inventory.of(read_manifests(["a.json"]))
        print(shop.label(shop.select("pods"), {"tier": "front"})[0].outcome)
        try:
            list(read_manifests(["a.yaml"]))
        except ImportError as error:
            print(error)
    """
    done = run(installed.python, "-c", code, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "labeled",
        "PyYAML, which reads and writes YAML, is not installed: pip install 'labelsel[cli]'",
    ]


def test_the_wheel_works_elsewhere(installed: Environment, tmp_path: Path) -> None:
    """Installed from the wheel, labelsel parses and selects without the checkout."""
    done = run(installed.python, "-c", USE, cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.packages)


def test_an_editable_install_works_elsewhere(tmp_path: Path) -> None:
    """Installed as editable, labelsel runs from its sources, the grammars among them."""
    sources = copy_of_sources(tmp_path / "sources")
    builder = [*requirements_of(), "setuptools", "wheel", "Cython"]
    environment = Environment.create(tmp_path / "env", builder)
    environment.install("--no-build-isolation", "--editable", sources)
    done = run(environment.python, "-c", USE, cwd=environment.home)
    assert Path(done.stdout.strip()).is_relative_to(sources)


def test_the_command_works(wheel: Path, tmp_path: Path) -> None:
    """With the extra `cli`, what pyproject.toml names is all that the command needs."""
    environment = Environment.create(tmp_path / "env", requirements_of("cli"))
    environment.install(f"labelsel[cli] @ {wheel.as_uri()}")
    done = run(environment.home / "bin" / "labelsel", "--help", cwd=tmp_path)
    assert "Usage" in done.stdout
    module = run(environment.python, "-m", "labelsel", "--help", cwd=tmp_path)
    assert module.stdout == done.stdout


def test_the_command_without_its_extra_says_what_to_install(
    installed: Environment, tmp_path: Path
) -> None:
    """Without click, the command names the pip command that mends it, and shows no traceback."""
    done = run(installed.home / "bin" / "labelsel", "--help", cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "pip install" in done.stderr
    assert "labelsel[cli]" in done.stderr

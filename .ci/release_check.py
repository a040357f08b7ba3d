"""Check a release before it is made: build it, install it where nothing else is, and use it.

Usage: ``python .ci/release_check.py FOLDER``, by the Python of .venv (``make release-check``).
FOLDER is for what is thrown away.

1. The version is the same in pyproject.toml, CITATION.cff and CHANGELOG.md, and the tag fits.
2. The source distribution, and from it a wheel for each interpreter that is found.
3. twine accepts the metadata, and an index can show README.md.
4. sbom.cdx.json is valid and that of constraints.txt, and each wheel has it.
5. Two test files of the unpacked source distribution, with the packages of .venv.
6. action.yml installs labelsel, from the source distribution and its list of pins.
7. Each wheel in an empty environment; with the oldest and the newest Python also with each extra.
   pip resolves what the metadata of the wheel asks for, at the versions of constraints.txt.

Every check runs, also after one failed. A table has the results; the status is 1 if one failed.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
#: pip, compilers and the examples end long before; a check that hangs must not hold CI for ever.
SECONDS = 300
#: No extra: what every installation can do.
BARE = """
import labelsel
from labelsel.kubernetes import Inventory
selector = labelsel.parse("app=web,tier in (front,cache),!debug")
assert selector.matches({"app": "web", "tier": "cache"})
pods = labelsel.LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
assert list(pods.select("app=web,!debug")) == ["web-1"]
shop = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-1"}})
assert len(shop.select("pods", "!app")) == 1
"""
#: The entry points and the data files of a wheel: Hypothesis and pytest find them, or this fails.
#: Without the entry point, Hypothesis draws no Selector with a key.
TESTING = """
import pathlib, subprocess, sys, tempfile
from hypothesis import find, strategies
find(strategies.from_type(labelsel.Selector), lambda selector: len(selector.keys()) > 1)
suite = "-m pytest -q -p no:cacheprovider --pyargs labelsel.conformance --matcher"
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "shop.py").write_text(
        "from labelsel import from_label_selector, parse\\n"
        "def match(text, labels): return parse(text).matches(labels)\\n"
        "def match_object(obj, labels): return from_label_selector(obj).matches(labels)\\n"
    )
    for options in ("shop:match", "shop:match_object --objects"):
        words = f"{suite} {options}".split()
        subprocess.run([sys.executable, *words], cwd=folder, check=True)
"""
#: Test files of the source distribution: quick ones, one of them with helpers beside it.
SDIST_TESTS = ("tests/test_copies.py", "tests/integrations/test_command_lines.py")
#: What each extra is for, in short. An extra without a test here is a failure.
USES = {
    "arrow": "import pyarrow; assert labelsel.LabelIndex.from_arrow("
    "pyarrow.table({'app': ['web', None]})).count('app') == 1",
    "cli": "import subprocess, sys; subprocess.run([sys.executable, '-m', 'labelsel', 'get', "
    "'pods', '-A', '-f', 'examples', '-l', 'tier', '-o', 'name'], check=True, stdout=-3)",
    "docs": "import furo, myst_parser, sphinx",
    "graph": "import pygraphviz",
    "polars": "import polars, labelsel.engines.polars; assert polars.DataFrame("
    "{'labels': [{'app': 'web'}]}).labels.select('app').height == 1",
    "regex": "assert labelsel.parse_matchers('{app=~\"w.*b\"}').matches({'app': 'web'})",
    "sql": "import duckdb; from labelsel.engines import Columns, to_sql; where = to_sql("
    "'app', Columns(['app']), dialect='duckdb'); assert duckdb.sql("
    "f\"SELECT * FROM (SELECT 'web' AS app) WHERE {where}\").fetchall() == [('web',)]; "
    "import labelsel.integrations.sqlalchemy",
    "testing": TESTING,
}


class Row(NamedTuple):
    """One line of the table: what was checked, what is wrong or "", and how long it took."""

    check: str
    fault: str
    seconds: float


class CheckError(Exception):
    """A check failed; the text says why."""


def main(folder: Path) -> int:
    """Run every check and print the table; 1 if one failed."""
    rows: list[Row] = []

    def keep(row: Row) -> None:
        state = "failed" if row.fault else "ok"
        print(f"{row.check:<36} {state:<6} {row.seconds:6.1f} s", flush=True)
        rows.append(row)

    def run_all() -> None:
        for row in run_checks(folder):
            keep(row)

    whole = timed("every check was run", run_all)
    if whole.fault:
        keep(whole)
    failed = [row for row in rows if row.fault]
    print(
        f"== {len(rows) - len(failed)} of {len(rows)} checks passed; "
        f"{processor_seconds():.0f} s of processor time",
        flush=True,
    )
    for row in failed:
        print(f"\n{row.check} failed:\n{row.fault}", file=sys.stderr)
    return 1 if failed else 0


def run_checks(folder: Path) -> Iterator[Row]:
    """Yield the rows as they come. As many checks run at a time as there are processors."""
    yield timed("version, changelog, citation, tag", check_versions)
    archives: list[Path] = []
    yield timed("source distribution", lambda: archives.append(build_sdist(folder)))
    if not archives:
        return
    shutil.unpack_archive(archives[0], folder / "unpacked", filter="data")
    (sources,) = (folder / "unpacked").iterdir()
    release = Release(sources, folder, write_pins(folder / "pins.txt"))
    pythons = find_interpreters()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(release.check_wheel, pythons)
        yield timed("tests of the source distribution", lambda: run_tests(sources))
        yield timed("metadata and README, by twine", lambda: twine([*archives, *release.wheels()]))
        yield timed("SBOM, also in each wheel", lambda: check_sbom(release.wheels()))
        yield timed("action.yml installs labelsel", lambda: install_action(pythons[0], release))
        yield from pool.map(release.check_bare, pythons)
        # The extras are tried with the oldest and the newest Python: that bounds the time.
        ends = sorted({pythons[0], pythons[-1]}, key=pythons.index)
        yield from pool.map(release.check_extra, *zip(*product(ends, extras()), strict=True))


@dataclass(frozen=True, slots=True)
class Release:
    """What is tried: the unpacked source distribution, and in a folder what is made of it."""

    sources: Path
    folder: Path
    pins: Path

    def wheels(self) -> list[Path]:
        """Return the wheels that were built."""
        return sorted(self.folder.glob("wheel-*/*.whl"))

    def check_wheel(self, python: str) -> Row:
        """Build the wheel of an interpreter."""
        version = version_of(python)
        target = self.folder / f"wheel-{version}"
        return timed(
            f"wheel for Python {version}", lambda: build_wheel(python, self.sources, target)
        )

    def check_bare(self, python: str) -> Row:
        """Install the wheel where nothing else is, and use it."""
        version = version_of(python)

        def check() -> None:
            inner = install(python, self._home("bare", version), self._wheel(version), self.pins)
            use(inner, BARE, self.sources)

        return timed(f"Python {version}, no extra", check)

    def check_extra(self, python: str, extra: str) -> Row:
        """Install the wheel with an extra, and use what the extra is for."""
        version = version_of(python)

        def check() -> None:
            if extra not in USES:
                raise CheckError(f"the extra {extra!r} has no test in USES of {__file__}")
            required = f"labelsel[{extra}] @ {Path(self._wheel(version)).as_uri()}"
            below = self._home("bare", version)
            inner = install(python, self._home(extra, version), required, self.pins, below)
            use(inner, BARE + USES[extra], self.sources)

        return timed(f"Python {version}, [{extra}]", check)

    def _home(self, extra: str, version: str) -> Path:
        return self.folder / f"{extra}-{version}"

    def _wheel(self, version: str) -> str:
        for wheel in self.folder.glob(f"wheel-{version}/*.whl"):
            return str(wheel)
        raise CheckError("there is no wheel")


def timed(check: str, do: Callable[[], object]) -> Row:
    """Run a check and return its row. Any error is a fault: the others still run."""
    begin = time.monotonic()
    fault = ""
    try:
        do()
    except CheckError as error:
        fault = str(error) or "it failed without a message"
    except Exception:  # noqa: BLE001  # a fault of the check itself, shown with its lines
        fault = traceback.format_exc()
    return Row(check, fault, time.monotonic() - begin)


def processor_seconds() -> float:
    """Return the time of processors, user and system, that the run and its processes took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


# The version


def check_versions() -> None:
    """Raise CheckError where the version differs from one file to another, or from the tag."""
    faults = version_faults(
        project()["version"],
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        (ROOT / "CITATION.cff").read_text(encoding="utf-8"),
        tags=git("tag"),
        tags_here=git("tag", "--points-at", "HEAD"),
    )
    if faults:
        raise CheckError("\n".join(faults))


def version_faults(
    version: str, changelog: str, citation: str, *, tags: Sequence[str], tags_here: Sequence[str]
) -> list[str]:
    """Return what does not fit to a version, one sentence each.

    A commit with the tag of the version is the release: the changelog has its section, and nothing
    that is unreleased. Any other commit is before the release: its version has no tag yet.
    """
    faults = []
    if re.search(rf"^version: {re.escape(version)}$", citation, re.MULTILINE) is None:
        faults.append(f"CITATION.cff does not have the version {version} of pyproject.toml")
    sections = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    if not sections or sections[0] not in {"Unreleased", version}:
        faults.append(f"CHANGELOG.md does not begin with ## Unreleased or ## {version}")
    tag = f"v{version}"
    others = [name for name in tags_here if name != tag and re.match(r"v\d", name)]
    faults += [f"the tag {name} is on a commit with the version {version}" for name in others]
    if tag in tags_here and version not in sections:
        faults.append(f"the tag {tag} is here, but CHANGELOG.md has no section ## {version}")
    if tag in tags_here and "Unreleased" in sections:
        faults.append(f"the tag {tag} is here, but CHANGELOG.md has a section ## Unreleased")
    if tag in tags and tag not in tags_here:
        faults.append(f"the tag {tag} is on another commit: pyproject.toml needs the next version")
    return faults


def project() -> dict[str, Any]:
    """Return the table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def extras() -> list[str]:
    """Return the names of the extras."""
    return sorted(project()["optional-dependencies"])


def git(*arguments: str) -> list[str]:
    """Return the lines that git prints; none where this is no checkout."""
    if not (ROOT / ".git").exists():
        return []
    return run(["git", *arguments], ROOT).split()


# Building


def build_sdist(folder: Path) -> Path:
    """Return the source distribution, built in a folder."""
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir"]
    run([*build, folder, ROOT], ROOT)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def build_wheel(python: str, sources: Path, target: Path) -> None:
    """Build the wheel of an interpreter from the unpacked source distribution.

    The build packages are those of .venv: they are Python code, which any interpreter can run.
    Cython has its own Python code beside what was compiled of it for one interpreter.
    """
    target.mkdir()
    copied = target / "sources"
    shutil.copytree(sources, copied, ignore=shutil.ignore_patterns("tests", "benchmarks"))
    code = f"import setuptools.build_meta as backend; backend.build_wheel({str(target)!r})"
    # -O0: what is tried here is whether it works. `make wheel` makes the wheels of a release.
    settings = {"CFLAGS": "-O0 -g0", "PYTHONWARNINGS": "ignore"}
    run([python, "-c", code], copied, settings | {"PYTHONPATH": build_packages(target)})


def build_packages(folder: Path) -> str:
    """Return a folder with links to the packages that a build needs, and to nothing else."""
    links = folder / "build-packages"
    links.mkdir()
    (packages,) = Path(sys.prefix).glob("lib/python*/site-packages")
    for pattern in ("setuptools*", "_distutils_hack", "wheel*", "packaging*", "[Cc]ython*"):
        for path in packages.glob(pattern):
            (links / path.name).symlink_to(path)
    return str(links)


def twine(files: Sequence[Path]) -> None:
    """Check the metadata, and that README.md can be shown."""
    run([sys.executable, "-m", "twine", "check", "--strict", *files], ROOT)


def check_sbom(wheels: Sequence[Path]) -> None:
    """Check the list of what the release was tested with, and that it is in each wheel."""
    run([sys.executable, "-m", "tests.supply.sbom", "--check", *wheels], ROOT)


def install_action(python: str, release: Release) -> None:
    """Run the first step of action.yml as GitHub does, and the command that it installed."""
    step = release.folder / "action"
    step.mkdir()
    action = yaml.safe_load((release.sources / "action.yml").read_text(encoding="utf-8"))
    (step / "step.sh").write_text(action["runs"]["steps"][0]["run"])
    sources = step / "sources"
    shutil.copytree(release.sources, sources, ignore=shutil.ignore_patterns("tests", "benchmarks"))
    settings = {"INPUT_PYTHON": python, "ACTION_PATH": str(sources), "RUNNER_TEMP": str(step)}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    run([*bash, step / "step.sh"], step, settings | {"CFLAGS": "-O0 -g0"})
    run([step / "labelsel" / "bin" / "labelsel", "lint", "--help"], step)


def run_tests(sources: Path) -> None:
    """Run a few tests as they are in the source distribution, on its code."""
    settings = {"PYTHONPATH": str(sources / "selectors"), "PYTHONDONTWRITEBYTECODE": "1"}
    found = run(
        [sys.executable, "-c", "import labelsel; print(labelsel.__file__)"], sources, settings
    )
    if not Path(found.strip()).is_relative_to(sources):
        raise CheckError(f"the tests would not try the source distribution, but {found.strip()}")
    options = ["-q", "-n", "0", "-p", "no:cacheprovider"]
    run([sys.executable, "-m", "pytest", *options, *SDIST_TESTS], sources, settings)


# Installing


def write_pins(path: Path) -> Path:
    """Write constraints.txt without its hashes, which pip would ask of the wheel as well."""
    pins = re.findall(r"^\S+==[^\\\n]*", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    path.write_text("\n".join(pins) + "\n")
    return path


def install(python: str, home: Path, required: str, pins: Path, below: Path | None = None) -> Path:
    """Install something into a new environment, and return its interpreter.

    An environment below it, which has what needs no extra, saves the time to install that again.
    """
    run([python, "-m", "venv", "--without-pip", home], ROOT)
    if below is not None:
        (packages,) = below.glob("lib/python*/site-packages")
        (folder,) = home.glob("lib/python*/site-packages")
        (folder / "below.pth").write_text(f"{packages}\n")
    inner = home / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    options = ["--only-binary", ":all:", "--no-compile"]
    run([*pip, "--python", inner, "install", *options, "--constraint", pins, required], ROOT)
    return inner


def use(python: Path, code: str, folder: Path) -> None:
    """Run some code in an environment, far from the checkout."""
    run([python, "-c", code], folder, {"PYTHONDONTWRITEBYTECODE": "1"})


def find_interpreters() -> list[str]:
    """Return one interpreter of each minor version that labelsel supports."""
    return run([sys.executable, ROOT / ".ci" / "interpreters.py", "--all"], ROOT).split("\n")[:-1]


def version_of(python: str) -> str:
    """Return the version of an interpreter: ``3.11``."""
    return run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], ROOT).strip()


def run(command: Sequence[str | Path], folder: Path, settings: dict[str, str] | None = None) -> str:
    """Return what a command prints; CheckError with all of it where the command fails."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MAKE"))
    }
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=kept | (settings or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CheckError(f"{command[0]} took longer than {SECONDS} s") from None
    if done.returncode:
        raise CheckError(f"{done.stdout}{done.stderr}".strip())
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

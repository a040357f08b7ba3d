"""The Makefile's set-up gives the pinned packages on any day, whatever was released since.

The real Makefile runs in a folder of its own, with small packages that the tests make. They lie in
a local folder, which is the only index that pip has here: no network is used.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.version import Version

from tests.test_packaging import run

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow
#: What `make test` and `make bench` install; the last step, labelsel itself, needs no index.
PACKAGES, PEERS = ".venv/.packages", ".venv/.peers"
#: The interpreter that this environment was made with, and so the pip that set it up.
PYTHON = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
EXTRA = ("Provides-Extra: toml", "Requires-Dist: leaf>=1; extra == 'toml'")


#: Passes all to the pip of that interpreter, so that the oldest pip there is does the whole set-up.
PIP = f"""
import os, sys
python = {str(PYTHON)!r}
os.execv(python, [python, "-m", "pip", "--python", sys.executable, *sys.argv[1:]])
"""


def wheel(index: Path, name: str, version: str, *headers: str, code: str = "") -> str:
    """Write a wheel that runs some code as ``-m name``, and return the line that pins it."""
    file, info = index / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    metadata = ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/__main__.py", code)
        archive.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def pins(tmp_path: Path) -> dict[str, str]:
    """Pinned releases with newer ones beside them, and a checkout that has only the Makefile.

    `middle` and `peer` ask for `inner` with an extra, as pytest-cov asks for coverage[toml]. Only
    `peer` asks for `axis`.
    """
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    index = tmp_path / "index"
    index.mkdir()
    pinned: dict[str, str] = {}
    for version in ("1.0", "2.0"):
        lines = {
            "axis": wheel(index, "axis", version),
            "leaf": wheel(index, "leaf", version),
            "inner": wheel(index, "inner", version, *EXTRA),
            "middle": wheel(index, "middle", version, "Requires-Dist: inner[toml]>=1"),
            "peer": wheel(
                index, "peer", version, "Requires-Dist: inner[toml]>=1", "Requires-Dist: axis"
            ),
        }
        pinned = pinned or lines
    return pinned | {"pip": wheel(index, "pip", "1.0", code=PIP)}


def set_up(folder: Path, target: str, pins: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the real set-up with two lists: the peers' list has all pins, the other fewer."""
    development = [line for name, line in pins.items() if name not in {"peer", "axis"}]
    (folder / "constraints.txt").write_text("".join(development))
    (folder / "constraints-peers.txt").write_text("".join(pins.values()))
    # The null device as pip's configuration: not even that of the system is read.
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "index"}
    return run("make", target, f"PYTHON={PYTHON}", cwd=folder, check=False, **pip)


def installed(folder: Path) -> set[str]:
    """Return what is installed in the environment of a folder, as ``name-version``."""
    found = folder.glob(".venv/lib/python*/site-packages/*.dist-info")
    return {path.name.removesuffix(".dist-info") for path in found}


def test_newer_releases_change_nothing(tmp_path: Path, pins: dict[str, str]) -> None:
    """Both lists give the pinned releases, also of a package that is asked for with an extra."""
    done = set_up(tmp_path, PEERS, pins)
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed(tmp_path) == {f"{name}-1.0" for name in pins}


def test_resolving_would_fail(tmp_path: Path, pins: dict[str, str]) -> None:
    """The test above can fail: where pip resolves the list, it wants the newer release."""
    version = run(PYTHON, "-m", "pip", "--version", cwd=tmp_path).stdout.split()[1]
    if Version(version) >= Version("23.3"):
        pytest.skip(f"pip {version} resolves this list as it is pinned; only older ones fail")
    makefile = tmp_path / "Makefile"
    makefile.write_text(makefile.read_text().replace("--no-deps", ""))
    done = set_up(tmp_path, PACKAGES, pins)
    assert done.returncode != 0
    assert "all requirements must have their versions pinned" in done.stderr
    assert not (tmp_path / PACKAGES).exists()


@pytest.mark.parametrize(
    ("target", "missing", "problem"),
    [(PACKAGES, "inner", "middle 1.0 requires inner, which is not installed"),
     (PEERS, "axis", "peer 1.0 requires axis, which is not installed")],
)  # fmt: skip
def test_an_incomplete_list(
    tmp_path: Path, pins: dict[str, str], target: str, missing: str, problem: str
) -> None:
    """A list that lacks a package fails the set-up, names the package, and leaves no stamp."""
    done = set_up(tmp_path, target, {name: pins[name] for name in pins if name != missing})
    assert done.returncode != 0
    assert problem in done.stdout
    assert not (tmp_path / target).exists()

"""Make a release: the source distribution, and a wheel that other machines can install.

Usage: ``python .ci/wheel.py FOLDER``, by the Python of an environment with constraints-wheel.txt
(``make wheel``). Both are left in dist/, with the SBOM; FOLDER is for what is thrown away. The
wheel is tried where nothing else is.

The bytes are the same wherever the commit is built: the time of the files is that of the commit.

zig is the C compiler: it has the headers and libraries of older systems, so the wheel runs on
every Linux with glibc 2.17 or later (2012) that has the same processor and Python.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GLIBC = (2, 17)
#: -fwrapv and -DNDEBUG as Python itself; -g0: no path of this machine.
CFLAGS = "-O3 -fwrapv -DNDEBUG -g0 -Wall -Wextra -Werror"
#: What the library needs, at the versions of constraints.txt.
NEEDED = ("lark", "numpy", "pyroaring")

USE = """
import labelsel
pods = labelsel.LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}})
pods.patch("db-1", {"app": None, "tier": "back"})
assert list(pods.select("app=web,!debug")) == ["web-1"]
assert pods["db-1"] == {"tier": "back"}
print("==", labelsel.__version__, "from the wheel runs its", labelsel.core_info())
assert labelsel.core_info().name == "compiled"
"""


def main(folder: Path) -> int:
    """Build, check and try the wheel; 1 if this machine cannot."""
    if sys.platform != "linux":
        print("make wheel runs on Linux: elsewhere, build with `python -m build`", file=sys.stderr)
        return 1
    built = build(folder / "build")
    check(built)
    try_it(built, folder / "empty")
    target = ROOT / "dist"
    target.mkdir(exist_ok=True)
    (sources,) = built.parent.glob("*.tar.gz")
    sbom = target / f"{sources.name.removesuffix('.tar.gz')}.cdx.json"
    made = [
        Path(shutil.copy(ROOT / "sbom.cdx.json", sbom)),
        *(Path(shutil.copy(path, target)) for path in (sources, built)),
    ]
    for path in made:
        print(f"== {hashlib.sha256(path.read_bytes()).hexdigest()}  dist/{path.name}")
    return 0


def build(folder: Path) -> Path:
    """Return the wheel, built from a source distribution, with the tag of its platform."""
    machine = platform.machine()
    version = ".".join(map(str, GLIBC))
    zig = f"{sys.executable} -m ziglang cc -target {machine}-linux-gnu.{version}"
    settings = {"CC": zig, "LDSHARED": f"{zig} -shared -Wl,-s", "CFLAGS": CFLAGS}
    settings |= {"SOURCE_DATE_EPOCH": time_of_commit()}
    # Neither a cache nor a warning of setuptools about pyproject.toml.
    settings |= {"ZIG_GLOBAL_CACHE_DIR": str(folder / "cache"), "PYTHONWARNINGS": "ignore"}
    run("-m", "build", "--no-isolation", "--outdir", folder, ROOT, settings=settings)
    (plain,) = folder.glob("*.whl")
    tag = f"manylinux_{'_'.join(map(str, GLIBC))}_{machine}"
    run("-m", "wheel", "tags", "--remove", "--platform-tag", tag, plain, settings=settings)
    (built,) = folder.glob("*.whl")
    return built


def time_of_commit() -> str:
    """Return the time of the commit in seconds; in a source distribution, that of its files."""
    if not (ROOT / ".git").exists():
        return str(int((ROOT / "PKG-INFO").stat().st_mtime))
    command = ("git", "log", "-1", "--format=%ct")
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def check(wheel: Path) -> None:
    """Raise AssertionError if there is no extension, or it is made for this machine alone."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        extension = archive.read(name)
    needed = {
        tuple(map(int, found.split(b"."))) for found in re.findall(rb"GLIBC_(\d[\d.]*)", extension)
    }
    assert max(needed, default=GLIBC) <= GLIBC, f"{name} needs a newer glibc: {needed}"
    for path in (ROOT, Path.home(), Path(sys.prefix), Path(sys.base_prefix)):
        assert os.fsencode(path) + b"/" not in extension, f"{name} names the folder {path}"


def try_it(wheel: Path, home: Path) -> None:
    """Install the wheel into an empty environment, and use it there, far from the checkout."""
    venv.create(home, with_pip=False, symlinks=True)
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    needed = re.findall(rf"^(?:{'|'.join(NEEDED)})==.*(?:\n .*)*", pins, re.MULTILINE)
    (home / "needed.txt").write_text("\n".join(needed) + "\n", encoding="utf-8")
    pip = ("-m", "pip", "--disable-pip-version-check", "--python", home / "bin" / "python")
    quiet = (*pip, "install", "--quiet", "--no-deps", "--only-binary", ":all:")
    run(*quiet, "--require-hashes", "-r", home / "needed.txt", python=python_with_pip())
    run(*quiet, wheel, python=python_with_pip())
    run("-c", USE, python=str(home / "bin" / "python"), folder=home)


def python_with_pip() -> str:
    """Return the interpreter that this environment was made with: it has pip."""
    return os.path.join(  # noqa: PTH118  # a text for a command
        sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"
    )


def run(
    *arguments: str | Path,
    python: str = sys.executable,
    folder: Path = ROOT,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Run a command of a Python, which must succeed; what it prints is shown if it does not."""
    done = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env={**os.environ, **(settings or {})},
        stdout=None if arguments[0] == "-c" else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{arguments} failed:\n{done.stdout}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

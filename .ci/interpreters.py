"""Print the oldest and the newest Python of this machine that labelsel supports.

With ``--all``, print one of each minor version.

Each is one line: its path. There is one line only if there is only one such Python. Python 3.11
and later count, if they start and have pip. They are looked for as ``python3.N`` and ``python3`` in
the folders of PATH, and in the folders of pyenv: what pyenv puts into PATH starts only those
versions that are chosen.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)
#: Far more than there are: a minor version comes out once a year.
NAMES = ["python3", *(f"python3.{minor}" for minor in range(OLDEST[1], 40))]
# A free-threaded build is another Python: not every dependency has wheels for it.
PROBE = """
import pip, sys, sysconfig
assert sys.version_info.releaselevel == "final" and sys.implementation.name == "cpython"
assert not sysconfig.get_config_var("Py_GIL_DISABLED")
assert sys.prefix == sys.base_prefix, "an environment that is active is of another Python"
print(*sys.version_info[:3], sys.executable)
"""
#: A Python that does not answer in this time hangs.
SECONDS = 60


def candidates() -> Iterator[Path]:
    """Yield the files that may be an interpreter, those first in PATH first."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    if pyenv := shutil.which("pyenv"):
        done = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False)
        folders += sorted(Path(done.stdout.strip(), "versions").glob("*/bin"))
    for folder in folders:
        yield from (path for name in NAMES if os.access(path := folder / name, os.X_OK))


def version(python: Path) -> tuple[tuple[int, ...], str] | None:
    """Return the version of an interpreter and its path as it tells it, or None if unsuitable."""
    try:
        done = subprocess.run(
            [python, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    *numbers, path = done.stdout.strip().split(maxsplit=3)
    found = tuple(map(int, numbers))
    return (found, path) if found >= OLDEST else None


def interpreters(*, each: bool = False) -> list[str]:
    """Return the paths of the oldest and newest interpreter, or of one of each minor version."""
    # One of each minor version, the first of them in PATH.
    found: dict[tuple[int, ...], str] = {}
    for python in candidates():
        if (answer := version(python)) is not None:
            found.setdefault(answer[0][:2], answer[1])
    ends = {min(found), max(found)} if found and not each else set(found)
    return [found[minor] for minor in sorted(ends)]


if __name__ == "__main__":
    pythons = interpreters(each="--all" in sys.argv)
    print(*pythons, sep="\n")
    sys.exit(0 if pythons else "no Python 3.11 or later that has pip was found")

"""CI finds the oldest and the newest Python of a machine, and none that does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def program(path: Path, text: str) -> None:
    """Write a program for the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def python(folder: Path, version: str, name: str | None = None) -> Path:
    """Write what answers as a Python of a version does."""
    path = folder / (name or f"python{version.rpartition('.')[0]}")
    program(path, f"echo {version.replace('.', ' ')} {path}")
    return path


def find(*folders: Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Look for interpreters in some folders instead of this machine's PATH."""
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "interpreters.py", *options],
        env={**os.environ, "PATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_oldest_and_the_newest(tmp_path: Path) -> None:
    """By version and not by name, the first in PATH of two; one that fails or is older is none."""
    first, second = tmp_path / "first", tmp_path / "second"
    oldest = python(first, "3.11.7")
    python(first, "3.12.1")
    program(first / "python3.14", "echo 'command not found' >&2; exit 127")
    python(second, "3.11.2")
    python(second, "3.10.9", "python3")
    newest = python(second, "3.13.0")
    done = find(first, second)
    assert (done.returncode, done.stdout.split()) == (0, [str(oldest), str(newest)])


def test_each_minor_version(tmp_path: Path) -> None:
    """With --all there is one of each, oldest first."""
    found = [python(tmp_path, version) for version in ("3.13.0", "3.11.7", "3.12.1")]
    done = find(tmp_path, options=("--all",))
    newest, oldest, middle = map(str, found)
    assert done.stdout.split() == [oldest, middle, newest]


def test_only_one(tmp_path: Path) -> None:
    """Two names of one version are one Python; a path may hold blanks."""
    only = python(tmp_path / "a b", "3.12.1", "python3")
    python(tmp_path / "a b", "3.12.1")
    done = find(tmp_path / "a b", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (0, f"{only}\n")


def test_those_of_pyenv(tmp_path: Path) -> None:
    """What pyenv has installed is found, also if it is not chosen and so not in PATH."""
    program(tmp_path / "bin" / "pyenv", f"echo {tmp_path}/pyenv")
    program(tmp_path / "bin" / "python3.13", "echo 'pyenv: command not found' >&2; exit 127")
    oldest = python(tmp_path / "bin", "3.11.7")
    newest = python(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin", "3.13.0")
    assert find(tmp_path / "bin").stdout.split() == [str(oldest), str(newest)]


def test_none(tmp_path: Path) -> None:
    """Without any it fails, and says what it looked for."""
    python(tmp_path, "3.10.9", "python3")
    done = find(tmp_path)
    assert done.returncode == 1
    assert "no Python 3.11 or later that has pip was found" in done.stderr


@pytest.mark.slow
def test_on_this_machine() -> None:
    """Here it finds at least the Python that runs the tests, or one of its version."""
    done = find(*map(Path, os.environ["PATH"].split(os.pathsep)), Path(sys.base_prefix, "bin"))
    assert done.returncode == 0
    for path in done.stdout.splitlines():
        subprocess.run([path, "-c", "import sys; assert sys.version_info >= (3, 11)"], check=True)

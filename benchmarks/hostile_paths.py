"""Paths of ``make hostile``: they may never end, or lead nowhere, and the command is given them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.hostile_inputs import JSON_POD

__all__ = ["PATHS", "HostilePath", "run_path"]

_LONGEST_COMMAND: Final = 60.0
_HANGS: Final = "HANGS"


class HostilePath(NamedTuple):
    """A path that may never end, or that leads nowhere.

    Attributes:
        make: makes it in a folder, and returns the words of a shell that read it.
        says: a part of what the command prints.
        fails: whether the command fails.
    """

    make: Callable[[Path], str]
    says: str
    fails: bool = False


def _with(path: str, make: Callable[[Path], object]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        make(folder / path)
        return folder / path

    return made


def _get(*paths: str) -> str:
    return f"labelsel get pods -o name {' '.join(f'-f {path}' for path in paths)}"


def _folder_with(make: Callable[[Path], object]) -> Callable[[Path], str]:
    """Return what makes a folder with one manifest and something beside it, and reads it."""

    def made(folder: Path) -> str:
        (folder / "in").mkdir()
        (folder / "in" / "pod.json").write_text(JSON_POD % 0)
        make(folder / "in" / "x.yaml")
        return _get("in")

    return made


def _then(words: str, make: Callable[[Path], object]) -> Callable[[Path], str]:
    """Return what makes a path named x beside a manifest, and the words."""

    def made(folder: Path) -> str:
        (folder / "pod.json").write_text(JSON_POD % 0)
        make(folder / "x")
        return words

    return made


def _nothing(_: Path) -> None:
    """Make nothing."""


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _up(path: Path) -> None:
    path.symlink_to("..")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


_CAT: Final = "cat pod.json"
_LOAD: Final = (
    'from labelsel import *\ntry: LabelIndex.load("x")\nexcept IndexFileError as e: exit(str(e))'
)

PATHS: Final[dict[str, HostilePath]] = {
    "a pipe in a folder": HostilePath(
        _folder_with(os.mkfifo),
        "skipped: it is a pipe",
    ),
    "a device in a folder": HostilePath(
        _folder_with(_device),
        "skipped: it is a device",
    ),
    "a link to itself in a folder": HostilePath(
        _folder_with(_loop),
        "too many levels of",
        fails=True,
    ),
    "a link to the folder above": HostilePath(
        _folder_with(_up),
        "is a link to a folder",
    ),
    "a file of 1 TiB with holes": HostilePath(
        _folder_with(_sparse), "more than 1,073,741,824 bytes", fails=True
    ),
    "a pipe that is named": HostilePath(_then(f"{_CAT} > x & {_get('x')}", os.mkfifo), "pod/a0"),
    "a pipe of the shell": HostilePath(
        _then(_get(f"<({_CAT})"), _nothing),
        "pod/a0",
    ),
    "/dev/stdin": HostilePath(
        _then(f"{_CAT} | {_get('/dev/stdin')}", _nothing),
        "pod/a0",
    ),
    "standard input": HostilePath(
        _then(f"{_CAT} | {_get('-')}", _nothing),
        "pod/a0",
    ),
    "/dev/null": HostilePath(_then(_get("/dev/null"), _nothing), "no objects", fails=True),
    "/dev/zero": HostilePath(_then(_get("/dev/zero"), _nothing), "a device", fails=True),
    "a pipe without an end": HostilePath(
        _then(f"yes | {_get('-')}", _nothing), "more than 1,073,741,824 bytes", fails=True
    ),
    "a configuration from a pipe of the shell": HostilePath(
        _then("labelsel lint -f pod.json --config <(echo)", _nothing),
        "is a regular file",
        fails=True,
    ),
    "an index that is a pipe": HostilePath(
        _then(f"python -c '{_LOAD}'", os.mkfifo), "a pipe, a device or a socket", fails=True
    ),
    "a configuration that is a device": HostilePath(
        _then("labelsel lint -f pod.json --config x", _device), "a device", fails=True
    ),
    "a baseline that is a pipe": HostilePath(
        _then("labelsel lint -f pod.json --baseline x", os.mkfifo), "a pipe", fails=True
    ),
    "a template that is a device": HostilePath(
        _then("labelsel get pods -f pod.json -o jsonpath-file=x", _device), "a device", fails=True
    ),
}
"""Paths that a user, or a folder of somebody else, may give to the command."""


def run_path(path: HostilePath, folder: Path, seconds: float = _LONGEST_COMMAND) -> str:
    """Return "read" or "refused" if the command did what it should; what it did instead if not."""
    words = path.make(folder)
    scripts = Path(sys.executable).parent
    try:
        done = subprocess.run(  # noqa: S603  # our own words
            ["/bin/bash", "-c", words],
            cwd=folder,
            env=os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return _HANGS
    said = done.stdout + done.stderr
    if path.says not in said or bool(done.returncode) != path.fails or "Traceback" in said:
        return f"UNDOCUMENTED: exit code {done.returncode}, {said[-300:]!r}"
    return "refused" if path.fails else "read"

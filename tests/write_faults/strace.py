"""Faults of the system, made by strace in a process that waits for it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["WRITING", "Call", "Fault", "attach", "faults_of", "read_calls", "why_not"]

#: The system calls that change something, and those that only look.
WRITING: Final = frozenset(
    (
        *("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "utimensat", "mkdir", "rmdir"),
        *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
        *("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat"),
        *("setxattr", "lsetxattr", "removexattr", "lremovexattr"),
    )
)
_LOOKING: Final = frozenset(
    (
        *("open", "openat", "read", "pread64", "flock", "close", "getdents64"),
        *("stat", "lstat", "newfstatat", "fstat", "statx", "readlink"),
        *("access", "faccessat", "faccessat2", "listxattr", "getxattr"),
    )
)
_TRACED: Final = ",".join(f"?{name}" for name in sorted(WRITING | _LOOKING))
_LINE: Final = re.compile(r"(?P<name>\w+)\((?P<args>.*)\)\s+= (?P<result>.*)")
_CREATES: Final = re.compile("O_CREAT")


@dataclass(frozen=True)
class Call:
    """A system call of a run.

    Attributes:
        name: its name.
        number: how many of this name there were, with this one.
        text: the call as strace prints it.
    """

    name: str
    number: int
    text: str

    @property
    def is_writing(self) -> bool:
        """Whether it changes something on the disk."""
        return self.name in WRITING or _CREATES.search(self.text) is not None


@dataclass(frozen=True)
class Fault:
    """What happens at a call: an error, a write of a part, or the end of the process.

    Attributes:
        call: the call.
        kind: ``ENOSPC`` and the like, ``short`` or ``kill``.
    """

    call: Call
    kind: str

    @property
    def injection(self) -> str:
        """The fault as strace takes it."""
        what = f"error={self.kind}"
        if self.kind == "kill":
            what = "signal=KILL"
        elif self.kind == "short":
            # strace does not write anything then, so this disk tells a lie, too.
            what = "retval=1"
        return f"inject={self.call.name}:{what}:when={self.call.number}"


def why_not() -> str | None:
    """Return why strace cannot be used here; None if it can be."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    command = ["strace", "-qq", "-o", "/dev/null", "true"]
    tried = subprocess.run(command, capture_output=True, check=False)
    return f"strace: {tried.stderr.decode().strip()}" if tried.returncode else None


@contextmanager
def attach(process: int, log: Path, options: Sequence[str]) -> Iterator[None]:
    """Trace the calls of a process that waits, until it ends."""
    command = [
        "strace",
        "-y",
        "-o",
        str(log),
        "-e",
        f"trace={_TRACED}",
        *options,
        "-p",
        str(process),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        line = tracer.stderr.readline()
        assert "attached" in line, line
        yield


def read_calls(log: Path) -> list[Call]:
    """Return the calls that strace has written down, in their order."""
    counts: Counter[str] = Counter()
    calls = []
    for line in log.read_text(errors="backslashreplace").splitlines():
        match = _LINE.match(line)
        if match is not None:
            counts[match["name"]] += 1
            calls.append(Call(match["name"], counts[match["name"]], line))
    return calls


def faults_of(call: Call) -> Iterator[Fault]:
    """Yield the faults that are tried at a call."""
    kinds = ["EIO", "EACCES"]
    if call.is_writing:
        # Between two of these nothing changes on the disk, so a kill at each of them is enough.
        kinds += ["ENOSPC", "EINTR", "kill"]
    if call.name == "write":
        kinds.append("short")
    for kind in kinds:
        yield Fault(call, kind)

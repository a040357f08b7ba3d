"""What a process takes of time and memory, and measurements that need one of their own."""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, Final, cast

from benchmarks.options import documented_parser

__all__ = ["CORES", "ROOT", "apart", "new_parser", "resident", "run_timed"]

CORES: Final = ("compiled", "pure")
"""What a measurement can run on. Where nothing is compiled, both are the pure Python code."""

ROOT: Final = Path(__file__).resolve().parent.parent
_STATM: Final = Path("/proc/self/statm")


def new_parser(name: str, text: str | None, *, written: str) -> argparse.ArgumentParser:
    """Return the parser of a program that is described by its docstring and may write to a folder.

    Arguments:
        name: the module, as ``python -m`` takes it.
        text: its docstring.
        written: what the folder is for, and which one is the default.
    """
    parser = documented_parser(name, text)
    parser.add_argument("--output", type=Path, help=f"folder to write {written}")
    return parser


def resident() -> int:
    """Return the bytes of memory that this process holds, without what was freed. Linux only.

    What Python and the C library keep of freed memory is given back first, as far as they can:
    memory that stays split up by what is still in use counts.
    """
    gc.collect()
    with suppress(AttributeError):  # only the GNU C library has it
        ctypes.CDLL(None).malloc_trim(0)
    if not _STATM.exists():
        raise OSError("the memory of a process is read from /proc, which only Linux has")
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def run_timed(*command: str) -> tuple[float, float, str]:
    """Run a command; return its seconds of processor and of the clock, and what it printed.

    RuntimeError with what it said on its standard error where it fails.
    """
    before, start = _used(), perf_counter()
    done = subprocess.run(  # noqa: S603  # our own words
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    clock, processor = perf_counter() - start, _used() - before
    if done.returncode:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise RuntimeError(message)
    return processor, clock, done.stdout


def _used() -> float:
    """Return the processor's seconds of all processes that have ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def apart(module: str, *arguments: str, core: str = "compiled") -> dict[str, Any]:
    """Run a module of the benchmarks in a fresh process; return the JSON that it prints.

    It runs on one of the `CORES`. RuntimeError with what it said on its standard error where it
    fails.
    """
    done = subprocess.run(  # noqa: S603  # this interpreter, with our own arguments
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=ROOT,
        env=os.environ | ({"LABELSEL_PURE": "1"} if core == "pure" else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise RuntimeError(f"benchmarks.{module}: {said[-1]}")
    return cast("dict[str, Any]", json.loads(done.stdout))

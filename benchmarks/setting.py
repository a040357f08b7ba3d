"""What a run ran on: no number means anything without it."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.process import ROOT

__all__ = ["setting"]

_PACKAGES: Final = (
    "labelsel", "pyroaring", "numpy", "polars", "duckdb", "pandas", "pyarrow",
)  # fmt: skip


def setting() -> dict[str, str]:
    """Return the machine, the versions and the commit; nothing that names a host or a person."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(filter(None, map(_version, _PACKAGES)))
        + f", SQLite {sqlite3.sqlite_version}",
        "commit": _commit(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else ():
        name, _, model = line.partition(":")
        if name.strip() == "model name":
            return model.strip()
    return platform.processor() or "unknown"


def _version(package: str) -> str | None:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607  # the user's git
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"

"""A PostgreSQL server of the tests' own: a unix socket in a new folder, no port, no password."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Debian does not put the server's programs on the PATH.
DEBIAN = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs, None if there is no server."""
    on_path = shutil.which("initdb")
    if on_path is not None and shutil.which("pg_ctl") is not None:
        return Path(on_path).parent
    found = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@contextmanager
def postgres_server(buffers: str = "32MB") -> Iterator[str]:
    """Start a server, and yield the folder of its socket, which clients take as the host.

    FileNotFoundError if no server is installed.
    """
    programs = find_programs()
    if programs is None:
        message = "no server of PostgreSQL is installed (Debian: apt-get install postgresql)"
        raise FileNotFoundError(message)
    # Not pytest's folder: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        user = _give_away(folder)
        data = str(Path(folder, "data"))

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, "-D", data, *arguments],
                check=True,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                **user,
            )

        run("initdb", "--username=labelsel", "--auth=trust", "--no-sync", "--no-locale", "-EUTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers={buffers}"
        run("pg_ctl", "start", "-w", "-l", str(Path(folder, "log")), "-o", options)
        try:
            yield folder
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")


def _give_away(folder: str) -> dict[str, Any]:
    """Return who runs the server; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody", "nogroup")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}

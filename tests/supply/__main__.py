"""Check what is shipped: ``python -m tests.supply`` (``make supply``).

1. Archives: built twice in different surroundings, they have the same bytes; nothing is in them
   that is not meant to be, and no path of this machine.
2. Pins: the lists agree with each other and with pyproject.toml, and each file that is installed is
   the one that the RECORD of its distribution describes.
3. SBOM: sbom.cdx.json is valid, and is that of the pins; the wheels have it.
4. Licences: those of all that a user can install are on the list of those allowed.

``--zig`` also makes the wheel of ``make wheel`` twice, which downloads its compiler twice. Nothing
else needs a network.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.supply.archives import (
    EXTENSION,
    archive_faults,
    clone,
    digest,
    files_of_checkout,
    git,
    members,
    private_paths,
    surroundings,
    time_of_commit,
)
from tests.supply.licences import licence_faults
from tests.supply.pins import (
    Installed,
    Record,
    closure_faults,
    installed_faults,
    list_faults,
    read_lists,
    read_project,
    requirements,
    source_faults,
)
from tests.supply.sbom import FILE, components, sbom_faults


class Report:
    """What was checked, and what was found to be wrong."""

    def __init__(self) -> None:
        self.checks = 0
        self.faults = 0

    def check(self, title: str, faults: Callable[[], Iterable[str]]) -> None:
        """Print a line for a check, and below it what is wrong."""
        begin = time.monotonic()
        found = list(faults())
        state = "failed" if found else "ok"
        print(f"{title:<64} {state:<6} {time.monotonic() - begin:5.1f} s", flush=True)
        for fault in found:
            print(f"    {fault}", flush=True)
        self.checks += 1
        self.faults += bool(found)


def check_packages(report: Report) -> None:
    """Check the pins, what is installed, the SBOM and the licences."""
    lists, project, installed = read_lists(), read_project(), Installed.here()
    pins = sum(map(len, lists.values()))
    report.check(
        f"{pins} pins in {len(lists)} lists, as pyproject.toml requires",
        lambda: [*list_faults(lists, project), *source_faults()],
    )
    report.check(
        "each list is complete, and has nothing that is not required",
        lambda: closure_faults(lists, project, installed),
    )
    report.check(
        f"{len(installed.distributions) - 1} installed packages are the pinned ones",
        lambda: installed_faults(lists, installed),
    )
    record = Record(set())
    folder = Path(sysconfig.get_path("purelib"))
    recorded = [fault for each in installed.distributions.values() for fault in record.faults(each)]
    report.check(f"{record.checked} installed files are those of RECORD", lambda: recorded)
    report.check("no other file is installed", lambda: record.strangers(folder))
    text = FILE.read_text(encoding="utf-8")
    report.check(
        f"{FILE.name}: CycloneDX 1.6, {len(components(text))} components",
        lambda: sbom_faults(text),
    )
    brought = installed.closure(requirements(project, "project"))
    report.check(
        f"the licences of {len(brought)} packages that labelsel and its extras bring",
        lambda: licence_faults(brought, installed),
    )


def check_archives(report: Report, folder: Path) -> None:
    """Build all twice, compare the bytes, and look into the archives."""
    epoch, files = time_of_commit(), files_of_checkout()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        one, other = pool.map(lambda each: each.build(files, epoch), surroundings(folder))
    report.check(
        "the compiled wheel is compiled",
        lambda: (
            []
            if any(EXTENSION.fullmatch(each.name) for each in members(one["compiled wheel"]))
            else ["it has the pure Python code only: gcc or Python's headers are missing"]
        ),
    )
    for kind, archive in one.items():
        report.check(
            f"{kind}: {digest(archive)[:16]}... twice",
            partial(compare, [archive, other[kind]]),
        )
        report.check(
            f"{kind}: {len(members(archive))} files, none else",
            partial(archive_faults, archive, private_paths(folder), epoch),
        )
    if git("status", "--porcelain"):
        print("== The checkout has changes without a commit: a clone of it is not compared")
        return
    cloned = surroundings_of_clone(folder, epoch)
    report.check(
        "source distribution of a clone", lambda: compare([one["source distribution"], cloned])
    )


def surroundings_of_clone(folder: Path, epoch: int) -> Path:
    """Return the source distribution of a clone."""
    place = folder / "cloned"
    place.mkdir()
    one = surroundings(Path(tempfile.mkdtemp(dir=folder)))[0]
    settings = {**one.settings, "SOURCE_DATE_EPOCH": str(epoch)}
    return one.run(clone(place / "labelsel"), "--sdist", settings)


def check_zig(report: Report, folder: Path) -> None:
    """Make the wheel of a release in two clones, with another umask, and compare."""
    made: list[list[Path]] = []
    for name, umask in (("zig", 0o022), ("zig of another", 0o077)):
        place = clone(folder / name)
        # The Python that .venv was made with: that of .venv has no module to make another.
        command = ("make", "wheel", f"PYTHON={Path(sys.base_prefix, 'bin', 'python3')}")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        subprocess.run(command, cwd=place, umask=umask, env=kept, check=True)
        made.append(sorted((place / "dist").iterdir()))
    for pair in zip(*made, strict=True):
        report.check(f"make wheel: {pair[0].name}", partial(compare, pair))


def compare(archives: Iterable[Path]) -> list[str]:
    """Return what is wrong where archives differ: names and hashes."""
    found = [f"{path.name} has SHA-256 {digest(path)}" for path in archives]
    return found if len(set(found)) > 1 else []


def main() -> int:
    """Run every check; 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply")
    parser.add_argument("--zig", action="store_true", help="also make the wheel of a release twice")
    options = parser.parse_args()
    report = Report()
    check_packages(report)
    with tempfile.TemporaryDirectory() as work:
        check_archives(report, Path(work))
        if options.zig:
            check_zig(report, Path(work))
    print(f"== {report.checks - report.faults} of {report.checks} checks of what is shipped passed")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Build the archives of a release in different surroundings, and look into them.

The same sources must give the same bytes in another folder, with another umask, time zone, locale
and order of files, and with another seed for the hashes of Python. SOURCE_DATE_EPOCH is the time of
the commit, for all.
"""

import calendar
import csv
import hashlib
import io
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tests.supply.pins import ROOT, record_hash

#: As in the Makefile. -g0: no path is in what is compiled; -DNDEBUG: nor in an assertion.
CFLAGS: Final = "-O3 -fwrapv -DNDEBUG -g0"
#: What each wheel is compiled by; `false` compiles nothing, and gives the pure Python code.
COMPILERS: Final = {"pure": "false", "compiled": "gcc"}
#: A build that hangs must not hold CI for ever.
SECONDS: Final = 300
CODE: Final = re.compile(r"labelsel/([\w-]+/)*([\w-]+\.(py|lark|jsonl|css|js)|py\.typed)")
EXTENSION: Final = re.compile(r"labelsel/_core\.[\w.-]+\.(so|pyd)")
#: What setuptools adds to a source distribution.
GENERATED: Final = frozenset({"PKG-INFO", "setup.cfg"})
EGG_INFO: Final = "selectors/labelsel.egg-info/"
#: The files of a wheel that describe it.
DESCRIBED: Final = frozenset(
    {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
        "sboms/labelsel.cdx.json",
        "top_level.txt",
    }
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and how a release is built: all that must not be seen in it."""

    folder: Path
    umask: int
    settings: Mapping[str, str]
    reverse: bool
    day: float
    from_sdist: bool

    def copy_sources(self, files: Iterable[str]) -> Path:
        """Copy a checkout, file by file in an order of its own, with its own times."""
        target = self.folder / "labelsel"
        for name in sorted(files, reverse=self.reverse):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, path)
            executable = (ROOT / name).stat().st_mode & 0o111
            path.chmod((0o777 if executable else 0o666) & ~self.umask)
            os.utime(path, (self.day, self.day))
        return target

    def build(self, files: Iterable[str], epoch: int) -> dict[str, Path]:
        """Return the source distribution and the wheels, by what they are."""
        sources = self.copy_sources(files)
        settings = {**self.settings, "SOURCE_DATE_EPOCH": str(epoch)}
        made = {"source distribution": self.run(sources, "--sdist", settings)}
        if self.from_sdist:
            unpacked = self.folder / "unpacked"
            shutil.unpack_archive(made["source distribution"], unpacked, filter="data")
            (sources,) = unpacked.iterdir()
        for kind, compiler in COMPILERS.items():
            place = self.folder / kind / "labelsel"
            shutil.copytree(sources, place)
            flags = f"{CFLAGS} {shlex.quote(f'-ffile-prefix-map={place}=.')}"
            # LDSHARED: without what the interpreter was linked with, such as where its library is.
            tools = {"CC": compiler, "LDSHARED": f"{compiler} -shared -Wl,-s", "CFLAGS": flags}
            made[f"{kind} wheel"] = self.run(place, "--wheel", settings | tools)
        return made

    def run(self, sources: Path, kind: str, settings: Mapping[str, str]) -> Path:
        """Return the archive that a build of some sources makes."""
        target = sources.parent / f"made{kind}"
        command = (
            sys.executable,
            "-m",
            "build",
            kind,
            "--no-isolation",
            "--outdir",
            target,
            sources,
        )
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment()
            | {"TMPDIR": str(self.folder), "PYTHONWARNINGS": "ignore"}
            | dict(settings),
            umask=self.umask,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{done.stdout}\n{done.stderr}".strip())
        (archive,) = target.iterdir()
        return archive


def surroundings(folder: Path) -> tuple[Surroundings, Surroundings]:
    """Return two that have nothing in common; the second builds its wheels from its archive."""
    one, other = (
        folder / "one",
        folder / "another folder" / "of \N{LATIN SMALL LETTER U WITH DIAERESIS}",
    )
    one.mkdir()
    other.mkdir(parents=True)
    now = time.time()
    return (
        Surroundings(
            one, 0o022, {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
            reverse=False, day=now, from_sdist=False,
        ),
        Surroundings(
            other, 0o077, {"TZ": "Asia/Tokyo", "LC_ALL": "POSIX", "PYTHONHASHSEED": "7"},
            reverse=True, day=now - 9e8, from_sdist=True,
        ),
    )  # fmt: skip


def environment() -> dict[str, str]:
    """Return the variables of this process, without those that change a build."""
    left = ("PYTHON", "PIP_", "MAKE", "MFLAGS", "CC", "CFLAGS", "LDFLAGS", "LDSHARED", "COV")
    return {name: value for name, value in os.environ.items() if not name.startswith(left)}


def git(*arguments: str, folder: Path = ROOT) -> str:
    """Return what git prints."""
    command = ("git", *arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def files_of_checkout() -> list[str]:
    """Return the files that are in git, or will be."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def time_of_commit() -> int:
    """Return the time of the commit in seconds: what SOURCE_DATE_EPOCH is set to."""
    return int(git("log", "-1", "--format=%ct"))


def clone(folder: Path) -> Path:
    """Return a clone of the checkout, as somebody else has it."""
    git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    return folder


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# What is in an archive


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    name: str
    data: bytes
    mode: int
    seconds: int


def members(archive: Path) -> list[Member]:
    """Return the files of a wheel or a source distribution; ValueError for a link or a device."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return [
                Member(
                    each.filename,
                    wheel.read(each),
                    stat.S_IMODE(each.external_attr >> 16),
                    calendar.timegm(each.date_time),
                )
                for each in wheel.infolist()
            ]
    found = []
    with tarfile.open(archive) as packed:
        for each in packed:
            file = packed.extractfile(each) if each.isreg() else None
            if file is not None:
                found.append(Member(each.name, file.read(), each.mode, int(each.mtime)))
            elif not each.isdir():
                raise ValueError(f"{archive.name}: {each.name} is neither a file nor a folder")
    return found


def archive_faults(archive: Path, paths: Iterable[Path], epoch: int) -> Iterator[str]:
    """Yield what is wrong with an archive: names, times, permissions, and paths of the machine."""
    found = members(archive)
    names = [each.name for each in found]
    yield from (f"{each} is there twice" for each in sorted(set(names)) if names.count(each) > 1)
    wheel = archive.suffix == ".whl"
    # A zip file counts time in steps of two seconds.
    times = {epoch, epoch - epoch % 2} if wheel else {epoch}
    for member in found:
        if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
            yield f"{member.name} leads out of the archive"
        if member.seconds not in times:
            yield f"{member.name} has another time than the commit"
        if member.mode not in {0o644, 0o755} and not member.name.endswith("/RECORD"):
            yield f"{member.name} has the permissions {member.mode:o}"
        for path in paths:
            if os.fsencode(path) + b"/" in member.data:
                yield f"{member.name} names the folder {path}"
    yield from wheel_faults(found) if wheel else sdist_faults(found)


def sdist_faults(found: Iterable[Member]) -> Iterator[str]:
    """Yield where a source distribution has not the files of the checkout, or other bytes."""
    data = {member.name.partition("/")[2]: member.data for member in found}
    files = set(files_of_checkout())
    added = {name for name in data if name in GENERATED or name.startswith(EGG_INFO)}
    yield from (f"there is no {name}" for name in sorted(files - data.keys()))
    yield from (f"{name} is in no checkout" for name in sorted(data.keys() - files - added))
    yield from (
        f"{name} is not that of the checkout"
        for name in sorted(files & data.keys())
        if (ROOT / name).read_bytes() != data[name]
    )


def wheel_faults(found: Iterable[Member]) -> Iterator[str]:
    """Yield which file of a wheel is not meant to be there, or differs from RECORD."""
    data = {member.name: member.data for member in found}
    (record,) = (name for name in data if re.fullmatch(r"[^/]+\.dist-info/RECORD", name))
    described = record.removesuffix("RECORD")
    meant = {described + name for name in DESCRIBED} | {"labelsel_pytest.py"}
    yield from (
        f"{name} is not meant to be in a wheel"
        for name in sorted(data.keys() - meant)
        if not CODE.fullmatch(name) and not EXTENSION.fullmatch(name)
    )
    yield from (f"there is no {name}" for name in sorted(meant - data.keys()))
    if data.get(f"{described}sboms/labelsel.cdx.json") != (ROOT / "sbom.cdx.json").read_bytes():
        yield "the SBOM is not that of the checkout"
    rows = list(csv.reader(io.StringIO(data[record].decode())))
    if sorted(row[0] for row in rows) != sorted(data):
        yield "RECORD does not list the files of the wheel"
    for name, hashed, size in rows:
        packed = data.get(name, b"")
        if name != record and (hashed, size) != (record_hash(packed), str(len(packed))):
            yield f"{name} is not what RECORD says"


def private_paths(folder: Path) -> list[Path]:
    """Return the folders of this machine that no archive may name."""
    base = {ROOT, folder, Path.home(), Path(sys.prefix), Path(sys.base_prefix)}
    every = base | {Path(tempfile.gettempdir())} | {path.resolve() for path in base}
    return sorted(path for path in every if len(path.parts) > 1 and path != Path("/usr"))

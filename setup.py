"""The archives of a release have the same bytes wherever they are built.

pyproject.toml describes the package. This file is only for what setuptools takes from the machine:
permissions (the umask), the owner, and the order and the time of files. The time is
SOURCE_DATE_EPOCH, which `make supply` sets to that of the commit; without it, it is now.
`make supply` builds everything twice, in different surroundings, and compares.
"""

import gzip
import os
import shutil
import tarfile
import time
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

#: What the release was tested with, as PEP 770 places it: setuptools has no setting for that yet.
SBOM = Path("sbom.cdx.json")


def mode_of(path: Path) -> int:
    """Return the permissions of a file or folder: they are never those of the umask."""
    executable = path.is_dir() or path.suffix in {".so", ".pyd"} or path.stat().st_mode & 0o100
    return 0o755 if executable else 0o644


class ReproducibleSdist(sdist):
    """A tar file whose members are in order, belong to nobody, and have one time."""

    def make_archive(  # noqa: PLR0913, PLR0917  # its arguments are those of setuptools
        self,
        base_name: str,
        format: str,  # noqa: A002  # as above
        root_dir: str | None = None,
        base_dir: str | None = None,
        owner: str | None = None,  # noqa: ARG002  # as above
        group: str | None = None,  # noqa: ARG002  # as above
    ) -> str:
        """Write the archive, and return its name. Only .tar.gz is made here."""
        if format != "gztar":
            raise ValueError(f"a source distribution of labelsel is a .tar.gz, not {format!r}")
        top = Path(root_dir or ".", base_dir or ".")
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
        name = Path(f"{base_name}.tar.gz")
        name.parent.mkdir(parents=True, exist_ok=True)
        with (
            name.open("wb") as stream,
            # No name and no time in the header.
            gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted([top, *top.rglob("*")]):
                member = archive.gettarinfo(path, path.relative_to(top.parent).as_posix())
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                member.mtime = epoch
                member.mode = mode_of(path)
                if member.isfile():
                    with path.open("rb") as file:
                        archive.addfile(member, file)
                else:
                    archive.addfile(member)
        return str(name)


class ReproducibleWheel(bdist_wheel):
    """A wheel whose files have the same permissions everywhere, and that has its SBOM."""

    def write_wheelfile(self, wheelfile_base: str, *arguments: str, **settings: str) -> None:
        """Write WHEEL as setuptools does; it is the last file before the archive is made."""
        super().write_wheelfile(wheelfile_base, *arguments, **settings)
        sboms = Path(wheelfile_base, "sboms")
        sboms.mkdir(exist_ok=True)
        shutil.copyfile(SBOM, sboms / "labelsel.cdx.json")
        for path in Path(self.bdist_dir).rglob("*"):
            path.chmod(mode_of(path))


setup(cmdclass={"sdist": ReproducibleSdist, "bdist_wheel": ReproducibleWheel})

"""Parts of other projects' packages, read from their files: nothing of a package is imported.

A package is a wheel or a source archive in a folder. The functions and classes that matter are cut
out of one file, and run by themselves, so that no project needs what else it needs.
"""

import ast
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Package(NamedTuple):
    """The file of a package, and the version that its name has."""

    path: Path
    version: str

    def read(self, name: str) -> str:
        """Return the text of the one file whose path ends so."""
        if self.path.suffix == ".whl":
            with zipfile.ZipFile(self.path) as wheel:
                return wheel.read(name).decode()
        with tarfile.open(self.path) as archive:
            (member,) = [each for each in archive.getnames() if each.endswith(f"/{name}")]
            found = archive.extractfile(member)
            assert found is not None
            return found.read().decode()


def find_package(folder: Path, name: str) -> Package:
    """Return the package of a name in a folder."""
    stem = name.replace("-", "_")
    (path,) = [*folder.glob(f"{stem}-*.whl"), *folder.glob(f"{stem}-*.tar.gz")]
    return Package(
        path, path.name.removeprefix(f"{stem}-").removesuffix(".tar.gz").partition("-")[0]
    )


def cut_out(source: str, names: Sequence[str], given: Mapping[str, object]) -> dict[str, Any]:
    """Return functions, classes, constants and methods (``Class.method``) of a source text.

    Annotations are not evaluated. What the code needs from elsewhere is given.
    """
    body = [part for name in names for part in _find(ast.parse(source).body, name.split("."))]
    future = ast.parse("from __future__ import annotations").body
    module = ast.fix_missing_locations(ast.Module([*future, *body], []))
    found: dict[str, Any] = dict(given)
    exec(compile(module, "a project's own code", "exec"), found)  # noqa: S102  # that is what it is for
    return found


def _find(body: list[ast.stmt], path: list[str]) -> Iterator[ast.stmt]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name == path[0]:
                if len(path) == 1:
                    node.decorator_list = []
                    yield node
                else:
                    yield from _find(node.body, path[1:])
            case ast.Assign(targets=[ast.Name(id=name)]) if name == path[0]:
                yield node
            case _:
                pass

"""Objects of Flux and Argo CD that build folders with kustomize, and what they add to it.

Their controllers run in a cluster: the input only has the objects. Of the folder its path below
the root of a repository is known, and of the repository a name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = ["Deployer", "is_deployer", "read_deployers", "repository_paths"]

_FLUX: Final = "kustomize.toolkit.fluxcd.io"
_ARGO: Final = "argoproj.io"
_KINDS: Final = frozenset(
    {("Kustomization", _FLUX), ("Application", _ARGO), ("ApplicationSet", _ARGO)}
)
_PATCHES: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")
_AFFIXES: Final = ("namePrefix", "nameSuffix")


class Deployer(NamedTuple):
    """What an object adds to a folder that it builds.

    Attributes:
        owner: the object.
        path: the path of the folder below the root of its repository; empty if it is the root, or
            is not known.
        body: what it adds, with the fields of a Kustomization.
        builds: whether it builds the folder with kustomize, also if that has no Kustomization.
    """

    owner: Resource
    path: str
    body: dict[str, Data]
    builds: bool = False


def repository_paths(folder: str, lengths: Iterable[int]) -> Iterator[str]:
    """Yield the paths below the root of a repository that a folder, or one above it, may have.

    Nobody knows which folder is the root.

    Arguments:
        folder: the real path of the folder.
        lengths: how many names are in the paths.

    >>> list(repository_paths("/shop/apps/prod", [1, 2]))
    ['shop', 'apps', 'prod', 'shop/apps', 'apps/prod']
    """
    names = folder.strip("/").split("/")
    for length in lengths:
        for first in range(len(names) - length + 1):
            yield "/".join(names[first : first + length])


def is_deployer(resource: Resource) -> bool:
    """Return whether an object builds folders with kustomize, in a cluster.

    >>> from labelsel.kubernetes import Source
    >>> source = Source("a.yaml", 1, 1)
    >>> is_deployer(Resource("Application", f"{_ARGO}/v1alpha1", None, "a", {}, {}, {}, source))
    True
    """
    return (resource.kind, resource.group) in _KINDS


def read_deployers(resource: Resource) -> Iterator[Deployer]:
    """Yield what an object of Flux or Argo CD adds to each folder that it builds.

    What is no map where one must be may become anything, as labels that are none.
    """
    spec = resource.body.get("spec")
    if resource.kind == "ApplicationSet":
        spec = _field(_field(spec, "template"), "spec")
    if resource.group == _FLUX:
        metadata = _field(spec, "commonMetadata")
        labels = _field(metadata, "labels")
        body = {name: _field(spec, name) for name in (*_PATCHES, *_AFFIXES, "components")}
        body |= {"namespace": _field(spec, "targetNamespace"), "labels": [{"pairs": labels}]}
        body["commonAnnotations"] = _field(metadata, "annotations")
        yield Deployer(resource, _path(_field(spec, "path")), body, builds=True)
        return
    several = _field(spec, "sources")
    for source in [_field(spec, "source"), *(several if isinstance(several, list) else [several])]:
        build = _field(source, "kustomize")
        names = (
            "namespace",
            "commonLabels",
            "commonAnnotations",
            "components",
            *_AFFIXES,
            *_PATCHES,
        )
        yield Deployer(
            resource, _path(_field(source, "path")), {name: _field(build, name) for name in names}
        )


def _field(value: Data, name: str) -> Data:
    """Return a field of a map: of what is no map, that itself."""
    return value.get(name) if isinstance(value, dict) else value


def _path(value: Data) -> str:
    """Return a path below the root of a repository; empty if it is not known."""
    if not isinstance(value, str) or CERTAIN_PLACEHOLDER.search(value):
        return ""
    return posixpath.normpath(f"/{value}").lstrip("/")

"""Objects of Flux and Argo CD that build folders with kustomize, and what they add to it.

Their controllers run in a cluster: the input only has the objects. Of the folder its path below
the root of a repository is known, and of the repository a name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes import KustomizeChanges, Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.selection.deployer_kinds import DEPLOYER_KINDS, FLUX
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = [
    "Deployer",
    "read_deployers",
    "repository_paths",
]

_PATCHES: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")
_AFFIXES: Final = ("namePrefix", "nameSuffix")
_FIELDS: Final = ("commonAnnotations", "components", *_AFFIXES, *_PATCHES)
#: The fields of ``kustomize`` in an Application.
_OF_ARGO: Final = frozenset(
    {
        *(*_FIELDS, "namespace", "commonLabels", "labelWithoutSelector", "labelIncludeTemplates"),
        *("images", "replicas", "version", "kubeVersion", "apiVersions", "forceCommonLabels"),
        *("forceCommonAnnotations", "commonAnnotationsEnvsubst", "ignoreMissingComponents"),
    }
)
#: The fields of the spec of each kind of them, and of a source of an Application.
_IN_FLUX: Final = frozenset(
    {
        *(*_FIELDS, "commonMetadata", "targetNamespace", "path", "sourceRef", "interval", "prune"),
        *("decryption", "deletionPolicy", "dependsOn", "force", "healthCheckExprs", "healthChecks"),
        *(
            "ignore",
            "ignoreMissingComponents",
            "images",
            "kubeConfig",
            "postBuild",
            "retryInterval",
        ),
        *("serviceAccountName", "suspend", "timeout", "validation", "wait", "buildMetadata"),
    }
)
_IN_APPLICATION: Final = frozenset(
    {
        *("destination", "ignoreDifferences", "info", "project", "revisionHistoryLimit"),
        *("source", "sourceHydrator", "sources", "syncPolicy"),
    }
)
_IN_APPLICATION_SET: Final = frozenset(
    {
        *("applyNestedSelectors", "generators", "goTemplate", "goTemplateOptions"),
        *("ignoreApplicationDifferences", "preservedFields", "strategy", "syncPolicy"),
        *("template", "templatePatch"),
    }
)
#: Without ``plugin``, a program that may make anything.
_IN_SOURCE: Final = frozenset(
    {
        *("chart", "directory", "helm", "kustomize", "name", "path", "ref", "repoURL"),
        "targetRevision",
    }
)
_SPEC: Final[Path] = ("spec",)
_OF_FLUX: Final = (*_FIELDS, "commonMetadata", "targetNamespace")
_OF_APPLICATION: Final[tuple[Path, ...]] = (
    *(("source", "kustomize"), ("sources",), ("sourceHydrator",), ("destination", "namespace")),
)
#: The fields that decide what an object adds, and those that decide where it does, by kind.
_DECISIVE: Final[dict[str, tuple[Path, ...]]] = {
    FLUX: tuple((*_SPEC, name) for name in _OF_FLUX),
    "Application": tuple((*_SPEC, *path) for path in _OF_APPLICATION),
    "ApplicationSet": (
        *((*_SPEC, "template", *_SPEC, *path) for path in _OF_APPLICATION),
        *((*_SPEC, "templatePatch"), (*_SPEC, "generators")),
    ),
}
_PLACES: Final[tuple[Path, ...]] = (
    *((*_SPEC, "path"), (*_SPEC, "source", "path"), (*_SPEC, "template", *_SPEC, "source", "path")),
)


class Deployer(NamedTuple):
    """What an object adds to a folder that it builds.

    Attributes:
        owner: the object.
        path: the path of the folder below the root of its repository; empty if it is the root, or
            is not known.
        body: what it adds, with the fields of a Kustomization.
        builds: whether it builds the folder with kustomize, also if that has no Kustomization.
        is_open: whether it may change everything.
        namespace: where objects without a namespace go; empty if they stay.
    """

    owner: Resource
    path: str
    body: dict[str, Data]
    builds: bool = False
    is_open: bool = False
    namespace: str = ""

    def patched(self, changes: KustomizeChanges) -> Deployer:
        """Return what becomes of it by what kustomize may change of its object."""
        kind = FLUX if self.owner.group == FLUX else self.owner.kind
        is_open = any(map(changes.may_patch, _DECISIVE.get(kind, ())))
        if not is_open and not any(map(changes.may_patch, _PLACES)):
            return self
        return self._replace(path="", is_open=self.is_open or is_open)


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


def read_deployers(resource: Resource) -> Iterator[Deployer]:
    """Yield what an object of Flux or Argo CD adds to each folder that it builds.

    What is no map where one must be may become anything, as labels that are none.
    """
    spec = resource.body.get("spec")
    if resource.group_kind not in DEPLOYER_KINDS:  # one of them is a placeholder
        yield Deployer(resource, "", {}, is_open=True)
        return
    yield Deployer(resource, "", {})  # which adds nothing, but a patch may give it something
    if resource.group == FLUX:
        metadata = _field(spec, "commonMetadata")
        body = {name: _field(spec, name) for name in _FIELDS if name != "commonAnnotations"}
        body["labels"] = [{"pairs": _field(metadata, "labels")}]
        body["commonAnnotations"] = _field(metadata, "annotations")
        body["namespace"] = _field(spec, "targetNamespace")
        is_open = bool(body["components"]) or _has_unknown(spec, _IN_FLUX)
        is_open = is_open or _has_unknown(metadata, ("labels", "annotations"))
        yield Deployer(resource, _path(_field(spec, "path")), body, builds=True, is_open=is_open)
    elif resource.kind == "ApplicationSet":
        template = _field(_field(spec, "template"), "spec")
        yield from _read_application(resource, template)
        for each in _generator_templates(_field(spec, "generators")):
            yield from _read_application(resource, _merge(template, _field(each, "spec")))
        if _field(spec, "templatePatch") or _has_unknown(spec, _IN_APPLICATION_SET):
            yield Deployer(resource, "", {}, is_open=True)
    else:
        yield from _read_application(resource, spec)


def _read_application(owner: Resource, spec: Data) -> Iterator[Deployer]:
    """Yield what an Application adds to the folder of each of its sources."""
    if _has_unknown(spec, _IN_APPLICATION):
        yield Deployer(owner, "", {}, is_open=True)
    target = _field(_field(spec, "destination"), "namespace")
    namespace = target if isinstance(target, str | None) else str(target)
    several = _field(spec, "sources")
    dry = _field(_field(spec, "sourceHydrator"), "drySource")
    listed = several if isinstance(several, list) else [several]
    for source in [_field(spec, "source"), dry, *listed]:
        if source is None or (isinstance(source, dict) and _is_elsewhere(source)):
            continue
        build = _field(source, "kustomize")
        body = {name: _field(build, name) for name in (*_FIELDS, "namespace")}
        labels = _field(build, "commonLabels")
        flags = [_field(build, name) for name in ("labelWithoutSelector", "labelIncludeTemplates")]
        if flags[0]:
            body["labels"] = [{"pairs": labels, "includeTemplates": flags[1]}]
        else:
            body["commonLabels"] = labels
        is_known = build is None or (isinstance(build, dict) and build.keys() <= _OF_ARGO)
        is_known = is_known and all(isinstance(each, bool | None) for each in flags)
        is_known = is_known and not _has_unknown(source, _IN_SOURCE)
        yield Deployer(
            owner,
            _path(_field(source, "path")),
            body,
            is_open=not is_known or bool(body["components"]),
            namespace=namespace or "",
        )


def _has_unknown(value: Data, known: Collection[str]) -> bool:
    """Return whether a map has a field that nobody knows, which may be any of the others."""
    return isinstance(value, dict) and not value.keys() <= {*known}


def _is_elsewhere(source: dict[str, Data]) -> bool:
    """Return whether a source has no folder of manifests: a chart of a Helm repository, or files.

    Files are those to which the values of a chart refer.
    """
    return bool(source.get("chart")) or (bool(source.get("ref")) and not source.get("path"))


def _generator_templates(generators: Data) -> Iterator[Data]:
    """Yield the templates in generators, and in those that they combine.

    A generator that is no map, such as a placeholder, may have any.
    """
    waiting = [generators]
    while waiting:
        listed = waiting.pop()
        for generator in listed if isinstance(listed, list) else [listed]:
            for each in generator.values() if isinstance(generator, dict) else [generator]:
                if isinstance(each, dict):
                    waiting.append(each.get("generators", []))
                template = _field(each, "template")
                if template:
                    yield template


def _merge(base: Data, over: Data) -> Data:
    """Return a template with what a generator sets of it."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: _merge(base.get(key), each) for key, each in over.items()}
    return over or base


def _field(value: Data, name: str) -> Data:
    """Return a field of a map: of what is no map, that itself."""
    return value.get(name) if isinstance(value, dict) else value


def _path(value: Data) -> str:
    """Return a path below the root of a repository; empty if it is not known."""
    if not isinstance(value, str) or CERTAIN_PLACEHOLDER.search(value):
        return ""
    return posixpath.normpath(f"/{value}").lstrip("/")

"""Which objects belong together: those of one file, then those of one folder or kustomization.

An input may be a repository: samples that nobody applies together, several versions of one app.
So the partner of an object is looked for near the object first.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final

from labelsel.errors import SkippedWarning, require_each
from labelsel.kubernetes import Kind, Resource
from labelsel.lint.disjoint_sets import DisjointSets
from labelsel.lint.kustomizations import Kustomizations, is_kustomization_file
from labelsel.lint.real_paths import folder_of
from labelsel.requirements import Equals, Exists, NotEquals
from labelsel.selector import Everything, Selector, any_of, holds

__all__ = ["Distance", "Neighbors"]

#: Keys of indexes that no label has: the name of a label key begins with a letter or digit.
_FILE: Final = ".file"
_FOLDER: Final = ".folder"
_ROOT: Final = ".root"
#: The file that stands for all files of a folder that are alternatives to each other.
_VARIANT: Final = ".variant"
#: Each file may have the Namespace that it needs.
_REPEATED: Final = Kind("Namespace", "")
#: The folder of a chart that has its manifests.
_TEMPLATES: Final = "templates"
#: Labels that Helm charts give their objects.
_HELM: Final = ("helm.sh/chart", "chart")


class Distance(IntEnum):
    """How near two objects are to each other, by their files."""

    FILE = 0
    """In one file: nobody writes objects into one file that are not applied together."""

    FOLDER = 1
    """In one folder, or built by one kustomization or chart."""

    ELSEWHERE = 2
    """Neither: they may be alternatives, or samples that nobody applies together."""


class Neighbors:
    """The distances between the objects of an input.

    >>> from labelsel.kubernetes.model.resource import Source, TextLocation
    >>> def pod(file):
    ...     source = Source(file, 1, 1, TextLocation(b"", 0, json=False))
    ...     return Resource("Pod", "v1", None, "a", {}, {}, {}, source)
    >>> web, db, other = pod("shop/web.yaml"), pod("shop/db.yaml"), pod("blog/db.yaml")
    >>> near = Neighbors([web, db, other], [])
    >>> near.distance(web, web).name, near.distance(web, db).name, near.distance(web, other).name
    ('FILE', 'FOLDER', 'ELSEWHERE')

    Attributes:
        kustomizations: the Kustomizations of the input.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        skipped: Iterable[SkippedWarning],
        unread: Iterable[str] = (),
    ) -> None:
        objects, documents = list(resources), require_each(SkippedWarning, skipped)
        self._unread = [posixpath.normpath(each) for each in unread]
        files = [each.source.file for each in objects]
        self.kustomizations = Kustomizations(documents, [*files, *self._unread])
        charts = {folder_of(each.file) for each in documents if _is_chart(each.file)}
        by_file: dict[str, bool] = defaultdict(bool)
        for each in objects:
            by_file[_file(each)] |= not each.labels.keys().isdisjoint(_HELM)
        # What was not read of a chart are mostly its templates.
        of_charts = dict.fromkeys(self._unread, True) | by_file
        self._charts = {
            file: _chart_of(file, charts, of_helm=of_helm) for file, of_helm in of_charts.items()
        }
        self._variants = _variants(objects)
        self._roots_of = lru_cache(maxsize=None)(self._find_roots)
        self._levels_of = lru_cache(maxsize=None)(self._make_levels)
        self._is_unread_near = lru_cache(maxsize=None)(self._find_unread_near)

    def labels(self, resource: Resource) -> Mapping[str, str]:
        """Return the labels, illegal for objects, by which an index knows where an object is."""
        file = _file(resource)
        roots = dict.fromkeys(map(_root_key, self._roots_of(file)), "")
        variant = self._variants.name(file)
        return {_FILE: file, _FOLDER: _folder(resource), _VARIANT: variant, **roots}

    def levels(self, resource: Resource) -> tuple[Selector, Selector, Selector]:
        """Return a selector of `labels` for each `Distance`, for all objects that are so near."""
        return self._levels_of(_file(resource), _folder(resource))

    def distance(self, one: Resource, other: Resource) -> Distance:
        """Return how near two objects are."""
        labels, levels = self.labels(other), self.levels(one)
        return next(each for each in Distance if holds(levels[each], labels))

    def built_together(self, resource: Resource) -> Selector:
        """Return a selector of `labels` for the objects in the file, kustomization or chart."""
        file = _file(resource)
        return any_of([Equals(_FILE, file), *map(Exists, map(_root_key, self._roots_of(file)))])

    def applied_together(self, resource: Resource) -> Selector:
        """Return a selector of `labels` for the objects in the folder, but for alternatives.

        Two files of a folder that have one object in common are alternatives: nobody applies both.
        """
        variant = self._variants.name(_file(resource))
        return Equals(_FOLDER, _folder(resource)) & NotEquals(_VARIANT, variant)

    def is_unread_near(self, resource: Resource) -> bool:
        """Whether something that was not read may belong together with an object.

        It is in the folder of the object, below the folder of a Kustomization that builds the
        object, or in the same chart; or it is a Kustomization, which may build any file.
        """
        is_file = resource.source.location is not None
        return not is_file or self._is_unread_near(_file(resource))

    def _find_unread_near(self, file: str) -> bool:
        paths, roots = self.kustomizations.paths, self._roots_of(file)
        folder, builders = paths.folder_of(file), self.kustomizations.builders(file)
        return any(
            is_kustomization_file(each)
            or folder in {paths.folder_of(each), paths.place(each)}
            or any(_is_below(paths.place(each), builder) for builder in builders)
            or not roots.isdisjoint(self._roots_of(each))
            for each in self._unread
        )

    def _find_roots(self, file: str) -> frozenset[str]:
        chart = self._charts.get(file)
        return self.kustomizations.roots(file) | ({f"chart {chart}"} if chart else frozenset())

    def _make_levels(self, file: str, folder: str) -> tuple[Selector, Selector, Selector]:
        in_roots = map(Exists, map(_root_key, self._roots_of(file)))
        in_file = Equals(_FILE, file)
        return in_file, any_of([in_file, Equals(_FOLDER, folder), *in_roots]), Everything()


def _file(resource: Resource) -> str:
    """Return the file of an object. Objects that were not read from text have one in common."""
    return posixpath.normpath(resource.source.file) if resource.source.document else ""


def _folder(resource: Resource) -> str:
    """Return the folder of an object's file. What is not from a file is near nothing else."""
    source = resource.source
    return folder_of(source.file) if source.location else f"{_file(resource)} (no file)"


def _variants(objects: Iterable[Resource]) -> DisjointSets:
    """Return the files, joined where two in one folder have an object in common."""
    variants = DisjointSets()
    first: dict[tuple[object, ...], str] = {}
    for each in objects:
        if each.group_kind != _REPEATED:
            identity = _folder(each), each.group_kind, each.namespace, each.name
            variants.join(_file(each), first.setdefault(identity, _file(each)))
    return variants


def _is_below(file: str, folder: str) -> bool:
    """Whether a real path is below that of a folder.

    >>> _is_below("/shop/a.yaml", "/shop"), _is_below("/shop2/a.yaml", "/shop")
    (True, False)
    """
    return file.startswith(f"{folder}/")


def _root_key(root: str) -> str:
    return f"{_ROOT}/{root}"


def _is_chart(file: str) -> bool:
    return posixpath.basename(file) == "Chart.yaml"


def _chart_of(file: str, charts: set[str], *, of_helm: bool) -> str | None:
    """Return the folder of the chart that a file is a part of, if it is one."""
    above, found, _ = folder_of(file).rpartition(_TEMPLATES)
    above = posixpath.normpath(above)
    return above if found and (of_helm or above in charts) else None

"""What kustomize does to the files of an input, as far as its Kustomizations say.

The Kustomizations are not objects of a cluster, so reading skips them; their data is in the
`SkippedWarning`. A file that a Kustomization names may get labels and a namespace that the file
does not have, and a file that holds a patch holds no whole object.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Final, TypeAlias

from labelsel.errors import Path, SkippedWarning
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.skipping import KUSTOMIZATION_FILES
from labelsel.kubernetes.selection.deployer_kinds import is_deployer
from labelsel.kubernetes.selection.kustomize_changes import DELETED, KustomizeChanges
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.deployers import (
    Deployer,
    read_deployers,
    repository_paths,
)
from labelsel.lint.kustomize_patches import (
    AFFIXES,
    ANY_CHANGE,
    KustomizePatch,
    PatchIndex,
    has_only,
    is_local,
    read_patches,
    union,
)
from labelsel.lint.real_paths import RealPaths
from labelsel.lint.selector_parts import requires_nothing

__all__ = ["Kustomizations", "is_kustomization_file"]

_KINDS: Final = frozenset({"Kustomization", "Component"})
_GROUP: Final = "kustomize.config.k8s.io/"
#: The fields that list files and folders of objects.
_LISTS: Final = ("resources", "bases", "components")
#: The fields whose entries are files of patches and the like, or hold their text.
_PATCHES: Final = (
    *("patches", "patchesStrategicMerge", "patchesJson6902", "replacements"),
    *("transformers", "generators", "configurations", "validators"),
)
#: With one of these fields kustomize makes objects that no file has.
_GENERATORS: Final = ("helmCharts", "helmChartInflationGenerator", "generators")
#: The fields that make ConfigMaps and Secrets, and those of their fields that name no files. Any
#: other one may be meant as one that does: files, envs, env.
_TEXT_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
_WITHOUT_FILES: Final = frozenset(
    {"name", "namespace", "behavior", "literals", "options", "type", "immutable"}
)
#: All fields of a Kustomization, in all versions of kustomize. It refuses any other one.
_FIELDS: Final = frozenset(
    {
        *("apiVersion", "kind", "metadata", *_LISTS, *_PATCHES, *_GENERATORS),
        *("namespace", "namePrefix", "nameSuffix", "commonLabels", "labels", "commonAnnotations"),
        *("images", "imageTags", "replicas", "vars", "crds", "openapi", "helmGlobals", "inventory"),
        *(*_TEXT_GENERATORS, "generatorOptions", "buildMetadata"),
        *("sortOptions",),
    }
)
#: kustomize reads an entry from the disk if there is such a file, unless it is a whole address.
#: Other addresses, as github.com/a/b, are paths of files that are not there.
_ADDRESS: Final = re.compile(r"[a-z+]+://")

#: The kinds to which kustomize adds a selector, the common labels, where they have none.
_GIVEN_SELECTORS: Final = frozenset(
    {"DaemonSet", "Deployment", "ReplicaSet", "Service", "StatefulSet"}
)
_OWN_SELECTOR: Final[Path] = ("spec", "selector")
_SELECTOR: Final = re.compile(r"[a-z]*selector[a-z]*")

#: What is known about a Kustomization: a label, a namespace, a root, or one of the two below.
_Fact: TypeAlias = tuple[str, ...]
#: Objects come from elsewhere: also those that a selector in another file is for.
_ADDS: Final[_Fact] = ("adds",)
#: Patches and the like change objects, in ways that are not read here.
_CHANGES: Final[_Fact] = ("changes",)
#: What is put before a name, and behind it.
_Affix: TypeAlias = tuple[str, str]
#: The affix of names that may become any; no legal name has it.
_ANY_AFFIX: Final[_Affix] = ("*", "")
#: So many affixes of the names in one folder are kept apart.
_MAX_AFFIXES: Final = 1000
_Facts: TypeAlias = dict[str, frozenset[_Fact]]
#: What is changed of all objects of a file, and the patches of some of them.
_FileChanges: TypeAlias = tuple[KustomizeChanges, PatchIndex]


def is_kustomization_file(file: str) -> bool:
    """Whether the name of a file is one that kustomize reads by itself.

    >>> is_kustomization_file("shop/kustomization.yaml"), is_kustomization_file("web.yaml")
    (True, False)
    """
    return posixpath.basename(file) in KUSTOMIZATION_FILES


class Kustomizations:
    """The Kustomizations and Components of an input, and the files that they name.

    >>> data = {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1",
    ...         "resources": ["web.yaml"], "commonLabels": {"app": "web"}, "namespace": "shop"}
    >>> skipped = SkippedWarning("a/kustomization.yaml", "not an object", data=data)
    >>> known = Kustomizations([skipped], files=["a/web.yaml"])
    >>> known.pod_labels("a/web.yaml"), known.sets_namespace("a/web.yaml")
    ({('app', 'web')}, True)

    Arguments:
        skipped: what was left out as it holds no objects, with the Kustomizations.
        files: the files with objects.
        objects: the objects, of which some are patches, or of Flux and Argo CD.
        unread: the files that were not read, or not whole.
        open_files: those of them that may have an object of Flux or Argo CD, which may change
            everything.

    Attributes:
        paths: finds the real paths of files and folders, by which files are compared.
    """

    def __init__(
        self,
        skipped: Iterable[SkippedWarning],
        files: Iterable[str],
        objects: Iterable[Resource] = (),
        unread: Iterable[str] = (),
        open_files: Iterable[str] = (),
    ) -> None:
        documents = list(skipped)
        self.paths = RealPaths()
        self._known_files = {self.paths.file(file) for file in files}
        self._known_files |= {self.paths.file(each.file) for each in documents}
        self._data: dict[str, list[Data]] = defaultdict(list)
        for each in documents:
            self._data[self.paths.file(each.file)].append(each.data)
        #: Of patches that are objects, the data of each file.
        self._bodies: dict[str, list[Data]] = defaultdict(list)
        deployers: list[Deployer] = []
        for item in objects:
            self._bodies[self.paths.file(item.source.file)].append(item.body)
            deployers += read_deployers(item) if is_deployer(item) else ()
        left_out = set(unread)
        self._unread = set(map(self.paths.file, left_out))
        self._unread_own = {*filter(is_kustomization_file, left_out), *open_files}
        self._unread_own |= {each.file for each in documents if _may_be_anything(each)}
        #: The Kustomizations of a folder, of which kustomize refuses more than one.
        own: dict[str, list[dict[str, Data]]] = defaultdict(list)
        self._own_files: dict[str, set[str]] = defaultdict(set)
        for each in filter(_is_kustomization, documents):
            folder = self.paths.folder_of(each.file)
            own[folder].append(each.data)
            self._own_files[folder].add(each.file)
        self._folders = frozenset(own)
        #: What a Kustomization adds that is not in the input, by folder.
        self._missing: dict[str, list[str]] = defaultdict(list)
        #: The files of which a Kustomization makes ConfigMaps and Secrets, by folder.
        self._text_files: dict[str, list[str]] = defaultdict(list)
        self._patches_of: dict[str, list[KustomizePatch]] = defaultdict(list)
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._patches: set[str] = set()
        #: By folder without a Kustomization in the input: the folders whose Kustomizations list it.
        self._users_of_unread: dict[str, set[str]] = defaultdict(set)
        self._in_folder: dict[str, frozenset[_Fact]] = {}
        #: The folders that a Kustomization lists, and those of its Components.
        self._children: dict[str, list[str]] = defaultdict(list)
        self._components: dict[str, list[str]] = defaultdict(list)
        facts = {folder: self._read_folder(folder, bodies) for folder, bodies in own.items()}
        self._of_owners: dict[frozenset[str], frozenset[_Fact]] = {}
        self._changes_by_facts: dict[frozenset[_Fact], _FileChanges] = {}
        self._facts = self._spread_all(facts) if deployers else {}
        # A Kustomization may change the objects of Flux and Argo CD themselves.
        self._read_deployers([each.patched(self._patches_for(each.owner)) for each in deployers])
        self._of_owners.clear()
        self._changes_by_facts.clear()
        for folder in facts:
            facts[folder] |= self._deployed_facts(folder)
        self._facts = self._spread_all(facts)
        affixes = {folder: frozenset(map(_affix, bodies)) for folder, bodies in own.items()}
        for folder, found in _spread_affixes(affixes, self._children).items():
            self._facts[folder] |= {("affix", *each) for each in found}
        self._changes_of: dict[tuple[str, str, str, bool, bool], KustomizeChanges | None] = {}

    def is_patch(self, file: str) -> bool:
        """Whether a file holds patches, and so no whole objects."""
        path = self.paths.file(file)
        return path in self._patches and path not in self._owners

    def pod_labels(self, file: str) -> set[tuple[str, str]]:
        """Return the labels that the pods of the workloads in a file get."""
        return {(fact[1], fact[2]) for fact in self._facts_of(file) if fact[0] == "pod label"}

    def adds_selector(self, resource: Resource) -> bool:
        """Whether an object has no selector, and gets one: common labels are a selector, too."""
        file, selector = resource.source.file, value_at(resource.body, _OWN_SELECTOR)
        gets_one = any(fact[0] == "selector label" for fact in self._facts_of(file))
        return gets_one and resource.kind in _GIVEN_SELECTORS and requires_nothing(selector)

    def object_labels(self, file: str) -> set[tuple[str, str]]:
        """Return the labels that the objects in a file get."""
        return {(fact[1], fact[2]) for fact in self._facts_of(file) if fact[0] == "label"}

    def patched_selectors(self, file: str) -> frozenset[str]:
        """Return the words with ``selector`` in the patches of the objects in a file.

        They are in lower case. ``*`` stands for a patch that was not read. Of patches that are
        objects only the file is known: see `is_patch`.
        """
        return frozenset(fact[1] for fact in self._facts_of(file) if fact[0] == "patches")

    def namespaces(self, file: str) -> frozenset[str]:
        """Return the namespaces to which the objects of a file are moved."""
        return frozenset(fact[1] for fact in self._facts_of(file) if fact[0] == "namespace")

    def sets_namespace(self, file: str) -> bool:
        """Whether the objects in a file are moved to another namespace."""
        return bool(self.namespaces(file))

    def is_open(self, file: str) -> bool:
        """Whether kustomize adds objects to those in a file, or changes them by patches."""
        return not self._facts_of(file).isdisjoint({_ADDS, _CHANGES})

    def roots(self, file: str) -> frozenset[str]:
        """Return the real paths of the folders whose Kustomizations build a file.

        They are those that no other Kustomization lists.
        """
        return frozenset(fact[1] for fact in self._facts_of(file) if fact[0] == "root")

    def builders(self, file: str) -> frozenset[str]:
        """Return the folders whose Kustomizations list a file, and those of its roots."""
        return self.roots(file).union(self._owners.get(self.paths.file(file), ()))

    def changes(self, resource: Resource) -> KustomizeChanges | None:
        """Return what may become of an object; None if no Kustomization changes it.

        Complexity: O(1) for an object that was asked for before, else as `PatchIndex.paths`.
        """
        own = is_local(resource, frozenset()), resource.namespace is None
        key = resource.source.file, resource.kind, resource.name, *own
        if key not in self._changes_of:
            self._changes_of[key] = self._find_changes(resource)
        return self._changes_of[key]

    def _patches_for(self, resource: Resource) -> KustomizeChanges:
        """Return the patches of Kustomizations, without Flux and Argo CD, for an object."""
        _, index = self._changes_in(self._facts_of(resource.source.file))
        return KustomizeChanges(patches=index.paths(resource))

    def _changes_in(self, facts: frozenset[_Fact]) -> _FileChanges:
        if facts not in self._changes_by_facts:
            self._changes_by_facts[facts] = self._read_facts(facts)
        return self._changes_by_facts[facts]

    def _find_changes(self, resource: Resource) -> KustomizeChanges | None:
        file = resource.source.file
        facts = union([self._facts_of(file), self._facts_in(self.paths.folder_of(file))])
        plain, index = self._changes_in(facts)
        if resource.namespace is None and is_namespaced(resource.group_kind) is not False:
            given = {fact[1] for fact in facts if fact[0] == "default namespace"}
            if given != {namespace_of(resource)}:
                plain = replace(plain, namespaces=plain.namespaces | given)
        patches = index.paths(resource)
        found = replace(plain, patches=patches, patch_files=plain.patch_files if patches else ())
        builders = {fact[1] for fact in facts if fact[0] in {"root", "builder"}}
        if builders and is_local(resource, found.patches) and not found.may_patch(DELETED):
            files = found.files or self._files_of(builders)
            found = replace(found, files=files, patches=found.patches | {DELETED})
        if self._unread_own:  # which objects it is for, and what it does, nobody knows
            files = tuple(sorted(self._unread_own.union(found.files)))
            unread = tuple(sorted(self._unread_own))
            return replace(found, files=files, patches=ANY_CHANGE.paths, patch_files=unread)
        return None if replace(found, files=()) == KustomizeChanges() else found

    def _read_facts(self, facts: frozenset[_Fact]) -> _FileChanges:
        folders = sorted(fact[1] for fact in facts if fact[0] == "by")
        plain = KustomizeChanges(
            files=self._files_of(folders),
            patch_files=self._files_of(each for each in folders if self._patches_of[each]),
            namespaces=frozenset(fact[1] for fact in facts if fact[0] == "namespace"),
            labels=_pairs(facts, "label"),
            pod_labels=_pairs(facts, "pod label"),
            selector_labels=_pairs(facts, "selector label"),
            affixes=_all_affixes(_pairs(facts, "affix"), _pairs(facts, "outer affix")),
        )
        return plain, PatchIndex(patch for each in folders for patch in self._patches_of[each])

    def _files_of(self, folders: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(file for folder in folders for file in self._own_files[folder]))

    def additions(self) -> Iterator[tuple[str, str, str]]:
        """Yield what Kustomizations add to the objects of the input, and what nobody has read.

        Each is the file of a Kustomization, what it names, and the path of that if it is below the
        folder of the Kustomization, else an empty one. It names files and folders that are not in
        the input, addresses, or fields that make objects.
        """
        for folder, entries in self._missing.items():
            for entry in entries:
                is_path = entry not in _GENERATORS and not _ADDRESS.match(entry)
                if self._file(folder, entry) not in self._unread:
                    path = _path_below(folder, entry) if is_path else ""
                    yield min(self._own_files[folder]), entry, path

    def text_files(self) -> Iterator[tuple[str, str, str]]:
        """Yield the files of which Kustomizations make ConfigMaps and Secrets, as `additions`."""
        for folder, entries in self._text_files.items():
            for entry in entries:
                yield min(self._own_files[folder]), entry, _path_below(folder, entry)

    def _facts_of(self, file: str) -> frozenset[_Fact]:
        owners = frozenset(self._owners.get(self.paths.file(file), ()))
        if owners not in self._of_owners:
            facts = (self._facts[owner] for owner in owners)
            self._of_owners[owners] = union(facts)
        return self._of_owners[owners]

    def _facts_in(self, folder: str) -> frozenset[_Fact]:
        """Return what may be done to all files in a folder, listed by a Kustomization or not.

        A Kustomization may list the folder, or one above, of which no Kustomization was read. That
        one most likely lists the files.
        """
        if folder not in self._in_folder:
            users: set[str] = set()
            above = folder
            while self._users_of_unread and above not in {"", "/"}:
                users |= self._users_of_unread.get(above, set())
                above = posixpath.dirname(above)
            facts = (self._facts[user] for user in users)
            self._in_folder[folder] = union([self._deployed_facts(folder), *facts])
        return self._in_folder[folder]

    def _read_deployers(self, deployers: Iterable[Deployer]) -> None:
        """Record what Flux and Argo CD change, by the path of the folder that they build."""
        found: dict[str, set[_Fact]] = defaultdict(set)
        for number, each in enumerate(deployers):
            key = f"deployer {number}"
            patches = list(read_patches(each.body, lambda _file: None))
            if each.is_open:
                patches.append(ANY_CHANGE)
            facts = {*_own_facts(each.body)} - {_CHANGES}
            if each.namespace:
                facts.add(("default namespace", each.namespace))
            if any(_affix(each.body)):
                facts.add(("outer affix", *_affix(each.body)))
            self._own_files[key].add(each.owner.source.file)
            if each.builds:
                found[each.path].add(("builder", key))
            if facts or patches:
                self._patches_of[key] = patches
                found[each.path] |= {*facts, ("by", key)}
        self._lengths = {path.count("/") + 1 for path in found if path}
        folders = {posixpath.dirname(file) for file in self._known_files} if found else ()
        present = {path for each in folders for path in repository_paths(each, self._lengths)}
        # Without a folder of its path the input may be a part of the repository.
        everywhere = (facts for path, facts in found.items() if path not in present)
        self._deployed_everywhere = frozenset[_Fact]().union(*everywhere)
        self._deployed = {path: frozenset(found[path]) for path in present & found.keys()}

    def _deployed_facts(self, folder: str) -> frozenset[_Fact]:
        """Return what Flux and Argo CD do to the objects in a folder."""
        paths = repository_paths(folder, self._lengths)
        found = [self._deployed[path] for path in paths if path in self._deployed]
        return union([self._deployed_everywhere, *found])

    def _read_folder(self, folder: str, bodies: list[dict[str, Data]]) -> set[_Fact]:
        """Return what the Kustomizations of a folder do.

        kustomize reads one of them or refuses them. So what one of several does may be done or
        not, and what is known of the objects is only that they may change.
        """
        facts = {fact for body in bodies for fact in self._read(folder, body)}
        is_sure = all(body == bodies[0] for body in bodies)
        if not is_sure and (facts - {_CHANGES, _ADDS} or self._patches_of[folder]):
            self._patches_of[folder].append(ANY_CHANGE)
        renames = any(map(any, map(_affix, bodies)))
        if facts - {_CHANGES} or self._patches_of[folder] or renames:
            facts.add(("by", folder))
        return facts

    def _read(self, folder: str, body: Mapping[str, Data]) -> set[_Fact]:
        facts: set[_Fact] = set(_own_facts(body))
        self._patches_of[folder] += read_patches(body, partial(self._documents, folder))
        listed = [entry for field in _LISTS for entry in _strings(body.get(field))]
        missing = [entry for entry in listed if not self._add_entry(folder, entry)]
        missing += [field for field in _GENERATORS if body.get(field)]
        self._missing[folder] += missing
        self._text_files[folder] += _text_files(body)
        if missing:
            facts.add(_ADDS)
        components = _strings(body.get("components"))
        self._components[folder] += [self._folder(folder, entry) for entry in components]
        for field in _PATCHES:
            files = {self._file(folder, file) for file in _patch_files(body.get(field))}
            self._patches |= files
            facts |= {("patches", word) for word in self._selector_words(body.get(field), files)}
        return facts

    def _file(self, folder: str, entry: str) -> str:
        """Return the path of a file that a Kustomization names."""
        return self.paths.file(_join(folder, entry))

    def _folder(self, folder: str, entry: str) -> str:
        """Return the path of a folder that a Kustomization names."""
        return self.paths.folder(_join(folder, entry))

    def _documents(self, folder: str, file: str) -> list[Data] | None:
        """Return the documents of a file of patches; None if it was not read whole."""
        path = self._file(folder, file)
        if path in self._unread:
            return None
        return [*self._data.get(path, ()), *self._bodies.get(path, ())] or None

    def _selector_words(self, patches: Data, files: Iterable[str]) -> Iterator[str]:
        """Yield the words with ``selector`` in some patches and in their files."""
        texts = [patches]
        for file in files:
            texts += self._data.get(file, ())
            if file not in self._known_files:
                yield "*"
        for text in filter(None, texts):
            yield from _SELECTOR.findall(json.dumps(text).lower())

    def _add_entry(self, folder: str, entry: str) -> bool:
        """Record a file or a folder that a Kustomization lists; return whether it is known."""
        child, file = self._folder(folder, entry), self._file(folder, entry)
        if child in self._folders:
            self._children[folder].append(child)
        elif file in self._known_files and not _ADDRESS.match(entry):
            self._owners[file].add(folder)
        else:
            if not _ADDRESS.match(entry):
                self._users_of_unread[child].add(folder)
            return False
        return True

    def _spread_all(self, own: Mapping[str, Iterable[_Fact]]) -> _Facts:
        """Return what holds for the files of each folder: also by its parents and Components."""
        facts = {folder: frozenset(found) for folder, found in own.items()}
        parents, users = _reversed(self._children), _reversed(self._components)
        facts = _spread(facts, users)
        facts = _spread(facts, parents, only=_ADDS)
        for folder in facts:
            if not parents.get(folder):
                facts[folder] |= {("root", folder)}
        return _spread(facts, self._children)


def _is_kustomization(skipped: SkippedWarning) -> bool:
    body = skipped.data
    if not isinstance(body, dict):
        return False
    if is_kustomization_file(skipped.file):
        return True
    return body.get("kind") in _KINDS and str(body.get("apiVersion")).startswith(_GROUP)


def _may_be_anything(skipped: SkippedWarning) -> bool:
    """Return whether nobody knows what a Kustomization lists, and so what it changes.

    1. kustomize would refuse it, as a list that is one word. It may be a placeholder.
    2. A field that nobody knows, or a key that is a placeholder, may become any field.
    """
    body = skipped.data
    if not _is_kustomization(skipped):
        return is_kustomization_file(skipped.file) and body is not None
    lists = [body.get(field) for field in _LISTS]
    return not has_only(body, _FIELDS) or not all(
        each is None or (isinstance(each, list) and len(_strings(each)) == len(each))
        for each in lists
    )


def _own_facts(body: Mapping[str, Data]) -> Iterator[_Fact]:
    for key, value in _labels(body.get("commonLabels")):
        yield from ((what, key, value) for what in ("label", "pod label", "selector label"))
    entries = body.get("labels")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            for key, value in _labels(entry.get("pairs")):
                yield ("label", key, value)
                if entry.get("includeSelectors") or entry.get("includeTemplates"):
                    yield ("pod label", key, value)
                if entry.get("includeSelectors"):
                    yield ("selector label", key, value)
    namespace = body.get("namespace")
    if isinstance(namespace, str) and namespace:
        yield ("namespace", namespace)
    if any(body.get(field) for field in _PATCHES):
        yield _CHANGES


def _pairs(facts: Iterable[_Fact], name: str) -> frozenset[tuple[str, str]]:
    return frozenset((fact[1], fact[2]) for fact in facts if fact[0] == name)


def _affix(body: Mapping[str, Data]) -> _Affix:
    prefix, suffix = (
        value if isinstance(value, str) else "" for value in (body.get(field) for field in AFFIXES)
    )
    return prefix, suffix


def _join_affixes(outer: _Affix, inner: _Affix) -> _Affix:
    is_any = _ANY_AFFIX in (outer, inner)
    return _ANY_AFFIX if is_any else (outer[0] + inner[0], inner[1] + outer[1])


def _all_affixes(inner: frozenset[_Affix], outer: frozenset[_Affix]) -> frozenset[_Affix]:
    """Return the affixes by Kustomizations and by Flux and Argo CD, which come last."""
    nothing = ("", "")
    pairs = product(outer | {nothing}, inner | {nothing})
    return frozenset(_join_affixes(*pair) for pair in pairs) - {nothing}


def _spread_affixes(
    own: Mapping[str, frozenset[_Affix]], children: Mapping[str, Iterable[str]]
) -> dict[str, frozenset[_Affix]]:
    """Return the affixes that each Kustomization, and those above it, put around names.

    Folders that list each other in a circle, and more affixes than can be kept apart, are any.
    """
    found = dict(own)
    waiting = deque(folder for folder, affixes in own.items() if any(map(any, affixes)))
    while waiting:
        folder = waiting.popleft()
        for child in children.get(folder, ()):
            new = {_join_affixes(*pair) for pair in product(found[folder], own[child])}
            if new <= found[child] or _ANY_AFFIX in found[child]:
                continue
            every = found[child] | new
            is_known = len(every) <= _MAX_AFFIXES and _ANY_AFFIX not in every
            found[child] = every if is_known else frozenset({_ANY_AFFIX})
            waiting.append(child)
    return found


def _labels(value: Data) -> list[tuple[str, str]]:
    entries = value.items() if isinstance(value, dict) else ()
    return [(key, each) for key, each in entries if isinstance(key, str) and isinstance(each, str)]


def _strings(value: Data) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _text_files(body: Mapping[str, Data]) -> Iterator[str]:
    """Yield the files of which a Kustomization makes ConfigMaps and Secrets.

    A generator that is no map, such as a placeholder, may name any; its text stands for them.
    """
    for field in _TEXT_GENERATORS:
        generators = body.get(field) or []
        for each in generators if isinstance(generators, list) else [generators]:
            fields = each if isinstance(each, dict) else {"files": each}
            for files in (value for name, value in fields.items() if name not in _WITHOUT_FILES):
                for file in files if isinstance(files, list) else [files]:
                    if file is not None:
                        # The key in the ConfigMap may be before the path.
                        yield str(file).rpartition("=")[2]


def _path_below(folder: str, entry: str) -> str:
    """Return the path of a file that a Kustomization names; empty if it is not below its folder."""
    path = posixpath.normpath(_join(folder, entry))
    return path if path.startswith(f"{folder}/") else ""


def _patch_files(value: Data) -> Iterator[str]:
    """Yield the files in a list of patches. An entry of several lines is itself a patch."""
    for entry in value if isinstance(value, list) else ():
        path = entry.get("path") if isinstance(entry, dict) else entry
        if isinstance(path, str) and "\n" not in path:
            yield path


def _join(folder: str, entry: str) -> str:
    return posixpath.join(folder, entry)


def _reversed(edges: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for start, ends in edges.items():
        for end in ends:
            found[end].append(start)
    return found


def _spread(
    facts: Mapping[str, frozenset[_Fact]],
    edges: Mapping[str, Iterable[str]],
    only: _Fact | None = None,
) -> _Facts:
    """Return the facts after each folder has passed its own on along the edges.

    Folders may list each other in a circle, which kustomize refuses: a folder passes facts on
    again only if it got new ones.
    """
    spread = dict(facts)
    waiting = deque(spread)
    while waiting:
        folder = waiting.popleft()
        passed = spread[folder] if only is None else spread[folder] & {only}
        for other in edges.get(folder, ()):
            if not passed <= spread[other]:
                spread[other] |= passed
                waiting.append(other)
    return spread

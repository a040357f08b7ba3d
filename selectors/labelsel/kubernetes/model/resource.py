"""A Kubernetes object that carries labels, and the checks that make an object of data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, TypeAlias

from labelsel.errors import ManifestError, Path, Problem, join_problems, path_text, quote
from labelsel.errors import describe as describe_value
from labelsel.kubernetes.model.document import Data, Document, Spelling
from labelsel.kubernetes.model.kinds import Kind, groups_of
from labelsel.kubernetes.model.scalars import nulls_as_empty, resolve
from labelsel.typos import is_one_typo_apart

__all__ = [
    "Resource",
    "Source",
    "TextLocation",
    "find_misspelling",
    "group_of",
    "make_resource",
    "problem_of_other",
    "snake_case_problem",
    "version_of",
]


HOW_TO_READ: Final = "read objects with labelsel.kubernetes.Inventory.of() or read_manifests()"
"""What to do with an object that is no Resource."""


@dataclass(frozen=True, slots=True)
class TextLocation:
    """Where the text of an object is in its file; whoever edits the text needs it.

    Attributes:
        version: a digest of the file as it was read.
        offset: where the document begins, in characters behind a byte order mark.
        json: whether the document was read as JSON.
        path: the path of the object in the document: ``("items", 2)`` for the third object of
            a List, and the empty path if the object is the whole document.
        target: what the file is a link to, if the link was found in a folder. The object cannot be
            edited then: the user did not name the target.

    >>> TextLocation(b"", 0, json=False).item(2).path
    ('items', 2)
    """

    version: bytes
    offset: int
    json: bool
    path: Path = ()
    target: str | None = None

    def item(self, number: int) -> TextLocation:
        """Return the location of an item of the List at this location."""
        return replace(self, path=(*self.path, "items", number))


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object was read.

    Attributes:
        file: the file's name as the caller gave it; a name in words if it is not from a file.
        document: the number of the document in the file, from 1; 0 if it was not read from text.
        line: the line of the file that the object begins on, from 1; 0 if it has none.
        location: where the text of the object is; None if nobody can write there, as on
            standard input. Two sources are equal whatever their locations.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> str(Source("shop/web.yaml", document=2, line=14))
    'shop/web.yaml:14'
    >>> from labelsel.kubernetes import Inventory
    >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> pod.source
    Source(file='object', document=0, line=0)
    """

    file: str
    document: int
    line: int
    location: TextLocation | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Resource:
    """One Kubernetes object, read from a manifest or from an object of a client.

    `read_manifests` and `Inventory` make Resources, and check what they read.

    Attributes:
        kind: as written, ``Deployment``.
        api_version: as written, ``apps/v1``.
        namespace: None if the manifest names none, whether or not the kind has namespaces.
        name: ``metadata.name``; without one, ``metadata.generateName``, which is the beginning
            of the name that the API server will give the object.
        labels: what label selectors see; never None.
        annotations: what no label selector sees; never None.
        body: the whole object, with its keys in the order of the manifest. YAML aliases share
            parts of it: copy the body before you change it.
        source: where the object was read.

    Raises:
        Nothing. The fields are taken as they are.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, Source
    >>> [web] = Inventory.of({"kind": "Deployment", "apiVersion": "apps/v1",
    ...     "metadata": {"name": "web", "labels": {"app": "web"}}})
    >>> web.name, web.namespace, web.labels
    ('web', None, {'app': 'web'})
    >>> Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)).reference
    'pod/a'
    """

    kind: str
    api_version: str
    namespace: str | None
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    body: dict[str, Data]
    source: Source

    @property
    def group(self) -> str:
        """The API group, such as ``apps``; empty for the core group, whose version is ``v1``.

        Raises:
            Nothing.

        Complexity: O(1).

        >>> from labelsel.kubernetes import Source
        >>> Resource("Deployment", "apps/v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)).group
        'apps'
        """
        return group_of(self.api_version)

    @property
    def group_kind(self) -> Kind:
        """The kind and its group, which identify a kind; the version does not.

        Raises:
            Nothing.

        Complexity: O(1).

        >>> from labelsel.kubernetes import Source
        >>> Resource("Job", "batch/v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)).group_kind
        Kind(kind='Job', group='batch')
        """
        return Kind(self.kind, self.group)

    @property
    def reference(self) -> str:
        """The name with its kind, as kubectl prints and reads it: ``deployment.apps/web``.

        Raises:
            Nothing.

        Complexity: O(1).

        >>> from labelsel.kubernetes import Source
        >>> Resource("Job", "batch/v1", None, "load", {}, {}, {}, Source("a.yaml", 1, 1)).reference
        'job.batch/load'
        """
        kind = self.kind.lower()
        return f"{kind}.{self.group}/{self.name}" if self.group else f"{kind}/{self.name}"

    def fault(self, *problems: str | Problem) -> ManifestError:
        """Return the error that says what is wrong with this object, and where it was read.

        Arguments:
            problems: a `Problem` for a part of the object, a text for the whole object.

        Raises:
            Nothing. The error is returned.

        Complexity: O(n) for n problems.

        >>> from labelsel import Problem
        >>> from labelsel.kubernetes import Source
        >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
        >>> print(web.fault(Problem(("spec", "selector"), "must be a map", 1)))
        a.yaml, document 1 (line 1): Deployment/web: spec.selector: must be a map
        """
        return ManifestError(
            self.source.file,
            f"{self.kind}/{self.name}: {join_problems(problems)}",
            document=self.source.document or None,
            line=self.source.line or None,
            problems=[one for one in problems if isinstance(one, Problem)],
        )


def group_of(api_version: str) -> str:
    """Return the API group of an apiVersion; empty for the core group.

    >>> group_of("apps/v1"), group_of("v1")
    ('apps', '')
    """
    return api_version.rpartition("/")[0]


def version_of(body: Data) -> str | None:
    """Return the ``metadata.resourceVersion`` of an object or a list; None if it has none.

    >>> version_of({"metadata": {"resourceVersion": "7"}}), version_of({})
    ('7', None)
    """
    match body:
        case {"metadata": {"resourceVersion": str(version)}} if version:
            return version
        case _:
            return None


def make_resource(
    body: Data, document: Document, source: Source, *, any_labels: bool = False
) -> Resource:
    """Return the Kubernetes object that is in the data of a document.

    Arguments:
        body: the data of the object.
        document: the document that the object is in.
        source: where the object was read.
        any_labels: accept labels and annotations that are no strings. They stay in the body,
            and are not in `Resource.labels` and `Resource.annotations`.

    Raises:
        ManifestError: the data has no kind, apiVersion or name, or its labels or annotations
            are no maps of strings to strings. As in Kubernetes, null in place of a map is the
            empty map, and null in place of a string is the empty string.

    >>> body = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"x": "y"}}}
    >>> make_resource(body, Document(1, 1, body), Source("a.yaml", 1, 1)).labels
    {'x': 'y'}
    """
    reader = _FieldReader(document, source, any_labels=any_labels)
    if not isinstance(body, dict):
        raise reader.fault(f"not a Kubernetes object: expected a map, got {describe_value(body)}")
    if problem := problem_of_other(body):
        is_list = _is_list_without_items(str(body.get("kind")), body)
        raise reader.fault(problem, part=(("items",), None) if is_list else None)
    kind = reader.required(body, ("kind",))
    reader.subject = kind
    api_version = reader.required(body, ("apiVersion",))
    metadata = reader.map(body, ("metadata",))
    name = reader.optional(metadata, "name") or reader.optional(metadata, "generateName")
    if name is None:
        spelled = _spelling_hint(metadata, "name") or _spelling_hint(body, "metadata")
        raise reader.fault(f"no metadata.name{spelled}")
    reader.subject = f"{kind}/{name}"
    return Resource(
        kind=kind,
        api_version=api_version,
        namespace=reader.optional(metadata, "namespace"),
        name=name,
        labels=reader.strings(metadata, "labels", "label"),
        annotations=reader.strings(metadata, "annotations", "annotation"),
        body=body,
        source=source,
    )


_LIST: Final = "List"
_NO_ITEMS: Final = ": write items: [] for an empty list, or pass the list with its items"


def problem_of_other(body: dict[str, Data]) -> str | None:
    """Return what a map is that the API sends but that is not an object; None for objects.

    >>> print(problem_of_other({"kind": "Status", "apiVersion": "v1", "reason": "NotFound"}))
    a Status, the answer of a server ('NotFound'), not an object: pass the objects that the \
request was for
    """
    match body:
        case {"type": str(), "object": dict()} if "kind" not in body:
            return (
                'a watch event, not an object: pass the value of its key "object", '
                "or give the event to Inventory.apply"
            )
        case {"kind": "Status", "apiVersion": "v1"}:
            message = body.get("message") or body.get("reason")
            detail = f" ({quote(message)})" if isinstance(message, str) else ""
            return (
                f"a Status, the answer of a server{detail}, not an object: "
                "pass the objects that the request was for"
            )
        case {"kind": str(kind)} if _is_list_without_items(kind, body):
            spelled = _spelling_hint(body, "items")
            return f"{kind}: no items{spelled}" + ("" if spelled else _NO_ITEMS)
        case _:
            return None


def _is_list_without_items(kind: str, body: dict[str, Data]) -> bool:
    """Return whether an object is a list whose items are missing, or have another key.

    A custom kind may be called so: AllowList.
    """
    if not kind.endswith(_LIST) or not body.get("metadata"):
        return kind.endswith(_LIST)
    if "items" in body:
        return False
    of = kind.removesuffix(_LIST)
    is_known = not of or (bool(groups_of(of)) and "spec" not in body)
    return is_known or find_misspelling(body, "items") is not None


def snake_case_problem(data: Data) -> str | None:
    """Return what is wrong with what ``to_dict()`` of the official client returns; else None.

    >>> print(snake_case_problem({"api_version": "v1", "kind": "Pod"}))
    the keys are in snake_case, as to_dict() spells them: give the object itself
    """
    if isinstance(data, dict) and "apiVersion" not in data and "api_version" in data:
        return "the keys are in snake_case, as to_dict() spells them: give the object itself"
    return None


def _spelling_hint(parent: dict[str, Data], key: str) -> str:
    """Return a hint about a missing key that is there, misspelled; empty without one.

    >>> _spelling_hint({"Kind": "Pod"}, "kind")
    ': write "kind" for "Kind"'
    """
    name = find_misspelling(parent, key)
    return "" if name is None else f': write "{key}" for "{name}"'


#: Of keys with so many letters, one with another letter is mostly another word.
_SHORT: Final = 4


def find_misspelling(parent: dict[str, Data], key: str) -> str | None:
    """Return the key that was most likely meant to be another one; None if there is none.

    It differs in letter case or ``_``, or by one typo. With one letter replaced, a short key is
    mostly another word: ``find``, ``bind``.

    >>> find_misspelling({"Kind": "Pod"}, "kind"), find_misspelling({"kinds": "Pod"}, "kind")
    ('Kind', 'kinds')
    >>> find_misspelling({"kind": "", "labels": {}}, "kind")
    """
    plain = {name: name.replace("_", "").lower() for name in parent if name != key}
    same = (name for name, each in plain.items() if each == key.lower())
    near = (
        name
        for name, each in plain.items()
        if is_one_typo_apart(each, key.lower())
        and (len(key) > _SHORT or len(each) != len(key) or sorted(each) == sorted(key))
    )
    return next(chain(same, near), None)


_Part: TypeAlias = tuple[tuple[str, ...], Data]


class _FieldReader:
    """Reads fields of one object, and makes the errors that name the object and its location.

    Attributes:
        subject: how messages call the object; empty until its kind is known.
    """

    def __init__(self, document: Document, source: Source, *, any_labels: bool) -> None:
        self._any_labels = any_labels
        self._document = document
        self._source = source
        self.subject = ""

    def fault(
        self, problem: str, line: int | None = None, part: _Part | None = None
    ) -> ManifestError:
        """Return an error, on a line that is known, or about a part whose line is to be found.

        ``part`` is the path and the value of the part.
        """
        return ManifestError(
            self._source.file,
            f"{self.subject}: {problem}" if self.subject else problem,
            document=self._document.number or None,
            line=(self._source.line if line is None else line) or None,
            problems=() if part is None else [Problem(part[0], problem, part[1])],
        )

    def required(self, parent: dict[str, Data], path: tuple[str, ...]) -> str:
        """Return a field that must be a string and not empty; the path ends with its key."""
        key = path[-1]
        value = parent.get(key)
        if value is None or value == "":
            raise self.fault(f"no {path_text(path)}{_spelling_hint(parent, key)}")
        if not isinstance(value, str):
            raise self._not_a_string(parent, path, path_text(path))
        return value

    def optional(self, metadata: dict[str, Data], key: str) -> str | None:
        """Return a field of the metadata that is a string; None if it is missing or empty."""
        value = metadata.get(key)
        return None if value is None or value == "" else self.required(metadata, ("metadata", key))

    def map(self, parent: dict[str, Data], path: tuple[str, ...]) -> dict[str, Data]:
        """Return a field that must be a map; the path ends with its key."""
        value = parent.get(path[-1])
        if value is None:
            return {}
        if not isinstance(value, dict):
            problem = f"{path_text(path)} must be a map, not {describe_value(value)}"
            raise self.fault(problem, part=(path, value))
        return value

    def strings(self, metadata: dict[str, Data], key: str, word: str) -> dict[str, str]:
        """Return the labels or annotations; ``word`` is what a message calls one of them."""
        if self._any_labels and not isinstance(metadata.get(key), dict):
            return {}
        entries = self.map(metadata, ("metadata", key))
        read = nulls_as_empty(entries)
        strings: dict[str, str] = {}
        for name, value in read.items():
            if not isinstance(name, str):  # of a program: the readers make keys strings
                found = describe_value(name)
                raise self.fault(f"a key in {key} must be a string, not {found}")
            spelling = self._document.keys.get((id(entries), name))
            if spelling is not None:
                found = _describe(resolve(spelling.text), spelling)
                problem = f'a key in {key} must be a string, not {found}: write "{spelling.text}"'
                raise self.fault(f"{problem} in quotes", spelling.line)
            if isinstance(value, str):
                strings[name] = value
            elif not self._any_labels:
                raise self._not_a_string(entries, ("metadata", key, name), f"{word} {quote(name)}")
        return read if len(strings) == len(read) else strings

    def _not_a_string(
        self, parent: dict[str, Data], path: tuple[str, ...], name: str
    ) -> ManifestError:
        value = parent[path[-1]]
        spelling = self._document.values.get((id(parent), path[-1]))
        line = None if spelling is None else spelling.line
        problem = f"{name} must be a string, not {_describe(value, spelling)}"
        if not isinstance(value, dict | list):
            text = json.dumps(value) if spelling is None else spelling.text
            problem += f': write "{text}" in quotes'
        return self.fault(problem, line, (path, value) if line is None else None)


def _describe(value: Data, spelling: Spelling | None) -> str:
    """Return what a value is, in words; a number or a boolean as the text spells it."""
    if spelling is not None and isinstance(value, int | float):
        return f"the {'boolean' if isinstance(value, bool) else 'number'} {spelling.text}"
    return describe_value(value)

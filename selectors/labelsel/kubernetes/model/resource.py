"""A Kubernetes object that carries labels, and the checks that make one of read data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from labelsel.errors import Problem, quoted
from labelsel.errors import described as described_value
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data, Document, Spelling
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.scalars import nulls_as_empty, resolve

__all__ = [
    "Resource",
    "Source",
    "TextLocation",
    "described",
    "group_of",
    "make_resource",
    "version_of",
]


@dataclass(frozen=True, slots=True)
class TextLocation:
    """Where the text of an object stands in its file, for those who change that text.

    Attributes:
        version: a digest of the file as it was read.
        offset: where the document begins, in characters behind a byte order mark.
        json: whether the document was read as JSON.
        items: the way from the document to the object, through the ``items`` of Lists:
            ``(2,)`` for the third of a List; empty where the document is the object.
    """

    version: bytes
    offset: int
    json: bool
    items: tuple[int, ...] = ()

    def item(self, number: int) -> TextLocation:
        """The place of an item, where this is that of a List."""
        return TextLocation(self.version, self.offset, self.json, (*self.items, number))


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object was read.

    Attributes:
        file: the file's name as the caller gave it; what else an object came from, in words.
        document: which document of the file, from 1; 0 where it came from no text.
        line: the line of the file that the object begins on, from 1; 0 where it has none.
        place: where its text stands; None where it was read from no file, as standard input.

    >>> str(Source("shop/web.yaml", document=2, line=14))
    'shop/web.yaml:2'
    """

    file: str
    document: int
    line: int
    place: TextLocation | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.document}" if self.document else self.file


@dataclass(frozen=True, slots=True)
class Resource:
    """One Kubernetes object, read from a manifest.

    Attributes:
        kind: as written, ``Deployment``.
        api_version: as written, ``apps/v1``.
        namespace: None where the manifest names none, whether or not the kind has namespaces.
        name: ``metadata.name``; where the API server is to make the name up, the beginning
            that ``metadata.generateName`` gives it.
        labels: what label selectors see; never None.
        annotations: what no selector sees; never None.
        body: the object whole, keys in the order of the manifest. YAML aliases make parts of
            it the same object: copy before you change it.
        source: where it was read.
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
        """The API group, ``apps``; empty for the core group, whose version is ``v1`` alone."""
        return group_of(self.api_version)

    @property
    def group_kind(self) -> Kind:
        """The kind and its group: what tells kinds apart, whatever the version."""
        return Kind(self.kind, self.group)

    @property
    def reference(self) -> str:
        """The name with its type, as kubectl prints and takes it: ``deployment.apps/web``."""
        kind = self.kind.lower()
        return f"{kind}.{self.group}/{self.name}" if self.group else f"{kind}/{self.name}"

    def fault(self, *problems: str | Problem) -> ManifestError:
        """The error that says what is wrong with this object, or its parts, and where it was read.

        What is said of no part of the object is a text.
        """
        return ManifestError(
            self.source.file,
            f"{self.kind}/{self.name}: {'; '.join(map(str, problems))}",
            document=self.source.document or None,
            line=self.source.line or None,
            problems=[one for one in problems if isinstance(one, Problem)],
        )


def group_of(api_version: str) -> str:
    """The API group that a version is of: ``apps`` of ``apps/v1``, empty of ``v1``."""
    return api_version.rpartition("/")[0]


def version_of(body: Data) -> str | None:
    """The ``metadata.resourceVersion`` of an object or a list; None where it has none."""
    match body:
        case {"metadata": {"resourceVersion": str(version)}} if version:
            return version
        case _:
            return None


def make_resource(  # noqa: PLR0913 - where it was read, and how
    body: Data,
    document: Document,
    file: str,
    line: int,
    place: TextLocation | None = None,
    *,
    any_labels: bool = False,
) -> Resource:
    """The object that data from a document is.

    With ``any_labels`` what is no string among its labels and annotations is no error: they
    stand in the body as they were read, and in `Resource.labels` they are missing.

    Raises:
        ManifestError: the data has no kind, apiVersion or name, or its labels or annotations
            are not what Kubernetes takes: maps from strings to strings. Null stands for an
            empty map, and as a value for the empty string, as it does there.
    """
    check = _Check(document, file, line, any_labels=any_labels)
    if not isinstance(body, dict):
        raise check.fault(f"no Kubernetes object: it is {described(body)}, not a map")
    if problem := _no_object(body):
        raise check.fault(problem)
    kind = check.word(body, "kind", "")
    check.subject = kind
    api_version = check.word(body, "apiVersion", "")
    metadata = check.map(body, "metadata", "")
    name = check.optional(metadata, "name") or check.optional(metadata, "generateName")
    if name is None:
        spelled = _other_case(metadata, "name") or _other_case(body, "metadata")
        raise check.fault(f"no metadata.name{spelled}")
    check.subject = f"{kind}/{name}"
    return Resource(
        kind=kind,
        api_version=api_version,
        namespace=check.optional(metadata, "namespace"),
        name=name,
        labels=check.strings(metadata, "labels", "label"),
        annotations=check.strings(metadata, "annotations", "annotation"),
        body=body,
        source=Source(file, document.number, line, place),
    )


_NO_ITEMS: Final = ": write items: [] for a list of nothing, or pass the list with its items"


def _no_object(body: dict[str, Data]) -> str | None:
    """What a map is that the API sends and that is no object, and what to pass instead."""
    match body:
        case {"type": str(), "object": dict()} if "kind" not in body:
            return (
                'a watch event, not an object: pass what stands under its key "object", '
                "or give the event to Inventory.apply"
            )
        case {"kind": "Status", "apiVersion": "v1"}:
            told = body.get("message") or body.get("reason")
            said = f", which says {quoted(told)}" if isinstance(told, str) else ""
            return (
                f"a Status, the answer of a server{said}, not an object: "
                "pass the objects that the request was for"
            )
        case {"kind": str(kind)} if kind.endswith("List") and not body.get("metadata"):
            spelled = _other_case(body, "items")
            return f"{kind}: no items{spelled}" + ("" if spelled else _NO_ITEMS)
        case _:
            return None


def _other_case(parent: dict[str, Data], key: str) -> str:
    """The end of a sentence about a key that is missing, where it stands there in other case.

    >>> _other_case({"Kind": "Pod"}, "kind")
    ': write "kind" for "Kind"'
    """
    found = (name for name in parent if name != key and name.lower() == key.lower())
    name = next(found, None)
    return "" if name is None else f': write "{key}" for "{name}"'


class _Check:
    """Reads members of an object, and knows what to call it and where it stands.

    Attributes:
        subject: how messages call the object; empty as long as nothing is known of it.
    """

    def __init__(self, document: Document, file: str, line: int, *, any_labels: bool) -> None:
        self._any_labels = any_labels
        self._document = document
        self._file = file
        self._line = line
        self.subject = ""

    def fault(self, problem: str, line: int | None = None) -> ManifestError:
        return ManifestError(
            self._file,
            f"{self.subject}: {problem}" if self.subject else problem,
            document=self._document.number or None,
            line=(self._line if line is None else line) or None,
        )

    def word(self, parent: dict[str, Data], key: str, path: str) -> str:
        """A member that must be there and be a string with something in it."""
        value = parent.get(key)
        if value is None or value == "":
            raise self.fault(f"no {path}{key}{_other_case(parent, key)}")
        if not isinstance(value, str):
            raise self._no_string(parent, key, f"{path}{key} is", "it must be a string")
        return value

    def optional(self, metadata: dict[str, Data], key: str) -> str | None:
        """A member of the metadata that is a string; None where it is missing or empty."""
        value = metadata.get(key)
        return None if value is None or value == "" else self.word(metadata, key, "metadata.")

    def map(self, parent: dict[str, Data], key: str, path: str) -> dict[str, Data]:
        value = parent.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.fault(f"{path}{key} is {described(value)}, not a map")
        return value

    def strings(self, metadata: dict[str, Data], key: str, word: str) -> dict[str, str]:
        """The labels or annotations; ``word`` is what one of them is called."""
        if self._any_labels and not isinstance(metadata.get(key), dict):
            return {}
        entries = self.map(metadata, key, "metadata.")
        read = nulls_as_empty(entries)
        strings: dict[str, str] = {}
        for name, value in read.items():
            spelling = self._document.keys.get((id(entries), name))
            if spelling is not None:
                problem = f"a key of its {key} is {described(resolve(spelling.text), spelling)}"
                raise self.fault(f"{problem}, {_keys_rule(key, spelling)}", spelling.line)
            if isinstance(value, str):
                strings[name] = value
            elif not self._any_labels:
                raise self._no_string(entries, name, f'{word} "{name}" is', f"{word}s are strings")
        return read if len(strings) == len(read) else strings

    def _no_string(self, parent: dict[str, Data], key: str, what: str, rule: str) -> ManifestError:
        value = parent[key]
        spelling = self._document.values.get((id(parent), key))
        line = None if spelling is None else spelling.line
        problem = f"{what} {described(value, spelling)}, {rule}"
        if not isinstance(value, dict | list):
            problem += f': write "{_spelled(value, spelling)}" in quotes'
        return self.fault(problem, line)


def _keys_rule(key: str, spelling: Spelling) -> str:
    return f'{key} have strings for keys: write "{spelling.text}" in quotes'


def described(value: Data, spelling: Spelling | None = None) -> str:
    """What a value is, in words: ``the number 1.0``, ``a list``; a number as it was spelled."""
    if spelling is not None and isinstance(value, int | float):
        return f"the {'boolean' if isinstance(value, bool) else 'number'} {spelling.text}"
    return described_value(value)


def _spelled(value: Data, spelling: Spelling | None) -> str:
    return json.dumps(value) if spelling is None else spelling.text

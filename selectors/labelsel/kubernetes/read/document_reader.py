"""Reads the documents of a text, JSON or YAML: all of them, or the only one."""

from __future__ import annotations

from collections.abc import Iterable

from labelsel.errors import ManifestError, TemplateError
from labelsel.kubernetes.model.document import LAST_COUNTS, Data, Document, Progress
from labelsel.kubernetes.model.yaml_extra import needs_yaml
from labelsel.kubernetes.read.json_reader import read_json

__all__ = ["read_documents", "read_value"]


def read_documents(
    text: str, name: str, progress: Progress | None = None
) -> Iterable[Document | ManifestError]:
    """Read the documents of a text: as JSON if it is JSON, else as YAML.

    A text that begins with ``{`` is tried as JSON first; ``{a: b}`` is YAML.

    Complexity: O(n) in the length of the text.

    >>> [document.json for document in read_documents('{"a": 1}', "a.json")]
    [True]
    >>> [document.json for document in read_documents("{a: 1}", "a.yaml")]
    [False]
    """
    if not text.lstrip().startswith("{"):
        return _read_yaml(text, name, progress)
    documents, fault = read_json(text, name, progress)
    if fault is None:
        return documents
    as_yaml = list(_read_yaml(text, name))
    faults = [read for read in as_yaml if isinstance(read, ManifestError)]
    if not faults or _is_yaml(name) or any(isinstance(each, TemplateError) for each in faults):
        return as_yaml
    return [*documents, fault]


def read_value(text: str, name: str) -> Data:
    """Return the value of the only document in a text; None if the value is null.

    Empty documents beside another one are skipped, as in manifests. A text without any document
    is an error, and not null.

    Arguments:
        text: YAML or JSON.
        name: what a message calls the text.

    Raises:
        ManifestError: the text cannot be read, holds no document or several, or has a
            duplicate key.

    Complexity: O(n) in the length of the text.

    >>> read_value("matchLabels: {app: web, on: 1.10}", "a.yaml")
    {'matchLabels': {'app': 'web', 'true': 1.1}}
    """
    documents: list[Document] = []
    for read in read_documents(text, name):
        if isinstance(read, ManifestError):
            raise read
        # Selectors are read here, so a duplicate key is an error.
        for warning in read.warnings:
            problem = warning.problem.removesuffix(LAST_COUNTS)
            raise ManifestError(name, problem, document=warning.document, line=warning.line)
        documents.append(read)
    match [document for document in documents if document.value is not None] or documents[:1]:
        case [document]:
            return document.value
        case [_, second, *_]:
            problem = "a second object; expected exactly one"
            raise ManifestError(name, problem, document=second.number, line=second.line)
        case _:
            raise ManifestError(name, "empty: expected YAML or JSON")


def _read_yaml(
    text: str, name: str, progress: Progress | None = None
) -> Iterable[Document | ManifestError]:
    with needs_yaml():
        from labelsel.kubernetes.read.yaml_reader import read_yaml  # noqa: PLC0415  # an extra
    return read_yaml(text, name, progress)


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))

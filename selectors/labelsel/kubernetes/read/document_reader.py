"""Text into documents, be it JSON or YAML: all of them, or the only one."""

from __future__ import annotations

from collections.abc import Iterable

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.kubernetes.read.yaml_reader import read_yaml

__all__ = ["read_documents", "read_value"]


def read_documents(
    text: str, name: str, progress: Progress | None = None
) -> Iterable[Document | ManifestError]:
    """JSON where the text is that; else YAML, of which ``{a: b}`` is an example.

    Complexity: O(n) in the length of the text.
    """
    if not text.lstrip().startswith("{"):
        return read_yaml(text, name, progress)
    documents, fault = read_json(text, name, progress)
    if fault is None:
        return documents
    as_yaml = list(read_yaml(text, name))
    if any(isinstance(read, ManifestError) for read in as_yaml) and not _is_yaml(name):
        return [*documents, fault]
    return as_yaml


def read_value(text: str, name: str) -> Data:
    """The value of the only document in a text, None where that is null.

    Empty documents beside one that is not are passed over, as in manifests. A text with no
    document at all is an error: nothing was said, not null.

    Arguments:
        text: YAML or JSON.
        name: what a message calls the text.

    Raises:
        ManifestError: it cannot be read, or holds no document, or several.

    Complexity: O(n) in the length of the text.

    >>> read_value("matchLabels: {app: web, on: 1.10}", "a.yaml")
    {'matchLabels': {'app': 'web', 'true': 1.1}}
    """
    documents: list[Document] = []
    for read in read_documents(text, name):
        if isinstance(read, ManifestError):
            raise read
        # What is read here are selectors: nothing in them may be unclear.
        for warning in read.warnings:
            problem = warning.problem.removesuffix(": this one counts")
            raise ManifestError(name, problem, document=warning.document, line=warning.line)
        documents.append(read)
    match [document for document in documents if document.value is not None] or documents[:1]:
        case [document]:
            return document.value
        case [_, second, *_]:
            problem = "a second object, where one is wanted"
            raise ManifestError(name, problem, document=second.number, line=second.line)
        case _:
            raise ManifestError(name, "it is empty: neither YAML nor JSON is in it")


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))

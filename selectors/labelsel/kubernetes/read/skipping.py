"""Decides which documents of a file are known to hold no object of a cluster.

A folder of manifests holds other YAML, too: what kustomize and Helm read, the values of a chart,
the jobs of a CI service. Whoever reads the folder does not want to name each of these. But what
might be an object with a mistake must stay an error: whoever edits or deletes must know about
it. So a document is left out only if it cannot be an object:

1. It names neither apiVersion nor kind, nor a key that resembles one of them, and it has neither
   metadata beside a spec, data or the like, nor items that are objects.
2. It is read by kustomize (Kustomization, Component) or by Helm (Chart.yaml).
3. It has apiVersion and kind and no metadata, its kind is not one of Kubernetes, and its items,
   if it has any, are no objects: the configuration of a program, such as a kubeconfig.
4. It is a file of values beside a Chart.yaml, or in the folder values or ci of a chart, and its
   document has no apiVersion, kind and metadata.
5. It is JSON that cannot be parsed, as with comments, and no line of the file names a kind or an
   apiVersion. But JSON that ends early may name them where the end was. YAML that cannot be
   parsed may be anything.

A file of which a part is a template is left out as a whole: the program that renders it reads
it as one text, so that a condition may begin in one document and end in another. A document that
has nothing in it but placeholders is a template, too: it may become any object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final

from labelsel.errors import (
    ManifestError,
    ManifestWarning,
    PlaceholderWarning,
    SkippedWarning,
    TemplateError,
    TemplateWarning,
    quote,
    shorten,
)
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.kinds import is_or_resembles_kind
from labelsel.kubernetes.model.resource import find_misspelling, group_of, problem_of_other
from labelsel.kubernetes.read.json_reader import ends_early, is_json
from labelsel.placeholders import CERTAIN_PLACEHOLDER, may_become_anything
from labelsel.typos import is_one_typo_apart

__all__ = ["KUSTOMIZATION_FILES", "find_skip_reason", "is_near_kustomization", "leave_out"]

_KUSTOMIZE: Final = "kustomize.config.k8s.io"
# Tuples: what is looked up in them may be a list, which has no hash.
_KUSTOMIZE_KINDS: Final = ("Kustomization", "Component")

KUSTOMIZATION_FILES: Final = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""The names of the files that kustomize reads by themselves, also without apiVersion."""
_NEAR_THEM: Final = frozenset(map(str.lower, KUSTOMIZATION_FILES))

_CHART_VERSIONS: Final = ("v1", "v2")
_TYPE_KEYS: Final = frozenset({"apiVersion", "kind"})
#: Beside a name in metadata each of these makes a map look like an object without its kind. A
#: devfile, which is no object, has metadata.name and none of them.
_OBJECT_PARTS: Final = frozenset(
    {
        *("spec", "status", "data", "stringData", "binaryData", "rules", "roleRef", "subjects"),
        *("webhooks", "template", "secrets", "provisioner", "parameters", "subsets", "endpoints"),
    }
)

#: Values of a chart by the usual names, and the folders of a chart that have such files.
_VALUES: Final = re.compile(r"values.*\.ya?ml|.*values\.ya?ml", re.IGNORECASE)
_CHART: Final = "Chart.yaml"
_JSON: Final = ".json"
_VALUES_FOLDERS: Final = ("values", "ci")

_IS_VALUES: Final = "the values of a chart, which Helm reads (--helm CHART renders it)"
_NO_TYPE: Final = "it has no apiVersion and no kind"
_NOT_PARSED: Final = "no line of it names a kind, and it cannot be parsed"
_IN_NAME: Final = "a template, which has to be rendered first: the name has {{ … }}"

#: A line that names kind or apiVersion as a key, whatever is wrong around it: `kind Pod` too.
_NAMES_TYPE: Final = re.compile(
    r"""^[ \t\-"']*(?:kind|apiVersion)\b | \b(?:kind|apiVersion)["']?\s*:""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_SEPARATOR: Final = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)
_BEGIN: Final = re.compile(r"(?:%[^\n]*\n)*---(?=\s|$)", re.MULTILINE)
#: What every template has; most files have neither, and are then read document by document.
_TEMPLATE_MARKS: Final = ("{{", "{%")


def leave_out(
    documents: Iterable[Document | ManifestError],
    text: str,
    file: str,
    warn: Callable[[ManifestWarning], None],
) -> Iterator[Document | ManifestError]:
    r"""Yield the documents of a file that may hold objects, and warn of each other one.

    A document that is left out is a SkippedWarning; a template is a TemplateWarning, and
    nothing of a file with ``{{`` or ``{%`` in it is yielded then. A document of placeholders is a
    PlaceholderWarning.

    Arguments:
        documents: the documents of the file.
        text: the whole text of the file.
        file: the name of the file.
        warn: called with each warning.

    >>> values = [Document(1, 1, {"replicas": 2})]
    >>> list(leave_out(values, "replicas: 2\n", "values.yaml", print))
    values.yaml, document 1 (line 1): skipped: it has no apiVersion and no kind
    []
    """
    if any(mark in text for mark in _TEMPLATE_MARKS):
        documents = list(documents)
        for each in documents:
            if isinstance(each, TemplateError) or _has_template_name(each):
                problem = each.problem if isinstance(each, TemplateError) else _IN_NAME
                warn(TemplateWarning(file, f"skipped: {problem}", line=each.line))
                return
    number = 0
    for number, each in enumerate(documents, 1):  # noqa: B007  # how many there are
        if isinstance(each, Document) and _is_plain_object(each.value):
            yield each
            continue
        warning = _find_warning(each, text, file)
        if warning is None:
            yield each
            continue
        warn(warning)
        if isinstance(each, ManifestError) and not isinstance(each, TemplateError):
            return
    if not number and may_become_anything(text):  # YAML reads #{NAME}# as a comment
        warn(PlaceholderWarning(file, _describe_placeholders(text)))


def _find_warning(
    each: Document | ManifestError, text: str, file: str
) -> SkippedWarning | TemplateWarning | None:
    """Return why a document is left out; None if it may be an object, or is an error."""
    if isinstance(each, TemplateError):
        # A placeholder such as @NAME@: who replaces it reads each document by itself.
        problem = f"skipped: {each.problem}"
        return PlaceholderWarning(file, problem, document=each.document, line=each.line)
    if isinstance(each, ManifestError):
        if not _is_other_json(text, file):
            return None
        if may_become_anything(text):
            return PlaceholderWarning(file, _describe_placeholders(text), line=each.line)
        return SkippedWarning(file, f"skipped: {_NOT_PARSED}: {each.problem}", line=each.line)
    number, line = each.number, each.line
    if _is_placeholder(each, text):
        problem = _describe_placeholders(_text_of(each, text))
        return PlaceholderWarning(file, problem, document=number, line=line)
    reason = _reason_of_file(file) or find_skip_reason(each.value, file)
    if reason is None:
        return None
    problem = f"skipped: {reason}"
    return SkippedWarning(file, problem, document=number, line=line, data=each.value)


def _is_placeholder(document: Document, text: str) -> bool:
    """Return whether a document has nothing in it but placeholders: it may become any object."""
    value = document.value
    is_typed = isinstance(value, dict) and not _TYPE_KEYS.isdisjoint(value)
    if is_typed or document.json:
        return False
    own = _text_of(document, text)
    return may_become_anything(own) and not is_json(own)  # as [[1, 2]], which YAML reads, too


def _text_of(document: Document, text: str) -> str:
    """Return the text of a document without the ``---`` before it and behind it."""
    start = _BEGIN.match(text, document.offset)
    begin = start.end() if start else document.offset
    end = _SEPARATOR.search(text, begin)
    return text[begin : end.start() if end else len(text)]


def _describe_placeholders(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if CERTAIN_PLACEHOLDER.search(line)), "")
    return f"skipped: only a placeholder ({quote(shorten(first))}), which may be any object"


def _is_other_json(text: str, file: str) -> bool:
    """Return whether a file that cannot be parsed is JSON with comments, or the like."""
    if PurePath(file).suffix != _JSON or _NAMES_TYPE.search(text) is not None:
        return False
    return not (text.lstrip().startswith(("{", "[")) and ends_early(text))


def _has_template_name(document: Document | ManifestError) -> bool:
    """Return whether the name of an object is to be rendered: in quotes ``{{ … }}`` is legal YAML.

    Placeholders in labels do not make a template of an object: lint reports them.
    """
    match document:
        case Document(value={"metadata": {"name": str(name)}}):
            return _TEMPLATE_MARKS[0] in name
        case _:
            return False


def _is_plain_object(value: Data) -> bool:
    """Return whether the data are those of nearly all documents, which are objects.

    For these `find_skip_reason` returns None. This test takes a tenth of its time.
    """
    return (
        isinstance(value, dict)
        and "metadata" in value
        and "apiVersion" in value
        and "kind" in value
        and value["kind"] not in _KUSTOMIZE_KINDS
    )


def is_near_kustomization(file: str) -> bool:
    """Return whether the name of a file is, but for capitals, one that kustomize reads by itself.

    >>> is_near_kustomization("shop/Kustomization.yaml"), is_near_kustomization("shop/web.yaml")
    (True, False)
    """
    return PurePath(file).name.lower() in _NEAR_THEM


def find_skip_reason(value: Data, file: str = "") -> str | None:
    """Return why the data of a document cannot be an object of a cluster; None if it may be.

    Arguments:
        value: the data.
        file: the name of the file: that of a Kustomization may say what it is.

    >>> find_skip_reason({"replicas": 2})
    'it has no apiVersion and no kind'
    >>> find_skip_reason({"apiVersion": "v1", "kind": "Config", "clusters": []})
    'Config (v1) without metadata: the configuration of a program'
    >>> find_skip_reason({"Kind": "Pod"})
    """
    if isinstance(value, dict):
        return _reason_of_map(value, file)
    if isinstance(value, list):
        # A list of objects is a List whose kind is missing.
        return None if _holds_object(value) else _NO_TYPE
    if value is None or (isinstance(value, str) and _NAMES_TYPE.search(value) is not None):
        return None
    return _NO_TYPE


def _holds_object(items: Data) -> bool:
    return isinstance(items, list) and any(
        isinstance(item, dict) and item.keys() >= _TYPE_KEYS for item in items
    )


def _reason_of_file(file: str) -> str | None:
    """Return why a file is one of the values of a chart; None if it is not.

    A value may be called kind, and hold the word Deployment.
    """
    path = Path(file)
    folder = path.parent.name
    if folder != "values" and _VALUES.fullmatch(path.name) is None:
        return None
    chart = path.parent.parent if folder in _VALUES_FOLDERS else path.parent
    return _IS_VALUES if (chart / _CHART).is_file() else None


def _reason_of_map(value: dict[str, Data], file: str) -> str | None:
    present = value.keys() & _TYPE_KEYS
    is_kustomization = is_near_kustomization(file)
    if len(present) == len(_TYPE_KEYS):
        return _reason_of_kind(value)
    if "kind" in present:
        return _kustomize_reason(value["kind"]) if is_kustomization else None
    if "apiVersion" in present:
        return _reason_without_kind(value)
    if _resembles_object(value):
        return None
    return _kustomize_reason("Kustomization") if is_kustomization else _NO_TYPE


def _reason_of_kind(value: dict[str, Data]) -> str | None:
    """Return why a map with apiVersion and kind is no object; None if it may be one."""
    api_version, kind = value["apiVersion"], value["kind"]
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return None
    if api_version.startswith(_KUSTOMIZE) and group_of(api_version) == _KUSTOMIZE:
        return _kustomize_reason(kind)
    if "metadata" in value:
        return None
    may_be_object = (
        any(
            is_one_typo_apart(key.lower(), "metadata") or key.lower() == "metadata" for key in value
        )
        or problem_of_other(value) is not None
        or kind.endswith("List")
        or _holds_object(value.get("items"))
        or is_or_resembles_kind(kind)
    )
    if may_be_object:
        return None
    return f"{kind} ({api_version}) without metadata: the configuration of a program"


def _kustomize_reason(kind: Data) -> str | None:
    return (
        f"a {kind}, which kustomize reads (-k DIR renders it)" if kind in _KUSTOMIZE_KINDS else None
    )


def _reason_without_kind(value: dict[str, Data]) -> str | None:
    """Return why a map with apiVersion and without kind is no object; None if it may be one."""
    api_version = value["apiVersion"]
    if "metadata" in value or "spec" in value or _has_other_case(value):
        return None
    if isinstance(api_version, int | float):
        return f"its apiVersion is the number {api_version}: the configuration of a program"
    is_chart = api_version in _CHART_VERSIONS and value.keys() >= {"name", "version"}
    return "a Helm chart, which Helm reads (--helm CHART renders it)" if is_chart else None


def _resembles_object(value: dict[str, Data]) -> bool:
    """Return whether a map without apiVersion and kind may be an object that lost them."""
    metadata = value.get("metadata")
    if isinstance(metadata, dict) and metadata.keys() & {"name", "generateName"}:
        is_object = value.keys() & _OBJECT_PARTS or value.keys() == {"metadata"}
        return bool(is_object) or _has_misspelled_type(value)
    if _holds_object(value.get("items")):
        return True
    return _has_other_case(value) or ("spec" in value and _has_misspelled_type(value))


def _has_other_case(value: dict[str, Data]) -> bool:
    """Return whether a key is apiVersion or kind in other letter case."""
    return any(key.lower() in {"apiversion", "kind"} and key not in _TYPE_KEYS for key in value)


def _has_misspelled_type(value: dict[str, Data]) -> bool:
    """Return whether a key is most likely meant to be apiVersion or kind."""
    return any(find_misspelling(value, key) is not None for key in _TYPE_KEYS)

"""`list_filter`: the parameters ``labelSelector`` and ``fieldSelector`` of a fake API server."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from labelsel.errors import (
    BadRequestError,
    SelectorError,
    SelectorSyntaxError,
    escape,
    expected,
    list_words,
    require_type,
)
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import group_of
from labelsel.kubernetes.model.served_labels import served_labels
from labelsel.kubernetes.serving.request_kind import RequestKind, kind_of_object, parse_request_kind
from labelsel.languages import parse, parse_fields
from labelsel.predicate import compile_predicate
from labelsel.selector import Everything, Selector
from labelsel.typos import nearest_path

__all__ = ["ListFilter", "field_values", "list_filter"]


class ListFilter:
    """What a list or watch request selects: made by `list_filter`, called with an object.

    1. It answers as the API server does: the label selector sees the labels, the field selector
       the fields that the server knows for the kind (`field_values`).
    2. What is not an object of the kind is an error, never selected.
    3. It keeps nothing but the selectors, and is safe to use from several threads.

    Attributes:
        kind: the kind of the request; None if the caller did not say.
        labels: the label selector; `Everything` if none was given.
        fields: the field selector; `Everything` if none was given.

    >>> keep = list_filter(kind="pods", label_selector="app=web")
    >>> pods = [{"metadata": {"name": "a", "labels": {"app": "web"}}}, {"metadata": {"name": "b"}}]
    >>> [pod["metadata"]["name"] for pod in pods if keep(pod)]
    ['a']
    """

    def __init__(self, kind: RequestKind, labels: Selector, fields: Selector) -> None:
        for selector in (labels, fields):
            require_type(Selector, selector)
        self._kind = require_type(RequestKind, kind, "make a filter with list_filter()")
        self.kind = kind.kind
        self.labels = labels
        self.fields = fields
        self._names = sorted(fields.keys())
        self._selects_labels = compile_predicate(labels)
        self._selects_fields = compile_predicate(fields, checked=False)  # `values` are strings

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._kind, self.labels, self.fields)

    def __repr__(self) -> str:
        kind = self.kind.kind if self.kind else "any kind"
        return f"<ListFilter of {kind}: labels {self.labels}, fields {self.fields}>"

    def __call__(self, obj: object) -> bool:
        """Return whether an object is selected.

        Arguments:
            obj: one object, as a dict in the API's spelling. ``kind`` and ``apiVersion`` may be
                missing, as in the items of a list.

        Returns:
            True if both selectors select the object.

        Raises:
            ManifestError: it is not an object of the kind with a name, one of its labels or of
                the fields in the field selector has the wrong type, or a key that a selector
                sees is misspelled.

        Complexity:
            O(labels + keys beside the fields of the kind), some 30 microseconds.

        >>> unnamed = list_filter(kind="pods", label_selector="!app")
        >>> unnamed({"metadata": {"name": "a"}}), unnamed({"metadata": {"labels": {}}})
        Traceback (most recent call last):
            ...
        labelsel.errors.ManifestError: object: Pod: no metadata.name
        """
        resource = self._kind.read(obj)
        selected = self._selects_labels(served_labels(resource))
        # Also where the labels are not selected: a wrong type is an error for every selector.
        return self._selects_fields(self._kind.values(resource, self._names)) and selected

    def filter(self, objects: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the objects that are selected, in their order.

        Arguments:
            objects: the objects, as ``__call__`` takes them.

        Returns:
            An iterator over the same dicts, not copies.

        Raises:
            ManifestError: as ``__call__``.

        Complexity:
            O(objects).

        >>> nodes = [{"metadata": {"name": "n1"}}, {"metadata": {"name": "n2"}}]
        >>> list(list_filter(kind="nodes", field_selector="metadata.name!=n1").filter(nodes))
        [{'metadata': {'name': 'n2'}}]
        """
        return filter(self, objects)

    def watch_event(
        self,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        *,
        resource_version: str | None = None,
    ) -> dict[str, Any] | None:
        """Return the event that a watch with this filter gets for a change of one object.

        1. A selected object that was not selected before is ADDED, whether it is new or only its
           labels or fields changed.
        2. An object that was selected and no longer is gets DELETED, although it still exists. The
           event has the object as it was, with the resourceVersion of the change.
        3. An object that is and was selected is MODIFIED. Any other change is no event.

        Source: ``convertToWatchEvent`` in the API server's cache_watcher.go.

        Arguments:
            before: the object before the change; None if it is new.
            after: the object after the change; None if it was deleted.
            resource_version: the resourceVersion of the change for a DELETED event, a string.
                Without it that of ``after`` counts, or else that of ``before`` stays.

        Returns:
            ``{"type": ..., "object": ...}``, or None. The object of a DELETED event is a deep
            copy, and of other events ``after`` itself. ``before`` and ``after`` are not changed.

        Raises:
            ManifestError: as ``__call__``.
            ValueError: both are None, or they are two objects: of another kind, namespace or name.
            TypeError: ``resource_version`` is not a string.

        Complexity:
            O(labels + fields in the selector), twice; O(size of the object) for a DELETED event.

        >>> watched = list_filter(kind="pods", label_selector="!debug")
        >>> old = {"metadata": {"name": "a", "resourceVersion": "7"}}
        >>> new = {"metadata": {"name": "a", "resourceVersion": "8", "labels": {"debug": ""}}}
        >>> watched.watch_event(None, old)["type"], watched.watch_event(old, old)["type"]
        ('ADDED', 'MODIFIED')
        >>> watched.watch_event(old, new)
        {'type': 'DELETED', 'object': {'metadata': {'name': 'a', 'resourceVersion': '8'}}}
        """
        if resource_version is not None:
            require_type(str, resource_version, "a resourceVersion is text, as in '7'")
        was, now = before is not None and self(before), after is not None and self(after)
        _check_same(before, after)
        if now:
            return {"type": "MODIFIED" if was else "ADDED", "object": after}
        if not was or before is None:
            return None
        deleted = copy.deepcopy(before)
        changed = (after or before)["metadata"].get("resourceVersion")
        if (version := resource_version or changed) is not None:
            deleted["metadata"]["resourceVersion"] = version
        return {"type": "DELETED", "object": deleted}


def list_filter(
    *,
    label_selector: Selector | str | None = None,
    field_selector: Selector | str | None = None,
    kind: Kind | str | None = None,
    api_version: str | None = None,
    selectable_fields: Mapping[str, Any] | Iterable[object] | None = None,
) -> ListFilter:
    """Return the filter of a list or watch request to a fake API server.

    1. None and "" select everything, as a missing or empty parameter does.
    2. A field selector may name the fields that the API server knows for the kind, and no other:
       ``spec.nodeName`` of a Pod is one of them, ``spec.priority`` is not. Without a kind they are
       ``metadata.name`` and ``metadata.namespace``.
    3. Parameters of the request that are not about selecting are the caller's business:
       ``resourceVersion``, ``limit``, ``continue``, ``watch``, and the namespace in the path.

    Arguments:
        label_selector: the parameter ``labelSelector``: one string, decoded.
        field_selector: the parameter ``fieldSelector``: one string, decoded.
        kind: the kind of the objects: ``Pod``, ``pods``, ``po``, ``deployments.apps``, or a
            `Kind`; None if it is not known. A custom kind needs ``api_version``, too.
        api_version: the group and version in the path: ``v1``, ``apps/v1``. Only the group
            counts, and the version for a CustomResourceDefinition.
        selectable_fields: of a custom kind, its CustomResourceDefinition as a dict, or the JSON
            paths in its ``selectableFields``: ``[".spec.color"]``.

    Returns:
        A `ListFilter`: call it with an object, or use its ``filter`` and ``watch_event``.

    Raises:
        BadRequestError: the API server would refuse a selector. Answer the request with its
            ``status`` and ``to_status()``.
        UnknownKindError: the word is not one kind. A custom kind needs ``api_version``.
        ManifestError: ``selectable_fields`` is not valid.
        ValueError: the arguments contradict each other.
        TypeError: a selector is neither a text nor a Selector.

    Complexity:
        O(length of the selectors), some 100 microseconds; a text that was parsed before is
        looked up.

    >>> keep = list_filter(kind="pods", field_selector="status.phase!=Running")
    >>> keep({"metadata": {"name": "a"}, "status": {"phase": "Failed"}})
    True
    >>> list_filter(kind="pods", field_selector="status.fase!=Running")
    Traceback (most recent call last):
        ...
    labelsel.errors.BadRequestError: field label not supported: status.fase
      status.fase!=Running
      ^
      hint: did you mean status.phase?
    """
    request = parse_request_kind(kind, api_version, selectable_fields)
    labels = _read("labelSelector", _label_problem, parse, label_selector)
    fields = _read("fieldSelector", _field_problem, parse_fields, field_selector)
    _check_fields(request, fields, field_selector)
    return ListFilter(request, labels, fields)


def field_values(
    obj: object,
    *,
    kind: Kind | str | None = None,
    api_version: str | None = None,
    selectable_fields: Mapping[str, Any] | Iterable[object] | None = None,
) -> dict[str, str]:
    """Return the fields of an object by which the API server selects, with their values.

    `parse_fields` of a field selector selects this dict if and only if the API server selects the
    object.

    1. A field without a value has the server's default: ``spec.restartPolicy`` of a Pod is
       "Always", ``spec.unschedulable`` of a Node "false". Where the server has none it is "".
    2. What the server sets when it creates an object is not a default: ``status.phase`` of a Pod
       without a status is "", not "Pending".

    Arguments:
        obj: one object, as a dict in the API's spelling.
        kind: the kind, as for `list_filter`. Without it the ``kind`` and ``apiVersion`` in the
            object count; one of Kubernetes or a custom kind must be there.
        api_version: the group and version, as for `list_filter`.
        selectable_fields: of a custom kind, as for `list_filter`.

    Returns:
        A new dict from the names of the fields to strings, ``metadata.name`` first.

    Raises:
        ManifestError: it is not an object of the kind with a name, a field has the wrong type, or
            a key is misspelled; or neither ``kind`` nor the object says a kind that exists.
        UnknownKindError: ``kind`` is not one kind.
        ValueError: the arguments contradict each other.

    Complexity:
        O(labels + fields of the kind).

    >>> field_values({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}})
    {'metadata.name': 'n1', 'spec.unschedulable': 'false'}
    """
    if kind is None and not isinstance(selectable_fields, Mapping):
        kind = kind_of_object(obj)
    request = parse_request_kind(kind, api_version, selectable_fields)
    return request.values(request.read(obj), request.fields.fields)


def _read(
    parameter: str,
    problem: Callable[[SelectorError], str],
    read: Callable[[str], Selector],
    given: object,
) -> Selector:
    """Return the selector in a parameter of a request.

    Raises:
        BadRequestError: it is not a selector.
    """
    match given:
        case None | "":
            return Everything()
        case Selector():
            return given
        case str():
            try:
                return read(given)
            except SelectorError as error:
                reason = error.problem if isinstance(error, SelectorSyntaxError) else str(error)
                begin = f"{problem(error)}: {reason}"
                raise _bad_request(parameter, begin, error) from error
        case _:
            raise expected(f"one text for {parameter}", given)


def _label_problem(_: SelectorError) -> str:
    """Return how the API server's message about a text that is no label selector begins."""
    return "unable to parse requirement"


def _field_problem(error: SelectorError) -> str:
    """Return how the API server's message about a text that is no field selector begins.

    >>> from labelsel import parse_fields
    >>> try:
    ...     parse_fields("a=b=c")
    ... except SelectorError as error:
    ...     _field_problem(error)  # the server writes the number of the character
    'invalid field selector: unescaped character in value: 61'
    """
    assert isinstance(error, SelectorSyntaxError)
    found = error.text[error.position : error.position + 2]
    if found.startswith("="):
        return f"invalid field selector: unescaped character in value: {ord('=')}"
    if found.startswith("\\"):
        return f"invalid field selector: invalid escape sequence: {found}"
    return "invalid selector"


def _check_fields(request: RequestKind, selector: Selector, given: object) -> None:
    """Refuse a field selector with a field that the API server does not know for the kind.

    Raises:
        BadRequestError: there is such a field.
    """
    known = request.fields.fields
    refused = [key for key in sorted(selector.keys()) if key not in known]
    if not refused:
        return
    name, hint = refused[0], _hint(refused[0], request)
    if not isinstance(given, str):
        message = f"{escape(request.fields.refuse(name))}\n  hint: {hint}"
        raise BadRequestError("fieldSelector", message)
    # The terms of a text are in the order in which the API server looks at them.
    term = next(term for term in selector.requirements() if term.key in refused)
    start = term.span[0] if term.span else 0
    fault = SelectorSyntaxError(
        given, start, problem=request.fields.refuse(term.key), hint=_hint(term.key, request)
    )
    raise _bad_request("fieldSelector", fault.problem, fault) from fault


def _bad_request(parameter: str, begin: str, error: SelectorError) -> BadRequestError:
    """Return the error that begins as the API server's message, with the lines of another."""
    _, *lines = str(error).split("\n")
    return BadRequestError(parameter, "\n".join((escape(begin), *lines)))


def _hint(name: str, request: RequestKind) -> str:
    """Return the field that was probably meant, or the fields that there are."""
    if name.startswith("metadata.labels."):
        return "labels are selected with labelSelector"
    near = nearest_path(name, request.fields.fields)
    if near is not None:
        return f"did you mean {near}?"
    kind = "every kind" if request.kind is None else request.kind.kind
    return f"the fields of {kind} are {list_words(list(request.fields.fields), 'and')}"


def _check_same(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Refuse a change of nothing, and of two objects.

    Raises:
        ValueError: it is one of these.
    """
    objects = [obj for obj in (before, after) if obj is not None]
    names = {(obj["metadata"].get("namespace") or None, obj["metadata"]["name"]) for obj in objects}
    # An item of a list does not say its kind. The version is not compared: v1beta1, v1.
    kinds = {obj["kind"] for obj in objects if "kind" in obj}
    groups = {group_of(obj["apiVersion"]) for obj in objects if "apiVersion" in obj}
    if len(names) != 1 or len(kinds) > 1 or len(groups) > 1:
        found = "two objects" if objects else "nothing"
        raise ValueError(f"expected one object before and after a change, got {found}")

"""Which objects are meant: kinds, names, a namespace, and selectors of labels, fields, annotations.

`ObjectQuery` is the definition. It has two evaluators, which a property test holds equal
(tests/kubernetes/inventory/test_object_query.py): `find.scan` looks at each object once and
needs no index; `ObjectTable.find` asks the indexes of an Inventory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from labelsel.errors import require_type
from labelsel.kubernetes.model.kinds import Kind, parse_kinds
from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE
from labelsel.languages import parse_fields
from labelsel.selector import Everything, Selector, as_selector

__all__ = ["ObjectQuery", "parse_query", "resolve_kinds"]

_EVERYTHING: Final = Everything()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectQuery:
    """Which objects are meant: those that meet all of the conditions below.

    Attributes:
        kinds: the kinds; None for all kinds.
        names: the names; None for all names.
        namespace: the namespace to look in; None for all namespaces.
        cluster_scoped: whether objects that are in no namespace, as Nodes are, are found
            although ``namespace`` names one.
        labels: a label selector.
        fields: a field selector. Each field is read from all objects of the kinds, whatever
            their labels and names: a field that none of them has is an error, not an answer.
    """

    kinds: frozenset[Kind] | None = None
    names: frozenset[str] | None = None
    namespace: str | None = None
    cluster_scoped: bool = False
    labels: Selector = _EVERYTHING
    fields: Selector = _EVERYTHING
    annotations: Selector = _EVERYTHING

    def __post_init__(self) -> None:
        if self.namespace is not None:
            require_type(str, self.namespace, "name one namespace, or pass None for all")

    def covers(self, namespace: str | None) -> bool:
        """Return whether the query looks in a namespace; None is for objects that have none.

        >>> shop = ObjectQuery(namespace="shop")
        >>> shop.covers("shop"), shop.covers("blog"), shop.covers(None)
        (True, False, False)
        >>> ObjectQuery(namespace="shop", cluster_scoped=True).covers(None)
        True
        """
        if namespace is None:
            return self.cluster_scoped or self.namespace is None
        return self.namespace is None or namespace == self.namespace


def parse_query(  # noqa: PLR0913  # each is a part of one question
    kinds: Kind | str | None,
    labels: Selector | str,
    fields: Selector | str,
    namespace: str | None,
    *,
    annotations: Selector | str = "",
    present: Callable[[], Iterable[Kind]],
) -> ObjectQuery:
    """Return the query that a caller writes as words, by kubectl's rules.

    Objects that are in no namespace are found in ``default``, and in any other namespace where
    their kind is named: ``get -n shop`` shows no Nodes, ``get nodes -n shop`` does.

    Arguments:
        kinds: a kind, or names of kinds as ``parse_kinds`` takes them; None for all.
        labels: a label selector or its text.
        fields: a field selector or its text.
        namespace: the namespace to look in; None for all.
        annotations: a selector of annotations or its text, in the language of label selectors.
        present: returns the kinds of the objects, which ``kinds`` may name. It is called for
            words only: counting the kinds of 100,000 objects takes longer than some answers.

    Raises:
        UnknownKindError: ``kinds`` names a kind that neither Kubernetes nor the objects have.
        SelectorSyntaxError: the text of a selector is not a selector.
        TypeError: the namespace is not a string.

    >>> query = parse_query("no", "disk=ssd", "", "shop", present=list)
    >>> sorted(query.kinds), str(query.labels), query.covers(None)
    ([Kind(kind='Node', group='')], 'disk=ssd', True)
    """
    return ObjectQuery(
        kinds=None if kinds is None else resolve_kinds(kinds, present),
        namespace=namespace,
        cluster_scoped=kinds is not None or namespace == DEFAULT_NAMESPACE,
        labels=as_selector(labels),
        fields=parse_fields(fields) if isinstance(fields, str) else fields,
        annotations=as_selector(annotations),
    )


def resolve_kinds(kinds: Kind | str, present: Callable[[], Iterable[Kind]]) -> frozenset[Kind]:
    """Return the kinds that a caller names, as a `Kind` or in words.

    Raises:
        UnknownKindError: a word names a kind that neither Kubernetes nor ``present`` has.

    >>> resolve_kinds("po", list) == resolve_kinds(Kind("Pod", ""), list) == {Kind("Pod", "")}
    True
    """
    return frozenset((kinds,)) if isinstance(kinds, Kind) else parse_kinds(kinds, present())

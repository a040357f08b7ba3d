"""Which objects a question is about: kinds, labels, fields and namespace, as kubectl has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from labelsel.index import LabelIndex
from labelsel.kubernetes.inventory.fields import matching_fields
from labelsel.kubernetes.model.kinds import Kind, is_namespaced, parse_kinds
from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE
from labelsel.kubernetes.model.resource import Resource
from labelsel.languages import parse_fields
from labelsel.selector import Selector

__all__ = [
    "UNNAMED",
    "FindResult",
    "NamespaceScope",
    "Unnamed",
    "namespace_text",
    "select",
]


class Unnamed(Enum):
    """The type of `UNNAMED`."""

    UNNAMED = "no namespace was named"


#: Where the command looks when no namespace was named. Objects from files: in ``default``, as
#: kubectl does. Objects from standard input or a pipe: in all namespaces, since a query has
#: chosen them before.
UNNAMED: Final = Unnamed.UNNAMED

#: The namespace to look in; None for all of them; `UNNAMED`.
NamespaceScope: TypeAlias = str | Unnamed | None


@dataclass(frozen=True, slots=True)
class FindResult:
    """The answer to a question.

    Attributes:
        resources: the objects that match, in the order they were given.
        elsewhere: how many objects match but for their namespace, by namespace, sorted.
    """

    resources: list[Resource]
    elsewhere: dict[str, int]


def select(
    resources: Iterable[Resource],
    labels: Selector | str = "",
    *,
    kinds: str | None = None,
    fields: Selector | str = "",
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
) -> FindResult:
    """The objects that a question is about, found through a LabelIndex.

    Arguments:
        resources: the objects to ask.
        labels: a label selector or its text.
        kinds: names of kinds as ``parse_kinds`` takes them; None for all.
        fields: a field selector or its text.
        namespace: the namespace to look in; None for all; `UNNAMED`. Objects that name none
            belong to ``default``; in other namespaces they are found only where their kind is
            asked for by name and has no namespaces, as Node has none.

    Raises:
        SelectorSyntaxError: a selector's text is not one.
        UnknownKindError: ``kinds`` names a kind that neither Kubernetes nor the input has.
        FieldError: ``fields`` asks for a field that no object has, or for a map or a list.

    Complexity: O(n) for n objects: they are indexed once, for this question.
    """
    asked = list(resources)
    named: frozenset[Kind] | None = None
    if kinds is not None:
        named = parse_kinds(kinds, (item.group_kind for item in asked))
        asked = [item for item in asked if item.group_kind in named]
    index = LabelIndex({number: item.labels for number, item in enumerate(asked)})
    matches = [asked[number] for number in index.select(labels)]
    chosen = matching_fields(parse_fields(fields) if isinstance(fields, str) else fields, asked)
    both = {id(item) for item in chosen}
    return _in_namespace(
        [item for item in matches if id(item) in both], namespace, cluster_scoped=named is not None
    )


def namespace_text(namespace: NamespaceScope) -> str | None:
    """The namespace in which objects of files are looked for; None for all."""
    return DEFAULT_NAMESPACE if isinstance(namespace, Unnamed) else namespace


def _in_namespace(
    matches: list[Resource], scope: NamespaceScope, *, cluster_scoped: bool
) -> FindResult:
    """Divide matches into those in a namespace, and a count of those in others."""
    here: list[Resource] = []
    elsewhere: Counter[str] = Counter()
    namespace = namespace_text(scope)
    for item in matches:
        if (
            namespace is None
            or item.namespace == namespace
            or (scope is UNNAMED and item.source.location is None)
        ):
            here.append(item)
        elif item.namespace is not None:
            elsewhere[item.namespace] += 1
        elif namespace == DEFAULT_NAMESPACE or (
            cluster_scoped and is_namespaced(item.group_kind) is False
        ):
            here.append(item)
    return FindResult(here, dict(sorted(elsewhere.items())))

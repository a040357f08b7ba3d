"""Objects by kind and name, written as for kubectl: ``pod/web``, ``pod web``.

The error about a name that no object has lists what there is: the nearest name, the namespaces
and the kinds that have an object of that name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from labelsel.errors import NamingError, escape, require_each
from labelsel.kubernetes.inventory.find import (
    NamespaceScope,
    namespace_locator,
    resolve_scope,
    scan,
)
from labelsel.kubernetes.inventory.object_query import ObjectQuery
from labelsel.kubernetes.model.kinds import Kind, is_kind, is_namespaced, parse_kinds
from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE, namespace_of
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.typos import Comparisons, nearest

__all__ = [
    "ObjectName",
    "check_one_namespace",
    "find_named",
    "find_object",
    "find_objects",
    "parse_names",
    "several",
]

#: How many objects an error lists, and how many names it suggests: an error of more lines hides
#: its first one, which says what is wrong.
_LISTED: Final = 5
_SUGGESTED: Final = 3
_DIGITS: Final = re.compile(r"[0-9]+")
_NAME: Final = re.compile(r"[\w.-]+")


class ObjectName(NamedTuple):
    """A word for the kind of an object, as ``parse_kinds`` takes it, and the object's name.

    >>> print(ObjectName("pod", "web-1"))
    pod/web-1
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def parse_names(words: Sequence[str]) -> list[ObjectName]:
    """Return the names in the words of a command line: ``pod/a deploy/b``, or ``pod a b``.

    Raises:
        NamingError: there is a kind without a name, a name without a kind, or both forms.

    >>> parse_names(["pod/a", "deploy/b"])
    [ObjectName(kind='pod', name='a'), ObjectName(kind='deploy', name='b')]
    >>> parse_names(["pod", "a", "b"])
    [ObjectName(kind='pod', name='a'), ObjectName(kind='pod', name='b')]
    """
    words = require_each(str, words, "write the words as a list, ['pod/a']")
    if not any("/" in word for word in words):
        if len(words) < 2:
            kind = words[0] if words else "pod"
            problem = f"no object is named: write {kind}/NAME, or {kind} NAME"
            if not is_kind(kind):
                example = kind if _NAME.fullmatch(kind) else "web"
                problem = f"{kind} is no kind: write KIND/NAME, for example deploy/{example}"
            raise NamingError(escape(problem))
        return [_check(ObjectName(words[0], word)) for word in words[1:]]
    for word in words:
        if "/" not in word:
            problem = f'"{word}" has no kind, as other names here have: write KIND/{word}'
            raise NamingError(escape(problem))
    return [_check(ObjectName(*word.split("/", 1))) for word in words]


def find_objects(
    resources: Iterable[Resource],
    words: Sequence[str],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
) -> list[Resource]:
    """Return the objects that words name, in the order of the words.

    Arguments:
        resources: the objects.
        words: the words, ``["pod/a", "deploy/b"]`` or ``["pod", "a", "b"]``.
        namespace: the namespace to look in, as `select` takes it; None for all. A name that
            several objects have, in several namespaces or files, stands for all of them.

    Returns:
        the objects, each once.

    Raises:
        NamingError: the words are not names, or name objects that do not exist: the message
            has a line for each of them.
        UnknownKindError: a word names no kind.
        TypeError: something among the objects is not a `Resource`, or a word or the namespace is
            not a string, or there is one string in place of several words.

    Complexity: O(n + m) for n objects and m words, without an index; a name that no object has
    costs O(n) more, to find the nearest name, within ``MAX_COMPARED_NAMES`` for all names together.

    >>> from labelsel.kubernetes import Inventory
    >>> def pod(name):
    ...     return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}}
    >>> pods = Inventory.of([pod("a"), pod("b"), pod("c")])
    >>> [item.name for item in find_objects(pods, ["pod", "c", "a"])]
    ['c', 'a']
    """
    return find_named(resources, parse_names(words), namespace)


def find_named(
    resources: Iterable[Resource],
    names: Sequence[ObjectName],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
    *,
    missing_ok: bool = False,
    flag: str = "-n",
) -> list[Resource]:
    """Return the objects that have some names, each once, as `find_objects` does.

    With ``missing_ok`` a name that no object has is not an error. ``flag`` is the one that names
    the namespace, for messages.

    >>> from labelsel.kubernetes import Inventory
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> found = find_named(pods, [ObjectName("pod", "a"), ObjectName("po", "b")], missing_ok=True)
    >>> [item.reference for item in found]
    ['pod/a']
    """
    everything = require_each(Resource, resources, HOW_TO_READ)
    by_name = _group_by_name(everything, {name.name for name in names})
    present = {item.group_kind for item in everything}
    kinds_of = {word: parse_kinds(word, present) for word in dict.fromkeys(n.kind for n in names)}
    where, locate = resolve_scope(namespace), namespace_locator(namespace)
    found: dict[int, Resource] = {}
    problems: dict[tuple[str, ...], None] = {}
    missing = _Missing(everything, flag)
    for name in names:
        query = ObjectQuery(
            kinds=kinds_of[name.kind],
            names=frozenset((name.name,)),
            namespace=where,
            cluster_scoped=True,
        )
        namesakes = by_name.get(name.name, [])
        matches = scan(query, namesakes, locate)
        found |= {id(item): item for item in matches}
        if not matches:
            problems[missing.explain(name, query, namesakes)] = None
    if problems and not missing_ok:
        raise NamingError(*(line for lines in problems for line in lines))
    return list(found.values())


def find_object(
    resources: Iterable[Resource],
    words: Sequence[str],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
) -> Resource:
    """Return the one object that words name.

    Arguments:
        resources: the objects.
        words: the words, ``["pod/a"]`` or ``["pod", "a"]``.
        namespace: the namespace to look in, as `select` takes it; None for all.

    Returns:
        the object, one of ``resources``.

    Raises:
        NamingError: the words are not names, name an object that does not exist, or name several
            objects; the message lists these.
        UnknownKindError: a word names no kind.
        TypeError: something among the objects is not a `Resource`, or a word or the namespace is
            not a string, or there is one string in place of several words.

    Complexity: that of `find_objects`.

    >>> from labelsel.kubernetes import Resource, Source
    >>> pod = Resource("Pod", "v1", "shop", "web-1", {}, {}, {}, Source("web.yaml", 1, 1))
    >>> find_object([pod], ["po/web-1"], "shop") is pod
    True
    >>> find_object([pod], ["po/web-9"], "shop")
    Traceback (most recent call last):
        ...
    labelsel.errors.NamingError: po/web-9 not found; did you mean ...
    """
    found = find_objects(resources, words, namespace)
    if len(found) > 1:
        raise NamingError(*several(" ".join(words), found, "choose a namespace with -n"))
    return found[0]


def _check(name: ObjectName) -> ObjectName:
    if not name.kind.strip() or not name.name.strip() or "/" in name.name:
        raise NamingError(
            f'"{name}" is not the name of an object: write KIND/NAME, as in pod/web-1'
        )
    return name


def several(name: str, found: Sequence[Resource], choose: str) -> Iterator[str]:
    """Yield the lines of the error about a name that several objects have.

    Arguments:
        name: the name, as the caller wrote it.
        found: the objects.
        choose: how to choose one of their namespaces.

    >>> from labelsel.kubernetes import Inventory
    >>> def pod(namespace):
    ...     return {"kind": "Pod", "apiVersion": "v1",
    ...             "metadata": {"name": "a", "namespace": namespace}}
    >>> for line in several("a", list(Inventory.of([pod("shop"), pod("blog")])), "add -n"):
    ...     print(line)
    a: expected one object, found 2: add -n
      pod/a in namespace shop, object 1
      pod/a in namespace blog, object 2
    """
    namespaces = {namespace_of(item) for item in found}
    how = f": {choose}" if len(namespaces) > 1 else ""
    yield f"{name}: expected one object, found {len(found)}{how}"
    yield from (f"  {_describe(item)}, {item.source}" for item in found[:_LISTED])
    if len(found) > _LISTED:
        yield "  …"


def check_one_namespace(resources: Iterable[Resource]) -> None:
    """Refuse objects of one kind and name in several namespaces: a change is meant for one.

    Raises:
        NamingError: there are such objects; the message lists them.

    >>> from labelsel.kubernetes import Inventory
    >>> check_one_namespace(Inventory())
    """
    namesakes: dict[tuple[Kind, str], list[Resource]] = {}
    for item in resources:
        namesakes.setdefault((item.group_kind, item.name), []).append(item)
    for (_, name), items in namesakes.items():
        if len({namespace_of(item) for item in items}) > 1:
            raise NamingError(*several(name, items, "name the namespace with -n"))


def _group_by_name(
    resources: Iterable[Resource], names: Collection[str]
) -> dict[str, list[Resource]]:
    """Return the objects that have one of some names, by name."""
    by_name: dict[str, list[Resource]] = {}
    for item in resources:
        if item.name in names:
            by_name.setdefault(item.name, []).append(item)
    return by_name


class _Missing:
    """Says why names have no object: in one message, however many they are.

    Arguments:
        everything: all objects.
        flag: the flag that names the namespace.
    """

    def __init__(self, everything: list[Resource], flag: str) -> None:
        self._everything = everything
        self._flag = flag
        self._of_kind: dict[str, list[Resource]] = {}
        self._comparisons = Comparisons()

    def explain(
        self, name: ObjectName, query: ObjectQuery, namesakes: list[Resource]
    ) -> tuple[str, ...]:
        """Return the lines that say why a query for a name has no answer.

        Arguments:
            name: the name.
            query: the query.
            namesakes: all objects of that name, of whatever kind and namespace.
        """
        anywhere = replace(query, namespace=None)
        namespaces = sorted({namespace_of(item) for item in scan(anywhere, namesakes)})
        if namespaces:
            others = f"in {_join(namespaces)}: add {self._flag} {namespaces[0]}"
            return (escape(f"{name} is not in namespace {query.namespace}, but {others}"),)
        problem = f"{name} not found"
        if "," in name.name:
            return (f"{problem}: separate names with a space",)
        if name.kind not in self._of_kind:
            self._of_kind[name.kind] = scan(replace(anywhere, names=None), self._everything)
        of_kind = self._of_kind[name.kind]
        suggestions = self._suggest(name.name, query.namespace, of_kind)
        if not of_kind:
            problem += f": the input has no {name.kind}"
        elif suggestions:
            problem += f"; did you mean {_join_references(suggestions)}?"
        elif query.namespace and any(
            is_namespaced(item.group_kind) is not False for item in of_kind
        ):
            problem += f" in namespace {query.namespace}"
        if namesakes:
            return (
                problem,
                f"  other objects of that name: {_join([_describe(item) for item in namesakes])}",
            )
        return (problem,)

    def _suggest(self, name: str, namespace: str | None, of_kind: list[Resource]) -> list[Resource]:
        """Return a few objects whose names begin with a name, or the one with the nearest name.

        Of several objects with one name, the one in the namespace is returned.
        """
        if not self._comparisons.take(len(of_kind)):
            return []
        by_name = {item.name: item for item in of_kind}
        by_name |= {item.name: item for item in of_kind if item.namespace == namespace}
        begun = [other for other in by_name if other.startswith(name)]
        # Names of one series are near, too: n1 and n2 have only one letter of two in common.
        numbered = [other for other in by_name if _DIGITS.sub("", other) == _DIGITS.sub("", name)]
        match = nearest(name, by_name, self._comparisons) if not begun else None
        suggestions = begun or ([match] if match else numbered[:1])
        return [by_name[other] for other in suggestions[:_SUGGESTED]]


def _join_references(items: list[Resource]) -> str:
    """Return the references of some objects; a namespace that they share is written once."""
    if len({item.namespace for item in items}) > 1:
        return " or ".join(map(_describe, items))
    return " or ".join([*(item.reference for item in items[:-1]), _describe(items[-1])])


def _describe(item: Resource) -> str:
    namespace = "" if item.namespace is None else f" in namespace {item.namespace}"
    return f"{item.reference}{namespace}"


def _join(words: Sequence[str]) -> str:
    more = ", …" if len(words) > _LISTED else ""
    return f"{', '.join(words[:_LISTED])}{more}"

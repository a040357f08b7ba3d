"""One object by its kind and name, in the words of kubectl: ``pod/web``, ``pod web``.

A name that is not there is an error that says what is: the nearest name, the namespaces that
have it, the other kinds that do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from labelsel.errors import escaped
from labelsel.kubernetes.inventory.find import NamespaceScope, namespace_text, select
from labelsel.kubernetes.model.kinds import Kind, parse_kinds
from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE, namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.typos import nearest

__all__ = [
    "Name",
    "NamingError",
    "check_one_namespace",
    "find_named",
    "find_object",
    "find_objects",
    "names_of",
    "several",
]

_LISTED: Final = 5
_NEAR: Final = 3
#: Short names are short of letters to have in common: of n1 and n2 it is half.
_CUTOFF: Final = 0.5


class Name(NamedTuple):
    """What a user calls an object: a word for its kind, as ``parse_kinds`` takes it; its name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class NamingError(ValueError):
    """Words name no object of the input, or more than the one that is wanted.

    Attributes:
        problem: what is wrong, and what was perhaps meant: a line for each that was given,
            with nothing in a line that would begin another.
    """

    def __init__(self, *lines: str) -> None:
        self.problem = "\n".join(map(escaped, lines))
        super().__init__(self.problem)

    def __str__(self) -> str:
        return self.problem


def names_of(words: Sequence[str]) -> list[Name]:
    """The names in the words of a command line: ``pod/a deploy/b``, or ``pod a b``.

    Raises:
        NamingError: there is a kind without a name, a name without a kind, or both forms.

    >>> names_of(["pod/a", "deploy/b"])
    [Name(kind='pod', name='a'), Name(kind='deploy', name='b')]
    >>> names_of(["pod", "a", "b"])
    [Name(kind='pod', name='a'), Name(kind='pod', name='b')]
    """
    if not any("/" in word for word in words):
        if len(words) < 2:
            kind = words[0] if words else "pod"
            raise NamingError(escaped(f"no object is named: write {kind}/NAME, or {kind} NAME"))
        return [_checked(Name(words[0], word)) for word in words[1:]]
    for word in words:
        if "/" not in word:
            problem = f'"{word}" stands beside names with a kind: write KIND/{word}'
            raise NamingError(escaped(problem))
    return [_checked(Name(*word.split("/", 1))) for word in words]


def find_objects(
    resources: Iterable[Resource],
    words: Sequence[str],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
) -> list[Resource]:
    """The objects that words name, in the order of the words.

    Arguments:
        resources: where to look.
        words: as ``names_of`` takes them.
        namespace: where to look, as ``select`` takes it; None for everywhere. A name that
            several objects have, in several namespaces or files, stands for all of them.

    Raises:
        NamingError: the words are no names, or objects are not there: all of these are told.
        UnknownKindError: a word names no kind.

    Complexity: O(n + m) for n objects and m words.
    """
    return find_named(resources, names_of(words), namespace)


def find_named(
    resources: Iterable[Resource],
    names: Sequence[Name],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
    *,
    missing_ok: bool = False,
) -> list[Resource]:
    """The objects that have names, each once; all else as for ``find_objects``.

    With ``missing_ok`` a name that no object has is no error.
    """
    everything = list(resources)
    wanted = {name.name for name in names}
    kinds = {item.group_kind for item in everything}
    by_name: dict[str, list[Resource]] = {}
    for item in everything:
        if item.name in wanted:
            by_name.setdefault(item.name, []).append(item)
    found: dict[int, Resource] = {}
    problems: dict[tuple[str, ...], None] = {}
    where = namespace_text(namespace)
    for name in names:
        of_kind = parse_kinds(name.kind, kinds)
        same_name = by_name.get(name.name, [])
        candidates = [item for item in same_name if item.group_kind in of_kind]
        here = select(candidates, kinds=name.kind if candidates else None, namespace=namespace)
        if here.resources:
            found |= {id(item): item for item in here.resources}
        elif candidates:
            problems[(_elsewhere(name, where, candidates),)] = None
        else:
            beside = [item for item in everything if item.group_kind in of_kind]
            problems[_absent(name, where, beside, same_name)] = None
    if problems and not missing_ok:
        raise NamingError(*(line for lines in problems for line in lines))
    return list(found.values())


def find_object(
    resources: Iterable[Resource],
    words: Sequence[str],
    namespace: NamespaceScope = DEFAULT_NAMESPACE,
) -> Resource:
    """The one object that words name; arguments and errors as for ``find_objects``.

    Raises:
        NamingError: also where the words name several objects.

    >>> from labelsel.kubernetes import Resource, Source
    >>> pod = Resource("Pod", "v1", "shop", "web-1", {}, {}, {}, Source("web.yaml", 1, 1))
    >>> find_object([pod], ["po/web-1"], "shop") is pod
    True
    >>> find_object([pod], ["po/web-9"], "shop")
    Traceback (most recent call last):
        ...
    labelsel.kubernetes.inventory.names.NamingError: po/web-9 is not there; did you mean ...
    """
    found = find_objects(resources, words, namespace)
    if len(found) > 1:
        raise NamingError(*several(" ".join(words), found, "choose a namespace with -n"))
    return found[0]


def _checked(name: Name) -> Name:
    if not name.kind.strip() or not name.name.strip() or "/" in name.name:
        raise NamingError(f'"{name}" is no name of an object: write KIND/NAME, as in pod/web-1')
    return name


def several(name: str, found: Sequence[Resource], choose: str) -> Iterator[str]:
    """The lines of the error about a name that several objects have.

    Arguments:
        name: what was asked for.
        found: the objects.
        choose: how to choose among their namespaces.
    """
    spaces = {namespace_of(item) for item in found}
    how = f": {choose}" if len(spaces) > 1 else ""
    yield f"{name}: one object is wanted, not {len(found)}{how}"
    yield from (f"  {_placed(item)}, {item.source}" for item in found[:_LISTED])
    if len(found) > _LISTED:
        yield "  …"


def check_one_namespace(resources: Iterable[Resource]) -> None:
    """Refuse objects of one kind and name in several namespaces: what changes is meant to be one.

    Raises:
        NamingError: there are some; it lists them.
    """
    same: dict[tuple[Kind, str], list[Resource]] = {}
    for item in resources:
        same.setdefault((item.group_kind, item.name), []).append(item)
    for (_, name), items in same.items():
        if len({namespace_of(item) for item in items}) > 1:
            raise NamingError(*several(name, items, "name the namespace with -n"))


def _elsewhere(name: Name, namespace: str | None, found: list[Resource]) -> str:
    """Why there is no object of a name in a namespace, where others have it."""
    spaces = sorted({namespace_of(item) for item in found})
    there = f"in {_listed(spaces)}: add -n {spaces[0]}"
    return escaped(f"{name} is not in namespace {namespace}, but {there}")


def _absent(
    name: Name, namespace: str | None, beside: list[Resource], others: list[Resource]
) -> tuple[str, ...]:
    """The lines that say why there is no object of a name anywhere.

    Arguments:
        name: what was asked for.
        namespace: where it was looked for.
        beside: all objects of the kind.
        others: objects of the name that are of other kinds.
    """
    problem = f"{name} is not there"
    if not beside:
        problem += f": the input has no {name.kind}"
    near = _near(name.name, namespace, beside)
    if near:
        problem += f"; did you mean {_either(near)}?"
    if others:
        return problem, f"  of that name: {_listed([_placed(item) for item in others])}"
    return (problem,)


def _near(name: str, namespace: str | None, beside: list[Resource]) -> list[Resource]:
    """A few objects whose names begin so, or the one with the name most like this.

    Of objects with one name that in the namespace is taken.
    """
    names = {item.name: item for item in beside}
    names |= {item.name: item for item in beside if item.namespace == namespace}
    begun = [other for other in names if other.startswith(name)]
    like = nearest(name, names, cutoff=_CUTOFF) if not begun else None
    close = begun if like is None else [like]
    return [names[other] for other in close[:_NEAR]]


def _either(items: list[Resource]) -> str:
    """Some objects, with the namespace said once where they share one."""
    if len({item.namespace for item in items}) > 1:
        return " or ".join(map(_placed, items))
    return " or ".join([*(item.reference for item in items[:-1]), _placed(items[-1])])


def _placed(item: Resource) -> str:
    where = "" if item.namespace is None else f" in namespace {item.namespace}"
    return f"{item.reference}{where}"


def _listed(words: Sequence[str]) -> str:
    more = ", …" if len(words) > _LISTED else ""
    return f"{', '.join(words[:_LISTED])}{more}"

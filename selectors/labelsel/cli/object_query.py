"""Finds the objects that the words and options of a command line mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

import click

from labelsel.cli.input import (
    InputReader,
    bad_input,
    check_names,
)
from labelsel.cli.options import Reading, Scope, Target, is_stream
from labelsel.cli.screen import Failure, say
from labelsel.cli.selector_flags import (
    ANNOTATION_FLAGS,
    naming_field_flag,
    parse_flag,
    report_patterns,
    target_annotations,
    target_fields,
    target_labels,
    trim_selector,
)
from labelsel.errors import quote
from labelsel.kubernetes import (
    FindResult,
    Resource,
    UnknownKindError,
    namespace_of,
    parse_kinds,
    select,
    served_labels,
)
from labelsel.kubernetes.inventory.find import find_namespace
from labelsel.kubernetes.inventory.names import (
    ObjectName,
    check_one_namespace,
    find_named,
    parse_names,
)
from labelsel.kubernetes.model.kinds import NAMESPACE, is_kind
from labelsel.kubernetes.read.rendering import Rendering
from labelsel.predicate import compile_predicate
from labelsel.selector import Everything

__all__ = ["CommandQuery", "EditQuery", "Words", "check_writable", "find", "namespaces_named"]

#: A requirement of a label in the place of a kind or a name: a=b, a!=b.
_EQUATION: Final = re.compile(r"(?:[\w.-]+/)?\w[\w.-]*!?==?[\w.-]*")


@dataclass(frozen=True, slots=True)
class Words:
    """The kinds or the single objects that the words of a command line name.

    Attributes:
        kinds: names of kinds, or None for all.
        names: kinds and names of single objects; empty if all objects of the kinds are meant.
    """

    kinds: str | None
    names: tuple[ObjectName, ...]

    @property
    def are_one(self) -> bool:
        """Whether they name one object."""
        return len(self.names) == 1

    @classmethod
    def parse(cls, words: Sequence[str]) -> Words:
        """Read ``KIND``, ``KIND NAME…`` or ``KIND/NAME…``, as kubectl does.

        >>> Words.parse(["deploy,svc"]).kinds, Words.parse(["pod/web"]).are_one
        ('deploy,svc', True)
        """
        equation = next(filter(_EQUATION.fullmatch, words), None)
        if equation is not None:
            problem = f"{equation} is not a kind or a name, which have no '='"
            raise click.UsageError(f"{problem}: to select by labels, write -l {equation}")
        if not words or (len(words) == 1 and "/" not in words[0]):
            return cls(words[0] if words else None, ())
        return cls(None, tuple(parse_names(check_names(tuple(words)))))


@dataclass(frozen=True, slots=True)
class CommandQuery:
    """The objects that a command line selects. Raises a usage error if its options contradict.

    Attributes:
        words: the kinds or objects that are named.
        target: the selectors.
        scope: the namespaces to look in.
        reading: what is read.
        namespaces_by_content: whether a namespace may be named that is known only by the objects
            in it: manifests seldom contain their namespaces.
    """

    words: Words
    target: Target
    scope: Scope
    reading: Reading
    namespaces_by_content: bool = False

    def __post_init__(self) -> None:
        if self.words.names:
            given = self.target.selectors
            self._refuse(*((flag, any(map(trim_selector, texts))) for flag, texts in given))
            self._refuse(("--selected-by", self.target.selected_by))

    def _refuse(self, *flags: tuple[str, object]) -> None:
        """Raise a usage error where one of some flags is given beside names."""
        given = [flag for flag, value in flags if value]
        if given:
            msg = f"names and {given[0]} cannot be combined: leave one of them out"
            raise click.UsageError(msg)


@dataclass(frozen=True, slots=True)
class EditQuery(CommandQuery):
    """Which objects are to change: named objects, selected objects, or all of a kind.

    If nothing says which object is meant, as in ``kubectl label -f pod.yaml a=b``, it is the only
    object of the input; several objects are an error. A selector that selects everything, as a
    blank one does, is a usage error: an empty variable in a script must not change all objects.
    """

    def __post_init__(self) -> None:
        CommandQuery.__post_init__(self)
        self._refuse_unlimited()
        target = self.target
        if self.words.names:
            self._refuse(("--all", target.everything), ("-A", self.scope.all_namespaces))
        elif not (target.selectors or target.everything or self.is_bare):
            problem = "no object is named: add names, a selector with -l SELECTOR, or --all"
            word = self.words.kinds
            if word is not None and not ("," in word or is_kind(word)):
                problem += f"; {word} is read as a kind, and an object is KIND/{word}"
            raise click.UsageError(problem)
        elif target.everything and target.selectors:
            flag, _ = target.selectors[0]
            raise click.UsageError(f"--all and {flag} cannot be combined: leave one of them out")

    def _refuse_unlimited(self) -> None:
        """Raise a usage error where a selector selects everything.

        Raises:
            Failure: a text is not a selector.
        """
        for flag, texts in self.target.selectors:
            for text in texts:
                if _selects_all(flag, text):
                    problem = f"{flag} {text!r} selects everything"
                    raise click.UsageError(f"{problem}: for all objects of a kind use --all")

    @property
    def is_in_one_namespace(self) -> bool:
        """Whether a namespace was named, and no kind, so that no object outside of it is meant."""
        scope = self.scope
        return self.words.kinds is None and bool(scope.namespace) and not scope.all_namespaces

    @property
    def is_bare(self) -> bool:
        """Whether nothing says which object is meant."""
        target = self.target
        some = self.words.names or target.selectors or target.everything
        return not some and (self.words.kinds, self.scope.namespace) == (None, None)

    @property
    def is_one(self) -> bool:
        """Whether one object is meant: by its name, or as the only one."""
        return self.words.are_one or self.is_bare


def _selects_all(flag: str, text: str) -> bool | None:
    """Return whether a selector selects everything; None if that cannot be decided.

    An expression can do so in many ways, as in ``all() || has(a)``. Its meaning is asked for only
    if it selects an object without labels: the module that decides takes time to load.
    """
    selector = parse_flag(flag, text)
    if isinstance(selector, Everything):
        return True
    return selector.matches({}) and selector.is_equivalent(Everything()).truth


def _refuse_all_objects(query: EditQuery, resources: Sequence[Resource]) -> None:
    """Refuse a selector that may select everything, and does so in the input.

    Nobody decides whether any text matches a regular expression. An object of the input that the
    selector does not select decides it here.
    """
    for flag, texts in query.target.selectors:
        strings = attrgetter("annotations") if flag in ANNOTATION_FLAGS else served_labels
        for text in texts:
            if _selects_all(flag, text) is not None:
                continue
            selects = compile_predicate(parse_flag(flag, text))
            if resources and all(selects(strings(item)) for item in resources):
                problem = f"{flag} {quote(text)} selects all objects in the input"
                raise Failure(f"{problem}: for all objects of a kind use --all")


def check_writable(inputs: Iterable[str | Rendering], *, shown: bool) -> None:
    """Raise a usage error where an input cannot be written, and the result is not shown either."""
    if shown:
        return
    advice = "add -o yaml or --dry-run to see the result"
    for each in inputs:
        if isinstance(each, Rendering):
            what = f"what {each.name} prints"
            advice = f"name the files that it is made of with -f, or {advice}"
        elif is_stream(each):
            what = "standard input" if each == "-" else each
        else:
            continue
        raise click.UsageError(f"{what} cannot be written: {advice}")


def find(query: CommandQuery, reader: InputReader) -> tuple[list[Resource], FindResult]:
    """Read all objects, and find the ones that are meant; return both.

    Raises:
        Failure: a selector, a kind or the input is bad, or no object has a name.
    """
    with bad_input(), _explaining_kustomizations():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        labels = target_labels(query.target)
        fields = target_fields(query.target)
        annotations = target_annotations(query.target)
        resources = reader.read()
        namespace = query.scope.namespaces
        if isinstance(query, EditQuery) and query.is_bare:
            return resources, FindResult(_only(resources, complete=reader.complete), {})
        if query.words.names:
            return resources, FindResult(_find_named(resources, query), {})
        kinds = query.words.kinds
        condition = _selected_by(query, resources, reader)
        if isinstance(query, EditQuery):
            _refuse_all_objects(query, resources)
        with naming_field_flag(query.target.fields):
            found = select(
                resources,
                labels,
                kinds=kinds,
                fields=fields,
                annotations=annotations,
                namespace=namespace,
                condition=condition,
            )
            changes = isinstance(query, EditQuery)
            report_patterns(query.target.fields, resources, changes=changes)
        if isinstance(query, EditQuery) and query.is_in_one_namespace:
            found = _without_cluster_objects(found)
        return resources, found


def _without_cluster_objects(found: FindResult) -> FindResult:
    """Leave out the objects without a namespace, such as nodes, and say so."""
    inside = [item for item in found.resources if find_namespace(item) is not None]
    if len(inside) < len(found.resources):
        count = len(found.resources) - len(inside)
        if count == 1:
            objects, their, them = "1 object that has", "its", "it"
        else:
            objects, their, them = f"{count:,} objects that have", "their", "them"
        problem = f"left out, {objects} no namespace"
        say(f"{problem}: name {their} kind, or leave out -n, to change {them}")
    return replace(found, resources=inside)


def _selected_by(
    query: CommandQuery, resources: list[Resource], reader: InputReader
) -> Callable[[Resource], bool] | None:
    """Return whether an object is selected by that of --selected-by; None without the option."""
    if query.target.selected_by is None:
        return None
    # Imported here: it brings the indexes, which take time to load.
    from labelsel.cli.selected_objects import select_by  # noqa: PLC0415 - see above

    return select_by(query.target.selected_by, resources, query.scope, reader)


@contextmanager
def _explaining_kustomizations() -> Iterator[None]:
    """Say of a word for a Kustomization that it is a file, and no object."""
    try:
        yield
    except UnknownKindError as error:
        if not error.word.lower().startswith("kustomization"):
            raise
        problem = f"{error.word} is a file of kustomize, which is skipped: it holds no object"
        raise Failure(problem) from error


def _find_named(resources: list[Resource], query: CommandQuery) -> list[Resource]:
    """Return the objects of the names. Names of objects to change are in one namespace."""
    names = query.words.names
    if query.namespaces_by_content:
        names = _names_of_objects(resources, names)
    found = find_named(resources, names, query.scope.namespaces, missing_ok=query.target.missing_ok)
    if isinstance(query, EditQuery):
        check_one_namespace(found)
    return found


def _only(resources: list[Resource], *, complete: bool) -> list[Resource]:
    """Return the objects if there is at most one; a failure if there are or may be more."""
    several = f"the input has {len(resources)} objects" if len(resources) > 1 else ""
    unread = "" if complete else "a part of the input was not read"
    problem = ", and ".join(filter(None, [several, unread]))
    if problem:
        msg = f"{problem}: name the objects, or add -l SELECTOR or --all"
        raise Failure(msg)
    return resources


def namespaces_named(resources: Iterable[Resource], names: Iterable[ObjectName]) -> set[ObjectName]:
    """Return the names among some names of objects that name namespaces."""
    names = set(names)
    present = {item.group_kind for item in resources}
    words = {word for word, _ in names if NAMESPACE in parse_kinds(word, present)}
    return {name for name in names if name.kind in words}


def _names_of_objects(
    resources: list[Resource], names: tuple[ObjectName, ...]
) -> tuple[ObjectName, ...]:
    """Return the names without those of namespaces that are known only by their content."""
    defined = {item.name for item in resources if item.group_kind == NAMESPACE}
    by_content = {namespace_of(item) for item in resources} - defined
    namespaces = namespaces_named(resources, names)
    return tuple(name for name in names if name not in namespaces or name.name not in by_content)

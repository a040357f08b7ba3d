"""What named objects select: for ``selects`` and for ``get --selected-by``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from labelsel.cli.added_selectors import AddedSelectors
from labelsel.cli.input import InputReader, check_names
from labelsel.cli.namesakes import leave_out_patches, report_kustomized
from labelsel.cli.options import Scope
from labelsel.cli.screen import Failure, say
from labelsel.cli.selector_columns import shown_path, shown_text
from labelsel.errors import escape
from labelsel.kubernetes import (
    ObjectSelector,
    Resource,
    SelectorRelation,
    SelectorTarget,
    carries_selectors,
    find_object,
    read_object_selectors,
    selector_targets,
)
from labelsel.kubernetes.selection.object_selectors import is_external_name
from labelsel.typos import did_you_mean, nearest

__all__ = ["SelectorAnswer", "SelectorsOf", "find_owner_problem", "read_selected", "select_by"]

#: A message names so many namespaces or paths, so that it stays one line.
_LISTED: Final = 3


@dataclass(frozen=True, slots=True)
class SelectorAnswer:
    """One selector of an object, and the targets that it selects."""

    object_selector: ObjectSelector
    targets: Sequence[SelectorTarget]

    def describe_nothing(self) -> str:
        """Return that it selects nothing, and where it looked."""
        found = self.object_selector
        what = f"{shown_path(found)} {shown_text(found)} of {found.owner.reference}"
        return f"{what} selects no {found.target.kind}{_where(found)}."


@dataclass(frozen=True, slots=True)
class SelectorsOf:
    """An object, and the answer of each of its selectors.

    Attributes:
        owner: the object.
        answers: an answer for each selector.
        kustomized: whether kustomize adds its main selector, so that this is not known.
    """

    owner: Resource
    answers: Sequence[SelectorAnswer]
    kustomized: bool = False

    @property
    def targets(self) -> list[SelectorTarget]:
        """All targets that it selects, each once."""
        targets = [target for answer in self.answers for target in answer.targets]
        return list({id(target): target for target in targets}.values())

    def describe_nothing(self) -> Iterator[str]:
        """Yield a line for each selector that selects nothing, or one if there is no selector.

        That kustomize adds a selector was said when it was looked for.
        """
        if not self.answers and not self.kustomized:
            name, why = self.owner.reference, "has no selector"
            if is_external_name(self.owner):
                why = "is of type ExternalName, which ignores its selector"
            yield f"{name} selects nothing: it {why}."
        for answer in self.answers:
            if not answer.targets:
                yield answer.describe_nothing()


def find_owner_problem(owner: Resource) -> str:
    """Return why nobody can say what an object selects; empty if its selectors are known."""
    if carries_selectors(owner):
        return ""
    return (
        f"{owner.reference} is of a kind without selectors that labelsel knows: it reads those of "
        "Services, workloads, pods, policies, monitors, and what selects monitors"
    )


def read_selected(
    owners: Sequence[Resource],
    resources: Sequence[Resource],
    reader: InputReader,
    take: Callable[[Iterator[SelectorAnswer]], Iterable[SelectorAnswer]] = iter,
) -> list[SelectorsOf]:
    """Return what each of some objects selects among all objects of the input.

    Input errors are those of the selectors of these objects, and of all template labels.

    Arguments:
        owners: the objects.
        resources: all objects of the input.
        reader: what has read them.
        take: returns the answers of all selectors, and may refuse them.
    """
    added = AddedSelectors(owners, resources, reader)
    found = read_object_selectors(owners, everything=resources, on_error=added.on_error)
    relation = SelectorRelation(found, selector_targets(resources, on_error=reader.on_error))
    reader.end_at_errors()
    answers: dict[int, list[SelectorAnswer]] = defaultdict(list)
    for answer in take(SelectorAnswer(each, relation.selected_by(each)) for each in found):
        answers[id(answer.object_selector.owner)].append(answer)
    return [SelectorsOf(owner, answers[id(owner)], kustomized=owner in added) for owner in owners]


def select_by(
    text: str, resources: Sequence[Resource], scope: Scope, reader: InputReader
) -> Callable[[Resource], bool]:
    """Return whether an object is selected by the one that ``--selected-by`` names.

    Says on standard error what selects nothing, and where several selectors select.

    Raises:
        Failure: the object has no selector at the path, or is of a kind without selectors.
        NamingError: there is no object of the name, or several.
    """
    name, colon, path = text.partition(":")
    if "/" not in name or (colon and not path):
        problem = f"--selected-by {text!r} is not KIND/NAME or KIND/NAME:PATH"
        raise click.UsageError(f"{problem}: write svc/web, or netpol/wall:spec.podSelector")
    here = leave_out_patches(resources, reader)
    report_kustomized(here, resources, reader)
    owner = find_object(here, check_names((name,), one=True), scope.namespaces)
    if problem := find_owner_problem(owner):
        raise Failure(f"{owner.source}: {problem}")
    [found] = read_selected([owner], here, reader)
    if path:
        found = SelectorsOf(owner, _at_path(found, path), kustomized=found.kustomized)
    for line in () if found.targets else found.describe_nothing():
        say(line)
    several = [shown_path(each.object_selector) for each in found.answers if each.targets]
    if len(several) > 1:
        paths = _join(several)
        say(f"{owner.reference} has several selectors: {paths}; for one add its path: {name}:PATH")
    selected = {id(target.origin) for target in found.targets}
    return lambda item: id(item) in selected


def _at_path(found: SelectorsOf, path: str) -> list[SelectorAnswer]:
    """Return the answers of the selectors at a path or below it."""
    paths = [shown_path(each.object_selector) for each in found.answers]
    at_path = [
        answer
        for answer, own in zip(found.answers, paths, strict=True)
        if own == path or own.startswith((f"{path}.", f"{path}["))
    ]
    if not at_path:
        problem = f"{found.owner.source}: {found.owner.reference} has no selector at {escape(path)}"
        listed = f"; it has {_join(paths)}" if paths else ""
        raise Failure(f"{problem}{did_you_mean(nearest(path, paths)) or listed}")
    return at_path


def _where(found: ObjectSelector) -> str:
    """Return where a selector looked; empty for everywhere."""
    if found.namespaces is None:
        return ""
    if not found.namespaces:
        return ": no namespace is selected to look in"
    names = sorted(found.namespaces)
    return f" in the namespaces {_join(names)}" if len(names) > 1 else f" in {names[0]} namespace"


def _join(words: Iterable[str]) -> str:
    every = list(words)
    more = len(every) - _LISTED
    listed = ", ".join(every[:_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed

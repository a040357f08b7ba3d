"""Several objects of one name: an answer for each, under a heading that says where it stands.

A folder often holds an object more than once: for several clusters, or before and after rendering.
The patches of kustomize have the name of an object, too; they are no objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from rich.text import Text

from labelsel.cli.input import InputReader
from labelsel.cli.screen import Failure, say
from labelsel.cli.tables import fit_terminal, print_rich
from labelsel.errors import Path, escape
from labelsel.kubernetes import Resource, SelectorTarget, selector_target
from labelsel.kubernetes.model.field_names import SPREAD_CONSTRAINTS
from labelsel.kubernetes.read.input_files import read_text_again
from labelsel.kubernetes.selection.deployer_kinds import is_deployer, may_have_deployer
from labelsel.kubernetes.selection.kustomize_changes import (
    DELETED,
    FindChanges,
    KustomizeChanges,
)
from labelsel.limits import MAX_PRINTED_PAIRS

if TYPE_CHECKING:
    from labelsel.lint.kustomizations import Kustomizations

__all__ = [
    "all_kustomizations",
    "input_kustomizations",
    "known_targets",
    "kustomize_changes",
    "labels_problem",
    "leave_out_patches",
    "leave_out_problems",
    "limit_pairs",
    "object_heading",
    "print_each",
    "report_kustomized",
    "too_many_pairs",
]

#: What decides which objects an object selects, and which ones select it.
_SELECTING: Final[tuple[Path, ...]] = (
    *(DELETED, ("metadata", "namespace"), ("metadata", "labels")),
    *(("spec", "template", "metadata", "labels"), ("spec", "selector"), ("spec", "podSelector")),
    *(("spec", "ingress"), ("spec", "egress"), ("spec", "template", "spec", "affinity")),
    *(("spec", "template", "spec", name) for name in ("nodeSelector", SPREAD_CONSTRAINTS)),
)
Answer = TypeVar("Answer")


def leave_out_patches(resources: Sequence[Resource], reader: InputReader) -> list[Resource]:
    """Return objects without the patches that a Kustomization of the input names.

    A patch is not an object: it has the name of one, and a part of it. A NetworkPolicy without
    the selector that its patch leaves as it is would select everything.
    """
    files = {each.source.file for each in resources}
    known = input_kustomizations(files, reader)
    if known is None:
        return list(resources)
    patches = set(filter(known.is_patch, files))
    if patches:
        share = f"{len(patches):,} of {len(files):,} files"
        say(f"left out as patches of kustomize: {share}; -k DIR reads what it builds")
    return [each for each in resources if each.source.file not in patches]


def report_kustomized(
    used: Iterable[Resource], resources: Iterable[Resource], reader: InputReader
) -> None:
    """Say which objects get labels or a namespace of kustomize, or are patched where they select.

    Arguments:
        used: the objects on which the answer depends.
        resources: all objects of the input.
        reader: what has read them.
    """
    find_changes = kustomize_changes(resources, reader)
    if find_changes is None:
        return
    listed = [(each.source.file, find_changes(each)) for each in used]
    for is_changed, verb in (
        (_is_moved, "sets labels or the namespace of"),
        (_is_patched, "patches labels or selectors of"),
    ):
        files = sorted({file for file, changes in listed if changes and is_changed(changes)})
        if files:
            more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
            what = f"kustomize {verb} objects in {files[0]}{more}"
            say(f"not considered: {what}; -k DIR reads what it builds")


def kustomize_changes(resources: Iterable[Resource], reader: InputReader) -> FindChanges | None:
    """Return what finds the changes that Kustomizations of an input make to its objects.

    Arguments:
        resources: all objects of the input, also those in files of patches.
        reader: what has read them.

    Returns:
        the function, or None if the input has no Kustomization.
    """
    known = all_kustomizations(resources, reader)
    return None if known is None else known.changes


def all_kustomizations(resources: Iterable[Resource], reader: InputReader) -> Kustomizations | None:
    """Return the Kustomizations of an input with all its objects; None if it has none."""
    objects = list(resources)
    return input_kustomizations({each.source.file for each in objects}, reader, objects)


def _is_moved(changes: KustomizeChanges) -> bool:
    """Whether labels or the namespace of an object are set."""
    return bool(changes.namespaces or changes.labels or changes.pod_labels)


def _is_patched(changes: KustomizeChanges) -> bool:
    """Whether a patch may change what an object selects, or what selects it."""
    return any(map(changes.may_patch, _SELECTING))


def input_kustomizations(
    files: Collection[str], reader: InputReader, objects: Collection[Resource] = ()
) -> Kustomizations | None:
    """Return the Kustomizations of an input; None if it has none."""
    # Reading skips a Kustomization: if nothing was left out, the rules of lint, which come with
    # the package of Kustomizations, are not imported.
    unread = reader.unread_files()
    if not (reader.skipped or unread or any(map(is_deployer, objects))):
        return None
    from labelsel.lint.kustomizations import Kustomizations  # noqa: PLC0415  # see above

    texts = ((file, read_text_again(file)) for file in unread)
    open_files = [file for file, text in texts if text is not None and may_have_deployer(text)]
    return Kustomizations(reader.skipped, files, objects, unread, open_files)


def leave_out_problems(
    resources: Sequence[Resource], find_problem: Callable[[Resource], str]
) -> list[Resource]:
    """Return the objects of one name about which a question can be asked, and say which cannot.

    Arguments:
        resources: the objects.
        find_problem: returns why nobody can ask about an object; empty without a problem.

    Raises:
        Failure: all of them have a problem.
    """
    problems = {id(item): problem for item in resources if (problem := find_problem(item))}
    lines = [f"{item.source}: {problems[id(item)]}" for item in resources if id(item) in problems]
    if len(lines) == len(resources):
        raise Failure(*lines)
    for line in lines:
        say(f"left out, {line}")
    return [item for item in resources if id(item) not in problems]


def known_targets(
    resources: Sequence[Resource], find_problem: Callable[[Resource, SelectorTarget | None], str]
) -> list[SelectorTarget]:
    """Return the targets that objects of one name are, and say which of the objects are none.

    Arguments:
        resources: the objects.
        find_problem: returns why nobody can say anything of an object, which may be no target;
            empty if there is no problem.

    Raises:
        Failure: all of them have a problem.
    """
    targets = {id(item): selector_target(item) for item in resources}
    kept = leave_out_problems(resources, lambda item: find_problem(item, targets[id(item)]))
    return [target for item in kept if (target := targets[id(item)]) is not None]


def labels_problem(target: SelectorTarget) -> str:
    """Return why the labels of a target are not known; empty if they are."""
    if target.labels or not target.from_template:
        return ""
    reference = target.origin.reference
    problem = f"{reference} has no labels in its template, so its pods are not known"
    return f"{problem}; if kustomize adds them, read what it builds: -k DIR"


def limit_pairs(answers: Iterable[Answer], size: Callable[[Answer], int]) -> list[Answer]:
    """Return several answers, unless they have too many pairs. One answer has no limit.

    Arguments:
        answers: the answers: n objects of one name that n selectors select have n * n pairs. Those
            beyond the limit are not made.
        size: returns how many pairs an answer has.

    Raises:
        Failure: several answers have more than `MAX_PRINTED_PAIRS`.
    """
    kept: list[Answer] = []
    pairs = 0
    for answer in answers:
        kept.append(answer)
        pairs += size(answer)
        if len(kept) > 1 and pairs > MAX_PRINTED_PAIRS:
            raise too_many_pairs("the answers have", "name one namespace with -n, or fewer files")
    return kept


def too_many_pairs(what: str, advice: str) -> Failure:
    """Return the failure for more than `MAX_PRINTED_PAIRS`."""
    limit = f"more than {MAX_PRINTED_PAIRS:,} pairs of a selector and an object"
    return Failure(f"{what} {limit}; {advice}")


def object_heading(item: Resource) -> Text:
    """Return the line above the answer about an object: its name, its namespace and its source."""
    where = "" if item.namespace is None else f" in namespace {item.namespace}"
    text = Text(escape(item.reference), style="bold")
    text.append(escape(f"{where} ({item.source})"), style="not bold dim")
    return text


def print_each(answers: Iterable[tuple[Text, Callable[[], None]]]) -> None:
    """Print answers, each under its heading, with a blank line between them."""
    for number, (heading, print_answer) in enumerate(answers):
        if number:
            print_rich(Text())
        print_rich(fit_terminal(heading))
        print_answer()

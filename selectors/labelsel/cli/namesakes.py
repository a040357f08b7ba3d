"""Several objects of one name: an answer for each, under a heading that says where it stands.

A folder often holds an object more than once: for several clusters, or before and after rendering.
The patches of kustomize have the name of an object, too; they are no objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.text import Text

from labelsel.cli.input import InputReader
from labelsel.cli.screen import Failure, say
from labelsel.cli.tables import fit_terminal, print_rich
from labelsel.errors import escape
from labelsel.kubernetes import Resource

__all__ = ["leave_out_patches", "leave_out_problems", "object_heading", "print_each"]


def leave_out_patches(resources: Sequence[Resource], reader: InputReader) -> list[Resource]:
    """Return objects without the patches that a Kustomization of the input names.

    A patch is not an object: it has the name of one, and a part of it. A NetworkPolicy without
    the selector that its patch leaves as it is would select everything.
    """
    # Only a Kustomization names patches, and reading skips it: without one the rules of lint,
    # which come with its package, are not imported.
    if not reader.skipped:
        return list(resources)
    from labelsel.lint.kustomizations import Kustomizations  # noqa: PLC0415  # see above

    files = {each.source.file for each in resources}
    patches = set(filter(Kustomizations(reader.skipped, files).is_patch, files))
    if patches:
        share = f"{len(patches):,} of {len(files):,} files"
        say(f"left out as patches of kustomize: {share}; -k DIR reads what it builds")
    return [each for each in resources if each.source.file not in patches]


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

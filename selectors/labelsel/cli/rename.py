"""``labelsel rename``: rename a label in all objects and selectors, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.diffs import print_diffs
from labelsel.cli.edits import (
    SHOWN_LINES,
    first_lines,
    locations_of_namesakes,
    write_changes,
)
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.object_query import check_writable
from labelsel.cli.options import Reading, option_group, reading_options
from labelsel.cli.printers import (
    LinesResult,
    ObjectDataResult,
    ObjectList,
    Output,
    change_output_options,
)
from labelsel.cli.screen import Failure, printing, say
from labelsel.kubernetes import (
    LabelRenaming,
    ManifestError,
    ManifestWarning,
    MovedPair,
    RenamePlan,
    Resource,
    rename_label,
)
from labelsel.kubernetes.renaming.pairs import read_targets
from labelsel.kubernetes.renaming.plan import find_line
from labelsel.typos import did_you_mean, nearest

__all__ = ["rename_command"]

_HELP: Final = """\
Rename a label in all objects, and in every selector that names it.

OLD and NEW are labels: app=web app.kubernetes.io/name=web renames the label with this value, app
app.kubernetes.io/name the key with all values, and app=web app=front the value.

The command changes the labels of objects, those of pod templates and of other templates, and the
selectors, matchers, affinity terms and keys that name the label, in all files that are read:
name all that belong together. All of it is renamed, or nothing: before a file is written, the new
texts are read again, and each selector must select exactly what it selected. If one would not, it
is named with an object that it would start or stop selecting; so is a term that cannot say the
same of the new label.

Selectors of nodes, namespaces and other kinds of which no object in the input has the label stay
as they are. What the command cannot see is named: labels that kustomize adds, templates, texts in
ConfigMaps and annotations; and fields that the API server lets nobody change once the object runs.

The exit status is 0; 1 if nothing is renamed, or a part of the input is bad; 2 if the command
line is wrong.

\b
Examples:
  labelsel rename app app.kubernetes.io/name -f shop/ --dry-run
  labelsel rename app=web app.kubernetes.io/name=web -f shop/
  labelsel rename app=web app=front -f shop/ -f monitoring/
"""

_LABELS: Final = 2
#: So many objects are named in a line about all objects of a kind.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Labels:
    """The words of the command line: the old and the new label."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != _LABELS:
            problem = f"expected two labels, OLD and NEW, got {len(self.words)}"
            example = "labelsel rename app=web app.kubernetes.io/name=web"
            raise click.UsageError(f"{problem}; an example is {example}")


@dataclass(frozen=True, slots=True)
class _Renamed(ObjectDataResult, LinesResult):
    """The objects with the new label.

    Attributes:
        changed: the objects, each before and after.
        suffix: the end of a line about an object.
    """

    changed: Sequence[tuple[Resource, Resource]]
    suffix: str

    def objects(self) -> list[Resource]:
        return [after for _, after in self.changed]

    def data(self) -> object:
        return ObjectList(self.objects())

    def lines(self) -> Iterator[str]:
        objects = self.objects()
        for each, location in zip(objects, locations_of_namesakes(objects), strict=True):
            yield f"{each.reference}{location} renamed{self.suffix}"


@click.command("rename", cls=KubectlCommand, help=_HELP)
@reading_options("Read and write a file, or the files in a folder.", writes=True)
@option_group("labels", _Labels, click.argument("words", nargs=-1, metavar="OLD NEW"))
@change_output_options(_Renamed)
def rename_command(*, reading: Reading, labels: _Labels, output: Output) -> None:
    """Rename a label in the files.

    Raises:
        Failure: a label or the input is bad, or a selector would select something else. No file
            has changed.
    """
    check_writable(reading.inputs, shown=output.dry_run or output.shows_objects)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a label should not cost a minute.
        LabelRenaming.from_texts(*labels.words)
        resources = reader.read()
        left_out: list[ManifestError | ManifestWarning] = [*reader.errors]
        left_out += [*reader.skipped, *reader.unread]
        plan = rename_label(resources, *labels.words, left_out=left_out)
    _say_listed(plan.warnings, "stays")
    _say_immutable(plan)
    _refuse(plan, resources)
    is_written = not (output.dry_run or output.shows_objects)
    if is_written:
        reader.refuse_interrupted()
        write_changes(lambda _: list(plan.rewrites))
    if output.dry_run and output.format is None and plan.rewrites:
        with printing():
            print_diffs(plan.rewrites)
    else:
        output.print(_Renamed(plan.changed, output.suffix))
    _report(plan, is_written=is_written)
    reader.finish(changes=True)


def _refuse(plan: RenamePlan, resources: Sequence[Resource]) -> None:
    """End the run where nothing is to be renamed, or something forbids it.

    Raises:
        Failure: there is such a reason.
    """
    old = plan.renaming.old
    if not (plan.labels or plan.is_refused):
        meant = did_you_mean(_nearest_label(plan.renaming, resources))
        lines = [f"nothing was renamed: no object and no template has the label {old}{meant}"]
        if plan.speakers:
            lines.append("these name it, and may select objects that are not in the input:")
            lines += first_lines(f"  {each.reference} ({each.source})" for each in plan.speakers)
        raise Failure(*lines)
    if not plan.is_refused:
        return
    _say_listed(plan.refusals, "refused")
    _say_listed(list(map(_LocatedPair, plan.moved)), "refused")
    reasons = []
    if plan.refusals:
        reasons.append(f"{_count(len(plan.refusals), 'part')} cannot be renamed")
    if plan.moved:
        what = _count(len(plan.moved), "selector")
        reasons.append(f"{what} would select something else")
    raise Failure(f"nothing was renamed: {', and '.join(reasons)} (above)")


def _nearest_label(renaming: LabelRenaming, resources: Sequence[Resource]) -> str | None:
    """Return the label of objects and templates that is nearest to the old one; None if none is."""
    labels = {each for found in read_targets(enumerate(resources)) for each in found.labels.items()}
    key, value = renaming.old_key, renaming.old_value
    values = {each for other, each in labels if other == key}
    if values and value is not None:
        found = nearest(value, values)
        return None if found is None else f"{key}={found}"
    return nearest(key, {other for other, _ in labels})


@dataclass(frozen=True, slots=True)
class _LocatedPair:
    """A pair that would start or stop, with the lines of the selector and of the labels."""

    pair: MovedPair

    def __str__(self) -> str:
        pair = self.pair
        where = replace(pair.owner.source, line=find_line(pair.owner, pair.path))
        line = find_line(pair.target, (*pair.target_path, "labels"))
        source = replace(pair.target.source, line=line)
        return f"{where}: {replace(pair, target=replace(pair.target, source=source))}"


def _say_listed(remarks: Sequence[object], what: str) -> None:
    """Say the first of some remarks, each with the word for what it is about.

    The text of a remark is made only if it is shown: its line is found in the file.
    """
    if remarks:
        shown = remarks[:SHOWN_LINES]
        more = len(remarks) - len(shown)
        rest = [f"and {more:,} more"] if more else []
        say(*(f"{what}: {each}" for each in shown), *rest)


def _say_immutable(plan: RenamePlan) -> None:
    """Say for each kind of which the API server refuses the change once the object exists."""
    for (kind, path), objects in plan.immutable.items():
        names = ", ".join(f"{each.reference} ({each.source})" for each in objects[:_NAMED])
        more = f" and {len(objects) - _NAMED:,} more" if len(objects) > _NAMED else ""
        say(
            f"warning: the API server lets nobody change {path} of a {kind.kind} that exists: "
            f"delete and create {'it' if len(objects) == 1 else 'them'} anew: {names}{more}"
        )


def _report(plan: RenamePlan, *, is_written: bool) -> None:
    """Say what was renamed, and what was proven."""
    assert plan.comparison is not None  # a plan that is not refused has one
    compared = plan.comparison
    done = "renamed" if is_written else "would rename"
    files = f" in {_count(len(plan.rewrites), 'file')}" if plan.rewrites else ""
    objects = _count(len(plan.changed), "object")
    say(
        f"{done} {plan.renaming.old} to {plan.renaming.new} in {objects}{files}: "
        f"{_count(plan.labels, 'label')} and {_count(plan.terms, 'term')} of selectors",
        f"proof: the new texts, read again, have the same pairs: "
        f"{_count(compared.selectors, 'selector')} that the rename may concern, "
        f"{_count(compared.targets, 'label set')}, {_count(compared.pairs, 'pair')} "
        "before and after",
    )


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"

"""The common part of ``labelsel label`` and ``labelsel annotate``: all but a few words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, takewhile
from typing import Any, Final, Literal, NoReturn, TypeAlias

import click

from labelsel.cli.edits import first_lines, locations_of_namesakes, make_edits
from labelsel.cli.input import InputReader
from labelsel.cli.no_objects import (
    report_absent_keys,
    report_no_objects,
    report_other_namespaces,
)
from labelsel.cli.object_query import EditQuery, Words, check_writable, find
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    all_option,
    annotation_options,
    field_option,
    option_group,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.printers import (
    LinesResult,
    ObjectDataResult,
    ObjectList,
    Output,
    change_output_options,
)
from labelsel.cli.screen import Failure, say
from labelsel.errors import InvalidLabelError, quote
from labelsel.kubernetes import (
    Edit,
    LabellingError,
    LabelOutcome,
    Resource,
    annotate,
    label,
    parse_changes,
)
from labelsel.kubernetes.edit.edit import string_map
from labelsel.requirements import Exists
from labelsel.typos import did_you_mean

__all__ = ["LabelChange", "What", "edit_labels", "edit_labels_options"]

What: TypeAlias = Literal["label", "annotation"]

#: A label as YAML writes it. A name may have a colon, too: clusterrole/system:node has no dot
#: before the slash.
_PAIR: Final = re.compile(r"((?:[\w-]+\.[\w.-]+/)?\w[\w.-]*):\s*([\w.-]+)")


@dataclass(frozen=True, slots=True)
class LabelChange:
    """How labels or annotations are changed.

    Attributes:
        what: which of both is changed.
        overwrite: whether existing values may change.
        listing: whether the labels or annotations are listed.
        template: whether the labels of pod templates are changed, too.
    """

    what: What
    overwrite: bool
    listing: bool
    template: bool = False


@dataclass(frozen=True, slots=True)
class _Changed(ObjectDataResult, LinesResult):
    """The objects with their new labels or annotations.

    Attributes:
        outcomes: each object before and after the change.
        what: what was changed.
        changes: the new value of each key; None removes the key.
        listing: whether the labels or annotations are listed.
        suffix: the end of a line about an object.
        alone: whether one object was meant, which is printed without a List.
    """

    outcomes: Sequence[LabelOutcome]
    what: What
    changes: dict[str, str | None]
    listing: bool
    suffix: str
    alone: bool

    def objects(self) -> list[Resource]:
        return [each.after for each in self.outcomes]

    def data(self) -> object:
        objects = self.objects()
        return objects[0].body if self.alone and len(objects) == 1 else ObjectList(objects)

    def lines(self) -> Iterator[str]:
        if self.changes:
            locations = locations_of_namesakes(self.objects())
            for each, location in zip(self.outcomes, locations, strict=True):
                yield f"{each.after.reference}{location} {each.outcome}{self.suffix}"
        if self.listing:
            yield from list_labels(self.objects(), self.what)


def edit_labels_options(what: What) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the words and options of both commands."""
    groups = (
        reading_options("Read and write a file, or the files in a folder.", writes=True),
        target_options(
            words_argument("[KIND [NAME]... | KIND/NAME...] CHANGE..."),
            selector_option(),
            field_option,
            annotation_options(),
            all_option,
        ),
        scope_options,
        _change_options(what),
        change_output_options(_Changed),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for group in reversed(groups):
            command = group(command)
        return command

    return add


_TEMPLATE: Final = click.option(
    "--template",
    is_flag=True,
    help="Change the labels of pod templates, too: deploy/web a=b --template. Refused where the "
    "selector of the object would no longer match its template.",
)


def _change_options(what: What) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return option_group(
        "change",
        partial(LabelChange, what),
        click.option(
            "--overwrite/--no-overwrite",
            default=what == "annotation",
            show_default=True,
            help=f"Let existing {what}s change their value: a=b --overwrite; "
            "--overwrite=false refuses that.",
        ),
        click.option(
            "--list", "listing", is_flag=True, help=f"List the {what}s of the objects: pods --list."
        ),
        *((_TEMPLATE,) if what == "label" else ()),
    )


def edit_labels(
    *, reading: Reading, target: Target, scope: Scope, change: LabelChange, output: Output
) -> None:
    """Change the labels or annotations of objects in their files.

    Raises:
        Failure: the words, a selector or the input is bad, or an object refuses the change. No
            file has changed.
    """
    what = change.what
    words, changes = _split_words(target.words, what)
    if not (changes or change.listing):
        _refuse_no_change(words, what)
    check_writable(reading.inputs, shown=output.dry_run or output.shows_objects or not changes)
    query = EditQuery(Words.parse(words), replace(target, words=words), scope, reading)
    try:
        values = parse_changes(changes, what)
    except InvalidLabelError as error:
        advice = _advise_several(changes, what)
        raise Failure(*f"{error}{advice}".split("\n")) from error
    reader = InputReader(reading)
    everything, found = find(query, reader)
    if found.resources:
        report_absent_keys(query, everything)
        outcomes = _make_changes(found.resources, values, change)
        if not output.shows_objects:
            edits = [
                Edit(each.before, each.after, each.templates) for each in outcomes if each.changed
            ]
            if edits:
                reader.refuse_interrupted(dry_run=output.dry_run)
            make_edits(edits, dry_run=output.dry_run)
        _report_missing(outcomes, what)
        if what == "annotation":
            _report_overwritten(outcomes)
        alone = query.is_one
        output.print(_Changed(outcomes, what, values, change.listing, output.suffix, alone))
    else:
        report_no_objects(query, everything, found)
    report_other_namespaces(found, scope)
    reader.finish(changes=True)


def _split_words(words: Sequence[str], what: What) -> tuple[tuple[str, ...], list[str]]:
    """Return the words before the first change, and the changes."""
    changes = [word for word in words if "=" in word or word.endswith("-")]
    targets = tuple(words[: len(words) - len(changes)])
    for word in targets:
        if word in changes:
            if "=" in changes:
                begin = words.index("=")
                whole = "".join(words[max(begin - 1, 0) : begin + 2])
                raise click.UsageError(f"a change is KEY=VALUE, without blanks: {whole}")
            late = [each for each in words[words.index(word) :] if each not in changes]
            raise click.UsageError(_late_words_problem(words, late, changes, what))
    return targets, changes


_BLANK: Final = re.compile(r"\s")
#: The values of --dry-run, which kubectl and labelsel take behind "=" alone.
_DRY_RUNS: Final = ("client", "none", "server")


def _late_words_problem(
    words: Sequence[str], late: Sequence[str], changes: Sequence[str], what: What
) -> str:
    """Return why words behind a change are refused, and what was probably meant."""
    problem = f"all objects must be named before the {what} changes: {late[0]}"
    if late[0] in _DRY_RUNS:
        return f"{problem} is read as a name; write --dry-run={late[0]}"
    if words[0] in changes:
        return f"{problem}; write {' '.join([*late, *changes])}"
    if what == "annotation":
        change = words[words.index(late[0]) - 1]
        return f"{problem}; a value with a blank needs quotes: '{change} {late[0]}'"
    return f"{problem}; the value of a label has no blank"


def _refuse_no_change(words: Sequence[str], what: What) -> NoReturn:
    """Raise a usage error for words without a change, before they are read as names.

    A change may be among them in another form: as YAML writes it, or as two words.
    """
    for text in [*words, *map(" ".join, pairwise(words))]:
        if pair := _PAIR.fullmatch(text):
            raise click.UsageError(f"a change is KEY=VALUE: {pair[1]}={pair[2]}")
    problem = f"at least one change is needed: KEY=VALUE sets the {what} KEY, KEY- removes it"
    names = tuple(takewhile(lambda word: "/" in word, words))
    is_pair = names and len(words) == len(names) + 2
    if is_pair or (len(words) > 1 and _BLANK.search(words[-1])):  # no name has a blank
        problem += f"; write {shlex.quote('='.join(words[-2:]))}"
    raise click.UsageError(problem)


def _advise_several(changes: Iterable[str], what: What) -> str:
    """Return the end of a message about a comma between changes; empty without one."""
    for change in changes if what == "label" else ():
        parts = change.split(",")
        if len(parts) > 1 and all("=" in part or part.endswith("-") for part in parts):
            return f"; write each change as a word of its own: {shlex.join(parts)}"
    return ""


def _make_changes(
    resources: list[Resource], changes: dict[str, str | None], change: LabelChange
) -> list[LabelOutcome]:
    try:
        if change.what == "annotation":
            return annotate(resources, changes, overwrite=change.overwrite)
        return label(resources, changes, overwrite=change.overwrite, template=change.template)
    except LabellingError as error:
        *others, last = first_lines(str(refusal.error) for refusal in error.refusals)
        for line in others:
            say(line, error=True)
        raise Failure(last) from error


def list_labels(resources: list[Resource], what: What) -> Iterator[str]:
    """Yield the labels of one object; of several objects each below a line with its name."""
    for item in resources:
        if len(resources) > 1:
            yield f"Listing {what}s for {item.kind}.{item.group}/{item.name}:"
        strings = string_map(item, f"{what}s")
        indent = " " if len(resources) > 1 else ""
        yield from (f"{indent}{key}={value}" for key, value in strings.items())


def _report_missing(outcomes: list[LabelOutcome], what: What) -> None:
    """Say on standard error which labels to remove do not exist, and which key was meant."""
    lacking: dict[str, list[LabelOutcome]] = {}
    for each in outcomes:
        for key in each.missing:
            lacking.setdefault(key, []).append(each)
    for key, without in lacking.items():
        where = f" on {len(without)} objects" if len(without) > 1 else ""
        meant = next((key_ for each in without if (key_ := _nearest_key(key, each, what))), None)
        say(f'{what} "{key}" not found{where}{did_you_mean(meant) or "."}')


def _report_overwritten(outcomes: list[LabelOutcome]) -> None:
    """Say on standard error the old values of annotations that were overwritten."""
    lines = [
        f"annotation {quote(key)} of {each.before.reference} was {quote(value)}"
        for each in outcomes
        for key, value in each.overwritten.items()
    ]
    if lines:
        say(*lines)


def _nearest_key(key: str, outcome: LabelOutcome, what: What) -> str | None:
    """Return the key of the object that was probably meant, or None."""
    strings = string_map(outcome.before, f"{what}s")
    [reason] = Exists(key).why(strings).reasons
    return reason.nearest[0] if reason.nearest else None

"""What ``labelsel label`` and ``labelsel annotate`` share: all but a few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar

import click

from labelsel.cli.output import Format, print_data, print_lines, print_names
from labelsel.cli.screen import Failure, printing, say
from labelsel.cli.source import (
    Reading,
    Scope,
    checked_paths,
    end,
    say_elsewhere,
    say_nothing,
)
from labelsel.cli.targets import (
    Target,
    ask,
    check_writable,
    outcome_options,
    parsed_words,
    target_options,
)
from labelsel.cli.writing import first_lines, make_edits
from labelsel.errors import InvalidLabelError, quoted
from labelsel.kubernetes import (
    Edit,
    LabellingError,
    LabelOutcome,
    ManifestError,
    Resource,
    annotate,
    label,
    parse_changes,
)
from labelsel.kubernetes.edit.edit import string_map
from labelsel.requirements import Exists
from labelsel.typos import did_you_mean

__all__ = ["Verb", "labelling_options", "run"]

Command = TypeVar("Command", bound=Callable[..., Any])
Verb: TypeAlias = Literal["label", "annotation"]

_FORMS: Final = (Format.NAME, Format.JSON, Format.YAML)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What to do with the objects.

    Attributes:
        what: what is changed.
        changes: the value that each key gets; None removes it.
        overwrite: whether values that are there may change.
        listing: whether to list what is there.
        form: how to print; None for a line for each object.
        dry_run: whether nothing is written.
        alone: whether one object is named, which stands in no List.
    """

    what: Verb
    changes: dict[str, str | None]
    overwrite: bool
    listing: bool
    form: Format | None
    dry_run: bool
    alone: bool


def labelling_options(what: Verb) -> Callable[[Command], Command]:
    """Add the words and flags of both commands."""

    def add(command: Command) -> Command:
        command = target_options(outcome_options(*_FORMS)(command))
        for option in (
            click.option(
                "--overwrite/--no-overwrite",
                default=what == "annotation",
                show_default=True,
                help=f"Let {what}s that are there change their value; "
                "--overwrite=false refuses that.",
            ),
            click.option(
                "--list", "listing", is_flag=True, help=f"List the {what}s of the objects."
            ),
            click.argument("words", nargs=-1, metavar="[KIND [NAME]... | KIND/NAME...] CHANGE..."),
        ):
            command = option(command)
        return command

    return add


def run(  # noqa: PLR0913 - one argument for each flag
    what: Verb,
    *,
    words: tuple[str, ...],
    paths: tuple[str, ...],
    labels: tuple[str, ...],
    fields: tuple[str, ...],
    everything: bool,
    scope: Scope,
    overwrite: bool,
    listing: bool,
    form: str | None,
    dry_run: bool,
    reading: Reading,
) -> None:
    """Change the labels or annotations of objects in their files.

    Raises:
        Failure: the words, a selector or some input is bad, or an object does not take the
            change; no file has changed.
    """
    targets, changes = _divided(words, what)
    shown = dry_run or form in {Format.JSON, Format.YAML} or not changes
    question = Target(
        words=parsed_words(targets),
        paths=check_writable(checked_paths(paths), shown=shown),
        reading=reading,
        labels=labels,
        fields=fields,
        everything=everything,
        scope=scope,
    )
    if not changes and not listing:
        msg = f"at least one change is needed: KEY=VALUE sets the {what} KEY, KEY- removes it"
        raise click.UsageError(msg)
    try:
        parsed = parse_changes(changes, what)
    except InvalidLabelError as error:
        raise Failure.of(error) from error
    outcome = _Outcome(
        what=what,
        changes=parsed,
        overwrite=overwrite,
        listing=listing,
        form=Format(form) if form else None,
        dry_run=dry_run,
        alone=question.is_one,
    )
    faults: list[ManifestError] = []
    _, found = ask(question, faults)
    if found.resources:
        _change(found.resources, outcome)
    else:
        say_nothing(scope, paths)
    say_elsewhere(found, scope)
    end(faults)


def _divided(words: Sequence[str], what: Verb) -> tuple[list[str], list[str]]:
    """The words before the first change, and the changes."""
    changes = [word for word in words if "=" in word or word.endswith("-")]
    targets = list(words[: len(words) - len(changes)])
    for word in targets:
        if word in changes:
            behind = next(each for each in words[words.index(word) :] if each not in changes)
            msg = f"all objects must be named before the {what} changes: {behind}"
            raise click.UsageError(msg)
    return targets, changes


def _change(resources: list[Resource], outcome: _Outcome) -> None:
    change = label if outcome.what == "label" else annotate
    try:
        done = change(resources, outcome.changes, overwrite=outcome.overwrite)
    except LabellingError as error:
        refused = (str(refusal.error) for refusal in error.refusals)
        raise Failure(*first_lines(refused)) from error
    shown = outcome.form in {Format.JSON, Format.YAML}
    if not shown:
        edits = [Edit(each.before, each.after) for each in done if each.changed]
        make_edits(edits, dry_run=outcome.dry_run)
    _say_missing(done, outcome.what)
    if outcome.what == "annotation":
        _say_overwritten(done)
    with printing():
        _print([each.after for each in done], done, outcome)


def _print(resources: list[Resource], done: list[LabelOutcome], outcome: _Outcome) -> None:
    if outcome.form is Format.NAME:
        print_names(resources)
    elif outcome.form is not None:
        print_data(resources, outcome.form, alone=outcome.alone)
    else:
        if outcome.changes:
            suffix = " (dry run)" if outcome.dry_run else ""
            print_lines(f"{each.after.reference} {each.outcome}{suffix}" for each in done)
        if outcome.listing:
            print_lines(_listed(resources, outcome.what))


def _listed(resources: list[Resource], what: Verb) -> Iterator[str]:
    """The labels of one object, or those of several each below a line that names it."""
    for item in resources:
        if len(resources) > 1:
            yield f"Listing {what}s for {item.kind}.{item.group}/{item.name}:"
        strings = string_map(item, f"{what}s")
        indent = " " if len(resources) > 1 else ""
        yield from (f"{indent}{key}={value}" for key, value in strings.items())


def _say_missing(done: list[LabelOutcome], what: Verb) -> None:
    """Say on standard error which labels were to go, were not there, and were perhaps meant."""
    lacking: dict[str, list[LabelOutcome]] = {}
    for each in done:
        for key in each.missing:
            lacking.setdefault(key, []).append(each)
    for key, without in lacking.items():
        where = f" on {len(without)} objects" if len(without) > 1 else ""
        near = next((near for each in without if (near := _near(key, each, what))), None)
        say(f'{what} "{key}" not found{where}{did_you_mean(near) or "."}')


def _say_overwritten(done: list[LabelOutcome]) -> None:
    """Say on standard error what the annotations were that gave way without being asked about."""
    lines = [
        f'annotation "{key}" of {each.before.reference} was {quoted(value)}'
        for each in done
        for key, value in each.overwritten.items()
    ]
    if lines:
        say(*lines)


def _near(key: str, labelled: LabelOutcome, what: Verb) -> str | None:
    """The key that an object has and that was perhaps meant; None where it has none."""
    strings = string_map(labelled.before, f"{what}s")
    [reason] = Exists(key).why(strings).reasons
    return reason.nearest[0] if reason.nearest else None

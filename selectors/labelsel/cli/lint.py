"""``labelsel lint``: what is wrong with labels in manifests, for people and for CI."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from textwrap import wrap
from typing import Any, Final

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand, Misuse
from labelsel.cli.output import Format, print_line, print_rich, print_value
from labelsel.cli.screen import printing
from labelsel.cli.source import (
    Reading,
    bad_input,
    checked_paths,
    end,
    file_option,
    read_objects,
    reading_options,
)
from labelsel.errors import escaped
from labelsel.kubernetes import ManifestError, UnreadWarning
from labelsel.lint import (
    RULES,
    Finding,
    Severity,
    UnknownRuleError,
    lint_objects,
    parse_rule_names,
)
from labelsel.lint.formats.github import github_lines
from labelsel.lint.formats.sarif import sarif

__all__ = ["lint_command"]

_HELP: Final = """\
Find what is wrong with labels and selectors in manifests.

Give it all that belongs together, in any number of files and folders: a selector is missing
its pods only where there are pods that it could have found.

\b
Rules:
{rules}

docs/lint.md shows an example of each, and how to mend it.

The exit status is 0 where nothing is found; 1 where something is, as bad as --fail-on says or
worse, or some input is bad; 2 when the command line is.

\b
Examples:
  labelsel lint -f shop/
  labelsel lint -f shop/ --ignore key-typo --fail-on error
  helm template shop | labelsel lint -f -
  labelsel lint -f shop/ --format github
  labelsel lint -f shop/ --format sarif > labels.sarif
"""


class _Format(StrEnum):
    """The words that ``--format`` takes."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTE: "bold",
}
#: The columns of a finding's first line: the line's number, the severity, the rule.
_LINE, _SEVERITY, _RULE = 4, 7, 21
_MARGIN: Final = " " * (_LINE + 2)


@dataclass(frozen=True, slots=True)
class _Report:
    """What is printed.

    Attributes:
        findings: what was found.
        objects: how many objects were looked at.
    """

    findings: Sequence[Finding]
    objects: int

    @property
    def counts(self) -> Counter[Severity]:
        return Counter(found.severity for found in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "objects": self.objects,
            "errors": self.counts[Severity.ERROR],
            "warnings": self.counts[Severity.WARNING],
            "notes": self.counts[Severity.NOTE],
            "findings": [found.to_dict() for found in self.findings],
        }


def _rules_listed() -> str:
    """A line for each rule, or as many as help texts of 80 columns need."""
    lines: list[str] = []
    for rule in RULES.values():
        head = f"  {rule.id:<{_RULE}}  {rule.severity.value:<{_SEVERITY}}  "
        lines += wrap(rule.summary, 78, initial_indent=head, subsequent_indent=" " * len(head))
    return "\n".join(lines)


@click.command("lint", cls=KubectlCommand, help=_HELP.format(rules=_rules_listed()))
@file_option
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="RULE",
    help="Check this rule and no other. May be repeated, or a comma list.",
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="RULE",
    help="Do not check this rule. May be repeated, or a comma list.",
)
@click.option(
    "--fail-on",
    type=click.Choice([Severity.ERROR.value, Severity.WARNING.value]),
    default=Severity.WARNING.value,
    show_default=True,
    help="End with status 1 where something as bad as this is found.",
)
@click.option(
    "-o",
    "--format",
    "form",
    type=click.Choice([form.value for form in _Format]),
    default=_Format.TEXT.value,
    show_default=True,
    help="How to print: github is for a step of GitHub Actions, sarif for code scanners.",
)
@reading_options
def lint_command(  # noqa: PLR0913 - one argument for each flag
    *,
    paths: tuple[str, ...],
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    fail_on: str,
    form: str,
    reading: Reading,
) -> None:
    """Print what is found, and end with a status that tells it."""
    paths = checked_paths(paths)
    rules = _rules(selected, ignored)
    faults: list[ManifestError] = []
    unread: list[UnreadWarning] = []
    with bad_input():
        resources = read_objects(paths, reading, faults, unread=unread, any_labels=True)
    complete = not (faults or unread)
    report = _Report(lint_objects(resources, rules, complete=complete), len(resources))
    with printing():
        _print(report, _Format(form))
    end(faults)
    bad = {Severity.ERROR, Severity(fail_on)}
    if any(report.counts[severity] for severity in bad):
        raise click.exceptions.Exit(1)


def _rules(selected: tuple[str, ...], ignored: tuple[str, ...]) -> frozenset[str]:
    """The rules to check; a usage error where a word is none, or where none is left."""
    try:
        rules = (parse_rule_names(selected) or frozenset(RULES)) - parse_rule_names(ignored)
    except UnknownRuleError as error:
        raise Misuse(*str(error).split("\n")) from error
    if not rules:
        raise click.UsageError("no rule is left to check: all that are selected are ignored")
    return rules


def _print(report: _Report, form: _Format) -> None:
    if form is _Format.JSON:
        print_value(report.to_dict(), Format.JSON)
    elif form is _Format.SARIF:
        from importlib.metadata import version  # noqa: PLC0415 - 10 ms of each start

        print_value(sarif(report.findings, version("labelsel")), Format.JSON)
    elif form is _Format.GITHUB:
        for line in github_lines(report.findings):
            print_line(line)
    else:
        print_rich(Text("\n").join(_text(report)))


def _text(report: _Report) -> Iterator[Text]:
    """The lines for people: a heading for each file, its findings below it, and a summary."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for file, findings in groupby(report.findings, attrgetter("file")):
        yield Text(escaped(file), style="bold underline")
        for found in findings:
            yield _heading(found)
            yield from _indented(found.message, "", width)
            yield from _indented(f"fix: {found.fix}", "green", width)
        yield Text()
    yield _summary(report)


def _heading(found: Finding) -> Text:
    severity = found.severity
    return Text.assemble(
        (f"{found.line:>{_LINE}}", "dim"),
        "  ",
        (f"{severity.value:<{_SEVERITY}}", _STYLES[severity]),
        "  ",
        (found.rule.id, "cyan"),
        f"  {escaped(found.subject)}",
    )


def _indented(text: str, style: str, width: int | None) -> Iterator[Text]:
    """A text under a heading, in lines as long as a terminal is wide."""
    lines = [escaped(text)]
    if width is not None:
        # A key or a name stays whole, to be copied.
        room = max(width - len(_MARGIN), 1)
        lines = wrap(lines[0], room, break_on_hyphens=False, break_long_words=False)
    yield from (Text(f"{_MARGIN}{line}", style=style) for line in lines)


def _summary(report: _Report) -> Text:
    objects = _counted(report.objects, "object")
    if not report.findings:
        return Text(f"no findings in {objects}", style="dim")
    errors = _counted(report.counts[Severity.ERROR], "error")
    warnings = _counted(report.counts[Severity.WARNING], "warning")
    found = _counted(len(report.findings), "finding")
    notes = report.counts[Severity.NOTE]
    more = f", {_counted(notes, 'note')}" if notes else ""
    return Text(f"{found} in {objects}: {errors}, {warnings}{more}", style="bold")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"

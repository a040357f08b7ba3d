"""``labelsel lint``: what is wrong with labels in manifests, for people and for CI."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from textwrap import wrap
from typing import Any, Final

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand, MultilineUsageError
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.options import Reading, option_group, reading_options
from labelsel.cli.output import open_utf_8_output, print_line
from labelsel.cli.printers import DataResult, Output, output_options, printer
from labelsel.cli.tables import print_rich
from labelsel.errors import escape
from labelsel.kubernetes import json_text
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

Name all files and folders that belong together: a selector can be reported for missing its
pods only if the input has pods that it could have selected.

\b
Rules:
{rules}

docs/lint.md shows an example of each rule, and how to correct it.

The exit status is 0 if no finding is as bad as --fail-on says; 1 if one is, or a part of the
input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel lint -f shop/
  labelsel lint -f shop/ --ignore key-typo --fail-on error
  helm template shop | labelsel lint -f -
  labelsel lint -f shop/ --format github
  labelsel lint -f shop/ --format sarif > labels.sarif
"""


_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTE: "bold",
}
#: The columns of a finding's first line: the line's number, the severity, the rule.
_LINE, _SEVERITY, _RULE = 4, 7, 21
_MARGIN: Final = " " * (_LINE + 2)


@dataclass(frozen=True, slots=True)
class _Report(DataResult):
    """The findings in an input.

    Attributes:
        findings: the findings, in the order of files and lines.
        objects: the number of objects in the input.
    """

    findings: Sequence[Finding]
    objects: int

    @property
    def counts(self) -> Counter[Severity]:
        return Counter(found.severity for found in self.findings)

    def data(self) -> dict[str, Any]:
        return {
            "objects": self.objects,
            "errors": self.counts[Severity.ERROR],
            "warnings": self.counts[Severity.WARNING],
            "notes": self.counts[Severity.NOTE],
            "findings": [found.to_dict() for found in self.findings],
        }


def _list_rules() -> str:
    """Return a line for each rule, or as many as a help text of 80 columns needs."""
    lines: list[str] = []
    for rule in RULES.values():
        head = f"  {rule.id:<{_RULE}}  {rule.severity.value:<{_SEVERITY}}  "
        lines += wrap(rule.summary, 78, initial_indent=head, subsequent_indent=" " * len(head))
    return "\n".join(lines)


@printer("text", _Report)
def _print_text(report: _Report) -> None:
    print_rich(Text("\n").join(_text(report)))


@printer("github", _Report)
def _print_github(report: _Report) -> None:
    for line in github_lines(report.findings):
        print_line(line)


@printer("sarif", _Report)
def _print_sarif(report: _Report) -> None:
    from importlib.metadata import version  # noqa: PLC0415 - 10 ms of each start

    stream = open_utf_8_output()
    stream.write(json_text(sarif(report.findings, version("labelsel"))))
    stream.flush()


@dataclass(frozen=True, slots=True)
class _Rules:
    """Which rules are checked, and which findings fail the run.

    Attributes:
        selected: texts that name the rules to check; empty for all.
        ignored: texts that name rules not to check.
        fail_on: the severity of findings that fail the run; worse findings fail it, too.
    """

    selected: tuple[str, ...]
    ignored: tuple[str, ...]
    fail_on: str

    def names(self) -> frozenset[str]:
        """Return the rules to check; a usage error for an unknown rule, or if none is left."""
        try:
            names = parse_rule_names(self.selected) or frozenset(RULES)
            names -= parse_rule_names(self.ignored)
        except UnknownRuleError as error:
            raise MultilineUsageError(*str(error).split("\n")) from error
        if not names:
            raise click.UsageError("no rule is left to check: all selected rules are ignored")
        return names

    def fail(self, report: _Report) -> bool:
        """Return whether a report has a finding that fails the run."""
        return any(report.counts[each] for each in {Severity.ERROR, Severity(self.fail_on)})


@click.command("lint", cls=KubectlCommand, help=_HELP.format(rules=_list_rules()))
@reading_options()
@option_group(
    "rules",
    _Rules,
    click.option(
        "--select",
        "selected",
        multiple=True,
        metavar="RULE",
        help="Check only this rule. May be a comma list, and given more than once.",
    ),
    click.option(
        "--ignore",
        "ignored",
        multiple=True,
        metavar="RULE",
        help="Do not check this rule. May be a comma list, and given more than once.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice([Severity.ERROR.value, Severity.WARNING.value]),
        default=Severity.WARNING.value,
        show_default=True,
        help="Exit with status 1 if a finding is as bad as this, or worse.",
    ),
)
@output_options(
    _Report,
    "How to print: github is for a step of GitHub Actions, sarif for code scanners.",
    default="text",
    name="--format",
)
def lint_command(*, reading: Reading, rules: _Rules, output: Output) -> None:
    """Print the findings; the exit status says whether there are bad ones."""
    names = rules.names()
    reader = InputReader(reading)
    with bad_input():
        resources = reader.read(any_labels=True)
    found = lint_objects(resources, names, complete=reader.complete, skipped=reader.skipped)
    report = _Report(found, len(resources))
    output.print(report)
    reader.finish()
    if rules.fail(report):
        raise click.exceptions.Exit(1)


def _text(report: _Report) -> Iterator[Text]:
    """Yield the lines for people: a heading for each file, then its findings, and a summary."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for file, findings in groupby(report.findings, attrgetter("file")):
        yield Text(escape(file), style="bold underline")
        for found in findings:
            yield _heading(found)
            yield from _indent(found.message, "", width)
            yield from _indent(f"fix: {found.fix}", "green", width)
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
        f"  {escape(found.subject)}",
    )


def _indent(text: str, style: str, width: int | None) -> Iterator[Text]:
    """Yield a text below a heading, in lines that fit the terminal."""
    lines = [escape(text)]
    if width is not None:
        # A key or a name is never broken, so that a person can copy it.
        room = max(width - len(_MARGIN), 1)
        lines = wrap(lines[0], room, break_on_hyphens=False, break_long_words=False)
    yield from (Text(f"{_MARGIN}{line}", style=style) for line in lines)


def _summary(report: _Report) -> Text:
    objects = _count(report.objects, "object")
    if not report.findings:
        return Text(f"no findings in {objects}", style="dim")
    errors = _count(report.counts[Severity.ERROR], "error")
    warnings = _count(report.counts[Severity.WARNING], "warning")
    found = _count(len(report.findings), "finding")
    notes = report.counts[Severity.NOTE]
    more = f", {_count(notes, 'note')}" if notes else ""
    return Text(f"{found} in {objects}: {errors}, {warnings}{more}", style="bold")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"

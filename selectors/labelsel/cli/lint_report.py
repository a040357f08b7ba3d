"""The report of ``labelsel lint``: its findings as text, as data, and for other programs."""

from __future__ import annotations

import glob
import os
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path as FilePath
from textwrap import wrap
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text

from labelsel.cli.diffs import diff_folder, diff_lines, print_diffs
from labelsel.cli.edits import first_lines
from labelsel.cli.output import open_utf_8_output, print_line, terminal_width
from labelsel.cli.printers import DataResult, HtmlResult, printer
from labelsel.cli.screen import say
from labelsel.cli.tables import print_rich
from labelsel.escapes import begins_command, escape
from labelsel.kubernetes import ManifestError, Rewrite, UnreadWarning, json_text
from labelsel.lint import Finding, FindingKey, Severity, Suppression
from labelsel.lint.fixer import FixResult, TextFix
from labelsel.lint.formats.github import github_error_lines, github_lines
from labelsel.lint.formats.html import html_report
from labelsel.lint.formats.input_errors import error_data
from labelsel.lint.formats.sarif import sarif

__all__ = ["RULE_WIDTH", "SEVERITY_WIDTH", "LintReport", "count"]

_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTE: "bold",
}
#: The columns of a finding's first line: the line's number, the severity, the rule.
_LINE, SEVERITY_WIDTH, RULE_WIDTH = 4, 7, 21
#: So many of the files are named that have a word, too: one line is enough to go and look.
_SHOWN_FILES: Final = 3
#: The folder of a chart that has its templates.
_TEMPLATES: Final = "templates"
_MARGIN: Final = " " * (_LINE + 2)


@dataclass(frozen=True, slots=True)
class LintReport(DataResult, HtmlResult):
    """The findings in an input.

    Attributes:
        findings: the findings, in the order of files and lines, also those not reported.
        objects: the number of objects in the input.
        folder: what the files in fingerprints are relative to.
        stale: entries of the baseline that no finding has any more.
        fixes: the findings that were corrected, or would be.
        before: how many findings were reported before the fixes.
        fixing: whether fixes were asked for.
        written: whether the fixes were written to the files.
        diff: whether the fixes are shown as a diff.
        text_fixes: the fixes that are certain, by ``id()`` of the finding.
        unread: the paths of all that was not read, if they are known.
        errors: the errors of the input: what was not read, and so not checked. The text does not
            have them: they are on standard error.
        left_out: the warnings about what else was not read: templates, pipes, hidden files. They
            are on standard error, too.
    """

    findings: Sequence[Finding]
    objects: int
    folder: str = "."
    stale: Sequence[FindingKey] = ()
    fixes: FixResult = field(default_factory=lambda: FixResult((), ()))
    before: int = 0
    fixing: bool = False
    written: bool = False
    diff: bool = False
    text_fixes: Mapping[int, TextFix] = field(default_factory=dict)
    errors: Sequence[ManifestError] = ()
    unread: Sequence[str] = ()
    left_out: Sequence[UnreadWarning] = ()

    @property
    def reported(self) -> list[Finding]:
        """The findings that neither a comment nor the baseline suppresses."""
        return [found for found in self.findings if found.suppression is None]

    @property
    def counts(self) -> Counter[Severity]:
        """How many of the reported findings have each severity."""
        return Counter(found.severity for found in self.reported)

    def fails(self, level: str) -> bool:
        """Return whether a finding is as bad as a severity, or worse."""
        return any(self.counts[each] for each in {Severity.ERROR, Severity(level)})

    def html(self) -> str:
        return html_report(self.findings, self.objects, _version(), self.errors, self.left_out)

    def data(self) -> dict[str, Any]:
        """Return all of the report for JSON and YAML."""
        suppressed = [found for found in self.findings if found.suppression is not None]
        diffs = self._shown_diffs()
        return {
            "objects": self.objects,
            "errors": self.counts[Severity.ERROR],
            "warnings": self.counts[Severity.WARNING],
            "notes": self.counts[Severity.NOTE],
            "findings": [self._to_dict(found) for found in self.reported],
            "suppressed": [self._to_dict(found) for found in suppressed],
            "fixed": [found.to_dict(self.folder) for found in self.fixes.fixed],
            "written": self.written,
            "diffs": {each.file: "".join(diff_lines(each, diff_folder(diffs))) for each in diffs},
            "stale": [key._asdict() for key in self.stale],
            "inputErrors": [error_data(error) for error in self.errors],
            "unread": [error_data(warning) for warning in self.left_out],
        }

    def _to_dict(self, found: Finding) -> dict[str, Any]:
        """Return a finding as data, with its edit only if that was proven to be certain."""
        data = found.to_dict(self.folder)
        return data if id(found) in self.text_fixes else {**data, "edit": None}

    def _shown_diffs(self) -> Sequence[Rewrite]:
        return self.fixes.rewrites if self.diff else ()

    def fix_line(self) -> str | None:
        """Return what was fixed, in one line; None if nothing was to be fixed."""
        if not self.fixing or not self.before:
            # The text of --diff is empty then, and without a word that may be a fault.
            return f"no findings in {count(self.objects, 'object')}" if self.diff else None
        done = "fixed" if self.written else "would fix"
        files = f" in {count(len(self.fixes.rewrites), 'file')}" if self.fixes.fixed else ""
        return f"{done} {len(self.fixes.fixed)} of {count(self.before, 'finding')}{files}"

    def _advice_on_unread(self) -> str | None:
        """Return how to have notes judged that are notes because of what was not read."""
        notes = [one for one in self.reported if one.unsure and one.rule.needs_all]
        words = _exclusions(self.unread, {one.file for one in notes}) if notes else []
        if not words:
            return None
        flags = " ".join(f"--exclude {shlex.quote(word)}" for word in words[:_SHOWN_FILES])
        more = " and so on (-v lists what was not read)" if len(words) > _SHOWN_FILES else ""
        checks = "checks" if len(words) == 1 else "check"
        return f"not all of the input was read: {flags}{more} {checks} the rest as complete"

    def say_rest(self, *, shown: bool) -> None:
        """Say on standard error what the format does not show."""
        line = self.fix_line()
        if line is not None and (self.diff or not shown):
            say(line)
        if self.fixing:
            _say_left(self.fixes)
        if advice := self._advice_on_unread():
            say(advice)
        if self.stale:
            entries = "1 entry" if len(self.stale) == 1 else f"{len(self.stale):,} entries"
            them = "it" if len(self.stale) == 1 else "them"
            say(
                f"the baseline has {entries} without a finding: --write-baseline removes {them}",
                *first_lines(f"  {key.file}: {key.rule}  {key.object}" for key in self.stale),
            )


def _exclusions(unread: Sequence[str], files: Collection[str]) -> list[str]:
    """Return patterns for --exclude that leave out what was not read, but none of some files.

    Of a template in a chart that is the folder of the chart.
    """
    kept = {FilePath(file).resolve() for file in files}
    found: dict[str, None] = {}
    for each in unread:
        path = FilePath(each)
        charts = (above.parent for above in path.parents if above.name == _TEMPLATES)
        chart = next(charts, path).resolve()
        is_chart = not any(file.is_relative_to(chart) for file in kept)
        is_chart = is_chart and not FilePath.cwd().is_relative_to(chart)
        shown = os.path.relpath(chart if is_chart else path)
        shown = str(chart if is_chart else path.absolute()) if shown.startswith("..") else shown
        found[glob.escape(shown)] = None
    return list(found)


def _say_left(fixes: FixResult) -> None:
    """Say on standard error what was not corrected, and why: one line for each reason."""
    for reason, findings in fixes.left.items():
        files = list(dict.fromkeys(found.file for found in findings))
        names = [os.path.relpath(each) if os.path.lexists(each) else each for each in files]
        more = f" and {len(files) - _SHOWN_FILES:,} more" if len(files) > _SHOWN_FILES else ""
        listed = ", ".join(names[:_SHOWN_FILES])
        say(f"not fixed: {count(len(findings), 'finding')} ({listed}{more}): {reason}")
    _say_left_words(fixes)


def _say_left_words(fixes: FixResult) -> None:
    """Say on standard error which words of labels were not corrected, and why."""
    if not fixes.searched:
        say(
            "no key or value of labels was corrected: a part of the input cannot be searched for "
            "the same words"
        )
    if fixes.kept_words:
        say(
            "not corrected, because other text of the input has the same word, too:",
            *first_lines(
                f"  {word}: {', '.join(map(os.path.relpath, files[:_SHOWN_FILES]))}"
                for word, files in fixes.kept_words.items()
            ),
        )


@printer("text", LintReport)
def _print_text(report: LintReport) -> None:
    if report.diff:
        print_diffs(report.fixes.rewrites)
    else:
        print_rich(Text("\n").join(_text(report)))


@printer("github", LintReport)
def _print_github(report: LintReport) -> None:
    for line in (*github_error_lines(report.errors), *github_lines(report.reported)):
        print_line(line)


@printer("sarif", LintReport)
def _print_sarif(report: LintReport) -> None:
    log = sarif(
        report.findings,
        _version(),
        folder=report.folder,
        fixes=report.text_fixes,
        unread=[*report.errors, *report.left_out],
    )
    stream = open_utf_8_output()
    stream.write(json_text(log))
    stream.flush()


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - 10 ms of each start

    return version("labelsel")


def _text(report: LintReport) -> Iterator[Text]:
    """Yield the lines for people: a heading for each file, then its findings, and a summary."""
    width = terminal_width()
    for file, findings in groupby(report.reported, attrgetter("file")):
        yield Text(_heading_text(file), style="bold underline")
        for found in findings:
            yield from _heading(found, width)
            yield from _indent(found.message, "", width)
            yield from _indent(f"fix: {found.fix}", "green", width)
        yield Text()
    line = report.fix_line()
    if line is not None:
        yield Text(line)
    yield from _wrapped(_summary(report), width)


def _heading_text(file: str) -> str:
    """Return the name of a file, at the beginning of a line."""
    return escape(f"./{file}" if begins_command(file) else file)


def _heading(found: Finding, width: int | None) -> Iterator[Text]:
    """Yield the first line of a finding; the object is below it if the line has no room for it."""
    severity = found.severity
    head = Text.assemble(
        (f"{found.line:>{_LINE}}", "dim"),
        "  ",
        (f"{severity.value:<{SEVERITY_WIDTH}}", _STYLES[severity]),
        "  ",
        (found.rule.id, "cyan"),
    )
    subject = f"  {escape(found.subject)}"
    if width is None or cell_len(head.plain + subject) <= width:
        yield head.append(subject)
    else:
        yield head
        yield from _indent(found.subject, "", width)


def _wrapped(text: Text, width: int | None) -> Iterator[Text]:
    """Yield a text in lines that fit the terminal."""
    lines = [text.plain] if width is None else wrap(text.plain, width)
    yield from (Text(line, style=text.style) for line in lines)


def _indent(text: str, style: str, width: int | None) -> Iterator[Text]:
    """Yield a text below a heading, in lines that fit the terminal."""
    lines = [escape(text)]
    if width is not None:
        # A key or a name is never broken, so that a person can copy it.
        room = max(width - len(_MARGIN), 1)
        lines = wrap(lines[0], room, break_on_hyphens=False, break_long_words=False)
    yield from (Text(f"{_MARGIN}{line}", style=style) for line in lines)


def _summary(report: LintReport) -> Text:
    objects = count(report.objects, "object")
    suppressed = Counter(found.suppression for found in report.findings)
    hidden = ""
    if ignored := suppressed[Suppression.IGNORED]:
        hidden += f"; {ignored:,} ignored by comments"
    if known := suppressed[Suppression.BASELINE]:
        hidden += f"; {known:,} in the baseline"
    if not report.reported:
        return Text(f"no findings in {objects}{hidden}", style="dim")
    errors = count(report.counts[Severity.ERROR], "error")
    warnings = count(report.counts[Severity.WARNING], "warning")
    found = count(len(report.reported), "finding")
    notes = report.counts[Severity.NOTE]
    more = f", {count(notes, 'note')}" if notes else ""
    return Text(f"{found} in {objects}: {errors}, {warnings}{more}{hidden}", style="bold")


def count(number: int, word: str) -> str:
    """Return a number with its noun.

    >>> count(1, "file"), count(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"

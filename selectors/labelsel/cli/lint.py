"""``labelsel lint``: what is wrong with labels in manifests, for people and for CI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.edits import hard_links, write
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.lint_options import (
    BadSetting,
    Fixing,
    Known,
    RuleChoice,
    fixing_options,
    known_options,
    rule_options,
)
from labelsel.cli.lint_report import RULE_WIDTH, SEVERITY_WIDTH, LintReport, count
from labelsel.cli.namesakes import all_kustomizations
from labelsel.cli.options import Reading, expand_paths, reading_options
from labelsel.cli.printers import Output, output_options
from labelsel.cli.screen import Failure, say
from labelsel.kubernetes import (
    ManifestError,
    Resource,
    UnreadWarning,
    read_manifests,
)
from labelsel.kubernetes.read.exclusion import Exclusion
from labelsel.kubernetes.read.input_files import InputFile, input_files, is_manifest_name
from labelsel.lint import RULES, Severity
from labelsel.lint.baseline import Baseline, BaselineError, write_baseline
from labelsel.lint.configuration import Configuration
from labelsel.lint.finding import relative_file
from labelsel.lint.fixer import FixResult, fix_findings
from labelsel.lint.runner import Checks, run_checks

__all__ = ["lint_command"]

_HELP: Final = """\
Find what is wrong with labels and selectors in manifests.

PATH is a file, a folder, - for standard input, a comma list or a pattern in quotes, as with
-f. Without a path the current folder is read. Name all files and folders that belong together:
a selector can be reported for missing its pods only if the input has pods that it could have
selected.

\b
Rules:
{rules}

https://labelsel.readthedocs.io/en/latest/lint.html shows an example of each rule, how to correct
it, and how to start in a repository that has findings.

A comment "# labelsel: ignore[RULE]" on a line, or on the line above it, ignores the findings of
this rule on the line. labelsel.toml or [tool.labelsel.lint] of pyproject.toml, in the current
folder or above it, may set select, ignore, severity, exclude, baseline and fail-on.

The exit status is 0 if no finding is as bad as --fail-on says; 1 if one is, or a part of the
input is bad; 2 if the command line, the configuration or the baseline is wrong.

\b
Examples:
  labelsel lint
  labelsel lint 'shop/*.yaml' base.yaml
  labelsel lint shop/ --ignore key-typo --fail-on error
  helm template shop | labelsel lint -
  labelsel lint shop/ --diff
  labelsel lint shop/ --fix --dry-run
  labelsel lint shop/ --fix
  labelsel lint --isolated --select key-typo,null-value
  labelsel lint --baseline .labelsel-baseline.json --write-baseline
  labelsel lint --baseline .labelsel-baseline.json --config ci/labelsel.toml
  labelsel lint shop/ -o github
  labelsel lint shop/ -o sarif > labels.sarif
  labelsel lint shop/ -o html > labels.html
"""


#: Formats with the fix of a finding, if that is certain.
_WITH_EDITS: Final = frozenset({"json", "sarif", "yaml"})


def _list_rules() -> str:
    """Return a line for each rule; the help breaks those that are too long for the terminal."""
    return "\n".join(
        f"  {rule.id:<{RULE_WIDTH}}  {rule.severity.value:<{SEVERITY_WIDTH}}  {rule.summary}"
        for rule in RULES.values()
    )


def _read_paths(*, paths: tuple[str, ...], words: tuple[str, ...], **others: Any) -> Reading:
    """Return what is read: the paths of -f, then the words; the current folder without both."""
    named = (*paths, *words)
    # A chart or a kustomization is the whole input by itself.
    nothing = not named and not any(others.get(name) for name in ("kustomizations", "charts"))
    return Reading(paths=(os.curdir,) if nothing else named, **others)


@click.command("lint", cls=KubectlCommand, help=_HELP.format(rules=_list_rules()))
@reading_options(
    "Read a file, a folder, or - for standard input; the same as PATH.",
    click.argument("words", nargs=-1, metavar="[PATH]...", callback=expand_paths),
    group=_read_paths,
)
@rule_options
@known_options
@fixing_options
@output_options(
    LintReport,
    "How to print: github is for a step of GitHub Actions, sarif for code scanners, html for a "
    "page to read.",
    default="text",
    name="--format",
)
def lint_command(
    *, reading: Reading, rules: RuleChoice, known: Known, fixing: Fixing, output: Output
) -> None:
    """Print the findings; the exit status says whether there are bad ones."""
    fixing.check(reading.paths, output.format)
    configuration = known.configuration()
    names = rules.names(configuration)
    baseline = known.baseline(configuration)
    reading = replace(
        reading,
        exclude=(*reading.exclude, *configuration.exclude),
        configured_exclude=configuration.exclude,
    )
    run = _Run(InputReader(reading), configuration, names, baseline, output)
    if known.writes:
        fixing.refuse("--write-baseline")
        report = run.write_baseline(known.baseline_path(configuration))
        if output.format != "text":
            output.print(report)
        return
    report = run.report(fixing, with_edits=output.format in _WITH_EDITS)
    output.print(report)
    report.say_rest(shown=output.format == "text")
    run.reader.finish()
    if report.fails(rules.fail_on or configuration.fail_on or Severity.WARNING):
        raise click.exceptions.Exit(1)


@dataclass(slots=True)
class _Run:
    """One run: what is read, what is checked, what is known already, and how it is printed."""

    reader: InputReader
    configuration: Configuration
    names: frozenset[str]
    baseline: Baseline | None
    output: Output

    def _read(self) -> list[Resource]:
        try:
            with bad_input():
                found = self.reader.read(any_labels=True)
        except Failure:
            # Without output a scanner's reader would fail at an empty file, and show no error.
            if self.output.format != "text":
                reader = self.reader
                report = LintReport([], 0, errors=reader.errors, left_out=reader.unread)
                self.output.print(report)
            raise
        self._find_listed_files(found)
        return found

    def _find_listed_files(self, resources: Sequence[Resource]) -> None:
        """Report the files that a Kustomization of the input lists, and that nobody has read."""
        known = all_kustomizations(resources, self.reader)
        exclusion = Exclusion(self.reader.reading.exclude)
        for kustomization, _, path in () if known is None else known.additions():
            # One that is excluded is left out on purpose, and of manifests some may be named.
            is_other = bool(path) and not is_manifest_name(path) and Path(path).is_file()
            if is_other and not exclusion.leaves_out(path):
                problem = f"not read: it has another ending, but {kustomization} lists it"
                self.reader.on_warning(UnreadWarning(os.path.relpath(path), problem))

    def _checks(self) -> Checks:
        return Checks(
            self.names,
            complete=self.reader.complete,
            unread=self._unread,
            skipped=tuple(self.reader.skipped),
            levels=self.configuration.severity,
        )

    @property
    def _unread(self) -> tuple[str, ...]:
        """The paths of all that was not read; none if one of them is no path."""
        paths = [error.file for error in self.reader.errors]
        paths += [warning.file for warning in self.reader.unread]
        return tuple(paths) if all(map(os.path.lexists, paths)) else ()

    @property
    def _folder(self) -> str:
        """What the files in fingerprints are relative to."""
        return os.curdir if self.baseline is None else self.baseline.folder

    def write_baseline(self, path: str) -> LintReport:
        """Write all findings that are reported to the baseline; return what is reported then."""
        try:
            resources = self._read()
            self.reader.finish()
            self.reader.refuse_interrupted()
        except Failure:
            say(f"{path} was not written: the findings in what was not read would be missing")
            raise
        findings = run_checks(resources, self._checks()).reported
        files = self._files(resources, str(Path(path).parent))
        try:
            rewrite, kept = write_baseline(path, findings, self.names, files)
            write([rewrite])
            self.baseline = Baseline.read(path)
        except BaselineError as error:
            raise BadSetting.of_setting(error) from error
        except ManifestError as error:
            raise Failure.of(error) from error
        entries = "entry" if kept == 1 else "entries"
        more = f", and kept {kept:,} {entries} of rules and files not checked" if kept else ""
        say(f"wrote {count(len(findings), 'finding')} to {path}{more}")
        return self._report(resources)

    def report(self, fixing: Fixing, *, with_edits: bool) -> LintReport:
        """Return the findings; with --fix those that are left when the fixes are written."""
        resources = self._read()
        report = self._report(resources)
        if not fixing.on and not with_edits:
            return report
        # What a program prints cannot be searched again, nor can standard input.
        paths = [each if isinstance(each, str) else "-" for each in self.reader.reading.inputs]
        fixes = fix_findings(resources, report.findings, self._checks().find, paths=paths)
        edits = {id(found): edit for found, edit in zip(fixes.fixed, fixes.text_fixes, strict=True)}
        if not fixing.on:
            return replace(report, text_fixes=edits)
        if fixing.writes and fixes.rewrites:
            self.reader.refuse_interrupted()
            lines = hard_links(fixes.rewrites)
            try:
                write(fixes.rewrites)
            except ManifestError as error:
                raise Failure.of(error) from error
            for line in lines:
                say(line)
            left = self._report(_read_again(resources, fixes))
        else:
            left = replace(report, findings=[x for x in report.findings if id(x) not in edits])
        return replace(
            left,
            fixes=fixes,
            before=len(report.reported),
            fixing=True,
            written=fixing.writes,
            diff=fixing.diff,
        )

    def _report(self, resources: Sequence[Resource]) -> LintReport:
        findings = run_checks(resources, self._checks()).findings
        report = LintReport(
            findings,
            len(resources),
            self._folder,
            errors=self.reader.errors,
            unread=self._unread,
            left_out=self.reader.unread,
        )
        if self.baseline is None:
            return report
        files = self._files(resources, self._folder)
        compared = self.baseline.compare(findings, self.names, files)
        return replace(report, findings=compared.findings, stale=compared.stale)

    def _files(self, resources: Sequence[Resource], folder: str) -> frozenset[str]:
        """Return what was read as a whole, also files without objects, as a baseline names it."""
        reading, reader = self.reader.reading, self.reader
        paths = [path for path in reading.inputs if isinstance(path, str) and path != "-"]
        listed = input_files(paths, recursive=reading.recursive, exclude=reading.exclude)
        names = {each.name for each in listed if isinstance(each, InputFile)}
        names.update(one.source.file for one in resources if one.source.location is not None)
        names.difference_update(error.file for error in reader.errors)
        names.difference_update(warning.file for warning in reader.unread)
        streams = {one.source.file for one in resources if one.source.location is None}
        return frozenset(relative_file(name, folder) for name in names - streams) | streams


def _read_again(resources: Sequence[Resource], fixes: FixResult) -> list[Resource]:
    """Return the objects with those of rewritten files read again, in the same order."""
    written = {rewrite.path for rewrite in fixes.rewrites}
    again: list[Resource] = []
    done: set[str] = set()
    for resource in resources:
        file = resource.source.file
        if resource.source.location is None or Path(file).resolve() not in written:
            again.append(resource)
        elif file not in done:
            done.add(file)
            # What is wrong with the rest of the file was reported before.
            again += read_manifests(
                [file], any_labels=True, on_error=_refuse_unread, on_warning=_pass_over
            )
    return again


def _refuse_unread(error: ManifestError) -> None:
    """End the run where a file as a whole cannot be read any more; pass over other errors.

    Raises:
        Failure: so many findings would be missing that the report would be wrong.
    """
    if error.document is None and error.line is None:
        raise Failure.of(error) from error


def _pass_over(_: object) -> None:
    """Do nothing with an error or a warning that was reported before."""

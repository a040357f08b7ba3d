"""The option groups of ``labelsel lint``: which rules, what is known already, and fixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from labelsel.cli.command import MultilineUsageError, SuggestingChoice
from labelsel.cli.options import is_stream, option_group
from labelsel.cli.printers import dry_run_option
from labelsel.cli.screen import Failure
from labelsel.errors import LabelselError
from labelsel.kubernetes.read.input_files import special_file
from labelsel.lint import RULES, Severity, UnknownRuleError, parse_rule_names
from labelsel.lint.baseline import Baseline, BaselineError
from labelsel.lint.configuration import (
    Configuration,
    ConfigurationError,
    find_configuration,
    read_configuration,
)

__all__ = [
    "BadSetting",
    "Fixing",
    "Known",
    "RuleChoice",
    "fixing_options",
    "known_options",
    "rule_options",
]

#: The formats that can say what --diff says.
_WITH_DIFF: Final = frozenset({"json", "text", "yaml"})


class BadSetting(Failure):
    """The run ends with status 2, as for a wrong command line: a setting in a file is wrong."""

    exit_code = 2

    @classmethod
    def of_setting(cls, error: LabelselError) -> BadSetting:
        """Return the failure for an error about a configuration or a baseline."""
        return cls(*str(error).split("\n"))


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """Which rules are checked, and which findings fail the run.

    Attributes:
        selected: texts that name the rules to check; empty for all.
        ignored: texts that name rules not to check.
        fail_on: the severity of findings that fail the run; worse findings fail it, too. None
            for that of the configuration.
    """

    selected: tuple[str, ...]
    ignored: tuple[str, ...]
    fail_on: str | None

    def names(self, configuration: Configuration) -> frozenset[str]:
        """Return the rules to check; a usage error for an unknown rule, or if none is left.

        --select replaces what the configuration selects and ignores; --ignore is added to it.
        """
        try:
            selected, ignored = (parse_rule_names(x) for x in (self.selected, self.ignored))
        except UnknownRuleError as error:
            raise MultilineUsageError(*str(error).split("\n")) from error
        if selected:
            names = selected - ignored
        else:
            chosen = configuration.select
            names = frozenset(RULES) if chosen is None else chosen
            names -= configuration.ignore
            if not names:
                problem = "its select and ignore leave no rule to check"
                raise BadSetting.of_setting(ConfigurationError(str(configuration.path), problem))
            names -= ignored
        if not names:
            raise click.UsageError("no rule is left to check: all selected rules are ignored")
        return names


rule_options: Final = option_group(
    "rules",
    RuleChoice,
    click.option(
        "--select",
        "selected",
        multiple=True,
        metavar="RULE",
        help="Check only this rule, also if the configuration ignores it. May be a comma list, "
        "and given more than once.",
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
        type=SuggestingChoice([Severity.ERROR.value, Severity.WARNING.value]),
        help="Exit with status 1 if a finding is as bad as this, or worse.  [default: warning]",
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """The configuration and the baseline.

    Attributes:
        config: the file of the configuration; None to look for one.
        isolated: whether no configuration is read.
        path: the file of the baseline; None for that of the configuration.
        writes: whether the baseline is written.
    """

    config: str | None
    isolated: bool
    path: str | None
    writes: bool

    def configuration(self) -> Configuration:
        """Read the configuration.

        Raises:
            BadSetting: it cannot be read, or has an unknown key or rule.
        """
        if self.isolated:
            if self.config is not None:
                msg = "--config and --isolated contradict each other: leave one of them out"
                raise click.UsageError(msg)
            return Configuration()
        if self.config is not None and (special := special_file(self.config)) is not None:
            # Reading it may never end.
            problem = f"it is {special}, and a configuration is a regular file"
            raise BadSetting.of_setting(ConfigurationError(self.config, problem))
        try:
            found = find_configuration(Path()) if self.config is None else Path(self.config)
            return Configuration() if found is None else read_configuration(found)
        except ConfigurationError as error:
            raise BadSetting.of_setting(error) from error

    def baseline_path(self, configuration: Configuration) -> str:
        """Return the file of the baseline to write; a usage error without one.

        A configuration can be that of a stranger's repository: it names no file outside.
        """
        if self.path is not None:
            return self.path
        if configuration.path is None or configuration.baseline is None:
            raise click.UsageError("--write-baseline needs the file: add --baseline FILE")
        folder = Path(configuration.path).parent.resolve()
        if not Path(configuration.baseline).resolve().is_relative_to(folder):
            problem = "the configuration names a baseline outside of its folder"
            raise click.UsageError(f"{problem}: to write that one, add --baseline FILE")
        return configuration.baseline

    def baseline(self, configuration: Configuration) -> Baseline | None:
        """Read the baseline, unless it is to be written; None if there is none.

        Raises:
            BadSetting: it is missing or broken.
        """
        path = self.path or configuration.baseline
        if path is None or self.writes:
            return None
        try:
            return Baseline.read(path)
        except BaselineError as error:
            raise BadSetting.of_setting(error) from error


known_options: Final = option_group(
    "known",
    Known,
    click.option(
        "--baseline",
        "path",
        metavar="FILE",
        help="Do not report the findings that are in this file.",
    ),
    click.option(
        "--write-baseline",
        "writes",
        is_flag=True,
        help="Write all findings to the file of --baseline, and report none. Entries of "
        "rules and files that this run does not check stay in it.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        help="Read this configuration, and look for no other.",
    ),
    click.option("--isolated", is_flag=True, help="Read no configuration."),
)


@dataclass(frozen=True, slots=True)
class Fixing:
    """Whether findings are corrected in their files.

    Attributes:
        fix: whether the fixes that are certain are made.
        diff: whether they are shown as a diff, and not written.
        dry_run: whether nothing is written.
    """

    fix: bool = False
    diff: bool = False
    dry_run: bool = False

    @property
    def on(self) -> bool:
        """Whether fixes are made, or shown."""
        return self.fix or self.diff

    @property
    def writes(self) -> bool:
        """Whether files are written."""
        return self.fix and not self.diff and not self.dry_run

    def refuse(self, other: str) -> None:
        """Raise a usage error if fixes are asked for beside another flag."""
        if self.on:
            raise click.UsageError(f"{other} cannot be used with --fix and --diff: run one first")

    def check(self, paths: Sequence[str], form: str | None) -> None:
        """Raise a usage error if the flags do not fit together, or the paths cannot be fixed."""
        if self.dry_run and not self.on:
            raise click.UsageError("--dry-run is for fixes: add --fix")
        if self.diff and form not in _WITH_DIFF:
            raise click.UsageError(f"--diff cannot be printed as {form}: leave -o {form} out")
        if self.on and all(map(is_stream, paths)):
            raise click.UsageError(
                "only files can be fixed, not standard input nor what kustomize and helm print: "
                "name files, or leave --fix out"
            )


fixing_options: Final = option_group(
    "fixing",
    Fixing,
    click.option(
        "--fix",
        is_flag=True,
        help="Write the fixes that are certain: typos with one candidate, and labels that belong "
        "into matchLabels or out of it.",
    ),
    click.option("--diff", is_flag=True, help="Show these fixes as a diff, and write no file."),
    dry_run_option,
)

"""Runs the rules over objects; the findings come in the order of a reader, file by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from labelsel.errors import Path, require_each, require_several
from labelsel.kubernetes import Resource, SkippedWarning
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import HOW_TO_READ
from labelsel.kubernetes.read.input_files import read_text_again
from labelsel.kubernetes.read.line_locator import LineLocator
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.ignore_comments import (
    IgnoreComment,
    apply_ignore_comments,
    find_ignore_comments,
)
from labelsel.lint.registry import RULES, Severity, parse_rule_names

__all__ = ["Checks", "LintResult", "lint_objects", "run_checks"]


#: Edits after which labels have another path.
_MOVES: Final = ("unwrap", "wrap")


def lint_objects(
    resources: Iterable[Resource],
    rules: Collection[str] = RULES,
    *,
    complete: bool = True,
    skipped: Iterable[SkippedWarning] = (),
    unread: Iterable[str] = (),
) -> list[Finding]:
    r"""Return what is wrong with the labels and selectors of some objects, by file and line.

    1. The objects count as the whole input. So a Service by itself is never reported for
       selecting nothing; a Service beside a Deployment that it misses is.
    2. Findings are in the order of the files and of the lines in them; on one line in the order
       of the text, and about one part of an object in the order of `RULES`.
    3. Each file is read again, for the lines of findings and for comments. If that fails, and
       for standard input, a finding has the line of its object.
    4. Findings that a comment ``# labelsel: ignore[rule]`` says to ignore are not returned.

    Arguments:
        resources: the objects.
        rules: the names of the rules to check, as `parse_rule_names` takes them; all of `RULES`
            by default.
        complete: whether the objects are the whole input. Pass False if a part of the input
            could not be read: findings of rules with `Rule.needs_all` are then notes that say
            so, and no key counts as a typo for being rare.
        skipped: what was left out of the input because it holds no object of a cluster: the
            data of a Kustomization is in its `SkippedWarning.data`.
        unread: with ``complete=False``: the paths of all that was not read, if they are known. A
            finding that a typo explains, of an object that is far from all of them, stays what
            it is. Without paths, what was not read may be anywhere.

    Returns:
        the findings that nothing suppresses.

    Raises:
        UnknownRuleError: no rule has a name in ``rules``.
        TypeError: something among the objects is not a `Resource`, or one string is given where
            several are expected. A selector or a label that cannot be read is a finding.

    Complexity: O(n log n) in the size n of the objects, and one index query for each selector; no
    two objects are compared with each other.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import read_manifests
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n"
    ...                         "  labels:\n    app: a b\n")
    ...     [(found.line, found.message) for found in lint_objects(read_manifests([path]))]
    [(6, "label 'app': a value may hold only letters, digits, '-', '_' and '.', this one has ' '")]
    """
    checks = Checks(
        parse_rule_names(rules),
        complete=complete,
        skipped=tuple(require_each(SkippedWarning, skipped)),
        unread=tuple(require_several("paths", unread)),
    )
    return run_checks(resources, checks).reported


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked; the same checks may run again on changed objects.

    Attributes:
        rules: the names of the rules.
        complete: as for `lint_objects`.
        skipped: as for `lint_objects`.
        unread: as for `lint_objects`.
        levels: the severities of rules that differ from `Rule.severity`, by name.
    """

    rules: Collection[str] = field(default_factory=lambda: RULES)
    complete: bool = True
    skipped: tuple[SkippedWarning, ...] = ()
    unread: tuple[str, ...] = ()
    levels: Mapping[str, Severity] = field(default_factory=dict)

    def find(self, resources: Iterable[Resource]) -> list[Finding]:
        """Return the findings in objects, each with the line of its object, rule by rule."""
        context = Context(
            resources, complete=self.complete, skipped=self.skipped, unread=self.unread
        )
        found = [
            _left_to_patches(replace(one, resource=context.original(one.resource)), context)
            for name, rule in RULES.items()
            if name in self.rules
            for one in rule.check(context)
        ]
        if not self.complete:
            found = [_mark_unsure(one) if _needs_unread(one, context) else one for one in found]
        return [self.with_level(one) for one in found]

    def with_level(self, found: Finding) -> Finding:
        """Return a finding with the severity that its rule is given."""
        level = self.levels.get(found.rule.id)
        return found if level is None else replace(found, level=level)


@dataclass(frozen=True, slots=True)
class LintResult:
    """The findings in objects, by file and line.

    Attributes:
        findings: all findings, also those that a comment in the file says to ignore.
    """

    findings: list[Finding]

    @property
    def reported(self) -> list[Finding]:
        """The findings that nothing suppresses."""
        return [found for found in self.findings if found.suppression is None]


def run_checks(resources: Iterable[Resource], checks: Checks) -> LintResult:
    """Return what is wrong with objects, and which of it a comment says to ignore.

    >>> run_checks([], Checks()).findings
    []
    """
    objects = require_each(Resource, resources, HOW_TO_READ)
    by_file: dict[str, list[Finding]] = {one.source.file: [] for one in objects}
    by_object: dict[str, list[Resource]] = defaultdict(list)
    for one in objects:
        by_object[one.source.file].append(one)
    for found in checks.find(objects):
        by_file[found.file].append(found)
    findings: list[Finding] = []
    for file, of_file in by_file.items():
        findings += _in_lines(of_file, by_object[file], checks)
    return LintResult(findings)


def _left_to_patches(finding: Finding, context: Context) -> Finding:
    """Return a finding without an edit that moves labels which a patch of kustomize names.

    A JSON patch has the path of a label. It does not apply any more if the path is another one.
    """
    edit = finding.edit
    if edit is None:
        return finding
    moves = edit.operation in _MOVES or (edit.operation == "rename" and finding.api_word)
    if not moves or not context.is_selector_patched(finding.resource, edit.path):
        return finding
    return replace(finding, fix=f"{finding.fix}; correct its patches, too", edit=None)


def _needs_unread(finding: Finding, context: Context) -> bool:
    """Whether a finding may be wrong because of what was not read of the input."""
    is_sure = finding.explained and not context.may_miss_near(finding.resource)
    return finding.rule.needs_all and not is_sure


def _mark_unsure(finding: Finding) -> Finding:
    message = f"{finding.message}; but a part of the input was not read, and may contain it"
    return replace(finding, message=message, unsure=True, edit=None)


def _in_lines(found: list[Finding], resources: list[Resource], checks: Checks) -> list[Finding]:
    """Return the findings of one file, each with its own line, in the order of the lines."""
    location = resources[0].source.location
    comments: list[IgnoreComment] = []
    if location is not None:
        text = read_text_again(resources[0].source.file)
        found.sort(key=lambda one: one.line)
        if text is not None:
            locator = LineLocator(text)
            found = [replace(one, line=locator.line(one.resource, one.path)) for one in found]
            comments = [] if location.json else find_ignore_comments(text)
    found = _in_order(found, resources)
    if comments:
        marked = apply_ignore_comments(found, comments, resources, checks.rules)
        # A comment is behind all else on its line.
        found = sorted(map(checks.with_level, marked), key=lambda one: one.line)
    return found


def _in_order(found: Iterable[Finding], resources: Iterable[Resource]) -> list[Finding]:
    """Return findings in the order of the text: a line may have several parts, or objects."""
    numbers = {id(one): number for number, one in enumerate(resources)}
    rules = {name: number for number, name in enumerate(RULES)}
    positions = _Positions()

    def order(one: Finding) -> tuple[int, int, tuple[int, ...], int]:
        position = positions.of(one.resource.body, one.path)
        return one.line, numbers.get(id(one.resource), 0), position, rules[one.rule.id]

    return sorted(found, key=order)


class _Positions:
    """Where in an object a part is, as numbers: the second key, in it the first item."""

    def __init__(self) -> None:
        # Each map is counted once: all of its entries may have a finding.
        self._numbers: dict[int, dict[str, int]] = {}

    def of(self, value: Data, path: Path) -> tuple[int, ...]:
        """Return the position of the part at a path, or of the last part on the way to it."""
        position: list[int] = []
        for step in path:
            number = step if isinstance(step, int) else self._number_of_key(value, step)
            if number is None:
                break
            position.append(number)
            value = value_at(value, (step,))
        return tuple(position)

    def _number_of_key(self, value: Data, key: str) -> int | None:
        if id(value) not in self._numbers:
            keys = value if isinstance(value, dict) else ()
            self._numbers[id(value)] = {each: number for number, each in enumerate(keys)}
        return self._numbers[id(value)].get(key)

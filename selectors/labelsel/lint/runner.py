"""Runs the rules over objects; the findings come in the order of a reader, file by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from labelsel.kubernetes import ManifestError, Resource, SkippedWarning
from labelsel.kubernetes.read.input_files import read_text
from labelsel.kubernetes.read.line_locator import LineLocator
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.registry import RULES

__all__ = ["lint_objects"]


def lint_objects(
    resources: Iterable[Resource],
    rules: Collection[str] = RULES,
    *,
    complete: bool = True,
    skipped: Iterable[SkippedWarning] = (),
) -> list[Finding]:
    r"""Return what is wrong with the labels and selectors of some objects, by file and line.

    1. The objects count as the whole input. So a Service by itself is never reported for
       selecting nothing; a Service beside a Deployment that it misses is.
    2. Findings are in the order of the files and of the lines in them; on one line they are in
       the order of `RULES`.
    3. Each file with findings is read again for the lines. If that fails, and for standard
       input, a finding has the line of its object.

    Arguments:
        resources: the objects.
        rules: the names of the rules to check; all of `RULES` by default.
        complete: whether the objects are the whole input. Pass False if a part of the input
            could not be read: findings of rules with ``Rule.needs_all`` are then notes that say
            so, and no key counts as a typo for being rare.
        skipped: what was left out of the input because it holds no object of a cluster: the
            data of a Kustomization is in its `SkippedWarning.data`.

    Complexity: O(n log n) in the size of the objects, and one index query for each selector; no
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
    context = Context(resources, complete=complete, skipped=skipped)
    found = [one for name, rule in RULES.items() if name in rules for one in rule.check(context)]
    if not complete:
        found = [_mark_unsure(one) if one.rule.needs_all else one for one in found]
    files = {resource.source.file: None for resource in context.resources}
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for one in found:
        by_file[one.file].append(one)
    return [one for file in files if file in by_file for one in _in_lines(file, by_file[file])]


def _mark_unsure(finding: Finding) -> Finding:
    message = f"{finding.message}; but a part of the input was not read, and may contain it"
    return replace(finding, message=message, unsure=True)


def _in_lines(file: str, found: list[Finding]) -> list[Finding]:
    """Return the findings of one file, each with its own line, in the order of the lines."""
    found.sort(key=lambda one: one.line)
    try:
        locator = LineLocator(read_text(file)) if found[0].in_file else None
    except ManifestError:
        locator = None
    if locator is not None:
        found = [replace(one, line=locator.line(one.resource, one.path)) for one in found]
    order = {name: number for number, name in enumerate(RULES)}
    return sorted(found, key=lambda one: (one.line, order[one.rule.id]))

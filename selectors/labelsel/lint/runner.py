"""All rules over all objects, in the order of a reader: file by file, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.input_files import read_text
from labelsel.kubernetes.read.line_locator import LineLocator
from labelsel.lint.api_validation import (
    illegal_annotation,
    illegal_label,
    illegal_selector,
    never_matches,
)
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.key_typos import key_slip
from labelsel.lint.nulls import null_value
from labelsel.lint.rules import (
    ILLEGAL_ANNOTATION,
    ILLEGAL_LABEL,
    ILLEGAL_SELECTOR,
    KEY_SLIP,
    NEVER_MATCHES,
    NULL_VALUE,
    RULES,
    SELECTS_NOTHING,
    SELECTS_TOO_MUCH,
    TEMPLATE_NOT_SELECTED,
    WORKLOADS_OVERLAP,
)
from labelsel.lint.targets import selects_nothing, selects_too_much
from labelsel.lint.workloads import template_not_selected, workloads_overlap

__all__ = ["lint"]

_CHECKS: Final[dict[str, Callable[[Context], Iterator[Finding]]]] = {
    SELECTS_NOTHING.id: selects_nothing,
    SELECTS_TOO_MUCH.id: selects_too_much,
    WORKLOADS_OVERLAP.id: workloads_overlap,
    TEMPLATE_NOT_SELECTED.id: template_not_selected,
    ILLEGAL_LABEL.id: illegal_label,
    ILLEGAL_ANNOTATION.id: illegal_annotation,
    ILLEGAL_SELECTOR.id: illegal_selector,
    NULL_VALUE.id: null_value,
    NEVER_MATCHES.id: never_matches,
    KEY_SLIP.id: key_slip,
}


def lint(
    resources: Iterable[Resource], rules: Collection[str] = RULES, *, complete: bool = True
) -> list[Finding]:
    r"""What is wrong with labels and selectors in some objects, by file and line.

    The objects are taken for all that there is: a Service alone is never said to select
    nothing, a Service beside a Deployment that it misses is. Files with findings are read
    once more for the lines; where that fails, and of standard input, a finding has the line of
    its object.

    Arguments:
        resources: the objects.
        rules: the names of the rules to check, all of `RULES` unless they are given.
        complete: whether the objects are all that the input has. Say no where some of it could
            not be read: what is concluded from what is missing (``Rule.needs_all``) is then told
            as a note that says so, and no key counts as a slip of another for being rare.

    Complexity: O(n log n) in the size of the objects, and a question to an index for each
    selector; no two objects are compared with each other.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import read_manifests
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n"
    ...                         "  labels:\n    app: a b\n")
    ...     [(found.line, found.message) for found in lint(read_manifests([path]))]
    [(6, "label 'app': a value may hold only letters, digits, '-', '_' and '.', this one has ' '")]
    """
    scene = Context(resources, complete=complete)
    found = [one for rule in RULES if rule in rules for one in _CHECKS[rule](scene)]
    if not complete:
        found = [_unsure(one) if one.rule.needs_all else one for one in found]
    files = {resource.source.file: None for resource in scene.resources}
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for one in found:
        by_file[one.file].append(one)
    return [one for file in files if file in by_file for one in _located(file, by_file[file])]


def _unsure(found: Finding) -> Finding:
    message = f"{found.message}; but not all of the input could be read, and it may be in the rest"
    return replace(found, message=message, unsure=True)


def _located(file: str, found: list[Finding]) -> list[Finding]:
    """The findings of one file, each on its own line, in the order of these."""
    found.sort(key=lambda one: one.line)
    try:
        places = LineLocator(read_text(file)) if found[0].in_file else None
    except ManifestError:
        places = None
    if places is not None:
        found = [replace(one, line=places.line(one.resource, one.path)) for one in found]
    return sorted(found, key=lambda one: (one.line, list(RULES).index(one.rule.id)))

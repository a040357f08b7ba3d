"""Rule misspelled-field: a field with labels or a selector that Kubernetes drops for its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import path_text
from labelsel.kubernetes.model.field_names import MATCH_EXPRESSIONS, MATCH_LABELS
from labelsel.kubernetes.model.misspelled_keys import find_misspelled_keys
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.registry import Severity, rule

__all__ = ["misspelled_field"]

#: `illegal_selector` reports the spellings of these.
_IN_SELECTORS: Final = frozenset({MATCH_EXPRESSIONS, MATCH_LABELS})


@rule(
    "misspelled-field",
    Severity.ERROR,
    "A field for labels or a selector has a name that Kubernetes does not know",
    docs="docs/lint.md#misspelled-field",
)
def misspelled_field(context: Context) -> Iterator[Finding]:
    """Find fields in the wrong letter case, or with a typo, that the API server drops.

    Reading an object warns of them, too; see `find_misspelled_keys`. To correct one changes what
    the object does in a cluster, so a person has to.
    """
    for resource in context.resources:
        for path, meant in find_misspelled_keys(resource.body):
            if meant not in _IN_SELECTORS:
                message = f"{path_text(path)}: unknown field, which the API server drops or refuses"
                yield make_finding(misspelled_field, resource, path, message, f"write {meant}")

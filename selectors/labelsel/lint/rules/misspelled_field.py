"""Rule misspelled-field: a field with labels or a selector that Kubernetes drops for its name."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.errors import Path, path_text
from labelsel.kubernetes.model.misspelled_keys import find_misspelled_keys
from labelsel.kubernetes.selection.object_selectors import own_selector_path
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.registry import Severity, rule

__all__ = ["misspelled_field"]


@rule(
    "misspelled-field",
    Severity.ERROR,
    "A field for labels or a selector has a name that Kubernetes does not know",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#misspelled-field",
)
def misspelled_field(context: Context) -> Iterator[Finding]:
    """Find fields in the wrong letter case, or with a typo, that the API server drops.

    Reading an object warns of them, too; see `find_misspelled_keys`. To correct one changes what
    the object does in a cluster, so a person has to.
    """
    selectors: set[tuple[int, Path | None]] = {
        (id(resource), field.path)
        for resource, field in context.selector_fields
        if not field.by_name
    }
    selectors.update((id(one), own_selector_path(one)) for one, _ in context.bad_selectors)
    for resource in context.resources:
        for path, meant in find_misspelled_keys(resource.body):
            # What is wrong inside a selector that is known, `illegal_selector` reports.
            if (id(resource), path[:-1]) not in selectors:
                message = f"{path_text(path)}: unknown field, which the API server drops or refuses"
                yield make_finding(misspelled_field, resource, path, message, f"write {meant}")

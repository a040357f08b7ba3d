"""The comment of ``labelsel diff`` for a pull request, in Markdown as GitHub and GitLab read it.

Nothing of the input is markup: each text is a code span of harmless characters, or has every other
character as an entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from labelsel.cli.selector_columns import (
    count_changes,
    shown_change,
    shown_path,
    shown_selectors,
    shown_target,
)
from labelsel.escapes import markdown_code as code
from labelsel.kubernetes import PairChange, RelationDiff, namespace_of

__all__ = ["diff_comment"]

#: The first line: a program finds its own comment by this line, and replaces the comment.
_MARK: Final = "<!-- labelsel diff -->"
#: A comment of GitHub has at most 65,536 characters, and a row has about 200.
_ROWS: Final = 120
_COLUMNS: Final = ("change", "selector of", "selector", "object", "why")


def diff_comment(old: str, new: str, diff: RelationDiff) -> str:
    """Return the comment about a difference between two inputs, which have these names."""
    return "\n".join(_lines(old, new, diff)) + "\n"


def _lines(old: str, new: str, diff: RelationDiff) -> Iterator[str]:
    between = f"from {code(old)} to {code(new)}"
    yield _MARK
    if not diff:
        yield f"No selector starts or stops selecting an object, {between}."
        return
    yield f"### What selectors select, {between}"
    if diff.changed:
        yield from ("", f"On both sides: {count_changes(diff.changed)}", "")
        yield from _table(diff.changed)
    one_side = diff.removed, diff.added
    if any(one_side):
        summary = f"With objects or selectors of one side: {count_changes(*one_side)}"
        yield from ("", f"<details><summary>{summary}</summary>", "")
        yield from _table(*one_side)
        yield from ("", "</details>")


def _table(*groups: Sequence[PairChange]) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|{' --- |' * len(_COLUMNS)}"
    yield from map(_row, islice(chain(*groups), _ROWS))
    more = sum(map(len, groups)) - _ROWS
    if more > 0:
        yield from ("", f"and {more:,} more")


def _row(change: PairChange) -> str:
    found = change.object_selector
    cells = (
        shown_change(change),
        f"{code(found.owner.reference)} in {code(namespace_of(found.owner))}",
        f"{' → '.join(map(code, shown_selectors(change)))} at {code(shown_path(found))}",
        code(shown_target(change)),
        ", ".join(cause.value for cause in change.causes),
    )
    return f"| {' | '.join(cells)} |"

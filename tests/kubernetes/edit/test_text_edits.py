"""Line ends, byte order marks and blocks of text around an edit."""

import codecs
from pathlib import Path

import pytest

from labelsel.kubernetes.edit.text_edits import UnsafeEditError, remove_lines
from tests.kubernetes.edit.changes import (
    COMMENTED,
    Change,
    annotated,
    deleted,
    labelled,
    meta,
    run,
)


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        (
            meta("\n  name: a\n  annotations:\n    d: |\n      text"),
            annotated({"e": "f"}),
            meta("\n  name: a\n  annotations:\n    d: |\n      text\n    e: f"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    e: f\n    d: |+\n      text"),
            annotated({"d": "x"}),
            meta("\n  name: a\n  annotations:\n    e: f\n    d: x"),
        ),
        (
            meta("\n  name: a\nspec:\n  d: |+\n    text"),
            labelled({"e": "f"}),
            meta("\n  name: a\n  labels:\n    e: f\nspec:\n  d: |+\n    text"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    d: |\n      text\n---\n") + meta("\n  name: b"),
            deleted("b"),
            meta("\n  name: a\n  annotations:\n    d: |\n      text"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    d: |+\n      text\n\n---\n")
            + meta("\n  name: b"),
            deleted("b"),
            meta("\n  name: a\n  annotations:\n    d: |+\n      text\n\n"),
        ),
    ],
)
def test_a_block_of_text_at_the_end_of_a_file(
    tmp_path: Path, text: str, change: Change, expected: str
) -> None:
    """A block that ends where a file without a last line break ends has one to kubectl."""
    assert run(tmp_path / "a.yaml", text, change) == expected


def test_line_ends_and_byte_order_marks_stay(tmp_path: Path) -> None:
    """New lines end as the old ones do, and a byte order mark stays."""
    path = tmp_path / "a.yaml"
    mark = codecs.BOM_UTF8.decode()
    for ending in ("\r\n", "\r"):
        text = mark + COMMENTED.replace("\n", ending) + f"---{ending}"
        after = run(path, text, labelled({"b": "c", "tier": None}))
        expected = COMMENTED.replace("'tier': \"x\"", "b: c")
        assert after == mark + expected.replace("\n", ending) + f"---{ending}"


def test_the_line_of_entries_that_share_it() -> None:
    """It is the line of an editor, to which a lone carriage return ends no line."""
    text = "x: 1\ra: 2\n{b: 1, c: 2}\n"
    with pytest.raises(UnsafeEditError, match=r"^line 2 holds"):
        remove_lines(text, text.index("b"), text.index(","))

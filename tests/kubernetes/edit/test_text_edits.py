"""Line ends, byte order marks and blocks of text around an edit."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from labelsel.kubernetes.edit.text_edits import (
    TextEdit,
    UnsafeEditError,
    apply_text_edits,
    blank_before,
    comments_above,
    indent_of,
    insert_lines,
    line_break,
    remove_lines,
)
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


def test_edits_of_a_part_of_a_text() -> None:
    """Edits at one place keep their order; a text that goes on keeps its line break."""
    assert apply_text_edits("c", [TextEdit(0, 0, "b"), TextEdit(0, 0, "a")]) == "bac"
    assert apply_text_edits("a\nb", [TextEdit(0, 1, "x")], 0, 2) == "x\n"
    assert apply_text_edits("a\nb", [TextEdit(2, 3, "")]) == "a"
    assert apply_text_edits("a\n", [TextEdit(0, 1, "x")]) == "x\n"


@pytest.mark.parametrize(
    ("function", "text", "offset", "expected"),
    [
        (line_break, "a\r\nb\n", 3, "\n"),
        (line_break, "a\r\nb", 3, "\r\n"),
        (line_break, "a", 0, "\n"),
        (blank_before, "  a ", 2, "  "),
        (blank_before, "x\n\ta", 3, "\t"),
        (blank_before, "x a", 2, None),
        (indent_of, "    a", 2, "  "),
        (indent_of, "    a: b", 7, "    "),
        (comments_above, "# y\r\na: 1\r\n", 5, 0),
        (comments_above, "# x\n\r\na: 1", 6, 6),
        (comments_above, "#\n#\na: 1", 4, 0),
        (comments_above, "\na: 1", 1, 1),
        (comments_above, "a: 1", 0, 0),
    ],
)
def test_where_lines_are(
    function: Callable[[str, int], object], text: str, offset: int, expected: object
) -> None:
    """Lines end with any of the three breaks; the first line of a text has none before it."""
    assert function(text, offset) == expected


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("", 0, TextEdit(0, 0, "x\n")),
        ("a: 1\nb: 2\n", 5, TextEdit(5, 5, "x\n")),
        ("# c\nb: 2\n", 0, TextEdit(4, 4, "x\n")),
        ("a\nb # c\r\n", 3, TextEdit(9, 9, "x\r\n")),
        ("a\r\nb", 4, TextEdit(4, 4, "\r\nx\r\n")),
    ],
)
def test_inserted_lines(text: str, end: int, expected: TextEdit) -> None:
    """Below the line that a part ends on, which may be the start of the next line."""
    assert insert_lines(text, end, ["x"]) == expected


def test_a_line_of_two_entries() -> None:
    """The message names the line, counted from 1."""
    with pytest.raises(UnsafeEditError) as caught:
        remove_lines("\n{a: 1, b: 2}\n", 8, 12)
    assert str(caught.value) == caught.value.problem
    assert caught.value.problem.startswith("line 2 holds more than one entry")

"""Documents that leave their file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labelsel.kubernetes import (
    Edit,
    EditError,
    ManifestError,
    apply_edits,
    read_manifests,
    write_files,
)
from tests.kubernetes.edit.changes import POD, deleted, names, run


@pytest.mark.parametrize(
    ("text", "gone", "expected"),
    [
        (names("a", "b", "c"), "a", names("b", "c")),
        (names("a", "b", "c"), "b", names("a", "c")),
        (names("a", "b", "c"), "c", names("a", "b")),
        (names("a", "b", "c"), "bc", names("a")),
        (names("a", "b", "c"), "abc", ""),
        ("---\n" + names("a", "b"), "a", "---\n" + names("b")),
        (names("a", "b").rstrip(), "b", names("a").rstrip()),
        (f"{names('a')}# of a\n---\n{names('b')}", "b", f"{names('a')}# of a\n"),
        (f"{names('a')}\n\n---\n{names('b')}", "a", names("b")),
        ("# head\n\n" + names("a", "b"), "a", "# head\n\n" + names("b")),
        ("# head\n\n" + names("a", "b"), "ab", "# head\n\n"),
        (f"{names('a')}# below\n\n# kept\n---\n{names('b')}", "a", "\n# kept\n" + names("b")),
        (f"{names('a')}---\n{names('b')}...\n", "b", names("a")),
        (f"{names('a')}---\n{names('b')}...\n---\n{names('c')}", "b", names("a", "c")),
        (
            f"{names('a')}---\n{names('b')}...\n%YAML 1.1\n---\n{names('c')}",
            "b",
            f"{names('a')}...\n%YAML 1.1\n---\n{names('c')}",
        ),
        (f"{names('a')}---\n{names('b')}...\n'\n", "b", f"{names('a')}...\n'\n"),
        (f"{names('a')}...\n%YAML 1.1\n---\n{names('b')}", "b", f"{names('a')}...\n"),
        (f"{names('a')}---\n---\n{names('b')}", "b", f"{names('a')}---\n"),
        (f"{names('a')}---\na: [\n", "", f"{names('a')}---\na: [\n"),
        (f"{names('a')}---\na: [\n---\n{names('b')}", "b", f"{names('a')}---\na: [\n"),
    ],
)
def test_documents_go(tmp_path: Path, text: str, gone: str, expected: str) -> None:
    """A document goes with its separator and its comments; the others stay, byte for byte."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    faults: list[ManifestError] = []
    found = list(read_manifests([path], on_error=faults.append))
    write_files(apply_edits([Edit(item, None) for item in found if item.name in gone]))
    assert path.read_text() == expected


def test_documents_that_are_lines_of_json(tmp_path: Path) -> None:
    """JSON values one behind the other go with what follows them."""
    path = tmp_path / "a.json"
    pods = [json.dumps({**POD, "metadata": {"name": name}}) + "\n" for name in "abc"]
    text = "".join(pods)
    assert run(path, text, deleted("a")) == pods[1] + pods[2]
    assert run(path, text, deleted("b")) == pods[0] + pods[2]
    assert run(path, text, deleted("b", "c")) == pods[0]
    assert run(path, text, deleted()) == ""


def test_a_document_that_cannot_go(tmp_path: Path) -> None:
    """Where the rest of a file would read otherwise, nothing is deleted."""
    text = f"{names('a')}---\n{names('b')}"
    path = tmp_path / "a.yaml"
    path.write_text(text)
    first, second = read_manifests([path])
    place = second.source.location
    assert place is not None
    wrong = replace(second, source=replace(second.source, document=1))
    with pytest.raises(EditError, match="something else would change"):
        apply_edits([Edit(wrong, None)])
    assert apply_edits([Edit(first, first)]) == []

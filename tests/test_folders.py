"""The walk through folders is that of `os.walk`, and has no limit of depth."""

import os
from collections.abc import Iterator
from pathlib import Path

from labelsel.folders import walk_folders


def test_it_is_that_of_the_standard_library(tmp_path: Path) -> None:
    """The same folders in the same order, also those that are left out, and the same errors."""
    for name in ("b/c/d", "a/x", "b/.hidden", "e"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "f.txt").touch()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "e")
    (tmp_path / "link").symlink_to(tmp_path)

    def chosen(walk: Iterator[tuple[str, list[str], list[str]]]) -> Iterator[object]:
        for folder, inner, names in walk:
            inner[:] = sorted(name for name in inner if name != "c")
            yield folder, [*inner], sorted(names)

    top = f"{tmp_path}{os.sep}"
    found = list(chosen(walk_folders(top)))
    assert found == list(chosen(os.walk(top)))
    assert len(found) == 6
    errors: list[OSError] = []
    assert list(walk_folders(tmp_path / "gone", errors.append)) == []
    assert [error.filename for error in errors] == [str(tmp_path / "gone")]

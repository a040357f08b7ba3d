"""Files written anew: all of them or none."""

import re
import stat
from pathlib import Path

import pytest

from labelsel.kubernetes import ManifestError, Rewrite, write_files


def rewrites(folder: Path, *names: str) -> list[Rewrite]:
    """Files with their name in them, and the rewrites that put more there."""
    for name in names:
        (folder / name).write_text(name)
    return [
        Rewrite(name, folder / name, name.encode(), f"{name} and more".encode()) for name in names
    ]


def contents(folder: Path) -> dict[str, str]:
    """All that a folder has in it, hidden things too."""
    return {
        path.name: path.read_text() if path.is_file() else "a folder" for path in folder.iterdir()
    }


def test_all_are_written(tmp_path: Path) -> None:
    """New texts are there, with the mode of the old files, and nothing else is left."""
    files = rewrites(tmp_path, "a", "b")
    (tmp_path / "a").chmod(0o640)
    told: list[tuple[int, int]] = []
    write_files(
        [*files, Rewrite("c", tmp_path / "c", None, b"new")],
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert contents(tmp_path) == {"a": "a and more", "b": "b and more", "c": "new"}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_failure_half_way(tmp_path: Path) -> None:
    """Where one file cannot take its place, those before it are back: the very same files."""
    files = rewrites(tmp_path, "a", "b", "c")
    identity = (tmp_path / "a").stat()

    def spoil(done: int, _total: int) -> None:
        if done == 2:
            (tmp_path / "c").unlink()
            (tmp_path / "c").mkdir()

    new = Rewrite("n", tmp_path / "n", None, b"new")
    with pytest.raises(ManifestError, match=r"^c: cannot be written: .*; every file is as it "):
        write_files([files[0], new, files[2], files[1]], on_progress=spoil)
    assert contents(tmp_path) == {"a": "a", "b": "b", "c": "a folder"}
    after = (tmp_path / "a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (identity.st_ino, identity.st_mtime_ns)


def test_an_interruption_half_way(tmp_path: Path) -> None:
    """Who interrupts gets the old files."""

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    files = rewrites(tmp_path, "a", "b")
    with pytest.raises(KeyboardInterrupt):
        write_files(files, on_progress=interrupt)
    assert contents(tmp_path) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_file_that_changed(tmp_path: Path, moment: str) -> None:
    """A file that somebody else has changed is not written, and no other is."""
    files = rewrites(tmp_path, "a", "b")

    def change(*_: int) -> None:
        (tmp_path / "b").write_text("other")

    if moment == "before":
        change()
    with pytest.raises(ManifestError, match="b: changed since it was read"):
        write_files(files, on_progress=change)
    assert contents(tmp_path) == {"a": "a", "b": "other"}


def test_a_new_file_that_is_there(tmp_path: Path) -> None:
    """A file that was to be new, and is there, stays; so does a link that leads nowhere."""
    new = Rewrite("a", tmp_path / "a", None, b"new")
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ManifestError, match="a: "):
        write_files([new])
    assert (tmp_path / "a").is_symlink()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A file in a folder that is not there cannot be written."""
    new = Rewrite("x/a", tmp_path / "x" / "a", None, b"new")
    expected = "x/a: cannot be written: no such file or directory; every file is as it was"
    with pytest.raises(ManifestError, match=f"^{re.escape(expected)}$"):
        write_files([new])


def test_a_read_only_file(tmp_path: Path) -> None:
    """A file that must not be written is not, though its folder could be."""
    files = rewrites(tmp_path, "a")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises(ManifestError, match="is not writable: no file was written"):
        write_files(files)
    assert contents(tmp_path) == {"a": "a"}

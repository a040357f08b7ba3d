"""From paths to texts: files, folders, standard input, and what is wrong with them."""

import contextlib
import io
import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labelsel.errors import ExcludedWarning, HiddenWarning, ManifestError, UnreadWarning
from labelsel.kubernetes.read.input_files import InputFile, input_files, read_bytes, read_text


def names(*paths: Path | str, recursive: bool = True) -> list[str]:
    found = list(input_files(paths, recursive=recursive))
    assert all(isinstance(file, InputFile) for file in found), found
    return [file.name for file in found if isinstance(file, InputFile)]


def fault(path: Path | str, *, recursive: bool = True) -> ManifestError:
    (error,) = input_files([path], recursive=recursive)
    assert isinstance(error, ManifestError)
    return error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with manifests at three depths, and files that are none."""
    for name in (
        *("b.yaml", "a.yml", "c.json", "notes.txt", ".hidden.yaml", "B.YAML"),
        *("sub/d.yaml", "sub/deep/e.json", ".git/f.yaml", "a-sub/g.yaml"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")
    return tmp_path


def test_a_folder_is_read_with_all_below_it(folder: Path) -> None:
    """Manifests come sorted by path; other files and hidden ones are left out."""
    expected = ["a-sub/g.yaml", "a.yml", "b.yaml", "c.json", "sub/d.yaml", "sub/deep/e.json"]
    assert names(folder) == [str(folder / name) for name in expected]


def test_the_third_name_of_a_kustomization(folder: Path) -> None:
    """In a folder kustomize reads kustomization.yaml, kustomization.yml and Kustomization."""
    for name in ("Kustomization", "sub/kustomization", "sub/Kustomization.txt", "a-sub/.K"):
        (folder / name).write_text("a: 1\n")
    expected = [str(folder / name) for name in ("Kustomization", "a.yml", "b.yaml", "c.json")]
    assert names(folder, recursive=False) == expected
    assert len(names(folder)) == 7


@pytest.mark.parametrize(
    ("text", "may"), [("${POLICIES}\n", True), ("apiVersion: v1\n", True), ("a: 1\n", False)]
)
def test_hidden_files_that_may_hold_objects(tmp_path: Path, text: str, *, may: bool) -> None:
    """What has an apiVersion in its text, and what is only a placeholder, is told of."""
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / ".b.yaml").write_text(text)
    told = [each.file for each in input_files([tmp_path]) if isinstance(each, HiddenWarning)]
    assert told == [str(tmp_path / ".b.yaml")] * may


def test_a_folder_alone(folder: Path) -> None:
    """Without recursion only the folder's own files count."""
    expected = [str(folder / name) for name in ("a.yml", "b.yaml", "c.json")]
    assert names(folder, recursive=False) == expected


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["c.json"], ["a-sub/g.yaml", "a.yml", "b.yaml", "sub/d.yaml", "sub/deep/e.json"]),
        (["*.json", "a*"], ["b.yaml", "sub/d.yaml"]),
        (["sub"], ["a-sub/g.yaml", "a.yml", "b.yaml", "c.json"]),
        (["./sub/"], ["a-sub/g.yaml", "a.yml", "b.yaml", "c.json"]),
        (["sub/?.yaml", "none"], ["a-sub/g.yaml", "a.yml", "b.yaml", "c.json", "sub/deep/e.json"]),
        (["*/deep"], ["a-sub/g.yaml", "a.yml", "b.yaml", "c.json", "sub/d.yaml"]),
    ],
)
def test_what_is_excluded(folder: Path, patterns: list[str], left: list[str]) -> None:
    """Patterns are of names, or of ends of paths; a file that is named is left out, too."""
    found = list(input_files([folder], exclude=patterns))
    assert [getattr(file, "name", file) for file in found] == [str(folder / name) for name in left]
    (named,) = input_files([folder / "c.json"], exclude=patterns)
    is_left = "c.json" in left
    assert isinstance(named, InputFile if is_left else ExcludedWarning)


def test_all_is_excluded(folder: Path) -> None:
    """A folder of which nothing is left is a fault, as one without manifests."""
    (error,) = input_files([folder], exclude=["*.json", "*.yaml", "*.yml"])
    assert str(error).endswith("in this folder or the folders below it that is not excluded")


def test_names_are_as_they_were_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages repeat the path that the user typed, not a resolved one."""
    monkeypatch.chdir(folder)
    assert names("./sub", "sub/../a.yml") == ["./sub/d.yaml", "./sub/deep/e.json", "sub/../a.yml"]


def test_a_file_is_itself_whatever_its_name(folder: Path) -> None:
    """A file that is named is read, also where a folder would leave it out."""
    for name in ("notes.txt", ".hidden.yaml"):
        assert names(folder / name) == [str(folder / name)]


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    """A link that leads back up cannot make the walk endless; a link to a file is a file."""
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "link.yaml").symlink_to(folder / "b.yaml")
    [told] = (each for each in input_files([folder]) if not isinstance(each, InputFile))
    assert isinstance(told, UnreadWarning)
    assert told.file == str(folder / "sub" / "loop")
    assert len(list(input_files([folder]))) == 7 + 1


def test_only_regular_files_of_a_folder(folder: Path) -> None:
    """A pipe, a socket or a device may never end: of a folder they are left out, and named."""
    os.mkfifo(folder / "pipe.yaml")
    (folder / "null.yaml").symlink_to(os.devnull)
    (folder / "pipe-too.json").symlink_to(folder / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(folder):
        listening.bind("s.yaml")
        found = list(input_files([folder]))
    warnings = [str(each) for each in found if isinstance(each, UnreadWarning)]
    rule = "in a folder, only regular files are read; to read it, give its own path"
    assert warnings == [
        f"{folder / name}: skipped: it is {what}; {rule}"
        for name, what in (
            ("null.yaml", "a device"),
            ("pipe-too.json", "a pipe (FIFO)"),
            ("pipe.yaml", "a pipe (FIFO)"),
            ("s.yaml", "a socket"),
        )
    ]
    assert len([each for each in found if isinstance(each, InputFile)]) == 6
    (named,) = input_files([folder / "pipe.yaml"])
    assert isinstance(named, InputFile)


def test_links_that_lead_nowhere(folder: Path) -> None:
    """A link to nothing, or in a circle, is a fault: what it was to lead to is not read."""
    (folder / "broken.yaml").symlink_to(folder / "none.yaml")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    found = list(input_files([folder]))
    faults = {str(each) for each in found if isinstance(each, ManifestError)}
    assert faults == {
        f"{folder / 'broken.yaml'}: no such file or directory",
        f"{folder / 'loop.yaml'}: too many levels of symbolic links",
    }
    assert len(found) == 8


@pytest.mark.parametrize("recursive", [True, False])
def test_a_folder_without_manifests(tmp_path: Path, *, recursive: bool) -> None:
    """A folder with nothing to read is a slip, and says where was looked."""
    error = fault(tmp_path, recursive=recursive)
    assert "no manifest (*.yaml, *.yml, *.json) in this folder" in error.problem
    assert ("below it" in error.problem) == recursive


def test_a_missing_file(tmp_path: Path) -> None:
    """A path to nothing says so in the system's words."""
    assert str(fault(tmp_path / "x.yaml")) == f"{tmp_path / 'x.yaml'}: no such file or directory"


def test_a_path_that_no_system_takes() -> None:
    """A NUL byte in a path is a fault of the path, no crash."""
    assert "null byte" in fault("a\0b").problem


@pytest.mark.parametrize(
    ("path", "problem"),
    [("a\0b", "a path cannot contain a null byte"),
     ("a\ud800", "a path cannot contain half of a surrogate pair")],
)  # fmt: skip
def test_the_words_for_such_a_path(path: str, problem: str) -> None:
    """Every version of Python gives the same words, for a path of a list and for a single one."""
    assert fault(path).problem == problem
    with pytest.raises(ManifestError) as caught:
        read_text(path)
    assert caught.value.problem == problem


def test_a_folder_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be listed is a fault, and the rest is still found."""
    scandir = __import__("os").scandir

    def refuse(path: str) -> object:
        if str(path).endswith("a-sub"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    first, *others = input_files([folder])
    assert isinstance(first, ManifestError)
    assert str(first) == f"{folder / 'a-sub'}: permission denied"
    assert len(others) == 5


def test_text(tmp_path: Path) -> None:
    """A text is decoded as UTF-8, and a byte order mark is no part of it."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    (file,) = input_files([path])
    assert isinstance(file, InputFile)
    assert file.text() == "a: é\r\n"
    assert file.size == 10


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` is standard input, by name too."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a: 1")))
    (file,) = input_files(["-"])
    assert isinstance(file, InputFile)
    assert (file.name, file.size, file.text()) == ("standard input", 0, "a: 1")


@pytest.mark.parametrize(
    ("data", "line", "problem"),
    [
        (b"SQLite format 3\0\xff", 1, "a binary file, and no manifest; labelsel query reads"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8: the byte 0xff is not allowed at this position"),
        ("a: é".encode("latin-1"), 1, "not UTF-8: the byte 0xe9 is not allowed at this position"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8 but UTF-16"),
        ("a: 1".encode("utf-32"), 1, "not UTF-8 but UTF-32: save it as UTF-8"),
        ("\ufeffa: 1".encode("utf-32-be"), 1, "not UTF-8 but UTF-32: save it as UTF-8"),
    ],
)
def test_not_utf_8(tmp_path: Path, data: bytes, line: int, problem: str) -> None:
    """Bytes that are no UTF-8 are named, with their line; UTF-16 with its usual cause."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(ManifestError) as caught:
        InputFile("a.yaml", 0, path).text()
    assert caught.value.line == line
    assert caught.value.problem.startswith(problem)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """A file that cannot be read any more is a fault like one that never was."""
    with pytest.raises(ManifestError, match="x: no such file or directory"):
        InputFile("x", 0, tmp_path / "x").text()


def test_a_file_up_to_its_limit(tmp_path: Path) -> None:
    """A file that is longer is not read: one with holes may be larger than the memory."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"abc")
    assert read_bytes(path, 3) == b"abc"
    with pytest.raises(OSError, match="more than 2 bytes"):
        read_bytes(path, 2)
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ManifestError) as caught:
        InputFile(str(path), 2**40, path).content()
    assert caught.value.problem == "more than 1,073,741,824 bytes"


def test_a_pipe_up_to_its_limit() -> None:
    """What has no size is counted while it is read, in parts."""
    for size, limit in ((2 * 2**20, 2 * 2**20), (2 * 2**20 + 1, 2 * 2**20)):
        with subprocess.Popen(
            ["/usr/bin/head", f"-c{size}", "/dev/zero"], stdout=subprocess.PIPE
        ) as made:
            assert made.stdout is not None
            pipe = Path(f"/dev/fd/{made.stdout.fileno()}")
            if size <= limit:
                assert read_bytes(pipe, limit) == bytes(size)
            else:
                with pytest.raises(OSError, match="more than 2,097,152 bytes"):
                    read_bytes(pipe, limit)


def test_devices(folder: Path) -> None:
    """A device may never end. A terminal ends with Ctrl-D, and /dev/null at once."""
    assert read_bytes(Path(os.devnull)) == b""
    (folder / "zero").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="it is a device, which may never end"):
        read_bytes(folder / "zero")
    main, terminal = pty.openpty()
    try:
        os.write(main, b"a: 1\n\x04\x04")
        assert read_bytes(Path(os.ttyname(terminal))) == b"a: 1\n"
    finally:
        os.close(main)
        os.close(terminal)

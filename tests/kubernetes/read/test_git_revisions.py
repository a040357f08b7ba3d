"""Files of commits are read with the program git, exactly and without a checkout."""

import os
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from labelsel.errors import ManifestError, RevisionError
from labelsel.kubernetes.read import git_revisions
from labelsel.kubernetes.read.git_revisions import GitRepository, parse_range

GIT = shutil.which("git") or "git"
AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str, given: bytes = b"") -> str:
    done = subprocess.run(
        (GIT, *AUTHOR, *words), cwd=folder, input=given, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(folder: Path, files: dict[str, str]) -> str:
    """Commit files, and return the hash."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def read(folder: Path, revision: str, path: str, to: Path) -> dict[str, str]:
    """Return the files that are written for a path of a commit."""
    to.mkdir()
    made = GitRepository.around(str(folder))
    made.write_files(made.revision(revision), path, to)
    return {str(file.relative_to(to)): file.read_text() for file in to.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a..b", ("a", "b", False)),
        ("a...b", ("a", "b", True)),
        ("a..", ("a", "HEAD", False)),
        ("..b", ("HEAD", "b", False)),
        ("...", ("HEAD", "HEAD", True)),
        ("a", ("a", None, False)),
    ],
)
def test_ranges(text: str, expected: tuple[str, str | None, bool]) -> None:
    assert parse_range(text) == expected


def test_files(repository: Path, tmp_path: Path) -> None:
    """Manifests are written, whatever attributes and the working tree say; other files are not."""
    old = commit(
        repository,
        {
            "shop/a.yaml": "a: 1\r\n",
            "shop/odd \nname.yml": "",
            "shop/deep/c.json": "{}",
            "shop/notes.txt": "text",
            "shop/Kustomization": "b: 1\n",
            "shopping.yaml": "x: 1\n",
            ".gitattributes": "*.yaml export-ignore export-subst text eol=lf\n",
        },
    )
    (repository / "shop/a.yaml").write_text("changed")
    expected = {"shop/a.yaml": "a: 1\n", "shop/odd \nname.yml": "", "shop/deep/c.json": "{}"}
    expected["shop/Kustomization"] = "b: 1\n"
    assert read(repository, old, "shop", tmp_path / "1") == expected
    assert read(repository, "HEAD", ".", tmp_path / "2") == expected | {"shopping.yaml": "x: 1\n"}
    assert read(repository, "main", "shop/notes.txt", tmp_path / "3") == {"shop/notes.txt": "text"}
    assert read(repository, "main", "gone", tmp_path / "4") == {}
    assert git(repository, "status", "--porcelain") == "M shop/a.yaml"


def test_links(repository: Path, tmp_path: Path) -> None:
    """Links are followed inside the commit; others are named, and nothing outside is read."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("secret: 1")
    (repository / "shop").mkdir()
    links = {
        "shop/link.yaml": "../base/a.yaml",
        "shop/twice.yaml": "link.yaml",
        "shop/out.yaml": str(outside),
        "shop/up.yaml": "../../outside.yaml",
        "shop/loop.yaml": "loop.yaml",
        "shop/folder.yaml": "../base",
    }
    for name, target in links.items():
        (repository / name).symlink_to(target)
    commit(repository, {"base/a.yaml": "a: 1"})
    made = GitRepository.around(str(repository / "shop"))
    (tmp_path / "to").mkdir()
    found = made.write_files(made.revision("HEAD"), "shop", tmp_path / "to")
    assert found.found
    assert sorted(found.links) == [f"shop/{name}.yaml" for name in ("folder", "loop", "out", "up")]
    assert {each.name: each.read_text() for each in (tmp_path / "to/shop").iterdir()} == {
        "link.yaml": "a: 1",
        "twice.yaml": "a: 1",
    }


def test_submodules_are_left_out(repository: Path, tmp_path: Path) -> None:
    head = commit(repository, {"a.yaml": "a: 1"})
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},other.yaml")
    git(repository, "commit", "-q", "-m", "x")
    assert read(repository, "HEAD", ".", tmp_path / "to") == {"a.yaml": "a: 1"}


@pytest.mark.parametrize("name", ["..", ".git"])
def test_a_commit_with_a_bad_path(repository: Path, tmp_path: Path, name: str) -> None:
    """A commit made by hand may name files outside of its folder: nothing is written there."""
    commit(repository, {"a.yaml": "a: 1"})
    blob = git(repository, "rev-parse", "HEAD:a.yaml")
    inner = git(repository, "mktree", given=f"100644 blob {blob}\tx.yaml\n".encode())
    tree = f"40000 {name}\0".encode() + bytes.fromhex(inner)
    words = "hash-object", "-t", "tree", "-w", "--stdin", "--literally"
    made = git(repository, *words, given=tree)
    bad = git(repository, "commit-tree", made, "-m", "x")
    with pytest.raises(RevisionError, match="is not a path that a commit can have"):
        read(repository, bad, ".", tmp_path / "to")
    assert not (tmp_path / "x.yaml").exists()


def test_a_file_that_cannot_be_written(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"a/b.yaml": ""})
    (tmp_path / "to").mkdir()
    (tmp_path / "to/a").write_text("in the way")
    made = GitRepository.around(str(repository))
    with pytest.raises(RevisionError, match=r"a/b\.yaml: cannot be written: "):
        made.write_files(made.revision("HEAD"), ".", tmp_path / "to")


def test_large_files_are_not_in_memory(repository: Path, tmp_path: Path) -> None:
    """Files of 16 MB are written part by part; a few kilobytes of a repository stand for them."""
    commit(repository, {f"{name}.yaml": " " * 2**24 for name in "ab"})
    (tmp_path / "to").mkdir()
    made = GitRepository.around(str(repository))
    revision = made.revision("HEAD")
    tracemalloc.start()
    try:
        made.write_files(revision, ".", tmp_path / "to")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(tmp_path / f"to/{name}.yaml").stat().st_size for name in "ab"] == [2**24] * 2
    assert peak < 2**23


def test_files_above_the_limit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is refused as by the reader of files; so are many that are as long together."""
    files = {"a.yaml": " " * 101, "b/1.yaml": " " * 50, "b/2.yaml": " " * 50, "b/3.yaml": " "}
    commit(repository, files)
    monkeypatch.setattr(git_revisions, "MAX_INPUT_BYTES", 100)
    with pytest.raises(ManifestError, match=r"^a\.yaml: more than 100 bytes$"):
        read(repository, "HEAD", ".", tmp_path / "1")
    problem = r"^b/3\.yaml: the files of the commit have together more than 100 bytes$"
    with pytest.raises(ManifestError, match=problem):
        read(repository, "HEAD", "b", tmp_path / "2")
    assert len(read(repository, "HEAD", "b/2.yaml", tmp_path / "3")) == 1


def test_folders_that_stand_for_many_files(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders inside each other name more files than can be listed: here 4 ** 5."""
    blob, mode = git(repository, "hash-object", "-w", "--stdin", given=b"a: 1"), "100644 blob"
    for _ in range(5):
        lines = "".join(f"{mode} {blob}\t{name}.yaml\n" for name in "abcd")
        blob, mode = git(repository, "mktree", given=lines.encode()), "40000 tree"
    bomb = git(repository, "commit-tree", blob, "-m", "x")
    monkeypatch.setattr(git_revisions, "MAX_LISTED_BYTES", 10_000)
    with pytest.raises(RevisionError, match="git ls-tree: prints more than 10,000 bytes"):
        read(repository, bomb, ".", tmp_path / "to")


def test_a_repository_without_some_content(repository: Path, tmp_path: Path) -> None:
    """An object that is gone, damaged, or no file is an error in words."""
    head = commit(repository, {"a.yaml": "a: 1", "b.yaml": "x" * 10_000_000})
    blob = git(repository, "rev-parse", "HEAD:b.yaml")
    stored = repository / ".git/objects" / blob[:2] / blob[2:]
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes()[:-1_000])
    with pytest.raises(RevisionError, match=r"git cat-file: ended with status 128:\n"):
        read(repository, head, "b.yaml", tmp_path / "1")
    stored.unlink()
    problem = "the repository does not have its content"
    with pytest.raises(RevisionError, match=rf"^b\.yaml: {problem}$"):
        read(repository, head, "b.yaml", tmp_path / "2")
    assert read(repository, head, "a.yaml", tmp_path / "3") == {"a.yaml": "a: 1"}


def test_a_git_that_ends_early(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that answers nothing, or half, is an error, even if it says that all is well."""
    commit(repository, {"a.yaml": "a: 1"})
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    for number, answer in enumerate(
        ["exec 0<&-", "read x; echo", "read x; echo $x blob 4; echo a"]
    ):
        script = f'case "$*" in *cat-file*) {answer}; sleep 0;; *) exec {GIT} "$@";; esac'
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with pytest.raises(RevisionError, match="git cat-file: ended with status 0"):
            read(repository, "HEAD", ".", tmp_path / str(number))


def test_revisions(repository: Path) -> None:
    """Branches, tags and the like name commits; options and trees do not."""
    first = commit(repository, {"a.yaml": ""})
    git(repository, "branch", "side")
    second = commit(repository, {"b.yaml": ""})
    made = GitRepository.around(str(repository))
    main, side = made.revision("main"), made.revision("side")
    assert (main.commit, side.commit) == (second, first)
    assert made.merge_base(main, side).commit == first
    assert made.merge_base(main, side).name == "main"
    for bad in ("--all", "nope", "HEAD:a.yaml", "", "a\0b"):
        with pytest.raises(RevisionError, match="names no commit of the repository in"):
            made.revision(bad)
    git(repository, "checkout", "-q", "--orphan", "alone")
    commit(repository, {"c.yaml": ""})
    with pytest.raises(RevisionError, match="main: has no commit in common with alone"):
        made.merge_base(main, made.revision("alone"))


def test_where_a_path_is(repository: Path, tmp_path: Path) -> None:
    """A path is named below the root of the repository, also over a link to the repository."""
    commit(repository, {"shop/a.yaml": ""})
    (tmp_path / "link").symlink_to(repository)
    made = GitRepository.around(str(tmp_path / "link/shop"))
    assert made.relative(str(tmp_path / "link")) == "."
    assert made.relative(str(tmp_path / "link/shop/../shop/a.yaml")) == "shop/a.yaml"
    with pytest.raises(RevisionError, match="is outside of the repository in"):
        made.relative(str(tmp_path))


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No repository, no program, and a program that cannot be started are errors in words."""
    with pytest.raises(RevisionError, match=r"git rev-parse: ended with status 128:\n  fatal: "):
        GitRepository.around(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RevisionError, match="git: is not installed, or not in a folder of PATH"):
        GitRepository.around(str(tmp_path))
    program = tmp_path / "git"
    program.write_text("no program")
    program.chmod(0o755)
    with pytest.raises(RevisionError, match="git rev-parse: cannot be started: "):
        GitRepository.around(str(tmp_path))
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(RevisionError, match=r"git rev-parse: ended with status 3$"):
        GitRepository.around(str(tmp_path))
